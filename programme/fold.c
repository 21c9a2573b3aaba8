/*
 * How Japanese is typed: the same number or name comes full-width, half-width,
 * in hiragana, with six kinds of hyphens. What a person is called is never
 * changed; only numbers, readings and what is searched are folded.
 */
#include "base/buf.h"
#include "programme/internal.h"

#define REPLACEMENT 0xFFFD

/* One character; text is not empty. Bytes that are not UTF-8 give U+FFFD. */
static uint32_t take(struct sv *text)
{
	const unsigned char *p = (const unsigned char *)text->p;
	const size_t want = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	uint32_t c = p[0] < 0x80 ? p[0] : p[0] & (0x7FU >> want);

	if (text->n < want || !sv_is_utf8(sv_slice(*text, 0, want))) {
		*text = sv_slice(*text, 1, text->n);
		return REPLACEMENT;
	}
	for (size_t i = 1; i < want; i++)
		c = c << 6 | (p[i] & 0x3F);
	*text = sv_slice(*text, want, text->n);
	return c;
}

static void put(struct buf *buf, uint32_t c)
{
	if (c < 0x80) {
		buf_put_char(buf, (char)c);
	} else if (c < 0x800) {
		buf_put_char(buf, (char)(0xC0 | c >> 6));
		buf_put_char(buf, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		buf_put_char(buf, (char)(0xE0 | c >> 12));
		buf_put_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_put_char(buf, (char)(0x80 | (c & 0x3F)));
	} else {
		buf_put_char(buf, (char)(0xF0 | c >> 18));
		buf_put_char(buf, (char)(0x80 | (c >> 12 & 0x3F)));
		buf_put_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_put_char(buf, (char)(0x80 | (c & 0x3F)));
	}
}

static struct sv keep(struct buf *buf, struct arena *arena)
{
	const struct sv kept = buf->full ? SV_NONE : arena_dup(arena, buf_sv(buf));

	buf_done(buf);
	return kept;
}

static bool is_hyphen(uint32_t c)
{
	return (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x2043 || c == 0xFE63 ||
	       c == 0xFF0D;
}

static uint32_t narrow(uint32_t c)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFF01 + '!';
	if (c == 0x3000 || c == 0xA0)
		return ' ';
	return is_hyphen(c) ? '-' : c;
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

struct sv fold_width(struct sv text, struct arena *arena)
{
	uint32_t before = 0;
	struct buf buf;

	buf_init(&buf, text.n + 8);
	while (text.n > 0) {
		uint32_t c = narrow(take(&text));
		struct sv rest = text;

		/* A long vowel between digits is a hyphen: 03ー1234. */
		if ((c == 0x30FC || c == 0xFF70) && is_digit(before) && rest.n > 0 &&
		    is_digit(narrow(take(&rest))))
			c = '-';
		put(&buf, c);
		before = c;
	}
	return keep(&buf, arena);
}

/* U+FF66 … U+FF9D as full-width katakana. */
static const uint16_t wide_kana[] = {
	0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9, 0x30E3, 0x30E5, 0x30E7, 0x30C3, 0x30FC,
	0x30A2, 0x30A4, 0x30A6, 0x30A8, 0x30AA, 0x30AB, 0x30AD, 0x30AF, 0x30B1, 0x30B3, 0x30B5,
	0x30B7, 0x30B9, 0x30BB, 0x30BD, 0x30BF, 0x30C1, 0x30C4, 0x30C6, 0x30C8, 0x30CA, 0x30CB,
	0x30CC, 0x30CD, 0x30CE, 0x30CF, 0x30D2, 0x30D5, 0x30D8, 0x30DB, 0x30DE, 0x30DF, 0x30E0,
	0x30E1, 0x30E2, 0x30E4, 0x30E6, 0x30E8, 0x30E9, 0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF,
	0x30F3,
};

static uint32_t widen_kana(uint32_t c)
{
	if (c >= 0xFF66 && c <= 0xFF9D)
		return wide_kana[c - 0xFF66];
	if (c == 0xFF65)
		return 0x30FB;
	if ((c >= 0x3041 && c <= 0x3096) || c == 0x309D || c == 0x309E)
		return c + 0x60;
	return c;
}

/* With its sound mark behind it; 0 where it has none. */
static uint32_t voiced(uint32_t c, uint32_t mark)
{
	const bool is_half_voiced = mark == 0xFF9F || mark == 0x309A || mark == 0x309C;
	const bool is_ha = c >= 0x30CF && c <= 0x30DB && (c - 0x30CF) % 3 == 0;

	if (is_half_voiced)
		return is_ha ? c + 2 : 0;
	if (is_ha || (c >= 0x30AB && c <= 0x30C1 && (c - 0x30AB) % 2 == 0) ||
	    (c >= 0x30C4 && c <= 0x30C8 && (c - 0x30C4) % 2 == 0))
		return c + 1;
	return c == 0x30A6 ? 0x30F4 : 0;
}

static bool is_sound_mark(uint32_t c)
{
	return c == 0xFF9E || c == 0xFF9F || (c >= 0x3099 && c <= 0x309C);
}

struct sv fold_kana(struct sv text, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, text.n * 2 + 8);
	while (text.n > 0) {
		uint32_t c = widen_kana(take(&text));
		struct sv rest = text;
		const uint32_t mark = rest.n > 0 ? take(&rest) : 0;

		if (is_sound_mark(mark) && voiced(c, mark)) {
			c = voiced(c, mark);
			text = rest;
		}
		put(&buf, c);
	}
	return keep(&buf, arena);
}

struct sv fold_trim(struct sv text)
{
	static const char space[] = "\xe3\x80\x80"; /* U+3000 */
	bool changed = true;

	while (changed) {
		const size_t n = text.n;

		text = sv_trim(text);
		if (sv_starts(text, sv_from(space)))
			text = sv_slice(text, 3, text.n);
		if (sv_ends(text, sv_from(space)))
			text = sv_slice(text, 0, text.n - 3);
		changed = text.n != n;
	}
	return text;
}

size_t fold_count(struct sv text)
{
	size_t count = 0;

	while (text.n > 0) {
		take(&text);
		count++;
	}
	return count;
}

/* Variants that people do not tell apart, and what is no letter at all. */
static uint32_t search_letter(uint32_t c)
{
	switch (c) {
	case 0x9AD9: return 0x9AD8; /* hashigo-taka */
	case 0xFA11: return 0x5D0E; /* tachi-saki */
	case 0x30FB: return 0;
	case 0x3231: return 0; /* (株) as one character */
	case 0x3232: return 0; /* (有) */
	default: break;
	}
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	if (c <= ' ' || c == '-' || c == 0x30FC || c == REPLACEMENT)
		return 0;
	if ((c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF))
		return 0; /* variation selectors */
	return c;
}

static struct sv without_legal_form(struct sv text, struct arena *arena)
{
	static const char *const form[] = { "株式会社", "有限会社", "合同会社", "合資会社",
					    "合名会社", "(株)",	    "(有)",	"(同)" };
	struct buf buf;

	buf_init(&buf, text.n + 8);
	while (text.n > 0) {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof form / sizeof *form && skip == 0; i++) {
			if (sv_starts(text, sv_from(form[i])))
				skip = strlen(form[i]);
		}
		if (skip == 0)
			put(&buf, take(&text));
		else
			text = sv_slice(text, skip, text.n);
	}
	return keep(&buf, arena);
}

struct sv fold_search(struct sv text, struct arena *arena)
{
	struct buf buf;

	text = fold_width(text, arena);
	text = fold_kana(text, arena);
	text = without_legal_form(text, arena);
	buf_init(&buf, text.n + 8);
	while (text.n > 0) {
		const uint32_t c = search_letter(take(&text));

		if (c != 0)
			put(&buf, c);
	}
	return keep(&buf, arena);
}
