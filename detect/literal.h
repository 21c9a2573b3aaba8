/*
 * literal.h - which of many texts stand in a value: whole, at its start, at its
 * end or anywhere. Hash tables; for "anywhere" a sample of four bytes of each
 * text is looked up at every few bytes of the value.
 */
#ifndef DETECT_LITERAL_H
#define DETECT_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"

enum literal_kind {
	LITERAL_EXACT,
	LITERAL_PREFIX,
	LITERAL_SUFFIX,
	LITERAL_CONTAINS,
	LITERAL_KIND_COUNT
};

struct literal {
	enum literal_kind kind;
	struct sv text; /* never empty, except EXACT */
	uint32_t payload;
};

struct literal_set;

/* Comparisons that one scan may make for each byte of the value, before it gives up. */
#define LITERAL_WORK_MAX 16

/* Texts are copied. NULL where the arena is full. */
const struct literal_set *literal_set_new(struct arena *arena, const struct literal *literal,
					  size_t count);
/*
 * Calls found for each text that is there; it may come more than once. Ends
 * early where found returns true. Returns false where it gave up because the
 * value was made to be slow: then any text may be there.
 */
bool literal_set_scan(const struct literal_set *set, struct sv value,
		      bool (*found)(void *context, uint32_t payload), void *context);
/*
 * The same for a value that is not folded, and a set of nothing but folded texts
 * of ASCII that may stand anywhere: letters of ASCII are folded on the way, others
 * are not.
 */
bool literal_set_scan_unfolded(const struct literal_set *set, struct sv value,
			       bool (*found)(void *context, uint32_t payload), void *context);

#endif
