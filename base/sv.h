/*
 * sv.h - string views: borrowed bytes with a length. They are passed by value,
 * never own anything, need no final NUL and may hold NULs. The bytes must
 * outlive the view; whoever hands a view out says how long that is.
 */
#ifndef BASE_SV_H
#define BASE_SV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sv {
	const char *p;
	size_t n;
};

/* For string literals only. */
#define SV(literal) ((struct sv){ "" literal, sizeof(literal) - 1 })
#define SV_NONE ((struct sv){ NULL, 0 })
/* For printf: printf("%.*s", SV_ARG(x)). Views over 2 GB are cut. */
#define SV_ARG(x) (int)((x).n > INT32_MAX ? INT32_MAX : (x).n), ((x).p ? (x).p : "")

struct sv sv_from(const char *text);			 /* NULL gives SV_NONE */
struct sv sv_slice(struct sv s, size_t from, size_t to); /* clamps to s */
/* Names often begin alike and end differently: the last byte is looked at first. */
static inline bool sv_eq(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || (a.p[a.n - 1] == b.p[b.n - 1] &&
					   memcmp(a.p, b.p, a.n - 1) == 0));
}
bool sv_eq_case(struct sv a, struct sv b); /* ASCII letters fold */
int sv_cmp(struct sv a, struct sv b);	   /* as memcmp, then by length */
static inline bool sv_starts(struct sv s, struct sv prefix)
{
	return s.n >= prefix.n && sv_eq((struct sv){ s.p, prefix.n }, prefix);
}
static inline bool sv_ends(struct sv s, struct sv suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 ||
				   sv_eq((struct sv){ s.p + (s.n - suffix.n), suffix.n }, suffix));
}
/* Offset of the first needle at or after from, or SIZE_MAX. */
size_t sv_find(struct sv s, struct sv needle, size_t from);
size_t sv_find_char(struct sv s, char c, size_t from);
struct sv sv_trim(struct sv s); /* ASCII white space at both ends */
/*
 * Returns what stands before the first c and moves *rest behind it; where
 * there is no c, returns all and leaves *rest empty.
 */
struct sv sv_cut(struct sv *rest, char c);
/* Whole view must be a decimal number in range, else false, *ret untouched. */
bool sv_to_u64(struct sv s, uint64_t *ret);
bool sv_to_i64(struct sv s, int64_t *ret);
bool sv_to_double(struct sv s, double *ret); /* finite JSON-style numbers of at most 512 bytes */
bool sv_is_utf8(struct sv s);
/* Offset of the first byte that is not strict UTF-8 (RFC 3629), or SIZE_MAX. */
size_t sv_utf8_bad(struct sv s);
/* 64-bit FNV-1a over the bytes; _case folds ASCII letters first. */
uint64_t sv_hash(struct sv s);
uint64_t sv_hash_case(struct sv s);

#endif
