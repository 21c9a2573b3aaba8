/* regex_internal.h - what the parts of regex share: syntax tree and program. */
#ifndef DETECT_REGEX_INTERNAL_H
#define DETECT_REGEX_INTERNAL_H

#include <stdint.h>

#include "detect/regex.h"

#define POINT_MAX 0x10FFFFU
#define POINT_ALL 0x1100FFU /* with the bytes that are not UTF-8 */

struct range {
	uint32_t first, last;
};

/* Ascending, apart from each other. */
struct range_set {
	struct range *range;
	size_t count;
};

enum regex_node_kind {
	REGEX_EMPTY,
	REGEX_SET,
	REGEX_CONCAT,
	REGEX_ALTERNATE,
	REGEX_REPEAT,
	REGEX_ASSERT,
};

enum regex_assert {
	ASSERT_TEXT_BEGIN, /* \A, ^ */
	ASSERT_TEXT_END,   /* \z */
	ASSERT_TEXT_LAST,  /* \Z, $: at the end or before the last newline */
	ASSERT_LINE_BEGIN, /* ^ with m */
	ASSERT_LINE_END,   /* $ with m */
	ASSERT_WORD,	   /* \b */
	ASSERT_NOT_WORD,   /* \B */
};

#define REGEX_NO_MAX UINT32_MAX

struct regex_node {
	enum regex_node_kind kind;
	enum regex_assert assert;
	uint32_t min, max; /* repeat */
	struct range_set set;
	struct regex_node *child; /* first */
	struct regex_node *next;  /* sibling */
};

/* Into arena; NULL with *ret_at and err where text is not understood. */
struct regex_node *regex_parse(struct arena *arena, struct sv text, unsigned flags, size_t *ret_at,
			       struct err *err);

enum regex_op { OP_SET, OP_SPLIT, OP_JUMP, OP_ASSERT, OP_MATCH };

struct regex_step {
	uint8_t op;
	uint8_t assert;
	uint16_t set;
	uint16_t to, other; /* jump, split */
};

#define CLASS_WORDS 4

struct regex {
	const struct regex_step *step;
	size_t step_count;
	const uint64_t (*set)[CLASS_WORDS]; /* which classes each set takes */
	uint8_t ascii[128];		    /* class of a code point */
	const uint32_t *bound;		    /* first code points of the runs from 128 on */
	const uint8_t *bound_class;
	size_t bound_count;
	size_t class_count;
	uint64_t newline[CLASS_WORDS], word[CLASS_WORDS];
	bool has_assert;
	bool anchored;	   /* can begin at the start of the text only */
	size_t length_min; /* code points, so bytes too */
	const struct sv *required;
	size_t required_count;
	/* Every match has a run of so many bytes that are in run; 0: none is known. */
	size_t run_length;
	uint64_t run[4];
};

/* regex_required.c: fill in required, and run. False where the arena is full. */
bool regex_keep_required(struct regex *regex, struct arena *arena, const struct regex_node *tree);
void regex_keep_run(struct regex *regex, const struct regex_node *tree);
/* Whether text has such a run; only where run_length is not 0. */
bool regex_may_run(const struct regex *regex, struct sv text);

static inline bool class_in(const uint64_t set[CLASS_WORDS], unsigned number)
{
	return set[number / 64] >> (number % 64) & 1;
}

#endif
