#include "detect/find.h"
#include "detect/literal_internal.h"

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
			if (load_eight(a + i) != load_eight(b + i))
				return false;
		return load_eight(a + n - 8) == load_eight(b + n - 8);
	}
	if (n >= 4)
		return load_gram(a, 4) == load_gram(b, 4) &&
		       load_gram(a + n - 4, 4) == load_gram(b + n - 4, 4);
	return load_gram(a, 2) == load_gram(b, 2) && a[n - 1] == b[n - 1];
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
	const uint64_t word = edge_word(scan->value, at_end);

	for (unsigned rest = set->edge_lengths[at_end]; rest != 0 && !scan->ended;
	     rest &= rest - 1) {
		const unsigned slot = (unsigned)__builtin_ctz(rest);
		const struct hash_table *table = &set->edge[at_end][slot];
		const size_t needed = slot == EDGE_LENGTHS - 1 ? 16 : slot + 1;
		uint32_t at;

		if (scan->value.n < needed)
			break;
		at = table_find(table, edge_hash(scan->value, at_end, slot, word));
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

/* Whether the entry's text may stand at from; most that do not are told without a look at it. */
static inline bool same_word(const struct entry *entry, const char *from)
{
	return entry->text.n < 8 || load_eight(from + entry->word_at) == entry->word;
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

/* The first entry + 1 whose text may stand where the sample is found at offset at; 0: none. */
static inline uint32_t pass_gate(const struct scan *scan, const struct sampler *sampler, size_t at,
				 uint64_t hash)
{
	const struct gate gate = sampler->gate[hash >> sampler->table.shift];
	const size_t n = scan->value.n, after = at + sampler->gram;

	if (gate.first == 0 || (gate.knows & GATE_TAG && gate.tag != (uint8_t)hash))
		return 0;
	if (gate.knows & GATE_AFTER && (n - after < 2 || gram_at(scan, after, 2) != gate.near))
		return 0;
	if (gate.knows & GATE_BEFORE && (at < 2 || gram_at(scan, at - 2, 2) != gate.near))
		return 0;
	return gate.first;
}

/* A sample of some text may stand at offset at. */
static bool check_sample(struct scan *scan, const struct sampler *sampler, size_t at, uint32_t gram)
{
	const struct sv value = scan->value;
	uint32_t number = pass_gate(scan, sampler, at, mix(gram, 1));

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
				 : same_word(entry, from) &&
					   same_bytes(from, entry->text.p, entry->text.n)))
			found(scan, entry->literal);
	}
	return true;
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
