/*
 * witness.h - texts of which one at least must stand in an event for a rule to
 * match: what the automata of a plan look for.
 */
#ifndef DETECT_WITNESS_H
#define DETECT_WITNESS_H

#include "detect/internal.h"

#define WITNESSES_MAX 4096 /* of one rule; more: the rule is always evaluated */
#define WITNESS_KEYWORD UINT32_MAX

struct witness {
	uint32_t field; /* or WITNESS_KEYWORD: anywhere in the event */
	enum literal_kind kind;
	struct sv text; /* folded */
};

struct witnesses {
	struct witness *witness; /* free() */
	size_t count;
	double share; /* of events that have one: a guess */
};

/* The rarest set for node; count 0 where there is none. */
struct witnesses witnesses_of(const struct ruleset *ruleset, uint32_t node, struct arena *arena);
/*
 * Likewise; where that set is common by the guess, a second one of which a text
 * must stand in the event, too. Returns how many there are: at most two.
 */
size_t witnesses_pair(const struct ruleset *ruleset, uint32_t node, struct arena *arena,
		      struct witnesses ret[static 2]);
/*
 * For a node without such a set: texts each of which, wherever it stands, makes
 * the node false. The commonest that one item gives; count 0: none.
 */
struct witnesses blockers_of(const struct ruleset *ruleset, uint32_t node, struct arena *arena);

#endif
