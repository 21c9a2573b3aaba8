#include "ingest.c"

#include <ftw.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

struct fixture {
	char root[64], path[96];
	struct log log;
	struct centre centre;
	struct ingest *ingest;
	struct err err;
};

/* A real HTTP shell without sockets: tickets that nobody has are ignored. */
static void start(struct fixture *f)
{
	struct http_options options = { .people_fd = -1, .devices_fd = -1, .workers = 1,
					.centre = &f->centre, .log = &f->log, .clock = clock_real(),
					.worker_new = worker_new, .worker_free = worker_free };

	*f = (struct fixture){ .root = "/tmp/ingest_test.XXXXXX", .err = ERR_INIT,
			       .log = { .fd = STDERR_FILENO, .level = LOG_ERROR, .program = "test" } };
	CHECK(mkdtemp(f->root) != NULL);
	snprintf(f->path, sizeof f->path, "sqlite:%s/records.sqlite", f->root);
	f->centre.records_url = f->path;
	f->centre.log = &f->log;
	CHECK(http_new(&options, &f->err) != NULL);
}

static void open_events(struct fixture *f)
{
	char path[96];

	snprintf(path, sizeof path, "%s/events.sqlite", f->root);
	f->centre.events = event_store_open(path, &f->err);
	CHECK(f->centre.events != NULL);
	f->ingest = ingest_new(f->centre.events, &f->log);
	ingest_attach(f->ingest, &f->centre);
}

static void stop(struct fixture *f)
{
	ingest_free(f->ingest);
	http_free(f->centre.http);
	event_store_close(f->centre.events);
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define ID "01998000-0000-7000-8000-000000000001"
#define LINE "{\"hikeshi\":{\"id\":\"" ID "\",\"observed\":\"2026-11-21T08:00:00Z\"},\"Image\":\"x\"}\n"

static struct ingest_job *put(struct fixture *f, uint64_t sequence, size_t padding)
{
	struct event_batch batch = {
		.key = { SV(ID), SV(ID), sequence, { { (uint8_t)sequence } } },
		.company = SV(ID), .received = { INT64_C(1795000000000000) }, .count = 1,
		.lines = { NULL, sizeof LINE - 1 + padding },
	};
	char *lines = mem_alloc(batch.lines.n + 1);

	memcpy(lines, LINE, sizeof LINE - 1);
	if (padding > 0) { /* spaces inside of the object */
		memset(lines + sizeof LINE - 3, ' ', padding);
		memcpy(lines + batch.lines.n - 2, "}\n", 2);
	}
	batch.lines.p = lines;
	return ingest_put(f->ingest, &batch, lines, sequence, &f->err);
}

static enum ingest_state wait_for(struct fixture *f, struct ingest_job *job,
				  enum event_stored *stored)
{
	enum ingest_state state;

	while ((state = ingest_ask(f->ingest, job, stored, &f->err)) == INGEST_WAITING)
		sched_yield();
	return state;
}

TEST(stored_again_conflicting)
{
	struct fixture f;
	enum event_stored stored = EVENT_CONFLICTING;
	struct ingest_job *job;

	start(&f);
	open_events(&f);
	for (int i = 0; i < 3; i++) {
		job = put(&f, i == 2 ? 257 : 1, 0);
		REQUIRE(job != NULL);
		CHECK_INT(wait_for(&f, job, &stored), INGEST_STORED);
		CHECK_INT(stored, i == 1 ? EVENT_DUPLICATE : EVENT_STORED);
		ingest_leave(f.ingest, job);
	}
	CHECK_INT(ingest_statistics(f.ingest).events, 2);
	CHECK_INT(ingest_statistics(f.ingest).duplicates, 1);
	stop(&f);
}

/* Handlers that left before the answer: nothing leaks, everything is stored. */
TEST(left_early)
{
	struct fixture f;

	start(&f);
	open_events(&f);
	for (uint64_t i = 1; i <= 200; i++) {
		struct ingest_job *job = put(&f, i, 0);

		REQUIRE(job != NULL);
		ingest_leave(f.ingest, job);
	}
	ingest_free(f.ingest); /* stores what waits */
	f.ingest = NULL;
	{
		struct event_store_size size;

		CHECK_INT(event_store_size(f.centre.events, &size, &f.err), 0);
		CHECK_INT(size.events, 200);
	}
	stop(&f);
}

/* A store that cannot write: every waiting batch hears it. */
TEST(failing_store)
{
	struct fixture f;
	enum event_stored stored;
	struct ingest_job *job;

	start(&f);
	open_events(&f);
	f.log.fd = -1;
	job = put(&f, 0, 0); /* no sequence number: the store refuses */
	REQUIRE(job != NULL);
	CHECK_INT(wait_for(&f, job, &stored), INGEST_FAILED);
	CHECK(f.err.code != ERR_OK);
	ingest_leave(f.ingest, job);
	job = put(&f, 1, 0);
	REQUIRE(job != NULL);
	CHECK_INT(wait_for(&f, job, &stored), INGEST_STORED);
	ingest_leave(f.ingest, job);
	stop(&f);
}

static void *do_nothing(void *context)
{
	return NULL;
}

/* An ingest whose writer never comes. */
static struct ingest *idle(struct fixture *f)
{
	struct ingest *ingest = mem_zalloc(sizeof *ingest);

	pthread_mutex_init(&ingest->lock, NULL);
	pthread_cond_init(&ingest->changed, NULL);
	ingest->last = &ingest->first;
	ingest->log = &f->log;
	pthread_create(&ingest->thread, NULL, do_nothing, NULL);
	return ingest;
}

static void drop_all(struct ingest *ingest)
{
	while (ingest->first != NULL) {
		struct ingest_job *job = ingest->first;

		ingest->first = job->next;
		job_free(job);
	}
}

/* The queue's two bounds, with a writer that does not come to it. */
TEST(full_queue)
{
	static const struct {
		size_t padding, fits;
	} row[] = {
		{ 0, INGEST_QUEUE_BATCHES_MAX },
		{ (1U << 20) - (sizeof LINE - 1), INGEST_QUEUE_BYTES_MAX >> 20 },
	};

	for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
		struct fixture f;
		struct ingest_job *job;
		size_t n = 0;

		start(&f);
		f.ingest = idle(&f);
		while ((job = put(&f, n + 1, row[r].padding)) != NULL && n < 10000)
			n++;
		CHECK_INT(n, row[r].fits);
		CHECK_INT(f.err.code, ERR_TOO_MANY);
		CHECK_INT(ingest_statistics(f.ingest).waiting, n);
		drop_all(f.ingest);
		stop(&f);
	}
}
