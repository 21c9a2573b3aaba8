/* What the commands `hikeshi programme …` share. */
#include "cli/programme.h"

#include <string.h>

#include "base/file.h"

struct programme *programme_open(const char *path, struct arena *arena, int *ret_status)
{
	struct programme_problems problems = { NULL, 0 };
	struct err err = ERR_INIT;
	struct programme *programme = programme_read(path, arena, &problems, &err);

	if (programme)
		return programme;
	for (size_t i = 0; i < problems.count; i++) {
		const struct programme_problem *problem = &problems.item[i];

		say("%s:%u:%u: %.*s", path, problem->line, problem->column,
		    SV_ARG(problem->message));
		if (problem->hint.n > 0)
			say_hint("%.*s", SV_ARG(problem->hint));
	}
	if (problems.count == 0)
		command_failed(&err);
	*ret_status = err_exit_status(err.code == ERR_IO ? ERR_NOT_FOUND : err.code);
	return NULL;
}

int programme_save(const char *save, struct sv bytes)
{
	struct err err = ERR_INIT;

	if (save && strcmp(save, "-") != 0)
		return file_write(save, bytes, 0644, &err) < 0 ? command_failed(&err) : 0;
	fwrite(bytes.p, 1, bytes.n, stdout);
	return 0;
}
