/*
 * Any answers: what is kept is kept again as it is, and nothing that nobody asked
 * for is kept. The first byte chooses a kind of field, the rest is what is typed.
 */
#include "programme/internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void check(const struct programme_field *field, struct sv typed, struct arena *arena)
{
	static const struct programme nothing = { .arena = NULL };
	const struct answer answer = { field->id, typed };
	const struct answers all = { &answer, 1 };
	struct answers once, twice;
	struct form_errors errors;
	struct err err = ERR_INIT;
	const int status = form_check(&nothing, field, 1, &all, arena, &once, &errors, &err);

	if (status > 0) {
		require(errors.count == 1 && errors.item[0].message.ja.n > 0);
		require(sv_is_utf8(errors.item[0].message.ja));
		return;
	}
	require(status == 0 && once.count <= 2);
	if (once.count == 0)
		return;
	require(sv_is_utf8(once.item[0].value));
	require(form_check(&nothing, field, 1, &once, arena, &twice, &errors, &err) == 0);
	require(sv_eq(once.item[0].value, twice.item[0].value));
	if (field->kind == FIELD_MAIL)
		require(sv_find_char(once.item[0].value, '\n', 0) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct programme_option option = { { "a", 1 }, { { "A", 1 }, { "A", 1 } } };
	struct arena *arena = arena_new((size_t)64 << 20);
	const struct sv typed = { (const char *)data + 1, size > 0 ? size - 1 : 0 };
	const struct programme_field field = {
		.id = SV("f"),
		.kind = size > 0 ? (enum programme_field_kind)(data[0] % FIELD_COURSES) : FIELD_TEXT,
		.label = { SV("項目"), SV("Field") },
		.max = 100000,
		.option = &option,
		.option_count = 1,
	};

	if (size > 0) {
		const struct sv found = fold_search(typed, arena);

		check(&field, typed, arena);
		require(!found.p || sv_is_utf8(found));
	}
	arena_free(arena);
	return 0;
}
