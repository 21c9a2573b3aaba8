/*
 * internal.h - what the files of event/ share. Private.
 */
#ifndef EVENT_INTERNAL_H
#define EVENT_INTERNAL_H

#include "event/event.h"
#include "event/scan.h"

/*
 * Memory for texts that cannot be borrowed: unescaped strings (never longer
 * than the line), dotted names, names without spaces. Untouched pages cost
 * nothing.
 */
#define EVENT_SCRATCH_BYTES (EVENT_BYTES_MAX + 3 * EVENT_FIELDS_MAX * EVENT_NAME_MAX)

/*
 * Names come again in each event, so their hashes are kept. Three words hold
 * all of a name of up to 24 bytes: what is found is that name.
 */
#define EVENT_NAMES_KEPT 256   /* a power of two */
#define EVENT_NAME_KEPT_MAX 24 /* longer names are hashed each time */

struct event_name {
	uint64_t word[3];
	uint64_t n, hash;
};

struct event_decoder {
	struct event_field *field; /* EVENT_FIELDS_MAX */
	size_t count;
	struct event_field *spare; /* likewise: where conversion writes */
	char *scratch;		   /* EVENT_SCRATCH_BYTES + SCAN_SLACK */
	size_t scratch_n;
	struct event_envelope envelope;
	struct sv body;
	struct event_name name[EVENT_NAMES_KEPT];
};

/* Room for n bytes more at the scratch's end, taken later by scratch_take. */
static inline char *scratch_room(struct event_decoder *decoder, size_t n)
{
	if (n > EVENT_SCRATCH_BYTES - decoder->scratch_n)
		return NULL;
	return decoder->scratch + decoder->scratch_n;
}

static inline struct sv scratch_take(struct event_decoder *decoder, size_t n)
{
	const struct sv taken = { decoder->scratch + decoder->scratch_n, n };

	decoder->scratch_n += n;
	return taken;
}

/* Empties fields, scratch and envelope. */
void event_decoder_reset(struct event_decoder *decoder);
/* One more field; -1 with ERR_RANGE past EVENT_FIELDS_MAX. Name and text stay borrowed. */
int event_decoder_add(struct event_decoder *decoder, struct sv name, struct sv text,
		      enum event_type type, bool in_array, struct err *err);
/* Computes the names' hashes and gives the event out. */
void event_decoder_finish(struct event_decoder *decoder, struct sv raw, struct event *ret);

/* json.c: fills the decoder's fields, envelope and body. */
int json_decode(struct event_decoder *decoder, struct sv text, struct err *err);
bool json_is_number(struct sv text);
/* Length of the UTF-8 character at p, which is beyond ASCII; 0: it is none. */
size_t utf8_length(const char *p, const char *end);
/* Writes one character, at most 4 bytes; returns their number. */
size_t utf8_put(uint32_t code, char *to);

/*
 * windows.c: renames the decoder's fields from the exporter's form to Sigma's
 * names. Returns whether the form is one of Windows events.
 */
int windows_convert(struct event_decoder *decoder, bool *ret_windows, struct err *err);
/* Adds the fields that rules for a category expect under another name. */
void windows_alias(struct event_decoder *decoder, struct event *event);
/* When it happened, where the envelope does not say. */
void windows_observed(struct event *event);
/* All three steps, after the fields stand in the decoder. */
int windows_finish(struct event_decoder *decoder, struct sv raw, struct event *ret,
		   struct err *err);

#endif
