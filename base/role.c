#include "base/role.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define SELF "/proc/self/exe"
#define ENVIRONMENT_MAX 64 /* variables that a role gets */
/* Above every number that a child gets, below every usual limit. */
#define SPARE_FD 64
_Static_assert(ROLE_CHANNEL_FD + 1 + ROLE_FDS_MAX < SPARE_FD,
	       "spare descriptors are out of the way");

/* What a child may see of the environment: names, or beginnings that end in _. */
static const char *const environment_kept[] = {
	"LANG",
	"LANGUAGE",
	"LC_",
	"TZ",
	"PATH",
	"TMPDIR",
	"ASAN_OPTIONS",
	"UBSAN_OPTIONS",
	"LSAN_OPTIONS",
	"TSAN_OPTIONS",
	"MSAN_OPTIONS",
	"GCOV_",
	"LLVM_PROFILE_FILE",
	"HIKESHI_",
};

static bool is_channel(int fd)
{
	int type;
	socklen_t n = sizeof type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

/* "…/hikeshi-centre" and "key" give "hikeshi-key". */
static void name_process(const char *program, const char *role)
{
	const char *slash = strrchr(program, '/');
	struct sv rest = sv_from(slash ? slash + 1 : program);
	const struct sv first = sv_cut(&rest, '-');
	char name[ROLE_NAME_MAX + 1];

	snprintf(name, sizeof name, "%.*s-%s", SV_ARG(first), role);
	prctl(PR_SET_NAME, name);
}

const struct role *role_wanted(const struct role *table, size_t count, int *argc, char **argv,
			       struct err *err)
{
	if (*argc < 2 || strcmp(argv[1], "--role") != 0) {
		if (err)
			err->code = ERR_OK;
		return NULL;
	}
	if (*argc < 3 || !is_channel(ROLE_CHANNEL_FD))
		return err_null(err, ERR_USAGE, "--role is for the program's own use");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(argv[2], table[i].name) != 0)
			continue;
		name_process(argv[0], table[i].name);
		fcntl(ROLE_CHANNEL_FD, F_SETFD, FD_CLOEXEC);
		memmove(argv + 1, argv + 3, (size_t)(*argc - 2) * sizeof *argv);
		*argc -= 2;
		return &table[i];
	}
	return err_null(err, ERR_USAGE, "no role '%.40s'", argv[2]);
}

int role_ready(struct err *err)
{
	struct message message;
	int status;

	message_init(&message, MESSAGE_READY);
	status = message_send(ROLE_CHANNEL_FD, &message, err);
	message_done(&message);
	return status;
}

int role_get_peer(struct message *message, struct sv *ret_name, int *ret_fd, struct err *err)
{
	struct sv name;
	int fd;

	if (message_get_text(message, ROLE_NAME_MAX, &name, err) < 0 ||
	    message_get_fd(message, &fd, err) < 0)
		return -1;
	if (message_end(message, err) < 0) {
		close(fd);
		return -1;
	}
	*ret_name = name;
	*ret_fd = fd;
	return 0;
}

int role_wait_peer(const char *name, int wait_ms, int *ret_fd, struct err *err)
{
	struct message message;
	struct sv peer;
	int fd, status = message_receive(ROLE_CHANNEL_FD, wait_ms, &message, err);

	if (status == 0)
		return err_set(err, ERR_UNAVAILABLE, "waiting for %s: the parent is gone", name);
	if (status < 0)
		return err_wrap(err, "waiting for %s", name);
	if (message.type != MESSAGE_PEER)
		status = err_set(err, ERR_FORMAT, "waiting for %s: message %u", name, message.type);
	else
		status = role_get_peer(&message, &peer, &fd, err);
	if (status == 0 && !sv_eq(peer, sv_from(name))) {
		close(fd);
		status = err_set(err, ERR_FORMAT, "waiting for %s: a link to %.*s", name,
				 SV_ARG(peer));
	}
	message_done(&message);
	if (status == 0)
		*ret_fd = fd;
	return status;
}

/* All that the child needs, made before fork: after it, only system calls. */
struct start {
	char *argument[ROLE_ARGUMENTS_MAX + 4];
	char *environment[ENVIRONMENT_MAX + 1];
	const char *path;
	int fd[1 + ROLE_FDS_MAX]; /* for ROLE_CHANNEL_FD, ROLE_CHANNEL_FD + 1, … */
	size_t fd_count;
	int error_fd; /* errno of what failed goes back here */
	int death_signal;
	pid_t parent;
};

static bool is_kept(const char *variable)
{
	const struct sv s = sv_from(variable);

	for (size_t i = 0; i < sizeof environment_kept / sizeof *environment_kept; i++) {
		const struct sv name = sv_from(environment_kept[i]);

		if (sv_starts(s, name) && (sv_ends(name, SV("_")) || s.p[name.n] == '='))
			return true;
	}
	return false;
}

static void fill_environment(struct start *start)
{
	size_t n = 0;

	for (char **v = environ; *v && n < ENVIRONMENT_MAX; v++)
		if (is_kept(*v))
			start->environment[n++] = *v;
	start->environment[n] = NULL;
}

/* exec takes char *const[], but changes nothing. */
static char *constant(const char *text)
{
	union {
		const char *given;
		char *wanted;
	} u = { .given = text };

	return u.wanted;
}

static int fill_arguments(struct start *start, const struct role_options *options, const char *self,
			  struct err *err)
{
	const char *other = options->path ? options->path : options->program;
	size_t n = 0;

	start->path = other ? other : SELF;
	start->argument[n++] = constant(other ? other : self);
	if (!options->path) {
		start->argument[n++] = constant("--role");
		start->argument[n++] = constant(options->name);
	}
	for (const char *const *a = options->argument; a && *a; a++) {
		if (n == ROLE_ARGUMENTS_MAX)
			return err_set(err, ERR_TOO_LARGE, "starting %s: more than %d arguments",
				       options->name, ROLE_ARGUMENTS_MAX);
		start->argument[n++] = constant(*a);
	}
	start->argument[n] = NULL;
	return 0;
}

static _Noreturn void child_fail(int error_fd)
{
	const int number = errno;

	if (write(error_fd, &number, sizeof number) < 0)
		_exit(126);
	_exit(127);
}

static _Noreturn void child_main(struct start *start)
{
	const int error_fd = fcntl(start->error_fd, F_DUPFD_CLOEXEC, SPARE_FD);
	int null_fd;
	sigset_t none;

	if (error_fd < 0)
		_exit(126);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, start->death_signal) < 0)
		child_fail(error_fd);
	if (getppid() != start->parent)
		_exit(126);
	setpgid(0, 0);
	for (size_t i = 0; i < start->fd_count; i++) {
		if (start->fd[i] < 0)
			continue; /* another program has no channel */
		start->fd[i] = fcntl(start->fd[i], F_DUPFD_CLOEXEC, SPARE_FD);
		if (start->fd[i] < 0)
			child_fail(error_fd);
	}
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0)
		child_fail(error_fd);
	if (close_range(ROLE_CHANNEL_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		child_fail(error_fd);
	for (size_t i = 0; i < start->fd_count; i++)
		if (start->fd[i] >= 0 && dup2(start->fd[i], ROLE_CHANNEL_FD + (int)i) < 0)
			child_fail(error_fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(start->path, start->argument, start->environment);
	child_fail(error_fd);
}

static pid_t fork_quietly(struct start *start)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child_main(start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Reads what the child could not do; 0 where exec closed the pipe. */
static int exec_error(int fd)
{
	int number = 0;
	ssize_t n;

	do
		n = read(fd, &number, sizeof number);
	while (n < 0 && errno == EINTR);
	return n == sizeof number ? number : 0;
}

int role_spawn(const struct role_options *options, struct role_process *ret, struct err *err)
{
	struct start start = { .parent = getpid(), .death_signal = options->death_signal };
	int channel[2] = { -1, -1 }, error_pipe[2] = { -1, -1 }, pid_fd = -1, number, status = -1;
	char self[PATH_MAX] = SELF;
	const ssize_t n = readlink(SELF, self, sizeof self - 1);
	pid_t pid;

	if (n > 0)
		self[n] = '\0';
	if (start.death_signal == 0)
		start.death_signal = options->path ? SIGTERM : SIGKILL;
	if (options->fd_count > ROLE_FDS_MAX)
		return err_set(err, ERR_TOO_LARGE, "starting %s: more than %d descriptors",
			       options->name, ROLE_FDS_MAX);
	if (fill_arguments(&start, options, self, err) < 0)
		return -1;
	fill_environment(&start);
	if (!options->path && message_pair(channel, err) < 0)
		return -1;
	if (pipe2(error_pipe, O_CLOEXEC) < 0) {
		err_errno(err, errno, "starting %s", options->name);
		goto out;
	}
	start.error_fd = error_pipe[1];
	start.fd[start.fd_count++] = channel[1];
	for (size_t i = 0; i < options->fd_count; i++)
		start.fd[start.fd_count++] = options->fd[i];
	pid = fork_quietly(&start);
	if (pid < 0) {
		err_errno(err, errno, "starting %s", options->name);
		goto out;
	}
	close(error_pipe[1]);
	error_pipe[1] = -1;
	number = exec_error(error_pipe[0]);
	if (number == 0) {
		pid_fd = pidfd_open(pid, 0);
		number = pid_fd < 0 ? errno : 0;
	}
	if (number != 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		err_errno(err, number, "starting %s",
			  options->path ? options->path : options->name);
		goto out;
	}
	*ret = (struct role_process){ pid, pid_fd, channel[0] };
	channel[0] = -1;
	status = 0;
out:
	for (int i = 0; i < 2; i++) {
		if (channel[i] >= 0)
			close(channel[i]);
		if (error_pipe[i] >= 0)
			close(error_pipe[i]);
	}
	return status;
}

int role_reap(struct role_process *process)
{
	int status = 0;

	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (process->pid_fd >= 0)
		close(process->pid_fd);
	if (process->channel >= 0)
		close(process->channel);
	*process = (struct role_process){ -1, -1, -1 };
	return status;
}
