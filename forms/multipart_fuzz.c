#include <stdint.h>
#include <stdlib.h>

#include "forms/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the Content-Type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = { (const char *)data, size };
	const struct sv type = sv_cut(&rest, '\n');
	struct arena *arena = arena_new(4 << 20);
	const struct multipart_part *part;
	struct sv boundary;
	size_t count;

	if (multipart_boundary(type, &boundary) &&
	    multipart_parse(rest, boundary, arena, &part, &count, NULL) == 0) {
		if (boundary.n == 0 || count > MULTIPART_PARTS_MAX)
			abort();
		for (size_t i = 0; i < count; i++) {
			const struct multipart_part *one = &part[i];

			if (one->name.n == 0 || one->name.n > MULTIPART_NAME_MAX ||
			    one->file_name.n > MULTIPART_FILE_NAME_MAX ||
			    !sv_is_utf8(one->file_name) ||
			    sv_find_char(one->file_name, '/', 0) != SIZE_MAX ||
			    one->content.p < rest.p ||
			    one->content.p + one->content.n > rest.p + rest.n)
				abort();
		}
	}
	arena_free(arena);
	return 0;
}
