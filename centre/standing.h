/*
 * standing.h - how a company stands in its programme: the participation that
 * counts, and the application behind it where the programme's file made it.
 */
#ifndef CENTRE_STANDING_H
#define CENTRE_STANDING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/centre.h"
#include "programme/application.h"

/* What a device's protection is called in a programme's file. */
#define STANDING_SERVICE "edr"

struct standing {
	struct sv participation; /* empty: there is none */
	struct sv course;
	bool running;		 /* the participation has not ended */
	bool known;		 /* there is an application: the two below */
	struct application application;
	const struct catalogue_entry *entry;
};

/* All from arena; the entry lives as long as the catalogue (worker_catalogue). */
int standing_of_participation(struct store *store, const struct catalogue *catalogue,
			      struct sv participation, struct arena *arena,
			      struct standing *ret, struct err *err);
/*
 * The one of a company: a participation by an application, the running and
 * newest first, before one made by hand; else the newest application.
 */
int standing_of_company(struct store *store, const struct catalogue *catalogue,
			      struct sv company, struct arena *arena,
		        struct standing *ret, struct err *err);

/* The course whose entitlement protects devices; NULL where there is none, or no limits. */
const struct programme_course *standing_course(const struct standing *standing);
/* Does the desk of day and night serve this company at a moment of the programme's time? */
bool standing_desk_serves(const struct standing *standing, struct instant programme_now);

#endif
