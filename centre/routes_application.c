#include "centre/centre.h"
#include "centre/effects.h"
#include "centre/files.h"
#include "centre/jobs.h"
#include "centre/live.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

/* ---- which ones ---- */

/* Programmes and companies of which the actor may see applications, by the filter's wishes. */
static int fill_scope(struct http_request *request, const struct catalogue *catalogue,
		      struct application_filter *filter, struct err *err)
{
	const struct sv only = http_value(request, "programme")->text;
	const struct catalogue_entry *entry;
	const size_t count = catalogue_list(catalogue, &entry);
	const struct actor *actor = request->actor;
	struct sv *programme = arena_zalloc(request->arena, count + 1, sizeof *programme);
	struct sv *company = arena_zalloc(request->arena, actor->grant_count + 1, sizeof *company);

	if (!programme || !company)
		return err_set(err, ERR_RANGE, "too many programmes");
	for (size_t i = 0; i < count; i++) {
		struct access_object object;

		if (only.n > 0 && !sv_eq(only, entry[i].id))
			continue;
		if (access_load(request->worker->records, OBJECT_PROGRAMME, entry[i].id,
				request->arena, &object, err) < 0)
			return -1;
		if (access_may(actor, request->route->access, &object))
			programme[filter->programme_count++] = entry[i].id;
	}
	for (size_t i = 0; i < actor->grant_count && only.n == 0; i++) {
		const struct sv id = actor->grant[i].company;
		const struct access_object object = { .kind = OBJECT_COMPANY, .id = id,
						      .company = id };

		if (id.n > 0 && access_may(actor, request->route->access, &object))
			company[filter->company_count++] = id;
	}
	filter->programme = programme;
	filter->company = company;
	return 0;
}

static struct sv word_of(const struct http_request *request, const char *name)
{
	const struct sv text = http_value(request, name)->text;

	return text.p ? text : SV("");
}

static void fill_wishes(const struct http_request *request, struct application_filter *filter)
{
	static const struct {
		const char *word;
		enum application_due due;
	} row[] = { { "late", DUE_LATE }, { "today", DUE_TODAY }, { "soon", DUE_SOON } };
	const struct sv due = word_of(request, "due"), actor = word_of(request, "actor");

	filter->state = word_of(request, "state");
	filter->course = word_of(request, "course");
	filter->text = word_of(request, "q");
	filter->with_final = http_value(request, "final")->truth;
	filter->today = tokyo_of(request->programme_now).day;
	filter->actor = -1;
	for (unsigned i = 0; i < BY_COUNT; i++)
		if (sv_eq(actor, sv_from(programme_actor_name((enum programme_actor)i))))
			filter->actor = (int)i;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (sv_eq(due, sv_from(row[i].word)))
			filter->due = row[i].due;
}

enum http_answer route_application_list(struct http_request *request,
					struct http_response *response)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	const struct sv cursor = http_value(request, "cursor")->text;
	struct application_filter filter = { .programme_count = 0 };
	struct emit emit = emit_begin(&response->body);
	struct application_list list;
	struct err err = ERR_INIT;

	fill_wishes(request, &filter);
	if (fill_scope(request, catalogue, &filter, &err) != 0)
		return http_fail_err(request, response, &err);
	if (application_list(request->worker->records, catalogue, &filter,
			     cursor.p ? cursor : SV(""),
			     (size_t)http_value(request, "limit")->number, request->arena, &list,
			     &err) != 0) {
		if (err.code == ERR_FORMAT && cursor.n > 0)
			return http_fail(request, response, "bad_cursor", "cursor");
		return http_fail_err(request, response, &err);
	}
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < list.count; i++) {
		const struct catalogue_entry *entry =
			catalogue_of(catalogue, &list.item[i]);

		if (entry)
			put_application(&emit, request, entry, &list.item[i]);
	}
	emit_array_end(&emit);
	emit_put_or_null(&emit, "next", list.next);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- one ---- */

/* Returns 0, or -1 with the response filled. */
static int load(struct http_request *request, struct http_response *response,
		struct application *ret, const struct catalogue_entry **ret_entry)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct err err = ERR_INIT;
	const int found = application_load(request->worker->records, catalogue,
					   request->object->id, request->arena, ret, &err);

	if (found < 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	*ret_entry = found == 1 ? catalogue_of(catalogue, ret) : NULL;
	if (*ret_entry)
		return 0;
	http_fail(request, response, "not_found", NULL);
	return -1;
}

static enum http_answer show(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	struct application application;
	struct err err = ERR_INIT;

	if (load(request, response, &application, &entry) == 0 &&
	    put_application_detail(&emit, request, entry, &application, &err) != 0)
		http_fail_err(request, response, &err);
	return HTTP_DONE;
}

enum http_answer route_application_show(struct http_request *request,
					struct http_response *response)
{
	return show(request, response);
}

/* ---- events ---- */

static const struct programme_event *find_event(const struct programme_state *state,
						struct sv id)
{
	for (size_t i = 0; state && i < state->event_count; i++)
		if (sv_eq(state->event[i].id, id))
			return &state->event[i];
	return NULL;
}

/*
 * Which part of the file the actor plays with this event: one that may do it,
 * else any, so that the engine can say who may.
 */
static enum programme_actor choose_part(const struct programme_state *state, struct sv event,
					unsigned actors)
{
	unsigned mine = actors;

	for (size_t i = 0; state && i < state->event_count; i++)
		if (sv_eq(state->event[i].id, event) && (state->event[i].by & actors))
			mine = state->event[i].by & actors;
	for (unsigned i = 0; i < BY_COUNT; i++)
		if (mine >> i & 1)
			return (enum programme_actor)i;
	return BY_COUNT;
}

static enum http_answer not_done(struct http_request *request, struct http_response *response,
				 const struct err *err)
{
	if (err->code != ERR_CONFLICT)
		return reply_undo(request, response, err);
	store_rollback(request->worker->records);
	return http_fail(request, response, "version_conflict", NULL);
}

/* Files that the event's fields name: what is not held for this application refuses it. */
static int use_files(struct http_request *request, const struct catalogue_entry *entry,
		     const struct application *application,
		     const struct application_change *change, struct refused *ret_refused,
		     struct err *err)
{
	const struct programme_event *event = find_event(
		programme_state(entry->programme, application->is.state), change->event);
	const struct files_take take = {
		.uploads = request->centre->uploads,
		.owner = files_owner(application->id, request->arena),
		.application = application->id,
		.event = change->event,
		.at = change->now,
		.now = request->now,
		.arena = request->arena,
	};
	struct form_error *error = arena_zalloc(request->arena, 1, sizeof *error);
	int r;

	if (!event || !error)
		return 0;
	r = files_use(request->worker->records, &take, event->field, event->field_count,
		      &change->fields, &error->field, err);
	if (r > 0) {
		error->message = (struct programme_text){
			SV("ファイルをもう一度送ってください。"), SV("Please hand in the file again.")
		};
		*ret_refused = (struct refused){ .why = REFUSAL_FIELDS, .errors = { error, 1 } };
	}
	return r;
}

enum http_answer route_application_event(struct http_request *request,
					 struct http_response *response)
{
	const json_int_t version = json_integer_value(json_object_get(request->json, "version"));
	struct store *store = request->worker->records;
	struct application_change change = {
		.event = body_text(request, "event"), .fields = body_fields(request),
		.actor = request->actor->id, .actor_name = request->actor->name,
		.now = request->programme_now, .version = (uint64_t)version,
	};
	const struct catalogue_entry *entry;
	struct application application;
	struct transition transition;
	struct refused refused;
	struct err err = ERR_INIT;
	int status;

	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (load(request, response, &application, &entry) != 0) {
		store_rollback(store);
		return HTTP_DONE;
	}
	if (application.version != change.version) {
		store_rollback(store);
		return http_fail(request, response, "version_conflict", NULL);
	}
	change.by = choose_part(programme_state(entry->programme, application.is.state),
				change.event, application_actors(request, &application));
	if (change.by == BY_COUNT) {
		store_rollback(store);
		return http_fail(request, response, "not_yours", NULL);
	}
	status = effects_change(store, entry, &application, &change, request->arena, &transition,
				&refused, &err);
	if (status == 0)
		status = use_files(request, entry, &application, &change, &refused, &err);
	if (status < 0)
		return not_done(request, response, &err);
	if (status == 1) {
		store_rollback(store);
		return fail_refused(request, response, &refused);
	}
	if (reply_commit(request, response, "application", application.id, application.company,
			 arena_printf(request->arena, "%.*s: %.*s → %.*s", SV_ARG(change.event),
				      SV_ARG(application.is.state), SV_ARG(transition.to))) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_APPLICATION, application.company, application.id,
		     false);
	jobs_wake(request->centre->jobs);
	return show(request, response);
}

/* ---- the log ---- */

struct note {
	struct instant at;
	struct sv actor_name, text, channel, direction;
	bool reached;
};

static int read_notes(struct http_request *request, const struct note **ret, size_t *ret_count,
		      struct err *err)
{
	struct note *note = arena_zalloc(request->arena, APPLICATION_LOG_MAX, sizeof *note);
	struct store_query *query = store_ask(
		request->worker->records, err,
		"SELECT at, actor_name, text, channel, direction, reached FROM application_note"
		" WHERE application = $1 ORDER BY number LIMIT 1000",
		STORE_TEXT(request->object->id));
	size_t n = 0;
	int step;

	if (!query || !note) {
		store_done(query);
		return -1;
	}
	while ((step = store_step(query, err)) == 1) {
		note[n].at.us = store_int(query, 0);
		note[n].actor_name = arena_dup(request->arena, store_text(query, 1));
		note[n].text = arena_dup(request->arena, store_text(query, 2));
		note[n].channel = arena_dup(request->arena, store_text(query, 3));
		note[n].direction = arena_dup(request->arena, store_text(query, 4));
		note[n++].reached = store_int(query, 5);
	}
	store_done(query);
	*ret = note;
	*ret_count = n;
	return step < 0 ? -1 : 0;
}

static void put_note(struct emit *emit, size_t number, const struct note *note)
{
	emit_object(emit);
	emit_put_number(emit, "number", (int64_t)number);
	emit_put_time(emit, "at", note->at);
	emit_put_text(emit, "actor", note->actor_name);
	emit_put_text(emit, "event", SV("note"));
	emit_put_text(emit, "event_name", SV(""));
	emit_put_text(emit, "from", SV(""));
	emit_put_text(emit, "to", SV(""));
	emit_key(emit, "fields");
	emit_array(emit);
	emit_array_end(emit);
	emit_key(emit, "note");
	emit_object(emit);
	emit_put_text(emit, "text", note->text);
	emit_put_text(emit, "channel", note->channel);
	emit_put_text(emit, "direction", note->direction);
	emit_put_truth(emit, "reached", note->reached);
	emit_object_end(emit);
	emit_object_end(emit);
}

static struct sv state_text(const struct http_request *request, const struct programme *programme,
			    struct sv id)
{
	const struct programme_state *state = programme_state(programme, id);

	return state ? text_of(request, state->name) : id.p ? id : SV("");
}

/* "month_ends:2" by the clock is the event month_ends. */
static struct sv name_of_event(const struct http_request *request, const struct programme *programme,
			    const struct application_entry *entry)
{
	const struct programme_state *state = programme_state(programme, entry->from);
	struct sv rest = entry->event;
	const struct sv id = sv_cut(&rest, ':');

	for (size_t i = 0; state && i < state->event_count; i++)
		if (sv_eq(state->event[i].id, id))
			return text_of(request, state->event[i].name);
	return text_of(request, programme_own_word(id));
}

static void put_entry_fields(struct emit *emit, const struct http_request *request,
			     const struct programme *programme,
			     const struct application_entry *entry, bool shown)
{
	const bool receipt = sv_eq(entry->event, SV("receive")); /* all of the form: shown apart */

	emit_key(emit, "fields");
	emit_array(emit);
	for (size_t i = 0; shown && !receipt && i < entry->fields.count; i++) {
		const struct answer *answer = &entry->fields.item[i];

		emit_object(emit);
		emit_put_text(emit, "name", answer->name);
		emit_put_text(emit, "label", text_of(request, form_label(programme, answer->name)));
		emit_put_text(emit, "value_text",
			      text_of(request, form_value(programme, answer->name, answer->value,
							  request->arena)));
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_entry(struct emit *emit, const struct http_request *request,
		      const struct catalogue_entry *programme, size_t number,
		      const struct application_entry *entry, bool own)
{
	const bool named = entry->actor_name.n > 0 && (!own || entry->by == BY_APPLICANT);

	emit_object(emit);
	emit_put_number(emit, "number", (int64_t)number);
	emit_put_time(emit, "at", entry->at);
	emit_put_text(emit, "actor",
		      named ? entry->actor_name : actor_text(request, programme, entry->by));
	emit_put_text(emit, "event", entry->event);
	emit_put_text(emit, "event_name", name_of_event(request, programme->programme, entry));
	emit_put_text(emit, "from", state_text(request, programme->programme, entry->from));
	emit_put_text(emit, "to", state_text(request, programme->programme, entry->to));
	put_entry_fields(emit, request, programme->programme, entry,
			 !own || entry->by == BY_APPLICANT);
	emit_key(emit, "note");
	emit_nothing(emit);
	emit_object_end(emit);
}

enum http_answer route_application_log(struct http_request *request,
				       struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct application_entry *entry;
	const struct catalogue_entry *programme;
	struct application application;
	const struct note *note = NULL;
	size_t entries, notes = 0, e = 0, n = 0;
	struct err err = ERR_INIT;
	bool own;

	if (load(request, response, &application, &programme) != 0)
		return HTTP_DONE;
	/* What the office writes about its calls, and who sits there, stays there. */
	own = application_is_own(request, &application);
	if (application_story(request, application.id, &entry, &entries, &err) != 0 ||
	    (!own && read_notes(request, &note, &notes, &err) != 0))
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	while (e < entries || n < notes) {
		if (n == notes || (e < entries && instant_cmp(entry[e].at, note[n].at) <= 0)) {
			put_entry(&emit, request, programme, e + n + 1, &entry[e], own);
			e++;
		} else {
			put_note(&emit, e + n + 1, &note[n]);
			n++;
		}
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_application_note(struct http_request *request,
					struct http_response *response)
{
	const struct access_object *object = request->object;
	struct store *store = request->worker->records;
	const struct note note = {
		.at = request->programme_now, .actor_name = request->actor->name,
		.text = body_text(request, "text"), .channel = body_text(request, "channel"),
		.direction = body_text(request, "direction"),
		.reached = json_is_true(json_object_get(request->json, "reached")),
	};
	const struct application_entry *entry;
	const struct note *all;
	struct emit emit = emit_begin(&response->body);
	size_t entries, notes;
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0 ||
	    store_change(store, &err,
			 "INSERT INTO application_note (application, at, actor, actor_name, text,"
			 " channel, direction, reached) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			 STORE_TEXT(object->id), STORE_INT(note.at.us),
			 STORE_TEXT(request->actor->id), STORE_TEXT(note.actor_name),
			 STORE_TEXT(note.text), STORE_TEXT(note.channel),
			 STORE_TEXT(note.direction), STORE_INT(note.reached)) != 0 ||
	    application_story(request, object->id, &entry, &entries, &err) != 0 ||
	    read_notes(request, &all, &notes, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "application", object->id, object->company,
			 note.channel) != 0)
		return HTTP_DONE;
	live_publish(request->centre->live, LIVE_APPLICATION, object->company, object->id, false);
	response->status = 201;
	put_note(&emit, entries + notes, &note);
	return HTTP_DONE;
}
