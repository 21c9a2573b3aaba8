/* courier.h - what the courier's role, enrolment and farewell have in common. */
#ifndef AGENT_LINUX_COURIER_H
#define AGENT_LINUX_COURIER_H

#include "agent/linux/program.h"
#include "wire/wire.h"

#define SPOOL_BYTES_MAX (256U << 20)

extern const struct spool_options courier_spool_options;

/*
 * Goes into the courier's folder and becomes the courier's user where we are
 * root. From then on names are relative: folders above need not be readable.
 */
int courier_enter(const char *folder, struct err *err);
void courier_fill_options(struct courier_options *ret, const char *url, bool (*stop)(void *),
			  void *context);

/* Sub-commands of hikeshi-agent-courier, called by hikeshi-agent. */
int enrol_run(const struct program_options *options, struct err *err);
/* Sends what the spool holds, for a while: the agent is going. */
int farewell_run(const struct program_options *options, struct err *err);

#endif
