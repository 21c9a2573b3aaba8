#include "report/page.h"

#include <stdlib.h>

#include "base/test.h"
#include "report/sample.h"

#define ARENA_MAX (256U << 20)

static int draw(enum sample_month month, bool english, struct buf *pdf, unsigned *pages,
		struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	const struct report made = sample_report(month, english, arena);
	struct report report;
	struct buf json;
	int r;

	/* The road that figures go to the press. */
	buf_init(&json, REPORT_TEXT_MAX);
	r = report_to_json(&made, &json, err);
	if (r == 0)
		r = report_from_json(buf_sv(&json), arena, &report, err);
	if (r == 0)
		r = report_pdf(&report, pdf, pages, err);
	buf_done(&json);
	arena_free(arena);
	return r;
}

TEST(page_months)
{
	static const struct {
		enum sample_month month;
		unsigned min, max;
	} row[] = {
		{ SAMPLE_CALM, 3, 5 }, { SAMPLE_SETTLED, 3, 5 }, { SAMPLE_BUSY, 6, 12 },
		{ SAMPLE_EMPTY, 2, 4 },
	};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 2 * sizeof row / sizeof *row; i++) {
		unsigned pages = 0;
		struct buf pdf;

		buf_init(&pdf, REPORT_PDF_MAX);
		if (draw(row[i / 2].month, i % 2, &pdf, &pages, &err) != 0 && err.code == ERR_NOT_FOUND) {
			buf_done(&pdf);
			SKIP("no Japanese font is installed: fonts-noto-cjk");
		}
		CHECK(sv_starts(buf_sv(&pdf), SV("%PDF-")));
		CHECK(pages >= row[i / 2].min && pages <= row[i / 2].max);
		buf_done(&pdf);
	}
}

TEST(page_same_bytes_again)
{
	struct err err = ERR_INIT;
	struct buf one, two;
	unsigned pages;

	buf_init(&one, REPORT_PDF_MAX);
	buf_init(&two, REPORT_PDF_MAX);
	if (draw(SAMPLE_SETTLED, false, &one, &pages, &err) == 0) {
		CHECK(draw(SAMPLE_SETTLED, false, &two, &pages, &err) == 0);
		CHECK(sv_eq(buf_sv(&one), buf_sv(&two)));
	}
	buf_done(&one);
	buf_done(&two);
}

/* R-068 with everything at its limit: 500 incidents, 1,500 devices, hostile texts. */
TEST(page_extreme)
{
	struct err err = ERR_INIT;
	unsigned pages = 0;
	struct buf pdf;

	buf_init(&pdf, REPORT_PDF_MAX);
	if (draw(SAMPLE_EXTREME, false, &pdf, &pages, &err) != 0) {
		CHECK_INT(err.code, ERR_NOT_FOUND);
	} else {
		CHECK(pages > 100 && pages < 1000);
	}
	buf_done(&pdf);
}

/* A buffer that is too small is an error, not a cut report. */
TEST(page_too_large)
{
	struct err err = ERR_INIT;
	unsigned pages = 77;
	struct buf pdf;

	buf_init(&pdf, 1000);
	CHECK(draw(SAMPLE_CALM, false, &pdf, &pages, &err) == -1);
	CHECK(err.code == ERR_RANGE || err.code == ERR_NOT_FOUND);
	CHECK_INT(pages, 77);
	buf_done(&pdf);
}

/* The last one: so that the search for leaks finds ours only. */
TEST(page_end)
{
	report_pdf_end();
}
