/*
 * seminar_mail.h - what is sent about a booking: a mail with its personal link and its entry for
 * the calendar, and the same entry for download.
 */
#ifndef CENTRE_SEMINAR_MAIL_H
#define CENTRE_SEMINAR_MAIL_H

#include "centre/effects.h"
#include "seminar/seminar.h"

/* Queues the mail of a notice, in the caller's transaction. A session that is gone: no mail. */
int seminar_mail(struct effects *effects, const struct seminar_notice *notice, struct err *err);
/* The booking as a calendar file; 1, or 0 where the session has no date. From arena. */
int seminar_calendar(const struct catalogue_entry *entry, const struct booking *booking,
		     struct sv people_url, struct instant now, bool english,
		     struct arena *arena, struct sv *ret, struct err *err);
/* "令和7年6月26日(木) 13:30–15:30"; "日程は決まっていません". From arena. */
struct sv seminar_when(const struct programme_session *session, bool english,
		       struct arena *arena);

#endif
