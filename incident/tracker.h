/*
 * tracker.h - private to incident/: the tracker's side that absorbing uses.
 */
#ifndef INCIDENT_TRACKER_H
#define INCIDENT_TRACKER_H

#include "incident/history.h"
#include "incident/internal.h"

/* The number of a device in our tables. */
int tracker_device(struct incident_tracker *tracker, struct store *store, struct sv company,
		   struct sv device, int64_t *ret, struct err *err);
/*
 * What is remembered of a device, read from the store where it is not in
 * memory. Lives until the next call with this tracker.
 */
int tracker_history(struct incident_tracker *tracker, struct store *store, struct sv company,
		    struct sv device, const struct history **ret, struct err *err);
/* A node came into an incident's tree: its children shall join it. */
void tracker_watch(struct incident_tracker *tracker, int64_t device, struct sv guid);

#endif
