#include <string.h>

#include "store/unit.h"

struct wish {
	struct event_reader_seat *seat;
	struct sv company, id;
	uint64_t token;
	struct arena *arena;
	struct event *ret;
};

static bool keep_text(struct arena *arena, struct sv *text)
{
	if (!text->p)
		return true;
	*text = arena_dup(arena, *text);
	return text->p != NULL;
}

/* A copy that does not borrow from the decoder. */
static int keep_event(struct arena *arena, const struct event *event, struct event *ret,
		      struct err *err)
{
	struct event copy = *event;
	struct event_field *field = arena_zalloc(arena, event->count + 1, sizeof *field);
	struct event_envelope *e = &copy.envelope;
	bool kept = field && keep_text(arena, &copy.raw) && keep_text(arena, &e->id) &&
		    keep_text(arena, &e->company) && keep_text(arena, &e->device) &&
		    keep_text(arena, &e->product) && keep_text(arena, &e->category) &&
		    keep_text(arena, &e->service);

	for (size_t i = 0; kept && i < event->count; i++) {
		field[i] = event->field[i];
		kept = keep_text(arena, &field[i].name) && keep_text(arena, &field[i].text);
	}
	if (!kept)
		return err_set(err, ERR_TOO_LARGE, "an event with more bytes than asked for");
	copy.field = field;
	/* body is a part of raw. */
	if (event->body.p && event->raw.p)
		copy.body.p = copy.raw.p + (event->body.p - event->raw.p);
	*ret = copy;
	return 1;
}

/* Whether a line names the id at all, before it is decoded. */
static int look_in_lines(const struct wish *wish, struct sv lines, struct err *err)
{
	while (lines.n > 0) {
		const struct sv line = sv_cut(&lines, '\n');
		struct event event;

		if (sv_find(line, wish->id, 0) == SIZE_MAX ||
		    event_decode(wish->seat->decoder, line, &event, NULL) != 0 ||
		    !sv_eq(event.envelope.id, wish->id))
			continue;
		return keep_event(wish->arena, &event, wish->ret, err);
	}
	return 0;
}

static int look_in_units(const struct wish *wish, enum event_unit unit, const char *sql,
			 struct err *err)
{
	struct uuid id;
	struct store_query *query;
	struct event_unit_row row;
	int result;

	if (!uuid_parse(wish->id, &id))
		memset(&id, 0, sizeof id);
	query = store_ask(wish->seat->records, err, sql, STORE_TEXT(wish->company),
			  STORE_BLOB(((struct sv){ (const char *)id.byte, sizeof id.byte })));
	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		struct sv lines;

		event_unit_read(query, unit, wish->company, &row);
		result = event_unit_may_have(wish->seat, &row, &wish->token, 1, err);
		if (result == 1)
			result = event_unit_lines(wish->seat, &row, &lines, err);
		if (result == 1)
			result = look_in_lines(wish, lines, err);
		if (result != 0)
			break;
	}
	store_done(query);
	return result;
}

int event_store_get(struct event_store *store, struct sv company, struct sv id, struct arena *arena,
		    struct event *ret, struct err *err)
{
	struct wish wish = {
		.seat = event_seat_take(store, err),
		.company = company,
		.id = id,
		.token = block_token_id(id),
		.arena = arena,
		.ret = ret,
	};
	int result;

	if (!wish.seat)
		return -1;
	if (id.n == 0 || company.n > BLOCK_COMPANY_MAX) {
		event_seat_give(store, wish.seat);
		return 0;
	}
	/* One state: a frame must not become a block between the two looks. */
	result = store_begin_read(wish.seat->records, err);
	if (result == 0)
		result =
			look_in_units(&wish, EVENT_FRAME,
				      "SELECT " EVENT_FRAME_COLUMNS " FROM frame WHERE company = $1"
				      " AND damaged = 0 AND id_first <= $2 AND id_last >= $2"
				      " ORDER BY number",
				      err);
	if (result == 0)
		result = look_in_units(&wish, EVENT_BLOCK,
				       "SELECT " EVENT_BLOCK_COLUMNS " FROM block"
				       " WHERE company = $1 AND id_first <= $2 AND id_last >= $2"
				       " ORDER BY id_first DESC",
				       err);
	store_rollback(wish.seat->records);
	event_seat_give(store, wish.seat);
	return result < 0 ? err_wrap(err, "reading an event") : result;
}
