#include <stdlib.h>

#include "base/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Counts of what only our own markup may hold, whatever the text is. */
static void expect(struct sv text, char c, size_t want)
{
	size_t count = 0;

	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == c;
	if (count != want)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv text = { (const char *)data, size };
	struct buf buf;
	struct html html;

	buf_init(&buf, 1 << 20);
	html = html_begin(&buf, false);
	html_open(&html, "p");
	html_attribute(&html, "title", text);
	html_text(&html, text);
	html_close(&html);
	if (!buf.full) {
		expect(buf_sv(&buf), '<', 3);
		expect(buf_sv(&buf), '>', 3);
		expect(buf_sv(&buf), '"', 2);
		expect(buf_sv(&buf), '\'', 0);
		expect(buf_sv(&buf), '\0', 0);
		if (!sv_is_utf8(buf_sv(&buf)))
			abort();
	}
	buf_clear(&buf);
	html = html_begin(&buf, false);
	html_prose(&html, text);
	if (html.depth != 0 || !sv_is_utf8(buf_sv(&buf)))
		abort();
	buf_done(&buf);
	return 0;
}
