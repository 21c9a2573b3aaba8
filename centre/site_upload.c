/* Files that come with forms. */
#include "centre/site_upload.h"

#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/files.h"
#include "centre/route.h"
#include "centre/urlencoded.h"
#include "forms/kind.h"

/* ---- the body ---- */

static int read_parts(const struct http_request *request, struct site_body *ret, struct err *err)
{
	const struct multipart_part *part;
	struct multipart_part *file;
	struct answer *item;
	struct sv boundary;
	size_t count, files = 0, pairs = 0;

	if (!multipart_boundary(request->content_type, &boundary))
		return err_set(err, ERR_FORMAT, "a form without a boundary");
	if (multipart_parse(request->body, boundary, request->arena, &part, &count, err) != 0)
		return -1;
	item = arena_zalloc(request->arena, count + 1, sizeof *item);
	file = arena_zalloc(request->arena, count + 1, sizeof *file);
	if (!item || !file)
		return err_set(err, ERR_TOO_LARGE, "a form too large");
	for (size_t i = 0; i < count; i++) {
		if (part[i].is_file) {
			/* A browser sends an empty part where no file was chosen. */
			if (part[i].file_name.n > 0 || part[i].content.n > 0)
				file[files++] = part[i];
			continue;
		}
		if (part[i].content.n > PROGRAMME_ANSWER_MAX)
			return err_set(err, ERR_TOO_LARGE, "a value of a form is too long");
		if (form_pair(part[i].name, arena_dup(request->arena, part[i].content),
			      &item[pairs++], err) != 0)
			return -1;
	}
	*ret = (struct site_body){ { item, pairs }, file, files };
	return 0;
}

int site_read_form(struct http_request *request, struct http_response *response,
		   struct site_body *ret)
{
	struct err err = ERR_INIT;
	struct site_body body = { .file_count = 0 };
	int r;

	if (request->route->body_max == SITE_FILES_BODY_MAX)
		r = read_parts(request, &body, &err);
	else
		r = urlencoded_parse(request->body, request->arena, &body.raw, &err);
	if (r == 0) {
		*ret = body;
		return 0;
	}
	site_message(
		request, response, err.code == ERR_TOO_LARGE ? 413 : 400, NULL,
		"送られた内容を読めません", "What was sent cannot be read",
		"記入が長すぎるか、文字が壊れています。「戻る」で前のページに戻り、直してから送ってください。",
		"An answer is too long or damaged. Please go back, change it, and send it again.");
	return -1;
}

int site_read_body(struct http_request *request, struct http_response *response,
		   struct answers *ret)
{
	struct site_body body;

	if (site_read_form(request, response, &body) != 0)
		return -1;
	*ret = body.raw;
	return 0;
}

/* ---- which fields ---- */

bool site_has_files(const struct programme_field *field, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (field[i].kind == FIELD_FILE)
			return true;
	return false;
}

bool site_form_has_files(const struct programme_form *form)
{
	for (size_t i = 0; i < form->section_count; i++)
		if (site_has_files(form->section[i].field, form->section[i].field_count))
			return true;
	return false;
}

const struct programme_field *site_find_field(const struct programme_form *form, struct sv id)
{
	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (sv_eq(form->section[i].field[k].id, id))
				return &form->section[i].field[k];
	return NULL;
}

/* ---- what is wrong ---- */

static struct sv kinds_of(unsigned types, bool english, struct arena *arena)
{
	struct sv text = SV("");

	for (unsigned i = 0; i < FILE_TYPE_COUNT; i++)
		if (types >> i & 1)
			text = arena_printf(arena, "%.*s%s%s", SV_ARG(text),
					    text.n == 0 ? "" : english ? ", " : "、",
					    file_kind_name((enum file_type)i));
	return text;
}

static struct form_error error_of(const struct programme_field *field, struct sv ja, struct sv en,
				  struct arena *arena)
{
	return (struct form_error){
		.field = field->id,
		.message = { arena_printf(arena, "%.*s：%.*s", SV_ARG(field->label.ja), SV_ARG(ja)),
			     arena_printf(arena, "%.*s: %.*s", SV_ARG(field->label.en), SV_ARG(en)) },
	};
}

struct form_error site_file_gone(const struct programme_field *field, struct arena *arena)
{
	return error_of(field,
			SV("ファイルをもう一度選んでください。前に選んだファイルは、預かる期間が過ぎました。"),
			SV("please choose the file again: it was not kept so long."), arena);
}

static struct form_error problem_error(const struct programme_field *field,
				       enum upload_problem problem, struct arena *arena)
{
	static const struct {
		struct sv ja, en;
	} row[UPLOAD_PROBLEM_COUNT] = {
		[UPLOAD_EMPTY] = { SV("ファイルが空です。内容のあるファイルを選んでください。"),
				   SV("the file is empty. Please choose another.") },
		[UPLOAD_INFECTED] = { SV("ウイルスの検査で問題が見つかったため、受け取れません。別のファイルを選んでください。"),
				      SV("the virus scanner objects to this file. Please choose another.") },
		[UPLOAD_NOT_SCANNED] = { SV("いまファイルを検査できないため、受け取れません。しばらくしてから、もう一度選んでください。"),
					 SV("files cannot be scanned just now. Please choose it again later.") },
		[UPLOAD_TOO_MANY] = { SV("一つの様式で送れるファイルは、あわせて 16 個、40 MB までです。"),
				      SV("one form takes up to 16 files and 40 MB in all.") },
	};
	const uint32_t max = field->file_bytes;

	if (problem == UPLOAD_TOO_LARGE)
		return error_of(field,
				arena_printf(arena, "ファイルが大きすぎます。%.*s までのものを選んでください。",
					     SV_ARG(files_size(max, false, arena))),
				arena_printf(arena, "the file is too large. Please choose one of at most %.*s.",
					     SV_ARG(files_size(max, true, arena))),
				arena);
	if (problem == UPLOAD_WRONG_KIND)
		return error_of(field,
				arena_printf(arena, "%.*s のファイルを選んでください。名前ではなく、内容で調べています。",
					     SV_ARG(kinds_of(field->file_types, false, arena))),
				arena_printf(arena, "please choose a file of these kinds: %.*s. "
						    "Its content counts, not its name.",
					     SV_ARG(kinds_of(field->file_types, true, arena))),
				arena);
	return error_of(field, row[problem].ja, row[problem].en, arena);
}

/* ---- taking them ---- */

int site_files_begin(struct http_request *request, const struct site_body *body, struct sv owner,
		     struct site_files *ret, struct err *err)
{
	const struct answers *raw = &body->raw;
	struct site_files files = { .request = request, .body = body, .owner = owner };

	files.item = arena_zalloc(request->arena, raw->count + body->file_count + 1,
				  sizeof *files.item);
	files.error = arena_zalloc(request->arena, PROGRAMME_FIELDS_MAX, sizeof *files.error);
	if (!files.item || !files.error)
		return err_set(err, ERR_TOO_LARGE, "a form too large");
	for (size_t i = 0; i < raw->count; i++)
		files.item[files.count++] = raw->item[i];
	*ret = files;
	return 0;
}

struct answers site_files_raw(const struct site_files *files)
{
	return (struct answers){ files->item, files->count };
}

static void add_error(struct site_files *files, struct form_error error)
{
	if (files->error_count < PROGRAMME_FIELDS_MAX)
		files->error[files->error_count++] = error;
}

static void forget(struct site_files *files, struct sv name)
{
	size_t n = 0;

	for (size_t i = 0; i < files->count; i++)
		if (!sv_eq(files->item[i].name, name))
			files->item[n++] = files->item[i];
	files->count = n;
}

static const struct multipart_part *part_of(const struct site_files *files, struct sv name)
{
	for (size_t i = 0; i < files->body->file_count; i++)
		if (sv_eq(files->body->file[i].name, name))
			return &files->body->file[i];
	return NULL;
}

/* Refusals of a scanner stand on the audit trail; its absence in the log. */
static int note(struct site_files *files, enum upload_problem problem, const char *found,
		const struct err *why, struct err *err)
{
	struct http_request *request = files->request;

	if (problem == UPLOAD_NOT_SCANNED)
		log_error(request->centre->log, LOG_ERROR, "a file could not be scanned", why);
	if (problem != UPLOAD_INFECTED)
		return 0;
	return audit_refuse(request->centre->refusals, request->worker->records,
			    &(struct audit_entry){
				    .actor = request->actor,
				    .action = "file_upload",
				    .refused = true,
				    .reason = sv_from(found),
				    .address = request->address,
			    },
			    request->now, err);
}

static int take_new(struct site_files *files, const struct programme_field *field,
		    const struct multipart_part *part, struct err *err)
{
	struct http_request *request = files->request;
	const struct upload_wish wish = {
		.owner = files->owner,
		.content = part->content,
		.name = part->file_name,
		.types = field->file_types,
		.bytes_max = field->file_bytes,
		.now = request->now,
	};
	enum upload_problem problem;
	char found[SCAN_NAME_MAX] = "";
	struct err why = ERR_INIT;
	struct upload upload;

	if (upload_keep(request->worker->records, request->centre->uploads, &wish, request->arena,
			&upload, &problem, found, &why) != 0) {
		if (err)
			*err = why;
		return -1;
	}
	if (problem != UPLOAD_GOOD) {
		add_error(files, problem_error(field, problem, request->arena));
		return note(files, problem, found, &why, err);
	}
	forget(files, field->id);
	files->item[files->count++] =
		(struct answer){ field->id, upload_value(&upload, request->arena) };
	return 0;
}

/* A value that came back with the form counts only where this form holds the file. */
static int take_before(struct site_files *files, const struct programme_field *field,
		       struct err *err)
{
	const struct http_request *request = files->request;
	const struct answers raw = site_files_raw(files);
	const struct sv value = answers_get(&raw, field->id);
	const struct sv box = arena_printf(request->arena, "%.*s" SITE_FILE_REMOVE,
					   SV_ARG(field->id));
	int held;

	if (answers_get(&raw, box).n > 0) {
		forget(files, field->id);
		return 0;
	}
	if (value.n == 0)
		return 0;
	held = upload_is_held(request->worker->records, files->owner, value, request->now, err);
	if (held != 0)
		return held < 0 ? -1 : 0;
	forget(files, field->id);
	add_error(files, site_file_gone(field, request->arena));
	return 0;
}

int site_files_take(struct site_files *files, const struct programme_field *field, size_t count,
		    struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct multipart_part *part;

		if (field[i].kind != FIELD_FILE)
			continue;
		part = part_of(files, arena_printf(files->request->arena, "%.*s" SITE_FILE_INPUT,
						   SV_ARG(field[i].id)));
		if ((part ? take_new(files, &field[i], part, err)
			  : take_before(files, &field[i], err)) != 0)
			return -1;
	}
	return 0;
}

int site_files_take_form(struct site_files *files, const struct programme_form *form,
			 struct err *err)
{
	for (size_t i = 0; i < form->section_count; i++)
		if (site_files_take(files, form->section[i].field, form->section[i].field_count,
				    err) != 0)
			return -1;
	return 0;
}

/* ---- errors of both kinds ---- */

static const struct form_error *find_error(const struct form_errors *errors, struct sv field)
{
	for (size_t i = 0; i < errors->count; i++)
		if (sv_eq(errors->item[i].field, field))
			return &errors->item[i];
	return NULL;
}

struct form_errors site_merge_errors(const struct programme_field *field, size_t count,
				     const struct form_errors *first,
				     const struct form_errors *second, struct arena *arena)
{
	struct form_error *item = arena_zalloc(arena, count + 1, sizeof *item);
	size_t n = 0;

	for (size_t i = 0; item && i < count; i++) {
		const struct form_error *error = find_error(first, field[i].id);

		if (!error)
			error = find_error(second, field[i].id);
		if (error)
			item[n++] = *error;
	}
	return (struct form_errors){ item, n };
}

struct form_errors site_merge_form_errors(const struct programme_form *form,
					  const struct form_errors *first,
					  const struct form_errors *second, struct arena *arena)
{
	struct form_error *item = arena_zalloc(arena, PROGRAMME_FIELDS_MAX, sizeof *item);
	size_t n = 0;

	for (size_t i = 0; item && i < form->section_count; i++) {
		const struct form_errors some =
			site_merge_errors(form->section[i].field, form->section[i].field_count,
					  first, second, arena);

		for (size_t k = 0; k < some.count && n < PROGRAMME_FIELDS_MAX; k++)
			item[n++] = some.item[k];
	}
	return (struct form_errors){ item, n };
}
