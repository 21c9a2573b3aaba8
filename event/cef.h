/* cef.h - ArcSight's Common Event Format, bare or in syslog. Private to event/. */
#ifndef EVENT_CEF_H
#define EVENT_CEF_H

#include "event/syslog.h"

/*
 * The event of a message of CEF; line is all of it, for keywords. Returns 1, or
 * -1 where it is none. The decoder is empty but for what made the text sound.
 */
int cef_decode(struct event_decoder *decoder, const struct syslog_line *head, struct sv line,
	       struct event *ret, struct err *err);

#endif
