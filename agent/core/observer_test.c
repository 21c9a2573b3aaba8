#include "agent/agent.h"

#include <netinet/in.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/test.h"

static const struct uuid boot = { { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff } };

static struct sv name_of(void *context, uint32_t uid)
{
	return uid == 0 ? SV("root") : uid == 1000 ? SV("hana") : SV_NONE;
}

struct bench {
	struct outbox *outbox;
	struct observer *observer;
};

static struct bench bench_new(void)
{
	struct bench bench = { .outbox = outbox_new(OUTBOX_EVENTS_MAX, OUTBOX_BYTES_MAX) };
	const struct observer_options options = {
		.boot = boot, .outbox = bench.outbox, .user = name_of, .processes_max = 1000,
	};

	bench.observer = observer_new(&options);
	return bench;
}

static void bench_free(struct bench *bench)
{
	observer_free(bench->observer);
	outbox_free(bench->outbox);
}

static struct sighting sight(enum sighting_kind kind, uint32_t pid, uint32_t parent)
{
	return (struct sighting){
		.kind = kind,
		.at = { INT64_C(1795000000000000) },
		.process = { .key = { pid, pid }, .parent = { parent, parent }, .uid = 1000,
			     .effective_uid = 1000, .session = 3 },
	};
}

static void exec(struct bench *bench, uint32_t pid, uint32_t parent, const char *image, const char *line)
{
	struct sighting sighting = sight(SIGHTING_EXEC, pid, parent);

	sighting.process.image = sv_from(image);
	sighting.process.command_line = sv_from(line);
	sighting.process.directory = SV("/home/hana");
	observer_see(bench->observer, &sighting);
}

/* What stands behind the envelope, without the brace and the end of line; "" where there is nothing. */
static const char *next(struct bench *bench, char category[static 64], char room[static 4096])
{
	struct event_decoder *decoder = event_decoder_new();
	struct outbox_item item;
	struct event event;

	room[0] = category[0] = '\0';
	if (outbox_take(bench->outbox, 0, &item)) {
		const char *behind = strstr(item.line, "},");

		if (event_decode(decoder, (struct sv){ item.line, item.n - 1 }, &event, NULL) == 0)
			snprintf(category, 64, "%.*s", SV_ARG(event.envelope.category));
		snprintf(room, 4096, "%.*s", behind ? (int)strlen(behind) - 4 : 0, behind ? behind + 2 : "");
		free(item.line);
	}
	event_decoder_free(decoder);
	return room;
}

#define GUID(pid) "{aabbccdd-eeff-0000-" pid "-00000000" pid "}"

TEST(a_program_is_told_with_its_parent)
{
	struct bench bench = bench_new();
	char room[4096], category[64];

	exec(&bench, 0x10, 1, "/bin/sh", "sh -i");
	CHECK_STR(next(&bench, category, room),
		  "\"Image\":\"/bin/sh\",\"CommandLine\":\"sh -i\",\"CurrentDirectory\":\"/home/hana\","
		  "\"User\":\"hana\",\"LogonId\":3,\"ProcessId\":16,\"ProcessGuid\":\"" GUID("0010") "\","
		  "\"ParentProcessId\":1,\"ParentProcessGuid\":\"" GUID("0001") "\"");
	CHECK_STR(category, "process_creation");
	exec(&bench, 0x11, 0x10, "/bin/id", "id \"\n");
	CHECK_STR(next(&bench, category, room),
		  "\"Image\":\"/bin/id\",\"CommandLine\":\"id \\\"\\n\",\"CurrentDirectory\":\"/home/hana\","
		  "\"User\":\"hana\",\"LogonId\":3,\"ProcessId\":17,\"ProcessGuid\":\"" GUID("0011") "\","
		  "\"ParentProcessId\":16,\"ParentProcessGuid\":\"" GUID("0010") "\","
		  "\"ParentImage\":\"/bin/sh\",\"ParentCommandLine\":\"sh -i\",\"ParentUser\":\"hana\"");
	bench_free(&bench);
}

TEST(a_fork_is_no_event_but_a_link_in_the_chain)
{
	struct bench bench = bench_new();
	struct sighting fork = sight(SIGHTING_FORK, 0x11, 0x10);
	char room[4096], category[64];

	exec(&bench, 0x10, 1, "/bin/sh", "sh");
	next(&bench, category, room);
	observer_see(bench.observer, &fork);
	CHECK_STR(next(&bench, category, room), "");
	exec(&bench, 0x12, 0x11, "/bin/id", "id");
	next(&bench, category, room);
	CHECK(strstr(room, "\"ParentProcessId\":17,\"ParentProcessGuid\":\"" GUID("0010") "\",\"ParentImage\":\"/bin/sh\""));
	bench_free(&bench);
}

TEST(an_end_is_told_once_and_not_of_forks)
{
	struct bench bench = bench_new();
	struct sighting fork = sight(SIGHTING_FORK, 0x11, 0x10);
	struct sighting end = sight(SIGHTING_EXIT, 0x11, 0x10);
	char room[4096], category[64];

	exec(&bench, 0x10, 1, "/bin/sh", "sh");
	next(&bench, category, room);
	observer_see(bench.observer, &fork);
	observer_see(bench.observer, &end);
	CHECK_STR(next(&bench, category, room), "");
	end = sight(SIGHTING_EXIT, 0x10, 1);
	end.wait_status = 3 << 8;
	observer_see(bench.observer, &end);
	observer_see(bench.observer, &end);
	CHECK(strstr(next(&bench, category, room), "\"ExitCode\":3"));
	CHECK_STR(category, "process_termination");
	CHECK_STR(next(&bench, category, room), "");
	exec(&bench, 0x20, 1, "/bin/sh", "sh");
	next(&bench, category, room);
	end = sight(SIGHTING_EXIT, 0x20, 1);
	end.wait_status = 9;
	observer_see(bench.observer, &end);
	CHECK(strstr(next(&bench, category, room), "\"ExitSignal\":9"));
	bench_free(&bench);
}

TEST(what_the_agent_does_itself_is_not_told)
{
	struct bench bench = bench_new();
	struct sighting file = sight(SIGHTING_FILE, 0x11, 0x10);
	char room[4096], category[64];

	exec(&bench, 0x10, 1, "/bin/agent", "agent");
	next(&bench, category, room);
	process_mark_own(observer_table(bench.observer), (struct process_key){ 0x10, 0x10 });
	exec(&bench, 0x11, 0x10, "/usr/sbin/nft", "nft");
	file.path = SV("/etc/crontab");
	observer_see(bench.observer, &file);
	CHECK_STR(next(&bench, category, room), "");
	bench_free(&bench);
}

TEST(connections_are_told_with_addresses)
{
	static const struct {
		bool ipv6, udp;
		uint8_t remote[16];
		const char *want;
	} row[] = {
		{ false, false, { 192, 0, 2, 7 },
		  "\"Protocol\":\"tcp\",\"Initiated\":\"true\",\"DestinationIp\":\"192.0.2.7\","
		  "\"DestinationPort\":443,\"DestinationIsIpv6\":\"false\"" },
		{ true, true, { 0x20, 1, 0xd, 0xb8, [15] = 1 },
		  "\"Protocol\":\"udp\",\"Initiated\":\"true\",\"DestinationIp\":\"2001:db8::1\","
		  "\"DestinationPort\":443,\"DestinationIsIpv6\":\"true\"" },
		{ true, false, { [10] = 0xff, 0xff, 192, 0, 2, 9 },
		  "\"Protocol\":\"tcp\",\"Initiated\":\"true\",\"DestinationIp\":\"192.0.2.9\","
		  "\"DestinationPort\":443,\"DestinationIsIpv6\":\"false\"" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct bench bench = bench_new();
		struct sighting sighting = sight(SIGHTING_CONNECT, 0x10, 1);
		char room[4096], category[64];

		sighting.ipv6 = row[i].ipv6;
		sighting.udp = row[i].udp;
		sighting.remote_port = 443;
		memcpy(sighting.remote, row[i].remote, 16);
		observer_see(bench.observer, &sighting);
		CHECK(strstr(next(&bench, category, room), row[i].want));
		CHECK_STR(category, "network_connection");
		bench_free(&bench);
	}
}

TEST(file_operations_become_the_right_events)
{
	static const struct {
		enum file_operation operation;
		const char *path, *source, *category, *target, *name; /* category NULL: none */
	} row[] = {
		{ FILE_CREATED, "/etc/cron.d/x", NULL, "file_event", "/etc/cron.d/x", "created" },
		{ FILE_WRITTEN, "/root/.bashrc", NULL, "file_event", "/root/.bashrc", "written" },
		{ FILE_TRUNCATED, "/etc/crontab", NULL, "file_event", "/etc/crontab", "truncated" },
		{ FILE_DELETED, "/etc/sudoers.d/x", NULL, "file_delete", "/etc/sudoers.d/x", "deleted" },
		{ FILE_RENAMED, "/etc/cron.d/x", "/tmp/x", "file_event", "/etc/cron.d/x", "renamed" },
		{ FILE_RENAMED, "/tmp/x", "/etc/cron.d/x", "file_delete", "/etc/cron.d/x", "renamed" },
		{ FILE_RENAMED, "/home/a/x", "/var/log/auth.log", "file_delete", "/var/log/auth.log", "renamed" },
		{ FILE_RENAMED, "/var/log/a.1", "/var/log/a", "file_event", "/var/log/a.1", "renamed" },
		{ FILE_LINKED, "/etc/systemd/system/x.service", "/a", "file_event",
		  "/etc/systemd/system/x.service", "linked" },
		{ FILE_TRUNCATED, "/var/log/auth.log", NULL, "file_change", "/var/log/auth.log", "truncated" },
		{ FILE_TRUNCATED, "/home/a/.bash_history", NULL, "file_change", "/home/a/.bash_history",
		  "truncated" },
		{ FILE_LINKED, "/home/a/.bash_history", "/dev/null", "file_event", "/home/a/.bash_history",
		  "linked" },
		{ FILE_LINKED, "/var/log/auth.log", "/dev/null", "file_event", "/var/log/auth.log", "linked" },
		{ FILE_DELETED, "/var/log/auth.log", NULL, "file_delete", "/var/log/auth.log", "deleted" },
		{ FILE_EXECUTABLE, "/tmp/x", NULL, "file_event", "/tmp/x", "executable" },
		{ FILE_CREATED, "/var/log/new.log", NULL, NULL, NULL, NULL },
		{ FILE_WRITTEN, "/var/log/auth.log", NULL, NULL, NULL, NULL },
		{ FILE_LINKED, "/var/log/a", "/var/log/b", NULL, NULL, NULL },
		{ FILE_CREATED, "/tmp/x", NULL, NULL, NULL, NULL },
		{ FILE_DELETED, "/tmp/x", NULL, NULL, NULL, NULL },
		{ FILE_RENAMED, "/tmp/x", "/tmp/y", NULL, NULL, NULL },
		{ FILE_CREATED, "/home/a/notes", NULL, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct bench bench = bench_new();
		struct sighting sighting = sight(SIGHTING_FILE, 0x10, 1);
		char room[4096], category[64], want[256];

		sighting.operation = row[i].operation;
		sighting.path = sv_from(row[i].path);
		sighting.source = sv_from(row[i].source);
		observer_see(bench.observer, &sighting);
		next(&bench, category, room);
		CHECK_STR(category, row[i].category ? row[i].category : "");
		snprintf(want, sizeof want, "\"TargetFilename\":\"%s\",\"Operation\":\"%s\"",
			 row[i].target ? row[i].target : "", row[i].name ? row[i].name : "");
		if (row[i].category && !strstr(room, want)) {
			printf("# %s\n", room);
			CHECK_STR("", want);
		}
		bench_free(&bench);
	}
}

TEST(a_command_line_that_does_not_fit_is_cut_and_says_so)
{
	static char line[16384];
	struct bench bench = bench_new();
	struct sighting sighting = sight(SIGHTING_EXEC, 0x10, 1);
	struct outbox_item item;

	memset(line, 1, sizeof line); /* six bytes each in JSON */
	sighting.process.image = SV("/bin/x");
	sighting.process.command_line = (struct sv){ line, sizeof line };
	sighting.command_line_true = 100000;
	observer_see(bench.observer, &sighting);
	REQUIRE(outbox_take(bench.outbox, 0, &item));
	CHECK(item.n <= OUTBOX_LINE_MAX);
	CHECK(strstr(item.line, "\"CommandLineLength\":100000"));
	free(item.line);
	bench_free(&bench);
}

static bool look(void *context, struct process_key key, struct process_facts *ret)
{
	*ret = (struct process_facts){ .key = { key.pid, 99 }, .image = SV("/bin/found") };
	return key.pid == 0x77;
}

TEST(an_actor_that_nobody_told_is_looked_up)
{
	struct bench bench = bench_new();
	struct observer_options options = {
		.boot = boot, .outbox = bench.outbox, .user = name_of, .look = look, .processes_max = 10,
	};
	struct observer *observer = observer_new(&options);
	struct sighting sighting = { .kind = SIGHTING_FILE, .process.key.pid = 0x77,
				     .path = SV("/etc/crontab"), .operation = FILE_CREATED };
	char room[4096], category[64];

	observer_see(observer, &sighting);
	CHECK(strstr(next(&bench, category, room), "\"Image\":\"/bin/found\",\"User\":\"root\",\"ProcessId\":119"));
	sighting.process.key.pid = 0x78;
	observer_see(observer, &sighting);
	CHECK(strstr(next(&bench, category, room), "\"Operation\":\"created\",\"ProcessId\":120"));
	sighting.process.key.pid = 0; /* inotify tells nobody */
	observer_see(observer, &sighting);
	CHECK_STR(next(&bench, category, room), "\"TargetFilename\":\"/etc/crontab\",\"Operation\":\"created\"");
	observer_free(observer);
	bench_free(&bench);
}

TEST(reports_are_events_of_hikeshi)
{
	size_t n;
	const struct report_field field[] = {
		REPORT_TEXT("ActionId", SV("a")), REPORT_NUMBER("Size", 7), REPORT_ITEM("Sensors", SV("x")),
		REPORT_ITEM("Sensors", SV("y")),
	};
	char *line = report_line((struct instant){ 0 }, SV("action_result"), field, 4, &n);

	CHECK_INT(strlen(line), n);
	CHECK(strstr(line, "\"product\":\"hikeshi\",\"category\":\"action_result\"}"));
	CHECK(strstr(line, ",\"ActionId\":\"a\",\"Size\":7,\"Sensors\":[\"x\",\"y\"]}\n"));
	free(line);
}
