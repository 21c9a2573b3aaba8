#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "event/internal.h"

struct event_builder {
	struct arena *arena; /* names and texts of this event */
	struct event_field *field;
	size_t count, room, ignored;
	struct event_envelope envelope;
};

/* Names are copied too, and each copy is rounded up by the arena. */
#define BUILDER_BYTES_MAX (2 * EVENT_BYTES_MAX)
#define BUILDER_FIELDS_MIN 32

struct event_builder *event_builder_new(void)
{
	struct event_builder *builder = mem_zalloc(sizeof *builder);

	builder->arena = arena_new(BUILDER_BYTES_MAX);
	return builder;
}

void event_builder_free(struct event_builder *builder)
{
	if (!builder)
		return;
	arena_free(builder->arena);
	free(builder->field);
	free(builder);
}

void event_builder_clear(struct event_builder *builder)
{
	arena_clear(builder->arena);
	builder->count = builder->ignored = 0;
	builder->envelope = (struct event_envelope){ 0 };
}

/* Bytes at p that are no character become one U+FFFD each. */
static struct sv dup_utf8(struct arena *arena, struct sv s)
{
	const char *p = s.n > 0 ? s.p : "", *end = p + s.n;
	char *text, *to;
	size_t n;

	if (s.n == 0)
		return SV("");
	if (sv_is_utf8(s))
		return arena_dup(arena, s);
	if (s.n > BUILDER_BYTES_MAX)
		return SV_NONE;
	text = to = arena_alloc(arena, 3 * s.n);
	if (!text)
		return SV_NONE;
	while (p < end) {
		if (!(*p & 0x80)) {
			*to++ = *p++;
			continue;
		}
		n = utf8_length(p, end);
		if (n == 0) {
			to += utf8_put(0xfffd, to);
			p++;
			continue;
		}
		memcpy(to, p, n);
		to += n;
		p += n;
	}
	return (struct sv){ text, (size_t)(to - text) };
}

static void add(struct event_builder *builder, struct sv name, struct sv text, enum event_type type,
		bool in_array)
{
	struct sv kept_name, kept_text;

	if (builder->count == EVENT_FIELDS_MAX || name.n > EVENT_NAME_MAX ||
	    sv_eq(name, SV("hikeshi"))) {
		builder->ignored++;
		return;
	}
	kept_name = dup_utf8(builder->arena, name);
	kept_text = dup_utf8(builder->arena, text);
	if (!kept_name.p || !kept_text.p || kept_name.n > EVENT_NAME_MAX) {
		builder->ignored++;
		return;
	}
	if (builder->count == builder->room) {
		builder->room = builder->room ? 2 * builder->room : BUILDER_FIELDS_MIN;
		builder->field = mem_realloc(builder->field, builder->room, sizeof *builder->field);
	}
	builder->field[builder->count++] =
		(struct event_field){ .name = kept_name,
				      .text = kept_text,
				      .name_hash = sv_hash_case(kept_name),
				      .type = type,
				      .in_array = in_array };
}

void event_builder_text(struct event_builder *builder, struct sv name, struct sv text)
{
	add(builder, name, text, EVENT_STRING, false);
}

void event_builder_item(struct event_builder *builder, struct sv name, struct sv text)
{
	add(builder, name, text, EVENT_STRING, true);
}

void event_builder_number(struct event_builder *builder, struct sv name, int64_t number)
{
	char text[24];
	const int n = snprintf(text, sizeof text, "%lld", (long long)number);

	add(builder, name, (struct sv){ text, (size_t)n }, EVENT_NUMBER, false);
}

void event_builder_bool(struct event_builder *builder, struct sv name, bool value)
{
	add(builder, name, value ? SV("true") : SV("false"), EVENT_BOOL, false);
}

struct event_envelope *event_builder_envelope(struct event_builder *builder)
{
	return &builder->envelope;
}

size_t event_builder_ignored(const struct event_builder *builder)
{
	return builder->ignored;
}

struct event event_builder_event(const struct event_builder *builder)
{
	return (struct event){ .envelope = builder->envelope,
			       .field = builder->field,
			       .count = builder->count };
}
