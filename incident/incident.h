/*
 * incident.h - detections that belong together become one incident, with a
 * state, an owner, a timeline and actions.
 *
 * The core is pure: incident_group decides from values; incident_transition is
 * the state machine as a table. incident_absorb and the others apply it to the
 * store, inside the caller's transaction, always for one company.
 */
#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "detect/detect.h"
#include "event/event.h"
#include "store/store.h"

extern const struct store_migration incident_migrations[];
extern const size_t incident_migration_count;

enum incident_state {
	INCIDENT_NEW, INCIDENT_ASSIGNED, INCIDENT_INVESTIGATING, INCIDENT_CONTAINED,
	INCIDENT_RESOLVED, INCIDENT_CLOSED, INCIDENT_FALSE_POSITIVE, INCIDENT_STATE_COUNT
};
const char *incident_state_name(enum incident_state state);
bool incident_state_parse(struct sv text, enum incident_state *ret);
bool incident_transition(enum incident_state from, enum incident_state to);

enum action_kind {
	ACTION_ISOLATE, ACTION_RELEASE, ACTION_KILL, ACTION_COLLECT, ACTION_UNINSTALL, ACTION_KIND_COUNT
};
const char *action_kind_name(enum action_kind kind); /* "isolate" */
bool action_kind_parse(struct sv text, enum action_kind *ret);
enum action_state { ACTION_PROPOSED, ACTION_APPROVED, ACTION_SENT, ACTION_DONE, ACTION_FAILED, ACTION_EXPIRED, ACTION_STATE_COUNT };
const char *action_state_name(enum action_state state);

#endif
