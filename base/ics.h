/*
 * ics.h - calendar entries for people's own calendars (RFC 5545): CRLF, lines
 * folded at 75 octets and never inside a character, text escaped, times in UTC
 * with Z. Pure: who writes gives every instant.
 *
 * An entry that changes keeps its uid and gets a higher sequence; one that is
 * called off is written once more with `cancelled`.
 */
#ifndef BASE_ICS_H
#define BASE_ICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/day.h"
#include "base/err.h"
#include "base/sv.h"

#define ICS_LINE_MAX 75	  /* octets of a line without its CRLF */
#define ICS_TEXT_MAX 4000 /* bytes of one text of an entry; more is refused */

struct ics_entry {
	struct sv uid; /* "booking-0193…@centre.example": the same for ever */
	uint32_t sequence;
	struct instant stamp;			    /* when this was written */
	struct sv summary, description, place, url; /* each may be empty but the first */
	bool whole_day; /* then `day` to `last_day` counts, else from and to */
	struct instant from, to;
	struct day day, last_day;
	bool cancelled;
};

/* VCALENDAR with METHOD:PUBLISH: a file that somebody opens. */
void ics_begin(struct buf *buf);
/*
 * ERR_RANGE where a text is too long, the end is not after the beginning, or a time
 * is outside the years 1970 to 9999; ERR_FORMAT where the uid is empty or not
 * printable ASCII. buf is untouched then.
 */
int ics_put(struct buf *buf, const struct ics_entry *entry, struct err *err);
void ics_end(struct buf *buf);

#endif
