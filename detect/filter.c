#include <stdlib.h>

#include "base/mem.h"
#include "detect/internal.h"

static bool has_not(const struct condition *condition)
{
	if (condition->kind == CONDITION_NOT)
		return true;
	for (size_t i = 0; i < condition->count; i++)
		if (has_not(condition->child[i]))
			return true;
	return false;
}

static struct sv member_lower(struct load *load, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);
	char *p;

	if (!node || node->kind != YAML_SCALAR || yaml_is_null(node))
		return SV("");
	p = arena_alloc(load->arena, node->text.n + 1);
	for (size_t i = 0; p && i < node->text.n; i++)
		p[i] = node->text.p[i] >= 'A' && node->text.p[i] <= 'Z'
			       ? (char)(node->text.p[i] | 0x20)
			       : node->text.p[i];
	return p ? (struct sv){ p, node->text.n } : SV("");
}

static bool read_rules(struct load *load, const struct yaml_node *node, struct filter *filter)
{
	const size_t room = node && node->kind == YAML_LIST ? node->count : node ? 1 : 0;
	struct sv *rule = arena_alloc(load->arena, (room + 1) * sizeof *rule);

	if (node && node->kind == YAML_SCALAR && sv_eq_case(node->text, SV("any"))) {
		filter->any = true;
		return true;
	}
	for (size_t i = 0; rule && i < room; i++) {
		const struct yaml_node *item = node->kind == YAML_LIST ? node->item[i] : node;

		if (item->kind == YAML_SCALAR && item->text.n > 0)
			rule[filter->rule_count++] = load_text(load, item->text);
	}
	filter->rule = rule;
	return filter->rule_count > 0;
}

void load_filter(struct load *load, const struct yaml_node *document)
{
	static const char *const skip[] = { "rules", "condition", NULL };
	const struct yaml_node *node = yaml_get(document, "filter");
	const struct yaml_node *condition = yaml_get(node, "condition");
	const struct yaml_node *logsource = yaml_get(document, "logsource");
	struct filter filter = {
		.file = load->file, .title = load->title, .line = load->line, .column = 1
	};

	if (node->kind != YAML_MAP || !condition || condition->kind != YAML_SCALAR ||
	    !read_rules(load, yaml_get(node, "rules"), &filter)) {
		load_problem(load, PROBLEM_NOT_COMPILED, node->line, node->column,
			     "a filter needs rules, a search and one condition");
		return;
	}
	filter.product = member_lower(load, logsource, "product");
	filter.category = member_lower(load, logsource, "category");
	filter.service = member_lower(load, logsource, "service");
	if (!load_searches(load, node, skip, &filter.search, &filter.search_count))
		return;
	filter.condition = load_condition(load, condition, filter.search, filter.search_count);
	if (!filter.condition || load->failed)
		return;
	if (!has_not(filter.condition))
		load_problem(
			load, PROBLEM_WARNING, condition->line, condition->column,
			"the filter's condition has no `not`: rules match only where it holds");
	*(struct filter *)growing_add(&load->filter, sizeof filter) = filter;
}

static bool fits(struct sv filter, struct sv rule)
{
	return filter.n == 0 || sv_eq(filter, rule);
}

static bool names(const struct filter *filter, const struct rule_body *rule)
{
	if (rule->correlation || !fits(filter->product, rule->face.product) ||
	    !fits(filter->category, rule->face.category) ||
	    !fits(filter->service, rule->face.service))
		return false;
	for (size_t i = 0; i < filter->rule_count; i++)
		if (sv_eq_case(filter->rule[i], rule->face.id) ||
		    (rule->name.n > 0 && sv_eq(filter->rule[i], rule->name)))
			return true;
	return filter->any;
}

/* (rule) and (filter); the filter's searches come behind the rule's, under their own names. */
static bool apply(struct load *load, const struct filter *filter, struct rule_body *rule)
{
	const size_t count = rule->search_count + filter->search_count;
	struct search *search = arena_alloc(load->arena, count * sizeof *search);
	struct condition *both[2], *joined;

	both[0] = condition_shift(load->arena, rule->condition, 0);
	both[1] = condition_shift(load->arena, filter->condition, (uint32_t)rule->search_count);
	joined = both[0] && both[1] ? condition_join(load->arena, CONDITION_AND, both, 2) : NULL;
	if (!search || !joined)
		return false;
	memcpy(search, rule->search, rule->search_count * sizeof *search);
	memcpy(search + rule->search_count, filter->search, filter->search_count * sizeof *search);
	for (size_t i = rule->search_count; i < count; i++)
		search[i].name = arena_printf(load->arena, "filter:%.*s", SV_ARG(search[i].name));
	rule->search = search;
	rule->search_count = count;
	rule->condition = joined;
	return true;
}

void filters_apply(struct load *load)
{
	struct filter *filter = load->filter.p;
	struct rule_body *rule = load->rule.p;

	for (size_t i = 0; i < load->filter.count; i++) {
		load->file = filter[i].file;
		load->title = filter[i].title;
		for (size_t k = 0; k < load->rule.count; k++) {
			if (!names(&filter[i], &rule[k]))
				continue;
			if (arena_used(load->arena) > RULESET_BYTES_MAX ||
			    !apply(load, &filter[i], &rule[k]))
				load_problem(load, PROBLEM_WARNING, filter[i].line, 1,
					     "no memory for more filters");
			filter[i].applied = true;
		}
		if (!filter[i].applied)
			load_problem(load, PROBLEM_WARNING, filter[i].line, 1,
				     "the filter fits no rule that is loaded");
	}
}
