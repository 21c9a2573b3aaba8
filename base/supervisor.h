/*
 * supervisor.h - keeps processes running: starts them, starts them again when
 * they die (waiting longer each time), links them with each other, forwards
 * signals, and ends them in good order. Used by the centre's and the agent's
 * parent, which do nothing else that could fail.
 */
#ifndef BASE_SUPERVISOR_H
#define BASE_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/message.h"
#include "base/role.h"

#define SUPERVISOR_ROWS_MAX 8  /* processes of one parent */
#define SUPERVISOR_LINKS_MAX 8 /* links between them */
#define SUPERVISOR_DELAY_MIN_MS 100
#define SUPERVISOR_DELAY_MAX_MS 30000
#define SUPERVISOR_STABLE_MS 60000 /* who lived so long begins again with the least delay */
#define SUPERVISOR_SETTLE_MS 1000  /* another program counts as started after this time */
#define SUPERVISOR_STOP_MS 4000	   /* then what still lives is killed */
#define SUPERVISOR_FIRST_TRIES 5   /* deaths before it was ever ready */

/*
 * In the order of starting: each waits until the row before it is ready for
 * the first time. They are ended in the opposite order. When the first process
 * of a row dies, what is left of its process group is killed.
 */
struct supervisor_row {
	struct role_options options;
	/* Called before each start, to write its settings; may be NULL. */
	int (*prepare)(void *context, struct err *err);
	int stop_signal; /* 0: SIGTERM */
	bool wants_hup;	 /* SIGHUP is passed on */
	/*
	 * Messages from the role other than MESSAGE_READY; NULL: none is
	 * allowed. A broken rule kills the role, which is then started again.
	 */
	struct dispatcher *dispatcher;
};

/* Each time one of both is started, both get a new MESSAGE_PEER with an end. */
struct supervisor_link {
	const char *one, *other; /* names of roles in the table */
};

enum supervisor_event {
	SUPERVISOR_STARTED, /* number: pid */
	SUPERVISOR_READY,   /* number: milliseconds since its start */
	SUPERVISOR_DIED,    /* number: status of waitpid */
	SUPERVISOR_DELAYED, /* number: milliseconds until the next start */
	SUPERVISOR_BROKEN,  /* it broke a rule or could not be started: error */
	SUPERVISOR_KILLED,  /* did not end in time; number: pid */
};

struct supervisor_options {
	const struct supervisor_row *row; /* borrowed while the supervisor lives */
	size_t row_count;
	const struct supervisor_link *link;
	size_t link_count;
	/* May be NULL. error only with SUPERVISOR_BROKEN. */
	void (*report)(void *context, enum supervisor_event event, const char *name, int64_t number,
		       const struct err *error);
	void *context;
};

struct supervisor;

/* Nothing is started before the first step. Fails where the table is wrong. */
struct supervisor *supervisor_new(const struct supervisor_options *options, struct err *err);
/* Ends what still runs. */
void supervisor_free(struct supervisor *supervisor);
/* Readable when supervisor_step has work: for a loop of one's own. */
int supervisor_fd(const struct supervisor *supervisor);
/*
 * Waits at most wait_ms and does what is due. Returns 0; or -1 when a row that
 * was never ready ended by itself (with an exit status: its settings are wrong,
 * trying again would not help), could not be prepared or started, or was
 * killed SUPERVISOR_FIRST_TRIES times: then stop.
 */
int supervisor_step(struct supervisor *supervisor, int wait_ms, struct err *err);
bool supervisor_all_ready(const struct supervisor *supervisor);
/* Its channel, for messages to the role; -1 while it is down. */
int supervisor_channel(const struct supervisor *supervisor, const char *name);
/* -1 while it is down. */
pid_t supervisor_pid(const struct supervisor *supervisor, const char *name);
void supervisor_signal(struct supervisor *supervisor, int signal); /* to rows with wants_hup */
/* Ends all within SUPERVISOR_STOP_MS. */
void supervisor_stop(struct supervisor *supervisor);

/*
 * The whole life of a parent that does nothing else: blocks SIGINT, SIGTERM,
 * SIGHUP, starts all, calls ready(context) once when all are ready (may be
 * NULL), steps until a signal says stop. Returns 0 after a stop, -1 with the
 * error of a start that failed.
 */
int supervisor_run(const struct supervisor_options *options, void (*ready)(void *context),
		   struct err *err);

#endif
