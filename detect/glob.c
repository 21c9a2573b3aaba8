#include "detect/find.h"
#include "detect/fold.h"
#include "detect/session.h"

/* One of - / U+2013 U+2014 U+2015 at offset at: its length, or 0. */
static size_t dash_at(struct sv text, size_t at)
{
	if (at >= text.n)
		return 0;
	if (text.p[at] == '-' || text.p[at] == '/')
		return 1;
	return text.n - at >= 3 && memcmp(text.p + at, "\xE2\x80", 2) == 0 &&
			       (unsigned char)text.p[at + 2] >= 0x93 &&
			       (unsigned char)text.p[at + 2] <= 0x95
		       ? 3
		       : 0;
}

/* Tokens (no `*`) from offset at on: the offset behind, or SIZE_MAX. */
static size_t run_forward(const struct token *token, size_t count, struct sv text, size_t at)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t point;
		size_t n = token[i].text.n;

		switch (token[i].kind) {
		case TOKEN_TEXT:
			if (n > text.n - at || memcmp(text.p + at, token[i].text.p, n) != 0)
				return SIZE_MAX;
			break;
		case TOKEN_DASH:
			n = dash_at(text, at);
			if (n == 0)
				return SIZE_MAX;
			break;
		default:
			if (at == text.n)
				return SIZE_MAX;
			n = utf8_read(text.p + at, text.n - at, &point);
			break;
		}
		at += n;
	}
	return at;
}

/* Tokens (no `*`) that end at offset end: where they begin, or SIZE_MAX. */
static size_t run_backward(const struct token *token, size_t count, struct sv text, size_t end)
{
	for (size_t i = count; i-- > 0;) {
		size_t n = token[i].text.n;

		switch (token[i].kind) {
		case TOKEN_TEXT:
			if (n > end || memcmp(text.p + end - n, token[i].text.p, n) != 0)
				return SIZE_MAX;
			break;
		case TOKEN_DASH:
			n = end >= 1 && dash_at(sv_slice(text, 0, end), end - 1) == 1 ? 1 : 3;
			if (n > end || dash_at(sv_slice(text, 0, end), end - n) != n)
				return SIZE_MAX;
			break;
		default:
			if (end == 0)
				return SIZE_MAX;
			n = utf8_back(text, end);
			break;
		}
		end -= n;
	}
	return end;
}

/* Leftmost place for the tokens at or after from: the offset behind them; *ret_at is before. */
static size_t search_run(const struct token *token, size_t count, struct sv text, size_t from,
			 size_t *ret_at)
{
	for (size_t at = from; at <= text.n;) {
		uint32_t point;
		size_t end;

		if (token[0].kind == TOKEN_TEXT) {
			at = find_text(text, token[0].text, at);
			if (at == SIZE_MAX)
				return SIZE_MAX;
		}
		end = run_forward(token, count, text, at);
		*ret_at = at;
		if (end != SIZE_MAX)
			return end;
		at += at < text.n ? utf8_read(text.p + at, text.n - at, &point) : 1;
	}
	return SIZE_MAX;
}

bool glob_match(struct pattern glob, struct sv text, struct span *ret)
{
	struct span span = { 0, text.n };
	size_t first = 0, last = glob.count, at, end;
	bool open; /* nothing fixed was found yet */

	while (first < glob.count && glob.token[first].kind != TOKEN_ANY)
		first++;
	at = run_forward(glob.token, first, text, 0);
	if (at == SIZE_MAX || (first == glob.count && at != text.n))
		return false;
	if (first == glob.count)
		goto matched;
	while (glob.token[last - 1].kind != TOKEN_ANY)
		last--;
	end = run_backward(glob.token + last, glob.count - last, text, text.n);
	if (end == SIZE_MAX || end < at)
		return false;
	text.n = end;
	open = first == 0;
	for (size_t from = first + 1; from < last; from++) {
		const size_t begin = from;
		size_t place = 0;

		while (from < last && glob.token[from].kind != TOKEN_ANY)
			from++;
		if (from == begin)
			continue;
		at = search_run(glob.token + begin, from - begin, text, at, &place);
		if (at == SIZE_MAX)
			return false;
		span.at = open ? place : span.at;
		open = false;
	}
	if (open && last == glob.count) /* `*` alone fixes nothing */
		goto matched;
	span.at = open ? end : span.at;
	span.end = last == glob.count ? at : span.end;
matched:
	if (ret)
		*ret = span;
	return true;
}
