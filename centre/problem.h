/*
 * problem.h - every refusal that the API can give: a stable word for programs,
 * HTTP status, and text for people in Japanese and English.
 */
#ifndef CENTRE_PROBLEM_H
#define CENTRE_PROBLEM_H

#include <stddef.h>

#include "base/err.h"

struct problem {
	const char *key; /* "code" of the answer */
	int status;
	const char *message[2]; /* by enum language: Japanese, English */
	const char *hint[2];	/* NULL: none */
};

/* Never NULL: an unknown key is a bug (assert) and gives "internal". */
const struct problem *problem_find(const char *key);
/* The row for an error value's code. */
const struct problem *problem_of_code(enum err_code code);
/* For the test that walks all rows. */
size_t problem_count(void);
const struct problem *problem_at(size_t index);

#endif
