/* literal_internal.h - what building and scanning a set of texts share. */
#ifndef DETECT_LITERAL_INTERNAL_H
#define DETECT_LITERAL_INTERNAL_H

#include <string.h>

#include "detect/literal.h"
#include "detect/literal_quick.h"

#define GRAM_MAX 4     /* bytes of a sample */
#define EDGE_LENGTHS 9 /* prefixes and suffixes: keys of 1 … 8 bytes, and 16 */
#define STRIDE_MAX 12
#define BITS_PER_SAMPLE 16 /* of the first filter: one in 16 bits is set at most */
#define COST_COMMON 12	   /* of a sample that stands in ordinary events, in texts that share one */
#define COST_MAX 256	   /* of a window: a longer look is not worth it */
#define FILTER_BITS_MAX 20 /* 128 KiB */
#define COMMON_SHIFT 16	   /* 65536 bits */
#define COMMON_MIN 100	   /* texts, from which on a look at ordinary events pays */
#define WEIGH_MIN 12	   /* likewise at their bytes */
#define BITS_PER_KEY 16	   /* of a table's filter */
/* Where fewer places than one in so many need a look, that is cheaper than all at once. */
#define QUICK_STRIDE_MAX 8

/* Texts with one key: first[key] … in chain order; 0 ends. */
struct entry {
	uint32_t literal; /* index */
	uint32_t next;	  /* entry + 1 */
	uint32_t key;	  /* samples: their bytes; else some of the hash */
	uint32_t offset;  /* samples: where in the text */
	struct sv text;
};

struct hash_table {
	uint32_t *head; /* entry + 1 */
	struct entry *entry;
	uint64_t *filter; /* most hashes are of no key: known by one bit */
	size_t count;
	unsigned shift, filter_shift; /* of the 64-bit hash, of its lower half */
};

/* Texts of one range of lengths that are looked for anywhere. */
struct sampler {
	struct hash_table table;
	uint64_t *filter;
	unsigned filter_shift;	   /* of the 32-bit hash */
	unsigned gram;		   /* bytes of a sample: 2 or 4 */
	size_t stride;		   /* 0: no texts */
	const struct quick *quick; /* NULL: the filter */
};

/* Four bytes at every few places, or two at every place for the shortest texts. */
enum { SAMPLER_FOUR, SAMPLER_TWO, SAMPLER_COUNT };

static const struct {
	size_t least, most; /* length of texts */
	unsigned gram;
} sampler_row[SAMPLER_COUNT] = {
	[SAMPLER_FOUR] = { 4, SIZE_MAX, 4 },
	[SAMPLER_TWO] = { 2, 3, 2 },
};

struct literal_set {
	const struct literal *literal;
	struct hash_table exact;
	uint64_t exact_lengths;			 /* bit min(length, 63) */
	struct hash_table edge[2][EDGE_LENGTHS]; /* prefixes, suffixes by key length - 1 */
	unsigned edge_lengths[2];		 /* bit for each that is used */
	/* Texts of ASCII alone, and those that only values with more can have. */
	struct sampler sampler[2][SAMPLER_COUNT];
	bool has_high;
	/* Of one byte. */
	const uint32_t *byte;
	size_t byte_count;
};

/* ---- hashing ---- */

static inline uint64_t load(const char *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return word;
}

static inline uint32_t load_gram(const char *p, unsigned gram)
{
	uint32_t word;
	uint16_t half;

	if (gram == GRAM_MAX) {
		memcpy(&word, p, sizeof word);
		return word;
	}
	memcpy(&half, p, sizeof half);
	return half;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	const unsigned __int128 product = (unsigned __int128)(a ^ UINT64_C(0x9E3779B97F4A7C15)) *
					  (b ^ UINT64_C(0xD6E8FEB86659FD93));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_text(struct sv text)
{
	uint64_t hash = text.n;
	size_t i = 0;

	for (; i + 8 <= text.n; i += 8)
		hash = mix(hash, load(text.p + i, 8));
	return i < text.n ? mix(hash, load(text.p + i, text.n - i) + 1) : mix(hash, 0);
}

#define GRAM_FACTOR UINT32_C(0x9E3779B1)

static inline uint32_t hash_gram(uint32_t gram)
{
	return gram * GRAM_FACTOR;
}

/* The key's number: texts of 16 bytes and more share one, of 9 to 15 use eight. */
static inline unsigned edge_slot(size_t n)
{
	return n >= 16 ? EDGE_LENGTHS - 1 : n >= 8 ? 7 : (unsigned)n - 1;
}

static inline uint64_t edge_hash(struct sv text, bool at_end, unsigned slot)
{
	const size_t n = slot == EDGE_LENGTHS - 1 ? 16 : slot + 1;
	const char *p = at_end ? text.p + text.n - n : text.p;

	return n == 16 ? mix(load(p, 8), load(p + 8, 8)) : mix(load(p, n), n);
}

static inline bool filter_has(const uint64_t *filter, uint32_t bit)
{
	return filter[bit / 64] >> (bit % 64) & 1;
}

/* The first entry + 1 of texts with this hash, and of some others; 0: none. */
static inline uint32_t table_find(const struct hash_table *table, uint64_t hash)
{
	return filter_has(table->filter, (uint32_t)hash >> table->filter_shift)
		       ? table->head[hash >> table->shift]
		       : 0;
}

#endif
