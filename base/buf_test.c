#include "base/buf.h"

#include <stdlib.h>

#include "base/test.h"

TEST(maximum_at_its_edge)
{
	struct buf buf;

	buf_init(&buf, 10);
	buf_put(&buf, "12345", 5);
	buf_put_sv(&buf, SV("67890"));
	CHECK_SV(buf_sv(&buf), SV("1234567890"));
	CHECK(!buf.full);
	buf_put_char(&buf, 'x');
	CHECK(buf.full);
	CHECK_SV(buf_sv(&buf), SV("1234567890"));
	buf_clear(&buf);
	buf_put_sv(&buf, SV("12345678901"));
	CHECK(buf.full && buf.n == 0);
	buf_put_char(&buf, 'x'); /* nothing more, even if it would fit */
	CHECK_INT(buf.n, 0);
	buf_done(&buf);
	buf_printf(&buf, "%d%s", 12345, "67890");
	CHECK_SV(buf_sv(&buf), SV("1234567890"));
	buf_printf(&buf, "%s", "");
	CHECK(!buf.full);
	buf_printf(&buf, "x");
	CHECK(buf.full);
	buf_done(&buf);
}

TEST(growing_and_detaching)
{
	struct buf buf;
	char *text;

	buf_init(&buf, 100000);
	for (int i = 0; i < 100000; i++)
		buf_put_char(&buf, (char)('a' + i % 26));
	CHECK(!buf.full && buf.n == 100000);
	text = buf_detach(&buf);
	CHECK_INT(strlen(text), 100000);
	CHECK(buf.n == 0 && !buf.p);
	free(text);
	text = buf_detach(&buf);
	CHECK_STR(text, "");
	free(text);
	buf_done(&buf);
}

TEST(json)
{
	static const struct {
		struct sv text;
		const char *want;
	} row[] = {
		{ SV(""), "\"\"" },
		{ SV_NONE, "\"\"" },
		{ SV("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"" },
		{ SV("\b\f\n\r\t\1\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"" },
		{ SV("\0x"), "\"\\u0000x\"" },
		{ SV("火消し😀"), "\"火消し😀\"" },
		{ SV("\xff"), "\"\xef\xbf\xbd\"" },
		{ SV("a\xe7\x81"
		     "b"),
		  "\"a\xef\xbf\xbd"
		  "b\"" }, /* one mark for a torn character */
		{ SV("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" }, /* never one */
		{ SV("\xf0\x9f\x98"), "\"\xef\xbf\xbd\"" },
		{ SV("\xf0\x9f\x98\xf0\x9f\x98\x80\x80"), "\"\xef\xbf\xbd😀\xef\xbf\xbd\"" },
	};
	struct buf buf;

	buf_init(&buf, 200);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		buf_clear(&buf);
		buf_put_json(&buf, row[i].text);
		CHECK_SV(buf_sv(&buf), sv_from(row[i].want));
	}
	buf_done(&buf);
}

TEST(json_is_whole_or_not_there)
{
	for (size_t max = 0; max < 16; max++) {
		struct buf buf;

		buf_init(&buf, max);
		buf_put_char(&buf, '[');
		buf_put_json(&buf, SV("a\"\1\xff"));
		/* [ + quotes 2 + a + \" + \u0001 + U+FFFD */
		if (max >= 1 + 2 + 1 + 2 + 6 + 3)
			CHECK_INT(buf.n, 15);
		else
			CHECK(buf.full && buf.n == (max > 0 ? 1 : 0));
		buf_done(&buf);
	}
}
