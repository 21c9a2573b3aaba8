#include "store/events.h"

#include <stdlib.h>

#include "base/mem.h"

/*
 * total: what would be slow to count. pending: frames that wait, by company.
 * The bytes of blocks stand apart from their indexes, so that choosing blocks
 * reads few pages.
 */
static const struct store_migration migrations[] = {
	{ "events/001-start",
	  "CREATE TABLE total (one INTEGER PRIMARY KEY CHECK (one = 1), frame INTEGER NOT NULL,"
	  " block INTEGER NOT NULL, events INTEGER NOT NULL, batches INTEGER NOT NULL,"
	  " duplicates INTEGER NOT NULL, conflicts INTEGER NOT NULL);"
	  "INSERT INTO total VALUES (1, 0, 0, 0, 0, 0, 0);"

	  "CREATE TABLE spool (id INTEGER PRIMARY KEY, device TEXT NOT NULL, epoch TEXT NOT NULL,"
	  " remembered INTEGER NOT NULL, UNIQUE (device, epoch));"
	  "CREATE TABLE batch (spool INTEGER NOT NULL REFERENCES spool (id),"
	  " sequence INTEGER NOT NULL, digest BLOB NOT NULL,"
	  " PRIMARY KEY (spool, sequence)) WITHOUT ROWID;"
	  "CREATE TABLE batch_run (spool INTEGER NOT NULL REFERENCES spool (id),"
	  " first INTEGER NOT NULL, last INTEGER NOT NULL,"
	  " PRIMARY KEY (spool, first)) WITHOUT ROWID;"

	  "CREATE TABLE frame (number INTEGER PRIMARY KEY, company TEXT NOT NULL,"
	  " received INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
	  " newest INTEGER NOT NULL, id_first BLOB NOT NULL, id_last BLOB NOT NULL,"
	  " events INTEGER NOT NULL, raw INTEGER NOT NULL, sum INTEGER NOT NULL,"
	  " damaged INTEGER NOT NULL, packed BLOB NOT NULL);"
	  "CREATE INDEX frame_company ON frame (company, damaged, number);"
	  "CREATE TABLE pending (company TEXT PRIMARY KEY, frames INTEGER NOT NULL,"
	  " events INTEGER NOT NULL, raw INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;"

	  "CREATE TABLE block (number INTEGER PRIMARY KEY, company TEXT NOT NULL,"
	  " first INTEGER NOT NULL, last INTEGER NOT NULL, newest INTEGER NOT NULL,"
	  " id_first BLOB NOT NULL, id_last BLOB NOT NULL, events INTEGER NOT NULL,"
	  " raw INTEGER NOT NULL, sum INTEGER NOT NULL, devices TEXT NOT NULL,"
	  " kinds TEXT NOT NULL);"
	  "CREATE INDEX block_first ON block (company, first);"
	  "CREATE INDEX block_last ON block (company, last);"
	  "CREATE INDEX block_newest ON block (company, newest);"
	  "CREATE INDEX block_id ON block (company, id_first, id_last);"
	  "CREATE TABLE block_data (number INTEGER PRIMARY KEY REFERENCES block (number)"
	  " ON DELETE CASCADE, bloom BLOB NOT NULL, packed BLOB NOT NULL);"

	  "CREATE TABLE damage (unit TEXT NOT NULL, number INTEGER NOT NULL, company TEXT NOT NULL,"
	  " events INTEGER NOT NULL, found INTEGER NOT NULL, reason TEXT NOT NULL,"
	  " PRIMARY KEY (unit, number)) WITHOUT ROWID;" },
};

static const struct store_options event_options = {
	.page_size = 8192,
	.cache_kib = 16 * 1024,
	.checkpoint_pages = 4000,
	.pages_max = 0,
};

struct event_store *event_store_open(const char *path, struct err *err)
{
	return event_store_open_with(path, &event_options, err);
}

struct event_store *event_store_open_with(const char *path, const struct store_options *options,
					  struct err *err)
{
	struct event_store *store = mem_zalloc(sizeof *store);
	const size_t n = strlen("sqlite:") + strlen(path) + 1;

	store->url = mem_alloc(n);
	snprintf(store->url, n, "sqlite:%s", path);
	store->options = *options;
	store->packer = ZSTD_createCCtx();
	pthread_mutex_init(&store->write_lock, NULL);
	pthread_mutex_init(&store->compact_lock, NULL);
	pthread_mutex_init(&store->seat_lock, NULL);
	pthread_cond_init(&store->seat_free, NULL);
	store->writer = store_open_with(store->url, options, err);
	if (store->writer && store->packer &&
	    store_migrate(store->writer, migrations, sizeof migrations / sizeof *migrations, err) ==
		    0)
		return store;
	err_wrap(err, "event store");
	event_store_close(store);
	return NULL;
}

static void seat_free(struct event_reader_seat *seat)
{
	store_close(seat->records);
	ZSTD_freeDCtx(seat->unpacker);
	event_decoder_free(seat->decoder);
	buf_done(&seat->lines);
	free(seat);
}

void event_store_close(struct event_store *store)
{
	if (!store)
		return;
	while (store->idle) {
		struct event_reader_seat *seat = store->idle;

		store->idle = seat->next;
		seat_free(seat);
	}
	store_close(store->writer);
	ZSTD_freeCCtx(store->packer);
	pthread_mutex_destroy(&store->write_lock);
	pthread_mutex_destroy(&store->compact_lock);
	pthread_mutex_destroy(&store->seat_lock);
	pthread_cond_destroy(&store->seat_free);
	free(store->url);
	free(store);
}

/* ==== seats ==== */

static struct event_reader_seat *seat_new(struct event_store *store, struct err *err)
{
	struct event_reader_seat *seat = mem_zalloc(sizeof *seat);

	buf_init(&seat->lines, EVENT_UNPACKED_MAX);
	seat->decoder = event_decoder_new();
	seat->unpacker = ZSTD_createDCtx();
	seat->records = store_open_with(store->url, &store->options, err);
	if (seat->records && seat->unpacker)
		return seat;
	seat_free(seat);
	return NULL;
}

struct event_reader_seat *event_seat_take(struct event_store *store, struct err *err)
{
	struct event_reader_seat *seat;

	pthread_mutex_lock(&store->seat_lock);
	while (!store->idle && store->seats == EVENT_READERS_MAX)
		pthread_cond_wait(&store->seat_free, &store->seat_lock);
	seat = store->idle;
	if (seat)
		store->idle = seat->next;
	else
		store->seats++;
	pthread_mutex_unlock(&store->seat_lock);
	if (seat)
		return seat;
	seat = seat_new(store, err);
	if (!seat) {
		pthread_mutex_lock(&store->seat_lock);
		store->seats--;
		pthread_cond_signal(&store->seat_free);
		pthread_mutex_unlock(&store->seat_lock);
	}
	return seat;
}

void event_seat_damage(struct event_reader_seat *seat, enum event_unit unit, int64_t number,
		       const struct err *cause)
{
	struct event_damage *damage;

	if (seat->damage_count == EVENT_DAMAGE_NOTED_MAX)
		return; /* the next reading meets the others */
	damage = &seat->damage[seat->damage_count++];
	damage->unit = unit;
	damage->number = number;
	snprintf(damage->reason, sizeof damage->reason, "%.*s", (int)sizeof damage->reason - 1,
		 cause->text);
}

/* The copy in the table says since when; damaged frames are set aside, not compacted. */
static int write_damage(struct store *records, const struct event_damage *damage, struct err *err)
{
	const bool frame = damage->unit == EVENT_FRAME;
	const char *const sql =
		frame ? "INSERT INTO damage (unit, number, company, events, found, reason)"
			" SELECT 'frame', number, company, events, $2, $3 FROM frame"
			" WHERE number = $1 ON CONFLICT DO NOTHING"
		      : "INSERT INTO damage (unit, number, company, events, found, reason)"
			" SELECT 'block', number, company, events, $2, $3 FROM block"
			" WHERE number = $1 ON CONFLICT DO NOTHING";

	if (store_change(records, err, sql, STORE_INT(damage->number),
			 STORE_INT(clock_now(clock_real()).us),
			 STORE_TEXT(sv_from(damage->reason))) != 0)
		return -1;
	if (!frame || store_changes(records) == 0)
		return 0;
	if (store_change(records, err,
			 "UPDATE pending SET frames = frames - 1,"
			 " events = events - (SELECT events FROM frame WHERE number = $1),"
			 " raw = raw - (SELECT raw FROM frame WHERE number = $1)"
			 " WHERE company = (SELECT company FROM frame WHERE number = $1)",
			 STORE_INT(damage->number)) != 0)
		return -1;
	return store_change(records, err, "UPDATE frame SET damaged = 1 WHERE number = $1",
			    STORE_INT(damage->number));
}

void event_seat_give(struct event_store *store, struct event_reader_seat *seat)
{
	if (seat->damage_count > 0 && event_write_begin(store, NULL) == 0) {
		bool failed = false;

		for (size_t i = 0; i < seat->damage_count && !failed; i++)
			failed = write_damage(store->writer, &seat->damage[i], NULL) != 0;
		event_write_end(store, failed, NULL);
	}
	seat->damage_count = 0;
	pthread_mutex_lock(&store->seat_lock);
	seat->next = store->idle;
	store->idle = seat;
	pthread_cond_signal(&store->seat_free);
	pthread_mutex_unlock(&store->seat_lock);
}

/* ==== writing ==== */

int event_write_begin(struct event_store *store, struct err *err)
{
	pthread_mutex_lock(&store->write_lock);
	if (store_begin(store->writer, err) == 0)
		return 0;
	pthread_mutex_unlock(&store->write_lock);
	return -1;
}

int event_write_end(struct event_store *store, bool failed, struct err *err)
{
	if (failed)
		store_rollback(store->writer);
	else
		failed = store_commit(store->writer, err) != 0;
	pthread_mutex_unlock(&store->write_lock);
	return failed ? -1 : 0;
}

int64_t event_unit_sum(struct sv company, const struct block_range *range, size_t raw,
		       struct sv devices, struct sv kinds)
{
	struct block_sum sum = block_sum_start();

	block_sum_bytes(&sum, company);
	block_sum_int(&sum, range->first);
	block_sum_int(&sum, range->last);
	block_sum_int(&sum, range->newest);
	block_sum_bytes(&sum,
			(struct sv){ (const char *)&range->id_first, sizeof range->id_first });
	block_sum_bytes(&sum, (struct sv){ (const char *)&range->id_last, sizeof range->id_last });
	block_sum_int(&sum, (int64_t)range->events);
	block_sum_int(&sum, (int64_t)raw);
	block_sum_bytes(&sum, devices);
	block_sum_bytes(&sum, kinds);
	return block_sum_end(sum);
}

static int read_totals(struct store *records, struct event_store_size *ret, struct err *err)
{
	struct store_query *query = store_query(
		records,
		"SELECT t.events, t.batches, t.duplicates, t.conflicts,"
		" (SELECT count(*) FROM frame), (SELECT count(*) FROM block),"
		" (SELECT count(*) FROM damage), (SELECT coalesce(sum(events), 0) FROM damage)"
		" FROM total t",
		err);
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1)
		*ret = (struct event_store_size){
			.events = (uint64_t)store_int(query, 0),
			.batches = (uint64_t)store_int(query, 1),
			.duplicates = (uint64_t)store_int(query, 2),
			.conflicts = (uint64_t)store_int(query, 3),
			.frames = (uint64_t)store_int(query, 4),
			.blocks = (uint64_t)store_int(query, 5),
			.damaged = (uint64_t)store_int(query, 6),
			.damaged_events = (uint64_t)store_int(query, 7),
		};
	store_done(query);
	if (result == 0)
		return err_set(err, ERR_IO, "the event store has lost its totals");
	return result < 0 ? -1 : 0;
}

int event_store_size(struct event_store *store, struct event_store_size *ret, struct err *err)
{
	struct event_reader_seat *seat = event_seat_take(store, err);
	struct event_store_size size;
	int failed;

	if (!seat)
		return -1;
	failed = read_totals(seat->records, &size, err);
	if (failed == 0)
		failed = store_bytes(seat->records, &size.bytes, err);
	event_seat_give(store, seat);
	if (failed == 0)
		*ret = size;
	return failed;
}
