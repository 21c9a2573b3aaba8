#include "base/clock.h"

#include <time.h>

#include "base/test.h"

TEST(texts_of_instants)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} row[] = {
		{ "2026-11-21T08:30:35Z", "2026-11-21T08:30:35.000000Z" },
		{ "2026-11-21t08:30:35z", "2026-11-21T08:30:35.000000Z" },
		{ "2026-11-21T08:30:35.1Z", "2026-11-21T08:30:35.100000Z" },
		{ "2026-11-21T08:30:35.123456789Z", "2026-11-21T08:30:35.123456Z" },
		{ "2026-11-21T17:30:35+09:00", "2026-11-21T08:30:35.000000Z" },
		{ "2026-11-21T00:30:00-08:30", "2026-11-21T09:00:00.000000Z" },
		{ "2026-11-21 08:30:35.123", "2026-11-21T08:30:35.123000Z" },
		{ "2026-11-21 08:30:35", "2026-11-21T08:30:35.000000Z" },
		{ "2026-11-21 17:30:35+09:00", "2026-11-21T08:30:35.000000Z" },
		{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z" },
		{ "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z" },
		{ "2017-01-01T08:59:60+09:00", "2017-01-01T00:00:00.000000Z" },
		{ "2016-12-31T22:59:60Z", NULL },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z" },
		{ "2023-02-29T00:00:00Z", NULL },
		{ "2026-11-21T08:30:35", NULL }, /* RFC 3339 wants a zone */
		{ "2026-11-21T08:30:35.Z", NULL },
		{ "2026-11-21T08:30:35.1234567890Z", NULL },
		{ "2026-11-21T24:00:00Z", NULL },
		{ "2026-11-21T08:60:00Z", NULL },
		{ "2026-11-21T08:30:61Z", NULL },
		{ "2026-13-01T00:00:00Z", NULL },
		{ "2026-11-21T08:30:35+24:00", NULL },
		{ "2026-11-21T08:30:35+0900", NULL },
		{ "2026-11-21T08:30:35Z ", NULL },
		{ "2026-11-21T08:30:35ZZ", NULL },
		{ "20261121T083035Z", NULL },
		{ "2026-11-21", NULL },
		{ "", NULL },
		{ "0000-01-01T00:00:00Z", NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[INSTANT_TEXT_MAX];
		struct instant at = { 77 };
		const bool taken = instant_parse(sv_from(row[i].text), &at);

		CHECK_INT(taken, row[i].want != NULL);
		if (taken)
			CHECK_STR(instant_format(at, text), row[i].want);
		else
			CHECK_INT(at.us, 77);
	}
}

TEST(extreme_instants_are_written)
{
	char text[INSTANT_TEXT_MAX];

	CHECK(strlen(instant_format((struct instant){ INT64_MAX }, text)) < INSTANT_TEXT_MAX);
	CHECK(strlen(instant_format((struct instant){ INT64_MIN }, text)) < INSTANT_TEXT_MAX);
	CHECK_STR(instant_format((struct instant){ -1 }, text), "1969-12-31T23:59:59.999999Z");
}

TEST(a_clock_is_a_value)
{
	struct instant at = { 5 };
	struct clock clock = clock_fixed(&at);
	struct instant before, real, after;

	CHECK_INT(clock_now(clock).us, 5);
	at.us = 6;
	CHECK_INT(clock_now(clock).us, 6);
	before.us = (int64_t)time(NULL) * INSTANT_SECOND;
	real = clock_now(clock_real());
	/* time() reads a coarser clock, which may still be in the second before. */
	after.us = ((int64_t)time(NULL) + 2) * INSTANT_SECOND;
	CHECK(instant_cmp(before, real) <= 0 && instant_cmp(real, after) <= 0);
	CHECK(instant_cmp(after, before) > 0 && instant_cmp(real, real) == 0);
	const uint64_t one = clock_monotonic_us();

	CHECK(clock_monotonic_us() >= one);
}
