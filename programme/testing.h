/*
 * testing.h - for the tests of programme/: the published edition, a company that
 * fills its form, and steps that read like a story.
 */
#ifndef PROGRAMME_TESTING_H
#define PROGRAMME_TESTING_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/test.h"
#include "programme/internal.h"

#ifndef PROGRAMME_FILES
#define PROGRAMME_FILES "programmes"
#endif

#define TESTING_MEMORY ((size_t)1 << 30)

struct season { /* one programme, one application */
	struct arena *arena;
	struct programme *programme;
	struct application_state is;
	struct transition last;
	struct refused refused;
	struct seats seat[PROGRAMME_COURSES_MAX];
	size_t seat_count;
	const char *company; /* answers of a form that is in order */
	struct instant now;
	struct err err;
};

/* scripts/mutate-rules has the tests read broken editions from a folder of its own. */
static inline const char *testing_editions(void)
{
	const char *folder = getenv("HIKESHI_PROGRAMMES");

	return folder ? folder : PROGRAMME_FILES;
}

static inline struct sv testing_file(const char *name, struct arena *arena)
{
	char path[400];
	struct buf text;
	struct err err = ERR_INIT;
	struct sv kept;

	buf_init(&text, PROGRAMME_FILE_MAX);
	snprintf(path, sizeof path, "%s/%s", testing_editions(), name);
	if (file_read(path, &text, &err) < 0) {
		printf("# %s\n", err.text);
		abort();
	}
	kept = arena_dup(arena, buf_sv(&text));
	buf_done(&text);
	return kept;
}

static inline struct programme *testing_parse(struct sv text, struct arena *arena)
{
	struct programme_problems problems;
	struct err err = ERR_INIT;
	struct programme *programme = programme_parse(text, "test", arena, &problems, &err);

	for (size_t i = 0; i < problems.count; i++)
		printf("# %u:%u %.*s (%.*s)\n", problems.item[i].line, problems.item[i].column,
		       SV_ARG(problems.item[i].message), SV_ARG(problems.item[i].hint));
	return programme;
}

static inline struct instant testing_at(const char *text)
{
	struct instant at = { 0 };

	if (!instant_parse(sv_from(text), &at))
		abort();
	return at;
}

/* "a=1 b=two" with values up to the next space; ␣ stands for a space in a value. */
static inline struct answers testing_answers(const char *text, struct arena *arena)
{
	struct answer *item = arena_alloc(arena, PROGRAMME_ANSWERS_MAX * sizeof *item);
	struct sv rest = arena_dup(arena, sv_from(text));
	size_t count = 0;

	while (rest.n > 0) {
		struct sv one = sv_cut(&rest, ' ');
		struct sv value = one;

		if (one.n == 0)
			continue;
		item[count].name = sv_cut(&value, '=');
		for (size_t at; (at = sv_find(value, SV("␣"), 0)) != SIZE_MAX;)
			value = arena_printf(arena, "%.*s %.*s", (int)at, value.p,
					     SV_ARG(sv_slice(value, at + strlen("␣"), value.n)));
		item[count++].value = value;
	}
	return (struct answers){ item, count };
}

/* Answers in order; `change` replaces or adds some ("-name" drops one). */
static inline struct answers testing_filled(const char *good, const char *change,
					    struct arena *arena)
{
	const struct answers base = testing_answers(good, arena);
	const struct answers more = testing_answers(change, arena);
	struct answer *item = arena_alloc(arena, (base.count + more.count) * sizeof *item);
	size_t count = 0;

	for (size_t i = 0; i < base.count; i++) {
		bool replaced = false;

		for (size_t k = 0; k < more.count; k++) {
			struct sv name = more.item[k].name;

			if (sv_starts(name, SV("-")))
				name = sv_slice(name, 1, name.n);
			replaced |= sv_eq(name, base.item[i].name);
		}
		if (!replaced)
			item[count++] = base.item[i];
	}
	for (size_t k = 0; k < more.count; k++) {
		if (!sv_starts(more.item[k].name, SV("-")))
			item[count++] = more.item[k];
	}
	return (struct answers){ item, count };
}

/* A shop in Tokyo: what the forms of the editions have in common. */
#define TESTING_SHOP                                                                               \
	"company_kind=company company=株式会社火消商店 company_kana=ヒケシショウテン"               \
	" corporate_number=7000012050002 postal_code=163-8001 prefecture=tokyo"                    \
	" address=新宿区西新宿2-8-1 industry=retail capital=10000000 employees=30"                  \
	" contact=江戸花子 telephone=03-1234-5678 mail=hanako@shouten.example"
#define TESTING_CLAUSES                                                                            \
	" clause_a=yes clause_b=yes clause_c=yes clause_d=yes clause_e=yes clause_f=yes"           \
	" clause_g=yes"
#define TESTING_KIHON                                                                              \
	TESTING_SHOP " courses=edr past_support=no subsidy=no" TESTING_CLAUSES                     \
		     " privacy=yes conditions=yes"

static inline struct answers testing_company(const char *change, struct arena *arena)
{
	return testing_filled(TESTING_KIHON, change, arena);
}

static inline void season_begin_with(struct season *s, struct programme *programme,
				     struct arena *arena, const char *now)
{
	const struct programme_facts *facts = programme_facts(programme);

	*s = (struct season){ .arena = arena, .programme = programme, .company = TESTING_KIHON,
			      .now = testing_at(now) };
	for (size_t i = 0; i < facts->course_count; i++)
		s->seat[s->seat_count++] =
			(struct seats){ facts->course[i].id, 0, facts->course[i].places };
}

/* An edition's file, and a company that fills its form in order. */
static inline void season_open(struct season *s, const char *file, const char *company,
			       const char *now)
{
	struct arena *arena = arena_new(TESTING_MEMORY);

	season_begin_with(s, testing_parse(testing_file(file, arena), arena), arena, now);
	s->company = company;
}

static inline void season_begin(struct season *s, const char *now)
{
	season_open(s, "2025-kihon.yaml", TESTING_KIHON, now);
}

static inline void season_end(struct season *s)
{
	programme_free(s->programme);
	arena_free(s->arena);
}

/* Applies a transition as the records do. */
static inline void season_keep(struct season *s, struct sv event, enum programme_actor by,
			       const struct answers *fields)
{
	struct answer *all = arena_alloc(s->arena, (s->is.answers.count + fields->count + 1) *
							   sizeof *all);
	struct sv rest = event;
	const struct sv id = sv_cut(&rest, ':');
	const struct sv prefix = arena_printf(s->arena, "%.*s.", SV_ARG(id));
	size_t count = 0;

	for (size_t i = 0; i < s->is.answers.count; i++) {
		if (fields->count == 0 || !sv_starts(s->is.answers.item[i].name, prefix))
			all[count++] = s->is.answers.item[i];
	}
	for (size_t i = 0; i < fields->count; i++)
		all[count++] = fields->item[i];
	s->is.answers = (struct answers){ all, count };
	if (!sv_eq(s->is.state, s->last.to))
		s->is.entered = s->now;
	s->is.state = s->last.to;
	for (int i = 0; i < MARK_COUNT; i++) {
		if (s->last.marks & 1U << i)
			s->is.mark[i] = s->now;
	}
	if (by == BY_CLOCK)
		s->is.fired[s->is.fired_count++] = arena_dup(s->arena, event);
	for (size_t i = 0; i < s->last.effect_count; i++) {
		for (size_t k = 0; k < s->seat_count; k++) {
			if (!sv_eq(s->seat[k].course, s->last.effect[i].what))
				continue;
			s->seat[k].taken += s->last.effect[i].kind == EFFECT_SEAT_TAKE;
			s->seat[k].taken -= s->last.effect[i].kind == EFFECT_SEAT_RELEASE;
		}
	}
}

static inline int season_step(struct season *s, struct sv event, enum programme_actor by,
			      struct answers typed)
{
	const struct stimulus stimulus = { .event = event, .by = by, .fields = typed,
					   .now = s->now, .seat = s->seat,
					   .seat_count = s->seat_count };
	struct answers fields;
	int status;

	s->refused = (struct refused){ .why = REFUSAL_NONE };
	status = programme_step(s->programme, &s->is, &stimulus, s->arena, &s->last, &fields,
				&s->refused, &s->err);
	if (status == 0)
		season_keep(s, event, by, &fields);
	if (status < 0)
		printf("# %s\n", s->err.text);
	return status;
}

/* 0, or the refusal. */
static inline int season_do(struct season *s, const char *event, enum programme_actor by,
			    const char *typed)
{
	const int status =
		season_step(s, sv_from(event), by, testing_answers(typed, s->arena));

	return status == 0 ? 0 : status > 0 ? (int)s->refused.why : -1;
}

static inline int season_receive(struct season *s, const char *change)
{
	const int status = season_step(s, SV("receive"), BY_APPLICANT,
				       testing_filled(s->company, change, s->arena));

	return status == 0 ? 0 : status > 0 ? (int)s->refused.why : -1;
}

static inline size_t season_effects(const struct season *s, enum effect_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < s->last.effect_count; i++)
		count += s->last.effect[i].kind == kind;
	return count;
}

static inline bool season_mails(const struct season *s, const char *template)
{
	for (size_t i = 0; i < s->last.effect_count; i++) {
		if (s->last.effect[i].kind == EFFECT_MAIL &&
		    sv_eq(s->last.effect[i].what, sv_from(template)))
			return true;
	}
	return false;
}

static inline const char *testing_day(struct day day, char text[static DAY_TEXT_MAX])
{
	return day_format(day, DAY_ISO, text);
}

/* What one condition says to a company's form, and all of them; REVIEW where the form is wrong. */
static inline enum verdict season_verdict(struct season *s, const char *change,
					  const char *records, const char *condition,
					  enum verdict *ret_whole)
{
	const struct answers typed = testing_filled(s->company, change, s->arena);
	const struct answers known = testing_answers(records, s->arena);
	const struct eligibility_row *row;
	struct form_errors errors = { NULL, 0 };
	struct answers kept;
	size_t count;

	if (form_check_application(s->programme, &typed, s->arena, &kept, &errors, &s->err) != 0) {
		printf("# %.*s\n", SV_ARG(errors.count ? errors.item[0].message.ja : SV("?")));
		return VERDICT_REVIEW;
	}
	if (eligibility(s->programme, &kept, &known, s->arena, &row, &count, ret_whole, &s->err) < 0)
		return VERDICT_REVIEW;
	for (size_t i = 0; i < count; i++) {
		if (sv_eq(row[i].condition, sv_from(condition)))
			return row[i].verdict;
	}
	printf("# there is no condition %s\n", condition);
	return VERDICT_REVIEW;
}

/* A row of a table of companies: what one condition and the whole say. */
struct judged {
	const char *name, *change, *condition;
	enum verdict want, whole;
};

static inline void season_judge(struct season *s, const struct judged *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum verdict whole = VERDICT_REVIEW;
		const enum verdict got =
			season_verdict(s, row[i].change, "", row[i].condition, &whole);

		if (got != row[i].want || whole != row[i].whole)
			printf("# %s: %s, whole %s\n", row[i].name, verdict_name(got),
			       verdict_name(whole));
		CHECK(got == row[i].want && whole == row[i].whole);
	}
}

/* Clauses ア to キ, each by itself. */
static inline void season_judge_clauses(struct season *s)
{
	static const struct judged row[] = {
		{ "R-023 ア", "clause_a=no", "clause_a", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-023 イ", "clause_b=no", "clause_b", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-023 ウ", "clause_c=no", "clause_c", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-023 エ", "clause_d=no clause_d_plan=no", "clause_d", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-023 エ: plan approved", "clause_d=no clause_d_plan=yes", "clause_d",
		  VERDICT_PASS, VERDICT_PASS },
		{ "R-023 オ", "clause_e=no", "clause_e", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-023 カ", "clause_f=no", "clause_f", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-023 キ", "clause_g=no", "clause_g", VERDICT_FAIL, VERDICT_FAIL },
	};

	season_judge(s, row, sizeof row / sizeof *row);
}

/* Table T of the law at each of its limits and one above (R-020, R-021, T-07, T-08). */
static inline void season_judge_sizes(struct season *s)
{
	static const struct {
		const char *industry;
		long capital, employees;
	} class[] = {
		{ "manufacturing", 300000000, 300 },
		{ "wholesale", 100000000, 100 },
		{ "service", 50000000, 100 },
		{ "retail", 50000000, 50 },
	};

	for (size_t i = 0; i < sizeof class / sizeof *class; i++) {
		for (int above = 0; above < 4; above++) { /* capital, employees */
			const bool rich = above & 1, many = above & 2;
			enum verdict whole;
			char change[120];

			snprintf(change, sizeof change, "industry=%s capital=%ld employees=%ld",
				 class[i].industry, class[i].capital + rich,
				 class[i].employees + many);
			CHECK(season_verdict(s, change, "", "size", &whole) ==
			      (rich && many ? VERDICT_FAIL : VERDICT_PASS));
			snprintf(change, sizeof change,
				 "company_kind=sole -capital -corporate_number industry=%s"
				 " employees=%ld",
				 class[i].industry, class[i].employees + many);
			CHECK(season_verdict(s, change, "", "size", &whole) ==
			      (many ? VERDICT_FAIL : VERDICT_PASS));
		}
	}
}

/* Whether a figure of the file counts the application. */
static inline bool season_counts(const struct season *s, const char *figure)
{
	const struct programme_facts *facts = programme_facts(s->programme);

	for (size_t i = 0; i < facts->figure_count; i++) {
		if (sv_eq(facts->figure[i].id, sv_from(figure)))
			return figure_counts(&facts->figure[i], &s->is);
	}
	printf("# there is no figure %s\n", figure);
	return false;
}

/* A row of a story: who does what, when, and what comes of it. */
struct scene {
	const char *rule; /* what it shows: "R-005: …" */
	const char *at;	  /* NULL: the same moment */
	const char *event;
	enum programme_actor by;
	const char *said;
	int want;	   /* 0, or the refusal */
	const char *state; /* afterwards */
};

static inline void season_play(struct season *s, const struct scene *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int got;

		if (row[i].at)
			s->now = testing_at(row[i].at);
		got = s->is.state.n == 0 && strcmp(row[i].event, "receive") == 0
			      ? season_receive(s, row[i].said)
			      : season_do(s, row[i].event, row[i].by, row[i].said);
		if (got != row[i].want || !sv_eq(s->is.state, sv_from(row[i].state)))
			printf("# %s: %s gives %d in state '%.*s' (%.*s)\n", row[i].rule,
			       row[i].event, got, SV_ARG(s->is.state),
			       SV_ARG(s->refused.errors.count ? s->refused.errors.item[0].message.ja
							      : s->refused.message.ja));
		CHECK_INT(got, row[i].want);
		CHECK_SV(s->is.state, sv_from(row[i].state));
	}
}

/* Runs the clock until a moment; returns how many events it did, log has their names. */
static inline size_t season_clock(struct season *s, const char *until, char *log, size_t size)
{
	const struct instant end = testing_at(until);
	size_t count = 0, n = 0;
	struct sv event;

	log[0] = '\0';
	while (s->last.wake.us != 0 && s->last.wake.us <= end.us) {
		s->now = s->last.wake;
		if (programme_clock_event(s->programme, &s->is, s->now, s->arena, &event, &s->err) !=
			    1 ||
		    season_step(s, event, BY_CLOCK, (struct answers){ NULL, 0 }) != 0) {
			CHECK(!"the clock wakes for nothing");
			break;
		}
		n += (size_t)snprintf(log + n, size - n, "%s%.*s", count ? " " : "", SV_ARG(event));
		count++;
	}
	s->now = end;
	return count;
}

/* The usual ways, for tests of what comes behind them. */
#define ACCEPT "channel=telephone person=江戸花子 own_cost_told=yes"
#define CONTACT                                                                                    \
	"channel=mail security_state=対策は未実施 first_date=2025-06-03 first_time=14:00 form=online"
#define DIAGNOSED                                                                                  \
	"network=ルーター1台 hub_port=yes existing_utm=no pcs=12 os=Windows11 antivirus=yes"        \
	" existing_edr=no policy=none utm_possible=yes edr_possible=yes"

#endif
