/*
 * evtx.h - files of the Windows event log: a header and chunks of 64 KiB, each
 * of which can be read alone. Private to event/. Works on bytes in memory; who
 * reads them from the file is reader.c.
 */
#ifndef EVENT_EVTX_H
#define EVENT_EVTX_H

#include "event/internal.h"

#define EVTX_HEADER_BYTES 4096
#define EVTX_CHUNK_BYTES 65536
#define EVTX_CHUNK_HEAD 512
#define EVTX_RECORD_HEAD 24
#define EVTX_RECORD_MIN (EVTX_RECORD_HEAD + 4) /* head, and the size once more */
/* More records than this do not fit into a chunk. */
#define EVTX_RECORDS_MAX ((EVTX_CHUNK_BYTES - EVTX_CHUNK_HEAD) / EVTX_RECORD_MIN)

struct evtx_header {
	uint64_t next_record; /* identifier of the record to be written next */
	uint32_t chunks;
	bool is_dirty;	 /* was open for writing */
	bool is_damaged; /* wrong checksum: the other values are not to be trusted */
};

bool evtx_is_header(struct sv bytes); /* looks at the first 8 bytes */
/* bytes may be fewer than EVTX_HEADER_BYTES, where the file is cut. */
int evtx_header(struct sv bytes, struct evtx_header *ret, struct err *err);

enum evtx_result {
	EVTX_END, /* no more records in this chunk */
	EVTX_EVENT,
	EVTX_LOST,    /* *ret_lost records could not be read, *err says why */
	EVTX_DAMAGED, /* a wrong checksum; records follow all the same */
};

/* The state of reading one chunk; zero it before the first. */
struct evtx_chunk {
	struct sv bytes; /* fewer than EVTX_CHUNK_BYTES, where the file is cut; where
			    * they do not hold the chunk's head, nothing is read */
	uint64_t number; /* from 1 */
	size_t at, limit;
	bool is_trusted;      /* the header's checksum is right */
	const char *damage;   /* to be reported first */
	uint64_t first, last; /* record identifiers that the header tells */
	uint64_t previous;    /* identifier of the record read last; 0: none */
	uint64_t seen;	      /* given or lost */
};

/* Borrows bytes until the next chunk. */
void evtx_chunk_begin(struct evtx_chunk *chunk, struct sv bytes, uint64_t number);
/* *ret borrows from the decoder and the chunk. */
enum evtx_result evtx_chunk_next(struct evtx_chunk *chunk, struct event_decoder *decoder,
				 struct event *ret, uint64_t *ret_lost, struct err *err);

#endif
