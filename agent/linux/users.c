#include "agent/linux/linux.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* The file is looked at again at most so often. */
#define USERS_FRESH_US UINT64_C(2000000)
#define USERS_BYTES_MAX (1U << 20)

struct user {
	uint32_t uid, gid;
	struct sv name, home, shell;
};

struct users {
	char *path;
	struct buf text;
	struct user *user;
	size_t count;
	uint64_t looked_us;
	struct timespec changed;
};

struct users *users_new(const char *path)
{
	struct users *users = mem_zalloc(sizeof *users);

	users->path = mem_dup(path);
	buf_init(&users->text, USERS_BYTES_MAX);
	return users;
}

void users_free(struct users *users)
{
	if (!users)
		return;
	free(users->path);
	free(users->user);
	buf_done(&users->text);
	free(users);
}

static void parse(struct users *users)
{
	struct sv rest = buf_sv(&users->text);

	users->count = 0;
	while (rest.n > 0 && users->count < USERS_MAX) {
		struct sv line = sv_cut(&rest, '\n');
		struct user user = { .name = sv_cut(&line, ':') };
		uint64_t uid, gid;

		sv_cut(&line, ':'); /* x */
		if (!sv_to_u64(sv_cut(&line, ':'), &uid) || uid > UINT32_MAX || user.name.n == 0)
			continue;
		if (!sv_to_u64(sv_cut(&line, ':'), &gid) || gid > UINT32_MAX)
			continue;
		sv_cut(&line, ':'); /* comment */
		user.uid = (uint32_t)uid;
		user.gid = (uint32_t)gid;
		user.home = sv_cut(&line, ':');
		user.shell = line;
		if (users->count % 16 == 0)
			users->user = mem_realloc(users->user, users->count + 16, sizeof *users->user);
		users->user[users->count++] = user;
	}
}

static void refresh(struct users *users)
{
	const uint64_t now = clock_monotonic_us();
	char block[4096];
	struct stat stat;
	ssize_t n;
	int fd;

	if (users->looked_us && now - users->looked_us < USERS_FRESH_US)
		return;
	users->looked_us = now;
	fd = open(users->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) &&
	    (stat.st_mtim.tv_sec != users->changed.tv_sec ||
	     stat.st_mtim.tv_nsec != users->changed.tv_nsec)) {
		users->changed = stat.st_mtim;
		buf_clear(&users->text);
		while ((n = read(fd, block, sizeof block)) > 0)
			buf_put(&users->text, block, (size_t)n);
		parse(users);
	}
	close(fd);
}

struct sv users_name(struct users *users, uint32_t uid)
{
	refresh(users);
	for (size_t i = 0; i < users->count; i++)
		if (users->user[i].uid == uid)
			return users->user[i].name;
	return SV_NONE;
}

bool users_find(struct users *users, struct sv name, uint32_t *ret_uid, uint32_t *ret_gid)
{
	refresh(users);
	for (size_t i = 0; i < users->count; i++)
		if (sv_eq(users->user[i].name, name)) {
			*ret_uid = users->user[i].uid;
			*ret_gid = users->user[i].gid;
			return true;
		}
	return false;
}

size_t users_homes(struct users *users, struct sv *ret, size_t max)
{
	size_t count = 0;

	refresh(users);
	for (size_t i = 0; i < users->count && count < max; i++) {
		const struct user *user = &users->user[i];

		if (user->home.n > 1 && user->home.p[0] == '/' &&
		    !sv_ends(user->shell, SV("/nologin")) && !sv_ends(user->shell, SV("/false")))
			ret[count++] = user->home;
	}
	return count;
}
