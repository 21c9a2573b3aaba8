#include "centre/desk.h"

bool desk_expected(const struct standing *standing, struct day day)
{
	const struct application_state *is = &standing->application.is;
	const struct instant evening = { tokyo_instant(day, 24, 0).us - 1 };

	return standing->known && standing->running && is->mark[MARK_INSTALLED].us != 0 &&
	       is->mark[MARK_INSTALLED].us <= evening.us &&
	       desk_serves(standing->entry->programme, is, evening);
}

int desk_find(struct store *store, struct sv company, struct day day, struct arena *arena,
	      struct desk_check *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT outcome, note, actor, at FROM daily_check WHERE company = $1 AND day = $2",
		STORE_TEXT(company), STORE_INT(day.n));
	struct desk_check check = { .company = company, .day = day };
	const int step = query ? store_step(query, err) : -1;

	if (step == 1) {
		check.outcome = arena_dup(arena, store_text(query, 0));
		check.note = arena_dup(arena, store_text(query, 1));
		check.actor = arena_dup(arena, store_text(query, 2));
		check.at.us = store_int(query, 3);
	}
	store_done(query);
	if (step < 0)
		return -1;
	*ret = check;
	return 0;
}

int desk_write(struct store *store, const struct desk_check *check, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO daily_check (company, day, outcome, note, actor, at)"
			    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (company, day) DO UPDATE"
			    " SET outcome = $3, note = $4, actor = $5, at = $6",
			    STORE_TEXT(check->company), STORE_INT(check->day.n),
			    STORE_TEXT(check->outcome), STORE_TEXT(check->note),
			    STORE_TEXT(check->actor), STORE_INT(check->at.us));
}

int desk_last(struct store *store, struct sv company, struct instant *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT at FROM daily_check WHERE company = $1 ORDER BY day DESC LIMIT 1",
			  STORE_TEXT(company));
	const int step = query ? store_step(query, err) : -1;

	if (step >= 0)
		ret->us = step == 1 ? store_int(query, 0) : 0;
	store_done(query);
	return step < 0 ? -1 : 0;
}

int desk_days(struct store *store, struct sv company, struct day from, struct day to,
	      struct arena *arena, const struct day **ret, size_t *ret_count, struct err *err)
{
	struct day *day = arena_zalloc(arena, DESK_SPAN_DAYS_MAX, sizeof *day);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT day FROM daily_check WHERE company = $1 AND day >= $2"
			  " AND day <= $3 ORDER BY day LIMIT $4",
			  STORE_TEXT(company), STORE_INT(from.n), STORE_INT(to.n),
			  STORE_INT(DESK_SPAN_DAYS_MAX));
	size_t count = 0;
	int step = query && day ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		day[count++].n = (int32_t)store_int(query, 0);
	store_done(query);
	if (step < 0)
		return -1;
	*ret = day;
	*ret_count = count;
	return 0;
}
