/* Why a rule matched or did not. */
#include "detect/testing.h"

struct want {
	const char *selection, *field, *modifiers, *pattern, *value;
	size_t at, n;
	bool matched;
};

struct row {
	const char *detection, *event;
	bool matches;
	struct want want[6]; /* ends with selection NULL */
};

static bool same(const struct detect_reason *got, const struct want *want)
{
	return sv_eq(got->selection, sv_from(want->selection)) &&
	       sv_eq(got->field, sv_from(want->field)) &&
	       sv_eq(got->modifiers, sv_from(want->modifiers)) &&
	       sv_eq(got->pattern, sv_from(want->pattern)) &&
	       sv_eq(got->value, sv_from(want->value)) && got->matched == want->matched &&
	       (!got->matched || (got->value_at == want->at && got->value_n == want->n));
}

static void check(const struct row *row)
{
	struct ruleset *ruleset = testing_rule(row->detection, NULL);
	struct detect_session *session = detect_session_new(ruleset);
	struct event_decoder *decoder = event_decoder_new();
	struct arena *arena = arena_new(1 << 20);
	const struct detect_reason *reason;
	struct event event;
	size_t count, n = 0;
	bool sound;

	while (row->want[n].selection)
		n++;
	if (ruleset_count(ruleset) != 1)
		testing_print_problems(ruleset);
	else {
		CHECK(event_decode(decoder, sv_from(row->event), &event, NULL) == 0);
		testing_route(&event);
		sound = detect_explain(session, 0, &event, arena, &reason, &count) ==
				row->matches &&
			count == n;
		for (size_t i = 0; sound && i < n; i++)
			sound = same(&reason[i], &row->want[i]);
		CHECK(sound);
		for (size_t i = 0; !sound && i < count; i++)
			printf("# %.*s %.*s|%.*s '%.*s' in '%.*s' at %zu+%zu: %d\n",
			       SV_ARG(reason[i].selection), SV_ARG(reason[i].field),
			       SV_ARG(reason[i].modifiers), SV_ARG(reason[i].pattern),
			       SV_ARG(reason[i].value), reason[i].value_at, reason[i].value_n,
			       reason[i].matched);
	}
	arena_free(arena);
	event_decoder_free(decoder);
	detect_session_free(session);
	ruleset_unref(ruleset);
}

TEST(reasons)
{
	static const struct row row[] = {
		{ "s: {A: abc}",
		  "{\"A\":\"ABC\"}",
		  true,
		  { { "s", "A", "", "abc", "ABC", 0, 3, true } } },
		{ "s: {A: abc}",
		  "{\"A\":\"x\"}",
		  false,
		  { { "s", "A", "", "abc", "x", 0, 0, false } } },
		{ "s: {A: abc}", "{\"B\":1}", false, { { "s", "A", "", "abc", "", 0, 0, false } } },
		{ "s: {A|contains: [q, cd]}",
		  "{\"A\":\"abCDe\"}",
		  true,
		  { { "s", "A", "contains", "cd", "abCDe", 2, 2, true } } },
		{ "s: {A|contains: [q, cd]}",
		  "{\"A\":\"z\"}",
		  false,
		  { { "s", "A", "contains", "q", "z", 0, 0, false } } },
		{ "s: {A|endswith: de}",
		  "{\"A\":\"abcde\"}",
		  true,
		  { { "s", "A", "endswith", "de", "abcde", 3, 2, true } } },
		{ "s: {A|startswith: ab}",
		  "{\"A\":\"abcde\"}",
		  true,
		  { { "s", "A", "startswith", "ab", "abcde", 0, 2, true } } },
		{ "s: {A: 'a*d'}",
		  "{\"A\":\"abcd\"}",
		  true,
		  { { "s", "A", "", "a*d", "abcd", 0, 4, true } } },
		{ "s: {A: '*b?d*'}",
		  "{\"A\":\"abcde\"}",
		  true,
		  { { "s", "A", "", "*b?d*", "abcde", 1, 3, true } } },
		{ "s: {A: '*b*d?'}",
		  "{\"A\":\"abcde\"}",
		  true,
		  { { "s", "A", "", "*b*d?", "abcde", 1, 4, true } } },
		{ "s: {A|contains: 'b*d'}",
		  "{\"A\":\"abcde\"}",
		  true,
		  { { "s", "A", "contains", "b*d", "abcde", 1, 3, true } } },
		{ "s: {A|re: 'b+'}",
		  "{\"A\":\"abbbc\"}",
		  true,
		  { { "s", "A", "re", "b+", "abbbc", 1, 3, true } } },
		{ "s: {A|contains|all: [b, q]}",
		  "{\"A\":\"abc\"}",
		  false,
		  { { "s", "A", "contains|all", "b", "abc", 1, 1, true },
		    { "s", "A", "contains|all", "q", "abc", 0, 0, false } } },
		{ "s: {A: null}", "{\"B\":1}", true, { { "s", "A", "", "null", "", 0, 0, true } } },
		{ "s: {A|exists: false}",
		  "{\"B\":1}",
		  true,
		  { { "s", "A", "exists", "false", "", 0, 0, true } } },
		{ "s: {A|neq: x}",
		  "{\"A\":\"y\"}",
		  true,
		  { { "s", "A", "neq", "x", "y", 0, 0, true } } },
		{ "s: {A|neq: x}",
		  "{\"A\":\"x\"}",
		  false,
		  { { "s", "A", "neq", "x", "x", 0, 1, false } } },
		{ "s: {A|cidr: 10.0.0.0/8}",
		  "{\"A\":\"10.1.2.3\"}",
		  true,
		  { { "s", "A", "cidr", "10.0.0.0/8", "10.1.2.3", 0, 8, true } } },
		{ "s: {A|gt: 5}", "{\"A\":7}", true, { { "s", "A", "gt", "5", "7", 0, 1, true } } },
		{ "s: {A|windash|contains: ' -x'}",
		  "{\"A\":\"a /x\"}",
		  true,
		  { { "s", "A", "windash|contains", " -x", "a /x", 1, 3, true } } },
		/* folding changes lengths: places are those of the event's own text */
		{ "s: {A|contains: 'x'}",
		  "{\"A\":\"\xE2\x84\xAA\xC8\xBAXy\"}",
		  true,
		  { { "s", "A", "contains", "x", "\xE2\x84\xAA\xC8\xBAXy", 5, 1, true } } },
		{ "s: {A: [x, y]}",
		  "{\"A\":[\"q\",\"y\"]}",
		  true,
		  { { "s", "A", "", "y", "y", 0, 1, true } } },
		{ "s: [foo, bar]",
		  "{\"A\":\"a bar\"}",
		  true,
		  { { "s", "", "", "bar", "a bar", 2, 3, true } } },
		{ "s: [foo]", "{\"A\":\"a\"}", false, { { "s", "", "", "foo", "", 0, 0, false } } },
		{ "s: {'|all': [foo, bar]}",
		  "{\"A\":\"foo\"}",
		  false,
		  { { "s", "", "all", "foo", "foo", 0, 3, true },
		    { "s", "", "all", "bar", "", 0, 0, false } } },
		{ "a: {A: 1}\nb: [{B: 2}, {C: 3}]\nu: {U: 1}\ncondition: a and b",
		  "{\"A\":1,\"C\":3}",
		  true,
		  { { "a", "A", "", "1", "1", 0, 1, true },
		    { "b", "B", "", "2", "", 0, 0, false },
		    { "b", "C", "", "3", "3", 0, 1, true } } },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		check(&row[i]);
}

TEST(other_logsources_do_not_match)
{
	struct ruleset *ruleset = testing_rule("s: {A: 1}", NULL);
	struct detect_session *session = detect_session_new(ruleset);
	struct event_decoder *decoder = event_decoder_new();
	struct arena *arena = arena_new(1 << 20);
	const struct detect_reason *reason;
	struct event event;
	size_t count;

	REQUIRE(event_decode(decoder, SV("{\"A\":1}"), &event, NULL) == 0);
	event.envelope.product = SV("linux");
	CHECK(!detect_explain(session, 0, &event, arena, &reason, &count));
	CHECK(count == 1 && reason[0].matched);
	arena_free(arena);
	event_decoder_free(decoder);
	detect_session_free(session);
	ruleset_unref(ruleset);
}
