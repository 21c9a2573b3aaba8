/*
 * ways.h - the steps of a programme as a graph: for drawings, simulations and
 * whoever compares two versions of a file. Read only; programme.h has the rest.
 */
#ifndef PROGRAMME_WAYS_H
#define PROGRAMME_WAYS_H

#include "programme/programme.h"

#define WAY_FROM_START SIZE_MAX /* the form comes in */

struct programme_way { /* one event of one state and where it may lead */
	size_t from, to; /* indexes of facts.state; the same: the state stays */
	const struct programme_event *event;
	bool sometimes; /* the event has other ways too: a condition decides */
	bool anywhere;	/* an event of every state that is not final */
};
struct programme_ways {
	const struct programme_way *item;
	size_t count;
};
/* Every way once, the receipt first, then in the file's order; from arena. */
int programme_ways(const struct programme *programme, struct arena *arena,
		   struct programme_ways *ret, struct err *err);

/* For people: 運営事務局. */
struct programme_text programme_actor_text(enum programme_actor actor);
/* How long a state waits for its actor, in few words: "3営業日以内"; empty where it has no deadline. */
struct programme_text programme_due_text(const struct programme *programme, size_t state,
					 bool *ret_is_hard, struct arena *arena);
/* When an event by the clock comes: "体験終了の14日前 9:00". */
struct programme_text programme_moment_text(const struct programme *programme, size_t state,
					    const struct programme_event *event,
					    struct arena *arena);
/* Whether applications in this state hold their places, enrol devices. */
bool programme_releases_seats(const struct programme *programme, size_t state);

/*
 * Business days of a state's deadline; false where it has none, or where it is a
 * date that an event said (*ret_by_date).
 */
bool programme_due_days(const struct programme *programme, size_t state, unsigned *ret,
			bool *ret_by_date);

#endif
