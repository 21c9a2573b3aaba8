#include <stdlib.h>

#include "base/mem.h"
#include "incident/internal.h"

/*
 * A list is merged from streams, each read along one index in the list's
 * order: one for each state asked for, and for each company where these are
 * few. So no page costs more than a few rows of each stream.
 */
#define STREAM_COMPANIES_MAX 16
#define SQL_MAX 16384
#define VALUES_MAX 960
/* A company set is written into the SQL up to this; larger ones are asked in parts. */
#define SCOPE_VALUES_MAX 900
/* Incidents with a word up to which it is quicker to start from the word. */
#define RARE_WORD_MAX 1000

struct key { /* where an incident stands in an order */
	int64_t level, last, row;
};

struct listing {
	struct store *store;
	const struct incident_scope *scope;
	const struct incident_filter *filter;
	struct arena *arena;
	struct key after; /* cursor */
	bool has_after;
	struct incident_words words;
	size_t rare;	 /* index of the word to start from; SIZE_MAX: none */
	size_t limit;	 /* one more than the page */
	struct key *key; /* the best so far, in order */
	size_t count;
};

/* A statement while it is put together. */
struct statement {
	struct buf sql;
	struct store_value value[VALUES_MAX];
	size_t count;
};

/* ==== order ==== */

/* Negative: a stands before b. Rows differ, so never 0 for two incidents. */
static int compare(enum incident_order order, const struct key *a, const struct key *b)
{
	if (order == INCIDENT_BY_LEVEL && a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (order != INCIDENT_BY_OPENED && a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return a->row > b->row ? -1 : a->row < b->row;
}

static int make_cursor(struct arena *arena, enum incident_order order, const struct key *key,
		       struct sv *ret, struct err *err)
{
	*ret = arena_printf(arena, "%c.%lld.%lld.%lld", incident_order_name(order)[0],
			    (long long)key->level, (long long)key->last, (long long)key->row);
	return ret->p ? 0 : incident_too_large(err);
}

static int read_cursor(struct sv cursor, enum incident_order order, struct key *ret,
		       struct err *err)
{
	const struct sv letter = sv_cut(&cursor, '.');
	const struct sv level = sv_cut(&cursor, '.');
	const struct sv last = sv_cut(&cursor, '.');
	struct key key;

	if (letter.n != 1 || letter.p[0] != incident_order_name(order)[0] ||
	    !sv_to_i64(level, &key.level) || !sv_to_i64(last, &key.last) ||
	    !sv_to_i64(cursor, &key.row))
		return err_set(err, ERR_FORMAT, "not a cursor of this list");
	*ret = key;
	return 0;
}

/* ==== SQL ==== */

static void put(struct statement *s, const char *sql)
{
	buf_put_sv(&s->sql, sv_from(sql));
}

/* Writes $n for a value. */
static void put_value(struct statement *s, struct store_value value)
{
	if (s->count == VALUES_MAX) {
		s->sql.full = true;
		return;
	}
	s->value[s->count++] = value;
	buf_printf(&s->sql, "$%zu", s->count);
}

static void put_equal(struct statement *s, const char *before, struct sv text)
{
	if (text.n == 0)
		return;
	put(s, before);
	put_value(s, STORE_TEXT(text));
}

static void put_companies(struct statement *s, const struct sv *company, size_t count)
{
	/* The expression keeps the planner from sorting all that these companies have. */
	put(s, " AND i.company || '' IN (");
	for (size_t i = 0; i < count; i++) {
		put(s, i > 0 ? ", " : "");
		put_value(s, STORE_TEXT(company[i]));
	}
	put(s, ")");
}

/*
 * Words that begin as this one does. of_incident: the incident is given, so the
 * expression keeps the planner from walking all incidents with the word.
 */
static void put_word_range(struct statement *s, struct sv word, bool of_incident)
{
	const char *const column = of_incident ? "w.word || ''" : "w.word";

	put(s, column);
	put(s, " >= ");
	put_value(s, STORE_TEXT(word));
	put(s, " AND ");
	put(s, column);
	put(s, " < ");
	put_value(s, STORE_TEXT(word));
	put(s, " || '\xf4\x8f\xbf\xbf'"); /* the last character of all */
}

static void put_words(struct statement *s, const struct listing *l)
{
	for (size_t i = 0; i < l->words.count; i++) {
		if (i == l->rare)
			put(s, " AND i.row IN (SELECT w.incident FROM incident_word w WHERE ");
		else
			put(s, " AND EXISTS (SELECT 1 FROM incident_word w"
			       " WHERE w.incident = i.row AND ");
		put_word_range(s, l->words.word[i], i != l->rare);
		put(s, ")");
	}
}

static void put_after(struct statement *s, const struct listing *l)
{
	if (!l->has_after)
		return;
	switch (l->filter->order) {
	case INCIDENT_BY_LEVEL:
		put(s, " AND (i.level, i.last, i.row) < (");
		put_value(s, STORE_INT(l->after.level));
		put(s, ", ");
		put_value(s, STORE_INT(l->after.last));
		put(s, ", ");
		break;
	case INCIDENT_BY_ACTIVITY:
		put(s, " AND (i.last, i.row) < (");
		put_value(s, STORE_INT(l->after.last));
		put(s, ", ");
		break;
	default: put(s, " AND (i.row) < (");
	}
	put_value(s, STORE_INT(l->after.row));
	put(s, ")");
}

static const char *const order_sql[] = {
	[INCIDENT_BY_ACTIVITY] = " ORDER BY i.last DESC, i.row DESC LIMIT ",
	[INCIDENT_BY_OPENED] = " ORDER BY i.row DESC LIMIT ",
	[INCIDENT_BY_LEVEL] = " ORDER BY i.level DESC, i.last DESC, i.row DESC LIMIT ",
};

/* All conditions but those that choose the stream. */
static void put_conditions(struct statement *s, const struct listing *l)
{
	const struct incident_filter *f = l->filter;

	put_equal(s, " AND i.company = ", f->company);
	put_equal(s, " AND i.device = ", f->device);
	put_equal(s, " AND i.assignee = ", f->assignee);
	if (f->unassigned)
		put(s, " AND i.assignee IS NULL");
	if (f->level_min > LEVEL_NONE) {
		put(s, " AND i.level >= ");
		put_value(s, STORE_INT(f->level_min));
	}
	if (f->from.us != 0) {
		put(s, " AND i.last >= ");
		put_value(s, STORE_INT(f->from.us));
	}
	if (f->to.us != 0) {
		put(s, " AND i.last < ");
		put_value(s, STORE_INT(f->to.us));
	}
	put_words(s, l);
	put_after(s, l);
	put(s, order_sql[f->order]);
	put_value(s, STORE_INT(l->limit));
}

/* ==== reading and merging ==== */

/* Puts one into its place among the best so far. False: it, and all behind it, come too late. */
static bool merge(struct listing *l, const struct key *key)
{
	size_t at = l->count;

	while (at > 0 && compare(l->filter->order, key, &l->key[at - 1]) < 0)
		at--;
	if (at == l->limit)
		return false;
	if (l->count < l->limit)
		l->count++;
	memmove(&l->key[at + 1], &l->key[at], (l->count - 1 - at) * sizeof *l->key);
	l->key[at] = *key;
	return true;
}

static int read_stream(struct listing *l, struct statement *s, struct err *err)
{
	struct store_query *query;
	int result = -1;

	buf_put_char(&s->sql, '\0');
	if (s->sql.full)
		return err_set(err, ERR_RANGE, "a filter with too many values");
	query = store_ask_values(l->store, err, s->sql.p, s->value, s->count);
	while (query && (result = store_step(query, err)) == 1) {
		const struct key key = { store_int(query, 0), store_int(query, 1),
					 store_int(query, 2) };

		if (!merge(l, &key)) {
			result = 0;
			break;
		}
	}
	store_done(query);
	return result;
}

/* What an order needs to know; the indexes have it, so no row is read. */
static const char *const select_sql[] = {
	[INCIDENT_BY_ACTIVITY] = "SELECT 0, i.last, i.row FROM incident i WHERE ",
	[INCIDENT_BY_OPENED] = "SELECT 0, 0, i.row FROM incident i WHERE ",
	[INCIDENT_BY_LEVEL] = "SELECT i.level, i.last, i.row FROM incident i WHERE ",
};

static void statement_init(struct statement *s, enum incident_order order)
{
	buf_init(&s->sql, SQL_MAX);
	s->count = 0;
	put(s, select_sql[order]);
}

/* One device's, one person's, or a rare word's: few enough to be sorted. */
static int read_narrow(struct listing *l, struct err *err)
{
	const struct incident_filter *f = l->filter;
	const unsigned states = f->states ? f->states : ~0U;
	struct statement s;
	bool first = true;
	int failed;

	statement_init(&s, f->order);
	put(&s, "i.state + 0 IN ("); /* + 0: not by the index of states */
	for (int state = 0; state < INCIDENT_STATE_COUNT; state++) {
		if (!(states & 1U << state))
			continue;
		put(&s, first ? "" : ", ");
		put_value(&s, STORE_INT(state));
		first = false;
	}
	put(&s, ")");
	if (!l->scope->all)
		put_companies(&s, l->scope->company, l->scope->count);
	put_conditions(&s, l);
	failed = read_stream(l, &s, err);
	buf_done(&s.sql);
	return failed;
}

/* company: one, by its own index; NULL: all, or those of a long scope from..to. */
static int read_state(struct listing *l, int state, const struct sv *company, size_t from,
		      size_t to, struct err *err)
{
	struct statement s;
	int failed;

	statement_init(&s, l->filter->order);
	put(&s, "i.state = ");
	put_value(&s, STORE_INT(state));
	if (company)
		put_equal(&s, " AND i.company = ", *company);
	else if (to > from)
		put_companies(&s, l->scope->company + from, to - from);
	put_conditions(&s, l);
	failed = read_stream(l, &s, err);
	buf_done(&s.sql);
	return failed;
}

static int read_state_of_scope(struct listing *l, int state, struct err *err)
{
	const struct incident_scope *scope = l->scope;

	/* The filter's company was found to be within the scope. */
	if (scope->all || l->filter->company.n > 0)
		return read_state(l, state, NULL, 0, 0, err);
	for (size_t i = 0; i < scope->count;) {
		const size_t rest = scope->count - i;
		const size_t part = rest < SCOPE_VALUES_MAX ? rest : SCOPE_VALUES_MAX;

		if (scope->count <= STREAM_COMPANIES_MAX) {
			if (read_state(l, state, &scope->company[i++], 0, 0, err) != 0)
				return -1;
			continue;
		}
		if (read_state(l, state, NULL, i, i + part, err) != 0)
			return -1;
		i += part;
	}
	return 0;
}

static int read_wide(struct listing *l, struct err *err)
{
	const unsigned states = l->filter->states ? l->filter->states : ~0U;

	for (int state = 0; state < INCIDENT_STATE_COUNT; state++)
		if (states & 1U << state && read_state_of_scope(l, state, err) != 0)
			return -1;
	return 0;
}

/* How many incidents have a word that begins so, up to one more than RARE_WORD_MAX. */
static int count_word(struct listing *l, struct sv word, int64_t *ret, struct err *err)
{
	struct statement s;
	struct store_query *query;

	buf_init(&s.sql, SQL_MAX);
	s.count = 0;
	put(&s, "SELECT count(*) FROM (SELECT 1 FROM incident_word w WHERE ");
	put_word_range(&s, word, false);
	put(&s, " LIMIT ");
	put_value(&s, STORE_INT(RARE_WORD_MAX + 1));
	put(&s, ") found");
	buf_put_char(&s.sql, '\0');
	query = store_ask_values(l->store, err, s.sql.p, s.value, s.count);
	buf_done(&s.sql);
	if (incident_row(query, err) != 1)
		return -1;
	*ret = store_int(query, 0);
	store_done(query);
	return 0;
}

static int choose_word(struct listing *l, struct err *err)
{
	int64_t fewest = RARE_WORD_MAX + 1;

	l->rare = SIZE_MAX;
	for (size_t i = 0; i < l->words.count; i++) {
		int64_t count;

		if (count_word(l, l->words.word[i], &count, err) != 0)
			return -1;
		if (count >= fewest)
			continue;
		fewest = count;
		l->rare = i;
	}
	return 0;
}

static int read_incident(struct listing *l, int64_t row, struct incident *ret, struct err *err)
{
	struct store_query *query =
		store_ask(l->store, err,
			  "SELECT " INCIDENT_COLUMNS " FROM incident i WHERE i.row = $1",
			  STORE_INT(row));
	int result = incident_row(query, err);

	if (result != 1)
		return result;
	result = incident_read(query, l->arena, ret, err) == 0 ? 1 : -1;
	store_done(query);
	return result;
}

static int give(struct listing *l, size_t page, struct incident_list *ret, struct err *err)
{
	const size_t count = l->count < page ? l->count : page;
	struct incident *item = arena_alloc(l->arena, (count + 1) * sizeof *item);
	struct incident_list list = { .item = item };

	if (!item)
		return incident_too_large(err);
	for (size_t i = 0; i < count; i++) {
		const int found = read_incident(l, l->key[i].row, &item[list.count], err);

		if (found < 0)
			return -1;
		list.count += (size_t)found;
	}
	if (l->count > page &&
	    make_cursor(l->arena, l->filter->order, &l->key[page - 1], &list.next, err) != 0)
		return -1;
	*ret = list;
	return 0;
}

static int read_list(struct listing *l, struct err *err)
{
	const struct incident_filter *f = l->filter;

	if (choose_word(l, err) != 0)
		return -1;
	if ((f->device.n > 0 || f->assignee.n > 0 || l->rare != SIZE_MAX) &&
	    (l->scope->all || l->scope->count <= SCOPE_VALUES_MAX))
		return read_narrow(l, err);
	return read_wide(l, err);
}

int incident_list(struct store *store, const struct incident_scope *scope,
		  const struct incident_filter *filter, struct sv cursor, size_t limit,
		  struct arena *arena, struct incident_list *ret, struct err *err)
{
	const size_t page = limit < 1 ? 1 : limit < INCIDENT_PAGE_MAX ? limit : INCIDENT_PAGE_MAX;
	struct listing l = {
		.store = store,
		.scope = scope,
		.filter = filter,
		.arena = arena,
		.limit = page + 1,
	};
	const bool nothing = (!scope->all && scope->count == 0) ||
			     (filter->company.n > 0 && !incident_may_see(scope, filter->company));
	int failed;

	if ((unsigned)filter->order >= INCIDENT_ORDER_COUNT)
		return err_set(err, ERR_USAGE, "no such order of incidents");
	if (cursor.n > 0) {
		if (read_cursor(cursor, filter->order, &l.after, err) != 0)
			return -1;
		l.has_after = true;
	}
	if (nothing) {
		*ret = (struct incident_list){ .count = 0 };
		return 0;
	}
	incident_words_of(filter->text, &l.words);
	l.key = mem_alloc((l.limit + 1) * sizeof *l.key);
	failed = read_list(&l, err);
	if (failed == 0)
		failed = give(&l, page, ret, err);
	free(l.key);
	return failed != 0 ? err_wrap(err, "listing incidents") : 0;
}

/* ==== counters ==== */

static void add_count(struct store_query *query, struct incident_counts *counts)
{
	const int64_t state = store_int(query, 1), level = store_int(query, 2);
	const uint64_t incidents = (uint64_t)store_int(query, 3);

	if (state < 0 || state >= INCIDENT_STATE_COUNT || level < 0 || level > LEVEL_CRITICAL)
		return;
	counts->by_state[state] += incidents;
	counts->total += incidents;
	if (!incident_is_open((enum incident_state)state))
		return;
	counts->open += incidents;
	counts->open_by_level[level] += incidents;
}

static int count_rows(struct store_query *query, struct incident_counts *counts, struct err *err)
{
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1)
		add_count(query, counts);
	store_done(query);
	return result;
}

static int count_company(struct store *store, struct sv company, struct incident_counts *counts,
			 struct err *err)
{
	return count_rows(store_ask(store, err,
				    "SELECT company, state, level, incidents FROM incident_total"
				    " WHERE company = $1",
				    STORE_TEXT(company)),
			  counts, err);
}

int incident_counts(struct store *store, const struct incident_scope *scope, struct sv company,
		    struct incident_counts *ret, struct err *err)
{
	struct incident_counts counts = { .total = 0 };
	int failed = 0;

	if (company.n > 0 && incident_may_see(scope, company))
		failed = count_company(store, company, &counts, err);
	else if (company.n == 0 && scope->all)
		failed = count_rows(store_query(store,
						"SELECT company, state, level, incidents"
						" FROM incident_total",
						err),
				    &counts, err);
	for (size_t i = 0; company.n == 0 && !scope->all && i < scope->count && failed == 0; i++)
		failed = count_company(store, scope->company[i], &counts, err);
	if (failed != 0)
		return -1;
	*ret = counts;
	return 0;
}
