/* The edition in figures, and what of them may be published. */
#include "support/internal.h"

#define PAGE APPLICATION_PAGE_MAX

/* ---- counting ---- */

static struct figure_cell *cell_of(struct figure_result *result, struct sv value,
				   struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < result->cell_count; i++)
		if (sv_eq(result->cell[i].value, value))
			return &result->cell[i];
	if (!result->cell)
		result->cell = arena_zalloc(arena, SUPPORT_CELLS_MAX, sizeof *result->cell);
	if (!result->cell || result->cell_count == SUPPORT_CELLS_MAX)
		return err_null(err, ERR_RANGE, "the figure %.*s has more than %d values",
				SV_ARG(result->figure->id), SUPPORT_CELLS_MAX);
	result->cell[result->cell_count].value = arena_dup(arena, value);
	return &result->cell[result->cell_count++];
}

static int count_value(struct figure_result *result, struct sv value, struct arena *arena,
		       struct err *err)
{
	struct figure_cell *cell = cell_of(result, value, arena, err);

	if (!cell)
		return -1;
	cell->count++;
	return 0;
}

static int count_courses(struct figure_result *result, const struct application *application,
			 struct arena *arena, struct err *err)
{
	const bool decided = application->decided_count > 0;
	const struct sv *course = decided ? application->decided : application->wished;
	const size_t count = decided ? application->decided_count : application->wished_count;

	for (size_t i = 0; i < count; i++)
		if (count_value(result, course[i], arena, err) < 0)
			return -1;
	return 0;
}

int figure_add(struct figure_result *result, const struct application *application,
	       struct arena *arena, struct err *err)
{
	const struct answers *answers = &application->is.answers;
	const struct sv by = result->figure->by;
	bool said = false;

	result->denominator++;
	if (!figure_counts(result->figure, &application->is))
		return 0;
	result->total++;
	if (by.n == 0)
		return 0;
	if (sv_eq(by, SV("courses")))
		return count_courses(result, application, arena, err);
	if (sv_eq(by, SV("state")))
		return count_value(result, application->is.state, arena, err);
	for (size_t i = 0; i < answers->count; i++) {
		if (!sv_eq(answers->item[i].name, by))
			continue;
		said = true;
		if (count_value(result, answers->item[i].value, arena, err) < 0)
			return -1;
	}
	return said ? 0 : count_value(result, SV(""), arena, err);
}

static int count_page(struct store *store, const struct catalogue *catalogue,
		      const struct catalogue_entry *entry, struct figure_result *result,
		      size_t count, struct sv *cursor, struct arena *keep, struct err *err)
{
	const struct application_filter filter = {
		.programme = &entry->id, .programme_count = 1, .actor = -1, .with_final = true,
	};
	struct arena *page = arena_new((size_t)64 << 20);
	struct application_list list;
	int status = application_list(store, catalogue, &filter, *cursor, PAGE, page, &list, err);

	for (size_t i = 0; status == 0 && i < list.count; i++)
		for (size_t k = 0; status == 0 && k < count; k++)
			status = figure_add(&result[k], &list.item[i], keep, err);
	if (status == 0)
		*cursor = list.next.n > 0 ? arena_dup(keep, list.next) : SV("");
	arena_free(page);
	return status;
}

int figures_count(struct store *store, const struct catalogue *catalogue,
		  const struct catalogue_entry *entry, struct arena *arena,
		  struct figure_result **ret, size_t *ret_count, struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct figure_result *result =
		arena_zalloc(arena, facts->figure_count + 1, sizeof *result);
	struct sv cursor = SV("");

	if (!result)
		return err_set(err, ERR_RANGE, "no memory for the figures");
	for (size_t i = 0; i < facts->figure_count; i++)
		result[i].figure = &facts->figure[i];
	do {
		if (count_page(store, catalogue, entry, result, facts->figure_count, &cursor,
			       arena, err) < 0)
			return -1;
	} while (cursor.n > 0);
	*ret = result;
	*ret_count = facts->figure_count;
	return 0;
}

/* ---- hiding ---- */

/* Cells hidden so far, and companies in them. Cells of nobody tell of nobody. */
static void count_hidden(const struct figure_result *result, size_t *ret_cells, uint64_t *ret_sum)
{
	*ret_cells = 0;
	*ret_sum = 0;
	for (size_t i = 0; i < result->cell_count; i++) {
		if (!result->cell[i].hidden)
			continue;
		(*ret_cells)++;
		*ret_sum += result->cell[i].count;
	}
}

/* The smallest that is shown and not zero; NULL where none is left. */
static struct figure_cell *smallest_shown(struct figure_result *result)
{
	struct figure_cell *found = NULL;

	for (size_t i = 0; i < result->cell_count; i++) {
		struct figure_cell *cell = &result->cell[i];

		if (!cell->hidden && cell->count > 0 && (!found || cell->count < found->count))
			found = cell;
	}
	return found;
}

void figure_hide(struct figure_result *result, unsigned least)
{
	size_t cells;
	uint64_t sum;

	result->denominator_hidden = result->denominator > 0 && result->denominator < least;
	result->total_hidden = result->total > 0 && result->total < least;
	/* Few who are not counted are few, too. */
	if (result->total < result->denominator && result->denominator - result->total < least)
		result->denominator_hidden = true;
	for (size_t i = 0; i < result->cell_count; i++)
		result->cell[i].hidden =
			result->cell[i].count > 0 && result->cell[i].count < least;
	count_hidden(result, &cells, &sum);
	while (cells > 0 && (cells < 2 || sum < least)) {
		struct figure_cell *next = smallest_shown(result);

		if (!next) {
			result->total_hidden = true;
			return;
		}
		next->hidden = true;
		count_hidden(result, &cells, &sum);
	}
}

/* ---- in words ---- */

struct programme_text figure_cell_name(const struct programme *programme,
				       const struct programme_figure *figure, struct sv value,
				       struct arena *arena)
{
	const struct programme_state *state = programme_state(programme, value);

	if (value.n == 0)
		return (struct programme_text){ SV("記入なし"), SV("not said") };
	if (sv_eq(figure->by, SV("state")))
		return state ? state->name : (struct programme_text){ value, value };
	return form_value(programme, figure->by, value, arena);
}

struct programme_text figure_definition(const struct programme *programme,
					const struct programme_figure *figure,
					struct arena *arena)
{
	struct programme_text by = form_label(programme, figure->by);

	if (figure->by.n == 0)
		return (struct programme_text){
			SV("受け付けた申込みのうち、この項目に当てはまる企業の数"),
			SV("Companies that this is true of, of all applications received"),
		};
	if (sv_eq(figure->by, SV("courses")))
		by = (struct programme_text){ SV("コース"), SV("course") };
	else if (sv_eq(figure->by, SV("state")))
		by = (struct programme_text){ SV("段階"), SV("step") };
	return (struct programme_text){
		arena_printf(arena, "受け付けた申込みのうち、数える企業の「%.*s」別の数", SV_ARG(by.ja)),
		arena_printf(arena, "Companies that count, of all applications received, by “%.*s”",
			     SV_ARG(by.en)),
	};
}
