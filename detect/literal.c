#include "detect/literal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/find.h"
#include "detect/rarity.h"

#define GRAM_MAX 4     /* bytes of a sample */
#define EDGE_LENGTHS 9 /* prefixes and suffixes: keys of 1 … 8 bytes, and 16 */
#define STRIDE_MAX 12
#define BITS_PER_SAMPLE 16 /* of the first filter: one in 16 bits is set at most */
#define COST_COMMON 12	   /* of a sample that stands in ordinary events, in texts that share one */
#define COST_MAX 256	   /* of a window: a longer look is not worth it */
#define FILTER_BITS_MAX 20 /* 128 KiB */
#define COMMON_SHIFT 16	   /* 65536 bits */
#define COMMON_MIN 100	   /* texts, from which on a look at ordinary events pays */

/* Texts with one key: first[key] … in chain order; 0 ends. */
struct entry {
	uint32_t literal; /* index */
	uint32_t next;	  /* entry + 1 */
	uint32_t key;	  /* samples: their bytes */
	uint32_t offset;  /* samples: where in the text */
};

struct hash_table {
	uint32_t *head; /* entry + 1 */
	struct entry *entry;
	size_t count;
	unsigned shift; /* of the 64-bit hash */
};

/* Texts of one range of lengths that are looked for anywhere. */
struct sampler {
	struct hash_table table;
	uint64_t *filter;
	unsigned filter_shift; /* of the 32-bit hash */
	unsigned gram;	       /* bytes of a sample: 2 or 4 */
	size_t stride;	       /* 0: no texts */
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

static uint64_t load(const char *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return word;
}

static uint32_t load_gram(const char *p, unsigned gram)
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

static uint64_t mix(uint64_t a, uint64_t b)
{
	const unsigned __int128 product = (unsigned __int128)(a ^ UINT64_C(0x9E3779B97F4A7C15)) *
					  (b ^ UINT64_C(0xD6E8FEB86659FD93));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_text(struct sv text)
{
	uint64_t hash = text.n;
	size_t i = 0;

	for (; i + 8 <= text.n; i += 8)
		hash = mix(hash, load(text.p + i, 8));
	return i < text.n ? mix(hash, load(text.p + i, text.n - i) + 1) : mix(hash, 0);
}

static uint32_t hash_gram(uint32_t gram)
{
	return gram * UINT32_C(0x9E3779B1);
}

/* The key's number: texts of 16 bytes and more share one, of 9 to 15 use eight. */
static unsigned edge_slot(size_t n)
{
	return n >= 16 ? EDGE_LENGTHS - 1 : n >= 8 ? 7 : (unsigned)n - 1;
}

static uint64_t edge_hash(struct sv text, bool at_end, unsigned slot)
{
	const size_t n = slot == EDGE_LENGTHS - 1 ? 16 : slot + 1;
	const char *p = at_end ? text.p + text.n - n : text.p;

	return n == 16 ? mix(load(p, 8), load(p + 8, 8)) : mix(load(p, n), n);
}

/* ---- building ---- */

struct builder {
	struct arena *arena;
	const struct literal *literal;
	uint64_t *common; /* samples of ordinary events by hash, or NULL */
	bool full;
};

static bool filter_has(const uint64_t *filter, uint32_t bit)
{
	return filter[bit / 64] >> (bit % 64) & 1;
}

static void filter_add(uint64_t *filter, uint32_t bit)
{
	filter[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static uint64_t *common_samples(void)
{
	uint64_t *filter = mem_zalloc((size_t)1 << (32 - COMMON_SHIFT - 3));
	const struct sv text = rarity_common();

	for (size_t at = 0; at + GRAM_MAX <= text.n; at++)
		filter_add(filter, hash_gram(load_gram(text.p + at, GRAM_MAX)) >> COMMON_SHIFT);
	return filter;
}

static bool table_init(struct builder *builder, struct hash_table *table, size_t count)
{
	size_t size = 4;
	unsigned bits = 2;

	while (size < 2 * count) {
		size *= 2;
		bits++;
	}
	table->shift = 64 - bits;
	table->count = 0;
	table->head = arena_zalloc(builder->arena, size, sizeof *table->head);
	table->entry = arena_alloc(builder->arena, (count + 1) * sizeof *table->entry);
	if (!table->head || !table->entry)
		builder->full = true;
	return !builder->full;
}

static void table_add(struct hash_table *table, uint64_t hash, struct entry entry)
{
	uint32_t *head = &table->head[hash >> table->shift];

	entry.next = *head;
	table->entry[table->count++] = entry;
	*head = (uint32_t)table->count;
}

static void build_exact(struct builder *builder, struct literal_set *set, const uint32_t *member,
			size_t count)
{
	if (!table_init(builder, &set->exact, count))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct sv text = builder->literal[member[i]].text;

		table_add(&set->exact, hash_text(text), (struct entry){ .literal = member[i] });
		set->exact_lengths |= UINT64_C(1) << (text.n < 63 ? text.n : 63);
	}
}

static void build_edge(struct builder *builder, struct literal_set *set, bool at_end,
		       const uint32_t *member, size_t count)
{
	size_t used[EDGE_LENGTHS] = { 0 };

	for (size_t i = 0; i < count; i++)
		used[edge_slot(builder->literal[member[i]].text.n)]++;
	for (unsigned slot = 0; slot < EDGE_LENGTHS; slot++) {
		struct hash_table *table = &set->edge[at_end][slot];

		if (used[slot] == 0)
			continue;
		if (!table_init(builder, table, used[slot]))
			return;
		set->edge_lengths[at_end] |= 1U << slot;
		for (size_t i = 0; i < count; i++) {
			const struct sv text = builder->literal[member[i]].text;

			if (edge_slot(text.n) == slot)
				table_add(table, edge_hash(text, at_end, slot),
					  (struct entry){ .literal = member[i] });
		}
	}
}

/*
 * Where in text the samples begin: the window whose samples stand in the fewest
 * ordinary events and have the fewest texts so far.
 */
static size_t choose_window(const struct builder *builder, const struct sampler *sampler,
			    struct sv text)
{
	const struct hash_table *table = &sampler->table;
	const size_t stride = sampler->stride, gram_n = sampler->gram;
	size_t best = 0, best_cost = SIZE_MAX;

	for (size_t at = 0; at + stride + gram_n - 1 <= text.n && at < 64; at++) {
		size_t cost = 0;

		for (size_t i = 0; i < stride; i++) {
			const uint32_t gram = load_gram(text.p + at + i, sampler->gram);
			uint32_t entry = table->head[mix(gram, 1) >> table->shift];

			if (builder->common && gram_n == GRAM_MAX &&
			    filter_has(builder->common, hash_gram(gram) >> COMMON_SHIFT))
				cost += COST_COMMON;
			for (; entry != 0 && cost < COST_MAX; entry = table->entry[entry - 1].next)
				cost += table->entry[entry - 1].key == gram ? 2 : 1;
		}
		if (cost < best_cost) {
			best_cost = cost;
			best = at;
		}
	}
	return best;
}

static void build_sampler(struct builder *builder, struct sampler *sampler, unsigned gram,
			  const uint32_t *member, size_t count)
{
	size_t bits = 6, shortest = SIZE_MAX, samples;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (builder->literal[member[i]].text.n < shortest)
			shortest = builder->literal[member[i]].text.n;
	sampler->gram = gram;
	sampler->stride = shortest - gram + 1 < STRIDE_MAX ? shortest - gram + 1 : STRIDE_MAX;
	samples = count * sampler->stride;
	while (((size_t)1 << bits) < samples * BITS_PER_SAMPLE && bits < FILTER_BITS_MAX)
		bits++;
	sampler->filter_shift = (unsigned)(32 - bits);
	sampler->filter =
		arena_zalloc(builder->arena, (size_t)1 << (bits - 6), sizeof *sampler->filter);
	if (!sampler->filter)
		builder->full = true;
	if (builder->full || !table_init(builder, &sampler->table, samples))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct sv text = builder->literal[member[i]].text;
		const size_t at = choose_window(builder, sampler, text);

		for (size_t k = 0; k < sampler->stride; k++) {
			const uint32_t key = load_gram(text.p + at + k, gram);
			const uint32_t bit = hash_gram(key) >> sampler->filter_shift;

			filter_add(sampler->filter, bit);
			table_add(&sampler->table, mix(key, 1),
				  (struct entry){ member[i], 0, key, (uint32_t)(at + k) });
		}
	}
}

static void build_contains(struct builder *builder, struct literal_set *set, const uint32_t *member,
			   size_t count)
{
	uint32_t *kept = mem_alloc((count + 1) * sizeof *kept), *byte;
	size_t n = 0;

	for (size_t i = 0; i < 2 * SAMPLER_COUNT; i++) {
		const bool high = i >= SAMPLER_COUNT;
		const size_t number = i % SAMPLER_COUNT;

		n = 0;
		for (size_t k = 0; k < count; k++) {
			const struct sv text = builder->literal[member[k]].text;

			if (text.n >= sampler_row[number].least &&
			    text.n <= sampler_row[number].most && find_high(text) == high)
				kept[n++] = member[k];
		}
		set->has_high |= high && n > 0;
		build_sampler(builder, &set->sampler[high][number], sampler_row[number].gram, kept,
			      n);
	}
	n = 0;
	for (size_t i = 0; i < count; i++)
		if (builder->literal[member[i]].text.n == 1)
			kept[n++] = member[i];
	byte = arena_alloc(builder->arena, (n + 1) * sizeof *byte);
	if (byte)
		memcpy(byte, kept, n * sizeof *byte);
	else
		builder->full = true;
	set->byte = byte;
	set->byte_count = n;
	free(kept);
}

const struct literal_set *literal_set_new(struct arena *arena, const struct literal *literal,
					  size_t count)
{
	struct literal_set *set = arena_zalloc(arena, 1, sizeof *set);
	struct literal *copy = arena_alloc(arena, (count + 1) * sizeof *copy);
	uint32_t *member = mem_alloc((count + 1) * sizeof *member);
	struct builder builder = { arena, copy, NULL, !set || !copy };

	if (count >= COMMON_MIN)
		builder.common = common_samples();

	if (!builder.full) {
		memcpy(copy, literal, count * sizeof *copy);
		set->literal = copy;
	}
	for (int kind = 0; kind < LITERAL_KIND_COUNT && !builder.full; kind++) {
		size_t n = 0;

		for (size_t i = 0; i < count; i++)
			if (literal[i].kind == (enum literal_kind)kind)
				member[n++] = (uint32_t)i;
		if (n == 0)
			continue;
		if (kind == LITERAL_EXACT)
			build_exact(&builder, set, member, n);
		else if (kind == LITERAL_CONTAINS)
			build_contains(&builder, set, member, n);
		else
			build_edge(&builder, set, kind == LITERAL_SUFFIX, member, n);
	}
	free(member);
	free(builder.common);
	return builder.full ? NULL : set;
}

/* ---- scanning ---- */

struct scan {
	const struct literal_set *set;
	struct sv value;
	bool (*found)(void *context, uint32_t payload);
	void *context;
	size_t work; /* comparisons that are left */
	bool ended;
};

static void found(struct scan *scan, uint32_t literal)
{
	if (scan->found(scan->context, scan->set->literal[literal].payload))
		scan->ended = true;
}

/* One comparison; false where too many were made. */
static bool spend(struct scan *scan)
{
	return scan->work-- > 0;
}

static bool scan_exact(struct scan *scan)
{
	const struct literal_set *set = scan->set;
	const size_t n = scan->value.n < 63 ? scan->value.n : 63;
	uint32_t at;

	if (!(set->exact_lengths >> n & 1))
		return true;
	at = set->exact.head[hash_text(scan->value) >> set->exact.shift];
	for (; at != 0 && !scan->ended; at = set->exact.entry[at - 1].next) {
		const uint32_t literal = set->exact.entry[at - 1].literal;

		if (!spend(scan))
			return false;
		if (sv_eq(set->literal[literal].text, scan->value))
			found(scan, literal);
	}
	return true;
}

static bool scan_edge(struct scan *scan, bool at_end)
{
	const struct literal_set *set = scan->set;

	for (unsigned rest = set->edge_lengths[at_end]; rest != 0 && !scan->ended;
	     rest &= rest - 1) {
		const unsigned slot = (unsigned)__builtin_ctz(rest);
		const struct hash_table *table = &set->edge[at_end][slot];
		const size_t needed = slot == EDGE_LENGTHS - 1 ? 16 : slot + 1;
		uint32_t at;

		if (scan->value.n < needed)
			break;
		at = table->head[edge_hash(scan->value, at_end, slot) >> table->shift];
		for (; at != 0 && !scan->ended; at = table->entry[at - 1].next) {
			const uint32_t literal = table->entry[at - 1].literal;
			const struct sv text = set->literal[literal].text;

			if (!spend(scan))
				return false;
			if (at_end ? sv_ends(scan->value, text) : sv_starts(scan->value, text))
				found(scan, literal);
		}
	}
	return true;
}

/* A sample of some text may stand at offset at. */
static bool check_sample(struct scan *scan, const struct sampler *sampler, size_t at, uint32_t gram)
{
	const struct sv value = scan->value;
	uint32_t number = sampler->table.head[mix(gram, 1) >> sampler->table.shift];

	for (; number != 0 && !scan->ended; number = sampler->table.entry[number - 1].next) {
		const struct entry *entry = &sampler->table.entry[number - 1];
		struct sv text;

		if (!spend(scan))
			return false;
		if (entry->key != gram || entry->offset > at)
			continue;
		text = scan->set->literal[entry->literal].text;
		if (text.n <= value.n - (at - entry->offset) &&
		    memcmp(value.p + (at - entry->offset), text.p, text.n) == 0)
			found(scan, entry->literal);
	}
	return true;
}

static inline bool scan_grams(struct scan *scan, const struct sampler *sampler,
			      const unsigned gram_n)
{
	const struct sv value = scan->value;
	const uint64_t *filter = sampler->filter;
	const unsigned shift = sampler->filter_shift;
	const size_t stride = sampler->stride;

	if (value.n < gram_n)
		return true;
	for (size_t at = 0; at <= value.n - gram_n; at += stride) {
		const uint32_t gram = load_gram(value.p + at, gram_n);
		const uint32_t bit = hash_gram(gram) >> shift;

		if (!filter_has(filter, bit))
			continue;
		if (!check_sample(scan, sampler, at, gram))
			return false;
		if (scan->ended)
			return true;
	}
	return true;
}

static bool scan_samples(struct scan *scan, const struct sampler *sampler)
{
	if (sampler->stride == 0)
		return true;
	return sampler->gram == 2 ? scan_grams(scan, sampler, 2) : scan_grams(scan, sampler, 4);
}

bool literal_set_scan(const struct literal_set *set, struct sv value,
		      bool (*callback)(void *context, uint32_t payload), void *context)
{
	struct scan scan = {
		set, value, callback, context, (value.n + 64) * LITERAL_WORK_MAX, false
	};

	if (set->exact_lengths && !scan_exact(&scan))
		return false;
	for (int at_end = 0; at_end < 2 && !scan.ended; at_end++)
		if (!scan_edge(&scan, at_end))
			return false;
	for (size_t i = 0; i < SAMPLER_COUNT && !scan.ended; i++)
		if (!scan_samples(&scan, &set->sampler[0][i]))
			return false;
	for (size_t i = 0; i < set->byte_count && !scan.ended; i++)
		if (sv_find_char(value, set->literal[set->byte[i]].text.p[0], 0) != SIZE_MAX)
			found(&scan, set->byte[i]);
	if (!set->has_high || scan.ended || !find_high(value))
		return true;
	for (size_t i = 0; i < SAMPLER_COUNT && !scan.ended; i++)
		if (!scan_samples(&scan, &set->sampler[1][i]))
			return false;
	return true;
}
