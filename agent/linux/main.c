/* main.c - hikeshi-agent: sub-commands for people, and the parent of the agent's processes. */
#include <stdio.h>

#include "agent/linux/options.h"
#include "base/text.h"

struct command {
	const char *name, *usage, *summary, *details;
	unsigned bit;
	int (*run)(const struct program_options *options, struct err *err);
};

static int enrol(const struct program_options *options, struct err *err)
{
	return program_exec(COURIER_PROGRAM, "enrol", options, err);
}

static int watch(const struct program_options *options, struct err *err)
{
	return program_exec(SENSOR_PROGRAM, "watch", options, err);
}

static const struct command command[] = {
	{ "enrol", "--url URL --token-file FILE --ca FILE", N_("Make this host a device of a centre"),
	  N_("  --url URL          the centre's people's port, https://host:port\n"
	     "  --token-file FILE  file with the one-time token that the console showed\n"
	     "  --token TOKEN      the token itself (others may read it from the process list)\n"
	     "  --ca FILE          certificate of the centre's authority, or:\n"
	     "  --fingerprint HEX  its SHA-256, as shown beside the token\n"
	     "  --data DIR         where the agent keeps its data (/var/lib/hikeshi/agent)\n"
	     "\n"
	     "Enrolled at this centre already: nothing is done, exit status 0.\n"),
	  COMMAND_ENROL, enrol },
	{ "run", "[--data DIR] [--sensor any|bpf|proc] [--scope host|namespace]",
	  N_("Watch this host and carry out the centre's orders, until ended"),
	  N_("  --data DIR         where the agent keeps its data (/var/lib/hikeshi/agent)\n"
	     "  --sensor KIND      bpf: in the kernel, or not at all; proc: without BPF;\n"
	     "                     any (default): the best that works here, piece by piece\n"
	     "  --scope SCOPE      host (default): every process in sight; namespace: only\n"
	     "                     processes of exactly the agent's own pid namespace\n"),
	  COMMAND_RUN, parent_run },
	{ "status", "[--data DIR] [--json]", N_("What the agent on this host does right now"),
	  N_("  --data DIR         where the agent keeps its data (/var/lib/hikeshi/agent)\n"
	     "  --json             one JSON object\n"
	     "\n"
	     "Exit status: 0 it runs; 3 it does not run; 66 this host is not enrolled.\n"),
	  COMMAND_STATUS, status_run },
	{ "watch", "[--sensor any|bpf|proc] [--scope host|namespace] [--count N] [--seconds N]",
	  N_("Print what the sensors see, one JSON object a line; needs no centre"),
	  N_("  --sensor KIND      as for run\n"
	     "  --scope SCOPE      as for run\n"
	     "  --count N          end after N events\n"
	     "  --seconds N        end after N seconds\n"),
	  COMMAND_WATCH, watch },
	{ "uninstall", "[--data DIR]", N_("End the agent, open the network, tell the centre, remove all data"),
	  N_("  --data DIR         where the agent keeps its data (/var/lib/hikeshi/agent)\n"),
	  COMMAND_UNINSTALL, uninstall_run },
};
#define COMMANDS (sizeof command / sizeof *command)

static void help(FILE *to)
{
	fprintf(to, "%s hikeshi-agent %s\n\n", _("Usage:"), _("COMMAND [OPTION]…"));
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s  %s\n", command[i].name, _(command[i].summary));
	fprintf(to, "\n%s\n", _("hikeshi-agent COMMAND --help tells more about one of them."));
}

static void help_command(const struct command *row)
{
	printf("%s hikeshi-agent %s %s\n\n%s\n\n%s", _("Usage:"), row->name, row->usage, _(row->summary),
	       _(row->details));
	printf("%s", _("  --lang ja|en       language of messages\n"
		      "  --help             this text\n"));
}

static int run_command(const struct command *row, int argc, char **argv)
{
	struct program_options options;
	struct err err = ERR_INIT;
	int status;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0) {
			help_command(row);
			return 0;
		}
	if (options_read(row->bit, argc, argv, &options, &err) < 0) {
		options_failed("hikeshi-agent", &err);
		fprintf(stderr, _("See: hikeshi-agent %s --help\n"), row->name);
		return err_exit_status(err.code);
	}
	status = row->run(&options, &err);
	return status < 0 ? options_failed("hikeshi-agent", &err) : status;
}

int main(int argc, char **argv)
{
	text_init(options_take_language(&argc, argv));
	if (argc < 2) {
		help(stderr);
		return err_exit_status(ERR_USAGE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("hikeshi-agent %s\n", HIKESHI_VERSION);
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], command[i].name) == 0)
			return run_command(&command[i], argc - 1, argv + 1);
	fprintf(stderr, _("hikeshi-agent: there is no command '%s'\n"), argv[1]);
	help(stderr);
	return err_exit_status(ERR_USAGE);
}
