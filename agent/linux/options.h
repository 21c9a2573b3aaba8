/* options.h - the command line of both programs. */
#ifndef AGENT_LINUX_OPTIONS_H
#define AGENT_LINUX_OPTIONS_H

#include "agent/linux/program.h"

enum {
	COMMAND_ENROL = 1, COMMAND_RUN = 2, COMMAND_STATUS = 4, COMMAND_WATCH = 8, COMMAND_UNINSTALL = 16,
};

/* argv[0] is the command. ERR_USAGE, in the person's language. */
int options_read(unsigned command, int argc, char **argv, struct program_options *ret, struct err *err);
/* Takes "--lang X" out wherever it stands; NULL where it is not there. */
const char *options_take_language(int *argc, char **argv);
/* Prints an error with its hint; returns the exit status. */
int options_failed(const char *program, const struct err *err);

#endif
