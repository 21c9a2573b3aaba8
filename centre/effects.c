#include "centre/effects.h"

#include "centre/audit.h"
#include "centre/effects_ask.h"
#include "centre/effects_internal.h"
#include "centre/invitation.h"
#include "centre/live.h"
#include "centre/reports.h"

/*
 * A contact with a company that is no step of its application; and what all
 * devices of an application shall do until each has done it.
 */
static const char notes[] =
	"CREATE TABLE application_note ("
	" number INTEGER PRIMARY KEY, application TEXT NOT NULL, at INTEGER NOT NULL,"
	" actor TEXT NOT NULL, actor_name TEXT NOT NULL, text TEXT NOT NULL,"
	" channel TEXT NOT NULL CHECK (channel IN ('telephone', 'mail', 'other')),"
	" direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),"
	" reached INTEGER NOT NULL);"
	"CREATE INDEX application_note_by_application ON application_note (application, number);"
	"CREATE TABLE device_wish ("
	" application TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL,"
	" done_at INTEGER, PRIMARY KEY (application, kind));"
	"CREATE INDEX device_wish_open ON device_wish (application) WHERE done_at IS NULL;";

const struct store_migration effects_migrations[] = {
	{ "centre-effects/001-notes", notes },
};
const size_t effects_migration_count = sizeof effects_migrations / sizeof *effects_migrations;

/* ---- at once: participations ---- */

static int begin_participation(struct store *store, const struct application *application,
			       struct sv course, struct instant now, struct err *err)
{
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(now), id);
	return store_change(store, err,
			    "INSERT INTO participation"
			    " (id, company, programme, course, since_at, application)"
			    " SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1"
			    " FROM participation WHERE application = $6 AND course = $4"
			    " AND ended_at IS NULL)",
			    STORE_TEXT(sv_from(id)), STORE_TEXT(application->company),
			    STORE_TEXT(application->programme), STORE_TEXT(course),
			    STORE_INT(now.us), STORE_TEXT(application->id));
}

static struct sv said(const struct catalogue_entry *entry, const struct application *application,
		      enum programme_meaning means)
{
	const struct programme_form *form = &programme_facts(entry->programme)->form;

	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (form->section[i].field[k].means == means)
				return answers_get(&application->is.answers,
						   form->section[i].field[k].id);
	return SV_NONE;
}

/*
 * Until now it was called as the first form under its corporate number said,
 * and anybody may send one. This form was looked at by people.
 */
static int name_company(struct store *store, const struct catalogue_entry *entry,
			const struct application *application, struct err *err)
{
	return store_change(
		store, err,
		"UPDATE company SET name = COALESCE($2, name), name_kana = COALESCE($3, name_kana),"
		" address = COALESCE($4, address) WHERE id = $1",
		STORE_TEXT(application->company),
		STORE_TEXT(said(entry, application, MEANS_COMPANY_NAME)),
		STORE_TEXT(said(entry, application, MEANS_COMPANY_KANA)),
		STORE_TEXT(said(entry, application, MEANS_ADDRESS)));
}

static int participate(struct store *store, const struct catalogue_entry *entry,
		       const struct application *application,
		       const struct effect *effect, struct instant now, struct err *err)
{
	switch (effect->kind) {
	case EFFECT_PARTICIPATION_BEGIN:
		return name_company(store, entry, application, err) == 0
			       ? begin_participation(store, application, effect->what, now, err)
			       : -1;
	case EFFECT_ENTITLEMENT_BEGIN:
		return store_change(store, err,
				    "UPDATE participation SET entitlement_at = $1"
				    " WHERE application = $2 AND ended_at IS NULL"
				    " AND entitlement_at IS NULL",
				    STORE_INT(now.us), STORE_TEXT(application->id));
	case EFFECT_PARTICIPATION_END:
		return store_change(store, err,
				    "UPDATE participation SET ended_at = $1"
				    " WHERE application = $2 AND ended_at IS NULL",
				    STORE_INT(now.us), STORE_TEXT(application->id));
	default: return 0;
	}
}

int effects_change(struct store *store, const struct catalogue_entry *entry,
		   const struct application *application, const struct application_change *change,
		   struct arena *arena, struct transition *ret_transition,
		   struct refused *ret_refused, struct err *err)
{
	const struct programme_state *to;
	struct transition transition;
	const int status = application_apply(store, entry, application, change, arena, &transition,
					     ret_refused, err);

	if (status != 0)
		return status;
	/* What ends here ends before what begins. */
	for (int ends = 1; ends >= 0; ends--)
		for (size_t i = 0; i < transition.effect_count; i++)
			if ((transition.effect[i].kind == EFFECT_PARTICIPATION_END) == ends &&
			    participate(store, entry, application, &transition.effect[i],
					change->now, err) != 0)
				return -1;
	to = programme_state(entry->programme, transition.to);
	if (to && to->final && invitation_end(store, application->id, err) != 0)
		return -1;
	*ret_transition = transition;
	return 0;
}

/* ---- by nobody ---- */

void effects_tell(struct effects *effects, const struct application *application)
{
	aftermath_changed(effects->aftermath, LIVE_APPLICATION, application->company,
			  application->id, false);
}

int effects_happen(struct effects *effects, const struct application *application,
		   struct sv event, enum programme_actor by, struct err *err)
{
	struct store *store = effects->worker->records;
	const struct catalogue_entry *entry =
		catalogue_of(effects->catalogue, application);
	const struct application_change change = { .event = event, .by = by,
						   .now = effects->programme_now };
	const struct audit_entry audit = {
		.action = "application_event", .object_kind = "application",
		.object = application->id, .company = application->company, .reason = event,
	};
	struct transition transition;
	struct refused refused;
	int status;

	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "the programme is not published");
	status = effects_change(store, entry, application, &change, effects->arena, &transition,
				&refused, err);
	if (status != 0)
		return status;
	if (audit_append(store, &audit, effects->now, err) != 0)
		return -1;
	if (effects->aftermath)
		effects_tell(effects, application);
	return 0;
}

int installed_hook(struct worker *worker, struct sv participation, struct instant now,
		   struct instant programme_now, struct arena *arena, struct err *err)
{
	struct effects effects = { worker, worker_catalogue(worker), arena, NULL, now,
				   programme_now };
	struct application application;
	const int found = application_of_participation(worker->records, effects.catalogue,
						       participation, arena, &application, err);

	if (found != 1 || application.is.mark[MARK_INSTALLED].us != 0)
		return found < 0 ? -1 : 0;
	return effects_happen(&effects, &application, SV("installed"), BY_CENTRE, err) < 0 ? -1 : 0;
}

/* ---- jobs ---- */

static int invite(struct effects *effects, const struct application *application,
		  const struct job *job, struct err *err)
{
	const struct catalogue_entry *entry =
		catalogue_of(effects->catalogue, application);
	const struct programme_state *state =
		entry ? programme_state(entry->programme, application->is.state) : NULL;
	struct sv secret;

	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "the programme is not published");
	if (state && state->final)
		return 0; /* it has ended since */
	if (invitation_create(effects->worker->records, application, entry, effects->now,
			      effects->programme_now, effects->arena, &secret, err) != 0)
		return -1;
	return effects_mail(effects, application, job,
			    job->what.n > 0 ? job->what : SV("invitation"),
			    &(struct effects_words){ .invitation = secret }, err);
}

static int report(struct effects *effects, const struct application *application,
		  const struct job *job, struct err *err)
{
	const struct catalogue_entry *entry =
		catalogue_of(effects->catalogue, application);

	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "the programme is not published");
	return report_of_application(effects->worker, application, entry, job, effects->now,
				     effects->programme_now, effects->arena, err);
}

/* One that was answered is not asked again. */
static int ask(struct effects *effects, const struct application *application,
	       const struct job *job, struct err *err)
{
	const struct catalogue_entry *entry = catalogue_of(effects->catalogue, application);
	const struct programme_questionnaire *questionnaire =
		entry ? questionnaire_find(entry->programme, job->what) : NULL;
	const struct asked *asked;
	size_t count;

	if (!questionnaire)
		return err_set(err, ERR_NOT_FOUND, "the programme has no questionnaire %.*s",
			       SV_ARG(job->what));
	if (asked_of_application(effects->worker->records, application->id, effects->arena, &asked,
				 &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (asked[i].answered && sv_eq(asked[i].questionnaire, job->what))
			return 0;
	return effects_ask(effects, entry, application, questionnaire, job->how, err);
}

int effects_job(struct effects *effects, const struct job *job, struct err *err)
{
	struct application application;
	const int found = application_load(effects->worker->records, effects->catalogue,
					   job->application, effects->arena, &application, err);

	if (found <= 0)
		return found < 0 ? -1 : err_set(err, ERR_NOT_FOUND, "the application is not there");
	switch (job->kind) {
	case EFFECT_MAIL:
		return effects_mail(effects, &application, job, job->what,
				    &(struct effects_words){ .of = 0 }, err);
	case EFFECT_INVITE: return invite(effects, &application, job, err);
	case EFFECT_LICENCE_OFF:
		return effects_wish(effects, application.id, "licence_off", err);
	case EFFECT_UNINSTALL: return effects_wish(effects, application.id, "uninstall", err);
	case EFFECT_REPORT:
		return report(effects, &application, job, err);
	case EFFECT_ASK: return ask(effects, &application, job, err);
	/* Done in the transaction of the change: participations here, seats in programme/. */
	case EFFECT_PARTICIPATION_BEGIN:
	case EFFECT_PARTICIPATION_END:
	case EFFECT_ENTITLEMENT_BEGIN:
	case EFFECT_SEAT_RELEASE:
	case EFFECT_SEAT_TAKE:
	/* People's work: the step says who does it and until when. */
	case EFFECT_REMOVAL_WORKS: return 0;
	default: return err_set(err, ERR_INTERNAL, "a job of an unknown kind");
	}
}
