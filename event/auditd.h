/*
 * auditd.h - the log of Linux's audit daemon: records that share an event id
 * become one event. Pure. Private to event/.
 */
#ifndef EVENT_AUDITD_H
#define EVENT_AUDITD_H

#include "event/plain.h"

#define AUDITD_GROUPS_MAX 64		    /* events whose records are still coming */
#define AUDITD_RECORDS_MAX 512		    /* of one event; more are left out */
#define AUDITD_ARGUMENTS_MAX 1024	    /* of one command that are joined to CommandLine */
#define AUDITD_WAIT_US (2 * INSTANT_SECOND) /* as auditd's own library waits */

struct auditd_head {
	struct sv node, type, body; /* body: behind the event's id */
	uint64_t serial;
	struct instant at;
};

/* "node=x type=SYSCALL msg=audit(1364481363.243:24287): …" */
bool auditd_head(struct sv line, struct auditd_head *ret);
/*
 * The event of records (lines) that belong together, in their order: all of
 * each record's fields, then those that rules for categories expect. The lines
 * are sound UTF-8 and outlive the event. Resets nothing.
 */
void auditd_fields(struct event_decoder *decoder, const struct sv *record, size_t count);
/* A record within a message of syslog; false: it is none. */
bool auditd_message(struct event_decoder *decoder, struct sv message);

/* audit_names.c: the name of a system call, or SV_NONE; arch as auditd writes it (c000003e). */
struct sv audit_syscall(struct sv arch, struct sv number);
/* The name of a record's type that the kernel gave as a number (1400: AVC). */
struct sv audit_type(struct sv number);
/* audit_address.c: adds DestinationIp, DestinationPort of a saddr; false: neither IPv4 nor IPv6. */
bool audit_address(struct event_decoder *decoder, struct sv saddr);

#endif
