/* Any name of a user: its key is text without spaces or capitals, and the key of itself. */
#include <stdlib.h>

#include "centre/user_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4 << 20);
	const struct sv key = user_key((struct sv){ (const char *)data, size }, arena);

	if (!sv_is_utf8(key) || key.n > size * 3)
		abort();
	for (size_t i = 0; i < key.n; i++) {
		if ((unsigned char)key.p[i] <= ' ' || (key.p[i] >= 'A' && key.p[i] <= 'Z'))
			abort();
	}
	if (!sv_eq(user_key(key, arena), key))
		abort();
	arena_free(arena);
	return 0;
}
