#include "detect/find.h"

#ifdef __SSE2__
#include <emmintrin.h>

#define BLOCK 16
/*
 * Comparisons that may fail for each byte of the text before memmem, which is
 * linear whatever the text, takes over.
 */
#define FAILURES_MAX 4

/* Places in a block where the needle's first and last byte stand at once. */
static unsigned places(const char *first, const char *last, __m128i begin, __m128i end)
{
	__m128i a, b;

	memcpy(&a, first, BLOCK);
	memcpy(&b, last, BLOCK);
	return (unsigned)_mm_movemask_epi8(
		_mm_and_si128(_mm_cmpeq_epi8(a, begin), _mm_cmpeq_epi8(b, end)));
}

/* Fewer places than a block has. */
static size_t find_in_rest(struct sv text, struct sv needle, size_t at)
{
	for (; at + needle.n <= text.n; at++)
		if (text.p[at] == needle.p[0] && memcmp(text.p + at, needle.p, needle.n) == 0)
			return at;
	return SIZE_MAX;
}

size_t find_text(struct sv text, struct sv needle, size_t from)
{
	const size_t n = needle.n;
	size_t at = from, failures = 0;
	__m128i begin, end;

	if (n < 2 || from > text.n)
		return n == 1 ? sv_find_char(text, needle.p[0], from) : sv_find(text, needle, from);
	begin = _mm_set1_epi8(needle.p[0]);
	end = _mm_set1_epi8(needle.p[n - 1]);
	for (; at + n - 1 + BLOCK <= text.n; at += BLOCK) {
		unsigned rest = places(text.p + at, text.p + at + n - 1, begin, end);

		for (; rest != 0; rest &= rest - 1) {
			const size_t place = at + (size_t)__builtin_ctz(rest);

			if (memcmp(text.p + place + 1, needle.p + 1, n - 1) == 0)
				return place;
			failures++;
		}
		if (failures > FAILURES_MAX * BLOCK + (at - from) / 8)
			return sv_find(text, needle, at + BLOCK);
	}
	return find_in_rest(text, needle, at);
}

bool find_high(struct sv text)
{
	__m128i any = _mm_setzero_si128(), block;
	unsigned char rest = 0;
	size_t at = 0;

	for (; at + BLOCK <= text.n; at += BLOCK) {
		memcpy(&block, text.p + at, BLOCK);
		any = _mm_or_si128(any, block);
	}
	for (; at < text.n; at++)
		rest |= (unsigned char)text.p[at];
	return _mm_movemask_epi8(any) != 0 || rest >= 0x80;
}

#else

size_t find_text(struct sv text, struct sv needle, size_t from)
{
	return sv_find(text, needle, from);
}

bool find_high(struct sv text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return true;
	return false;
}

#endif
