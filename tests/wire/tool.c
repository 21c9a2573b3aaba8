/*
 * tool - a device for tests: enrols, packs, sends under load, and counts what
 * the centre has stored.
 *
 * usage: wire-tool enrol URL CA-FILE TOKEN FOLDER    makes key, certificate and facts there
 *        wire-tool certificate CA-KEY CA-FILE FROM-DAYS TO-DAYS FOLDER
 *                                                    a device's certificate by hand, days from now
 *        wire-tool pack                              lines on stdin, one zstd frame on stdout
 *        wire-tool load FOLDER EVENTS-A-BATCH PAUSE  sends until SIGTERM, milliseconds between two;
 *                                                    what was acknowledged stands in
 *                                                    FOLDER/acknowledged, one id a line, and what
 *                                                    a rule should find in FOLDER/marked
 *        wire-tool drain FOLDER SECONDS              sends what waits, makes nothing new
 *        wire-tool open FOLDER LAST                  an order on stdin: its payload on stdout
 *        wire-tool stored EVENTS.sqlite COMPANY      ids of all stored events, one a line
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "store/store.h"
#include "wire/wire.h"

#define PATH_SIZE 512
#define STDIN_MAX (32U << 20)
#define SPOOL_BYTES (256U << 20)

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = 1;
}

static bool is_stopped(void *context)
{
	return stopped != 0;
}

static const char *in(char path[static PATH_SIZE], const char *folder, const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", folder, name);
	return path;
}

static int read_stdin(struct buf *ret, struct err *err)
{
	return file_read_fd(STDIN_FILENO, "standard input", ret, err);
}

/* ---- enrol ---- */

static int keep(const char *folder, const struct courier_enrolment *enrolment, struct sv key,
		struct err *err)
{
	char path[PATH_SIZE], check[2 * sizeof enrolment->check_key.byte + 1];

	hex_encode(enrolment->check_key.byte, sizeof enrolment->check_key.byte, check);
	if (file_write(in(path, folder, "device.key"), key, 0600, err) != 0 ||
	    file_write(in(path, folder, "device.pem"), enrolment->certificate_pem, 0600, err) != 0 ||
	    file_write(in(path, folder, "ca.pem"), enrolment->ca_pem, 0600, err) != 0 ||
	    file_write(in(path, folder, "check"), sv_from(check), 0600, err) != 0 ||
	    file_write(in(path, folder, "url"), enrolment->devices_url, 0600, err) != 0)
		return -1;
	return file_write(in(path, folder, "device"), enrolment->device, 0600, err);
}

static int enrol(char **argument, struct err *err)
{
	struct arena *arena = arena_new(1 << 20);
	struct courier_enrolment enrolment;
	struct sha256 fingerprint;
	struct sv key, csr;
	struct buf ca;
	int r = -1;

	buf_init(&ca, WIRE_PEM_MAX);
	if (file_read(argument[1], &ca, err) == 0 &&
	    wire_fingerprint(buf_sv(&ca), &fingerprint, err) == 0 &&
	    wire_make_request(SV("test"), arena, &key, &csr, err) == 0 &&
	    courier_enrol(argument[0], &fingerprint, sv_from(argument[2]), csr, SV("test-host"),
			  SV("Debian 12"), arena, &enrolment, err) == 0)
		r = keep(argument[3], &enrolment, key, err);
	buf_done(&ca);
	arena_free(arena);
	return r;
}

static int certificate(char **argument, struct err *err)
{
	const int64_t day = INT64_C(86400) * INSTANT_SECOND, now = clock_now(clock_real()).us;
	struct wire_certificate_wish wish = { .use = WIRE_DEVICE };
	struct arena *arena = arena_new(1 << 20);
	struct sv key, csr, pem, serial;
	char id[UUID_TEXT_MAX], path[PATH_SIZE];
	struct buf ca_key, ca;
	int r = -1;

	wish.subject = sv_from(uuid_format(uuid_v7((struct instant){ now }), id));
	wish.from.us = now + strtol(argument[2], NULL, 10) * day;
	wish.to.us = now + strtol(argument[3], NULL, 10) * day;
	buf_init(&ca_key, WIRE_PEM_MAX);
	buf_init(&ca, WIRE_PEM_MAX);
	if (file_read(argument[0], &ca_key, err) == 0 && file_read(argument[1], &ca, err) == 0 &&
	    wire_make_request(SV("test"), arena, &key, &csr, err) == 0 &&
	    wire_sign_request(buf_sv(&ca_key), buf_sv(&ca), csr, &wish, arena, &pem, &serial,
			      err) == 0 &&
	    file_write(in(path, argument[4], "device.key"), key, 0600, err) == 0 &&
	    file_write(in(path, argument[4], "device.csr"), csr, 0600, err) == 0 &&
	    file_write(in(path, argument[4], "device"), wish.subject, 0600, err) == 0)
		r = file_write(in(path, argument[4], "device.pem"), pem, 0600, err);
	buf_done(&ca_key);
	buf_done(&ca);
	arena_free(arena);
	return r;
}

static int pack(char **argument, struct err *err)
{
	struct buf lines, packed;
	int r = -1;

	buf_init(&lines, STDIN_MAX);
	buf_init(&packed, WIRE_BATCH_PACKED_MAX);
	if (read_stdin(&lines, err) == 0 && wire_pack(buf_sv(&lines), &packed, err) == 0)
		r = fwrite(packed.p, 1, packed.n, stdout) == packed.n ? 0 : -1;
	buf_done(&lines);
	buf_done(&packed);
	return r;
}

/* ---- load ---- */

struct device {
	const char *folder;
	struct courier *courier;
	struct spool *spool;
	int acknowledged, marked;
	uint64_t sent, refused;
};

static int open_device(struct device *device, const char *folder, struct err *err)
{
	const struct spool_options options = { .bytes_max = SPOOL_BYTES };
	char url_file[PATH_SIZE], ca[PATH_SIZE], certificate[PATH_SIZE], key[PATH_SIZE],
		spool[PATH_SIZE], log[PATH_SIZE], marked[PATH_SIZE];
	struct courier_options courier = {
		.ca_file = in(ca, folder, "ca.pem"), .certificate_file = in(certificate, folder, "device.pem"),
		.key_file = in(key, folder, "device.key"), .timeout_seconds = 10, .stop = is_stopped,
	};
	struct buf url;

	*device = (struct device){ .folder = folder, .acknowledged = -1, .marked = -1 };
	buf_init(&url, 1024);
	if (file_read(in(url_file, folder, "url"), &url, err) == 0) {
		buf_put_char(&url, '\0');
		courier.url = url.p;
		device->courier = courier_new(&courier, err);
	}
	buf_done(&url);
	if (device->courier == NULL)
		return -1;
	device->spool = spool_open(in(spool, folder, "spool"), &options, err);
	device->acknowledged = open(in(log, folder, "acknowledged"),
				    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	device->marked = open(in(marked, folder, "marked"),
			      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (device->acknowledged < 0 || device->marked < 0)
		return err_errno(err, errno, "opening the lists in %s", folder);
	return device->spool != NULL ? 0 : -1;
}

static void close_device(struct device *device)
{
	courier_free(device->courier);
	spool_close(device->spool);
	if (device->acknowledged >= 0)
		close(device->acknowledged);
	if (device->marked >= 0)
		close(device->marked);
}

static void put_event(struct buf *lines, const char *id, struct instant now, const char *command)
{
	char time[INSTANT_TEXT_MAX];

	buf_printf(lines,
		   "{\"hikeshi\":{\"id\":\"%s\",\"observed\":\"%s\",\"product\":\"linux\","
		   "\"category\":\"process_creation\"},\"Image\":\"/usr/bin/true\","
		   "\"CommandLine\":\"%s\",\"User\":\"test\","
		   "\"ProcessGuid\":\"{%.8s-%.4s-%.4s-%.4s-%.12s}\"}\n",
		   id, instant_format(now, time), command, id, id + 9, id + 14, id + 19, id + 24);
}

/* The first event of one batch in sixteen is one that the test's rule finds. */
static int make_batch(struct device *device, uint32_t count, struct err *err)
{
	struct buf lines;
	int r = 0;

	buf_init(&lines, WIRE_BATCH_UNPACKED_MAX);
	for (uint32_t i = 0; r == 0 && i < count; i++) {
		const struct instant now = clock_now(clock_real());
		const struct uuid id = uuid_v7(now);
		const bool marked = i == 0 && id.byte[15] < 16;
		char text[UUID_TEXT_MAX + 1];

		uuid_format(id, text);
		put_event(&lines, text, now, marked ? "a-marked-command" : "true");
		if (marked) {
			memcpy(text + UUID_TEXT_MAX - 1, "\n", 2);
			if (write(device->marked, text, UUID_TEXT_MAX) != UUID_TEXT_MAX)
				r = err_errno(err, errno, "writing what is marked");
		}
	}
	if (r == 0)
		r = spool_append(device->spool, buf_sv(&lines), count, err);
	buf_done(&lines);
	return r;
}

/* The ids of an acknowledged batch, in one write, before it leaves the spool. */
static int note(struct device *device, const struct spool_batch *batch, struct err *err)
{
	const struct sv mark = SV("\"id\":\"");
	struct buf lines, ids;
	size_t at = 0;
	int r;

	buf_init(&lines, WIRE_BATCH_UNPACKED_MAX);
	buf_init(&ids, WIRE_BATCH_UNPACKED_MAX);
	r = wire_unpack(batch->packed, &lines, err);
	while (r == 0 && (at = sv_find(buf_sv(&lines), mark, at)) != SIZE_MAX) {
		at += mark.n;
		buf_put_sv(&ids, sv_slice(buf_sv(&lines), at, at + UUID_TEXT_MAX - 1));
		buf_put_char(&ids, '\n');
	}
	if (r == 0 && write(device->acknowledged, ids.p, ids.n) != (ssize_t)ids.n)
		r = err_errno(err, errno, "writing what was acknowledged");
	buf_done(&lines);
	buf_done(&ids);
	return r;
}

/* Returns 1 where a batch was sent, 0 where none waits, -1 to try again later, -2 to end. */
static int send_one(struct device *device, struct err *err)
{
	struct spool_batch batch;
	unsigned seconds;
	int r = spool_next(device->spool, &batch, err);

	if (r <= 0)
		return r == 0 ? 0 : -2;
	if (courier_send(device->courier, &batch, &seconds, err) != 0) {
		device->refused++;
		if (err->code == ERR_CONFLICT)
			return spool_rekey(device->spool, &batch, err) == 0 ? -1 : -2;
		return err->code == ERR_FORMAT || err->code == ERR_TOO_LARGE ||
				       err->code == ERR_RANGE ? -2 : -1;
	}
	if (note(device, &batch, err) != 0 || spool_sent(device->spool, &batch, err) != 0)
		return -2;
	device->sent++;
	return 1;
}

static int load(char **argument, struct err *err)
{
	const uint32_t count = (uint32_t)strtoul(argument[1], NULL, 10);
	const useconds_t pause = (useconds_t)strtoul(argument[2], NULL, 10) * 1000;
	struct device device;
	int r = open_device(&device, argument[0], err);

	while (r == 0 && !stopped) {
		r = spool_statistics(device.spool).batches < 8 ? make_batch(&device, count, err) : 0;
		if (r != 0)
			break;
		switch (send_one(&device, err)) {
		case -2:
			r = -1;
			break;
		case -1:
			usleep(20000);
			break;
		}
		usleep(pause);
	}
	if (stopped)
		r = 0;
	printf("{\"sent\":%" PRIu64 ",\"refused\":%" PRIu64 "}\n", device.sent, device.refused);
	close_device(&device);
	return r;
}

static int drain(char **argument, struct err *err)
{
	const uint64_t end = clock_monotonic_us() + strtoul(argument[1], NULL, 10) * 1000000;
	struct device device;
	int r = open_device(&device, argument[0], err);

	while (r >= 0) {
		r = send_one(&device, err);
		if (r == 0)
			break;
		if (r == -1 && clock_monotonic_us() < end) {
			usleep(20000);
			r = 0;
		}
	}
	close_device(&device);
	return r;
}

/* ---- looking ---- */

static int open_order(char **argument, struct err *err)
{
	struct arena *arena = arena_new(WIRE_ORDER_MAX);
	struct wire_check_key key;
	struct buf json, check, device;
	char path[PATH_SIZE];
	struct wire_order order;
	int r = -1;

	buf_init(&json, WIRE_ORDER_MAX);
	buf_init(&check, 256);
	buf_init(&device, 256);
	if (read_stdin(&json, err) == 0 && file_read(in(path, argument[0], "check"), &check, err) == 0 &&
	    file_read(in(path, argument[0], "device"), &device, err) == 0 &&
	    hex_decode(buf_sv(&check), key.byte, sizeof key.byte) &&
	    wire_order_open(sv_trim(buf_sv(&json)), &key, buf_sv(&device),
			    strtoull(argument[1], NULL, 10), clock_now(clock_real()), arena, &order,
			    err) == 0) {
		printf("%.*s\n", SV_ARG(order.payload));
		r = 0;
	}
	buf_done(&json);
	buf_done(&check);
	buf_done(&device);
	arena_free(arena);
	return r;
}

static int print_id(void *context, const struct event *event)
{
	printf("%.*s\n", SV_ARG(event->envelope.id));
	return 0;
}

static int stored(char **argument, struct err *err)
{
	struct event_store *store = event_store_open(argument[0], err);
	const struct event_scan scan = { .company = sv_from(argument[1]) };
	struct event_scan_statistics statistics;
	int r;

	if (store == NULL)
		return -1;
	r = event_store_scan(store, &scan, print_id, NULL, &statistics, err);
	event_store_close(store);
	return r;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **argument, struct err *err);
} command[] = {
	{ "enrol", 4, enrol }, { "certificate", 5, certificate }, { "pack", 0, pack },
	{ "load", 3, load },   { "drain", 2, drain },		  { "open", 2, open_order },
	{ "stored", 2, stored },
};

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;

	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < sizeof command / sizeof *command; i++) {
		if (strcmp(argv[1], command[i].name) != 0 || argc - 2 != command[i].arguments)
			continue;
		if (command[i].run(argv + 2, &err) == 0)
			return 0;
		fprintf(stderr, "wire-tool: %s: %s\n", err_code_name(err.code), err.text);
		return err_exit_status(err.code);
	}
	fprintf(stderr, "usage: see the head of tests/wire/tool.c\n");
	return err_exit_status(ERR_USAGE);
}
