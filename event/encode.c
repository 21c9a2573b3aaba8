#include <assert.h>
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
	uint16_t place[PLACES_MAX];	 /* first field of a name, + 1; 0: free */
	uint16_t next[EVENT_FIELDS_MAX]; /* next field of the same name, + 1 */
	uint16_t last[EVENT_FIELDS_MAX]; /* of a first field: the last one, + 1 */
	bool first[EVENT_FIELDS_MAX];
};

/* The first field of this name, or i where there is none before. */
static size_t find_first(const struct event *event, struct groups *groups, size_t places, size_t i)
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

/* Gathers small pieces before they go to the buffer. */
struct out {
	struct buf *buf;
	size_t n;
	char bytes[4096];
};

/* An escape, a character or a number's digit; what scan_copy writes too much. */
#define OUT_PIECE 64
static_assert(OUT_PIECE >= 2 * SCAN_SLACK, "a piece has room for the slack");

static void flush(struct out *out)
{
	buf_put(out->buf, out->bytes, out->n);
	out->n = 0;
}

static inline void put(struct out *out, const char *p, size_t n)
{
	if (n > sizeof out->bytes - out->n) {
		flush(out);
		if (n > sizeof out->bytes) {
			buf_put(out->buf, p, n);
			return;
		}
	}
	memcpy(out->bytes + out->n, p, n);
	out->n += n;
}

static inline void put_sv(struct out *out, struct sv s)
{
	if (s.n > 0)
		put(out, s.p, s.n);
}

static void put_escape(struct out *out, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", into[] = "\"\\bfnrt";
	static const char digit[] = "0123456789abcdef";
	const char *at = memchr(from, c, sizeof from - 1);
	const char code[] = { '\\', 'u', '0', '0', digit[c >> 4 & 15], digit[c & 15] };
	const char pair[] = { '\\', at ? into[at - from] : 'u' };

	if (at)
		put(out, pair, sizeof pair);
	else
		put(out, code, sizeof code);
}

/* Characters beyond ASCII; bytes that are none become U+FFFD. Returns behind them. */
static const char *put_wide(struct out *out, const char *p, const char *end)
{
	do {
		const size_t n = utf8_length(p, end);

		put_sv(out, n > 0 ? (struct sv){ p, n } : SV("\xef\xbf\xbd"));
		p += n > 0 ? n : 1;
	} while (p < end && (*p & 0x80));
	return p;
}

static void put_string(struct out *out, struct sv text)
{
	const char *p = text.n > 0 ? text.p : "", *end = p + text.n;

	put(out, "\"", 1);
	while (p < end) {
		const char *stop;
		size_t n;

		if (sizeof out->bytes - out->n < OUT_PIECE)
			flush(out);
		n = sizeof out->bytes - out->n - SCAN_SLACK;
		n = (size_t)(end - p) < n ? (size_t)(end - p) : n;
		stop = scan_copy(p, p + n, out->bytes + out->n);
		out->n += (size_t)(stop - p);
		if (stop == p + n) {
			p = stop;
		} else if (*stop & 0x80) {
			p = put_wide(out, stop, end);
		} else {
			put_escape(out, *stop);
			p = stop + 1;
		}
	}
	put(out, "\"", 1);
}

static void put_value(struct out *out, const struct event_field *field)
{
	switch (field->type) {
	case EVENT_NULL: put_sv(out, SV("null")); return;
	case EVENT_EMPTY: put_sv(out, SV("[]")); return;
	case EVENT_BOOL:
		if (sv_eq(field->text, SV("true")) || sv_eq(field->text, SV("false"))) {
			put_sv(out, field->text);
			return;
		}
		break;
	case EVENT_NUMBER:
		if (json_is_number(field->text)) {
			put_sv(out, field->text);
			return;
		}
		break;
	case EVENT_STRING: break;
	}
	put_string(out, field->text);
}

static void put_field(struct out *out, const struct event *event, const struct groups *groups,
		      size_t i)
{
	const bool is_array = groups->next[i] != 0 || event->field[i].in_array;
	size_t at = i + 1;

	put(out, ",", 1);
	put_string(out, event->field[i].name);
	put(out, ":[", is_array ? 2 : 1);
	for (; at != 0; at = groups->next[at - 1]) {
		if (at != i + 1)
			put(out, ",", 1);
		put_value(out, &event->field[at - 1]);
	}
	if (is_array)
		put(out, "]", 1);
}

static void put_envelope(struct out *out, const struct event_envelope *envelope)
{
	char observed[INSTANT_TEXT_MAX], received[INSTANT_TEXT_MAX];
	const struct {
		struct sv name, text;
	} row[] = {
		{ SV("\"id\":"), envelope->id },
		{ SV("\"company\":"), envelope->company },
		{ SV("\"device\":"), envelope->device },
		{ SV("\"observed\":"),
		  envelope->observed.us == 0
			  ? SV_NONE
			  : sv_from(instant_format(envelope->observed, observed)) },
		{ SV("\"received\":"),
		  envelope->received.us == 0
			  ? SV_NONE
			  : sv_from(instant_format(envelope->received, received)) },
		{ SV("\"product\":"), envelope->product },
		{ SV("\"category\":"), envelope->category },
		{ SV("\"service\":"), envelope->service },
	};
	bool comma = false;

	put_sv(out, SV("{\"hikeshi\":{"));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (row[i].text.n == 0)
			continue;
		if (comma)
			put(out, ",", 1);
		comma = true;
		put_sv(out, row[i].name);
		put_string(out, row[i].text);
	}
	put(out, "}", 1);
}

int event_encode(const struct event *event, struct buf *buf, struct err *err)
{
	const size_t start = buf->n;
	const bool was_full = buf->full;
	struct groups groups;
	struct out out;

	if (event->count > EVENT_FIELDS_MAX)
		return err_set(err, ERR_TOO_LARGE, "event of %zu values, at most %d", event->count,
			       EVENT_FIELDS_MAX);
	out.buf = buf;
	out.n = 0;
	group(event, &groups);
	put_envelope(&out, &event->envelope);
	for (size_t i = 0; i < event->count && buf->n - start <= EVENT_BYTES_MAX; i++)
		if (groups.first[i] && !sv_eq(event->field[i].name, SV("hikeshi")))
			put_field(&out, event, &groups, i);
	put_sv(&out, SV("}\n"));
	flush(&out);
	if (!buf->full && buf->n - start - 1 <= EVENT_BYTES_MAX)
		return 0;
	err_set(err, ERR_TOO_LARGE,
		buf->full ? "no room for an event of more than %zu bytes"
			  : "event of more than %zu bytes",
		buf->full ? buf->max - start : (size_t)EVENT_BYTES_MAX);
	buf->n = start;
	buf->full = was_full;
	return -1;
}
