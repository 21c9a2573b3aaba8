#include "incident/internal.h"

#define TARGET_MAX 1024

struct action_row {
	int64_t row, incident; /* incident: 0 where there is none */
	enum action_kind kind;
	enum action_state state;
};

static int action_not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "no such action");
}

/* scope NULL: the centre itself asks; else ERR_NOT_FOUND outside it. */
static int find_action(struct store *store, const struct incident_scope *scope, struct sv id,
		       struct action_row *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT row, incident, kind, state, company FROM incident_action WHERE id = $1",
		STORE_TEXT(id));
	const int result = incident_row(query, err);

	if (result < 0)
		return -1;
	if (result == 0)
		return action_not_found(err);
	if (scope && !incident_may_see(scope, store_text(query, 4))) {
		store_done(query);
		return action_not_found(err);
	}
	*ret = (struct action_row){
		.row = store_int(query, 0),
		.incident = store_int(query, 1),
		.kind = (enum action_kind)store_int(query, 2),
		.state = (enum action_state)store_int(query, 3),
	};
	store_done(query);
	return 0;
}

static int put_action_entry(struct store *store, const struct action_row *action, struct sv id,
			    enum action_state to, struct sv text, struct sv actor,
			    struct instant now, struct err *err)
{
	if (action->incident == 0)
		return 0;
	if (store_change(store, err, "UPDATE incident SET updated = $2 WHERE row = $1",
			 STORE_INT(action->incident), STORE_INT(now.us)) != 0)
		return -1;
	return incident_put_entry(store,
				  &(struct incident_new_entry){
					  .incident = action->incident,
					  .kind = INCIDENT_ENTRY_ACTION,
					  .at = now,
					  .actor = actor,
					  .from = sv_from(action_kind_name(action->kind)),
					  .to = sv_from(action_state_name(to)),
					  .text = text,
					  .action = id,
				  },
				  err);
}

/* Changes the state where the table allows it, and tells the incident's timeline. */
static int move(struct store *store, struct action_row *action, struct sv id, enum action_state to,
		struct sv text, struct sv actor, struct instant now, struct err *err)
{
	if (!action_transition(action->state, to))
		return err_set(err, ERR_CONFLICT, "an action that is %s cannot become %s",
			       action_state_name(action->state), action_state_name(to));
	if (store_change(store, err, "UPDATE incident_action SET state = $2 WHERE row = $1",
			 STORE_INT(action->row), STORE_INT(to)) != 0)
		return -1;
	return put_action_entry(store, action, id, to, text, actor, now, err);
}

/* ==== asking ==== */

static int check_wish(const struct incident_wish *wish, struct err *err)
{
	if ((unsigned)wish->kind >= ACTION_KIND_COUNT)
		return err_set(err, ERR_USAGE, "no such kind of action");
	if (sv_trim(wish->reason).n == 0)
		return err_set(err, ERR_RANGE, "an action needs a reason");
	if (wish->reason.n > INCIDENT_TEXT_MAX || wish->target.n > TARGET_MAX)
		return err_set(err, ERR_TOO_LARGE, "the reason or target of an action is too long");
	if (!sv_is_utf8(wish->reason) || !sv_is_utf8(wish->target))
		return err_set(err, ERR_FORMAT, "the reason or target is not UTF-8");
	if (wish->kind == ACTION_KILL && wish->target.n == 0)
		return err_set(err, ERR_RANGE, "which process is to be ended?");
	if (instant_cmp(wish->expiry, wish->now) <= 0)
		return err_set(err, ERR_RANGE, "the action would have expired already");
	return 0;
}

/* Two people may press the same button. */
static int refuse_twin(struct store *store, const struct incident_wish *wish, struct sv device,
		       struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT 1 FROM incident_action WHERE device = $1 AND kind = $2 AND target = $3"
		" AND state IN ($4, $5, $6) LIMIT 1",
		STORE_TEXT(device), STORE_INT(wish->kind),
		STORE_TEXT(wish->target.p ? wish->target : SV("")), STORE_INT(ACTION_PROPOSED),
		STORE_INT(ACTION_APPROVED), STORE_INT(ACTION_SENT));
	const int result = incident_row(query, err);

	if (result != 1)
		return result;
	store_done(query);
	return err_set(err, ERR_CONFLICT, "the same action is under way already");
}

static int insert_action(struct store *store, const struct incident_wish *wish, struct sv company,
			 struct sv device, int64_t incident, const char *id, int64_t *ret_row,
			 struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"INSERT INTO incident_action (id, company, device, incident, kind, state, target,"
		" reason, requested_by, order_number, requested, approved, sent, finished, expiry)"
		" VALUES ($1, $2, $3, nullif($4, 0), $5, $6, $7, $8, $9, 0, $10, 0, 0, 0, $11)"
		" RETURNING row",
		STORE_TEXT(sv_from(id)), STORE_TEXT(company), STORE_TEXT(device),
		STORE_INT(incident), STORE_INT(wish->kind), STORE_INT(ACTION_PROPOSED),
		STORE_TEXT(wish->target.p ? wish->target : SV("")), STORE_TEXT(wish->reason),
		STORE_TEXT(wish->actor.p ? wish->actor : SV("")), STORE_INT(wish->now.us),
		STORE_INT(wish->expiry.us));

	if (incident_row(query, err) != 1)
		return -1;
	*ret_row = store_int(query, 0);
	store_done(query);
	return 0;
}

int incident_request_action(struct store *store, const struct incident_scope *scope,
			    const struct incident_wish *wish, char ret_action[static UUID_TEXT_MAX],
			    struct err *err)
{
	struct incident_state_row incident = { .row = 0 };
	struct sv company = wish->company, device = wish->device;
	struct action_row action = { .kind = wish->kind };
	char id[UUID_TEXT_MAX];

	if (incident_need_transaction(store, err) != 0 || check_wish(wish, err) != 0)
		return -1;
	if (wish->incident.n > 0) {
		if (incident_find(store, scope, wish->incident, &incident, err) != 0)
			return -1;
		company = sv_from(incident.company);
		device = sv_from(incident.device);
	} else if (company.n == 0 || device.n == 0 || !incident_may_see(scope, company)) {
		return err_set(err, ERR_NOT_FOUND, "no such device");
	}
	uuid_format(uuid_v7(wish->now), id);
	action.incident = incident.row;
	if (refuse_twin(store, wish, device, err) != 0 ||
	    insert_action(store, wish, company, device, incident.row, id, &action.row, err) != 0 ||
	    put_action_entry(store, &action, sv_from(id), ACTION_PROPOSED, wish->reason,
			     wish->actor, wish->now, err) != 0)
		return -1;
	memcpy(ret_action, id, sizeof id);
	return 0;
}

/* ==== deciding ==== */

int incident_approve_action(struct store *store, const struct incident_scope *scope, struct sv id,
			    struct sv actor, struct instant now, struct err *err)
{
	struct action_row action;

	if (incident_need_transaction(store, err) != 0 ||
	    find_action(store, scope, id, &action, err) != 0 ||
	    move(store, &action, id, ACTION_APPROVED, SV_NONE, actor, now, err) != 0)
		return -1;
	return store_change(
		store, err,
		"UPDATE incident_action SET approved_by = $2, approved = $3 WHERE row = $1",
		STORE_INT(action.row), STORE_TEXT(actor), STORE_INT(now.us));
}

int incident_refuse_action(struct store *store, const struct incident_scope *scope, struct sv id,
			   struct sv reason, struct sv actor, struct instant now, struct err *err)
{
	struct action_row action;

	if (reason.n > INCIDENT_TEXT_MAX)
		return err_set(err, ERR_TOO_LARGE, "the reason is too long");
	if (incident_need_transaction(store, err) != 0 ||
	    find_action(store, scope, id, &action, err) != 0 ||
	    move(store, &action, id, ACTION_REFUSED, reason, actor, now, err) != 0)
		return -1;
	return store_change(store, err,
			    "UPDATE incident_action SET result = $2, finished = $3 WHERE row = $1",
			    STORE_INT(action.row), STORE_TEXT(reason), STORE_INT(now.us));
}

/* ==== the device ==== */

int incident_action_sent(struct store *store, struct sv id, uint64_t order, struct instant now,
			 struct err *err)
{
	struct action_row action;

	if (incident_need_transaction(store, err) != 0 ||
	    find_action(store, NULL, id, &action, err) != 0 ||
	    move(store, &action, id, ACTION_SENT, SV_NONE, SV_NONE, now, err) != 0)
		return -1;
	return store_change(
		store, err,
		"UPDATE incident_action SET order_number = $2, sent = $3 WHERE row = $1",
		STORE_INT(action.row), STORE_INT(order), STORE_INT(now.us));
}

int incident_action_result(struct store *store, struct sv company, struct sv device, struct sv id,
			   bool done, struct sv detail, struct instant now, struct err *err)
{
	const struct incident_scope own = { .company = &company, .count = 1 };
	const enum action_state to = done ? ACTION_DONE : ACTION_FAILED;
	struct action_row action;
	struct store_query *query;
	int result;

	if (incident_need_transaction(store, err) != 0 ||
	    find_action(store, &own, id, &action, err) != 0)
		return -1;
	query = store_ask(store, err,
			  "SELECT 1 FROM incident_action WHERE row = $1 AND device = $2",
			  STORE_INT(action.row), STORE_TEXT(device));
	result = incident_row(query, err);
	if (result != 1)
		return result < 0 ? -1 : action_not_found(err);
	store_done(query);
	if (action.state == ACTION_DONE || action.state == ACTION_FAILED)
		return 0;
	detail = incident_cut(detail, INCIDENT_TEXT_MAX);
	if (move(store, &action, id, to, detail, SV_NONE, now, err) != 0)
		return -1;
	return store_change(store, err,
			    "UPDATE incident_action SET result = $2, finished = $3 WHERE row = $1",
			    STORE_INT(action.row), STORE_TEXT(detail), STORE_INT(now.us));
}

/* ==== expiry ==== */

#define EXPIRE_MAX 200 /* of one call */

int64_t incident_expire_actions(struct store *store, struct instant now, struct err *err)
{
	struct action_row action[EXPIRE_MAX];
	char id[EXPIRE_MAX][UUID_TEXT_MAX];
	struct store_query *query;
	size_t count = 0;
	int result = 0;

	if (incident_need_transaction(store, err) != 0)
		return -1;
	query = store_ask(store, err,
			  "SELECT row, incident, kind, state, id FROM incident_action"
			  " WHERE state IN ($1, $2, $3) AND expiry <= $4",
			  STORE_INT(ACTION_PROPOSED), STORE_INT(ACTION_APPROVED),
			  STORE_INT(ACTION_SENT), STORE_INT(now.us));
	if (!query)
		return -1;
	while (count < EXPIRE_MAX && (result = store_step(query, err)) == 1) {
		action[count] = (struct action_row){
			.row = store_int(query, 0),
			.incident = store_int(query, 1),
			.kind = (enum action_kind)store_int(query, 2),
			.state = (enum action_state)store_int(query, 3),
		};
		snprintf(id[count], sizeof id[count], "%.*s", SV_ARG(store_text(query, 4)));
		count++;
	}
	store_done(query);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (move(store, &action[i], sv_from(id[i]), ACTION_EXPIRED, SV_NONE, SV_NONE, now,
			 err) != 0)
			return -1;
	return (int64_t)count;
}
