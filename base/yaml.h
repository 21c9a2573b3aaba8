/*
 * yaml.h - YAML documents as trees that know line and column. For
 * configuration, Sigma rules and programmes. Strict and bounded: aliases,
 * anchors, tags, duplicate keys, keys that are not texts and invalid UTF-8 are
 * errors. The core schema of YAML 1.2 says what a plain scalar means.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define YAML_BYTES_MAX (4U << 20) /* one text with all its documents */
#define YAML_DEPTH_MAX 32	  /* maps and lists in each other */
#define YAML_NODES_MAX 200000	  /* values of all documents */
#define YAML_DOCUMENTS_MAX 1000	  /* documents in one text */

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_pair {
	struct sv key;
	uint32_t key_line, key_column;
	struct yaml_node *value;
};

struct yaml_node {
	enum yaml_kind kind;
	uint32_t line, column; /* from 1 */
	bool quoted;	       /* scalar in quotes or a block: always text */
	struct sv text;	       /* scalar, with a NUL behind it */
	size_t count;	       /* list and map */
	struct yaml_node **item;
	struct yaml_pair *pair;
};

/*
 * Parses all documents of text into arena. Returns their number and sets
 * *ret to an array of roots (a NULL root is an empty document), or returns -1
 * with an error "NAME:LINE:COLUMN: …".
 */
int yaml_parse(struct sv text, const char *name, struct arena *arena, struct yaml_node ***ret,
	       struct err *err);
/* The value of a key in a map, or NULL (also where node is NULL or no map). */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);
/* A plain scalar that YAML 1.2's core schema reads as null. */
bool yaml_is_null(const struct yaml_node *node);
/* Plain scalars only; false where it is something else. */
bool yaml_to_bool(const struct yaml_node *node, bool *ret);
bool yaml_to_i64(const struct yaml_node *node, int64_t *ret);
bool yaml_to_double(const struct yaml_node *node, double *ret); /* finite, also of an integer */

#endif
