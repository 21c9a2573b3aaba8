/*
 * hunt.h - the parts of `hikeshi hunt`:
 *
 *   hunt.c          the call, the rules, the exit status
 *   hunt_files.c    which files
 *   hunt_search.c   one worker: reads or is given events, matches, keeps findings
 *   hunt_threads.c  many workers: batches out, results back in the input's order
 *   hunt_collect.c  takes results in order: counts, correlations, output
 *   hunt_summary.c  what is told at the end; counts by level, tactic and time
 *   hunt_table.c, hunt_json.c, hunt_page.c, hunt_navigator.c   the outputs
 *
 * Workers share only what does not change. Everything that is printed comes from
 * the collector, one thread, so the output never depends on the number of threads.
 */
#ifndef CLI_HUNT_H
#define CLI_HUNT_H

#include "base/arena.h"
#include "base/terminal.h"
#include "cli/cli.h"
#include "cli/zone.h"
#include "detect/correlation.h"
#include "event/event.h"

#define HUNT_THREADS_MAX 256
#define HUNT_FILES_MAX 1000000 /* files of all folders */
#define HUNT_LOSSES_SHOWN 20   /* records that cannot be read, told one by one for each file */
#define HUNT_LOSSES_KEPT 1000  /* and in a report, of all files */
#define HUNT_BATCH_BYTES (256U << 10)	/* lines or events given to a worker at once */
#define HUNT_BATCH_RECORDS 4096		/* likewise */
#define HUNT_RESULTS_BYTES (128U << 20) /* findings of one batch; what does not fit is told */
#define HUNT_PAGE_DETECTIONS_MAX 50000	/* in an HTML page; more are only counted */
#define HUNT_UNROUTED_NAMES_MAX 8	/* logsources that no rule looks at, told by name */
#define HUNT_SUMMARY_HOSTS_MAX 100000	/* that are counted apart */

struct hunt_files {
	char **path;
	size_t count, room;
};

/* ---- what a worker found ---- */

/* Why one rule matched. */
struct hunt_reasons {
	const struct detect_reason *reason;
	size_t count;
};

enum hunt_entry_kind {
	HUNT_BEGIN,   /* a file begins */
	HUNT_FINDING, /* an event that rules match */
	HUNT_LOSS,    /* one place that cannot be read */
	HUNT_REFUSED, /* the file cannot be searched at all */
	HUNT_END,     /* the file was read to its end */
};

struct hunt_entry {
	struct hunt_entry *next;
	enum hunt_entry_kind kind;
	size_t file;
	/* Counted from 1; in lines that a worker was given: from their beginning. 0: unknown. */
	uint64_t record, line;
	const char *path; /* in a folder that is followed; else NULL */
	const struct event *event;
	const uint32_t *match; /* ascending */
	size_t match_count;
	const struct hunt_reasons *reasons; /* by match; NULL: not asked for */
	const struct err *err;
};

/* Events of a logsource that no rule looks at, as in a wrong or missing --logsource. */
struct hunt_unrouted {
	uint64_t events;
	struct hunt_logsource {
		struct sv product, category, service;
	} name[HUNT_UNROUTED_NAMES_MAX]; /* the first ones */
	size_t names;
	bool has_more;
};

/* A part of the results of one file, in the file's order. Owned by who holds it. */
struct hunt_results {
	struct hunt_results *next;
	struct arena *arena;
	struct hunt_entry *first, *last;
	/* What came with it, lost ones not among the records. */
	uint64_t records, lost, damaged;
	uint64_t out_of_range; /* of the records: not in the time that was asked for */
	uint64_t unkept;       /* findings for which there was no memory */
	struct hunt_unrouted unrouted;
	uint64_t lines;	       /* where numbers count from the batch's beginning */
	uint64_t numbered;     /* likewise: records, lost ones too */
	uint64_t bytes_at;     /* of the file, read so far */
	size_t losses;	       /* entries of that kind */
};

struct hunt_results *hunt_results_new(void);
void hunt_results_free(struct hunt_results *results);
/* NULL where there is no memory left for one more. */
struct hunt_entry *hunt_results_add(struct hunt_results *results, enum hunt_entry_kind kind,
				    size_t file);
void hunt_results_loss(struct hunt_results *results, size_t file, uint64_t record, uint64_t line,
		       const struct err *err);

/* A line that the reader left out, too long: it counts. Or the end, by an error of the system. */
void hunt_results_skipped(struct hunt_results *results, size_t file, const struct err *err);

/* Enters the name where it is new; views live in arena. */
void hunt_unrouted_name(struct hunt_unrouted *unrouted, const struct hunt_logsource *name,
			struct arena *arena);

/* ---- what was asked for ---- */

struct hunt;
struct detection;

struct hunt_output {
	const char *name;
	void (*begin)(struct hunt *hunt);
	void (*detection)(struct hunt *hunt, const struct detection *detection);
	void (*end)(struct hunt *hunt);
	bool is_table; /* for people: mixed with messages on a terminal */
	bool explains; /* wants the reasons whether asked for or not */
};

extern const struct hunt_output hunt_table, hunt_ndjson, hunt_json, hunt_csv, hunt_page;

/* What is told of one rule and one event, or of one correlation. */
struct detection {
	const struct rule *rule;
	size_t rule_index;
	const char *path;
	uint64_t record, line; /* line 0: unknown */
	struct instant at;
	const struct event *event; /* NULL for a correlation */
	const struct hunt_reasons *reasons;
	const struct correlation_hit *correlation;
};

struct hunt_sampled_loss {
	char *path, *reason;
	uint64_t record, line;
};

struct hunt_statistics;

struct hunt {
	/* the call */
	struct option_words rules, tag, status, level, id;
	const struct hunt_output *output;
	enum event_format format;
	struct sv product, category, service; /* of all events; empty: what they tell */
	bool quiet, explain, follow;
	enum rule_level min_level, fail_level; /* LEVEL_NONE: not asked for */
	struct zone zone;
	bool has_since, has_until;
	struct instant since, until; /* until is the first that does not count */
	size_t threads;
	const char *navigator, *save, *placeholders, *cache, *rules_key;
	bool no_cache;
	struct hunt_files files;
	/* the rules */
	struct ruleset_placeholders *placeholder;
	struct ruleset *ruleset;
	bool *wanted; /* by rule: not left out by a filter or --min-level */
	bool *kept;   /* by rule: wanted, or needed by a correlation */
	/* the results */
	FILE *to;
	struct buf line;
	struct buf event; /* the event as JSON; empty: not encoded yet */
	bool colour;
	struct progress *progress;
	struct correlator *correlator;
	uint64_t bytes_done, bytes_total; /* of files that are finished; of all */
	uint64_t searched, records, lost, damaged, out_of_range, unkept;
	struct hunt_unrouted unrouted;
	struct arena *names; /* of those */
	uint64_t detections, shown; /* shown: in an output that has a bound */
	struct hunt_statistics *statistics;
	struct hunt_sampled_loss *loss;
	size_t loss_count;
	int failed; /* exit status of the first file that could not be searched */
	double seconds;
	/* the file whose results come now */
	uint64_t record_base, line_base, told;
	bool is_live;
};

/* The first failure decides the exit status. */
void hunt_fail(struct hunt *hunt, enum err_code code);

/* ---- hunt_files.c ---- */

void hunt_add_path(struct hunt *hunt, char *path);
/* A file, or a folder that is followed. */
void hunt_add_file(struct hunt *hunt, const char *path);
void hunt_files_free(struct hunt_files *files);

/* ---- hunt_search.c ---- */

struct hunt_worker;

struct hunt_worker *hunt_worker_new(const struct hunt *hunt);
void hunt_worker_free(struct hunt_worker *worker);

/* Takes results over. */
typedef void hunt_emit(void *context, struct hunt_results *results);

/* Opens a file and searches it to its end. */
void hunt_search_file(struct hunt_worker *worker, size_t file, hunt_emit *emit, void *context);
/* Searches whole lines of NDJSON; numbers count from their beginning. */
void hunt_search_lines(struct hunt_worker *worker, size_t file, struct sv lines,
		       struct hunt_results *results);
void hunt_search_event(struct hunt_worker *worker, size_t file, uint64_t record, uint64_t line,
		       const struct event *event, struct hunt_results *results);
/* A copy that needs nothing but arena; NULL where that is full. */
const struct event *hunt_copy_event(const struct event *event, struct arena *arena);
/* Opens as the call says. NULL: refused, and entered into results as that. */
struct event_reader *hunt_open(const struct hunt *hunt, size_t file, struct hunt_results *results);

/* ---- hunt_threads.c ---- */

/* Searches all files; results come to the collector in the order of the input. */
void hunt_search_all(struct hunt *hunt);

/* ---- hunt_collect.c ---- */

/* Takes results over. */
void hunt_collect(struct hunt *hunt, struct hunt_results *results);
/* After the last: correlations that waited. */
void hunt_collect_end(struct hunt *hunt);
/* Whether somebody asked to end (Ctrl-C): what was found by then is told. */
bool hunt_is_stopped(void);
/* Whether to go on: the results can be written, and nobody said stop. */
bool hunt_goes_on(const struct hunt *hunt);

/* ---- hunt_summary.c ---- */

/* MITRE ATT&CK's tactics in their order; unknown names have none. */
#define HUNT_TACTICS 16
extern const struct hunt_tactic {
	const char *tag;  /* "defense-evasion" */
	const char *name; /* English msgid */
} hunt_tactics[HUNT_TACTICS];
/* Index of a tag such as attack.initial-access, also with _; SIZE_MAX: it is no tactic. */
size_t hunt_tactic_of(struct sv tag);
/* "T1059.004" of attack.t1059.004; SV_NONE where it is no technique. */
struct sv hunt_technique_of(struct sv tag, char text[static 16]);

struct hunt_statistics *hunt_statistics_new(size_t rules);
void hunt_statistics_free(struct hunt_statistics *statistics);
void hunt_statistics_add(struct hunt_statistics *statistics, const struct detection *detection);
uint64_t hunt_statistics_rule(const struct hunt_statistics *statistics, size_t rule);
void hunt_statistics_span(const struct hunt_statistics *statistics, struct instant *ret_first,
			  struct instant *ret_last);
uint64_t hunt_found(const struct hunt *hunt, enum rule_level level);
void hunt_say_summary(const struct hunt *hunt);

/* ---- for the outputs ---- */

struct sv hunt_title(const struct rule *rule);
/* "✓ selection  Field|modifier: 'pattern'  ← 'value'", cleaned and short. */
void hunt_put_reason(struct buf *line, const struct detect_reason *reason);
/* What a person recognises the event by. */
struct sv hunt_event_summary(const struct event *event);
/* The computer that an event is from, or SV_NONE. */
struct sv hunt_event_host(const struct event *event);
/* The event as JSON, made once for all rules that match it. */
struct sv hunt_event_json(struct hunt *hunt, const struct event *event);
/* Writes text that holds JSON to hunt->to (see write_json_to). */
void hunt_write_json(struct hunt *hunt, struct sv json);
/* "file":…,"record":…,"time":…,"rule":{…} and so on, without the event. */
void hunt_put_detection_json(struct hunt *hunt, struct buf *line,
			     const struct detection *detection);
void hunt_put_correlation_json(struct hunt *hunt, struct buf *line,
			       const struct correlation_hit *hit);
void hunt_put_reasons_json(struct buf *line, const struct hunt_reasons *reasons);
/* {"rules":…,"files":…,…}: the figures of the whole search. */
void hunt_put_summary_json(const struct hunt *hunt, struct buf *line);
/* [{"file":…,"record":…,"line":…,"reason":…},…] */
void hunt_put_losses_json(const struct hunt *hunt, struct buf *line);

/* ---- hunt_navigator.c ---- */

/* Writes a layer for the ATT&CK Navigator. */
int hunt_navigator_write(const struct hunt *hunt, const char *path, struct err *err);

#endif
