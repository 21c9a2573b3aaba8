/*
 * sensor_fanotify.c - files without BPF: the kernel tells changes in watched
 * folders and who made them. Only reports, never permissions: nobody waits.
 */
#include "agent/linux/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000
#define FAN_EVENT_INFO_TYPE_OLD_DFID_NAME 10
#define FAN_EVENT_INFO_TYPE_NEW_DFID_NAME 12
#endif

#define HANDLE_MAX 128
#define ROUND_MAX 64 /* reads of one round, so that others get their turn */

/* How the kernel names a folder. */
struct name {
	uint8_t file_system[8];
	int type;
	unsigned n;
	unsigned char byte[HANDLE_MAX];
};

struct watch {
	struct name name;
	char *path;
};

struct fanotify {
	int fd;
	uint64_t moves; /* FAN_RENAME, or its two halves on an older kernel */
	struct folder_teller teller;
	struct watch watch[WATCHES_MAX];
	size_t count;
};

static bool name_of(const char *path, struct name *ret)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + HANDLE_MAX];
	} handle = { .head.handle_bytes = HANDLE_MAX };
	struct statfs system;
	int mount;

	if (statfs(path, &system) < 0)
		return false;
	if (name_to_handle_at(AT_FDCWD, path, &handle.head, &mount, 0) < 0) {
		handle.head.handle_bytes = HANDLE_MAX;
		if (name_to_handle_at(AT_FDCWD, path, &handle.head, &mount, AT_HANDLE_FID) < 0)
			return false;
	}
	*ret = (struct name){ .type = handle.head.handle_type, .n = handle.head.handle_bytes };
	memcpy(ret->file_system, &system.f_fsid, sizeof ret->file_system);
	memcpy(ret->byte, handle.head.f_handle, ret->n);
	return true;
}

static struct watch *find(struct fanotify *self, const struct name *name)
{
	for (size_t i = 0; i < self->count; i++)
		if (self->watch[i].name.n == name->n && self->watch[i].name.type == name->type &&
		    memcmp(self->watch[i].name.byte, name->byte, name->n) == 0 &&
		    memcmp(self->watch[i].name.file_system, name->file_system,
			   sizeof name->file_system) == 0)
			return &self->watch[i];
	return NULL;
}

static int mark(struct fanotify *self, const char *path)
{
	const uint64_t changes = FAN_CREATE | FAN_DELETE | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_ONDIR |
				 FAN_EVENT_ON_CHILD;
	char below[PLACE_PATH_MAX];
	enum place_kind place;

	snprintf(below, sizeof below, "%s/x", path);
	place = place_of(sv_from(below));
	/* Written without being closed matters only for logs, which stay open. */
	return fanotify_mark(self->fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR,
			     changes | self->moves | (place == PLACE_LOG ? FAN_MODIFY : 0), AT_FDCWD,
			     path);
}

static bool add(struct fanotify *self, const char *path)
{
	struct name name;

	if (self->count == WATCHES_MAX || !name_of(path, &name) || find(self, &name))
		return false;
	if (mark(self, path) < 0) {
		if (errno != EINVAL || !(self->moves & FAN_RENAME))
			return false;
		self->moves = FAN_MOVED_FROM | FAN_MOVED_TO;
		if (mark(self, path) < 0)
			return false;
	}
	self->watch[self->count++] = (struct watch){ name, mem_dup(path) };
	return true;
}

static void forget_path(struct fanotify *self, struct sv path)
{
	for (size_t i = 0; i < self->count; i++)
		if (sv_eq(sv_from(self->watch[i].path), path)) {
			free(self->watch[i].path);
			self->watch[i] = self->watch[--self->count];
			return;
		}
}

static void fanotify_close(void *context)
{
	struct fanotify *self = context;

	if (self->fd >= 0)
		close(self->fd);
	for (size_t i = 0; i < self->count; i++)
		free(self->watch[i].path);
	free(self);
}

static void *fanotify_open(const struct sensor_options *options, unsigned wanted,
			   unsigned *ret_pieces, struct err *err)
{
	struct fanotify *self = mem_zalloc(sizeof *self);
	struct watch_list *list = mem_zalloc(sizeof *list);

	self->moves = FAN_RENAME;
	self->teller.sink = options->sink;
	self->fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_NONBLOCK | FAN_CLOEXEC,
				 O_RDONLY | O_CLOEXEC);
	if (self->fd < 0) {
		err_errno(err, errno, "opening fanotify");
	} else {
		watch_list_make(list, options->users);
		for (size_t i = 0; i < list->count; i++)
			add(self, list->path[i]);
		if (self->count == 0)
			err_errno(err, errno, "fanotify watches no folder");
	}
	watch_list_done(list);
	free(list);
	if (self->count > 0) {
		*ret_pieces = PIECE_FILES;
		return self;
	}
	fanotify_close(self);
	return NULL;
}

static int fanotify_fd(void *context)
{
	return ((struct fanotify *)context)->fd;
}

/* Folder and name of one information record, as a path. */
static struct sv path_of(struct fanotify *self, const char *record, size_t n, char *room)
{
	struct fanotify_event_info_fid info;
	struct file_handle handle;
	const size_t head = offsetof(struct fanotify_event_info_fid, handle) + sizeof handle;
	const struct watch *watch;
	struct name name = { 0 };
	struct sv last;
	int used;

	if (n < head)
		return SV_NONE;
	memcpy(&info, record, offsetof(struct fanotify_event_info_fid, handle));
	memcpy(&handle, record + offsetof(struct fanotify_event_info_fid, handle), sizeof handle);
	if (handle.handle_bytes > HANDLE_MAX || handle.handle_bytes > n - head)
		return SV_NONE;
	memcpy(name.file_system, &info.fsid, sizeof name.file_system);
	name.type = handle.handle_type;
	name.n = handle.handle_bytes;
	memcpy(name.byte, record + head, name.n);
	watch = find(self, &name);
	last = (struct sv){ record + head + name.n, n - head - name.n };
	last = sv_cut(&last, '\0');
	if (!watch || last.n == 0 || sv_eq(last, SV(".")))
		return SV_NONE;
	used = snprintf(room, PLACE_PATH_MAX, "%s/%.*s", watch->path[1] ? watch->path : "", SV_ARG(last));
	return used > 0 && used < PLACE_PATH_MAX ? (struct sv){ room, (size_t)used } : SV_NONE;
}

struct paths {
	struct sv path, old, new;
	char path_room[PLACE_PATH_MAX], old_room[PLACE_PATH_MAX], new_room[PLACE_PATH_MAX];
};

static void read_paths(struct fanotify *self, const char *event, size_t n, struct paths *ret)
{
	struct fanotify_event_info_header head;

	ret->path = ret->old = ret->new = SV_NONE;
	for (size_t at = FAN_EVENT_METADATA_LEN; at + sizeof head <= n; at += head.len) {
		memcpy(&head, event + at, sizeof head);
		if (head.len < sizeof head || head.len > n - at)
			return;
		if (head.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME)
			ret->path = path_of(self, event + at, head.len, ret->path_room);
		else if (head.info_type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME)
			ret->old = path_of(self, event + at, head.len, ret->old_room);
		else if (head.info_type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME)
			ret->new = path_of(self, event + at, head.len, ret->new_room);
	}
}

static void take_folder(struct fanotify *self, uint64_t mask, uint32_t pid, const struct paths *paths)
{
	const struct sv gone = mask & FAN_RENAME ? paths->old : paths->path;
	const struct sv come = mask & FAN_RENAME ? paths->new : paths->path;

	if ((mask & (FAN_DELETE | FAN_MOVED_FROM | FAN_RENAME)) && gone.p)
		forget_path(self, gone);
	if ((mask & (FAN_CREATE | FAN_MOVED_TO | FAN_RENAME)) && come.p && folder_is_wanted(come) &&
	    add(self, come.p))
		folder_tell_present(&self->teller, pid, come.p);
}

static void take(struct fanotify *self, const struct fanotify_event_metadata *event,
		 const struct paths *paths)
{
	static const struct {
		uint64_t mask;
		enum folder_change change;
	} row[] = {
		{ FAN_CREATE, FOLDER_CREATED }, { FAN_ATTRIB, FOLDER_MODE },
		{ FAN_CLOSE_WRITE, FOLDER_CLOSED }, { FAN_MODIFY, FOLDER_MODIFIED },
		{ FAN_MOVED_TO, FOLDER_MOVED }, { FAN_DELETE, FOLDER_DELETED },
	};
	const uint32_t pid = event->pid > 0 ? (uint32_t)event->pid : 0;

	if (event->mask & FAN_ONDIR) {
		take_folder(self, event->mask, pid, paths);
		return;
	}
	/* One record may hold several changes of one file; then in the order of a file's life. */
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if ((event->mask & row[i].mask) && paths->path.p)
			folder_tell(&self->teller, row[i].change, pid, paths->path, SV_NONE);
	if ((event->mask & FAN_MOVED_FROM) && paths->path.p)
		folder_tell(&self->teller, FOLDER_DELETED, pid, paths->path, SV_NONE);
	if ((event->mask & FAN_RENAME) && paths->new.p)
		folder_tell(&self->teller, FOLDER_MOVED, pid, paths->new, paths->old);
	else if ((event->mask & FAN_RENAME) && paths->old.p)
		folder_tell(&self->teller, FOLDER_DELETED, pid, paths->old, SV_NONE);
}

static int take_block(struct fanotify *self, const char *bytes, size_t n, struct err *err)
{
	struct fanotify_event_metadata event;
	struct paths paths;

	/* Events of names have any length, so the next one may stand unaligned: copy. */
	for (size_t at = 0; at + sizeof event <= n; at += event.event_len) {
		memcpy(&event, bytes + at, sizeof event);
		if (event.vers != FANOTIFY_METADATA_VERSION || event.event_len < sizeof event ||
		    event.event_len > n - at)
			return err_set(err, ERR_IO, "fanotify speaks another version");
		if (event.mask & FAN_Q_OVERFLOW) {
			self->teller.sink.lost(self->teller.sink.context, "fanotify", 1);
			continue;
		}
		read_paths(self, bytes + at, event.event_len, &paths);
		take(self, &event, &paths);
	}
	return 0;
}

static int fanotify_serve(void *context, struct err *err)
{
	struct fanotify *self = context;
	char bytes[8192];

	for (unsigned round = 0; round < ROUND_MAX; round++) {
		const ssize_t n = read(self->fd, bytes, sizeof bytes);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return err_errno(err, n ? errno : EIO, "reading fanotify");
		if (take_block(self, bytes, (size_t)n, err) < 0)
			return -1;
	}
	return 1;
}

const struct sensor_kind sensor_fanotify = {
	.name = "fanotify",
	.pieces = PIECE_FILES,
	.open = fanotify_open,
	.fd = fanotify_fd,
	.serve = fanotify_serve,
	.close = fanotify_close,
};
