#include <string.h>

#include "store/unit.h"

/* 1: the next frame above after, its lines (or none: damaged) in the seat; 0: none; -1. */
static int next_frame(struct event_reader_seat *seat, int64_t after,
		      char company[static BLOCK_COMPANY_MAX + 1], int64_t *ret_number,
		      struct sv *ret_lines, struct err *err)
{
	struct store_query *query = store_ask(seat->records, err,
					      "SELECT number, company, events, packed FROM frame"
					      " WHERE number > $1 ORDER BY number LIMIT 1",
					      STORE_INT(after));
	struct err damage = ERR_INIT;
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1) {
		const struct sv name = store_text(query, 1);

		*ret_number = store_int(query, 0);
		snprintf(company, BLOCK_COMPANY_MAX + 1, "%.*s", SV_ARG(name));
		*ret_lines = SV_NONE;
		if (block_unpack(seat->unpacker, store_text(query, 3), name,
				 (size_t)store_int(query, 2), &seat->lines, ret_lines,
				 &damage) != 0)
			event_seat_damage(seat, EVENT_FRAME, *ret_number, &damage);
	}
	store_done(query);
	return result;
}

int event_store_frames(struct event_store *store, int64_t after, size_t limit,
		       int (*frame)(void *context, int64_t number, struct sv company,
				    struct sv lines, struct err *err),
		       void *context, struct err *err)
{
	struct event_reader_seat *seat = event_seat_take(store, err);
	char company[BLOCK_COMPANY_MAX + 1];
	int result = 1;

	if (!seat)
		return -1;
	while (limit-- > 0 && result == 1) {
		struct sv lines;

		result = next_frame(seat, after, company, &after, &lines, err);
		if (result == 1 && frame(context, after, sv_from(company), lines, err) == -1)
			result = -1;
	}
	event_seat_give(store, seat);
	return result < 0 ? -1 : 0;
}
