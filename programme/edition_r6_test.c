/*
 * R6 (security organisation 2024) through the real engine and the real file:
 * S-30 … S-33 and the rules behind them. Who is drawn is lottery/'s to say.
 */
#include "programme/testing.h"

#define TAISEI                                                                                     \
	TESTING_SHOP " courses=training person=江戸花子 person_kana=エドハナコ"                    \
		     " person_role=officer motivation=自走したい equipment=utm policy=in_place"     \
		     " two_star=declared person_agrees=yes company_agrees=yes"                     \
		     " privacy=yes conditions=yes"
#define ACCEPTED "level=UTMと方針を確認 person=江戸花子 own_cost_told=yes"
#define PAPER(NAME)                                                                                \
	"file=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855␣1200␣" NAME
#define PARTICIPATION                                                                              \
	"person=江戸花子 company_signer=代表取締役 date=2024-07-10 " PAPER("sanka.pdf")
#define CONFIDENTIALITY "signer=江戸花子 date=2024-07-10 " PAPER("himitsu.pdf")

static void open_r6(struct season *s, const char *now)
{
	season_open(s, "2024-taisei.yaml", TAISEI, now);
}

TEST(who_may_join)
{
	static const struct judged row[] = {
		{ "in order", "", "main_office", VERDICT_PASS, VERDICT_PASS },
		{ "R-022: a branch is not enough", "prefecture=saitama", "main_office",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-32, T-38: a policy, but no device", "equipment=none", "equipment",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-38: UTM", "equipment=utm", "equipment", VERDICT_PASS, VERDICT_PASS },
		{ "T-38: EDR", "equipment=edr", "equipment", VERDICT_PASS, VERDICT_PASS },
		{ "T-38: something similar: the office looks at the level", "equipment=similar",
		  "equipment", VERDICT_REVIEW, VERDICT_REVIEW },
		{ "T-38: UTM and something else", "equipment=utm equipment=similar", "equipment",
		  VERDICT_PASS, VERDICT_PASS },
		{ "T-38: a device, but no policy", "policy=none", "policy", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "T-38: a policy in work is none in place", "policy=in_work", "policy",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-38: the two-star declaration is no condition", "two_star=not_yet", "policy",
		  VERDICT_PASS, VERDICT_PASS },
		{ "T-06: the person does not agree", "person_agrees=no", "agreed", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "T-06: the company does not agree", "company_agrees=no", "agreed", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-020, T-11: construction has 300M", /* the law's classes, not the frames */
		  "industry=construction capital=300000000 employees=301", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "T-11: transport too", "industry=transport capital=300000001 employees=300",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "T-11: above both", "industry=transport capital=300000001 employees=301", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-11: other trades are class ①, not service",
		  "industry=other capital=300000000 employees=301", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "manufacturing at its limit",
		  "industry=manufacturing capital=300000001 employees=300", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "T-07: wholesale", "industry=wholesale capital=100000000 employees=101", "size",
		  VERDICT_PASS, VERDICT_PASS },
		{ "wholesale, above both", "industry=wholesale capital=100000001 employees=101",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "T-08: service has 100 people", "industry=service capital=50000001 employees=100",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "T-08: retail has 50", "industry=retail capital=50000001 employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "R-021: a sole proprietor",
		  "company_kind=sole -capital -corporate_number employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
	};
	struct season s;

	open_r6(&s, "2024-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	season_judge(&s, row, sizeof row / sizeof *row);
	season_end(&s);
}

TEST(limits_of_size) /* R-020, T-07, T-11: the law's classes, each at its limits and one above */
{
	static const char *const wide[] = { "construction", "transport", "other" };
	struct season s;

	open_r6(&s, "2024-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	season_judge_sizes(&s);
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		for (int above = 0; above < 4; above++) {
			const bool rich = above & 1, many = above & 2;
			char change[100];
			enum verdict whole;

			snprintf(change, sizeof change, "industry=%s capital=%d employees=%d",
				 wide[i], 300000000 + rich, 300 + many);
			CHECK(season_verdict(&s, change, "", "size", &whole) ==
			      (rich && many ? VERDICT_FAIL : VERDICT_PASS));
		}
	}
	season_end(&s);
}

TEST(one_person_of_a_company) /* S-33, R-102 */
{
	struct season s;
	enum verdict whole = VERDICT_REVIEW;

	open_r6(&s, "2024-06-03T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK(season_verdict(&s, "person=別の人", "records.running=2024-taisei-00001", "one_person", &whole) ==
	      VERDICT_FAIL);
	s.is.records = testing_answers("records.running=2024-taisei-00001", s.arena);
	CHECK_INT(season_receive(&s, "person=別の人"), REFUSAL_INELIGIBLE);
	s.is.records = testing_answers("", s.arena);
	CHECK_INT(season_receive(&s, ""), 0);
	season_end(&s);
}

TEST(frames) /* T-10, T-11 */
{
	static const struct {
		const char *industry, *frame;
	} row[] = {
		{ "retail", "retail_wholesale" },
		{ "wholesale", "retail_wholesale" },
		{ "construction", "construction_manufacturing" },
		{ "manufacturing", "construction_manufacturing" },
		{ "service", "service_other" },
		{ "transport", "service_other" }, /* T-11: not with manufacturing here */
		{ "other", "service_other" },
	};
	const struct programme_selection *selection;
	struct season s;

	open_r6(&s, "2024-06-03T10:00:00+09:00");
	REQUIRE(s.programme);
	selection = &programme_facts(s.programme)->selection;
	CHECK(selection->kind == SELECTION_LOTTERY); /* T-09 */
	CHECK(selection->leftover_moves);	     /* T-10 */
	CHECK_INT(selection->places, 40);
	REQUIRE(selection->frame_count == 3);
	CHECK_INT(selection->frame[0].places, 10);
	CHECK_INT(selection->frame[1].places, 10);
	CHECK_INT(selection->frame[2].places, 20);
	for (size_t i = 0; i < selection->frame_count; i++)
		CHECK(!selection->frame[i].exact); /* T-10: about */
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char change[60];
		size_t frame;

		snprintf(change, sizeof change, "industry=%s", row[i].industry);
		s.is.answers = testing_filled(TAISEI, change, s.arena);
		frame = selection_frame(s.programme, &s.is);
		REQUIRE(frame < selection->frame_count);
		CHECK_SV(selection->frame[frame].id, sv_from(row[i].frame));
	}
	season_end(&s);
}

TEST(reception) /* R-033, T-34's kind: a last day, whatever is taken */
{
	static const struct {
		const char *now;
		int want;
	} row[] = {
		{ "2024-05-22T23:59:59+09:00", REFUSAL_CLOSED },
		{ "2024-05-23T00:00:00+09:00", 0 },
		{ "2024-06-28T23:59:59+09:00", 0 },
		{ "2024-06-29T00:00:00+09:00", REFUSAL_CLOSED },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct season s;

		open_r6(&s, row[i].now);
		REQUIRE(s.programme);
		CHECK_INT(season_receive(&s, ""), row[i].want);
		season_end(&s);
	}
}

/* S-30, T-09: the 62nd is received like the first; only the draw gives places. */
TEST(more_than_forty_apply)
{
	struct season s;

	open_r6(&s, "2024-06-28T23:00:00+09:00");
	REQUIRE(s.programme);
	for (int i = 0; i < 62; i++) {
		s.is = (struct application_state){ .fired_count = 0 };
		s.now = testing_at("2024-06-28T23:00:00+09:00");
		CHECK_INT(season_receive(&s, ""), 0);
		CHECK_INT(season_effects(&s, EFFECT_SEAT_TAKE), 0);
		CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPTED), 0);
		CHECK_SV(s.is.state, programme_facts(s.programme)->selection.waiting);
	}
	CHECK_INT(s.seat[0].taken, 0);
	CHECK_INT(season_do(&s, "drawn", BY_SECRETARIAT, ""), REFUSAL_NOT_YOURS);
	CHECK_INT(season_do(&s, "drawn", BY_CENTRE, ""), 0);
	CHECK_INT(s.seat[0].taken, 1);
	season_end(&s);
}

static void to_draw(struct season *s)
{
	open_r6(s, "2024-06-03T10:00:00+09:00");
	CHECK_INT(season_receive(s, ""), 0);
	CHECK_INT(season_do(s, "accept_rules", BY_SECRETARIAT, ACCEPTED), 0);
}

TEST(received_completed_drawn) /* */
{
	static const struct scene row[] = {
		{ "R-004: received", "2024-06-03T10:00:00+09:00", "receive", BY_APPLICANT, "", 0,
		  "received" },
		{ "R-034: the costs were not told", NULL, "accept_rules", BY_SECRETARIAT,
		  "level=x person=x own_cost_told=no", REFUSAL_FIELDS, "received" },
		{ "R-002: no approval by the city in R6", NULL, "approve", BY_CITY, "",
		  REFUSAL_NO_SUCH_EVENT, "received" },
		{ "R-004: completed", "2024-06-06T10:00:00+09:00", "accept_rules",
		  BY_SECRETARIAT, ACCEPTED, 0, "waiting_for_draw" },
		{ "no papers before the draw", NULL, "participation_paper", BY_APPLICANT,
		  PARTICIPATION, REFUSAL_NO_SUCH_EVENT, "waiting_for_draw" },
	};
	char day[DAY_TEXT_MAX];
	struct season s;

	open_r6(&s, "2024-06-03T10:00:00+09:00");
	REQUIRE(s.programme);
	season_play(&s, row, 1);
	CHECK(!s.last.due_is_hard); /* none is promised */
	CHECK(s.is.mark[MARK_COMPLETED].us == 0);
	season_play(&s, row + 1, 4);
	CHECK(s.is.mark[MARK_COMPLETED].us != 0 && s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK_SV(s.is.state, SV("waiting_for_draw"));
	{ /* the draw is due after the closing day, not after this company's completion */
		bool has, hard;
		struct day due;

		CHECK(programme_due(s.programme, &s.is, &has, &due, &hard, &s.err) == 0 && has);
		CHECK_STR(testing_day(due, day), "2024-07-05");
		CHECK(!hard);
	}
	season_end(&s);
}

TEST(both_papers) /* S-31, R-003, T-06 */
{
	static const struct scene row[] = {
		{ "S-31: not drawn yet", NULL, "drawn", BY_CENTRE, "", 0, "papers" },
		{ "the office does not confirm", NULL, "accept_rules", BY_SECRETARIAT, ACCEPTED,
		  REFUSAL_NO_SUCH_EVENT, "papers" },
		{ "T-06: who agrees for the company?", "2024-07-10T10:00:00+09:00",
		  "participation_paper", BY_APPLICANT,
		  "person=江戸花子 date=2024-07-10 " PAPER("sanka.pdf"), REFUSAL_FIELDS, "papers" },
		{ "a program is no paper", NULL, "participation_paper", BY_APPLICANT,
		  "person=x company_signer=x date=2024-07-10 " PAPER("sanka.exe"), REFUSAL_FIELDS,
		  "papers" },
		{ "S-31: one paper", NULL, "participation_paper", BY_APPLICANT, PARTICIPATION, 0,
		  "papers" },
	};
	struct season s;

	to_draw(&s);
	season_play(&s, row, sizeof row / sizeof *row);
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0); /* S-31 */
	CHECK(!season_counts(&s, "participants") && !season_counts(&s, "two_star"));
	s.now = testing_at("2024-07-11T09:00:00+09:00");
	CHECK_INT(season_do(&s, "confidentiality_paper", BY_SECRETARIAT, CONFIDENTIALITY), 0);
	CHECK_SV(s.is.state, SV("support"));
	CHECK(s.is.mark[MARK_CONFIRMED].us == s.now.us);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 1);
	CHECK_INT(season_effects(&s, EFFECT_INVITE), 1);
	CHECK(season_counts(&s, "participants") && season_counts(&s, "two_star")); /* */
	season_end(&s);

	/* The other one first. */
	to_draw(&s);
	CHECK_INT(season_do(&s, "drawn", BY_CENTRE, ""), 0);
	CHECK_INT(season_do(&s, "confidentiality_paper", BY_APPLICANT, CONFIDENTIALITY), 0);
	CHECK_SV(s.is.state, SV("papers"));
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK_INT(season_do(&s, "participation_paper", BY_APPLICANT, PARTICIPATION), 0);
	CHECK(s.is.mark[MARK_CONFIRMED].us != 0);
	season_end(&s);
}

TEST(support_and_its_end) /* */
{
	static const struct scene row[] = {
		{ "R-073: five visits are too many", NULL, "finish", BY_EXPERT, "visits=5 result=x",
		  REFUSAL_FIELDS, "support" },
		{ "R-073: four", "2025-01-28T10:00:00+09:00", "finish", BY_EXPERT,
		  "visits=4 result=方針を改訂", 0, "ended" },
	};
	char day[DAY_TEXT_MAX];
	struct season s;

	to_draw(&s);
	CHECK_INT(season_do(&s, "drawn", BY_CENTRE, ""), 0);
	CHECK_INT(season_do(&s, "participation_paper", BY_APPLICANT, PARTICIPATION), 0);
	CHECK_INT(season_do(&s, "confidentiality_paper", BY_APPLICANT, CONFIDENTIALITY), 0);
	CHECK_STR(testing_day(s.last.due, day), "2025-01-31"); /* about seven months from July */
	season_play(&s, row, sizeof row / sizeof *row);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK(s.is.mark[MARK_ENDED].us != 0);
	season_end(&s);
}

TEST(those_who_are_not_drawn) /* */
{
	static const struct scene row[] = {
		{ "not drawn", NULL, "not_drawn", BY_CENTRE, "", 0, "reserve" },
		{ "moves up where a winner withdraws", NULL, "drawn", BY_CENTRE, "", 0, "papers" },
		{ "does not hand in", NULL, "lapse", BY_SECRETARIAT, "note=電話", 0, "withdrawn" },
	};
	struct season s;

	to_draw(&s);
	season_play(&s, row, 1);
	CHECK(season_mails(&s, "not_drawn"));
	CHECK_INT(s.seat[0].taken, 0);
	season_play(&s, row + 1, 1);
	CHECK_INT(s.seat[0].taken, 1);
	season_play(&s, row + 2, 1);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);

	to_draw(&s);
	season_play(&s, row, 1);
	CHECK_INT(season_do(&s, "close_reserve", BY_SECRETARIAT, ""), 0);
	CHECK_SV(s.is.state, SV("not_selected"));
	CHECK(season_mails(&s, "not_selected"));
	CHECK(s.is.mark[MARK_ENDED].us != 0);
	season_end(&s);
}

TEST(level_is_checked) /* S-32, R-019: what needs a review, and a refusal after the call */
{
	struct season s;

	open_r6(&s, "2024-06-03T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, "equipment=none"), REFUSAL_INELIGIBLE);
	CHECK_INT(season_receive(&s, "equipment=similar"), 0);
	s.is.records = testing_answers("records.review=equipment", s.arena);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPTED), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "clear_review", BY_SECRETARIAT, "basis=同程度の製品"), 0);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPTED), 0);
	CHECK_INT(season_do(&s, "refuse", BY_SECRETARIAT, "reason=水準"), 0);
	CHECK_SV(s.is.state, SV("refused"));
	season_end(&s);
}

TEST(closure_days) /* R-007, T-25 */
{
	static const struct {
		const char *name, *received, *due;
	} row[] = { /* five business days, the office's own target */
		{ "no closure near", "2024-06-03T10:00:00+09:00", "2024-06-10" },
		{ "over a weekend", "2024-06-28T10:00:00+09:00", "2024-07-05" },
	};
	static const struct {
		const char *from, *due;
	} days[] = {
		{ "2024-08-09", "2024-08-22" }, /* Sun 11 is a holiday, Mon 12 its substitute, 13–15 closed */
		{ "2024-12-26", "2025-01-09" }, /* 12-30 … 01-03 closed */
	};
	struct season s;
	char text[DAY_TEXT_MAX];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		open_r6(&s, row[i].received);
		REQUIRE(s.programme);
		CHECK_INT(season_receive(&s, ""), 0);
		CHECK_STR(testing_day(s.last.due, text), row[i].due);
		season_end(&s);
	}
	open_r6(&s, "2024-06-03T10:00:00+09:00");
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		struct day from, due;

		REQUIRE(day_parse(sv_from(days[i].from), &from));
		CHECK(calendar_after(programme_calendar(s.programme), from, 5, &due, &s.err) == 0);
		CHECK_STR(testing_day(due, text), days[i].due);
	}
	season_end(&s);
}

static const struct programme_session *session_of(const struct programme_facts *facts,
						   const char *id)
{
	for (size_t i = 0; i < facts->session_count; i++) {
		if (sv_eq(facts->session[i].id, sv_from(id)))
			return &facts->session[i];
	}
	return NULL;
}

TEST(sessions) /* R-099 … R-103, T-37, T-45 */
{
	static const struct {
		const char *id, *date, *group;
	} row[] = {
		{ "day1", "2024-07-23", "" },	{ "day2", "2024-08-06", "" },
		{ "day3", "2024-08-20", "" },	{ "day4", "2024-09-10", "" },
		{ "day5", NULL, "" }, /* T-37: lost in the source, not invented */
		{ "day6", "2024-10-08", "6-7" }, { "day7", "2024-10-22", "6-7" },
		{ "day8", "2024-11-19", "8-9" }, { "day9", "2024-12-17", "8-9" },
		{ "day10", "2025-01-21", "" },
	};
	static const char *const briefing[][2] = { { "briefing1", "2024-06-06" },
						   { "briefing2", "2024-06-12" },
						   { "briefing3", "2024-06-18" } };
	const struct programme_session *one;
	const struct programme_facts *facts;
	char text[DAY_TEXT_MAX];
	struct season s;

	open_r6(&s, "2024-06-03T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK_INT(facts->session_count, 13);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		one = session_of(facts, row[i].id);
		REQUIRE(one);
		CHECK(one->has_date == (row[i].date != NULL));
		if (one->has_date)
			CHECK_STR(testing_day(one->date, text), row[i].date);
		CHECK_SV(one->group, sv_from(row[i].group));
		CHECK(one->for_participants && one->mode_by_exception); /* R-102, T-45 */
		CHECK_INT(one->places[MODE_VENUE], 40);
	}
	for (size_t i = 0; i < 3; i++) { /* nothing asks whether one was there */
		one = session_of(facts, briefing[i][0]);
		REQUIRE(one && one->has_date);
		CHECK_STR(testing_day(one->date, text), briefing[i][1]);
		CHECK_INT(one->from_minute, 14 * 60);
		CHECK_INT(one->to_minute, 15 * 60 + 30);
		CHECK_INT(one->places[MODE_ONLINE], 100);
		CHECK_INT(one->places[MODE_VENUE], 0);
		CHECK(!one->for_participants);
	}
	season_end(&s);
}

TEST(facts_of_the_edition) /* …, T-26, T-46 */
{
	const struct programme_facts *facts;
	struct season s;

	open_r6(&s, "2024-06-03T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK_INT(facts->fiscal_year, 2024);
	CHECK_SV(facts->office.telephone, SV("0120-138-166"));
	CHECK_INT(facts->office.open_to_minute, 17 * 60);
	REQUIRE(facts->course_count == 1);
	CHECK_INT(facts->course[0].entitlement.visits, 4); /* */
	REQUIRE(facts->course[0].own_cost_count == 2);	   /* T-46 */
	CHECK(sv_find(facts->course[0].own_cost[0].ja, SV("交通費"), 0) != SIZE_MAX);
	REQUIRE(facts->visits_count == 1);
	CHECK_INT(facts->visits[0].agenda_count, 4); /* */
	CHECK_INT(facts->visits[0].minutes_min, 120); /* */
	CHECK_INT(facts->questionnaire_count, 0);     /* no survey is stated */
	CHECK(facts->document_count >= 8);	      /* */
	season_end(&s);
}
