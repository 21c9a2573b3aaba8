#include "centre/desk.h"
#include "centre/glance.h"
#include "centre/live.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

#define DAY_US (24 * 60 * 60 * INSTANT_SECOND)
#define DETECTIONS_LOOKED_AT 2000 /* of one company, for the figure of a day; COUNTED_TO of the console */

/* The companies of the actor with an application, in the order of their names. */
static int read_companies(struct http_request *request, struct companies *ret, struct err *err)
{
	const struct sv *allowed;
	struct sv *id;
	struct store_query *query;
	struct buf sql;
	size_t count, n = 0;
	int step;

	if (access_companies(request->worker->records, request->actor, request->route->access,
			     SV_NONE, request->arena, &allowed, &count, err) != 0)
		return -1;
	id = arena_zalloc(request->arena, count + 1, sizeof *id);
	if (!id)
		return err_set(err, ERR_TOO_LARGE, "too many companies");
	buf_init(&sql, 1024);
	buf_printf(&sql, "SELECT DISTINCT c.id, c.name_kana FROM company c JOIN participation p"
			 " ON p.company = c.id WHERE p.application IS NOT NULL"
			 " AND p.ended_at IS NULL AND c.id IN (");
	sql_in(&sql, 1);
	buf_printf(&sql, ") ORDER BY c.name_kana, c.id");
	buf_put_char(&sql, '\0');
	query = store_query(request->worker->records, sql.p, err);
	buf_done(&sql);
	if (!query)
		return -1;
	sql_bind_in(query, 1, request->arena, allowed, count);
	while ((step = store_step(query, err)) == 1 && n < count)
		id[n++] = arena_dup(request->arena, store_text(query, 0));
	store_done(query);
	*ret = (struct companies){ id, n };
	return step < 0 ? -1 : 0;
}

static struct day today(const struct http_request *request)
{
	return tokyo_of(request->programme_now).day;
}

/* ---- one row ---- */

/* Where the programme's clock was moved, its day lies elsewhere in real time. */
static int count_detections(struct http_request *request, struct sv company, struct day day,
			    uint64_t *ret, struct err *err)
{
	const int64_t shift = request->now.us - request->programme_now.us;
	const struct instant from = { tokyo_instant(day, 0, 0).us + shift };

	return incident_detections_between(request->worker->records, company, from,
					   (struct instant){ from.us + DAY_US },
					   DETECTIONS_LOOKED_AT, ret, err);
}

static int count_silent(struct http_request *request, struct sv company, int64_t *ret,
			struct err *err)
{
	struct store_query *query = store_ask(
		request->worker->records, err,
		"SELECT count(*) FROM device WHERE company = $1 AND state = 'active'"
		" AND COALESCE(seen_at, enrolled_at) < $2",
		STORE_TEXT(company),
		STORE_INT(request->now.us - GLANCE_SILENT_SECONDS * INSTANT_SECOND));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

static void put_count(struct emit *emit, const char *key, bool may, uint64_t count)
{
	emit_key(emit, key);
	if (may)
		emit_number(emit, (int64_t)count);
	else
		emit_nothing(emit);
}

/* What only some roles may see is null for the others. */
static int put_figures(struct emit *emit, struct http_request *request, struct sv company,
		       struct day day, struct err *err)
{
	struct incident_summary incidents;
	uint64_t detections;
	int64_t silent;

	if (count_silent(request, company, &silent, err) != 0 ||
	    count_detections(request, company, day, &detections, err) != 0 ||
	    incident_summary(request->worker->records, company, request->now, &incidents, err) != 0)
		return -1;
	put_count(emit, "devices_silent", reply_may(request, ACCESS_DEVICE_READ, company),
		  (uint64_t)silent);
	put_count(emit, "detections_new", reply_may(request, ACCESS_DETECTION_READ, company),
		  detections);
	put_count(emit, "incidents_open", reply_may(request, ACCESS_INCIDENT_READ, company),
		  incidents.open);
	return 0;
}

static int put_row(struct emit *emit, struct http_request *request,
		   const struct standing *standing, const struct desk_check *check,
		   struct err *err)
{
	emit_object(emit);
	emit_key(emit, "company");
	put_company(emit, request, check->company);
	emit_put_text(emit, "participation", standing->participation);
	emit_key(emit, "checked");
	if (check->at.us == 0) {
		emit_nothing(emit);
	} else {
		emit_object(emit);
		emit_put_time(emit, "at", check->at);
		emit_key(emit, "by");
		put_person(emit, request, check->actor);
		emit_put_text(emit, "note", check->note);
		emit_put_text(emit, "outcome", check->outcome);
		emit_object_end(emit);
	}
	if (put_figures(emit, request, check->company, check->day, err) != 0)
		return -1;
	emit_object_end(emit);
	return 0;
}

/* ---- the day ---- */

static int put_day(struct emit *emit, struct http_request *request,
		   const struct companies *companies, struct day day, struct err *err)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct store *store = request->worker->records;
	char text[DAY_TEXT_MAX];
	int64_t missing = 0;

	emit_object(emit);
	emit_put_text(emit, "day", sv_from(day_format(day, DAY_ISO, text)));
	emit_key(emit, "items");
	emit_array(emit);
	for (size_t i = 0; i < companies->count; i++) {
		struct standing standing;
		struct desk_check check;

		if (standing_of_company(store, catalogue, companies->id[i], request->arena,
					&standing, err) != 0)
			return -1;
		if (!desk_expected(&standing, day))
			continue;
		if (desk_find(store, companies->id[i], day, request->arena, &check, err) != 0 ||
		    put_row(emit, request, &standing, &check, err) != 0)
			return -1;
		missing += check.at.us == 0;
	}
	emit_array_end(emit);
	emit_put_number(emit, "missing", missing);
	emit_object_end(emit);
	return 0;
}

/* A day of the query; false with the response filled. */
static bool read_day(struct http_request *request, struct http_response *response,
		     const char *name, struct day *ret)
{
	const struct sv text = http_value(request, name)->text;

	if (!text.p || day_parse(text, ret))
		return true;
	http_fail(request, response, "bad_form", name);
	return false;
}

enum http_answer route_check_list(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct day day = today(request);
	struct companies companies;
	struct err err = ERR_INIT;

	if (!read_day(request, response, "day", &day))
		return HTTP_DONE;
	if (day_compare(day, today(request)) > 0)
		return http_fail(request, response, "out_of_range", "day");
	if (read_companies(request, &companies, &err) != 0 ||
	    put_day(&emit, request, &companies, day, &err) != 0) {
		buf_clear(&response->body);
		return http_fail_err(request, response, &err);
	}
	return HTTP_DONE;
}

/* ---- days on which nobody looked ---- */

struct missing {
	struct emit *emit;
	size_t count;
};

static int put_missing(struct http_request *request, struct missing *missing,
		       const struct standing *standing, struct sv company, struct day from,
		       struct day to, struct err *err)
{
	const struct day *done;
	size_t count, at = 0;

	if (desk_days(request->worker->records, company, from, to, request->arena, &done, &count,
		      err) != 0)
		return -1;
	for (struct day day = from; day_compare(day, to) <= 0; day = day_add(day, 1)) {
		char text[DAY_TEXT_MAX];

		while (at < count && day_compare(done[at], day) < 0)
			at++;
		if ((at < count && day_compare(done[at], day) == 0) ||
		    !desk_expected(standing, day) || missing->count >= DESK_MISSING_MAX)
			continue;
		missing->count++;
		emit_object(missing->emit);
		emit_key(missing->emit, "company");
		put_company(missing->emit, request, company);
		emit_put_text(missing->emit, "day", sv_from(day_format(day, DAY_ISO, text)));
		emit_object_end(missing->emit);
	}
	return 0;
}

enum http_answer route_check_missing(struct http_request *request, struct http_response *response)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct emit emit = emit_begin(&response->body);
	struct missing missing = { &emit, 0 };
	struct companies companies;
	struct day from, to;
	struct err err = ERR_INIT;

	if (!read_day(request, response, "from", &from) || !read_day(request, response, "to", &to))
		return HTTP_DONE;
	if (to.n - from.n >= DESK_SPAN_DAYS_MAX)
		return http_fail(request, response, "out_of_range", "to");
	if (day_compare(to, today(request)) >= 0) /* today is not over */
		to = day_add(today(request), -1);
	if (read_companies(request, &companies, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < companies.count; i++) {
		struct standing standing;

		if (standing_of_company(request->worker->records, catalogue, companies.id[i],
					request->arena, &standing, &err) != 0 ||
		    put_missing(request, &missing, &standing, companies.id[i], from, to, &err) !=
			    0) {
			buf_clear(&response->body);
			return http_fail_err(request, response, &err);
		}
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- writing ---- */

/* In a transaction: the check of before is what the trail tells of. */
static int write_check(struct http_request *request, const struct desk_check *check,
		       struct sv *ret_reason, struct err *err)
{
	struct store *store = request->worker->records;
	struct desk_check before;

	if (desk_find(store, check->company, check->day, request->arena, &before, err) != 0 ||
	    desk_write(store, check, err) != 0)
		return -1;
	*ret_reason = before.at.us == 0
			      ? check->outcome
			      : arena_printf(request->arena, "changed: %.*s (%.*s) -> %.*s",
					     SV_ARG(before.outcome), SV_ARG(before.note),
					     SV_ARG(check->outcome));
	return 0;
}

enum http_answer route_check_write(struct http_request *request, struct http_response *response)
{
	const struct sv company = body_text(request, "company"), note = body_text(request, "note");
	const struct desk_check check = {
		.company = company, .outcome = body_text(request, "outcome"),
		.note = note.p ? note : SV(""), .actor = request->actor->id,
		.day = today(request), .at = request->programme_now,
	};
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	struct standing standing;
	struct err err = ERR_INIT;
	struct sv reason;

	if (!reply_may(request, request->route->access, company))
		return http_fail(request, response, "not_found", "company");
	if (check.note.n > DESK_NOTE_MAX)
		return http_fail(request, response, "too_long", "note");
	if (standing_of_company(store, worker_catalogue(request->worker), company, request->arena,
				&standing, &err) != 0)
		return http_fail_err(request, response, &err);
	if (!desk_expected(&standing, check.day))
		return http_fail(request, response, "desk_not_serving", "company");
	if (store_begin(store, &err) != 0 || write_check(request, &check, &reason, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "company", company, company, reason) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_CHECK, company, company, false);
	if (put_row(&emit, request, &standing, &check, &err) != 0) {
		buf_clear(&response->body);
		return http_fail_err(request, response, &err);
	}
	return HTTP_DONE;
}
