/*
 * The edition of 2022 (R4) through the real engine and its real file: one
 * package of a UTM and guidance, two papers, a call by telephone only.
 */
#include "programme/testing.h"

#define PAPER(NAME)                                                                                \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef␣20480␣" NAME
#define PAPERS                                                                                     \
	" application_file=" PAPER("参加申込書.docx")                                              \
	" opening_survey_file=" PAPER("アンケート.xlsx") " paper_version=2022-04-12"
#define KOJO                                                                                       \
	TESTING_SHOP " courses=package utm_site=tokyo utm_address=新宿区西新宿2-8-1"                \
		     PAPERS " past_support=no subsidy=no" TESTING_CLAUSES                           \
		     " privacy=yes conditions=yes"
#define CALLED                                                                                     \
	"channel=telephone person=江戸花子 own_cost_told=yes terms_told=yes survey_date=2022-05-12"
#define SURVEYED                                                                                   \
	"network=ルーター1台 existing_utm=no hub_port=yes peripherals=lan_cable utm_possible=yes"
#define NO_UTM                                                                                     \
	"network=ルーター1台 existing_utm=yes hub_port=no utm_possible=no utm_reason=空きポートなし"
#define BOTH "scope=both agreed=yes reason=希望のとおり"

static void open_kojo(struct season *s, const char *now)
{
	season_open(s, "2022-kojo.yaml", KOJO, now);
}

/* Four steps to the decision, as everything goes well but what the survey says. */
static void to_decision(struct season *s, const char *survey)
{
	open_kojo(s, "2022-04-28T10:00:00+09:00");
	CHECK_INT(season_receive(s, ""), 0);
	CHECK_INT(season_do(s, "called", BY_SECRETARIAT, CALLED), 0);
	CHECK_INT(season_do(s, "surveyed", BY_SECRETARIAT, survey), 0);
	CHECK_SV(s->is.state, SV("decision"));
}

static void to_trial(struct season *s, const char *decided)
{
	to_decision(s, SURVEYED);
	CHECK_INT(season_do(s, "decide", BY_SECRETARIAT, decided), 0);
	CHECK_INT(season_do(s, "approve", BY_CITY, ""), 0);
	s->now = testing_at("2022-06-01T10:30:00+09:00");
	CHECK_INT(season_do(s, "works_done", BY_CONTRACTOR, "units=1 site=事務所"), 0);
	CHECK_SV(s->is.state, SV("trial"));
}

TEST(eligibility_of_companies)
{
	static const struct judged row[] = {
		{ "R-019: nothing against it", "", "size", VERDICT_PASS, VERDICT_PASS },
		{ "R-020, T-07: one limit is enough [conv: the law's table]",
		  "industry=retail capital=60000000 employees=50", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "R-020: both exceeded", "industry=retail capital=60000000 employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "R-020: the limit is included", "industry=wholesale capital=100000000 employees=101",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "R-020: class ① both exceeded",
		  "industry=manufacturing capital=300000001 employees=301", "size", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "T-08: service has 100 people", "industry=service capital=50000001 employees=100",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "R-021: a sole proprietor by employees only",
		  "company_kind=sole -capital -corporate_number employees=50", "size",
		  VERDICT_PASS, VERDICT_PASS },
		{ "R-021: one more", "company_kind=sole -capital -corporate_number employees=51",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-022: main office in Tokyo", "prefecture=tokyo", "main_office", VERDICT_PASS,
		  VERDICT_PASS },
		{ "R-022: a branch in Tokyo is not enough", "prefecture=saitama utm_site=tokyo",
		  "main_office", VERDICT_FAIL, VERDICT_FAIL },
		{ "R-024: this programme before", "past_support=yes", "past_support", VERDICT_FAIL,
		  VERDICT_FAIL },
		{ "R-024: not before", "past_support=no", "past_support", VERDICT_PASS,
		  VERDICT_PASS },
		{ "S-29, T-15: another subsidy aimed at cybersecurity", "subsidy=yes", "subsidy",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-29, T-15: whatever its content", "subsidy=yes subsidy_name=別の内容", "subsidy",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-29: none", "subsidy=no", "subsidy", VERDICT_PASS, VERDICT_PASS },
	};
	struct season s;

	open_kojo(&s, "2022-04-12T10:00:00+09:00");
	REQUIRE(s.programme);
	season_judge(&s, row, sizeof row / sizeof *row);
	season_judge_clauses(&s);
	season_judge_sizes(&s);
	season_end(&s);
}

TEST(past_records) /* a mismatch is looked at, also before the office goes on */
{
	enum verdict whole;
	struct season s;

	open_kojo(&s, "2022-04-12T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK(season_verdict(&s, "", "records.programmes=2022-kojo", "past_support", &whole) ==
	      VERDICT_REVIEW);
	CHECK(season_verdict(&s, "", "records.programmes=2021-other", "past_support", &whole) ==
	      VERDICT_PASS);
	CHECK(season_verdict(&s, "", "records.running=2022-kojo-00001", "running", &whole) ==
	      VERDICT_REVIEW);
	CHECK(season_verdict(&s, "", "records.alike=c", "alike", &whole) == VERDICT_REVIEW);
	CHECK(season_verdict(&s, "", "", "alike", &whole) == VERDICT_PASS);
	s.is.records = testing_answers("records.review=past_support", s.arena);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "called", BY_SECRETARIAT, CALLED), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "clear_review", BY_SECRETARIAT, "basis=別の会社の記録"), 0);
	CHECK_INT(season_do(&s, "called", BY_SECRETARIAT, CALLED), 0);
	season_end(&s);
}

TEST(both_papers) /* received with both, or not at all */
{
	static const struct {
		const char *name, *change, *field;
	} row[] = {
		{ "the survey is missing", "-opening_survey_file", "opening_survey_file" },
		{ "the application is missing", "-application_file", "application_file" },
		{ "no paper but a program", "application_file=" PAPER("申込.exe"),
		  "application_file" },
		{ "R-043: which version of the papers", "-paper_version", "paper_version" },
		{ "R-043: a version that never was", "paper_version=2021-04-01", "paper_version" },
	};
	struct season s;

	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_INT(season_receive(&s, row[i].change), REFUSAL_FIELDS);
		REQUIRE(s.refused.errors.count == 1);
		CHECK_SV(s.refused.errors.item[0].field, sv_from(row[i].field));
		CHECK(s.is.mark[MARK_RECEIVED].us == 0);
	}
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK(s.is.mark[MARK_RECEIVED].us == s.now.us);
	CHECK_SV(answers_get(&s.is.answers, SV("paper_version")), SV("2022-04-12"));
	season_end(&s);
}

TEST(offered_papers_and_surveys) /* */
{
	const struct programme_facts *facts;
	size_t downloads = 0, before = 0, after = 0;
	struct season s;

	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	for (size_t i = 0; i < facts->document_count; i++) {
		const struct programme_document *document = &facts->document[i];

		downloads += document->kind == DOCUMENT_DOWNLOAD;
		/* versioned, as the form asks for it */
		CHECK((document->kind == DOCUMENT_DOWNLOAD) == (document->version.n > 0));
		/* the policy, and only it, is published */
		CHECK(document->can_be_published == sv_eq(document->id, SV("policy")));
	}
	CHECK_INT(downloads, 2);
	for (size_t i = 0; i < facts->questionnaire_count; i++) {
		before += sv_eq(facts->questionnaire[i].id, SV("survey_before"));
		after += sv_eq(facts->questionnaire[i].id, SV("survey_after"));
	}
	CHECK(before == 0 && after == 1); /* before is the paper */
	REQUIRE(facts->visits_count == 1);
	CHECK_INT(facts->visits[0].agenda_count, 4); /* */
	CHECK(facts->visits[0].online_on_request);   /* */
	CHECK(facts->visits[0].minutes_min == 60 && facts->visits[0].minutes_max == 120);
	CHECK_INT(facts->visits[0].forms, 1U << VISIT_ON_SITE | 1U << VISIT_ONLINE);
	CHECK_SV(facts->visits[0].agenda[3].document[2], SV("plan")); /* 実施計画書 */
	season_end(&s);
}

TEST(deadlines) /* S-15, R-007, R-008 */
{
	static const struct {
		const char *name, *received, *due;
	} row[] = {
		{ "S-15: over Golden Week", "2022-04-28T10:00:00+09:00", "2022-05-09" },
		{ "a plain week", "2022-04-12T10:00:00+09:00", "2022-04-15" },
		{ "on a Saturday", "2022-04-16T10:00:00+09:00", "2022-04-20" },
		{ "over two holidays of September", "2022-09-16T18:00:00+09:00", "2022-09-22" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[DAY_TEXT_MAX];
		struct season s;

		open_kojo(&s, row[i].received);
		REQUIRE(s.programme);
		CHECK_INT(season_receive(&s, ""), 0);
		CHECK(s.last.has_due && s.last.due_is_hard);
		if (strcmp(testing_day(s.last.due, text), row[i].due) != 0)
			printf("# %s\n", row[i].name);
		CHECK_STR(testing_day(s.last.due, text), row[i].due);
		season_end(&s);
	}
}

TEST(call_by_telephone_only) /* T-24, R-008, R-034 */
{
	static const struct scene row[] = {
		{ "R-004: received, and nothing more", NULL, "receive", BY_APPLICANT, "", 0,
		  "received" },
		{ "T-24: a mail is no call", NULL, "called", BY_SECRETARIAT,
		  "channel=mail person=江戸花子 own_cost_told=yes terms_told=yes"
		  " survey_date=2022-05-12",
		  REFUSAL_FIELDS, "received" },
		{ "T-24: nor may an attempt be one", NULL, "contact_failed", BY_SECRETARIAT,
		  "channel=mail", REFUSAL_FIELDS, "received" },
		{ "R-034: own costs before anything else", NULL, "called", BY_SECRETARIAT,
		  "channel=telephone person=江戸花子 own_cost_told=no terms_told=yes"
		  " survey_date=2022-05-12",
		  REFUSAL_FIELDS, "received" },
		{ "R-008: nobody ends it without an attempt", NULL, "lapse", BY_SECRETARIAT, "",
		  REFUSAL_CONDITION, "received" },
		{ "R-008: not reached", NULL, "contact_failed", BY_SECRETARIAT,
		  "channel=telephone", 0, "received" },
		{ "R-006: the office calls", NULL, "called", BY_CITY, CALLED, REFUSAL_NOT_YOURS,
		  "received" },
		{ "T-24: by telephone", NULL, "called", BY_SECRETARIAT, CALLED, 0, "survey" },
	};
	char day[DAY_TEXT_MAX];
	struct season s;

	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	REQUIRE(s.programme);
	season_play(&s, row, sizeof row / sizeof *row);
	CHECK(s.is.mark[MARK_COMPLETED].us != 0 && s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK_STR(testing_day(s.last.due, day), "2022-05-12");
	CHECK(!s.last.due_is_hard);
	season_end(&s);
}

TEST(final_with_the_approval) /* */
{
	struct season s;

	to_decision(&s, SURVEYED);
	CHECK_INT(season_do(&s, "diagnosed", BY_EXPERT, ""), REFUSAL_NO_SUCH_EVENT); /* */
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_SV(s.is.state, SV("approval"));
	/* R-003 [conv]: the office's check alone is not enough ... */
	CHECK(s.is.mark[MARK_COMPLETED].us != 0 && s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 0);
	/* ... and the approval is another role's. */
	CHECK_INT(season_do(&s, "approve", BY_SECRETARIAT, ""), REFUSAL_NOT_YOURS);
	s.now = testing_at("2022-05-16T11:00:00+09:00");
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK(s.is.mark[MARK_CONFIRMED].us == s.now.us && s.is.mark[MARK_APPROVED].us == s.now.us);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 1);
	CHECK_INT(season_effects(&s, EFFECT_INVITE), 1);
	CHECK_SV(s.is.state, SV("preparing"));
	season_end(&s);
}

TEST(what_the_survey_says) /* T-30 */
{
	struct season s;

	/* all three items and the reason. */
	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "called", BY_SECRETARIAT, CALLED), 0);
	CHECK_INT(season_do(&s, "surveyed", BY_SECRETARIAT, "utm_possible=no"), REFUSAL_FIELDS);
	CHECK_INT(s.refused.errors.count, 4); /* topology, UTM, port, reason */
	season_end(&s);

	/* no UTM, no fault: guidance goes on, or it ends. */
	to_decision(&s, NO_UTM);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "scope=utm_only agreed=yes reason=x"),
		  REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "scope=guidance_only agreed=yes reason=x"),
		  0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_SV(s.is.state, SV("guidance"));
	CHECK_INT(s.seat[0].taken, 1);
	season_end(&s);
	to_decision(&s, NO_UTM);
	CHECK_INT(season_do(&s, "not_possible", BY_SECRETARIAT, "reason=空きポートなし"), 0);
	CHECK(season_mails(&s, "not_possible"));
	CHECK_INT(s.seat[0].taken, 0); /* */
	season_end(&s);

	/* Both are main: a UTM that is possible cannot be left out; guidance can (T-30). */
	to_decision(&s, SURVEYED);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "scope=guidance_only agreed=yes reason=x"),
		  REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "scope=utm_only agreed=yes"),
		  REFUSAL_FIELDS); /* not without a record */
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "scope=utm_only agreed=yes reason=社内で実施済み"),
		  0);
	season_end(&s);
}

TEST(sites_and_units) /* T-17, T-18 */
{
	struct season s;

	/* R-046, T-17: the rule of a Tokyo site is a later edition's. */
	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, "utm_site=kanagawa"), 0);
	season_end(&s);

	/* one unit; two only with a recorded reason; three never. */
	to_decision(&s, SURVEYED);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(season_do(&s, "works_done", BY_CONTRACTOR, "units=1 site=事務所"),
		  REFUSAL_NO_SUCH_EVENT); /* not before it is final */
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_INT(season_do(&s, "works_done", BY_CONTRACTOR, "units=2 site=事務所"),
		  REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "second_unit", BY_SECRETARIAT, ""), REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "second_unit", BY_CONTRACTOR, "reason=x"), REFUSAL_NOT_YOURS);
	CHECK_INT(season_do(&s, "second_unit", BY_SECRETARIAT, "reason=2拠点のため"), 0);
	CHECK_INT(season_do(&s, "works_done", BY_CONTRACTOR, "units=3 site=事務所"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "works_done", BY_CONTRACTOR, "units=2 site=事務所"), 0);
	CHECK_SV(s.is.state, SV("trial"));
	season_end(&s);
}

TEST(trial) /* T-47 */
{
	char log[200], day[DAY_TEXT_MAX];
	struct season s;
	struct day end;

	to_decision(&s, SURVEYED);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK(!desk_serves(s.programme, &s.is, s.now)); /* not before */
	season_end(&s);
	to_trial(&s, BOTH);
	REQUIRE(programme_trial_end(s.programme, &s.is, &end));
	CHECK_STR(testing_day(end, day), "2022-08-31"); /* R-049, T-47: its own three months */
	/* Sunday night, and a holiday (11 August). */
	CHECK(desk_serves(s.programme, &s.is, testing_at("2022-07-17T03:00:00+09:00")));
	CHECK(desk_serves(s.programme, &s.is, testing_at("2022-08-11T23:00:00+09:00")));
	CHECK_INT(season_clock(&s, "2022-08-31T23:59:59+09:00", log, sizeof log), 3);
	CHECK_STR(log, "month_ends:1 month_ends:2 end_nears:1"); /* */
	CHECK(desk_serves(s.programme, &s.is, s.now));
	CHECK_INT(season_clock(&s, "2022-09-01T00:00:00+09:00", log, sizeof log), 2);
	CHECK_STR(log, "month_ends:3 trial_ends:1");
	CHECK(!desk_serves(s.programme, &s.is, s.now)); /* nor after */
	season_end(&s);
}

TEST(end_of_trial) /* R-050, S-39, T-20, T-30 */
{
	static const struct {
		const char *name, *decide, *before, *said, *end, *ended;
		size_t removal;
	} row[] = {
		{ "S-39: no contract: removal works, then guidance", BOTH, NULL, NULL,
		  "removal_done", "guidance", 1 },
		{ "R-050: contract: it stays", BOTH, "contract", "date=2022-08-01", "closed",
		  "guidance", 0 },
		{ "guidance was done in the trial", BOTH, "guidance_done", "result=方針を作成",
		  "removal_done", "declaration", 1 },
		{ "T-30: guidance was declined, with a record", BOTH, "guidance_declined",
		  "reason=時間が取れない", "removal_done", "ended", 1 },
		{ "T-30: and so it was at the decision", "scope=utm_only agreed=yes reason=x", NULL,
		  NULL, "removal_done", "ended", 1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const bool stays = row[i].removal == 0;
		char log[200];
		struct season s;

		to_trial(&s, row[i].decide);
		if (row[i].before)
			CHECK_INT(season_do(&s, row[i].before, BY_SECRETARIAT, row[i].said), 0);
		CHECK_SV(s.is.state, SV("trial"));
		CHECK_INT(season_clock(&s, "2022-09-01T00:00:00+09:00", log, sizeof log), 5);
		CHECK_SV(s.is.state, SV("closing"));
		CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), row[i].removal);
		/* T-20: neither a licence nor a program is meant. */
		CHECK_INT(season_effects(&s, EFFECT_LICENCE_OFF), 0);
		CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 0);
		CHECK_INT(season_do(&s, stays ? "removal_done" : "closed", BY_CONTRACTOR,
				    stays ? "date=2022-09-05" : ""),
			  REFUSAL_CONDITION);
		CHECK_INT(season_do(&s, row[i].end, BY_CONTRACTOR, stays ? "" : "date=2022-09-05"),
			  0);
		if (!sv_eq(s.is.state, sv_from(row[i].ended)))
			printf("# %s\n", row[i].name);
		CHECK_SV(s.is.state, sv_from(row[i].ended));
		season_end(&s);
	}
}

TEST(services_of_step_four) /* T-28 */
{
	struct season s;

	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	CHECK_INT(season_receive(&s, "wishes=web"), 0);
	CHECK_INT(season_do(&s, "called", BY_SECRETARIAT, CALLED), 0);
	CHECK_INT(season_do(&s, "surveyed", BY_SECRETARIAT, SURVEYED), 0);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_INT(season_do(&s, "works_done", BY_CONTRACTOR, "units=1 site=x"), 0);
	/* The mail drill is for all, the rest as wished. */
	CHECK_INT(season_do(&s, "service_given", BY_CONTRACTOR, "service=mail date=2022-06-20"), 0);
	CHECK_INT(season_do(&s, "service_given", BY_CONTRACTOR, "service=web date=2022-06-21"), 0);
	CHECK_INT(season_do(&s, "service_given", BY_CONTRACTOR, "service=sms date=2022-06-22"),
		  REFUSAL_FIELDS);
	season_end(&s);
}

TEST(what_must_be_said) /* T-28, T-30: nothing goes on without it */
{
	struct season s;

	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	/* What is not asked is not kept. */
	CHECK_INT(season_receive(&s, "company_kind=sole -capital subsidy_name=x past_name=x"), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("corporate_number")), SV_NONE); /* */
	CHECK_SV(answers_get(&s.is.answers, SV("subsidy_name")), SV_NONE);
	CHECK_SV(answers_get(&s.is.answers, SV("past_name")), SV_NONE);
	CHECK_INT(season_do(&s, "called", BY_SECRETARIAT,
			    "channel=telephone person=江戸花子 own_cost_told=yes terms_told=no"
			    " survey_date=2022-05-12"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "called", BY_SECRETARIAT, CALLED), 0);
	CHECK_INT(season_do(&s, "surveyed", BY_SECRETARIAT, SURVEYED), 0);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "scope=both agreed=no reason=x"),
		  REFUSAL_FIELDS);
	season_end(&s);

	/* Guidance alone: the same rule for services (T-28), and it may be declined (T-30). */
	to_decision(&s, NO_UTM);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "scope=guidance_only agreed=yes reason=x"),
		  0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_INT(season_effects(&s, EFFECT_ENTITLEMENT_BEGIN), 1);
	CHECK_INT(season_do(&s, "service_given", BY_CONTRACTOR, "service=mail date=2022-06-20"), 0);
	CHECK_INT(season_do(&s, "service_given", BY_CONTRACTOR, "service=sms date=2022-06-20"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "guidance_declined", BY_EXPERT, "reason=時間が取れない"), 0);
	CHECK_SV(s.is.state, SV("ended"));
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	season_end(&s);
}

TEST(figures) /* what is counted, and from when */
{
	char log[200];
	struct season s;

	to_decision(&s, SURVEYED);
	CHECK(season_counts(&s, "received") && !season_counts(&s, "by_industry"));
	season_end(&s);
	to_trial(&s, BOTH);
	CHECK(season_counts(&s, "by_industry") && season_counts(&s, "installed"));
	CHECK(!season_counts(&s, "contracts") && !season_counts(&s, "guided"));
	CHECK_INT(season_do(&s, "contract", BY_CONTRACTOR, "date=2022-08-01"), 0);
	CHECK_INT(season_do(&s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
	CHECK(season_counts(&s, "contracts") && season_counts(&s, "guided"));
	season_clock(&s, "2022-09-01T00:00:00+09:00", log, sizeof log);
	CHECK_INT(season_do(&s, "closed", BY_CONTRACTOR, ""), 0);
	CHECK(!season_counts(&s, "declared"));
	s.is.records = testing_answers("records.two_star=yes", s.arena);
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), 0);
	CHECK(season_counts(&s, "declared"));
	season_end(&s);
}

TEST(two_stars) /* */
{
	char log[200];
	struct season s;

	to_trial(&s, BOTH);
	CHECK_INT(season_do(&s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
	season_clock(&s, "2022-09-01T00:00:00+09:00", log, sizeof log);
	CHECK_INT(season_do(&s, "removal_done", BY_CONTRACTOR, "date=2022-09-05"), 0);
	CHECK_SV(s.is.state, SV("declaration"));
	/* Nothing, or a part of it, is not enough: the records say when all three are there. */
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), REFUSAL_CONDITION);
	s.is.records = testing_answers("records.document.policy=published", s.arena);
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), REFUSAL_CONDITION);
	s.is.records = testing_answers("records.document.policy=published records.two_star=yes",
				       s.arena);
	CHECK_INT(season_do(&s, "declared", BY_EXPERT, ""), 0);
	CHECK_SV(s.is.state, SV("ended"));
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK_INT(season_effects(&s, EFFECT_ASK), 1); /* the survey after */
	season_end(&s);
}

TEST(visits_on_site) /* T-22: no limit to weekdays */
{
	static const struct {
		const char *name, *now, *slot;
	} row[] = {
		{ "Saturday at 2: the same day at 9", "2022-07-16T02:00:00+09:00",
		  "2022-07-16T09:00:00+09:00" },
		{ "a holiday at 10: now", "2022-07-18T10:00:00+09:00", "2022-07-18T10:00:00+09:00" },
		{ "Friday at 17: Saturday", "2022-07-15T17:00:00+09:00",
		  "2022-07-16T09:00:00+09:00" },
	};
	struct season s;

	open_kojo(&s, "2022-04-12T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct instant slot = { 0 };

		CHECK(onsite_next(s.programme, testing_at(row[i].now), &slot, &s.err) == 0);
		if (slot.us != testing_at(row[i].slot).us)
			printf("# %s\n", row[i].name);
		CHECK_INT(slot.us, testing_at(row[i].slot).us);
	}
	season_end(&s);
}

TEST(reception_and_quota) /* T-35 */
{
	struct season s;

	open_kojo(&s, "2022-04-11T23:59:59+09:00");
	REQUIRE(s.programme);
	CHECK_INT(programme_facts(s.programme)->course[0].places, 250); /* */
	CHECK(!programme_facts(s.programme)->course[0].exact);		/* */
	CHECK_INT(season_receive(&s, ""), REFUSAL_CLOSED);		/* */
	s.now = testing_at("2022-04-12T00:00:00+09:00");
	s.seat[0].taken = 249;
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(s.seat[0].taken, 250);
	season_end(&s);
	open_kojo(&s, "2022-07-12T10:00:00+09:00");
	s.seat[0].taken = 250;
	CHECK_INT(season_receive(&s, ""), REFUSAL_FULL); /* */
	s.seat[0].places = 260;				 /* raised with a reason */
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "refuse", BY_SECRETARIAT, "reason=x"), 0); /* */
	CHECK_INT(s.seat[0].taken, 250);
	season_end(&s);
	/* T-35: "about September" closes nothing by itself. */
	open_kojo(&s, "2022-10-03T10:00:00+09:00");
	CHECK(!programme_facts(s.programme)->has_last_day);
	CHECK(sv_find(programme_facts(s.programme)->about_until.ja, SV("9月頃"), 0) != SIZE_MAX);
	CHECK_INT(season_receive(&s, ""), 0);
	season_end(&s);
}

TEST(office) /* T-21, T-26, R-035, R-061, R-111, R-120, R-122, T-41, T-46 */
{
	const struct programme_facts *facts;
	struct season s;

	open_kojo(&s, "2022-04-12T10:00:00+09:00");
	REQUIRE(s.programme);
	facts = programme_facts(s.programme);
	CHECK_INT(facts->office.open_from_minute, 9 * 60);
	CHECK_INT(facts->office.open_to_minute, 17 * 60 + 30); /* T-26 */
	CHECK_SV(facts->office.telephone, SV("0800-8005513"));
	CHECK(sv_find(facts->office.hours.ja, SV("祝日"), 0) == SIZE_MAX);
	CHECK(!facts->shows_liability); /* another edition's */
	CHECK(!facts->city_contacts);	/* R-120, T-41: may come */
	CHECK(sv_find(facts->notes.ja, SV("お送りする場合があります"), 0) != SIZE_MAX);
	CHECK_INT(facts->course[0].own_cost_count, 3); /* T-46 */
	CHECK_INT(facts->course[0].entitlement.visits, 4); /* */
	CHECK(facts->handling == HANDLING_REMOVAL); /* R-061, T-21 */
	CHECK(facts->has_hearings && facts->hearing_asks_first); /* */
	CHECK_INT(facts->hearing_companies, 0);
	CHECK_INT(facts->policy_count, 2); /* */
	/* One desk only: questions in the evening go to the same one. */
	CHECK(!facts->has_consultation);
	season_end(&s);
}

TEST(ways_out) /* */
{
	struct season s;

	to_trial(&s, BOTH);
	CHECK_INT(season_do(&s, "ask_to_withdraw", BY_CITY, "reason=不適切"), 0);
	CHECK_SV(s.is.state, SV("trial"));
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, ""), REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, "reason=都合により"), 0);
	CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), 1); /* the UTM is still there */
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);
	to_trial(&s, BOTH);
	CHECK_INT(season_do(&s, "ineligible_found", BY_SECRETARIAT, "reason=虚偽の申告"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "ineligible_found", BY_SECRETARIAT,
			    "reason=虚偽の申告 found=2022-07-01"),
		  0);
	CHECK_SV(s.is.state, SV("excluded"));
	CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), 1);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK(season_mails(&s, "excluded") && s.is.mark[MARK_ENDED].us == s.now.us);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);
	/* what stays by contract is not taken away. */
	to_trial(&s, BOTH);
	CHECK_INT(season_do(&s, "contract", BY_CONTRACTOR, "date=2022-08-01"), 0);
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, "reason=都合により"), 0);
	CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), 0);
	season_end(&s);
	/* nobody answers the telephone. */
	open_kojo(&s, "2022-04-28T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "contact_failed", BY_SECRETARIAT, "channel=telephone"), 0);
	CHECK_INT(season_do(&s, "lapse", BY_SECRETARIAT, ""), 0);
	CHECK_SV(s.is.state, SV("withdrawn"));
	CHECK(season_mails(&s, "lapsed"));
	season_end(&s);
	/* the city does not approve. */
	to_decision(&s, SURVEYED);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, BOTH), 0);
	CHECK_INT(season_do(&s, "disapprove", BY_CITY, "reason=x"), 0);
	CHECK_SV(s.is.state, SV("withdrawal_asked"));
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);
	season_end(&s);
}
