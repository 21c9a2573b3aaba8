/*
 * scan.h - finding the end of the plain part of a JSON string: the bytes that
 * are neither a quote, nor a backslash, nor a control character, nor beyond
 * ASCII. Private to event/. Every variant gives the same result.
 */
#ifndef EVENT_SCAN_H
#define EVENT_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes that scan_copy may write behind what it copies. */
#define SCAN_SLACK 16

#define SCAN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Sets the top bit of every byte of eight that ends a plain part. A borrow may
 * set it in a byte above such a one too, never below: the lowest is right.
 */
static inline uint64_t scan_stops(uint64_t eight)
{
	const uint64_t quote = eight ^ SCAN_EACH(0x22), slash = eight ^ SCAN_EACH(0x5c);

	return (((quote - SCAN_EACH(1)) & ~quote) | ((slash - SCAN_EACH(1)) & ~slash) |
		(eight - SCAN_EACH(0x20)) | eight) &
	       SCAN_EACH(0x80);
}

static inline int scan_is_stop(char c)
{
	const unsigned char u = (unsigned char)c;

	return u < 0x20 || u >= 0x80 || u == '"' || u == '\\';
}

/* Returns where the plain part that starts at p ends; end, where all is plain. */
static inline const char *scan_plain_portable(const char *p, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	while (end - p >= 8) {
		uint64_t eight;

		memcpy(&eight, p, sizeof eight);
		eight = scan_stops(eight);
		if (eight)
			return p + __builtin_ctzll(eight) / 8;
		p += 8;
	}
#endif
	while (p < end && !scan_is_stop(*p))
		p++;
	return p;
}

/* The same, copying the plain part to `to`, which has SCAN_SLACK bytes more. */
static inline const char *scan_copy_portable(const char *p, const char *end, char *to)
{
	const char *stop = scan_plain_portable(p, end);

	memcpy(to, p, (size_t)(stop - p));
	return stop;
}

#ifdef __SSE2__
static inline unsigned scan_mask(__m128i sixteen)
{
	/* Signed: what is beyond ASCII is negative, so below 0x20 too. */
	const __m128i low = _mm_cmplt_epi8(sixteen, _mm_set1_epi8(0x20));
	const __m128i quote = _mm_cmpeq_epi8(sixteen, _mm_set1_epi8('"'));
	const __m128i slash = _mm_cmpeq_epi8(sixteen, _mm_set1_epi8('\\'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash)));
}

static inline const char *scan_plain(const char *p, const char *end)
{
	while (end - p >= 16) {
		const unsigned mask = scan_mask(_mm_loadu_si128((const __m128i *)(const void *)p));

		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
	}
	return scan_plain_portable(p, end);
}

static inline const char *scan_copy(const char *p, const char *end, char *to)
{
	while (end - p >= 16) {
		const __m128i sixteen = _mm_loadu_si128((const __m128i *)(const void *)p);
		const unsigned mask = scan_mask(sixteen);

		_mm_storeu_si128((__m128i *)(void *)to, sixteen);
		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
		to += 16;
	}
	return scan_copy_portable(p, end, to);
}
#else
#define scan_plain scan_plain_portable
#define scan_copy scan_copy_portable
#endif

#endif
