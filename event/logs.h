/*
 * logs.h - what the JSON of services and programs means: recognised by members,
 * native names kept, and those added that Sigma's rules use. The tables are in
 * mapping/. Private to event/.
 */
#ifndef EVENT_LOGS_H
#define EVENT_LOGS_H

#include "event/plain.h"

enum log {
	LOG_PLAIN, /* its own names are those of the rules */
	LOG_JOURNAL,
	LOG_CLOUDTRAIL,
	LOG_OKTA,
	LOG_KUBERNETES,
	LOG_GCP,
	LOG_WORKSPACE,
	LOG_AZURE,
	LOG_PIM,
	LOG_M365,
	LOG_DROPBOX,
	LOG_EVE,
	LOG_ESLOGGER,
	LOG_ECS,
	LOG_COUNT
};

/*
 * The fields stand in the decoder, raw is their JSON or SV_NONE. Sets the
 * logsource and adds names, where it is a log that is known; false: it is none.
 */
bool logs_convert(struct event_decoder *decoder, struct sv raw);
/*
 * The text of a member of an object that is sound, path "a.b"; SV_NONE: there is
 * none, or it lies in a list.
 */
struct sv logs_member(struct sv object, struct sv path);

/* logs_special.c: what tables cannot say. */
void logs_special(struct event_decoder *decoder, enum log log);

#endif
