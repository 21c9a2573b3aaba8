/*
 * One row a form of log: what its lines become. Each line of `want` is an event:
 * its logsource, then NAME=value for fields that must be there with that value
 * (of several, one of them), NAME! for those that must not.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/test.h"
#include "event/event.h"

static const struct {
	const char *what;
	enum event_format format, recognised;
	unsigned lost;
	struct sv text;
	const char *want;
} rows[] = {
#define ROW(what, format, recognised, lost, text, want)                                            \
	{ what, EVENT_FORMAT_##format, EVENT_FORMAT_##recognised, lost, SV(text), want },
#include "event/decoders_test.inc"
#undef ROW
};

static struct event_reader *open_text(struct sv text, const struct event_reader_options *options,
				      int *ret_fd, struct err *err)
{
	char path[64];
	const int fd = memfd_create("log", MFD_CLOEXEC);

	for (size_t done = 0; done < text.n;) {
		const ssize_t n = write(fd, text.p + done, text.n - done);

		if (n <= 0)
			abort();
		done += (size_t)n;
	}
	*ret_fd = fd;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return event_reader_open_with(path, options, err);
}

static bool has(const struct event *event, struct sv name, struct sv value)
{
	for (size_t i = 0; i < event->count; i++)
		if (sv_eq(event->field[i].name, name) && sv_eq(event->field[i].text, value))
			return true;
	return false;
}

static void check_field(const struct event *event, struct sv want)
{
	const size_t equals = sv_find_char(want, '=', 0);
	struct sv name = want;

	if (sv_ends(want, SV("!")) && equals == SIZE_MAX) {
		if (event_get(event, sv_slice(want, 0, want.n - 1))) {
			printf("# field %.*s is there\n", SV_ARG(want));
			test_failed = true;
		}
		return;
	}
	name = sv_slice(want, 0, equals);
	if (has(event, name, sv_slice(want, equals + 1, want.n)))
		return;
	test_failed = true;
	printf("# want %.*s, is", SV_ARG(want));
	for (size_t i = 0; i < event->count; i++)
		if (sv_eq(event->field[i].name, name))
			printf(" '%.*s'", SV_ARG(event->field[i].text));
	printf("\n");
}

static void check_event(const struct event *event, struct sv want)
{
	char source[256], at[INSTANT_TEXT_MAX];

	snprintf(source, sizeof source, "%.*s/%.*s/%.*s", SV_ARG(event->envelope.product),
		 SV_ARG(event->envelope.category), SV_ARG(event->envelope.service));
	CHECK_SV(sv_from(source), sv_cut(&want, '\t'));
	while (want.n > 0) {
		const struct sv field = sv_cut(&want, '\t');

		if (sv_starts(field, SV("@")))
			CHECK_SV(sv_from(instant_format(event->envelope.observed, at)),
				 sv_slice(field, 1, field.n));
		else
			check_field(event, field);
	}
}

TEST(decoders_rows)
{
	const struct event_reader_options options = {
		.reference = { INT64_C(1795272500) * INSTANT_SECOND }, /* 2026-11-21 */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct event_reader_options with = options;
		struct sv want = sv_from(rows[i].want);
		struct err err = ERR_INIT;
		struct event_reader *reader;
		struct event event;
		const bool before = test_failed;
		uint64_t record = 0, last = 0;
		int fd, more;

		test_failed = false;
		with.format = rows[i].format;
		reader = open_text(rows[i].text, &with, &fd, &err);
		CHECK(reader != NULL);
		if (reader) {
			CHECK_INT(event_reader_format(reader), rows[i].recognised);
			while ((more = event_reader_next(reader, &event, &record, &err)) != 0) {
				if (more < 0)
					continue;
				CHECK(record > last);
				last = record;
				CHECK(want.n > 0);
				check_event(&event, sv_cut(&want, '\n'));
			}
			CHECK_SV(want, SV(""));
			CHECK_INT(event_reader_progress(reader).lost, rows[i].lost);
		}
		if (test_failed)
			printf("# in: %s (%s)\n", rows[i].what, err.text);
		test_failed |= before;
		event_reader_close(reader);
		close(fd);
	}
	printf("# %zu rows\n", sizeof rows / sizeof *rows);
}

/* A file's logsource that the caller names is that of each line. */
TEST(decoders_text)
{
	const struct event_reader_options options = {
		.format = EVENT_FORMAT_TEXT,
		.product = SV("jvm"),
		.category = SV("application"),
	};
	struct event_reader *reader;
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record = 0;
	int fd;

	reader = open_text(SV("Exception in thread \"main\"\n\n\tat x.y(Z.java:1)\r\n"), &options,
			   &fd, &err);
	REQUIRE(reader != NULL);
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
	check_event(&event, SV("jvm/application/\tmessage=Exception in thread \"main\""));
	CHECK_SV(event.body, SV("Exception in thread \"main\""));
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
	CHECK_SV(event_text(&event, SV("message")), SV("\tat x.y(Z.java:1)"));
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 0);
	event_reader_close(reader);
	close(fd);
}

TEST(decoders_names)
{
	enum event_format format;

	for (format = EVENT_FORMAT_AUTO; format < EVENT_FORMAT_COUNT; format++) {
		enum event_format back = EVENT_FORMAT_COUNT;

		CHECK(event_format_parse(sv_from(event_format_name(format)), &back));
		CHECK_INT(back, format);
	}
	CHECK(event_format_parse(SV("IIS"), &format) && format == EVENT_FORMAT_W3C);
	CHECK(event_format_parse(SV("eve"), &format) && format == EVENT_FORMAT_NDJSON);
	CHECK(!event_format_parse(SV("xml"), &format));
	CHECK(!event_format_parse(SV(""), &format));
}

/* ---- bounds ---- */

static uint64_t count_events(struct sv text, enum event_format format, uint64_t *ret_lost)
{
	const struct event_reader_options options = { .format = format };
	struct event_reader *reader;
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record, n;
	int fd;

	reader = open_text(text, &options, &fd, &err);
	if (!reader)
		abort();
	while (event_reader_next(reader, &event, &record, &err) != 0)
		;
	n = event_reader_progress(reader).records;
	*ret_lost = event_reader_progress(reader).lost;
	event_reader_close(reader);
	close(fd);
	return n;
}

/* More events open at a time than are kept: the oldest comes without its last record. */
TEST(decoders_auditd_bounds)
{
	struct buf text;
	uint64_t lost;

	for (int open = 63; open <= 66; open++) {
		buf_init(&text, 1 << 20);
		for (int i = 0; i < open; i++)
			buf_printf(&text, "type=SYSCALL msg=audit(1.0:%d): exe=\"/a\"\n", i);
		for (int i = 0; i < open; i++)
			buf_printf(&text, "type=EOE msg=audit(1.0:%d): \n", i);
		CHECK_INT(count_events(buf_sv(&text), EVENT_FORMAT_AUDITD, &lost), open);
		CHECK_INT(lost, 0);
		buf_done(&text);
	}
}

TEST(decoders_columns_bounds)
{
	static const struct {
		enum event_format format;
		const char *start, *name;
	} row[] = {
		{ EVENT_FORMAT_W3C, "#Fields: n", " n" },
		{ EVENT_FORMAT_ZEEK, "#fields\tn", "\tn" },
		{ EVENT_FORMAT_CSV, "n", ",n" },
	};
	struct buf text;
	uint64_t lost;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		for (int names = 1024; names <= 1025; names++) {
			buf_init(&text, 1 << 20);
			buf_put_sv(&text, sv_from(row[i].start));
			for (int k = 1; k < names; k++)
				buf_put_sv(&text, sv_from(row[i].name));
			buf_put_sv(&text, SV("\n1\n"));
			CHECK_INT(count_events(buf_sv(&text), row[i].format, &lost), names == 1024);
			CHECK((lost > 0) == (names == 1025));
			buf_done(&text);
		}
	}
}

/* A line of 100 MB is one loss, and what follows it is read. */
TEST(decoders_long_line)
{
	static const enum event_format formats[] = { EVENT_FORMAT_SYSLOG, EVENT_FORMAT_WEB,
						     EVENT_FORMAT_AUDITD, EVENT_FORMAT_CSV };
	struct buf text;
	uint64_t lost;

	buf_init(&text, 101U << 20);
	memset(buf_reserve(&text, 100U << 20), 'x', 100U << 20);
	text.n = 100U << 20;
	buf_put_sv(&text, SV("\nNov 20 08:01:02 web1 a: b\n"));
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		const uint64_t n = count_events(buf_sv(&text), formats[i], &lost);

		CHECK_INT(n, formats[i] == EVENT_FORMAT_SYSLOG);
		CHECK_INT(lost, 1 + (formats[i] != EVENT_FORMAT_SYSLOG &&
				     formats[i] != EVENT_FORMAT_CSV));
	}
	buf_done(&text);
}

TEST(decoders_priority_bounds)
{
	uint64_t lost;

	CHECK_INT(count_events(SV("<191>a: b\n"), EVENT_FORMAT_SYSLOG, &lost), 1);
	CHECK_INT(count_events(SV("<192>a: b\n"), EVENT_FORMAT_SYSLOG, &lost), 0);
	CHECK_INT(lost, 1);
}

/* A list that begins later than this is an object's own. */
TEST(decoders_wrapper_bounds)
{
	struct buf text;
	uint64_t lost;

	for (int far = 0; far < 2; far++) {
		buf_init(&text, 1 << 20);
		buf_put_sv(&text, SV("{\"x\":\""));
		for (int i = 0; i < (far ? 4096 : 4000); i++)
			buf_put_char(&text, 'x');
		buf_put_sv(&text, SV("\",\"Records\":[{\"n\":1},{\"n\":2}]}"));
		CHECK_INT(count_events(buf_sv(&text), EVENT_FORMAT_AUTO, &lost), far ? 1 : 2);
		CHECK_INT(lost, 0);
		buf_done(&text);
	}
}
