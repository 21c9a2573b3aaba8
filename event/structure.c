#include "event/structure.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif
#ifdef __aarch64__
#include <arm_neon.h>
#endif

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* One bit for each of 64 bytes. */
struct masks {
	uint64_t quote, slash, control, mark, space, high;
};

/* Which bytes are escaped by a backslash before them. */
static inline uint64_t find_escaped(uint64_t slash, uint64_t *before)
{
	const uint64_t even = UINT64_C(0x5555555555555555);
	uint64_t follows, odd_starts, ends;

	slash &= ~*before;
	follows = slash << 1 | *before;
	odd_starts = slash & ~even & ~follows;
	*before = __builtin_add_overflow(odd_starts, slash, &ends);
	return (even ^ ends << 1) & follows;
}

static inline uint64_t add_carry(uint64_t a, uint64_t b, unsigned char *carry)
{
	uint64_t sum;
	const bool first = __builtin_add_overflow(a, b, &sum);
	const bool second = __builtin_add_overflow(sum, (uint64_t)*carry, &sum);

	*carry = first | second;
	return sum;
}

static inline uint64_t flood(uint64_t bits)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

/* Writes eight at a time: which of them count is decided once. */
static inline uint32_t *flatten(uint64_t bits, uint32_t base, uint32_t *to)
{
	uint32_t *const end = to + __builtin_popcountll(bits);

	while (bits != 0) {
		for (unsigned i = 0; i < 8; i++) {
			*to++ = base + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
			bits &= bits - 1;
		}
	}
	return end;
}

/* ---- any processor ---- */

/* Sets the top bit of each byte of y that is zero. */
static inline uint64_t zeros(uint64_t y)
{
	return ~(((y & EACH(0x7f)) + EACH(0x7f)) | y) & EACH(0x80);
}

/* The top bits of eight bytes as eight bits. */
static inline uint64_t gather(uint64_t tops)
{
	return (tops >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline void classify_portable(const char *p, struct masks *ret)
{
	*ret = (struct masks){ 0 };
	for (unsigned i = 0; i < 64; i += 8) {
		uint64_t b, curled;

		memcpy(&b, p + i, sizeof b);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		b = __builtin_bswap64(b);
#endif
		curled = b | EACH(0x20);
		ret->quote |= gather(zeros(b ^ EACH('"'))) << i;
		ret->slash |= gather(zeros(b ^ EACH('\\'))) << i;
		ret->control |= gather(zeros(b & EACH(0xe0))) << i;
		ret->high |= gather(b & EACH(0x80)) << i;
		ret->mark |= gather(zeros(curled ^ EACH('{')) | zeros(curled ^ EACH('}')) |
				    zeros(b ^ EACH(':')) | zeros(b ^ EACH(',')))
			     << i;
		ret->space |= gather(zeros(b ^ EACH(' ')) | zeros(b ^ EACH('\t')) |
				     zeros(b ^ EACH('\n')) | zeros(b ^ EACH('\r')))
			      << i;
	}
}

static bool always(void)
{
	return true;
}

#define FIND find_portable
#define TARGET
#define CLASSIFY classify_portable
#define FLOOD flood
#define FLATTEN flatten
#include "event/structure_block.inc"

/* ---- x86-64 ---- */

#ifdef __x86_64__

/*
 * By the lower half of a byte: the white space, and the mark with that lower
 * half. '[' and '{' differ by 0x20, and so do ']' and '}'; ',' and ':' stand
 * behind that bit's range, where setting it changes nothing.
 */
#define SPACE_ROW ' ', 100, 100, 100, 17, 100, 113, 2, 100, '\t', '\n', 112, 100, '\r', 100, 100
#define MARK_ROW 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0

#define TARGET_512                                                                                 \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,pclmul,popcnt,"    \
			      "bmi,bmi2,lzcnt")))
#define TARGET_256 __attribute__((target("avx2,pclmul,popcnt,bmi,bmi2,lzcnt")))
#define TARGET_128 __attribute__((target("sse4.2,pclmul,popcnt")))

TARGET_512 static inline void classify_512(const char *p, struct masks *ret)
{
	const __m512i b = _mm512_loadu_si512(p);
	const __m512i space = _mm512_broadcast_i32x4(_mm_setr_epi8(SPACE_ROW));
	const __m512i mark = _mm512_broadcast_i32x4(_mm_setr_epi8(MARK_ROW));
	const __m512i curled = _mm512_or_si512(b, _mm512_set1_epi8(0x20));

	ret->quote = _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('"'));
	ret->slash = _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('\\'));
	ret->control = _mm512_cmplt_epu8_mask(b, _mm512_set1_epi8(0x20));
	ret->high = _mm512_movepi8_mask(b);
	ret->space = _mm512_cmpeq_epi8_mask(b, _mm512_shuffle_epi8(space, b));
	ret->mark = _mm512_cmpeq_epi8_mask(curled, _mm512_shuffle_epi8(mark, b));
}

TARGET_512 static inline uint64_t flood_512(uint64_t bits)
{
	const __m128i all = _mm_set1_epi8((char)0xff);

	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0));
}

TARGET_512 static inline uint32_t *flatten_512(uint64_t bits, uint32_t base, uint32_t *to)
{
	const __m512i places =
		_mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47,
				46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30,
				29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13,
				12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	const __m512i at = _mm512_maskz_compress_epi8(bits, places);
	const __m512i first = _mm512_set1_epi32((int)base);
	const int count = _mm_popcnt_u64(bits);

	_mm512_storeu_si512(to, _mm512_add_epi32(first,
						 _mm512_cvtepu8_epi32(_mm512_castsi512_si128(at))));
	if (count > 16)
		_mm512_storeu_si512(
			to + 16,
			_mm512_add_epi32(first,
					 _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(at, 1))));
	if (count > 32) {
		_mm512_storeu_si512(
			to + 32,
			_mm512_add_epi32(first,
					 _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(at, 2))));
		_mm512_storeu_si512(
			to + 48,
			_mm512_add_epi32(first,
					 _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(at, 3))));
	}
	return to + count;
}

#define FIND find_512
#define TARGET TARGET_512
#define CLASSIFY classify_512
#define FLOOD flood_512
#define FLATTEN flatten_512
#include "event/structure_block.inc"

/* What each escaped byte becomes; 0: not a simple escape. */
static const uint8_t simple_escape[128] = {
	['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
	['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* Backslashes are left out by compressing, what follows them is looked up. */
TARGET_512 static size_t unescape_512(struct sv text, char *to)
{
	const __m512i low = _mm512_loadu_si512(simple_escape);
	const __m512i high = _mm512_loadu_si512(simple_escape + 64);
	char *const begin = to;
	uint64_t before = 0;

	for (size_t at = 0; at < text.n; at += 64) {
		const uint64_t there = text.n - at >= 64
					       ? UINT64_MAX
					       : _bzhi_u64(UINT64_MAX, (unsigned)(text.n - at));
		__m512i b = _mm512_maskz_loadu_epi8(there, text.p + at);
		const uint64_t slash = _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('\\'));

		if (slash | before) {
			const uint64_t escaped = find_escaped(slash, &before);

			const __m512i become = _mm512_permutex2var_epi8(low, b, high);

			if (_mm512_mask_testn_epi8_mask(escaped, become, become) |
			    (escaped & (uint64_t)_mm512_movepi8_mask(b)))
				return SIZE_MAX;
			b = _mm512_mask_blend_epi8(escaped, b, become);
			b = _mm512_maskz_compress_epi8(there & ~(slash & ~escaped), b);
			_mm512_storeu_si512(to, b);
			to += _mm_popcnt_u64(there & ~(slash & ~escaped));
		} else {
			_mm512_storeu_si512(to, b);
			to += _mm_popcnt_u64(there);
		}
	}
	return before ? SIZE_MAX : (size_t)(to - begin);
}

static bool has_512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("pclmul") &&
	       __builtin_cpu_supports("bmi2");
}

TARGET_256 static inline uint64_t mask_256(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b)
							   << 32;
}

TARGET_256 static inline void classify_256(const char *p, struct masks *ret)
{
	const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
	const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
	const __m256i space = _mm256_broadcastsi128_si256(_mm_setr_epi8(SPACE_ROW));
	const __m256i mark = _mm256_broadcastsi128_si256(_mm_setr_epi8(MARK_ROW));
	const __m256i bit = _mm256_set1_epi8(0x20), last = _mm256_set1_epi8(0x1f);
	const __m256i quote = _mm256_set1_epi8('"'), slash = _mm256_set1_epi8('\\');

	ret->quote = mask_256(_mm256_cmpeq_epi8(a, quote), _mm256_cmpeq_epi8(b, quote));
	ret->slash = mask_256(_mm256_cmpeq_epi8(a, slash), _mm256_cmpeq_epi8(b, slash));
	ret->control = mask_256(_mm256_cmpeq_epi8(_mm256_max_epu8(a, last), last),
				_mm256_cmpeq_epi8(_mm256_max_epu8(b, last), last));
	ret->high = mask_256(a, b);
	ret->space = mask_256(_mm256_cmpeq_epi8(a, _mm256_shuffle_epi8(space, a)),
			      _mm256_cmpeq_epi8(b, _mm256_shuffle_epi8(space, b)));
	ret->mark =
		mask_256(_mm256_cmpeq_epi8(_mm256_or_si256(a, bit), _mm256_shuffle_epi8(mark, a)),
			 _mm256_cmpeq_epi8(_mm256_or_si256(b, bit), _mm256_shuffle_epi8(mark, b)));
}

TARGET_256 static inline uint64_t flood_256(uint64_t bits)
{
	const __m128i all = _mm_set1_epi8((char)0xff);

	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0));
}

TARGET_256 static inline uint32_t *flatten_256(uint64_t bits, uint32_t base, uint32_t *to)
{
	uint32_t *const end = to + _mm_popcnt_u64(bits);

	while (bits != 0) {
		for (unsigned i = 0; i < 8; i++) {
			*to++ = base + (uint32_t)_tzcnt_u64(bits);
			bits = _blsr_u64(bits);
		}
	}
	return end;
}

#define FIND find_256
#define TARGET TARGET_256
#define CLASSIFY classify_256
#define FLOOD flood_256
#define FLATTEN flatten_256
#include "event/structure_block.inc"

static bool has_256(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
	       __builtin_cpu_supports("bmi2");
}

TARGET_128 static inline void classify_128(const char *p, struct masks *ret)
{
	const __m128i space = _mm_setr_epi8(SPACE_ROW);
	const __m128i mark = _mm_setr_epi8(MARK_ROW);
	const __m128i bit = _mm_set1_epi8(0x20), last = _mm_set1_epi8(0x1f);

	*ret = (struct masks){ 0 };
	for (unsigned i = 0; i < 64; i += 16) {
		const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + i));

#define PART(value) ((uint64_t)(uint32_t)_mm_movemask_epi8(value) << i)
		ret->quote |= PART(_mm_cmpeq_epi8(b, _mm_set1_epi8('"')));
		ret->slash |= PART(_mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
		ret->control |= PART(_mm_cmpeq_epi8(_mm_max_epu8(b, last), last));
		ret->high |= PART(b);
		ret->space |= PART(_mm_cmpeq_epi8(b, _mm_shuffle_epi8(space, b)));
		ret->mark |= PART(_mm_cmpeq_epi8(_mm_or_si128(b, bit), _mm_shuffle_epi8(mark, b)));
#undef PART
	}
}

TARGET_128 static inline uint64_t flood_128(uint64_t bits)
{
	const __m128i all = _mm_set1_epi8((char)0xff);

	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0));
}

#define FIND find_128
#define TARGET TARGET_128
#define CLASSIFY classify_128
#define FLOOD flood_128
#define FLATTEN flatten
#include "event/structure_block.inc"

static bool has_128(void)
{
	return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}

#endif

/* ---- ARM, 64 bits ---- */

#ifdef __aarch64__

/* One bit for each byte of four vectors of ones and zeros. */
static inline uint64_t mask_neon(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	const uint8x16_t bit = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
	const uint8x16_t low = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
	const uint8x16_t high = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
	const uint8x16_t all = vpaddq_u8(low, high);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline void classify_neon(const char *p, struct masks *ret)
{
	uint8x16_t b[4], m[6][4];

	for (unsigned i = 0; i < 4; i++) {
		const uint8x16_t curled =
			vorrq_u8(b[i] = vld1q_u8((const uint8_t *)p + 16 * i), vdupq_n_u8(0x20));

		m[0][i] = vceqq_u8(b[i], vdupq_n_u8('"'));
		m[1][i] = vceqq_u8(b[i], vdupq_n_u8('\\'));
		m[2][i] = vcltq_u8(b[i], vdupq_n_u8(0x20));
		m[3][i] = vorrq_u8(vorrq_u8(vceqq_u8(curled, vdupq_n_u8('{')),
					    vceqq_u8(curled, vdupq_n_u8('}'))),
				   vorrq_u8(vceqq_u8(b[i], vdupq_n_u8(':')),
					    vceqq_u8(b[i], vdupq_n_u8(','))));
		m[4][i] = vorrq_u8(vorrq_u8(vceqq_u8(b[i], vdupq_n_u8(' ')),
					    vceqq_u8(b[i], vdupq_n_u8('\t'))),
				   vorrq_u8(vceqq_u8(b[i], vdupq_n_u8('\n')),
					    vceqq_u8(b[i], vdupq_n_u8('\r'))));
		m[5][i] = vcgeq_u8(b[i], vdupq_n_u8(0x80));
	}
	ret->quote = mask_neon(m[0][0], m[0][1], m[0][2], m[0][3]);
	ret->slash = mask_neon(m[1][0], m[1][1], m[1][2], m[1][3]);
	ret->control = mask_neon(m[2][0], m[2][1], m[2][2], m[2][3]);
	ret->mark = mask_neon(m[3][0], m[3][1], m[3][2], m[3][3]);
	ret->space = mask_neon(m[4][0], m[4][1], m[4][2], m[4][3]);
	ret->high = mask_neon(m[5][0], m[5][1], m[5][2], m[5][3]);
}

#define FIND find_neon
#define TARGET
#define CLASSIFY classify_neon
#define FLOOD flood
#define FLATTEN flatten
#include "event/structure_block.inc"

#endif

/* ---- which one ---- */

static const struct structure_variant variants[] = {
#ifdef __x86_64__
	{ "avx512", find_512, unescape_512, has_512 }, { "avx2", find_256, NULL, has_256 },
	{ "sse4.2", find_128, NULL, has_128 },
#endif
#ifdef __aarch64__
	{ "neon", find_neon, NULL, always },
#endif
	{ "portable", find_portable, NULL, always },   { NULL, NULL, NULL, NULL },
};

const struct structure_variant *structure_variants(void)
{
	return variants;
}

const struct structure_variant *structure_best(void)
{
	const char *wanted = secure_getenv("HIKESHI_SIMD");
	const struct structure_variant *best = NULL;

	for (const struct structure_variant *row = variants; row->name; row++) {
		if (!row->is_supported())
			continue;
		if (wanted && strcmp(row->name, wanted) == 0)
			return row;
		if (!best)
			best = row;
	}
	return best;
}
