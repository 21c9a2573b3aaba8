/*
 * regex.h - regular expressions in time linear in the text: what Sigma's `re`
 * may say (the part of PCRE without look-around, back-references, atomic and
 * possessive repeats) as an automaton whose states are made when first needed.
 * A hostile text cannot make a search slow, so there is no limit to pass.
 *
 * Means what PCRE2 means with PCRE2_UTF and newline LF: \d \s \w \b know ASCII
 * only, `$` also matches before a last newline.
 */
#ifndef DETECT_REGEX_H
#define DETECT_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define REGEX_TEXT_MAX 8192    /* bytes of one expression */
#define REGEX_REPEAT_MAX 2000  /* of {n,m}; PCRE2 would take 65535 */
#define REGEX_DEPTH_MAX 64     /* nested groups */
#define REGEX_PROGRAM_MAX 4096 /* steps after repeats are written out */
#define REGEX_CLASSES_MAX 250  /* kinds of characters that it tells apart */
#define REGEX_REQUIRED_MAX 64
#define REGEX_CACHE_MAX ((size_t)2 << 20) /* bytes of made states, by regex and session */

enum regex_flags {
	REGEX_CASELESS = 1,
	REGEX_MULTILINE = 2, /* ^ and $ at each line */
	REGEX_DOTALL = 4,    /* . takes newline too */
};

struct regex; /* immutable, in its arena */

/*
 * Compiles text. On failure returns NULL, says why, and sets *ret_at to the
 * offset in text where it went wrong.
 */
const struct regex *regex_new(struct arena *arena, struct sv text, unsigned flags, size_t *ret_at,
			      struct err *err);
/*
 * Case-folded texts of which at least one stands in the folded form of every
 * text that matches. 0: none is known.
 */
size_t regex_required(const struct regex *regex, const struct sv **ret);

struct regex_cache; /* the states made so far, for one thread */

struct regex_cache *regex_cache_new(const struct regex *regex);
void regex_cache_free(struct regex_cache *cache); /* NULL is fine */
/* Whether it matches anywhere in text. */
bool regex_search(struct regex_cache *cache, struct sv text);
/* Where: leftmost, then longest. Slower; false where it does not match. */
bool regex_find(const struct regex *regex, struct sv text, size_t *ret_at, size_t *ret_n);

#endif
