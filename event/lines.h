/*
 * lines.h - formats that are lines of text: a line becomes an event, or tells
 * how later ones are to be read, or is one record of several of an event.
 * Pure: bytes and a state in, an event out. Private to event/.
 */
#ifndef EVENT_LINES_H
#define EVENT_LINES_H

#include "event/internal.h"

struct lines; /* what one file's lines have told so far */

/* The logsource that the caller knows (SV_NONE: nothing) is borrowed. */
struct lines *lines_new(enum event_format format, const struct event_reader_options *options);
void lines_free(struct lines *lines);
/*
 * Whether the line turns round whether the record goes on over its end: a quote
 * of CSV that is opened in it and not closed, or closed and not opened.
 */
bool lines_go_on(const struct lines *lines, struct sv line);
/*
 * Takes one line. Returns 1 with an event; 0 where none came of it (a comment, a
 * heading, a part of an event); -1 with the error of this line. *ret borrows
 * from line, lines and decoder until the next call.
 */
int lines_take(struct lines *lines, struct event_decoder *decoder, struct sv line,
	       struct event *ret, struct err *err);
/*
 * Events that wait for more lines and will get none: all where is_end, else
 * those that are complete. Call until it gives 0.
 */
int lines_rest(struct lines *lines, struct event_decoder *decoder, bool is_end, struct event *ret,
	       struct err *err);
/* The format of a text by its first lines, of which the last may be cut; or AUTO. */
enum event_format lines_recognise(struct sv start);

/* ---- one format ---- */

struct line_format {
	enum event_format format;
	size_t state_bytes; /* zeroed memory for it; 0: none */
	void (*start)(void *state, const struct event_reader_options *options);
	bool (*looks_like)(struct sv start);
	bool (*goes_on)(const void *state, struct sv line);
	int (*take)(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		    struct err *err);
	int (*rest)(void *state, struct event_decoder *decoder, bool is_end, struct event *ret,
		    struct err *err);
	void (*done)(void *state);
};

extern const struct line_format syslog_format, auditd_format, weblog_format, w3c_format,
	zeek_format, csv_format, cef_format, plain_format;

#endif
