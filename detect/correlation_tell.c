/* What is said of a hit: why, and its name. */
#include "base/hash.h"
#include "base/mem.h"
#include "detect/correlation.h"
#include "detect/correlation_rule.h"
#include "detect/fold.h"
#include "detect/internal.h"

static const char *const type_name[] = {
	[CORRELATE_EVENT_COUNT] = "event_count",
	[CORRELATE_VALUE_COUNT] = "value_count",
	[CORRELATE_TEMPORAL] = "temporal",
	[CORRELATE_TEMPORAL_ORDERED] = "temporal_ordered",
	[CORRELATE_VALUE_SUM] = "value_sum",
	[CORRELATE_VALUE_AVG] = "value_avg",
	[CORRELATE_VALUE_PERCENTILE] = "value_percentile",
	[CORRELATE_VALUE_MEDIAN] = "value_median",
};

/* "gte 10 in 10m", as in the rule. */
static struct sv condition_text(const struct correlation *correlation, struct arena *arena)
{
	static const char *const name[] = { "gt", "gte", "lt", "lte", "eq", "neq" };
	static const struct {
		int64_t seconds;
		char letter;
	} unit[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	const int64_t seconds = correlation->span / INSTANT_SECOND;
	struct sv text = SV("");
	size_t i = 0;

	for (uint32_t k = 0; k < correlation->condition_count; k++)
		text = arena_printf(arena, "%.*s%s%s %g", SV_ARG(text), k ? " and " : "",
				    name[correlation->condition[k].operator],
				    correlation->condition[k].number);
	while (seconds % unit[i].seconds != 0)
		i++;
	return arena_printf(arena, "%.*s in %lld%c", SV_ARG(text),
			    (long long)(seconds / unit[i].seconds), unit[i].letter);
}

static size_t parts_of(const struct correlation_hit *hit, uint32_t rule)
{
	size_t n = 0;

	for (size_t i = 0; i < hit->part_count; i++)
		n += hit->part[i].rule == rule;
	return n;
}

static struct detect_reason reason_of(struct sv selection, struct sv field, struct sv modifiers,
				      struct sv pattern, struct sv value)
{
	return (struct detect_reason){ .selection = selection,
				       .field = field,
				       .modifiers = modifiers,
				       .pattern = pattern,
				       .value = value,
				       .value_n = value.n,
				       .matched = true };
}

size_t correlation_explain(const struct ruleset *ruleset, const struct correlation_hit *hit,
			   struct arena *arena, const struct detect_reason **ret)
{
	const struct correlation *correlation = ruleset->rule[hit->rule].correlation;
	struct detect_reason *reason = arena_alloc(
		arena, (1 + hit->group_count + correlation->input_count) * sizeof *reason);
	size_t n = 0;

	*ret = reason;
	if (!reason)
		return 0;
	reason[n++] =
		reason_of(SV("correlation"),
			  correlation->field_count > 0 ? correlation->field[0] : SV(""),
			  sv_from(type_name[correlation->type]), condition_text(correlation, arena),
			  arena_printf(arena, "%g", hit->value));
	for (size_t i = 0; i < hit->group_count; i++)
		reason[n++] = reason_of(SV("group-by"), hit->group_name[i], SV(""), SV(""),
					hit->group_value[i]);
	for (uint32_t i = 0; i < correlation->input_count; i++) {
		const uint32_t rule = correlation->input[i].rule;
		const size_t parts = parts_of(hit, rule);

		if (parts > 0)
			reason[n++] = reason_of(SV("rules"), SV(""), SV(""),
						ruleset->rule[rule].face.title,
						arena_printf(arena, "%zu", parts));
	}
	return n;
}

void correlation_hit_name(const struct ruleset *ruleset, const struct correlation_hit *hit,
			  struct arena *arena, char name[static CORRELATION_NAME_MAX])
{
	char at[32];
	struct sv whole;
	struct buf buf;

	buf_init(&buf, SIZE_MAX / 4);
	snprintf(at, sizeof at, "%lld", (long long)hit->last.us);
	buf_put_sv(&buf, ruleset->rule[hit->rule].face.id);
	buf_put_char(&buf, '\0');
	buf_put_sv(&buf, sv_from(at));
	buf_put_char(&buf, '\0');
	buf_put_sv(&buf, hit->company);
	for (size_t i = 0; i < hit->group_count; i++) {
		const struct sv folded = fold_dup(arena, hit->group_value[i]);

		buf_put_char(&buf, '\0');
		buf_put_sv(&buf, folded.p ? folded : hit->group_value[i]);
	}
	whole = buf_sv(&buf);
	hex_encode(sha256_of(whole).byte, (CORRELATION_NAME_MAX - 1) / 2, name);
	buf_done(&buf);
}

static void add_names(const struct sv *name, uint32_t count, struct sv *list, size_t *n)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < *n && !sv_eq(list[k], name[i]))
			k++;
		if (k == *n && name[i].n > 0)
			list[(*n)++] = name[i];
	}
}

size_t ruleset_correlated_fields(const struct ruleset *ruleset, const uint32_t *rule,
				 size_t rule_count, struct arena *arena, const struct sv **ret)
{
	struct sv *list;
	size_t room = 1, n = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		list = pass ? arena_alloc(arena, room * sizeof *list) : NULL;
		for (size_t i = 0; i < ruleset->correlation_count && (pass == 0 || list); i++) {
			const struct correlation *correlation =
				ruleset->rule[ruleset->correlation[i]].correlation;

			for (uint32_t k = 0; k < correlation->input_count; k++) {
				const struct correlation_input *input = &correlation->input[k];
				size_t r = 0;

				while (r < rule_count && rule[r] != input->rule)
					r++;
				if (r == rule_count)
					continue;
				room += correlation->group_count + correlation->field_count;
				if (pass == 0)
					continue;
				add_names(input->group, correlation->group_count, list, &n);
				add_names(input->field, correlation->field_count, list, &n);
			}
		}
	}
	*ret = list;
	return n;
}
