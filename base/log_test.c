#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

#define LINE_MAX_BYTES 8192

/* What one call writes; the caller frees it. */
static char *written(int fd, size_t *ret_n)
{
	char *text = mem_zalloc(65536);
	const ssize_t n = pread(fd, text, 65535, 0);

	*ret_n = n > 0 ? (size_t)n : 0;
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return text;
}

TEST(one_object_a_line)
{
	FILE *file = tmpfile();
	struct log log = { fileno(file), LOG_INFO, "hikeshi-test" };
	struct err err = ERR_INIT;
	size_t n;
	char *text;

	errno = 42;
	log_line(&log, LOG_WARNING, "a \"message\"\n", LOG_STR("file", "火"), LOG_INT("count", -3),
		 LOG_TEXT("bytes", SV("a\xff")));
	CHECK_INT(errno, 42);
	text = written(log.fd, &n);
	CHECK(strncmp(text, "{\"time\":\"20", 11) == 0);
	CHECK(strstr(
		text,
		"Z\",\"level\":\"warning\",\"program\":\"hikeshi-test\",\"message\":\"a "
		"\\\"message\\\"\\n\",\"file\":\"火\",\"count\":-3,\"bytes\":\"a\xef\xbf\xbd\"}\n"));
	free(text);

	log_line(&log, LOG_DEBUG, "too detailed");
	log_line(NULL, LOG_ERROR, "nowhere");
	text = written(log.fd, &n);
	CHECK_INT(n, 0);
	free(text);

	err_set(&err, ERR_NOT_FOUND, "no x");
	err_hint(&err, "make x");
	log_error(&log, LOG_ERROR, "failed", &err);
	text = written(log.fd, &n);
	CHECK(strstr(
		text,
		"\"message\":\"failed\",\"code\":\"not_found\",\"error\":\"no x\",\"hint\":\"make x\"}\n"));
	free(text);
	fclose(file);
}

TEST(long_lines_are_cut_with_a_mark)
{
	FILE *file = tmpfile();
	struct log log = { fileno(file), LOG_DEBUG, "t" };
	char *japanese = mem_zalloc(30001), *controls = mem_alloc(3000), *text;
	size_t n;

	for (int i = 0; i < 10000; i++)
		memcpy(japanese + 3L * i, "火", 3);
	memset(controls, 1, 3000);
	log_line(&log, LOG_INFO, japanese, LOG_STR("a", japanese), LOG_STR("b", japanese),
		 LOG_TEXT("c", ((struct sv){ controls, 3000 })), LOG_STR("d", "small"),
		 LOG_INT("e", 5));
	text = written(log.fd, &n);
	CHECK(n <= LINE_MAX_BYTES);
	CHECK(sv_is_utf8((struct sv){ text, n }));
	CHECK(strstr(text, "\"d\":\"small\",\"e\":5,\"cut\":true}\n"));
	CHECK(!strstr(text, "\"c\":")); /* it did not fit at all: six bytes for each */
	free(text);
	free(japanese);
	free(controls);
	fclose(file);
}

TEST(nowhere_to_write_is_no_error)
{
	struct log log = { -1, LOG_DEBUG, "t" };
	int end[2];

	log_line(&log, LOG_ERROR, "x");
	REQUIRE(pipe2(end, O_CLOEXEC | O_NONBLOCK) == 0);
	log.fd = end[1];
	for (int i = 0; i < 5000; i++) /* fills the pipe; must not block */
		log_line(&log, LOG_ERROR, "x", LOG_STR("y", "zzzzzzzzzzzzzzzzzzzzzzzzzzz"));
	close(end[0]);
	close(end[1]);
}
