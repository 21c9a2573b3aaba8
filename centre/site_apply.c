/* From the form to the receipt. */
#include <stdio.h>

#include "base/hash.h"
#include "centre/audit.h"
#include "centre/board.h"
#include "centre/centre.h"
#include "centre/jobs.h"
#include "centre/limiter.h"
#include "centre/live.h"
#include "centre/files.h"
#include "centre/site_draft.h"
#include "centre/site_upload.h"

#define DAY_SECONDS INT64_C(86400)

enum step { STEP_CHECK, STEP_SEND, STEP_EDIT, STEP_SAVE };

/* One form that was sent. */
struct sent {
	struct site_edition edition;
	struct site_application page;
	struct site_body body;
	struct answers raw; /* with the files that are held */
	struct form_errors files; /* what is wrong with files */
	struct sv token;
	enum step step;
};

void site_new_token(char token[static SITE_TOKEN_MAX])
{
	uint8_t byte[SITE_TOKEN_BYTES];

	random_bytes(byte, sizeof byte);
	hex_encode(byte, sizeof byte, token);
}

static enum http_answer show_form(struct http_request *request, struct http_response *response,
				  const struct site_application *page, int status)
{
	buf_clear(&response->body);
	site_form_page(&response->body, request->arena, site_is_english(request),
		       site_today(request), page);
	site_answer(response, status, false);
	return HTTP_DONE;
}

static enum http_answer show_closed(struct http_request *request, struct http_response *response,
				    const struct site_edition *edition, int status)
{
	site_closed_page(&response->body, request->arena, site_is_english(request),
			 site_today(request), edition);
	site_answer(response, status, false);
	return HTTP_DONE;
}

enum http_answer site_apply_form(struct http_request *request, struct http_response *response,
				 const struct catalogue_entry *entry)
{
	char token[SITE_TOKEN_MAX];
	struct site_edition edition;

	if (site_read_edition(request, response, entry, &edition) != 0)
		return HTTP_DONE;
	if (site_reception(&edition) != SITE_OPEN)
		return show_closed(request, response, &edition, 200);
	site_new_token(token);
	return show_form(request, response,
			 &(struct site_application){ .edition = &edition, .token = token }, 200);
}

/* ---- what was sent ---- */

bool site_is_token(struct sv text)
{
	uint8_t byte[SITE_TOKEN_BYTES];

	return hex_decode(text, byte, sizeof byte);
}

static enum step read_step(const struct answers *raw)
{
	const struct sv step = answers_get(raw, SV("step"));

	if (sv_eq(step, SV("send")))
		return STEP_SEND;
	if (sv_eq(step, SV("save")))
		return STEP_SAVE;
	return sv_eq(step, SV("edit")) ? STEP_EDIT : STEP_CHECK;
}

/* Something of the page is old or odd: the person looks once more, and nothing is lost. */
static const char *why_again(const struct sent *sent, bool english)
{
	if (!site_is_token(answers_get(&sent->raw, SV("token"))))
		return english ? "Please check your answers once more before sending."
			       : "もう一度内容を確かめてから送ってください。";
	if (!sv_eq(answers_get(&sent->raw, SV("form_version")), sent->edition.facts->form.version))
		return english ? "The form has been revised meanwhile. Please look through your answers."
			       : "記入中に様式が改訂されました。内容をもう一度お確かめください。";
	return NULL;
}

/* The field for the courses: what is wrong with seats stands beside it. */
static struct sv courses_field(const struct programme_form *form)
{
	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (form->section[i].field[k].kind == FIELD_COURSES)
				return form->section[i].field[k].id;
	return SV_NONE;
}

/* ---- what the engine says ---- */

static enum http_answer show_refused(struct http_request *request, struct http_response *response,
				     struct sent *sent, const struct reception *reception)
{
	const bool english = site_is_english(request);
	const struct refused *refused = &reception->refused;
	const struct sv message = english ? refused->message.en : refused->message.ja;
	struct form_error full = { .field = courses_field(&sent->edition.facts->form),
				   .message = refused->message };

	sent->page.errors = refused->errors;
	switch (refused->why) {
	case REFUSAL_CLOSED: return show_closed(request, response, &sent->edition, 409);
	case REFUSAL_INELIGIBLE:
		sent->page.general = message;
		site_ineligible_page(&response->body, request->arena, english, site_today(request),
				     &sent->page, reception->condition, reception->condition_count);
		site_answer(response, 422, false);
		return HTTP_DONE;
	case REFUSAL_FULL: /* seats were taken since this request began */
		if (site_read_edition(request, response, sent->edition.entry, &sent->edition) != 0)
			return HTTP_DONE;
		if (site_reception(&sent->edition) == SITE_FULL)
			return show_closed(request, response, &sent->edition, 409);
		if (refused->errors.count == 0 && full.field.n > 0)
			sent->page.errors = (struct form_errors){ &full, 1 };
		return show_form(request, response, &sent->page, 409);
	default:
		if (refused->errors.count == 0)
			sent->page.general = message;
		return show_form(request, response, &sent->page, 422);
	}
}

static enum http_answer show_check(struct http_request *request, struct http_response *response,
				   struct sent *sent, const struct answers *typed)
{
	struct answers kept;
	struct form_errors errors;
	struct err err = ERR_INIT;

	if (form_check_application(sent->edition.entry->programme, typed, request->arena, &kept,
				   &errors, &err) != 0)
		return http_fail_err(request, response, &err);
	site_check_page(&response->body, request->arena, site_is_english(request),
			site_today(request), &sent->page, &kept);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

static enum http_answer show_receipt(struct http_request *request, struct http_response *response,
				     const struct sent *sent, const struct reception *reception)
{
	if (reception->link.n > 0)
		return site_redirect(response,
				     arena_printf(request->arena, SITE_PREFIX "/a/%.*s/received%s",
						  SV_ARG(reception->link),
						  site_is_english(request) ? "?lang=en" : ""));
	site_before_page(&response->body, request->arena, site_is_english(request),
			 site_today(request), &sent->edition, sv_from(reception->number));
	site_answer(response, 200, true);
	return HTTP_DONE;
}

/*
 * seat, number, application, its files and its audit entry are one
 * transaction. Returns 1 where a file is not held any more: nothing is kept then.
 */
static int keep(struct http_request *request, const struct sent *sent,
		const struct answers *typed, const struct reception *reception,
		struct sv *ret_field, struct err *err)
{
	struct store *store = request->worker->records;
	const struct actor applicant = {
		.kind = ACTOR_PUBLIC,
		.name = arena_printf(request->arena, "%s", reception->number),
	};
	const struct files_take take = {
		.uploads = request->centre->uploads,
		.owner = sent->token,
		.application = sv_from(reception->id),
		.at = request->programme_now,
		.now = request->now,
		.arena = request->arena,
	};
	const int files = files_use_form(store, &take, &sent->edition.facts->form, typed, ret_field,
					 err);

	if (files != 0)
		return files;
	if (download_note(store, sent->edition.entry, sv_from(reception->id), request->arena, err) !=
		    0 ||
	    draft_sent(store, sent->token, sv_from(reception->id), err) != 0 ||
	    audit_append(store,
			 &(struct audit_entry){
				 .actor = &applicant,
				 .action = "application_receive",
				 .object_kind = "application",
				 .object = sv_from(reception->id),
				 .company = sv_from(reception->company),
				 .address = request->address,
			 },
			 request->now, err) != 0 ||
	    store_commit(store, err) != 0)
		return -1;
	limiter_failed(request->centre->limiter, LIMITER_RECEIPT_ADDRESS, request->address,
		       request->now);
	limiter_failed(request->centre->limiter, LIMITER_RECEIPT_ALL, SV(""), request->now);
	jobs_wake(request->centre->jobs);
	live_publish(request->centre->live, LIVE_APPLICATION, sv_from(reception->company),
		     sv_from(reception->id), true);
	return 0;
}

static enum http_answer too_many(struct http_request *request, struct http_response *response,
				 struct sent *sent, const char *seconds, const char *ja,
				 const char *en)
{
	sent->page.general = sv_from(site_is_english(request) ? en : ja);
	show_form(request, response, &sent->page, 429);
	http_add_header(response, "Retry-After", sv_from(seconds));
	return HTTP_DONE;
}

static int is_mail_flooded(struct http_request *request, const struct reception *reception,
			   bool *ret, struct err *err)
{
	const struct instant since = { request->programme_now.us - DAY_SECONDS * INSTANT_SECOND };
	uint64_t count = 0;

	if (applications_of_same_mail(request->worker->records, sv_from(reception->id), since,
				      &count, err) != 0)
		return -1;
	*ret = count > SITE_MAIL_RECEIPTS_MAX;
	return 0;
}

enum outcome { OUTCOME_DECIDED, OUTCOME_FLOODED, OUTCOME_FILE_GONE };

/*
 * To check means to receive and to take it back: fields, conditions and seats
 * are looked at by the one function that decides.
 */
static int decide(struct http_request *request, const struct sent *sent,
		  const struct answers *typed, struct reception *reception,
		  enum outcome *ret_outcome, struct sv *ret_field, struct err *err)
{
	struct store *store = request->worker->records;
	const struct application_receipt receipt = { .token = sent->token,
						     .answers = *typed,
						     .now = request->programme_now,
						     .address = request->address };
	bool flooded = false;
	int r = store_begin(store, err);

	if (r == 0)
		r = application_receive(store, sent->edition.entry, &receipt, request->arena,
					reception, err);
	if (r == 0 && reception->what == RECEIVED_NEW)
		r = is_mail_flooded(request, reception, &flooded, err);
	if (r == 0 && reception->what == RECEIVED_NEW && sent->step == STEP_SEND && !flooded)
		r = keep(request, sent, typed, reception, ret_field, err);
	store_rollback(store);
	*ret_outcome = flooded ? OUTCOME_FLOODED : r > 0 ? OUTCOME_FILE_GONE : OUTCOME_DECIDED;
	return r < 0 ? -1 : 0;
}

static enum http_answer show_gone(struct http_request *request, struct http_response *response,
				  struct sent *sent, struct sv field)
{
	struct form_error error = site_file_gone(
		site_find_field(&sent->edition.facts->form, field), request->arena);

	sent->page.errors = (struct form_errors){ &error, 1 };
	return show_form(request, response, &sent->page, 422);
}

static enum http_answer receive(struct http_request *request, struct http_response *response,
				struct sent *sent)
{
	const struct answers typed =
		site_typed_form(&sent->edition.facts->form, &sent->raw, request->arena);
	struct reception reception = { .what = RECEIVED_REFUSED };
	struct err err = ERR_INIT;
	enum outcome outcome;
	struct sv gone;
	int r;

	if (sent->step == STEP_SEND)
		http_wait_turn(request); /* the last place belongs to who came first */
	r = decide(request, sent, &typed, &reception, &outcome, &gone, &err);
	http_leave_turn(request);
	if (r != 0)
		return http_fail_err(request, response, &err);
	if (outcome == OUTCOME_FILE_GONE)
		return show_gone(request, response, sent, gone);
	if (outcome == OUTCOME_FLOODED)
		return too_many(request, response, sent, "86400",
				"このメールアドレスでは、24 時間にお申し込みいただける件数を超えました。別のメールアドレスを使うか、明日お申し込みください。記入した内容はこの画面に残っています。",
				"Too many applications came with this mail address within 24 hours. "
				"Please use another one, or apply tomorrow. Your answers are kept on "
				"this page.");
	if (reception.what == RECEIVED_REFUSED)
		return show_refused(request, response, sent, &reception);
	if (reception.what == RECEIVED_NEW && sent->step == STEP_CHECK)
		return show_check(request, response, sent, &typed);
	return show_receipt(request, response, sent, &reception);
}

/* A file was not taken: the other fields are looked at in the same breath. */
static enum http_answer show_files_wrong(struct http_request *request,
					 struct http_response *response, struct sent *sent)
{
	const struct programme_form *form = &sent->edition.facts->form;
	const struct answers typed = site_typed_form(form, &sent->raw, request->arena);
	struct form_errors errors = { NULL, 0 };
	struct err err = ERR_INIT;
	struct answers kept;

	if (form_check_application(sent->edition.entry->programme, &typed, request->arena, &kept,
				   &errors, &err) < 0)
		return http_fail_err(request, response, &err);
	sent->page.errors = site_merge_form_errors(form, &sent->files, &errors, request->arena);
	return show_form(request, response, &sent->page, 422);
}

static bool may_send(const struct http_request *request, enum step step)
{
	struct limiter *limiter = request->centre->limiter;

	limiter_failed(limiter, LIMITER_FORM_ADDRESS, request->address, request->now);
	return limiter_allows(limiter, LIMITER_FORM_ADDRESS, request->address, request->now) &&
	       ((step != STEP_SEND && step != STEP_SAVE) ||
		(limiter_allows(limiter, LIMITER_RECEIPT_ADDRESS, request->address, request->now) &&
		 limiter_allows(limiter, LIMITER_RECEIPT_ALL, SV(""), request->now)));
}

/* The body's pairs, and its files where they may be kept. Returns 0, or -1 with the response filled. */
static int take_files(struct http_request *request, struct http_response *response,
		      struct sent *sent)
{
	struct site_files files;
	struct err err = ERR_INIT;

	if (site_files_begin(request, &sent->body, sent->token, &files, &err) != 0 ||
	    site_files_take_form(&files, &sent->edition.facts->form, &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	sent->raw = site_files_raw(&files);
	sent->files = (struct form_errors){ files.error, files.error_count };
	return 0;
}

/* What the person wants with what was sent. */
static enum http_answer take_step(struct http_request *request, struct http_response *response,
				  struct sent *sent, bool again)
{
	if (sent->step == STEP_EDIT || sent->step == STEP_SAVE)
		sent->page.errors = sent->files;
	if (sent->step == STEP_SAVE)
		return site_draft_save(request, response, &sent->page, sent->token);
	if (sent->step == STEP_EDIT)
		return show_form(request, response, &sent->page, 200);
	if (sent->files.count > 0)
		return show_files_wrong(request, response, sent);
	if (again && sent->step == STEP_SEND)
		return show_form(request, response, &sent->page, 409);
	return receive(request, response, sent);
}

enum http_answer site_apply(struct http_request *request, struct http_response *response,
			    const struct catalogue_entry *entry)
{
	char token[SITE_TOKEN_MAX];
	const char *again;
	struct sent sent = { .step = STEP_CHECK };

	if (request->foreign)
		return site_message(request, response, 403, programme_facts(entry->programme),
				    "ほかのサイトから送られました", "Sent from another site",
				    "このサイトのお申し込みの画面から送ってください。",
				    "Please use the form of this site.");
	if (site_read_edition(request, response, entry, &sent.edition) != 0 ||
	    site_read_form(request, response, &sent.body) != 0)
		return HTTP_DONE;
	sent.raw = sent.body.raw;
	sent.step = read_step(&sent.raw);
	if (sent.step != STEP_SEND)
		http_leave_turn(request);
	sent.token = answers_get(&sent.raw, SV("token"));
	again = why_again(&sent, site_is_english(request));
	site_new_token(token);
	if (!site_is_token(sent.token))
		sent.token = arena_dup(request->arena, sv_from(token));
	sent.page = (struct site_application){
		.edition = &sent.edition,
		.raw = &sent.raw,
		.token = arena_dup(request->arena, sent.token).p,
	};
	if (again && sent.step == STEP_SEND)
		sent.page.general = sv_from(again);
	if (!may_send(request, sent.step))
		return too_many(request, response, &sent, "900",
				"いま送信が多すぎるため受け付けられません。記入した内容はこの画面に残っています。15 分ほど待って、もう一度送ってください。",
				"Too much is being sent just now. Your answers are kept on this page: "
				"please wait about 15 minutes and send again.");
	if (take_files(request, response, &sent) != 0)
		return HTTP_DONE;
	return take_step(request, response, &sent, again != NULL);
}
