#include <stdlib.h>

#include "base/mem.h"
#include "detect/internal.h"
#include "detect/rarity.h"

/* What is guessed of a node: how often it holds, and what it costs to know. */
struct guess {
	double share, cost;
};

struct compiler {
	struct ruleset *ruleset;
	struct guess *guess;
	size_t node_room, child_count, child_room;
	uint32_t *table;
	size_t table_size;
};

/* ---- guesses ---- */

static double share_of(const struct matcher *matcher)
{
	switch ((enum matcher_kind)matcher->kind) {
	case MATCH_EXACT: return rarity_of(LITERAL_EXACT, matcher->literal);
	case MATCH_PREFIX: return rarity_of(LITERAL_PREFIX, matcher->literal);
	case MATCH_SUFFIX: return rarity_of(LITERAL_SUFFIX, matcher->literal);
	case MATCH_CONTAINS: return rarity_of(LITERAL_CONTAINS, matcher->literal);
	case MATCH_ANY: return 0.9;
	case MATCH_NULL:
	case MATCH_EXISTS: return 0.5;
	default: return 0.05;
	}
}

static double cost_of(const struct matcher *matcher)
{
	switch ((enum matcher_kind)matcher->kind) {
	case MATCH_CONTAINS: return 3;
	case MATCH_GLOB: return 6;
	case MATCH_REGEX: return 40;
	case MATCH_NETWORK:
	case MATCH_NUMBER: return 8;
	default: return 1;
	}
}

static struct guess guess_item(const struct item *item)
{
	struct guess guess = { 0, item->set ? 8 : 0 };

	for (size_t i = 0; i < item->count; i++) {
		guess.share += share_of(&item->matcher[i]);
		if (!item->set)
			guess.cost += cost_of(&item->matcher[i]);
	}
	if (item->all && item->group_count > 1)
		guess.share = 0.01;
	if (item_is_keyword(item))
		guess.cost *= 30;
	guess.share = guess.share < 0.95 ? guess.share : 0.95;
	if (item->neq)
		guess.share = 1 - guess.share;
	return guess;
}

static struct guess guess_node(const struct compiler *compiler, enum node_kind kind,
			       const uint32_t *child, size_t count)
{
	struct guess guess = { 1, 0 };
	double reached = 1;

	for (size_t i = 0; i < count; i++) {
		const struct guess one = compiler->guess[child[i]];

		guess.cost += reached * one.cost;
		reached *= kind == NODE_OR ? 1 - one.share : one.share;
	}
	guess.share = kind == NODE_AND	? reached
		      : kind == NODE_OR ? 1 - reached
					: 1 - compiler->guess[child[0]].share;
	return guess;
}

/* ---- nodes ---- */

static uint64_t hash_node(enum node_kind kind, const uint32_t *child, size_t count)
{
	uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) * (kind + 1);

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ child[i]) * UINT64_C(0xD6E8FEB86659FD93);
	return hash ^ hash >> 32;
}

static void rehash(struct compiler *compiler)
{
	const struct ruleset *ruleset = compiler->ruleset;

	compiler->table_size *= 2;
	free(compiler->table);
	compiler->table = mem_zalloc(compiler->table_size * sizeof *compiler->table);
	for (size_t i = ruleset->item_count; i < ruleset->node_count; i++) {
		const struct node *node = &ruleset->node[i];
		size_t slot = hash_node((enum node_kind)node->kind, ruleset->child + node->first,
					node->count);

		while (compiler->table[slot &= compiler->table_size - 1])
			slot++;
		compiler->table[slot] = (uint32_t)i + 1;
	}
}

static uint32_t node_add(struct compiler *compiler, struct node node, struct guess guess)
{
	struct ruleset *ruleset = compiler->ruleset;

	if (ruleset->node_count == compiler->node_room) {
		compiler->node_room *= 2;
		ruleset->node =
			mem_realloc(ruleset->node, compiler->node_room, sizeof *ruleset->node);
		compiler->guess =
			mem_realloc(compiler->guess, compiler->node_room, sizeof *compiler->guess);
	}
	ruleset->node[ruleset->node_count] = node;
	compiler->guess[ruleset->node_count] = guess;
	return (uint32_t)ruleset->node_count++;
}

static uint32_t node_of(struct compiler *compiler, enum node_kind kind, const uint32_t *child,
			size_t count)
{
	struct ruleset *ruleset = compiler->ruleset;
	size_t slot = hash_node(kind, child, count);
	uint32_t number;

	if (2 * (ruleset->node_count + 1) > compiler->table_size)
		rehash(compiler);
	for (;; slot++) {
		const struct node *node;

		number = compiler->table[slot &= compiler->table_size - 1];
		if (number == 0)
			break;
		node = &ruleset->node[number - 1];
		if (node->kind == kind && node->count == count &&
		    memcmp(ruleset->child + node->first, child, count * sizeof *child) == 0)
			return number - 1;
	}
	while (compiler->child_count + count > compiler->child_room) {
		compiler->child_room = compiler->child_room ? compiler->child_room * 2 : 4096;
		ruleset->child =
			mem_realloc(ruleset->child, compiler->child_room, sizeof *ruleset->child);
	}
	memcpy(ruleset->child + compiler->child_count, child, count * sizeof *child);
	number = node_add(compiler,
			  (struct node){ (uint8_t)kind, (uint32_t)count,
					 (uint32_t)compiler->child_count },
			  guess_node(compiler, kind, child, count));
	compiler->child_count += count;
	compiler->table[slot] = number + 1;
	return number;
}

/* ---- conditions become nodes ---- */

struct list {
	uint32_t *node;
	size_t count, room;
};

static void push(struct list *list, uint32_t node)
{
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 16;
		list->node = mem_realloc(list->node, list->room, sizeof *list->node);
	}
	list->node[list->count++] = node;
}

struct order {
	double key;
	uint32_t node;
};

static int by_key(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? 1 : -1;
	return (x->node > y->node) - (x->node < y->node);
}

/* Joins the list, cheap and decisive ones first, each once. Takes the list's memory. */
static uint32_t join(struct compiler *compiler, enum node_kind kind, struct list *list)
{
	struct order *order = mem_alloc((list->count + 1) * sizeof *order);
	size_t n = 0;
	uint32_t node;

	for (size_t i = 0; i < list->count; i++) {
		const struct guess guess = compiler->guess[list->node[i]];
		const double decides = kind == NODE_AND ? 1 - guess.share : guess.share;

		order[i] = (struct order){ guess.cost / (decides + 0.001), list->node[i] };
	}
	qsort(order, list->count, sizeof *order, by_key);
	for (size_t i = 0; i < list->count; i++)
		if (n == 0 || order[i].node != list->node[n - 1])
			list->node[n++] = order[i].node;
	node = n == 1 ? list->node[0] : node_of(compiler, kind, list->node, n);
	free(order);
	free(list->node);
	return node;
}

/* Children of the same kind become members themselves. */
static void push_flat(const struct compiler *compiler, struct list *list, enum node_kind kind,
		      uint32_t number)
{
	const struct node node = compiler->ruleset->node[number];

	if (node.kind != kind) {
		push(list, number);
		return;
	}
	for (size_t i = 0; i < node.count; i++)
		push(list, compiler->ruleset->child[node.first + i]);
}

static uint32_t compile_search(struct compiler *compiler, const struct search *search)
{
	struct list any = { NULL, 0, 0 };

	for (size_t i = 0; i < search->count; i++) {
		const struct alternative *alternative = &search->alternative[i];
		struct list all = { NULL, 0, 0 };

		for (size_t k = 0; k < alternative->count; k++)
			push(&all, alternative->item[k]->number);
		push_flat(compiler, &any, NODE_OR, join(compiler, NODE_AND, &all));
	}
	return join(compiler, NODE_OR, &any);
}

static uint32_t compile(struct compiler *compiler, const struct rule_body *rule,
			const struct condition *condition)
{
	const enum node_kind kind = condition->kind == CONDITION_AND ? NODE_AND : NODE_OR;
	struct list list = { NULL, 0, 0 };
	uint32_t child;

	if (condition->kind == CONDITION_SEARCH)
		return compile_search(compiler, &rule->search[condition->search]);
	if (condition->kind == CONDITION_NOT) {
		child = compile(compiler, rule, condition->child[0]);
		if (compiler->ruleset->node[child].kind == NODE_NOT)
			return compiler->ruleset->child[compiler->ruleset->node[child].first];
		return node_of(compiler, NODE_NOT, &child, 1);
	}
	for (size_t i = 0; i < condition->count; i++)
		push_flat(compiler, &list, kind, compile(compiler, rule, condition->child[i]));
	return join(compiler, kind, &list);
}

void expressions_compile(struct ruleset *ruleset)
{
	struct compiler compiler = { .ruleset = ruleset,
				     .node_room = ruleset->item_count + 64,
				     .table_size = 4096 };

	ruleset->node = mem_alloc(compiler.node_room * sizeof *ruleset->node);
	compiler.guess = mem_alloc(compiler.node_room * sizeof *compiler.guess);
	compiler.table = mem_zalloc(compiler.table_size * sizeof *compiler.table);
	for (size_t i = 0; i < ruleset->item_count; i++)
		node_add(&compiler, (struct node){ NODE_ITEM, 0, (uint32_t)i },
			 guess_item(ruleset->item[i]));
	for (size_t i = 0; i < ruleset->rule_count; i++)
		if (!ruleset->rule[i].correlation)
			ruleset->rule[i].root =
				compile(&compiler, &ruleset->rule[i], ruleset->rule[i].condition);
	ruleset->child_count = compiler.child_count;
	free(compiler.guess);
	free(compiler.table);
}
