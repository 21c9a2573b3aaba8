#include "centre/entitlement.h"
#include "centre/live.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

#define USERS_ROWS_MAX 3000 /* devices, and as many open tokens; a participation has 1,500 devices */

/* A device or an open token; rows of one key belong to one user. */
struct user_row {
	struct sv key, user, id;
};
struct user_rows {
	struct user_row *item;
	size_t count, at; /* at: the next to be put */
};

static int read_rows(struct store_query *query, struct arena *arena, struct user_rows *ret,
		     struct err *err)
{
	struct user_rows rows = { .item = arena_zalloc(arena, USERS_ROWS_MAX, sizeof *rows.item) };
	int step = query && rows.item ? 1 : -1;

	while (step == 1 && rows.count < USERS_ROWS_MAX && (step = store_step(query, err)) == 1)
		rows.item[rows.count++] = (struct user_row){
			.key = arena_dup(arena, store_text(query, 0)),
			.user = arena_dup(arena, store_text(query, 1)),
			.id = arena_dup(arena, store_text(query, 2)),
		};
	store_done(query);
	if (step < 0)
		return -1;
	*ret = rows;
	return 0;
}

static int read_all(struct http_request *request, struct user_rows *devices,
		    struct user_rows *tokens, struct err *err)
{
	const struct sv company = request->object->company;
	struct store *store = request->worker->records;

	*tokens = (struct user_rows){ .count = 0 };
	if (read_rows(store_ask(store, err,
				"SELECT COALESCE(user_key, user_name), user_name, id FROM device"
				" WHERE company = $1 AND state = 'active' ORDER BY 1, hostname, id",
				STORE_TEXT(company)),
		      request->arena, devices, err) != 0)
		return -1;
	if (!access_may(request->actor, ACCESS_ENROLMENT_READ, request->object))
		return 0;
	return read_rows(store_ask(store, err,
				   "SELECT COALESCE(user_key, user_name), user_name, id"
				   " FROM enrolment_token WHERE company = $1 AND used_at IS NULL"
				   " AND revoked_at IS NULL AND expires_at > $2 ORDER BY 1, id",
				   STORE_TEXT(company), STORE_INT(request->now.us)),
			 request->arena, tokens, err);
}

static const struct user_row *next_of(const struct user_rows *rows)
{
	return rows->at < rows->count ? &rows->item[rows->at] : NULL;
}

static void put_list(struct emit *emit, const struct http_request *request, const char *name,
		     struct user_rows *rows, struct sv key,
		     bool (*put)(struct emit *emit, const struct http_request *request,
				 struct sv id))
{
	emit_key(emit, name);
	emit_array(emit);
	while (next_of(rows) && sv_eq(next_of(rows)->key, key))
		put(emit, request, rows->item[rows->at++].id);
	emit_array_end(emit);
}

static void put_users(struct emit *emit, const struct http_request *request,
		      struct user_rows *devices, struct user_rows *tokens)
{
	const struct user_row *device, *token;

	while ((device = next_of(devices), token = next_of(tokens), device || token)) {
		const bool by_device =
			device && (!token || sv_cmp(device->key, token->key) <= 0);
		const struct user_row *first = by_device ? device : token;

		emit_object(emit);
		emit_put_text(emit, "user", first->user);
		put_list(emit, request, "devices", devices, first->key, put_device_whole);
		put_list(emit, request, "tokens", tokens, first->key, put_enrolment_token);
		emit_object_end(emit);
	}
}

static void put_limit(struct emit *emit, const char *key, uint32_t limit)
{
	emit_key(emit, key);
	if (limit > 0)
		emit_number(emit, limit);
	else
		emit_nothing(emit);
}

static enum http_answer answer(struct http_request *request, struct http_response *response,
			       const struct standing *standing)
{
	struct emit emit = emit_begin(&response->body);
	struct entitlement_limits limits;
	struct user_rows devices, tokens;
	struct err err = ERR_INIT;

	if (entitlement_limits(request->worker->records, standing, &limits, &err) != 0 ||
	    read_all(request, &devices, &tokens, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	put_users(&emit, request, &devices, &tokens);
	emit_array_end(&emit);
	put_limit(&emit, "limit_users", limits.users);
	put_limit(&emit, "limit_devices_per_user", limits.devices_per_user);
	emit_object_end(&emit);
	return HTTP_DONE;
}

static int find_standing(struct http_request *request, struct standing *ret, struct err *err)
{
	return standing_of_company(request->worker->records, worker_catalogue(request->worker),
				   request->object->company, request->arena, ret, err);
}

enum http_answer route_company_users(struct http_request *request, struct http_response *response)
{
	struct standing standing;
	struct err err = ERR_INIT;

	if (find_standing(request, &standing, &err) != 0)
		return http_fail_err(request, response, &err);
	return answer(request, response, &standing);
}

enum http_answer route_users_limit(struct http_request *request, struct http_response *response)
{
	const struct sv company = request->object->company, reason = body_text(request, "reason");
	const int64_t users = json_integer_value(json_object_get(request->json, "users"));
	struct store *store = request->worker->records;
	struct standing standing;
	struct err err = ERR_INIT;

	if (sv_trim(reason).n == 0)
		return http_fail(request, response, "reason_needed", "reason");
	if (find_standing(request, &standing, &err) != 0)
		return http_fail_err(request, response, &err);
	if (store_begin(store, &err) != 0 ||
	    entitlement_raise(store, &standing, (uint32_t)users, reason, request->actor->id,
			      request->programme_now, &err) != 0) {
		store_rollback(store);
		if (err.code == ERR_DENIED)
			return http_fail(request, response, "users_fixed", NULL);
		return err.code == ERR_RANGE ? http_fail(request, response, "out_of_range", "users")
					     : http_fail_err(request, response, &err);
	}
	if (reply_commit(request, response, "company", company, company,
			 arena_printf(request->arena, "%lld: %.*s", (long long)users,
				      SV_ARG(reason))) != 0)
		return HTTP_DONE;
	return answer(request, response, &standing);
}
