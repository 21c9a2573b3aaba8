/*
 * visitors.h - who looked at a programme's pages today. Nothing about
 * a person is kept: an address is remembered for one day at most, in memory, as
 * part of a hash with a key that is made anew each day. Locked inside.
 */
#ifndef CENTRE_VISITORS_H
#define CENTRE_VISITORS_H

#include "base/day.h"
#include "store/store.h"

#define VISITORS_A_DAY_MAX 65536 /* told apart; further ones are not counted that day */
#define VISITORS_PROGRAMMES_MAX 256

struct visitors;

struct visitors *visitors_new(void);
void visitors_free(struct visitors *visitors); /* NULL is fine */
/* Somebody at this address looks at this programme (UUID). */
void visitors_seen(struct visitors *visitors, struct sv programme, struct sv address,
		   struct day today);
/* Writes what came since the last time, in the caller's transaction. */
int visitors_write(struct visitors *visitors, struct store *store, struct err *err);
bool visitors_any(struct visitors *visitors); /* whether there is something to be written */

#endif
