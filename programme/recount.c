/* Deadlines counted again: after a new version of the file, after a day was closed late. */
#include "programme/records.h"

#define UNDER_WAY_MAX 100000 /* applications of one programme */

int records_under_way(struct store *store, struct sv programme, struct arena *arena,
		      const struct sv **ret, size_t *ret_count, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id FROM application WHERE programme = $1 AND final = 0"
			  " ORDER BY row",
			  STORE_TEXT(programme));
	struct sv *id = arena_alloc(arena, UNDER_WAY_MAX * sizeof *id);
	int status = query ? 1 : -1;
	size_t count = 0;

	while (status > 0 && id) {
		status = store_step(query, err);
		if (status <= 0)
			break;
		if (count == UNDER_WAY_MAX) {
			status = err_set(err, ERR_RANGE, "more than %d applications are under way",
					 UNDER_WAY_MAX);
			break;
		}
		id[count++] = records_text(query, 0, arena);
	}
	store_done(query);
	if (!id)
		return err_set(err, ERR_RANGE, "no memory for the applications");
	*ret = id;
	*ret_count = count;
	return status < 0 ? -1 : 0;
}

static int find_row(struct store *store, struct sv id, int64_t *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT row FROM application WHERE id = $1", STORE_TEXT(id));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		*ret = store_int(query, 0);
	store_done(query);
	return status < 0 ? -1 : 0;
}

static int write(struct store *store, const struct recount *recount,
		 const struct application *before, const struct transition *transition,
		 struct err *err)
{
	const struct programme_state *state = programme_state(recount->programme, transition->to);
	struct written written = { .application = before->id,
				   .before = before->is.state,
				   .transition = transition,
				   .fields = &recount->fields,
				   .event = recount->event,
				   .actor = recount->actor,
				   .actor_name = recount->actor_name,
				   .by = recount->actor.n > 0 ? BY_SECRETARIAT : BY_CENTRE,
				   .now = recount->now };

	if (find_row(store, before->id, &written.row, err) < 0 ||
	    store_change(store, err,
			 "UPDATE application SET version = version + 1, file_version = $1,"
			 " state = $2, actor = $3, due_sort = $4, due_hard = $5, wake_at = $6"
			 " WHERE row = $7",
			 STORE_INT(recount->programme->facts.version), STORE_TEXT(transition->to),
			 STORE_TEXT(sv_from(programme_actor_name(state->actor))),
			 STORE_INT(transition->has_due ? transition->due.n : DUE_NEVER),
			 STORE_INT(transition->due_is_hard), STORE_INT(transition->wake.us),
			 STORE_INT(written.row)) < 0)
		return -1;
	return records_write_log(store, &written, err);
}

int records_recount(struct store *store, const struct recount *recount,
		    const struct application *application, struct arena *arena,
		    struct due_change *ret_change, struct err *err)
{
	struct transition *transition = arena_zalloc(arena, 1, sizeof *transition);
	struct application_state is = application->is;

	if (!transition)
		return err_set(err, ERR_RANGE, "no memory for a deadline");
	is.state = recount->state;
	transition->to = recount->state;
	if (state_due(recount->programme, &is, transition, err) < 0)
		return -1;
	transition->wake = next_wake(recount->programme, &is);
	if (ret_change) { /* only where something moved */
		const bool moved = transition->has_due != application->has_due ||
				   (transition->has_due &&
				    day_compare(transition->due, application->due) != 0);

		if (!moved && transition->wake.us == application->wake.us)
			return 0;
		*ret_change = (struct due_change){ application->number, application->due,
						   transition->due };
		return write(store, recount, application, transition, err) < 0 ? -1 : 1;
	}
	return write(store, recount, application, transition, err);
}
