/* What matches: names, arrays, keywords, conditions, and sessions that live long. */
#include "detect/testing.h"

#define RUN(rows) testing_rows(rows, sizeof rows / sizeof *rows)

TEST(arrays_and_names)
{
	static const struct testing_row row[] = {
		{ "s: {A: x}", "{\"A\":[\"y\",\"X\"]}", true },
		{ "s: {A: x}", "{\"A\":[\"y\",\"z\"]}", false },
		{ "s: {A|all: [x, y]}", "{\"A\":[\"y\",\"x\"]}", true },
		{ "s: {A|all: [x, y]}", "{\"A\":[\"y\",\"z\"]}", false },
		{ "s: {A|contains|all: [a, b]}", "{\"A\":[\"1a\",\"2b\"]}", true },
		{ "s: {A.B: x}", "{\"A\":{\"B\":\"x\"}}", true },
		{ "s: {A.B: x}", "{\"A.B\":\"x\"}", true },
		{ "s: {A.B.C: x}", "{\"A\":[{\"B\":{\"C\":\"q\"}},{\"B\":{\"C\":\"x\"}}]}", true },
		{ "s: {A.B: x}", "{\"A\":{\"C\":\"x\"}}", false },
		{ "s: {Image: x}", "{\"image\":\"x\"}", true },
		{ "s: {USER: x}", "{\"user\":\"x\",\"USER\":\"y\"}", false },
		{ "s: {USER: y}", "{\"user\":\"x\",\"USER\":\"y\"}", true },
		{ "s: {user: x, USER: y}", "{\"user\":\"x\",\"USER\":\"y\"}", true },
		{ "s: {user: x, USER: x}", "{\"User\":\"x\"}", true },
		{ "s: {user: x, USER: z}", "{\"USER\":\"z\",\"uSER\":\"q\",\"user\":\"x\"}", true },
		{ "s: {user: z}", "{\"USER\":\"x\",\"uSER\":\"z\"}", true },
		{ "s: {'a b': x}", "{\"a b\":\"x\"}", true },
	};

	RUN(row);
}

TEST(keywords)
{
	static const struct testing_row row[] = {
		{ "s: [needle]", "{\"A\":\"a NEEDLE b\"}", true },
		{ "s: [needle]", "{\"A\":\"nedle\"}", false },
		{ "s: needle", "{\"A\":\"needle\"}", true },
		{ "s: [foo, bar]", "{\"A\":\"xbarx\"}", true },
		{ "s: [foo, 4624]", "{\"EventID\":4624}", true },
		{ "s: [needle]", "{\"needle\":1}", true }, /* names stand in the raw line */
		{ "s: ['c:\\win']", "{\"A\":\"C:\\\\Win\\\\x\"}", true },
		{ "s: ['a*z']", "{\"A\":\"..a..z..\"}", true },
		{ "s: ['a?z']", "{\"A\":\"..a..z..\"}", false },
		{ "s: ['say \"hi\"']", "{\"A\":\"say \\\"HI\\\"!\"}", true },
		{ "s: [needle]", "{\"A\":\"n\\u0065edle\"}", true },
		{ "s: ['/x/y']", "{\"A\":\"\\/x\\/y\"}", true },
		{ "s: {'|all': [foo, bar]}", "{\"A\":\"foo\",\"B\":\"bar\"}", true },
		{ "s: {'|all': [foo, bar]}", "{\"A\":\"foo\",\"B\":\"baz\"}", false },
		{ "s: {'|contains': [foo, bar]}", "{\"A\":\"xbary\"}", true },
		{ "s: {'|contains|all': [foo, bar]}", "{\"A\":\"foobar\"}", true },
		{ "s: {'|startswith': foo}", "{\"A\":\"xfoo\"}", true },
		{ "s: {'|neq': foo}", "{\"A\":\"bar\"}", true },
		{ "s: [foo, {A: x}]", "{\"A\":\"x\"}", true },
		{ "s: [foo, {A: x}]", "{\"A\":\"foo\"}", true },
		{ "s: [foo, {A: x}]", "{\"A\":\"bar\"}", false },
		{ "s: [windows]", "{\"hikeshi\":{\"product\":\"windows\"},\"A\":\"x\"}", false },
		{ "s: {'|base64offset|contains': 'secret text'}", "{\"A\":\"xc2VjcmV0IHRleHy\"}",
		  true },
		{ "s: [q1, q2, q3, q4, q5, q6, needle]", "{\"A\":\"needle\"}", true },
		{ "s: {'|windash': ' -enc'}", "{\"A\":\"x /enc\"}", true },
		/* from one value into the next: the raw line is looked at, too */
		{ "s: ['one*two']", "{\"A\":\"one\",\"B\":\"two\"}", true },
		{ "s: ['one*two']", "{\"A\":\"\\u006fne\",\"B\":\"two\"}", false },
		{ "s: ['say \"*two']", "{\"A\":\"say \\\"x two\"}", true },
	};

	RUN(row);
}

/* Where the rarest witness of a rule is common, a second one decides, too. */
TEST(two_witnesses)
{
	static const struct testing_row row[] = {
		{ "s: {A|contains: user, B|endswith: '\\net.exe'}",
		  "{\"A\":\"a user b\",\"B\":\"x\\\\NET.exe\"}", true },
		{ "s: {A|contains: user, B|endswith: '\\net.exe'}",
		  "{\"A\":\"a user b\",\"B\":\"x\\\\nut.exe\"}", false },
		{ "s: {A|contains: user, B|endswith: '\\net.exe'}",
		  "{\"A\":\"a usar b\",\"B\":\"x\\\\net.exe\"}", false },
		/* one text is of both sets */
		{ "s: {A|contains: [user, http]}\nt: {A|contains: [http, exec]}\n"
		  "condition: s and t",
		  "{\"A\":\"http\"}", true },
		{ "s: {A|contains: user}\nt: {B: x}\nf: {C: y}\ncondition: s and t and not f",
		  "{\"A\":\"user\",\"B\":\"x\",\"C\":\"z\"}", true },
		{ "s: {A|contains: user, B|neq: x}", "{\"A\":\"user\",\"B\":\"y\"}", true },
		{ "s: {A|contains: user, B: x}", "{\"A\":[\"1\",\"user\"],\"B\":[\"x\",\"2\"]}",
		  true },
	};

	RUN(row);
}

TEST(conditions)
{
	static const char abc[] = "{\"A\":\"1\",\"B\":\"1\"}";
#define SEARCHES "a: {A: 1}\nb: {B: 1}\nc: {C: 1}\n"
	static const struct testing_row row[] = {
		{ SEARCHES "condition: a and b", abc, true },
		{ SEARCHES "condition: a and c", abc, false },
		{ SEARCHES "condition: a or c", abc, true },
		{ SEARCHES "condition: not c", abc, true },
		{ SEARCHES "condition: not a", abc, false },
		{ SEARCHES "condition: not not a", abc, true },
		{ SEARCHES "condition: a or b and c", abc, true }, /* a or (b and c) */
		{ SEARCHES "condition: (a or b) and c", abc, false },
		{ SEARCHES "condition: not c and a", abc, true }, /* (not c) and a */
		{ SEARCHES "condition: not (c and a)", abc, true },
		{ SEARCHES "condition: not (a and b)", abc, false },
		{ SEARCHES "condition: not a or b", abc, true },
		{ SEARCHES "condition: c or not c and a", abc, true },
		{ SEARCHES "condition: 1 of them", abc, true },
		{ SEARCHES "condition: any of them", abc, true },
		{ SEARCHES "condition: all of them", abc, false },
		{ SEARCHES "condition: not all of them", abc, true },
		{ SEARCHES "condition: not 1 of them", abc, false },
		{ SEARCHES "condition: a AND b Or c", abc, true },
		{ SEARCHES "condition: ALL OF THEM", abc, false },
		{ SEARCHES "condition: [c, b]", abc, true },
		{ SEARCHES "condition: [c, 'not a']", abc, false },
		{ SEARCHES "condition: ((a))", abc, true },
		{ SEARCHES "condition: 'a and(b)'", abc, true },
		{ "sel_x: {A: 1}\nsel_y: {A: 2}\nflt: {B: 2}\ncondition: 1 of sel_* and not flt",
		  abc, true },
		{ "sel_x: {A: 1}\nsel_y: {A: 2}\nflt: {B: 1}\ncondition: all of sel_* or flt", abc,
		  true },
		{ "sel_x: {A: 1}\nsel_y: {A: 2}\ncondition: all of sel_*", abc, false },
		{ "sel_x: {A: 1}\nsel_y: {A: 2}\ncondition: 1 of *_x", abc, true },
		{ "sel_x: {A: 1}\nsel_y: {A: 2}\ncondition: 1 of *_y", abc, false },
		{ "a1x: {A: 1}\na2x: {A: 1}\na2y: {A: 2}\ncondition: all of a*x", abc, true },
		{ "_h: {C: 1}\na: {A: 1}\ncondition: all of them", abc, true },
		{ "_h: {C: 1}\na: {A: 1}\ncondition: all of *", abc, true },
		{ "_h: {A: 1}\na: {C: 1}\ncondition: 1 of _*", abc, true },
		{ "_h: {A: 1}\na: {C: 1}\ncondition: _h", abc, true },
		{ "1: {A: 1}\ncondition: 1", abc, true },
		{ "all: {A: 1}\ncondition: all", abc, true },
		{ "a-b_c: {A: 1}\ncondition: a-b_c", abc, true },
		{ "a: {A: 1}\ntimeframe: 5m\ncondition: a", abc, true },
		{ "a: {A: 1}\nb: {B: 1}\ncondition: >\n  a\n  and b", abc, true },
	};

	RUN(row);
}

TEST(sessions_remember_nothing)
{
	struct ruleset *ruleset =
		testing_rule("s: {A: x}\nt: {B|re: 'y+'}\ncondition: s or t", NULL);
	struct detect_session *session = detect_session_new(ruleset);
	struct event_decoder *decoder = event_decoder_new();
	static const struct {
		const char *json;
		size_t want;
	} row[] = { { "{\"A\":\"x\"}", 1 },
		    { "{\"A\":\"z\"}", 0 },
		    { "{\"B\":\"xyyx\"}", 1 },
		    { "{\"C\":\"x\"}", 0 },
		    { "{\"A\":\"x\",\"B\":1}", 1 } };

	for (size_t i = 0; i < 5000; i++) {
		const uint32_t *match;
		struct event event;

		if (i == 1000) /* stamps begin anew */
			session->stamp = UINT32_MAX / 2 - 100;
		REQUIRE(event_decode(decoder, sv_from(row[i % 5].json), &event, NULL) == 0);
		testing_route(&event);
		if (detect_event(session, &event, &match) != row[i % 5].want)
			CHECK(!"an earlier event changed the answer");
	}
	CHECK_INT(detect_session_statistics(session).events, 5000);
	CHECK_INT(detect_session_statistics(session).matches, 3000);
	detect_session_free(session);
	event_decoder_free(decoder);
	ruleset_unref(ruleset);
}

TEST(events_without_text)
{
	/* as from EVTX: no raw line */
	struct ruleset *ruleset = testing_rule("s: [needle]", NULL);
	struct event_field field[] = {
		{ .name = SV("A"), .text = SV("a Needle"), .type = EVENT_STRING }
	};
	struct event event = { .field = field, .count = 1 };

	field[0].name_hash = sv_hash_case(field[0].name);
	testing_route(&event);
	CHECK_INT(testing_match(ruleset, &event), 1);
	event.count = 0;
	CHECK_INT(testing_match(ruleset, &event), 0);
	ruleset_unref(ruleset);
}
