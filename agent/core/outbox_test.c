#include "agent/agent.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

static bool put(struct outbox *outbox, const char *text, int fd, bool must)
{
	struct outbox_item item = { .line = mem_dup(text), .n = strlen(text), .image_fd = fd };

	return outbox_put(outbox, &item, must);
}

static char *take(struct outbox *outbox)
{
	struct outbox_item item;

	return outbox_take(outbox, 0, &item) ? item.line : NULL;
}

TEST(lines_come_out_in_order)
{
	struct outbox *outbox = outbox_new(10, 1000);
	char *line;

	CHECK(outbox_is_empty(outbox));
	CHECK(put(outbox, "a\n", -1, false));
	CHECK(put(outbox, "b\n", -1, false));
	CHECK(!outbox_is_empty(outbox));
	line = take(outbox);
	CHECK_STR(line, "a\n");
	free(line);
	line = take(outbox);
	CHECK_STR(line, "b\n");
	free(line);
	CHECK(!outbox_is_empty(outbox)); /* not done with */
	outbox_settle(outbox, 2);
	CHECK(outbox_is_empty(outbox));
	CHECK(!take(outbox));
	outbox_free(outbox);
}

TEST(what_does_not_fit_is_counted)
{
	struct outbox *outbox = outbox_new(3, 8);

	CHECK(put(outbox, "1234567\n", -1, false)); /* exactly all bytes */
	CHECK(!put(outbox, "x", -1, false));
	CHECK(put(outbox, "result\n", -1, true));
	CHECK(put(outbox, "result\n", -1, true));
	CHECK_INT(outbox_lost(outbox), 1);
	CHECK_INT(outbox_lost(outbox), 0);
	outbox_free(outbox);
	outbox = outbox_new(2, 1000);
	CHECK(put(outbox, "x", -1, false));
	CHECK(put(outbox, "x", -1, false));
	CHECK(!put(outbox, "x", -1, false));
	for (int i = 0; i < OUTBOX_MUST_MAX; i++)
		CHECK(put(outbox, "x", -1, true));
	CHECK(!put(outbox, "x", -1, true)); /* even these have an end */
	CHECK_INT(outbox_lost(outbox), 2);
	outbox_free(outbox);
}

TEST(a_report_beyond_the_bound_lets_nothing_else_in)
{
	struct outbox *outbox = outbox_new(10, 8);

	CHECK(put(outbox, "1234567\n", -1, false));
	CHECK(put(outbox, "result\n", -1, true));
	CHECK(!put(outbox, "x", -1, false));
	CHECK(put(outbox, "result\n", -1, true));
	CHECK_INT(outbox_lost(outbox), 1);
	outbox_free(outbox);
}

TEST(few_images_wait_open)
{
	struct outbox *outbox = outbox_new(1000, 100000);
	int last = -1;

	for (int i = 0; i <= OUTBOX_FDS_MAX; i++) {
		last = open("/dev/null", O_RDONLY | O_CLOEXEC);
		CHECK(put(outbox, "x", last, false));
	}
	CHECK(fcntl(last, F_GETFD) < 0); /* one too many: closed at once */
	outbox_free(outbox);
}

static void *feed(void *context)
{
	usleep(20000);
	put(context, "late\n", -1, false);
	return NULL;
}

TEST(a_taker_waits_and_a_closed_outbox_lets_go)
{
	struct outbox *outbox = outbox_new(10, 1000);
	struct outbox_item item;
	pthread_t thread;

	pthread_create(&thread, NULL, feed, outbox);
	CHECK(outbox_take(outbox, 5000, &item));
	CHECK_STR(item.line, "late\n");
	free(item.line);
	pthread_join(thread, NULL);
	CHECK(!outbox_take(outbox, 1, &item));
	outbox_close(outbox);
	CHECK(!outbox_take(outbox, 60000, &item));
	CHECK(!put(outbox, "x", -1, true));
	outbox_free(outbox);
}
