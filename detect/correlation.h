/*
 * correlation.h - Sigma correlations: what several events together mean. A
 * correlator holds the state of all correlations of one ruleset over ONE stream
 * of events, in one thread. It never reads the clock: time is that of the events.
 *
 * Feed it what detect_event found, in the order of the stream. A hit is like a
 * detection of the correlation's rule (ruleset_rule gives title, level, tags), at
 * the last event that took part.
 *
 * Semantics: Sigma specification 2.1.0; choices are in docs/sigma.md.
 */
#ifndef DETECT_CORRELATION_H
#define DETECT_CORRELATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "detect/detect.h"

#define CORRELATION_RULES_MAX 256	/* that one correlation refers to */
#define CORRELATION_FIELDS_MAX 16	/* of group-by; of `field` */
#define CORRELATION_CHAIN_MAX 16	/* correlations of correlations */
#define CORRELATION_SPAN_DAYS_MAX 366	/* of a timespan */
#define CORRELATION_KEY_BYTES_MAX 4096	/* of the values of group-by together: more is cut */
#define CORRELATION_PARTS_MAX 64	/* events that a hit names: the last ones */
#define CORRELATION_LATE_SCAN_MAX 16384 /* entries looked at for one event that came late */
#define CORRELATION_BYTES_DEFAULT ((size_t)32 << 20) /* state of one correlation */
#define CORRELATION_BYTES_MIN ((size_t)1 << 20)

/* The caller's own name for an event (its UUID, or file and record). */
struct correlation_reference {
	uint64_t word[2];
};

struct correlator_options {
	/*
	 * How much later than others an event may come, by the events' own time.
	 * INT64_MAX: no bound but memory; then hits come only from correlator_finish.
	 */
	int64_t late_seconds;
	/*
	 * false: matches wait until late_seconds have passed in the stream and are then
	 * taken in exact order of time: right for files.
	 * true: a hit is told with the event that completes it, also where that came
	 * late; only what later events could undo waits: right for live streams.
	 */
	bool at_once;
	size_t bytes_max_per_rule; /* 0: CORRELATION_BYTES_DEFAULT; less than _MIN becomes _MIN */
};

struct correlation_part {
	struct correlation_reference reference;
	struct instant at;
	uint32_t rule; /* which matched; of a chain: the correlation */
};

/* Views live until the next call. */
struct correlation_hit {
	uint32_t rule;				   /* index of the correlation */
	struct sv company;			   /* of the envelopes: companies are never mixed */
	const struct sv *group_name, *group_value; /* values as first seen */
	size_t group_count;
	struct instant first, last; /* of the events that took part */
	double value;	/* what the condition was asked about: count, sum, percentile, … */
	uint64_t count; /* events that took part */
	const struct correlation_part *part; /* the last of them, in order of time */
	size_t part_count;
};

struct correlator;

/* Whether the ruleset has correlations at all: else there is no need for a correlator. */
bool ruleset_has_correlations(const struct ruleset *ruleset);
/*
 * For how many seconds of a stream state may reach back, chains and suppression
 * counted: who reads so much again, plus late_seconds, has the same state again.
 */
int64_t ruleset_correlation_reach(const struct ruleset *ruleset);

struct correlator *correlator_new(struct ruleset *ruleset,
				  const struct correlator_options *options);
void correlator_free(struct correlator *correlator); /* NULL is fine */
/*
 * One event and the rules that it matches (as detect_event gave them). Events
 * whose rules no correlation refers to (rule.correlated) need not be fed. The
 * time is envelope.observed, but never after envelope.received where that is known.
 * Returns the number of hits.
 */
size_t correlator_event(struct correlator *correlator, const struct event *event,
			struct correlation_reference reference, const uint32_t *match,
			size_t match_count, const struct correlation_hit **ret);
/* No event before now - late_seconds will come any more: closes windows that waited. */
size_t correlator_advance(struct correlator *correlator, struct instant now,
			  const struct correlation_hit **ret);
/*
 * The stream has ended: everything that waited is settled. There may be more hits
 * than one call gives: call again until it returns 0.
 */
size_t correlator_finish(struct correlator *correlator, const struct correlation_hit **ret);

/*
 * To build the state of an earlier run again from the same events: until this is
 * called with NULL, a hit counts only where known says that it was one then, and
 * is not returned.
 */
void correlator_replay(struct correlator *correlator,
		       bool (*known)(void *context, const struct correlation_hit *hit),
		       void *context);

/*
 * Why, for people: the condition with what it was asked about, each of group-by,
 * and how many of the parts each rule gave. Returns the number. Views live as long
 * as ruleset, hit and arena do.
 */
size_t correlation_explain(const struct ruleset *ruleset, const struct correlation_hit *hit,
			   struct arena *arena, const struct detect_reason **ret);
#define CORRELATION_NAME_MAX 65
/* The same for the same hit on each run: a digest of rule, company, values and time. */
void correlation_hit_name(const struct ruleset *ruleset, const struct correlation_hit *hit,
			  struct arena *arena, char name[static CORRELATION_NAME_MAX]);
/* The fields that correlations look at in events that match these rules. */
size_t ruleset_correlated_fields(const struct ruleset *ruleset, const uint32_t *rule,
				 size_t rule_count, struct arena *arena, const struct sv **ret);

struct correlator_statistics {
	uint64_t entries; /* matches taken in */
	uint64_t hits;
	uint64_t suppressed;	 /* the condition held, within a timespan of the last hit */
	uint64_t without_key;	 /* no value for group-by or `field`: not counted */
	uint64_t late;		 /* came after the bound: not counted */
	uint64_t late_unscanned; /* came late into a window too large to look through again */
	uint64_t evicted_keys;	 /* forgotten for the bound of memory */
	uint64_t evicted_entries;
	uint64_t forced;       /* taken before their time for the bound of memory */
	size_t keys, bytes;    /* now */
	struct instant newest; /* how far the stream has come; zero: nothing came */
};
struct correlator_statistics correlator_statistics(const struct correlator *correlator);

#endif
