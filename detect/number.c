#include "detect/number.h"

static bool parse_real(struct sv text, double *ret)
{
	const bool negative = text.n > 0 && text.p[0] == '-';

	text = sv_slice(text, negative, text.n);
	while (text.n > 1 && text.p[0] == '0' && text.p[1] >= '0' && text.p[1] <= '9')
		text = sv_slice(text, 1, text.n);
	/* a second sign behind the first is no number */
	if (text.n == 0 || text.p[0] == '-' || !sv_to_double(text, ret))
		return false;
	if (negative)
		*ret = -*ret;
	return true;
}

bool number_parse(struct sv text, struct number *ret)
{
	struct number number = { .whole = true };

	if (sv_to_i64(text, &number.integer)) {
		number.real = (double)number.integer;
	} else {
		number.whole = false;
		if (!parse_real(text, &number.real))
			return false;
	}
	*ret = number;
	return true;
}

int number_cmp(struct number a, struct number b)
{
	if (a.whole && b.whole)
		return (a.integer > b.integer) - (a.integer < b.integer);
	return (a.real > b.real) - (a.real < b.real);
}

/* n digits at offset at. */
static bool digits(struct sv text, size_t at, size_t n, int *ret)
{
	int value = 0;

	if (at + n > text.n)
		return false;
	for (size_t i = at; i < at + n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		value = value * 10 + (text.p[i] - '0');
	}
	*ret = value;
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int day_of_year(int year, int month, int day)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

	return before[month - 1] + (month > 2 && is_leap(year)) + day;
}

/* Monday is 1, Sunday 7. */
static int weekday(int year, int ordinal)
{
	const int past = year - 1;

	return (past * 365 + past / 4 - past / 100 + past / 400 + ordinal - 1) % 7 + 1;
}

static int weeks_in(int year)
{
	const int first = weekday(year, 1);

	return first == 4 || (first == 3 && is_leap(year)) ? 53 : 52;
}

static int iso_week(int year, int ordinal)
{
	const int week = (ordinal - weekday(year, ordinal) + 10) / 7;

	if (week < 1)
		return weeks_in(year - 1);
	return week > weeks_in(year) ? 1 : week;
}

bool time_part_of(struct sv text, enum time_part part, int64_t *ret)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, hour = 0, minute = 0;
	bool timed;

	if (!digits(text, 0, 4, &year) || !digits(text, 5, 2, &month) ||
	    !digits(text, 8, 2, &day) || text.p[4] != '-' || text.p[7] != '-' || year < 1 ||
	    month < 1 || month > 12 || day < 1 ||
	    day > length[month - 1] + (month == 2 && is_leap(year)))
		return false;
	if (text.n > 10 && text.p[10] != 'T' && text.p[10] != 't' && text.p[10] != ' ')
		return false;
	timed = digits(text, 11, 2, &hour) && digits(text, 14, 2, &minute) && text.p[13] == ':' &&
		hour < 24 && minute < 60;
	if (!timed && (text.n > 10 || part == PART_MINUTE || part == PART_HOUR))
		return false;
	switch (part) {
	case PART_MINUTE: *ret = minute; return true;
	case PART_HOUR: *ret = hour; return true;
	case PART_DAY: *ret = day; return true;
	case PART_WEEK: *ret = iso_week(year, day_of_year(year, month, day)); return true;
	case PART_MONTH: *ret = month; return true;
	case PART_YEAR: *ret = year; return true;
	case PART_NONE: break;
	}
	return false;
}
