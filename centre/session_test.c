#include "centre/session.h"

#include "base/test.h"
#include "centre/person.h"
#include "centre/testing.h"

static struct secret open_one(struct testing *t, struct sv person, struct instant now)
{
	struct secret secret = { 0 };
	struct err err = ERR_INIT;

	CHECK_INT(store_begin(t->store, &err), 0);
	CHECK_INT(session_open(t->store, person, SV("::1"), now, &secret, &err), 0);
	CHECK_INT(store_commit(t->store, &err), 0);
	return secret;
}

static int find(struct testing *t, const struct secret *secret, struct instant now,
		struct actor *ret)
{
	struct err err = ERR_INIT;

	return session_find(t->store, sv_from(secret->text), now, t->arena, ret, &err);
}

TEST(sessions)
{
	struct testing *t = testing_new();
	const struct sv person = testing_person(t, ROLE_ANALYST, 0, "a@x");
	struct instant now = t->now;
	struct secret secret = open_one(t, person, now), wrong = secret;
	struct err err = ERR_INIT;
	struct actor actor;

	REQUIRE(find(t, &secret, now, &actor) == SESSION_GOOD);
	CHECK_SV(actor.id, person);
	CHECK_INT(actor.grant_count, 1);
	CHECK_INT(actor.grant[0].role, ROLE_ANALYST);
	CHECK_SV(actor.grant[0].name, SV("tenant-0"));
	CHECK_INT(actor.csrf.n, 64);
	wrong.text[3] = wrong.text[3] == 'A' ? 'B' : 'A';
	CHECK_INT(find(t, &wrong, now, &actor), SESSION_NONE);
	CHECK_INT(session_find(t->store, SV(""), now, t->arena, &actor, &err), SESSION_NONE);
	/* idle, but touched on the way */
	now.us += SESSION_IDLE_SECONDS * INSTANT_SECOND - 1;
	CHECK_INT(find(t, &secret, now, &actor), SESSION_GOOD);
	now.us += SESSION_IDLE_SECONDS * INSTANT_SECOND - 1;
	CHECK_INT(find(t, &secret, now, &actor), SESSION_GOOD);
	now.us += SESSION_IDLE_SECONDS * INSTANT_SECOND;
	CHECK_INT(find(t, &secret, now, &actor), SESSION_OVER);
	testing_free(t);
}

TEST(absolute_end)
{
	struct testing *t = testing_new();
	const struct sv person = testing_person(t, ROLE_ANALYST, 0, "a@x");
	struct instant now = t->now;
	const struct secret secret = open_one(t, person, now);
	const int64_t step = SESSION_IDLE_SECONDS * INSTANT_SECOND / 2;
	struct err err = ERR_INIT;
	struct actor actor;

	while (now.us + step - t->now.us < SESSION_ABSOLUTE_SECONDS * INSTANT_SECOND) {
		now.us += step;
		CHECK_INT(find(t, &secret, now, &actor), SESSION_GOOD);
	}
	now.us = t->now.us + SESSION_ABSOLUTE_SECONDS * INSTANT_SECOND;
	CHECK_INT(find(t, &secret, now, &actor), SESSION_OVER);
	CHECK_INT(session_expire(t->store, now, &err), 1);
	CHECK_INT(find(t, &secret, now, &actor), SESSION_NONE);
	testing_free(t);
}

TEST(number_of_sessions)
{
	struct testing *t = testing_new();
	const struct sv person = testing_person(t, ROLE_ANALYST, 0, "a@x");
	struct secret secret[SESSION_PER_PERSON_MAX + 1];
	struct instant now = t->now;
	struct actor actor;

	for (unsigned i = 0; i <= SESSION_PER_PERSON_MAX; i++, now.us++)
		secret[i] = open_one(t, person, now);
	CHECK_INT(find(t, &secret[0], now, &actor), SESSION_NONE); /* the oldest went */
	CHECK_INT(find(t, &secret[1], now, &actor), SESSION_GOOD);
	CHECK_INT(find(t, &secret[SESSION_PER_PERSON_MAX], now, &actor), SESSION_GOOD);
	testing_free(t);
}

TEST(a_disabled_account)
{
	struct testing *t = testing_new();
	const struct sv person = testing_person(t, ROLE_ANALYST, 0, "a@x");
	const struct secret secret = open_one(t, person, t->now);
	struct err err = ERR_INIT;
	struct actor actor;

	testing_exec(t, "UPDATE person SET disabled_at = 1");
	CHECK_INT(find(t, &secret, t->now, &actor), SESSION_OVER);
	CHECK_INT(session_find_again(t->store, ACTOR_PERSON, sv_from(secret.hash), t->now, t->arena,
				     &actor, &err),
		  SESSION_OVER);
	testing_free(t);
}

TEST(tokens)
{
	struct testing *t = testing_new();
	const struct sv person = testing_person(t, ROLE_ANALYST, 0, "a@x");
	const struct secret secret = secret_new("hkt_");
	struct err err = ERR_INIT;
	struct actor actor;

	CHECK(strncmp(secret.text, "hkt_", 4) == 0);
	CHECK_INT(
		store_change(
			t->store, &err,
			"INSERT INTO api_token (id, hash, person, name, scope, created_at,"
			" expires_at) VALUES ('t', $1, $2, 'n', 'incident.read gone.action', 1, $3)",
			STORE_TEXT(sv_from(secret.hash)), STORE_TEXT(person),
			STORE_INT(t->now.us + 10)),
		0);
	REQUIRE(session_find_token(t->store, sv_from(secret.text), t->now, t->arena, &actor,
				   &err) == SESSION_GOOD);
	CHECK_INT(actor.kind, ACTOR_TOKEN);
	CHECK(actor.scope == UINT64_C(1) << ACCESS_INCIDENT_READ);
	CHECK_SV(actor.credential, SV("t"));
	CHECK_INT(session_find_again(t->store, ACTOR_TOKEN, SV("t"), t->now, t->arena, &actor,
				     &err),
		  SESSION_GOOD);
	CHECK_INT(session_find_token(t->store, sv_from(secret.text),
				     (struct instant){ t->now.us + 10 }, t->arena, &actor, &err),
		  SESSION_OVER);
	testing_exec(t, "UPDATE api_token SET revoked_at = 1");
	CHECK_INT(session_find_token(t->store, sv_from(secret.text), t->now, t->arena, &actor,
				     &err),
		  SESSION_OVER);
	CHECK_INT(session_find_token(t->store, SV("hkt_x"), t->now, t->arena, &actor, &err),
		  SESSION_NONE);
	testing_free(t);
}

TEST(devices)
{
	struct testing *t = testing_new();
	const struct sv device = testing_device(t, 1, "pc", "00ab");
	struct err err = ERR_INIT;
	struct actor actor;

	REQUIRE(session_find_device(t->store, SV("00ab"), t->now, t->arena, &actor, &err) ==
		SESSION_GOOD);
	CHECK_SV(actor.id, device);
	CHECK_SV(actor.only_company, sv_from(t->tenant[1].company));
	CHECK_INT(session_find_device(t->store, SV("ab"), t->now, t->arena, &actor, &err),
		  SESSION_NONE);
	testing_exec(t, "UPDATE device SET state = 'revoked'");
	CHECK_INT(session_find_device(t->store, SV("00ab"), t->now, t->arena, &actor, &err),
		  SESSION_OVER);
	/* uninstalled: a while for its last batches, to the microsecond */
	testing_exec(t, "UPDATE device SET state = 'uninstalled', revoked_at = 1000000");
	for (int64_t i = 0; i < 2; i++) {
		const struct instant at = { (SESSION_FAREWELL_SECONDS + 1) * INSTANT_SECOND - 1 + i };

		CHECK_INT(session_find_device(t->store, SV("00ab"), at, t->arena, &actor, &err),
			  i == 0 ? SESSION_GOOD : SESSION_OVER);
	}
	testing_exec(t, "UPDATE device SET state = 'revoked', revoked_at = 1000000");
	CHECK_INT(session_find_device(t->store, SV("00ab"), (struct instant){ 1000001 }, t->arena,
				      &actor, &err),
		  SESSION_OVER);
	testing_exec(t, "UPDATE device SET state = 'active', certificate_expiry = 1");
	CHECK_INT(session_find_device(t->store, SV("00ab"), t->now, t->arena, &actor, &err),
		  SESSION_OVER);
	testing_free(t);
}

TEST(passwords)
{
	char hash[PERSON_HASH_MAX], once[PERSON_ONE_TIME_SIZE], again[PERSON_ONE_TIME_SIZE];
	struct err err = ERR_INIT;

	CHECK_INT(person_hash_password(SV("correct horse battery"), hash, &err), 0);
	CHECK(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
	CHECK(person_check_password(hash, SV("correct horse battery")));
	CHECK(!person_check_password(hash, SV("correct horse batterz")));
	CHECK(!person_check_password("!", SV("!")));
	person_one_time_password(once);
	person_one_time_password(again);
	CHECK_INT(strlen(once), 19);
	CHECK(strcmp(once, again) != 0);
	CHECK(person_password_is_weak(SV("aaaaaaaaaaaaaa"), SV("a@x"), SV("n")));
	CHECK(person_password_is_weak(SV("xxHanako.Saito99"), SV("hanako.saito@x"), SV("n")));
	CHECK(!person_password_is_weak(SV("correct horse battery"), SV("a@x"), SV("n")));
}

TEST(making_people)
{
	struct testing *t = testing_new();
	const struct grant of_company = { .role = ROLE_OWNER,
					  .company = sv_from(t->tenant[0].company) };
	const struct grant wrong = { .role = ROLE_OWNER,
				     .operator_id = sv_from(t->tenant[0].operator_id) };
	struct person_wish wish = { .mail = SV("o@x.example"),
				    .name = SV("店主"),
				    .language = SV("ja"),
				    .grant = &of_company,
				    .grant_count = 1 };
	char id[UUID_TEXT_MAX], once[PERSON_ONE_TIME_SIZE];
	struct err err = ERR_INIT;

	store_begin(t->store, &err);
	CHECK_INT(person_create(t->store, &wish, t->now, id, once, &err), 0);
	CHECK_INT(strlen(once), 19);
	CHECK_INT(person_create(t->store, &wish, t->now, id, once, &err),
		  -1); /* the mail is taken */
	CHECK_INT(err.code, ERR_CONFLICT);
	wish.mail = SV("p@x.example");
	wish.grant = &wrong;
	CHECK_INT(person_create(t->store, &wish, t->now, id, once, &err), -1);
	CHECK_INT(err.code, ERR_USAGE);
	store_rollback(t->store);
	testing_free(t);
}

TEST(candidates)
{
	struct testing *t = testing_new();
	const struct sv analyst = testing_person(t, ROLE_ANALYST, 0, "a@x");
	const struct person_row *row;
	struct access_object company;
	struct err err = ERR_INIT;
	size_t count;

	testing_person(t, ROLE_OWNER, 0, "b@x");
	testing_person(t, ROLE_ANALYST, 1, "c@x");
	CHECK_INT(access_load(t->store, OBJECT_COMPANY, sv_from(t->tenant[0].company), t->arena,
			      &company, &err),
		  1);
	CHECK_INT(person_candidates(t->store, ACCESS_INCIDENT_WRITE, &company, t->arena, &row,
				    &count, &err),
		  0);
	REQUIRE(count == 1);
	CHECK_SV(row[0].id, analyst);
	testing_free(t);
}
