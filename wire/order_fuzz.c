#include "wire/wire.h"

/* The key is fixed, nobody can sign for it: whatever is accepted is a defect. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wire_check_key key = { { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1 } };
	struct arena *arena = arena_new(WIRE_ORDER_MAX);
	struct wire_order order;

	if (wire_order_open((struct sv){ (const char *)data, size }, &key, SV("device"), 0,
			    (struct instant){ 0 }, arena, &order, NULL) == 0)
		__builtin_trap();
	arena_free(arena);
	return 0;
}
