/*
 * effects.h - what a change of an application brings about: participation rows
 * at once, in the transaction of the change; mails, invitations, reports and
 * orders to devices later, from the job rows that the change wrote.
 *
 * All of it runs inside the caller's transaction.
 */
#ifndef CENTRE_EFFECTS_H
#define CENTRE_EFFECTS_H

#include "base/arena.h"
#include "base/err.h"
#include "centre/aftermath.h"
#include "centre/centre.h"
#include "programme/application.h"

#define EFFECTS_DEVICES_MAX 1500 /* of one application */
#define EFFECTS_AGAIN_SECONDS (24 * 60 * 60) /* a device that did not do it is asked again */

extern const struct store_migration effects_migrations[];
extern const size_t effects_migration_count;

/* Who changes what, and where changes are told after the commit. */
struct effects {
	struct worker *worker;
	const struct catalogue *catalogue;
	struct arena *arena;
	struct aftermath *aftermath;
	struct instant now, programme_now;
};

/*
 * application_apply with the participation rows of the same moment. Returns 0,
 * 1 with ret_refused, or -1. The audit entry is the caller's.
 */
int effects_change(struct store *store, const struct catalogue_entry *entry,
		   const struct application *application, const struct application_change *change,
		   struct arena *arena, struct transition *ret_transition,
		   struct refused *ret_refused, struct err *err);
/*
 * The same for what nobody did: by the clock or the centre, with its audit
 * entry. Returns 0, 1 where the step does not know this event, or -1.
 */
int effects_happen(struct effects *effects, const struct application *application,
		   struct sv event, enum programme_actor by, struct err *err);

/* One job: the caller says job_done in the same transaction. */
int effects_job(struct effects *effects, const struct job *job, struct err *err);

/*
 * Devices that an application wants to be without licence, or uninstalled: asks
 * those that were not asked, notes those that have done it, and tells the
 * application once all have. Opens transactions of its own.
 */
int effects_devices(struct effects *effects, struct err *err);

/*
 * After a device's row is in: where it is the first of the participation's
 * application, its trial starts now.
 */
int installed_hook(struct worker *worker, struct sv participation, struct instant now,
		   struct instant programme_now, struct arena *arena, struct err *err);

#endif
