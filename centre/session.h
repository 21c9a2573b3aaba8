/*
 * session.h - who is behind a request: a session's cookie, an API token, or a
 * device's certificate. Secrets are random and kept only as digests.
 */
#ifndef CENTRE_SESSION_H
#define CENTRE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/access.h"
#include "store/store.h"

#define SESSION_COOKIE "__Host-hikeshi"
#define SESSION_IDLE_SECONDS (2 * 60 * 60)	/* without a request */
#define SESSION_ABSOLUTE_SECONDS (12 * 60 * 60) /* whatever happens */
#define SESSION_TOUCH_SECONDS 60		/* how exactly idleness is known */
#define SESSION_PER_PERSON_MAX 20		/* the oldest goes */
#define TOKEN_PER_PERSON_MAX 50
#define SESSION_FAREWELL_SECONDS 60		/* an uninstalled device may still send what it has */
#define SECRET_SIZE 48 /* text of 256 random bits in base64url, and a NUL */

/* A secret and the digest that is kept in its place. */
struct secret {
	char text[SECRET_SIZE];
	char hash[65];
};
struct secret secret_new(const char *prefix); /* at most 4 letters, kept before the random part */
/* The digest of a secret as somebody presents it. */
void secret_hash(struct sv text, char hash[static 65]);
/* What a session's changes carry in Hikeshi-CSRF: follows from the cookie alone. */
void session_csrf(struct sv cookie, char csrf[static 65]);

/* Inside the caller's transaction. */
int session_open(struct store *store, struct sv person, struct sv address, struct instant now,
		 struct secret *ret, struct err *err);
int session_close(struct store *store, struct sv hash, struct err *err);
/* All sessions of a person but this one (may be empty). */
int session_close_others(struct store *store, struct sv person, struct sv hash, struct err *err);
/* Removes what is over; at most limit. Returns how many, or -1. */
int64_t session_expire(struct store *store, struct instant now, struct err *err);

enum session_found {
	SESSION_NONE, /* there is no such */
	SESSION_GOOD,
	SESSION_OVER, /* expired, revoked, or the account is disabled */
};
/*
 * Each sets *ret (views in arena) where it is GOOD, or returns -1 on an error.
 * They note the use now and then (SESSION_TOUCH_SECONDS).
 */
int session_find(struct store *store, struct sv cookie, struct instant now, struct arena *arena,
		 struct actor *ret, struct err *err);
int session_find_token(struct store *store, struct sv text, struct instant now, struct arena *arena,
		       struct actor *ret, struct err *err);
/*
 * By the certificate's serial, lower-case hexadecimal. OVER: revoked, expired, or uninstalled
 * for SESSION_FAREWELL_SECONDS; then ret->id is set.
 */
int session_find_device(struct store *store, struct sv serial, struct instant now,
			struct arena *arena, struct actor *ret, struct err *err);
/* The same actor again, by kind and credential, for streams that live long. */
int session_find_again(struct store *store, enum actor_kind kind, struct sv credential,
		       struct instant now, struct arena *arena, struct actor *ret, struct err *err);

#endif
