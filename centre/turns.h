/*
 * turns.h - what the thread of jobs.h does for lotteries and sessions: applications hear of
 * their draw, offers of places end and go on, and people are told by mail. Each is one
 * transaction with the row that says that it is done.
 */
#ifndef CENTRE_TURNS_H
#define CENTRE_TURNS_H

#include "centre/effects.h"

#define TURNS_MAX 200	     /* of each kind, before the others have their turn */
#define TURNS_LOOK_SECONDS 2 /* between two looks at offers that end */

/* Each opens transactions of its own; effects are begun anew for each by `begin`. */
struct turns {
	struct effects (*begin)(void *context);
	void (*done)(void *context, const struct effects *effects); /* after a commit */
	void *context;
};
/* The draw reaches every application exactly once, whatever dies in between. */
int turns_lottery(const struct turns *turns, struct err *err);
/* Offers that are over end, free places are offered on. */
int turns_offers(const struct turns *turns, struct err *err);
int turns_mails(const struct turns *turns, struct err *err);

#endif
