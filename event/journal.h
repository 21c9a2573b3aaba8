/*
 * journal.h - systemd's journal as it is exported: lines NAME=value, values with
 * line ends or NULs by their length, an empty line behind each entry. Pure.
 * Private to event/.
 */
#ifndef EVENT_JOURNAL_H
#define EVENT_JOURNAL_H

#include "event/plain.h"

bool journal_looks_like(struct sv start);
/*
 * Length of the entry at the start of bytes, with the empty line behind it. 0:
 * it goes on behind bytes. SIZE_MAX: it is longer than EVENT_BYTES_MAX.
 */
size_t journal_entry(struct sv bytes);
/* Puts the entry's fields into the emptied decoder. -1: not of this form. */
int journal_decode(struct event_decoder *decoder, struct sv entry, struct event *ret,
		   struct err *err);
/*
 * The fields stand in the decoder, of an export or of JSON: adds message,
 * program, hostname, pid, and what the program's messages say.
 */
void journal_fields(struct event_decoder *decoder);

#endif
