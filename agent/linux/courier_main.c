/* courier_main.c - hikeshi-agent-courier: the only program of the agent that speaks with the network. */
#include <malloc.h>
#include <stdio.h>

#include "agent/linux/courier.h"
#include "agent/linux/options.h"
#include "base/file.h"
#include "base/role.h"
#include "base/text.h"

/* It lies deeper than the programs that people call. */
static void init_text(const char *language)
{
	char folder[PATH_MAX], locale[PATH_MAX + 32];

	file_program_folder(folder);
	snprintf(locale, sizeof locale, "%s/../../share/locale", folder);
	text_init_at(locale, language);
}

int main(int argc, char **argv)
{
	static const struct role role[] = { { "courier", courier_role } };
	struct program_options options;
	struct err err = ERR_INIT;
	const struct role *wanted = role_wanted(role, 1, &argc, argv, &err);

	/* One pool for all threads: they allocate little, and memory stays small. */
	mallopt(M_ARENA_MAX, 1);
	if (wanted)
		return wanted->run(argc, argv);
	init_text(options_take_language(&argc, argv));
	if (err.code == ERR_OK && argc >= 2 && strcmp(argv[1], "enrol") == 0) {
		if (options_read(COMMAND_ENROL, argc - 1, argv + 1, &options, &err) == 0 &&
		    enrol_run(&options, &err) == 0)
			return 0;
	} else if (err.code == ERR_OK && argc >= 2 && strcmp(argv[1], "farewell") == 0) {
		if (options_read(COMMAND_RUN, argc - 1, argv + 1, &options, &err) == 0 &&
		    farewell_run(&options, &err) == 0)
			return 0;
	} else {
		err_set(&err, ERR_USAGE, "this program is started by hikeshi-agent");
	}
	return options_failed("hikeshi-agent", &err);
}
