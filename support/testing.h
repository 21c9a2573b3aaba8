/* testing.h - for the tests of support/: a small edition made by hand, and days as text. */
#ifndef SUPPORT_TESTING_H
#define SUPPORT_TESTING_H

#include <stdlib.h>

#include "base/test.h"
#include "programme/internal.h"
#include "support/support.h"

#define TEXT(ja, en) ((struct programme_text){ SV(ja), SV(en) })

static inline struct day on(const char *text)
{
	struct day day;

	if (!day_parse(sv_from(text), &day))
		abort();
	return day;
}

static inline struct instant at(const char *text)
{
	struct instant instant;

	if (!instant_parse(sv_from(text), &instant))
		abort();
	return instant;
}

#endif
