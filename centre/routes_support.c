/* Questionnaires, sheets and calls. */
#include "centre/effects_ask.h"
#include "centre/jobs.h"
#include "centre/post.h"
#include "centre/put_support.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

static enum http_answer show(struct http_request *request, struct http_response *response,
			     const struct catalogue_entry *entry,
			     const struct application *application)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;

	if (put_support(&emit, request, entry, application, &err) != 0)
		http_fail_err(request, response, &err);
	return HTTP_DONE;
}

enum http_answer route_application_support(struct http_request *request,
					   struct http_response *response)
{
	const struct catalogue_entry *entry;
	struct application application;

	return support_load(request, response, &application, &entry) == 0
		       ? show(request, response, entry, &application)
		       : HTTP_DONE;
}

/* ---- by hand ---- */

/* Why it cannot be sent: a key of problem.h, or NULL. */
static const char *cannot_send(const struct programme_questionnaire *questionnaire,
			       struct day today)
{
	if (!questionnaire)
		return "questionnaire_unknown";
	if (questionnaire->kind == QUESTIONNAIRE_SHEET)
		return "questionnaire_is_sheet";
	return questionnaire_may_go(questionnaire, today) ? NULL : "questionnaire_too_early";
}

enum http_answer route_questionnaire_send(struct http_request *request,
					  struct http_response *response)
{
	const struct sv id = body_text(request, "questionnaire");
	struct store *store = request->worker->records;
	struct effects effects = {
		.worker = request->worker, .catalogue = worker_catalogue(request->worker),
		.arena = request->arena, .now = request->now,
		.programme_now = request->programme_now,
	};
	const struct programme_questionnaire *questionnaire;
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;
	const char *problem;

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	questionnaire = questionnaire_find(entry->programme, id);
	problem = cannot_send(questionnaire, tokyo_of(request->programme_now).day);
	if (problem)
		return http_fail(request, response, problem, "questionnaire");
	if (store_begin(store, &err) != 0 ||
	    effects_ask(&effects, entry, &application, questionnaire, SV_NONE, &err) != 0) {
		if (err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response, "questionnaire_answered", "questionnaire");
	}
	if (reply_commit(request, response, "application", application.id, application.company,
			 id) != 0)
		return HTTP_DONE;
	post_wake(request->centre->post);
	support_tell(request, &application);
	return show(request, response, entry, &application);
}

/* ---- sheets ---- */

enum http_answer route_sheet_fill(struct http_request *request, struct http_response *response)
{
	const struct sv id = body_text(request, "questionnaire");
	const struct answers typed = body_fields(request);
	struct store *store = request->worker->records;
	const struct programme_questionnaire *questionnaire;
	const struct catalogue_entry *entry;
	struct refused refused = { .why = REFUSAL_FIELDS };
	struct application application;
	struct answers kept;
	struct err err = ERR_INIT;
	int status;

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	questionnaire = questionnaire_find(entry->programme, id);
	if (!questionnaire)
		return http_fail(request, response, "questionnaire_unknown", "questionnaire");
	if (questionnaire->kind != QUESTIONNAIRE_SHEET)
		return http_fail(request, response, "questionnaire_is_asked", "questionnaire");
	status = form_check_questionnaire(entry->programme, questionnaire, &application.is, &typed,
					  request->arena, &kept, &refused.errors, &err);
	if (status > 0)
		return fail_refused(request, response, &refused);
	if (status < 0 || store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (sheet_put(store, &application, questionnaire, &kept, support_actor(request),
		      request->programme_now, request->arena, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "application", application.id, application.company,
			 id) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	return show(request, response, entry, &application);
}

/* ---- silence ---- */

static void put_call(struct emit *emit, const struct http_request *request,
		     const struct catalogue_entry *entry, const struct application *application,
		     const struct call *call)
{
	const struct programme_questionnaire *questionnaire =
		questionnaire_find(entry->programme, call->asked.questionnaire);

	emit_object(emit);
	emit_put_text(emit, "id", call->asked.id);
	emit_key(emit, "application");
	put_support_application(emit, application);
	emit_key(emit, "questionnaire");
	emit_object(emit);
	emit_put_text(emit, "id", call->asked.questionnaire);
	emit_put_text(emit, "name",
		      questionnaire ? text_of(request, questionnaire->name) : SV(""));
	emit_object_end(emit);
	put_support_day(emit, "asked", true, call->asked.day);
	put_support_day(emit, "since", true, call->asked.since);
	put_support_day(emit, "due", true, call->due);
	emit_object_end(emit);
}

enum http_answer route_call_list(struct http_request *request, struct http_response *response)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	const struct call *call;
	struct err err = ERR_INIT;
	size_t count;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (calls_list(store, entry, tokyo_of(request->programme_now).day, request->arena, &call,
		       &count, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++) {
		struct application application;

		if (application_load(store, catalogue, call[i].asked.application, request->arena,
				     &application, &err) != 1)
			return http_fail_err(request, response, &err);
		put_call(&emit, request, entry, &application, &call[i]);
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* Returns 0, or -1 with the response filled. */
static int load_asked(struct http_request *request, struct http_response *response,
		      struct asked *ret)
{
	struct err err = ERR_INIT;
	const int found = asked_load(request->worker->records, request->object->id,
				     request->arena, ret, &err);

	return support_found(request, response, found, &err);
}

/* Also in the contact log, where the office looks at what was said. */
static int write_note(struct http_request *request, const struct asked *asked, struct err *err)
{
	return store_change(request->worker->records, err,
			    "INSERT INTO application_note (application, at, actor, actor_name,"
			    " text, channel, direction, reached)"
			    " VALUES ($1, $2, $3, $4, $5, $6, 'out', $7)",
			    STORE_TEXT(asked->application), STORE_INT(request->programme_now.us),
			    STORE_TEXT(request->actor->id), STORE_TEXT(request->actor->name),
			    STORE_TEXT(body_text(request, "text")),
			    STORE_TEXT(body_text(request, "channel")),
			    STORE_INT(json_is_true(json_object_get(request->json, "reached"))));
}

enum http_answer route_asked_call(struct http_request *request, struct http_response *response)
{
	const struct day today = tokyo_of(request->programme_now).day;
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	const struct programme_questionnaire *questionnaire;
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;
	struct asked asked;
	struct day due = { 0 };
	int has = 0;

	if (load_asked(request, response, &asked) != 0 ||
	    support_load_id(request, response, asked.application, &application, &entry) != 0)
		return HTTP_DONE;
	questionnaire = questionnaire_find(entry->programme, asked.questionnaire);
	if (questionnaire)
		has = questionnaire_call_day(questionnaire, programme_calendar(entry->programme),
					     today, &due, &err);
	if (has < 0 || store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (asked_called(store, asked.id, today, &err) != 0) {
		if (err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response, "questionnaire_answered", NULL);
	}
	if (write_note(request, &asked, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "asked", asked.id, asked.company,
			 asked.questionnaire) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	emit_object(&emit);
	put_support_day(&emit, "due", has == 1, due);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- anonymous answers ---- */

#define ANONYMOUS_SHOWN 200

enum http_answer route_anonymous_answers(struct http_request *request,
					 struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	struct anonymous_answers all;
	struct err err = ERR_INIT;
	unsigned least;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (!questionnaire_find(entry->programme, request->param[1]))
		return http_fail(request, response, "questionnaire_unknown", "questionnaire");
	least = programme_facts(entry->programme)->publish_least;
	if (anonymous_list(request->worker->records, entry->id, request->param[1], least,
			   ANONYMOUS_SHOWN, request->arena, &all, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_put_number(&emit, "count", (int64_t)all.count);
	emit_put_number(&emit, "least", least);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < all.item_count; i++)
		put_support_answers(&emit, request, entry->programme, &all.item[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}
