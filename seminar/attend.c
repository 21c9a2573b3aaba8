/* Who takes part, what the office allowed, and who came. */
#include "seminar/internal.h"

#include <assert.h>

static const char *const exceptions[] = {
	[EXCEPTION_SUBSTITUTE] = "substitute",
	[EXCEPTION_CHANGE] = "change",
	[EXCEPTION_ONLINE] = "online",
};
static_assert(sizeof exceptions / sizeof *exceptions == EXCEPTION_KIND_COUNT, "every kind");
static const char *const presences[] = {
	[PRESENCE_TO_COME] = "to_come",
	[PRESENCE_UNRECORDED] = "unrecorded",
	[PRESENCE_PRESENT] = "present",
	[PRESENCE_MISSED] = "missed",
};
static_assert(sizeof presences / sizeof *presences == PRESENCE_COUNT, "every presence");

const char *exception_kind_name(enum exception_kind kind)
{
	return exceptions[kind];
}

bool exception_kind_parse(struct sv text, enum exception_kind *ret)
{
	const unsigned i = seminar_find(exceptions, EXCEPTION_KIND_COUNT, text);

	if (i == EXCEPTION_KIND_COUNT)
		return false;
	*ret = (enum exception_kind)i;
	return true;
}

const char *presence_name(enum presence presence)
{
	return presences[presence];
}

static struct sv column(struct store_query *query, int number, struct arena *arena)
{
	return arena_dup(arena, store_text(query, number));
}

/* ---- participants ---- */

/* The form's field for the one participant; empty where the form asks for none. */
static struct sv person_field(const struct catalogue_entry *entry)
{
	const struct programme_form *form = &programme_facts(entry->programme)->form;

	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (form->section[i].field[k].means == MEANS_PERSON)
				return form->section[i].field[k].id;
	return SV("");
}

int seminar_participants(struct store *store, const struct catalogue_entry *entry,
			 struct arena *arena, const struct participant **ret, size_t *ret_count,
			 struct err *err)
{
	struct participant *row = arena_zalloc(arena, SEMINAR_PARTICIPANTS_MAX, sizeof *row);
	struct store_query *query = store_ask(
		store, err,
		"SELECT a.id, a.number_text, a.name, COALESCE((SELECT x.person FROM"
		" session_exception x WHERE x.programme = $1 AND x.application = a.id"
		" AND x.kind = 'change' ORDER BY x.number DESC LIMIT 1), (SELECT w.value FROM"
		" application_answer w WHERE w.application = a.row AND w.name = $2 LIMIT 1),"
		" a.contact), a.final FROM application a WHERE a.programme = $1"
		" AND a.confirmed_at > 0 ORDER BY a.row LIMIT $3",
		STORE_TEXT(entry->id), STORE_TEXT(person_field(entry)),
		STORE_INT(SEMINAR_PARTICIPANTS_MAX));
	size_t count = 0;
	int step = query && row ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		row[count++] = (struct participant){
			.application = column(query, 0, arena),
			.number = column(query, 1, arena),
			.company = column(query, 2, arena),
			.person = column(query, 3, arena),
			.running = store_int(query, 4) == 0,
		};
	store_done(query);
	if (step < 0)
		return -1;
	*ret = row;
	*ret_count = count;
	return 0;
}

/* 1, or 0. */
static int find_participant(struct store *store, const struct catalogue_entry *entry,
			    struct sv application, struct arena *arena, struct participant *ret,
			    struct err *err)
{
	const struct participant *row;
	size_t count;

	if (seminar_participants(store, entry, arena, &row, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!sv_eq(row[i].application, application))
			continue;
		*ret = row[i];
		return 1;
	}
	return 0;
}

/* ---- exceptions ---- */

static int check_exception(const struct catalogue_entry *entry, const struct exception *exception,
			   struct err *err)
{
	const bool once = exception->kind != EXCEPTION_CHANGE;
	const struct programme_session *session =
		once ? seminar_session(entry, exception->session) : NULL;

	if (once && !session)
		return err_set(err, ERR_CONFLICT, "the programme has no such session");
	if (session && !session->for_participants)
		return err_set(err, ERR_CONFLICT,
			       "this session is open to everybody: nothing has to be allowed");
	if (exception->kind == EXCEPTION_ONLINE && !session->mode_by_exception &&
	    session->places[MODE_ONLINE] == 0)
		return err_set(err, ERR_CONFLICT, "this session cannot be attended online");
	if (seminar_check_line(exception->person, SEMINAR_LINE_MAX,
			       exception->kind != EXCEPTION_ONLINE, "the person", err) != 0)
		return -1;
	return seminar_check_line(exception->reason, SEMINAR_REASON_MAX, true, "the reason", err);
}

int seminar_except(struct store *store, const struct catalogue_entry *entry,
		   const struct exception *exception, struct arena *arena, struct err *err)
{
	const bool once = exception->kind != EXCEPTION_CHANGE;
	struct participant participant;
	int found;

	if (seminar_need(store, err) != 0 || check_exception(entry, exception, err) != 0)
		return -1;
	found = find_participant(store, entry, exception->application, arena, &participant, err);
	if (found < 0)
		return -1;
	if (found == 0 || !participant.running)
		return err_set(err, ERR_CONFLICT, "this company does not take part");
	return store_change(store, err,
			    "INSERT INTO session_exception (programme, session, application, kind,"
			    " person, reason, actor, actor_name, at)"
			    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			    STORE_TEXT(entry->id), STORE_TEXT(once ? exception->session : SV("")),
			    STORE_TEXT(exception->application),
			    STORE_TEXT(sv_from(exceptions[exception->kind])),
			    STORE_TEXT(exception->kind == EXCEPTION_ONLINE ? SV("")
									   : exception->person),
			    STORE_TEXT(exception->reason), STORE_TEXT(exception->officer.id),
			    STORE_TEXT(exception->officer.name), STORE_INT(exception->at.us));
}

int seminar_exceptions(struct store *store, const struct catalogue_entry *entry,
		       struct arena *arena, const struct exception **ret, size_t *ret_count,
		       struct err *err)
{
	enum { SHOWN_MAX = 5000 };
	struct exception *row = arena_zalloc(arena, SHOWN_MAX, sizeof *row);
	struct store_query *query = store_ask(
		store, err,
		"SELECT number, kind, session, application, person, reason, actor, actor_name, at"
		" FROM session_exception WHERE programme = $1 ORDER BY number LIMIT $2",
		STORE_TEXT(entry->id), STORE_INT(SHOWN_MAX));
	size_t count = 0;
	int step = query && row ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		row[count++] = (struct exception){
			.number = (unsigned)store_int(query, 0),
			.kind = (enum exception_kind)seminar_find(
				exceptions, EXCEPTION_KIND_COUNT - 1, store_text(query, 1)),
			.session = column(query, 2, arena),
			.application = column(query, 3, arena),
			.person = column(query, 4, arena),
			.reason = column(query, 5, arena),
			.officer = { column(query, 6, arena), column(query, 7, arena) },
			.at = { store_int(query, 8) },
		};
	store_done(query);
	if (step < 0)
		return -1;
	*ret = row;
	*ret_count = count;
	return 0;
}

/* ---- attendance ---- */

/* What the office allowed for one participant on one day. */
struct allowed {
	bool online;
	struct sv substitute; /* empty: nobody else */
};

static int find_allowed(struct store *store, const struct catalogue_entry *entry,
			struct sv application, struct sv session, struct arena *arena,
			struct allowed *ret, struct err *err)
{
	struct allowed allowed = { .online = false };
	const struct exception *row;
	size_t count;

	if (seminar_exceptions(store, entry, arena, &row, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!sv_eq(row[i].application, application) || !sv_eq(row[i].session, session))
			continue;
		if (row[i].kind == EXCEPTION_ONLINE)
			allowed.online = true;
		else if (row[i].kind == EXCEPTION_SUBSTITUTE)
			allowed.substitute = row[i].person;
	}
	*ret = allowed;
	return 0;
}

/* T-45: who came, and how, has to be who was expected, or allowed. */
static int check_participant(struct store *store, const struct catalogue_entry *entry,
			     const struct programme_session *session,
			     const struct attendance *attendance, struct arena *arena,
			     struct sv *ret_person, struct err *err)
{
	struct participant participant;
	struct allowed allowed;
	const int found =
		find_participant(store, entry, attendance->subject, arena, &participant, err);

	if (found != 1)
		return found < 0 ? -1
				 : err_set(err, ERR_CONFLICT, "this company does not take part");
	if (find_allowed(store, entry, attendance->subject, session->id, arena, &allowed, err) != 0)
		return -1;
	if (attendance->present && attendance->mode == MODE_ONLINE && session->mode_by_exception &&
	    !allowed.online)
		return err_set(err, ERR_DENIED,
			       "nobody attends online without an exception of the office");
	*ret_person = attendance->person.n > 0	 ? attendance->person
		      : allowed.substitute.n > 0 ? allowed.substitute
						 : participant.person;
	if (attendance->present && !sv_eq(*ret_person, participant.person) &&
	    !sv_eq(*ret_person, allowed.substitute))
		return err_set(
			err, ERR_DENIED,
			"nobody comes instead of the participant without an exception of the office");
	return 0;
}

static int check_guest(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, const struct attendance *attendance,
		       struct arena *arena, struct sv *ret_person, struct err *err)
{
	struct booking booking;
	const int found = seminar_booking(store, attendance->subject, arena, &booking, err);

	if (found < 0)
		return -1;
	if (found == 0 || !sv_eq(booking.programme, entry->id) ||
	    !sv_eq(booking.session, session->id))
		return err_set(err, ERR_CONFLICT, "this session has no such booking");
	if (booking.state != BOOKING_BOOKED)
		return err_set(err, ERR_CONFLICT, "this booking holds no place");
	*ret_person = attendance->person.n > 0 ? attendance->person : booking.name;
	return 0;
}

int seminar_attend(struct store *store, const struct catalogue_entry *entry,
		   const struct programme_session *session, const struct attendance *attendance,
		   struct instant now, struct arena *arena, struct err *err)
{
	struct sv person = SV_NONE;

	if (seminar_need(store, err) != 0 ||
	    seminar_check_line(attendance->person, SEMINAR_LINE_MAX, false, "the person", err) != 0)
		return -1;
	if (!session->has_date || day_compare(tokyo_of(now).day, session->date) < 0)
		return err_set(err, ERR_CONFLICT, "the day of this session has not come");
	if ((session->for_participants
		     ? check_participant(store, entry, session, attendance, arena, &person, err)
		     : check_guest(store, entry, session, attendance, arena, &person, err)) != 0)
		return -1;
	return store_change(
		store, err,
		"INSERT INTO attendance (programme, session, subject, present, person,"
		" mode, actor, actor_name, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
		" ON CONFLICT (programme, session, subject) DO UPDATE SET present = $4,"
		" person = $5, mode = $6, actor = $7, actor_name = $8, at = $9",
		STORE_TEXT(entry->id), STORE_TEXT(session->id), STORE_TEXT(attendance->subject),
		STORE_INT(attendance->present), STORE_TEXT(person),
		STORE_TEXT(sv_from(session_mode_name(attendance->mode))),
		STORE_TEXT(attendance->officer.id), STORE_TEXT(attendance->officer.name),
		STORE_INT(now.us));
}

int seminar_attendance(struct store *store, const struct catalogue_entry *entry, struct sv session,
		       struct arena *arena, const struct attendance **ret, size_t *ret_count,
		       struct err *err)
{
	enum { SHOWN_MAX = 20000 };
	struct attendance *row = arena_zalloc(arena, SHOWN_MAX, sizeof *row);
	struct store_query *query = store_ask(
		store, err,
		"SELECT session, subject, present, person, mode, actor, actor_name, at FROM attendance"
		" WHERE programme = $1 AND ($2 = '' OR session = $2) ORDER BY session, subject LIMIT $3",
		STORE_TEXT(entry->id), STORE_TEXT(session.p ? session : SV("")),
		STORE_INT(SHOWN_MAX));
	size_t count = 0;
	int step = query && row ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		row[count++] = (struct attendance){
			.session = column(query, 0, arena),
			.subject = column(query, 1, arena),
			.present = store_int(query, 2) != 0,
			.person = column(query, 3, arena),
			.mode = sv_eq(store_text(query, 4), SV("online")) ? MODE_ONLINE
									  : MODE_VENUE,
			.officer = { column(query, 5, arena), column(query, 6, arena) },
			.at = { store_int(query, 7) },
		};
	store_done(query);
	if (step < 0)
		return -1;
	*ret = row;
	*ret_count = count;
	return 0;
}

enum presence seminar_presence(const struct programme_session *session, struct sv subject,
			       const struct attendance *row, size_t count, struct instant now)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(row[i].session, session->id) && sv_eq(row[i].subject, subject))
			return row[i].present ? PRESENCE_PRESENT : PRESENCE_MISSED;
	return session->has_date && instant_cmp(now, seminar_end(session)) >= 0
		       ? PRESENCE_UNRECORDED
		       : PRESENCE_TO_COME;
}
