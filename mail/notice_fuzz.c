#include <stdlib.h>

#include "mail/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct sv message, struct sv part)
{
	if (part.n > 0 && (part.p < message.p || part.p + part.n > message.p + message.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv message = { (const char *)data, size };
	struct mail_notice notice;
	struct uuid id;
	struct buf said;

	if (mail_notice_parse(message, &notice) == 0)
		return 0;
	check_inside(message, notice.recipient);
	check_inside(message, notice.status);
	check_inside(message, notice.diagnostic);
	if (!uuid_parse(sv_from(notice.id), &id) || notice.fate == MAIL_FATE_NONE)
		abort();
	buf_init(&said, MAIL_SAID_MAX);
	mail_put_said(&said, notice.diagnostic);
	if (said.full || mail_check_line(buf_sv(&said), MAIL_SAID_MAX, "it", NULL) != 0)
		abort();
	buf_done(&said);
	return 0;
}
