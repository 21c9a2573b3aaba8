#include <assert.h>

#include "mail/internal.h"

/* Pauses grow from a minute, doubled each time, to four hours. */
#define PAUSE_MIN (60 * INSTANT_SECOND)
#define PAUSE_MAX (4 * 3600 * INSTANT_SECOND)

static bool is_control(struct sv text, size_t i)
{
	const unsigned char c = (unsigned char)text.p[i];

	return c < 0x20 || c == 0x7f ||
	       (c == 0xc2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xa0);
}

int mail_check_line(struct sv text, size_t max, const char *what, struct err *err)
{
	if (text.n > max)
		return err_set(err, ERR_TOO_LARGE, "%s has %zu bytes, at most %zu", what, text.n,
			       max);
	if (!sv_is_utf8(text))
		return err_set(err, ERR_FORMAT, "%s is not UTF-8", what);
	for (size_t i = 0; i < text.n; i++) {
		if (is_control(text, i))
			return err_set(err, ERR_FORMAT, "%s holds a control character", what);
	}
	return 0;
}

int mail_check_body(struct sv text, struct err *err)
{
	if (text.n > MAIL_BODY_MAX)
		return err_set(err, ERR_TOO_LARGE, "the text has %zu bytes, at most %d", text.n,
			       MAIL_BODY_MAX);
	if (!sv_is_utf8(text) || sv_find_char(text, '\0', 0) != SIZE_MAX)
		return err_set(err, ERR_FORMAT, "the text is not UTF-8 without NUL");
	return 0;
}

int mail_check_calendar(struct sv file, struct err *err)
{
	if (file.n > MAIL_CALENDAR_MAX)
		return err_set(err, ERR_TOO_LARGE, "the calendar file has %zu bytes, at most %d",
			       file.n, MAIL_CALENDAR_MAX);
	if (!sv_is_utf8(file) || sv_find_char(file, '\0', 0) != SIZE_MAX)
		return err_set(err, ERR_FORMAT, "the calendar file is not UTF-8 without NUL");
	return 0;
}

/* Bytes of the character that a first byte announces; it may be none. */
static size_t announced(char first)
{
	const unsigned char c = (unsigned char)first;

	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

void mail_put_said(struct buf *buf, struct sv said)
{
	size_t room = MAIL_SAID_MAX;

	said = sv_trim(said);
	for (size_t i = 0, n; i < said.n; i += n) {
		bool space = said.p[i] == ' ' || is_control(said, i);

		n = announced(said.p[i]);
		if (n > said.n - i || !sv_is_utf8(sv_slice(said, i, i + n))) {
			n = 1; /* a byte of no character */
			space = true;
		}
		if (n > room)
			return;
		if (!space)
			buf_put_sv(buf, sv_slice(said, i, i + n));
		else if (buf->n > 0 && buf->p[buf->n - 1] != ' ')
			buf_put_char(buf, ' ');
		room -= n;
	}
}

static int check_wish(const struct mail_wish *wish, struct err *err)
{
	if (!mail_address_is_good(wish->to))
		return err_set(err, ERR_FORMAT, "not a mail address that can be sent to");
	if (sv_trim(wish->subject).n == 0)
		return err_set(err, ERR_FORMAT, "a mail needs a subject");
	if (mail_check_line(wish->to_name, MAIL_SUBJECT_MAX, "the recipient's name", err) != 0 ||
	    mail_check_line(wish->subject, MAIL_SUBJECT_MAX, "the subject", err) != 0)
		return -1;
	return mail_check_body(wish->body, err) != 0 ? -1
						      : mail_check_calendar(wish->calendar, err);
}

/* Counts no further than it must. */
static int check_room(struct store *store, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = $1 LIMIT $2) AS w",
			  STORE_INT(MAIL_QUEUED), STORE_INT(MAIL_QUEUE_MAX));
	int r = query == NULL ? -1 : store_step(query, err);

	if (r == 1)
		r = store_int(query, 0) < MAIL_QUEUE_MAX
			    ? 0
			    : err_set(err, ERR_FULL, "%d mails wait already", MAIL_QUEUE_MAX);
	store_done(query);
	return r;
}

int mail_queue(struct store *store, const struct mail_wish *wish, char ret_id[static UUID_TEXT_MAX],
	       struct err *err)
{
	char id[UUID_TEXT_MAX];

	if (check_wish(wish, err) != 0 || check_room(store, err) != 0)
		return -1;
	uuid_format(uuid_v7(wish->real_now), id);
	if (store_change(store, err,
			 "INSERT INTO mail (id, recipient, recipient_name, subject, body, template,"
			 " programme, company, application, state, created, next, sent, attempts,"
			 " problem, former, calendar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
			 " $11, $12, 0, 0, '', '', $13)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(wish->to),
			 STORE_TEXT(wish->to_name.n ? wish->to_name : SV("")),
			 STORE_TEXT(wish->subject), STORE_TEXT(wish->body.n ? wish->body : SV("")),
			 STORE_TEXT(wish->template_id.n ? wish->template_id : SV("")),
			 STORE_TEXT(wish->programme.n ? wish->programme : SV("")),
			 STORE_TEXT(wish->company.n ? wish->company : SV("")),
			 STORE_TEXT(wish->application.n ? wish->application : SV("")),
			 STORE_INT(MAIL_QUEUED), STORE_INT(wish->now.us),
			 STORE_INT(wish->real_now.us),
			 STORE_TEXT(wish->calendar.n ? wish->calendar : SV(""))) != 0)
		return -1;
	memcpy(ret_id, id, sizeof id);
	return 0;
}

int mail_keep(struct store *store, struct err *err)
{
	return store_change(store, err, "UPDATE mail SET state = $2 WHERE state = $1",
			    STORE_INT(MAIL_QUEUED), STORE_INT(MAIL_KEPT));
}

/* ---- one mail's state ---- */

struct standing {
	int64_t row;
	enum mail_state state;
	unsigned attempts;
};

/* 1, 0 where there is none, -1. */
static int find(struct store *store, struct sv id, struct standing *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT row, state, attempts FROM mail WHERE id = $1", STORE_TEXT(id));
	const int r = query == NULL ? -1 : store_step(query, err);

	if (r == 1) {
		ret->row = store_int(query, 0);
		ret->state = (enum mail_state)store_int(query, 1);
		ret->attempts = (unsigned)store_int(query, 2);
	}
	store_done(query);
	return r;
}

static int must_find(struct store *store, struct sv id, struct standing *ret, struct err *err)
{
	const int r = find(store, id, ret, err);

	return r == 0 ? err_set(err, ERR_NOT_FOUND, "there is no such mail") : r < 0 ? -1 : 0;
}

int mail_again(struct store *store, struct sv id, struct sv to, struct instant real_now,
	       struct err *err)
{
	struct standing mail = { .row = 0 };

	if (to.n > 0 && !mail_address_is_good(to))
		return err_set(err, ERR_FORMAT, "not a mail address that can be sent to");
	if (must_find(store, id, &mail, err) != 0)
		return -1;
	if (mail.state == MAIL_SENT)
		return err_set(err, ERR_CONFLICT, "the mail was sent");
	if (check_room(store, err) != 0)
		return -1;
	if (to.n > 0 && store_change(store, err,
				     "UPDATE mail SET former = recipient, recipient = $2"
				     " WHERE row = $1 AND recipient <> $2",
				     STORE_INT(mail.row), STORE_TEXT(to)) != 0)
		return -1;
	return store_change(store, err,
			    "UPDATE mail SET state = $2, next = $3, attempts = 0, sent = 0,"
			    " problem = '' WHERE row = $1",
			    STORE_INT(mail.row), STORE_INT(MAIL_QUEUED), STORE_INT(real_now.us));
}

int mail_hand(struct store *store, struct sv id, struct err *err)
{
	return store_change(store, err,
			    "UPDATE mail SET unsure = unsure + handed, handed = 1 WHERE id = $1",
			    STORE_TEXT(id));
}

static int64_t pause_after(unsigned attempts)
{
	int64_t pause = PAUSE_MIN;

	while (attempts-- > 1 && pause < PAUSE_MAX)
		pause *= 2;
	return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

static int change(struct store *store, const struct standing *mail, bool lost,
		  struct instant sent, struct instant next, struct sv said, struct err *err)
{
	struct buf kept;
	int r;

	buf_init(&kept, MAIL_SAID_MAX);
	mail_put_said(&kept, said);
	r = store_change(store, err,
			 "UPDATE mail SET state = $2, attempts = $3, sent = $4, next = $5,"
			 " problem = $6, handed = 0, unsure = unsure + $7 WHERE row = $1",
			 STORE_INT(mail->row), STORE_INT(mail->state), STORE_INT(mail->attempts),
			 STORE_INT(sent.us), STORE_INT(next.us),
			 STORE_TEXT(kept.n > 0 ? buf_sv(&kept) : SV("")), STORE_INT(lost));
	buf_done(&kept);
	return r;
}

int mail_outcome(struct store *store, struct sv id, enum mail_outcome outcome, struct sv said,
		 struct instant real_now, struct err *err)
{
	static const enum mail_state becomes[MAIL_OUTCOME_COUNT] = {
		[MAIL_TAKEN] = MAIL_SENT,
		[MAIL_REFUSED] = MAIL_BOUNCED,
		[MAIL_AWAY] = MAIL_QUEUED,
		[MAIL_LOST] = MAIL_QUEUED,
	};
	struct instant sent = { 0 }, next = real_now;
	struct standing mail = { .row = 0 };

	if (must_find(store, id, &mail, err) != 0)
		return -1;
	if (mail.state != MAIL_QUEUED) /* its notification was quicker */
		return 0;
	mail.attempts++;
	mail.state = becomes[outcome];
	if (outcome == MAIL_TAKEN) {
		sent = real_now;
		said = SV_NONE;
	}
	if (mail.state == MAIL_QUEUED) {
		if (mail.attempts >= MAIL_ATTEMPTS_MAX)
			mail.state = MAIL_FAILED;
		else
			next.us += pause_after(mail.attempts);
	}
	return change(store, &mail, outcome == MAIL_LOST, sent, next, said, err);
}
