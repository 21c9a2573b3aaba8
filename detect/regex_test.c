/*
 * Expressions: where they match, and that they agree with PCRE2 on made-up
 * ones. (PCRE2 is needed by this test only.)
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "detect/fold.h"
#include "detect/regex_internal.h"
#include "detect/testing.h"

struct row {
	const char *text, *value;
	size_t at, n; /* n SIZE_MAX: no match */
};

TEST(places)
{
	static const struct row row[] = {
		{ "b+", "abbbc", 1, 3 },
		{ "b+?", "abbbc", 1, 3 }, /* leftmost, then longest */
		{ "x*", "abc", 0, 0 },
		{ "c$", "abc", 2, 1 },
		{ "c$", "abc\n", 2, 1 },
		{ "c\\z", "abc\n", 0, SIZE_MAX },
		{ "^$", "", 0, 0 },
		{ "foo|foobar", "xfoobar", 1, 6 },
		{ "\xE6\x97\xA5.", "a\xE6\x97\xA5\xE6\x9C\xAC", 1, 6 },
		{ "[\xD0\xB0-\xD1\x8F]+", "abc\xD0\xB6", 3, 2 },
		{ "(?i)\xD0\x96", "\xD0\xB6", 0, 2 },
		{ "a{0}b", "ab", 1, 1 },
		{ "(a|b|)c", "c", 0, 1 },
		{ "\\x{65E5}", "\xE6\x97\xA5", 0, 3 },
		{ "a.c", "a\nc", 0, SIZE_MAX },
		{ "\\Qa.b\\E+", "xa.bb", 1, 4 },
		{ "[[:alpha:]]+", "12ab3", 2, 2 },
		{ "]{", "a]{", 1, 2 },
		{ "a{,3}", "a{,3}", 0, 5 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(1 << 22);
		struct err err = ERR_INIT;
		size_t at = 0, n = 0;
		const struct regex *regex = regex_new(arena, sv_from(row[i].text), 0, &at, &err);
		struct regex_cache *cache;

		REQUIRE(regex != NULL);
		cache = regex_cache_new(regex);
		CHECK_INT(regex_search(cache, sv_from(row[i].value)), row[i].n != SIZE_MAX);
		if (row[i].n != SIZE_MAX) {
			CHECK(regex_find(regex, sv_from(row[i].value), &at, &n));
			CHECK_INT(at, row[i].at);
			CHECK_INT(n, row[i].n);
		}
		regex_cache_free(cache);
		arena_free(arena);
	}
}

TEST(required_texts)
{
	static const struct {
		const char *text;
		size_t count;
		const char *first;
	} row[] = {
		{ "abc", 1, "abc" },
		{ "ABC", 1, "abc" },
		{ "[Aa]b[cC]d", 1, "abcd" },
		{ "(?i)abc", 1, "abc" },
		{ "a.*longer.b", 1, "longer" },
		{ "ab+c", 1, "ab" },
		{ "x(abc)y", 1, "xabcy" },
		{ "(foo|bar)", 2, "foo" },
		{ "(foo|b.*r)", 2, "foo" },
		{ "(foo|.)", 0, "" },
		{ "(longer)?", 0, "" },
		{ "(longer)+", 1, "longer" },
		{ "\\d+", 0, "" },
		{ "[abc]", 0, "" },
		{ "-(w|R) ?x", 2, "-w" },
		{ "-[0-7]+", 1, "-" }, /* eight texts are commoner than one */
		{ "-[xyz][xyz]", 3, "-x" },
		{ "(a|b|c|d)(a|b|c|d)(a|b|c|d)", 0, "" }, /* one of 64 stands anywhere */
		{ "x(ab|c){2}y", 4, "xababy" },
		{ "a\\b-", 1, "a-" },
		{ "^C:\\\\Users\\\\[^\\\\]+\\\\NTUSER\\.DAT$", 1, "\\ntuser.dat" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(1 << 22);
		const struct sv *text;
		size_t at;
		const struct regex *regex = regex_new(arena, sv_from(row[i].text), 0, &at, NULL);

		REQUIRE(regex != NULL);
		CHECK_INT(regex_required(regex, &text), row[i].count);
		if (row[i].count > 0)
			CHECK_SV(text[0], sv_from(row[i].first));
		arena_free(arena);
	}
}

/* A text without the run of characters that an expression must have is told at once. */
TEST(runs)
{
	static const struct {
		const char *text;
		size_t length;
		const char *value;
		bool may;
	} row[] = {
		{ "\\s[a-f0-9]{8}", 8, "0123 4567890 abcdef", false },
		{ "\\s[a-f0-9]{8}", 8, "12345678", true },
		{ "\\s[a-f0-9]{8}", 8, "x12345678x", true },
		{ "\\s[a-f0-9]{8}", 8, "xxxxxxxx1234567x", false },
		{ "\\s[a-f0-9]{8}", 8, "", false },
		{ "[a-c]{8}.*[a-z]{9,12}", 9, "abcabcabc", true },
		{ "(x[0-9]{9})+", 9, "x123456789", true },
		{ "(x[0-9]{9})*", 0, "", true },
		{ "[0-9]{9}|a", 0, "", true },
		{ "[0-9]{7}", 0, "", true },
		{ "[^ ]{20}", 0, "", true }, /* too many kinds */
		{ "[ä-ü]{8}", 8, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", true },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(1 << 22);
		size_t at;
		const struct regex *regex = regex_new(arena, sv_from(row[i].text), 0, &at, NULL);

		REQUIRE(regex != NULL);
		CHECK_INT(regex->run_length, row[i].length);
		if (row[i].length > 0)
			CHECK_INT(regex_may_run(regex, sv_from(row[i].value)), row[i].may);
		arena_free(arena);
	}
}

/* What would take a backtracking matcher for ever. */
TEST(no_text_is_slow)
{
	static const char *const text[] = { "(a+)+$",	 "(a|a)*b",  "(a*)*(a*)*b",
					    "(.*a){20}", "a.{500}b", "(x+x+)+y" };
	char value[20001];

	memset(value, 'a', sizeof value);
	value[sizeof value - 1] = 'c';
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		struct arena *arena = arena_new((size_t)1 << 24);
		size_t at;
		const struct regex *regex = regex_new(arena, sv_from(text[i]), 0, &at, NULL);
		struct regex_cache *cache = regex_cache_new(regex);

		CHECK_INT(regex_search(cache, (struct sv){ value, sizeof value }), i == 3);
		regex_cache_free(cache);
		arena_free(arena);
	}
}

/* More states than are kept: they are forgotten and made again. */
TEST(states_have_a_limit)
{
	struct arena *arena = arena_new((size_t)1 << 24);
	size_t at;
	const struct regex *regex = regex_new(arena, SV("(a|b)*a(a|b){200}c"), 0, &at, NULL);
	struct regex_cache *cache = regex_cache_new(regex);
	uint64_t state = 7;
	char value[4000];

	for (int round = 0; round < 10; round++) {
		for (size_t i = 0; i < sizeof value; i++)
			value[i] = (char)('a' + testing_random(&state, 2));
		CHECK(!regex_search(cache, (struct sv){ value, sizeof value }));
		value[sizeof value - 1] = 'c';
		CHECK_INT(regex_search(cache, (struct sv){ value, sizeof value }),
			  value[sizeof value - 202] == 'a');
	}
	regex_cache_free(cache);
	arena_free(arena);
}

/* clang-format off */
static const char *const piece[] = {
	"a", "b", "c", "A", "B", "x", ".", "\\d", "\\w", "\\s", "\\b", "\\B", "^", "$", "\\A", "\\z", "\\Z", "[ab]",
	"[^a]", "[a-c]", "[\\w-]", "[^\\s]", "\\.", "\\\\", "(?:", "(", ")", ")", ")", "|", "*", "+", "?", "{2}",
	"{1,3}", "{2,}", "{,3}", "*?", "+?", "(?i)", "(?s)", "(?m)", "(?i:", "(?-i)", "\n", " ", "\xC3\xA9",
	"\xC3\x89", "\\x41", "\\x{e9}", "K", "k", "\xC5\xBF", "s", "[[:alpha:]]", "[]a]", "[a\\]]", "\\Qa*b\\E",
	"(?<n>", "\\n", "\\t", "-", "_", "1", "9", "\\W", "\\D", "\\S", "\\h", "\\v", "\\H", "\\N", "[x-]",
	"[^\\W]", "[[:^digit:]]", "[[:upper:]]", "\xE6\x97\xA5", "\\e", "(?#c)", "[^\\d\\n]",
};

static const char *const part[] = {
	"a", "b", "c", "A", "B", "x", " ", "\n", "1", "9", "_", "-", ".", "\\", "\xC3\xA9", "\xC3\x89", "K", "k",
	"\xC5\xBF", "s", "\xE6\x97\xA5", "\t", "]", "*", "ab", "aab", "\x1b", "\xC2\xA0", "\xE2\x80\xA8",
};
/* clang-format on */

static struct sv compose(uint64_t *state, const char *const *from, size_t count, uint32_t most,
			 char *out)
{
	const uint32_t parts = testing_random(state, most + 1);
	size_t n = 0;

	for (uint32_t i = 0; i < parts; i++) {
		const struct sv one = sv_from(from[testing_random(state, (uint32_t)count)]);

		memcpy(out + n, one.p, one.n);
		n += one.n;
	}
	return (struct sv){ out, n };
}

/* Whether value has one of the texts that the expression requires. */
static bool has_required(const struct regex *regex, struct sv value, struct arena *arena)
{
	const struct sv folded = fold_dup(arena, value);
	const struct sv *text;
	const size_t count = regex_required(regex, &text);

	for (size_t i = 0; i < count; i++)
		if (sv_find(folded, text[i], 0) != SIZE_MAX)
			return true;
	return count == 0;
}

/* Returns how many of the values matched. */
static size_t compare(const struct regex *regex, const pcre2_code *code, struct sv text,
		      unsigned flags, uint64_t *state, struct arena *arena)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	struct regex_cache *cache = regex_cache_new(regex);
	size_t matches = 0;

	for (int k = 0; k < 12; k++) {
		char buffer[256];
		const struct sv value = compose(state, part, sizeof part / sizeof *part, 8, buffer);
		const bool want =
			pcre2_match(code, (PCRE2_SPTR)value.p, value.n, 0, 0, data, NULL) >= 0;
		size_t at = 0, n = 0;
		const bool found = regex_find(regex, value, &at, &n);

		if (regex_search(cache, value) != want || found != want ||
		    (want && at != pcre2_get_ovector_pointer(data)[0]) ||
		    (want && !has_required(regex, value, arena))) {
			printf("# /%.*s/ flags %u on '%.*s': want %d\n", SV_ARG(text), flags,
			       SV_ARG(value), want);
			CHECK(!"agrees with PCRE2");
		}
		matches += want;
	}
	regex_cache_free(cache);
	pcre2_match_data_free(data);
	return matches;
}

TEST(agrees_with_pcre2)
{
	uint64_t state = 88172645463325252;
	size_t both = 0, matches = 0, refused = 0;

	for (int i = 0; i < 20000; i++) {
		struct arena *arena = arena_new((size_t)1 << 24);
		char buffer[256];
		const struct sv text =
			compose(&state, piece, sizeof piece / sizeof *piece, 9, buffer);
		const unsigned flags = testing_random(&state, 8);
		size_t at = 0;
		const struct regex *regex = regex_new(arena, text, flags, &at, NULL);
		PCRE2_SIZE offset;
		int code_of_error;
		pcre2_code *code =
			pcre2_compile((PCRE2_SPTR)text.p, text.n,
				      PCRE2_UTF | (flags & REGEX_CASELESS ? PCRE2_CASELESS : 0) |
					      (flags & REGEX_MULTILINE ? PCRE2_MULTILINE : 0) |
					      (flags & REGEX_DOTALL ? PCRE2_DOTALL : 0),
				      &code_of_error, &offset, NULL);

		CHECK(at <= text.n);
		if (regex && code) {
			both++;
			matches += compare(regex, code, text, flags, &state, arena);
		}
		/* ours alone: \N{ and a name twice; PCRE2 alone: possessive repeats */
		refused += !regex != !code;
		pcre2_code_free(code);
		arena_free(arena);
	}
	CHECK(both > 5000 && matches > 10000 && refused < both / 50);
}
