/*
 * terminal.h - what a terminal shows: width of Japanese text in columns, and a
 * progress bar.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/sv.h"

/*
 * Columns that text takes: East Asian wide and full-width characters 2,
 * combining marks and control characters 0, every other 1, also each byte that
 * is not UTF-8. Ambiguous ones count 1.
 */
size_t terminal_width(struct sv text);
/* The longest beginning of at most so many columns; never a part of a character. */
struct sv terminal_cut(struct sv text, size_t columns);
/* Appends text, cut or followed by spaces, so that it takes exactly so many columns. */
void terminal_pad(struct buf *buf, struct sv text, size_t columns);

struct progress;

/*
 * On a terminal a line that is drawn anew at most ten times a second; elsewhere
 * a plain line at most every ten seconds. label is in the person's language.
 * NULL as stream gives NULL, and NULL is fine everywhere: nothing is shown.
 */
struct progress *progress_new(FILE *to, const char *label);
/* done of total (0: unknown) shows the share and the time left; count gives the rate. */
void progress_update(struct progress *progress, uint64_t done, uint64_t total, uint64_t count);
/* Takes the line away before something else is printed; the next update draws it again. */
void progress_clear(struct progress *progress);
void progress_free(struct progress *progress);

/* The line itself, without a new line: for columns on the terminal after elapsed_us. */
void progress_format(struct buf *buf, const char *label, uint64_t done, uint64_t total,
		     uint64_t count, uint64_t elapsed_us, size_t columns);

#endif
