#include "event/journal.h"

#include <string.h>

#include "event/auditd.h"
#include "event/reader.h"
#include "event/syslog.h"

#define COUNT(table) (sizeof table / sizeof *table)
#define LENGTH_BYTES 8
#define JOURNAL_TIME_MAX UINT64_C(100000000000000000) /* microseconds: the year 5138 */

bool journal_looks_like(struct sv start)
{
	return sv_starts(start, SV("__CURSOR=")) || sv_starts(start, SV("__REALTIME_TIMESTAMP="));
}

static uint64_t length_at(const char *p)
{
	uint64_t n = 0;

	for (int i = LENGTH_BYTES - 1; i >= 0; i--)
		n = n << 8 | (unsigned char)p[i];
	return n;
}

/*
 * The field at *at: returns 1 and moves behind it; 0 where bytes end before;
 * -1 where it cannot be one. An empty line gives an empty name.
 */
static int take_field(struct sv bytes, size_t *at, struct sv *ret_name, struct sv *ret_value)
{
	const size_t end = sv_find_char(bytes, '\n', *at);
	const struct sv line = sv_slice(bytes, *at, end);
	const size_t equals = sv_find_char(line, '=', 0);
	uint64_t n;

	if (end == SIZE_MAX)
		return 0;
	if (line.n == 0 || equals != SIZE_MAX) {
		*ret_name = sv_slice(line, 0, equals);
		*ret_value = equals == SIZE_MAX ? SV_NONE : sv_slice(line, equals + 1, line.n);
		*at = end + 1;
		return 1;
	}
	if (bytes.n - (end + 1) < LENGTH_BYTES)
		return 0;
	n = length_at(bytes.p + end + 1);
	if (n > EVENT_BYTES_MAX)
		return -1;
	if (bytes.n - (end + 1 + LENGTH_BYTES) <= n)
		return 0;
	*ret_name = line;
	*ret_value = sv_slice(bytes, end + 1 + LENGTH_BYTES, end + 1 + LENGTH_BYTES + (size_t)n);
	*at = end + 1 + LENGTH_BYTES + (size_t)n;
	if (bytes.p[*at] != '\n')
		return -1;
	++*at;
	return 1;
}

size_t journal_entry(struct sv bytes)
{
	struct sv name, value;
	size_t at = 0;
	int more;

	while ((more = take_field(bytes, &at, &name, &value)) > 0) {
		if (name.n == 0)
			return at;
		if (at > EVENT_BYTES_MAX)
			return SIZE_MAX;
	}
	return more < 0 || bytes.n > EVENT_BYTES_MAX ? SIZE_MAX : 0;
}

/* ---- fields ---- */

/* JSON gives a message that is no text as a list of its bytes. */
static struct sv message_of(struct event_decoder *decoder)
{
	char *to = NULL;
	size_t n = 0;
	uint64_t byte;

	for (size_t i = 0; i < decoder->count; i++) {
		const struct event_field *field = &decoder->field[i];

		if (!sv_eq(field->name, SV("MESSAGE")))
			continue;
		if (!field->in_array)
			return field->text;
		if (!to)
			to = scratch_room(decoder, EVENT_FIELDS_MAX);
		if (!to || !sv_to_u64(field->text, &byte) || byte > 255)
			return SV_NONE;
		to[n++] = (char)byte;
	}
	return to ? plain_sound(decoder, scratch_take(decoder, n)) : SV_NONE;
}

static struct sv first_of(const struct event_decoder *decoder, struct sv a, struct sv b)
{
	const struct sv text = plain_get(decoder, a);

	return text.n > 0 ? text : plain_get(decoder, b);
}

void journal_fields(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("_SOURCE_REALTIME_TIMESTAMP"),
					   SV("__REALTIME_TIMESTAMP") };
	struct syslog_line line = {
		.host = plain_get(decoder, SV("_HOSTNAME")),
		.program = first_of(decoder, SV("SYSLOG_IDENTIFIER"), SV("_COMM")),
		.pid = first_of(decoder, SV("SYSLOG_PID"), SV("_PID")),
		.message = message_of(decoder),
	};
	uint64_t number, level = 6;

	for (size_t i = 0; decoder->envelope.observed.us == 0 && i < COUNT(times); i++)
		if (sv_to_u64(plain_get(decoder, times[i]), &number) &&
		    number < JOURNAL_TIME_MAX)
			decoder->envelope.observed.us = (int64_t)number;
	sv_to_u64(plain_get(decoder, SV("PRIORITY")), &level);
	if (sv_to_u64(plain_get(decoder, SV("SYSLOG_FACILITY")), &number) && number < 24) {
		line.has_priority = true;
		line.priority = (unsigned)(number * 8 + (level < 8 ? level : 6));
	}
	if (!line.message.p)
		line.message = SV("");
	syslog_fields(decoder, &line);
	if (auditd_message(decoder, line.message))
		decoder->envelope.service = SV("auditd");
	else if (!appliance_fields(decoder, line.message))
		program_fields(decoder, &line);
}

int journal_decode(struct event_decoder *decoder, struct sv entry, struct event *ret,
		   struct err *err)
{
	struct sv name, value;
	size_t at = 0;
	int more;

	event_decoder_reset(decoder);
	if (entry.n > EVENT_BYTES_MAX)
		return err_set(err, ERR_TOO_LARGE, "entry of %zu bytes, at most %u", entry.n,
			       EVENT_BYTES_MAX);
	while ((more = take_field(entry, &at, &name, &value)) > 0 && name.n > 0) {
		if (name.n > EVENT_NAME_MAX || !sv_is_utf8(name))
			return err_set(err, ERR_FORMAT, "no name of the journal");
		plain_add(decoder, name, plain_sound(decoder, value));
	}
	if (more < 0 || decoder->count == 0)
		return err_set(err, ERR_FORMAT, "no entry of the journal");
	journal_fields(decoder);
	/* Bytes that are no text would be no text as a whole either: values only. */
	return plain_finish(decoder, sv_is_utf8(entry) ? entry : SV_NONE, ret, err);
}

/* ---- out of a file ---- */

/* Behind the next empty line. Returns 0 at the end, too. */
static int skip_entry(struct event_reader *reader, struct err *err)
{
	struct input *input = &reader->input;

	for (;;) {
		const size_t at = sv_find(input_unread(input), SV("\n\n"), 0);
		int more;

		if (at != SIZE_MAX) {
			input->at += at + 2;
			return 0;
		}
		input->at = input->n > input->at ? input->n - 1 : input->n;
		more = input_fill(input, err);
		if (more < 0)
			return -1;
		if (more == 0) {
			input->at = input->n;
			return 0;
		}
	}
}

int reader_next_journal(struct event_reader *reader, struct event *ret, struct err *err)
{
	struct input *input = &reader->input;

	for (;;) {
		struct sv bytes = input_unread(input);
		size_t length;
		int more;

		while (bytes.n > 0 && bytes.p[0] == '\n') {
			input->at++;
			bytes = input_unread(input);
		}
		length = journal_entry(bytes);
		if (length == SIZE_MAX) {
			if (skip_entry(reader, err) < 0)
				return -1;
			return err_set(
				err, ERR_FORMAT,
				"record %llu: no entry of the journal, or longer than %u bytes",
				(unsigned long long)reader_lost(reader), EVENT_BYTES_MAX);
		}
		if (length == 0) {
			more = input_fill(input, err);
			if (more < 0)
				return -1;
			if (more > 0)
				continue;
			if (input->dry && !reader->flush)
				return READER_DRY;
			if (bytes.n == 0)
				return 0;
			length = bytes.n; /* the last, which nothing ends */
		}
		bytes = sv_slice(input_unread(input), 0, length);
		input->at += length;
		if (journal_decode(reader->decoder, bytes, ret, err) == 0) {
			reader->progress.records++;
			return 1;
		}
		return err_wrap(err, "record %llu", (unsigned long long)reader_lost(reader));
	}
}
