/*
 * R7F (the check-up of the Follow-up 2025) through the real engine and the real
 * file: S-05, S-22 … S-27, T-01, T-02, T-09, T-12, T-14, T-31 … T-34, T-51.
 */
#include "programme/testing.h"

#define FOLLOWUP                                                                                   \
	TESTING_SHOP " courses=once bookable=morning past_support=no past_checkup=no"              \
		     " survey_agreed=yes sharing_agreed=yes" TESTING_CLAUSES                       \
		     " privacy=yes conditions=yes"

static void open_r7f(struct season *s, const char *now)
{
	season_open(s, "2025-followup.yaml", FOLLOWUP, now);
}

TEST(who_may_join)
{
	static const struct judged row[] = {
		{ "in order", "", "main_office", VERDICT_PASS, VERDICT_PASS },
		{ "S-05, T-07: 350M, but 300 people (R-020)",
		  "industry=manufacturing capital=350000000 employees=300", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "S-05: one more and both limits are exceeded",
		  "industry=manufacturing capital=350000000 employees=301", "size", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "T-07: the capital alone is enough, its limit included",
		  "industry=manufacturing capital=300000000 employees=301", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "wholesale: at both limits", "industry=wholesale capital=100000000 employees=101",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "wholesale: above both", "industry=wholesale capital=100000001 employees=101",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "T-08: service has 100 people", "industry=service capital=50000001 employees=100",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "service: above both", "industry=service capital=50000001 employees=101", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "service: capital at its limit", "industry=service capital=50000000 employees=101",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "T-08: retail has 50 people", "industry=retail capital=50000001 employees=51",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "retail: 50 people", "industry=retail capital=50000001 employees=50", "size",
		  VERDICT_PASS, VERDICT_PASS },
		{ "retail: capital at its limit", "industry=retail capital=50000000 employees=51",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "wholesale: 100 people", "industry=wholesale capital=100000001 employees=100",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "R-021: a sole proprietor with 50",
		  "company_kind=sole -capital -corporate_number employees=50", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "R-021: with 51", "company_kind=sole -capital -corporate_number employees=51",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-022: a branch is not enough", "prefecture=kanagawa", "main_office",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-25, T-12: took part in R5, no check-up",
		  "past_support=yes past_programmes=kyoka", "no_checkup", VERDICT_PASS,
		  VERDICT_PASS },
		{ "S-26, T-14: had the check-up of the R6 Follow-up",
		  "past_support=yes past_programmes=followup past_checkup=yes", "no_checkup",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-14: the Follow-up without its check-up",
		  "past_support=yes past_programmes=followup past_checkup=no", "no_checkup",
		  VERDICT_PASS, VERDICT_PASS },
		{ "S-27, T-33: no data for the diagnosing firm (R-089)", "sharing_agreed=no",
		  "sharing", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-089: data may go there", "", "sharing", VERDICT_PASS, VERDICT_PASS },
		{ "T-33: no survey (R-109)", "survey_agreed=no", "survey", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-109: answers the survey", "", "survey", VERDICT_PASS, VERDICT_PASS },
		{ "R-074: no hour on business days", "bookable=none", "time", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-074: afternoons", "bookable=early_afternoon bookable=late_afternoon", "time",
		  VERDICT_PASS, VERDICT_PASS },
	};
	struct season s;

	open_r7f(&s, "2025-05-29T10:00:00+09:00");
	REQUIRE(s.programme);
	season_judge(&s, row, sizeof row / sizeof *row);
	season_judge_clauses(&s);
	season_judge_sizes(&s);
	season_end(&s);
}

TEST(a_sole_proprietor_has_no_corporate_number) /* R-021, R-026 */
{
	struct season s;

	open_r7f(&s, "2025-05-29T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, "company_kind=sole past_support=yes past_programmes=other"), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("corporate_number")), SV_NONE);
	CHECK_SV(answers_get(&s.is.answers, SV("capital")), SV_NONE);
	CHECK(season_counts(&s, "past"));
	season_end(&s);
	open_r7f(&s, "2025-05-29T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("corporate_number")), SV("7000012050002"));
	CHECK(!season_counts(&s, "past") && season_counts(&s, "by_course"));
	CHECK(!season_counts(&s, "by_industry") && !season_counts(&s, "surveyed")); /* R-072 */
	season_end(&s);
}

TEST(what_the_records_know) /* R-024, R-026 */
{
	static const struct {
		const char *name, *records;
		enum verdict want;
	} row[] = {
		{ "nothing", "", VERDICT_PASS },
		{ "T-12: R4's trial is no bar here", "records.services=utm records.programmes=2022-kojo",
		  VERDICT_PASS },
		{ "says no check-up, the records show one", "records.services=checkup",
		  VERDICT_REVIEW },
		{ "R-013: another application under way", "records.running=2025-followup-00001",
		  VERDICT_REVIEW },
		{ "R-026: another mail address applied for it", "records.other_contact=yes",
		  VERDICT_REVIEW },
	};
	struct season s;

	open_r7f(&s, "2025-05-29T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum verdict whole = VERDICT_FAIL;

		season_verdict(&s, "", row[i].records, "no_checkup", &whole);
		if (whole != row[i].want)
			printf("# %s: %s\n", row[i].name, verdict_name(whole));
		CHECK(whole == row[i].want);
	}
	season_end(&s);
}

TEST(priority_is_a_mark) /* S-25, R-025, T-12 */
{
	static const struct {
		const char *change, *records;
		bool want;
	} row[] = {
		{ "past_support=yes past_programmes=kyoka", "", true },
		{ "", "records.programmes=2023-kyoka", true },
		{ "", "", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct season s;

		open_r7f(&s, "2025-05-29T10:00:00+09:00");
		REQUIRE(s.programme);
		s.is.records = testing_answers(row[i].records, s.arena);
		CHECK_INT(season_receive(&s, row[i].change), 0); /* nobody is refused for it */
		REQUIRE(programme_facts(s.programme)->flag_count == 1);
		CHECK(flag_holds(&programme_facts(s.programme)->flag[0], &s.is) == row[i].want);
		season_end(&s);
	}
}

TEST(reception) /* T-34, R-033: closes at its date even where places remain */
{
	static const struct {
		const char *name, *now;
		int want;
	} row[] = {
		{ "the day before", "2025-05-28T23:59:59+09:00", REFUSAL_CLOSED },
		{ "the first moment", "2025-05-29T00:00:00+09:00", 0 },
		{ "the last moment", "2025-06-30T23:59:59+09:00", 0 },
		{ "the day after", "2025-07-01T00:00:00+09:00", REFUSAL_CLOSED },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct season s;

		open_r7f(&s, row[i].now);
		REQUIRE(s.programme);
		if (season_receive(&s, "") != row[i].want)
			printf("# %s\n", row[i].name);
		CHECK_INT((int)s.refused.why, row[i].want);
		season_end(&s);
	}
}

TEST(courses_fill_one_by_one) /* S-24, R-011, R-012, T-09 */
{
	struct season s;

	open_r7f(&s, "2025-06-10T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(s.seat[0].places, 45);
	CHECK_INT(s.seat[1].places, 5);
	s.seat[0].taken = 45;
	CHECK_INT(season_receive(&s, "courses=once"), REFUSAL_FULL);
	CHECK(sv_find(s.refused.message.ja, SV("1回コース"), 0) != SIZE_MAX);
	s.seat[1].taken = 5;
	CHECK_INT(season_receive(&s, "courses=thrice"), REFUSAL_FULL);
	s.seat[1].taken = 4;
	CHECK_INT(season_receive(&s, "courses=once courses=thrice"), REFUSAL_FIELDS);
	CHECK_INT(season_receive(&s, "courses=thrice"), 0);
	CHECK_INT(s.seat[1].taken, 5);
	/* T-09: first come, and still refused after the check: the place is free again. */
	CHECK_INT(season_do(&s, "refuse", BY_SECRETARIAT, "reason=条件に該当しない"), 0);
	CHECK_SV(s.is.state, SV("refused"));
	CHECK(season_mails(&s, "refused"));
	CHECK_INT(s.seat[1].taken, 4);
	season_end(&s);
}

static void answer(struct season *s)
{
	s->is.records = testing_answers("records.questionnaire.preliminary=yes", s->arena);
}

TEST(the_answer_confirms) /* S-22, S-23, R-003, R-004, R-036, R-037, T-01, T-02 */
{
	static const struct scene asked[] = {
		{ "S-22", "2025-06-02T10:00:00+09:00", "receive", BY_APPLICANT, "", 0, "received" },
		{ "T-02: nothing to answer yet", NULL, "answer", BY_APPLICANT, "",
		  REFUSAL_NO_SUCH_EVENT, "received" },
		{ "R-037", "2025-06-03T11:00:00+09:00", "send_questions", BY_SECRETARIAT, "", 0,
		  "asked" },
		{ "not answered yet", NULL, "answer", BY_APPLICANT, "", REFUSAL_CONDITION,
		  "asked" },
		{ "T-02: the office does not confirm", NULL, "answer", BY_SECRETARIAT, "",
		  REFUSAL_NOT_YOURS, "asked" },
	};
	char day[DAY_TEXT_MAX];
	struct season s;

	open_r7f(&s, "2025-06-02T10:00:00+09:00");
	REQUIRE(s.programme);
	season_play(&s, asked, 1);
	CHECK(season_mails(&s, "received")); /* at once */
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK(sv_find(programme_state(s.programme, s.is.state)->where.ja,
		      SV("参加は確定していません"), 0) != SIZE_MAX);
	CHECK(!s.last.due_is_hard); /* R-008: none is promised */
	season_play(&s, asked + 1, 2);
	REQUIRE(season_effects(&s, EFFECT_ASK) == 1);
	CHECK_SV(s.last.effect[0].what, SV("preliminary"));
	CHECK_SV(s.last.effect[0].how, SV("preliminary"));
	CHECK(s.last.has_due && !s.last.due_is_hard);
	CHECK_STR(testing_day(s.last.due, day), "2025-06-10");
	season_play(&s, asked + 3, 2);
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);

	/* S-23: at that moment, with the consent to the magazine, its text and day. */
	answer(&s);
	s.now = testing_at("2025-06-05T21:30:00+09:00");
	CHECK_INT(season_do(&s, "answer", BY_APPLICANT, ""), 0);
	CHECK(s.is.mark[MARK_CONFIRMED].us == s.now.us);
	CHECK_SV(s.is.state, SV("approval"));
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 1);
	CHECK(season_mails(&s, "confirmed"));
	CHECK(season_counts(&s, "by_industry")); /* R-072 */
	season_end(&s);
}

TEST(magazine_by_joining) /* R-113, R-119, T-32, T-51 */
{
	const struct programme_facts *facts;
	struct season s;

	open_r7f(&s, "2025-06-02T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "send_questions", BY_SECRETARIAT, ""), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("consent.magazine")), SV_NONE); /* not by applying */
	answer(&s);
	s.now = testing_at("2025-06-05T21:30:00+09:00");
	CHECK_INT(season_do(&s, "answer", BY_APPLICANT, ""), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("consent.magazine")), SV("yes"));
	CHECK_SV(answers_get(&s.is.answers, SV("consent.magazine.version")), SV("2025-05-29"));
	CHECK_SV(answers_get(&s.is.answers, SV("consent.magazine.at")),
		 SV("2025-06-05T12:30:00.000000Z"));
	REQUIRE(facts->consent_count == 1);
	CHECK(sv_find(facts->consent[0].consent_text.ja, SV("7〜10日"), 0) != SIZE_MAX);
	CHECK(sv_find(form_label(s.programme, SV("consent.magazine")).ja, SV("メールマガジン"), 0) !=
	      SIZE_MAX);
	/* No field of the form asks for it. */
	for (size_t i = 0; i < facts->form.section_count; i++) {
		for (size_t k = 0; k < facts->form.section[i].field_count; k++)
			CHECK(!sv_eq(facts->form.section[i].field[k].id, SV("magazine")));
	}
	season_end(&s);
}

TEST(a_wrong_consent_is_told)
{
	static const struct {
		const char *from, *to, *says;
	} row[] = {
		{ "        consents: magazine", "        consents: magasine",
		  "there is no consent 'magasine'" },
		{ "    kind: consent\n    version: \"2025-05-29\"\n    label: { ja: メ",
		  "    kind: yes_no\n    label: { ja: メ", "consents are of kind consent" },
		{ "      - event: answer #", "      - event: consent #",
		  "no event is called 'consent'" },
	};
	struct arena *arena = arena_new(TESTING_MEMORY);
	const struct sv good = testing_file("2025-followup.yaml", arena);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const size_t at = sv_find(good, sv_from(row[i].from), 0);
		struct programme_problems problems;
		struct err err = ERR_INIT;
		bool told = false;

		REQUIRE(at != SIZE_MAX);
		CHECK(programme_parse(arena_printf(arena, "%.*s%s%.*s", SV_ARG(sv_slice(good, 0, at)),
						   row[i].to,
						   SV_ARG(sv_slice(good, at + strlen(row[i].from),
								   good.n))),
				      "test", arena, &problems, &err) == NULL);
		for (size_t k = 0; k < problems.count; k++)
			told |= sv_find(problems.item[k].message, sv_from(row[i].says), 0) !=
				SIZE_MAX;
		CHECK(told);
	}
	arena_free(arena);
}

static void joined(struct season *s, const char *change)
{
	open_r7f(s, "2025-06-02T10:00:00+09:00");
	CHECK_INT(season_receive(s, change), 0);
	CHECK_INT(season_do(s, "send_questions", BY_SECRETARIAT, ""), 0);
	answer(s);
	CHECK_INT(season_do(s, "answer", BY_APPLICANT, ""), 0);
}

#define RESULTS "asm=公開ポートなし platform=古いTLS"

TEST(to_the_end) /* R-002, R-006, R-080, R-091, R-109 */
{
	static const struct scene row[] = {
		{ "R-006: another role approves", "2025-06-09T10:00:00+09:00", "approve",
		  BY_SECRETARIAT, "", REFUSAL_NOT_YOURS, "approval" },
		{ "R-091: no diagnosis before", NULL, "diagnosed", BY_CONTRACTOR, RESULTS,
		  REFUSAL_NO_SUCH_EVENT, "approval" },
		{ "R-006", NULL, "approve", BY_CITY, "", 0, "diagnosis" },
		{ "R-091: the visit comes after", NULL, "visits_done", BY_EXPERT, "count=1 advice=x",
		  REFUSAL_NO_SUCH_EVENT, "diagnosis" },
		{ "R-002: R7B's decision is unknown here", NULL, "decide", BY_SECRETARIAT,
		  "courses=once", REFUSAL_NO_SUCH_EVENT, "diagnosis" },
		{ "R-080", "2025-06-20T10:00:00+09:00", "diagnosed", BY_CONTRACTOR, RESULTS, 0,
		  "visits" },
		{ "R-073: one visit in this course", "2025-07-10T16:00:00+09:00", "visits_done",
		  BY_EXPERT, "count=2 advice=x", REFUSAL_CONDITION, "visits" },
		{ "R-073", NULL, "visits_done", BY_EXPERT, "count=1 advice=x", 0, "survey" },
	};
	static const struct scene end[] = {
		{ "R-109: not answered yet", NULL, "survey_answered", BY_APPLICANT, "",
		  REFUSAL_CONDITION, "survey" },
	};
	struct season s;

	joined(&s, "");
	season_play(&s, row, sizeof row / sizeof *row);
	REQUIRE(season_effects(&s, EFFECT_ASK) == 1);
	CHECK_SV(s.last.effect[0].what, SV("survey"));
	season_play(&s, end, 1);
	s.is.records = testing_answers("records.questionnaire.survey=yes", s.arena);
	CHECK_INT(season_do(&s, "survey_answered", BY_APPLICANT, ""), 0);
	CHECK_SV(s.is.state, SV("ended"));
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK(s.is.mark[MARK_ENDED].us != 0);
	CHECK(season_counts(&s, "surveyed"));
	CHECK_INT(s.seat[0].taken, 1); /* a place that was used stays used */
	season_end(&s);
}

TEST(three_visits) /* R-073, 1.3: fewer only with a reason */
{
	static const struct scene row[] = {
		{ "R-006", "2025-06-09T10:00:00+09:00", "approve", BY_CITY, "", 0, "diagnosis" },
		{ "R-091", NULL, "diagnosed", BY_SECRETARIAT, RESULTS, 0, "visits" },
		{ "more than three", NULL, "visits_done", BY_EXPERT, "count=4 advice=x",
		  REFUSAL_FIELDS, "visits" },
		{ "fewer without a reason", NULL, "visits_done", BY_EXPERT, "count=2 advice=x",
		  REFUSAL_FIELDS, "visits" },
		{ "three", NULL, "visits_done", BY_EXPERT, "count=3 advice=x", 0, "survey" },
	};
	struct season s;

	joined(&s, "courses=thrice");
	season_play(&s, row, sizeof row / sizeof *row);
	season_end(&s);

	joined(&s, "courses=thrice");
	season_play(&s, row, 2);
	CHECK_INT(season_do(&s, "visits_done", BY_EXPERT, "count=2 advice=x fewer=会社の都合"), 0);
	season_end(&s);
}

TEST(silence_and_other_ends) /* R-027, R-028, R-037 */
{
	static const struct scene silent[] = {
		{ "S-22", "2025-06-02T10:00:00+09:00", "receive", BY_APPLICANT, "", 0, "received" },
		{ "R-037", NULL, "send_questions", BY_SECRETARIAT, "", 0, "asked" },
		{ "nobody was called", "2025-06-20T10:00:00+09:00", "lapse", BY_SECRETARIAT, "",
		  REFUSAL_CONDITION, "asked" },
		{ "which way?", NULL, "reminded", BY_SECRETARIAT, "", REFUSAL_FIELDS, "asked" },
		{ "a call is recorded", NULL, "reminded", BY_SECRETARIAT, "channel=telephone", 0,
		  "asked" },
		{ "the link goes out again", NULL, "send_again", BY_SECRETARIAT, "", 0, "asked" },
		{ "the end", NULL, "lapse", BY_SECRETARIAT, "", 0, "withdrawn" },
	};
	static const struct scene out[] = {
		{ "R-028: asking ends nothing", NULL, "ask_to_withdraw", BY_CITY, "reason=不適切", 0,
		  "approval" },
		{ "the city does not approve", NULL, "disapprove", BY_CITY, "reason=x", 0,
		  "withdrawal_asked" },
		{ "again", NULL, "reconsider", BY_SECRETARIAT, "reason=x", 0, "approval" },
		{ "R-027: reason and date", NULL, "ineligible_found", BY_SECRETARIAT, "reason=虚偽",
		  REFUSAL_FIELDS, "approval" },
		{ "R-027", NULL, "ineligible_found", BY_SECRETARIAT, "reason=虚偽 found=2025-06-09",
		  0, "excluded" },
		{ "it is over", NULL, "withdraw", BY_APPLICANT, "reason=x", REFUSAL_NO_SUCH_EVENT,
		  "excluded" },
	};
	struct season s;

	open_r7f(&s, "2025-06-02T10:00:00+09:00");
	REQUIRE(s.programme);
	season_play(&s, silent, sizeof silent / sizeof *silent);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);

	joined(&s, "");
	season_play(&s, out, sizeof out / sizeof *out);
	CHECK(s.is.mark[MARK_CONFIRMED].us != 0);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);
}

TEST(review_comes_first) /* R-019, R-026 */
{
	struct season s;

	open_r7f(&s, "2025-06-02T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	s.is.records = testing_answers("records.review=no_checkup", s.arena);
	CHECK_INT(season_do(&s, "send_questions", BY_SECRETARIAT, ""), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "clear_review", BY_SECRETARIAT, "basis=別の会社の記録"), 0);
	CHECK_INT(season_do(&s, "send_questions", BY_SECRETARIAT, ""), 0);
	season_end(&s);
}

TEST(facts_of_the_edition) /* R-001, R-073, R-074, R-115, R-116, R-120, R-122, T-26, T-31, T-41 */
{
	const struct programme_facts *facts;
	struct season s;

	open_r7f(&s, "2025-06-02T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK_INT(facts->fiscal_year, 2025);
	CHECK_INT(facts->office.telephone.n, 0); /* none is printed */
	CHECK_SV(facts->office.mail, SV("cs-follow-up-tokyo-2025-ml@east.ntt.co.jp"));
	CHECK_INT(facts->office.open_from_minute, 9 * 60);
	CHECK_INT(facts->office.open_to_minute, 17 * 60);
	CHECK(!facts->office.open_on_holidays); /* T-26 */
	CHECK(facts->shows_liability);		/* R-122 */
	CHECK(!facts->city_contacts);		/* T-41: it may come */
	CHECK(!facts->desk_day_and_night);	/* no device, no desk */
	REQUIRE(facts->visits_count == 2);
	for (size_t i = 0; i < facts->visits_count; i++) {
		CHECK_INT(facts->visits[i].agenda_count, i == 0 ? 1 : 3); /* R-073 */
		CHECK_INT(facts->visits[i].minutes_min, 60);		  /* R-074 */
		CHECK_INT(facts->visits[i].minutes_max, 120);
		CHECK(facts->visits[i].business_days_only);
		CHECK(facts->visits[i].forms == 1U << VISIT_ON_SITE);
	}
	REQUIRE(facts->questionnaire_count == 2);
	CHECK(facts->questionnaire[0].kind == QUESTIONNAIRE_PRELIMINARY);
	CHECK_SV(facts->questionnaire[0].answered, SV("answer")); /* T-02 */
	CHECK_INT(facts->questionnaire[0].remind_business_days, 5); /* R-037 [conv] */
	CHECK_INT(facts->questionnaire[0].open_days, 90);
	CHECK_INT(facts->questionnaire[1].remind_business_days, 10);
	CHECK_INT(facts->publish_least, 5); /* R-117, T-42 */
	CHECK(facts->questionnaire[1].kind == QUESTIONNAIRE_SURVEY);
	REQUIRE(facts->disclosure_count == 1); /* R-089, R-115, R-116 */
	CHECK(facts->disclosure[0].equal_protection_recorded);
	CHECK(facts->disclosure[0].scope.ja.n > 0 && facts->disclosure[0].purpose.ja.n > 0);
	/* T-31: no text points to a section by its number. */
	CHECK(sv_find(facts->notes.ja, SV("8."), 0) == SIZE_MAX);
	CHECK(sv_find(facts->flow.ja, SV("支援内容"), 0) == SIZE_MAX);
	season_end(&s);
}

TEST(no_other_edition_shows_liability) /* R-122 */
{
	static const char *const file[] = { "2022-kojo.yaml", "2023-kyoka.yaml", "2024-taisei.yaml",
					    "2025-kihon.yaml" };

	for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
		struct season s;

		season_open(&s, file[i], "", "2025-06-02T10:00:00+09:00");
		REQUIRE(s.programme);
		CHECK(!programme_facts(s.programme)->shows_liability);
		season_end(&s);
	}
}
