/*
 * keeper.h - a thread that does what nobody asks for: ends sessions that are
 * over, writes counted refusals to the audit trail, and looks again at the
 * rights of those who listen to changes.
 */
#ifndef CENTRE_KEEPER_H
#define CENTRE_KEEPER_H

#include "base/err.h"
#include "centre/centre.h"

struct keeper;

/* The centre's live, refusals, log and clock must be there. Own connection to the records. */
struct keeper *keeper_new(struct centre *centre, struct err *err);
/* Writes the last counts. NULL is fine. */
void keeper_free(struct keeper *keeper);

#endif
