/* Wrong files: every mistake is told, with its place and what would be right. */
#include "programme/testing.h"

/* A small edition that is whole; each row breaks one thing of it. */
static const char whole[] =
	"programme: tiny\n"						      /* 1 */
	"version: 1\n"							      /* 2 */
	"fiscal_year: 2025\n"						      /* 3 */
	"name: 小さな事業\n"						      /* 4 */
	"short_name: 小\n"						      /* 5 */
	"purpose: p\n"							      /* 6 */
	"target: t\n"							      /* 7 */
	"office: {name: 事務局, telephone: 03-0000-0000, mail: a@b.example,"
	" hours: 平日, open_from: \"09:00\", open_to: \"17:00\"}\n"	      /* 8 */
	"reception: {opens: 2025-04-01, until: 2025-05-30}\n"		      /* 9 */
	"selection: {kind: first_come}\n"				      /* 10 */
	"courses:\n"							      /* 11 */
	"  - {id: edr, name: EDR, places: 5, entitlement: {service: edr, months: 3}}\n" /* 12 */
	"form:\n"							      /* 13 */
	"  version: \"1\"\n"						      /* 14 */
	"  sections:\n"							      /* 15 */
	"    - id: all\n"						      /* 16 */
	"      title: 入力\n"						      /* 17 */
	"      fields:\n"						      /* 18 */
	"        - {id: company, kind: text, label: 会社名, means: company_name}\n" /* 19 */
	"        - {id: person, kind: text, label: 氏名, means: contact}\n"	      /* 20 */
	"        - {id: mail, kind: mail, label: メール, means: mail}\n"	      /* 21 */
	"        - {id: courses, kind: courses, label: コース}\n"		      /* 22 */
	"        - {id: size, kind: number, label: 人数}\n"			      /* 23 */
	"        - id: kind\n"						      /* 24 */
	"          kind: choice\n"					      /* 25 */
	"          label: 業種\n"						      /* 26 */
	"          options: [{id: shop, name: 店}, {id: other, name: 他}]\n"	      /* 27 */
	"eligibility:\n"						      /* 28 */
	"  - id: small\n"						      /* 29 */
	"    name: 規模\n"						      /* 30 */
	"    rule: R-020\n"						      /* 31 */
	"    pass: {field: size, at_most: {by: kind, shop: 50, other: 300}}\n"      /* 32 */
	"    message: {fail: 大きすぎます}\n"				      /* 33 */
	"receive: {name: 受付, by: applicant, to: received, marks: received, effects: [{mail: thanks}]}\n"
	"states:\n"							      /* 35 */
	"  - id: received\n"						      /* 36 */
	"    name: 受付\n"						      /* 37 */
	"    where: 受付済み\n    next: 連絡\n"				      /* 38, 39 */
	"    task: 連絡\n"						      /* 40 */
	"    actor: secretariat\n"					      /* 41 */
	"    due: {business_days: 3, kind: hard}\n"			      /* 42 */
	"    events:\n"							      /* 43 */
	"      - event: finish\n"					      /* 44 */
	"        name: 完了\n"						      /* 45 */
	"        by: secretariat\n"					      /* 46 */
	"        to: done\n"						      /* 47 */
	"  - {id: done, name: 終了, where: 終了, next: なし, final: true, marks: ended}\n"	      /* 48 */
	"mails:\n"							      /* 49 */
	"  thanks: {subject: \"受付 {number}\", body: \"{company} 様\"}\n";	      /* 50 */

static struct sv replaced(struct arena *arena, const char *from, const char *to)
{
	const struct sv text = sv_from(whole);
	const size_t at = sv_find(text, sv_from(from), 0);

	if (at == SIZE_MAX) {
		printf("# '%s' does not stand in the file\n", from);
		return SV("");
	}
	return arena_printf(arena, "%.*s%s%.*s", SV_ARG(sv_slice(text, 0, at)), to,
			    SV_ARG(sv_slice(text, at + strlen(from), text.n)));
}

TEST(the_small_file_is_whole)
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct programme *programme = testing_parse(sv_from(whole), arena);

	REQUIRE(programme);
	CHECK_INT(programme_facts(programme)->state_count, 2);
	CHECK(programme_facts(programme)->has_last_day);
	CHECK_INT(programme_reception(programme, day_from_civil(2025, 3, 31)), -1);
	CHECK_INT(programme_reception(programme, day_from_civil(2025, 5, 30)), 0);
	CHECK_INT(programme_reception(programme, day_from_civil(2025, 5, 31)), 1);
	programme_free(programme);
	arena_free(arena);
}

TEST(one_mistake)
{
	static const struct {
		const char *from, *to;
		unsigned line;
		const char *message, *hint; /* parts of them */
	} row[] = {
		{ "purpose: p", "purpos: p", 6, "no key 'purpos'", "'purpose'" },
		{ "purpose: p\n", "", 1, "needs the key 'purpose'", "" },
		{ "programme: tiny", "programme: Tiny Edition", 1, "is no id", "small letters" },
		{ "version: 1\nf", "version: one\nf", 2, "whole number", "" },
		{ "fiscal_year: 2025", "fiscal_year: 25", 3, "from 2000 to 2099", "" },
		{ "open_to: \"17:00\"", "open_to: \"17:60\"", 8, "time of the day", "" },
		{ "open_to: \"17:00\"", "open_to: \"08:00\"", 8, "before it closes", "" },
		{ "2025-04-01", "2025-04-31", 9, "day that exists", "2025-05-23" },
		{ "until: 2025-05-30", "until: 2025-03-30", 9, "before it opens", "" },
		{ "first_come", "first_com", 10, "no selection", "first_come" },
		{ "places: 5", "places: 0", 12, "from 1", "" },
		{ "service: edr, months", "service: edr, month", 12, "no key 'month'", "'months'" },
		{ "months: 3", "months: 3, report_days: 4", 12, "from 5", "" },
		{ "months: 3", "report_days: 14", 12, "divide a trial", "" },
		{ "purpose: p\n", "purpose: p\ndesks: {handling: isolate}\n", 7,
		  "no handling of incidents 'isolate'", "isolation" },
		{ "purpose: p\n", "purpose: p\nhearings: {companies: 0}\n", 7, "from 1", "" },
		{ "purpose: p\n", "purpose: p\npolicies: [{name: x, url: http://a.example/}]\n", 7,
		  "begins with https://", "" },
		{ "kind: mail", "kind: email", 21, "no kind of field 'email'", "mail" },
		{ "means: contact", "means: contct", 20, "no meaning", "'contact'" },
		{ "id: person", "id: company", 20, "there twice", "" },
		{ "id: courses, kind", "id: course, kind", 22, "has the id 'courses'", "" },
		{ "options: [{id: shop, name: 店}, {id: other, name: 他}]", "help: x", 24,
		  "needs a list of options", "" },
		{ "kind: number, label", "kind: number, min: 5, max: 4, label", 23, "above max", "" },
		{ "kind: number, label", "kind: number, version: \"1\", label", 23,
		  "only a consent", "" },
		{ "kind: text, label: 氏名", "kind: consent, label: 氏名", 20, "R-119", "" },
		{ "{id: company, kind: text", "{id: at, kind: text", 19, "engine's own", "" },
		{ "field: size", "field: siez", 32, "no field 'siez'", "'size'" },
		{ "by: kind", "by: size", 32, "is no choice", "" },
		{ "shop: 50, other: 300", "shop: 50", 32, "each value of 'kind'", "" },
		{ "shop: 50, other: 300", "shop: 50, oter: 300", 32, "never 'oter'", "" },
		{ "at_most: {by: kind, shop: 50, other: 300}", "at_most: few", 32, "whole number",
		  "" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
		  "{field: kind, at_most: 3}", 32, "is no number", "" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
		  "{field: kind, is: inn}", 32, "'kind' is never 'inn'", "" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}", "{field: size}", 32,
		  "exactly one comparison", "at_most" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
		  "{at_most: 3}", 32, "exactly one thing to look at", "record: NAME" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}", "{all: []}", 32,
		  "need a list", "" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
		  "{mark: recieved, given: true}", 32, "no mark", "'received'" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
		  "{event: finnish, given: true}", 32, "nobody does an event", "" },
		{ "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
		  "{courses: now, is: utm}", 32, "no course 'utm'", "" },
		{ "message: {fail: 大きすぎます}", "message: {}", 29, "must read why", "" },
		{ "marks: received, effects", "effects", 34, "form was received",
		  "marks: received" },
		{ "mail: thanks", "mail: thank", 34, "no mail 'thank'", "'thanks'" },
		{ "by: secretariat", "by: secretary", 46, "no actor", "" },
		{ "        by: secretariat\n", "", 44, "needs `by`", "" },
		{ "to: done", "to: don", 47, "no state 'don'", "'done'" },
		{ "    actor: secretariat\n", "    actor: city\n", 36, "who has to act", "" },
		{ "    task: 連絡\n", "", 36, "somebody has to act", "" },
		{ "    due: {business_days: 3, kind: hard}\n", "", 36, "deadline or an event", "due:" },
		{ "kind: hard}", "kind: firm}", 42, "kind of deadline", "hard or soft" },
		{ "business_days: 3, kind", "date: finish.day, kind", 42, "no field 'finish.day'",
		  "" },
		{ "        to: done\n", "        to: received\n", 36, "no way to an end", "final" },
		{ "final: true", "final: true, due: {business_days: 1, kind: soft}", 48, "is final",
		  "" },
		{ "        to: done\n",
		  "        to: [{when: {field: kind, is: shop}, state: done}]\n", 47,
		  "must be complete", "last way" },
		{ "        to: done\n",
		  "        to: done\n        effects: [licence_of]\n", 48, "no effect 'licence_of'",
		  "'licence_off'" },
		{ "        to: done\n", "        to: done\n        effects: [mail]\n", 48,
		  "needs a name", "" },
		{ "        to: done\n",
		  "        to: done\n        when: {field: kind, is: shop}\n", 44, "`requires`", "" },
		{ "        by: secretariat\n", "        at: {from: trial_ende}\n", 46,
		  "no moment or mark", "" },
		{ "{number}", "{numbr}", 50, "unknown {numbr}", "'number'" },
		{ "  - {id: done", "  - {id: lost, name: x, where: y, next: z, final: true}\n  - {id: done", 48,
		  "'lost' is never reached", "" },
		{ "subject: \"受付", "subject: \"受付\\n", 50, "one line", "" },
		{ "version: 1\n", "version: 1\nclosures: [2025-13-01]\n", 3, "no closure", "12-29" },
		{ "version: 1\n", "version: 1\nversion: 2\n", 3, "", "" },
		{ "office: {", "office: &x {", 8, "", "" },
		{ "texts", "texts", 0, "", "" },
	};
	const size_t rows = sizeof row / sizeof *row - 1; /* the last row has no file */

	for (size_t i = 0; i < rows; i++) {
		struct arena *arena = arena_new(TESTING_MEMORY);
		struct programme_problems problems = { NULL, 0 };
		struct err err = ERR_INIT;
		const struct sv text = replaced(arena, row[i].from, row[i].to);
		struct programme *programme = programme_parse(text, "tiny.yaml", arena, &problems, &err);
		bool found = false;

		for (size_t k = 0; k < problems.count; k++)
			found |= problems.item[k].line == row[i].line &&
				 sv_find(problems.item[k].message, sv_from(row[i].message), 0) !=
					 SIZE_MAX &&
				 sv_find(problems.item[k].hint, sv_from(row[i].hint), 0) != SIZE_MAX;
		if (programme || !found) {
			printf("# row %zu: '%s' → '%s'\n", i, row[i].from, row[i].to);
			for (size_t k = 0; k < problems.count; k++)
				printf("#   %u:%u %.*s (%.*s)\n", problems.item[k].line,
				       problems.item[k].column, SV_ARG(problems.item[k].message),
				       SV_ARG(problems.item[k].hint));
		}
		CHECK(!programme && found);
		CHECK(err.code == ERR_FORMAT && sv_starts(sv_from(err.text), SV("tiny.yaml:")));
		programme_free(programme);
		arena_free(arena);
	}
}

TEST(all_mistakes_at_once)
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct programme_problems problems;
	struct err err = ERR_INIT;
	static const char *const change[][2] = {
		{ "kind: mail", "kind: post" },	      { "field: size", "field: siez" },
		{ "to: done", "to: don" },	      { "{number}", "{numbr}" },
		{ "service: edr, m", "serv: edr, m" }, { "version: 1", "version: 0" },
	};
	struct sv text = sv_from(whole);
	uint32_t before = 0;

	for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
		const size_t at = sv_find(text, sv_from(change[i][0]), 0);

		REQUIRE(at != SIZE_MAX);
		text = arena_printf(arena, "%.*s%s%.*s", SV_ARG(sv_slice(text, 0, at)), change[i][1],
				    SV_ARG(sv_slice(text, at + strlen(change[i][0]), text.n)));
	}
	CHECK(!programme_parse(text, "t", arena, &problems, &err));
	/* Each of the six, and what follows from the lost way. */
	CHECK(problems.count >= 7);
	for (size_t i = 0; i < problems.count; i++) {
		CHECK(problems.item[i].line >= before);
		before = problems.item[i].line;
	}
	arena_free(arena);
}

TEST(bounds)
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct programme_problems problems;
	struct err err = ERR_INIT;
	struct buf text;

	/* A file of the largest size is read, a byte more is not. */
	buf_init(&text, PROGRAMME_FILE_MAX + 2);
	buf_put_sv(&text, sv_from(whole));
	while (text.n < PROGRAMME_FILE_MAX)
		buf_put_char(&text, text.n + 1 == PROGRAMME_FILE_MAX || text.n % 80 == 0 ? '\n' : '#');
	struct programme *programme = programme_parse(buf_sv(&text), "t", arena, &problems, &err);
	/* '#' behind a line's end is a comment; the first line of filling begins one. */
	CHECK(programme != NULL);
	programme_free(programme);
	buf_put_char(&text, '\n');
	CHECK(!programme_parse(buf_sv(&text), "t", arena, &problems, &err));
	CHECK_INT(problems.count, 1);
	/* More mistakes than are told. */
	buf_clear(&text);
	for (int i = 0; i < PROGRAMME_PROBLEMS_MAX + 50; i++)
		buf_printf(&text, "wrong%d: 1\n", i);
	CHECK(!programme_parse(buf_sv(&text), "t", arena, &problems, &err));
	CHECK_INT(problems.count, PROGRAMME_PROBLEMS_MAX);
	/* Conditions nine deep. */
	for (unsigned depth = PROGRAMME_CONDITION_DEPTH_MAX - 1;
	     depth <= PROGRAMME_CONDITION_DEPTH_MAX; depth++) {
		buf_clear(&text);
		for (unsigned i = 0; i < depth; i++)
			buf_put_sv(&text, SV("{not: "));
		buf_put_sv(&text, SV("{field: size, at_most: 5}"));
		for (unsigned i = 0; i < depth; i++)
			buf_put_char(&text, '}');
		buf_put_char(&text, '\0');
		programme = programme_parse(
			replaced(arena, "{field: size, at_most: {by: kind, shop: 50, other: 300}}",
				 text.p),
			"t", arena, &problems, &err);
		CHECK((programme != NULL) == (depth < PROGRAMME_CONDITION_DEPTH_MAX));
		programme_free(programme);
	}
	/* Lists: courses, options. */
	for (int count = PROGRAMME_COURSES_MAX; count <= PROGRAMME_COURSES_MAX + 1; count++) {
		buf_clear(&text);
		buf_put_sv(&text, SV("courses:\n"));
		for (int i = 1; i < count; i++)
			buf_printf(&text,
				   "  - {id: c%d, name: C, places: 1, entitlement: {service: s}}\n", i);
		buf_put_char(&text, '\0');
		programme = programme_parse(replaced(arena, "courses:\n", text.p), "t", arena,
					    &problems, &err);
		CHECK((programme != NULL) == (count == PROGRAMME_COURSES_MAX));
		programme_free(programme);
	}
	for (int count = PROGRAMME_FIELDS_MAX - 6; count <= PROGRAMME_FIELDS_MAX - 5; count++) {
		buf_clear(&text);
		buf_put_sv(&text, SV("      fields:\n"));
		for (int i = 0; i < count; i++)
			buf_printf(&text, "        - {id: f%d, kind: text, label: x}\n", i);
		buf_put_char(&text, '\0');
		programme = programme_parse(replaced(arena, "      fields:\n", text.p), "t", arena,
					    &problems, &err);
		CHECK((programme != NULL) == (count == PROGRAMME_FIELDS_MAX - 6));
		programme_free(programme);
	}
	buf_done(&text);
	arena_free(arena);
}

/* The edition itself: texts for people are there, in both languages where the console needs it. */
TEST(texts_of_the_edition)
{
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	const struct programme_facts *facts = programme_facts(s.programme);
	for (size_t i = 0; i < facts->state_count; i++) {
		const struct programme_state *state = &facts->state[i];

		CHECK(state->name.ja.n > 0 && !sv_eq(state->name.ja, state->name.en));
		CHECK(state->where.ja.n > 0 && state->next.ja.n > 0);
		CHECK(state->final || (state->task.ja.n > 0 && !sv_eq(state->task.ja, state->task.en)));
		for (size_t k = 0; k < state->event_count; k++) {
			CHECK(state->event[k].name.ja.n > 0);
			for (size_t f = 0; f < state->event[k].field_count; f++)
				CHECK(state->event[k].field[f].label.ja.n > 0);
		}
	}
	CHECK_INT(facts->course_count, 3);
	CHECK_INT(facts->course[0].places, 50); /* */
	CHECK_INT(facts->course[1].places, 50);
	CHECK_INT(facts->course[2].places, 100);
	for (size_t i = 0; i < facts->course_count; i++)
		CHECK(facts->course[i].exact);
	CHECK_INT(facts->course[2].entitlement.visits, 4); /* */
	CHECK(facts->course[0].own_cost_count == 2 && facts->course[1].own_cost_count == 1);
	CHECK(!facts->shows_liability); /* no other edition than R7F */
	CHECK(!facts->has_last_day);	/* T-34 */
	CHECK_STR(facts->office.telephone.p, "050-4560-3824");
	season_end(&s);
}
