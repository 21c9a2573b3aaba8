#include "base/sv.h"

#include <math.h>

#include "base/test.h"

TEST(slices_clamp)
{
	static const struct {
		size_t from, to;
		const char *want;
	} row[] = {
		{ 0, 3, "abc" }, { 1, 2, "b" }, { 3, 9, "" },
		{ 5, 9, "" },	 { 2, 1, "" },	{ 1, SIZE_MAX, "bc" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_SV(sv_slice(SV("abc"), row[i].from, row[i].to), sv_from(row[i].want));
	CHECK_INT(sv_slice(SV_NONE, 0, 5).n, 0);
}

TEST(comparing)
{
	CHECK(sv_eq(SV("a\0b"), SV("a\0b")) && !sv_eq(SV("a"), SV("ab")) && sv_eq(SV_NONE, SV("")));
	CHECK(sv_eq_case(SV("AbC[@"), SV("aBc[@")) && !sv_eq_case(SV("["), SV("{")));
	CHECK(!sv_eq_case(SV("é"), SV("É"))); /* only ASCII folds */
	CHECK(sv_cmp(SV("a"), SV("b")) < 0 && sv_cmp(SV("ab"), SV("a")) > 0 &&
	      sv_cmp(SV(""), SV_NONE) == 0);
	CHECK(sv_cmp(SV("\xff"), SV("a")) > 0);
	CHECK(sv_starts(SV("abc"), SV("ab")) && !sv_starts(SV("a"), SV("ab")) &&
	      sv_starts(SV("a"), SV("")));
	CHECK(sv_ends(SV("abc"), SV("bc")) && !sv_ends(SV("c"), SV("bc")) &&
	      sv_ends(SV_NONE, SV_NONE));
}

TEST(finding)
{
	static const struct {
		const char *text, *needle;
		size_t from, want;
	} row[] = {
		{ "abcabc", "c", 0, 2 },
		{ "abcabc", "c", 3, 5 },
		{ "abcabc", "bca", 0, 1 },
		{ "abcabc", "x", 0, SIZE_MAX },
		{ "abc", "abcd", 0, SIZE_MAX },
		{ "abc", "", 1, 1 },
		{ "abc", "", 3, 3 },
		{ "abc", "", 4, SIZE_MAX },
		{ "abc", "c", 9, SIZE_MAX },
		{ "", "a", 0, SIZE_MAX },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_INT(sv_find(sv_from(row[i].text), sv_from(row[i].needle), row[i].from),
			  row[i].want);
	CHECK_INT(sv_find_char(SV("abc"), 'c', 0), 2);
	CHECK_INT(sv_find_char(SV("abc"), 'a', 1), SIZE_MAX);
	CHECK_INT(sv_find_char(SV_NONE, 'a', 0), SIZE_MAX);
}

TEST(trimming_and_cutting)
{
	struct sv rest = SV("a,,b");

	CHECK_SV(sv_trim(SV(" \t\r\n a b \v\f")), SV("a b"));
	CHECK_SV(sv_trim(SV(" \t ")), SV(""));
	CHECK_SV(sv_cut(&rest, ','), SV("a"));
	CHECK_SV(sv_cut(&rest, ','), SV(""));
	CHECK_SV(sv_cut(&rest, ','), SV("b"));
	CHECK_SV(sv_cut(&rest, ','), SV(""));
	CHECK_INT(rest.n, 0);
}

TEST(whole_numbers)
{
	static const struct {
		const char *text;
		bool is_unsigned, is_signed;
		uint64_t u;
		int64_t i;
	} row[] = {
		{ "0", true, true, 0, 0 },
		{ "007", true, true, 7, 7 },
		{ "18446744073709551615", true, false, UINT64_MAX, 0 },
		{ "18446744073709551616", false, false, 0, 0 },
		{ "99999999999999999999999", false, false, 0, 0 },
		{ "9223372036854775807", true, true, INT64_MAX, INT64_MAX },
		{ "9223372036854775808", true, false, UINT64_C(1) << 63, 0 },
		{ "-9223372036854775808", false, true, 0, INT64_MIN },
		{ "-9223372036854775809", false, false, 0, 0 },
		{ "-0", false, true, 0, 0 },
		{ "", false, false, 0, 0 },
		{ "-", false, false, 0, 0 },
		{ "+1", false, false, 0, 0 },
		{ " 1", false, false, 0, 0 },
		{ "1 ", false, false, 0, 0 },
		{ "0x1", false, false, 0, 0 },
		{ "1e3", false, false, 0, 0 },
	};

	for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
		uint64_t u = 77;
		int64_t i = 77;

		CHECK_INT(sv_to_u64(sv_from(row[k].text), &u), row[k].is_unsigned);
		CHECK(u == (row[k].is_unsigned ? row[k].u : 77));
		CHECK_INT(sv_to_i64(sv_from(row[k].text), &i), row[k].is_signed);
		CHECK(i == (row[k].is_signed ? row[k].i : 77));
	}
}

TEST(real_numbers)
{
	static const struct {
		const char *text;
		bool valid;
		double value;
	} row[] = {
		{ "0", true, 0 },	{ "-0.5", true, -0.5 },	  { "1e3", true, 1000 },
		{ "1E+2", true, 100 },	{ "2.5e-1", true, 0.25 }, { "1e400", false, 0 },
		{ "-1e400", false, 0 }, { "1e-400", true, 0 },	  { "01", false, 0 },
		{ ".5", false, 0 },	{ "5.", false, 0 },	  { "1e", false, 0 },
		{ "inf", false, 0 },	{ "nan", false, 0 },	  { "0x10", false, 0 },
		{ "+1", false, 0 },	{ "", false, 0 },	  { "-", false, 0 },
		{ "1 ", false, 0 },	{ "1,5", false, 0 },
	};
	char longest[513];
	double value = 7;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		value = 7;
		CHECK_INT(sv_to_double(sv_from(row[i].text), &value), row[i].valid);
		CHECK(fabs(value - (row[i].valid ? row[i].value : 7)) < 1e-12);
	}
	memset(longest, '0', sizeof longest);
	longest[0] = '1';
	longest[1] = '.';
	CHECK(sv_to_double((struct sv){ longest, 512 }, &value));
	CHECK(!sv_to_double((struct sv){ longest, 513 }, &value));
}

TEST(utf8)
{
	static const struct {
		struct sv text;
		size_t bad;
	} row[] = {
		{ SV("abc"), SIZE_MAX },
		{ SV("火消し😀é\0"), SIZE_MAX },
		{ SV("\xf4\x8f\xbf\xbf"), SIZE_MAX }, /* U+10FFFF */
		{ SV("\xf4\x90\x80\x80"), 0 },	      /* beyond */
		{ SV("\xed\x9f\xbf"), SIZE_MAX },
		{ SV("\xed\xa0\x80"), 0 }, /* a surrogate */
		{ SV("\xc0\x80"), 0 },	   /* too long a form of NUL */
		{ SV("\xc1\xbf"), 0 },
		{ SV("\xe0\x9f\xbf"), 0 },
		{ SV("\xf0\x8f\xbf\xbf"), 0 },
		{ SV("\x80"), 0 },
		{ SV("ab\xe7\x81"), 2 },
		{ SV("abcdefgh\xff"), 8 },
		{ SV("abcdefghijklmnop\xe7\x81\x41"), 16 },
		{ SV("\xf5\x80\x80\x80"), 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_INT(sv_utf8_bad(row[i].text), row[i].bad);
		CHECK_INT(sv_is_utf8(row[i].text), row[i].bad == SIZE_MAX);
	}
}

/* Every code point encoded by hand is taken, and no other three bytes. */
TEST(utf8_of_every_character)
{
	for (uint32_t c = 0; c < 0x110000; c++) {
		char text[4];
		size_t n = 0;

		if (c < 0x80) {
			text[n++] = (char)c;
		} else if (c < 0x800) {
			text[n++] = (char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			text[n++] = (char)(0xe0 | c >> 12);
			text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		} else {
			text[n++] = (char)(0xf0 | c >> 18);
			text[n++] = (char)(0x80 | (c >> 12 & 0x3f));
			text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		}
		if (c >= 0x80)
			text[n++] = (char)(0x80 | (c & 0x3f));
		REQUIRE(sv_is_utf8((struct sv){ text, n }) == !(c >= 0xd800 && c < 0xe000));
	}
}

TEST(hashes)
{
	/* Published values of FNV-1a. */
	CHECK(sv_hash(SV("")) == UINT64_C(0xcbf29ce484222325));
	CHECK(sv_hash(SV("a")) == UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(sv_hash(SV("foobar")) == UINT64_C(0x85944171f73967e8));
	CHECK(sv_hash_case(SV("FooBar")) == sv_hash(SV("foobar")));
	CHECK(sv_hash_case(SV("É")) == sv_hash(SV("É")));
}
