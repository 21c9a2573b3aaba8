/*
 * reports_internal.h - what the files of reports.h share.
 */
#ifndef CENTRE_REPORTS_INTERNAL_H
#define CENTRE_REPORTS_INTERNAL_H

#include "base/hash.h"
#include "centre/reports.h"
#include "report/report.h"

struct made_report {
	char id[UUID_TEXT_MAX];
	struct sv company, mood, sentence;
	struct sv figures, pdf;
	unsigned pages;
	struct instant made; /* programme time */
};

/* Counts; json gets the figures. */
int report_figure(struct worker *worker, const struct reports_wish *wish, struct arena *arena,
		  struct made_report *ret, struct buf *json, struct err *err);
/*
 * Inside the caller's transaction: keeps it and queues the mail that tells of
 * it. Returns 1, 0 where it was made before, -1.
 */
int report_keep(struct worker *worker, const struct reports_wish *wish,
		struct made_report *made, struct arena *arena, struct err *err);

#endif
