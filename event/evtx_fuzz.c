/*
 * The first byte says whether the checksums of the chunk that follows are made
 * right, so that the fuzzer gets behind them.
 */
#include "event/evtx_make.h"
#include "event/fuzz_check.h"

/* Each record costs at least its size, each error at least a byte more. */
#define CALLS_MAX (EVTX_CHUNK_BYTES + 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t n = size > EVTX_CHUNK_BYTES ? EVTX_CHUNK_BYTES : size ? size - 1 : 0;
	unsigned char *bytes = mem_alloc(n ? n : 1);
	static struct fuzz_check check; /* kept: making it costs more than most inputs */
	struct evtx_chunk chunk;
	struct event event;
	struct err err = ERR_INIT;
	enum evtx_result result;
	uint64_t lost;
	unsigned calls = 0;

	fuzz_check_init(&check);
	if (n > 0)
		memcpy(bytes, data + 1, n);
	if (n >= EVTX_CHUNK_HEAD && data[0] % 2 && little(bytes + 48, 4) <= n)
		make_sign_chunk(bytes);
	evtx_chunk_begin(&chunk, (struct sv){ (char *)bytes, n }, 1);
	while ((result = evtx_chunk_next(&chunk, check.under_test, &event, &lost, &err)) !=
	       EVTX_END) {
		if (++calls > CALLS_MAX)
			abort();
		if (result == EVTX_EVENT)
			fuzz_check_event(&check, &event);
		else if (err.text[0] == '\0' || (result == EVTX_LOST && lost == 0))
			abort();
	}
	free(bytes);
	return 0;
}
