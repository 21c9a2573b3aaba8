/*
 * buf.h - a growing byte buffer with a hard maximum. Past it, nothing more is
 * added and `full` stays set, so a writer checks once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/sv.h"

struct buf {
	char *p;
	size_t n, room, max;
	bool full;
};

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);	 /* releases; the buffer may be used again */
void buf_clear(struct buf *buf); /* empties, keeps the room */
void buf_put(struct buf *buf, const void *p, size_t n);
/*
 * Room for n bytes more, which the caller writes and then adds to buf->n.
 * NULL past the maximum; then `full` is set.
 */
char *buf_reserve(struct buf *buf, size_t n);
void buf_put_sv(struct buf *buf, struct sv s);
void buf_put_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) ERR_PRINTF(2, 3);
/* A JSON string with quotes; bytes that are not UTF-8 become U+FFFD. */
void buf_put_json(struct buf *buf, struct sv s);
struct sv buf_sv(const struct buf *buf); /* until the next change */
/* Hands the bytes over with a NUL behind them; free() them. */
char *buf_detach(struct buf *buf);

#endif
