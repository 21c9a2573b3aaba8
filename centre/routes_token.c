#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "centre/session.h"

#define SCOPE_TEXT_MAX 2048
#define DAY_US (24 * 60 * 60 * INSTANT_SECOND)

static void put_scope(struct emit *emit, struct sv scope)
{
	emit_key(emit, "scope");
	emit_array(emit);
	while (scope.n > 0)
		emit_text(emit, sv_cut(&scope, ' '));
	emit_array_end(emit);
}

enum http_answer route_token_list(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct store_query *query = store_ask(
		request->worker->records, &err,
		"SELECT id, name, scope, company, created_at, expires_at, used_at, revoked_at"
		" FROM api_token WHERE person = $1 ORDER BY id DESC LIMIT 200",
		STORE_TEXT(request->actor->id));
	int step;

	if (!query)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	while ((step = store_step(query, &err)) == 1) {
		emit_object(&emit);
		emit_put_text(&emit, "id", store_text(query, 0));
		emit_put_text(&emit, "name", store_text(query, 1));
		put_scope(&emit, store_text(query, 2));
		emit_key(&emit, "company");
		put_company(&emit, request, store_text(query, 3));
		emit_put_time(&emit, "created", (struct instant){ store_int(query, 4) });
		emit_put_time(&emit, "expires", (struct instant){ store_int(query, 5) });
		emit_put_time(&emit, "last_used", (struct instant){ store_int(query, 6) });
		emit_put_time(&emit, "revoked", (struct instant){ store_int(query, 7) });
		emit_object_end(&emit);
	}
	store_done(query);
	if (step < 0)
		return http_fail_err(request, response, &err);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* Names as text; false where one is unknown or not the person's. */
static bool read_scope(struct http_request *request, struct buf *text)
{
	const json_t *list = json_object_get(request->json, "scope");
	uint64_t seen = 0;
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		const struct sv name = { json_string_value(item), json_string_length(item) };
		struct actor token = *request->actor;
		enum access_action action;

		if (!access_parse(name, &action))
			return false;
		token.kind = ACTOR_TOKEN;
		token.scope = UINT64_C(1) << action;
		if (!access_may(&token, action, NULL))
			return false;
		if (!(seen >> action & 1))
			buf_printf(text, "%s%.*s", text->n ? " " : "", SV_ARG(name));
		seen |= UINT64_C(1) << action;
	}
	return !text->full;
}

/* Tokens that are neither revoked nor over, or -1. */
static int64_t count_tokens(struct http_request *request, struct err *err)
{
	struct store_query *query =
		store_ask(request->worker->records, err,
			  "SELECT COUNT(*) FROM api_token WHERE person = $1 AND revoked_at IS NULL"
			  " AND expires_at > $2",
			  STORE_TEXT(request->actor->id), STORE_INT(request->now.us));
	int64_t count = -1;

	if (query && store_step(query, err) == 1)
		count = store_int(query, 0);
	store_done(query);
	return count;
}

static enum http_answer create(struct http_request *request, struct http_response *response,
			       struct sv scope, struct sv company)
{
	struct store *store = request->worker->records;
	const struct secret secret = secret_new("hkt_");
	const struct instant expires = {
		request->now.us +
		json_integer_value(json_object_get(request->json, "days")) * DAY_US
	};
	char id[UUID_TEXT_MAX];
	struct emit emit;
	struct err err = ERR_INIT;
	int64_t count;

	uuid_format(uuid_v7(request->now), id);
	if (store_begin(store, &err) != 0 || (count = count_tokens(request, &err)) < 0)
		return reply_undo(request, response, &err);
	if (count >= TOKEN_PER_PERSON_MAX) {
		store_rollback(store);
		return http_fail(request, response, "too_many_tokens", NULL);
	}
	if (store_change(store, &err,
			 "INSERT INTO api_token (id, hash, person, name, scope, company,"
			 " created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(sv_from(secret.hash)),
			 STORE_TEXT(request->actor->id), STORE_TEXT(body_text(request, "name")),
			 STORE_TEXT(scope), STORE_TEXT(company), STORE_INT(request->now.us),
			 STORE_INT(expires.us)) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "token", sv_from(id), company, scope) != 0)
		return HTTP_DONE;
	emit = emit_begin(&response->body);
	emit_object(&emit);
	emit_put_text(&emit, "id", sv_from(id));
	emit_put_text(&emit, "secret", sv_from(secret.text));
	emit_put_time(&emit, "expires", expires);
	emit_object_end(&emit);
	response->status = 201;
	return HTTP_DONE;
}

enum http_answer route_token_create(struct http_request *request, struct http_response *response)
{
	const struct sv company = body_text(request, "company");
	enum http_answer answer;
	struct buf scope;

	/* Every signed-in person may read companies in some role; a foreign one is not there. */
	if (company.p && !reply_may(request, ACCESS_COMPANY_READ, company))
		return http_fail(request, response, "not_found", "company");
	buf_init(&scope, SCOPE_TEXT_MAX);
	if (read_scope(request, &scope))
		answer = create(request, response, buf_sv(&scope), company);
	else
		answer = http_fail(request, response, "unknown_scope", "scope");
	buf_done(&scope);
	return answer;
}

enum http_answer route_token_revoke(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0 ||
	    store_change(
		    store, &err,
		    "UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
		    STORE_INT(request->now.us), STORE_TEXT(request->object->id)) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "token", request->object->id, SV_NONE, SV_NONE) == 0)
		response->status = 204;
	return HTTP_DONE;
}
