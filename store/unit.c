#include "store/unit.h"

#include <string.h>

static void read_id(struct sv bytes, struct uuid *ret)
{
	memset(ret, 0, sizeof *ret);
	if (bytes.n == sizeof ret->byte)
		memcpy(ret->byte, bytes.p, bytes.n);
}

void event_unit_read(struct store_query *query, enum event_unit unit, struct sv company,
		     struct event_unit_row *ret)
{
	*ret = (struct event_unit_row){
		.unit = unit,
		.number = store_int(query, 0),
		.range = {
			.first = store_int(query, 1),
			.last = store_int(query, 2),
			.newest = store_int(query, 3),
			.events = (size_t)store_int(query, 6),
		},
		.raw = (size_t)store_int(query, 7),
		.company = company,
		.devices = store_text(query, 9),
		.kinds = store_text(query, 10),
	};
	read_id(store_text(query, 4), &ret->range.id_first);
	read_id(store_text(query, 5), &ret->range.id_last);
	ret->sound = store_int(query, 8) ==
		     event_unit_sum(company, &ret->range, ret->raw, ret->devices, ret->kinds);
}

void event_unit_unsound(struct event_reader_seat *seat, const struct event_unit_row *row)
{
	struct err damage = ERR_INIT;

	err_set(&damage, ERR_FORMAT, "the index values are damaged");
	event_seat_damage(seat, row->unit, row->number, &damage);
}

int event_unit_lines(struct event_reader_seat *seat, const struct event_unit_row *row,
		     struct sv *ret, struct err *err)
{
	struct store_query *query =
		store_ask(seat->records, err,
			  row->unit == EVENT_FRAME
				  ? "SELECT packed FROM frame WHERE number = $1"
				  : "SELECT packed FROM block_data WHERE number = $1",
			  STORE_INT(row->number));
	struct err damage = ERR_INIT;
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 0) {
		err_set(&damage, ERR_FORMAT, "the bytes are missing");
	} else if (result == 1 &&
		   block_unpack(seat->unpacker, store_text(query, 0), row->company,
				row->range.events, &seat->lines, ret, &damage) != 0) {
		result = 0;
	}
	store_done(query);
	if (result == 0)
		event_seat_damage(seat, row->unit, row->number, &damage);
	return result;
}

int event_unit_may_have(struct event_reader_seat *seat, const struct event_unit_row *row,
			const uint64_t *token, size_t count, struct err *err)
{
	struct store_query *query;
	struct err damage = ERR_INIT;
	int result;

	if (row->unit == EVENT_FRAME || count == 0)
		return 1;
	query = store_ask(seat->records, err, "SELECT bloom FROM block_data WHERE number = $1",
			  STORE_INT(row->number));
	if (!query)
		return -1;
	result = store_step(query, err);
	if (result == 1 && bloom_is_sound(store_text(query, 0))) {
		for (size_t i = 0; i < count && result == 1; i++)
			result = bloom_may_have(store_text(query, 0), token[i]);
	} else if (result >= 0) {
		err_set(&damage, ERR_FORMAT, "the index of words is damaged");
		event_seat_damage(seat, row->unit, row->number, &damage);
		result = 1; /* read it then: slower, but nothing hides */
	}
	store_done(query);
	return result;
}

struct sv event_kind(const struct event_envelope *envelope, char text[static EVENT_KIND_MAX])
{
	const int n = snprintf(text, EVENT_KIND_MAX, "%.*s\t%.*s\t%.*s", SV_ARG(envelope->product),
			       SV_ARG(envelope->category), SV_ARG(envelope->service));

	return (struct sv){ text, (size_t)n < EVENT_KIND_MAX ? (size_t)n : EVENT_KIND_MAX - 1 };
}
