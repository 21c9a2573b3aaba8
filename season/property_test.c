/*
 * Every edition that is there, under events in random order by random people:
 * no order takes more places than there are or takes one twice, makes a
 * participation final twice, or leaves an application with nobody to act and
 * neither deadline nor clock; and from every state there is a way to an end.
 */
#include <dirent.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/test.h"
#include "season/internal.h"

#define MEMORY ((size_t)1 << 30)
#define APPLICATIONS 24 /* at the same time */
#define STEPS 1500
#define SEEDS 4
#define PLACES 8 /* of each course: scarce */

struct one {
	struct application_state is;
	bool has[PROGRAMME_COURSES_MAX]; /* places, by the effects */
	bool has_due;
	struct instant wake;
};
struct crowd {
	struct programme *programme;
	const struct programme_facts *facts;
	struct season_policy *policy;
	struct profile *profile;
	struct programme_ways ways;
	struct arena *arena;
	struct seats seat[PROGRAMME_COURSES_MAX];
	struct one one[APPLICATIONS];
	struct stream random;
	struct instant now;
	size_t done, refused, full, confirmed, ended;
	bool seen[PROGRAMME_STATES_MAX];
};

/* As the records keep it. */
static void keep(struct crowd *c, struct one *one, struct sv event, enum programme_actor by,
		 const struct transition *transition, const struct answers *fields)
{
	struct application_state *is = &one->is;
	struct answer *all = arena_alloc(c->arena,
					 (is->answers.count + fields->count + 1) * sizeof *all);
	struct sv rest = event;
	const struct sv id = sv_cut(&rest, ':');
	size_t count = 0;

	for (size_t i = 0; i < is->answers.count; i++) {
		const struct sv name = is->answers.item[i].name;

		if (fields->count == 0 || name.n <= id.n || name.p[id.n] != '.' ||
		    !sv_starts(name, id))
			all[count++] = is->answers.item[i];
	}
	for (size_t i = 0; i < fields->count; i++)
		all[count++] = fields->item[i];
	is->answers = (struct answers){ all, count };
	if (!sv_eq(is->state, transition->to))
		is->entered = c->now;
	is->state = transition->to;
	for (int mark = 0; mark < MARK_COUNT; mark++) {
		if (transition->marks & 1U << mark)
			is->mark[mark] = c->now;
	}
	if (by == BY_CLOCK)
		is->fired[is->fired_count++] = arena_dup(c->arena, event);
	one->has_due = transition->has_due;
	one->wake = transition->wake;
}

/* nobody takes a place twice, gives back what he has not, or takes what is not there. */
static void keep_places(struct crowd *c, struct one *one, const struct transition *transition)
{
	for (size_t i = 0; i < transition->effect_count; i++) {
		const struct effect *effect = &transition->effect[i];

		for (size_t k = 0; k < c->facts->course_count; k++) {
			const bool takes = effect->kind == EFFECT_SEAT_TAKE;

			if (!sv_eq(effect->what, c->seat[k].course) ||
			    (!takes && effect->kind != EFFECT_SEAT_RELEASE))
				continue;
			CHECK(one->has[k] != takes);
			one->has[k] = takes;
			c->seat[k].taken = takes ? c->seat[k].taken + 1 : c->seat[k].taken - 1;
		}
	}
	for (size_t k = 0; k < c->facts->course_count; k++)
		CHECK(c->seat[k].taken <= c->seat[k].places);
}

/* somebody has to act until a day, or the clock will; at the end nobody has to. */
static void check_somebody_acts(const struct crowd *c, const struct one *one)
{
	const struct programme_state *state = programme_state(c->programme, one->is.state);

	if (state->final) {
		CHECK(!one->has_due && one->wake.us == 0 && state->event_count == 0);
		CHECK(one->is.mark[MARK_ENDED].us != 0);
		return;
	}
	CHECK(one->has_due || one->wake.us != 0 ||
	      /* the draw waits for the end of the reception, which the office tells (T-35) */
	      (c->facts->selection.kind == SELECTION_LOTTERY && !c->facts->has_last_day &&
	       sv_eq(state->id, c->facts->selection.waiting)));
	CHECK(state->task.ja.n > 0 && state->actor != BY_CLOCK);
	CHECK(c->now.us >= one->is.entered.us);
}

static void check_final_once(struct crowd *c, const struct one *one, struct instant before,
			     const struct transition *transition)
{
	bool begins = false;

	for (size_t i = 0; i < transition->effect_count; i++)
		begins |= transition->effect[i].kind == EFFECT_PARTICIPATION_BEGIN;
	/* */
	CHECK(before.us == 0 || before.us == one->is.mark[MARK_CONFIRMED].us);
	CHECK(before.us == 0 || !begins);
	c->confirmed += before.us == 0 && one->is.mark[MARK_CONFIRMED].us != 0;
}

static int try_event(struct crowd *c, struct one *one, struct sv event, enum programme_actor by,
		     struct answers fields)
{
	const struct instant confirmed = one->is.mark[MARK_CONFIRMED];
	const struct stimulus stimulus = { .event = event, .by = by, .fields = fields,
					   .now = c->now, .seat = c->seat,
					   .seat_count = c->facts->course_count };
	struct refused refused = { .why = REFUSAL_NONE };
	struct transition transition;
	struct answers kept;
	struct err err = ERR_INIT;
	const int status = programme_step(c->programme, &one->is, &stimulus, c->arena, &transition,
					  &kept, &refused, &err);

	CHECK(status >= 0);
	if (status < 0)
		printf("# %s\n", err.text);
	if (status != 0) {
		c->refused++;
		c->full += refused.why == REFUSAL_FULL;
		CHECK(refused.message.ja.n > 0);
		return status;
	}
	c->done++;
	keep(c, one, event, by, &transition, &kept);
	keep_places(c, one, &transition);
	check_final_once(c, one, confirmed, &transition);
	check_somebody_acts(c, one);
	c->seen[programme_state(c->programme, one->is.state) - c->facts->state] = true;
	return 0;
}

static void run_clock(struct crowd *c, struct one *one)
{
	struct err err = ERR_INIT;
	struct sv event;

	for (size_t n = 0; n < FIRED_MAX && one->is.state.n > 0 &&
			   programme_clock_event(c->programme, &one->is, c->now, c->arena, &event,
						 &err) == 1;
	     n++) {
		/* What the clock finds due is never refused. */
		if (try_event(c, one, event, BY_CLOCK, (struct answers){ NULL, 0 }) != 0) {
			CHECK(!"a clock event is refused");
			return;
		}
	}
}

/* What the office was given, sometimes. */
static void give_papers(struct crowd *c, struct one *one)
{
	struct answer *item = arena_alloc(
		c->arena,
		(c->facts->questionnaire_count + c->facts->document_count + 1) * sizeof *item);
	size_t count = 0;

	for (size_t i = 0; i < c->facts->questionnaire_count; i++)
		item[count++] = (struct answer){
			arena_printf(c->arena, "records.questionnaire.%.*s",
				     SV_ARG(c->facts->questionnaire[i].id)),
			SV("yes")
		};
	for (size_t i = 0; i < c->facts->document_count; i++)
		item[count++] = (struct answer){ arena_printf(c->arena, "records.document.%.*s",
							      SV_ARG(c->facts->document[i].id)),
						 SV("reviewed") };
	one->is.records = (struct answers){ item, count };
}

static enum programme_actor some_actor(struct crowd *c, unsigned by)
{
	enum programme_actor actor;

	if (by == 1U << BY_CLOCK)
		return BY_CLOCK;
	do
		actor = (enum programme_actor)(1 + stream_below(&c->random, BY_COUNT - 1));
	while (!(by & 1U << actor) && stream_below(&c->random, 30) != 0);
	return actor;
}

static struct answers say(struct crowd *c, const struct one *one,
			  const struct programme_event *event)
{
	const struct said said = { .programme = c->programme, .policy = c->policy, .event = event,
				   .application = &one->is, .random = &c->random,
				   .today = tokyo_of(c->now).day, .arena = c->arena,
				   .attempt = (unsigned)stream_below(&c->random, 4) };

	return say_fields(&said, NULL, (struct answers){ NULL, 0 });
}

static void step(struct crowd *c, struct one *one)
{
	const struct programme_state *state = programme_state(c->programme, one->is.state);
	const struct programme_event *event;

	if (!state) {
		try_event(c, one, SV("receive"), BY_APPLICANT,
			  profile_answers(c->profile, c->programme,
					  (uint32_t)stream_below(&c->random, 1000000), true,
					  &c->random, tokyo_of(c->now).day, c->arena));
		return;
	}
	if (state->event_count == 0)
		return;
	if (stream_below(&c->random, 4) == 0)
		give_papers(c, one);
	event = &state->event[stream_below(&c->random, state->event_count)];
	/* Ends come too soon for much to happen: seldom. */
	if (event->gravely && stream_below(&c->random, 12) != 0)
		event = &state->event[0];
	try_event(c, one, event->id, some_actor(c, event->by), say(c, one, event));
}

/* Who has ended makes room for another; places that an end keeps stay taken for ever. */
static void clear_ended(struct crowd *c, struct one *one)
{
	const size_t state = one->is.state.n > 0 ? (size_t)(programme_state(c->programme,
									     one->is.state) -
							     c->facts->state)
						 : SIZE_MAX;

	if (state == SIZE_MAX || !c->facts->state[state].final)
		return;
	c->ended++;
	for (size_t k = 0; k < c->facts->course_count; k++) {
		CHECK(!one->has[k] || !programme_releases_seats(c->programme, state));
		c->seat[k].taken -= one->has[k];
	}
	*one = (struct one){ .is.state = SV("") };
}

static void play(struct crowd *c)
{
	struct instant last = tokyo_instant(c->facts->last_day, 23, 0);

	for (size_t i = 0; i < c->facts->course_count; i++)
		c->seat[i] = (struct seats){ c->facts->course[i].id, 0, PLACES };
	for (size_t i = 0; i < APPLICATIONS; i++)
		c->one[i] = (struct one){ .is.state = SV("") };
	c->now = tokyo_instant(c->facts->opens, 10, 0);
	for (size_t n = 0; n < STEPS && !test_failed; n++) {
		struct one *one = &c->one[stream_below(&c->random, APPLICATIONS)];

		/* While forms come in slowly, then at any pace. */
		c->now.us += (int64_t)stream_below(&c->random, 7200) * INSTANT_SECOND / 2;
		if (c->facts->has_last_day && n < STEPS / 2 && c->now.us > last.us)
			c->now = last;
		for (size_t i = 0; i < APPLICATIONS; i++)
			run_clock(c, &c->one[i]);
		step(c, one);
		clear_ended(c, one);
	}
}

/* Every state that was reached, or can be, has a way to an end. */
static void check_ways_out(const struct crowd *c)
{
	bool out[PROGRAMME_STATES_MAX] = { false };
	bool changed = true;

	for (size_t s = 0; s < c->facts->state_count; s++)
		out[s] = c->facts->state[s].final;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < c->ways.count; i++) {
			const struct programme_way *way = &c->ways.item[i];

			if (way->from != WAY_FROM_START && out[way->to] && !out[way->from])
				changed = out[way->from] = true;
		}
	}
	for (size_t s = 0; s < c->facts->state_count; s++)
		CHECK(out[s]);
}

static void play_edition(const char *path)
{
	struct arena *arena = arena_new(MEMORY);
	struct programme_problems problems;
	struct err err = ERR_INIT;
	struct crowd *c = mem_zalloc(sizeof *c);
	size_t states = 0;

	c->arena = arena;
	c->programme = programme_read(path, arena, &problems, &err);
	REQUIRE(c->programme);
	c->facts = programme_facts(c->programme);
	c->policy = season_policy_new(arena);
	c->profile = mem_zalloc(sizeof *c->profile);
	REQUIRE(profile_learn(c->programme, c->policy, c->facts->opens, arena, c->profile, &err) ==
		0);
	REQUIRE(programme_ways(c->programme, arena, &c->ways, &err) == 0);
	check_ways_out(c);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		c->random = stream_of(seed, 0, 0);
		play(c);
	}
	for (size_t s = 0; s < c->facts->state_count; s++)
		states += c->seen[s];
	printf("# %.*s: %zu done, %zu refused (%zu full), %zu confirmed, %zu ended, %zu of %zu "
	       "states\n",
	       SV_ARG(c->facts->id), c->done, c->refused, c->full, c->confirmed, c->ended, states,
	       c->facts->state_count);
	/* The seasons were worth playing. */
	CHECK(c->done > 500 && c->refused > 500 && c->confirmed > 10 && c->ended > 10);
	CHECK(2 * states > c->facts->state_count);
	programme_free(c->programme);
	free(c->profile);
	free(c);
	arena_free(arena);
}

TEST(every_edition_in_random_order)
{
	const char *only = getenv("HIKESHI_EDITION"); /* a file: scripts/mutate-rules breaks it */
	DIR *folder = opendir(PROGRAMME_FILES);
	const struct dirent *entry;
	size_t count = 0;
	char path[600];

	REQUIRE(folder);
	while (!only && (entry = readdir(folder))) {
		if (!sv_ends(sv_from(entry->d_name), SV(".yaml")))
			continue;
		snprintf(path, sizeof path, "%s/%s", PROGRAMME_FILES, entry->d_name);
		printf("# %s\n", entry->d_name);
		play_edition(path);
		count++;
	}
	closedir(folder);
	if (only)
		play_edition(only);
	CHECK(only || count >= 5);
}
