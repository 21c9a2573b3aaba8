/*
 * arena.h - memory that is released together. Named by its lifetime (request,
 * batch, ruleset) and passed explicitly. Not for sharing between threads.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/err.h"
#include "base/sv.h"

struct arena;

/* limit: bytes that may be handed out between two clears, each piece counted in steps of 16. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);  /* NULL is fine */
void arena_clear(struct arena *arena); /* keeps one chunk for reuse */
/* Aligned for any type, not zeroed. Returns NULL where the limit is passed. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t count, size_t size);
/* Copies with a NUL behind it. .p is NULL where the limit is passed. */
struct sv arena_dup(struct arena *arena, struct sv s);
/* Both, one behind the other; likewise. */
struct sv arena_join(struct arena *arena, struct sv first, struct sv then);
struct sv arena_printf(struct arena *arena, const char *format, ...) ERR_PRINTF(2, 3);
size_t arena_used(const struct arena *arena);

/*
 * Calls each for every piece of memory that the arena holds, in the same order
 * where the same was asked of it. Bytes between what was given out
 * are zero where they never were given out.
 */
void arena_each(struct arena *arena, void (*each)(void *context, const void *p, size_t n),
		void *context);

#endif
