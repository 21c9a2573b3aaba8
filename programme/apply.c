/* One event of an application, and what was done before. */
#include "programme/records.h"

/* What is written when nothing of a row has moved since it was read. */
static int update_row(struct store *store, const struct catalogue_entry *entry,
		      const struct application *application,
		      const struct application_change *change,
		      const struct transition *transition, struct err *err)
{
	const struct programme_state *state = programme_state(entry->programme, transition->to);
	const bool moved = !sv_eq(transition->to, application->is.state);
	int64_t mark[MARK_COUNT];

	for (int i = 0; i < MARK_COUNT; i++)
		mark[i] = transition->marks & 1U << i ? change->now.us : application->is.mark[i].us;
	if (store_change(store, err,
			 "UPDATE application SET version = version + 1, state = $1, final = $2,"
			 " actor = $3, entered_at = $4, received_at = $5, completed_at = $6,"
			 " confirmed_at = $7, approved_at = $8, installed_at = $9, ended_at = $10,"
			 " due_sort = $11, due_hard = $12, wake_at = $13"
			 " WHERE id = $14 AND version = $15",
			 STORE_TEXT(transition->to), STORE_INT(state->final),
			 STORE_TEXT(sv_from(programme_actor_name(state->actor))),
			 STORE_INT(moved ? change->now.us : application->is.entered.us),
			 STORE_INT(mark[MARK_RECEIVED]), STORE_INT(mark[MARK_COMPLETED]),
			 STORE_INT(mark[MARK_CONFIRMED]), STORE_INT(mark[MARK_APPROVED]),
			 STORE_INT(mark[MARK_INSTALLED]), STORE_INT(mark[MARK_ENDED]),
			 STORE_INT(transition->has_due ? transition->due.n : DUE_NEVER),
			 STORE_INT(transition->due_is_hard), STORE_INT(transition->wake.us),
			 STORE_TEXT(application->id), STORE_INT(application->version)) < 0)
		return -1;
	if (store_changes(store) != 1)
		return err_set(err, ERR_CONFLICT, "the application was changed meanwhile");
	return 0;
}

static int find_row(struct store *store, struct sv id, int64_t *ret_row, int64_t *ret_answers,
		    struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT a.row, COALESCE((SELECT MAX(number) FROM application_answer"
			  " WHERE application = a.row), -1) FROM application a WHERE a.id = $1",
			  STORE_TEXT(id));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		*ret_row = store_int(query, 0);
		*ret_answers = store_int(query, 1);
	}
	store_done(query);
	if (status == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no such application");
	return status < 0 ? -1 : 0;
}

/* What the event says now replaces what it said before. */
static int put_fields(struct store *store, int64_t row, int64_t last, struct sv event,
		      const struct answers *fields, struct arena *arena, struct err *err)
{
	const struct sv prefix = arena_printf(arena, "%.*s.", SV_ARG(event));

	if (fields->count == 0)
		return 0;
	if (!prefix.p)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	if (store_change(store, err,
			 "DELETE FROM application_answer WHERE application = $1"
			 " AND substr(name, 1, $2) = $3",
			 STORE_INT(row), STORE_INT(prefix.n), STORE_TEXT(prefix)) < 0)
		return -1;
	return records_put_answers(store,
				   "INSERT INTO application_answer (application, number, name,"
				   " value) VALUES ($1, $2, $3, $4)",
				   row, fields, (size_t)(last + 1), err);
}

static int put_fired(struct store *store, int64_t row, const struct application_change *change,
		     struct err *err)
{
	if (change->by != BY_CLOCK)
		return 0;
	return store_change(store, err,
			    "INSERT INTO application_fired (application, event, at)"
			    " VALUES ($1, $2, $3)",
			    STORE_INT(row), STORE_TEXT(change->event), STORE_INT(change->now.us));
}

static int keep(struct store *store, const struct catalogue_entry *entry,
		const struct application *application, const struct application_change *change,
		const struct transition *transition, const struct answers *fields,
		struct arena *arena, struct err *err)
{
	struct written written = {
		.application = application->id,
		.before = application->is.state,
		.entry = entry,
		.transition = transition,
		.fields = fields,
		.event = change->event,
		.actor = change->actor,
		.actor_name = change->actor_name,
		.by = change->by,
		.now = change->now,
	};
	int64_t last = -1;

	if (find_row(store, application->id, &written.row, &last, err) < 0 ||
	    update_row(store, entry, application, change, transition, err) < 0 ||
	    put_fields(store, written.row, last, change->event, fields, arena, err) < 0 ||
	    put_fired(store, written.row, change, err) < 0)
		return -1;
	return records_write_seats(store, &written, err) < 0 ||
			       records_write_log(store, &written, err) < 0 ||
			       records_write_jobs(store, &written, err) < 0
		       ? -1
		       : 0;
}

int application_apply(struct store *store, const struct catalogue_entry *entry,
		      const struct application *application,
		      const struct application_change *change, struct arena *arena,
		      struct transition *ret_transition, struct refused *ret_refused,
		      struct err *err)
{
	struct stimulus stimulus = { .event = change->event, .by = change->by,
				     .fields = change->fields, .now = change->now };
	struct transition transition;
	struct answers fields;
	int status;

	if (records_need_transaction(store, err) < 0)
		return -1;
	if (change->version != 0 && change->version != application->version)
		return err_set(err, ERR_CONFLICT, "the application was changed meanwhile");
	/* Seats are those of today; the steps are those that the application began with. */
	if (entry->catalogue && catalogue_by_id(entry->catalogue, entry->id))
		entry = catalogue_by_id(entry->catalogue, entry->id);
	if (seats_count(store, entry, arena, &stimulus.seat, &stimulus.seat_count, err) < 0)
		return -1;
	if (entry->catalogue)
		entry = catalogue_of(entry->catalogue, application);
	status = programme_step(entry->programme, &application->is, &stimulus, arena, &transition,
				&fields, ret_refused, err);
	if (status != 0)
		return status;
	if (keep(store, entry, application, change, &transition, &fields, arena, err) < 0)
		return -1;
	*ret_transition = transition;
	return 0;
}

/* ---- the log ---- */

static enum programme_actor actor_of(struct sv name)
{
	for (int i = 0; i < BY_COUNT; i++) {
		if (sv_eq(name, sv_from(programme_actor_name((enum programme_actor)i))))
			return (enum programme_actor)i;
	}
	return BY_CENTRE;
}

static int read_entry_fields(struct store *store, struct application_entry *entry,
			     struct arena *arena, struct err *err)
{
	struct answer *item = arena_alloc(arena, PROGRAMME_FIELDS_MAX * sizeof *item);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT name, value FROM application_log_field WHERE entry = $1"
			  " ORDER BY number LIMIT 128",
			  STORE_INT(entry->number));
	int status = query ? 1 : -1;
	size_t count = 0;

	while (status > 0 && item && count < PROGRAMME_FIELDS_MAX) {
		status = store_step(query, err);
		if (status > 0)
			item[count++] = (struct answer){ records_text(query, 0, arena),
							 records_text(query, 1, arena) };
	}
	store_done(query);
	if (!item)
		return err_set(err, ERR_RANGE, "no memory for the log");
	entry->fields = (struct answers){ item, count };
	return status < 0 ? -1 : 0;
}

int application_log(struct store *store, struct sv id, struct arena *arena,
		    const struct application_entry **ret, size_t *ret_count, struct err *err)
{
	struct application_entry *item = arena_alloc(arena, APPLICATION_LOG_MAX * sizeof *item);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT l.number, l.at, l.by, l.actor, l.actor_name, l.event, l.before,"
			  " l.after FROM application_log l JOIN application a"
			  " ON a.row = l.application WHERE a.id = $1 ORDER BY l.number DESC"
			  " LIMIT $2",
			  STORE_TEXT(id), STORE_INT(APPLICATION_LOG_MAX));
	int status = query ? 1 : -1;
	size_t count = 0;

	while (status > 0 && item) {
		status = store_step(query, err);
		if (status > 0)
			item[count++] = (struct application_entry){
				.number = (uint64_t)store_int(query, 0),
				.at = { store_int(query, 1) },
				.by = actor_of(store_text(query, 2)),
				.actor = records_text(query, 3, arena),
				.actor_name = records_text(query, 4, arena),
				.event = records_text(query, 5, arena),
				.from = records_text(query, 6, arena),
				.to = records_text(query, 7, arena),
			};
	}
	store_done(query);
	if (!item)
		return err_set(err, ERR_RANGE, "no memory for the log");
	for (size_t i = 0; i < count && status >= 0; i++) {
		if (read_entry_fields(store, &item[i], arena, err) < 0)
			status = -1;
	}
	if (status < 0)
		return -1;
	*ret = item;
	*ret_count = count;
	return 0;
}
