/* modifier.h - the modifiers behind a field's name, and values that went through them. */
#ifndef DETECT_MODIFIER_H
#define DETECT_MODIFIER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "detect/detect.h"
#include "detect/item.h"

#define CHAIN_STEPS_MAX 16

enum modifier {
	MODIFIER_CONTAINS,
	MODIFIER_STARTSWITH,
	MODIFIER_ENDSWITH,
	MODIFIER_WINDASH,
	MODIFIER_BASE64,
	MODIFIER_BASE64OFFSET,
	MODIFIER_UTF16LE,
	MODIFIER_UTF16BE,
	MODIFIER_UTF16,
	MODIFIER_EXPAND,
	MODIFIER_ALL,
	MODIFIER_CASED,
	MODIFIER_NEQ,
	MODIFIER_RE,
	MODIFIER_RE_CASELESS,
	MODIFIER_RE_MULTILINE,
	MODIFIER_RE_DOTALL,
	MODIFIER_CIDR,
	MODIFIER_FIELDREF,
	MODIFIER_EXISTS,
	MODIFIER_COMPARE, /* lt lte gt gte */
	MODIFIER_PART,	  /* minute … year */
};

enum value_kind {
	VALUE_TEXT,
	VALUE_REGEX,
	VALUE_NETWORK,
	VALUE_NUMBER,
	VALUE_FIELD,
	VALUE_EXISTS,
};

/* A chain that was read and makes sense. */
struct chain {
	enum value_kind kind;
	bool all, cased, neq, expand;
	enum compare compare;
	enum time_part part;
	unsigned regex_flags;
	enum modifier step[CHAIN_STEPS_MAX]; /* those that change the value, in order */
	size_t step_count;
};

/*
 * Reads "contains|all". keyword: the item has no field. On failure *ret_at is
 * the offset in text of the modifier that is wrong.
 */
int chain_parse(struct sv text, bool keyword, struct chain *ret, size_t *ret_at, struct err *err);

/* What makes values of a rule into matchers. */
struct value_context {
	struct arena *arena;
	const struct chain *chain;
	bool keyword;
	const struct ruleset_placeholder *placeholder;
	size_t placeholder_count;
	/* The number of a field, for fieldref. */
	uint32_t (*field)(void *context, struct sv name);
	void *context;
	/* results, appended */
	struct matcher *matcher;
	size_t count, room;
	size_t bytes;	     /* of texts so far */
	const char *warning; /* set where the value is doubtful */
	size_t error_at;     /* offset in the value; SIZE_MAX: all of it */
};

/* Appends the matchers of one text; group numbers them. */
int value_add_text(struct value_context *context, struct sv text, uint32_t group, struct err *err);
int value_add_null(struct value_context *context, uint32_t group, struct err *err);
void value_context_done(struct value_context *context);

#endif
