#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "event/event.h"

/* Opens text as a file; *ret_fd must be closed behind the reader. */
static struct event_reader *open_text(struct sv text, enum event_format format, int *ret_fd,
				      struct err *err)
{
	char path[64] = "/tmp/event-reader-XXXXXX";
	const int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0)
		abort();
	for (size_t done = 0; done < text.n;) {
		const ssize_t n = write(fd, text.p + done, text.n - done);

		if (n <= 0)
			abort();
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	*ret_fd = fd;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return event_reader_open(path, format, err);
}

/*
 * What a reader gives, one word for each call: the text of the field n with
 * its record's number, or !.
 */
static void listing(struct event_reader *reader, struct buf *buf)
{
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record;
	int more;

	buf_clear(buf);
	for (size_t i = 0; i < 10000 && (more = event_reader_next(reader, &event, &record, &err));
	     i++) {
		if (more < 0)
			buf_put_sv(buf, SV(" !"));
		else
			buf_printf(buf, " %llu:%.*s", (unsigned long long)record,
				   SV_ARG(event_text(&event, SV("n"))));
	}
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 0);
}

static const struct {
	enum event_format format;
	unsigned lost;
	const char *what;
	struct sv text;
	const char *list; /* NULL: cannot be opened */
} files[] = {
#define FILE_ROW(what, format, text, list, lost)                                                   \
	{                                                                                          \
		EVENT_FORMAT_##format, lost, what, SV(text), list                                  \
	}
	FILE_ROW("empty", AUTO, "", "", 0),
	FILE_ROW("white space", AUTO, " \r\n\t\n", "", 0),
	FILE_ROW("one line", AUTO, "{\"n\":1}", " 1:1", 0),
	FILE_ROW("lines", AUTO, "{\"n\":1}\n{\"n\":2}\n", " 1:1 2:2", 0),
	FILE_ROW("lines of Windows, blank ones", AUTO, "{\"n\":1}\r\n\r\n  \n{\"n\":2}\r\n",
		 " 1:1 2:2", 0),
	FILE_ROW("byte order mark", AUTO, "\xef\xbb\xbf{\"n\":1}\n{\"n\":2}", " 1:1 2:2", 0),
	FILE_ROW("a bad line in the middle", AUTO, "{\"n\":1}\n{\"n\":\n{\"n\":3}\n", " 1:1 ! 3:3",
		 1),
	FILE_ROW("the first line is bad", AUTO, "{\"n\":\n{\"n\":2}\n", " ! 2:2", 1),
	FILE_ROW("the last line is cut", AUTO, "{\"n\":1}\n{\"n\":", " 1:1 !", 1),
	FILE_ROW("a line that is no object", AUTO, "{\"n\":1}\n[1]\n7\n{\"n\":4}\n", " 1:1 ! ! 4:4",
		 2),
	FILE_ROW("two on a line of lines", NDJSON, "{\"n\":1}{\"n\":2}\n{\"n\":3}\n", " ! 2:3", 1),
	FILE_ROW("two on a line", AUTO, "{\"n\":1}{\"n\":2} {\"n\":3}", " 1:1 2:2 3:3", 0),
	FILE_ROW("over several lines", AUTO, "{\n  \"n\": 1\n}\n{\n  \"n\": 2\n}\n", " 1:1 2:2", 0),
	FILE_ROW("over several lines, name first", AUTO, "{\"n\":\n1}\n{\"n\":\n2}\n", " 1:1 2:2",
		 0),
	FILE_ROW("array", AUTO, "[{\"n\":1},\n{\"n\":2}]\n", " 1:1 2:2", 0),
	FILE_ROW("array, empty", AUTO, "[ ]", "", 0),
	FILE_ROW("array, pretty", AUTO, " [\n  {\n    \"n\": 1\n  },\n  {\n    \"n\": 2\n  }\n]",
		 " 1:1 2:2", 0),
	FILE_ROW("array that is cut", AUTO, "[{\"n\":1},{\"n\":2", " 1:1 !", 1),
	FILE_ROW("braces and quotes in texts", JSON,
		 "{\"n\":\"}{\\\"\"}{\"n\":\"\\\\\"}{\"n\":\"[\"}", " 1:}{\" 2:\\ 3:[", 0),
	FILE_ROW("an object that is wrong", JSON, "{\"n\":1}{\"n\":x}{\"n\":3}", " 1:1 ! 3:3", 1),
	FILE_ROW("garbage between", JSON, "{\"n\":1} garbage, 7 {\"n\":3}", " 1:1 ! 3:3", 1),
	FILE_ROW("garbage at the end", JSON, "{\"n\":1} x", " 1:1 !", 1),
	FILE_ROW("an object does not end", JSON, "{\n\"n\":1\n}\n{\n\"n\":\n{\n\"n\":3\n}\n",
		 " 1:1 ! 3:3", 1),
	FILE_ROW("only an opening", AUTO, "{", " !", 1),
	FILE_ROW("UTF-16", AUTO, "\xff\xfe{\0}\0", NULL, 0),
	FILE_ROW("gzip", AUTO, "\x1f\x8b\x08\x00", NULL, 0),
	FILE_ROW("XML", AUTO, "<?xml version=\"1.0\"?>", NULL, 0),
	FILE_ROW("text", AUTO, "hello\n", NULL, 0),
	FILE_ROW("forced to EVTX", EVTX, "{\"n\":1}", NULL, 0),
#undef FILE_ROW
};

TEST(reader_files)
{
	struct buf buf;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const bool before = test_failed;
		struct event_reader_progress progress;
		struct event_reader *reader;
		struct err err = ERR_INIT;
		int fd;

		test_failed = false;
		reader = open_text(files[i].text, files[i].format, &fd, &err);
		CHECK((reader != NULL) == (files[i].list != NULL));
		if (!reader) {
			CHECK(err.code == ERR_FORMAT && err.hint[0]);
		} else {
			listing(reader, &buf);
			CHECK_SV(buf.n ? buf_sv(&buf) : SV(""), sv_from(files[i].list));
			progress = event_reader_progress(reader);
			CHECK_INT(progress.lost, files[i].lost);
			CHECK_INT(progress.bytes_total, files[i].text.n);
			CHECK_INT(progress.bytes_read, files[i].text.n);
			CHECK_INT(progress.damaged, 0);
		}
		if (test_failed)
			printf("# in: %s (%s)\n", files[i].what, err.text);
		test_failed |= before;
		event_reader_close(reader);
		close(fd);
	}
	buf_done(&buf);
}

TEST(reader_refuses)
{
	struct err err = ERR_INIT;

	CHECK(event_reader_open("/nonexistent/file", EVENT_FORMAT_AUTO, &err) == NULL);
	CHECK(err.code == ERR_IO || err.code == ERR_NOT_FOUND);
	CHECK(event_reader_open("/tmp", EVENT_FORMAT_AUTO, &err) == NULL);
	CHECK_STR(err.text, "/tmp: is a folder");
}

static void put_line(struct buf *buf, size_t n, const char *end)
{
	buf_put_sv(buf, SV("{\"n\":\""));
	for (size_t i = 8; i < n; i++)
		buf_put_char(buf, 'x');
	buf_put_sv(buf, SV("\"}"));
	buf_put_sv(buf, sv_from(end));
}

/* The longest record is read, one byte more is lost, alone. */
TEST(reader_longest)
{
	static const struct {
		enum event_format format;
		const char *end;
	} row[] = { { EVENT_FORMAT_NDJSON, "\n" },
		    { EVENT_FORMAT_NDJSON, "\r\n" },
		    { EVENT_FORMAT_JSON, "\n" },
		    { EVENT_FORMAT_AUTO, "\n" } };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct event event;
		struct event_reader *reader;
		struct err err = ERR_INIT;
		struct buf buf;
		uint64_t record = 0;
		int fd;

		buf_init(&buf, 64 << 20);
		put_line(&buf, EVENT_BYTES_MAX, row[i].end);
		put_line(&buf, 100, row[i].end);
		put_line(&buf, EVENT_BYTES_MAX + 1, row[i].end);
		put_line(&buf, 5 * EVENT_BYTES_MAX, row[i].end);
		put_line(&buf, 200, row[i].end);
		put_line(&buf, EVENT_BYTES_MAX, "");
		REQUIRE(!buf.full);
		reader = open_text(buf_sv(&buf), row[i].format, &fd, &err);
		REQUIRE(reader != NULL);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
		CHECK_INT(event.raw.n, EVENT_BYTES_MAX);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), -1);
		CHECK(err.code == ERR_TOO_LARGE);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), -1);
		CHECK(err.code == ERR_TOO_LARGE);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
		CHECK_INT(event.raw.n, 200);
		CHECK_INT(record, 5);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
		CHECK_INT(event.raw.n, EVENT_BYTES_MAX);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), 0);
		CHECK_INT(event_reader_progress(reader).lost, 2);
		event_reader_close(reader);
		close(fd);
		buf_done(&buf);
	}
}

/* Lines over every border of the reading, and more than the buffer holds. */
TEST(reader_many)
{
	static const enum event_format format[] = { EVENT_FORMAT_NDJSON, EVENT_FORMAT_JSON };
	const unsigned count = 20000;

	for (size_t i = 0; i < sizeof format / sizeof *format; i++) {
		struct event event;
		struct event_reader *reader;
		struct err err = ERR_INIT;
		struct buf buf;
		uint64_t record = 0, wrong = 0;
		int fd;

		buf_init(&buf, 64 << 20);
		for (unsigned k = 1; k <= count; k++) {
			buf_printf(&buf, "{\"n\":%u,\"x\":\"", k);
			for (unsigned x = 0; x < k * 7 % 191; x++)
				buf_put_char(&buf, 'x');
			buf_put_sv(&buf, k % 3 ? SV("\"}\n") : SV("\"}\r\n\n"));
		}
		reader = open_text(buf_sv(&buf), format[i], &fd, &err);
		REQUIRE(reader != NULL);
		for (unsigned k = 1; k <= count; k++) {
			uint64_t n = 0;

			REQUIRE(event_reader_next(reader, &event, &record, &err) == 1);
			wrong += !sv_to_u64(event_text(&event, SV("n")), &n) || n != k ||
				 record != k;
		}
		CHECK_INT(wrong, 0);
		CHECK_INT(event_reader_next(reader, &event, &record, &err), 0);
		event_reader_close(reader);
		close(fd);
		buf_done(&buf);
	}
}

/* From a pipe each line comes as soon as it is there. */
TEST(reader_pipe)
{
	struct event event;
	struct event_reader *reader;
	struct err err = ERR_INIT;
	uint64_t record = 0;
	char path[64];
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	REQUIRE(write(ends[1], "{\"n\":1}\n{\"n\":2}\n{\"n\"", 20) == 20);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	REQUIRE(reader != NULL);
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
	CHECK_SV(event_text(&event, SV("n")), SV("2"));
	REQUIRE(write(ends[1], ":3}\n", 4) == 4);
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 1);
	CHECK_SV(event_text(&event, SV("n")), SV("3"));
	CHECK_INT(event_reader_progress(reader).bytes_total, 0);
	close(ends[1]);
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 0);
	event_reader_close(reader);
	close(ends[0]);
}

/* So many broken objects are stepped over; behind one more the rest is lost. */
TEST(reader_resumes)
{
	for (unsigned broken = 256; broken <= 257; broken++) {
		struct event event;
		struct event_reader *reader;
		struct err err = ERR_INIT;
		struct buf buf;
		uint64_t record = 0;
		unsigned given = 0;
		int fd, more;

		buf_init(&buf, 1 << 20);
		for (unsigned i = 0; i < broken; i++)
			buf_put_sv(&buf, SV("{\n"));
		buf_put_sv(&buf, SV("{\"n\":1}\n"));
		reader = open_text(buf_sv(&buf), EVENT_FORMAT_JSON, &fd, &err);
		REQUIRE(reader != NULL);
		while ((more = event_reader_next(reader, &event, &record, &err)) != 0)
			given += more > 0;
		CHECK_INT(given, broken == 256);
		CHECK_INT(event_reader_progress(reader).lost, broken);
		event_reader_close(reader);
		close(fd);
		buf_done(&buf);
	}
}

/* A file made of broken objects costs time in proportion to its size. */
TEST(reader_broken_objects)
{
	struct event event;
	struct event_reader *reader;
	struct err err = ERR_INIT;
	struct buf buf;
	uint64_t record = 0, calls = 0;
	int fd;

	buf_init(&buf, 16 << 20);
	for (int i = 0; i < 1 << 20; i++)
		buf_put_sv(&buf, i % 2 ? SV("\n{}") : SV("\n{"));
	reader = open_text(buf_sv(&buf), EVENT_FORMAT_JSON, &fd, &err);
	REQUIRE(reader != NULL);
	while (event_reader_next(reader, &event, &record, &err) != 0)
		calls++;
	printf("# %llu calls\n", (unsigned long long)calls);
	CHECK(calls > 100);
	event_reader_close(reader);
	close(fd);
	buf_done(&buf);
}
