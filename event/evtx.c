#include "event/evtx.h"

#include <string.h>
#include <zlib.h>

#include "event/binxml.h"

#define FILE_CRC_AT 124 /* of the 120 bytes at the start */
#define FILE_FLAGS_AT 120
#define FILE_CHUNKS_AT 42
#define FILE_NEXT_AT 24
#define FILE_HEAD 128
#define FLAG_DIRTY 1

#define CHUNK_FIRST_AT 24
#define CHUNK_LAST_AT 32
#define CHUNK_FREE_AT 48
#define CHUNK_DATA_CRC_AT 52
#define CHUNK_CRC_AT 124 /* of bytes 0 to 120 and 128 to 512 */

static const struct sv file_magic = SV("ElfFile\0"), chunk_magic = SV("ElfChnk\0"),
		       record_magic = SV("**\0\0");

static uint64_t number_at(struct sv bytes, size_t at, size_t n)
{
	return little((const unsigned char *)bytes.p + at, n);
}

static uint32_t checksum(uint32_t crc, struct sv bytes, size_t from, size_t to)
{
	return (uint32_t)crc32_z(crc, (const unsigned char *)bytes.p + from, to - from);
}

bool evtx_is_header(struct sv bytes)
{
	return sv_starts(bytes, file_magic);
}

int evtx_header(struct sv bytes, struct evtx_header *ret, struct err *err)
{
	if (!evtx_is_header(bytes))
		return err_set(err, ERR_FORMAT, "not an event log of Windows (EVTX)");
	if (bytes.n < FILE_HEAD)
		return err_set(err, ERR_FORMAT, "file is cut in its header, %zu bytes are left",
			       bytes.n);
	*ret = (struct evtx_header){
		.next_record = number_at(bytes, FILE_NEXT_AT, 8),
		.chunks = (uint32_t)number_at(bytes, FILE_CHUNKS_AT, 2),
		.is_dirty = (number_at(bytes, FILE_FLAGS_AT, 4) & FLAG_DIRTY) != 0,
		.is_damaged =
			checksum(0, bytes, 0, FILE_FLAGS_AT) != number_at(bytes, FILE_CRC_AT, 4),
	};
	return 0;
}

static bool is_zero(struct sv bytes, size_t from)
{
	static const char zero[EVTX_CHUNK_HEAD];

	for (; from < bytes.n; from += sizeof zero) {
		const size_t n = bytes.n - from < sizeof zero ? bytes.n - from : sizeof zero;

		if (memcmp(bytes.p + from, zero, n) != 0)
			return false;
	}
	return true;
}

void evtx_chunk_begin(struct evtx_chunk *chunk, struct sv bytes, uint64_t number)
{
	uint32_t crc;
	size_t used;

	*chunk = (struct evtx_chunk){
		.bytes = bytes, .number = number, .limit = bytes.n, .at = EVTX_CHUNK_HEAD
	};
	if (bytes.n < EVTX_CHUNK_HEAD || is_zero(bytes, 0)) {
		chunk->limit = 0; /* zero: room that was not used yet */
		return;
	}
	if (!sv_starts(bytes, chunk_magic)) {
		chunk->damage = "its header is destroyed";
		return;
	}
	crc = checksum(checksum(0, bytes, 0, 120), bytes, 128, EVTX_CHUNK_HEAD);
	used = (size_t)number_at(bytes, CHUNK_FREE_AT, 4);
	if (crc != number_at(bytes, CHUNK_CRC_AT, 4) || used < EVTX_CHUNK_HEAD ||
	    used > EVTX_CHUNK_BYTES) {
		chunk->damage = "the checksum of its header is wrong";
		return;
	}
	chunk->is_trusted = true;
	chunk->first = number_at(bytes, CHUNK_FIRST_AT, 8);
	chunk->last = number_at(bytes, CHUNK_LAST_AT, 8);
	if (used > bytes.n)
		return;
	chunk->limit = used;
	if (checksum(0, bytes, EVTX_CHUNK_HEAD, used) != number_at(bytes, CHUNK_DATA_CRC_AT, 4))
		chunk->damage = "the checksum of its records is wrong";
}

/* Records that must still come as the header tells; 0: it does not tell. */
static uint64_t missing(const struct evtx_chunk *chunk)
{
	const uint64_t count = chunk->last - chunk->first + 1;

	if (!chunk->is_trusted || chunk->last < chunk->first || count > EVTX_RECORDS_MAX ||
	    count <= chunk->seen)
		return 0;
	return count - chunk->seen;
}

static enum evtx_result lost(struct evtx_chunk *chunk, uint64_t count, uint64_t *ret_lost)
{
	chunk->seen += count;
	*ret_lost = count;
	return EVTX_LOST;
}

static enum evtx_result finish(struct evtx_chunk *chunk, uint64_t *ret_lost, struct err *err)
{
	const uint64_t count = missing(chunk);

	chunk->at = chunk->limit;
	if (count == 0)
		return EVTX_END;
	err_set(err, ERR_FORMAT, "chunk %llu: %llu of %llu records are missing%s",
		(unsigned long long)chunk->number, (unsigned long long)count,
		(unsigned long long)(count + chunk->seen),
		chunk->bytes.n < EVTX_CHUNK_BYTES ? ", the file is cut" : "");
	return lost(chunk, count, ret_lost);
}

/* Size of the record at this place; 0: there is none that is whole. */
static size_t record_at(const struct evtx_chunk *chunk, size_t at)
{
	uint64_t size;

	if (at > chunk->limit || chunk->limit - at < EVTX_RECORD_MIN ||
	    memcmp(chunk->bytes.p + at, record_magic.p, record_magic.n) != 0)
		return 0;
	size = number_at(chunk->bytes, at + 4, 4);
	if (size < EVTX_RECORD_MIN || size > chunk->limit - at ||
	    number_at(chunk->bytes, at + (size_t)size - 4, 4) != size)
		return 0;
	return (size_t)size;
}

/* Where a header cannot be trusted, older records may lie behind the newest. */
static bool is_older(const struct evtx_chunk *chunk, uint64_t id)
{
	return !chunk->is_trusted && chunk->previous > 0 && id <= chunk->previous;
}

/* No record stands where one should: goes to the next one. */
static enum evtx_result skip(struct evtx_chunk *chunk, uint64_t *ret_lost, struct err *err)
{
	const size_t from = chunk->at;
	size_t at = from;
	uint64_t count = 1, id;

	if (chunk->limit == chunk->bytes.n && is_zero(chunk->bytes, from))
		return finish(chunk, ret_lost, err);
	do {
		at = sv_find(sv_slice(chunk->bytes, 0, chunk->limit), record_magic, at + 1);
	} while (at != SIZE_MAX && record_at(chunk, at) == 0);
	if (at == SIZE_MAX) {
		if (missing(chunk) > 0)
			return finish(chunk, ret_lost, err);
		/* A record that does not fit any more is what a cut file ends with. */
		chunk->at = chunk->limit;
		err_set(err, ERR_FORMAT, "chunk %llu: no record at byte %zu, and none behind it",
			(unsigned long long)chunk->number, from);
		return lost(chunk, 1, ret_lost);
	}
	chunk->at = at;
	id = number_at(chunk->bytes, at + 8, 8);
	if (is_older(chunk, id))
		return finish(chunk, ret_lost, err);
	if (chunk->previous > 0 && id > chunk->previous && id - chunk->previous - 1 >= 1 &&
	    id - chunk->previous - 1 <= EVTX_RECORDS_MAX)
		count = id - chunk->previous - 1;
	else if (chunk->previous == 0 && chunk->is_trusted && id > chunk->first &&
		 id - chunk->first <= EVTX_RECORDS_MAX)
		count = id - chunk->first;
	err_set(err, ERR_FORMAT, "chunk %llu: no record at byte %zu; going on at byte %zu",
		(unsigned long long)chunk->number, from, at);
	return lost(chunk, count, ret_lost);
}

enum evtx_result evtx_chunk_next(struct evtx_chunk *chunk, struct event_decoder *decoder,
				 struct event *ret, uint64_t *ret_lost, struct err *err)
{
	const size_t from = chunk->at;
	uint64_t id;
	size_t size;

	if (chunk->damage) {
		err_set(err, ERR_FORMAT, "chunk %llu: %s; what can be read is used",
			(unsigned long long)chunk->number, chunk->damage);
		chunk->damage = NULL;
		return EVTX_DAMAGED;
	}
	if (from >= chunk->limit)
		return finish(chunk, ret_lost, err);
	size = record_at(chunk, from);
	if (size == 0)
		return skip(chunk, ret_lost, err);
	id = number_at(chunk->bytes, from + 8, 8);
	if (is_older(chunk, id))
		return finish(chunk, ret_lost, err);
	chunk->previous = id;
	chunk->at = from + size;
	if (binxml_decode(decoder, chunk->bytes, from + EVTX_RECORD_HEAD, from + size - 4, err) <
		    0 ||
	    windows_finish(decoder, SV_NONE, ret, err) < 0) {
		err_wrap(err, "chunk %llu: record %llu", (unsigned long long)chunk->number,
			 (unsigned long long)id);
		return lost(chunk, 1, ret_lost);
	}
	chunk->seen++;
	return EVTX_EVENT;
}
