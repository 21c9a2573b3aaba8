#include "base/sandbox_private.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/securebits.h>

#include "base/mem.h"

#define NAMES_SIZE 16384 /* what one line of passwd may need */

static int check(const struct sandbox_options *options, struct err *err)
{
	DIR *tasks;
	int count = 0;

	if ((unsigned)options->profile >= SANDBOX_PROFILE_COUNT ||
	    options->path_count > SANDBOX_PATHS_MAX)
		return err_set(err, ERR_INTERNAL,
			       "locking in: unknown profile or more than %d paths",
			       SANDBOX_PATHS_MAX);
	if ((options->skip & ~(unsigned)SANDBOX_SKIP) != 0)
		return err_set(err, ERR_INTERNAL,
			       "locking in: only sanitizer builds may skip a part");
	tasks = opendir("/proc/self/task");
	while (tasks && readdir(tasks))
		count++;
	if (tasks)
		closedir(tasks);
	/* The directory holds "." and ".." too. */
	if (count > 3)
		return err_set(err, ERR_INTERNAL, "locking in: %d threads are running already",
			       count - 2);
	return 0;
}

static int set_limit(__rlimit_resource_t what, uint64_t value, struct err *err)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) < 0)
		return err_errno(err, errno, "locking in, limits");
	if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max)
		value = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = value;
	if (setrlimit(what, &limit) < 0)
		return err_errno(err, errno, "locking in, limits");
	return 0;
}

static int set_limits(const struct sandbox_options *options, struct err *err)
{
	if (set_limit(RLIMIT_CORE, 0, err) < 0)
		return -1;
	if (options->files_max > 0 && set_limit(RLIMIT_NOFILE, options->files_max, err) < 0)
		return -1;
	if (options->memory_max > 0 && !(options->skip & SANDBOX_SKIP_MEMORY) &&
	    set_limit(RLIMIT_DATA, options->memory_max, err) < 0)
		return -1;
	return 0;
}

/* Returns 1 with ids where the user is to be changed, 0 where not (report says why). */
static int find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid,
		     struct sandbox_report *report)
{
	struct passwd entry, *found = NULL;
	char *names;

	if (!name || geteuid() != 0) {
		snprintf(report->user_why, sizeof report->user_why, "%s",
			 name ? "not started as root" : "no user is named");
		return 0;
	}
	names = mem_alloc(NAMES_SIZE);
	if (getpwnam_r(name, &entry, names, NAMES_SIZE, &found) == 0 && found) {
		*ret_uid = entry.pw_uid;
		*ret_gid = entry.pw_gid;
	}
	free(names);
	if (!found) {
		snprintf(report->user_why, sizeof report->user_why, "there is no user %.40s", name);
		return 0;
	}
	snprintf(report->user, sizeof report->user, "%s", name);
	return 1;
}

static int become(uid_t uid, gid_t gid, struct err *err)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_errno(err, errno, "locking in, another user");
	if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return err_set(err, ERR_INTERNAL, "locking in: the user can be taken back");
	return 0;
}

/* Where we may not, there is nothing to be gained by it either. */
static void drop_bounding_set(void)
{
	for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i) >= 0; i++)
		prctl(PR_CAPBSET_DROP, i);
	/* User 0 gets no capabilities back by executing a program. */
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED);
}

static int drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, none) < 0)
		return err_errno(err, errno, "locking in, capabilities");
	return 0;
}

/* A change of user takes the signal away; the parent may have died meanwhile. */
static int keep_death_signal(int signal_number, pid_t parent, struct err *err)
{
	if (signal_number == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, signal_number) < 0)
		return err_errno(err, errno, "locking in, parent's death");
	if (getppid() != parent)
		raise(signal_number);
	return 0;
}

static int drop_privileges(const struct sandbox_options *options, struct sandbox_report *report,
			   struct err *err)
{
	const pid_t parent = getppid();
	int death_signal = 0;
	uid_t uid = 0;
	gid_t gid = 0;

	prctl(PR_GET_PDEATHSIG, &death_signal);
	/* The bounding set needs a capability that goes with root. */
	drop_bounding_set();
	if (find_user(options->user, &uid, &gid, report) && become(uid, gid, err) < 0)
		return -1;
	if (drop_capabilities(err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, errno, "locking in, privileges");
	if (prctl(PR_SET_DUMPABLE, options->skip & SANDBOX_SKIP_DUMPABLE ? 1 : 0, 0, 0, 0) < 0)
		return err_errno(err, errno, "locking in, dumps");
	return keep_death_signal(death_signal, parent, err);
}

int sandbox_enter(const struct sandbox_options *options, struct sandbox_report *ret,
		  struct err *err)
{
	struct sandbox_report report = { 0 };
	int ruleset;

	if (check(options, err) < 0 || set_limits(options, err) < 0)
		return -1;
	ruleset = sandbox_landlock_make(options, &report, err);
	if (ruleset == -1)
		return -1;
	if (drop_privileges(options, &report, err) < 0)
		return -1;
	if (ruleset >= 0 && sandbox_landlock_enter(ruleset, err) < 0)
		return -1;
	if (!(options->skip & SANDBOX_SKIP_SECCOMP)) {
		if (sandbox_seccomp_enter(options->profile, err) < 0)
			return -1;
		report.seccomp = true;
	}
	*ret = report;
	return 0;
}
