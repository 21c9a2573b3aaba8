#include "centre/upkeep.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "centre/aftermath.h"
#include "centre/detector.h"
#include "centre/order.h"
#include "centre/seen.h"
#include "centre/visitors.h"
#include "forms/draft.h"
#include "incident/incident.h"

#define DAY (INT64_C(86400) * INSTANT_SECOND)
#define STEP_SECONDS 1

struct upkeep {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	pthread_t thread;
	struct centre *centre;
	struct store *records;
	struct aftermath *aftermath; /* the thread's */
};

static bool stopping(struct upkeep *upkeep)
{
	bool stop;

	pthread_mutex_lock(&upkeep->lock);
	stop = upkeep->stopping;
	pthread_mutex_unlock(&upkeep->lock);
	return stop;
}

/* ---- jobs ---- */

static int compact(struct upkeep *upkeep, struct instant now, struct err *err)
{
	const int64_t up_to = detector_statistics(upkeep->centre->detector).watermark;
	int r = 1;

	for (int i = 0; r == 1 && i < UPKEEP_COMPACT_MAX && !stopping(upkeep); i++)
		r = event_store_compact(upkeep->centre->events, up_to, now, err);
	return r < 0 ? -1 : 0;
}

static int write_seen(struct upkeep *upkeep, struct instant now, struct err *err)
{
	if (!seen_any(upkeep->centre->seen))
		return 0;
	if (store_begin(upkeep->records, err) != 0)
		return -1;
	aftermath_clear(upkeep->aftermath);
	if (seen_write(upkeep->centre->seen, upkeep->records, upkeep->aftermath, err) != 0 ||
	    store_commit(upkeep->records, err) != 0) {
		store_rollback(upkeep->records);
		return -1;
	}
	aftermath_tell(upkeep->aftermath, upkeep->centre, upkeep->records, now);
	return 0;
}

/* Runs one change in a transaction of its own. */
static int in_transaction(struct upkeep *upkeep, struct instant now,
			  int (*change)(struct store *, struct instant, struct err *),
			  struct err *err)
{
	if (store_begin(upkeep->records, err) != 0)
		return -1;
	if (change(upkeep->records, now, err) != 0 || store_commit(upkeep->records, err) != 0) {
		store_rollback(upkeep->records);
		return -1;
	}
	return 0;
}

static int change_actions(struct store *store, struct instant now, struct err *err)
{
	return incident_expire_actions(store, now, err) < 0 ? -1 : 0;
}

static int change_processes(struct store *store, struct instant now, struct err *err)
{
	const struct instant before = { now.us - UPKEEP_PROCESS_DAYS * DAY };

	return incident_expire_processes(store, before, UPKEEP_PROCESSES_MAX, err) < 0 ? -1 : 0;
}

static int expire_actions(struct upkeep *upkeep, struct instant now, struct err *err)
{
	return in_transaction(upkeep, now, change_actions, err);
}

static int expire_orders(struct upkeep *upkeep, struct instant now, struct err *err)
{
	return in_transaction(upkeep, now, order_expire, err);
}

static int expire_processes(struct upkeep *upkeep, struct instant now, struct err *err)
{
	return in_transaction(upkeep, now, change_processes, err);
}

static int count_visitors(struct upkeep *upkeep, struct instant now, struct err *err)
{
	struct visitors *visitors = upkeep->centre->visitors;

	if (!visitors_any(visitors))
		return 0;
	if (store_begin(upkeep->records, err) != 0)
		return -1;
	if (visitors_write(visitors, upkeep->records, err) != 0 ||
	    store_commit(upkeep->records, err) != 0) {
		store_rollback(upkeep->records);
		return -1;
	}
	return 0;
}

/* Files that nobody took up, and drafts that nobody finished. */
static int forget_forms(struct upkeep *upkeep, struct instant now, struct err *err)
{
	size_t removed;

	if (in_transaction(upkeep, now, draft_sweep, err) != 0)
		return -1;
	return upload_sweep(upkeep->records, upkeep->centre->uploads, now, &removed, err);
}

static const struct job {
	const char *name;
	unsigned seconds; /* between two runs */
	int (*run)(struct upkeep *upkeep, struct instant now, struct err *err);
} job[] = {
	{ "compacting events", 1, compact },
	{ "noting who was heard", 5, write_seen },
	{ "expiring actions", 5, expire_actions },
	{ "expiring orders", 600, expire_orders },
	{ "forgetting processes", 60, expire_processes },
	{ "counting visitors", 2, count_visitors },
	{ "forgetting files and drafts", 300, forget_forms },
};
#define JOBS (sizeof job / sizeof *job)

/* ---- the thread ---- */

static bool sleep_a_step(struct upkeep *upkeep)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STEP_SECONDS;
	pthread_mutex_lock(&upkeep->lock);
	while (!upkeep->stopping &&
	       pthread_cond_timedwait(&upkeep->changed, &upkeep->lock, &until) != ETIMEDOUT)
		;
	go_on = !upkeep->stopping;
	pthread_mutex_unlock(&upkeep->lock);
	return go_on;
}

static void *keep_up(void *context)
{
	struct upkeep *upkeep = context;

	pthread_setname_np(pthread_self(), "upkeep");
	for (unsigned second = 1; sleep_a_step(upkeep); second++) {
		for (size_t i = 0; i < JOBS && !stopping(upkeep); i++) {
			struct err err = ERR_INIT;

			if (second % job[i].seconds == 0 &&
			    job[i].run(upkeep, clock_now(upkeep->centre->clock), &err) != 0) {
				err_wrap(&err, "%s", job[i].name);
				log_error(upkeep->centre->log, LOG_ERROR, "upkeep is late", &err);
			}
		}
	}
	return NULL;
}

struct upkeep *upkeep_new(struct centre *centre, struct err *err)
{
	struct upkeep *upkeep;
	struct store *records = store_open(centre->records_url, err);
	pthread_condattr_t attributes;

	if (records == NULL)
		return NULL;
	upkeep = mem_zalloc(sizeof *upkeep);
	upkeep->centre = centre;
	upkeep->records = records;
	upkeep->aftermath = mem_zalloc(sizeof *upkeep->aftermath);
	pthread_mutex_init(&upkeep->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&upkeep->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&upkeep->thread, NULL, keep_up, upkeep) != 0)
		abort(); /* out of memory */
	return upkeep;
}

void upkeep_free(struct upkeep *upkeep)
{
	if (upkeep == NULL)
		return;
	pthread_mutex_lock(&upkeep->lock);
	upkeep->stopping = true;
	pthread_cond_signal(&upkeep->changed);
	pthread_mutex_unlock(&upkeep->lock);
	pthread_join(upkeep->thread, NULL);
	store_close(upkeep->records);
	pthread_cond_destroy(&upkeep->changed);
	pthread_mutex_destroy(&upkeep->lock);
	free(upkeep->aftermath);
	free(upkeep);
}
