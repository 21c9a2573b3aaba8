#include "detect/condition.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

enum word { WORD_END, WORD_OPEN, WORD_CLOSE, WORD_AND, WORD_OR, WORD_NOT, WORD_NAME, WORD_BAD };

struct parser {
	struct arena *arena;
	struct sv text;
	const struct sv *name;
	size_t name_count;
	size_t depth, searches;
	/* the word at the cursor */
	enum word word;
	size_t at, end;
	size_t *ret_at;
	struct err *err;
};

static struct condition *parse_or(struct parser *parser);

__attribute__((format(printf, 3, 4))) static void *fail(struct parser *parser, size_t at,
							const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	*parser->ret_at = at;
	return err_null(parser->err, ERR_FORMAT, "%s", text);
}

static void *full(struct parser *parser)
{
	*parser->ret_at = parser->at;
	return err_null(parser->err, ERR_TOO_LARGE, "the condition needs too much memory");
}

static bool is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-' || c == '*';
}

static struct sv word_text(const struct parser *parser)
{
	return sv_slice(parser->text, parser->at, parser->end);
}

static void next(struct parser *parser)
{
	size_t at = parser->end;
	struct sv word;

	while (at < parser->text.n && strchr(" \t\r\n", parser->text.p[at]) && parser->text.p[at])
		at++;
	parser->at = at;
	parser->end = at + 1;
	if (at == parser->text.n) {
		parser->end = at;
		parser->word = WORD_END;
		return;
	}
	if (parser->text.p[at] == '(' || parser->text.p[at] == ')') {
		parser->word = parser->text.p[at] == '(' ? WORD_OPEN : WORD_CLOSE;
		return;
	}
	if (!is_name(parser->text.p[at])) {
		parser->word = WORD_BAD;
		return;
	}
	while (parser->end < parser->text.n && is_name(parser->text.p[parser->end]))
		parser->end++;
	word = word_text(parser);
	parser->word = sv_eq_case(word, SV("and"))   ? WORD_AND
		       : sv_eq_case(word, SV("or"))  ? WORD_OR
		       : sv_eq_case(word, SV("not")) ? WORD_NOT
						     : WORD_NAME;
}

struct condition *condition_join(struct arena *arena, enum condition_kind kind,
				 struct condition *const *child, size_t count)
{
	struct condition *condition = arena_zalloc(arena, 1, sizeof *condition);
	struct condition **copy = arena_alloc(arena, (count + 1) * sizeof *copy);

	if (!condition || !copy)
		return NULL;
	if (count > 0)
		memcpy(copy, child, count * sizeof *copy);
	condition->kind = kind;
	condition->child = copy;
	condition->count = count;
	return condition;
}

static struct condition *search_new(struct parser *parser, size_t search)
{
	struct condition *condition = arena_zalloc(parser->arena, 1, sizeof *condition);

	if (!condition || ++parser->searches > CONDITION_SEARCHES_MAX)
		return full(parser);
	condition->kind = CONDITION_SEARCH;
	condition->search = (uint32_t)search;
	return condition;
}

/* `*` in pattern is any run. */
static bool name_matches(struct sv pattern, struct sv name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, from = 0;

	while (n < name.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.n && pattern.p[p] == name.p[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

/* After "1 of", "any of", "all of". */
static struct condition *parse_quantified(struct parser *parser, enum condition_kind kind)
{
	const struct sv pattern = word_text(parser);
	const size_t at = parser->at;
	const bool them = sv_eq_case(pattern, SV("them"));
	const bool hidden = !them && sv_starts(pattern, SV("_"));
	struct condition **list, *condition;
	size_t count = 0;

	if (parser->word != WORD_NAME)
		return fail(parser, at, "a name, a pattern or `them` must stand behind `of`");
	list = mem_alloc((parser->name_count + 1) * sizeof(struct condition *));
	for (size_t i = 0; i < parser->name_count; i++) {
		if ((sv_starts(parser->name[i], SV("_")) && !hidden) ||
		    (!them && !name_matches(pattern, parser->name[i])))
			continue;
		list[count] = search_new(parser, i);
		if (!list[count++]) {
			free(list);
			return NULL;
		}
	}
	next(parser);
	condition = count == 0	 ? fail(parser, at, "no search is named '%.*s'",
					SV_ARG(sv_slice(pattern, 0, 100)))
		    : count == 1 ? list[0]
				 : condition_join(parser->arena, kind, list, count);
	free(list);
	return condition || count == 0 ? condition : full(parser);
}

static struct condition *parse_name(struct parser *parser)
{
	const struct sv name = word_text(parser);
	const size_t at = parser->at;
	const bool all = sv_eq_case(name, SV("all"));
	const bool any = sv_eq_case(name, SV("any")) || sv_eq(name, SV("1"));
	bool digits = true;

	next(parser);
	for (size_t i = 0; i < name.n; i++)
		digits &= name.p[i] >= '0' && name.p[i] <= '9';
	if (parser->word == WORD_NAME && sv_eq_case(word_text(parser), SV("of"))) {
		if (!all && !any)
			return fail(parser, at,
				    digits ? "only `1 of`, `any of` and `all of` exist"
					   : "`of` needs 1, any or all before it");
		next(parser);
		return parse_quantified(parser, all ? CONDITION_AND : CONDITION_OR);
	}
	for (size_t i = 0; i < parser->name_count; i++)
		if (sv_eq(parser->name[i], name))
			return search_new(parser, i);
	fail(parser, at, "no search is named '%.*s'", SV_ARG(sv_slice(name, 0, 100)));
	if (sv_find_char(name, '*', 0) != SIZE_MAX)
		err_hint(parser->err, "a pattern needs `1 of` or `all of` before it");
	return NULL;
}

static struct condition *parse_primary(struct parser *parser)
{
	const size_t at = parser->at;
	struct condition *condition;

	switch (parser->word) {
	case WORD_NAME: return parse_name(parser);
	case WORD_OPEN: break;
	case WORD_END: return fail(parser, at, "the condition ends where a search is expected");
	case WORD_BAD:
		if (parser->text.p[at] == '|')
			return fail(parser, at,
				    "aggregations (|) are obsolete: write a correlation");
		if (parser->text.p[at] <= ' ' || (unsigned char)parser->text.p[at] > '~')
			return fail(parser, at, "a character that has no place in a condition");
		return fail(parser, at, "'%c' has no place in a condition", parser->text.p[at]);
	default: return fail(parser, at, "a search is expected here");
	}
	if (parser->depth == CONDITION_DEPTH_MAX)
		return fail(parser, at, "nested deeper than %d", CONDITION_DEPTH_MAX);
	next(parser);
	parser->depth++;
	condition = parse_or(parser);
	parser->depth--;
	if (condition && parser->word == WORD_BAD)
		return parse_primary(parser);
	if (condition && parser->word != WORD_CLOSE)
		return fail(parser, at, "( is not closed");
	if (condition)
		next(parser);
	return condition;
}

static struct condition *parse_not(struct parser *parser)
{
	bool negated = false, any = false;
	struct condition *condition;

	while (parser->word == WORD_NOT) {
		negated = !negated;
		any = true;
		next(parser);
	}
	condition = parse_primary(parser);
	if (!condition || !any || !negated)
		return condition;
	condition = condition_join(parser->arena, CONDITION_NOT, &condition, 1);
	return condition ? condition : full(parser);
}

/* One level of a binary operator. */
static struct condition *parse_chain(struct parser *parser, enum word word,
				     enum condition_kind kind,
				     struct condition *(*operand)(struct parser *))
{
	struct condition *first = operand(parser), **list = NULL, *joined;
	size_t count = 1, room = 0;

	if (!first || parser->word != word)
		return first;
	while (parser->word == word) {
		if (count >= room) {
			room = room ? room * 2 : 8;
			list = mem_realloc(list, room, sizeof(struct condition *));
			list[0] = first;
		}
		next(parser);
		list[count] = operand(parser);
		if (!list[count++]) {
			free(list);
			return NULL;
		}
	}
	joined = condition_join(parser->arena, kind, list, count);
	free(list);
	return joined ? joined : full(parser);
}

static struct condition *parse_and(struct parser *parser)
{
	return parse_chain(parser, WORD_AND, CONDITION_AND, parse_not);
}

static struct condition *parse_or(struct parser *parser)
{
	return parse_chain(parser, WORD_OR, CONDITION_OR, parse_and);
}

struct condition *condition_parse(struct arena *arena, struct sv text, const struct sv *name,
				  size_t count, size_t *ret_at, struct err *err)
{
	struct parser parser = { .arena = arena,
				 .text = text,
				 .name = name,
				 .name_count = count,
				 .ret_at = ret_at,
				 .err = err };
	struct condition *condition;

	if (text.n > CONDITION_BYTES_MAX)
		return fail(&parser, 0, "longer than %d bytes", CONDITION_BYTES_MAX);
	next(&parser);
	condition = parse_or(&parser);
	if (!condition || parser.word == WORD_END)
		/* cppcheck-suppress returnDanglingLifetime */
		return condition; /* in the arena */
	if (parser.word == WORD_BAD)
		return parse_primary(&parser); /* says what is wrong */
	if (parser.word == WORD_CLOSE)
		return fail(&parser, parser.at, ") without (");
	return fail(&parser, parser.at, "`and` or `or` is expected before '%.*s'",
		    SV_ARG(sv_slice(word_text(&parser), 0, 100)));
}

struct condition *condition_shift(struct arena *arena, const struct condition *condition,
				  uint32_t by)
{
	struct condition *copy =
		condition_join(arena, condition->kind, condition->child, condition->count);

	if (!copy)
		return NULL;
	copy->search = condition->search + by;
	for (size_t i = 0; i < copy->count; i++) {
		copy->child[i] = condition_shift(arena, copy->child[i], by);
		if (!copy->child[i])
			return NULL;
	}
	return copy;
}

void condition_mark(const struct condition *condition, bool *used)
{
	if (condition->kind == CONDITION_SEARCH)
		used[condition->search] = true;
	for (size_t i = 0; i < condition->count; i++)
		condition_mark(condition->child[i], used);
}
