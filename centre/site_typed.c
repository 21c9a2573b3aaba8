/* From what the browser sent to answers, and back. */
#include "centre/site_internal.h"

const char *const site_date_part[SITE_DATE_PARTS] = { ".year", ".month", ".day" };

/* Digits as Japanese keyboards write them, too. */
static struct sv plain_digits(struct sv text, struct arena *arena)
{
	char *p = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < text.n; i++) {
		const unsigned char *at = (const unsigned char *)text.p + i;

		if (text.n - i >= 3 && at[0] == 0xEF && at[1] == 0xBC && at[2] >= 0x90 &&
		    at[2] <= 0x99) {
			p[n++] = (char)('0' + at[2] - 0x90);
			i += 2;
		} else {
			p[n++] = text.p[i];
		}
	}
	return sv_trim((struct sv){ p, n });
}

/* "2025-07-05"; what is no date stays as typed, for form_check to refuse. */
static struct sv join_date(struct sv id, const struct answers *raw, struct arena *arena)
{
	struct sv part[SITE_DATE_PARTS];
	uint64_t number[SITE_DATE_PARTS];
	bool any = false, all = true;

	for (unsigned i = 0; i < SITE_DATE_PARTS; i++) {
		const struct sv name = arena_printf(arena, "%.*s%s", SV_ARG(id), site_date_part[i]);

		part[i] = plain_digits(answers_get(raw, name), arena);
		any = any || part[i].n > 0;
		all = all && sv_to_u64(part[i], &number[i]) && number[i] <= 9999;
	}
	if (!any)
		return SV_NONE;
	if (all)
		return arena_printf(arena, "%04u-%02u-%02u", (unsigned)number[0],
				    (unsigned)number[1], (unsigned)number[2]);
	return arena_printf(arena, "%.*s-%.*s-%.*s", SV_ARG(part[0]), SV_ARG(part[1]),
			    SV_ARG(part[2]));
}

struct list {
	struct answer *item;
	size_t count;
};

static void take_field(struct list *list, const struct programme_field *field,
		       const struct answers *raw, struct arena *arena)
{
	const bool several = field->kind == FIELD_CHOICES || field->kind == FIELD_COURSES ||
			     field->kind == FIELD_SITES;

	if (field->kind == FIELD_DATE) {
		const struct sv date = join_date(field->id, raw, arena);

		if (date.n > 0 && list->count < PROGRAMME_ANSWERS_MAX)
			list->item[list->count++] = (struct answer){ field->id, date };
		return;
	}
	for (size_t i = 0; i < raw->count && list->count < PROGRAMME_ANSWERS_MAX; i++) {
		if (!sv_eq(raw->item[i].name, field->id))
			continue;
		if (field->kind == FIELD_SITES && sv_trim(raw->item[i].value).n == 0)
			continue; /* a line that nobody needed */
		list->item[list->count++] = (struct answer){ field->id, raw->item[i].value };
		if (!several)
			return;
	}
}

static struct list list_new(struct arena *arena)
{
	return (struct list){ arena_alloc(arena, PROGRAMME_ANSWERS_MAX * sizeof(struct answer)),
			      0 };
}

struct answers site_typed(const struct programme_field *field, size_t count,
			  const struct answers *raw, struct arena *arena)
{
	struct list list = list_new(arena);

	for (size_t i = 0; list.item && i < count; i++)
		take_field(&list, &field[i], raw, arena);
	return (struct answers){ list.item, list.count };
}

struct answers site_typed_form(const struct programme_form *form, const struct answers *raw,
			       struct arena *arena)
{
	struct list list = list_new(arena);

	for (size_t i = 0; list.item && i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			take_field(&list, &form->section[i].field[k], raw, arena);
	return (struct answers){ list.item, list.count };
}

void site_hidden(struct site *site, const char *name, struct sv value)
{
	struct html *html = &site->html;

	html_open(html, "input");
	html_attribute(html, "type", SV("hidden"));
	html_attribute(html, "name", sv_from(name));
	html_attribute(html, "value", value);
	html_close(html);
}

static bool is_of_field(struct sv name, const struct programme_field *field)
{
	if (!sv_starts(name, field->id))
		return false;
	name = sv_slice(name, field->id.n, name.n);
	if (field->kind != FIELD_DATE)
		return name.n == 0;
	for (unsigned i = 0; i < SITE_DATE_PARTS; i++)
		if (sv_eq(name, sv_from(site_date_part[i])))
			return true;
	return false;
}

bool site_is_of_form(struct sv name, const struct programme_form *form)
{
	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (is_of_field(name, &form->section[i].field[k]))
				return true;
	return false;
}

void site_hidden_form(struct site *site, const struct programme_form *form,
		      const struct answers *raw)
{
	for (size_t i = 0; i < form->section_count; i++) {
		for (size_t k = 0; k < form->section[i].field_count; k++) {
			const struct programme_field *field = &form->section[i].field[k];

			for (size_t j = 0; j < raw->count; j++) {
				if (!is_of_field(raw->item[j].name, field))
					continue;
				site_hidden(site, arena_dup(site->arena, raw->item[j].name).p,
					    raw->item[j].value);
			}
		}
	}
}
