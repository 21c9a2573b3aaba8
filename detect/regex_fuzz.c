/* Flags, an expression, a byte 0x01, a text: PCRE2 must think the same of them. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>

#include "detect/fold.h"
#include "detect/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_required(const struct regex *regex, struct sv value)
{
	struct arena *arena = arena_new((size_t)1 << 26);
	const struct sv folded = fold_dup(arena, value);
	const struct sv *text;
	const size_t count = regex_required(regex, &text);
	bool found = count == 0;

	for (size_t i = 0; i < count && !found; i++)
		found = sv_find(folded, text[i], 0) != SIZE_MAX;
	arena_free(arena);
	return found;
}

static void compare(const struct regex *regex, const pcre2_code *code, struct sv value)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	struct regex_cache *cache = regex_cache_new(regex);
	const bool ours = regex_search(cache, value);
	size_t at = 0, n = 0;
	const bool found = regex_find(regex, value, &at, &n);
	int theirs;

	pcre2_set_match_limit(limits, 100000);
	theirs = pcre2_match(code, (PCRE2_SPTR)value.p, value.n, 0, 0, match, limits);
	if (found != ours || (found && at + n > value.n) || (ours && !has_required(regex, value)))
		abort();
	if ((theirs >= 0 || theirs == PCRE2_ERROR_NOMATCH) &&
	    (ours != (theirs >= 0) || (ours && at != pcre2_get_ovector_pointer(match)[0])))
		abort();
	regex_cache_free(cache);
	pcre2_match_data_free(match);
	pcre2_match_context_free(limits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv all = { (const char *)data, size };
	const size_t split = sv_find_char(all, '\x01', 0);
	struct arena *arena;
	const struct regex *regex;
	struct sv text, value;
	struct err err = ERR_INIT;
	size_t at = 0;

	if (split == SIZE_MAX || split == 0 || size > 2000 || !sv_is_utf8(all))
		return 0;
	text = sv_slice(all, 1, split);
	value = sv_slice(all, split + 1, size);
	arena = arena_new((size_t)1 << 26);
	regex = regex_new(arena, text, data[0] & 7, &at, &err);
	if (!regex && (at > text.n || err.text[0] == '\0'))
		abort();
	if (regex) {
		PCRE2_SIZE offset;
		int number;
		pcre2_code *code =
			pcre2_compile((PCRE2_SPTR)text.p, text.n,
				      PCRE2_UTF | (data[0] & REGEX_CASELESS ? PCRE2_CASELESS : 0) |
					      (data[0] & REGEX_MULTILINE ? PCRE2_MULTILINE : 0) |
					      (data[0] & REGEX_DOTALL ? PCRE2_DOTALL : 0),
				      &number, &offset, NULL);

		if (code)
			compare(regex, code, value);
		pcre2_code_free(code);
	}
	arena_free(arena);
	return 0;
}
