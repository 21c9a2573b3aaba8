/*
 * command.h - an approved action as a signed order to its device.
 */
#ifndef CENTRE_COMMAND_H
#define CENTRE_COMMAND_H

#include "base/arena.h"
#include "base/err.h"
#include "centre/centre.h"

/*
 * Signs and queues it, inside the caller's transaction; order_wake(device) after
 * the commit. ERR_CONFLICT: it is not approved.
 */
int command_send(struct worker *worker, struct sv company, struct sv action, struct instant now,
		 struct arena *arena, struct err *err);

#endif
