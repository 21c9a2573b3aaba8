#include <assert.h>

#include "base/day.h"
#include "mail/internal.h"

#define LINE_WANTED 76	       /* RFC 2047: a line with an encoded word */
#define PLAIN_MAX 60	       /* an ASCII text longer than this is encoded, so that it folds */
#define WORD_START "=?UTF-8?B?"
#define WORD_END "?="
#define HOST_MAX 255

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

static void put_base64(struct buf *buf, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		const uint8_t a = (uint8_t)p[i], b = i + 1 < n ? (uint8_t)p[i + 1] : 0,
			      c = i + 2 < n ? (uint8_t)p[i + 2] : 0;
		const char four[4] = {
			base64[a >> 2],
			base64[(a & 3) << 4 | b >> 4],
			i + 1 < n ? base64[(b & 15) << 2 | c >> 6] : '=',
			i + 2 < n ? base64[c & 63] : '=',
		};

		buf_put(buf, four, sizeof four);
	}
}

static bool is_plain(struct sv text)
{
	if (text.n > PLAIN_MAX || sv_find(text, SV("=?"), 0) != SIZE_MAX ||
	    sv_trim(text).n != text.n)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	}
	return true;
}

static size_t character_end(struct sv text, size_t at)
{
	do
		at++;
	while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80);
	return at;
}

/* Encoded words, each of whole characters, none on a line past LINE_WANTED. */
static void put_words(struct buf *buf, struct sv text, size_t column)
{
	const size_t frame = sizeof WORD_START - 1 + sizeof WORD_END - 1;
	size_t at = 0;

	while (at < text.n) {
		size_t room = (LINE_WANTED - 1 - column - frame) / 4 * 3, end = at;

		while (end < text.n && character_end(text, end) - at <= room)
			end = character_end(text, end);
		put(buf, WORD_START);
		put_base64(buf, text.p + at, end - at);
		put(buf, WORD_END);
		at = end;
		if (at < text.n)
			put(buf, "\r\n ");
		column = 1;
	}
}

/* A display name: quoted where it is plain, else encoded; then the address on a line that fits. */
static void put_mailbox(struct buf *buf, const char *header, struct sv name, struct sv address)
{
	put(buf, header);
	if (name.n > 0 && is_plain(name)) {
		buf_put_char(buf, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_put_char(buf, '\\');
			buf_put_char(buf, name.p[i]);
		}
		put(buf, "\"\r\n ");
	} else if (name.n > 0) {
		put_words(buf, name, strlen(header));
		put(buf, "\r\n ");
	}
	buf_put_char(buf, '<');
	buf_put_sv(buf, address);
	put(buf, ">\r\n");
}

static void put_date(struct buf *buf, struct instant at)
{
	static const char weekday[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char month[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct tokyo t = tokyo_of(at);
	const struct civil c = day_to_civil(t.day);

	buf_printf(buf, "Date: %s, %02u %s %04d %02u:%02u:%02u +0900\r\n", weekday[c.weekday],
		   c.day, month[c.month - 1], c.year, t.hour, t.minute, t.second);
}

/* Lines as SMTP ends them, whichever way they came, the last too. */
static void put_lines(struct buf *buf, struct sv body)
{
	for (size_t i = 0; i < body.n; i++) {
		const char c = body.p[i];

		if (c == '\r' && i + 1 < body.n && body.p[i + 1] == '\n')
			continue;
		if (c == '\r' || c == '\n')
			put(buf, "\r\n");
		else
			buf_put_char(buf, c);
	}
	if (body.n > 0 && body.p[body.n - 1] != '\n' && body.p[body.n - 1] != '\r')
		put(buf, "\r\n");
}

/* The head of a part, or of a message that has only one. */
static void put_part_head(struct buf *buf, const char *type)
{
	put(buf, "Content-Type: ");
	put(buf, type);
	put(buf, "; charset=UTF-8\r\n"
		 "Content-Transfer-Encoding: base64\r\n"
		 "\r\n");
}

static void put_body(struct buf *buf, struct sv body)
{
	const size_t row = 57; /* bytes that become a line of 76 */
	struct buf lines;

	buf_init(&lines, (size_t)MAIL_BODY_MAX * 2 + 2);
	put_lines(&lines, body);
	for (size_t i = 0; i < lines.n; i += row) {
		put_base64(buf, lines.p + i, lines.n - i < row ? lines.n - i : row);
		put(buf, "\r\n");
	}
	buf_done(&lines);
}

static bool is_host(struct sv host)
{
	for (size_t i = 0; i < host.n; i++) {
		const char c = host.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '-')
			return false;
	}
	return host.n > 0 && host.n <= HOST_MAX;
}

static int check(const struct mail *mail, const struct mail_sender *sender, struct err *err)
{
	const struct instant last = tokyo_instant(day_from_civil(DAY_YEAR_MAX, 12, 30), 0, 0);
	struct uuid id;

	if (!uuid_parse(mail->id, &id))
		return err_set(err, ERR_FORMAT, "the mail's id is none");
	if (!mail_address_is_good(mail->to) || !mail_address_is_good(sender->from))
		return err_set(err, ERR_FORMAT, "not a mail address that can be sent to");
	if (!is_host(sender->host))
		return err_set(err, ERR_FORMAT, "the sender's host is no name");
	if (mail->created.us < 0 || mail->created.us > last.us)
		return err_set(err, ERR_RANGE, "the mail's date is outside the years of a mail");
	if (mail_check_line(mail->to_name, MAIL_SUBJECT_MAX, "the recipient's name", err) != 0 ||
	    mail_check_line(sender->from_name, MAIL_SUBJECT_MAX, "the sender's name", err) != 0 ||
	    mail_check_line(mail->subject, MAIL_SUBJECT_MAX, "the subject", err) != 0)
		return -1;
	return mail_check_body(mail->body, err) != 0 ? -1
						      : mail_check_calendar(mail->calendar, err);
}

/* Between the parts: no line of base64 begins with it. */
static void put_boundary(struct buf *buf, const struct mail *mail, const char *end)
{
	put(buf, "--hikeshi-");
	buf_put_sv(buf, mail->id);
	put(buf, end);
}

/* Text, and the calendar file where there is one. */
static void put_parts(struct buf *buf, const struct mail *mail)
{
	if (mail->calendar.n == 0) {
		put_part_head(buf, "text/plain");
		put_body(buf, mail->body);
		return;
	}
	put(buf, "Content-Type: multipart/mixed; boundary=\"hikeshi-");
	buf_put_sv(buf, mail->id);
	put(buf, "\"\r\n\r\n");
	put_boundary(buf, mail, "\r\n");
	put_part_head(buf, "text/plain");
	put_body(buf, mail->body);
	put_boundary(buf, mail, "\r\nContent-Disposition: attachment; filename=\"calendar.ics\"\r\n");
	put_part_head(buf, "text/calendar; method=PUBLISH");
	put_body(buf, mail->calendar);
	put_boundary(buf, mail, "--\r\n");
}

int mail_compose(const struct mail *mail, const struct mail_sender *sender, struct buf *ret,
		 struct err *err)
{
	const size_t before = ret->n;

	/* A text of line ends only doubles before it is encoded. */
	static_assert(MAIL_MESSAGE_MAX >
			      (MAIL_BODY_MAX + MAIL_CALENDAR_MAX) * 2 / 57 * 78 + 8192,
		      "every mail has room");
	if (check(mail, sender, err) != 0)
		return -1;
	put_date(ret, mail->created);
	put_mailbox(ret, "From: ", sender->from_name, sender->from);
	put_mailbox(ret, "Reply-To: ", SV_NONE, sender->from);
	put_mailbox(ret, "To: ", mail->to_name, mail->to);
	put(ret, "Message-ID: <" MAIL_ID_PREFIX);
	buf_put_sv(ret, mail->id);
	buf_put_char(ret, '@');
	buf_put_sv(ret, sender->host);
	put(ret, ">\r\nSubject: ");
	if (is_plain(mail->subject))
		buf_put_sv(ret, mail->subject);
	else
		put_words(ret, mail->subject, strlen("Subject: "));
	put(ret, "\r\nAuto-Submitted: auto-generated\r\n"
		 "MIME-Version: 1.0\r\n");
	put_parts(ret, mail);
	if (!ret->full)
		return 0;
	ret->n = before;
	return err_set(err, ERR_TOO_LARGE, "the message is larger than its buffer");
}
