/* What every transition leaves in the records. */
#include "programme/records.h"

int records_put_answers(struct store *store, const char *sql, int64_t row,
			const struct answers *answers, size_t from, struct err *err)
{
	for (size_t i = 0; i < answers->count; i++) {
		if (store_change(store, err, sql, STORE_INT(row), STORE_INT(from + i),
				 STORE_TEXT(answers->item[i].name),
				 STORE_TEXT(answers->item[i].value)) < 0)
			return -1;
	}
	return 0;
}

int records_write_log(struct store *store, const struct written *written, struct err *err)
{
	const struct sv actor = written->actor.p ? written->actor : SV("");
	const struct sv name = written->actor_name.p ? written->actor_name : SV("");
	struct store_query *query;
	int64_t number;
	int status;

	query = store_ask(store, err,
			  "INSERT INTO application_log (application, at, by, actor, actor_name,"
			  " event, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
			  " RETURNING number",
			  STORE_INT(written->row), STORE_INT(written->now.us),
			  STORE_TEXT(sv_from(programme_actor_name(written->by))), STORE_TEXT(actor), STORE_TEXT(name),
			  STORE_TEXT(written->event),
			  STORE_TEXT(written->before.p ? written->before : SV("")),
			  STORE_TEXT(written->transition->to));
	status = query ? store_step(query, err) : -1;
	number = status > 0 ? store_int(query, 0) : 0;
	store_done(query);
	if (status < 0)
		return -1;
	if (written->before.n == 0) /* the form itself stands in the answers */
		return 0;
	for (size_t i = 0; i < written->fields->count; i++) {
		const struct answers one = { &written->fields->item[i], 1 };

		if (sv_ends(one.item->name, SV(PROGRAMME_EVENT_AT)))
			continue; /* the entry has its own time */
		if (records_put_answers(store,
					"INSERT INTO application_log_field (entry, number, name,"
					" value) VALUES ($1, $2, $3, $4)",
					number, &one, i, err) < 0)
			return -1;
	}
	return 0;
}

int records_write_seats(struct store *store, const struct written *written, struct err *err)
{
	for (size_t i = 0; i < written->transition->effect_count; i++) {
		const struct effect *effect = &written->transition->effect[i];

		if (effect->kind != EFFECT_SEAT_TAKE && effect->kind != EFFECT_SEAT_RELEASE)
			continue;
		if (store_change(store, err,
				 "INSERT INTO application_course (application, programme, course,"
				 " has_seat) VALUES ($1, $2, $3, $4)"
				 " ON CONFLICT (application, course)"
				 " DO UPDATE SET has_seat = excluded.has_seat",
				 STORE_INT(written->row), STORE_TEXT(written->entry->id),
				 STORE_TEXT(effect->what),
				 STORE_INT(effect->kind == EFFECT_SEAT_TAKE)) < 0)
			return -1;
	}
	return 0;
}

/* Seats were changed at once, participations belong to the caller. */
static bool waits(enum effect_kind kind)
{
	return kind == EFFECT_MAIL || kind == EFFECT_INVITE || kind == EFFECT_REPORT ||
	       kind == EFFECT_LICENCE_OFF || kind == EFFECT_UNINSTALL ||
	       kind == EFFECT_REMOVAL_WORKS || kind == EFFECT_ASK;
}

int records_write_jobs(struct store *store, const struct written *written, struct err *err)
{
	for (size_t i = 0; i < written->transition->effect_count; i++) {
		const struct effect *effect = &written->transition->effect[i];
		char id[UUID_TEXT_MAX];

		if (!waits(effect->kind))
			continue;
		uuid_format(uuid_v7(written->now), id);
		if (store_change(store, err,
				 "INSERT INTO job (id, kind, application, what, number, from_day,"
				 " to_day, made_at, due_at, attempts, state, problem, how) VALUES"
				 " ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 'waiting', '', $9)",
				 STORE_TEXT(sv_from(id)),
				 STORE_TEXT(sv_from(effect_kind_name(effect->kind))),
				 STORE_TEXT(written->application),
				 STORE_TEXT(effect->what.p ? effect->what : SV("")),
				 STORE_INT(effect->number), STORE_INT(effect->from.n),
				 STORE_INT(effect->to.n), STORE_INT(written->now.us),
				 STORE_TEXT(effect->how.p ? effect->how : SV(""))) < 0)
			return -1;
	}
	return 0;
}
