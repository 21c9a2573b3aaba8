#include "centre/jobs.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "support/support.h"

static bool may(const struct http_request *request, const struct catalogue_entry *entry)
{
	struct access_object object;

	return access_load(request->worker->records, OBJECT_PROGRAMME, entry->id, request->arena,
			   &object, NULL) == 1 &&
	       access_may(request->actor, request->route->access, &object);
}

enum http_answer route_programme_list(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry;
	const size_t count = catalogue_list(worker_catalogue(request->worker), &entry);
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;

	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		if (may(request, &entry[i]) &&
		    put_programme(&emit, request, &entry[i], &err) != 0)
			return http_fail_err(request, response, &err);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* The programme of the path as it is published; one that is not has no steps to show. */
static const struct catalogue_entry *entry_of(struct http_request *request)
{
	return catalogue_by_id(worker_catalogue(request->worker), request->object->id);
}

/* ---- overview ---- */

static void put_counts(struct emit *emit, struct http_request *request,
		       const struct programme_facts *facts, const struct application_count *row,
		       size_t count)
{
	emit_key(emit, "counts");
	emit_array(emit);
	for (size_t i = 0; i < facts->state_count; i++) {
		const struct programme_state *state = &facts->state[i];
		struct application_count sum = { .all = 0 };

		for (size_t k = 0; k < count; k++) {
			if (!sv_eq(row[k].state, state->id))
				continue;
			sum.all += row[k].all;
			sum.late += row[k].late;
			sum.today += row[k].today;
			sum.breach += row[k].breach;
		}
		emit_object(emit);
		emit_put_text(emit, "state", state->id);
		emit_put_text(emit, "name", text_of(request, state->name));
		emit_put_text(emit, "actor", sv_from(programme_actor_name(state->actor)));
		emit_put_number(emit, "all", (int64_t)sum.all);
		emit_put_number(emit, "late", (int64_t)sum.late);
		emit_put_number(emit, "today", (int64_t)sum.today);
		emit_put_number(emit, "breach", (int64_t)sum.breach);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

enum http_answer route_programme_overview(struct http_request *request,
					  struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request);
	const struct application_filter filter = {
		.programme = &request->object->id, .programme_count = 1, .actor = -1,
		.with_final = true, .today = tokyo_of(request->programme_now).day,
	};
	struct emit emit = emit_begin(&response->body);
	const struct application_count *row;
	const struct seat_row *seat;
	const struct call *call;
	size_t rows, seats, calls;
	struct err err = ERR_INIT;

	if (!entry)
		return http_fail(request, response, "not_found", NULL);
	if (calls_list(request->worker->records, entry, filter.today, request->arena, &call,
		       &calls, &err) != 0 ||
	    application_counts(request->worker->records, &filter, request->arena, &row, &rows,
			       &err) != 0 ||
	    seats_read(request->worker->records, entry, request->arena, &seat, &seats, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "programme");
	if (put_programme(&emit, request, entry, &err) != 0)
		return http_fail_err(request, response, &err);
	put_counts(&emit, request, programme_facts(entry->programme), row, rows);
	emit_key(&emit, "seats");
	emit_array(&emit);
	for (size_t i = 0; i < seats; i++)
		put_seat(&emit, request, entry, &seat[i]);
	emit_array_end(&emit);
	emit_put_number(&emit, "calls", (int64_t)calls);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- places ---- */

static enum http_answer show_seat(struct http_request *request, struct http_response *response,
				  const struct catalogue_entry *entry, struct sv course)
{
	struct emit emit = emit_begin(&response->body);
	const struct seat_row *seat;
	struct err err = ERR_INIT;
	size_t count;

	if (seats_read(request->worker->records, entry, request->arena, &seat, &count, &err) != 0)
		return http_fail_err(request, response, &err);
	for (size_t i = 0; i < count; i++)
		if (sv_eq(seat[i].course, course))
			put_seat(&emit, request, entry, &seat[i]);
	return HTTP_DONE;
}

enum http_answer route_seat_override(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request);
	const struct sv course = request->param[1], reason = body_text(request, "reason");
	const json_int_t places = json_integer_value(json_object_get(request->json, "places"));
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;
	struct sv said;

	if (!entry || !programme_course(entry->programme, course))
		return http_fail(request, response, "not_found", "course");
	if (store_begin(store, &err) != 0 ||
	    seats_override(store, entry, course, (uint32_t)places, reason, request->actor->id,
			   request->programme_now, &err) != 0) {
		if (err.code != ERR_DENIED)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response, "quota_exact", "places");
	}
	said = arena_printf(request->arena, "%.*s: %lld: %.*s", SV_ARG(course), (long long)places,
			    SV_ARG(reason));
	if (reply_commit(request, response, "programme", entry->id, SV_NONE, said) != 0)
		return HTTP_DONE;
	jobs_wake(request->centre->jobs);
	return show_seat(request, response, entry, course);
}
