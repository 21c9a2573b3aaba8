/* Texts with {names} in them. */
#include <stdio.h>

#include "base/buf.h"
#include "programme/internal.h"

#define FILLED_MAX (1U << 20) /* bytes of one text with its values */

struct programme_text text_join(struct arena *arena, struct programme_text first,
				const char *then_ja, const char *then_en)
{
	const struct programme_text joined = {
		arena_printf(arena, "%.*s%s", SV_ARG(first.ja), then_ja),
		arena_printf(arena, "%.*s%s", SV_ARG(first.en), then_en),
	};

	return joined.ja.p && joined.en.p ? joined
					  : (struct programme_text){ sv_from(then_ja),
								     sv_from(then_en) };
}

/* The next {name} at or after from: its start, or SIZE_MAX. */
static size_t next_name(struct sv text, size_t from, struct sv *ret_name)
{
	size_t at = sv_find_char(text, '{', from);

	while (at != SIZE_MAX) {
		size_t end = at + 1;

		while (end < text.n &&
		       ((text.p[end] >= 'a' && text.p[end] <= 'z') ||
			(text.p[end] >= '0' && text.p[end] <= '9') || text.p[end] == '_' ||
			text.p[end] == '-' || text.p[end] == '.'))
			end++;
		if (end < text.n && text.p[end] == '}' && end > at + 1) {
			*ret_name = sv_slice(text, at + 1, end);
			return at;
		}
		at = sv_find_char(text, '{', at + 1);
	}
	return SIZE_MAX;
}

bool text_names(struct sv text, bool (*name)(void *context, struct sv name, size_t at),
		void *context)
{
	struct sv found;

	for (size_t at = next_name(text, 0, &found); at != SIZE_MAX;
	     at = next_name(text, at + 1, &found)) {
		if (!name(context, found, at))
			return false;
	}
	return true;
}

struct sv text_fill(struct sv text, const struct answers *values, struct arena *arena)
{
	struct sv found, filled;
	size_t from = 0;
	struct buf buf;

	buf_init(&buf, FILLED_MAX);
	for (size_t at = next_name(text, 0, &found); at != SIZE_MAX;
	     at = next_name(text, from, &found)) {
		buf_put_sv(&buf, sv_slice(text, from, at));
		buf_put_sv(&buf, answers_get(values, found));
		from = at + found.n + 2;
	}
	buf_put_sv(&buf, sv_slice(text, from, text.n));
	filled = buf.full ? SV_NONE : arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return filled;
}
