/* Every condition with its verdict, and the desks' questions. */
#include "programme/internal.h"

static enum verdict judge(const struct condition_rule *rule, const struct view *view)
{
	if (rule->fail && condition_holds(rule->fail, view))
		return VERDICT_FAIL;
	if (rule->review && condition_holds(rule->review, view))
		return VERDICT_REVIEW;
	if (rule->pass && condition_holds(rule->pass, view))
		return VERDICT_PASS;
	return rule->otherwise;
}

/* Fields of a condition without an answer; each once. */
static void add_missing(const struct programme_condition *condition, const struct view *view,
			struct sv *missing, size_t *count)
{
	if (!condition)
		return;
	for (size_t i = 0; i < condition->child_count; i++)
		add_missing(&condition->child[i], view, missing, count);
	if (condition->kind != CONDITION_LEAF || condition->subject != SUBJECT_FIELD ||
	    answers_get(view->answers, condition->name).n > 0 || *count == PROGRAMME_LIST_MAX)
		return;
	for (size_t i = 0; i < *count; i++) {
		if (sv_eq(missing[i], condition->name))
			return;
	}
	missing[(*count)++] = condition->name;
}

static void find_missing(const struct condition_rule *rule, const struct view *view,
			 struct arena *arena, struct eligibility_row *row)
{
	struct sv *missing = arena_alloc(arena, PROGRAMME_LIST_MAX * sizeof *missing);

	if (!missing)
		return;
	add_missing(rule->pass, view, missing, &row->missing_count);
	add_missing(rule->fail, view, missing, &row->missing_count);
	add_missing(rule->review, view, missing, &row->missing_count);
	row->missing = missing;
}

int eligibility(const struct programme *programme, const struct answers *answers,
		const struct answers *records, struct arena *arena,
		const struct eligibility_row **ret, size_t *ret_count, enum verdict *ret_whole,
		struct err *err)
{
	const struct view view = { answers, records, NULL };
	enum verdict whole = VERDICT_PASS;
	struct eligibility_row *row =
		arena_zalloc(arena, programme->condition_count + 1, sizeof *row);

	if (!row)
		return err_set(err, ERR_RANGE, "no memory for the conditions");
	for (size_t i = 0; i < programme->condition_count; i++) {
		const struct condition_rule *rule = &programme->condition[i];

		row[i] = (struct eligibility_row){ .condition = rule->id,
						   .rules = rule->rules,
						   .name = rule->name,
						   .message = { SV(""), SV("") },
						   .verdict = judge(rule, &view) };
		find_missing(rule, &view, arena, &row[i]);
		if (row[i].verdict == VERDICT_FAIL) {
			row[i].message = rule->fail_message;
			whole = VERDICT_FAIL;
		} else if (row[i].verdict == VERDICT_REVIEW) {
			row[i].message = rule->review_message;
			whole = whole == VERDICT_FAIL ? whole : VERDICT_REVIEW;
		}
	}
	*ret = row;
	*ret_count = programme->condition_count;
	*ret_whole = whole;
	return 0;
}
