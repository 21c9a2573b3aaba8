#include "event/fuzz_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Kept: making them anew costs more than most inputs. */
	static struct fuzz_check check;
	struct event event;
	struct err err = ERR_INIT;

	fuzz_check_init(&check);
	if (event_decode_any(check.under_test, (struct sv){ (const char *)data, size }, &event,
			     &err) == 0)
		fuzz_check_event(&check, &event);
	else if (err.code == ERR_OK || err.text[0] == '\0')
		abort();
	return 0;
}
