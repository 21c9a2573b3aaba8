#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/fold.h"
#include "detect/rarity.h"
#include "detect/regex_internal.h"

/*
 * What must stand in every text that matches: some texts of which one does, and
 * the longest run of characters of one kind.
 */

/* ---- all texts that part of an expression can be ---- */

#define RUN_BYTES_MAX 256 /* of one text: a longer one is no rarer */
#define SET_POINTS_MAX 64 /* of a set, before folding */
#define SET_FOLDED_MAX 8  /* and after it */

struct run {
	size_t count;
	struct run_text {
		unsigned n;
		char byte[RUN_BYTES_MAX];
	} text[REGEX_REQUIRED_MAX];
};

static void run_begin(struct run *run)
{
	run->count = 1;
	run->text[0].n = 0;
}

static struct run *run_new(void)
{
	struct run *run = mem_alloc(sizeof *run);

	run_begin(run);
	return run;
}

static void copy_text(struct run_text *to, const struct run_text *from)
{
	to->n = from->n;
	memcpy(to->byte, from->byte, from->n);
}

/* Each text of run with each of more behind it. False, and run as it was, where that is too much. */
static bool run_multiply(struct run *run, const struct run *more)
{
	const size_t before = run->count;
	size_t a = 0, b = 0;

	if (before * more->count > REGEX_REQUIRED_MAX)
		return false;
	for (size_t i = 0; i < before; i++)
		a = run->text[i].n > a ? run->text[i].n : a;
	for (size_t i = 0; i < more->count; i++)
		b = more->text[i].n > b ? more->text[i].n : b;
	if (a + b > RUN_BYTES_MAX)
		return false;
	/* From the last on, so that each stands as it was until its own place is filled. */
	for (size_t k = before * more->count; k-- > 0;) {
		const struct run_text *behind = &more->text[k / before];
		struct run_text *to = &run->text[k];

		if (k >= before)
			copy_text(to, &run->text[k % before]);
		memcpy(to->byte + to->n, behind->byte, behind->n);
		to->n += behind->n;
	}
	run->count = before * more->count;
	return true;
}

static bool run_unite(struct run *run, const struct run *other)
{
	if (run->count + other->count > REGEX_REQUIRED_MAX)
		return false;
	for (size_t i = 0; i < other->count; i++)
		copy_text(&run->text[run->count++], &other->text[i]);
	return true;
}

/* The members of a set, folded, each once. */
static bool set_texts(const struct range_set *set, size_t most, struct run *ret)
{
	uint32_t point[SET_FOLDED_MAX];
	size_t count = 0, seen = 0;

	for (size_t i = 0; i < set->count; i++)
		for (uint32_t c = set->range[i].first; c <= set->range[i].last; c++) {
			size_t k = 0;

			if (++seen > SET_POINTS_MAX || c > POINT_MAX)
				return false;
			while (k < count && point[k] != fold_point(c))
				k++;
			if (k < count)
				continue;
			if (count == most)
				return false;
			point[count++] = fold_point(c);
		}
	for (size_t i = 0; i < count; i++)
		ret->text[i].n = (unsigned)utf8_write(point[i], ret->text[i].byte);
	ret->count = count;
	return count > 0;
}

static bool all_texts(const struct regex_node *node, struct run *ret);

static bool repeated(const struct regex_node *node, struct run *ret)
{
	struct run *one = run_new();
	bool sound =
		node->min == node->max && node->min <= RUN_BYTES_MAX && all_texts(node->child, one);

	for (uint32_t i = 0; sound && i < node->min; i++)
		sound = run_multiply(ret, one);
	free(one);
	return sound;
}

/* Joins or unites what the children can be. */
static bool of_children(const struct regex_node *node, struct run *ret)
{
	struct run *one = run_new();
	bool sound = true;

	if (node->kind == REGEX_ALTERNATE)
		ret->count = 0;
	for (const struct regex_node *child = node->child; child && sound; child = child->next)
		sound = all_texts(child, one) &&
			(node->kind == REGEX_ALTERNATE ? run_unite(ret, one)
						       : run_multiply(ret, one));
	free(one);
	return sound && ret->count > 0;
}

/* False where they are too many, or too long. */
static bool all_texts(const struct regex_node *node, struct run *ret)
{
	run_begin(ret);
	switch (node->kind) {
	case REGEX_EMPTY:
	case REGEX_ASSERT: return true;
	case REGEX_SET: return set_texts(&node->set, SET_FOLDED_MAX, ret);
	case REGEX_REPEAT: return repeated(node, ret);
	case REGEX_CONCAT:
	case REGEX_ALTERNATE: return of_children(node, ret);
	}
	return false;
}

/* ---- the rarest ---- */

struct required {
	struct sv text[REGEX_REQUIRED_MAX];
	size_t count;
	double share; /* of texts that have one, by a guess */
};

struct search {
	struct arena *arena;
	struct required *best;
	struct run *run; /* what stands before the next node */
	struct run *more;
	bool wide; /* take more than one text into run */
};

static void required_of(struct arena *arena, const struct regex_node *node, bool wide,
			struct required *best);

static void offer(struct search *search)
{
	const struct run *run = search->run;
	struct required *best = search->best;
	double share = 0;

	for (size_t i = 0; i < run->count; i++) {
		if (run->text[i].n == 0)
			return;
		share += rarity_of(LITERAL_CONTAINS,
				   (struct sv){ run->text[i].byte, run->text[i].n });
	}
	if (share >= best->share)
		return;
	for (size_t i = 0; i < run->count; i++) {
		best->text[i] =
			arena_dup(search->arena, (struct sv){ run->text[i].byte, run->text[i].n });
		if (!best->text[i].p) {
			best->count = 0;
			return;
		}
	}
	best->count = run->count;
	best->share = share;
}

static void flush(struct search *search)
{
	offer(search);
	run_begin(search->run);
}

/* The texts in more come next. */
static void take(struct search *search)
{
	if (search->more->count > 1)
		offer(search);
	if (!run_multiply(search->run, search->more)) {
		flush(search);
		run_multiply(search->run, search->more);
	}
}

static void alternatives(struct search *search, const struct regex_node *node)
{
	struct required *all = mem_zalloc(sizeof *all), *one = mem_alloc(sizeof *one);
	bool sound = true;

	for (const struct regex_node *child = node->child; child && sound; child = child->next) {
		required_of(search->arena, child, search->wide, one);
		sound = one->count > 0 && all->count + one->count <= REGEX_REQUIRED_MAX;
		for (size_t i = 0; sound && i < one->count; i++)
			all->text[all->count++] = one->text[i];
		all->share += one->share;
	}
	if (sound && all->share < search->best->share)
		*search->best = *all;
	free(all);
	free(one);
}

static void walk(struct search *search, const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_EMPTY:
	case REGEX_ASSERT: return;
	case REGEX_SET:
		if (set_texts(&node->set, search->wide ? SET_FOLDED_MAX : 1, search->more))
			take(search);
		else
			flush(search);
		return;
	case REGEX_CONCAT:
		for (const struct regex_node *child = node->child; child; child = child->next)
			walk(search, child);
		return;
	case REGEX_ALTERNATE:
		if (search->wide && all_texts(node, search->more)) {
			take(search);
			return;
		}
		flush(search);
		alternatives(search, node);
		return;
	case REGEX_REPEAT:
		if (search->wide && all_texts(node, search->more)) {
			take(search);
			return;
		}
		if (node->min > 0)
			walk(search, node->child);
		if (node->min != 1 || node->max != 1)
			flush(search);
		return;
	}
}

static void required_of(struct arena *arena, const struct regex_node *node, bool wide,
			struct required *best)
{
	struct search search = { arena, best, run_new(), run_new(), wide };

	best->count = 0;
	best->share = 1; /* what stands everywhere is no help */
	walk(&search, node);
	flush(&search);
	free(search.run);
	free(search.more);
}

bool regex_keep_required(struct regex *regex, struct arena *arena, const struct regex_node *tree)
{
	struct required *best = mem_alloc(sizeof *best), *wide = mem_alloc(sizeof *wide);
	struct sv *text;

	required_of(arena, tree, false, best);
	required_of(arena, tree, true, wide);
	if (wide->count > 0 && wide->share < best->share)
		*best = *wide;
	text = arena_alloc(arena, (best->count + 1) * sizeof *text);
	if (text) {
		memcpy(text, best->text, best->count * sizeof *text);
		regex->required = text;
		regex->required_count = best->count;
	}
	free(best);
	free(wide);
	return text != NULL;
}

size_t regex_required(const struct regex *regex, const struct sv **ret)
{
	*ret = regex->required;
	return regex->required_count;
}

/* ---- a long run of one kind of characters ---- */

#define RUN_LENGTH_MIN 8
/* Characters of ASCII: of more, most texts have long runs anyway. */
#define RUN_KINDS_MAX 80

static bool in_run(const struct regex *regex, char c)
{
	return regex->run[(unsigned char)c / 64] >> ((unsigned char)c % 64) & 1;
}

static void keep_run(struct regex *regex, const struct range_set *set, uint32_t length)
{
	uint64_t bits[4] = { 0 };
	size_t kinds = 0;

	if (length < RUN_LENGTH_MIN || length <= regex->run_length)
		return;
	for (unsigned c = 0; c < 256; c++)
		for (size_t i = 0; i < set->count; i++)
			/* a character beyond ASCII has any bytes from 0x80 on */
			if (c < 0x80 ? set->range[i].first <= c && c <= set->range[i].last
				     : set->range[i].last >= 0x80) {
				bits[c / 64] |= UINT64_C(1) << c % 64;
				kinds += c < 0x80;
				break;
			}
	if (kinds > RUN_KINDS_MAX)
		return;
	memcpy(regex->run, bits, sizeof bits);
	regex->run_length = length;
}

void regex_keep_run(struct regex *regex, const struct regex_node *tree)
{
	const struct regex_node *child = tree->child;

	if (tree->kind == REGEX_REPEAT && tree->min > 0 && child->kind == REGEX_SET)
		keep_run(regex, &child->set, tree->min);
	else if (tree->kind == REGEX_CONCAT || (tree->kind == REGEX_REPEAT && tree->min > 0))
		for (; child; child = child->next)
			regex_keep_run(regex, child);
}

bool regex_may_run(const struct regex *regex, struct sv text)
{
	const size_t length = regex->run_length;
	size_t known = 0; /* nothing before it can be part of a run */

	/* A run covers one of any `length` places that follow each other. */
	for (size_t at = known + length - 1; at < text.n; at = known + length - 1) {
		size_t from = at, to = at + 1;

		if (!in_run(regex, text.p[at])) {
			known = at + 1;
			continue;
		}
		while (from > known && in_run(regex, text.p[from - 1]))
			from--;
		while (to - from < length && to < text.n && in_run(regex, text.p[to]))
			to++;
		if (to - from >= length)
			return true;
		known = to + 1;
	}
	return false;
}
