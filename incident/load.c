#include "incident/internal.h"

static int read_entry(struct store_query *query, struct arena *arena, struct incident_entry *ret,
		      struct err *err)
{
	bool full = false;
	const struct incident_entry entry = {
		.number = (uint64_t)store_int(query, 0),
		.kind = (enum incident_entry_kind)store_int(query, 1),
		.at = { store_int(query, 2) },
		.actor = incident_keep(arena, store_text(query, 3), &full),
		.from = incident_keep(arena, store_text(query, 4), &full),
		.to = incident_keep(arena, store_text(query, 5), &full),
		.text = incident_keep(arena, store_text(query, 6), &full),
		.action = incident_keep(arena, store_text(query, 7), &full),
	};

	if (full)
		return incident_too_large(err);
	*ret = entry;
	return 0;
}

static int read_process(struct store_query *query, struct arena *arena,
			struct incident_process *ret, struct err *err)
{
	bool full = false;
	const struct incident_process process = {
		.guid = incident_keep(arena, store_text(query, 0), &full),
		.parent_guid = incident_keep(arena, store_text(query, 1), &full),
		.image = incident_keep(arena, store_text(query, 2), &full),
		.command_line = incident_keep(arena, store_text(query, 3), &full),
		.user = incident_keep(arena, store_text(query, 4), &full),
		.pid = (uint64_t)store_int(query, 5),
		.started = { store_int(query, 6) },
		.ended = { store_int(query, 7) },
		.flagged = store_int(query, 8) != 0,
		.context = store_int(query, 9) != 0,
	};

	if (full)
		return incident_too_large(err);
	*ret = process;
	return 0;
}

static int read_contact(struct store_query *query, struct arena *arena,
			struct incident_contact *ret, struct err *err)
{
	bool full = false;
	const struct incident_contact contact = {
		.id = incident_keep(arena, store_text(query, 0), &full),
		.at = { store_int(query, 1) },
		.actor = incident_keep(arena, store_text(query, 2), &full),
		.channel = (enum incident_channel)store_int(query, 3),
		.person = incident_keep(arena, store_text(query, 4), &full),
		.reached = store_int(query, 5) != 0,
		.text = incident_keep(arena, store_text(query, 6), &full),
		.consents = (unsigned)store_int(query, 7),
	};

	if (full)
		return incident_too_large(err);
	*ret = contact;
	return 0;
}

/*
 * Defines a function that reads the rows of a query (taken over) as an array
 * in arena, at most max of them; *more: there were further ones.
 */
#define ROWS(name, type, read)                                                                     \
	static int name(struct store_query *query, size_t max, struct arena *arena,                \
			const type **ret, size_t *ret_count, bool *more, struct err *err)          \
	{                                                                                          \
		size_t count = 0, room = 16;                                                       \
		type *row = arena_alloc(arena, room * sizeof *row);                                \
		int result = row ? -1 : incident_too_large(err);                                   \
                                                                                                   \
		while (query && row && (result = store_step(query, err)) == 1) {                   \
			if (count == max) {                                                        \
				*more = true;                                                      \
				result = 0;                                                        \
				break;                                                             \
			}                                                                          \
			if (count == room) {                                                       \
				type *const larger = arena_alloc(arena, 2 * room * sizeof *row);   \
                                                                                                   \
				if (!larger) {                                                     \
					result = incident_too_large(err);                          \
					break;                                                     \
				}                                                                  \
				memcpy(larger, row, room * sizeof *row);                           \
				row = larger;                                                      \
				room *= 2;                                                         \
			}                                                                          \
			if (read(query, arena, &row[count], err) != 0) {                           \
				result = -1;                                                       \
				break;                                                             \
			}                                                                          \
			count++;                                                                   \
		}                                                                                  \
		store_done(query);                                                                 \
		if (result < 0)                                                                    \
			return -1;                                                                 \
		*ret = row;                                                                        \
		*ret_count = count;                                                                \
		return 0;                                                                          \
	}

ROWS(read_detections, struct incident_detection_row, incident_read_detection)
ROWS(read_entries, struct incident_entry, read_entry)
ROWS(read_processes, struct incident_process, read_process)
ROWS(read_actions, struct incident_action, incident_read_action)
ROWS(read_contacts, struct incident_contact, read_contact)

/* ==== one incident ==== */

/* What people said of it. */
static int read_said(struct store *store, int64_t row, struct arena *arena,
		     struct incident_page *page, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT judged_reason, judged_by, judged_at, story, story_by, story_at"
			  " FROM incident WHERE row = $1",
			  STORE_INT(row));
	bool full = false;

	if (incident_row(query, err) != 1)
		return -1;
	page->judged.text = incident_keep(arena, store_text(query, 0), &full);
	page->judged.actor = incident_keep(arena, store_text(query, 1), &full);
	page->judged.at.us = store_int(query, 2);
	page->story.text = incident_keep(arena, store_text(query, 3), &full);
	page->story.actor = incident_keep(arena, store_text(query, 4), &full);
	page->story.at.us = store_int(query, 5);
	store_done(query);
	if (full)
		return incident_too_large(err);
	return read_contacts(store_ask(store, err,
				       "SELECT id, at, actor, channel, person, reached, text,"
				       " consents FROM incident_contact WHERE incident = $1"
				       " ORDER BY row",
				       STORE_INT(row)),
			     INCIDENT_CONTACTS_MAX, arena, &page->contact, &page->contact_count,
			     &page->more, err);
}

static int read_parts(struct store *store, int64_t row, struct arena *arena,
		      struct incident_page *page, struct err *err)
{
	if (read_detections(store_ask(store, err,
				      "SELECT " INCIDENT_DETECTION_COLUMNS INCIDENT_DETECTION_FROM
				      " WHERE d.incident = $1 ORDER BY d.observed, d.row",
				      STORE_INT(row)),
			    INCIDENT_LOAD_MAX, arena, &page->detection, &page->detection_count,
			    &page->more, err) != 0 ||
	    read_entries(store_ask(store, err,
				   "SELECT number, kind, at, actor, before, after, text, action"
				   " FROM incident_entry WHERE incident = $1 ORDER BY number",
				   STORE_INT(row)),
			 INCIDENT_LOAD_MAX, arena, &page->entry, &page->entry_count, &page->more,
			 err) != 0 ||
	    read_actions(store_ask(store, err,
				   "SELECT " INCIDENT_ACTION_COLUMNS INCIDENT_ACTION_FROM
				   " WHERE a.incident = $1 ORDER BY a.row",
				   STORE_INT(row)),
			 INCIDENT_LOAD_MAX, arena, &page->action, &page->action_count, &page->more,
			 err) != 0)
		return -1;
	return read_processes(store_ask(store, err,
					"SELECT guid, parent_guid, image, command_line, user_name,"
					" pid, started, ended, flagged, context"
					" FROM incident_process WHERE incident = $1 ORDER BY n",
					STORE_INT(row)),
			      INCIDENT_PROCESSES_MAX, arena, &page->process, &page->process_count,
			      &page->more, err);
}

static size_t find_process(const struct incident_process *process, size_t count, struct sv guid)
{
	for (size_t i = 0; i < count; i++)
		if (guid.n > 0 && sv_eq(process[i].guid, guid))
			return i;
	return SIZE_MAX;
}

/* Parents first: a later detection may have told of an ancestor. */
static int sort_processes(struct arena *arena, struct incident_page *page, struct err *err)
{
	const size_t count = page->process_count;
	const struct incident_process *from = page->process;
	struct incident_process *sorted = arena_alloc(arena, (count + 1) * sizeof *sorted);
	bool *done = arena_zalloc(arena, count + 1, sizeof *done);
	size_t n = 0, before = SIZE_MAX;

	if (!sorted || !done)
		return incident_too_large(err);
	while (n < count && n != before) {
		before = n;
		for (size_t i = 0; i < count; i++) {
			const size_t parent =
				done[i] ? 0 : find_process(from, count, from[i].parent_guid);

			if (done[i] || (parent != SIZE_MAX && !done[parent]))
				continue;
			sorted[n++] = from[i];
			done[i] = true;
		}
	}
	for (size_t i = 0; i < count; i++) /* a circle: as they came */
		if (!done[i])
			sorted[n++] = from[i];
	page->process = sorted;
	return 0;
}

static int read_page(struct store *store, const struct incident_scope *scope, struct sv id,
		     struct arena *arena, struct incident_page *page, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT " INCIDENT_COLUMNS " FROM incident i WHERE i.id = $1",
			  STORE_TEXT(id));
	const int result = incident_row(query, err);
	int64_t row;
	int failed;

	if (result < 0)
		return -1;
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "no such incident");
	row = store_int(query, INCIDENT_COLUMN_ROW);
	failed = incident_read(query, arena, &page->incident, err);
	store_done(query);
	if (failed != 0)
		return -1;
	if (!incident_may_see(scope, page->incident.company))
		return err_set(err, ERR_NOT_FOUND, "no such incident");
	if (read_said(store, row, arena, page, err) != 0 ||
	    read_parts(store, row, arena, page, err) != 0)
		return -1;
	return sort_processes(arena, page, err);
}

int incident_load(struct store *store, const struct incident_scope *scope, struct sv id,
		  struct arena *arena, struct incident_page *ret, struct err *err)
{
	const bool inside = store_in_transaction(store);
	struct incident_page page = { .more = false };
	int failed;

	/* All parts as of one moment. */
	if (!inside && store_begin_read(store, err) != 0)
		return -1;
	failed = read_page(store, scope, id, arena, &page, err);
	if (!inside)
		store_rollback(store);
	if (failed != 0)
		return -1;
	*ret = page;
	return 0;
}

/* ==== actions ==== */

int incident_actions_waiting(struct store *store, struct sv device, size_t limit,
			     struct arena *arena, const struct incident_action **ret,
			     size_t *ret_count, struct err *err)
{
	const size_t max = limit < INCIDENT_PAGE_MAX ? limit : INCIDENT_PAGE_MAX;
	bool more = false;

	return read_actions(
		device.n > 0 ? store_ask(store, err,
					 "SELECT " INCIDENT_ACTION_COLUMNS INCIDENT_ACTION_FROM
					 " WHERE a.state = $1 AND a.device = $2 ORDER BY a.row",
					 STORE_INT(ACTION_APPROVED), STORE_TEXT(device))
			     : store_ask(store, err,
					 "SELECT " INCIDENT_ACTION_COLUMNS INCIDENT_ACTION_FROM
					 " WHERE a.state = $1 ORDER BY a.row",
					 STORE_INT(ACTION_APPROVED)),
		max, arena, ret, ret_count, &more, err);
}

int incident_actions(struct store *store, const struct incident_scope *scope, struct sv device,
		     size_t limit, struct arena *arena, const struct incident_action **ret,
		     size_t *ret_count, struct err *err)
{
	const size_t max = limit < INCIDENT_PAGE_MAX ? limit : INCIDENT_PAGE_MAX;
	struct incident_action *action = arena_alloc(arena, (max + 1) * sizeof *action);
	struct store_query *query;
	size_t count = 0;
	int result = 0;

	if (!action)
		return incident_too_large(err);
	query = store_ask(store, err,
			  "SELECT " INCIDENT_ACTION_COLUMNS INCIDENT_ACTION_FROM
			  " WHERE a.device = $1 ORDER BY a.row DESC",
			  STORE_TEXT(device));
	if (!query)
		return -1;
	while (count < max && (result = store_step(query, err)) == 1) {
		if (!incident_may_see(scope, store_text(query, 1)))
			continue;
		if (incident_read_action(query, arena, &action[count++], err) != 0) {
			result = -1;
			break;
		}
	}
	store_done(query);
	if (result < 0)
		return -1;
	*ret = action;
	*ret_count = count;
	return 0;
}

int incident_action_load(struct store *store, const struct incident_scope *scope, struct sv id,
			 struct arena *arena, struct incident_action *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT " INCIDENT_ACTION_COLUMNS INCIDENT_ACTION_FROM " WHERE a.id = $1",
			  STORE_TEXT(id));
	const int result = incident_row(query, err);
	int failed;

	if (result < 0)
		return -1;
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "no such action");
	if (!incident_may_see(scope, store_text(query, 1)))
		failed = err_set(err, ERR_NOT_FOUND, "no such action");
	else
		failed = incident_read_action(query, arena, ret, err);
	store_done(query);
	return failed;
}
