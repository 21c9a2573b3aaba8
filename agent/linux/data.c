#include "agent/linux/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define IDENTITY_BYTES_MAX 8192
#define REMOVE_DEPTH_MAX 3 /* courier/spool/files */

int data_paths_make(const char *folder, struct data_paths *ret, struct err *err)
{
	const struct {
		char *to;
		const char *name;
	} row[] = {
		{ ret->identity, "/agent.json" }, { ret->state, "/state.json" },
		{ ret->status, "/status.json" }, { ret->rules, "/isolation.nft" },
		{ ret->lock, "/lock" }, { ret->triage, "/triage" }, { ret->courier, "/courier" },
	};

	/* Absolute: processes of the agent stand in different folders. */
	if (!realpath(folder, ret->folder)) {
		if (errno != ENOENT)
			return err_errno(err, errno, "%s", folder);
		err_set(err, ERR_NOT_FOUND, "%s: there is no such folder", folder);
		return err_hint(err, "enrol this host first: hikeshi-agent enrol --help");
	}
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (snprintf(row[i].to, PATH_MAX, "%s%s", ret->folder, row[i].name) >= PATH_MAX - 64)
			return err_set(err, ERR_RANGE, "%s: the path is too long", folder);
	return 0;
}

int data_identity_load(const struct data_paths *paths, struct agent_identity *ret, struct err *err)
{
	struct buf buf;
	int result;

	buf_init(&buf, IDENTITY_BYTES_MAX);
	result = file_read(paths->identity, &buf, err);
	if (result == 0)
		result = agent_identity_parse(buf_sv(&buf), ret, err);
	if (result < 0) {
		const bool missing = err && err->code == ERR_NOT_FOUND;

		err_wrap(err, "%s", paths->identity);
		err_hint(err, missing ? "enrol this host first: hikeshi-agent enrol --help"
				      : "enrol this host again: its file of identity is damaged");
	}
	buf_done(&buf);
	return result;
}

int data_lock(const struct data_paths *paths, int *ret_fd, pid_t *ret_pid, struct err *err)
{
	char text[32];
	uint64_t pid = 0;
	ssize_t n;
	const int fd = open(paths->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(err, errno, "opening %s", paths->lock);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		n = read(fd, text, sizeof text);
		if (n > 0)
			sv_to_u64(sv_trim((struct sv){ text, (size_t)n }), &pid);
		close(fd);
		*ret_pid = (pid_t)pid;
		err_set(err, ERR_CONFLICT, "an agent runs with this folder (process %llu)",
			(unsigned long long)pid);
		return err_hint(err, "end it first, or use another --data");
	}
	n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		err_errno(err, errno, "writing %s", paths->lock);
		close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

int data_write_fast(const char *path, struct sv content, mode_t mode, struct err *err)
{
	char next[PATH_MAX + 8];
	int fd;

	snprintf(next, sizeof next, "%s.new", path);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_errno(err, errno, "opening %s", next);
	if (write(fd, content.p, content.n) != (ssize_t)content.n || fchmod(fd, mode) < 0) {
		err_errno(err, errno ? errno : EIO, "writing %s", next);
		close(fd);
		return -1;
	}
	close(fd);
	return rename(next, path) < 0 ? err_errno(err, errno, "renaming %s", next) : 0;
}

/* ---- removing ---- */

/* All that lies in a folder of ours, links never followed. */
static void remove_below(int parent, const char *name, unsigned depth)
{
	const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *entry;
	DIR *folder;

	if (fd < 0)
		return;
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return;
	}
	while ((entry = readdir(folder))) {
		const struct sv file = sv_from(entry->d_name);

		if (sv_eq(file, SV(".")) || sv_eq(file, SV("..")))
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0 && errno == EISDIR && depth > 0)
			remove_below(fd, entry->d_name, depth - 1);
	}
	closedir(folder);
	unlinkat(parent, name, AT_REMOVEDIR);
}

int data_remove(const struct data_paths *paths, struct err *err)
{
	static const char *const file[] = {
		"agent.json", "state.json", "state.json.new", "status.json", "status.json.new",
		"isolation.nft", "isolation.nft.new", "lock",
	};
	const int fd = open(paths->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "opening %s", paths->folder);
	remove_below(fd, "courier", REMOVE_DEPTH_MAX);
	remove_below(fd, "triage", REMOVE_DEPTH_MAX);
	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		if (unlinkat(fd, file[i], 0) < 0 && errno != ENOENT) {
			err_errno(err, errno, "removing %s/%s", paths->folder, file[i]);
			close(fd);
			return -1;
		}
	close(fd);
	/* What others put there stays. */
	if (rmdir(paths->folder) < 0 && errno != ENOTEMPTY && errno != EBUSY && errno != EACCES &&
	    errno != EEXIST)
		return err_errno(err, errno, "removing %s", paths->folder);
	return 0;
}

/* ---- the courier ---- */

uid_t courier_uid(gid_t *ret_gid)
{
	static const char *const name[] = { COURIER_USER, "hikeshi" };
	struct users *users;
	uint32_t uid = 0, gid;

	*ret_gid = 0;
	if (geteuid() != 0)
		return 0;
	/* Not by the system's name service: it would load strangers' libraries here. */
	users = users_new("/etc/passwd");
	for (size_t i = 0; i < sizeof name / sizeof *name && uid == 0; i++)
		if (!users_find(users, sv_from(name[i]), &uid, &gid))
			uid = 0;
	users_free(users);
	*ret_gid = uid ? gid : COURIER_UID;
	return uid ? uid : COURIER_UID;
}

int program_beside(const char *name, char ret[static PATH_MAX], struct err *err)
{
	char folder[PATH_MAX];
	static const char *const place[] = { "/../libexec/hikeshi/", "/../lib/hikeshi/", "/" };

	file_program_folder(folder);
	for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
		if (snprintf(ret, PATH_MAX, "%s%s%s", folder, place[i], name) >= PATH_MAX)
			continue;
		if (access(ret, X_OK) == 0)
			return 0;
	}
	err_set(err, ERR_NOT_FOUND, "%s: not in ../libexec/hikeshi beside this program", name);
	return err_hint(err, "install the agent anew: its programs belong together");
}
