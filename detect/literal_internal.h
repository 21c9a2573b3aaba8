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
	/* samples: their bytes, where in the text; and eight bytes of the text around them */
	uint32_t key;
	uint16_t offset, word_at;
	uint64_t word;
	struct sv text;
};

struct hash_table {
	uint32_t *head; /* entry + 1 */
	struct entry *entry;
	uint64_t *filter; /* most hashes are of no key: known by one bit */
	size_t count;
	unsigned shift, filter_shift; /* of the 64-bit hash, of its lower half */
};

/*
 * What tells of most places where a sample stands, or seems to, that no text does,
 * without a look at the table: what all texts of one slot have in common.
 */
struct gate {
	uint32_t first; /* as in head */
	uint16_t near;	/* two bytes of the text, beside the sample */
	uint8_t tag;	/* of the hash */
	uint8_t knows;	/* GATE_… */
};

enum { GATE_TAG = 1, GATE_AFTER = 2, GATE_BEFORE = 4 };

/* Texts of one range of lengths that are looked for anywhere. */
struct sampler {
	struct hash_table table;
	const struct gate *gate; /* by slot of the table */
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

static inline uint64_t load_eight(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
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

/* n bytes, at most 8, the first one lowest. */
static inline uint64_t load(const char *p, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* Two words that overlap say the same of what both hold. */
	if (n >= 4)
		return load_gram(p, 4) | (uint64_t)load_gram(p + n - 4, 4) << 8 * (n - 4);
	if (n >= 2)
		return load_gram(p, 2) | (uint64_t)load_gram(p + n - 2, 2) << 8 * (n - 2);
	return n > 0 ? (unsigned char)*p : 0;
#else
	uint64_t word = 0;

	for (size_t i = n; i-- > 0;)
		word = word << 8 | (unsigned char)p[i];
	return word;
#endif
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	const unsigned __int128 product = (unsigned __int128)(a ^ UINT64_C(0x9E3779B97F4A7C15)) *
					  (b ^ UINT64_C(0xD6E8FEB86659FD93));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* By its length, and its first, last and middle bytes: a look at the text follows. */
static inline uint64_t hash_text(struct sv text)
{
	const size_t n = text.n;

	if (n < 8)
		return mix(load(text.p, n), n);
	return mix(mix(load_eight(text.p), load_eight(text.p + n - 8)),
		   load_eight(text.p + n / 2 - 4) + n);
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

/* The first or last eight bytes, those at the edge lowest or highest; fewer where text is short. */
static inline uint64_t edge_word(struct sv text, bool at_end)
{
	if (text.n == 0)
		return 0;
	if (text.n < 8)
		return at_end ? load(text.p, text.n) << (64 - 8 * text.n) : load(text.p, text.n);
	return load(at_end ? text.p + text.n - 8 : text.p, 8);
}

/* word: edge_word of text, which is long enough for the slot. */
static inline uint64_t edge_hash(struct sv text, bool at_end, unsigned slot, uint64_t word)
{
	const unsigned spare = 56 - 8 * slot; /* bits that are not in the key */

	if (slot == EDGE_LENGTHS - 1)
		return mix(word, load_eight(at_end ? text.p + text.n - 16 : text.p + 8));
	return mix(at_end ? word >> spare : word << spare, slot + 1);
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
