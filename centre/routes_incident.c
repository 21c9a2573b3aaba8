#include "centre/live.h"
#include "centre/person.h"
#include "centre/put.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* ---- lists ---- */

static unsigned states_of(struct sv text)
{
	enum incident_state state;
	unsigned bits = 0;

	if (!text.p)
		return 0;
	if (incident_state_parse(text, &state))
		return 1U << state;
	for (unsigned i = 0; i < INCIDENT_STATE_COUNT; i++) /* "open" */
		if (incident_is_open((enum incident_state)i))
			bits |= 1U << i;
	return bits;
}

static struct instant instant_of(struct sv text)
{
	struct instant at = { 0 };

	if (text.p)
		instant_parse(text, &at);
	return at;
}

static struct incident_filter filter_of(const struct http_request *request)
{
	const struct sv assignee = http_value(request, "assignee")->text;
	struct incident_filter filter = {
		.states = states_of(http_value(request, "state")->text),
		.device = http_value(request, "device")->text,
		.assignee = sv_eq(assignee, SV("me"))	  ? request->actor->id
			    : sv_eq(assignee, SV("none")) ? SV_NONE
							  : assignee,
		.unassigned = sv_eq(assignee, SV("none")),
		.text = http_value(request, "q")->text,
		.from = instant_of(http_value(request, "from")->text),
		.to = instant_of(http_value(request, "to")->text),
	};

	rule_level_parse(http_value(request, "severity")->text, &filter.level_min);
	incident_order_parse(http_value(request, "order")->text, &filter.order);
	return filter;
}

enum http_answer route_incident_list(struct http_request *request, struct http_response *response)
{
	const struct incident_filter filter = filter_of(request);
	struct emit emit = emit_begin(&response->body);
	struct sv cursor[REPLY_CURSOR_PARTS] = { SV_NONE };
	struct incident_list list;
	struct incident_scope scope;
	struct companies companies;
	struct err err = ERR_INIT;

	if (reply_companies(request, response, &companies) != 0 ||
	    reply_read_cursor(request, response, cursor, 1) < 0)
		return HTTP_DONE;
	scope = reply_scope(&companies);
	if (incident_list(request->worker->records, &scope, &filter, cursor[0],
			  (size_t)http_value(request, "limit")->number, request->arena, &list,
			  &err) != 0)
		return err.code == ERR_FORMAT ? http_fail(request, response, "bad_cursor", "cursor")
					      : http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < list.count; i++)
		put_incident(&emit, request, &list.item[i]);
	emit_array_end(&emit);
	emit_put_or_null(&emit, "next",
			 list.next.n > 0 ? reply_cursor(request->arena, &list.next, 1) : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_incident_counters(struct http_request *request,
					 struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct incident_counts counts;
	struct incident_scope scope;
	struct companies companies;
	struct err err = ERR_INIT;

	if (reply_companies(request, response, &companies) != 0)
		return HTTP_DONE;
	scope = reply_scope(&companies);
	if (incident_counts(request->worker->records, &scope, SV_NONE, &counts, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_put_number(&emit, "open", (int64_t)counts.open);
	emit_put_number(&emit, "total", (int64_t)counts.total);
	emit_key(&emit, "states");
	emit_object(&emit);
	for (unsigned i = 0; i < INCIDENT_STATE_COUNT; i++)
		emit_put_number(&emit, incident_state_name((enum incident_state)i),
				(int64_t)counts.by_state[i]);
	emit_object_end(&emit);
	emit_key(&emit, "severities");
	emit_object(&emit);
	emit_put_number(&emit, "informational",
			(int64_t)(counts.open_by_level[LEVEL_NONE] +
				  counts.open_by_level[LEVEL_INFORMATIONAL]));
	for (unsigned i = LEVEL_LOW; i <= LEVEL_CRITICAL; i++)
		emit_put_number(&emit, rule_level_name((enum rule_level)i),
				(int64_t)counts.open_by_level[i]);
	emit_object_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- one incident ---- */

static int load(struct http_request *request, struct http_response *response,
		struct incident_page *ret)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	struct err err = ERR_INIT;

	if (incident_load(request->worker->records, &scope, request->object->id, request->arena,
			  ret, &err) == 0)
		return 0;
	http_fail_err(request, response, &err);
	return -1;
}

enum http_answer route_incident_show(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct incident_page page;

	if (load(request, response, &page) != 0)
		return HTTP_DONE;
	if (!put_incident_page(&emit, request, &page))
		return http_fail(request, response, "not_found", NULL);
	return HTTP_DONE;
}

enum http_answer route_incident_timeline(struct http_request *request,
					 struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct incident_page page;
	size_t entry = 0, detection = 0;

	if (load(request, response, &page) != 0)
		return HTTP_DONE;
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	while (entry < page.entry_count || detection < page.detection_count) {
		/* What the device saw stands at its own time, before what people did then. */
		if (entry == page.entry_count ||
		    (detection < page.detection_count &&
		     instant_cmp(page.detection[detection].observed, page.entry[entry].at) <= 0))
			put_detection_entry(&emit, &page.detection[detection++]);
		else
			put_entry(&emit, request, &page.entry[entry++]);
	}
	emit_array_end(&emit);
	emit_put_truth(&emit, "cut", page.more);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_incident_detections(struct http_request *request,
					   struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct incident_page page;

	if (load(request, response, &page) != 0)
		return HTTP_DONE;
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < page.detection_count; i++)
		put_detection(&emit, request, &page.detection[i], true);
	emit_array_end(&emit);
	emit_put_truth(&emit, "cut", page.more);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_incident_candidates(struct http_request *request,
					   struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct person_row *row;
	struct err err = ERR_INIT;
	size_t count;

	if (person_candidates(request->worker->records, ACCESS_INCIDENT_WRITE, request->object,
			      request->arena, &row, &count, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(&emit);
		emit_put_text(&emit, "id", row[i].id);
		emit_put_text(&emit, "name", row[i].name);
		emit_object_end(&emit);
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- changes ---- */

/* Commits, tells the listeners, and answers with the incident as it is now. */
static enum http_answer changed(struct http_request *request, struct http_response *response,
				struct sv reason)
{
	const struct access_object *incident = request->object;
	struct emit emit = emit_begin(&response->body);
	struct incident_page page;

	if (reply_commit(request, response, "incident", incident->id, incident->company, reason) !=
	    0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_INCIDENT, incident->company, incident->id, false);
	if (load(request, response, &page) == 0)
		put_incident(&emit, request, &page.incident);
	return HTTP_DONE;
}

static enum http_answer not_changed(struct http_request *request, struct http_response *response,
				    const struct err *err)
{
	if (err->code != ERR_CONFLICT)
		return reply_undo(request, response, err);
	store_rollback(request->worker->records);
	return http_fail(request, response, "changed_meanwhile", NULL);
}

static uint64_t version_of(const struct http_request *request)
{
	return (uint64_t)json_integer_value(json_object_get(request->json, "version"));
}

static bool is_candidate(struct http_request *request, struct sv person, struct err *err)
{
	const struct person_row *row;
	size_t count;

	if (person_candidates(request->worker->records, ACCESS_INCIDENT_WRITE, request->object,
			      request->arena, &row, &count, err) != 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (sv_eq(row[i].id, person))
			return true;
	return false;
}

enum http_answer route_incident_assign(struct http_request *request, struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	struct sv person = body_text(request, "person");
	struct err err = ERR_INIT;

	if (person.p && !is_candidate(request, person, &err))
		return err.code == ERR_OK ? http_fail(request, response, "unknown_person", "person")
					  : http_fail_err(request, response, &err);
	if (!person.p)
		person = SV("");
	if (store_begin(request->worker->records, &err) != 0 ||
	    incident_assign(request->worker->records, &scope, request->object->id,
			    version_of(request), person, request->actor->id, request->now,
			    &err) != 0)
		return not_changed(request, response, &err);
	return changed(request, response, person);
}

/* What keeps it from being closed, as the key of a problem; NULL: nothing. */
static const char *obstacle_of(struct http_request *request, const struct incident_scope *scope,
			       struct err *err)
{
	static const char *const key[] = {
		[INCIDENT_CLOSABLE] = NULL,
		[INCIDENT_NEEDS_JUDGEMENT] = "incident_unjudged",
		[INCIDENT_NEEDS_STORY] = "incident_untold",
	};
	struct incident_page page;

	if (incident_load(request->worker->records, scope, request->object->id, request->arena,
			  &page, err) != 0 ||
	    !incident_transition(page.incident.state, INCIDENT_CLOSED))
		return NULL; /* the change itself says why */
	return key[incident_obstacle(page.incident.judgement, page.incident.told)];
}

enum http_answer route_incident_set_state(struct http_request *request,
					  struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	const struct sv text = body_text(request, "state"), reason = body_text(request, "reason");
	enum incident_state state = INCIDENT_NEW;
	const char *obstacle = NULL;
	struct err err = ERR_INIT;

	incident_state_parse(text, &state);
	if (state == INCIDENT_FALSE_POSITIVE && !reason.p)
		return http_fail(request, response, "reason_needed", "reason");
	if (state == INCIDENT_CLOSED)
		obstacle = obstacle_of(request, &scope, &err);
	if (obstacle)
		return http_fail(request, response, obstacle, NULL);
	if (store_begin(request->worker->records, &err) != 0 ||
	    incident_set_state(request->worker->records, &scope, request->object->id,
			       version_of(request), state, reason.p ? reason : SV(""),
			       request->actor->id, request->now, &err) != 0)
		return not_changed(request, response, &err);
	return changed(request, response,
		       arena_printf(request->arena, "%.*s: %.*s", SV_ARG(text), SV_ARG(reason)));
}

enum http_answer route_incident_note(struct http_request *request, struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	const struct access_object *incident = request->object;
	const struct sv text = body_text(request, "text");
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;

	if (store_begin(request->worker->records, &err) != 0 ||
	    incident_note(request->worker->records, &scope, incident->id, text, request->actor->id,
			  request->now, &err) != 0)
		return not_changed(request, response, &err);
	if (reply_commit(request, response, "incident", incident->id, incident->company, SV_NONE) !=
	    0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_INCIDENT, incident->company, incident->id, false);
	put_note(&emit, request,
		 &(struct incident_entry){
			 .at = request->now, .actor = request->actor->id, .text = text });
	response->status = 201;
	return HTTP_DONE;
}
