/*
 * correlate.h - the detector's correlations. Their state lives in memory; what
 * made it (the fields of matched events that correlations look at, and the hits
 * that were told) is written into a log in the records, in the detector's own
 * transactions. So after kill -9, a failed transaction or new rules the same
 * state is built again, and no hit is told twice or lost.
 */
#ifndef CENTRE_CORRELATE_H
#define CENTRE_CORRELATE_H

#include "base/log.h"
#include "detect/correlation.h"
#include "store/store.h"

/* How much later than others an event may come and still be counted in its place. */
#define CORRELATE_LATE_SECONDS 600
/* State of all correlations together; each has its part, CORRELATION_BYTES_MIN at least. */
#define CORRELATE_BYTES_MAX ((size_t)512 << 20)
/* The log: past this its older half goes, and a restart knows less (a warning tells). */
#define CORRELATE_LOG_BYTES_MAX (INT64_C(256) << 20)
#define CORRELATE_ENTRIES_BYTES_MAX (64U << 20) /* of one transaction; more is not logged */
#define CORRELATE_PRUNE_EVERY 64		/* transactions */

struct correlate;

struct correlate *correlate_new(const struct log *log);
void correlate_free(struct correlate *correlate); /* NULL is fine */
/* The rules in force; another ruleset has its state built from the log when next asked. */
void correlate_use(struct correlate *correlate, struct ruleset *ruleset);
/* What happened since the last flush was rolled back: the state is built again. */
void correlate_forget(struct correlate *correlate);
/* Outside of a transaction, before the others: builds the state where there is none. */
int correlate_prepare(struct correlate *correlate, struct store *records, struct err *err);

/* Hits, as from correlator_event; views live until the next call. */
size_t correlate_event(struct correlate *correlate, const struct event *event,
		       const uint32_t *match, size_t count, const struct correlation_hit **ret);
/* Time went on without events. */
size_t correlate_advance(struct correlate *correlate, struct instant now,
			 const struct correlation_hit **ret);
/* Within the transaction that writes what the hits became. */
int correlate_flush(struct correlate *correlate, struct store *records, struct err *err);
/* The id of the event that made a hit complete. */
void correlate_event_id(const struct correlation_hit *hit, char id[static UUID_TEXT_MAX]);

/* What the correlations took in, and what they had to leave, since their state was built. */
struct correlator_statistics correlate_statistics(const struct correlate *correlate);

#endif
