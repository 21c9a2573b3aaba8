/*
 * incident_bench.c - figures: learning processes, absorbing detections, and
 * lists over many incidents. Argument: incidents for the lists (default 1,000,000).
 */
#include <inttypes.h>
#include <sys/resource.h>

#include "incident/testing.h"

#define COMPANIES 1000
#define EVENTS 200000
#define DETECTIONS 5000

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

static void must(const struct scene *s, bool done)
{
	if (done)
		return;
	fprintf(stderr, "%s\n", s->err.text);
	exit(1);
}

static void observe(struct scene *s)
{
	char guid[40], parent[40], device[UUID_TEXT_MAX];
	const double start = seconds(), start_cpu = cpu_seconds();

	for (int i = 0; i < EVENTS;) {
		must(s, store_begin(s->store, &s->err) == 0);
		for (int k = 0; k < 4096 && i < EVENTS; k++, i++) {
			const struct scene_process p = {
				guid,
				parent,
				"/usr/bin/bash",
				"bash -x /var/lib/app/1234.sh --all",
				"/usr/bin/bash",
				"bash",
				NULL,
			};

			snprintf(device, sizeof device, "0193b1c0-0000-7000-8000-0000000d%04d",
				 i % 20);
			snprintf(guid, sizeof guid, "{01234567-89ab-%08x-0000-%08x}", i % 32768, i);
			/* Trees of some depth, below a session shell. */
			if (i / 20 % 5 == 0)
				snprintf(parent, sizeof parent, "{shell}");
			else
				snprintf(parent, sizeof parent, "{01234567-89ab-%08x-0000-%08x}",
					 (i - 20) % 32768, i - 20);
			must(s, scene_start(s, device, i / 10, &p));
		}
		must(s, scene_commit(s));
	}
	printf("observe  %d process events of 20 devices: %.2f us/event, CPU %.2f (with building"
	       " the event)\n",
	       EVENTS, (seconds() - start) / EVENTS * 1e6,
	       (cpu_seconds() - start_cpu) / EVENTS * 1e6);
}

static void absorb(struct scene *s)
{
	char guid[40], device[UUID_TEXT_MAX];
	struct incident_absorbtion absorbed;
	const double start = seconds(), start_cpu = cpu_seconds();

	for (int i = 0; i < DETECTIONS; i++) {
		const int n = EVENTS - 1 - i;
		const struct scene_process p = { guid, NULL, NULL, NULL, NULL, NULL, NULL };

		if (i % 100 == 0)
			must(s, store_begin(s->store, &s->err) == 0);
		snprintf(device, sizeof device, "0193b1c0-0000-7000-8000-0000000d%04d", n % 20);
		snprintf(guid, sizeof guid, "{01234567-89ab-%08x-0000-%08x}", n % 32768, n);
		must(s, scene_detect_process(s, device, n / 10, &p, "rule", &absorbed));
		if (i % 100 == 99)
			must(s, scene_commit(s));
	}
	printf("absorb   %d detections, 100 in a transaction: %.0f us each, CPU %.0f\n", DETECTIONS,
	       (seconds() - start) / DETECTIONS * 1e6,
	       (cpu_seconds() - start_cpu) / DETECTIONS * 1e6);
}

/* Incidents as they would stand after years: nearly all closed. */
static void fill(struct scene *s, long count)
{
	const double start = seconds();
	char sql[2048];

	must(s, store_begin(s->store, &s->err) == 0);
	snprintf(sql, sizeof sql,
		 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld)"
		 " INSERT INTO incident (id, number, company, device, device_row, host, title,"
		 " title_ja, level, state, techniques, tactics, detections, processes, tree,"
		 " tree_key, tree_rule, first, last, opened, updated, version)"
		 " SELECT printf('0193b1c0-0000-7000-9000-%%012x', i), i,"
		 " printf('0193b1c0-0000-7000-8000-%%012x', i * 7919 %% %d),"
		 " printf('0193b1c0-0000-7000-8000-%%012x', i * 104729 %% 30000), 1,"
		 " printf('pc-%%d', i %% 30000), 'Encoded Text Decoded Straight Into A Shell',"
		 " '暗号化された文字列の実行', 1 + i %% 5, CASE WHEN i %% 100 < 2 THEN i %% 4"
		 " ELSE 4 + i %% 3 END, 'T1059.004 T1140', 'execution', 3, 5, 0, '', 'r',"
		 " %" PRId64 " + i * 1000000, %" PRId64 " + i * 1000000, 0, 0, 1 FROM n",
		 count, COMPANIES, TESTING_TIME, TESTING_TIME);
	must(s, store_exec(s->store, sql, &s->err) == 0);
	must(s, store_exec(s->store,
			   "INSERT INTO incident_word (word, incident)"
			   " SELECT 'encoded', row FROM incident WHERE true ON CONFLICT DO NOTHING",
			   &s->err) == 0);
	must(s, store_exec(s->store,
			   "INSERT INTO incident_word (word, incident)"
			   " SELECT host, row FROM incident WHERE true ON CONFLICT DO NOTHING",
			   &s->err) == 0);
	must(s, store_exec(s->store,
			   "INSERT INTO incident_total (company, state, level, incidents)"
			   " SELECT company, state, level, count(*) FROM incident WHERE true"
			   " GROUP BY 1, 2, 3"
			   " ON CONFLICT (company, state, level) DO NOTHING",
			   &s->err) == 0);
	must(s, store_commit(s->store, &s->err) == 0);
	printf("fill     %ld incidents of %d companies: %.1f s\n", count, COMPANIES,
	       seconds() - start);
}

static void list(struct scene *s, const char *what, const struct incident_scope *scope,
		 const struct incident_filter *filter)
{
	struct incident_list page;
	double worst = 0, start;
	struct sv cursor = SV_NONE;
	size_t count = 0;

	arena_clear(s->arena);
	for (int i = 0; i < 5; i++) {
		start = seconds();
		must(s, incident_list(s->store, scope, filter, cursor, 50, s->arena, &page,
				      &s->err) == 0);
		if (seconds() - start > worst)
			worst = seconds() - start;
		cursor = page.next;
		count += page.count;
		if (cursor.n == 0)
			break;
	}
	printf("list     %-34s %4zu rows, slowest page %.2f ms\n", what, count, worst * 1e3);
}

int main(int argc, char **argv)
{
	static char id[COMPANIES][UUID_TEXT_MAX];
	static struct sv company[COMPANIES];
	const struct incident_scope one = { .company = company, .count = 1 };
	const struct incident_scope half = { .company = company, .count = COMPANIES / 2 };
	const unsigned open = 15;
	struct incident_counts counts;
	struct scene s;
	double start;

	for (unsigned i = 0; i < COMPANIES; i++) {
		snprintf(id[i], UUID_TEXT_MAX, "0193b1c0-0000-7000-8000-%012x", i);
		company[i] = sv_from(id[i]);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	scene_open(&s);
	observe(&s);
	absorb(&s);
	fill(&s, argc > 1 ? strtol(argv[1], NULL, 10) : 1000000);
	list(&s, "open, all companies", &scene_all, &(struct incident_filter){ .states = open });
	list(&s, "all, all companies", &scene_all, &(struct incident_filter){ .states = 0 });
	list(&s, "all, by level", &scene_all,
	     &(struct incident_filter){ .order = INCIDENT_BY_LEVEL });
	list(&s, "false positives of level critical", &scene_all,
	     &(struct incident_filter){ .states = 1U << INCIDENT_FALSE_POSITIVE,
					.level_min = LEVEL_CRITICAL });
	list(&s, "one company", &one, &(struct incident_filter){ .states = 0 });
	list(&s, "half of the companies", &half, &(struct incident_filter){ .states = open });
	list(&s, "half, by level", &half, &(struct incident_filter){ .order = INCIDENT_BY_LEVEL });
	list(&s, "one device", &scene_all, &(struct incident_filter){ .device = company[5] });
	list(&s, "a rare word", &scene_all, &(struct incident_filter){ .text = SV("pc-4711") });
	list(&s, "a word that all have", &scene_all,
	     &(struct incident_filter){ .text = SV("encoded") });
	list(&s, "no such word", &half, &(struct incident_filter){ .text = SV("zzzz") });
	start = seconds();
	must(&s, incident_counts(s.store, &half, SV_NONE, &counts, &s.err) == 0);
	printf("counts   %" PRIu64 " open of %" PRIu64 " in %.2f ms\n", counts.open, counts.total,
	       (seconds() - start) * 1e3);
	scene_close(&s);
	return 0;
}
