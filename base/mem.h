/*
 * mem.h - heap memory. Out of memory ends the process (its parent starts it
 * again), so callers never check. Hostile sizes are bounded before they come
 * here. Release with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

#include "base/sv.h"

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_zalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_realloc(void *p, size_t count, size_t size); /* checks the product */
char *mem_dup(const char *text);		       /* NULL gives NULL */
char *mem_dup_sv(struct sv s);			       /* adds a NUL */

/* Frees what a pointer variable holds and sets it to NULL. */
#define mem_clear(pointer) (free(*(pointer)), *(pointer) = NULL)

#endif
