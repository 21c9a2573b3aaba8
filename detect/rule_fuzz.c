/*
 * A rule, then a byte 0x01, then an event: loading must not crash, and the
 * three ways to ask whether they fit must give one answer.
 */
#include <stdint.h>
#include <stdlib.h>

#include "detect/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_problems(const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(ruleset, &problem);

	for (size_t i = 0; i < count; i++)
		if (problem[i].reason.n == 0 || !problem[i].file.p)
			abort();
}

static void check_reasons(const struct detect_reason *reason, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (reason[i].matched && reason[i].value_at + reason[i].value_n > reason[i].value.n)
			abort();
}

/* The event goes to one rule after the other. */
static void check_event(struct ruleset *ruleset, struct event *event)
{
	struct detect_session *fast = detect_session_new(ruleset),
			      *slow = detect_session_new(ruleset);
	struct arena *arena = arena_new((size_t)1 << 28);

	slow->without_prefilter = true;
	for (size_t i = 0; i < ruleset_count(ruleset) && i < 8; i++) {
		const struct rule *rule = ruleset_rule(ruleset, i);
		const struct detect_reason *reason;
		const uint32_t *a, *b;
		size_t n, m, reasons;
		bool matched = false, explained;

		event->envelope.product = rule->product;
		event->envelope.category = rule->category;
		event->envelope.service = rule->service;
		n = detect_event(fast, event, &a);
		m = detect_event(slow, event, &b);
		if (n != m || (n > 0 && memcmp(a, b, n * sizeof *a) != 0))
			abort();
		for (size_t k = 0; k < n; k++)
			matched |= a[k] == i;
		explained = detect_explain(fast, i, event, arena, &reason, &reasons);
		if (explained != matched)
			abort();
		check_reasons(reason, reasons);
	}
	arena_free(arena);
	detect_session_free(fast);
	detect_session_free(slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ruleset_options options = { .all_logsources = true,
							.with_deprecated = true };
	const struct sv all = { (const char *)data, size };
	const size_t split = sv_find_char(all, '\x01', 0);
	struct ruleset *ruleset =
		ruleset_parse(sv_slice(all, 0, split), "fuzz.yml", &options, NULL);
	static struct event_decoder *decoder; /* kept: making it costs more than most inputs */
	struct event event;

	if (!decoder)
		decoder = event_decoder_new();
	check_problems(ruleset);
	if (split != SIZE_MAX &&
	    event_decode(decoder, sv_slice(all, split + 1, size), &event, NULL) == 0)
		check_event(ruleset, &event);
	ruleset_unref(ruleset);
	return 0;
}
