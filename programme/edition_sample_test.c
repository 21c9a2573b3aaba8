/* A file of courses of all editions runs through the same engine. */
#include "programme/testing.h"

#define SAMPLE                                                                                     \
	"company=株式会社見本 company_kana=ミホン prefecture=tokyo address=新宿区1 employees=20"    \
	" contact=見本花子 telephone=03-1234-5678 mail=m@mihon.example courses=terminals"           \
	" privacy=yes"
#define SIGNED                                                                                     \
	"signer=見本花子"                                                                          \
	" file=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855␣1200␣doui.pdf"

static void to_approval(struct season *s, const char *wish)
{
	static const struct scene row[] = {
		{ "the call is by telephone only", "2026-05-13T10:00:00+09:00", "explained",
		  BY_SECRETARIAT, "channel=mail", REFUSAL_FIELDS, "received" },
		{ "R-004: completed", NULL, "explained", BY_SECRETARIAT, "channel=telephone", 0,
		  "waiting" },
		{ "drawn", "2026-07-10T10:00:00+09:00", "drawn", BY_CENTRE, "", 0, "questions" },
		{ "not answered", NULL, "answered", BY_APPLICANT, "", REFUSAL_CONDITION,
		  "questions" },
	};
	static const struct scene confirmed[] = {
		{ "answered", NULL, "answered", BY_APPLICANT, "", 0, "paper" },
		{ "a signature without the paper", NULL, "consent_paper", BY_APPLICANT, "signer=x",
		  REFUSAL_FIELDS, "paper" },
		{ "R-003: the paper confirms", NULL, "consent_paper", BY_APPLICANT, SIGNED, 0,
		  "approval" },
	};

	season_open(s, "2026-sample.yaml", SAMPLE, "2026-05-11T10:00:00+09:00");
	REQUIRE(s->programme);
	CHECK_INT(season_receive(s, wish), 0);
	season_play(s, row, sizeof row / sizeof *row);
	s->is.records = testing_answers("records.questionnaire.preliminary=yes", s->arena);
	season_play(s, confirmed, sizeof confirmed / sizeof *confirmed);
	CHECK(s->is.mark[MARK_CONFIRMED].us != 0);
	CHECK_SV(answers_get(&s->is.answers, SV("consent.magazine.version")), SV("1"));
	CHECK_INT(season_do(s, "approve", BY_CITY, ""), 0);
}

TEST(terminals_from_the_draw_to_the_removal)
{
	char log[200], day[DAY_TEXT_MAX];
	struct season s;
	struct day end;

	to_approval(&s, "");
	CHECK_SV(s.is.state, SV("preparing"));
	s.now = testing_at("2026-08-03T10:00:00+09:00");
	CHECK_INT(season_do(&s, "installed", BY_CENTRE, ""), 0);
	REQUIRE(programme_trial_end(s.programme, &s.is, &end));
	CHECK_STR(testing_day(end, day), "2026-10-02"); /* two months, not three */
	CHECK_INT(season_clock(&s, "2026-10-03T00:00:00+09:00", log, sizeof log), 6);
	CHECK_INT(season_effects(&s, EFFECT_UNINSTALL), 1); /* T-20 */
	CHECK_INT(season_effects(&s, EFFECT_LICENCE_OFF), 0);
	CHECK_INT(season_do(&s, "closed", BY_CONTRACTOR, ""), 0);
	CHECK_INT(season_do(&s, "supported", BY_EXPERT, "result=x"), 0);
	CHECK_SV(s.is.state, SV("ended"));
	CHECK_INT(season_effects(&s, EFFECT_ASK), 1);
	season_end(&s);
}

TEST(courses_without_devices)
{
	struct season s;

	to_approval(&s, "courses=class courses=checkup");
	CHECK_SV(s.is.state, SV("support"));
	CHECK_INT(season_do(&s, "installed", BY_CENTRE, ""), REFUSAL_NO_SUCH_EVENT);
	CHECK_INT(season_do(&s, "supported", BY_SECRETARIAT, "result=x"), 0);
	CHECK_INT(season_effects(&s, EFFECT_PARTICIPATION_END), 2);
	season_end(&s);
}

TEST(frames_by_size) /* by any field */
{
	static const struct {
		const char *change;
		size_t frame;
	} row[] = { { "employees=20", 0 }, { "employees=21", 1 }, { "employees=300", 1 } };
	struct season s;

	season_open(&s, "2026-sample.yaml", SAMPLE, "2026-05-11T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		s.is.answers = testing_filled(SAMPLE, row[i].change, s.arena);
		CHECK_INT(selection_frame(s.programme, &s.is), row[i].frame);
	}
	CHECK(programme_facts(s.programme)->selection.frame[0].exact);
	CHECK(!programme_facts(s.programme)->selection.leftover_moves);
	CHECK(!programme_facts(s.programme)->has_last_day); /* T-35 */
	CHECK(programme_facts(s.programme)->about_until.ja.n > 0);
	season_end(&s);
}
