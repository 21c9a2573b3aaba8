/* correlation_state.h - what a correlator remembers, and the parts that work on it. */
#ifndef DETECT_CORRELATION_STATE_H
#define DETECT_CORRELATION_STATE_H

#include "detect/correlation.h"
#include "detect/correlation_rule.h"
#include "detect/internal.h"

/* Hits that one call of correlator_finish gives. */
#define HITS_STEP 1024
#define HITS_BYTES_MAX ((size_t)256 << 20)
/* Stands for no bound: longer than any stream, short enough to be added to a time. */
#define LATE_UNBOUNDED (INT64_MAX / 4)

/* One match, as far as a correlation needs it. */
struct entry {
	int64_t at;
	uint64_t value; /* hash of `field`, bits of its number, or the rule's position */
	struct correlation_reference reference;
	uint32_t rule, position; /* position among the correlation's rules */
};

struct counted {
	uint64_t value;
	uint64_t count; /* 0: free */
};

/* What is asked of the entries of a window, kept while it slides. */
struct tally {
	size_t count;
	long double sum;
	struct counted *slot; /* hash table of values */
	uint32_t slot_count, distinct;
	/*
	 * For temporal_ordered: [length - 1][d] is the latest time at which so many rules in
	 * order begin of which the last stands at position length - 1 + d at most.
	 */
	int64_t *start;
};

struct key {
	uint64_t hash[2];
	struct key *before, *after; /* least recently touched first */
	bool listed;
	bool overflowed;  /* closing: its window did not fit into memory */
	uint32_t waiting; /* entries in the queue: it must stay */
	int64_t touched;  /* closing: when its window began */
	struct entry
		*entry; /* first … head: only for events that come late; head … count: the window */
	uint32_t first, head, count, room;
	struct tally tally;
	int64_t *fired; /* times of its hits, as far back as a late event may reach; ascending */
	uint32_t fired_count, fired_room;
	uint32_t text_n;
	char text[]; /* company and values: length (4 bytes), bytes */
};

/* An entry that may not be taken yet. */
struct waiting {
	struct entry entry;
	uint64_t sequence;
	struct key *key;
};

struct track { /* one correlation */
	const struct correlation *correlation;
	uint32_t rule;
	bool queued;
	struct key **table;
	size_t table_size, key_count;
	struct key *oldest, *newest; /* the list */
	struct waiting *heap;
	size_t heap_count, heap_room;
	int64_t released; /* what comes before this is late */
	size_t bytes;
};

struct feed {
	uint32_t track, position;
};

struct correlator {
	struct ruleset *ruleset;
	int64_t late;
	bool at_once;
	size_t bytes_max;
	struct track *track;
	size_t track_count;
	uint32_t *feed_first; /* by rule: feed[feed_first[rule]] up to that of the next */
	struct feed *feed;
	uint64_t secret[2];
	int64_t newest; /* time of the stream */
	uint64_t sequence;
	struct growing hit;
	struct arena *arena; /* of the hits of one call */
	struct tally scratch;
	double *number; /* scratch for percentiles */
	size_t number_room;
	char *text; /* scratch for keys */
	size_t text_room;
	bool (*known)(void *context, const struct correlation_hit *hit);
	void *context;
	struct correlator_statistics statistics;
};

/* Where values come from: an event, or a hit of another correlation. */
struct source {
	struct sv company;
	int64_t at;
	struct correlation_reference reference;
	uint32_t rule;
	const struct event *event;
	const struct correlation_hit *hit;
};

/* ---- correlation_tally.c ---- */

void tally_add(const struct correlation *correlation, struct tally *tally,
	       const struct entry *entry);
void tally_remove(const struct correlation *correlation, struct tally *tally,
		  const struct entry *entry);
/* What the condition is asked about, for a window that ends at `at`. */
double tally_value(const struct correlation *correlation, const struct tally *tally, int64_t at);
/* When the latest chain of temporal_ordered began. */
int64_t tally_chain(const struct correlation *correlation, const struct tally *tally);
void tally_clear(const struct correlation *correlation, struct tally *tally);
void tally_done(struct tally *tally);
size_t tally_bytes(const struct correlation *correlation, const struct tally *tally);

/* ---- correlation_key.c ---- */

/* The key of what a source gives for group-by, made where it is new. NULL: a value is missing. */
struct key *correlating_key_of(struct correlator *correlator, struct track *track,
			       const struct source *source, const struct correlation_input *input);
/* The value of `field`. False: missing, or no number where one is needed. */
bool correlating_value_of(struct correlator *correlator, const struct correlation *correlation,
			  const struct source *source, const struct correlation_input *input,
			  uint64_t *ret);
size_t correlating_key_bytes(const struct track *track, const struct key *key);
void correlating_key_remove(struct track *track, struct key *key);
void correlating_key_free(struct key *key); /* takes it from no list and table */
/* To the end of the list. */
void correlating_key_touch(struct track *track, struct key *key, int64_t at);
void correlating_key_unlist(struct track *track, struct key *key);
/* The values, company first; in the arena. */
struct sv *correlating_key_values(const struct key *key, size_t count, struct arena *arena);

/* ---- correlation_window.c ---- */

/* One entry to its key, which may give hits. In order of time where the track is queued. */
void correlating_take(struct correlator *correlator, struct track *track, struct key *key,
		      const struct entry *entry);
/* Settles a window that is over. */
void correlating_close(struct correlator *correlator, struct track *track, struct key *key);
/* Forgets the oldest half of the entries; a window that is to be settled whole: all of it. */
void correlating_halve(struct correlator *correlator, struct track *track, struct key *key);
bool correlating_is_late(const struct correlator *correlator, const struct track *track,
			 const struct key *key, int64_t at);

/* ---- correlation.c ---- */

/* A hit that was told, or is known from before: other correlations get it too. */
void correlator_tell(struct correlator *correlator, const struct correlation_hit *hit);

#endif
