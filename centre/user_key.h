/*
 * user_key.h - tells users apart by their names. Pure: the same person
 * typed with other widths, cases or spaces is one user.
 */
#ifndef CENTRE_USER_KEY_H
#define CENTRE_USER_KEY_H

#include "base/arena.h"
#include "base/sv.h"

/*
 * Full-width letters become ASCII, half-width kana full-width ones with their
 * sound marks, capital ASCII letters small; spaces of all kinds are left out.
 * Hiragana and katakana stay apart, as do names of other spelling. From arena;
 * empty where there is no name.
 */
struct sv user_key(struct sv name, struct arena *arena);

#endif
