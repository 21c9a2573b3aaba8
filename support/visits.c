/* Visits in the records. */
#include "support/internal.h"

#define COLUMNS                                                                                    \
	"v.id, v.programme, v.application, v.company, v.course, v.number, v.form, v.requested,"    \
	" v.from_at, v.to_at, v.expert, v.expert_name, v.state, v.reason, v.record"

static void read_row(struct store_query *query, struct arena *arena, struct visit *ret)
{
	*ret = (struct visit){
		.id = records_text(query, 0, arena),
		.programme = records_text(query, 1, arena),
		.application = records_text(query, 2, arena),
		.company = records_text(query, 3, arena),
		.course = records_text(query, 4, arena),
		.number = (unsigned)store_int(query, 5),
		.form = sv_eq(store_text(query, 6), SV("online")) ? VISIT_ONLINE : VISIT_ON_SITE,
		.requested = store_int(query, 7) != 0,
		.from = { store_int(query, 8) },
		.minutes = (unsigned)((store_int(query, 9) - store_int(query, 8)) /
				      (60 * INSTANT_SECOND)),
		.expert = { records_text(query, 10, arena), records_text(query, 11, arena) },
		.reason = records_text(query, 13, arena),
		.record = records_text(query, 14, arena),
	};
	for (int i = 0; i < VISIT_STATE_COUNT; i++)
		if (sv_eq(store_text(query, 12), sv_from(visit_state_name((enum visit_state)i))))
			ret->state = (enum visit_state)i;
}

/* All that a query finds; the query is released. */
static int read_all(struct store_query *query, size_t room, struct arena *arena,
		    const struct visit **ret, size_t *ret_count, struct err *err)
{
	struct visit *item = arena_zalloc(arena, room, sizeof *item);
	struct rows rows = { .query = query, .room = room, .what = "visits" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		read_row(query, arena, &item[rows.count - 1]);
	store_done(query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}

int visit_put(struct store *store, const struct visit *visit, struct person by, struct instant now,
	      char ret_id[static UUID_TEXT_MAX], struct err *err)
{
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(now), id);
	if (records_need_transaction(store, err) < 0 ||
	    check_room(store, "SELECT COUNT(*) FROM visit WHERE application = $1",
		       visit->application, SUPPORT_VISITS_MAX, "visits", err) < 0 ||
	    store_change(store, err,
			 "INSERT INTO visit (id, programme, application, company, course, number,"
			 " form, requested, from_at, to_at, expert, expert_name, reason, made_at,"
			 " maker) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
			 " $14, $15)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(visit->programme),
			 STORE_TEXT(visit->application), STORE_TEXT(visit->company),
			 STORE_TEXT(visit->course), STORE_INT(visit->number),
			 STORE_TEXT(sv_from(visit_form_name(visit->form))), STORE_INT(visit->requested),
			 STORE_INT(visit->from.us), STORE_INT(visit_end(visit).us),
			 STORE_TEXT(visit->expert.id), STORE_TEXT_OR_EMPTY(visit->expert.name),
			 STORE_TEXT_OR_EMPTY(visit->reason), STORE_INT(now.us),
			 STORE_TEXT_OR_EMPTY(by.id)) < 0)
		return -1;
	memcpy(ret_id, id, sizeof id);
	return 0;
}

/* After an UPDATE of one planned visit. */
static int changed_one(struct store *store, int status, struct err *err)
{
	if (status == 0 && store_changes(store) != 1)
		return err_set(err, ERR_CONFLICT, "the visit is not planned any more");
	return status;
}

int visit_move(struct store *store, const struct visit *visit, struct err *err)
{
	if (records_need_transaction(store, err) < 0)
		return -1;
	return changed_one(store,
			   store_change(store, err,
					"UPDATE visit SET form = $2, requested = $3, from_at = $4,"
					" to_at = $5, expert = $6, expert_name = $7"
					" WHERE id = $1 AND state = 'planned'",
					STORE_TEXT(visit->id),
					STORE_TEXT(sv_from(visit_form_name(visit->form))),
					STORE_INT(visit->requested), STORE_INT(visit->from.us),
					STORE_INT(visit_end(visit).us), STORE_TEXT(visit->expert.id),
					STORE_TEXT_OR_EMPTY(visit->expert.name)),
			   err);
}

int visit_cancel(struct store *store, struct sv id, struct sv reason, struct err *err)
{
	if (records_need_transaction(store, err) < 0)
		return -1;
	return changed_one(store,
			   store_change(store, err,
					"UPDATE visit SET state = 'cancelled', reason = $2"
					" WHERE id = $1 AND state = 'planned'",
					STORE_TEXT(id), STORE_TEXT_OR_EMPTY(reason)),
			   err);
}

int visit_hold(struct store *store, struct sv id, struct sv record, const struct sv *document,
	       size_t document_count, struct instant now, struct err *err)
{
	if (records_need_transaction(store, err) < 0 ||
	    changed_one(store,
			store_change(store, err,
				     "UPDATE visit SET state = 'held', record = $2, held_at = $3"
				     " WHERE id = $1 AND state = 'planned'",
				     STORE_TEXT(id), STORE_TEXT_OR_EMPTY(record),
				     STORE_INT(now.us)),
			err) < 0)
		return -1;
	for (size_t i = 0; i < document_count; i++)
		if (store_change(store, err,
				 "INSERT INTO visit_document (visit, document) VALUES ($1, $2)"
				 " ON CONFLICT DO NOTHING",
				 STORE_TEXT(id), STORE_TEXT(document[i])) < 0)
			return -1;
	return 0;
}

int visit_load(struct store *store, struct sv id, struct arena *arena, struct visit *ret,
	       struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT " COLUMNS " FROM visit v WHERE v.id = $1", STORE_TEXT(id));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		read_row(query, arena, ret);
	store_done(query);
	return step;
}

int visits_of_application(struct store *store, struct sv application, struct arena *arena,
			  const struct visit **ret, size_t *ret_count, struct err *err)
{
	return read_all(store_ask(store, err,
				  "SELECT " COLUMNS " FROM visit v WHERE v.application = $1"
				  " ORDER BY v.from_at, v.row",
				  STORE_TEXT(application)),
			SUPPORT_VISITS_MAX, arena, ret, ret_count, err);
}

int visits_between(struct store *store, const struct visit_span *span, struct arena *arena,
		   const struct visit **ret, size_t *ret_count, struct err *err)
{
	return read_all(store_ask(store, err,
				  "SELECT " COLUMNS " FROM visit v WHERE v.state = 'planned'"
				  " AND v.from_at < $2 AND v.to_at > $1"
				  " AND ($3 = '' OR v.expert = $3) AND ($4 = '' OR v.programme = $4)"
				  " ORDER BY v.from_at, v.row",
				  STORE_INT(span->from.us), STORE_INT(span->to.us),
				  STORE_TEXT_OR_EMPTY(span->expert),
				  STORE_TEXT_OR_EMPTY(span->programme)),
			SUPPORT_SPAN_VISITS_MAX, arena, ret, ret_count, err);
}

int visit_documents(struct store *store, struct sv id, struct arena *arena, const struct sv **ret,
		    size_t *ret_count, struct err *err)
{
	struct sv *item = arena_zalloc(arena, SUPPORT_VERSIONS_MAX, sizeof *item);
	struct rows rows = { .room = SUPPORT_VERSIONS_MAX, .what = "documents" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err,
			       "SELECT document FROM visit_document WHERE visit = $1"
			       " ORDER BY document",
			       STORE_TEXT(id));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		item[rows.count - 1] = records_text(rows.query, 0, arena);
	store_done(rows.query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}
