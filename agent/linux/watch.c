/* watch.c - `hikeshi-agent watch`: what the sensors see, one JSON object a line. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "agent/linux/station.h"

static int write_all(const char *p, size_t n)
{
	while (n > 0) {
		const ssize_t done = write(STDOUT_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Everything that is ready. -1: the reader has gone. */
static int print_ready(struct station *station, uint64_t *left)
{
	struct outbox_item item;

	while (*left > 0 && outbox_take(station->outbox, 0, &item)) {
		int written;

		images_finish(station->images, &item);
		written = write_all(item.line, item.n);
		free(item.line);
		if (written < 0)
			return -1;
		(*left)--;
	}
	return 0;
}

static void tell_sensors(const struct station *station)
{
	char text[3][SENSOR_TEXT_MAX];
	const size_t n = sensors_describe(station->sensors, text);

	fprintf(stderr, "hikeshi-agent watch: %s", sensors_kind(station->sensors));
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s %s", i ? "," : ":", text[i]);
	fputc('\n', stderr);
}

int watch_run(const struct program_options *options, struct err *err)
{
	struct station_options wanted = {
		.choice = options->sensor,
		.scope_namespace = options->scope_namespace,
		.own = { (uint32_t)getpid() },
		.own_count = 1,
	};
	uint64_t left = options->count ? options->count : UINT64_MAX;
	const uint64_t until = options->seconds ? clock_monotonic_us() + options->seconds * 1000000ULL
						: UINT64_MAX;
	struct station station;
	sigset_t ends;
	int signal_fd, result = -1;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (signal_fd < 0)
		return err_errno(err, errno, "making a signal descriptor");
	if (station_open(&station, &wanted, err) == 0) {
		tell_sensors(&station);
		result = 0;
		for (bool end = false; !end && left > 0 && clock_monotonic_us() < until;) {
			end = station_step(&station, signal_fd, 1000);
			if (end)
				station_drain(&station);
			station_report_lost(&station);
			end |= print_ready(&station, &left) < 0;
		}
	}
	station_close(&station);
	close(signal_fd);
	return result;
}
