#include "incident/internal.h"

int incident_set_judgement(struct store *store, const struct incident_state_row *row,
			   enum incident_judgement judgement, struct sv reason, struct sv actor,
			   struct instant now, struct err *err)
{
	const bool taken_back = judgement == INCIDENT_UNJUDGED;

	if (store_change(store, err,
			 "UPDATE incident SET judgement = $2, judged_reason = $3, judged_by = $4,"
			 " judged_at = $5, updated = $6 WHERE row = $1",
			 STORE_INT(row->row), STORE_INT(judgement),
			 STORE_TEXT(taken_back ? SV_NONE : incident_text(reason)),
			 STORE_TEXT(taken_back ? SV_NONE : actor),
			 STORE_INT(taken_back ? 0 : now.us), STORE_INT(now.us)) != 0)
		return -1;
	return incident_put_entry(
		store,
		&(struct incident_new_entry){
			.incident = row->row,
			.kind = INCIDENT_ENTRY_JUDGED,
			.at = now,
			.actor = actor,
			.from = sv_from(incident_judgement_name(row->judgement)),
			.to = sv_from(incident_judgement_name(judgement)),
			.text = reason,
		},
		err);
}

static bool is_over(enum incident_state state)
{
	return state == INCIDENT_CLOSED || state == INCIDENT_FALSE_POSITIVE;
}

int incident_judge(struct store *store, const struct incident_scope *scope, struct sv id,
		   uint64_t version, bool real, struct sv reason, struct sv actor,
		   struct instant now, struct err *err)
{
	struct incident_state_row row;

	if (incident_need_transaction(store, err) != 0 ||
	    incident_check_text(reason, INCIDENT_TEXT_MAX, "the reason", err) != 0)
		return -1;
	if (sv_trim(reason).n == 0)
		return err_set(err, ERR_RANGE, "a judgement needs a reason");
	if (incident_find(store, scope, id, &row, err) != 0 ||
	    incident_check_version(&row, version, err) != 0)
		return -1;
	if (is_over(row.state))
		return err_set(err, ERR_CONFLICT, "an incident that is %s is not judged again",
			       incident_state_name(row.state));
	if (incident_new_version(store, row.row, now, err) != 0)
		return -1;
	return incident_set_judgement(store, &row, real ? INCIDENT_REAL : INCIDENT_NOT_REAL,
				      reason, actor, now, err);
}

/* ==== contacts ==== */

static int check_contact(const struct incident_contact *contact, struct err *err)
{
	if (incident_check_text(contact->text, INCIDENT_STORY_MAX, "what was said", err) != 0 ||
	    incident_check_text(contact->person, INCIDENT_PERSON_MAX, "the person", err) != 0)
		return -1;
	if ((unsigned)contact->channel >= INCIDENT_CHANNEL_COUNT ||
	    contact->consents >> ACTION_KIND_COUNT != 0)
		return err_set(err, ERR_RANGE, "no such channel or consent");
	if (!contact->reached && contact->consents != 0)
		return err_set(err, ERR_RANGE, "nobody was reached who could have agreed");
	if (contact->reached && sv_trim(contact->person).n == 0)
		return err_set(err, ERR_RANGE, "who was reached is missing");
	return 0;
}

static int check_room(struct store *store, int64_t incident, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT count(*) FROM incident_contact WHERE incident = $1",
			  STORE_INT(incident));
	int64_t count;

	if (incident_row(query, err) != 1)
		return -1;
	count = store_int(query, 0);
	store_done(query);
	if (count < INCIDENT_CONTACTS_MAX)
		return 0;
	return err_set(err, ERR_TOO_MANY, "an incident keeps %d contacts", INCIDENT_CONTACTS_MAX);
}

int incident_contact(struct store *store, const struct incident_scope *scope, struct sv id,
		     const struct incident_contact *contact, struct instant now, struct err *err)
{
	struct incident_state_row row;
	char text[UUID_TEXT_MAX];

	if (incident_need_transaction(store, err) != 0 || check_contact(contact, err) != 0 ||
	    incident_find(store, scope, id, &row, err) != 0 ||
	    check_room(store, row.row, err) != 0)
		return -1;
	if (store_change(store, err,
			 "INSERT INTO incident_contact (id, incident, at, actor, channel, person,"
			 " reached, text, consents) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			 STORE_TEXT(sv_from(uuid_format(uuid_v7(now), text))), STORE_INT(row.row),
			 STORE_INT(now.us), STORE_TEXT(incident_text(contact->actor)),
			 STORE_INT(contact->channel), STORE_TEXT(incident_text(contact->person)),
			 STORE_INT(contact->reached), STORE_TEXT(incident_text(contact->text)),
			 STORE_INT(contact->consents)) != 0 ||
	    store_change(store, err, "UPDATE incident SET updated = $2 WHERE row = $1",
			 STORE_INT(row.row), STORE_INT(now.us)) != 0)
		return -1;
	return incident_put_entry(
		store,
		&(struct incident_new_entry){
			.incident = row.row,
			.kind = INCIDENT_ENTRY_CONTACT,
			.at = now,
			.actor = contact->actor,
			.from = sv_from(incident_channel_name(contact->channel)),
			.to = contact->reached ? SV("reached") : SV("missed"),
			.text = contact->text,
		},
		err);
}

/* ==== the story ==== */

int incident_tell(struct store *store, const struct incident_scope *scope, struct sv id,
		  uint64_t version, struct sv story, struct sv actor, struct instant now,
		  struct err *err)
{
	struct incident_state_row row;

	if (incident_need_transaction(store, err) != 0 ||
	    incident_check_text(story, INCIDENT_STORY_MAX, "the story", err) != 0)
		return -1;
	if (sv_trim(story).n == 0)
		return err_set(err, ERR_RANGE, "an empty story");
	if (incident_find(store, scope, id, &row, err) != 0 ||
	    incident_check_version(&row, version, err) != 0 ||
	    incident_new_version(store, row.row, now, err) != 0 ||
	    store_change(store, err,
			 "UPDATE incident SET story = $2, story_by = $3, story_at = $4"
			 " WHERE row = $1",
			 STORE_INT(row.row), STORE_TEXT(story), STORE_TEXT(actor),
			 STORE_INT(now.us)) != 0)
		return -1;
	return incident_put_entry(store,
				  &(struct incident_new_entry){
					  .incident = row.row,
					  .kind = INCIDENT_ENTRY_STORY,
					  .at = now,
					  .actor = actor,
					  .text = story,
				  },
				  err);
}

/* ==== in figures ==== */

int incident_summary(struct store *store, struct sv company, struct instant from,
		     struct incident_summary *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT (SELECT count(*) FROM incident WHERE company = $1 AND state < $2),"
		" (SELECT count(*) FROM incident WHERE company = $1 AND state < $2"
		"  AND judgement = $3),"
		" (SELECT count(*) FROM incident WHERE company = $1 AND opened >= $4)",
		STORE_TEXT(company), STORE_INT(INCIDENT_RESOLVED), STORE_INT(INCIDENT_REAL),
		STORE_INT(from.us));

	if (incident_row(query, err) != 1)
		return -1;
	*ret = (struct incident_summary){
		.open = (uint64_t)store_int(query, 0),
		.open_real = (uint64_t)store_int(query, 1),
		.since = (uint64_t)store_int(query, 2),
	};
	store_done(query);
	return 0;
}

int incident_detections_between(struct store *store, struct sv company, struct instant from,
				struct instant to, size_t limit, uint64_t *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT COALESCE(sum(d.detected >= $2 AND d.detected < $3), 0) FROM"
		" (SELECT detected FROM incident_detection WHERE company = $1"
		"  ORDER BY row DESC LIMIT $4) d",
		STORE_TEXT(company), STORE_INT(from.us), STORE_INT(to.us), STORE_INT(limit));

	if (incident_row(query, err) != 1)
		return -1;
	*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return 0;
}
