#include "centre/put.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/standing.h"

static void put_said(struct emit *emit, const struct http_request *request, const char *text,
		     const struct incident_said *said)
{
	emit_put_text(emit, text, said->text);
	emit_put_time(emit, "at", said->at);
	emit_key(emit, "by");
	put_person(emit, request, said->actor);
	emit_object_end(emit);
}

static void put_judgement(struct emit *emit, const struct http_request *request,
			  const struct incident_page *page)
{
	emit_key(emit, "judgement");
	if (page->incident.judgement == INCIDENT_UNJUDGED) {
		emit_nothing(emit);
		return;
	}
	emit_object(emit);
	emit_put_truth(emit, "real", page->incident.judgement == INCIDENT_REAL);
	put_said(emit, request, "reason", &page->judged);
}

static void put_story(struct emit *emit, const struct http_request *request,
		      const struct incident_page *page)
{
	emit_key(emit, "story");
	if (!page->incident.told) {
		emit_nothing(emit);
		return;
	}
	emit_object(emit);
	put_said(emit, request, "text", &page->story);
}

void put_contact(struct emit *emit, const struct http_request *request,
		 const struct incident_contact *contact)
{
	emit_object(emit);
	emit_put_time(emit, "at", contact->at);
	emit_key(emit, "by");
	put_person(emit, request, contact->actor);
	emit_put_text(emit, "channel", sv_from(incident_channel_name(contact->channel)));
	emit_put_text(emit, "person", contact->person.p ? contact->person : SV(""));
	emit_put_truth(emit, "reached", contact->reached);
	emit_put_text(emit, "text", contact->text);
	emit_key(emit, "consents");
	emit_array(emit);
	for (unsigned i = 0; i < ACTION_KIND_COUNT; i++)
		if (contact->consents >> i & 1)
			emit_text(emit, sv_from(action_kind_name((enum action_kind)i)));
	emit_array_end(emit);
	emit_object_end(emit);
}

static struct sv participation_of(const struct http_request *request, struct sv device)
{
	struct store_query *query =
		store_ask(request->worker->records, NULL,
			  "SELECT participation FROM device WHERE id = $1", STORE_TEXT(device));
	struct sv participation = SV_NONE;

	if (query && store_step(query, NULL) == 1 && !store_is_null(query, 0))
		participation = arena_dup(request->arena, store_text(query, 0));
	store_done(query);
	return participation;
}

static void put_office(struct emit *emit, const struct http_request *request,
		       const struct standing *standing)
{
	const struct programme_office *office;

	if (!standing->known) {
		emit_nothing(emit);
		return;
	}
	office = &programme_facts(standing->entry->programme)->office;
	emit_object(emit);
	emit_put_text(emit, "name", text_of(request, office->name));
	emit_put_text(emit, "telephone", office->telephone);
	emit_put_text(emit, "hours", text_of(request, office->hours));
	emit_object_end(emit);
}

/* whom the desk calls. */
static void put_company_contact(struct emit *emit, const struct standing *standing)
{
	if (!standing->known) {
		emit_nothing(emit);
		return;
	}
	emit_object(emit);
	emit_put_text(emit, "name", standing->application.contact);
	emit_put_text(emit, "telephone", standing->application.telephone);
	emit_put_text(emit, "mail", standing->application.mail);
	emit_object_end(emit);
}

/* who helps now, and when somebody could come. */
static void put_desk(struct emit *emit, const struct http_request *request,
		     const struct incident *incident)
{
	const struct sv participation = participation_of(request, incident->device);
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct store *store = request->worker->records;
	struct standing standing = { .known = false };
	struct instant onsite = { 0 };
	struct err err = ERR_INIT;
	int failed;

	if (participation.n > 0)
		failed = standing_of_participation(store, catalogue, participation,
						   request->arena, &standing, &err);
	else
		failed = standing_of_company(store, catalogue, incident->company,
					     request->arena, &standing, &err);
	if (failed == 0 && standing.known)
		failed = onsite_next(standing.entry->programme, request->programme_now, &onsite,
				     &err);
	if (failed != 0)
		log_error(request->centre->log, LOG_ERROR, "the desk of an incident", &err);
	emit_put_time(emit, "onsite_from", onsite);
	emit_put_truth(emit, "desk_serves",
		       standing_desk_serves(&standing, request->programme_now));
	emit_key(emit, "office");
	put_office(emit, request, &standing);
	emit_key(emit, "company_contact");
	put_company_contact(emit, &standing);
}

bool put_incident_page(struct emit *emit, const struct http_request *request,
		       const struct incident_page *page)
{
	emit_object(emit);
	emit_key(emit, "incident");
	put_incident(emit, request, &page->incident);
	emit_key(emit, "transitions");
	emit_array(emit);
	for (unsigned i = 0; i < INCIDENT_STATE_COUNT; i++)
		if (incident_transition(page->incident.state, (enum incident_state)i))
			emit_text(emit, sv_from(incident_state_name((enum incident_state)i)));
	emit_array_end(emit);
	emit_key(emit, "device");
	if (!put_device_whole(emit, request, page->incident.device))
		return false;
	emit_key(emit, "processes");
	emit_array(emit);
	for (size_t i = 0; i < page->process_count; i++)
		put_process(emit, &page->process[i], page->detection, page->detection_count);
	emit_array_end(emit);
	emit_key(emit, "notes");
	emit_array(emit);
	for (size_t i = 0; i < page->entry_count; i++)
		if (page->entry[i].kind == INCIDENT_ENTRY_NOTE)
			put_note(emit, request, &page->entry[i]);
	emit_array_end(emit);
	emit_key(emit, "actions");
	emit_array(emit);
	for (size_t i = 0; i < page->action_count; i++)
		put_action(emit, request, &page->action[i]);
	emit_array_end(emit);
	put_judgement(emit, request, page);
	emit_key(emit, "contacts");
	emit_array(emit);
	for (size_t i = 0; i < page->contact_count; i++)
		put_contact(emit, request, &page->contact[i]);
	emit_array_end(emit);
	put_story(emit, request, page);
	put_desk(emit, request, &page->incident);
	emit_put_truth(emit, "cut", page->more);
	emit_object_end(emit);
	return true;
}
