#include "base/test.h"
#include "mail/mail.h"

#define ID "0193b1c0-0000-7000-8000-00000000a001"
#define MESSAGE_ID "Message-ID: <hikeshi." ID "@centre.example>\r\n"

static const struct mail_sender office = {
	{ "office@r7b.example", 18 },
	{ "R7B事務局", 12 },
	{ "centre.example", 14 },
};

static struct mail a_mail(void)
{
	return (struct mail){
		.id = SV(ID),
		.to = SV("tanaka@shouten.example"),
		.to_name = SV("Tanaka \"T\" Hanako"),
		.subject = SV("Received"),
		.body = SV("こんにちは\n"),
		.created = { INT64_C(1748396400000000) }, /* 2025-05-28 01:40 UTC */
	};
}

static struct sv compose(const struct mail *mail, struct buf *buf)
{
	struct err err = ERR_INIT;

	buf_clear(buf);
	if (mail_compose(mail, &office, buf, &err) != 0) {
		printf("# %s\n", err.text);
		test_failed = true;
	}
	return buf_sv(buf);
}

/* The value of a header, unfolded with its line ends and blanks. */
static struct sv header(struct sv message, const char *name)
{
	struct sv wanted = sv_from(name);
	const size_t start = sv_find(message, wanted, 0);
	size_t end = start;

	if (start == SIZE_MAX)
		return SV_NONE;
	do
		end = sv_find(message, SV("\r\n"), end + 1);
	while (end != SIZE_MAX && end + 2 < message.n && message.p[end + 2] == ' ');
	return sv_slice(message, start + wanted.n, end);
}

TEST(the_whole_message)
{
	static const char want[] =
		"Date: Wed, 28 May 2025 10:40:00 +0900\r\n"
		"From: =?UTF-8?B?UjdC5LqL5YuZ5bGA?=\r\n"
		" <office@r7b.example>\r\n"
		"Reply-To: <office@r7b.example>\r\n"
		"To: \"Tanaka \\\"T\\\" Hanako\"\r\n"
		" <tanaka@shouten.example>\r\n" MESSAGE_ID "Subject: Received\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=UTF-8\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"\r\n"
		"44GT44KT44Gr44Gh44GvDQo=\r\n";
	const struct mail mail = a_mail();
	struct buf buf;

	buf_init(&buf, MAIL_MESSAGE_MAX);
	CHECK_SV(compose(&mail, &buf), sv_from(want));
	CHECK_SV(compose(&mail, &buf), sv_from(want)); /* the same each time: a duplicate shows */
	buf_done(&buf);
}

/* ---- encoded words, read back ---- */

static int digit(char c)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = strchr(all, c);

	return p && c ? (int)(p - all) : -1;
}

static void decode(struct sv text, struct buf *ret)
{
	unsigned bits = 0, value = 0;

	for (size_t i = 0; i < text.n && digit(text.p[i]) >= 0; i++) {
		value = value << 6 | (unsigned)digit(text.p[i]);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_put_char(ret, (char)(value >> bits & 0xff));
		}
	}
}

/* Words on lines of their own; each must be whole UTF-8 and short enough. */
static bool decode_words(struct sv value, size_t column, struct buf *ret)
{
	while (value.n > 0) {
		struct sv line = sv_trim(sv_cut(&value, '\n'));
		struct buf word;
		bool good;

		if (!sv_starts(line, SV("=?UTF-8?B?")) || !sv_ends(line, SV("?=")) || line.n > 75 ||
		    column + line.n > 76)
			return false;
		buf_init(&word, 100);
		decode(sv_slice(line, 10, line.n - 2), &word);
		good = sv_is_utf8(buf_sv(&word)) && word.n > 0;
		buf_put_sv(ret, buf_sv(&word));
		buf_done(&word);
		if (!good)
			return false;
		column = 1;
	}
	return true;
}

#define LONG_JA "令和７年度サイバーセキュリティ対策緊急支援事業コース②エンドポイント対策"

TEST(subjects)
{
	static char longest[MAIL_SUBJECT_MAX];
	static const struct {
		struct sv subject;
		bool plain;
	} row[] = {
		{ SV("Received"), true },
		{ SV("R7B-0001 (2025/05/28) !~"), true },
		{ SV("123456789012345678901234567890123456789012345678901234567890"), true },
		{ SV("1234567890123456789012345678901234567890123456789012345678901"), false },
		{ SV("=?UTF-8?B?44GT?="), false }, /* it must not become another text */
		{ SV(" a"), false },
		{ SV("a "), false },
		{ SV("受付"), false },
		{ SV("髙橋商店 様 🔥👨‍👩‍👧 吉野家→𠮷野家"), false },
		{ SV(LONG_JA LONG_JA LONG_JA LONG_JA), false },
		{ { longest, sizeof longest }, false },
	};
	struct buf buf, got;

	for (size_t i = 0; i + 4 <= sizeof longest; i += 4)
		memcpy(longest + i, "🔥", 4);
	buf_init(&buf, MAIL_MESSAGE_MAX);
	buf_init(&got, MAIL_SUBJECT_MAX + 10);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct mail mail = a_mail();
		struct sv value;

		mail.subject = row[i].subject;
		value = header(compose(&mail, &buf), "Subject: ");
		buf_clear(&got);
		if (!row[i].plain) {
			CHECK(decode_words(value, strlen("Subject: "), &got));
			value = buf_sv(&got);
		}
		CHECK_SV(value, row[i].subject);
	}
	buf_done(&got);
	buf_done(&buf);
}

TEST(names)
{
	static const struct {
		struct sv name, header;
	} row[] = {
		{ SV(""), SV("<tanaka@shouten.example>") },
		{ SV("Tanaka"), SV("\"Tanaka\"\r\n <tanaka@shouten.example>") },
		{ SV("a\\b\" <x@y.example>"),
		  SV("\"a\\\\b\\\" <x@y.example>\"\r\n <tanaka@shouten.example>") },
		{ SV("髙"), SV("=?UTF-8?B?6auZ?=\r\n <tanaka@shouten.example>") },
	};
	struct buf buf;

	buf_init(&buf, MAIL_MESSAGE_MAX);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct mail mail = a_mail();

		mail.to_name = row[i].name;
		CHECK_SV(header(compose(&mail, &buf), "\r\nTo: "), row[i].header);
	}
	buf_done(&buf);
}

TEST(texts)
{
	static const struct {
		struct sv body, carried;
	} row[] = {
		{ SV(""), SV("") },
		{ SV("a"), SV("a\r\n") },
		{ SV("a\n"), SV("a\r\n") },
		{ SV("a\r\nb"), SV("a\r\nb\r\n") },
		{ SV("a\rb\n\nc"), SV("a\r\nb\r\n\r\nc\r\n") },
		{ SV("\r"), SV("\r\n") },
		{ SV(".\n..\nFrom me\n"), SV(".\r\n..\r\nFrom me\r\n") },
	};
	struct buf buf, got;

	buf_init(&buf, MAIL_MESSAGE_MAX);
	buf_init(&got, 1000);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct mail mail = a_mail();
		struct sv message;

		mail.body = row[i].body;
		message = compose(&mail, &buf);
		buf_clear(&got);
		decode(sv_slice(message, sv_find(message, SV("\r\n\r\n"), 0) + 4, message.n), &got);
		CHECK_SV(buf_sv(&got), row[i].carried);
	}
	buf_done(&got);
	buf_done(&buf);
}

/* The largest mail there is has room, and every line of it stays short. */
TEST(the_largest)
{
	static char line[MAIL_SUBJECT_MAX], body[MAIL_BODY_MAX];
	struct mail mail = a_mail();
	struct sv message, rest;
	struct err err = ERR_INIT;
	struct buf buf;

	memset(line, 'x', sizeof line);
	memset(body, '\n', sizeof body);
	mail.to_name = mail.subject = (struct sv){ line, sizeof line };
	mail.body = (struct sv){ body, sizeof body };
	buf_init(&buf, MAIL_MESSAGE_MAX);
	rest = message = compose(&mail, &buf);
	while (rest.n > 0) {
		const struct sv one = sv_cut(&rest, '\n');

		CHECK(one.n <= 77 && sv_ends(one, SV("\r")));
	}
	CHECK(message.n > 2 * MAIL_BODY_MAX);
	buf_done(&buf);
	buf_init(&buf, message.n - 1);
	CHECK_INT(mail_compose(&mail, &office, &buf, &err), -1);
	CHECK_INT(err.code, ERR_TOO_LARGE);
	CHECK_INT(buf.n, 0);
	buf_done(&buf);
}

TEST(what_is_refused)
{
	static char long_line[MAIL_SUBJECT_MAX + 1];
	struct mail_sender sender = office;
	struct mail mail = a_mail();
	struct buf buf;

	memset(long_line, 'x', sizeof long_line);
	buf_init(&buf, MAIL_MESSAGE_MAX);
#define REFUSED(what, value, wanted)                                                               \
	do {                                                                                       \
		struct err err_ = ERR_INIT;                                                        \
		mail = a_mail();                                                                   \
		sender = office;                                                                   \
		(what) = (value);                                                                  \
		CHECK_INT(mail_compose(&mail, &sender, &buf, &err_), -1);                          \
		CHECK_INT(err_.code, wanted);                                                      \
		CHECK_INT(buf.n, 0);                                                               \
	} while (0)
	REFUSED(mail.subject, SV("a\r\nBcc: x@y.example"), ERR_FORMAT);
	REFUSED(mail.subject, SV("a\nb"), ERR_FORMAT);
	REFUSED(mail.subject, SV("a\0b"), ERR_FORMAT);
	REFUSED(mail.to_name, SV("a\r\nBcc: x@y.example"), ERR_FORMAT);
	REFUSED(mail.to, SV("a@b.example>\r\nBcc: <x@y.example"), ERR_FORMAT);
	REFUSED(mail.to, SV(""), ERR_FORMAT);
	REFUSED(mail.id, SV("a>\r\nBcc: x"), ERR_FORMAT);
	REFUSED(sender.from, SV("office"), ERR_FORMAT);
	REFUSED(sender.from_name, SV("a\r\nb"), ERR_FORMAT);
	REFUSED(sender.host, SV("a>\r\nBcc: x"), ERR_FORMAT);
	REFUSED(sender.host, SV(""), ERR_FORMAT);
	REFUSED(mail.body, SV("a\0b"), ERR_FORMAT);
	REFUSED(mail.body, SV("\xff"), ERR_FORMAT);
	REFUSED(mail.created.us, -1, ERR_RANGE);
	REFUSED(mail.created.us, INT64_MAX, ERR_RANGE);
	REFUSED(mail.subject, ((struct sv){ long_line, sizeof long_line }), ERR_TOO_LARGE);
	buf_done(&buf);
}

TEST(a_calendar_file_goes_with_it)
{
	static char longest[MAIL_CALENDAR_MAX + 1];
	struct mail mail = a_mail();
	struct err err = ERR_INIT;
	struct buf buf;
	struct sv message;

	buf_init(&buf, MAIL_MESSAGE_MAX);
	mail.calendar = SV("BEGIN:VCALENDAR\r\n");
	message = compose(&mail, &buf);
	CHECK(sv_find(message,
		      SV("Content-Type: multipart/mixed; boundary=\"hikeshi-" ID "\"\r\n\r\n"
			 "--hikeshi-" ID "\r\n"
			 "Content-Type: text/plain; charset=UTF-8\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\n"),
		      0) != SIZE_MAX);
	CHECK(sv_ends(message,
		      SV("--hikeshi-" ID "\r\n"
			 "Content-Disposition: attachment; filename=\"calendar.ics\"\r\n"
			 "Content-Type: text/calendar; method=PUBLISH; charset=UTF-8\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\n"
			 "QkVHSU46VkNBTEVOREFSDQo=\r\n"
			 "--hikeshi-" ID "--\r\n")));
	/* At the edge. */
	memset(longest, '\n', sizeof longest);
	mail.calendar = (struct sv){ longest, MAIL_CALENDAR_MAX };
	mail.body = mail.calendar;
	compose(&mail, &buf);
	mail.calendar.n++;
	CHECK_INT(mail_compose(&mail, &office, &buf, &err), -1);
	CHECK_INT(err.code, ERR_TOO_LARGE);
	buf_done(&buf);
}
