/*
 * hikeshi rule check: what does not compile, what will never see an event, and
 * what deserves a look, each with its place.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/rule.h"
#include "cli/rule_lint.h"

/* What is printed of a ruleset's problem or of a finding of ours. */
struct remark {
	struct sv file, title, reason;
	uint32_t line, column;
	const char *kind, *check;
	const char *word; /* of kind, for people */
};

struct check {
	bool json, strict;
	struct buf line;
	struct lint_list list;
	struct remark *remark;
	size_t count;
	size_t by_kind[PROBLEM_WARNING + 2]; /* the last: advice */
};

#define ADVICE (PROBLEM_WARNING + 1)

static const char *problem_name(enum rule_problem_kind kind)
{
	switch (kind) {
	case PROBLEM_NOT_COMPILED: return "not_compiled";
	case PROBLEM_NOT_LOADED: return "not_loaded";
	case PROBLEM_SKIPPED: return "skipped";
	case PROBLEM_WARNING: return "warning";
	}
	return "unknown";
}

static const char *problem_text(enum rule_problem_kind kind)
{
	switch (kind) {
	case PROBLEM_NOT_COMPILED: return _("does not compile");
	case PROBLEM_NOT_LOADED: return _("not loaded");
	case PROBLEM_SKIPPED: return _("skipped");
	case PROBLEM_WARNING: return _("warning");
	}
	return "";
}

static void print_remark(struct check *check, const struct remark *remark)
{
	if (!check->json) {
		print_line("%.*s:%u:%u: %s: %.*s%s%s%s", SV_ARG(remark->file), remark->line,
			   remark->column, remark->word, SV_ARG(remark->reason),
			   remark->check ? " [" : "", remark->check ? remark->check : "",
			   remark->check ? "]" : "");
		return;
	}
	rule_begin_object(&check->line);
	rule_put_member(&check->line, "file", remark->file);
	buf_printf(&check->line, ",\"line\":%u,\"column\":%u", remark->line, remark->column);
	rule_put_member(&check->line, "kind", sv_from(remark->kind));
	if (remark->check)
		rule_put_member(&check->line, "check", sv_from(remark->check));
	rule_put_member(&check->line, "title", remark->title);
	rule_put_member(&check->line, "reason", remark->reason);
	rule_print_object(&check->line);
}

static void look_at(void *context, const char *path)
{
	struct check *check = context;
	struct buf bytes;
	struct err err = ERR_INIT;

	buf_init(&bytes, YAML_BYTES_MAX);
	if (file_read(path, &bytes, &err) == 0)
		lint_file(&check->list, path, buf_sv(&bytes));
	buf_done(&bytes);
}

static int by_place(const void *a, const void *b)
{
	const struct remark *x = a, *y = b;
	const int file = sv_cmp(x->file, y->file);

	if (file != 0)
		return file;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static void add_problems(struct check *check, const struct rule_problem *problem, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check->by_kind[problem[i].kind]++;
		check->remark[check->count++] = (struct remark){
			.file = problem[i].file,
			.title = problem[i].title,
			.reason = problem[i].reason,
			.line = problem[i].line,
			.column = problem[i].column,
			.kind = problem_name(problem[i].kind),
			.word = problem_text(problem[i].kind),
		};
	}
}

static void add_lints(struct check *check)
{
	for (size_t i = 0; i < check->list.count; i++) {
		const struct lint *lint = &check->list.lint[i];
		const bool is_advice = lint->kind == LINT_ADVICE;

		check->by_kind[is_advice ? ADVICE : PROBLEM_WARNING]++;
		check->remark[check->count++] = (struct remark){
			.file = sv_from(lint->file),
			.title = sv_from(lint->title),
			.reason = sv_from(lint->text),
			.line = lint->line,
			.column = lint->column,
			.kind = is_advice ? "advice" : "warning",
			.check = lint->check,
			.word = is_advice ? _("advice") : _("warning"),
		};
	}
}

static int check_status(const struct check *check, const struct ruleset *ruleset)
{
	if (check->by_kind[PROBLEM_NOT_COMPILED] > 0 ||
	    (check->strict && check->by_kind[PROBLEM_WARNING] + check->by_kind[ADVICE] > 0))
		return err_exit_status(ERR_FORMAT);
	return check->count == 0 && ruleset_count(ruleset) == 0 ? rule_none() : 0;
}

static int print_all(struct check *check, const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(ruleset, &problem);

	check->remark = mem_alloc((count + check->list.count + 1) * sizeof *check->remark);
	add_problems(check, problem, count);
	add_lints(check);
	qsort(check->remark, check->count, sizeof *check->remark, by_place);
	for (size_t i = 0; i < check->count; i++)
		print_remark(check, &check->remark[i]);
	if (!check->json)
		print_line(
			_("%zu rules compile; %zu do not; %zu not loaded; %zu skipped; %zu warnings; %zu pieces of advice"),
			ruleset_count(ruleset), check->by_kind[PROBLEM_NOT_COMPILED],
			check->by_kind[PROBLEM_NOT_LOADED], check->by_kind[PROBLEM_SKIPPED],
			check->by_kind[PROBLEM_WARNING], check->by_kind[ADVICE]);
	free(check->remark);
	return check_status(check, ruleset);
}

int rule_check_run(const struct command *command, int argc, char **argv)
{
	struct check check = { 0 };
	struct ruleset_placeholders *values = NULL;
	struct ruleset *ruleset;
	struct err err = ERR_INIT;
	const char *placeholders = NULL;
	const struct option option[] = { { "--json", .flag = &check.json },
					 { "--strict", .flag = &check.strict },
					 { "--placeholders", .value = &placeholders } };
	int paths = 0, status = options_take(command, argc, argv, option, 3, &paths);

	if (status >= 0)
		return status;
	if (paths == 0)
		return command_misuse(command, "%s", _("which files or folders?"));
	argv[1 + paths] = NULL;
	if (placeholders) {
		values = ruleset_placeholders_load(placeholders, &err);
		if (!values)
			return command_failed(&err);
	}
	ruleset = ruleset_load(
		&(struct ruleset_options){
			.path = (const char *const *)&argv[1],
			.path_count = (size_t)paths,
			.placeholder = values ? values->list : NULL,
			.placeholder_count = values ? values->count : 0,
		},
		&err);
	ruleset_placeholders_free(values);
	if (!ruleset)
		return rule_failed(&err);
	buf_init(&check.line, RULE_LINE_MAX);
	status = rule_walk(&argv[1], look_at, &check);
	status = status ? status : print_all(&check, ruleset);
	lint_list_done(&check.list);
	buf_done(&check.line);
	ruleset_unref(ruleset);
	return status;
}
