#include "centre/emit.h"

#include <assert.h>

struct emit emit_begin(struct buf *buf)
{
	return (struct emit){ .buf = buf };
}

static void before_value(struct emit *emit)
{
	if (emit->after_key) {
		emit->after_key = false;
		return;
	}
	if (emit->depth == 0)
		return;
	if (emit->started[emit->depth - 1])
		buf_put_char(emit->buf, ',');
	emit->started[emit->depth - 1] = true;
}

static void open(struct emit *emit, char c)
{
	before_value(emit);
	assert(emit->depth < EMIT_DEPTH_MAX);
	emit->started[emit->depth++] = false;
	buf_put_char(emit->buf, c);
}

static void close(struct emit *emit, char c)
{
	assert(emit->depth > 0 && !emit->after_key);
	emit->depth--;
	buf_put_char(emit->buf, c);
}

void emit_object(struct emit *emit)
{
	open(emit, '{');
}

void emit_object_end(struct emit *emit)
{
	close(emit, '}');
}

void emit_array(struct emit *emit)
{
	open(emit, '[');
}

void emit_array_end(struct emit *emit)
{
	close(emit, ']');
}

void emit_key(struct emit *emit, const char *key)
{
	before_value(emit);
	buf_put_json(emit->buf, sv_from(key));
	buf_put_char(emit->buf, ':');
	emit->after_key = true;
}

void emit_text(struct emit *emit, struct sv text)
{
	before_value(emit);
	if (text.p)
		buf_put_json(emit->buf, text);
	else
		buf_put_sv(emit->buf, SV("null"));
}

void emit_number(struct emit *emit, int64_t number)
{
	before_value(emit);
	buf_printf(emit->buf, "%lld", (long long)number);
}

void emit_truth(struct emit *emit, bool truth)
{
	before_value(emit);
	buf_put_sv(emit->buf, truth ? SV("true") : SV("false"));
}

void emit_nothing(struct emit *emit)
{
	before_value(emit);
	buf_put_sv(emit->buf, SV("null"));
}

void emit_time(struct emit *emit, struct instant at)
{
	char text[INSTANT_TEXT_MAX];

	if (at.us == 0)
		emit_nothing(emit);
	else
		emit_text(emit, sv_from(instant_format(at, text)));
}

void emit_raw(struct emit *emit, struct sv text)
{
	before_value(emit);
	buf_put_sv(emit->buf, text);
}

void emit_put_text(struct emit *emit, const char *key, struct sv text)
{
	emit_key(emit, key);
	emit_text(emit, text.p ? text : SV(""));
}

void emit_put_or_null(struct emit *emit, const char *key, struct sv text)
{
	emit_key(emit, key);
	emit_text(emit, text.n > 0 ? text : SV_NONE);
}

void emit_put_number(struct emit *emit, const char *key, int64_t number)
{
	emit_key(emit, key);
	emit_number(emit, number);
}

void emit_put_truth(struct emit *emit, const char *key, bool truth)
{
	emit_key(emit, key);
	emit_truth(emit, truth);
}

void emit_put_time(struct emit *emit, const char *key, struct instant at)
{
	emit_key(emit, key);
	emit_time(emit, at);
}
