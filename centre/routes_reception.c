/* What the office decides of its calendar: reception that it closes, days without business. */
#include "centre/jobs.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* T-35: where the file has no exact last day, and where it closes early. */
enum http_answer route_reception_set(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry =
		catalogue_by_id(worker_catalogue(request->worker), request->object->id);
	const struct reception_change change = {
		.open = json_is_true(json_object_get(request->json, "open")),
		.reason = body_text(request, "reason"),
		.actor = request->actor->id,
		.now = request->programme_now,
	};
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;
	struct emit emit;

	if (!entry)
		return http_fail(request, response, "not_found", "programme");
	if (store_begin(store, &err) != 0 || reception_set(store, entry, &change, &err) != 0) {
		if (err.code != ERR_DENIED && err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response,
				 err.code == ERR_DENIED ? "reception_days" : "reception_is_so", "open");
	}
	if (reply_commit(request, response, "programme", entry->id, SV_NONE,
			 arena_printf(request->arena, "%s: %.*s", change.open ? "open" : "closed",
				      SV_ARG(change.reason))) != 0)
		return HTTP_DONE;
	emit = emit_begin(&response->body);
	return put_programme(&emit, request, entry, &err) == 0
		       ? HTTP_DONE
		       : http_fail_err(request, response, &err);
}

static void put_changes(struct emit *emit, const struct due_change *change, size_t count)
{
	char text[DAY_TEXT_MAX];

	emit_object(emit);
	emit_key(emit, "changed");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(emit);
		emit_put_text(emit, "number", change[i].number);
		emit_put_text(emit, "before", sv_from(day_format(change[i].before, DAY_ISO, text)));
		emit_put_text(emit, "after", sv_from(day_format(change[i].after, DAY_ISO, text)));
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_object_end(emit);
}

/* entered late, deadlines that are still to come are counted again. */
enum http_answer route_closure_add(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry =
		catalogue_by_id(worker_catalogue(request->worker), request->object->id);
	struct closing closing = {
		.text = body_text(request, "days"),
		.actor = request->actor->id,
		.actor_name = request->actor->name,
		.now = request->programme_now,
	};
	struct store *store = request->worker->records;
	const struct due_change *change;
	struct err err = ERR_INIT;
	struct emit emit;
	size_t count;

	if (!entry)
		return http_fail(request, response, "not_found", "programme");
	closing.operator_id = entry->operator_id;
	if (store_begin(store, &err) != 0 ||
	    programme_close(store, &closing, request->arena, &change, &count, &err) != 0) {
		if (err.code != ERR_FORMAT && err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response,
				 err.code == ERR_FORMAT ? "closure_days" : "closure_is_there",
				 "days");
	}
	if (reply_commit(request, response, "programme", entry->id, SV_NONE,
			 arena_printf(request->arena, "closed: %.*s", SV_ARG(closing.text))) != 0)
		return HTTP_DONE;
	jobs_wake(request->centre->jobs);
	emit = emit_begin(&response->body);
	put_changes(&emit, change, count);
	return HTTP_DONE;
}
