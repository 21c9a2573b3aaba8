#include <string.h>

#include "store/events.h"

/* Sequences that one call folds into runs at most. */
#define FOLD_MAX 256

static int check_batch(const struct event_batch *batch, struct err *err)
{
	size_t lines = 0;
	const char *p = batch->lines.p, *const end = p + batch->lines.n;

	if (batch->count > EVENT_BATCH_EVENTS_MAX || batch->lines.n > EVENT_BATCH_BYTES_MAX)
		return err_set(err, ERR_RANGE, "a batch of %zu events, %zu bytes", batch->count,
			       batch->lines.n);
	if (batch->key.sequence < 1 || batch->key.sequence > INT64_MAX)
		return err_set(err, ERR_RANGE, "batch sequence %llu",
			       (unsigned long long)batch->key.sequence);
	if (batch->company.n == 0 || batch->company.n > BLOCK_COMPANY_MAX ||
	    batch->key.device.n == 0 || batch->key.epoch.n == 0)
		return err_set(err, ERR_RANGE, "a batch without company, device or epoch");
	if (batch->lines.n == 0)
		return batch->count == 0 ? 0 : err_set(err, ERR_FORMAT, "a batch without lines");
	if (end[-1] != '\n')
		return err_set(err, ERR_FORMAT, "the last line of a batch has no end");
	while (p < end) {
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
		lines++;
	}
	if (lines != batch->count)
		return err_set(err, ERR_FORMAT, "a batch of %zu lines says %zu", lines,
			       batch->count);
	return 0;
}

/* 1: there, *ret is its id; 0: a new spool. */
static int find_spool(struct store *records, const struct event_batch_key *key, int64_t *ret,
		      struct err *err)
{
	struct store_query *query =
		store_ask(records, err, "SELECT id FROM spool WHERE device = $1 AND epoch = $2",
			  STORE_TEXT(key->device), STORE_TEXT(key->epoch));
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1)
		*ret = store_int(query, 0);
	store_done(query);
	return result;
}

/* 1: the digest is remembered, *ret_same; 0: not there. */
static int find_digest(struct store *records, int64_t spool, const struct event_batch_key *key,
		       bool *ret_same, struct err *err)
{
	struct store_query *query =
		store_ask(records, err,
			  "SELECT digest FROM batch WHERE spool = $1 AND sequence = $2",
			  STORE_INT(spool), STORE_INT(key->sequence));
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1)
		*ret_same = sv_eq(store_text(query, 0),
				  (struct sv){ (const char *)key->digest.byte, SHA256_SIZE });
	store_done(query);
	return result;
}

/* Whether a run of older sequences holds this one. */
static int find_run(struct store *records, int64_t spool, uint64_t sequence, struct err *err)
{
	struct store_query *query =
		store_ask(records, err,
			  "SELECT last FROM batch_run WHERE spool = $1 AND first <= $2"
			  " ORDER BY first DESC LIMIT 1",
			  STORE_INT(spool), STORE_INT(sequence));
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1)
		result = store_int(query, 0) >= (int64_t)sequence;
	store_done(query);
	return result;
}

/* 1: seen, *ret says how; 0: new. *ret_spool: 0 where the spool is new. */
static int find_batch(struct store *records, const struct event_batch_key *key, int64_t *ret_spool,
		      enum event_stored *ret, struct err *err)
{
	int64_t spool = 0;
	bool same = true;
	int found = find_spool(records, key, &spool, err);

	if (found == 1) {
		found = find_digest(records, spool, key, &same, err);
		if (found == 0)
			found = find_run(records, spool, key->sequence, err);
	}
	if (found < 0)
		return -1;
	*ret_spool = spool;
	if (found == 1)
		*ret = same ? EVENT_DUPLICATE : EVENT_CONFLICTING;
	return found;
}

static int make_spool(struct store *records, const struct event_batch_key *key, int64_t *ret,
		      struct err *err)
{
	struct store_query *query = store_ask(
		records, err,
		"INSERT INTO spool (device, epoch, remembered) VALUES ($1, $2, 0) RETURNING id",
		STORE_TEXT(key->device), STORE_TEXT(key->epoch));
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1) {
		*ret = store_int(query, 0);
		result = store_step(query, err);
	}
	store_done(query);
	return result;
}

/* ==== remembering ==== */

struct run {
	int64_t first, last;
};

/* Puts a run down, joined with the neighbours that it touches. */
static int put_run(struct store *records, int64_t spool, struct run run, struct err *err)
{
	struct store_query *query =
		store_ask(records, err,
			  "SELECT first, last FROM batch_run WHERE spool = $1"
			  " AND first <= $3 + 1 AND last >= $2 - 1",
			  STORE_INT(spool), STORE_INT(run.first), STORE_INT(run.last));
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		if (store_int(query, 0) < run.first)
			run.first = store_int(query, 0);
		if (store_int(query, 1) > run.last)
			run.last = store_int(query, 1);
	}
	store_done(query);
	if (result < 0 ||
	    store_change(records, err,
			 "DELETE FROM batch_run WHERE spool = $1 AND first >= $2 AND last <= $3",
			 STORE_INT(spool), STORE_INT(run.first), STORE_INT(run.last)) != 0)
		return -1;
	return store_change(records, err,
			    "INSERT INTO batch_run (spool, first, last) VALUES ($1, $2, $3)",
			    STORE_INT(spool), STORE_INT(run.first), STORE_INT(run.last));
}

/* The lowest sequences of a spool, as runs. Returns how many sequences, or -1. */
static int lowest_runs(struct store *records, int64_t spool, struct run run[static FOLD_MAX],
		       size_t *ret_count, struct err *err)
{
	struct store_query *query =
		store_ask(records, err,
			  "SELECT sequence FROM batch WHERE spool = $1 ORDER BY sequence LIMIT $2",
			  STORE_INT(spool), STORE_INT(FOLD_MAX));
	int result, sequences = 0;
	size_t count = 0;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		const int64_t sequence = store_int(query, 0);

		if (count > 0 && run[count - 1].last == sequence - 1)
			run[count - 1].last = sequence;
		else
			run[count++] = (struct run){ sequence, sequence };
		sequences++;
	}
	store_done(query);
	*ret_count = count;
	return result < 0 ? -1 : sequences;
}

static int fold_batches(struct store *records, int64_t spool, struct err *err)
{
	struct run run[FOLD_MAX];
	size_t count;
	const int sequences = lowest_runs(records, spool, run, &count, err);

	if (sequences < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (put_run(records, spool, run[i], err) != 0)
			return -1;
	if (count > 0 &&
	    store_change(records, err, "DELETE FROM batch WHERE spool = $1 AND sequence <= $2",
			 STORE_INT(spool), STORE_INT(run[count - 1].last)) != 0)
		return -1;
	return store_change(records, err,
			    "UPDATE spool SET remembered = remembered - $2 WHERE id = $1",
			    STORE_INT(spool), STORE_INT(sequences));
}

static int remember(struct store *records, int64_t spool, const struct event_batch_key *key,
		    struct err *err)
{
	const struct sv digest = { (const char *)key->digest.byte, SHA256_SIZE };
	struct store_query *query;
	int result;

	if (store_change(records, err,
			 "INSERT INTO batch (spool, sequence, digest) VALUES ($1, $2, $3)",
			 STORE_INT(spool), STORE_INT(key->sequence), STORE_BLOB(digest)) != 0)
		return -1;
	query = store_ask(records, err,
			  "UPDATE spool SET remembered = remembered + 1 WHERE id = $1"
			  " RETURNING remembered",
			  STORE_INT(spool));
	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1 && store_int(query, 0) >= EVENT_BATCHES_REMEMBERED + FOLD_MAX) {
		store_done(query);
		return fold_batches(records, spool, err);
	}
	store_done(query);
	return result < 0 ? -1 : 0;
}

/* ==== frames ==== */

static void find_range(const struct event_batch *batch, struct block_range *range)
{
	struct sv rest = batch->lines;

	block_range_start(range);
	while (rest.n > 0) {
		struct event_envelope envelope;

		if (block_peek(sv_cut(&rest, '\n'), &envelope)) {
			block_range_add(range, &envelope);
			continue;
		}
		/* Of unknown form: the frame may hold any time and id. */
		range->first = INT64_MIN;
		range->last = INT64_MAX;
		range->newest = batch->received.us;
		memset(&range->id_first, 0, sizeof range->id_first);
		memset(&range->id_last, 0xff, sizeof range->id_last);
		break;
	}
	range->events = batch->count;
}

static struct sv id_bytes(const struct uuid *id)
{
	return (struct sv){ (const char *)id->byte, sizeof id->byte };
}

static int put_frame(struct event_store *store, const struct event_batch *batch, int64_t number,
		     struct buf *packed, struct err *err)
{
	struct block_range range;
	int64_t sum;

	if (block_pack(store->packer, FRAME_LEVEL, batch->company, batch->count, batch->lines,
		       packed, err) != 0)
		return -1;
	find_range(batch, &range);
	sum = event_unit_sum(batch->company, &range, batch->lines.n, SV_NONE, SV_NONE);
	if (store_change(
		    store->writer, err,
		    "INSERT INTO frame (number, company, received, first, last, newest,"
		    " id_first, id_last, events, raw, sum, damaged, packed)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12)",
		    STORE_INT(number), STORE_TEXT(batch->company), STORE_INT(batch->received.us),
		    STORE_INT(range.first), STORE_INT(range.last), STORE_INT(range.newest),
		    STORE_BLOB(id_bytes(&range.id_first)), STORE_BLOB(id_bytes(&range.id_last)),
		    STORE_INT(batch->count), STORE_INT(batch->lines.n), STORE_INT(sum),
		    STORE_BLOB(buf_sv(packed))) != 0)
		return -1;
	return store_change(
		store->writer, err,
		"INSERT INTO pending (company, frames, events, raw, since)"
		" VALUES ($1, 1, $2, $3, $4) ON CONFLICT (company) DO UPDATE SET"
		" frames = pending.frames + 1, events = pending.events + excluded.events,"
		" raw = pending.raw + excluded.raw, since = CASE WHEN pending.frames = 0"
		" THEN excluded.since ELSE pending.since END",
		STORE_TEXT(batch->company), STORE_INT(batch->count), STORE_INT(batch->lines.n),
		STORE_INT(batch->received.us));
}

struct added {
	int64_t frames, events, batches, duplicates, conflicts;
};

static int append_batch(struct event_store *store, const struct event_batch *batch,
			int64_t last_frame, struct added *added, struct buf *packed,
			enum event_stored *ret, struct err *err)
{
	int64_t spool = 0;
	const int found = find_batch(store->writer, &batch->key, &spool, ret, err);

	if (found < 0)
		return -1;
	if (found == 1) {
		added->duplicates += *ret == EVENT_DUPLICATE;
		added->conflicts += *ret == EVENT_CONFLICTING;
		return 0;
	}
	if ((spool == 0 && make_spool(store->writer, &batch->key, &spool, err) != 0) ||
	    remember(store->writer, spool, &batch->key, err) != 0)
		return -1;
	if (batch->count > 0 &&
	    put_frame(store, batch, last_frame + ++added->frames, packed, err) != 0)
		return -1;
	added->events += (int64_t)batch->count;
	added->batches++;
	*ret = EVENT_STORED;
	return 0;
}

static int last_frame(struct store *records, int64_t *ret, struct err *err)
{
	struct store_query *query = store_query(records, "SELECT frame FROM total", err);
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1)
		*ret = store_int(query, 0);
	store_done(query);
	return result == 1 ? 0 : result < 0 ? -1 : err_set(err, ERR_IO, "totals are lost");
}

static int append_group(struct event_store *store, const struct event_batch *batch, size_t count,
			enum event_stored *stored, struct buf *packed, struct err *err)
{
	struct added added = { 0 };
	int64_t last;

	if (last_frame(store->writer, &last, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (append_batch(store, &batch[i], last, &added, packed, &stored[i], err) != 0)
			return -1;
	return store_change(store->writer, err,
			    "UPDATE total SET frame = frame + $1, events = events + $2,"
			    " batches = batches + $3, duplicates = duplicates + $4,"
			    " conflicts = conflicts + $5",
			    STORE_INT(added.frames), STORE_INT(added.events),
			    STORE_INT(added.batches), STORE_INT(added.duplicates),
			    STORE_INT(added.conflicts));
}

int event_store_append(struct event_store *store, const struct event_batch *batch, size_t count,
		       enum event_stored *ret_stored, struct err *err)
{
	enum event_stored stored[EVENT_GROUP_BATCHES_MAX];
	struct buf packed;
	int failed;

	if (count > EVENT_GROUP_BATCHES_MAX)
		return err_set(err, ERR_RANGE, "a group of %zu batches", count);
	for (size_t i = 0; i < count; i++)
		if (check_batch(&batch[i], err) != 0)
			return -1;
	buf_init(&packed, BLOCK_PACKED_MAX);
	failed = event_write_begin(store, err);
	if (failed == 0) {
		failed = append_group(store, batch, count, stored, &packed, err);
		failed = event_write_end(store, failed != 0, err);
	}
	buf_done(&packed);
	if (failed != 0)
		return err_wrap(err, "storing events");
	memcpy(ret_stored, stored, count * sizeof *stored);
	return 0;
}

int event_store_seen(struct event_store *store, const struct event_batch_key *key, bool *ret_seen,
		     enum event_stored *ret, struct err *err)
{
	struct event_reader_seat *seat = event_seat_take(store, err);
	enum event_stored stored = EVENT_STORED;
	int64_t spool;
	int found;

	if (!seat)
		return -1;
	found = find_batch(seat->records, key, &spool, &stored, err);
	event_seat_give(store, seat);
	if (found < 0)
		return -1;
	*ret_seen = found == 1;
	if (found == 1)
		*ret = stored;
	return 0;
}
