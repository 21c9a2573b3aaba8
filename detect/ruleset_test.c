/* Loading: what is refused and where, what is left out. */
#include "detect/testing.h"

#define HEAD "title: t\nid: 11111111-1111-4111-8111-111111111111\n"
#define SOURCE "logsource: {product: windows, category: process_creation}\n"
#define OTHER                                                                                      \
	"title: o\nid: 22222222-2222-4222-8222-222222222222\n" SOURCE                              \
	"detection: {s: {A: 1}, condition: s}\n"

static struct ruleset *parse(const char *yaml)
{
	struct err err = ERR_INIT;

	return ruleset_parse(sv_from(yaml), "r.yml", NULL, &err);
}

struct bad {
	const char *yaml;
	uint32_t line, column;
	const char *reason; /* part of it */
};

static void check_bad(const struct bad *row, size_t count, enum rule_problem_kind kind,
		      size_t rules)
{
	for (size_t i = 0; i < count; i++) {
		struct ruleset *ruleset = parse(row[i].yaml);
		const struct rule_problem *problem;
		const size_t problems = ruleset_problems(ruleset, &problem);
		const bool sound =
			problems == 1 && problem->kind == kind && problem->line == row[i].line &&
			problem->column == row[i].column &&
			sv_find(problem->reason, sv_from(row[i].reason), 0) != SIZE_MAX &&
			sv_eq(problem->file, SV("r.yml")) && ruleset_count(ruleset) == rules;

		CHECK(sound);
		if (!sound) {
			printf("# wanted %u:%u %s; %zu problems of\n%s\n", row[i].line,
			       row[i].column, row[i].reason, problems, row[i].yaml);
			testing_print_problems(ruleset);
		}
		ruleset_unref(ruleset);
	}
}

#define BAD(rows) check_bad(rows, sizeof rows / sizeof *rows, PROBLEM_NOT_COMPILED, 0)

TEST(broken_documents)
{
	static const struct bad row[] = {
		{ "- a\n- b\n", 1, 1, "must be a map" },
		{ "just text\n", 1, 1, "must be a map" },
		{ "id: x\n" SOURCE "detection: {s: {A: 1}, condition: s}\n", 1, 1,
		  "title is missing" },
		{ "title: [a]\n", 1, 8, "title must be one text" },
		{ HEAD "detection: {s: {A: 1}, condition: s}\n", 1, 1, "logsource is missing" },
		{ HEAD "logsource: windows\ndetection: {s: {A: 1}, condition: s}\n", 3, 12,
		  "must be a map" },
		{ HEAD "logsource: {definition: x}\ndetection: {s: {A: 1}, condition: s}\n", 3, 12,
		  "names no product" },
		{ HEAD SOURCE, 1, 1, "detection is missing" },
		{ HEAD SOURCE "detection: s\n", 4, 12, "must be a map" },
		{ HEAD SOURCE "detection: {condition: s}\n", 4, 12, "no search" },
		{ HEAD SOURCE "detection: {s: {A: 1}}\n", 4, 12, "condition is missing" },
		{ HEAD SOURCE "detection:\n  s: {}\n  condition: s\n", 5, 6, "empty map" },
		{ HEAD SOURCE "detection:\n  s: []\n  condition: s\n", 5, 6, "empty list" },
		{ HEAD SOURCE "detection:\n  s: {A: []}\n  condition: s\n", 5, 10, "empty list" },
		{ HEAD SOURCE "detection:\n  s: {A: {b: 1}}\n  condition: s\n", 5, 10,
		  "one text or number" },
		{ HEAD SOURCE "detection:\n  s: {A: [[1]]}\n  condition: s\n", 5, 11,
		  "one text or number" },
		{ HEAD SOURCE "detection:\n  s: {A: 1, A: 2}\n  condition: s\n", 5, 13, "again" },
		{ HEAD SOURCE "detection:\n\ts: 1\n", 5, 1, "cannot start any token" },
		{ "title: \xFF\n", 1, 8, "UTF-8" },
	};

	BAD(row);
}

#define DETECTION(lines) HEAD SOURCE "detection:\n" lines "  condition: s\n"

TEST(broken_modifiers)
{
	static const struct bad row[] = {
		{ DETECTION("  s: {A|conatins: 1}\n"), 5, 9, "'conatins' is not known" },
		{ DETECTION("  s: {A|all|Contains: 1}\n"), 5, 13, "'Contains' is not known" },
		{ DETECTION("  s: {A|: 1}\n"), 5, 9, "missing behind the bar" },
		{ DETECTION("  s: {A|all|: 1}\n"), 5, 13, "'' is not known" },
		{ DETECTION("  s: {A|contains|re: x}\n"), 5, 18, "re must stand before" },
		{ DETECTION("  s: {A|i: x}\n"), 5, 9, "behind re" },
		{ DETECTION("  s: {A|re|cidr: x}\n"), 5, 12, "contradicts" },
		{ DETECTION("  s: {A|re|base64: x}\n"), 5, 12, "base64 does not go with re" },
		{ DETECTION("  s: {A|contains|cidr: 10.0.0.0/8}\n"), 5, 9,
		  "contains does not go with cidr" },
		{ DETECTION("  s: {A|exists|all: true}\n"), 5, 16, "all does not go with exists" },
		{ DETECTION("  s: {A|gt|lt: 1}\n"), 5, 12, "second comparison" },
		{ DETECTION("  s: {A|gt|hour: 1}\n"), 5, 12, "before the comparison" },
		{ DETECTION("  s: {A|hour|day: 1}\n"), 5, 14, "second part" },
		{ DETECTION("  s: {A|windash|fieldref: B}\n"), 5, 9,
		  "windash does not go with fieldref" },
		{ DETECTION("  s: {'|cidr': 10.0.0.0/8}\n"), 5, 8, "needs a field" },
		{ DETECTION(
			  "  s: {A|contains|contains|contains|contains|contains|contains|contains|contains|contains|"
			  "contains|contains|contains|contains|contains|contains|contains|contains: 1}\n"),
		  5, 153, "over 16 modifiers" },
	};

	BAD(row);
}

TEST(broken_values)
{
	static const struct bad row[] = {
		{ DETECTION("  s: {A|re: 'a(b'}\n"), 5, 15, "( is not closed" },
		{ DETECTION("  s: {A|re: 'a[b'}\n"), 5, 15, "[ is not closed" },
		{ DETECTION("  s: {A|re: '(?=a)'}\n"), 5, 14, "look-around" },
		{ DETECTION("  s: {A|re: '(?<!a)b'}\n"), 5, 14, "look-around" },
		{ DETECTION("  s: {A|re: '(a)\\1'}\n"), 5, 17, "back-references" },
		{ DETECTION("  s: {A|re: 'a++'}\n"), 5, 15, "possessive" },
		{ DETECTION("  s: {A|re: '(?>a)'}\n"), 5, 14, "atomic" },
		{ DETECTION("  s: {A|re: '*a'}\n"), 5, 14, "nothing stands before" },
		{ DETECTION("  s: {A|re: 'a{2001}'}\n"), 5, 15, "over 2000" },
		{ DETECTION("  s: {A|re: 'a{3,2}'}\n"), 5, 15, "out of order" },
		{ DETECTION("  s: {A|re: '(a{1000}){1000}'}\n"), 5, 14, "over 4096 steps" },
		{ DETECTION("  s: {A|re: '[z-a]'}\n"), 5, 15, "backwards" },
		{ DETECTION("  s: {A|re: 'a\\'}\n"), 5, 15, "backslash at the end" },
		{ DETECTION("  s: {A|re: '\\y'}\n"), 5, 14, "\\y is not known" },
		{ DETECTION("  s: {A|re: a)}\n"), 5, 14, ") without (" },
		{ DETECTION("  s: {A|re: ''}\n"), 5, 13, "matches everything" },
		{ DETECTION("  s: {A|cidr: 10.0.0.0/33}\n"), 5, 15, "not a network" },
		{ DETECTION("  s: {A|cidr: 10.0.*}\n"), 5, 15, "not a network" },
		{ DETECTION("  s: {A|gt: many}\n"), 5, 13, "not a number" },
		{ DETECTION("  s: {A|hour: noon}\n"), 5, 15, "not a number" },
		{ DETECTION("  s: {A|exists: maybe}\n"), 5, 17, "true or false" },
		{ DETECTION("  s: {A|fieldref: 'B*'}\n"), 5, 19, "without wildcards" },
		{ DETECTION("  s: {A|fieldref: ''}\n"), 5, 19, "name of a field" },
		{ DETECTION("  s: {A|base64: 'a*'}\n"), 5, 17,
		  "wildcards cannot be written in Base64" },
		{ DETECTION("  s: {A|base64: ''}\n"), 5, 17, "empty value" },
		{ DETECTION("  s: {A|base64offset|contains: x}\n"), 5, 32, "too short" },
		{ DETECTION("  s: {A|contains: null}\n"), 5, 19, "null takes no modifiers" },
		{ DETECTION("  s: [null]\n"), 5, 7, "keyword cannot be null" },
		{ DETECTION("  s: ['']\n"), 5, 7, "empty keyword" },
		{ DETECTION("  s: ['*']\n"), 5, 7, "every event" },
		{ DETECTION("  s: {A|expand: '%nobody%'}\n"), 5, 17, "%nobody% has no values" },
		{ DETECTION("  s: {A|expand|re: 'x%nobody%'}\n"), 5, 22, "%nobody% has no values" },
		{ DETECTION("  s: {A|base64|expand: '%nobody%'}\n"), 5, 24,
		  "expand must stand before" },
		{ DETECTION("  s: {A|windash|base64: ' -a -b -c -d -e'}\n"), 5, 25,
		  "over 4 places" },
	};

	BAD(row);
}

#define CONDITION(text) HEAD SOURCE "detection:\n  a: {A: 1}\n  b: {A: 2}\n  condition: " text "\n"

TEST(broken_conditions)
{
	static const struct bad row[] = {
		{ CONDITION("a and"), 7, 19, "ends where a search is expected" },
		{ CONDITION("c"), 7, 14, "no search is named 'c'" },
		{ CONDITION("a and A"), 7, 20, "no search is named 'A'" },
		{ CONDITION("(a or b"), 7, 14, "( is not closed" },
		{ CONDITION("a or b)"), 7, 20, ") without (" },
		{ CONDITION("a b"), 7, 16, "`and` or `or`" },
		{ CONDITION("a and or b"), 7, 20, "a search is expected here" },
		{ CONDITION("1 of x*"), 7, 19, "no search is named 'x*'" },
		{ CONDITION("2 of them"), 7, 14, "only `1 of`" },
		{ CONDITION("a of them"), 7, 14, "`of` needs" },
		{ CONDITION("all of"), 7, 20, "behind `of`" },
		{ CONDITION("a*"), 7, 14, "no search is named 'a*'" },
		{ CONDITION("a | count() > 5"), 7, 16, "obsolete" },
		{ CONDITION("a & b"), 7, 16, "'&' has no place" },
		{ CONDITION("''"), 7, 15, "ends where" },
		{ CONDITION("[]"), 7, 14, "list of conditions is empty" },
		{ CONDITION("[a, [b]]"), 7, 18, "must be text" },
		{ CONDITION("[a, 'b and']"), 7, 24, "ends where" },
		{ CONDITION("{a: b}"), 7, 14, "must be text" },
		{ CONDITION(">\n    a\n    and c"), 7, 14, "no search is named 'c'" },
	};

	BAD(row);
}

TEST(nesting_has_limits)
{
	char text[CONDITION_DEPTH_MAX * 2 + 64];

	for (int over = 0; over < 2; over++) {
		const int depth = CONDITION_DEPTH_MAX + over;
		struct ruleset *ruleset;
		struct buf buf;

		memset(text, '(', sizeof text);
		buf_init(&buf, 4096);
		buf_printf(&buf, HEAD SOURCE "detection:\n  s: {A: 1}\n  condition: %.*ss", depth,
			   text);
		memset(text, ')', sizeof text);
		buf_printf(&buf, "%.*s\n", depth, text);
		ruleset = ruleset_parse(buf_sv(&buf), "r.yml", NULL, NULL);
		CHECK_INT(ruleset_count(ruleset), !over);
		ruleset_unref(ruleset);
		buf_done(&buf);
	}
}

TEST(values_have_a_limit)
{
	for (int over = 0; over < 2; over++) {
		struct ruleset *ruleset;
		struct buf buf;

		buf_init(&buf, 1 << 22);
		buf_printf(&buf, HEAD SOURCE "detection:\n  condition: s\n  s:\n    A:\n");
		for (int i = 0; i < DETECT_VALUES_MAX + over; i++)
			buf_printf(&buf, "    - v%d\n", i);
		ruleset = ruleset_parse(buf_sv(&buf), "r.yml", NULL, NULL);
		CHECK_INT(ruleset_count(ruleset), !over);
		ruleset_unref(ruleset);
		buf_done(&buf);
	}
}

TEST(warnings)
{
	static const struct bad row[] = {
		{ DETECTION("  s: {A|contains: ''}\n"), 5, 19, "whatever the field holds" },
		{ DETECTION("  s: {A: 1}\n  t: {A: 2}\n"), 6, 3, "does not use 't'" },
		{ "title: t\n" SOURCE "detection: {s: {A: 1}, condition: s}\n", 1, 1, "no id" },
		{ "title: t\nid: abc\n" SOURCE "detection: {s: {A: 1}, condition: s}\n", 2, 5,
		  "not a UUID" },
		{ HEAD "level: grave\n" SOURCE "detection: {s: {A: 1}, condition: s}\n", 3, 8,
		  "'grave' is not known" },
	};

	check_bad(row, sizeof row / sizeof *row, PROBLEM_WARNING, 1);
}

TEST(left_out)
{
	static const struct bad retired[] = {
		{ HEAD "status: deprecated\n" SOURCE "detection: {s: {A: 1}, condition: s}\n", 1, 1,
		  "deprecated" },
		{ HEAD "status: unsupported\n" SOURCE "detection: {s: {A: 1}, condition: s}\n", 1,
		  1, "unsupported" },
	};
	static const struct bad unrouted[] = {
		{ HEAD
		  "logsource: {product: nosuch, service: x}\ndetection: {s: {A: 1}, condition: s}\n",
		  1, 1, "product 'nosuch', category '', service 'x'" },
	};
	const struct ruleset_options all = { .with_deprecated = true, .all_logsources = true };
	struct ruleset *ruleset;

	check_bad(retired, 2, PROBLEM_SKIPPED, 0);
	check_bad(unrouted, sizeof unrouted / sizeof *unrouted, PROBLEM_NOT_LOADED, 0);
	ruleset = ruleset_parse(sv_from(retired[0].yaml), "r", &all, NULL);
	CHECK_INT(ruleset_count(ruleset), 1);
	ruleset_unref(ruleset);
	ruleset = ruleset_parse(sv_from(unrouted[0].yaml), "r", &all, NULL);
	CHECK_INT(ruleset_count(ruleset), 1);
	ruleset_unref(ruleset);
}

TEST(one_bad_document_leaves_the_others)
{
	static const struct {
		const char *yaml;
		size_t rules;
		uint32_t line;
	} row[] = {
		{ OTHER "---\n" HEAD SOURCE "detection: {s: {A|x: 1}, condition: s}\n", 1, 9 },
		{ OTHER "---\ntitle: [\n---\n" HEAD SOURCE "detection: {s: {A: 1}, condition: s}\n",
		  2, 7 },
		{ "title: 'x\n---\n" OTHER, 1, 2 },
		{ "---\n\n---\n" OTHER "...\n", 1, 0 },
		{ OTHER "---\n" OTHER, 1, 6 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct ruleset *ruleset = parse(row[i].yaml);
		const struct rule_problem *problem;
		const size_t count = ruleset_problems(ruleset, &problem);

		CHECK_INT(ruleset_count(ruleset), row[i].rules);
		CHECK_INT(count, row[i].line > 0);
		if (count > 0)
			CHECK_INT(problem->line, row[i].line);
		ruleset_unref(ruleset);
	}
}

TEST(face_of_a_rule)
{
	struct ruleset *ruleset = parse(
		"title: ' A title '\nid: 33333333-3333-4333-8333-333333333333\nstatus: test\nlevel: HIGH\n"
		"description: |\n  Long\n  text\nauthor: me\ntags: [attack.t1059, attack.execution]\n"
		"falsepositives: none\nreferences:\n  - a\n  - b\n"
		"japanese: {title: 題, description: 説明}\n"
		"logsource: {product: Windows, category: Process_Creation}\n"
		"detection: {s: {A: 1}, condition: s}\n");
	struct ruleset *made =
		parse("title: same\n" SOURCE "detection: {s: {A: 1}, condition: s}\n");
	struct ruleset *again =
		parse("title: same\n" SOURCE "detection: {s: {A: 2}, condition: s}\n");
	const struct rule *rule = ruleset_rule(ruleset, 0);

	REQUIRE(ruleset_count(ruleset) == 1);
	CHECK_SV(rule->title, SV("A title"));
	CHECK_SV(rule->id, SV("33333333-3333-4333-8333-333333333333"));
	CHECK_SV(rule->description, SV("Long\ntext"));
	CHECK_SV(rule->author, SV("me"));
	CHECK_SV(rule->status, SV("test"));
	CHECK_SV(rule->title_ja, SV("題"));
	CHECK_SV(rule->description_ja, SV("説明"));
	CHECK_SV(rule->product, SV("windows"));
	CHECK_SV(rule->category, SV("process_creation"));
	CHECK_SV(rule->service, SV(""));
	CHECK_INT(rule->level, LEVEL_HIGH);
	CHECK_INT(rule->tag_count, 2);
	CHECK_SV(rule->tag[1], SV("attack.execution"));
	CHECK_INT(rule->falsepositive_count, 1);
	CHECK_INT(rule->reference_count, 2);
	CHECK_INT(rule->line, 1);
	CHECK_STR(rule_level_name(rule->level), "high");
	CHECK_SV(ruleset_rule(made, 0)->id, ruleset_rule(again, 0)->id);
	CHECK(ruleset_rule(made, 0)->id.n == 36);
	CHECK(ruleset_digest(made).n == 64 && !sv_eq(ruleset_digest(made), ruleset_digest(again)));
	ruleset_unref(ruleset);
	ruleset_unref(made);
	ruleset_unref(again);
}

TEST(placeholders)
{
	static const struct sv host[] = { { "srv-*", 5 }, { "a.b", 3 } };
	const struct ruleset_placeholder placeholder = { SV("hosts"), host, 2 };
	const struct ruleset_options options = { .placeholder = &placeholder,
						 .placeholder_count = 1 };
	static const struct {
		const char *detection, *event;
		bool want;
	} row[] = {
		{ "s: {A|expand: '%hosts%'}", "{\"A\":\"SRV-9\"}", true },
		{ "s: {A|expand: '%hosts%'}", "{\"A\":\"a.b\"}", true },
		{ "s: {A|expand: '%hosts%'}", "{\"A\":\"axb\"}", false },
		{ "s: {A|expand: '%hosts%'}", "{\"A\":\"%hosts%\"}", false },
		{ "s: {A|expand: '\\%hosts%'}", "{\"A\":\"%hosts%\"}", true },
		{ "s: {A: '%hosts%'}", "{\"A\":\"%hosts%\"}", true },
		{ "s: {A|contains|expand: '<%hosts%>'}", "{\"A\":\"x<a.b>y\"}", true },
		{ "s: {A|expand|contains: '<%hosts%>'}", "{\"A\":\"x<srv-1>y\"}", true },
		{ "s: {A|expand: '%hosts%/%hosts%'}", "{\"A\":\"a.b/srv-\"}", true },
		{ "s: {A|expand|re: '^%hosts%$'}", "{\"A\":\"a.b\"}", true },
		{ "s: {A|expand|re: '^%hosts%$'}", "{\"A\":\"axb\"}", false },
		{ "s: {A|expand|re: '^%hosts%$'}", "{\"A\":\"srv-*\"}", true },
		{ "s: {A|expand: '50% of %hosts%'}", "{\"A\":\"50% of a.b\"}", true },
	};
	struct event_decoder *decoder = event_decoder_new();

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct ruleset *ruleset = testing_rule(row[i].detection, &options);
		struct event event;

		REQUIRE(event_decode(decoder, sv_from(row[i].event), &event, NULL) == 0);
		testing_route(&event);
		if (ruleset_count(ruleset) != 1 || testing_match(ruleset, &event) != row[i].want) {
			printf("# %s on %s\n", row[i].detection, row[i].event);
			testing_print_problems(ruleset);
			CHECK(!"placeholder");
		}
		ruleset_unref(ruleset);
	}
	event_decoder_free(decoder);
}

TEST(broken_filters)
{
	static const struct bad row[] = {
		{ "title: f\nfilter: {rules: any}\n", 2, 9,
		  "needs rules, a search and one condition" },
		{ "title: f\nfilter: {a: {A: 1}, condition: not a}\n", 2, 9, "needs rules" },
		{ "title: f\nfilter: {rules: any, a: {A: 1}, condition: [not a]}\n", 2, 9,
		  "one condition" },
		{ "title: f\nfilter: {rules: any, a: {A: 1}, condition: not b}\n", 2, 48,
		  "named 'b'" },
		{ "title: f\nfilter: x\n", 2, 9, "needs rules" },
	};
	static const struct bad doubtful[] = {
		{ OTHER "---\ntitle: f\nfilter: {rules: any, a: {A: 1}, condition: a}\n", 7, 44,
		  "no `not`" },
		{ OTHER "---\ntitle: f\nfilter: {rules: x, a: {A: 1}, condition: not a}\n", 6, 1,
		  "fits no rule" },
	};

	BAD(row);
	check_bad(doubtful, 2, PROBLEM_WARNING, 1);
}
