/* Any bytes: the tree that comes out keeps what yaml.h promises. */
#include "base/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void check(const struct yaml_node *node, unsigned depth)
{
	bool b;
	int64_t i;
	double d;

	require(node && node->line >= 1 && node->column >= 1 && depth <= YAML_DEPTH_MAX);
	if (node->kind == YAML_SCALAR) {
		require(node->text.p[node->text.n] == '\0' && sv_is_utf8(node->text));
		yaml_to_bool(node, &b);
		yaml_to_i64(node, &i);
		yaml_to_double(node, &d);
		return;
	}
	for (size_t k = 0; k < node->count; k++) {
		if (node->kind == YAML_MAP) {
			const struct yaml_pair *pair = &node->pair[k];

			require(pair->key.p[pair->key.n] == '\0' && pair->key_line >= 1);
			for (size_t other = 0; other < k && k < 100; other++)
				require(!sv_eq(pair->key, node->pair[other].key));
			check(pair->value, depth + 1);
		} else {
			check(node->item[k], depth + 1);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)4 << 20);
	struct yaml_node **root = NULL;
	struct err err = ERR_INIT;
	const int count =
		yaml_parse((struct sv){ (const char *)data, size }, "f", arena, &root, &err);

	require(count >= 0 ||
		(!root && err.code != ERR_OK && sv_starts(sv_from(err.text), SV("f:"))));
	for (int i = 0; i < count; i++)
		if (root[i])
			check(root[i], 0);
	arena_free(arena);
	return 0;
}
