#include "agent/linux/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

/* Two pipes: [0] its input, [1] its output. */
struct pipes {
	int in[2], out[2];
};

static void pipes_close(struct pipes *pipes)
{
	int *const all[] = { &pipes->in[0], &pipes->in[1], &pipes->out[0], &pipes->out[1] };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (*all[i] >= 0)
			close(*all[i]);
		*all[i] = -1;
	}
}

static int start(const char *path, const char *const *argument, const struct pipes *pipes,
		 pid_t *ret_pid, struct err *err)
{
	/* A fixed environment: nothing of ours leads it astray. */
	static const char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL,
	};
	union {
		const char *const *constant;
		char *const *wanted;
	} arguments = { .constant = argument }, variables = { .constant = environment };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, standard;
	int number;

	sigemptyset(&none);
	sigemptyset(&standard);
	sigaddset(&standard, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &standard);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes->in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes->out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes->out[1], STDERR_FILENO);
	number = posix_spawnp(ret_pid, path, &actions, &attributes, arguments.wanted, variables.wanted);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (number != 0) {
		err_errno(err, number, "starting %s", path);
		if (number == ENOENT)
			err_hint(err, "install the Debian package that has it (nft: nftables)");
		return -1;
	}
	return 0;
}

/* Feeds and reads until both ends are closed. -1: the time is over. */
static int talk(struct pipes *pipes, struct sv input, struct buf *output, uint64_t until_us)
{
	while (pipes->out[0] >= 0) {
		struct pollfd item[2] = {
			{ .fd = pipes->out[0], .events = POLLIN },
			{ .fd = input.n > 0 ? pipes->in[1] : -1, .events = POLLOUT },
		};
		const uint64_t now = clock_monotonic_us();
		char block[4096];
		ssize_t n;

		if (now >= until_us || poll(item, 2, (int)((until_us - now) / 1000 + 1)) < 0)
			return -1;
		if (item[1].revents) {
			n = write(pipes->in[1], input.p, input.n);
			if (n < 0)
				input.n = 0;
			else
				input = sv_slice(input, (size_t)n, input.n);
		}
		if (input.n == 0 && pipes->in[1] >= 0) {
			close(pipes->in[1]);
			pipes->in[1] = -1;
		}
		if (!item[0].revents)
			continue;
		n = read(pipes->out[0], block, sizeof block);
		if (n > 0) {
			buf_put(output, block, (size_t)n);
		} else {
			close(pipes->out[0]);
			pipes->out[0] = -1;
		}
	}
	return 0;
}

int run_program(const char *path, const char *const *argument, struct sv input, struct buf *output,
		struct err *err)
{
	const uint64_t until = clock_monotonic_us() + RUN_SECONDS * UINT64_C(1000000);
	struct pipes pipes = { { -1, -1 }, { -1, -1 } };
	int status = 0;
	pid_t pid;

	if (pipe2(pipes.in, O_CLOEXEC) < 0 || pipe2(pipes.out, O_CLOEXEC) < 0 ||
	    fcntl(pipes.in[1], F_SETFL, O_NONBLOCK) < 0) {
		err_errno(err, errno, "making a pipe");
		pipes_close(&pipes);
		return -1;
	}
	if (start(path, argument, &pipes, &pid, err) < 0) {
		pipes_close(&pipes);
		return -1;
	}
	close(pipes.in[0]);
	close(pipes.out[1]);
	pipes.in[0] = pipes.out[1] = -1;
	if (talk(&pipes, input, output, until) < 0)
		kill(pid, SIGKILL);
	pipes_close(&pipes);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		return err_set(err, ERR_UNAVAILABLE, "%s did not end within %d seconds", path, RUN_SECONDS);
	return WEXITSTATUS(status);
}
