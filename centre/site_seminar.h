/*
 * site_seminar.h - sessions on the public site: /p/SLUG/sessions, one session with its
 * form, and a booking behind its personal link /p/b/SECRET.
 */
#ifndef CENTRE_SITE_SEMINAR_H
#define CENTRE_SITE_SEMINAR_H

#include "centre/site_internal.h"
#include "seminar/seminar.h"

enum http_answer site_sessions(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry);
enum http_answer site_session(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry, struct sv id);
enum http_answer site_session_book(struct http_request *request, struct http_response *response,
				   const struct catalogue_entry *entry, struct sv id);

/* rest: what stands behind the secret: "" or "booking.ics". */
enum http_answer site_booking(struct http_request *request, struct http_response *response,
			      const struct catalogue *catalogue, struct sv secret, struct sv rest);
enum http_answer site_booking_act(struct http_request *request, struct http_response *response,
				  const struct catalogue *catalogue, struct sv secret);

/* ---- what both draw ---- */

struct site site_seminar_begin(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry, const char *ja, const char *en,
			       struct sv path, struct site_head *ret_head);
/* Rows of a <dl>: when, where, what. */
void site_session_rows(struct site *site, const struct programme_session *session);
const char *site_mode_text(enum session_mode mode, bool english);
/* What a person reads about an outcome that is not DONE. */
const char *site_outcome_text(enum booking_outcome outcome, bool english);

#endif
