/*
 * store.h - what is kept: records (rows, in SQLite; PostgreSQL fills the same
 * interface later) and events (compressed blocks with small indexes).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "event/event.h"

/* ==== records ==== */

/*
 * A connection, for one thread at a time. SQL is written once with $1, $2, …
 * and what SQLite and PostgreSQL both know; parameters are always bound.
 */
struct store;

/* url: "sqlite:PATH" (made where missing, mode 0600, WAL, synchronous FULL). */
struct store *store_open(const char *url, struct err *err);
void store_close(struct store *store); /* NULL is fine; open transaction rolls back */

struct store_migration {
	const char *name; /* "incident/001-incidents": unique, never changed once released */
	const char *sql;  /* one or more statements */
};
/*
 * Applies, each in a transaction of its own, those that were not applied. A
 * migration whose text changed since it was applied, and an applied one that
 * this program does not know, are errors (a newer program wrote the database).
 */
int store_migrate(struct store *store, const struct store_migration *migration,
		  size_t count, struct err *err);

int store_begin(struct store *store, struct err *err); /* for writing; waits its turn, bounded */
int store_commit(struct store *store, struct err *err); /* durable on return */
void store_rollback(struct store *store); /* no transaction: does nothing */
bool store_in_transaction(const struct store *store);

/* A prepared statement, cached by its text; release with store_done. */
struct store_query;
struct store_query *store_query(struct store *store, const char *sql, struct err *err);
void store_bind_null(struct store_query *query, int number); /* from 1, as in $1 */
void store_bind_int(struct store_query *query, int number, int64_t value);
void store_bind_double(struct store_query *query, int number, double value);
/* Borrowed until store_done. Text with p NULL is bound as NULL. */
void store_bind_text(struct store_query *query, int number, struct sv value);
void store_bind_blob(struct store_query *query, int number, struct sv value);
/* Returns 1 with a row, 0 at the end, -1 on error. ERR_CONFLICT: a constraint; ERR_FULL: disk. */
int store_step(struct store_query *query, struct err *err);
bool store_is_null(struct store_query *query, int column); /* from 0 */
int64_t store_int(struct store_query *query, int column);
double store_double(struct store_query *query, int column);
struct sv store_text(struct store_query *query, int column); /* until the next step; also blobs */
void store_done(struct store_query *query); /* NULL is fine */
/* Query without rows or parameters. */
int store_exec(struct store *store, const char *sql, struct err *err);
int64_t store_changes(const struct store *store); /* rows changed by the last statement */

/* ==== events ==== */

/*
 * The event store of one installation: a SQLite file of its own. One writer
 * (internally locked), any number of readers. Batches are accepted once, by
 * key; small frames are durable at acknowledgement and later compacted into
 * blocks of about 4,096 events by company.
 */
struct event_store;

struct event_store *event_store_open(const char *path, struct err *err);
void event_store_close(struct event_store *store);

#define EVENT_BATCH_EVENTS_MAX 8192
#define EVENT_BATCH_BYTES_MAX (16U << 20) /* decompressed */

struct event_batch_key { /* design 5.4 */
	struct sv device;  /* UUID text */
	struct sv epoch;   /* UUID text: a new spool starts a new one */
	uint64_t sequence; /* from 1 */
	struct sha256 digest; /* of the body as sent */
};

enum event_stored { EVENT_STORED, EVENT_DUPLICATE, EVENT_CONFLICTING };

/* A batch ready to keep: encoded lines with the centre's envelope in them. */
struct event_batch {
	struct event_batch_key key;
	struct sv company;
	struct instant received;
	struct sv lines; /* NDJSON, each ended by \n */
	size_t count;
};

/*
 * Stores several batches in one durable transaction (group commit): all or
 * none. ret_stored[i] says what became of batch i: a key seen before with the
 * same digest is a DUPLICATE (not stored again), with another is CONFLICTING.
 * ERR_FULL where the disk is full: nothing was stored.
 */
int event_store_append(struct event_store *store, const struct event_batch *batch,
		       size_t count, enum event_stored *ret_stored, struct err *err);
/* Whether a key is there already, before the body is decoded at all. */
int event_store_seen(struct event_store *store, const struct event_batch_key *key,
		     bool *ret_seen, enum event_stored *ret, struct err *err);

/*
 * Frames in order of arrival, for detection: calls once per frame numbered
 * above after, at most limit frames. A frame's number grows strictly. Stops and
 * returns -1 when the callback returns -1.
 */
int event_store_frames(struct event_store *store, int64_t after, size_t limit,
		       int (*frame)(void *context, int64_t number, struct sv company,
				    struct sv lines, struct err *err),
		       void *context, struct err *err);
/* Frames up to this number are detected and may be compacted. */
int event_store_compact(struct event_store *store, int64_t up_to, struct err *err);

struct event_scan {
	struct sv company;       /* needed: the tenant */
	struct sv device;        /* empty: all */
	struct instant from, to; /* by observed time; to exclusive, 0: open */
	struct sv product, category, service; /* empty: any */
	const struct sv *token;  /* all must be in the event (bloom filter, then exact) */
	size_t token_count;
	bool newest_first;
};
struct event_scan_statistics {
	uint64_t blocks, blocks_read, events_read, events_given;
};
/* Gives matching events until the callback returns nonzero; that ends it well. */
int event_store_scan(struct event_store *store, const struct event_scan *scan,
		     int (*give)(void *context, const struct event *event),
		     void *context, struct event_scan_statistics *ret, struct err *err);
/* One event by its id. Returns 1 and *ret (from arena), or 0. */
int event_store_get(struct event_store *store, struct sv company, struct sv id,
		    struct arena *arena, struct event *ret, struct err *err);
/* Removes what was observed before the day; whole blocks only. */
int event_store_expire(struct event_store *store, struct sv company, struct instant before,
		       uint64_t *ret_events, struct err *err);

struct event_store_size {
	uint64_t events, frames, blocks, bytes, batches, duplicates;
};
int event_store_size(struct event_store *store, struct event_store_size *ret, struct err *err);

#endif
