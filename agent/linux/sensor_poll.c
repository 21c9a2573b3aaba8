/*
 * sensor_poll.c - processes where nothing else can be had (another pid
 * namespace without BPF, no privileges): /proc is read again and again. What
 * begins and ends between two looks is not seen.
 */
#include "agent/linux/linux.h"

#include "base/mem.h"

#define POLL_PERIOD_MS 100
#define POLL_SEEN_MAX 32768

struct seen {
	uint32_t pid;
	uint32_t round;
	uint64_t start;
	uint64_t program; /* changes with exec */
};

struct poll_sensor {
	struct sensor_sink sink;
	bool scope_namespace, first;
	uint64_t pid_namespace;
	uint32_t round;
	struct seen *seen; /* by pid, open addressing */
	size_t room, count;
	struct proc_room text;
};

static struct seen *place_of_pid(struct seen *seen, size_t room, uint32_t pid)
{
	size_t at = (pid * UINT32_C(2654435769)) & (room - 1);

	while (seen[at].pid && seen[at].pid != pid)
		at = (at + 1) & (room - 1);
	return &seen[at];
}

/* Twice the room, without those that are gone. */
static void grow(struct poll_sensor *sensor)
{
	const size_t room = sensor->room ? 2 * sensor->room : 1024;
	struct seen *seen = mem_zalloc(room * sizeof *seen);

	for (size_t i = 0; i < sensor->room; i++)
		if (sensor->seen[i].pid)
			*place_of_pid(seen, room, sensor->seen[i].pid) = sensor->seen[i];
	free(sensor->seen);
	sensor->seen = seen;
	sensor->room = room;
}

static void *poll_open(const struct sensor_options *options, unsigned wanted, unsigned *ret_pieces,
		       struct err *err)
{
	struct poll_sensor *sensor = mem_zalloc(sizeof *sensor);

	sensor->sink = options->sink;
	sensor->scope_namespace = options->scope_namespace;
	sensor->pid_namespace = proc_namespace(1, "pid");
	sensor->first = true;
	grow(sensor);
	*ret_pieces = PIECE_PROCESSES;
	return sensor;
}

static int poll_fd(void *self)
{
	return -1;
}

static struct instant now(void)
{
	return clock_now(clock_real());
}

static void tell(struct poll_sensor *sensor, enum sighting_kind kind, const struct process_facts *facts)
{
	struct sighting sighting = { .kind = kind, .at = now(), .process = *facts };

	if (kind == SIGHTING_EXEC) {
		sighting.standard_input = proc_standard_input(facts->key.pid);
		sighting.started = proc_started(facts->key.start);
	}
	if (kind == SIGHTING_EXEC && sensor->text.argv_true > PROC_ARGV_MAX)
		sighting.command_line_true = sensor->text.argv_true;
	if (!sensor->first)
		sensor->sink.see(sensor->sink.context, &sighting);
}

/* Something new: read it whole. */
static void look_closer(struct poll_sensor *sensor, struct seen *seen, const struct seen *now_seen)
{
	const bool known = seen->pid == now_seen->pid && seen->start == now_seen->start;
	struct process_facts facts;

	if (!proc_read(now_seen->pid, &sensor->text, &facts))
		return;
	if (sensor->scope_namespace &&
	    proc_namespace(now_seen->pid, "pid") != sensor->pid_namespace)
		return;
	if (seen->pid == 0) {
		if (sensor->count >= POLL_SEEN_MAX)
			return;
		if (++sensor->count > sensor->room / 2) {
			grow(sensor);
			seen = place_of_pid(sensor->seen, sensor->room, now_seen->pid);
		}
	}
	*seen = *now_seen;
	if (!known)
		tell(sensor, SIGHTING_FORK, &facts);
	if (facts.image.p)
		tell(sensor, SIGHTING_EXEC, &facts);
}

static void look_at(void *context, uint32_t pid)
{
	struct poll_sensor *sensor = context;
	struct seen *seen = place_of_pid(sensor->seen, sensor->room, pid);
	struct seen now_seen = { .pid = pid, .round = sensor->round };

	/* One small file for each process that is known; the rest only for news. */
	if (!proc_glance(pid, &now_seen.start, &now_seen.program))
		return;
	if (seen->pid == pid && seen->start == now_seen.start && seen->program == now_seen.program)
		seen->round = sensor->round;
	else
		look_closer(sensor, seen, &now_seen);
}

/* Removes who was not there in this round. */
static void forget(struct poll_sensor *sensor)
{
	struct seen *old = sensor->seen;

	sensor->seen = mem_zalloc(sensor->room * sizeof *sensor->seen);
	sensor->count = 0;
	for (size_t i = 0; i < sensor->room; i++) {
		const struct process_facts facts = { .key = { old[i].pid, old[i].start } };

		if (!old[i].pid)
			continue;
		if (old[i].round != sensor->round) {
			tell(sensor, SIGHTING_EXIT, &facts);
			continue;
		}
		*place_of_pid(sensor->seen, sensor->room, old[i].pid) = old[i];
		sensor->count++;
	}
	free(old);
}

static int poll_serve(void *self, struct err *err)
{
	struct poll_sensor *sensor = self;

	sensor->round++;
	proc_each(look_at, sensor);
	forget(sensor);
	sensor->first = false;
	return 0;
}

static void poll_close(void *self)
{
	struct poll_sensor *sensor = self;

	free(sensor->seen);
	free(sensor);
}

const struct sensor_kind sensor_poll = {
	.name = "poll",
	.pieces = PIECE_PROCESSES,
	.period_ms = POLL_PERIOD_MS,
	.open = poll_open,
	.fd = poll_fd,
	.serve = poll_serve,
	.close = poll_close,
};
