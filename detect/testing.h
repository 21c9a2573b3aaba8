/* testing.h - what the tests of detect/ share: a rule from a few lines, an event from JSON. */
#ifndef DETECT_TESTING_H
#define DETECT_TESTING_H

#include "base/buf.h"
#include "base/test.h"
#include "detect/session.h"

/* A rule for product windows, category process_creation; condition s where the lines have none. */
static inline struct ruleset *testing_rule(const char *detection,
					   const struct ruleset_options *options)
{
	struct err err = ERR_INIT;
	struct ruleset *ruleset;
	struct sv rest = sv_from(detection);
	struct buf buf;

	buf_init(&buf, 1 << 22);
	buf_printf(&buf, "title: t\nid: 11111111-1111-4111-8111-111111111111\n"
			 "logsource: {product: windows, category: process_creation}\ndetection:\n");
	while (rest.n > 0) {
		buf_put_sv(&buf, SV("  "));
		buf_put_sv(&buf, sv_cut(&rest, '\n'));
		buf_put_char(&buf, '\n');
	}
	if (!strstr(detection, "condition:"))
		buf_put_sv(&buf, SV("  condition: s\n"));
	ruleset = ruleset_parse(buf_sv(&buf), "r.yml", options, &err);
	buf_done(&buf);
	return ruleset;
}

static inline void testing_route(struct event *event)
{
	event->envelope.product = SV("windows");
	event->envelope.category = SV("process_creation");
	event->envelope.service = SV("sysmon");
}

/* 1 or 0; -1 where the ways to ask give different answers. */
static inline int testing_match(struct ruleset *ruleset, const struct event *event)
{
	struct detect_session *session = detect_session_new(ruleset);
	struct arena *arena = arena_new((size_t)1 << 26);
	const struct detect_reason *reason;
	const uint32_t *match;
	size_t count, reasons;
	bool explained;
	int first;

	first = (int)detect_event(session, event, &match);
	session->without_prefilter = true;
	count = detect_event(session, event, &match);
	explained = detect_explain(session, 0, event, arena, &reason, &reasons);
	detect_session_free(session);
	arena_free(arena);
	return (size_t)first == count && explained == (count > 0) ? first : -1;
}

static inline void testing_print_problems(const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(ruleset, &problem);

	for (size_t i = 0; i < count; i++)
		printf("# %.*s:%u:%u: %.*s\n", SV_ARG(problem[i].file), problem[i].line,
		       problem[i].column, SV_ARG(problem[i].reason));
}

/* A rule, an event, and whether they fit. */
struct testing_row {
	const char *detection, *event;
	bool want;
};

static inline void testing_rows(const struct testing_row *row, size_t count)
{
	struct event_decoder *decoder = event_decoder_new();

	for (size_t i = 0; i < count; i++) {
		struct ruleset *ruleset = testing_rule(row[i].detection, NULL);
		struct err err = ERR_INIT;
		struct event event;
		int got = -2;

		if (ruleset_count(ruleset) != 1)
			testing_print_problems(ruleset);
		else if (event_decode(decoder, sv_from(row[i].event), &event, &err) < 0)
			printf("# %s\n", err.text);
		else {
			testing_route(&event);
			got = testing_match(ruleset, &event);
		}
		if (got != row[i].want)
			printf("# %s\n# on %s: %d\n", row[i].detection, row[i].event, got);
		CHECK(got == row[i].want);
		ruleset_unref(ruleset);
	}
	event_decoder_free(decoder);
}

/* xorshift: the same on each run. */
static inline uint32_t testing_random(uint64_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)((*state >> 16) % below);
}

#endif
