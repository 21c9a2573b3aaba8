#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

#define LIST_SQL_MAX 4096

static int64_t count_devices(const struct http_request *request, struct sv company)
{
	struct store_query *query =
		store_ask(request->worker->records, NULL,
			  "SELECT COUNT(*) FROM device WHERE company = $1 AND state = 'active'",
			  STORE_TEXT(company));
	int64_t count = 0;

	if (query && store_step(query, NULL) == 1)
		count = store_int(query, 0);
	store_done(query);
	return count;
}

static int64_t count_incidents(const struct http_request *request, struct sv company)
{
	const struct incident_scope scope = { .company = &company, .count = 1 };
	struct incident_counts counts;

	if (incident_counts(request->worker->records, &scope, company, &counts, NULL) != 0)
		return 0;
	return (int64_t)counts.open;
}

static void put_counts(struct emit *emit, const struct http_request *request, struct sv company)
{
	emit_key(emit, "devices");
	if (reply_may(request, ACCESS_DEVICE_READ, company))
		emit_number(emit, count_devices(request, company));
	else
		emit_nothing(emit);
	emit_key(emit, "open_incidents");
	if (reply_may(request, ACCESS_INCIDENT_READ, company))
		emit_number(emit, count_incidents(request, company));
	else
		emit_nothing(emit);
}

/* $1 q, $2 $3 cursor, $4 limit, $5 companies */
static struct store_query *ask_list(struct http_request *request, const struct companies *companies,
				    const struct sv cursor[static 2], bool after, struct err *err)
{
	const struct sv q = http_value(request, "q")->text;
	const int64_t limit = http_value(request, "limit")->number;
	struct store_query *query;
	struct buf sql;

	buf_init(&sql, LIST_SQL_MAX);
	buf_printf(&sql, "SELECT id, name, name_kana FROM company WHERE ($1 IS NULL"
			 " OR name LIKE $1 ESCAPE '\\' OR name_kana LIKE $1 ESCAPE '\\')"
			 " AND ($2 IS NULL OR name_kana > $2 OR (name_kana = $2 AND id > $3))"
			 " AND id IN (");
	sql_in(&sql, 5);
	buf_printf(&sql, ") ORDER BY name_kana, id LIMIT $4");
	buf_put_char(&sql, '\0');
	query = store_query(request->worker->records, sql.p, err);
	buf_done(&sql);
	if (!query)
		return NULL;
	store_bind_text(query, 1, q.p ? sql_like(request->arena, q) : SV_NONE);
	store_bind_text(query, 2, after ? cursor[0] : SV_NONE);
	store_bind_text(query, 3, after ? cursor[1] : SV_NONE);
	store_bind_int(query, 4, limit + 1);
	sql_bind_in(query, 5, request->arena, companies->id, companies->count);
	return query;
}

struct company_row {
	struct sv id, name, kana;
};

enum http_answer route_company_list(struct http_request *request, struct http_response *response)
{
	const size_t limit = (size_t)http_value(request, "limit")->number;
	struct company_row *row = arena_zalloc(request->arena, limit + 1, sizeof *row);
	struct sv cursor[REPLY_CURSOR_PARTS];
	struct emit emit = emit_begin(&response->body);
	struct companies companies;
	struct store_query *query;
	struct err err = ERR_INIT;
	size_t count = 0;
	int after, step;

	if (access_companies(request->worker->records, request->actor, request->route->access,
			     SV_NONE, request->arena, &companies.id, &companies.count, &err) != 0)
		return http_fail_err(request, response, &err);
	after = reply_read_cursor(request, response, cursor, 2);
	if (after < 0)
		return HTTP_DONE;
	query = ask_list(request, &companies, cursor, after == 1, &err);
	if (!query || !row)
		return http_fail_err(request, response, &err);
	while ((step = store_step(query, &err)) == 1 && count <= limit) {
		row[count].id = arena_dup(request->arena, store_text(query, 0));
		row[count].name = arena_dup(request->arena, store_text(query, 1));
		row[count++].kana = arena_dup(request->arena, store_text(query, 2));
	}
	store_done(query);
	if (step < 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count && i < limit; i++) {
		emit_object(&emit);
		emit_put_text(&emit, "id", row[i].id);
		emit_put_text(&emit, "name", row[i].name);
		emit_put_text(&emit, "name_kana", row[i].kana);
		put_counts(&emit, request, row[i].id);
		emit_object_end(&emit);
	}
	emit_array_end(&emit);
	emit_put_or_null(
		&emit, "next",
		count > limit
			? reply_cursor(request->arena,
				       (struct sv[]){ row[limit - 1].kana, row[limit - 1].id }, 2)
			: SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* The company's own people see all its participations; an operator's only its own. */
static bool sees_tie(const struct actor *actor, struct sv company, struct sv operator_id,
		     struct sv programme)
{
	const struct access_tie tie = { operator_id, programme };
	const struct access_object object = { .kind = OBJECT_COMPANY,
					      .id = company,
					      .company = company,
					      .tie = &tie,
					      .tie_count = 1 };

	return access_may(actor, ACCESS_COMPANY_READ, &object);
}

static int put_participations(struct emit *emit, struct http_request *request, struct err *err)
{
	const struct sv company = request->object->company;
	struct store_query *query = store_ask(
		request->worker->records, err,
		"SELECT p.id, g.id, g.name, o.id, o.name, p.course, p.since_at, p.ended_at"
		" FROM participation p JOIN programme g ON g.id = p.programme"
		" JOIN operator o ON o.id = g.operator WHERE p.company = $1 ORDER BY p.since_at, p.id",
		STORE_TEXT(company));
	int step;

	if (!query)
		return -1;
	while ((step = store_step(query, err)) == 1) {
		if (!sees_tie(request->actor, company, store_text(query, 3), store_text(query, 1)))
			continue;
		emit_object(emit);
		emit_put_text(emit, "id", store_text(query, 0));
		emit_key(emit, "programme");
		emit_object(emit);
		emit_put_text(emit, "id", store_text(query, 1));
		emit_put_text(emit, "name", store_text(query, 2));
		emit_object_end(emit);
		emit_key(emit, "operator");
		emit_object(emit);
		emit_put_text(emit, "id", store_text(query, 3));
		emit_put_text(emit, "name", store_text(query, 4));
		emit_object_end(emit);
		emit_put_text(emit, "course", store_text(query, 5));
		emit_put_time(emit, "since", (struct instant){ store_int(query, 6) });
		emit_put_time(emit, "ended", (struct instant){ store_int(query, 7) });
		emit_object_end(emit);
	}
	store_done(query);
	return step < 0 ? -1 : 0;
}

enum http_answer route_company_show(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct store_query *query = store_ask(
		request->worker->records, &err,
		"SELECT id, name, name_kana, address, created_at FROM company WHERE id = $1",
		STORE_TEXT(request->object->company));

	if (!query || store_step(query, &err) != 1) {
		store_done(query);
		return http_fail_err(request, response, &err);
	}
	emit_object(&emit);
	emit_put_text(&emit, "id", store_text(query, 0));
	emit_put_text(&emit, "name", store_text(query, 1));
	emit_put_text(&emit, "name_kana", store_text(query, 2));
	emit_put_text(&emit, "address", store_text(query, 3));
	emit_put_time(&emit, "created", (struct instant){ store_int(query, 4) });
	store_done(query);
	put_counts(&emit, request, request->object->company);
	emit_key(&emit, "participations");
	emit_array(&emit);
	if (put_participations(&emit, request, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- one event ---- */

static void put_envelope(struct emit *emit, const struct event_envelope *envelope)
{
	emit_object(emit);
	emit_put_text(emit, "id", envelope->id);
	emit_put_text(emit, "company", envelope->company);
	emit_put_text(emit, "device", envelope->device);
	emit_put_time(emit, "observed", envelope->observed);
	emit_put_time(emit, "received", envelope->received);
	emit_put_text(emit, "product", envelope->product);
	emit_put_text(emit, "category", envelope->category);
	emit_put_text(emit, "service", envelope->service);
	emit_object_end(emit);
}

enum http_answer route_event_show(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct event event;
	const int found = event_store_get(request->centre->events, request->object->company,
					  request->param[1], request->arena, &event, &err);

	if (found < 0)
		return http_fail_err(request, response, &err);
	if (found == 0)
		return http_fail(request, response, "not_found", NULL);
	emit_object(&emit);
	emit_key(&emit, "envelope");
	put_envelope(&emit, &event.envelope);
	emit_key(&emit, "fields");
	emit_array(&emit);
	for (size_t i = 0; i < event.count; i++) {
		emit_object(&emit);
		emit_put_text(&emit, "name", event.field[i].name);
		emit_put_text(&emit, "value", event.field[i].text);
		emit_object_end(&emit);
	}
	emit_array_end(&emit);
	emit_put_text(&emit, "raw", event.raw);
	emit_object_end(&emit);
	return HTTP_DONE;
}
