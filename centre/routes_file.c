/* Files of applications, for who may see them. */
#include "centre/centre.h"
#include "centre/board.h"
#include "centre/files.h"
#include "centre/put_application.h"
#include "centre/put_file.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "forms/kind.h"

/* ---- the list ---- */

static void put_file(struct emit *emit, const struct http_request *request,
		     const struct programme *programme, const struct upload *file)
{
	emit_object(emit);
	emit_put_text(emit, "name", file->name);
	emit_put_text(emit, "field", file->field);
	emit_put_text(emit, "label", text_of(request, form_label(programme, file->field)));
	emit_put_text(emit, "kind", sv_from(file_type_name(file->type)));
	emit_put_number(emit, "bytes", (int64_t)file->bytes);
	emit_put_text(emit, "digest", sv_from(file->digest));
	emit_put_time(emit, "at", file->at);
	emit_object_end(emit);
}

void put_download(struct emit *emit, const struct download *download)
{
	emit_object(emit);
	emit_put_text(emit, "document", download->document);
	emit_put_text(emit, "name", download->name);
	emit_put_text(emit, "version", download->version);
	emit_put_text(emit, "digest", sv_from(download->digest));
	emit_put_number(emit, "bytes", (int64_t)download->bytes);
	emit_object_end(emit);
}

/* Returns 0, or -1 with the response filled. */
static int load(struct http_request *request, struct http_response *response,
		struct application *ret, const struct catalogue_entry **ret_entry)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct err err = ERR_INIT;
	const int found = application_load(request->worker->records, catalogue,
					   request->object->id, request->arena, ret, &err);

	*ret_entry = found == 1 ? catalogue_of(catalogue, ret) : NULL;
	if (*ret_entry)
		return 0;
	if (found < 0)
		http_fail_err(request, response, &err);
	else
		http_fail(request, response, "not_found", NULL);
	return -1;
}

enum http_answer route_application_files(struct http_request *request,
					 struct http_response *response)
{
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	const struct download *download;
	const struct upload *file;
	struct application application;
	size_t count, downloads;
	struct err err = ERR_INIT;

	if (load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	if (upload_list(store, FILES_OF_APPLICATION, application.id, request->arena, &file, &count,
			&err) != 0 ||
	    download_noted(store, application.id, request->arena, &download, &downloads, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		put_file(&emit, request, entry->programme, &file[i]);
	emit_array_end(&emit);
	emit_key(&emit, "downloads");
	emit_array(&emit);
	for (size_t i = 0; i < downloads; i++)
		put_download(&emit, &download[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- one ---- */

/* RFC 6266, 8187: the name percent-encoded, and never shown by the browser itself. */
static struct sv disposition(struct sv name, enum file_type type, struct arena *arena)
{
	struct buf buf;
	struct sv text;

	buf_init(&buf, 4096);
	buf_printf(&buf, "attachment; filename=\"file%s\"; filename*=UTF-8''",
		   file_kind_extension(type));
	for (size_t i = 0; i < name.n; i++) {
		const unsigned char c = (unsigned char)name.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '.' || c == '-' || c == '_')
			buf_put_char(&buf, (char)c);
		else
			buf_printf(&buf, "%%%02X", c);
	}
	text = arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return text;
}

void file_answer(struct http_response *response, struct sv name, enum file_type type,
		 struct arena *arena)
{
	response->content_type = file_kind_media(type);
	http_add_header(response, "Content-Disposition", disposition(name, type, arena));
}

/* Who has looked at which file of whom stands on the audit trail. */
enum http_answer route_application_file(struct http_request *request,
					struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct sv id = request->object->id, wanted = request->param[1];
	const struct upload *file;
	size_t count, at = 0;
	struct err err = ERR_INIT;

	if (upload_list(store, FILES_OF_APPLICATION, id, request->arena, &file, &count, &err) != 0)
		return http_fail_err(request, response, &err);
	while (at < count && !sv_eq(sv_from(file[at].digest), wanted))
		at++;
	if (at == count)
		return http_fail(request, response, "not_found", NULL);
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (reply_commit(request, response, "application", id, request->object->company, wanted) !=
	    0)
		return HTTP_DONE;
	if (upload_read(request->centre->uploads, file[at].digest, &response->body, &err) != 0)
		return http_fail_err(request, response, &err);
	file_answer(response, file[at].name, file[at].type, request->arena);
	return HTTP_DONE;
}

/* ---- handing in ---- */

static const struct programme_field *find_field(const struct programme_state *state, struct sv name)
{
	const struct sv event = sv_cut(&name, '.');

	for (size_t i = 0; state && i < state->event_count; i++) {
		if (!sv_eq(state->event[i].id, event))
			continue;
		for (size_t k = 0; k < state->event[i].field_count; k++)
			if (sv_eq(state->event[i].field[k].id, name) &&
			    state->event[i].field[k].kind == FIELD_FILE)
				return &state->event[i].field[k];
	}
	return NULL;
}

int file_hold(struct http_request *request, struct http_response *response,
	      const struct file_wish *wish, struct upload *ret)
{
	static const char *const key[UPLOAD_PROBLEM_COUNT] = {
		[UPLOAD_EMPTY] = "file_empty",
		[UPLOAD_TOO_LARGE] = "file_size",
		[UPLOAD_WRONG_KIND] = "file_kind",
		[UPLOAD_INFECTED] = "file_infected",
		[UPLOAD_NOT_SCANNED] = "file_not_scanned",
		[UPLOAD_TOO_MANY] = "file_too_many",
	};
	const struct upload_wish whole = {
		.owner = wish->owner,
		.content = request->body,
		.name = http_value(request, "name")->text,
		.types = wish->types,
		.bytes_max = wish->bytes_max,
		.now = request->now,
	};
	enum upload_problem problem;
	char found[SCAN_NAME_MAX];
	struct err err = ERR_INIT;

	if (upload_keep(request->worker->records, request->centre->uploads, &whole, request->arena,
			ret, &problem, found, &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	if (problem == UPLOAD_GOOD)
		return 0;
	if (problem == UPLOAD_NOT_SCANNED)
		log_error(request->centre->log, LOG_ERROR, "a file could not be scanned", &err);
	http_fail(request, response, key[problem], NULL);
	return -1;
}

enum http_answer route_application_file_keep(struct http_request *request,
					     struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	const struct programme_field *field;
	struct application application;
	struct file_wish wish = { .types = 0 };
	struct upload upload;

	if (load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	field = find_field(programme_state(entry->programme, application.is.state),
			   http_value(request, "field")->text);
	if (!field)
		return http_fail(request, response, "not_listed", "field");
	wish = (struct file_wish){ files_owner(application.id, request->arena), field->file_types,
				   field->file_bytes };
	if (file_hold(request, response, &wish, &upload) != 0)
		return HTTP_DONE;
	response->status = 201;
	emit_object(&emit);
	emit_put_text(&emit, "value", upload_value(&upload, request->arena));
	emit_object_end(&emit);
	return HTTP_DONE;
}
