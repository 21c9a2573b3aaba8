/*
 * Many applications under random events, of the edition as it is: no order of
 * events takes more seats than there are, confirms twice, or leaves an
 * application with nobody to act and neither deadline nor clock.
 */
#include "programme/testing.h"

#define APPLICATIONS 30 /* at the same time */
#define STEPS 2000
#define SEEDS 8

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct crowd {
	struct season season; /* programme and seats of all */
	struct application_state is[APPLICATIONS];
	struct transition last[APPLICATIONS];
	struct instant now;
	uint64_t random;
	size_t done, refused, full, ended, confirmed;
};

static size_t pick(struct crowd *c, size_t count)
{
	return (size_t)(next_random(&c->random) % count);
}

static void add(struct crowd *c, struct answers *to, struct sv name, struct sv value)
{
	struct answer *item = arena_alloc(c->season.arena, (to->count + 1) * sizeof *item);

	if (to->count > 0)
		memcpy(item, to->item, to->count * sizeof *item);
	item[to->count] = (struct answer){ name, value };
	*to = (struct answers){ item, to->count + 1 };
}

/* Something that fits the field, most of the time. */
static void answer_field(struct crowd *c, const struct programme_field *field, struct answers *to)
{
	const struct programme_facts *facts = programme_facts(c->season.programme);
	const size_t luck = pick(c, 40);
	char day[DAY_TEXT_MAX];

	if (luck == 0)
		return;
	switch (field->kind) {
	case FIELD_YES_NO: add(c, to, field->id, luck < 34 ? SV("yes") : SV("no")); return;
	case FIELD_CHOICE:
	case FIELD_CHOICES:
		add(c, to, field->id,
		    luck < 25 && field->option_count > 12 /* prefectures */
			    ? field->option[12].id
			    : field->option[pick(c, field->option_count)].id);
		return;
	case FIELD_COURSES:
		for (size_t i = 0; i < facts->course_count; i++) {
			if (pick(c, 2))
				add(c, to, field->id, facts->course[i].id);
		}
		return;
	case FIELD_DATE:
		day_format(day_add(tokyo_of(c->now).day, (int32_t)pick(c, 20)), DAY_ISO, day);
		add(c, to, field->id, arena_dup(c->season.arena, sv_from(day)));
		return;
	case FIELD_TIME: add(c, to, field->id, SV("10:00")); return;
	case FIELD_NUMBER: add(c, to, field->id, SV("7")); return;
	default: add(c, to, field->id, SV("言葉")); return;
	}
}

/* A random event of the state that the application is in. */
static struct sv choose_event(struct crowd *c, size_t who, enum programme_actor *ret_by,
			      struct answers *fields)
{
	static const char *const courses[] = { "courses=edr", "courses=guidance",
					       "courses=utm utm_site=tokyo",
					       "courses=edr courses=guidance",
					       "courses=utm courses=edr utm_site=tokyo" };
	const struct programme_state *state =
		programme_state(c->season.programme, c->is[who].state);
	const struct programme_event *event;

	*fields = (struct answers){ NULL, 0 };
	*ret_by = BY_APPLICANT;
	if (!state) {
		*fields = testing_company(courses[pick(c, 5)], c->season.arena);
		return SV("receive");
	}
	if (state->event_count == 0)
		return SV("withdraw");
	event = &state->event[pick(c, state->event_count)];
	/* Ends come too soon for much to happen: seldom. */
	if (event->gravely && pick(c, 12) != 0)
		event = &state->event[0];
	for (size_t i = 0; i < event->field_count; i++)
		answer_field(c, &event->field[i], fields);
	do
		*ret_by = (enum programme_actor)(1 + pick(c, BY_COUNT - 1));
	while (!(event->by & 1U << *ret_by) && event->by != 1U << BY_CLOCK && pick(c, 30) != 0);
	return event->id;
}

static bool holds(const struct application_state *is, const struct programme *programme,
		  struct sv course)
{
	const size_t at = programme_state_index(programme, is->state);

	return at != SIZE_MAX && !programme->state_rule[at].releases_seats &&
	       application_has_course(is, course);
}

/* those that hold a seat are those that are counted, and not more than there are. */
static bool seats_are_right(const struct crowd *c)
{
	for (size_t i = 0; i < c->season.seat_count; i++) {
		const struct seats *seat = &c->season.seat[i];
		uint32_t held = 0;

		for (size_t k = 0; k < APPLICATIONS; k++)
			held += holds(&c->is[k], c->season.programme, seat->course);
		if (held != seat->taken || seat->taken > seat->places)
			return false;
	}
	return true;
}

/* somebody has to act until a day, or the clock will; at the end nobody has to. */
static bool somebody_acts(const struct crowd *c, size_t who)
{
	const struct programme_state *state =
		programme_state(c->season.programme, c->is[who].state);
	const struct transition *last = &c->last[who];

	if (state->final)
		return !last->has_due && last->wake.us == 0 && state->event_count == 0 &&
		       c->is[who].mark[MARK_ENDED].us != 0;
	return (last->has_due || last->wake.us != 0) && state->task.ja.n > 0 &&
	       state->actor != BY_CLOCK;
}

static int try_event(struct crowd *c, size_t who, struct sv event, enum programme_actor by,
		     struct answers fields)
{
	struct season *s = &c->season;
	const struct instant confirmed = c->is[who].mark[MARK_CONFIRMED];
	int status;

	s->is = c->is[who];
	s->now = c->now;
	status = season_step(s, event, by, fields);
	if (status == 0) {
		c->done++;
		c->is[who] = s->is;
		c->last[who] = s->last;
		CHECK(confirmed.us == 0 || confirmed.us == s->is.mark[MARK_CONFIRMED].us);
		c->confirmed += confirmed.us == 0 && s->is.mark[MARK_CONFIRMED].us != 0;
		/* Final once: nothing after it begins a participation again. */
		CHECK((season_effects(s, EFFECT_PARTICIPATION_BEGIN) > 0) ==
		      (confirmed.us == 0 && s->is.mark[MARK_CONFIRMED].us != 0));
		CHECK(somebody_acts(c, who));
	} else {
		c->refused++;
		c->full += s->refused.why == REFUSAL_FULL;
		CHECK(status > 0 && s->refused.message.ja.n > 0);
	}
	return status;
}

static void run_clocks(struct crowd *c)
{
	for (size_t who = 0; who < APPLICATIONS; who++) {
		struct sv event;

		while (programme_clock_event(c->season.programme, &c->is[who], c->now,
					     c->season.arena, &event, &c->season.err) == 1) {
			if (try_event(c, who, event, BY_CLOCK, (struct answers){ NULL, 0 }) != 0) {
				CHECK(!"a clock event is refused");
				return;
			}
		}
	}
}

TEST(random_seasons)
{
	size_t confirmed = 0, full = 0, ended = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct crowd *c = calloc(1, sizeof *c);

		c->random = seed * UINT64_C(0x9E3779B97F4A7C15);
		season_begin(&c->season, "2025-05-23T10:00:00+09:00");
		REQUIRE(c->season.programme);
		for (size_t i = 0; i < c->season.seat_count; i++)
			c->season.seat[i].places = 10 + (uint32_t)i; /* scarce */
		c->now = c->season.now;
		for (size_t step = 0; step < STEPS && !test_failed; step++) {
			const size_t who = pick(c, APPLICATIONS);
			enum programme_actor by;
			struct answers fields;
			struct sv event;

			c->now.us += (int64_t)pick(c, 7200) * INSTANT_SECOND / 2;
			run_clocks(c);
			event = choose_event(c, who, &by, &fields);
			try_event(c, who, event, by, fields);
			CHECK(seats_are_right(c));
			if (c->is[who].mark[MARK_ENDED].us != 0) { /* makes room for another */
				c->ended++;
				for (size_t i = 0; i < c->season.seat_count; i++)
					c->season.seat[i].taken -=
						holds(&c->is[who], c->season.programme,
						      c->season.seat[i].course);
				c->is[who] = (struct application_state){ .state = SV("") };
			}
		}
		printf("# seed %d: %zu done, %zu refused (%zu full), %zu confirmed, %zu ended\n",
		       (int)seed, c->done, c->refused, c->full, c->confirmed, c->ended);
		confirmed += c->confirmed;
		full += c->full;
		ended += c->ended;
		season_end(&c->season);
		free(c);
	}
	/* The seasons were worth playing. */
	CHECK(confirmed > 50 && full > 50 && ended > 50);
}

/* ---- breaking rules of the file breaks what is checked ---- */

struct story { /* what a rule decides, as one text */
	char text[600];
};

/* A fixed story through the whole edition: what comes out stands for its rules. */
static void tell(struct season *s, struct story *story)
{
	static const struct {
		const char *event;
		enum programme_actor by;
		const char *fields;
	} row[] = {
		{ "contact_failed", BY_SECRETARIAT, "channel=mail" },
		{ "accept_rules", BY_SECRETARIAT, ACCEPT },
		{ "expert_contact", BY_EXPERT, CONTACT },
		{ "diagnosed", BY_EXPERT, DIAGNOSED },
		{ "approve", BY_CITY, "" },
		{ "decide", BY_SECRETARIAT, "courses=edr agreed=no reason=x" },
		{ "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=x" },
		{ "approve", BY_SECRETARIAT, "" },
		{ "approve", BY_CITY, "" },
		{ "installed", BY_CENTRE, "" },
		{ "month_ends:1", BY_CLOCK, "" },
		{ "trial_ends:1", BY_CLOCK, "" },
	};
	size_t n = 0;
	int got = season_receive(s, "industry=retail capital=60000000 employees=50");
	struct entitlement_use use = { .devices_of_user = 5, .users = 1 };
	struct refused refused;
	struct day end;

	story->text[0] = '\0';
	for (size_t i = 0; i <= sizeof row / sizeof *row; i++) {
		n += (size_t)snprintf(story->text + n, sizeof story->text - n, "%d:%.*s:%d:%d:%x ",
				      got, SV_ARG(s->is.state), s->last.has_due ? s->last.due.n : 0,
				      (int)s->last.effect_count, s->last.marks);
		if (i == sizeof row / sizeof *row)
			break;
		if (row[i].by == BY_CLOCK)
			s->now = testing_at("2025-08-24T00:00:00+09:00");
		got = season_do(s, row[i].event, row[i].by, row[i].fields);
	}
	snprintf(story->text + n, sizeof story->text - n, "%d %d",
		 entitlement_enrol(s->programme, &s->is, SV("edr"), &use,
				   testing_at("2025-06-01T00:00:00+09:00"), &refused),
		 programme_trial_end(s->programme, &s->is, &end) ? end.n : 0);
}

TEST(every_broken_rule_shows)
{
	static const struct {
		const char *rule, *from, *to;
	} row[] = {
		{ "nothing broken", "short_name:", "short_name:" },
		{ "R-008", "due: { business_days: 3, kind: hard, rule: R-008 }",
		  "due: { business_days: 4, kind: hard, rule: R-008 }" },
		{ "R-009", "due: { business_days: 3, kind: hard, rule: R-009 }",
		  "due: { business_days: 5, kind: hard, rule: R-009 }" },
		{ "R-020", "service: 100, retail: 50 }", "service: 100, retail: 49 }" },
		{ "R-003", "        marks: confirmed\n", "" },
		{ "R-005", "        marks: completed\n", "" },
		{ "R-006", "        by: city\n        fields:\n          - id: note",
		  "        by: [city, secretariat]\n        fields:\n          - id: note" },
		{ "R-006: its mark", "        marks: approved\n", "" },
		{ "R-014", "seat: from_received", "seat: from_confirmed" },
		{ "R-029: consent", "              when: { field: agreed, is: \"yes\" }",
		  "              when: { field: agreed, given: true }" },
		{ "R-030", "only: [guidance] }\n            state: decision",
		  "is: edr }\n            state: decision" },
		{ "R-049", "      users: 300 # R-053, T-18: a default that the office may raise\n"
			   "      devices_per_user: 5\n      users_can_be_raised: true\n"
			   "      months: 3",
		  "      users: 300\n      devices_per_user: 5\n      users_can_be_raised: true\n"
		  "      months: 4" },
		{ "R-053", "devices_per_user: 5", "devices_per_user: 6" },
		{ "R-068", "        effects:\n          - report\n", "" },
		{ "R-012: opening day", "opens: 2025-05-23", "opens: 2025-05-26" },
	};
	struct arena *arena = arena_new(TESTING_MEMORY);
	const struct sv text = testing_file("2025-kihon.yaml", arena);
	struct story whole = { "" };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const size_t at = sv_find(text, sv_from(row[i].from), 0);
		struct story story;
		struct season s;
		struct sv changed;

		if (at == SIZE_MAX)
			printf("# %s: '%s' does not stand in the file\n", row[i].rule, row[i].from);
		REQUIRE(at != SIZE_MAX);
		changed = arena_printf(arena, "%.*s%s%.*s", SV_ARG(sv_slice(text, 0, at)),
				       row[i].to,
				       SV_ARG(sv_slice(text, at + strlen(row[i].from), text.n)));
		season_begin_with(&s, testing_parse(changed, arena), arena,
				  "2025-05-23T10:00:00+09:00");
		REQUIRE(s.programme);
		tell(&s, &story);
		if (i == 0)
			whole = story;
		else if (strcmp(whole.text, story.text) == 0)
			printf("# %s: nothing changed\n", row[i].rule);
		CHECK((i == 0) == (strcmp(whole.text, story.text) == 0));
		programme_free(s.programme);
	}
	printf("# %s\n", whole.text);
	arena_free(arena);
}
