#include "report/clean.h"

#include "report/report.h"

#define REPLACEMENT 0xfffdU
#define LINES_MAX 40 /* of one text; what follows stands in the last one */

/* The next character; what is no UTF-8 gives U+FFFD for one byte. */
static uint32_t next(struct sv *rest)
{
	static const unsigned char first_mask[] = { 0x7f, 0x1f, 0x0f, 0x07 };
	const unsigned char c = (unsigned char)rest->p[0];
	const size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t code;

	if (n > rest->n || !sv_is_utf8(sv_slice(*rest, 0, n))) {
		*rest = sv_slice(*rest, 1, rest->n);
		return REPLACEMENT;
	}
	code = c & first_mask[n - 1];
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)rest->p[i] & 0x3f);
	*rest = sv_slice(*rest, n, rest->n);
	return code;
}

static bool is_between(uint32_t c, uint32_t from, uint32_t to)
{
	return c >= from && c <= to;
}

/* What would move other characters, or is not to be seen. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || is_between(c, 0x7f, 0x9f) || c == 0xad || c == 0x61c || c == 0x34f ||
	       is_between(c, 0x115f, 0x1160) || is_between(c, 0x17b4, 0x17b5) || c == 0x180e ||
	       is_between(c, 0x200b, 0x200f) || is_between(c, 0x202a, 0x202e) ||
	       is_between(c, 0x2060, 0x206f) || c == 0xfeff || is_between(c, 0xfff0, 0xfffc) ||
	       is_between(c, 0x1d173, 0x1d17a) || is_between(c, 0xe0000, 0xe00ff) ||
	       is_between(c, 0xe01f0, 0xe0fff) || /* between them: shapes of kanji in names */
	       (c & 0xfffe) == 0xfffe || is_between(c, 0xfdd0, 0xfdef);
}

static size_t put(char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* U+0020 for what separates, 0 for what is left out. */
static uint32_t fold(uint32_t c, bool lines)
{
	if (c == 0x2028 || c == 0x2029)
		c = '\n';
	if (c == '\n' && lines)
		return c;
	if (c == '\t' || c == '\n' || c == '\r')
		return ' ';
	return is_hidden(c) ? 0 : c;
}

struct sv report_clean(struct arena *arena, struct sv text, size_t max, bool lines)
{
	static const char ellipsis[] = "…";
	struct sv rest = sv_trim(text);
	/* A bad byte becomes three. */
	const size_t room = 3 * rest.n < max ? 3 * rest.n : max;
	char *p = arena_alloc(arena, room + sizeof ellipsis);
	size_t n = 0, ends = 0, count = 0;

	if (p == NULL || rest.n > REPORT_TEXT_MAX)
		return SV_NONE;
	while (rest.n > 0 && n < max) {
		const uint32_t c = fold(next(&rest), lines && count < LINES_MAX);
		char one[4];
		size_t width;

		if (c == 0)
			continue;
		ends = c == '\n' ? ends + 1 : c == ' ' && ends > 0 ? ends : 0;
		if (ends > 2 || (c == ' ' && n > 0 && p[n - 1] == ' '))
			continue;
		width = put(one, c);
		if (n + width > max) {
			n += put(p + n, 0x2026);
			return (struct sv){ p, n };
		}
		memcpy(p + n, one, width);
		n += width;
		count += c == '\n';
	}
	if (rest.n > 0)
		n += put(p + n, 0x2026);
	return sv_trim((struct sv){ p, n });
}
