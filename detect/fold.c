#include "detect/fold.h"

#include <stdlib.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* Between the last Cyrillic and Georgian letters and the next there are only scripts without case. */
#define CASELESS_FIRST 0x2E80U
#define CASELESS_LAST 0xA63FU
#define BLOCK 16
#define HIGH_BITS UINT64_C(0x8080808080808080)

typedef uint8_t block __attribute__((vector_size(BLOCK)));

static const struct fold_run run[] = {
#include "detect/fold_table.inc"
};
#define RUN_COUNT (sizeof run / sizeof *run)

const struct fold_run *fold_runs(size_t *ret_count)
{
	*ret_count = RUN_COUNT;
	return run;
}

size_t utf8_read(const char *p, size_t n, uint32_t *ret_point)
{
	const uint8_t *byte = (const uint8_t *)p;
	const uint8_t lead = byte[0];
	size_t length;
	uint32_t point;

	if (lead < 0x80) {
		*ret_point = lead;
		return 1;
	}
	length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
	if (lead < 0xC2 || lead > 0xF4 || length > n)
		goto broken;
	point = lead & (0x7FU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xC0) != 0x80)
			goto broken;
		point = point << 6 | (byte[i] & 0x3F);
	}
	if ((length == 3 && (point < 0x800 || (point >= 0xD800 && point <= 0xDFFF))) ||
	    (length == 4 && (point < 0x10000 || point > 0x10FFFF)))
		goto broken;
	*ret_point = point;
	return length;
broken:
	*ret_point = UTF8_BROKEN + lead;
	return 1;
}

size_t utf8_write(uint32_t point, char out[static UTF8_MAX])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xC0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xE0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3F));
		out[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3F));
	out[2] = (char)(0x80 | (point >> 6 & 0x3F));
	out[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

size_t utf8_back(struct sv text, size_t end)
{
	uint32_t point;

	for (size_t length = 1; length <= UTF8_MAX && length <= end; length++)
		if ((text.p[end - length] & 0xC0) != 0x80)
			return utf8_read(text.p + end - length, length, &point) == length ? length
											  : 1;
	return 1;
}

uint32_t fold_point(uint32_t point)
{
	size_t low = 0, high = RUN_COUNT;

	if (point < 0x80)
		return point - 'A' < 26 ? point + ('a' - 'A') : point;
	if (point >= CASELESS_FIRST && point <= CASELESS_LAST)
		return point;
	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (run[middle].last < point)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == RUN_COUNT || point < run[low].first ||
	    (point - run[low].first) % run[low].step != 0)
		return point;
	return (uint32_t)((int32_t)point + run[low].distance);
}

/* Folds one code point at text.p + at; returns what was written and moves *at. */
static size_t fold_one(struct sv text, size_t *at, char *out)
{
	uint32_t point;
	size_t length;

	if ((unsigned char)text.p[*at] < 0x80) {
		const unsigned char c = (unsigned char)text.p[(*at)++];

		*out = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		return 1;
	}
	length = text.n - *at;
	/* U+0080 … U+00BF but U+00B5, and scripts without case: as they are. */
	if (length >= 2 && text.p[*at] == '\xC2' && (text.p[*at + 1] & 0xC0) == 0x80 &&
	    text.p[*at + 1] != '\xB5') {
		memcpy(out, text.p + *at, 2);
		*at += 2;
		return 2;
	}
	if (length >= 3 && (unsigned char)text.p[*at] - 0xE3U <= 0xE9 - 0xE3 &&
	    (text.p[*at + 1] & 0xC0) == 0x80 && (text.p[*at + 2] & 0xC0) == 0x80) {
		memcpy(out, text.p + *at, 3);
		*at += 3;
		return 3;
	}
	length = utf8_read(text.p + *at, length, &point);
	if (point >= UTF8_BROKEN)
		out[0] = text.p[*at];
	*at += length;
	return point >= UTF8_BROKEN ? 1 : utf8_write(fold_point(point), out);
}

/* Where in memory the first byte with a bit stands. */
static size_t first_byte(uint64_t bits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (size_t)__builtin_ctzll(bits) / 8;
#else
	return (size_t)__builtin_clzll(bits) / 8;
#endif
}

/* Folds the letters of ASCII in one block; returns how many bytes stand before the first other. */
static size_t fold_block(const char *p, char *out)
{
	block b;
	uint64_t half[2];

	memcpy(&b, p, BLOCK);
	memcpy(half, &b, BLOCK);
	b |= (block)((b - 'A') < 26) & 0x20;
	memcpy(out, &b, BLOCK);
	half[0] &= HIGH_BITS;
	half[1] &= HIGH_BITS;
	if (half[0] != 0)
		return first_byte(half[0]);
	return half[1] != 0 ? 8 + first_byte(half[1]) : BLOCK;
}

size_t fold_text(struct sv text, char *out)
{
	size_t at = 0, n = 0;

	while (at < text.n) {
		size_t ascii = 0;

		if (text.n - at >= BLOCK) {
			ascii = fold_block(text.p + at, out + n);
			at += ascii;
			n += ascii;
		}
		if (ascii < BLOCK && at < text.n)
			n += fold_one(text, &at, out + n);
	}
	return n;
}

/* ---- variants ---- */

static unsigned look_portable(struct sv text)
{
	unsigned found = 0;

	/* K and s have a second upper case: E2 84 AA, C5 BF. */
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (c == '\xC5' || c == '\xE2')
			found |= FOLD_BECOMES_ASCII;
		if (c == '\\' && i + 1 < text.n && text.p[i + 1] == 'u')
			found |= FOLD_ESCAPE;
	}
	return found;
}

static const struct fold_variant portable = { fold_text, look_portable };

#ifdef __x86_64__

#define TARGET_512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))
#define TARGET_256 __attribute__((target("avx2,bmi,bmi2")))

TARGET_512 static size_t fold_512(struct sv text, char *out)
{
	size_t at = 0, n = 0;

	while (at < text.n) {
		const size_t left = text.n - at < 64 ? text.n - at : 64;
		const uint64_t there = _bzhi_u64(UINT64_MAX, (unsigned)left);
		const __m512i b = _mm512_maskz_loadu_epi8(there, text.p + at);
		const uint64_t high = _mm512_movepi8_mask(b);
		const uint64_t upper = _mm512_cmplt_epu8_mask(
			_mm512_sub_epi8(b, _mm512_set1_epi8('A')), _mm512_set1_epi8(26));
		const size_t ascii = high ? (size_t)_tzcnt_u64(high) : left;

		_mm512_storeu_si512(out + n,
				    _mm512_mask_add_epi8(b, upper, b, _mm512_set1_epi8(0x20)));
		at += ascii;
		n += ascii;
		while (at < text.n && (unsigned char)text.p[at] >= 0x80)
			n += fold_one(text, &at, out + n);
	}
	return n;
}

TARGET_512 static unsigned look_512(struct sv text)
{
	uint64_t becomes = 0, escape = 0, before = 0;

	for (size_t at = 0; at < text.n; at += 64) {
		const size_t left = text.n - at < 64 ? text.n - at : 64;
		const __m512i b =
			_mm512_maskz_loadu_epi8(_bzhi_u64(UINT64_MAX, (unsigned)left), text.p + at);
		const uint64_t slash = _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('\\'));

		becomes |= _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('\xC5')) |
			   _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('\xE2'));
		escape |= (slash << 1 | before) & _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('u'));
		before = slash >> 63;
	}
	return (becomes ? FOLD_BECOMES_ASCII : 0) | (escape ? FOLD_ESCAPE : 0);
}

static const struct fold_variant best_512 = { fold_512, look_512 };

TARGET_256 static size_t fold_256(struct sv text, char *out)
{
	const __m256i bit = _mm256_set1_epi8(0x20), last = _mm256_set1_epi8(25);
	size_t at = 0, n = 0;

	while (text.n - at >= 32) {
		const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text.p + at));
		const __m256i from_a = _mm256_sub_epi8(b, _mm256_set1_epi8('A'));
		const __m256i upper = _mm256_cmpeq_epi8(_mm256_min_epu8(from_a, last), from_a);
		const unsigned high = (unsigned)_mm256_movemask_epi8(b);
		const size_t ascii = high ? (size_t)_tzcnt_u32(high) : 32;

		_mm256_storeu_si256((__m256i *)(void *)(out + n),
				    _mm256_add_epi8(b, _mm256_and_si256(upper, bit)));
		at += ascii;
		n += ascii;
		while (at < text.n && (unsigned char)text.p[at] >= 0x80)
			n += fold_one(text, &at, out + n);
	}
	return n + fold_text((struct sv){ text.p + at, text.n - at }, out + n);
}

TARGET_256 static unsigned look_256(struct sv text)
{
	__m256i becomes = _mm256_setzero_si256();
	unsigned escape = 0, found;
	size_t at = 0;

	for (; text.n - at >= 33; at += 32) {
		const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text.p + at));
		const __m256i next =
			_mm256_loadu_si256((const __m256i *)(const void *)(text.p + at + 1));

		becomes = _mm256_or_si256(
			becomes, _mm256_or_si256(_mm256_cmpeq_epi8(b, _mm256_set1_epi8('\xC5')),
						 _mm256_cmpeq_epi8(b, _mm256_set1_epi8('\xE2'))));
		escape |= (unsigned)_mm256_movemask_epi8(
			_mm256_and_si256(_mm256_cmpeq_epi8(b, _mm256_set1_epi8('\\')),
					 _mm256_cmpeq_epi8(next, _mm256_set1_epi8('u'))));
	}
	found = look_portable((struct sv){ text.p + at, text.n - at });
	return found | (_mm256_movemask_epi8(becomes) ? FOLD_BECOMES_ASCII : 0) |
	       (escape ? FOLD_ESCAPE : 0);
}

static const struct fold_variant best_256 = { fold_256, look_256 };

#endif

const struct fold_variant *fold_best(void)
{
#ifdef __x86_64__
	const char *wanted = secure_getenv("HIKESHI_SIMD");

	if ((!wanted || strcmp(wanted, "avx512") == 0) && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("bmi2"))
		return &best_512;
	if ((!wanted || strcmp(wanted, "avx2") == 0 || strcmp(wanted, "avx512") == 0) &&
	    __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		return &best_256;
#endif
	return &portable;
}

struct sv fold_dup(struct arena *arena, struct sv text)
{
	size_t ascii = 0;
	char *out;

	while (ascii < text.n && (unsigned char)text.p[ascii] < 0x80)
		ascii++;
	out = arena_alloc(arena, ascii == text.n ? text.n + 1 : FOLD_ROOM(text.n));
	return out ? (struct sv){ out, fold_text(text, out) } : SV_NONE;
}

size_t fold_offset(struct sv text, size_t folded)
{
	char out[UTF8_MAX];
	size_t at = 0;

	for (size_t n = 0; at < text.n && n < folded;)
		n += fold_one(text, &at, out);
	return at;
}
