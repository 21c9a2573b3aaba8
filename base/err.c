#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int exit_status, http_status;
} code_row[] = {
	[ERR_OK] = { "ok", 0, 200 },
	[ERR_USAGE] = { "usage", 2, 400 },
	[ERR_FORMAT] = { "format", 65, 400 },
	[ERR_RANGE] = { "range", 65, 422 },
	[ERR_DENIED] = { "denied", 77, 403 },
	[ERR_UNAUTHENTICATED] = { "unauthenticated", 77, 401 },
	[ERR_NOT_FOUND] = { "not_found", 66, 404 },
	[ERR_CONFLICT] = { "conflict", 75, 409 },
	[ERR_TOO_LARGE] = { "too_large", 65, 413 },
	[ERR_TOO_MANY] = { "too_many", 75, 429 },
	[ERR_FULL] = { "full", 74, 507 },
	[ERR_UNAVAILABLE] = { "unavailable", 69, 503 },
	[ERR_IO] = { "io", 74, 500 },
	[ERR_INTERNAL] = { "internal", 70, 500 },
};
static_assert(sizeof code_row / sizeof *code_row == ERR_CODE_COUNT, "a row for each code");

/* What a wrapping text may keep of itself when the cause is long. */
#define WRAP_MIN 128

/* Formats beside the target, because arguments may point into it. */
ERR_PRINTF(3, 0)
static void format_into(char *target, size_t room, const char *format, va_list list)
{
	char text[ERR_TEXT_MAX];
	size_t n;

	static_assert(ERR_TEXT_MAX >= ERR_HINT_MAX, "one scratch text serves both");
	if (vsnprintf(text, room, format, list) < 0)
		text[0] = '\0';
	n = strlen(text);
	/* A cut may have gone through a character: drop its stump. */
	if (n == room - 1) {
		size_t lead = n;

		while (lead > 0 && n - lead < 3 && (text[lead - 1] & 0xc0) == 0x80)
			lead--;
		if (lead > 0 && (text[lead - 1] & 0xc0) == 0xc0) {
			const unsigned char c = (unsigned char)text[lead - 1];
			const size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

			if (n - (lead - 1) < whole)
				n = lead - 1;
		}
		text[n] = '\0';
	}
	memcpy(target, text, n + 1);
}

ERR_PRINTF(3, 0)
static void start(struct err *err, enum err_code code, const char *format, va_list list)
{
	if (!err)
		return;
	format_into(err->text, sizeof err->text, format, list);
	err->code = code;
	err->hint[0] = '\0';
}

int(err_set)(struct err *err, enum err_code code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	start(err, code, format, list);
	va_end(list);
	return -1;
}

void *(err_null)(struct err *err, enum err_code code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	start(err, code, format, list);
	va_end(list);
	return NULL;
}

int(err_errno)(struct err *err, int number, const char *format, ...)
{
	const bool is_full = number == ENOSPC || number == EDQUOT;
	char reason[128];
	size_t n;
	va_list list;

	if (!err)
		return -1;
	va_start(list, format);
	start(err, is_full ? ERR_FULL : ERR_IO, format, list);
	va_end(list);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof err->text - n, ": %s",
		 strerror_r(number, reason, sizeof reason));
	return -1;
}

int(err_wrap)(struct err *err, const char *format, ...)
{
	char outer[ERR_TEXT_MAX], whole[ERR_TEXT_MAX];
	va_list list;
	int room;

	if (!err)
		return -1;
	va_start(list, format);
	format_into(outer, sizeof outer, format, list);
	va_end(list);
	/* The cause is worth more than the circumstances: cut those first. */
	room = (int)(sizeof whole - 1) - 2 - (int)strlen(err->text);
	if (room < WRAP_MIN)
		room = WRAP_MIN;
	snprintf(whole, sizeof whole, "%.*s: %.*s", room, outer,
		 (int)sizeof whole - 3 - (room < (int)strlen(outer) ? room : (int)strlen(outer)),
		 err->text);
	memcpy(err->text, whole, strlen(whole) + 1);
	return -1;
}

int(err_hint)(struct err *err, const char *format, ...)
{
	va_list list;

	if (!err)
		return -1;
	va_start(list, format);
	format_into(err->hint, sizeof err->hint, format, list);
	va_end(list);
	return -1;
}

static enum err_code known(enum err_code code)
{
	return (unsigned)code < ERR_CODE_COUNT ? code : ERR_INTERNAL;
}

int err_exit_status(enum err_code code)
{
	return code_row[known(code)].exit_status;
}

int err_http_status(enum err_code code)
{
	return code_row[known(code)].http_status;
}

const char *err_code_name(enum err_code code)
{
	return code_row[known(code)].name;
}
