/* Correlations that are refused, and where; circles and chains. */
#include "detect/correlation_testing.h"

TEST(refused)
{
#define HEAD "title: c\nid: 0e95725d-7320-415d-80f7-000000000009\n"
#define BAD_MAP(map) HEAD "correlation: {" map "}\n---\n" RULE("r", "1") RULE("q", "2")
#define ALSO "rules: r, timespan: 1m"
	static const struct {
		const char *yaml;
		uint32_t line, column;
		const char *reason;
		size_t rules;
	} row[] = {
		{ HEAD "correlation: x\n", 3, 14, "must be a map", 0 },
		{ BAD_MAP("rules: r, timespan: 1m, condition: {gte: 1}"), 3, 14, "type is missing",
		  2 },
		{ BAD_MAP("type: x, " ALSO), 3, 21, "the type of a correlation is", 2 },
		{ BAD_MAP("type: temporal, timespan: 1m"), 3, 14, "rules is missing", 2 },
		{ BAD_MAP("type: temporal, rules: [], timespan: 1m"), 3, 38, "1 to 256 names", 2 },
		{ BAD_MAP("type: temporal, rules: [r, {a: b}], timespan: 1m"), 3, 42,
		  "list of names", 2 },
		{ BAD_MAP("type: temporal, rules: [r, r], timespan: 1m"), 3, 42, "stands twice",
		  2 },
		{ BAD_MAP("type: temporal, rules: [r, 5638f7c0-ac70-491d-8465-2a65075e0001], timespan: 1m"),
		  3, 42, "stands twice", 2 },
		{ BAD_MAP("type: temporal, rules: [r, s], timespan: 1m"), 3, 42,
		  "has the id or name 's'", 2 },
		{ BAD_MAP("type: temporal, rules: [R, q], timespan: 1m"), 3, 39,
		  "has the id or name 'R'", 2 },
		{ BAD_MAP("type: temporal, rules: [r, q]"), 3, 14, "timespan is missing", 2 },
		{ BAD_MAP("type: temporal, rules: r, timespan: 1M"), 3, 51, "whole number", 2 },
		{ BAD_MAP("type: temporal, rules: r, timespan: 0s"), 3, 51, "whole number", 2 },
		{ BAD_MAP("type: temporal, rules: r, timespan: 1.5h"), 3, 51, "whole number", 2 },
		{ BAD_MAP("type: temporal, rules: r, timespan: 367d"), 3, 51,
		  "longer than 366 days", 2 },
		{ BAD_MAP("type: temporal, rules: r, timespan: 18446744073709551615s"), 3, 51,
		  "longer than 366 days", 2 },
		{ BAD_MAP("type: event_count, " ALSO), 3, 14, "condition is missing", 2 },
		{ BAD_MAP("type: event_count, " ALSO ", condition: 5"), 3, 69, "is a map", 2 },
		{ BAD_MAP("type: event_count, " ALSO ", condition: {}"), 3, 69,
		  "compares with nothing", 2 },
		{ BAD_MAP("type: event_count, " ALSO ", condition: {ge: 5}"), 3, 70,
		  "'ge' is no condition", 2 },
		{ BAD_MAP("type: event_count, " ALSO ", condition: {gte: many}"), 3, 75,
		  "with a number", 2 },
		{ BAD_MAP("type: event_count, " ALSO ", condition: {gte: 1, field: x}"), 3, 69,
		  "takes no field", 2 },
		{ BAD_MAP("type: value_count, " ALSO ", condition: {gte: 1}"), 3, 69,
		  "needs a field", 2 },
		{ BAD_MAP("type: value_sum, " ALSO ", condition: {gte: 1, field: [a, b]}"), 3, 83,
		  "1 to 1 names", 2 },
		{ BAD_MAP("type: value_sum, " ALSO
			  ", condition: {gte: 1, field: a, percentile: 3}"),
		  3, 86, "is for value_percentile", 2 },
		{ BAD_MAP("type: value_percentile, " ALSO
			  ", condition: {gte: 1, field: a, percentile: 101}"),
		  3, 105, "up to 100", 2 },
		{ BAD_MAP("type: temporal, rules: [r, q], timespan: 1m, condition: {gte: 3}"), 3,
		  14, "more rules than there are", 2 },
		{ BAD_MAP("type: temporal, " ALSO ", aliases: x"), 3, 64, "aliases is a map", 2 },
		{ BAD_MAP("type: temporal, " ALSO ", aliases: {a: b}"), 3, 68,
		  "a field for each rule", 2 },
		{ BAD_MAP("type: temporal, " ALSO ", aliases: {a: {x: f}}"), 3, 69, "not among",
		  2 },
		{ BAD_MAP("type: temporal, " ALSO ", generate: perhaps"), 3, 65, "true or false",
		  2 },
		{ HEAD
		  "correlation: {type: temporal, rules: [0e95725d-7320-415d-80f7-000000000009], timespan: 1m}\n",
		  3, 14, "in a circle: '0e95725d-7320-415d-80f7-000000000009 -> 0e95725d", 0 },
		{ HEAD "correlation: {type: temporal, rules: n, timespan: 1m}\n---\n"
		       "title: a\nname: n\nid: 0e95725d-7320-415d-80f7-00000000000a\n"
		       "logsource: {product: windows}\ndetection: {s: {A: 1}, condition: s}\n---\n"
		       "title: b\nname: n\nid: 0e95725d-7320-415d-80f7-00000000000b\n"
		       "logsource: {product: windows}\ndetection: {s: {A: 1}, condition: s}\n",
		  3, 38, "more than one rule has the name 'n'", 2 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;
		struct ruleset *ruleset = ruleset_parse(sv_from(row[i].yaml), "r.yml", NULL, &err);
		const struct rule_problem *problem;
		const size_t count = ruleset_problems(ruleset, &problem);
		const bool sound =
			count == 1 && problem->kind == PROBLEM_NOT_COMPILED &&
			problem->line == row[i].line && problem->column == row[i].column &&
			sv_find(problem->reason, sv_from(row[i].reason), 0) != SIZE_MAX &&
			ruleset_count(ruleset) == row[i].rules;

		CHECK(sound);
		if (!sound) {
			printf("# wanted %u:%u %s, %zu rules; %zu of\n%s\n", row[i].line,
			       row[i].column, row[i].reason, row[i].rules, ruleset_count(ruleset),
			       row[i].yaml);
			testing_print_problems(ruleset);
		}
		ruleset_unref(ruleset);
	}
}

/* A circle of three with a fourth before it: each is told with its own line. */
TEST(circles)
{
	static const char yaml[] = SITE NAMED(
		"z", "1", "type: temporal, rules: [a, website_access], timespan: 1m")
		NAMED("a", "2", "type: temporal, rules: [b], timespan: 1m")
			NAMED("b", "3", "type: temporal, rules: [website_access, c], timespan: 1m")
				NAMED("c", "4", "type: temporal, rules: [a], timespan: 1m") NAMED(
					"good", "5",
					"type: temporal, rules: [website_access], timespan: 1m");
	struct err err = ERR_INIT;
	struct ruleset *ruleset = ruleset_parse(sv_from(yaml), "r.yml", NULL, &err);
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(ruleset, &problem);
	size_t circles = 0, others = 0;

	for (size_t i = 0; i < count; i++) {
		circles += sv_find(problem[i].reason, SV("a -> b -> c -> a"), 0) != SIZE_MAX &&
			   problem[i].line > 1;
		others += sv_find(problem[i].reason,
				  SV("needs a correlation that is not loaded: 'a'"), 0) != SIZE_MAX;
	}
	CHECK_INT(circles, 3);
	CHECK_INT(others, 1);
	CHECK_INT(count, 4);
	if (count != 4)
		testing_print_problems(ruleset);
	CHECK_INT(ruleset_count(ruleset), 2);
	CHECK(ruleset_find(ruleset, SV("0e95725d-7320-415d-80f7-000000000005")) != SIZE_MAX);
	ruleset_unref(ruleset);
}

TEST(long_chains)
{
	struct err err = ERR_INIT;
	const struct rule_problem *problem;
	struct ruleset *ruleset;
	struct buf buf;

	for (int length = CORRELATION_CHAIN_MAX; length <= CORRELATION_CHAIN_MAX + 1; length++) {
		buf_init(&buf, 1 << 20);
		buf_printf(&buf, "%s", SITE);
		for (int i = 0; i < length; i++)
			buf_printf(
				&buf,
				"title: c%d\nname: c%d\ncorrelation: {type: temporal, timespan: 1s,"
				" rules: [%s%.0d]}\n---\n",
				i + 1, i + 1, i ? "c" : "website_access", i);
		ruleset = ruleset_parse(buf_sv(&buf), "r.yml", NULL, &err);
		CHECK_INT(ruleset_count(ruleset), 1 + CORRELATION_CHAIN_MAX);
		if (length > CORRELATION_CHAIN_MAX) {
			const size_t n = ruleset_problems(ruleset, &problem);

			CHECK(sv_find(problem[n - 1].reason, SV("too long below 'c16'"), 0) !=
			      SIZE_MAX);
		}
		ruleset_unref(ruleset);
		buf_done(&buf);
	}
}

/* ---- bounds, at their edges ---- */

static bool is_taken(const char *type, uint32_t rules, uint32_t groups, const char *span,
		     const char *reason)
{
	const struct rule_problem *problem;
	struct ruleset *ruleset;
	struct buf buf;
	size_t count;
	bool taken;

	buf_init(&buf, 1 << 20);
	for (uint32_t i = 0; i < rules; i++)
		buf_printf(&buf,
			   "title: r%u\nname: r%u\nlogsource: {product: windows}\n"
			   "detection: {s: {A: %u}, condition: s}\n---\n",
			   i, i, i);
	buf_printf(&buf, "title: c\ncorrelation: {type: %s, timespan: %s, rules: [r0", type, span);
	for (uint32_t i = 1; i < rules; i++)
		buf_printf(&buf, ", r%u", i);
	buf_printf(&buf, "], group-by: [g0");
	for (uint32_t i = 1; i < groups; i++)
		buf_printf(&buf, ", g%u", i);
	buf_printf(&buf, "]}\n");
	ruleset = ruleset_parse(buf_sv(&buf), "r.yml", NULL, NULL);
	taken = ruleset_has_correlations(ruleset);
	count = ruleset_problems(ruleset, &problem);
	CHECK(taken ||
	      (count > 0 && sv_find(problem[count - 1].reason, sv_from(reason), 0) != SIZE_MAX));
	ruleset_unref(ruleset);
	buf_done(&buf);
	return taken;
}

TEST(edges)
{
	CHECK(is_taken("temporal", CORRELATION_RULES_MAX, 1, "1s", ""));
	CHECK(!is_taken("temporal", CORRELATION_RULES_MAX + 1, 1, "1s", "1 to 256 names"));
	CHECK(is_taken("temporal_ordered", 64, 1, "1s", ""));
	CHECK(!is_taken("temporal_ordered", 65, 1, "1s", "up to 64 rules"));
	CHECK(is_taken("temporal", 1, CORRELATION_FIELDS_MAX, "1s", ""));
	CHECK(!is_taken("temporal", 1, CORRELATION_FIELDS_MAX + 1, "1s", "1 to 16 names"));
	CHECK(is_taken("temporal", 1, 1, "366d", ""));
	CHECK(is_taken("temporal", 1, 1, "8784h", ""));
	CHECK(!is_taken("temporal", 1, 1, "8785h", "longer than 366 days"));
}

/* More events than a hit names; a value longer than a key keeps. */
TEST(parts_and_long_keys)
{
	static const char yaml[] = SITE OF("Many", "1",
					   "type: event_count, rules: website_access, group-by: h,"
					   " timespan: 1h, condition: {gte: 65}");
	char value[2 * CORRELATION_KEY_BYTES_MAX], event[3 * CORRELATION_KEY_BYTES_MAX];
	struct stream s;

	memset(value, 'x', sizeof value);
	value[sizeof value - 1] = '\0';
	CHECK(stream_begin(&s, yaml, 0, true));
	for (int i = 0; i < 2 * (CORRELATION_PARTS_MAX + 1); i++) {
		/* two keys that differ only behind what is kept */
		value[sizeof value - 2] = i % 2 ? 'y' : 'z';
		snprintf(event, sizeof event, "{\"website_access\":1,\"h\":\"%s\"}", value);
		CHECK_INT(s.hits, 0);
		if (i == 2 * CORRELATION_PARTS_MAX)
			break;
		stream_event(&s, i, event);
	}
	stream_event(&s, 1000, event);
	CHECK_INT(s.hits, 1);
	CHECK(s.told.n < CORRELATION_KEY_BYTES_MAX);
	CHECK(sv_find(buf_sv(&s.told), SV("=65 #3,"), 0) != SIZE_MAX); /* 64 of 65 */
	CHECK_INT(correlator_statistics(s.correlator).keys, 2);
	stream_end(&s);
}

/* What comes late into a window that is larger is counted, but not looked through for. */
TEST(late_into_a_large_window)
{
	static const char yaml[] = SITE OF("Sum", "1",
					   "type: value_sum, rules: website_access, timespan: 1d,"
					   " condition: {field: v, gte: 20000}");
	static const char one[] = "{\"website_access\":1,\"v\":1}";

	for (int more = 0; more < 2; more++) {
		const int count = CORRELATION_LATE_SCAN_MAX + more;
		struct stream s;

		CHECK(stream_begin(&s, yaml, 3600, true));
		for (int i = 0; i < count; i++)
			stream_event(&s, 1000 + i / 100, one);
		stream_event(&s, 1000, one);
		CHECK_INT(correlator_statistics(s.correlator).late_unscanned, more);
		CHECK_INT(s.hits, 0);
		for (int i = count + 1; i < 20000; i++)
			stream_event(&s, 2000, one);
		CHECK_INT(s.hits, 1); /* the late one was counted */
		stream_end(&s);
	}
}
