#include "agent/linux/linux.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t ns_of(struct timespec at)
{
	return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

static bool key_of(const struct stat *stat, struct image_key *ret)
{
	if (!S_ISREG(stat->st_mode) || stat->st_size > (off_t)IMAGE_BYTES_MAX)
		return false;
	*ret = (struct image_key){
		.device = stat->st_dev,
		.inode = stat->st_ino,
		.size = (uint64_t)stat->st_size,
		.changed_ns = ns_of(stat->st_ctim),
		.modified_ns = ns_of(stat->st_mtim),
	};
	return true;
}

/* Does /proc/PID/exe still name what the sighting named? */
static bool runs_still(const char *link, struct sv image)
{
	char now[4096 + 16];
	const ssize_t n = readlink(link, now, sizeof now);

	return n > 0 && sv_eq((struct sv){ now, (size_t)n }, image);
}

#define PATH_ROOM 4200

/*
 * The process's own image; or, where it has ended or runs another one by now,
 * the file of that name, if it has not changed since.
 */
static bool path_of(const struct sighting *sighting, char path[static PATH_ROOM], struct stat *ret)
{
	const struct sv image = sighting->process.image;

	if (image.n == 0 || image.n >= PATH_ROOM || image.p[0] != '/')
		return false;
	snprintf(path, PATH_ROOM, "/proc/%u/exe", sighting->process.key.pid);
	if (runs_still(path, image) && stat(path, ret) == 0)
		return true;
	memcpy(path, image.p, image.n);
	path[image.n] = '\0';
	return !sighting->image_elsewhere && stat(path, ret) == 0 &&
	       ns_of(ret->st_ctim) / 1000 < sighting->at.us;
}

bool images_look(struct image_cache *images, const struct sighting *sighting,
		 struct image_key *ret, int *ret_fd)
{
	struct image_key key, opened;
	char path[PATH_ROOM];
	struct sha256 hash;
	struct stat stat;
	int fd;

	if (!path_of(sighting, path, &stat) || !key_of(&stat, &key))
		return false;
	if (image_cache_get(images, &key, &hash)) {
		*ret = key;
		*ret_fd = -1;
		return true;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	/* What was opened may be another file than what was looked at. */
	if (fstat(fd, &stat) < 0 || !key_of(&stat, &opened) || opened.inode != key.inode ||
	    opened.device != key.device) {
		close(fd);
		return false;
	}
	*ret = opened;
	*ret_fd = fd;
	return true;
}

void images_finish(struct image_cache *images, struct outbox_item *item)
{
	struct sha256 hash;

	if (item->image_fd < 0)
		return;
	/* Another process of the same image may have come first. */
	if (image_cache_get(images, &item->image, &hash) ||
	    sha256_of_fd(item->image_fd, IMAGE_BYTES_MAX, &hash) == 0) {
		image_cache_put(images, &item->image, &hash);
		item->line = image_add_hash(item->line, &item->n, &hash);
	}
	close(item->image_fd);
	item->image_fd = -1;
}
