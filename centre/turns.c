#include "centre/turns.h"

#include "centre/audit.h"
#include "centre/live.h"
#include "centre/seminar_mail.h"
#include "lottery/lottery.h"
#include "seminar/seminar.h"

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

/* 1: one was told, 0: none is left, -1. */
static int next_draw(const struct turns *turns, struct err *err)
{
	struct effects effects = turns->begin(turns->context);
	struct store *store = effects.worker->records;
	const struct lottery_step *step;
	size_t count = 0;
	int status = lottery_steps(store, 1, effects.arena, &step, &count, err);

	if (status < 0 || count == 0)
		return status;
	if (store_begin(store, err) != 0)
		return -1;
	/* Once more inside: somebody else may have been here. */
	status = lottery_steps(store, 1, effects.arena, &step, &count, err);
	if (status == 0 && count > 0 && tell_draw(&effects, step, err) != 0)
		status = -1;
	if (status < 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	turns->done(turns->context, &effects);
	return 1;
}

static int repeat(const struct turns *turns, int (*one)(const struct turns *, struct err *),
		  struct err *err)
{
	int status = 1;

	for (unsigned i = 0; i < TURNS_MAX && status == 1; i++)
		status = one(turns, err);
	return status < 0 ? -1 : 0;
}

int turns_lottery(const struct turns *turns, struct err *err)
{
	return repeat(turns, next_draw, err);
}

/* ---- sessions ---- */

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
		return -1;
	}
	turns->done(turns->context, &effects);
	return status;
}

int turns_mails(const struct turns *turns, struct err *err)
{
	return repeat(turns, next_mail, err);
}
