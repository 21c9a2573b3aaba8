#include "centre/jobs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "centre/aftermath.h"
#include "centre/effects.h"
#include "centre/turns.h"
#include "programme/application.h"

#define ARENA_MAX (16U << 20)
#define WHY_MAX 400

struct jobs {
	pthread_mutex_t lock; /* woken, stopping, statistics */
	pthread_cond_t changed;
	bool woken, stopping;
	struct jobs_statistics statistics;

	/* of the thread */
	pthread_t thread;
	struct worker *worker;
	struct arena *arena; /* of one transaction */
	struct arena *list;  /* ids of one turn */
	struct aftermath *aftermath;
	uint64_t clock_from, devices_from; /* monotonic: not before, after an error */
	uint64_t offers_from;		   /* likewise, and between two looks */
};

static bool stopping(struct jobs *jobs)
{
	bool stop;

	pthread_mutex_lock(&jobs->lock);
	stop = jobs->stopping;
	pthread_mutex_unlock(&jobs->lock);
	return stop;
}

static void count(struct jobs *jobs, uint64_t *what)
{
	pthread_mutex_lock(&jobs->lock);
	++*what;
	pthread_mutex_unlock(&jobs->lock);
}

static struct effects begin(struct jobs *jobs)
{
	struct centre *centre = jobs->worker->centre;

	arena_clear(jobs->arena);
	aftermath_clear(jobs->aftermath);
	return (struct effects){
		.worker = jobs->worker, .catalogue = worker_catalogue(jobs->worker),
		.arena = jobs->arena, .aftermath = jobs->aftermath,
		.now = clock_now(centre->clock), .programme_now = clock_now(centre->programme),
	};
}

static void tell(struct jobs *jobs, const struct effects *effects)
{
	aftermath_tell(jobs->aftermath, jobs->worker->centre, jobs->worker->records, effects->now);
}

/* ---- the programmes' clock ---- */

/* One event of one application; 1: it happened, 0: there was none, -1. */
static int tick(struct jobs *jobs, struct sv id, struct err *err)
{
	struct effects effects = begin(jobs);
	struct store *store = jobs->worker->records;
	struct application application;
	const struct catalogue_entry *entry;
	struct sv event;
	int status;

	if (store_begin(store, err) != 0)
		return -1;
	status = application_load(store, effects.catalogue, id, jobs->arena, &application, err);
	entry = status == 1 ? catalogue_of(effects.catalogue, &application) : NULL;
	if (entry)
		status = programme_clock_event(entry->programme, &application.is,
					       effects.programme_now, jobs->arena, &event, err);
	else if (status == 1)
		status = 0;
	if (status == 1) {
		const int happened = effects_happen(&effects, &application, event, BY_CLOCK, err);

		status = happened == 0 ? 1 : happened < 0 ? -1
				: err_set(err, ERR_INTERNAL, "the step refuses its own clock event %.*s",
					  SV_ARG(event));
	}
	if (status != 1 || store_commit(store, err) != 0) {
		store_rollback(store);
		return status == 0 ? 0 : -1;
	}
	tell(jobs, &effects);
	return 1;
}

static void clock_trouble(struct jobs *jobs, struct err *err)
{
	log_error(jobs->worker->centre->log, LOG_ERROR, "the programmes' clock", err);
	*err = (struct err)ERR_INIT;
	jobs->clock_from = clock_monotonic_us() + JOBS_TROUBLE_SECONDS * (uint64_t)INSTANT_SECOND;
}

static void turn_clock(struct jobs *jobs)
{
	struct centre *centre = jobs->worker->centre;
	const struct sv *id = NULL;
	struct err err = ERR_INIT;
	size_t n = 0;

	if (clock_monotonic_us() < jobs->clock_from)
		return;
	arena_clear(jobs->list);
	if (applications_waking(jobs->worker->records, clock_now(centre->programme),
				JOBS_CLOCK_MAX, jobs->list, &id, &n, &err) != 0)
		clock_trouble(jobs, &err);
	for (size_t i = 0; i < n && !stopping(jobs); i++) {
		int status;

		do { /* a clock that was moved far lets several things happen */
			status = tick(jobs, id[i], &err);
		} while (status == 1 && !stopping(jobs));
		if (status < 0) { /* the others go on */
			err_wrap(&err, "application %.*s", SV_ARG(id[i]));
			clock_trouble(jobs, &err);
		}
	}
}

/* ---- jobs ---- */

static void put_off(struct jobs *jobs, const struct job *job, const struct err *why)
{
	struct centre *centre = jobs->worker->centre;
	struct store *store = jobs->worker->records;
	const bool last = job->attempts + 1 >= JOB_ATTEMPTS_MAX;
	struct err err = ERR_INIT;

	log_error(centre->log, last ? LOG_ERROR : LOG_WARNING,
		  last ? "a job failed" : "a job is put off", why);
	if (store_begin(store, &err) != 0 ||
	    job_later(store, job->id, sv_from(why->text), clock_now(centre->clock), &err) != 0 ||
	    store_commit(store, &err) != 0) {
		store_rollback(store);
		log_error(centre->log, LOG_ERROR, "putting a job off", &err);
	}
	count(jobs, last ? &jobs->statistics.failed : &jobs->statistics.late);
}

/* 1: one was looked at, 0: none waits, -1: the records do not answer. */
static int do_one(struct jobs *jobs, struct err *err)
{
	struct effects effects = begin(jobs);
	struct store *store = jobs->worker->records;
	struct job job;
	int status;

	if (store_begin(store, err) != 0)
		return -1;
	status = job_next(store, effects.now, jobs->arena, &job, err);
	if (status != 1) {
		store_rollback(store);
		return status;
	}
	if (effects_job(&effects, &job, err) == 0 &&
	    job_done(store, job.id, effects.now, err) == 0 && store_commit(store, err) == 0) {
		tell(jobs, &effects);
		count(jobs, &jobs->statistics.done);
		return 1;
	}
	store_rollback(store);
	err_wrap(err, "job %s of application %.*s", effect_kind_name(job.kind),
		 SV_ARG(job.application));
	put_off(jobs, &job, err);
	*err = (struct err)ERR_INIT;
	return 1;
}

static void turn_jobs(struct jobs *jobs)
{
	struct err err = ERR_INIT;
	int status = 1;

	for (unsigned i = 0; i < JOBS_TURN_MAX && status == 1 && !stopping(jobs); i++)
		status = do_one(jobs, &err);
	if (status < 0)
		log_error(jobs->worker->centre->log, LOG_ERROR, "looking for jobs", &err);
}

static void turn_devices(struct jobs *jobs)
{
	struct effects effects;
	struct err err = ERR_INIT;

	if (clock_monotonic_us() < jobs->devices_from)
		return;
	effects = begin(jobs);
	if (effects_devices(&effects, &err) != 0) {
		log_error(jobs->worker->centre->log, LOG_WARNING, "orders to devices", &err);
		jobs->devices_from =
			clock_monotonic_us() + JOBS_TROUBLE_SECONDS * (uint64_t)INSTANT_SECOND;
	}
	tell(jobs, &effects);
}

static struct effects begin_turn(void *context)
{
	return begin(context);
}

static void end_turn(void *context, const struct effects *effects)
{
	tell(context, effects);
}

/* Draws, offers of places, and mails about bookings. */
static void turn_others(struct jobs *jobs)
{
	static const struct {
		int (*turn)(const struct turns *turns, struct err *err);
		const char *what;
	} row[] = {
		{ turns_lottery, "telling applications of their draw" },
		{ turns_offers, "offers of places" },
		{ turns_mails, "mails about bookings" },
	};
	const struct turns turns = { begin_turn, end_turn, jobs };

	for (size_t i = 0; i < sizeof row / sizeof *row && !stopping(jobs); i++) {
		struct err err = ERR_INIT;

		if (row[i].turn == turns_offers) {
			if (clock_monotonic_us() < jobs->offers_from)
				continue;
			jobs->offers_from = clock_monotonic_us() +
					    TURNS_LOOK_SECONDS * (uint64_t)INSTANT_SECOND;
		}
		if (row[i].turn(&turns, &err) != 0)
			log_error(jobs->worker->centre->log, LOG_ERROR, row[i].what, &err);
	}
}

static void turn_catalogue(struct jobs *jobs)
{
	struct centre *centre = jobs->worker->centre;
	struct err err = ERR_INIT;
	const int status = centre_reload_catalogue(centre, jobs->worker->records, &err);

	if (status < 0)
		log_error(centre->log, LOG_ERROR, "the programmes before stay in force", &err);
	else if (status == 1)
		log_line(centre->log, LOG_INFO, "programmes are read anew");
}

/* ---- the thread ---- */

static bool wait_turn(struct jobs *jobs)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += JOBS_LOOK_MILLISECONDS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&jobs->lock);
	while (!jobs->stopping && !jobs->woken &&
	       pthread_cond_timedwait(&jobs->changed, &jobs->lock, &until) != ETIMEDOUT)
		;
	jobs->woken = false;
	go_on = !jobs->stopping;
	pthread_mutex_unlock(&jobs->lock);
	return go_on;
}

static void *work(void *context)
{
	struct jobs *jobs = context;

	pthread_setname_np(pthread_self(), "jobs");
	while (wait_turn(jobs)) {
		turn_catalogue(jobs);
		turn_clock(jobs);
		turn_jobs(jobs);
		turn_devices(jobs);
		turn_others(jobs);
	}
	return NULL;
}

void jobs_wake(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	pthread_mutex_lock(&jobs->lock);
	jobs->woken = true;
	pthread_cond_signal(&jobs->changed);
	pthread_mutex_unlock(&jobs->lock);
}

struct jobs_statistics jobs_statistics(struct jobs *jobs)
{
	struct jobs_statistics statistics = { 0 };

	if (jobs == NULL)
		return statistics;
	pthread_mutex_lock(&jobs->lock);
	statistics = jobs->statistics;
	pthread_mutex_unlock(&jobs->lock);
	return statistics;
}

struct jobs *jobs_new(struct centre *centre, struct err *err)
{
	struct worker *worker = worker_new(centre, err);
	pthread_condattr_t attributes;
	struct jobs *jobs;

	if (worker == NULL || centre_reload_catalogue(centre, worker->records, err) < 0) {
		worker_free(worker);
		return NULL;
	}
	jobs = mem_zalloc(sizeof *jobs);
	jobs->worker = worker;
	jobs->arena = arena_new(ARENA_MAX);
	jobs->list = arena_new(ARENA_MAX);
	jobs->aftermath = mem_zalloc(sizeof *jobs->aftermath);
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&jobs->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&jobs->thread, NULL, work, jobs) != 0)
		abort(); /* out of memory */
	return jobs;
}

void jobs_free(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	pthread_mutex_lock(&jobs->lock);
	jobs->stopping = true;
	pthread_cond_signal(&jobs->changed);
	pthread_mutex_unlock(&jobs->lock);
	pthread_join(jobs->thread, NULL);
	worker_free(jobs->worker);
	arena_free(jobs->arena);
	arena_free(jobs->list);
	free(jobs->aftermath);
	pthread_cond_destroy(&jobs->changed);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}
