/*
 * What R7B's file says beside its steps (those are scenario_test.c's): briefings,
 * visits, surveys, documents, and what the editions of one year say differently.
 */
#include "programme/testing.h"

#define NOW "2025-06-02T10:00:00+09:00"

TEST(briefings) /* S-34, S-35, T-36 */
{
	static const struct {
		const char *id, *date, *last;
		unsigned to;
		uint32_t venue;
	} row[] = {
		{ "briefing1", "2025-06-26", "2025-06-25", 15 * 60 + 30, 50 },
		{ "briefing2", "2025-07-08", "2025-07-07", 15 * 60, 30 },
		{ "briefing3", "2025-07-24", "2025-07-23", 15 * 60, 30 },
		{ "briefing4", "2025-08-06", "2025-08-05", 15 * 60, 30 },
	};
	const struct programme_facts *facts;
	char text[DAY_TEXT_MAX];
	struct season s;

	season_begin(&s, NOW);
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	REQUIRE(facts->session_count == 4);
	for (size_t i = 0; i < 4; i++) {
		const struct programme_session *one = &facts->session[i];

		CHECK_SV(one->id, sv_from(row[i].id));
		CHECK(one->kind == SESSION_BRIEFING && one->has_date);
		CHECK_STR(testing_day(one->date, text), row[i].date);
		CHECK_STR(testing_day(one->booking_until, text), row[i].last); /* */
		CHECK_INT(one->from_minute, 13 * 60 + 30);
		CHECK_INT(one->to_minute, row[i].to);
		CHECK_INT(one->places[MODE_VENUE], row[i].venue); /* T-36 */
		CHECK_INT(one->places[MODE_ONLINE], 100);
		CHECK(!one->for_participants && !one->mode_by_exception); /* */
	}
	season_end(&s);
}

TEST(surveys) /* T-44 */
{
	const struct programme_questionnaire *survey, *next;
	const struct programme_facts *facts;
	char text[DAY_TEXT_MAX];
	struct season s;

	season_begin(&s, NOW);
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	REQUIRE(facts->questionnaire_count == 2);
	survey = &facts->questionnaire[0];
	next = &facts->questionnaire[1];
	CHECK(survey->kind == QUESTIONNAIRE_SURVEY && !survey->has_not_before);
	REQUIRE(next->has_not_before);
	CHECK_STR(testing_day(next->not_before, text), "2026-04-01"); /* fiscal year R8 */
	CHECK_SV(next->mail, SV("next_year"));
	CHECK_INT(survey->remind_business_days, 10); /* [conv] */
	CHECK_INT(survey->open_days, 90);
	CHECK_INT(next->open_days, 60);
	CHECK_INT(facts->publish_least, 5); /* R-117, T-42 */
	/* It is asked when the support ends, not before. */
	CHECK_INT(season_receive(&s, "courses=guidance"), 0);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), 0);
	CHECK_INT(season_do(&s, "expert_contact", BY_EXPERT, CONTACT), 0);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=guidance agreed=yes reason=x"),
		  0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_INT(season_effects(&s, EFFECT_ASK), 0);
	CHECK_INT(season_do(&s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
	CHECK_SV(s.is.state, SV("ended"));
	CHECK(season_counts(&s, "by_course") && !season_counts(&s, "two_star")); /* */
	CHECK(!season_counts(&s, "contracts") && !season_counts(&s, "surveyed"));
	s.is.records = testing_answers("records.two_star=yes records.questionnaire.survey=yes", s.arena);
	CHECK(season_counts(&s, "two_star") && season_counts(&s, "surveyed"));
	REQUIRE(season_effects(&s, EFFECT_ASK) == 1);
	for (size_t i = 0; i < s.last.effect_count; i++) {
		if (s.last.effect[i].kind == EFFECT_ASK)
			CHECK_SV(s.last.effect[i].what, SV("survey"));
	}
	season_end(&s);

	/* Who withdrew is not asked. */
	season_begin(&s, NOW);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, "reason=x"), 0);
	CHECK_INT(season_effects(&s, EFFECT_ASK), 0);
	season_end(&s);
}

TEST(guidance) /* … R-078 */
{
	const struct programme_facts *facts;
	size_t public = 0;
	struct season s;

	season_begin(&s, NOW);
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	REQUIRE(facts->visits_count == 1);
	CHECK_SV(facts->visits[0].course, SV("guidance"));
	CHECK_INT(facts->visits[0].agenda_count, 4);
	CHECK_INT(programme_course(s.programme, SV("guidance"))->entitlement.visits, 4);
	CHECK_INT(programme_course(s.programme, SV("edr"))->entitlement.visits, 0);
	CHECK(facts->visits[0].online_on_request); /* */
	CHECK(facts->visits[0].forms == (1U << VISIT_ON_SITE | 1U << VISIT_ONLINE));
	REQUIRE(facts->document_count == 4); /* */
	for (size_t i = 0; i < facts->document_count; i++) {
		CHECK(facts->document[i].kind == DOCUMENT_DELIVERABLE);
		public += facts->document[i].can_be_published; /* */
	}
	CHECK_INT(public, 1);
	CHECK(facts->document[0].can_be_published);
	season_end(&s);
}

/* What the records keep of a form beside its answers: identity lives on it (R-026, T-48). */
TEST(every_form_says_who_applies)
{
	static const char *const file[] = { "2022-kojo.yaml", "2023-kyoka.yaml", "2024-taisei.yaml",
					    "2025-kihon.yaml", "2025-followup.yaml",
					    "2026-sample.yaml" };

	for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
		const bool has_person = i == 2 || i == 5; /* */
		struct season s;

		season_open(&s, file[i], "", NOW);
		REQUIRE(s.programme);
		for (int means = MEANS_NOTHING + 1; means < MEANS_COUNT; means++)
			CHECK((programme_field_meaning(s.programme, (enum programme_meaning)means) !=
			       NULL) == (means != MEANS_PERSON || has_person));
		season_end(&s);
	}
}

/* What one condition-less table of the requirements says side by side. */
TEST(editions_side_by_side) /* T-21, T-22, T-41, T-45, T-46 */
{
	static const struct {
		const char *file;
		int year;
		unsigned hearings; /* 0: not said */
		bool city_contacts, day_and_night, liability;
		enum selection_kind kind;
		const char *opens;
	} row[] = {
		{ "2022-kojo.yaml", 2022, 0, false, true, false, SELECTION_FIRST_COME, "2022-04-12" },
		{ "2023-kyoka.yaml", 2023, 0, false, true, false, SELECTION_FIRST_COME,
		  "2023-05-31" },
		{ "2024-taisei.yaml", 2024, 0, false, false, false, SELECTION_LOTTERY,
		  "2024-05-23" },
		{ "2025-kihon.yaml", 2025, 5, true, true, false, SELECTION_FIRST_COME, "2025-05-23" },
		{ "2025-followup.yaml", 2025, 6, false, false, true, SELECTION_FIRST_COME,
		  "2025-05-29" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_facts *facts;
		char text[DAY_TEXT_MAX];
		struct season s;

		season_open(&s, row[i].file, "", NOW);
		REQUIRE(s.programme);
		facts = programme_facts(s.programme);
		CHECK_INT(facts->fiscal_year, row[i].year);
		CHECK_INT(facts->hearing_companies, row[i].hearings);
		CHECK(facts->city_contacts == row[i].city_contacts);
		CHECK(facts->desk_day_and_night == row[i].day_and_night);
		CHECK(facts->shows_liability == row[i].liability);
		CHECK(facts->selection.kind == row[i].kind);
		CHECK_STR(testing_day(facts->opens, text), row[i].opens);
		season_end(&s);
	}
}

TEST(own_cost_before_acceptance) /* T-46 */
{
	static const struct {
		const char *course;
		size_t count;
		const char *says;
	} row[] = {
		{ "utm", 2, "電源タップ" },
		{ "edr", 1, "通信料" },
		{ "guidance", 0, NULL },
	};
	struct season s;

	season_begin(&s, NOW);
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_course *course =
			programme_course(s.programme, sv_from(row[i].course));

		REQUIRE(course && course->own_cost_count == row[i].count);
		if (row[i].says)
			CHECK(sv_find(course->own_cost[0].ja, sv_from(row[i].says), 0) != SIZE_MAX);
	}
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT,
			    "channel=telephone person=x own_cost_told=no"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), 0);
	season_end(&s);
}

TEST(one_desk) /* T-49: three names in the source, one desk here; T-21, R-061 */
{
	static const char *const other[] = { "インシデントサポートセンター", "サポートセンター" };
	struct arena *arena = arena_new(TESTING_MEMORY);
	const struct sv text = testing_file("2025-kihon.yaml", arena);
	const struct programme_facts *facts;
	struct season s;

	season_begin(&s, NOW);
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK(facts->desk_day_and_night && !facts->has_consultation);
	CHECK(facts->handling == HANDLING_REMOVAL);
	CHECK(sv_find(text, SV("サポートデスク"), 0) != SIZE_MAX);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		CHECK(sv_find(text, sv_from(other[i]), 0) == SIZE_MAX);
	season_end(&s);
	arena_free(arena);
}

TEST(two_services_in_one_year) /* T-12, T-48: identity is shared, rules are opposite */
{
	struct season s;
	enum verdict whole = VERDICT_FAIL;

	/* The check-up of R7F is none of R7B's three: not barred, but the office compares. */
	season_begin(&s, NOW);
	REQUIRE(s.programme);
	season_verdict(&s, "past_support=yes past_content=other", "records.services=checkup",
		       "past_support", &whole);
	CHECK(whole == VERDICT_PASS);
	season_verdict(&s, "past_support=no", "records.services=checkup", "past_support", &whole);
	CHECK(whole == VERDICT_REVIEW);
	/* The same content bars. */
	season_verdict(&s, "past_support=yes past_content=edr", "records.services=edr",
		       "past_support", &whole);
	CHECK(whole == VERDICT_FAIL);
	season_end(&s);
}
