/*
 * events.h - private to store/: what the files of the event store share.
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include <pthread.h>

#include "base/buf.h"
#include "store/backend.h"
#include "store/block.h"
#include "store/store.h"

#define EVENT_READERS_MAX 16
#define EVENT_BLOCK_EVENTS 4096
#define EVENT_BLOCK_BYTES (8U << 20)  /* of lines; a block ends there too */
#define EVENT_FRAME_SECONDS (60 * 60) /* older frames become a block, however small */
#define EVENT_DAMAGE_NOTED_MAX 64     /* of one reading */

/* Frames and blocks unpack to at most this. */
#define EVENT_UNPACKED_MAX (EVENT_BATCH_BYTES_MAX + 2 * EVENT_BLOCK_BYTES + BLOCK_HEADER_MAX)

struct event_damage {
	enum event_unit { EVENT_FRAME, EVENT_BLOCK } unit;
	int64_t number;
	char reason[120];
};

/* A connection with what reading needs; taken by one thread at a time. */
struct event_reader_seat {
	struct store *records;
	ZSTD_DCtx *unpacker;
	struct event_decoder *decoder;
	struct buf lines;
	struct event_damage damage[EVENT_DAMAGE_NOTED_MAX];
	size_t damage_count;
	struct event_reader_seat *next;
};

struct event_store {
	char *url;
	struct store_options options;

	pthread_mutex_t write_lock; /* of the two below */
	struct store *writer;
	ZSTD_CCtx *packer;

	pthread_mutex_t compact_lock; /* one compaction at a time */

	pthread_mutex_t seat_lock; /* of the three below */
	pthread_cond_t seat_free;
	struct event_reader_seat *idle;
	size_t seats;
};

struct event_store *event_store_open_with(const char *path, const struct store_options *options,
					  struct err *err);

/* Waits where all seats are taken. NULL where none can be opened. */
struct event_reader_seat *event_seat_take(struct event_store *store, struct err *err);
/* Writes down the damage that it met and gives it back. */
void event_seat_give(struct event_store *store, struct event_reader_seat *seat);
void event_seat_damage(struct event_reader_seat *seat, enum event_unit unit, int64_t number,
		       const struct err *cause);

int event_write_begin(struct event_store *store, struct err *err); /* locks the writer */
/* Ends the transaction, as failed or committed, and unlocks. Returns -1 where it failed. */
int event_write_end(struct event_store *store, bool failed, struct err *err);

/* The sum over a row's index values, so that damage there cannot hide events. */
int64_t event_unit_sum(struct sv company, const struct block_range *range, size_t raw,
		       struct sv devices, struct sv kinds);

#endif
