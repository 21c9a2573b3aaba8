/*
 * reports.h - makes monthly reports: counts, lets a press (report/press.h) draw,
 * keeps figures and PDF, and tells the owner by mail that it is there. Who wants
 * one puts a wish into the records in a transaction of his own; two threads, each
 * with a press, fulfil them in turn, each exactly once, whatever dies in between.
 */
#ifndef CENTRE_REPORTS_H
#define CENTRE_REPORTS_H

#include "base/day.h"
#include "base/err.h"
#include "centre/centre.h"
#include "centre/emit.h"
#include "programme/application.h"

#define REPORTS_PRESSES 2
#define REPORTS_ATTEMPTS_MAX 12 /* of one wish; then it failed, and people see it */
#define REPORTS_LOOK_SECONDS 2 /* between two looks at the wishes, without being woken */
#define REPORTS_JOB_MAX 20000  /* reports of one job */

struct reports;

/* Own connections to the records; reads the published programmes. */
struct reports *reports_new(struct centre *centre, struct err *err);
void reports_free(struct reports *reports); /* ends after those under way; NULL is fine */
/* A link to the (newly started) press number 0 or 1. */
void reports_attach(struct reports *reports, unsigned press, int take_fd);
/* There are new wishes: call it after the commit. Any thread; NULL is fine. */
void reports_wake(struct reports *reports);

struct reports_wish {
	struct sv job; /* empty: none */
	struct sv participation;
	unsigned number, of; /* number 0: an extra report */
	struct day from, to;
	struct instant now; /* real */
};
/*
 * Inside the caller's transaction. The same wish twice makes one report: there
 * is one for each month of a participation, and one extra for each period.
 */
int reports_wish(struct store *store, const struct reports_wish *wish, struct err *err);

/* EFFECT_REPORT of an application's job: a wish, inside the caller's transaction. */
int report_of_application(struct worker *worker, const struct application *application,
			  const struct catalogue_entry *entry, const struct job *job,
			  struct instant now, struct instant programme_now, struct arena *arena,
			  struct err *err);

/* An array of Report, newest first. */
struct http_request;
int put_reports_of_company(struct emit *emit, struct http_request *request, struct sv company,
			   size_t limit, struct err *err);

#endif
