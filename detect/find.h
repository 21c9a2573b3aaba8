/* find.h - where a text stands in another: as sv_find, and fast for short texts. */
#ifndef DETECT_FIND_H
#define DETECT_FIND_H

#include "base/sv.h"

/* Offset of the first needle at or after from, or SIZE_MAX. */
size_t find_text(struct sv text, struct sv needle, size_t from);
/* Whether a byte of text is outside ASCII. */
bool find_high(struct sv text);

#endif
