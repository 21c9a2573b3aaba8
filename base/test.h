/*
 * test.h - the test harness: each x_test.c defines TESTs and links test.c,
 * which holds main(). Prints TAP, so that any runner can count. A test goes on after a
 * failed CHECK; REQUIRE leaves it.
 */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/sv.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

extern struct test *test_first, **test_last;
extern bool test_failed;
extern const char *test_skipped; /* set by SKIP: why */

#define TEST(id)                                                                                   \
	static void test_##id(void);                                                               \
	__attribute__((constructor)) static void test_add_##id(void)                               \
	{                                                                                          \
		static struct test test = { #id, test_##id, NULL };                                \
		*test_last = &test;                                                                \
		test_last = &test.next;                                                            \
	}                                                                                          \
	static void test_##id(void)

#define CHECK(condition)                                                                           \
	((condition) ? (void)0                                                                     \
		     : (test_failed = true,                                                        \
			(void)printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition)))
#define CHECK_INT(got, want)                                                                       \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_) {                                                               \
			test_failed = true;                                                        \
			printf("# %s:%d: %s is %lld, want %lld\n", __FILE__, __LINE__, #got, got_, \
			       want_);                                                             \
		}                                                                                  \
	} while (0)
#define CHECK_SV(got, want)                                                                        \
	do {                                                                                       \
		struct sv got_ = (got), want_ = (want);                                            \
		if (!sv_eq(got_, want_)) {                                                         \
			test_failed = true;                                                        \
			printf("# %s:%d: %s is '%.*s', want '%.*s'\n", __FILE__, __LINE__, #got,   \
			       SV_ARG(got_), SV_ARG(want_));                                       \
		}                                                                                  \
	} while (0)
#define CHECK_STR(got, want) CHECK_SV(sv_from(got), sv_from(want))
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			test_failed = true;                                                        \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
			return;                                                                    \
		}                                                                                  \
	} while (0)
/* Leaves the test, counted as skipped, loudly. */
#define SKIP(why)                                                                                  \
	do {                                                                                       \
		test_skipped = (why);                                                              \
		return;                                                                            \
	} while (0)
#endif
