/* uninstall.c - `hikeshi-agent uninstall`: ends the agent, opens the network, tells the centre, removes all. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "base/text.h"

#define STOP_SECONDS 10
#define FAREWELL_SECONDS 20

/* Ends a running agent and takes its lock. */
static int take_over(const struct data_paths *paths, int *ret_lock, struct err *err)
{
	const struct timespec pause_time = { 0, 100 * 1000000 };
	bool asked = false;
	pid_t pid;

	for (unsigned i = 0; i < STOP_SECONDS * 10; i++) {
		if (data_lock(paths, ret_lock, &pid, err) == 0)
			return 0;
		if (err->code != ERR_CONFLICT || pid <= 1)
			return -1;
		if (!asked && kill(pid, SIGTERM) < 0 && errno != ESRCH)
			return err_errno(err, errno, "ending the agent (process %d)", (int)pid);
		asked = true;
		nanosleep(&pause_time, NULL);
	}
	return err_set(err, ERR_UNAVAILABLE, "the agent (process %d) does not end", (int)pid);
}

static int open_network(const struct data_paths *paths, struct err *err)
{
	struct agent_state state = { 0 };

	/* Also where the state cannot be read: nobody else would open it later. */
	agent_state_load(paths->state, &state, NULL);
	if (!state.isolated && !isolation_holds())
		return 0;
	return isolation_release(paths->rules, err);
}

static bool say_farewell(const struct program_options *options)
{
	struct err err = ERR_INIT;
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		alarm(FAREWELL_SECONDS);
		program_exec(COURIER_PROGRAM, "farewell", options, &err);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

int uninstall_run(const struct program_options *options, struct err *err)
{
	struct data_paths paths;
	int lock = -1, result = -1;

	if (data_paths_make(options->data, &paths, err) < 0)
		return -1;
	if (access(paths.identity, F_OK) < 0) {
		err_set(err, ERR_NOT_FOUND, "%s: no agent is enrolled here", paths.folder);
		return err_hint(err, "another folder? use --data");
	}
	if (take_over(&paths, &lock, err) < 0)
		return -1;
	if (open_network(&paths, err) == 0) {
		if (!say_farewell(options))
			fprintf(stderr, "%s\n", _("The centre could not be told; remove the device there."));
		result = data_remove(&paths, err);
	}
	close(lock);
	if (result == 0)
		printf("%s\n", _("The agent is removed from this host."));
	return result;
}
