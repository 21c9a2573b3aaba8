#include "base/calendar.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* ---- public holidays ---- */

#define FOREVER 9999

enum rule_kind { RULE_DATE, RULE_MONDAY, RULE_MARCH_EQUINOX, RULE_SEPTEMBER_EQUINOX };

/*
 * What the law has said in which years. RULE_DATE: day is the day of the month;
 * RULE_MONDAY: the how-manieth Monday.
 */
struct rule {
	enum rule_kind kind;
	unsigned month, day;
	int from, to;
	const char *name, *name_english;
};

#define CHILDREN "こどもの日", "Children's Day"
#define COMING_OF_AGE "成人の日", "Coming of Age Day"
#define EMPEROR "天皇誕生日", "The Emperor's Birthday"
#define GREENERY "みどりの日", "Greenery Day"
#define MARINE "海の日", "Marine Day"
#define MOUNTAIN "山の日", "Mountain Day"
#define AGED "敬老の日", "Respect for the Aged Day"
#define SPORTS "スポーツの日", "Sports Day"
#define HEALTH "体育の日", "Health and Sports Day"

/* clang-format off */
static const struct rule rule_table[] = {
	{ RULE_DATE, 1, 1, 1949, FOREVER, "元日", "New Year's Day" },
	{ RULE_DATE, 1, 15, 1949, 1999, COMING_OF_AGE },
	{ RULE_MONDAY, 1, 2, 2000, FOREVER, COMING_OF_AGE },
	{ RULE_DATE, 2, 11, 1967, FOREVER, "建国記念の日", "National Foundation Day" },
	{ RULE_DATE, 2, 23, 2020, FOREVER, EMPEROR },
	{ RULE_MARCH_EQUINOX, 3, 0, 1949, FOREVER, "春分の日", "Vernal Equinox Day" },
	{ RULE_DATE, 4, 29, 1949, 1988, EMPEROR },
	{ RULE_DATE, 4, 29, 1989, 2006, GREENERY },
	{ RULE_DATE, 4, 29, 2007, FOREVER, "昭和の日", "Showa Day" },
	{ RULE_DATE, 5, 3, 1949, FOREVER, "憲法記念日", "Constitution Memorial Day" },
	{ RULE_DATE, 5, 4, 2007, FOREVER, GREENERY },
	{ RULE_DATE, 5, 5, 1949, FOREVER, CHILDREN },
	{ RULE_DATE, 7, 20, 1996, 2002, MARINE },
	{ RULE_MONDAY, 7, 3, 2003, 2019, MARINE },
	{ RULE_MONDAY, 7, 3, 2022, FOREVER, MARINE },
	{ RULE_DATE, 8, 11, 2016, 2019, MOUNTAIN },
	{ RULE_DATE, 8, 11, 2022, FOREVER, MOUNTAIN },
	{ RULE_DATE, 9, 15, 1966, 2002, AGED },
	{ RULE_MONDAY, 9, 3, 2003, FOREVER, AGED },
	{ RULE_SEPTEMBER_EQUINOX, 9, 0, 1948, FOREVER, "秋分の日", "Autumnal Equinox Day" },
	{ RULE_DATE, 10, 10, 1966, 1999, HEALTH },
	{ RULE_MONDAY, 10, 2, 2000, 2019, HEALTH },
	{ RULE_MONDAY, 10, 2, 2022, FOREVER, SPORTS },
	{ RULE_DATE, 11, 3, 1948, FOREVER, "文化の日", "Culture Day" },
	{ RULE_DATE, 11, 23, 1948, FOREVER, "勤労感謝の日", "Labour Thanksgiving Day" },
	{ RULE_DATE, 12, 23, 1989, 2018, EMPEROR },
	/* Moved for the Olympic Games. */
	{ RULE_DATE, 7, 23, 2020, 2020, MARINE },
	{ RULE_DATE, 7, 24, 2020, 2020, SPORTS },
	{ RULE_DATE, 8, 10, 2020, 2020, MOUNTAIN },
	{ RULE_DATE, 7, 22, 2021, 2021, MARINE },
	{ RULE_DATE, 7, 23, 2021, 2021, SPORTS },
	{ RULE_DATE, 8, 8, 2021, 2021, MOUNTAIN },
	/* Laws for one day. */
	{ RULE_DATE, 4, 10, 1959, 1959, "皇太子明仁親王の結婚の儀", "Wedding of Crown Prince Akihito" },
	{ RULE_DATE, 2, 24, 1989, 1989, "昭和天皇の大喪の礼", "Funeral of Emperor Showa" },
	{ RULE_DATE, 11, 12, 1990, 1990, "即位礼正殿の儀", "Enthronement Ceremony" },
	{ RULE_DATE, 6, 9, 1993, 1993, "皇太子徳仁親王の結婚の儀", "Wedding of Crown Prince Naruhito" },
	{ RULE_DATE, 5, 1, 2019, 2019, "天皇の即位の日", "Accession of the Emperor" },
	{ RULE_DATE, 10, 22, 2019, 2019, "即位礼正殿の儀", "Enthronement Ceremony" },
};
/* clang-format on */

/* The day of the month; constants hold for 1900–2099. */
static unsigned equinox(int year, enum rule_kind kind)
{
	const bool is_march = kind == RULE_MARCH_EQUINOX;
	const double at =
		year >= 1980 ? (is_march ? 20.8431 : 23.2488) : (is_march ? 20.8357 : 23.2588);
	/* The older formula counts leap years towards zero, as C divides. */
	const int leaps = (year - (year >= 1980 ? 1980 : 1983)) / 4;

	return (unsigned)((int)(at + 0.242194 * (year - 1980)) - leaps);
}

static bool rule_falls_on(const struct rule *rule, const struct civil *civil)
{
	if (rule->month != civil->month || civil->year < rule->from || civil->year > rule->to)
		return false;
	switch (rule->kind) {
	case RULE_DATE: return civil->day == rule->day;
	case RULE_MONDAY: return civil->weekday == MONDAY && (civil->day + 6) / 7 == rule->day;
	default: return civil->day == equinox(civil->year, rule->kind);
	}
}

static const struct rule *national(struct day day)
{
	const struct civil civil = day_to_civil(day);

	for (size_t i = 0; i < sizeof rule_table / sizeof *rule_table; i++)
		if (rule_falls_on(&rule_table[i], &civil))
			return &rule_table[i];
	return NULL;
}

static bool is_sunday(struct day day)
{
	return day_to_civil(day).weekday == SUNDAY;
}

/* In force since 1973-04-12; since 2007 the next day that is no national holiday. */
static bool is_substitute(struct day day, int year)
{
	const struct day since = day_from_civil(1973, 4, 12);

	if (year < 2007) {
		const struct day before = day_add(day, -1);

		return before.n >= since.n && is_sunday(before) && national(before);
	}
	for (struct day before = day_add(day, -1); national(before); before = day_add(before, -1))
		if (is_sunday(before))
			return true;
	return false;
}

/* In force since 1985-12-27; until 2006 not on Sundays. */
static bool is_between(struct day day, int year)
{
	return year >= 1986 && national(day_add(day, -1)) && national(day_add(day, 1)) &&
	       !(year < 2007 && is_sunday(day));
}

bool holiday_on(struct day day, struct holiday *ret)
{
	const int year = day_to_civil(day).year;
	const struct rule *rule;

	if (year < HOLIDAY_YEAR_MIN || year > HOLIDAY_YEAR_MAX)
		return false;
	rule = national(day);
	if (rule)
		*ret = (struct holiday){ HOLIDAY_NATIONAL, rule->name, rule->name_english, false };
	else if (is_substitute(day, year))
		*ret = (struct holiday){ HOLIDAY_SUBSTITUTE, "振替休日", "Substitute Holiday",
					 false };
	else if (is_between(day, year))
		*ret = (struct holiday){ HOLIDAY_CITIZENS, "国民の休日", "Citizens' Holiday",
					 false };
	else
		return false;
	ret->is_provisional = year > HOLIDAY_YEAR_ANNOUNCED;
	return true;
}

/* ---- closures ---- */

/* Takes "MM-DD" or "YYYY-MM-DD" from the front. */
static bool take_date(struct sv *text, struct closure *closure, bool is_first)
{
	struct day *day = is_first ? &closure->from : &closure->to;
	unsigned *month = is_first ? &closure->from_month : &closure->to_month;
	unsigned *of_month = is_first ? &closure->from_day : &closure->to_day;
	uint64_t m, d;

	if (text->n >= 10 && day_parse(sv_slice(*text, 0, 10), day)) {
		if (!is_first && closure->is_yearly)
			return false;
		*text = sv_slice(*text, 10, text->n);
		closure->is_yearly = false;
		return true;
	}
	if ((!is_first && !closure->is_yearly) || text->n < 5 || text->p[2] != '-' ||
	    !sv_to_u64(sv_slice(*text, 0, 2), &m) || !sv_to_u64(sv_slice(*text, 3, 5), &d) ||
	    m < 1 || m > 12 || d < 1 || d > day_month_length(2000, (unsigned)m))
		return false;
	*month = (unsigned)m;
	*of_month = (unsigned)d;
	closure->is_yearly = true;
	*text = sv_slice(*text, 5, text->n);
	return true;
}

int closure_parse(struct sv text, struct closure *ret, struct err *err)
{
	const struct sv whole = text;
	struct closure closure = { 0 };
	bool valid = take_date(&text, &closure, true);

	if (valid && sv_starts(text, SV(".."))) {
		text = sv_slice(text, 2, text.n);
		valid = take_date(&text, &closure, false);
	} else {
		closure.to = closure.from;
		closure.to_month = closure.from_month;
		closure.to_day = closure.from_day;
	}
	valid = valid && (text.n == 0 || text.p[0] == ' ') &&
		(closure.is_yearly || closure.to.n >= closure.from.n);
	text = sv_trim(text);
	if (!valid || text.n > CLOSURE_NAME_MAX || !sv_is_utf8(text)) {
		err_set(err, ERR_FORMAT, "'%.*s' is no closure", whole.n > 80 ? 80 : (int)whole.n,
			whole.p ? whole.p : "");
		return err_hint(
			err, "write '12-29..01-03 年末年始' or '2026-08-13..2026-08-15 夏季休業'");
	}
	snprintf(closure.name, sizeof closure.name, "%.*s", SV_ARG(text));
	*ret = closure;
	return 0;
}

static bool is_in_closure(const struct closure *closure, struct day day, const struct civil *civil)
{
	const unsigned at = civil->month * 100 + civil->day;
	const unsigned from = closure->from_month * 100 + closure->from_day;
	const unsigned to = closure->to_month * 100 + closure->to_day;

	if (!closure->is_yearly)
		return day.n >= closure->from.n && day.n <= closure->to.n;
	return from <= to ? at >= from && at <= to : at >= from || at <= to;
}

static const struct closure city_closure[] = {
	{ .is_yearly = true,
	  .from_month = 12,
	  .from_day = 29,
	  .to_month = 1,
	  .to_day = 3,
	  .name = "年末年始" },
};

const struct calendar_options calendar_city = {
	.closed_weekdays = 1U << SATURDAY | 1U << SUNDAY,
	.closure = city_closure,
	.closure_count = 1,
};

/* ---- business days ---- */

#define FIRST_YEAR (HOLIDAY_YEAR_MIN + 1)
#define DAYS_MAX ((HOLIDAY_YEAR_MAX - FIRST_YEAR + 1) * 366) /* days that a calendar knows */

struct calendar {
	struct calendar_options options;
	struct day first, last;
	/* One bit a day from first on: walks cost a look each. */
	uint8_t open[DAYS_MAX / 8 + 1];
	struct closure closure[];
};

const char *calendar_why_closed(const struct calendar *calendar, struct day day)
{
	static const char *const weekday[] = { "日曜日", "月曜日", "火曜日", "水曜日",
					       "木曜日", "金曜日", "土曜日" };
	const struct civil civil = day_to_civil(day);
	struct holiday holiday;

	if (!calendar->options.ignores_holidays && holiday_on(day, &holiday))
		return holiday.name;
	for (size_t i = 0; i < calendar->options.closure_count; i++)
		if (is_in_closure(&calendar->closure[i], day, &civil))
			return calendar->closure[i].name[0] ? calendar->closure[i].name : "休業日";
	if (calendar->options.closed_weekdays & 1U << civil.weekday)
		return weekday[civil.weekday];
	return NULL;
}

struct calendar *calendar_new(const struct calendar_options *options, struct err *err)
{
	const size_t count = options->closure_count;
	struct calendar *calendar;

	if (count > CALENDAR_CLOSURES_MAX)
		return err_null(err, ERR_TOO_LARGE, "%zu closures, at most %d are kept", count,
				CALENDAR_CLOSURES_MAX);
	if ((options->closed_weekdays & 0x7f) == 0x7f)
		return err_null(err, ERR_RANGE, "a calendar that is never open");
	calendar = mem_zalloc(sizeof *calendar + count * sizeof *calendar->closure);
	calendar->options = *options;
	calendar->options.closure = NULL;
	if (count > 0)
		memcpy(calendar->closure, options->closure, count * sizeof *options->closure);
	calendar->first = day_from_civil(FIRST_YEAR, 1, 1);
	calendar->last = day_from_civil(HOLIDAY_YEAR_MAX, 12, 31);
	for (struct day day = calendar->first; day.n <= calendar->last.n; day.n++) {
		const uint32_t at = (uint32_t)(day.n - calendar->first.n);

		if (!calendar_why_closed(calendar, day))
			calendar->open[at / 8] |= (uint8_t)(1U << at % 8);
	}
	return calendar;
}

void calendar_free(struct calendar *calendar)
{
	free(calendar);
}

static bool is_inside(const struct calendar *calendar, struct day day)
{
	return day.n >= calendar->first.n && day.n <= calendar->last.n;
}

bool calendar_is_open(const struct calendar *calendar, struct day day)
{
	const uint32_t at = (uint32_t)day.n - (uint32_t)calendar->first.n;

	return is_inside(calendar, day) && (calendar->open[at / 8] >> at % 8 & 1);
}

static int outside(struct err *err)
{
	return err_set(err, ERR_RANGE, "business days are known from %d to %d", FIRST_YEAR,
		       HOLIDAY_YEAR_MAX);
}

/* Walks from day in steps of 1 or -1 until n open days were met. */
static int walk(const struct calendar *calendar, struct day day, int step, unsigned n,
		struct day *ret, struct err *err)
{
	if (!is_inside(calendar, day))
		return outside(err);
	while (n > 0) {
		day.n += step;
		if (!is_inside(calendar, day))
			return outside(err);
		n -= calendar_is_open(calendar, day);
	}
	*ret = day;
	return 0;
}

int calendar_after(const struct calendar *calendar, struct day from, unsigned n, struct day *ret,
		   struct err *err)
{
	return walk(calendar, from, 1, n, ret, err);
}

int calendar_before(const struct calendar *calendar, struct day from, unsigned n, struct day *ret,
		    struct err *err)
{
	return walk(calendar, from, -1, n, ret, err);
}

int calendar_roll(const struct calendar *calendar, struct day day, struct day *ret, struct err *err)
{
	return walk(calendar, day, 1, calendar_is_open(calendar, day) ? 0 : 1, ret, err);
}

int calendar_roll_back(const struct calendar *calendar, struct day day, struct day *ret,
		       struct err *err)
{
	return walk(calendar, day, -1, calendar_is_open(calendar, day) ? 0 : 1, ret, err);
}

int calendar_period(const struct calendar *calendar, struct day event, unsigned days,
		    struct day *ret, struct err *err)
{
	if (!is_inside(calendar, event) || days > (unsigned)(calendar->last.n - event.n))
		return outside(err);
	return calendar_roll(calendar, day_add(event, (int32_t)days), ret, err);
}

int calendar_count(const struct calendar *calendar, struct day from, struct day to, int *ret,
		   struct err *err)
{
	const struct day low = to.n < from.n ? to : from, high = to.n < from.n ? from : to;
	int count = 0;

	if (!is_inside(calendar, low) || !is_inside(calendar, high))
		return outside(err);
	for (struct day day = day_add(low, 1); day.n <= high.n; day.n++)
		count += calendar_is_open(calendar, day);
	*ret = to.n < from.n ? -count : count;
	return 0;
}
