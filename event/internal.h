/*
 * internal.h - what the files of event/ share. Private.
 */
#ifndef EVENT_INTERNAL_H
#define EVENT_INTERNAL_H

#include "event/event.h"
#include "event/scan.h"
#include "event/shape.h"
#include "event/structure.h"

/*
 * Memory for texts that cannot be borrowed: unescaped strings (never longer
 * than the line), dotted names, names without spaces. It comes in pieces, each
 * twice the one before; the last is kept for the next event.
 */
#define EVENT_SCRATCH_BYTES (EVENT_BYTES_MAX + 3 * EVENT_FIELDS_MAX * EVENT_NAME_MAX)
#define EVENT_SCRATCH_FIRST ((size_t)16 << 10)
#define EVENT_SCRATCH_SLACK 64 /* SCAN_SLACK, STRUCTURE_TEXT_SLACK */

struct scratch_piece {
	struct scratch_piece *before;
	size_t room, taken;
	char byte[];
};

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
	struct scratch_piece *scratch;
	size_t scratch_n; /* taken from the pieces before */
	struct event_envelope envelope;
	struct sv body;
	struct event_name name[EVENT_NAMES_KEPT];
	/* the quick way: walk.c, shape.c */
	const struct structure_variant *variant; /* NULL: never the quick way */
	struct structure structure;
	size_t structure_room; /* bytes of a text */
	struct shapes shapes;
	struct shape *shape; /* of the event, or NULL */
	/* what windows_convert did */
	uint16_t *source; /* of each field: its index before */
	size_t converted; /* fields */
	bool was_renamed; /* those before stand in spare */
	bool by_text;	  /* a text decided a name: do not remember it */
};

/* event.c: room in a new piece; NULL past EVENT_SCRATCH_BYTES. */
char *scratch_more(struct event_decoder *decoder, size_t n);

/* Room for n bytes more at the scratch's end, taken later by scratch_take. */
static inline char *scratch_room(struct event_decoder *decoder, size_t n)
{
	struct scratch_piece *piece = decoder->scratch;

	return n <= piece->room - piece->taken ? piece->byte + piece->taken
					       : scratch_more(decoder, n);
}

/* The first n bytes of the room that was asked for last. */
static inline struct sv scratch_take(struct event_decoder *decoder, size_t n)
{
	struct scratch_piece *piece = decoder->scratch;
	const struct sv taken = { piece->byte + piece->taken, n };

	piece->taken += n;
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
/*
 * walk.c: the same at several times the speed, for what is sound and ordinary.
 * False where it is not: then only json_decode knows, and says why.
 */
bool json_walk(struct event_decoder *decoder, struct sv text);
/* Parts of json.c for walk.c. Without an error's text, since json_decode tells it. */
size_t json_number_length(const char *p, const char *end); /* 0: no number */
/* The string whose closing quote stands at end, with escapes. */
bool json_unescape(struct event_decoder *decoder, const char *begin, const char *end,
		   struct sv *ret);
bool json_envelope_member(struct event_decoder *decoder, struct sv member, struct sv text);
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

/* classify.c: whether Windows has a log of this logsource. */
bool windows_logsource_known(struct sv product, struct sv category, struct sv service);

#endif
