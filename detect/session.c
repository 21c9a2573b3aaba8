#include "detect/session.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/find.h"

struct detect_session *detect_session_new(struct ruleset *ruleset)
{
	struct detect_session *session = mem_zalloc(sizeof *session);

	session->ruleset = ruleset_ref(ruleset);
	session->fold = fold_best();
	session->slot = mem_zalloc((ruleset->field_count + 1) * sizeof *session->slot);
	session->known = mem_zalloc((ruleset->node_count + 1) * sizeof *session->known);
	session->marked = mem_zalloc((ruleset->rule_count + 1) * sizeof *session->marked);
	session->root = mem_alloc((ruleset->rule_count + 1) * sizeof *session->root);
	for (size_t i = 0; i < ruleset->rule_count; i++)
		session->root[i] = ruleset->rule[i].root;
	session->candidate = mem_alloc((ruleset->rule_count + 1) * sizeof *session->candidate);
	session->result = mem_alloc((ruleset->rule_count + 1) * sizeof *session->result);
	session->regex = mem_zalloc((ruleset->regex_count + 1) * sizeof(struct regex_cache *));
	return session;
}

void detect_session_free(struct detect_session *session)
{
	if (!session)
		return;
	for (size_t i = 0; i < session->ruleset->regex_count; i++)
		regex_cache_free(session->regex[i]);
	free(session->regex);
	free(session->result);
	free(session->candidate);
	free(session->marked);
	free(session->root);
	free(session->known);
	free(session->slot);
	free(session->own_link);
	for (size_t i = 0; i < SESSION_SHAPES; i++) {
		free(session->shape[i].slot);
		free(session->shape[i].link);
	}
	free(session->folded);
	free(session->folded_stamp);
	free(session->text);
	ruleset_unref(session->ruleset);
	free(session);
}

/* ---- candidates ---- */

/* Notes witnesses (bits of SEEN_BOTH); returns whether the rule has become complete by them. */
static bool see(struct detect_session *session, uint32_t rule, uint32_t bits)
{
	uint32_t *marked = &session->marked[rule];
	const uint32_t before = *marked >> 2 == session->stamp ? *marked & SEEN_BOTH : 0;

	*marked = session->stamp << 2 | before | bits;
	return before != SEEN_BOTH && (before | bits) == SEEN_BOTH;
}

static void add_candidate(struct detect_session *session, uint32_t rule, uint32_t bits)
{
	if (see(session, rule, bits))
		session->candidate[session->candidate_count++] = rule;
}

struct finding {
	struct detect_session *session;
	const struct plan *plan;
};

static bool found_atom(void *context, uint32_t atom)
{
	const struct finding *finding = context;
	const struct plan *plan = finding->plan;

	for (uint32_t i = plan->first[atom]; i < plan->first[atom + 1]; i++) {
		const uint32_t what = plan->candidate[i], rule = what & (PLAN_FIRST - 1);

		/* What is complete already is not added when its turn comes. */
		if (what & PLAN_BLOCKS)
			see(finding->session, rule, SEEN_BOTH);
		else
			add_candidate(finding->session, rule, what >> PLAN_SHIFT);
	}
	return false;
}

static void add_all(struct detect_session *session, const uint32_t *rule, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_candidate(session, rule[i], SEEN_BOTH);
}

/* False where the scan gave up, so that every rule of the plan is a candidate. */
static bool scan_fields(struct detect_session *session, const struct plan *plan,
			struct finding *finding)
{
	for (size_t i = 0; i < plan->field_count; i++) {
		uint32_t at = detecting_values(session, plan->field[i].field);

		for (; at != UINT32_MAX; at = session->link[at].next) {
			const uint32_t value = session->link[at].value;
			const enum event_type type = session->event->field[value].type;

			if (type == EVENT_NULL || type == EVENT_EMPTY)
				continue;
			if (!literal_set_scan(plan->field[i].set, detecting_folded(session, value),
					      found_atom, finding))
				return false;
		}
	}
	return true;
}

/* Whether a JSON text writes some character as \uXXXX. */
static bool has_unicode_escape(struct sv text)
{
	for (size_t at = 0; (at = find_text(text, SV("\\u"), at)) != SIZE_MAX; at += 2) {
		size_t before = 0;

		while (before < at && text.p[at - before - 1] == '\\')
			before++;
		if (before % 2 == 0) /* else the backslash is escaped itself */
			return true;
	}
	return false;
}

/*
 * A keyword's witness has no character that JSON must escape: where it stands
 * in a value it stands in the raw line too, unless that writes it as \uXXXX.
 */
static bool scan_keywords(struct detect_session *session, const struct plan *plan,
			  struct finding *finding)
{
	const struct event *event = session->event;
	bool everywhere = !event->body.p;

	if (!everywhere) {
		const unsigned look = session->fold->look(event->body);
		const bool sound =
			look & FOLD_BECOMES_ASCII
				? literal_set_scan(plan->keyword, detecting_body(session),
						   found_atom, finding)
				: literal_set_scan_unfolded(plan->keyword, event->body, found_atom,
							    finding);

		if (!sound)
			return false;
		everywhere = look & FOLD_ESCAPE && has_unicode_escape(event->body);
	}
	for (uint32_t i = 0; everywhere && i < event->count; i++) {
		if (detecting_lies_in_body(session, i))
			continue;
		if (!literal_set_scan(plan->keyword, detecting_folded(session, i), found_atom,
				      finding))
			return false;
	}
	return true;
}

static void find_candidates(struct detect_session *session, const struct plan *plan)
{
	struct finding finding = { session, plan };

	if (!session->without_prefilter) {
		if (scan_fields(session, plan, &finding) &&
		    (!plan->keyword || scan_keywords(session, plan, &finding))) {
			add_all(session, plan->always, plan->always_count);
			return;
		}
		session->statistics.limits_hit++;
	}
	add_all(session, plan->rule, plan->rule_count);
}

/* For the logsource beyond PLANS_MAX. */
static void find_without_plan(struct detect_session *session)
{
	const struct ruleset *ruleset = session->ruleset;

	for (uint32_t i = 0; i < ruleset->rule_count; i++)
		if (plan_routes(&ruleset->rule[i].face, &session->event->envelope))
			add_candidate(session, i, SEEN_BOTH);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

size_t detect_event(struct detect_session *session, const struct event *event, const uint32_t **ret)
{
	const struct plan *plan = session->plan;
	size_t matches = 0;

	if (!plan || !plan_is_for(plan, &event->envelope))
		plan = session->plan = plan_for(session->ruleset, &event->envelope);
	session->statistics.events++;
	session->candidate_count = 0;
	*ret = session->result;
	if (plan && plan->rule_count == 0) {
		session->statistics.events_unrouted++;
		return 0;
	}
	detecting_begin(session, event);
	if (plan)
		find_candidates(session, plan);
	else
		find_without_plan(session);
	session->statistics.candidates += session->candidate_count;
	for (size_t i = 0; i < session->candidate_count; i++)
		if (detecting_node(session, session->root[session->candidate[i]]))
			session->result[matches++] = session->candidate[i];
	if (matches > 1)
		qsort(session->result, matches, sizeof *session->result, by_number);
	session->statistics.matches += matches;
	return matches;
}

struct detect_statistics detect_session_statistics(const struct detect_session *session)
{
	return session->statistics;
}
