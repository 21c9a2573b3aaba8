/*
 * desk.h - the desk of day and night and its daily look at every company
 * . Days are the programme's, in Tokyo.
 */
#ifndef CENTRE_DESK_H
#define CENTRE_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/day.h"
#include "base/err.h"
#include "centre/standing.h"
#include "store/store.h"

#define DESK_NOTE_MAX 4000	  /* bytes of a check's note */
#define DESK_SPAN_DAYS_MAX 400	  /* of one question for missing checks */
#define DESK_MISSING_MAX 10000	  /* rows of its answer */

/* Pure: does the desk have to look at this company on that day? */
bool desk_expected(const struct standing *standing, struct day day);

struct desk_check {
	struct sv company, outcome, note, actor;
	struct day day;
	struct instant at; /* zero: nobody has looked */
};
/* at zero where there is none. From arena. */
int desk_find(struct store *store, struct sv company, struct day day, struct arena *arena,
	      struct desk_check *ret, struct err *err);
/* Writes or changes the one of that day; in the caller's transaction. */
int desk_write(struct store *store, const struct desk_check *check, struct err *err);
/* The last one of a company; zero where there is none. */
int desk_last(struct store *store, struct sv company, struct instant *ret, struct err *err);
/* Days from from to to (both included) on which a check was made, ascending; from arena. */
int desk_days(struct store *store, struct sv company, struct day from, struct day to,
	      struct arena *arena, const struct day **ret, size_t *ret_count, struct err *err);

#endif
