#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "store/events.h"
#include "store/testing.h"

struct scene {
	char folder[TESTING_PATH_MAX], path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8];
	struct event_store *store;
	struct buf lines;
	struct arena *arena;
	struct err err;
};

static const struct instant later = { TESTING_TIME + 1000000 * INSTANT_SECOND };

static void scene_open(struct scene *s)
{
	*s = (struct scene){ .err = ERR_INIT };
	testing_folder(s->folder);
	testing_path(s->folder, "events", s->path);
	snprintf(s->url, sizeof s->url, "sqlite:%s", s->path);
	buf_init(&s->lines, EVENT_BATCH_BYTES_MAX);
	s->arena = arena_new(4U << 20);
	s->store = event_store_open(s->path, &s->err);
	if (!s->store)
		abort();
}

static void scene_close(struct scene *s)
{
	event_store_close(s->store);
	buf_done(&s->lines);
	arena_free(s->arena);
	testing_remove(s->folder, "events");
}

/* Appends one batch; returns what became of it, or -1. */
static int append(struct scene *s, uint64_t sequence, uint64_t n, size_t count)
{
	const struct event_batch batch = testing_batch(&s->lines, sequence, n, count);
	enum event_stored stored;

	return event_store_append(s->store, &batch, 1, &stored, &s->err) == 0 ? (int)stored : -1;
}

static void compact(struct scene *s)
{
	int more;

	while ((more = event_store_compact(s->store, INT64_MAX, later, &s->err)) == 1)
		;
	CHECK_INT(more, 0);
}

struct seen {
	uint64_t count, stop_at;
	int64_t last;
	bool ordered, newest_first;
};

static int see(void *context, const struct event *event)
{
	struct seen *seen = context;
	const int64_t at = event->envelope.observed.us;

	if (seen->count++ > 0 && (seen->newest_first ? at > seen->last : at < seen->last))
		seen->ordered = false;
	seen->last = at;
	return seen->count == seen->stop_at;
}

static struct seen scan(struct scene *s, struct event_scan wish,
			struct event_scan_statistics *statistics)
{
	struct seen seen = { .ordered = true, .newest_first = wish.newest_first };

	if (wish.company.n == 0)
		wish.company = SV(TESTING_COMPANY);
	CHECK(event_store_scan(s->store, &wish, see, &seen, statistics, &s->err) == 0);
	return seen;
}

static struct event_store_size size_of(struct scene *s)
{
	struct event_store_size size = { 0 };

	CHECK(event_store_size(s->store, &size, &s->err) == 0);
	return size;
}

TEST(batches_are_stored_once)
{
	struct scene s;
	struct event_batch batch[3];
	enum event_stored stored[3];
	struct buf other;
	bool seen;

	scene_open(&s);
	CHECK_INT(append(&s, 2, 100, 10), EVENT_STORED); /* in any order */
	CHECK_INT(append(&s, 1, 0, 10), EVENT_STORED);
	CHECK_INT(append(&s, 2, 100, 10), EVENT_DUPLICATE);
	CHECK_INT(append(&s, 2, 200, 10), EVENT_CONFLICTING);
	buf_init(&other, 1U << 20);
	batch[0] = testing_batch(&s.lines, 3, 300, 5);
	batch[1] = batch[0];
	batch[2] = testing_batch(&other, 3, 400, 5);
	REQUIRE(event_store_seen(s.store, &batch[0].key, &seen, &stored[0], &s.err) == 0);
	CHECK(!seen);
	REQUIRE(event_store_append(s.store, batch, 3, stored, &s.err) == 0);
	CHECK_INT(stored[0], EVENT_STORED);
	CHECK_INT(stored[1], EVENT_DUPLICATE);
	CHECK_INT(stored[2], EVENT_CONFLICTING);
	REQUIRE(event_store_seen(s.store, &batch[2].key, &seen, &stored[0], &s.err) == 0);
	CHECK(seen);
	CHECK_INT(stored[0], EVENT_CONFLICTING);
	batch[2].key.epoch = SV("0193b1c0-0000-7000-8000-00000000e002");
	REQUIRE(event_store_append(s.store, &batch[2], 1, stored, &s.err) == 0);
	CHECK_INT(stored[0], EVENT_STORED);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, NULL).count, 30);
	CHECK_INT(size_of(&s).duplicates, 2);
	CHECK_INT(size_of(&s).conflicts, 2);
	CHECK_INT(size_of(&s).batches, 4);
	buf_done(&other);
	scene_close(&s);
}

TEST(bounds_of_batches)
{
	struct scene s;
	struct event_batch batch, many[EVENT_GROUP_BATCHES_MAX + 1];
	enum event_stored stored[EVENT_GROUP_BATCHES_MAX + 1];
	char company[BLOCK_COMPANY_MAX + 1];

	scene_open(&s);
	CHECK_INT(append(&s, 1, 0, EVENT_BATCH_EVENTS_MAX), EVENT_STORED);
	CHECK_INT(append(&s, 2, 0, EVENT_BATCH_EVENTS_MAX + 1), -1);
	CHECK_INT(s.err.code, ERR_RANGE);
	CHECK_INT(append(&s, 0, 0, 1), -1);
	CHECK_INT(append(&s, (uint64_t)INT64_MAX + 1, 0, 1), -1);
	CHECK_INT(append(&s, INT64_MAX, 0, 1), EVENT_STORED);
	batch = testing_batch(&s.lines, 5, 0, 3);
	batch.count = 4;
	CHECK(event_store_append(s.store, &batch, 1, stored, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_FORMAT);
	batch.count = 3;
	batch.lines.n--;
	CHECK(event_store_append(s.store, &batch, 1, stored, &s.err) == -1);
	batch.lines.n++;
	memset(company, 'x', sizeof company);
	batch.company = (struct sv){ company, sizeof company };
	CHECK(event_store_append(s.store, &batch, 1, stored, &s.err) == -1);
	batch.company.n--;
	CHECK(event_store_append(s.store, &batch, 1, stored, &s.err) == 0);
	/* A bad one in a group: none is stored. */
	for (size_t i = 0; i <= EVENT_GROUP_BATCHES_MAX; i++) {
		many[i] = testing_batch(&s.lines, 10 + i, 0, 0);
		many[i].lines = SV("");
	}
	CHECK(event_store_append(s.store, many, EVENT_GROUP_BATCHES_MAX + 1, stored, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_RANGE);
	CHECK(event_store_append(s.store, many, EVENT_GROUP_BATCHES_MAX, stored, &s.err) == 0);
	CHECK(event_store_append(s.store, many, 0, stored, &s.err) == 0);
	scene_close(&s);
}

TEST(old_keys_stay_known)
{
	struct scene s;
	struct event_batch batch[100];
	enum event_stored stored[100];
	const uint64_t last = EVENT_BATCHES_REMEMBERED + 1000;

	scene_open(&s);
	/* Without 300, which comes late. */
	for (uint64_t sequence = 1; sequence <= last; sequence += 100) {
		for (size_t i = 0; i < 100; i++) {
			batch[i] = testing_batch(&s.lines, sequence + i, 0, 0);
			batch[i].lines = SV("");
			if (sequence + i == 300)
				batch[i].key.sequence = last + 5000;
		}
		REQUIRE(event_store_append(s.store, batch, 100, stored, &s.err) == 0);
	}
	CHECK_INT(append(&s, 5, 0, 1), EVENT_DUPLICATE); /* its digest is forgotten */
	CHECK_INT(append(&s, last, 0, 1), EVENT_CONFLICTING);
	CHECK_INT(append(&s, 300, 0, 1), EVENT_STORED);
	CHECK_INT(append(&s, 299, 0, 1), EVENT_DUPLICATE);
	CHECK_INT(append(&s, 301, 0, 1), EVENT_DUPLICATE);
	CHECK_INT(append(&s, last + 4999, 0, 1), EVENT_STORED);
	scene_close(&s);
}

struct frames {
	int64_t last;
	uint64_t count, lines;
};

static int take_frame(void *context, int64_t number, struct sv company, struct sv lines,
		      struct err *err)
{
	struct frames *frames = context;

	CHECK(number > frames->last);
	CHECK_SV(company, SV(TESTING_COMPANY));
	frames->last = number;
	frames->count++;
	for (; lines.n > 0; frames->lines++)
		sv_cut(&lines, '\n');
	return frames->count == 4 ? -1 : 0;
}

TEST(frames_come_in_order_and_are_compacted)
{
	struct scene s;
	struct frames frames = { .last = 0 };
	struct event_scan_statistics statistics;

	scene_open(&s);
	for (uint64_t i = 0; i < 12; i++)
		REQUIRE(append(&s, i + 1, i * 1000, 1000) == EVENT_STORED);
	REQUIRE(event_store_frames(s.store, 0, 2, take_frame, &frames, &s.err) == 0);
	CHECK_INT(frames.count, 2);
	CHECK(event_store_frames(s.store, frames.last, 99, take_frame, &frames, &s.err) == -1);
	CHECK_INT(frames.lines, 4000);
	/* Only what is detected, and not before there is enough. */
	CHECK_INT(event_store_compact(s.store, 4, (struct instant){ TESTING_TIME }, &s.err), 0);
	CHECK_INT(size_of(&s).blocks, 0);
	CHECK_INT(event_store_compact(s.store, 5, (struct instant){ TESTING_TIME }, &s.err), 1);
	CHECK_INT(size_of(&s).blocks, 1);
	CHECK_INT(size_of(&s).frames, 7);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, NULL).count, 12000);
	/* An hour later small ones go too. */
	compact(&s);
	CHECK_INT(size_of(&s).frames, 0);
	CHECK_INT(size_of(&s).events, 12000);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, &statistics).count, 12000);
	CHECK_INT(statistics.blocks_read, statistics.blocks);
	CHECK_INT(append(&s, 1, 0, 1000), EVENT_DUPLICATE);
	frames = (struct frames){ .last = 0 };
	CHECK(event_store_frames(s.store, 0, 9, take_frame, &frames, &s.err) == 0);
	CHECK_INT(frames.count, 0);
	REQUIRE(append(&s, 99, 0, 1) == EVENT_STORED); /* numbers never come again */
	REQUIRE(event_store_frames(s.store, 12, 9, take_frame, &frames, &s.err) == 0);
	CHECK_INT(frames.last, 13);
	scene_close(&s);
}

TEST(searching)
{
	struct scene s;
	struct event_scan_statistics statistics;
	struct seen seen;
	const struct sv word = SV("000000007530"), none = SV("zzzz"); /* 3 * 10,000 */
	const struct instant from = { TESTING_TIME + 5000000 }, to = { TESTING_TIME + 6000000 };

	scene_open(&s);
	for (uint64_t i = 0; i < 20; i++) {
		REQUIRE(append(&s, i + 1, i * 1000, 1000) == EVENT_STORED);
		if (i == 16)
			compact(&s);
	}
	CHECK(size_of(&s).blocks > 3 && size_of(&s).frames == 3);
	seen = scan(&s, (struct event_scan){ .newest_first = true }, NULL);
	CHECK(seen.count == 20000 && seen.ordered);
	seen = scan(&s, (struct event_scan){ .newest_first = false }, NULL);
	CHECK(seen.count == 20000 && seen.ordered);
	seen = scan(&s, (struct event_scan){ .from = from, .to = to }, &statistics);
	CHECK_INT(seen.count, 1000);
	CHECK(statistics.blocks_read <= 2);
	seen = scan(&s, (struct event_scan){ .token = &word, .token_count = 1 }, &statistics);
	CHECK_INT(seen.count, 1);
	CHECK(statistics.blocks_read <= 2);
	CHECK_INT(scan(&s, (struct event_scan){ .token = &none, .token_count = 1 }, NULL).count, 0);
	CHECK_INT(scan(&s, (struct event_scan){ .device = SV(TESTING_DEVICE) }, NULL).count, 20000);
	CHECK_INT(scan(&s, (struct event_scan){ .device = SV("x") }, &statistics).count, 0);
	CHECK_INT(statistics.blocks_read, 0);
	CHECK_INT(scan(&s,
		       (struct event_scan){ .product = SV("linux"),
					    .category = SV("process_creation") },
		       NULL)
			  .count,
		  20000);
	CHECK_INT(scan(&s, (struct event_scan){ .category = SV("dns_query") }, NULL).count, 0);
	CHECK_INT(scan(&s, (struct event_scan){ .company = SV("other") }, NULL).count, 0);
	seen = (struct seen){ .stop_at = 7, .ordered = true };
	REQUIRE(event_store_scan(s.store, &(struct event_scan){ .company = SV(TESTING_COMPANY) },
				 see, &seen, NULL, &s.err) == 0);
	CHECK_INT(seen.count, 7);
	CHECK(event_store_scan(s.store, &(struct event_scan){ .token_count = 0 }, see, &seen, NULL,
			       &s.err) == -1);
	scene_close(&s);
}

static int get(struct scene *s, uint64_t n, const char *company, struct event *ret)
{
	char id[UUID_TEXT_MAX];

	testing_id(n, TESTING_TIME + (int64_t)n * 1000, id);
	arena_clear(s->arena);
	return event_store_get(s->store, sv_from(company), sv_from(id), s->arena, ret, &s->err);
}

TEST(getting_by_id)
{
	struct scene s;
	struct event event;

	scene_open(&s);
	REQUIRE(append(&s, 1, 0, 5000) == EVENT_STORED);
	compact(&s);
	REQUIRE(append(&s, 2, 5000, 100) == EVENT_STORED);
	REQUIRE(get(&s, 4321, TESTING_COMPANY, &event) == 1);
	CHECK_SV(event_text(&event, SV("ProcessId")), SV("5321"));
	CHECK_INT(event.envelope.observed.us, TESTING_TIME + 4321000);
	REQUIRE(get(&s, 5050, TESTING_COMPANY, &event) == 1);
	CHECK_SV(event_text(&event, SV("ProcessId")), SV("6050"));
	CHECK_INT(get(&s, 9999, TESTING_COMPANY, &event), 0);
	CHECK_INT(get(&s, 4321, "other", &event), 0);
	CHECK_INT(event_store_get(s.store, SV(TESTING_COMPANY), SV(""), s.arena, &event, &s.err),
		  0);
	scene_close(&s);
}

TEST(expiry_by_company)
{
	struct scene s;
	uint64_t events;

	scene_open(&s);
	REQUIRE(append(&s, 1, 0, 8192) == EVENT_STORED);
	compact(&s);
	REQUIRE(append(&s, 2, 9000, 10) == EVENT_STORED);
	REQUIRE(event_store_expire(s.store, SV(TESTING_COMPANY),
				   (struct instant){ TESTING_TIME + 5000000 }, &events,
				   &s.err) == 0);
	CHECK_INT(events, 4096);
	REQUIRE(event_store_expire(s.store, SV("other"), (struct instant){ INT64_MAX }, &events,
				   &s.err) == 0);
	CHECK_INT(events, 0);
	REQUIRE(event_store_expire(s.store, SV(TESTING_COMPANY), (struct instant){ INT64_MAX },
				   &events, &s.err) == 0);
	CHECK_INT(events, 4106);
	CHECK_INT(size_of(&s).events, 0);
	CHECK_INT(append(&s, 1, 0, 10), EVENT_CONFLICTING); /* the key stays known */
	scene_close(&s);
}

/* Changes bytes behind the store's back. */
static void damage(struct scene *s, const char *sql)
{
	struct store *records = store_open(s->url, &s->err);

	CHECK(records && store_exec(records, sql, &s->err) == 0);
	store_close(records);
}

TEST(damage_is_counted_and_skipped)
{
	struct scene s;
	struct event_scan_statistics statistics;
	struct event_store_check check;
	struct frames frames = { .last = 0 };

	scene_open(&s);
	REQUIRE(append(&s, 1, 0, 8192) == EVENT_STORED);
	compact(&s);
	REQUIRE(append(&s, 2, 9000, 10) == EVENT_STORED && append(&s, 3, 9100, 20) == EVENT_STORED);
	damage(&s, "UPDATE frame SET packed = substr(packed, 1, 40) || x'00' || substr(packed, 42)"
		   " WHERE number = 2;"
		   "UPDATE block_data SET packed = substr(packed, 1, 900) || x'0000' ||"
		   " substr(packed, 903) WHERE number = 1");
	/* Detection hears of it and goes on. */
	REQUIRE(event_store_frames(s.store, 0, 9, take_frame, &frames, &s.err) == 0);
	CHECK_INT(frames.count, 2);
	CHECK_INT(frames.lines, 20);
	CHECK_INT(size_of(&s).damaged, 1);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, &statistics).count, 4096 + 20);
	CHECK_INT(statistics.damaged, 1); /* the frame is set aside by now */
	CHECK_INT(size_of(&s).damaged, 2);
	CHECK_INT(size_of(&s).damaged_events, 4096 + 10);
	compact(&s);
	CHECK_INT(size_of(&s).frames, 1);
	REQUIRE(event_store_verify(s.store, &check, &s.err) == 0);
	CHECK_INT(check.damaged, 2);
	CHECK_INT(check.blocks, 3);
	/* A damaged index hides nothing. */
	damage(&s, "UPDATE block SET devices = 'nobody' WHERE number = 2;"
		   "UPDATE block_data SET bloom = zeroblob(64) WHERE number = 3");
	CHECK_INT(scan(&s, (struct event_scan){ .device = SV(TESTING_DEVICE) }, NULL).count,
		  4096 + 20);
	CHECK(scan(&s, (struct event_scan){ .token = &SV("linux9100"), .token_count = 1 },
		   &statistics)
		      .count == 0);
	CHECK(statistics.blocks_read >= 1);
	scene_close(&s);
}

TEST(full_disk_stores_nothing_half)
{
	const struct store_options small = {
		.page_size = 8192,
		.cache_kib = 512,
		.checkpoint_pages = 50,
		.pages_max = 100,
	};
	struct scene s;
	uint64_t sequence = 0;
	int stored;

	scene_open(&s);
	event_store_close(s.store);
	s.store = event_store_open_with(s.path, &small, &s.err);
	REQUIRE(s.store);
	do {
		sequence++;
		stored = append(&s, sequence, sequence * 500, 500);
	} while (stored == EVENT_STORED && sequence < 1000);
	CHECK_INT(stored, -1);
	CHECK_INT(s.err.code, ERR_FULL);
	CHECK(sequence > 3);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, NULL).count, (sequence - 1) * 500);
	CHECK_INT(size_of(&s).batches, sequence - 1);
	/* Room is made: the same batch is taken. */
	REQUIRE(event_store_expire(s.store, SV(TESTING_COMPANY), (struct instant){ INT64_MAX },
				   NULL, &s.err) == 0);
	CHECK_INT(append(&s, sequence, sequence * 500, 500), EVENT_STORED);
	scene_close(&s);
}

struct writing {
	struct scene *s;
	_Atomic bool done;
};

static void *write_on(void *context)
{
	struct writing *w = context;
	struct buf lines;

	buf_init(&lines, EVENT_BATCH_BYTES_MAX);
	for (uint64_t i = 0; i < 60; i++) {
		const struct event_batch batch = testing_batch(&lines, i + 1, i * 200, 200);
		enum event_stored stored;
		struct err err = ERR_INIT;

		CHECK(event_store_append(w->s->store, &batch, 1, &stored, &err) == 0);
		CHECK(event_store_compact(w->s->store, INT64_MAX, later, &err) >= 0);
	}
	buf_done(&lines);
	w->done = true;
	return NULL;
}

/* While batches come in and become blocks, a search misses nothing and sees nothing twice. */
TEST(readers_beside_the_writer)
{
	struct scene s;
	struct writing w = { .s = &s };
	pthread_t thread;
	uint64_t before = 0;

	scene_open(&s);
	REQUIRE(pthread_create(&thread, NULL, write_on, &w) == 0);
	while (!w.done) {
		const struct seen seen = scan(&s, (struct event_scan){ 0 }, NULL);

		CHECK(seen.count >= before && seen.count % 200 == 0 && seen.ordered);
		before = seen.count;
	}
	pthread_join(thread, NULL);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, NULL).count, 12000);
	scene_close(&s);
}

#define KILLS 50

/* Appends and compacts until it is killed; tells of each durable batch by one byte. */
static void work_until_killed(const char *path, uint64_t sequence, int fd)
{
	struct event_store *store = event_store_open(path, NULL);
	struct buf lines;

	buf_init(&lines, EVENT_BATCH_BYTES_MAX);
	for (; store; sequence++) {
		const struct event_batch batch = testing_batch(&lines, sequence, sequence * 50, 50);
		enum event_stored stored;

		if (event_store_append(store, &batch, 1, &stored, NULL) != 0 ||
		    write(fd, stored == EVENT_STORED ? "s" : "d", 1) != 1 ||
		    event_store_compact(store, INT64_MAX, later, NULL) < 0)
			break;
	}
	_exit(1);
}

TEST(killed_while_writing)
{
	struct scene s;
	struct event_store_check check;
	uint64_t random = 11, acknowledged = 0;

	scene_open(&s);
	event_store_close(s.store);
	s.store = NULL;
	for (int i = 0; i < KILLS; i++) {
		int pipe_fd[2], status = 0;
		char byte;
		pid_t child;

		REQUIRE(pipe(pipe_fd) == 0);
		fflush(stdout);
		child = fork();
		/* The next one begins with the last batch again: the sender does not know. */
		if (child == 0)
			work_until_killed(s.path, acknowledged ? acknowledged : 1, pipe_fd[1]);
		close(pipe_fd[1]);
		for (uint64_t n = 0; n < 2 + i % 4U && read(pipe_fd[0], &byte, 1) == 1; n++)
			acknowledged += byte == 's';
		usleep((useconds_t)(testing_random(&random) % 8000));
		REQUIRE(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
		CHECK(WIFSIGNALED(status));
		while (read(pipe_fd[0], &byte, 1) == 1)
			acknowledged += byte == 's';
		close(pipe_fd[0]);
		/* Durable, but killed before it could say so: the next one hears "duplicate". */
		s.store = event_store_open(s.path, &s.err);
		REQUIRE(s.store);
		CHECK(size_of(&s).batches >= acknowledged &&
		      size_of(&s).batches <= acknowledged + 1);
		acknowledged = size_of(&s).batches;
		event_store_close(s.store);
		s.store = NULL;
	}
	s.store = event_store_open(s.path, &s.err);
	REQUIRE(s.store);
	CHECK_INT(scan(&s, (struct event_scan){ 0 }, NULL).count, acknowledged * 50);
	REQUIRE(event_store_verify(s.store, &check, &s.err) == 0);
	CHECK_INT(check.events, acknowledged * 50);
	CHECK_INT(check.damaged, 0);
	printf("# %d kills, %d batches, none lost, none twice\n", KILLS, (int)acknowledged);
	scene_close(&s);
}
