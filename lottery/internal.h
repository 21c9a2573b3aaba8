/*
 * internal.h - what the files of lottery.h share.
 */
#ifndef LOTTERY_INTERNAL_H
#define LOTTERY_INTERNAL_H

#include "lottery/lottery.h"

/* Rows of a query to ret, from arena; -1 past max rows. count is how many there are at most. */
int lottery_need(struct store *store, struct err *err); /* a transaction */
/* A text of people: not empty, at most max bytes, one line where `line`. */
int lottery_check_text(struct sv text, size_t max, const char *what, struct err *err);
/* Entropy is there: order, winners and seed are written. */
int lottery_settle(struct store *store, const struct lottery *lottery, struct sv round_text,
		   struct sv beacon, struct instant now, struct arena *arena, struct err *err);

#endif
