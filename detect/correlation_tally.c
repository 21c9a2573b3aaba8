#include <stdlib.h>

#include "base/mem.h"
#include "detect/correlation_state.h"

#define SLOTS_MIN 8

static double number_in(const struct entry *entry)
{
	double number;

	memcpy(&number, &entry->value, sizeof number);
	return number;
}

/* ---- distinct values ---- */

static uint32_t spread(uint64_t value)
{
	return (uint32_t)((value * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static void put(struct tally *tally, uint64_t value, uint64_t count)
{
	uint32_t at = spread(value);

	for (;; at++) {
		struct counted *slot = &tally->slot[at &= tally->slot_count - 1];

		if (slot->count > 0 && slot->value != value)
			continue;
		tally->distinct += slot->count == 0;
		slot->value = value;
		slot->count += count;
		return;
	}
}

static void grow(struct tally *tally)
{
	const struct tally before = *tally;

	tally->slot_count = before.slot_count ? before.slot_count * 2 : SLOTS_MIN;
	tally->slot = mem_zalloc(tally->slot_count * sizeof *tally->slot);
	tally->distinct = 0;
	for (uint32_t i = 0; i < before.slot_count; i++)
		if (before.slot[i].count > 0)
			put(tally, before.slot[i].value, before.slot[i].count);
	free(before.slot);
}

/* Those behind a place that becomes free move up, so that no search ends too early. */
static void close_gap(struct tally *tally, uint32_t gap)
{
	const uint32_t mask = tally->slot_count - 1;

	for (uint32_t i = (gap + 1) & mask; tally->slot[i].count > 0; i = (i + 1) & mask) {
		const uint32_t home = spread(tally->slot[i].value) & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		tally->slot[gap] = tally->slot[i];
		tally->slot[i].count = 0;
		gap = i;
	}
}

static void take_away(struct tally *tally, uint64_t value)
{
	uint32_t at = spread(value);

	while (tally->slot[at &= tally->slot_count - 1].value != value ||
	       tally->slot[at].count == 0)
		at++;
	if (--tally->slot[at].count > 0)
		return;
	tally->distinct--;
	close_gap(tally, at);
}

/* ---- chains of temporal_ordered ---- */

static uint32_t chain_width(const struct correlation *correlation)
{
	return correlation->input_count - correlation->chain + 1;
}

static size_t chain_places(const struct correlation *correlation)
{
	return (size_t)correlation->chain * chain_width(correlation);
}

static void chain_clear(const struct correlation *correlation, struct tally *tally)
{
	if (!tally->start)
		tally->start = mem_alloc(chain_places(correlation) * sizeof *tally->start);
	for (size_t i = 0; i < chain_places(correlation); i++)
		tally->start[i] = INT64_MIN;
}

/* Longer chains first, so that one event is never two links of a chain. */
static void chain_add(const struct correlation *correlation, struct tally *tally,
		      const struct entry *entry)
{
	const uint32_t width = chain_width(correlation), position = entry->position;
	uint32_t length = position + 1 < correlation->chain ? position + 1 : correlation->chain;

	if (!tally->start)
		chain_clear(correlation, tally);
	for (; length > 0 && position - (length - 1) < width; length--) {
		const uint32_t from = position - (length - 1);
		int64_t *row = &tally->start[(size_t)(length - 1) * width];
		const int64_t begin = length == 1 ? entry->at : *(row - width + from);

		for (uint32_t d = from; d < width && row[d] < begin; d++)
			row[d] = begin;
	}
}

int64_t tally_chain(const struct correlation *correlation, const struct tally *tally)
{
	return tally->start ? tally->start[chain_places(correlation) - 1] : INT64_MIN;
}

/* ---- all kinds ---- */

static bool counts_values(const struct correlation *correlation)
{
	return correlation->type == CORRELATE_VALUE_COUNT ||
	       correlation->type == CORRELATE_TEMPORAL;
}

void tally_add(const struct correlation *correlation, struct tally *tally,
	       const struct entry *entry)
{
	tally->count++;
	if (counts_values(correlation)) {
		if (2 * (tally->distinct + 1) > tally->slot_count)
			grow(tally);
		put(tally, entry->value, 1);
	} else if (correlation->type == CORRELATE_VALUE_SUM) {
		tally->sum += number_in(entry);
	} else if (correlation->chain > 0) {
		chain_add(correlation, tally, entry);
	}
}

void tally_remove(const struct correlation *correlation, struct tally *tally,
		  const struct entry *entry)
{
	tally->count--;
	if (counts_values(correlation))
		take_away(tally, entry->value);
	else if (correlation->type == CORRELATE_VALUE_SUM)
		tally->sum = tally->count == 0 ? 0 : tally->sum - number_in(entry);
}

double tally_value(const struct correlation *correlation, const struct tally *tally, int64_t at)
{
	switch (correlation->type) {
	case CORRELATE_VALUE_COUNT:
	case CORRELATE_TEMPORAL: return tally->distinct;
	case CORRELATE_VALUE_SUM: return (double)tally->sum;
	case CORRELATE_TEMPORAL_ORDERED:
		return tally_chain(correlation, tally) > at - correlation->span ? correlation->chain
										: 0;
	default: return (double)tally->count;
	}
}

void tally_clear(const struct correlation *correlation, struct tally *tally)
{
	tally->count = 0;
	tally->sum = 0;
	tally->distinct = 0;
	if (tally->slot)
		memset(tally->slot, 0, tally->slot_count * sizeof *tally->slot);
	if (tally->start)
		chain_clear(correlation, tally);
}

void tally_done(struct tally *tally)
{
	free(tally->slot);
	free(tally->start);
	*tally = (struct tally){ .slot = NULL };
}

size_t tally_bytes(const struct correlation *correlation, const struct tally *tally)
{
	return tally->slot_count * sizeof *tally->slot +
	       (tally->start ? chain_places(correlation) * sizeof *tally->start : 0);
}
