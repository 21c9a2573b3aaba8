/*
 * pattern.h - the value of a search item as tokens. A value is parsed once;
 * modifiers add and change tokens, never text, so that no text can become an
 * escape or a wildcard by accident.
 */
#ifndef DETECT_PATTERN_H
#define DETECT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define PATTERN_BYTES_MAX 65536 /* of one value */
#define PATTERN_TOKENS_MAX 512
#define PATTERN_DASHES_MAX 4 /* where they are written out: 5^4 variants */
#define PLACEHOLDER_NAME_MAX 128

enum token_kind {
	TOKEN_TEXT,
	TOKEN_ANY,  /* *: any characters, also none */
	TOKEN_ONE,  /* ?: one character */
	TOKEN_DASH, /* windash: one of - / and three dashes of Unicode */
	TOKEN_NAME, /* %name%, until `expand` replaces it; text is the name */
};

struct token {
	enum token_kind kind;
	struct sv text;
};

struct pattern {
	const struct token *token;
	size_t count;
};

/*
 * Reads `*`, `?` and their escapes, and %name% where names is set. Fails where
 * it is too long or has too many tokens, or where a name is not closed.
 */
int pattern_parse(struct arena *arena, struct sv text, bool names, struct pattern *ret,
		  struct err *err);
/* Whether it is text alone (also none); then *ret is this text. */
bool pattern_is_text(struct pattern pattern, struct sv *ret);
bool pattern_has(struct pattern pattern, enum token_kind kind);
/* Puts `*` in front and behind where asked and where none stands yet. */
int pattern_pad(struct arena *arena, struct pattern *pattern, bool front, bool behind,
		struct err *err);
/* Makes a token of each - and / that begins a word. */
int pattern_windash(struct arena *arena, struct pattern *pattern, struct err *err);
/* One pattern for each way to write the dashes; fails over PATTERN_DASHES_MAX. */
int pattern_write_dashes(struct arena *arena, struct pattern pattern, const struct pattern **ret,
			 size_t *ret_count, struct err *err);
/* Replaces the first name; false where there is none. */
bool pattern_first_name(struct pattern pattern, struct sv *ret);
int pattern_replace_name(struct arena *arena, struct pattern pattern, struct pattern by,
			 struct pattern *ret, struct err *err);

enum pattern_encoding { ENCODE_UTF16LE, ENCODE_UTF16BE, ENCODE_UTF16 /* LE with mark */ };
/* Each text becomes bytes in the encoding. */
int pattern_encode(struct arena *arena, struct pattern *pattern, enum pattern_encoding encoding,
		   struct err *err);
/* Base64 of the whole text; fails where it is not text alone. */
int pattern_base64(struct arena *arena, struct pattern *pattern, struct err *err);
/* What is the same in Base64 wherever the text stands, for offsets 0, 1, 2. */
int pattern_base64_offset(struct arena *arena, struct pattern pattern, struct pattern ret[static 3],
			  struct err *err);

#endif
