/*
 * upkeep.h - a thread that keeps the stores in order: compacts frames into
 * blocks, lets actions, orders and remembered processes expire.
 */
#ifndef CENTRE_UPKEEP_H
#define CENTRE_UPKEEP_H

#include "base/err.h"
#include "centre/centre.h"

#define UPKEEP_PROCESS_DAYS 7     /* processes that started before are forgotten */
#define UPKEEP_PROCESSES_MAX 2000 /* forgotten in one transaction */
#define UPKEEP_COMPACT_MAX 64     /* steps of compaction between two looks at the rest */

struct upkeep;

/* Own connection to the records. */
struct upkeep *upkeep_new(struct centre *centre, struct err *err);
void upkeep_free(struct upkeep *upkeep); /* NULL is fine; ends within one step */

#endif
