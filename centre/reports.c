#include "centre/reports.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "centre/live.h"
#include "centre/reports_internal.h"
#include "report/press.h"

#define ARENA_MAX (64U << 20)

struct press { /* a thread with a press of its own */
	struct reports *reports;
	pthread_t thread;
	bool started;
	struct worker *worker;
	struct arena *arena;
	int link, next_link; /* -1: none; next_link came while the other was in use */
	bool in_use;
	struct channel channel;
	char busy[UUID_TEXT_MAX]; /* the wish under way; empty: none */
};

struct reports {
	pthread_mutex_t lock; /* of links, busy, stopping, wanted */
	pthread_cond_t changed;
	bool stopping;
	uint64_t wanted; /* grows: each thread sees it */
	struct centre *centre;
	struct press press[REPORTS_PRESSES];
};

/* ---- links ---- */

static void replace_link(struct press *press, int fd)
{
	if (press->link >= 0)
		close(press->link);
	press->link = fd;
	press->channel = (struct channel){ .fd = fd };
}

void reports_attach(struct reports *reports, unsigned number, int take_fd)
{
	struct press *press = &reports->press[number];

	pthread_mutex_lock(&reports->lock);
	if (!press->in_use) {
		replace_link(press, take_fd);
	} else {
		/* Its other end is gone: whoever waits for an answer there wakes. */
		shutdown(press->link, SHUT_RDWR);
		if (press->next_link >= 0)
			close(press->next_link);
		press->next_link = take_fd;
	}
	reports->wanted++;
	pthread_cond_broadcast(&reports->changed);
	pthread_mutex_unlock(&reports->lock);
}

static bool take_link(struct press *press)
{
	pthread_mutex_lock(&press->reports->lock);
	press->in_use = press->link >= 0 && !press->reports->stopping;
	pthread_mutex_unlock(&press->reports->lock);
	return press->in_use;
}

static void give_link_back(struct press *press, bool broken)
{
	pthread_mutex_lock(&press->reports->lock);
	press->in_use = false;
	if (broken || press->next_link >= 0) {
		replace_link(press, press->next_link);
		press->next_link = -1;
	}
	pthread_mutex_unlock(&press->reports->lock);
}

static bool has_link(struct press *press)
{
	bool has;

	pthread_mutex_lock(&press->reports->lock);
	has = press->link >= 0;
	pthread_mutex_unlock(&press->reports->lock);
	return has;
}

/* ---- one wish ---- */

struct wish {
	struct sv id;
	struct reports_wish is;
	unsigned attempts;
};

/* Under the lock, so that no two threads take the same one. Returns 1, 0, -1. */
static int next_wish(struct press *press, struct wish *ret, struct err *err)
{
	const struct press *other = &press->reports->press[press == press->reports->press];
	struct store_query *query;
	int r;

	query = store_ask(press->worker->records, err,
			  "SELECT id, participation, number, months, from_day, to_day, attempts"
			  " FROM report_wish WHERE state = 'queued' AND next_at <= $1 AND id <> $2"
			  " ORDER BY next_at, id LIMIT 1",
			  STORE_INT(clock_now(press->worker->centre->clock).us),
			  STORE_TEXT(sv_from(other->busy)));
	r = query == NULL ? -1 : store_step(query, err);
	if (r == 1) {
		*ret = (struct wish){
			.id = arena_dup(press->arena, store_text(query, 0)),
			.is = { .participation = arena_dup(press->arena, store_text(query, 1)),
				.number = (unsigned)store_int(query, 2),
				.of = (unsigned)store_int(query, 3),
				.from = { (int32_t)store_int(query, 4) },
				.to = { (int32_t)store_int(query, 5) } },
			.attempts = (unsigned)store_int(query, 6),
		};
		snprintf(press->busy, sizeof press->busy, "%.*s", SV_ARG(ret->id));
	}
	store_done(query);
	return r;
}

static int take_wish(struct press *press, struct wish *ret, struct err *err)
{
	int r;

	pthread_mutex_lock(&press->reports->lock);
	r = next_wish(press, ret, err);
	pthread_mutex_unlock(&press->reports->lock);
	return r;
}

static void give_wish_back(struct press *press)
{
	pthread_mutex_lock(&press->reports->lock);
	press->busy[0] = '\0';
	pthread_mutex_unlock(&press->reports->lock);
}

static int end_wish(struct press *press, const struct wish *wish, struct err *err)
{
	return store_change(press->worker->records, err,
			    "UPDATE report_wish SET state = 'done', problem = '' WHERE id = $1",
			    STORE_TEXT(wish->id));
}

/* Again after 1, 2, 4 … seconds, at most an hour. */
static int put_off(struct press *press, const struct wish *wish, const struct err *why,
		   struct err *err)
{
	struct store *store = press->worker->records;
	const unsigned attempts = wish->attempts + 1;
	const int64_t wait = INT64_C(1) << (attempts < 12 ? attempts - 1 : 11);
	const int64_t next = clock_now(press->worker->centre->clock).us +
			     (wait < 3600 ? wait : 3600) * INSTANT_SECOND;

	if (store_begin(store, err) != 0)
		return -1;
	if (store_change(store, err,
			 "UPDATE report_wish SET state = $2, attempts = $3, next_at = $4,"
			 " problem = $5 WHERE id = $1",
			 STORE_TEXT(wish->id),
			 STORE_TEXT(attempts < REPORTS_ATTEMPTS_MAX ? SV("queued") : SV("failed")),
			 STORE_INT(attempts), STORE_INT(next), STORE_TEXT(sv_from(why->text))) != 0 ||
	    store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

/* The press gets figures and nothing else. */
static int draw(struct press *press, struct made_report *made, struct buf *pdf, struct err *err)
{
	int r;

	if (!take_link(press))
		return err_set(err, ERR_UNAVAILABLE, "the press is away");
	r = press_draw(&press->channel, made->figures, pdf, &made->pages, err);
	give_link_back(press, r != 0);
	made->pdf = buf_sv(pdf);
	return r;
}

static int keep(struct press *press, const struct wish *wish, struct made_report *made,
		struct err *err)
{
	struct store *store = press->worker->records;
	int kept;

	if (store_begin(store, err) != 0)
		return -1;
	kept = report_keep(press->worker, &wish->is, made, press->arena, err);
	if (kept < 0 || end_wish(press, wish, err) != 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	if (kept == 1)
		live_publish(press->worker->centre->live, LIVE_REPORT, made->company,
			     sv_from(made->id), true);
	return 0;
}

/* Returns 0, or -1: to be tried again. */
static int fulfil(struct press *press, const struct wish *wish, struct err *err)
{
	struct made_report made = { .pages = 0 };
	struct buf json, pdf;
	int r;

	buf_init(&json, REPORT_TEXT_MAX);
	buf_init(&pdf, REPORT_PDF_MAX);
	r = report_figure(press->worker, &wish->is, press->arena, &made, &json, err);
	if (r == 0)
		r = draw(press, &made, &pdf, err);
	if (r == 0)
		r = keep(press, wish, &made, err);
	buf_done(&json);
	buf_done(&pdf);
	return r;
}

/* ---- the threads ---- */

/* Returns 1: there may be more; 0: there is none; -1. */
static int step(struct press *press)
{
	const struct log *log = press->worker->centre->log;
	struct err err = ERR_INIT, second = ERR_INIT;
	struct wish wish;
	int r;

	arena_clear(press->arena);
	if (!has_link(press))
		return 0;
	r = take_wish(press, &wish, &err);
	if (r < 0)
		log_error(log, LOG_ERROR, "reports wait", &err);
	if (r != 1)
		return r;
	r = fulfil(press, &wish, &err);
	if (r != 0) {
		log_error(log, LOG_ERROR, "a report waits", &err);
		if (put_off(press, &wish, &err, &second) != 0) {
			log_error(log, LOG_ERROR, "reports wait", &second);
			give_wish_back(press);
			return -1;
		}
	}
	give_wish_back(press);
	return 1;
}

static bool is_stopping(struct press *press)
{
	bool stopping;

	pthread_mutex_lock(&press->reports->lock);
	stopping = press->reports->stopping;
	pthread_mutex_unlock(&press->reports->lock);
	return stopping;
}

/* Until something is wanted or the time is over. */
static void wait_for_work(struct press *press, uint64_t *seen)
{
	struct reports *reports = press->reports;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += REPORTS_LOOK_SECONDS;
	pthread_mutex_lock(&reports->lock);
	while (!reports->stopping && reports->wanted == *seen &&
	       pthread_cond_timedwait(&reports->changed, &reports->lock, &until) != ETIMEDOUT)
		;
	*seen = reports->wanted;
	pthread_mutex_unlock(&reports->lock);
}

static void *work(void *context)
{
	struct press *press = context;
	uint64_t seen = 0;

	pthread_setname_np(pthread_self(), "reports");
	while (!is_stopping(press)) {
		if (step(press) != 1)
			wait_for_work(press, &seen);
	}
	return NULL;
}

static int start(struct press *press, struct reports *reports, struct err *err)
{
	press->reports = reports;
	press->arena = arena_new(ARENA_MAX);
	press->worker = worker_new(reports->centre, err);
	if (press->worker == NULL)
		return -1;
	if (pthread_create(&press->thread, NULL, work, press) != 0)
		abort(); /* out of memory */
	press->started = true;
	return 0;
}

struct reports *reports_new(struct centre *centre, struct err *err)
{
	struct reports *reports = mem_zalloc(sizeof *reports);
	pthread_condattr_t attributes;

	_Static_assert(REPORTS_PRESSES == 2, "a press knows one other");
	reports->centre = centre;
	pthread_mutex_init(&reports->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&reports->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	for (unsigned i = 0; i < REPORTS_PRESSES; i++)
		reports->press[i].link = reports->press[i].next_link =
			reports->press[i].channel.fd = -1;
	for (unsigned i = 0; i < REPORTS_PRESSES; i++) {
		if (start(&reports->press[i], reports, err) != 0) {
			reports_free(reports);
			return NULL;
		}
	}
	return reports;
}

static void stop(struct press *press)
{
	if (press->started)
		pthread_join(press->thread, NULL);
	replace_link(press, -1);
	if (press->next_link >= 0)
		close(press->next_link);
	worker_free(press->worker);
	arena_free(press->arena);
}

void reports_free(struct reports *reports)
{
	if (reports == NULL)
		return;
	pthread_mutex_lock(&reports->lock);
	reports->stopping = true;
	for (unsigned i = 0; i < REPORTS_PRESSES; i++) {
		if (reports->press[i].in_use)
			shutdown(reports->press[i].link, SHUT_RDWR);
	}
	pthread_cond_broadcast(&reports->changed);
	pthread_mutex_unlock(&reports->lock);
	for (unsigned i = 0; i < REPORTS_PRESSES; i++)
		stop(&reports->press[i]);
	pthread_cond_destroy(&reports->changed);
	pthread_mutex_destroy(&reports->lock);
	free(reports);
}

void reports_wake(struct reports *reports)
{
	if (reports == NULL)
		return;
	pthread_mutex_lock(&reports->lock);
	reports->wanted++;
	pthread_cond_broadcast(&reports->changed);
	pthread_mutex_unlock(&reports->lock);
}
