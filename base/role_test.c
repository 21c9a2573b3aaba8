/* The test program is its own role, as the real programs are. */
#include "base/role.h"
#include "base/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/test.h"

enum { FACTS = MESSAGE_FIRST, PID, HELLO };

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Tells what it sees of itself, then ends with the status it is asked for. */
static int run_facts(int argc, char **argv)
{
	struct message message;
	struct err err = ERR_INIT;
	char name[17] = "";
	sigset_t blocked;
	int death = 0;

	prctl(PR_GET_NAME, name);
	prctl(PR_GET_PDEATHSIG, &death);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	message_init(&message, FACTS);
	message_put_u64(&message, (uint64_t)argc);
	message_put_sv(&message, sv_from(argc > 1 ? argv[1] : ""));
	message_put_sv(&message, sv_from(name));
	message_put_u64(&message, (uint64_t)open_descriptors());
	message_put_bool(&message, sigismember(&blocked, SIGUSR1) || getpgrp() != getpid() ||
					   getenv("SECRET"));
	message_put_u64(&message, (uint64_t)death);
	message_send(ROLE_CHANNEL_FD, &message, &err);
	message_done(&message);
	if (write(ROLE_CHANNEL_FD + 1, "given", 5) < 0)
		return 1;
	return 9;
}

/* Waits for its peer, exchanges greetings with it, and tells the parent. */
static int run_partner(int argc, char **argv)
{
	struct message message;
	struct err err = ERR_INIT;
	const char *other = argv[1];

	role_ready(&err);
	for (;;) {
		struct message in;
		struct sv name, greeting;
		int fd;

		if (message_receive(ROLE_CHANNEL_FD, -1, &message, &err) != 1)
			return 0;
		if (role_get_peer(&message, &name, &fd, &err) < 0 || !sv_eq(name, sv_from(other)))
			return 1;
		message_done(&message);
		message_init(&message, HELLO);
		message_put_sv(&message, sv_from(argv[2]));
		if (message_send(fd, &message, &err) < 0 && err.code != ERR_UNAVAILABLE)
			return 1;
		message_done(&message);
		if (message_receive(fd, 2000, &in, &err) == 1) {
			message_get_text(&in, 20, &greeting, &err);
			message_init(&message, HELLO);
			message_put_sv(&message, greeting);
			message_send(ROLE_CHANNEL_FD, &message, &err);
			message_done(&message);
			message_done(&in);
		}
		close(fd);
	}
}

static int run_bad_start(int argc, char **argv)
{
	return 65;
}

static int run_always_dies(int argc, char **argv)
{
	raise(SIGABRT);
	return 0;
}

static int run_breaker(int argc, char **argv)
{
	struct message message;
	struct err err = ERR_INIT;

	role_ready(&err);
	message_init(&message, PID);
	message_send(ROLE_CHANNEL_FD, &message, &err);
	message_done(&message);
	pause();
	return 0;
}

static int run_deaf(int argc, char **argv)
{
	struct err err = ERR_INIT;

	signal(SIGTERM, SIG_IGN);
	role_ready(&err);
	while (pause() < 0)
		;
	return 0;
}

static int run_sleeper(int argc, char **argv)
{
	struct err err = ERR_INIT;

	role_ready(&err);
	pause();
	return 0;
}

static const struct role role_table[] = {
	{ "facts", run_facts },	  { "one", run_partner },      { "two", run_partner },
	{ "bad", run_bad_start }, { "dies", run_always_dies }, { "breaker", run_breaker },
	{ "deaf", run_deaf },	  { "sleeper", run_sleeper },
};

/* The harness has main(); a role begins before it. */
__attribute__((constructor)) static void begin_as_role(int argc, char **argv)
{
	struct err err = ERR_INIT;
	const struct role *role =
		role_wanted(role_table, sizeof role_table / sizeof *role_table, &argc, argv, &err);

	if (role)
		_exit(role->run(argc, argv));
	if (err.code != ERR_OK)
		_exit(err_exit_status(err.code));
}

TEST(a_role_gets_what_it_is_given_and_no_more)
{
	const char *const argument[] = { "--settings=x", NULL };
	struct role_process process;
	struct err err = ERR_INIT;
	struct message in;
	struct sv text;
	uint64_t number = 0;
	sigset_t set, before;
	bool odd = true;
	char given[8] = "";
	int pipe_fd[2], many[20], status;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &before);
	setenv("SECRET", "1", 1);
	REQUIRE(pipe2(pipe_fd, O_CLOEXEC) == 0);
	for (int i = 0; i < 20; i++)
		many[i] = dup(STDIN_FILENO); /* not close-on-exec: must not get through */
	struct role_options options = {
		.name = "facts",
		.argument = argument,
		.fd = { pipe_fd[1] },
		.fd_count = 1,
	};
	REQUIRE(role_spawn(&options, &process, &err) == 0);
	REQUIRE(message_receive(process.channel, 10000, &in, &err) == 1);
	CHECK_INT(in.type, FACTS);
	CHECK(message_get_u64(&in, 100, &number, &err) == 0 && number == 2);
	CHECK(message_get_text(&in, 100, &text, &err) == 0);
	CHECK_SV(text, SV("--settings=x"));
	CHECK(message_get_text(&in, 100, &text, &err) == 0);
	CHECK_SV(text, SV("base_role_test-"));
	CHECK(message_get_u64(&in, 256, &number, &err) == 0);
	CHECK_INT(number, 5); /* three standard ones, channel, pipe */
	CHECK(message_get_bool(&in, &odd, &err) == 0 && !odd);
	CHECK(message_get_u64(&in, 256, &number, &err) == 0);
	CHECK_INT(number, SIGKILL);
	CHECK(message_end(&in, &err) == 0);
	message_done(&in);
	CHECK(read(pipe_fd[0], given, sizeof given) == 5);
	status = role_reap(&process);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9);
	CHECK_INT(process.pid, -1);
	for (int i = 0; i < 20; i++)
		close(many[i]);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	unsetenv("SECRET");
	sigprocmask(SIG_SETMASK, &before, NULL);
}

TEST(a_program_that_cannot_start_is_an_error)
{
	struct role_options options = { .name = "web", .path = "/nonexistent/program" };
	struct role_process process = { 7, 7, 7 };
	struct err err = ERR_INIT;

	CHECK_INT(role_spawn(&options, &process, &err), -1);
	CHECK_STR(err.text, "starting /nonexistent/program: No such file or directory");
	CHECK_INT(process.pid, 7);
}

TEST(a_person_cannot_start_a_role)
{
	static char name[] = "t", flag[] = "--role", facts[] = "facts";
	char *argv[] = { name, flag, facts, NULL };
	struct err err = ERR_INIT;
	int argc = 3;

	CHECK(!role_wanted(role_table, 1, &argc, argv, &err));
	CHECK_INT(err.code, ERR_USAGE);
	CHECK_INT(argc, 3);
}

TEST(bounds_of_a_start)
{
	const char *argument[ROLE_ARGUMENTS_MAX + 1] = { NULL };
	struct err err = ERR_INIT;

	for (size_t over = 0; over <= 1; over++) {
		struct role_options options = { .name = "bad", .argument = argument };
		struct role_process process;

		/* The program's name, --role and the role's name come first. */
		for (size_t i = 0; i < ROLE_ARGUMENTS_MAX - 3 + over; i++)
			argument[i] = "x";
		CHECK_INT(role_spawn(&options, &process, &err), over ? -1 : 0);
		if (!over)
			role_reap(&process);
		options.argument = NULL;
		options.fd_count = ROLE_FDS_MAX + over; /* all of them standard input */
		CHECK_INT(role_spawn(&options, &process, &err), over ? -1 : 0);
		if (!over)
			role_reap(&process);
	}
	CHECK_INT(err.code, ERR_TOO_LARGE);
}

TEST(bounds_of_a_supervisor)
{
	static const char *const name[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	struct supervisor_row row[SUPERVISOR_ROWS_MAX + 1];
	struct supervisor_link link[SUPERVISOR_LINKS_MAX + 1];
	struct supervisor_options options = { .row = row, .link = link };
	struct supervisor *supervisor;
	struct err err = ERR_INIT;

	for (size_t i = 0; i <= SUPERVISOR_ROWS_MAX; i++)
		row[i] = (struct supervisor_row){ .options.name = name[i] };
	for (size_t i = 0; i <= SUPERVISOR_LINKS_MAX; i++)
		link[i] = (struct supervisor_link){ "a", "b" };
	options.row_count = SUPERVISOR_ROWS_MAX;
	options.link_count = SUPERVISOR_LINKS_MAX;
	supervisor = supervisor_new(&options, &err);
	CHECK(supervisor); /* nothing is started before the first step */
	supervisor_free(supervisor);
	options.link_count++;
	CHECK(!supervisor_new(&options, &err));
	options.link_count = 0;
	options.row_count++;
	CHECK(!supervisor_new(&options, &err));
	options.row_count = 0;
	CHECK(!supervisor_new(&options, &err));
	options.row_count = 2;
	options.link_count = 1;
	link[0].other = "nobody";
	CHECK(!supervisor_new(&options, &err));
	row[1].options.name = "a";
	options.link_count = 0;
	CHECK(!supervisor_new(&options, &err));
	supervisor_free(NULL);
}

struct watcher {
	int started, died, delayed, broken, killed, ready;
	int64_t last_delay;
	char hello[8][16];
	int hellos;
};

static void watch(void *context, enum supervisor_event event, const char *name, int64_t number,
		  const struct err *error)
{
	struct watcher *watcher = context;

	watcher->started += event == SUPERVISOR_STARTED;
	watcher->died += event == SUPERVISOR_DIED;
	watcher->broken += event == SUPERVISOR_BROKEN;
	watcher->killed += event == SUPERVISOR_KILLED;
	watcher->ready += event == SUPERVISOR_READY;
	if (event == SUPERVISOR_DELAYED) {
		watcher->delayed++;
		watcher->last_delay = number;
	}
}

static int hear_hello(void *context, struct message *request, struct message *answer,
		      struct err *err)
{
	struct watcher *watcher = context;
	struct sv text;

	if (message_get_text(request, 15, &text, err) < 0 || message_end(request, err) < 0)
		return -1;
	if (watcher->hellos < 8)
		snprintf(watcher->hello[watcher->hellos++], 16, "%.*s", SV_ARG(text));
	return 0;
}

static const struct message_rule hello_rule[] = {
	{ HELLO, "hello", hear_hello, 0, MESSAGE_ONE_WAY },
};

static bool step_until(struct supervisor *supervisor, const int *counter, int wanted,
		       struct err *err)
{
	const uint64_t end = clock_monotonic_us() + 20000000;

	while (*counter < wanted && clock_monotonic_us() < end)
		if (supervisor_step(supervisor, 100, err) < 0)
			return false;
	return *counter >= wanted;
}

TEST(linked_roles_find_each_other_again_after_a_death)
{
	static const char *const for_one[] = { "two", "I am one", NULL };
	static const char *const for_two[] = { "one", "I am two", NULL };
	static const struct supervisor_link link[] = { { "one", "two" } };
	struct watcher watcher = { 0 };
	struct dispatcher d1 = { hello_rule, 1, &watcher, 0, 0 }, d2 = d1;
	const struct supervisor_row row[] = {
		{ .options = { .name = "one", .argument = for_one }, .dispatcher = &d1 },
		{ .options = { .name = "two", .argument = for_two }, .dispatcher = &d2 },
	};
	const struct supervisor_options options = { row, 2, link, 1, watch, &watcher };
	struct err err = ERR_INIT;
	struct supervisor *supervisor = supervisor_new(&options, &err);
	pid_t first;

	REQUIRE(supervisor);
	CHECK(step_until(supervisor, &watcher.hellos, 2, &err));
	CHECK(supervisor_all_ready(supervisor));
	first = supervisor_pid(supervisor, "one");
	kill(first, SIGKILL);
	CHECK(step_until(supervisor, &watcher.hellos, 4, &err));
	CHECK_INT(watcher.died, 1);
	CHECK_INT(watcher.started, 3);
	CHECK_INT(watcher.last_delay, SUPERVISOR_DELAY_MIN_MS);
	CHECK(supervisor_pid(supervisor, "one") != first && supervisor_pid(supervisor, "one") > 0);
	kill(supervisor_pid(supervisor, "one"), SIGKILL);
	CHECK(step_until(supervisor, &watcher.delayed, 2, &err));
	CHECK_INT(watcher.last_delay, 2 * SUPERVISOR_DELAY_MIN_MS);
	for (int i = 0, ones = 0; i < watcher.hellos; i++) {
		ones += strcmp(watcher.hello[i], "I am one") == 0;
		if (i == 3)
			CHECK_INT(ones, 2);
	}
	supervisor_free(supervisor);
}

TEST(a_start_that_fails_ends_it)
{
	const struct supervisor_row row[] = {
		{ .options = { .name = "sleeper" } },
		{ .options = { .name = "bad" } },
	};
	struct watcher watcher = { 0 };
	const struct supervisor_options options = { row, 2, NULL, 0, watch, &watcher };
	struct err err = ERR_INIT;
	struct supervisor *supervisor = supervisor_new(&options, &err);

	REQUIRE(supervisor);
	CHECK(!step_until(supervisor, &watcher.delayed, 1, &err));
	CHECK_STR(err.text, "bad: ended with status 65 before it was ready");
	CHECK_INT(watcher.started, 2);
	supervisor_free(supervisor);
	CHECK_INT(watcher.died, 2);
}

TEST(a_role_that_never_starts_is_tried_a_few_times)
{
	const struct supervisor_row row[] = { { .options = { .name = "dies" } } };
	struct watcher watcher = { 0 };
	const struct supervisor_options options = { row, 1, NULL, 0, watch, &watcher };
	struct err err = ERR_INIT;
	struct supervisor *supervisor = supervisor_new(&options, &err);

	REQUIRE(supervisor);
	CHECK(!step_until(supervisor, &watcher.ready, 1, &err));
	CHECK_INT(watcher.started, SUPERVISOR_FIRST_TRIES);
	CHECK_STR(err.text, "dies: killed by signal 6 before it was ready, 5 times");
	supervisor_free(supervisor);
}

TEST(a_role_that_breaks_the_rules_is_killed)
{
	const struct supervisor_row row[] = { { .options = { .name = "breaker" } } };
	struct watcher watcher = { 0 };
	const struct supervisor_options options = { row, 1, NULL, 0, watch, &watcher };
	struct err err = ERR_INIT;
	struct supervisor *supervisor = supervisor_new(&options, &err);

	REQUIRE(supervisor);
	CHECK(step_until(supervisor, &watcher.died, 1, &err));
	CHECK_INT(watcher.broken, 1);
	supervisor_free(supervisor);
}

TEST(the_deaf_are_killed_in_time)
{
	const struct supervisor_row row[] = {
		{ .options = { .name = "deaf" } },
		{ .options = { .name = "sleeper" } },
	};
	struct watcher watcher = { 0 };
	const struct supervisor_options options = { row, 2, NULL, 0, watch, &watcher };
	struct err err = ERR_INIT;
	struct supervisor *supervisor = supervisor_new(&options, &err);
	uint64_t before;

	REQUIRE(supervisor);
	CHECK(step_until(supervisor, &watcher.ready, 2, &err));
	before = clock_monotonic_us();
	supervisor_stop(supervisor);
	CHECK(clock_monotonic_us() - before < 5000000);
	CHECK_INT(watcher.killed, 1);
	CHECK_INT(watcher.died, 2);
	supervisor_free(supervisor);
}

/* A shell whose child stays behind when the shell is killed, as nginx's workers do. */
TEST(another_program_and_its_children)
{
	static const char *const script[] = { "-c", "sleep 100 & wait", NULL };
	const struct supervisor_row row[] = {
		{ .options = { .name = "shell", .path = "/bin/sh", .argument = script } },
	};
	struct watcher watcher = { 0 };
	const struct supervisor_options options = { row, 1, NULL, 0, watch, &watcher };
	struct err err = ERR_INIT;
	struct supervisor *supervisor = supervisor_new(&options, &err);
	int status = 0;
	pid_t first;

	prctl(PR_SET_CHILD_SUBREAPER, 1); /* who is left behind becomes ours */
	REQUIRE(supervisor);
	CHECK(step_until(supervisor, &watcher.ready, 1, &err)); /* after it has settled */
	CHECK_INT(supervisor_channel(supervisor, "shell"), -1);
	first = supervisor_pid(supervisor, "shell");
	kill(first, SIGKILL);
	CHECK(step_until(supervisor, &watcher.died, 1, &err));
	CHECK(waitpid(-first, &status, 0) > 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	supervisor_free(supervisor);
}

static void stop_myself(void *context)
{
	kill(getpid(), SIGTERM);
}

TEST(run_until_a_signal)
{
	const struct supervisor_row row[] = { { .options = { .name = "sleeper" } } };
	struct watcher watcher = { 0 };
	const struct supervisor_options options = { row, 1, NULL, 0, watch, &watcher };
	struct err err = ERR_INIT;

	CHECK_INT(supervisor_run(&options, stop_myself, &err), 0);
	CHECK_INT(watcher.died, 1);
}
