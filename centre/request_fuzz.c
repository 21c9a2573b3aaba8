#include <stdlib.h>

#include "centre/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv text = { (const char *)data, size };
	struct arena *arena = arena_new(1 << 20);
	struct request_pair pair[REQUEST_PAIRS_MAX];
	struct sv path, cookie, bearer;
	size_t count;

	if (request_target(text, arena, &path, pair, &count)) {
		if (path.n < 2 || path.n > HTTP_PATH_MAX || count > REQUEST_PAIRS_MAX)
			abort();
		for (size_t i = 0; i < count; i++)
			if (!sv_is_utf8(pair[i].name) || !sv_is_utf8(pair[i].value))
				abort();
	}
	cookie = request_cookie(text, SV("s"));
	bearer = request_bearer(text);
	if (cookie.n > size || bearer.n > size)
		abort();
	request_language(text, LANGUAGE_JA);
	request_is_type(text, SV("application/json"));
	arena_free(arena);
	return 0;
}
