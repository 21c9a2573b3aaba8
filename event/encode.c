#include <string.h>

#include "event/internal.h"

/*
 * Finds out which fields share a name, without memory that grows: a table of
 * field numbers, at least twice as many places as fields.
 */
#define PLACES_MAX (2 * EVENT_FIELDS_MAX)
/*
 * Names made to collide must not cost time: one that finds no place among so
 * many stands for itself, and a later one of the same name too.
 */
#define PROBES_MAX 64

struct groups {
	uint16_t place[PLACES_MAX];      /* first field of a name, + 1; 0: free */
	uint16_t next[EVENT_FIELDS_MAX]; /* next field of the same name, + 1 */
	uint16_t last[EVENT_FIELDS_MAX]; /* of a first field: the last one, + 1 */
	bool first[EVENT_FIELDS_MAX];
};

/* The first field of this name, or i where there is none before. */
static size_t find_first(const struct event *event, struct groups *groups, size_t places,
			 size_t i)
{
	const struct event_field *field = &event->field[i];
	size_t at = (size_t)(field->name_hash ^ field->name_hash >> 32);

	for (size_t probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint16_t *place = &groups->place[at & (places - 1)];

		if (*place == 0) {
			*place = (uint16_t)(i + 1);
			return i;
		}
		if (event->field[*place - 1].name_hash == field->name_hash &&
		    sv_eq(event->field[*place - 1].name, field->name))
			return *place - 1U;
	}
	return i;
}

static void group(const struct event *event, struct groups *groups)
{
	size_t places = 16;

	while (places < 2 * event->count)
		places *= 2;
	memset(groups->place, 0, places * sizeof *groups->place);
	memset(groups->next, 0, event->count * sizeof *groups->next);
	for (size_t i = 0; i < event->count; i++) {
		const size_t first = find_first(event, groups, places, i);

		groups->first[i] = first == i;
		if (first != i)
			groups->next[groups->last[first] - 1U] = (uint16_t)(i + 1);
		groups->last[first] = (uint16_t)(i + 1);
	}
}

static void put_string(struct buf *buf, struct sv text)
{
	const char *end = text.p + text.n, *stop;

	stop = text.n > 0 ? scan_plain(text.p, end) : end;
	if (stop == end) {
		buf_put_char(buf, '"');
		buf_put_sv(buf, text);
		buf_put_char(buf, '"');
		return;
	}
	buf_put_json(buf, text);
}

static void put_value(struct buf *buf, const struct event_field *field)
{
	double number;

	switch (field->type) {
	case EVENT_NULL:
		buf_put_sv(buf, SV("null"));
		return;
	case EVENT_EMPTY:
		buf_put_sv(buf, SV("[]"));
		return;
	case EVENT_BOOL:
		if (sv_eq(field->text, SV("true")) || sv_eq(field->text, SV("false"))) {
			buf_put_sv(buf, field->text);
			return;
		}
		break;
	case EVENT_NUMBER:
		if (sv_to_double(field->text, &number)) {
			buf_put_sv(buf, field->text);
			return;
		}
		break;
	case EVENT_STRING:
		break;
	}
	put_string(buf, field->text);
}

static void put_field(struct buf *buf, const struct event *event, const struct groups *groups,
		      size_t i)
{
	const bool is_array = groups->next[i] != 0 || event->field[i].in_array;
	size_t at = i + 1;

	put_string(buf, event->field[i].name);
	buf_put_char(buf, ':');
	if (is_array)
		buf_put_char(buf, '[');
	for (; at != 0; at = groups->next[at - 1]) {
		if (at != i + 1)
			buf_put_char(buf, ',');
		put_value(buf, &event->field[at - 1]);
	}
	if (is_array)
		buf_put_char(buf, ']');
}

static void put_envelope(struct buf *buf, const struct event_envelope *envelope)
{
	char observed[INSTANT_TEXT_MAX], received[INSTANT_TEXT_MAX];
	const struct {
		struct sv name, text;
	} row[] = {
		{ SV("\"id\":"), envelope->id },
		{ SV("\"company\":"), envelope->company },
		{ SV("\"device\":"), envelope->device },
		{ SV("\"observed\":"), envelope->observed.us == 0 ? SV_NONE
			: sv_from(instant_format(envelope->observed, observed)) },
		{ SV("\"received\":"), envelope->received.us == 0 ? SV_NONE
			: sv_from(instant_format(envelope->received, received)) },
		{ SV("\"product\":"), envelope->product },
		{ SV("\"category\":"), envelope->category },
		{ SV("\"service\":"), envelope->service },
	};
	bool comma = false;

	buf_put_sv(buf, SV("{\"hikeshi\":{"));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (row[i].text.n == 0)
			continue;
		if (comma)
			buf_put_char(buf, ',');
		comma = true;
		buf_put_sv(buf, row[i].name);
		put_string(buf, row[i].text);
	}
	buf_put_char(buf, '}');
}

int event_encode(const struct event *event, struct buf *buf, struct err *err)
{
	const size_t start = buf->n;
	const bool was_full = buf->full;
	struct groups groups;

	if (event->count > EVENT_FIELDS_MAX)
		return err_set(err, ERR_TOO_LARGE, "event of %zu values, at most %d", event->count,
			       EVENT_FIELDS_MAX);
	group(event, &groups);
	put_envelope(buf, &event->envelope);
	for (size_t i = 0; i < event->count && buf->n - start <= EVENT_BYTES_MAX; i++) {
		if (!groups.first[i] || sv_eq(event->field[i].name, SV("hikeshi")))
			continue;
		buf_put_char(buf, ',');
		put_field(buf, event, &groups, i);
	}
	buf_put_sv(buf, SV("}\n"));
	if (!buf->full && buf->n - start - 1 <= EVENT_BYTES_MAX)
		return 0;
	err_set(err, ERR_TOO_LARGE, buf->full ? "no room for an event of more than %zu bytes"
					      : "event of more than %zu bytes",
		buf->full ? buf->max - start : (size_t)EVENT_BYTES_MAX);
	buf->n = start;
	buf->full = was_full;
	return -1;
}
