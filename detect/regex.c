#include "detect/regex_internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/fold.h"

/* Bounded, so that hostile repeats cannot overflow it. */
#define LENGTH_MAX ((size_t)1 << 24)

static size_t length_min(const struct regex_node *node)
{
	size_t sum = node->kind == REGEX_SET, least = LENGTH_MAX;

	for (const struct regex_node *child = node->child; child; child = child->next) {
		const size_t length = length_min(child);

		sum += length;
		least = length < least ? length : least;
	}
	if (node->kind == REGEX_ALTERNATE)
		sum = least;
	else if (node->kind == REGEX_REPEAT)
		sum *= node->min;
	return sum < LENGTH_MAX ? sum : LENGTH_MAX;
}

static bool is_anchored(const struct regex_node *node)
{
	const struct regex_node *child = node->child;

	switch (node->kind) {
	case REGEX_ASSERT: return node->assert == ASSERT_TEXT_BEGIN;
	case REGEX_CONCAT:
		while (child && child->kind == REGEX_EMPTY)
			child = child->next;
		return child && is_anchored(child);
	case REGEX_ALTERNATE:
		for (; child; child = child->next)
			if (!is_anchored(child))
				return false;
		return true;
	case REGEX_REPEAT: return node->min > 0 && is_anchored(child);
	default: return false;
	}
}

/* ---- the program ---- */

struct compiler {
	struct regex_step step[REGEX_PROGRAM_MAX + 1];
	size_t count;
	struct range_set set[REGEX_PROGRAM_MAX];
	size_t set_count;
	bool has_assert, full;
};

static uint16_t put(struct compiler *compiler, struct regex_step step)
{
	if (compiler->count == REGEX_PROGRAM_MAX) {
		compiler->full = true;
		return 0;
	}
	compiler->step[compiler->count] = step;
	return (uint16_t)compiler->count++;
}

static uint16_t intern_set(struct compiler *compiler, struct range_set set)
{
	for (size_t i = 0; i < compiler->set_count; i++)
		if (compiler->set[i].count == set.count &&
		    (set.count == 0 ||
		     memcmp(compiler->set[i].range, set.range, set.count * sizeof *set.range) == 0))
			return (uint16_t)i;
	compiler->set[compiler->set_count] = set;
	return (uint16_t)compiler->set_count++;
}

static void emit(struct compiler *compiler, const struct regex_node *node);

static void emit_repeat(struct compiler *compiler, const struct regex_node *node)
{
	const bool endless = node->max == REGEX_NO_MAX;
	uint16_t begin = (uint16_t)compiler->count, split, wait = 0;

	for (uint32_t i = 0; i < node->min && !compiler->full; i++) {
		begin = (uint16_t)compiler->count;
		emit(compiler, node->child);
		if (compiler->count == begin) /* an empty body stays empty */
			return;
	}
	if (endless && node->min > 0) {
		split = put(compiler, (struct regex_step){ .op = OP_SPLIT, .to = begin });
		compiler->step[split].other = (uint16_t)(split + 1);
		return;
	}
	if (endless) {
		split = put(compiler, (struct regex_step){ .op = OP_SPLIT });
		emit(compiler, node->child);
		put(compiler, (struct regex_step){ .op = OP_JUMP, .to = split });
		compiler->step[split].to = (uint16_t)(split + 1);
		compiler->step[split].other = (uint16_t)compiler->count;
		return;
	}
	/* Splits that wait for the end are chained through `other`. */
	for (uint32_t i = node->min; i < node->max && !compiler->full; i++) {
		split = put(compiler, (struct regex_step){ .op = OP_SPLIT, .other = wait });
		compiler->step[split].to = (uint16_t)(split + 1);
		wait = (uint16_t)(split + 1);
		emit(compiler, node->child);
		if (compiler->count == (size_t)split + 1)
			break;
	}
	while (wait != 0 && !compiler->full) {
		const uint16_t earlier = compiler->step[wait - 1].other;

		compiler->step[wait - 1].other = (uint16_t)compiler->count;
		wait = earlier;
	}
}

static void emit_alternatives(struct compiler *compiler, const struct regex_node *node)
{
	uint16_t wait = 0;

	for (const struct regex_node *child = node->child; child && !compiler->full;
	     child = child->next) {
		uint16_t split = 0;

		if (child->next) {
			split = put(compiler, (struct regex_step){ .op = OP_SPLIT });
			compiler->step[split].to = (uint16_t)(split + 1);
		}
		emit(compiler, child);
		if (!child->next)
			break;
		wait = (uint16_t)(put(compiler, (struct regex_step){ .op = OP_JUMP, .to = wait }) +
				  1);
		compiler->step[split].other = (uint16_t)compiler->count;
	}
	while (wait != 0 && !compiler->full) {
		const uint16_t earlier = compiler->step[wait - 1].to;

		compiler->step[wait - 1].to = (uint16_t)compiler->count;
		wait = earlier;
	}
}

static void emit(struct compiler *compiler, const struct regex_node *node)
{
	if (compiler->full)
		return;
	switch (node->kind) {
	case REGEX_EMPTY: return;
	case REGEX_SET:
		put(compiler,
		    (struct regex_step){ .op = OP_SET, .set = intern_set(compiler, node->set) });
		return;
	case REGEX_CONCAT:
		for (const struct regex_node *child = node->child; child; child = child->next)
			emit(compiler, child);
		return;
	case REGEX_ALTERNATE: emit_alternatives(compiler, node); return;
	case REGEX_REPEAT: emit_repeat(compiler, node); return;
	case REGEX_ASSERT:
		compiler->has_assert = true;
		put(compiler,
		    (struct regex_step){ .op = OP_ASSERT, .assert = (uint8_t)node->assert });
		return;
	}
}

/* ---- classes: code points that no set tells apart ---- */

static const struct range word_range[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } };
static const struct range newline_range[] = { { '\n', '\n' } };

static int by_value(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* First code points of all runs, ascending, once each, beginning with 0. */
static uint32_t *collect_bounds(const struct range_set *set, size_t count, size_t *ret)
{
	size_t room = 1, n = 0, kept = 0;
	uint32_t *bound;

	for (size_t i = 0; i < count; i++)
		room += 2 * set[i].count;
	bound = mem_alloc(room * sizeof *bound);
	bound[n++] = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < set[i].count; k++) {
			bound[n++] = set[i].range[k].first;
			bound[n++] = set[i].range[k].last + 1;
		}
	qsort(bound, n, sizeof *bound, by_value);
	for (size_t i = 1; i < n; i++)
		if (bound[i] != bound[kept])
			bound[++kept] = bound[i];
	*ret = kept + 1;
	return bound;
}

struct classes {
	const struct range_set *set;
	size_t set_count, words;
	uint64_t *member; /* for each class, which sets hold it */
	size_t count;
};

/* The class of the run that begins at point, made where it is new; -1: too many. */
static int class_of(struct classes *classes, uint32_t point, size_t *cursor)
{
	uint64_t *mine = classes->member + classes->count * classes->words;

	memset(mine, 0, classes->words * sizeof *mine);
	for (size_t i = 0; i < classes->set_count; i++) {
		const struct range_set *set = &classes->set[i];

		while (cursor[i] < set->count && set->range[cursor[i]].last < point)
			cursor[i]++;
		if (cursor[i] < set->count && set->range[cursor[i]].first <= point)
			mine[i / 64] |= UINT64_C(1) << (i % 64);
	}
	for (size_t i = 0; i < classes->count; i++)
		if (memcmp(classes->member + i * classes->words, mine,
			   classes->words * sizeof *mine) == 0)
			return (int)i;
	if (classes->count == REGEX_CLASSES_MAX)
		return -1;
	return (int)classes->count++;
}

/* Copies column `set` of the table: which classes the set takes. */
static void column(const struct classes *classes, size_t set, uint64_t ret[CLASS_WORDS])
{
	memset(ret, 0, CLASS_WORDS * sizeof *ret);
	for (size_t i = 0; i < classes->count; i++)
		if (classes->member[i * classes->words + set / 64] >> (set % 64) & 1)
			ret[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool number_classes(struct classes *classes, const uint32_t *bound, size_t bound_count,
			   struct regex *regex, uint32_t *high, uint8_t *high_class)
{
	size_t *cursor = mem_zalloc((classes->set_count + 1) * sizeof *cursor);
	bool sound = true;

	for (size_t i = 0; i < bound_count; i++) {
		const int number = class_of(classes, bound[i], cursor);
		const uint32_t end = i + 1 < bound_count ? bound[i + 1] : POINT_ALL + 1;

		if (number < 0) {
			sound = false;
			break;
		}
		for (uint32_t c = bound[i]; c < end && c < 128; c++)
			regex->ascii[c] = (uint8_t)number;
		if (end > 128) {
			high[regex->bound_count] = bound[i];
			high_class[regex->bound_count++] = (uint8_t)number;
		}
	}
	free(cursor);
	return sound;
}

static bool make_classes(struct regex *regex, struct compiler *compiler, struct arena *arena)
{
	const size_t count = compiler->set_count + 2;
	struct range_set *set = mem_alloc(count * sizeof *set);
	struct classes classes = { set, count, (count + 63) / 64, NULL, 0 };
	struct range newline[1], word[4];
	size_t bound_count;
	uint32_t *bound, *high;
	uint8_t *high_class;
	uint64_t(*table)[CLASS_WORDS];
	bool sound = false;

	memcpy(newline, newline_range, sizeof newline);
	memcpy(word, word_range, sizeof word);
	memcpy(set, compiler->set, compiler->set_count * sizeof *set);
	set[count - 2] = (struct range_set){ newline, 1 };
	set[count - 1] = (struct range_set){ word, 4 };
	classes.member =
		mem_alloc((REGEX_CLASSES_MAX + 1) * classes.words * sizeof *classes.member);
	bound = collect_bounds(set, regex->has_assert ? count : count - 2, &bound_count);
	if (!regex->has_assert)
		classes.set_count = count - 2;
	high = arena_alloc(arena, (bound_count + 1) * sizeof *high);
	high_class = arena_alloc(arena, bound_count + 1);
	table = arena_alloc(arena, count * sizeof *table);
	if (!high || !high_class || !table ||
	    !number_classes(&classes, bound, bound_count, regex, high, high_class))
		goto out;
	for (size_t i = 0; i < compiler->set_count; i++)
		column(&classes, i, table[i]);
	if (regex->has_assert) {
		column(&classes, count - 2, regex->newline);
		column(&classes, count - 1, regex->word);
	}
	regex->bound = high;
	regex->bound_class = high_class;
	regex->set = (const uint64_t(*)[CLASS_WORDS])table;
	regex->class_count = classes.count;
	sound = true;
out:
	free(set);
	free(bound);
	free(classes.member);
	return sound;
}

static struct regex *compile(struct arena *arena, const struct regex_node *tree, struct err *err)
{
	struct compiler *compiler = mem_zalloc(sizeof *compiler);
	struct regex *regex = arena_zalloc(arena, 1, sizeof *regex);
	struct regex_step *step;

	emit(compiler, tree);
	compiler->step[compiler->count++] = (struct regex_step){ .op = OP_MATCH };
	step = arena_alloc(arena, compiler->count * sizeof *step);
	if (!regex || !step) {
		regex = err_null(err, ERR_TOO_LARGE, "the expression needs too much memory");
		goto out;
	}
	if (compiler->full) {
		regex = err_null(err, ERR_TOO_LARGE,
				 "with its repeats written out the expression has over %d steps",
				 REGEX_PROGRAM_MAX);
		goto out;
	}
	memcpy(step, compiler->step, compiler->count * sizeof *step);
	regex->step = step;
	regex->step_count = compiler->count;
	regex->has_assert = compiler->has_assert;
	regex->anchored = is_anchored(tree);
	regex->length_min = length_min(tree);
	regex_keep_run(regex, tree);
	if (!make_classes(regex, compiler, arena) || !regex_keep_required(regex, arena, tree))
		regex = err_null(err, ERR_TOO_LARGE,
				 "the expression tells over %d kinds of characters apart",
				 REGEX_CLASSES_MAX);
out:
	free(compiler);
	return regex;
}

const struct regex *regex_new(struct arena *arena, struct sv text, unsigned flags, size_t *ret_at,
			      struct err *err)
{
	struct arena *scratch = arena_new((size_t)64 << 20);
	const struct regex_node *tree = regex_parse(scratch, text, flags, ret_at, err);
	const struct regex *regex = NULL;

	if (tree) {
		*ret_at = 0;
		regex = compile(arena, tree, err);
	}
	arena_free(scratch);
	return regex;
}
