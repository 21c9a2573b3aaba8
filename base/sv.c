#include "base/sv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Longer numbers than this are refused: no exact double needs more. */
#define NUMBER_TEXT_MAX 512

static unsigned char fold(char c)
{
	const unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

struct sv sv_from(const char *text)
{
	return text ? (struct sv){ text, strlen(text) } : SV_NONE;
}

struct sv sv_slice(struct sv s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct sv){ s.p ? s.p + from : NULL, to - from };
}

bool sv_eq_case(struct sv a, struct sv b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

int sv_cmp(struct sv a, struct sv b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

size_t sv_find(struct sv s, struct sv needle, size_t from)
{
	const char *at;

	if (from > s.n || needle.n > s.n - from)
		return SIZE_MAX;
	if (needle.n == 0)
		return from;
	at = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t sv_find_char(struct sv s, char c, size_t from)
{
	const char *at;

	if (from >= s.n)
		return SIZE_MAX;
	at = memchr(s.p + from, c, s.n - from);
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sv sv_trim(struct sv s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct sv sv_cut(struct sv *rest, char c)
{
	const struct sv all = *rest;
	const size_t at = sv_find_char(all, c, 0);

	if (at == SIZE_MAX) {
		*rest = sv_slice(all, all.n, all.n);
		return all;
	}
	*rest = sv_slice(all, at + 1, all.n);
	return sv_slice(all, 0, at);
}

bool sv_to_u64(struct sv s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

bool sv_to_i64(struct sv s, int64_t *ret)
{
	const bool negative = s.n > 0 && s.p[0] == '-';
	const uint64_t most = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	uint64_t value;

	if (!sv_to_u64(sv_slice(s, negative, s.n), &value) || value > most)
		return false;
	*ret = (int64_t)(negative ? 0 - value : value);
	return true;
}

static size_t digits(struct sv s, size_t from)
{
	size_t n = 0;

	while (from + n < s.n && s.p[from + n] >= '0' && s.p[from + n] <= '9')
		n++;
	return n;
}

static bool is_json_number(struct sv s)
{
	size_t at = s.n > 0 && s.p[0] == '-', n = digits(s, at);

	if (n == 0 || (n > 1 && s.p[at] == '0'))
		return false;
	at += n;
	if (at < s.n && s.p[at] == '.') {
		n = digits(s, at + 1);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		if (at < s.n && (s.p[at] == '+' || s.p[at] == '-'))
			at++;
		n = digits(s, at);
		if (n == 0)
			return false;
		at += n;
	}
	return at == s.n;
}

bool sv_to_double(struct sv s, double *ret)
{
	char text[NUMBER_TEXT_MAX + 1];
	double value;

	if (s.n > NUMBER_TEXT_MAX || !is_json_number(s))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	value = strtod(text, NULL);
	if (!isfinite(value))
		return false;
	*ret = value;
	return true;
}

size_t sv_utf8_bad(struct sv s)
{
	/* Lead byte → length and the bounds of the second byte (RFC 3629). */
	static const struct {
		unsigned char first, last, n, low, high;
	} lead[] = {
		{ 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
		{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f },
		{ 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
		{ 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
	};
	size_t i = 0;

	while (i < s.n) {
		const unsigned char *u = (const unsigned char *)s.p + i;
		uint64_t eight;
		size_t row = 0;

		if (u[0] < 0x80) {
			i++;
			while (i + sizeof eight <= s.n) {
				memcpy(&eight, s.p + i, sizeof eight);
				if (eight & UINT64_C(0x8080808080808080))
					break;
				i += sizeof eight;
			}
			continue;
		}
		while (row < sizeof lead / sizeof *lead && u[0] > lead[row].last)
			row++;
		if (row == sizeof lead / sizeof *lead || u[0] < lead[row].first ||
		    s.n - i < lead[row].n || u[1] < lead[row].low || u[1] > lead[row].high)
			return i;
		for (unsigned k = 2; k < lead[row].n; k++)
			if ((u[k] & 0xc0) != 0x80)
				return i;
		i += lead[row].n;
	}
	return SIZE_MAX;
}

bool sv_is_utf8(struct sv s)
{
	return sv_utf8_bad(s) == SIZE_MAX;
}

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t sv_hash(struct sv s)
{
	uint64_t hash = FNV_START;

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * FNV_PRIME;
	return hash;
}

uint64_t sv_hash_case(struct sv s)
{
	uint64_t hash = FNV_START;

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ fold(s.p[i])) * FNV_PRIME;
	return hash;
}
