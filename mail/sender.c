#include "mail/internal.h"
#include "mail/post.h"

static struct sv unquote(struct sv name)
{
	if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		return sv_slice(name, 1, name.n - 1);
	return name;
}

bool post_sender_parse(struct sv text, struct mail_sender *ret)
{
	struct mail_sender sender = { .from = sv_trim(text), .from_name = SV("") };
	const size_t open = sv_find_char(text, '<', 0);

	if (open != SIZE_MAX && sv_ends(sender.from, SV(">"))) {
		const struct sv all = sender.from;

		sender.from_name = unquote(sv_trim(sv_slice(text, 0, open)));
		sender.from = sv_slice(all, sv_find_char(all, '<', 0) + 1, all.n - 1);
	}
	if (!mail_address_is_good(sender.from) ||
	    mail_check_line(sender.from_name, MAIL_SUBJECT_MAX, "name", NULL) != 0)
		return false;
	sender.host = sv_slice(sender.from, sv_find_char(sender.from, '@', 0) + 1, SIZE_MAX);
	*ret = sender;
	return true;
}
