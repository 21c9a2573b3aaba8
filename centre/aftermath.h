/*
 * aftermath.h - what a transaction of the detect thread leaves to be told once
 * it is durable: changes for people who watch, refusals for the audit trail.
 */
#ifndef CENTRE_AFTERMATH_H
#define CENTRE_AFTERMATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/sv.h"
#include "centre/centre.h"
#include "centre/live.h"

#define AFTERMATH_CHANGES_MAX 1024 /* more are not shown live; whoever loads again sees them */
#define AFTERMATH_REFUSALS_MAX 64  /* more are counted with the last */
#define AFTERMATH_REASON_MAX 400

struct aftermath_change {
	enum live_kind kind;
	bool created;
	char company[UUID_TEXT_MAX], id[UUID_TEXT_MAX];
};

struct aftermath_refusal { /* something a device would not do, or tried in vain */
	char company[UUID_TEXT_MAX], device[UUID_TEXT_MAX];
	const char *action; /* literal */
	char reason[AFTERMATH_REASON_MAX];
	uint32_t repeated;
};

struct aftermath {
	struct aftermath_change change[AFTERMATH_CHANGES_MAX];
	struct aftermath_refusal refusal[AFTERMATH_REFUSALS_MAX];
	size_t changes, refusals;
	uint64_t untold; /* changes past the limit */
};

void aftermath_clear(struct aftermath *aftermath);
/* The same thing twice is told once. */
void aftermath_changed(struct aftermath *aftermath, enum live_kind kind, struct sv company,
		       struct sv id, bool created);
void aftermath_refused(struct aftermath *aftermath, struct sv company, struct sv device,
		       const char *action, struct sv reason, uint32_t repeated);
/* Outside of transactions. records is the caller's connection. */
void aftermath_tell(const struct aftermath *aftermath, struct centre *centre,
		    struct store *records, struct instant now);

#endif
