/*
 * fuzz_check.h - what holds for every event that a decoder gives: it can be
 * encoded, and what is encoded decodes to the same. Private to the fuzzers.
 */
#ifndef EVENT_FUZZ_CHECK_H
#define EVENT_FUZZ_CHECK_H

#include <stdlib.h>

#include "event/internal.h"

struct fuzz_check {
	struct event_decoder *under_test, *back;
	struct buf line, again;
};

static inline void fuzz_check_init(struct fuzz_check *check)
{
	if (check->back)
		return;
	check->under_test = event_decoder_new();
	check->back = event_decoder_new();
	buf_init(&check->line, 2 * EVENT_BYTES_MAX);
	buf_init(&check->again, 2 * EVENT_BYTES_MAX);
}

static inline void fuzz_check_event(struct fuzz_check *check, const struct event *event)
{
	struct err err = ERR_INIT;
	struct event back;
	size_t left_out = 0;

	if (event->count > EVENT_FIELDS_MAX)
		abort();
	for (size_t i = 0; i < event->count; i++) {
		const struct event_field *field = &event->field[i];

		if (field->name_hash != sv_hash_case(field->name) || !sv_is_utf8(field->name) ||
		    !sv_is_utf8(field->text) || field->name.n > EVENT_NAME_MAX)
			abort();
		left_out += sv_eq(field->name, SV("hikeshi"));
	}
	buf_clear(&check->line);
	buf_clear(&check->again);
	if (event_encode(event, &check->line, &err) < 0) {
		if (err.code != ERR_TOO_LARGE)
			abort();
		return;
	}
	if (event_decode(check->back, (struct sv){ check->line.p, check->line.n - 1 }, &back,
			 &err) < 0 ||
	    back.count + left_out != event->count ||
	    back.envelope.observed.us != event->envelope.observed.us ||
	    !sv_eq(back.envelope.category, event->envelope.category))
		abort();
	if (event_encode(&back, &check->again, &err) < 0 ||
	    !sv_eq(buf_sv(&check->line), buf_sv(&check->again)))
		abort();
}

#endif
