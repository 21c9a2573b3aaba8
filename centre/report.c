#include "centre/report.h"

#include <stdio.h>

#include "centre/access.h"
#include "centre/audit.h"
#include "incident/incident.h"

#define VERSION_MAX 60
#define REPEATED_MAX 1000000

static struct sv text(const struct event *event, const char *name)
{
	return event_text(event, sv_from(name));
}

static bool is_true(struct sv value)
{
	return sv_eq_case(value, SV("true")) || sv_eq(value, SV("1"));
}

/* After a change of the device's row: people who watch hear of it, if it was one. */
static int note(struct store *store, int r, const struct event *event,
		struct aftermath *aftermath)
{
	if (r == 0 && store_changes(store) > 0)
		aftermath_changed(aftermath, LIVE_DEVICE, event->envelope.company,
				  event->envelope.device, false);
	return r;
}

static int set_isolated(struct store *store, const struct event *event, bool isolated,
			struct aftermath *aftermath, struct err *err)
{
	return note(store,
		    store_change(store, err,
				 "UPDATE device SET isolated = $2 WHERE id = $1 AND isolated <> $2",
				 STORE_TEXT(event->envelope.device), STORE_INT(isolated)),
		    event, aftermath);
}

/* not uninstalling; the device stays, and sends nothing. */
static int set_licence(struct store *store, const struct event *event, const char *licence,
		       struct aftermath *aftermath, struct err *err)
{
	return note(store,
		    store_change(store, err,
				 "UPDATE device SET licence = $2 WHERE id = $1 AND licence <> $2",
				 STORE_TEXT(event->envelope.device), STORE_TEXT(sv_from(licence))),
		    event, aftermath);
}

/* By an order, or by somebody at the host itself: who looks back shall find when. */
static int set_uninstalled(struct store *store, const struct event *event, struct instant now,
			   const char *reason, struct aftermath *aftermath, struct err *err)
{
	const struct event_envelope *envelope = &event->envelope;
	const struct actor actor = { .kind = ACTOR_DEVICE, .id = envelope->device,
				     .only_company = envelope->company };
	const struct audit_entry entry = {
		.actor = &actor, .action = "agent_removed", .object_kind = "device",
		.object = envelope->device, .company = envelope->company, .reason = sv_from(reason),
	};

	if (store_change(store, err,
			 "UPDATE device SET state = 'uninstalled', revoked_at = $2"
			 " WHERE id = $1 AND state = 'active'",
			 STORE_TEXT(envelope->device), STORE_INT(now.us)) != 0)
		return -1;
	if (store_changes(store) == 0)
		return 0;
	aftermath_changed(aftermath, LIVE_DEVICE, envelope->company, envelope->device, false);
	return audit_append(store, &entry, now, err);
}

/* Isolation and its end show on the device as soon as the device itself says so. */
static int follow_action(struct store *store, const struct event *event, struct instant now,
			 struct aftermath *aftermath, struct err *err)
{
	enum action_kind kind;

	if (!action_kind_parse(text(event, "Kind"), &kind))
		return 0;
	switch (kind) {
	case ACTION_ISOLATE:
	case ACTION_RELEASE:
		return set_isolated(store, event, kind == ACTION_ISOLATE, aftermath, err);
	case ACTION_LICENCE_OFF: /* it was released before, where it was isolated */
		return set_isolated(store, event, false, aftermath, err) != 0
			       ? -1
			       : set_licence(store, event, "off", aftermath, err);
	case ACTION_LICENCE_ON:
		return set_licence(store, event, "active", aftermath, err);
	case ACTION_UNINSTALL:
		return set_uninstalled(store, event, now, "removed by an order", aftermath, err);
	default:
		return 0;
	}
}

static int take_result(struct store *store, const struct event *event, struct instant now,
		       struct aftermath *aftermath, struct err *err)
{
	const struct event_envelope *envelope = &event->envelope;
	const struct sv action = text(event, "ActionId");
	const bool done = sv_eq(text(event, "Result"), SV("done"));
	struct err why = ERR_INIT;

	if (incident_action_result(store, envelope->company, envelope->device, action, done,
				   text(event, "Detail"), now, &why) != 0) {
		if (why.code != ERR_NOT_FOUND && why.code != ERR_CONFLICT &&
		    why.code != ERR_FORMAT && why.code != ERR_RANGE) {
			if (err != NULL)
				*err = why;
			return -1;
		}
		aftermath_refused(aftermath, envelope->company, envelope->device, "action_result",
				  sv_from(why.text), 0);
		return 0;
	}
	aftermath_changed(aftermath, LIVE_ACTION, envelope->company, action, false);
	return done ? follow_action(store, event, now, aftermath, err) : 0;
}

static int take_refusal(struct store *store, const struct event *event, struct instant now,
			struct aftermath *aftermath, struct err *err)
{
	const struct sv digest = text(event, "OrderDigest");
	const struct sv reason = text(event, "Reason");
	char line[AFTERMATH_REASON_MAX];
	uint64_t count = 1;

	if (!sv_to_u64(text(event, "Count"), &count) || count == 0)
		count = 1;
	snprintf(line, sizeof line, "the device refused an order: %.*s%s%.16s",
		 reason.n > 300 ? 300 : (int)reason.n, reason.p ? reason.p : "",
		 digest.n >= 16 ? ", digest " : "", digest.n >= 16 ? digest.p : "");
	aftermath_refused(aftermath, event->envelope.company, event->envelope.device,
			  "order_refused", sv_from(line),
			  (uint32_t)(count > REPEATED_MAX ? REPEATED_MAX : count - 1));
	return 0;
}

static int take_health(struct store *store, const struct event *event, struct instant now,
		       struct aftermath *aftermath, struct err *err)
{
	const struct sv version = sv_slice(text(event, "AgentVersion"), 0, VERSION_MAX);
	const struct sv isolated = text(event, "Isolated");

	if (version.n > 0 &&
	    note(store,
		 store_change(store, err,
			      "UPDATE device SET agent_version = $2"
			      " WHERE id = $1 AND agent_version <> $2",
			      STORE_TEXT(event->envelope.device), STORE_TEXT(version)),
		 event, aftermath) != 0)
		return -1;
	if (isolated.n == 0)
		return 0;
	return set_isolated(store, event, is_true(isolated), aftermath, err);
}

static int take_removal(struct store *store, const struct event *event, struct instant now,
			struct aftermath *aftermath, struct err *err)
{
	return set_uninstalled(store, event, now, "removed at the host", aftermath, err);
}

static const struct {
	const char *category;
	int (*take)(struct store *store, const struct event *event, struct instant now,
		    struct aftermath *aftermath, struct err *err);
} row[] = {
	{ "action_result", take_result },
	{ "order_refused", take_refusal },
	{ "agent_health", take_health },
	{ "agent_started", take_health },
	{ "agent_removed", take_removal },
};

int report_take(struct store *store, const struct event *event, struct instant now,
		struct aftermath *aftermath, struct err *err)
{
	if (!sv_eq(event->envelope.product, SV("hikeshi")))
		return 0;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (sv_eq(event->envelope.category, sv_from(row[i].category)))
			return row[i].take(store, event, now, aftermath, err);
	}
	return 0;
}
