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
