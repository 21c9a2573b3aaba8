/* What the commands `hikeshi rule …` share. */
#include "cli/rule.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

#include "base/text.h"

int rule_none(void)
{
	say("%s", _("there is no rule (*.yml)"));
	return err_exit_status(ERR_NOT_FOUND);
}

int rule_failed(const struct err *err)
{
	command_failed(err);
	return err_exit_status(err->code == ERR_IO ? ERR_NOT_FOUND : err->code);
}

int rule_parse_paths(const struct command *command, int argc, char **argv, bool *ret_json,
		     int *ret_count)
{
	const struct option option[] = { { "--json", .flag = ret_json } };
	const int status = options_take(command, argc, argv, option, 1, ret_count);

	if (status >= 0)
		return status;
	return *ret_count > 0 ? -1 : command_misuse(command, "%s", _("which files or folders?"));
}

bool rule_say_errors(const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t n = ruleset_problems(ruleset, &problem);
	bool is_some = false;

	for (size_t i = 0; i < n; i++) {
		if (problem[i].kind != PROBLEM_NOT_COMPILED)
			continue;
		say("%.*s:%u:%u: %.*s", SV_ARG(problem[i].file), problem[i].line, problem[i].column,
		    SV_ARG(problem[i].reason));
		is_some = true;
	}
	return is_some;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_rule(const char *path)
{
	return sv_ends(sv_from(path), SV(".yml")) || sv_ends(sv_from(path), SV(".yaml"));
}

int rule_walk(char *const *paths, void (*each)(void *context, const char *path), void *context)
{
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, compare_names);
	int status = 0;

	if (!tree) {
		say("%s", strerror(errno));
		return err_exit_status(ERR_NOT_FOUND);
	}
	for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
		if (entry->fts_info == FTS_F && is_rule(entry->fts_path)) {
			each(context, entry->fts_path);
		} else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR ||
			   entry->fts_info == FTS_ERR) {
			say("%s: %s", entry->fts_path, strerror(entry->fts_errno));
			status = err_exit_status(ERR_NOT_FOUND);
		}
	}
	fts_close(tree);
	return status;
}

void rule_put_member(struct buf *line, const char *name, struct sv text)
{
	buf_printf(line, "%s\"%s\":", line->n > 1 ? "," : "", name);
	buf_put_json(line, text);
}

void rule_begin_object(struct buf *line)
{
	buf_clear(line);
	buf_put_char(line, '{');
}

void rule_print_object(struct buf *line)
{
	buf_put_sv(line, SV("}\n"));
	write_json(buf_sv(line));
}
