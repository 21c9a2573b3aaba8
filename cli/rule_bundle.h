/* rule_bundle.h - rules in one signed file, for who searches with them. */
#ifndef CLI_RULE_BUNDLE_H
#define CLI_RULE_BUNDLE_H

#include "cli/rule.h"

struct json_t;

struct rule_bundle {
	struct ruleset_text *text; /* the files, as views of bytes */
	size_t count;
	struct buf bytes;
	struct json_t *head; /* what its maker says of it */
};

/* Whether a file begins as a bundle does. */
bool rule_bundle_is(const char *path);
/*
 * Reads a bundle that the owner of the public key (PEM) signed, and checks all of
 * it. ERR_UNAUTHENTICATED: somebody else's, or changed.
 */
int rule_bundle_open(const char *path, const char *key_path, struct rule_bundle *ret,
		     struct err *err);
void rule_bundle_close(struct rule_bundle *bundle); /* after a failure too */

#endif
