/* sensor_main.c - hikeshi-agent-sensor: the roles with privileges, and `watch`. */
#include <malloc.h>

#include "agent/linux/options.h"
#include "base/role.h"

static int sensor_role(int argc, char **argv)
{
	struct program_options options;
	struct err err = ERR_INIT;

	if (options_read(COMMAND_RUN, argc, argv, &options, &err) < 0)
		return options_failed("hikeshi-agent", &err);
	return sensor_run(&options);
}

int main(int argc, char **argv)
{
	static const struct role role[] = {
		{ "sensor", sensor_role }, { "collector", collector_role }, { "resolver", resolver_role },
	};
	struct program_options options;
	struct err err = ERR_INIT;
	const struct role *wanted = role_wanted(role, sizeof role / sizeof *role, &argc, argv, &err);

	/* One pool for all threads: they allocate little, and memory stays small. */
	mallopt(M_ARENA_MAX, 1);
	if (wanted)
		return wanted->run(argc, argv);
	options_take_language(&argc, argv);
	if (err.code == ERR_OK && argc >= 2 && strcmp(argv[1], "watch") == 0) {
		if (options_read(COMMAND_WATCH, argc - 1, argv + 1, &options, &err) == 0 &&
		    watch_run(&options, &err) == 0)
			return 0;
	} else if (err.code == ERR_OK) {
		err_set(&err, ERR_USAGE, "this program is started by hikeshi-agent");
	}
	return options_failed("hikeshi-agent", &err);
}
