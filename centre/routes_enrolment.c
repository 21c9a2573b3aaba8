#include "base/hash.h"
#include "centre/entitlement.h"
#include "centre/key.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "centre/session.h"
#include "centre/user_key.h"
#include "wire/wire.h"

#define LIST_SQL_MAX 4096
#define HOUR_US (60 * 60 * INSTANT_SECOND)

struct token_row {
	struct sv id, company, participation, course, user, device;
	struct instant created, expires, used, revoked;
};

static struct token_row read_row(struct store_query *query, struct arena *arena)
{
	return (struct token_row){
		.id = arena_dup(arena, store_text(query, 0)),
		.company = arena_dup(arena, store_text(query, 1)),
		.participation = arena_dup(arena, store_text(query, 2)),
		.course = arena_dup(arena, store_text(query, 3)),
		.user = arena_dup(arena, store_text(query, 4)),
		.created = { store_int(query, 5) },
		.expires = { store_int(query, 6) },
		.used = { store_int(query, 7) },
		.device = arena_dup(arena, store_text(query, 8)),
		.revoked = { store_int(query, 9) },
	};
}

static void put_row(struct emit *emit, const struct http_request *request,
		    const struct token_row *row)
{
	emit_object(emit);
	emit_put_text(emit, "id", row->id);
	emit_key(emit, "company");
	put_company(emit, request, row->company);
	emit_put_or_null(emit, "participation", row->participation);
	emit_put_text(emit, "course", row->course);
	emit_put_text(emit, "user", row->user);
	emit_put_time(emit, "created", row->created);
	emit_put_time(emit, "expires", row->expires);
	emit_put_time(emit, "used", row->used);
	emit_put_or_null(emit, "device", row->device);
	emit_put_time(emit, "revoked", row->revoked);
	emit_object_end(emit);
}

#define TOKEN_COLUMNS                                                                              \
	"SELECT id, company, participation, course, user_name, created_at, expires_at, used_at,"   \
	" device, revoked_at FROM enrolment_token"

bool put_enrolment_token(struct emit *emit, const struct http_request *request, struct sv id)
{
	struct store_query *query = store_ask(request->worker->records, NULL,
					      TOKEN_COLUMNS " WHERE id = $1", STORE_TEXT(id));
	const bool found = query && store_step(query, NULL) == 1;
	struct token_row row = { 0 };

	if (found)
		row = read_row(query, request->arena);
	store_done(query);
	if (found)
		put_row(emit, request, &row);
	else
		emit_nothing(emit);
	return found;
}

/* $1 cursor, $2 limit, $3 companies */
static struct store_query *ask_list(struct http_request *request, const struct companies *companies,
				    struct sv before, struct err *err)
{
	struct store_query *query;
	struct buf sql;

	buf_init(&sql, LIST_SQL_MAX);
	buf_printf(&sql, TOKEN_COLUMNS
			 " WHERE ($1 IS NULL OR id < $1) AND company IN (");
	sql_in(&sql, 3);
	buf_printf(&sql, ") ORDER BY id DESC LIMIT $2");
	buf_put_char(&sql, '\0');
	query = store_query(request->worker->records, sql.p, err);
	buf_done(&sql);
	if (!query)
		return NULL;
	store_bind_text(query, 1, before);
	store_bind_int(query, 2, http_value(request, "limit")->number + 1);
	sql_bind_in(query, 3, request->arena, companies->id, companies->count);
	return query;
}

enum http_answer route_enrolment_token_list(struct http_request *request,
					    struct http_response *response)
{
	const size_t limit = (size_t)http_value(request, "limit")->number;
	struct token_row *row = arena_zalloc(request->arena, limit + 1, sizeof *row);
	struct sv cursor[REPLY_CURSOR_PARTS] = { SV_NONE };
	struct emit emit = emit_begin(&response->body);
	struct companies companies;
	struct store_query *query;
	struct err err = ERR_INIT;
	size_t count = 0;
	int step;

	if (reply_companies(request, response, &companies) != 0 ||
	    reply_read_cursor(request, response, cursor, 1) < 0)
		return HTTP_DONE;
	query = ask_list(request, &companies, cursor[0], &err);
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
	emit_put_or_null(&emit, "next",
			 count > limit ? reply_cursor(request->arena, &row[limit - 1].id, 1)
				       : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* The course of a running participation of the company; 0 where it is none. */
static int find_course(struct http_request *request, struct sv company, struct sv participation,
		       struct sv *ret, struct err *err)
{
	struct store_query *query;
	int step;

	*ret = SV("");
	if (!participation.p)
		return 1;
	query = store_ask(request->worker->records, err,
			  "SELECT course FROM participation WHERE id = $1 AND company = $2"
			  " AND ended_at IS NULL",
			  STORE_TEXT(participation), STORE_TEXT(company));
	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1)
		*ret = arena_dup(request->arena, store_text(query, 0));
	store_done(query);
	return step;
}

/* What a new token is for. */
struct token_wish {
	struct sv company, participation, course, user, key;
	struct instant expires;
};

static int insert(struct http_request *request, struct sv id, const struct secret *secret,
		  const struct token_wish *wish, struct err *err)
{
	return store_change(
		request->worker->records, err,
		"INSERT INTO enrolment_token (id, hash, company, participation, course, user_name,"
		" user_key, created_by, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		STORE_TEXT(id), STORE_TEXT(sv_from(secret->hash)), STORE_TEXT(wish->company),
		STORE_TEXT(wish->participation.n > 0 ? wish->participation : SV_NONE),
		STORE_TEXT(wish->course), STORE_TEXT(wish->user), STORE_TEXT(wish->key),
		STORE_TEXT(request->actor->id), STORE_INT(request->now.us),
		STORE_INT(wish->expires.us));
}

/*
 * Where an application is behind it, what is refused at enrolment anyhow is
 * refused here. False with the response filled.
 */
static bool check_entitlement(struct http_request *request, struct http_response *response,
			      struct token_wish *wish)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct store *store = request->worker->records;
	struct standing standing;
	struct refused refused;
	struct err err = ERR_INIT;
	int r = wish->participation.n > 0
			? standing_of_participation(store, catalogue, wish->participation,
						    request->arena, &standing, &err)
			: standing_of_company(store, catalogue, wish->company, request->arena,
					      &standing, &err);

	if (r == 0 && standing.known && entitlement_counts_users(&standing) && wish->key.n == 0) {
		http_fail(request, response, "user_needed", "user");
		return false;
	}
	if (r == 0)
		r = entitlement_ask(store, &standing, wish->key, request->programme_now, &refused,
				    &err);
	if (r < 0)
		http_fail_err(request, response, &err);
	if (r > 0)
		http_fail_text(request, response, "entitlement", &refused.message);
	if (r == 0 && standing.known && wish->participation.n == 0) {
		wish->participation = standing.participation;
		wish->course = standing.course.p ? standing.course : SV("");
	}
	return r == 0;
}

/* What a device compares with the authority that it gets. */
static int find_fingerprint(struct http_request *request, struct sv *ret, struct err *err)
{
	char hex[2 * SHA256_SIZE + 1];
	struct wire_check_key check;
	struct sha256 digest;
	struct sv ca;

	if (key_facts(request->centre->key, request->arena, &ca, &check, err) != 0 ||
	    wire_fingerprint(ca, &digest, err) != 0)
		return -1;
	*ret = arena_dup(request->arena, sv_from(hex_encode(digest.byte, SHA256_SIZE, hex)));
	return 0;
}

enum http_answer route_enrolment_token_create(struct http_request *request,
					      struct http_response *response)
{
	const struct sv user = body_text(request, "user");
	const json_t *hours = json_object_get(request->json, "hours");
	struct token_wish wish = {
		.company = body_text(request, "company"),
		.participation = body_text(request, "participation"),
		.user = user.p ? user : SV(""),
		.key = user_key(user, request->arena),
		.expires = { request->now.us + json_integer_value(hours) * HOUR_US },
	};
	const struct secret secret = secret_new("hke_");
	struct sv fingerprint;
	struct emit emit;
	char id[UUID_TEXT_MAX];
	struct err err = ERR_INIT;
	int found;

	if (!reply_may(request, request->route->access, wish.company))
		return http_fail(request, response, "not_found", "company");
	found = find_course(request, wish.company, wish.participation, &wish.course, &err);
	if (found < 0 || find_fingerprint(request, &fingerprint, &err) != 0)
		return http_fail_err(request, response, &err);
	if (found == 0)
		return http_fail(request, response, "participation_other", "participation");
	if (!check_entitlement(request, response, &wish))
		return HTTP_DONE;
	uuid_format(uuid_v7(request->now), id);
	if (store_begin(request->worker->records, &err) != 0 ||
	    insert(request, sv_from(id), &secret, &wish, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "enrolment_token", sv_from(id), wish.company,
			 wish.course) != 0)
		return HTTP_DONE;
	emit = emit_begin(&response->body);
	emit_object(&emit);
	emit_put_text(&emit, "id", sv_from(id));
	emit_put_text(&emit, "secret", sv_from(secret.text));
	emit_put_time(&emit, "expires", wish.expires);
	emit_put_text(&emit, "fingerprint", fingerprint);
	emit_object_end(&emit);
	response->status = 201;
	return HTTP_DONE;
}

enum http_answer route_enrolment_token_revoke(struct http_request *request,
					      struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct access_object *token = request->object;
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0 ||
	    store_change(store, &err,
			 "UPDATE enrolment_token SET revoked_at = $1"
			 " WHERE id = $2 AND used_at IS NULL AND revoked_at IS NULL",
			 STORE_INT(request->now.us), STORE_TEXT(token->id)) != 0)
		return reply_undo(request, response, &err);
	if (store_changes(store) == 0) {
		store_rollback(store);
		return http_fail(request, response, "token_used", NULL);
	}
	if (reply_commit(request, response, "enrolment_token", token->id, token->company,
			 SV_NONE) == 0)
		response->status = 204;
	return HTTP_DONE;
}
