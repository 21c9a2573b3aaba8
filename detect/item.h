/*
 * item.h - one search item of a rule, ready to be tested: a field, what it is
 * compared with, and how the comparisons are joined. Immutable, in the
 * ruleset's arena, shared by all rules that ask the same.
 */
#ifndef DETECT_ITEM_H
#define DETECT_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"
#include "detect/address.h"
#include "detect/number.h"
#include "detect/pattern.h"
#include "detect/regex.h"

enum matcher_kind {
	MATCH_ANY, /* any value but null */
	MATCH_EXACT,
	MATCH_PREFIX,
	MATCH_SUFFIX,
	MATCH_CONTAINS,
	MATCH_GLOB,
	MATCH_REGEX,
	MATCH_NETWORK,
	MATCH_NUMBER,
	MATCH_FIELD, /* another field of the event */
	MATCH_NULL,
	MATCH_EXISTS,
};

enum compare { COMPARE_EQ, COMPARE_LT, COMPARE_LTE, COMPARE_GT, COMPARE_GTE };

struct matcher {
	uint8_t kind;
	uint8_t compare;   /* MATCH_NUMBER */
	uint8_t shape;	   /* MATCH_FIELD: as MATCH_EXACT … MATCH_CONTAINS */
	bool wanted;	   /* MATCH_EXISTS */
	uint32_t group;	   /* variants of one value of the rule share it */
	struct sv literal; /* EXACT … CONTAINS; folded where the item is not cased */
	union {
		struct pattern glob; /* texts folded likewise */
		struct {
			const struct regex *program;
			uint32_t number; /* of the session's cache */
		} regex;
		struct network network;
		struct number number;
		uint32_t field; /* MATCH_FIELD: its number */
	};
	struct sv source; /* as the rule says it */
};

struct literal_set;

struct item {
	/* what every comparison needs */
	uint32_t field_number;
	bool keyword; /* without a field: anywhere in the event */
	bool all;     /* every group must match, else one is enough */
	bool neq;     /* the result is turned round */
	bool cased;
	bool asks_presence; /* has null or exists */
	bool stands_within; /* a text that holds one that matches matches, too */
	uint8_t part;	    /* enum time_part of the value is compared */
	size_t count;
	const struct matcher *matcher;
	size_t group_count;
	/* Where many: the plain texts at once, and which matchers are none. */
	const struct literal_set *set;
	const uint32_t *rest;
	size_t rest_count;
	/* and the rest */
	uint32_t number;     /* in the ruleset */
	struct sv field;     /* empty: keyword */
	struct sv modifiers; /* "contains|all" */
};

static inline bool item_is_keyword(const struct item *item)
{
	return item->keyword;
}

#endif
