#include "incident/tracker.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/mem.h"

/*
 * Events come by the hundred thousand and detections seldom: so an event only
 * appends to its device's log in memory, the log goes to the store with the
 * transaction, and it is read and indexed when a detection asks for it.
 */
#define DEVICES_MAX 65536
#define LOG_MAX (4U << 20) /* in memory; a longer one is written at once */
#define UNPACKED_MAX (64U << 20)
#define LOG_LEVEL 1 /* zstd */
/* A device's rows are merged into one when there are so many, or so much in them. */
#define ROWS_MAX 64
#define PROCESSES_MAX (2 * INCIDENT_DEVICE_PROCESSES_MAX)
#define BYTES_MAX (16U << 20)
/* Histories that stay in memory. */
#define WARM_MAX 128
#define WARM_BYTES_MAX ((size_t)128 << 20)
/* Watched processes; with more, every start asks the store. */
#define WATCHED_MAX (1U << 20)

struct tracked {       /* a device */
	uint64_t hash; /* of company and device */
	char *company, *device;
	int64_t row;
	struct buf log; /* not yet in the store */
	size_t log_processes;
	size_t rows, processes, bytes; /* in the store */
	struct history *history;       /* NULL: cold */
	uint64_t used;
	bool dirty;
	struct tracked *next_dirty;
};

struct incident_tracker {
	struct tracked **slot; /* open addressing */
	size_t slots, count;
	struct tracked *dirty; /* those with a log to write */
	size_t warm;
	uint64_t clock; /* of use */
	struct instant
		received; /* the latest event: the centre's time, as far as it is known here */
	ZSTD_CCtx *packer;
	ZSTD_DCtx *unpacker;
	uint64_t *watched; /* a set, 0: empty place */
	size_t watched_slots, watched_count;
	bool watched_read;
};

struct incident_tracker *incident_tracker_new(void)
{
	struct incident_tracker *t = mem_zalloc(sizeof *t);

	t->packer = ZSTD_createCCtx();
	t->unpacker = ZSTD_createDCtx();
	t->slots = 256;
	t->slot = mem_zalloc(t->slots * sizeof *t->slot);
	t->watched_slots = 1024;
	t->watched = mem_zalloc(t->watched_slots * sizeof *t->watched);
	return t;
}

static void tracked_free(struct tracked *d)
{
	if (!d)
		return;
	history_free(d->history);
	buf_done(&d->log);
	free(d->company);
	free(d->device);
	free(d);
}

void incident_tracker_clear(struct incident_tracker *t)
{
	for (size_t i = 0; i < t->slots; i++) {
		tracked_free(t->slot[i]);
		t->slot[i] = NULL;
	}
	t->dirty = NULL;
	t->count = t->warm = 0;
	memset(t->watched, 0, t->watched_slots * sizeof *t->watched);
	t->watched_count = 0;
	t->watched_read = false;
}

void incident_tracker_free(struct incident_tracker *t)
{
	if (!t)
		return;
	incident_tracker_clear(t);
	ZSTD_freeCCtx(t->packer);
	ZSTD_freeDCtx(t->unpacker);
	free(t->slot);
	free(t->watched);
	free(t);
}

/* ==== watched processes ==== */

static uint64_t watch_hash(int64_t device, struct sv guid)
{
	const uint64_t hash = (sv_hash(guid) ^ (uint64_t)device) * UINT64_C(0x9e3779b97f4a7c15);

	return hash ? hash : 1;
}

static uint64_t *watch_slot(const struct incident_tracker *t, uint64_t hash)
{
	size_t at = hash >> 20 & (t->watched_slots - 1);

	while (t->watched[at] != 0 && t->watched[at] != hash)
		at = (at + 1) & (t->watched_slots - 1);
	return &t->watched[at];
}

static void watch(struct incident_tracker *t, uint64_t hash)
{
	uint64_t *const before = t->watched, *slot = watch_slot(t, hash);
	const size_t slots = t->watched_slots;

	if (*slot == hash || t->watched_count == WATCHED_MAX)
		return;
	*slot = hash;
	if (++t->watched_count * 2 <= slots)
		return;
	t->watched_slots *= 2;
	t->watched = mem_zalloc(t->watched_slots * sizeof *t->watched);
	for (size_t i = 0; i < slots; i++)
		if (before[i] != 0)
			*watch_slot(t, before[i]) = before[i];
	free(before);
}

void tracker_watch(struct incident_tracker *t, int64_t device, struct sv guid)
{
	watch(t, watch_hash(device, guid));
}

static bool is_watched(const struct incident_tracker *t, int64_t device, struct sv guid)
{
	const uint64_t hash = watch_hash(device, guid);

	return guid.n > 0 && (t->watched_count == WATCHED_MAX || *watch_slot(t, hash) == hash);
}

/* The trees of open incidents, once. */
static int read_watched(struct incident_tracker *t, struct store *store, struct err *err)
{
	struct store_query *query;
	int result;

	if (t->watched_read)
		return 0;
	query = store_ask(store, err,
			  "SELECT p.device, p.guid FROM incident i JOIN incident_process p"
			  " ON p.incident = i.row WHERE i.state < $1 AND p.context = 0",
			  STORE_INT(INCIDENT_RESOLVED));
	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1)
		tracker_watch(t, store_int(query, 0), store_text(query, 1));
	store_done(query);
	if (result < 0)
		return -1;
	t->watched_read = true;
	return 0;
}

/* ==== logs in the store ==== */

static int put_row(struct incident_tracker *t, struct store *store, struct tracked *d,
		   struct sv log, size_t processes, struct err *err)
{
	struct buf packed;
	const size_t room = ZSTD_compressBound(log.n);
	char *to;
	size_t n;
	int failed;

	buf_init(&packed, room);
	to = buf_reserve(&packed, room);
	n = ZSTD_compressCCtx(t->packer, to, room, log.p, log.n, LOG_LEVEL);
	if (ZSTD_isError(n)) {
		buf_done(&packed);
		return err_set(err, ERR_INTERNAL, "packing processes: %s", ZSTD_getErrorName(n));
	}
	packed.n = n;
	failed = store_change(store, err,
			      "INSERT INTO incident_log (device, processes, raw, written, packed)"
			      " VALUES ($1, $2, $3, $4, $5)",
			      STORE_INT(d->row), STORE_INT(processes), STORE_INT(log.n),
			      STORE_INT(t->received.us), STORE_BLOB(buf_sv(&packed)));
	buf_done(&packed);
	if (failed != 0)
		return -1;
	d->rows++;
	d->processes += processes;
	d->bytes += log.n;
	return 0;
}

/* A row that does not unpack only makes trees shorter: detection goes on. */
static void add_row(struct incident_tracker *t, struct history *history, struct sv packed)
{
	const unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
	char *log;
	size_t n;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
	    size > UNPACKED_MAX)
		return;
	log = mem_alloc((size_t)size + 1);
	n = ZSTD_decompressDCtx(t->unpacker, log, (size_t)size, packed.p, packed.n);
	if (!ZSTD_isError(n))
		history_add(history, (struct sv){ log, n });
	free(log);
}

/* Frees the history that was used longest ago. */
static void cool(struct incident_tracker *t, const struct tracked *spared)
{
	struct tracked *oldest = NULL;
	size_t bytes = 0;

	for (size_t i = 0; i < t->slots; i++) {
		struct tracked *d = t->slot[i];

		if (!d || !d->history)
			continue;
		bytes += history_bytes(d->history);
		if (d != spared && (!oldest || d->used < oldest->used))
			oldest = d;
	}
	if (!oldest || (t->warm <= WARM_MAX && bytes <= WARM_BYTES_MAX))
		return;
	history_free(oldest->history);
	oldest->history = NULL;
	t->warm--;
}

/* Reads a device's history where it is not in memory. */
static int warm_up(struct incident_tracker *t, struct store *store, struct tracked *d,
		   struct err *err)
{
	struct store_query *query;
	struct history *history;
	int result;

	d->used = ++t->clock;
	if (d->history)
		return 0;
	query = store_ask(store, err,
			  "SELECT packed FROM incident_log WHERE device = $1 ORDER BY row",
			  STORE_INT(d->row));
	if (!query)
		return -1;
	history = history_new();
	while ((result = store_step(query, err)) == 1)
		add_row(t, history, store_text(query, 0));
	store_done(query);
	if (result < 0) {
		history_free(history);
		return -1;
	}
	history_add(history, buf_sv(&d->log));
	d->history = history;
	t->warm++;
	cool(t, d);
	return 0;
}

/* Makes one row of all, with what is worth keeping. */
static int merge(struct incident_tracker *t, struct store *store, struct tracked *d,
		 struct err *err)
{
	const bool was_warm = d->history != NULL;
	struct buf log;
	size_t processes;
	int failed;

	if (warm_up(t, store, d, err) != 0 ||
	    store_change(store, err, "DELETE FROM incident_log WHERE device = $1",
			 STORE_INT(d->row)) != 0)
		return -1;
	buf_init(&log, UNPACKED_MAX);
	processes = history_keep(d->history, &log);
	history_free(d->history);
	d->history = NULL;
	t->warm--;
	d->rows = d->processes = d->bytes = 0;
	failed = log.n > 0 ? put_row(t, store, d, buf_sv(&log), processes, err) : 0;
	if (failed == 0 && was_warm) {
		d->history = history_new();
		t->warm++;
		history_add(d->history, buf_sv(&log));
	}
	buf_done(&log);
	return failed;
}

static int write_log(struct incident_tracker *t, struct store *store, struct tracked *d,
		     struct err *err)
{
	if (d->log.n == 0)
		return 0;
	if (put_row(t, store, d, buf_sv(&d->log), d->log_processes, err) != 0)
		return -1;
	buf_done(&d->log);
	d->log_processes = 0;
	if (d->rows < ROWS_MAX && d->processes < PROCESSES_MAX && d->bytes < BYTES_MAX)
		return 0;
	return merge(t, store, d, err);
}

int incident_tracker_flush(struct incident_tracker *t, struct store *store, struct err *err)
{
	if (incident_need_transaction(store, err) != 0)
		return -1;
	while (t->dirty) {
		struct tracked *const d = t->dirty;

		if (write_log(t, store, d, err) != 0)
			return err_wrap(err, "keeping processes");
		t->dirty = d->next_dirty;
		d->dirty = false;
	}
	return 0;
}

/* ==== devices ==== */

static uint64_t device_hash(struct sv company, struct sv device)
{
	return (sv_hash(company) * 31 + sv_hash(device)) | 1;
}

static struct tracked **device_slot(const struct incident_tracker *t, uint64_t hash,
				    struct sv company, struct sv device)
{
	size_t at = hash >> 8 & (t->slots - 1);

	while (t->slot[at] &&
	       (t->slot[at]->hash != hash || !sv_eq(sv_from(t->slot[at]->device), device) ||
		!sv_eq(sv_from(t->slot[at]->company), company)))
		at = (at + 1) & (t->slots - 1);
	return &t->slot[at];
}

static void grow_devices(struct incident_tracker *t)
{
	struct tracked **const before = t->slot;
	const size_t slots = t->slots;

	t->slots *= 2;
	t->slot = mem_zalloc(t->slots * sizeof *t->slot);
	for (size_t i = 0; i < slots; i++)
		if (before[i])
			*device_slot(t, before[i]->hash, sv_from(before[i]->company),
				     sv_from(before[i]->device)) = before[i];
	free(before);
}

/* How much the store has of it. */
static int read_sizes(struct store *store, struct tracked *d, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT count(*), coalesce(sum(processes), 0), coalesce(sum(raw), 0)"
			  " FROM incident_log WHERE device = $1",
			  STORE_INT(d->row));

	if (incident_row(query, err) != 1)
		return -1;
	d->rows = (size_t)store_int(query, 0);
	d->processes = (size_t)store_int(query, 1);
	d->bytes = (size_t)store_int(query, 2);
	store_done(query);
	return 0;
}

static int find_device(struct incident_tracker *t, struct store *store, struct sv company,
		       struct sv device, struct tracked **ret, struct err *err)
{
	const uint64_t hash = device_hash(company, device);
	struct tracked **slot = device_slot(t, hash, company, device), *d = *slot;

	if (d) {
		*ret = d;
		return 0;
	}
	if (t->count == DEVICES_MAX) {
		if (incident_tracker_flush(t, store, err) != 0)
			return -1;
		incident_tracker_clear(t);
	}
	d = mem_zalloc(sizeof *d);
	d->hash = hash;
	d->company = mem_dup_sv(company);
	d->device = mem_dup_sv(device);
	buf_init(&d->log, LOG_MAX + (1U << 16));
	if (incident_device(store, company, device, &d->row, err) != 0 ||
	    read_sizes(store, d, err) != 0) {
		tracked_free(d);
		return -1;
	}
	*device_slot(t, hash, company, device) = d;
	if (++t->count * 2 > t->slots)
		grow_devices(t);
	*ret = d;
	return 0;
}

int tracker_device(struct incident_tracker *t, struct store *store, struct sv company,
		   struct sv device, int64_t *ret, struct err *err)
{
	struct tracked *d;

	if (find_device(t, store, company, device, &d, err) != 0)
		return -1;
	*ret = d->row;
	return 0;
}

int tracker_history(struct incident_tracker *t, struct store *store, struct sv company,
		    struct sv device, const struct history **ret, struct err *err)
{
	struct tracked *d;

	if (find_device(t, store, company, device, &d, err) != 0 || warm_up(t, store, d, err) != 0)
		return -1;
	*ret = d->history;
	return 0;
}

/* ==== observing ==== */

/* Adds a new process to the open incidents whose trees its parent (or itself) is in. */
static int join_trees(struct incident_tracker *t, struct store *store, int64_t device,
		      const struct incident_process *p, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT DISTINCT p.incident FROM incident_process p JOIN incident i"
		" ON i.row = p.incident WHERE p.device = $1 AND (p.guid = $2 OR p.guid = $3)"
		" AND p.context = 0 AND i.state < $4 ORDER BY p.incident DESC LIMIT 8",
		STORE_INT(device), STORE_TEXT(p->parent_guid), STORE_TEXT(p->guid),
		STORE_INT(INCIDENT_RESOLVED));
	int64_t incident[8];
	size_t count = 0;
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1)
		incident[count++] = store_int(query, 0);
	store_done(query);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (incident_put_process(store, incident[i], device, p, err) != 0)
			return -1;
		tracker_watch(t, device, p->guid);
	}
	return 0;
}

static int observe_end(struct incident_tracker *t, struct store *store, const struct tracked *d,
		       struct sv guid, struct instant at, struct err *err)
{
	if (!is_watched(t, d->row, guid))
		return 0;
	return store_change(
		store, err,
		"UPDATE incident_process SET ended = $3 WHERE device = $1 AND guid = $2",
		STORE_INT(d->row), STORE_TEXT(guid), STORE_INT(at.us));
}

static int observe(struct incident_tracker *t, struct store *store, struct tracked *d,
		   const struct event *event, bool starts, struct err *err)
{
	const size_t before = d->log.n;
	struct incident_process p;

	incident_process_of(event, &p);
	if (instant_cmp(event->envelope.received, t->received) > 0)
		t->received = event->envelope.received;
	if (starts)
		history_put_start(&d->log, &p);
	else
		history_put_end(&d->log, p.guid, incident_when(event));
	d->log_processes += starts;
	if (!d->dirty) {
		d->dirty = true;
		d->next_dirty = t->dirty;
		t->dirty = d;
	}
	if (d->history)
		history_add(d->history, sv_slice(buf_sv(&d->log), before, d->log.n));
	if (d->log.n > LOG_MAX && write_log(t, store, d, err) != 0)
		return -1;
	if (!starts)
		return observe_end(t, store, d, p.guid, incident_when(event), err);
	if (!is_watched(t, d->row, p.parent_guid) && !is_watched(t, d->row, p.guid))
		return 0;
	return join_trees(t, store, d->row, &p, err);
}

int incident_observe_event(struct incident_tracker *t, struct store *store,
			   const struct event *event, struct err *err)
{
	const struct event_envelope *envelope = &event->envelope;
	const bool starts = sv_eq(envelope->category, SV("process_creation"));
	struct tracked *d;

	if (!starts && !sv_eq(envelope->category, SV("process_termination")))
		return 0;
	if (envelope->device.n == 0 || event_text(event, SV("ProcessGuid")).n == 0)
		return 0;
	if (incident_need_transaction(store, err) != 0 || read_watched(t, store, err) != 0 ||
	    find_device(t, store, envelope->company, envelope->device, &d, err) != 0)
		return -1;
	return observe(t, store, d, event, starts, err);
}

int64_t incident_expire_processes(struct store *store, struct instant before, size_t limit,
				  struct err *err)
{
	if (incident_need_transaction(store, err) != 0 ||
	    store_change(store, err,
			 "DELETE FROM incident_log WHERE row IN (SELECT row FROM incident_log"
			 " WHERE written < $1 ORDER BY written LIMIT $2)",
			 STORE_INT(before.us), STORE_INT(limit)) != 0)
		return -1;
	return store_changes(store);
}
