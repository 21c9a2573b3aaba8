#include "centre/ingest.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "centre/centre.h"
#include "centre/detector.h"
#include "centre/http.h"

struct ingest_job {
	struct ingest_job *next;
	struct event_batch batch; /* views into what follows */
	char *lines;
	char device[UUID_TEXT_MAX], epoch[UUID_TEXT_MAX], company[UUID_TEXT_MAX];
	uint64_t ticket;
	enum ingest_state state;
	enum event_stored stored;
	struct err err;
	bool left; /* the handler is gone: whoever comes last frees */
};

struct ingest {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct event_store *events;
	struct centre *centre;
	const struct log *log;
	struct ingest_job *first, **last;
	size_t count, bytes;
	bool stopping;
	struct ingest_statistics statistics;
};

static void job_free(struct ingest_job *job)
{
	free(job->lines);
	free(job);
}

static struct sv keep(char copy[static UUID_TEXT_MAX], struct sv text)
{
	const size_t n = text.n < UUID_TEXT_MAX ? text.n : UUID_TEXT_MAX - 1;

	memcpy(copy, text.p, n);
	copy[n] = '\0';
	return (struct sv){ copy, n };
}

struct ingest_job *ingest_put(struct ingest *ingest, const struct event_batch *batch,
			      char *take_lines, uint64_t ticket, struct err *err)
{
	struct ingest_job *job = mem_zalloc(sizeof *job);
	bool room;

	job->batch = *batch;
	job->lines = take_lines;
	job->batch.key.device = keep(job->device, batch->key.device);
	job->batch.key.epoch = keep(job->epoch, batch->key.epoch);
	job->batch.company = keep(job->company, batch->company);
	job->ticket = ticket;
	pthread_mutex_lock(&ingest->lock);
	room = !ingest->stopping && ingest->count < INGEST_QUEUE_BATCHES_MAX &&
	       ingest->bytes + batch->lines.n <= INGEST_QUEUE_BYTES_MAX;
	if (room) {
		*ingest->last = job;
		ingest->last = &job->next;
		ingest->count++;
		ingest->bytes += batch->lines.n;
		pthread_cond_signal(&ingest->changed);
	}
	pthread_mutex_unlock(&ingest->lock);
	if (room)
		return job;
	job_free(job);
	return err_null(err, ERR_TOO_MANY, "too many batches wait to be stored");
}

enum ingest_state ingest_ask(struct ingest *ingest, struct ingest_job *job,
			     enum event_stored *ret_stored, struct err *err)
{
	enum ingest_state state;

	pthread_mutex_lock(&ingest->lock);
	state = job->state;
	if (state == INGEST_STORED)
		*ret_stored = job->stored;
	else if (state == INGEST_FAILED && err != NULL)
		*err = job->err;
	pthread_mutex_unlock(&ingest->lock);
	return state;
}

void ingest_leave(struct ingest *ingest, struct ingest_job *job)
{
	bool last;

	pthread_mutex_lock(&ingest->lock);
	last = job->state != INGEST_WAITING;
	job->left = true;
	pthread_mutex_unlock(&ingest->lock);
	if (last)
		job_free(job);
}

/* ---- the writer ---- */

/* Takes a group off the queue, waits for its first batch. Returns 0 when stopping and empty. */
static size_t take_group(struct ingest *ingest, struct ingest_job **group)
{
	size_t n = 0, bytes = 0;

	pthread_mutex_lock(&ingest->lock);
	while (ingest->first == NULL && !ingest->stopping)
		pthread_cond_wait(&ingest->changed, &ingest->lock);
	while (ingest->first != NULL && n < INGEST_GROUP_BATCHES_MAX &&
	       (n == 0 || bytes + ingest->first->batch.lines.n <= INGEST_GROUP_BYTES_MAX)) {
		struct ingest_job *job = ingest->first;

		ingest->first = job->next;
		if (ingest->first == NULL)
			ingest->last = &ingest->first;
		ingest->count--;
		ingest->bytes -= job->batch.lines.n;
		bytes += job->batch.lines.n;
		group[n++] = job;
	}
	pthread_mutex_unlock(&ingest->lock);
	return n;
}

static void count(struct ingest_statistics *statistics, const struct ingest_job *job)
{
	if (job->state == INGEST_FAILED) {
		statistics->failed++;
	} else if (job->stored == EVENT_STORED) {
		statistics->batches++;
		statistics->events += job->batch.count;
	} else if (job->stored == EVENT_DUPLICATE) {
		statistics->duplicates++;
	} else {
		statistics->conflicts++;
	}
}

/* Tells each handler, frees what nobody waits for. */
static void settle(struct ingest *ingest, struct ingest_job **group, size_t n,
		   const enum event_stored *stored, const struct err *err)
{
	struct ingest_job *orphan[INGEST_GROUP_BATCHES_MAX];
	size_t orphans = 0;

	pthread_mutex_lock(&ingest->lock);
	ingest->statistics.groups++;
	for (size_t i = 0; i < n; i++) {
		struct ingest_job *job = group[i];

		job->state = err ? INGEST_FAILED : INGEST_STORED;
		if (err != NULL)
			job->err = *err;
		else
			job->stored = stored[i];
		mem_clear(&job->lines);
		count(&ingest->statistics, job);
		if (job->left)
			orphan[orphans++] = job;
		else
			/* under the lock: until its handler has left, http is there */
			http_wake(ingest->centre->http, job->ticket);
	}
	pthread_mutex_unlock(&ingest->lock);
	for (size_t i = 0; i < orphans; i++)
		job_free(orphan[i]);
}

static void *write_batches(void *context)
{
	struct ingest *ingest = context;
	struct ingest_job *group[INGEST_GROUP_BATCHES_MAX];
	struct event_batch batch[INGEST_GROUP_BATCHES_MAX];
	enum event_stored stored[INGEST_GROUP_BATCHES_MAX];
	size_t n;

	pthread_setname_np(pthread_self(), "ingest");
	while ((n = take_group(ingest, group)) > 0) {
		struct err err = ERR_INIT;

		for (size_t i = 0; i < n; i++)
			batch[i] = group[i]->batch;
		if (event_store_append(ingest->events, batch, n, stored, &err) != 0) {
			log_error(ingest->log, LOG_ERROR, "batches could not be stored", &err);
			settle(ingest, group, n, NULL, &err);
		} else {
			settle(ingest, group, n, stored, NULL);
			detector_wake(ingest->centre->detector);
		}
	}
	return NULL;
}

struct ingest *ingest_new(struct event_store *events, const struct log *log)
{
	struct ingest *ingest = mem_zalloc(sizeof *ingest);

	pthread_mutex_init(&ingest->lock, NULL);
	pthread_cond_init(&ingest->changed, NULL);
	ingest->last = &ingest->first;
	ingest->events = events;
	ingest->log = log;
	if (pthread_create(&ingest->thread, NULL, write_batches, ingest) != 0)
		abort(); /* out of memory */
	return ingest;
}

void ingest_attach(struct ingest *ingest, struct centre *centre)
{
	ingest->centre = centre;
}

void ingest_free(struct ingest *ingest)
{
	if (ingest == NULL)
		return;
	pthread_mutex_lock(&ingest->lock);
	ingest->stopping = true;
	pthread_cond_signal(&ingest->changed);
	pthread_mutex_unlock(&ingest->lock);
	pthread_join(ingest->thread, NULL);
	pthread_cond_destroy(&ingest->changed);
	pthread_mutex_destroy(&ingest->lock);
	free(ingest);
}

struct ingest_statistics ingest_statistics(struct ingest *ingest)
{
	struct ingest_statistics statistics;

	pthread_mutex_lock(&ingest->lock);
	statistics = ingest->statistics;
	statistics.waiting = ingest->count;
	statistics.waiting_bytes = ingest->bytes;
	pthread_mutex_unlock(&ingest->lock);
	return statistics;
}
