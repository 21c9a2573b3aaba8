#include "incident/incident.h"

#define WINDOW_US (INCIDENT_WINDOW_SECONDS * INSTANT_SECOND)
#define SPAN_US (INCIDENT_SPAN_SECONDS * INSTANT_SECOND)
#define SIBLING_US (INCIDENT_SIBLING_MILLISECONDS * INT64_C(1000))

/* a - b, kept within 64 bits: times come from devices. */
static int64_t after(struct instant a, struct instant b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a.us, b.us, &difference))
		return a.us > b.us ? INT64_MAX : INT64_MIN;
	return difference;
}

static bool is_near(const struct incident_fact *fact, const struct incident_candidate *c)
{
	return after(fact->at, c->last) <= WINDOW_US && after(c->first, fact->at) <= WINDOW_US &&
	       after(fact->at, c->first) <= SPAN_US && after(c->last, fact->at) <= SPAN_US;
}

/*
 * Two processes of one pipeline: the same shell started the second while the
 * first still ran. Commands one after the other do not overlap.
 */
static bool are_siblings(const struct incident_fact *fact, const struct incident_candidate *c)
{
	const bool fact_first = fact->started.us <= c->started.us;
	const struct instant first = fact_first ? fact->started : c->started;
	const struct instant second = fact_first ? c->started : fact->started;
	const struct instant end = fact_first ? fact->ended : c->ended;

	return fact->root.launcher.n > 0 && sv_eq(fact->root.launcher, c->root.launcher) &&
	       first.us != 0 && after(second, first) <= SIBLING_US &&
	       (end.us == 0 || end.us > second.us);
}

static bool is_same_tree(const struct incident_fact *fact, const struct incident_candidate *c)
{
	if (fact->root.kind != c->root.kind)
		return false;
	switch (fact->root.kind) {
	case INCIDENT_TREE_PROCESS: return sv_eq(fact->key, c->key) || are_siblings(fact, c);
	case INCIDENT_TREE_LAUNCHER: return sv_eq(fact->key, c->key) && sv_eq(fact->rule, c->rule);
	case INCIDENT_TREE_NONE: return sv_eq(fact->rule, c->rule);
	}
	return false;
}

size_t incident_group(const struct incident_fact *fact, const struct incident_candidate *candidate,
		      size_t count)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct incident_candidate *c = &candidate[i];

		/* What two rules say of one event is one matter, whatever its process. */
		if (c->same_event)
			return i;
		if (!is_near(fact, c) || !is_same_tree(fact, c))
			continue;
		/* The one that stands longest, so that the order of candidates is no matter. */
		if (best == SIZE_MAX || c->first.us < candidate[best].first.us)
			best = i;
	}
	return best;
}
