#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "event/evtx.h"
#include "event/internal.h"

#define READ_BYTES ((size_t)256 << 10)
/* One event of the greatest length, and the end of its line. */
#define READ_BYTES_MAX ((size_t)EVENT_BYTES_MAX + READ_BYTES)

#define RESUME_MAX 256 /* broken objects in a file that are stepped over one by one */

struct event_reader {
	int fd;
	enum event_format format;
	char *p; /* bytes [at, n) are read and not used yet */
	size_t at, n, room;
	bool ended;	  /* nothing more to read */
	bool is_skipping; /* in a line that is too long */
	bool in_garbage;  /* reported already */
	size_t resumed;	  /* times that a broken object was stepped over */
	struct event_decoder *decoder;
	struct event_reader_progress progress;
	struct evtx_header header;
	struct evtx_chunk chunk;
	uint64_t chunk_count, last_record;
	bool has_chunk, has_header_error;
};

static struct sv unread(const struct event_reader *reader)
{
	return (struct sv){ reader->p + reader->at, reader->n - reader->at };
}

/*
 * Reads once more, making room where need be. Returns 1; 0 at the end, or
 * where READ_BYTES_MAX bytes wait already; -1 on an error of the system.
 */
static int fill(struct event_reader *reader, struct err *err)
{
	ssize_t n;

	if (reader->ended)
		return 0;
	if (reader->at > 0 && reader->n == reader->room) {
		memmove(reader->p, reader->p + reader->at, reader->n - reader->at);
		reader->n -= reader->at;
		reader->at = 0;
	}
	if (reader->n == reader->room) {
		if (reader->room >= READ_BYTES_MAX)
			return 0;
		reader->room += READ_BYTES;
		reader->p = mem_realloc(reader->p, reader->room, 1);
	}
	do {
		n = read(reader->fd, reader->p + reader->n, reader->room - reader->n);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		const int number = errno;

		reader->ended = true;
		reader->at = reader->n;
		return err_errno(err, number, "reading at byte %llu",
				 (unsigned long long)reader->progress.bytes_read);
	}
	reader->ended = n == 0;
	reader->n += (size_t)n;
	reader->progress.bytes_read += (size_t)n;
	return n > 0;
}

/* Reads until n bytes wait or the file ends. */
static int fill_to(struct event_reader *reader, size_t n, struct err *err)
{
	int more = 1;

	while (more > 0 && reader->n - reader->at < n)
		more = fill(reader, err);
	return more < 0 ? -1 : 0;
}

/* ---- which format ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Length of the object at the start of text, by its brackets and strings alone;
 * 0: it does not end here.
 */
static size_t object_length(struct sv text)
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

static const struct {
	struct sv start;
	const char *what, *hint;
} strangers[] = {
	{ SV("\xff\xfe"), "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8" },
	{ SV("\xfe\xff"), "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8" },
	{ SV("\x1f\x8b"), "a gzip file", "unpack it first: gunzip" },
	{ SV("\x28\xb5\x2f\xfd"), "a zstd file", "unpack it first: unzstd" },
	{ SV("PK\x03\x04"), "a zip file", "unpack it first: unzip" },
	{ SV("\x30\x00\x00\x00"), "a log of Windows before Vista (EVT)",
	  "export it as EVTX on Windows: wevtutil export-log" },
	{ SV("<?xml"), "XML", "export the log as EVTX or JSON" },
	{ SV("<Event"), "XML", "export the log as EVTX or JSON" },
};

static int refuse(struct sv start, struct err *err)
{
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		if (!sv_starts(start, strangers[i].start))
			continue;
		err_set(err, ERR_FORMAT, "this is %s, not events", strangers[i].what);
		return err_hint(err, "%s", strangers[i].hint);
	}
	err_set(err, ERR_FORMAT, "no format of events that is known");
	return err_hint(err, "EVTX, JSON objects or lines of JSON are read");
}

/*
 * Lines of objects, or objects over several lines? The first line decides: does
 * its object end in it? If not, a second line that begins an object too says
 * that the first is only damaged.
 */
static int recognise_json(struct event_reader *reader, struct err *err)
{
	size_t end, object, next;
	int more = 1;

	while (more > 0 && !memchr(unread(reader).p, '\n', unread(reader).n))
		more = fill(reader, err);
	if (more < 0)
		return -1;
	end = sv_find_char(unread(reader), '\n', 0);
	end = end == SIZE_MAX ? unread(reader).n : end;
	object = object_length(sv_slice(unread(reader), 0, end));
	if (object > 0) {
		const struct sv rest = sv_trim(sv_slice(unread(reader), object, end));

		reader->format = rest.n == 0 ? EVENT_FORMAT_NDJSON : EVENT_FORMAT_JSON;
		return 0;
	}
	if (fill_to(reader, end + 2, err) < 0)
		return -1;
	next = end + 1;
	reader->format = sv_trim(sv_slice(unread(reader), 0, end)).n > 1 &&
					 (next >= unread(reader).n || unread(reader).p[next] == '{')
				 ? EVENT_FORMAT_NDJSON
				 : EVENT_FORMAT_JSON;
	return 0;
}

static int recognise(struct event_reader *reader, struct err *err)
{
	struct sv start;
	int more = 1;

	if (fill_to(reader, 8, err) < 0)
		return -1;
	if (sv_starts(unread(reader), SV("\xef\xbb\xbf")))
		reader->at += 3;
	if (reader->format != EVENT_FORMAT_AUTO)
		return 0;
	if (evtx_is_header(unread(reader))) {
		reader->format = EVENT_FORMAT_EVTX;
		return 0;
	}
	do { /* white space first, as much of it as there is */
		while (reader->at < reader->n && is_space(reader->p[reader->at]))
			reader->at++;
		start = unread(reader);
	} while (start.n == 0 && (more = fill(reader, err)) > 0);
	if (more < 0)
		return -1;
	reader->format = EVENT_FORMAT_JSON;
	if (start.n == 0 || start.p[0] == '[')
		return 0;
	return start.p[0] == '{' ? recognise_json(reader, err) : refuse(start, err);
}

/* ---- opening ---- */

static int check_file(struct event_reader *reader, struct err *err)
{
	struct stat stat;

	if (fstat(reader->fd, &stat) < 0)
		return err_errno(err, errno, "looking at the file");
	if (S_ISDIR(stat.st_mode))
		return err_set(err, ERR_USAGE, "is a folder");
	if (S_ISREG(stat.st_mode))
		reader->progress.bytes_total = (uint64_t)stat.st_size;
	return 0;
}

/* A header that is cut is reported by the first event_reader_next. */
static int start_evtx(struct event_reader *reader, struct err *err)
{
	if (fill_to(reader, EVTX_HEADER_BYTES, err) < 0)
		return -1;
	if (!evtx_is_header(unread(reader)))
		return refuse(unread(reader), err);
	reader->has_header_error = true;
	return 0;
}

struct event_reader *event_reader_open(const char *path, enum event_format format, struct err *err)
{
	struct event_reader *reader = mem_zalloc(sizeof *reader);
	const bool is_stdin = strcmp(path, "-") == 0;

	reader->format = format;
	reader->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (reader->fd < 0) {
		const int number = errno;

		free(reader);
		err_errno(err, number, "%s", path);
		return NULL;
	}
	reader->room = READ_BYTES;
	reader->p = mem_alloc(reader->room);
	reader->decoder = event_decoder_new();
	if (check_file(reader, err) < 0 || recognise(reader, err) < 0 ||
	    (reader->format == EVENT_FORMAT_EVTX && start_evtx(reader, err) < 0)) {
		err_wrap(err, "%s", is_stdin ? "standard input" : path);
		event_reader_close(reader);
		return NULL;
	}
	return reader;
}

void event_reader_close(struct event_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd != STDIN_FILENO)
		close(reader->fd);
	event_decoder_free(reader->decoder);
	free(reader->p);
	free(reader);
}

/* ---- lines ---- */

/* Counts one record more and decodes it. */
static int give(struct event_reader *reader, struct sv text, struct event *ret, struct err *err)
{
	if (event_decode_any(reader->decoder, text, ret, err) == 0) {
		reader->progress.records++;
		return 1;
	}
	reader->progress.lost++;
	return err_wrap(err, "record %llu",
			(unsigned long long)(reader->progress.records + reader->progress.lost));
}

static int too_long(struct event_reader *reader, struct err *err)
{
	reader->progress.lost++;
	return err_set(err, ERR_TOO_LARGE, "record %llu: longer than %u bytes",
		       (unsigned long long)(reader->progress.records + reader->progress.lost),
		       EVENT_BYTES_MAX);
}

/*
 * The next line without its end. Returns 1; 0 at the end; -1 with an error. A
 * line that is too long is left in parts, so memory stays bounded.
 */
static int next_line(struct event_reader *reader, struct sv *ret, struct err *err)
{
	size_t looked = 0, end;
	int more;

	for (;;) {
		struct sv bytes = unread(reader);

		end = sv_find_char(bytes, '\n', looked);
		if (end != SIZE_MAX || (reader->ended && bytes.n > 0)) {
			const bool skip = reader->is_skipping;

			bytes = sv_slice(bytes, 0, end);
			reader->at += bytes.n + (end != SIZE_MAX);
			reader->is_skipping = false;
			looked = 0;
			if (skip)
				continue;
			*ret = bytes;
			return 1;
		}
		if (reader->is_skipping) {
			reader->at = reader->n;
		} else if (bytes.n > EVENT_BYTES_MAX + 1) { /* one for a \r */
			reader->at = reader->n;
			reader->is_skipping = true;
			return too_long(reader, err);
		}
		looked = unread(reader).n;
		more = fill(reader, err);
		if (more < 0 || (more == 0 && reader->at == reader->n))
			return more;
	}
}

int event_reader_lines(struct event_reader *reader, struct sv *ret, struct err *err)
{
	const char *end;
	struct sv line;
	int more;

	more = next_line(reader, &line, err);
	if (more <= 0)
		return more;
	if (line.n > EVENT_BYTES_MAX + 1)
		return too_long(reader, err);
	end = memrchr(unread(reader).p, '\n', unread(reader).n);
	if (end)
		reader->at = (size_t)(end - reader->p) + 1;
	*ret = (struct sv){ line.p, (size_t)(reader->p + reader->at - line.p) };
	return 1;
}

static int next_ndjson(struct event_reader *reader, struct event *ret, struct err *err)
{
	struct sv line;
	int more;

	while ((more = next_line(reader, &line, err)) > 0) {
		line = sv_trim(line);
		if (line.n == 0)
			continue;
		if (line.n > EVENT_BYTES_MAX)
			return too_long(reader, err);
		return give(reader, line, ret, err);
	}
	return more;
}

/* ---- objects ---- */

/* Goes to the next line that begins with an object; there may be none. */
static int skip_to_object(struct event_reader *reader, struct err *err)
{
	/* Each costs a look at all that waits: then all that waits is lost at once. */
	if (reader->resumed++ >= RESUME_MAX)
		reader->at = reader->n;
	for (;;) {
		const size_t at = sv_find(unread(reader), SV("\n{"), 0);
		int more;

		if (at != SIZE_MAX) {
			reader->at += at + 1;
			return 0;
		}
		if (!reader->ended && reader->n > reader->at)
			reader->at = reader->n - 1; /* perhaps the line's end */
		else
			reader->at = reader->n;
		more = fill(reader, err);
		if (more < 0)
			return -1;
		if (more == 0 && reader->ended && reader->n - reader->at < 2) {
			reader->at = reader->n;
			return 0;
		}
	}
}

/* Moves to the '{' of the next object. 1; 0 at the end; -1 for what is none. */
static int find_object(struct event_reader *reader, struct err *err)
{
	int more;

	for (;;) {
		for (; reader->at < reader->n; reader->at++) {
			const char c = reader->p[reader->at];

			if (c == '{') {
				reader->in_garbage = false;
				return 1;
			}
			if (is_space(c) || c == ',' || c == '[' || c == ']' || reader->in_garbage)
				continue;
			reader->in_garbage = true;
			reader->progress.lost++;
			return err_set(err, ERR_FORMAT, "record %llu: no object",
				       (unsigned long long)(reader->progress.records +
							    reader->progress.lost));
		}
		more = fill(reader, err);
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
		length = object_length(unread(reader));
		wanted = 2 * unread(reader).n;
		if (length > 0 || reader->ended || unread(reader).n > EVENT_BYTES_MAX)
			break;
		if (fill_to(reader, wanted < EVENT_BYTES_MAX ? wanted : EVENT_BYTES_MAX + 1, err) <
		    0)
			return -1;
	}
	*ret_length = length;
	return 0;
}

static int next_json(struct event_reader *reader, struct event *ret, struct err *err)
{
	size_t length;
	bool is_long;
	int more = find_object(reader, err);

	if (more <= 0)
		return more;
	if (whole_object(reader, &length, err) < 0)
		return -1;
	if (length > 0) {
		const struct sv object = sv_slice(unread(reader), 0, length);

		reader->at += length;
		return length > EVENT_BYTES_MAX ? too_long(reader, err)
						: give(reader, object, ret, err);
	}
	is_long = unread(reader).n > EVENT_BYTES_MAX;
	if (skip_to_object(reader, err) < 0)
		return -1;
	if (is_long)
		return too_long(reader, err);
	reader->progress.lost++;
	return err_set(err, ERR_FORMAT, "record %llu: the object does not end",
		       (unsigned long long)(reader->progress.records + reader->progress.lost));
}

/* ---- EVTX ---- */

/* Reads the file's header; 0, or -1 with what is wrong with it. */
static int take_header(struct event_reader *reader, struct err *err)
{
	const struct sv bytes = sv_slice(unread(reader), 0, EVTX_HEADER_BYTES);

	reader->has_header_error = false;
	reader->at += bytes.n;
	if (evtx_header(bytes, &reader->header, err) < 0) {
		reader->progress.lost++;
		return -1;
	}
	if (!reader->header.is_damaged)
		return 0;
	reader->progress.damaged++;
	return err_set(err, ERR_FORMAT,
		       "the checksum of the file's header is wrong; "
		       "what can be read is used");
}

/*
 * At the file's end: are there fewer chunks than its header tells? is_cut: the
 * last one is so short that it does not count as one.
 */
static int check_end(struct event_reader *reader, bool is_cut, struct err *err)
{
	const struct evtx_header *header = &reader->header;
	uint64_t missing = is_cut, records = header->next_record - 1;

	if (!header->is_damaged && header->chunks > reader->chunk_count)
		missing = header->chunks - reader->chunk_count;
	if (missing == 0)
		return 0;
	records = records > reader->last_record ? records - reader->last_record : 0;
	/* In a log that overwrites itself the last records do not end the file. */
	if (header->is_damaged || records < missing || records > missing * EVTX_RECORDS_MAX)
		records = missing;
	reader->chunk_count += missing;
	reader->progress.lost += records;
	err_set(err, ERR_FORMAT, "the file is cut: %llu chunks are missing",
		(unsigned long long)missing);
	return err_hint(err, "copy it again from its source");
}

static void end_chunk(struct event_reader *reader)
{
	const struct evtx_chunk *chunk = &reader->chunk;

	reader->at += chunk->bytes.n;
	reader->has_chunk = false;
	/* What the chunk lost is counted: not once more at the file's end. */
	if (chunk->is_trusted && chunk->last > reader->last_record)
		reader->last_record = chunk->last;
}

/* 1: a chunk is there; 0: the end. */
static int next_chunk(struct event_reader *reader, struct err *err)
{
	struct sv bytes;

	if (reader->has_chunk)
		end_chunk(reader);
	if (fill_to(reader, EVTX_CHUNK_BYTES, err) < 0)
		return -1;
	bytes = sv_slice(unread(reader), 0, EVTX_CHUNK_BYTES);
	if (bytes.n < EVTX_CHUNK_HEAD) {
		reader->at += bytes.n;
		return check_end(reader, bytes.n > 0, err);
	}
	reader->chunk_count++;
	reader->has_chunk = true;
	evtx_chunk_begin(&reader->chunk, bytes, reader->chunk_count);
	/* Room behind the chunks that the header counts may be empty, a chunk may not. */
	if (reader->chunk.limit == 0 && bytes.n == EVTX_CHUNK_BYTES && !reader->header.is_damaged &&
	    reader->chunk_count <= reader->header.chunks) {
		reader->progress.lost++;
		return err_set(err, ERR_FORMAT,
			       "chunk %llu: nothing but zeros, though the file's header counts it",
			       (unsigned long long)reader->chunk_count);
	}
	return 1;
}

static int next_evtx(struct event_reader *reader, struct event *ret, struct err *err)
{
	uint64_t lost;
	int more;

	if (reader->has_header_error && take_header(reader, err) < 0)
		return -1;
	for (;;) {
		switch (reader->has_chunk
				? evtx_chunk_next(&reader->chunk, reader->decoder, ret, &lost, err)
				: EVTX_END) {
		case EVTX_EVENT:
			if (reader->chunk.previous > reader->last_record)
				reader->last_record = reader->chunk.previous;
			reader->progress.records++;
			return 1;
		case EVTX_LOST: reader->progress.lost += lost; return -1;
		case EVTX_DAMAGED: reader->progress.damaged++; return -1;
		case EVTX_END:
			more = next_chunk(reader, err);
			if (more <= 0)
				return more;
		}
	}
}

int event_reader_next(struct event_reader *reader, struct event *ret, uint64_t *ret_record,
		      struct err *err)
{
	static int (*const next[EVENT_FORMAT_COUNT])(struct event_reader *, struct event *,
						     struct err *) = {
		[EVENT_FORMAT_NDJSON] = next_ndjson,
		[EVENT_FORMAT_JSON] = next_json,
		[EVENT_FORMAT_EVTX] = next_evtx,
	};
	const int more = next[reader->format](reader, ret, err);

	if (more > 0)
		*ret_record = reader->progress.records + reader->progress.lost;
	return more;
}

enum event_format event_reader_format(const struct event_reader *reader)
{
	return reader->format;
}

struct event_reader_progress event_reader_progress(const struct event_reader *reader)
{
	return reader->progress;
}
