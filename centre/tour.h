/*
 * tour.h - what `sample --tour` adds, so that a newcomer finds life on every
 * role's page: companies in each step of a programme, played through the real
 * engine with times of the last months, and an attack that was met and told.
 */
#ifndef CENTRE_TOUR_H
#define CENTRE_TOUR_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "store/store.h"

/* The people who act in it, by their ids. */
struct tour_people {
	struct sv secretariat, expert, city, desk;
};
/* A company with an account and devices of its own. */
struct tour_company {
	char company[UUID_TEXT_MAX], participation[UUID_TEXT_MAX];
};
struct tour {
	struct tour_company host;  /* waits for this host's agent */
	struct tour_company shown; /* in its third month, with incidents and reports */
};

/*
 * In the caller's transaction: publishes the programme of the file for the
 * operator, and plays the companies' ways up to `now`.
 */
int tour_play(struct store *records, const char *file, struct sv operator_name,
	      const struct tour_people *people, struct instant now, struct tour *ret,
	      struct err *err);
/*
 * Outside of transactions, before the centre runs: keeps events of the shown
 * company's devices, lets the detector find what is in them, and tells what the
 * desk did about it.
 */
int tour_attack(const char *records_url, const char *events_path, const char *rules,
		const struct tour *tour, struct sv desk, struct instant now, struct err *err);

#endif
