#include <stdlib.h>

#include "base/mem.h"
#include "detect/find.h"
#include "detect/fold.h"
#include "detect/session.h"

/* ---- the event ---- */

static void add_value(struct detect_session *session, uint32_t field, uint32_t value, bool exact)
{
	struct slot *slot = &session->slot[field];
	const uint32_t number = (uint32_t)session->link_count;

	if (slot->stamp == session->stamp && slot->exact && !exact)
		return;
	if (session->link_count == session->link_room) {
		session->link_room = session->link_room ? session->link_room * 2 : 256;
		session->own_link = mem_realloc(session->own_link, session->link_room,
						sizeof *session->own_link);
	}
	session->own_link[session->link_count++] = (struct link){ value, UINT32_MAX };
	if (slot->stamp == session->stamp && slot->exact == exact)
		session->own_link[slot->last].next = number;
	else /* the first, or the exact spelling replaces another */
		slot->first = number;
	slot->stamp = session->stamp;
	slot->exact = exact;
	slot->last = number;
}

static void reserve(struct detect_session *session, size_t fields, size_t bytes)
{
	if (bytes > session->text_room) {
		session->text_room = bytes + bytes / 2;
		free(session->text);
		session->text = mem_alloc(session->text_room);
	}
	if (fields > session->folded_room) {
		session->folded = mem_realloc(session->folded, fields * 2, sizeof *session->folded);
		session->folded_stamp = mem_realloc(session->folded_stamp, fields * 2,
						    sizeof *session->folded_stamp);
		memset(session->folded_stamp + session->folded_room, 0,
		       (fields * 2 - session->folded_room) * sizeof *session->folded_stamp);
		session->folded_room = fields * 2;
	}
	session->text_n = 0;
}

static void new_stamp(struct detect_session *session)
{
	const struct ruleset *ruleset = session->ruleset;

	if (++session->stamp < UINT32_MAX / 4) /* two bits are added to it */
		return;
	session->stamp = 1;
	session->body_stamp = 0;
	memset(session->slot, 0, ruleset->field_count * sizeof *session->slot);
	memset(session->known, 0, ruleset->node_count * sizeof *session->known);
	memset(session->marked, 0, ruleset->rule_count * sizeof *session->marked);
	if (session->folded_room > 0)
		memset(session->folded_stamp, 0,
		       session->folded_room * sizeof *session->folded_stamp);
}

static struct session_shape *place_of(struct detect_session *session, uint64_t shape)
{
	return &session->shape[(shape ^ shape >> 1) & (SESSION_SHAPES - 1)];
}

/* Remembers the slots that were just filled. */
static void learn_shape(struct detect_session *session, const struct event *event)
{
	struct session_shape *known = place_of(session, event->shape);
	const struct ruleset *ruleset = session->ruleset;

	free(known->slot);
	free(known->link);
	*known = (struct session_shape){ .shape = event->shape, .count = event->count };
	known->slot = mem_alloc((session->link_count + 1) * sizeof *known->slot);
	known->link = mem_alloc((session->link_count + 1) * sizeof *known->link);
	if (session->link_count > 0)
		memcpy(known->link, session->own_link, session->link_count * sizeof *known->link);
	for (uint32_t i = 0; i < ruleset->field_count; i++)
		if (session->slot[i].stamp == session->stamp)
			known->slot[known->slot_count++] =
				(struct session_slot){ i, session->slot[i] };
}

static void begin_known(struct detect_session *session, const struct session_shape *known)
{
	session->link = known->link;
	for (size_t i = 0; i < known->slot_count; i++) {
		struct slot *slot = &session->slot[known->slot[i].field];

		*slot = known->slot[i].slot;
		slot->stamp = session->stamp;
	}
}

/* Bytes that folding all values, and the body, may need. */
static size_t bytes_folded(const struct event *event)
{
	size_t bytes = event->body.n;

	for (size_t i = 0; i < event->count; i++)
		bytes += event->field[i].text.n;
	return FOLD_ROOM(bytes);
}

void detecting_begin(struct detect_session *session, const struct event *event)
{
	const struct ruleset *ruleset = session->ruleset;
	const struct session_shape *known = place_of(session, event->shape);

	new_stamp(session);
	session->event = event;
	session->link_count = 0;
	reserve(session, event->count, bytes_folded(event));
	if (event->shape != 0 && known->shape == event->shape && known->count == event->count) {
		begin_known(session, known);
		return;
	}
	for (uint32_t i = 0; i < event->count; i++) {
		const struct event_field *value = &event->field[i];
		uint32_t number = ruleset_field(ruleset, value->name_hash);

		while (number != UINT32_MAX) {
			const struct field_name *field = &ruleset->field[number];

			add_value(session, number, i, sv_eq(field->name, value->name));
			number = field->next - 1;
		}
	}
	session->link = session->own_link;
	if (event->shape != 0)
		learn_shape(session, event);
}

static struct sv fold_into(struct detect_session *session, struct sv text)
{
	char *out = session->text + session->text_n;
	const size_t n = session->fold->text(text, out);

	session->text_n += n;
	return (struct sv){ out, n };
}

struct sv detecting_folded(struct detect_session *session, uint32_t value)
{
	if (session->folded_stamp[value] != session->stamp) {
		session->folded_stamp[value] = session->stamp;
		session->folded[value] = fold_into(session, session->event->field[value].text);
	}
	return session->folded[value];
}

struct sv detecting_body(struct detect_session *session)
{
	if (session->body_stamp != session->stamp) {
		session->body_stamp = session->stamp;
		session->body = fold_into(session, session->event->body);
	}
	return session->body;
}

struct subject detecting_subject(struct detect_session *session, uint32_t value)
{
	const struct event_field *field = &session->event->field[value];

	return (struct subject){ field->text, detecting_folded(session, value), field->type };
}

bool detecting_has_members(const struct detect_session *session, struct sv name)
{
	const struct event *event = session->event;

	for (size_t i = 0; i < event->count; i++) {
		const struct sv other = event->field[i].name;

		if (other.n > name.n && other.p[name.n] == '.' &&
		    sv_eq_case(sv_slice(other, 0, name.n), name))
			return true;
	}
	return false;
}

/* ---- matchers ---- */

static bool compare(enum compare how, int order)
{
	switch (how) {
	case COMPARE_EQ: return order == 0;
	case COMPARE_LT: return order < 0;
	case COMPARE_LTE: return order <= 0;
	case COMPARE_GT: return order > 0;
	case COMPARE_GTE: return order >= 0;
	}
	return false;
}

static bool match_number(const struct item *item, const struct matcher *matcher, struct sv text)
{
	struct number number = { .whole = true };

	if (item->part != PART_NONE) {
		if (!time_part_of(text, (enum time_part)item->part, &number.integer))
			return false;
		number.real = (double)number.integer;
	} else if (!number_parse(text, &number)) {
		return false;
	}
	return compare((enum compare)matcher->compare, number_cmp(number, matcher->number));
}

static bool match_shape(enum matcher_kind kind, struct sv text, struct sv literal)
{
	const size_t n = literal.n;

	/* One byte tells most of them apart without a call. */
	switch (kind) {
	case MATCH_EXACT:
		return text.n == n && (n == 0 || (text.p[n - 1] == literal.p[n - 1] &&
						  memcmp(text.p, literal.p, n) == 0));
	case MATCH_PREFIX:
		return text.n >= n && (n == 0 || (text.p[n - 1] == literal.p[n - 1] &&
						  memcmp(text.p, literal.p, n) == 0));
	case MATCH_SUFFIX:
		return text.n >= n && (n == 0 || (text.p[text.n - n] == literal.p[0] &&
						  memcmp(text.p + text.n - n, literal.p, n) == 0));
	default: return text.n >= n && find_text(text, literal, 0) != SIZE_MAX;
	}
}

static bool has_text(enum event_type type)
{
	return type != EVENT_NULL && type != EVENT_EMPTY;
}

static bool match_field(struct detect_session *session, const struct item *item,
			const struct matcher *matcher, struct sv text)
{
	uint32_t at = detecting_values(session, matcher->field);

	for (; at != UINT32_MAX; at = session->link[at].next) {
		const struct subject other = detecting_subject(session, session->link[at].value);

		if (has_text(other.type) && match_shape((enum matcher_kind)matcher->shape, text,
							item->cased ? other.text : other.folded))
			return true;
	}
	return false;
}

static bool match_regex(struct detect_session *session, const struct matcher *matcher,
			struct sv text)
{
	struct regex_cache **cache = &session->regex[matcher->regex.number];

	if (!*cache)
		*cache = regex_cache_new(matcher->regex.program);
	return regex_search(*cache, text);
}

bool detecting_matcher(struct detect_session *session, const struct item *item,
		       const struct matcher *matcher, const struct subject *subject)
{
	const struct sv text = item->cased ? subject->text : subject->folded;
	const enum matcher_kind kind = (enum matcher_kind)matcher->kind;
	struct address address;

	if (kind == MATCH_NULL)
		return subject->type == EVENT_NULL;
	if (kind == MATCH_EXISTS)
		return matcher->wanted;
	if (!has_text(subject->type))
		return false;
	switch (kind) {
	case MATCH_ANY: return true;
	case MATCH_GLOB: return glob_match(matcher->glob, text, NULL);
	case MATCH_REGEX: return match_regex(session, matcher, subject->text);
	case MATCH_NETWORK:
		return address_parse(subject->text, &address) &&
		       network_has(&matcher->network, &address);
	case MATCH_NUMBER: return match_number(item, matcher, subject->text);
	case MATCH_FIELD: return match_field(session, item, matcher, text);
	default: return match_shape(kind, text, matcher->literal);
	}
}

/* ---- items ---- */

static bool stop_at_first(void *context, uint32_t payload)
{
	bool *found = context;

	(void)payload;
	*found = true;
	return true;
}

static bool any_of_set(struct detect_session *session, const struct item *item,
		       const struct subject *subject)
{
	bool found = false;

	if (!has_text(subject->type))
		return false;
	if (literal_set_scan(item->set, item->cased ? subject->text : subject->folded,
			     stop_at_first, &found) ||
	    found)
		return found;
	session->statistics.limits_hit++;
	for (size_t i = 0; i < item->count; i++)
		if (detecting_matcher(session, item, &item->matcher[i], subject))
			return true;
	return false;
}

/* Any matcher against one value. */
static bool any_matcher(struct detect_session *session, const struct item *item,
			const struct subject *subject)
{
	if (item->set) {
		if (any_of_set(session, item, subject))
			return true;
		for (size_t i = 0; i < item->rest_count; i++)
			if (detecting_matcher(session, item, &item->matcher[item->rest[i]],
					      subject))
				return true;
		return false;
	}
	for (size_t i = 0; i < item->count; i++)
		if (detecting_matcher(session, item, &item->matcher[i], subject))
			return true;
	return false;
}

/* What null and exists say where the field has no value. */
static bool match_absent(struct detect_session *session, const struct item *item)
{
	const bool members = item->asks_presence && detecting_has_members(session, item->field);
	bool any = false, all = true;

	for (size_t i = 0; i < item->count; i++) {
		const struct matcher *matcher = &item->matcher[i];
		const bool holds = (matcher->kind == MATCH_NULL && !members) ||
				   (matcher->kind == MATCH_EXISTS && matcher->wanted == members);

		any |= holds;
		all &= holds;
	}
	return item->all ? all : any;
}

/* Every group of matchers must find a value; values may differ. */
static bool match_groups(struct detect_session *session, const struct item *item,
			 bool (*holds)(struct detect_session *, const struct item *,
				       const struct matcher *))
{
	bool found = false;

	for (size_t i = 0; i < item->count; i++) {
		found = found || holds(session, item, &item->matcher[i]);
		if (i + 1 < item->count && item->matcher[i].group == item->matcher[i + 1].group)
			continue;
		if (!found)
			return false;
		found = false;
	}
	return true;
}

static bool in_values(struct detect_session *session, const struct item *item,
		      const struct matcher *matcher)
{
	uint32_t at = detecting_values(session, item->field_number);

	for (; at != UINT32_MAX; at = session->link[at].next) {
		const struct subject subject = detecting_subject(session, session->link[at].value);

		if (detecting_matcher(session, item, matcher, &subject))
			return true;
	}
	return false;
}

/* Whether what is no match in the body is none in this value. */
static bool body_tells(const struct detect_session *session, const struct item *item,
		       uint32_t value)
{
	return item->stands_within && detecting_lies_in_body(session, value);
}

static bool in_event(struct detect_session *session, const struct item *item,
		     const struct matcher *matcher)
{
	const struct event *event = session->event;
	struct subject subject = { event->body, SV_NONE, EVENT_STRING };

	if (event->body.p) {
		subject.folded = detecting_body(session);
		if (detecting_matcher(session, item, matcher, &subject))
			return true;
	}
	for (uint32_t i = 0; i < event->count; i++) {
		if (body_tells(session, item, i))
			continue;
		subject = detecting_subject(session, i);
		if (detecting_matcher(session, item, matcher, &subject))
			return true;
	}
	return false;
}

static bool match_field_item(struct detect_session *session, const struct item *item)
{
	uint32_t at = detecting_values(session, item->field_number);

	if (at == UINT32_MAX)
		return match_absent(session, item);
	if (item->all && item->group_count > 1)
		return match_groups(session, item, in_values);
	for (; at != UINT32_MAX; at = session->link[at].next) {
		const struct subject subject = detecting_subject(session, session->link[at].value);

		if (any_matcher(session, item, &subject))
			return true;
	}
	return false;
}

static bool match_keywords(struct detect_session *session, const struct item *item)
{
	const struct event *event = session->event;
	struct subject subject = { event->body, SV_NONE, EVENT_STRING };

	if (item->all && item->group_count > 1)
		return match_groups(session, item, in_event);
	if (event->body.p) {
		subject.folded = detecting_body(session);
		if (any_matcher(session, item, &subject))
			return true;
	}
	for (uint32_t i = 0; i < event->count; i++) {
		if (body_tells(session, item, i))
			continue;
		subject = detecting_subject(session, i);
		if (any_matcher(session, item, &subject))
			return true;
	}
	return false;
}

bool detecting_item(struct detect_session *session, const struct item *item)
{
	return (item_is_keyword(item) ? match_keywords(session, item)
				      : match_field_item(session, item)) != item->neq;
}

/* ---- expressions ---- */

bool detecting_node(struct detect_session *session, uint32_t number)
{
	const struct node *node = &session->ruleset->node[number];
	const uint32_t *child = session->ruleset->child + node->first;
	uint32_t *known = &session->known[number];
	bool holds;

	if (*known >> 1 == session->stamp)
		return *known & 1;
	if (node->kind == NODE_ITEM) {
		holds = detecting_item(session, session->ruleset->item[node->first]);
	} else if (node->kind == NODE_NOT) {
		holds = !detecting_node(session, child[0]);
	} else {
		const bool decides = node->kind == NODE_OR;

		holds = !decides;
		for (uint32_t i = 0; i < node->count && holds != decides; i++)
			holds = detecting_node(session, child[i]);
	}
	*known = session->stamp << 1 | holds;
	return holds;
}
