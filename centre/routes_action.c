#include "centre/command.h"
#include "centre/live.h"
#include "centre/order.h"
#include "centre/put.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* A device that stays away longer does not carry the action out. */
#define ACTION_EXPIRY_SECONDS (24 * 60 * 60)

static struct incident_scope scope_of(const struct http_request *request)
{
	return (struct incident_scope){ .company = &request->object->company, .count = 1 };
}

static enum http_answer not_done(struct http_request *request, struct http_response *response,
				 const struct err *err)
{
	if (err->code != ERR_CONFLICT)
		return reply_undo(request, response, err);
	store_rollback(request->worker->records);
	return http_fail(request, response, "changed_meanwhile", NULL);
}

static enum http_answer show(struct http_request *request, struct http_response *response,
			     struct sv id)
{
	const struct incident_scope scope = scope_of(request);
	struct emit emit = emit_begin(&response->body);
	struct incident_action action;
	struct err err = ERR_INIT;

	if (incident_action_load(request->worker->records, &scope, id, request->arena, &action,
				 &err) != 0)
		return http_fail_err(request, response, &err);
	put_action(&emit, request, &action);
	return HTTP_DONE;
}

static enum http_answer committed(struct http_request *request, struct http_response *response,
				  struct sv id, struct sv device, struct sv reason)
{
	const struct access_object *object = request->object;

	if (reply_commit(request, response, "action", id, object->company, reason) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_ACTION, object->company, id, false);
	if (object->incident.n > 0)
		live_publish(request->centre->live, LIVE_INCIDENT, object->company,
			     object->incident, false);
	order_wake(request->centre, device);
	return show(request, response, id);
}

/* ---- sending ---- */

static int send_action(struct http_request *request, struct sv id, struct err *err)
{
	return command_send(request->worker, request->object->company, id, request->now,
			    request->arena, err);
}

enum http_answer route_action_send(struct http_request *request, struct http_response *response)
{
	const struct access_object *action = request->object;
	struct err err = ERR_INIT;

	if (store_begin(request->worker->records, &err) != 0 ||
	    send_action(request, action->id, &err) != 0)
		return not_done(request, response, &err);
	return committed(request, response, action->id, action->device, SV_NONE);
}

/* ---- proposing ---- */

static bool is_active(const struct http_request *request, struct sv device)
{
	struct store_query *query =
		store_ask(request->worker->records, NULL,
			  "SELECT 1 FROM device WHERE id = $1 AND state = 'active'",
			  STORE_TEXT(device));
	const bool active = query && store_step(query, NULL) == 1;

	store_done(query);
	return active;
}

/* The key of what is wrong with the wish, or NULL. */
static const char *check_wish(const struct http_request *request, enum action_kind kind, bool send)
{
	const struct access_object *object = request->object;

	if (kind == ACTION_KILL && !body_text(request, "process").p)
		return "process_needed";
	if (kind != ACTION_KILL && body_text(request, "process").p)
		return "process_unexpected";
	if (send && (!access_may(request->actor, ACCESS_ACTION_APPROVE, object) ||
		     !access_may(request->actor, ACCESS_ACTION_SEND, object)))
		return "denied";
	return is_active(request, object->device) ? NULL : "not_enrolled";
}

static enum http_answer propose(struct http_request *request, struct http_response *response)
{
	const struct access_object *object = request->object;
	const struct incident_scope scope = scope_of(request);
	const bool send = json_is_true(json_object_get(request->json, "send"));
	struct store *store = request->worker->records;
	const struct sv process = body_text(request, "process");
	struct incident_wish wish = {
		.incident = object->incident,
		.company = object->company,
		.device = object->device,
		.target = process.p ? process : SV(""),
		.reason = body_text(request, "reason"),
		.actor = request->actor->id,
		.now = request->now,
		.expiry = { request->now.us + ACTION_EXPIRY_SECONDS * INSTANT_SECOND },
	};
	char id[UUID_TEXT_MAX];
	struct err err = ERR_INIT;
	enum http_answer answer;
	const char *problem;

	action_kind_parse(body_text(request, "kind"), &wish.kind);
	problem = check_wish(request, wish.kind, send);
	if (problem)
		return http_fail(request, response, problem,
				 strncmp(problem, "process", 7) == 0 ? "process" : NULL);
	if (store_begin(store, &err) != 0 ||
	    incident_request_action(store, &scope, &wish, id, &err) != 0)
		return not_done(request, response, &err);
	if (send && (incident_approve_action(store, &scope, sv_from(id), request->actor->id,
					     request->now, &err) != 0 ||
		     send_action(request, sv_from(id), &err) != 0))
		return not_done(request, response, &err);
	answer = committed(request, response, arena_dup(request->arena, sv_from(id)),
			   object->device, wish.reason);
	if (response->status == 200)
		response->status = 201;
	return answer;
}

enum http_answer route_device_action_propose(struct http_request *request,
					     struct http_response *response)
{
	return propose(request, response);
}

enum http_answer route_incident_action_propose(struct http_request *request,
					       struct http_response *response)
{
	return propose(request, response);
}

/* ---- deciding ---- */

enum http_answer route_action_approve(struct http_request *request, struct http_response *response)
{
	const struct incident_scope scope = scope_of(request);
	const struct access_object *action = request->object;
	struct err err = ERR_INIT;

	if (store_begin(request->worker->records, &err) != 0 ||
	    incident_approve_action(request->worker->records, &scope, action->id,
				    request->actor->id, request->now, &err) != 0)
		return not_done(request, response, &err);
	return committed(request, response, action->id, action->device,
			 body_text(request, "reason"));
}

enum http_answer route_action_refuse(struct http_request *request, struct http_response *response)
{
	const struct incident_scope scope = scope_of(request);
	const struct access_object *action = request->object;
	const struct sv reason = body_text(request, "reason");
	struct err err = ERR_INIT;

	if (store_begin(request->worker->records, &err) != 0 ||
	    incident_refuse_action(request->worker->records, &scope, action->id, reason,
				   request->actor->id, request->now, &err) != 0)
		return not_done(request, response, &err);
	return committed(request, response, action->id, action->device, reason);
}

/* ---- reading ---- */

enum http_answer route_action_show(struct http_request *request, struct http_response *response)
{
	return show(request, response, request->object->id);
}

enum http_answer route_device_actions(struct http_request *request, struct http_response *response)
{
	const struct incident_scope scope = scope_of(request);
	struct emit emit = emit_begin(&response->body);
	const struct incident_action *action;
	struct err err = ERR_INIT;
	size_t count;

	if (incident_actions(request->worker->records, &scope, request->object->id,
			     (size_t)http_value(request, "limit")->number, request->arena, &action,
			     &count, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		put_action(&emit, request, &action[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}
