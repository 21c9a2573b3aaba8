/* Visits of experts. */
#include "centre/put_support.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* Visits on other days do not stand in the way; one lasts a day at most. */
#define AROUND (INT64_C(86400) * INSTANT_SECOND)

static enum http_answer answer(struct http_request *request, struct http_response *response,
			       const struct programme *programme, struct sv id, int status)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct visit visit;

	if (visit_load(request->worker->records, id, request->arena, &visit, &err) != 1 ||
	    put_visit(&emit, request, programme, &visit, &err) != 0)
		return http_fail_err(request, response, &err);
	response->status = status;
	return HTTP_DONE;
}

/* What the body says about when and who; the contract has checked its form. */
static void read_body(const struct http_request *request, struct visit *visit)
{
	const json_t *json = request->json;

	visit->form = sv_eq(body_text(request, "form"), SV("online")) ? VISIT_ONLINE
								      : VISIT_ON_SITE;
	visit->requested = json_is_true(json_object_get(json, "requested"));
	visit->minutes = (unsigned)json_integer_value(json_object_get(json, "minutes"));
	visit->expert.id = body_text(request, "expert");
	instant_parse(body_text(request, "from"), &visit->from);
}

/* The expert's name; 1, 0 where there is no such expert of this programme, -1. */
static int find_expert(struct http_request *request, const struct catalogue_entry *entry,
		       struct person *expert, struct err *err)
{
	const struct person *all;
	size_t count;

	if (support_experts(request->worker->records, entry, request->arena, &all, &count, err) !=
	    0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (sv_eq(all[i].id, expert->id)) {
			*expert = all[i];
			return 1;
		}
	return 0;
}

/* Whether it can be so, as the records stand in this transaction. */
static int check(struct http_request *request, const struct catalogue_entry *entry,
		 const struct application *application, const struct visit *visit,
		 enum visit_problem *ret, struct err *err)
{
	struct store *store = request->worker->records;
	const struct visit_span span = {
		.expert = visit->expert.id,
		.from = { visit->from.us - AROUND }, .to = { visit->from.us + 2 * AROUND },
	};
	struct visit_wish wish = { .visit = visit, .overridden = visit->reason.n > 0,
				   .now = request->programme_now };
	struct application now; /* it may have ended meanwhile */

	if (application_load(store, entry->catalogue, application->id, request->arena, &now,
			     err) != 1 ||
	    visits_of_application(store, application->id, request->arena, &wish.of_application,
				  &wish.of_application_count, err) != 0 ||
	    visits_between(store, &span, request->arena, &wish.of_expert, &wish.of_expert_count,
			   err) != 0)
		return -1;
	*ret = visit_check(entry->programme, &now.is, &wish);
	return 0;
}

/* Writes a visit that may be; 0, or -1 with the response filled. */
static int write_visit(struct http_request *request, struct http_response *response,
		       const struct catalogue_entry *entry, const struct application *application,
		       struct visit *visit, char ret_id[static UUID_TEXT_MAX])
{
	struct store *store = request->worker->records;
	const bool is_new = visit->id.n == 0;
	enum visit_problem problem;
	struct err err = ERR_INIT;
	int found;

	if (store_begin(store, &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	found = find_expert(request, entry, &visit->expert, &err);
	if (found == 0) {
		store_rollback(store);
		http_fail(request, response, "not_listed", "expert");
		return -1;
	}
	if (found < 0 || check(request, entry, application, visit, &problem, &err) != 0)
		goto undo;
	if (problem != VISIT_GOOD) {
		store_rollback(store);
		http_fail(request, response, visit_problem_name(problem), NULL);
		return -1;
	}
	if (is_new ? visit_put(store, visit, support_actor(request), request->programme_now, ret_id,
			       &err) != 0
		   : visit_move(store, visit, &err) != 0)
		goto undo;
	if (!is_new)
		snprintf(ret_id, UUID_TEXT_MAX, "%.*s", SV_ARG(visit->id));
	if (reply_commit(request, response, "visit", sv_from(ret_id), application->company,
			 visit->reason) != 0)
		return -1;
	support_tell(request, application);
	return 0;
undo:
	reply_undo(request, response, &err);
	return -1;
}

enum http_answer route_visit_book(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry;
	struct application application;
	char id[UUID_TEXT_MAX];
	struct visit visit = {
		.course = body_text(request, "course"),
		.number = (unsigned)json_integer_value(json_object_get(request->json, "number")),
		.reason = body_text(request, "reason"),
	};

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	visit.programme = application.programme;
	visit.application = application.id;
	visit.company = application.company;
	read_body(request, &visit);
	if (write_visit(request, response, entry, &application, &visit, id) != 0)
		return HTTP_DONE;
	return answer(request, response, entry->programme,
		      arena_dup(request->arena, sv_from(id)), 201);
}

/* The visit of the path. Returns 0, or -1 with the response filled. */
static int load(struct http_request *request, struct http_response *response, struct visit *ret,
		struct application *ret_application, const struct catalogue_entry **ret_entry)
{
	struct err err = ERR_INIT;
	const int found = visit_load(request->worker->records, request->object->id,
				     request->arena, ret, &err);

	return support_found(request, response, found, &err) == 0
		       ? support_load_id(request, response, ret->application, ret_application,
					 ret_entry)
		       : -1;
}

enum http_answer route_visit_change(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry;
	struct application application;
	struct visit visit;
	char id[UUID_TEXT_MAX];

	if (load(request, response, &visit, &application, &entry) != 0)
		return HTTP_DONE;
	if (visit.state != VISIT_PLANNED)
		return http_fail(request, response, "visit_not_planned", NULL);
	read_body(request, &visit);
	if (write_visit(request, response, entry, &application, &visit, id) != 0)
		return HTTP_DONE;
	return answer(request, response, entry->programme, visit.id, 200);
}

/* Ends what visit_cancel or visit_hold began. */
static enum http_answer finish(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry,
			       const struct application *application, struct sv id, int status,
			       struct sv reason, const struct err *err)
{
	if (status != 0 && err->code == ERR_CONFLICT) {
		store_rollback(request->worker->records);
		return http_fail(request, response, "visit_not_planned", NULL);
	}
	if (status != 0)
		return reply_undo(request, response, err);
	if (reply_commit(request, response, "visit", id, application->company, reason) != 0)
		return HTTP_DONE;
	support_tell(request, application);
	return answer(request, response, entry->programme, id, 200);
}

enum http_answer route_visit_cancel(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct sv reason = body_text(request, "reason");
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;
	struct visit visit;

	if (load(request, response, &visit, &application, &entry) != 0)
		return HTTP_DONE;
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	return finish(request, response, entry, &application, visit.id,
		      visit_cancel(store, visit.id, reason, &err), reason, &err);
}

/* Documents of this application alone; the rest is no document here. */
static int read_documents(struct http_request *request, const struct application *application,
			  const struct sv **ret, size_t *ret_count, struct err *err)
{
	const json_t *list = json_object_get(request->json, "documents");
	const size_t count = json_array_size(list);
	struct sv *id = arena_zalloc(request->arena, count + 1, sizeof *id);

	if (!id)
		return err_set(err, ERR_RANGE, "no memory for the documents");
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, i);
		struct document document;

		id[i] = (struct sv){ json_string_value(one), json_string_length(one) };
		if (document_load(request->worker->records, id[i], request->arena, &document,
				  err) != 1 ||
		    !sv_eq(document.application, application->id))
			return err_set(err, ERR_NOT_FOUND, "no such document");
	}
	*ret = id;
	*ret_count = count;
	return 0;
}

enum http_answer route_visit_record(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct sv record = body_text(request, "record");
	const struct catalogue_entry *entry;
	struct application application;
	const struct sv *document;
	struct err err = ERR_INIT;
	struct visit visit;
	size_t count;

	if (load(request, response, &visit, &application, &entry) != 0)
		return HTTP_DONE;
	if (instant_cmp(request->programme_now, visit.from) < 0)
		return http_fail(request, response, "visit_not_yet", NULL);
	if (read_documents(request, &application, &document, &count, &err) != 0)
		return err.code == ERR_NOT_FOUND
			       ? http_fail(request, response, "not_listed", "documents")
			       : http_fail_err(request, response, &err);
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	return finish(request, response, entry, &application, visit.id,
		      visit_hold(store, visit.id, record, document, count, request->programme_now,
				 &err),
		      record, &err);
}

/* ---- the desk ---- */

/* Preliminary questionnaires without answer, collected documents not there. */
static int put_missing(struct emit *emit, struct http_request *request,
		       const struct catalogue_entry *entry, const struct application *application,
		       struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct store *store = request->worker->records;
	const struct document *document;
	struct sheet sheet;
	size_t count;

	if (documents_of_application(store, application->id, request->arena, &document, &count,
				     err) != 0)
		return -1;
	emit_key(emit, "missing");
	emit_array(emit);
	for (size_t i = 0; i < facts->questionnaire_count; i++) {
		const struct programme_questionnaire *one = &facts->questionnaire[i];
		int found = 1;

		if (one->kind == QUESTIONNAIRE_PRELIMINARY && !one->anonymous)
			found = sheet_last(store, application->id, one->id, request->arena, &sheet,
					   err);
		if (found < 0)
			return -1;
		if (found == 0)
			emit_text(emit, text_of(request, one->name));
	}
	for (size_t i = 0; i < facts->document_count; i++) {
		bool there = facts->document[i].kind != DOCUMENT_COLLECTED;

		for (size_t k = 0; k < count && !there; k++)
			there = sv_eq(document[k].kind, facts->document[i].id);
		if (!there)
			emit_text(emit, text_of(request, facts->document[i].name));
	}
	emit_array_end(emit);
	return 0;
}

static int put_planned(struct emit *emit, struct http_request *request, const struct visit *visit,
		       struct err *err)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	const struct catalogue_entry *entry;
	struct application application;

	if (application_load(request->worker->records, catalogue, visit->application,
			     request->arena, &application, err) != 1)
		return -1;
	entry = catalogue_of(catalogue, &application);
	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "the programme is not published");
	emit_object(emit);
	emit_key(emit, "visit");
	if (put_visit(emit, request, entry->programme, visit, err) != 0)
		return -1;
	emit_key(emit, "application");
	put_support_application(emit, &application);
	if (put_missing(emit, request, entry, &application, err) != 0)
		return -1;
	emit_object_end(emit);
	return 0;
}

enum http_answer route_visit_list(struct http_request *request, struct http_response *response)
{
	struct visit_span span = { .programme = request->object->id };
	struct emit emit = emit_begin(&response->body);
	const struct visit *visit;
	struct err err = ERR_INIT;
	struct day from, to;
	size_t count;

	if (!day_parse(http_value(request, "from")->text, &from) ||
	    !day_parse(http_value(request, "to")->text, &to))
		return http_fail(request, response, "bad_form", "from");
	if (http_value(request, "mine")->truth)
		span.expert = request->actor->id;
	span.from = tokyo_instant(from, 0, 0);
	span.to = tokyo_instant(to, 24, 0);
	if (visits_between(request->worker->records, &span, request->arena, &visit, &count, &err) !=
	    0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		if (put_planned(&emit, request, &visit[i], &err) != 0)
			return http_fail_err(request, response, &err);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}
