#include "centre/reply.h"

#include <assert.h>
#include <sodium.h>

#include "centre/route.h"

#define IN_TEXT_MAX (2U << 20) /* ACCESS_COMPANIES_MAX ids of 39 bytes, and more */
#define SEPARATOR '\x1f'

void sql_in(struct buf *sql, int number)
{
	buf_printf(sql, "SELECT value FROM json_each($%d)", number);
}

void sql_bind_in(struct store_query *query, int number, struct arena *arena, const struct sv *value,
		 size_t count)
{
	struct buf buf;
	struct emit emit;

	buf_init(&buf, IN_TEXT_MAX);
	emit = emit_begin(&buf);
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		emit_text(&emit, value[i]);
	emit_array_end(&emit);
	/* No room is no company at all. */
	store_bind_text(query, number, buf.full ? SV("[]") : arena_dup(arena, buf_sv(&buf)));
	buf_done(&buf);
}

struct sv sql_like(struct arena *arena, struct sv text)
{
	char *p = arena_alloc(arena, 2 * text.n + 3);
	size_t n = 0;

	if (!p)
		return SV("");
	p[n++] = '%';
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = text.p[i];
	}
	p[n++] = '%';
	return (struct sv){ p, n };
}

/* ---- companies ---- */

int reply_companies(struct http_request *request, struct http_response *response,
		    struct companies *ret)
{
	const struct sv only = http_value(request, "company")->text;
	struct err err = ERR_INIT;

	if (access_companies(request->worker->records, request->actor, request->route->access, only,
			     request->arena, &ret->id, &ret->count, &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	if (only.n > 0 && ret->count == 0) {
		http_fail(request, response, "not_found", "company");
		return -1;
	}
	return 0;
}

bool reply_may(const struct http_request *request, enum access_action action, struct sv company)
{
	struct access_object object;

	return access_load(request->worker->records, OBJECT_COMPANY, company, request->arena,
			   &object, NULL) == 1 &&
	       access_may(request->actor, action, &object);
}

struct incident_scope reply_scope(const struct companies *companies)
{
	return (struct incident_scope){ .company = companies->id, .count = companies->count };
}

struct companies reply_object_company(const struct http_request *request)
{
	assert(request->object);
	return (struct companies){ &request->object->company, 1 };
}

/* ---- cursors ---- */

struct sv reply_cursor(struct arena *arena, const struct sv *part, size_t count)
{
	const size_t room = sodium_base64_ENCODED_LEN(REPLY_CURSOR_MAX,
						      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(arena, room);
	struct buf buf;

	buf_init(&buf, REPLY_CURSOR_MAX);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_char(&buf, SEPARATOR);
		buf_put_sv(&buf, part[i]);
	}
	if (!text || buf.full) {
		buf_done(&buf);
		return SV("");
	}
	sodium_bin2base64(text, room, (const unsigned char *)buf.p, buf.n,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	buf_done(&buf);
	return sv_from(text);
}

int reply_read_cursor(struct http_request *request, struct http_response *response,
		      struct sv part[static REPLY_CURSOR_PARTS], size_t count)
{
	const struct sv cursor = http_value(request, "cursor")->text;
	unsigned char *bytes = arena_alloc(request->arena, REPLY_CURSOR_MAX);
	struct sv rest;
	size_t n;

	assert(count > 0 && count <= REPLY_CURSOR_PARTS);
	if (!cursor.p)
		return 0;
	if (!bytes || sodium_base642bin(bytes, REPLY_CURSOR_MAX, cursor.p, cursor.n, NULL, &n, NULL,
					sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		goto bad;
	rest = (struct sv){ (const char *)bytes, n };
	if (!sv_is_utf8(rest))
		goto bad;
	for (size_t i = 0; i < count; i++) {
		const bool last = sv_find_char(rest, SEPARATOR, 0) == SIZE_MAX;

		if (last != (i + 1 == count))
			goto bad;
		part[i] = sv_cut(&rest, SEPARATOR);
	}
	return 1;
bad:
	http_fail(request, response, "bad_cursor", "cursor");
	return -1;
}

/* ---- names ---- */

static void put_named(struct emit *emit, const struct http_request *request, const char *sql,
		      struct sv id)
{
	struct store_query *query;

	if (id.n == 0) {
		emit_nothing(emit);
		return;
	}
	query = store_ask(request->worker->records, NULL, sql, STORE_TEXT(id));
	emit_object(emit);
	emit_put_text(emit, "id", id);
	emit_put_text(emit, "name",
		      query && store_step(query, NULL) == 1 ? store_text(query, 0) : SV(""));
	emit_object_end(emit);
	store_done(query);
}

void put_company(struct emit *emit, const struct http_request *request, struct sv id)
{
	put_named(emit, request, "SELECT name FROM company WHERE id = $1", id);
}

void put_person(struct emit *emit, const struct http_request *request, struct sv id)
{
	put_named(emit, request, "SELECT name FROM person WHERE id = $1", id);
}

void put_device(struct emit *emit, const struct http_request *request, struct sv id)
{
	put_named(emit, request, "SELECT hostname FROM device WHERE id = $1", id);
}

struct sv body_text(const struct http_request *request, const char *member)
{
	const json_t *value = json_object_get(request->json, member);

	if (!json_is_string(value))
		return SV_NONE;
	return (struct sv){ json_string_value(value), json_string_length(value) };
}

/* ---- changes ---- */

enum http_answer reply_undo(struct http_request *request, struct http_response *response,
			    const struct err *err)
{
	store_rollback(request->worker->records);
	return http_fail_err(request, response, err);
}

int reply_commit(struct http_request *request, struct http_response *response,
		 const char *object_kind, struct sv object, struct sv company, struct sv reason)
{
	struct err err = ERR_INIT;

	if (audit_append(request->worker->records,
			 &(struct audit_entry){
				 .actor = request->actor,
				 .action = request->route->operation,
				 .object_kind = object_kind,
				 .object = object,
				 .company = company,
				 .reason = reason,
				 .address = request->address,
			 },
			 request->now, &err) == 0 &&
	    store_commit(request->worker->records, &err) == 0)
		return 0;
	reply_undo(request, response, &err);
	return -1;
}
