/*
 * Sessions on the published editions of 2025 (briefings with places of two kinds) and
 * 2024 (participants).
 */
#include "programme/hall.h"
#include "seminar/seminar.h"

#define TAISEI                                                                                       \
	TESTING_SHOP " courses=training person=江戸花子 person_kana=エドハナコ"             \
		     " person_role=officer motivation=自走したい equipment=utm policy=in_place" \
		     " two_star=declared person_agrees=yes company_agrees=yes"                       \
		     " privacy=yes conditions=yes"

static const struct officer office = { { "p1", 2 }, { "事務 花子", 13 } };

struct room {
	struct hall h;
	const struct programme_session *session;
	unsigned forms;
};

static bool room_open(struct room *r, const char *session, const char *now)
{
	*r = (struct room){ .h = { .arena = arena_new(TESTING_MEMORY) } };
	if (!hall_open_edition(&r->h, testing_file("2025-kihon.yaml", r->h.arena), "2025-kihon",
			       TESTING_KIHON, now) ||
	    store_migrate(r->h.store, seminar_migrations, seminar_migration_count, &r->h.err) < 0)
		return false;
	r->session = seminar_session(r->h.entry, sv_from(session));
	return r->session != NULL;
}

static bool begin(struct room *r)
{
	return store_begin(r->h.store, &r->h.err) == 0;
}

static enum err_code end(struct room *r, int status)
{
	const enum err_code code = status < 0 ? r->h.err.code : ERR_OK;

	if (status >= 0 && store_commit(r->h.store, &r->h.err) != 0)
		return ERR_INTERNAL;
	store_rollback(r->h.store);
	r->h.err = (struct err)ERR_INIT;
	return code;
}

/* A person of a mail address of its own. */
static struct booking_answer book_as(struct room *r, enum session_mode mode, bool waits,
				     const char *token, const char *mail)
{
	const struct booking_wish wish = { .token = sv_from(token),
					   .mode = mode,
					   .name = SV("江戸花子"),
					   .company = SV("火消商店"),
					   .mail = sv_from(mail),
					   .waits = waits,
					   .address = SV("127.0.0.1") };
	struct booking_answer answer = { .outcome = OUTCOME_ENDED };

	if (begin(r))
		CHECK_INT(end(r, seminar_book(r->h.store, r->h.entry, r->session, &wish, r->h.now,
					      &answer, &r->h.err)),
			  ERR_OK);
	return answer;
}

static struct booking_answer book(struct room *r, enum session_mode mode, bool waits)
{
	char token[40], mail[40];

	snprintf(token, sizeof token, "booking-token-%010u", r->forms);
	snprintf(mail, sizeof mail, "p%u@shouten.example", r->forms++);
	return book_as(r, mode, waits, token, mail);
}

static struct booking load(struct room *r, const char *id)
{
	struct booking booking = { .sequence = 0 };

	CHECK_INT(seminar_booking(r->h.store, sv_from(id), r->h.arena, &booking, &r->h.err), 1);
	return booking;
}

enum act { CANCEL, TO_VENUE, TO_ONLINE, TAKE };

static enum booking_outcome act(struct room *r, const char *id, enum act what)
{
	const struct booking booking = load(r, id);
	enum booking_outcome outcome = OUTCOME_ENDED;
	int status = -1;

	if (!begin(r))
		return OUTCOME_ENDED;
	if (what == CANCEL)
		status = seminar_cancel(r->h.store, r->h.entry, &booking, r->h.now, &outcome,
					&r->h.err);
	else if (what == TAKE)
		status = seminar_accept(r->h.store, r->h.entry, &booking, r->h.now, &outcome,
					&r->h.err);
	else
		status = seminar_switch(r->h.store, r->h.entry, &booking,
					what == TO_VENUE ? MODE_VENUE : MODE_ONLINE, r->h.now,
					&outcome, &r->h.err);
	CHECK_INT(end(r, status), ERR_OK);
	return outcome;
}

static struct seminar_count count(struct room *r, enum session_mode mode)
{
	struct seminar_count all[MODE_COUNT];

	CHECK_INT(seminar_count(r->h.store, r->h.entry, r->session, all, &r->h.err), 0);
	return all[mode];
}

static void turn(struct room *r)
{
	if (begin(r))
		CHECK_INT(end(r, seminar_turn(r->h.store, r->h.catalogue, r->h.now, r->h.arena,
					      &r->h.err)),
			  ERR_OK);
}

TEST(booking_ends_at_the_end_of_the_day_before)
{
	static const struct {
		const char *name, *now;
		enum booking_outcome outcome;
	} row[] = {
		{ "S-34: on the day itself", "2025-06-26T09:00:00+09:00", OUTCOME_CLOSED },
		{ "S-34: the evening before", "2025-06-25T23:00:00+09:00", OUTCOME_DONE },
		{ "R-100: the last minute", "2025-06-25T23:59:59+09:00", OUTCOME_DONE },
		{ "R-100: midnight", "2025-06-26T00:00:00+09:00", OUTCOME_CLOSED },
		{ "T-36: the office's three days do not count", "2025-06-24T10:00:00+09:00",
		  OUTCOME_DONE },
	};
	struct room r;

	REQUIRE(room_open(&r, "briefing1", "2025-06-01T10:00:00+09:00"));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		r.h.now = testing_at(row[i].now);
		if (book(&r, MODE_VENUE, false).outcome != row[i].outcome) {
			printf("# row: %s\n", row[i].name);
			CHECK(false);
		}
	}
	hall_close(&r.h);
}

TEST(places_of_each_session_and_mode_R_099)
{
	static const struct {
		const char *session;
		unsigned venue, online;
	} row[] = {
		{ "briefing1", 50, 100 }, /* T-36: only the first has 50 */
		{ "briefing2", 30, 100 },
		{ "briefing3", 30, 100 },
		{ "briefing4", 30, 100 },
	};
	struct room r;

	REQUIRE(room_open(&r, "briefing1", "2025-06-01T10:00:00+09:00"));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_session *session =
			seminar_session(r.h.entry, sv_from(row[i].session));

		REQUIRE(session);
		CHECK_INT(session->places[MODE_VENUE], row[i].venue);
		CHECK_INT(session->places[MODE_ONLINE], row[i].online);
	}
	/* S-35: the 51st, and in another session the 31st. */
	for (unsigned i = 0; i < 2; i++) {
		struct booking_answer answer;

		r.session = seminar_session(r.h.entry, i == 0 ? SV("briefing1") : SV("briefing2"));
		for (unsigned n = 0; n < row[i].venue; n++)
			CHECK_INT(book(&r, MODE_VENUE, false).state, BOOKING_BOOKED);
		answer = book(&r, MODE_VENUE, false);
		CHECK_INT(answer.outcome, OUTCOME_FULL);
		CHECK(!answer.free[MODE_VENUE] && answer.free[MODE_ONLINE]); /* online is offered */
		CHECK_INT(book(&r, MODE_ONLINE, false).outcome, OUTCOME_DONE);
		CHECK_INT(count(&r, MODE_VENUE).booked, row[i].venue);
	}
	hall_close(&r.h);
}

TEST(the_same_form_twice_is_one_booking)
{
	struct booking_answer first, again;
	struct booking booking;
	struct sv secret;
	struct room r;

	REQUIRE(room_open(&r, "briefing1", "2025-06-01T10:00:00+09:00"));
	first = book_as(&r, MODE_VENUE, false, "the-same-form-page", "a@b.example");
	again = book_as(&r, MODE_VENUE, false, "the-same-form-page", "a@b.example");
	CHECK_INT(again.outcome, OUTCOME_BEFORE);
	CHECK_STR(again.id, first.id);
	CHECK_STR(again.secret, first.secret);
	CHECK_INT(count(&r, MODE_VENUE).booked, 1);
	CHECK_INT(seminar_by_link(r.h.store, sv_from(first.secret), r.h.arena, &booking, &r.h.err),
		  1);
	CHECK_SV(booking.id, sv_from(first.id));
	CHECK_INT(seminar_by_link(r.h.store, SV("guess"), r.h.arena, &booking, &r.h.err), 0);
	/* SEMINAR_LINKS_MAX renewed links; the first stays good. */
	for (unsigned i = 0; i <= SEMINAR_LINKS_MAX; i++)
		CHECK(begin(&r) && end(&r, seminar_renew_link(r.h.store, booking.id, r.h.arena,
							      &secret, &r.h.err)) == ERR_OK);
	CHECK_INT(hall_ask(&r.h, "SELECT COUNT(*) FROM booking_link"), SEMINAR_LINKS_MAX + 1);
	CHECK_INT(seminar_by_link(r.h.store, secret, r.h.arena, &booking, &r.h.err), 1);
	CHECK_INT(seminar_by_link(r.h.store, sv_from(first.secret), r.h.arena, &booking, &r.h.err),
		  1);
	/* SEMINAR_SAME_MAIL_MAX for one address. */
	for (unsigned i = 1; i <= SEMINAR_SAME_MAIL_MAX; i++) {
		char token[40];

		snprintf(token, sizeof token, "colleague-token-%u", i);
		CHECK_INT(book_as(&r, MODE_VENUE, false, token, "A@b.example").outcome,
			  i < SEMINAR_SAME_MAIL_MAX ? OUTCOME_DONE : OUTCOME_MAIL);
	}
	hall_close(&r.h);
}

TEST(what_a_form_may_not_say)
{
	static char longest[SEMINAR_LINE_MAX + 2];
	static const struct {
		const char *name, *mail, *token;
		enum err_code code;
	} row[] = {
		{ "", "a@b.example", "token-of-a-page-1", ERR_RANGE },
		{ longest, "a@b.example", "token-of-a-page-2", ERR_RANGE },
		{ "a\nb", "a@b.example", "token-of-a-page-3", ERR_FORMAT },
		{ "a", "nobody", "token-of-a-page-4", ERR_FORMAT },
		{ "a", "a@b.example\r\nBcc: c@d.example", "token-of-a-page-5", ERR_FORMAT },
		{ "a", "a@b.example", "short", ERR_FORMAT },
	};
	struct room r;

	memset(longest, 'x', sizeof longest - 1);
	REQUIRE(room_open(&r, "briefing1", "2025-06-01T10:00:00+09:00"));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct booking_wish wish = { .token = sv_from(row[i].token),
						   .name = sv_from(row[i].name),
						   .mail = sv_from(row[i].mail) };
		struct booking_answer answer;

		REQUIRE(begin(&r));
		CHECK_INT(end(&r, seminar_book(r.h.store, r.h.entry, r.session, &wish, r.h.now,
					       &answer, &r.h.err)),
			  row[i].code);
	}
	CHECK_INT(hall_ask(&r.h, "SELECT COUNT(*) FROM booking"), 0);
	hall_close(&r.h);
}

/* Fills the venue of the second briefing; ids[0] booked, ids[1…3] wait. */
static void crowd(struct room *r, struct booking_answer answer[static 4])
{
	answer[0] = book(r, MODE_VENUE, false);
	for (unsigned i = 1; i < 30; i++)
		book(r, MODE_VENUE, false);
	for (unsigned i = 1; i < 4; i++) {
		answer[i] = book(r, MODE_VENUE, true);
		CHECK_INT(answer[i].state, BOOKING_WAITING);
	}
	CHECK_INT(load(r, answer[3].id).before, 2);
}

TEST(a_place_that_comes_free_is_offered_in_order)
{
	struct booking_answer answer[4];
	struct room r;

	REQUIRE(room_open(&r, "briefing2", "2025-07-01T10:00:00+09:00"));
	crowd(&r, answer);
	CHECK_INT(act(&r, answer[0].id, CANCEL), OUTCOME_DONE);
	CHECK_INT(act(&r, answer[0].id, CANCEL), OUTCOME_ENDED);
	CHECK_INT(load(&r, answer[1].id).state, BOOKING_OFFERED);
	CHECK_INT(load(&r, answer[2].id).state, BOOKING_WAITING);
	/* What is offered is held: nobody from outside passes. */
	CHECK_INT(book(&r, MODE_VENUE, false).outcome, OUTCOME_FULL);
	CHECK_INT(load(&r, answer[1].id).offer_until.us,
		  r.h.now.us + SEMINAR_OFFER_HOURS * INT64_C(3600) * INSTANT_SECOND);
	/* Not taken in time: the next. */
	r.h.now = load(&r, answer[1].id).offer_until;
	r.h.now.us--;
	turn(&r);
	CHECK_INT(load(&r, answer[1].id).state, BOOKING_OFFERED);
	r.h.now.us++;
	turn(&r);
	CHECK_INT(load(&r, answer[1].id).state, BOOKING_EXPIRED);
	CHECK_INT(act(&r, answer[1].id, TAKE), OUTCOME_ENDED);
	CHECK_INT(load(&r, answer[2].id).state, BOOKING_OFFERED);
	CHECK_INT(act(&r, answer[2].id, TAKE), OUTCOME_DONE);
	CHECK_INT(act(&r, answer[2].id, TAKE), OUTCOME_BEFORE);
	CHECK_INT(count(&r, MODE_VENUE).booked, 30);
	/* An offer ends with the booking period at the latest, and then nobody waits. */
	r.h.now = testing_at("2025-07-07T20:00:00+09:00");
	CHECK_INT(act(&r, answer[2].id, CANCEL), OUTCOME_DONE);
	CHECK_INT(load(&r, answer[3].id).offer_until.us,
		  testing_at("2025-07-08T00:00:00+09:00").us);
	book(&r, MODE_VENUE, true);
	r.h.now = testing_at("2025-07-08T00:00:00+09:00");
	turn(&r);
	CHECK_INT(count(&r, MODE_VENUE).offered, 0);
	CHECK_INT(count(&r, MODE_VENUE).waiting, 0);
	CHECK_INT(hall_ask(&r.h, "SELECT COUNT(*) FROM booking_notice WHERE news = 4"),
		  1); /* NEWS_NO_PLACE */
	/* Until the session begins one may still say that one does not come. */
	r.h.now = testing_at("2025-07-08T13:29:59+09:00");
	CHECK_INT(act(&r, answer[3].id, CANCEL), OUTCOME_ENDED);
	r.h.now = testing_at("2025-07-08T13:30:00+09:00");
	hall_close(&r.h);
}

TEST(venue_to_online_is_one_act)
{
	struct booking_answer answer[4];
	struct room r;

	REQUIRE(room_open(&r, "briefing2", "2025-07-01T10:00:00+09:00"));
	crowd(&r, answer);
	CHECK_INT(act(&r, answer[0].id, TO_ONLINE), OUTCOME_DONE);
	CHECK_INT(load(&r, answer[0].id).mode, MODE_ONLINE);
	CHECK_INT(load(&r, answer[0].id).sequence, 1);
	CHECK_INT(load(&r, answer[1].id).state, BOOKING_OFFERED); /* the place went on at once */
	CHECK_INT(act(&r, answer[0].id, TO_VENUE), OUTCOME_FULL);
	CHECK_INT(load(&r, answer[0].id).mode, MODE_ONLINE); /* and nothing was lost */
	CHECK_INT(load(&r, answer[0].id).state, BOOKING_BOOKED);
	CHECK_INT(act(&r, answer[2].id, TO_ONLINE), OUTCOME_DONE); /* also from waiting (S-35) */
	CHECK_INT(load(&r, answer[2].id).state, BOOKING_BOOKED);
	CHECK_INT(act(&r, answer[1].id, TO_ONLINE), OUTCOME_DONE); /* and instead of an offer */
	CHECK_INT(load(&r, answer[3].id).state, BOOKING_OFFERED);
	r.h.now = testing_at("2025-07-08T00:00:00+09:00");
	CHECK_INT(act(&r, answer[0].id, TO_VENUE), OUTCOME_CLOSED);
	hall_close(&r.h);
}

/* No order of acts overbooks, nobody passes who waits, nobody waits beside a free place. */
TEST(no_order_of_acts_overbooks)
{
	enum { RUNS = 12, ACTS = 400, PEOPLE_MAX = 200 };

	for (uint64_t run = 0; run < RUNS; run++) {
		struct booking_answer person[PEOPLE_MAX];
		struct room r;
		uint64_t state = 0xd1a5 + run;
		unsigned people = 0;

		REQUIRE(room_open(&r, "briefing2", "2025-06-28T10:00:00+09:00"));
		((struct programme_session *)(uintptr_t)r.session)->places[MODE_VENUE] = 3;
		((struct programme_session *)(uintptr_t)r.session)->places[MODE_ONLINE] = 2;
		for (unsigned i = 0; i < ACTS && !test_failed; i++) {
			const unsigned dice = testing_random(&state) % 10;
			const char *id =
				people > 0 ? person[testing_random(&state) % people].id : NULL;

			if (dice < 4 && people < PEOPLE_MAX) {
				person[people] = book(&r, dice % 2 ? MODE_ONLINE : MODE_VENUE,
						      testing_random(&state) % 2);
				people += person[people].outcome == OUTCOME_DONE;
			} else if (dice < 8 && id) {
				act(&r, id, (enum act)(testing_random(&state) % 4));
			} else if (dice == 8) {
				r.h.now.us += (int64_t)(testing_random(&state) % 3) * 3600 *
					      INSTANT_SECOND;
			} else {
				turn(&r);
			}
			for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
				const struct seminar_count n = count(&r, mode);

				CHECK(n.booked + n.offered <= n.places);
			}
			/* The longest waiting has the offer: nobody with one came after who waits. */
			CHECK_INT(
				hall_ask(
					&r.h,
					"SELECT COUNT(*) FROM booking w JOIN booking o ON"
					" o.mode = w.mode AND o.state = 'offered' AND o.row > w.row"
					" WHERE w.state = 'waiting'"),
				0);
		}
		if (test_failed)
			printf("# run %llu\n", (unsigned long long)run);
		turn(&r);
		for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
			const struct seminar_count n = count(&r, mode);

			CHECK(n.waiting == 0 || n.booked + n.offered == n.places);
		}
		hall_close(&r.h);
		if (test_failed)
			return;
	}
}

/* ---- participants ---- */

/* Three companies of the edition of 2024 whose participation is final. */
static bool participants_open(struct room *r, char id[static 3][UUID_TEXT_MAX])
{
	*r = (struct room){ .h = { .arena = arena_new(TESTING_MEMORY) } };
	if (!hall_open_edition(&r->h, testing_file("2024-taisei.yaml", r->h.arena), "2024-taisei",
			       TAISEI, "2024-06-10T10:00:00+09:00") ||
	    store_migrate(r->h.store, seminar_migrations, seminar_migration_count, &r->h.err) < 0)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		static const char *const number[] = { "7000012050002", "8000020130001",
						      "4011001098993" };
		struct reception reception;
		char change[120];

		snprintf(change, sizeof change,
			 "corporate_number=%s person=参加%u mail=c%u@shouten.example", number[i], i,
			 i);
		if (!hall_receive(&r->h, change, &reception) || reception.what != RECEIVED_NEW)
			return false;
		memcpy(id[i], reception.id, UUID_TEXT_MAX);
	}
	/* How participation becomes final is the edition's story (programme/edition_r6_test.c). */
	if (store_exec(r->h.store, "UPDATE application SET confirmed_at = 1, state = 'support'",
		       &r->h.err) != 0)
		return false;
	r->session = seminar_session(r->h.entry, SV("day1"));
	r->h.now = testing_at("2024-07-23T18:00:00+09:00");
	return r->session != NULL;
}

static enum err_code attend(struct room *r, const char *application, bool present,
			    enum session_mode mode, const char *person)
{
	const struct attendance attendance = { .subject = sv_from(application),
					       .present = present,
					       .mode = mode,
					       .person = sv_from(person),
					       .officer = office };

	return begin(r) ? end(r, seminar_attend(r->h.store, r->h.entry, r->session, &attendance,
						r->h.now, r->h.arena, &r->h.err))
			: ERR_INTERNAL;
}

static enum err_code except(struct room *r, const char *application, enum exception_kind kind,
			    const char *session, const char *person, const char *why)
{
	const struct exception exception = { .kind = kind,
					     .session = sv_from(session),
					     .application = sv_from(application),
					     .person = sv_from(person),
					     .reason = sv_from(why),
					     .officer = office,
					     .at = r->h.now };

	return begin(r) ? end(r, seminar_except(r->h.store, r->h.entry, &exception, r->h.arena,
						&r->h.err))
			: ERR_INTERNAL;
}

TEST(one_person_of_each_company_at_the_venue_R_102_T_45)
{
	const struct participant *row;
	char id[3][UUID_TEXT_MAX];
	struct room r;
	size_t n;

	REQUIRE(participants_open(&r, id));
	CHECK_INT(seminar_participants(r.h.store, r.h.entry, r.h.arena, &row, &n, &r.h.err), 0);
	CHECK_INT(n, 3);
	CHECK_SV(row[1].person, SV("参加1"));
	/* The public cannot book what is the participants'. */
	CHECK_INT(book(&r, MODE_VENUE, false).outcome, OUTCOME_PARTICIPANTS);
	CHECK_INT(attend(&r, id[0], true, MODE_VENUE, ""), ERR_OK);
	CHECK_INT(attend(&r, id[1], true, MODE_ONLINE, ""), ERR_DENIED);
	CHECK_INT(attend(&r, id[1], true, MODE_VENUE, "代理花子"), ERR_DENIED);
	/* The office decides, with a reason. */
	CHECK_INT(except(&r, id[1], EXCEPTION_ONLINE, "day1", "", ""), ERR_RANGE);
	CHECK_INT(except(&r, id[1], EXCEPTION_ONLINE, "day1", "", "けがのため"), ERR_OK);
	CHECK_INT(attend(&r, id[1], true, MODE_ONLINE, ""), ERR_OK);
	CHECK_INT(except(&r, id[2], EXCEPTION_SUBSTITUTE, "day1", "", "出張"), ERR_RANGE);
	CHECK_INT(except(&r, id[2], EXCEPTION_SUBSTITUTE, "day1", "代理花子", "出張"), ERR_OK);
	CHECK_INT(attend(&r, id[2], true, MODE_VENUE, "代理次郎"), ERR_DENIED);
	CHECK_INT(attend(&r, id[2], true, MODE_VENUE, "代理花子"), ERR_OK);
	/* It holds for that day only. */
	r.session = seminar_session(r.h.entry, SV("day2"));
	r.h.now = testing_at("2024-08-06T18:00:00+09:00");
	CHECK_INT(attend(&r, id[1], true, MODE_ONLINE, ""), ERR_DENIED);
	CHECK_INT(attend(&r, id[2], true, MODE_VENUE, "代理花子"), ERR_DENIED);
	/* A change of the person holds from then on. */
	CHECK_INT(except(&r, id[2], EXCEPTION_CHANGE, "", "後任三郎", "退職"), ERR_OK);
	CHECK_INT(attend(&r, id[2], true, MODE_VENUE, "後任三郎"), ERR_OK);
	CHECK_INT(seminar_participants(r.h.store, r.h.entry, r.h.arena, &row, &n, &r.h.err), 0);
	CHECK_SV(row[2].person, SV("後任三郎"));
	CHECK_INT(attend(&r, "0193b1c0-0000-7000-8000-00000000c001", true, MODE_VENUE, ""),
		  ERR_CONFLICT);
	hall_close(&r.h);
}

TEST(missed_days_are_seen_R_103)
{
	const struct attendance *row;
	char id[3][UUID_TEXT_MAX];
	struct room r;
	size_t n;

	REQUIRE(participants_open(&r, id));
	r.h.now = testing_at("2024-07-22T18:00:00+09:00");
	CHECK_INT(attend(&r, id[0], true, MODE_VENUE, ""), ERR_CONFLICT); /* not before the day */
	r.h.now = testing_at("2024-07-24T10:00:00+09:00");
	CHECK_INT(attend(&r, id[0], false, MODE_VENUE, ""), ERR_OK);
	CHECK_INT(attend(&r, id[1], false, MODE_VENUE, ""), ERR_OK);
	CHECK_INT(attend(&r, id[1], true, MODE_VENUE, ""), ERR_OK); /* corrected */
	CHECK_INT(seminar_attendance(r.h.store, r.h.entry, SV(""), r.h.arena, &row, &n, &r.h.err),
		  0);
	CHECK_INT(n, 2);
	CHECK_INT(seminar_presence(r.session, sv_from(id[0]), row, n, r.h.now), PRESENCE_MISSED);
	CHECK_INT(seminar_presence(r.session, sv_from(id[1]), row, n, r.h.now), PRESENCE_PRESENT);
	CHECK_INT(seminar_presence(r.session, sv_from(id[2]), row, n, r.h.now),
		  PRESENCE_UNRECORDED);
	CHECK_INT(seminar_presence(seminar_session(r.h.entry, SV("day2")), sv_from(id[0]), row, n,
				   r.h.now),
		  PRESENCE_TO_COME);
	/* T-37: the fifth day's date is lost and is not invented. */
	const struct programme_session *fifth = seminar_session(r.h.entry, SV("day5"));
	REQUIRE(fifth);
	CHECK(!fifth->has_date);
	CHECK_INT(seminar_presence(fifth, sv_from(id[0]), row, n,
				   testing_at("2025-03-01T10:00:00+09:00")),
		  PRESENCE_TO_COME);
	r.session = fifth;
	CHECK_INT(attend(&r, id[0], true, MODE_VENUE, ""), ERR_CONFLICT);
	/* T-37: two themes are held over two days each. */
	CHECK_SV(seminar_session(r.h.entry, SV("day6"))->group,
		 seminar_session(r.h.entry, SV("day7"))->group);
	hall_close(&r.h);
}

TEST(material_is_public_and_stays_R_104_R_106)
{
	static const struct {
		const char *name, *title, *url, *now;
		enum material_kind kind;
		enum err_code code;
	} rows[] = {
		{ "R-104", "資料", "https://files.example/1.pdf", "2024-07-20T10:00:00+09:00",
		  MATERIAL_PAPER, ERR_OK },
		{ "R-106: before the end", "動画", "https://v.example/1",
		  "2024-07-23T15:00:00+09:00", MATERIAL_VIDEO, ERR_CONFLICT },
		{ "R-106: after it", "動画", "https://v.example/1", "2024-07-24T00:00:00+09:00",
		  MATERIAL_VIDEO, ERR_OK },
		{ "no script", "x", "javascript:alert(1)", "2024-07-24T00:00:00+09:00",
		  MATERIAL_PAPER, ERR_FORMAT },
		{ "no plain http", "x", "http://files.example/", "2024-07-24T00:00:00+09:00",
		  MATERIAL_PAPER, ERR_FORMAT },
		{ "nothing", "x", "https://", "2024-07-24T00:00:00+09:00", MATERIAL_PAPER,
		  ERR_FORMAT },
		{ "no quote", "x", "https://a.example/\"onclick", "2024-07-24T00:00:00+09:00",
		  MATERIAL_PAPER, ERR_FORMAT },
		{ "no title", " ", "https://a.example/", "2024-07-24T00:00:00+09:00",
		  MATERIAL_PAPER, ERR_RANGE },
	};
	const struct material *list;
	char id[3][UUID_TEXT_MAX], made[UUID_TEXT_MAX];
	struct room r;
	size_t n;

	REQUIRE(participants_open(&r, id));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct material material = { .title = sv_from(rows[i].title),
						   .url = sv_from(rows[i].url),
						   .kind = rows[i].kind };

		r.h.now = testing_at(rows[i].now);
		REQUIRE(begin(&r));
		if (end(&r, seminar_publish(r.h.store, r.h.entry, r.session, &material, &office,
					    r.h.now, made, &r.h.err)) != rows[i].code) {
			printf("# row: %s\n", rows[i].name);
			CHECK(false);
		}
	}
	CHECK(store_exec(r.h.store, "DELETE FROM session_material", &r.h.err) != 0);
	r.h.err = (struct err)ERR_INIT;
	/* SEMINAR_MATERIALS_MAX of one session. */
	for (unsigned i = 2; i <= SEMINAR_MATERIALS_MAX; i++) {
		const struct material material = { .title = SV("資料"),
						   .url = SV("https://a.example/x") };

		REQUIRE(begin(&r));
		CHECK_INT(end(&r, seminar_publish(r.h.store, r.h.entry, r.session, &material,
						  &office, r.h.now, made, &r.h.err)),
			  i < SEMINAR_MATERIALS_MAX ? ERR_OK : ERR_CONFLICT);
	}
	CHECK_INT(seminar_materials(r.h.store, r.h.entry, r.session->id, r.h.arena, &list, &n,
				    &r.h.err),
		  0);
	CHECK_INT(n, SEMINAR_MATERIALS_MAX);
	CHECK_INT(seminar_materials(r.h.store, r.h.entry, SV("day2"), r.h.arena, &list, &n,
				    &r.h.err),
		  0);
	CHECK_INT(n, 0);
	hall_close(&r.h);
}

static enum err_code write_output(struct room *r, const char *group, uint32_t version,
				  const char *action)
{
	const struct workshop_output output = {
		.group = sv_from(group),
		.version = version,
		.text = { SV("資産台帳を作る"), SV("討議"), SV("発表"), SV("講評"),
			  sv_from(action) },
	};

	return begin(r) ? end(r, seminar_write_output(r->h.store, r->h.entry, r->session, &output,
						      &office, r->h.now, &r->h.err))
			: ERR_INTERNAL;
}

TEST(groups_keep_the_five_steps_R_105)
{
	static char longest[SEMINAR_OUTPUT_MAX + 2];
	const struct workshop_output *list;
	char id[3][UUID_TEXT_MAX];
	struct room r;
	size_t n;

	REQUIRE(participants_open(&r, id));
	memset(longest, 'x', sizeof longest - 1);
	CHECK_INT(write_output(&r, "A", 0, "台帳を月末までに"), ERR_OK);
	CHECK_INT(write_output(&r, "A", 0, "別の人"), ERR_CONFLICT);
	CHECK_INT(write_output(&r, "A", 1, "台帳を来月末までに"), ERR_OK);
	CHECK_INT(write_output(&r, "A", 1, "古い"), ERR_CONFLICT);
	CHECK_INT(write_output(&r, "B", 0, longest), ERR_RANGE);
	longest[SEMINAR_OUTPUT_MAX] = '\0';
	CHECK_INT(write_output(&r, "B", 0, longest), ERR_OK);
	CHECK_INT(write_output(&r, "", 0, ""), ERR_RANGE);
	CHECK_INT(seminar_outputs(r.h.store, r.h.entry, SV("day1"), r.h.arena, &list, &n, &r.h.err),
		  0);
	CHECK_INT(n, 2);
	CHECK_SV(list[0].text[STEP_ACTION], SV("台帳を来月末までに"));
	CHECK_SV(list[0].text[STEP_THEME], SV("資産台帳を作る"));
	CHECK_INT(list[0].version, 2);
	for (unsigned i = 2; i <= SEMINAR_GROUPS_MAX; i++) {
		char group[20];

		snprintf(group, sizeof group, "G%u", i);
		CHECK_INT(write_output(&r, group, 0, ""),
			  i < SEMINAR_GROUPS_MAX ? ERR_OK : ERR_CONFLICT);
	}
	r.session = seminar_session(r.h.entry, SV("briefing1"));
	CHECK_INT(write_output(&r, "A", 0, ""), ERR_CONFLICT); /* no workshop */
	hall_close(&r.h);
}
