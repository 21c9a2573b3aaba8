#include "centre/centre.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "programme/application.h"

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

/* ---- programmes ---- */

struct shared_catalogue {
	atomic_uint references;
	int64_t files; /* catalogue_changes: tells whether there is a newer one */
	struct catalogue *catalogue;
};

void catalogue_unref(struct shared_catalogue *shared)
{
	if (!shared || atomic_fetch_sub(&shared->references, 1) != 1)
		return;
	catalogue_free(shared->catalogue);
	free(shared);
}

const struct catalogue *worker_catalogue(struct worker *worker)
{
	struct centre *centre = worker->centre;
	struct shared_catalogue *before = worker->catalogue;

	pthread_mutex_lock(&centre->ruleset_lock);
	if (before != centre->catalogue) {
		worker->catalogue = centre->catalogue;
		if (worker->catalogue)
			atomic_fetch_add(&worker->catalogue->references, 1);
	} else {
		before = NULL;
	}
	pthread_mutex_unlock(&centre->ruleset_lock);
	catalogue_unref(before);
	return worker->catalogue ? worker->catalogue->catalogue : NULL;
}

int centre_reload_catalogue(struct centre *centre, struct store *store, struct err *err)
{
	struct shared_catalogue *made, *before;
	int64_t files;

	if (catalogue_changes(store, &files, err) != 0)
		return -1;
	/* Only one thread reloads; others only take references. */
	if (centre->catalogue && centre->catalogue->files == files)
		return 0;
	made = mem_zalloc(sizeof *made);
	atomic_init(&made->references, 1);
	made->files = files;
	made->catalogue = catalogue_load(store, err);
	if (!made->catalogue) {
		free(made);
		return err_wrap(err, "reading the published programmes");
	}
	pthread_mutex_lock(&centre->ruleset_lock);
	before = centre->catalogue;
	centre->catalogue = made;
	pthread_mutex_unlock(&centre->ruleset_lock);
	catalogue_unref(before);
	return 1;
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
	catalogue_unref(worker->catalogue);
	event_decoder_free(worker->decoder);
	store_close(worker->records);
	free(worker);
}
