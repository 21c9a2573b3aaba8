#include "centre/urlencoded.h"

#include "centre/request.h"

/* Browsers end lines with CR LF; we keep LF. In place. */
static void unify_lines(struct sv *text)
{
	char *p = (char *)(uintptr_t)text->p; /* of the arena, ours */
	size_t n = 0;

	for (size_t i = 0; i < text->n; i++) {
		if (p[i] != '\r')
			p[n++] = p[i];
		else if (i + 1 == text->n || p[i + 1] != '\n')
			p[n++] = '\n';
	}
	text->n = n;
}

static size_t count_pairs(struct sv body)
{
	size_t count = 0;

	while (body.n > 0)
		count += sv_cut(&body, '&').n > 0;
	return count;
}

int form_pair(struct sv name, struct sv value, struct answer *ret, struct err *err)
{
	if (name.n == 0)
		return err_set(err, ERR_FORMAT, "a value without a name in a form");
	if (name.n > URLENCODED_NAME_MAX || value.n > PROGRAMME_ANSWER_MAX || !value.p)
		return err_set(err, ERR_TOO_LARGE, "a value of a form is longer than %d bytes",
			       PROGRAMME_ANSWER_MAX);
	if (!sv_is_utf8(value) || sv_find_char(value, '\0', 0) != SIZE_MAX)
		return err_set(err, ERR_FORMAT, "NUL, or no UTF-8 in a form");
	unify_lines(&value);
	*ret = (struct answer){ name, value };
	return 0;
}

static int parse_pair(struct sv text, struct arena *arena, struct answer *ret, struct err *err)
{
	struct sv name = sv_cut(&text, '='), value;

	if (!request_unescape(name, arena, &name) || !request_unescape(text, arena, &value))
		return err_set(err, ERR_FORMAT, "a broken escape, NUL, or no UTF-8 in a form");
	return form_pair(name, value, ret, err);
}

int urlencoded_parse(struct sv body, struct arena *arena, struct answers *ret, struct err *err)
{
	const size_t room = count_pairs(body);
	struct answer *item;
	size_t count = 0;

	if (body.n > URLENCODED_BODY_MAX)
		return err_set(err, ERR_TOO_LARGE, "a form of more than %d bytes",
			       URLENCODED_BODY_MAX);
	if (room > URLENCODED_PAIRS_MAX)
		return err_set(err, ERR_TOO_LARGE, "a form of more than %d values",
			       URLENCODED_PAIRS_MAX);
	item = arena_zalloc(arena, room + 1, sizeof *item);
	if (!item)
		return err_set(err, ERR_TOO_LARGE, "a form too large");
	while (body.n > 0) {
		const struct sv pair = sv_cut(&body, '&');

		if (pair.n > 0 && parse_pair(pair, arena, &item[count++], err) != 0)
			return -1;
	}
	*ret = (struct answers){ item, count };
	return 0;
}
