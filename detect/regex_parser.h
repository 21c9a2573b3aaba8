/* regex_parser.h - the cursor over an expression, for the parts of the parser. */
#ifndef DETECT_REGEX_PARSER_H
#define DETECT_REGEX_PARSER_H

#include "detect/regex_set.h"

struct regex_parser {
	struct arena *arena;
	struct sv text;
	size_t at;
	unsigned flags;
	size_t depth;
	bool quoted; /* between \Q and \E */
	size_t *ret_at;
	struct err *err;
};

/* Sets the error at an offset of the text. Returns NULL. */
void *regex_fail(struct regex_parser *parser, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool regex_peek(const struct regex_parser *parser, const char *what);
bool regex_take(struct regex_parser *parser, const char *what);
struct regex_node *regex_node_new(struct regex_parser *parser, enum regex_node_kind kind);
struct regex_node *regex_assert_node(struct regex_parser *parser, enum regex_assert kind);
/* Takes the set's memory. */
struct regex_node *regex_set_node(struct regex_parser *parser, struct points *set);
/* One character, in both cases where the flags say so. */
struct regex_node *regex_point_node(struct regex_parser *parser, uint32_t point);
/* Behind a backslash, and behind an opening bracket. */
struct regex_node *regex_parse_escape(struct regex_parser *parser);
struct regex_node *regex_parse_set(struct regex_parser *parser);

#endif
