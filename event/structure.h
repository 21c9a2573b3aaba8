/*
 * structure.h - where the tokens of a JSON text stand: quotes, brackets, colons,
 * commas, and the first byte of every number or word, found 64 bytes at a time.
 * Private to event/. There is one variant for each kind of processor; all give
 * the same answer.
 */
#ifndef EVENT_STRUCTURE_H
#define EVENT_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

/* What a variant may write behind its tokens. */
#define STRUCTURE_SLACK 64
/* Bytes that unescaping may write behind the text. */
#define STRUCTURE_TEXT_SLACK 64

struct structure {
	uint32_t *token; /* offsets, ascending */
	size_t count;
	uint64_t *escape; /* bit of a closing quote: its string holds a backslash */
	uint64_t *high;	  /* bit of a byte beyond ASCII */
	bool has_high;
	size_t blocks; /* words of escape and high */
};

struct structure_variant {
	const char *name; /* as HIKESHI_SIMD says it */
	/*
	 * Fills structure, whose arrays have room for text. False where a string does
	 * not end, or holds a control character. Reads nothing behind text.
	 */
	bool (*find)(struct sv text, struct structure *structure);
	/*
	 * Writes text without its escapes to `to`, which has STRUCTURE_TEXT_SLACK
	 * bytes more. Returns the length; SIZE_MAX where an escape is none of the
	 * simple ones. NULL: none of this variant's own.
	 */
	size_t (*unescape)(struct sv text, char *to);
	bool (*is_supported)(void);
};

/* Best first; ends with a row without name. */
const struct structure_variant *structure_variants(void);
/* The one that HIKESHI_SIMD names, where this processor has it, else the best. */
const struct structure_variant *structure_best(void);

#endif
