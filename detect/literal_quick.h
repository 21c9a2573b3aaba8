/*
 * literal_quick.h - places of a value where one of many texts may stand, 64 at a
 * time: each text gives two or four of its bytes and is put into one of some
 * buckets; a byte says of which buckets it is the first, second, … one. Where
 * the answers for neighbouring bytes have a bucket in common, a text may stand.
 * Only on processors with AVX-512; elsewhere there is none.
 */
#ifndef DETECT_LITERAL_QUICK_H
#define DETECT_LITERAL_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"

#define QUICK_GROUPS_MAX 8   /* of eight buckets */
#define QUICK_GROUP_TEXTS 32 /* a group more for so many */

struct quick;

/* Whether this processor has it, and HIKESHI_SIMD does not say otherwise. */
bool quick_is_supported(void);
/*
 * Samples of gram (2 or 4) bytes, ASCII, in the order of memory in each word.
 * They are sorted. NULL where the arena is full.
 */
const struct quick *quick_new(struct arena *arena, uint32_t *sample, size_t count, unsigned gram);
/* One bit for each hash of a sample: the sample times factor, shifted. */
struct quick_filter {
	const uint64_t *bits;
	uint32_t factor;
	unsigned shift;
};

/*
 * Calls check for each place, ascending, until it returns false; then returns
 * false. Letters of ASCII may be capitals in the value. filter, which may be
 * NULL, is asked before check; only for values that are folded.
 */
bool quick_scan(const struct quick *quick, struct sv value, const struct quick_filter *filter,
		bool (*check)(void *context, size_t at), void *context);

#endif
