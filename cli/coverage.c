/* hikeshi rule coverage: which rules can see an event here, and which fields nobody gives. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/rule.h"

#define COVERAGE_MEMORY_MAX (64U << 20)

struct missing {
	struct sv field; /* of the ruleset */
	size_t rules;
};

struct source {
	struct sv product, category, service; /* of the ruleset */
	size_t compiled, loaded;
	struct event_fields known;
	struct sv *name; /* EVENT_FIELDS_LISTED_MAX */
	struct missing *missing;
	size_t missing_count, missing_room;
};

struct coverage {
	struct ruleset *ruleset;
	struct detect_session *session;
	struct arena *arena;
	struct source *source;
	size_t count, room;
};

static struct source *source_of(struct coverage *coverage, const struct rule *rule)
{
	struct source *source;

	for (size_t i = 0; i < coverage->count; i++) {
		source = &coverage->source[i];
		if (sv_eq(source->product, rule->product) &&
		    sv_eq(source->category, rule->category) &&
		    sv_eq(source->service, rule->service))
			return source;
	}
	if (coverage->count == coverage->room) {
		coverage->room = coverage->room ? 2 * coverage->room : 64;
		coverage->source = mem_realloc(coverage->source, coverage->room, sizeof *source);
	}
	source = &coverage->source[coverage->count++];
	*source = (struct source){ .product = rule->product,
				   .category = rule->category,
				   .service = rule->service,
				   .name = mem_alloc(EVENT_FIELDS_LISTED_MAX * sizeof(struct sv)) };
	source->known =
		event_logsource_fields(rule->product, rule->category, rule->service, source->name);
	return source;
}

/* Names are found in any case, as the engine does. */
static bool is_given(const struct source *source, struct sv field)
{
	for (size_t i = 0; i < source->known.count; i++)
		if (sv_eq_case(source->known.name[i], field))
			return true;
	return false;
}

static void count_missing(struct source *source, struct sv field)
{
	for (size_t i = 0; i < source->missing_count; i++) {
		if (!sv_eq_case(source->missing[i].field, field))
			continue;
		source->missing[i].rules++;
		return;
	}
	if (source->missing_count == source->missing_room) {
		source->missing_room = source->missing_room ? 2 * source->missing_room : 16;
		source->missing =
			mem_realloc(source->missing, source->missing_room, sizeof *source->missing);
	}
	source->missing[source->missing_count++] = (struct missing){ field, 1 };
}

/* What a rule looks at: explained against an event without fields, each of its items shows. */
static void cover_rule(struct coverage *coverage, size_t index)
{
	const struct rule *rule = ruleset_rule(coverage->ruleset, index);
	const struct event nothing = { 0 };
	const struct detect_reason *reason;
	struct source *source;
	size_t count;

	if (rule->correlation)
		return;
	source = source_of(coverage, rule);
	source->compiled++;
	if (!event_logsource_known(rule->product, rule->category, rule->service))
		return;
	source->loaded++;
	detect_explain(coverage->session, index, &nothing, coverage->arena, &reason, &count);
	for (size_t i = 0; i < count; i++) {
		bool told = reason[i].field.n == 0 || is_given(source, reason[i].field);

		for (size_t k = 0; k < i && !told; k++)
			told = sv_eq_case(reason[k].field, reason[i].field);
		if (!told)
			count_missing(source, reason[i].field);
	}
	arena_clear(coverage->arena);
}

static int by_name(const void *a, const void *b)
{
	const struct source *x = a, *y = b;
	int order = sv_cmp(x->product, y->product);

	order = order ? order : sv_cmp(x->category, y->category);
	return order ? order : sv_cmp(x->service, y->service);
}

static int by_rules(const void *a, const void *b)
{
	const struct missing *x = a, *y = b;

	if (x->rules != y->rules)
		return x->rules < y->rules ? 1 : -1;
	return sv_cmp(x->field, y->field);
}

/* ---- output ---- */

static void print_source_json(struct buf *line, const struct source *source)
{
	rule_begin_object(line);
	rule_put_member(line, "product", source->product);
	rule_put_member(line, "category", source->category);
	rule_put_member(line, "service", source->service);
	buf_printf(line, ",\"rules\":%zu,\"loaded\":%zu,\"open\":%s,\"fields_missing\":[",
		   source->compiled, source->loaded, source->known.open ? "true" : "false");
	for (size_t i = 0; i < source->missing_count; i++) {
		buf_put_sv(line, i > 0 ? SV(",{\"field\":") : SV("{\"field\":"));
		buf_put_json(line, source->missing[i].field);
		buf_printf(line, ",\"rules\":%zu}", source->missing[i].rules);
	}
	buf_put_char(line, ']');
	rule_print_object(line);
}

static struct sv or_any(struct sv text)
{
	return text.n > 0 ? text : SV("*");
}

static void print_source(struct buf *line, const struct source *source)
{
	print_line("%5zu %5zu  %.*s / %.*s / %.*s", source->compiled, source->loaded,
		   SV_ARG(or_any(source->product)), SV_ARG(or_any(source->category)),
		   SV_ARG(or_any(source->service)));
	if (source->missing_count == 0)
		return;
	buf_clear(line);
	for (size_t i = 0; i < source->missing_count; i++)
		buf_printf(line, "%s%.*s (%zu)", i > 0 ? ", " : "",
			   SV_ARG(source->missing[i].field), source->missing[i].rules);
	print_line("             %s: %.*s",
		   source->known.open ? _("not listed, the log may have it") : _("nobody gives"),
		   SV_ARG(buf_sv(line)));
}

static void print_coverage(struct coverage *coverage, size_t not_compiled, bool json)
{
	size_t compiled = 0, loaded = 0;
	struct buf line;

	buf_init(&line, RULE_LINE_MAX);
	if (!json)
		print_line("%s", _("Rules, of them loaded; product / category / service"));
	for (size_t i = 0; i < coverage->count; i++) {
		struct source *source = &coverage->source[i];

		if (source->missing_count > 0)
			qsort(source->missing, source->missing_count, sizeof *source->missing,
			      by_rules);
		if (json)
			print_source_json(&line, source);
		else
			print_source(&line, source);
		compiled += source->compiled;
		loaded += source->loaded;
	}
	if (!json)
		print_line(_("%zu logsources: %zu rules compile, %zu do not; %zu are loaded"),
			   coverage->count, compiled, not_compiled, loaded);
	buf_done(&line);
}

static size_t say_not_compiled(const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t n = ruleset_problems(ruleset, &problem);
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (problem[i].kind != PROBLEM_NOT_COMPILED)
			continue;
		count++;
		say("%.*s:%u:%u: %.*s", SV_ARG(problem[i].file), problem[i].line, problem[i].column,
		    SV_ARG(problem[i].reason));
	}
	return count;
}

static void coverage_done(struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->count; i++) {
		free(coverage->source[i].name);
		free(coverage->source[i].missing);
	}
	free(coverage->source);
	arena_free(coverage->arena);
	detect_session_free(coverage->session);
	ruleset_unref(coverage->ruleset);
}

int rule_coverage_run(const struct command *command, int argc, char **argv)
{
	struct coverage coverage = { 0 };
	struct err err = ERR_INIT;
	size_t not_compiled;
	bool json = false;
	int paths = 0;
	const int misuse = rule_parse_paths(command, argc, argv, &json, &paths);

	if (misuse >= 0)
		return misuse;
	coverage.ruleset = ruleset_load(
		&(struct ruleset_options){
			.path = (const char *const *)&argv[1],
			.path_count = (size_t)paths,
			.all_logsources = true,
		},
		&err);
	if (!coverage.ruleset)
		return rule_failed(&err);
	not_compiled = say_not_compiled(coverage.ruleset);
	if (ruleset_count(coverage.ruleset) == 0) {
		coverage_done(&coverage);
		return rule_none();
	}
	coverage.session = detect_session_new(coverage.ruleset);
	coverage.arena = arena_new(COVERAGE_MEMORY_MAX);
	for (size_t i = 0; i < ruleset_count(coverage.ruleset); i++)
		cover_rule(&coverage, i);
	qsort(coverage.source, coverage.count, sizeof *coverage.source, by_name);
	print_coverage(&coverage, not_compiled, json);
	coverage_done(&coverage);
	return not_compiled > 0 ? err_exit_status(ERR_FORMAT) : 0;
}
