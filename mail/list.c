#include "mail/internal.h"

#define SQL_MAX 16384
#define VALUES_MAX (MAIL_PROGRAMMES_MAX + 8)

#define COLUMNS                                                                                    \
	"id, recipient, recipient_name, subject, template, programme, company, application,"     \
	" state, created, sent, next, attempts, problem, row, unsure"

struct statement {
	struct buf sql;
	struct store_value value[VALUES_MAX];
	size_t count;
};

static void put(struct statement *s, const char *sql)
{
	buf_put_sv(&s->sql, sv_from(sql));
}

static void put_value(struct statement *s, struct store_value value)
{
	s->value[s->count++] = value;
	buf_printf(&s->sql, "$%zu", s->count);
}

/* In lower case, between two %, with what LIKE means something by taken literally. */
static struct sv pattern_of(struct sv text, struct arena *arena)
{
	char *p = arena_alloc(arena, text.n * 2 + 2);
	size_t n = 0;

	if (p == NULL)
		return SV_NONE;
	p[n++] = '%';
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (c == '%' || c == '_' || c == '\\')
			p[n++] = '\\';
		p[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	p[n++] = '%';
	return (struct sv){ p, n };
}

static int put_filter(struct statement *s, const struct mail_filter *filter, struct arena *arena,
		      struct err *err)
{
	put(s, " WHERE programme IN (");
	for (size_t i = 0; i < filter->programme_count; i++) {
		put(s, i > 0 ? ", " : "");
		put_value(s, STORE_TEXT(filter->programme[i]));
	}
	put(s, ")");
	if (filter->state >= 0) {
		put(s, " AND state = ");
		put_value(s, STORE_INT(filter->state));
	}
	if (filter->application.n > 0) {
		put(s, " AND application = ");
		put_value(s, STORE_TEXT(filter->application));
	}
	if (filter->text.n > 0) {
		const struct sv pattern = pattern_of(filter->text, arena);

		if (pattern.p == NULL)
			return err_set(err, ERR_TOO_LARGE, "the text to look for is too long");
		put(s, " AND lower(recipient || ' ' || recipient_name || ' ' || subject) LIKE ");
		put_value(s, STORE_TEXT(pattern));
		put(s, " ESCAPE '\\'");
	}
	return 0;
}

static int read_row(struct store_query *query, struct arena *arena, struct mail *ret,
		    struct err *err)
{
	struct sv *const text[] = { &ret->id,	       &ret->to,	&ret->to_name, &ret->subject,
				    &ret->template_id, &ret->programme, &ret->company,
				    &ret->application };

	*ret = (struct mail){
		.state = (enum mail_state)store_int(query, 8),
		.created = { store_int(query, 9) },
		.sent = { store_int(query, 10) },
		.next = { store_int(query, 11) },
		.attempts = (unsigned)store_int(query, 12),
		.unsure = store_int(query, 15) > 0,
		.problem = arena_dup(arena, store_text(query, 13)),
		.body = SV_NONE,
	};
	for (int i = 0; i < 8; i++) {
		*text[i] = arena_dup(arena, store_text(query, i));
		if (text[i]->p == NULL)
			return err_set(err, ERR_TOO_LARGE, "too much for one answer");
	}
	if (ret->problem.p == NULL)
		return err_set(err, ERR_TOO_LARGE, "too much for one answer");
	return 0;
}

/* Of limit + 1 rows the last only says that there is a next page. */
static int read_page(struct store_query *query, size_t limit, struct arena *arena,
		     struct mail_list *ret, struct err *err)
{
	struct mail *item = arena_zalloc(arena, limit, sizeof *item);
	struct mail_list list = { .item = item };
	int64_t last = 0;
	int r;

	if (item == NULL)
		return err_set(err, ERR_TOO_LARGE, "too much for one answer");
	while ((r = store_step(query, err)) == 1) {
		if (list.count == limit) {
			list.next = arena_printf(arena, "%lld", (long long)last);
			r = list.next.p ? 0 : err_set(err, ERR_TOO_LARGE, "too much for one answer");
			break;
		}
		if (read_row(query, arena, &item[list.count], err) != 0)
			return -1;
		list.count++;
		last = store_int(query, 14);
	}
	if (r == 0)
		*ret = list;
	return r;
}

int mail_list(struct store *store, const struct mail_filter *filter, struct sv cursor,
	      size_t limit, struct arena *arena, struct mail_list *ret, struct err *err)
{
	struct statement s = { .count = 0 };
	struct store_query *query = NULL;
	int64_t before = INT64_MAX;
	int r = -1;

	if (cursor.n > 0 && !sv_to_i64(cursor, &before))
		return err_set(err, ERR_FORMAT, "not a cursor of this list");
	if (filter->programme_count > MAIL_PROGRAMMES_MAX || limit == 0 || limit > MAIL_PAGE_MAX)
		return err_set(err, ERR_RANGE, "more than a list of mails can look at");
	if (filter->programme_count == 0) {
		*ret = (struct mail_list){ .count = 0 };
		return 0;
	}
	buf_init(&s.sql, SQL_MAX);
	put(&s, "SELECT " COLUMNS " FROM mail");
	if (put_filter(&s, filter, arena, err) != 0)
		goto out;
	put(&s, " AND row < ");
	put_value(&s, STORE_INT(before));
	put(&s, " ORDER BY row DESC LIMIT ");
	put_value(&s, STORE_INT((int64_t)limit + 1));
	buf_put_char(&s.sql, '\0');
	if (s.sql.full) {
		err_set(err, ERR_INTERNAL, "the statement is too long");
		goto out;
	}
	query = store_ask_values(store, err, s.sql.p, s.value, s.count);
	if (query != NULL)
		r = read_page(query, limit, arena, ret, err);
out:
	store_done(query);
	buf_done(&s.sql);
	return r;
}

/* Columns 16 and 17 are the body and what goes with it. */
static int read_whole(struct store_query *query, struct arena *arena, struct mail *ret,
		      struct err *err)
{
	struct mail mail;
	int r = query == NULL ? -1 : store_step(query, err);

	if (r == 1 && read_row(query, arena, &mail, err) != 0)
		r = -1;
	if (r == 1) {
		mail.body = arena_dup(arena, store_text(query, 16));
		mail.calendar = arena_dup(arena, store_text(query, 17));
		if (mail.body.p == NULL || mail.calendar.p == NULL)
			r = err_set(err, ERR_TOO_LARGE, "too much for one answer");
		else
			*ret = mail;
	}
	store_done(query);
	return r;
}

int mail_load(struct store *store, struct sv id, struct arena *arena, struct mail *ret,
	      struct err *err)
{
	return read_whole(store_ask(store, err, "SELECT " COLUMNS ", body, calendar FROM mail WHERE id = $1",
				    STORE_TEXT(id)),
			  arena, ret, err);
}

int mail_next(struct store *store, struct instant real_now, struct arena *arena, struct mail *ret,
	      struct err *err)
{
	return read_whole(store_ask(store, err,
				    "SELECT " COLUMNS ", body, calendar FROM mail"
				    " WHERE state = $1 AND next <= $2 ORDER BY next, row LIMIT 1",
				    STORE_INT(MAIL_QUEUED), STORE_INT(real_now.us)),
			  arena, ret, err);
}
