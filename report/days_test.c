#include "report/testing.h"

static uint64_t counted(struct book *book, const char *device, const char *day)
{
	struct store_query *query;
	uint64_t n = 0;
	struct day d;

	if (!day_parse(sv_from(day), &d))
		abort();
	query = store_ask(book->store, &book->err,
			  "SELECT events FROM event_day WHERE company = $1 AND device = $2"
			  " AND day = $3",
			  STORE_TEXT(SV(TESTING_COMPANY)), STORE_TEXT(sv_from(device)),
			  STORE_INT(d.n));
	if (store_step(query, &book->err) == 1)
		n = (uint64_t)store_int(query, 0);
	store_done(query);
	return n;
}

static struct event event_at(const char *observed, const char *received, const char *device)
{
	struct event event = { .envelope = { .company = SV(TESTING_COMPANY),
					     .device = sv_from(device) } };

	if (observed != NULL && !instant_parse(sv_from(observed), &event.envelope.observed))
		abort();
	if (received != NULL && !instant_parse(sv_from(received), &event.envelope.received))
		abort();
	return event;
}

static int add(struct book *book, struct report_days *days, const struct event *event)
{
	return report_days_add(days, book->store, event, &book->err);
}

/* an event belongs to the day, in Tokyo, on which it was observed. */
TEST(days_in_tokyo)
{
	static const struct {
		const char *observed, *received, *day;
	} row[] = {
		{ "2026-07-31T14:59:59.999999Z", "2026-08-04T00:00:00Z", "2026-07-31" },
		{ "2026-07-31T15:00:00Z", "2026-08-04T00:00:00Z", "2026-08-01" },
		{ "2026-07-01T00:00:00+09:00", NULL, "2026-07-01" },
		{ NULL, "2026-12-31T15:00:00Z", "2027-01-01" }, /* says nothing: when it came */
		{ "1969-12-31T14:59:59Z", "2026-08-04T00:00:00Z", "1969-12-31" },
		{ "9999-12-30T00:00:00Z", "2026-08-04T00:00:00Z", "9999-12-30" },
	};
	struct report_days *days = report_days_new();
	struct book book;

	book_open(&book);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct event event = event_at(row[i].observed, row[i].received, TESTING_DEVICE);

		CHECK(store_begin(book.store, &book.err) == 0);
		CHECK(add(&book, days, &event) == 0 && add(&book, days, &event) == 0);
		CHECK(report_days_flush(days, book.store, &book.err) == 0);
		CHECK(store_commit(book.store, &book.err) == 0);
		CHECK_INT(counted(&book, TESTING_DEVICE, row[i].day), 2);
	}
	report_days_free(days);
	book_close(&book);
}

/* What was rolled back is not counted; what comes again counts once. */
TEST(days_after_rollback)
{
	const struct event event = event_at("2026-07-05T00:00:00Z", NULL, TESTING_DEVICE);
	struct report_days *days = report_days_new();
	struct book book;

	book_open(&book);
	CHECK(store_begin(book.store, &book.err) == 0);
	CHECK(add(&book, days, &event) == 0);
	CHECK(report_days_flush(days, book.store, &book.err) == 0);
	CHECK(add(&book, days, &event) == 0);
	store_rollback(book.store);
	report_days_clear(days);
	CHECK(store_begin(book.store, &book.err) == 0);
	CHECK(add(&book, days, &event) == 0);
	CHECK(report_days_flush(days, book.store, &book.err) == 0);
	CHECK(store_commit(book.store, &book.err) == 0);
	CHECK_INT(counted(&book, TESTING_DEVICE, "2026-07-05"), 1);
	report_days_free(days);
	book_close(&book);
}

/* At the edge of REPORT_DAYS_PENDING_MAX nothing is lost. */
TEST(days_full)
{
	struct report_days *days = report_days_new();
	struct book book;
	char device[UUID_TEXT_MAX];

	book_open(&book);
	CHECK(store_begin(book.store, &book.err) == 0);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < REPORT_DAYS_PENDING_MAX + 1; i++) {
			struct event event;

			snprintf(device, sizeof device, "0193b1c0-0000-7000-8000-%012u", i);
			event = event_at("2026-07-05T00:00:00Z", NULL, device);
			CHECK(add(&book, days, &event) == 0);
		}
	}
	CHECK(report_days_flush(days, book.store, &book.err) == 0);
	CHECK(store_commit(book.store, &book.err) == 0);
	CHECK_INT(counted(&book, "0193b1c0-0000-7000-8000-000000000000", "2026-07-05"), 2);
	CHECK_INT(counted(&book, device, "2026-07-05"), 2);
	report_days_free(days);
	book_close(&book);
}

TEST(days_of_no_id)
{
	static const char longer[] = "0193b1c0-0000-7000-8000-00000000d0011";
	const struct event event = event_at("2026-07-05T00:00:00Z", NULL, longer);
	struct report_days *days = report_days_new();
	struct book book;

	book_open(&book);
	CHECK(add(&book, days, &event) == -1 && book.err.code == ERR_RANGE);
	report_days_free(days);
	book_close(&book);
}
