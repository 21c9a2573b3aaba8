/* zeek.h - what the logs of Zeek mean, as TSV and as JSON. Private to event/. */
#ifndef EVENT_ZEEK_H
#define EVENT_ZEEK_H

#include "event/plain.h"

/*
 * The fields stand in the decoder; path is the log's name (conn, dns, http, …).
 * Sets the logsource and adds the names that rules without a product expect.
 */
void zeek_fields(struct event_decoder *decoder, struct sv path);
/* The log's name by the members that only it has, where it does not say; or SV_NONE. */
struct sv zeek_path(const struct event_decoder *decoder);

#endif
