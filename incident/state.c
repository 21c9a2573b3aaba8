#include <assert.h>

#include "incident/incident.h"

static const char *const state_name[] = {
	[INCIDENT_NEW] = "new",
	[INCIDENT_ASSIGNED] = "assigned",
	[INCIDENT_INVESTIGATING] = "investigating",
	[INCIDENT_CONTAINED] = "contained",
	[INCIDENT_RESOLVED] = "resolved",
	[INCIDENT_CLOSED] = "closed",
	[INCIDENT_FALSE_POSITIVE] = "false_positive",
};
static const char *const action_kind_names[] = {
	[ACTION_ISOLATE] = "isolate", [ACTION_RELEASE] = "release",	[ACTION_KILL] = "kill",
	[ACTION_COLLECT] = "collect", [ACTION_UNINSTALL] = "uninstall",
	[ACTION_LICENCE_OFF] = "licence_off", [ACTION_LICENCE_ON] = "licence_on",
};
static const char *const action_state_names[] = {
	[ACTION_PROPOSED] = "proposed", [ACTION_APPROVED] = "approved",
	[ACTION_SENT] = "sent",		[ACTION_DONE] = "done",
	[ACTION_FAILED] = "failed",	[ACTION_EXPIRED] = "expired",
	[ACTION_REFUSED] = "refused",
};
static const char *const order_name[] = {
	[INCIDENT_BY_ACTIVITY] = "activity",
	[INCIDENT_BY_OPENED] = "opened",
	[INCIDENT_BY_LEVEL] = "level",
};
static const char *const entry_kind_name[] = {
	[INCIDENT_ENTRY_OPENED] = "opened",	[INCIDENT_ENTRY_STATE] = "state",
	[INCIDENT_ENTRY_ASSIGNED] = "assigned", [INCIDENT_ENTRY_NOTE] = "note",
	[INCIDENT_ENTRY_ACTION] = "action",	[INCIDENT_ENTRY_LEVEL] = "level",
	[INCIDENT_ENTRY_JUDGED] = "judged",	[INCIDENT_ENTRY_CONTACT] = "contact",
	[INCIDENT_ENTRY_STORY] = "story",
};
static const char *const judgement_name[] = {
	[INCIDENT_UNJUDGED] = "unjudged",
	[INCIDENT_REAL] = "real",
	[INCIDENT_NOT_REAL] = "not_real",
};
static const char *const channel_name[] = {
	[INCIDENT_BY_TELEPHONE] = "telephone",
	[INCIDENT_BY_MAIL] = "mail",
	[INCIDENT_BY_VISIT] = "visit",
};

#define ROWS(table) (sizeof(table) / sizeof *(table))
static_assert(ROWS(state_name) == INCIDENT_STATE_COUNT, "a name for each state");
static_assert(ROWS(action_kind_names) == ACTION_KIND_COUNT, "a name for each kind");
static_assert(ROWS(action_state_names) == ACTION_STATE_COUNT, "a name for each state");
static_assert(ROWS(order_name) == INCIDENT_ORDER_COUNT, "a name for each order");
static_assert(ROWS(judgement_name) == INCIDENT_JUDGEMENT_COUNT, "a name for each judgement");
static_assert(ROWS(channel_name) == INCIDENT_CHANNEL_COUNT, "a name for each channel");
static_assert(ROWS(entry_kind_name) == INCIDENT_ENTRY_KIND_COUNT, "a name for each kind");

#define TO(state) (1U << (state))

/* From each state, where it may go. Reopening always leads back to investigating. */
static const unsigned state_next[] = {
	[INCIDENT_NEW] = TO(INCIDENT_ASSIGNED) | TO(INCIDENT_INVESTIGATING) |
			 TO(INCIDENT_CONTAINED) | TO(INCIDENT_RESOLVED) |
			 TO(INCIDENT_FALSE_POSITIVE),
	[INCIDENT_ASSIGNED] = TO(INCIDENT_NEW) | TO(INCIDENT_INVESTIGATING) |
			      TO(INCIDENT_CONTAINED) | TO(INCIDENT_RESOLVED) |
			      TO(INCIDENT_FALSE_POSITIVE),
	[INCIDENT_INVESTIGATING] =
		TO(INCIDENT_CONTAINED) | TO(INCIDENT_RESOLVED) | TO(INCIDENT_FALSE_POSITIVE),
	[INCIDENT_CONTAINED] =
		TO(INCIDENT_INVESTIGATING) | TO(INCIDENT_RESOLVED) | TO(INCIDENT_FALSE_POSITIVE),
	[INCIDENT_RESOLVED] = TO(INCIDENT_INVESTIGATING) | TO(INCIDENT_CLOSED),
	[INCIDENT_CLOSED] = TO(INCIDENT_INVESTIGATING),
	[INCIDENT_FALSE_POSITIVE] = TO(INCIDENT_INVESTIGATING),
};
static_assert(ROWS(state_next) == INCIDENT_STATE_COUNT, "a row for each state");

/* A device may answer after the expiry: what it did is the truth. */
static const unsigned action_next[] = {
	[ACTION_PROPOSED] = TO(ACTION_APPROVED) | TO(ACTION_REFUSED) | TO(ACTION_EXPIRED),
	[ACTION_APPROVED] = TO(ACTION_SENT) | TO(ACTION_REFUSED) | TO(ACTION_EXPIRED),
	[ACTION_SENT] = TO(ACTION_DONE) | TO(ACTION_FAILED) | TO(ACTION_EXPIRED),
	[ACTION_DONE] = 0,
	[ACTION_FAILED] = 0,
	[ACTION_EXPIRED] = TO(ACTION_DONE) | TO(ACTION_FAILED),
	[ACTION_REFUSED] = 0,
};
static_assert(ROWS(action_next) == ACTION_STATE_COUNT, "a row for each state");

static const char *name_of(const char *const *table, size_t rows, unsigned value)
{
	return value < rows ? table[value] : "?";
}

static bool find_name(const char *const *table, size_t rows, struct sv text, unsigned *ret)
{
	for (unsigned i = 0; i < rows; i++) {
		if (!sv_eq(text, sv_from(table[i])))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

#define NAMES(type, function, parse, table)                                                        \
	const char *function(enum type value)                                                      \
	{                                                                                          \
		return name_of(table, ROWS(table), (unsigned)value);                               \
	}                                                                                          \
	bool parse(struct sv text, enum type *ret)                                                 \
	{                                                                                          \
		unsigned value;                                                                    \
                                                                                                   \
		if (!find_name(table, ROWS(table), text, &value))                                  \
			return false;                                                              \
		*ret = (enum type)value;                                                           \
		return true;                                                                       \
	}

NAMES(incident_state, incident_state_name, incident_state_parse, state_name)
NAMES(action_kind, action_kind_name, action_kind_parse, action_kind_names)
NAMES(action_state, action_state_name, action_state_parse, action_state_names)
NAMES(incident_order, incident_order_name, incident_order_parse, order_name)
NAMES(incident_channel, incident_channel_name, incident_channel_parse, channel_name)

const char *incident_judgement_name(enum incident_judgement judgement)
{
	return name_of(judgement_name, ROWS(judgement_name), (unsigned)judgement);
}

const char *incident_entry_kind_name(enum incident_entry_kind kind)
{
	return name_of(entry_kind_name, ROWS(entry_kind_name), (unsigned)kind);
}

bool incident_transition(enum incident_state from, enum incident_state to)
{
	return (unsigned)from < INCIDENT_STATE_COUNT && (unsigned)to < INCIDENT_STATE_COUNT &&
	       (state_next[from] & TO(to));
}

enum incident_obstacle incident_obstacle(enum incident_judgement judgement, bool told)
{
	if (judgement == INCIDENT_UNJUDGED)
		return INCIDENT_NEEDS_JUDGEMENT;
	return judgement == INCIDENT_REAL && !told ? INCIDENT_NEEDS_STORY : INCIDENT_CLOSABLE;
}

bool incident_is_open(enum incident_state state)
{
	return state < INCIDENT_RESOLVED;
}

bool action_transition(enum action_state from, enum action_state to)
{
	return (unsigned)from < ACTION_STATE_COUNT && (unsigned)to < ACTION_STATE_COUNT &&
	       (action_next[from] & TO(to));
}
