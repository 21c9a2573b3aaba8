/*
 * sensor_inotify.c - files where fanotify is refused (no privileges, or a file
 * system without handles). Who made a change is not told.
 */
#include "agent/linux/folder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"

#define ROUND_MAX 64

struct watch {
	int number;
	char *path;
};

struct inotify {
	int fd;
	struct folder_teller teller;
	struct watch watch[WATCHES_MAX];
	size_t count;
	uint32_t cookie; /* of the last name that went away */
	char moved[PLACE_PATH_MAX];
};

static bool add(struct inotify *self, const char *path)
{
	char below[PLACE_PATH_MAX];
	uint32_t mask = IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |
			IN_ONLYDIR | IN_EXCL_UNLINK;
	int number;

	snprintf(below, sizeof below, "%s/x", path);
	if (place_of(sv_from(below)) == PLACE_LOG)
		mask |= IN_MODIFY;
	if (self->count == WATCHES_MAX)
		return false;
	number = inotify_add_watch(self->fd, path, mask);
	if (number < 0)
		return false;
	for (size_t i = 0; i < self->count; i++)
		if (self->watch[i].number == number)
			return false;
	self->watch[self->count++] = (struct watch){ number, mem_dup(path) };
	return true;
}

static void inotify_close(void *context)
{
	struct inotify *self = context;

	if (self->fd >= 0)
		close(self->fd);
	for (size_t i = 0; i < self->count; i++)
		free(self->watch[i].path);
	free(self);
}

static void *inotify_open(const struct sensor_options *options, unsigned wanted,
			  unsigned *ret_pieces, struct err *err)
{
	struct inotify *self = mem_zalloc(sizeof *self);
	struct watch_list *list = mem_zalloc(sizeof *list);

	self->teller.sink = options->sink;
	self->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (self->fd < 0) {
		err_errno(err, errno, "opening inotify");
	} else {
		watch_list_make(list, options->users);
		for (size_t i = 0; i < list->count; i++)
			add(self, list->path[i]);
		if (self->count == 0)
			err_set(err, ERR_UNAVAILABLE, "inotify watches no folder");
	}
	watch_list_done(list);
	free(list);
	if (self->count > 0) {
		*ret_pieces = PIECE_FILES;
		return self;
	}
	inotify_close(self);
	return NULL;
}

static int inotify_fd(void *context)
{
	return ((struct inotify *)context)->fd;
}

static void forget(struct inotify *self, int number)
{
	for (size_t i = 0; i < self->count; i++)
		if (self->watch[i].number == number) {
			free(self->watch[i].path);
			self->watch[i] = self->watch[--self->count];
			return;
		}
}

static void take_move(struct inotify *self, const struct inotify_event *event, struct sv path)
{
	if (event->mask & IN_MOVED_FROM) {
		self->cookie = event->cookie;
		memcpy(self->moved, path.p, path.n);
		self->moved[path.n] = '\0';
		return;
	}
	folder_tell(&self->teller, FOLDER_MOVED, 0, path,
		    self->cookie && self->cookie == event->cookie ? sv_from(self->moved) : SV_NONE);
	self->cookie = 0;
}

static void take(struct inotify *self, const struct inotify_event *event, const char *name)
{
	static const struct {
		uint32_t mask;
		enum folder_change change;
	} row[] = {
		{ IN_CREATE, FOLDER_CREATED }, { IN_ATTRIB, FOLDER_MODE }, { IN_CLOSE_WRITE, FOLDER_CLOSED },
		{ IN_MODIFY, FOLDER_MODIFIED }, { IN_DELETE, FOLDER_DELETED },
	};
	const struct watch *watch = NULL;
	char path[PLACE_PATH_MAX];
	int n;

	for (size_t i = 0; i < self->count && !watch; i++)
		if (self->watch[i].number == event->wd)
			watch = &self->watch[i];
	if (!watch || event->len == 0)
		return;
	n = snprintf(path, sizeof path, "%s/%s", watch->path[1] ? watch->path : "", name);
	if (n < 0 || n >= (int)sizeof path)
		return;
	if (event->mask & IN_ISDIR) {
		if ((event->mask & (IN_CREATE | IN_MOVED_TO)) &&
		    folder_is_wanted((struct sv){ path, (size_t)n }) && add(self, path))
			folder_tell_present(&self->teller, 0, path);
		return;
	}
	if (event->mask & (IN_MOVED_FROM | IN_MOVED_TO)) {
		take_move(self, event, (struct sv){ path, (size_t)n });
		return;
	}
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (event->mask & row[i].mask)
			folder_tell(&self->teller, row[i].change, 0, (struct sv){ path, (size_t)n },
				    SV_NONE);
}

/* The other half of the last move did not come: it went out of sight. */
static void end_move(struct inotify *self)
{
	if (self->cookie)
		folder_tell(&self->teller, FOLDER_DELETED, 0, sv_from(self->moved), SV_NONE);
	self->cookie = 0;
}

static int inotify_serve(void *context, struct err *err)
{
	struct inotify *self = context;
	_Alignas(struct inotify_event) char bytes[8192];

	for (unsigned round = 0; round < ROUND_MAX; round++) {
		const ssize_t n = read(self->fd, bytes, sizeof bytes);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			end_move(self);
			return 0;
		}
		if (n <= 0)
			return err_errno(err, n ? errno : EIO, "reading inotify");
		for (size_t at = 0; at + sizeof(struct inotify_event) <= (size_t)n;) {
			struct inotify_event event;

			memcpy(&event, bytes + at, sizeof event);
			if (self->cookie && event.cookie != self->cookie)
				end_move(self);
			if (event.mask & IN_Q_OVERFLOW)
				self->teller.sink.lost(self->teller.sink.context, "inotify", 1);
			else if (event.mask & IN_IGNORED)
				forget(self, event.wd);
			else
				take(self, &event, bytes + at + sizeof event);
			at += sizeof event + event.len;
		}
	}
	return 1;
}

const struct sensor_kind sensor_inotify = {
	.name = "inotify",
	.pieces = PIECE_FILES,
	.open = inotify_open,
	.fd = inotify_fd,
	.serve = inotify_serve,
	.close = inotify_close,
};
