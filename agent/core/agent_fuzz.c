/* Everything of the core that reads bytes from outside: orders, state, identity, names, paths. */
#include "agent/agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct uuid boot = { { 1, 2, 3 } };
	const struct sv input = { (const char *)data, size };
	char path[PLACE_PATH_MAX];
	struct agent_identity identity;
	struct agent_state state;
	struct agent_order order;
	struct process_key key;
	struct err err = ERR_INIT;
	size_t n;

	agent_order_parse(input, &order, &err);
	agent_state_parse(input, &state, &err);
	agent_identity_parse(input, &identity, &err);
	guid_parse(input, &boot, &key);
	if (place_straighten(input, path, &n))
		place_of((struct sv){ path, n });
	return 0;
}
