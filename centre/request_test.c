#include "centre/request.h"

#include "base/mem.h"
#include "base/test.h"

TEST(targets)
{
	static const struct {
		const char *target, *path; /* NULL: refused */
		size_t count;
		const char *name, *value; /* of the last */
	} rows[] = {
		{ "/v1/me", "/v1/me", 0, NULL, NULL },
		{ "/v1/me?", "/v1/me", 0, NULL, NULL },
		{ "/v1/me?a=1", "/v1/me", 1, "a", "1" },
		{ "/v1/me?a=1&b=%E7%81%AB+x", "/v1/me", 2, "b", "火 x" },
		{ "/v1/me?a", "/v1/me", 1, "a", "" },
		{ "/v1/me?a=b=c", "/v1/me", 1, "a", "b=c" },
		{ "/v1/me?&&a=1&", "/v1/me", 1, "a", "1" },
		{ "/v1/me?%61=1", "/v1/me", 1, "a", "1" },
		{ "/v1/me?a=%", NULL, 0, NULL, NULL },
		{ "/v1/me?a=%4", NULL, 0, NULL, NULL },
		{ "/v1/me?a=%zz", NULL, 0, NULL, NULL },
		{ "/v1/me?a=%00", NULL, 0, NULL, NULL },
		{ "/v1/me?a=%ff", NULL, 0, NULL, NULL },
		{ "/v1/../me", NULL, 0, NULL, NULL },
		{ "/v1/./me", NULL, 0, NULL, NULL },
		{ "/v1//me", NULL, 0, NULL, NULL },
		{ "/v1/me/", NULL, 0, NULL, NULL },
		{ "/v1/%6de", NULL, 0, NULL, NULL },
		{ "/v1/m;e", NULL, 0, NULL, NULL },
		{ "/v1/m e", NULL, 0, NULL, NULL },
		{ "/", NULL, 0, NULL, NULL },
		{ "", NULL, 0, NULL, NULL },
		{ "*", NULL, 0, NULL, NULL },
		{ "http://x/v1/me", NULL, 0, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(1 << 20);
		struct request_pair pair[REQUEST_PAIRS_MAX];
		struct sv path = SV_NONE;
		size_t count = 0;
		const bool good =
			request_target(sv_from(rows[i].target), arena, &path, pair, &count);

		if (good != (rows[i].path != NULL))
			printf("# %s\n", rows[i].target);
		CHECK(good == (rows[i].path != NULL));
		if (good && rows[i].path) {
			CHECK_STR(rows[i].path, arena_dup(arena, path).p);
			CHECK_INT(count, rows[i].count);
			if (rows[i].name && count > 0) {
				CHECK_SV(pair[count - 1].name, sv_from(rows[i].name));
				CHECK_SV(pair[count - 1].value, sv_from(rows[i].value));
			}
		}
		arena_free(arena);
	}
}

/* The limits at their edges. */
TEST(target_limits)
{
	char *text = mem_alloc(REQUEST_TARGET_MAX + 2);
	struct arena *arena = arena_new(1 << 20);
	struct request_pair pair[REQUEST_PAIRS_MAX];
	struct sv path;
	size_t count, n;

	n = (size_t)snprintf(text, 32, "/v1/me?");
	for (unsigned i = 0; i < REQUEST_PAIRS_MAX; i++)
		n += (size_t)snprintf(text + n, 32, "%sa=1", i ? "&" : "");
	CHECK(request_target((struct sv){ text, n }, arena, &path, pair, &count));
	CHECK_INT(count, REQUEST_PAIRS_MAX);
	n += (size_t)snprintf(text + n, 32, "&a=1");
	CHECK(!request_target((struct sv){ text, n }, arena, &path, pair, &count));

	memset(text, 'a', REQUEST_TARGET_MAX + 1);
	memcpy(text, "/v1/me?a=", 9);
	CHECK(request_target((struct sv){ text, REQUEST_TARGET_MAX }, arena, &path, pair, &count));
	CHECK(!request_target((struct sv){ text, REQUEST_TARGET_MAX + 1 }, arena, &path, pair,
			      &count));
	text[6] = 'x';
	text[0] = '/';
	memset(text + 1, 'a', HTTP_PATH_MAX);
	CHECK(request_target((struct sv){ text, HTTP_PATH_MAX }, arena, &path, pair, &count));
	CHECK(!request_target((struct sv){ text, HTTP_PATH_MAX + 1 }, arena, &path, pair, &count));
	arena_free(arena);
	free(text);
}

TEST(cookies)
{
	static const struct {
		const char *header, *value; /* NULL: none */
	} rows[] = {
		{ "s=1", "1" },	 { " a=b; s=1 ;c=d", "1" }, { "s=a=b", "a=b" },
		{ "S=1", NULL }, { "ss=1", NULL },	    { "s=1; s=2", NULL },
		{ "", NULL },	 { ";;;", NULL },	    { "s", "" },
	};
	char many[REQUEST_COOKIES_MAX * 4 + 16] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct sv value = request_cookie(sv_from(rows[i].header), SV("s"));

		CHECK_SV(value, sv_from(rows[i].value));
	}
	for (unsigned i = 0; i < REQUEST_COOKIES_MAX - 1; i++)
		n += (size_t)snprintf(many + n, 8, "a=b;");
	snprintf(many + n, 8, "s=1");
	CHECK_SV(request_cookie(sv_from(many), SV("s")), SV("1"));
	snprintf(many + n, 8, "a;s=1");
	CHECK(request_cookie(sv_from(many), SV("s")).n == 0);
}

TEST(bearers)
{
	CHECK_SV(request_bearer(SV("Bearer abc_-.~+/=")), SV("abc_-.~+/="));
	CHECK_SV(request_bearer(SV(" bearer   x ")), SV("x"));
	CHECK(!request_bearer(SV("Bearer")).p);
	CHECK(!request_bearer(SV("Bearer ")).p);
	CHECK(!request_bearer(SV("Basic abc")).p);
	CHECK(!request_bearer(SV("Bearer a b")).p);
	CHECK(!request_bearer(SV("Bearer a\x01")).p);
	CHECK(!request_bearer(SV_NONE).p);
}

TEST(languages)
{
	static const struct {
		const char *header;
		enum language otherwise, language;
	} rows[] = {
		{ "", LANGUAGE_JA, LANGUAGE_JA },
		{ "en", LANGUAGE_JA, LANGUAGE_EN },
		{ "en-US,en;q=0.9", LANGUAGE_JA, LANGUAGE_EN },
		{ "ja,en-US;q=0.9,en;q=0.8", LANGUAGE_JA, LANGUAGE_JA },
		{ "en,ja", LANGUAGE_JA, LANGUAGE_JA }, /* as good */
		{ "ja;q=0.3, en;q=0.5", LANGUAGE_JA, LANGUAGE_EN },
		{ "en;q=0", LANGUAGE_JA, LANGUAGE_JA },
		{ "en;q=2", LANGUAGE_JA, LANGUAGE_JA },
		{ "en;q=x", LANGUAGE_JA, LANGUAGE_JA },
		{ "fr, de", LANGUAGE_JA, LANGUAGE_JA },
		{ "EN", LANGUAGE_JA, LANGUAGE_EN },
		{ ",,;;", LANGUAGE_JA, LANGUAGE_JA },
		{ "", LANGUAGE_EN, LANGUAGE_EN },
		{ "*", LANGUAGE_EN, LANGUAGE_EN },
		{ "fr, de", LANGUAGE_EN, LANGUAGE_EN },
		{ "ja;q=0", LANGUAGE_EN, LANGUAGE_EN },
		{ "ja", LANGUAGE_EN, LANGUAGE_JA },
		{ "en,ja", LANGUAGE_EN, LANGUAGE_JA },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const enum language said =
			request_language(sv_from(rows[i].header), rows[i].otherwise);

		if (said != rows[i].language)
			printf("# %s\n", rows[i].header);
		CHECK(said == rows[i].language);
	}
}

TEST(types)
{
	CHECK(request_is_type(SV("application/json"), SV("application/json")));
	CHECK(request_is_type(SV("Application/JSON; charset=utf-8"), SV("application/json")));
	CHECK(!request_is_type(SV("text/plain"), SV("application/json")));
	CHECK(!request_is_type(SV_NONE, SV("application/json")));
}
