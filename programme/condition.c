/* Conditions: what holds for answers, records and facts. */
#include "programme/internal.h"

struct sv courses_name(const struct answers *answers)
{
	for (size_t i = answers->count; i > 0; i--) {
		if (sv_ends(answers->item[i - 1].name, SV(".courses")))
			return answers->item[i - 1].name;
	}
	return SV("courses");
}

static bool among(struct sv value, const struct sv *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (sv_eq(value, list[i]))
			return true;
	}
	return false;
}

static const struct answers *source(const struct view *view, enum subject subject)
{
	return subject == SUBJECT_RECORD ? view->records : view->answers;
}

static struct sv resolved_name(const struct view *view, enum subject subject, struct sv name)
{
	return subject == SUBJECT_COURSES ? courses_name(view->answers) : name;
}

/* Limits that depend on another answer; false where no limit is given. */
static bool limit_of(const struct programme_condition *leaf, const struct view *view,
		     int64_t *ret)
{
	const struct sv by = leaf->by.n > 0 ? answers_get(view->answers, leaf->by) : SV_NONE;

	if (leaf->by.n == 0) {
		*ret = leaf->number;
		return true;
	}
	for (size_t i = 0; i < leaf->limit_count; i++) {
		if (sv_eq(leaf->limit[i].when, by)) {
			*ret = leaf->limit[i].number;
			return true;
		}
	}
	return false;
}

static bool number_holds(const struct programme_condition *leaf, const struct view *view,
			 struct sv value)
{
	int64_t number, limit;

	if (!sv_to_i64(value, &number) || !limit_of(leaf, view, &limit))
		return false;
	return leaf->comparison == COMPARE_AT_MOST ? number <= limit : number >= limit;
}

static bool shares(const struct programme_condition *leaf, const struct view *view,
		   struct sv value)
{
	const struct sv other = resolved_name(view, leaf->other, leaf->value[0]);

	return answers_has(source(view, leaf->other), other, value);
}

static bool value_holds(const struct programme_condition *leaf, const struct view *view,
			struct sv value)
{
	switch (leaf->comparison) {
	case COMPARE_IS:
	case COMPARE_IN:
	case COMPARE_ONLY: return among(value, leaf->value, leaf->value_count);
	case COMPARE_AT_MOST:
	case COMPARE_AT_LEAST: return number_holds(leaf, view, value);
	case COMPARE_SHARES: return shares(leaf, view, value);
	case COMPARE_GIVEN: return value.n > 0;
	case COMPARE_COUNT: break;
	}
	return false;
}

static struct sv first_word(struct sv value)
{
	return sv_cut(&value, ' ');
}

static bool leaf_holds(const struct programme_condition *leaf, const struct view *view)
{
	const struct sv name = resolved_name(view, leaf->subject, leaf->name);
	const struct answers *from = source(view, leaf->subject);
	const bool needs_all = leaf->comparison == COMPARE_ONLY;
	size_t seen = 0, held = 0;

	if (leaf->subject == SUBJECT_MARK)
		return (view->mark && view->mark[leaf->mark].us != 0) == leaf->given;
	for (size_t i = 0; i < from->count; i++) {
		if (!sv_eq(from->item[i].name, name) || from->item[i].value.n == 0)
			continue;
		seen++;
		held += value_holds(leaf, view,
				    leaf->by_first_word ? first_word(from->item[i].value)
							: from->item[i].value);
	}
	if (leaf->comparison == COMPARE_GIVEN)
		return (seen > 0) == leaf->given;
	return needs_all ? seen > 0 && held == seen : held > 0;
}

bool condition_holds(const struct programme_condition *condition, const struct view *view)
{
	if (!condition)
		return true;
	if (condition->kind == CONDITION_LEAF)
		return leaf_holds(condition, view);
	for (size_t i = 0; i < condition->child_count; i++) {
		const bool holds = condition_holds(&condition->child[i], view);

		if (condition->kind == CONDITION_NOT)
			return !holds;
		if (holds != (condition->kind == CONDITION_ALL))
			return holds;
	}
	return condition->kind == CONDITION_ALL;
}
