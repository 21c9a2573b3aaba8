/*
 * role.h - one program, several processes. The program re-executes itself for
 * each role, so that every process begins with a fresh memory layout and with
 * nothing but the descriptors it was given. A role then locks itself in
 * (sandbox.h) and speaks only messages (message.h) with its parent and, over
 * links that the parent hands out, with other roles.
 */
#ifndef BASE_ROLE_H
#define BASE_ROLE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/message.h"
#include "base/sv.h"

#define ROLE_CHANNEL_FD 3     /* in the child: its end to the parent; given descriptors follow */
#define ROLE_FDS_MAX 8	      /* descriptors given to a role */
#define ROLE_ARGUMENTS_MAX 32 /* its arguments, with its own name */
#define ROLE_NAME_MAX 15      /* as the kernel's name of a task */

/* ---- in main() ---- */

struct role {
	const char *name;
	/* argc and argv without "--role NAME". What it returns is the exit status. */
	int (*run)(int argc, char **argv);
};

/*
 * Where argv begins with "--role NAME", takes both away, names the process
 * after the program's first word and the role, and returns the row; or NULL
 * with err->code ERR_OK where no role is wanted, ERR_USAGE where it is none of
 * the table or where there is no channel: a person must not start a role.
 */
const struct role *role_wanted(const struct role *table, size_t count, int *argc, char **argv,
			       struct err *err);
/* Tells the parent that the role is at work. */
int role_ready(struct err *err);
/*
 * Waits for the parent's MESSAGE_PEER with this name and sets *ret_fd.
 * For the time of starting; later the role's loop takes MESSAGE_PEER itself
 * with role_get_peer, because the parent sends a new link whenever the other
 * side was started again.
 */
int role_wait_peer(const char *name, int wait_ms, int *ret_fd, struct err *err);
/* Reads a MESSAGE_PEER; name is borrowed from it. */
int role_get_peer(struct message *message, struct sv *ret_name, int *ret_fd, struct err *err);

/* ---- in the parent ---- */

struct role_options {
	const char *name;	     /* of the role or, with path, for messages only */
	const char *path;	     /* another program, without a role; NULL: one with --role */
	const char *program;	     /* which program has the role; NULL: this one */
	const char *const *argument; /* further arguments, NULL at the end; NULL: none */
	int death_signal;     /* sent when the parent dies; 0: SIGKILL for a role, SIGTERM else */
	int fd[ROLE_FDS_MAX]; /* given on as ROLE_CHANNEL_FD + 1, … (borrowed) */
	size_t fd_count;
};

struct role_process {
	pid_t pid;
	int pid_fd;  /* readable when it has ended */
	int channel; /* parent's end; -1 for another program */
};

/*
 * Starts a process: standard input from /dev/null, channel and given
 * descriptors on fixed numbers, all others closed, no signal blocked, default
 * actions, a process group of its own (so Ctrl-C reaches only the parent), the
 * environment reduced to language, search path and sanitizer options. It gets
 * death_signal when the calling THREAD ends, so call this from the main thread.
 * Fails also where the program cannot be executed.
 */
int role_spawn(const struct role_options *options, struct role_process *ret, struct err *err);
/* Waits for its end, releases the descriptors; returns the status of waitpid. */
int role_reap(struct role_process *process);

#endif
