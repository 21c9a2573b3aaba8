#include "detect/regex_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/fold.h"

void *regex_fail(struct regex_parser *parser, size_t at, const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	*parser->ret_at = at;
	return err_null(parser->err, ERR_FORMAT, "%s", text);
}

static void *regex_full(struct regex_parser *parser)
{
	*parser->ret_at = parser->at;
	return err_null(parser->err, ERR_TOO_LARGE, "the expression needs too much memory");
}

bool regex_peek(const struct regex_parser *parser, const char *what)
{
	return sv_starts(sv_slice(parser->text, parser->at, parser->text.n), sv_from(what));
}

bool regex_take(struct regex_parser *parser, const char *what)
{
	if (!regex_peek(parser, what))
		return false;
	parser->at += strlen(what);
	return true;
}

struct regex_node *regex_node_new(struct regex_parser *parser, enum regex_node_kind kind)
{
	struct regex_node *node = arena_zalloc(parser->arena, 1, sizeof *node);

	if (!node)
		return regex_full(parser);
	node->kind = kind;
	return node;
}

struct regex_node *regex_set_node(struct regex_parser *parser, struct points *set)
{
	struct regex_node *node = regex_node_new(parser, REGEX_SET);

	points_normalize(set);
	if (node && set->count > 0) {
		node->set.count = set->count;
		node->set.range = arena_alloc(parser->arena, set->count * sizeof *set->range);
		if (node->set.range)
			memcpy(node->set.range, set->range, set->count * sizeof *set->range);
		else
			node = regex_full(parser);
	}
	free(set->range);
	return node;
}

struct regex_node *regex_point_node(struct regex_parser *parser, uint32_t point)
{
	struct points set = { NULL, 0, 0 };

	points_add(&set, point, point);
	if (parser->flags & REGEX_CASELESS)
		points_close(&set);
	return regex_set_node(parser, &set);
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
static bool parse_hex(struct regex_parser *parser, size_t begin, uint32_t *ret)
{
	const bool braced = regex_take(parser, "{");
	uint32_t point = 0;
	size_t digits = 0;

	while (parser->at < parser->text.n && (braced || digits < 2)) {
		const int digit = hex_digit(parser->text.p[parser->at]);

		if (digit < 0)
			break;
		point = point * 16 + (uint32_t)digit;
		if (point > POINT_MAX)
			return regex_fail(parser, begin, "\\x names no character"), false;
		digits++;
		parser->at++;
	}
	if (braced && (digits == 0 || !regex_take(parser, "}")))
		return regex_fail(parser, begin, "\\x{ is not closed"), false;
	if (point >= 0xD800 && point <= 0xDFFF)
		return regex_fail(parser, begin, "\\x names no character"), false;
	*ret = point;
	return true;
}

/* After \0: up to two more octal digits. */
static uint32_t parse_octal(struct regex_parser *parser)
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
static bool parse_escape_point(struct regex_parser *parser, size_t begin, uint32_t *ret)
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
		return regex_fail(parser, begin, "back-references (\\%c) are not supported", *p),
		       false;
	if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
		return regex_fail(parser, begin, "the escape \\%c is not known", *p), false;
	*ret = (unsigned char)*p;
	return true;
}

struct regex_node *regex_assert_node(struct regex_parser *parser, enum regex_assert kind)
{
	struct regex_node *node = regex_node_new(parser, REGEX_ASSERT);

	if (node)
		node->assert = kind;
	return node;
}

struct regex_node *regex_parse_escape(struct regex_parser *parser)
{
	static const struct {
		char letter;
		enum regex_assert kind;
	} row[] = {
		{ 'b', ASSERT_WORD },	  { 'B', ASSERT_NOT_WORD },  { 'A', ASSERT_TEXT_BEGIN },
		{ 'z', ASSERT_TEXT_END }, { 'Z', ASSERT_TEXT_LAST },
	};
	const size_t begin = parser->at - 1;
	struct points set = { NULL, 0, 0 };
	uint32_t point;
	char letter;

	if (parser->at == parser->text.n)
		return regex_fail(parser, begin, "a backslash at the end");
	letter = parser->text.p[parser->at];
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (letter == row[i].letter) {
			parser->at++;
			return regex_assert_node(parser, row[i].kind);
		}
	if (letter == 'N') { /* any but newline, also with s */
		parser->at++;
		if (regex_peek(parser, "{U+"))
			return regex_fail(parser, begin, "the escape \\N{U+ is not known");
		points_add(&set, '\n', '\n');
		points_invert(&set);
		return regex_set_node(parser, &set);
	}
	if (points_add_letter(&set, letter)) {
		parser->at++;
		return regex_set_node(parser, &set);
	}
	if (!parse_escape_point(parser, begin, &point))
		return NULL;
	return regex_point_node(parser, point);
}

/* ---- [ … ] ---- */

/* What stands between brackets: case matters for characters, not for \d or [:alpha:]. */
struct members {
	struct points point, named;
};

/* [:alpha:] at the cursor. 1: taken, 0: is none, -1: wrong. */
static int parse_posix(struct regex_parser *parser, struct members *set)
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
	if (parser->flags & REGEX_CASELESS &&
	    (sv_eq(name, SV("upper")) || sv_eq(name, SV("lower"))))
		name = SV("alpha");
	if (points_add_named(&set->named, name, negated)) {
		parser->at = end + 2;
		return 1;
	}
	regex_fail(parser, begin, "[:%.*s:] is not known", SV_ARG(name));
	return -1;
}

/*
 * One member. Returns 1 for a single character in *ret, 0 for a set that was
 * added, -1 on error.
 */
static int parse_member(struct regex_parser *parser, struct members *set, uint32_t *ret)
{
	const size_t begin = parser->at;
	int status;

	if (regex_peek(parser, "[:")) {
		status = parse_posix(parser, set);
		if (status != 0)
			return status < 0 ? -1 : 0;
	}
	if (!regex_take(parser, "\\")) {
		parser->at += utf8_read(parser->text.p + begin, parser->text.n - begin, ret);
		return 1;
	}
	if (parser->at == parser->text.n)
		return regex_fail(parser, begin, "a backslash at the end"), -1;
	if (points_add_letter(&set->named, parser->text.p[parser->at])) {
		parser->at++;
		return 0;
	}
	if (regex_take(parser, "b")) {
		*ret = '\b';
		return 1;
	}
	if (regex_peek(parser, "Q") || regex_peek(parser, "E"))
		return regex_fail(parser, begin, "\\Q and \\E inside [ ] are not supported"), -1;
	return parse_escape_point(parser, begin, ret) ? 1 : -1;
}

/* Members up to the closing bracket. */
static bool parse_members(struct regex_parser *parser, struct members *set, size_t begin)
{
	for (bool first = true;; first = false) {
		const size_t member = parser->at;
		uint32_t low = 0, high = 0;
		int kind, other;

		if (parser->at == parser->text.n)
			return regex_fail(parser, begin, "[ is not closed"), false;
		if (!first && regex_take(parser, "]"))
			return true;
		kind = parse_member(parser, set, &low);
		if (kind < 0)
			return false;
		if (kind == 0 || !regex_peek(parser, "-") || regex_peek(parser, "-]")) {
			if (kind == 1)
				points_add(&set->point, low, low);
			else if (regex_peek(parser, "-")) { /* after a set it stands for itself */
				points_add(&set->point, '-', '-');
				parser->at++;
			}
			continue;
		}
		parser->at++;
		if (parser->at == parser->text.n)
			return regex_fail(parser, begin, "[ is not closed"), false;
		other = parse_member(parser, set, &high);
		if (other < 0)
			return false;
		if (other == 0) { /* [a-\d]: three members */
			points_add(&set->point, low, low);
			points_add(&set->point, '-', '-');
			continue;
		}
		if (high < low)
			return regex_fail(parser, member, "the range runs backwards"), false;
		points_add(&set->point, low, high);
	}
}

struct regex_node *regex_parse_set(struct regex_parser *parser)
{
	const size_t begin = parser->at - 1;
	const bool negated = regex_take(parser, "^");
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
	return regex_set_node(parser, &set.point);
}
