#include "base/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/test.h"

TEST(widths)
{
	static const struct {
		const char *text;
		size_t columns;
	} row[] = {
		{ "", 0 },	    { "abc", 3 },      { "火消し", 6 },
		{ "ｱｲｳ", 3 },	    { "ＡＢ", 4 },     { "か\xe3\x82\x99", 2 },
		{ "e\xcc\x81", 1 }, { "a\tb", 2 },     { "\033[0m", 3 },
		{ "髙﨑", 4 },	    { "①", 1 },	       { "😀", 2 },
		{ "\xff\xfe", 2 },  { "\xe7\x81", 2 }, { "한국", 4 },
		{ "…", 1 },	    { "𠮷", 2 },       { "葛\xf3\xa0\x84\x80", 2 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_INT(terminal_width(sv_from(row[i].text)), row[i].columns);
}

TEST(cut_and_pad)
{
	struct buf buf;

	CHECK_SV(terminal_cut(SV("火消し"), 5), SV("火消"));
	CHECK_SV(terminal_cut(SV("火消し"), 6), SV("火消し"));
	CHECK_SV(terminal_cut(SV("火消し"), 1), SV(""));
	CHECK_SV(terminal_cut(SV("e\xcc\x81x"), 1), SV("e\xcc\x81"));
	CHECK_SV(terminal_cut(SV("\xff\xff"), 1), SV("\xff"));
	buf_init(&buf, 100);
	terminal_pad(&buf, SV("火消し"), 5);
	buf_put_char(&buf, '|');
	terminal_pad(&buf, SV("ab"), 4);
	buf_put_char(&buf, '|');
	CHECK_SV(buf_sv(&buf), SV("火消 |ab  |"));
	buf_done(&buf);
}

TEST(progress_lines)
{
	static const struct {
		uint64_t done, total, count, elapsed_us;
		size_t columns;
		const char *want;
	} row[] = {
		{ 50, 100, 1234567, 10000000, 80,
		  "記録 [#################..................]  50%  1,234,567  123,456/s  left 0:10" },
		{ 50, 100, 7, 10000000, 40, "記録 [####.....]  50%  7  0/s  left 0:10" },
		{ 100, 100, 7, 20000000, 60,
		  "記録 [#############################] 100%  7  0/s  left 0:00" },
		{ 0, 0, 42, 2000000, 60, "記録  42  21/s" },
		{ 0, 100, 0, 0, 40, "記録 [.........................]   0%  0" },
		{ 1, 4000, 10, 10000000, 30, "記録   0%  10  1/s  left 11:06" },
		{ 5, 3, 1, 0, 20, "記録 100%  1" },
		{ 1, 2, 1, 0, 3, "記" },
	};
	struct buf buf;

	buf_init(&buf, 400);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		buf_clear(&buf);
		progress_format(&buf, "記録", row[i].done, row[i].total, row[i].count,
				row[i].elapsed_us, row[i].columns);
		CHECK_SV(buf_sv(&buf), sv_from(row[i].want));
		CHECK(terminal_width(buf_sv(&buf)) <= row[i].columns);
	}
	buf_done(&buf);
}

TEST(nothing_is_nothing)
{
	CHECK(!progress_new(NULL, "x"));
	progress_update(NULL, 1, 2, 3);
	progress_clear(NULL);
	progress_free(NULL);
}

TEST(on_a_terminal_it_is_drawn_and_taken_away)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize size = { .ws_row = 24, .ws_col = 50 };
	struct progress *progress;
	char name[64], seen[4096];
	ssize_t n;
	FILE *to;

	REQUIRE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	REQUIRE(ptsname_r(master, name, sizeof name) == 0);
	/* It must not become the terminal that controls this test. */
	to = fdopen(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), "r+");
	REQUIRE(to);
	ioctl(master, TIOCSWINSZ, &size);
	progress = progress_new(to, "Events");
	progress_update(progress, 1, 2, 1); /* too early */
	usleep(150000);
	progress_update(progress, 1, 2, 1);
	progress_free(progress);
	n = read(master, seen, sizeof seen - 1);
	REQUIRE(n > 0);
	seen[n] = '\0';
	CHECK(strncmp(seen, "\rEvents [", 9) == 0);
	CHECK(strstr(seen, "  50%  1  "));
	CHECK(strstr(seen, "\033[K\r\033[K"));
	CHECK(strlen(seen) <= 1 + 49 + 3 + 4);
	fclose(to);
	close(master);
}

TEST(elsewhere_nothing_for_ten_seconds)
{
	FILE *to = tmpfile();
	struct progress *progress;

	REQUIRE(to);
	progress = progress_new(to, "Events");
	for (int i = 0; i < 1000; i++)
		progress_update(progress, 1, 2, 1);
	progress_free(progress);
	CHECK_INT(ftell(to), 0);
	fclose(to);
}
