#include "centre/audit.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

#define LIST_SQL_MAX 4096

struct audit_row {
	int64_t number;
	struct instant at;
	struct sv actor_kind, actor, actor_name, action, object_kind, object, company;
	struct sv result, reason, address, hash;
	int64_t repeated;
};

struct operators {
	struct sv id[ACTOR_GRANTS_MAX];
	size_t count;
};

/*
 * Operators whose own affairs (sign-ins, refusals) the actor may see: by an
 * operator's role or a programme's, never by a company's. action: also needed.
 */
static void own_operators(struct http_request *request, enum access_action action,
			  struct operators *ret)
{
	const struct actor *actor = request->actor;

	for (size_t i = 0; i < actor->grant_count; i++) {
		struct actor alone = *actor;

		alone.grant = &actor->grant[i];
		alone.grant_count = 1;
		if (alone.grant->operator_id.n > 0 && actor->only_company.n == 0 &&
		    access_may(&alone, ACCESS_AUDIT_READ, NULL) && access_may(&alone, action, NULL))
			ret->id[ret->count++] = alone.grant->operator_id;
	}
}

/*
 * $1 before, $2 action, $3 result, $4 object, $5 limit, $6 nobody's too, $7 operators, $8 companies,
 * $9 operators with their applications, of companies that do not take part (yet), too
 */
static struct store_query *ask(struct http_request *request, const struct companies *companies,
			       const struct operators *own, const struct operators *applied,
			       int64_t before, struct err *err)
{
	struct store_query *query;
	struct buf sql;

	buf_init(&sql, LIST_SQL_MAX);
	buf_printf(
		&sql,
		"SELECT number, at, actor_kind, actor, actor_name, action, object_kind, object,"
		" company, result, reason, address, repeated, hash FROM audit"
		" WHERE number < $1 AND ($2 IS NULL OR action = $2) AND ($3 IS NULL OR result = $3)"
		" AND ($4 IS NULL OR object = $4)"
		" AND ((company = '' AND ((operator = '' AND $6 = 1) OR (operator <> ''"
		" AND operator IN (");
	sql_in(&sql, 7);
	buf_printf(&sql, ")))) OR (company <> '' AND company IN (");
	sql_in(&sql, 8);
	/* Whose company stands in the entry: what strangers tried is on their own trail. */
	buf_printf(&sql, ")) OR (object_kind = 'application' AND EXISTS (SELECT 1 FROM application a"
			 " JOIN programme p ON p.id = a.programme WHERE a.id = audit.object"
			 " AND a.company = audit.company AND p.operator IN (");
	sql_in(&sql, 9);
	buf_printf(&sql, ")))) ORDER BY number DESC LIMIT $5");
	buf_put_char(&sql, '\0');
	query = store_query(request->worker->records, sql.p, err);
	buf_done(&sql);
	if (!query)
		return NULL;
	store_bind_int(query, 1, before);
	store_bind_text(query, 2, http_value(request, "action")->text);
	store_bind_text(query, 3, http_value(request, "result")->text);
	store_bind_text(query, 4, http_value(request, "object")->text);
	store_bind_int(query, 5, http_value(request, "limit")->number + 1);
	store_bind_int(query, 6, own->count > 0);
	sql_bind_in(query, 7, request->arena, own->id, own->count);
	sql_bind_in(query, 8, request->arena, companies->id, companies->count);
	sql_bind_in(query, 9, request->arena, applied->id, applied->count);
	return query;
}

static struct audit_row read_row(struct store_query *query, struct arena *arena)
{
	return (struct audit_row){
		.number = store_int(query, 0),
		.at = { store_int(query, 1) },
		.actor_kind = arena_dup(arena, store_text(query, 2)),
		.actor = arena_dup(arena, store_text(query, 3)),
		.actor_name = arena_dup(arena, store_text(query, 4)),
		.action = arena_dup(arena, store_text(query, 5)),
		.object_kind = arena_dup(arena, store_text(query, 6)),
		.object = arena_dup(arena, store_text(query, 7)),
		.company = arena_dup(arena, store_text(query, 8)),
		.result = arena_dup(arena, store_text(query, 9)),
		.reason = arena_dup(arena, store_text(query, 10)),
		.address = arena_dup(arena, store_text(query, 11)),
		.repeated = store_int(query, 12),
		.hash = arena_dup(arena, store_text(query, 13)),
	};
}

static void put_row(struct emit *emit, const struct http_request *request,
		    const struct audit_row *row)
{
	emit_object(emit);
	emit_put_number(emit, "number", row->number);
	emit_put_time(emit, "at", row->at);
	emit_key(emit, "actor");
	emit_object(emit);
	emit_put_text(emit, "kind", row->actor_kind);
	emit_put_or_null(emit, "id", row->actor);
	emit_put_text(emit, "name", row->actor_name);
	emit_object_end(emit);
	emit_put_text(emit, "action", row->action);
	emit_key(emit, "object");
	emit_object(emit);
	emit_put_text(emit, "kind", row->object_kind);
	emit_put_or_null(emit, "id", row->object);
	emit_object_end(emit);
	emit_key(emit, "company");
	put_company(emit, request, row->company);
	emit_put_text(emit, "result", row->result);
	emit_put_text(emit, "reason", row->reason);
	emit_put_text(emit, "address", row->address);
	emit_put_number(emit, "repeated", row->repeated);
	emit_put_text(emit, "hash", row->hash);
	emit_object_end(emit);
}

static int read_before(struct http_request *request, struct http_response *response, int64_t *ret)
{
	struct sv cursor[REPLY_CURSOR_PARTS];
	const int given = reply_read_cursor(request, response, cursor, 1);

	*ret = INT64_MAX;
	if (given < 0)
		return -1;
	if (given == 1 && !sv_to_i64(cursor[0], ret)) {
		http_fail(request, response, "bad_cursor", "cursor");
		return -1;
	}
	return 0;
}

enum http_answer route_audit_list(struct http_request *request, struct http_response *response)
{
	const size_t limit = (size_t)http_value(request, "limit")->number;
	struct audit_row *row = arena_zalloc(request->arena, limit + 1, sizeof *row);
	struct operators own = { .count = 0 }, applied = { .count = 0 };
	struct emit emit = emit_begin(&response->body);
	struct companies companies;
	struct store_query *query;
	struct err err = ERR_INIT;
	struct sv next;
	size_t count = 0;
	int64_t before;
	int step;

	if (reply_companies(request, response, &companies) != 0 ||
	    read_before(request, response, &before) != 0)
		return HTTP_DONE;
	if (!http_value(request, "company")->given) {
		own_operators(request, ACCESS_AUDIT_READ, &own);
		own_operators(request, ACCESS_APPLICATION_READ, &applied);
	}
	query = ask(request, &companies, &own, &applied, before, &err);
	if (!query || !row)
		return http_fail_err(request, response, &err);
	while ((step = store_step(query, &err)) == 1 && count <= limit)
		row[count++] = read_row(query, request->arena);
	store_done(query);
	if (step < 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count && i < limit; i++)
		put_row(&emit, request, &row[i]);
	emit_array_end(&emit);
	next = count > limit
		       ? arena_printf(request->arena, "%lld", (long long)row[limit - 1].number)
		       : SV_NONE;
	emit_put_or_null(&emit, "next",
			 count > limit ? reply_cursor(request->arena, &next, 1) : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_audit_verify(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct audit_state state;
	struct err err = ERR_INIT;

	if (audit_verify(request->worker->records, &state, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_put_truth(&emit, "intact", state.intact);
	emit_put_number(&emit, "entries", (int64_t)state.entries);
	emit_key(&emit, "broken_at");
	if (state.intact)
		emit_nothing(&emit);
	else
		emit_number(&emit, (int64_t)state.broken_at);
	emit_put_text(&emit, "head", sv_from(state.head));
	emit_object_end(&emit);
	return HTTP_DONE;
}
