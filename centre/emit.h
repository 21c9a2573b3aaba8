/*
 * emit.h - writes JSON into a buffer: commas, quotes and nesting are its
 * business. A buffer that is full stays full; look at it once at the end.
 */
#ifndef CENTRE_EMIT_H
#define CENTRE_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/sv.h"

#define EMIT_DEPTH_MAX 16

struct emit {
	struct buf *buf;
	unsigned depth;
	bool started[EMIT_DEPTH_MAX]; /* this level has a member already */
	bool after_key;
};

struct emit emit_begin(struct buf *buf);
void emit_object(struct emit *emit); /* { */
void emit_object_end(struct emit *emit);
void emit_array(struct emit *emit); /* [ */
void emit_array_end(struct emit *emit);
void emit_key(struct emit *emit, const char *key);
/* Values: after json_key, or in an array. Text with p NULL is null. */
void emit_text(struct emit *emit, struct sv text);
void emit_number(struct emit *emit, int64_t number);
void emit_truth(struct emit *emit, bool truth);
void emit_nothing(struct emit *emit);
void emit_time(struct emit *emit, struct instant at); /* zero is null */
void emit_raw(struct emit *emit, struct sv text);     /* JSON already */
/* key and value in one. */
void emit_put_text(struct emit *emit, const char *key, struct sv text);
void emit_put_or_null(struct emit *emit, const char *key, struct sv text); /* empty is null */
void emit_put_number(struct emit *emit, const char *key, int64_t number);
void emit_put_truth(struct emit *emit, const char *key, bool truth);
void emit_put_time(struct emit *emit, const char *key, struct instant at);

#endif
