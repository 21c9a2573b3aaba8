#include "wire/spool_file.h"

/* What is accepted must be what a writer would have written. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv file = { (const char *)data, size };
	uint8_t header[SPOOL_HEADER_SIZE];
	struct spool_batch batch;

	if (spool_file_read(file, &batch) == 0) {
		spool_file_header(&batch, header);
		if (memcmp(header, data, sizeof header) != 0 ||
		    batch.packed.n != size - sizeof header)
			__builtin_trap();
	}
	return 0;
}
