#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/unit.h"

/*
 * Units overlap in time, so matches wait in a heap until no unit to come can
 * hold an earlier one (or later one, newest first).
 */
struct held {
	int64_t when;
	uint64_t order; /* of arrival: keeps ties stable */
	size_t n;
	char *line;
};

struct scanner {
	const struct event_scan *scan;
	struct event_reader_seat *seat;
	struct event_scan_statistics statistics;
	struct event_decoder *decoder; /* for what is given: the seat's decodes units */
	int64_t from, to;
	uint64_t *hash;
	size_t hash_count, hash_room;
	struct held *held; /* a binary heap */
	size_t held_count, held_room, held_bytes;
	uint64_t order;
	int (*give)(void *context, const struct event *event);
	void *context;
	bool ended;
};

/* ==== the heap ==== */

static bool stands_before(const struct scanner *s, const struct held *a, const struct held *b)
{
	if (a->when != b->when)
		return s->scan->newest_first ? a->when > b->when : a->when < b->when;
	return a->order < b->order;
}

static void hold(struct scanner *s, int64_t when, struct sv line)
{
	const struct held new = { when, s->order++, line.n, mem_dup_sv(line) };
	size_t at = s->held_count++;

	if (at == s->held_room) {
		s->held_room = at ? at * 2 : 64;
		s->held = mem_realloc(s->held, s->held_room, sizeof *s->held);
	}
	while (at > 0 && stands_before(s, &new, &s->held[(at - 1) / 2])) {
		s->held[at] = s->held[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	s->held[at] = new;
	s->held_bytes += line.n;
}

static struct held take_first(struct scanner *s)
{
	const struct held first = s->held[0], last = s->held[--s->held_count];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < s->held_count) {
		if (child + 1 < s->held_count &&
		    stands_before(s, &s->held[child + 1], &s->held[child]))
			child++;
		if (!stands_before(s, &s->held[child], &last))
			break;
		s->held[at] = s->held[child];
		at = child;
	}
	if (s->held_count > 0)
		s->held[at] = last;
	s->held_bytes -= first.n;
	return first;
}

static void give_first(struct scanner *s)
{
	struct held first = take_first(s);
	struct event event;

	/* It decoded once. */
	if (event_decode(s->decoder, (struct sv){ first.line, first.n }, &event, NULL) == 0) {
		s->statistics.events_given++;
		s->ended = s->give(s->context, &event) != 0;
	}
	/* The heap has moved on: nobody else holds the line. */
	free(first.line); /* NOLINT(clang-analyzer-unix.Malloc): taken out of the heap above */
}

/* Gives what no unit that begins at `bound` (in scanning direction) can come before. */
static void give_until(struct scanner *s, int64_t bound)
{
	while (!s->ended && s->held_count > 0) {
		const int64_t when = s->held[0].when;
		const bool due = s->scan->newest_first ? when > bound : when < bound;

		if (!due && s->held_bytes <= EVENT_SCAN_HELD_MAX)
			break;
		give_first(s);
	}
}

static void give_all(struct scanner *s)
{
	while (!s->ended && s->held_count > 0)
		give_first(s);
}

/* ==== matching ==== */

static bool has_token(const struct event *event, struct sv token)
{
	for (size_t i = 0; i < event->count; i++)
		if (block_has_phrase(event->field[i].text, token))
			return true;
	return false;
}

static bool asks_for(struct sv wanted, struct sv text)
{
	return wanted.n == 0 || sv_eq(wanted, text);
}

static bool matches(const struct scanner *s, const struct event *event)
{
	const struct event_scan *scan = s->scan;
	const struct event_envelope *envelope = &event->envelope;
	const int64_t when = block_when(envelope);

	if (when < s->from || when >= s->to || !asks_for(scan->device, envelope->device) ||
	    !asks_for(scan->product, envelope->product) ||
	    !asks_for(scan->category, envelope->category) ||
	    !asks_for(scan->service, envelope->service))
		return false;
	for (size_t i = 0; i < scan->token_count; i++)
		if (!has_token(event, scan->token[i]))
			return false;
	return true;
}

/* Whether one of a block's kinds fits what is asked for. */
static bool has_kind(const struct event_scan *scan, struct sv kinds)
{
	if (block_set_has(kinds, SV("*")))
		return true;
	while (kinds.n > 0) {
		struct sv kind = sv_cut(&kinds, '\n');
		const struct sv product = sv_cut(&kind, '\t');
		const struct sv category = sv_cut(&kind, '\t');

		if (asks_for(scan->product, product) && asks_for(scan->category, category) &&
		    asks_for(scan->service, kind))
			return true;
	}
	return false;
}

/* 1: must be read; 0: cannot hold a match; -1. */
static int may_match(struct scanner *s, const struct event_unit_row *row, struct err *err)
{
	const struct event_scan *scan = s->scan;

	if (!row->sound) {
		s->statistics.damaged++;
		event_unit_unsound(s->seat, row);
		return 1; /* slower, but nothing hides */
	}
	if (row->range.last < s->from || row->range.first >= s->to)
		return 0;
	if (row->unit == EVENT_FRAME)
		return 1;
	if ((scan->device.n > 0 && !block_set_has(row->devices, scan->device)) ||
	    !has_kind(scan, row->kinds))
		return 0;
	return event_unit_may_have(s->seat, row, s->hash, s->hash_count, err);
}

static int read_unit(struct scanner *s, const struct event_unit_row *row, struct err *err)
{
	struct sv lines = SV_NONE;
	int result = may_match(s, row, err);

	s->statistics.blocks += row->unit == EVENT_BLOCK;
	if (result != 1)
		return result;
	result = event_unit_lines(s->seat, row, &lines, err);
	if (result < 0)
		return -1;
	s->statistics.damaged += result == 0;
	s->statistics.blocks_read += row->unit == EVENT_BLOCK;
	s->statistics.frames_read += row->unit == EVENT_FRAME;
	while (lines.n > 0) {
		const struct sv line = sv_cut(&lines, '\n');
		struct event event;

		s->statistics.events_read++;
		if (event_decode(s->seat->decoder, line, &event, NULL) != 0)
			s->statistics.damaged++;
		else if (matches(s, &event))
			hold(s, block_when(&event.envelope), line);
	}
	return 0;
}

/* ==== walking the units ==== */

static int scan_frames(struct scanner *s, struct err *err)
{
	struct store_query *query = store_ask(s->seat->records, err,
					      "SELECT " EVENT_FRAME_COLUMNS " FROM frame"
					      " WHERE company = $1 AND damaged = 0 ORDER BY number",
					      STORE_TEXT(s->scan->company));
	struct event_unit_row row;
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		event_unit_read(query, EVENT_FRAME, s->scan->company, &row);
		if (read_unit(s, &row, err) != 0) {
			result = -1;
			break;
		}
		if (s->held_bytes > EVENT_SCAN_HELD_MAX)
			give_until(s, s->scan->newest_first ? INT64_MAX : INT64_MIN);
		if (s->ended)
			break;
	}
	store_done(query);
	return result < 0 ? -1 : 0;
}

static int scan_blocks(struct scanner *s, struct err *err)
{
	struct store_query *query =
		store_ask(s->seat->records, err,
			  s->scan->newest_first
				  ? "SELECT " EVENT_BLOCK_COLUMNS " FROM block WHERE company = $1"
				    " AND last >= $2 AND first < $3 ORDER BY last DESC, number DESC"
				  : "SELECT " EVENT_BLOCK_COLUMNS " FROM block WHERE company = $1"
				    " AND last >= $2 AND first < $3 ORDER BY first, number",
			  STORE_TEXT(s->scan->company), STORE_INT(s->from), STORE_INT(s->to));
	struct event_unit_row row;
	int result;

	if (!query)
		return -1;
	while (!s->ended && (result = store_step(query, err)) == 1) {
		event_unit_read(query, EVENT_BLOCK, s->scan->company, &row);
		give_until(s, s->scan->newest_first ? row.range.last : row.range.first);
		if (!s->ended && read_unit(s, &row, err) != 0) {
			result = -1;
			break;
		}
	}
	store_done(query);
	return result < 0 ? -1 : 0;
}

static void add_hash(void *context, uint64_t hash)
{
	struct scanner *s = context;

	if (s->hash_count == s->hash_room) {
		s->hash_room = s->hash_room ? s->hash_room * 2 : 16;
		s->hash = mem_realloc(s->hash, s->hash_room, sizeof *s->hash);
	}
	s->hash[s->hash_count++] = hash;
}

static int check_scan(const struct event_scan *scan, struct err *err)
{
	if (scan->company.n == 0 || scan->company.n > BLOCK_COMPANY_MAX)
		return err_set(err, ERR_USAGE, "a search needs a company");
	if (scan->token_count > EVENT_SCAN_TOKENS_MAX)
		return err_set(err, ERR_RANGE, "a search of %zu words", scan->token_count);
	return 0;
}

int event_store_scan(struct event_store *store, const struct event_scan *scan,
		     int (*give)(void *context, const struct event *event), void *context,
		     struct event_scan_statistics *ret, struct err *err)
{
	struct scanner s = {
		.scan = scan,
		.give = give,
		.context = context,
		.from = scan->from.us ? scan->from.us : INT64_MIN,
		.to = scan->to.us ? scan->to.us : INT64_MAX,
	};
	int failed;

	if (check_scan(scan, err) != 0)
		return -1;
	s.seat = event_seat_take(store, err);
	if (!s.seat)
		return -1;
	s.decoder = event_decoder_new();
	for (size_t i = 0; i < scan->token_count; i++)
		block_tokens(scan->token[i], add_hash, &s);
	failed = store_begin_read(s.seat->records, err);
	if (failed == 0)
		failed = scan_frames(&s, err);
	if (failed == 0 && !s.ended)
		failed = scan_blocks(&s, err);
	if (failed == 0)
		give_all(&s);
	store_rollback(s.seat->records);
	event_seat_give(store, s.seat);
	while (s.held_count > 0)
		free(s.held[--s.held_count].line);
	free(s.held);
	free(s.hash);
	event_decoder_free(s.decoder);
	if (failed != 0)
		return err_wrap(err, "searching events");
	if (ret)
		*ret = s.statistics;
	return 0;
}
