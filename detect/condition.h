/* condition.h - the condition of a rule: which searches must hold together. */
#ifndef DETECT_CONDITION_H
#define DETECT_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define CONDITION_BYTES_MAX 65536
#define CONDITION_DEPTH_MAX 64
#define CONDITION_SEARCHES_MAX 100000 /* after patterns are written out */

enum condition_kind { CONDITION_AND, CONDITION_OR, CONDITION_NOT, CONDITION_SEARCH };

struct condition {
	enum condition_kind kind;
	uint32_t search; /* its index */
	size_t count;
	struct condition **child;
};

/*
 * Parses text; name are the searches in the rule's order. On failure returns
 * NULL and sets *ret_at to the offset in text.
 */
struct condition *condition_parse(struct arena *arena, struct sv text, const struct sv *name,
				  size_t count, size_t *ret_at, struct err *err);
/* A new inner node over two or more; NULL where the arena is full. */
struct condition *condition_join(struct arena *arena, enum condition_kind kind,
				 struct condition *const *child, size_t count);
/* A copy whose searches are counted from `by` on. */
struct condition *condition_shift(struct arena *arena, const struct condition *condition,
				  uint32_t by);
/* Sets used[i] for each search i that takes part. */
void condition_mark(const struct condition *condition, bool *used);

#endif
