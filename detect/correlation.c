#include "detect/correlation.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "detect/correlation_state.h"

/* Below this the queue is not worth to be emptied before its time. */
#define HEAP_ROOM_MIN 256
#define HEAP_BACKED 128 /* bytes of a key that waits, about */

bool ruleset_has_correlations(const struct ruleset *ruleset)
{
	return ruleset->correlation_count > 0;
}

int64_t ruleset_correlation_reach(const struct ruleset *ruleset)
{
	int64_t reach = 0;

	for (size_t i = 0; i < ruleset->correlation_count; i++) {
		const struct correlation *correlation =
			ruleset->rule[ruleset->correlation[i]].correlation;

		reach = correlation->reach > reach ? correlation->reach : reach;
	}
	return (reach + INSTANT_SECOND - 1) / INSTANT_SECOND;
}

/* ---- making one ---- */

/* Which correlations, at which place, each rule goes to. */
static void make_feeds(struct correlator *correlator)
{
	const size_t rules = correlator->ruleset->rule_count;
	uint32_t *first = mem_zalloc((rules + 2) * sizeof *first);
	size_t count = 0;

	for (size_t i = 0; i < correlator->track_count; i++)
		for (uint32_t k = 0; k < correlator->track[i].correlation->input_count;
		     k++, count++)
			first[correlator->track[i].correlation->input[k].rule + 2]++;
	for (size_t i = 2; i < rules + 2; i++)
		first[i] += first[i - 1];
	correlator->feed = mem_alloc((count + 1) * sizeof *correlator->feed);
	for (uint32_t i = 0; i < correlator->track_count; i++)
		for (uint32_t k = 0; k < correlator->track[i].correlation->input_count; k++)
			correlator->feed[first[correlator->track[i].correlation->input[k].rule +
					       1]++] = (struct feed){ i, k };
	correlator->feed_first = first;
}

/* How late what comes to a correlation may be beyond the events themselves. */
static int64_t input_lag(const struct correlation *correlation)
{
	return correlation->lag - (correlation->closing ? correlation->span : 0);
}

struct correlator *correlator_new(struct ruleset *ruleset, const struct correlator_options *options)
{
	struct correlator *correlator = mem_zalloc(sizeof *correlator);

	correlator->ruleset = ruleset_ref(ruleset);
	correlator->late = options->late_seconds > LATE_UNBOUNDED / INSTANT_SECOND ? LATE_UNBOUNDED
			   : options->late_seconds > 0 ? options->late_seconds * INSTANT_SECOND
						       : 0;
	correlator->at_once = options->at_once;
	correlator->bytes_max = options->bytes_max_per_rule ? options->bytes_max_per_rule
							    : CORRELATION_BYTES_DEFAULT;
	if (correlator->bytes_max < CORRELATION_BYTES_MIN)
		correlator->bytes_max = CORRELATION_BYTES_MIN;
	correlator->newest = INT64_MIN;
	correlator->arena = arena_new(HITS_BYTES_MAX);
	random_bytes(correlator->secret, sizeof correlator->secret);
	correlator->track_count = ruleset->correlation_count;
	correlator->track =
		mem_zalloc((ruleset->correlation_count + 1) * sizeof *correlator->track);
	for (size_t i = 0; i < correlator->track_count; i++) {
		struct track *track = &correlator->track[i];

		track->rule = ruleset->correlation[i];
		track->correlation = ruleset->rule[track->rule].correlation;
		track->queued = !correlator->at_once || track->correlation->lag > 0;
		track->released = INT64_MIN;
	}
	make_feeds(correlator);
	return correlator;
}

static void track_done(struct track *track)
{
	for (size_t i = 0; i < track->table_size; i++)
		if (track->table[i])
			correlating_key_free(track->table[i]);
	free(track->table);
	free(track->heap);
}

void correlator_free(struct correlator *correlator)
{
	if (!correlator)
		return;
	for (size_t i = 0; i < correlator->track_count; i++)
		track_done(&correlator->track[i]);
	free(correlator->track);
	free(correlator->feed);
	free(correlator->feed_first);
	free(correlator->hit.p);
	free(correlator->number);
	free(correlator->text);
	tally_done(&correlator->scratch);
	arena_free(correlator->arena);
	ruleset_unref(correlator->ruleset);
	free(correlator);
}

void correlator_replay(struct correlator *correlator,
		       bool (*known)(void *context, const struct correlation_hit *hit),
		       void *context)
{
	correlator->known = known;
	correlator->context = context;
}

/* ---- the queue: a heap, the first to be taken on top ---- */

static bool is_before(const struct track *track, const struct waiting *a, const struct waiting *b)
{
	if (a->entry.at != b->entry.at)
		return a->entry.at < b->entry.at;
	if (track->correlation->type == CORRELATE_TEMPORAL_ORDERED &&
	    a->entry.position != b->entry.position)
		return a->entry.position < b->entry.position;
	return a->sequence < b->sequence;
}

static void heap_push(struct track *track, struct waiting waiting)
{
	size_t i = track->heap_count++;

	if (i == track->heap_room) {
		const size_t room = i ? 2 * i : 16;

		track->bytes += (room - i) * sizeof waiting;
		track->heap = mem_realloc(track->heap, room, sizeof waiting);
		track->heap_room = room;
	}
	while (i > 0 && is_before(track, &waiting, &track->heap[(i - 1) / 2])) {
		track->heap[i] = track->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	track->heap[i] = waiting;
	waiting.key->waiting++;
}

static struct waiting heap_pop(struct track *track)
{
	const struct waiting top = track->heap[0];
	const struct waiting last = track->heap[--track->heap_count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= track->heap_count)
			break;
		if (child + 1 < track->heap_count &&
		    is_before(track, &track->heap[child + 1], &track->heap[child]))
			child++;
		if (!is_before(track, &track->heap[child], &last))
			break;
		track->heap[i] = track->heap[child];
		i = child;
	}
	track->heap[i] = last;
	top.key->waiting--;
	return top;
}

/* ---- time goes on ---- */

static void drop_key(struct track *track, struct key *key)
{
	if (key->waiting > 0)
		correlating_key_unlist(track, key);
	else
		correlating_key_remove(track, key);
}

/* Windows that are over are settled; keys that can have no part in a hit are forgotten. */
static void expire(struct correlator *correlator, struct track *track, int64_t now)
{
	const int64_t life = track->correlation->span + (track->queued ? 0 : correlator->late);

	while (track->oldest && track->oldest->touched + life <= now) {
		struct key *key = track->oldest;

		if (track->correlation->closing)
			correlating_close(correlator, track, key);
		drop_key(track, key);
	}
}

static void take_next(struct correlator *correlator, struct track *track)
{
	const struct waiting waiting = heap_pop(track);

	correlating_take(correlator, track, waiting.key, &waiting.entry);
}

/* What came before this is taken now: nothing before it will come any more. */
static void release(struct correlator *correlator, struct track *track, int64_t before)
{
	while (track->heap_count > 0 && track->heap[0].entry.at < before)
		take_next(correlator, track);
	if (before > track->released)
		track->released = before;
	expire(correlator, track, track->released);
}

static void release_all(struct correlator *correlator)
{
	if (correlator->newest == INT64_MIN)
		return;
	for (size_t i = 0; i < correlator->track_count; i++) {
		struct track *track = &correlator->track[i];

		if (!track->queued)
			expire(correlator, track, correlator->newest);
		else if (correlator->late < LATE_UNBOUNDED)
			release(correlator, track,
				correlator->newest - correlator->late -
					input_lag(track->correlation));
	}
}

/* ---- the bound of memory ---- */

/* The first quarter of the queue, though something before it may come yet. */
static void force(struct correlator *correlator, struct track *track)
{
	const size_t count = track->heap_count / 4 + 1;
	int64_t at = track->released;

	for (size_t i = 0; i < count && track->heap_count > 0; i++) {
		at = track->heap[0].entry.at;
		take_next(correlator, track);
		correlator->statistics.forced++;
	}
	if (at > track->released)
		track->released = at;
	expire(correlator, track, track->released);
}

/* The key that was touched longest ago is forgotten; the last one loses half of its entries. */
static bool evict(struct correlator *correlator, struct track *track)
{
	struct key *key = track->oldest;

	if (!key)
		return false;
	if (key == track->newest) {
		if (key->count - key->first < 2)
			return false;
		correlating_halve(correlator, track, key);
		return true;
	}
	correlator->statistics.evicted_keys++;
	correlator->statistics.evicted_entries += key->count - key->first;
	if (key->waiting == 0) {
		correlating_key_remove(track, key);
		return true;
	}
	correlating_halve(correlator, track, key); /* its name must stay for what waits */
	correlating_key_unlist(track, key);
	return true;
}

static void hold_bound(struct correlator *correlator, struct track *track)
{
	while (track->bytes > correlator->bytes_max) {
		const size_t queue = track->heap_count * (sizeof(struct waiting) + HEAP_BACKED);

		if (queue > correlator->bytes_max / 4 && track->heap_count > HEAP_ROOM_MIN)
			force(correlator, track);
		else if (!evict(correlator, track)) {
			if (track->heap_count == 0)
				return; /* tables alone: bounded by what they held */
			force(correlator, track);
		}
	}
}

/* The queue grows by doubling: not beyond half of the bound. */
static void hold_queue(struct correlator *correlator, struct track *track)
{
	if (track->heap_count == track->heap_room && track->heap_room >= HEAP_ROOM_MIN &&
	    2 * track->heap_room * sizeof(struct waiting) > correlator->bytes_max / 2)
		force(correlator, track);
}

/* ---- one match ---- */

static void take(struct correlator *correlator, struct track *track, uint32_t position,
		 const struct source *source)
{
	const struct correlation *correlation = track->correlation;
	const struct correlation_input *input = &correlation->input[position];
	struct entry entry = { .at = source->at,
			       .reference = source->reference,
			       .rule = source->rule,
			       .position = position };
	struct key *key;

	if (!correlating_value_of(correlator, correlation, source, input, &entry.value) ||
	    (key = correlating_key_of(correlator, track, source, input)) == NULL) {
		correlator->statistics.without_key++;
		return;
	}
	if (correlation->type == CORRELATE_TEMPORAL)
		entry.value = position;
	if (correlating_is_late(correlator, track, key, entry.at)) {
		correlator->statistics.late++;
		if (!key->listed && key->waiting == 0)
			correlating_key_remove(track, key);
		return;
	}
	correlator->statistics.entries++;
	if (track->queued) {
		hold_queue(correlator, track);
		heap_push(track, (struct waiting){ entry, correlator->sequence++, key });
	} else {
		correlating_take(correlator, track, key, &entry);
	}
	hold_bound(correlator, track);
}

static void feed(struct correlator *correlator, const struct source *source)
{
	const uint32_t end = correlator->feed_first[source->rule + 1];

	for (uint32_t i = correlator->feed_first[source->rule]; i < end; i++)
		take(correlator, &correlator->track[correlator->feed[i].track],
		     correlator->feed[i].position, source);
}

void correlator_tell(struct correlator *correlator, const struct correlation_hit *hit)
{
	const struct source source = {
		.company = hit->company,
		.at = hit->last.us,
		.rule = hit->rule,
		.hit = hit,
		.reference = hit->part_count > 0 ? hit->part[hit->part_count - 1].reference
						 : (struct correlation_reference){ { 0, 0 } },
	};

	if (!correlator->known) {
		correlator->statistics.hits++;
		*(struct correlation_hit *)growing_add(&correlator->hit, sizeof *hit) = *hit;
	}
	feed(correlator, &source);
}

/* ---- calls ---- */

static void begin(struct correlator *correlator)
{
	correlator->hit.count = 0;
	arena_clear(correlator->arena);
}

static size_t end(struct correlator *correlator, const struct correlation_hit **ret)
{
	*ret = correlator->hit.p;
	return correlator->hit.count;
}

/* Nobody's clock may run ahead of the one that received it. */
static int64_t time_of(const struct correlator *correlator, const struct event_envelope *envelope)
{
	const int64_t observed = envelope->observed.us, received = envelope->received.us;

	if (observed != 0 && received != 0)
		return observed < received ? observed : received;
	if (observed != 0 || received != 0)
		return observed != 0 ? observed : received;
	return correlator->newest == INT64_MIN ? 0 : correlator->newest;
}

size_t correlator_event(struct correlator *correlator, const struct event *event,
			struct correlation_reference reference, const uint32_t *match,
			size_t match_count, const struct correlation_hit **ret)
{
	struct source source = { .company = event->envelope.company,
				 .at = time_of(correlator, &event->envelope),
				 .reference = reference,
				 .event = event };
	const bool later = source.at > correlator->newest;

	begin(correlator);
	if (later)
		correlator->newest = source.at;
	for (size_t i = 0; i < match_count; i++) {
		source.rule = match[i];
		feed(correlator, &source);
	}
	if (later)
		release_all(correlator);
	return end(correlator, ret);
}

size_t correlator_advance(struct correlator *correlator, struct instant now,
			  const struct correlation_hit **ret)
{
	begin(correlator);
	if (now.us > correlator->newest)
		correlator->newest = now.us;
	release_all(correlator);
	return end(correlator, ret);
}

/* True: there is room for more hits. */
static bool finish_track(struct correlator *correlator, struct track *track)
{
	while (track->heap_count > 0 && correlator->hit.count < HITS_STEP) {
		const int64_t at = track->heap[0].entry.at;

		take_next(correlator, track);
		track->released = at > track->released ? at : track->released;
		expire(correlator, track, track->released);
	}
	while (track->heap_count == 0 && track->correlation->closing && track->oldest &&
	       correlator->hit.count < HITS_STEP) {
		struct key *key = track->oldest;

		correlating_close(correlator, track, key);
		drop_key(track, key);
	}
	return correlator->hit.count < HITS_STEP;
}

size_t correlator_finish(struct correlator *correlator, const struct correlation_hit **ret)
{
	begin(correlator);
	for (size_t i = 0; i < correlator->track_count; i++)
		if (!finish_track(correlator, &correlator->track[i]))
			break;
	return end(correlator, ret);
}

struct correlator_statistics correlator_statistics(const struct correlator *correlator)
{
	struct correlator_statistics statistics = correlator->statistics;

	if (correlator->newest != INT64_MIN)
		statistics.newest.us = correlator->newest;
	for (size_t i = 0; i < correlator->track_count; i++) {
		statistics.keys += correlator->track[i].key_count;
		statistics.bytes += correlator->track[i].bytes;
	}
	return statistics;
}
