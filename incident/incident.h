/*
 * incident.h - detections that belong together become one incident, with a
 * state, an owner, a timeline, a process tree and actions.
 *
 * The core is pure: incident_root and incident_group decide from values;
 * incident_transition and action_transition are state machines as tables. The
 * other functions apply them to the store inside the CALLER's transaction (so
 * that the caller's audit trail or watermark commits with them): without one
 * they fail with ERR_INTERNAL. Readers need no transaction.
 *
 * Whoever acts for a person passes the scope: the companies that person may
 * see. What lies outside is ERR_NOT_FOUND, as if it were not there.
 */
#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "detect/detect.h"
#include "event/event.h"
#include "store/store.h"

/* Detections of one tree further apart than this are two incidents. */
#define INCIDENT_WINDOW_SECONDS (15 * 60)
/* An incident takes nothing more this long after its first event. */
#define INCIDENT_SPAN_SECONDS (24 * 60 * 60)
/* Processes that one parent starts within this time are one pipeline. */
#define INCIDENT_SIBLING_MILLISECONDS 100
#define INCIDENT_CHAIN_MAX 64		   /* ancestors that are walked */
#define INCIDENT_PROCESSES_MAX 500	   /* nodes kept for one incident */
#define INCIDENT_DEVICE_PROCESSES_MAX 8192 /* remembered for one device */
#define INCIDENT_TECHNIQUES_MAX 64
#define INCIDENT_COMMAND_MAX 2048 /* bytes of a command line that are kept */
#define INCIDENT_TEXT_MAX 8192	  /* bytes of a note, reason, detail */
#define INCIDENT_PAGE_MAX 500	  /* rows of one list answer */
#define INCIDENT_LOAD_MAX 1000	  /* detections, entries of one page */
#define INCIDENT_CURSOR_MAX 160
#define INCIDENT_STORY_MAX 32000  /* bytes of a story, of what was said: 8000 characters */
#define INCIDENT_CONTACTS_MAX 200 /* of one incident: more are refused */
#define INCIDENT_PERSON_MAX 200	  /* bytes of the name of whom one spoke to */

extern const struct store_migration incident_migrations[];
extern const size_t incident_migration_count;

/* ==== states ==== */

enum incident_state {
	INCIDENT_NEW,
	INCIDENT_ASSIGNED,
	INCIDENT_INVESTIGATING,
	INCIDENT_CONTAINED,
	INCIDENT_RESOLVED,
	INCIDENT_CLOSED,
	INCIDENT_FALSE_POSITIVE,
	INCIDENT_STATE_COUNT
};
const char *incident_state_name(enum incident_state state); /* "false_positive" */
bool incident_state_parse(struct sv text, enum incident_state *ret);
bool incident_transition(enum incident_state from, enum incident_state to);
/* Open: new detections of its tree may join. */
bool incident_is_open(enum incident_state state);

/* Whether a person said that it is an incident; the centre never says so. */
enum incident_judgement {
	INCIDENT_UNJUDGED,
	INCIDENT_REAL,
	INCIDENT_NOT_REAL,
	INCIDENT_JUDGEMENT_COUNT
};
const char *incident_judgement_name(enum incident_judgement judgement); /* "real" */

enum action_kind {
	ACTION_ISOLATE,
	ACTION_RELEASE,
	ACTION_KILL,
	ACTION_COLLECT,
	ACTION_UNINSTALL,
	ACTION_LICENCE_OFF, /* sensors rest, the agent stays; _ON wakes them */
	ACTION_LICENCE_ON,
	ACTION_KIND_COUNT
};
const char *action_kind_name(enum action_kind kind); /* "isolate" */
bool action_kind_parse(struct sv text, enum action_kind *ret);
enum action_state {
	ACTION_PROPOSED,
	ACTION_APPROVED,
	ACTION_SENT,
	ACTION_DONE,
	ACTION_FAILED,
	ACTION_EXPIRED,
	ACTION_REFUSED,
	ACTION_STATE_COUNT
};
const char *action_state_name(enum action_state state);
bool action_state_parse(struct sv text, enum action_state *ret);
bool action_transition(enum action_state from, enum action_state to);

/* ==== the pure core: which tree, which incident ==== */

/* What is known of one process. Empty views and zero where unknown. */
struct incident_process {
	struct sv guid, parent_guid; /* ProcessGuid, ParentProcessGuid */
	struct sv image, command_line, user;
	struct sv parent_image, parent_command_line;
	struct sv standard_input; /* StandardInput: tty, pipe, socket, file, null */
	struct instant started, ended;
	uint64_t pid;
	bool entered; /* an earlier image of it opened a session: nsenter, chroot, … */
	bool unseen;  /* known only from what its child says: it ran before the agent */
	bool flagged; /* a detection names it */
	bool context; /* on the page: the launcher above the tree, not part of it */
};

enum incident_tree_kind {
	INCIDENT_TREE_PROCESS,	/* key: guid of the tree's root */
	INCIDENT_TREE_LAUNCHER, /* the launcher's own deed: guid and rule */
	INCIDENT_TREE_NONE,	/* no process known: the rule */
};
struct incident_root {
	enum incident_tree_kind kind;
	size_t at;	    /* index of the root in the chain */
	struct sv launcher; /* guid of the shell that launched the root, where one did */
};
/*
 * The root of a process's tree. chain[0] is the process, chain[i + 1] the
 * parent of chain[i], as far as known; the last may be unseen. The root is the
 * topmost process below the first launcher: an init, service manager,
 * scheduler, login or session program, a session shell, or a process that ran
 * before the agent (docs/incident.md).
 */
struct incident_root incident_root(const struct incident_process *chain, size_t count);

struct incident_fact { /* a detection, as grouping sees it */
	struct sv event, rule;
	struct incident_root root;
	struct sv key; /* guid of the root, launcher or process; may be empty */
	struct instant at;
	struct instant started, ended; /* of the root process; zero: unknown */
};
struct incident_candidate {	   /* an open incident of the same company and device */
	struct incident_root root; /* as it is resolved now: ancestors may have become known */
	struct sv key, rule;	   /* rule: of its first detection */
	struct instant first, last;
	struct instant started, ended;
	bool same_event; /* it already has a detection of this event */
};
/* Index of the candidate that the detection joins, or SIZE_MAX: a new one. */
size_t incident_group(const struct incident_fact *fact, const struct incident_candidate *candidate,
		      size_t count);

/* ==== the detect thread: events and detections come in ==== */

/*
 * Remembers each device's processes, for trees. One for the thread that
 * detects; what it learns goes to the store with incident_tracker_flush, in
 * the transaction of the events. After a rollback: incident_tracker_clear.
 */
struct incident_tracker;

struct incident_tracker *incident_tracker_new(void);
void incident_tracker_free(struct incident_tracker *tracker); /* NULL is fine */
void incident_tracker_clear(struct incident_tracker *tracker);
int incident_tracker_flush(struct incident_tracker *tracker, struct store *store, struct err *err);

/*
 * Learns from an event: processes started and ended; also adds the children of
 * an incident's processes to its tree. To be called for every event in the
 * order of arrival, before its detections are absorbed.
 */
int incident_observe_event(struct incident_tracker *tracker, struct store *store,
			   const struct event *event, struct err *err);

struct incident_detection {
	const struct event *event; /* with id, company, device, observed in its envelope */
	const struct rule *rule;
	struct sv ruleset;		    /* digest: which rules decided */
	const struct detect_reason *reason; /* why; kept as JSON */
	size_t reason_count;
	struct instant now;
};
enum incident_absorbed { INCIDENT_KNOWN, INCIDENT_JOINED, INCIDENT_OPENED };
struct incident_absorbtion {
	enum incident_absorbed what; /* KNOWN: this event and rule were there already */
	char incident[UUID_TEXT_MAX];
	enum rule_level level, level_before; /* the incident's */
};
int incident_absorb(struct incident_tracker *tracker, struct store *store,
		    const struct incident_detection *detection, struct incident_absorbtion *ret,
		    struct err *err);
/*
 * Forgets the processes of devices that have told of none since, at most limit
 * rows; a week is enough. Returns how many rows went, or -1. What an incident
 * shows is kept with the incident. Of the others, ended processes go after an
 * hour, and INCIDENT_DEVICE_PROCESSES_MAX bounds the rest.
 */
int64_t incident_expire_processes(struct store *store, struct instant before, size_t limit,
				  struct err *err);

/* ==== what people see ==== */

struct incident_scope {
	bool all;		  /* every company */
	const struct sv *company; /* else these */
	size_t count;
};

struct incident {
	struct sv id;			 /* UUIDv7 */
	uint64_t number;		 /* counts up within the company, for people */
	struct sv company, device, host; /* host: the event's Computer, may be empty */
	struct sv title, title_ja;	 /* of the gravest rule; title_ja may be empty */
	enum rule_level level;
	enum incident_state state;
	struct sv assignee;   /* user id, empty: nobody */
	struct sv techniques; /* "T1059.004 T1140" */
	struct sv tactics;    /* "execution defense-evasion" */
	uint64_t detections;
	struct instant first, last;	/* observed time of its events */
	struct instant opened, updated; /* centre's time */
	uint64_t version; /* of state, assignment, judgement, story: give it back when changing */
	enum incident_judgement judgement;
	bool told;	       /* it has a story for the owner */
	struct instant closed; /* zero: it is not */
};
/* What is missing before it can be CLOSED; a real one needs a story. */
enum incident_obstacle { INCIDENT_CLOSABLE, INCIDENT_NEEDS_JUDGEMENT, INCIDENT_NEEDS_STORY };
enum incident_obstacle incident_obstacle(enum incident_judgement judgement, bool told);

enum incident_order {
	INCIDENT_BY_ACTIVITY,
	INCIDENT_BY_OPENED,
	INCIDENT_BY_LEVEL,
	INCIDENT_ORDER_COUNT
};
const char *incident_order_name(enum incident_order order); /* "activity", "opened", "level" */
bool incident_order_parse(struct sv text, enum incident_order *ret);

struct incident_filter {
	unsigned states;		     /* bits 1 << state; 0: any */
	enum rule_level level_min;	     /* LEVEL_NONE: any */
	struct sv company, device, assignee; /* empty: any */
	bool unassigned;		     /* only those that nobody has taken */
	struct sv text;		   /* words of title, rules, host, images; all must be there */
	struct instant from, to;   /* of the last event, to exclusive; 0: open */
	enum incident_order order; /* newest or gravest first */
};
struct incident_list {
	const struct incident *item;
	size_t count;
	struct sv next; /* cursor of the next page, empty at the end */
};
/*
 * One page, from arena. cursor: empty, or `next` of the page before with the
 * same filter; ERR_FORMAT where it is not one. limit is cut to INCIDENT_PAGE_MAX.
 */
int incident_list(struct store *store, const struct incident_scope *scope,
		  const struct incident_filter *filter, struct sv cursor, size_t limit,
		  struct arena *arena, struct incident_list *ret, struct err *err);

struct incident_counts { /* maintained, not counted at reading */
	uint64_t by_state[INCIDENT_STATE_COUNT];
	uint64_t open_by_level[LEVEL_CRITICAL + 1];
	uint64_t open, total;
};
int incident_counts(struct store *store, const struct incident_scope *scope, struct sv company,
		    struct incident_counts *ret, struct err *err);

struct incident_summary { /* of one company */
	uint64_t open, open_real; /* real: judged so */
	uint64_t since;		  /* opened not before an instant */
};
int incident_summary(struct store *store, struct sv company, struct instant from,
		     struct incident_summary *ret, struct err *err);
/* Detections of a company from an instant to another (exclusive), at most limit of the newest looked at. */
int incident_detections_between(struct store *store, struct sv company, struct instant from,
				struct instant to, size_t limit, uint64_t *ret, struct err *err);

struct incident_detection_row {
	struct sv id, company, device, incident;
	struct sv event, rule, rule_title, title_ja;
	enum rule_level level;
	struct sv tags; /* separated by spaces */
	struct sv ruleset;
	struct sv
		reasons; /* JSON array: selection, field, modifiers, pattern, value, value_at, value_n, matched */
	struct sv process; /* ProcessGuid, may be empty */
	struct sv summary; /* command line, file or address: one line for the timeline */
	struct instant observed, detected;
};
enum incident_entry_kind {
	INCIDENT_ENTRY_OPENED,
	INCIDENT_ENTRY_STATE,
	INCIDENT_ENTRY_ASSIGNED,
	INCIDENT_ENTRY_NOTE,
	INCIDENT_ENTRY_ACTION,
	INCIDENT_ENTRY_LEVEL,
	INCIDENT_ENTRY_JUDGED,	/* from, to: judgements; text: reason */
	INCIDENT_ENTRY_CONTACT, /* from: channel; to: "reached" or "missed"; text: what was said */
	INCIDENT_ENTRY_STORY,	/* text: the story from then on */
	INCIDENT_ENTRY_KIND_COUNT
};
const char *incident_entry_kind_name(enum incident_entry_kind kind); /* "opened" … */
struct incident_entry {	 /* timeline, without the detections */
	uint64_t number; /* grows */
	enum incident_entry_kind kind;
	struct instant at;
	struct sv actor;    /* user id, empty: the centre or the device */
	struct sv from, to; /* states, assignees, levels; of an action: kind and state */
	struct sv text;	    /* note, reason, story */
	struct sv action;   /* id, where it is about one */
};
struct incident_action {
	struct sv id, company, device, incident; /* incident may be empty */
	enum action_kind kind;
	enum action_state state;
	struct sv target; /* kill: ProcessGuid; collect, isolate …: empty or JSON */
	struct sv reason, requested_by, approved_by, result;
	uint64_t order; /* number of the signed order, 0: not sent */
	struct instant requested, approved, sent, finished, expiry;
};
enum incident_channel {
	INCIDENT_BY_TELEPHONE,
	INCIDENT_BY_MAIL,
	INCIDENT_BY_VISIT,
	INCIDENT_CHANNEL_COUNT
};
const char *incident_channel_name(enum incident_channel channel); /* "telephone" */
bool incident_channel_parse(struct sv text, enum incident_channel *ret);
struct incident_contact { /* an attempt to reach the company */
	struct sv id;
	struct instant at;
	struct sv actor; /* user id */
	enum incident_channel channel;
	struct sv person; /* whom, may be empty where nobody was reached */
	bool reached;
	struct sv text;
	unsigned consents; /* bits 1 << enum action_kind: what they agreed to */
};
struct incident_said { /* a judgement's reason, or a story */
	struct sv text, actor;
	struct instant at; /* zero: not yet */
};
struct incident_page {
	struct incident incident;
	struct incident_said judged, story; /* older ones are among the entries */
	const struct incident_contact *contact; /* oldest first */
	size_t contact_count;
	const struct incident_detection_row *detection; /* oldest first */
	size_t detection_count;
	const struct incident_entry *entry; /* oldest first */
	size_t entry_count;
	const struct incident_process *process; /* parents before children */
	size_t process_count;
	const struct incident_action *action; /* oldest first */
	size_t action_count;
	bool more; /* one of the arrays was cut at its limit */
};
int incident_load(struct store *store, const struct incident_scope *scope, struct sv id,
		  struct arena *arena, struct incident_page *ret, struct err *err);

/* All detections, newest first. */
struct incident_detection_filter {
	struct sv company, device, rule, incident; /* empty: any */
	enum rule_level level_min;
};
struct incident_detection_list {
	const struct incident_detection_row *item;
	size_t count;
	struct sv next;
};
int incident_detections(struct store *store, const struct incident_scope *scope,
			const struct incident_detection_filter *filter, struct sv cursor,
			size_t limit, struct arena *arena, struct incident_detection_list *ret,
			struct err *err);
int incident_detection_load(struct store *store, const struct incident_scope *scope, struct sv id,
			    struct arena *arena, struct incident_detection_row *ret,
			    struct err *err);

enum incident_object { INCIDENT_OBJECT, INCIDENT_OBJECT_ACTION, INCIDENT_OBJECT_DETECTION };
struct incident_owner {
	struct sv company, device, incident; /* incident may be empty */
};
/* Whose an object is: 1, or 0 where there is none. For deciding access, so without scope. */
int incident_owner(struct store *store, enum incident_object object, struct sv id,
		   struct arena *arena, struct incident_owner *ret, struct err *err);

/* ==== what people do ==== */

/*
 * version: what the person saw; ERR_CONFLICT where it has changed meanwhile.
 * An assignee of "" takes the assignment away. Assigning a NEW incident makes
 * it ASSIGNED. FALSE_POSITIVE needs a reason and is a judgement; reopening from
 * there takes the judgement back. ERR_CONFLICT: no such transition, or CLOSED
 * with an obstacle.
 */
int incident_assign(struct store *store, const struct incident_scope *scope, struct sv id,
		    uint64_t version, struct sv assignee, struct sv actor, struct instant now,
		    struct err *err);
int incident_set_state(struct store *store, const struct incident_scope *scope, struct sv id,
		       uint64_t version, enum incident_state state, struct sv reason,
		       struct sv actor, struct instant now, struct err *err);
int incident_note(struct store *store, const struct incident_scope *scope, struct sv id,
		  struct sv text, struct sv actor, struct instant now, struct err *err);

/*
 * A person says whether it is one (real) or not, with a reason; again changes it.
 * ERR_CONFLICT where it is CLOSED or a FALSE_POSITIVE: reopen it first.
 */
int incident_judge(struct store *store, const struct incident_scope *scope, struct sv id,
		   uint64_t version, bool real, struct sv reason, struct sv actor,
		   struct instant now, struct err *err);
/* at and id of the contact are not read. ERR_TOO_MANY past INCIDENT_CONTACTS_MAX. */
int incident_contact(struct store *store, const struct incident_scope *scope, struct sv id,
		     const struct incident_contact *contact, struct instant now, struct err *err);
/* What the owner reads. Writing it again replaces it; the old one stays in the timeline. */
int incident_tell(struct store *store, const struct incident_scope *scope, struct sv id,
		  uint64_t version, struct sv story, struct sv actor, struct instant now,
		  struct err *err);

struct incident_wish { /* an action that somebody asks for */
	enum action_kind kind;
	struct sv incident;	   /* may be empty where company and device are given */
	struct sv company, device; /* taken from the incident where there is one */
	struct sv target, reason;  /* a reason is needed */
	struct sv actor;
	struct instant now, expiry; /* not sent or answered until expiry: EXPIRED */
};
/* Proposes. The same kind and target still under way is ERR_CONFLICT. */
int incident_request_action(struct store *store, const struct incident_scope *scope,
			    const struct incident_wish *wish, char ret_action[static UUID_TEXT_MAX],
			    struct err *err);
int incident_approve_action(struct store *store, const struct incident_scope *scope,
			    struct sv action, struct sv actor, struct instant now, struct err *err);
int incident_refuse_action(struct store *store, const struct incident_scope *scope,
			   struct sv action, struct sv reason, struct sv actor, struct instant now,
			   struct err *err);
/* The signed order left for the device. */
int incident_action_sent(struct store *store, struct sv action, uint64_t order, struct instant now,
			 struct err *err);
/*
 * The device's answer: company and device of the event must be the action's,
 * else ERR_NOT_FOUND. Saying the same twice is fine; the first answer stays.
 */
int incident_action_result(struct store *store, struct sv company, struct sv device,
			   struct sv action, bool done, struct sv detail, struct instant now,
			   struct err *err);
/* Approved actions that are not sent yet, oldest first; device empty: all. */
int incident_actions_waiting(struct store *store, struct sv device, size_t limit,
			     struct arena *arena, const struct incident_action **ret,
			     size_t *ret_count, struct err *err);
/* Actions of a device, newest first. */
int incident_actions(struct store *store, const struct incident_scope *scope, struct sv device,
		     size_t limit, struct arena *arena, const struct incident_action **ret,
		     size_t *ret_count, struct err *err);
int incident_action_load(struct store *store, const struct incident_scope *scope, struct sv id,
			 struct arena *arena, struct incident_action *ret, struct err *err);
/* Moves what is past its expiry to EXPIRED. Returns how many, or -1. */
int64_t incident_expire_actions(struct store *store, struct instant now, struct err *err);

#endif
