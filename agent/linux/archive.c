#include "agent/linux/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zstd.h>

#include "base/hash.h"
#include "base/mem.h"

#define BLOCK 512
#define LEVEL 3
#define MANIFEST_MAX (1U << 20)

struct archive {
	char *path;
	int fd;
	ZSTD_CStream *stream;
	char *out;
	size_t out_room;
	int64_t time;
	uint64_t bytes;
	size_t files;
	struct buf manifest;
	bool failed;
	int number; /* errno of the failure */
};

struct archive *archive_new(const char *path, struct instant now, struct err *err)
{
	struct archive *archive;
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0) {
		err_errno(err, errno, "making %s", path);
		return NULL;
	}
	archive = mem_zalloc(sizeof *archive);
	archive->path = mem_dup(path);
	archive->fd = fd;
	archive->time = now.us / INSTANT_SECOND;
	archive->stream = ZSTD_createCStream();
	if (!archive->stream)
		abort(); /* out of memory */
	ZSTD_CCtx_setParameter(archive->stream, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(archive->stream, ZSTD_c_checksumFlag, 1);
	archive->out_room = ZSTD_CStreamOutSize();
	archive->out = mem_alloc(archive->out_room);
	buf_init(&archive->manifest, MANIFEST_MAX);
	buf_put_sv(&archive->manifest, SV("{\"format\":\"hikeshi-triage-1\",\"files\":["));
	return archive;
}

void archive_free(struct archive *archive)
{
	if (!archive)
		return;
	if (archive->fd >= 0) {
		close(archive->fd);
		unlink(archive->path);
	}
	ZSTD_freeCStream(archive->stream);
	free(archive->out);
	free(archive->path);
	buf_done(&archive->manifest);
	free(archive);
}

static void write_out(struct archive *archive, const char *p, size_t n)
{
	while (n > 0 && !archive->failed) {
		const ssize_t done = write(archive->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			archive->failed = true;
			archive->number = errno;
			return;
		}
		p += done;
		n -= (size_t)done;
	}
}

static void pack(struct archive *archive, const void *p, size_t n, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { p, n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { archive->out, archive->out_room, 0 };

		left = ZSTD_compressStream2(archive->stream, &out, &in, end);
		if (ZSTD_isError(left)) {
			archive->failed = true;
			archive->number = EIO;
			return;
		}
		write_out(archive, archive->out, out.pos);
	} while (!archive->failed && (in.pos < in.size || (end == ZSTD_e_end && left > 0)));
}

/* POSIX ustar: a name of up to 255 bytes stands in two parts, split at a slash. */
static bool fill_header(const struct archive *archive, const char *name, size_t size,
			char header[static BLOCK])
{
	const size_t n = strlen(name);
	size_t split = 0;
	unsigned sum = 0;

	if (n > 100) {
		for (size_t i = n - 100; i < n && i <= 156; i++)
			if (i > 0 && name[i - 1] == '/') {
				split = i;
				break;
			}
		if (split == 0)
			return false;
	}
	memset(header, 0, BLOCK);
	memcpy(header, name + split, n - split);
	if (split > 0)
		memcpy(header + 345, name, split - 1);
	snprintf(header + 100, 8, "%07o", 0600);
	snprintf(header + 108, 8, "%07o", 0);
	snprintf(header + 116, 8, "%07o", 0);
	snprintf(header + 124, 12, "%011zo", size);
	snprintf(header + 136, 12, "%011llo", (unsigned long long)archive->time);
	memset(header + 148, ' ', 8);
	header[156] = '0';
	memcpy(header + 257, "ustar\0" "00", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	return true;
}

static void put_member(struct archive *archive, const char *name, struct sv content)
{
	static const char zeros[BLOCK];
	char header[BLOCK];

	if (!fill_header(archive, name, content.n, header))
		return;
	pack(archive, header, BLOCK, ZSTD_e_continue);
	pack(archive, content.p, content.n, ZSTD_e_continue);
	pack(archive, zeros, (BLOCK - content.n % BLOCK) % BLOCK, ZSTD_e_continue);
}

static void note(struct archive *archive, const char *name, uint64_t whole, struct sv content,
		 const char *left_out)
{
	const struct sha256 hash = sha256_of(content);
	char hex[2 * SHA256_SIZE + 1];

	if (archive->files++ > 0)
		buf_put_char(&archive->manifest, ',');
	buf_put_sv(&archive->manifest, SV("\n{\"name\":"));
	buf_put_json(&archive->manifest, sv_from(name));
	if (left_out)
		buf_printf(&archive->manifest, ",\"left_out\":\"%s\"}", left_out);
	else
		buf_printf(&archive->manifest, ",\"size\":%zu,\"whole\":%llu,\"sha256\":\"%s\"}", content.n,
			   (unsigned long long)whole, hex_encode(hash.byte, sizeof hash.byte, hex));
}

static void add(struct archive *archive, const char *name, struct sv content, uint64_t whole)
{
	char header[BLOCK];
	const char *why = NULL;

	if (archive->files >= ARCHIVE_FILES_MAX)
		return;
	if (content.n > ARCHIVE_BYTES_MAX - archive->bytes)
		why = "no room";
	else if (strlen(name) > ARCHIVE_NAME_MAX || !fill_header(archive, name, content.n, header))
		why = "name too long";
	note(archive, name, whole, content, why);
	if (why)
		return;
	archive->bytes += content.n;
	put_member(archive, name, content);
}

void archive_add(struct archive *archive, const char *name, struct sv content)
{
	add(archive, name, content, content.n);
}

int archive_open(const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
				.resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

void archive_add_file(struct archive *archive, const char *name, const char *path)
{
	const int fd = archive_open(path, O_RDONLY | O_NONBLOCK | O_NOATIME);
	char *content = NULL;
	struct stat found;
	size_t n = 0;
	off_t from;

	if (fd < 0 || fstat(fd, &found) < 0 || !S_ISREG(found.st_mode)) {
		if (fd < 0 && errno != ENOENT && archive->files < ARCHIVE_FILES_MAX)
			note(archive, name, 0, SV_NONE, "cannot be read");
		goto out;
	}
	from = found.st_size > (off_t)ARCHIVE_FILE_MAX ? found.st_size - (off_t)ARCHIVE_FILE_MAX : 0;
	content = mem_alloc(ARCHIVE_FILE_MAX);
	while (n < ARCHIVE_FILE_MAX) {
		const ssize_t got = pread(fd, content + n, ARCHIVE_FILE_MAX - n, from + (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	add(archive, name, (struct sv){ content, n }, (uint64_t)found.st_size);
out:
	free(content);
	if (fd >= 0)
		close(fd);
}

int archive_finish(struct archive *archive, struct err *err)
{
	static const char zeros[2 * BLOCK];

	buf_put_sv(&archive->manifest, SV("\n]}\n"));
	if (archive->manifest.full)
		return err_set(err, ERR_TOO_LARGE, "the manifest has over %u bytes", MANIFEST_MAX);
	put_member(archive, "manifest.json", buf_sv(&archive->manifest));
	pack(archive, zeros, sizeof zeros, ZSTD_e_end);
	if (!archive->failed && fsync(archive->fd) < 0) {
		archive->failed = true;
		archive->number = errno;
	}
	if (archive->failed)
		return err_errno(err, archive->number, "writing %s", archive->path);
	close(archive->fd);
	archive->fd = -1;
	return 0;
}
