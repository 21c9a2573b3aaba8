/* Effects that wait for somebody to carry them out. */
#include "programme/records.h"

#define RETRY_FIRST_SECONDS 10
#define RETRY_MOST_SECONDS 3600

static enum effect_kind kind_of(struct sv name)
{
	for (int i = 0; i < EFFECT_KIND_COUNT; i++) {
		if (sv_eq(name, sv_from(effect_kind_name((enum effect_kind)i))))
			return (enum effect_kind)i;
	}
	return EFFECT_KIND_COUNT; /* of a newer program */
}

int job_next(struct store *store, struct instant real_now, struct arena *arena, struct job *ret,
	     struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id, kind, application, what, number, from_day, to_day, made_at,"
			  " attempts, how FROM job WHERE state = 'waiting' AND due_at <= $1"
			  " ORDER BY due_at, row LIMIT 1",
			  STORE_INT(real_now.us));
	int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		const struct job job = {
			.id = records_text(query, 0, arena),
			.kind = kind_of(store_text(query, 1)),
			.application = records_text(query, 2, arena),
			.what = records_text(query, 3, arena),
			.number = (unsigned)store_int(query, 4),
			.from = { (int32_t)store_int(query, 5) },
			.to = { (int32_t)store_int(query, 6) },
			.made = { store_int(query, 7) },
			.attempts = (unsigned)store_int(query, 8),
			.how = records_text(query, 9, arena),
		};

		if (!job.id.p || !job.application.p || !job.what.p || !job.how.p)
			status = err_set(err, ERR_RANGE, "no memory for a job");
		else
			*ret = job;
	}
	store_done(query);
	return status;
}

static int changed_one(struct store *store, int status, struct err *err)
{
	if (status == 0 && store_changes(store) != 1)
		return err_set(err, ERR_NOT_FOUND, "there is no such job waiting");
	return status;
}

int job_done(struct store *store, struct sv id, struct instant real_now, struct err *err)
{
	return changed_one(store,
			   store_change(store, err,
					"UPDATE job SET state = 'done', done_at = $1"
					" WHERE id = $2 AND state = 'waiting'",
					STORE_INT(real_now.us), STORE_TEXT(id)),
			   err);
}

static int read_attempts(struct store *store, struct sv id, unsigned *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT attempts FROM job WHERE id = $1", STORE_TEXT(id));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		*ret = (unsigned)store_int(query, 0);
	store_done(query);
	return status < 0 ? -1 : 0;
}

int job_later(struct store *store, struct sv id, struct sv why, struct instant real_now,
	      struct err *err)
{
	int64_t wait = RETRY_FIRST_SECONDS;
	unsigned attempts = 0;

	if (read_attempts(store, id, &attempts, err) < 0)
		return -1;
	attempts++;
	for (unsigned i = 1; i < attempts && wait < RETRY_MOST_SECONDS; i++)
		wait *= 2;
	if (wait > RETRY_MOST_SECONDS)
		wait = RETRY_MOST_SECONDS;
	return changed_one(
		store,
		store_change(store, err,
			     "UPDATE job SET attempts = $1, problem = $2, due_at = $3, state = $4"
			     " WHERE id = $5 AND state = 'waiting'",
			     STORE_INT(attempts), STORE_TEXT(sv_slice(why, 0, 500)),
			     STORE_INT(real_now.us + wait * INSTANT_SECOND),
			     STORE_TEXT(attempts >= JOB_ATTEMPTS_MAX ? SV("failed")
								     : SV("waiting")),
			     STORE_TEXT(id)),
		err);
}
