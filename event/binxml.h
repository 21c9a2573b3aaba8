/*
 * binxml.h - Windows' binary XML, as it stands in one chunk of an EVTX file.
 * Private to event/. Every offset is checked against the chunk; work is bounded
 * by the number of tokens, depth by EVENT_DEPTH_MAX and BINXML_NEST_MAX.
 */
#ifndef EVENT_BINXML_H
#define EVENT_BINXML_H

#include "event/internal.h"

#define BINXML_TOKENS_MAX                                                                          \
	16384		       /* of one record, templates counted each time; an
				 * item of an array and 64 bytes of a value are one */
#define BINXML_NEST_MAX 16     /* templates and fragments within each other */
#define BINXML_VALUES_MAX 1024 /* of one template's instance */

/*
 * Turns the fragment at [from, to) of a chunk into the decoder's fields, with
 * dotted names such as Event.System.Provider.#attributes.Name.
 */
int binxml_decode(struct event_decoder *decoder, struct sv chunk, size_t from, size_t to,
		  struct err *err);

/* Little-endian reading with a bound; past it, gives 0 and stays bad. */
struct cursor {
	const unsigned char *p;
	size_t at, end;
	bool bad;
};

static inline bool cursor_has(struct cursor *cursor, size_t n)
{
	if (n > cursor->end - cursor->at)
		cursor->bad = true;
	return !cursor->bad;
}

static inline uint64_t little(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | p[n];
	return value;
}

/* n is 1, 2, 4 or 8. */
static inline uint64_t cursor_take(struct cursor *cursor, size_t n)
{
	uint64_t value;

	if (!cursor_has(cursor, n))
		return 0;
	value = little(cursor->p + cursor->at, n);
	cursor->at += n;
	return value;
}

/* binxml_value.c */

#define BINXML_NULL 0x00
#define BINXML_STRING 0x01
#define BINXML_FRAGMENT 0x21
#define BINXML_ARRAY 0x80

/*
 * Appends one value's text to the scratch. Returns 0; 1 where there is no value
 * (*ret untouched); -1 where the bytes do not fit the type.
 */
int binxml_value(struct event_decoder *decoder, unsigned type, const unsigned char *p, size_t n,
		 struct sv *ret, enum event_type *ret_type, struct err *err);
/*
 * Cuts the first element off an array of the type (without BINXML_ARRAY).
 * Returns its length and in *ret_step how far the next one is; 0 where what is
 * left is no element.
 */
size_t binxml_item(unsigned type, const unsigned char *p, size_t n, size_t *ret_step);
/* Appends UTF-16LE text to the scratch; a half of a pair becomes U+FFFD. */
int binxml_utf16(struct event_decoder *decoder, const unsigned char *p, size_t units,
		 struct sv *ret, struct err *err);

#endif
