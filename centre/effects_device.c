/* What all devices of an application shall do: asked each day until each has done it. */
#include "centre/audit.h"
#include "centre/command.h"
#include "centre/effects_internal.h"
#include "centre/live.h"
#include "centre/order.h"
#include "incident/incident.h"

#define WISHES_MAX 64  /* looked at in one turn */
#define ACTIONS_MAX 50 /* of one device, the newest */

int effects_wish(struct effects *effects, struct sv application, const char *kind,
		 struct err *err)
{
	return store_change(effects->worker->records, err,
			    "INSERT INTO device_wish (application, kind, since)"
			    " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			    STORE_TEXT(application), STORE_TEXT(sv_from(kind)),
			    STORE_INT(effects->now.us));
}

struct wish {
	struct sv application, name;
	enum action_kind kind;
};
struct target {
	struct sv device, company;
	enum { TARGET_WAITS, TARGET_ASK, TARGET_DONE } what;
};

static int read_wishes(struct store *store, struct arena *arena, struct wish *wish,
		       size_t *ret_count, struct err *err)
{
	struct store_query *query =
		store_query(store,
			    "SELECT application, kind FROM device_wish WHERE done_at IS NULL"
			    " ORDER BY application, kind LIMIT 64",
			    err);
	size_t n = 0;
	int step;

	if (!query)
		return -1;
	while ((step = store_step(query, err)) == 1) {
		wish[n].application = arena_dup(arena, store_text(query, 0));
		wish[n].name = arena_dup(arena, store_text(query, 1));
		n += action_kind_parse(wish[n].name, &wish[n].kind);
	}
	store_done(query);
	*ret_count = n;
	return step < 0 ? -1 : 0;
}

static int read_targets(struct store *store, const struct wish *wish, struct arena *arena,
			struct target *target, size_t *ret_count, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT d.id, d.company FROM device d JOIN participation p ON p.id = d.participation"
		" WHERE p.application = $1 AND d.state = 'active'"
		" AND ($2 <> 'licence_off' OR d.licence = 'active') ORDER BY d.id LIMIT 1500",
		STORE_TEXT(wish->application), STORE_TEXT(wish->name));
	size_t n = 0;
	int step;

	if (!query)
		return -1;
	while ((step = store_step(query, err)) == 1) {
		target[n].device = arena_dup(arena, store_text(query, 0));
		target[n++].company = arena_dup(arena, store_text(query, 1));
	}
	store_done(query);
	*ret_count = n;
	return step < 0 ? -1 : 0;
}

/* By the last action of this kind. */
static int judge(struct effects *effects, const struct wish *wish, struct target *target,
		 struct err *err)
{
	const struct incident_scope scope = { .company = &target->company, .count = 1 };
	const int64_t again = effects->now.us - EFFECTS_AGAIN_SECONDS * INSTANT_SECOND;
	const struct incident_action *action;
	size_t count;

	if (incident_actions(effects->worker->records, &scope, target->device, ACTIONS_MAX,
			     effects->arena, &action, &count, err) != 0)
		return -1;
	target->what = TARGET_ASK;
	for (size_t i = 0; i < count; i++) {
		if (action[i].kind != wish->kind)
			continue;
		switch (action[i].state) {
		case ACTION_DONE: target->what = TARGET_DONE; break;
		case ACTION_PROPOSED:
		case ACTION_APPROVED:
		case ACTION_SENT: target->what = TARGET_WAITS; break;
		case ACTION_EXPIRED: break;
		default: target->what = action[i].requested.us > again ? TARGET_WAITS : TARGET_ASK;
		}
		break;
	}
	return 0;
}

static int ask(struct effects *effects, const struct wish *wish, const struct target *target,
	       struct err *err)
{
	const struct incident_scope scope = { .company = &target->company, .count = 1 };
	struct store *store = effects->worker->records;
	const struct incident_wish action = {
		.kind = wish->kind, .company = target->company, .device = target->device,
		.incident = SV(""), .target = SV(""), .actor = SV(""),
		.reason = wish->kind == ACTION_UNINSTALL ? SV("参加の終了に伴う削除")
							 : SV("お試し期間の終了に伴うライセンスの停止"),
		.now = effects->now,
		.expiry = { effects->now.us + EFFECTS_AGAIN_SECONDS * INSTANT_SECOND },
	};
	const struct audit_entry audit = {
		.action = "device_action_propose", .object_kind = "device",
		.object = target->device, .company = target->company, .reason = action.reason,
	};
	char id[UUID_TEXT_MAX];

	if (incident_request_action(store, &scope, &action, id, err) != 0 ||
	    incident_approve_action(store, &scope, sv_from(id), SV(""), effects->now, err) != 0 ||
	    command_send(effects->worker, target->company, sv_from(id), effects->now,
			 effects->arena, err) != 0)
		return -1;
	aftermath_changed(effects->aftermath, LIVE_ACTION, target->company,
			  arena_dup(effects->arena, sv_from(id)), true);
	return audit_append(store, &audit, effects->now, err);
}

static int note_done(struct effects *effects, const struct wish *wish,
		     const struct target *target, struct err *err)
{
	if (!sv_eq(wish->name, SV("licence_off")))
		return 0; /* an uninstalled device says so itself */
	aftermath_changed(effects->aftermath, LIVE_DEVICE, target->company, target->device, false);
	return store_change(effects->worker->records, err,
			    "UPDATE device SET licence = 'off' WHERE id = $1",
			    STORE_TEXT(target->device));
}

static int close_wish(struct effects *effects, const struct wish *wish, struct err *err)
{
	struct store *store = effects->worker->records;
	struct application application;
	int found;

	if (store_change(store, err,
			 "UPDATE device_wish SET done_at = $1 WHERE application = $2 AND kind = $3",
			 STORE_INT(effects->now.us), STORE_TEXT(wish->application),
			 STORE_TEXT(wish->name)) != 0)
		return -1;
	found = application_load(store, effects->catalogue, wish->application, effects->arena,
				 &application, err);
	if (found != 1)
		return found;
	/* confirmed per device, so the step goes on by itself. */
	return effects_happen(effects, &application,
			      wish->kind == ACTION_UNINSTALL ? SV("uninstalled")
							     : SV("licences_off"),
			      BY_CENTRE, err) < 0
		       ? -1
		       : 0;
}

/* What has to be written for one wish, in one transaction. */
static int change(struct effects *effects, const struct wish *wish, const struct target *target,
		  size_t count, bool all_done, struct err *err)
{
	struct store *store = effects->worker->records;

	if (store_begin(store, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if ((target[i].what == TARGET_ASK && ask(effects, wish, &target[i], err) != 0) ||
		    (target[i].what == TARGET_DONE &&
		     note_done(effects, wish, &target[i], err) != 0))
			goto undo;
	}
	if ((all_done && close_wish(effects, wish, err) != 0) || store_commit(store, err) != 0)
		goto undo;
	for (size_t i = 0; i < count; i++)
		if (target[i].what == TARGET_ASK)
			order_wake(effects->worker->centre, target[i].device);
	return 0;
undo:
	store_rollback(store);
	return -1;
}

static int follow(struct effects *effects, const struct wish *wish, struct err *err)
{
	struct target *target = arena_zalloc(effects->arena, EFFECTS_DEVICES_MAX, sizeof *target);
	size_t count, waits = 0, asks = 0;

	if (!target || read_targets(effects->worker->records, wish, effects->arena, target, &count,
				    err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (judge(effects, wish, &target[i], err) != 0)
			return -1;
		waits += target[i].what == TARGET_WAITS;
		asks += target[i].what == TARGET_ASK;
	}
	if (count > 0 && waits == count)
		return 0;
	return change(effects, wish, target, count, waits + asks == 0, err);
}

int effects_devices(struct effects *effects, struct err *err)
{
	struct wish wish[WISHES_MAX];
	size_t count;
	int status = 0;

	if (read_wishes(effects->worker->records, effects->arena, wish, &count, err) != 0)
		return -1;
	/* One that fails is not in the way of the others. */
	for (size_t i = 0; i < count; i++)
		if (follow(effects, &wish[i], err) != 0)
			status = -1;
	return status;
}
