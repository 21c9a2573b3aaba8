/* What support/ decides, without any records. Numbers are those of the requirements. */
#include "support/testing.h"

/* ---- questionnaires ---- */

/* R-110, S-35: a follow-up survey of the next fiscal year is not sent before it. */
TEST(not_before)
{
	static const struct {
		const char *not_before, *today;
		bool may;
	} row[] = {
		{ NULL, "2025-05-23", true },
		{ "2026-04-01", "2026-03-31", false },
		{ "2026-04-01", "2026-04-01", true },
		{ "2026-04-01", "2026-09-30", true },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct programme_questionnaire one = { .has_not_before = row[i].not_before };

		if (row[i].not_before)
			one.not_before = on(row[i].not_before);
		CHECK_INT(questionnaire_may_go(&one, on(row[i].today)), row[i].may);
	}
}

/* silence of N business days is a call; R-007: the first is the day after. */
TEST(silence_becomes_a_call)
{
	static const struct {
		unsigned business_days;
		const char *since, *call; /* NULL: never */
	} row[] = {
		{ 0, "2025-06-02", NULL },
		{ 1, "2025-06-02", "2025-06-03" },
		{ 5, "2025-06-02", "2025-06-09" },
		{ 5, "2025-06-06", "2025-06-13" },  /* Friday */
		{ 5, "2025-07-18", "2025-07-28" },  /* Marine Day on the 21st */
		{ 3, "2025-08-08", "2025-08-19" },  /* Mountain Day, and closed 13th to 15th */
	};
	struct closure closure[] = { { .from = on("2025-08-13"), .to = on("2025-08-15") } };
	struct err err = ERR_INIT;
	struct calendar *calendar = calendar_new(
		&(struct calendar_options){ .closed_weekdays = 1U << SATURDAY | 1U << SUNDAY,
					    .closure = closure, .closure_count = 1 },
		&err);

	REQUIRE(calendar != NULL);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_questionnaire one = {
			.remind_business_days = row[i].business_days,
		};
		struct day day = { 0 };
		const int has = questionnaire_call_day(&one, calendar, on(row[i].since), &day, &err);

		CHECK_INT(has, row[i].call != NULL);
		if (row[i].call)
			CHECK_INT(day.n, on(row[i].call).n);
	}
	calendar_free(calendar);
}

/* A link lasts as the file says; else until 90 days after the end. */
TEST(link_is_open)
{
	static const struct {
		unsigned open_days;
		const char *asked, *ended, *today;
		bool open;
	} row[] = {
		{ 30, "2025-06-02", NULL, "2025-07-02", true },
		{ 30, "2025-06-02", NULL, "2025-07-03", false },
		{ 0, "2025-06-02", NULL, "2026-03-31", true },
		{ 0, "2025-06-02", "2025-10-01T12:00:00+09:00", "2025-12-30", true },
		{ 0, "2025-06-02", "2025-10-01T12:00:00+09:00", "2025-12-31", false },
		{ 0, "2026-04-01", "2025-10-01T12:00:00+09:00", "2026-06-30", true },
		{ 0, "2026-04-01", "2025-10-01T12:00:00+09:00", "2026-07-01", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_questionnaire one = { .open_days = row[i].open_days };
		const struct asked asked = { .day = on(row[i].asked) };
		struct application_state application = { .entered = { 0 } };

		if (row[i].ended)
			application.mark[MARK_ENDED] = at(row[i].ended);
		CHECK_INT(questionnaire_is_open(&one, &asked, &application, on(row[i].today)),
			  row[i].open);
	}
}

/* R5's hearing sheet before and after, item by item. */
TEST(sheets_are_compared)
{
	const struct programme_option option[] = { { SV("none"), TEXT("なし", "none") },
						   { SV("made"), TEXT("あり", "made") } };
	const struct programme_field field[] = {
		{ .id = SV("policy"), .kind = FIELD_CHOICE, .label = TEXT("方針", "policy"),
		  .option = option, .option_count = 2 },
		{ .id = SV("terminals"), .kind = FIELD_NUMBER, .label = TEXT("台数", "devices") },
		{ .id = SV("worry"), .kind = FIELD_TEXT, .label = TEXT("心配", "worry") },
		{ .id = SV("plan"), .kind = FIELD_TEXT, .label = TEXT("計画", "plan") },
	};
	const struct programme_section section = { .id = SV("all"), .field = field,
						   .field_count = 4 };
	const struct programme_questionnaire sheet[] = {
		{ .id = SV("before"), .form = { .section = &section, .section_count = 1 } },
		{ .id = SV("after"), .form = { .section = &section, .section_count = 1 },
		  .compared_with = SV("before") },
	};
	const struct answer before[] = { { SV("before.policy"), SV("none") },
					 { SV("before.terminals"), SV("12") },
					 { SV("before.worry"), SV("外出先") } };
	const struct answer after[] = { { SV("after.policy"), SV("made") },
					{ SV("after.terminals"), SV("12") },
					{ SV("after.plan"), SV("教育") } };
	static const struct {
		const char *before, *after;
		bool differs;
	} want[] = {
		{ "none", "made", true }, { "12", "12", false }, { "外出先", "", true }, { "", "教育", true },
	};
	struct programme programme = { .facts = { .questionnaire = sheet, .questionnaire_count = 2 } };
	struct arena *arena = arena_new(1 << 22);
	const struct sheet_item *item;
	struct err err = ERR_INIT;
	size_t count;

	CHECK(sheet_compare(&programme, &sheet[1], &(struct answers){ before, 3 },
			    &(struct answers){ after, 3 }, arena, &item, &count, &err) == 0);
	CHECK_INT(count, 4);
	for (size_t i = 0; i < count && i < 4; i++) {
		CHECK_INT(item[i].differs, want[i].differs);
		if (i > 0) { /* an option's name is the reader's business to find */
			CHECK_STR(arena_dup(arena, item[i].before.ja).p, want[i].before);
			CHECK_STR(arena_dup(arena, item[i].after.ja).p, want[i].after);
		}
	}
	arena_free(arena);
}

/* ---- visits ---- */

struct office { /* R7F's three visits, made by hand */
	struct programme programme;
	struct programme_course course;
	struct programme_visits visits;
	struct programme_agenda agenda[3];
	struct closure closure;
	struct application_state application;
	struct answer wished;
};

static void office_open(struct office *office)
{
	struct err err = ERR_INIT;

	*office = (struct office){
		.course = { .id = SV("three"), .entitlement = { .visits = 3 } },
		.visits = { .course = SV("three"), .minutes_min = 60, .minutes_max = 120,
			    .forms = 1U << VISIT_ON_SITE | 1U << VISIT_ONLINE,
			    .online_on_request = true, .business_days_only = true,
			    .agenda_count = 3 },
		.closure = { .from = on("2025-08-13"), .to = on("2025-08-15") },
		.wished = { SV("courses"), SV("three") },
	};
	office->visits.agenda = office->agenda;
	office->application = (struct application_state){
		.state = SV("support"), .answers = { &office->wished, 1 },
	};
	office->application.mark[MARK_CONFIRMED] = at("2025-06-20T10:00:00+09:00");
	office->programme.facts = (struct programme_facts){
		.course = &office->course, .course_count = 1,
		.visits = &office->visits, .visits_count = 1,
	};
	office->programme.calendar = calendar_new(
		&(struct calendar_options){ .closed_weekdays = 1U << SATURDAY | 1U << SUNDAY,
					    .closure = &office->closure, .closure_count = 1 },
		&err);
}

static struct visit visit_on(const char *id, unsigned number, const char *from, unsigned minutes)
{
	return (struct visit){ .id = sv_from(id), .course = SV("three"), .number = number,
			       .from = at(from), .minutes = minutes,
			       .expert = { SV("e1"), SV("専門家") } };
}

/* T-14: length, form, day; each at its edge. */
TEST(visit_shape)
{
	static const struct {
		const char *from;
		unsigned number, minutes;
		enum visit_form form;
		bool requested;
		enum visit_problem want;
	} row[] = {
		{ "2025-07-01T10:00:00+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_GOOD },
		{ "2025-07-01T10:00:00+09:00", 1, 120, VISIT_ON_SITE, false, VISIT_GOOD },
		{ "2025-07-01T10:00:00+09:00", 1, 59, VISIT_ON_SITE, false, VISIT_TOO_SHORT },
		{ "2025-07-01T10:00:00+09:00", 1, 0, VISIT_ON_SITE, false, VISIT_TOO_SHORT },
		{ "2025-07-01T10:00:00+09:00", 1, 121, VISIT_ON_SITE, false, VISIT_TOO_LONG },
		{ "2025-07-01T10:00:00+09:00", 1, 60, VISIT_ONLINE, false, VISIT_NOT_REQUESTED },
		{ "2025-07-01T10:00:00+09:00", 1, 60, VISIT_ONLINE, true, VISIT_GOOD },
		{ "2025-07-05T10:00:00+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_CLOSED_DAY },
		{ "2025-07-21T10:00:00+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_CLOSED_DAY },
		{ "2025-08-12T10:00:00+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_GOOD },
		{ "2025-08-13T10:00:00+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_CLOSED_DAY },
		{ "2025-08-15T10:00:00+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_CLOSED_DAY },
		{ "2025-06-30T08:59:59+09:00", 1, 60, VISIT_ON_SITE, false, VISIT_PAST },
		{ "2025-07-01T10:00:00+09:00", 0, 60, VISIT_ON_SITE, false, VISIT_NO_AGENDA },
		{ "2025-07-01T10:00:00+09:00", 3, 60, VISIT_ON_SITE, false, VISIT_GOOD },
		{ "2025-07-01T10:00:00+09:00", 4, 60, VISIT_ON_SITE, false, VISIT_NO_AGENDA },
	};
	struct office office;

	office_open(&office);
	REQUIRE(office.programme.calendar != NULL);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct visit visit = visit_on("", row[i].number, row[i].from, row[i].minutes);
		const struct visit_wish wish = { .visit = &visit,
						 .now = at("2025-06-30T09:00:00+09:00") };

		visit.form = row[i].form;
		visit.requested = row[i].requested;
		CHECK_INT(visit_check(&office.programme, &office.application, &wish), row[i].want);
	}
	calendar_free(office.programme.calendar);
}

/* 1 or 3 visits of R7F; one more only by an override with a reason. */
TEST(visit_number)
{
	static const struct {
		unsigned given, number;
		bool overridden, cancelled;
		enum visit_problem want;
	} row[] = {
		{ 3, 3, false, false, VISIT_GOOD },
		{ 3, 2, false, false, VISIT_NUMBER_TAKEN },
		{ 3, 2, true, false, VISIT_GOOD },
		{ 2, 3, false, false, VISIT_TOO_MANY },
		{ 2, 3, true, false, VISIT_GOOD },
		{ 2, 2, false, true, VISIT_GOOD }, /* one that was cancelled does not count */
		{ 0, 3, false, false, VISIT_GOOD }, /* the agenda has three */
	};
	struct visit booked[] = {
		visit_on("v1", 1, "2025-07-01T10:00:00+09:00", 60),
		visit_on("v2", 2, "2025-07-08T10:00:00+09:00", 60),
	};
	struct office office;

	office_open(&office);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct visit visit =
			visit_on("", row[i].number, "2025-07-15T10:00:00+09:00", 60);
		const struct visit_wish wish = {
			.visit = &visit, .of_application = booked, .of_application_count = 2,
			.overridden = row[i].overridden, .now = at("2025-06-30T09:00:00+09:00"),
		};

		office.course.entitlement.visits = row[i].given;
		booked[0].state = VISIT_HELD;
		booked[1].state = row[i].cancelled ? VISIT_CANCELLED : VISIT_PLANNED;
		CHECK_INT(visit_check(&office.programme, &office.application, &wish), row[i].want);
	}
	CHECK(visit_can_be_overridden(VISIT_TOO_MANY));
	CHECK(!visit_can_be_overridden(VISIT_EXPERT_BUSY));
	calendar_free(office.programme.calendar);
}

/* An expert is not in two places; a visit that is moved is not in its own way. */
TEST(visits_collide)
{
	static const struct {
		const char *from;
		unsigned minutes;
		const char *id;
		bool same_company;
		enum visit_problem want;
	} row[] = {
		{ "2025-07-01T09:00:00+09:00", 60, "", false, VISIT_GOOD }, /* ends as it begins */
		{ "2025-07-01T09:00:00+09:00", 61, "", false, VISIT_EXPERT_BUSY },
		{ "2025-07-01T11:29:00+09:00", 60, "", false, VISIT_EXPERT_BUSY },
		{ "2025-07-01T11:30:00+09:00", 60, "", false, VISIT_GOOD },
		{ "2025-07-01T10:30:00+09:00", 60, "other", false, VISIT_GOOD }, /* itself */
		{ "2025-07-01T10:30:00+09:00", 60, "", true, VISIT_COMPANY_BUSY },
	};
	const struct visit other = visit_on("other", 1, "2025-07-01T10:00:00+09:00", 90);
	struct office office;

	office_open(&office);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct visit visit = visit_on(row[i].id, 2, row[i].from, row[i].minutes);
		struct visit_wish wish = { .visit = &visit, .now = at("2025-06-30T09:00:00+09:00") };

		if (row[i].same_company) {
			wish.of_application = &other;
			wish.of_application_count = 1;
		} else {
			wish.of_expert = &other;
			wish.of_expert_count = 1;
		}
		CHECK_INT(visit_check(&office.programme, &office.application, &wish), row[i].want);
	}
	calendar_free(office.programme.calendar);
}

/* Before participation is final, after the end, and in another course there is none. */
TEST(visit_needs_participation)
{
	const struct visit visit = visit_on("", 1, "2025-07-01T10:00:00+09:00", 60);
	const struct visit_wish wish = { .visit = &visit, .now = at("2025-06-30T09:00:00+09:00") };
	struct office office;

	office_open(&office);
	CHECK_INT(visit_check(&office.programme, &office.application, &wish), VISIT_GOOD);
	office.application.mark[MARK_ENDED] = at("2025-06-29T10:00:00+09:00");
	CHECK_INT(visit_check(&office.programme, &office.application, &wish), VISIT_ENDED);
	office.application.mark[MARK_ENDED].us = office.application.mark[MARK_CONFIRMED].us = 0;
	CHECK_INT(visit_check(&office.programme, &office.application, &wish), VISIT_NOT_CONFIRMED);
	office.wished.value = SV("one");
	CHECK_INT(visit_check(&office.programme, &office.application, &wish), VISIT_NO_COURSE);
	calendar_free(office.programme.calendar);
}

/* ---- documents ---- */

/* draft, reviewed by another person, published; and back. */
TEST(document_steps)
{
	static const struct {
		enum document_state state;
		enum document_act act;
		const char *person, *url;
		bool can_be_published;
		enum document_problem want;
	} row[] = {
		{ DOCUMENT_DRAFT, DOCUMENT_REVIEW, "b", "", true, DOCUMENT_GOOD },
		{ DOCUMENT_DRAFT, DOCUMENT_REVIEW, "a", "", true, DOCUMENT_OWN },
		{ DOCUMENT_DRAFT, DOCUMENT_PUBLISH, "b", "https://a.example/p", true, DOCUMENT_WRONG_STATE },
		{ DOCUMENT_REVIEWED, DOCUMENT_REVIEW, "b", "", true, DOCUMENT_WRONG_STATE },
		{ DOCUMENT_REVIEWED, DOCUMENT_RETURN, "a", "", true, DOCUMENT_GOOD },
		{ DOCUMENT_REVIEWED, DOCUMENT_PUBLISH, "a", "https://a.example/p", true, DOCUMENT_GOOD },
		{ DOCUMENT_REVIEWED, DOCUMENT_PUBLISH, "a", "https://a.example/p", false, DOCUMENT_NOT_PUBLIC },
		{ DOCUMENT_REVIEWED, DOCUMENT_PUBLISH, "a", "javascript:alert(1)", true, DOCUMENT_BAD_URL },
		{ DOCUMENT_PUBLISHED, DOCUMENT_WITHDRAW, "a", "", true, DOCUMENT_GOOD },
		{ DOCUMENT_PUBLISHED, DOCUMENT_RETURN, "a", "", true, DOCUMENT_WRONG_STATE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_document kind = { .can_be_published = row[i].can_be_published };
		const struct document document = { .state = row[i].state, .by = { SV("a"), SV("") } };

		CHECK_INT(document_check(&kind, &document, row[i].act, sv_from(row[i].person),
					 sv_from(row[i].url)),
			  row[i].want);
	}
}

TEST(document_urls)
{
	static const struct {
		const char *url;
		bool good;
	} row[] = {
		{ "https://hikeshi.example/policy", true }, { "http://hikeshi.example", true },
		{ "https://hikeshi", false },	{ "ftp://hikeshi.example/", false },
		{ "https://", false },		{ "", false },
		{ "https://a@hikeshi.example/", false }, { "https://hikeshi.example/a b", false },
		{ "https://hikeshi.example/\"><b", false }, { "//hikeshi.example/", false },
		{ "https://.example/", false },
	};
	char longest[SUPPORT_URL_MAX + 2] = "https://hikeshi.example/";

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_INT(document_url_is_good(sv_from(row[i].url)), row[i].good);
	memset(longest + strlen(longest), 'a', SUPPORT_URL_MAX - strlen(longest));
	CHECK(document_url_is_good(sv_from(longest)));
	longest[SUPPORT_URL_MAX] = 'a';
	CHECK(!document_url_is_good(sv_from(longest)));
}

/* R-078, T-12: two stars only with policy, published address and declaration. */
TEST(two_stars)
{
	static const struct {
		enum document_state state;
		bool there, declared, complete;
	} row[] = {
		{ DOCUMENT_DRAFT, false, true, false },	   { DOCUMENT_DRAFT, true, true, false },
		{ DOCUMENT_REVIEWED, true, true, false },  { DOCUMENT_PUBLISHED, true, false, false },
		{ DOCUMENT_PUBLISHED, true, true, true },
	};
	const struct programme_document kind[] = { { .id = SV("plan") },
						   { .id = SV("policy"), .can_be_published = true } };
	struct programme programme = { .facts = { .document = kind, .document_count = 2 } };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct document document[] = {
			{ .kind = SV("plan"), .state = DOCUMENT_REVIEWED },
			{ .kind = SV("policy"), .state = row[i].state,
			  .url = SV("https://hikeshi.example/policy") },
		};
		const struct declaration declaration = { .given = row[i].declared };
		const struct two_star two_star =
			two_star_of(&programme, document, row[i].there ? 2 : 1, &declaration);

		CHECK_INT(two_star_is_complete(&two_star), row[i].complete);
	}
}

/* ---- hearings ---- */

/* picked after the end, asked first, held only where they agreed. */
TEST(hearing_steps)
{
	static const struct {
		enum hearing_state from;
		enum hearing_act act;
		bool ended, may;
		enum hearing_state to;
	} row[] = {
		{ HEARING_NONE, HEARING_PICK, false, false, HEARING_NONE },
		{ HEARING_NONE, HEARING_PICK, true, true, HEARING_CANDIDATE },
		{ HEARING_CANDIDATE, HEARING_HOLD, true, false, HEARING_NONE },
		{ HEARING_CANDIDATE, HEARING_ASK, true, true, HEARING_ASKED },
		{ HEARING_CANDIDATE, HEARING_DROP, true, true, HEARING_NONE },
		{ HEARING_ASKED, HEARING_HOLD, true, false, HEARING_NONE },
		{ HEARING_ASKED, HEARING_AGREE, true, true, HEARING_AGREED },
		{ HEARING_ASKED, HEARING_DECLINE, true, true, HEARING_DECLINED },
		{ HEARING_DECLINED, HEARING_HOLD, true, false, HEARING_NONE },
		{ HEARING_AGREED, HEARING_HOLD, true, true, HEARING_HELD },
		{ HEARING_AGREED, HEARING_DECLINE, true, true, HEARING_DECLINED },
		{ HEARING_HELD, HEARING_DECLINE, true, false, HEARING_NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum hearing_state to = HEARING_NONE;

		CHECK_INT(hearing_next(row[i].from, row[i].act, row[i].ended, &to), row[i].may);
		if (row[i].may)
			CHECK_INT(to, row[i].to);
	}
}

/* ---- disclosures ---- */

/* only to whom the file names, and only with protection on record. */
TEST(disclosure_needs_protection)
{
	const struct programme_disclosure listed[] = {
		{ .recipient = TEXT("A社", "A"), .purpose = TEXT("設置", "works") },
		{ .recipient = TEXT("B社", "B"), .equal_protection_recorded = true },
	};
	const struct delegate recorded = { .recipient = SV("A社"), .basis = SV("契約書") };
	static const struct {
		const char *recipient;
		size_t recorded;
		enum disclosure_problem want;
	} row[] = {
		{ "A社", 0, DISCLOSURE_UNPROTECTED },
		{ "A社", 1, DISCLOSURE_GOOD },
		{ "B社", 0, DISCLOSURE_GOOD },
		{ "C社", 1, DISCLOSURE_NOT_LISTED },
		{ "", 1, DISCLOSURE_NOT_LISTED },
	};
	struct programme programme = { .facts = { .disclosure = listed, .disclosure_count = 2 } };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_disclosure *found = NULL;

		CHECK_INT(disclosure_check(&programme, &recorded, row[i].recorded,
					   sv_from(row[i].recipient), &found),
			  row[i].want);
		CHECK_INT(found != NULL, row[i].want != DISCLOSURE_NOT_LISTED);
	}
}

/* ---- what is published ---- */

/*
 * R-117, T-42: what tells of fewer than five is hidden, and so much more that
 * nobody finds it by subtraction. Hidden cells stand in brackets.
 */
TEST(small_cells_are_hidden)
{
	static const struct {
		uint64_t count[6];
		size_t cells;
		uint64_t denominator;
		unsigned hidden; /* bits of cells */
		bool total_hidden, denominator_hidden;
	} row[] = {
		{ { 10, 20, 30 }, 3, 100, 0, false, false },
		{ { 5, 20, 30 }, 3, 100, 0, false, false },
		{ { 4, 20, 30 }, 3, 100, 3, false, false },	/* the next smallest, too */
		{ { 1, 2, 30 }, 3, 100, 7, false, false },	/* together 3: the third, too */
		{ { 2, 3, 30 }, 3, 100, 3, false, false },	/* together 5: enough */
		{ { 0, 20, 30 }, 3, 100, 0, false, false },	/* nobody is nobody */
		{ { 4, 0, 0 }, 3, 100, 1, true, false },	/* nothing to hide behind */
		{ { 3, 1 }, 2, 100, 3, true, false },
		{ { 4, 6 }, 2, 10, 3, false, false },
		{ { 10, 20 }, 2, 33, 0, false, true },		/* three are not counted */
		{ { 0 }, 0, 4, 0, false, true },
	};
	const struct programme_figure figure = { .id = SV("by_industry") };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct figure_cell cell[6] = { { .count = 0 } };
		struct figure_result result = { .figure = &figure, .cell = cell,
						.cell_count = row[i].cells,
						.denominator = row[i].denominator };
		unsigned hidden = 0;

		for (size_t k = 0; k < row[i].cells; k++) {
			cell[k].count = row[i].count[k];
			result.total += row[i].count[k];
		}
		figure_hide(&result, 5);
		for (size_t k = 0; k < row[i].cells; k++)
			hidden |= (unsigned)cell[k].hidden << k;
		CHECK_INT(hidden, row[i].hidden);
		CHECK_INT(result.total_hidden, row[i].total_hidden);
		CHECK_INT(result.denominator_hidden, row[i].denominator_hidden);
	}
}
