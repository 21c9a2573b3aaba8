/*
 * cli.h - the command line for people: `hikeshi COMMAND …`. Each command is a
 * row of the table in main.c; each returns an exit status (err.h).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/sv.h"
#include "detect/detect.h"

struct command {
	const char *name;    /* "rule check": one or two words */
	const char *usage;   /* what follows the name */
	const char *summary; /* one line, English msgid */
	const char *details; /* options, English msgid; may be NULL */
	int (*run)(const struct command *command, int argc, char **argv);
};

int hunt_run(const struct command *command, int argc, char **argv);
int rule_check_run(const struct command *command, int argc, char **argv);
int rule_test_run(const struct command *command, int argc, char **argv);
int rule_explain_run(const struct command *command, int argc, char **argv);
int company_list_run(const struct command *command, int argc, char **argv);
int company_show_run(const struct command *command, int argc, char **argv);
int device_list_run(const struct command *command, int argc, char **argv);
int device_show_run(const struct command *command, int argc, char **argv);
int incident_list_run(const struct command *command, int argc, char **argv);
int incident_show_run(const struct command *command, int argc, char **argv);

/* Prints how a command is called; to stdout for --help, to stderr for misuse. */
void command_help(const struct command *command, FILE *to);
/* Says what is wrong with the call and where help is. Returns the exit status of misuse. */
int command_misuse(const struct command *command, const char *format, ...) ERR_PRINTF(2, 3);
/* Prints an error and its hint on stderr. Returns its exit status. */
int command_failed(const struct err *err);

/*
 * Reads "--name VALUE" or "--name=VALUE" at argv[*at]. Returns 1 with *ret set
 * and *at moved past it, 0 where argv[*at] is another option, -1 where the
 * value is missing.
 */
int option_value(int argc, char **argv, int *at, const char *name, const char **ret);
bool option_flag(char **argv, int *at, const char *name);

/* Folder of the rules that come with the program: beside it or under /usr/share. */
const char *default_rules(void);
/* Colours only where a person looks at a terminal and NO_COLOR is not set. */
bool use_colour(FILE *to);
const char *level_colour(enum rule_level level); /* escape sequence */
const char *level_text(enum rule_level level);   /* 重大, … */

#endif
