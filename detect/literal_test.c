/* Sets of texts against a search for one text after the other. */
#include <stdlib.h>

#include "base/mem.h"
#include "detect/literal.h"
#include "detect/testing.h"

static bool stands(const struct literal *literal, struct sv value)
{
	switch (literal->kind) {
	case LITERAL_EXACT: return sv_eq(value, literal->text);
	case LITERAL_PREFIX: return sv_starts(value, literal->text);
	case LITERAL_SUFFIX: return sv_ends(value, literal->text);
	default: return sv_find(value, literal->text, 0) != SIZE_MAX;
	}
}

static bool note(void *context, uint32_t payload)
{
	bool *found = context;

	found[payload] = true;
	return false;
}

static struct sv random_text(struct arena *arena, uint64_t *state, size_t least, size_t most,
			     uint32_t letters)
{
	const size_t n = least + testing_random(state, (uint32_t)(most - least + 1));
	char text[128];

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + testing_random(state, letters));
	return n > 0 ? arena_dup(arena, (struct sv){ text, n }) : SV("");
}

TEST(agrees_with_one_by_one)
{
	uint64_t state = 42;
	size_t hits = 0;

	for (int round = 0; round < 300; round++) {
		struct arena *arena = arena_new((size_t)1 << 26);
		const size_t count = 1 + testing_random(&state, 60);
		const uint32_t letters = 1 + testing_random(&state, 4);
		struct literal *literal = mem_alloc(count * sizeof *literal);
		const struct literal_set *set;

		for (uint32_t i = 0; i < count; i++) {
			literal[i].kind =
				(enum literal_kind)testing_random(&state, LITERAL_KIND_COUNT);
			literal[i].text =
				random_text(arena, &state, literal[i].kind == LITERAL_EXACT ? 0 : 1,
					    24, letters);
			literal[i].payload = i;
		}
		set = literal_set_new(arena, literal, count);
		for (int k = 0; k < 60; k++) {
			struct sv value = random_text(arena, &state, 0, 40, letters);
			bool found[64] = { false };
			bool sound = true;

			if (k % 4 == 0)
				value = literal[testing_random(&state, (uint32_t)count)].text;
			CHECK(literal_set_scan(set, value, note, found));
			for (size_t i = 0; i < count; i++) {
				sound &= found[i] == stands(&literal[i], value);
				hits += found[i];
			}
			CHECK(sound);
		}
		free(literal);
		arena_free(arena);
	}
	CHECK(hits > 10000);
}

TEST(work_is_bounded)
{
	struct arena *arena = arena_new((size_t)1 << 28);
	struct literal *literal = mem_alloc(3000 * sizeof *literal);
	char *long_text = mem_alloc(100000);
	bool *found = mem_zalloc(3000);
	const struct literal_set *set;

	memset(long_text, 'a', 100000);
	for (uint32_t i = 0; i < 3000; i++)
		literal[i] = (struct literal){ LITERAL_CONTAINS, { long_text, 20 + i }, i };
	set = literal_set_new(arena, literal, 3000);
	/* every place is a candidate for every text: the scan gives up and says so */
	CHECK(!literal_set_scan(set, (struct sv){ long_text, 100000 }, note, found));
	/* and an ordinary text is no trouble */
	CHECK(literal_set_scan(set, SV("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), note,
			       found));
	free(literal);
	free(long_text);
	free(found);
	arena_free(arena);
}

static bool stop(void *context, uint32_t payload)
{
	size_t *calls = context;

	(void)payload;
	(*calls)++;
	return true;
}

TEST(ends_early)
{
	struct arena *arena = arena_new(1 << 20);
	const struct literal literal[] = { { LITERAL_EXACT, SV("needle"), 0 },
					   { LITERAL_CONTAINS, SV("needle"), 1 },
					   { LITERAL_SUFFIX, SV("dle"), 2 } };
	const struct literal_set *set = literal_set_new(arena, literal, 3);
	size_t calls = 0;

	CHECK(literal_set_scan(set, SV("needle"), stop, &calls));
	CHECK_INT(calls, 1);
	CHECK(literal_set_scan(set, SV_NONE, stop, &calls));
	CHECK_INT(calls, 1);
	arena_free(arena);
}
