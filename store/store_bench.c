/*
 * store_bench.c - figures of the event store: durable events a second, bytes an
 * event, searches. Arguments: events (default 1,000,000), events in a batch,
 * batches in a group.
 */
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store/testing.h"

#define DEVICES 20

static double seconds(void)
{
	return (double)clock_monotonic_us() / 1e6;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int count_one(void *context, const struct event *event)
{
	++*(uint64_t *)context;
	return 0;
}

static void fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->text);
	exit(1);
}

struct load {
	uint64_t events, per_batch, per_group;
	char device[DEVICES][UUID_TEXT_MAX];
	uint64_t sequence[DEVICES];
	uint64_t bytes;
};

static void append(struct event_store *store, struct load *load)
{
	struct event_batch *batch = calloc(load->per_group, sizeof *batch);
	struct buf *lines = calloc(load->per_group, sizeof *lines);
	enum event_stored stored[EVENT_GROUP_BATCHES_MAX];
	double spent = 0, cpu = 0;
	uint64_t n = 0;

	for (size_t i = 0; i < load->per_group; i++)
		buf_init(&lines[i], EVENT_BATCH_BYTES_MAX);
	while (n < load->events) {
		struct err err = ERR_INIT;
		double start, start_cpu;

		for (size_t i = 0; i < load->per_group; i++) {
			const size_t d = (n / load->per_batch) % DEVICES;

			buf_clear(&lines[i]);
			for (size_t k = 0; k < load->per_batch; k++, n++)
				testing_event(&lines[i], TESTING_COMPANY, load->device[d], n,
					      TESTING_TIME + (int64_t)n * 100);
			batch[i] = (struct event_batch){
				.key = { sv_from(load->device[d]),
					 SV(TESTING_EPOCH),
					 ++load->sequence[d],
					 { { (uint8_t)n } } },
				.company = SV(TESTING_COMPANY),
				.received = { TESTING_TIME + (int64_t)n * 100 },
				.lines = buf_sv(&lines[i]),
				.count = load->per_batch,
			};
			load->bytes += lines[i].n;
		}
		start = seconds();
		start_cpu = cpu_seconds();
		if (event_store_append(store, batch, load->per_group, stored, &err) != 0)
			fail(&err);
		spent += seconds() - start;
		cpu += cpu_seconds() - start_cpu;
	}
	load->events = n;
	printf("append   %" PRIu64 " events of %.0f bytes, %" PRIu64 " in a batch, %" PRIu64
	       " batches in a group: %.0f durable events/s, %.2f CPU us/event\n",
	       n, (double)load->bytes / (double)n, load->per_batch, load->per_group,
	       (double)n / spent, cpu / (double)n * 1e6);
	for (size_t i = 0; i < load->per_group; i++)
		buf_done(&lines[i]);
	free(lines);
	free(batch);
}

static void compact(struct event_store *store, const struct load *load)
{
	const double start = seconds(), start_cpu = cpu_seconds();
	const struct instant later = { TESTING_TIME + 1000000 * INSTANT_SECOND };
	struct event_store_size size;
	struct err err = ERR_INIT;
	int more;

	while ((more = event_store_compact(store, INT64_MAX, later, &err)) == 1)
		;
	if (more < 0 || event_store_size(store, &size, &err) != 0)
		fail(&err);
	printf("compact  %.0f events/s, %.2f CPU us/event; %" PRIu64 " blocks, %" PRIu64
	       " frames left, %.1f bytes/event (%.0f raw)\n",
	       (double)load->events / (seconds() - start),
	       (cpu_seconds() - start_cpu) / (double)load->events * 1e6, size.blocks, size.frames,
	       (double)size.bytes / (double)size.events, (double)load->bytes / (double)size.events);
}

static void search(struct event_store *store, const char *what, const char *word)
{
	const struct sv token = sv_from(word);
	const struct event_scan scan = {
		.company = SV(TESTING_COMPANY),
		.token = &token,
		.token_count = word != NULL,
	};
	struct event_scan_statistics statistics;
	struct err err = ERR_INIT;
	const double start = seconds();
	uint64_t given = 0;

	if (event_store_scan(store, &scan, count_one, &given, &statistics, &err) != 0)
		fail(&err);
	printf("search   %-12s %8" PRIu64 " found, %" PRIu64 " of %" PRIu64
	       " blocks read, %.1f ms\n",
	       what, given, statistics.blocks_read, statistics.blocks, (seconds() - start) * 1e3);
}

static void get(struct event_store *store, const struct load *load)
{
	struct arena *arena = arena_new(1U << 20);
	const double start = seconds();
	struct event event;
	int found = 0;

	for (uint64_t i = 0; i < 100; i++) {
		const uint64_t n = load->events / 100 * i;
		char id[UUID_TEXT_MAX];

		arena_clear(arena);
		testing_id(n, TESTING_TIME + (int64_t)n * 100, id);
		found += event_store_get(store, SV(TESTING_COMPANY), sv_from(id), arena, &event,
					 NULL) == 1;
	}
	printf("get      %d of 100 by id, %.2f ms each\n", found, (seconds() - start) * 10);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	char folder[TESTING_PATH_MAX], path[TESTING_PATH_MAX], word[40];
	struct load load = { .events = 1000000, .per_batch = 1000, .per_group = 16 };
	struct event_store *store;
	struct err err = ERR_INIT;

	if (argc > 1)
		load.events = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		load.per_batch = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		load.per_group = strtoull(argv[3], NULL, 10);
	for (size_t i = 0; i < DEVICES; i++)
		snprintf(load.device[i], UUID_TEXT_MAX, "0193b1c0-0000-7000-8000-0000000%05zu", i);
	testing_folder(folder);
	store = event_store_open(testing_path(folder, "events", path), &err);
	if (!store)
		fail(&err);
	append(store, &load);
	search(store, "in frames", "zzzz");
	compact(store, &load);
	search(store, "no hit", "zzzz");
	snprintf(word, sizeof word, "%012x", (unsigned)(load.events / 2) * 3);
	search(store, "one hit", word);
	search(store, "a number", "4711");
	search(store, "all", NULL);
	get(store, &load);
	event_store_close(store);
	testing_remove(folder, "events");
	return 0;
}
