#include "centre/limiter.h"

#include <stdio.h>

#include "base/test.h"

TEST(counts_to_its_limit)
{
	struct limiter *limiter = limiter_new();
	struct instant now = { INT64_C(1000000) * INSTANT_SECOND };

	for (unsigned kind = 0; kind < LIMITER_KIND_COUNT; kind++) {
		for (unsigned i = 0; i < limiter_max(kind); i++) {
			CHECK(limiter_allows(limiter, kind, SV("a"), now));
			limiter_failed(limiter, kind, SV("a"), now);
		}
		CHECK(!limiter_allows(limiter, kind, SV("a"), now));
		CHECK(limiter_allows(limiter, kind, SV("b"), now));
	}
	now.us += LIMITER_WINDOW_SECONDS * INSTANT_SECOND - 1;
	CHECK(!limiter_allows(limiter, LIMITER_SIGN_IN_PAIR, SV("a"), now));
	now.us++;
	CHECK(limiter_allows(limiter, LIMITER_SIGN_IN_PAIR, SV("a"), now));
	limiter_failed(limiter, LIMITER_SIGN_IN_PAIR, SV("a"), now);
	CHECK(limiter_allows(limiter, LIMITER_SIGN_IN_PAIR, SV("a"), now));
	limiter_free(limiter);
}

/* Who has an IPv6 line has 2^64 addresses. */
TEST(a_network_counts_as_one_address)
{
	static const struct {
		const char *tried, *other;
		bool same;
	} row[] = {
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true },
		{ "2001:db8:1:2::1", "2001:0DB8:0001:0002::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8:1:2::1%eth0", "2001:db8:1:2::2%eth0", false }, /* no address: as it is */
		{ "2001:db8:1:2:0000:0000:0000:00000000000000001", "2001:db8:1:2::1", false },
	};
	const struct instant now = { INSTANT_SECOND };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct limiter *limiter = limiter_new();

		for (unsigned n = 0; n < limiter_max(LIMITER_RECEIPT_ADDRESS); n++)
			limiter_failed(limiter, LIMITER_RECEIPT_ADDRESS, sv_from(row[i].tried), now);
		CHECK_INT(limiter_allows(limiter, LIMITER_RECEIPT_ADDRESS, sv_from(row[i].other), now),
			  !row[i].same);
		limiter_free(limiter);
	}
}

TEST(forgets)
{
	struct limiter *limiter = limiter_new();
	const struct instant now = { INSTANT_SECOND };

	for (unsigned i = 0; i < 10; i++)
		limiter_failed(limiter, LIMITER_SIGN_IN_PAIR, SV("a"), now);
	limiter_forget(limiter, LIMITER_SIGN_IN_PAIR, SV("a"));
	CHECK(limiter_allows(limiter, LIMITER_SIGN_IN_PAIR, SV("a"), now));
	limiter_free(limiter);
}

/* More strangers than slots: bounded, and the newest are still counted. */
TEST(many_keys)
{
	struct limiter *limiter = limiter_new();
	struct instant now = { INSTANT_SECOND };
	char key[32];

	for (unsigned i = 0; i < 3 * LIMITER_SLOTS; i++, now.us++) {
		snprintf(key, sizeof key, "%u", i);
		limiter_failed(limiter, LIMITER_SIGN_IN_ADDRESS, sv_from(key), now);
	}
	for (unsigned i = 0; i < limiter_max(LIMITER_SIGN_IN_ADDRESS); i++)
		limiter_failed(limiter, LIMITER_SIGN_IN_ADDRESS, SV("last"), now);
	CHECK(!limiter_allows(limiter, LIMITER_SIGN_IN_ADDRESS, SV("last"), now));
	limiter_free(limiter);
}

TEST(passwords_at_once)
{
	struct limiter *limiter = limiter_new();

	for (unsigned i = 0; i < LIMITER_PASSWORDS_MAX; i++)
		CHECK(limiter_enter_password(limiter));
	CHECK(!limiter_enter_password(limiter));
	limiter_leave_password(limiter);
	CHECK(limiter_enter_password(limiter));
	limiter_free(limiter);
}
