/*
 * cli.h - the command line for people: `hikeshi COMMAND …`. Each command is a
 * row of the table in main.c; each returns an exit status (err.h).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "detect/detect.h"

struct command {
	const char *name;    /* "rule check": one or two words */
	const char *usage;   /* what follows the name */
	const char *summary; /* one line, English msgid */
	const char *details; /* options, English msgid; may be NULL */
	bool asks_centre;
	int (*run)(const struct command *command, int argc, char **argv);
};

int hunt_run(const struct command *command, int argc, char **argv);
int rule_check_run(const struct command *command, int argc, char **argv);
int rule_coverage_run(const struct command *command, int argc, char **argv);
int rule_test_run(const struct command *command, int argc, char **argv);
int rule_profile_run(const struct command *command, int argc, char **argv);
int rule_bundle_run(const struct command *command, int argc, char **argv);
int rule_verify_run(const struct command *command, int argc, char **argv);
int rule_explain_run(const struct command *command, int argc, char **argv);
int programme_check_run(const struct command *command, int argc, char **argv);
int programme_eligible_run(const struct command *command, int argc, char **argv);
int programme_draw_run(const struct command *command, int argc, char **argv);
int programme_simulate_run(const struct command *command, int argc, char **argv);
int programme_diff_run(const struct command *command, int argc, char **argv);
int company_list_run(const struct command *command, int argc, char **argv);
int company_show_run(const struct command *command, int argc, char **argv);
int device_list_run(const struct command *command, int argc, char **argv);
int device_show_run(const struct command *command, int argc, char **argv);
int incident_list_run(const struct command *command, int argc, char **argv);
int incident_show_run(const struct command *command, int argc, char **argv);
int report_list_run(const struct command *command, int argc, char **argv);
int report_get_run(const struct command *command, int argc, char **argv);
int report_make_run(const struct command *command, int argc, char **argv);

/* Folder of the rules that come with the program: beside it or under /usr/share. */
const char *default_rules(char path[static PATH_MAX]);

/* ---- options.c: the words of a call ---- */

#define OPTION_WORDS_MAX 64 /* times that one option may be repeated */

struct option_words {
	const char *word[OPTION_WORDS_MAX];
	size_t count;
};

/* Exactly one of the three pointers is set. Both forms are read: --name VALUE, --name=VALUE. */
struct option {
	const char *name;	    /* "--rules" */
	bool *flag;		    /* has no value */
	const char **value;	    /* has one; the last counts */
	struct option_words *words; /* has one, and may be repeated */
};

/*
 * Takes the options out of a call, wherever they stand before "--". The other
 * words are then argv[1] to argv[*ret_count]. Returns -1, or the exit status of
 * a wrong call, which it told.
 */
int options_take(const struct command *command, int argc, char **argv, const struct option *option,
		 size_t count, int *ret_count);
/* Prints how a command is called: to stdout for --help, to stderr for misuse. */
void command_help(const struct command *command, FILE *to);
/* Says what is wrong with the call and where help is. Returns the exit status of misuse. */
int command_misuse(const struct command *command, const char *format, ...) ERR_PRINTF(2, 3);
/* Prints an error and its hint on stderr. Returns its exit status. */
int command_failed(const struct err *err);

/* ---- print.c: what a terminal shows ---- */

/*
 * Events, rules, names of files and answers may be hostile: what steers a
 * terminal (control characters, C1 too), turns the direction of writing or is
 * no UTF-8 becomes a dot, a tab or the end of a line a space.
 */
void put_clean(struct buf *line, struct sv text);
/* One line on stdout, cleaned. */
void print_line(const char *format, ...) ERR_PRINTF(1, 2);
/* One line on stderr behind "hikeshi: ", cleaned. */
void say(const char *format, ...) ERR_PRINTF(1, 2);
/* The line below that: what the reader does next. */
void say_hint(const char *format, ...) ERR_PRINTF(1, 2);
/*
 * Writes JSON to stdout as it is, but escapes the control characters that JSON
 * allows and a terminal obeys: the same values, harmless to look at.
 */
void write_json(struct sv json);
void write_json_to(FILE *to, struct sv json);

/* Colours only where a person looks at a terminal and NO_COLOR is not set. */
bool use_colour(FILE *to);
const char *level_colour(enum rule_level level);     /* escape sequence */
const char *level_bar_colour(enum rule_level level); /* likewise, without a ground */
const char *level_text(enum rule_level level);	     /* 重大, … */
/* Columns that the longest name of a level takes. */
size_t level_columns(void);

#endif
