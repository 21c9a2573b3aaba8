#include "base/csv.h"

#include "base/test.h"

TEST(cells)
{
	static const struct {
		struct sv text;
		const char *cell;
	} row[] = {
		{ SV("株式会社火消"), "\"株式会社火消\"" },
		{ SV("a \"b\", c"), "\"a \"\"b\"\", c\"" },
		{ SV("one\ntwo"), "\"one\ntwo\"" },
		{ SV("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"" },
		{ SV("+81"), "\"'+81\"" },
		{ SV("-1"), "\"'-1\"" },
		{ SV("@SUM"), "\"'@SUM\"" },
		{ SV("\t=1"), "\"'\t=1\"" },
		{ SV("\r=1"), "\"'\r=1\"" },
		{ SV("＝1"), "\"'＝1\"" },
		{ SV("a\0b"), "\"ab\"" },
		{ SV(""), "\"\"" },
		{ SV_NONE, "\"\"" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf buf;
		struct csv csv = { &buf, false };

		buf_init(&buf, 1000);
		csv_cell(&csv, row[i].text);
		CHECK_SV(buf_sv(&buf), sv_from(row[i].cell));
		buf_done(&buf);
	}
}

TEST(a_table_begins_with_its_mark_and_ends_rows_with_crlf)
{
	struct buf buf;
	struct csv csv;

	buf_init(&buf, 1000);
	csv = csv_begin(&buf);
	csv_cell(&csv, SV("a"));
	csv_cell(&csv, SV("b"));
	csv_row(&csv);
	csv_cell(&csv, SV("c"));
	csv_row(&csv);
	CHECK_SV(buf_sv(&buf), SV("\xef\xbb\xbf\"a\",\"b\"\r\n\"c\"\r\n"));
	buf_done(&buf);
}
