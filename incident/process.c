#include <string.h>

#include "incident/internal.h"

#define GUID_MAX 128
#define IMAGE_MAX 512
#define USER_MAX 256
#define INPUT_MAX 16
/* Nodes kept free in an incident for processes that detections name. */
#define FLAGGED_RESERVE 100

/* ==== devices ==== */

int incident_device(struct store *store, struct sv company, struct sv device, int64_t *ret,
		    struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT row FROM incident_device WHERE company = $1 AND device = $2",
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

static uint64_t read_number(struct sv text)
{
	uint64_t number;

	return sv_to_u64(text, &number) && number <= INT64_MAX ? number : 0;
}

void incident_process_of(const struct event *event, struct incident_process *ret)
{
	struct instant started;

	*ret = (struct incident_process){
		.guid = incident_cut(event_text(event, SV("ProcessGuid")), GUID_MAX),
		.parent_guid = incident_cut(event_text(event, SV("ParentProcessGuid")), GUID_MAX),
		.image = incident_cut(event_text(event, SV("Image")), IMAGE_MAX),
		.command_line =
			incident_cut(event_text(event, SV("CommandLine")), INCIDENT_COMMAND_MAX),
		.user = incident_cut(event_text(event, SV("User")), USER_MAX),
		.parent_image = incident_cut(event_text(event, SV("ParentImage")), IMAGE_MAX),
		.parent_command_line = incident_cut(event_text(event, SV("ParentCommandLine")),
						    INCIDENT_COMMAND_MAX),
		.standard_input = incident_cut(event_text(event, SV("StandardInput")), INPUT_MAX),
		.pid = read_number(event_text(event, SV("ProcessId"))),
	};
	if (!sv_eq(event->envelope.category, SV("process_creation")))
		return;
	/* The agent says when it was forked; others mean the event's own time. */
	ret->started = instant_parse(event_text(event, SV("ProcessStarted")), &started)
			       ? started
			       : incident_when(event);
}

/* ==== nodes ==== */

int incident_find_process(struct store *store, int64_t incident, int64_t device, struct sv guid,
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
	const int found = incident_find_process(store, incident, device, p->guid, &n, err);

	if (found < 0)
		return -1;
	if (found == 1)
		return change_node(store, incident, n, p, err);
	if (next_node(store, incident, p->flagged, &n, err) != 0)
		return -1;
	if (n == 0)
		return 0;
	return store_change(
		store, err,
		"INSERT INTO incident_process (incident, n, device, guid, parent_guid,"
		" image, command_line, user_name, pid, started, ended, flagged, context)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		STORE_INT(incident), STORE_INT(n), STORE_INT(device), STORE_TEXT(p->guid),
		STORE_TEXT(p->parent_guid), STORE_TEXT(p->image.p ? p->image : SV("")),
		STORE_TEXT(p->command_line.p ? p->command_line : SV("")),
		STORE_TEXT(p->user.p ? p->user : SV("")), STORE_INT(p->pid),
		STORE_INT(p->started.us), STORE_INT(p->ended.us), STORE_INT(p->flagged),
		STORE_INT(p->context));
}
