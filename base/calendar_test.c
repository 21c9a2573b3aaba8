/* Tables checked by hand against the laws and the Cabinet Office's lists. */
#include "base/calendar.h"

#include "base/test.h"

static struct day day_of(const char *iso)
{
	struct day day = { INT32_MIN };

	if (!day_parse(sv_from(iso), &day))
		test_failed = true;
	return day;
}

static const char *name_on(const char *iso)
{
	struct holiday holiday;

	return holiday_on(day_of(iso), &holiday) ? holiday.name : "";
}

TEST(years_as_announced)
{
	static const struct {
		int year;
		const char *days; /* MM-DD, in order; s substitute, c citizens' */
	} row[] = {
		{ 1948, "09-23 11-03 11-23" },
		{ 1949, "01-01 01-15 03-21 04-29 05-03 05-05 09-23 11-03 11-23" },
		{ 1959, "01-01 01-15 03-21 04-10 04-29 05-03 05-05 09-24 11-03 11-23" },
		{ 1966, "01-01 01-15 03-21 04-29 05-03 05-05 09-15 09-23 10-10 11-03 11-23" },
		{ 1973,
		  "01-01 01-15 02-11 03-21 04-29 04-30s 05-03 05-05 09-15 09-23 09-24s 10-10 11-03 11-23" },
		{ 1986,
		  "01-01 01-15 02-11 03-21 04-29 05-03 05-05 09-15 09-23 10-10 11-03 11-23 11-24s" },
		{ 1987,
		  "01-01 01-15 02-11 03-21 04-29 05-03 05-04s 05-05 09-15 09-23 10-10 11-03 11-23" },
		{ 1988,
		  "01-01 01-15 02-11 03-20 03-21s 04-29 05-03 05-04c 05-05 09-15 09-23 10-10 11-03 11-23" },
		{ 1989,
		  "01-01 01-02s 01-15 01-16s 02-11 02-24 03-21 04-29 05-03 05-04c 05-05 09-15 09-23 10-10 "
		  "11-03 11-23 12-23" },
		{ 1993,
		  "01-01 01-15 02-11 03-20 04-29 05-03 05-04c 05-05 06-09 09-15 09-23 10-10 10-11s 11-03 "
		  "11-23 12-23" },
		{ 2003,
		  "01-01 01-13 02-11 03-21 04-29 05-03 05-05 07-21 09-15 09-23 10-13 11-03 11-23 11-24s 12-23" },
		{ 2007,
		  "01-01 01-08 02-11 02-12s 03-21 04-29 04-30s 05-03 05-04 05-05 07-16 09-17 09-23 09-24s "
		  "10-08 11-03 11-23 12-23 12-24s" },
		{ 2008,
		  "01-01 01-14 02-11 03-20 04-29 05-03 05-04 05-05 05-06s 07-21 09-15 09-23 10-13 11-03 "
		  "11-23 11-24s 12-23" },
		{ 2009,
		  "01-01 01-12 02-11 03-20 04-29 05-03 05-04 05-05 05-06s 07-20 09-21 09-22c 09-23 10-12 "
		  "11-03 11-23 12-23" },
		{ 2019,
		  "01-01 01-14 02-11 03-21 04-29 04-30c 05-01 05-02c 05-03 05-04 05-05 05-06s 07-15 08-11 "
		  "08-12s 09-16 09-23 10-14 10-22 11-03 11-04s 11-23" },
		{ 2020,
		  "01-01 01-13 02-11 02-23 02-24s 03-20 04-29 05-03 05-04 05-05 05-06s 07-23 07-24 08-10 "
		  "09-21 09-22 11-03 11-23" },
		{ 2021,
		  "01-01 01-11 02-11 02-23 03-20 04-29 05-03 05-04 05-05 07-22 07-23 08-08 08-09s 09-20 "
		  "09-23 11-03 11-23" },
		{ 2026,
		  "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06s 07-20 08-11 09-21 09-22c "
		  "09-23 10-12 11-03 11-23" },
		{ 2027,
		  "01-01 01-11 02-11 02-23 03-21 03-22s 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 "
		  "10-11 11-03 11-23" },
		{ 1947, "" },
		{ 2100, "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char got[512] = "";
		size_t n = 0;
		struct day day = day_from_civil(row[i].year, 1, 1);

		for (; day_to_civil(day).year == row[i].year; day.n++) {
			const struct civil civil = day_to_civil(day);
			struct holiday holiday;

			if (holiday_on(day, &holiday))
				n += (size_t)snprintf(got + n, sizeof got - n, "%s%02u-%02u%s",
						      n > 0 ? " " : "", civil.month, civil.day,
						      holiday.kind == HOLIDAY_SUBSTITUTE ? "s"
						      : holiday.kind == HOLIDAY_CITIZENS ? "c"
											 : "");
		}
		CHECK_STR(got, row[i].days);
	}
}

TEST(names)
{
	static const struct {
		const char *iso, *name;
	} row[] = {
		{ "1988-04-29", "天皇誕生日" },
		{ "1989-04-29", "みどりの日" },
		{ "2007-04-29", "昭和の日" },
		{ "2007-05-04", "みどりの日" },
		{ "2006-05-04", "国民の休日" },
		{ "2018-12-23", "天皇誕生日" },
		{ "2019-12-23", "" },
		{ "2020-02-23", "天皇誕生日" },
		{ "1999-10-10", "体育の日" },
		{ "2019-10-14", "体育の日" },
		{ "2022-10-10", "スポーツの日" },
		{ "2020-07-24", "スポーツの日" },
		{ "2020-10-12", "" },
		{ "1973-02-12", "" },
		{ "2032-09-21", "国民の休日" },
		{ "2037-09-22", "国民の休日" },
		{ "1996-07-20", "海の日" },
		{ "1995-07-20", "" },
		{ "2015-08-11", "" },
		{ "2019-05-01", "天皇の即位の日" },
		{ "1985-05-04", "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_STR(name_on(row[i].iso), row[i].name);
}

TEST(later_years_are_provisional)
{
	struct holiday holiday;

	CHECK(holiday_on(day_from_civil(HOLIDAY_YEAR_ANNOUNCED, 1, 1), &holiday) &&
	      !holiday.is_provisional);
	CHECK(holiday_on(day_from_civil(HOLIDAY_YEAR_ANNOUNCED + 1, 1, 1), &holiday) &&
	      holiday.is_provisional);
}

/* What the law promises of every year it was in force. */
TEST(properties)
{
	for (struct day day = day_from_civil(1949, 1, 1); day_to_civil(day).year < 2100; day.n++) {
		const struct civil civil = day_to_civil(day);
		struct holiday holiday, other;
		const bool is = holiday_on(day, &holiday);

		if (is && holiday.kind == HOLIDAY_SUBSTITUTE)
			REQUIRE(civil.weekday >= MONDAY && civil.weekday <= WEDNESDAY);
		if (is && holiday.kind == HOLIDAY_CITIZENS)
			REQUIRE(holiday_on(day_add(day, -1), &other) &&
				other.kind == HOLIDAY_NATIONAL &&
				holiday_on(day_add(day, 1), &other) &&
				other.kind == HOLIDAY_NATIONAL);
		/* A holiday on a Sunday is made up for within four days. */
		if (is && holiday.kind == HOLIDAY_NATIONAL && civil.weekday == SUNDAY &&
		    day.n >= day_from_civil(1973, 4, 12).n) {
			bool found = false;

			for (int k = 1; k <= 4 && !found; k++)
				found = holiday_on(day_add(day, k), &other) &&
					other.kind == HOLIDAY_SUBSTITUTE;
			REQUIRE(found);
		}
	}
}

TEST(equinoxes_are_where_they_can_be)
{
	for (int year = 1949; year <= 2099; year++) {
		int march = 0, september = 0;
		struct holiday holiday;

		for (unsigned d = 19; d <= 25; d++) {
			march += holiday_on(day_from_civil(year, 3, d), &holiday) &&
				 strcmp(holiday.name, "春分の日") == 0;
			september += holiday_on(day_from_civil(year, 9, d), &holiday) &&
				     strcmp(holiday.name, "秋分の日") == 0;
		}
		REQUIRE(march == 1 && september == 1);
	}
}

TEST(business_days)
{
	static const struct {
		const char *from;
		int n;
		const char *want;
	} row[] = {
		{ "2026-12-25", 5, "2027-01-07" },  { "2026-04-28", 3, "2026-05-07" },
		{ "2026-09-18", 1, "2026-09-24" },  { "2027-03-19", 1, "2027-03-23" },
		{ "2026-11-21", 0, "2026-11-21" },  { "2026-11-21", 1, "2026-11-24" },
		{ "2026-12-28", 1, "2027-01-04" },  { "2027-01-04", -1, "2026-12-28" },
		{ "2026-11-24", -1, "2026-11-20" }, { "2026-05-07", -3, "2026-04-28" },
	};
	struct err err = ERR_INIT;
	struct calendar *city = calendar_new(&calendar_city, &err);

	REQUIRE(city);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct day from = day_of(row[i].from);
		struct day got = { 0 };
		char text[DAY_TEXT_MAX];
		int count;

		if (row[i].n >= 0)
			CHECK_INT(calendar_after(city, from, (unsigned)row[i].n, &got, &err), 0);
		else
			CHECK_INT(calendar_before(city, from, (unsigned)-row[i].n, &got, &err), 0);
		CHECK_STR(day_format(got, DAY_ISO, text), row[i].want);
		/* From an open day counting gives the number back. */
		if (calendar_is_open(city, from)) {
			CHECK_INT(calendar_count(city, from, got, &count, &err), 0);
			CHECK_INT(count, row[i].n);
		}
	}
	calendar_free(city);
}

TEST(limits_move_to_the_next_open_day)
{
	static const struct {
		const char *event;
		unsigned days;
		const char *want;
	} row[] = {
		{ "2026-11-30", 30, "2027-01-04" }, /* 12-30 is closed */
		{ "2026-11-20", 1, "2026-11-24" },  /* Saturday, Sunday, holiday */
		{ "2026-11-24", 1, "2026-11-25" },
	};
	struct err err = ERR_INIT;
	struct calendar *city = calendar_new(&calendar_city, &err);
	struct day got;
	char text[DAY_TEXT_MAX];

	REQUIRE(city);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_INT(calendar_period(city, day_of(row[i].event), row[i].days, &got, &err), 0);
		CHECK_STR(day_format(got, DAY_ISO, text), row[i].want);
	}
	CHECK_INT(calendar_roll(city, day_of("2026-11-24"), &got, &err), 0);
	CHECK_STR(day_format(got, DAY_ISO, text), "2026-11-24");
	CHECK_INT(calendar_roll_back(city, day_of("2027-01-03"), &got, &err), 0);
	CHECK_STR(day_format(got, DAY_ISO, text), "2026-12-28");
	calendar_free(city);
}

TEST(why_closed)
{
	static const struct {
		const char *iso, *why;
	} row[] = {
		{ "2026-11-20", NULL },		{ "2026-11-21", "土曜日" },
		{ "2026-11-22", "日曜日" },	{ "2026-11-23", "勤労感謝の日" },
		{ "2026-12-29", "年末年始" },	{ "2027-01-01", "元日" },
		{ "2027-01-03", "年末年始" },	{ "2026-05-06", "振替休日" },
		{ "2026-09-22", "国民の休日" },
	};
	struct err err = ERR_INIT;
	struct calendar *city = calendar_new(&calendar_city, &err);

	REQUIRE(city);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_STR(calendar_why_closed(city, day_of(row[i].iso)), row[i].why);
	calendar_free(city);
}

TEST(an_operators_own_days)
{
	static const char *const text[] = { "08-13..08-15 夏季休業", "2026-11-20", "12-29..01-03" };
	struct closure closure[3];
	const struct calendar_options options = {
		.closed_weekdays = 1U << SUNDAY,
		.ignores_holidays = true,
		.closure = closure,
		.closure_count = 3,
	};
	struct err err = ERR_INIT;
	struct calendar *calendar;

	for (size_t i = 0; i < 3; i++)
		REQUIRE(closure_parse(sv_from(text[i]), &closure[i], &err) == 0);
	calendar = calendar_new(&options, &err);
	REQUIRE(calendar);
	CHECK_STR(calendar_why_closed(calendar, day_of("2030-08-13")), "夏季休業");
	CHECK_STR(calendar_why_closed(calendar, day_of("2026-11-20")), "休業日");
	CHECK(!calendar_why_closed(calendar, day_of("2027-11-20")));
	CHECK(!calendar_why_closed(calendar, day_of("2026-11-23")));
	CHECK(!calendar_is_open(calendar, day_of("2026-12-31")));
	CHECK(!calendar_is_open(calendar, day_of("2027-01-02")));
	CHECK(calendar_is_open(calendar, day_of("2027-01-04")));
	CHECK(calendar_is_open(calendar, day_of("2026-11-21")));
	calendar_free(calendar);
}

TEST(closures_are_checked)
{
	static const struct {
		const char *text;
		bool valid;
	} row[] = {
		{ "12-29..01-03", true },
		{ "02-29", true },
		{ "2026-08-06 平和記念日", true },
		{ "2026-08-13..2026-08-13", true },
		{ "", false },
		{ "02-30", false },
		{ "13-01", false },
		{ "2026-08-15..2026-08-13", false },
		{ "2026-08-13..08-15", false },
		{ "08-13..2026-08-15", false },
		{ "08-13..", false },
		{ "08-13.08-15", false },
		{ "08-13x", false },
		{ "2026-02-29", false },
		{ "08-13 \xff", false },
		{ "08-13 1234567890123456789012345678901234567890123456789", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct closure closure = { .from_month = 99 };
		struct err err = ERR_INIT;

		CHECK_INT(closure_parse(sv_from(row[i].text), &closure, &err),
			  row[i].valid ? 0 : -1);
		CHECK(row[i].valid || (closure.from_month == 99 && err.hint[0] != '\0'));
	}
}

TEST(bounds_are_refused_not_guessed)
{
	struct err err = ERR_INIT;
	struct calendar *city = calendar_new(&calendar_city, &err);
	struct day got = { 5 };
	const struct calendar_options never = { .closed_weekdays = 0x7f };
	const struct calendar_options many = { .closure_count = CALENDAR_CLOSURES_MAX + 1 };
	static const struct closure none[CALENDAR_CLOSURES_MAX]; /* 1970-01-01, once */
	const struct calendar_options full = { .closure = none,
					       .closure_count = CALENDAR_CLOSURES_MAX };
	struct calendar *most;
	int count = 7;

	REQUIRE(city);
	CHECK(!calendar_new(&never, &err));
	CHECK(!calendar_new(&many, &err));
	most = calendar_new(&full, &err);
	CHECK(most && calendar_is_open(most, day_of("2026-11-20")));
	calendar_free(most);
	CHECK_INT(calendar_after(city, day_of("2099-12-28"), 1, &got, &err), -1);
	CHECK_INT(err.code, ERR_RANGE);
	CHECK_INT(calendar_after(city, day_of("2100-01-01"), 0, &got, &err), -1);
	CHECK_INT(calendar_before(city, day_of("1949-01-04"), 1, &got, &err), -1);
	CHECK_INT(calendar_roll(city, day_of("2099-12-31"), &got, &err), -1);
	CHECK_INT(calendar_roll_back(city, day_of("1949-01-01"), &got, &err), -1);
	CHECK_INT(calendar_period(city, day_of("2099-12-01"), 4000000000U, &got, &err), -1);
	CHECK_INT(calendar_count(city, day_of("2000-01-01"), day_of("2100-01-01"), &count, &err),
		  -1);
	CHECK(!calendar_is_open(city, day_of("9999-01-01")) &&
	      !calendar_is_open(city, day_of("0001-01-01")));
	CHECK(got.n == 5 && count == 7);
	CHECK_INT(calendar_after(city, day_of("2099-12-25"), 1, &got, &err), 0);
	calendar_free(city);
}

/* For 2,000 starting days and steps: after and before undo each other, open days only. */
TEST(walks_are_consistent)
{
	struct err err = ERR_INIT;
	struct calendar *city = calendar_new(&calendar_city, &err);
	struct day from = day_from_civil(1990, 1, 1);

	REQUIRE(city);
	for (int i = 0; i < 2000; i++, from.n += 17) {
		const unsigned n = (unsigned)(i % 40) + 1;
		struct day there, back, start;
		int count;

		REQUIRE(calendar_roll(city, from, &start, &err) == 0);
		REQUIRE(calendar_after(city, start, n, &there, &err) == 0);
		REQUIRE(calendar_is_open(city, there) && there.n > start.n);
		REQUIRE(calendar_before(city, there, n, &back, &err) == 0 && back.n == start.n);
		REQUIRE(calendar_count(city, start, there, &count, &err) == 0 && count == (int)n);
		REQUIRE(calendar_count(city, there, start, &count, &err) == 0 && count == -(int)n);
	}
	calendar_free(city);
}
