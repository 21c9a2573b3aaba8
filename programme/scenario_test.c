/*
 * The acceptance list of R7B through the real engine and the real file:
 * S-01 … S-14, S-16 … S-21, S-36, S-38, S-39, and the rules behind them.
 */
#include "programme/testing.h"

TEST(eligibility_of_companies)
{
	static const struct judged row[] = {
		{ "S-01: one limit is enough (R-020, T-07)",
		  "industry=retail capital=60000000 employees=40", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "S-02: both limits exceeded",
		  "courses=utm utm_site=tokyo industry=retail capital=60000000 employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-03: the limit is included",
		  "courses=utm utm_site=tokyo industry=wholesale capital=100000000 employees=500",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "S-03: one yen more is not",
		  "courses=utm utm_site=tokyo industry=wholesale capital=100000001 employees=500",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "S-04: service, both exceeded",
		  "courses=guidance industry=service capital=50000001 employees=101", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-08: service has 100 people, not 50",
		  "industry=service capital=50000001 employees=100", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "T-08: retail has 50", "industry=retail capital=50000001 employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-05's rule: class ① by employees",
		  "industry=manufacturing capital=350000000 employees=300", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "S-06: transport is class ①",
		  "courses=utm utm_site=tokyo industry=manufacturing capital=310000000"
		  " employees=301",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "class ①: capital at its limit",
		  "industry=manufacturing capital=300000000 employees=301", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "wholesale: employees at their limit",
		  "industry=wholesale capital=100000001 employees=100", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "wholesale: one more", "industry=wholesale capital=100000001 employees=101",
		  "size", VERDICT_FAIL, VERDICT_FAIL },
		{ "service: capital at its limit",
		  "industry=service capital=50000000 employees=101", "size", VERDICT_PASS,
		  VERDICT_PASS },
		{ "retail: capital at its limit", "industry=retail capital=50000000 employees=51",
		  "size", VERDICT_PASS, VERDICT_PASS },
		{ "S-07: sole proprietor with 50 (R-021)",
		  "company_kind=sole -capital -corporate_number employees=50", "size",
		  VERDICT_PASS, VERDICT_PASS },
		{ "S-07: with 51, no capital to fall back on",
		  "company_kind=sole -capital -corporate_number employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-07: a capital that is not asked for does not count",
		  "company_kind=sole capital=1 -corporate_number employees=51", "size",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-08: head office in Saitama (R-022)", "prefecture=saitama", "main_office",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "S-09: the company itself is eligible (R-046)", "courses=utm utm_site=tokyo",
		  "main_office", VERDICT_PASS, VERDICT_PASS },
		{ "T-13: other content, both readings agree", "past_support=yes past_content=other",
		  "past_support", VERDICT_PASS, VERDICT_PASS },
		{ "T-13: the same course", "past_support=yes past_content=edr", "past_support",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "T-13: another of the three: the readings differ",
		  "past_support=yes past_content=utm", "past_support", VERDICT_REVIEW,
		  VERDICT_REVIEW },
		{ "T-13: one of two wished courses had before",
		  "courses=edr courses=guidance past_support=yes past_content=guidance",
		  "past_support", VERDICT_FAIL, VERDICT_FAIL },
		{ "S-29, T-15: a different subsidy", "subsidy=yes subsidy_content=different",
		  "subsidy", VERDICT_PASS, VERDICT_PASS },
		{ "S-29, T-15: an equivalent one", "subsidy=yes subsidy_content=same", "subsidy",
		  VERDICT_FAIL, VERDICT_FAIL },
		{ "subsidy, not sure", "subsidy=yes subsidy_content=unsure", "subsidy",
		  VERDICT_REVIEW, VERDICT_REVIEW },
	};
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	season_judge(&s, row, sizeof row / sizeof *row);
	season_judge_clauses(&s);
	season_end(&s);
}

TEST(every_condition_is_told) /* */
{
	struct season s;
	const struct eligibility_row *row;
	static const struct answers none = { NULL, 0 };
	struct answers kept;
	struct form_errors errors;
	enum verdict whole;
	size_t count, with_rule = 0, failed = 0;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	const struct answers typed = testing_company("prefecture=chiba clause_a=no", s.arena);
	REQUIRE(form_check_application(s.programme, &typed, s.arena, &kept, &errors, &s.err) == 0);
	REQUIRE(eligibility(s.programme, &kept, &none, s.arena, &row, &count, &whole, &s.err) == 0);
	CHECK_INT(count, 14);
	for (size_t i = 0; i < count; i++) {
		with_rule += sv_starts(row[i].rules, SV("R-"));
		failed += row[i].verdict == VERDICT_FAIL;
		CHECK((row[i].message.ja.n > 0) == (row[i].verdict != VERDICT_PASS));
	}
	CHECK_INT(with_rule, count);
	CHECK_INT(failed, 2);
	/* The engine refuses such a form, and no other event begins an application. */
	CHECK_INT(season_receive(&s, "clause_a=no"), REFUSAL_INELIGIBLE);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), REFUSAL_NO_SUCH_EVENT);
	CHECK_INT(season_receive(&s, ""), 0);
	season_end(&s);
}

TEST(sites) /* S-09, S-10, R-046, R-055, T-17 */
{
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, "courses=utm utm_site=kanagawa"), REFUSAL_FIELDS);
	REQUIRE(s.refused.errors.count == 1);
	CHECK_SV(s.refused.errors.item[0].field, SV("utm_site"));
	CHECK(sv_find(s.refused.errors.item[0].message.ja, SV("都内"), 0) != SIZE_MAX);
	CHECK_INT(season_receive(&s, "courses=utm utm_site=tokyo"), 0);
	season_end(&s);

	/* S-10: EDR asks for no place at all. */
	season_begin(&s, "2025-05-23T10:00:00+09:00");
	CHECK_INT(season_receive(&s, "courses=edr utm_site=kanagawa"), 0);
	CHECK_SV(answers_get(&s.is.answers, SV("utm_site")), SV_NONE);
	season_end(&s);
}

TEST(deadlines) /* S-11 … S-14, R-007, R-008 */
{
	static const struct {
		const char *name, *received, *due;
	} row[] = {
		{ "S-11", "2025-05-23T10:00:00+09:00", "2025-05-28" },
		{ "S-11: just before midnight", "2025-05-23T23:59:59+09:00", "2025-05-28" },
		{ "S-12: Monday 21 is a holiday", "2025-07-18T09:00:00+09:00", "2025-07-24" },
		{ "S-13: on a Saturday", "2025-07-19T12:00:00+09:00", "2025-07-24" },
		{ "S-14: Monday 11 August is a holiday", "2025-08-08T16:00:00+09:00",
		  "2025-08-14" },
		{ "over the new year", "2025-12-26T10:00:00+09:00", "2026-01-07" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[DAY_TEXT_MAX];
		struct season s;

		season_begin(&s, row[i].received);
		REQUIRE(s.programme);
		CHECK_INT(season_receive(&s, ""), 0);
		CHECK(s.last.has_due && s.last.due_is_hard);
		CHECK_STR(testing_day(s.last.due, text), row[i].due);
		season_end(&s);
	}
}

TEST(closure_days_move_deadlines) /* R-007, T-25: entered late, the deadline is computed again */
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	const struct sv text = testing_file("2025-kihon.yaml", arena);
	const size_t at = sv_find(text, SV("closures: []"), 0);
	char day[DAY_TEXT_MAX];
	struct season s;
	bool has, hard;
	struct day due;

	REQUIRE(at != SIZE_MAX);
	season_begin_with(&s,
			  testing_parse(arena_printf(arena, "%.*sclosures: [2025-08-12..2025-08-13 "
							    "夏季休業]%.*s",
						     SV_ARG(sv_slice(text, 0, at)),
						     SV_ARG(sv_slice(text, at + 12, text.n))),
					arena),
			  arena, "2025-08-08T16:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_STR(testing_day(s.last.due, day), "2025-08-18");
	CHECK(programme_due(s.programme, &s.is, &has, &due, &hard, &s.err) == 0 && has && hard);
	CHECK_STR(testing_day(due, day), "2025-08-18");
	season_end(&s);
}

TEST(received_completed_confirmed) /* S-17, S-18, R-004, R-005, R-009, T-03, T-04 */
{
	char day[DAY_TEXT_MAX];
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_SV(s.is.state, SV("received"));
	CHECK(season_mails(&s, "received"));
	CHECK(s.is.mark[MARK_RECEIVED].us != 0);
	CHECK(s.is.mark[MARK_COMPLETED].us == 0 && s.is.mark[MARK_CONFIRMED].us == 0);
	/* S-17: what the site shows says neither. */
	CHECK(sv_find(programme_state(s.programme, s.is.state)->where.ja, SV("まだ完了していません"),
		      0) != SIZE_MAX);

	/* S-18: by telephone, two business days later. */
	s.now = testing_at("2025-05-27T15:00:00+09:00");
	CHECK_INT(season_do(&s, "accept_rules", BY_APPLICANT, ACCEPT), REFUSAL_NOT_YOURS);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, "channel=fax"), REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), 0);
	CHECK_SV(s.is.state, SV("completed"));
	CHECK(s.is.mark[MARK_COMPLETED].us == s.now.us);
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);
	/* three business days from completion, not from receipt. */
	CHECK(s.last.has_due && s.last.due_is_hard);
	CHECK_STR(testing_day(s.last.due, day), "2025-05-30");
	CHECK(programme_state(s.programme, s.is.state)->actor == BY_EXPERT);

	CHECK_INT(season_do(&s, "expert_contact", BY_EXPERT, CONTACT), 0);
	CHECK_SV(s.is.state, SV("diagnosis"));
	CHECK_STR(testing_day(s.last.due, day), "2025-06-03");
	CHECK(!s.last.due_is_hard); /* S-16's kind: a reminder, not a breach */
	CHECK_INT(season_do(&s, "reschedule", BY_EXPERT, "date=2025-06-05"), 0);
	CHECK_STR(testing_day(s.last.due, day), "2025-06-05");
	s.now = testing_at("2025-06-05T16:00:00+09:00");
	CHECK_INT(season_do(&s, "diagnosed", BY_EXPERT, DIAGNOSED), 0);
	CHECK_SV(s.is.state, SV("decision"));
	CHECK(s.is.mark[MARK_CONFIRMED].us == 0);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=希望どおり"), 0);
	CHECK(s.is.mark[MARK_CONFIRMED].us == s.now.us); /* */
	CHECK_SV(s.is.state, SV("approval"));
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 1);
	CHECK_INT(season_effects(&s, EFFECT_ENTITLEMENT_BEGIN), 0);
	/* another role, with its own time. */
	CHECK_INT(season_do(&s, "approve", BY_SECRETARIAT, ""), REFUSAL_NOT_YOURS);
	s.now = testing_at("2025-06-06T11:00:00+09:00");
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK(s.is.mark[MARK_APPROVED].us == s.now.us);
	CHECK_INT(season_effects(&s, EFFECT_INVITE), 1);
	CHECK_INT(season_effects(&s, EFFECT_ENTITLEMENT_BEGIN), 1);
	CHECK_SV(s.is.state, SV("preparing"));
	season_end(&s);
}

TEST(diagnosis_or_not) /* S-19, S-20, R-030, T-05 */
{
	static const struct {
		const char *name, *courses, *state;
	} row[] = {
		{ "S-19: guidance alone", "courses=guidance", "decision" },
		{ "S-20: ①+③", "courses=utm courses=guidance utm_site=tokyo", "diagnosis" },
		{ "②+③", "courses=edr courses=guidance", "diagnosis" },
		{ "①+②+③", "courses=utm courses=edr courses=guidance utm_site=tokyo",
		  "diagnosis" },
		{ "② alone", "courses=edr", "diagnosis" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct season s;

		season_begin(&s, "2025-05-23T10:00:00+09:00");
		REQUIRE(s.programme);
		CHECK_INT(season_receive(&s, row[i].courses), 0);
		CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), 0);
		CHECK_INT(season_do(&s, "expert_contact", BY_EXPERT, CONTACT), 0);
		CHECK_SV(s.is.state, sv_from(row[i].state));
		if (i == 0) {
			/* S-19: decided without diagnosis, then final; EDR would need one. */
			CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
					    "courses=edr agreed=yes reason=x"),
				  REFUSAL_CONDITION);
			CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
					    "courses=guidance agreed=yes reason=x"),
				  0);
			CHECK(s.is.mark[MARK_CONFIRMED].us != 0);
			CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
			CHECK_SV(s.is.state, SV("guidance"));
			CHECK_INT(season_do(&s, "guidance_done", BY_EXPERT, "result=方針を作成"), 0);
			CHECK_SV(s.is.state, SV("ended"));
			CHECK(s.is.mark[MARK_ENDED].us != 0);
			CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
		} else {
			CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
					    "courses=edr agreed=yes reason=x"),
				  REFUSAL_NO_SUCH_EVENT);
		}
		season_end(&s);
	}
}

static void to_decision(struct season *s, const char *wish, const char *diagnosis)
{
	season_begin(s, "2025-05-23T10:00:00+09:00");
	CHECK_INT(season_receive(s, wish), 0);
	CHECK_INT(season_do(s, "accept_rules", BY_SECRETARIAT, ACCEPT), 0);
	CHECK_INT(season_do(s, "expert_contact", BY_EXPERT, CONTACT), 0);
	CHECK_INT(season_do(s, "diagnosed", BY_EXPERT, diagnosis), 0);
}

#define NO_UTM                                                                                     \
	"network=x hub_port=no existing_utm=no pcs=3 os=y antivirus=no existing_edr=no"             \
	" policy=none utm_possible=no utm_reason=空きポートなし edr_possible=yes"

TEST(other_course_at_decision) /* S-21, R-029, R-031, R-047 */
{
	struct season s;

	to_decision(&s, "courses=utm utm_site=tokyo", NO_UTM);
	CHECK_INT(s.seat[0].taken, 1);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=utm agreed=yes reason=x"),
		  REFUSAL_CONDITION);
	CHECK(sv_find(s.refused.message.ja, SV("UTM"), 0) != SIZE_MAX);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=no reason=x"),
		  REFUSAL_FIELDS);
	CHECK_SV(s.refused.errors.item[0].field, SV("agreed"));
	/* ... only while seats remain ... */
	s.seat[1].taken = s.seat[1].places;
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=x"),
		  REFUSAL_FULL);
	CHECK(sv_find(s.refused.message.ja, SV("②EDR"), 0) != SIZE_MAX);
	s.seat[1].taken--;
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=x"), 0);
	CHECK_INT(s.seat[0].taken, 0);
	CHECK_INT(s.seat[1].taken, 50);
	CHECK(application_has_course(&s.is, SV("edr")) && !application_has_course(&s.is, SV("utm")));
	CHECK(answers_has(&s.is.answers, SV("courses"), SV("utm"))); /* the wish is kept */
	season_end(&s);

	/* or ③, or both, or nothing at all. */
	to_decision(&s, "courses=utm utm_site=tokyo", NO_UTM);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "courses=edr courses=guidance agreed=yes reason=x"),
		  0);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_BEGIN), 2);
	season_end(&s);
	to_decision(&s, "courses=utm utm_site=tokyo", NO_UTM);
	CHECK_INT(season_do(&s, "not_possible", BY_SECRETARIAT, "reason=x"), 0);
	CHECK(programme_state(s.programme, s.is.state)->final);
	CHECK_INT(s.seat[0].taken, 0);
	season_end(&s);

	/* R-046 where a UTM was not wished at first. */
	to_decision(&s, "courses=edr", DIAGNOSED);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=utm agreed=yes reason=x"),
		  REFUSAL_FIELDS);
	CHECK_SV(s.refused.errors.item[0].field, SV("site"));
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "courses=utm site=chiba agreed=yes reason=x"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT,
			    "courses=utm site=tokyo agreed=yes reason=x"),
		  0);
	season_end(&s);
}

static void to_trial(struct season *s, const char *wish, const char *decided)
{
	to_decision(s, wish, DIAGNOSED);
	CHECK_INT(season_do(s, "decide", BY_SECRETARIAT, decided), 0);
	CHECK_INT(season_do(s, "approve", BY_CITY, ""), 0);
	s->now = testing_at("2025-06-10T10:30:00+09:00");
	CHECK_INT(season_do(s, "installed", BY_CENTRE, ""), 0);
}

TEST(trial) /* S-39, T-20, T-47 */
{
	char log[200], day[DAY_TEXT_MAX];
	struct season s;
	struct day end;

	to_trial(&s, "courses=edr", "courses=edr agreed=yes reason=x");
	CHECK_SV(s.is.state, SV("trial"));
	REQUIRE(programme_trial_end(s.programme, &s.is, &end));
	CHECK_STR(testing_day(end, day), "2025-09-09");
	CHECK(desk_serves(s.programme, &s.is, s.now));
	/* Reports of whole months, from the day of the installation. */
	CHECK_INT(season_clock(&s, "2025-07-10T00:00:00+09:00", log, sizeof log), 1);
	CHECK_STR(log, "month_ends:1");
	REQUIRE(s.last.effect_count == 1 && s.last.effect[0].kind == EFFECT_REPORT);
	CHECK_INT(s.last.effect[0].number, 1);
	CHECK_STR(testing_day(s.last.effect[0].from, day), "2025-06-10");
	CHECK_STR(testing_day(s.last.effect[0].to, day), "2025-07-09");
	CHECK_INT(season_clock(&s, "2025-08-26T12:00:00+09:00", log, sizeof log), 2);
	CHECK_STR(log, "month_ends:2 end_nears:1");
	CHECK(season_mails(&s, "trial_end_nears"));
	/* Twice the same is refused. */
	CHECK_INT(season_do(&s, "end_nears:1", BY_CLOCK, ""), REFUSAL_NO_SUCH_EVENT);
	CHECK_INT(season_do(&s, "trial_ends:1", BY_CLOCK, ""), REFUSAL_NO_SUCH_EVENT);
	s.now = testing_at("2025-09-09T23:59:59+09:00");
	CHECK(desk_serves(s.programme, &s.is, s.now));
	CHECK_INT(season_clock(&s, "2025-09-10T00:00:00+09:00", log, sizeof log), 2);
	CHECK_STR(log, "month_ends:3 trial_ends:1");
	CHECK(!desk_serves(s.programme, &s.is, s.now));
	/* S-39: without contract the licence goes off; nothing is uninstalled or removed. */
	CHECK_INT(season_effects(&s, EFFECT_LICENCE_OFF), 1);
	CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 0);
	CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), 0);
	CHECK_SV(s.is.state, SV("closing"));
	CHECK_INT(season_do(&s, "closed", BY_CONTRACTOR, ""), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "licences_off", BY_CENTRE, ""), 0);
	CHECK_SV(s.is.state, SV("ended"));
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	season_end(&s);
}

TEST(end_of_trial_by_course) /* S-39, R-050 */
{
	static const struct {
		const char *name, *wish, *decide, *contract;
		size_t licence, removal;
	} row[] = {
		{ "②", "courses=edr", "courses=edr", NULL, 1, 0 },
		{ "①", "courses=utm utm_site=tokyo", "courses=utm", NULL, 0, 1 },
		{ "② with contract", "courses=edr", "courses=edr", "services=edr date=2025-09-01", 0,
		  0 },
		{ "①+②, contract for ①", "courses=edr courses=utm utm_site=tokyo",
		  "courses=edr courses=utm", "services=utm date=2025-09-01", 1, 0 },
		{ "①+②, contract for both", "courses=edr courses=utm utm_site=tokyo",
		  "courses=edr courses=utm", "services=utm services=edr date=2025-09-01", 0, 0 },
		{ "①+②+③", "courses=edr courses=utm courses=guidance utm_site=tokyo",
		  "courses=edr courses=utm courses=guidance", NULL, 1, 1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char decide[120], log[200];
		struct season s;

		snprintf(decide, sizeof decide, "%s agreed=yes reason=x", row[i].decide);
		to_trial(&s, row[i].wish, decide);
		if (row[i].contract)
			CHECK_INT(season_do(&s, "contract", BY_SECRETARIAT, row[i].contract), 0);
		CHECK_INT(season_clock(&s, "2025-09-10T00:00:00+09:00", log, sizeof log), 5);
		if (season_effects(&s, EFFECT_LICENCE_OFF) != row[i].licence ||
		    season_effects(&s, EFFECT_REMOVAL_WORKS) != row[i].removal)
			printf("# %s\n", row[i].name);
		CHECK_INT(season_effects(&s, EFFECT_LICENCE_OFF), row[i].licence);
		CHECK_INT(season_effects(&s, EFFECT_REMOVAL_WORKS), row[i].removal);
		/* It ends when all is done, in either order. */
		if (row[i].licence)
			CHECK_INT(season_do(&s, "licences_off", BY_CENTRE, ""), 0);
		if (row[i].removal) {
			CHECK_SV(s.is.state, SV("closing"));
			CHECK_INT(season_do(&s, "removal_done", BY_CONTRACTOR, "date=2025-09-12"),
				  0);
		}
		if (!row[i].licence && !row[i].removal)
			CHECK_INT(season_do(&s, "closed", BY_SECRETARIAT, ""), 0);
		CHECK_SV(s.is.state, sv_from(i == 5 ? "guidance" : "ended"));
		season_end(&s);
	}
}

TEST(entitlement) /* S-36, R-053, R-054, T-18, T-19 */
{
	struct entitlement_use use = { 0 };
	struct refused refused;
	struct season s;
	size_t enrolled = 0;

	to_decision(&s, "courses=edr", DIAGNOSED);
	/* Before the decision, and before the approval: refused with the reason. */
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK(sv_find(refused.message.ja, SV("確定"), 0) != SIZE_MAX);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=x"), 0);
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("utm"), &use, s.now, &refused), 1);
	/* 300 users with 5 devices each: 1,500. */
	for (use.users = 0; use.users < 300; use.users++) {
		for (use.devices_of_user = 0; use.devices_of_user < 5; use.devices_of_user++) {
			struct entitlement_use now = use;

			now.users += use.devices_of_user > 0;
			enrolled += entitlement_enrol(s.programme, &s.is, SV("edr"), &now, s.now,
						      &refused) == 0;
			use.devices++;
		}
	}
	CHECK_INT(enrolled, 1500);
	use.devices_of_user = 5;
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK(sv_find(refused.message.ja, SV("5台"), 0) != SIZE_MAX);
	use.devices_of_user = 0; /* the 301st user */
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK(sv_find(refused.message.ja, SV("300人"), 0) != SIZE_MAX);
	use.users_raised_to = 301; /* R7B's users can be overridden */
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 0);
	/* After the last day of the trial, also while the clock is late. */
	s.now = testing_at("2025-06-10T10:30:00+09:00");
	CHECK_INT(season_do(&s, "installed", BY_CENTRE, ""), 0);
	s.now = testing_at("2025-09-09T23:00:00+09:00");
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 0);
	s.now = testing_at("2025-09-10T00:00:00+09:00");
	CHECK_INT(entitlement_enrol(s.programme, &s.is, SV("edr"), &use, s.now, &refused), 1);
	CHECK(sv_find(refused.message.ja, SV("終わって"), 0) != SIZE_MAX);
	season_end(&s);
}

TEST(visits_on_site) /* S-38, R-062, R-063, T-22 */
{
	static const struct {
		const char *name, *now, *slot;
	} row[] = {
		{ "S-38: Saturday at 2", "2025-07-12T02:00:00+09:00", "2025-07-14T09:00:00+09:00" },
		{ "Saturday before a holiday", "2025-07-19T02:00:00+09:00",
		  "2025-07-22T09:00:00+09:00" },
		{ "Tuesday at 8:59", "2025-07-15T08:59:00+09:00", "2025-07-15T09:00:00+09:00" },
		{ "Tuesday at 10: now", "2025-07-15T10:00:00+09:00", "2025-07-15T10:00:00+09:00" },
		{ "Tuesday at 17: tomorrow", "2025-07-15T17:00:00+09:00",
		  "2025-07-16T09:00:00+09:00" },
		{ "Friday at 18", "2025-07-11T18:00:00+09:00", "2025-07-14T09:00:00+09:00" },
		{ "new year", "2025-12-29T10:00:00+09:00", "2026-01-05T09:00:00+09:00" },
	};
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
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

TEST(desk) /* S-38: day and night in the trial, and only there */
{
	struct season s;

	to_decision(&s, "courses=edr", DIAGNOSED);
	CHECK(!desk_serves(s.programme, &s.is, s.now));
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=x"), 0);
	CHECK_INT(season_do(&s, "approve", BY_CITY, ""), 0);
	CHECK(!desk_serves(s.programme, &s.is, s.now));
	CHECK_INT(season_do(&s, "installed", BY_CENTRE, ""), 0);
	CHECK(desk_serves(s.programme, &s.is, testing_at("2025-07-12T02:00:00+09:00")));
	season_end(&s);
}

TEST(reception_and_quota) /* T-34, T-50 */
{
	struct season s;

	season_begin(&s, "2025-05-22T23:59:59+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), REFUSAL_CLOSED);
	s.now = testing_at("2025-05-23T00:00:00+09:00");
	CHECK_INT(season_receive(&s, "courses=utm courses=guidance utm_site=tokyo"), 0);
	CHECK_INT(s.seat[0].taken + s.seat[2].taken, 2); /* T-50: one in each course */
	season_end(&s);

	/* one course is full, the others stay open. T-34: no end date. */
	season_begin(&s, "2026-02-20T10:00:00+09:00");
	s.seat[1].taken = 50;
	CHECK_INT(season_receive(&s, "courses=edr"), REFUSAL_FULL);
	CHECK(sv_find(s.refused.message.ja, SV("②EDR導入コース"), 0) != SIZE_MAX);
	CHECK_INT(season_receive(&s, "courses=edr courses=guidance"), REFUSAL_FULL);
	CHECK_INT(season_receive(&s, "courses=guidance"), 0);
	season_end(&s);

	/* released on refusal and withdrawal. */
	season_begin(&s, "2025-05-23T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(s.seat[1].taken, 1);
	CHECK_INT(season_do(&s, "refuse", BY_SECRETARIAT, "reason=x"), 0);
	CHECK_INT(s.seat[1].taken, 0);
	season_end(&s);
}

TEST(ways_out) /* */
{
	struct season s;

	/* asking does not end it; withdrawing does, with its reason. */
	to_trial(&s, "courses=edr", "courses=edr agreed=yes reason=x");
	CHECK_INT(season_do(&s, "ask_to_withdraw", BY_CITY, "reason=不適切"), 0);
	CHECK_SV(s.is.state, SV("trial"));
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, ""), REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, "reason=都合により"), 0);
	CHECK_SV(s.is.state, SV("withdrawn"));
	CHECK_INT(season_effects(&s, EFFECT_LICENCE_OFF), 1);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 1);
	CHECK_INT(s.seat[1].taken, 0);
	CHECK_INT(season_do(&s, "withdraw", BY_APPLICANT, "reason=x"), REFUSAL_NO_SUCH_EVENT);
	season_end(&s);

	/* a false statement found after confirmation, with reason and date. */
	to_trial(&s, "courses=edr", "courses=edr agreed=yes reason=x");
	CHECK_INT(season_do(&s, "ineligible_found", BY_SECRETARIAT, "reason=虚偽の申告"),
		  REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "ineligible_found", BY_SECRETARIAT,
			    "reason=虚偽の申告 found=2025-07-01"),
		  0);
	CHECK_SV(s.is.state, SV("excluded"));
	CHECK_SV(answers_get(&s.is.answers, SV("ineligible_found.found")), SV("2025-07-01"));
	CHECK(s.is.mark[MARK_CONFIRMED].us != 0 && s.is.mark[MARK_ENDED].us != 0);
	season_end(&s);

	/* The city does not approve: withdrawal is asked, or the city asked again. */
	to_decision(&s, "courses=edr", DIAGNOSED);
	CHECK_INT(season_do(&s, "decide", BY_SECRETARIAT, "courses=edr agreed=yes reason=x"), 0);
	CHECK_INT(season_do(&s, "disapprove", BY_CITY, "reason=x"), 0);
	CHECK_SV(s.is.state, SV("withdrawal_asked"));
	CHECK_INT(season_do(&s, "reconsider", BY_SECRETARIAT, "reason=x"), 0);
	CHECK_INT(season_do(&s, "disapprove", BY_CITY, "reason=y"), 0);
	CHECK_INT(season_do(&s, "withdraw", BY_SECRETARIAT, "reason=x"), 0);
	CHECK_INT(s.seat[1].taken, 0);
	season_end(&s);

	/* Nobody answers: only after an attempt. */
	season_begin(&s, "2025-05-23T10:00:00+09:00");
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "lapse", BY_SECRETARIAT, ""), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "contact_failed", BY_SECRETARIAT, "channel=telephone"), 0);
	CHECK_SV(s.is.state, SV("received"));
	CHECK(s.last.has_due); /* the deadline of the contact stays */
	CHECK_INT(season_do(&s, "lapse", BY_SECRETARIAT, ""), 0);
	season_end(&s);
}

TEST(past_records) /* what the centre knows against what the applicant says */
{
	static const struct {
		const char *name, *change, *records;
		enum verdict want;
	} row[] = {
		{ "nothing known", "past_support=no", "", VERDICT_PASS },
		{ "says no, the records say yes", "past_support=no", "records.services=guidance",
		  VERDICT_REVIEW },
		{ "the same service in the records", "past_support=no", "records.services=edr",
		  VERDICT_REVIEW },
		{ "says so itself", "past_support=yes past_content=edr", "records.services=edr",
		  VERDICT_FAIL },
		{ "says other content, the records say the same service",
		  "past_support=yes past_content=other", "records.services=edr", VERDICT_REVIEW },
	};
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum verdict whole = VERDICT_FAIL;

		season_verdict(&s, row[i].change, row[i].records, "past_support", &whole);
		if (whole != row[i].want)
			printf("# %s: %s\n", row[i].name, verdict_name(whole));
		CHECK(whole == row[i].want);
	}
	/* What is under review has to be looked at before the acceptance counts. */
	s.is.records = testing_answers("records.review=past_support", s.arena);
	CHECK_INT(season_receive(&s, ""), 0);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), REFUSAL_CONDITION);
	CHECK_INT(season_do(&s, "clear_review", BY_SECRETARIAT, "basis=別の内容と確認"), 0);
	CHECK_INT(season_do(&s, "accept_rules", BY_SECRETARIAT, ACCEPT), 0);
	season_end(&s);
}

TEST(mails_say_what_has_not_happened) /* R-036's idea */
{
	struct answers values, mine;
	struct sv subject, body;
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(season_receive(&s, ""), 0);
	REQUIRE(programme_mail_values(s.programme, &s.is, false, s.arena, &values, &s.err) == 0);
	struct answer *item = arena_alloc(s.arena, (values.count + 2) * sizeof *item);
	item[0] = (struct answer){ SV("number"), SV("2025-kihon-00001") };
	item[1] = (struct answer){ SV("link"), SV("https://c/p/a/x") };
	memcpy(item + 2, values.item, values.count * sizeof *item);
	mine = (struct answers){ item, values.count + 2 };
	REQUIRE(programme_mail(s.programme, SV("received"), &mine, false, s.arena, &subject, &body,
			       &s.err) == 0);
	CHECK(sv_find(subject, SV("2025-kihon-00001"), 0) != SIZE_MAX);
	CHECK(sv_find(body, SV("江戸花子 様"), 0) != SIZE_MAX);
	CHECK(sv_find(body, SV("申込みは完了していません"), 0) != SIZE_MAX);
	CHECK(sv_find(body, SV("令和7年5月28日(水)までに"), 0) != SIZE_MAX);
	CHECK(sv_find(body, SV("②EDR導入コース"), 0) != SIZE_MAX);
	CHECK(sv_find(body, SV("{"), 0) == SIZE_MAX);
	REQUIRE(programme_mail(s.programme, SV("completed"), &mine, false, s.arena, &subject, &body,
			       &s.err) == 0);
	CHECK(sv_find(body, SV("通信料"), 0) != SIZE_MAX); /* */
	CHECK(programme_mail(s.programme, SV("nothing"), &mine, false, s.arena, &subject, &body,
			     &s.err) < 0);
	season_end(&s);
}
