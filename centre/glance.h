/*
 * glance.h - how a company is, in one word and what it rests on. Pure: facts in,
 * a word out; who counts the facts is routes_home.c.
 */
#ifndef CENTRE_GLANCE_H
#define CENTRE_GLANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

#define GLANCE_SILENT_SECONDS (3 * 24 * 60 * 60) /* a device not heard of for longer */

enum glance_state {
	GLANCE_BEFORE, /* not protected yet */
	GLANCE_CALM,   /* green */
	GLANCE_WATCH,  /* yellow: somebody should look */
	GLANCE_ACT,    /* red: something is wrong */
	GLANCE_AFTER,  /* grey: it is over */
	GLANCE_STATE_COUNT
};
const char *glance_state_name(enum glance_state state); /* "calm" */

enum glance_reason { /* in the order in which people should read them */
	GLANCE_NO_PARTICIPATION,
	GLANCE_NOT_CONFIRMED,
	GLANCE_NO_ENTITLEMENT, /* confirmed; devices may not be enrolled yet */
	GLANCE_NOT_INSTALLED,
	GLANCE_TRIAL_OVER,
	GLANCE_LICENCE_OFF,
	GLANCE_INCIDENT_REAL, /* judged real and open */
	GLANCE_DEVICE_ISOLATED,
	GLANCE_INCIDENT_OPEN, /* being looked at */
	GLANCE_DEVICE_SILENT,
	GLANCE_DEVICE_UPDATE,
	GLANCE_CHECK_MISSING, /* the desk did not look yesterday */
	GLANCE_REASON_COUNT
};
const char *glance_reason_name(enum glance_reason reason); /* "device_silent" */

struct glance_facts {
	bool participates;	/* there is an application or a participation */
	bool by_application;	/* the next three count */
	bool confirmed;		/* participation is final */
	bool entitled;		/* devices may be enrolled */
	bool over;		/* ended, or the trial's last day is past */
	uint32_t devices, silent, isolated, outdated, without_licence;
	uint32_t incidents_open, incidents_real; /* open ones; those judged real among them */
	bool check_missing;
};
struct glance {
	enum glance_state state;
	unsigned reasons; /* bits 1 << enum glance_reason */
};
struct glance glance_of(const struct glance_facts *facts);

/* "0.1.0" is older than "0.1.1"; what is no version is never older. */
bool glance_version_is_older(struct sv version, struct sv than);

#endif
