/* regex_set.h - sets of code points (points) while they are collected. */
#ifndef DETECT_REGEX_SET_H
#define DETECT_REGEX_SET_H

#include "detect/regex_internal.h"

/* Ranges in any order; free(range). */
struct points {
	struct range *range;
	size_t count, room;
};

void points_add(struct points *set, uint32_t first, uint32_t last);
void points_add_all(struct points *set, const struct points *other);
void points_normalize(struct points *set);
void points_invert(struct points *set);
/* Adds whatever folds as a member folds. */
void points_close(struct points *set);
/* [:alpha:] and the like, from ASCII; false where the name is not known. */
bool points_add_named(struct points *set, struct sv name, bool negated);
/* \d \D \s \w \h \v …: false where the letter stands for no set. */
bool points_add_letter(struct points *set, char letter);

#endif
