#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/test.h"
#include "centre/seen.h"
#include "centre/testing.h"

static int64_t seen_at(struct testing *testing, struct sv device)
{
	struct store_query *query =
		store_query(testing->store, "SELECT seen_at FROM device WHERE id = $1", NULL);
	int64_t at = 0;

	store_bind_text(query, 1, device);
	if (store_step(query, NULL) == 1)
		at = store_int(query, 0);
	store_done(query);
	return at;
}

/* How many were heard for the first time. */
static size_t write(struct seen *seen, struct testing *testing)
{
	struct aftermath *aftermath = mem_zalloc(sizeof *aftermath);
	size_t first;

	CHECK_INT(store_begin(testing->store, NULL), 0);
	CHECK_INT(seen_write(seen, testing->store, aftermath, NULL), 0);
	CHECK_INT(store_commit(testing->store, NULL), 0);
	first = aftermath->changes;
	free(aftermath);
	return first;
}

TEST(the_last_time_counts)
{
	struct testing *testing = testing_new();
	struct seen *seen = seen_new();
	const struct sv one = testing_device(testing, 0, "one", "01"),
			two = testing_device(testing, 1, "two", "02");

	CHECK(!seen_any(seen));
	seen_note(seen, one, (struct instant){ 100 });
	seen_note(seen, two, (struct instant){ 150 });
	seen_note(seen, one, (struct instant){ 200 });
	CHECK(seen_any(seen));
	CHECK_INT(write(seen, testing), 2); /* both for the first time */
	CHECK(!seen_any(seen));
	CHECK_INT(seen_at(testing, one), 200);
	CHECK_INT(seen_at(testing, two), 150);
	seen_note(seen, two, (struct instant){ 300 });
	CHECK_INT(write(seen, testing), 0);
	CHECK_INT(seen_at(testing, one), 200);
	CHECK_INT(seen_at(testing, two), 300);
	seen_free(seen);
	testing_free(testing);
}

TEST(bounds)
{
	struct testing *testing = testing_new();
	struct seen *seen = seen_new();
	const struct sv last = testing_device(testing, 0, "last", "01");
	char text[UUID_TEXT_MAX];

	seen_note(seen, SV(""), (struct instant){ 1 });
	seen_note(seen, SV("0123456789012345678901234567890123456"), (struct instant){ 1 });
	CHECK(!seen_any(seen));
	for (unsigned i = 0; i < SEEN_DEVICES_MAX; i++) {
		snprintf(text, sizeof text, "device-%u", i);
		seen_note(seen, sv_from(text), (struct instant){ 1 });
	}
	seen_note(seen, last, (struct instant){ 2 }); /* no room: noted with its next request */
	seen_note(seen, SV("device-0"), (struct instant){ 3 });
	write(seen, testing);
	CHECK_INT(seen_at(testing, last), 0);
	seen_note(seen, last, (struct instant){ 4 });
	write(seen, testing);
	CHECK_INT(seen_at(testing, last), 4);
	seen_free(seen);
	testing_free(testing);
}
