/*
 * jobs.h - a thread that does what nobody clicks: events of the programmes by
 * their clock, and effects of changes (mails, invitations, reports, orders to
 * devices). Each is one transaction with the row that says it is done, so that
 * it happens exactly once, whatever dies in between.
 */
#ifndef CENTRE_JOBS_H
#define CENTRE_JOBS_H

#include "base/err.h"
#include "centre/centre.h"

#define JOBS_CLOCK_MAX 200	   /* applications of one turn of the clock */
#define JOBS_TURN_MAX 500	   /* jobs of one turn; then the clock is looked at again */
#define JOBS_TROUBLE_SECONDS 30	   /* after an error of the clock, before it is tried again */
#define JOBS_LOOK_MILLISECONDS 500 /* without being woken */

struct jobs;

/* Own connection to the records; reads the published programmes first. */
struct jobs *jobs_new(struct centre *centre, struct err *err);
void jobs_free(struct jobs *jobs); /* NULL is fine; ends after the job under way */
/* Something was changed: look at once. Any thread; NULL is fine. */
void jobs_wake(struct jobs *jobs);

struct jobs_statistics {
	uint64_t done, failed, late; /* since the start; late: were put off after an error */
};
struct jobs_statistics jobs_statistics(struct jobs *jobs);

#endif
