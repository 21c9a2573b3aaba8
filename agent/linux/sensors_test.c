/* The sensors on the kernel that is here: known deeds, expected events. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/linux/testing.h"
#include "base/test.h"

/* In a namespace a failed CHECK is told by the exit status. */
#define VERDICT() (test_failed ? 1 : 0)

static bool open_station(struct station *station, enum sensor_choice choice, bool scope_namespace)
{
	const struct station_options options = { .choice = choice, .scope_namespace = scope_namespace };
	char text[3][SENSOR_TEXT_MAX];
	struct err err = ERR_INIT;

	if (station_open(station, &options, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	sensors_describe(station->sensors, text);
	printf("# %s: %s, %s, %s\n", sensors_kind(station->sensors), text[0], text[1], text[2]);
	return true;
}

static bool has_bpf(void)
{
	struct station station;
	const bool has = testing_is_root() && open_station(&station, SENSOR_BPF, false);

	if (has)
		station_close(&station);
	return has;
}

#define NEEDS_ROOT() if (!testing_is_root()) SKIP("NOT ROOT: sensors are not tested")
#define NEEDS_BPF() if (!has_bpf()) SKIP("BPF IS REFUSED HERE: the sensor in the kernel is not tested")

static struct testing_lines lines;

/* ---- the same deeds for every sensor ---- */

struct deed {
	const char *command; /* in a root of its own: /etc and /var/log are temporary */
	const char *category, *holds, *also;
};

/* Whoever does it lives until it was seen: the fallback may look late, and knows only the living. */
static const struct deed deed[] = {
	{ "exec sleep 30", "process_creation", "\"CommandLine\":\"sleep 30\"", "\"CurrentDirectory\":\"/var/tmp\"" },
	{ "perl -e 'sleep 2'; exec sleep 30", "process_termination", "/perl\"", "\"ExitCode\":0" },
	{ "echo x > /etc/cron.d/a; exec sleep 30", "file_event", "\"TargetFilename\":\"/etc/cron.d/a\"",
	  "\"Operation\":\"created\"" },
	{ "echo x > /var/log/l; sleep 0.3; : > /var/log/l; exec sleep 30", "file_change",
	  "\"TargetFilename\":\"/var/log/l\"", "\"Operation\":\"truncated\"" },
	{ "echo x > /var/log/m; exec perl -e 'sleep 1; unlink \"/var/log/m\"; sleep 30'", "file_delete",
	  "\"TargetFilename\":\"/var/log/m\"", "\"Operation\":\"deleted\"" },
	{ "echo > /tmp/p; exec perl -e 'sleep 1; chmod 0755, \"/tmp/p\"; sleep 30'", "file_event",
	  "\"TargetFilename\":\"/tmp/p\"", "\"Operation\":\"executable\"" },
	{ "echo > /etc/x; mv /etc/x /etc/cron.d/moved; exec sleep 30", "file_event",
	  "\"TargetFilename\":\"/etc/cron.d/moved\"", "\"Operation\":\"renamed\"" },
	/* One process makes folder and file: what lies in a new folder is told as its maker's. */
	{ "exec perl -e 'mkdir \"/root/.ssh\"; open F, \">>\", \"/root/.ssh/authorized_keys\"; print F \"k\";"
	  " close F; sleep 30'", "file_event",
	  "\"TargetFilename\":\"/root/.ssh/authorized_keys\"", "\"Operation\":\"" },
	{ "exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/7711; exec sleep 30'", "network_connection",
	  "\"DestinationPort\":7711", "\"Protocol\":\"tcp\"" },
};
#define DEEDS (sizeof deed / sizeof *deed)

/* Temporary file systems over what the deeds change, so that the host's stays. */
static int cover(void)
{
	return testing_sh("mount -t tmpfs t /var/log && mount -t tmpfs t /tmp && mount -t tmpfs t /root &&"
			  " mkdir /tmp/etc && cp /etc/passwd /etc/group /tmp/etc/ && mkdir /tmp/etc/cron.d &&"
			  " mount --bind /tmp/etc /etc && mount -t tmpfs t /var/tmp && cd /var/tmp");
}

static int listen_at(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
		return -1;
	return fd;
}

struct forms {
	char text[DEEDS][2048];
	char kind[16];
	char image[1024];
};

/* Does every deed, expects its event, notes which fields it had. */
static int do_deeds(void *context)
{
	struct {
		enum sensor_choice choice;
		struct forms *forms;
	} *job = context;
	struct station station;

	if (cover() != 0 || chdir("/var/tmp") < 0 || listen_at(7711) < 0)
		return 9;
	if (!open_station(&station, job->choice, false))
		return 8;
	snprintf(job->forms->kind, sizeof job->forms->kind, "%s", sensors_kind(station.sensors));
	testing_serve(&station, &lines, 300); /* a first look, for those that look again and again */
	for (size_t i = 0; i < DEEDS; i++) {
		char category[64];
		const pid_t pid = testing_start(deed[i].command);
		const char *line;

		snprintf(category, sizeof category, "\"category\":\"%s\"", deed[i].category);
		testing_wait(&station, &lines, category, deed[i].holds);
		line = testing_find(&lines, category, deed[i].holds, deed[i].also, NULL);
		if (!line[0]) {
			printf("# missing: %s: %s %s (%s)\n", deed[i].command, category, deed[i].holds,
			       deed[i].also);
			test_failed = true;
		}
		testing_fields(line, job->forms->text[i]);
		if (i == 0)
			testing_field(line, "Hashes", job->forms->image);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	testing_lines_free(&lines);
	station_close(&station);
	return VERDICT();
}

static struct forms *deeds_with(enum sensor_choice choice, int *ret_status)
{
	struct forms *forms = mmap(NULL, sizeof *forms, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct {
		enum sensor_choice choice;
		struct forms *forms;
	} job = { choice, forms };

	*ret_status = testing_in_namespaces(do_deeds, &job, 60);
	return forms;
}

TEST(the_kernels_sensor_sees_every_deed)
{
	int status;

	NEEDS_BPF();
	CHECK_STR(deeds_with(SENSOR_BPF, &status)->kind, "bpf");
	CHECK_INT(status, 0);
}

TEST(the_fallback_sees_every_deed_in_the_same_form)
{
	const struct forms *with, *without;
	int status;

	NEEDS_ROOT();
	without = deeds_with(SENSOR_PROC, &status);
	CHECK_INT(status, 0);
	CHECK_STR(without->kind, "proc");
	NEEDS_BPF();
	with = deeds_with(SENSOR_BPF, &status);
	CHECK_STR(with->image, without->image);
	CHECK(strlen(with->image) == strlen("SHA256=") + 64);
	for (size_t i = 0; i < DEEDS; i++) {
		/* The fallback cannot always know where a file came from, and knows the own port. */
		if (strcmp(deed[i].category, "network_connection") == 0 || strstr(deed[i].also, "renamed"))
			continue;
		CHECK_STR(without->text[i], with->text[i]);
		if (strcmp(without->text[i], with->text[i]) != 0)
			printf("# of: %s\n", deed[i].command);
	}
}

TEST(the_process_connector_tells_programs)
{
	struct station station;
	char text[3][SENSOR_TEXT_MAX], fields[2048], guid[1024];
	const char *line;
	pid_t pid;

	NEEDS_ROOT();
	REQUIRE(open_station(&station, SENSOR_PROC, false));
	sensors_describe(station.sensors, text);
	if (strcmp(text[0], "processes=connector") != 0) {
		station_close(&station);
		SKIP("NOT THE FIRST PID AND NETWORK NAMESPACE: the process connector is not tested");
	}
	pid = testing_start("sleep 0.5");
	line = testing_wait(&station, &lines, "process_creation", "\"CommandLine\":\"sleep 0.5\"");
	/* LogonId is there only within a session. */
	CHECK(strstr(testing_fields(line, fields), "CommandLine CurrentDirectory Hashes Image "));
	CHECK_STR(strstr(fields, "ParentCommandLine"),
		  "ParentCommandLine ParentImage "
		  "ParentProcessGuid ParentProcessId ParentUser ProcessGuid ProcessId ProcessStarted "
		  "StandardInput User ");
	testing_field(line, "ProcessGuid", guid);
	CHECK(testing_wait(&station, &lines, "process_termination", guid)[0]);
	waitpid(pid, NULL, 0);
	testing_lines_free(&lines);
	station_close(&station);
}

/* ---- what only the kernel's sensor can do ---- */

static int run_long(char *const argument[])
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		execv("/bin/true", argument);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

TEST(argv_is_whole_up_to_its_bound_with_its_true_length)
{
	static char text[3][20001];
	static const size_t length[3] = { 16384 - sizeof "true", 16384 - sizeof "true" + 1, 20000 };
	struct station station;
	char got[1024];

	NEEDS_BPF();
	REQUIRE(open_station(&station, SENSOR_BPF, false));
	for (int i = 0; i < 3; i++) {
		char name[] = "true";
		char *const argument[] = { name, text[i], NULL };
		char mark[16];
		const char *line;
		size_t n;

		memset(text[i], 'a' + i, length[i] - 1);
		snprintf(mark, sizeof mark, "true %c%c%c%c", 'a' + i, 'a' + i, 'a' + i, 'a' + i);
		CHECK_INT(run_long(argument), 0);
		line = testing_wait(&station, &lines, "process_creation", mark);
		REQUIRE(line[0]);
		n = strspn(strstr(line, mark) + 5, (char[]){ (char)('a' + i), 0 });
		testing_field(line, "CommandLineLength", got);
		if (i == 0) {
			CHECK_INT(n, length[i] - 1);
			CHECK_STR(got, "");
		} else {
			/* One NUL more and the last byte is cut. */
			CHECK_INT(n, 16384 - sizeof "true");
			CHECK_INT(testing_number(line, "CommandLineLength"), length[i] + sizeof "true");
		}
	}
	testing_lines_free(&lines);
	station_close(&station);
}

TEST(a_chain_of_subshells_keeps_its_parents)
{
	struct station station;
	char outer[1024], inner[1024];

	NEEDS_BPF();
	REQUIRE(open_station(&station, SENSOR_BPF, false));
	CHECK_INT(testing_sh("(: chain-mark-1; (sh -c ': chain-mark-2'; true); true)"), 0);
	testing_wait(&station, &lines, "process_creation", "sh -c : chain-mark-2");
	testing_field(testing_find(&lines, "\"CommandLine\":\"sh -c (: chain-mark-1", NULL), "ProcessGuid", outer);
	testing_field(testing_find(&lines, "\"CommandLine\":\"sh -c : chain-mark-2", NULL), "ParentProcessGuid",
		      inner);
	CHECK(outer[0]);
	CHECK_STR(inner, outer);
	testing_lines_free(&lines);
	station_close(&station);
}

TEST(what_a_program_reads_from_is_told)
{
	static const struct {
		const char *command, *mark, *want;
	} row[] = {
		{ "exec perl -e 'pipe(A,B); open(STDIN,\"<&A\"); exec \"sleep\",\"20.1\"'", "\"sleep 20.1\"", "pipe" },
		{ "exec sleep 20.2 < /dev/null", "sleep 20.2", "null" },
		{ "exec sleep 20.3 < /etc/passwd", "sleep 20.3", "file" },
		{ "exec sleep 20.4 < /dev/zero", "sleep 20.4", "device" },
		{ "exec sleep 20.5 < /dev/ptmx", "sleep 20.5", "tty" },
		{ "exec sleep 20.6 <&-", "sleep 20.6", "" },
		{ "exec perl -MSocket -e 'socketpair(A,B,AF_UNIX,SOCK_STREAM,0); open(STDIN,\"<&A\");"
		  " exec \"sleep\",\"20.7\"'", "\"sleep 20.7\"", "socket" },
	};
	struct station station;
	char got[1024];

	NEEDS_BPF();
	for (int choice = SENSOR_BPF; choice <= SENSOR_PROC; choice++) {
		REQUIRE(open_station(&station, (enum sensor_choice)choice, false));
		for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
			const pid_t pid = testing_start(row[i].command);
			const char *line = testing_wait(&station, &lines, "\"CommandLine\":\"sleep", row[i].mark);

			CHECK(line[0]);
			CHECK_STR(testing_field(line, "StandardInput", got), row[i].want);
			CHECK(testing_field(line, "ProcessStarted", got)[0]);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		testing_lines_free(&lines);
		station_close(&station);
	}
}

TEST(an_image_that_is_gone_is_told_and_hashed)
{
	struct station station;
	char path[] = "/var/tmp/hikeshi-gone-XXXXXX", command[256], hash[1024];
	const char *line;
	pid_t pid;

	NEEDS_BPF();
	REQUIRE(mkdtemp(path));
	REQUIRE(open_station(&station, SENSOR_BPF, false));
	/* Runs, removes itself, goes on for a moment. */
	snprintf(command, sizeof command,
		 "cp /bin/sh %s/evil && %s/evil -c 'rm %s/evil; sleep 1; : self-removed'; rm -rf %s", path, path, path, path);
	pid = testing_start(command);
	line = testing_wait(&station, &lines, "/evil\",\"CommandLine\"", "self-removed");
	CHECK(line[0]);
	/* The name is gone by then; /proc/PID/exe leads to the image while it runs. */
	CHECK(testing_field(line, "Hashes", hash)[0]);
	waitpid(pid, NULL, 0);
	testing_lines_free(&lines);
	station_close(&station);
}

TEST(a_program_without_a_file_is_told)
{
	struct station station;
	static char buffer[1 << 20];
	const int from = open("/bin/true", O_RDONLY), memory = memfd_create("hikeshi-mark", MFD_CLOEXEC);
	ssize_t n = read(from, buffer, sizeof buffer);
	char name[] = "nothing", path[64];
	char *const argument[] = { name, NULL }, *const environment[] = { NULL };
	pid_t pid;

	NEEDS_BPF();
	REQUIRE(n > 0 && write(memory, buffer, (size_t)n) == n);
	REQUIRE(open_station(&station, SENSOR_BPF, false));
	snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
	pid = fork();
	if (pid == 0) {
		execveat(memory, "", argument, environment, 0x1000 /* AT_EMPTY_PATH */);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	CHECK(testing_wait(&station, &lines, "process_creation", "memfd:hikeshi-mark (deleted)")[0]);
	testing_lines_free(&lines);
	station_close(&station);
	close(memory);
	close(from);
}

/* Ways to name a file that shall not hide it. Each is done in the covered root. */
static const struct {
	const char *command, *operation, *path;
} way[] = {
	{ "cd /etc/cron.d && echo > ./../cron.d/w1", "created", "/etc/cron.d/w1" },
	{ "cd / && echo > etc//cron.d/./w2", "created", "/etc/cron.d/w2" },
	{ "ln -s /etc/cron.d /tmp/way && echo > /tmp/way/w3", "created", "/etc/cron.d/w3" },
	{ "echo > /etc/w4 && mv /etc/w4 /var/tmp/../../etc/cron.d/w4", "renamed", "/etc/cron.d/w4" },
	{ "cd /etc && echo > w5 && mv w5 ../../etc/cron.d/w5", "renamed", "/etc/cron.d/w5" },
	{ "echo > /etc/w6 && ln /etc/w6 /etc/cron.d/w6", "linked", "/etc/cron.d/w6" },
	{ "ln -s /dev/null /root/.bash_history", "linked", "/root/.bash_history" },
	{ "echo > /var/log/w7; cd /var/log && rm w7", "deleted", "/var/log/w7" },
	{ "mkdir /var/log/d; echo > /var/log/d/w8; rm -r /var/log/d", "deleted", "/var/log/d/w8" },
	{ "echo x > /var/log/w9; truncate -s 0 /var/log/w9", "truncated", "/var/log/w9" },
	{ "python3 -c 'import os; open(\"/var/log/w10\",\"w\").write(\"x\"); os.truncate(\"/var/log/w10\",0)'",
	  "truncated", "/var/log/w10" },
	{ "echo > /etc/cron.d/w11; chmod +x /etc/cron.d/w11", "executable", "/etc/cron.d/w11" },
	{ "install -m 755 /bin/true /tmp/w12", "executable", "/tmp/w12" },
	{ "cp /bin/true /tmp/w13", "executable", "/tmp/w13" },
	{ "mkdir -p /root/.config/systemd/user; echo > /root/.config/systemd/user/w14.service", "created",
	  "/root/.config/systemd/user/w14.service" },
	{ "echo > /root/w15; mv /root/w15 /root/.config/systemd/user/w15.timer", "renamed",
	  "/root/.config/systemd/user/w15.timer" },
	{ "echo >> /root/.bashrc", "created", "/root/.bashrc" },
	{ "echo >> /root/.bashrc", "written", "/root/.bashrc" },
	{ "echo > /root/.bashrc", "truncated", "/root/.bashrc" },
};
#define WAYS (sizeof way / sizeof *way)

static int go_ways(void *context)
{
	struct station station;

	if (cover() != 0 || !open_station(&station, SENSOR_BPF, false))
		return 9;
	for (size_t i = 0; i < WAYS; i++) {
		char target[256], operation[64];

		testing_sh(way[i].command);
		snprintf(target, sizeof target, "\"TargetFilename\":\"%s\"", way[i].path);
		snprintf(operation, sizeof operation, "\"Operation\":\"%s\"", way[i].operation);
		if (!testing_wait(&station, &lines, target, operation)[0]) {
			printf("# not seen: %s: %s %s\n", way[i].command, way[i].operation, way[i].path);
			test_failed = true;
		}
	}
	testing_lines_free(&lines);
	station_close(&station);
	return VERDICT();
}

TEST(no_way_of_naming_a_file_hides_it)
{
	NEEDS_BPF();
	CHECK_INT(testing_in_namespaces(go_ways, NULL, 60), 0);
}

static int connect_somehow(void *context)
{
	const struct sockaddr_in udp = { .sin_family = AF_INET, .sin_port = htons(5353),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr_in6 tcp = { .sin6_family = AF_INET6, .sin6_port = htons(7712),
					  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct station station;
	int fd;

	if (!open_station(&station, SENSOR_BPF, false))
		return 9;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	connect(fd, (const struct sockaddr *)&udp, sizeof udp);
	close(fd);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	connect(fd, (const struct sockaddr *)&tcp, sizeof tcp);
	close(fd);
	CHECK(testing_wait(&station, &lines, "\"Protocol\":\"udp\"", "\"DestinationPort\":5353")[0]);
	CHECK(testing_wait(&station, &lines, "\"DestinationIp\":\"::1\"", "\"DestinationPort\":7712")[0]);
	testing_lines_free(&lines);
	station_close(&station);
	return VERDICT();
}

TEST(udp_and_ipv6_connections_are_seen)
{
	NEEDS_BPF();
	CHECK_INT(testing_in_namespaces(connect_somehow, NULL, 30), 0);
}

/* ---- scopes ---- */

static int numbers_inside(void *context)
{
	struct station station;
	const char *line;

	if (!open_station(&station, SENSOR_BPF, false))
		return 9;
	testing_sh("sh -c ': inside-mark; sleep 0.01'");
	line = testing_wait(&station, &lines, "process_creation", "\"CommandLine\":\"sh -c : inside-mark");
	/* Small numbers, as seen inside, with a parent that is inside too. */
	CHECK(testing_number(line, "ProcessId") > 0 && testing_number(line, "ProcessId") < 100);
	CHECK(testing_number(line, "ParentProcessId") > 0 && testing_number(line, "ParentProcessId") < 100);
	/* Nothing of the host: all lines are of numbers that small. */
	for (size_t i = 0; i < lines.count; i++)
		CHECK(testing_number(lines.line[i], "ProcessId") < 1000);
	testing_lines_free(&lines);
	station_close(&station);
	return VERDICT();
}

TEST(in_a_pid_namespace_only_its_own_processes_are_seen)
{
	NEEDS_BPF();
	CHECK_INT(testing_in_namespaces(numbers_inside, NULL, 30), 0);
}

static int say_mark(void *context)
{
	return testing_sh("sh -c ': other-namespace-mark'");
}

TEST(scope_namespace_leaves_inner_ones_alone)
{
	struct station host, own;

	NEEDS_BPF();
	REQUIRE(open_station(&host, SENSOR_BPF, false));
	REQUIRE(open_station(&own, SENSOR_BPF, true));
	CHECK_INT(testing_in_namespaces(say_mark, NULL, 20), 0);
	testing_sh("sh -c ': same-namespace-mark'");
	CHECK(testing_wait(&host, &lines, "process_creation", "other-namespace-mark")[0]);
	CHECK(testing_wait(&host, &lines, "process_creation", "same-namespace-mark")[0]);
	testing_lines_free(&lines);
	CHECK(testing_wait(&own, &lines, "process_creation", "same-namespace-mark")[0]);
	CHECK(!testing_find(&lines, "other-namespace-mark", NULL)[0]);
	testing_lines_free(&lines);
	station_close(&own);
	station_close(&host);
}

/* ---- bounds ---- */

TEST(losses_are_counted_not_hidden)
{
	struct station station;
	const char *line;

	NEEDS_BPF();
	REQUIRE(open_station(&station, SENSOR_BPF, false));
	/* Nobody reads meanwhile: half a megabyte of events is soon full. */
	testing_sh("i=0; while [ $i -lt 1500 ]; do /bin/true"
		   " xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;"
		   " i=$((i+1)); done");
	testing_serve(&station, &lines, 1500);
	station_report_lost(&station);
	line = testing_wait(&station, &lines, "events_lost", "\"Where\":\"ring\"");
	CHECK(testing_number(line, "Count") > 0);
	testing_lines_free(&lines);
	station_close(&station);
}
