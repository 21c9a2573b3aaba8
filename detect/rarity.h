/*
 * rarity.h - guesses how often a text stands in the events of an ordinary day.
 * Only speed depends on it: which text of a rule is looked for first.
 */
#ifndef DETECT_RARITY_H
#define DETECT_RARITY_H

#include "detect/literal.h"

/* Share of events, 0 … 1, whose field has the folded text at that place. */
double rarity_of(enum literal_kind kind, struct sv text);
/* Folded texts that ordinary machines write all day, one a line. */
struct sv rarity_common(void);

#endif
