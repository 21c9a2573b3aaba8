#include <stdlib.h>

#include "base/mem.h"
#include "detect/find.h"
#include "detect/literal_internal.h"
#include "detect/rarity.h"

struct builder {
	struct arena *arena;
	const struct literal *literal;
	uint64_t *common; /* samples of ordinary events by hash, or NULL */
	bool full, is_quick;
	uint8_t weight[256]; /* how often a byte stands in ordinary events: some logarithm */
};

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
				table_add(table,
					  edge_hash(text, at_end, slot, edge_word(text, at_end)),
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

static struct entry sample_entry(uint32_t literal, struct sv text, size_t offset, uint32_t key)
{
	struct entry entry = {
		.literal = literal, .key = key, .offset = (uint16_t)offset, .text = text
	};
	const size_t before = offset < 2 ? offset : 2;

	if (text.n < 8)
		return entry;
	entry.word_at = (uint16_t)(offset - before + 8 <= text.n ? offset - before : text.n - 8);
	entry.word = load_eight(text.p + entry.word_at);
	return entry;
}

/* What the gate of a slot with this one text says. */
static struct gate gate_of(const struct entry *entry, unsigned gram, uint64_t hash)
{
	struct gate gate = { .tag = (uint8_t)hash, .knows = GATE_TAG };

	if (entry->text.n >= entry->offset + gram + 2U) {
		gate.near = (uint16_t)load_gram(entry->text.p + entry->offset + gram, 2);
		gate.knows |= GATE_AFTER;
	} else if (entry->offset >= 2) {
		gate.near = (uint16_t)load_gram(entry->text.p + entry->offset - 2, 2);
		gate.knows |= GATE_BEFORE;
	}
	return gate;
}

static void build_gate(struct builder *builder, struct sampler *sampler)
{
	const struct hash_table *table = &sampler->table;
	const size_t slots = (size_t)1 << (64 - table->shift);
	struct gate *gate = arena_zalloc(builder->arena, slots, sizeof *gate);

	builder->full |= !gate;
	for (size_t slot = 0; gate && slot < slots; slot++) {
		uint32_t at = table->head[slot];

		for (gate[slot].first = at; at != 0; at = table->entry[at - 1].next) {
			const struct entry *entry = &table->entry[at - 1];
			struct gate one = gate_of(entry, sampler->gram, mix(entry->key, 1));

			if (at == gate[slot].first) {
				one.first = at;
				gate[slot] = one;
				continue;
			}
			if (one.tag != gate[slot].tag)
				gate[slot].knows &= (uint8_t)~GATE_TAG;
			if (one.near != gate[slot].near)
				gate[slot].knows &= GATE_TAG;
			gate[slot].knows &= one.knows;
		}
	}
	sampler->gate = gate;
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
				  sample_entry(member[i], text, at + k, key));
		}
	}
	build_gate(builder, sampler);
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

/* Their texts side by side: those of rules lie wherever the rule was read. */
static bool copy_literals(struct builder *builder, struct literal *copy,
			  const struct literal *literal, size_t count)
{
	size_t bytes = 0;
	char *to;

	for (size_t i = 0; i < count; i++)
		bytes += literal[i].text.n;
	to = arena_alloc(builder->arena, bytes + 1);
	builder->full |= !to;
	for (size_t i = 0; to && i < count; i++) {
		copy[i] = literal[i];
		copy[i].text.p = to;
		if (literal[i].text.n > 0)
			memcpy(to, literal[i].text.p, literal[i].text.n);
		to += literal[i].text.n;
	}
	return !builder->full;
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

	if (!builder.full && copy_literals(&builder, copy, literal, count))
		set->literal = copy;
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
