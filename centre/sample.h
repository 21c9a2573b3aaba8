/*
 * sample.h - what `make run` starts with: two operators with a programme and a
 * company each, and accounts with one-time passwords.
 */
#ifndef CENTRE_SAMPLE_H
#define CENTRE_SAMPLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "centre/session.h"
#include "store/store.h"

#define SAMPLE_TEXT_MAX 8192
#define SAMPLE_TOKEN_DAYS 30

/*
 * In a transaction of its own. Where there is an operator already it does
 * nothing: *ret_made is false. accounts: one line each
 * "account\trole\tsign-in name\tone-time password\n". token: the secret of an
 * enrolment token for the first company.
 */
int sample_create(struct store *records, struct instant now, bool *ret_made, struct buf *accounts,
		  struct secret *ret_token, struct err *err);

#endif
