/* A programme's lottery for its office (prepares, enters) and the city (confirms, enters). */
#include "centre/effects.h"
#include "centre/jobs.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "lottery/lottery.h"

/* ---- as JSON ---- */

static struct sv frame_name(const struct http_request *request,
			    const struct catalogue_entry *entry, struct sv id)
{
	const struct programme_selection *selection =
		&programme_facts(entry->programme)->selection;

	for (size_t i = 0; i < selection->frame_count; i++)
		if (sv_eq(selection->frame[i].id, id))
			return text_of(request, selection->frame[i].name);
	return id;
}

static bool is_exact(const struct catalogue_entry *entry, struct sv id)
{
	const struct programme_selection *selection =
		&programme_facts(entry->programme)->selection;

	for (size_t i = 0; i < selection->frame_count; i++)
		if (sv_eq(selection->frame[i].id, id))
			return selection->frame[i].exact;
	return true;
}

static void put_frames(struct emit *emit, const struct http_request *request,
		       const struct catalogue_entry *entry, const struct lottery_frame *frame,
		       size_t count)
{
	emit_key(emit, "frames");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(emit);
		emit_put_text(emit, "id", frame[i].id);
		emit_put_text(emit, "name", frame_name(request, entry, frame[i].id));
		emit_put_number(emit, "places", frame[i].places);
		emit_put_truth(emit, "exact", is_exact(entry, frame[i].id));
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_officer(struct emit *emit, const struct lottery_officer *officer)
{
	emit_put_text(emit, "officer", officer->name);
	emit_put_text(emit, "role", officer->role);
}

static int put_movements(struct emit *emit, struct http_request *request,
			 const struct catalogue_entry *entry, struct err *err)
{
	const struct lottery_movement *movement;
	size_t count;

	if (lottery_movements(request->worker->records, entry, request->arena, &movement, &count,
			      err) != 0)
		return -1;
	emit_key(emit, "movements");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(emit);
		emit_put_time(emit, "at", movement[i].at);
		put_officer(emit, &movement[i].officer);
		emit_put_text(emit, "reason", movement[i].reason);
		put_frames(emit, request, entry, movement[i].frame, movement[i].frame_count);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	return 0;
}

/* Before the draw a value is shown to nobody: the other officer enters without knowing it. */
static void put_values(struct emit *emit, const struct lottery *lottery)
{
	emit_put_number(emit, "entered", (int64_t)lottery->value_count);
	emit_key(emit, "values");
	emit_array(emit);
	for (size_t i = 0; lottery->state == LOTTERY_DRAWN && i < lottery->value_count; i++) {
		emit_object(emit);
		put_officer(emit, &lottery->value[i].officer);
		emit_put_text(emit, "value", lottery->value[i].value);
		emit_put_text(emit, "proof", lottery->value[i].proof);
		emit_put_time(emit, "at", lottery->value[i].at);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_frame_id(struct emit *emit, const char *key, const struct lottery *lottery,
			 size_t frame)
{
	emit_put_or_null(emit, key,
			 frame < lottery->rule.frame_count ? lottery->rule.frame[frame].id
							   : SV(""));
}

static void put_rows(struct emit *emit, const struct lottery *lottery)
{
	emit_key(emit, "rows");
	emit_array(emit);
	for (size_t i = 0; i < lottery->row_count; i++) {
		const struct lottery_row *row = &lottery->row[i];

		emit_object(emit);
		emit_put_text(emit, "application", row->application);
		emit_put_text(emit, "number", row->number);
		emit_put_text(emit, "company", row->company);
		emit_put_text(emit, "ticket", row->ticket);
		put_frame_id(emit, "frame", lottery, row->frame);
		emit_put_number(emit, "order", row->order);
		emit_put_truth(emit, "won", row->won);
		put_frame_id(emit, "seat", lottery, row->seat);
		emit_put_text(emit, "fate", sv_from(lottery_fate_name(row->fate)));
		emit_put_or_null(emit, "after", row->after);
		emit_put_time(emit, "changed", row->changed);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_lottery(struct emit *emit, const struct http_request *request,
			const struct lottery *lottery)
{
	emit_put_text(emit, "source", sv_from(lottery_source_name(lottery->source)));
	emit_put_number(emit, "round", (int64_t)lottery->round);
	emit_put_time(emit, "after", lottery->after);
	emit_put_text(emit, "what", lottery->what);
	emit_put_text(emit, "digest", lottery->digest);
	emit_put_time(emit, "prepared", lottery->prepared);
	emit_put_time(emit, "published", lottery->published);
	emit_put_time(emit, "drawn", lottery->drawn);
	emit_put_or_null(emit, "seed", lottery->seed);
	emit_put_text(emit, "page",
		      arena_printf(request->arena, "/p/%.*s/lottery", SV_ARG(lottery->slug)));
	put_values(emit, lottery);
	put_rows(emit, lottery);
}

static bool draws_lots(const struct catalogue_entry *entry)
{
	return programme_facts(entry->programme)->selection.kind == SELECTION_LOTTERY;
}

/* Of a programme that draws no lots. */
static enum http_answer show_none(struct http_response *response)
{
	buf_put_sv(&response->body, SV("{\"state\":\"none\",\"places\":0,\"leftover_moves\":false,"
				       "\"frames\":[],\"movements\":[]}"));
	return HTTP_DONE;
}

static enum http_answer show(struct http_request *request, struct http_response *response,
			     const struct catalogue_entry *entry)
{
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	struct lottery lottery;
	struct lottery_rule rule;
	struct err err = ERR_INIT;
	int found;

	if (!draws_lots(entry))
		return show_none(response);
	if (lottery_rule_now(store, entry, request->arena, &rule, &err) != 0)
		return http_fail_err(request, response, &err);
	found = lottery_load(store, entry, request->arena, &lottery, &err);
	if (found < 0)
		return http_fail_err(request, response, &err);
	if (found == 1)
		rule = lottery.rule;
	emit_object(&emit);
	emit_put_text(&emit, "state",
		      found == 1 ? sv_from(lottery_state_name(lottery.state)) : SV("none"));
	emit_put_number(&emit, "places", rule.places);
	emit_put_truth(&emit, "leftover_moves", rule.leftover_moves);
	put_frames(&emit, request, entry, rule.frame, rule.frame_count);
	if (put_movements(&emit, request, entry, &err) != 0)
		return http_fail_err(request, response, &err);
	if (found == 1)
		put_lottery(&emit, request, &lottery);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- handlers ---- */

/* NULL with the response filled. */
static const struct catalogue_entry *entry_of(struct http_request *request,
					      struct http_response *response)
{
	const struct catalogue_entry *entry =
		catalogue_by_id(worker_catalogue(request->worker), request->object->id);

	if (!entry)
		http_fail(request, response, "not_found", NULL);
	return entry;
}

static struct lottery_officer officer_of(const struct http_request *request)
{
	const unsigned roles = access_roles(request->actor, request->object);

	return (struct lottery_officer){
		.id = request->actor->id,
		.name = request->actor->name,
		.role = sv_from(role_name(roles & 1U << ROLE_CITY ? ROLE_CITY : ROLE_SECRETARIAT)),
	};
}

enum http_answer route_lottery_show(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request, response);

	return entry ? show(request, response, entry) : HTTP_DONE;
}

/* Ends what a handler began: commits with its audit entry, or undoes it. */
static enum http_answer finish(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry, int status, struct sv said,
			       const struct err *err)
{
	if (status < 0)
		return reply_undo(request, response, err);
	if (reply_commit(request, response, "programme", entry->id, SV_NONE, said) != 0)
		return HTTP_DONE;
	jobs_wake(request->centre->jobs);
	return show(request, response, entry);
}

enum http_answer route_lottery_move(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request, response);
	const json_t *frames = json_object_get(request->json, "frames");
	const size_t count = json_array_size(frames);
	const struct lottery_officer officer = officer_of(request);
	struct store *store = request->worker->records;
	struct lottery_frame frame[LOTTERY_FRAMES_MAX];
	struct err err = ERR_INIT;
	struct sv said = body_text(request, "reason");
	int status;

	if (!entry)
		return HTTP_DONE;
	for (size_t i = 0; i < count && i < LOTTERY_FRAMES_MAX; i++) {
		const json_t *one = json_array_get(frames, i);

		frame[i].id = sv_from(json_string_value(json_object_get(one, "id")));
		frame[i].places =
			(uint32_t)json_integer_value(json_object_get(one, "places"));
		said = arena_printf(request->arena, "%.*s; %.*s=%u", SV_ARG(said),
				    SV_ARG(frame[i].id), frame[i].places);
	}
	status = store_begin(store, &err);
	if (status == 0)
		status = lottery_move(store, entry, frame, count, body_text(request, "reason"),
				      &officer, request->programme_now, request->arena, &err);
	return finish(request, response, entry, status, said, &err);
}

/* The round that is named, or the first one from the given moment on. */
static struct lottery_plan plan_of(const struct http_request *request)
{
	struct lottery_plan plan = { .source = LOTTERY_BEACON,
				     .what = body_text(request, "what") };

	(void)lottery_source_parse(body_text(request, "source"), &plan.source);
	(void)instant_parse(body_text(request, "after"), &plan.after);
	if (!plan.what.p)
		plan.what = SV("");
	if (plan.source == LOTTERY_BEACON)
		plan.round = lottery_round_at(
				     (struct instant){ plan.after.us - INSTANT_SECOND }) +
			     1;
	return plan;
}

enum http_answer route_lottery_prepare(struct http_request *request,
				       struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request, response);
	const struct lottery_officer officer = officer_of(request);
	const struct lottery_plan plan = plan_of(request);
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;
	int status;

	if (!entry)
		return HTTP_DONE;
	status = store_begin(store, &err);
	if (status == 0)
		status = lottery_prepare(store, worker_catalogue(request->worker), entry, &plan,
					 &officer, request->programme_now, request->arena, &err);
	return finish(request, response, entry, status, body_text(request, "source"), &err);
}

enum http_answer route_lottery_publish(struct http_request *request,
				       struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request, response);
	const struct lottery_officer officer = officer_of(request);
	const struct sv digest = body_text(request, "digest");
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;
	int status;

	if (!entry)
		return HTTP_DONE;
	status = store_begin(store, &err);
	if (status == 0)
		status = lottery_publish(store, entry, digest, &officer, request->programme_now,
					 request->arena, &err);
	return finish(request, response, entry, status, digest, &err);
}

enum http_answer route_lottery_enter(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request, response);
	const struct lottery_officer officer = officer_of(request);
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;
	bool drawn = false;
	int status;

	if (!entry)
		return HTTP_DONE;
	status = store_begin(store, &err);
	if (status == 0)
		status = lottery_enter(store, entry, body_text(request, "value"),
				       body_text(request, "proof"), &officer,
				       request->programme_now, request->arena, &drawn, &err);
	/* The value itself becomes public with the draw, not before, and not on the trail. */
	return finish(request, response, entry, status, drawn ? SV("drawn") : SV("entered"), &err);
}

/* ---- the waiting order ---- */

/* Offers the place until somebody takes it; 1: somebody did, 0: nobody waits, -1. */
static int give_on(struct http_request *request, const struct catalogue_entry *entry,
		   struct lottery *lottery, struct sv winner, struct sv *ret_said,
		   struct err *err)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	const struct programme_selection *selection =
		&programme_facts(entry->programme)->selection;
	struct store *store = request->worker->records;
	const struct lottery_row *next;
	int found;

	while ((found = lottery_load(store, entry, request->arena, lottery, err)) == 1 &&
	       (found = lottery_next(store, catalogue, lottery, winner, request->arena, &next,
				     err)) == 1) {
		struct application application;
		struct transition transition;
		struct refused refused;
		int status = application_load(store, catalogue, next->application, request->arena,
					      &application, err) == 1
				     ? 0
				     : -1;

		if (status == 0)
			status = effects_change(store, entry, &application,
						&(struct application_change){
							.event = selection->won,
							.by = BY_CENTRE,
							.actor = request->actor->id,
							.actor_name = request->actor->name,
							.now = request->programme_now },
						request->arena, &transition, &refused, err);
		if (status < 0 || lottery_follow(store, lottery, winner, next, status == 0,
						 request->programme_now, err) != 0)
			return -1;
		*ret_said = next->ticket;
		if (status == 0)
			return 1;
	}
	return found;
}

enum http_answer route_lottery_follow(struct http_request *request,
				      struct http_response *response)
{
	const struct catalogue_entry *entry = entry_of(request, response);
	struct store *store = request->worker->records;
	struct lottery lottery;
	struct sv said = SV_NONE;
	struct err err = ERR_INIT;
	int status;

	if (!entry)
		return HTTP_DONE;
	status = store_begin(store, &err);
	if (status == 0)
		status = give_on(request, entry, &lottery, body_text(request, "winner"), &said,
				 &err);
	if (status == 0)
		status = err_set(&err, ERR_CONFLICT, "nobody waits for this place");
	return finish(request, response, entry, status,
		      arena_printf(request->arena, "%.*s: %.*s", SV_ARG(said),
				   SV_ARG(body_text(request, "reason"))),
		      &err);
}
