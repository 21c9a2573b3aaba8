#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/correlation.h"
#include "detect/correlation_rule.h"
#include "detect/internal.h"

#define SPAN_SECONDS_MAX ((uint64_t)CORRELATION_SPAN_DAYS_MAX * 24 * 60 * 60)
#define ORDERED_RULES_MAX 64 /* of temporal_ordered */

static void bad(struct load *load, const struct yaml_node *node, const char *what)
{
	load_problem(load, PROBLEM_NOT_COMPILED, node->line, node->column, "%s", what);
}

static bool is_text(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !yaml_is_null(node) && node->text.n > 0;
}

/* A text or a list of texts; 0 with a problem where it is neither, or too long. */
static uint32_t read_texts(struct load *load, const struct yaml_node *node, const char *what,
			   uint32_t max, const struct sv **ret)
{
	const size_t count = node->kind == YAML_LIST ? node->count : 1;
	struct sv *text = arena_alloc(load->arena, (count + 1) * sizeof *text);

	if (!text || count > max || count == 0) {
		load_problem(load, PROBLEM_NOT_COMPILED, node->line, node->column,
			     "%s takes 1 to %u names", what, max);
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = node->kind == YAML_LIST ? node->item[i] : node;

		if (!is_text(item)) {
			load_problem(load, PROBLEM_NOT_COMPILED, item->line, item->column,
				     "%s must be a name or a list of names", what);
			return 0;
		}
		text[i] = load_text(load, item->text);
	}
	*ret = text;
	return (uint32_t)count;
}

/* ---- the parts ---- */

static void read_type(struct load *load, const struct yaml_node *map,
		      struct correlation *correlation)
{
	static const struct {
		const char *name;
		enum correlation_type type;
	} row[] = {
		{ "event_count", CORRELATE_EVENT_COUNT },
		{ "value_count", CORRELATE_VALUE_COUNT },
		{ "temporal", CORRELATE_TEMPORAL },
		{ "temporal_ordered", CORRELATE_TEMPORAL_ORDERED },
		{ "value_sum", CORRELATE_VALUE_SUM },
		{ "value_avg", CORRELATE_VALUE_AVG },
		{ "value_percentile", CORRELATE_VALUE_PERCENTILE },
		{ "value_median", CORRELATE_VALUE_MEDIAN },
	};
	const struct yaml_node *node = yaml_get(map, "type");

	for (size_t i = 0; node && i < sizeof row / sizeof *row; i++)
		if (node->kind == YAML_SCALAR && sv_eq(node->text, sv_from(row[i].name))) {
			correlation->type = row[i].type;
			return;
		}
	bad(load, node ? node : map,
	    node ? "the type of a correlation is event_count, value_count, temporal, temporal_ordered,"
		   " value_sum, value_avg, value_percentile or value_median"
		 : "type is missing");
}

static bool is_named_before(const struct correlation *correlation, uint32_t before, struct sv name)
{
	for (uint32_t i = 0; i < before; i++)
		if (sv_eq(correlation->input[i].called, name))
			return true;
	return false;
}

static void read_rules(struct load *load, const struct yaml_node *map,
		       struct correlation *correlation)
{
	const struct yaml_node *node = yaml_get(map, "rules");
	const struct sv *name;

	if (!node) {
		bad(load, map, "rules is missing");
		return;
	}
	correlation->input_count = read_texts(load, node, "rules", CORRELATION_RULES_MAX, &name);
	correlation->input =
		arena_zalloc(load->arena, correlation->input_count + 1, sizeof *correlation->input);
	for (uint32_t i = 0; correlation->input && i < correlation->input_count; i++) {
		const struct yaml_node *item = node->kind == YAML_LIST ? node->item[i] : node;

		if (is_named_before(correlation, i, name[i]))
			load_problem(load, PROBLEM_NOT_COMPILED, item->line, item->column,
				     "the rule '%.*s' stands twice",
				     SV_ARG(sv_slice(name[i], 0, 100)));
		correlation->input[i] = (struct correlation_input){ .called = name[i],
								    .line = item->line,
								    .column = item->column };
	}
}

static void read_timespan(struct load *load, const struct yaml_node *map,
			  struct correlation *correlation)
{
	static const char unit[] = "smhd";
	static const uint64_t seconds[] = { 1, 60, 3600, 86400 };
	const struct yaml_node *node = yaml_get(map, "timespan");
	const char *found;
	uint64_t number;

	if (!node) {
		bad(load, map, "timespan is missing");
		return;
	}
	found = is_text(node) ? strchr(unit, node->text.p[node->text.n - 1]) : NULL;
	if (!found || *found == '\0' ||
	    !sv_to_u64(sv_slice(node->text, 0, node->text.n - 1), &number) || number == 0) {
		bad(load, node, "timespan is a whole number and s, m, h or d, as 90m");
		return;
	}
	if (number > SPAN_SECONDS_MAX / seconds[found - unit]) {
		load_problem(load, PROBLEM_NOT_COMPILED, node->line, node->column,
			     "the timespan is longer than %d days", CORRELATION_SPAN_DAYS_MAX);
		return;
	}
	correlation->span = (int64_t)(number * seconds[found - unit]) * INSTANT_SECOND;
}

static bool takes_field(enum correlation_type type)
{
	return type != CORRELATE_EVENT_COUNT && type != CORRELATE_TEMPORAL &&
	       type != CORRELATE_TEMPORAL_ORDERED;
}

static bool add_operator(struct load *load, const struct yaml_pair *pair,
			 struct correlation *correlation)
{
	static const char *const name[] = { "gt", "gte", "lt", "lte", "eq", "neq" };

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		struct correlation_condition *condition =
			&correlation->condition[correlation->condition_count];

		if (!sv_eq(pair->key, sv_from(name[i])))
			continue;
		condition->operator=(enum correlation_operator) i;
		if (yaml_to_double(pair->value, &condition->number))
			correlation->condition_count++;
		else
			bad(load, pair->value, "a condition compares with a number");
		return true;
	}
	return false;
}

static void read_percentile(struct load *load, const struct yaml_pair *pair,
			    struct correlation *correlation)
{
	if (correlation->type != CORRELATE_VALUE_PERCENTILE)
		load_problem(load, PROBLEM_NOT_COMPILED, pair->key_line, pair->key_column,
			     "percentile is for value_percentile");
	else if (!yaml_to_double(pair->value, &correlation->percentile) ||
		 correlation->percentile <= 0 || correlation->percentile > 100)
		bad(load, pair->value, "percentile is a number above 0, up to 100");
	else
		correlation->share = false;
}

static void read_condition(struct load *load, const struct yaml_node *map,
			   struct correlation *correlation)
{
	const struct yaml_node *node = yaml_get(map, "condition");
	const bool temporal = correlation->type == CORRELATE_TEMPORAL ||
			      correlation->type == CORRELATE_TEMPORAL_ORDERED;

	correlation->share = correlation->type == CORRELATE_VALUE_PERCENTILE;
	if (!node && temporal) {
		correlation->condition[0] =
			(struct correlation_condition){ CORRELATE_GTE, correlation->input_count };
		correlation->condition_count = 1;
		return;
	}
	if (!node || node->kind != YAML_MAP) {
		bad(load, node ? node : map,
		    node ? "the condition of a correlation is a map, as {gte: 10}"
			 : "condition is missing");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_pair *pair = &node->pair[i];

		if (sv_eq(pair->key, SV("field")))
			correlation->field_count =
				read_texts(load, pair->value, "field",
					   correlation->type == CORRELATE_VALUE_COUNT
						   ? CORRELATION_FIELDS_MAX
						   : 1,
					   &correlation->field);
		else if (sv_eq(pair->key, SV("percentile")))
			read_percentile(load, pair, correlation);
		else if (!add_operator(load, pair, correlation))
			load_problem(
				load, PROBLEM_NOT_COMPILED, pair->key_line, pair->key_column,
				"'%.*s' is no condition: gt gte lt lte eq neq, field, percentile",
				SV_ARG(sv_slice(pair->key, 0, 60)));
	}
	if (load->failed)
		return;
	if (correlation->condition_count == 0)
		bad(load, node, "the condition compares with nothing: gt gte lt lte eq neq");
	else if (takes_field(correlation->type) && correlation->field_count == 0)
		bad(load, node, "the condition needs a field");
	else if (!takes_field(correlation->type) && correlation->field_count > 0)
		bad(load, node, "this type of correlation takes no field");
}

/* ---- fields: aliases stand for one field in each rule ---- */

static const struct yaml_node *alias_of(const struct yaml_node *aliases, struct sv name)
{
	for (size_t i = 0; aliases && i < aliases->count; i++)
		if (sv_eq(aliases->pair[i].key, name))
			return aliases->pair[i].value;
	return NULL;
}

static void check_aliases(struct load *load, const struct yaml_node *aliases,
			  const struct correlation *correlation)
{
	if (aliases && aliases->kind != YAML_MAP)
		bad(load, aliases, "aliases is a map: {alias: {rule: field}}");
	for (size_t i = 0; !load->failed && aliases && i < aliases->count; i++) {
		const struct yaml_node *alias = aliases->pair[i].value;

		if (alias->kind != YAML_MAP || alias->count == 0)
			bad(load, alias, "an alias names a field for each rule: {rule: field}");
		for (size_t k = 0; !load->failed && k < alias->count; k++) {
			const struct yaml_pair *pair = &alias->pair[k];

			if (!is_text(pair->value))
				bad(load, pair->value, "an alias stands for the name of a field");
			else if (!is_named_before(correlation, correlation->input_count, pair->key))
				load_problem(load, PROBLEM_NOT_COMPILED, pair->key_line,
					     pair->key_column,
					     "the rule '%.*s' is not among the correlation's rules",
					     SV_ARG(sv_slice(pair->key, 0, 100)));
		}
	}
}

/* The fields behind names in one rule; an alias that leaves the rule out gives an empty name. */
static const struct sv *resolve(struct load *load, const struct yaml_node *aliases,
				const struct sv *name, uint32_t count, struct sv rule)
{
	struct sv *field = arena_alloc(load->arena, (count + 1) * sizeof *field);

	for (uint32_t i = 0; field && i < count; i++) {
		const struct yaml_node *alias = alias_of(aliases, name[i]);

		field[i] = alias ? SV("") : name[i];
		for (size_t k = 0; alias && k < alias->count; k++)
			if (sv_eq(alias->pair[k].key, rule))
				field[i] = load_text(load, alias->pair[k].value->text);
	}
	return field;
}

static void read_fields(struct load *load, const struct yaml_node *map,
			struct correlation *correlation)
{
	const struct yaml_node *node = yaml_get(map, "group-by"),
			       *aliases = yaml_get(map, "aliases");

	if (aliases && yaml_is_null(aliases))
		aliases = NULL;
	check_aliases(load, aliases, correlation);
	if (node && !yaml_is_null(node) && !(node->kind == YAML_LIST && node->count == 0))
		correlation->group_count = read_texts(load, node, "group-by",
						      CORRELATION_FIELDS_MAX, &correlation->group);
	for (uint32_t i = 0; !load->failed && i < correlation->input_count; i++) {
		struct correlation_input *input = &correlation->input[i];

		input->group = resolve(load, aliases, correlation->group, correlation->group_count,
				       input->called);
		input->field = resolve(load, aliases, correlation->field, correlation->field_count,
				       input->called);
	}
}

/* ---- what the engine does with it ---- */

/* The least whole number that holds, where only gt and gte are asked. */
static double least_whole(const struct correlation *correlation)
{
	double least = 0;

	for (uint32_t i = 0; i < correlation->condition_count; i++) {
		const struct correlation_condition *condition = &correlation->condition[i];
		const double number = condition->operator== CORRELATE_GT
					      ? floor(condition->number) + 1
					      : ceil(condition->number);

		least = number > least ? number : least;
	}
	return least;
}

static void decide(struct load *load, const struct yaml_node *map, struct correlation *correlation)
{
	const bool temporal = correlation->type == CORRELATE_TEMPORAL ||
			      correlation->type == CORRELATE_TEMPORAL_ORDERED;

	correlation->closing = correlation->type == CORRELATE_VALUE_AVG ||
			       correlation->type == CORRELATE_VALUE_MEDIAN ||
			       correlation->type == CORRELATE_VALUE_PERCENTILE;
	for (uint32_t i = 0; i < correlation->condition_count; i++)
		correlation->closing |= correlation->condition[i].operator> CORRELATE_GTE;
	if (temporal && !correlation->closing &&
	    least_whole(correlation) > correlation->input_count)
		bad(load, map, "the condition asks for more rules than there are");
	if (correlation->type != CORRELATE_TEMPORAL_ORDERED || load->failed)
		return;
	if (correlation->input_count > ORDERED_RULES_MAX)
		load_problem(load, PROBLEM_NOT_COMPILED, map->line, map->column,
			     "temporal_ordered takes up to %d rules", ORDERED_RULES_MAX);
	else if (!correlation->closing)
		correlation->chain = (uint32_t)least_whole(correlation);
	if (!correlation->closing && correlation->chain == 0)
		correlation->chain = 1;
}

static bool read_generate(struct load *load, const struct yaml_node *document,
			  const struct yaml_node *map)
{
	const struct yaml_node *inner = yaml_get(map, "generate"),
			       *node = inner ? inner : yaml_get(document, "generate");
	bool generate = false;

	if (node && !yaml_to_bool(node, &generate))
		bad(load, node, "generate is true or false");
	return generate;
}

struct correlation *load_correlation(struct load *load, const struct yaml_node *document)
{
	const struct yaml_node *map = yaml_get(document, "correlation");
	struct correlation *correlation = arena_zalloc(load->arena, 1, sizeof *correlation);

	if (map->kind != YAML_MAP) {
		bad(load, map, "correlation must be a map");
		return NULL;
	}
	if (!correlation)
		return NULL;
	correlation->line = map->line;
	correlation->column = map->column;
	read_type(load, map, correlation);
	read_rules(load, map, correlation);
	read_timespan(load, map, correlation);
	if (!load->failed)
		read_condition(load, map, correlation);
	if (!load->failed)
		read_fields(load, map, correlation);
	correlation->generate = read_generate(load, document, map);
	if (!load->failed)
		decide(load, map, correlation);
	return load->failed ? NULL : correlation;
}
