/*
 * day.h - a calendar day by value: no time, no zone. Gregorian throughout.
 * Japan's official time has no summer time (it had one from 1948 to 1951,
 * which is not counted here): Asia/Tokyo is UTC+9.
 */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/sv.h"

#define DAY_YEAR_MIN 1
#define DAY_YEAR_MAX 9999 /* last year of a date */
#define DAY_TEXT_MAX 64	  /* a date as text, with its NUL */

struct day {
	int32_t n; /* days since 1970-01-01 */
};

enum weekday { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };

struct civil {
	int year;
	unsigned month, day; /* from 1 */
	enum weekday weekday;
};

/* false where there is no such day or the year is outside the bounds. */
bool day_make(int year, unsigned month, unsigned day, struct day *ret);
/* For dates known to exist: a wrong one is a defect and aborts. */
struct day day_from_civil(int year, unsigned month, unsigned day);
struct civil day_to_civil(struct day day);
struct day day_add(struct day day, int32_t days);
int day_compare(struct day a, struct day b);
unsigned day_month_length(int year, unsigned month);
/*
 * The last day of a period of months that begins on the day after `event`
 * (Civil Code, articles 140 and 143): 01-15 + 1 month is 02-15, 01-31 + 1 month
 * the end of February, 02-28 + 1 month 03-31, because that period is the whole
 * of March.
 */
struct day day_after_months(struct day event, unsigned months);

/* ---- Japan ---- */

struct era {
	const char *name; /* 令和 */
	char letter;	  /* R */
	int year;	  /* 1 is written 元年 */
};

/* The era of a day; false before 1873-01-01, when another calendar was in use. */
bool day_era(struct day day, struct era *ret);
/* April to March: 2027-03-31 is in 2026. */
int day_fiscal_year(struct day day);
/* "令和8年度"; 2019 is 令和元年度, as the government writes. Returns text. */
char *day_fiscal_year_text(int fiscal_year, char text[static DAY_TEXT_MAX]);
const char *day_weekday_japanese(enum weekday weekday); /* 金 */

enum day_style {
	DAY_ISO,       /* 2026-11-21 */
	DAY_WESTERN,   /* 2026年11月21日(土) */
	DAY_ERA,       /* 令和8年11月21日(土); before 1873 as DAY_WESTERN */
	DAY_ERA_PLAIN, /* 令和8年11月21日 */
	DAY_SHORT,     /* 11月21日(土) */
	DAY_ENGLISH,   /* Sat 21 Nov 2026 */
	DAY_STYLE_COUNT
};

/* Returns text. */
char *day_format(struct day day, enum day_style style, char text[static DAY_TEXT_MAX]);
/* "2026-11-21" */
bool day_parse(struct sv text, struct day *ret);

/* ---- instants in Tokyo ---- */

struct tokyo {
	struct day day;
	unsigned hour, minute, second;
};

struct tokyo tokyo_of(struct instant at);
/* hour 24 with minute 0 is the end of the day. */
struct instant tokyo_instant(struct day day, unsigned hour, unsigned minute);
/*
 * Date in the style and the time: "令和8年11月21日(土)17時30分", "11月21日(土)17時",
 * "2026-11-21 17:30", "Sat 21 Nov 2026, 17:30". Returns text.
 */
char *tokyo_format(struct instant at, enum day_style style, char text[static DAY_TEXT_MAX]);

#endif
