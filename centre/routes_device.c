#include "centre/live.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

#define LIST_SQL_MAX 4096

#define DEVICE_COLUMNS                                                                             \
	"SELECT id, company, hostname, platform, user_name, state, isolated, agent_version,"       \
	" enrolled_at, seen_at, certificate_expiry, revoked_at, licence FROM device"

struct device_row {
	struct sv id, company, hostname, platform, user, state, version, licence;
	bool isolated;
	struct instant enrolled, seen, expires, revoked;
};

static struct device_row read_device(struct store_query *query, struct arena *arena)
{
	return (struct device_row){
		.id = arena_dup(arena, store_text(query, 0)),
		.company = arena_dup(arena, store_text(query, 1)),
		.hostname = arena_dup(arena, store_text(query, 2)),
		.platform = arena_dup(arena, store_text(query, 3)),
		.user = arena_dup(arena, store_text(query, 4)),
		.state = arena_dup(arena, store_text(query, 5)),
		.isolated = store_int(query, 6) != 0,
		.version = arena_dup(arena, store_text(query, 7)),
		.enrolled = { store_int(query, 8) },
		.seen = { store_int(query, 9) },
		.expires = { store_int(query, 10) },
		.revoked = { store_int(query, 11) },
		.licence = arena_dup(arena, store_text(query, 12)),
	};
}

static void put_row(struct emit *emit, const struct http_request *request,
		    const struct device_row *row)
{
	emit_object(emit);
	emit_put_text(emit, "id", row->id);
	emit_key(emit, "company");
	put_company(emit, request, row->company);
	emit_put_text(emit, "hostname", row->hostname);
	emit_put_text(emit, "platform", row->platform);
	emit_put_text(emit, "user", row->user);
	emit_put_text(emit, "state", row->state);
	emit_put_text(emit, "licence", row->licence);
	emit_put_truth(emit, "isolated", row->isolated);
	emit_put_text(emit, "agent_version", row->version);
	emit_put_time(emit, "enrolled", row->enrolled);
	emit_put_time(emit, "last_seen", row->seen);
	emit_put_time(emit, "certificate_expires", row->expires);
	emit_put_time(emit, "revoked", row->revoked);
	emit_object_end(emit);
}

bool put_device_whole(struct emit *emit, const struct http_request *request, struct sv id)
{
	struct store_query *query = store_ask(request->worker->records, NULL,
					      DEVICE_COLUMNS " WHERE id = $1", STORE_TEXT(id));
	struct device_row row = { 0 };
	const bool found = query && store_step(query, NULL) == 1;

	if (found)
		row = read_device(query, request->arena);
	store_done(query);
	if (found)
		put_row(emit, request, &row);
	else
		emit_nothing(emit);
	return found;
}

/* $1 state, $2 isolated or -1, $3 q, $4 $5 cursor, $6 limit, $7 companies */
static struct store_query *ask_list(struct http_request *request, const struct companies *companies,
				    const struct sv cursor[static 2], bool after, struct err *err)
{
	const struct http_value *isolated = http_value(request, "isolated");
	const struct sv q = http_value(request, "q")->text;
	struct store_query *query;
	struct buf sql;

	buf_init(&sql, LIST_SQL_MAX);
	buf_printf(
		&sql, DEVICE_COLUMNS
		" WHERE ($1 IS NULL OR state = $1) AND ($2 < 0 OR isolated = $2)"
		" AND ($3 IS NULL OR hostname LIKE $3 ESCAPE '\\' OR user_name LIKE $3 ESCAPE '\\')"
		" AND ($4 IS NULL OR hostname > $4 OR (hostname = $4 AND id > $5))"
		" AND company IN (");
	sql_in(&sql, 7);
	buf_printf(&sql, ") ORDER BY hostname, id LIMIT $6");
	buf_put_char(&sql, '\0');
	query = store_query(request->worker->records, sql.p, err);
	buf_done(&sql);
	if (!query)
		return NULL;
	store_bind_text(query, 1, http_value(request, "state")->text);
	store_bind_int(query, 2, isolated->given ? isolated->number : -1);
	store_bind_text(query, 3, q.p ? sql_like(request->arena, q) : SV_NONE);
	store_bind_text(query, 4, after ? cursor[0] : SV_NONE);
	store_bind_text(query, 5, after ? cursor[1] : SV_NONE);
	store_bind_int(query, 6, http_value(request, "limit")->number + 1);
	sql_bind_in(query, 7, request->arena, companies->id, companies->count);
	return query;
}

enum http_answer route_device_list(struct http_request *request, struct http_response *response)
{
	const size_t limit = (size_t)http_value(request, "limit")->number;
	struct device_row *row = arena_zalloc(request->arena, limit + 1, sizeof *row);
	struct sv cursor[REPLY_CURSOR_PARTS];
	struct emit emit = emit_begin(&response->body);
	struct companies companies;
	struct store_query *query;
	struct err err = ERR_INIT;
	size_t count = 0;
	int after, step;

	if (reply_companies(request, response, &companies) != 0)
		return HTTP_DONE;
	after = reply_read_cursor(request, response, cursor, 2);
	if (after < 0)
		return HTTP_DONE;
	query = ask_list(request, &companies, cursor, after == 1, &err);
	if (!query || !row)
		return http_fail_err(request, response, &err);
	while ((step = store_step(query, &err)) == 1 && count <= limit)
		row[count++] = read_device(query, request->arena);
	store_done(query);
	if (step < 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count && i < limit; i++)
		put_row(&emit, request, &row[i]);
	emit_array_end(&emit);
	emit_put_or_null(&emit, "next",
			 count > limit ? reply_cursor(request->arena,
						      (struct sv[]){ row[limit - 1].hostname,
								     row[limit - 1].id },
						      2)
				       : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_device_show(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);

	if (!put_device_whole(&emit, request, request->object->id))
		return http_fail(request, response, "not_found", NULL);
	return HTTP_DONE;
}

enum http_answer route_device_revoke(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct access_object *device = request->object;
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0 ||
	    store_change(store, &err,
			 "UPDATE device SET state = 'revoked', revoked_at = $1"
			 " WHERE id = $2 AND state <> 'revoked'",
			 STORE_INT(request->now.us), STORE_TEXT(device->id)) != 0)
		return reply_undo(request, response, &err);
	if (store_changes(store) == 0) {
		store_rollback(store);
		return http_fail(request, response, "already_revoked", NULL);
	}
	if (reply_commit(request, response, "device", device->id, device->company,
			 body_text(request, "reason")) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_DEVICE, device->company, device->id, false);
	put_device_whole(&emit, request, device->id);
	return HTTP_DONE;
}
