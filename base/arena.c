#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"

#define ARENA_ALIGN 16
#define ARENA_CHUNK_MIN ((size_t)4 << 10)
#define ARENA_CHUNK_MAX                                                                            \
	((size_t)1 << 20) /* one piece of heap; a larger request gets a piece of its own */

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ARENA_ASAN)
#include <sanitizer/asan_interface.h>
#define poison(p, n) __asan_poison_memory_region(p, n)
#define unpoison(p, n) __asan_unpoison_memory_region(p, n)
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

struct chunk {
	struct chunk *next;
	size_t room;
	alignas(ARENA_ALIGN) char byte[];
};

struct arena {
	struct chunk *first; /* the one that is filled */
	size_t filled;	     /* of first */
	size_t used, limit;
};

struct arena *arena_new(size_t limit)
{
	struct arena *arena = mem_zalloc(sizeof *arena);

	arena->limit = limit;
	return arena;
}

static void chunk_free(struct chunk *chunk)
{
	unpoison(chunk->byte, chunk->room);
	free(chunk);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->first) {
		struct chunk *next = arena->first->next;

		chunk_free(arena->first);
		arena->first = next;
	}
	free(arena);
}

void arena_clear(struct arena *arena)
{
	struct chunk *kept = NULL;

	while (arena->first) {
		struct chunk *chunk = arena->first;

		arena->first = chunk->next;
		if (chunk->room <= ARENA_CHUNK_MAX && (!kept || chunk->room > kept->room)) {
			if (kept)
				chunk_free(kept);
			kept = chunk;
		} else {
			chunk_free(chunk);
		}
	}
	if (kept) {
		kept->next = NULL;
		poison(kept->byte, kept->room);
	}
	arena->first = kept;
	arena->filled = 0;
	arena->used = 0;
}

static void chunk_add(struct arena *arena, size_t size)
{
	size_t room = arena->first ? arena->first->room * 2 : ARENA_CHUNK_MIN;
	struct chunk *chunk;

	if (room > ARENA_CHUNK_MAX)
		room = ARENA_CHUNK_MAX;
	if (room < size)
		room = size;
	chunk = mem_zalloc(sizeof *chunk + room);
	chunk->room = room;
	chunk->next = arena->first;
	poison(chunk->byte, room);
	arena->first = chunk;
	arena->filled = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t step = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	char *p;

	if (step < size || step > arena->limit - arena->used)
		return NULL;
	if (!arena->first || step > arena->first->room - arena->filled)
		chunk_add(arena, step);
	p = arena->first->byte + arena->filled;
	arena->filled += step;
	arena->used += step;
	unpoison(p, size);
	return p;
}

void *arena_zalloc(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	p = arena_alloc(arena, bytes);
	return p && bytes > 0 ? memset(p, 0, bytes) : p;
}

struct sv arena_dup(struct arena *arena, struct sv s)
{
	char *p = s.n < SIZE_MAX ? arena_alloc(arena, s.n + 1) : NULL;

	if (!p)
		return SV_NONE;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct sv){ p, s.n };
}

struct sv arena_join(struct arena *arena, struct sv first, struct sv then)
{
	const size_t n = first.n + then.n;
	char *p = first.n < SIZE_MAX - then.n ? arena_alloc(arena, n + 1) : NULL;

	if (!p)
		return SV_NONE;
	if (first.n > 0)
		memcpy(p, first.p, first.n);
	if (then.n > 0)
		memcpy(p + first.n, then.p, then.n);
	p[n] = '\0';
	return (struct sv){ p, n };
}

struct sv arena_printf(struct arena *arena, const char *format, ...)
{
	va_list list;
	char *p;
	int n;

	va_start(list, format);
	n = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (n < 0)
		return SV_NONE;
	p = arena_alloc(arena, (size_t)n + 1);
	if (!p)
		return SV_NONE;
	va_start(list, format);
	vsnprintf(p, (size_t)n + 1, format, list);
	va_end(list);
	return (struct sv){ p, (size_t)n };
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

void arena_each(struct arena *arena, void (*each)(void *context, const void *p, size_t n),
		void *context)
{
	size_t n = arena->filled;

	for (struct chunk *chunk = arena->first; chunk; chunk = chunk->next) {
		unpoison(chunk->byte, chunk->room);
		each(context, chunk->byte, n);
		n = chunk->next ? chunk->next->room : 0;
	}
}
