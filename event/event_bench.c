/*
 * event_bench - how fast one core reads events: usage: event_bench FILE [ROUNDS]
 *
 * FILE as hikeshi hunt takes it. Lines of JSON are decoded strictly, converted,
 * and encoded again, from memory; then any file is read as a whole through the
 * reader. Counts processor time, not the clock on the wall, and prints the best
 * of the rounds: other programs disturb the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "event/event.h"

struct figure {
	const char *what;
	uint64_t events, fields, bytes;
	double seconds; /* of the best round */
};

static uint64_t processor_us(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static void print(const struct figure *figure)
{
	printf("%-28s %8llu events %6.1f fields each %8.1f MB/s %10.0f events/s\n", figure->what,
	       (unsigned long long)figure->events,
	       figure->events ? (double)figure->fields / (double)figure->events : 0,
	       (double)figure->bytes / 1e6 / figure->seconds,
	       (double)figure->events / figure->seconds);
}

enum work { WORK_DECODE, WORK_ANY, WORK_ENCODE, WORK_COUNT };

static void lines(enum work work, struct sv rest, struct figure *figure)
{
	struct event_decoder *decoder = event_decoder_new();
	const uint64_t start = processor_us();
	struct err err = ERR_INIT;
	struct buf out;
	double seconds;

	buf_init(&out, 4 * EVENT_BYTES_MAX);
	figure->events = figure->fields = figure->bytes = 0;
	while (rest.n > 0) {
		const struct sv line = sv_cut(&rest, '\n');
		struct event event = { 0 };

		if ((work == WORK_DECODE ? event_decode : event_decode_any)(decoder, line, &event,
									    &err) < 0)
			continue;
		if (work == WORK_ENCODE) {
			buf_clear(&out);
			event_encode(&event, &out, &err);
		}
		figure->events++;
		figure->fields += event.count;
		figure->bytes += line.n + 1;
	}
	seconds = (double)(processor_us() - start) / 1e6;
	if (figure->seconds == 0 || seconds < figure->seconds)
		figure->seconds = seconds;
	buf_done(&out);
	event_decoder_free(decoder);
}

static int whole(const char *path, struct figure *figure)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	const uint64_t start = processor_us();
	struct event event;
	uint64_t record;
	double seconds;
	int more;

	if (!reader) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	figure->fields = 0;
	while ((more = event_reader_next(reader, &event, &record, &err)) != 0)
		figure->fields += more > 0 ? event.count : 0;
	seconds = (double)(processor_us() - start) / 1e6;
	if (figure->seconds == 0 || seconds < figure->seconds)
		figure->seconds = seconds;
	figure->events = event_reader_progress(reader).records;
	figure->bytes = event_reader_progress(reader).bytes_read;
	event_reader_close(reader);
	return 0;
}

int main(int argc, char **argv)
{
	struct figure figure[WORK_COUNT + 1] = { { .what = "event_decode" },
						 { .what = "event_decode_any" },
						 { .what = "event_decode_any, encode" },
						 { .what = "event_reader" } };
	uint64_t rounds = 5;
	struct err err = ERR_INIT;
	struct buf buf;

	if (argc < 2 || (argc > 2 && !sv_to_u64(sv_from(argv[2]), &rounds))) {
		fprintf(stderr, "usage: event_bench FILE [ROUNDS]\n");
		return 2;
	}
	buf_init(&buf, (size_t)4 << 30);
	if (file_read(argv[1], &buf, &err) != 0) {
		fprintf(stderr, "event_bench: %s\n", err.text);
		return 1;
	}
	for (uint64_t i = 0; i < rounds; i++) {
		for (enum work work = 0; work < WORK_COUNT; work++)
			lines(work, buf_sv(&buf), &figure[work]);
		if (whole(argv[1], &figure[WORK_COUNT]) < 0)
			return 1;
	}
	for (size_t i = 0; i <= WORK_COUNT; i++)
		if (figure[i].events > 0)
			print(&figure[i]);
	buf_done(&buf);
	return 0;
}
