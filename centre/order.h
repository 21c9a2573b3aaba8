/*
 * order.h - signed orders on their way to devices: numbered for each device,
 * sealed by the key process, kept until they expire, delivered by long poll
 * at once. What a device answers comes as an event (detector.h). A device
 * confirms by asking for what is above a number: what it confirmed once is never
 * handed out to it again, even where it asks from 0 because its memory is gone.
 */
#ifndef CENTRE_ORDER_H
#define CENTRE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/centre.h"
#include "store/store.h"
#include "wire/wire.h"

#define ORDER_WAITING_MAX 1024   /* devices that wait at once; more are answered at once */
#define ORDER_PENDING_MAX 256    /* of one device, not expired and not taken */
#define ORDER_KEPT_DAYS 31       /* after expiry, for looking back */

extern const struct store_migration order_migrations[];
extern const size_t order_migration_count;

struct orders;

struct orders *orders_new(void);
void orders_free(struct orders *orders); /* NULL is fine */

/*
 * Numbers and seals an order and puts it in the queue. Inside the caller's
 * transaction, so that what decided it commits with it. ERR_UNAVAILABLE: the
 * key process is away; ERR_TOO_MANY: ORDER_PENDING_MAX wait already.
 */
int order_send(struct worker *worker, struct sv device, enum wire_kind kind,
	       struct sv payload_json, struct instant expiry, uint64_t *ret_number,
	       struct err *err);
/* After the commit: a device that waits is answered now. */
void order_wake(struct centre *centre, struct sv device);

/* Removes what expired ORDER_KEPT_DAYS ago, inside the caller's transaction. */
int order_expire(struct store *store, struct instant now, struct err *err);

#endif
