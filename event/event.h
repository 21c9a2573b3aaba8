/*
 * event.h - the event: one observed fact as one JSON object with Sigma's field
 * names, and the formats it comes in. Decoding validates everything in one
 * pass and copies only strings that hold escapes.
 *
 * The reserved member `hikeshi` is the envelope. It is kept apart from the
 * fields, so that no rule can see it (Sysmon has fields Company and Product).
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"

#define EVENT_BYTES_MAX (1U << 20)  /* one encoded event */
#define EVENT_DEPTH_MAX 32	    /* objects, lists and elements in each other */
#define EVENT_FIELDS_MAX 4096	    /* values of one event */
#define EVENT_NAME_MAX 512	    /* a dotted name */
#define EVENT_ENVELOPE_TEXT_MAX 128 /* one text of the envelope */

enum event_type {
	EVENT_NULL,
	EVENT_BOOL,   /* text is true or false */
	EVENT_NUMBER, /* text as written */
	EVENT_STRING, /* text unescaped, UTF-8 */
	EVENT_EMPTY,  /* [] or {}: the name is there, with no value */
};

/*
 * One value. Objects are flattened to dotted names (a.b.c); an array gives one
 * field for each element, all with the array's name. So a name may stand more
 * than once, always in the order of the text.
 */
struct event_field {
	struct sv name;
	struct sv text;
	uint64_t name_hash; /* sv_hash_case(name) */
	enum event_type type;
	bool in_array;
};

/* Empty views and zero instants where unknown. */
struct event_envelope {
	struct sv id;	   /* UUIDv7 as text */
	struct sv company; /* set by the centre from the certificate */
	struct sv device;  /* likewise */
	/* when it happened, by the sender's clock; when it came, by the centre's */
	struct instant observed, received;
	struct sv product;  /* logsource: windows, linux, … */
	struct sv category; /* process_creation, … the most exact one */
	struct sv service;  /* sysmon, security, … */
};

struct event {
	/* The bytes it was decoded from; SV_NONE where it was not JSON. */
	struct sv raw;
	/*
	 * raw behind the envelope, where that stands first, else raw: keywords
	 * must not match the envelope.
	 */
	struct sv body;
	struct event_envelope envelope;
	const struct event_field *field;
	size_t count;
	/*
	 * Where two events have the same number here, their fields have the same
	 * names in the same order; 0: unknown. Who changes fields sets it to 0.
	 */
	uint64_t shape;
};

/* First field of this name, in exact case, then folded; or NULL. */
const struct event_field *event_get(const struct event *event, struct sv name);
/* Its text, or SV_NONE where there is none, or null, or nothing in it. */
struct sv event_text(const struct event *event, struct sv name);

/* ---- decoding one JSON object ---- */

struct event_decoder; /* scratch memory, for one thread */

struct event_decoder *event_decoder_new(void);
void event_decoder_free(struct event_decoder *decoder);
/*
 * Decodes one JSON object (RFC 8259, strict UTF-8, numbers finite, depth and
 * size bounded). *ret and its views borrow from line and decoder until the
 * next call. Duplicate names give a value each; a second envelope is an error.
 * An escaped half of a surrogate pair becomes U+FFFD: Windows has such names,
 * and nobody shall hide an event by one. Errors say the byte offset: ERR_FORMAT,
 * ERR_RANGE (a bound), ERR_TOO_LARGE. Does not classify: see event_classify.
 */
int event_decode(struct event_decoder *decoder, struct sv line, struct event *ret, struct err *err);
/*
 * Decodes the object as an exporter of Windows events wrote it ({"Event":
 * {"System": …, "EventData": …}}, Winlogbeat, …) or as fields already flat,
 * converts to Sigma's field names, and classifies.
 */
int event_decode_any(struct event_decoder *decoder, struct sv line, struct event *ret,
		     struct err *err);

/*
 * Fills product, category, service of the envelope where they are empty, from
 * Channel, Provider_Name, EventID, EventType (tables in classify.c). Leaves an
 * event alone that names another product.
 */
void event_classify(struct event *event);
/*
 * An event carries its most exact category. The wider one that rules may ask
 * for ("registry_event" for registry_set, …), or SV_NONE.
 */
struct sv event_category_parent(struct sv category);
/*
 * Whether a decoder or an agent of ours gives events of this logsource; empty
 * parts mean any. A rule for another one would never see an event.
 */
bool event_logsource_known(struct sv product, struct sv category, struct sv service);
/*
 * Whether events of this envelope are for rules of that logsource: its parts
 * are the same, wider (event_category_parent; sshd is auth, and syslog), or empty.
 */
bool event_logsource_fits(const struct event_envelope *envelope, struct sv product,
			  struct sv category, struct sv service);
/* A name that has wider ones, as the tables hold it (for ever), or SV_NONE. */
struct sv event_logsource_name(struct sv name);

struct event_fields {
	const struct sv *name; /* for ever */
	size_t count;
	/* The log has fields of its own besides (members of JSON, data of Windows): a
	 * name that is not listed may be right. */
	bool open;
};
/*
 * The fields that decoders and agents give for a logsource, empty parts mean
 * any. Where it is not known: none. Writes at most EVENT_FIELDS_LISTED_MAX
 * names, each once, to `room`, to which ret->name points.
 */
#define EVENT_FIELDS_LISTED_MAX 2048
struct event_fields event_logsource_fields(struct sv product, struct sv category, struct sv service,
					   struct sv room[static EVENT_FIELDS_LISTED_MAX]);

/* ---- encoding ---- */

/*
 * Appends one line: {"hikeshi":{…},"Field":…}\n. Fields keep order and type. A
 * name that stands in an array or more than once becomes one array at its first
 * place, so that readers who keep only one value of a name lose nothing. A field
 * named `hikeshi` is left out: it would be read as the envelope. Nothing is added
 * where the line passes EVENT_BYTES_MAX or buf its maximum: ERR_TOO_LARGE.
 */
int event_encode(const struct event *event, struct buf *buf, struct err *err);

/* For those who make events: begin, add fields, then encode. */
struct event_builder;
struct event_builder *event_builder_new(void);
void event_builder_free(struct event_builder *builder);
void event_builder_clear(struct event_builder *builder);
/* Copies name and text; bytes that are not UTF-8 become U+FFFD. Over a bound: ignored, counted. */
void event_builder_text(struct event_builder *builder, struct sv name, struct sv text);
void event_builder_number(struct event_builder *builder, struct sv name, int64_t number);
void event_builder_bool(struct event_builder *builder, struct sv name, bool value);
/* One element of a list; each call adds one. */
void event_builder_item(struct event_builder *builder, struct sv name, struct sv text);
/* Write there; what its views point to must outlive the encoding. */
struct event_envelope *event_builder_envelope(struct event_builder *builder);
/* Fields that were not taken since the last clear. */
size_t event_builder_ignored(const struct event_builder *builder);
/* Borrowed until the next change. */
struct event event_builder_event(const struct event_builder *builder);

/* ---- reading files ---- */

enum event_format {
	EVENT_FORMAT_AUTO,
	EVENT_FORMAT_NDJSON, /* one object a line */
	EVENT_FORMAT_JSON,   /* objects one after another, or one array of objects */
	EVENT_FORMAT_EVTX,
	EVENT_FORMAT_AUDITD,  /* audit.log of Linux: records, grouped to events */
	EVENT_FORMAT_JOURNAL, /* journalctl -o export; -o json is NDJSON */
	EVENT_FORMAT_SYSLOG,  /* RFC 5424 and 3164, with the logs that come in it */
	EVENT_FORMAT_CEF,     /* ArcSight's, bare or in syslog */
	EVENT_FORMAT_WEB,     /* access and error logs of Apache and nginx, Squid */
	EVENT_FORMAT_W3C,     /* #Fields: IIS, proxies, the firewall of Windows */
	EVENT_FORMAT_ZEEK,    /* #fields, tabs; as JSON it is NDJSON */
	EVENT_FORMAT_CSV,     /* with a heading */
	EVENT_FORMAT_TEXT,    /* each line is a `message`; never recognised, only asked for */
	EVENT_FORMAT_COUNT
};

/* "ndjson", "auditd", …: the same words are read, and common others (iis, eve). */
const char *event_format_name(enum event_format format);
bool event_format_parse(struct sv text, enum event_format *ret);

/* event_reader_next, following: nothing came for wait_ms. */
#define EVENT_READER_QUIET 2
#define EVENT_READER_WAIT_MS 1000 /* where options do not say */

struct event_reader_options {
	enum event_format format;
	/* The path is a file or a folder that others write to: what comes is read,
	 * through rotation and truncation, until the reader is closed. */
	bool follow;
	bool only_new; /* following: what is there already is passed over */
	unsigned wait_ms;
	/* Where not empty: the logsource of all events. Borrowed. */
	struct sv product, category, service;
	struct instant reference; /* dates without a year are near to it; zero: the file's */
	bool live;		  /* private: a followed file */
};

struct event_reader;

struct event_reader_progress {
	uint64_t bytes_read;
	uint64_t bytes_total; /* 0: unknown (a pipe) */
	uint64_t records;     /* given out */
	/*
	 * Lost: could not be read, as far as the file tells; at least one for
	 * each error but those of damaged. Damaged: places with a wrong checksum;
	 * what can be read there is given out all the same; one error each.
	 */
	uint64_t lost, damaged;
};

/*
 * Opens a file, "-" for standard input. AUTO looks at the first bytes. gzip and
 * zstd are unpacked on the way; a bomb ends the reading (input.h).
 */
struct event_reader *event_reader_open(const char *path, enum event_format format, struct err *err);
struct event_reader *event_reader_open_with(const char *path,
					    const struct event_reader_options *options,
					    struct err *err);
void event_reader_close(struct event_reader *reader);
/*
 * Next event, converted and classified. Returns 1; 0 at the end; -1 with the
 * error of ONE place that could not be read or is damaged, which is counted and
 * skipped: call again to go on. *ret borrows until the next call. A record
 * longer than EVENT_BYTES_MAX is lost, not cut. Ends after an error of the
 * system (ERR_IO). Following, EVENT_READER_QUIET: nothing came for wait_ms.
 */
int event_reader_next(struct event_reader *reader, struct event *ret, uint64_t *ret_record,
		      struct err *err);
/*
 * For NDJSON and who decodes it in several threads: whole lines with their ends,
 * as many as wait, at least one; reads only where none waits. The last line of
 * the file may have no end. Returns 1; 0 at the end; -1 for one line that is too
 * long and left out, before those that come next, or for an error of the system
 * (ERR_IO). Lines are not counted as records; *ret borrows until the next call.
 */
int event_reader_lines(struct event_reader *reader, struct sv *ret, struct err *err);
/* The file of the event given last: following a folder there are many. Until the next call. */
const char *event_reader_path(const struct event_reader *reader);
/* What it is, also where AUTO was asked for; AUTO where a folder is followed. */
enum event_format event_reader_format(const struct event_reader *reader);
/* record numbers start at 1 in each file, counting lost ones too. */
struct event_reader_progress event_reader_progress(const struct event_reader *reader);

#endif
