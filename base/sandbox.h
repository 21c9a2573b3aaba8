/*
 * sandbox.h - a role locks itself in: limits, another user, no capabilities,
 * no new privileges, no dumps, only named paths (Landlock), only the system
 * calls of its profile (seccomp; any other ends the process). What a kernel
 * cannot do is reported, never passed over in silence.
 *
 * Call it once, after everything has been opened that lies outside the named
 * paths and while the process has one thread. Nothing of it can be undone.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum sandbox_profile {
	SANDBOX_KEY,	 /* messages on open descriptors, nothing else: no files, no sockets */
	SANDBOX_SERVER,	 /* + threads, files, unix sockets */
	SANDBOX_COURIER, /* + threads, files, internet sockets, name lookups */
	SANDBOX_PRESS,	 /* + threads, files to read; no sockets */
	SANDBOX_PROFILE_COUNT
};

enum sandbox_right {
	SANDBOX_READ = 1,    /* files and directories */
	SANDBOX_WRITE = 2,   /* write, make, rename, remove */
	SANDBOX_EXECUTE = 4, /* of no use under seccomp, which forbids execve */
	SANDBOX_OPTIONAL = 8 /* the path may be missing */
};

#define SANDBOX_PATHS_MAX 32 /* paths that one role may open */

/* A path and all below it. */
struct sandbox_path {
	const char *path;
	unsigned rights;
};

/*
 * Sanitizers need system calls, memory and dumps of their own: their builds
 * pass SANDBOX_SKIP, which is 0 in every other build. Other builds refuse to
 * skip anything.
 */
enum sandbox_skip {
	SANDBOX_SKIP_SECCOMP = 1,
	SANDBOX_SKIP_MEMORY = 2,
	SANDBOX_SKIP_DUMPABLE = 4,
};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif
#define SANDBOX_SKIP                                                                               \
	(SANDBOX_SANITIZED ? SANDBOX_SKIP_SECCOMP | SANDBOX_SKIP_MEMORY | SANDBOX_SKIP_DUMPABLE : 0)

struct sandbox_options {
	enum sandbox_profile profile;
	const struct sandbox_path *path; /* what is not named cannot be opened */
	size_t path_count;		 /* at most SANDBOX_PATHS_MAX */
	const char *user;    /* to become, where we are root and it exists; may be NULL */
	uint64_t memory_max; /* bytes of private memory (RLIMIT_DATA); 0: as it is */
	uint64_t files_max;  /* open descriptors; 0: as it is */
	unsigned skip;	     /* SANDBOX_SKIP */
};

struct sandbox_report {
	int landlock;	       /* ABI in force; 0: none */
	char landlock_why[96]; /* why it is 0 */
	bool seccomp;	       /* false only where it was skipped */
	char user[33];	       /* now; "" where it was not changed */
	char user_why[96];     /* why it was not changed */
};

/*
 * Returns 0 and fills *ret, or -1: then the process is half locked in and must
 * end. A parent-death signal that was set stays in force.
 */
int sandbox_enter(const struct sandbox_options *options, struct sandbox_report *ret,
		  struct err *err);

#endif
