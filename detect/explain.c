#include "detect/fold.h"
#include "detect/session.h"

struct explainer {
	struct detect_session *session;
	struct arena *arena;
	struct detect_reason *reason;
	size_t count;
};

/* Where in the folded text the matcher matched. */
static void place_folded(const struct item *item, const struct matcher *matcher,
			 const struct subject *subject, size_t *ret_at, size_t *ret_n)
{
	const struct sv text = item->cased ? subject->text : subject->folded;
	struct span span = { 0, text.n };

	*ret_at = 0;
	*ret_n = text.n;
	switch ((enum matcher_kind)matcher->kind) {
	case MATCH_PREFIX: *ret_n = matcher->literal.n; break;
	case MATCH_SUFFIX:
		*ret_at = text.n - matcher->literal.n;
		*ret_n = matcher->literal.n;
		break;
	case MATCH_CONTAINS:
		*ret_at = sv_find(text, matcher->literal, 0);
		*ret_n = matcher->literal.n;
		break;
	case MATCH_GLOB:
		glob_match(matcher->glob, text, &span);
		*ret_at = span.at;
		*ret_n = span.end - span.at;
		break;
	default: break;
	}
}

static void place(const struct item *item, const struct matcher *matcher,
		  const struct subject *subject, struct detect_reason *reason)
{
	size_t at, n;

	if (matcher->kind == MATCH_REGEX) {
		if (!regex_find(matcher->regex.program, subject->text, &reason->value_at,
				&reason->value_n))
			reason->value_n = subject->text.n;
		return;
	}
	place_folded(item, matcher, subject, &at, &n);
	if (!item->cased) {
		const size_t end = fold_offset(subject->text, at + n);

		at = fold_offset(subject->text, at);
		n = end - at;
	}
	reason->value_at = at;
	reason->value_n = n;
}

/* Tries one matcher on one text; on success fills the reason. */
static bool try_one(struct explainer *explainer, const struct item *item,
		    const struct matcher *matcher, const struct subject *subject,
		    struct detect_reason *reason)
{
	if (!detecting_matcher(explainer->session, item, matcher, subject))
		return false;
	reason->pattern = matcher->source;
	reason->value = subject->text;
	place(item, matcher, subject, reason);
	return true;
}

static bool try_values(struct explainer *explainer, const struct item *item,
		       const struct matcher *matcher, struct detect_reason *reason)
{
	struct detect_session *session = explainer->session;
	uint32_t at = detecting_values(session, item->field_number);
	const bool absent = at == UINT32_MAX;
	bool members;

	for (; at != UINT32_MAX; at = session->link[at].next) {
		const struct subject subject = detecting_subject(session, session->link[at].value);

		if (reason->value.n == 0)
			reason->value = subject.text;
		if (try_one(explainer, item, matcher, &subject, reason))
			return true;
	}
	if (!absent || (matcher->kind != MATCH_NULL && matcher->kind != MATCH_EXISTS))
		return false;
	members = detecting_has_members(session, item->field);
	return matcher->kind == MATCH_NULL ? !members : matcher->wanted == members;
}

static bool try_event(struct explainer *explainer, const struct item *item,
		      const struct matcher *matcher, struct detect_reason *reason)
{
	struct detect_session *session = explainer->session;
	const struct event *event = session->event;
	struct subject subject;

	/* A value tells a reader more than the raw line. */
	for (uint32_t i = 0; i < event->count; i++) {
		subject = detecting_subject(session, i);
		if (try_one(explainer, item, matcher, &subject, reason))
			return true;
	}
	if (!event->body.p)
		return false;
	subject = (struct subject){ event->body, detecting_body(session), EVENT_STRING };
	return try_one(explainer, item, matcher, &subject, reason);
}

/* Matchers from … to (without): the first that matches, else the first. */
static void explain_group(struct explainer *explainer, struct sv selection, const struct item *item,
			  size_t from, size_t to)
{
	struct detect_reason *reason = &explainer->reason[explainer->count++];

	*reason = (struct detect_reason){ .selection = selection,
					  .field = item->field,
					  .modifiers = item->modifiers };
	for (size_t i = from; i < to && !reason->matched; i++) {
		reason->pattern = item->matcher[i].source;
		reason->matched = item_is_keyword(item)
					  ? try_event(explainer, item, &item->matcher[i], reason)
					  : try_values(explainer, item, &item->matcher[i], reason);
	}
	if (!reason->matched)
		reason->pattern = item->matcher[from].source;
	if (item->neq && (!item->all || item->group_count == 1))
		reason->matched = !reason->matched;
}

static void explain_item(struct explainer *explainer, struct sv selection, const struct item *item)
{
	size_t from = 0;

	if (!item->all) {
		explain_group(explainer, selection, item, 0, item->count);
		return;
	}
	for (size_t i = 1; i <= item->count; i++)
		if (i == item->count || item->matcher[i].group != item->matcher[from].group) {
			explain_group(explainer, selection, item, from, i);
			from = i;
		}
}

static size_t count_reasons(const struct rule_body *rule, const bool *used)
{
	size_t count = 0;

	for (size_t i = 0; i < rule->search_count; i++)
		for (size_t a = 0; used[i] && a < rule->search[i].count; a++)
			for (size_t k = 0; k < rule->search[i].alternative[a].count; k++) {
				const struct item *item = rule->search[i].alternative[a].item[k];

				count += item->all ? item->group_count : 1;
			}
	return count;
}

bool detect_explain(struct detect_session *session, size_t number, const struct event *event,
		    struct arena *arena, const struct detect_reason **ret, size_t *ret_count)
{
	const struct rule_body *rule = &session->ruleset->rule[number];
	bool *used = arena_zalloc(arena, rule->search_count + 1, sizeof *used);
	struct explainer explainer = { session, arena, NULL, 0 };

	*ret = NULL;
	*ret_count = 0;
	if (rule->correlation)
		return false;
	detecting_begin(session, event);
	if (used) {
		condition_mark(rule->condition, used);
		explainer.reason = arena_alloc(arena, (count_reasons(rule, used) + 1) *
							      sizeof *explainer.reason);
	}
	for (size_t i = 0; explainer.reason && i < rule->search_count; i++)
		for (size_t a = 0; used[i] && a < rule->search[i].count; a++)
			for (size_t k = 0; k < rule->search[i].alternative[a].count; k++)
				explain_item(&explainer, rule->search[i].name,
					     rule->search[i].alternative[a].item[k]);
	if (explainer.reason) {
		*ret = explainer.reason;
		*ret_count = explainer.count;
	}
	return plan_routes(&rule->face, &event->envelope) && detecting_node(session, rule->root);
}
