/*
 * sensor_role.c - the privileged process: sensors in the main thread, sending
 * and actions in two others. It reads nothing from the network.
 */
#include "agent/linux/sensor_role.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/role.h"

#define SENSE_STEP_US 20000
#define LAST_WAIT_MS 1500 /* at the end, for what is still on its way */
#define COURIER_ERROR_MAX 256
#define OWN_MAX 16 /* processes of the agent whose memory is added up */

struct courier_word {
	uint64_t batches, bytes, dropped;
	bool connected;
	char error[COURIER_ERROR_MAX];
};

enum sense { SENSE_AS_IT_IS, SENSE_ON, SENSE_OFF, SENSE_FAILED };

struct duty {
	const struct log *log;
	const struct program_options *options;
	struct data_paths paths;
	struct agent_identity identity;
	struct station station;
	struct sender *sender;
	struct actor *actor;
	struct courier_word courier;
	struct instant since;
	atomic_int sense; /* enum sense: asked by the actor, answered by the main thread */
	uint64_t health_us, status_us, isolation_us;
	int signal_fd;
};

static struct instant now(void)
{
	return clock_now(clock_real());
}

/* ---- to the courier and the parent; called from the actor's thread too ---- */

static void tell_peer(struct duty *duty, uint16_t type, uint64_t number, bool with_number)
{
	const int peer = sender_peer(duty->sender);
	struct message message;

	if (peer < 0)
		return;
	message_init(&message, type);
	if (with_number)
		message_put_u64(&message, number);
	message_send(peer, &message, NULL);
	message_done(&message);
}

static void tell_last(void *context, uint64_t number)
{
	tell_peer(context, AGENT_ORDER_LAST, number, true);
}

static void tell_refused(void *context)
{
	tell_peer(context, AGENT_ORDER_REFUSED, 0, false);
}

static void tell_remove(void *context)
{
	struct message message;

	message_init(&message, AGENT_REMOVE);
	message_send(ROLE_CHANNEL_FD, &message, NULL);
	message_done(&message);
}

/* ---- the licence: sensors work or rest ---- */

/* The actor's thread asks; the sensors are the main thread's. */
static int ask_sense(void *context, bool on, struct err *err)
{
	const uint64_t until = clock_monotonic_us() + SENSE_WAIT_MS * UINT64_C(1000);
	struct duty *duty = context;
	int sense;

	atomic_store(&duty->sense, on ? SENSE_ON : SENSE_OFF);
	while ((sense = atomic_load(&duty->sense)) != SENSE_AS_IT_IS && sense != SENSE_FAILED) {
		if (clock_monotonic_us() > until)
			return err_set(err, ERR_UNAVAILABLE, "the sensors do not answer");
		usleep(SENSE_STEP_US);
	}
	return sense == SENSE_FAILED ? err_set(err, ERR_UNAVAILABLE, "the sensors do not open") : 0;
}

static void answer_sense(struct duty *duty)
{
	const int sense = atomic_load(&duty->sense);
	const bool works = duty->station.sensors != NULL;
	struct err err = ERR_INIT;
	int result = 0;

	if (sense != SENSE_ON && sense != SENSE_OFF)
		return;
	if (sense == SENSE_OFF && works)
		station_rest(&duty->station);
	else if (sense == SENSE_ON && !works)
		result = station_wake(&duty->station, &err);
	if (result < 0)
		log_error(duty->log, LOG_ERROR, "the sensors do not open", &err);
	else if (works != (sense == SENSE_ON))
		log_line(duty->log, LOG_INFO, works ? "the sensors rest" : "the sensors work");
	atomic_store(&duty->sense, result < 0 ? SENSE_FAILED : SENSE_AS_IT_IS);
}

static bool is_licensed(const struct duty *duty)
{
	return actor_licence_off(duty->actor).us == 0;
}

/* ---- from them ---- */

static int take_courier_word(struct duty *duty, struct message *message, struct err *err)
{
	struct courier_word word;
	struct sv error;

	if (message_get_u64(message, UINT64_MAX, &word.batches, err) < 0 ||
	    message_get_u64(message, UINT64_MAX, &word.bytes, err) < 0 ||
	    message_get_u64(message, UINT64_MAX, &word.dropped, err) < 0 ||
	    message_get_bool(message, &word.connected, err) < 0 ||
	    message_get_text(message, LOST_TEXT_MAX, &error, err) < 0 || message_end(message, err) < 0)
		return -1;
	snprintf(word.error, sizeof word.error, "%.*s", SV_ARG(error));
	/* A courier that was started again counts from zero. */
	if (word.dropped > duty->courier.dropped)
		report(duty->station.outbox, now(), SV("events_lost"),
		       (const struct report_field[]){
			       REPORT_NUMBER("Count", word.dropped - duty->courier.dropped),
			       REPORT_TEXT("Where", SV("spool")) },
		       2, true);
	duty->courier = word;
	return 0;
}

static int take_order(struct duty *duty, struct message *message, struct err *err)
{
	struct sv json;

	if (message_get_sv(message, ORDER_BYTES_MAX, &json, err) < 0 || message_end(message, err) < 0)
		return -1;
	actor_take(duty->actor, json);
	return 0;
}

static int take_stored(struct duty *duty, struct message *message, struct err *err)
{
	uint64_t number;

	if (message_get_u64(message, UINT64_MAX, &number, err) < 0 || message_end(message, err) < 0)
		return -1;
	sender_stored(duty->sender, number);
	return 0;
}

/* The courier talks with the network, so whatever it says wrongly ends the link. */
static void serve_courier(struct duty *duty)
{
	const int peer = sender_peer(duty->sender);
	struct err err = ERR_INIT;
	struct message message;
	int got, result;

	if (peer < 0)
		return;
	got = message_receive(peer, 0, &message, &err);
	if (got < 0 && err.code == ERR_UNAVAILABLE)
		return;
	if (got <= 0) {
		if (got < 0)
			log_error(duty->log, LOG_ERROR, "the courier", &err);
		sender_drop_peer(duty->sender);
		return;
	}
	if (message.type == AGENT_STORED)
		result = take_stored(duty, &message, &err);
	else if (message.type == AGENT_ORDER)
		result = take_order(duty, &message, &err);
	else if (message.type == AGENT_COURIER)
		result = take_courier_word(duty, &message, &err);
	else
		result = err_set(&err, ERR_FORMAT, "message %u is none for the sensor", message.type);
	message_done(&message);
	if (result < 0) {
		log_error(duty->log, LOG_ERROR, "the courier broke the rules", &err);
		sender_drop_peer(duty->sender);
	}
}

static bool serve_parent(struct duty *duty)
{
	struct err err = ERR_INIT;
	struct message message;
	struct sv name;
	int peer;

	if (message_receive(ROLE_CHANNEL_FD, 0, &message, &err) <= 0)
		return false;
	if (message.type == MESSAGE_PEER && role_get_peer(&message, &name, &peer, &err) == 0) {
		sender_set_peer(duty->sender, peer);
		duty->courier = (struct courier_word){ .dropped = 0 };
		tell_last(duty, actor_last(duty->actor));
	} else {
		log_error(duty->log, LOG_ERROR, "the parent", &err);
	}
	message_done(&message);
	return true;
}

/* ---- health ---- */

/* Of the parent and all it started. */
static uint64_t own_memory(struct duty *duty)
{
	struct process_key own[OWN_MAX];
	uint64_t resident = 0;
	size_t count;

	pthread_mutex_lock(&duty->station.table_lock);
	count = process_tree(observer_table(duty->station.observer),
			     (struct process_key){ (uint32_t)getppid(), 0 }, own, OWN_MAX);
	pthread_mutex_unlock(&duty->station.table_lock);
	for (size_t i = 0; i < count && i < OWN_MAX; i++)
		resident += proc_resident(own[i].pid);
	return resident;
}

static void report_health(struct duty *duty)
{
	const struct observer_statistics seen = observer_statistics(duty->station.observer);
	const struct process_statistics table =
		process_statistics(observer_table(duty->station.observer));
	char sensors[3][SENSOR_TEXT_MAX];
	const size_t pieces = station_describe(&duty->station, sensors);
	struct report_field field[20] = {
		REPORT_TEXT("SensorKind", sv_from(station_kind(&duty->station))),
		REPORT_TEXT("Scope", duty->options->scope_namespace ? SV("namespace") : SV("host")),
		REPORT_TEXT("AgentVersion", SV(HIKESHI_VERSION)),
		REPORT_NUMBER("Events", seen.events),
		REPORT_NUMBER("IncompleteEvents", seen.incomplete),
		REPORT_NUMBER("Processes", table.count - table.exited),
		REPORT_NUMBER("UnlistedProcesses", table.unlisted),
		REPORT_NUMBER("SpoolBatches", duty->courier.batches),
		REPORT_NUMBER("SpoolBytes", duty->courier.bytes),
		REPORT_NUMBER("ResidentBytes", own_memory(duty)),
		REPORT_TEXT("Isolated", actor_isolated(duty->actor) ? SV("true") : SV("false")),
	};
	size_t count = 11;

	for (size_t i = 0; i < pieces; i++)
		field[count++] = REPORT_ITEM("Sensors", sv_from(sensors[i]));
	report(duty->station.outbox, now(), SV("agent_health"), field, count, true);
}

static void put_member(struct buf *buf, const char *name, struct sv text)
{
	buf_printf(buf, ",\"%s\":", name);
	buf_put_json(buf, text);
}

static void write_status(struct duty *duty)
{
	const struct observer_statistics seen = observer_statistics(duty->station.observer);
	char sensors[3][SENSOR_TEXT_MAX], at[INSTANT_TEXT_MAX];
	const size_t pieces = station_describe(&duty->station, sensors);
	const struct instant off = actor_licence_off(duty->actor);
	struct buf buf;

	buf_init(&buf, 8192);
	buf_printf(&buf, "{\"process\":%d,\"version\":\"" HIKESHI_VERSION "\"", (int)getppid());
	put_member(&buf, "device", sv_from(duty->identity.device));
	put_member(&buf, "centre", sv_from(duty->identity.devices_url));
	put_member(&buf, "since", sv_from(instant_format(duty->since, at)));
	put_member(&buf, "written", sv_from(instant_format(now(), at)));
	buf_printf(&buf, ",\"connected\":%s", duty->courier.connected ? "true" : "false");
	put_member(&buf, "error", sv_from(duty->courier.error));
	put_member(&buf, "licence", off.us > 0 ? SV("off") : SV("active"));
	if (off.us > 0)
		put_member(&buf, "licence_off", sv_from(instant_format(off, at)));
	put_member(&buf, "sensor", sv_from(station_kind(&duty->station)));
	buf_put_sv(&buf, SV(",\"sensors\":["));
	for (size_t i = 0; i < pieces; i++) {
		if (i > 0)
			buf_put_char(&buf, ',');
		buf_put_json(&buf, sv_from(sensors[i]));
	}
	buf_printf(&buf, "],\"scope\":\"%s\",\"isolated\":%s",
		   duty->options->scope_namespace ? "namespace" : "host",
		   actor_isolated(duty->actor) ? "true" : "false");
	buf_printf(&buf, ",\"events\":%llu,\"incomplete\":%llu,\"delivered_to_spool\":%llu",
		   (unsigned long long)seen.events, (unsigned long long)seen.incomplete,
		   (unsigned long long)sender_confirmed(duty->sender));
	buf_printf(&buf, ",\"spool_batches\":%llu,\"spool_bytes\":%llu,\"last_order\":%llu",
		   (unsigned long long)duty->courier.batches, (unsigned long long)duty->courier.bytes,
		   (unsigned long long)actor_last(duty->actor));
	buf_printf(&buf, ",\"resident_bytes\":%llu}\n", (unsigned long long)own_memory(duty));
	data_write_fast(duty->paths.status, buf_sv(&buf), 0644, NULL);
	buf_done(&buf);
}

static void report_lost(struct duty *duty)
{
	const uint64_t lost = sender_lost(duty->sender);

	station_report_lost(&duty->station);
	if (lost > 0)
		report(duty->station.outbox, now(), SV("events_lost"),
		       (const struct report_field[]){ REPORT_NUMBER("Count", lost),
						      REPORT_TEXT("Where", SV("courier")) },
		       2, true);
}

static bool is_due(uint64_t *at_us, uint64_t seconds)
{
	const uint64_t time = clock_monotonic_us();

	if (*at_us && time - *at_us < seconds * 1000000)
		return false;
	*at_us = time;
	return true;
}

static void do_what_is_due(struct duty *duty)
{
	report_lost(duty);
	if (is_due(&duty->status_us, STATUS_FILE_SECONDS))
		write_status(duty);
	if (is_due(&duty->isolation_us, ISOLATION_CHECK_SECONDS))
		actor_check_isolation(duty->actor);
	if (is_due(&duty->health_us, HEALTH_SECONDS)) {
		if (is_licensed(duty))
			report_health(duty);
		malloc_trim(0);
	}
}

/* ---- life ---- */

static void live(struct duty *duty)
{
	for (;;) {
		struct pollfd item[4] = {
			{ .fd = station_fd(&duty->station), .events = POLLIN },
			{ .fd = duty->signal_fd, .events = POLLIN },
			{ .fd = ROLE_CHANNEL_FD, .events = POLLIN },
			{ .fd = sender_peer(duty->sender), .events = POLLIN },
		};
		const int due = station_wait_ms(&duty->station);

		poll(item, 4, due >= 0 && due < 1000 ? due : 1000);
		if (item[1].revents)
			return;
		station_serve(&duty->station);
		answer_sense(duty);
		if (item[3].revents)
			serve_courier(duty);
		if (item[2].revents && !serve_parent(duty))
			return;
		do_what_is_due(duty);
	}
}

/* The last words: confirmed, where the courier is still there. */
static void say_goodbye(struct duty *duty)
{
	const uint64_t until = clock_monotonic_us() + LAST_WAIT_MS * UINT64_C(1000);

	station_drain(&duty->station);
	report_lost(duty);
	if (is_licensed(duty))
		report(duty->station.outbox, now(), SV("agent_stopped"), NULL, 0, true);
	while (!sender_drain(duty->sender, 20) && clock_monotonic_us() < until)
		serve_courier(duty);
}

static int start(struct duty *duty, struct err *err)
{
	struct station_options station = {
		.choice = duty->options->sensor,
		.scope_namespace = duty->options->scope_namespace,
		.own = { (uint32_t)getpid(), (uint32_t)getppid() },
		.own_count = 2,
	};
	const struct actor_options actor = {
		.paths = &duty->paths, .identity = &duty->identity, .station = &duty->station,
		.log = duty->log, .last = tell_last, .refused = tell_refused, .remove = tell_remove,
		.sense = ask_sense, .context = duty,
	};
	struct actor_options with_sender = actor;
	struct agent_state state = { 0 };

	if (data_paths_make(duty->options->data, &duty->paths, err) < 0 ||
	    data_identity_load(&duty->paths, &duty->identity, err) < 0)
		return -1;
	/* One that cannot be read is the actor's to report; then the host is observed. */
	if (agent_state_load(duty->paths.state, &state, NULL) == 0)
		station.resting = state.licence_off.us > 0;
	if (station_open(&duty->station, &station, err) < 0)
		return -1;
	duty->since = now();
	duty->sender = sender_new(duty->station.outbox, duty->station.images);
	with_sender.sender = duty->sender;
	duty->actor = actor_new(&with_sender, err);
	return duty->actor ? 0 : -1;
}

static void tell_start(struct duty *duty)
{
	char text[3][SENSOR_TEXT_MAX];
	const size_t n = station_describe(&duty->station, text);

	if (!is_licensed(duty)) {
		log_line(duty->log, LOG_INFO, "the licence is off: nothing is observed");
		return;
	}
	report(duty->station.outbox, now(), SV("agent_started"),
	       (const struct report_field[]){
		       REPORT_TEXT("SensorKind", sv_from(station_kind(&duty->station))),
		       REPORT_TEXT("AgentVersion", SV(HIKESHI_VERSION)) },
	       2, true);
	for (size_t i = 0; i < n; i++)
		log_line(duty->log, LOG_INFO, "sensor", LOG_STR("sees", text[i]));
}

int sensor_run(const struct program_options *options)
{
	const struct log log = { STDERR_FILENO, LOG_INFO, "hikeshi-agent/sensor" };
	struct duty *duty = calloc(1, sizeof *duty);
	struct err err = ERR_INIT;
	sigset_t ends;
	int result;

	if (!duty)
		abort();
	duty->log = &log;
	duty->options = options;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	duty->signal_fd = signalfd(-1, &ends, SFD_CLOEXEC);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	result = start(duty, &err);
	if (result == 0 && role_ready(&err) == 0) {
		tell_start(duty);
		live(duty);
		say_goodbye(duty);
	} else {
		log_error(&log, LOG_ERROR, "the sensor cannot start", &err);
	}
	if (duty->sender)
		sender_stop(duty->sender);
	actor_free(duty->actor);
	sender_free(duty->sender);
	station_close(&duty->station);
	free(duty);
	return result < 0 ? err_exit_status(err.code) : 0;
}
