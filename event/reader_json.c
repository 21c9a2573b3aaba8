/* Objects one behind another, in a list, or in lists that objects wrap. */
#include "event/reader.h"

#define RESUME_MAX 256 /* broken objects in a file that are stepped over one by one */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Goes to the next line that begins with an object; there may be none. */
static int skip_to_object(struct event_reader *reader, struct err *err)
{
	/* Each costs a look at all that waits: then all that waits is lost at once. */
	if (reader->resumed++ >= RESUME_MAX)
		reader->input.at = reader->input.n;
	for (;;) {
		const size_t at = sv_find(input_unread(&reader->input), SV("\n{"), 0);
		int more;

		if (at != SIZE_MAX) {
			reader->input.at += at + 1;
			return 0;
		}
		if (!reader->input.ended && reader->input.n > reader->input.at)
			reader->input.at = reader->input.n - 1; /* perhaps the line's end */
		else
			reader->input.at = reader->input.n;
		more = input_fill(&reader->input, err);
		if (more < 0)
			return -1;
		if (more == 0 && reader->input.ended && reader->input.n - reader->input.at < 2) {
			reader->input.at = reader->input.n;
			return 0;
		}
	}
}

/* Looks whether the object that begins here wraps a list of events; then steps into it. */
static int enter_wrapper(struct event_reader *reader, struct err *err)
{
	struct input *input = &reader->input;
	size_t first = object_wrapper(input_unread(input));

	while (first == SIZE_MAX) {
		const int more = input_fill(input, err);

		if (more < 0)
			return -1;
		first = more > 0 ? object_wrapper(input_unread(input)) : 0;
	}
	if (first > 0) {
		input->at += first;
		reader->wrapper = WRAPPER_LIST;
	}
	return 0;
}

/* One byte behind the list of a wrapper: its other members are no events. */
static void leave_wrapper(struct event_reader *reader, char c)
{
	if (reader->wrapper_escape) {
		reader->wrapper_escape = false;
	} else if (reader->wrapper_string) {
		reader->wrapper_escape = c == '\\';
		reader->wrapper_string = c != '"';
	} else if (c == '"') {
		reader->wrapper_string = true;
	} else if (c == '{' || c == '[') {
		reader->wrapper_depth++;
	} else if (c == '}' || c == ']') {
		if (reader->wrapper_depth-- == 0) {
			reader->wrapper_depth = 0;
			reader->wrapper = WRAPPER_NONE;
		}
	}
}

/* Moves to the '{' of the next object. 1; 0 at the end; -1 for what is none. */
static int find_object(struct event_reader *reader, struct err *err)
{
	struct input *input = &reader->input;
	int more;

	for (;;) {
		for (; input->at < input->n; input->at++) {
			const char c = input->p[input->at];

			if (reader->wrapper == WRAPPER_REST) {
				leave_wrapper(reader, c);
				continue;
			}
			if (c == '{') {
				reader->in_garbage = false;
				if (reader->wrapper == WRAPPER_NONE) {
					if (enter_wrapper(reader, err) < 0)
						return -1;
					if (reader->wrapper == WRAPPER_LIST) {
						input->at--; /* what begins there may be no object */
						continue;
					}
				}
				return 1;
			}
			if (c == ']' && reader->wrapper == WRAPPER_LIST)
				reader->wrapper = WRAPPER_REST;
			if (is_space(c) || c == ',' || c == '[' || c == ']' || reader->in_garbage)
				continue;
			reader->in_garbage = true;
			return err_set(err, ERR_FORMAT, "record %llu: no object",
				       (unsigned long long)reader_lost(reader));
		}
		more = input_fill(input, err);
		if (more <= 0)
			return more;
	}
}

/*
 * Reads on until the object that begins here is whole; 0 where it does not end.
 * Reads as much again each time: else long objects would cost their square.
 */
static int whole_object(struct event_reader *reader, size_t *ret_length, struct err *err)
{
	size_t length, wanted;

	for (;;) {
		length = object_length(input_unread(&reader->input));
		wanted = 2 * input_unread(&reader->input).n;
		if (length > 0 || reader->input.ended ||
		    input_unread(&reader->input).n > EVENT_BYTES_MAX)
			break;
		if (input_fill_to(&reader->input,
				  wanted < EVENT_BYTES_MAX ? wanted : EVENT_BYTES_MAX + 1, err) < 0)
			return -1;
	}
	*ret_length = length;
	return 0;
}

int reader_next_json(struct event_reader *reader, struct event *ret, struct err *err)
{
	size_t length;
	bool is_long;
	int more = find_object(reader, err);

	if (more <= 0)
		return more;
	if (whole_object(reader, &length, err) < 0)
		return -1;
	if (length > 0) {
		const struct sv object = sv_slice(input_unread(&reader->input), 0, length);

		reader->input.at += length;
		return length > EVENT_BYTES_MAX ? reader_too_long(reader, err)
						: reader_give(reader, object, ret, err);
	}
	is_long = input_unread(&reader->input).n > EVENT_BYTES_MAX;
	if (skip_to_object(reader, err) < 0)
		return -1;
	if (is_long)
		return reader_too_long(reader, err);
	reader->wrapper = WRAPPER_NONE;
	return err_set(err, ERR_FORMAT, "record %llu: the object does not end",
		       (unsigned long long)reader_lost(reader));
}
