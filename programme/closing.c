/* Closed days that the office enters when applications are under way already. */
#include "programme/records.h"

#define CLOSING_MEMORY_MAX ((size_t)64 << 20) /* of one application at a time */

static struct sv day_text(struct day day, struct arena *arena)
{
	char text[DAY_TEXT_MAX];

	return arena_dup(arena, sv_from(day_format(day, DAY_ISO, text)));
}

/* The log says what moved, from when to when, and why. */
static int recount_one(struct store *store, const struct catalogue *catalogue,
		       const struct closing *closing, struct sv id, struct arena *arena,
		       struct due_change *ret, struct err *err)
{
	struct recount recount = { .now = closing->now, .event = SV("due_changed"),
				   .actor = closing->actor, .actor_name = closing->actor_name };
	struct answer *said = arena_zalloc(arena, 3, sizeof *said);
	struct transition transition = { .has_due = false };
	struct application application;

	if (!said)
		return err_set(err, ERR_RANGE, "no memory for a deadline");
	if (application_load(store, catalogue, id, arena, &application, err) <= 0)
		return -1;
	recount.programme = catalogue_of(catalogue, &application)->programme;
	recount.state = application.is.state;
	if (state_due(recount.programme, &application.is, &transition, err) < 0)
		return -1;
	said[0] = (struct answer){ SV("due_changed.reason"), closing->text };
	said[1] = (struct answer){ SV("due_changed.before"),
				   application.has_due ? day_text(application.due, arena)
						       : SV("-") };
	said[2] = (struct answer){ SV("due_changed.after"),
				   transition.has_due ? day_text(transition.due, arena) : SV("-") };
	recount.fields = (struct answers){ said, 3 };
	return records_recount(store, &recount, &application, arena, ret, err);
}

static int recount_all(struct store *store, const struct catalogue *catalogue,
		       const struct closing *closing, struct sv programme, struct arena *arena,
		       struct due_change *ret, size_t *count, struct err *err)
{
	const struct sv *id;
	size_t ids = 0;
	int status = records_under_way(store, programme, arena, &id, &ids, err);

	for (size_t i = 0; i < ids && status >= 0; i++) {
		struct arena *work = arena_new(CLOSING_MEMORY_MAX);
		struct due_change change;

		status = recount_one(store, catalogue, closing, id[i], work, &change, err);
		if (status > 0 && *count < DUE_CHANGES_MAX) {
			change.number = arena_dup(arena, change.number);
			ret[(*count)++] = change;
		}
		arena_free(work);
	}
	return status < 0 ? -1 : 0;
}

static int enter(struct store *store, const struct closing *closing, struct err *err)
{
	struct closure closure;

	if (closure_parse(closing->text, &closure, err) < 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO programme_closure (operator, text, actor, at)"
			    " VALUES ($1, $2, $3, $4)",
			    STORE_TEXT(closing->operator_id.p ? closing->operator_id : SV("")),
			    STORE_TEXT(sv_trim(closing->text)),
			    STORE_TEXT(closing->actor.p ? closing->actor : SV("")),
			    STORE_INT(closing->now.us));
}

int programme_close(struct store *store, const struct closing *closing, struct arena *arena,
		    const struct due_change **ret, size_t *ret_count, struct err *err)
{
	struct due_change *change = arena_zalloc(arena, DUE_CHANGES_MAX, sizeof *change);
	const struct catalogue_entry *entry;
	struct catalogue *catalogue;
	size_t count = 0, entries;
	int status = 0;

	if (!change)
		return err_set(err, ERR_RANGE, "no memory for the deadlines");
	if (records_need_transaction(store, err) < 0 || enter(store, closing, err) < 0)
		return -1;
	catalogue = catalogue_load(store, err);
	if (!catalogue)
		return -1;
	entries = catalogue_list(catalogue, &entry);
	for (size_t i = 0; i < entries && status == 0; i++) {
		if (closing->operator_id.n == 0 ||
		    sv_eq(entry[i].operator_id, closing->operator_id))
			status = recount_all(store, catalogue, closing, entry[i].id, arena, change,
					     &count, err);
	}
	catalogue_free(catalogue);
	*ret = change;
	*ret_count = count;
	return status;
}
