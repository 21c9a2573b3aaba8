#include "agent/linux/archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/linux/testing.h"
#include "base/mem.h"
#include "base/test.h"

static const struct instant at = { INT64_C(1795000000000000) };

/* Runs a command with the archive's folder as $D. */
static int sh_in(const char *folder, const char *command)
{
	char line[1000];

	snprintf(line, sizeof line, "D=%s; %s", folder, command);
	return testing_sh(line);
}

TEST(others_can_read_the_archive_and_its_manifest_holds)
{
	char folder[] = "/tmp/hikeshi-archive-XXXXXX", path[64], name[ARCHIVE_NAME_MAX + 1];
	struct archive *archive;
	struct err err = ERR_INIT;
	struct stat found;

	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.tar.zst", folder);
	archive = archive_new(path, at, &err);
	REQUIRE(archive);
	CHECK(!archive_new(path, at, &err)); /* never over another one */
	archive_add(archive, "empty", SV(""));
	archive_add(archive, "hello.txt", SV("hello\n"));
	/* The longest name: 255 bytes, split at a slash. */
	memset(name, 'n', sizeof name - 1);
	name[154] = '/';
	name[255] = '\0';
	archive_add(archive, name, SV("long"));
	archive_add_file(archive, "files/etc/passwd", "/etc/passwd");
	archive_add_file(archive, "files/missing", "/nonexistent");
	archive_add_file(archive, "files/folder", "/etc");
	archive_add_file(archive, "files/device", "/dev/null");
	CHECK_INT(archive_finish(archive, &err), 0);
	archive_free(archive);
	CHECK_INT(stat(path, &found), 0);
	CHECK_INT(found.st_mode & 0777, 0600);
	CHECK_INT(sh_in(folder, "mkdir $D/x && zstd -dq < $D/a.tar.zst | tar -x -C $D/x"), 0);
	CHECK_INT(sh_in(folder, "cmp -s $D/x/files/etc/passwd /etc/passwd"), 0);
	CHECK_INT(sh_in(folder, "test \"$(cat $D/x/hello.txt)\" = hello"), 0);
	CHECK_INT(sh_in(folder, "test $(find $D/x -type f -name 'n*' | wc -l) = 1"), 0);
	CHECK_INT(sh_in(folder, "test $(find $D/x -type f | wc -l) = 5"), 0);
	/* Every digest of the manifest is that of the file. */
	CHECK_INT(sh_in(folder, "cd $D/x && test $(grep -o '\"sha256\"' manifest.json | wc -l) = 4 &&"
				" sed -n 's/.*\"name\":\"\\([^\"]*\\)\".*\"sha256\":\"\\([0-9a-f]*\\)\".*/\\2  \\1/p'"
				" manifest.json | sha256sum -c --quiet"), 0);
	sh_in(folder, "rm -rf $D");
}

TEST(the_archive_keeps_to_its_bounds)
{
	char folder[] = "/tmp/hikeshi-archive-XXXXXX", path[64], name[ARCHIVE_NAME_MAX + 2];
	char *big = mem_zalloc(ARCHIVE_BYTES_MAX + 1);
	struct archive *archive;
	struct err err = ERR_INIT;

	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.tar.zst", folder);
	archive = archive_new(path, at, &err);
	REQUIRE(archive);
	archive_add(archive, "too-big", (struct sv){ big, ARCHIVE_BYTES_MAX + 1 });
	archive_add(archive, "all", (struct sv){ big, ARCHIVE_BYTES_MAX });
	archive_add(archive, "one-more", SV("x"));
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	archive_add(archive, name, SV(""));
	name[101] = '\0'; /* nowhere to split */
	archive_add(archive, name, SV(""));
	for (int i = 0; i < ARCHIVE_FILES_MAX + 10; i++)
		archive_add(archive, "many", SV(""));
	CHECK_INT(archive_finish(archive, &err), 0);
	archive_free(archive);
	CHECK_INT(sh_in(folder, "zstd -dq < $D/a.tar.zst | tar -t | sort -u | tr '\\n' ' ' |"
				" grep -qx 'all manifest.json many '"), 0);
	CHECK_INT(sh_in(folder, "test $(zstd -dq < $D/a.tar.zst | tar -xO manifest.json | grep -c left_out) = 4"), 0);
	CHECK_INT(sh_in(folder, "test $(zstd -dq < $D/a.tar.zst | tar -xO manifest.json | grep -c name) = 2000"), 0);
	free(big);
	sh_in(folder, "rm -rf $D");
}

TEST(of_a_long_file_the_end_is_kept)
{
	char folder[] = "/tmp/hikeshi-archive-XXXXXX", path[64], log[64];
	struct archive *archive;
	struct err err = ERR_INIT;

	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.tar.zst", folder);
	snprintf(log, sizeof log, "%s/log", folder);
	sh_in(folder, "(echo beginning; head -c 4194304 /dev/zero; echo end) > $D/log");
	archive = archive_new(path, at, &err);
	REQUIRE(archive);
	archive_add_file(archive, "log", log);
	CHECK_INT(archive_finish(archive, &err), 0);
	archive_free(archive);
	CHECK_INT(sh_in(folder, "zstd -dq < $D/a.tar.zst | tar -xO log > $D/got;"
				" test $(stat -c %s $D/got) = 4194304 && tail -c 4 $D/got | grep -q end &&"
				" ! grep -q beginning $D/got"), 0);
	CHECK_INT(sh_in(folder, "zstd -dq < $D/a.tar.zst | tar -xO manifest.json | grep -q '\"whole\":4194318'"), 0);
	sh_in(folder, "rm -rf $D");
}

TEST(no_link_leads_out_of_a_folder)
{
	char folder[] = "/tmp/hikeshi-archive-XXXXXX", path[64];
	struct archive *archive;
	struct err err = ERR_INIT;
	int fd;

	REQUIRE(mkdtemp(folder));
	CHECK_INT(sh_in(folder, "mkdir $D/secret $D/home && echo hidden > $D/secret/key &&"
				" ln -s $D/secret $D/home/autostart && ln -s $D/secret/key $D/home/key"), 0);
	snprintf(path, sizeof path, "%s/home/autostart", folder);
	CHECK_INT(archive_open(path, O_RDONLY | O_DIRECTORY), -1);
	snprintf(path, sizeof path, "%s/secret", folder);
	fd = archive_open(path, O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0);
	close(fd);
	snprintf(path, sizeof path, "%s/a.tar.zst", folder);
	archive = archive_new(path, at, &err);
	REQUIRE(archive);
	snprintf(path, sizeof path, "%s/home/autostart/key", folder);
	archive_add_file(archive, "by-folder", path);
	snprintf(path, sizeof path, "%s/home/key", folder);
	archive_add_file(archive, "by-file", path);
	snprintf(path, sizeof path, "%s/secret/key", folder);
	archive_add_file(archive, "straight", path);
	CHECK_INT(archive_finish(archive, &err), 0);
	archive_free(archive);
	CHECK_INT(sh_in(folder, "zstd -dq < $D/a.tar.zst | tar -t | tr '\\n' ' ' | grep -qx 'straight manifest.json '"), 0);
	CHECK_INT(sh_in(folder, "test $(zstd -dq < $D/a.tar.zst | tar -xO manifest.json | grep -c 'cannot be read') = 2"), 0);
	sh_in(folder, "rm -rf $D");
}

TEST(an_archive_that_was_not_finished_is_removed)
{
	char folder[] = "/tmp/hikeshi-archive-XXXXXX", path[64];
	struct archive *archive;
	struct err err = ERR_INIT;

	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.tar.zst", folder);
	archive = archive_new(path, at, &err);
	REQUIRE(archive);
	archive_free(archive);
	CHECK(access(path, F_OK) < 0);
	rmdir(folder);
}
