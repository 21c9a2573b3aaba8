#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/unit.h"

/* What one call of event_store_compact does at most. */
#define COMPACT_COMPANIES_MAX 16
#define COMPACT_FRAMES_MAX 8192
/* Of one company at a time: two blocks' worth, so that the rest is never tiny. */
#define COMPACT_EVENTS ((size_t)2 * EVENT_BLOCK_EVENTS)
#define COMPACT_BYTES ((size_t)2 * EVENT_BLOCK_BYTES)
#define BLOCKS_MAX 8

struct built { /* a block that is not yet in the store */
	struct block_range range;
	size_t raw;
	struct buf packed, bloom, devices, kinds;
};

struct compaction { /* of one company */
	struct event_reader_seat *seat;
	ZSTD_CCtx *packer;
	struct token_set *tokens;
	struct sv company;
	struct buf lines; /* of all its frames */
	int64_t *frame;	  /* their numbers */
	size_t frames, events;
	int64_t oldest; /* received */
	struct built built[BLOCKS_MAX];
	size_t blocks;
};

static void compaction_init(struct compaction *c, struct event_reader_seat *seat)
{
	*c = (struct compaction){
		.seat = seat,
		.packer = ZSTD_createCCtx(),
		.tokens = token_set_new(),
		.frame = mem_alloc(COMPACT_FRAMES_MAX * sizeof *c->frame),
	};
	buf_init(&c->lines, EVENT_UNPACKED_MAX);
	for (size_t i = 0; i < BLOCKS_MAX; i++) {
		buf_init(&c->built[i].packed, BLOCK_PACKED_MAX);
		buf_init(&c->built[i].bloom, BLOOM_MAX + 64);
		buf_init(&c->built[i].devices, BLOCK_DEVICES_MAX);
		buf_init(&c->built[i].kinds, BLOCK_KINDS_MAX);
	}
}

static void compaction_done(struct compaction *c)
{
	ZSTD_freeCCtx(c->packer);
	token_set_free(c->tokens);
	free(c->frame);
	buf_done(&c->lines);
	for (size_t i = 0; i < BLOCKS_MAX; i++) {
		buf_done(&c->built[i].packed);
		buf_done(&c->built[i].bloom);
		buf_done(&c->built[i].devices);
		buf_done(&c->built[i].kinds);
	}
}

/* ==== reading frames ==== */

static void gather_frame(struct compaction *c, struct store_query *query)
{
	struct event_reader_seat *seat = c->seat;
	const int64_t number = store_int(query, 0);
	struct err damage = ERR_INIT;
	struct sv lines;

	if (block_unpack(seat->unpacker, store_text(query, 3), c->company,
			 (size_t)store_int(query, 1), &seat->lines, &lines, &damage) != 0) {
		event_seat_damage(seat, EVENT_FRAME, number, &damage);
		return;
	}
	if (c->frames == 0)
		c->oldest = store_int(query, 2);
	c->frame[c->frames++] = number;
	c->events += (size_t)store_int(query, 1);
	buf_put_sv(&c->lines, lines);
}

static int gather(struct compaction *c, int64_t up_to, struct err *err)
{
	struct store_query *query =
		store_ask(c->seat->records, err,
			  "SELECT number, events, received, packed FROM frame WHERE company = $1"
			  " AND damaged = 0 AND number <= $2 ORDER BY number",
			  STORE_TEXT(c->company), STORE_INT(up_to));
	int result = 1;

	if (!query)
		return -1;
	buf_clear(&c->lines);
	c->frames = c->events = c->blocks = 0;
	while (c->events < COMPACT_EVENTS && c->lines.n < COMPACT_BYTES &&
	       c->frames < COMPACT_FRAMES_MAX && (result = store_step(query, err)) == 1)
		gather_frame(c, query);
	store_done(query);
	return result < 0 ? -1 : 0;
}

/* ==== building blocks ==== */

/* Lines that do not decode are kept: nothing is thrown away by tidying. */
static int build(struct compaction *c, struct sv lines, size_t events, struct err *err)
{
	struct built *built = &c->built[c->blocks++];
	struct sv rest = lines;

	token_set_clear(c->tokens);
	buf_clear(&built->bloom);
	buf_clear(&built->devices);
	buf_clear(&built->kinds);
	block_range_start(&built->range);
	built->raw = lines.n;
	while (rest.n > 0) {
		char kind[EVENT_KIND_MAX];
		struct event event;

		if (event_decode(c->seat->decoder, sv_cut(&rest, '\n'), &event, NULL) != 0)
			continue;
		block_range_add(&built->range, &event.envelope);
		block_set_add(&built->devices, event.envelope.device);
		block_set_add(&built->kinds, event_kind(&event.envelope, kind));
		token_set_add_event(c->tokens, &event);
	}
	built->range.events = events;
	bloom_make(c->tokens, &built->bloom);
	return block_pack(c->packer, BLOCK_LEVEL, c->company, events, lines, &built->packed, err);
}

/* The first `events` lines of *rest; moves it behind them. */
static struct sv cut_lines(struct sv *rest, size_t events)
{
	const char *const start = rest->p, *p = start, *const end = start + rest->n;

	while (events-- > 0 && p < end)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	*rest = (struct sv){ p, (size_t)(end - p) };
	return (struct sv){ start, (size_t)(p - start) };
}

/* Cuts what was gathered into blocks of equal counts. */
static int build_all(struct compaction *c, struct err *err)
{
	struct sv rest = buf_sv(&c->lines);
	size_t left = c->events;
	size_t blocks = (c->events + EVENT_BLOCK_EVENTS / 2) / EVENT_BLOCK_EVENTS;
	const size_t by_bytes = (c->lines.n + EVENT_BLOCK_BYTES - 1) / EVENT_BLOCK_BYTES;

	if (blocks < by_bytes)
		blocks = by_bytes;
	if (blocks < 1)
		blocks = 1;
	for (; blocks > 0 && left > 0; blocks--) {
		const size_t events = (left + blocks - 1) / blocks;

		if (build(c, cut_lines(&rest, events), events, err) != 0)
			return -1;
		left -= events;
	}
	return 0;
}

/* ==== changing frames into blocks ==== */

static int put_block(struct store *records, struct sv company, const struct built *built,
		     int64_t number, struct err *err)
{
	const struct block_range *range = &built->range;
	const struct sv id_first = { (const char *)range->id_first.byte, 16 };
	const struct sv id_last = { (const char *)range->id_last.byte, 16 };
	const struct sv devices = built->devices.n ? buf_sv(&built->devices) : SV("");
	const struct sv kinds = built->kinds.n ? buf_sv(&built->kinds) : SV("");

	if (store_change(records, err,
			 "INSERT INTO block (number, company, first, last, newest, id_first,"
			 " id_last, events, raw, sum, devices, kinds)"
			 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
			 STORE_INT(number), STORE_TEXT(company), STORE_INT(range->first),
			 STORE_INT(range->last), STORE_INT(range->newest), STORE_BLOB(id_first),
			 STORE_BLOB(id_last), STORE_INT(range->events), STORE_INT(built->raw),
			 STORE_INT(event_unit_sum(company, range, built->raw, devices, kinds)),
			 STORE_TEXT(devices), STORE_TEXT(kinds)) != 0)
		return -1;
	return store_change(records, err,
			    "INSERT INTO block_data (number, bloom, packed) VALUES ($1, $2, $3)",
			    STORE_INT(number), STORE_BLOB(buf_sv(&built->bloom)),
			    STORE_BLOB(buf_sv(&built->packed)));
}

static int next_block(struct store *records, size_t count, int64_t *ret, struct err *err)
{
	struct store_query *query =
		store_ask(records, err, "UPDATE total SET block = block + $1 RETURNING block",
			  STORE_INT(count));
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1)
		*ret = store_int(query, 0) - (int64_t)count + 1;
	store_done(query);
	return result == 1 ? 0 : result < 0 ? -1 : err_set(err, ERR_IO, "totals are lost");
}

/* 1: exchanged; 0: the frames went away meanwhile, nothing done. */
static int exchange(struct compaction *c, struct store *records, struct err *err)
{
	int64_t number;

	if (next_block(records, c->blocks, &number, err) != 0)
		return -1;
	for (size_t i = 0; i < c->blocks; i++)
		if (put_block(records, c->company, &c->built[i], number + (int64_t)i, err) != 0)
			return -1;
	for (size_t i = 0; i < c->frames; i++) {
		if (store_change(records, err,
				 "DELETE FROM frame WHERE number = $1 AND damaged = 0",
				 STORE_INT(c->frame[i])) != 0)
			return -1;
		if (store_changes(records) != 1)
			return 0;
	}
	if (store_change(records, err,
			 "UPDATE pending SET frames = frames - $2, events = events - $3,"
			 " raw = raw - $4, since = coalesce((SELECT received FROM frame"
			 " WHERE company = $1 AND damaged = 0 ORDER BY number LIMIT 1), 0)"
			 " WHERE company = $1",
			 STORE_TEXT(c->company), STORE_INT(c->frames), STORE_INT(c->events),
			 STORE_INT(c->lines.n)) != 0 ||
	    store_change(records, err, "DELETE FROM pending WHERE company = $1 AND frames <= 0",
			 STORE_TEXT(c->company)) != 0)
		return -1;
	return 1;
}

/* 1: some of its frames are blocks now; 0: not enough yet. */
static int compact_company(struct event_store *store, struct compaction *c, int64_t up_to,
			   struct instant old, struct err *err)
{
	int result;

	if (gather(c, up_to, err) != 0)
		return -1;
	if (c->frames == 0 || (c->events < EVENT_BLOCK_EVENTS && c->lines.n < EVENT_BLOCK_BYTES &&
			       c->frames < COMPACT_FRAMES_MAX && c->oldest >= old.us))
		return 0;
	if (build_all(c, err) != 0 || event_write_begin(store, err) != 0)
		return -1;
	result = exchange(c, store->writer, err);
	if (event_write_end(store, result != 1, err) != 0 && result == 1)
		return -1;
	return result;
}

/* Companies that may have enough, oldest first, as a text of lines. */
static int choose(struct event_reader_seat *seat, struct instant old, struct buf *companies,
		  struct err *err)
{
	struct store_query *query =
		store_ask(seat->records, err,
			  "SELECT company FROM pending WHERE frames > 0 AND (events >= $1"
			  " OR raw >= $2 OR frames >= $3 OR since < $4) ORDER BY since LIMIT $5",
			  STORE_INT(EVENT_BLOCK_EVENTS), STORE_INT(EVENT_BLOCK_BYTES),
			  STORE_INT(COMPACT_FRAMES_MAX), STORE_INT(old.us),
			  STORE_INT(COMPACT_COMPANIES_MAX));
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		buf_put_sv(companies, store_text(query, 0));
		buf_put_char(companies, '\n');
	}
	store_done(query);
	return result;
}

static int compact(struct event_store *store, struct event_reader_seat *seat, int64_t up_to,
		   struct instant now, struct err *err)
{
	const struct instant old = { now.us - EVENT_FRAME_SECONDS * INSTANT_SECOND };
	struct compaction c;
	struct buf companies;
	struct sv rest;
	int result, more = 0;

	buf_init(&companies, COMPACT_COMPANIES_MAX * (BLOCK_COMPANY_MAX + 1));
	compaction_init(&c, seat);
	result = choose(seat, old, &companies, err);
	rest = buf_sv(&companies);
	while (result >= 0 && rest.n > 0) {
		c.company = sv_cut(&rest, '\n');
		result = compact_company(store, &c, up_to, old, err);
		more |= result == 1;
	}
	compaction_done(&c);
	buf_done(&companies);
	return result < 0 ? -1 : more;
}

int event_store_compact(struct event_store *store, int64_t up_to, struct instant now,
			struct err *err)
{
	struct event_reader_seat *seat;
	int result;

	pthread_mutex_lock(&store->compact_lock);
	seat = event_seat_take(store, err);
	result = seat ? compact(store, seat, up_to, now, err) : -1;
	if (seat)
		event_seat_give(store, seat);
	pthread_mutex_unlock(&store->compact_lock);
	return result < 0 ? err_wrap(err, "compacting events") : result;
}
