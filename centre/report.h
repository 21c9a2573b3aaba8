/*
 * report.h - what a device says about itself, as events of product "hikeshi":
 * results of actions, orders that it refused, its health (docs/wire.md).
 */
#ifndef CENTRE_REPORT_H
#define CENTRE_REPORT_H

#include "base/clock.h"
#include "base/err.h"
#include "centre/aftermath.h"
#include "event/event.h"
#include "store/store.h"

/*
 * Inside the caller's transaction. An event of another product does nothing.
 * Fails only where the store does: what makes no sense is a refusal.
 */
int report_take(struct store *store, const struct event *event, struct instant now,
		struct aftermath *aftermath, struct err *err);

#endif
