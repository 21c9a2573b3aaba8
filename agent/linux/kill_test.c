/* Ending process trees, in a pid namespace of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "agent/linux/testing.h"
#include "base/test.h"

#define NEEDS_ROOT() if (!testing_is_root()) SKIP("NOT ROOT: ending process trees is not tested")
#define VERDICT() (test_failed ? 1 : 0)

struct server {
	struct station station;
	pthread_t thread;
	volatile sig_atomic_t stop;
};

static void *serve(void *context)
{
	struct server *server = context;

	while (!server->stop)
		station_step(&server->station, -1, 20);
	return NULL;
}

static bool server_start(struct server *server, const uint32_t *own)
{
	struct station_options options = { .choice = SENSOR_ANY };
	struct err err = ERR_INIT;

	if (own) {
		options.own[0] = *own;
		options.own_count = 1;
	}
	server->stop = 0;
	if (station_open(&server->station, &options, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	printf("# %s\n", sensors_kind(server->station.sensors));
	pthread_create(&server->thread, NULL, serve, server);
	return true;
}

static void server_stop(struct server *server)
{
	server->stop = 1;
	pthread_join(server->thread, NULL);
	station_close(&server->station);
}

static char *guid_of(struct server *server, pid_t pid, char text[static GUID_TEXT_MAX])
{
	return guid_format(&server->station.boot,
			   (struct process_key){ (uint32_t)pid, proc_start((uint32_t)pid) }, text);
}


static int end_trees(void *context)
{
	struct server server;
	struct kill_report report;
	struct err err = ERR_INIT;
	char guid[GUID_TEXT_MAX];
	pid_t pid, other;

	if (!server_start(&server, NULL))
		return 9;
	/* Children, a grandchild, one that let itself be adopted, one that ignores all it can. */
	other = testing_start("exec sleep 61.5");
	pid = testing_start("sleep 60.1 & (sleep 60.2 & sleep 60.3) & (setsid sleep 60.4 &) ;"
			    "(trap '' TERM HUP INT; sleep 60.5) & wait; sleep 60.6");
	usleep(500000);
	guid_of(&server, pid, guid);
	CHECK_INT(kill_tree(&server.station, sv_from(guid), &report, &err), 0);
	CHECK(report.killed >= 6);
	CHECK_INT(report.alive, 0);
	waitpid(pid, NULL, 0);
	CHECK_INT(testing_sh("pgrep -f 'sleep 60[.]' >/dev/null"), 1);
	CHECK_INT(waitpid(other, NULL, WNOHANG), 0); /* beside the tree: lives */
	/* Again: nothing is left of it. */
	CHECK_INT(kill_tree(&server.station, sv_from(guid), &report, &err), -1);
	CHECK_INT(err.code, ERR_NOT_FOUND);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	server_stop(&server);
	return VERDICT();
}

TEST(a_tree_ends_with_all_who_left_it)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(end_trees, NULL, 30), 0);
}

static int end_bomb(void *context)
{
	struct server server;
	struct kill_report report;
	struct err err = ERR_INIT;
	char guid[GUID_TEXT_MAX];
	pid_t pid;

	if (!server_start(&server, NULL))
		return 9;
	/* Each generation starts the next and ends; the tree never stands still. */
	pid = testing_start("f() { n=$1; sleep 0.02; [ $n -gt 200 ] && exit; f $((n+1)) & : bomb-mark; exit; };"
			    " (f 1) & (f 1) & (f 1) & wait; sleep 70.1");
	usleep(300000);
	guid_of(&server, pid, guid);
	CHECK_INT(kill_tree(&server.station, sv_from(guid), &report, &err), 0);
	waitpid(pid, NULL, 0);
	usleep(100000);
	/* The brackets keep the shell that asks, and its forks, from finding themselves. */
	CHECK_INT(testing_sh("pgrep -f 'bomb-[m]ark' >/dev/null"), 1);
	server_stop(&server);
	return VERDICT();
}

TEST(a_tree_that_forks_away_is_caught)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(end_bomb, NULL, 30), 0);
}

static int refuse(void *context)
{
	const uint32_t self = (uint32_t)getpid();
	struct server server;
	struct kill_report report;
	char guid[GUID_TEXT_MAX], wrong[GUID_TEXT_MAX];
	pid_t child, sleeper;

	sleeper = testing_start("exec sleep 71.1");
	if (!server_start(&server, &self))
		return 9;
	child = testing_start("exec sleep 71.2");
	usleep(200000);
	{
		const struct {
			const char *guid;
			enum err_code code;
		} row[] = {
			{ guid_format(&server.station.boot, (struct process_key){ 1, proc_start(1) }, guid),
			  ERR_DENIED },
			{ "", ERR_NOT_FOUND },
			{ "{00000000-0000-0000-0001-000000000001}", ERR_NOT_FOUND }, /* another boot */
			{ "nonsense", ERR_NOT_FOUND },
		};

		for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
			struct err err = ERR_INIT;

			CHECK_INT(kill_tree(&server.station, sv_from(row[i].guid), &report, &err), -1);
			CHECK_INT(err.code, row[i].code);
		}
	}
	{
		struct err err = ERR_INIT;

		/* The agent itself, and what it started. */
		CHECK_INT(kill_tree(&server.station, sv_from(guid_of(&server, getpid(), guid)), &report, &err), -1);
		CHECK_INT(err.code, ERR_DENIED);
		CHECK_INT(kill_tree(&server.station, sv_from(guid_of(&server, child, guid)), &report, &err), -1);
		CHECK_INT(err.code, ERR_DENIED);
		CHECK_INT(waitpid(child, NULL, WNOHANG), 0);
		/* A number with another start was given again: not hit. */
		guid_format(&server.station.boot,
			    (struct process_key){ (uint32_t)sleeper, proc_start((uint32_t)sleeper) + 1 }, wrong);
		CHECK_INT(kill_tree(&server.station, sv_from(wrong), &report, &err), -1);
		CHECK_INT(err.code, ERR_NOT_FOUND);
		CHECK_INT(waitpid(sleeper, NULL, WNOHANG), 0);
		/* Without a start nobody knows which one was meant. */
		guid_format(&server.station.boot, (struct process_key){ (uint32_t)sleeper, 0 }, wrong);
		CHECK_INT(kill_tree(&server.station, sv_from(wrong), &report, &err), -1);
		CHECK_INT(err.code, ERR_NOT_FOUND);
		CHECK_INT(waitpid(sleeper, NULL, WNOHANG), 0);
	}
	kill(child, SIGKILL);
	kill(sleeper, SIGKILL);
	waitpid(child, NULL, 0);
	waitpid(sleeper, NULL, 0);
	server_stop(&server);
	return VERDICT();
}

TEST(the_first_process_the_agent_and_strangers_are_spared)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(refuse, NULL, 30), 0);
}
