/*
 * fold.h - case folding: the simple folding of Unicode (one code point becomes
 * one code point), ASCII fast. Bytes that are not UTF-8 stay as they are.
 */
#ifndef DETECT_FOLD_H
#define DETECT_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"

/* Bytes that folding n bytes may need: two bytes can become three. */
#define FOLD_ROOM(n) ((n) + (n) / 2 + 64)

/* Writes folded text to out, which has FOLD_ROOM(text.n) bytes. Returns its length. */
size_t fold_text(struct sv text, char *out);
/*
 * The same by the best means of this processor (or what HIKESHI_SIMD names), for
 * those who fold much; and what a scan of a text that is not folded must know.
 */
struct fold_variant {
	size_t (*text)(struct sv text, char *out);
	/* Some of enum fold_look, of a text that may be JSON. */
	unsigned (*look)(struct sv text);
};
enum fold_look {
	FOLD_BECOMES_ASCII = 1, /* perhaps a letter beyond ASCII that folds to one of ASCII */
	FOLD_ESCAPE = 2,	/* "\\u" stands somewhere */
};
const struct fold_variant *fold_best(void);
struct sv fold_dup(struct arena *arena, struct sv text); /* .p NULL: arena is full */
uint32_t fold_point(uint32_t point);
/* Where in text the byte stands that is at offset folded of the folded text. */
size_t fold_offset(struct sv text, size_t folded);

/* A run of code points first, first + step, …, last that fold to themselves + distance. */
struct fold_run {
	uint32_t first, last;
	uint8_t step;
	int32_t distance;
};
/* All runs above ASCII, ascending by first. */
const struct fold_run *fold_runs(size_t *ret_count);

/* ---- UTF-8, one code point at a time ---- */

#define UTF8_MAX 4
/*
 * Length of the code point at p (n > 0 bytes are there) and its value; a byte
 * that begins no whole code point has length 1 and the value UTF8_BROKEN + byte.
 */
#define UTF8_BROKEN 0x110000U
size_t utf8_read(const char *p, size_t n, uint32_t *ret_point);
size_t utf8_write(uint32_t point, char out[static UTF8_MAX]);
/* Length of the code point that ends before offset end > 0. */
size_t utf8_back(struct sv text, size_t end);

#endif
