#include "base/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <seccomp.h>

#define KEY (1U << SANDBOX_KEY)
#define SERVER (1U << SANDBOX_SERVER)
#define COURIER (1U << SANDBOX_COURIER)
#define PRESS (1U << SANDBOX_PRESS)
#define ALL (KEY | SERVER | COURIER | PRESS)
#define WORK (SERVER | COURIER) /* threads and files */
#define READ (WORK | PRESS)	/* threads and files to read */

#define ALLOW SCMP_ACT_ALLOW
#define FAIL(number) SCMP_ACT_ERRNO(number)

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

/* What an argument must be: (argument & mask) == value, or != with not. */
struct condition {
	unsigned argument;
	uint64_t mask, value;
	bool is_not;
};

struct row {
	int call;
	unsigned profiles;
	uint32_t action;
	unsigned count;
	struct condition only[2];
};

/* clang-format off */
#define ANY(name, profiles) { SCMP_SYS(name), profiles, ALLOW, 0, { { 0 } } }
#define FAILS(name, profiles, number) { SCMP_SYS(name), profiles, FAIL(number), 0, { { 0 } } }
#define WHERE(name, profiles, action, ...) { SCMP_SYS(name), profiles, action, 1, { __VA_ARGS__ } }
#define WHERE2(name, profiles, action, ...) { SCMP_SYS(name), profiles, action, 2, { __VA_ARGS__ } }
#define IS(argument, value) { argument, UINT64_MAX, value, false }
#define IS_NOT(argument, value) { argument, UINT64_MAX, value, true }
#define BITS(argument, mask, value) { argument, mask, value, false }

/* What is in no row ends the process. */
static const struct row row_table[] = {
	/* Open descriptors. */
	ANY(read, ALL), ANY(readv, ALL), ANY(write, ALL), ANY(writev, ALL), ANY(close, ALL),
	ANY(close_range, ALL), ANY(fstat, ALL), ANY(lseek, ALL), ANY(pread64, ALL),
	ANY(pwrite64, ALL), ANY(fsync, ALL), ANY(fdatasync, ALL), ANY(ftruncate, ALL), ANY(dup, ALL),
	ANY(pipe2, ALL), ANY(recvmsg, ALL), ANY(recvfrom, ALL), ANY(sendmsg, ALL),
	ANY(getsockopt, ALL), ANY(shutdown, ALL),
	WHERE(fcntl, KEY, ALLOW, IS(1, F_GETFD)), WHERE(fcntl, KEY, ALLOW, IS(1, F_SETFD)),
	WHERE(fcntl, KEY, ALLOW, IS(1, F_GETFL)), WHERE(fcntl, KEY, ALLOW, IS(1, F_SETFL)),
	WHERE(fcntl, KEY, ALLOW, IS(1, F_DUPFD_CLOEXEC)),
	ANY(fcntl, READ),

	/* Waiting. */
	ANY(poll, ALL), ANY(ppoll, ALL), ANY(select, ALL), ANY(pselect6, ALL), ANY(epoll_create1, ALL),
	ANY(epoll_ctl, ALL), ANY(epoll_wait, ALL), ANY(epoll_pwait, ALL), ANY(eventfd2, ALL),
	ANY(timerfd_create, ALL), ANY(timerfd_settime, ALL), ANY(timerfd_gettime, ALL),
	ANY(signalfd4, ALL), ANY(futex, ALL), ANY(restart_syscall, ALL), ANY(nanosleep, ALL),
	ANY(clock_nanosleep, ALL), ANY(pause, ALL), ANY(rt_sigtimedwait, ALL), ANY(rt_sigsuspend, ALL),

	/* Memory, but never code. */
	ANY(brk, ALL), ANY(munmap, ALL), ANY(mremap, ALL), ANY(madvise, ALL), ANY(mlock, ALL),
	ANY(munlock, ALL), ANY(membarrier, ALL),
	WHERE(mmap, ALL, ALLOW, BITS(2, PROT_EXEC, 0)),
	WHERE(mprotect, ALL, ALLOW, BITS(2, PROT_EXEC, 0)),
	/* The resolver tries to load modules, and goes on without them. */
	WHERE(mmap, WORK, FAIL(EACCES), BITS(2, PROT_EXEC, PROT_EXEC)),
	WHERE(mprotect, WORK, FAIL(EACCES), BITS(2, PROT_EXEC, PROT_EXEC)),

	/* Time, chance, itself. */
	ANY(clock_gettime, ALL), ANY(clock_getres, ALL), ANY(gettimeofday, ALL), ANY(time, ALL),
	ANY(getrandom, ALL), ANY(getpid, ALL), ANY(getppid, ALL), ANY(gettid, ALL), ANY(getuid, ALL),
	ANY(geteuid, ALL), ANY(getgid, ALL), ANY(getegid, ALL), ANY(getrusage, ALL), ANY(uname, ALL),
	ANY(sysinfo, ALL), ANY(times, ALL), ANY(getcpu, ALL), ANY(sched_yield, ALL),
	ANY(sched_getaffinity, ALL), ANY(getrlimit, ALL),
	WHERE(prlimit64, ALL, ALLOW, IS(2, 0)), /* asks, does not set */
	WHERE(prctl, ALL, ALLOW, IS(0, PR_SET_NAME)),
	WHERE(prctl, ALL, ALLOW, IS(0, PR_GET_NAME)),
	WHERE(ioctl, ALL, FAIL(ENOTTY), IS(1, TCGETS)),

	/* Signals and the end; tgkill is added for this process alone. */
	ANY(rt_sigaction, ALL), ANY(rt_sigprocmask, ALL), ANY(rt_sigreturn, ALL),
	ANY(rt_sigpending, ALL), ANY(sigaltstack, ALL), ANY(exit, ALL), ANY(exit_group, ALL),
	ANY(set_robust_list, ALL), ANY(rseq, ALL),

	/* The key process opens nothing; what libraries look for is not there. */
	FAILS(openat, KEY, EACCES), FAILS(open, KEY, EACCES), FAILS(access, KEY, EACCES),
	FAILS(faccessat, KEY, EACCES), FAILS(faccessat2, KEY, EACCES), FAILS(readlink, KEY, EACCES),
	FAILS(statx, KEY, EACCES), FAILS(stat, KEY, EACCES), FAILS(lstat, KEY, EACCES),
	WHERE(newfstatat, KEY, ALLOW, BITS(3, AT_EMPTY_PATH, AT_EMPTY_PATH)),
	WHERE(newfstatat, KEY, FAIL(EACCES), BITS(3, AT_EMPTY_PATH, 0)),

	/* Threads, but no processes. clone3 hides its flags in memory. */
	WHERE(clone, READ, ALLOW, BITS(0, THREAD_FLAGS, THREAD_FLAGS)),
	FAILS(clone3, READ, ENOSYS), ANY(set_tid_address, READ), ANY(sched_getparam, WORK),
	ANY(sched_getscheduler, WORK), ANY(sched_get_priority_max, WORK),
	ANY(sched_get_priority_min, WORK),

	/* Files; Landlock says which. */
	ANY(openat, READ), ANY(open, READ), ANY(newfstatat, READ), ANY(statx, READ), ANY(stat, READ),
	ANY(lstat, READ), ANY(access, READ), ANY(faccessat, READ), ANY(faccessat2, READ),
	ANY(readlink, READ), ANY(readlinkat, READ), ANY(getdents64, READ), ANY(getcwd, READ),
	ANY(mkdir, WORK), ANY(mkdirat, WORK), ANY(unlink, WORK), ANY(unlinkat, WORK), ANY(rmdir, WORK),
	ANY(rename, WORK), ANY(renameat, WORK), ANY(renameat2, WORK), ANY(link, WORK),
	ANY(linkat, WORK), ANY(truncate, WORK), ANY(fallocate, WORK), ANY(fadvise64, READ),
	ANY(preadv, WORK), ANY(pwritev, WORK), ANY(preadv2, WORK), ANY(pwritev2, WORK),
	ANY(sync_file_range, WORK), ANY(copy_file_range, WORK), ANY(sendfile, WORK), ANY(flock, WORK),
	ANY(umask, WORK), ANY(chmod, WORK), ANY(fchmod, WORK), ANY(fchmodat, WORK), ANY(fchown, WORK),
	ANY(utimensat, WORK), ANY(statfs, READ), ANY(fstatfs, READ), ANY(memfd_create, READ),
	ANY(msync, WORK), ANY(dup2, WORK), ANY(dup3, WORK),
	WHERE(ioctl, WORK, ALLOW, IS(1, FIONREAD)), WHERE(ioctl, WORK, ALLOW, IS(1, FIONBIO)),

	/* The libraries of fonts would keep a cache, and ask how threads are scheduled. */
	FAILS(mkdir, PRESS, EACCES), FAILS(mkdirat, PRESS, EACCES), FAILS(unlink, PRESS, EACCES),
	FAILS(unlinkat, PRESS, EACCES), FAILS(rename, PRESS, EACCES), FAILS(link, PRESS, EACCES),
	FAILS(chmod, PRESS, EACCES), FAILS(fchmod, PRESS, EACCES), FAILS(utimensat, PRESS, EACCES),
	FAILS(sched_getattr, PRESS, ENOSYS), FAILS(sched_setattr, PRESS, ENOSYS),
	FAILS(socket, PRESS, EAFNOSUPPORT),

	/* Sockets. */
	ANY(sendto, WORK), ANY(sendmmsg, WORK), ANY(recvmmsg, WORK), ANY(bind, WORK),
	ANY(connect, WORK), ANY(getsockname, WORK), ANY(getpeername, WORK), ANY(setsockopt, WORK),
	ANY(socketpair, WORK), ANY(listen, SERVER), ANY(accept, SERVER), ANY(accept4, SERVER),
	WHERE(socket, SERVER, ALLOW, IS(0, AF_UNIX)),
	WHERE(socket, SERVER, FAIL(EAFNOSUPPORT), IS_NOT(0, AF_UNIX)),
	WHERE(socket, COURIER, ALLOW, IS(0, AF_UNIX)), WHERE(socket, COURIER, ALLOW, IS(0, AF_INET)),
	WHERE(socket, COURIER, ALLOW, IS(0, AF_INET6)),
	WHERE2(socket, COURIER, ALLOW, IS(0, AF_NETLINK), IS(2, 0)), /* the resolver: own addresses */
};
/* clang-format on */

#ifdef HIKESHI_TESTING
/* Test builds name the call that is missing in the table before they end. */
static void name_call(int number, siginfo_t *info, void *context)
{
	char text[96];
	const int n = snprintf(text, sizeof text, "seccomp: system call %d ended the process\n",
			       info->si_syscall);
	const ssize_t sent = write(STDERR_FILENO, text, (size_t)n);

	(void)sent;
	signal(SIGSYS, SIG_DFL);
	raise(SIGSYS);
}
#endif

static uint32_t last_action(void)
{
#ifdef HIKESHI_TESTING
	const struct sigaction action = { .sa_sigaction = name_call,
					  .sa_flags = SA_SIGINFO | SA_NODEFER };

	if (sigaction(SIGSYS, &action, NULL) == 0)
		return SCMP_ACT_TRAP;
#endif
	return SCMP_ACT_KILL_PROCESS;
}

static int add_row(scmp_filter_ctx filter, const struct row *row)
{
	struct scmp_arg_cmp compare[2];

	if (row->call < 0)
		return 0; /* a call that this processor's kernel does not have */
	for (unsigned i = 0; i < row->count; i++) {
		const struct condition *c = &row->only[i];

		if (c->is_not)
			compare[i] = SCMP_CMP64(c->argument, SCMP_CMP_NE, c->value);
		else if (c->mask == UINT64_MAX)
			compare[i] = SCMP_CMP64(c->argument, SCMP_CMP_EQ, c->value);
		else
			compare[i] = SCMP_CMP64(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value);
	}
	return seccomp_rule_add_array(filter, row->action, row->call, row->count, compare);
}

static int add_rows(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	for (size_t i = 0; i < sizeof row_table / sizeof *row_table; i++) {
		int status;

		if (!(row_table[i].profiles & 1U << profile))
			continue;
		status = add_row(filter, &row_table[i]);
		if (status < 0)
			return status;
	}
	return seccomp_rule_add(filter, ALLOW, SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid()));
}

int sandbox_seccomp_enter(enum sandbox_profile profile, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(last_action());
	int status;

	if (!filter)
		return err_set(err, ERR_INTERNAL, "locking in: no seccomp filter");
	status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (status == 0)
		status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (status == 0)
		status = add_rows(filter, profile);
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	if (status < 0)
		return err_errno(err, -status, "locking in, seccomp");
	return 0;
}
