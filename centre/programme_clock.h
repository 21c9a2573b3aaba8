/*
 * programme_clock.h - the clock of deadlines, receipts, trials, reports and
 * checks. In a release build it is real time, and nothing can move it. In a
 * test build (-Dtesting=true) lines on a local socket in the data directory
 * move it:
 *
 *	now | real | set 2025-05-23T10:00:00+09:00 | advance 3d (s, m, h, d)
 *
 * Each is answered "ok INSTANT" or "error TEXT". It may be moved anywhere, also
 * back: a test that does so has to live with receipts of the future. A moved
 * clock goes on at the speed of real time, and stays moved over a restart.
 */
#ifndef CENTRE_PROGRAMME_CLOCK_H
#define CENTRE_PROGRAMME_CLOCK_H

#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/layout.h"

#define PROGRAMME_CLOCK_LINE_MAX 80

struct programme_clock;

/*
 * To be made before the process is locked in, while the socket can be made, and
 * started afterwards, so that its thread is locked in too. moved is called after
 * each move, on that thread.
 */
struct programme_clock *programme_clock_new(const struct layout *layout, struct err *err);
void programme_clock_start(struct programme_clock *clock, void (*moved)(void *context),
			   void *context);
void programme_clock_free(struct programme_clock *clock); /* NULL is fine */
struct clock programme_clock_view(struct programme_clock *clock);

#ifdef HIKESHI_TESTING
/* One line to the running centre with this data; its answer goes to standard output. */
int programme_clock_tell(const struct layout *layout, struct sv line, struct err *err);
#endif

#endif
