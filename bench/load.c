/*
 * load - devices that send batches as fast as the centre takes them. Enrols
 * one device a token, packs all batches first, then sends them from one thread
 * a device, and prints one JSON object.
 *
 * usage: bench-load PEOPLE-URL CA-FILE WORK-FOLDER BATCHES EVENTS-A-BATCH <TOKENS
 *
 * TOKENS: one enrolment token a line. BATCHES: of each device.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/sv.h"
#include "wire/wire.h"

#define DEVICES_MAX 64
#define BATCHES_MAX 100000
#define TRIES_MAX 600 /* of one batch */
#define PATH_MAX_OURS 512

struct device {
	const char *folder; /* of all devices */
	unsigned number;
	char url[256];
	char certificate[PATH_MAX_OURS], key[PATH_MAX_OURS], ca[PATH_MAX_OURS];
	struct uuid epoch;
	struct buf *packed; /* one a batch */
	unsigned batches, events;
	uint64_t bytes_sent, retries;
	struct err err;
	bool failed;
};

/* A process creation as the Linux agent sends it, about 443 bytes. */
static void put_event(struct buf *lines, struct instant at, uint64_t number)
{
	static const char *const program[] = { "python3", "bash", "cc1",  "git",  "node", "psql",
					       "rsync",	  "gzip", "sed",  "find", "grep", "make",
					       "ssh",	  "tar",  "curl", "awk" };
	static const char *const user[] = { "app", "root", "tanaka", "www-data" };
	char id[UUID_TEXT_MAX], time[INSTANT_TEXT_MAX];
	uint32_t random[2];
	const char *name;

	random_bytes(random, sizeof random);
	name = program[random[0] % (sizeof program / sizeof *program)];
	at.us += (int64_t)number * 137;
	buf_printf(lines,
		   "{\"hikeshi\":{\"id\":\"%s\",\"observed\":\"%s\",\"product\":\"linux\","
		   "\"category\":\"process_creation\"},\"Image\":\"/usr/bin/%s\","
		   "\"CommandLine\":\"%s --job %" PRIu32 " /srv/%s/%" PRIx32 "\","
		   "\"CurrentDirectory\":\"/srv/%s\",\"User\":\"%s\",\"ProcessId\":%" PRIu64 ","
		   "\"ProcessGuid\":\"{cf3326d8-b24b-0000-%04x-%012" PRIx64 "}\","
		   "\"ParentProcessGuid\":\"{cf3326d8-b24b-0000-%04x-%012" PRIx64 "}\","
		   "\"ParentImage\":\"/usr/bin/bash\"}\n",
		   uuid_format(uuid_v7(at), id), instant_format(at, time), name, name,
		   random[0] % 1000, user[random[1] % 4], random[1], user[random[1] % 4],
		   user[random[1] % 4], number % 32768, (unsigned)(number % 32768), number,
		   (unsigned)(random[1] % 32768), number / 7);
}

static int write_file(const char *path, struct sv text, struct err *err)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	if (write(fd, text.p, text.n) != (ssize_t)text.n) {
		close(fd);
		return err_errno(err, errno, "%s", path);
	}
	return close(fd) == 0 ? 0 : err_errno(err, errno, "%s", path);
}

static int read_file(const char *path, struct buf *ret, struct err *err)
{
	char part[4096];
	ssize_t n;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	while ((n = read(fd, part, sizeof part)) > 0)
		buf_put(ret, part, (size_t)n);
	close(fd);
	return n == 0 ? 0 : err_errno(err, errno, "%s", path);
}

static int enrol(struct device *device, const char *url, const struct sha256 *fingerprint,
		 struct sv token, struct err *err)
{
	struct arena *arena = arena_new(1U << 20);
	struct courier_enrolment enrolment;
	struct sv key, csr;
	char name[32];
	int result = -1;

	snprintf(name, sizeof name, "bench-%u", device->number);
	snprintf(device->certificate, sizeof device->certificate, "%s/%s.crt", device->folder,
		 name);
	snprintf(device->key, sizeof device->key, "%s/%s.key", device->folder, name);
	snprintf(device->ca, sizeof device->ca, "%s/%s.ca", device->folder, name);
	if (wire_make_request(sv_from(name), arena, &key, &csr, err) != 0 ||
	    courier_enrol(url, fingerprint, token, csr, sv_from(name), SV("linux"), arena,
			  &enrolment, err) != 0)
		goto out;
	if (enrolment.devices_url.n >= sizeof device->url) {
		err_set(err, ERR_RANGE, "long address of the devices' port");
		goto out;
	}
	snprintf(device->url, sizeof device->url, "%.*s", SV_ARG(enrolment.devices_url));
	result = write_file(device->certificate, enrolment.certificate_pem, err) != 0 ||
				 write_file(device->key, key, err) != 0 ||
				 write_file(device->ca, enrolment.ca_pem, err) != 0
			 ? -1
			 : 0;
out:
	arena_free(arena);
	return result;
}

static int pack(struct device *device, uint64_t *bytes, struct err *err)
{
	const struct instant at = clock_now(clock_real());
	struct buf lines;

	device->epoch = uuid_v7(at);
	device->packed = mem_zalloc(device->batches * sizeof *device->packed);
	buf_init(&lines, WIRE_BATCH_UNPACKED_MAX);
	for (unsigned b = 0; b < device->batches; b++) {
		buf_clear(&lines);
		for (unsigned e = 0; e < device->events; e++)
			put_event(&lines, at, (uint64_t)b * device->events + e);
		*bytes += lines.n;
		buf_init(&device->packed[b], WIRE_BATCH_PACKED_MAX);
		if (lines.full || wire_pack(buf_sv(&lines), &device->packed[b], err) != 0) {
			buf_done(&lines);
			return err_wrap(err, "packing %u events", device->events);
		}
	}
	buf_done(&lines);
	return 0;
}

static int send_batch(struct courier *courier, struct device *device, unsigned number)
{
	const struct spool_batch batch = {
		.epoch = device->epoch,
		.sequence = number + 1,
		.digest = sha256_of(buf_sv(&device->packed[number])),
		.count = device->events,
		.packed = buf_sv(&device->packed[number]),
	};
	unsigned retry;

	for (int i = 0; i < TRIES_MAX; i++) {
		if (courier_send(courier, &batch, &retry, &device->err) == 0) {
			device->bytes_sent += batch.packed.n;
			return 0;
		}
		if (device->err.code != ERR_TOO_MANY && device->err.code != ERR_UNAVAILABLE)
			return -1;
		device->retries++;
		usleep(20000);
	}
	return -1;
}

static void *send_all(void *context)
{
	struct device *device = context;
	const struct courier_options options = {
		.url = device->url,
		.ca_file = device->ca,
		.certificate_file = device->certificate,
		.key_file = device->key,
	};
	struct courier *courier = courier_new(&options, &device->err);

	device->failed = !courier;
	for (unsigned b = 0; b < device->batches && !device->failed; b++)
		device->failed = send_batch(courier, device, b) != 0;
	courier_free(courier);
	return NULL;
}

static int report(struct device *device, unsigned count, uint64_t bytes, double seconds)
{
	uint64_t events = 0, sent = 0, retries = 0;

	for (unsigned i = 0; i < count; i++) {
		if (device[i].failed) {
			fprintf(stderr, "bench-load: device %u: %s\n", i, device[i].err.text);
			return 1;
		}
		events += (uint64_t)device[i].batches * device[i].events;
		sent += device[i].bytes_sent;
		retries += device[i].retries;
	}
	printf("{\"devices\":%u,\"events\":%" PRIu64 ",\"bytes\":%" PRIu64
	       ",\"packed_bytes\":%" PRIu64 ",\"retries\":%" PRIu64 ",\"wall\":%.6f}\n",
	       count, events, bytes, sent, retries, seconds);
	return 0;
}

static int run(char **argv, unsigned batches, unsigned events, struct err *err)
{
	struct device *device = mem_zalloc(DEVICES_MAX * sizeof *device);
	pthread_t thread[DEVICES_MAX];
	struct sha256 fingerprint;
	struct buf ca;
	char token[WIRE_TOKEN_MAX + 2];
	unsigned count = 0;
	uint64_t bytes = 0, began;

	buf_init(&ca, WIRE_PEM_MAX);
	if (read_file(argv[2], &ca, err) != 0 ||
	    wire_fingerprint(buf_sv(&ca), &fingerprint, err) != 0)
		return -1;
	buf_done(&ca);
	while (count < DEVICES_MAX && fgets(token, sizeof token, stdin)) {
		device[count] = (struct device){
			.folder = argv[3], .number = count, .batches = batches, .events = events
		};
		if (enrol(&device[count], argv[1], &fingerprint, sv_trim(sv_from(token)), err) !=
			    0 ||
		    pack(&device[count], &bytes, err) != 0)
			return err_wrap(err, "device %u", count);
		count++;
	}
	/* The one who measures the centre's CPU time starts here. */
	fprintf(stderr, "packed\n");
	began = clock_monotonic_us();
	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&thread[i], NULL, send_all, &device[i]) != 0)
			return err_set(err, ERR_IO, "no thread");
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	return report(device, count, bytes, (double)(clock_monotonic_us() - began) / 1e6);
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	uint64_t batches, events;
	int status;

	if (argc != 6 || !sv_to_u64(sv_from(argv[4]), &batches) || batches == 0 ||
	    batches > BATCHES_MAX || !sv_to_u64(sv_from(argv[5]), &events) || events == 0 ||
	    events > WIRE_BATCH_EVENTS_MAX) {
		fprintf(stderr,
			"usage: bench-load PEOPLE-URL CA-FILE WORK-FOLDER BATCHES EVENTS-A-BATCH <TOKENS\n");
		return 2;
	}
	status = run(argv, (unsigned)batches, (unsigned)events, &err);
	if (status < 0)
		fprintf(stderr, "bench-load: %s\n", err.text);
	return status != 0;
}
