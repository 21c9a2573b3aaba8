/* farewell.c - the agent goes: says so and sends what still waits, for a while. */
#include <stdio.h>

#include "agent/linux/courier.h"
#include "base/mem.h"

#define FAREWELL_TRY_SECONDS 15

static bool is_late(void *context)
{
	return clock_monotonic_us() > *(const uint64_t *)context;
}

static int send_all(struct spool *spool, struct courier *courier, struct err *err)
{
	struct spool_batch batch;
	unsigned retry;
	int got;

	while ((got = spool_next(spool, &batch, err)) > 0)
		if (courier_send(courier, &batch, &retry, err) < 0 || spool_sent(spool, &batch, err) < 0)
			return -1;
	return got;
}

int farewell_run(const struct program_options *options, struct err *err)
{
	uint64_t until = clock_monotonic_us() + FAREWELL_TRY_SECONDS * UINT64_C(1000000);
	struct agent_identity identity;
	struct courier_options courier_options;
	struct courier *courier = NULL;
	struct data_paths paths;
	struct spool *spool;
	int result = -1;
	char *line;
	size_t n;

	if (data_paths_make(options->data, &paths, err) < 0 ||
	    data_identity_load(&paths, &identity, err) < 0 || courier_enter(paths.courier, err) < 0)
		return -1;
	spool = spool_open("spool", &courier_spool_options, err);
	if (!spool)
		return -1;
	courier_fill_options(&courier_options, identity.devices_url, is_late, &until);
	line = report_line(clock_now(clock_real()), SV("agent_removed"), NULL, 0, &n);
	if (spool_append(spool, (struct sv){ line, n }, 1, err) == 0 &&
	    (courier = courier_new(&courier_options, err)))
		result = send_all(spool, courier, err);
	free(line);
	courier_free(courier);
	spool_close(spool);
	return result;
}
