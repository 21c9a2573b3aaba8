#include "agent/linux/testing.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 5000

bool testing_is_root(void)
{
	return geteuid() == 0;
}

int testing_sh(const char *command)
{
	const pid_t pid = testing_start(command);
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t testing_start(const char *command)
{
	const pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		printf("# ended by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* In the new namespaces: a first process that does nothing but wait for the second. */
static int first(int (*body)(void *context), void *context, unsigned seconds, bool pids)
{
	pid_t pid;

	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (pids && mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 2;
	if (testing_sh("ip link set lo up") != 0)
		return 3;
	pid = fork();
	if (pid == 0) {
		int status;

		alarm(seconds);
		status = body(context);
		fflush(stdout);
		_exit(status);
	}
	return wait_for(pid);
}

static int in_namespaces(int flags, int (*body)(void *context), void *context, unsigned seconds)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		pid_t inner;

		if (unshare(flags) < 0)
			_exit(4);
		inner = fork();
		if (inner == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(first(body, context, seconds, flags & CLONE_NEWPID));
		}
		_exit(wait_for(inner));
	}
	return wait_for(pid);
}

int testing_in_namespaces(int (*body)(void *context), void *context, unsigned seconds)
{
	return in_namespaces(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID, body, context, seconds);
}

int testing_in_network(int (*body)(void *context), void *context, unsigned seconds)
{
	return in_namespaces(CLONE_NEWNS | CLONE_NEWNET, body, context, seconds);
}

/* ---- events ---- */

static void take_ready(struct station *station, struct testing_lines *lines)
{
	struct outbox_item item;

	while (lines->count < sizeof lines->line / sizeof *lines->line &&
	       outbox_take(station->outbox, 0, &item)) {
		images_finish(station->images, &item);
		lines->line[lines->count++] = item.line;
	}
}

void testing_serve(struct station *station, struct testing_lines *lines, unsigned ms)
{
	const uint64_t until = clock_monotonic_us() + ms * UINT64_C(1000);

	do {
		station_step(station, -1, 20);
		take_ready(station, lines);
	} while (clock_monotonic_us() < until);
}

void testing_lines_free(struct testing_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->line[i]);
	lines->count = 0;
}

const char *testing_find(const struct testing_lines *lines, const char *text, ...)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *one = text;
		bool all = true;
		va_list list;

		va_start(list, text);
		for (; one && all; one = va_arg(list, const char *))
			all = strstr(lines->line[i], one) != NULL;
		va_end(list);
		if (all)
			return lines->line[i];
	}
	return "";
}

size_t testing_count(const struct testing_lines *lines, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->count; i++)
		count += strstr(lines->line[i], text) != NULL;
	return count;
}

const char *testing_wait(struct station *station, struct testing_lines *lines, const char *one,
			 const char *two)
{
	const uint64_t until = clock_monotonic_us() + WAIT_MS * UINT64_C(1000);

	while (!testing_find(lines, one, two, NULL)[0] && clock_monotonic_us() < until)
		testing_serve(station, lines, 50);
	return testing_find(lines, one, two, NULL);
}

static int by_text(const void *a, const void *b)
{
	const struct sv *x = a, *y = b;

	return sv_cmp(*x, *y);
}

const char *testing_fields(const char *line, char ret[static 2048])
{
	struct event_decoder *decoder = event_decoder_new();
	struct sv name[64];
	struct event event;
	size_t count = 0, used = 0;

	ret[0] = '\0';
	if (event_decode(decoder, sv_trim(sv_from(line)), &event, NULL) == 0) {
		for (size_t i = 0; i < event.count && count < 64; i++)
			name[count++] = event.field[i].name;
		qsort(name, count, sizeof *name, by_text);
		for (size_t i = 0; i < count; i++)
			used += (size_t)snprintf(ret + used, 2048 - used, "%.*s ", SV_ARG(name[i]));
	}
	event_decoder_free(decoder);
	return ret;
}

const char *testing_field(const char *line, const char *name, char ret[static 1024])
{
	struct event_decoder *decoder = event_decoder_new();
	struct event event;

	ret[0] = '\0';
	if (event_decode(decoder, sv_trim(sv_from(line)), &event, NULL) == 0)
		snprintf(ret, 1024, "%.*s", SV_ARG(event_text(&event, sv_from(name))));
	event_decoder_free(decoder);
	return ret;
}

uint64_t testing_number(const char *line, const char *name)
{
	char text[1024];
	uint64_t number = 0;

	sv_to_u64(sv_from(testing_field(line, name, text)), &number);
	return number;
}
