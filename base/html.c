#include "base/html.h"

#include <assert.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

struct html html_begin(struct buf *buf, bool english)
{
	buf_put_sv(buf, SV("<!doctype html>\n"));
	return (struct html){ .buf = buf, .english = english };
}

static const char *escape(unsigned char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	case '\n':
	case '\t': return NULL;
	default: return c < ' ' || c == 0x7F ? REPLACEMENT : NULL;
	}
}

static void put_escaped(struct buf *buf, struct sv text)
{
	while (text.n > 0) {
		const size_t bad = sv_utf8_bad(text);
		const size_t good = bad == SIZE_MAX ? text.n : bad;
		size_t from = 0;

		for (size_t i = 0; i < good; i++) {
			const char *instead = escape((unsigned char)text.p[i]);

			if (!instead)
				continue;
			buf_put(buf, text.p + from, i - from);
			buf_put_sv(buf, sv_from(instead));
			from = i + 1;
		}
		buf_put(buf, text.p + from, good - from);
		if (bad != SIZE_MAX)
			buf_put_sv(buf, SV(REPLACEMENT));
		text = sv_slice(text, bad == SIZE_MAX ? text.n : bad + 1, text.n);
	}
}

static void end_tag(struct html *html)
{
	if (html->in_tag)
		buf_put_char(html->buf, '>');
	html->in_tag = false;
}

void html_open(struct html *html, const char *tag)
{
	assert(html->depth < HTML_DEPTH_MAX);
	end_tag(html);
	buf_put_char(html->buf, '<');
	buf_put_sv(html->buf, sv_from(tag));
	html->open[html->depth++] = tag;
	html->in_tag = true;
}

void html_attribute(struct html *html, const char *name, struct sv value)
{
	assert(html->in_tag);
	buf_put_char(html->buf, ' ');
	buf_put_sv(html->buf, sv_from(name));
	buf_put_sv(html->buf, SV("=\""));
	put_escaped(html->buf, value);
	buf_put_char(html->buf, '"');
}

void html_class(struct html *html, const char *name)
{
	if (name)
		html_attribute(html, "class", sv_from(name));
}

void html_flag(struct html *html, const char *name)
{
	assert(html->in_tag);
	buf_put_char(html->buf, ' ');
	buf_put_sv(html->buf, sv_from(name));
}

static bool has_no_end(const char *tag)
{
	static const char *const empty[] = { "input", "br", "meta", "link", "img", "hr" };

	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		if (strcmp(tag, empty[i]) == 0)
			return true;
	return false;
}

void html_close(struct html *html)
{
	const char *tag;

	assert(html->depth > 0);
	tag = html->open[--html->depth];
	end_tag(html);
	if (has_no_end(tag))
		return;
	buf_put_sv(html->buf, SV("</"));
	buf_put_sv(html->buf, sv_from(tag));
	buf_put_char(html->buf, '>');
	if (html->depth <= 6)
		buf_put_char(html->buf, '\n');
}

void html_text(struct html *html, struct sv text)
{
	end_tag(html);
	put_escaped(html->buf, text);
}

void html_say(struct html *html, const char *ja, const char *en)
{
	html_text(html, sv_from(html->english ? en : ja));
}

void html_element(struct html *html, const char *tag, const char *name, struct sv text)
{
	html_open(html, tag);
	html_class(html, name);
	html_text(html, text);
	html_close(html);
}

void html_tell(struct html *html, const char *tag, const char *name, const char *ja, const char *en)
{
	html_element(html, tag, name, sv_from(html->english ? en : ja));
}

/* ---- prose ---- */

enum line_kind { LINE_EMPTY, LINE_TEXT, LINE_BULLET, LINE_NUMBER };

/* Leaves in *line what stands behind its mark. */
static enum line_kind read_line(struct sv *line)
{
	const struct sv text = sv_trim(*line);
	size_t digits = 0;

	*line = text;
	if (text.n == 0)
		return LINE_EMPTY;
	if (sv_starts(text, SV("- ")) || sv_starts(text, SV("・"))) {
		*line = sv_trim(sv_slice(text, text.p[0] == '-' ? 2 : strlen("・"), text.n));
		return LINE_BULLET;
	}
	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (digits == 0 || digits > 2 || !sv_starts(sv_slice(text, digits, text.n), SV(". ")))
		return LINE_TEXT;
	*line = sv_trim(sv_slice(text, digits + 2, text.n));
	return LINE_NUMBER;
}

void html_prose(struct html *html, struct sv text)
{
	static const char *const block[] = { NULL, "p", "ul", "ol" };
	enum line_kind now = LINE_EMPTY;

	while (text.n > 0) {
		struct sv line = sv_cut(&text, '\n');
		const enum line_kind kind = read_line(&line);

		if (kind != now && now != LINE_EMPTY)
			html_close(html);
		if (kind != now && kind != LINE_EMPTY)
			html_open(html, block[kind]);
		else if (kind == LINE_TEXT) {
			html_open(html, "br");
			html_close(html);
		}
		now = kind;
		if (kind == LINE_TEXT)
			html_text(html, line);
		else if (kind != LINE_EMPTY)
			html_element(html, "li", NULL, line);
	}
	if (now != LINE_EMPTY)
		html_close(html);
}
