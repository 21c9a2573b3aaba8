/*
 * A live file or folder: what is written there is read as it comes. A file is
 * known by its inode, so that a renamed one is not read again, and held open
 * until it is deleted, so that nothing written to it late is lost.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "event/reader.h"

#define FOLLOW_FILES_MAX 1024 /* open at a time */
#define FOLLOW_STEP_MS 250    /* a look at files all the same: network disks tell nothing */
#define FOLLOW_SETTLE_MS 2000 /* quiet so long: records that wait are whole */

struct followed {
	char *path;
	dev_t device;
	ino_t inode;
	struct event_reader *reader; /* NULL: read to its end, or not to be read */
	uint64_t dry_since;	     /* of follow.waited; 0: it is not dry */
	bool is_skipped;	     /* what was there at the start is passed over */
};

struct follow {
	char *folder;
	const char *only; /* the file's name, or NULL for all */
	struct event_reader_options options;
	int inotify;
	struct followed file[FOLLOW_FILES_MAX];
	size_t count, current;
	bool has_looked, must_look;
	uint64_t waited;      /* milliseconds, all waits together, from 1: no clock is needed */
	uint64_t quiet_since; /* of it; 0: something came since */
	struct event_reader_progress done; /* of files that are closed */
	char path[PATH_MAX];
	struct err refused; /* a file that could not be opened, to be told next */
};

/* ---- files ---- */

static bool is_packed_name(struct sv name)
{
	static const struct sv suffix[] = { SV(".gz"), SV(".zst"), SV(".xz"), SV(".bz2"),
					    SV(".zip") };

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
		if (sv_ends(name, suffix[i]))
			return true;
	return false;
}

static bool is_wanted(const struct follow *follow, const char *name)
{
	if (follow->only)
		return strcmp(name, follow->only) == 0;
	return name[0] != '.' && !is_packed_name(sv_from(name));
}

static bool is_known(const struct follow *follow, const struct stat *stat)
{
	for (size_t i = 0; i < follow->count; i++)
		if (follow->file[i].device == stat->st_dev && follow->file[i].inode == stat->st_ino)
			return true;
	return false;
}

static void add_progress(struct event_reader_progress *sum,
			 const struct event_reader_progress *progress)
{
	sum->bytes_read += progress->bytes_read;
	sum->records += progress->records;
	sum->lost += progress->lost;
	sum->damaged += progress->damaged;
}

static void end_reading(struct follow *follow, struct followed *file)
{
	struct event_reader_progress progress;

	if (!file->reader)
		return;
	progress = event_reader_progress(file->reader);
	add_progress(&follow->done, &progress);
	event_reader_close(file->reader);
	file->reader = NULL;
}

static void forget(struct follow *follow, size_t i)
{
	end_reading(follow, &follow->file[i]);
	free(follow->file[i].path);
	follow->file[i] = follow->file[--follow->count];
	follow->file[follow->count] = (struct followed){ 0 };
}

/* A file that nobody holds by this name any more makes room, the quietest first. */
static bool make_room(struct follow *follow)
{
	size_t chosen = SIZE_MAX;

	for (size_t i = 0; i < follow->count; i++)
		if (!follow->file[i].reader &&
		    (chosen == SIZE_MAX ||
		     follow->file[i].dry_since < follow->file[chosen].dry_since))
			chosen = i;
	if (chosen == SIZE_MAX)
		return false;
	forget(follow, chosen);
	return true;
}

static struct event_reader *open_followed(const struct follow *follow, const char *path,
					  struct err *err)
{
	struct event_reader_options options = follow->options;
	struct event_reader *reader;

	options.follow = false;
	options.live = true;
	reader = event_reader_open_with(path, &options, err);
	if (!reader || (reader->format != EVENT_FORMAT_EVTX &&
			reader->format != EVENT_FORMAT_JSON && !reader->input.unpacker))
		return reader;
	/* Of these an end is an end: they are read once, as they are. */
	event_reader_close(reader);
	options.live = false;
	return event_reader_open_with(path, &options, err);
}

/* Without a whole line nobody can tell what it is. */
static bool has_line(const char *path, const struct stat *stat)
{
	char start[4096];
	FILE *file;
	size_t n;

	if (stat->st_size >= (off_t)sizeof start)
		return true;
	file = fopen(path, "re");
	if (!file)
		return true; /* the error is told where it is opened */
	n = fread(start, 1, sizeof start, file);
	fclose(file);
	return memchr(start, '\n', n) != NULL;
}

static void consider(struct follow *follow, const char *name, bool is_new)
{
	struct followed *file;
	struct stat stat_;
	char path[PATH_MAX];

	if (!is_wanted(follow, name) ||
	    snprintf(path, sizeof path, "%s/%s", follow->folder, name) >= (int)sizeof path ||
	    stat(path, &stat_) < 0 || !S_ISREG(stat_.st_mode) || is_known(follow, &stat_) ||
	    !has_line(path, &stat_))
		return;
	if (follow->count == FOLLOW_FILES_MAX && !make_room(follow)) {
		err_set(&follow->refused, ERR_RANGE, "%s: more than %d files are followed", path,
			FOLLOW_FILES_MAX);
		return;
	}
	file = &follow->file[follow->count++];
	*file = (struct followed){ .path = mem_dup(path),
				   .device = stat_.st_dev,
				   .inode = stat_.st_ino,
				   .is_skipped = follow->options.only_new && !is_new };
	file->reader = open_followed(follow, path, &follow->refused);
	if (!file->reader)
		follow->done.lost++;
}

static int look(struct follow *follow, struct err *err)
{
	struct dirent **entry;
	const int n = scandir(follow->folder, &entry, NULL, alphasort);

	if (n < 0)
		return err_errno(err, errno, "%s", follow->folder);
	for (int i = 0; i < n; i++) {
		consider(follow, entry[i]->d_name, follow->has_looked);
		free(entry[i]);
	}
	free(entry);
	follow->has_looked = true;
	follow->must_look = false;
	return 0;
}

/* ---- what happens to files ---- */

/* Begun anew from its start, as programs do that copy a log away and empty it. */
static void restart(struct event_reader *reader)
{
	struct input *input = &reader->input;

	if (lseek(input->fd, 0, SEEK_SET) < 0)
		return;
	reader->progress.lost += input->n > input->at; /* a line that was not whole */
	input->at = input->n = 0;
	input->bytes_read = 0;
	input->dry = false;
	reader->is_skipping = false;
	lines_free(reader->lines);
	reader->lines = lines_new(reader->format, &reader->options);
}

/* Something may have happened to a file that is dry. True: read it again now. */
static bool has_changed(struct follow *follow, struct followed *file)
{
	struct stat stat;

	if (fstat(file->reader->input.fd, &stat) < 0)
		return false;
	if ((uint64_t)stat.st_size < file->reader->input.bytes_read) {
		restart(file->reader);
		return true;
	}
	if ((uint64_t)stat.st_size > file->reader->input.bytes_read)
		return true;
	if (stat.st_nlink == 0 && !file->reader->flush) {
		file->reader->flush = true; /* nobody will write to it */
		return true;
	}
	return false;
}

/* Records that wait for more: none will come so long after. */
static int settle(struct followed *file, uint64_t waited, struct event *ret, uint64_t *ret_record,
		  struct err *err)
{
	struct event_reader *reader = file->reader;
	int more;

	if (!reader->lines || waited - file->dry_since < FOLLOW_SETTLE_MS)
		return 0;
	more = lines_rest(reader->lines, reader->decoder, true, ret, err);
	if (more > 0) {
		reader->progress.records++;
		*ret_record = reader->progress.records + reader->progress.lost;
	} else if (more < 0) {
		reader_lost(reader);
	}
	return more;
}

/* One look at one file: 1, -1, or 0 where nothing comes of it now. */
static int try(struct follow *follow, size_t i, struct event *ret, uint64_t *ret_record,
	       struct err *err)
{
	struct followed *file = &follow->file[i];
	int more;

	if (!file->reader)
		return 0;
	more = event_reader_next(file->reader, ret, ret_record, err);
	while (file->is_skipped && (more == 1 || more == -1)) {
		more = event_reader_next(file->reader, ret, ret_record, err);
	}
	if (more == READER_DRY) {
		file->is_skipped = false;
		if (file->dry_since == 0)
			file->dry_since = follow->waited;
		return settle(file, follow->waited, ret, ret_record, err);
	}
	if (more != 0) {
		file->dry_since = 0;
		return more;
	}
	if (file->reader->flush) {
		forget(follow, i);
		follow->current = 0;
	} else {
		end_reading(follow, file);
	}
	return 0;
}

static void drain(struct follow *follow)
{
	char bytes[4096];

	while (read(follow->inotify, bytes, sizeof bytes) > 0)
		follow->must_look = true;
}

/* Waits until something may have come; false: the caller's time is over. */
static bool wait_for_change(struct follow *follow)
{
	struct pollfd poll_ = { .fd = follow->inotify, .events = POLLIN };
	uint64_t left;

	if (follow->quiet_since == 0)
		follow->quiet_since = follow->waited;
	if (follow->waited - follow->quiet_since >= follow->options.wait_ms) {
		follow->quiet_since = 0;
		return false;
	}
	left = follow->options.wait_ms - (follow->waited - follow->quiet_since);
	left = left < FOLLOW_STEP_MS ? left : FOLLOW_STEP_MS;
	if (poll(&poll_, 1, (int)left) > 0) {
		drain(follow);
		follow->waited++;
	} else {
		follow->must_look = true;
		follow->waited += left;
	}
	return true;
}

int follow_next(struct follow *follow, struct event *ret, uint64_t *ret_record, struct err *err)
{
	for (;;) {
		bool changed = false;

		if (follow->must_look && look(follow, err) < 0)
			return -1;
		if (follow->refused.code != ERR_OK) {
			if (err)
				*err = follow->refused;
			follow->refused.code = ERR_OK;
			return -1;
		}
		for (size_t tried = 0; tried < follow->count; tried++) {
			const size_t i = follow->current % follow->count;
			const int more = try(follow, i, ret, ret_record, err);

			if (more != 0) {
				follow->quiet_since = 0;
				snprintf(follow->path, sizeof follow->path, "%s",
					 follow->file[i].path);
				return more;
			}
			follow->current = follow->count > 0 ? (i + 1) % follow->count : 0;
		}
		for (size_t i = 0; i < follow->count; i++)
			if (follow->file[i].reader)
				changed |= has_changed(follow, &follow->file[i]);
		if (!changed && !wait_for_change(follow))
			return EVENT_READER_QUIET;
	}
}

/* ---- opening ---- */

struct follow *follow_open(const char *path, const struct event_reader_options *options,
			   struct err *err)
{
	struct follow *follow = mem_zalloc(sizeof *follow);
	const char *slash = strrchr(path, '/');
	struct stat stat_;
	int failed;

	follow->options = *options;
	follow->waited = 1;
	if (follow->options.wait_ms == 0)
		follow->options.wait_ms = EVENT_READER_WAIT_MS;
	if (stat(path, &stat_) == 0 && S_ISDIR(stat_.st_mode)) {
		follow->folder = mem_dup(path);
	} else {
		follow->folder = slash ? mem_dup_sv((struct sv){ path, (size_t)(slash - path) +
									       (slash == path) })
				       : mem_dup(".");
		follow->only = mem_dup(slash ? slash + 1 : path);
	}
	follow->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	failed = follow->inotify < 0 ||
		 inotify_add_watch(follow->inotify, follow->folder,
				   IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_DELETE | IN_MOVED_FROM |
					   IN_ATTRIB) < 0;
	if (failed) {
		err_errno(err, errno, "following %s", path);
	} else if (look(follow, err) == 0) {
		return follow;
	}
	follow_close(follow);
	return NULL;
}

void follow_close(struct follow *follow)
{
	if (!follow)
		return;
	while (follow->count > 0)
		forget(follow, follow->count - 1);
	if (follow->inotify >= 0)
		close(follow->inotify);
	free((char *)(uintptr_t)follow->only);
	free(follow->folder);
	free(follow);
}

struct event_reader_progress follow_progress(const struct follow *follow)
{
	struct event_reader_progress sum = follow->done;

	for (size_t i = 0; i < follow->count; i++) {
		struct event_reader_progress progress;

		if (!follow->file[i].reader)
			continue;
		progress = event_reader_progress(follow->file[i].reader);
		add_progress(&sum, &progress);
	}
	return sum;
}

const char *follow_path(const struct follow *follow)
{
	return follow->path;
}
