/*
 * err.h - errors as values. A function that can fail takes a last parameter
 * `struct err *err`, returns -1 (or NULL) and fills it. Each level on the way
 * up may add what it was doing; whoever handles the error logs or shows it
 * once. A struct err owns nothing and is copied by assignment.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

/* Closed list: each maps to one exit status and one HTTP status (err.c). */
enum err_code {
	ERR_OK = 0,
	ERR_USAGE,	     /* the caller asked wrongly: exit 2, HTTP 400 */
	ERR_FORMAT,	     /* outside bytes are not what they claim: 65, 400 */
	ERR_RANGE,	     /* a limit or bound was passed: 65, 422 */
	ERR_DENIED,	     /* not allowed: 77, 403 */
	ERR_UNAUTHENTICATED, /* nobody proven: 77, 401 */
	ERR_NOT_FOUND,	     /* 66, 404 */
	ERR_CONFLICT,	     /* state does not allow it: 75, 409 */
	ERR_TOO_LARGE,	     /* 65, 413 */
	ERR_TOO_MANY,	     /* rate or concurrency: 75, 429 */
	ERR_FULL,	     /* no space left: 74, 507 */
	ERR_UNAVAILABLE,     /* the other side is away, retry: 69, 503 */
	ERR_IO,		     /* the system refused: 74, 500 */
	ERR_INTERNAL,	     /* our defect: 70, 500 */
	ERR_CODE_COUNT
};

#define ERR_TEXT_MAX 1024 /* an error with its circumstances; longer ones are cut */
#define ERR_HINT_MAX 320  /* a hint; longer ones are cut */

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX]; /* "doing a: doing b: fact", outermost first */
	char hint[ERR_HINT_MAX]; /* what the reader does next, may be empty */
};

/* clang-format off */
#define ERR_INIT { .code = ERR_OK, .text = "", .hint = "" }
/* clang-format on */
#define ERR_PRINTF(a, b) __attribute__((format(printf, a, b)))

/* Starts a new error. Returns -1, so `return err_set(…)`. NULL err is fine. */
int err_set(struct err *err, enum err_code code, const char *format, ...) ERR_PRINTF(3, 4);
/* The same for functions that return a pointer. */
void *err_null(struct err *err, enum err_code code, const char *format, ...) ERR_PRINTF(3, 4);
/* Like err_set with ": " and the text of errno number; ENOSPC and EDQUOT give ERR_FULL. */
int err_errno(struct err *err, int number, const char *format, ...) ERR_PRINTF(3, 4);
/* Puts "format: " before the text. Returns -1. */
int err_wrap(struct err *err, const char *format, ...) ERR_PRINTF(2, 3);
/* Sets what the reader should do next. Returns -1. */
int err_hint(struct err *err, const char *format, ...) ERR_PRINTF(2, 3);

/* So that each caller's compiler and analyser see what these return. */
static inline int err_failed_(int failed)
{
	(void)failed;
	return -1;
}
static inline void *err_none_(void *none)
{
	(void)none;
	return NULL;
}
#define err_set(...) err_failed_((err_set)(__VA_ARGS__))
#define err_null(...) err_none_((err_null)(__VA_ARGS__))
#define err_errno(...) err_failed_((err_errno)(__VA_ARGS__))
#define err_wrap(...) err_failed_((err_wrap)(__VA_ARGS__))
#define err_hint(...) err_failed_((err_hint)(__VA_ARGS__))

int err_exit_status(enum err_code code);
int err_http_status(enum err_code code);
const char *err_code_name(enum err_code code); /* "not_found": for JSON */

#endif
