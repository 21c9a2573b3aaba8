#include "centre/keeper.h"

#include <pthread.h>
#include <unistd.h>

#include "base/mem.h"
#include "centre/access.h"
#include "centre/audit.h"
#include "centre/live.h"
#include "centre/session.h"

#define ARENA_MAX (8U << 20)
#define STEP_US (200 * 1000)
#define FLUSH_STEPS 50	 /* 10 s */
#define EXPIRE_STEPS 300 /* 60 s */

struct keeper {
	struct worker *worker;
	struct arena *arena;
	pthread_t thread;
	pthread_mutex_t lock;
	bool stop;
};

static void complain(struct keeper *keeper, const char *what, const struct err *err)
{
	log_error(keeper->worker->centre->log, LOG_ERROR, what, err);
}

/* A stream ends with its session, and hears only of companies that are still the actor's. */
static void recheck_one(struct keeper *keeper, uint64_t number, enum actor_kind kind,
			struct sv credential)
{
	struct centre *centre = keeper->worker->centre;
	const struct instant now = clock_now(centre->clock);
	const struct live_right *right = NULL;
	struct actor actor = { 0 };
	struct err err = ERR_INIT;
	size_t count = 0;
	int found;

	arena_clear(keeper->arena);
	found = session_find_again(keeper->worker->records, kind, credential, now, keeper->arena,
				   &actor, &err);
	if (found == SESSION_GOOD &&
	    live_rights(keeper->worker->records, &actor, keeper->arena, &right, &count, &err) != 0)
		found = -1;
	if (found < 0)
		complain(keeper, "rights of a live stream", &err);
	live_update(centre->live, number,
		    found == SESSION_GOOD && access_may(&actor, ACCESS_LIVE_READ, NULL), right,
		    count);
}

static void recheck(struct keeper *keeper)
{
	struct live *live = keeper->worker->centre->live;
	const uint64_t now = clock_monotonic_us();
	char credential[72];
	enum actor_kind kind;
	uint64_t number;

	for (unsigned i = 0; i < LIVE_LISTENERS_MAX; i++) {
		number = live_due(live, now, &kind, credential);
		if (number == 0)
			return;
		recheck_one(keeper, number, kind, sv_from(credential));
	}
}

static void flush(struct keeper *keeper, bool all)
{
	struct centre *centre = keeper->worker->centre;
	struct err err = ERR_INIT;

	if (audit_flush(centre->refusals, keeper->worker->records, clock_now(centre->clock), all,
			&err) != 0)
		complain(keeper, "counted refusals", &err);
}

static void expire(struct keeper *keeper)
{
	struct err err = ERR_INIT;

	if (session_expire(keeper->worker->records, clock_now(keeper->worker->centre->clock),
			   &err) < 0)
		complain(keeper, "ending sessions", &err);
}

static bool stopped(struct keeper *keeper)
{
	bool stop;

	pthread_mutex_lock(&keeper->lock);
	stop = keeper->stop;
	pthread_mutex_unlock(&keeper->lock);
	return stop;
}

static void *keep(void *context)
{
	struct keeper *keeper = context;

	for (unsigned step = 0; !stopped(keeper); step++) {
		recheck(keeper);
		if (step % FLUSH_STEPS == 0)
			flush(keeper, false);
		if (step % EXPIRE_STEPS == 0)
			expire(keeper);
		usleep(STEP_US);
	}
	flush(keeper, true);
	return NULL;
}

struct keeper *keeper_new(struct centre *centre, struct err *err)
{
	struct keeper *keeper = mem_zalloc(sizeof *keeper);
	int number;

	pthread_mutex_init(&keeper->lock, NULL);
	keeper->arena = arena_new(ARENA_MAX);
	keeper->worker = worker_new(centre, err);
	if (!keeper->worker)
		goto failed;
	number = pthread_create(&keeper->thread, NULL, keep, keeper);
	if (number == 0)
		return keeper;
	err_errno(err, number, "starting the keeper");
failed:
	worker_free(keeper->worker);
	arena_free(keeper->arena);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
	return NULL;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->stop = true;
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	worker_free(keeper->worker);
	arena_free(keeper->arena);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}
