#include "detect/regex_set.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/fold.h"

void points_add(struct points *set, uint32_t first, uint32_t last)
{
	if (set->count == set->room) {
		set->room = set->room ? set->room * 2 : 16;
		set->range = mem_realloc(set->range, set->room, sizeof *set->range);
	}
	set->range[set->count++] = (struct range){ first, last };
}

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void points_normalize(struct points *set)
{
	size_t n = 0;

	if (set->count == 0)
		return;
	qsort(set->range, set->count, sizeof *set->range, by_first);
	for (size_t i = 1; i < set->count; i++) {
		if (set->range[i].first <= set->range[n].last + 1) {
			if (set->range[i].last > set->range[n].last)
				set->range[n].last = set->range[i].last;
		} else {
			set->range[++n] = set->range[i];
		}
	}
	set->count = n + 1;
}

static bool set_has(const struct points *set, size_t count, uint32_t point)
{
	for (size_t i = 0; i < count; i++)
		if (point >= set->range[i].first && point <= set->range[i].last)
			return true;
	return false;
}

/* First the folded forms, then all that fold to them. */
void points_close(struct points *set)
{
	size_t count, runs;
	const struct fold_run *run = fold_runs(&runs);

	for (int pass = 0; pass < 2; pass++) {
		points_normalize(set);
		count = set->count;
		for (uint32_t c = 'a'; c <= 'z'; c++)
			if (set_has(set, count, pass ? c : c - 32))
				points_add(set, pass ? c - 32 : c, pass ? c - 32 : c);
		for (size_t i = 0; i < runs; i++)
			for (uint32_t c = run[i].first; c <= run[i].last; c += run[i].step) {
				const uint32_t folded = (uint32_t)((int32_t)c + run[i].distance);

				if (set_has(set, count, pass ? folded : c))
					points_add(set, pass ? c : folded, pass ? c : folded);
			}
	}
	points_normalize(set);
}

void points_invert(struct points *set)
{
	struct points out = { NULL, 0, 0 };
	uint32_t from = 0;

	points_normalize(set);
	for (size_t i = 0; i < set->count; i++) {
		if (set->range[i].first > from)
			points_add(&out, from, set->range[i].first - 1);
		from = set->range[i].last + 1;
	}
	if (from <= POINT_ALL)
		points_add(&out, from, POINT_ALL);
	free(set->range);
	*set = out;
}

/* Sets that have a letter: \d, [:alpha:]. Pairs of first and last. */
static const struct {
	char letter;
	const char *name;
	const char *pairs;
	size_t count;
} named[] = {
	{ 'd', "digit", "09", 1 },
	{ 'w', "word", "09AZ__az", 4 },
	{ 's', "space", "\t\r  ", 2 },
	{ 0, "alpha", "AZaz", 2 },
	{ 0, "alnum", "09AZaz", 3 },
	{ 0, "upper", "AZ", 1 },
	{ 0, "lower", "az", 1 },
	{ 0, "xdigit", "09AFaf", 3 },
	{ 0, "punct", "!/:@[`{~", 4 },
	{ 0, "blank", "\t\t  ", 2 },
	{ 0, "cntrl", "\x01\x1f\x7f\x7f", 2 },
	{ 0, "print", " ~", 1 },
	{ 0, "graph", "!~", 1 },
};

void points_add_all(struct points *set, const struct points *other)
{
	for (size_t i = 0; i < other->count; i++)
		points_add(set, other->range[i].first, other->range[i].last);
}

static void add_row(struct points *set, size_t row, bool negated)
{
	struct points own = { NULL, 0, 0 };

	for (size_t i = 0; i < named[row].count; i++)
		points_add(&own, (unsigned char)named[row].pairs[2 * i],
			   (unsigned char)named[row].pairs[2 * i + 1]);
	if (strcmp(named[row].name, "cntrl") == 0)
		points_add(&own, 0, 0);
	if (negated)
		points_invert(&own);
	points_add_all(set, &own);
	free(own.range);
}

bool points_add_named(struct points *set, struct sv name, bool negated)
{
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (sv_eq(name, sv_from(named[i].name))) {
			add_row(set, i, negated);
			return true;
		}
	return false;
}

bool points_add_letter(struct points *set, char letter)
{
	static const uint32_t blank[] = {
		0x09, 0x20, 0xA0, 0x1680, 0x180E, 0x202F, 0x205F, 0x3000
	};
	struct points own = { NULL, 0, 0 };
	const char lower = letter | 0x20;

	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (named[i].letter && lower == named[i].letter) {
			add_row(set, i, letter != lower);
			return true;
		}
	if (lower == 'h') {
		for (size_t i = 0; i < sizeof blank / sizeof *blank; i++)
			points_add(&own, blank[i], blank[i]);
		points_add(&own, 0x2000, 0x200A);
	} else if (lower == 'v') {
		points_add(&own, 0x0A, 0x0D);
		points_add(&own, 0x85, 0x85);
		points_add(&own, 0x2028, 0x2029);
	} else {
		return false;
	}
	if (letter != lower)
		points_invert(&own);
	points_add_all(set, &own);
	free(own.range);
	return true;
}
