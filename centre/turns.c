#include "centre/turns.h"

#include "centre/audit.h"
#include "centre/live.h"
#include "centre/seminar_mail.h"
#include "lottery/lottery.h"
#include "seminar/seminar.h"

#define STEPS_BYTES_MAX (1U << 20) /* of one turn's list */

/* ---- lotteries ---- */

static int tell_draw(struct effects *effects, const struct lottery_step *step, struct err *err)
{
	struct store *store = effects->worker->records;
	const struct catalogue_entry *entry =
		catalogue_by_id(effects->catalogue, step->programme);
	const struct programme_selection *selection;
	struct application application;
	int status;

	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "the programme is not published");
	selection = &programme_facts(entry->programme)->selection;
	if (application_load(store, effects->catalogue, step->application, effects->arena,
			     &application, err) != 1)
		return err_set(err, ERR_NOT_FOUND, "the application is not there");
	status = effects_happen(effects, &application,
				step->won ? selection->won : selection->lost, BY_CENTRE, err);
	if (status < 0)
		return -1;
	return lottery_step_done(store, step, status == 0, effects->programme_now, err);
}

/* One application, one transaction; that it is still to be told, lottery_step_done sees. */
static int tell_one(const struct turns *turns, const struct lottery_step *step, struct err *err)
{
	struct effects effects = turns->begin(turns->context);
	struct store *store = effects.worker->records;

	if (store_begin(store, err) != 0)
		return -1;
	if (tell_draw(&effects, step, err) != 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return err_wrap(err, "application %.*s", SV_ARG(step->application));
	}
	turns->done(turns->context, &effects);
	return 0;
}

/* What fails for one does not hold up the others: it is tried again in the next turn. */
int turns_lottery(const struct turns *turns, struct err *err)
{
	struct store *store = turns->begin(turns->context).worker->records;
	struct arena *list = arena_new(STEPS_BYTES_MAX);
	const struct lottery_step *step;
	size_t count = 0;
	int status = lottery_steps(store, TURNS_MAX, list, &step, &count, err);

	for (size_t i = 0; i < count; i++)
		if (tell_one(turns, &step[i], err) != 0)
			status = -1;
	arena_free(list);
	return status;
}

/* ---- sessions ---- */

static int repeat(const struct turns *turns, int (*one)(const struct turns *, struct err *),
		  struct err *err)
{
	int status = 1;

	for (unsigned i = 0; i < TURNS_MAX && status == 1; i++)
		status = one(turns, err);
	return status < 0 ? -1 : 0;
}

int turns_offers(const struct turns *turns, struct err *err)
{
	struct effects effects = turns->begin(turns->context);
	struct store *store = effects.worker->records;

	if (store_begin(store, err) != 0)
		return -1;
	if (seminar_turn(store, effects.catalogue, effects.programme_now, effects.arena, err) < 0 ||
	    store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

/* What nobody did stands on the trail as the centre's. */
static int note(struct effects *effects, const struct seminar_notice *notice, struct err *err)
{
	static const char *const action[NEWS_COUNT] = {
		[NEWS_OFFERED] = "booking_offered",
		[NEWS_EXPIRED] = "booking_expired",
		[NEWS_NO_PLACE] = "booking_no_place",
	};

	if (!action[notice->news])
		return 0;
	return audit_append(effects->worker->records,
			    &(struct audit_entry){ .action = action[notice->news],
						   .object_kind = "booking",
						   .object = notice->booking.id,
						   .reason = notice->booking.session },
			    effects->now, err);
}

/* A mail that can never be written must not hold up all that come after it. */
static int give_up(struct store *store, const struct seminar_notice *notice, const struct err *why)
{
	struct err err = ERR_INIT;

	if (why->code != ERR_FORMAT && why->code != ERR_TOO_LARGE && why->code != ERR_RANGE)
		return -1;
	if (store_begin(store, &err) != 0 || seminar_told(store, notice->number, &err) != 0 ||
	    store_commit(store, &err) != 0)
		store_rollback(store);
	return -1;
}

static int next_mail(const struct turns *turns, struct err *err)
{
	struct effects effects = turns->begin(turns->context);
	struct store *store = effects.worker->records;
	struct seminar_notice notice;
	int status = seminar_notice(store, effects.arena, &notice, err);

	if (status != 1)
		return status;
	if (store_begin(store, err) != 0)
		return -1;
	status = seminar_notice(store, effects.arena, &notice, err);
	if (status == 1 && (seminar_mail(&effects, &notice, err) != 0 ||
			    note(&effects, &notice, err) != 0 ||
			    seminar_told(store, notice.number, err) != 0))
		status = -1;
	if (status < 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return give_up(store, &notice, err);
	}
	turns->done(turns->context, &effects);
	return status;
}

int turns_mails(const struct turns *turns, struct err *err)
{
	return repeat(turns, next_mail, err);
}
