/*
 * seen.h - when each device was heard last: noted by every request, written to
 * the records now and then in one transaction.
 */
#ifndef CENTRE_SEEN_H
#define CENTRE_SEEN_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/aftermath.h"
#include "store/store.h"

#define SEEN_DEVICES_MAX 16384 /* between two writings; more are noted with their next request */

struct seen; /* locked inside */

struct seen *seen_new(void);
void seen_free(struct seen *seen); /* NULL is fine */
void seen_note(struct seen *seen, struct sv device, struct instant now);
bool seen_any(struct seen *seen);
/*
 * Writes and forgets what was noted, inside the caller's transaction. What
 * fails is lost until the device's next request. Devices that were heard for
 * the first time are told: somebody waits for that before a page.
 */
int seen_write(struct seen *seen, struct store *store, struct aftermath *aftermath,
	       struct err *err);

#endif
