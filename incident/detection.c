#include <stdlib.h>

#include "base/mem.h"
#include "incident/internal.h"

int incident_read_detection(struct store_query *query, struct arena *arena,
			    struct incident_detection_row *ret, struct err *err)
{
	bool full = false;
	const struct incident_detection_row row = {
		.id = incident_keep(arena, store_text(query, 0), &full),
		.company = incident_keep(arena, store_text(query, 1), &full),
		.device = incident_keep(arena, store_text(query, 2), &full),
		.incident = incident_keep(arena, store_text(query, 3), &full),
		.event = incident_keep(arena, store_text(query, 4), &full),
		.rule = incident_keep(arena, store_text(query, 5), &full),
		.rule_title = incident_keep(arena, store_text(query, 6), &full),
		.title_ja = incident_keep(arena, store_text(query, 7), &full),
		.level = (enum rule_level)store_int(query, 8),
		.tags = incident_keep(arena, store_text(query, 9), &full),
		.ruleset = incident_keep(arena, store_text(query, 10), &full),
		.reasons = incident_keep(arena, store_text(query, 11), &full),
		.process = incident_keep(arena, store_text(query, 12), &full),
		.summary = incident_keep(arena, store_text(query, 13), &full),
		.observed = { store_int(query, 14) },
		.detected = { store_int(query, 15) },
	};

	if (full)
		return incident_too_large(err);
	*ret = row;
	return 0;
}

/* ==== the list: newest first, merged from one stream for each company ==== */

struct listing {
	struct store *store;
	const struct incident_scope *scope;
	const struct incident_detection_filter *filter;
	int64_t before;
	size_t limit; /* one more than the page */
	int64_t *row; /* the newest so far, descending */
	size_t count;
};

/* False: it, and all that are older, come too late. */
static bool merge(struct listing *l, int64_t row)
{
	size_t at = l->count;

	while (at > 0 && row > l->row[at - 1])
		at--;
	if (at == l->limit)
		return false;
	if (l->count < l->limit)
		l->count++;
	memmove(&l->row[at + 1], &l->row[at], (l->count - 1 - at) * sizeof *l->row);
	l->row[at] = row;
	return true;
}

static bool is_wanted(struct sv wanted, struct sv text)
{
	return wanted.n == 0 || sv_eq(wanted, text);
}

#define STREAM "SELECT d.row, d.company, d.device, d.rule, d.level FROM incident_detection d WHERE "

static int read_stream(struct listing *l, const char *sql, struct sv value, struct err *err)
{
	const struct incident_detection_filter *f = l->filter;
	struct store_query *query =
		store_ask(l->store, err, sql, STORE_INT(l->before), STORE_TEXT(value));
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		if (!incident_may_see(l->scope, store_text(query, 1)) ||
		    !is_wanted(f->company, store_text(query, 1)) ||
		    !is_wanted(f->device, store_text(query, 2)) ||
		    !is_wanted(f->rule, store_text(query, 3)) ||
		    store_int(query, 4) < (int64_t)f->level_min)
			continue;
		if (!merge(l, store_int(query, 0)))
			break;
	}
	store_done(query);
	return result < 0 ? -1 : 0;
}

static int read_streams(struct listing *l, struct err *err)
{
	static const char by_company[] = STREAM "d.row < $1 AND d.company = $2 ORDER BY d.row DESC";
	const struct incident_detection_filter *f = l->filter;

	if (f->incident.n > 0)
		return read_stream(l,
				   STREAM "d.row < $1 AND d.incident = (SELECT row FROM incident"
					  " WHERE id = $2) ORDER BY d.row DESC",
				   f->incident, err);
	if (f->device.n > 0)
		return read_stream(l, STREAM "d.row < $1 AND d.device = $2 ORDER BY d.row DESC",
				   f->device, err);
	if (f->company.n > 0)
		return read_stream(l, by_company, f->company, err);
	if (l->scope->all && f->rule.n > 0)
		return read_stream(l, STREAM "d.row < $1 AND d.rule = $2 ORDER BY d.row DESC",
				   f->rule, err);
	if (l->scope->all)
		return read_stream(l, STREAM "d.row < $1 AND $2 = $2 ORDER BY d.row DESC", SV(""),
				   err);
	for (size_t i = 0; i < l->scope->count; i++)
		if (read_stream(l, by_company, l->scope->company[i], err) != 0)
			return -1;
	return 0;
}

static int read_rows(struct listing *l, size_t page, struct arena *arena,
		     struct incident_detection_list *ret, struct err *err)
{
	const size_t count = l->count < page ? l->count : page;
	struct incident_detection_row *item = arena_alloc(arena, (count + 1) * sizeof *item);
	struct incident_detection_list list = { .item = item };

	if (!item)
		return incident_too_large(err);
	for (size_t i = 0; i < count; i++) {
		struct store_query *query =
			store_ask(l->store, err,
				  "SELECT " INCIDENT_DETECTION_COLUMNS INCIDENT_DETECTION_FROM
				  " WHERE d.row = $1",
				  STORE_INT(l->row[i]));
		int failed;

		if (incident_row(query, err) != 1)
			return -1;
		failed = incident_read_detection(query, arena, &item[list.count++], err);
		store_done(query);
		if (failed != 0)
			return -1;
	}
	if (l->count > page) {
		list.next = arena_printf(arena, "%lld", (long long)l->row[page - 1]);
		if (!list.next.p)
			return incident_too_large(err);
	}
	*ret = list;
	return 0;
}

int incident_detections(struct store *store, const struct incident_scope *scope,
			const struct incident_detection_filter *filter, struct sv cursor,
			size_t limit, struct arena *arena, struct incident_detection_list *ret,
			struct err *err)
{
	const size_t page = limit < 1 ? 1 : limit < INCIDENT_PAGE_MAX ? limit : INCIDENT_PAGE_MAX;
	struct listing l = {
		.store = store,
		.scope = scope,
		.filter = filter,
		.before = INT64_MAX,
		.limit = page + 1,
	};
	int failed;

	if (cursor.n > 0 && !sv_to_i64(cursor, &l.before))
		return err_set(err, ERR_FORMAT, "not a cursor of this list");
	l.row = mem_alloc((l.limit + 1) * sizeof *l.row);
	failed = read_streams(&l, err);
	if (failed == 0)
		failed = read_rows(&l, page, arena, ret, err);
	free(l.row);
	return failed != 0 ? err_wrap(err, "listing detections") : 0;
}

int incident_detection_load(struct store *store, const struct incident_scope *scope, struct sv id,
			    struct arena *arena, struct incident_detection_row *ret,
			    struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT " INCIDENT_DETECTION_COLUMNS INCIDENT_DETECTION_FROM
			  " WHERE d.id = $1",
			  STORE_TEXT(id));
	const int result = incident_row(query, err);
	int failed;

	if (result < 0)
		return -1;
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "no such detection");
	if (!incident_may_see(scope, store_text(query, 1)))
		failed = err_set(err, ERR_NOT_FOUND, "no such detection");
	else
		failed = incident_read_detection(query, arena, ret, err);
	store_done(query);
	return failed;
}

int incident_owner(struct store *store, enum incident_object object, struct sv id,
		   struct arena *arena, struct incident_owner *ret, struct err *err)
{
	static const char *const sql[] = {
		[INCIDENT_OBJECT] = "SELECT company, device, id FROM incident WHERE id = $1",
		[INCIDENT_OBJECT_ACTION] =
			"SELECT a.company, a.device, i.id" INCIDENT_ACTION_FROM " WHERE a.id = $1",
		[INCIDENT_OBJECT_DETECTION] =
			"SELECT d.company, d.device, i.id" INCIDENT_DETECTION_FROM
			" WHERE d.id = $1",
	};
	struct store_query *query = store_ask(store, err, sql[object], STORE_TEXT(id));
	const int result = incident_row(query, err);
	bool full = false;
	struct incident_owner owner;

	if (result != 1)
		return result;
	owner = (struct incident_owner){
		.company = incident_keep(arena, store_text(query, 0), &full),
		.device = incident_keep(arena, store_text(query, 1), &full),
		.incident = incident_keep(arena, store_text(query, 2), &full),
	};
	store_done(query);
	if (full)
		return incident_too_large(err);
	*ret = owner;
	return 1;
}
