#include "detect/witness.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/fold.h"
#include "detect/rarity.h"

static const struct witnesses none = { NULL, 0, 1 };

static void drop(struct witnesses *set)
{
	free(set->witness);
	*set = none;
}

/* set becomes the union with other, which is taken; none where one is none or it gets too large. */
static void unite(struct witnesses *set, struct witnesses other)
{
	if (set->count == 0 || other.count == 0 || set->count + other.count > WITNESSES_MAX) {
		drop(set);
		drop(&other);
		return;
	}
	set->witness = mem_realloc(set->witness, set->count + other.count, sizeof *set->witness);
	memcpy(set->witness + set->count, other.witness, other.count * sizeof *set->witness);
	set->count += other.count;
	set->share += other.share;
	free(other.witness);
}

static void keep_rarer(struct witnesses *best, struct witnesses other)
{
	if (other.count == 0 || (best->count > 0 && best->share <= other.share)) {
		free(other.witness);
		return;
	}
	free(best->witness);
	*best = other;
}

static struct witnesses one(uint32_t field, enum literal_kind kind, struct sv text)
{
	struct witnesses set = { mem_alloc(sizeof *set.witness), 1, rarity_of(kind, text) };

	set.witness[0] = (struct witness){ field, kind, text };
	return set;
}

/*
 * Keywords are looked for in the raw line, where some characters are written
 * as escapes: the longest run of text without them.
 */
static struct witnesses keyword_run(struct sv text)
{
	struct sv best = SV_NONE;
	size_t from = 0;

	for (size_t i = 0; i <= text.n; i++) {
		const unsigned char c = i < text.n ? (unsigned char)text.p[i] : '"';

		if (c > ' ' - 1 && c < 0x7F && c != '"' && c != '\\' && c != '/')
			continue;
		if (i - from > best.n)
			best = sv_slice(text, from, i);
		from = i + 1;
	}
	return best.n > 0 ? one(WITNESS_KEYWORD, LITERAL_CONTAINS, best) : none;
}

static struct witnesses of_text(const struct item *item, enum literal_kind kind, struct sv text,
				struct arena *arena)
{
	if (item->cased)
		text = fold_dup(arena, text);
	if (!text.p)
		return none;
	if (item_is_keyword(item))
		return keyword_run(text);
	return one(item->field_number, kind, text);
}

static struct witnesses of_glob(const struct item *item, struct pattern glob, struct arena *arena)
{
	struct witnesses best = none;

	for (size_t i = 0; i < glob.count; i++) {
		const enum literal_kind kind = i == 0		     ? LITERAL_PREFIX
					       : i == glob.count - 1 ? LITERAL_SUFFIX
								     : LITERAL_CONTAINS;

		if (glob.token[i].kind == TOKEN_TEXT)
			keep_rarer(&best, of_text(item, kind, glob.token[i].text, arena));
	}
	return best;
}

static struct witnesses of_regex(const struct item *item, const struct regex *regex)
{
	const struct sv *text;
	const size_t count = regex_required(regex, &text);
	struct witnesses set = none;

	for (size_t i = 0; i < count; i++) {
		struct witnesses next =
			item_is_keyword(item) ? keyword_run(text[i])
					      : one(item->field_number, LITERAL_CONTAINS, text[i]);

		if (i == 0)
			set = next;
		else
			unite(&set, next);
	}
	return set;
}

static struct witnesses of_matcher(const struct item *item, const struct matcher *matcher,
				   struct arena *arena)
{
	switch ((enum matcher_kind)matcher->kind) {
	case MATCH_EXACT: return of_text(item, LITERAL_EXACT, matcher->literal, arena);
	case MATCH_PREFIX: return of_text(item, LITERAL_PREFIX, matcher->literal, arena);
	case MATCH_SUFFIX: return of_text(item, LITERAL_SUFFIX, matcher->literal, arena);
	case MATCH_CONTAINS: return of_text(item, LITERAL_CONTAINS, matcher->literal, arena);
	case MATCH_GLOB: return of_glob(item, matcher->glob, arena);
	case MATCH_REGEX: return of_regex(item, matcher->regex.program);
	default: return none;
	}
}

static struct witnesses of_item(const struct item *item, struct arena *arena)
{
	struct witnesses best = none, group = none;

	/* Matchers of one group follow each other; without `all` they are one group. */
	for (size_t i = 0; i < item->count; i++) {
		const struct matcher *matcher = &item->matcher[i];
		const bool begins = i == 0 || (item->all && matcher->group != matcher[-1].group);
		const bool ends =
			i + 1 == item->count || (item->all && matcher->group != matcher[1].group);
		struct witnesses next = of_matcher(item, matcher, arena);

		if (begins)
			group = next;
		else
			unite(&group, next);
		if (ends) {
			keep_rarer(&best, group);
			group = none;
		}
	}
	return best;
}

static struct witnesses of_node(const struct ruleset *ruleset, uint32_t number, bool positive,
				struct arena *arena)
{
	const struct node *node = &ruleset->node[number];
	const uint32_t *child = ruleset->child + node->first;
	struct witnesses set = none;

	switch ((enum node_kind)node->kind) {
	case NODE_ITEM:
		return ruleset->item[node->first]->neq != positive
			       ? of_item(ruleset->item[node->first], arena)
			       : none;
	case NODE_NOT: return of_node(ruleset, child[0], !positive, arena);
	case NODE_AND:
	case NODE_OR: break;
	}
	for (uint32_t i = 0; i < node->count; i++) {
		struct witnesses next = of_node(ruleset, child[i], positive, arena);

		if ((node->kind == NODE_AND) == positive)
			keep_rarer(&set, next);
		else if (i == 0)
			set = next;
		else
			unite(&set, next);
	}
	return set;
}

struct witnesses witnesses_of(const struct ruleset *ruleset, uint32_t node, struct arena *arena)
{
	return of_node(ruleset, node, true, arena);
}

/* From this share on a second set pays, where it is small and each of its texts rarer than that. */
#define COMMON_SHARE 0.1
#define SECOND_TEXT_SHARE 0.2
#define SECOND_COUNT_MAX 128

static bool is_fit_as_second(const struct witnesses *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (rarity_of(set->witness[i].kind, set->witness[i].text) > SECOND_TEXT_SHARE)
			return false;
	return set->count > 0 && set->count <= SECOND_COUNT_MAX;
}

size_t witnesses_pair(const struct ruleset *ruleset, uint32_t number, struct arena *arena,
		      struct witnesses ret[static 2])
{
	const struct node *node = &ruleset->node[number];
	struct witnesses best = none, second = none;

	if (node->kind != NODE_AND) {
		ret[0] = witnesses_of(ruleset, number, arena);
		return ret[0].count > 0;
	}
	for (uint32_t i = 0; i < node->count; i++) {
		struct witnesses next =
			witnesses_of(ruleset, ruleset->child[node->first + i], arena);

		if (next.count > 0 && (best.count == 0 || next.share < best.share)) {
			struct witnesses before = best;

			best = next;
			next = before;
		}
		if (is_fit_as_second(&next))
			keep_rarer(&second, next);
		else
			drop(&next);
	}
	ret[0] = best;
	if (best.count == 0 || best.share < COMMON_SHARE || second.count == 0) {
		drop(&second);
		return best.count > 0;
	}
	ret[1] = second;
	return 2;
}

static void keep_commoner(struct witnesses *best, struct witnesses other)
{
	if (other.count == 0 || other.share <= best->share) {
		free(other.witness);
		return;
	}
	free(best->witness);
	*best = other;
}

/* Texts each of which makes the item true. */
static struct witnesses sufficient_for_item(const struct item *item, struct arena *arena)
{
	struct witnesses set = { NULL, 0, 0 };

	if (item->neq || item->cased || item_is_keyword(item) || item->part != PART_NONE ||
	    (item->all && item->group_count > 1))
		return set;
	for (size_t i = 0; i < item->count; i++) {
		const struct matcher *matcher = &item->matcher[i];
		struct witnesses next;

		if (matcher->kind < MATCH_EXACT || matcher->kind > MATCH_CONTAINS)
			continue;
		next = of_matcher(item, matcher, arena);
		if (matcher->kind == MATCH_EXACT)
			next.share /= 10; /* a whole value is rarer than the guess says */
		if (set.count == 0) {
			free(set.witness);
			set = next;
		} else {
			unite(&set, next);
		}
		if (set.count == 0) /* too many */
			return (struct witnesses){ NULL, 0, 0 };
	}
	return set;
}

/* Likewise for a node: those of one of its items. */
static struct witnesses sufficient(const struct ruleset *ruleset, uint32_t number,
				   struct arena *arena)
{
	const struct node *node = &ruleset->node[number];
	struct witnesses best = { NULL, 0, 0 };

	if (node->kind == NODE_ITEM)
		return sufficient_for_item(ruleset->item[node->first], arena);
	for (uint32_t i = 0; node->kind == NODE_OR && i < node->count; i++)
		keep_commoner(&best, sufficient(ruleset, ruleset->child[node->first + i], arena));
	return best;
}

struct witnesses blockers_of(const struct ruleset *ruleset, uint32_t number, struct arena *arena)
{
	const struct node *node = &ruleset->node[number];
	struct witnesses best = { NULL, 0, 0 };

	if (node->kind == NODE_NOT)
		return sufficient(ruleset, ruleset->child[node->first], arena);
	for (uint32_t i = 0; node->kind == NODE_AND && i < node->count; i++)
		keep_commoner(&best, blockers_of(ruleset, ruleset->child[node->first + i], arena));
	return best;
}

size_t ruleset_witnesses(const struct ruleset *ruleset, size_t rule, struct arena *arena,
			 const struct rule_witness **ret)
{
	struct witnesses set = witnesses_of(ruleset, ruleset->rule[rule].root, arena);
	struct rule_witness *list = arena_alloc(arena, (set.count + 1) * sizeof *list);

	for (size_t i = 0; list && i < set.count; i++) {
		const struct witness *witness = &set.witness[i];

		list[i].text = witness->text;
		list[i].field = witness->field == WITNESS_KEYWORD
					? SV("")
					: ruleset->field[witness->field].name;
	}
	free(set.witness);
	*ret = list;
	return list ? set.count : 0;
}
