/* The bound of memory: millions of distinct keys and values, and what becomes of the others. */
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include "detect/correlation_testing.h"

#ifdef __SANITIZE_ADDRESS__
#define MANY 1000000 /* resident memory says nothing here, and time neither */
#define BOUND CORRELATION_BYTES_MIN
#else
#define MANY 10000000
#define BOUND ((size_t)16 << 20)
#endif
#define SOME (MANY / 5)
#define RESIDENT_MAX (2 * BOUND)
#define SECONDS_MAX 60 /* of the processor */
#define EVERY 500      /* one of so many events is of the key that is looked for */

static const char rules[] =
	"title: r\nname: r\nlogsource: {product: p}\ndetection: {s: {A: 1}, condition: s}\n---\n"
	"title: c\ncorrelation: {type: %s, rules: r, timespan: 1h, group-by: [g, h],"
	" condition: {%s}}\n";

struct flood {
	struct ruleset *ruleset;
	struct correlator *correlator;
	struct event event;
	struct event_field field[3];
	char text[2][32];
	uint64_t number;
	size_t hits;
	struct instant last;
};

static size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static double processor_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void begin(struct flood *f, const char *type, const char *condition, bool at_once)
{
	static const struct ruleset_options options = { .all_logsources = true };
	const struct correlator_options how = { .late_seconds = at_once ? 60 : INT64_MAX,
						.at_once = at_once,
						.bytes_max_per_rule = BOUND };
	static const char *const name[] = { "g", "h", "v" };
	char yaml[512];

	*f = (struct flood){ .number = 0 };
	/* clang-format off */
	_Pragma("GCC diagnostic push")
	_Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")
	snprintf(yaml, sizeof yaml, rules, type, condition);
	_Pragma("GCC diagnostic pop")
		/* clang-format on */
		f->ruleset = ruleset_parse(sv_from(yaml), "r.yml", &options, NULL);
	CHECK_INT(ruleset_count(f->ruleset), 2);
	f->correlator = correlator_new(f->ruleset, &how);
	for (size_t i = 0; i < 3; i++)
		f->field[i] = (struct event_field){ .name = sv_from(name[i]),
						    .name_hash = sv_hash_case(sv_from(name[i])),
						    .type = EVENT_STRING };
	f->field[1].text = SV("host.example.jp");
	f->event = (struct event){ .field = f->field, .count = 3 };
}

static void take(struct flood *f, const struct correlation_hit *hit, size_t hits)
{
	f->hits += hits;
	for (size_t i = 0; i < hits; i++) {
		CHECK_SV(hit[i].group_value[0], SV("wanted"));
		f->last = hit[i].last;
	}
}

static void event(struct flood *f, bool wanted, bool one_key)
{
	static const uint32_t match = 0;
	const struct correlation_hit *hit;

	f->number++;
	snprintf(f->text[0], sizeof *f->text, "user%llu", (unsigned long long)f->number);
	snprintf(f->text[1], sizeof *f->text, "%llu", (unsigned long long)f->number);
	f->field[0].text = wanted ? SV("wanted") : one_key ? SV("other") : sv_from(f->text[0]);
	f->field[2].text = sv_from(f->text[1]);
	f->event.envelope.observed.us =
		INSTANT_SECOND + (int64_t)f->number * 100; /* 10,000 a second */
	take(f, hit,
	     correlator_event(f->correlator, &f->event, (struct correlation_reference){ { 1, 2 } },
			      &match, 1, &hit));
}

/* Returns the statistics of the end. */
static struct correlator_statistics flood(const char *type, const char *condition, bool at_once,
					  bool one_key, size_t count, size_t wanted_hits)
{
	const double start = processor_seconds();
	size_t before, most = 0, used = 0;
	struct correlator_statistics statistics;
	const struct correlation_hit *hit;
	struct flood f;
	double seconds;
	size_t hits;

	begin(&f, type, condition, at_once);
	malloc_trim(0);
	before = resident();
	for (size_t i = 0; i < count; i++) {
		event(&f, i % EVERY == 0, one_key);
		if (i % 65536 == 0 || i + 1 == count) {
			const size_t now = resident();

			statistics = correlator_statistics(f.correlator);
			used = statistics.bytes > used ? statistics.bytes : used;
			most = now > most ? now : most;
		}
	}
	while ((hits = correlator_finish(f.correlator, &hit)) > 0)
		take(&f, hit, hits);
	statistics = correlator_statistics(f.correlator);
	seconds = processor_seconds() - start;
	printf("# %s {%s}%s%s: %zu events, %.1f s, %.1f MB counted, %.1f MB more resident;"
	       " forgotten: %llu keys, %llu entries; before their time: %llu; hits: %zu\n",
	       type, condition, at_once ? "" : ", at the end", one_key ? ", one key" : "", count,
	       seconds, (double)used / 1048576,
	       most > before ? (double)(most - before) / 1048576 : 0,
	       (unsigned long long)statistics.evicted_keys,
	       (unsigned long long)statistics.evicted_entries,
	       (unsigned long long)statistics.forced, f.hits);
	CHECK(used <= BOUND + (BOUND >> 4));
#ifndef __SANITIZE_ADDRESS__
	CHECK(most < before + RESIDENT_MAX);
	CHECK(seconds < SECONDS_MAX);
#endif
	CHECK(f.hits >= wanted_hits);
	correlator_free(f.correlator);
	ruleset_unref(f.ruleset);
	return statistics;
}

/* The key that is touched again and again stays while ten million others go. */
TEST(distinct_keys)
{
	const struct correlator_statistics statistics =
		flood("event_count", "gte: 100", true, false, MANY, 1);

	CHECK_INT(statistics.entries, MANY);
	CHECK(statistics.evicted_keys > MANY / 2);
	CHECK(statistics.evicted_entries >= statistics.evicted_keys);
	CHECK_INT(statistics.late, 0);
}

TEST(distinct_keys_with_values)
{
	CHECK(flood("value_count", "field: v, gte: 100", true, false, SOME, 1).evicted_keys >
	      SOME / 2);
}

TEST(distinct_keys_at_the_end)
{
	const struct correlator_statistics statistics =
		flood("event_count", "gte: 100", false, false, SOME, 1);

	CHECK(statistics.forced > 0);
	CHECK(statistics.evicted_keys > SOME / 2);
	CHECK_INT(statistics.entries, SOME);
}

/* A window that is settled when it is over says nothing where it did not fit. */
TEST(windows_that_do_not_fit)
{
	CHECK(flood("event_count", "lt: 2", true, true, SOME, 0).evicted_entries > 0);
	CHECK(flood("value_avg", "field: v, gt: 100000000", false, true, SOME, 0).evicted_entries >
	      0);
}

/* All of one key: the oldest entries go. */
TEST(one_key_with_all_values)
{
	CHECK(flood("value_count", "field: v, gte: 100000000", true, true, SOME, 0)
		      .evicted_entries > 0);
	CHECK(flood("value_sum", "field: v, gt: 1e300", true, true, SOME, 0).evicted_entries > 0);
}
