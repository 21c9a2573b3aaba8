/* sandbox_private.h - the parts of sandbox.c. */
#ifndef BASE_SANDBOX_PRIVATE_H
#define BASE_SANDBOX_PRIVATE_H

#include "base/sandbox.h"

/*
 * A ruleset for the paths; its descriptor, or -2 where the kernel has no
 * Landlock (report says why), or -1 with an error. Made before another user is
 * taken on, because the paths may be out of that user's sight.
 */
int sandbox_landlock_make(const struct sandbox_options *options, struct sandbox_report *report,
			  struct err *err);
/* Puts it in force and closes it. */
int sandbox_landlock_enter(int ruleset, struct err *err);

int sandbox_seccomp_enter(enum sandbox_profile profile, struct err *err);

#endif
