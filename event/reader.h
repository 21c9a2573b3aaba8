/*
 * reader.h - the reader and its parts: which format, objects, EVTX, lines.
 * Private to event/.
 */
#ifndef EVENT_READER_H
#define EVENT_READER_H

#include "event/evtx.h"
#include "event/input.h"
#include "event/lines.h"

/* What the parts give besides 1, 0 and -1: nothing now, though it is not the end. */
#define READER_DRY EVENT_READER_QUIET

struct follow;

struct event_reader {
	struct input input;
	enum event_format format;
	struct event_reader_options options;
	char *path;
	bool is_skipping; /* in a line that is too long */
	bool flush;	  /* followed no longer: what waits is all that comes */
	bool bad_packing; /* counted already */
	struct event_decoder *decoder;
	struct event_reader_progress progress;
	/* objects */
	bool in_garbage; /* reported already */
	size_t resumed;	 /* times that a broken object was stepped over */
	enum { WRAPPER_NONE, WRAPPER_LIST, WRAPPER_REST } wrapper; /* of a list of events */
	size_t wrapper_depth;
	bool wrapper_string, wrapper_escape;
	/* EVTX */
	struct evtx_header header;
	struct evtx_chunk chunk;
	uint64_t chunk_count, last_record;
	bool has_chunk, has_header_error;
	/* lines of text */
	struct lines *lines;
	struct follow *follow;
};

/* ---- reader.c ---- */

/* Counts a record as lost; its number. */
uint64_t reader_lost(struct event_reader *reader);
/* Counts one record more and decodes it. */
int reader_give(struct event_reader *reader, struct sv text, struct event *ret, struct err *err);
int reader_too_long(struct event_reader *reader, struct err *err);
/*
 * The next line without its end. Returns 1; 0 at the end; READER_DRY; -1 with an
 * error. A line that is too long is left in parts, so memory stays bounded.
 */
int reader_line(struct event_reader *reader, struct sv *ret, struct err *err);

/* ---- recognise.c ---- */

/* Sets the format by the first bytes, where it is AUTO. */
int reader_recognise(struct event_reader *reader, struct err *err);
int reader_refuse(struct sv start, struct err *err);
/* Length of the object or list at the start of text, by brackets and strings alone; 0: no end. */
size_t object_length(struct sv text);
/*
 * Where the first event begins in an object that only wraps a list of them
 * ({"Records":[{…}, as CloudTrail, Azure and others answer); 0: it is no such object.
 */
size_t object_wrapper(struct sv text);

/* ---- the formats ---- */

int reader_next_json(struct event_reader *reader, struct event *ret, struct err *err);
int reader_start_evtx(struct event_reader *reader, struct err *err);
int reader_next_evtx(struct event_reader *reader, struct event *ret, struct err *err);
int reader_next_lines(struct event_reader *reader, struct event *ret, struct err *err);
int reader_next_journal(struct event_reader *reader, struct event *ret, struct err *err);

/* ---- follow.c ---- */

struct follow *follow_open(const char *path, const struct event_reader_options *options,
			   struct err *err);
void follow_close(struct follow *follow);
int follow_next(struct follow *follow, struct event *ret, uint64_t *ret_record, struct err *err);
struct event_reader_progress follow_progress(const struct follow *follow);
const char *follow_path(const struct follow *follow);

#endif
