#include "centre/glance.h"

#include <assert.h>

static const char *const states[] = {
	[GLANCE_BEFORE] = "before", [GLANCE_CALM] = "calm",   [GLANCE_WATCH] = "watch",
	[GLANCE_ACT] = "act",	    [GLANCE_AFTER] = "after",
};
static_assert(sizeof states / sizeof *states == GLANCE_STATE_COUNT, "every state has a name");

static const char *const reasons[] = {
	[GLANCE_NO_PARTICIPATION] = "no_participation",
	[GLANCE_NOT_CONFIRMED] = "not_confirmed",
	[GLANCE_NO_ENTITLEMENT] = "no_entitlement",
	[GLANCE_NOT_INSTALLED] = "not_installed",
	[GLANCE_TRIAL_OVER] = "trial_over",
	[GLANCE_LICENCE_OFF] = "licence_off",
	[GLANCE_INCIDENT_REAL] = "incident_real",
	[GLANCE_DEVICE_ISOLATED] = "device_isolated",
	[GLANCE_INCIDENT_OPEN] = "incident_open",
	[GLANCE_DEVICE_SILENT] = "device_silent",
	[GLANCE_DEVICE_UPDATE] = "device_update",
	[GLANCE_CHECK_MISSING] = "check_missing",
};
static_assert(sizeof reasons / sizeof *reasons == GLANCE_REASON_COUNT, "every reason has a name");

const char *glance_state_name(enum glance_state state)
{
	return states[state];
}

const char *glance_reason_name(enum glance_reason reason)
{
	return reasons[reason];
}

static unsigned because(bool holds, enum glance_reason reason)
{
	return holds ? 1U << reason : 0;
}

/* What stands before protection; 0 where nothing does. The first is enough. */
static unsigned before(const struct glance_facts *facts)
{
	if (!facts->participates)
		return 1U << GLANCE_NO_PARTICIPATION;
	if (facts->by_application && !facts->confirmed)
		return 1U << GLANCE_NOT_CONFIRMED;
	if (facts->by_application && !facts->entitled)
		return 1U << GLANCE_NO_ENTITLEMENT;
	return because(facts->devices == 0, GLANCE_NOT_INSTALLED);
}

struct glance glance_of(const struct glance_facts *facts)
{
	const unsigned act = because(facts->incidents_real > 0, GLANCE_INCIDENT_REAL) |
			     because(facts->isolated > 0, GLANCE_DEVICE_ISOLATED);
	const unsigned watch =
		because(facts->incidents_open > facts->incidents_real, GLANCE_INCIDENT_OPEN) |
		because(facts->silent > 0, GLANCE_DEVICE_SILENT) |
		because(facts->outdated > 0, GLANCE_DEVICE_UPDATE) |
		because(facts->check_missing, GLANCE_CHECK_MISSING);

	if (facts->participates && facts->over)
		return (struct glance){ GLANCE_AFTER,
					1U << GLANCE_TRIAL_OVER |
						because(facts->without_licence > 0,
							GLANCE_LICENCE_OFF) |
						act };
	/* An incident is told whatever the papers say. */
	if (act)
		return (struct glance){ GLANCE_ACT, act | watch };
	if (before(facts))
		return (struct glance){ GLANCE_BEFORE, before(facts) };
	return (struct glance){ watch ? GLANCE_WATCH : GLANCE_CALM, watch };
}

/* One number of a version; false where there is none. */
static bool take_number(struct sv *version, uint32_t *ret)
{
	struct sv digits = sv_cut(version, '.');
	uint32_t number = 0;

	if (digits.n == 0 || digits.n > 6)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
		number = number * 10 + (uint32_t)(digits.p[i] - '0');
	}
	*ret = number;
	return true;
}

bool glance_version_is_older(struct sv version, struct sv than)
{
	while (version.n > 0 && than.n > 0) {
		uint32_t a, b;

		if (!take_number(&version, &a) || !take_number(&than, &b))
			return false;
		if (a != b)
			return a < b;
	}
	return false;
}
