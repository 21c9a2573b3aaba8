#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "centre/layout.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

struct fixture {
	char root[64];
	struct arena *arena;
	struct layout layout;
	struct err err;
};

static void start(struct fixture *f)
{
	*f = (struct fixture){ .root = "/tmp/layout_test.XXXXXX", .arena = arena_new(1 << 20),
			       .err = ERR_INIT };
	CHECK(mkdtemp(f->root) != NULL);
}

static void stop(struct fixture *f)
{
	arena_free(f->arena);
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

TEST(folders_and_their_modes)
{
	struct fixture f;
	char data[128];

	start(&f);
	snprintf(data, sizeof data, "%s/data", f.root);
	for (int i = 0; i < 2; i++) { /* again is fine */
		REQUIRE(layout_open(data, f.arena, &f.layout, &f.err) == 0);
		CHECK_STR(f.layout.root, data);
		CHECK_INT(mode_of(f.layout.root), 0711);
		CHECK_INT(mode_of(f.layout.key), 0700);
		CHECK_INT(mode_of(f.layout.store), 0700);
		CHECK_INT(mode_of(f.layout.nginx), 0711);
		CHECK_INT(mode_of(f.layout.run), 0711);
		CHECK(chmod(f.layout.key, 0777) == 0); /* is put right */
	}
	stop(&f);
}

TEST(what_cannot_be_a_data_directory)
{
	struct fixture f;
	char path[256];

	start(&f);
	snprintf(path, sizeof path, "%s/missing/data", f.root);
	CHECK_INT(layout_open(path, f.arena, &f.layout, &f.err), -1);
	CHECK(f.err.hint[0] != '\0');
	snprintf(path, sizeof path, "%s/file", f.root);
	fclose(fopen(path, "w"));
	CHECK_INT(layout_open(path, f.arena, &f.layout, &f.err), -1);
	snprintf(path, sizeof path, "%s/link", f.root);
	CHECK(symlink("/tmp", path) == 0);
	CHECK_INT(layout_open(path, f.arena, &f.layout, &f.err), -1);
	CHECK_INT(f.err.code, ERR_USAGE);
	/* as long as a socket's name can be, and one byte more */
	for (size_t extra = 0; extra < 2; extra++) {
		const size_t n = strlen(f.root);

		snprintf(path, sizeof path, "%s/", f.root);
		memset(path + n + 1, 'x', LAYOUT_ROOT_MAX - n - 1 + extra);
		path[LAYOUT_ROOT_MAX + extra] = '\0';
		CHECK_INT(layout_open(path, f.arena, &f.layout, &f.err), extra ? -1 : 0);
	}
	CHECK_INT(f.err.code, ERR_RANGE);
	stop(&f);
}

TEST(reaching)
{
	struct fixture f;
	char a[128], b[128];

	start(&f); /* mkdtemp: 0700 */
	snprintf(a, sizeof a, "%s/a", f.root);
	snprintf(b, sizeof b, "%s/a/b", f.root);
	CHECK(mkdir(a, 0711) == 0 && mkdir(b, 0755) == 0);
	CHECK(layout_reaches(b, getuid(), getgid()));
	CHECK(!layout_reaches(b, 54321, 54321));
	CHECK(chmod(f.root, 0711) == 0);
	CHECK(layout_reaches(b, 54321, 54321));
	CHECK(chmod(a, 0710) == 0);
	CHECK(!layout_reaches(b, 54321, 54321));
	CHECK(layout_reaches(b, 54321, getgid()));
	CHECK(layout_reaches("/", 54321, 54321));
	CHECK(!layout_reaches("/nowhere/at/all", 54321, 54321));
	stop(&f);
}

TEST(reading)
{
	struct fixture f;
	struct sv text = SV_NONE;
	char path[128];
	FILE *file;

	start(&f);
	snprintf(path, sizeof path, "%s/file", f.root);
	CHECK_INT(layout_read(path, 10, f.arena, &text, &f.err), -1);
	CHECK_INT(f.err.code, ERR_NOT_FOUND);
	file = fopen(path, "w");
	fputs("0123456789", file);
	fclose(file);
	CHECK_INT(layout_read(path, 9, f.arena, &text, &f.err), -1);
	CHECK_INT(f.err.code, ERR_TOO_LARGE);
	CHECK(text.p == NULL);
	CHECK_INT(layout_read(path, 10, f.arena, &text, &f.err), 0);
	CHECK_SV(text, SV("0123456789"));
	stop(&f);
}
