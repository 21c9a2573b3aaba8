/* What a report says of its programme, and keeping it. */
#include <stdlib.h>

#include "centre/effects_internal.h"
#include "centre/reports_internal.h"

/* ---- wishes ---- */

static int is_made(struct store *store, const struct reports_wish *wish, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT 1 FROM report WHERE participation = $1 AND number = $2"
			  " AND ($2 > 0 OR (from_day = $3 AND to_day = $4))",
			  STORE_TEXT(wish->participation), STORE_INT(wish->number),
			  STORE_INT(wish->from.n), STORE_INT(wish->to.n));
	const int r = query == NULL ? -1 : store_step(query, err);

	store_done(query);
	return r;
}

int reports_wish(struct store *store, const struct reports_wish *wish, struct err *err)
{
	char id[UUID_TEXT_MAX];
	int made;

	if (!store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "a wish outside of a transaction");
	made = is_made(store, wish, err);
	if (made < 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO report_wish (id, job, participation, number, months,"
			    " from_day, to_day, state, attempts, next_at, problem)"
			    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, '')",
			    STORE_TEXT(sv_from(uuid_format(uuid_v7(wish->now), id))),
			    STORE_TEXT(wish->job.n > 0 ? wish->job : SV_NONE),
			    STORE_TEXT(wish->participation), STORE_INT(wish->number),
			    STORE_INT(wish->of), STORE_INT(wish->from.n), STORE_INT(wish->to.n),
			    STORE_TEXT(made == 1 ? SV("done") : SV("queued")),
			    STORE_INT(wish->now.us));
}

/* The participation of an application whose course has devices: the others have no events. */
static int find_participation(struct store *store, struct sv application, struct arena *arena,
			      struct sv *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT p.id FROM participation p WHERE p.application = $1"
		" ORDER BY EXISTS (SELECT 1 FROM device d WHERE d.participation = p.id) DESC,"
		" p.entitlement_at IS NULL, p.id LIMIT 1",
		STORE_TEXT(application));
	const int r = query == NULL ? -1 : store_step(query, err);

	if (r == 1)
		*ret = arena_dup(arena, store_text(query, 0));
	store_done(query);
	return r;
}

int report_of_application(struct worker *worker, const struct application *application,
			  const struct catalogue_entry *entry, const struct job *job,
			  struct instant now, struct instant programme_now, struct arena *arena,
			  struct err *err)
{
	struct reports_wish wish = { .number = job->number, .of = job->number, .from = job->from,
				     .to = job->to, .now = now };
	const uint32_t reports = programme_trial_reports(entry->programme, &application->is);
	const int found = find_participation(worker->records, application->id, arena,
					     &wish.participation, err);

	if (found <= 0)
		return found < 0 ? -1 : err_set(err, ERR_NOT_FOUND,
						"the application has no participation");
	if (reports > job->number)
		wish.of = reports;
	return reports_wish(worker->records, &wish, err);
}

/* ---- the frame ---- */

struct base { /* of a participation */
	struct sv company, company_name, programme, programme_name, course, application;
	bool english;
};

static int load_base(struct store *store, struct sv participation, struct arena *arena,
		     struct base *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT p.company, c.name, p.programme, g.name, p.course, p.application,"
		" (SELECT e.language FROM person_role r JOIN person e ON e.id = r.person"
		"  WHERE r.company = p.company AND r.role = 'owner' ORDER BY e.id LIMIT 1)"
		" FROM participation p JOIN company c ON c.id = p.company"
		" JOIN programme g ON g.id = p.programme WHERE p.id = $1",
		STORE_TEXT(participation));
	const int r = query == NULL ? -1 : store_step(query, err);

	if (r == 1)
		*ret = (struct base){
			.company = arena_dup(arena, store_text(query, 0)),
			.company_name = arena_dup(arena, store_text(query, 1)),
			.programme = arena_dup(arena, store_text(query, 2)),
			.programme_name = arena_dup(arena, store_text(query, 3)),
			.course = arena_dup(arena, store_text(query, 4)),
			.application = arena_dup(arena, store_text(query, 5)),
			.english = sv_eq(store_text(query, 6), SV("en")),
		};
	store_done(query);
	return r == 0 ? err_set(err, ERR_NOT_FOUND, "the participation is not there") : r;
}

static struct sv in_language(const struct programme_text *text, bool english)
{
	return english && text->en.n > 0 ? text->en : text->ja;
}

/* What the programme's file says; a programme without one has only its name. */
static void put_programme(const struct programme *programme, const struct base *base,
			  struct report_frame *frame)
{
	const struct programme_facts *facts = programme_facts(programme);
	const struct programme_course *course = programme_course(programme, base->course);

	frame->programme_name = in_language(&facts->name, base->english);
	frame->office_name = in_language(&facts->office.name, base->english);
	frame->office_hours = in_language(&facts->office.hours, base->english);
	frame->office_telephone = facts->office.telephone;
	frame->office_mail = facts->office.mail;
	frame->checked_daily = facts->desk_day_and_night;
	if (course != NULL) {
		frame->course_name = in_language(&course->name, base->english);
		frame->users_allowed = course->entitlement.users;
	}
}

static int make_frame(struct worker *worker, const struct reports_wish *wish, struct arena *arena,
		      struct report_frame *ret, struct err *err)
{
	const struct catalogue *catalogue = worker_catalogue(worker);
	const struct instant made = clock_now(worker->centre->programme);
	const struct catalogue_entry *entry;
	struct application application;
	struct base base = { .english = false };
	int found;

	if (load_base(worker->records, wish->participation, arena, &base, err) < 0)
		return -1;
	entry = catalogue_by_id(catalogue, base.programme);
	*ret = (struct report_frame){
		.company = base.company, .company_name = base.company_name,
		.participation = wish->participation, .programme_name = base.programme_name,
		.course_name = base.course, .number = wish->number, .of = wish->of,
		.from = wish->from, .to = wish->to, .made = made,
		.now = clock_now(worker->centre->clock), .english = base.english,
	};
	if (entry == NULL)
		return 0;
	put_programme(entry->programme, &base, ret);
	if (base.application.n == 0)
		return 0;
	found = application_load(worker->records, catalogue, base.application, arena, &application,
				 err);
	/* after the trial the office answers, in its hours. */
	ret->desk_day_and_night = found == 1 &&
				  desk_serves(entry->programme, &application.is, made);
	return found < 0 ? -1 : 0;
}

int report_figure(struct worker *worker, const struct reports_wish *wish, struct arena *arena,
		  struct made_report *ret, struct buf *json, struct err *err)
{
	struct report_frame frame;
	struct report report;

	if (make_frame(worker, wish, arena, &frame, err) != 0 ||
	    report_count(worker->records, &frame, arena, &report, err) != 0 ||
	    report_to_json(&report, json, err) != 0)
		return -1;
	ret->company = report.frame.company;
	ret->made = report.frame.made;
	ret->mood = sv_from(report_mood_name(report.figures.mood));
	ret->sentence = report.figures.sentence;
	ret->figures = buf_sv(json);
	return 0;
}

/* ---- keeping, telling ---- */

static int tell_owner(struct worker *worker, const struct reports_wish *wish,
		      const struct made_report *made, struct arena *arena, struct err *err)
{
	const struct job job = { .number = wish->number, .from = wish->from, .to = wish->to };
	struct effects effects = { worker, worker_catalogue(worker), arena, NULL,
				   clock_now(worker->centre->clock), made->made };
	struct application application;
	const int found = application_of_participation(worker->records, effects.catalogue,
						       wish->participation, arena, &application,
						       err);

	/* A participation without application has nobody to write to: it is on the page. */
	if (found != 1)
		return found;
	return effects_mail(&effects, &application, &job, SV("report_ready"),
			    &(struct effects_words){ .report = sv_from(made->id), .of = wish->of },
			    err);
}

int report_keep(struct worker *worker, const struct reports_wish *wish,
		struct made_report *made, struct arena *arena, struct err *err)
{
	const struct sha256 digest = sha256_of(made->pdf);
	char hex[2 * SHA256_SIZE + 1];
	const int before = is_made(worker->records, wish, err);

	if (before != 0)
		return before < 0 ? -1 : 0;
	uuid_format(uuid_v7(clock_now(worker->centre->clock)), made->id);
	if (store_change(worker->records, err,
			 "INSERT INTO report (id, company, participation, number, months, from_day,"
			 " to_day, made_at, pages, bytes, sha256, mood, sentence, figures, pdf)"
			 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
			 STORE_TEXT(sv_from(made->id)), STORE_TEXT(made->company),
			 STORE_TEXT(wish->participation), STORE_INT(wish->number),
			 STORE_INT(wish->of), STORE_INT(wish->from.n), STORE_INT(wish->to.n),
			 STORE_INT(made->made.us), STORE_INT(made->pages), STORE_INT(made->pdf.n),
			 STORE_TEXT(sv_from(hex_encode(digest.byte, SHA256_SIZE, hex))),
			 STORE_TEXT(made->mood), STORE_TEXT(made->sentence),
			 STORE_TEXT(made->figures), STORE_BLOB(made->pdf)) != 0 ||
	    tell_owner(worker, wish, made, arena, err) < 0)
		return -1;
	return 1;
}
