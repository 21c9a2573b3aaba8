#include "detect/literal_quick.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))
#define GRAM_MAX 4

struct quick {
	unsigned groups, gram;
	uint8_t table[][GRAM_MAX][128]; /* by place and byte: buckets */
};

bool quick_is_supported(void)
{
	const char *wanted = secure_getenv("HIKESHI_SIMD");

	return (!wanted || strcmp(wanted, "avx512") == 0) && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi2");
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint32_t));
}

const struct quick *quick_new(struct arena *arena, uint32_t *sample, size_t count, unsigned gram)
{
	const size_t wanted = count / QUICK_GROUP_TEXTS + 1;
	const size_t groups = wanted < QUICK_GROUPS_MAX ? wanted : QUICK_GROUPS_MAX;
	struct quick *quick =
		arena_zalloc(arena, 1, sizeof *quick + groups * sizeof quick->table[0]);

	if (!quick)
		return NULL;
	quick->groups = (unsigned)groups;
	quick->gram = gram;
	/* Those that begin alike share a bucket: it then fits few other texts. */
	qsort(sample, count, sizeof *sample, by_bytes);
	for (size_t i = 0; i < count; i++) {
		const size_t bucket = i * groups * 8 / count;
		unsigned char byte[GRAM_MAX];

		memcpy(byte, &sample[i], sizeof byte);
		for (unsigned k = 0; k < gram; k++) {
			const uint8_t bit = (uint8_t)(1U << bucket % 8);

			/* capitals too: the value may not be folded */
			quick->table[bucket / 8][k][byte[k] & 0x7f] |= bit;
			if (byte[k] >= 'a' && byte[k] <= 'z')
				quick->table[bucket / 8][k][byte[k] & ~0x20U] |= bit;
		}
	}
	return quick;
}

/* The first n of 64 places. */
TARGET static inline uint64_t first(size_t n)
{
	return n >= 64 ? UINT64_MAX : _bzhi_u64(UINT64_MAX, (unsigned)n);
}

/* 64 bytes from p + skip, zeros behind the value. */
TARGET static inline __m512i take(const char *p, size_t left, size_t skip)
{
	if (left >= 64 + GRAM_MAX)
		return _mm512_loadu_si512(p + skip);
	return _mm512_maskz_loadu_epi8(left > skip ? first(left - skip) : 0, p + skip);
}

TARGET static inline __m512i look_up(const uint8_t table[128], __m512i b)
{
	return _mm512_permutex2var_epi8(_mm512_loadu_si512(table), b,
					_mm512_loadu_si512(table + 64));
}

TARGET __attribute__((always_inline)) static inline uint64_t places(const struct quick *quick,
								    const char *p, size_t left,
								    const unsigned gram)
{
	const __m512i b0 = take(p, left, 0), b1 = take(p, left, 1);
	const __m512i b2 = gram > 2 ? take(p, left, 2) : b0, b3 = gram > 2 ? take(p, left, 3) : b0;
	uint64_t found = 0;

	for (unsigned i = 0; i < quick->groups; i++) {
		__m512i buckets = _mm512_and_si512(look_up(quick->table[i][0], b0),
						   look_up(quick->table[i][1], b1));

		if (gram > 2)
			buckets = _mm512_and_si512(
				buckets, _mm512_and_si512(look_up(quick->table[i][2], b2),
							  look_up(quick->table[i][3], b3)));
		found |= _mm512_test_epi8_mask(buckets, buckets);
	}
	return left >= gram ? found & first(left - gram + 1) : 0;
}

/* Without a branch for each place: which of them pass cannot be foreseen. */
TARGET __attribute__((always_inline)) static inline size_t sift(const struct quick_filter *filter,
								const char *p, uint64_t found,
								const unsigned gram,
								uint8_t passed[64])
{
	size_t n = 0;

	for (; found != 0; found = _blsr_u64(found)) {
		const unsigned at = (unsigned)_tzcnt_u64(found);
		uint32_t bytes = 0, bit;

		memcpy(&bytes, p + at, gram);
		bit = bytes * filter->factor >> filter->shift;
		passed[n] = (uint8_t)at;
		n += filter->bits[bit / 64] >> bit % 64 & 1;
	}
	return n;
}

TARGET __attribute__((always_inline)) static inline bool scan(
	const struct quick *quick, struct sv value, const struct quick_filter *filter,
	const unsigned gram, bool (*check)(void *context, size_t at), void *context)
{
	for (size_t at = 0; at < value.n; at += 64) {
		uint64_t found = places(quick, value.p + at, value.n - at, gram);
		uint8_t passed[64];

		if (found == 0)
			continue;
		if (filter) {
			const size_t n = sift(filter, value.p + at, found, gram, passed);

			for (size_t i = 0; i < n; i++)
				if (!check(context, at + passed[i]))
					return false;
			continue;
		}
		for (; found != 0; found = _blsr_u64(found))
			if (!check(context, at + (size_t)_tzcnt_u64(found)))
				return false;
	}
	return true;
}

/* The same for eight buckets, whose tables stay in registers over a long value. */
TARGET static bool scan_one(const struct quick *quick, struct sv value,
			    bool (*check)(void *context, size_t at), void *context)
{
	const uint8_t(*table)[128] = quick->table[0];
	const __m512i low0 = _mm512_loadu_si512(table[0]),
		      high0 = _mm512_loadu_si512(table[0] + 64);
	const __m512i low1 = _mm512_loadu_si512(table[1]),
		      high1 = _mm512_loadu_si512(table[1] + 64);
	const __m512i low2 = _mm512_loadu_si512(table[2]),
		      high2 = _mm512_loadu_si512(table[2] + 64);
	const __m512i low3 = _mm512_loadu_si512(table[3]),
		      high3 = _mm512_loadu_si512(table[3] + 64);
	size_t at = 0;

	for (; value.n - at >= 64 + GRAM_MAX; at += 64) {
		const char *p = value.p + at;
		const __m512i b0 = _mm512_permutex2var_epi8(low0, _mm512_loadu_si512(p), high0);
		const __m512i b1 = _mm512_permutex2var_epi8(low1, _mm512_loadu_si512(p + 1), high1);
		const __m512i b2 = _mm512_permutex2var_epi8(low2, _mm512_loadu_si512(p + 2), high2);
		const __m512i b3 = _mm512_permutex2var_epi8(low3, _mm512_loadu_si512(p + 3), high3);
		uint64_t found =
			_mm512_test_epi8_mask(_mm512_and_si512(b0, b1), _mm512_and_si512(b2, b3));

		for (; found != 0; found = _blsr_u64(found))
			if (!check(context, at + (size_t)_tzcnt_u64(found)))
				return false;
	}
	for (; at < value.n; at += 64) {
		uint64_t found = places(quick, value.p + at, value.n - at, GRAM_MAX);

		for (; found != 0; found = _blsr_u64(found))
			if (!check(context, at + (size_t)_tzcnt_u64(found)))
				return false;
	}
	return true;
}

TARGET bool quick_scan(const struct quick *quick, struct sv value,
		       const struct quick_filter *filter, bool (*check)(void *context, size_t at),
		       void *context)
{
	if (quick->groups == 1 && quick->gram == GRAM_MAX && value.n >= 256)
		return scan_one(quick, value, check, context);
	return quick->gram == 2 ? scan(quick, value, filter, 2, check, context)
				: scan(quick, value, filter, 4, check, context);
}

#else

bool quick_is_supported(void)
{
	return false;
}

const struct quick *quick_new(struct arena *arena, uint32_t *sample, size_t count, unsigned gram)
{
	return NULL;
}

bool quick_scan(const struct quick *quick, struct sv value, const struct quick_filter *filter,
		bool (*check)(void *context, size_t at), void *context)
{
	return true;
}

#endif
