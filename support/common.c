#include "support/internal.h"

int rows_next(struct rows *rows, struct err *err)
{
	const int step = rows->query ? store_step(rows->query, err) : -1;

	if (step == 1 && rows->count == rows->room)
		return err_set(err, ERR_RANGE, "more than %zu %s", rows->room, rows->what);
	rows->count += step == 1;
	return step;
}

int check_room(struct store *store, const char *sql, struct sv id, int64_t max, const char *what,
	       struct err *err)
{
	struct store_query *query = store_ask(store, err, sql, STORE_TEXT(id));
	const int step = query ? store_step(query, err) : -1;
	const int64_t count = step == 1 ? store_int(query, 0) : 0;

	store_done(query);
	if (step != 1)
		return -1;
	return count < max ? 0
			   : err_set(err, ERR_RANGE, "there are %lld %s already, at most %lld",
				     (long long)count, what, (long long)max);
}

int support_company_moved(struct store *store, struct sv application, struct sv company,
			  struct err *err)
{
	static const char *const sql[] = {
		"UPDATE asked SET company = $2 WHERE application = $1",
		"UPDATE visit SET company = $2 WHERE application = $1",
		"UPDATE document SET company = $2 WHERE application = $1",
		"UPDATE hearing SET company = $2 WHERE application = $1",
		"UPDATE disclosure SET company = $2 WHERE application = $1",
	};

	if (records_need_transaction(store, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		if (store_change(store, err, sql[i], STORE_TEXT(application),
				 STORE_TEXT(company)) < 0)
			return -1;
	return 0;
}

int word_index(struct sv text, const char *const *name, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(text, sv_from(name[i])))
			return (int)i;
	return -1;
}

int answers_put(struct store *store, const char *sql, struct sv sheet,
		const struct answers *answers, struct err *err)
{
	for (size_t i = 0; i < answers->count; i++)
		if (store_change(store, err, sql, STORE_TEXT(sheet), STORE_INT(i),
				 STORE_TEXT(answers->item[i].name),
				 STORE_TEXT(answers->item[i].value)) < 0)
			return -1;
	return 0;
}

int answers_read(struct store *store, const char *sql, struct sv sheet, struct arena *arena,
		 struct answers *ret, struct err *err)
{
	struct answer *item = arena_zalloc(arena, 2 * PROGRAMME_ANSWERS_MAX, sizeof *item);
	struct rows rows = { .room = 2 * PROGRAMME_ANSWERS_MAX, .what = "answers" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err, sql, STORE_TEXT(sheet));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		item[rows.count - 1] = (struct answer){ records_text(rows.query, 0, arena),
							records_text(rows.query, 1, arena) };
	store_done(rows.query);
	*ret = (struct answers){ item, rows.count };
	return step;
}
