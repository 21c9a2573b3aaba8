#include "centre/glance.h"

#include "base/test.h"

#define WHY(reason) (1U << GLANCE_##reason)
/* A company in its trial with two devices. */
#define RUNNING .participates = true, .by_application = true, .confirmed = true, .entitled = true, .devices = 2

TEST(a_company_in_one_word)
{
	static const struct {
		const char *what;
		struct glance_facts facts;
		enum glance_state state;
		unsigned reasons;
	} row[] = {
		{ "a stranger", { 0 }, GLANCE_BEFORE, WHY(NO_PARTICIPATION) },
		{ "applied", { .participates = true, .by_application = true }, GLANCE_BEFORE,
		  WHY(NOT_CONFIRMED) },
		{ "confirmed, not approved",
		  { .participates = true, .by_application = true, .confirmed = true },
		  GLANCE_BEFORE, WHY(NO_ENTITLEMENT) },
		{ "no device yet",
		  { .participates = true, .by_application = true, .confirmed = true, .entitled = true },
		  GLANCE_BEFORE, WHY(NOT_INSTALLED) },
		{ "made by hand, no device yet", { .participates = true }, GLANCE_BEFORE,
		  WHY(NOT_INSTALLED) },
		{ "made by hand", { .participates = true, .devices = 1 }, GLANCE_CALM, 0 },
		{ "all is well", { RUNNING }, GLANCE_CALM, 0 },
		{ "a device is silent", { RUNNING, .silent = 1 }, GLANCE_WATCH, WHY(DEVICE_SILENT) },
		{ "an old agent", { RUNNING, .outdated = 1 }, GLANCE_WATCH, WHY(DEVICE_UPDATE) },
		{ "R-064: nobody looked yesterday", { RUNNING, .check_missing = true },
		  GLANCE_WATCH, WHY(CHECK_MISSING) },
		{ "an incident that nobody has judged", { RUNNING, .incidents_open = 1 },
		  GLANCE_WATCH, WHY(INCIDENT_OPEN) },
		{ "R-061: judged real", { RUNNING, .incidents_open = 1, .incidents_real = 1 },
		  GLANCE_ACT, WHY(INCIDENT_REAL) },
		{ "one real, one not judged, an old agent",
		  { RUNNING, .incidents_open = 2, .incidents_real = 1, .outdated = 1 }, GLANCE_ACT,
		  WHY(INCIDENT_REAL) | WHY(INCIDENT_OPEN) | WHY(DEVICE_UPDATE) },
		{ "a device is cut off", { RUNNING, .isolated = 1 }, GLANCE_ACT,
		  WHY(DEVICE_ISOLATED) },
		{ "the trial is over", { RUNNING, .over = true }, GLANCE_AFTER, WHY(TRIAL_OVER) },
		{ "over, licences off, devices silent",
		  { RUNNING, .over = true, .without_licence = 2, .silent = 2 }, GLANCE_AFTER,
		  WHY(TRIAL_OVER) | WHY(LICENCE_OFF) },
		{ "over, and still cut off", { RUNNING, .over = true, .isolated = 1 }, GLANCE_AFTER,
		  WHY(TRIAL_OVER) | WHY(DEVICE_ISOLATED) },
		{ "over before it began is no participation", { .over = true }, GLANCE_BEFORE,
		  WHY(NO_PARTICIPATION) },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct glance glance = glance_of(&row[i].facts);

		if (glance.state != row[i].state || glance.reasons != row[i].reasons)
			printf("# %s\n", row[i].what);
		CHECK_INT(glance.state, row[i].state);
		CHECK_INT(glance.reasons, row[i].reasons);
	}
}

TEST(versions)
{
	static const struct {
		const char *a, *b;
		bool older;
	} row[] = {
		{ "0.1.0", "0.1.1", true },  { "0.1.1", "0.1.0", false }, { "0.1.0", "0.1.0", false },
		{ "0.9.0", "0.10.0", true }, { "1.0.0", "0.9.9", false }, { "", "1.0.0", false },
		{ "0.1", "0.1.1", false },   { "x", "1.0.0", false },	  { "1.x", "1.0", false },
		{ "0.1.0", "", false },	     { "1234567.0", "2.0", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_INT(glance_version_is_older(sv_from(row[i].a), sv_from(row[i].b)), row[i].older);
}

TEST(names)
{
	CHECK_STR(glance_state_name(GLANCE_AFTER), "after");
	CHECK_STR(glance_reason_name(GLANCE_CHECK_MISSING), "check_missing");
}
