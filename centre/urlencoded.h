/*
 * urlencoded.h - reads the body that a browser makes of a form
 * (application/x-www-form-urlencoded). Pure and bounded.
 */
#ifndef CENTRE_URLENCODED_H
#define CENTRE_URLENCODED_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "programme/programme.h"

#define URLENCODED_BODY_MAX 65536
#define URLENCODED_PAIRS_MAX PROGRAMME_ANSWERS_MAX
#define URLENCODED_NAME_MAX 100 /* bytes, decoded */

/*
 * A pair of a form, however it was sent, with the same bounds: checks both, and
 * makes CR LF a line end. value is of the arena: it is changed in place.
 */
int form_pair(struct sv name, struct sv value, struct answer *ret, struct err *err);

/*
 * All pairs in their order, decoded, from arena; CR LF in values is a line
 * end. Returns 0, or -1: ERR_TOO_LARGE past a limit, ERR_FORMAT where an
 * escape is broken, a name is empty, or text is not UTF-8 or holds NUL.
 */
int urlencoded_parse(struct sv body, struct arena *arena, struct answers *ret, struct err *err);

#endif
