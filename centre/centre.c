#include "centre/centre.h"

#include "base/mem.h"

struct ruleset *centre_ruleset(struct centre *centre)
{
	struct ruleset *ruleset;

	pthread_mutex_lock(&centre->ruleset_lock);
	ruleset = centre->ruleset ? ruleset_ref(centre->ruleset) : NULL;
	pthread_mutex_unlock(&centre->ruleset_lock);
	return ruleset;
}

void centre_set_ruleset(struct centre *centre, struct ruleset *take_ruleset)
{
	struct ruleset *before;

	pthread_mutex_lock(&centre->ruleset_lock);
	before = centre->ruleset;
	centre->ruleset = take_ruleset;
	pthread_mutex_unlock(&centre->ruleset_lock);
	ruleset_unref(before);
}

struct worker *worker_new(struct centre *centre, struct err *err)
{
	struct worker *worker = mem_zalloc(sizeof *worker);

	worker->centre = centre;
	worker->records = store_open(centre->records_url, err);
	if (!worker->records) {
		free(worker);
		return NULL;
	}
	worker->decoder = event_decoder_new();
	return worker;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	event_decoder_free(worker->decoder);
	store_close(worker->records);
	free(worker);
}
