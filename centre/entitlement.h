/*
 * entitlement.h - how many devices of how many users a participation may have
 * the rule is the programme's, the counting is ours. Users
 * are told apart by user_key(); a revoked or uninstalled device counts no more.
 */
#ifndef CENTRE_ENTITLEMENT_H
#define CENTRE_ENTITLEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"
#include "centre/standing.h"
#include "store/store.h"

#define USERS_LIMIT_MAX 100000

/*
 * May one more device of this user be enrolled now? 0 yes; 1 no, with
 * ret_refused; -1. To be asked in the transaction that enrols. A participation
 * without an application has no limits.
 */
int entitlement_ask(struct store *store, const struct standing *standing, struct sv user_key,
		    struct instant programme_now, struct refused *ret_refused, struct err *err);
/* Whether a device needs the name of its user. */
bool entitlement_counts_users(const struct standing *standing);

struct entitlement_limits {
	uint32_t users, devices_per_user; /* 0: none */
};
int entitlement_limits(struct store *store, const struct standing *standing,
		       struct entitlement_limits *ret, struct err *err);
/* more users, with a reason; in the caller's transaction. ERR_DENIED where fixed. */
int entitlement_raise(struct store *store, const struct standing *standing, uint32_t users,
		      struct sv reason, struct sv actor, struct instant now, struct err *err);

#endif
