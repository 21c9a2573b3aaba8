#include <string.h>

#include "base/mem.h"
#include "base/test.h"
#include "report/clean.h"
#include "report/sample.h"

#define ARENA_MAX (256U << 20)

static struct sv to_json(const struct report *report, struct buf *buf, struct err *err)
{
	buf_init(buf, REPORT_TEXT_MAX);
	CHECK(report_to_json(report, buf, err) == 0);
	return buf_sv(buf);
}

/* What went there and back is the same again. */
TEST(json_there_and_back)
{
	struct err err = ERR_INIT;

	for (unsigned month = 0; month < SAMPLE_COUNT; month++) {
		struct arena *arena = arena_new(ARENA_MAX);
		const struct report report = sample_report((enum sample_month)month, month % 2, arena);
		struct report first, second;
		struct buf one, two, three;

		CHECK(report_from_json(to_json(&report, &one, &err), arena, &first, &err) == 0);
		CHECK(report_from_json(to_json(&first, &two, &err), arena, &second, &err) == 0);
		CHECK_SV(to_json(&second, &three, &err), buf_sv(&two));
		CHECK_INT(second.figures.detections, report.figures.detections);
		CHECK_INT(second.figures.incident_count, report.figures.incident_count);
		CHECK_INT(second.figures.mood, report.figures.mood);
		CHECK_INT(second.frame.to.n, report.frame.to.n);
		buf_done(&one);
		buf_done(&two);
		buf_done(&three);
		arena_free(arena);
	}
}

/* One wrong member, and nothing is taken. */
TEST(json_refused)
{
	static const struct {
		const char *from, *to;
	} row[] = {
		{ "\"form\":1", "\"form\":2" },
		{ "\"frame\":{", "\"frame\":7,\"other\":{" },
		{ "\"events\":", "\"events\":-1,\"x\":" },
		{ "\"events\":", "\"events\":1.5,\"x\":" },
		{ "\"events\":", "\"events\":99999999999999999999,\"x\":" },
		{ "\"number\":2", "\"number\":1001" },
		{ "\"company_name\":\"", "\"company_name\":7,\"x\":\"" },
		{ "\"mood\":\"calm\"", "\"mood\":\"happy\"" },
		{ "\"from\":\"2026-07-01\"", "\"from\":\"2026-07-02\"" },
		{ "\"from\":\"2026-07-01\"", "\"from\":\"2026-02-30\"" },
		{ "\"day\":\"2026-07-03\"", "\"day\":\"2026-07-04\"" },
		{ "\"english\":false", "\"english\":0" },
		{ "\"advice\":[", "\"advice\":[\"\",\"\",\"\",\"\",\"\",\"\"" },
		{ "\"by_level\":{", "\"by_level\":[],\"x\":{" },
		{ "\"device\":[", "\"device\":[1," },
		{ "\"sentence\":\"", "\"sentence\":\"\\ud800" },
		{ "\"sentence\":\"", "\"sentence\":\"\xff" },
		{ "{", "[" },
	};
	struct arena *arena = arena_new(ARENA_MAX);
	const struct report report = sample_report(SAMPLE_CALM, false, arena);
	struct err err = ERR_INIT;
	struct report ret = { .frame.number = 77 };
	struct buf json;
	const struct sv good = to_json(&report, &json, &err);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const size_t at = sv_find(good, sv_from(row[i].from), 0);
		struct buf bad;

		CHECK(at != SIZE_MAX);
		buf_init(&bad, REPORT_TEXT_MAX);
		buf_put_sv(&bad, sv_slice(good, 0, at));
		buf_put_sv(&bad, sv_from(row[i].to));
		buf_put_sv(&bad, sv_slice(good, at + strlen(row[i].from), good.n));
		if (report_from_json(buf_sv(&bad), arena, &ret, &err) == 0 || ret.frame.number != 77)
			CHECK_STR(row[i].to, "");
		CHECK(err.code == ERR_FORMAT);
		buf_done(&bad);
	}
	for (size_t n = 0; n < good.n; n += 97) /* cut anywhere */
		CHECK(report_from_json(sv_slice(good, 0, n), arena, &ret, &err) == -1);
	buf_done(&json);
	arena_free(arena);
}

TEST(json_too_long)
{
	struct arena *arena = arena_new(1 << 20);
	struct err err = ERR_INIT;
	struct report ret;
	char *text = mem_zalloc(REPORT_TEXT_MAX + 1);

	CHECK(report_from_json((struct sv){ text, REPORT_TEXT_MAX + 1 }, arena, &ret, &err) == -1);
	CHECK(err.code == ERR_TOO_LARGE);
	free(text);
	arena_free(arena);
}

/* What others wrote is made fit to be drawn. */
TEST(clean_texts)
{
	static const struct {
		const char *text, *one_line, *lines;
	} row[] = {
		{ "", "", "" },
		{ "  a  ", "a", "a" },
		{ "a\tb\r\nc", "a b c", "a b \nc" },
		{ "a\n\n\n\n\nb", "a b", "a\n\nb" },
		{ "a\x01\x1b[0m\x7f""b", "a[0mb", "a[0mb" },
		{ "\xe2\x80\xae""evil\xe2\x80\xac", "evil", "evil" },		 /* right to left */
		{ "\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", "x", "x" }, /* isolates, marks */
		{ "a\xe2\x80\x8b\xef\xbb\xbf""b", "ab", "ab" },		 /* no width */
		{ "\xf3\xa0\x81\x81z", "z", "z" },				 /* tags */
		{ "髙﨑", "髙﨑", "髙﨑" },
		{ "葛\xf3\xa0\x84\x80", "葛\xf3\xa0\x84\x80", "葛\xf3\xa0\x84\x80" }, /* a shape of a kanji */
		{ "\xff\xc3(", "\xef\xbf\xbd\xef\xbf\xbd(", "\xef\xbf\xbd\xef\xbf\xbd(" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a\xe2\x80\xa8""b", "a b", "a\nb" },			 /* line separator */
	};
	struct arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_SV(report_clean(arena, sv_from(row[i].text), 100, false), sv_from(row[i].one_line));
		CHECK_SV(report_clean(arena, sv_from(row[i].text), 100, true), sv_from(row[i].lines));
	}
	arena_free(arena);
}

TEST(clean_cuts)
{
	struct arena *arena = arena_new(1 << 20);

	CHECK_SV(report_clean(arena, SV("あいう"), 9, false), SV("あいう"));
	CHECK_SV(report_clean(arena, SV("あいう"), 8, false), SV("あい…"));
	CHECK_SV(report_clean(arena, SV("あいう"), 6, false), SV("あい…"));
	CHECK_SV(report_clean(arena, SV("abc"), 0, false), SV("…"));
	CHECK_SV(report_clean(arena, SV(""), 0, false), SV(""));
	arena_free(arena);
}
