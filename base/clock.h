/*
 * clock.h - instants, and the clock as a value. Core code never reads the time:
 * it gets an instant, or a struct clock. Real time serves TLS, sessions, tokens
 * and expiry of commands; programme time is a clock of its own (design 5.7).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

/* Microseconds since 1970-01-01T00:00:00Z. */
struct instant {
	int64_t us;
};

#define INSTANT_SECOND INT64_C(1000000)
#define INSTANT_TEXT_MAX 40 /* an instant as text, with its NUL */

struct clock {
	struct instant (*now)(void *context);
	void *context;
};

struct clock clock_real(void);
/* A clock that always tells *at; move it by writing there. */
struct clock clock_fixed(const struct instant *at);
struct instant clock_now(struct clock clock);
uint64_t clock_monotonic_us(void);

/* RFC 3339 with up to nine digits of fraction, or "YYYY-MM-DD HH:MM:SS.fff" as UTC. */
bool instant_parse(struct sv text, struct instant *ret);
/* "2026-11-21T08:30:35.123456Z". Returns text. */
char *instant_format(struct instant at, char text[static INSTANT_TEXT_MAX]);
int instant_cmp(struct instant a, struct instant b);

#endif
