#include "detect/fold.h"
#include "detect/testing.h"

TEST(folds)
{
	static const struct {
		const char *from, *to;
	} row[] = {
		{ "", "" },
		{ "AbC xYz 123 [@`{", "abc xyz 123 [@`{" },
		{ "0123456789ABCDEF0123456789ABCDEFG", "0123456789abcdef0123456789abcdefg" },
		{ "\xC3\x84\xC3\xA4", "\xC3\xA4\xC3\xA4" },
		{ "\xC4\xB0", "\xC4\xB0" }, /* I with dot: only full folding knows it */
		{ "\xCE\xA3\xCF\x83\xCF\x82", "\xCF\x83\xCF\x83\xCF\x83" }, /* three sigmas */
		{ "\xE1\xBA\x9E", "\xC3\x9F" },				    /* capital sharp s */
		{ "\xE2\x84\xAA", "k" },
		{ "\xC8\xBA", "\xE2\xB1\xA5" }, /* two bytes become three */
		{ "\xD0\x90\xD0\xAF", "\xD0\xB0\xD1\x8F" },
		{ "\xE6\x97\xA5\xE6\x9C\xAC\xEF\xBC\xA1", "\xE6\x97\xA5\xE6\x9C\xAC\xEF\xBD\x81" },
		{ "\xF0\x90\x90\x80", "\xF0\x90\x90\xA8" }, /* Deseret */
		{ "\xFF\x80\xC3", "\xFF\x80\xC3" },	    /* no UTF-8 */
		{ "0123456789ABCDE\xC3\x84XYZ0123456789ABCDEF",
		  "0123456789abcde\xC3\xA4xyz0123456789abcdef" },
	};
	struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_SV(fold_dup(arena, sv_from(row[i].from)), sv_from(row[i].to));
	arena_free(arena);
}

TEST(folding_twice_changes_nothing)
{
	size_t runs;
	const struct fold_run *run = fold_runs(&runs);
	size_t folded = 0;

	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		folded += fold_point(c) != c;
		if (fold_point(fold_point(c)) != fold_point(c))
			CHECK(!"folded is folded");
	}
	CHECK_INT(folded, 26 + 1428); /* of Unicode 14: C and S without ASCII */
	for (size_t i = 1; i < runs; i++)
		CHECK(run[i - 1].last < run[i].first);
}

TEST(offsets)
{
	const struct sv text = SV("\xE2\x84\xAA"
				  "a\xC8\xBA"
				  "b"); /* k a (three bytes) b */
	static const size_t want[] = { 0, 3, 4, 6, 6, 6, 7, 7 };

	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		CHECK_INT(fold_offset(text, i), want[i]);
}

TEST(utf8)
{
	static const struct {
		const char *text;
		size_t n;
		uint32_t point;
	} row[] = {
		{ "a", 1, 'a' },
		{ "\xC3\xA4", 2, 0xE4 },
		{ "\xE2\x82\xAC", 3, 0x20AC },
		{ "\xF0\x9F\x98\x80", 4, 0x1F600 },
		{ "\x80", 1, UTF8_BROKEN + 0x80 },
		{ "\xC3", 1, UTF8_BROKEN + 0xC3 },
		{ "\xC0\x80", 1, UTF8_BROKEN + 0xC0 },
		{ "\xED\xA0\x80", 1, UTF8_BROKEN + 0xED },
		{ "\xF4\x90\x80\x80", 1, UTF8_BROKEN + 0xF4 },
		{ "\xE0\x80\x80", 1, UTF8_BROKEN + 0xE0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct sv text = sv_from(row[i].text);
		uint32_t point;
		char out[UTF8_MAX];

		CHECK_INT(utf8_read(text.p, text.n, &point), row[i].n);
		CHECK_INT(point, row[i].point);
		if (point < UTF8_BROKEN) {
			CHECK_INT(utf8_back(text, text.n), row[i].n);
			CHECK(utf8_write(point, out) == row[i].n &&
			      memcmp(out, text.p, row[i].n) == 0);
		}
	}
	CHECK_INT(utf8_back(SV("a\x80\x80"), 3), 1);
}
