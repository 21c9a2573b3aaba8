#include "centre/command.h"

#include "centre/emit.h"
#include "centre/order.h"
#include "incident/incident.h"

#define PAYLOAD_MAX 4096

int command_send(struct worker *worker, struct sv company, struct sv id, struct instant now,
		 struct arena *arena, struct err *err)
{
	const struct incident_scope scope = { .company = &company, .count = 1 };
	struct store *store = worker->records;
	struct incident_action action;
	struct emit emit;
	struct buf payload;
	uint64_t number;
	int status;

	if (incident_action_load(store, &scope, id, arena, &action, err) != 0)
		return -1;
	if (action.state != ACTION_APPROVED)
		return err_set(err, ERR_CONFLICT, "the action is not approved");
	buf_init(&payload, PAYLOAD_MAX);
	emit = emit_begin(&payload);
	emit_object(&emit);
	emit_put_text(&emit, "action_id", action.id);
	emit_put_text(&emit, "kind", sv_from(action_kind_name(action.kind)));
	if (action.kind == ACTION_KILL)
		emit_put_text(&emit, "process_guid", action.target);
	emit_object_end(&emit);
	status = order_send(worker, action.device, WIRE_COMMAND, buf_sv(&payload), action.expiry,
			    &number, err);
	buf_done(&payload);
	if (status != 0)
		return err_wrap(err, "sending the action");
	return incident_action_sent(store, id, number, now, err);
}
