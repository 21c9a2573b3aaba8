#include "centre/access.h"

#include "base/test.h"
#include "centre/testing.h"

#define COMPANY                                                                                    \
	{                                                                                          \
		"c1", 2                                                                            \
	}
#define OPERATOR                                                                                   \
	{                                                                                          \
		"o1", 2                                                                            \
	}
#define PROGRAMME                                                                                  \
	{                                                                                          \
		"g1", 2                                                                            \
	}

static const struct access_tie tie = { .operator_id = OPERATOR, .programme = PROGRAMME };
static const struct access_tie other_tie = { .operator_id = { "o2", 2 }, .programme = { "g2", 2 } };
static const struct access_object ours = {
	.kind = OBJECT_COMPANY, .company = COMPANY, .tie = &tie, .tie_count = 1
};
static const struct access_object theirs = {
	.kind = OBJECT_COMPANY, .company = { "c2", 2 }, .tie = &other_tie, .tie_count = 1
};
static const struct access_object ended = { .kind = OBJECT_COMPANY, .company = COMPANY };

static bool may(enum person_role role, enum access_action action,
		const struct access_object *object)
{
	struct grant grant = { .role = role };
	struct actor actor = {
		.kind = ACTOR_PERSON, .id = SV("p"), .grant = &grant, .grant_count = 1
	};

	if (role_is_of_company(role))
		grant.company = (struct sv)COMPANY;
	else
		grant.operator_id = (struct sv)OPERATOR;
	return access_may(&actor, action, object);
}

/* A few rows of the table said again in other words; all of it is in the tenancy test. */
TEST(the_table)
{
	CHECK(may(ROLE_ANALYST, ACCESS_ACTION_SEND, &ours));
	CHECK(!may(ROLE_OWNER, ACCESS_ACTION_SEND, &ours));
	CHECK(may(ROLE_OWNER, ACCESS_ACTION_PROPOSE, &ours));
	CHECK(!may(ROLE_CITY, ACCESS_INCIDENT_READ, &ours));
	CHECK(may(ROLE_CITY, ACCESS_COMPANY_READ, &ours));
	CHECK(!may(ROLE_DESK, ACCESS_EVENT_READ, &ours));
	CHECK(!may(ROLE_ADMINISTRATOR, ACCESS_INCIDENT_WRITE, &ours));
	CHECK(!may(ROLE_ANALYST, ACCESS_BATCH_SEND, NULL));
	CHECK(may(ROLE_EXPERT, ACCESS_HEALTH_READ, NULL));
}

TEST(nothing_foreign)
{
	for (unsigned role = ROLE_APPLICANT; role < ROLE_COUNT; role++)
		for (unsigned action = 0; action < ACCESS_ACTION_COUNT; action++)
			if (may(role, action, &theirs)) /* only what is about oneself or for all */
				CHECK(action == ACCESS_HEALTH_READ ||
				      action == ACCESS_SESSION_CREATE ||
				      action == ACCESS_DEVICE_ENROL ||
				      action == ACCESS_INVITATION_USE || action == ACCESS_SITE_USE ||
				      action == ACCESS_SESSION_END ||
				      action == ACCESS_PASSWORD_CHANGE ||
				      action == ACCESS_ME_READ || action == ACCESS_ME_WRITE);
}

TEST(a_participation_that_ended)
{
	CHECK(!may(ROLE_ANALYST, ACCESS_INCIDENT_READ, &ended));
	CHECK(!may(ROLE_ADMINISTRATOR, ACCESS_COMPANY_READ, &ended));
	CHECK(may(ROLE_OWNER, ACCESS_INCIDENT_READ, &ended)); /* it stays the company's own */
}

TEST(a_programme_role_is_for_its_programme)
{
	const struct grant grant = { .role = ROLE_ANALYST, .programme = PROGRAMME };
	const struct grant other = { .role = ROLE_ANALYST, .programme = { "g2", 2 } };
	struct actor actor = { .kind = ACTOR_PERSON, .grant = &grant, .grant_count = 1 };

	CHECK(access_may(&actor, ACCESS_INCIDENT_READ, &ours));
	CHECK(!access_may(&actor, ACCESS_INCIDENT_READ, &theirs));
	actor.grant = &other;
	CHECK(!access_may(&actor, ACCESS_INCIDENT_READ, &ours));
}

TEST(tokens)
{
	const struct grant grant = { .role = ROLE_ANALYST, .operator_id = OPERATOR };
	struct actor actor = { .kind = ACTOR_TOKEN,
			       .id = SV("p"),
			       .grant = &grant,
			       .grant_count = 1,
			       .scope = UINT64_C(1) << ACCESS_INCIDENT_READ |
					UINT64_C(1) << ACCESS_TOKEN_CREATE };

	CHECK(access_may(&actor, ACCESS_INCIDENT_READ, &ours));
	CHECK(!access_may(&actor, ACCESS_INCIDENT_WRITE, &ours)); /* not in its scope */
	CHECK(!access_may(&actor, ACCESS_TOKEN_CREATE, NULL));	  /* whatever its scope says */
	CHECK(!access_may(&actor, ACCESS_INCIDENT_READ, &theirs));
	actor.only_company = SV("c9");
	CHECK(!access_may(&actor, ACCESS_INCIDENT_READ, &ours));
	actor.only_company = ours.company;
	CHECK(access_may(&actor, ACCESS_INCIDENT_READ, &ours));
}

TEST(others)
{
	const struct grant grant = { .role = ROLE_ANALYST, .operator_id = OPERATOR };
	const struct access_object token = { .kind = OBJECT_TOKEN, .person = { "p", 1 } };
	struct actor actor = {
		.kind = ACTOR_PERSON, .id = SV("p"), .grant = &grant, .grant_count = 1
	};
	const struct actor device = { .kind = ACTOR_DEVICE, .id = SV("d") };
	const struct actor nobody = { .kind = ACTOR_PUBLIC };

	CHECK(access_may(&actor, ACCESS_TOKEN_REVOKE, &token));
	actor.id = SV("q");
	CHECK(!access_may(&actor, ACCESS_TOKEN_REVOKE, &token));
	actor.must_change_password = true;
	CHECK(!access_may(&actor, ACCESS_INCIDENT_READ, &ours));
	CHECK(access_may(&actor, ACCESS_PASSWORD_CHANGE, NULL));
	for (unsigned action = 0; action < ACCESS_ACTION_COUNT; action++) {
		const bool public = action == ACCESS_HEALTH_READ ||
				    action == ACCESS_SESSION_CREATE ||
				    action == ACCESS_DEVICE_ENROL ||
				    action == ACCESS_INVITATION_USE || action == ACCESS_SITE_USE;

		CHECK(access_may(&nobody, action, NULL) == public);
		CHECK(access_may(&device, action, NULL) ==
		      (public || action == ACCESS_BATCH_SEND || action == ACCESS_ORDER_READ));
	}
}

TEST(names)
{
	enum person_role role;
	enum access_action action;

	for (unsigned i = 0; i < ROLE_COUNT; i++)
		CHECK(role_parse(sv_from(role_name(i)), &role) && role == i);
	for (unsigned i = 0; i < ACCESS_ACTION_COUNT; i++)
		CHECK(access_parse(sv_from(access_name(i)), &action) && action == i);
	CHECK(!role_parse(SV("king"), &role));
	CHECK(!access_parse(SV("incident"), &action));
}

TEST(objects_from_the_records)
{
	struct testing *t = testing_new();
	const struct sv device = testing_device(t, 0, "pc", "01");
	const struct sv analyst = testing_person(t, ROLE_ANALYST, 0, "a@x.example");
	const struct actor actor = testing_actor(t, analyst);
	struct access_object object;
	struct err err = ERR_INIT;

	CHECK_INT(access_load(t->store, OBJECT_DEVICE, device, t->arena, &object, &err), 1);
	CHECK_SV(object.company, sv_from(t->tenant[0].company));
	CHECK_SV(object.device, device);
	CHECK_INT(object.tie_count, 1);
	CHECK(access_may(&actor, ACCESS_DEVICE_READ, &object));
	for (unsigned kind = OBJECT_COMPANY; kind < OBJECT_KIND_COUNT; kind++)
		CHECK_INT(access_load(t->store, kind, SV("00000000-0000-0000-0000-000000000000"),
				      t->arena, &object, &err),
			  0);
	CHECK_INT(access_load(t->store, OBJECT_COMPANY, sv_from(t->tenant[1].company), t->arena,
			      &object, &err),
		  1);
	CHECK(!access_may(&actor, ACCESS_DEVICE_READ, &object));
	testing_free(t);
}

/* What belongs to a programme stays with it, also for a company that takes no part (any more). */
TEST(objects_of_a_programme)
{
	struct testing *t = testing_new();
	const struct actor office = testing_actor(t, testing_person(t, ROLE_SECRETARIAT, 0, "a@x"));
	const struct actor other = testing_actor(t, testing_person(t, ROLE_SECRETARIAT, 1, "b@x"));
	const struct actor owner = testing_actor(t, testing_person(t, ROLE_OWNER, 1, "c@x"));
	struct access_object object;
	struct err err = ERR_INIT;
	const struct sv *list;
	size_t count;

	store_begin(t->store, &err);
	/* company 1 applies to programme 0, without a participation there */
	REQUIRE(store_change(t->store, &err,
			     "INSERT INTO application VALUES (1, 'a1', $1, 1, 'n', $2, 1, 1, 's', 0,"
			     " 'city', 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', '', '', '', 't', '')",
			     STORE_TEXT(sv_from(t->tenant[0].programme)),
			     STORE_TEXT(sv_from(t->tenant[1].company))) == 0);
	REQUIRE(store_commit(t->store, &err) == 0);
	REQUIRE(access_load(t->store, OBJECT_APPLICATION, SV("a1"), t->arena, &object, &err) == 1);
	CHECK_INT(object.tie_count, 1);
	CHECK(access_may(&office, ACCESS_APPLICATION_READ, &object));
	CHECK(!access_may(&other, ACCESS_APPLICATION_READ, &object));
	CHECK(access_may(&owner, ACCESS_APPLICATION_READ, &object));
	CHECK_INT(access_roles(&office, &object), 1 << ROLE_SECRETARIAT);
	CHECK_INT(access_roles(&other, &object), 0);
	CHECK_INT(access_roles(&owner, &object), 1 << ROLE_OWNER);
	CHECK_INT(access_companies(t->store, &office, ACCESS_APPLICATION_READ, SV_NONE, t->arena,
				   &list, &count, &err),
		  0);
	REQUIRE(count == 1);
	CHECK_SV(list[0], sv_from(t->tenant[1].company));
	access_companies(t->store, &office, ACCESS_COMPANY_READ, SV_NONE, t->arena, &list, &count,
			 &err);
	REQUIRE(count == 1);
	CHECK_SV(list[0], sv_from(t->tenant[0].company));
	REQUIRE(access_load(t->store, OBJECT_PROGRAMME, sv_from(t->tenant[0].programme), t->arena,
			    &object, &err) == 1);
	CHECK(access_may(&office, ACCESS_PROGRAMME_READ, &object));
	CHECK(!access_may(&other, ACCESS_PROGRAMME_READ, &object));
	CHECK(!access_may(&owner, ACCESS_PROGRAMME_READ, &object));
	testing_free(t);
}

TEST(companies_of_an_actor)
{
	struct testing *t = testing_new();
	const struct actor analyst = testing_actor(t, testing_person(t, ROLE_ANALYST, 0, "a@x"));
	const struct actor owner = testing_actor(t, testing_person(t, ROLE_OWNER, 1, "b@x"));
	const struct sv *list;
	struct err err = ERR_INIT;
	size_t count;

	CHECK_INT(access_companies(t->store, &analyst, ACCESS_INCIDENT_READ, SV_NONE, t->arena,
				   &list, &count, &err),
		  0);
	REQUIRE(count == 1);
	CHECK_SV(list[0], sv_from(t->tenant[0].company));
	access_companies(t->store, &analyst, ACCESS_INCIDENT_READ, sv_from(t->tenant[1].company),
			 t->arena, &list, &count, &err);
	CHECK_INT(count, 0);
	access_companies(t->store, &owner, ACCESS_INCIDENT_READ, SV_NONE, t->arena, &list, &count,
			 &err);
	REQUIRE(count == 1);
	CHECK_SV(list[0], sv_from(t->tenant[1].company));
	access_companies(t->store, &owner, ACCESS_INCIDENT_WRITE, SV_NONE, t->arena, &list, &count,
			 &err);
	CHECK_INT(count, 0);
	/* the second company joins the first operator's programme, then leaves */
	CHECK_INT(store_change(t->store, &err,
			       "INSERT INTO participation (id, company, programme, course, since_at)"
			       " VALUES ('x', $1, $2, 'EDR', 1)",
			       STORE_TEXT(sv_from(t->tenant[1].company)),
			       STORE_TEXT(sv_from(t->tenant[0].programme))),
		  0);
	access_companies(t->store, &analyst, ACCESS_INCIDENT_READ, SV_NONE, t->arena, &list, &count,
			 &err);
	CHECK_INT(count, 2);
	testing_exec(t, "UPDATE participation SET ended_at = 2 WHERE id = 'x'");
	access_companies(t->store, &analyst, ACCESS_INCIDENT_READ, SV_NONE, t->arena, &list, &count,
			 &err);
	CHECK_INT(count, 1);
	testing_free(t);
}
