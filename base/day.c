#include "base/day.h"

#include <assert.h>
#include <stdio.h>

#define CYCLE_YEARS 400
#define CYCLE_DAYS 146097
#define TO_MARCH_0000 719468 /* days from 0000-03-01 to 1970-01-01 */
#define TOKYO_SECONDS (9 * 3600)
#define DAY_SECONDS 86400

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned day_month_length(int year, unsigned month)
{
	static const unsigned char length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	assert(month >= 1 && month <= 12);
	return length[month - 1] + (month == 2 && is_leap(year));
}

bool day_make(int year, unsigned month, unsigned day, struct day *ret)
{
	/* Years that begin in March have their leap day at the end. */
	const int y = year - (month <= 2);
	const int cycle = y / CYCLE_YEARS, rest = y % CYCLE_YEARS;
	const int of_year = (153 * (int)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int)day - 1;

	if (year < DAY_YEAR_MIN || year > DAY_YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > day_month_length(year, month))
		return false;
	ret->n = cycle * CYCLE_DAYS + rest * 365 + rest / 4 - rest / 100 + of_year - TO_MARCH_0000;
	return true;
}

struct day day_from_civil(int year, unsigned month, unsigned day)
{
	struct day made = { 0 };
	const bool exists = day_make(year, month, day, &made);

	assert(exists);
	(void)exists;
	return made;
}

struct civil day_to_civil(struct day day)
{
	const int32_t n = day.n + TO_MARCH_0000;
	const int32_t cycle = (n >= 0 ? n : n - (CYCLE_DAYS - 1)) / CYCLE_DAYS;
	const int32_t of_cycle = n - cycle * CYCLE_DAYS;
	const int32_t year =
		(of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / (CYCLE_DAYS - 1)) / 365;
	const int32_t of_year = of_cycle - (365 * year + year / 4 - year / 100);
	const int32_t month = (5 * of_year + 2) / 153; /* 0 is March */
	struct civil civil;

	civil.day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
	civil.month = (unsigned)(month < 10 ? month + 3 : month - 9);
	civil.year = year + cycle * CYCLE_YEARS + (civil.month <= 2);
	/* 1970-01-01 was a Thursday. */
	civil.weekday = (enum weekday)(((day.n % 7) + 7 + THURSDAY) % 7);
	return civil;
}

struct day day_add(struct day day, int32_t days)
{
	return (struct day){ day.n + days };
}

int day_compare(struct day a, struct day b)
{
	return (a.n > b.n) - (a.n < b.n);
}

struct day day_after_months(struct day event, unsigned months)
{
	const struct civil begin = day_to_civil(day_add(event, 1));
	const unsigned count = begin.month - 1 + months;
	const int year = begin.year + (int)(count / 12);
	const unsigned month = count % 12 + 1;

	if (months == 0)
		return event;
	/* A period of whole months ends with the day before its last one begins again. */
	if (begin.day == 1)
		return day_add(day_from_civil(year, month, 1), -1);
	if (begin.day > day_month_length(year, month))
		return day_from_civil(year, month, day_month_length(year, month));
	return day_from_civil(year, month, begin.day - 1);
}

/* ---- Japan ---- */

static const struct {
	const char *name;
	char letter;
	int year; /* of year 1 */
	unsigned month, day;
} era_row[] = {
	{ "令和", 'R', 2019, 5, 1 },
	{ "平成", 'H', 1989, 1, 8 },
	{ "昭和", 'S', 1926, 12, 25 },
	{ "大正", 'T', 1912, 7, 30 },
	/* Year 1 was 1868; with 1873 the calendar became the one used here. */
	{ "明治", 'M', 1873, 1, 1 },
};
#define ERAS (sizeof era_row / sizeof *era_row)
#define MEIJI_FIRST 1868

bool day_era(struct day day, struct era *ret)
{
	for (size_t i = 0; i < ERAS; i++) {
		const struct day first =
			day_from_civil(era_row[i].year, era_row[i].month, era_row[i].day);

		if (day.n < first.n)
			continue;
		ret->name = era_row[i].name;
		ret->letter = era_row[i].letter;
		ret->year = day_to_civil(day).year + 1 -
			    (i == ERAS - 1 ? MEIJI_FIRST : era_row[i].year);
		return true;
	}
	return false;
}

int day_fiscal_year(struct day day)
{
	const struct civil civil = day_to_civil(day);

	return civil.month >= 4 ? civil.year : civil.year - 1;
}

static void year_text(const struct era *era, char text[static DAY_TEXT_MAX])
{
	if (era->year == 1)
		snprintf(text, DAY_TEXT_MAX, "%s元", era->name);
	else
		snprintf(text, DAY_TEXT_MAX, "%s%d", era->name, era->year);
}

char *day_fiscal_year_text(int fiscal_year, char text[static DAY_TEXT_MAX])
{
	char year[DAY_TEXT_MAX];
	struct era era;
	struct day may;

	/* In May: the year of 2019-04-01 (Heisei 31) has been called 令和元年度 ever since. */
	if (day_make(fiscal_year, 5, 1, &may) && day_era(may, &era))
		year_text(&era, year);
	else
		snprintf(year, sizeof year, "%d", fiscal_year);
	snprintf(text, DAY_TEXT_MAX, "%.40s年度", year);
	return text;
}

const char *day_weekday_japanese(enum weekday weekday)
{
	static const char *const name[] = { "日", "月", "火", "水", "木", "金", "土" };

	return name[weekday % 7];
}

static void era_date(const struct civil *civil, struct day day, char text[static DAY_TEXT_MAX])
{
	char year[DAY_TEXT_MAX];
	struct era era;

	if (day_era(day, &era))
		year_text(&era, year);
	else
		snprintf(year, sizeof year, "%d", civil->year);
	snprintf(text, DAY_TEXT_MAX, "%.30s年%u月%u日", year, civil->month, civil->day);
}

char *day_format(struct day day, enum day_style style, char text[static DAY_TEXT_MAX])
{
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static const char *const weekday[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	const struct civil c = day_to_civil(day);
	const char *japanese = day_weekday_japanese(c.weekday);
	char date[DAY_TEXT_MAX];

	switch (style) {
	case DAY_WESTERN:
		snprintf(text, DAY_TEXT_MAX, "%d年%u月%u日(%s)", c.year, c.month, c.day, japanese);
		break;
	case DAY_ERA:
		era_date(&c, day, date);
		snprintf(text, DAY_TEXT_MAX, "%.50s(%s)", date, japanese);
		break;
	case DAY_ERA_PLAIN: era_date(&c, day, text); break;
	case DAY_SHORT:
		snprintf(text, DAY_TEXT_MAX, "%u月%u日(%s)", c.month, c.day, japanese);
		break;
	case DAY_ENGLISH:
		snprintf(text, DAY_TEXT_MAX, "%s %u %s %d", weekday[c.weekday], c.day,
			 month[c.month - 1], c.year);
		break;
	default: snprintf(text, DAY_TEXT_MAX, "%04d-%02u-%02u", c.year, c.month, c.day);
	}
	return text;
}

bool day_parse(struct sv text, struct day *ret)
{
	uint64_t year, month, day;

	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
	    !sv_to_u64(sv_slice(text, 0, 4), &year) || !sv_to_u64(sv_slice(text, 5, 7), &month) ||
	    !sv_to_u64(sv_slice(text, 8, 10), &day))
		return false;
	return day_make((int)year, (unsigned)month, (unsigned)day, ret);
}

/* ---- instants in Tokyo ---- */

struct tokyo tokyo_of(struct instant at)
{
	int64_t seconds = at.us / INSTANT_SECOND + TOKYO_SECONDS, days, rest;

	if (at.us % INSTANT_SECOND < 0)
		seconds--;
	days = seconds / DAY_SECONDS;
	rest = seconds % DAY_SECONDS;
	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	return (struct tokyo){
		.day = { (int32_t)days },
		.hour = (unsigned)(rest / 3600),
		.minute = (unsigned)(rest / 60 % 60),
		.second = (unsigned)(rest % 60),
	};
}

struct instant tokyo_instant(struct day day, unsigned hour, unsigned minute)
{
	const int64_t seconds =
		(int64_t)day.n * DAY_SECONDS + hour * 3600 + minute * 60 - TOKYO_SECONDS;

	return (struct instant){ seconds * INSTANT_SECOND };
}

char *tokyo_format(struct instant at, enum day_style style, char text[static DAY_TEXT_MAX])
{
	const struct tokyo t = tokyo_of(at);
	char date[DAY_TEXT_MAX];

	day_format(t.day, style, date);
	if (style == DAY_ISO || style == DAY_ENGLISH)
		snprintf(text, DAY_TEXT_MAX, "%.40s%s %02u:%02u", date,
			 style == DAY_ENGLISH ? "," : "", t.hour, t.minute);
	else if (t.minute == 0)
		snprintf(text, DAY_TEXT_MAX, "%.40s%u時", date, t.hour);
	else
		snprintf(text, DAY_TEXT_MAX, "%.40s%u時%u分", date, t.hour, t.minute);
	return text;
}
