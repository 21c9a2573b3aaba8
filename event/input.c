#include "event/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

#define PACKED_BYTES ((size_t)128 << 10)
#define GZIP_WINDOW (15 + 16) /* of zlib: the greatest, with gzip's header */

struct unpacker {
	char packed[PACKED_BYTES]; /* bytes [at, n) wait */
	size_t at, n;
	bool file_ended, in_frame;
	uint64_t in, out;
	z_stream gzip;
	bool has_gzip;
	ZSTD_DStream *zstd;
};

static ssize_t read_some(struct input *input, void *p, size_t n)
{
	ssize_t got;

	do {
		got = read(input->fd, p, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		input->bytes_read += (size_t)got;
	return got;
}

static int failed_read(struct input *input, int number, struct err *err)
{
	input->ended = true;
	input->at = input->n;
	return err_errno(err, number, "reading at byte %llu",
			 (unsigned long long)input->bytes_read);
}

/* What was unpacked before stays; what would come is lost. */
static int failed_packing(struct input *input, const char *what, struct err *err)
{
	input->ended = true;
	input->is_damaged = true;
	err_set(err, ERR_FORMAT, "byte %llu: the %s file %s", (unsigned long long)input->bytes_read,
		input->packing == INPUT_GZIP ? "gzip" : "zstd", what);
	return err_hint(err, "copy it again from its source; what came before is used");
}

static int gzip_step(struct unpacker *unpacker, char *to, size_t *ret)
{
	z_stream *gzip = &unpacker->gzip;
	int status;

	if (!unpacker->in_frame && unpacker->has_gzip && inflateReset(gzip) != Z_OK)
		return -1;
	unpacker->in_frame = true;
	gzip->next_in = (unsigned char *)unpacker->packed + unpacker->at;
	gzip->avail_in = (unsigned)(unpacker->n - unpacker->at);
	gzip->next_out = (unsigned char *)to;
	gzip->avail_out = (unsigned)*ret;
	status = inflate(gzip, Z_NO_FLUSH);
	unpacker->at = unpacker->n - gzip->avail_in;
	*ret -= gzip->avail_out;
	if (status == Z_STREAM_END)
		unpacker->in_frame = false;
	return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR ? 0 : -1;
}

static int zstd_step(struct unpacker *unpacker, char *to, size_t *ret)
{
	ZSTD_inBuffer in = { unpacker->packed, unpacker->n, unpacker->at };
	ZSTD_outBuffer out = { to, *ret, 0 };
	const size_t status = ZSTD_decompressStream(unpacker->zstd, &out, &in);

	unpacker->at = in.pos;
	*ret = out.pos;
	unpacker->in_frame = status != 0;
	return ZSTD_isError(status) ? -1 : 0;
}

/* Padding of zeros behind the last member, as tapes and some programs leave it. */
static void skip_zeros(struct unpacker *unpacker)
{
	while (unpacker->at < unpacker->n && unpacker->packed[unpacker->at] == '\0')
		unpacker->at++;
}

/* Like read(): bytes given, 0 at the end, -1 with the error. */
static ssize_t unpack(struct input *input, char *to, size_t room, struct err *err)
{
	struct unpacker *unpacker = input->unpacker;

	for (;;) {
		size_t n = room;
		bool bad;

		if (unpacker->at == unpacker->n && !unpacker->file_ended) {
			const ssize_t got = read_some(input, unpacker->packed, PACKED_BYTES);

			if (got < 0)
				return failed_read(input, errno, err);
			unpacker->at = 0;
			unpacker->n = (size_t)got;
			unpacker->in += (size_t)got;
			unpacker->file_ended = got == 0;
		}
		if (input->packing == INPUT_GZIP && !unpacker->in_frame)
			skip_zeros(unpacker);
		if (unpacker->at == unpacker->n && unpacker->file_ended && !unpacker->in_frame)
			return 0;
		if (unpacker->at == unpacker->n && !unpacker->file_ended)
			continue;
		bad = (input->packing == INPUT_GZIP ? gzip_step : zstd_step)(unpacker, to, &n) < 0;
		if (bad)
			return failed_packing(input, "is damaged", err);
		unpacker->out += n;
		if (unpacker->out > INPUT_RATIO_FREE &&
		    unpacker->out / INPUT_RATIO_MAX > unpacker->in)
			return failed_packing(
				input, "unpacks to more than 1000 times its size: not read on",
				err);
		if (n > 0)
			return (ssize_t)n;
		if (unpacker->file_ended)
			return failed_packing(input, "is cut: its end is missing", err);
	}
}

int input_fill(struct input *input, struct err *err)
{
	ssize_t n;

	if (input->ended)
		return 0;
	if (input->at > 0 && input->n == input->room) {
		memmove(input->p, input->p + input->at, input->n - input->at);
		input->n -= input->at;
		input->at = 0;
	}
	if (input->n == input->room) {
		if (input->room >= INPUT_WINDOW_MAX)
			return 0;
		input->room += INPUT_STEP_BYTES;
		input->p = mem_realloc(input->p, input->room, 1);
	}
	if (input->unpacker) {
		n = unpack(input, input->p + input->n, input->room - input->n, err);
		if (n < 0)
			return -1;
	} else {
		n = read_some(input, input->p + input->n, input->room - input->n);
		if (n < 0)
			return failed_read(input, errno, err);
	}
	input->dry = n == 0 && input->live;
	input->ended = n == 0 && !input->live;
	input->n += (size_t)n;
	return n > 0;
}

int input_fill_to(struct input *input, size_t n, struct err *err)
{
	int more = 1;

	while (more > 0 && input->n - input->at < n)
		more = input_fill(input, err);
	return more < 0 ? -1 : 0;
}

/* ---- opening ---- */

static int check_file(struct input *input, struct err *err)
{
	struct stat stat;

	if (fstat(input->fd, &stat) < 0)
		return err_errno(err, errno, "looking at the file");
	if (S_ISDIR(stat.st_mode))
		return err_set(err, ERR_USAGE, "is a folder");
	if (S_ISREG(stat.st_mode))
		input->bytes_total = (uint64_t)stat.st_size;
	return 0;
}

static enum input_packing packing_of(struct sv start)
{
	if (sv_starts(start, SV("\x1f\x8b\x08")))
		return INPUT_GZIP;
	return sv_starts(start, SV("\x28\xb5\x2f\xfd")) ? INPUT_ZSTD : INPUT_PLAIN;
}

/* What was read so far is packed: hands it to an unpacker. */
static int start_unpacking(struct input *input, struct err *err)
{
	struct unpacker *unpacker = mem_zalloc(sizeof *unpacker);

	input->unpacker = unpacker;
	unpacker->n = input->n;
	unpacker->in = input->n;
	unpacker->in_frame = true;
	memcpy(unpacker->packed, input->p, input->n);
	input->at = input->n = 0;
	if (input->packing == INPUT_GZIP) {
		unpacker->has_gzip = inflateInit2(&unpacker->gzip, GZIP_WINDOW) == Z_OK;
		if (!unpacker->has_gzip)
			return err_set(err, ERR_INTERNAL, "zlib does not start");
		return 0;
	}
	unpacker->zstd = ZSTD_createDStream();
	if (!unpacker->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(unpacker->zstd, ZSTD_d_windowLogMax,
						INPUT_ZSTD_WINDOW_LOG_MAX)))
		return err_set(err, ERR_INTERNAL, "libzstd does not start");
	return 0;
}

/* The first bytes: as many as are there at once, at most what an unpacker takes. */
static int look(struct input *input, struct err *err)
{
	while (!input->ended && !input->dry && input->n < 4) {
		const ssize_t n = read_some(input, input->p + input->n, PACKED_BYTES - input->n);

		if (n < 0)
			return failed_read(input, errno, err);
		input->n += (size_t)n;
		input->ended = n == 0 && !input->live;
		input->dry = n == 0 && input->live;
	}
	input->packing = packing_of(input_unread(input));
	if (input->packing == INPUT_PLAIN)
		return 0;
	input->ended = false;
	return start_unpacking(input, err);
}

int input_open(struct input *input, const char *path, bool live, struct err *err)
{
	const bool is_stdin = strcmp(path, "-") == 0;

	*input = (struct input){ .live = live };
	input->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (input->fd < 0)
		return err_errno(err, errno, "%s", path);
	input->room = INPUT_STEP_BYTES;
	input->p = mem_alloc(input->room);
	if (check_file(input, err) < 0 || look(input, err) < 0) {
		input_close(input);
		return err_wrap(err, "%s", is_stdin ? "standard input" : path);
	}
	return 0;
}

void input_close(struct input *input)
{
	if (input->unpacker) {
		if (input->unpacker->has_gzip)
			inflateEnd(&input->unpacker->gzip);
		ZSTD_freeDStream(input->unpacker->zstd);
	}
	mem_clear(&input->unpacker);
	mem_clear(&input->p);
	if (input->fd > STDIN_FILENO)
		close(input->fd);
	input->fd = -1;
}
