/*
 * detector.h - one thread that reads stored events in the order of arrival,
 * matches them, and in ONE transaction writes detections, incidents, what
 * devices answered, and the watermark: frames up to it are done. So whatever
 * dies whenever, each event is detected exactly once.
 */
#ifndef CENTRE_DETECTOR_H
#define CENTRE_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "detect/correlation.h"
#include "store/store.h"

#define DETECTOR_CHUNK_EVENTS 4096   /* then commit: people's changes wait for it */
#define DETECTOR_CHUNK_US 50000      /* likewise, between frames */
#define DETECTOR_MATCHES_MAX 1024    /* of one event; more are counted, not kept */
#define DETECTOR_NOTES_MAX 1024      /* refusals and live notes of one chunk */
#define DETECTOR_TRIES_MAX 3         /* for a frame that fails by itself, then it is passed over */

extern const struct store_migration detector_migrations[];
extern const size_t detector_migration_count;

struct centre;
struct detector;

/* Starts the thread; it waits for rules (centre_ruleset). */
struct detector *detector_new(struct centre *centre, struct err *err);
void detector_free(struct detector *detector); /* NULL is fine; ends within a chunk */
/* Any thread: there are new frames, or new rules. NULL is fine. */
void detector_wake(struct detector *detector);

struct detector_statistics {
	uint64_t events, detections, passed_over, cut;
	int64_t watermark;
	struct correlator_statistics correlations; /* since their state was built */
};
struct detector_statistics detector_statistics(struct detector *detector);

#endif
