/*
 * request.h - reads what a stranger wrote in the head of a request: target,
 * query, cookies, language, bearer token. Pure and bounded.
 */
#ifndef CENTRE_REQUEST_H
#define CENTRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/sv.h"
#include "centre/http.h"

#define REQUEST_TARGET_MAX 8192
#define REQUEST_PAIRS_MAX 64
#define REQUEST_COOKIES_MAX 64
#define REQUEST_LANGUAGES_MAX 32

struct request_pair {
	struct sv name, value; /* decoded; in arena or borrowed */
};

/*
 * Splits "/a/b?x=1&y=%E3%81%82" and decodes the query. The path must be plain:
 * no percent, no dots as segments, no empty segment. Returns false where the
 * target is longer than REQUEST_TARGET_MAX, not of that form, holds bytes that
 * are not UTF-8 or NUL after decoding, or too many pairs.
 */
bool request_target(struct sv target, struct arena *arena, struct sv *ret_path,
		    struct request_pair pair[static REQUEST_PAIRS_MAX], size_t *ret_count);

/* Percent and plus; false for a broken escape, a NUL or what is not UTF-8. */
bool request_unescape(struct sv text, struct arena *arena, struct sv *ret);

/*
 * The value of one cookie. SV_NONE where it is missing, where it stands more
 * than once (somebody may have planted one), or where there are too many.
 */
struct sv request_cookie(struct sv header, struct sv name);

/* "Bearer x" gives x (token68 characters only), else SV_NONE. */
struct sv request_bearer(struct sv header);

/* Japanese unless English is wanted more; otherwise where it names neither. */
enum language request_language(struct sv accept_language, enum language otherwise);

/* "application/json; charset=utf-8" is "application/json". */
bool request_is_type(struct sv header, struct sv type);

#endif
