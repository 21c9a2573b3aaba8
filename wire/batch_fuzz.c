#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf lines;

	buf_init(&lines, WIRE_BATCH_UNPACKED_MAX);
	(void)wire_unpack((struct sv){ (const char *)data, size }, &lines, NULL);
	if (lines.n > WIRE_BATCH_UNPACKED_MAX)
		__builtin_trap();
	buf_done(&lines);
	return 0;
}
