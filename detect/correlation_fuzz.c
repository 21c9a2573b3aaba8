/*
 * Rules with correlations, then a byte 0x01, then events, a line each. Each event
 * comes three times, at times and from companies that its number gives, to three
 * correlators: in order of time, at once, and at once with a bound on what is
 * late. What they count must fit together, and a rule in a circle must be out.
 */
#include <stdint.h>
#include <stdlib.h>

#include "detect/correlation_state.h"
#include "detect/session.h"

#define EVENTS_MAX 64
#define ROUNDS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ruleset(const struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->correlation_count; i++) {
		const uint32_t number = ruleset->correlation[i];
		const struct correlation *correlation = ruleset->rule[number].correlation;

		if (!correlation || !ruleset->rule[number].face.correlation)
			abort();
		for (uint32_t k = 0; k < correlation->input_count; k++) {
			const struct rule_body *input = &ruleset->rule[correlation->input[k].rule];

			if (!input->face.correlated ||
			    (input->correlation && input->correlation->depth >= correlation->depth))
				abort();
		}
	}
}

static void check_hits(const struct ruleset *ruleset, const struct correlation_hit *hit,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (hit[i].rule >= ruleset->rule_count ||
		    !ruleset->rule[hit[i].rule].face.correlation ||
		    hit[i].first.us > hit[i].last.us || hit[i].count == 0 ||
		    hit[i].part_count == 0 || hit[i].part_count > CORRELATION_PARTS_MAX)
			abort();
		if (hit[i].part[hit[i].part_count - 1].at.us != hit[i].last.us)
			abort();
		for (size_t k = 1; k < hit[i].part_count; k++)
			if (hit[i].part[k].at.us < hit[i].part[k - 1].at.us)
				abort();
	}
}

/* What the tracks say that they use is what they use. */
static void check_bytes(const struct correlator *correlator)
{
	for (size_t i = 0; i < correlator->track_count; i++) {
		const struct track *track = &correlator->track[i];
		size_t bytes = track->table_size * sizeof *track->table +
			       track->heap_room * sizeof *track->heap,
		       keys = 0;

		for (size_t k = 0; k < track->table_size; k++)
			if (track->table[k]) {
				bytes += correlating_key_bytes(track, track->table[k]);
				keys++;
			}
		if (bytes != track->bytes || keys != track->key_count)
			abort();
	}
}

static void play(struct ruleset *ruleset, struct event_decoder *decoder, struct sv lines,
		 const struct correlator_options *options)
{
	struct detect_session *session = detect_session_new(ruleset);
	struct correlator *correlator = correlator_new(ruleset, options);
	const struct correlation_hit *hit;
	uint32_t round = 0, number = 0;
	size_t hits;

	for (; round < ROUNDS; round++) {
		struct sv rest = lines;

		for (uint32_t line = 0; rest.n > 0 && line < EVENTS_MAX; line++) {
			struct event event;
			const uint32_t *match;
			size_t matches;

			number = number * 1103515245 + 12345 + line;
			if (event_decode(decoder, sv_cut(&rest, '\n'), &event, NULL) < 0)
				continue;
			event.envelope.product = SV("p");
			event.envelope.company = number & 0x10000 ? SV("c") : SV("");
			event.envelope.observed.us = (int64_t)(number >> 20) * 250000 + round;
			event.envelope.received.us = 0;
			matches = detect_event(session, &event, &match);
			hits = correlator_event(correlator, &event,
						(struct correlation_reference){ { line, round } },
						match, matches, &hit);
			check_hits(ruleset, hit, hits);
		}
		check_bytes(correlator);
	}
	hits = correlator_advance(correlator, (struct instant){ 1200 * INSTANT_SECOND }, &hit);
	check_hits(ruleset, hit, hits);
	while ((hits = correlator_finish(correlator, &hit)) > 0)
		check_hits(ruleset, hit, hits);
	check_bytes(correlator);
	correlator_free(correlator);
	detect_session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ruleset_options options = { .all_logsources = true };
	static const struct correlator_options how[] = {
		{ .late_seconds = INT64_MAX, .at_once = false },
		{ .late_seconds = INT64_MAX, .at_once = true },
		{ .late_seconds = 60, .at_once = true },
		{ .late_seconds = 0, .at_once = false },
	};
	const struct sv all = { (const char *)data, size };
	const size_t split = sv_find_char(all, '\x01', 0);
	struct ruleset *ruleset =
		ruleset_parse(sv_slice(all, 0, split), "fuzz.yml", &options, NULL);
	static struct event_decoder *decoder; /* kept: making it costs more than most inputs */

	if (!decoder)
		decoder = event_decoder_new();
	check_ruleset(ruleset);
	for (size_t i = 0; i < sizeof how / sizeof *how && split != SIZE_MAX; i++)
		if (ruleset_has_correlations(ruleset))
			play(ruleset, decoder, sv_slice(all, split + 1, size), &how[i]);
	ruleset_unref(ruleset);
	return 0;
}
