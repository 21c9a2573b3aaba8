/*
 * cache.h - a compiled ruleset as a file, so that the same rules need not be read
 * and compiled again. The file is an image of the memory, with a list of the
 * places where pointers stand: those that differ between two compilations of the
 * same rules. It is only used by the program that wrote it, and only where it is
 * the caller's own and nobody else may write to it; any other is ignored.
 */
#ifndef DETECT_CACHE_H
#define DETECT_CACHE_H

#include "base/hash.h"
#include "detect/internal.h"

#define CACHE_BYTES_MAX ((uint64_t)1 << 30)
#define CACHE_SEGMENTS_MAX 4096 /* pieces of memory of one ruleset */
#define CACHE_FILES_MAX 8	/* kept in one folder: of more the oldest are removed */

/* NULL where there is none that fits. */
struct ruleset *cache_load(const char *folder, const struct sha256 *key);
/* first and second: two compilations of the same. Not written where anything is in doubt. */
bool cache_save(const char *folder, const struct sha256 *key, const struct ruleset *first,
		const struct ruleset *second);
/* Seconds since 1970 by the clock of the folder's file system; false: nothing can be put there. */
bool cache_now(const char *folder, int64_t *ret);
/* Of the program's code: another build has another number. */
uint64_t cache_program(void);

#endif
