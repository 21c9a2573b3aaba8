#include <string.h>

#include "incident/internal.h"

#define GUID_MAX 128
#define IMAGE_MAX 512
#define USER_MAX 256
/* Images that one process has had (exec after exec) and that are looked at. */
#define IMAGES_MAX 16
/* The oldest of a device are dropped each time so many have come. */
#define DROP_EVERY 64
/* Nodes kept free in an incident for processes that detections name. */
#define FLAGGED_RESERVE 100

/* ==== devices ==== */

int incident_device(struct store *store, struct sv company, struct sv device, int64_t *ret,
		    struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT row FROM incident_device WHERE company = $1 AND device = $2",
		STORE_TEXT(company), STORE_TEXT(device));
	int result = incident_row(query, err);

	if (result == 0) {
		query = store_ask(store, err,
				  "INSERT INTO incident_device (company, device) VALUES ($1, $2)"
				  " RETURNING row",
				  STORE_TEXT(company), STORE_TEXT(device));
		result = incident_row(query, err);
	}
	if (result != 1)
		return -1;
	*ret = store_int(query, 0);
	store_done(query);
	return 0;
}

/* ==== what events say ==== */

struct instant incident_when(const struct event *event)
{
	return event->envelope.observed.us != 0 ? event->envelope.observed
						: event->envelope.received;
}

void incident_process_of(const struct event *event, struct incident_process *ret)
{
	uint64_t pid = 0;
	struct instant started;

	*ret = (struct incident_process){
		.guid = incident_cut(event_text(event, SV("ProcessGuid")), GUID_MAX),
		.parent_guid = incident_cut(event_text(event, SV("ParentProcessGuid")), GUID_MAX),
		.image = incident_cut(event_text(event, SV("Image")), IMAGE_MAX),
		.command_line = incident_cut(event_text(event, SV("CommandLine")),
					     INCIDENT_COMMAND_MAX),
		.user = incident_cut(event_text(event, SV("User")), USER_MAX),
		.parent_image = incident_cut(event_text(event, SV("ParentImage")), IMAGE_MAX),
		.parent_command_line = incident_cut(event_text(event, SV("ParentCommandLine")),
						    INCIDENT_COMMAND_MAX),
		.standard_input = incident_cut(event_text(event, SV("StandardInput")), 16),
	};
	if (sv_to_u64(event_text(event, SV("ProcessId")), &pid) && pid <= INT64_MAX)
		ret->pid = pid;
	if (!sv_eq(event->envelope.category, SV("process_creation")))
		return;
	/* The agent says when it was forked; others mean the event's own time. */
	ret->started = instant_parse(event_text(event, SV("ProcessStarted")), &started)
			       ? started
			       : incident_when(event);
}

/* ==== learning ==== */

static int drop_oldest(struct store *store, int64_t device, int64_t n, struct err *err)
{
	if (n <= INCIDENT_DEVICE_PROCESSES_MAX || n % DROP_EVERY != 0)
		return 0;
	return store_change(store, err, "DELETE FROM incident_seen WHERE device = $1 AND n <= $2",
			    STORE_INT(device), STORE_INT(n - INCIDENT_DEVICE_PROCESSES_MAX));
}

static int remember(struct store *store, int64_t device, const struct incident_process *p,
		    struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"INSERT INTO incident_seen (device, n, guid, parent_guid, image, command_line,"
		" user_name, parent_image, parent_command_line, standard_input, pid, started,"
		" ended) SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
		" $11, 0 FROM incident_seen WHERE device = $1 RETURNING n",
		STORE_INT(device), STORE_TEXT(p->guid), STORE_TEXT(p->parent_guid),
		STORE_TEXT(p->image), STORE_TEXT(p->command_line), STORE_TEXT(p->user),
		STORE_TEXT(p->parent_image), STORE_TEXT(p->parent_command_line),
		STORE_TEXT(p->standard_input), STORE_INT(p->pid), STORE_INT(p->started.us));
	int64_t n;

	if (incident_row(query, err) != 1)
		return -1;
	n = store_int(query, 0);
	store_done(query);
	return drop_oldest(store, device, n, err);
}

/* Adds a new process to the open incidents whose trees its parent (or itself) is in. */
static int join_trees(struct store *store, int64_t device, const struct incident_process *p,
		      struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT DISTINCT p.incident FROM incident_process p JOIN incident i"
		" ON i.row = p.incident WHERE p.device = $1 AND (p.guid = $2 OR p.guid = $3)"
		" AND p.context = 0 AND i.state < $4 ORDER BY p.incident DESC LIMIT 8",
		STORE_INT(device), STORE_TEXT(p->parent_guid), STORE_TEXT(p->guid),
		STORE_INT(INCIDENT_RESOLVED));
	int64_t incident[8];
	size_t count = 0;
	int result;

	if (!query)
		return -1;
	while (count < 8 && (result = store_step(query, err)) == 1)
		incident[count++] = store_int(query, 0);
	store_done(query);
	if (count < 8 && result < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (incident_put_process(store, incident[i], device, p, err) != 0)
			return -1;
	return 0;
}

static int observe_end(struct store *store, int64_t device, const struct event *event,
		       struct err *err)
{
	const struct sv guid = incident_cut(event_text(event, SV("ProcessGuid")), GUID_MAX);
	const int64_t when = incident_when(event).us;

	if (store_change(store, err,
			 "UPDATE incident_seen SET ended = $3 WHERE device = $1 AND guid = $2",
			 STORE_INT(device), STORE_TEXT(guid), STORE_INT(when)) != 0)
		return -1;
	return store_change(store, err,
			    "UPDATE incident_process SET ended = $3 WHERE device = $1 AND guid = $2",
			    STORE_INT(device), STORE_TEXT(guid), STORE_INT(when));
}

int incident_observe_event(struct store *store, const struct event *event, struct err *err)
{
	const struct event_envelope *envelope = &event->envelope;
	const bool starts = sv_eq(envelope->category, SV("process_creation"));
	struct incident_process process;
	int64_t device;

	if (!starts && !sv_eq(envelope->category, SV("process_termination")))
		return 0;
	if (event_text(event, SV("ProcessGuid")).n == 0 || envelope->device.n == 0)
		return 0;
	if (incident_need_transaction(store, err) != 0 ||
	    incident_device(store, envelope->company, envelope->device, &device, err) != 0)
		return -1;
	if (!starts)
		return observe_end(store, device, event, err);
	incident_process_of(event, &process);
	if (remember(store, device, &process, err) != 0)
		return -1;
	return join_trees(store, device, &process, err);
}

int64_t incident_expire_processes(struct store *store, struct instant before, size_t limit,
				  struct err *err)
{
	if (incident_need_transaction(store, err) != 0 ||
	    store_change(store, err,
			 "DELETE FROM incident_seen WHERE (device, n) IN (SELECT device, n"
			 " FROM incident_seen WHERE ended > 0 AND ended < $1 LIMIT $2)",
			 STORE_INT(before.us), STORE_INT(limit)) != 0)
		return -1;
	return store_changes(store);
}

/* ==== walking up ==== */

/* 1: known, *ret from arena; 0: never seen; -1. */
static int look_up(struct store *store, int64_t device, struct sv guid, struct arena *arena,
		   struct incident_process *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT guid, parent_guid, image, command_line, user_name, parent_image,"
		" parent_command_line, standard_input, pid, started, ended FROM incident_seen"
		/* In two steps, or SQLite walks all processes of the device. */
		" WHERE device = $1 AND n IN (SELECT n FROM incident_seen WHERE device = $1"
		" AND guid = $2 ORDER BY n DESC LIMIT $3) ORDER BY n DESC",
		STORE_INT(device), STORE_TEXT(guid), STORE_INT(IMAGES_MAX));
	struct incident_process p = { .pid = 0 };
	bool full = false, found = false;
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		if (!found)
			p = (struct incident_process){
				.guid = incident_keep(arena, store_text(query, 0), &full),
				.parent_guid = incident_keep(arena, store_text(query, 1), &full),
				.image = incident_keep(arena, store_text(query, 2), &full),
				.command_line = incident_keep(arena, store_text(query, 3), &full),
				.user = incident_keep(arena, store_text(query, 4), &full),
				.parent_image = incident_keep(arena, store_text(query, 5), &full),
				.parent_command_line =
					incident_keep(arena, store_text(query, 6), &full),
				.standard_input = incident_keep(arena, store_text(query, 7), &full),
				.pid = (uint64_t)store_int(query, 8),
				.ended = { store_int(query, 10) },
			};
		else /* an image that it had before */
			p.entered |= incident_is_entrance(store_text(query, 2));
		p.started.us = store_int(query, 9);
		found = true;
	}
	store_done(query);
	if (result < 0)
		return -1;
	if (full)
		return incident_too_large(err);
	if (found)
		*ret = p;
	return found;
}

/* What the event says, where the table does not know better. */
static void complete(struct incident_process *p, const struct incident_process *from)
{
	if (p->parent_guid.n == 0)
		p->parent_guid = from->parent_guid;
	if (p->image.n == 0)
		p->image = from->image;
	if (p->command_line.n == 0)
		p->command_line = from->command_line;
	if (p->user.n == 0)
		p->user = from->user;
	if (p->parent_image.n == 0)
		p->parent_image = from->parent_image;
	if (p->parent_command_line.n == 0)
		p->parent_command_line = from->parent_command_line;
	if (p->pid == 0)
		p->pid = from->pid;
}

static bool is_in(const struct incident_process *chain, size_t count, struct sv guid)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(chain[i].guid, guid))
			return true;
	return false;
}

/* The process itself: 1; 0: nobody has told of it. */
static int chain_start(struct store *store, int64_t device, struct sv guid,
		       const struct event *event, struct arena *arena,
		       struct incident_process *ret, struct err *err)
{
	struct incident_process said = { .pid = 0 };
	int result;

	if (event)
		incident_process_of(event, &said);
	result = look_up(store, device, guid, arena, ret, err);
	if (result != 0) {
		if (result == 1)
			complete(ret, &said);
		return result;
	}
	if (!event)
		return 0;
	*ret = said;
	ret->unseen = said.parent_guid.n == 0;
	return 1;
}

int incident_chain(struct store *store, int64_t device, struct sv guid, const struct event *event,
		   struct arena *arena, struct incident_process chain[static INCIDENT_CHAIN_MAX],
		   struct err *err)
{
	size_t count = 0;
	int result = guid.n == 0 ? 0 : chain_start(store, device, guid, event, arena, chain, err);

	while (result == 1 && ++count < INCIDENT_CHAIN_MAX) {
		const struct incident_process *child = &chain[count - 1];
		struct incident_process *parent = &chain[count];

		if (child->unseen || is_in(chain, count, child->parent_guid) ||
		    (child->parent_guid.n == 0 && child->parent_image.n == 0))
			break;
		result = child->parent_guid.n == 0
				 ? 0
				 : look_up(store, device, child->parent_guid, arena, parent, err);
		if (result == 0) {
			*parent = (struct incident_process){
				.guid = child->parent_guid,
				.image = child->parent_image,
				.command_line = child->parent_command_line,
				.unseen = true,
			};
			count++;
			break;
		}
		/* The child knows what its parent was when it started. */
		if (result == 1 && child->parent_image.n > 0) {
			parent->image = child->parent_image;
			parent->command_line = child->parent_command_line;
		}
	}
	return result < 0 ? -1 : (int)count;
}

/* ==== nodes ==== */

/* 1: it is there, *ret_n; 0: not. */
static int find_node(struct store *store, int64_t incident, int64_t device, struct sv guid,
		     int64_t *ret_n, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT n FROM incident_process WHERE device = $1 AND guid = $2"
			  " AND incident = $3",
			  STORE_INT(device), STORE_TEXT(guid), STORE_INT(incident));
	const int result = incident_row(query, err);

	if (result == 1) {
		*ret_n = store_int(query, 0);
		store_done(query);
	}
	return result;
}

/* What a detection named stays as it was then; others show their latest image. */
static int change_node(struct store *store, int64_t incident, int64_t n,
		       const struct incident_process *p, struct err *err)
{
	return store_change(store, err,
			    "UPDATE incident_process SET"
			    " image = CASE WHEN $3 <> '' THEN $3 ELSE image END,"
			    " command_line = CASE WHEN $4 <> '' THEN $4 ELSE command_line END,"
			    " user_name = CASE WHEN $5 <> '' THEN $5 ELSE user_name END,"
			    " flagged = CASE WHEN $6 = 1 THEN 1 ELSE flagged END,"
			    " context = CASE WHEN $7 = 0 THEN 0 ELSE context END"
			    " WHERE incident = $1 AND n = $2 AND (flagged = 0 OR image = '')",
			    STORE_INT(incident), STORE_INT(n),
			    STORE_TEXT(p->image.p ? p->image : SV("")),
			    STORE_TEXT(p->command_line.p ? p->command_line : SV("")),
			    STORE_TEXT(p->user.p ? p->user : SV("")), STORE_INT(p->flagged),
			    STORE_INT(p->context));
}

/* The number of the next node, or 0 where the incident has no room for it. */
static int next_node(struct store *store, int64_t incident, bool flagged, int64_t *ret,
		     struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"UPDATE incident SET processes = processes + 1 WHERE row = $1 AND processes < $2"
		" RETURNING processes",
		STORE_INT(incident),
		STORE_INT(flagged ? INCIDENT_PROCESSES_MAX
				  : INCIDENT_PROCESSES_MAX - FLAGGED_RESERVE));
	const int result = incident_row(query, err);

	if (result < 0)
		return -1;
	*ret = result == 1 ? store_int(query, 0) : 0;
	if (result == 1)
		store_done(query);
	return 0;
}

int incident_put_process(struct store *store, int64_t incident, int64_t device,
			 const struct incident_process *p, struct err *err)
{
	int64_t n = 0;
	const int found = find_node(store, incident, device, p->guid, &n, err);

	if (found < 0)
		return -1;
	if (found == 1)
		return change_node(store, incident, n, p, err);
	if (next_node(store, incident, p->flagged, &n, err) != 0)
		return -1;
	if (n == 0)
		return 0;
	return store_change(store, err,
			    "INSERT INTO incident_process (incident, n, device, guid, parent_guid,"
			    " image, command_line, user_name, pid, started, ended, flagged, context)"
			    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
			    STORE_INT(incident), STORE_INT(n), STORE_INT(device),
			    STORE_TEXT(p->guid), STORE_TEXT(p->parent_guid),
			    STORE_TEXT(p->image.p ? p->image : SV("")),
			    STORE_TEXT(p->command_line.p ? p->command_line : SV("")),
			    STORE_TEXT(p->user.p ? p->user : SV("")), STORE_INT(p->pid),
			    STORE_INT(p->started.us), STORE_INT(p->ended.us),
			    STORE_INT(p->flagged), STORE_INT(p->context));
}
