#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"

#define BUF_ROOM_MIN 256

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){ .max = max };
}

void buf_done(struct buf *buf)
{
	free(buf->p);
	buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
	buf->n = 0;
	buf->full = false;
}

/* Makes room for n more bytes and a NUL. */
static bool reserve(struct buf *buf, size_t n)
{
	size_t room = buf->room;

	if (buf->full || n > buf->max - buf->n) {
		buf->full = true;
		return false;
	}
	if (buf->p && n <= room - buf->n)
		return true;
	if (room < BUF_ROOM_MIN)
		room = BUF_ROOM_MIN;
	while (room < buf->n + n)
		room = room > SIZE_MAX / 2 ? SIZE_MAX - 1 : room * 2;
	if (room > buf->max)
		room = buf->max;
	buf->p = mem_realloc(buf->p, room + 1, 1);
	buf->room = room;
	return true;
}

char *buf_reserve(struct buf *buf, size_t n)
{
	return reserve(buf, n) ? buf->p + buf->n : NULL;
}

void buf_put(struct buf *buf, const void *p, size_t n)
{
	if (n == 0 || !reserve(buf, n))
		return;
	memcpy(buf->p + buf->n, p, n);
	buf->n += n;
}

void buf_put_sv(struct buf *buf, struct sv s)
{
	buf_put(buf, s.p, s.n);
}

void buf_put_char(struct buf *buf, char c)
{
	buf_put(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (n <= 0 || !reserve(buf, (size_t)n))
		return;
	va_start(list, format);
	vsnprintf(buf->p + buf->n, (size_t)n + 1, format, list);
	va_end(list);
	buf->n += (size_t)n;
}

static void put_escaped(struct buf *buf, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = memchr(from, c, sizeof from - 1);

	if (at)
		buf_printf(buf, "\\%c", to[at - from]);
	else
		buf_printf(buf, "\\u%04x", (unsigned char)c);
}

/* Bytes at p that begin a character but do not complete it: one U+FFFD for all. */
static size_t bad_length(struct sv s)
{
	size_t n = 1;

	/* A longer piece is still a possible beginning while UTF-8 with that
	 * piece and continuation bytes added could be valid. */
	while (n < s.n && n < 3) {
		static const char fill[3] = { '\x80', '\x80', '\x80' },
				  high[3] = { '\xbf', '\xbf', '\xbf' };
		char trial[2][4];
		bool possible = false;

		for (size_t whole = n + 2; whole <= 4; whole++) {
			memcpy(trial[0], s.p, n + 1);
			memcpy(trial[0] + n + 1, fill, 4 - (n + 1));
			memcpy(trial[1], s.p, n + 1);
			memcpy(trial[1] + n + 1, high, 4 - (n + 1));
			possible = possible || sv_is_utf8((struct sv){ trial[0], whole }) ||
				   sv_is_utf8((struct sv){ trial[1], whole });
		}
		if (!possible)
			break;
		n++;
	}
	return n;
}

void buf_put_json(struct buf *buf, struct sv s)
{
	const size_t start = buf->n;
	size_t bad = sv_utf8_bad(s), from = 0;

	buf_put_char(buf, '"');
	for (size_t i = 0; i < s.n && !buf->full;) {
		const unsigned char c = (unsigned char)s.p[i];

		if (i == bad) {
			const size_t n = bad_length(sv_slice(s, i, s.n));

			buf_put(buf, s.p + from, i - from);
			buf_put_sv(buf, SV("\xef\xbf\xbd"));
			i = from = i + n;
			bad = sv_utf8_bad(sv_slice(s, i, s.n));
			bad = bad == SIZE_MAX ? bad : bad + i;
		} else if (c < 0x20 || c == '"' || c == '\\') {
			buf_put(buf, s.p + from, i - from);
			put_escaped(buf, s.p[i]);
			from = ++i;
		} else {
			i++;
		}
	}
	if (from < s.n)
		buf_put(buf, s.p + from, s.n - from);
	buf_put_char(buf, '"');
	if (buf->full)
		buf->n = start;
}

struct sv buf_sv(const struct buf *buf)
{
	return (struct sv){ buf->p, buf->n };
}

char *buf_detach(struct buf *buf)
{
	char *p = buf->p ? buf->p : mem_alloc(1);

	p[buf->n] = '\0';
	buf_init(buf, buf->max);
	return p;
}
