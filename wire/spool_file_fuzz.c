#include "base/mem.h"
#include "wire/spool_file.h"

/* Makes the digests right, so that what stands behind them is reached, too. */
static void mend(char *file, size_t size)
{
	const struct sha256 body = sha256_of((struct sv){ file + SPOOL_HEADER_SIZE,
							  size - SPOOL_HEADER_SIZE });
	struct sha256 head;

	memcpy(file + 40, body.byte, SHA256_SIZE);
	head = sha256_of((struct sv){ file, 72 });
	memcpy(file + 72, head.byte, SHA256_SIZE);
}

/* What is accepted must be what a writer would have written. */
static void check(struct sv file)
{
	uint8_t header[SPOOL_HEADER_SIZE];
	struct spool_batch batch;

	if (spool_file_read(file, &batch) != 0)
		return;
	spool_file_header(&batch, header);
	if (memcmp(header, file.p, sizeof header) != 0 || batch.packed.n != file.n - sizeof header)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv file = { (const char *)data, size };
	char *copy;

	check(file);
	if (size < SPOOL_HEADER_SIZE)
		return 0;
	copy = mem_dup_sv(file);
	mend(copy, size);
	check((struct sv){ copy, size });
	free(copy);
	return 0;
}
