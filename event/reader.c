#include "event/reader.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

uint64_t reader_lost(struct event_reader *reader)
{
	reader->progress.lost++;
	return reader->progress.records + reader->progress.lost;
}

/* ---- opening ---- */

static int start(struct event_reader *reader, struct err *err)
{
	if (reader_recognise(reader, err) < 0)
		return -1;
	if (reader->format == EVENT_FORMAT_EVTX && reader_start_evtx(reader, err) < 0)
		return -1;
	reader->lines = lines_new(reader->format, &reader->options);
	return 0;
}

/* What dates without a year are near to: the last change, of a pipe too. */
static struct instant file_instant(const struct event_reader *reader)
{
	struct stat stat;

	if (fstat(reader->input.fd, &stat) < 0)
		return (struct instant){ 0 };
	return (struct instant){ stat.st_mtime * INSTANT_SECOND };
}

struct event_reader *event_reader_open_with(const char *path,
					    const struct event_reader_options *options,
					    struct err *err)
{
	struct event_reader *reader = mem_zalloc(sizeof *reader);

	reader->options = *options;
	reader->format = options->format;
	reader->path = mem_dup(path);
	reader->input.fd = -1;
	if (options->follow && strcmp(path, "-") != 0) {
		reader->follow = follow_open(path, options, err);
		if (reader->follow)
			return reader;
		event_reader_close(reader);
		return NULL;
	}
	if (input_open(&reader->input, path, options->live, err) < 0) {
		event_reader_close(reader);
		return NULL;
	}
	if (reader->options.reference.us == 0)
		reader->options.reference = file_instant(reader);
	reader->decoder = event_decoder_new();
	if (start(reader, err) < 0) {
		err_wrap(err, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
		event_reader_close(reader);
		return NULL;
	}
	return reader;
}

struct event_reader *event_reader_open(const char *path, enum event_format format, struct err *err)
{
	return event_reader_open_with(path, &(struct event_reader_options){ .format = format },
				      err);
}

void event_reader_close(struct event_reader *reader)
{
	if (!reader)
		return;
	follow_close(reader->follow);
	lines_free(reader->lines);
	input_close(&reader->input);
	event_decoder_free(reader->decoder);
	free(reader->path);
	free(reader);
}

/* ---- records ---- */

int reader_give(struct event_reader *reader, struct sv text, struct event *ret, struct err *err)
{
	if (event_decode_any(reader->decoder, text, ret, err) == 0) {
		reader->progress.records++;
		return 1;
	}
	return err_wrap(err, "record %llu", (unsigned long long)reader_lost(reader));
}

int reader_too_long(struct event_reader *reader, struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "record %llu: longer than %u bytes",
		       (unsigned long long)reader_lost(reader), EVENT_BYTES_MAX);
}

/* ---- lines ---- */

/* Where the record that begins here ends: a line, or several where quotes go over it. */
static size_t record_end(const struct event_reader *reader, struct sv bytes, size_t looked)
{
	bool open = false;
	size_t end;

	for (;; looked = end + 1) {
		end = sv_find_char(bytes, '\n', looked);
		if (end == SIZE_MAX || !reader->lines || reader->is_skipping)
			return end;
		open ^= lines_go_on(reader->lines, sv_slice(bytes, looked, end));
		if (!open)
			return end;
	}
}

int reader_line(struct event_reader *reader, struct sv *ret, struct err *err)
{
	struct input *input = &reader->input;
	size_t looked = 0, end;
	int more;

	for (;;) {
		struct sv bytes = input_unread(input);
		const bool ended = input->ended || reader->flush;

		end = record_end(reader, bytes, looked);
		if (end != SIZE_MAX || (ended && bytes.n > 0)) {
			const bool skip = reader->is_skipping;

			bytes = sv_slice(bytes, 0, end);
			input->at += bytes.n + (end != SIZE_MAX);
			reader->is_skipping = false;
			looked = 0;
			if (skip)
				continue;
			*ret = bytes;
			return 1;
		}
		if (reader->is_skipping) {
			input->at = input->n;
		} else if (bytes.n > EVENT_BYTES_MAX + 1) { /* one for a \r */
			input->at = input->n;
			reader->is_skipping = true;
			return reader_too_long(reader, err);
		}
		/* A record over several lines is looked at from its start again. */
		looked = reader->lines ? 0 : input_unread(input).n;
		more = input_fill(input, err);
		if (more < 0)
			return -1;
		if (more == 0 && input->dry)
			return reader->flush ? 0 : READER_DRY;
		if (more == 0 && input->at == input->n)
			return 0;
	}
}

int event_reader_lines(struct event_reader *reader, struct sv *ret, struct err *err)
{
	struct input *input = &reader->input;
	const char *end;
	struct sv line;
	int more;

	/* A whole line must wait first; what follows it to the last line's end is free. */
	more = reader_line(reader, &line, err);
	if (more != 1)
		return more;
	if (line.n > EVENT_BYTES_MAX + 1)
		return reader_too_long(reader, err);
	end = input->n > input->at ? memrchr(input->p + input->at, '\n', input->n - input->at)
				   : NULL;
	if (end)
		input->at = (size_t)(end - input->p) + 1;
	*ret = (struct sv){ line.p, (size_t)(input->p + input->at - line.p) };
	return 1;
}

static int next_ndjson(struct event_reader *reader, struct event *ret, struct err *err)
{
	struct sv line;
	int more;

	while ((more = reader_line(reader, &line, err)) == 1) {
		line = sv_trim(line);
		if (line.n == 0)
			continue;
		if (line.n > EVENT_BYTES_MAX)
			return reader_too_long(reader, err);
		return reader_give(reader, line, ret, err);
	}
	return more;
}

/* What the lines before gave, where no more come now. */
static int rest_of_lines(struct event_reader *reader, bool is_end, struct event *ret,
			 struct err *err)
{
	const int more = lines_rest(reader->lines, reader->decoder, is_end, ret, err);

	if (more > 0)
		reader->progress.records++;
	if (more < 0)
		err_wrap(err, "record %llu", (unsigned long long)reader_lost(reader));
	return more;
}

int reader_next_lines(struct event_reader *reader, struct event *ret, struct err *err)
{
	for (;;) {
		struct sv line;
		int more = rest_of_lines(reader, false, ret, err);

		if (more != 0)
			return more;
		more = reader_line(reader, &line, err);
		if (more < 0 || more == READER_DRY)
			return more;
		if (more == 0)
			return rest_of_lines(reader, true, ret, err);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > EVENT_BYTES_MAX)
			return reader_too_long(reader, err);
		more = lines_take(reader->lines, reader->decoder, line, ret, err);
		if (more == 0)
			continue;
		if (more > 0) {
			reader->progress.records++;
			return 1;
		}
		return err_wrap(err, "record %llu", (unsigned long long)reader_lost(reader));
	}
}

/* ---- the next event ---- */

int event_reader_next(struct event_reader *reader, struct event *ret, uint64_t *ret_record,
		      struct err *err)
{
	static int (*const next[EVENT_FORMAT_COUNT])(struct event_reader *, struct event *,
						     struct err *) = {
		[EVENT_FORMAT_NDJSON] = next_ndjson,
		[EVENT_FORMAT_JSON] = reader_next_json,
		[EVENT_FORMAT_EVTX] = reader_next_evtx,
		[EVENT_FORMAT_JOURNAL] = reader_next_journal,
	};
	int more;

	if (reader->follow)
		return follow_next(reader->follow, ret, ret_record, err);
	more = (next[reader->format] ? next[reader->format] : reader_next_lines)(reader, ret, err);
	if (more == 1)
		*ret_record = reader->progress.records + reader->progress.lost;
	if (more < 0 && reader->input.is_damaged && !reader->bad_packing) {
		reader->bad_packing = true;
		reader->progress.lost++;
	}
	return more;
}

enum event_format event_reader_format(const struct event_reader *reader)
{
	return reader->format;
}

const char *event_reader_path(const struct event_reader *reader)
{
	return reader->follow ? follow_path(reader->follow) : reader->path;
}

struct event_reader_progress event_reader_progress(const struct event_reader *reader)
{
	struct event_reader_progress progress = reader->progress;

	if (reader->follow)
		return follow_progress(reader->follow);
	progress.bytes_read = reader->input.bytes_read;
	progress.bytes_total = reader->input.bytes_total;
	return progress;
}
