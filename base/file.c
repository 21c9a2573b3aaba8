#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#define READ_STEP ((size_t)64 << 10)
#define TEMPORARY_BYTES 8 /* of chance in a temporary name */

static int open_error(const char *path, const char *doing, struct err *err)
{
	const int number = errno;

	if (number == ENOENT || number == ENOTDIR)
		return err_set(err, ERR_NOT_FOUND, "%s%s: there is no such file", doing, path);
	if (number == EACCES || number == EPERM || number == EROFS)
		return err_set(err, ERR_DENIED, "%s%s: not allowed", doing, path);
	return err_errno(err, number, "%s%s", doing, path);
}

int file_read_fd(int fd, const char *name, struct buf *buf, struct err *err)
{
	const size_t before = buf->n;
	char step[READ_STEP];

	for (;;) {
		const ssize_t n = read(fd, step, sizeof step);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			buf->n = before;
			return err_errno(err, errno, "reading %s", name);
		}
		buf_put(buf, step, (size_t)n);
		if (buf->full) {
			buf->n = before;
			return err_set(err, ERR_TOO_LARGE, "reading %s: more than %zu bytes", name,
				       buf->max - before);
		}
	}
}

int file_read(const char *path, struct buf *buf, struct err *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int status;

	if (fd < 0)
		return open_error(path, "reading ", err);
	status = file_read_fd(fd, path, buf, err);
	close(fd);
	return status;
}

static int write_all(int fd, struct sv content)
{
	while (content.n > 0) {
		const ssize_t n = write(fd, content.p, content.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		content = sv_slice(content, (size_t)n, content.n);
	}
	return 0;
}

/* "dir/name" → "dir" (at least "." or "/"). */
static int folder_of(const char *path, char text[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	const size_t n = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		return -1;
	snprintf(text, PATH_MAX, "%.*s", n > 0 ? (int)n : 1, n > 0 ? path : ".");
	return 0;
}

int file_sync_folder(const char *path, struct err *err)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = 0;

	if (fd < 0)
		return open_error(path, "syncing ", err);
	/* Some file systems cannot sync a folder and need not. */
	if (fsync(fd) < 0 && errno != EINVAL)
		status = err_errno(err, errno, "syncing %s", path);
	close(fd);
	return status;
}

int file_write(const char *path, struct sv content, mode_t mode, struct err *err)
{
	char folder[PATH_MAX], temporary[PATH_MAX + 32], chance[2 * TEMPORARY_BYTES + 1];
	unsigned char bytes[TEMPORARY_BYTES];
	int fd;

	if (strlen(path) >= PATH_MAX || folder_of(path, folder) < 0)
		return err_set(err, ERR_RANGE, "writing: the path is too long");
	random_bytes(bytes, sizeof bytes);
	snprintf(temporary, sizeof temporary, "%s.%s.new", path,
		 hex_encode(bytes, sizeof bytes, chance));
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0600);
	if (fd < 0)
		return open_error(path, "writing ", err);
	if (fchmod(fd, mode) < 0 || write_all(fd, content) < 0 || fsync(fd) < 0) {
		err_errno(err, errno, "writing %s", path);
		close(fd);
		goto fail;
	}
	/* close can report what a network file system could not write. */
	if (close(fd) < 0 || rename(temporary, path) < 0) {
		err_errno(err, errno, "writing %s", path);
		goto fail;
	}
	return file_sync_folder(folder, err);
fail:
	unlink(temporary);
	return -1;
}

static int make_one(const char *path, mode_t mode, struct err *err)
{
	struct stat info;

	if (mkdir(path, mode) == 0) {
		if (chmod(path, mode) < 0)
			return err_errno(err, errno, "making folder %s", path);
		return 0;
	}
	if (errno != EEXIST)
		return open_error(path, "making folder ", err);
	if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
		return err_set(err, ERR_CONFLICT, "making folder %s: something else has this name",
			       path);
	return 0;
}

int file_make_folder(const char *path, mode_t mode, struct err *err)
{
	char text[PATH_MAX];
	const size_t n = strlen(path);

	if (n == 0 || n >= sizeof text)
		return err_set(err, ERR_RANGE, "making a folder: the path is empty or too long");
	memcpy(text, path, n + 1);
	for (size_t i = 1; i < n; i++) {
		if (text[i] != '/' || text[i - 1] == '/')
			continue;
		text[i] = '\0';
		if (make_one(text, mode, err) < 0)
			return -1;
		text[i] = '/';
	}
	return make_one(text, mode, err);
}

char *file_program_folder(char text[PATH_MAX])
{
	char path[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	path[n > 0 ? n : 0] = '\0';
	return n > 0 && folder_of(path, text) == 0 ? text : memcpy(text, ".", 2);
}
