#include "base/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/*
 * Debian's headers know Landlock as of Linux 6.1 (ABI 2). Newer kernels
 * understand more; numbers and layout are fixed by the kernel's interface.
 */
#define FS_TRUNCATE (UINT64_C(1) << 14)	 /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define NET_BIND_TCP (UINT64_C(1) << 0)	 /* ABI 4 */
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0) /* ABI 6 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

struct ruleset {
	uint64_t fs, net, scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                           \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                            \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                              \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |   \
	 FS_TRUNCATE)
#define FS_ALL                                                                                     \
	(FS_READ | FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |          \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | FS_IOCTL_DEV)
#define FS_OF_FILES                                                                                \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                            \
	 LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE | FS_IOCTL_DEV)

static struct ruleset handled(enum sandbox_profile profile, int abi, size_t *ret_size)
{
	struct ruleset all = {
		.fs = FS_ALL,
		.net = NET_BIND_TCP | (profile == SANDBOX_COURIER ? 0 : NET_CONNECT_TCP),
		.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL,
	};

	if (abi < 2)
		all.fs &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (abi < 3)
		all.fs &= ~FS_TRUNCATE;
	if (abi < 5)
		all.fs &= ~FS_IOCTL_DEV;
	*ret_size = abi < 4 ? sizeof all.fs : abi < 6 ? 2 * sizeof all.fs : sizeof all;
	return all;
}

static uint64_t wanted(unsigned rights)
{
	return (rights & SANDBOX_READ ? FS_READ : 0) | (rights & SANDBOX_WRITE ? FS_WRITE : 0) |
	       (rights & SANDBOX_EXECUTE ? LANDLOCK_ACCESS_FS_EXECUTE : 0);
}

static int add_path(int ruleset, const struct sandbox_path *path, uint64_t fs, struct err *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = wanted(path->rights) & fs };
	struct stat info;
	int status = -1;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0) {
		if (errno == ENOENT && (path->rights & SANDBOX_OPTIONAL))
			return 0;
		return err_errno(err, errno, "locking in, path %s", path->path);
	}
	if (fstat(rule.parent_fd, &info) < 0) {
		err_errno(err, errno, "locking in, path %s", path->path);
		goto out;
	}
	if (!S_ISDIR(info.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	status = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (status < 0)
		err_errno(err, errno, "locking in, path %s", path->path);
out:
	close(rule.parent_fd);
	return status;
}

int sandbox_landlock_make(const struct sandbox_options *options, struct sandbox_report *report,
			  struct err *err)
{
	const long abi =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all;
	size_t size;
	int ruleset;

	if (abi < 1) {
		snprintf(report->landlock_why, sizeof report->landlock_why, "%s",
			 errno == EOPNOTSUPP ? "switched off when the kernel was started"
			 : errno == ENOSYS   ? "this kernel has no Landlock"
					     : "the kernel refused to tell its version");
		return -2;
	}
	all = handled(options->profile, (int)abi, &size);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (ruleset < 0)
		return err_errno(err, errno, "locking in, Landlock ABI %ld", abi);
	for (size_t i = 0; i < options->path_count; i++) {
		if (add_path(ruleset, &options->path[i], all.fs, err) < 0) {
			close(ruleset);
			return -1;
		}
	}
	report->landlock = (int)abi;
	return ruleset;
}

int sandbox_landlock_enter(int ruleset, struct err *err)
{
	const long status = syscall(SYS_landlock_restrict_self, ruleset, 0);
	const int number = errno;

	close(ruleset);
	if (status < 0)
		return err_errno(err, number, "locking in, Landlock");
	return 0;
}
