#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/spool_file.h"

#define NAME_ROOM 48
#define TEMPORARY "new.tmp"
#define DIGITS 20 /* of a sequence number in a file name */
#define DROP_TRIES_MAX 16 /* for one append on a full disk */

struct entry {
	uint64_t sequence;
	uint32_t bytes;
};

struct spool {
	pthread_mutex_t lock; /* everything below */
	struct spool_options options;
	int folder, lock_fd;
	struct uuid epoch;
	uint64_t last;       /* the highest sequence number ever seen */
	uint64_t marker;     /* N of the one N.sent, or 0 */
	struct entry *entry; /* ascending; first is the oldest */
	size_t first, count, room;
	char *current;       /* file of the batch given by spool_next, or NULL */
	uint64_t current_sequence;
	struct spool_statistics statistics;
};

enum suffix { BATCH, SENT, DAMAGED, REJECTED, SUFFIX_COUNT };
static const char *const suffix_text[SUFFIX_COUNT] = { ".batch", ".sent", ".damaged", ".rejected" };

static const char *file_name(char name[static NAME_ROOM], uint64_t sequence, enum suffix suffix)
{
	snprintf(name, NAME_ROOM, "%0*" PRIu64 "%s", DIGITS, sequence, suffix_text[suffix]);
	return name;
}

static bool parse_name(struct sv name, uint64_t *ret_sequence, enum suffix *ret_suffix)
{
	const struct sv digits = sv_slice(name, 0, DIGITS);
	const struct sv rest = sv_slice(name, DIGITS, name.n);
	uint64_t sequence;

	if (digits.n != DIGITS || !sv_to_u64(digits, &sequence) || sequence == 0 ||
	    sequence > SPOOL_SEQUENCE_MAX)
		return false;
	for (int i = 0; i < SUFFIX_COUNT; i++) {
		if (sv_eq(rest, sv_from(suffix_text[i]))) {
			*ret_sequence = sequence;
			*ret_suffix = i;
			return true;
		}
	}
	return false;
}

static int write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		const ssize_t wrote = write(fd, at, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return -1;
		at += wrote;
		n -= (size_t)wrote;
	}
	return 0;
}

/* A file that is there whole and durable, or not at all. */
static int write_file(const struct spool *spool, const char *name, const struct sv part[2],
		      struct err *err)
{
	const int fd = openat(spool->folder, TEMPORARY,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(err, errno, "spool: making %s", name);
	if (write_all(fd, part[0].p, part[0].n) != 0 || write_all(fd, part[1].p, part[1].n) != 0 ||
	    fsync(fd) != 0) {
		err_errno(err, errno, "spool: writing %s", name);
		close(fd);
		unlinkat(spool->folder, TEMPORARY, 0);
		return -1;
	}
	if (close(fd) != 0 || renameat(spool->folder, TEMPORARY, spool->folder, name) != 0 ||
	    fsync(spool->folder) != 0)
		return err_errno(err, errno, "spool: placing %s", name);
	return 0;
}

/* ---- the list of waiting batches ---- */

static void list_push(struct spool *spool, struct entry entry)
{
	if (spool->first + spool->count == spool->room) {
		if (spool->first > spool->room / 2) {
			memmove(spool->entry, spool->entry + spool->first,
				spool->count * sizeof entry);
			spool->first = 0;
		} else {
			spool->room = spool->room ? spool->room * 2 : 64;
			spool->entry = mem_realloc(spool->entry, spool->room, sizeof entry);
		}
	}
	spool->entry[spool->first + spool->count++] = entry;
	spool->statistics.batches++;
	spool->statistics.bytes += entry.bytes;
}

/* Takes out the entry at place (0 is the oldest). */
static void list_remove(struct spool *spool, size_t place)
{
	struct entry *entry = spool->entry + spool->first;

	spool->statistics.batches--;
	spool->statistics.bytes -= entry[place].bytes;
	spool->count--;
	if (place == 0)
		spool->first++;
	else
		memmove(entry + place, entry + place + 1,
			(spool->count - place) * sizeof *entry);
}

static int entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* ---- opening ---- */

static void move_marker(struct spool *spool, uint64_t keep, uint64_t old)
{
	char name[NAME_ROOM];

	if (old > 0)
		unlinkat(spool->folder, file_name(name, old, SENT), 0);
	spool->marker = keep;
}

static int read_folder(struct spool *spool, struct err *err)
{
	const int fd = openat(spool->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *item;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return err_errno(err, errno, "spool: reading the folder");
	}
	while ((item = readdir(folder)) != NULL) {
		enum suffix suffix;
		uint64_t sequence;
		struct stat st;

		if (!parse_name(sv_from(item->d_name), &sequence, &suffix) ||
		    fstatat(spool->folder, item->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (sequence > spool->last)
			spool->last = sequence;
		if (suffix == SENT)
			move_marker(spool, sequence > spool->marker ? sequence : spool->marker,
				    sequence > spool->marker ? spool->marker : sequence);
		if (suffix == BATCH && spool->count < SPOOL_BATCHES_MAX)
			list_push(spool, (struct entry){ sequence,
					  st.st_size > UINT32_MAX ? UINT32_MAX
								  : (uint32_t)st.st_size });
	}
	closedir(folder);
	if (spool->count > 0)
		qsort(spool->entry + spool->first, spool->count, sizeof *spool->entry, entry_order);
	return 0;
}

static int write_epoch(struct spool *spool, struct uuid epoch, struct err *err)
{
	char text[UUID_TEXT_MAX];
	const struct sv part[2] = { sv_from(uuid_format(epoch, text)), SV("\n") };

	if (write_file(spool, "epoch", part, err) != 0)
		return -1;
	spool->epoch = epoch;
	return 0;
}

/* An unreadable epoch is not an error: a new one begins. */
static int read_epoch(struct spool *spool, struct err *err)
{
	char text[UUID_TEXT_MAX + 8];
	const int fd = openat(spool->folder, "epoch", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, text, sizeof text);
		close(fd);
	} else if (errno != ENOENT) {
		return err_errno(err, errno, "spool: opening epoch");
	}
	if (n > 0 && uuid_parse(sv_trim((struct sv){ text, (size_t)n }), &spool->epoch))
		return 0;
	return write_epoch(spool, uuid_v7(clock_now(clock_real())), err);
}

static int open_folder(struct spool *spool, const char *folder, struct err *err)
{
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return err_errno(err, errno, "spool: making %s", folder);
	spool->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->folder < 0)
		return err_errno(err, errno, "spool: opening %s", folder);
	spool->lock_fd = openat(spool->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				0600);
	if (spool->lock_fd < 0)
		return err_errno(err, errno, "spool: opening %s/lock", folder);
	if (flock(spool->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		err_set(err, ERR_CONFLICT, "spool: another process has %s", folder);
		return err_hint(err, "one agent for each folder: stop the other one first");
	}
	return 0;
}

struct spool *spool_open(const char *folder, const struct spool_options *options, struct err *err)
{
	struct spool *spool = mem_zalloc(sizeof *spool);

	pthread_mutex_init(&spool->lock, NULL);
	spool->folder = spool->lock_fd = -1;
	spool->options = *options;
	if (open_folder(spool, folder, err) != 0 || read_epoch(spool, err) != 0 ||
	    read_folder(spool, err) != 0) {
		spool_close(spool);
		return NULL;
	}
	return spool;
}

void spool_close(struct spool *spool)
{
	if (spool == NULL)
		return;
	if (spool->lock_fd >= 0)
		close(spool->lock_fd);
	if (spool->folder >= 0)
		close(spool->folder);
	free(spool->current);
	free(spool->entry);
	pthread_mutex_destroy(&spool->lock);
	free(spool);
}

/* ---- one batch file ---- */

/* Returns 1; 0 where the file is damaged or gone; -1 where reading failed. *ret_file is the caller's. */
static int read_batch(const struct spool *spool, uint64_t sequence, char **ret_file,
		      struct spool_batch *ret, struct err *err)
{
	char name[NAME_ROOM], *file;
	const int fd = openat(spool->folder, file_name(name, sequence, BATCH),
			      O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const size_t room = SPOOL_HEADER_SIZE + WIRE_BATCH_PACKED_MAX + 1;
	size_t n = 0;
	ssize_t got;

	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		return 0;
	if (fd < 0)
		return err_errno(err, errno, "spool: opening %s", name);
	file = mem_alloc(room);
	do {
		got = read(fd, file + n, room - n);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0 ? n < room : got < 0 && errno == EINTR);
	close(fd);
	if (got < 0 && errno != EIO) {
		free(file);
		return err_errno(err, errno, "spool: reading %s", name);
	}
	if (got < 0 || spool_file_read((struct sv){ file, n }, ret) != 0 ||
	    ret->sequence != sequence) {
		free(file);
		return 0;
	}
	*ret_file = file;
	return 1;
}

/* Files set aside are few: the oldest of that kind goes. */
static void prune_aside(const struct spool *spool, enum suffix kind)
{
	const int fd = openat(spool->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	uint64_t oldest = UINT64_MAX, sequence;
	const struct dirent *item;
	enum suffix suffix;
	char name[NAME_ROOM];
	size_t count = 0;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((item = readdir(folder)) != NULL) {
		if (!parse_name(sv_from(item->d_name), &sequence, &suffix) || suffix != kind)
			continue;
		count++;
		if (sequence < oldest)
			oldest = sequence;
	}
	closedir(folder);
	if (count > SPOOL_ASIDE_MAX)
		unlinkat(spool->folder, file_name(name, oldest, kind), 0);
}

static int set_aside(struct spool *spool, uint64_t sequence, enum suffix kind, struct err *err)
{
	char from[NAME_ROOM], to[NAME_ROOM];

	file_name(from, sequence, BATCH);
	file_name(to, sequence, kind);
	if (renameat(spool->folder, from, spool->folder, to) != 0 && errno != ENOENT)
		return err_errno(err, errno, "spool: setting %s aside", from);
	prune_aside(spool, kind);
	return 0;
}

static void forget_current(struct spool *spool)
{
	mem_clear(&spool->current);
	spool->current_sequence = 0;
}

/* ---- appending ---- */

/*
 * The newest number must be remembered though its batch is gone: its file
 * becomes an empty N.sent. A power cut may bring N.batch back (it is sent
 * again, the centre knows it); the number is never used twice.
 */
static int remove_batch(struct spool *spool, uint64_t sequence, struct err *err)
{
	char name[NAME_ROOM], sent[NAME_ROOM];
	int fd;

	file_name(name, sequence, BATCH);
	if (sequence < spool->last) {
		if (unlinkat(spool->folder, name, 0) != 0 && errno != ENOENT)
			return err_errno(err, errno, "spool: removing %s", name);
		return 0;
	}
	file_name(sent, sequence, SENT);
	if (renameat(spool->folder, name, spool->folder, sent) != 0)
		return err_errno(err, errno, "spool: renaming %s", name);
	fd = openat(spool->folder, sent, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
		close(fd);
	move_marker(spool, sequence, spool->marker);
	return 0;
}

/* Makes room by dropping the oldest batch that is not being sent. */
static bool drop_one(struct spool *spool)
{
	const size_t place = spool->count > 0 &&
			     spool->entry[spool->first].sequence == spool->current_sequence;
	char *file = NULL;
	struct spool_batch batch;
	uint64_t sequence;

	if (place >= spool->count)
		return false;
	sequence = spool->entry[spool->first + place].sequence;
	if (read_batch(spool, sequence, &file, &batch, NULL) == 1)
		spool->statistics.dropped_events += batch.count;
	free(file);
	if (remove_batch(spool, sequence, NULL) != 0)
		return false;
	spool->statistics.dropped_batches++;
	list_remove(spool, place);
	return true;
}

static bool has_room(const struct spool *spool, size_t bytes)
{
	return spool->count < SPOOL_BATCHES_MAX &&
	       bytes <= spool->options.bytes_max &&
	       spool->statistics.bytes <= spool->options.bytes_max - bytes;
}

static int append_locked(struct spool *spool, struct sv packed, uint32_t count, struct err *err)
{
	struct spool_batch batch = { spool->epoch, spool->last + 1, sha256_of(packed), count, packed };
	const size_t bytes = SPOOL_HEADER_SIZE + packed.n;
	uint8_t header[SPOOL_HEADER_SIZE];
	char name[NAME_ROOM];
	struct err why = ERR_INIT;

	if (spool->last >= SPOOL_SEQUENCE_MAX)
		return err_set(err, ERR_INTERNAL, "spool: sequence numbers are used up");
	if (bytes > spool->options.bytes_max)
		return err_set(err, ERR_TOO_LARGE, "spool: batch of %zu bytes, the spool holds %" PRIu64,
			       bytes, spool->options.bytes_max);
	while (!has_room(spool, bytes)) {
		if (!spool->options.drop_oldest || !drop_one(spool))
			return err_set(err, ERR_FULL, "spool: %zu batches wait, %" PRIu64 " bytes",
				       spool->count, spool->statistics.bytes);
	}
	spool_file_header(&batch, header);
	file_name(name, batch.sequence, BATCH);
	for (int i = 0;; i++) {
		const struct sv part[2] = { { (const char *)header, sizeof header }, packed };

		if (write_file(spool, name, part, &why) == 0)
			break;
		if (why.code != ERR_FULL || !spool->options.drop_oldest || i == DROP_TRIES_MAX ||
		    !drop_one(spool)) {
			if (err != NULL)
				*err = why;
			return -1;
		}
	}
	spool->last = batch.sequence;
	list_push(spool, (struct entry){ batch.sequence, (uint32_t)bytes });
	return 0;
}

int spool_append(struct spool *spool, struct sv lines, uint32_t count, struct err *err)
{
	struct buf packed;
	size_t newlines = 0, line = 0, longest = 0;
	int r = -1;

	for (size_t i = 0; i < lines.n; i++) {
		if (lines.p[i] != '\n')
			continue;
		newlines++;
		longest = i - line > longest ? i - line : longest;
		line = i + 1;
	}
	if (count == 0 || newlines != count || lines.p[lines.n - 1] != '\n')
		return err_set(err, ERR_USAGE, "spool: %zu lines where %u were announced", newlines,
			       count);
	if (count > WIRE_BATCH_EVENTS_MAX)
		return err_set(err, ERR_TOO_LARGE, "spool: batch of %u events, at most %d", count,
			       WIRE_BATCH_EVENTS_MAX);
	if (longest > WIRE_LINE_MAX)
		return err_set(err, ERR_TOO_LARGE, "spool: event of %zu bytes, at most %u", longest,
			       WIRE_LINE_MAX);
	buf_init(&packed, WIRE_BATCH_PACKED_MAX);
	if (wire_pack(lines, &packed, err) == 0) {
		pthread_mutex_lock(&spool->lock);
		r = append_locked(spool, buf_sv(&packed), count, err);
		pthread_mutex_unlock(&spool->lock);
	}
	buf_done(&packed);
	return r;
}

/* ---- sending ---- */

int spool_next(struct spool *spool, struct spool_batch *ret, struct err *err)
{
	int r = 0;

	pthread_mutex_lock(&spool->lock);
	forget_current(spool);
	while (spool->count > 0) {
		const uint64_t sequence = spool->entry[spool->first].sequence;

		r = read_batch(spool, sequence, &spool->current, ret, err);
		if (r == 1)
			spool->current_sequence = sequence;
		if (r != 0)
			break;
		r = set_aside(spool, sequence, DAMAGED, err);
		if (r != 0)
			break;
		spool->statistics.damaged++;
		list_remove(spool, 0);
	}
	pthread_mutex_unlock(&spool->lock);
	return r;
}

static int is_current(const struct spool *spool, const struct spool_batch *batch, struct err *err)
{
	if (spool->current == NULL || batch->sequence != spool->current_sequence)
		return err_set(err, ERR_USAGE, "spool: batch %" PRIu64 " was not the one given out",
			       batch->sequence);
	return 0;
}

int spool_sent(struct spool *spool, const struct spool_batch *batch, struct err *err)
{
	int r;

	pthread_mutex_lock(&spool->lock);
	r = is_current(spool, batch, err);
	if (r == 0)
		r = remove_batch(spool, batch->sequence, err);
	if (r == 0) {
		list_remove(spool, 0);
		forget_current(spool);
	}
	pthread_mutex_unlock(&spool->lock);
	return r;
}

int spool_reject(struct spool *spool, const struct spool_batch *batch, struct err *err)
{
	int r;

	pthread_mutex_lock(&spool->lock);
	r = is_current(spool, batch, err);
	if (r == 0)
		r = set_aside(spool, batch->sequence, REJECTED, err);
	if (r == 0) {
		list_remove(spool, 0);
		spool->statistics.rejected++;
		forget_current(spool);
	}
	pthread_mutex_unlock(&spool->lock);
	return r;
}

static int rekey_locked(struct spool *spool, const struct spool_batch *batch, struct err *err)
{
	struct spool_batch renewed = *batch;
	uint8_t header[SPOOL_HEADER_SIZE];
	char name[NAME_ROOM];

	if (is_current(spool, batch, err) != 0)
		return -1;
	/* a batch left over from the old epoch only follows into the new one */
	if (memcmp(batch->epoch.byte, spool->epoch.byte, sizeof spool->epoch.byte) == 0 &&
	    write_epoch(spool, uuid_v7(clock_now(clock_real())), err) != 0)
		return -1;
	renewed.epoch = spool->epoch;
	spool_file_header(&renewed, header);
	const struct sv part[2] = { { (const char *)header, sizeof header }, renewed.packed };
	if (write_file(spool, file_name(name, batch->sequence, BATCH), part, err) != 0)
		return -1;
	spool->statistics.rekeyed++;
	forget_current(spool);
	return 0;
}

int spool_rekey(struct spool *spool, const struct spool_batch *batch, struct err *err)
{
	int r;

	pthread_mutex_lock(&spool->lock);
	r = rekey_locked(spool, batch, err);
	pthread_mutex_unlock(&spool->lock);
	return r;
}

struct spool_statistics spool_statistics(struct spool *spool)
{
	struct spool_statistics copy;

	pthread_mutex_lock(&spool->lock);
	copy = spool->statistics;
	pthread_mutex_unlock(&spool->lock);
	return copy;
}
