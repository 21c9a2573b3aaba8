#include "base/ics.h"

#include <string.h>

#define SECOND_LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define CHARACTER_MAX 4			  /* bytes of one in UTF-8 */

/* A content line that is folded while it is written. */
struct line {
	struct buf *buf;
	size_t column;
};

static void line_put(struct line *line, const char *p, size_t n)
{
	if (line->column + n > ICS_LINE_MAX) {
		buf_put(line->buf, "\r\n ", 3);
		line->column = 1;
	}
	buf_put(line->buf, p, n);
	line->column += n;
}

/* Bytes of the character at the beginning of text; 0 where it is none. */
static size_t character(struct sv text)
{
	const unsigned char first = (unsigned char)text.p[0];
	const size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : CHARACTER_MAX;

	return n <= text.n && sv_is_utf8(sv_slice(text, 0, n)) ? n : 0;
}

static struct line line_begin(struct buf *buf, const char *name)
{
	struct line line = { buf, 0 };

	line_put(&line, name, strlen(name));
	return line;
}

static void line_end(struct line *line)
{
	buf_put(line->buf, "\r\n", 2);
}

/* TEXT: escaped; line ends become \n, other control characters vanish. */
static void line_text(struct line *line, struct sv text)
{
	while (text.n > 0) {
		const size_t n = character(text);
		const char c = text.p[0];

		if (n == 0)
			line_put(line, "\xef\xbf\xbd", 3);
		else if (c == '\\' || c == ';' || c == ',')
			line_put(line, (const char[]){ '\\', c }, 2);
		else if (c == '\n')
			line_put(line, "\\n", 2);
		else if (n > 1 || c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f))
			line_put(line, text.p, n);
		text = sv_slice(text, n > 0 ? n : 1, text.n);
	}
}

static void put_text(struct buf *buf, const char *name, struct sv text)
{
	struct line line;

	if (text.n == 0)
		return;
	line = line_begin(buf, name);
	line_text(&line, text);
	line_end(&line);
}

/* A value that has no escapes: what could end the line is left out. */
static void put_plain(struct buf *buf, const char *name, struct sv text)
{
	struct line line;

	if (text.n == 0)
		return;
	line = line_begin(buf, name);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] > ' ' && text.p[i] <= '~')
			line_put(&line, &text.p[i], 1);
	line_end(&line);
}

static void put_time(struct buf *buf, const char *name, struct instant at)
{
	const int64_t second = at.us / INSTANT_SECOND;
	const struct civil c = day_to_civil((struct day){ (int32_t)(second / 86400) });
	const unsigned of_day = (unsigned)(second % 86400);

	buf_printf(buf, "%s:%04d%02u%02uT%02u%02u%02uZ\r\n", name, c.year, c.month, c.day,
		   of_day / 3600, of_day / 60 % 60, of_day % 60);
}

static void put_day(struct buf *buf, const char *name, struct day day)
{
	const struct civil c = day_to_civil(day);

	buf_printf(buf, "%s;VALUE=DATE:%04d%02u%02u\r\n", name, c.year, c.month, c.day);
}

static bool is_time(struct instant at)
{
	return at.us >= 0 && at.us / INSTANT_SECOND <= SECOND_LAST;
}

static bool is_uid(struct sv uid)
{
	for (size_t i = 0; i < uid.n; i++)
		if (uid.p[i] <= ' ' || uid.p[i] > '~')
			return false;
	return uid.n > 0;
}

static int check(const struct ics_entry *entry, struct err *err)
{
	const struct sv text[] = { entry->uid, entry->summary, entry->description, entry->place,
				   entry->url };
	const struct day last = { (int32_t)(SECOND_LAST / 86400) };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (text[i].n > ICS_TEXT_MAX)
			return err_set(err, ERR_RANGE,
				       "a text of a calendar entry has over %d bytes",
				       ICS_TEXT_MAX);
	if (!is_uid(entry->uid))
		return err_set(err, ERR_FORMAT, "a calendar entry needs a uid of printable ASCII");
	if (entry->whole_day ? entry->day.n < 0 || day_compare(entry->last_day, entry->day) < 0 ||
				       day_compare(entry->last_day, last) >= 0
			     : !is_time(entry->from) || !is_time(entry->to) ||
				       instant_cmp(entry->to, entry->from) <= 0)
		return err_set(
			err, ERR_RANGE,
			"a calendar entry ends before it begins, or outside the years 1970 to 9999");
	if (!is_time(entry->stamp))
		return err_set(err, ERR_RANGE,
			       "a calendar entry was written outside the years 1970 to 9999");
	return 0;
}

void ics_begin(struct buf *buf)
{
	buf_put_sv(buf, SV("BEGIN:VCALENDAR\r\n"
			   "VERSION:2.0\r\n"
			   "PRODID:-//Hikeshi//Hikeshi//JA\r\n"
			   "CALSCALE:GREGORIAN\r\n"
			   "METHOD:PUBLISH\r\n"));
}

int ics_put(struct buf *buf, const struct ics_entry *entry, struct err *err)
{
	if (check(entry, err) != 0)
		return -1;
	buf_put_sv(buf, SV("BEGIN:VEVENT\r\n"));
	put_plain(buf, "UID:", entry->uid);
	put_time(buf, "DTSTAMP", entry->stamp);
	if (entry->whole_day) {
		put_day(buf, "DTSTART", entry->day);
		put_day(buf, "DTEND", day_add(entry->last_day, 1));
	} else {
		put_time(buf, "DTSTART", entry->from);
		put_time(buf, "DTEND", entry->to);
	}
	buf_printf(buf, "SEQUENCE:%u\r\n", (unsigned)entry->sequence);
	put_text(buf, "SUMMARY:", entry->summary);
	put_text(buf, "DESCRIPTION:", entry->description);
	put_text(buf, "LOCATION:", entry->place);
	put_plain(buf, "URL:", entry->url);
	buf_put_sv(buf, entry->cancelled ? SV("STATUS:CANCELLED\r\n") : SV("STATUS:CONFIRMED\r\n"));
	buf_put_sv(buf, SV("END:VEVENT\r\n"));
	return 0;
}

void ics_end(struct buf *buf)
{
	buf_put_sv(buf, SV("END:VCALENDAR\r\n"));
}
