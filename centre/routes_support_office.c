/* Hearings, to whom data goes, and contact from the city. */
#include "centre/put_support.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* ---- hearings ---- */

enum http_answer route_hearing_act(struct http_request *request, struct http_response *response)
{
	const struct sv word = body_text(request, "act"), note = body_text(request, "note");
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	enum hearing_act act = HEARING_PICK;
	enum hearing_state to = HEARING_NONE;
	const struct catalogue_entry *entry;
	struct application application;
	struct hearing hearing;
	struct err err = ERR_INIT;
	bool may;

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	if (!programme_facts(entry->programme)->has_hearings)
		return http_fail(request, response, "hearing_none", "act");
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (hearing_load(store, application.id, request->arena, &hearing, &err) != 0)
		return reply_undo(request, response, &err);
	may = hearing_act_parse(word, &act) &&
	      hearing_next(hearing.state, act, application.is.mark[MARK_ENDED].us != 0, &to);
	if (!may) {
		store_rollback(store);
		return http_fail(request, response, "hearing_state", "act");
	}
	if (hearing_put(store, &application, to, note, support_actor(request),
			request->programme_now, &err) != 0 ||
	    hearing_load(store, application.id, request->arena, &hearing, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "application", application.id, application.company,
			 word) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	put_hearing(&emit, request, &hearing);
	return HTTP_DONE;
}

enum http_answer route_hearing_list(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	const struct programme_facts *facts;
	const struct hearing *hearing;
	struct err err = ERR_INIT;
	size_t count;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	facts = programme_facts(entry->programme);
	if (hearings_list(request->worker->records, request->object->id, request->arena, &hearing,
			  &count, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_put_number(&emit, "companies", facts->hearing_companies);
	emit_put_truth(&emit, "asks_first", facts->hearing_asks_first);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		put_hearing(&emit, request, &hearing[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- to whom data goes ---- */

/* Returns 0, or -1 with the response filled. */
static int check_recipient(struct http_request *request, struct http_response *response,
			   const struct catalogue_entry *entry, struct sv recipient,
			   const struct programme_disclosure **ret)
{
	const struct delegate *delegate;
	enum disclosure_problem problem;
	struct err err = ERR_INIT;
	size_t count;

	if (delegates_list(request->worker->records, entry->id, request->arena, &delegate, &count,
			   &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	problem = disclosure_check(entry->programme, delegate, count, recipient, ret);
	if (problem == DISCLOSURE_GOOD)
		return 0;
	http_fail(request, response, disclosure_problem_name(problem), "recipient");
	return -1;
}

enum http_answer route_disclosure_add(struct http_request *request,
				      struct http_response *response)
{
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	const struct sv scope = body_text(request, "scope");
	const struct programme_disclosure *listed;
	const struct catalogue_entry *entry;
	struct application application;
	struct disclosure disclosure;
	char id[UUID_TEXT_MAX];
	struct err err = ERR_INIT;

	if (support_load(request, response, &application, &entry) != 0 ||
	    check_recipient(request, response, entry, body_text(request, "recipient"), &listed) !=
		    0)
		return HTTP_DONE;
	disclosure = (struct disclosure){
		.recipient = listed->recipient.ja, .purpose = listed->purpose.ja,
		.scope = sv_trim(scope).n > 0 ? scope : listed->scope.ja,
		.by = support_actor(request), .at = request->programme_now,
	};
	if (store_begin(store, &err) != 0 ||
	    disclosure_put(store, &application, &disclosure, id, &err) != 0)
		return reply_undo(request, response, &err);
	disclosure.id = sv_from(id);
	if (reply_commit(request, response, "application", application.id, application.company,
			 disclosure.recipient) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	response->status = 201;
	put_disclosure(&emit, &disclosure);
	return HTTP_DONE;
}

static void put_delegate(struct emit *emit, const struct http_request *request,
			 const struct programme_disclosure *listed, const struct delegate *found)
{
	emit_object(emit);
	emit_put_text(emit, "recipient", listed->recipient.ja);
	emit_put_text(emit, "name", text_of(request, listed->recipient));
	emit_put_text(emit, "purpose", text_of(request, listed->purpose));
	emit_put_text(emit, "scope", text_of(request, listed->scope));
	emit_put_truth(emit, "protected", found || listed->equal_protection_recorded);
	emit_put_text(emit, "basis", found ? found->basis : SV(""));
	emit_put_time(emit, "at", found ? found->at : (struct instant){ 0 });
	emit_object_end(emit);
}

enum http_answer route_delegate_list(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct programme_facts *facts;
	const struct catalogue_entry *entry;
	const struct delegate *delegate;
	struct err err = ERR_INIT;
	size_t count;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (delegates_list(request->worker->records, entry->id, request->arena, &delegate, &count,
			   &err) != 0)
		return http_fail_err(request, response, &err);
	facts = programme_facts(entry->programme);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < facts->disclosure_count; i++) {
		const struct delegate *found = NULL;

		for (size_t k = 0; k < count; k++)
			if (sv_eq(delegate[k].recipient, facts->disclosure[i].recipient.ja))
				found = &delegate[k];
		put_delegate(&emit, request, &facts->disclosure[i], found);
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_delegate_put(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct delegate delegate = {
		.recipient = body_text(request, "recipient"), .basis = body_text(request, "basis"),
		.by = support_actor(request), .at = request->programme_now,
	};
	const struct programme_disclosure *listed;
	const struct catalogue_entry *entry;
	struct err err = ERR_INIT;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (disclosure_check(entry->programme, NULL, 0, delegate.recipient, &listed) ==
	    DISCLOSURE_NOT_LISTED)
		return http_fail(request, response, "disclosure_not_listed", "recipient");
	if (store_begin(store, &err) != 0 || delegate_put(store, entry->id, &delegate, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "programme", entry->id, SV_NONE,
			 arena_printf(request->arena, "%.*s: %.*s", SV_ARG(delegate.recipient),
				      SV_ARG(delegate.basis))) == 0)
		response->status = 204;
	return HTTP_DONE;
}

/* ---- contact from the city ---- */

enum http_answer route_city_contact_put(struct http_request *request,
					struct http_response *response)
{
	struct store *store = request->worker->records;
	const bool wanted = json_is_true(json_object_get(request->json, "wanted"));
	const struct sv reason = body_text(request, "reason");
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;

	if (support_load(request, response, &application, &entry) != 0)
		return HTTP_DONE;
	if (store_begin(store, &err) != 0 ||
	    city_contact_put(store, application.id, wanted, reason, support_actor(request),
			     request->programme_now, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "application", application.id, application.company,
			 reason) != 0)
		return HTTP_DONE;
	support_tell(request, &application);
	response->status = 204;
	return HTTP_DONE;
}

/* Those whose participation was confirmed and who did not say no. */
static int put_contacts(struct emit *emit, struct http_request *request,
			const struct application_list *list, struct err *err)
{
	emit_key(emit, "items");
	emit_array(emit);
	for (size_t i = 0; i < list->count; i++) {
		bool wanted;

		if (list->item[i].is.mark[MARK_CONFIRMED].us == 0)
			continue;
		if (city_contact_load(request->worker->records, list->item[i].id, &wanted, err) !=
		    0)
			return -1;
		if (wanted)
			put_support_application(emit, &list->item[i]);
	}
	emit_array_end(emit);
	return 0;
}

enum http_answer route_city_contact_list(struct http_request *request,
					 struct http_response *response)
{
	const struct sv cursor = http_value(request, "cursor")->text;
	const struct application_filter filter = {
		.programme = &request->object->id, .programme_count = 1, .actor = -1,
		.with_final = true, .today = tokyo_of(request->programme_now).day,
	};
	struct emit emit = emit_begin(&response->body);
	const struct programme_facts *facts;
	const struct catalogue_entry *entry;
	struct application_list list;
	struct err err = ERR_INIT;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (application_list(request->worker->records, entry->catalogue, &filter,
			     cursor.p ? cursor : SV(""),
			     (size_t)http_value(request, "limit")->number, request->arena, &list,
			     &err) != 0)
		return err.code == ERR_USAGE && cursor.n > 0
			       ? http_fail(request, response, "bad_cursor", "cursor")
			       : http_fail_err(request, response, &err);
	facts = programme_facts(entry->programme);
	emit_object(&emit);
	emit_put_text(&emit, "wording", text_of(request, city_wording(facts)));
	emit_put_truth(&emit, "certain", facts->city_contacts);
	if (put_contacts(&emit, request, &list, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_put_or_null(&emit, "next", list.next);
	emit_object_end(&emit);
	return HTTP_DONE;
}
