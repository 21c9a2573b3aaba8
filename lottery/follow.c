/* After the draw: applications hear of it, and places that come free go on. */
#include "lottery/internal.h"

int lottery_steps(struct store *store, size_t limit, struct arena *arena,
		  const struct lottery_step **ret, size_t *ret_count, struct err *err)
{
	struct lottery_step *step = arena_zalloc(arena, limit + 1, sizeof *step);
	struct store_query *query = store_ask(
		store, err,
		"SELECT l.id, e.application, l.programme, e.won FROM lottery_entry e"
		" JOIN lottery l ON l.id = e.lottery WHERE e.fate = 'open' AND l.state = 'drawn'"
		" ORDER BY e.lottery, e.rank LIMIT $1",
		STORE_INT(limit));
	size_t count = 0;
	int status = query && step ? 1 : -1;

	while (status == 1 && (status = store_step(query, err)) == 1 && count < limit)
		step[count++] = (struct lottery_step){
			.lottery = arena_dup(arena, store_text(query, 0)),
			.application = arena_dup(arena, store_text(query, 1)),
			.programme = arena_dup(arena, store_text(query, 2)),
			.won = store_int(query, 3) != 0,
		};
	store_done(query);
	if (status < 0)
		return -1;
	*ret = step;
	*ret_count = count;
	return 0;
}

static int set_fate(struct store *store, struct sv lottery, struct sv application,
		    enum lottery_fate fate, enum lottery_fate before, struct sv after,
		    struct instant now, struct err *err)
{
	if (lottery_need(store, err) != 0 ||
	    store_change(store, err,
			 "UPDATE lottery_entry SET fate = $3, after = $4, changed_at = $5"
			 " WHERE lottery = $1 AND application = $2 AND fate = $6",
			 STORE_TEXT(lottery), STORE_TEXT(application),
			 STORE_TEXT(sv_from(lottery_fate_name(fate))), STORE_TEXT(after),
			 STORE_INT(now.us), STORE_TEXT(sv_from(lottery_fate_name(before)))) != 0)
		return -1;
	return store_changes(store) == 1
		       ? 0
		       : err_set(err, ERR_CONFLICT, "somebody else did this meanwhile");
}

int lottery_step_done(struct store *store, const struct lottery_step *step, bool taken,
		      struct instant now, struct err *err)
{
	return set_fate(store, step->lottery, step->application, taken ? FATE_APPLIED : FATE_GONE,
			FATE_OPEN, SV(""), now, err);
}

/* ---- a place goes on ---- */

static const struct lottery_row *row_of(const struct lottery *lottery, struct sv application)
{
	for (size_t i = 0; i < lottery->row_count; i++)
		if (sv_eq(lottery->row[i].application, application))
			return &lottery->row[i];
	return NULL;
}

static const struct lottery_row *row_of_ticket(const struct lottery *lottery, struct sv ticket)
{
	for (size_t i = 0; i < lottery->row_count; i++)
		if (sv_eq(lottery->row[i].ticket, ticket))
			return &lottery->row[i];
	return NULL;
}

/* Whose place somebody has who followed: that of the first in the chain. */
static size_t seat_of(const struct lottery *lottery, const struct lottery_row *row)
{
	for (size_t i = 0; i < lottery->row_count && row && !row->won; i++)
		row = row_of_ticket(lottery, row->after);
	return row ? row->seat : LOTTERY_NO_FRAME;
}

static bool waits(const struct lottery_row *row)
{
	return !row->won && row->fate == FATE_APPLIED;
}

static const struct lottery_row *next_of(const struct lottery *lottery, size_t seat)
{
	bool others = false;

	for (size_t i = 0; i < lottery->row_count; i++)
		others |= waits(&lottery->row[i]) && lottery->row[i].frame == seat;
	for (size_t i = 0; i < lottery->row_count; i++)
		if (waits(&lottery->row[i]) &&
		    lottery_may_follow(&lottery->rule, seat, lottery->row[i].frame, others))
			return &lottery->row[i];
	return NULL;
}

static bool holds(const struct lottery_row *row)
{
	return (row->won && (row->fate == FATE_APPLIED || row->fate == FATE_GONE)) ||
	       row->fate == FATE_FOLLOWED;
}

/* Every application has to know its draw before a place goes on. */
static bool is_settled(const struct lottery *lottery)
{
	for (size_t i = 0; i < lottery->row_count; i++)
		if (lottery->row[i].fate == FATE_OPEN)
			return false;
	return lottery->state == LOTTERY_DRAWN;
}

int lottery_next(struct store *store, const struct catalogue *catalogue,
		 const struct lottery *lottery, struct sv winner, struct arena *arena,
		 const struct lottery_row **ret, struct err *err)
{
	const struct lottery_row *row = row_of(lottery, winner), *next;
	const struct catalogue_entry *entry = catalogue_by_id(catalogue, lottery->programme);
	const struct programme_state *state;
	struct application application;
	int found;

	if (!row || !entry)
		return err_set(err, ERR_CONFLICT, "this application is not in the lottery");
	if (!is_settled(lottery) || !holds(row))
		return err_set(err, ERR_CONFLICT, "this application has no place to give on");
	found = application_load(store, catalogue, winner, arena, &application, err);
	if (found != 1)
		return found < 0 ? -1 : err_set(err, ERR_NOT_FOUND, "the application is not there");
	state = programme_state(entry->programme, application.is.state);
	if (!state || !state->final)
		return err_set(err, ERR_CONFLICT,
			       "the application holds its place: it has not ended");
	next = next_of(lottery, seat_of(lottery, row));
	if (!next)
		return 0;
	*ret = next;
	return 1;
}

int lottery_follow(struct store *store, const struct lottery *lottery, struct sv winner,
		   const struct lottery_row *next, bool taken, struct instant now, struct err *err)
{
	const struct lottery_row *row = row_of(lottery, winner);

	if (!row)
		return err_set(err, ERR_CONFLICT, "this application is not in the lottery");
	if (!taken)
		return set_fate(store, lottery->id, next->application, FATE_GONE, FATE_APPLIED,
				SV(""), now, err);
	if (set_fate(store, lottery->id, next->application, FATE_FOLLOWED, FATE_APPLIED,
		     row->ticket, now, err) != 0)
		return -1;
	/* A follower keeps the ticket whose place it had. */
	return set_fate(store, lottery->id, row->application, FATE_VACATED, row->fate, row->after,
			now, err);
}
