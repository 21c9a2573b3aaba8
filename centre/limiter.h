/*
 * limiter.h - failed attempts by address and by account, and how many password
 * hashes (64 MiB each) are computed at once. An IPv6 address counts as its
 * network of 64 bits. Locked inside.
 */
#ifndef CENTRE_LIMITER_H
#define CENTRE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/sv.h"

#define LIMITER_WINDOW_SECONDS (15 * 60)
#define LIMITER_SLOTS 16384	/* a power of two; the longest unused goes first */
#define LIMITER_PASSWORDS_MAX 2 /* at once: 128 MiB */

enum limiter_kind {
	LIMITER_SIGN_IN_PAIR,	 /* one account from one address: 5 */
	LIMITER_SIGN_IN_ACCOUNT, /* one account from everywhere: 50 */
	LIMITER_SIGN_IN_ADDRESS, /* one address: 50 */
	LIMITER_TOKEN_ADDRESS,	 /* wrong API tokens from one address: 100 */
	LIMITER_ENROL_ADDRESS,	 /* wrong enrolment tokens from one address: 30 */
	LIMITER_INVITATION_ADDRESS, /* wrong invitations from one address: 30 */
	LIMITER_FORM_ADDRESS,	 /* forms of the public site sent from one address: 200 */
	LIMITER_RECEIPT_ADDRESS, /* applications received from one address: 20 */
	LIMITER_LINK_ADDRESS,	 /* wrong personal links from one address: 30 */
	LIMITER_RECEIPT_ALL,	 /* applications received from everywhere, key "": 500 */
	LIMITER_KIND_COUNT
};
unsigned limiter_max(enum limiter_kind kind); /* failures in a window */

struct limiter;

struct limiter *limiter_new(void);
void limiter_free(struct limiter *limiter);
/* Whether another attempt may be made now. */
bool limiter_allows(struct limiter *limiter, enum limiter_kind kind, struct sv key,
		    struct instant now);
void limiter_failed(struct limiter *limiter, enum limiter_kind kind, struct sv key,
		    struct instant now);
void limiter_forget(struct limiter *limiter, enum limiter_kind kind, struct sv key);

/* False where LIMITER_PASSWORDS_MAX are under way: try again in a moment. */
bool limiter_enter_password(struct limiter *limiter);
void limiter_leave_password(struct limiter *limiter);

#endif
