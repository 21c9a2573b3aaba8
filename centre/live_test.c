#include "centre/live.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/test.h"

#define A "01900000-0000-7000-8000-00000000000a"
#define B "01900000-0000-7000-8000-00000000000b"
#define ID "01900000-0000-7000-8000-0000000000ff"

#define ALL_OF_A_DESK (1U << LIVE_INCIDENT | 1U << LIVE_DEVICE | 1U << LIVE_ACTION)

static const struct live_right company_a[] = { { { A, 36 }, ALL_OF_A_DESK } };
static const struct actor actor = { .kind = ACTOR_PERSON,
				    .id = { "p", 1 },
				    .credential = { "c", 1 } };

static void note(void *context)
{
	++*(int *)context;
}

static void nap(void *context)
{
}

struct ear {
	struct live_listener *listener;
	int wakes;
	char text[16384];
	int64_t n;
};

static void hear(struct ear *ear)
{
	ear->n = live_read(ear->listener, ear->text, sizeof ear->text - 1, nap);
	ear->text[ear->n > 0 ? ear->n : 0] = '\0';
}

static bool start(struct ear *ear, struct live *live, struct sv last_id)
{
	*ear = (struct ear){ .listener = live_listen(live, &actor, company_a, 1, last_id, 0) };
	if (!ear->listener)
		return false;
	live_listener_wake_with(ear->listener, note, &ear->wakes);
	return true;
}

/* The id of the last message that was heard. */
static struct sv last_id(const struct ear *ear, char id[static 64])
{
	const char *at = ear->text, *found = NULL;

	while ((at = strstr(at, "id: ")) != NULL) {
		found = at;
		at++;
	}
	id[0] = '\0';
	if (found)
		sscanf(found, "id: %63s", id);
	return sv_from(id);
}

TEST(hears_only_its_companies)
{
	struct live *live = live_new();
	struct ear ear;

	REQUIRE(start(&ear, live, SV_NONE));
	hear(&ear);
	CHECK(strstr(ear.text, ": hello") && !strstr(ear.text, "reset"));
	hear(&ear);
	CHECK_INT(ear.n, 0);
	live_publish(live, LIVE_INCIDENT, sv_from(B), sv_from(ID), true);
	CHECK_INT(ear.wakes, 0);
	live_publish(live, LIVE_INCIDENT, sv_from(A), sv_from(ID), true);
	live_publish(live, LIVE_ACTION, sv_from(A), sv_from(ID), false);
	CHECK_INT(ear.wakes, 1); /* once until it reads */
	hear(&ear);
	CHECK(strstr(ear.text, "event: incident\nid: ") != NULL);
	CHECK(strstr(ear.text,
		     "data: {\"id\":\"" ID "\",\"company\":\"" A "\",\"change\":\"created\"}\n\n"));
	CHECK(strstr(ear.text, "event: action\n") != NULL);
	CHECK(strstr(ear.text, B) == NULL);
	live_listener_free(ear.listener);
	live_free(live);
}

TEST(resumes)
{
	struct live *live = live_new(), *other = live_new();
	struct ear ear, again;
	char id[64];

	REQUIRE(start(&ear, live, SV_NONE));
	hear(&ear);
	live_publish(live, LIVE_INCIDENT, sv_from(A), sv_from(ID), true);
	hear(&ear);
	live_listener_free(ear.listener);
	live_publish(live, LIVE_DEVICE, sv_from(A), sv_from(ID), true);
	REQUIRE(start(&again, live, last_id(&ear, id)));
	hear(&again);
	CHECK(!strstr(again.text, "event: incident"));
	CHECK(strstr(again.text, "event: device"));
	CHECK(!strstr(again.text, "event: reset"));
	live_listener_free(again.listener);
	/* the ring has gone on */
	for (unsigned i = 0; i < LIVE_CHANGES_MAX; i++)
		live_publish(live, LIVE_INCIDENT, sv_from(B), sv_from(ID), false);
	REQUIRE(start(&again, live, last_id(&ear, id)));
	hear(&again);
	CHECK(strstr(again.text, "event: reset"));
	live_listener_free(again.listener);
	/* another start of the program */
	REQUIRE(start(&again, other, last_id(&ear, id)));
	hear(&again);
	CHECK(strstr(again.text, "event: reset"));
	live_listener_free(again.listener);
	/* nonsense */
	REQUIRE(start(&again, live, SV("x-1-2")));
	hear(&again);
	CHECK(strstr(again.text, "event: reset"));
	live_listener_free(again.listener);
	live_free(live);
	live_free(other);
}

TEST(a_slow_one_is_dropped)
{
	struct live *live = live_new();
	struct ear ear;

	REQUIRE(start(&ear, live, SV_NONE));
	hear(&ear);
	for (unsigned i = 0; i < LIVE_CHANGES_MAX; i++)
		live_publish(live, LIVE_INCIDENT, sv_from(A), sv_from(ID), false);
	hear(&ear);
	CHECK(ear.n > 0); /* just in time */
	for (unsigned i = 0; i < LIVE_CHANGES_MAX + 100; i++)
		live_publish(live, LIVE_INCIDENT, sv_from(A), sv_from(ID), false);
	hear(&ear);
	CHECK_INT(ear.n, -1);
	live_listener_free(ear.listener);
	live_free(live);
}

TEST(number_of_listeners)
{
	struct live *live = live_new();
	struct live_listener *all[LIVE_LISTENERS_MAX];
	struct actor who = actor;
	unsigned count = 0;
	char id[16];

	for (unsigned i = 0; i < LIVE_LISTENERS_PERSON_MAX; i++) {
		all[count] = live_listen(live, &actor, company_a, 1, SV_NONE, 0);
		CHECK(all[count++] != NULL);
	}
	CHECK(live_listen(live, &actor, company_a, 1, SV_NONE, 0) == NULL);
	while (count < LIVE_LISTENERS_MAX) {
		snprintf(id, sizeof id, "q%u", count);
		who.id = sv_from(id);
		all[count] = live_listen(live, &who, company_a, 1, SV_NONE, 0);
		REQUIRE(all[count++] != NULL);
	}
	who.id = SV("one too many");
	CHECK(live_listen(live, &who, company_a, 1, SV_NONE, 0) == NULL);
	CHECK_INT(live_listeners(live), LIVE_LISTENERS_MAX);
	while (count > 0)
		live_listener_free(all[--count]);
	live_free(live);
}

TEST(rights_change)
{
	const struct live_right company_b[] = { { { B, 36 }, ALL_OF_A_DESK } };
	struct live *live = live_new();
	struct ear ear;
	enum actor_kind kind;
	char credential[72];
	uint64_t number;

	REQUIRE(start(&ear, live, SV_NONE));
	hear(&ear);
	hear(&ear);
	CHECK(live_due(live, 1, &kind, credential) == 0);
	number = live_due(live, LIVE_RECHECK_SECONDS * UINT64_C(1000000), &kind, credential);
	REQUIRE(number != 0);
	CHECK_STR(credential, "c");
	CHECK(live_due(live, LIVE_RECHECK_SECONDS * UINT64_C(1000000), &kind, credential) == 0);
	live_update(live, number, true, company_b, 1);
	CHECK_INT(ear.wakes, 1); /* there is more to hear than before */
	hear(&ear);
	CHECK(strstr(ear.text, "event: reset"));
	hear(&ear);
	live_update(live, number, true, company_b, 1);
	CHECK_INT(ear.wakes, 1);
	live_publish(live, LIVE_INCIDENT, sv_from(A), sv_from(ID), true);
	CHECK_INT(ear.wakes, 1);
	live_publish(live, LIVE_INCIDENT, sv_from(B), sv_from(ID), true);
	hear(&ear);
	CHECK(strstr(ear.text, B) && !strstr(ear.text, A));
	hear(&ear);
	live_update(live, number, false, NULL, 0);
	CHECK_INT(ear.wakes, 3);
	hear(&ear);
	CHECK_INT(ear.n, -1);
	live_listener_free(ear.listener);
	live_free(live);
}

/* Its company is nobody's yet: who may see it is found out at once, not in LIVE_RECHECK_SECONDS. */
TEST(new_application_of_a_new_company)
{
	struct live *live = live_new();
	struct ear ear;
	enum actor_kind kind;
	char credential[72];

	REQUIRE(start(&ear, live, SV_NONE));
	hear(&ear);
	hear(&ear);
	CHECK(live_due(live, 1, &kind, credential) == 0);
	live_publish(live, LIVE_APPLICATION, sv_from(B), sv_from(ID), false);
	CHECK(live_due(live, 1, &kind, credential) == 0);
	live_publish(live, LIVE_INCIDENT, sv_from(B), sv_from(ID), true);
	CHECK(live_due(live, 1, &kind, credential) == 0);
	live_publish(live, LIVE_APPLICATION, sv_from(B), sv_from(ID), true);
	CHECK_INT(ear.wakes, 0);
	CHECK(live_due(live, 1, &kind, credential) != 0);
	CHECK(live_due(live, 1, &kind, credential) == 0);
	live_listener_free(ear.listener);
	live_free(live);
}

TEST(heartbeat_and_end)
{
	struct live *live = live_new();
	struct ear ear;

	REQUIRE(start(&ear, live, SV_NONE));
	hear(&ear);
	hear(&ear);
	live_tick(live, LIVE_HEARTBEAT_SECONDS * UINT64_C(1000000) - 1);
	CHECK_INT(ear.wakes, 0);
	live_tick(live, LIVE_HEARTBEAT_SECONDS * UINT64_C(1000000));
	CHECK_INT(ear.wakes, 1);
	hear(&ear);
	CHECK(strstr(ear.text, ": still here"));
	hear(&ear);
	live_close(live);
	CHECK_INT(ear.wakes, 2);
	hear(&ear);
	CHECK_INT(ear.n, -1);
	CHECK(live_listen(live, &actor, company_a, 1, SV_NONE, 0) == NULL);
	live_listener_free(ear.listener);
	live_free(live);
}
