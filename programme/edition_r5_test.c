/*
 * The edition of 2023 (R5) through the real engine and its real file: one
 * package of EDR and guidance, 300 terminals and no more, a hearing by a sheet.
 */
#include "programme/testing.h"

#define KYOKA                                                                                      \
	TESTING_SHOP " courses=package terminals=30 past_support=no subsidy=no" TESTING_CLAUSES    \
		     " privacy=yes conditions=yes"
#define CONTACTED                                                                                  \
	"channel=mail person=江戸花子 terms_told=yes form=online hearing_date=2023-07-20"
#define HEARD "terminals=30 edr_possible=yes"
#define NO_EDR "terminals=0 edr_possible=no edr_reason=古いOSだけ"
#define BOTH "scope=both agreed=yes reason=希望のとおり"

static void open_kyoka(struct season *s, const char *now)
{
	season_open(s, "2023-kyoka.yaml", KYOKA, now);
}

/* What the records say beside the steps: sheets and documents. */
static void know(struct season *s, const char *records)
{
	s->is.records = testing_answers(records, s->arena);
}

static void hear(struct season *s, const char *heard)
{
	CHECK_INT(season_receive(s, ""), 0);
	CHECK_INT(season_do(s, "contacted", BY_SECRETARIAT, CONTACTED), 0);
	know(s, "records.questionnaire.hearing_before=yes");
	CHECK_INT(season_do(s, "heard", BY_SECRETARIAT, heard), 0);
	CHECK_SV(s->is.state, SV("decision"));
}

static void to_decision(struct season *s, const char *heard)
{
	open_kyoka(s, "2023-07-14T10:00:00+09:00");
	hear(s, heard);
}

static void start_trial(struct season *s)
{
	hear(s, HEARD);
	CHECK_INT(season_do(s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(season_do(s, "approve", BY_CITY, ""), 0);
	s->now = testing_at("2023-08-01T10:30:00+09:00");
	CHECK_INT(season_do(s, "installed", BY_CENTRE, ""), 0);
	CHECK_SV(s->is.state, SV("trial"));
}

static void to_trial(struct season *s)
{
	open_kyoka(s, "2023-07-14T10:00:00+09:00");
	start_trial(s);
}

TEST(eligibility_of_companies) /* T-16: all four conditions are tested, not (1) to (3) */
{
	static const struct judged row[] = {
		{ "R-019: nothing against it", "", "size", VERDICT_PASS, VERDICT_PASS },
		{ "T-16 (1), R-020: both limits exceeded",
		  "industry=retail capital=60000000 employees=51", "size", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-020, T-07: one limit is enough [conv: the law's table]",
		  "industry=retail capital=60000000 employees=50", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "R-021: a sole proprietor by employees only",
		  "company_kind=sole -capital -corporate_number employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-16 (1), R-022: a branch in Tokyo is not enough", "prefecture=chiba",
		  "main_office", VERDICT_FAIL, VERDICT_FAIL },
		{ "S-28, R-024, T-16 (2): took part in R4",
		  "past_support=yes past_programmes=kojo", "past_support", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-024: the other named programme",
		  "past_support=yes past_programmes=emergency", "past_support", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-024: one of several",
		  "past_support=yes past_programmes=other past_programmes=kojo", "past_support",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-28: only another programme", "past_support=yes past_programmes=other",
		  "past_support", VERDICT_PASS, VERDICT_PASS },
		{ "T-16 (3), T-15: any subsidy aimed at cybersecurity", "subsidy=yes", "subsidy",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-15: none", "subsidy=no", "subsidy", VERDICT_PASS, VERDICT_PASS },
	};
	struct season s;

	open_kyoka(&s, "2023-05-31T10:00:00+09:00");
	REQUIRE(s.programme);
	season_judge(&s, row, sizeof row / sizeof *row);
	season_judge_clauses(&s); /* T-16 (4): R5 says three conditions and lists four */
	season_judge_sizes(&s);
	season_end(&s);
}

TEST(past_records) /* R-026, S-28: what the centre knows of R4 */
{
	enum verdict whole;
	struct season s;

	open_kyoka(&s, "2023-05-31T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK(season_verdict(&s, "", "records.programmes=2022-kojo", "past_support", &whole) ==
	      VERDICT_REVIEW);
	CHECK(season_verdict(&s, "past_support=yes past_programmes=other",
			     "records.programmes=2022-kojo", "past_support", &whole) ==
	      VERDICT_REVIEW);
	CHECK(season_verdict(&s, "past_support=yes past_programmes=kojo",
			     "records.programmes=2022-kojo", "past_support", &whole) ==
	      VERDICT_FAIL);
	CHECK(season_verdict(&s, "", "records.programmes=2022-other", "past_support", &whole) ==
	      VERDICT_PASS);
	CHECK(season_verdict(&s, "", "records.alike=c", "alike", &whole) == VERDICT_REVIEW);
	CHECK(season_verdict(&s, "", "", "alike", &whole) == VERDICT_PASS);
	season_end(&s);
}

TEST(soft_target) /* S-16, R-008, T-24 */
{
	char text[DAY_TEXT_MAX];
	struct season s;

	open_kyoka(&s, "2023-07-14T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK(s.last.has_due && !s.last.due_is_hard);
	CHECK_STR(testing_day(s.last.due, text), "2023-07-24"); /* Mon 17 is a holiday */
	/* Passing it is a reminder, not a breach: all can still be done, by either channel. */
	s.now = testing_at("2023-07-26T10:00:00+09:00");
	CHECK_INT(season_do(&s, "contact_failed", BY_SECRETARIAT, "channel=telephone"), 0);
	CHECK(!s.last.due_is_hard);
	CHECK_INT(season_do(&s, "contacted", BY_SECRETARIAT, CONTACTED), 0);
	CHECK(s.is.mark[MARK_COMPLETED].us != 0 && s.is.mark[MARK_CONFIRMED].us == 0); /* */
	CHECK_STR(testing_day(s.last.due, text), "2023-07-20");
	season_end(&s);
	/* over Golden Week's like: 11 August is a holiday */
	open_kyoka(&s, "2023-08-08T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_STR(testing_day(s.last.due, text), "2023-08-16");
	season_end(&s);
}

TEST(hearing) /* */
{
	struct season s;

	open_kyoka(&s, "2023-07-14T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "contacted", BY_SECRETARIAT, CONTACTED), 0);
	/* the sheet comes first, R-053: nobody plans a 301st terminal. */
	CHECK_INT(season_do(&s, "heard", BY_SECRETARIAT, HEARD), REFUSAL_CONDITION);
	know(&s, "records.questionnaire.hearing_before=yes");
	CHECK_INT(season_do(&s, "heard", BY_SECRETARIAT, "terminals=301 edr_possible=yes"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "heard", BY_SECRETARIAT, "terminals=3 edr_possible=no"),
		  REFUSAL_FIELDS); /* with the reason */
	CHECK_INT(season_do(&s, "heard", BY_SECRETARIAT, "terminals=300 edr_possible=yes"), 0);
	season_end(&s);

	/* no EDR is no fault: guidance alone, or it ends. */
	to_decision(&s, NO_EDR);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "scope=guidance_only agreed=yes reason=x"),
		  0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_SV(s.is.state, SV("guidance"));
	season_end(&s);
	to_decision(&s, NO_EDR);
	CHECK_INT(season_do(&s, "not_possible", BY_SECRETARIAT, "reason=x"), 0);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);
}

TEST(final_with_the_approval) /* */
{
	struct season s;

	to_decision(&s, HEARD);
	CHECK_INT(season_do(&s, "surveyed", BY_SECRETARIAT, ""), REFUSAL_NO_SUCH_EVENT); /* */
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK_INT(season_do(&s, "approve", BY_SECRETARIAT, ""), REFUSAL_NOT_YOURS);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK(s.is.mark[MARK_CONFIRMED].us == s.now.us && s.is.mark[MARK_APPROVED].us == s.now.us);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 1);
	CHECK_INT(season_effects(&s, EFFECT_ASK), 1); /* the survey before */
	CHECK_SV(s.is.state, SV("preparing"));
	season_end(&s);
}

TEST(terminals) /* S-36, R-053, R-054, T-18, T-19 */
{
	struct entitlement_use use = { 0 };
	struct refused refused;
	struct season s;
	size_t enrolled = 0;

	to_decision(&s, HEARD);
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK(sv_find(refused.message.ja, SV("確定"), 0) != SIZE_MAX);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	/* Terminals are counted, not users: one user may have them all (T-19). */
	for (use.devices = 0; use.devices < 310; use.devices++) {
		use.users = use.devices > 0;
		use.devices_of_user = use.devices;
		enrolled += entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now,
					      &refused) == 0;
	}
	CHECK_INT(enrolled, 300); /* S-36: the 301st is refused */
	CHECK(sv_find(refused.message.ja, SV("300台"), 0) != SIZE_MAX);
	CHECK(sv_find(refused.message.en, SV("cannot be raised"), 0) != SIZE_MAX);
	/* R-054, T-18: no override helps. */
	use.devices = 300;
	use.users_raised_to = 1000;
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK(!programme_facts(s.programme)->course[0].entitlement.users_can_be_raised);
	use.devices = 299;
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 0);
	season_end(&s);
}

TEST(trial) /* T-23, T-47 */
{
	char log[200], day[DAY_TEXT_MAX];
	struct season s;
	struct day end;

	to_trial(&s);
	REQUIRE(programme_trial_end(s.programme, &s.is, &end));
	CHECK_STR(testing_day(end, day), "2023-10-31");
	/* T-23: the incident desk at night and on a holiday. */
	CHECK(desk_serves(s.programme, &s.is, testing_at("2023-08-11T02:00:00+09:00")));
	CHECK_INT(season_clock(&s, "2023-10-31T23:59:59+09:00", log, sizeof log), 3);
	CHECK_STR(log, "period_ends:1 period_ends:2 end_nears:1");
	CHECK_INT(season_clock(&s, "2023-11-01T00:00:00+09:00", log, sizeof log), 2);
	CHECK_STR(log, "period_ends:3 trial_ends:1");
	CHECK(!desk_serves(s.programme, &s.is, s.now)); /* */
	season_end(&s);
}

TEST(reports_of_any_period) /* "periodic" only, so the operator says how often */
{
	static const struct {
		const char *now, *from, *to;
	} row[] = {
		{ "2023-08-15T00:00:00+09:00", "2023-08-01", "2023-08-14" },
		{ "2023-08-29T00:00:00+09:00", "2023-08-15", "2023-08-28" },
		{ "2023-09-12T00:00:00+09:00", "2023-08-29", "2023-09-11" },
		{ "2023-09-26T00:00:00+09:00", "2023-09-12", "2023-09-25" },
		{ "2023-10-10T00:00:00+09:00", "2023-09-26", "2023-10-09" },
		{ "2023-10-17T23:00:00+09:00", NULL, NULL }, /* the end nears */
		{ "2023-10-24T00:00:00+09:00", "2023-10-10", "2023-10-23" },
	};
	char log[200], day[DAY_TEXT_MAX];
	struct season s;

	to_trial(&s);
	CHECK_INT(programme_trial_reports(s.programme, &s.is), 3); /* monthly, unless said */
	season_end(&s);
	struct arena *arena = arena_new(TESTING_MEMORY);
	const struct sv text = testing_file("2023-kyoka.yaml", arena);
	const size_t at = sv_find(text, SV("      months: 3"), 0);
	REQUIRE(at != SIZE_MAX);
	season_begin_with(&s,
			  testing_parse(arena_printf(arena, "%.*s      report_days: 14\n%.*s",
						     SV_ARG(sv_slice(text, 0, at)),
						     SV_ARG(sv_slice(text, at, text.n))),
					arena),
			  arena, "2023-07-14T10:00:00+09:00");
	REQUIRE(s.programme);
	s.company = KYOKA;
	start_trial(&s);
	CHECK_INT(programme_trial_reports(s.programme, &s.is), 7);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_INT(season_clock(&s, row[i].now, log, sizeof log), 1);
		if (!row[i].from)
			continue;
		REQUIRE(s.last.effect_count == 1 && s.last.effect[0].kind == EFFECT_REPORT);
		CHECK_STR(testing_day(s.last.effect[0].from, day), row[i].from);
		CHECK_STR(testing_day(s.last.effect[0].to, day), row[i].to);
	}
	/* The last one is shorter: it ends with the trial. */
	CHECK_INT(season_clock(&s, "2023-11-01T00:00:00+09:00", log, sizeof log), 2);
	CHECK_STR(log, "period_ends:7 trial_ends:1");
	season_end(&s);
}

TEST(two_desks) /* R-065, T-23 */
{
	static const struct {
		const char *name, *now;
		bool consults;
	} row[] = {
		{ "Tuesday at 9", "2023-08-01T09:00:00+09:00", true },
		{ "Tuesday at 16:59", "2023-08-01T16:59:59+09:00", true },
		{ "Tuesday at 17", "2023-08-01T17:00:00+09:00", false },
		{ "Tuesday at 8:59", "2023-08-01T08:59:59+09:00", false },
		{ "Saturday", "2023-08-05T10:00:00+09:00", false },
		{ "a holiday [conv]", "2023-08-11T10:00:00+09:00", false },
	};
	struct season s;

	to_trial(&s);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct instant now = testing_at(row[i].now);

		if (desk_consults(s.programme, now) != row[i].consults)
			printf("# %s\n", row[i].name);
		CHECK(desk_consults(s.programme, now) == row[i].consults);
		CHECK(desk_serves(s.programme, &s.is, now)); /* incidents: always */
	}
	CHECK(programme_facts(s.programme)->handling == HANDLING_ISOLATION); /* R-061, T-21 */
	season_end(&s);
}

TEST(end_of_trial) /* S-39, R-058, T-20 */
{
	char log[200];
	struct season s;

	/* No contract: uninstalled remotely; not a licence, not removal works. */
	to_trial(&s);
	CHECK_INT(season_clock(&s, "2023-11-01T00:00:00+09:00", log, sizeof log), 5);
	CHECK_SV(s.is.state, SV("closing"));
	CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 1);
	CHECK_INT(season_effects(&s, EFFECT_LICENCE_OFF), 0);
	CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), 0);
	CHECK_INT(season_do(&s, "closed", BY_CONTRACTOR, ""), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "uninstalled", BY_CENTRE, ""), 0);
	CHECK_SV(s.is.state, SV("guidance"));
	season_end(&s);
	/* A contract: it stays. */
	to_trial(&s);
	CHECK_INT(season_do(&s, "contract", BY_CONTRACTOR, "date=2023-10-01"), 0);
	CHECK_INT(season_do(&s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
	CHECK_INT(season_clock(&s, "2023-11-01T00:00:00+09:00", log, sizeof log), 5);
	CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 0);
	CHECK_INT(season_do(&s, "uninstalled", BY_CENTRE, ""), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "closed", BY_CONTRACTOR, ""), 0);
	CHECK_SV(s.is.state, SV("aftercare"));
	season_end(&s);
	/* withdrawn in the middle: off the terminals as well. */
	to_trial(&s);
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, "reason=都合により"), 0);
	CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 1);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);
}

static void to_aftercare(struct season *s)
{
	to_decision(s, NO_EDR);
	CHECK_INT(season_do(s, "decide", BY_SECRETARIAT, "scope=guidance_only agreed=yes reason=x"),
		  0);
	CHECK_INT(season_do(s, "approve", BY_CITY, ""), 0);
	CHECK_INT(season_do(s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
	CHECK_SV(s->is.state, SV("aftercare"));
}

TEST(what_must_be_said) /* nothing goes on without it */
{
	struct season s;

	open_kyoka(&s, "2023-07-14T10:00:00+09:00");
	CHECK_INT(season_receive(&s, "terminals=0"), REFUSAL_FIELDS);
	CHECK_INT(season_receive(&s, "terminals=1 past_name=x"), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("past_name")), SV_NONE); /* not asked, not kept */
	CHECK_INT(season_do(&s, "contacted", BY_SECRETARIAT,
			    "channel=mail person=江戸花子 terms_told=no form=online"
			    " hearing_date=2023-07-20"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "lapse", BY_SECRETARIAT, ""), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "contact_failed", BY_SECRETARIAT, "channel=letter"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "contact_failed", BY_SECRETARIAT, "channel=mail"), 0);
	CHECK_INT(season_do(&s, "lapse", BY_SECRETARIAT, ""), 0);
	CHECK_SV(s.is.state, SV("withdrawn"));
	CHECK(season_mails(&s, "lapsed"));
	season_end(&s);

	open_kyoka(&s, "2023-07-14T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "refuse", BY_SECRETARIAT, "reason=x"), 0);
	CHECK(season_mails(&s, "refused"));
	CHECK_INT(s.seat[0].taken, 0); /* */
	season_end(&s);

	to_decision(&s, HEARD);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "scope=both agreed=no reason=x"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(season_do(&s, "disapprove", BY_SECRETARIAT, "reason=x"), REFUSAL_NOT_YOURS);
	CHECK_INT(season_do(&s, "disapprove", BY_CITY, "reason=x"), 0);
	CHECK_SV(s.is.state, SV("withdrawal_asked"));
	CHECK_INT(season_do(&s, "reconsider", BY_SECRETARIAT, "reason=x"), 0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_INT(season_effects(&s, EFFECT_ENTITLEMENT_BEGIN), 1);
	CHECK_INT(season_do(&s, "installed", BY_CENTRE, ""), 0);
	CHECK(season_mails(&s, "trial_started"));
	CHECK_INT(season_do(&s, "ineligible_found", BY_SECRETARIAT, "reason=虚偽の申告"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "ineligible_found", BY_SECRETARIAT,
			    "reason=虚偽の申告 found=2023-08-10"),
		  0);
	CHECK_SV(s.is.state, SV("excluded"));
	CHECK(season_mails(&s, "excluded") && s.is.mark[MARK_ENDED].us == s.now.us);
	CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 1);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	season_end(&s);
}

TEST(figures) /* what is counted, and from when */
{
	char log[200];
	struct season s;

	to_decision(&s, HEARD);
	CHECK(season_counts(&s, "received") && !season_counts(&s, "by_industry"));
	season_end(&s);
	to_trial(&s);
	CHECK(season_counts(&s, "by_industry") && season_counts(&s, "installed"));
	CHECK(!season_counts(&s, "contracts") && !season_counts(&s, "guided"));
	CHECK_INT(season_do(&s, "contract", BY_CONTRACTOR, "date=2023-10-01"), 0);
	CHECK_INT(season_do(&s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
	CHECK(season_counts(&s, "contracts") && season_counts(&s, "guided"));
	season_clock(&s, "2023-11-01T00:00:00+09:00", log, sizeof log);
	CHECK_INT(season_do(&s, "closed", BY_CONTRACTOR, ""), 0);
	CHECK(!season_counts(&s, "declared"));
	know(&s, "records.two_star=yes records.questionnaire.hearing_after=yes");
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), 0);
	CHECK(season_counts(&s, "declared"));
	season_end(&s);
}

TEST(two_stars_and_the_sheet_again) /* T-43, R-109 */
{
	struct season s;

	/* policy, publication and declaration; R-081: the sheet again. */
	to_aftercare(&s);
	know(&s, "records.questionnaire.hearing_after=yes records.document.policy=published");
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), REFUSAL_CONDITION);
	know(&s, "records.two_star=yes");
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), REFUSAL_CONDITION);
	CHECK(sv_find(s.refused.message.ja, SV("導入後"), 0) != SIZE_MAX);
	know(&s, "records.two_star=yes records.questionnaire.hearing_after=yes");
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), 0);
	CHECK(season_mails(&s, "subsidy_note")); /* */
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK_INT(season_effects(&s, EFFECT_ASK), 1);
	season_end(&s);
	/* Without two stars: no word of the subsidy, the sheet all the same. */
	to_aftercare(&s);
	CHECK_INT(season_do(&s, "not_declared", BY_EXPERT, "reason=次年度に"), REFUSAL_CONDITION);
	know(&s, "records.questionnaire.hearing_after=yes");
	CHECK_INT(season_do(&s, "not_declared", BY_EXPERT, "reason=次年度に"), 0);
	CHECK(!season_mails(&s, "subsidy_note"));
	season_end(&s);
}

TEST(sheet_surveys_visits) /* R-073 … */
{
	const struct programme_questionnaire *before = NULL, *after = NULL;
	const struct programme_facts *facts;
	size_t surveys = 0;
	struct season s;

	open_kyoka(&s, "2023-05-31T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	for (size_t i = 0; i < facts->questionnaire_count; i++) {
		const struct programme_questionnaire *one = &facts->questionnaire[i];

		before = sv_eq(one->id, SV("hearing_before")) ? one : before;
		after = sv_eq(one->id, SV("hearing_after")) ? one : after;
		surveys += one->kind == QUESTIONNAIRE_SURVEY;
	}
	CHECK_INT(surveys, 3); /* before, after, per service */
	REQUIRE(before && after && before->form.section_count == after->form.section_count);
	CHECK_SV(after->compared_with, SV("hearing_before")); /* per item */
	for (size_t i = 0; i < before->form.section[0].field_count; i++)
		CHECK_SV(after->form.section[0].field[i].id, before->form.section[0].field[i].id);
	REQUIRE(facts->visits_count == 1);
	CHECK_INT(facts->course[0].entitlement.visits, 4);
	CHECK_INT(facts->visits[0].agenda_count, 4);
	CHECK(facts->visits[0].minutes_min == 120 && facts->visits[0].minutes_max == 120); /* */
	CHECK(!facts->visits[0].online_on_request); /* as planned */
	for (size_t i = 0; i < facts->document_count; i++) /* the policy, and only it */
		CHECK(facts->document[i].can_be_published ==
		      sv_eq(facts->document[i].id, SV("policy")));
	season_end(&s);
}

TEST(visits_on_site) /* R-062, T-22: 9 to 17, no limit to weekdays */
{
	struct instant slot = { 0 };
	struct season s;

	open_kyoka(&s, "2023-05-31T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK(onsite_next(s.programme, testing_at("2023-07-15T02:00:00+09:00"), &slot, &s.err) == 0);
	CHECK_INT(slot.us, testing_at("2023-07-15T09:00:00+09:00").us); /* a Saturday */
	CHECK(onsite_next(s.programme, testing_at("2023-07-14T17:00:00+09:00"), &slot, &s.err) == 0);
	CHECK_INT(slot.us, testing_at("2023-07-15T09:00:00+09:00").us);
	season_end(&s);
}

TEST(reception_and_quota) /* T-35 */
{
	struct season s;

	open_kyoka(&s, "2023-05-30T23:59:59+09:00");
	REQUIRE(s.programme);
	CHECK_INT(programme_facts(s.programme)->course[0].places, 100);
	CHECK(!programme_facts(s.programme)->course[0].exact);
	CHECK_INT(season_receive(&s, ""), REFUSAL_CLOSED);
	s.now = testing_at("2023-05-31T00:00:00+09:00");
	s.seat[0].taken = 100;
	CHECK_INT(season_receive(&s, ""), REFUSAL_FULL);
	s.seat[0].taken = 99;
	CHECK_INT(season_receive(&s, ""), 0);
	season_end(&s);
	open_kyoka(&s, "2023-11-06T10:00:00+09:00");
	CHECK(!programme_facts(s.programme)->has_last_day);
	CHECK(sv_find(programme_facts(s.programme)->about_until.ja, SV("10月頃"), 0) != SIZE_MAX);
	CHECK_INT(season_receive(&s, ""), 0);
	season_end(&s);
}

TEST(words) /* T-26, T-41, T-43, T-46 */
{
	const struct programme_facts *facts;
	bool is_said = false;
	struct season s;

	open_kyoka(&s, "2023-05-31T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK_INT(facts->office.open_to_minute, 17 * 60); /* T-26 */
	CHECK_SV(facts->office.telephone, SV("03-5275-7909"));
	CHECK(facts->has_hearings && facts->hearing_asks_first); /* */
	CHECK_INT(facts->policy_count, 2);			 /* */
	CHECK_INT(facts->course[0].own_cost_count, 0); /* T-46: no exception from free */
	CHECK(!facts->shows_liability && !facts->city_contacts);
	CHECK(sv_find(facts->notes.ja, SV("同じ製品は助成の対象になりません"), 0) != SIZE_MAX);
	CHECK(sv_find(facts->notes.ja, SV("見張るなどの運用の負担はありません"), 0) != SIZE_MAX);
	for (size_t i = 0; i < facts->faq_count; i++)
		is_said |= sv_find(facts->faq[i].answer.ja, SV("CyCraft AIR）は助成の対象になりません"),
				   0) != SIZE_MAX;
	CHECK(is_said); /* T-43 */
	season_end(&s);
}
