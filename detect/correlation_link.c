/* Which rules correlations mean, in what order they are asked, and circles. */
#include <stdlib.h>

#include "base/mem.h"
#include "detect/correlation.h"
#include "detect/correlation_rule.h"
#include "detect/internal.h"

enum { UNSEEN, VISITED, SOUND, FAILED };

struct called { /* an id or a name */
	struct sv text;
	uint32_t rule;
	bool is_name;
};

struct linker {
	struct load *load;
	struct rule_body *rule;
	struct called *called;
	size_t called_count;
	uint32_t path[CORRELATION_CHAIN_MAX + 1]; /* the correlations that are being looked at */
	uint32_t path_n;
};

static int fold_cmp(struct sv a, struct sv b)
{
	const size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		const unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
		const int order = (x >= 'A' && x <= 'Z' ? x | 0x20 : x) -
				  (y >= 'A' && y <= 'Z' ? y | 0x20 : y);

		if (order != 0)
			return order;
	}
	return (a.n > b.n) - (a.n < b.n);
}

/* Names differ by case, ids do not; those that do are sorted together. */
static int by_text(const void *a, const void *b)
{
	const struct called *x = a, *y = b;
	int order = fold_cmp(x->text, y->text);

	if (order == 0)
		order = x->is_name - y->is_name;
	return order ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

static void index_rules(struct linker *linker, size_t count)
{
	linker->called = mem_alloc((2 * count + 1) * sizeof *linker->called);
	for (uint32_t i = 0; i < count; i++) {
		linker->called[linker->called_count++] =
			(struct called){ linker->rule[i].face.id, i, false };
		if (linker->rule[i].name.n > 0)
			linker->called[linker->called_count++] =
				(struct called){ linker->rule[i].name, i, true };
	}
	qsort(linker->called, linker->called_count, sizeof *linker->called, by_text);
}

/* First entry of this text, folded. */
static size_t first_called(const struct linker *linker, struct sv text)
{
	size_t from = 0, to = linker->called_count;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (fold_cmp(linker->called[middle].text, text) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* UINT32_MAX: none. *ret_again: another rule has the same name. */
static uint32_t find_called(const struct linker *linker, struct sv text, bool *ret_again)
{
	uint32_t found = UINT32_MAX;

	*ret_again = false;
	for (size_t i = first_called(linker, text);
	     i < linker->called_count && fold_cmp(linker->called[i].text, text) == 0; i++) {
		const struct called *called = &linker->called[i];

		if (called->is_name && !sv_eq(called->text, text))
			continue;
		if (found == UINT32_MAX)
			found = called->rule;
		else if (found != called->rule)
			*ret_again = true;
	}
	return found;
}

static void fail(struct linker *linker, struct rule_body *rule, uint32_t line, uint32_t column,
		 const char *what, struct sv name)
{
	linker->load->file = rule->face.file;
	linker->load->title = rule->face.title;
	load_problem(linker->load, PROBLEM_NOT_COMPILED, line, column, "%s '%.*s'", what,
		     SV_ARG(sv_slice(name, 0, 200)));
	rule->correlation->state = FAILED;
}

/* All on the path from `first` on refer to each other. */
static void fail_circle(struct linker *linker, uint32_t first)
{
	char text[ERR_TEXT_MAX] = "";
	size_t n = 0, from = 0;

	while (linker->path[from] != first)
		from++;
	for (size_t i = from; i <= linker->path_n; i++) {
		const uint32_t number = i < linker->path_n ? linker->path[i] : first;
		const struct sv name = linker->rule[number].name.n > 0
					       ? linker->rule[number].name
					       : linker->rule[number].face.id;
		const int got = snprintf(text + n, sizeof text - n, "%s%.*s",
					 i > from ? " -> " : "", SV_ARG(sv_slice(name, 0, 40)));

		n += got > 0 && (size_t)got < sizeof text - n ? (size_t)got : 0;
	}
	for (size_t i = from; i < linker->path_n; i++) {
		struct rule_body *rule = &linker->rule[linker->path[i]];

		fail(linker, rule, rule->correlation->line, rule->correlation->column,
		     "the correlations refer to each other in a circle:", sv_from(text));
	}
}

static void visit(struct linker *linker, uint32_t number);

static void visit_input(struct linker *linker, struct rule_body *rule,
			struct correlation_input *input)
{
	struct correlation *correlation = rule->correlation, *other;
	bool again;

	input->rule = find_called(linker, input->called, &again);
	if (input->rule == UINT32_MAX) {
		fail(linker, rule, input->line, input->column,
		     "no rule that is loaded has the id or name", input->called);
		return;
	}
	if (again) {
		fail(linker, rule, input->line, input->column, "more than one rule has the name",
		     input->called);
		return;
	}
	for (const struct correlation_input *before = correlation->input; before < input; before++)
		if (before->rule == input->rule) {
			fail(linker, rule, input->line, input->column,
			     "a rule stands twice:", input->called);
			return;
		}
	other = linker->rule[input->rule].correlation;
	if (!other)
		return;
	if (other->state == VISITED) {
		fail_circle(linker, input->rule);
		return;
	}
	if (other->state == UNSEEN && linker->path_n <= CORRELATION_CHAIN_MAX)
		visit(linker, input->rule);
	if (correlation->state == FAILED) /* of a circle that was found below */
		return;
	if (other->state != SOUND || other->depth + 1 >= CORRELATION_CHAIN_MAX) {
		fail(linker, rule, input->line, input->column,
		     other->state == SOUND || other->state == UNSEEN
			     ? "the chain of correlations is too long below"
			     : "it needs a correlation that is not loaded:",
		     input->called);
		return;
	}
	correlation->depth =
		other->depth >= correlation->depth ? other->depth + 1 : correlation->depth;
	correlation->lag = other->lag > correlation->lag ? other->lag : correlation->lag;
	correlation->reach = other->reach > correlation->reach ? other->reach : correlation->reach;
}

static void visit(struct linker *linker, uint32_t number)
{
	struct rule_body *rule = &linker->rule[number];
	struct correlation *correlation = rule->correlation;

	correlation->state = VISITED;
	linker->path[linker->path_n++] = number;
	for (uint32_t i = 0; i < correlation->input_count && correlation->state == VISITED; i++)
		visit_input(linker, rule, &correlation->input[i]);
	linker->path_n--;
	if (correlation->state != VISITED)
		return;
	correlation->state = SOUND;
	if (correlation->closing)
		correlation->lag += correlation->span;
	correlation->reach += 2 * correlation->span;
}

/* Leaves out what failed; correlations know rules by their new places. */
static void compact(struct linker *linker, struct load *load)
{
	uint32_t *place = mem_alloc((load->rule.count + 1) * sizeof *place);
	uint32_t n = 0;

	for (uint32_t i = 0; i < load->rule.count; i++) {
		const struct correlation *correlation = linker->rule[i].correlation;

		place[i] = n;
		if (!correlation || correlation->state == SOUND)
			linker->rule[n++] = linker->rule[i];
	}
	load->rule.count = n;
	for (uint32_t i = 0; i < n; i++) {
		struct correlation *correlation = linker->rule[i].correlation;

		for (uint32_t k = 0; correlation && k < correlation->input_count; k++)
			correlation->input[k].rule = place[correlation->input[k].rule];
	}
	free(place);
}

static void mark_inputs(struct linker *linker, const struct correlation *correlation)
{
	for (uint32_t k = 0; k < correlation->input_count; k++) {
		struct rule *face = &linker->rule[correlation->input[k].rule].face;

		face->quiet = !correlation->generate && (!face->correlated || face->quiet);
		face->correlated = true;
	}
}

/* Those that are referred to come first. */
static void order(struct linker *linker, struct load *load)
{
	struct ruleset *ruleset = load->ruleset;
	uint32_t *list;

	list = arena_alloc(load->arena, (load->rule.count + 1) * sizeof *list);
	for (uint32_t depth = 0; list && depth < CORRELATION_CHAIN_MAX; depth++)
		for (uint32_t i = 0; i < load->rule.count; i++) {
			const struct correlation *correlation = linker->rule[i].correlation;

			if (correlation && correlation->depth == depth) {
				list[ruleset->correlation_count++] = i;
				mark_inputs(linker, correlation);
			}
		}
	ruleset->correlation = list;
}

void correlations_link(struct load *load)
{
	struct linker linker = { .load = load, .rule = load->rule.p };
	bool any = false;

	for (size_t i = 0; i < load->rule.count; i++)
		any |= linker.rule[i].correlation != NULL;
	if (!any)
		return;
	index_rules(&linker, load->rule.count);
	for (uint32_t i = 0; i < load->rule.count; i++)
		if (linker.rule[i].correlation && linker.rule[i].correlation->state == UNSEEN)
			visit(&linker, i);
	compact(&linker, load);
	order(&linker, load);
	free(linker.called);
}
