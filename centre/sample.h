/*
 * sample.h - what `make run` starts with: two operators with a programme and a
 * company each, and accounts with one-time passwords.
 */
#ifndef CENTRE_SAMPLE_H
#define CENTRE_SAMPLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "centre/session.h"
#include "centre/tour.h"
#include "store/store.h"

#define SAMPLE_TEXT_MAX 8192
#define SAMPLE_TOKEN_DAYS 30

/* What to make. */
struct sample_wish {
	const char *programme; /* with the tour: the file of its programme; NULL: no tour */
	struct instant now;
};
struct sample {
	bool made; /* false: there was an operator already, nothing was done */
	struct buf accounts;	/* a line each "account\trole\tsign-in name\tone-time password\n" */
	struct secret token;	/* enrols one device of the first company */
	struct tour tour;	/* with the tour */
	char desk[UUID_TEXT_MAX]; /* the person at the desk */
};
/* In a transaction of its own. accounts is made ready by the caller (buf_init). */
int sample_create(struct store *records, const struct sample_wish *wish, struct sample *ret,
		  struct err *err);

#endif
