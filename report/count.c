#include "report/report.h"

#include <string.h>

#include "base/hash.h"
#include "incident/incident.h"
#include "report/clean.h"

#define DAY_US (INT64_C(86400) * INSTANT_SECOND)
#define TOKYO_US (INT64_C(9) * 3600 * INSTANT_SECOND)
#define MEASURES_MAX 64

struct count {
	struct store *store;
	const struct report_frame *frame;
	struct arena *arena;
	struct report_figures *figures;
	int64_t from, end; /* µs; end is not in the period */
	struct report_day *day;
	struct report_device *device;
	struct report_incident *incident;
	size_t stories; /* bytes so far */
	struct err *err;
};

static struct sv keep(struct count *count, struct sv text)
{
	return report_clean(count->arena, text, REPORT_NAME_MAX, false);
}

/* Rows of one query after another. Returns 0 at the end, -1 on error. */
static int each(struct count *count, struct store_query *query,
		int (*row)(struct count *count, struct store_query *query))
{
	int r = query == NULL ? -1 : 1;

	while (r == 1) {
		r = store_step(query, count->err);
		if (r == 1 && row(count, query) != 0)
			r = -1;
	}
	store_done(query);
	return r;
}

static struct report_day *day_at(struct count *count, int64_t day)
{
	const int64_t at = day - count->frame->from.n;

	return at < 0 || at >= (int64_t)count->figures->day_count ? NULL : &count->day[at];
}

/* ---- devices: by name for people, by id for looking up ---- */

static int full(struct count *count)
{
	return err_set(count->err, ERR_TOO_LARGE, "too much for one report");
}

static int take_device(struct count *count, struct store_query *query)
{
	struct report_figures *figures = count->figures;
	const bool active = sv_eq(store_text(query, 4), SV("active"));
	const struct instant enrolled = { store_int(query, 6) };
	struct report_device *device;

	figures->devices += active;
	figures->devices_isolated += active && store_int(query, 5) != 0;
	figures->devices_new += enrolled.us >= count->from;
	if (figures->device_count == REPORT_DEVICES_MAX) {
		figures->devices_more++;
		return 0;
	}
	device = &count->device[figures->device_count++];
	*device = (struct report_device){
		.id = arena_dup(count->arena, store_text(query, 0)),
		.hostname = keep(count, store_text(query, 1)),
		.user = keep(count, store_text(query, 2)),
		.platform = keep(count, store_text(query, 3)),
		.active = active,
		.isolated = active && store_int(query, 5) != 0,
		.enrolled = enrolled,
		.enrolled_in_period = enrolled.us >= count->from,
		.seen = { store_int(query, 7) },
	};
	return device->id.p == NULL || device->hostname.p == NULL ? full(count) : 0;
}

static int compare_id(const void *a, const void *b)
{
	return sv_cmp(((const struct report_device *)a)->id, ((const struct report_device *)b)->id);
}

static struct report_device *device_of(struct count *count, struct sv id)
{
	const struct report_device key = { .id = id };

	if (count->figures->device_count == 0)
		return NULL;
	return bsearch(&key, count->device, count->figures->device_count, sizeof key, compare_id);
}

static int take_users(struct count *count, struct store_query *query)
{
	count->figures->users = (uint32_t)store_int(query, 0);
	return 0;
}

/* Sorted by id until everything that belongs to a device was added. */
static int load_devices(struct count *count)
{
	static const char devices[] =
		"SELECT id, hostname, user_name, platform, state, isolated, enrolled_at, seen_at"
		" FROM device WHERE company = $1 AND enrolled_at < $3"
		" AND (revoked_at IS NULL OR revoked_at >= $2) ORDER BY hostname, id";
	static const char users[] =
		"SELECT count(DISTINCT user_name) FROM device WHERE company = $1"
		" AND state = 'active' AND enrolled_at < $2 AND user_name <> ''";
	const struct sv company = count->frame->company;

	count->device = arena_zalloc(count->arena, REPORT_DEVICES_MAX, sizeof *count->device);
	if (count->device == NULL)
		return full(count);
	count->figures->device = count->device;
	if (each(count,
		 store_ask(count->store, count->err, devices, STORE_TEXT(company),
			   STORE_INT(count->from), STORE_INT(count->end)),
		 take_device) != 0 ||
	    each(count,
		 store_ask(count->store, count->err, users, STORE_TEXT(company),
			   STORE_INT(count->end)),
		 take_users) != 0)
		return -1;
	qsort(count->device, count->figures->device_count, sizeof *count->device, compare_id);
	return 0;
}

/* ---- days ---- */

static int take_events(struct count *count, struct store_query *query)
{
	struct report_day *day = day_at(count, store_int(query, 0));
	struct report_device *device = device_of(count, store_text(query, 1));
	const uint64_t events = (uint64_t)store_int(query, 2);

	if (day == NULL)
		return 0;
	day->events += events;
	count->figures->events += events;
	if (device != NULL) {
		const struct instant end = tokyo_instant((struct day){ day->day.n }, 24, 0);

		device->events += events;
		device->days_heard++;
		/* What the counters know may be newer than what was written down. */
		if (device->seen.us < end.us - DAY_US)
			device->seen.us = end.us - DAY_US;
	}
	return 0;
}

static int take_detections(struct count *count, struct store_query *query)
{
	struct report_day *day = day_at(count, store_int(query, 0));
	struct report_device *device = device_of(count, store_text(query, 2));
	const int64_t level = store_int(query, 1);
	const uint64_t detections = (uint64_t)store_int(query, 3);

	if (day == NULL)
		return 0;
	day->detections += detections;
	count->figures->detections += detections;
	if (level >= 0 && level <= LEVEL_CRITICAL)
		count->figures->by_level[level] += detections;
	if (device != NULL)
		device->detections += detections;
	return 0;
}

static int load_days(struct count *count)
{
	/* In whole numbers; no period lies before 1970, where they round the other way. */
	static const char detections[] =
		"SELECT (observed + $4) / $5, level, device, count(*) FROM incident_detection"
		" WHERE company = $1 AND observed >= $2 AND observed < $3"
		" GROUP BY 1, 2, 3";
	const struct report_frame *frame = count->frame;

	if (each(count,
		 store_ask(count->store, count->err,
			   "SELECT day, device, events FROM event_day"
			   " WHERE company = $1 AND day >= $2 AND day <= $3",
			   STORE_TEXT(frame->company), STORE_INT(frame->from.n),
			   STORE_INT(frame->to.n)),
		 take_events) != 0)
		return -1;
	return each(count,
		    store_ask(count->store, count->err, detections, STORE_TEXT(frame->company),
			      STORE_INT(count->from), STORE_INT(count->end), STORE_INT(TOKYO_US),
			      STORE_INT(DAY_US)),
		    take_detections);
}

/* ---- incidents ---- */

static int judged(int64_t judgement)
{
	return judgement == INCIDENT_REAL ? 1 : judgement == INCIDENT_NOT_REAL ? 0 : -1;
}

static void count_incident(struct count *count, const struct report_incident *incident)
{
	struct report_figures *figures = count->figures;
	struct report_day *day = day_at(count, tokyo_of(incident->first).day.n);

	figures->incidents_open += incident->closed.us == 0;
	figures->incidents_carried += incident->carried;
	if (incident->carried)
		return;
	figures->incidents++;
	figures->incidents_real += incident->judged == 1;
	figures->incidents_not_real += incident->judged == 0;
	figures->incidents_unjudged += incident->judged < 0;
	if (day != NULL)
		day->incidents++;
}

/* Stories past the sum are cut, never left out. */
static struct sv keep_story(struct count *count, struct sv story)
{
	const size_t left = REPORT_STORIES_MAX - count->stories;
	const size_t max = left > REPORT_STORY_MAX ? REPORT_STORY_MAX : left;
	const struct sv kept = report_clean(count->arena, story, max, true);

	count->stories += kept.n < left ? kept.n : left;
	return kept;
}

/* 0 id, 1 number, 2 title, 3 title_ja, 4 host, 5 level, 6 state, 7 first, 8 opened, 9 closed, … */
static int take_incident(struct count *count, struct store_query *query)
{
	struct report_figures *figures = count->figures;
	const bool japanese = !count->frame->english && store_text(query, 3).n > 0;
	const bool open = incident_is_open((enum incident_state)store_int(query, 6));
	const int64_t closed = store_int(query, 9) > 0 ? store_int(query, 9) : store_int(query, 14);
	struct report_incident incident = {
		.number = (uint64_t)store_int(query, 1),
		.level = (enum rule_level)store_int(query, 5),
		.first = { store_int(query, 7) },
		.opened = { store_int(query, 8) },
		.closed = { open ? 0 : closed },
		.judged = judged(store_int(query, 10)),
		.carried = store_int(query, 7) < count->from,
		.detections = (uint64_t)store_int(query, 13),
	};

	count_incident(count, &incident);
	if (figures->incident_count == REPORT_INCIDENTS_MAX)
		return 0;
	incident.id = arena_dup(count->arena, store_text(query, 0));
	incident.title = keep(count, store_text(query, japanese ? 3 : 2));
	incident.host = keep(count, store_text(query, 4));
	incident.story = keep_story(count, store_text(query, 11));
	incident.tactics = keep(count, store_text(query, 12));
	if (incident.id.p == NULL || incident.tactics.p == NULL)
		return full(count);
	count->incident[figures->incident_count++] = incident;
	return 0;
}

/* "isolate release": each kind once, in the order of being done. */
static int load_measures(struct count *count, struct report_incident *incident)
{
	struct store_query *query =
		store_ask(count->store, count->err,
			  "SELECT a.kind FROM incident i JOIN incident_action a ON a.incident = i.row"
			  " WHERE i.id = $1 AND a.state = $2 ORDER BY a.finished, a.row LIMIT $3",
			  STORE_TEXT(incident->id), STORE_INT(ACTION_DONE), STORE_INT(MEASURES_MAX));
	unsigned seen = 0;
	struct buf words;
	int r = query == NULL ? -1 : 1;

	buf_init(&words, REPORT_NAME_MAX);
	while (r == 1 && (r = store_step(query, count->err)) == 1) {
		const int64_t kind = store_int(query, 0);

		if (kind < 0 || kind >= ACTION_KIND_COUNT || (seen & 1U << kind))
			continue;
		seen |= 1U << kind;
		buf_printf(&words, "%s%s", words.n > 0 ? " " : "",
			   action_kind_name((enum action_kind)kind));
	}
	store_done(query);
	incident->measures = words.n > 0 ? arena_dup(count->arena, buf_sv(&words)) : SV("");
	buf_done(&words);
	return r < 0 || incident->measures.p == NULL ? -1 : 0;
}

static int load_incidents(struct count *count)
{
	static const char incidents[] =
		"SELECT id, number, title, title_ja, COALESCE(NULLIF(host, ''),"
		" (SELECT hostname FROM device WHERE device.id = incident.device), ''),"
		" level, state, first, opened, closed,"
		" judgement, story, tactics, detections, updated FROM incident"
		" WHERE company = $1 AND first < $3 AND (first >= $2 OR state NOT IN ($4, $5))"
		" ORDER BY first, row";

	count->incident = arena_zalloc(count->arena, REPORT_INCIDENTS_MAX, sizeof *count->incident);
	if (count->incident == NULL)
		return full(count);
	count->figures->incident = count->incident;
	if (each(count,
		 store_ask(count->store, count->err, incidents, STORE_TEXT(count->frame->company),
			   STORE_INT(count->from), STORE_INT(count->end), STORE_INT(INCIDENT_CLOSED),
			   STORE_INT(INCIDENT_FALSE_POSITIVE)),
		 take_incident) != 0)
		return -1;
	for (size_t i = 0; i < count->figures->incident_count; i++) {
		if (load_measures(count, &count->incident[i]) != 0)
			return -1;
	}
	return 0;
}

static int take_actions(struct count *count, struct store_query *query)
{
	const int64_t kind = store_int(query, 0);
	const uint64_t done = (uint64_t)store_int(query, 1);

	count->figures->actions += done;
	if (kind == ACTION_ISOLATE || kind == ACTION_KILL)
		count->figures->blocked += done;
	return 0;
}

/* What the desk did, not what ends a trial. */
static int load_actions(struct count *count)
{
	static const char actions[] =
		"SELECT a.kind, count(*) FROM device d JOIN incident_action a ON a.device = d.id"
		" WHERE d.company = $1 AND a.company = $1 AND a.state = $4 AND a.finished >= $2"
		" AND a.finished < $3 AND a.kind IN ($5, $6, $7, $8) GROUP BY a.kind";

	return each(count,
		    store_ask(count->store, count->err, actions, STORE_TEXT(count->frame->company),
			      STORE_INT(count->from), STORE_INT(count->end), STORE_INT(ACTION_DONE),
			      STORE_INT(ACTION_ISOLATE), STORE_INT(ACTION_RELEASE),
			      STORE_INT(ACTION_KILL), STORE_INT(ACTION_COLLECT)),
		    take_actions);
}

/* ---- daily checks ---- */

struct checks {
	bool done[REPORT_DAYS_MAX];
};

static int load_checks(struct count *count)
{
	const struct report_frame *frame = count->frame;
	struct report_figures *figures = count->figures;
	struct checks checks = { { false } };
	struct store_query *query;
	char text[DAY_TEXT_MAX];
	struct buf missed;
	int r;

	figures->missed_days = SV("");
	if (!frame->checked_daily)
		return 0;
	query = store_ask(count->store, count->err,
			  "SELECT day FROM daily_check WHERE company = $1 AND day >= $2 AND day <= $3",
			  STORE_TEXT(frame->company), STORE_INT(frame->from.n),
			  STORE_INT(frame->to.n));
	if (query == NULL)
		return -1;
	while ((r = store_step(query, count->err)) == 1)
		checks.done[store_int(query, 0) - frame->from.n] = true;
	store_done(query);
	buf_init(&missed, REPORT_DAYS_MAX * 11);
	for (size_t i = 0; i < figures->day_count; i++) {
		const struct day day = day_add(frame->from, (int32_t)i);

		figures->checks_done += checks.done[i];
		/* Today can still be looked at. */
		if (!checks.done[i] && day.n >= tokyo_of(frame->made).day.n)
			continue;
		figures->checks_expected++;
		if (!checks.done[i])
			buf_printf(&missed, "%s%s", missed.n > 0 ? " " : "",
				   day_format(day, DAY_ISO, text));
	}
	figures->checks_missed = figures->checks_expected - figures->checks_done;
	if (missed.n > 0)
		figures->missed_days = arena_dup(count->arena, buf_sv(&missed));
	buf_done(&missed);
	return r < 0 || figures->missed_days.p == NULL ? -1 : 0;
}

/* ---- all of it ---- */

static int make_days(struct count *count)
{
	const struct report_frame *frame = count->frame;
	const int64_t n = (int64_t)frame->to.n - frame->from.n + 1;

	if (n < 1 || n > REPORT_DAYS_MAX || frame->from.n < 0)
		return err_set(count->err, ERR_RANGE, "a report is of 1 to %d days", REPORT_DAYS_MAX);
	count->day = arena_zalloc(count->arena, (size_t)n, sizeof *count->day);
	if (count->day == NULL)
		return full(count);
	for (int32_t i = 0; i < n; i++)
		count->day[i].day = day_add(frame->from, i);
	count->figures->day = count->day;
	count->figures->day_count = (size_t)n;
	return 0;
}

static int compare_name(const void *a, const void *b)
{
	const struct report_device *one = a, *other = b;
	const int order = sv_cmp(one->hostname, other->hostname);

	return order != 0 ? order : sv_cmp(one->id, other->id);
}

/* Silent: no event on the last days of the period, as far as they are over. */
static void finish_devices(struct count *count)
{
	const int64_t now = count->frame->now.us;
	const int64_t end = count->end < now ? count->end : now;

	for (size_t i = 0; i < count->figures->device_count; i++) {
		struct report_device *device = &count->device[i];
		const int64_t last = device->seen.us > device->enrolled.us ? device->seen.us
									   : device->enrolled.us;

		device->silent = device->active && last < end - REPORT_SILENT_DAYS * DAY_US;
		count->figures->devices_silent += device->silent;
	}
	qsort(count->device, count->figures->device_count, sizeof *count->device, compare_name);
}

static int count_all(struct count *count)
{
	if (make_days(count) != 0 || load_devices(count) != 0 || load_days(count) != 0 ||
	    load_incidents(count) != 0 || load_actions(count) != 0 || load_checks(count) != 0)
		return -1;
	finish_devices(count);
	return 0;
}

static void keep_frame(struct count *count, struct report_frame *frame)
{
	struct sv *const text[] = { &frame->company, &frame->company_name, &frame->participation,
				    &frame->programme_name, &frame->course_name, &frame->office_name,
				    &frame->office_telephone, &frame->office_mail,
				    &frame->office_hours };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		*text[i] = keep(count, *text[i]);
}

int report_count(struct store *records, const struct report_frame *frame, struct arena *arena,
		 struct report *ret, struct err *err)
{
	struct report report = { .frame = *frame };
	struct count count = {
		.store = records, .frame = &report.frame, .arena = arena, .figures = &report.figures,
		.from = tokyo_instant(frame->from, 0, 0).us, .end = tokyo_instant(frame->to, 24, 0).us,
		.err = err,
	};
	const bool own = !store_in_transaction(records);
	int r;

	keep_frame(&count, &report.frame);
	if (own && store_begin_read(records, err) != 0)
		return -1;
	r = count_all(&count);
	if (own)
		store_rollback(records);
	if (r != 0)
		return err_wrap(err, "figures of a report");
	report_advise(&report, arena);
	*ret = report;
	return 0;
}
