/* When a session is, and until when one can book. */
#include "seminar/internal.h"

#define MINUTES_OF_DAY (24 * 60)

const struct programme_session *seminar_session(const struct catalogue_entry *entry, struct sv id)
{
	const struct programme_facts *facts = programme_facts(entry->programme);

	for (size_t i = 0; i < facts->session_count; i++)
		if (sv_eq(facts->session[i].id, id))
			return &facts->session[i];
	return NULL;
}

struct instant seminar_closing(const struct programme_session *session)
{
	return tokyo_instant(session->booking_until, 24, 0);
}

static bool has_hours(const struct programme_session *session)
{
	return session->from_minute != session->to_minute;
}

struct instant seminar_start(const struct programme_session *session)
{
	return tokyo_instant(session->date, session->from_minute / 60, session->from_minute % 60);
}

struct instant seminar_end(const struct programme_session *session)
{
	const unsigned to = has_hours(session) ? session->to_minute : MINUTES_OF_DAY;

	return tokyo_instant(session->date, to / 60, to % 60);
}

enum seminar_reception seminar_reception(const struct programme_session *session,
					 struct instant now)
{
	if (session->for_participants)
		return RECEPTION_PARTICIPANTS;
	if (!session->has_date)
		return RECEPTION_NO_DATE;
	return instant_cmp(now, seminar_closing(session)) < 0 ? RECEPTION_OPEN : RECEPTION_OVER;
}

struct instant seminar_offer_end(const struct programme_session *session, struct instant now)
{
	const struct instant held = { now.us +
				      SEMINAR_OFFER_HOURS * INT64_C(3600) * INSTANT_SECOND };
	const struct instant closing = seminar_closing(session);

	return instant_cmp(held, closing) < 0 ? held : closing;
}
