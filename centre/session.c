#include "centre/session.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#include "base/hash.h"
#include "centre/person.h"

#define SECRET_BYTES 32
#define PREFIX_MAX 4
static_assert(sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) +
			      PREFIX_MAX <=
		      SECRET_SIZE,
	      "a secret fits");

void secret_hash(struct sv text, char hash[static 65])
{
	const struct sha256 digest = sha256_of(text);

	hex_encode(digest.byte, SHA256_SIZE, hash);
}

struct secret secret_new(const char *prefix)
{
	unsigned char random[SECRET_BYTES];
	const size_t n = strlen(prefix);
	struct secret secret = { 0 };

	assert(n <= PREFIX_MAX);
	random_bytes(random, sizeof random);
	memcpy(secret.text, prefix, n);
	sodium_bin2base64(secret.text + n, sizeof secret.text - n, random, sizeof random,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof random);
	secret_hash(sv_from(secret.text), secret.hash);
	return secret;
}

void session_csrf(struct sv cookie, char csrf[static 65])
{
	char text[256];
	const int n = snprintf(text, sizeof text, "hikeshi csrf %.*s", SV_ARG(cookie));

	secret_hash((struct sv){ text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1 },
		    csrf);
}

/* ---- opening and closing ---- */

int session_open(struct store *store, struct sv person, struct sv address, struct instant now,
		 struct secret *ret, struct err *err)
{
	const struct secret secret = secret_new("");

	if (store_change(store, err,
			 "DELETE FROM session WHERE person = $1 AND hash NOT IN (SELECT hash FROM"
			 " session WHERE person = $1 AND expires_at > $2"
			 " ORDER BY created_at DESC LIMIT $3)",
			 STORE_TEXT(person), STORE_INT(now.us),
			 STORE_INT(SESSION_PER_PERSON_MAX - 1)) != 0 ||
	    store_change(
		    store, err,
		    "INSERT INTO session (hash, person, created_at, seen_at, expires_at, address)"
		    " VALUES ($1, $2, $3, $3, $4, $5)",
		    STORE_TEXT(sv_from(secret.hash)), STORE_TEXT(person), STORE_INT(now.us),
		    STORE_INT(now.us + SESSION_ABSOLUTE_SECONDS * INSTANT_SECOND),
		    STORE_TEXT(address.p ? address : SV(""))) != 0)
		return err_wrap(err, "opening a session");
	*ret = secret;
	return 0;
}

int session_close(struct store *store, struct sv hash, struct err *err)
{
	return store_change(store, err, "DELETE FROM session WHERE hash = $1", STORE_TEXT(hash));
}

int session_close_others(struct store *store, struct sv person, struct sv hash, struct err *err)
{
	return store_change(store, err, "DELETE FROM session WHERE person = $1 AND hash <> $2",
			    STORE_TEXT(person), STORE_TEXT(hash.p ? hash : SV("")));
}

int64_t session_expire(struct store *store, struct instant now, struct err *err)
{
	if (store_change(store, err, "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2",
			 STORE_INT(now.us),
			 STORE_INT(now.us - SESSION_IDLE_SECONDS * INSTANT_SECOND)) != 0)
		return -1;
	return store_changes(store);
}

/* ---- finding ---- */

/* Fills person, grants; the row starts at column 0: id, name, mail, language, must_change. */
static void read_person(struct store_query *query, struct arena *arena, struct actor *actor)
{
	actor->id = arena_dup(arena, store_text(query, 0));
	actor->name = arena_dup(arena, store_text(query, 1));
	actor->mail = arena_dup(arena, store_text(query, 2));
	actor->language = arena_dup(arena, store_text(query, 3));
	actor->must_change_password = store_int(query, 4) != 0;
}

static int find_session_hash(struct store *store, struct sv hash, struct instant now,
			     struct arena *arena, struct actor *ret, struct err *err)
{
	struct actor actor = { .kind = ACTOR_PERSON, .credential = arena_dup(arena, hash) };
	struct store_query *query = store_ask(
		store, err,
		"SELECT n.id, n.name, n.mail, n.language, n.must_change, n.disabled_at, s.seen_at,"
		" s.expires_at FROM session s JOIN person n ON n.id = s.person WHERE s.hash = $1",
		STORE_TEXT(hash));
	int64_t seen = 0;
	bool over = false;
	int step;

	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1) {
		read_person(query, arena, &actor);
		seen = store_int(query, 6);
		actor.expires_us = store_int(query, 7);
		over = !store_is_null(query, 5) || actor.expires_us <= now.us ||
		       seen + SESSION_IDLE_SECONDS * INSTANT_SECOND <= now.us;
	}
	store_done(query);
	if (step != 1)
		return step < 0 ? -1 : SESSION_NONE;
	if (over)
		return SESSION_OVER;
	if (person_grants(store, actor.id, arena, &actor.grant, &actor.grant_count, err) != 0)
		return -1;
	if (now.us - seen >= SESSION_TOUCH_SECONDS * INSTANT_SECOND &&
	    store_change(store, err, "UPDATE session SET seen_at = $1 WHERE hash = $2",
			 STORE_INT(now.us), STORE_TEXT(hash)) != 0)
		return -1;
	*ret = actor;
	return SESSION_GOOD;
}

int session_find(struct store *store, struct sv cookie, struct instant now, struct arena *arena,
		 struct actor *ret, struct err *err)
{
	char hash[65], csrf[65];
	int found;

	if (cookie.n == 0 || cookie.n >= SECRET_SIZE)
		return SESSION_NONE;
	secret_hash(cookie, hash);
	found = find_session_hash(store, sv_from(hash), now, arena, ret, err);
	if (found == SESSION_GOOD) {
		session_csrf(cookie, csrf);
		ret->csrf = arena_dup(arena, sv_from(csrf));
	}
	return found;
}

/* "incident.read device.read" as bits; a name that is no longer known gives nothing. */
static uint64_t parse_scope(struct sv text)
{
	uint64_t scope = 0;

	while (text.n > 0) {
		enum access_action action;

		if (access_parse(sv_cut(&text, ' '), &action))
			scope |= UINT64_C(1) << action;
	}
	return scope;
}

/* By column hash or id. */
static int find_token(struct store *store, const char *sql, struct sv key, struct instant now,
		      struct arena *arena, struct actor *ret, struct err *err)
{
	struct actor actor = { .kind = ACTOR_TOKEN };
	struct store_query *query = store_ask(store, err, sql, STORE_TEXT(key));
	int64_t used = 0;
	bool over = false;
	int step;

	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1) {
		read_person(query, arena, &actor);
		actor.credential = arena_dup(arena, store_text(query, 6));
		actor.scope = parse_scope(store_text(query, 7));
		actor.only_company = arena_dup(arena, store_text(query, 8));
		actor.expires_us = store_int(query, 9);
		used = store_int(query, 11);
		over = !store_is_null(query, 5) || !store_is_null(query, 10) ||
		       actor.expires_us <= now.us;
	}
	store_done(query);
	if (step != 1)
		return step < 0 ? -1 : SESSION_NONE;
	if (over)
		return SESSION_OVER;
	if (person_grants(store, actor.id, arena, &actor.grant, &actor.grant_count, err) != 0)
		return -1;
	if (now.us - used >= SESSION_TOUCH_SECONDS * INSTANT_SECOND &&
	    store_change(store, err, "UPDATE api_token SET used_at = $1 WHERE id = $2",
			 STORE_INT(now.us), STORE_TEXT(actor.credential)) != 0)
		return -1;
	*ret = actor;
	return SESSION_GOOD;
}

#define TOKEN_COLUMNS                                                                              \
	"SELECT n.id, n.name, n.mail, n.language, n.must_change, n.disabled_at, t.id, t.scope,"    \
	" t.company, t.expires_at, t.revoked_at, t.used_at"                                        \
	" FROM api_token t JOIN person n ON n.id = t.person"

int session_find_token(struct store *store, struct sv text, struct instant now, struct arena *arena,
		       struct actor *ret, struct err *err)
{
	char hash[65];

	if (text.n == 0 || text.n >= SECRET_SIZE)
		return SESSION_NONE;
	secret_hash(text, hash);
	return find_token(store, TOKEN_COLUMNS " WHERE t.hash = $1", sv_from(hash), now, arena, ret,
			  err);
}

/* An agent that was removed still has its last batches to send. */
static bool device_is_over(struct sv state, int64_t ended_us, struct instant now)
{
	if (sv_eq(state, SV("uninstalled")))
		return now.us - ended_us >= SESSION_FAREWELL_SECONDS * INSTANT_SECOND;
	return !sv_eq(state, SV("active"));
}

int session_find_device(struct store *store, struct sv serial, struct instant now,
			struct arena *arena, struct actor *ret, struct err *err)
{
	struct actor actor = { .kind = ACTOR_DEVICE };
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id, hostname, company, state, certificate_expiry, revoked_at"
			  " FROM device WHERE serial = $1",
			  STORE_TEXT(serial));
	bool over = false;
	int step;

	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1) {
		actor.id = arena_dup(arena, store_text(query, 0));
		actor.name = arena_dup(arena, store_text(query, 1));
		actor.only_company = arena_dup(arena, store_text(query, 2));
		actor.expires_us = store_int(query, 4);
		over = device_is_over(store_text(query, 3), store_int(query, 5), now);
	}
	store_done(query);
	if (step != 1)
		return step < 0 ? -1 : SESSION_NONE;
	actor.credential = arena_dup(arena, serial);
	*ret = actor;
	return over || actor.expires_us <= now.us ? SESSION_OVER : SESSION_GOOD;
}

int session_find_again(struct store *store, enum actor_kind kind, struct sv credential,
		       struct instant now, struct arena *arena, struct actor *ret, struct err *err)
{
	if (kind == ACTOR_PERSON)
		return find_session_hash(store, credential, now, arena, ret, err);
	assert(kind == ACTOR_TOKEN);
	return find_token(store, TOKEN_COLUMNS " WHERE t.id = $1", credential, now, arena, ret,
			  err);
}
