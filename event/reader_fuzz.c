/* The first byte is the format, the rest the file. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/fuzz_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_check check; /* kept: making it costs more than most inputs */
	struct event_reader *reader;
	struct event event;
	struct err err = ERR_INIT;
	char path[64];
	uint64_t record, last = 0;
	size_t calls = 0;
	int fd, more;

	if (size == 0)
		return 0;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = event_reader_open(path, data[0] % EVENT_FORMAT_COUNT, &err);
	fuzz_check_init(&check);
	while (reader && (more = event_reader_next(reader, &event, &record, &err)) != 0) {
		if (++calls > size + 16)
			abort();
		if (more < 0)
			continue;
		if (record <= last)
			abort();
		last = record;
		fuzz_check_event(&check, &event);
	}
	event_reader_close(reader);
	close(fd);
	return 0;
}
