/*
 * internal.h - what the files of incident/ share. Private.
 */
#ifndef INCIDENT_INTERNAL_H
#define INCIDENT_INTERNAL_H

#include "base/buf.h"
#include "incident/incident.h"

/* Fails with ERR_INTERNAL where the caller has begun none. */
int incident_need_transaction(struct store *store, struct err *err);
/* NULL is bound as NULL: "" instead. */
static inline struct sv incident_text(struct sv text)
{
	return text.p ? text : SV("");
}
/* At most max bytes, not through a character. */
struct sv incident_cut(struct sv text, size_t max);
/* Runs a bound query of one row: 1 with the row (then store_done it), 0 and -1 (done). */
int incident_row(struct store_query *query, struct err *err);

/* ==== devices: a small number for each, in our own tables ==== */

int incident_device(struct store *store, struct sv company, struct sv device, int64_t *ret,
		    struct err *err);

/* ==== processes ==== */

struct history;

/* What an event says of its process. */
void incident_process_of(const struct event *event, struct incident_process *ret);
/*
 * The process of an event (NULL: only guid is known) and its ancestors. Returns
 * their number; 0 where the event names no process. Views as those of history.
 */
size_t incident_chain(const struct history *history, struct sv guid, const struct event *event,
		      struct incident_process chain[static INCIDENT_CHAIN_MAX]);
bool incident_is_entrance(struct sv image); /* opens a session: nsenter, su, … */
/* When an event counts as observed. */
struct instant incident_when(const struct event *event);

/* ==== nodes of an incident's tree ==== */

/* 1: it is there, *ret_n is its number; 0: not; -1. */
int incident_find_process(struct store *store, int64_t incident, int64_t device, struct sv guid,
			  int64_t *ret_n, struct err *err);
/* Adds one, or flags it where it is there. Past INCIDENT_PROCESSES_MAX: nothing. */
int incident_put_process(struct store *store, int64_t incident, int64_t device,
			 const struct incident_process *process, struct err *err);

/* ==== what is told of a detection ==== */

/* Adds the ATT&CK techniques and tactics of a rule to lists separated by spaces. */
void incident_add_tags(const struct rule *rule, struct buf *techniques, struct buf *tactics);
void incident_put_tags(const struct rule *rule, struct buf *tags); /* all, as they are */
/* A JSON array of why the rule matched. */
void incident_put_reasons(const struct incident_detection *detection, struct buf *json);
/* One line for people: what was run, written or reached. */
void incident_put_summary(const struct event *event, struct buf *summary);
struct sv incident_host_of(const struct event *event); /* may be empty */

/* ==== search words ==== */

#define INCIDENT_WORDS_MAX 16 /* of one question */
#define INCIDENT_WORD_MAX 64  /* bytes */

struct incident_words {
	struct sv word[INCIDENT_WORDS_MAX]; /* folded, in text */
	size_t count;
	char text[INCIDENT_WORDS_MAX * INCIDENT_WORD_MAX];
};
/*
 * Cuts text into words: runs of ASCII letters and digits, folded; pairs of
 * neighbouring characters beyond ASCII. Calls word for each.
 */
int incident_each_word(struct sv text, int (*word)(void *context, struct sv word), void *context);
/* The words of a question; more than INCIDENT_WORDS_MAX are left out. */
void incident_words_of(struct sv text, struct incident_words *ret);
/* Makes an incident be found by the words of text. */
int incident_add_words(struct store *store, int64_t incident, struct sv text, struct err *err);

/* ==== rows ==== */

#define INCIDENT_COLUMNS                                                                           \
	"i.id, i.number, i.company, i.device, i.host, i.title, i.title_ja, i.level, i.state,"      \
	" i.assignee, i.techniques, i.tactics, i.detections, i.first, i.last, i.opened,"           \
	" i.updated, i.version, i.row, i.judgement, i.story IS NOT NULL, i.closed"
#define INCIDENT_COLUMN_ROW 18 /* place of i.row */
int incident_read(struct store_query *query, struct arena *arena, struct incident *ret,
		  struct err *err);

bool incident_may_see(const struct incident_scope *scope, struct sv company);

/* What changing an incident needs to know of it. */
struct incident_state_row {
	int64_t row, device_row;
	char company[UUID_TEXT_MAX * 4], device[UUID_TEXT_MAX * 4];
	enum incident_state state;
	enum rule_level level;
	uint64_t version;
	char assignee[UUID_TEXT_MAX * 4];
	enum incident_judgement judgement;
	bool told;
};
/* ERR_NOT_FOUND outside the scope. */
int incident_find(struct store *store, const struct incident_scope *scope, struct sv id,
		  struct incident_state_row *ret, struct err *err);

/* A text of a person: UTF-8, at most max bytes; what names it in errors. */
int incident_check_text(struct sv text, size_t max, const char *what, struct err *err);
int incident_check_version(const struct incident_state_row *row, uint64_t version, struct err *err);
/* Every change makes what others saw stale. */
int incident_new_version(struct store *store, int64_t row, struct instant now, struct err *err);
/* Sets the judgement with its entry; UNJUDGED takes it back. */
int incident_set_judgement(struct store *store, const struct incident_state_row *row,
			   enum incident_judgement judgement, struct sv reason, struct sv actor,
			   struct instant now, struct err *err);

struct incident_new_entry {
	int64_t incident;
	enum incident_entry_kind kind;
	struct instant at;
	struct sv actor, from, to, text, action;
};
int incident_put_entry(struct store *store, const struct incident_new_entry *entry,
		       struct err *err);

/* Adds to the counter of a company's incidents of this state and level. */
int incident_count(struct store *store, struct sv company, enum incident_state state,
		   enum rule_level level, int by, struct err *err);

#define INCIDENT_ACTION_COLUMNS                                                                    \
	"a.id, a.company, a.device, i.id, a.kind, a.state, a.target, a.reason, a.requested_by,"    \
	" a.approved_by, a.result, a.order_number, a.requested, a.approved, a.sent, a.finished,"   \
	" a.expiry"
#define INCIDENT_ACTION_FROM " FROM incident_action a LEFT JOIN incident i ON i.row = a.incident"
int incident_read_action(struct store_query *query, struct arena *arena,
			 struct incident_action *ret, struct err *err);

#define INCIDENT_DETECTION_COLUMNS                                                                 \
	"d.id, d.company, d.device, i.id, d.event, d.rule, d.rule_title, d.title_ja, d.level,"     \
	" d.tags, d.ruleset, d.reasons, d.process, d.summary, d.observed, d.detected, d.row"
#define INCIDENT_DETECTION_FROM " FROM incident_detection d JOIN incident i ON i.row = d.incident"
int incident_read_detection(struct store_query *query, struct arena *arena,
			    struct incident_detection_row *ret, struct err *err);

/* Arena copies that fail as one: check `full` at the end. */
struct sv incident_keep(struct arena *arena, struct sv text, bool *full);
int incident_too_large(struct err *err);

#endif
