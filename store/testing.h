/*
 * testing.h - for the tests of store/ and incident/: temporary folders and
 * events that look like real ones.
 */
#ifndef STORE_TESTING_H
#define STORE_TESTING_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/test.h"
#include "store/store.h"

#define TESTING_PATH_MAX 200

static inline void testing_folder(char folder[static TESTING_PATH_MAX])
{
	snprintf(folder, TESTING_PATH_MAX, "%s/hikeshi-store-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(folder))
		abort();
}

static inline const char *testing_path(const char *folder, const char *name,
				       char path[static TESTING_PATH_MAX])
{
	snprintf(path, TESTING_PATH_MAX, "%.*s/%s", TESTING_PATH_MAX - 64, folder, name);
	return path;
}

/* Removes the files that databases leave, and the folder. */
static inline void testing_remove(const char *folder, const char *name)
{
	static const char *const tail[] = { "", "-wal", "-shm", "-journal" };
	char path[TESTING_PATH_MAX];

	for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
		snprintf(path, sizeof path, "%.*s/%s%s", TESTING_PATH_MAX - 64, folder, name,
			 tail[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* A generator whose numbers are the same in each run. */
static inline uint64_t testing_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

#define TESTING_COMPANY "0193b1c0-0000-7000-8000-00000000c001"
#define TESTING_DEVICE "0193b1c0-0000-7000-8000-00000000d001"
#define TESTING_EPOCH "0193b1c0-0000-7000-8000-00000000e001"
#define TESTING_TIME INT64_C(1795000000000000) /* November 2026 */

/* The id of the n-th event: UUIDv7 in form, unique, random behind the time. */
static inline void testing_id(uint64_t n, int64_t at, char text[static UUID_TEXT_MAX])
{
	uint64_t state = n * 2 + 1;
	const uint64_t a = testing_random(&state), b = testing_random(&state);
	const uint64_t ms = (uint64_t)at / 1000;

	snprintf(text, UUID_TEXT_MAX, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16),
		 (unsigned)(ms & 0xffff), (unsigned)(a & 0xfff),
		 (unsigned)(0x8000 | (a >> 12 & 0x3fff)), (unsigned long long)(b & 0xffffffffffff));
}

/* One process_creation event of about 443 bytes, the n-th of its device. */
static inline void testing_event(struct buf *buf, const char *company, const char *device,
				 uint64_t n, int64_t at)
{
	static const char *const image[] = { "bash", "ls",  "grep", "python3", "sed",
					     "awk",  "cat", "date", "curl",    "systemctl" };
	static const char *const user[] = { "root", "www-data", "tanaka", "sato", "suzuki" };
	uint64_t state = n * 7919 + 17;
	const unsigned pid = 1000 + (unsigned)(n % 31000);
	const unsigned i = (unsigned)(testing_random(&state) % 10);
	const unsigned k = (unsigned)(testing_random(&state) % 5);
	const unsigned v = (unsigned)(testing_random(&state) % 100000);
	char id[UUID_TEXT_MAX], observed[INSTANT_TEXT_MAX], received[INSTANT_TEXT_MAX];

	testing_id(n, at, id);
	instant_format((struct instant){ at }, observed);
	instant_format((struct instant){ at + 400000 }, received);
	buf_printf(buf,
		   "{\"hikeshi\":{\"id\":\"%s\",\"company\":\"%s\",\"device\":\"%s\","
		   "\"observed\":\"%s\",\"received\":\"%s\",\"product\":\"linux\","
		   "\"category\":\"process_creation\"},\"Image\":\"/usr/bin/%s\","
		   "\"CommandLine\":\"%s -x /var/lib/app/%u.dat\",\"User\":\"%s\","
		   "\"ProcessId\":%u,\"ProcessGuid\":\"{5f0c2a11-9be0-%04x-0000-%012x}\"}\n",
		   id, company, device, observed, received, image[i], image[i], v, user[k], pid,
		   pid & 0xffff, (unsigned)n * 3);
}

/* count events from number n on, a millisecond apart. */
static inline struct event_batch testing_batch(struct buf *lines, uint64_t sequence, uint64_t n,
					       size_t count)
{
	struct event_batch batch = {
		.key = { SV(TESTING_DEVICE), SV(TESTING_EPOCH), sequence, { { 0 } } },
		.company = SV(TESTING_COMPANY),
		.received = { TESTING_TIME + (int64_t)(n + count) * 1000 + 400000 },
		.count = count,
	};

	buf_clear(lines);
	for (size_t i = 0; i < count; i++)
		testing_event(lines, TESTING_COMPANY, TESTING_DEVICE, n + i,
			      TESTING_TIME + (int64_t)(n + i) * 1000);
	batch.lines = buf_sv(lines);
	batch.key.digest = sha256_of(batch.lines);
	return batch;
}

#endif
