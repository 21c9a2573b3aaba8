/*
 * check.h - checks outside values against the bounds of the contract. Pure; the
 * tables are generated from openapi.yaml.
 */
#ifndef CENTRE_CHECK_H
#define CENTRE_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

/* min to max bytes of one class; a bit for each ASCII character. */
struct check_part {
	uint64_t class[2];
	uint32_t min, max;
};

enum check_type {
	CHECK_STRING,
	CHECK_INTEGER,
	CHECK_BOOLEAN,
	CHECK_OBJECT,
	CHECK_ARRAY,
	CHECK_TYPE_COUNT
};

struct check_member;
struct check {
	enum check_type type;
	bool nullable;
	/* CHECK_STRING */
	bool multiline;			 /* may hold line ends and tabs */
	bool instant;			 /* RFC 3339 */
	uint32_t length_min, length_max; /* code points */
	const struct check_part *part;	 /* the pattern: greedy, one after another */
	size_t part_count;
	const char *const *word; /* enum */
	size_t word_count;
	/* CHECK_INTEGER, inclusive */
	int64_t min, max;
	/* where it is missing */
	bool has_default;
	int64_t default_number; /* also 0 and 1 for booleans */
	const char *default_text;
	/* CHECK_OBJECT: members not listed are refused */
	const struct check_member *member;
	size_t member_count;
	/* CHECK_ARRAY */
	const struct check *item;
	uint32_t item_min, item_max;
};
struct check_member {
	const char *name;
	bool required;
	const struct check *check;
};

#define CHECK_FIELD_MAX 160

/* What is wrong: a key of problem.h, and where. */
struct check_problem {
	const char *key;
	char field[CHECK_FIELD_MAX]; /* "scope[3]"; cut where longer */
};

/*
 * Checks value and all below it, and puts defaults into objects. Returns true,
 * or false with *ret set to the first problem.
 */
bool check_json(const struct check *check, json_t *value, struct check_problem *ret);
/* Text of a parameter. ret_number gets an integer, or 0 and 1 of a boolean. */
bool check_text(const struct check *check, const char *name, struct sv text, int64_t *ret_number,
		struct check_problem *ret);

#endif
