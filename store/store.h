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
 * Each folder migrates its own: only names with the prefixes ("incident/") of
 * the given ones are looked at.
 */
int store_migrate(struct store *store, const struct store_migration *migration, size_t count,
		  struct err *err);

int store_begin(struct store *store, struct err *err); /* for writing; waits its turn, bounded */
/* For several queries that must see one state; ended by commit or rollback. */
int store_begin_read(struct store *store, struct err *err);
/* Durable on return; where it fails, everything is rolled back. */
int store_commit(struct store *store, struct err *err);
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
void store_done(struct store_query *query);		     /* NULL is fine */
/*
 * The same in one line: values in the order $1, $2, …, as in
 *	query = store_ask(store, err, "SELECT a FROM t WHERE b = $1", STORE_INT(b));
 *	store_change(store, err, "DELETE FROM t WHERE b = $1", STORE_INT(b));
 * store_ask returns a bound query or NULL; store_change runs a statement that
 * gives no rows.
 */
struct store_value {
	enum { STORE_VALUE_INT, STORE_VALUE_TEXT, STORE_VALUE_BLOB } kind;
	int64_t number;
	struct sv text;
};
#define STORE_INT(value) ((struct store_value){ STORE_VALUE_INT, (int64_t)(value), SV_NONE })
#define STORE_TEXT(view) ((struct store_value){ STORE_VALUE_TEXT, 0, view })
#define STORE_BLOB(view) ((struct store_value){ STORE_VALUE_BLOB, 0, view })
#define STORE_VALUES(...)                                                                          \
	(const struct store_value[]){ __VA_ARGS__ },                                               \
		sizeof((const struct store_value[]){ __VA_ARGS__ }) / sizeof(struct store_value)
struct store_query *store_ask_values(struct store *store, struct err *err, const char *sql,
				     const struct store_value *value, size_t count);
int store_change_values(struct store *store, struct err *err, const char *sql,
			const struct store_value *value, size_t count);
#define store_ask(store, err, sql, ...) store_ask_values(store, err, sql, STORE_VALUES(__VA_ARGS__))
#define store_change(store, err, sql, ...)                                                         \
	store_change_values(store, err, sql, STORE_VALUES(__VA_ARGS__))

/* Statements without rows or parameters. */
int store_exec(struct store *store, const char *sql, struct err *err);
int64_t store_changes(const struct store *store); /* rows changed by the last statement */

/* ==== events ==== */

/*
 * The event store of one installation: a database file of its own. One writer
 * (internally locked), any number of readers, from any thread. Batches are
 * accepted once, by key; small frames are durable at acknowledgement and later
 * compacted into blocks of about 4,096 events by company.
 *
 * Frames and blocks carry checksums. A damaged one is skipped, counted, and
 * written down (event_store_size, docs/store.md); it is never silently empty.
 *
 * An event counts as observed when its envelope says so, else when received.
 */
struct event_store;

struct event_store *event_store_open(const char *path, struct err *err);
void event_store_close(struct event_store *store); /* NULL is fine; no call may be under way */

#define EVENT_BATCH_EVENTS_MAX 8192
#define EVENT_BATCH_BYTES_MAX (16U << 20) /* decompressed */
#define EVENT_GROUP_BATCHES_MAX 256	  /* of one event_store_append */
/*
 * Of one spool epoch, the digests of this many batches are remembered, so that
 * another body under the same key is found. Older keys stay known for ever (as
 * runs of sequences), but count as duplicates whatever their digest.
 */
#define EVENT_BATCHES_REMEMBERED 4096

struct event_batch_key {      /* design 5.4 */
	struct sv device;     /* UUID text */
	struct sv epoch;      /* UUID text: a new spool starts a new one */
	uint64_t sequence;    /* from 1 to INT64_MAX */
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
 * ERR_FULL where the disk is full: nothing was stored. ERR_RANGE where a batch
 * passes a bound, ERR_FORMAT where its lines are not as many as it says.
 */
int event_store_append(struct event_store *store, const struct event_batch *batch, size_t count,
		       enum event_stored *ret_stored, struct err *err);
/* Whether a key is there already, before the body is decoded at all. */
int event_store_seen(struct event_store *store, const struct event_batch_key *key, bool *ret_seen,
		     enum event_stored *ret, struct err *err);

/*
 * Frames in order of arrival, for detection: calls once per frame numbered
 * above after, at most limit frames. A frame's number grows strictly. A damaged
 * frame comes with lines.p NULL: go on behind it. Stops and returns -1 when the
 * callback returns -1. No lock or transaction is held while the callback runs.
 */
int event_store_frames(struct event_store *store, int64_t after, size_t limit,
		       int (*frame)(void *context, int64_t number, struct sv company,
				    struct sv lines, struct err *err),
		       void *context, struct err *err);
/*
 * Frames up to this number are detected and may be compacted: those of a company
 * that has enough for a block, and those older than an hour. Bounded work for
 * each call. Returns 1: call again, there is more; 0: done; or -1. now: decides
 * what is old.
 */
int event_store_compact(struct event_store *store, int64_t up_to, struct instant now,
			struct err *err);

#define EVENT_SCAN_TOKENS_MAX 64
/* Matches that wait for their turn in the order; past this the order is approximate. */
#define EVENT_SCAN_HELD_MAX (64U << 20)

struct event_scan {
	struct sv company;		      /* needed: the tenant */
	struct sv device;		      /* empty: all */
	struct instant from, to;	      /* by observed time; to exclusive, 0: open */
	struct sv product, category, service; /* empty: any */
	/*
	 * All must be in the event's values: as whole words, ASCII letters fold.
	 * "bin/curl" finds /usr/bin/curl, not /sbin/curl2.
	 */
	const struct sv *token;
	size_t token_count;
	bool newest_first;
};
struct event_scan_statistics {
	uint64_t blocks, blocks_read; /* of the company; not ruled out by their indexes */
	uint64_t frames_read, events_read, events_given;
	uint64_t damaged; /* frames, blocks and lines that could not be read */
};
/*
 * Gives matching events in the order of observed time until the callback
 * returns nonzero; that ends it well. One state of the store is seen; while
 * the callback runs long, the write-ahead log grows.
 */
int event_store_scan(struct event_store *store, const struct event_scan *scan,
		     int (*give)(void *context, const struct event *event), void *context,
		     struct event_scan_statistics *ret, struct err *err);
/* One event by its id. Returns 1 and *ret (from arena), or 0. */
int event_store_get(struct event_store *store, struct sv company, struct sv id, struct arena *arena,
		    struct event *ret, struct err *err);
/*
 * Removes blocks whose events were all observed (and received) before. Whole
 * blocks only, so a few events stay up to a block longer. INT64_MAX also
 * removes the company's frames: everything.
 */
int event_store_expire(struct event_store *store, struct sv company, struct instant before,
		       uint64_t *ret_events, struct err *err);

struct event_store_size {
	uint64_t events, frames, blocks, bytes, batches, duplicates, conflicts;
	uint64_t damaged, damaged_events; /* found so far */
};
int event_store_size(struct event_store *store, struct event_store_size *ret, struct err *err);
/* Reads everything; ret counts what it saw. */
struct event_store_check {
	uint64_t frames, blocks, events, damaged;
};
int event_store_verify(struct event_store *store, struct event_store_check *ret, struct err *err);

#endif
