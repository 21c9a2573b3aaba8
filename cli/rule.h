/* rule.h - what the commands `hikeshi rule …` share. */
#ifndef CLI_RULE_H
#define CLI_RULE_H

#include "cli/cli.h"

#define RULE_LINE_MAX (64U << 20) /* one line of output */

/* Says that there is no rule. Returns the exit status. */
int rule_none(void);
/* A path that cannot be read is not there, whatever the system says. */
int rule_failed(const struct err *err);
/* Paths and --json alone. Returns -1, or the exit status of a wrong call. */
int rule_parse_paths(const struct command *command, int argc, char **argv, bool *ret_json,
		     int *ret_count);
/* Says every error among the ruleset's problems. Returns whether there was one. */
bool rule_say_errors(const struct ruleset *ruleset);
/*
 * Calls each for every *.yml and *.yaml of the paths, which end with a NULL;
 * folders in the order of names. Returns the exit status of a path that could
 * not be read, or 0.
 */
int rule_walk(char *const *paths, void (*each)(void *context, const char *path), void *context);

/* One object a line: begin, members, print. */
void rule_begin_object(struct buf *line);
void rule_put_member(struct buf *line, const char *name, struct sv text);
void rule_print_object(struct buf *line);

#endif
