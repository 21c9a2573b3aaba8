/*
 * The sensor's process as it ships; this test is its parent and its courier.
 * In namespaces of its own, because it isolates and ends processes for real.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "agent/linux/testing.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/role.h"
#include "base/test.h"
#include "wire/wire.h"

#define DEVICE "01a1fd89-b51e-70dd-b996-643ff834319e"
#define OTHER_DEVICE "01a1fd89-b51e-70dd-b996-643ff8343190"
#define VERDICT() (test_failed ? 1 : 0)
#define NEEDS_ROOT() if (!testing_is_root()) SKIP("NOT ROOT: the sensor's process is not tested")

struct rig {
	char folder[64];
	struct data_paths paths;
	struct wire_sign_key key;
	struct wire_check_key check;
	struct role_process process;
	int link; /* our end as the courier */
	bool confirm, removed;
	uint64_t last;
	unsigned refused;
	struct testing_lines *lines;
};

static struct testing_lines lines;

static void rig_make(struct rig *rig)
{
	struct agent_identity identity = { .device = DEVICE, .devices_url = "https://127.0.0.1:8444",
					   .enrolled_url = "https://127.0.0.1:8443" };
	struct buf buf;

	*rig = (struct rig){ .folder = "/tmp/hikeshi-rig-XXXXXX", .link = -1, .confirm = true, .lines = &lines };
	if (!mkdtemp(rig->folder))
		abort();
	wire_make_sign_key(&rig->key, &rig->check);
	memcpy(identity.check_key, rig->check.byte, sizeof identity.check_key);
	buf_init(&buf, 8192);
	agent_identity_print(&identity, &buf);
	if (data_paths_make(rig->folder, &rig->paths, NULL) < 0 ||
	    file_write(rig->paths.identity, buf_sv(&buf), 0600, NULL) < 0)
		abort();
	buf_done(&buf);
}

/*
 * What a child of ours does would be the agent's own: we are its parent. So a
 * shell that nobody started does what the tests want to be seen.
 */
static void rig_adopt_stranger(struct rig *rig)
{
	char command[300];

	snprintf(command, sizeof command,
		 "(while :; do if [ -f %s/todo ]; then . %s/todo; rm %s/todo; fi; sleep 0.02; done) >/dev/null & :",
		 rig->folder, rig->folder, rig->folder);
	testing_sh(command);
}

static void rig_do(struct rig *rig, const char *command)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/todo", rig->folder);
	CHECK_INT(file_write(path, sv_from(command), 0600, NULL), 0);
	while (access(path, F_OK) == 0)
		usleep(10000);
}

/*
 * Found before any test enters a root of its own: where this test itself runs
 * in a changed root, its own path means nothing in there.
 */
static char program[PATH_MAX];
static struct err program_err;

__attribute__((constructor)) static void find_program(void)
{
	(void)program_beside(SENSOR_PROGRAM, program, &program_err);
}

static bool rig_start(struct rig *rig)
{
	const char *const argument[] = { "--data", rig->folder, NULL };
	const struct role_options options = { .name = "sensor", .program = program, .argument = argument };
	struct message message;
	struct err err = ERR_INIT;
	int pair[2];

	if (program_err.code != ERR_OK) {
		printf("# %s\n", program_err.text);
		return false;
	}
	if (role_spawn(&options, &rig->process, &err) < 0 ||
	    message_receive(rig->process.channel, 20000, &message, &err) <= 0 ||
	    message.type != MESSAGE_READY || message_pair(pair, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	message_done(&message);
	message_init(&message, MESSAGE_PEER);
	message_put_sv(&message, SV("courier"));
	message_put_fd(&message, pair[1]);
	message_send(rig->process.channel, &message, &err);
	message_done(&message);
	close(pair[1]);
	rig->link = pair[0];
	return true;
}

/* signal 0: it is to end by itself. Returns the status of waitpid. */
static int rig_stop(struct rig *rig, int signal)
{
	if (signal)
		kill(rig->process.pid, signal);
	if (rig->link >= 0)
		close(rig->link);
	rig->link = -1;
	return role_reap(&rig->process);
}

static void rig_end(struct rig *rig)
{
	char command[128];

	testing_lines_free(rig->lines);
	snprintf(command, sizeof command, "rm -rf %s", rig->folder);
	testing_sh(command);
}

static void take_lines(struct rig *rig, struct message *message)
{
	uint64_t number = 0, count = 0;
	struct sv text = SV_NONE;
	struct message answer;

	CHECK_INT(message_get_u64(message, UINT64_MAX, &number, NULL), 0);
	CHECK_INT(message_get_u64(message, LINES_COUNT_MAX, &count, NULL), 0);
	CHECK_INT(message_get_sv(message, LINES_BYTES_MAX, &text, NULL), 0);
	while (text.n > 0 && rig->lines->count < sizeof rig->lines->line / sizeof *rig->lines->line) {
		rig->lines->line[rig->lines->count++] = mem_dup_sv(sv_cut(&text, '\n'));
		count--;
	}
	CHECK_INT(count, 0);
	if (!rig->confirm)
		return;
	message_init(&answer, AGENT_STORED);
	message_put_u64(&answer, number);
	message_send(rig->link, &answer, NULL);
	message_done(&answer);
}

/* Is the courier and the parent for one message. False: the sensor is gone. */
static bool rig_serve(struct rig *rig, int wait_ms)
{
	struct message message;
	struct err err = ERR_INIT;
	int got = message_receive(rig->link, wait_ms, &message, &err);

	if (got < 0 && err.code == ERR_UNAVAILABLE)
		got = 2;
	if (got == 1) {
		if (message.type == AGENT_LINES)
			take_lines(rig, &message);
		else if (message.type == AGENT_ORDER_LAST)
			CHECK_INT(message_get_u64(&message, UINT64_MAX, &rig->last, NULL), 0);
		else if (message.type == AGENT_ORDER_REFUSED)
			rig->refused++;
		message_done(&message);
	}
	if (message_receive(rig->process.channel, 0, &message, NULL) == 1) {
		rig->removed |= message.type == AGENT_REMOVE;
		message_done(&message);
	}
	return got > 0;
}

static const char *rig_wait(struct rig *rig, const char *one, const char *two)
{
	const uint64_t until = clock_monotonic_us() + 15000000;

	while (!testing_find(rig->lines, one, two, NULL)[0] && clock_monotonic_us() < until)
		if (!rig_serve(rig, 100))
			break;
	return testing_find(rig->lines, one, two, NULL);
}

/* ---- orders ---- */

struct forged {
	const char *subject;
	enum wire_kind kind;
	uint64_t number;
	int64_t expires_in; /* seconds */
	bool wrong_key;
};

static void send_json(struct rig *rig, struct sv json)
{
	struct message message;

	message_init(&message, AGENT_ORDER);
	message_put_sv(&message, json);
	message_send(rig->link, &message, NULL);
	message_done(&message);
}

static void send_order(struct rig *rig, const struct forged *forged, const char *payload)
{
	struct wire_sign_key other;
	struct wire_check_key unused;
	const struct wire_order order = {
		.kind = forged->kind,
		.subject = sv_from(forged->subject),
		.number = forged->number,
		.expiry = { clock_now(clock_real()).us + forged->expires_in * INSTANT_SECOND },
		.payload = sv_from(payload),
	};
	struct buf json;

	wire_make_sign_key(&other, &unused);
	buf_init(&json, 65536);
	CHECK_INT(wire_order_seal(&order, forged->wrong_key ? &other : &rig->key, &json, NULL), 0);
	send_json(rig, buf_sv(&json));
	buf_done(&json);
}

static void send_command(struct rig *rig, uint64_t number, const char *payload)
{
	send_order(rig, &(struct forged){ DEVICE, WIRE_COMMAND, number, 60, false }, payload);
}

static int refuse_orders(void *context)
{
	static const struct {
		struct forged forged;
		const char *payload, *reason;
		bool used_up; /* the centre's own word, so its number is gone */
	} row[] = {
		{ { OTHER_DEVICE, WIRE_COMMAND, 10, 60, false }, "{\"action_id\":\"r0\",\"kind\":\"isolate\"}", "", false },
		{ { DEVICE, WIRE_COMMAND, 10, -60, false }, "{\"action_id\":\"r1\",\"kind\":\"isolate\"}", "", false },
		{ { DEVICE, WIRE_COMMAND, 10, 60, true }, "{\"action_id\":\"r2\",\"kind\":\"isolate\"}", "", false },
		{ { DEVICE, WIRE_COMMAND, 5, 60, false }, "{\"action_id\":\"r3\",\"kind\":\"isolate\"}", "", false },
		{ { DEVICE, WIRE_COMMAND, 4, 60, false }, "{\"action_id\":\"r4\",\"kind\":\"isolate\"}", "", false },
		{ { DEVICE, WIRE_RULES, 6, 60, false }, "{\"action_id\":\"r5\",\"kind\":\"isolate\"}", "rules", true },
		{ { DEVICE, WIRE_COMMAND, 7, 60, false }, "{\"action_id\":\"r6\",\"kind\":\"erase\"}", "kind", true },
		{ { DEVICE, WIRE_COMMAND, 8, 60, false }, "[1]", "", true },
	};
	struct rig rig;
	char count[1024];

	rig_make(&rig);
	if (!rig_start(&rig))
		return 9;
	/* One good order first: its number is the last from then on. */
	send_command(&rig, 5, "{\"action_id\":\"good\",\"kind\":\"release\"}");
	CHECK(rig_wait(&rig, "action_result", "\"ActionId\":\"good\"")[0]);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		testing_lines_free(rig.lines);
		send_order(&rig, &row[i].forged, row[i].payload);
		CHECK(rig_wait(&rig, "order_refused", "\"OrderDigest\"")[0]);
		if (!testing_find(rig.lines, "order_refused", row[i].reason, NULL)[0]) {
			printf("# row %zu: %s\n", i, testing_find(rig.lines, "order_refused", NULL));
			test_failed = true;
		}
		CHECK_INT(rig.last, row[i].used_up ? row[i].forged.number : i < 5 ? 5 : rig.last);
	}
	testing_lines_free(rig.lines);
	send_json(&rig, SV("{\"kind\":"));
	CHECK(rig_wait(&rig, "order_refused", "\"Code\":\"format\"")[0]);
	/* The same again and again: one event, not a flood; the courier is told each time. */
	testing_lines_free(rig.lines);
	rig.refused = 0;
	for (int i = 0; i < 20; i++) {
		send_json(&rig, SV("{\"kind\":"));
		rig_serve(&rig, 50);
	}
	send_json(&rig, SV("{\"other\":"));
	rig_wait(&rig, "order_refused", "\"Code\":\"format\"");
	for (int i = 0; i < 20; i++)
		rig_serve(&rig, 20);
	CHECK_INT(testing_count(rig.lines, "order_refused"), 1);
	CHECK_INT(rig.refused, 21);
	CHECK_STR(testing_field(testing_find(rig.lines, "order_refused", NULL), "Count", count), "1");
	CHECK(!isolation_holds()); /* nothing of all that was done */
	CHECK_INT(rig_stop(&rig, SIGTERM), 0);
	rig_end(&rig);
	return VERDICT();
}

TEST(orders_that_are_not_the_centres_word_are_refused_and_told)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(refuse_orders, NULL, 100), 0);
}

static int kill_and_collect(void *context)
{
	char payload[200], guid[GUID_TEXT_MAX], path[1024], digest[1024], command[5000];
	const char *line;
	struct uuid boot;
	struct rig rig;
	uint64_t pid = 0;
	struct buf buf;

	rig_make(&rig);
	rig_adopt_stranger(&rig);
	proc_boot_id(&boot);
	if (!rig_start(&rig))
		return 9;
	CHECK(rig_wait(&rig, "agent_started", "SensorKind")[0]);
	snprintf(payload, sizeof payload, "(sleep 62.1 & sleep 62.2) & echo $! > %s/pid", rig.folder);
	rig_do(&rig, payload);
	snprintf(path, sizeof path, "%s/pid", rig.folder);
	buf_init(&buf, 32);
	CHECK_INT(file_read(path, &buf, NULL), 0);
	CHECK(sv_to_u64(sv_trim(buf_sv(&buf)), &pid));
	buf_done(&buf);
	usleep(300000);
	guid_format(&boot, (struct process_key){ (uint32_t)pid, proc_start((uint32_t)pid) }, guid);
	snprintf(payload, sizeof payload, "{\"action_id\":\"k\",\"kind\":\"kill\",\"process_guid\":\"%s\"}", guid);
	send_command(&rig, 1, payload);
	line = rig_wait(&rig, "action_result", "\"ActionId\":\"k\"");
	CHECK(strstr(line, "\"product\":\"hikeshi\"") && strstr(line, "\"Kind\":\"kill\",\"Result\":\"done\""));
	CHECK(testing_number(line, "Killed") >= 2);
	CHECK_INT(testing_number(line, "OrderNumber"), 1);
	CHECK_INT(proc_start((uint32_t)pid), 0);
	CHECK_INT(testing_sh("pgrep -f 'sleep 62[.]' >/dev/null"), 1);
	send_command(&rig, 2, payload);
	line = rig_wait(&rig, "\"OrderNumber\":2", "\"ActionId\":\"k\"");
	CHECK(strstr(line, "\"Result\":\"failed\""));

	send_command(&rig, 3, "{\"action_id\":\"c\",\"kind\":\"collect\"}");
	line = rig_wait(&rig, "action_result", "\"ActionId\":\"c\"");
	CHECK(strstr(line, "\"Result\":\"done\""));
	testing_field(line, "Path", path);
	snprintf(command, sizeof command,
		 "test \"$(sha256sum < '%s' | cut -c -64)\" = '%s' && test $(stat -c %%s '%s') = %llu &&"
		 " zstd -dq < '%s' | tar -xO processes.ndjson | grep -q '\"ProcessId\":1,'",
		 path, testing_field(line, "Sha256", digest), path,
		 (unsigned long long)testing_number(line, "Size"), path);
	CHECK_INT(testing_sh(command), 0);
	/* Neither the kill's helper nor the collector shows up among the events. */
	CHECK(!testing_find(rig.lines, "process_creation", "hikeshi-agent", NULL)[0]);
	CHECK_INT(rig_stop(&rig, SIGTERM), 0);
	rig_end(&rig);
	return VERDICT();
}

TEST(kill_and_collect_are_done_and_reported)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(kill_and_collect, NULL, 100), 0);
}

static int isolate_and_crash(void *context)
{
	struct rig rig;

	rig_make(&rig);
	if (!rig_start(&rig))
		return 9;
	send_command(&rig, 1, "{\"action_id\":\"i\",\"kind\":\"isolate\"}");
	CHECK(strstr(rig_wait(&rig, "action_result", "\"ActionId\":\"i\""), "\"Result\":\"done\""));
	CHECK(isolation_holds());
	rig_stop(&rig, SIGKILL);
	CHECK(isolation_holds()); /* stays while the agent is away */
	/* As after a restart of the host: the rules are gone, the agent knows. */
	testing_sh("nft flush ruleset");
	testing_lines_free(rig.lines);
	if (!rig_start(&rig))
		return 9;
	CHECK(rig_wait(&rig, "isolation_restored", "\"Result\":\"done\"")[0]);
	CHECK(isolation_holds());
	for (int i = 0; i < 10; i++)
		rig_serve(&rig, 20);
	CHECK_INT(rig.last, 1);
	/* The order from before comes again: refused. */
	send_command(&rig, 1, "{\"action_id\":\"i\",\"kind\":\"isolate\"}");
	CHECK(rig_wait(&rig, "order_refused", "OrderDigest")[0]);
	send_command(&rig, 2, "{\"action_id\":\"r\",\"kind\":\"release\"}");
	CHECK(strstr(rig_wait(&rig, "action_result", "\"ActionId\":\"r\""), "\"Result\":\"done\""));
	CHECK(!isolation_holds());
	/* A result that nobody confirmed is told again after a crash. */
	rig.confirm = false;
	send_command(&rig, 3, "{\"action_id\":\"again\",\"kind\":\"isolate\"}");
	CHECK(rig_wait(&rig, "action_result", "\"ActionId\":\"again\"")[0]);
	rig_stop(&rig, SIGKILL);
	rig.confirm = true;
	testing_lines_free(rig.lines);
	if (!rig_start(&rig))
		return 9;
	CHECK(strstr(rig_wait(&rig, "action_result", "\"ActionId\":\"again\""), "\"Result\":\"done\""));
	/* Uninstall opens the network first. */
	send_command(&rig, 4, "{\"action_id\":\"u\",\"kind\":\"uninstall\"}");
	CHECK(strstr(rig_wait(&rig, "action_result", "\"ActionId\":\"u\""), "\"Result\":\"done\""));
	for (int i = 0; i < 50 && !rig.removed; i++)
		rig_serve(&rig, 50);
	CHECK(rig.removed);
	CHECK(!isolation_holds());
	CHECK_INT(rig_stop(&rig, SIGTERM), 0);
	rig_end(&rig);
	return VERDICT();
}

TEST(isolation_outlives_crashes_and_uninstall_ends_it)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(isolate_and_crash, NULL, 100), 0);
}

static int lose_courier(void *context)
{
	struct rig rig;
	struct message message;
	int pair[2];

	rig_make(&rig);
	rig_adopt_stranger(&rig);
	if (!rig_start(&rig))
		return 9;
	CHECK(rig_wait(&rig, "agent_started", "SensorKind")[0]);
	/* The courier reads nothing more and dies: what it had not confirmed is counted as lost. */
	rig.confirm = false;
	rig_do(&rig, "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done");
	rig_wait(&rig, "process_creation", "/true");
	close(rig.link);
	rig_do(&rig, "/bin/true after-the-loss");
	rig.confirm = true;
	CHECK_INT(message_pair(pair, NULL), 0);
	message_init(&message, MESSAGE_PEER);
	message_put_sv(&message, SV("courier"));
	message_put_fd(&message, pair[1]);
	message_send(rig.process.channel, &message, NULL);
	message_done(&message);
	close(pair[1]);
	rig.link = pair[0];
	CHECK(rig_wait(&rig, "process_creation", "true after-the-loss")[0]);
	CHECK(testing_number(rig_wait(&rig, "events_lost", "\"Where\":\"courier\""), "Count") > 0);
	CHECK_INT(rig_stop(&rig, SIGTERM), 0);
	rig_end(&rig);
	return VERDICT();
}

TEST(what_dies_with_a_courier_is_counted)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(lose_courier, NULL, 60), 0);
}

static int break_state(void *context)
{
	struct rig rig;

	rig_make(&rig);
	CHECK_INT(file_write(rig.paths.state, SV("{\"last_order\":"), 0600, NULL), 0);
	if (!rig_start(&rig))
		return 9;
	CHECK(rig_wait(&rig, "state_lost", "Detail")[0]); /* said, and the agent goes on */
	send_command(&rig, 1, "{\"action_id\":\"x\",\"kind\":\"release\"}");
	CHECK(rig_wait(&rig, "action_result", "\"ActionId\":\"x\"")[0]);
	CHECK_INT(rig_stop(&rig, SIGTERM), 0);
	rig_end(&rig);
	return VERDICT();
}

TEST(a_damaged_state_is_told_and_replaced)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(break_state, NULL, 60), 0);
}

static int measure(void *context)
{
	uint64_t sum = 0;
	struct rig rig;

	rig_make(&rig);
	rig_adopt_stranger(&rig);
	if (!rig_start(&rig))
		return 9;
	for (int i = 0; i < 20; i++)
		rig_serve(&rig, 50);
	rig_do(&rig, "i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i+1)); done");
	for (int i = 0; i < 40; i++)
		rig_serve(&rig, 50);
	sum = proc_resident((uint32_t)rig.process.pid);
	printf("# sensor: %llu kB resident\n", (unsigned long long)sum / 1024);
#if !defined(__SANITIZE_ADDRESS__)
	CHECK(sum < 12U << 20);
#endif
	CHECK_INT(rig_stop(&rig, SIGTERM), 0);
	rig_end(&rig);
	return VERDICT();
}

TEST(the_sensor_stays_small)
{
	NEEDS_ROOT();
	CHECK_INT(testing_in_namespaces(measure, NULL, 60), 0);
}
