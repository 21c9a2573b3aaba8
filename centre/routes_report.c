#include "centre/live.h"
#include "centre/reply.h"
#include "centre/reports.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "report/report.h"

#define PROGRAMMES_MAX 64

/* ---- as JSON ---- */

static const char columns[] =
	"r.id, r.company, r.number, r.months, r.from_day, r.to_day, r.made_at, r.pages, r.bytes,"
	" r.read_at";

static void put_day(struct emit *emit, const char *key, int64_t day)
{
	char text[DAY_TEXT_MAX];

	emit_put_text(emit, key,
		      sv_from(day_format((struct day){ (int32_t)day }, DAY_ISO, text)));
}

/* The members of Report, without the braces. */
static void put_members(struct emit *emit, const struct http_request *request,
			struct store_query *query)
{
	emit_put_text(emit, "id", store_text(query, 0));
	emit_key(emit, "company");
	put_company(emit, request, store_text(query, 1));
	emit_put_number(emit, "number", store_int(query, 2));
	emit_put_number(emit, "of", store_int(query, 3));
	put_day(emit, "from", store_int(query, 4));
	put_day(emit, "to", store_int(query, 5));
	emit_put_time(emit, "made", (struct instant){ store_int(query, 6) });
	emit_put_number(emit, "pages", store_int(query, 7));
	emit_put_number(emit, "bytes", store_int(query, 8));
	emit_put_time(emit, "read", (struct instant){ store_int(query, 9) });
}

/* Ids are made in the order of time. last: of the row that is the next page's first. */
static int put_rows(struct emit *emit, const struct http_request *request,
		    struct store_query *query, size_t limit, struct sv *last, struct err *err)
{
	size_t n = 0;
	int step = 0;

	*last = SV_NONE;
	emit_array(emit);
	while (query && (step = store_step(query, err)) == 1) {
		if (n++ == limit)
			break;
		emit_object(emit);
		put_members(emit, request, query);
		emit_object_end(emit);
		*last = arena_dup(request->arena, store_text(query, 0));
	}
	emit_array_end(emit);
	if (n <= limit)
		*last = SV_NONE;
	return query == NULL || step < 0 ? -1 : 0;
}

int put_reports_of_company(struct emit *emit, struct http_request *request, struct sv company,
			   size_t limit, struct err *err)
{
	struct store_query *query;
	struct sv last;
	struct buf sql;
	int r;

	buf_init(&sql, 1024);
	buf_printf(&sql, "SELECT %s FROM report r WHERE r.company = $1 ORDER BY r.id DESC LIMIT $2%c",
		   columns, '\0');
	query = store_ask(request->worker->records, err, sql.p, STORE_TEXT(company), STORE_INT(limit));
	buf_done(&sql);
	r = put_rows(emit, request, query, limit, &last, err);
	store_done(query);
	return r;
}

/* ---- the list ---- */

/*
 * Of a programme that the actor works for, also after a company's participation
 * has ended; a token for one company sees that one of them.
 */
static int find_programmes(struct http_request *request, struct companies *ret, struct err *err)
{
	struct store *records = request->worker->records;
	struct sv *id = arena_zalloc(request->arena, PROGRAMMES_MAX, sizeof *id);
	struct store_query *query =
		store_query(records, "SELECT id FROM programme ORDER BY id DESC", err);
	size_t n = 0;
	int r = id == NULL || query == NULL ? -1 : 1;

	while (r == 1 && n < PROGRAMMES_MAX && (r = store_step(query, err)) == 1) {
		const struct sv one = arena_dup(request->arena, store_text(query, 0));
		struct access_object object;

		r = access_load(records, OBJECT_PROGRAMME, one, request->arena, &object, err);
		object.company = request->actor->only_company;
		if (r == 1 && access_may(request->actor, request->route->access, &object))
			id[n++] = one;
		r = r < 0 ? -1 : 1;
	}
	store_done(query);
	*ret = (struct companies){ id, n };
	return r < 0 ? -1 : 0;
}

/* The actor's own companies: not those of a programme, which may be in another's, too. */
static struct companies find_own(struct http_request *request)
{
	const struct actor *actor = request->actor;
	struct sv *id = arena_zalloc(request->arena, actor->grant_count + 1, sizeof *id);
	size_t n = 0;

	for (size_t i = 0; id && i < actor->grant_count; i++) {
		const struct sv company = actor->grant[i].company;
		const struct access_object object = { .kind = OBJECT_COMPANY, .id = company,
						      .company = company };

		if (company.n > 0 && access_may(actor, request->route->access, &object))
			id[n++] = company;
	}
	return (struct companies){ id, n };
}

static struct store_query *ask_list(struct http_request *request, struct sv cursor, size_t limit,
				    struct err *err)
{
	const struct sv asked = http_value(request, "company")->text,
			only = request->actor->only_company;
	const struct companies own = find_own(request);
	struct companies programmes;
	struct store_query *query;
	struct buf sql;

	if (find_programmes(request, &programmes, err) != 0)
		return NULL;
	buf_init(&sql, 2048);
	buf_printf(&sql, "SELECT %s FROM report r WHERE (r.company IN (", columns);
	sql_in(&sql, 1);
	buf_put_sv(&sql, SV(") OR r.participation IN (SELECT p.id FROM participation p"
			    " WHERE p.programme IN ("));
	sql_in(&sql, 2);
	buf_put_sv(&sql, SV("))) AND ($3 IS NULL OR r.id < $3)"
			    " AND ($5 IS NULL OR r.company = $5) AND ($6 IS NULL OR r.company = $6)"
			    " ORDER BY r.id DESC LIMIT $4"));
	buf_put_char(&sql, '\0');
	query = store_query(request->worker->records, sql.p, err);
	buf_done(&sql);
	if (query == NULL)
		return NULL;
	sql_bind_in(query, 1, request->arena, own.id, own.count);
	sql_bind_in(query, 2, request->arena, programmes.id, programmes.count);
	store_bind_text(query, 3, cursor.n > 0 ? cursor : SV_NONE);
	store_bind_int(query, 4, (int64_t)limit + 1);
	store_bind_text(query, 5, asked.n > 0 ? asked : SV_NONE);
	store_bind_text(query, 6, only.n > 0 ? only : SV_NONE);
	return query;
}

enum http_answer route_report_list(struct http_request *request, struct http_response *response)
{
	const size_t limit = (size_t)http_value(request, "limit")->number;
	struct sv cursor[REPLY_CURSOR_PARTS] = { SV_NONE }, last;
	struct emit emit = emit_begin(&response->body);
	struct companies companies;
	struct err err = ERR_INIT;
	struct store_query *query;
	int r;

	if (reply_read_cursor(request, response, cursor, 1) < 0 ||
	    reply_companies(request, response, &companies) != 0)
		return HTTP_DONE;
	query = ask_list(request, cursor[0], limit, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	r = put_rows(&emit, request, query, limit, &last, &err);
	store_done(query);
	if (r != 0)
		return http_fail_err(request, response, &err);
	emit_put_or_null(&emit, "next",
			 last.n > 0 ? reply_cursor(request->arena, &last, 1) : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- one ---- */

/* with_figures: as ReportDetail. */
static enum http_answer answer_one(struct http_request *request, struct http_response *response,
				   bool with_figures)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct store_query *query;
	struct buf sql;
	int r;

	buf_init(&sql, 1024);
	buf_printf(&sql, "SELECT %s, r.figures FROM report r WHERE r.id = $1%c", columns, '\0');
	query = store_ask(request->worker->records, &err, sql.p, STORE_TEXT(request->object->id));
	buf_done(&sql);
	r = query == NULL ? -1 : store_step(query, &err);
	if (r == 1) {
		emit_object(&emit);
		put_members(&emit, request, query);
		if (with_figures) {
			emit_key(&emit, "figures");
			emit_raw(&emit, store_text(query, 10));
		}
		emit_object_end(&emit);
	}
	store_done(query);
	if (r < 0)
		return http_fail_err(request, response, &err);
	return r == 0 ? http_fail(request, response, "not_found", NULL) : HTTP_DONE;
}

enum http_answer route_report_show(struct http_request *request, struct http_response *response)
{
	return answer_one(request, response, true);
}

/* What a browser offers as file name: plain letters, whatever the company is called. */
static struct sv file_name(struct http_request *request, struct store_query *query)
{
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];

	day_format((struct day){ (int32_t)store_int(query, 1) }, DAY_ISO, from);
	day_format((struct day){ (int32_t)store_int(query, 2) }, DAY_ISO, to);
	return arena_printf(request->arena, "inline; filename=\"report-%s-%s.pdf\"", from, to);
}

enum http_answer route_report_pdf(struct http_request *request, struct http_response *response)
{
	struct err err = ERR_INIT;
	struct store_query *query =
		store_ask(request->worker->records, &err,
			  "SELECT pdf, from_day, to_day FROM report WHERE id = $1",
			  STORE_TEXT(request->object->id));
	const int r = query == NULL ? -1 : store_step(query, &err);

	if (r == 1) {
		response->content_type = "application/pdf";
		http_add_header(response, "Content-Disposition", file_name(request, query));
		buf_put_sv(&response->body, store_text(query, 0));
	}
	store_done(query);
	if (r < 0)
		return http_fail_err(request, response, &err);
	return r == 0 ? http_fail(request, response, "not_found", NULL) : HTTP_DONE;
}

/* The first time counts, and only the company's own people: staff looks at it, too. */
static bool is_readers_own(const struct http_request *request)
{
	return (access_roles(request->actor, request->object) & 1U << ROLE_OWNER) != 0;
}

enum http_answer route_report_read(struct http_request *request, struct http_response *response)
{
	struct store *records = request->worker->records;
	const struct sv id = request->object->id, company = request->object->company;
	struct err err = ERR_INIT;

	if (!is_readers_own(request))
		return answer_one(request, response, false);
	if (store_begin(records, &err) != 0)
		return http_fail_err(request, response, &err);
	if (store_change(records, &err,
			 "UPDATE report SET read_at = $2, read_by = $3"
			 " WHERE id = $1 AND read_at IS NULL",
			 STORE_TEXT(id), STORE_INT(request->programme_now.us),
			 STORE_TEXT(request->actor->id)) != 0)
		return reply_undo(request, response, &err);
	if (store_changes(records) == 0) {
		store_rollback(records);
		return answer_one(request, response, false);
	}
	if (reply_commit(request, response, "report", id, company, SV_NONE) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_REPORT, company, id, false);
	return answer_one(request, response, false);
}

/* ---- all of a programme ---- */

/*
 * Of each company the participation that devices belong to: others, such as one
 * for visits only, have no events to tell of.
 */
static int wish_all(struct http_request *request, struct sv programme,
		    const struct reports_wish *pattern, size_t *ret_count, struct err *err)
{
	static const char sql[] =
		"SELECT p.id, p.company FROM participation p WHERE p.programme = $1"
		" AND p.since_at < $3 AND (p.ended_at IS NULL OR p.ended_at >= $2)"
		" AND EXISTS (SELECT 1 FROM device d WHERE d.company = p.company"
		"  AND (d.participation = p.id OR d.participation IS NULL))"
		" ORDER BY p.company, p.entitlement_at IS NULL, p.id LIMIT $4";
	struct store *records = request->worker->records;
	struct store_query *query = store_ask(
		records, err, sql, STORE_TEXT(programme),
		STORE_INT(tokyo_instant(pattern->from, 0, 0).us),
		STORE_INT(tokyo_instant(pattern->to, 24, 0).us), STORE_INT(REPORTS_JOB_MAX + 1));
	struct reports_wish wish = *pattern;
	struct sv company = SV("");
	size_t n = 0;
	int r = query == NULL ? -1 : 1;

	while (r == 1 && (r = store_step(query, err)) == 1) {
		if (sv_eq(company, store_text(query, 1)))
			continue;
		company = arena_dup(request->arena, store_text(query, 1));
		wish.participation = arena_dup(request->arena, store_text(query, 0));
		if (n++ == REPORTS_JOB_MAX)
			r = err_set(err, ERR_RANGE, "more than %d reports", REPORTS_JOB_MAX);
		else if (reports_wish(records, &wish, err) != 0)
			r = -1;
	}
	store_done(query);
	*ret_count = n;
	return r < 0 ? -1 : 0;
}

static int add_job(struct http_request *request, struct sv programme, struct day from,
		   struct day to, char ret_id[static UUID_TEXT_MAX], struct err *err)
{
	uuid_format(uuid_v7(request->now), ret_id);
	return store_change(request->worker->records, err,
			    "INSERT INTO report_job (id, programme, from_day, to_day, made_at, actor)"
			    " VALUES ($1, $2, $3, $4, $5, $6)",
			    STORE_TEXT(sv_from(ret_id)), STORE_TEXT(programme), STORE_INT(from.n),
			    STORE_INT(to.n), STORE_INT(request->now.us),
			    STORE_TEXT(request->actor->id));
}

/* Returns 0 or -1 with the response filled. */
static int check_wish(struct http_request *request, struct http_response *response,
		      struct sv programme, struct day from, struct day to)
{
	struct access_object object;
	struct err err = ERR_INIT;
	const int r = access_load(request->worker->records, OBJECT_PROGRAMME, programme,
				  request->arena, &object, &err);

	if (r < 0)
		http_fail_err(request, response, &err);
	else if (r == 0 || !access_may(request->actor, request->route->access, &object))
		http_fail(request, response, "not_found", "programme");
	else if (to.n < from.n || to.n - from.n >= REPORT_DAYS_MAX || from.n < 0)
		http_fail(request, response, "out_of_range", "to");
	else if (from.n > tokyo_of(request->programme_now).day.n)
		http_fail(request, response, "out_of_range", "from");
	else
		return 0;
	return -1;
}

enum http_answer route_report_make(struct http_request *request, struct http_response *response)
{
	const struct sv programme = body_text(request, "programme");
	struct reports_wish pattern = { .now = request->now };
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	char job[UUID_TEXT_MAX];
	size_t count = 0;

	/* Both were checked by the contract. */
	if (!day_parse(body_text(request, "from"), &pattern.from) ||
	    !day_parse(body_text(request, "to"), &pattern.to))
		return http_fail(request, response, "bad_form", "from");
	if (check_wish(request, response, programme, pattern.from, pattern.to) != 0)
		return HTTP_DONE;
	pattern.job = (struct sv){ job, UUID_TEXT_MAX - 1 };
	if (store_begin(request->worker->records, &err) != 0)
		return http_fail_err(request, response, &err);
	if (add_job(request, programme, pattern.from, pattern.to, job, &err) != 0 ||
	    wish_all(request, programme, &pattern, &count, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "report_job", pattern.job, SV_NONE,
			 arena_printf(request->arena, "%zu reports", count)) != 0)
		return HTTP_DONE;
	reports_wake(request->centre->reports);
	response->status = 202;
	emit_object(&emit);
	emit_put_text(&emit, "job", pattern.job);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_report_job(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct store_query *query =
		store_ask(request->worker->records, &err,
			  "SELECT count(*), COALESCE(sum(state = 'done'), 0),"
			  " COALESCE(sum(state = 'failed'), 0) FROM report_wish WHERE job = $1",
			  STORE_TEXT(request->object->id));
	const int r = query == NULL ? -1 : store_step(query, &err);

	if (r == 1) {
		emit_object(&emit);
		emit_put_number(&emit, "total", store_int(query, 0));
		emit_put_number(&emit, "done", store_int(query, 1));
		emit_put_number(&emit, "failed", store_int(query, 2));
		emit_object_end(&emit);
	}
	store_done(query);
	return r == 1 ? HTTP_DONE : http_fail_err(request, response, &err);
}
