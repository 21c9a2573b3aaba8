#include "detect/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/witness.h"

#define PLAN_BYTES_MAX ((size_t)512 << 20)
/* A table that is nearly full would be walked from end to end. */
#define PLANS_USED_MAX (PLANS_MAX / 4 * 3)

bool plan_routes(const struct rule *rule, const struct event_envelope *envelope)
{
	if (rule->correlation)
		return false;
	return event_logsource_fits(envelope, rule->product, rule->category, rule->service);
}

/* ---- names that rules use: whatever else an event says makes no difference ---- */

static uint64_t hash_name(enum logsource_part part, struct sv name)
{
	return sv_hash(name) ^ UINT64_C(0x9E3779B97F4A7C15) * part;
}

static void learn(struct ruleset *ruleset, enum logsource_part part, struct sv name)
{
	size_t slot = hash_name(part, name);

	if (name.n == 0)
		return;
	for (;; slot++) {
		struct logsource_name *known =
			&ruleset->logsource[slot &= ruleset->logsource_size - 1];

		if (known->name.n > 0 && known->part == part && sv_eq(known->name, name))
			return;
		if (known->name.n > 0)
			continue;
		*known = (struct logsource_name){ name, part };
		return;
	}
}

static struct sv known_name(const struct ruleset *ruleset, enum logsource_part part, struct sv name)
{
	size_t slot = hash_name(part, name);

	if (name.n == 0)
		return SV("");
	for (;; slot++) {
		const struct logsource_name *known =
			&ruleset->logsource[slot &= ruleset->logsource_size - 1];

		if (known->name.n == 0)
			return SV("");
		if (known->part == part && sv_eq(known->name, name))
			return known->name;
	}
}

void plans_prepare(struct ruleset *ruleset)
{
	size_t size = 16;

	while (size < 8 * ruleset->rule_count)
		size *= 2;
	ruleset->logsource_size = size;
	ruleset->logsource = mem_zalloc(size * sizeof *ruleset->logsource);
	for (size_t i = 0; i < ruleset->rule_count; i++) {
		const struct rule *rule = &ruleset->rule[i].face;

		learn(ruleset, LOGSOURCE_PRODUCT, rule->product);
		learn(ruleset, LOGSOURCE_CATEGORY, rule->category);
		learn(ruleset, LOGSOURCE_SERVICE, rule->service);
	}
}

/* ---- making one ---- */

struct atom {
	struct witness witness;
	uint32_t rule;
};

static int by_witness(const void *a, const void *b)
{
	const struct atom *x = a, *y = b;
	int order;

	if (x->witness.field != y->witness.field)
		return x->witness.field > y->witness.field ? 1 : -1;
	if (x->witness.kind != y->witness.kind)
		return x->witness.kind > y->witness.kind ? 1 : -1;
	order = sv_cmp(x->witness.text, y->witness.text);
	return order ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

static bool same_witness(const struct atom *x, const struct atom *y)
{
	return x->witness.field == y->witness.field && x->witness.kind == y->witness.kind &&
	       sv_eq(x->witness.text, y->witness.text);
}

struct maker {
	const struct ruleset *ruleset;
	struct plan *plan;
	struct atom *atom;
	size_t count, room;
	uint32_t *rule, *always;
};

static void add_atoms(struct maker *maker, uint32_t rule, struct witnesses set)
{
	for (size_t i = 0; i < set.count; i++) {
		if (maker->count == maker->room) {
			maker->room = maker->room ? maker->room * 2 : 256;
			maker->atom = mem_realloc(maker->atom, maker->room, sizeof *maker->atom);
		}
		maker->atom[maker->count++] = (struct atom){ set.witness[i], rule };
	}
	free(set.witness);
}

static void add_rule(struct maker *maker, uint32_t number)
{
	struct plan *plan = maker->plan;
	const uint32_t root = maker->ruleset->rule[number].root;
	struct witnesses set[2];
	const size_t sets = witnesses_pair(maker->ruleset, root, plan->arena, set);

	maker->rule[plan->rule_count++] = number;
	if (sets == 0) {
		maker->always[plan->always_count++] = number;
		add_atoms(maker, number | PLAN_BLOCKS,
			  blockers_of(maker->ruleset, root, plan->arena));
		return;
	}
	add_atoms(maker, number | (sets == 1 ? PLAN_BOTH : PLAN_FIRST), set[0]);
	if (sets == 2)
		add_atoms(maker, number | PLAN_SECOND, set[1]);
}

/* Atoms first … last (without) are of one field. */
static const struct literal_set *make_set(const struct maker *maker, size_t from, size_t to,
					  const uint32_t *number)
{
	struct literal *literal = mem_alloc((to - from) * sizeof *literal);
	const struct literal_set *set;
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		if (i == from || !same_witness(&maker->atom[i - 1], &maker->atom[i]))
			literal[n++] = (struct literal){ maker->atom[i].witness.kind,
							 maker->atom[i].witness.text, number[i] };
	set = literal_set_new(maker->plan->arena, literal, n);
	free(literal);
	return set;
}

/* Numbers equal witnesses alike and lists the rules of each. */
static bool number_atoms(struct maker *maker, uint32_t *number)
{
	struct plan *plan = maker->plan;
	uint32_t *first = arena_alloc(plan->arena, (maker->count + 1) * sizeof *first);
	uint32_t *candidate = arena_alloc(plan->arena, (maker->count + 1) * sizeof *candidate);
	uint32_t atoms = 0;

	if (!first || !candidate)
		return false;
	for (size_t i = 0; i < maker->count; i++) {
		if (i == 0 || !same_witness(&maker->atom[i - 1], &maker->atom[i]))
			first[atoms++] = (uint32_t)i;
		number[i] = atoms - 1;
		candidate[i] = maker->atom[i].rule;
	}
	first[atoms] = (uint32_t)maker->count;
	plan->first = first;
	plan->candidate = candidate;
	return true;
}

static bool make_sets(struct maker *maker)
{
	struct plan *plan = maker->plan;
	const size_t fields = maker->ruleset->field_count;
	uint32_t *set_of = arena_zalloc(plan->arena, fields + 1, sizeof *set_of);
	struct plan_field *field = arena_alloc(plan->arena, (fields + 1) * sizeof *field);
	uint32_t *number = mem_alloc((maker->count + 1) * sizeof *number);
	bool sound = set_of && field && number_atoms(maker, number);

	for (size_t from = 0, to; sound && from < maker->count; from = to) {
		const uint32_t of = maker->atom[from].witness.field;
		const struct literal_set *set;

		for (to = from; to < maker->count && maker->atom[to].witness.field == of;)
			to++;
		set = make_set(maker, from, to, number);
		sound = set != NULL;
		if (of == WITNESS_KEYWORD) {
			plan->keyword = set;
			continue;
		}
		field[plan->field_count++] = (struct plan_field){ of, set };
		set_of[of] = (uint32_t)plan->field_count;
	}
	plan->set_of = set_of;
	plan->field = field;
	free(number);
	return sound;
}

static void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	arena_free(plan->arena);
	free(plan);
}

static_assert(DETECT_RULES_MAX < PLAN_FIRST, "a rule's number leaves room for the mark");

static struct plan *plan_new(const struct ruleset *ruleset, const struct event_envelope *envelope)
{
	struct plan *plan = mem_zalloc(sizeof *plan);
	struct maker maker = { .ruleset = ruleset, .plan = plan };
	bool sound;

	plan->arena = arena_new(PLAN_BYTES_MAX);
	plan->product = envelope->product;
	plan->category = envelope->category;
	plan->service = envelope->service;
	maker.rule = arena_alloc(plan->arena, (ruleset->rule_count + 1) * sizeof *maker.rule);
	maker.always = arena_alloc(plan->arena, (ruleset->rule_count + 1) * sizeof *maker.always);
	plan->rule = maker.rule;
	plan->always = maker.always;
	for (uint32_t i = 0; i < ruleset->rule_count; i++)
		if (plan_routes(&ruleset->rule[i].face, envelope))
			add_rule(&maker, i);
	if (maker.count > 0)
		qsort(maker.atom, maker.count, sizeof *maker.atom, by_witness);
	sound = make_sets(&maker);
	free(maker.atom);
	if (sound)
		return plan;
	plan_free(plan);
	return NULL;
}

/* ---- finding ---- */

bool plan_is_for(const struct plan *plan, const struct event_envelope *known)
{
	return sv_eq(plan->product, known->product) && sv_eq(plan->category, known->category) &&
	       sv_eq(plan->service, known->service);
}

/* The plan, or where it would be put. */
static const struct plan *find(struct ruleset *ruleset, const struct event_envelope *known,
			       size_t *ret_slot)
{
	size_t slot = sv_hash(known->product) * 31 + sv_hash(known->category) * 7 +
		      sv_hash(known->service);

	for (;; slot++) {
		const struct plan *plan = atomic_load_explicit(&ruleset->plan[slot %= PLANS_MAX],
							       memory_order_acquire);

		*ret_slot = slot;
		if (!plan || plan_is_for(plan, known))
			return plan;
	}
}

const struct plan *plan_for(struct ruleset *ruleset, const struct event_envelope *envelope)
{
	struct event_envelope known = {
		.product = known_name(ruleset, LOGSOURCE_PRODUCT, envelope->product),
		.category = known_name(ruleset, LOGSOURCE_CATEGORY, envelope->category),
		.service = known_name(ruleset, LOGSOURCE_SERVICE, envelope->service),
	};
	const struct plan *plan;
	struct plan *made;
	size_t slot;

	if (known.category.n == 0)
		known.category = known_name(ruleset, LOGSOURCE_CATEGORY,
					    event_category_parent(envelope->category));
	/* No rule says these names, but wider ones perhaps. */
	if (known.category.n == 0)
		known.category = event_logsource_name(envelope->category);
	if (known.service.n == 0)
		known.service = event_logsource_name(envelope->service);
	plan = find(ruleset, &known, &slot);
	if (plan)
		return plan;
	pthread_mutex_lock(&ruleset->plan_lock);
	plan = find(ruleset, &known, &slot);
	if (!plan && ruleset->plan_count < PLANS_USED_MAX) {
		made = plan_new(ruleset, &known);
		if (made) {
			ruleset->plan_count++;
			atomic_store_explicit(&ruleset->plan[slot], made, memory_order_release);
			plan = made;
		}
	}
	pthread_mutex_unlock(&ruleset->plan_lock);
	return plan;
}

void plans_free(struct ruleset *ruleset)
{
	for (size_t i = 0; i < PLANS_MAX; i++)
		plan_free(atomic_load_explicit(&ruleset->plan[i], memory_order_relaxed));
}
