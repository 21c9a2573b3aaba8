/*
 * plain.h - what decoders of text share: sound text, fields, dates, pairs.
 * Private to event/.
 */
#ifndef EVENT_PLAIN_H
#define EVENT_PLAIN_H

#include "event/internal.h"

/*
 * Empties the decoder and makes line sound UTF-8: bytes that are none become
 * U+FFFD, in scratch. -1: too long.
 */
int plain_begin(struct event_decoder *decoder, struct sv *line, struct err *err);
/* Each byte that is no character becomes one U+FFFD, in scratch; SV_NONE where there is no room. */
struct sv plain_sound(struct event_decoder *decoder, struct sv text);
/* A field; past EVENT_FIELDS_MAX or EVENT_NAME_MAX it is left out, and plain_finish fails. */
void plain_add(struct event_decoder *decoder, struct sv name, struct sv text);
void plain_add_number(struct event_decoder *decoder, struct sv name, struct sv text);
void plain_add_item(struct event_decoder *decoder, struct sv name, struct sv text);
/* A logsource that a log names itself and that is too long for an envelope is left out. */
void plain_bound(struct event_envelope *envelope);
/* The event of the fields that stand in the decoder; body is what keywords look at. */
int plain_finish(struct event_decoder *decoder, struct sv body, struct event *ret, struct err *err);
/* The text of a field that stands in the decoder already, exact name; or SV_NONE. */
struct sv plain_get(const struct event_decoder *decoder, struct sv name);
/* a, b and c, one behind another, in scratch; SV_NONE where there is no room. */
struct sv plain_join(struct event_decoder *decoder, struct sv a, struct sv b, struct sv c);
/* A copy in scratch, ASCII letters in lower case. */
struct sv plain_lower(struct event_decoder *decoder, struct sv text);
struct sv plain_number(struct event_decoder *decoder, uint64_t number);

bool plain_is_number(struct sv text); /* decimal digits only */
bool plain_is_address(struct sv text);
static inline bool plain_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool plain_is_word(char c)
{
	return plain_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
int plain_hex(char c); /* its value, or -1 */

/* Offset of the last c, or SIZE_MAX. */
size_t plain_last(struct sv text, char c);
/* Cuts the first word off *rest; blanks before it and one behind it go too. */
struct sv plain_word(struct sv *rest);
/* "Nov", any case: 1 to 12; 0: none. */
unsigned plain_month(struct sv name);
/* An instant of its parts; zone in minutes east. False where there is none such. */
bool plain_instant(int year, unsigned month, unsigned day, struct sv clock, int zone,
		  struct instant *ret);
/* "+0900", "-07:00" or "Z" to minutes. */
bool plain_zone(struct sv text, int *ret);
/* "Nov 21 15:00:01" at the start of *rest, which moves behind it. */
bool plain_date_bsd(struct sv *rest, struct instant reference, struct instant *ret);
/* Seconds since 1970 with a fraction. */
bool plain_seconds(struct sv text, struct instant *ret);

/*
 * The next `name=value` of *rest, the value perhaps in quotes (" or ') in which
 * a backslash makes the next character plain; words without `=` are passed over.
 * Quotes are not part of *ret_value; *ret_quoted tells.
 */
bool plain_pair(struct sv *rest, struct sv *ret_name, struct sv *ret_value, bool *ret_quoted);
/* Without the backslashes before `"` and `\`, in scratch where there are any. */
struct sv plain_unescape(struct event_decoder *decoder, struct sv text);

#endif
