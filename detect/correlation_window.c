#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/correlation_state.h"

bool correlation_holds(const struct correlation *correlation, double value)
{
	for (uint32_t i = 0; i < correlation->condition_count; i++) {
		const double number = correlation->condition[i].number;
		bool holds = false;

		switch (correlation->condition[i].operator) {
		case CORRELATE_GT: holds = value > number; break;
		case CORRELATE_GTE: holds = value >= number; break;
		case CORRELATE_LT: holds = value < number; break;
		case CORRELATE_LTE: holds = value <= number; break;
		case CORRELATE_EQ: holds = value == number; break;
		case CORRELATE_NEQ: holds = value != number; break;
		}
		if (!holds)
			return false;
	}
	return true;
}

/* ---- hits ---- */

/* Within a timespan of a hit there is no other, so that no event takes part in two. */
static bool is_suppressed(const struct key *key, int64_t at, int64_t span)
{
	for (uint32_t i = key->fired_count; i > 0 && key->fired[i - 1] > at - span; i--)
		if (key->fired[i - 1] < at + span)
			return true;
	return false;
}

/* Hits that no event can come near to any more are forgotten. */
static void remember(const struct correlator *correlator, const struct track *track,
		     struct key *key, int64_t at)
{
	const int64_t keep = key->entry[key->count - 1].at - track->correlation->span -
			     (track->queued ? 0 : correlator->late);
	uint32_t old = 0, i;

	while (old < key->fired_count && key->fired[old] <= keep)
		old++;
	key->fired_count -= old;
	if (old > 0)
		memmove(key->fired, key->fired + old, key->fired_count * sizeof *key->fired);
	if (key->fired_count == key->fired_room) {
		key->fired_room = key->fired_room ? 2 * key->fired_room : 1;
		key->fired = mem_realloc(key->fired, key->fired_room, sizeof *key->fired);
	}
	for (i = key->fired_count++; i > 0 && key->fired[i - 1] > at; i--)
		key->fired[i] = key->fired[i - 1];
	key->fired[i] = at;
}

static void take_parts(struct arena *arena, const struct key *key, uint32_t from, uint32_t to,
		       struct correlation_hit *hit)
{
	struct correlation_part *part;

	if (to - from > CORRELATION_PARTS_MAX)
		from = to - CORRELATION_PARTS_MAX;
	part = arena_alloc(arena, (to - from) * sizeof *part);
	for (uint32_t i = from; part && i < to; i++) {
		const struct entry *entry = &key->entry[i];

		part[hit->part_count++] =
			(struct correlation_part){ entry->reference, { entry->at }, entry->rule };
	}
	hit->part = part;
}

/* Entries from … to - 1 of the key make the condition hold. False: suppressed, or not one then. */
static bool fire(struct correlator *correlator, struct track *track, struct key *key, uint32_t from,
		 uint32_t to, double value)
{
	const struct correlation *correlation = track->correlation;
	const struct sv *values;
	const int64_t at = key->entry[to - 1].at;
	struct correlation_hit hit = {
		.rule = track->rule,
		.last = { at },
		.first = { key->entry[from].at },
		.value = value,
		.count = to - from,
		.group_name = correlation->group,
	};

	if (is_suppressed(key, at, correlation->span)) {
		correlator->statistics.suppressed++;
		return false;
	}
	values = correlating_key_values(key, correlation->group_count, correlator->arena);
	if (values) {
		hit.company = values[0];
		hit.group_value = values + 1;
		hit.group_count = correlation->group_count;
	}
	take_parts(correlator->arena, key, from, to, &hit);
	if (correlator->known && !correlator->known(correlator->context, &hit))
		return false;
	if (!correlation->closing)
		remember(correlator, track, key, at);
	correlator_tell(correlator, &hit);
	return true;
}

/* ---- entries ---- */

static struct entry *make_room(struct key *key)
{
	if (key->count == key->room && key->first > key->count / 2) {
		memmove(key->entry, key->entry + key->first,
			(key->count - key->first) * sizeof *key->entry);
		key->head -= key->first;
		key->count -= key->first;
		key->first = 0;
	}
	if (key->count == key->room) {
		key->room = key->room ? 2 * key->room : 2;
		key->entry = mem_realloc(key->entry, key->room, sizeof *key->entry);
	}
	return &key->entry[key->count];
}

/* What lies before the window is kept only as long as something late may need it. */
static void forget_old(const struct correlator *correlator, const struct track *track,
		       struct key *key)
{
	const int64_t keep =
		key->entry[key->count - 1].at - track->correlation->span - correlator->late;

	if (track->queued)
		key->first = key->head;
	while (key->first < key->head && key->entry[key->first].at <= keep)
		key->first++;
}

static void slide(const struct correlation *correlation, struct key *key)
{
	const int64_t begin = key->entry[key->count - 1].at - correlation->span;

	while (key->entry[key->head].at <= begin)
		tally_remove(correlation, &key->tally, &key->entry[key->head++]);
}

/* Where the window begins that the condition is about: for a chain, where that begins. */
static uint32_t window_begin(const struct correlation *correlation, const struct key *key,
			     const struct tally *tally, uint32_t from)
{
	const int64_t chain = correlation->chain ? tally_chain(correlation, tally) : INT64_MIN;

	while (key->entry[from].at < chain)
		from++;
	return from;
}

static void ask_window(struct correlator *correlator, struct track *track, struct key *key)
{
	const struct correlation *correlation = track->correlation;
	const double value = tally_value(correlation, &key->tally, key->entry[key->count - 1].at);

	if (correlation_holds(correlation, value))
		(void)fire(correlator, track, key,
			   window_begin(correlation, key, &key->tally, key->head), key->count,
			   value);
}

/* ---- entries that come late ---- */

/* Order within a key: time; in a chain, of one time, the order of the rules. */
static bool is_after(const struct correlation *correlation, const struct entry *a,
		     const struct entry *b)
{
	if (a->at != b->at || correlation->type != CORRELATE_TEMPORAL_ORDERED)
		return a->at > b->at;
	return a->position > b->position;
}

static uint32_t place_of(const struct correlation *correlation, const struct key *key,
			 const struct entry *entry)
{
	uint32_t from = key->first, to = key->count;

	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (is_after(correlation, &key->entry[middle], entry))
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

/* Each window that ends at place or later and still holds the entry there. */
static void ask_again(struct correlator *correlator, struct track *track, struct key *key,
		      uint32_t place)
{
	const struct correlation *correlation = track->correlation;
	const int64_t at = key->entry[place].at, span = correlation->span;
	struct tally *tally = &correlator->scratch;
	uint32_t from = place, head;

	while (from > key->first && key->entry[from - 1].at > at - span &&
	       place - from <= CORRELATION_LATE_SCAN_MAX)
		from--;
	head = from;
	for (uint32_t i = from; i < key->count && key->entry[i].at < at + span; i++) {
		double value;

		if (i - from > CORRELATION_LATE_SCAN_MAX) {
			correlator->statistics.late_unscanned++;
			break;
		}
		tally_add(correlation, tally, &key->entry[i]);
		while (key->entry[head].at <= key->entry[i].at - span)
			tally_remove(correlation, tally, &key->entry[head++]);
		value = tally_value(correlation, tally, key->entry[i].at);
		if (i >= place && correlation_holds(correlation, value) &&
		    fire(correlator, track, key, window_begin(correlation, key, tally, head), i + 1,
			 value))
			break;
	}
	tally_done(tally);
}

static void rebuild_chain(const struct correlation *correlation, struct key *key)
{
	tally_clear(correlation, &key->tally);
	for (uint32_t i = key->head; i < key->count; i++)
		tally_add(correlation, &key->tally, &key->entry[i]);
}

static void take_late(struct correlator *correlator, struct track *track, struct key *key,
		      const struct entry *entry)
{
	const struct correlation *correlation = track->correlation;
	uint32_t place;

	make_room(key);
	place = place_of(correlation, key, entry);
	memmove(key->entry + place + 1, key->entry + place,
		(key->count - place) * sizeof *key->entry);
	key->entry[place] = *entry;
	key->count++;
	if (place < key->head || entry->at <= key->entry[key->count - 1].at - correlation->span)
		key->head++;
	else if (correlation->chain > 0 && key->count - key->head <= CORRELATION_LATE_SCAN_MAX)
		rebuild_chain(correlation, key);
	else
		tally_add(correlation, &key->tally, entry);
	ask_again(correlator, track, key, place);
}

bool correlating_is_late(const struct correlator *correlator, const struct track *track,
			 const struct key *key, int64_t at)
{
	if (track->queued)
		return at < track->released;
	return key->count > key->first && at < key->entry[key->count - 1].at - correlator->late;
}

/* ---- windows that are settled when they are over ---- */

/*
 * They begin at multiples of the timespan since 1970, so that neither where a
 * stream begins nor a restart changes what is in one.
 */
static int64_t window_of(const struct correlation *correlation, int64_t at)
{
	const int64_t into = at % correlation->span;

	return at - (into < 0 ? into + correlation->span : into);
}

static int by_number(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double *sorted_numbers(struct correlator *correlator, const struct key *key)
{
	if (correlator->number_room < key->count) {
		free(correlator->number);
		correlator->number_room = 2 * (size_t)key->count;
		correlator->number =
			mem_alloc(correlator->number_room * sizeof *correlator->number);
	}
	for (uint32_t i = 0; i < key->count; i++)
		memcpy(&correlator->number[i], &key->entry[i].value, sizeof *correlator->number);
	qsort(correlator->number, key->count, sizeof *correlator->number, by_number);
	return correlator->number;
}

static long double sum_of(const struct key *key)
{
	long double sum = 0;

	for (uint32_t i = 0; i < key->count; i++) {
		double number;

		memcpy(&number, &key->entry[i].value, sizeof number);
		sum += number;
	}
	return sum;
}

/* The nearest rank: a value that was seen. */
static double percentile(struct correlator *correlator, const struct key *key, double percent)
{
	const double *number = sorted_numbers(correlator, key);
	const double rank = ceil(percent / 100 * key->count);

	return number[rank < 1 ? 0 : rank > key->count ? key->count - 1 : (uint32_t)rank - 1];
}

static double median(struct correlator *correlator, const struct key *key)
{
	const double *number = sorted_numbers(correlator, key);
	const uint32_t half = key->count / 2;

	return key->count % 2 ? number[half] : number[half - 1] / 2 + number[half] / 2;
}

/* The longest run of entries whose rules stand in order. */
static double longest_chain(const struct key *key)
{
	uint32_t length[CORRELATION_RULES_MAX] = { 0 }, longest = 0;

	for (uint32_t i = 0; i < key->count; i++) {
		const uint32_t position = key->entry[i].position;
		uint32_t before = 0;

		for (uint32_t p = 0; p < position; p++)
			before = length[p] > before ? length[p] : before;
		if (before + 1 > length[position])
			length[position] = before + 1;
		longest = length[position] > longest ? length[position] : longest;
	}
	return longest;
}

static double distinct(struct correlator *correlator, const struct correlation *correlation,
		       const struct key *key)
{
	double count;

	for (uint32_t i = 0; i < key->count; i++)
		tally_add(correlation, &correlator->scratch, &key->entry[i]);
	count = correlator->scratch.distinct;
	tally_done(&correlator->scratch);
	return count;
}

static double closing_value(struct correlator *correlator, const struct correlation *correlation,
			    const struct key *key)
{
	switch (correlation->type) {
	case CORRELATE_EVENT_COUNT: break;
	case CORRELATE_VALUE_COUNT:
	case CORRELATE_TEMPORAL: return distinct(correlator, correlation, key);
	case CORRELATE_TEMPORAL_ORDERED: return longest_chain(key);
	case CORRELATE_VALUE_SUM: return (double)sum_of(key);
	case CORRELATE_VALUE_AVG: return (double)(sum_of(key) / key->count);
	case CORRELATE_VALUE_PERCENTILE:
		return percentile(correlator, key, correlation->percentile);
	case CORRELATE_VALUE_MEDIAN: return median(correlator, key);
	}
	return key->count;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Whether the share of some value, in percent, holds. */
static bool find_share(const struct correlation *correlation, const struct key *key, double *ret)
{
	uint64_t *value = mem_alloc(key->count * sizeof *value);
	bool found = false;
	uint32_t run = 0;

	for (uint32_t i = 0; i < key->count; i++)
		value[i] = key->entry[i].value;
	qsort(value, key->count, sizeof *value, by_value);
	for (uint32_t i = 0; !found && i < key->count; i++) {
		run++;
		if (i + 1 < key->count && value[i + 1] == value[i])
			continue;
		*ret = 100.0 * run / key->count;
		found = correlation_holds(correlation, *ret);
		run = 0;
	}
	free(value);
	return found;
}

void correlating_close(struct correlator *correlator, struct track *track, struct key *key)
{
	const struct correlation *correlation = track->correlation;
	double value = 0;
	bool holds;

	correlating_key_unlist(track, key);
	if (key->overflowed) { /* what is left of it says nothing */
		key->overflowed = false;
		key->count = 0;
		return;
	}
	if (correlation->share) {
		holds = find_share(correlation, key, &value);
	} else {
		value = closing_value(correlator, correlation, key);
		holds = correlation_holds(correlation, value);
	}
	if (holds)
		(void)fire(correlator, track, key, 0, key->count, value);
	key->count = 0;
}

/* ---- all kinds ---- */

void correlating_take(struct correlator *correlator, struct track *track, struct key *key,
		      const struct entry *entry)
{
	const struct correlation *correlation = track->correlation;
	const size_t before = correlating_key_bytes(track, key);

	if (correlation->closing) {
		if (key->listed && entry->at >= key->touched + correlation->span)
			correlating_close(correlator, track, key);
		if (!key->listed)
			correlating_key_touch(track, key, window_of(correlation, entry->at));
		if (!key->overflowed) {
			*make_room(key) = *entry;
			key->count++;
		}
	} else if (key->count > key->first &&
		   is_after(correlation, &key->entry[key->count - 1], entry)) {
		take_late(correlator, track, key, entry);
	} else {
		*make_room(key) = *entry;
		key->count++;
		tally_add(correlation, &key->tally, entry);
		slide(correlation, key);
		forget_old(correlator, track, key);
		ask_window(correlator, track, key);
	}
	track->bytes += correlating_key_bytes(track, key);
	track->bytes -= before;
	if (!correlation->closing)
		correlating_key_touch(track, key, track->queued ? entry->at : correlator->newest);
}

/* Entries up to `to` are forgotten. */
static void forget(struct correlator *correlator, struct track *track, struct key *key, uint32_t to)
{
	const struct correlation *correlation = track->correlation;

	correlator->statistics.evicted_entries += to - key->first;
	while (!correlation->closing && key->head < to)
		tally_remove(correlation, &key->tally, &key->entry[key->head++]);
	memmove(key->entry, key->entry + to, (key->count - to) * sizeof *key->entry);
	key->count -= to;
	key->head = correlation->closing ? 0 : key->head - to;
	key->first = 0;
	key->room = key->count < 2 ? 2 : key->count;
	key->entry = mem_realloc(key->entry, key->room, sizeof *key->entry);
	if (correlation->chain > 0)
		rebuild_chain(correlation, key);
}

void correlating_halve(struct correlator *correlator, struct track *track, struct key *key)
{
	const size_t before = correlating_key_bytes(track, key);

	if (track->correlation->closing) {
		key->overflowed = true;
		forget(correlator, track, key, key->count);
	} else {
		forget(correlator, track, key, key->first + (key->count - key->first + 1) / 2);
	}
	track->bytes += correlating_key_bytes(track, key);
	track->bytes -= before;
}
