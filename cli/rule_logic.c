/*
 * Can a rule match at all, and does it say anything? The condition is written
 * out into the ways in which it can hold (each a set of items that must be true
 * or false) and every way is looked at: do two of its items exclude each other?
 *
 * Fields are taken to have one value, as almost all have.
 */
#include <string.h>

#include "base/text.h"
#include "cli/rule_lint.h"
#include "detect/condition.h"

#define SHORT_PATTERN_MAX 1 /* bytes of a text that almost any other holds */

enum shape {
	SHAPE_EXACT,
	SHAPE_PREFIX,
	SHAPE_SUFFIX,
	SHAPE_CONTAINS,
	SHAPE_OTHER,
	SHAPE_NULL,
	SHAPE_ANY
};

struct value {
	enum shape shape;
	struct sv text; /* without wildcards at its ends, ASCII folded */
	const struct yaml_node *node;
};

struct item {
	struct sv field, modifiers;
	uint32_t line, column;
	bool all, neq, cased;
	struct value *value;
	size_t count;
};

/* Items first … first + count must hold together. */
struct part {
	size_t search, first, count;
};

struct logic {
	struct lint_list *list;
	struct arena *arena;
	struct item *item;
	size_t items;
	struct part *part;
	size_t parts;
	uint64_t compared; /* pairs of values */
	bool failed;	   /* too large to be looked at */
};

/* One way: for each item 1 (true), -1 (false) or 0. */
struct ways {
	int8_t *sign; /* count × items */
	size_t count;
};

/* ---- values ---- */

static struct sv fold(struct arena *arena, struct sv text)
{
	struct sv copy = arena_dup(arena, text);
	char *p = (char *)(uintptr_t)copy.p;

	for (size_t i = 0; p && i < copy.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] += 32;
	return copy;
}

static bool has(struct sv modifiers, const char *name)
{
	while (modifiers.n > 0)
		if (sv_eq(sv_cut(&modifiers, '|'), sv_from(name)))
			return true;
	return false;
}

/* Whether the text means itself: no wildcard, no escape of one. */
static bool is_literal(struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '*' || text.p[i] == '?')
			return false;
		if (text.p[i] == '\\' && i + 1 < text.n && text.p[i + 1] == '\\')
			return false;
	}
	return true;
}

static enum shape shape_of(struct sv modifiers)
{
	struct sv rest = modifiers;
	enum shape shape = SHAPE_EXACT;

	while (rest.n > 0) {
		const struct sv name = sv_cut(&rest, '|');

		if (sv_eq(name, SV("contains")))
			shape = SHAPE_CONTAINS;
		else if (sv_eq(name, SV("startswith")))
			shape = SHAPE_PREFIX;
		else if (sv_eq(name, SV("endswith")))
			shape = SHAPE_SUFFIX;
		else if (!sv_eq(name, SV("all")) && !sv_eq(name, SV("cased")) &&
			 !sv_eq(name, SV("neq")))
			return SHAPE_OTHER;
	}
	return shape;
}

/* Wildcards at the ends are the same as modifiers. */
static struct value take_value(struct logic *logic, struct sv modifiers,
			       const struct yaml_node *node)
{
	enum shape shape = shape_of(modifiers);
	struct sv text = node->text;
	bool yes;

	if (has(modifiers, "exists"))
		return (struct value){ yaml_to_bool(node, &yes) && !yes ? SHAPE_NULL : SHAPE_ANY,
				       text, node };
	if (yaml_is_null(node))
		return (struct value){ SHAPE_NULL, text, node };
	if (has(modifiers, "re") && lint_is_all_regex(text))
		return (struct value){ SHAPE_ANY, text, node };
	if (shape != SHAPE_OTHER) {
		const bool first = text.n > 0 && text.p[0] == '*';
		const bool last =
			text.n > 1 && text.p[text.n - 1] == '*' && text.p[text.n - 2] != '\\';

		text = sv_slice(text, first, text.n - (last ? 1 : 0));
		if (first && (shape == SHAPE_EXACT || shape == SHAPE_PREFIX))
			shape = shape == SHAPE_EXACT ? SHAPE_SUFFIX : SHAPE_CONTAINS;
		if (last && (shape == SHAPE_EXACT || shape == SHAPE_SUFFIX))
			shape = shape == SHAPE_EXACT ? SHAPE_PREFIX : SHAPE_CONTAINS;
		if (text.n == 0 && (first || shape != SHAPE_EXACT))
			shape = SHAPE_ANY;
		else if (!is_literal(text))
			shape = SHAPE_OTHER;
	}
	return (struct value){ shape, fold(logic->arena, shape == SHAPE_OTHER ? node->text : text),
			       node };
}

/* ---- reading the searches ---- */

static void take_item(struct logic *logic, struct sv key, uint32_t line, uint32_t column,
		      const struct yaml_node *node)
{
	struct sv rest = key;
	struct item *item;

	if (logic->items == LINT_ITEMS_MAX) {
		logic->failed = true;
		return;
	}
	item = &logic->item[logic->items++];
	*item = (struct item){ .line = line, .column = column };
	item->field = sv_cut(&rest, '|');
	item->modifiers = rest;
	item->all = has(rest, "all");
	item->neq = has(rest, "neq");
	item->cased = has(rest, "cased") || has(rest, "re");
	item->count = node->kind == YAML_LIST ? node->count : node->kind == YAML_SCALAR;
	item->value = arena_alloc(logic->arena, (item->count + 1) * sizeof *item->value);
	for (size_t i = 0; item->value && i < item->count; i++) {
		const struct yaml_node *value = node->kind == YAML_LIST ? node->item[i] : node;

		if (value->kind != YAML_SCALAR) {
			item->count = i;
			return;
		}
		item->value[i] = take_value(logic, rest, value);
		lint_value(logic->list, item->field, rest, value);
	}
	logic->failed |= !item->value;
}

static void take_part(struct logic *logic, size_t search, const struct yaml_node *node)
{
	struct part *part;

	if (logic->parts == LINT_ITEMS_MAX) {
		logic->failed = true;
		return;
	}
	part = &logic->part[logic->parts++];
	*part = (struct part){ search, logic->items, 0 };
	if (node->kind == YAML_MAP)
		for (size_t i = 0; i < node->count; i++)
			take_item(logic, node->pair[i].key, node->pair[i].key_line,
				  node->pair[i].key_column, node->pair[i].value);
	else
		take_item(logic, SV(""), node->line, node->column, node);
	part->count = logic->items - part->first;
}

/* A list of maps is one part for each; texts are keywords, one part together. */
static void take_search(struct logic *logic, size_t search, const struct yaml_node *node)
{
	bool has_texts = false;

	if (node->kind != YAML_LIST) {
		take_part(logic, search, node);
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		if (node->item[i]->kind == YAML_MAP)
			take_part(logic, search, node->item[i]);
		else
			has_texts = true;
	}
	if (has_texts)
		take_part(logic, search, node);
}

/* ---- which items exclude each other ---- */

static bool fits(struct sv text, const struct value *value)
{
	switch (value->shape) {
	case SHAPE_EXACT: return sv_eq(text, value->text);
	case SHAPE_PREFIX: return sv_starts(text, value->text);
	case SHAPE_SUFFIX: return sv_ends(text, value->text);
	case SHAPE_CONTAINS: return sv_find(text, value->text, 0) != SIZE_MAX;
	case SHAPE_NULL: return false;
	default: return true;
	}
}

/* Whether no text is both. */
static bool exclude(const struct value *a, const struct value *b)
{
	if ((a->shape == SHAPE_NULL) != (b->shape == SHAPE_NULL))
		return true;
	if (a->shape == SHAPE_EXACT)
		return b->shape <= SHAPE_CONTAINS && !fits(a->text, b);
	if (b->shape == SHAPE_EXACT)
		return a->shape <= SHAPE_CONTAINS && !fits(b->text, a);
	if (a->shape == SHAPE_PREFIX && b->shape == SHAPE_PREFIX)
		return !sv_starts(a->text, b->text) && !sv_starts(b->text, a->text);
	if (a->shape == SHAPE_SUFFIX && b->shape == SHAPE_SUFFIX)
		return !sv_ends(a->text, b->text) && !sv_ends(b->text, a->text);
	return false;
}

/* Whether every text that is a is b too. */
static bool implies(const struct value *a, const struct value *b)
{
	if (b->shape == SHAPE_ANY)
		return a->shape != SHAPE_NULL;
	if (a->shape == SHAPE_NULL || b->shape == SHAPE_NULL)
		return a->shape == b->shape;
	if (a->shape == SHAPE_OTHER || b->shape == SHAPE_OTHER || a->shape == SHAPE_ANY)
		return false;
	if (a->shape == SHAPE_EXACT)
		return fits(a->text, b);
	if (b->shape == SHAPE_CONTAINS)
		return sv_find(a->text, b->text, 0) != SIZE_MAX;
	return a->shape == b->shape && fits(a->text, b);
}

static bool is_same(const struct item *a, const struct item *b)
{
	if (!sv_eq_case(a->field, b->field) || !sv_eq(a->modifiers, b->modifiers) ||
	    a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->value[i].shape != b->value[i].shape ||
		    !sv_eq(a->value[i].node->text, b->value[i].node->text))
			return false;
	return true;
}

/* Whether this value of a true item cannot be where `other` is true, or false. */
static bool is_ruled_out(const struct value *value, const struct item *item,
			 const struct item *other, bool is_true)
{
	size_t n = 0;

	if (!is_true) {
		/* Of all of several texts, one may be missing. */
		if (other->all || (other->cased && !item->cased))
			return false;
		for (size_t i = 0; i < other->count; i++)
			n += implies(value, &other->value[i]);
		return n > 0;
	}
	for (size_t i = 0; i < other->count; i++)
		n += exclude(value, &other->value[i]);
	return other->all ? n > 0 : n == other->count && n > 0;
}

/* Whether item, which must be true, cannot be so beside the other. */
static bool conflict(struct logic *logic, const struct item *item, const struct item *other,
		     bool other_is_true)
{
	size_t out = 0;

	logic->compared += 1 + (uint64_t)item->count * other->count;
	if (logic->compared > LINT_COMPARISONS_MAX) {
		logic->failed = true;
		return false;
	}
	if (!other_is_true && is_same(item, other))
		return true;
	if (item->field.n == 0 || !sv_eq_case(item->field, other->field) || item->count == 0)
		return false;
	for (size_t i = 0; i < item->count; i++)
		out += is_ruled_out(&item->value[i], item, other, other_is_true);
	return item->all ? out > 0 : out == item->count;
}

/* The first two items of a way that exclude each other. */
static bool find_conflict(struct logic *logic, const int8_t *sign, const struct item **ret_a,
			  const struct item **ret_b)
{
	for (size_t i = 0; i < logic->items; i++) {
		const struct item *a = &logic->item[i];

		for (size_t k = 0; sign[i] != 0 && !logic->failed && k < logic->items; k++) {
			const struct item *b = &logic->item[k];

			/* neq turns an item round. */
			if (sign[k] == 0 || (sign[i] > 0) == a->neq ||
			    (k == i && !(a->all && a->count > 1)))
				continue;
			if (!conflict(logic, a, b, (sign[k] > 0) != b->neq))
				continue;
			*ret_a = a;
			*ret_b = b;
			return true;
		}
	}
	return false;
}

/* ---- the condition, written out ---- */

static struct ways ways_new(struct logic *logic, size_t count)
{
	struct ways ways = { NULL, 0 };

	if (count <= LINT_TERMS_MAX && !logic->failed)
		ways.sign = arena_zalloc(logic->arena, count * logic->items + 1, 1);
	if (ways.sign)
		ways.count = count;
	else
		logic->failed = true;
	return ways;
}

static struct ways either(struct logic *logic, struct ways a, struct ways b)
{
	struct ways ways = ways_new(logic, a.count + b.count);

	if (ways.sign && a.count > 0)
		memcpy(ways.sign, a.sign, a.count * logic->items);
	if (ways.sign && b.count > 0)
		memcpy(ways.sign + a.count * logic->items, b.sign, b.count * logic->items);
	return ways;
}

/* An item that would have to be true and false drops the way. */
static struct ways both(struct logic *logic, struct ways a, struct ways b)
{
	struct ways ways = ways_new(logic, a.count * b.count);
	size_t n = 0;

	for (size_t i = 0; ways.sign && i < a.count; i++)
		for (size_t k = 0; k < b.count; k++) {
			int8_t *sign = ways.sign + n * logic->items;
			bool is_good = true;

			for (size_t x = 0; x < logic->items; x++) {
				const int8_t p = a.sign[i * logic->items + x],
					     q = b.sign[k * logic->items + x];

				is_good &= p == 0 || q == 0 || p == q;
				sign[x] = p ? p : q;
			}
			n += is_good;
		}
	ways.count = n;
	return ways;
}

static struct ways of_item(struct logic *logic, size_t item, bool is_true)
{
	struct ways ways = ways_new(logic, 1);

	if (ways.sign)
		ways.sign[item] = is_true ? 1 : -1;
	return ways;
}

static struct ways of_part(struct logic *logic, const struct part *part, bool is_true)
{
	struct ways ways = ways_new(logic, is_true ? 1 : 0);

	for (size_t i = 0; i < part->count; i++) {
		const struct ways one = of_item(logic, part->first + i, is_true);

		ways = is_true ? both(logic, ways, one) : either(logic, ways, one);
	}
	return ways;
}

static struct ways of_search(struct logic *logic, size_t search, bool is_true)
{
	struct ways ways = ways_new(logic, is_true ? 0 : 1);

	for (size_t i = 0; i < logic->parts; i++) {
		struct ways one;

		if (logic->part[i].search != search)
			continue;
		one = of_part(logic, &logic->part[i], is_true);
		ways = is_true ? either(logic, ways, one) : both(logic, ways, one);
	}
	return ways;
}

static struct ways of_condition(struct logic *logic, const struct condition *condition,
				bool is_true)
{
	const bool is_and = (condition->kind == CONDITION_AND) == is_true;
	struct ways ways;

	if (condition->kind == CONDITION_SEARCH)
		return of_search(logic, condition->search, is_true);
	if (condition->kind == CONDITION_NOT)
		return of_condition(logic, condition->child[0], !is_true);
	ways = ways_new(logic, is_and ? 1 : 0);
	for (size_t i = 0; i < condition->count && !logic->failed; i++) {
		const struct ways one = of_condition(logic, condition->child[i], is_true);

		ways = is_and ? both(logic, ways, one) : either(logic, ways, one);
	}
	return ways;
}

/* ---- judgement ---- */

/* Files of this kind, a drive, a single character: most events have it. */
static bool is_broad_value(const struct value *value)
{
	static const char *const common[] = { ".exe", ".dll", "exe", "c:\\", "c:", "/", "\\" };

	if (value->shape == SHAPE_ANY || value->shape == SHAPE_NULL)
		return true;
	if (value->shape == SHAPE_EXACT || value->shape == SHAPE_OTHER)
		return false;
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (sv_eq(value->text, sv_from(common[i])))
			return true;
	return value->shape == SHAPE_CONTAINS && value->text.n <= SHORT_PATTERN_MAX;
}

/* One broad value of several makes the item broad, unless all are asked for. */
static bool is_broad(const struct item *item)
{
	size_t broad = 0;

	for (size_t i = 0; i < item->count; i++)
		broad += is_broad_value(&item->value[i]);
	return item->all ? broad == item->count : broad > 0 || item->count == 0;
}

static bool says_something(const struct logic *logic, const int8_t *sign)
{
	for (size_t i = 0; i < logic->items; i++)
		if (sign[i] != 0 && (sign[i] > 0) != logic->item[i].neq &&
		    !is_broad(&logic->item[i]))
			return true;
	return false;
}

/* Returns whether the rule can match. */
static bool judge(struct logic *logic, struct ways ways, const struct yaml_node *condition)
{
	const struct item *a = NULL, *b = NULL;
	size_t possible = 0, empty = 0;

	for (size_t i = 0; i < ways.count; i++) {
		const int8_t *sign = ways.sign + i * logic->items;

		if (find_conflict(logic, sign, &a, &b))
			continue;
		possible++;
		empty += !says_something(logic, sign);
	}
	if (logic->failed)
		return true;
	if (possible == 0 && a)
		lint_add(
			logic->list, "never-matches", LINT_WARNING, a->line, a->column,
			_("the rule can never match: '%.*s' here and in line %u exclude each other"),
			SV_ARG(a->field), b->line);
	else if (possible == 0)
		lint_add(
			logic->list, "never-matches", LINT_WARNING, condition->line,
			condition->column, "%s",
			_("the rule can never match: the condition asks for something and for its opposite"));
	else if (empty > 0)
		lint_add(logic->list, "too-broad", LINT_WARNING, condition->line, condition->column,
			 "%s", _("the condition holds for almost every event of the logsource"));
	return possible > 0;
}

/* Alternatives that cannot hold by themselves, where the rule as a whole can. */
static void judge_parts(struct logic *logic)
{
	for (size_t i = 0; i < logic->parts && !logic->failed; i++) {
		const struct item *a, *b;
		const struct ways ways = of_part(logic, &logic->part[i], true);

		if (ways.count == 1 && find_conflict(logic, ways.sign, &a, &b) && !logic->failed)
			lint_add(logic->list, "contradiction", LINT_WARNING, a->line, a->column,
				 _("this and '%.*s' in line %u exclude each other"),
				 SV_ARG(b->field), b->line);
	}
}

static bool judge_condition(struct logic *logic, const struct yaml_node *condition,
			    const struct sv *name, size_t names)
{
	struct err err = ERR_INIT;
	size_t at;
	const struct condition *parsed =
		condition->kind == YAML_SCALAR
			? condition_parse(logic->arena, condition->text, name, names, &at, &err)
			: NULL;
	struct ways ways;
	bool is_possible = true;

	if (!parsed)
		return true;
	ways = of_condition(logic, parsed, true);
	if (!logic->failed)
		is_possible = judge(logic, ways, condition);
	/* What is left of the comparisons is for the alternatives, each by itself. */
	logic->failed = logic->compared > LINT_COMPARISONS_MAX;
	return is_possible;
}

void lint_logic(struct lint_list *list, struct arena *arena, const struct yaml_node *rule)
{
	const struct yaml_node *detection = yaml_get(rule, "detection"),
			       *condition = yaml_get(detection, "condition");
	struct logic logic = { .list = list, .arena = arena };
	struct sv *name;
	size_t names = 0;
	bool is_possible = true;

	if (!condition || detection->kind != YAML_MAP)
		return;
	name = arena_alloc(arena, (detection->count + 1) * sizeof *name);
	logic.item = arena_alloc(arena, LINT_ITEMS_MAX * sizeof *logic.item);
	logic.part = arena_alloc(arena, LINT_ITEMS_MAX * sizeof *logic.part);
	if (!name || !logic.item || !logic.part)
		return;
	for (size_t i = 0; i < detection->count; i++) {
		const struct yaml_pair *pair = &detection->pair[i];

		if (sv_eq(pair->key, SV("condition")) || sv_eq(pair->key, SV("timeframe")))
			continue;
		take_search(&logic, names, pair->value);
		name[names++] = pair->key;
	}
	if (logic.failed)
		return;
	if (condition->kind == YAML_LIST)
		for (size_t i = 0; i < condition->count; i++)
			is_possible &= judge_condition(&logic, condition->item[i], name, names);
	else
		is_possible = judge_condition(&logic, condition, name, names);
	if (is_possible)
		judge_parts(&logic);
}
