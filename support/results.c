/* Results as they were made public. */
#include "support/internal.h"

#define HIDDEN (-1)

static const char *const part_name[] = { "total", "denominator", "cell" };
enum part { PART_TOTAL, PART_DENOMINATOR, PART_CELL, PART_COUNT };

/* ---- reading ---- */

static struct figure_result *find(struct results *results, struct sv figure)
{
	for (size_t i = 0; i < results->count; i++)
		if (sv_eq(results->item[i].figure->id, figure))
			return &results->item[i];
	return NULL;
}

/* One row into the figure that it belongs to; a figure that the file dropped is left out. */
static int read_cell(struct store_query *query, struct results *results, struct arena *arena,
		     struct err *err)
{
	const int part = word_index(store_text(query, 1), part_name, PART_COUNT);
	struct figure_result *result = find(results, store_text(query, 0));
	const int64_t count = store_int(query, 3);
	const uint64_t shown = count == HIDDEN ? 0 : (uint64_t)count;
	const bool hidden = count == HIDDEN;

	if (!result)
		return 0;
	if (part == PART_TOTAL) {
		result->total = shown;
		result->total_hidden = hidden;
	} else if (part == PART_DENOMINATOR) {
		result->denominator = shown;
		result->denominator_hidden = hidden;
	} else {
		if (!result->cell)
			result->cell = arena_zalloc(arena, SUPPORT_CELLS_MAX, sizeof *result->cell);
		if (!result->cell || result->cell_count == SUPPORT_CELLS_MAX)
			return err_set(err, ERR_RANGE, "more than %d cells", SUPPORT_CELLS_MAX);
		result->cell[result->cell_count++] =
			(struct figure_cell){ records_text(query, 2, arena), shown, hidden };
	}
	return 0;
}

/* The last publication: 1 with its number and time, 0, -1. */
static int find_last(struct store *store, struct sv programme, int64_t *ret_number,
		     struct instant *ret_as_of, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT number, as_of FROM result WHERE programme = $1"
			  " ORDER BY number DESC LIMIT 1",
			  STORE_TEXT(programme));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1) {
		*ret_number = store_int(query, 0);
		ret_as_of->us = store_int(query, 1);
	}
	store_done(query);
	return step;
}

int results_are_public(struct store *store, struct sv programme_id, bool *ret, struct err *err)
{
	struct instant as_of;
	int64_t number;
	const int found = find_last(store, programme_id, &number, &as_of, err);

	*ret = found == 1;
	return found < 0 ? -1 : 0;
}

int results_last(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		 struct results *ret, struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct results results = { .count = facts->figure_count };
	struct store_query *query;
	int64_t number;
	int step = find_last(store, entry->id, &number, &results.as_of, err);

	if (step != 1)
		return step;
	results.item = arena_zalloc(arena, results.count + 1, sizeof *results.item);
	if (!results.item)
		return err_set(err, ERR_RANGE, "no memory for the results");
	for (size_t i = 0; i < results.count; i++)
		results.item[i].figure = &facts->figure[i];
	query = store_ask(store, err,
			  "SELECT figure, part, value, count FROM result_cell WHERE result = $1"
			  " ORDER BY number",
			  STORE_INT(number));
	while ((step = query ? store_step(query, err) : -1) == 1)
		if (read_cell(query, &results, arena, err) < 0) {
			step = -1;
			break;
		}
	store_done(query);
	*ret = results;
	return step < 0 ? -1 : 1;
}

/* ---- publishing ---- */

/* Two shown numbers of the same thing that tell of a few by their difference. */
static bool is_close(uint64_t a, bool a_hidden, uint64_t b, bool b_hidden, unsigned least)
{
	const uint64_t difference = a > b ? a - b : b - a;

	return !a_hidden && !b_hidden && difference > 0 && difference < least;
}

static bool tells_of_few(const struct figure_result *now, const struct figure_result *before,
			 unsigned least)
{
	if (is_close(now->total, now->total_hidden, before->total, before->total_hidden, least) ||
	    is_close(now->denominator, now->denominator_hidden, before->denominator,
		     before->denominator_hidden, least))
		return true;
	for (size_t i = 0; i < now->cell_count; i++)
		for (size_t k = 0; k < before->cell_count; k++)
			if (sv_eq(now->cell[i].value, before->cell[k].value) &&
			    is_close(now->cell[i].count, now->cell[i].hidden,
				     before->cell[k].count, before->cell[k].hidden, least))
				return true;
	return false;
}

static int check_before(struct store *store, const struct catalogue_entry *entry,
			const struct results *results, struct arena *arena, struct err *err)
{
	const unsigned least = programme_facts(entry->programme)->publish_least;
	struct results before;
	const int has = results_last(store, entry, arena, &before, err);

	for (size_t i = 0; has == 1 && i < results->count; i++) {
		const struct figure_result *old = find(&before, results->item[i].figure->id);

		if (old && tells_of_few(&results->item[i], old, least))
			return err_set(err, ERR_CONFLICT,
				       "%.*s differs by fewer than %u companies from what was published",
				       SV_ARG(results->item[i].figure->id), least);
	}
	return has < 0 ? -1 : 0;
}

static int put_cell(struct store *store, int64_t result, int64_t *number, struct sv figure,
		    enum part part, const struct figure_cell *cell, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO result_cell (result, number, figure, part, value, count)"
			    " VALUES ($1, $2, $3, $4, $5, $6)",
			    STORE_INT(result), STORE_INT((*number)++), STORE_TEXT(figure),
			    STORE_TEXT(sv_from(part_name[part])), STORE_TEXT_OR_EMPTY(cell->value),
			    STORE_INT(cell->hidden ? HIDDEN : (int64_t)cell->count));
}

static int put_figure(struct store *store, int64_t result, int64_t *number,
		      const struct figure_result *figure, struct err *err)
{
	const struct figure_cell whole[] = {
		[PART_TOTAL] = { SV_NONE, figure->total, figure->total_hidden },
		[PART_DENOMINATOR] = { SV_NONE, figure->denominator, figure->denominator_hidden },
	};

	for (unsigned i = 0; i < sizeof whole / sizeof *whole; i++)
		if (put_cell(store, result, number, figure->figure->id, (enum part)i, &whole[i],
			     err) < 0)
			return -1;
	for (size_t i = 0; i < figure->cell_count; i++)
		if (put_cell(store, result, number, figure->figure->id, PART_CELL,
			     &figure->cell[i], err) < 0)
			return -1;
	return 0;
}

int results_publish(struct store *store, const struct catalogue_entry *entry,
		    const struct results *results, struct person by, struct arena *arena,
		    struct err *err)
{
	struct instant as_of;
	int64_t result, number = 0;

	if (records_need_transaction(store, err) < 0 ||
	    check_before(store, entry, results, arena, err) < 0 ||
	    store_change(store, err,
			 "INSERT INTO result (programme, as_of, person, person_name)"
			 " VALUES ($1, $2, $3, $4)",
			 STORE_TEXT(entry->id), STORE_INT(results->as_of.us),
			 STORE_TEXT_OR_EMPTY(by.id), STORE_TEXT_OR_EMPTY(by.name)) < 0 ||
	    find_last(store, entry->id, &result, &as_of, err) != 1)
		return -1;
	for (size_t i = 0; i < results->count; i++)
		if (put_figure(store, result, &number, &results->item[i], err) < 0)
			return -1;
	return 0;
}
