/*
 * audit.h - the audit trail: every change of state and every refusal that
 * matters, append only, each entry's hash covering the one before.
 *
 * The chain shows a change of the past to whoever kept a later hash; it does
 * not stop somebody who owns the database file from writing all of it anew.
 */
#ifndef CENTRE_AUDIT_H
#define CENTRE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/access.h"
#include "store/store.h"

#define AUDIT_TEXT_MAX 2000 /* bytes of reason; longer is cut */

struct audit_entry {
	const struct actor *actor; /* NULL: the centre itself */
	const char *action;	   /* operationId, or "certificate", "batch" … */
	const char *object_kind;   /* "incident"; NULL: none */
	struct sv object;	   /* id */
	struct sv company;	   /* whose affair it is; empty: the actor's operator's */
	bool refused;
	struct sv reason;  /* given by the person, or why it was refused */
	struct sv address; /* where it came from */
	uint32_t repeated; /* how many more of the same */
};

/* Inside the caller's transaction, so that it commits with what it tells. */
int audit_append(struct store *store, const struct audit_entry *entry, struct instant now,
		 struct err *err);

struct audit_state {
	bool intact;
	uint64_t entries;
	uint64_t broken_at; /* number of the first entry that does not fit; 0: none */
	char head[65];	    /* hash of the last entry; empty where there is none */
};
/* Computes the chain again from the first entry. */
int audit_verify(struct store *store, struct audit_state *ret, struct err *err);

/* ---- refusals: many strangers must not fill the trail ---- */

#define REFUSALS_SLOTS 1024
#define REFUSALS_WINDOW_SECONDS 60
/* Past this many entries in a window, refusals are told apart by action and reason alone. */
#define REFUSALS_WINDOW_MAX 300

struct refusals; /* locked inside */

struct refusals *refusals_new(void);
void refusals_free(struct refusals *refusals);
/*
 * Writes the first of its kind (actor, address, action, reason) in a
 * transaction of its own; the same again within the window is only counted,
 * and written once as `repeated` when the window is over. Call it outside of
 * transactions.
 */
int audit_refuse(struct refusals *refusals, struct store *store, const struct audit_entry *entry,
		 struct instant now, struct err *err);
/* Writes the counts of windows that are over (all: of every window). To be called now and then. */
int audit_flush(struct refusals *refusals, struct store *store, struct instant now, bool all,
		struct err *err);

#endif
