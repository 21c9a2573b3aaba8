/*
 * sample.h - for the tests and the bench of report/: months as figures.
 */
#ifndef REPORT_SAMPLE_H
#define REPORT_SAMPLE_H

#include "report/report.h"

enum sample_month { /* what happened */
	SAMPLE_CALM,
	SAMPLE_BUSY,
	SAMPLE_EMPTY,	/* no device yet */
	SAMPLE_EXTREME, /* hostile texts, everything at its limit */
	SAMPLE_SETTLED,
	SAMPLE_COUNT
};
/* From arena, with advice. */
struct report sample_report(enum sample_month month, bool english, struct arena *arena);

#endif
