/*
 * Reads a delivery status notification (RFC 3464): a multipart/report whose
 * parts are a text, message/delivery-status and the returned mail or its
 * headers. Everything in it may be hostile; nothing is copied.
 */
#include "mail/internal.h"

#define BOUNDARY_MAX 70	       /* RFC 2046 5.1.1 */
#define HEADER_LINES_MAX 500   /* of one block of headers */

/* One line with its end; lines end with LF or CRLF. */
static struct sv take_line(struct sv *rest)
{
	const size_t end = sv_find_char(*rest, '\n', 0);
	struct sv line = sv_slice(*rest, 0, end == SIZE_MAX ? rest->n : end + 1);

	*rest = sv_slice(*rest, line.n, rest->n);
	return line;
}

static struct sv without_end(struct sv line)
{
	if (sv_ends(line, SV("\n")))
		line.n--;
	if (sv_ends(line, SV("\r")))
		line.n--;
	return line;
}

static bool is_folded(struct sv line)
{
	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

/*
 * The next header with the lines that continue it: 1; 0 at the empty line, which
 * is taken, or at the end.
 */
static int take_header(struct sv *rest, struct sv *ret_name, struct sv *ret_value)
{
	struct sv line = take_line(rest), name, value = line;

	if (without_end(line).n == 0)
		return 0;
	for (int i = 0; i < HEADER_LINES_MAX && is_folded(*rest); i++)
		value.n += take_line(rest).n;
	name = sv_cut(&value, ':');
	*ret_name = sv_trim(name);
	*ret_value = sv_trim(value);
	return 1;
}

/* The first header of this name in a block. */
static struct sv find_header(struct sv block, struct sv wanted)
{
	struct sv name, value;

	for (int i = 0; i < HEADER_LINES_MAX && take_header(&block, &name, &value); i++) {
		if (sv_eq_case(name, wanted))
			return value;
	}
	return SV_NONE;
}

static void skip_headers(struct sv *rest)
{
	struct sv name, value;

	while (take_header(rest, &name, &value) == 1)
		;
}

/* ---- Content-Type ---- */

static bool is_type(struct sv value, struct sv wanted)
{
	return sv_eq_case(sv_trim(sv_cut(&value, ';')), wanted);
}

static bool is_quoted(struct sv text)
{
	return text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
}

static struct sv parameter(struct sv value, struct sv wanted)
{
	sv_cut(&value, ';');
	while (value.n > 0) {
		struct sv part = sv_cut(&value, ';'), name = sv_trim(sv_cut(&part, '='));

		part = sv_trim(part);
		if (sv_eq_case(name, wanted))
			return is_quoted(part) ? sv_slice(part, 1, part.n - 1) : part;
	}
	return SV_NONE;
}

/* ---- parts ---- */

/* 0: no line of the boundary; 1: a part begins behind it; 2: the last one is over. */
static int boundary_at(struct sv line, struct sv boundary)
{
	line = without_end(line);
	if (!sv_starts(line, SV("--")) || !sv_starts(sv_slice(line, 2, line.n), boundary))
		return 0;
	line = sv_slice(line, 2 + boundary.n, line.n);
	if (sv_starts(line, SV("--")))
		return 2;
	return sv_trim(line).n == 0 ? 1 : 0;
}

/* What stands before the next line of the boundary; *ret_last where it is the closing one. */
static struct sv take_part(struct sv *rest, struct sv boundary, bool *ret_last)
{
	struct sv part = { rest->p, 0 };

	*ret_last = true;
	while (rest->n > 0) {
		const struct sv line = take_line(rest);
		const int kind = boundary_at(line, boundary);

		if (kind != 0) {
			*ret_last = kind == 2;
			break;
		}
		part.n += line.n;
	}
	return part;
}

/* ---- message/delivery-status ---- */

static enum mail_fate fate_of(struct sv action)
{
	static const struct {
		struct sv word;
		enum mail_fate fate;
	} row[] = {
		{ { "failed", 6 }, MAIL_FATE_FAILED },	     { { "delayed", 7 }, MAIL_FATE_DELAYED },
		{ { "delivered", 9 }, MAIL_FATE_DELIVERED }, { { "relayed", 7 }, MAIL_FATE_DELIVERED },
		{ { "expanded", 8 }, MAIL_FATE_DELIVERED },
	};

	action = sv_trim(sv_cut(&action, '(')); /* a comment may follow */
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (sv_eq_case(action, row[i].word))
			return row[i].fate;
	}
	return MAIL_FATE_NONE;
}

/* "rfc822; a@b.example" */
static struct sv address_of(struct sv value)
{
	sv_cut(&value, ';');
	value = sv_trim(value);
	if (value.n >= 2 && value.p[0] == '<' && value.p[value.n - 1] == '>')
		value = sv_slice(value, 1, value.n - 1);
	return value;
}

static struct sv diagnostic_of(struct sv value)
{
	const struct sv all = value;

	sv_cut(&value, ';');
	return value.n > 0 ? sv_trim(value) : all;
}

/* Blocks of fields: one about the message, then one for each recipient. The worst counts. */
static void read_status(struct sv text, struct mail_notice *notice)
{
	for (int i = 0; i < MAIL_NOTICE_PARTS_MAX && text.n > 0; i++) {
		const enum mail_fate fate = fate_of(find_header(text, SV("Action")));

		if (fate > notice->fate) {
			struct sv recipient = find_header(text, SV("Original-Recipient"));

			if (recipient.n == 0)
				recipient = find_header(text, SV("Final-Recipient"));
			notice->fate = fate;
			notice->recipient = address_of(recipient);
			notice->status = find_header(text, SV("Status"));
			notice->diagnostic =
				diagnostic_of(find_header(text, SV("Diagnostic-Code")));
		}
		skip_headers(&text);
	}
}

/* ---- the returned mail ---- */

/* "<hikeshi.UUID@host>" */
static bool read_id(struct sv value, char ret_id[static UUID_TEXT_MAX])
{
	struct uuid id;
	const size_t start = sizeof "<" MAIL_ID_PREFIX - 1;
	const struct sv text = sv_slice(value, start, start + UUID_TEXT_MAX - 1);

	if (!sv_starts(value, SV("<" MAIL_ID_PREFIX)) || !uuid_parse(text, &id) ||
	    !sv_starts(sv_slice(value, start + text.n, value.n), SV("@")))
		return false;
	uuid_format(id, ret_id);
	return true;
}

static void read_part(struct sv part, struct mail_notice *notice)
{
	const struct sv type = find_header(part, SV("Content-Type"));
	static const struct sv returned[] = {
		{ "message/rfc822", 14 },
		{ "text/rfc822-headers", 19 },
		{ "message/global", 14 },
		{ "message/global-headers", 22 },
	};

	skip_headers(&part);
	if (is_type(type, SV("message/delivery-status")) ||
	    is_type(type, SV("message/global-delivery-status"))) {
		read_status(part, notice);
		return;
	}
	for (size_t i = 0; i < sizeof returned / sizeof *returned; i++) {
		if (is_type(type, returned[i]))
			read_id(find_header(part, SV("Message-ID")), notice->id);
	}
}

int mail_notice_parse(struct sv message, struct mail_notice *ret)
{
	struct mail_notice notice = { .fate = MAIL_FATE_NONE };
	struct sv type, boundary;
	bool last = false;

	/* A mailbox or a pipe may put a line in front that is no header. */
	if (sv_starts(message, SV("From ")))
		take_line(&message);
	type = find_header(message, SV("Content-Type"));
	boundary = parameter(type, SV("boundary"));
	if (!is_type(type, SV("multipart/report")) || boundary.n == 0 ||
	    boundary.n > BOUNDARY_MAX)
		return 0;
	skip_headers(&message);
	take_part(&message, boundary, &last);
	for (int i = 0; i < MAIL_NOTICE_PARTS_MAX && !last; i++)
		read_part(take_part(&message, boundary, &last), &notice);
	if (notice.fate == MAIL_FATE_NONE || notice.id[0] == '\0')
		return 0;
	*ret = notice;
	return 1;
}
