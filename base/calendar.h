/*
 * calendar.h - Japan's public holidays by rule, and business days. Pure: no
 * clock, no files.
 *
 * Holidays follow the law of 1948-07-20 and its changes, and the laws for
 * single days. The days of the equinoxes are computed; the government
 * announces them each February for the following year, so years after
 * HOLIDAY_YEAR_ANNOUNCED are provisional.
 */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/day.h"
#include "base/err.h"

#define HOLIDAY_YEAR_MIN 1948 /* from 20 July on */
#define HOLIDAY_YEAR_MAX 2099 /* as far as the formula of the equinoxes was checked */
#define HOLIDAY_YEAR_ANNOUNCED 2027

enum holiday_kind {
	HOLIDAY_NONE,
	HOLIDAY_NATIONAL,   /* 国民の祝日 */
	HOLIDAY_SUBSTITUTE, /* 振替休日: for one that falls on a Sunday */
	HOLIDAY_CITIZENS,   /* 国民の休日: between two national holidays */
};

struct holiday {
	enum holiday_kind kind;
	const char *name, *name_english; /* constant texts */
	bool is_provisional;
};

/* Whether the day is one; outside the years above none is. */
bool holiday_on(struct day day, struct holiday *ret);

/* ---- whose days ---- */

#define CALENDAR_CLOSURES_MAX 256 /* closures of one operator */
#define CLOSURE_NAME_MAX 48	  /* bytes */

/*
 * Days on which an operator is closed: the same days of each year, also over
 * the new year, or certain days.
 */
struct closure {
	bool is_yearly;
	unsigned from_month, from_day, to_month, to_day; /* yearly */
	struct day from, to;				 /* otherwise; inclusive */
	char name[CLOSURE_NAME_MAX + 1];		 /* may be empty */
};

/*
 * "12-29..01-03 年末年始", "08-06", "2026-08-13..2026-08-15 夏季休業": first and
 * last day, the name behind a space.
 */
int closure_parse(struct sv text, struct closure *ret, struct err *err);

struct calendar_options {
	unsigned closed_weekdays; /* 1U << SATURDAY | … */
	bool ignores_holidays;	  /* open on public holidays */
	const struct closure *closure;
	size_t closure_count; /* at most CALENDAR_CLOSURES_MAX */
};

/* Saturday, Sunday, public holidays, 12-29 to 01-03 (Local Autonomy Act, article 4-2). */
extern const struct calendar_options calendar_city;

struct calendar; /* immutable once made: threads may share it */

/* Copies what it is given. NULL with an error where a bound is passed. */
struct calendar *calendar_new(const struct calendar_options *options, struct err *err);
void calendar_free(struct calendar *calendar);

/*
 * All that follows is bounded by HOLIDAY_YEAR_MIN + 1 and HOLIDAY_YEAR_MAX: a walk
 * that leaves these years is refused with ERR_RANGE, never guessed.
 */
bool calendar_is_open(const struct calendar *calendar, struct day day);
/* Why it is closed, in Japanese (土曜日, 元日, 年末年始, 休業日); NULL where it is open. */
const char *calendar_why_closed(const struct calendar *calendar, struct day day);
/* The n-th business day after `from`; 0 gives `from` itself, open or not. */
int calendar_after(const struct calendar *calendar, struct day from, unsigned n, struct day *ret,
		   struct err *err);
/* The n-th business day before. */
int calendar_before(const struct calendar *calendar, struct day from, unsigned n, struct day *ret,
		    struct err *err);
/* The first open day on or after: where a limit that falls on a closed day moves to. */
int calendar_roll(const struct calendar *calendar, struct day day, struct day *ret,
		  struct err *err);
/* The last open day on or before. */
int calendar_roll_back(const struct calendar *calendar, struct day day, struct day *ret,
		       struct err *err);
/*
 * The end of a period of calendar days that begins on the day after `event`,
 * rolled. (A published time such as "12-28 17:00" is no period: do not roll it.)
 */
int calendar_period(const struct calendar *calendar, struct day event, unsigned days,
		    struct day *ret, struct err *err);
/* Business days after `from` up to and including `to`; negative where `to` is earlier. */
int calendar_count(const struct calendar *calendar, struct day from, struct day to, int *ret,
		   struct err *err);

#endif
