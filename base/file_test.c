#include "base/file.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static char folder[64];

static bool make_temporary(void)
{
	snprintf(folder, sizeof folder, "/tmp/hikeshi-file-XXXXXX");
	return mkdtemp(folder) != NULL;
}

static const char *in(const char *name)
{
	static char text[128];

	snprintf(text, sizeof text, "%s/%s", folder, name);
	return text;
}

TEST(write_and_read)
{
	struct err err = ERR_INIT;
	struct stat info;
	struct buf buf;
	const mode_t before = umask(077);

	REQUIRE(make_temporary());
	buf_init(&buf, 8);
	CHECK_INT(file_write(in("a"), SV("one"), 0644, &err), 0);
	CHECK_INT(file_write(in("a"), SV("two\0!"), 0640, &err), 0);
	CHECK(stat(in("a"), &info) == 0 && (info.st_mode & 07777) == 0640);
	CHECK_INT(file_read(in("a"), &buf, &err), 0);
	CHECK_SV(buf_sv(&buf), SV("two\0!"));
	CHECK_INT(file_read(in("a"), &buf, &err), -1); /* 5 + 5 > 8 */
	CHECK_INT(err.code, ERR_TOO_LARGE);
	CHECK_INT(buf.n, 5);
	buf_clear(&buf);
	CHECK_INT(file_write(in("a"), SV("exactly8"), 0600, &err), 0);
	CHECK_INT(file_read(in("a"), &buf, &err), 0);
	buf_clear(&buf);
	CHECK_INT(file_write(in("a"), SV(""), 0600, &err), 0);
	CHECK_INT(file_read(in("a"), &buf, &err), 0);
	CHECK_INT(buf.n, 0);
	buf_done(&buf);
	umask(before);
	unlink(in("a"));
	CHECK_INT(rmdir(folder), 0); /* nothing temporary is left */
}

TEST(errors_name_the_file)
{
	struct err err = ERR_INIT;
	struct buf buf;

	REQUIRE(make_temporary());
	buf_init(&buf, 100);
	CHECK_INT(file_read("/nonexistent/x", &buf, &err), -1);
	CHECK_INT(err.code, ERR_NOT_FOUND);
	CHECK_STR(err.text, "reading /nonexistent/x: there is no such file");
	CHECK_INT(file_read(folder, &buf, &err), -1);
	CHECK_INT(err.code, ERR_IO);
	CHECK_INT(file_write("/nonexistent/x", SV("a"), 0600, &err), -1);
	CHECK_INT(err.code, ERR_NOT_FOUND);
	CHECK_INT(file_write("/dev/full/x", SV("a"), 0600, &err), -1);
	/* A folder cannot be replaced by a file; what was written beside it goes away. */
	REQUIRE(mkdir(in("d"), 0700) == 0);
	CHECK_INT(file_write(in("d"), SV("a"), 0600, &err), -1);
	rmdir(in("d"));
	CHECK_INT(rmdir(folder), 0);
	buf_done(&buf);
}

/* In a child with a file system of its own of 64 KiB. */
static int fill_the_disk(void)
{
	char big[65536 + 4096] = { 1 };
	struct err err = ERR_INIT;
	struct buf buf;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", folder, "tmpfs", 0, "size=64k") < 0)
		return 77;
	if (file_write(in("a"), SV("old"), 0600, &err) < 0)
		return 1;
	if (file_write(in("a"), (struct sv){ big, sizeof big }, 0600, &err) == 0 ||
	    err.code != ERR_FULL)
		return 2;
	buf_init(&buf, 10);
	if (file_read(in("a"), &buf, &err) < 0 || !sv_eq(buf_sv(&buf), SV("old")))
		return 3;
	buf_done(&buf);
	/* Nothing temporary takes the room: the next one fits again. */
	return file_write(in("a"), SV("new"), 0600, &err) == 0 && unlink(in("a")) == 0 &&
			       rmdir(in("")) < 0 && errno == EBUSY
		       ? 0
		       : 4;
}

TEST(a_full_disk_leaves_the_old_file)
{
	int status = 0;
	pid_t pid;

	REQUIRE(make_temporary());
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(fill_the_disk());
	waitpid(pid, &status, 0);
	CHECK_INT(rmdir(folder), 0);
	if (WEXITSTATUS(status) == 77)
		SKIP("may not mount a file system of its own");
	CHECK_INT(status, 0);
}

TEST(folders)
{
	struct err err = ERR_INIT;
	struct stat info;

	REQUIRE(make_temporary());
	CHECK_INT(file_make_folder(in("a//b/c/"), 0750, &err), 0);
	CHECK(stat(in("a/b/c"), &info) == 0 && (info.st_mode & 07777) == 0750);
	CHECK(stat(in("a"), &info) == 0 && (info.st_mode & 07777) == 0750);
	CHECK_INT(file_make_folder(in("a/b/c"), 0700, &err), 0);
	CHECK(stat(in("a/b/c"), &info) == 0 && (info.st_mode & 07777) == 0750);
	CHECK_INT(file_write(in("a/f"), SV("x"), 0600, &err), 0);
	CHECK_INT(file_make_folder(in("a/f"), 0700, &err), -1);
	CHECK_INT(err.code, ERR_CONFLICT);
	CHECK_INT(file_make_folder(in("a/f/g"), 0700, &err), -1);
	CHECK_INT(file_make_folder("", 0700, &err), -1);
	CHECK_INT(file_sync_folder(in("a"), &err), 0);
	CHECK_INT(file_sync_folder(in("z"), &err), -1);
	unlink(in("a/f"));
	rmdir(in("a/b/c"));
	rmdir(in("a/b"));
	rmdir(in("a"));
	CHECK_INT(rmdir(folder), 0);
}

TEST(program_folder)
{
	char text[PATH_MAX];

	CHECK(file_program_folder(text)[0] == '/');
	CHECK(text[strlen(text) - 1] != '/');
}
