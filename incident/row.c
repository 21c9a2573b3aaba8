#include "incident/internal.h"

int incident_need_transaction(struct store *store, struct err *err)
{
	if (store_in_transaction(store))
		return 0;
	return err_set(err, ERR_INTERNAL, "changing incidents outside a transaction");
}

struct sv incident_cut(struct sv text, size_t max)
{
	if (text.n <= max)
		return text;
	text.n = max;
	while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
		text.n--;
	return text;
}

int incident_row(struct store_query *query, struct err *err)
{
	const int result = query ? store_step(query, err) : -1;

	if (result != 1)
		store_done(query);
	return result;
}

struct sv incident_keep(struct arena *arena, struct sv text, bool *full)
{
	struct sv copy;

	if (!text.p)
		return SV("");
	copy = arena_dup(arena, text);
	*full |= !copy.p;
	return copy;
}

int incident_too_large(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "the answer takes more memory than a request may");
}

bool incident_may_see(const struct incident_scope *scope, struct sv company)
{
	if (scope->all)
		return true;
	for (size_t i = 0; i < scope->count; i++)
		if (sv_eq(scope->company[i], company))
			return true;
	return false;
}

static struct instant read_instant(struct store_query *query, int column)
{
	return (struct instant){ store_int(query, column) };
}

int incident_read(struct store_query *query, struct arena *arena, struct incident *ret,
		  struct err *err)
{
	bool full = false;
	const struct incident incident = {
		.id = incident_keep(arena, store_text(query, 0), &full),
		.number = (uint64_t)store_int(query, 1),
		.company = incident_keep(arena, store_text(query, 2), &full),
		.device = incident_keep(arena, store_text(query, 3), &full),
		.host = incident_keep(arena, store_text(query, 4), &full),
		.title = incident_keep(arena, store_text(query, 5), &full),
		.title_ja = incident_keep(arena, store_text(query, 6), &full),
		.level = (enum rule_level)store_int(query, 7),
		.state = (enum incident_state)store_int(query, 8),
		.assignee = incident_keep(arena, store_text(query, 9), &full),
		.techniques = incident_keep(arena, store_text(query, 10), &full),
		.tactics = incident_keep(arena, store_text(query, 11), &full),
		.detections = (uint64_t)store_int(query, 12),
		.first = read_instant(query, 13),
		.last = read_instant(query, 14),
		.opened = read_instant(query, 15),
		.updated = read_instant(query, 16),
		.version = (uint64_t)store_int(query, 17),
		.judgement = (enum incident_judgement)store_int(query, INCIDENT_COLUMN_ROW + 1),
		.told = store_int(query, INCIDENT_COLUMN_ROW + 2) != 0,
		.closed = read_instant(query, INCIDENT_COLUMN_ROW + 3),
	};

	if (full)
		return incident_too_large(err);
	*ret = incident;
	return 0;
}

static int not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "no such incident");
}

static void copy_text(char *text, size_t room, struct sv from)
{
	snprintf(text, room, "%.*s", SV_ARG(from));
}

int incident_find(struct store *store, const struct incident_scope *scope, struct sv id,
		  struct incident_state_row *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT row, device_row, company, device, state, level, version, assignee,"
			  " judgement, story IS NOT NULL FROM incident WHERE id = $1",
			  STORE_TEXT(id));
	const int result = incident_row(query, err);

	if (result < 0)
		return -1;
	if (result == 0)
		return not_found(err);
	if (!incident_may_see(scope, store_text(query, 2))) {
		store_done(query);
		return not_found(err);
	}
	ret->row = store_int(query, 0);
	ret->device_row = store_int(query, 1);
	copy_text(ret->company, sizeof ret->company, store_text(query, 2));
	copy_text(ret->device, sizeof ret->device, store_text(query, 3));
	ret->state = (enum incident_state)store_int(query, 4);
	ret->level = (enum rule_level)store_int(query, 5);
	ret->version = (uint64_t)store_int(query, 6);
	copy_text(ret->assignee, sizeof ret->assignee, store_text(query, 7));
	ret->judgement = (enum incident_judgement)store_int(query, 8);
	ret->told = store_int(query, 9) != 0;
	store_done(query);
	return 0;
}

int incident_put_entry(struct store *store, const struct incident_new_entry *entry, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO incident_entry (incident, kind, at, actor, before, after,"
			    " text, action) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			    STORE_INT(entry->incident), STORE_INT(entry->kind),
			    STORE_INT(entry->at.us), STORE_TEXT(entry->actor),
			    STORE_TEXT(entry->from), STORE_TEXT(entry->to), STORE_TEXT(entry->text),
			    STORE_TEXT(entry->action));
}

int incident_count(struct store *store, struct sv company, enum incident_state state,
		   enum rule_level level, int by, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO incident_total (company, state, level, incidents)"
			    " VALUES ($1, $2, $3, $4) ON CONFLICT (company, state, level)"
			    " DO UPDATE SET incidents = incident_total.incidents + $4",
			    STORE_TEXT(company), STORE_INT(state), STORE_INT(level), STORE_INT(by));
}

int incident_read_action(struct store_query *query, struct arena *arena,
			 struct incident_action *ret, struct err *err)
{
	bool full = false;
	const struct incident_action action = {
		.id = incident_keep(arena, store_text(query, 0), &full),
		.company = incident_keep(arena, store_text(query, 1), &full),
		.device = incident_keep(arena, store_text(query, 2), &full),
		.incident = incident_keep(arena, store_text(query, 3), &full),
		.kind = (enum action_kind)store_int(query, 4),
		.state = (enum action_state)store_int(query, 5),
		.target = incident_keep(arena, store_text(query, 6), &full),
		.reason = incident_keep(arena, store_text(query, 7), &full),
		.requested_by = incident_keep(arena, store_text(query, 8), &full),
		.approved_by = incident_keep(arena, store_text(query, 9), &full),
		.result = incident_keep(arena, store_text(query, 10), &full),
		.order = (uint64_t)store_int(query, 11),
		.requested = read_instant(query, 12),
		.approved = read_instant(query, 13),
		.sent = read_instant(query, 14),
		.finished = read_instant(query, 15),
		.expiry = read_instant(query, 16),
	};

	if (full)
		return incident_too_large(err);
	*ret = action;
	return 0;
}
