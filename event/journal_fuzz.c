#include "event/fuzz_check.h"
#include "event/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_check check; /* kept: making it costs more than most inputs */
	struct sv rest = { (const char *)data, size };

	fuzz_check_init(&check);
	while (rest.n > 0) {
		const size_t n = journal_entry(rest);
		struct err err = ERR_INIT;
		struct event event;

		if (n == SIZE_MAX)
			return 0;
		if (n > rest.n)
			abort();
		if (journal_decode(check.under_test, sv_slice(rest, 0, n > 0 ? n : rest.n), &event,
				   &err) == 0)
			fuzz_check_event(&check, &event);
		else if (err.code == ERR_OK || err.text[0] == '\0')
			abort();
		if (n == 0)
			return 0;
		rest = sv_slice(rest, n, rest.n);
	}
	return 0;
}
