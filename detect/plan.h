/*
 * plan.h - what an event of one logsource is matched against: its rules, and
 * for each field the texts that make a rule a candidate. Made when the first
 * such event comes, immutable from then on.
 */
#ifndef DETECT_PLAN_H
#define DETECT_PLAN_H

#include "detect/internal.h"

/*
 * What the number of a rule in `candidate` says besides: which of the rule's sets
 * of witnesses the atom is of; a candidate has one of each. PLAN_BLOCKS: it is one
 * of `always`, which cannot match where the atom stands.
 */
#define PLAN_SHIFT 29
#define PLAN_FIRST (UINT32_C(1) << PLAN_SHIFT)
#define PLAN_SECOND (UINT32_C(2) << PLAN_SHIFT)
#define PLAN_BOTH (PLAN_FIRST | PLAN_SECOND)
#define PLAN_BLOCKS (UINT32_C(1) << 31)

struct plan_field {
	uint32_t field;
	const struct literal_set *set; /* payload: atom */
};

struct plan {
	struct arena *arena;
	struct sv product, category, service; /* those of them that some rule names */
	uint64_t hash;
	const uint32_t *rule; /* all of this logsource, ascending */
	size_t rule_count;
	const uint32_t *always; /* those without witness */
	size_t always_count;
	const struct plan_field *field;
	size_t field_count;
	const struct literal_set *keyword; /* NULL: none */
	/* Rules of atom i: candidate[first[i]] up to first[i + 1]. */
	const uint32_t *first, *candidate;
	/* Number of a field's set + 1, by field; 0: none. */
	const uint32_t *set_of;
};

void plans_prepare(struct ruleset *ruleset);
void plans_free(struct ruleset *ruleset);
/* NULL where there are too many already. */
const struct plan *plan_for(struct ruleset *ruleset, const struct event_envelope *envelope);
/* Whether it is for events of exactly these names: a shorter way to the same answer. */
bool plan_is_for(const struct plan *plan, const struct event_envelope *known);
/* Whether an event of this envelope goes to the rule. */
bool plan_routes(const struct rule *rule, const struct event_envelope *envelope);

#endif
