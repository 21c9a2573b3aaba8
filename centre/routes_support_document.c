/* Documents in versions, and the declaration of two stars. */
#include "centre/put_file.h"
#include "centre/put_support.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "forms/upload.h"

static enum http_answer answer(struct http_request *request, struct http_response *response,
			       struct sv id, int status)
{
	struct emit emit = emit_begin(&response->body);
	struct document document;
	struct err err = ERR_INIT;

	if (document_load(request->worker->records, id, request->arena, &document, &err) != 1)
		return http_fail_err(request, response, &err);
	put_document(&emit, &document);
	response->status = status;
	return HTTP_DONE;
}

/* ---- a new version ---- */

/* The row, and the file taken up by it, in one transaction. */
static int put_draft(struct http_request *request, const struct document *document,
		     struct sv owner, char ret_id[static UUID_TEXT_MAX], struct err *err)
{
	struct store *store = request->worker->records;
	struct upload_user user = { .kind = "document", .field = document->kind,
				    .at = request->programme_now };
	int taken;

	if (document_put(store, document, request->programme_now, ret_id, err) != 0)
		return -1;
	user.id = sv_from(ret_id);
	taken = upload_use(store, request->centre->uploads, owner, document->file, &user,
			   request->now, err);
	return taken == 1 ? err_set(err, ERR_CONFLICT, "the file is not held any more") : taken;
}

enum http_answer route_document_add(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct programme_document *kind;
	const struct catalogue_entry *entry;
	struct application application;
	struct document document;
	char id[UUID_TEXT_MAX], owner[UUID_TEXT_MAX];
	struct upload upload;
	struct err err = ERR_INIT;

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	kind = document_find(entry->programme, request->param[1]);
	if (!kind || kind->kind == DOCUMENT_DOWNLOAD)
		return http_fail(request, response, "document_unknown", "deliverable");
	document = (struct document){
		.programme = application.programme, .application = application.id,
		.company = application.company, .kind = kind->id,
		.note = http_value(request, "note")->text, .by = support_actor(request),
	};
	uuid_format(uuid_v7(request->now), owner);
	if (file_hold(request, response,
		      &(struct file_wish){ .owner = sv_from(owner), .types = FILE_TYPES_ALL },
		      &upload) != 0)
		return HTTP_DONE;
	document.file = upload_value(&upload, request->arena);
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (put_draft(request, &document, sv_from(owner), id, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "document", sv_from(id), application.company,
			 document.file) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	return answer(request, response, arena_dup(request->arena, sv_from(id)), 201);
}

/* ---- what becomes of it ---- */

/* The document of the path. Returns 0, or -1 with the response filled. */
static int load(struct http_request *request, struct http_response *response,
		struct document *ret, struct application *ret_application,
		const struct catalogue_entry **ret_entry)
{
	struct err err = ERR_INIT;
	const int found = document_load(request->worker->records, request->object->id,
					request->arena, ret, &err);

	return support_found(request, response, found, &err) == 0
		       ? support_load_id(request, response, ret->application, ret_application,
					 ret_entry)
		       : -1;
}

enum http_answer route_document_act(struct http_request *request, struct http_response *response)
{
	const struct sv url = body_text(request, "url"), word = body_text(request, "act");
	struct store *store = request->worker->records;
	const struct programme_document *kind;
	const struct catalogue_entry *entry;
	enum document_problem problem;
	enum document_act act = DOCUMENT_REVIEW;
	struct application application;
	struct document document;
	struct err err = ERR_INIT;

	if (load(request, response, &document, &application, &entry) != 0)
		return HTTP_DONE;
	kind = document_find(entry->programme, document.kind);
	if (!kind || !document_act_parse(word, &act))
		return http_fail(request, response, "document_unknown", NULL);
	problem = document_check(kind, &document, act, request->actor->id, url);
	if (problem != DOCUMENT_GOOD)
		return http_fail(request, response, document_problem_name(problem),
				 problem == DOCUMENT_BAD_URL ? "url" : NULL);
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (document_do(store, entry->programme, &document, act, support_actor(request), url,
			request->programme_now, request->arena, &err) != 0) {
		if (err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response, "document_state", NULL);
	}
	if (reply_commit(request, response, "document", document.id, document.company,
			 url.n > 0 ? url : word) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	return answer(request, response, document.id, 200);
}

enum http_answer route_document_file(struct http_request *request, struct http_response *response)
{
	const struct catalogue_entry *entry;
	struct application application;
	struct document document;
	struct upload file;
	struct err err = ERR_INIT;

	if (load(request, response, &document, &application, &entry) != 0)
		return HTTP_DONE;
	if ((document.state == DOCUMENT_DRAFT && application_is_own(request, &application)) ||
	    !upload_parse(document.file, &file))
		return http_fail(request, response, "not_found", NULL);
	if (upload_read(request->centre->uploads, file.digest, &response->body, &err) != 0)
		return http_fail_err(request, response, &err);
	response->content_type = "application/octet-stream";
	http_add_header(response, "Content-Disposition", SV("attachment"));
	http_add_header(response, "X-Content-Type-Options", SV("nosniff"));
	return HTTP_DONE;
}

/* ---- two stars ---- */

enum http_answer route_declaration_put(struct http_request *request,
				       struct http_response *response)
{
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	const struct sv day = body_text(request, "day");
	struct declaration declaration = {
		.given = json_is_true(json_object_get(request->json, "given")),
		.note = body_text(request, "note"),
	};
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;

	if (declaration.given && !day_parse(day, &declaration.day))
		return http_fail(request, response, "bad_form", "day");
	if (declaration.given &&
	    day_compare(declaration.day, tokyo_of(request->programme_now).day) > 0)
		return http_fail(request, response, "out_of_range", "day");
	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (declaration_put(store, entry->programme, application.id, &declaration,
			    support_actor(request), request->programme_now, request->arena,
			    &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "application", application.id, application.company,
			 declaration.given ? day : SV("taken back")) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	if (put_support(&emit, request, entry, &application, &err) != 0)
		return http_fail_err(request, response, &err);
	return HTTP_DONE;
}
