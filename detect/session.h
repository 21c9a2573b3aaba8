/* session.h - the scratch of one thread, and the questions that rules ask of an event. */
#ifndef DETECT_SESSION_H
#define DETECT_SESSION_H

#include "detect/fold.h"
#include "detect/internal.h"
#include "detect/plan.h"

/* The values of a field in the event: links first … last. */
struct slot {
	uint32_t stamp; /* else of an earlier event */
	bool exact;	/* the name in the rule's spelling */
	uint32_t first, last;
};

struct link {
	uint32_t value; /* index of event_field */
	uint32_t next;
};

/* Of a rule's two sets of witnesses; with both it is a candidate, or will never be one. */
#define SEEN_BOTH 3U

/* Where the values of fields stand in all events of one shape. */
#define SESSION_SHAPES 64 /* a power of two */

struct session_shape {
	uint64_t shape; /* 0: none */
	size_t count;	/* values of the event */
	struct session_slot {
		uint32_t field;
		struct slot slot;
	} * slot;
	size_t slot_count;
	struct link *link;
};

struct detect_session {
	struct ruleset *ruleset;
	struct detect_statistics statistics;
	bool without_prefilter;	 /* for tests */
	const struct plan *plan; /* of the last event */
	const struct fold_variant *fold;
	/* the event */
	const struct event *event;
	uint32_t stamp;
	struct slot *slot;	 /* by field */
	const struct link *link; /* own_link, or those of a shape */
	struct link *own_link;
	size_t link_count, link_room;
	struct session_shape shape[SESSION_SHAPES];
	/* folded texts, made when asked for */
	struct sv *folded; /* by index of event_field */
	uint32_t *folded_stamp;
	size_t folded_room;
	char *text;
	size_t text_n, text_room;
	struct sv body; /* folded */
	uint32_t body_stamp;
	/* what is known of nodes: stamp * 2 + answer */
	uint32_t *known;
	/* candidates and results */
	uint32_t *root;	  /* by rule: its node */
	uint32_t *marked; /* by rule: stamp * 4 + SEEN_BOTH, or one bit of it */
	uint32_t *candidate;
	size_t candidate_count;
	uint32_t *result;
	struct regex_cache **regex; /* by number */
};

/* Takes the event up: finds the values of all fields that rules ask for. */
void detecting_begin(struct detect_session *session, const struct event *event);
struct sv detecting_folded(struct detect_session *session, uint32_t value);
struct sv detecting_body(struct detect_session *session);
bool detecting_node(struct detect_session *session, uint32_t node);
bool detecting_item(struct detect_session *session, const struct item *item);

/* First value of a field, as index of a link, or UINT32_MAX. */
static inline uint32_t detecting_values(const struct detect_session *session, uint32_t field)
{
	const struct slot *slot = &session->slot[field];

	return slot->stamp == session->stamp ? slot->first : UINT32_MAX;
}

/* Whether the value's text is part of the body, as it is. */
static inline bool detecting_lies_in_body(const struct detect_session *session, uint32_t value)
{
	const struct sv text = session->event->field[value].text, body = session->event->body;

	return body.p && text.p >= body.p && text.p + text.n <= body.p + body.n;
}

/* One matcher against one value of its field, or one text of a keyword. */
struct subject {
	struct sv text, folded;
	enum event_type type;
};

bool detecting_matcher(struct detect_session *session, const struct item *item,
		       const struct matcher *matcher, const struct subject *subject);
struct subject detecting_subject(struct detect_session *session, uint32_t value);
/* Whether the event has members below this name (it is an object). */
bool detecting_has_members(const struct detect_session *session, struct sv name);
/* The part of a text that a match fixes. */
struct span {
	size_t at, end;
};
/* Whole text against a pattern; ret may be NULL. */
bool glob_match(struct pattern glob, struct sv text, struct span *ret);

#endif
