/* Which format a file has, by its first bytes. */
#include <string.h>

#include "event/journal.h"
#include "event/reader.h"

#define WRAPPER_BYTES_MAX 4096	 /* a list of events begins among so many bytes */
#define RECOGNISE_BYTES_MAX 8192 /* of text are looked at */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t object_length(struct sv text)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (--depth == 0)
				return i + 1;
		}
	}
	return 0;
}

static size_t skip_space(struct sv text, size_t at)
{
	while (at < text.n && is_space(text.p[at]))
		at++;
	return at;
}

/* Behind the string that begins at `at`; SIZE_MAX: it does not end. */
static size_t skip_string(struct sv text, size_t at)
{
	for (at++; at < text.n; at++) {
		if (text.p[at] == '\\')
			at++;
		else if (text.p[at] == '"')
			return at + 1;
	}
	return SIZE_MAX;
}

/* Names under which services answer with a list of events; first: only as the first member. */
static const struct {
	struct sv name;
	bool first;
} wrappers[] = {
	{ SV("Records"), false }, /* AWS CloudTrail */
	{ SV("records"), false }, /* Azure, to storage or an event hub */
	{ SV("value"), false },	  /* Microsoft Graph */
	{ SV("items"), false },	  /* Google Workspace, Kubernetes */
	{ SV("entries"), false }, /* Box, Google Cloud */
	{ SV("events"), true },	  /* Dropbox */
};

static bool is_wrapper(struct sv name, bool first)
{
	for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
		if (sv_eq(name, wrappers[i].name))
			return first || !wrappers[i].first;
	return false;
}

/* A plain value: behind it; SIZE_MAX: it may go on; 0: it is none. */
static size_t skip_plain(struct sv text, size_t at)
{
	if (text.p[at] == '"')
		return skip_string(text, at);
	if (text.p[at] == '{' || text.p[at] == '[')
		return 0;
	while (at < text.n && text.p[at] != ',' && text.p[at] != '}' && !is_space(text.p[at]))
		at++;
	return at < text.n ? at : SIZE_MAX;
}

static size_t cannot_tell(struct sv text)
{
	return text.n < WRAPPER_BYTES_MAX ? SIZE_MAX : 0;
}

size_t object_wrapper(struct sv text)
{
	size_t at = 1;

	text = sv_slice(text, 0, WRAPPER_BYTES_MAX);
	for (bool first = true;; first = false) {
		struct sv name;
		size_t end;

		at = skip_space(text, at);
		if (at == text.n)
			return cannot_tell(text);
		if (text.p[at] != '"')
			return 0;
		end = skip_string(text, at);
		if (end == SIZE_MAX)
			return cannot_tell(text);
		name = sv_slice(text, at + 1, end - 1);
		at = skip_space(text, end);
		if (at == text.n)
			return cannot_tell(text);
		if (text.p[at] != ':')
			return 0;
		at = skip_space(text, at + 1);
		if (at < text.n && text.p[at] == '[' && is_wrapper(name, first)) {
			at = skip_space(text, at + 1);
			if (at == text.n)
				return cannot_tell(text);
			return text.p[at] == '{' || text.p[at] == ']' ? at : 0;
		}
		if (at == text.n)
			return cannot_tell(text);
		at = skip_plain(text, at);
		if (at == 0 || at == SIZE_MAX)
			return at == 0 ? 0 : cannot_tell(text);
		at = skip_space(text, at);
		if (at == text.n)
			return cannot_tell(text);
		if (text.p[at++] != ',')
			return 0;
	}
}

static const struct {
	struct sv start;
	const char *what, *hint;
} strangers[] = {
	{ SV("\xff\xfe"), "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8" },
	{ SV("\xfe\xff"), "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8" },
	{ SV("\x1f\x8b"), "a gzip file within another", "unpack it first: gunzip" },
	{ SV("\x28\xb5\x2f\xfd"), "a zstd file within another", "unpack it first: unzstd" },
	{ SV("PK\x03\x04"), "a zip file", "unpack it first: unzip" },
	{ SV("BZh"), "a bzip2 file", "unpack it first: bunzip2" },
	{ SV("\xfd"
	     "7zXZ"),
	  "an xz file", "unpack it first: unxz" },
	{ SV("\x30\x00\x00\x00"), "a log of Windows before Vista (EVT)",
	  "export it as EVTX on Windows: wevtutil export-log" },
	{ SV("LPKSHHRH"), "a journal of systemd as it lies on the disk",
	  "export it: journalctl --file FILE -o export" },
	{ SV("<?xml"), "XML", "export the log as EVTX or JSON" },
	{ SV("<Event"), "XML", "export the log as EVTX or JSON" },
};

int reader_refuse(struct sv start, struct err *err)
{
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		if (!sv_starts(start, strangers[i].start))
			continue;
		err_set(err, ERR_FORMAT, "this is %s, not events", strangers[i].what);
		return err_hint(err, "%s", strangers[i].hint);
	}
	err_set(err, ERR_FORMAT, "no format of events that is known");
	return err_hint(err, "name the format where you know it (--format); "
			     "docs/events.md lists what is read");
}

/*
 * Lines of objects, or objects over several lines? The first line decides: does
 * its object end in it? If not, a second line that begins an object too says
 * that the first is only damaged.
 */
static int recognise_json(struct event_reader *reader, struct err *err)
{
	struct input *input = &reader->input;
	size_t end, object, next;
	int more = 1;

	while (more > 0 && !memchr(input_unread(input).p, '\n', input_unread(input).n))
		more = input_fill(input, err);
	if (more < 0)
		return -1;
	end = sv_find_char(input_unread(input), '\n', 0);
	end = end == SIZE_MAX ? input_unread(input).n : end;
	next = object_wrapper(input_unread(input));
	if (next > 0 && next != SIZE_MAX) {
		reader->format = EVENT_FORMAT_JSON;
		return 0;
	}
	object = object_length(sv_slice(input_unread(input), 0, end));
	if (object > 0) {
		const struct sv rest = sv_trim(sv_slice(input_unread(input), object, end));

		reader->format = rest.n == 0 ? EVENT_FORMAT_NDJSON : EVENT_FORMAT_JSON;
		return 0;
	}
	if (input_fill_to(input, end + 2, err) < 0)
		return -1;
	next = end + 1;
	reader->format = sv_trim(sv_slice(input_unread(input), 0, end)).n > 1 &&
					 (next >= input_unread(input).n ||
					  input_unread(input).p[next] == '{')
				 ? EVENT_FORMAT_NDJSON
				 : EVENT_FORMAT_JSON;
	return 0;
}

/* Text: the first lines, one at least where there is one. */
static int recognise_text(struct event_reader *reader, struct err *err)
{
	struct input *input = &reader->input;
	struct sv start = input_unread(input);
	int more = 1;

	while (more > 0 && start.n < RECOGNISE_BYTES_MAX &&
	       sv_find_char(start, '\n', 0) == SIZE_MAX) {
		more = input_fill(input, err);
		if (more < 0)
			return -1;
		start = input_unread(input);
	}
	start = sv_slice(start, 0, RECOGNISE_BYTES_MAX);
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (sv_starts(start, strangers[i].start))
			return reader_refuse(start, err);
	reader->format = journal_looks_like(start) ? EVENT_FORMAT_JOURNAL : lines_recognise(start);
	return reader->format == EVENT_FORMAT_AUTO ? reader_refuse(start, err) : 0;
}

/* A list of objects; other texts begin with a bracket too ([Sat Nov 21 …] of Apache). */
static bool is_list(struct sv start)
{
	const size_t next = skip_space(start, 1);

	return start.p[0] == '[' && (next == start.n || start.p[next] == '{' ||
				     start.p[next] == ']' || start.p[next] == '[');
}

int reader_recognise(struct event_reader *reader, struct err *err)
{
	struct input *input = &reader->input;
	struct sv start;
	int more = 1;

	if (input_fill_to(input, 8, err) < 0)
		return -1;
	if (sv_starts(input_unread(input), SV("\xef\xbb\xbf")))
		input->at += 3;
	if (reader->format != EVENT_FORMAT_AUTO)
		return 0;
	if (evtx_is_header(input_unread(input))) {
		reader->format = EVENT_FORMAT_EVTX;
		return 0;
	}
	do { /* white space first, as much of it as there is */
		while (input->at < input->n && is_space(input->p[input->at]))
			input->at++;
		start = input_unread(input);
	} while (start.n == 0 && (more = input_fill(input, err)) > 0);
	if (more < 0)
		return -1;
	reader->format = EVENT_FORMAT_JSON;
	if (start.n == 0 || is_list(start))
		return 0;
	return start.p[0] == '{' ? recognise_json(reader, err) : recognise_text(reader, err);
}
