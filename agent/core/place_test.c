#include "agent/agent.h"
#include "base/test.h"

TEST(places_are_found_by_path)
{
	static const struct {
		const char *path;
		enum place_kind kind;
	} row[] = {
		{ "/etc/crontab", PLACE_PERSISTENCE }, { "/etc/cron.d/x", PLACE_PERSISTENCE },
		{ "/var/spool/cron/crontabs/root", PLACE_PERSISTENCE },
		{ "/etc/systemd/system/a.service", PLACE_PERSISTENCE },
		{ "/home/a/.config/systemd/user/a.service", PLACE_PERSISTENCE },
		{ "/home/a/.ssh/authorized_keys", PLACE_PERSISTENCE },
		{ "/root/.bashrc", PLACE_PERSISTENCE }, { "/etc/ld.so.preload", PLACE_PERSISTENCE },
		{ "/etc/sudoers.d/x", PLACE_PERSISTENCE }, { "/etc/passwd", PLACE_PERSISTENCE },
		{ "/var/log/auth.log", PLACE_LOG }, { "/var/log/a/b", PLACE_LOG },
		{ "/home/a/.bash_history", PLACE_HISTORY },
		{ "/tmp/x", PLACE_PROGRAM }, { "/dev/shm/x", PLACE_PROGRAM },
		{ "/tmp/.bashrc", PLACE_PERSISTENCE }, /* the more exact row wins */
		{ "/etc/hosts", PLACE_NONE }, { "/var/logs/x", PLACE_NONE }, { "/home/a/x", PLACE_NONE },
		{ "", PLACE_NONE }, { "/", PLACE_NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (place_of(sv_from(row[i].path)) != row[i].kind) {
			printf("# %s\n", row[i].path);
			CHECK_INT(place_of(sv_from(row[i].path)), row[i].kind);
		}
}

TEST(paths_are_straightened)
{
	static const struct {
		const char *path, *want; /* NULL: refused */
	} row[] = {
		{ "/a/b", "/a/b" }, { "//a///b/", "/a/b" }, { "/a/./b/.", "/a/b" }, { "/a/../b", "/b" },
		{ "/a/b/../../c", "/c" }, { "/../../a", "/a" }, { "/", "/" }, { "/..", "/" },
		{ "/a/...", "/a/..." }, { "/a/.b", "/a/.b" }, { "a/b", NULL }, { "", NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[PLACE_PATH_MAX];
		size_t n = 0;

		CHECK(place_straighten(sv_from(row[i].path), text, &n) == (row[i].want != NULL));
		if (row[i].want)
			CHECK_SV(((struct sv){ text, n }), sv_from(row[i].want));
	}
}

TEST(paths_have_a_bound)
{
	char path[PLACE_PATH_MAX + 1], text[PLACE_PATH_MAX];
	size_t n;

	memset(path, 'x', sizeof path);
	path[0] = '/';
	CHECK(place_straighten((struct sv){ path, PLACE_PATH_MAX }, text, &n));
	CHECK_INT(n, PLACE_PATH_MAX);
	CHECK(!place_straighten((struct sv){ path, PLACE_PATH_MAX + 1 }, text, &n));
}

TEST(every_beginning_fits_the_kernels_key)
{
	/* linux/bpf/record.h: RECORD_PLACE_BYTES, RECORD_PLACES_MAX */
	CHECK(place_count <= 128);
	for (size_t i = 0; i < place_count; i++)
		CHECK(strlen(places[i].begin) <= 64);
}
