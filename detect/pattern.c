#include "detect/pattern.h"

#include <stdio.h>

#include "base/mem.h"
#include "detect/fold.h"

static int full(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "the rule's values need too much memory");
}

static int too_many(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "a value has over %d wildcards", PATTERN_TOKENS_MAX);
}

/* ---- tokens while they are put together ---- */

struct writer {
	struct token token[PATTERN_TOKENS_MAX];
	size_t count;
	bool full;
};

/* Joins texts, and `*` with `*`. */
static void put(struct arena *arena, struct writer *writer, struct token token)
{
	struct token *last = writer->count > 0 ? &writer->token[writer->count - 1] : NULL;

	if (token.kind == TOKEN_TEXT && token.text.n == 0)
		return;
	if (last && token.kind == TOKEN_ANY && last->kind == TOKEN_ANY)
		return;
	if (last && token.kind == TOKEN_TEXT && last->kind == TOKEN_TEXT) {
		char *p = arena_alloc(arena, last->text.n + token.text.n + 1);

		if (!p) {
			writer->full = true;
			return;
		}
		memcpy(p, last->text.p, last->text.n);
		memcpy(p + last->text.n, token.text.p, token.text.n);
		last->text = (struct sv){ p, last->text.n + token.text.n };
		return;
	}
	if (writer->count == PATTERN_TOKENS_MAX) {
		writer->full = true;
		return;
	}
	writer->token[writer->count++] = token;
}

static int finish(struct arena *arena, const struct writer *writer, struct pattern *ret,
		  struct err *err)
{
	struct token *token;

	if (writer->full)
		return too_many(err);
	token = arena_alloc(arena, (writer->count + 1) * sizeof *token);
	if (!token)
		return full(err);
	memcpy(token, writer->token, writer->count * sizeof *token);
	*ret = (struct pattern){ token, writer->count };
	return 0;
}

/* ---- parsing ---- */

/* The name between two % at offset at, or an empty view. */
static struct sv name_at(struct sv text, size_t at)
{
	size_t end = at + 1;

	while (end < text.n && end - at <= PLACEHOLDER_NAME_MAX && text.p[end] != '%' &&
	       (unsigned char)text.p[end] > ' ')
		end++;
	return end < text.n && text.p[end] == '%' ? sv_slice(text, at + 1, end) : SV_NONE;
}

int pattern_parse(struct arena *arena, struct sv text, bool names, struct pattern *ret,
		  struct err *err)
{
	struct writer *writer;
	char *literal = arena_alloc(arena, text.n + 1);
	size_t n = 0, from = 0;
	int status;

	if (text.n > PATTERN_BYTES_MAX)
		return err_set(err, ERR_TOO_LARGE, "a value is longer than %d bytes",
			       PATTERN_BYTES_MAX);
	if (!literal)
		return full(err);
	writer = mem_alloc(sizeof *writer);
	writer->count = 0;
	writer->full = false;
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : '\0';
		const struct sv name = names && c == '%' ? name_at(text, i) : SV_NONE;
		struct token token = { TOKEN_ANY, SV_NONE };

		if (c == '\\' &&
		    (next == '*' || next == '?' || next == '\\' || (names && next == '%'))) {
			literal[n++] = next;
			i++;
			continue;
		}
		if (c != '*' && c != '?' && name.n == 0) {
			literal[n++] = c;
			continue;
		}
		put(arena, writer, (struct token){ TOKEN_TEXT, { literal + from, n - from } });
		from = n;
		if (c == '?')
			token.kind = TOKEN_ONE;
		if (name.n > 0) {
			token = (struct token){ TOKEN_NAME, name };
			i += name.n + 1;
		}
		put(arena, writer, token);
	}
	put(arena, writer, (struct token){ TOKEN_TEXT, { literal + from, n - from } });
	status = finish(arena, writer, ret, err);
	free(writer);
	return status;
}

bool pattern_is_text(struct pattern pattern, struct sv *ret)
{
	if (pattern.count > 1 || (pattern.count == 1 && pattern.token[0].kind != TOKEN_TEXT))
		return false;
	*ret = pattern.count == 1 ? pattern.token[0].text : SV("");
	return true;
}

bool pattern_has(struct pattern pattern, enum token_kind kind)
{
	for (size_t i = 0; i < pattern.count; i++)
		if (pattern.token[i].kind == kind)
			return true;
	return false;
}

/* ---- changing ---- */

/* Tokens of part i go through change; the result replaces the pattern. */
static int rewrite(struct arena *arena, struct pattern *pattern,
		   void (*change)(struct arena *, struct writer *, struct token, void *),
		   void *context, struct err *err)
{
	struct writer *writer = mem_alloc(sizeof *writer);
	int status;

	writer->count = 0;
	writer->full = false;
	for (size_t i = 0; i < pattern->count; i++)
		change(arena, writer, pattern->token[i], context);
	status = finish(arena, writer, pattern, err);
	free(writer);
	return status;
}

int pattern_pad(struct arena *arena, struct pattern *pattern, bool front, bool behind,
		struct err *err)
{
	struct token *token = arena_alloc(arena, (pattern->count + 2) * sizeof *token);
	size_t n = 0;

	if (!token)
		return full(err);
	if (front && (pattern->count == 0 || pattern->token[0].kind != TOKEN_ANY))
		token[n++] = (struct token){ TOKEN_ANY, SV_NONE };
	for (size_t i = 0; i < pattern->count; i++)
		token[n++] = pattern->token[i];
	if (behind && (n == 0 || token[n - 1].kind != TOKEN_ANY))
		token[n++] = (struct token){ TOKEN_ANY, SV_NONE };
	if (n > PATTERN_TOKENS_MAX)
		return too_many(err);
	*pattern = (struct pattern){ token, n };
	return 0;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* \B[-/]\b: nothing of a word before, a word behind. */
static void find_dashes(struct arena *arena, struct writer *writer, struct token token,
			void *context)
{
	const struct sv text = token.text;
	size_t from = 0;

	if (token.kind != TOKEN_TEXT) {
		put(arena, writer, token);
		return;
	}
	for (size_t i = 0; i + 1 < text.n; i++) {
		if ((text.p[i] != '-' && text.p[i] != '/') || !is_word(text.p[i + 1]) ||
		    (i > 0 && is_word(text.p[i - 1])))
			continue;
		put(arena, writer, (struct token){ TOKEN_TEXT, sv_slice(text, from, i) });
		put(arena, writer, (struct token){ TOKEN_DASH, sv_slice(text, i, i + 1) });
		from = i + 1;
	}
	put(arena, writer, (struct token){ TOKEN_TEXT, sv_slice(text, from, text.n) });
}

int pattern_windash(struct arena *arena, struct pattern *pattern, struct err *err)
{
	return rewrite(arena, pattern, find_dashes, NULL, err);
}

static const struct sv dash[] = {
	{ "-", 1 }, { "/", 1 }, { "\u2013", 3 }, { "\u2014", 3 }, { "\u2015", 3 }
};
#define DASH_COUNT (sizeof dash / sizeof *dash)

struct dash_choice {
	size_t number; /* in base DASH_COUNT, one digit for each place */
};

static void write_dash(struct arena *arena, struct writer *writer, struct token token,
		       void *context)
{
	struct dash_choice *choice = context;

	if (token.kind == TOKEN_DASH) {
		token = (struct token){ TOKEN_TEXT, dash[choice->number % DASH_COUNT] };
		choice->number /= DASH_COUNT;
	}
	put(arena, writer, token);
}

int pattern_write_dashes(struct arena *arena, struct pattern pattern, const struct pattern **ret,
			 size_t *ret_count, struct err *err)
{
	size_t places = 0, count = 1;
	struct pattern *variant;

	for (size_t i = 0; i < pattern.count; i++)
		places += pattern.token[i].kind == TOKEN_DASH;
	if (places > PATTERN_DASHES_MAX)
		return err_set(err, ERR_TOO_LARGE, "over %d places for dashes before an encoding",
			       PATTERN_DASHES_MAX);
	for (size_t i = 0; i < places; i++)
		count *= DASH_COUNT;
	variant = arena_alloc(arena, count * sizeof *variant);
	if (!variant)
		return full(err);
	for (size_t i = 0; i < count; i++) {
		struct dash_choice choice = { i };

		variant[i] = pattern;
		if (rewrite(arena, &variant[i], write_dash, &choice, err) < 0)
			return -1;
	}
	*ret = variant;
	*ret_count = count;
	return 0;
}

bool pattern_first_name(struct pattern pattern, struct sv *ret)
{
	for (size_t i = 0; i < pattern.count; i++)
		if (pattern.token[i].kind == TOKEN_NAME) {
			*ret = pattern.token[i].text;
			return true;
		}
	return false;
}

int pattern_replace_name(struct arena *arena, struct pattern pattern, struct pattern by,
			 struct pattern *ret, struct err *err)
{
	struct writer *writer = mem_alloc(sizeof *writer);
	bool done = false;
	int status;

	writer->count = 0;
	writer->full = false;
	for (size_t i = 0; i < pattern.count; i++) {
		if (done || pattern.token[i].kind != TOKEN_NAME) {
			put(arena, writer, pattern.token[i]);
			continue;
		}
		for (size_t k = 0; k < by.count; k++)
			put(arena, writer, by.token[k]);
		done = true;
	}
	status = finish(arena, writer, ret, err);
	free(writer);
	return status;
}

/* ---- encodings ---- */

static size_t put_unit(char *out, uint32_t unit, bool big)
{
	out[big ? 1 : 0] = (char)(unit & 0xFF);
	out[big ? 0 : 1] = (char)(unit >> 8);
	return 2;
}

struct encoding {
	enum pattern_encoding kind;
	bool begun; /* the mark is written */
};

static void encode_text(struct arena *arena, struct writer *writer, struct token token,
			void *context)
{
	struct encoding *encoding = context;
	const struct sv text = token.text;
	bool big;
	size_t n = 0;
	char *out;

	big = encoding->kind == ENCODE_UTF16BE;
	out = token.kind == TOKEN_TEXT ? arena_alloc(arena, 2 * text.n + 4) : NULL;
	if (!out) {
		writer->full |= token.kind == TOKEN_TEXT;
		put(arena, writer, token);
		return;
	}
	if (encoding->kind == ENCODE_UTF16 && !encoding->begun)
		n += put_unit(out, 0xFEFF, false);
	encoding->begun = true;
	for (size_t at = 0; at < text.n;) {
		uint32_t point;

		at += utf8_read(text.p + at, text.n - at, &point);
		if (point >= UTF8_BROKEN)
			point = 0xFFFD;
		if (point >= 0x10000) {
			n += put_unit(out + n, 0xD800 + ((point - 0x10000) >> 10), big);
			point = 0xDC00 + ((point - 0x10000) & 0x3FF);
		}
		n += put_unit(out + n, point, big);
	}
	put(arena, writer, (struct token){ TOKEN_TEXT, { out, n } });
}

int pattern_encode(struct arena *arena, struct pattern *pattern, enum pattern_encoding kind,
		   struct err *err)
{
	struct encoding encoding = { kind, false };

	return rewrite(arena, pattern, encode_text, &encoding, err);
}

static size_t base64(const uint8_t *byte, size_t n, char *out)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = 0;

	for (size_t i = 0; i < n; i += 3) {
		const uint32_t rest = (uint32_t)(n - i);
		const uint32_t bits = (uint32_t)byte[i] << 16 |
				      (rest > 1 ? (uint32_t)byte[i + 1] << 8 : 0) |
				      (rest > 2 ? byte[i + 2] : 0);

		out[length++] = digit[bits >> 18];
		out[length++] = digit[bits >> 12 & 63];
		out[length++] = rest > 1 ? digit[bits >> 6 & 63] : '=';
		out[length++] = rest > 2 ? digit[bits & 63] : '=';
	}
	return length;
}

/* Base64 of `offset` spaces and the text, without `front` and `behind` characters. */
static int base64_cut(struct arena *arena, struct sv text, size_t offset, size_t front,
		      size_t behind, struct pattern *ret, struct err *err)
{
	uint8_t *byte = arena_alloc(arena, text.n + offset + 1);
	char *out = arena_alloc(arena, (text.n + offset + 2) / 3 * 4 + 1);
	struct token *token = arena_alloc(arena, sizeof *token);
	size_t n;

	if (!byte || !out || !token)
		return full(err);
	memset(byte, ' ', offset);
	if (text.n > 0)
		memcpy(byte + offset, text.p, text.n);
	n = base64(byte, text.n + offset, out);
	n = n > front + behind ? n - front - behind : 0;
	*token = (struct token){ TOKEN_TEXT, { out + front, n } };
	*ret = (struct pattern){ token, n > 0 };
	return 0;
}

static int only_text(struct pattern pattern, struct sv *ret, struct err *err)
{
	if (!pattern_is_text(pattern, ret))
		return err_set(err, ERR_FORMAT, "wildcards cannot be written in Base64");
	return 0;
}

int pattern_base64(struct arena *arena, struct pattern *pattern, struct err *err)
{
	struct sv text;

	if (only_text(*pattern, &text, err) < 0)
		return -1;
	return base64_cut(arena, text, 0, 0, 0, pattern, err);
}

int pattern_base64_offset(struct arena *arena, struct pattern pattern, struct pattern ret[static 3],
			  struct err *err)
{
	static const size_t front[] = { 0, 2, 3 }, behind[] = { 0, 3, 2 };
	struct sv text;

	if (only_text(pattern, &text, err) < 0)
		return -1;
	for (size_t i = 0; i < 3; i++)
		if (base64_cut(arena, text, i, front[i], behind[(text.n + i) % 3], &ret[i], err) <
		    0)
			return -1;
	return 0;
}
