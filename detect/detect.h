/*
 * detect.h - Sigma rules: load, compile, match, explain. A compiled ruleset is
 * immutable and may be shared by threads; what changes while events flow lives
 * in a session, one for each thread.
 *
 * Semantics: Sigma specification 2.1.0; choices where it is silent are in
 * docs/sigma.md.
 */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "event/event.h"

#define DETECT_RULES_MAX 100000
#define DETECT_VALUES_MAX 65536 /* values of one rule */

enum rule_level {
	LEVEL_NONE,
	LEVEL_INFORMATIONAL,
	LEVEL_LOW,
	LEVEL_MEDIUM,
	LEVEL_HIGH,
	LEVEL_CRITICAL
};
const char *rule_level_name(enum rule_level level);
bool rule_level_parse(struct sv text, enum rule_level *ret);

/* Public face of a rule. Views live as long as the ruleset. */
struct rule {
	struct sv id; /* UUID; made from the title where the rule has none */
	struct sv title, description, author, status, file;
	struct sv title_ja, description_ja; /* of `japanese: {title, description}`, or empty */
	uint32_t line;			    /* where its document starts */
	enum rule_level level;
	struct sv product, category, service; /* logsource, lower case */
	size_t tag_count, falsepositive_count, reference_count;
	const struct sv *tag; /* "attack.t1059.004" */
	const struct sv *falsepositive, *reference;
	bool correlation; /* of several events: see correlation.h; never matches one alone */
	bool correlated;  /* a correlation refers to it */
	bool quiet;	  /* only by correlations, none with `generate`: no detection by itself */
};

enum rule_problem_kind {
	PROBLEM_NOT_COMPILED, /* an error in the rule: it is left out */
	PROBLEM_NOT_LOADED,   /* sound, but no decoder gives its logsource */
	PROBLEM_SKIPPED,      /* deprecated, unsupported, by filter */
	PROBLEM_WARNING,      /* compiled, but look at it */
};

struct rule_problem {
	enum rule_problem_kind kind;
	struct sv file, title;
	uint32_t line, column;
	struct sv reason;
};

/* Values for %name% in rules with the modifier `expand`; they may hold wildcards. */
struct ruleset_placeholder {
	struct sv name;
	const struct sv *value;
	size_t count;
};

/* The same from a file: list and count are for ruleset_options. Views live until it is freed. */
struct ruleset_placeholders {
	struct arena *arena;
	const struct ruleset_placeholder *list;
	size_t count;
};

/*
 * YAML: a map from names to a value or a list of values, by itself or under `vars`
 * (as in pySigma's pipelines). A name may stand between percent signs. Errors say
 * file, line and column. NULL on failure.
 */
struct ruleset_placeholders *ruleset_placeholders_load(const char *path, struct err *err);
struct ruleset_placeholders *ruleset_placeholders_parse(struct sv yaml, const char *name,
							struct err *err);
void ruleset_placeholders_free(struct ruleset_placeholders *placeholders); /* NULL is fine */

/* A file of rules that lies in memory, under the name that problems shall tell. */
struct ruleset_text {
	const char *name;
	struct sv yaml;
};

struct ruleset_options {
	const char *const *path; /* files and folders, read recursively (*.yml, *.yaml) */
	size_t path_count;
	/* Read after them; borrowed until all is loaded. With any, the cache is not used. */
	const struct ruleset_text *text;
	size_t text_count;
	bool with_deprecated;
	bool all_logsources; /* load also rules whose logsource no decoder of ours gives */
	const struct ruleset_placeholder *placeholder;
	size_t placeholder_count;
	/*
	 * A folder where compiled rules are kept, for ruleset_load; NULL: nowhere. They
	 * are taken from there while no file of rules has changed (path, size, times,
	 * inode) and the program is the same; else compiled and written there. A file
	 * there that is broken, or that others may write to, is ignored.
	 */
	const char *cache;
	/* called now and then while loading; may be NULL */
	void (*progress)(void *context, size_t done, size_t total);
	void *context;
};

struct ruleset;

/*
 * Loads and compiles. A rule that fails is reported among the problems and the
 * others go on. Fails only where a path cannot be read or a bound is passed.
 * Starts with one reference.
 */
struct ruleset *ruleset_load(const struct ruleset_options *options, struct err *err);
/* The same from one text, for tests, fuzzers, and rules from the database. */
struct ruleset *ruleset_parse(struct sv yaml, const char *name,
			      const struct ruleset_options *options, struct err *err);
struct ruleset *ruleset_ref(struct ruleset *ruleset); /* thread-safe */
void ruleset_unref(struct ruleset *ruleset);	      /* NULL is fine */
size_t ruleset_count(const struct ruleset *ruleset);
const struct rule *ruleset_rule(const struct ruleset *ruleset, size_t index);
size_t ruleset_problems(const struct ruleset *ruleset, const struct rule_problem **ret);
/* Index of the rule with this id, or SIZE_MAX. */
size_t ruleset_find(const struct ruleset *ruleset, struct sv id);

/* A text, case-folded, and the field in which it stands. */
struct rule_witness {
	struct sv field; /* empty: anywhere in the event */
	struct sv text;
};
/*
 * Texts of which one at least stands in every event that the rule matches:
 * blocks of stored events without any of them need not be read. Views live in
 * arena. Returns 0 where nothing is known.
 */
size_t ruleset_witnesses(const struct ruleset *ruleset, size_t rule, struct arena *arena,
			 const struct rule_witness **ret);
/* SHA-256 over what was loaded, as 64 hexadecimal digits: which rules decided this? */
struct sv ruleset_digest(const struct ruleset *ruleset);

struct detect_session; /* scratch and, later, correlation state; one thread */

struct detect_session *detect_session_new(struct ruleset *ruleset); /* takes a reference */
void detect_session_free(struct detect_session *session);
/*
 * Matches one event against all rules of its logsource. Returns the number of
 * rules that match and sets *ret to their indices, ascending; valid until the
 * next call. No allocation once warm. Never fails. The time is linear in the
 * event whatever its text, regular expressions included.
 */
size_t detect_event(struct detect_session *session, const struct event *event,
		    const uint32_t **ret);

struct detect_statistics {
	uint64_t events;
	uint64_t events_unrouted; /* no rule is for their logsource */
	uint64_t candidates;	  /* rules that were evaluated, over all events */
	uint64_t matches;
	uint64_t limits_hit; /* scans given up for the slow way: no match is lost */
};
struct detect_statistics detect_session_statistics(const struct detect_session *session);

/*
 * Why: one for each search item that took part; for an item with `all`, one for
 * each of its values. Views live as long as ruleset, event and arena do.
 */
struct detect_reason {
	struct sv selection;	  /* its name in the rule */
	struct sv field;	  /* empty: keyword */
	struct sv modifiers;	  /* "contains|all" */
	struct sv pattern;	  /* the rule's value that matched, or the first that did not */
	struct sv value;	  /* the event's text; empty where the field is absent */
	size_t value_at, value_n; /* the part of value that matched */
	bool matched;		  /* of this item, with its `neq` */
};

/*
 * Explains one rule against one event, matched or not. Returns whether the
 * rule matches; *ret holds the reasons in the rule's order, those of filters
 * last (their selections are called "filter:NAME").
 */
bool detect_explain(struct detect_session *session, size_t rule, const struct event *event,
		    struct arena *arena, const struct detect_reason **ret, size_t *ret_count);

#endif
