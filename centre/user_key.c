#include "centre/user_key.h"

#include <stdint.h>

#include "base/buf.h"

#define REPLACEMENT 0xFFFD

/* One character; text is not empty. A byte of none is a replacement character. */
static uint32_t take(struct sv *text)
{
	const unsigned char *p = (const unsigned char *)text->p;
	const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7FU >> n);

	if (text->n < n || !sv_is_utf8(sv_slice(*text, 0, n))) {
		*text = sv_slice(*text, 1, text->n);
		return REPLACEMENT;
	}
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3F);
	*text = sv_slice(*text, n, text->n);
	return c;
}

static void put(struct buf *buf, uint32_t c)
{
	if (c >= 0x10000)
		buf_put_char(buf, (char)(0xF0 | c >> 18));
	if (c >= 0x10000)
		buf_put_char(buf, (char)(0x80 | (c >> 12 & 0x3F)));
	else if (c >= 0x800)
		buf_put_char(buf, (char)(0xE0 | c >> 12));
	if (c >= 0x800)
		buf_put_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
	else if (c >= 0x80)
		buf_put_char(buf, (char)(0xC0 | c >> 6));
	buf_put_char(buf, (char)(c < 0x80 ? c : 0x80 | (c & 0x3F)));
}

/* U+FF66 to U+FF9D. */
static const uint16_t wide_kana[] = {
	0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9, 0x30E3, 0x30E5, 0x30E7, 0x30C3, 0x30FC,
	0x30A2, 0x30A4, 0x30A6, 0x30A8, 0x30AA, 0x30AB, 0x30AD, 0x30AF, 0x30B1, 0x30B3, 0x30B5,
	0x30B7, 0x30B9, 0x30BB, 0x30BD, 0x30BF, 0x30C1, 0x30C4, 0x30C6, 0x30C8, 0x30CA, 0x30CB,
	0x30CC, 0x30CD, 0x30CE, 0x30CF, 0x30D2, 0x30D5, 0x30D8, 0x30DB, 0x30DE, 0x30DF, 0x30E0,
	0x30E1, 0x30E2, 0x30E4, 0x30E6, 0x30E8, 0x30E9, 0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF,
	0x30F3,
};

static bool is_space(uint32_t c)
{
	return c <= ' ' || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F ||
	       c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

static uint32_t narrow(uint32_t c)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		c = c - 0xFF01 + '!';
	if (c >= 0xFF66 && c <= 0xFF9D)
		return wide_kana[c - 0xFF66];
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* A kana with the sound mark behind it, hiragana or katakana; 0 where it takes none. */
static uint32_t voiced(uint32_t c, uint32_t mark)
{
	const uint32_t base = c >= 0x3041 && c <= 0x3096 ? c + 0x60 : c;
	const bool is_ha = base >= 0x30CF && base <= 0x30DB && (base - 0x30CF) % 3 == 0;

	if (mark == 0xFF9F || mark == 0x309A)
		return is_ha ? c + 2 : 0;
	if (mark != 0xFF9E && mark != 0x3099)
		return 0;
	if (is_ha || (base >= 0x30AB && base <= 0x30C1 && (base - 0x30AB) % 2 == 0) ||
	    (base >= 0x30C4 && base <= 0x30C8 && (base - 0x30C4) % 2 == 0))
		return c + 1;
	return base == 0x30A6 ? c + 0x4E : 0;
}

/* The next one that is no space; 0 at the end. */
static uint32_t take_visible(struct sv *text)
{
	while (text->n > 0) {
		const uint32_t c = narrow(take(text));

		if (!is_space(c))
			return c;
	}
	return 0;
}

struct sv user_key(struct sv name, struct arena *arena)
{
	uint32_t c = take_visible(&name);
	struct sv key;
	struct buf buf;

	buf_init(&buf, name.n * 3 + 8); /* a byte that is no UTF-8 becomes three */
	while (c != 0) {
		uint32_t next = take_visible(&name);
		const uint32_t with_mark = voiced(c, next);

		if (with_mark) {
			c = with_mark;
			next = take_visible(&name);
		}
		put(&buf, c);
		c = next;
	}
	key = arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return key.p ? key : SV("");
}
