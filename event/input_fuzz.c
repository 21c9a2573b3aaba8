/* A file that may be packed: what comes is bounded, and all of it is read. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/fuzz_check.h"
#include "event/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct input input;
	struct err err = ERR_INIT;
	char path[64];
	uint64_t out = 0;
	int more = 1;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (input_open(&input, path, false, &err) < 0) {
		if (err.text[0] == '\0')
			abort();
		close(fd);
		return 0;
	}
	while (more > 0) {
		out += input.n - input.at;
		input.at = input.n;
		more = input_fill(&input, &err);
	}
	if (!input.ended || input.room > INPUT_WINDOW_MAX || input.bytes_read > size ||
	    (out > INPUT_RATIO_FREE && out / INPUT_RATIO_MAX > size + INPUT_STEP_BYTES))
		abort();
	input_close(&input);
	close(fd);
	return 0;
}
