/*
 * syslog.h - one line of syslog: RFC 5424, RFC 3164, and the forms in which it
 * lies in files (without priority; with an ISO date). Pure. Private to event/.
 */
#ifndef EVENT_SYSLOG_H
#define EVENT_SYSLOG_H

#include "event/plain.h"

#define SYSLOG_PRIORITY_MAX 191 /* facility 23, severity 7 */

struct syslog_line {
	bool has_priority;
	unsigned priority;
	struct instant at; /* zero: none */
	struct sv host, program, pid, message_id, data, message;
};

/* Whether the line has a head of syslog; message is then what stands behind it. */
bool syslog_parse(struct sv line, struct instant reference, struct syslog_line *ret);
/* The fields of the head and structured data, then `message`. */
void syslog_fields(struct event_decoder *decoder, const struct syslog_line *line);

/*
 * program.c: which logsource a program's messages are, and the fields in them.
 * Sets product, category and service of the decoder's envelope.
 */
void program_fields(struct event_decoder *decoder, const struct syslog_line *line);
/*
 * appliance.c: messages of network devices, which tell by themselves what they
 * are, with a head or without. False: it is none of them.
 */
bool appliance_fields(struct event_decoder *decoder, struct sv message);

#endif
