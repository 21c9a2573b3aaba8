#include "detect/regex_parser.h"

#include "detect/fold.h"

static struct regex_node *parse_alternate(struct regex_parser *parser);

/* ---- groups ---- */

static struct regex_node *parse_group_body(struct regex_parser *parser, size_t begin,
					   unsigned flags)
{
	struct regex_node *node;

	if (parser->depth == REGEX_DEPTH_MAX)
		return regex_fail(parser, begin, "groups are nested deeper than %d",
				  REGEX_DEPTH_MAX);
	parser->depth++;
	node = parse_alternate(parser);
	parser->depth--;
	if (!node)
		return NULL;
	if (!regex_take(parser, ")"))
		return regex_fail(parser, begin, "( is not closed");
	parser->flags = flags;
	return node;
}

/* After "(?": flags up to : or ). */
static struct regex_node *parse_flags(struct regex_parser *parser, size_t begin)
{
	const unsigned outside = parser->flags;
	bool off = false;

	for (; parser->at < parser->text.n; parser->at++) {
		const char c = parser->text.p[parser->at];
		const unsigned flag = c == 'i'	 ? REGEX_CASELESS
				      : c == 'm' ? REGEX_MULTILINE
				      : c == 's' ? REGEX_DOTALL
						 : 0;

		if (c == ':') {
			parser->at++;
			return parse_group_body(parser, begin, outside);
		}
		if (c == ')') { /* holds to the end of the group around it */
			parser->at++;
			return regex_node_new(parser, REGEX_EMPTY);
		}
		if (c == '-' && !off)
			off = true;
		else if (flag)
			parser->flags = off ? parser->flags & ~flag : parser->flags | flag;
		else
			break;
	}
	return regex_fail(parser, begin, "this kind of group is not supported");
}

static struct regex_node *parse_group(struct regex_parser *parser)
{
	static const char *const around[] = { "?=", "?!", "?<=", "?<!" };
	static const char *const name[] = { "?<", "?P<", "?'" };
	const size_t begin = parser->at - 1;

	for (size_t i = 0; i < sizeof around / sizeof *around; i++)
		if (regex_peek(parser, around[i]))
			return regex_fail(parser, begin, "look-around (%s is not supported",
					  around[i]);
	if (regex_peek(parser, "?P=") || regex_peek(parser, "?P>") || regex_peek(parser, "?&") ||
	    regex_peek(parser, "?R"))
		return regex_fail(parser, begin, "back-references and recursion are not supported");
	if (regex_peek(parser, "?>"))
		return regex_fail(parser, begin, "atomic groups (?> are not supported");
	if (regex_peek(parser, "*"))
		return regex_fail(parser, begin, "verbs (* are not supported");
	if (regex_take(parser, "?#")) {
		const size_t end = sv_find_char(parser->text, ')', parser->at);

		if (end == SIZE_MAX)
			return regex_fail(parser, begin, "( is not closed");
		parser->at = end + 1;
		return regex_node_new(parser, REGEX_EMPTY);
	}
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (regex_take(parser, name[i])) {
			const char close = i == 2 ? '\'' : '>';
			const size_t end = sv_find_char(parser->text, close, parser->at);

			if (end == SIZE_MAX || end == parser->at)
				return regex_fail(parser, begin, "the group's name is not closed");
			parser->at = end + 1;
			return parse_group_body(parser, begin, parser->flags);
		}
	if (regex_take(parser, "?"))
		return parse_flags(parser, begin);
	return parse_group_body(parser, begin, parser->flags);
}

/* ---- repeats, concatenation, alternatives ---- */

static bool parse_count(struct regex_parser *parser, uint32_t *ret)
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
static bool parse_braces(struct regex_parser *parser, uint32_t *ret_min, uint32_t *ret_max)
{
	const size_t begin = parser->at;

	if (regex_take(parser, "{") && parse_count(parser, ret_min)) {
		*ret_max = *ret_min;
		if (regex_take(parser, ",") && !parse_count(parser, ret_max))
			*ret_max = REGEX_NO_MAX;
		if (regex_take(parser, "}"))
			return true;
	}
	parser->at = begin;
	return false;
}

static bool parse_quantifier(struct regex_parser *parser, uint32_t *ret_min, uint32_t *ret_max)
{
	*ret_min = 0;
	*ret_max = REGEX_NO_MAX;
	if (regex_take(parser, "*"))
		return true;
	if (regex_take(parser, "+")) {
		*ret_min = 1;
		return true;
	}
	if (regex_take(parser, "?")) {
		*ret_max = 1;
		return true;
	}
	return parse_braces(parser, ret_min, ret_max);
}

static struct regex_node *parse_repeats(struct regex_parser *parser, struct regex_node *node)
{
	const size_t begin = parser->at;
	struct regex_node *outer;
	uint32_t min, max;

	if (!parse_quantifier(parser, &min, &max))
		return node;
	if (node->kind == REGEX_ASSERT || node->kind == REGEX_EMPTY)
		return regex_fail(parser, begin, "nothing stands before the repeat");
	if (max != REGEX_NO_MAX && max < min)
		return regex_fail(parser, begin, "the numbers in { } are out of order");
	if (min > REGEX_REPEAT_MAX || (max != REGEX_NO_MAX && max > REGEX_REPEAT_MAX))
		return regex_fail(parser, begin, "repeats over %d are not supported",
				  REGEX_REPEAT_MAX);
	if (regex_take(parser, "+"))
		return regex_fail(parser, begin, "possessive repeats are not supported");
	regex_take(parser, "?"); /* lazy: the same texts match */
	outer = regex_node_new(parser, REGEX_REPEAT);
	if (!outer)
		return NULL;
	outer->min = min;
	outer->max = max;
	outer->child = node;
	return outer;
}

static struct regex_node *parse_dot(struct regex_parser *parser)
{
	struct points set = { NULL, 0, 0 };

	if (!(parser->flags & REGEX_DOTALL))
		points_add(&set, '\n', '\n');
	points_invert(&set);
	return regex_set_node(parser, &set);
}

static struct regex_node *parse_point(struct regex_parser *parser)
{
	uint32_t point;

	parser->at += utf8_read(parser->text.p + parser->at, parser->text.n - parser->at, &point);
	return regex_point_node(parser, point);
}

static struct regex_node *parse_atom(struct regex_parser *parser)
{
	const bool lines = parser->flags & REGEX_MULTILINE;

	if (regex_take(parser, "."))
		return parse_dot(parser);
	if (regex_take(parser, "["))
		return regex_parse_set(parser);
	if (regex_take(parser, "("))
		return parse_group(parser);
	if (regex_take(parser, "\\"))
		return regex_parse_escape(parser);
	if (regex_take(parser, "^"))
		return regex_assert_node(parser, lines ? ASSERT_LINE_BEGIN : ASSERT_TEXT_BEGIN);
	if (regex_take(parser, "$"))
		return regex_assert_node(parser, lines ? ASSERT_LINE_END : ASSERT_TEXT_LAST);
	return parse_point(parser);
}

/* Steps over \Q and \E; false where the alternative ends. */
static bool at_atom(struct regex_parser *parser)
{
	for (;;) {
		if (regex_take(parser, "\\E"))
			parser->quoted = false;
		else if (!parser->quoted && regex_take(parser, "\\Q"))
			parser->quoted = true;
		else
			break;
	}
	return parser->at < parser->text.n &&
	       (parser->quoted || (!regex_peek(parser, "|") && !regex_peek(parser, ")")));
}

static struct regex_node *parse_concat(struct regex_parser *parser)
{
	struct regex_node *list = regex_node_new(parser, REGEX_CONCAT), **tail;

	if (!list)
		return NULL;
	tail = &list->child;
	while (at_atom(parser)) {
		const size_t begin = parser->at;
		uint32_t min, max;
		struct regex_node *node;

		if (!parser->quoted && parse_quantifier(parser, &min, &max))
			return regex_fail(parser, begin, "nothing stands before the repeat");
		node = parser->quoted ? parse_point(parser) : parse_atom(parser);
		if (parser->quoted && regex_take(parser, "\\E"))
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

static struct regex_node *parse_alternate(struct regex_parser *parser)
{
	struct regex_node *first = parse_concat(parser), *list, **tail;

	if (!first || !regex_peek(parser, "|"))
		return first;
	list = regex_node_new(parser, REGEX_ALTERNATE);
	if (!list)
		return NULL;
	list->child = first;
	tail = &first->next;
	while (regex_take(parser, "|")) {
		*tail = parse_concat(parser);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	return list;
}

struct regex_node *regex_parse(struct arena *arena, struct sv text, unsigned flags, size_t *ret_at,
			       struct err *err)
{
	struct regex_parser parser = { arena, text, 0, flags, 0, false, ret_at, err };
	struct regex_node *node;

	if (text.n > REGEX_TEXT_MAX)
		return regex_fail(&parser, 0, "longer than %d bytes", REGEX_TEXT_MAX);
	node = parse_alternate(&parser);
	if (node && parser.at < text.n)
		return regex_fail(&parser, parser.at, ") without (");
	return node;
}
