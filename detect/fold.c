#include "detect/fold.h"

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
	length = utf8_read(text.p + *at, text.n - *at, &point);
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
