#include "agent/linux/linux.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"

/* The better ones first; of each piece the first that opens is taken. */
static const struct sensor_kind *const kinds[] = {
	&sensor_bpf, &sensor_connector, &sensor_poll, &sensor_fanotify, &sensor_inotify, &sensor_sockets,
};
#define KINDS (sizeof kinds / sizeof *kinds)
#define PIECES 3

static const char *const piece_name[PIECES] = { "processes", "files", "network" };

struct opened {
	const struct sensor_kind *kind;
	void *self;
	unsigned pieces;
	bool ready;       /* its descriptor spoke */
	uint64_t due_us;  /* when it is served next; 0: when it speaks */
	bool refused;     /* could not be opened, or failed */
	char why[256];
};

struct sensors {
	struct sensor_options options;
	int epoll;
	struct opened opened[KINDS];
};

static unsigned pieces_seen(const struct sensors *sensors)
{
	unsigned pieces = 0;

	for (size_t i = 0; i < KINDS; i++)
		if (sensors->opened[i].self)
			pieces |= sensors->opened[i].pieces;
	return pieces;
}

static void refuse(struct opened *opened, const struct err *err)
{
	opened->refused = true;
	snprintf(opened->why, sizeof opened->why, "%.255s", err->text);
}

static void open_one(struct sensors *sensors, size_t i, unsigned wanted)
{
	struct opened *opened = &sensors->opened[i];
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = i };
	struct err err = ERR_INIT;
	int fd;

	opened->self = opened->kind->open(&sensors->options, wanted, &opened->pieces, &err);
	if (!opened->self) {
		refuse(opened, &err);
		return;
	}
	opened->pieces &= wanted;
	fd = opened->kind->fd(opened->self);
	/* The first service at once: what came before the descriptor was watched. */
	opened->due_us = clock_monotonic_us();
	if (fd >= 0 && epoll_ctl(sensors->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		err_errno(&err, errno, "watching %s", opened->kind->name);
		refuse(opened, &err);
		opened->kind->close(opened->self);
		opened->self = NULL;
	}
}

/* Opens what is still missing, in the order of the table. */
static void open_missing(struct sensors *sensors)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct opened *opened = &sensors->opened[i];
		const unsigned wanted = opened->kind->pieces & ~pieces_seen(sensors);

		if (wanted == 0 || opened->self || opened->refused ||
		    (opened->kind->is_bpf && sensors->options.choice == SENSOR_PROC))
			continue;
		open_one(sensors, i, wanted);
	}
}

struct sensors *sensors_open(const struct sensor_options *options, struct err *err)
{
	struct sensors *sensors = mem_zalloc(sizeof *sensors);

	sensors->options = *options;
	for (size_t i = 0; i < KINDS; i++)
		sensors->opened[i].kind = kinds[i];
	sensors->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sensors->epoll < 0) {
		err_errno(err, errno, "making an epoll descriptor");
		sensors_close(sensors);
		return NULL;
	}
	open_missing(sensors);
	if (options->choice == SENSOR_BPF && !(sensors->opened[0].pieces & PIECE_PROCESSES)) {
		err_set(err, ERR_UNAVAILABLE, "the BPF sensor was asked for: %s", sensors->opened[0].why);
		err_hint(err, "it needs root (CAP_BPF, CAP_PERFMON), kernel 5.17 and /sys/kernel/btf/vmlinux; "
			      "without --sensor the agent takes what it can have");
		sensors_close(sensors);
		return NULL;
	}
	if (!(pieces_seen(sensors) & PIECE_PROCESSES)) {
		err_set(err, ERR_UNAVAILABLE, "nothing here can see processes");
		sensors_close(sensors);
		return NULL;
	}
	return sensors;
}

void sensors_close(struct sensors *sensors)
{
	if (!sensors)
		return;
	for (size_t i = 0; i < KINDS; i++)
		if (sensors->opened[i].self)
			sensors->opened[i].kind->close(sensors->opened[i].self);
	if (sensors->epoll >= 0)
		close(sensors->epoll);
	free(sensors);
}

int sensors_fd(const struct sensors *sensors)
{
	return sensors->epoll;
}

int sensors_wait_ms(const struct sensors *sensors)
{
	const uint64_t now = clock_monotonic_us();
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < KINDS; i++)
		if (sensors->opened[i].self && sensors->opened[i].due_us &&
		    sensors->opened[i].due_us < least)
			least = sensors->opened[i].due_us;
	if (least == UINT64_MAX)
		return -1;
	return least <= now ? 0 : (int)((least - now + 999) / 1000);
}

/*
 * A sensor that gathers is served SENSOR_GATHER_MS after its first sign; at
 * once where that is urgent, or a second sign says that much is waiting.
 */
static void note_signs(struct sensors *sensors, uint64_t now)
{
	struct epoll_event event[KINDS];
	const int n = epoll_wait(sensors->epoll, event, KINDS, 0);

	for (int i = 0; i < n; i++) {
		struct opened *opened = &sensors->opened[event[i].data.u64];

		if (opened->kind->gathers && !opened->ready && !opened->kind->is_urgent(opened->self))
			opened->due_us = now + SENSOR_GATHER_MS * 1000;
		else
			opened->due_us = now;
		opened->ready = true;
	}
}

static void serve_one(struct sensors *sensors, struct opened *opened, uint64_t now)
{
	struct err err = ERR_INIT;

	int more;

	opened->ready = false;
	opened->due_us = opened->kind->period_ms ? now + opened->kind->period_ms * UINT64_C(1000) : 0;
	more = opened->kind->serve(opened->self, &err);
	if (more > 0)
		opened->due_us = now;
	if (more >= 0)
		return;
	refuse(opened, &err);
	opened->kind->close(opened->self);
	opened->self = NULL;
	opened->pieces = 0;
	sensors->options.sink.lost(sensors->options.sink.context, opened->kind->name, 1);
	open_missing(sensors);
}

void sensors_serve(struct sensors *sensors)
{
	const uint64_t now = clock_monotonic_us();

	note_signs(sensors, now);
	/* Processes come before files and network in the table: actors are known first. */
	for (size_t i = 0; i < KINDS; i++) {
		struct opened *opened = &sensors->opened[i];

		if (opened->self && opened->due_us && opened->due_us <= now)
			serve_one(sensors, opened, now);
	}
}

void sensors_drain(struct sensors *sensors)
{
	for (size_t i = 0; i < KINDS; i++)
		if (sensors->opened[i].self)
			serve_one(sensors, &sensors->opened[i], clock_monotonic_us());
}

const char *sensors_kind(const struct sensors *sensors)
{
	const unsigned bpf = sensors->opened[0].self ? sensors->opened[0].pieces : 0;

	return bpf == PIECES_ALL ? "bpf" : bpf == 0 ? "proc" : "mixed";
}

/* Why nothing better sees this piece: what was refused before the one that does. */
static const char *reason_of(const struct sensors *sensors, unsigned piece)
{
	for (size_t i = KINDS; i-- > 0;)
		if ((sensors->opened[i].kind->pieces & piece) && sensors->opened[i].refused)
			return sensors->opened[i].why;
	return "";
}

size_t sensors_describe(const struct sensors *sensors, char ret[static 3][SENSOR_TEXT_MAX])
{
	for (size_t p = 0; p < PIECES; p++) {
		const unsigned piece = 1U << p;
		const char *name = "none", *why = reason_of(sensors, piece);

		for (size_t i = 0; i < KINDS; i++)
			if (sensors->opened[i].self && (sensors->opened[i].pieces & piece))
				name = sensors->opened[i].kind->name;
		snprintf(ret[p], SENSOR_TEXT_MAX, "%s=%s%s%s%s", piece_name[p], name, why[0] ? " (" : "", why,
			 why[0] ? ")" : "");
	}
	return PIECES;
}
