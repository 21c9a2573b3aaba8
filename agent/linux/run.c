/* run.c - `hikeshi-agent run`: the parent, which starts the others and does nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "base/log.h"
#include "base/supervisor.h"
#include "base/text.h"

#define FAREWELL_SECONDS 20

struct parent {
	const struct log *log;
	const struct program_options *options;
	struct data_paths paths;
	bool remove;
};

static void tell_process(void *context, enum supervisor_event event, const char *name, int64_t number,
		   const struct err *error)
{
	static const char *const text[] = {
		[SUPERVISOR_STARTED] = "started", [SUPERVISOR_READY] = "ready",
		[SUPERVISOR_DIED] = "ended", [SUPERVISOR_DELAYED] = "waits before the next start",
		[SUPERVISOR_BROKEN] = "broke the rules", [SUPERVISOR_KILLED] = "did not end in time",
	};
	const struct parent *parent = context;

	if (error)
		log_error(parent->log, LOG_ERROR, name, error);
	else
		log_line(parent->log, event >= SUPERVISOR_DIED ? LOG_WARNING : LOG_INFO, text[event],
			 LOG_STR("process", name), LOG_INT("number", number));
}

static void ready(void *context)
{
	const struct parent *parent = context;

	log_line(parent->log, LOG_INFO, "the agent is at work", LOG_STR("data", parent->paths.folder));
	/* For whoever waits for the start. */
	printf("ready\n");
	fflush(stdout);
}

/* The sensor has checked the order, done what was left to do, and reported. */
static int take_remove(void *context, struct message *request, struct message *answer, struct err *err)
{
	struct parent *parent = context;

	if (message_end(request, err) < 0)
		return -1;
	parent->remove = true;
	kill(getpid(), SIGTERM);
	return 0;
}

static int supervise(struct parent *parent, const char *devices_url, struct err *err)
{
	static const char *const sensor_name[] = {
		[SENSOR_ANY] = "any", [SENSOR_BPF] = "bpf", [SENSOR_PROC] = "proc",
	};
	static const struct message_rule rule[] = {
		{ AGENT_REMOVE, "remove", take_remove, 0, MESSAGE_ONE_WAY | MESSAGE_ONCE },
	};
	struct dispatcher dispatcher = { .rule = rule, .count = 1, .context = parent };
	const char *const courier_argument[] = { parent->paths.courier, devices_url, NULL };
	const char *const sensor_argument[] = {
		"--data", parent->paths.folder,
		"--sensor", sensor_name[parent->options->sensor],
		"--scope", parent->options->scope_namespace ? "namespace" : "host",
		NULL,
	};
	char courier[PATH_MAX], sensor[PATH_MAX];
	const struct supervisor_row row[] = {
		{ .options = { .name = "courier", .program = courier, .argument = courier_argument } },
		{ .options = { .name = "sensor", .program = sensor, .argument = sensor_argument },
		  .dispatcher = &dispatcher },
	};
	const struct supervisor_link link[] = { { "sensor", "courier" } };
	const struct supervisor_options options = {
		.row = row, .row_count = sizeof row / sizeof *row,
		.link = link, .link_count = 1,
		.report = tell_process, .context = parent,
	};

	if (program_beside(COURIER_PROGRAM, courier, err) < 0 ||
	    program_beside(SENSOR_PROGRAM, sensor, err) < 0)
		return -1;
	return supervisor_run(&options, ready, err);
}

/* The courier's folder belongs to whom the courier becomes. */
static int hand_over(const char *folder, struct err *err)
{
	gid_t gid;
	const uid_t uid = courier_uid(&gid);

	if (uid == 0 || chown(folder, uid, gid) == 0)
		return 0;
	return err_errno(err, errno, "giving %s to user %u", folder, uid);
}

/* Sends what is left in the spool; whether it arrives or not, the agent goes. */
static void farewell(const struct program_options *options, const struct log *log)
{
	struct err err = ERR_INIT;
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		alarm(FAREWELL_SECONDS);
		program_exec(COURIER_PROGRAM, "farewell", options, &err);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		log_line(log, LOG_WARNING, "not everything reached the centre before the removal");
}

int parent_run(const struct program_options *options, struct err *err)
{
	const struct log log = { STDERR_FILENO, LOG_INFO, "hikeshi-agent" };
	struct parent parent = { .log = &log, .options = options };
	struct agent_identity identity;
	int lock = -1, result;
	pid_t other;

	umask(077);
	if (data_paths_make(options->data, &parent.paths, err) < 0 ||
	    data_identity_load(&parent.paths, &identity, err) < 0 ||
	    hand_over(parent.paths.courier, err) < 0 ||
	    data_lock(&parent.paths, &lock, &other, err) < 0)
		return -1;
	result = supervise(&parent, identity.devices_url, err);
	unlink(parent.paths.status);
	if (result == 0 && parent.remove) {
		farewell(options, &log);
		result = data_remove(&parent.paths, err);
		if (result == 0)
			log_line(&log, LOG_INFO, "removed from this host");
	}
	close(lock);
	return result;
}

int program_exec(const char *program, const char *command, const struct program_options *options,
		 struct err *err)
{
	static const char *const sensor_name[] = {
		[SENSOR_ANY] = "any", [SENSOR_BPF] = "bpf", [SENSOR_PROC] = "proc",
	};
	char count[24], seconds[24];
	const struct {
		const char *name, *value;
	} row[] = {
		{ "--data", strcmp(command, "watch") != 0 ? options->data : NULL },
		{ "--url", options->url },
		{ "--token", options->token },
		{ "--token-file", options->token_file },
		{ "--fingerprint", options->fingerprint },
		{ "--ca", options->ca },
		{ "--sensor", options->sensor ? sensor_name[options->sensor] : NULL },
		{ "--scope", options->scope_namespace ? "namespace" : NULL },
		{ "--count", options->count ? count : NULL },
		{ "--seconds", options->seconds ? seconds : NULL },
		{ "--lang", text_is_japanese() ? "ja" : "en" },
	};
	const char *argument[2 + 2 * sizeof row / sizeof *row + 1] = { program, command };
	union {
		const char **constant;
		char *const *wanted;
	} arguments = { .constant = argument };
	char path[PATH_MAX];
	size_t n = 2;

	snprintf(count, sizeof count, "%llu", (unsigned long long)options->count);
	snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)options->seconds);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (row[i].value) {
			argument[n++] = row[i].name;
			argument[n++] = row[i].value;
		}
	argument[n] = NULL;
	if (program_beside(program, path, err) < 0)
		return -1;
	execv(path, arguments.wanted);
	return err_errno(err, errno, "starting %s", path);
}
