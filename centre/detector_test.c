#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/detector.h"
#include "centre/live.h"
#include "centre/server.h"

#define COMPANY "01998000-0000-7000-8000-00000000000c"
#define DEVICE "01998000-0000-7000-8000-00000000000d"
#define WAIT_MS 20000

static const char rules[] =
	"title: Marked\n"
	"id: 5b1c1f6e-0000-4000-8000-0000000000aa\n"
	"logsource: { product: linux, category: process_creation }\n"
	"detection:\n    selection:\n        CommandLine: marked\n    condition: selection\n"
	"level: high\n";

/* Marked three times by one user within an hour; Marked alone is quiet. */
#define THRICE                                                                                     \
	"---\ntitle: Thrice\nid: 5b1c1f6e-0000-4000-8000-0000000000ab\nlevel: high\n"              \
	"correlation:\n    type: event_count\n    rules: 5b1c1f6e-0000-4000-8000-0000000000aa\n"   \
	"    group-by: User\n    timespan: 1h\n    condition: {gte: 3}\n"
/* And three users of whom that is told. */
#define USERS                                                                                      \
	"---\ntitle: Users\nid: 5b1c1f6e-0000-4000-8000-0000000000ac\nlevel: critical\n"           \
	"correlation:\n    type: value_count\n    rules: 5b1c1f6e-0000-4000-8000-0000000000ab\n"   \
	"    timespan: 1h\n    condition: {field: User, gte: 3}\n    generate: true\n"
/* Few within a second, which is settled later. */
#define FEW                                                                                        \
	"---\ntitle: Few\nid: 5b1c1f6e-0000-4000-8000-0000000000ad\nlevel: low\n"                  \
	"correlation:\n    type: event_count\n    rules: 5b1c1f6e-0000-4000-8000-0000000000aa\n"   \
	"    group-by: User\n    timespan: 1s\n    condition: {lt: 5}\n"

struct fixture {
	char root[64], url[96], events[96];
	struct log log;
	struct store *store;
	struct centre centre;
	uint64_t sequence;
	struct err err;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void load_text(struct fixture *f, const char *more, size_t count)
{
	const struct ruleset_options options = { .path = NULL };
	struct ruleset *ruleset;
	struct buf buf;

	buf_init(&buf, 1 << 16);
	buf_printf(&buf, "%s%s", rules, more);
	ruleset = ruleset_parse(buf_sv(&buf), "test", &options, &f->err);
	CHECK(ruleset != NULL && ruleset_count(ruleset) == count);
	centre_set_ruleset(&f->centre, ruleset);
	buf_done(&buf);
}

static void load_rules(struct fixture *f)
{
	load_text(f, "", 1);
}

static void start(struct fixture *f)
{
	*f = (struct fixture){ .root = "/tmp/detector_test.XXXXXX", .err = ERR_INIT,
			       .log = { .fd = -1, .level = LOG_ERROR, .program = "test" } };
	CHECK(mkdtemp(f->root) != NULL);
	snprintf(f->url, sizeof f->url, "sqlite:%s/records.sqlite", f->root);
	snprintf(f->events, sizeof f->events, "%s/events.sqlite", f->root);
	f->store = server_open_records(f->url, &f->err);
	CHECK(f->store != NULL);
	pthread_mutex_init(&f->centre.ruleset_lock, NULL);
	f->centre.records_url = f->url;
	f->centre.log = &f->log;
	f->centre.clock = clock_real();
	f->centre.live = live_new();
	f->centre.refusals = refusals_new();
	f->centre.events = event_store_open(f->events, &f->err);
	CHECK(f->centre.events != NULL);
	load_rules(f);
}

static void begin(struct fixture *f)
{
	f->centre.detector = detector_new(&f->centre, &f->err);
	CHECK(f->centre.detector != NULL);
}

static void end(struct fixture *f)
{
	detector_free(f->centre.detector);
	f->centre.detector = NULL;
}

static void stop(struct fixture *f)
{
	end(f);
	store_close(f->store);
	event_store_close(f->centre.events);
	refusals_free(f->centre.refusals);
	live_free(f->centre.live);
	centre_set_ruleset(&f->centre, NULL);
	pthread_mutex_destroy(&f->centre.ruleset_lock);
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A frame of events of a user and an age; those whose number is in marked are found by the rule. */
static void append_of(struct fixture *f, size_t count, size_t marked, unsigned user,
		      int64_t seconds_ago)
{
	const struct instant now = { clock_now(clock_real()).us - seconds_ago * INSTANT_SECOND };
	struct event_batch batch = { .key = { SV(DEVICE), SV(DEVICE), ++f->sequence, { { 1 } } },
				     .company = SV(COMPANY), .received = now, .count = count };
	enum event_stored stored;
	struct buf lines;

	buf_init(&lines, EVENT_BATCH_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		char id[UUID_TEXT_MAX], at[INSTANT_TEXT_MAX];

		buf_printf(&lines,
			   "{\"hikeshi\":{\"id\":\"%s\",\"company\":\"" COMPANY "\",\"device\":\"" DEVICE
			   "\",\"observed\":\"%s\",\"received\":\"%s\",\"product\":\"linux\","
			   "\"category\":\"process_creation\"},\"CommandLine\":\"%s\","
			   "\"ProcessGuid\":\"{%s}\",\"User\":\"u%u\"}\n",
			   uuid_format(uuid_v7(now), id), instant_format(now, at), at,
			   i < marked ? "marked" : "true", id, user);
	}
	batch.lines = buf_sv(&lines);
	CHECK_INT(event_store_append(f->centre.events, &batch, 1, &stored, &f->err), 0);
	CHECK_INT(stored, EVENT_STORED);
	buf_done(&lines);
	detector_wake(f->centre.detector);
}

static void append(struct fixture *f, size_t count, size_t marked)
{
	append_of(f, count, marked, 0, 0);
}

static int64_t count_rows(struct fixture *f, const char *sql)
{
	struct store_query *query = store_query(f->store, sql, NULL);
	const int64_t n = query && store_step(query, NULL) == 1 ? store_int(query, 0) : -1;

	store_done(query);
	return n;
}

#define DETECTIONS "SELECT count(*) FROM incident_detection"
#define WATERMARK "SELECT frame FROM detection_watermark"
#define GAPS "SELECT count(*) FROM detection_gap"

static bool becomes(struct fixture *f, const char *sql, int64_t wanted)
{
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		if (count_rows(f, sql) == wanted)
			return true;
		usleep(10000);
	}
	printf("# %s: %lld\n", sql, (long long)count_rows(f, sql));
	return false;
}

TEST(frames_are_detected_in_order_and_once)
{
	struct fixture f;

	start(&f);
	begin(&f);
	for (int i = 0; i < 5; i++)
		append(&f, 10, 1);
	CHECK(becomes(&f, WATERMARK, 5));
	CHECK_INT(count_rows(&f, DETECTIONS), 5);
	CHECK_INT(detector_statistics(f.centre.detector).events, 50);
	end(&f);
	append(&f, 3, 2); /* while it is away */
	begin(&f);
	CHECK(becomes(&f, WATERMARK, 6));
	CHECK_INT(count_rows(&f, DETECTIONS), 7);
	CHECK_INT(detector_statistics(f.centre.detector).events, 3);
	stop(&f);
}

/* Reading the same frames again doubles nothing. */
TEST(an_old_watermark_doubles_nothing)
{
	struct fixture f;

	start(&f);
	begin(&f);
	append(&f, 5, 5);
	CHECK(becomes(&f, WATERMARK, 1));
	end(&f);
	CHECK_INT(store_exec(f.store, "UPDATE detection_watermark SET frame = 0", &f.err), 0);
	begin(&f);
	CHECK(becomes(&f, WATERMARK, 1));
	CHECK_INT(count_rows(&f, DETECTIONS), 5);
	stop(&f);
}

TEST(chunks_larger_than_one_transaction)
{
	struct fixture f;

	start(&f);
	for (int i = 0; i < 6; i++)
		append(&f, 4000, 1);
	begin(&f);
	CHECK(becomes(&f, WATERMARK, 6));
	CHECK_INT(count_rows(&f, DETECTIONS), 6);
	stop(&f);
}

/* The disk is full for a while: it waits, then all is detected once. */
TEST(a_store_that_fails_for_a_while)
{
	struct fixture f;

	start(&f);
	CHECK_INT(store_exec(f.store, "CREATE TRIGGER no BEFORE INSERT ON incident_detection"
				      " BEGIN SELECT RAISE(ABORT, 'not now'); END", &f.err), 0);
	append(&f, 2, 1);
	begin(&f);
	usleep(150000); /* less than it takes to pass over */
	CHECK_INT(count_rows(&f, WATERMARK), 0);
	CHECK_INT(count_rows(&f, DETECTIONS), 0);
	CHECK_INT(store_exec(f.store, "DROP TRIGGER no", &f.err), 0);
	CHECK(becomes(&f, WATERMARK, 1));
	CHECK_INT(count_rows(&f, DETECTIONS), 1);
	CHECK_INT(count_rows(&f, GAPS), 0);
	stop(&f);
}

/* A frame that can never be worked on is passed over and noted; the others go on. */
TEST(a_frame_that_always_fails)
{
	struct fixture f;

	start(&f);
	CHECK_INT(store_exec(f.store,
			     "CREATE TRIGGER no BEFORE UPDATE ON detection_watermark WHEN NEW.frame >= 2"
			     " AND NOT EXISTS (SELECT 1 FROM detection_gap)"
			     " BEGIN SELECT RAISE(ABORT, 'a poisoned frame'); END", &f.err), 0);
	append(&f, 2, 1);
	append(&f, 2, 1);
	append(&f, 2, 1);
	begin(&f);
	CHECK(becomes(&f, WATERMARK, 3));
	CHECK_INT(count_rows(&f, DETECTIONS), 2);
	CHECK_INT(count_rows(&f, GAPS), 1);
	CHECK_INT(detector_statistics(f.centre.detector).passed_over, 1);
	stop(&f);
}

TEST(it_waits_for_rules)
{
	struct fixture f;

	start(&f);
	centre_set_ruleset(&f.centre, NULL);
	append(&f, 2, 1);
	begin(&f);
	usleep(100000);
	CHECK_INT(count_rows(&f, WATERMARK), 0);
	load_rules(&f);
	detector_wake(f.centre.detector);
	CHECK(becomes(&f, DETECTIONS, 1));
	stop(&f);
}

#define OF(title) "SELECT count(*) FROM incident_detection WHERE rule_title = '" title "'"

/* What is matched before and behind a restart, a failure, or new rules is counted together. */
TEST(correlations_over_restarts)
{
	struct fixture f;

	start(&f);
	load_text(&f, THRICE USERS, 3);
	begin(&f);
	for (unsigned round = 0; round < 4; round++)
		for (unsigned user = 0; user < 4; user++) {
			append_of(&f, 2, 1, user, 0);
			if ((round + user) % 2 == 0)
				CHECK(becomes(&f, WATERMARK, 4 * round + user + 1));
			if (user == round) {
				end(&f);
				begin(&f);
			}
			if (user == 3 - round) {
				load_text(&f, round % 2 ? THRICE USERS : THRICE USERS FEW,
					  round % 2 ? 3 : 4);
				detector_wake(f.centre.detector);
			}
		}
	CHECK(becomes(&f, WATERMARK, 16));
	CHECK_INT(count_rows(&f, OF("Marked")), 0);
	CHECK_INT(count_rows(&f, OF("Thrice")), 4);
	CHECK_INT(count_rows(&f, OF("Users")), 1);
	CHECK_INT(count_rows(&f, GAPS), 0);
	stop(&f);
}

/* What was rolled back is not counted twice. */
TEST(correlations_over_failures)
{
	struct fixture f;

	start(&f);
	load_text(&f, THRICE USERS, 3);
	begin(&f);
	append_of(&f, 1, 1, 1, 0);
	CHECK(becomes(&f, WATERMARK, 1));
	CHECK_INT(store_exec(f.store, "CREATE TRIGGER no BEFORE UPDATE ON detection_watermark"
				      " BEGIN SELECT RAISE(ABORT, 'not now'); END", &f.err), 0);
	append_of(&f, 1, 1, 1, 0);
	usleep(250000);
	CHECK_INT(count_rows(&f, WATERMARK), 1);
	CHECK_INT(store_exec(f.store, "DROP TRIGGER no", &f.err), 0);
	CHECK(becomes(&f, WATERMARK, 2));
	CHECK_INT(count_rows(&f, OF("Thrice")), 0);
	append_of(&f, 1, 1, 1, 0);
	CHECK(becomes(&f, WATERMARK, 3));
	CHECK_INT(count_rows(&f, OF("Thrice")), 1);
	CHECK_INT(count_rows(&f, "SELECT count(*) FROM incident_detection WHERE reasons LIKE"
				 " '%gte 3 in 1h%u1%'"), 1);
	stop(&f);
}

/* An hour later a new hit may come; what came late counts in its place. */
TEST(correlations_of_late_events)
{
	struct fixture f;

	start(&f);
	load_text(&f, THRICE, 2);
	begin(&f);
	append_of(&f, 3, 3, 7, 9000);
	append_of(&f, 2, 2, 7, 100);
	append_of(&f, 1, 1, 7, 400);
	append_of(&f, 1, 1, 7, 3650);
	CHECK(becomes(&f, WATERMARK, 4));
	CHECK_INT(count_rows(&f, OF("Thrice")), 2);
	/* the last of the second is the one that was there before */
	CHECK_INT(count_rows(&f, "SELECT count(DISTINCT observed / 1000000 / 1000)"
				 " FROM incident_detection"), 2);
	stop(&f);
}

/* What waits for the end of its window is told by the clock, once, also after a restart. */
TEST(correlations_that_wait)
{
	struct fixture f;

	start(&f);
	load_text(&f, FEW, 2);
	begin(&f);
	append_of(&f, 1, 1, 1, 598);
	CHECK(becomes(&f, WATERMARK, 1));
	append_of(&f, 6, 6, 2, 598);
	CHECK(becomes(&f, WATERMARK, 2));
	end(&f);
	begin(&f);
	CHECK(becomes(&f, OF("Few"), 1));
	end(&f);
	begin(&f);
	usleep(1200000);
	CHECK_INT(count_rows(&f, OF("Few")), 1);
	stop(&f);
}
