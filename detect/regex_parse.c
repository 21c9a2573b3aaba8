#include "detect/regex_set.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/fold.h"

struct parser {
	struct arena *arena;
	struct sv text;
	size_t at;
	unsigned flags;
	size_t depth;
	bool quoted; /* between \Q and \E */
	size_t *ret_at;
	struct err *err;
};

static struct regex_node *parse_alternate(struct parser *parser);

__attribute__((format(printf, 3, 4)))
static void *fail(struct parser *parser, size_t at, const char *format, ...)
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
	return err_null(parser->err, ERR_TOO_LARGE, "the expression needs too much memory");
}

static bool peek(const struct parser *parser, const char *what)
{
	return sv_starts(sv_slice(parser->text, parser->at, parser->text.n), sv_from(what));
}

static bool take(struct parser *parser, const char *what)
{
	if (!peek(parser, what))
		return false;
	parser->at += strlen(what);
	return true;
}

static struct regex_node *node_new(struct parser *parser, enum regex_node_kind kind)
{
	struct regex_node *node = arena_zalloc(parser->arena, 1, sizeof *node);

	if (!node)
		return full(parser);
	node->kind = kind;
	return node;
}

/* Takes the set's memory. */
static struct regex_node *set_node(struct parser *parser, struct points *set)
{
	struct regex_node *node = node_new(parser, REGEX_SET);

	points_normalize(set);
	if (node && set->count > 0) {
		node->set.count = set->count;
		node->set.range = arena_alloc(parser->arena, set->count * sizeof *set->range);
		if (node->set.range)
			memcpy(node->set.range, set->range, set->count * sizeof *set->range);
		else
			node = full(parser);
	}
	free(set->range);
	return node;
}

static struct regex_node *point_node(struct parser *parser, uint32_t point)
{
	struct points set = { NULL, 0, 0 };

	points_add(&set, point, point);
	if (parser->flags & REGEX_CASELESS)
		points_close(&set);
	return set_node(parser, &set);
}

/* ---- escapes ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* After \x. */
static bool parse_hex(struct parser *parser, size_t begin, uint32_t *ret)
{
	const bool braced = take(parser, "{");
	uint32_t point = 0;
	size_t digits = 0;

	while (parser->at < parser->text.n && (braced || digits < 2)) {
		const int digit = hex_digit(parser->text.p[parser->at]);

		if (digit < 0)
			break;
		point = point * 16 + (uint32_t)digit;
		if (point > POINT_MAX)
			return fail(parser, begin, "\\x names no character"), false;
		digits++;
		parser->at++;
	}
	if (braced && (digits == 0 || !take(parser, "}")))
		return fail(parser, begin, "\\x{ is not closed"), false;
	if (point >= 0xD800 && point <= 0xDFFF)
		return fail(parser, begin, "\\x names no character"), false;
	*ret = point;
	return true;
}

/* After \0: up to two more octal digits. */
static uint32_t parse_octal(struct parser *parser)
{
	uint32_t point = 0;

	for (int i = 0; i < 2 && parser->at < parser->text.n; i++) {
		const char c = parser->text.p[parser->at];

		if (c < '0' || c > '7')
			break;
		point = point * 8 + (uint32_t)(c - '0');
		parser->at++;
	}
	return point;
}

/* A letter or other sign after a backslash that stands for one character. */
static bool parse_escape_point(struct parser *parser, size_t begin, uint32_t *ret)
{
	static const char from[] = "tnrfae", to[] = "\t\n\r\f\a\x1b";
	const char *p = parser->text.p + parser->at;
	const char *known;

	if ((unsigned char)*p >= 0x80) {
		parser->at += utf8_read(p, parser->text.n - parser->at, ret);
		return true;
	}
	parser->at++;
	known = *p ? strchr(from, *p) : NULL;
	if (known) {
		*ret = (unsigned char)to[known - from];
		return true;
	}
	if (*p == 'x')
		return parse_hex(parser, begin, ret);
	if (*p == '0') {
		*ret = parse_octal(parser);
		return true;
	}
	if ((*p >= '1' && *p <= '9') || *p == 'g' || *p == 'k')
		return fail(parser, begin, "back-references (\\%c) are not supported", *p), false;
	if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
		return fail(parser, begin, "the escape \\%c is not known", *p), false;
	*ret = (unsigned char)*p;
	return true;
}

static struct regex_node *assert_node(struct parser *parser, enum regex_assert kind)
{
	struct regex_node *node = node_new(parser, REGEX_ASSERT);

	if (node)
		node->assert = kind;
	return node;
}

static struct regex_node *parse_escape(struct parser *parser)
{
	static const struct {
		char letter;
		enum regex_assert kind;
	} row[] = {
		{ 'b', ASSERT_WORD },     { 'B', ASSERT_NOT_WORD },  { 'A', ASSERT_TEXT_BEGIN },
		{ 'z', ASSERT_TEXT_END }, { 'Z', ASSERT_TEXT_LAST },
	};
	const size_t begin = parser->at - 1;
	struct points set = { NULL, 0, 0 };
	uint32_t point;
	char letter;

	if (parser->at == parser->text.n)
		return fail(parser, begin, "a backslash at the end");
	letter = parser->text.p[parser->at];
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (letter == row[i].letter) {
			parser->at++;
			return assert_node(parser, row[i].kind);
		}
	if (letter == 'N') { /* any but newline, also with s */
		parser->at++;
		if (peek(parser, "{U+"))
			return fail(parser, begin, "the escape \\N{U+ is not known");
		points_add(&set, '\n', '\n');
		points_invert(&set);
		return set_node(parser, &set);
	}
	if (points_add_letter(&set, letter)) {
		parser->at++;
		return set_node(parser, &set);
	}
	if (!parse_escape_point(parser, begin, &point))
		return NULL;
	return point_node(parser, point);
}

/* ---- [ … ] ---- */

/* What stands between brackets: case matters for characters, not for \d or [:alpha:]. */
struct members {
	struct points point, named;
};

/* [:alpha:] at the cursor. 1: taken, 0: is none, -1: wrong. */
static int parse_posix(struct parser *parser, struct members *set)
{
	const size_t begin = parser->at;
	const size_t end = sv_find(parser->text, SV(":]"), begin);
	struct sv name;
	bool negated;

	if (end == SIZE_MAX)
		return 0;
	name = sv_slice(parser->text, begin + 2, end);
	negated = name.n > 0 && name.p[0] == '^';
	if (negated)
		name = sv_slice(name, 1, name.n);
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 'a' || name.p[i] > 'z')
			return 0;
	if (parser->flags & REGEX_CASELESS && (sv_eq(name, SV("upper")) || sv_eq(name, SV("lower"))))
		name = SV("alpha");
	if (points_add_named(&set->named, name, negated)) {
		parser->at = end + 2;
		return 1;
	}
	fail(parser, begin, "[:%.*s:] is not known", SV_ARG(name));
	return -1;
}

/*
 * One member. Returns 1 for a single character in *ret, 0 for a set that was
 * added, -1 on error.
 */
static int parse_member(struct parser *parser, struct members *set, uint32_t *ret)
{
	const size_t begin = parser->at;
	int status;

	if (peek(parser, "[:")) {
		status = parse_posix(parser, set);
		if (status != 0)
			return status < 0 ? -1 : 0;
	}
	if (!take(parser, "\\")) {
		parser->at += utf8_read(parser->text.p + begin, parser->text.n - begin, ret);
		return 1;
	}
	if (parser->at == parser->text.n)
		return fail(parser, begin, "a backslash at the end"), -1;
	if (points_add_letter(&set->named, parser->text.p[parser->at])) {
		parser->at++;
		return 0;
	}
	if (take(parser, "b")) {
		*ret = '\b';
		return 1;
	}
	if (peek(parser, "Q") || peek(parser, "E"))
		return fail(parser, begin, "\\Q and \\E inside [ ] are not supported"), -1;
	return parse_escape_point(parser, begin, ret) ? 1 : -1;
}

/* Members up to the closing bracket. */
static bool parse_members(struct parser *parser, struct members *set, size_t begin)
{
	for (bool first = true;; first = false) {
		const size_t member = parser->at;
		uint32_t low = 0, high = 0;
		int kind, other;

		if (parser->at == parser->text.n)
			return fail(parser, begin, "[ is not closed"), false;
		if (!first && take(parser, "]"))
			return true;
		kind = parse_member(parser, set, &low);
		if (kind < 0)
			return false;
		if (kind == 0 || !peek(parser, "-") || peek(parser, "-]")) {
			if (kind == 1)
				points_add(&set->point, low, low);
			else if (peek(parser, "-")) { /* after a set it stands for itself */
				points_add(&set->point, '-', '-');
				parser->at++;
			}
			continue;
		}
		parser->at++;
		if (parser->at == parser->text.n)
			return fail(parser, begin, "[ is not closed"), false;
		other = parse_member(parser, set, &high);
		if (other < 0)
			return false;
		if (other == 0) { /* [a-\d]: three members */
			points_add(&set->point, low, low);
			points_add(&set->point, '-', '-');
			continue;
		}
		if (high < low)
			return fail(parser, member, "the range runs backwards"), false;
		points_add(&set->point, low, high);
	}
}

static struct regex_node *parse_set(struct parser *parser)
{
	const size_t begin = parser->at - 1;
	const bool negated = take(parser, "^");
	struct members set = { { NULL, 0, 0 }, { NULL, 0, 0 } };
	const bool sound = parse_members(parser, &set, begin);

	if (sound && parser->flags & REGEX_CASELESS)
		points_close(&set.point);
	points_add_all(&set.point, &set.named);
	free(set.named.range);
	if (!sound) {
		free(set.point.range);
		return NULL;
	}
	if (negated)
		points_invert(&set.point);
	return set_node(parser, &set.point);
}

/* ---- groups ---- */

static struct regex_node *parse_group_body(struct parser *parser, size_t begin, unsigned flags)
{
	struct regex_node *node;

	if (parser->depth == REGEX_DEPTH_MAX)
		return fail(parser, begin, "groups are nested deeper than %d", REGEX_DEPTH_MAX);
	parser->depth++;
	node = parse_alternate(parser);
	parser->depth--;
	if (!node)
		return NULL;
	if (!take(parser, ")"))
		return fail(parser, begin, "( is not closed");
	parser->flags = flags;
	return node;
}

/* After "(?": flags up to : or ). */
static struct regex_node *parse_flags(struct parser *parser, size_t begin)
{
	const unsigned outside = parser->flags;
	bool off = false;

	for (; parser->at < parser->text.n; parser->at++) {
		const char c = parser->text.p[parser->at];
		const unsigned flag = c == 'i'   ? REGEX_CASELESS
				      : c == 'm' ? REGEX_MULTILINE
				      : c == 's' ? REGEX_DOTALL
						 : 0;

		if (c == ':') {
			parser->at++;
			return parse_group_body(parser, begin, outside);
		}
		if (c == ')') { /* holds to the end of the group around it */
			parser->at++;
			return node_new(parser, REGEX_EMPTY);
		}
		if (c == '-' && !off)
			off = true;
		else if (flag)
			parser->flags = off ? parser->flags & ~flag : parser->flags | flag;
		else
			break;
	}
	return fail(parser, begin, "this kind of group is not supported");
}

static struct regex_node *parse_group(struct parser *parser)
{
	static const char *const around[] = { "?=", "?!", "?<=", "?<!" };
	static const char *const name[] = { "?<", "?P<", "?'" };
	const size_t begin = parser->at - 1;

	for (size_t i = 0; i < sizeof around / sizeof *around; i++)
		if (peek(parser, around[i]))
			return fail(parser, begin, "look-around (%s is not supported", around[i]);
	if (peek(parser, "?P=") || peek(parser, "?P>") || peek(parser, "?&") || peek(parser, "?R"))
		return fail(parser, begin, "back-references and recursion are not supported");
	if (peek(parser, "?>"))
		return fail(parser, begin, "atomic groups (?> are not supported");
	if (peek(parser, "*"))
		return fail(parser, begin, "verbs (* are not supported");
	if (take(parser, "?#")) {
		const size_t end = sv_find_char(parser->text, ')', parser->at);

		if (end == SIZE_MAX)
			return fail(parser, begin, "( is not closed");
		parser->at = end + 1;
		return node_new(parser, REGEX_EMPTY);
	}
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (take(parser, name[i])) {
			const char close = i == 2 ? '\'' : '>';
			const size_t end = sv_find_char(parser->text, close, parser->at);

			if (end == SIZE_MAX || end == parser->at)
				return fail(parser, begin, "the group's name is not closed");
			parser->at = end + 1;
			return parse_group_body(parser, begin, parser->flags);
		}
	if (take(parser, "?"))
		return parse_flags(parser, begin);
	return parse_group_body(parser, begin, parser->flags);
}

/* ---- repeats, concatenation, alternatives ---- */

static bool parse_count(struct parser *parser, uint32_t *ret)
{
	uint32_t n = 0;
	const size_t from = parser->at;

	while (parser->at < parser->text.n && parser->text.p[parser->at] >= '0' &&
	       parser->text.p[parser->at] <= '9') {
		if (n < 100000)
			n = n * 10 + (uint32_t)(parser->text.p[parser->at] - '0');
		parser->at++;
	}
	if (parser->at == from)
		return false;
	*ret = n;
	return true;
}

/* {n}, {n,}, {n,m}; anything else after { is literal and nothing is taken. */
static bool parse_braces(struct parser *parser, uint32_t *ret_min, uint32_t *ret_max)
{
	const size_t begin = parser->at;

	if (take(parser, "{") && parse_count(parser, ret_min)) {
		*ret_max = *ret_min;
		if (take(parser, ",") && !parse_count(parser, ret_max))
			*ret_max = REGEX_NO_MAX;
		if (take(parser, "}"))
			return true;
	}
	parser->at = begin;
	return false;
}

static bool parse_quantifier(struct parser *parser, uint32_t *ret_min, uint32_t *ret_max)
{
	*ret_min = 0;
	*ret_max = REGEX_NO_MAX;
	if (take(parser, "*"))
		return true;
	if (take(parser, "+")) {
		*ret_min = 1;
		return true;
	}
	if (take(parser, "?")) {
		*ret_max = 1;
		return true;
	}
	return parse_braces(parser, ret_min, ret_max);
}

static struct regex_node *parse_repeats(struct parser *parser, struct regex_node *node)
{
	const size_t begin = parser->at;
	struct regex_node *outer;
	uint32_t min, max;

	if (!parse_quantifier(parser, &min, &max))
		return node;
	if (node->kind == REGEX_ASSERT || node->kind == REGEX_EMPTY)
		return fail(parser, begin, "nothing stands before the repeat");
	if (max != REGEX_NO_MAX && max < min)
		return fail(parser, begin, "the numbers in { } are out of order");
	if (min > REGEX_REPEAT_MAX || (max != REGEX_NO_MAX && max > REGEX_REPEAT_MAX))
		return fail(parser, begin, "repeats over %d are not supported", REGEX_REPEAT_MAX);
	if (take(parser, "+"))
		return fail(parser, begin, "possessive repeats are not supported");
	take(parser, "?"); /* lazy: the same texts match */
	outer = node_new(parser, REGEX_REPEAT);
	if (!outer)
		return NULL;
	outer->min = min;
	outer->max = max;
	outer->child = node;
	return outer;
}

static struct regex_node *parse_dot(struct parser *parser)
{
	struct points set = { NULL, 0, 0 };

	if (!(parser->flags & REGEX_DOTALL))
		points_add(&set, '\n', '\n');
	points_invert(&set);
	return set_node(parser, &set);
}

static struct regex_node *parse_point(struct parser *parser)
{
	uint32_t point;

	parser->at += utf8_read(parser->text.p + parser->at, parser->text.n - parser->at, &point);
	return point_node(parser, point);
}

static struct regex_node *parse_atom(struct parser *parser)
{
	const bool lines = parser->flags & REGEX_MULTILINE;

	if (take(parser, "."))
		return parse_dot(parser);
	if (take(parser, "["))
		return parse_set(parser);
	if (take(parser, "("))
		return parse_group(parser);
	if (take(parser, "\\"))
		return parse_escape(parser);
	if (take(parser, "^"))
		return assert_node(parser, lines ? ASSERT_LINE_BEGIN : ASSERT_TEXT_BEGIN);
	if (take(parser, "$"))
		return assert_node(parser, lines ? ASSERT_LINE_END : ASSERT_TEXT_LAST);
	return parse_point(parser);
}

/* Steps over \Q and \E; false where the alternative ends. */
static bool at_atom(struct parser *parser)
{
	for (;;) {
		if (take(parser, "\\E"))
			parser->quoted = false;
		else if (!parser->quoted && take(parser, "\\Q"))
			parser->quoted = true;
		else
			break;
	}
	return parser->at < parser->text.n &&
	       (parser->quoted || (!peek(parser, "|") && !peek(parser, ")")));
}

static struct regex_node *parse_concat(struct parser *parser)
{
	struct regex_node *list = node_new(parser, REGEX_CONCAT), **tail;

	if (!list)
		return NULL;
	tail = &list->child;
	while (at_atom(parser)) {
		const size_t begin = parser->at;
		uint32_t min, max;
		struct regex_node *node;

		if (!parser->quoted && parse_quantifier(parser, &min, &max))
			return fail(parser, begin, "nothing stands before the repeat");
		node = parser->quoted ? parse_point(parser) : parse_atom(parser);
		if (parser->quoted && take(parser, "\\E"))
			parser->quoted = false;
		if (node && !parser->quoted)
			node = parse_repeats(parser, node);
		if (!node)
			return NULL;
		*tail = node;
		tail = &node->next;
	}
	return list;
}

static struct regex_node *parse_alternate(struct parser *parser)
{
	struct regex_node *first = parse_concat(parser), *list, **tail;

	if (!first || !peek(parser, "|"))
		return first;
	list = node_new(parser, REGEX_ALTERNATE);
	if (!list)
		return NULL;
	list->child = first;
	tail = &first->next;
	while (take(parser, "|")) {
		*tail = parse_concat(parser);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	return list;
}

struct regex_node *regex_parse(struct arena *arena, struct sv text, unsigned flags,
			       size_t *ret_at, struct err *err)
{
	struct parser parser = { arena, text, 0, flags, 0, false, ret_at, err };
	struct regex_node *node;

	if (text.n > REGEX_TEXT_MAX)
		return fail(&parser, 0, "longer than %d bytes", REGEX_TEXT_MAX);
	node = parse_alternate(&parser);
	if (node && parser.at < text.n)
		return fail(&parser, parser.at, ") without (");
	return node;
}
