#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "forms/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum scan_verdict verdict = SCAN_FOUND;
	char name[SCAN_NAME_MAX];

	if (scan_reply((struct sv){ (const char *)data, size }, &verdict, name, NULL) == 0 &&
	    ((verdict == SCAN_CLEAN) != (name[0] == '\0') || strlen(name) >= SCAN_NAME_MAX))
		abort();
	return 0;
}
