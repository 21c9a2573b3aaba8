/*
 * rule_lint.h - what deserves a look in a rule that compiles: contradictions,
 * patterns that are too broad, tags and names that nobody knows, what a reader
 * will miss. Every finding has a place in the file and the name of its check.
 */
#ifndef CLI_RULE_LINT_H
#define CLI_RULE_LINT_H

#include "base/arena.h"
#include "base/yaml.h"
#include "cli/cli.h"

#define LINTS_MAX 100000
#define LINT_ITEMS_MAX 512 /* search items of one rule that are compared with each other */
#define LINT_COMPARISONS_MAX 20000000 /* of two values, in one rule; beyond, none is made */
#define LINT_TAGS_MAX 1000	      /* that are compared with each other */
#define LINT_TERMS_MAX 2048 /* ways in which a condition can hold; beyond, none is looked at */

enum lint_kind { LINT_WARNING, LINT_ADVICE };

struct lint {
	const char *check; /* "never-matches": does not change */
	enum lint_kind kind;
	char *file, *title;
	uint32_t line, column;
	char *text; /* in the person's language */
};

struct lint_list {
	struct lint *lint;
	size_t count, room;
	/* the document that is looked at */
	const char *file;
	struct sv title;
};

void lint_list_done(struct lint_list *list);
void lint_add(struct lint_list *list, const char *check, enum lint_kind kind, uint32_t line,
	      uint32_t column, const char *format, ...) ERR_PRINTF(6, 7);

/* Looks at all documents of a file; one that is no YAML is left to the ruleset. */
void lint_file(struct lint_list *list, const char *path, struct sv yaml);
/* The searches and the condition of one rule. */
void lint_logic(struct lint_list *list, struct arena *arena, const struct yaml_node *rule);
/* One value of an item: patterns that are too broad, or equal nothing. */
void lint_value(struct lint_list *list, struct sv field, struct sv modifiers,
		const struct yaml_node *value);

/* A regular expression that every text matches. */
bool lint_is_all_regex(struct sv text);

#endif
