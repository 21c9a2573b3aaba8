#include "detect/literal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/find.h"
#include "detect/literal_quick.h"
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

#define GRAM_FACTOR UINT32_C(0x9E3779B1)

static uint32_t hash_gram(uint32_t gram)
{
	return gram * GRAM_FACTOR;
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
	bool full, is_quick;
	uint8_t weight[256]; /* how often a byte stands in ordinary events: some logarithm */
};

static bool filter_has(const uint64_t *filter, uint32_t bit)
{
	return filter[bit / 64] >> (bit % 64) & 1;
}

static void filter_add(uint64_t *filter, uint32_t bit)
{
	filter[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static void weigh_bytes(struct builder *builder)
{
	const struct sv text = rarity_common();
	uint32_t count[256] = { 0 };

	for (size_t i = 0; i < text.n; i++)
		count[(unsigned char)text.p[i]]++;
	for (unsigned i = 0; i < 256; i++)
		builder->weight[i] =
			(uint8_t)(4 * (32 - __builtin_clz(count[i] | 1)) + (count[i] > 0 ? 4 : 0));
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
	unsigned bits = 2, filter_bits = 6;

	while (size < 2 * count) {
		size *= 2;
		bits++;
	}
	while (((size_t)1 << filter_bits) < BITS_PER_KEY * count && filter_bits < FILTER_BITS_MAX)
		filter_bits++;
	table->shift = 64 - bits;
	table->filter_shift = 32 - filter_bits;
	table->filter =
		arena_zalloc(builder->arena, (size_t)1 << (filter_bits - 6), sizeof *table->filter);
	table->count = 0;
	table->head = arena_zalloc(builder->arena, size, sizeof *table->head);
	table->entry = arena_alloc(builder->arena, (count + 1) * sizeof *table->entry);
	if (!table->head || !table->entry || !table->filter)
		builder->full = true;
	return !builder->full;
}

static void table_add(struct hash_table *table, uint64_t hash, struct entry entry)
{
	uint32_t *head = &table->head[hash >> table->shift];

	filter_add(table->filter, (uint32_t)hash >> table->filter_shift);
	entry.next = *head;
	table->entry[table->count++] = entry;
	*head = (uint32_t)table->count;
}

/* The first entry + 1 of texts with this hash, and of some others; 0: none. */
static inline uint32_t table_find(const struct hash_table *table, uint64_t hash)
{
	return filter_has(table->filter, (uint32_t)hash >> table->filter_shift)
		       ? table->head[hash >> table->shift]
		       : 0;
}

static void build_exact(struct builder *builder, struct literal_set *set, const uint32_t *member,
			size_t count)
{
	if (!table_init(builder, &set->exact, count))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct sv text = builder->literal[member[i]].text;

		table_add(&set->exact, hash_text(text),
			  (struct entry){ .literal = member[i], .text = text });
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
					  (struct entry){ .literal = member[i], .text = text });
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

		for (size_t i = 0; builder->is_quick && i < gram_n; i++)
			cost += builder->weight[(unsigned char)text.p[at + i]];
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

static void build_quick(struct builder *builder, struct sampler *sampler)
{
	const size_t count = sampler->table.count;
	uint32_t *sample = mem_alloc((count + 1) * sizeof *sample);

	for (size_t i = 0; i < count; i++)
		sample[i] = sampler->table.entry[i].key;
	sampler->quick = quick_new(builder->arena, sample, count, sampler->gram);
	builder->full |= !sampler->quick;
	free(sample);
}

static void build_sampler(struct builder *builder, struct sampler *sampler, unsigned gram,
			  const uint32_t *member, size_t count)
{
	size_t bits = 6, shortest = SIZE_MAX, samples;
	bool is_quick;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (builder->literal[member[i]].text.n < shortest)
			shortest = builder->literal[member[i]].text.n;
	sampler->gram = gram;
	sampler->stride = shortest - gram + 1 < STRIDE_MAX ? shortest - gram + 1 : STRIDE_MAX;
	is_quick = builder->is_quick && sampler->stride <= QUICK_STRIDE_MAX;
	if (is_quick)
		sampler->stride = 1; /* it looks at every place */
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
				  (struct entry){ member[i], 0, key, (uint32_t)(at + k), text });
		}
	}
	if (is_quick)
		build_quick(builder, sampler);
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
	struct builder builder = { .arena = arena,
				   .literal = copy,
				   .full = !set || !copy,
				   .is_quick = quick_is_supported() };

	if (builder.is_quick && count >= WEIGH_MIN)
		weigh_bytes(&builder);
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
	bool ended, lower;
	const struct sampler *sampler;
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

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* At least two bytes, most often one comparison. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
	if (n >= 8) {
		for (size_t i = 0; i + 8 < n; i += 8)
			if (load(a + i, 8) != load(b + i, 8))
				return false;
		return load(a + n - 8, 8) == load(b + n - 8, 8);
	}
	if (n >= 4)
		return load(a, 4) == load(b, 4) && load(a + n - 4, 4) == load(b + n - 4, 4);
	return load(a, 2) == load(b, 2) && a[n - 1] == b[n - 1];
}

/* Texts of any length. */
static inline bool same_text(const char *a, const char *b, size_t n)
{
	return n > 1 ? same_bytes(a, b, n) : n == 0 || *a == *b;
}

static bool scan_exact(struct scan *scan)
{
	const struct literal_set *set = scan->set;
	const size_t n = scan->value.n < 63 ? scan->value.n : 63;
	uint32_t at;

	if (!(set->exact_lengths >> n & 1))
		return true;
	at = table_find(&set->exact, hash_text(scan->value));
	for (; at != 0 && !scan->ended; at = set->exact.entry[at - 1].next) {
		const uint32_t literal = set->exact.entry[at - 1].literal;
		const struct sv text = set->exact.entry[at - 1].text;

		if (!spend(scan))
			return false;
		if (text.n == scan->value.n && same_text(text.p, scan->value.p, text.n))
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
		at = table_find(table, edge_hash(scan->value, at_end, slot));
		for (; at != 0 && !scan->ended; at = table->entry[at - 1].next) {
			const uint32_t literal = table->entry[at - 1].literal;
			const struct sv text = table->entry[at - 1].text;

			if (!spend(scan))
				return false;
			if (text.n <= scan->value.n &&
			    same_text(at_end ? scan->value.p + scan->value.n - text.n
					     : scan->value.p,
				      text.p, text.n))
				found(scan, literal);
		}
	}
	return true;
}

static bool same_lower(const char *value, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(value[i]) != text[i])
			return false;
	return true;
}

/* A sample of some text may stand at offset at. */
static bool check_sample(struct scan *scan, const struct sampler *sampler, size_t at, uint32_t gram)
{
	const struct sv value = scan->value;
	uint32_t number = table_find(&sampler->table, mix(gram, 1));

	for (; number != 0 && !scan->ended; number = sampler->table.entry[number - 1].next) {
		const struct entry *entry = &sampler->table.entry[number - 1];
		const char *from;

		if (!spend(scan))
			return false;
		if (entry->key != gram || entry->offset > at)
			continue;
		from = value.p + (at - entry->offset);
		if (entry->text.n <= value.n - (at - entry->offset) &&
		    (scan->lower ? same_lower(from, entry->text.p, entry->text.n)
				 : same_bytes(from, entry->text.p, entry->text.n)))
			found(scan, entry->literal);
	}
	return true;
}

/* The bytes at offset at, folded where the value is not. */
static inline uint32_t gram_at(const struct scan *scan, size_t at, unsigned gram_n)
{
	char byte[GRAM_MAX];

	if (!scan->lower)
		return load_gram(scan->value.p + at, gram_n);
	for (unsigned i = 0; i < gram_n; i++)
		byte[i] = lower(scan->value.p[at + i]);
	return load_gram(byte, gram_n);
}

static bool check_place(void *context, size_t at)
{
	struct scan *scan = context;

	return check_sample(scan, scan->sampler, at, gram_at(scan, at, scan->sampler->gram)) &&
	       !scan->ended;
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
		const uint32_t gram = gram_at(scan, at, gram_n);
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
	if (sampler->quick) {
		const struct quick_filter filter = { sampler->filter, GRAM_FACTOR,
						     sampler->filter_shift };

		scan->sampler = sampler;
		return quick_scan(sampler->quick, scan->value, scan->lower ? NULL : &filter,
				  check_place, scan) ||
		       scan->ended;
	}
	return sampler->gram == 2 ? scan_grams(scan, sampler, 2) : scan_grams(scan, sampler, 4);
}

bool literal_set_scan(const struct literal_set *set, struct sv value,
		      bool (*callback)(void *context, uint32_t payload), void *context)
{
	struct scan scan = { set,   value, callback, context, (value.n + 64) * LITERAL_WORK_MAX,
			     false, false, NULL };

	if (set->exact_lengths && !scan_exact(&scan))
		return false;
	for (int at_end = 0; at_end < 2 && !scan.ended; at_end++)
		if (set->edge_lengths[at_end] && !scan_edge(&scan, at_end))
			return false;
	for (size_t i = 0; i < SAMPLER_COUNT && !scan.ended; i++)
		if (set->sampler[0][i].stride > 0 && !scan_samples(&scan, &set->sampler[0][i]))
			return false;
	for (size_t i = 0; i < set->byte_count && !scan.ended; i++)
		if (sv_find_char(value, set->literal[set->byte[i]].text.p[0], 0) != SIZE_MAX)
			found(&scan, set->byte[i]);
	if (!set->has_high || scan.ended || !find_high(value))
		return true;
	for (size_t i = 0; i < SAMPLER_COUNT && !scan.ended; i++)
		if (set->sampler[1][i].stride > 0 && !scan_samples(&scan, &set->sampler[1][i]))
			return false;
	return true;
}

bool literal_set_scan_unfolded(const struct literal_set *set, struct sv value,
			       bool (*callback)(void *context, uint32_t payload), void *context)
{
	struct scan scan = { set,   value, callback, context, (value.n + 64) * LITERAL_WORK_MAX,
			     false, true,  NULL };

	for (size_t i = 0; i < SAMPLER_COUNT && !scan.ended; i++)
		if (set->sampler[0][i].stride > 0 && !scan_samples(&scan, &set->sampler[0][i]))
			return false;
	for (size_t i = 0; i < set->byte_count && !scan.ended; i++) {
		const char c = set->literal[set->byte[i]].text.p[0];
		const char upper = c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;

		if (sv_find_char(value, c, 0) != SIZE_MAX ||
		    (upper != c && sv_find_char(value, upper, 0) != SIZE_MAX))
			found(&scan, set->byte[i]);
	}
	return true;
}
