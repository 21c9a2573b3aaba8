/* correlation_testing.h - what tests of correlations share: a stream of events, and what it gave. */
#ifndef DETECT_CORRELATION_TESTING_H
#define DETECT_CORRELATION_TESTING_H

#include <stdlib.h>

#include "base/mem.h"
#include "detect/correlation.h"
#include "detect/testing.h"

#define WINDOWS "logsource: {product: windows, service: security}\n"
#define NAMED(title, id, lines)                                                                    \
	"title: " title "\nname: " title "\nid: 0e95725d-7320-415d-80f7-00000000000" id            \
	"\ncorrelation: {" lines "}\n---\n"
/* A rule that matches where the event has this field. */
#define RULE(name, number)                                                                         \
	"title: " name "\nname: " name "\nid: 5638f7c0-ac70-491d-8465-2a65075e000" number          \
	"\n" WINDOWS "detection: {s: {" name ": '*'}, condition: s}\n---\n"
#define SITE RULE("website_access", "1")
/* A correlation with these lines inside. */
#define OF(title, id, lines)                                                                       \
	"title: " title "\nid: 0e95725d-7320-415d-80f7-00000000000" id "\ncorrelation: {" lines    \
	"}\n---\n"

struct stream {
	struct ruleset *ruleset;
	struct detect_session *session;
	struct correlator *correlator;
	struct event_decoder *decoder;
	struct event_envelope envelope; /* of the events */
	uint64_t number;		/* of the last event, from 1 */
	struct buf told;		/* one line for each hit, in the order in which they came */
	size_t hits;
};

static inline void stream_tell(struct stream *s, const struct correlation_hit *hit, size_t count)
{
	s->hits += count;
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = ruleset_rule(s->ruleset, hit[i].rule);

		buf_printf(&s->told, "%.*s", SV_ARG(rule->title));
		for (size_t k = 0; k < hit[i].group_count; k++)
			buf_printf(&s->told, " %.*s", SV_ARG(hit[i].group_value[k]));
		buf_printf(&s->told, " %lld-%lld =%g #",
			   (long long)(hit[i].first.us / INSTANT_SECOND),
			   (long long)(hit[i].last.us / INSTANT_SECOND), hit[i].value);
		for (size_t k = 0; k < hit[i].part_count; k++)
			buf_printf(&s->told, "%s%llu", k ? "," : "",
				   (unsigned long long)hit[i].part[k].reference.word[0]);
		buf_put_char(&s->told, '\n');
	}
}

static inline bool stream_begin(struct stream *s, const char *yaml, int64_t late_seconds,
				bool at_once)
{
	static const struct ruleset_options options = { .all_logsources = true };
	const struct correlator_options how = { .late_seconds = late_seconds, .at_once = at_once };
	const struct rule_problem *problem;
	struct err err = ERR_INIT;

	*s = (struct stream){ .ruleset = ruleset_parse(sv_from(yaml), "r.yml", &options, &err) };
	s->envelope.product = SV("windows");
	s->envelope.service = SV("security");
	s->session = detect_session_new(s->ruleset);
	s->correlator = correlator_new(s->ruleset, &how);
	s->decoder = event_decoder_new();
	buf_init(&s->told, 1 << 20);
	for (size_t i = 0; i < ruleset_problems(s->ruleset, &problem); i++)
		if (problem[i].kind != PROBLEM_WARNING) {
			testing_print_problems(s->ruleset);
			return false;
		}
	return true;
}

static inline void stream_event(struct stream *s, int64_t second, const char *json)
{
	const struct correlation_hit *hit;
	struct err err = ERR_INIT;
	struct event event;
	const uint32_t *match;
	size_t matches, hits;

	s->number++;
	if (event_decode(s->decoder, sv_from(json), &event, &err) < 0) {
		printf("# %s: %s\n", json, err.text);
		CHECK(false);
		return;
	}
	event.envelope = s->envelope;
	event.envelope.observed.us = second * INSTANT_SECOND;
	matches = detect_event(s->session, &event, &match);
	hits = correlator_event(s->correlator, &event,
				(struct correlation_reference){ { s->number, 0 } }, match, matches,
				&hit);
	stream_tell(s, hit, hits);
}

static inline void stream_advance(struct stream *s, int64_t second)
{
	const struct correlation_hit *hit;
	const size_t hits = correlator_advance(s->correlator,
					       (struct instant){ second * INSTANT_SECOND }, &hit);

	stream_tell(s, hit, hits);
}

static inline void stream_finish(struct stream *s)
{
	const struct correlation_hit *hit;
	size_t hits;

	while ((hits = correlator_finish(s->correlator, &hit)) > 0)
		stream_tell(s, hit, hits);
}

static inline void stream_end(struct stream *s)
{
	correlator_free(s->correlator);
	detect_session_free(s->session);
	event_decoder_free(s->decoder);
	ruleset_unref(s->ruleset);
	buf_done(&s->told);
}

#endif
