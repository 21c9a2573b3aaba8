/*
 * The bytes that a browser sends, up to the page that answers: a form with every
 * kind of field. What is kept is kept again as it is, and a page is whole.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "centre/site_internal.h"
#include "centre/urlencoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_MAX (16U << 20)
#define PAGE_MAX (8U << 20)

/* The programme of all inputs: tests/site/every-kind.yaml. */
static const struct programme *form_of_tests(void)
{
	static struct arena *arena; /* all inputs share it */
	static const struct programme *programme;
	struct programme_problems problems;
	struct err err = ERR_INIT;

	if (arena == NULL) {
		arena = arena_new(ARENA_MAX);
		programme = programme_read(SITE_FUZZ_PROGRAMME, arena, &problems, &err);
	}
	if (programme == NULL) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return programme;
}

/* All that stands between < and > is markup of ours: quotation marks in it come in pairs. */
static void check_page(struct sv page)
{
	bool inside = false;
	size_t quotes = 0;

	if (!sv_is_utf8(page) || !sv_starts(page, SV("<!doctype html>")) ||
	    sv_find(page, SV("<script"), 0) != SIZE_MAX || sv_find_char(page, '\0', 0) != SIZE_MAX)
		abort();
	for (size_t i = 0; i < page.n; i++) {
		const char c = page.p[i];

		if ((c == '<' && inside) || (c == '>' && !inside))
			abort();
		if (c == '<' || c == '>')
			inside = c == '<';
		quotes += inside && c == '"';
	}
	if (inside || quotes % 2 != 0)
		abort();
}

static void check_kept(const struct programme *programme, const struct answers *kept,
		       struct arena *arena)
{
	struct form_errors errors;
	struct answers again;
	struct err err = ERR_INIT;

	if (form_check_application(programme, kept, arena, &again, &errors, &err) != 0 ||
	    again.count != kept->count)
		abort();
	for (size_t i = 0; i < kept->count; i++) {
		if (!sv_eq(kept->item[i].name, again.item[i].name) ||
		    !sv_eq(kept->item[i].value, again.item[i].value))
			abort();
	}
}

static void answer(const struct answers *raw, bool english, struct arena *arena)
{
	const struct programme *programme = form_of_tests();
	const struct catalogue_entry entry = { .slug = SV("x"), .programme = programme };
	const struct site_edition edition = { &entry, programme_facts(programme), NULL, 0 };
	struct site_application application = { .edition = &edition, .raw = raw, .token = "0" };
	const struct answers typed = site_typed_form(&edition.facts->form, raw, arena);
	const struct day today = edition.facts->opens;
	struct answers kept;
	struct err err = ERR_INIT;
	struct buf page;
	int r;

	buf_init(&page, PAGE_MAX);
	r = form_check_application(programme, &typed, arena, &kept, &application.errors, &err);
	if (r == 0)
		check_kept(programme, &kept, arena);
	if (r == 0)
		site_check_page(&page, arena, english, today, &application, &kept);
	if (r == 1)
		site_form_page(&page, arena, english, today, &application);
	if (r >= 0 && !page.full)
		check_page(buf_sv(&page));
	buf_done(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_MAX);
	const struct sv body = { (const char *)data + (size > 0), size - (size > 0) };
	struct answers raw;

	if (urlencoded_parse(body, arena, &raw, NULL) == 0)
		answer(&raw, size > 0 && data[0] == 'e', arena);
	arena_free(arena);
	return 0;
}
