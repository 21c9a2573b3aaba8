#include <stdlib.h>

#include "mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines end with CRLF only, none is longer than RFC 5322 allows, and the first empty one is ours. */
static void check(struct sv message, size_t headers_wanted)
{
	size_t headers = 0, line = 0;
	bool in_body = false;

	for (size_t i = 0; i < message.n; i++) {
		const char c = message.p[i];

		if ((c == '\n') != (i > 0 && message.p[i - 1] == '\r'))
			abort();
		if ((unsigned char)c >= 0x7f || (c < ' ' && c != '\r' && c != '\n'))
			abort();
		if (c == '\n') {
			in_body |= line == 1;
			if (!in_body && message.p[i + 1] != ' ')
				headers++;
			line = 0;
		} else if (++line > 998) {
			abort();
		}
	}
	if (headers != headers_wanted)
		abort();
}

/* Four texts with a byte 0xff between them: to, name, subject, text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = { (const char *)data, size };
	const struct sv to = sv_cut(&rest, '\xff'), name = sv_cut(&rest, '\xff'),
			subject = sv_cut(&rest, '\xff');
	const struct mail mail = {
		.id = SV("0193b1c0-0000-7000-8000-00000000a001"),
		.to = mail_address_is_good(to) ? to : SV("a@b.example"),
		.to_name = name, .subject = subject, .body = rest,
		.calendar = size % 3 == 0 ? SV("BEGIN:VCALENDAR\r\n") : SV_NONE,
		.created = { INT64_C(1795000000000000) },
	};
	const struct mail_sender sender = { SV("office@r7b.example"), name, SV("centre.example") };
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, MAIL_MESSAGE_MAX);
	if (mail_compose(&mail, &sender, &buf, &err) == 0)
		check(buf_sv(&buf), mail.calendar.n > 0 ? 9 : 10);
	else if (buf.n != 0 || err.text[0] == '\0')
		abort();
	buf_done(&buf);
	return 0;
}
