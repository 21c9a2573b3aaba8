/*
 * Many applications under random events, of each edition as it is: no order of
 * events takes more seats than there are, makes a participation final twice, or
 * leaves an application with nobody to act and neither deadline nor clock.
 */
#include <dirent.h>

#include "programme/testing.h"

#define APPLICATIONS 30 /* at the same time */
#define STEPS 2000
#define SEEDS 3 /* of each edition */
#define TRIES 20000 /* to find a company that may take part */
#define EDITIONS_MAX 32

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
	bool has_begun[APPLICATIONS][PROGRAMME_COURSES_MAX]; /* participations */
	struct answers company; /* may take part */
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

#define A_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Something that fits the field, most of the time. */
static void answer_field(struct crowd *c, const struct programme_field *field, struct answers *to)
{
	const struct programme_facts *facts = programme_facts(c->season.programme);
	const size_t luck = pick(c, 40);
	char day[DAY_TEXT_MAX];

	if (luck == 0)
		return;
	switch (field->kind) {
	case FIELD_CONSENT: add(c, to, field->id, SV("yes")); return;
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
	case FIELD_NUMBER:
	case FIELD_YEN: add(c, to, field->id, SV("7")); return;
	case FIELD_KANA: add(c, to, field->id, SV("コトバ")); return;
	case FIELD_CORPORATE_NUMBER: add(c, to, field->id, SV("7000012050002")); return;
	case FIELD_POSTAL_CODE: add(c, to, field->id, SV("163-8001")); return;
	case FIELD_TELEPHONE: add(c, to, field->id, SV("03-1234-5678")); return;
	case FIELD_MAIL: add(c, to, field->id, SV("a@b.example")); return;
	case FIELD_SITES: add(c, to, field->id, SV("tokyo 新宿区1")); return;
	case FIELD_FILE:
		add(c, to, field->id,
		    field->file_types & 1U << FILE_PDF ? SV(A_HASH " 9 a.pdf")
						       : SV(A_HASH " 9 a.docx"));
		return;
	default: add(c, to, field->id, SV("言葉")); return;
	}
}

/* ---- a company that may take part, whatever the file asks ---- */

static struct answers filled(struct crowd *c)
{
	const struct programme_form *form = &programme_facts(c->season.programme)->form;
	struct answers typed = { NULL, 0 };

	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++)
			answer_field(c, &form->section[s].field[i], &typed);
	}
	return typed;
}

/* How much is wrong with a form. */
static size_t faults(struct crowd *c, const struct answers *typed, struct arena *arena)
{
	static const struct answers none = { NULL, 0 };
	struct form_errors errors = { NULL, 0 };
	const struct eligibility_row *row;
	struct answers kept = { NULL, 0 };
	struct err err = ERR_INIT;
	enum verdict whole;
	size_t count, wrong = 0;

	if (form_check_application(c->season.programme, typed, arena, &kept, &errors, &err) != 0)
		return 100 + errors.count;
	if (eligibility(c->season.programme, &kept, &none, arena, &row, &count, &whole, &err) < 0)
		return SIZE_MAX;
	for (size_t i = 0; i < count; i++)
		wrong += row[i].verdict == VERDICT_FAIL;
	return wrong;
}

/* Fields are answered anew, one at a time, as long as it gets no worse. */
static bool find_company(struct crowd *c)
{
	const struct programme_form *form = &programme_facts(c->season.programme)->form;
	size_t best;

	c->company = filled(c);
	best = faults(c, &c->company, c->season.arena);
	for (size_t i = 0; i < TRIES && best > 0; i++) {
		const struct programme_section *section = &form->section[pick(c, form->section_count)];
		const struct programme_field *field = &section->field[pick(c, section->field_count)];
		struct arena *arena = arena_new(TESTING_MEMORY);
		struct answers other = { NULL, 0 };
		size_t now;

		for (size_t k = 0; k < c->company.count; k++) {
			if (!sv_eq(c->company.item[k].name, field->id))
				add(c, &other, c->company.item[k].name, c->company.item[k].value);
		}
		answer_field(c, field, &other);
		now = faults(c, &other, arena);
		arena_free(arena);
		if (now <= best) {
			best = now;
			c->company = other;
		}
	}
	return best == 0;
}

/* Its form, with other courses where it may. */
static struct answers apply(struct crowd *c)
{
	struct answers other = { NULL, 0 };

	for (size_t i = 0; i < c->company.count; i++) {
		if (!sv_eq(c->company.item[i].name, SV("courses")) || pick(c, 3) != 0)
			add(c, &other, c->company.item[i].name, c->company.item[i].value);
	}
	if (!answers_get(&other, SV("courses")).p) {
		const struct programme_facts *facts = programme_facts(c->season.programme);

		add(c, &other, SV("courses"), facts->course[pick(c, facts->course_count)].id);
	}
	return other;
}

/* What others know of it: questionnaires answered, documents published. */
static struct answers known(struct crowd *c)
{
	const struct programme_facts *facts = programme_facts(c->season.programme);
	struct answers records = { NULL, 0 };

	for (size_t i = 0; i < facts->questionnaire_count; i++)
		add(c, &records,
		    arena_printf(c->season.arena, "records.questionnaire.%.*s",
				 SV_ARG(facts->questionnaire[i].id)),
		    SV("yes"));
	for (size_t i = 0; i < facts->document_count; i++) {
		const struct sv name = arena_printf(c->season.arena, "records.document.%.*s",
						    SV_ARG(facts->document[i].id));

		add(c, &records, name, SV("reviewed"));
		add(c, &records, name, SV("published"));
	}
	return records;
}

/* A random event of the state that the application is in. */
static struct sv choose_event(struct crowd *c, size_t who, enum programme_actor *ret_by,
			      struct answers *fields)
{
	const struct programme_state *state =
		programme_state(c->season.programme, c->is[who].state);
	const struct programme_event *event;

	*fields = (struct answers){ NULL, 0 };
	*ret_by = BY_APPLICANT;
	if (!state) {
		*fields = apply(c);
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

/* First come: since a fact. A lottery: since the draw. */
static bool has_place(const struct application_state *is, const struct programme *programme)
{
	const struct programme_selection *selection = &programme->facts.selection;
	char at[PROGRAMME_ID_MAX + 8];

	if (selection->kind == SELECTION_FIRST_COME)
		return is->mark[programme->seat_from].us != 0;
	snprintf(at, sizeof at, "%.*s" PROGRAMME_EVENT_AT, SV_ARG(selection->won));
	return answers_get(&is->answers, sv_from(at)).n > 0;
}

static bool holds(const struct application_state *is, const struct programme *programme,
		  struct sv course)
{
	const size_t at = programme_state_index(programme, is->state);

	return at != SIZE_MAX && !programme->state_rule[at].releases_seats &&
	       has_place(is, programme) && application_has_course(is, course);
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

/* final once; a participation begins once, and never before it is final. */
static void check_begun(struct crowd *c, size_t who)
{
	const struct season *s = &c->season;
	const struct programme_facts *facts = programme_facts(s->programme);

	for (size_t i = 0; i < s->last.effect_count; i++) {
		const struct effect *effect = &s->last.effect[i];

		for (size_t k = 0; k < facts->course_count; k++) {
			if (!sv_eq(effect->what, facts->course[k].id))
				continue;
			if (effect->kind == EFFECT_PARTICIPATION_BEGIN) {
				CHECK(!c->has_begun[who][k]);
				CHECK(s->is.mark[MARK_CONFIRMED].us != 0);
				c->has_begun[who][k] = true;
			}
		}
	}
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
		check_begun(c, who);
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

static void play(struct crowd *c)
{
	for (size_t step = 0; step < STEPS && !test_failed; step++) {
		const size_t who = pick(c, APPLICATIONS);
		enum programme_actor by;
		struct answers fields;
		struct sv event;

		c->now.us += (int64_t)pick(c, 7200) * INSTANT_SECOND / 2;
		if (pick(c, 60) == 0)
			c->now.us += INT64_C(5) * 86400 * INSTANT_SECOND;
		run_clocks(c);
		if (pick(c, 4) == 0)
			c->is[who].records = known(c);
		event = choose_event(c, who, &by, &fields);
		try_event(c, who, event, by, fields);
		CHECK(seats_are_right(c));
		if (c->is[who].mark[MARK_ENDED].us == 0)
			continue;
		c->ended++; /* makes room for another */
		for (size_t i = 0; i < c->season.seat_count; i++)
			c->season.seat[i].taken -= holds(&c->is[who], c->season.programme,
							 c->season.seat[i].course);
		c->is[who] = (struct application_state){ .state = SV("") };
		memset(c->has_begun[who], 0, sizeof c->has_begun[who]);
	}
}

static void random_season(const char *file, uint64_t seed, struct crowd *sum)
{
	struct crowd *c = calloc(1, sizeof *c);
	const struct programme_facts *facts;

	c->random = seed * UINT64_C(0x9E3779B97F4A7C15);
	season_open(&c->season, file, "", "2025-05-23T10:00:00+09:00");
	REQUIRE(c->season.programme);
	facts = programme_facts(c->season.programme);
	for (size_t i = 0; i < c->season.seat_count; i++)
		c->season.seat[i].places = 10 + (uint32_t)i; /* scarce */
	c->now = tokyo_instant(facts->opens, 10, 0);
	CHECK(find_company(c));
	play(c);
	printf("# %s, seed %d: %zu done, %zu refused (%zu full), %zu confirmed, %zu ended\n", file,
	       (int)seed, c->done, c->refused, c->full, c->confirmed, c->ended);
	sum->confirmed += c->confirmed;
	sum->full += c->full;
	sum->ended += c->ended;
	season_end(&c->season);
	free(c);
}

TEST(random_seasons)
{
	struct crowd *all = calloc(1, sizeof *all);
	struct dirent **name;
	const int count = scandir(PROGRAMME_FILES, &name, NULL, alphasort);

	REQUIRE(count > 0 && count < EDITIONS_MAX);
	for (int i = 0; i < count; i++) {
		if (sv_ends(sv_from(name[i]->d_name), SV(".yaml"))) {
			struct crowd *edition = calloc(1, sizeof *edition);

			for (uint64_t seed = 1; seed <= SEEDS; seed++)
				random_season(name[i]->d_name, seed, edition);
			/* The seasons were worth playing. */
			CHECK(edition->confirmed > 0 && edition->ended > 0);
			all->full += edition->full;
			all->confirmed += edition->confirmed;
			free(edition);
		}
		free(name[i]);
	}
	free(name);
	CHECK(all->confirmed > 50 && all->full > 50);
	free(all);
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
