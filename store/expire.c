#include "store/unit.h"

/* Rows removed in one transaction. */
#define EXPIRE_ROWS 256

#define REMOVE_BLOCKS                                                                              \
	"DELETE FROM block WHERE number IN (SELECT number FROM block"                              \
	" WHERE company = $1 AND newest < $2 ORDER BY newest LIMIT $3) RETURNING events"
#define REMOVE_FRAMES                                                                              \
	"DELETE FROM frame WHERE number IN (SELECT number FROM frame"                              \
	" WHERE company = $1 AND received < $2 ORDER BY number LIMIT $3) RETURNING events"

/* One transaction's work. Returns how many rows went, or -1. */
static int64_t remove_some(struct store *records, const char *sql, struct sv company,
			   struct instant before, uint64_t *ret_events, struct err *err)
{
	struct store_query *query = store_ask(records, err, sql, STORE_TEXT(company),
					      STORE_INT(before.us), STORE_INT(EXPIRE_ROWS));
	int64_t rows = 0;
	uint64_t events = 0;
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		events += (uint64_t)store_int(query, 0);
		rows++;
	}
	store_done(query);
	if (result < 0 || store_change(records, err, "UPDATE total SET events = events - $1",
				       STORE_INT(events)) != 0)
		return -1;
	*ret_events = events;
	return rows;
}

static int remove_all(struct event_store *store, const char *sql, struct sv company,
		      struct instant before, uint64_t *events, struct err *err)
{
	int64_t rows;

	do {
		uint64_t some = 0;

		if (event_write_begin(store, err) != 0)
			return -1;
		rows = remove_some(store->writer, sql, company, before, &some, err);
		if (event_write_end(store, rows < 0, err) != 0)
			return -1;
		*events += some;
	} while (rows == EXPIRE_ROWS);
	return 0;
}

static int forget_pending(struct event_store *store, struct sv company, struct err *err)
{
	int failed;

	if (event_write_begin(store, err) != 0)
		return -1;
	/* Frames may have come in since: count what is there. */
	failed = store_change(store->writer, err, "DELETE FROM pending WHERE company = $1",
			      STORE_TEXT(company));
	if (failed == 0)
		failed = store_change(store->writer, err,
				      "INSERT INTO pending (company, frames, events, raw, since)"
				      " SELECT company, count(*), sum(events), sum(raw),"
				      " min(received) FROM frame"
				      " WHERE company = $1 AND damaged = 0 GROUP BY company",
				      STORE_TEXT(company));
	return event_write_end(store, failed != 0, err);
}

int event_store_expire(struct event_store *store, struct sv company, struct instant before,
		       uint64_t *ret_events, struct err *err)
{
	const bool everything = before.us == INT64_MAX;
	uint64_t events = 0;

	if (remove_all(store, REMOVE_BLOCKS, company, before, &events, err) != 0 ||
	    (everything && (remove_all(store, REMOVE_FRAMES, company, before, &events, err) != 0 ||
			    forget_pending(store, company, err) != 0)))
		return err_wrap(err, "removing old events");
	if (ret_events)
		*ret_events = events;
	return 0;
}

/* ==== verify ==== */

/* Everything above after of one kind of unit, one snapshot each. */
static int next_unit(struct event_reader_seat *seat, enum event_unit unit, int64_t *after,
		     struct event_store_check *check, struct err *err)
{
	struct store_query *query =
		store_ask(seat->records, err,
			  unit == EVENT_FRAME ? "SELECT " EVENT_FRAME_COLUMNS ", company FROM frame"
						" WHERE number > $1 ORDER BY number LIMIT 1"
					      : "SELECT " EVENT_BLOCK_COLUMNS ", company FROM block"
						" WHERE number > $1 ORDER BY number LIMIT 1",
			  STORE_INT(*after));
	struct event_unit_row row;
	struct sv lines;
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1) {
		event_unit_read(query, unit, store_text(query, 11), &row);
		*after = row.number;
		check->frames += unit == EVENT_FRAME;
		check->blocks += unit == EVENT_BLOCK;
		result = event_unit_lines(seat, &row, &lines, err);
		check->events += result == 1 ? row.range.events : 0;
		check->damaged += result == 0 || (result == 1 && !row.sound);
		if (result == 1 && !row.sound)
			event_unit_unsound(seat, &row);
		result = result < 0 ? -1 : 1;
	}
	store_done(query);
	return result;
}

int event_store_verify(struct event_store *store, struct event_store_check *ret, struct err *err)
{
	struct event_reader_seat *seat = event_seat_take(store, err);
	struct event_store_check check = { 0 };
	int result = seat ? 0 : -1;

	for (int unit = EVENT_FRAME; unit <= EVENT_BLOCK && result >= 0; unit++) {
		int64_t after = INT64_MIN;

		while ((result = next_unit(seat, (enum event_unit)unit, &after, &check, err)) == 1)
			;
	}
	if (seat)
		event_seat_give(store, seat);
	if (result < 0)
		return -1;
	*ret = check;
	return 0;
}
