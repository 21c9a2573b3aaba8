#include "centre/detector.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "centre/aftermath.h"
#include "centre/centre.h"
#include "centre/correlate.h"
#include "centre/report.h"
#include "incident/incident.h"
#include "report/report.h"

#define ARENA_MAX (16U << 20)
#define IDLE_MS 1000
#define BACK_OFF_MS_MAX 5000

static const char watermark[] =
	"CREATE TABLE detection_watermark ("
	" one INTEGER PRIMARY KEY CHECK (one = 1), frame INTEGER NOT NULL);"
	"INSERT INTO detection_watermark (one, frame) VALUES (1, 0);"
	/* Frames that could not be worked on: told to people, not in the way of others. */
	"CREATE TABLE detection_gap ("
	" frame INTEGER PRIMARY KEY, company TEXT NOT NULL, found_at INTEGER NOT NULL,"
	" reason TEXT NOT NULL);";

/* What correlations know: correlate.h. */
static const char correlation[] =
	"CREATE TABLE correlation_log ("
	" row INTEGER PRIMARY KEY, clock INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" hits TEXT NOT NULL, entries TEXT NOT NULL);";

const struct store_migration detector_migrations[] = {
	{ "centre-detector/001-watermark", watermark },
	{ "centre-detector/002-correlation", correlation },
};
const size_t detector_migration_count = sizeof detector_migrations / sizeof *detector_migrations;

struct detector {
	pthread_mutex_t lock; /* pending, stopping, statistics */
	pthread_cond_t changed;
	bool pending, stopping;
	struct detector_statistics statistics;

	/* of the thread */
	pthread_t thread;
	struct centre *centre;
	struct store *records;
	struct event_decoder *decoder;
	struct arena *arena; /* of one event */
	struct ruleset *ruleset;
	struct detect_session *session;
	struct correlate *correlate;
	struct incident_tracker *tracker;
	struct aftermath *aftermath;
	struct report_days *days;
	int64_t watermark;
	unsigned tries; /* failures in a row of the next frame */
};

/* One transaction. */
struct chunk {
	struct detector *detector;
	struct instant now;
	int64_t last;        /* frame */
	struct sv skip;      /* why the frame is passed over; empty: work on it */
	struct detector_statistics done;
};

/* ---- one event ---- */

static int absorb(struct chunk *chunk, const struct incident_detection *detection, struct err *err)
{
	struct detector *detector = chunk->detector;
	struct incident_absorbtion got;

	if (incident_absorb(detector->tracker, detector->records, detection, &got, err) != 0)
		return err_wrap(err, "rule %.*s", SV_ARG(detection->rule->id));
	if (got.what != INCIDENT_KNOWN) {
		chunk->done.detections++;
		aftermath_changed(detector->aftermath, LIVE_INCIDENT,
				  detection->event->envelope.company, sv_from(got.incident),
				  got.what == INCIDENT_OPENED);
	}
	return 0;
}

static int absorb_match(struct chunk *chunk, const struct event *event, uint32_t index,
			struct err *err)
{
	struct detector *detector = chunk->detector;
	struct incident_detection detection = {
		.event = event, .rule = ruleset_rule(detector->ruleset, index),
		.ruleset = ruleset_digest(detector->ruleset), .now = chunk->now,
	};

	if (detection.rule->quiet)
		return 0;
	arena_clear(detector->arena);
	(void)detect_explain(detector->session, index, event, detector->arena, &detection.reason,
			     &detection.reason_count);
	return absorb(chunk, &detection, err);
}

static int note_gap(struct chunk *chunk, int64_t number, struct sv company, struct sv reason,
		    struct err *err)
{
	chunk->done.passed_over++;
	return store_change(chunk->detector->records, err,
			    "INSERT INTO detection_gap (frame, company, found_at, reason)"
			    " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			    STORE_INT(number), STORE_TEXT(company.p ? company : SV("")),
			    STORE_INT(chunk->now.us), STORE_TEXT(reason));
}

/* Of several events: told with the last of them, which may have come long before this one. */
static int absorb_hit(struct chunk *chunk, const struct event *event,
		      const struct correlation_hit *hit, struct err *err)
{
	struct detector *detector = chunk->detector;
	struct incident_detection detection = {
		.event = event, .rule = ruleset_rule(detector->ruleset, hit->rule),
		.ruleset = ruleset_digest(detector->ruleset), .now = chunk->now,
	};
	char id[UUID_TEXT_MAX];
	struct event last;
	int r = 1;

	if (detection.rule->quiet)
		return 0;
	arena_clear(detector->arena);
	correlate_event_id(hit, id);
	if (event == NULL || !sv_eq_case(event->envelope.id, sv_from(id))) {
		r = event_store_get(detector->centre->events, hit->company, sv_from(id),
				    detector->arena, &last, err);
		detection.event = &last;
	}
	if (r < 0)
		return -1;
	if (r == 0)
		return note_gap(chunk, detector->watermark, hit->company,
				SV("the event that completed a correlation is not stored any more"),
				err);
	detection.reason_count = correlation_explain(detector->ruleset, hit, detector->arena,
						     &detection.reason);
	return absorb(chunk, &detection, err);
}

static int absorb_hits(struct chunk *chunk, const struct event *event,
		       const struct correlation_hit *hit, size_t n, struct err *err)
{
	if (n > DETECTOR_MATCHES_MAX) {
		chunk->done.cut += n - DETECTOR_MATCHES_MAX;
		n = DETECTOR_MATCHES_MAX;
	}
	for (size_t i = 0; i < n; i++)
		if (absorb_hit(chunk, event, &hit[i], err) != 0)
			return -1;
	return 0;
}

static int work_on_event(struct chunk *chunk, const struct event *event, struct err *err)
{
	struct detector *detector = chunk->detector;
	const struct correlation_hit *hit;
	const uint32_t *match;
	size_t n;

	if (report_take(detector->records, event, chunk->now, detector->aftermath, err) != 0 ||
	    report_days_add(detector->days, detector->records, event, err) != 0 ||
	    incident_observe_event(detector->tracker, detector->records, event, err) != 0)
		return -1;
	n = detect_event(detector->session, event, &match);
	if (n > DETECTOR_MATCHES_MAX) {
		chunk->done.cut += n - DETECTOR_MATCHES_MAX;
		n = DETECTOR_MATCHES_MAX;
	}
	for (size_t i = 0; i < n; i++) {
		if (absorb_match(chunk, event, match[i], err) != 0)
			return -1;
	}
	n = correlate_event(detector->correlate, event, match, n, &hit);
	return absorb_hits(chunk, event, hit, n, err);
}

/* ---- one frame ---- */

static int work_on_lines(struct chunk *chunk, struct sv lines, struct err *err)
{
	size_t n = 0;

	while (lines.n > 0) {
		struct event event;

		n++;
		if (event_decode(chunk->detector->decoder, sv_cut(&lines, '\n'), &event, err) != 0 ||
		    work_on_event(chunk, &event, err) != 0)
			return err_wrap(err, "event %zu", n);
	}
	chunk->done.events += n;
	return 0;
}

static int work_on_frame(void *context, int64_t number, struct sv company, struct sv lines,
			 struct err *err)
{
	struct chunk *chunk = context;
	int r;

	if (lines.p == NULL)
		r = note_gap(chunk, number, company, SV("the frame is damaged on disk"), err);
	else if (chunk->skip.n > 0)
		r = note_gap(chunk, number, company, chunk->skip, err);
	else
		r = work_on_lines(chunk, lines, err);
	chunk->last = number; /* also of the frame that failed */
	return r == 0 ? 0 : err_wrap(err, "frame %" PRId64, number);
}

/* ---- one transaction ---- */

static int move_watermark(struct detector *detector, int64_t frame, struct err *err)
{
	return store_change(detector->records, err, "UPDATE detection_watermark SET frame = $1",
			    STORE_INT(frame));
}

static int load_watermark(struct detector *detector, struct err *err)
{
	struct store_query *query = store_query(detector->records,
						"SELECT frame FROM detection_watermark", err);
	int r;

	if (query == NULL)
		return -1;
	r = store_step(query, err);
	if (r == 1)
		detector->watermark = store_int(query, 0);
	store_done(query);
	return r == 1 ? 0 : r == 0 ? err_set(err, ERR_INTERNAL, "no detection watermark") : -1;
}

/*
 * Frames one after another until there is enough for one commit. Returns 1 where
 * there are no more, 0 where there may be, or -1.
 */
static int work_on_frames(struct chunk *chunk, struct err *err)
{
	struct event_store *events = chunk->detector->centre->events;
	const uint64_t start = clock_monotonic_us();
	const size_t limit = chunk->detector->tries > 0 ? 1 : SIZE_MAX;
	int64_t before;
	size_t n = 0;

	do {
		before = chunk->last;
		if (event_store_frames(events, before, 1, work_on_frame, chunk, err) != 0)
			return -1;
		n++;
	} while (chunk->last != before && n < limit && chunk->done.events < DETECTOR_CHUNK_EVENTS &&
		 clock_monotonic_us() - start < DETECTOR_CHUNK_US);
	return chunk->last == before;
}

static void add(struct detector *detector, const struct detector_statistics *done)
{
	pthread_mutex_lock(&detector->lock);
	detector->statistics.events += done->events;
	detector->statistics.detections += done->detections;
	detector->statistics.passed_over += done->passed_over;
	detector->statistics.cut += done->cut;
	detector->statistics.watermark = detector->watermark;
	detector->statistics.correlations = correlate_statistics(detector->correlate);
	pthread_mutex_unlock(&detector->lock);
}

/* Time went on: windows are over. Returns the number of hits, or -1. */
static int pass_time(struct chunk *chunk, struct err *err)
{
	const struct correlation_hit *hit;
	const size_t n = correlate_advance(chunk->detector->correlate, chunk->now, &hit);

	if (absorb_hits(chunk, NULL, hit, n, err) != 0)
		return -1;
	return n > DETECTOR_MATCHES_MAX ? DETECTOR_MATCHES_MAX : (int)n;
}

/* Returns 1 where frames were done, 0 where there were none, -1 on error. */
static int do_chunk(struct chunk *chunk, struct err *err)
{
	struct detector *detector = chunk->detector;
	int drained, hits = 0;

	aftermath_clear(detector->aftermath);
	if (correlate_prepare(detector->correlate, detector->records, err) != 0 ||
	    store_begin(detector->records, err) != 0)
		return -1;
	drained = work_on_frames(chunk, err);
	if (drained > 0) /* else events of an earlier time are still to come */
		hits = pass_time(chunk, err);
	if (drained < 0 || hits < 0)
		goto fail;
	if (chunk->last == detector->watermark && hits == 0) {
		store_rollback(detector->records);
		return 0;
	}
	if (correlate_flush(detector->correlate, detector->records, err) != 0 ||
	    incident_tracker_flush(detector->tracker, detector->records, err) != 0 ||
	    report_days_flush(detector->days, detector->records, err) != 0 ||
	    move_watermark(detector, chunk->last, err) != 0 ||
	    store_commit(detector->records, err) != 0)
		goto fail;
	detector->watermark = chunk->last;
	add(detector, &chunk->done);
	aftermath_tell(detector->aftermath, detector->centre, detector->records, chunk->now);
	return 1;
fail:
	store_rollback(detector->records);
	correlate_forget(detector->correlate);
	incident_tracker_clear(detector->tracker);
	report_days_clear(detector->days);
	return -1;
}

/*
 * After a failure frames come alone. One that fails again and again though the
 * disk is well is passed over, so that one bad event never ends all detection.
 */
static int next_chunk(struct detector *detector, struct err *err)
{
	struct chunk chunk = {
		.detector = detector, .now = clock_now(detector->centre->clock),
		.last = detector->watermark,
	};
	char why[ERR_TEXT_MAX];
	int r;

	if (detector->tries > DETECTOR_TRIES_MAX) {
		snprintf(why, sizeof why, "%s", err->text);
		chunk.skip = sv_from(why);
	}
	r = do_chunk(&chunk, err);
	if (r >= 0)
		detector->tries = 0;
	else if (err->code == ERR_FULL || err->code == ERR_IO || err->code == ERR_UNAVAILABLE)
		detector->tries = 1;
	else
		detector->tries++;
	return r;
}

/* ---- the thread ---- */

/* New rules get a new session. False: there are none yet. */
static bool take_rules(struct detector *detector)
{
	struct ruleset *ruleset = centre_ruleset(detector->centre);

	if (ruleset == NULL)
		return detector->session != NULL;
	if (ruleset == detector->ruleset) {
		ruleset_unref(ruleset);
		return true;
	}
	detect_session_free(detector->session);
	ruleset_unref(detector->ruleset);
	detector->ruleset = ruleset;
	detector->session = detect_session_new(ruleset);
	correlate_use(detector->correlate, ruleset);
	return true;
}

/* Waits for news, or ms. False: end. */
static bool wait_for_work(struct detector *detector, unsigned ms, bool until_news)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&detector->lock);
	while (!detector->stopping && !(until_news && detector->pending) &&
	       pthread_cond_timedwait(&detector->changed, &detector->lock, &until) != ETIMEDOUT)
		;
	detector->pending = false;
	go_on = !detector->stopping;
	pthread_mutex_unlock(&detector->lock);
	return go_on;
}

static void *detect(void *context)
{
	struct detector *detector = context;
	struct err err = ERR_INIT;
	unsigned back_off = 0;
	bool go_on = true;

	pthread_setname_np(pthread_self(), "detect");
	while (go_on) {
		const int r = take_rules(detector) ? next_chunk(detector, &err) : 0;

		if (r < 0) {
			log_error(detector->centre->log, LOG_ERROR, "detection waits", &err);
			back_off = back_off ? back_off * 2 : 100;
			back_off = back_off > BACK_OFF_MS_MAX ? BACK_OFF_MS_MAX : back_off;
			go_on = wait_for_work(detector, back_off, false);
		} else {
			back_off = 0;
			go_on = wait_for_work(detector, r > 0 ? 0 : IDLE_MS, true);
		}
	}
	return NULL;
}

struct detector *detector_new(struct centre *centre, struct err *err)
{
	struct detector *detector = mem_zalloc(sizeof *detector);
	pthread_condattr_t attributes;

	pthread_mutex_init(&detector->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&detector->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	detector->centre = centre;
	detector->decoder = event_decoder_new();
	detector->tracker = incident_tracker_new();
	detector->correlate = correlate_new(centre->log);
	detector->days = report_days_new();
	detector->arena = arena_new(ARENA_MAX);
	detector->aftermath = mem_zalloc(sizeof *detector->aftermath);
	detector->records = store_open(centre->records_url, err);
	if (detector->records == NULL || load_watermark(detector, err) != 0) {
		detector->stopping = true;
		detector_free(detector);
		return NULL;
	}
	detector->statistics.watermark = detector->watermark;
	if (pthread_create(&detector->thread, NULL, detect, detector) != 0)
		abort(); /* out of memory */
	return detector;
}

void detector_free(struct detector *detector)
{
	bool started;

	if (detector == NULL)
		return;
	pthread_mutex_lock(&detector->lock);
	started = !detector->stopping;
	detector->stopping = true;
	pthread_cond_signal(&detector->changed);
	pthread_mutex_unlock(&detector->lock);
	if (started)
		pthread_join(detector->thread, NULL);
	detect_session_free(detector->session);
	correlate_free(detector->correlate);
	ruleset_unref(detector->ruleset);
	store_close(detector->records);
	event_decoder_free(detector->decoder);
	incident_tracker_free(detector->tracker);
	report_days_free(detector->days);
	arena_free(detector->arena);
	free(detector->aftermath);
	pthread_cond_destroy(&detector->changed);
	pthread_mutex_destroy(&detector->lock);
	free(detector);
}

void detector_wake(struct detector *detector)
{
	if (detector == NULL)
		return;
	pthread_mutex_lock(&detector->lock);
	detector->pending = true;
	pthread_cond_signal(&detector->changed);
	pthread_mutex_unlock(&detector->lock);
}

struct detector_statistics detector_statistics(struct detector *detector)
{
	struct detector_statistics statistics;

	pthread_mutex_lock(&detector->lock);
	statistics = detector->statistics;
	pthread_mutex_unlock(&detector->lock);
	return statistics;
}
