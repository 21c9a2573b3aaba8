#include "centre/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

static bool may_enter(const char *path, uid_t uid, gid_t gid)
{
	struct stat st;
	mode_t bit;

	if (stat(path, &st) != 0)
		return false;
	bit = st.st_uid == uid ? S_IXUSR : st.st_gid == gid ? S_IXGRP : S_IXOTH;
	return !S_ISDIR(st.st_mode) || (st.st_mode & bit) != 0;
}

bool layout_reaches(const char *path, uid_t uid, gid_t gid)
{
	char part[PATH_MAX];

	for (size_t i = 0; path[i] != '\0' && i + 1 < sizeof part; i++) {
		part[i] = path[i];
		part[i + 1] = '\0';
		if ((path[i + 1] == '/' || path[i + 1] == '\0' || i == 0) && !may_enter(part, uid, gid))
			return false;
	}
	return true;
}

static struct layout_owner find_owner(const char *root)
{
	struct layout_owner owner = { .drop = false, .uid = geteuid(), .gid = getegid() };
	const struct passwd *row = owner.uid == 0 ? getpwnam(LAYOUT_USER) : NULL;

	if (row != NULL && layout_reaches(root, row->pw_uid, row->pw_gid))
		owner = (struct layout_owner){ true, row->pw_uid, row->pw_gid };
	return owner;
}

/* owner: to whom it is handed over; NULL: it stays ours. */
static int make_folder(const char *path, mode_t mode, const struct layout_owner *owner,
		       struct err *err)
{
	struct stat st;

	if (mkdir(path, mode) != 0 && errno != EEXIST) {
		err_errno(err, errno, "making %s", path);
		return err_hint(err, _("give a directory that you may write to with --data"));
	}
	if (lstat(path, &st) != 0)
		return err_errno(err, errno, "looking at %s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, "%s is not a directory", path);
	if (st.st_uid != geteuid() && geteuid() != 0) {
		err_set(err, ERR_DENIED, "%s belongs to user %u", path, (unsigned)st.st_uid);
		return err_hint(err, _("start as that user, or give another directory with --data"));
	}
	if (owner != NULL && owner->drop && chown(path, owner->uid, owner->gid) != 0)
		return err_errno(err, errno, "handing %s over", path);
	if (chmod(path, mode) != 0)
		return err_errno(err, errno, "protecting %s", path);
	return 0;
}

/* Databases that root made (a restored backup, an earlier start without the user). */
static int hand_over_files(const char *folder, const struct layout_owner *owner, struct err *err)
{
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *item;
	int r = 0;

	if (list == NULL) {
		if (fd >= 0)
			close(fd);
		return err_errno(err, errno, "reading %s", folder);
	}
	while (r == 0 && (item = readdir(list)) != NULL) {
		struct stat st;

		if (fstatat(fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
		    st.st_uid == owner->uid)
			continue;
		if (fchownat(fd, item->d_name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) != 0)
			r = err_errno(err, errno, "handing %s/%s over", folder, item->d_name);
	}
	closedir(list);
	return r;
}

static const char *path_of(struct arena *arena, const char *folder, const char *name)
{
	const struct sv path = arena_printf(arena, "%s/%s", folder, name);

	if (path.p == NULL)
		abort(); /* the arena is our own and far larger */
	return path.p;
}

int layout_open(const char *data, struct arena *arena, struct layout *ret, struct err *err)
{
	const struct layout_owner *owner;
	char root[PATH_MAX];
	struct layout l = { 0 };

	if (make_folder(data, 0711, NULL, err) != 0)
		return -1;
	if (realpath(data, root) == NULL)
		return err_errno(err, errno, "finding %s", data);
	if (strlen(root) > LAYOUT_ROOT_MAX) {
		err_set(err, ERR_RANGE, "%s is longer than %d bytes", root, LAYOUT_ROOT_MAX);
		return err_hint(err, _("sockets need a short path: give another one with --data"));
	}
	l.owner = find_owner(root);
	owner = &l.owner;
	l.root = arena_dup(arena, sv_from(root)).p;
	l.ca = path_of(arena, root, "ca.pem");
	l.key = path_of(arena, root, "key");
	l.ca_key = path_of(arena, l.key, "ca.key");
	l.order_key = path_of(arena, l.key, "order.key");
	l.store = path_of(arena, root, "store");
	l.records = path_of(arena, l.store, "records.sqlite");
	l.records_url = arena_printf(arena, "sqlite:%s", l.records).p;
	l.events = path_of(arena, l.store, "events.sqlite");
	l.uploads = path_of(arena, l.store, "uploads");
	l.nginx = path_of(arena, root, "nginx");
	l.nginx_conf = path_of(arena, l.nginx, "nginx.conf");
	l.server_pem = path_of(arena, l.nginx, "server.pem");
	l.run = path_of(arena, root, "run");
	l.people_socket = path_of(arena, l.run, "people.sock");
	l.devices_socket = path_of(arena, l.run, "devices.sock");
	if (make_folder(l.key, 0700, NULL, err) != 0 ||
	    make_folder(l.store, 0700, owner, err) != 0 ||
	    make_folder(l.uploads, 0700, owner, err) != 0 ||
	    make_folder(l.nginx, 0711, NULL, err) != 0 ||
	    make_folder(l.run, 0711, NULL, err) != 0)
		return -1;
	if (owner->drop && geteuid() == 0 && (hand_over_files(l.store, owner, err) != 0 ||
						 hand_over_files(l.uploads, owner, err) != 0))
		return -1;
	*ret = l;
	return 0;
}

int layout_read(const char *path, size_t max, struct arena *arena, struct sv *ret,
		struct err *err)
{
	struct buf content;
	struct sv copy;
	int r;

	buf_init(&content, max);
	r = file_read(path, &content, err);
	copy = r == 0 ? arena_dup(arena, buf_sv(&content)) : SV_NONE;
	if (content.p != NULL)
		explicit_bzero(content.p, content.n);
	buf_done(&content);
	if (r != 0)
		return -1;
	if (copy.p == NULL)
		return err_set(err, ERR_TOO_LARGE, "%s: no room", path);
	*ret = copy;
	return 0;
}
