/*
 * Many workers. One thread reads and cuts the input into units, which are
 * numbered; workers take them as they become free; the main thread takes the
 * results in the order of the numbers. All waits are bounded by the ring: who is
 * ahead waits for room, and the unit whose results are next is never kept
 * waiting by others.
 */
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/hunt.h"

#define SLOTS_EACH 4		 /* units under way for each worker */
#define SLOT_RESULTS_MAX 4	 /* parts of results that a unit may be ahead */
#define FILE_UNIT_MAX (16 << 20) /* a file of at most so many bytes is one unit */

enum unit_kind { UNIT_RESULTS, UNIT_LINES, UNIT_EVENTS, UNIT_FILE };

/* Something for a worker. UNIT_RESULTS: nothing to do any more. */
struct unit {
	enum unit_kind kind;
	size_t file;
	struct hunt_results *results; /* what is told before its own; UNIT_EVENTS: the events */
	char *line;
	size_t line_n;
	uint64_t bytes_at;
};

/* ---- reading: makes units of the files, in order ---- */

struct feeder {
	const struct hunt *hunt;
	size_t file; /* that is read, or comes next */
	struct event_reader *reader;
	struct event_reader_progress told;
	struct sv lines; /* of the reader, not handed out yet */
	bool is_lines;
};

static bool is_small(const struct hunt *hunt, size_t file)
{
	struct stat info;

	return hunt->files.count > 1 && strcmp(hunt->files.path[file], "-") != 0 &&
	       stat(hunt->files.path[file], &info) == 0 && S_ISREG(info.st_mode) &&
	       info.st_size <= FILE_UNIT_MAX;
}

static void take_counts(struct feeder *feeder, struct hunt_results *results)
{
	const struct event_reader_progress now = event_reader_progress(feeder->reader);

	results->lost += now.lost - feeder->told.lost;
	results->damaged += now.damaged - feeder->told.damaged;
	results->bytes_at = now.bytes_read;
	feeder->told = now;
}

static void end_file(struct feeder *feeder, struct unit *ret)
{
	*ret = (struct unit){ .kind = UNIT_RESULTS, .file = feeder->file };
	ret->results = hunt_results_new();
	take_counts(feeder, ret->results);
	hunt_results_add(ret->results, HUNT_END, feeder->file);
	event_reader_close(feeder->reader);
	feeder->reader = NULL;
	feeder->file++;
}

static void begin_file(struct feeder *feeder, struct unit *ret)
{
	*ret = (struct unit){ .kind = UNIT_RESULTS, .file = feeder->file };
	if (is_small(feeder->hunt, feeder->file)) {
		ret->kind = UNIT_FILE;
		feeder->file++;
		return;
	}
	ret->results = hunt_results_new();
	feeder->reader = hunt_open(feeder->hunt, feeder->file, ret->results);
	feeder->told = (struct event_reader_progress){ 0 };
	feeder->lines = SV_NONE;
	if (!feeder->reader)
		feeder->file++;
	else
		feeder->is_lines = event_reader_format(feeder->reader) == EVENT_FORMAT_NDJSON;
}

/* Whole lines, about HUNT_BATCH_BYTES of them, copied out of what the reader holds. */
static void cut_lines(struct feeder *feeder, struct unit *ret)
{
	const struct sv all = feeder->lines;
	size_t n = all.n;

	if (n > HUNT_BATCH_BYTES) {
		const char *end = memrchr(all.p, '\n', HUNT_BATCH_BYTES);

		if (!end)
			end = memchr(all.p + HUNT_BATCH_BYTES, '\n', n - HUNT_BATCH_BYTES);
		n = end ? (size_t)(end - all.p) + 1 : n;
	}
	*ret = (struct unit){ .kind = UNIT_LINES, .file = feeder->file, .line_n = n };
	ret->line = mem_alloc(n);
	memcpy(ret->line, all.p, n);
	ret->bytes_at = event_reader_progress(feeder->reader).bytes_read;
	feeder->lines = sv_slice(all, n, all.n);
}

static void feed_lines(struct feeder *feeder, struct unit *ret)
{
	struct err err = ERR_INIT;
	int more = 1;

	if (feeder->lines.n == 0)
		more = event_reader_lines(feeder->reader, &feeder->lines, &err);
	if (more > 0) {
		cut_lines(feeder, ret);
	} else if (more == 0) {
		end_file(feeder, ret);
	} else {
		*ret = (struct unit){ .kind = UNIT_RESULTS, .file = feeder->file };
		ret->results = hunt_results_new();
		take_counts(feeder, ret->results);
		hunt_results_skipped(ret->results, feeder->file, &err);
	}
}

/* Adds one event or loss; false at the end of the file. */
static bool feed_event(struct feeder *feeder, struct hunt_results *results)
{
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record = 0;
	const int more = event_reader_next(feeder->reader, &event, &record, &err);

	if (more > 0) {
		const struct event *copy = hunt_copy_event(&event, results->arena);
		struct hunt_entry *entry =
			copy ? hunt_results_add(results, HUNT_FINDING, feeder->file) : NULL;

		if (!entry) {
			results->unkept++;
			return true;
		}
		entry->event = copy;
		entry->record = record;
	} else if (more < 0) {
		hunt_results_loss(results, feeder->file, 0, 0, &err);
	}
	return more != 0;
}

static void feed_events(struct feeder *feeder, struct unit *ret)
{
	struct hunt_results *results = hunt_results_new();
	size_t n = 0;

	while (n < HUNT_BATCH_RECORDS && arena_used(results->arena) < HUNT_BATCH_BYTES &&
	       feed_event(feeder, results))
		n++;
	if (!results->last && n == 0) {
		hunt_results_free(results);
		end_file(feeder, ret);
		return;
	}
	take_counts(feeder, results);
	*ret = (struct unit){ .kind = UNIT_EVENTS, .file = feeder->file, .results = results };
}

/* The next unit; false after the last. */
static bool feed(struct feeder *feeder, struct unit *ret)
{
	if (feeder->reader && feeder->is_lines)
		feed_lines(feeder, ret);
	else if (feeder->reader)
		feed_events(feeder, ret);
	else if (feeder->file < feeder->hunt->files.count)
		begin_file(feeder, ret);
	else
		return false;
	return true;
}

/* ---- working on one ---- */

static void pass_on(struct hunt_results *to, const struct hunt_entry *from)
{
	struct hunt_entry *entry = hunt_results_add(to, from->kind, from->file), *next;
	struct err *copy;

	if (!entry)
		return;
	next = entry->next;
	*entry = *from;
	entry->next = next;
	copy = from->err ? arena_alloc(to->arena, sizeof *copy) : NULL;
	if (copy)
		*copy = *from->err;
	entry->err = copy;
}

static void work_on_events(struct hunt_worker *worker, struct unit *unit, hunt_emit *emit,
			   void *context)
{
	struct hunt_results *results = hunt_results_new();
	const struct hunt_results *given = unit->results;

	for (const struct hunt_entry *entry = given->first; entry; entry = entry->next) {
		if (entry->kind == HUNT_FINDING)
			hunt_search_event(worker, unit->file, entry->record, 0, entry->event,
					  results);
		else
			pass_on(results, entry);
	}
	results->lost = given->lost;
	results->damaged = given->damaged;
	results->losses = given->losses;
	results->bytes_at = given->bytes_at;
	results->unkept += given->unkept;
	hunt_results_free(unit->results);
	unit->results = NULL;
	emit(context, results);
}

static void work_on_lines(struct hunt_worker *worker, struct unit *unit, hunt_emit *emit,
			  void *context)
{
	struct hunt_results *results = hunt_results_new();

	results->bytes_at = unit->bytes_at;
	hunt_search_lines(worker, unit->file, (struct sv){ unit->line, unit->line_n }, results);
	mem_clear(&unit->line);
	emit(context, results);
}

static void work_on(struct hunt_worker *worker, struct unit *unit, hunt_emit *emit, void *context)
{
	struct hunt_results *first = unit->results;

	switch (unit->kind) {
	case UNIT_EVENTS: work_on_events(worker, unit, emit, context); return;
	case UNIT_LINES: work_on_lines(worker, unit, emit, context); return;
	case UNIT_FILE: hunt_search_file(worker, unit->file, emit, context); return;
	case UNIT_RESULTS: unit->results = NULL; emit(context, first);
	}
}

/* ---- the ring ---- */

struct slot {
	struct unit unit;
	struct hunt_results *first, *last; /* not collected yet */
	size_t waiting;
	bool done;
};

struct ring {
	struct hunt *hunt;
	pthread_mutex_t lock;
	pthread_cond_t room, work, ready, taken;
	struct slot *slot;
	size_t size;
	uint64_t fed, begun, collected; /* units */
	bool ended, stopped;
};

static struct slot *slot_of(struct ring *ring, uint64_t number)
{
	return &ring->slot[number % ring->size];
}

struct place {
	struct ring *ring;
	struct slot *slot;
};

/* A worker hands a part of its unit's results over. */
static void put_results(void *context, struct hunt_results *results)
{
	const struct place *place = context;
	struct ring *ring = place->ring;
	struct slot *slot = place->slot;

	pthread_mutex_lock(&ring->lock);
	while (slot->waiting >= SLOT_RESULTS_MAX && !ring->stopped)
		pthread_cond_wait(&ring->taken, &ring->lock);
	if (slot->last)
		slot->last->next = results;
	else
		slot->first = results;
	slot->last = results;
	slot->waiting++;
	pthread_cond_signal(&ring->ready);
	pthread_mutex_unlock(&ring->lock);
}

static void *run_worker(void *context)
{
	struct ring *ring = context;
	struct hunt_worker *worker = hunt_worker_new(ring->hunt);

	pthread_mutex_lock(&ring->lock);
	for (;;) {
		struct slot *slot;

		while (ring->begun == ring->fed && !ring->ended && !ring->stopped)
			pthread_cond_wait(&ring->work, &ring->lock);
		if (ring->stopped || ring->begun == ring->fed)
			break;
		slot = slot_of(ring, ring->begun++);
		pthread_mutex_unlock(&ring->lock);
		work_on(worker, &slot->unit, put_results, &(struct place){ ring, slot });
		pthread_mutex_lock(&ring->lock);
		slot->done = true;
		pthread_cond_signal(&ring->ready);
	}
	pthread_mutex_unlock(&ring->lock);
	hunt_worker_free(worker);
	return NULL;
}

static void *run_feeder(void *context)
{
	struct ring *ring = context;
	struct feeder feeder = { .hunt = ring->hunt };
	struct unit unit;
	bool goes_on = true;

	while (goes_on && feed(&feeder, &unit)) {
		pthread_mutex_lock(&ring->lock);
		while (ring->fed - ring->collected == ring->size && !ring->stopped)
			pthread_cond_wait(&ring->room, &ring->lock);
		goes_on = !ring->stopped;
		*slot_of(ring, ring->fed) = (struct slot){ .unit = unit };
		ring->fed += goes_on;
		pthread_cond_signal(&ring->work);
		pthread_mutex_unlock(&ring->lock);
		if (!goes_on) {
			hunt_results_free(unit.results);
			free(unit.line);
		}
	}
	event_reader_close(feeder.reader);
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	pthread_cond_broadcast(&ring->work);
	pthread_cond_signal(&ring->ready);
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

/* The next results in order; NULL at the end. */
static struct hunt_results *take_results(struct ring *ring)
{
	struct hunt_results *results = NULL;

	pthread_mutex_lock(&ring->lock);
	while (!results) {
		struct slot *slot = slot_of(ring, ring->collected);
		const bool is_there = ring->collected < ring->fed;

		if (is_there && slot->first) {
			results = slot->first;
			slot->first = results->next;
			slot->last = slot->first ? slot->last : NULL;
			slot->waiting--;
			pthread_cond_broadcast(&ring->taken);
		} else if (is_there && slot->done) {
			ring->collected++;
			pthread_cond_signal(&ring->room);
		} else if (!is_there && ring->ended) {
			break;
		} else {
			pthread_cond_wait(&ring->ready, &ring->lock);
		}
	}
	pthread_mutex_unlock(&ring->lock);
	return results;
}

static void stop(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->stopped = true;
	pthread_cond_broadcast(&ring->room);
	pthread_cond_broadcast(&ring->work);
	pthread_cond_broadcast(&ring->taken);
	pthread_mutex_unlock(&ring->lock);
}

static void free_slots(struct ring *ring)
{
	for (uint64_t i = ring->collected; i < ring->fed; i++) {
		struct slot *slot = slot_of(ring, i);

		for (struct hunt_results *next; slot->first; slot->first = next) {
			next = slot->first->next;
			hunt_results_free(slot->first);
		}
		hunt_results_free(slot->unit.results);
		free(slot->unit.line);
	}
	free(ring->slot);
}

static void collect_all(struct ring *ring)
{
	struct hunt_results *results;

	while ((results = take_results(ring)) != NULL) {
		hunt_collect(ring->hunt, results);
		if (!hunt_goes_on(ring->hunt))
			break;
	}
	stop(ring);
}

/* Where not even one thread can be had, the caller does the work itself. */
static bool search_by_threads(struct hunt *hunt)
{
	struct ring ring = { .hunt = hunt, .size = SLOTS_EACH * hunt->threads };
	pthread_t *thread = mem_alloc((hunt->threads + 1) * sizeof *thread);
	size_t workers = 0;

	ring.slot = mem_zalloc(ring.size * sizeof *ring.slot);
	pthread_mutex_init(&ring.lock, NULL);
	pthread_cond_init(&ring.room, NULL);
	pthread_cond_init(&ring.work, NULL);
	pthread_cond_init(&ring.ready, NULL);
	pthread_cond_init(&ring.taken, NULL);
	while (workers < hunt->threads &&
	       pthread_create(&thread[workers], NULL, run_worker, &ring) == 0)
		workers++;
	if (workers > 0 && pthread_create(&thread[workers], NULL, run_feeder, &ring) == 0) {
		collect_all(&ring);
		pthread_join(thread[workers], NULL);
	} else {
		stop(&ring);
	}
	for (size_t i = 0; i < workers; i++)
		pthread_join(thread[i], NULL);
	free_slots(&ring);
	pthread_cond_destroy(&ring.taken);
	pthread_cond_destroy(&ring.ready);
	pthread_cond_destroy(&ring.work);
	pthread_cond_destroy(&ring.room);
	pthread_mutex_destroy(&ring.lock);
	free(thread);
	return ring.ended;
}

static void collect_here(void *context, struct hunt_results *results)
{
	hunt_collect(context, results);
}

void hunt_search_all(struct hunt *hunt)
{
	struct hunt_worker *worker;

	if (hunt->threads > 1 && search_by_threads(hunt))
		return;
	worker = hunt_worker_new(hunt);
	for (size_t i = 0; i < hunt->files.count && hunt_goes_on(hunt); i++)
		hunt_search_file(worker, i, collect_here, hunt);
	hunt_worker_free(worker);
}
