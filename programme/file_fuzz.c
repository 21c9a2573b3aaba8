/* Any file: it is whole, or every problem has a place; what is whole can be asked. */
#include "programme/internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void use(const struct programme *programme, struct arena *arena)
{
	const struct programme_facts *facts = programme_facts(programme);
	static const struct answers none = { NULL, 0 };
	struct application_state is = { .state = SV("") };
	const struct stimulus stimulus = { .event = SV("receive"), .by = BY_APPLICANT,
					   .now = tokyo_instant(facts->opens, 12, 0) };
	const struct eligibility_row *row;
	struct transition transition;
	struct answers fields;
	struct refused refused;
	struct err err = ERR_INIT;
	enum verdict whole;
	size_t count;

	require(facts->course_count <= PROGRAMME_COURSES_MAX && facts->state_count > 0);
	require(eligibility(programme, &none, &none, arena, &row, &count, &whole, &err) == 0);
	if (programme_step(programme, &is, &stimulus, arena, &transition, &fields, &refused, &err) ==
	    1)
		require(refused.why != REFUSAL_NONE && refused.message.ja.p);
	for (size_t i = 0; i < facts->state_count; i++) {
		const struct programme_state *state = &facts->state[i];

		require(state->final || state->event_count > 0);
		is.state = state->id;
		is.entered = stimulus.now;
		for (int mark = 0; mark < MARK_COUNT; mark++)
			is.mark[mark] = stimulus.now;
		for (size_t k = 0; k < state->event_count; k++) {
			const struct stimulus one = { .event = state->event[k].id,
						      .by = BY_SECRETARIAT, .now = stimulus.now };

			programme_step(programme, &is, &one, arena, &transition, &fields, &refused,
				       &err);
		}
	}
}

/* What stands beside the steps. */
static void use_sections(const struct programme *programme, struct arena *arena)
{
	const struct programme_facts *facts = programme_facts(programme);
	static const struct answers none = { NULL, 0 };
	const struct application_state is = { .state = SV("") };
	const struct programme_change *change;
	struct form_errors errors;
	struct answers kept;
	struct err err = ERR_INIT;
	size_t count;

	require(selection_frame(programme, &is) == SIZE_MAX ||
		selection_frame(programme, &is) < facts->selection.frame_count);
	for (size_t i = 0; i < facts->flag_count; i++)
		flag_holds(&facts->flag[i], &is);
	for (size_t i = 0; i < facts->figure_count; i++)
		require(!figure_counts(&facts->figure[i], &is)); /* never received */
	for (size_t i = 0; i < facts->questionnaire_count; i++)
		form_check_questionnaire(programme, &facts->questionnaire[i], &is, &none, arena,
					 &kept, &errors, &err);
	require(programme_difference(programme, programme, arena, &change, &count, &err) == 0 &&
		count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)16 << 20);
	struct programme_problems problems = { NULL, 0 };
	struct err err = ERR_INIT;
	struct programme *programme = programme_parse((struct sv){ (const char *)data, size }, "f",
						      arena, &problems, &err);

	require(!programme == (problems.count > 0));
	for (size_t i = 0; i < problems.count; i++)
		require(problems.item[i].line >= 1 && problems.item[i].column >= 1 &&
			(problems.item[i].message.n > 0 || problems.item[i].hint.n > 0));
	if (programme) {
		use(programme, arena);
		use_sections(programme, arena);
	}
	programme_free(programme);
	arena_free(arena);
	return 0;
}
