#include "base/day.h"

#include <time.h>

#include "base/test.h"

TEST(every_day_of_ten_thousand_years_round_trips)
{
	struct day day = { 0 }, expected;
	struct civil before = { 0 };
	bool first = true, same = true, next = true, weekday = true;

	REQUIRE(day_make(1, 1, 1, &expected));
	for (int year = 1; year <= 9999; year++)
		for (unsigned month = 1; month <= 12; month++)
			for (unsigned d = 1; d <= day_month_length(year, month); d++) {
				struct civil civil;

				if (!day_make(year, month, d, &day) || day.n != expected.n)
					same = false;
				civil = day_to_civil(day);
				if (civil.year != year || civil.month != month || civil.day != d)
					next = false;
				if (!first && civil.weekday != (before.weekday + 1) % 7)
					weekday = false;
				before = civil;
				first = false;
				expected.n++;
			}
	CHECK(same);
	CHECK(next);
	CHECK(weekday);
}

/* The C library's own calendar as a second opinion. */
TEST(agrees_with_timegm)
{
	for (int n = -30000; n < 80000; n += 17) {
		const time_t at = (time_t)n * 86400;
		const struct civil civil = day_to_civil((struct day){ n });
		struct tm tm;

		gmtime_r(&at, &tm);
		if (tm.tm_year + 1900 != civil.year || tm.tm_mon + 1 != (int)civil.month ||
		    tm.tm_mday != (int)civil.day || tm.tm_wday != (int)civil.weekday) {
			CHECK_INT(n, -1);
			return;
		}
	}
}

TEST(days_that_do_not_exist)
{
	static const struct {
		int year;
		unsigned month, day;
		bool exists;
	} row[] = {
		{ 2024, 2, 29, true },	{ 2025, 2, 29, false }, { 1900, 2, 29, false },
		{ 2000, 2, 29, true },	{ 2026, 0, 1, false },	{ 2026, 13, 1, false },
		{ 2026, 4, 31, false }, { 2026, 4, 0, false },	{ 0, 1, 1, false },
		{ 9999, 12, 31, true }, { 10000, 1, 1, false }, { -1, 1, 1, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct day day = { 77 };

		CHECK_INT(day_make(row[i].year, row[i].month, row[i].day, &day), row[i].exists);
		CHECK(row[i].exists || day.n == 77);
	}
}

TEST(texts)
{
	static const struct {
		const char *iso;
		enum day_style style;
		const char *want;
	} row[] = {
		{ "2025-05-23", DAY_ERA, "令和7年5月23日(金)" },
		{ "2019-05-01", DAY_ERA, "令和元年5月1日(水)" },
		{ "2019-04-30", DAY_ERA, "平成31年4月30日(火)" },
		{ "1989-01-08", DAY_ERA, "平成元年1月8日(日)" },
		{ "1989-01-07", DAY_ERA, "昭和64年1月7日(土)" },
		{ "1926-12-25", DAY_ERA, "昭和元年12月25日(土)" },
		{ "1926-12-24", DAY_ERA, "大正15年12月24日(金)" },
		{ "1912-07-30", DAY_ERA_PLAIN, "大正元年7月30日" },
		{ "1912-07-29", DAY_ERA_PLAIN, "明治45年7月29日" },
		{ "1873-01-01", DAY_ERA_PLAIN, "明治6年1月1日" },
		{ "1872-12-31", DAY_ERA_PLAIN, "1872年12月31日" },
		{ "2026-11-21", DAY_ISO, "2026-11-21" },
		{ "2026-11-21", DAY_WESTERN, "2026年11月21日(土)" },
		{ "2026-11-21", DAY_SHORT, "11月21日(土)" },
		{ "2026-11-21", DAY_ENGLISH, "Sat 21 Nov 2026" },
		{ "0001-01-01", DAY_ISO, "0001-01-01" },
		{ "9999-12-31", DAY_ERA, "令和7981年12月31日(金)" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[DAY_TEXT_MAX];
		struct day day;

		REQUIRE(day_parse(sv_from(row[i].iso), &day));
		CHECK_STR(day_format(day, row[i].style, text), row[i].want);
	}
}

TEST(eras_have_letters)
{
	struct era era;

	CHECK(day_era(day_from_civil(2026, 11, 21), &era) && era.letter == 'R' && era.year == 8);
	CHECK(!day_era(day_from_civil(1872, 12, 31), &era));
}

TEST(fiscal_years)
{
	static const struct {
		const char *iso;
		int year;
		const char *text;
	} row[] = {
		{ "2027-03-31", 2026, "令和8年度" },  { "2027-04-01", 2027, "令和9年度" },
		{ "2019-04-01", 2019, "令和元年度" }, { "2019-03-31", 2018, "平成30年度" },
		{ "1989-01-08", 1988, "昭和63年度" }, { "1926-12-31", 1926, "大正15年度" },
		{ "1870-06-01", 1870, "1870年度" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[DAY_TEXT_MAX];
		struct day day;

		REQUIRE(day_parse(sv_from(row[i].iso), &day));
		CHECK_INT(day_fiscal_year(day), row[i].year);
		CHECK_STR(day_fiscal_year_text(row[i].year, text), row[i].text);
	}
}

TEST(months_by_the_civil_code)
{
	static const struct {
		const char *event;
		unsigned months;
		const char *want;
	} row[] = {
		{ "2026-01-15", 1, "2026-02-15" },  { "2026-01-31", 1, "2026-02-28" },
		{ "2026-02-28", 1, "2026-03-31" },  { "2024-01-31", 1, "2024-02-29" },
		{ "2026-01-30", 1, "2026-02-28" },  { "2026-01-29", 1, "2026-02-28" },
		{ "2026-01-27", 1, "2026-02-27" },  { "2026-11-30", 3, "2027-02-28" },
		{ "2026-12-31", 12, "2027-12-31" }, { "2026-10-15", 3, "2027-01-15" },
		{ "2026-10-15", 0, "2026-10-15" },  { "2024-02-29", 12, "2025-02-28" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[DAY_TEXT_MAX];
		struct day day;

		REQUIRE(day_parse(sv_from(row[i].event), &day));
		CHECK_STR(day_format(day_after_months(day, row[i].months), DAY_ISO, text),
			  row[i].want);
	}
}

TEST(wrong_texts_are_no_days)
{
	static const char *const row[] = { "",		 "2026-1-01",	"2026-01-1",   "2026/01/01",
					   "2026-02-30", "2026-01-011", " 2026-01-01", "2026-01-0x",
					   "-026-01-01", "+026-01-01" };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct day day;

		CHECK(!day_parse(sv_from(row[i]), &day));
	}
}

TEST(tokyo)
{
	static const struct {
		const char *utc;
		enum day_style style;
		const char *want;
	} row[] = {
		{ "2026-12-28T08:00:00Z", DAY_ERA, "令和8年12月28日(月)17時" },
		{ "2026-12-28T08:30:59Z", DAY_ERA, "令和8年12月28日(月)17時30分" },
		{ "2026-11-20T15:00:00Z", DAY_SHORT, "11月21日(土)0時" },
		{ "2026-11-20T14:59:59.999999Z", DAY_SHORT, "11月20日(金)23時59分" },
		{ "2026-11-20T08:30:00Z", DAY_ISO, "2026-11-20 17:30" },
		{ "2026-11-20T08:30:00Z", DAY_ENGLISH, "Fri 20 Nov 2026, 17:30" },
		{ "1969-12-31T14:59:59.5Z", DAY_ISO, "1969-12-31 23:59" },
		{ "1969-12-31T15:00:00Z", DAY_ISO, "1970-01-01 00:00" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[DAY_TEXT_MAX];
		struct instant at;

		REQUIRE(instant_parse(sv_from(row[i].utc), &at));
		CHECK_STR(tokyo_format(at, row[i].style, text), row[i].want);
	}
	for (int n = -1000; n < 30000; n += 7) {
		const struct instant at = tokyo_instant((struct day){ n }, 17, 5);
		const struct tokyo t = tokyo_of(at);

		REQUIRE(t.day.n == n && t.hour == 17 && t.minute == 5 && t.second == 0);
	}
	CHECK_INT(tokyo_instant((struct day){ 3 }, 24, 0).us,
		  tokyo_instant((struct day){ 4 }, 0, 0).us);
}
