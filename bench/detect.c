/*
 * detect - one measurement of the detection engine; bench/detect.mjs runs them
 * beside their yardsticks. Prints one JSON object. Times are processor time of
 * the work alone: the file is in memory before, rules are compiled.
 *
 * usage: bench-detect decode|any|match|compile|reader|soak [-r RULES]... [-l LIST]
 *                     [-t THREADS] [-n ROUNDS] [-e EVENTS] [-c CACHE] [FILE]
 *
 * -l LIST    a file with one path of rules a line
 * -e EVENTS  of soak: the lines of FILE over and over, changed each time at a few
 *            places, so that values and some names are new; tells what stays resident
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "detect/detect.h"
#include "event/event.h"

#define PATHS_MAX 8192
#define THREADS_MAX 64
#define BATCH_BYTES ((size_t)256 << 10)
#define BUCKETS 65

struct settings {
	const char *work, *file, *cache;
	const char *path[PATHS_MAX];
	size_t path_count;
	uint64_t threads, rounds, events;
};

struct tally {
	uint64_t events, fields, bytes, bad, matches, candidates, limits;
	uint64_t bucket[BUCKETS]; /* events by candidates; the last: that many and more */
};

static double seconds(clockid_t clock)
{
	struct timespec at;

	clock_gettime(clock, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static long resident_kb(const char *what)
{
	char line[256];
	long kb = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, what, strlen(what)) == 0)
			kb = strtol(line + strlen(what), NULL, 10);
	if (file)
		fclose(file);
	return kb;
}

/* ---- lines ---- */

enum work { WORK_DECODE, WORK_ANY, WORK_MATCH };

struct job {
	enum work work;
	struct ruleset *ruleset;
	/* what is left, taken by batches of whole lines */
	pthread_mutex_t lock;
	struct sv rest;
};

struct worker {
	pthread_t thread;
	struct job *job;
	struct tally tally;
};

static struct sv take_batch(struct job *job)
{
	struct sv batch;
	size_t end;

	pthread_mutex_lock(&job->lock);
	batch = job->rest;
	end = batch.n > BATCH_BYTES ? sv_find_char(batch, '\n', BATCH_BYTES) : SIZE_MAX;
	batch = sv_slice(batch, 0, end == SIZE_MAX ? batch.n : end + 1);
	job->rest.p += batch.n;
	job->rest.n -= batch.n;
	pthread_mutex_unlock(&job->lock);
	return batch;
}

static void one(struct worker *worker, struct event_decoder *decoder,
		struct detect_session *session, struct sv line)
{
	struct tally *tally = &worker->tally;
	const enum work work = worker->job->work;
	struct event event = { 0 };
	struct err err = ERR_INIT;

	tally->bytes += line.n + 1;
	if ((work == WORK_DECODE ? event_decode : event_decode_any)(decoder, line, &event, &err) <
	    0) {
		tally->bad++;
		return;
	}
	tally->events++;
	tally->fields += event.count;
	if (work == WORK_MATCH) {
		const uint64_t before = detect_session_statistics(session).candidates;
		const uint32_t *match;
		uint64_t evaluated;

		tally->matches += detect_event(session, &event, &match);
		evaluated = detect_session_statistics(session).candidates - before;
		tally->bucket[evaluated < BUCKETS ? evaluated : BUCKETS - 1]++;
	}
}

static void *run(void *context)
{
	struct worker *worker = context;
	struct event_decoder *decoder = event_decoder_new();
	struct detect_session *session =
		worker->job->ruleset ? detect_session_new(worker->job->ruleset) : NULL;
	struct sv batch;

	while ((batch = take_batch(worker->job)).n > 0)
		while (batch.n > 0)
			one(worker, decoder, session, sv_cut(&batch, '\n'));
	if (session) {
		worker->tally.candidates = detect_session_statistics(session).candidates;
		worker->tally.limits = detect_session_statistics(session).limits_hit;
	}
	detect_session_free(session);
	event_decoder_free(decoder);
	return NULL;
}

static void add(struct tally *sum, const struct tally *one_of)
{
	sum->events += one_of->events;
	sum->fields += one_of->fields;
	sum->bytes += one_of->bytes;
	sum->bad += one_of->bad;
	sum->matches += one_of->matches;
	sum->candidates += one_of->candidates;
	sum->limits += one_of->limits;
	for (size_t i = 0; i < BUCKETS; i++)
		sum->bucket[i] += one_of->bucket[i];
}

/* Everything once; returns processor time. */
static double round_of(const struct settings *settings, struct job *job, struct sv text,
		       struct tally *ret, double *ret_wall)
{
	struct worker worker[THREADS_MAX] = { 0 };
	const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);

	job->rest = text;
	for (uint64_t i = 0; i < settings->threads; i++)
		worker[i].job = job;
	for (uint64_t i = 1; i < settings->threads; i++)
		pthread_create(&worker[i].thread, NULL, run, &worker[i]);
	run(&worker[0]);
	for (uint64_t i = 1; i < settings->threads; i++)
		pthread_join(worker[i].thread, NULL);
	*ret = (struct tally){ 0 };
	for (uint64_t i = 0; i < settings->threads; i++)
		add(ret, &worker[i].tally);
	*ret_wall = seconds(CLOCK_MONOTONIC) - wall;
	return seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

static void print_bucket(const struct tally *tally)
{
	printf(",\"histogram\":[");
	for (size_t i = 0; i < BUCKETS; i++)
		printf("%s%llu", i ? "," : "", (unsigned long long)tally->bucket[i]);
	printf("]");
}

static int lines(const struct settings *settings, enum work work, struct ruleset *ruleset)
{
	struct job job = { .work = work, .ruleset = ruleset };
	double best = 0, best_wall = 0, wall;
	struct tally tally = { 0 };
	long before = 0, after;
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, (size_t)8 << 30);
	if (file_read(settings->file, &text, &err) != 0) {
		fprintf(stderr, "bench-detect: %s\n", err.text);
		return 1;
	}
	pthread_mutex_init(&job.lock, NULL);
	for (uint64_t i = 0; i < settings->rounds; i++) {
		const double cpu = round_of(settings, &job, buf_sv(&text), &tally, &wall);

		if (i == 0)
			before = resident_kb("VmRSS:");
		if (best == 0 || cpu < best)
			best = cpu;
		if (best_wall == 0 || wall < best_wall)
			best_wall = wall;
	}
	after = resident_kb("VmRSS:");
	printf("{\"events\":%llu,\"fields\":%llu,\"bytes\":%llu,\"bad\":%llu,\"cpu\":%.6f,\"wall\":%.6f,"
	       "\"rules\":%zu,\"matches\":%llu,\"candidates\":%llu,\"limits\":%llu,"
	       "\"grown_kb\":%ld",
	       (unsigned long long)tally.events, (unsigned long long)tally.fields,
	       (unsigned long long)tally.bytes, (unsigned long long)tally.bad, best, best_wall,
	       ruleset ? ruleset_count(ruleset) : 0, (unsigned long long)tally.matches,
	       (unsigned long long)tally.candidates, (unsigned long long)tally.limits,
	       after - before);
	if (work == WORK_MATCH)
		print_bucket(&tally);
	printf("}\n");
	pthread_mutex_destroy(&job.lock);
	buf_done(&text);
	return 0;
}

/* ---- what stays resident ---- */

#define SOAK_CHANGES 8 /* places of one event */
#define SOAK_LOOKS 20  /* at the memory, evenly over the events */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* Other digits and letters at a few places: in values, now and then in names. */
static void change(char *line, size_t n, uint64_t *state)
{
	for (int i = 0; n > 0 && i < SOAK_CHANGES; i++) {
		char *at = &line[next_random(state) % n];
		const uint32_t number = next_random(state);

		if (*at >= '0' && *at <= '9')
			*at = (char)('0' + number % 10);
		else if (*at >= 'a' && *at <= 'z' && at > line && at[-1] != '\\')
			*at = (char)('a' + number % 26);
	}
}

static int soak(const struct settings *settings, struct ruleset *ruleset)
{
	struct event_decoder *decoder = event_decoder_new();
	struct detect_session *session = detect_session_new(ruleset);
	uint64_t state = 1, bad = 0, matches = 0;
	struct err err = ERR_INIT;
	struct buf text, line;
	struct sv rest = SV_NONE;

	buf_init(&text, (size_t)8 << 30);
	buf_init(&line, EVENT_BYTES_MAX);
	if (file_read(settings->file, &text, &err) != 0 || text.n == 0) {
		fprintf(stderr, "bench-detect: %s\n", err.text);
		return 1;
	}
	printf("{\"looks\":[");
	for (uint64_t i = 0; i < settings->events; i++) {
		const uint32_t *match;
		struct event event;

		if (rest.n == 0)
			rest = buf_sv(&text);
		buf_clear(&line);
		buf_put_sv(&line, sv_cut(&rest, '\n'));
		change(line.p, line.n, &state);
		if (event_decode_any(decoder, buf_sv(&line), &event, &err) == 0)
			matches += detect_event(session, &event, &match);
		else
			bad++;
		if ((i + 1) % (settings->events / SOAK_LOOKS) == 0) {
			printf("%s{\"events\":%llu,\"resident_kb\":%ld,\"anonymous_kb\":%ld}",
			       i + 1 > settings->events / SOAK_LOOKS ? ",\n" : "",
			       (unsigned long long)i + 1, resident_kb("VmRSS:"),
			       resident_kb("RssAnon:"));
			fflush(stdout);
		}
	}
	printf("],\"bad\":%llu,\"matches\":%llu}\n", (unsigned long long)bad,
	       (unsigned long long)matches);
	detect_session_free(session);
	event_decoder_free(decoder);
	buf_done(&line);
	buf_done(&text);
	return 0;
}

/* ---- others ---- */

static struct ruleset *load(const struct settings *settings)
{
	const struct ruleset_options options = { .path = settings->path,
						 .path_count = settings->path_count,
						 .cache = settings->cache };
	struct err err = ERR_INIT;
	struct ruleset *ruleset = ruleset_load(&options, &err);

	if (!ruleset)
		fprintf(stderr, "bench-detect: %s\n", err.text);
	return ruleset;
}

static int compile(const struct settings *settings)
{
	const long before = resident_kb("VmRSS:");
	const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
	struct ruleset *ruleset = load(settings);
	const double taken = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	const double waited = seconds(CLOCK_MONOTONIC) - wall;

	if (!ruleset)
		return 1;
	printf("{\"rules\":%zu,\"cpu\":%.6f,\"wall\":%.6f,\"resident_kb\":%ld,"
	       "\"anonymous_kb\":%ld,\"grown_kb\":%ld}\n",
	       ruleset_count(ruleset), taken, waited, resident_kb("VmRSS:"),
	       resident_kb("RssAnon:"), resident_kb("VmRSS:") - before);
	ruleset_unref(ruleset);
	return 0;
}

static int reader(const struct settings *settings)
{
	uint64_t records = 0, fields = 0, bytes = 0;
	double best = 0;

	for (uint64_t i = 0; i < settings->rounds; i++) {
		const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		struct err err = ERR_INIT;
		struct event_reader *in =
			event_reader_open(settings->file, EVENT_FORMAT_AUTO, &err);
		struct event event;
		uint64_t record;
		double taken;
		int more;

		if (!in) {
			fprintf(stderr, "bench-detect: %s\n", err.text);
			return 1;
		}
		fields = 0;
		while ((more = event_reader_next(in, &event, &record, &err)) != 0)
			fields += more > 0 ? event.count : 0;
		records = event_reader_progress(in).records;
		bytes = event_reader_progress(in).bytes_read;
		event_reader_close(in);
		taken = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		if (best == 0 || taken < best)
			best = taken;
	}
	printf("{\"events\":%llu,\"fields\":%llu,\"bytes\":%llu,\"cpu\":%.6f}\n",
	       (unsigned long long)records, (unsigned long long)fields, (unsigned long long)bytes,
	       best);
	return 0;
}

/* ---- the command line ---- */

static int take_list(struct settings *settings, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	if (!file)
		return -1;
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && settings->path_count < PATHS_MAX)
			settings->path[settings->path_count++] = strdup(line);
	}
	fclose(file);
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: bench-detect decode|any|match|compile|reader|soak [-r RULES]... [-l LIST] "
		"[-t THREADS] [-n ROUNDS] [-e EVENTS] [-c CACHE] [FILE]\n");
	return 2;
}

static int options(struct settings *settings, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:l:t:n:e:c:")) != -1) {
		if (option == 'c')
			settings->cache = optarg;
		else if (option == 'r' && settings->path_count < PATHS_MAX)
			settings->path[settings->path_count++] = optarg;
		else if (option == 'l' && take_list(settings, optarg) == 0)
			continue;
		else if (option == 't' && sv_to_u64(sv_from(optarg), &settings->threads) &&
			 settings->threads > 0 && settings->threads <= THREADS_MAX)
			continue;
		else if (option == 'n' && sv_to_u64(sv_from(optarg), &settings->rounds) &&
			 settings->rounds > 0)
			continue;
		else if (option == 'e' && sv_to_u64(sv_from(optarg), &settings->events) &&
			 settings->events >= SOAK_LOOKS)
			continue;
		else if (option != 'r' && option != 'c')
			return -1;
	}
	settings->file = optind < argc ? argv[optind] : NULL;
	return 0;
}

int main(int argc, char **argv)
{
	static struct settings settings = { .threads = 1, .rounds = 1, .events = 100000000 };
	struct ruleset *ruleset;
	int result;

	settings.work = argc > 1 ? argv[1] : "";
	if (argc < 3 || options(&settings, argc - 1, argv + 1) < 0)
		return usage();
	if (strcmp(settings.work, "compile") == 0)
		return compile(&settings);
	if (!settings.file)
		return usage();
	if (strcmp(settings.work, "decode") == 0)
		return lines(&settings, WORK_DECODE, NULL);
	if (strcmp(settings.work, "any") == 0)
		return lines(&settings, WORK_ANY, NULL);
	if (strcmp(settings.work, "reader") == 0)
		return reader(&settings);
	if (strcmp(settings.work, "match") != 0 && strcmp(settings.work, "soak") != 0)
		return usage();
	ruleset = load(&settings);
	if (!ruleset)
		return 1;
	result = strcmp(settings.work, "soak") == 0 ? soak(&settings, ruleset)
						    : lines(&settings, WORK_MATCH, ruleset);
	ruleset_unref(ruleset);
	return result;
}
