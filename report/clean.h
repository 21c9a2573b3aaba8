/*
 * clean.h - private to report/: texts of others, made fit to be drawn.
 */
#ifndef REPORT_CLEAN_H
#define REPORT_CLEAN_H

#include "base/arena.h"
#include "base/sv.h"

/*
 * At most max bytes with strict UTF-8: control characters, marks that change
 * the direction of writing, and what has no width become nothing (a tab or, on
 * one line, a line's end becomes a space); what was cut ends in "…". lines: the
 * ends of the first lines stay, at most one empty line between two others.
 */
struct sv report_clean(struct arena *arena, struct sv text, size_t max, bool lines);

#endif
