/* Taking, giving back and passing on places. */
#include "seminar/internal.h"

#include "mail/mail.h"

/* ---- offers ---- */

static int count_state(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, enum session_mode mode,
		       const char *sql, int64_t *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, sql, STORE_TEXT(entry->id), STORE_TEXT(session->id),
			  STORE_TEXT(sv_from(session_mode_name(mode))));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

int seminar_room(struct store *store, const struct catalogue_entry *entry,
		 const struct programme_session *session, enum session_mode mode, int64_t *ret,
		 struct err *err)
{
	int64_t taken = 0;

	if (count_state(store, entry, session, mode,
			"SELECT COUNT(*) FROM booking WHERE programme = $1 AND session = $2"
			" AND mode = $3 AND state IN ('booked', 'offered')",
			&taken, err) != 0)
		return -1;
	*ret = (int64_t)session->places[mode] - taken;
	return 0;
}

/* The first row of a query as an id; 1, or 0. */
static int first_id(struct store_query *query, char id[static UUID_TEXT_MAX], struct err *err)
{
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		snprintf(id, UUID_TEXT_MAX, "%.*s", SV_ARG(store_text(query, 0)));
	store_done(query);
	return step;
}

static int set_state(struct store *store, struct sv id, enum booking_state state,
		     enum session_mode mode, struct instant offer_until, struct instant now,
		     struct err *err)
{
	return store_change(store, err,
			    "UPDATE booking SET state = $2, mode = $3, offer_until = $4,"
			    " changed_at = $5, sequence = sequence + 1 WHERE id = $1",
			    STORE_TEXT(id), STORE_TEXT(sv_from(booking_state_name(state))),
			    STORE_TEXT(sv_from(session_mode_name(mode))), STORE_INT(offer_until.us),
			    STORE_INT(now.us));
}

static int end_offers(struct store *store, const struct catalogue_entry *entry,
		      const struct programme_session *session, enum session_mode mode,
		      struct instant now, struct err *err)
{
	char id[UUID_TEXT_MAX];
	int found;

	while ((found = first_id(store_ask(store, err,
					   "SELECT id FROM booking WHERE programme = $1"
					   " AND session = $2 AND mode = $3 AND state = 'offered'"
					   " AND offer_until <= $4 ORDER BY row LIMIT 1",
					   STORE_TEXT(entry->id), STORE_TEXT(session->id),
					   STORE_TEXT(sv_from(session_mode_name(mode))),
					   STORE_INT(now.us)),
				 id, err)) == 1)
		if (set_state(store, sv_from(id), BOOKING_EXPIRED, mode, (struct instant){ 0 }, now,
			      err) != 0 ||
		    seminar_tell(store, sv_from(id), NEWS_EXPIRED, err) != 0)
			return -1;
	return found;
}

static int first_waiting(struct store *store, const struct catalogue_entry *entry,
			 const struct programme_session *session, enum session_mode mode,
			 char id[static UUID_TEXT_MAX], struct err *err)
{
	return first_id(store_ask(store, err,
				  "SELECT id FROM booking WHERE programme = $1 AND session = $2"
				  " AND mode = $3 AND state = 'waiting' ORDER BY row LIMIT 1",
				  STORE_TEXT(entry->id), STORE_TEXT(session->id),
				  STORE_TEXT(sv_from(session_mode_name(mode)))),
			id, err);
}

static int make_offers(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, enum session_mode mode,
		       struct instant now, struct err *err)
{
	const struct instant until = seminar_offer_end(session, now);
	char id[UUID_TEXT_MAX];
	int64_t room = 0;
	int found = 1;

	if (seminar_room(store, entry, session, mode, &room, err) != 0)
		return -1;
	for (; room > 0 && found == 1; room--) {
		found = first_waiting(store, entry, session, mode, id, err);
		if (found == 1 &&
		    (set_state(store, sv_from(id), BOOKING_OFFERED, mode, until, now, err) != 0 ||
		     seminar_tell(store, sv_from(id), NEWS_OFFERED, err) != 0))
			return -1;
	}
	return found < 0 ? -1 : 0;
}

/* Booking is over: who still waits hears that no place came free. */
static int end_waiting(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, enum session_mode mode,
		       struct instant now, struct err *err)
{
	char id[UUID_TEXT_MAX];
	int found;

	while ((found = first_waiting(store, entry, session, mode, id, err)) == 1)
		if (set_state(store, sv_from(id), BOOKING_EXPIRED, mode, (struct instant){ 0 }, now,
			      err) != 0 ||
		    seminar_tell(store, sv_from(id), NEWS_NO_PLACE, err) != 0)
			return -1;
	return found;
}

int seminar_settle(struct store *store, const struct catalogue_entry *entry,
		   const struct programme_session *session, struct instant now, struct err *err)
{
	const bool open = seminar_reception(session, now) == RECEPTION_OPEN;

	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		if (end_offers(store, entry, session, mode, now, err) < 0 ||
		    (open ? make_offers(store, entry, session, mode, now, err)
			  : end_waiting(store, entry, session, mode, now, err)) < 0)
			return -1;
	return 0;
}

/* ---- booking ---- */

/* As with applications: the same form again sees the same link. */
static void secret_of(struct sv token, char text[static 2 * SHA256_SIZE + 1])
{
	struct sha256 digest;
	struct buf buf;

	buf_init(&buf, token.n + 64);
	buf_put_sv(&buf, SV("hikeshi booking link 1\n"));
	buf_put_sv(&buf, token);
	digest = sha256_of(buf_sv(&buf));
	buf_done(&buf);
	hex_encode(digest.byte, SHA256_SIZE, text);
}

/* 1 where this form was sent before. */
static int find_before(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, struct sv token,
		       struct booking_answer *answer, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id, state FROM booking WHERE token = $1 AND programme = $2"
			  " AND session = $3",
			  STORE_TEXT(token), STORE_TEXT(entry->id), STORE_TEXT(session->id));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1) {
		answer->outcome = OUTCOME_BEFORE;
		snprintf(answer->id, sizeof answer->id, "%.*s", SV_ARG(store_text(query, 0)));
		answer->state = booking_state_of(store_text(query, 1));
		secret_of(token, answer->secret);
	}
	store_done(query);
	return step;
}

static int check_wish(const struct booking_wish *wish, struct err *err)
{
	if (wish->token.n < SEMINAR_TOKEN_MIN || wish->token.n > SEMINAR_LINE_MAX)
		return err_set(err, ERR_FORMAT, "the form has no token");
	if (!mail_address_is_good(wish->mail))
		return err_set(err, ERR_FORMAT, "not a mail address");
	if (seminar_check_line(wish->name, SEMINAR_LINE_MAX, true, "the name", err) != 0 ||
	    seminar_check_line(wish->company, SEMINAR_LINE_MAX, false, "the company", err) != 0 ||
	    seminar_check_line(wish->telephone, SEMINAR_LINE_MAX, false, "the telephone", err) != 0)
		return -1;
	return 0;
}

/* OUTCOME_DONE where bookings are taken in this mode. */
static enum booking_outcome may_book(const struct programme_session *session,
				     enum session_mode mode, struct instant now)
{
	switch (seminar_reception(session, now)) {
	case RECEPTION_OVER: return OUTCOME_CLOSED;
	case RECEPTION_NO_DATE: return OUTCOME_NO_DATE;
	case RECEPTION_PARTICIPANTS: return OUTCOME_PARTICIPANTS;
	default: break;
	}
	if (session->places[mode] == 0 || (mode == MODE_ONLINE && session->mode_by_exception))
		return OUTCOME_NOT_SO;
	return OUTCOME_DONE;
}

/* What stands in the way of one more person, besides places. */
static int check_crowd(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, const struct booking_wish *wish,
		       bool waits, enum booking_outcome *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT COUNT(*) FROM booking WHERE programme = $1 AND session = $2"
		" AND lower(mail) = lower($3) AND state IN ('booked', 'waiting', 'offered')",
		STORE_TEXT(entry->id), STORE_TEXT(session->id), STORE_TEXT(wish->mail));
	const int step = query ? store_step(query, err) : -1;
	const bool many = step == 1 && store_int(query, 0) >= SEMINAR_SAME_MAIL_MAX;
	int64_t waiting = 0;

	store_done(query);
	if (step < 0 ||
	    (waits && count_state(store, entry, session, wish->mode,
				  "SELECT COUNT(*) FROM booking WHERE programme = $1"
				  " AND session = $2 AND mode = $3 AND state = 'waiting'",
				  &waiting, err) != 0))
		return -1;
	*ret = many				? OUTCOME_MAIL
	       : waiting >= SEMINAR_WAITING_MAX ? OUTCOME_CROWDED
						: OUTCOME_DONE;
	return 0;
}

static int put_booking(struct store *store, const struct catalogue_entry *entry,
		       const struct programme_session *session, const struct booking_wish *wish,
		       enum booking_state state, struct instant now, struct booking_answer *answer,
		       struct err *err)
{
	struct sha256 digest;
	char hash[2 * SHA256_SIZE + 1];

	uuid_format(uuid_v7(now), answer->id);
	secret_of(wish->token, answer->secret);
	digest = sha256_of(sv_from(answer->secret));
	hex_encode(digest.byte, SHA256_SIZE, hash);
	answer->outcome = OUTCOME_DONE;
	answer->state = state;
	if (store_change(
		    store, err,
		    "INSERT INTO booking (id, programme, session, mode, state, name, company,"
		    " mail, telephone, made_at, changed_at, token, address)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)",
		    STORE_TEXT(sv_from(answer->id)), STORE_TEXT(entry->id), STORE_TEXT(session->id),
		    STORE_TEXT(sv_from(session_mode_name(wish->mode))),
		    STORE_TEXT(sv_from(booking_state_name(state))), STORE_TEXT(wish->name),
		    STORE_TEXT(wish->company.p ? wish->company : SV("")), STORE_TEXT(wish->mail),
		    STORE_TEXT(wish->telephone.p ? wish->telephone : SV("")), STORE_INT(now.us),
		    STORE_TEXT(wish->token),
		    STORE_TEXT(wish->address.p ? wish->address : SV(""))) != 0 ||
	    store_change(store, err,
			 "INSERT INTO booking_link (hash, booking, number) VALUES ($1, $2, 1)",
			 STORE_TEXT(sv_from(hash)), STORE_TEXT(sv_from(answer->id))) != 0)
		return -1;
	return seminar_tell(store, sv_from(answer->id),
			    state == BOOKING_BOOKED ? NEWS_BOOKED : NEWS_WAITING, err);
}

int seminar_book(struct store *store, const struct catalogue_entry *entry,
		 const struct programme_session *session, const struct booking_wish *wish,
		 struct instant now, struct booking_answer *ret, struct err *err)
{
	struct booking_answer answer = { .outcome = may_book(session, wish->mode, now) };
	int64_t room[MODE_COUNT] = { 0 };
	int before;

	if (seminar_need(store, err) != 0 || check_wish(wish, err) != 0)
		return -1;
	before = find_before(store, entry, session, wish->token, &answer, err);
	if (before < 0)
		return -1;
	if (before == 1 || answer.outcome != OUTCOME_DONE) {
		*ret = answer;
		return 0;
	}
	if (seminar_settle(store, entry, session, now, err) != 0)
		return -1;
	for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
		if (seminar_room(store, entry, session, mode, &room[mode], err) != 0)
			return -1;
		answer.free[mode] = room[mode] > 0 && may_book(session, mode, now) == OUTCOME_DONE;
	}
	if (!answer.free[wish->mode] && !wish->waits)
		answer.outcome = OUTCOME_FULL;
	else if (check_crowd(store, entry, session, wish, !answer.free[wish->mode], &answer.outcome,
			     err) != 0)
		return -1;
	if (answer.outcome == OUTCOME_DONE &&
	    put_booking(store, entry, session, wish,
			answer.free[wish->mode] ? BOOKING_BOOKED : BOOKING_WAITING, now, &answer,
			err) != 0)
		return -1;
	*ret = answer;
	return 0;
}

/* ---- changes of a booking ---- */

/* As it is inside this transaction, after offers that are over have ended. */
static int look_again(struct store *store, const struct catalogue_entry *entry,
		      const struct booking *booking, struct instant now,
		      const struct programme_session **ret_session, enum booking_state *ret_state,
		      enum session_mode *ret_mode, struct err *err)
{
	const struct programme_session *session = seminar_session(entry, booking->session);
	struct store_query *query;
	int step;

	if (!session)
		return err_set(err, ERR_NOT_FOUND, "the programme has no such session any more");
	if (seminar_need(store, err) != 0 || seminar_settle(store, entry, session, now, err) != 0)
		return -1;
	query = store_ask(store, err, "SELECT state, mode FROM booking WHERE id = $1",
			  STORE_TEXT(booking->id));
	step = query ? store_step(query, err) : -1;
	if (step == 1) {
		*ret_session = session;
		*ret_state = booking_state_of(store_text(query, 0));
		*ret_mode = sv_eq(store_text(query, 1), SV("online")) ? MODE_ONLINE : MODE_VENUE;
	}
	store_done(query);
	return step == 1  ? 0
	       : step < 0 ? -1
			  : err_set(err, ERR_NOT_FOUND, "there is no such booking");
}

static bool has_ended(enum booking_state state)
{
	return state == BOOKING_CANCELLED || state == BOOKING_EXPIRED;
}

int seminar_cancel(struct store *store, const struct catalogue_entry *entry,
		   const struct booking *booking, struct instant now, enum booking_outcome *ret,
		   struct err *err)
{
	const struct programme_session *session;
	enum booking_state state;
	enum session_mode mode;

	if (look_again(store, entry, booking, now, &session, &state, &mode, err) != 0)
		return -1;
	if (has_ended(state)) {
		*ret = OUTCOME_ENDED;
		return 0;
	}
	if (session->has_date && instant_cmp(now, seminar_start(session)) >= 0) {
		*ret = OUTCOME_CLOSED;
		return 0;
	}
	if (set_state(store, booking->id, BOOKING_CANCELLED, mode, (struct instant){ 0 }, now,
		      err) != 0 ||
	    seminar_tell(store, booking->id, NEWS_CANCELLED, err) != 0 ||
	    seminar_settle(store, entry, session, now, err) != 0)
		return -1;
	*ret = OUTCOME_DONE;
	return 0;
}

int seminar_switch(struct store *store, const struct catalogue_entry *entry,
		   const struct booking *booking, enum session_mode to, struct instant now,
		   enum booking_outcome *ret, struct err *err)
{
	const struct programme_session *session;
	enum booking_outcome outcome;
	enum booking_state state;
	enum session_mode mode;
	int64_t room = 0;

	if (look_again(store, entry, booking, now, &session, &state, &mode, err) != 0)
		return -1;
	outcome = has_ended(state) ? OUTCOME_ENDED : may_book(session, to, now);
	if (outcome != OUTCOME_DONE || (mode == to && state == BOOKING_BOOKED)) {
		*ret = outcome;
		return 0;
	}
	if (seminar_room(store, entry, session, to, &room, err) != 0)
		return -1;
	if (room <= 0) {
		*ret = OUTCOME_FULL;
		return 0;
	}
	if (set_state(store, booking->id, BOOKING_BOOKED, to, (struct instant){ 0 }, now, err) !=
		    0 ||
	    seminar_tell(store, booking->id, NEWS_CHANGED, err) != 0 ||
	    seminar_settle(store, entry, session, now, err) != 0)
		return -1;
	*ret = OUTCOME_DONE;
	return 0;
}

int seminar_accept(struct store *store, const struct catalogue_entry *entry,
		   const struct booking *booking, struct instant now, enum booking_outcome *ret,
		   struct err *err)
{
	const struct programme_session *session;
	enum booking_state state;
	enum session_mode mode;

	if (look_again(store, entry, booking, now, &session, &state, &mode, err) != 0)
		return -1;
	if (state != BOOKING_OFFERED) {
		*ret = state == BOOKING_BOOKED ? OUTCOME_BEFORE : OUTCOME_ENDED;
		return 0;
	}
	if (set_state(store, booking->id, BOOKING_BOOKED, mode, (struct instant){ 0 }, now, err) !=
		    0 ||
	    seminar_tell(store, booking->id, NEWS_BOOKED, err) != 0)
		return -1;
	*ret = OUTCOME_DONE;
	return 0;
}

/* ---- the clock ---- */

int seminar_turn(struct store *store, const struct catalogue *catalogue, struct instant now,
		 struct arena *arena, struct err *err)
{
	enum { SESSIONS_MAX = 1000 };
	struct booking *pending = arena_zalloc(arena, SESSIONS_MAX, sizeof *pending);
	struct store_query *query = store_ask(store, err,
					      "SELECT DISTINCT programme, session FROM booking"
					      " WHERE state IN ('waiting', 'offered') LIMIT $1",
					      STORE_INT(SESSIONS_MAX));
	int count = 0, step = query && pending ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1) {
		pending[count].programme = arena_dup(arena, store_text(query, 0));
		pending[count++].session = arena_dup(arena, store_text(query, 1));
	}
	store_done(query);
	if (step < 0 || (count > 0 && seminar_need(store, err) != 0))
		return -1;
	for (int i = 0; i < count; i++) {
		const struct catalogue_entry *entry =
			catalogue_by_id(catalogue, pending[i].programme);
		const struct programme_session *session =
			entry ? seminar_session(entry, pending[i].session) : NULL;

		if (session && seminar_settle(store, entry, session, now, err) != 0)
			return -1;
	}
	return count;
}
