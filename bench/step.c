/*
 * step - how many transitions the engine decides in a second on one core: the
 * way of one application through a whole edition again and again, and the
 * receipt of its form by itself. Prints one JSON object.
 *
 * usage: bench-step FILE COUNT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "season/internal.h"

#define COUNT_MAX 100000000
#define WAY_MAX 64 /* transitions of one application */
#define MEMORY ((size_t)256 << 20)

struct record { /* one transition as it was decided */
	struct application_state is;
	struct sv event;
	enum programme_actor by;
	struct answers fields;
	struct instant now;
};
struct way {
	struct record record[WAY_MAX];
	size_t count;
};

static double cpu(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void keep(struct application_state *is, const struct record *record,
		 const struct transition *transition, const struct answers *fields,
		 struct arena *arena)
{
	struct answer *all =
		arena_alloc(arena, (is->answers.count + fields->count + 1) * sizeof *all);
	size_t count = 0;

	for (size_t i = 0; i < is->answers.count; i++)
		all[count++] = is->answers.item[i];
	for (size_t i = 0; i < fields->count; i++)
		all[count++] = fields->item[i];
	is->answers = (struct answers){ all, count };
	if (!sv_eq(is->state, transition->to))
		is->entered = record->now;
	is->state = transition->to;
	for (int mark = 0; mark < MARK_COUNT; mark++) {
		if (transition->marks & 1U << mark)
			is->mark[mark] = record->now;
	}
}

struct bench {
	struct programme *programme;
	const struct programme_facts *facts;
	struct season_policy *policy;
	struct arena *arena;
	struct seats seat[PROGRAMME_COURSES_MAX];
	struct stream random;
	struct way way;
	struct err err;
};

static int decide(struct bench *bench, const struct record *record, struct arena *arena,
		  struct transition *transition, struct answers *kept, struct refused *refused)
{
	const struct stimulus stimulus = { .event = record->event, .by = record->by,
					   .fields = record->fields, .now = record->now,
					   .seat = bench->seat,
					   .seat_count = bench->facts->course_count };

	return programme_step(bench->programme, &record->is, &stimulus, arena, transition, kept,
			      refused, &bench->err);
}

/* Tries the events of the state until one is taken that leads on. */
static bool go_on(struct bench *bench, struct application_state *is, struct instant now)
{
	const struct programme_state *state = programme_state(bench->programme, is->state);

	for (size_t i = 0; i < state->event_count; i++) {
		const struct programme_event *event = &state->event[i];

		for (unsigned n = 0; n < 8 && !event->gravely && event->by != 1U << BY_CLOCK; n++) {
			const struct said said = { bench->programme, bench->policy, event, is,
						   &bench->random, tokyo_of(now).day,
						   bench->arena, n / 2 };
			struct record *record = &bench->way.record[bench->way.count];
			struct transition transition;
			struct refused refused;
			struct answers kept;
			int by = BY_CENTRE;

			while (!(event->by & 1U << by))
				by++;
			*record = (struct record){ *is, event->id, (enum programme_actor)by,
						   say_fields(&said, NULL, (struct answers){ 0 }),
						   now };
			if (decide(bench, record, bench->arena, &transition, &kept, &refused) != 0)
				continue;
			keep(is, record, &transition, &kept, bench->arena);
			bench->way.count++;
			if (!sv_eq(record->is.state, is->state))
				return true;
			break;
		}
	}
	return false;
}

/* The longest way of a few applications: a form, then what everybody does. */
static int find_way(struct bench *bench)
{
	struct profile *profile = arena_zalloc(bench->arena, 1, sizeof *profile);
	struct instant now = tokyo_instant(bench->facts->opens, 10, 0);
	struct record *first = &bench->way.record[0];
	struct transition transition;
	struct refused refused;
	struct answers kept;

	if (!profile || profile_learn(bench->programme, bench->policy, bench->facts->opens,
				      bench->arena, profile, &bench->err) < 0)
		return -1;
	for (uint32_t n = 0; n < 50 && bench->way.count == 0; n++) {
		*first = (struct record){ .is.state = SV(""), .event = SV("receive"),
					  .by = BY_APPLICANT, .now = now };
		first->fields = profile_answers(profile, bench->programme, n, true, &bench->random,
						bench->facts->opens, bench->arena);
		if (decide(bench, first, bench->arena, &transition, &kept, &refused) == 0)
			bench->way.count = 1;
	}
	if (bench->way.count == 0)
		return err_set(&bench->err, ERR_INTERNAL, "no form is received");
	struct application_state is = first->is;

	keep(&is, first, &transition, &kept, bench->arena);
	while (bench->way.count + PROGRAMME_EVENTS_MAX < WAY_MAX && go_on(bench, &is, now))
		now.us += INT64_C(86400) * INSTANT_SECOND;
	return 0;
}

/* Transitions a second of these records of the way. */
static double measure(struct bench *bench, size_t from, size_t to, unsigned long count)
{
	struct arena *arena = arena_new(MEMORY);
	const double began = cpu();

	for (unsigned long i = 0; i < count; i++) {
		const struct record *record = &bench->way.record[from + i % (to - from)];
		struct transition transition;
		struct refused refused;
		struct answers kept;

		arena_clear(arena);
		if (decide(bench, record, arena, &transition, &kept, &refused) != 0)
			abort();
	}
	arena_free(arena);
	return (double)count / (cpu() - began);
}

static int run(struct bench *bench, unsigned long count)
{
	for (size_t i = 0; i < bench->facts->course_count; i++)
		bench->seat[i] = (struct seats){ bench->facts->course[i].id, 0, 100 };
	if (find_way(bench) < 0 || bench->way.count < 2)
		return -1;
	printf("{\"steps\":%zu,\"transitions\":%.0f,\"receipts\":%.0f}\n", bench->way.count,
	       measure(bench, 1, bench->way.count, count), measure(bench, 0, 1, count / 10));
	return 0;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	const unsigned long count = argc == 3 ? strtoul(argv[2], &end, 10) : 0;
	struct programme_problems problems;
	struct bench *bench = mem_zalloc(sizeof *bench);
	int status = -1;

	if (count < 10 || count > COUNT_MAX || *end != '\0') {
		fprintf(stderr, "usage: bench-step FILE COUNT\n");
		free(bench);
		return 2;
	}
	bench->err = (struct err)ERR_INIT;
	bench->arena = arena_new(MEMORY);
	bench->random = stream_of(1, 1, 1);
	bench->policy = season_policy_new(bench->arena);
	bench->programme = programme_read(argv[1], bench->arena, &problems, &bench->err);
	if (bench->programme) {
		bench->facts = programme_facts(bench->programme);
		status = run(bench, count);
	}
	if (status < 0)
		fprintf(stderr, "bench-step: %s\n", bench->err.text);
	programme_free(bench->programme);
	arena_free(bench->arena);
	free(bench);
	return status < 0;
}
