#include <stdint.h>
#include <stdlib.h>

#include "forms/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum file_type type;

	if (file_kind((struct sv){ (const char *)data, size }, &type) &&
	    (type >= FILE_TYPE_COUNT || size < 12))
		abort();
	return 0;
}
