#include <stdlib.h>

#include "centre/urlencoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4 << 20);
	struct answers answers;

	if (urlencoded_parse((struct sv){ (const char *)data, size }, arena, &answers, NULL) == 0) {
		if (answers.count > URLENCODED_PAIRS_MAX)
			abort();
		for (size_t i = 0; i < answers.count; i++) {
			const struct answer *pair = &answers.item[i];

			if (pair->name.n == 0 || pair->value.n > PROGRAMME_ANSWER_MAX ||
			    !sv_is_utf8(pair->name) || !sv_is_utf8(pair->value) ||
			    sv_find_char(pair->value, '\r', 0) != SIZE_MAX)
				abort();
		}
	}
	arena_free(arena);
	return 0;
}
