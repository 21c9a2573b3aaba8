/*
 * ingest.h - from a device's batch to durable events. Workers decode; one
 * writer thread stores several batches in one durable transaction and wakes
 * who waits for the answer (group commit).
 */
#ifndef CENTRE_INGEST_H
#define CENTRE_INGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "store/store.h"

#define INGEST_QUEUE_BATCHES_MAX 512
#define INGEST_QUEUE_BYTES_MAX (128U << 20)
#define INGEST_GROUP_BATCHES_MAX 128 /* in one transaction */
#define INGEST_GROUP_BYTES_MAX (48U << 20)
#define INGEST_FUTURE_SECONDS 86400 /* a sender's clock further ahead is wrong */

struct centre;
struct ingest;

struct ingest *ingest_new(struct event_store *events, const struct log *log);
/* Who is told that there is something new; before the first batch. */
void ingest_attach(struct ingest *ingest, struct centre *centre);
/* Stops taking, stores what waits, ends the thread. */
void ingest_free(struct ingest *ingest); /* NULL is fine */

struct ingest_statistics {
	uint64_t batches, events, duplicates, conflicts, groups, failed;
	size_t waiting, waiting_bytes;
};
struct ingest_statistics ingest_statistics(struct ingest *ingest);

/* ---- for routes_device_port.c ---- */

struct ingest_job; /* shared by the handler and the writer */

/*
 * Queues a batch; takes over lines (from buf_detach). ERR_TOO_MANY where the
 * queue is full: ask again later. The views of key and company are copied.
 */
struct ingest_job *ingest_put(struct ingest *ingest, const struct event_batch *batch,
			      char *take_lines, uint64_t ticket, struct err *err);
/* Whether it is decided; then *ret_stored or *err says how. */
enum ingest_state { INGEST_WAITING, INGEST_STORED, INGEST_FAILED };
enum ingest_state ingest_ask(struct ingest *ingest, struct ingest_job *job,
			     enum event_stored *ret_stored, struct err *err);
/* The handler is done with it; the writer may still be at work. */
void ingest_leave(struct ingest *ingest, struct ingest_job *job);

#endif
