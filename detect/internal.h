/* internal.h - the ruleset and what the parts that load it share. */
#ifndef DETECT_INTERNAL_H
#define DETECT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/yaml.h"
#include "detect/condition.h"
#include "detect/detect.h"
#include "detect/item.h"
#include "detect/literal.h"
#include "detect/modifier.h"

/* Bytes of one ruleset; each document may use up to the slack more. */
#define RULESET_BYTES_MAX ((size_t)1 << 30)
#define RULESET_BYTES_SLACK ((size_t)256 << 20)
#define RULESET_FILES_MAX 200000
#define RULESET_PROBLEMS_MAX 100000
/* Logsources of events for which a plan is kept; others are matched without one. */
#define PLANS_MAX 1024
/* From so many plain texts on, an item gets a set. */
#define ITEM_SET_MIN 6

/* Several search items that must all hold. */
struct alternative {
	const struct item *const *item;
	size_t count;
};

/* A search of the detection: one of its alternatives must hold. */
struct search {
	struct sv name;
	uint32_t line, column;
	const struct alternative *alternative;
	size_t count;
};

/* ---- expressions: shared between rules, each with a number ---- */

enum node_kind { NODE_ITEM, NODE_AND, NODE_OR, NODE_NOT };

struct node {
	uint8_t kind;
	uint32_t count;
	uint32_t first; /* index of its children in ruleset.child; an item's number */
};

struct rule_body {
	struct rule face;
	struct sv name; /* by which filters and correlations call it, may be empty */
	const struct search *search;
	size_t search_count;
	const struct condition *condition;
	uint32_t root; /* node */
	struct correlation *correlation; /* else NULL; it has no searches, condition and root */
};

struct plan;

struct field_name {
	struct sv name;
	uint64_t hash; /* sv_hash_case */
	uint32_t next; /* another spelling of the same, + 1 */
	bool first;    /* the spelling that the table knows */
};

enum logsource_part { LOGSOURCE_PRODUCT, LOGSOURCE_CATEGORY, LOGSOURCE_SERVICE };

struct logsource_name {
	struct sv name; /* empty: free place */
	enum logsource_part part;
};

struct ruleset {
	struct arena *arena;
	atomic_uint references;
	struct rule_body *rule;
	size_t rule_count;
	const uint32_t *correlation; /* rules that are; those that others refer to come first */
	size_t correlation_count;
	struct rule_problem *problem;
	size_t problem_count;
	struct sv digest;
	struct field_name *field;
	size_t field_count;
	uint32_t *field_table; /* hash: field + 1, the first spelling */
	size_t field_table_size;
	const struct item **item;
	size_t item_count;
	size_t regex_count;
	struct node *node;
	size_t node_count;
	uint32_t *child;
	size_t child_count;
	struct logsource_name *logsource; /* hash: all names in logsources of rules */
	size_t logsource_size;
	/* Where it came out of a cache: all above lies there; what is below is not kept. */
	void *image;
	size_t image_bytes;
	/* What an event of a logsource is matched against, made when first seen. */
	pthread_mutex_t plan_lock;
	_Atomic(struct plan *) plan[PLANS_MAX];
	size_t plan_count; /* under the lock */
};

/* Number of a name as an event has it, for the first spelling; UINT32_MAX: no rule asks. */
static inline uint32_t ruleset_field(const struct ruleset *ruleset, uint64_t hash)
{
	for (size_t slot = hash;; slot++) {
		const uint32_t number = ruleset->field_table[slot &= ruleset->field_table_size - 1];

		if (number == 0)
			return UINT32_MAX;
		if (ruleset->field[number - 1].hash == hash)
			return number - 1;
	}
}

/* ---- loading ---- */

struct growing {
	void *p;
	size_t count, room;
};

/* A document `filter:`; applied to rules after all were read. */
struct filter {
	struct sv file, title;
	uint32_t line, column;
	bool any;
	const struct sv *rule; /* ids or names */
	size_t rule_count;
	struct sv product, category, service;
	const struct search *search;
	size_t search_count;
	const struct condition *condition;
	bool applied;
};

struct load {
	struct ruleset *ruleset;
	struct arena *arena; /* the ruleset's */
	const struct ruleset_options *options;
	struct growing rule, problem, filter, item, item_key, field, digest;
	uint32_t *item_table, *field_table;
	size_t item_table_size, field_table_size;
	/* the document that is read */
	struct sv file, title;
	uint32_t line;
	uint32_t line_offset; /* of the text in its file */
	bool failed;
};

/* Appends one element of size, zeroed. */
void *growing_add(struct growing *list, size_t size);

/* Adds a problem of the document. An error (NOT_COMPILED) marks it as failed. */
void load_problem(struct load *load, enum rule_problem_kind kind, uint32_t line, uint32_t column,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));
uint32_t load_field(struct load *load, struct sv name);
/* Takes item over or gives an equal one that is there already. */
const struct item *load_item(struct load *load, struct item item, struct sv key);

/* Reads one document: a rule, filter or correlation. */
void load_document(struct load *load, const struct yaml_node *node);
/* Where an error in text stands: at the node, or exactly where that can be told. */
uint32_t node_column(const struct yaml_node *node, size_t offset);
/* The searches of a detection or filter, all members but the names in skip. */
bool load_searches(struct load *load, const struct yaml_node *map, const char *const *skip,
		   const struct search **ret, size_t *ret_count);
const struct condition *load_condition(struct load *load, const struct yaml_node *node,
				       const struct search *search, size_t count);
struct sv load_text(struct load *load, struct sv text); /* copy in the arena */

void load_filter(struct load *load, const struct yaml_node *document);
/* NULL with a problem. What it refers to is found by correlations_link, after all were read. */
struct correlation *load_correlation(struct load *load, const struct yaml_node *document);
void correlations_link(struct load *load);
/* Adds every filter to the rules that it names. */
void filters_apply(struct load *load);
/* Makes nodes of all conditions. */
void expressions_compile(struct ruleset *ruleset);

#endif
