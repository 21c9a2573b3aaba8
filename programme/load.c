/* Applications as the records keep them. */
#include <stdlib.h>

#include "programme/records.h"

#define COLUMNS                                                                                    \
	"a.row, a.id, a.number_text, a.programme, a.company, a.name, a.kana, a.contact, a.mail,"   \
	" a.telephone, a.file_version, a.version, a.state, a.entered_at, a.received_at,"           \
	" a.completed_at, a.confirmed_at, a.approved_at, a.installed_at, a.ended_at, a.due_sort,"  \
	" a.due_hard, a.wake_at"

static int read_row(struct store_query *query, struct arena *arena, int64_t *ret_row,
		    struct application *ret, struct err *err)
{
	struct sv *const text[] = { &ret->id,	   &ret->number,       &ret->programme,
				    &ret->company, &ret->company_name, &ret->company_kana,
				    &ret->contact, &ret->mail,	       &ret->telephone };

	*ret = (struct application){ .version = 0 };
	*ret_row = store_int(query, 0);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		*text[i] = records_text(query, (int)i + 1, arena);
		if (!text[i]->p)
			return err_set(err, ERR_RANGE, "no memory for an application");
	}
	ret->file_version = (uint32_t)store_int(query, 10);
	ret->version = (uint64_t)store_int(query, 11);
	ret->is.state = records_text(query, 12, arena);
	ret->is.entered.us = store_int(query, 13);
	for (int i = 0; i < MARK_COUNT; i++)
		ret->is.mark[i].us = store_int(query, 14 + i);
	ret->has_due = store_int(query, 20) != DUE_NEVER;
	ret->due.n = ret->has_due ? (int32_t)store_int(query, 20) : 0;
	ret->due_is_hard = store_int(query, 21) != 0;
	ret->wake.us = store_int(query, 22);
	return 0;
}

/* A page holds many applications: no more room than the answers need. */
static struct answer *with_room(struct answer *item, size_t count, size_t *room,
				struct arena *arena)
{
	struct answer *more;

	if (count < *room)
		return item;
	*room = *room == 0 ? 16 : *room * 2;
	more = arena_alloc(arena, *room * sizeof *more);
	if (more && count > 0)
		memcpy(more, item, count * sizeof *more);
	return more;
}

static int read_pairs(struct store *store, const char *sql, int64_t row, struct arena *arena,
		      struct answers *ret, struct err *err)
{
	struct store_query *query = store_ask(store, err, sql, STORE_INT(row));
	struct answer *item = NULL;
	size_t count = 0, room = 0;
	int status = query ? 1 : -1;

	while (status > 0 && count < PROGRAMME_ANSWERS_MAX) {
		status = store_step(query, err);
		if (status > 0 && !(item = with_room(item, count, &room, arena))) {
			status = err_set(err, ERR_RANGE, "no memory for the answers");
		} else if (status > 0) {
			item[count] = (struct answer){ records_text(query, 0, arena),
						       records_text(query, 1, arena) };
			if (!item[count].name.p || !item[count].value.p)
				status = err_set(err, ERR_RANGE, "no memory for the answers");
			count++;
		}
	}
	store_done(query);
	*ret = (struct answers){ item, count };
	return status < 0 ? -1 : 0;
}

static int read_fired(struct store *store, int64_t row, struct arena *arena,
		      struct application_state *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT event FROM application_fired WHERE application = $1"
			  " ORDER BY at, event LIMIT 64",
			  STORE_INT(row));
	int status = query ? 1 : -1;

	while (status > 0 && ret->fired_count < FIRED_MAX) {
		status = store_step(query, err);
		if (status > 0)
			ret->fired[ret->fired_count++] = records_text(query, 0, arena);
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

static void read_courses(struct application *ret)
{
	const struct answers *answers = &ret->is.answers;
	const struct sv now = courses_name(answers);

	for (size_t i = 0; i < answers->count; i++) {
		const struct answer *one = &answers->item[i];

		if (sv_eq(one->name, SV("courses")) && ret->wished_count < PROGRAMME_COURSES_MAX)
			ret->wished[ret->wished_count++] = one->value;
		else if (sv_eq(one->name, now) && ret->decided_count < PROGRAMME_COURSES_MAX)
			ret->decided[ret->decided_count++] = one->value;
	}
}

static int read_rest(struct store *store, int64_t row, struct arena *arena,
		     struct application *ret, struct err *err)
{
	if (read_pairs(store,
		       "SELECT name, value FROM application_answer WHERE application = $1"
		       " ORDER BY number",
		       row, arena, &ret->is.answers, err) < 0 ||
	    read_pairs(store,
		       "SELECT name, value FROM application_record WHERE application = $1"
		       " ORDER BY number",
		       row, arena, &ret->is.records, err) < 0 ||
	    read_fired(store, row, arena, &ret->is, err) < 0)
		return -1;
	read_courses(ret);
	return 0;
}

/* The application that a query with COLUMNS finds; the query is released. */
static int load_one(struct store *store, struct store_query *query, struct arena *arena,
		    struct application *ret, struct err *err)
{
	struct application application;
	int64_t row = 0;
	int status = query ? store_step(query, err) : -1;

	if (status > 0 && read_row(query, arena, &row, &application, err) < 0)
		status = -1;
	store_done(query);
	if (status > 0 && read_rest(store, row, arena, &application, err) < 0)
		status = -1;
	if (status > 0)
		*ret = application;
	return status;
}

int application_load(struct store *store, const struct catalogue *catalogue, struct sv id,
		     struct arena *arena, struct application *ret, struct err *err)
{
	return load_one(store,
			store_ask(store, err,
				  "SELECT " COLUMNS " FROM application a WHERE a.id = $1",
				  STORE_TEXT(id)),
			arena, ret, err);
}

int application_by_link(struct store *store, const struct catalogue *catalogue, struct sv secret,
			struct arena *arena, struct application *ret, struct err *err)
{
	char hash[2 * SHA256_SIZE + 1];

	return load_one(store,
			store_ask(store, err,
				  "SELECT " COLUMNS " FROM application_link l"
				  " JOIN application a ON a.row = l.application WHERE l.hash = $1",
				  STORE_TEXT(records_hash(secret, hash))),
			arena, ret, err);
}

int application_of_participation(struct store *store, const struct catalogue *catalogue,
				 struct sv participation, struct arena *arena,
				 struct application *ret, struct err *err)
{
	return load_one(store,
			store_ask(store, err,
				  "SELECT " COLUMNS " FROM participation p"
				  " JOIN application a ON a.id = p.application WHERE p.id = $1",
				  STORE_TEXT(participation)),
			arena, ret, err);
}

/* ---- the personal link ---- */

int application_renew_link(struct store *store, struct sv id, struct arena *arena,
			   struct sv *ret_secret, struct err *err)
{
	uint8_t bytes[SHA256_SIZE];
	char hash[2 * SHA256_SIZE + 1];
	char text[2 * SHA256_SIZE + 1];
	struct sv secret;

	if (records_need_transaction(store, err) < 0)
		return -1;
	random_bytes(bytes, sizeof bytes);
	secret = arena_dup(arena, sv_from(hex_encode(bytes, sizeof bytes, text)));
	if (!secret.p)
		return err_set(err, ERR_RANGE, "no memory for the link");
	if (store_change(store, err,
			 "INSERT INTO application_link (hash, application, number)"
			 " SELECT $1, a.row, 1 + (SELECT MAX(l.number) FROM application_link l"
			 " WHERE l.application = a.row) FROM application a WHERE a.id = $2",
			 STORE_TEXT(records_hash(secret, hash)), STORE_TEXT(id)) < 0)
		return -1;
	if (store_changes(store) != 1)
		return err_set(err, ERR_NOT_FOUND, "there is no such application");
	if (store_change(store, err,
			 "DELETE FROM application_link WHERE application ="
			 " (SELECT row FROM application WHERE id = $1) AND number > 0"
			 " AND number <= (SELECT MAX(l.number) FROM application_link l"
			 " WHERE l.application = application_link.application) - $2",
			 STORE_TEXT(id), STORE_INT(APPLICATION_LINKS_MAX)) < 0)
		return -1;
	*ret_secret = secret;
	return 0;
}

/* ---- lists ---- */

struct wanted { /* a WHERE clause with its values */
	struct buf sql;
	struct store_value value[3 * APPLICATION_PROGRAMMES_MAX + 16];
	size_t count;
};

static void want(struct wanted *wanted, struct store_value value)
{
	wanted->value[wanted->count++] = value;
	buf_printf(&wanted->sql, "$%zu", wanted->count);
}

static void want_among(struct wanted *wanted, const char *column, const struct sv *list,
		       size_t count)
{
	buf_printf(&wanted->sql, "%s IN (", column);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_char(&wanted->sql, ',');
		want(wanted, STORE_TEXT(list[i]));
	}
	buf_put_char(&wanted->sql, ')');
}

static int want_scope(struct wanted *wanted, const struct application_filter *filter,
		      struct err *err)
{
	if (filter->programme_count > APPLICATION_PROGRAMMES_MAX ||
	    filter->company_count > APPLICATION_PROGRAMMES_MAX)
		return err_set(err, ERR_RANGE, "more than %d programmes or companies",
			       APPLICATION_PROGRAMMES_MAX);
	buf_put_sv(&wanted->sql, SV(" WHERE ("));
	want_among(wanted, "a.programme", filter->programme, filter->programme_count);
	buf_put_sv(&wanted->sql, SV(" OR "));
	want_among(wanted, "a.company", filter->company, filter->company_count);
	buf_put_char(&wanted->sql, ')');
	return 0;
}

/* % and _ are letters here. */
static struct sv like(struct sv text, struct arena *arena)
{
	struct sv folded = fold_search(text, arena), pattern;
	struct buf buf;

	buf_init(&buf, folded.n * 2 + 4);
	buf_put_char(&buf, '%');
	for (size_t i = 0; i < folded.n; i++) {
		if (folded.p[i] == '%' || folded.p[i] == '_' || folded.p[i] == '\\')
			buf_put_char(&buf, '\\');
		buf_put_char(&buf, folded.p[i]);
	}
	buf_put_char(&buf, '%');
	pattern = arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return pattern;
}

/* Late, today, soon; soon is within one business day of each programme's own calendar. */
static int want_due(struct wanted *wanted, const struct catalogue *catalogue,
		    const struct application_filter *filter, struct err *err)
{
	const struct catalogue_entry *entry;
	const size_t count = catalogue_list(catalogue, &entry);

	if (filter->due == DUE_ANY)
		return 0;
	if (filter->due != DUE_SOON) {
		buf_printf(&wanted->sql, " AND a.final = 0 AND a.due_sort %s ",
			   filter->due == DUE_LATE ? "<" : "=");
		want(wanted, STORE_INT(filter->today.n));
		return 0;
	}
	buf_put_sv(&wanted->sql, SV(" AND a.final = 0 AND a.due_sort >= "));
	want(wanted, STORE_INT(filter->today.n));
	buf_put_sv(&wanted->sql, SV(" AND a.due_sort <= CASE a.programme"));
	for (size_t i = 0; i < count && i < APPLICATION_PROGRAMMES_MAX / 2; i++) {
		struct day soon;

		if (calendar_after(programme_calendar(entry[i].programme), filter->today, 1, &soon,
				   err) < 0)
			return -1;
		buf_put_sv(&wanted->sql, SV(" WHEN "));
		want(wanted, STORE_TEXT(entry[i].id));
		buf_put_sv(&wanted->sql, SV(" THEN "));
		want(wanted, STORE_INT(soon.n));
	}
	buf_put_sv(&wanted->sql, SV(" WHEN '' THEN 0 ELSE "));
	want(wanted, STORE_INT(day_add(filter->today, 1).n));
	buf_put_sv(&wanted->sql, SV(" END"));
	return 0;
}

static int want_all(struct wanted *wanted, const struct catalogue *catalogue,
		    const struct application_filter *filter, struct arena *arena, struct err *err)
{
	if (want_scope(wanted, filter, err) < 0)
		return -1;
	if (filter->state.n > 0) {
		buf_put_sv(&wanted->sql, SV(" AND a.state = "));
		want(wanted, STORE_TEXT(filter->state));
	} else if (!filter->with_final) {
		buf_put_sv(&wanted->sql, SV(" AND a.final = 0"));
	}
	if (filter->actor >= 0) {
		const char *name = programme_actor_name((enum programme_actor)filter->actor);

		buf_put_sv(&wanted->sql, SV(" AND a.final = 0 AND a.actor = "));
		want(wanted, STORE_TEXT(sv_from(name ? name : "")));
	}
	if (filter->course.n > 0) {
		buf_put_sv(&wanted->sql, SV(" AND EXISTS (SELECT 1 FROM application_course c"
					    " WHERE c.application = a.row AND c.course = "));
		want(wanted, STORE_TEXT(filter->course));
		buf_put_char(&wanted->sql, ')');
	}
	if (filter->text.n > 0) {
		buf_put_sv(&wanted->sql, SV(" AND a.search LIKE "));
		want(wanted, STORE_TEXT(like(filter->text, arena)));
		buf_put_sv(&wanted->sql, SV(" ESCAPE '\\'"));
	}
	return want_due(wanted, catalogue, filter, err);
}

/* A cursor is "DUE_ROW" of the last one shown. */
static int want_after(struct wanted *wanted, struct sv cursor, struct err *err)
{
	struct sv rest = cursor;
	int64_t due, row;

	if (cursor.n == 0)
		return 0;
	if (!sv_to_i64(sv_cut(&rest, '_'), &due) || !sv_to_i64(rest, &row))
		return err_set(err, ERR_USAGE, "that is no cursor of this list");
	buf_put_sv(&wanted->sql, SV(" AND (a.due_sort, a.row) > ("));
	want(wanted, STORE_INT(due));
	buf_put_char(&wanted->sql, ',');
	want(wanted, STORE_INT(row));
	buf_put_char(&wanted->sql, ')');
	return 0;
}

static int read_list(struct store *store, struct wanted *wanted, size_t limit, struct arena *arena,
		     struct application_list *ret, struct err *err)
{
	struct application *item = arena_alloc(arena, (limit + 1) * sizeof *item);
	int64_t *row = arena_alloc(arena, (limit + 1) * sizeof *row);
	struct store_query *query;
	size_t count = 0;
	int status;

	buf_put_char(&wanted->sql, '\0');
	if (!item || !row || wanted->sql.full)
		return err_set(err, ERR_RANGE, "no memory for the list");
	query = store_ask_values(store, err, wanted->sql.p, wanted->value, wanted->count);
	status = query ? 1 : -1;
	while (status > 0 && count <= limit) {
		status = store_step(query, err);
		if (status > 0 && read_row(query, arena, &row[count], &item[count], err) < 0)
			status = -1;
		if (status > 0)
			count++;
	}
	store_done(query);
	for (size_t i = 0; i < count && i < limit && status >= 0; i++) {
		if (read_rest(store, row[i], arena, &item[i], err) < 0)
			status = -1;
	}
	if (status < 0)
		return -1;
	*ret = (struct application_list){ item, count > limit ? limit : count, SV("") };
	if (count > limit)
		ret->next = arena_printf(arena, "%d_%lld",
					 item[limit - 1].has_due ? item[limit - 1].due.n
								 : DUE_NEVER,
					 (long long)row[limit - 1]);
	return 0;
}

int application_list(struct store *store, const struct catalogue *catalogue,
		     const struct application_filter *filter, struct sv cursor, size_t limit,
		     struct arena *arena, struct application_list *ret, struct err *err)
{
	struct wanted wanted = { .count = 0 };
	int status = -1;

	if (limit == 0 || limit > APPLICATION_PAGE_MAX)
		return err_set(err, ERR_USAGE, "a page has 1 to %d rows", APPLICATION_PAGE_MAX);
	buf_init(&wanted.sql, 1U << 16);
	buf_put_sv(&wanted.sql, SV("SELECT " COLUMNS " FROM application a"));
	if (want_all(&wanted, catalogue, filter, arena, err) == 0 &&
	    want_after(&wanted, cursor, err) == 0) {
		buf_printf(&wanted.sql, " ORDER BY a.due_sort, a.row LIMIT %zu", limit + 1);
		status = read_list(store, &wanted, limit, arena, ret, err);
	}
	buf_done(&wanted.sql);
	return status;
}

#define COUNTS_MAX 4096 /* programmes times states */

int application_counts(struct store *store, const struct application_filter *filter,
		       struct arena *arena, const struct application_count **ret,
		       size_t *ret_count, struct err *err)
{
	struct application_count *item = arena_alloc(arena, COUNTS_MAX * sizeof *item);
	struct wanted wanted = { .count = 0 };
	struct store_query *query = NULL;
	size_t count = 0;
	int status = -1;

	if (!item)
		return err_set(err, ERR_RANGE, "no memory for the counts");
	buf_init(&wanted.sql, 1U << 16);
	buf_put_sv(&wanted.sql, SV("SELECT a.programme, a.state, COUNT(*),"
				   " SUM(a.final = 0 AND a.due_sort < "));
	want(&wanted, STORE_INT(filter->today.n));
	buf_put_sv(&wanted.sql, SV("), SUM(a.final = 0 AND a.due_sort = "));
	want(&wanted, STORE_INT(filter->today.n));
	buf_put_sv(&wanted.sql, SV("), SUM(a.final = 0 AND a.due_hard = 1 AND a.due_sort < "));
	want(&wanted, STORE_INT(filter->today.n));
	buf_put_sv(&wanted.sql, SV(") FROM application a"));
	if (want_scope(&wanted, filter, err) == 0) {
		buf_put_sv(&wanted.sql, SV(" GROUP BY a.programme, a.state"));
		buf_put_char(&wanted.sql, '\0');
		query = store_ask_values(store, err, wanted.sql.p, wanted.value, wanted.count);
		status = query ? 1 : -1;
	}
	while (status > 0 && count < COUNTS_MAX) {
		status = store_step(query, err);
		if (status > 0)
			item[count++] = (struct application_count){
				records_text(query, 0, arena),
				records_text(query, 1, arena),
				(uint64_t)store_int(query, 2),
				(uint64_t)store_int(query, 3),
				(uint64_t)store_int(query, 4),
				(uint64_t)store_int(query, 5),
			};
	}
	store_done(query);
	buf_done(&wanted.sql);
	*ret = item;
	*ret_count = count;
	return status < 0 ? -1 : 0;
}

int applications_waking(struct store *store, struct instant now, size_t limit, struct arena *arena,
			const struct sv **ret, size_t *ret_count, struct err *err)
{
	struct sv *id = arena_alloc(arena, (limit + 1) * sizeof *id);
	struct store_query *query = store_ask(store, err,
					      "SELECT id FROM application WHERE wake_at > 0"
					      " AND wake_at <= $1 ORDER BY wake_at, row LIMIT $2",
					      STORE_INT(now.us), STORE_INT(limit));
	size_t count = 0;
	int status = query ? 1 : -1;

	while (status > 0 && id) {
		status = store_step(query, err);
		if (status > 0)
			id[count++] = records_text(query, 0, arena);
	}
	store_done(query);
	if (!id)
		return err_set(err, ERR_RANGE, "no memory for the list");
	*ret = id;
	*ret_count = count;
	return status < 0 ? -1 : 0;
}
