/* Sessions: briefings, seminars and workshops with places and the end of booking. */
#include "programme/internal.h"

#define SESSIONS_MAX 64		  /* of a file */
#define SESSION_PLACES_MAX 100000 /* of one session, in one way */

static const char *session_word(int kind)
{
	return session_kind_name((enum session_kind)kind);
}

static const char *audience_word(int participants)
{
	return participants ? "participants" : "everybody";
}

static const char *exception_word(int i)
{
	return "by_exception";
}

static void read_places(struct reader *reader, const struct yaml_node *node,
			struct programme_session *session)
{
	if (!node || !reader_map(reader, node, MAP_PLACES))
		return;
	for (int mode = 0; mode < MODE_COUNT; mode++)
		session->places[mode] = (uint32_t)reader_int(
			reader, yaml_get(node, session_mode_name((enum session_mode)mode)), 0,
			SESSION_PLACES_MAX, 0);
	if (session->places[MODE_VENUE] == 0 && session->places[MODE_ONLINE] == 0)
		reader_at(reader, node, "a session has places: venue, online or both");
}

/* until the last minute of the day before, unless the file says another day. */
static void read_days(struct reader *reader, const struct yaml_node *node,
		      struct programme_session *session)
{
	const struct yaml_node *until = yaml_get(node, "booking_until");
	bool is_said = false;

	session->date = reader_day(reader, yaml_get(node, "date"), &session->has_date);
	session->booking_until = reader_day(reader, until, &is_said);
	if (!is_said && session->has_date)
		session->booking_until = day_add(session->date, -1);
	if (is_said && session->has_date && day_compare(session->booking_until, session->date) > 0)
		reader_at(reader, until, "booking ends after the session");
}

static void read_session(struct reader *reader, const struct yaml_node *node,
			 struct programme_session *session)
{
	if (!reader_map(reader, node, MAP_SESSION))
		return;
	session->id = reader_id(reader, yaml_get(node, "id"));
	session->kind = (enum session_kind)reader_choice(reader, yaml_get(node, "kind"),
							 "kind of session", session_word,
							 SESSION_KIND_COUNT, 0);
	session->name = reader_text(reader, yaml_get(node, "name"));
	session->venue = reader_text(reader, yaml_get(node, "venue"));
	session->content = reader_text(reader, yaml_get(node, "content"));
	session->from_minute = reader_minute(reader, yaml_get(node, "from"), 0);
	session->to_minute = reader_minute(reader, yaml_get(node, "to"), 0);
	session->for_participants = reader_choice(reader, yaml_get(node, "for"), "audience",
						  audience_word, 2, 0) == 1;
	session->mode_by_exception = yaml_get(node, "online") != NULL;
	reader_choice(reader, yaml_get(node, "online"), "rule for online", exception_word, 1, 0);
	session->group = reader_word(reader, yaml_get(node, "group"));
	read_places(reader, yaml_get(node, "places"), session);
	read_days(reader, node, session);
	if (!yaml_get(node, "from") != !yaml_get(node, "to") ||
	    (yaml_get(node, "from") && session->from_minute >= session->to_minute))
		reader_at(reader, node, "a session begins before it ends: from and to");
}

void reader_sessions(struct reader *reader, const struct yaml_node *list)
{
	struct programme_session *session;

	if (!reader_list(reader, list, "sessions", SESSIONS_MAX))
		return;
	session = reader_alloc(reader, list->count, sizeof *session);
	for (size_t i = 0; i < list->count; i++) {
		read_session(reader, list->item[i], &session[i]);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "session", session[i].id,
				      session[k].id);
	}
	reader->programme->facts.session = session;
	reader->programme->facts.session_count = list->count;
}
