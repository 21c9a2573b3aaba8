/*
 * site.h - the public site under /p: what programmes there are, application
 * forms, and the applicant's own page behind a personal link. Plain HTML that
 * needs no script. Its requests go the way of the API's (http.h: limits of
 * bodies, workers, audit), but they have no session, answer with pages also
 * where they are refused, and know no query parameter but lang.
 *
 * No field, course, step or event is known by name here: all of it comes from
 * the programme's file.
 */
#ifndef CENTRE_SITE_H
#define CENTRE_SITE_H

#include "base/sv.h"
#include "centre/http.h"
#include "centre/problem.h"

#define SITE_PREFIX "/p"
#define SITE_BODY_MAX 65536
#define SITE_FILES_BODY_MAX (41U << 20) /* of a form with files; also in nginx */
/* Receipts go to an address that nobody has proven: it shall not be flooded. */
#define SITE_MAIL_RECEIPTS_MAX 5 /* applications with one mail address in 24 hours */

/* Whether a path, or a whole target as the client wrote it, is the site's. */
bool site_owns(struct sv target);
/*
 * The row for a method and the kind of its body, like those of routes.c; NULL where
 * the site knows no such method.
 */
const struct route *site_route(enum http_method method, struct sv content_type);
/* Whether a first segment of a path is the site's own, so that no programme may have it. */
bool site_has_page(struct sv segment);
/* "en" gives English; whatever else is Japanese. */
enum language site_language(struct sv lang);
/* The page for a request that reached no handler. */
void site_problem(struct http_request *request, struct http_response *response,
		  const struct problem *problem);

#endif
