#include "centre/files.h"

#define MAIL_LINES_MAX 16384 /* what one mail tells of files */

struct sv files_owner(struct sv application, struct arena *arena)
{
	return arena_printf(arena, "application %.*s", SV_ARG(application));
}

int files_use(struct store *store, const struct files_take *take,
	      const struct programme_field *field, size_t count, const struct answers *answers,
	      struct sv *ret_field, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct sv value = field[i].kind == FIELD_FILE
						? answers_get(answers, field[i].id)
						: SV_NONE;
		const struct upload_user user = {
			.kind = FILES_OF_APPLICATION,
			.id = take->application,
			.field = take->event.n == 0 ? field[i].id
						    : arena_printf(take->arena, "%.*s.%.*s",
								   SV_ARG(take->event),
								   SV_ARG(field[i].id)),
			.at = take->at,
		};
		int r;

		if (value.n == 0)
			continue;
		r = upload_use(store, take->uploads, take->owner, value, &user, take->now, err);
		if (r > 0)
			*ret_field = field[i].id;
		if (r != 0)
			return r;
	}
	return 0;
}

int files_use_form(struct store *store, const struct files_take *take,
		   const struct programme_form *form, const struct answers *answers,
		   struct sv *ret_field, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < form->section_count; i++)
		r = files_use(store, take, form->section[i].field, form->section[i].field_count,
			      answers, ret_field, err);
	return r;
}

struct sv files_size(uint64_t bytes, bool english, struct arena *arena)
{
	const unsigned long long tenths = bytes * 10 / (1U << 20);

	if (bytes < 1024)
		return arena_printf(arena, english ? "%llu bytes" : "%llu バイト",
				    (unsigned long long)bytes);
	if (tenths < 10)
		return arena_printf(arena, "%llu KB", (unsigned long long)(bytes + 1023) / 1024);
	return arena_printf(arena, "%llu.%llu MB", tenths / 10, tenths % 10);
}

struct sv files_size_exact(uint64_t bytes, bool english, struct arena *arena)
{
	const struct sv size = files_size(bytes, english, arena);

	if (bytes < 1024)
		return size;
	return arena_printf(arena, english ? "%.*s (%llu bytes)" : "%.*s（%llu バイト）",
			    SV_ARG(size), (unsigned long long)bytes);
}

int files_told(struct store *store, struct sv application, struct instant at, struct arena *arena,
	       struct sv *ret, struct err *err)
{
	const struct upload *file;
	struct buf buf;
	size_t count;

	if (upload_list(store, FILES_OF_APPLICATION, application, arena, &file, &count, err) != 0)
		return -1;
	buf_init(&buf, MAIL_LINES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (file[i].at.us != at.us)
			continue;
		if (buf.n == 0)
			buf_put_sv(&buf, SV("\n\n■お預かりしたファイル\n"));
		buf_printf(&buf, "・%.*s\n  %.*s\n  SHA-256: %s\n", SV_ARG(file[i].name),
			   SV_ARG(files_size_exact(file[i].bytes, false, arena)), file[i].digest);
	}
	*ret = arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return 0;
}
