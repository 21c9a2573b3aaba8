/*
 * sign_in.h - what the routes that open a session share (routes_session.c).
 */
#ifndef CENTRE_SIGN_IN_H
#define CENTRE_SIGN_IN_H

#include "centre/http.h"
#include "centre/session.h"

/*
 * Takes a place for hashing a password; limiter_leave_password gives it back.
 * False where all are taken: then the handler returns *ret.
 */
bool sign_in_enter(struct http_request *request, struct http_response *response,
		   enum http_answer *ret);
/* A new session's cookie and what GET /v1/me says. */
enum http_answer sign_in_answer(struct http_request *request, struct http_response *response,
				const struct secret *secret);
/* A mail address as it is kept: ASCII letters small. From arena. */
struct sv sign_in_mail(struct arena *arena, struct sv mail);

#endif
