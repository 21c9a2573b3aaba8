/* regex_set.h - sets of code points while they are collected. */
#ifndef DETECT_REGEX_SET_H
#define DETECT_REGEX_SET_H

#include "detect/regex_internal.h"

/* Ranges in any order; free(range). */
struct set_builder {
	struct range *range;
	size_t count, room;
};

void set_add(struct set_builder *set, uint32_t first, uint32_t last);
void set_add_all(struct set_builder *set, const struct set_builder *other);
void set_normalize(struct set_builder *set);
void set_invert(struct set_builder *set);
/* Adds whatever folds as a member folds. */
void set_close(struct set_builder *set);
/* [:alpha:] and the like, from ASCII; false where the name is not known. */
bool set_add_named(struct set_builder *set, struct sv name, bool negated);
/* \d \D \s \w \h \v …: false where the letter stands for no set. */
bool set_add_letter(struct set_builder *set, char letter);

#endif
