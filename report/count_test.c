#include "report/testing.h"

#include <inttypes.h>
#include <stdarg.h>

#define OTHER_DEVICE "0193b1c0-0000-7000-8000-00000000d002"
#define FOREIGN "0193b1c0-0000-7000-8000-00000000c002"
#define DAY_US (INT64_C(86400) * INSTANT_SECOND)

/* What report_count reads of the centre's tables. */
static const char centre_tables[] =
	"CREATE TABLE device (id TEXT, company TEXT, hostname TEXT, user_name TEXT, platform TEXT,"
	" state TEXT, isolated INTEGER, enrolled_at INTEGER, seen_at INTEGER, revoked_at INTEGER);"
	"CREATE TABLE daily_check (company TEXT, day INTEGER);";

static int64_t at(const char *text)
{
	struct instant instant;

	if (!instant_parse(sv_from(text), &instant))
		abort();
	return instant.us;
}

static int32_t day_of(const char *text)
{
	struct day day;

	if (!day_parse(sv_from(text), &day))
		abort();
	return day.n;
}

static void change(struct book *book, const char *format, ...) ERR_PRINTF(2, 3);
static void change(struct book *book, const char *format, ...)
{
	char sql[2048];
	va_list list;

	va_start(list, format);
	vsnprintf(sql, sizeof sql, format, list);
	va_end(list);
	if (store_exec(book->store, sql, &book->err) != 0) {
		printf("Bail out! %s\n", book->err.text);
		abort();
	}
}

static void add_device(struct book *book, const char *id, const char *name, const char *state,
		       bool isolated, const char *enrolled, const char *seen, const char *revoked)
{
	change(book, "INSERT INTO device VALUES ('%s', '" TESTING_COMPANY "', '%s', 'u%s', 'linux',"
	       " '%s', %d, %" PRId64 ", %" PRId64 ", %" PRId64 ")",
	       id, name, name, state, isolated, at(enrolled), seen ? at(seen) : 0,
	       revoked ? at(revoked) : 0);
	change(book, "UPDATE device SET revoked_at = NULL WHERE revoked_at = 0");
}

static void add_events(struct book *book, const char *device, const char *day, unsigned events)
{
	change(book, "INSERT INTO event_day VALUES ('" TESTING_COMPANY "', '%s', %d, %u)", device,
	       day_of(day), events);
}

static unsigned made; /* constructors count up: rows need different ids */

static void add_incident(struct book *book, const char *first, enum incident_state state,
			 enum incident_judgement judgement, const char *story)
{
	const unsigned n = ++made;

	change(book, "INSERT OR IGNORE INTO incident_device (row, company, device)"
	       " VALUES (1, '" TESTING_COMPANY "', '" TESTING_DEVICE "')");
	change(book, "INSERT INTO incident (row, id, number, company, device, device_row, host, title,"
	       " title_ja, level, state, techniques, tactics, detections, processes, tree, tree_key,"
	       " tree_rule, first, last, opened, updated, version, judgement, story, closed)"
	       " VALUES (%u, 'i%u', %u, '" TESTING_COMPANY "', '" TESTING_DEVICE "', 1, 'pc',"
	       " 'Shell', 'シェル', %d, %d, '', 'execution', 1, 0, 0, '', '', %" PRId64 ", 0, 5, 6, 1,"
	       " %d, '%s', %d)", n, n, n, LEVEL_HIGH, state, at(first), judgement, story,
	       state == INCIDENT_CLOSED || state == INCIDENT_FALSE_POSITIVE ? 7 : 0);
}

static void add_detection(struct book *book, const char *observed, enum rule_level level)
{
	const unsigned n = ++made;

	change(book, "INSERT INTO incident_detection (id, incident, company, device, device_row, event,"
	       " rule, rule_title, title_ja, level, tags, ruleset, reasons, process, summary, observed,"
	       " detected) VALUES ('d%u', (SELECT min(row) FROM incident), '" TESTING_COMPANY "',"
	       " '" TESTING_DEVICE "', 1, 'e%u', 'r', '', '', %d, '', '', '', '', '', %" PRId64 ", 0)",
	       n, n, level, at(observed));
}

static void add_action(struct book *book, enum action_kind kind, enum action_state state,
		       const char *finished)
{
	change(book, "INSERT INTO incident_action (id, company, device, incident, kind, state, target,"
	       " reason, requested_by, order_number, requested, approved, sent, finished, expiry)"
	       " VALUES ('a%u', '" TESTING_COMPANY "', '" TESTING_DEVICE "',"
	       " (SELECT min(row) FROM incident), %d, %d, '', '', '', 0, 0, 0, 0, %" PRId64 ", 0)",
	       ++made, kind, state, at(finished));
}

static struct report_frame july(void)
{
	return (struct report_frame){
		.company = SV(TESTING_COMPANY), .company_name = SV("見本商店"), .number = 1, .of = 3,
		.from = day_from_civil(2026, 7, 1), .to = day_from_civil(2026, 7, 31),
		.made = { at("2026-08-01T00:00:00Z") }, .now = { at("2026-08-01T00:00:00Z") },
		.checked_daily = true,
	};
}

static struct report count(struct book *book, const struct report_frame *frame)
{
	struct report report = { 0 };

	if (report_count(book->store, frame, book->arena, &report, &book->err) != 0) {
		printf("Bail out! %s\n", book->err.text);
		abort();
	}
	return report;
}

static void open_centre(struct book *book)
{
	book_open(book);
	change(book, "%s", centre_tables);
}

/* nothing happened, and that is said. */
TEST(count_nothing)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	add_device(&book, TESTING_DEVICE, "a", "active", false, "2026-06-01T00:00:00Z",
		   "2026-07-31T12:00:00Z", NULL);
	report = count(&book, &frame);
	CHECK_INT(report.figures.detections + report.figures.incidents + report.figures.events, 0);
	CHECK_INT(report.figures.mood, REPORT_CALM);
	CHECK(sv_find(report.figures.sentence, SV("検知はありませんでした"), 0) != SIZE_MAX);
	CHECK_INT(report.figures.day_count, 31);
	book_close(&book);
}

TEST(count_days_and_devices)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	add_device(&book, TESTING_DEVICE, "b", "active", true, "2026-07-02T00:00:00Z",
		   "2026-07-31T00:00:00Z", NULL);
	add_device(&book, OTHER_DEVICE, "a", "active", false, "2026-06-02T00:00:00Z",
		   "2026-07-20T00:00:00Z", NULL);
	add_device(&book, "x1", "gone", "revoked", false, "2026-06-02T00:00:00Z", NULL,
		   "2026-07-01T00:00:00Z");
	add_device(&book, "x2", "gone before", "revoked", false, "2026-05-02T00:00:00Z", NULL,
		   "2026-06-30T14:59:59Z");
	add_device(&book, "x3", "later", "active", false, "2026-07-31T15:00:00Z", NULL, NULL);
	add_events(&book, TESTING_DEVICE, "2026-06-30", 1000);
	add_events(&book, TESTING_DEVICE, "2026-07-01", 3);
	add_events(&book, TESTING_DEVICE, "2026-07-31", 4);
	add_events(&book, OTHER_DEVICE, "2026-07-01", 5);
	add_events(&book, OTHER_DEVICE, "2026-08-01", 1000);
	report = count(&book, &frame);
	CHECK_INT(report.figures.events, 12);
	CHECK_INT(report.figures.day[0].events, 8);
	CHECK_INT(report.figures.day[30].events, 4);
	CHECK_INT(report.figures.devices, 2);
	CHECK_INT(report.figures.users, 2);
	CHECK_INT(report.figures.devices_new, 1);
	CHECK_INT(report.figures.devices_isolated, 1);
	CHECK_INT(report.figures.devices_silent, 1); /* since the 20th */
	CHECK_INT(report.figures.device_count, 3);
	CHECK_SV(report.figures.device[0].hostname, SV("a"));
	CHECK(report.figures.device[0].silent && !report.figures.device[1].silent);
	CHECK_INT(report.figures.device[1].events, 7);
	CHECK_INT(report.figures.device[1].days_heard, 2);
	CHECK_INT(report.figures.mood, REPORT_ACT);
	book_close(&book);
}

TEST(count_detections_of_the_period)
{
	static const char *const observed[] = {
		"2026-06-30T14:59:59.999999Z", "2026-06-30T15:00:00Z", /* midnight in Tokyo */
		"2026-07-31T14:59:59.999999Z", "2026-07-31T15:00:00Z",
	};
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	add_incident(&book, "2026-06-30T15:00:00Z", INCIDENT_CLOSED, INCIDENT_REAL, "話");
	for (size_t i = 0; i < sizeof observed / sizeof *observed; i++)
		add_detection(&book, observed[i], i == 1 ? LEVEL_CRITICAL : LEVEL_LOW);
	report = count(&book, &frame);
	CHECK_INT(report.figures.detections, 2);
	CHECK_INT(report.figures.by_level[LEVEL_CRITICAL], 1);
	CHECK_INT(report.figures.by_level[LEVEL_LOW], 1);
	CHECK_INT(report.figures.day[0].detections, 1);
	CHECK_INT(report.figures.day[30].detections, 1);
	CHECK_INT(report.figures.day[0].incidents, 1);
	book_close(&book);
}

/* what a person judged; what is open from before comes again. */
TEST(count_incidents)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	add_incident(&book, "2026-06-10T00:00:00Z", INCIDENT_CLOSED, INCIDENT_REAL, "前");
	add_incident(&book, "2026-06-20T00:00:00Z", INCIDENT_NEW, INCIDENT_UNJUDGED, "");
	add_incident(&book, "2026-07-02T00:00:00Z", INCIDENT_CLOSED, INCIDENT_REAL, "止めました");
	add_incident(&book, "2026-07-03T00:00:00Z", INCIDENT_FALSE_POSITIVE, INCIDENT_NOT_REAL, "");
	add_incident(&book, "2026-07-04T00:00:00Z", INCIDENT_NEW, INCIDENT_UNJUDGED, "");
	add_incident(&book, "2026-08-01T00:00:00Z", INCIDENT_NEW, INCIDENT_UNJUDGED, "");
	report = count(&book, &frame);
	CHECK_INT(report.figures.incidents, 3);
	CHECK_INT(report.figures.incidents_real, 1);
	CHECK_INT(report.figures.incidents_not_real, 1);
	CHECK_INT(report.figures.incidents_unjudged, 1);
	CHECK_INT(report.figures.incidents_carried, 1);
	CHECK_INT(report.figures.incidents_open, 2);
	CHECK_INT(report.figures.incident_count, 4);
	CHECK(report.figures.incident[0].carried);
	CHECK_SV(report.figures.incident[1].story, SV("止めました"));
	CHECK_SV(report.figures.incident[1].title, SV("シェル"));
	CHECK_INT(report.figures.mood, REPORT_WATCH);
	frame.english = true;
	CHECK_SV(count(&book, &frame).figures.incident[1].title, SV("Shell"));
	book_close(&book);
}

/* At the bound, and one past it. */
TEST(count_many_incidents)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	for (unsigned i = 0; i < REPORT_INCIDENTS_MAX; i++)
		add_incident(&book, "2026-07-02T00:00:00Z", INCIDENT_NEW, INCIDENT_UNJUDGED, "");
	CHECK_INT(count(&book, &frame).figures.incident_count, REPORT_INCIDENTS_MAX);
	add_incident(&book, "2026-07-02T00:00:00Z", INCIDENT_NEW, INCIDENT_UNJUDGED, "");
	report = count(&book, &frame);
	CHECK_INT(report.figures.incident_count, REPORT_INCIDENTS_MAX);
	CHECK_INT(report.figures.incidents, REPORT_INCIDENTS_MAX + 1);
	book_close(&book);
}

TEST(count_actions)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	add_device(&book, TESTING_DEVICE, "a", "active", false, "2026-06-01T00:00:00Z", NULL, NULL);
	add_incident(&book, "2026-07-02T00:00:00Z", INCIDENT_CLOSED, INCIDENT_REAL, "話");
	add_action(&book, ACTION_ISOLATE, ACTION_DONE, "2026-07-02T01:00:00Z");
	add_action(&book, ACTION_KILL, ACTION_FAILED, "2026-07-02T02:00:00Z");
	add_action(&book, ACTION_KILL, ACTION_DONE, "2026-07-02T03:00:00Z");
	add_action(&book, ACTION_KILL, ACTION_DONE, "2026-07-02T04:00:00Z");
	add_action(&book, ACTION_RELEASE, ACTION_DONE, "2026-07-03T03:00:00Z");
	add_action(&book, ACTION_RELEASE, ACTION_DONE, "2026-07-31T15:00:00Z");
	add_action(&book, ACTION_UNINSTALL, ACTION_DONE, "2026-07-30T15:00:00Z");
	report = count(&book, &frame);
	CHECK_INT(report.figures.actions, 4);
	CHECK_INT(report.figures.blocked, 3);
	CHECK_SV(report.figures.incident[0].measures, SV("isolate kill release uninstall"));
	book_close(&book);
}

/* a day without a check is seen; today can still be checked. */
TEST(count_checks)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	for (int32_t i = 0; i < 31; i++) {
		if (i != 4 && i != 30)
			change(&book, "INSERT INTO daily_check VALUES ('" TESTING_COMPANY "', %d)",
			       frame.from.n + i);
	}
	change(&book, "INSERT INTO daily_check VALUES ('" FOREIGN "', %d)", frame.from.n + 4);
	report = count(&book, &frame);
	CHECK_INT(report.figures.checks_done, 29);
	CHECK_INT(report.figures.checks_missed, 2);
	CHECK_INT(report.figures.checks_expected, 31);
	CHECK_SV(report.figures.missed_days, SV("2026-07-05 2026-07-31"));
	frame.made = (struct instant){ at("2026-07-31T03:00:00Z") };
	report = count(&book, &frame);
	CHECK_SV(report.figures.missed_days, SV("2026-07-05"));
	CHECK_INT(report.figures.checks_expected, 30);
	frame.checked_daily = false;
	CHECK_INT(count(&book, &frame).figures.checks_expected, 0);
	book_close(&book);
}

TEST(count_periods)
{
	static const struct {
		int days;
		bool good;
	} row[] = { { 0, false }, { 1, true }, { REPORT_DAYS_MAX, true }, { REPORT_DAYS_MAX + 1, false } };
	struct report report;
	struct book book;

	open_centre(&book);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct report_frame frame = july();

		frame.to = day_add(frame.from, row[i].days - 1);
		CHECK_INT(report_count(book.store, &frame, book.arena, &report, &book.err) == 0,
			  row[i].good);
		CHECK(row[i].good || book.err.code == ERR_RANGE);
		CHECK(!store_in_transaction(book.store));
	}
	book_close(&book);
}

/* Others' devices, events, detections and incidents are nobody's business. */
TEST(count_one_company_only)
{
	struct report_frame frame = july();
	struct report report;
	struct book book;

	open_centre(&book);
	add_device(&book, TESTING_DEVICE, "a", "active", false, "2026-06-01T00:00:00Z", NULL, NULL);
	add_events(&book, TESTING_DEVICE, "2026-07-01", 3);
	add_incident(&book, "2026-07-02T00:00:00Z", INCIDENT_NEW, INCIDENT_UNJUDGED, "");
	add_detection(&book, "2026-07-02T00:00:00Z", LEVEL_LOW);
	add_action(&book, ACTION_ISOLATE, ACTION_DONE, "2026-07-02T01:00:00Z");
	frame.company = SV(FOREIGN);
	report = count(&book, &frame);
	CHECK_INT(report.figures.events + report.figures.detections + report.figures.incidents +
		  report.figures.actions + report.figures.devices, 0);
	CHECK_INT(report.figures.mood, REPORT_BEFORE);
	book_close(&book);
}
