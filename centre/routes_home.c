#include "centre/desk.h"
#include "centre/entitlement.h"
#include "centre/glance.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/reports.h"
#include "centre/route.h"
#include "centre/routes.h"

#define REPORTS_SHOWN 3

struct home {
	struct sv company;
	struct standing standing;
	struct glance_facts facts;
	struct incident_summary incidents;
	struct entitlement_limits limits;
	bool started, has_end;
	struct day today, from, to; /* of the trial */
	struct instant last_check;
};

/* ---- counting ---- */

static int count_devices(struct http_request *request, struct home *home, struct err *err)
{
	const struct sv newest = sv_from(request->centre->version);
	struct glance_facts *facts = &home->facts;
	struct store_query *query = store_ask(
		request->worker->records, err,
		"SELECT agent_version, count(*), COALESCE(sum(isolated), 0),"
		" COALESCE(sum(COALESCE(seen_at, enrolled_at) < $2), 0),"
		" COALESCE(sum(licence = 'off'), 0) FROM device"
		" WHERE company = $1 AND state = 'active' GROUP BY agent_version",
		STORE_TEXT(home->company),
		STORE_INT(request->now.us - GLANCE_SILENT_SECONDS * INSTANT_SECOND));
	int step = query ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1) {
		const uint32_t count = (uint32_t)store_int(query, 1);

		facts->devices += count;
		facts->isolated += (uint32_t)store_int(query, 2);
		facts->silent += (uint32_t)store_int(query, 3);
		facts->without_licence += (uint32_t)store_int(query, 4);
		if (glance_version_is_older(store_text(query, 0), newest))
			facts->outdated += count;
	}
	store_done(query);
	return step < 0 ? -1 : 0;
}

static struct instant month_start(struct instant now)
{
	const struct civil civil = day_to_civil(tokyo_of(now).day);

	return tokyo_instant(day_from_civil(civil.year, civil.month, 1), 0, 0);
}

static void read_trial(struct home *home)
{
	const struct application_state *is = &home->standing.application.is;
	struct glance_facts *facts = &home->facts;

	facts->by_application = home->standing.known;
	facts->participates = home->standing.known || home->standing.participation.n > 0;
	if (!home->standing.known) {
		facts->over = facts->participates && !home->standing.running;
		return;
	}
	facts->confirmed = is->mark[MARK_CONFIRMED].us != 0;
	home->started = is->mark[MARK_INSTALLED].us != 0;
	if (home->started)
		home->from = tokyo_of(is->mark[MARK_INSTALLED]).day;
	home->has_end = programme_trial_end(home->standing.entry->programme, is, &home->to);
	facts->over = is->mark[MARK_ENDED].us != 0 ||
		      (home->has_end && day_compare(home->today, home->to) > 0) ||
		      (home->standing.participation.n > 0 && !home->standing.running);
}

/* did the desk look yesterday? */
static int read_check(struct http_request *request, struct home *home, struct err *err)
{
	const struct day yesterday = day_add(home->today, -1);
	struct store *store = request->worker->records;
	struct desk_check check;

	if (desk_last(store, home->company, &home->last_check, err) != 0 ||
	    desk_find(store, home->company, yesterday, request->arena, &check, err) != 0)
		return -1;
	home->facts.check_missing = desk_expected(&home->standing, yesterday) && check.at.us == 0;
	return 0;
}

/* May a first device be enrolled? Asked of the same rule that answers at enrolment. */
static int read_entitlement(struct http_request *request, struct home *home, struct err *err)
{
	struct refused refused;
	const int r = entitlement_ask(request->worker->records, &home->standing, SV(""),
				      request->programme_now, &refused, err);

	home->facts.entitled = home->facts.devices > 0 || r == 0;
	return r < 0 ? -1
		     : entitlement_limits(request->worker->records, &home->standing,
					  &home->limits, err);
}

static int count(struct http_request *request, struct home *home, struct err *err)
{
	struct store *store = request->worker->records;

	home->today = tokyo_of(request->programme_now).day;
	if (standing_of_company(store, worker_catalogue(request->worker), home->company,
				request->arena, &home->standing, err) != 0 ||
	    count_devices(request, home, err) != 0)
		return -1;
	read_trial(home);
	if (read_check(request, home, err) != 0 || read_entitlement(request, home, err) != 0 ||
	    incident_summary(store, home->company, month_start(request->now), &home->incidents,
			     err) != 0)
		return -1;
	home->facts.incidents_open = (uint32_t)home->incidents.open;
	home->facts.incidents_real = (uint32_t)home->incidents.open_real;
	return 0;
}

/* ---- saying ---- */

static void put_limit(struct emit *emit, const char *key, uint32_t limit)
{
	emit_key(emit, key);
	if (limit > 0)
		emit_number(emit, limit);
	else
		emit_nothing(emit);
}

static void put_day(struct emit *emit, const char *key, bool known, struct day day)
{
	char text[DAY_TEXT_MAX];

	emit_put_or_null(emit, key, known ? sv_from(day_format(day, DAY_ISO, text)) : SV_NONE);
}

static void put_glance(struct emit *emit, const struct home *home)
{
	const struct glance glance = glance_of(&home->facts);

	emit_put_text(emit, "state", sv_from(glance_state_name(glance.state)));
	emit_key(emit, "reasons");
	emit_array(emit);
	for (unsigned i = 0; i < GLANCE_REASON_COUNT; i++)
		if (glance.reasons >> i & 1)
			emit_text(emit, sv_from(glance_reason_name((enum glance_reason)i)));
	emit_array_end(emit);
}

static void put_figures(struct emit *emit, const struct home *home)
{
	emit_key(emit, "devices");
	emit_object(emit);
	emit_put_number(emit, "active", home->facts.devices);
	emit_put_number(emit, "offline", home->facts.silent);
	emit_put_number(emit, "isolated", home->facts.isolated);
	put_limit(emit, "limit_users", home->limits.users);
	put_limit(emit, "limit_devices_per_user", home->limits.devices_per_user);
	emit_object_end(emit);
	emit_key(emit, "incidents");
	emit_object(emit);
	emit_put_number(emit, "open", (int64_t)home->incidents.open);
	emit_put_number(emit, "this_month", (int64_t)home->incidents.since);
	emit_object_end(emit);
	emit_put_time(emit, "last_check", home->last_check);
}

/* day and night within the trial; before and after it the office and its hours. */
static void put_desk(struct emit *emit, const struct http_request *request,
		     const struct home *home)
{
	const bool serves = standing_desk_serves(&home->standing, request->programme_now);
	const struct programme_office *office =
		home->standing.known ? &programme_facts(home->standing.entry->programme)->office
				     : NULL;
	struct sv hours = SV("");

	if (office && serves)
		hours = request->language == LANGUAGE_EN ? SV("24 hours, every day")
							 : SV("24時間365日");
	else if (office)
		hours = text_of(request, office->hours);
	emit_key(emit, "desk");
	emit_object(emit);
	emit_put_text(emit, "name", office ? text_of(request, office->name) : SV(""));
	emit_put_text(emit, "telephone", office ? office->telephone : SV(""));
	emit_put_text(emit, "hours", hours);
	emit_put_text(emit, "office_hours", office ? text_of(request, office->hours) : SV(""));
	emit_put_truth(emit, "serves", serves);
	emit_object_end(emit);
}

static void put_trial(struct emit *emit, const struct home *home)
{
	const int32_t left = home->has_end ? home->to.n - home->today.n : 0;

	emit_key(emit, "trial");
	emit_object(emit);
	put_day(emit, "from", home->started, home->from);
	put_day(emit, "to", home->has_end, home->to);
	emit_key(emit, "days_left");
	if (home->has_end)
		emit_number(emit, left > 0 ? left : 0);
	else
		emit_nothing(emit);
	emit_object_end(emit);
}

static int put_home(struct emit *emit, struct http_request *request, const struct home *home,
		    struct err *err)
{
	const struct standing *standing = &home->standing;

	emit_object(emit);
	emit_key(emit, "company");
	put_company(emit, request, home->company);
	put_glance(emit, home);
	emit_key(emit, "application");
	if (!standing->known)
		emit_nothing(emit);
	else if (put_application_detail(emit, request, standing->entry, &standing->application,
					err) != 0)
		return -1;
	put_figures(emit, home);
	emit_key(emit, "reports");
	if (put_reports_of_company(emit, request, home->company, REPORTS_SHOWN, err) != 0)
		return -1;
	put_desk(emit, request, home);
	put_trial(emit, home);
	emit_object_end(emit);
	return 0;
}

enum http_answer route_home(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct home home = { .started = false };
	struct companies companies;
	struct err err = ERR_INIT;

	if (reply_companies(request, response, &companies) != 0)
		return HTTP_DONE;
	if (companies.count == 0)
		return http_fail(request, response, "not_found", NULL);
	home.company = companies.id[0];
	if (count(request, &home, &err) == 0 && put_home(&emit, request, &home, &err) == 0)
		return HTTP_DONE;
	buf_clear(&response->body);
	return http_fail_err(request, response, &err);
}
