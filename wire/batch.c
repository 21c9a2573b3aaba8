#include <zstd.h>

#include "base/mem.h"
#include "wire/wire.h"

#define LEVEL 3
#define WINDOW_LOG_MAX 24 /* 16 MiB: more than a batch may hold */

int wire_pack(struct sv lines, struct buf *packed, struct err *err)
{
	size_t room, n;
	char *p;

	if (lines.n > WIRE_BATCH_UNPACKED_MAX)
		return err_set(err, ERR_TOO_LARGE, "batch of %zu bytes, at most %u",
			       lines.n, WIRE_BATCH_UNPACKED_MAX);
	room = ZSTD_compressBound(lines.n);
	p = mem_alloc(room);
	n = ZSTD_compress(p, room, lines.p, lines.n, LEVEL);
	if (ZSTD_isError(n)) {
		free(p);
		return err_set(err, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(n));
	}
	if (n <= WIRE_BATCH_PACKED_MAX)
		buf_put(packed, p, n);
	free(p);
	if (n > WIRE_BATCH_PACKED_MAX || packed->full)
		return err_set(err, ERR_TOO_LARGE, "compressed batch of %zu bytes, at most %u", n,
			       WIRE_BATCH_PACKED_MAX);
	return 0;
}

/* One frame into lines, chunk by chunk, so that a bomb costs one chunk. */
static int unpack_frame(ZSTD_DCtx *context, ZSTD_inBuffer *in, struct buf *lines,
			struct err *err)
{
	const size_t room = ZSTD_DStreamOutSize();
	const size_t before = lines->n;
	char *chunk = mem_alloc(room);
	size_t more;
	int r = 0;

	do {
		ZSTD_outBuffer out = { chunk, room, 0 };
		const size_t at = in->pos;

		more = ZSTD_decompressStream(context, &out, in);
		if (ZSTD_isError(more)) {
			r = err_set(err, ERR_FORMAT, "zstd: %s", ZSTD_getErrorName(more));
			break;
		}
		if (out.pos == 0 && in->pos == at && more != 0) {
			r = err_set(err, ERR_FORMAT, "zstd: the frame is cut off");
			break;
		}
		if (lines->n - before + out.pos > WIRE_BATCH_UNPACKED_MAX) {
			r = err_set(err, ERR_TOO_LARGE, "batch unpacks to more than %u bytes",
				    WIRE_BATCH_UNPACKED_MAX);
			break;
		}
		buf_put(lines, chunk, out.pos);
		if (lines->full) {
			r = err_set(err, ERR_TOO_LARGE, "batch unpacks to more than %zu bytes",
				    lines->max);
			break;
		}
	} while (more != 0);
	free(chunk);
	return r;
}

int wire_unpack(struct sv packed, struct buf *lines, struct err *err)
{
	ZSTD_inBuffer in = { packed.p, packed.n, 0 };
	ZSTD_DCtx *context;
	int r;

	if (packed.n == 0)
		return err_set(err, ERR_FORMAT, "zstd: empty");
	if (packed.n > WIRE_BATCH_PACKED_MAX)
		return err_set(err, ERR_TOO_LARGE, "compressed batch of %zu bytes, at most %u",
			       packed.n, WIRE_BATCH_PACKED_MAX);
	context = ZSTD_createDCtx();
	if (context == NULL)
		abort(); /* out of memory */
	(void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	r = unpack_frame(context, &in, lines, err);
	ZSTD_freeDCtx(context);
	if (r == 0 && in.pos < in.size)
		return err_set(err, ERR_FORMAT, "zstd: %zu bytes behind the frame",
			       in.size - in.pos);
	return r;
}
