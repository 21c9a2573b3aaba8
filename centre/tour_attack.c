/* Events of the shown company's devices, and what the desk did about them. */
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/detector.h"
#include "centre/live.h"
#include "centre/tour.h"
#include "centre/tour_cast.h"
#include "detect/detect.h"
#include "incident/incident.h"

#define ARENA_MAX (16U << 20)
#define LINES_MAX (8U << 20)
#define WAIT_MS 20000
#define STEP_MS 5
#define DAY_US (24 * 60 * 60 * INSTANT_SECOND)
#define HOUR_US (60 * 60 * INSTANT_SECOND)
#define QUIET_DAYS 80	  /* so far back ordinary events go */
#define TRIAL_DAYS 91
#define MISSED_DAYS_AGO 8 /* one look that nobody took, so that a gap can be seen */
#define WATCHED_MAX 8
#define QUIET_EVENTS 12	  /* of each device and day */

struct stage {
	struct centre centre;
	struct store *records;
	struct arena *arena;
	const struct tour *tour;
	struct sv desk;
	struct instant now, clock;
	uint64_t sequence;
	struct buf lines;
	size_t count;
	struct sv device[8], hostname[8];
	size_t devices;
};

/* ---- events ---- */

static int find_devices(struct stage *stage, struct err *err)
{
	struct store_query *query = store_ask(
		stage->records, err,
		"SELECT id, hostname FROM device WHERE company = $1 ORDER BY id LIMIT 8",
		STORE_TEXT(sv_from(stage->tour->shown.company)));
	int step = query ? 0 : -1;

	while (query && (step = store_step(query, err)) == 1 && stage->devices < 8) {
		stage->device[stage->devices] = arena_dup(stage->arena, store_text(query, 0));
		stage->hostname[stage->devices++] = arena_dup(stage->arena, store_text(query, 1));
	}
	store_done(query);
	return step < 0 ? -1 : 0;
}

static void put_event(struct stage *stage, size_t device, struct instant at, const char *category,
		      const char *members)
{
	char id[UUID_TEXT_MAX], when[INSTANT_TEXT_MAX];

	uuid_format(uuid_v7(at), id);
	instant_format(at, when);
	buf_printf(&stage->lines,
		   "{\"hikeshi\":{\"id\":\"%s\",\"company\":\"%s\",\"device\":\"%.*s\","
		   "\"observed\":\"%s\",\"received\":\"%s\",\"product\":\"linux\",\"category\":"
		   "\"%s\"},\"Computer\":\"%.*s\",%s}\n",
		   id, stage->tour->shown.company, SV_ARG(stage->device[device]), when, when,
		   category, SV_ARG(stage->hostname[device]), members);
	stage->count++;
}

static int keep_events(struct stage *stage, size_t device, struct instant at, struct err *err)
{
	const struct sv lines = buf_sv(&stage->lines);
	const struct event_batch batch = {
		.key = { .device = stage->device[device],
			 .epoch = sv_from(stage->tour->shown.participation),
			 .sequence = ++stage->sequence,
			 .digest = sha256_of(lines) },
		.company = sv_from(stage->tour->shown.company),
		.received = at,
		.lines = lines,
		.count = stage->count,
	};
	enum event_stored stored;
	int r;

	if (stage->lines.full)
		return err_set(err, ERR_RANGE, "too many events in the tour");
	r = event_store_append(stage->centre.events, &batch, 1, &stored, err);
	buf_clear(&stage->lines);
	stage->count = 0;
	return r;
}

/* What an office's PCs do all day. */
static int keep_quiet_days(struct stage *stage, size_t device, struct err *err)
{
	static const char *const usual[] = {
		"\"Image\":\"/usr/bin/libreoffice\",\"CommandLine\":\"libreoffice --calc\"",
		"\"Image\":\"/usr/bin/firefox\",\"CommandLine\":\"firefox\"",
		"\"Image\":\"/usr/bin/evince\",\"CommandLine\":\"evince invoice.pdf\"",
	};
	int64_t day = stage->now.us - QUIET_DAYS * DAY_US;

	for (; day < stage->now.us - DAY_US; day += DAY_US) {
		struct day tokyo = tokyo_of((struct instant){ day }).day;
		const enum weekday weekday = day_to_civil(tokyo).weekday;
		const unsigned n = QUIET_EVENTS + (unsigned)(tokyo.n * 7 + (int)device * 5) % 9;

		for (unsigned i = 0; i < n && weekday != SUNDAY && weekday != SATURDAY; i++)
			put_event(stage, device,
				  (struct instant){ tokyo_instant(tokyo, 9, 0).us +
						    (int64_t)i * 20 * 60 * INSTANT_SECOND },
				  "process_creation", usual[i % 3]);
	}
	return keep_events(stage, device, stage->now, err);
}

static size_t device_named(const struct stage *stage, const char *hostname)
{
	for (size_t i = 0; i < stage->devices; i++) {
		if (sv_eq(stage->hostname[i], sv_from(hostname)))
			return i;
	}
	return 0;
}

static struct instant attacked(const struct stage *stage, const struct tour_attack *attack)
{
	const struct day day = day_add(tokyo_of(stage->now).day, -attack->days_ago);
	const struct instant at = tokyo_instant(day, (unsigned)attack->hour, 12);

	return at.us < stage->now.us ? at : (struct instant){ stage->now.us - HOUR_US };
}

/* ---- the detector, at its time ---- */

static int detect_until_now(struct stage *stage, int64_t frame, struct err *err)
{
	struct detector *detector = detector_new(&stage->centre, err);
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };

	if (detector == NULL)
		return -1;
	detector_wake(detector);
	for (int ms = 0; ms < WAIT_MS && detector_statistics(detector).watermark < frame;
	     ms += STEP_MS)
		nanosleep(&step, NULL);
	frame -= detector_statistics(detector).watermark;
	detector_free(detector);
	return frame > 0 ? err_set(err, ERR_UNAVAILABLE, "detection takes too long") : 0;
}

static int note_frame(void *context, int64_t number, struct sv company, struct sv lines,
		      struct err *err)
{
	*(int64_t *)context = number;
	(void)company, (void)lines, (void)err;
	return 0;
}

static int detect(struct stage *stage, struct instant at, int64_t *frame, struct err *err)
{
	stage->clock = at;
	if (event_store_frames(stage->centre.events, *frame, SIZE_MAX, note_frame, frame, err) != 0)
		return -1;
	return detect_until_now(stage, *frame, err);
}

/* ---- the desk ---- */

static int newest(struct stage *stage, struct incident *ret, struct err *err)
{
	const struct sv company = sv_from(stage->tour->shown.company);
	const struct incident_scope scope = { .company = &company, .count = 1 };
	const struct incident_filter filter = { .order = INCIDENT_BY_OPENED };
	struct incident_list list;

	if (incident_list(stage->records, &scope, &filter, SV(""), 1, stage->arena, &list, err) !=
	    0)
		return -1;
	if (list.count == 0)
		return err_set(err, ERR_INTERNAL, "the tour's attack was not detected");
	*ret = list.item[0];
	return 0;
}

static struct instant later(struct instant at, int minutes)
{
	return (struct instant){ at.us + minutes * 60 * INSTANT_SECOND };
}

static int move(struct stage *stage, const struct incident_scope *scope, struct sv id,
		enum incident_state state, const char *reason, struct instant at, struct err *err)
{
	struct incident incident;

	if (newest(stage, &incident, err) != 0)
		return -1;
	return incident_set_state(stage->records, scope, id, incident.version, state,
				  sv_from(reason), stage->desk, at, err);
}

static int judge(struct stage *stage, const struct tour_attack *attack,
		 const struct incident_scope *scope, const struct incident *incident,
		 struct instant at, struct err *err)
{
	const struct incident_contact contact = {
		.actor = stage->desk, .channel = INCIDENT_BY_TELEPHONE,
		.person = SV("青葉 太一"), .reached = true,
		.text = sv_from(attack->contact ? attack->contact : ""),
		.consents = attack->real ? 1U << ACTION_ISOLATE : 0,
	};
	struct incident now;

	if (incident_assign(stage->records, scope, incident->id, incident->version, stage->desk,
			    stage->desk, later(at, 3), err) != 0 ||
	    newest(stage, &now, err) != 0 ||
	    incident_judge(stage->records, scope, incident->id, now.version, attack->real != NULL,
			   sv_from(attack->real ? attack->real : attack->story), stage->desk,
			   later(at, 6), err) != 0)
		return -1;
	if (attack->contact != NULL &&
	    incident_contact(stage->records, scope, incident->id, &contact, later(at, 9), err) != 0)
		return -1;
	if (newest(stage, &now, err) != 0 ||
	    incident_tell(stage->records, scope, incident->id, now.version, sv_from(attack->story),
			  stage->desk, later(at, 50), err) != 0)
		return -1;
	return 0;
}

static int close_it(struct stage *stage, const struct tour_attack *attack,
		    const struct incident_scope *scope, struct sv id, struct instant at,
		    struct err *err)
{
	if (attack->real == NULL)
		return move(stage, scope, id, INCIDENT_FALSE_POSITIVE, attack->story, later(at, 55),
			    err);
	return move(stage, scope, id, INCIDENT_INVESTIGATING, "", later(at, 10), err) == 0 &&
			       move(stage, scope, id, INCIDENT_CONTAINED, "", later(at, 20), err) ==
				       0 &&
			       move(stage, scope, id, INCIDENT_RESOLVED, "", later(at, 55), err) ==
				       0
		       ? move(stage, scope, id, INCIDENT_CLOSED, "", later(at, 60), err)
		       : -1;
}

static int respond(struct stage *stage, const struct tour_attack *attack, struct instant at,
		   struct err *err)
{
	const struct sv company = sv_from(stage->tour->shown.company);
	const struct incident_scope scope = { .company = &company, .count = 1 };
	const struct audit_entry entry = { .action = "sample", .object_kind = "incident",
					   .company = company, .reason = SV("the tour's story") };
	struct incident incident;

	if (attack->story == NULL)
		return 0;
	if (newest(stage, &incident, err) != 0 || store_begin(stage->records, err) != 0)
		return -1;
	if (judge(stage, attack, &scope, &incident, at, err) == 0 &&
	    close_it(stage, attack, &scope, incident.id, at, err) == 0 &&
	    audit_append(stage->records, &entry, stage->now, err) == 0 &&
	    store_commit(stage->records, err) == 0)
		return 0;
	store_rollback(stage->records);
	return -1;
}

/* Each day of a trial up to yesterday somebody looked, but for one. */
static int check_company(struct stage *stage, struct sv company, int32_t from, struct err *err)
{
	const int32_t today = tokyo_of(stage->now).day.n;
	const int32_t end = from + TRIAL_DAYS < today ? from + TRIAL_DAYS : today;
	const int32_t missed = end - MISSED_DAYS_AGO;

	for (int32_t n = from; n < end; n++) {
		const struct instant at = tokyo_instant((struct day){ n }, 9, (unsigned)n % 40);

		if (n != missed &&
		    store_change(stage->records, err,
				 "INSERT INTO daily_check (company, day, outcome, note, actor, at)"
				 " VALUES ($1, $2, 'calm', '', $3, $4)",
				 STORE_TEXT(company), STORE_INT(n), STORE_TEXT(stage->desk),
				 STORE_INT(at.us)) != 0)
			return -1;
	}
	return 0;
}

static int check_daily(struct stage *stage, struct err *err)
{
	struct store_query *query = store_ask(
		stage->records, err,
		"SELECT company, MIN(enrolled_at) FROM device GROUP BY company LIMIT $1",
		STORE_INT(WATCHED_MAX));
	struct sv company[WATCHED_MAX];
	int32_t from[WATCHED_MAX];
	size_t count = 0;
	int step = query ? 0 : -1;

	while (query && count < WATCHED_MAX && (step = store_step(query, err)) == 1) {
		company[count] = arena_dup(stage->arena, store_text(query, 0));
		from[count++] = tokyo_of((struct instant){ store_int(query, 1) }).day.n;
	}
	store_done(query);
	for (size_t i = 0; step >= 0 && i < count; i++) {
		if (check_company(stage, company[i], from[i], err) != 0)
			step = -1;
	}
	return step < 0 ? -1 : 0;
}

/* ---- all ---- */

static int play(struct stage *stage, struct err *err)
{
	int64_t frame = 0;

	if (find_devices(stage, err) != 0 || check_daily(stage, err) != 0)
		return -1;
	for (size_t i = 0; i < stage->devices; i++) {
		if (keep_quiet_days(stage, i, err) != 0)
			return -1;
	}
	if (detect(stage, stage->now, &frame, err) != 0)
		return -1;
	for (size_t i = 0; i < tour_attack_count; i++) {
		const struct tour_attack *attack = &tour_attacks[i];
		const size_t device = device_named(stage, attack->hostname);
		const struct instant at = attacked(stage, attack);

		for (int k = 0; k < TOUR_BEFORE_MAX && attack->before[k] != NULL; k++)
			put_event(stage, device, later(at, k - TOUR_BEFORE_MAX), "process_creation",
				  attack->before[k]);
		put_event(stage, device, at, attack->category, attack->event);
		if (keep_events(stage, device, at, err) != 0 ||
		    detect(stage, at, &frame, err) != 0 || respond(stage, attack, at, err) != 0)
			return err_wrap(err, "attack %zu", i + 1);
	}
	return 0;
}

static int open_stage(struct stage *stage, const char *records_url, const char *events_path,
		      const char *rules, struct err *err)
{
	const struct ruleset_options options = { .path = &rules, .path_count = 1 };

	stage->records = store_open(records_url, err);
	stage->centre.events = stage->records ? event_store_open(events_path, err) : NULL;
	stage->centre.ruleset = stage->centre.events ? ruleset_load(&options, err) : NULL;
	return stage->centre.ruleset ? 0 : -1;
}

int tour_attack(const char *records_url, const char *events_path, const char *rules,
		const struct tour *tour, struct sv desk, struct instant now, struct err *err)
{
	const struct log log = { .fd = 2, .level = LOG_WARNING, .program = "hikeshi-centre" };
	struct stage stage = { .arena = arena_new(ARENA_MAX), .tour = tour, .desk = desk, .now = now,
			       .clock = now };
	int r = -1;

	buf_init(&stage.lines, LINES_MAX);
	pthread_mutex_init(&stage.centre.ruleset_lock, NULL);
	stage.centre.records_url = records_url;
	stage.centre.clock = clock_fixed(&stage.clock);
	stage.centre.log = &log;
	stage.centre.live = live_new();
	stage.centre.refusals = refusals_new();
	if (open_stage(&stage, records_url, events_path, rules, err) == 0)
		r = play(&stage, err);
	ruleset_unref(stage.centre.ruleset);
	event_store_close(stage.centre.events);
	store_close(stage.records);
	refusals_free(stage.centre.refusals);
	live_free(stage.centre.live);
	pthread_mutex_destroy(&stage.centre.ruleset_lock);
	buf_done(&stage.lines);
	arena_free(stage.arena);
	return r;
}
