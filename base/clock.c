#include "base/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "base/day.h"

#define DAY_SECONDS 86400

static struct instant real_now(void *context)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	return (struct instant){ at.tv_sec * INSTANT_SECOND + at.tv_nsec / 1000 };
}

struct clock clock_real(void)
{
	return (struct clock){ real_now, NULL };
}

static struct instant fixed_now(void *context)
{
	return *(const struct instant *)context;
}

struct clock clock_fixed(const struct instant *at)
{
	union {
		const void *borrowed;
		void *context;
	} only_read = { .borrowed = at };

	return (struct clock){ fixed_now, only_read.context };
}

struct instant clock_now(struct clock clock)
{
	return clock.now(clock.context);
}

uint64_t clock_monotonic_us(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

/* Takes exactly n digits from the front of *s. */
static bool take_digits(struct sv *s, size_t n, unsigned *ret)
{
	unsigned value = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const unsigned digit = (unsigned char)s->p[i] - (unsigned)'0';

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	*s = (struct sv){ s->p + n, s->n - n };
	return true;
}

static bool take_char(struct sv *s, const char *any, char *ret)
{
	if (s->n == 0)
		return false;
	while (*any != '\0' && *any != s->p[0])
		any++;
	if (*any == '\0')
		return false;
	*ret = *any;
	*s = (struct sv){ s->p + 1, s->n - 1 };
	return true;
}

static bool take_fraction(struct sv *s, unsigned *ret_us)
{
	unsigned scale = 100000, us = 0, count = 0, digit;

	while (take_digits(s, 1, &digit)) {
		us += scale * digit;
		scale /= 10;
		if (++count > 9)
			return false;
	}
	*ret_us = us;
	return count > 0;
}

static bool take_zone(struct sv *s, bool may_be_missing, int *ret_seconds)
{
	unsigned hours, minutes;
	char c;

	if (s->n == 0) {
		*ret_seconds = 0;
		return may_be_missing;
	}
	if (take_char(s, "Zz", &c)) {
		*ret_seconds = 0;
		return s->n == 0;
	}
	if (!take_char(s, "+-", &c))
		return false;
	const int sign = c == '-' ? -1 : 1;

	if (!take_digits(s, 2, &hours) || !take_char(s, ":", &c) || !take_digits(s, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (int)(hours * 3600 + minutes * 60);
	return s->n == 0;
}

bool instant_parse(struct sv s, struct instant *ret)
{
	unsigned year, month, day, hour, minute, second, us = 0;
	int zone;
	struct day date;
	int64_t total;
	char c, separator;

	if (!take_digits(&s, 4, &year) || !take_char(&s, "-", &c) || !take_digits(&s, 2, &month) ||
	    !take_char(&s, "-", &c) || !take_digits(&s, 2, &day) ||
	    !take_char(&s, "Tt ", &separator) || !take_digits(&s, 2, &hour) ||
	    !take_char(&s, ":", &c) || !take_digits(&s, 2, &minute) || !take_char(&s, ":", &c) ||
	    !take_digits(&s, 2, &second))
		return false;
	if (take_char(&s, ".", &c) && !take_fraction(&s, &us))
		return false;
	if (!take_zone(&s, separator == ' ', &zone))
		return false;
	if (!day_make((int)year, month, day, &date) || hour > 23 || minute > 59 || second > 60)
		return false;
	total = (int64_t)date.n * DAY_SECONDS + hour * 3600 + minute * 60 + second - zone;
	/* A leap second is the last of a UTC day; it becomes the next day's first. */
	if (second == 60 && total % DAY_SECONDS != 0)
		return false;
	ret->us = total * INSTANT_SECOND + us;
	return true;
}

char *instant_format(struct instant at, char text[static INSTANT_TEXT_MAX])
{
	int64_t seconds = at.us / INSTANT_SECOND, us = at.us % INSTANT_SECOND;
	struct tm tm;
	time_t when;

	if (us < 0) {
		us += INSTANT_SECOND;
		seconds--;
	}
	when = seconds;
	gmtime_r(&when, &tm);
	/* The remainders change nothing, but show the compiler that all fits. */
	snprintf(text, INSTANT_TEXT_MAX, "%04d-%02u-%02uT%02u:%02u:%02u.%06uZ", tm.tm_year + 1900,
		 (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
		 (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
		 (unsigned)us % 1000000);
	return text;
}

int instant_cmp(struct instant a, struct instant b)
{
	return (a.us > b.us) - (a.us < b.us);
}
