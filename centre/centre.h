/*
 * centre.h - what the server's threads share, and what each worker has alone.
 * Handlers get both through struct http_request.
 */
#ifndef CENTRE_CENTRE_H
#define CENTRE_CENTRE_H

#include <pthread.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "detect/detect.h"
#include "event/event.h"
#include "store/store.h"

struct http;
struct live;     /* live.h: who listens to changes */
struct limiter;  /* limiter.h: attempts by address and account */
struct refusals; /* audit.h: aggregates refusals */
struct ingest;   /* ingest.h (CENTRE): batches to durable events */
struct detector; /* detector.h (CENTRE): durable events to incidents */
struct key;      /* key.h (CENTRE): the key process' typed messages */
struct post;     /* post.h: mails on their way */
struct reports;  /* reports.h: monthly reports in the making */
struct seen;     /* seen.h (CENTRE): when each device was heard last */
struct visitors; /* visitors.h: who looks at the public site today, counted */
struct uploads;  /* forms/upload.h: files that people hand in */
struct jobs;     /* jobs.h: what the programmes' clock and effects do */
struct shared_catalogue; /* programmes in force, counted */
struct orders;   /* order.h (CENTRE): orders and who waits for them */

/* Immutable after start, or locked inside. */
struct centre {
	const char *records_url;       /* store_open */
	struct event_store *events;    /* locked inside */
	struct live *live;
	struct limiter *limiter;
	struct refusals *refusals;
	struct ingest *ingest;
	struct detector *detector;     /* NULL until everything has started */
	struct key *key;
	struct orders *orders;
	struct post *post;             /* NULL until everything has started */
	struct reports *reports;       /* likewise */
	struct seen *seen;
	struct visitors *visitors;
	const struct uploads *uploads;
	struct jobs *jobs;             /* NULL until everything has started */
	struct http *http;             /* for http_wake */
	const struct log *log;
	struct clock clock;            /* real time: sessions, tokens, expiry */
	struct clock programme;        /* deadlines, trials, reports; real time but in tests */
	struct instant started;
	const char *people_url, *devices_url; /* as printed and given to devices */
	const char *version;
	pthread_mutex_t ruleset_lock;
	struct ruleset *ruleset;       /* take with centre_ruleset */
	struct shared_catalogue *catalogue; /* under the same lock: worker_catalogue */
};

/* Of one worker thread. */
struct worker {
	struct centre *centre;
	struct store *records;
	struct event_decoder *decoder;
	struct shared_catalogue *catalogue; /* what this thread works with */
};

/* A reference to the rules in force; ruleset_unref it. NULL where none are loaded yet. */
struct ruleset *centre_ruleset(struct centre *centre);
void centre_set_ruleset(struct centre *centre, struct ruleset *take_ruleset);

/*
 * The programmes in force; never NULL after the start, perhaps empty. Views stay
 * good until this worker asks again: a handler asks once.
 */
struct catalogue;
const struct catalogue *worker_catalogue(struct worker *worker);
/*
 * Reads them anew where something was published. Returns 1 where it was so, 0,
 * -1 (those before stay in force). Only before the threads start, and by jobs.
 */
int centre_reload_catalogue(struct centre *centre, struct store *store, struct err *err);
void catalogue_unref(struct shared_catalogue *catalogue); /* NULL is fine */

struct worker *worker_new(struct centre *centre, struct err *err);
void worker_free(struct worker *worker);

#endif
