#include "mail/mail.h"

#define LOCAL_MAX 64  /* RFC 5321 4.5.3.1.1 */
#define LABEL_MAX 63  /* of a domain name */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_atext(char c)
{
	return is_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/*
 * Atoms with dots between them; or these between quotation marks, where dots
 * may stand anywhere: Japanese telephone companies gave out a..b@ and a.@.
 */
static bool is_local(struct sv local)
{
	const bool quoted = local.n >= 3 && local.p[0] == '"' && local.p[local.n - 1] == '"';
	char before = '.';

	if (local.n == 0 || local.n > LOCAL_MAX)
		return false;
	if (quoted)
		local = sv_slice(local, 1, local.n - 1);
	for (size_t i = 0; i < local.n; before = local.p[i++]) {
		if (!is_atext(local.p[i]) &&
		    (local.p[i] != '.' || (!quoted && before == '.')))
			return false;
	}
	return quoted || before != '.';
}

static bool is_label(struct sv label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' ||
	    label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!is_letter(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-')
			return false;
	}
	return true;
}

/* At least two labels; the last begins with a letter, so it is no number of a host. */
static bool is_domain(struct sv domain)
{
	struct sv label = SV_NONE;
	size_t labels = 0;

	if (sv_ends(domain, SV(".")))
		return false;
	while (domain.n > 0) {
		label = sv_cut(&domain, '.');
		if (!is_label(label))
			return false;
		labels++;
	}
	return labels >= 2 && is_letter(label.p[0]);
}

bool mail_address_is_good(struct sv address)
{
	const size_t at = sv_find_char(address, '@', 0);

	return address.n <= MAIL_ADDRESS_MAX && at != SIZE_MAX &&
	       is_local(sv_slice(address, 0, at)) &&
	       is_domain(sv_slice(address, at + 1, address.n));
}
