/*
 * draw.h - the steps of a programme as one SVG picture: the way of most
 * applications from top to bottom, other states on its left, other ends on its
 * right. Who acts is told by colour, shape and word; deadlines stand on the
 * ways. The same file gives the same bytes.
 */
#ifndef PROGRAMME_DRAW_H
#define PROGRAMME_DRAW_H

#include "programme/ways.h"

int programme_draw(const struct programme *programme, bool english, struct buf *out,
		   struct err *err);

#endif
