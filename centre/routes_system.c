#include "centre/detector.h"
#include "centre/jobs.h"
#include "centre/live.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* ---- figures ---- */

static int64_t count_jobs(const struct http_request *request, struct sv state)
{
	struct store_query *query =
		store_ask(request->worker->records, NULL,
			  "SELECT COUNT(*) FROM job WHERE state = $1", STORE_TEXT(state));
	int64_t count = 0;

	if (query && store_step(query, NULL) == 1)
		count = store_int(query, 0);
	store_done(query);
	return count;
}

static void put_jobs(struct emit *emit, const struct http_request *request)
{
	const struct jobs_statistics jobs = jobs_statistics(request->centre->jobs);

	emit_key(emit, "jobs");
	emit_object(emit);
	emit_put_number(emit, "waiting", count_jobs(request, SV("waiting")));
	emit_put_number(emit, "failed", count_jobs(request, SV("failed")));
	emit_put_number(emit, "done", (int64_t)jobs.done);
	emit_put_number(emit, "put_off", (int64_t)jobs.late);
	emit_object_end(emit);
}

/* What correlations had to leave: rules that say less than they should. */
static void put_correlations(struct emit *emit, const struct http_request *request)
{
	const struct correlator_statistics s =
		request->centre->detector
			? detector_statistics(request->centre->detector).correlations
			: (struct correlator_statistics){ 0 };

	emit_key(emit, "correlations");
	emit_object(emit);
	emit_put_number(emit, "events", (int64_t)s.entries);
	emit_put_number(emit, "hits", (int64_t)s.hits);
	emit_put_number(emit, "late", (int64_t)(s.late + s.late_unscanned));
	emit_put_number(emit, "forgotten_events", (int64_t)s.evicted_entries);
	emit_put_number(emit, "forgotten_groups", (int64_t)s.evicted_keys);
	emit_put_number(emit, "groups", (int64_t)s.keys);
	emit_put_number(emit, "bytes", (int64_t)s.bytes);
	emit_object_end(emit);
}

enum http_answer route_status(struct http_request *request, struct http_response *response)
{
	struct centre *centre = request->centre;
	const struct http_statistics http = http_statistics(centre->http);
	struct ruleset *ruleset = centre_ruleset(centre);
	struct emit emit = emit_begin(&response->body);
	const struct rule_problem *problem;
	struct event_store_size size;
	struct err err = ERR_INIT;

	if (event_store_size(centre->events, &size, &err) != 0) {
		ruleset_unref(ruleset);
		return http_fail_err(request, response, &err);
	}
	emit_object(&emit);
	emit_put_text(&emit, "version", sv_from(centre->version));
	emit_put_time(&emit, "started", centre->started);
	emit_put_time(&emit, "now", request->now);
	emit_put_number(&emit, "rules", ruleset ? (int64_t)ruleset_count(ruleset) : 0);
	emit_put_number(&emit, "rule_problems",
			ruleset ? (int64_t)ruleset_problems(ruleset, &problem) : 0);
	emit_put_number(&emit, "events", (int64_t)size.events);
	emit_put_number(&emit, "event_bytes", (int64_t)size.bytes);
	emit_put_number(&emit, "batches", (int64_t)size.batches);
	emit_put_number(&emit, "duplicates", (int64_t)size.duplicates);
	emit_put_number(&emit, "listeners", live_listeners(centre->live));
	emit_put_number(&emit, "requests", (int64_t)http.requests);
	emit_put_number(&emit, "refused", (int64_t)http.refused);
	emit_put_number(&emit, "failed", (int64_t)http.failed);
	put_jobs(&emit, request);
	put_correlations(&emit, request);
	emit_object_end(&emit);
	ruleset_unref(ruleset);
	return HTTP_DONE;
}

/* ---- rules ---- */

/* Pages of what lies in memory: the cursor is the place to go on. */
static int read_place(struct http_request *request, struct http_response *response, uint64_t *ret)
{
	struct sv cursor[REPLY_CURSOR_PARTS];
	const int given = reply_read_cursor(request, response, cursor, 1);

	*ret = 0;
	if (given < 0)
		return -1;
	if (given == 1 && !sv_to_u64(cursor[0], ret)) {
		http_fail(request, response, "bad_cursor", "cursor");
		return -1;
	}
	return 0;
}

static void put_next(struct emit *emit, struct http_request *request, size_t at, size_t end)
{
	const struct sv text = arena_printf(request->arena, "%zu", at);

	emit_put_or_null(emit, "next", at < end ? reply_cursor(request->arena, &text, 1) : SV_NONE);
}

static void put_list(struct emit *emit, const char *key, const struct sv *item, size_t count)
{
	emit_key(emit, key);
	emit_array(emit);
	for (size_t i = 0; i < count; i++)
		emit_text(emit, item[i]);
	emit_array_end(emit);
}

static void put_rule(struct emit *emit, const struct rule *rule)
{
	emit_object(emit);
	emit_put_text(emit, "id", rule->id);
	emit_put_text(emit, "title", rule->title);
	emit_put_text(emit, "title_ja", rule->title_ja);
	emit_put_text(emit, "description", rule->description);
	emit_put_text(emit, "level", sv_from(rule_level_name(rule->level)));
	emit_put_text(emit, "status", rule->status);
	emit_put_text(emit, "product", rule->product);
	emit_put_text(emit, "category", rule->category);
	emit_put_text(emit, "service", rule->service);
	put_list(emit, "tags", rule->tag, rule->tag_count);
	emit_put_text(emit, "file", rule->file);
	emit_put_number(emit, "line", rule->line);
	emit_object_end(emit);
}

static bool contains(struct sv text, struct sv part)
{
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (sv_eq_case(sv_slice(text, i, i + part.n), part))
			return true;
	return part.n == 0;
}

static bool rule_matches(const struct rule *rule, struct sv q)
{
	return !q.p || contains(rule->title, q) || contains(rule->title_ja, q) ||
	       contains(rule->id, q);
}

enum http_answer route_rule_list(struct http_request *request, struct http_response *response)
{
	struct ruleset *ruleset = centre_ruleset(request->centre);
	const size_t count = ruleset ? ruleset_count(ruleset) : 0;
	const struct sv q = http_value(request, "q")->text;
	size_t left = (size_t)http_value(request, "limit")->number;
	struct emit emit = emit_begin(&response->body);
	uint64_t at;

	if (read_place(request, response, &at) != 0) {
		ruleset_unref(ruleset);
		return HTTP_DONE;
	}
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (; at < count && left > 0; at++) {
		const struct rule *rule = ruleset_rule(ruleset, (size_t)at);

		if (!rule_matches(rule, q))
			continue;
		put_rule(&emit, rule);
		left--;
	}
	emit_array_end(&emit);
	put_next(&emit, request, (size_t)at, count);
	emit_put_text(&emit, "digest", ruleset ? ruleset_digest(ruleset) : SV(""));
	emit_put_number(&emit, "total", (int64_t)count);
	emit_object_end(&emit);
	ruleset_unref(ruleset);
	return HTTP_DONE;
}

enum http_answer route_rule_problems(struct http_request *request, struct http_response *response)
{
	static const char *const kinds[] = {
		[PROBLEM_NOT_COMPILED] = "not_compiled",
		[PROBLEM_NOT_LOADED] = "not_loaded",
		[PROBLEM_SKIPPED] = "skipped",
		[PROBLEM_WARNING] = "warning",
	};
	struct ruleset *ruleset = centre_ruleset(request->centre);
	const struct rule_problem *problem = NULL;
	const size_t count = ruleset ? ruleset_problems(ruleset, &problem) : 0;
	size_t left = (size_t)http_value(request, "limit")->number;
	struct emit emit = emit_begin(&response->body);
	uint64_t at;

	if (read_place(request, response, &at) != 0) {
		ruleset_unref(ruleset);
		return HTTP_DONE;
	}
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (; at < count && left > 0; at++, left--) {
		emit_object(&emit);
		emit_put_text(&emit, "kind", sv_from(kinds[problem[at].kind]));
		emit_put_text(&emit, "file", problem[at].file);
		emit_put_text(&emit, "title", problem[at].title);
		emit_put_number(&emit, "line", problem[at].line);
		emit_put_number(&emit, "column", problem[at].column);
		emit_put_text(&emit, "reason", problem[at].reason);
		emit_object_end(&emit);
	}
	emit_array_end(&emit);
	put_next(&emit, request, (size_t)at, count);
	emit_object_end(&emit);
	ruleset_unref(ruleset);
	return HTTP_DONE;
}

/* ---- changes as they happen ---- */

enum http_answer route_live(struct http_request *request, struct http_response *response)
{
	const struct sv last = http_value(request, "Last-Event-ID")->text;
	const struct live_right *right;
	struct err err = ERR_INIT;
	size_t count;

	if (live_rights(request->worker->records, request->actor, request->arena, &right, &count,
			&err) != 0)
		return http_fail_err(request, response, &err);
	response->stream = live_listen(request->centre->live, request->actor, right, count, last,
				       clock_monotonic_us());
	if (!response->stream)
		return http_fail(request, response, "too_many_listeners", NULL);
	response->content_type = "text/event-stream";
	http_add_header(response, "X-Accel-Buffering", SV("no")); /* nginx passes it on at once */
	return HTTP_DONE;
}
