#include "base/html.h"

#include "base/test.h"

static struct sv without_doctype(const struct buf *buf)
{
	return sv_slice(buf_sv(buf), strlen("<!doctype html>\n"), buf->n);
}

TEST(nesting)
{
	struct buf buf;
	struct html html;

	buf_init(&buf, 1000);
	html = html_begin(&buf, true);
	html_open(&html, "p");
	html_class(&html, "a");
	html_class(&html, NULL);
	html_open(&html, "input");
	html_attribute(&html, "value", SV("x"));
	html_flag(&html, "checked");
	html_close(&html);
	html_say(&html, "火", "fire");
	html_element(&html, "b", NULL, SV("!"));
	html_close(&html);
	CHECK_INT(html.depth, 0);
	CHECK_SV(without_doctype(&buf), SV("<p class=\"a\"><input value=\"x\" checked>fire<b>!</b>\n</p>\n"));
	buf_done(&buf);
}

TEST(nothing_from_elsewhere_becomes_markup)
{
	static const struct {
		struct sv text, want;
	} row[] = {
		{ SV("<script>alert(1)</script>"), SV("&lt;script&gt;alert(1)&lt;/script&gt;") },
		{ SV("\" onfocus=\"x"), SV("&quot; onfocus=&quot;x") },
		{ SV("' onfocus='x"), SV("&#39; onfocus=&#39;x") },
		{ SV("&amp;"), SV("&amp;amp;") },
		{ SV("&#60;"), SV("&amp;#60;") },
		{ SV("株式会社 火消\n二行目\t"), SV("株式会社 火消\n二行目\t") },
		{ SV("a\0b\x1B[31m\x7F\r"), SV("a\xEF\xBF\xBD"
					       "b\xEF\xBF\xBD[31m\xEF\xBF\xBD\xEF\xBF\xBD") },
		{ SV("\xC0\xBC"), SV("\xEF\xBF\xBD\xEF\xBF\xBD") }, /* '<' written too long */
		{ SV("\xE7\x81"), SV("\xEF\xBF\xBD\xEF\xBF\xBD") },
		{ SV("\xED\xA0\x80x"), SV("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx") },
		{ SV(""), SV("") },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf buf, want;
		struct html html;

		buf_init(&buf, 1000);
		buf_init(&want, 1000);
		html = html_begin(&buf, false);
		html_open(&html, "p");
		html_attribute(&html, "title", row[i].text);
		html_text(&html, row[i].text);
		html_close(&html);
		buf_printf(&want, "<p title=\"%.*s\">%.*s</p>\n", SV_ARG(row[i].want),
			   SV_ARG(row[i].want));
		CHECK_SV(without_doctype(&buf), buf_sv(&want));
		buf_done(&buf);
		buf_done(&want);
	}
}

TEST(prose)
{
	static const struct {
		struct sv text, want;
	} row[] = {
		{ SV(""), SV("") },
		{ SV("\n \n"), SV("") },
		{ SV("one\ntwo\n\nthree"), SV("<p>one<br>two</p>\n<p>three</p>\n") },
		{ SV("text\n- a\n- <b>"), SV("<p>text</p>\n<ul><li>a</li>\n<li>&lt;b&gt;</li>\n</ul>\n") },
		{ SV("・甲\n・乙\n後"), SV("<ul><li>甲</li>\n<li>乙</li>\n</ul>\n<p>後</p>\n") },
		{ SV("1. a\n2. b\n- c"), SV("<ol><li>a</li>\n<li>b</li>\n</ol>\n<ul><li>c</li>\n</ul>\n") },
		{ SV("2025. is a year\n1.5 is a number"), SV("<p>2025. is a year<br>1.5 is a number</p>\n") },
		{ SV("- "), SV("<p>-</p>\n") },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf buf;
		struct html html;

		buf_init(&buf, 1000);
		html = html_begin(&buf, false);
		html_prose(&html, row[i].text);
		CHECK_SV(without_doctype(&buf), row[i].want);
		buf_done(&buf);
	}
}

TEST(a_full_buffer_stays_full)
{
	struct buf buf;
	struct html html;

	buf_init(&buf, 30);
	html = html_begin(&buf, false);
	html_element(&html, "p", NULL, SV("0123456789"));
	CHECK(buf.full);
	CHECK(buf.n <= 30);
	buf_done(&buf);
}
