#include <stdlib.h>

#include "centre/check.h"
#include "centre/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses a route of the contract; the rest is its body, and each parameter. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct route *route;
	struct check_problem problem = { .key = NULL };
	int64_t number;
	json_t *json;

	if (size == 0)
		return 0;
	route = &route_table[data[0] % route_count];
	for (size_t i = 0; i < route->parameter_count; i++)
		check_text(route->parameter[i].check, route->parameter[i].name,
			   (struct sv){ (const char *)data + 1, size - 1 }, &number, &problem);
	if (!route->json)
		return 0;
	json = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
	if (!json)
		return 0;
	/* What is good once is good again, with the defaults in it. */
	if (check_json(route->json, json, &problem) && !check_json(route->json, json, &problem))
		abort();
	json_decref(json);
	return 0;
}
