/* What happens behind a personal link. */
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/effects.h"
#include "centre/jobs.h"
#include "centre/limiter.h"
#include "centre/live.h"
#include "centre/files.h"
#include "centre/site_upload.h"
#include "lottery/lottery.h"

/* A secret is long; what cannot be one is not looked for. */
bool site_is_secret(struct sv secret)
{
	for (size_t i = 0; i < secret.n; i++) {
		const char c = secret.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      c == '-' || c == '_'))
			return false;
	}
	return secret.n > 0 && secret.n <= SITE_LINK_MAX;
}

enum http_answer site_refuse_link(struct http_request *request, struct http_response *response,
				  const struct catalogue *catalogue)
{
	struct err err = ERR_INIT;

	limiter_failed(request->centre->limiter, LIMITER_LINK_ADDRESS, request->address,
		       request->now);
	if (audit_refuse(request->centre->refusals, request->worker->records,
			 &(struct audit_entry){
				 .actor = request->actor,
				 .action = "personal_link",
				 .refused = true,
				 .reason = SV("unknown"),
				 .address = request->address,
			 },
			 request->now, &err) != 0)
		log_error(request->centre->log, LOG_ERROR, "audit trail", &err);
	return site_wrong_link(request, response, catalogue);
}

static enum http_answer too_many(struct http_request *request, struct http_response *response)
{
	site_message(
		request, response, 429, NULL, "しばらくお待ちください", "Please wait",
		"開けないリンクが続けて試されたため、この場所からはしばらく開けません。15 分ほど待ってください。",
		"Too many links that open nothing were tried from your address. Please wait "
		"about 15 minutes.");
	http_add_header(response, "Retry-After", SV("900"));
	return HTTP_DONE;
}

int site_link_limit(struct http_request *request, struct http_response *response)
{
	if (limiter_allows(request->centre->limiter, LIMITER_LINK_ADDRESS, request->address,
			   request->now))
		return 0;
	too_many(request, response);
	return -1;
}

/* Returns 0 with the application, or -1 with the response filled. */
static int open_link(struct http_request *request, struct http_response *response,
		     const struct catalogue *catalogue, struct site_status *ret)
{
	struct application *application = arena_zalloc(request->arena, 1, sizeof *application);
	struct err err = ERR_INIT;
	int found = 0;

	if (site_link_limit(request, response) != 0)
		return -1;
	if (application && site_is_secret(ret->secret))
		found = application_by_link(request->worker->records, catalogue, ret->secret,
					    request->arena, application, &err);
	if (found < 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	if (found == 1) {
		ret->application = application;
		ret->entry = catalogue_of(catalogue, application);
	}
	if (found == 1 && ret->entry &&
	    (upload_list(request->worker->records, FILES_OF_APPLICATION, application->id,
			 request->arena, &ret->file, &ret->file_count, &err) != 0 ||
	     site_support_read(request->worker->records, application->id, request->arena,
			       &ret->support, &err) != 0 ||
	     lottery_ticket(request->worker->records, application->id, request->arena,
			    &ret->ticket, &err) < 0)) {
		http_fail_err(request, response, &err);
		return -1;
	}
	if (found == 1 && ret->entry)
		return 0;
	site_refuse_link(request, response, catalogue);
	return -1;
}

static enum http_answer show_status(struct http_request *request, struct http_response *response,
				    const struct site_status *status, int code)
{
	buf_clear(&response->body);
	site_status_page(&response->body, request->arena, site_is_english(request),
			 site_today(request), status);
	site_answer(response, code, true);
	return HTTP_DONE;
}

static enum http_answer show_dates(struct http_request *request, struct http_response *response,
				   const struct site_status *status)
{
	struct err err = ERR_INIT;

	if (site_dates(&response->body, request->arena, site_is_english(request),
		       request->programme_now, status, sv_from(request->centre->people_url),
		       &err) != 0)
		return http_fail_err(request, response, &err);
	site_answer(response, 200, true);
	response->content_type = "text/calendar; charset=utf-8";
	http_add_header(response, "Content-Disposition",
			SV("attachment; filename=\"dates.ics\""));
	return HTTP_DONE;
}

enum http_answer site_personal(struct http_request *request, struct http_response *response,
			       const struct catalogue *catalogue, struct sv secret, struct sv rest)
{
	struct site_status status = { .secret = secret };

	if (rest.n > 0 && !sv_eq(rest, SV("received")) && !sv_eq(rest, SV("dates.ics")))
		return site_not_found(request, response);
	if (open_link(request, response, catalogue, &status) != 0)
		return HTTP_DONE;
	if (rest.n == 0)
		return show_status(request, response, &status, 200);
	if (sv_eq(rest, SV("dates.ics")))
		return show_dates(request, response, &status);
	site_receipt_page(&response->body, request->arena, site_is_english(request),
			  site_today(request), &status);
	site_answer(response, 200, true);
	return HTTP_DONE;
}

/* ---- an event by the applicant ---- */

static const struct programme_event *find_event(const struct site_status *status)
{
	const struct programme_state *state =
		programme_state(status->entry->programme, status->application->is.state);
	const struct sv id = answers_get(status->raw, SV("event"));

	for (size_t i = 0; state && i < state->event_count; i++)
		if (sv_eq(state->event[i].id, id) && site_may_do(state, &state->event[i]))
			return &state->event[i];
	return NULL;
}

static enum http_answer changed_meanwhile(struct http_request *request,
					  struct http_response *response,
					  struct site_status *status)
{
	status->general =
		site_is_english(request)
			? SV("Your application has moved on meanwhile. This is how it stands now.")
			: SV("お申し込みの状況が変わりました。いまの状況は次のとおりです。");
	status->raw = NULL;
	return show_status(request, response, status, 409);
}

/* The files that an event brings; one that is not held any more refuses it. */
static int use_files(struct http_request *request, const struct site_status *status,
		     const struct programme_event *event,
		     const struct application_change *change, struct refused *ret_refused,
		     struct err *err)
{
	const struct application *application = status->application;
	const struct files_take take = {
		.uploads = request->centre->uploads,
		.owner = files_owner(application->id, request->arena),
		.application = application->id,
		.event = event->id,
		.at = change->now,
		.now = request->now,
		.arena = request->arena,
	};
	struct form_error *error = arena_zalloc(request->arena, 1, sizeof *error);
	struct sv field;
	const int r = files_use(request->worker->records, &take, event->field, event->field_count,
				&change->fields, &field, err);

	for (size_t i = 0; r > 0 && error && i < event->field_count; i++)
		if (sv_eq(event->field[i].id, field))
			*error = site_file_gone(&event->field[i], request->arena);
	if (r > 0)
		*ret_refused = (struct refused){ .why = REFUSAL_FIELDS, .errors = { error, 1 } };
	return r;
}

/* Returns 0 done, 1 refused, -1 on error; the transaction is over. */
static int apply(struct http_request *request, const struct site_status *status,
		 const struct programme_event *event, const struct application_change *change,
		 struct refused *ret_refused, struct err *err)
{
	struct store *store = request->worker->records;
	const struct application *application = status->application;
	const struct actor applicant = { .kind = ACTOR_PUBLIC, .name = application->number };
	struct transition transition;
	int r = store_begin(store, err);

	if (r == 0)
		r = effects_change(store, status->entry, application, change, request->arena,
				   &transition, ret_refused, err);
	if (r == 0)
		r = use_files(request, status, event, change, ret_refused, err);
	if (r == 0)
		r = audit_append(store,
				 &(struct audit_entry){
					 .actor = &applicant,
					 .action = "application_event",
					 .object_kind = "application",
					 .object = application->id,
					 .company = application->company,
					 .reason = change->event,
					 .address = request->address,
				 },
				 request->now, err);
	if (r == 0)
		r = store_commit(store, err);
	store_rollback(store);
	if (r == 0) {
		jobs_wake(request->centre->jobs);
		live_publish(request->centre->live, LIVE_APPLICATION, application->company,
			     application->id, false);
	}
	return r;
}

static enum http_answer act(struct http_request *request, struct http_response *response,
			    struct site_status *status, const struct programme_event *event,
			    const struct answers *typed)
{
	struct application_change change = {
		.event = event->id,
		.by = BY_APPLICANT,
		.fields = *typed,
		.actor_name = status->application->company_name,
		.now = request->programme_now,
		.version = status->application->version,
	};
	struct refused refused = { .why = REFUSAL_NONE };
	struct err err = ERR_INIT;
	const int r = apply(request, status, event, &change, &refused, &err);

	if (r == 0)
		return site_redirect(response,
				     arena_printf(request->arena, SITE_PREFIX "/a/%.*s%s",
						  SV_ARG(status->secret),
						  site_is_english(request) ? "?lang=en" : ""));
	if (r < 0 && err.code == ERR_CONFLICT)
		return changed_meanwhile(request, response, status);
	if (r < 0)
		return http_fail_err(request, response, &err);
	status->errors = refused.errors;
	if (refused.errors.count == 0)
		status->general =
			site_is_english(request) ? refused.message.en : refused.message.ja;
	return show_status(request, response, status, refused.errors.count > 0 ? 422 : 409);
}

/* status->errors: what is wrong with them. */
static int take_files(struct http_request *request, struct site_status *status,
		      const struct programme_event *event, const struct site_body *body,
		      struct answers *raw, struct err *err)
{
	struct site_files files;

	if (site_files_begin(request, body, files_owner(status->application->id, request->arena),
			     &files, err) != 0 ||
	    site_files_take(&files, event->field, event->field_count, err) != 0)
		return -1;
	*raw = site_files_raw(&files);
	status->errors = (struct form_errors){ files.error, files.error_count };
	return 0;
}

enum http_answer site_personal_act(struct http_request *request, struct http_response *response,
				   const struct catalogue *catalogue, struct sv secret)
{
	struct site_status status = { .secret = secret };
	const struct programme_event *event;
	struct answers raw, typed, kept;
	struct form_errors errors = { NULL, 0 };
	struct site_body body;
	struct err err = ERR_INIT;
	uint64_t version;
	int r;

	if (open_link(request, response, catalogue, &status) != 0 ||
	    site_read_form(request, response, &body) != 0)
		return HTTP_DONE;
	raw = body.raw;
	status.raw = &raw;
	event = find_event(&status);
	if (!event || !sv_to_u64(answers_get(&raw, SV("version")), &version) ||
	    version != status.application->version)
		return changed_meanwhile(request, response, &status);
	if (take_files(request, &status, event, &body, &raw, &err) != 0)
		return http_fail_err(request, response, &err);
	typed = site_typed(event->field, event->field_count, &raw, request->arena);
	r = form_check(status.entry->programme, event->field, event->field_count, &typed,
		       request->arena, &kept, &errors, &err);
	if (r < 0)
		return http_fail_err(request, response, &err);
	status.errors = site_merge_errors(event->field, event->field_count, &status.errors, &errors,
					  request->arena);
	if (status.errors.count > 0)
		return show_status(request, response, &status, 422);
	if (event->gravely && !sv_eq(answers_get(&raw, SV("step")), SV("confirm"))) {
		site_confirm_page(&response->body, request->arena, site_is_english(request),
				  site_today(request), &status, event);
		site_answer(response, 200, true);
		return HTTP_DONE;
	}
	return act(request, response, &status, event, &typed);
}
