/* Which company an applicant is: those it may be, and what a person found (R-026, T-48). */
#include "centre/live.h"
#include "centre/put_application.h"
#include "centre/put_support.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

static void put_alike(struct emit *emit, const struct alike *alike)
{
	emit_object(emit);
	emit_put_text(emit, "id", alike->company);
	emit_put_text(emit, "name", alike->name);
	emit_put_or_null(emit, "number", alike->number.n > 0 ? alike->number : SV_NONE);
	emit_key(emit, "by");
	emit_array(emit);
	for (int i = 0; i < TRAIT_COUNT; i++) {
		if (alike->by & 1U << i)
			emit_text(emit, sv_from(trait_name((enum trait)i)));
	}
	emit_array_end(emit);
	emit_object_end(emit);
}

enum http_answer route_application_alike(struct http_request *request,
					 struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	struct application application;
	const struct alike *alike;
	struct err err = ERR_INIT;
	size_t count;

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	if (application_alike(request->worker->records, &application, request->arena, &alike,
			      &count, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		put_alike(&emit, &alike[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

static enum http_answer refuse(struct http_request *request, struct http_response *response,
			       const struct err *err)
{
	if (err->code != ERR_CONFLICT && err->code != ERR_NOT_FOUND)
		return reply_undo(request, response, err);
	store_rollback(request->worker->records);
	return http_fail(request, response,
			 err->code == ERR_CONFLICT ? "version_conflict" : "company_not_alike",
			 "company");
}

enum http_answer route_application_identify(struct http_request *request,
					    struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct identified said = {
		.company = body_text(request, "company"),
		.reason = body_text(request, "reason"),
		.actor = request->actor->id,
		.actor_name = request->actor->name,
		.now = request->programme_now,
		.version = (uint64_t)json_integer_value(json_object_get(request->json, "version")),
	};
	const bool joined = said.company.n > 0;
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (support_load(request, response, &application, &entry) != 0) {
		store_rollback(store);
		return HTTP_DONE;
	}
	if (application_identify(store, entry, &application, &said, request->arena, &err) != 0 ||
	    (joined && support_company_moved(store, application.id, said.company, &err) != 0))
		return refuse(request, response, &err);
	if (reply_commit(request, response, "application", application.id,
			 joined ? said.company : application.company,
			 arena_printf(request->arena, "%s: %.*s", joined ? "joined" : "none",
				      SV_ARG(said.reason))) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_APPLICATION, application.company, application.id,
		     false);
	if (support_load(request, response, &application, &entry) == 0 &&
	    put_application_detail(&emit, request, entry, &application, &err) != 0)
		http_fail_err(request, response, &err);
	return HTTP_DONE;
}
