/* A pattern, a byte 0x01, a text: the matcher against one that tries everything. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/find.h"
#include "detect/fold.h"
#include "detect/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not inside a character. */
static bool is_boundary(struct sv text, size_t at)
{
	return at == text.n || ((unsigned char)text.p[at] & 0xC0) != 0x80;
}

/* can[i]: the tokens so far can end at offset i. */
static void step(const struct token *token, struct sv text, const bool *can, bool *next)
{
	static const char *const dash[] = { "-", "/", "\xE2\x80\x93", "\xE2\x80\x94",
					    "\xE2\x80\x95" };
	bool any = false;

	for (size_t i = 0; i <= text.n; i++) {
		const struct sv rest = sv_slice(text, i, text.n);
		uint32_t point;

		any |= can[i];
		if (token->kind == TOKEN_ANY && is_boundary(text, i))
			next[i] |= any;
		if (!can[i])
			continue;
		if (token->kind == TOKEN_TEXT && sv_starts(rest, token->text))
			next[i + token->text.n] = true;
		if (token->kind == TOKEN_ONE && rest.n > 0)
			next[i + utf8_read(rest.p, rest.n, &point)] = true;
		for (size_t k = 0; token->kind == TOKEN_DASH && k < 5; k++)
			if (sv_starts(rest, sv_from(dash[k])))
				next[i + strlen(dash[k])] = true;
	}
}

static bool naive(struct pattern pattern, struct sv text)
{
	bool *can = mem_zalloc(text.n + 1), *next;
	bool matches;

	can[0] = true;
	for (size_t i = 0; i < pattern.count; i++) {
		next = mem_zalloc(text.n + 1);
		step(&pattern.token[i], text, can, next);
		free(can);
		can = next;
	}
	matches = can[text.n];
	free(can);
	return matches;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv all = { (const char *)data, size };
	const size_t split = sv_find_char(all, '\x01', 0);
	struct arena *arena;
	struct pattern pattern;
	struct sv text, value;
	struct span span;

	if (split == SIZE_MAX || size > 2000 || !sv_is_utf8(all))
		return 0;
	text = sv_slice(all, 0, split);
	value = sv_slice(all, split + 1, size);
	if (find_text(value, text, 0) != sv_find(value, text, 0))
		abort();
	arena = arena_new((size_t)1 << 26);
	if (pattern_parse(arena, text, false, &pattern, NULL) == 0 &&
	    pattern_windash(arena, &pattern, NULL) == 0) {
		const bool matches = glob_match(pattern, value, &span);

		if (matches != naive(pattern, value))
			abort();
		if (matches && (span.at > span.end || span.end > value.n))
			abort();
	}
	arena_free(arena);
	return 0;
}
