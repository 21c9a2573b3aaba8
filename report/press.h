/*
 * press.h - hikeshi-press: the process that draws reports. It has fonts to read
 * and nothing else: no network, no database, nothing it may write. The centre's
 * parent starts it with --role NAME; it answers on the link that the parent
 * gives it.
 */
#ifndef REPORT_PRESS_H
#define REPORT_PRESS_H

#include "base/message.h"
#include "report/report.h"

#define PRESS_WAIT_MS 60000 /* for one report; the longest takes a few seconds */
#define PRESS_MEMORY (UINT64_C(1) << 30)

enum {
	PRESS_DRAW = MESSAGE_FIRST, /* bytes, memory file with figures as JSON → PRESS_DRAWN */
	PRESS_DRAWN,		    /* bytes, pages, memory file with the PDF */
};

/*
 * The asking side. *pdf gets the bytes. ERR_UNAVAILABLE where the press is away
 * or died over it; else what it said.
 */
int press_draw(struct channel *channel, struct sv json, struct buf *pdf, unsigned *ret_pages,
	       struct err *err);

#endif
