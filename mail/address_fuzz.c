#include <stdlib.h>

#include "mail/post.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken for an address cannot end a line of SMTP, nor its angle brackets. */
static void check(struct sv address)
{
	size_t ats = 0;

	for (size_t i = 0; i < address.n; i++) {
		const unsigned char c = (unsigned char)address.p[i];

		if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == ',')
			abort();
		ats += c == '@';
	}
	if (ats != 1 || address.n > MAIL_ADDRESS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv text = { (const char *)data, size };
	struct mail_sender sender;

	if (mail_address_is_good(text))
		check(text);
	if (post_sender_parse(text, &sender)) {
		check(sender.from);
		if (!sv_ends(sender.from, sender.host) || sender.host.n == 0 ||
		    !sv_is_utf8(sender.from_name))
			abort();
		for (size_t i = 0; i < sender.from_name.n; i++) {
			if ((unsigned char)sender.from_name.p[i] < ' ')
				abort();
		}
	}
	return 0;
}
