/* The log files of Windows: a header, then chunks. */
#include "event/reader.h"

/* A header that is cut is reported by the first event_reader_next. */
int reader_start_evtx(struct event_reader *reader, struct err *err)
{
	if (input_fill_to(&reader->input, EVTX_HEADER_BYTES, err) < 0)
		return -1;
	if (!evtx_is_header(input_unread(&reader->input)))
		return reader_refuse(input_unread(&reader->input), err);
	reader->has_header_error = true;
	return 0;
}

/* Reads the file's header; 0, or -1 with what is wrong with it. */
static int take_header(struct event_reader *reader, struct err *err)
{
	const struct sv bytes = sv_slice(input_unread(&reader->input), 0, EVTX_HEADER_BYTES);

	reader->has_header_error = false;
	reader->input.at += bytes.n;
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

	reader->input.at += chunk->bytes.n;
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
	if (input_fill_to(&reader->input, EVTX_CHUNK_BYTES, err) < 0)
		return -1;
	bytes = sv_slice(input_unread(&reader->input), 0, EVTX_CHUNK_BYTES);
	if (bytes.n < EVTX_CHUNK_HEAD) {
		reader->input.at += bytes.n;
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

int reader_next_evtx(struct event_reader *reader, struct event *ret, struct err *err)
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
