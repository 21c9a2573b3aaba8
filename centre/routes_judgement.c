#include "centre/live.h"
#include "centre/put.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

static uint64_t version_of(const struct http_request *request)
{
	return (uint64_t)json_integer_value(json_object_get(request->json, "version"));
}

static enum http_answer not_changed(struct http_request *request, struct http_response *response,
				    const struct err *err)
{
	if (err->code != ERR_CONFLICT)
		return reply_undo(request, response, err);
	store_rollback(request->worker->records);
	return http_fail(request, response, "changed_meanwhile", NULL);
}

/* Commits and tells the listeners. 0, or -1 with the response filled. */
static int commit(struct http_request *request, struct http_response *response, struct sv reason)
{
	const struct access_object *incident = request->object;

	if (reply_commit(request, response, "incident", incident->id, incident->company, reason) !=
	    0)
		return -1;
	live_publish(request->centre->live, LIVE_INCIDENT, incident->company, incident->id, false);
	return 0;
}

/* The whole incident as it is now. */
static enum http_answer answer(struct http_request *request, struct http_response *response,
			       struct sv reason)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	struct incident_page page;
	struct err err = ERR_INIT;
	struct emit emit;

	if (commit(request, response, reason) != 0)
		return HTTP_DONE;
	if (incident_load(request->worker->records, &scope, request->object->id, request->arena,
			  &page, &err) != 0)
		return http_fail_err(request, response, &err);
	emit = emit_begin(&response->body);
	if (!put_incident_page(&emit, request, &page))
		return http_fail(request, response, "not_found", NULL);
	return HTTP_DONE;
}

enum http_answer route_incident_judge(struct http_request *request, struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	const bool real = json_is_true(json_object_get(request->json, "real"));
	const struct sv reason = body_text(request, "reason");
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (sv_trim(reason).n == 0)
		return http_fail(request, response, "reason_needed", "reason");
	if (store_begin(store, &err) != 0 ||
	    incident_judge(store, &scope, request->object->id, version_of(request), real, reason,
			   request->actor->id, request->now, &err) != 0)
		return not_changed(request, response, &err);
	return answer(request, response,
		      arena_printf(request->arena, "%s: %.*s", real ? "real" : "not real",
				   SV_ARG(reason)));
}

enum http_answer route_incident_tell(struct http_request *request, struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	const struct sv text = body_text(request, "text");
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (sv_trim(text).n == 0)
		return http_fail(request, response, "empty", "text");
	if (store_begin(store, &err) != 0 ||
	    incident_tell(store, &scope, request->object->id, version_of(request), text,
			  request->actor->id, request->now, &err) != 0)
		return not_changed(request, response, &err);
	return answer(request, response, SV_NONE);
}

static unsigned consents_of(const struct http_request *request)
{
	const json_t *list = json_object_get(request->json, "consents");
	unsigned consents = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		enum action_kind kind;

		if (action_kind_parse(sv_from(json_string_value(json_array_get(list, i))), &kind))
			consents |= 1U << kind;
	}
	return consents;
}

enum http_answer route_incident_contact(struct http_request *request,
					struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	struct store *store = request->worker->records;
	struct incident_contact contact = {
		.at = request->now,
		.actor = request->actor->id,
		.person = body_text(request, "person"),
		.reached = json_is_true(json_object_get(request->json, "reached")),
		.text = body_text(request, "text"),
		.consents = consents_of(request),
	};
	struct err err = ERR_INIT;
	struct emit emit;

	incident_channel_parse(body_text(request, "channel"), &contact.channel);
	if (contact.reached && sv_trim(contact.person).n == 0)
		return http_fail(request, response, "empty", "person");
	if (!contact.reached && contact.consents != 0)
		return http_fail(request, response, "nobody_agreed", "consents");
	if (store_begin(store, &err) != 0 ||
	    incident_contact(store, &scope, request->object->id, &contact, request->now, &err) != 0)
		return not_changed(request, response, &err);
	if (commit(request, response,
		   arena_printf(request->arena, "%s: %s", incident_channel_name(contact.channel),
				contact.reached ? "reached" : "missed")) != 0)
		return HTTP_DONE;
	emit = emit_begin(&response->body);
	put_contact(&emit, request, &contact);
	response->status = 201;
	return HTTP_DONE;
}
