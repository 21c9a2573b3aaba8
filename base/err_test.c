#include "base/err.h"

#include <errno.h>

#include "base/test.h"

TEST(a_chain_of_circumstances)
{
	struct err err = ERR_INIT;

	CHECK_INT(err_set(&err, ERR_FORMAT, "key '%s' is missing", "a"), -1);
	CHECK_INT(err_hint(&err, "add %s", "it"), -1);
	CHECK_INT(err_wrap(&err, "loading %s", "x.yaml"), -1);
	CHECK_INT(err_wrap(&err, "starting"), -1);
	CHECK_INT(err.code, ERR_FORMAT);
	CHECK_STR(err.text, "starting: loading x.yaml: key 'a' is missing");
	CHECK_STR(err.hint, "add it");
	CHECK(!err_null(&err, ERR_DENIED, "no"));
	CHECK_STR(err.text, "no");
	CHECK_STR(err.hint, ""); /* a new error has no hint of the old one */
}

TEST(its_own_text_may_be_an_argument)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_IO, "first");
	err_set(&err, ERR_IO, "%s and second", err.text);
	CHECK_STR(err.text, "first and second");
	err_wrap(&err, "(%s)", err.text);
	CHECK_STR(err.text, "(first and second): first and second");
}

TEST(system_errors)
{
	struct err err = ERR_INIT;

	CHECK_INT(err_errno(&err, ENOENT, "opening %s", "x"), -1);
	CHECK_STR(err.text, "opening x: No such file or directory");
	CHECK_INT(err.code, ERR_IO);
	err_errno(&err, ENOSPC, "writing");
	CHECK_INT(err.code, ERR_FULL);
	err_errno(&err, EDQUOT, "writing");
	CHECK_INT(err.code, ERR_FULL);
}

TEST(nobody_may_want_it)
{
	CHECK_INT(err_set(NULL, ERR_IO, "x"), -1);
	CHECK_INT(err_errno(NULL, EIO, "x"), -1);
	CHECK_INT(err_wrap(NULL, "x"), -1);
	CHECK_INT(err_hint(NULL, "x"), -1);
	CHECK(!err_null(NULL, ERR_IO, "x"));
}

/* Texts that are too long are cut between characters; the cause outlives the circumstances. */
TEST(long_texts)
{
	char japanese[3 * 600 + 1] = "", ascii[2000];
	struct err err = ERR_INIT;

	for (int i = 0; i < 600; i++)
		memcpy(japanese + 3L * i, "火", 4);
	for (size_t shift = 0; shift < 3; shift++) {
		err_set(&err, ERR_IO, "%.*s%s", (int)shift, "xxx", japanese);
		CHECK(strlen(err.text) > ERR_TEXT_MAX - 5 && strlen(err.text) < ERR_TEXT_MAX);
		CHECK(sv_is_utf8(sv_from(err.text)));
	}
	memset(ascii, 'c', sizeof ascii);
	ascii[sizeof ascii - 1] = '\0';
	err_set(&err, ERR_IO, "the cause");
	err_wrap(&err, "%s", ascii);
	CHECK_INT(strlen(err.text), ERR_TEXT_MAX - 1);
	CHECK(sv_ends(sv_from(err.text), SV("c: the cause")));
	err_set(&err, ERR_IO, "%s", ascii);
	err_wrap(&err, "doing");
	CHECK(sv_starts(sv_from(err.text), SV("doing: ccc")));
	CHECK_INT(strlen(err.text), ERR_TEXT_MAX - 1);
	err_wrap(&err, "%s", ascii);
	CHECK_INT(strlen(err.text), ERR_TEXT_MAX - 1);
}

TEST(codes)
{
	static const struct {
		enum err_code code;
		int exit_status, http;
		const char *name;
	} row[] = {
		{ ERR_OK, 0, 200, "ok" },
		{ ERR_USAGE, 2, 400, "usage" },
		{ ERR_FORMAT, 65, 400, "format" },
		{ ERR_RANGE, 65, 422, "range" },
		{ ERR_DENIED, 77, 403, "denied" },
		{ ERR_UNAUTHENTICATED, 77, 401, "unauthenticated" },
		{ ERR_NOT_FOUND, 66, 404, "not_found" },
		{ ERR_CONFLICT, 75, 409, "conflict" },
		{ ERR_TOO_LARGE, 65, 413, "too_large" },
		{ ERR_TOO_MANY, 75, 429, "too_many" },
		{ ERR_FULL, 74, 507, "full" },
		{ ERR_UNAVAILABLE, 69, 503, "unavailable" },
		{ ERR_IO, 74, 500, "io" },
		{ ERR_INTERNAL, 70, 500, "internal" },
		{ (enum err_code)99, 70, 500, "internal" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_INT(err_exit_status(row[i].code), row[i].exit_status);
		CHECK_INT(err_http_status(row[i].code), row[i].http);
		CHECK_STR(err_code_name(row[i].code), row[i].name);
	}
}
