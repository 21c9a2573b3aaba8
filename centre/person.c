#include "centre/person.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define MEMORY (64U << 20)
#define PASSES 2
#define DIFFERENT_MIN 5

/* No i, l, o, u: 32 letters. */
static const char letters[] = "abcdefghjkmnpqrstvwxyz0123456789";
static_assert(sizeof letters == 32 + 1, "five bits each");
static_assert(PERSON_HASH_MAX >= crypto_pwhash_STRBYTES, "libsodium's string fits");

void person_one_time_password(char text[static PERSON_ONE_TIME_SIZE])
{
	unsigned char random[16];
	size_t n = 0;

	random_bytes(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++) {
		if (i > 0 && i % 4 == 0)
			text[n++] = '-';
		text[n++] = letters[random[i] & 31];
	}
	text[n] = '\0';
	sodium_memzero(random, sizeof random);
}

int person_hash_password(struct sv password, char text[static PERSON_HASH_MAX], struct err *err)
{
	char made[crypto_pwhash_STRBYTES];

	if (sodium_init() < 0 ||
	    crypto_pwhash_str_alg(made, password.p ? password.p : "", password.n, PASSES, MEMORY,
				  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(err, ERR_UNAVAILABLE, "no memory for hashing a password");
	memcpy(text, made, sizeof made);
	return 0;
}

bool person_check_password(const char *hash, struct sv password)
{
	return sodium_init() >= 0 &&
	       crypto_pwhash_str_verify(hash, password.p ? password.p : "", password.n) == 0;
}

void person_check_nothing(struct sv password)
{
	char hash[PERSON_HASH_MAX];

	person_hash_password(password, hash, NULL);
}

static bool contains(struct sv password, struct sv part)
{
	for (size_t i = 0; part.n >= 4 && i + part.n <= password.n; i++)
		if (sv_eq_case(sv_slice(password, i, i + part.n), part))
			return true;
	return false;
}

bool person_password_is_weak(struct sv password, struct sv mail, struct sv name)
{
	bool seen[256] = { false };
	unsigned different = 0;
	const struct sv local = sv_cut(&mail, '@');

	for (size_t i = 0; i < password.n; i++) {
		different += !seen[(unsigned char)password.p[i]];
		seen[(unsigned char)password.p[i]] = true;
	}
	return different < DIFFERENT_MIN || contains(password, local) || contains(password, name);
}

static int insert_grant(struct store *store, struct sv person, const struct grant *grant,
			struct err *err)
{
	if (role_is_of_company(grant->role) != (grant->company.n > 0) ||
	    (grant->operator_id.n > 0) + (grant->programme.n > 0) + (grant->company.n > 0) != 1)
		return err_set(err, ERR_USAGE, "role %s does not fit what it is bound to",
			       role_name(grant->role));
	return store_change(store, err,
			    "INSERT INTO person_role (person, role, operator, programme, company)"
			    " VALUES ($1, $2, $3, $4, $5)",
			    STORE_TEXT(person), STORE_TEXT(sv_from(role_name(grant->role))),
			    STORE_TEXT(grant->operator_id.n ? grant->operator_id : SV_NONE),
			    STORE_TEXT(grant->programme.n ? grant->programme : SV_NONE),
			    STORE_TEXT(grant->company.n ? grant->company : SV_NONE));
}

int person_add_grant(struct store *store, struct sv person, const struct grant *grant,
		     struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT 1 FROM person_role WHERE person = $1 AND role = $2"
		" AND COALESCE(operator, programme, company) = $3",
		STORE_TEXT(person), STORE_TEXT(sv_from(role_name(grant->role))),
		STORE_TEXT(grant->company.n	? grant->company
			   : grant->programme.n ? grant->programme
						: grant->operator_id));
	const int there = query ? store_step(query, err) : -1;

	store_done(query);
	if (there != 0)
		return there < 0 ? -1 : 0;
	return insert_grant(store, person, grant, err);
}

int person_create(struct store *store, const struct person_wish *wish, struct instant now,
		  char ret_id[static UUID_TEXT_MAX], char ret_password[static PERSON_ONE_TIME_SIZE],
		  struct err *err)
{
	char id[UUID_TEXT_MAX], once[PERSON_ONE_TIME_SIZE] = "", hash[PERSON_HASH_MAX];
	struct sv password = wish->password;

	if (wish->grant_count == 0 || wish->name.n == 0 || wish->name.n > PERSON_NAME_MAX)
		return err_set(err, ERR_USAGE, "a person needs a name and a role");
	if (password.n == 0 && !wish->hash) {
		person_one_time_password(once);
		password = sv_from(once);
	}
	uuid_format(uuid_v7(now), id);
	if ((!wish->hash && person_hash_password(password, hash, err) != 0) ||
	    store_change(store, err,
			 "INSERT INTO person (id, mail, name, language, password, must_change,"
			 " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(wish->mail), STORE_TEXT(wish->name),
			 STORE_TEXT(wish->language),
			 STORE_TEXT(sv_from(wish->hash ? wish->hash : hash)),
			 STORE_INT(once[0] != '\0'), STORE_INT(now.us)) != 0)
		return err_wrap(err, "making the account %.*s", SV_ARG(wish->mail));
	for (size_t i = 0; i < wish->grant_count; i++)
		if (insert_grant(store, sv_from(id), &wish->grant[i], err) != 0)
			return err_wrap(err, "making the account %.*s", SV_ARG(wish->mail));
	memcpy(ret_id, id, sizeof id);
	memcpy(ret_password, once, sizeof once);
	return 0;
}

int person_name(struct store *store, struct sv id, struct arena *arena, struct sv *ret,
		struct err *err)
{
	struct store_query *query;
	int step;

	*ret = SV("");
	if (id.n == 0)
		return 0;
	query = store_ask(store, err, "SELECT name FROM person WHERE id = $1", STORE_TEXT(id));
	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1)
		*ret = arena_dup(arena, store_text(query, 0));
	store_done(query);
	return step < 0 ? -1 : 0;
}

int person_grants(struct store *store, struct sv id, struct arena *arena, const struct grant **ret,
		  size_t *ret_count, struct err *err)
{
	struct grant *grant = arena_zalloc(arena, ACTOR_GRANTS_MAX, sizeof *grant);
	struct store_query *query = store_ask(
		store, err,
		"SELECT r.role, r.operator, r.programme, r.company, COALESCE(o.name, g.name, c.name)"
		" FROM person_role r LEFT JOIN operator o ON o.id = r.operator"
		" LEFT JOIN programme g ON g.id = r.programme"
		" LEFT JOIN company c ON c.id = r.company"
		" WHERE r.person = $1 ORDER BY 1, 5, 2, 3, 4",
		STORE_TEXT(id));
	size_t count = 0;
	int step;

	if (!query)
		return -1;
	while ((step = store_step(query, err)) == 1 && grant && count < ACTOR_GRANTS_MAX) {
		if (!role_parse(store_text(query, 0), &grant[count].role))
			continue; /* a role of a newer program counts as none */
		grant[count].operator_id = arena_dup(arena, store_text(query, 1));
		grant[count].programme = arena_dup(arena, store_text(query, 2));
		grant[count].company = arena_dup(arena, store_text(query, 3));
		grant[count].name = arena_dup(arena, store_text(query, 4));
		count++;
	}
	store_done(query);
	if (step < 0)
		return -1;
	*ret = grant;
	*ret_count = count;
	return 0;
}

/* All who have some role near this company; access_may decides. */
static int read_rows(struct store *store, const struct access_object *object, struct arena *arena,
		     struct person_row *row, size_t *ret_count, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT DISTINCT n.id, n.name FROM person n JOIN person_role r ON r.person = n.id"
		" WHERE n.disabled_at IS NULL AND (r.company = $1"
		" OR r.programme IN (SELECT programme FROM participation WHERE company = $1"
		"  AND ended_at IS NULL)"
		" OR r.operator IN (SELECT g.operator FROM participation p JOIN programme g"
		"  ON g.id = p.programme WHERE p.company = $1 AND p.ended_at IS NULL))"
		" ORDER BY n.name, n.id LIMIT 500",
		STORE_TEXT(object->company));
	size_t count = 0;
	int step;

	if (!query)
		return -1;
	while ((step = store_step(query, err)) == 1) {
		row[count].id = arena_dup(arena, store_text(query, 0));
		row[count].name = arena_dup(arena, store_text(query, 1));
		count++;
	}
	store_done(query);
	*ret_count = count;
	return step < 0 ? -1 : 0;
}

int person_candidates(struct store *store, enum access_action action,
		      const struct access_object *object, struct arena *arena,
		      const struct person_row **ret, size_t *ret_count, struct err *err)
{
	struct person_row *row = arena_zalloc(arena, PERSON_ROWS_MAX, sizeof *row);
	size_t count, kept = 0;

	if (!row)
		return err_set(err, ERR_RANGE, "too many people");
	if (read_rows(store, object, arena, row, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct actor actor = { .kind = ACTOR_PERSON, .id = row[i].id };

		if (person_grants(store, row[i].id, arena, &actor.grant, &actor.grant_count, err) !=
		    0)
			return -1;
		if (access_may(&actor, action, object))
			row[kept++] = row[i];
	}
	*ret = row;
	*ret_count = kept;
	return 0;
}
