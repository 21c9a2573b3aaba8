#include "incident/internal.h"

#define NAME_MAX_BYTES 128 /* a user id */

int incident_check_text(struct sv text, size_t max, const char *what, struct err *err)
{
	if (text.n > max)
		return err_set(err, ERR_TOO_LARGE, "%s has %zu bytes, at most %zu", what, text.n,
			       max);
	if (!sv_is_utf8(text))
		return err_set(err, ERR_FORMAT, "%s is not UTF-8", what);
	return 0;
}

int incident_check_version(const struct incident_state_row *row, uint64_t version, struct err *err)
{
	if (row->version == version)
		return 0;
	err_set(err, ERR_CONFLICT, "the incident was changed meanwhile");
	return err_hint(err, "look at it again, then repeat the change if it is still wanted");
}

/* Moves an incident to a state, with its counters and the entry. */
static int change_state(struct store *store, const struct incident_state_row *row,
			enum incident_state to, struct sv text, struct sv actor, struct instant now,
			struct err *err)
{
	const bool over = to == INCIDENT_CLOSED || to == INCIDENT_FALSE_POSITIVE;

	if (store_change(store, err,
			 "UPDATE incident SET state = $2, updated = $3, closed = $4 WHERE row = $1",
			 STORE_INT(row->row), STORE_INT(to), STORE_INT(now.us),
			 STORE_INT(over ? now.us : 0)) != 0 ||
	    incident_count(store, sv_from(row->company), row->state, row->level, -1, err) != 0 ||
	    incident_count(store, sv_from(row->company), to, row->level, 1, err) != 0)
		return -1;
	return incident_put_entry(store,
				  &(struct incident_new_entry){
					  .incident = row->row,
					  .kind = INCIDENT_ENTRY_STATE,
					  .at = now,
					  .actor = actor,
					  .from = sv_from(incident_state_name(row->state)),
					  .to = sv_from(incident_state_name(to)),
					  .text = text,
				  },
				  err);
}

int incident_new_version(struct store *store, int64_t row, struct instant now, struct err *err)
{
	return store_change(
		store, err,
		"UPDATE incident SET version = version + 1, updated = $2 WHERE row = $1",
		STORE_INT(row), STORE_INT(now.us));
}

int incident_assign(struct store *store, const struct incident_scope *scope, struct sv id,
		    uint64_t version, struct sv assignee, struct sv actor, struct instant now,
		    struct err *err)
{
	struct incident_state_row row;
	enum incident_state to;

	if (incident_need_transaction(store, err) != 0 ||
	    incident_check_text(assignee, NAME_MAX_BYTES, "the assignee", err) != 0 ||
	    incident_find(store, scope, id, &row, err) != 0 ||
	    incident_check_version(&row, version, err) != 0)
		return -1;
	if (store_change(store, err, "UPDATE incident SET assignee = $2 WHERE row = $1",
			 STORE_INT(row.row),
			 STORE_TEXT(assignee.n > 0 ? assignee : SV_NONE)) != 0 ||
	    incident_new_version(store, row.row, now, err) != 0 ||
	    incident_put_entry(store,
			       &(struct incident_new_entry){
				       .incident = row.row,
				       .kind = INCIDENT_ENTRY_ASSIGNED,
				       .at = now,
				       .actor = actor,
				       .from = sv_from(row.assignee),
				       .to = assignee.n > 0 ? assignee : SV(""),
			       },
			       err) != 0)
		return -1;
	to = row.state;
	if (row.state == INCIDENT_NEW && assignee.n > 0)
		to = INCIDENT_ASSIGNED;
	if (row.state == INCIDENT_ASSIGNED && assignee.n == 0)
		to = INCIDENT_NEW;
	return to == row.state ? 0 : change_state(store, &row, to, SV_NONE, actor, now, err);
}

static int refuse_closing(const struct incident_state_row *row, struct err *err)
{
	const enum incident_obstacle obstacle = incident_obstacle(row->judgement, row->told);

	if (obstacle == INCIDENT_CLOSABLE)
		return 0;
	return err_set(err, ERR_CONFLICT, "%s",
		       obstacle == INCIDENT_NEEDS_STORY
			       ? "a real incident is closed with a story for the owner"
			       : "nobody has judged yet whether it is an incident");
}

/* Going to or coming from FALSE_POSITIVE says something about the judgement, too. */
static int follow_judgement(struct store *store, const struct incident_state_row *row,
			    enum incident_state to, struct sv reason, struct sv actor,
			    struct instant now, struct err *err)
{
	if (to == INCIDENT_FALSE_POSITIVE)
		return incident_set_judgement(store, row, INCIDENT_NOT_REAL, reason, actor, now,
					      err);
	if (row->state == INCIDENT_FALSE_POSITIVE)
		return incident_set_judgement(store, row, INCIDENT_UNJUDGED, reason, actor, now,
					      err);
	return 0;
}

int incident_set_state(struct store *store, const struct incident_scope *scope, struct sv id,
		       uint64_t version, enum incident_state state, struct sv reason,
		       struct sv actor, struct instant now, struct err *err)
{
	struct incident_state_row row;

	if (incident_need_transaction(store, err) != 0 ||
	    incident_check_text(reason, INCIDENT_TEXT_MAX, "the reason", err) != 0 ||
	    incident_find(store, scope, id, &row, err) != 0 ||
	    incident_check_version(&row, version, err) != 0)
		return -1;
	if (!incident_transition(row.state, state))
		return err_set(err, ERR_CONFLICT, "an incident that is %s cannot become %s",
			       incident_state_name(row.state), incident_state_name(state));
	if (state == INCIDENT_FALSE_POSITIVE && sv_trim(reason).n == 0)
		return err_set(err, ERR_RANGE, "a false positive needs a reason");
	if (state == INCIDENT_CLOSED && refuse_closing(&row, err) != 0)
		return -1;
	if (incident_new_version(store, row.row, now, err) != 0 ||
	    follow_judgement(store, &row, state, reason, actor, now, err) != 0)
		return -1;
	return change_state(store, &row, state, reason, actor, now, err);
}

int incident_note(struct store *store, const struct incident_scope *scope, struct sv id,
		  struct sv text, struct sv actor, struct instant now, struct err *err)
{
	struct incident_state_row row;

	if (incident_need_transaction(store, err) != 0 ||
	    incident_check_text(text, INCIDENT_TEXT_MAX, "the note", err) != 0)
		return -1;
	if (sv_trim(text).n == 0)
		return err_set(err, ERR_RANGE, "an empty note");
	if (incident_find(store, scope, id, &row, err) != 0 ||
	    store_change(store, err, "UPDATE incident SET updated = $2 WHERE row = $1",
			 STORE_INT(row.row), STORE_INT(now.us)) != 0)
		return -1;
	return incident_put_entry(store,
				  &(struct incident_new_entry){
					  .incident = row.row,
					  .kind = INCIDENT_ENTRY_NOTE,
					  .at = now,
					  .actor = actor,
					  .text = text,
				  },
				  err);
}
