/* A questionnaire behind its personal link: asked, answered once, read again. */
#include "centre/site_questionnaire.h"

#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/effects.h"
#include "centre/jobs.h"
#include "centre/live.h"
#include "support/support.h"

struct page {
	struct sv secret;
	struct asked asked;
	struct application application;
	const struct catalogue_entry *entry;
	const struct programme_questionnaire *questionnaire;
	const struct answers *raw; /* as the browser sent it; NULL: nothing yet */
	struct form_errors errors;
	struct sv general;
	struct sheet sheet; /* what was answered */
	bool has_sheet;
};

/* ---- drawing ---- */

static struct site begin(struct http_request *request, struct http_response *response,
			 const struct page *page, struct site_head *head)
{
	const struct programme_facts *facts = programme_facts(page->entry->programme);
	const bool english = site_is_english(request);
	const struct programme_text *name = &page->questionnaire->name;
	struct site site;

	*head = (struct site_head){
		.title = arena_printf(request->arena, "%.*s | %.*s",
				      SV_ARG(english ? name->en : name->ja),
				      SV_ARG(english ? facts->short_name.en : facts->short_name.ja)),
		.facts = facts,
		/* Another language would ask for an empty form again. */
		.path = page->raw ? SV_NONE
				  : arena_printf(request->arena, SITE_PREFIX "/q/%.*s",
						 SV_ARG(page->secret)),
		.personal = true,
		.wrong = page->errors.count > 0 || page->general.n > 0,
	};
	buf_clear(&response->body);
	site = site_begin(&response->body, request->arena, english, site_today(request), head);
	html_element(&site.html, "p", "path", site_text(&site, &facts->name));
	return site;
}

static void put_company(struct site *site, const struct page *page)
{
	struct html *html = &site->html;

	html_open(html, "dl");
	html_class(html, "rows");
	site_row_text(site, "企業", "Company", page->application.company_name);
	site_row_text(site, "受付番号", "Number", page->application.number);
	html_close(html);
}

static void put_promise(struct site *site, const struct page *page)
{
	if (page->asked.anonymous)
		html_tell(
			&site->html, "p", "notice",
			"このアンケートは匿名です。お答えは、企業名・日時と結び付けずに保管します。お答えがあったことだけを記録します。",
			"This survey is anonymous. Answers are kept without company and time; we "
			"only note that you have answered.");
}

/* <form> with what it carries along. */
static void open_form(struct site *site, const struct page *page)
{
	struct html *html = &site->html;

	html_open(html, "form");
	html_attribute(html, "method", SV("post"));
	html_attribute(html, "action", site_path(site, SITE_PREFIX "/q/%.*s", SV_ARG(page->secret)));
	html_flag(html, "novalidate");
	site_hidden(site, "version", page->questionnaire->version);
}

static enum http_answer show_form(struct http_request *request, struct http_response *response,
				  const struct page *page, int status)
{
	const struct programme_form *form = &page->questionnaire->form;
	const struct site_fields fields = { .programme = page->entry->programme, .raw = page->raw,
					    .errors = &page->errors,
					    .owner = page->questionnaire->id };
	struct site_head head;
	struct site site = begin(request, response, page, &head);
	struct html *html = &site.html;

	site_error_summary(&site, &fields, page->general);
	html_element(html, "h1", NULL, site_text(&site, &page->questionnaire->name));
	html_prose(html, site_text(&site, &page->questionnaire->intro));
	put_promise(&site, page);
	put_company(&site, page);
	open_form(&site, page);
	for (size_t i = 0; i < form->section_count; i++) {
		html_open(html, "section");
		html_element(html, "h2", NULL, site_text(&site, &form->section[i].title));
		html_prose(html, site_text(&site, &form->section[i].help));
		for (size_t k = 0; k < form->section[i].field_count; k++)
			site_field(&site, &fields, &form->section[i].field[k]);
		html_close(html);
	}
	html_open(html, "p");
	html_class(html, "buttons");
	html_tell(html, "button", NULL, "回答を送る", "Send my answers");
	html_close(html);
	html_close(html); /* form */
	site_end(&site, &head);
	site_answer(response, status, true);
	return HTTP_DONE;
}

static void put_answer(struct site *site, const struct page *page, const struct answer *answer)
{
	const struct programme *programme = page->entry->programme;
	const struct programme_text label = form_label(programme, answer->name);
	const struct programme_text value =
		form_value(programme, answer->name, answer->value, site->arena);

	html_open(&site->html, "div");
	html_element(&site->html, "dt", NULL, site_text(site, &label));
	html_element(&site->html, "dd", NULL, site_text(site, &value));
	html_close(&site->html);
}

static enum http_answer show_answered(struct http_request *request, struct http_response *response,
				      const struct page *page)
{
	const struct answers *answers = &page->sheet.answers;
	struct site_head head;
	struct site site = begin(request, response, page, &head);
	struct html *html = &site.html;

	html_element(html, "h1", NULL, site_text(&site, &page->questionnaire->name));
	html_tell(html, "p", "notice", "ご回答を受け付けました。ありがとうございました。",
		  "We have your answers. Thank you.");
	put_promise(&site, page);
	if (page->has_sheet) {
		html_open(html, "p");
		html_say(html, "回答日時: ", "Answered: ");
		html_text(html, site_time(&site, page->sheet.at));
		html_close(html);
		html_open(html, "dl");
		html_class(html, "rows");
		for (size_t i = 0; i < answers->count; i++)
			if (!sv_ends(answers->item[i].name, SV(".version")) &&
			    !sv_ends(answers->item[i].name, SV(".text")))
				put_answer(&site, page, &answers->item[i]);
		html_close(html);
		html_tell(html, "p", "quiet",
			  "変更したいときは、下の運営事務局にご連絡ください。",
			  "To change an answer, please contact the office below.");
	}
	site_end(&site, &head);
	site_answer(response, 200, true);
	return HTTP_DONE;
}

/* ---- opening ---- */

/* What belongs to the link: 1, 0 where it opens nothing, -1. */
static int find(struct http_request *request, const struct catalogue *catalogue,
		struct page *page, struct err *err)
{
	struct store *store = request->worker->records;
	int found = 0;

	if (site_is_secret(page->secret))
		found = asked_by_link(store, page->secret, request->arena, &page->asked, err);
	if (found == 1)
		found = application_load(store, catalogue, page->asked.application, request->arena,
					 &page->application, err);
	if (found != 1)
		return found;
	page->entry = catalogue_of(catalogue, &page->application);
	page->questionnaire = page->entry ? questionnaire_find(page->entry->programme,
							       page->asked.questionnaire)
					  : NULL;
	if (!page->questionnaire)
		return 0;
	if (page->asked.answered && !page->asked.anonymous)
		page->has_sheet = sheet_last(store, page->application.id, page->questionnaire->id,
					     request->arena, &page->sheet, err) == 1;
	return 1;
}

/* Returns 0 with the page's facts, or -1 with the response filled. */
static int open_link(struct http_request *request, struct http_response *response,
		     const struct catalogue *catalogue, struct page *page)
{
	struct err err = ERR_INIT;
	int found;

	if (site_link_limit(request, response) != 0)
		return -1;
	found = find(request, catalogue, page, &err);
	if (found < 0)
		http_fail_err(request, response, &err);
	else if (found == 0)
		site_refuse_link(request, response, catalogue);
	else if (!questionnaire_is_open(page->questionnaire, &page->asked, &page->application.is,
					site_today(request)))
		site_message(request, response, 410, programme_facts(page->entry->programme),
			     "回答の期間が終わりました", "This link is not open any more",
			     "ご回答の期間が過ぎました。下の運営事務局にご連絡ください。",
			     "The time for answers has passed. Please contact the office below.");
	else
		return 0;
	return -1;
}

enum http_answer site_questionnaire(struct http_request *request, struct http_response *response,
				    const struct catalogue *catalogue, struct sv secret)
{
	struct page page = { .secret = secret };

	if (open_link(request, response, catalogue, &page) != 0)
		return HTTP_DONE;
	return page.asked.answered ? show_answered(request, response, &page)
				   : show_form(request, response, &page, 200);
}

/* ---- answering ---- */

/* Whether the step the application is in knows the event that the answer makes. */
static bool makes_event(const struct page *page)
{
	const struct programme_state *state =
		programme_state(page->entry->programme, page->application.is.state);

	for (size_t i = 0; state && i < state->event_count; i++)
		if (sv_eq(state->event[i].id, page->questionnaire->answered))
			return (state->event[i].by >> BY_APPLICANT & 1) != 0;
	return false;
}

/* The event, at the moment of the answer (R-003, S-23). 0, 1 refused, -1. */
static int do_event(struct http_request *request, const struct page *page,
		    struct refused *ret_refused, struct err *err)
{
	const struct application_change change = {
		.event = page->questionnaire->answered, .by = BY_APPLICANT,
		.actor_name = page->application.company_name, .now = request->programme_now,
		.version = page->application.version,
	};
	struct application application;
	struct transition transition;

	/* Anew: what conditions look at knows of the answer now. */
	if (application_load(request->worker->records, page->entry->catalogue,
			     page->application.id, request->arena, &application, err) != 1)
		return -1;
	return effects_change(request->worker->records, page->entry, &application, &change,
			      request->arena, &transition, ret_refused, err);
}

/* Answer, event and audit entry in one transaction: 0, 1 refused, -1. */
static int keep(struct http_request *request, const struct page *page,
		const struct answers *answers, struct refused *ret_refused, struct err *err)
{
	struct store *store = request->worker->records;
	const struct actor applicant = { .kind = ACTOR_PUBLIC, .name = page->application.number };
	const struct audit_entry audit = {
		.actor = &applicant, .action = "questionnaire_answer", .object_kind = "application",
		.object = page->application.id, .company = page->application.company,
		.reason = page->questionnaire->id, .address = request->address,
	};
	int r = store_begin(store, err);

	if (r == 0)
		r = asked_answer(store, &page->asked, page->questionnaire, answers,
				 site_is_english(request),
				 (struct person){ SV_NONE, page->application.company_name },
				 request->programme_now, request->arena, err);
	if (r == 0 && makes_event(page))
		r = do_event(request, page, ret_refused, err);
	if (r == 0)
		r = audit_append(store, &audit, request->now, err);
	if (r == 0)
		r = store_commit(store, err);
	store_rollback(store);
	if (r == 0) {
		jobs_wake(request->centre->jobs);
		live_publish(request->centre->live, LIVE_APPLICATION, page->application.company,
			     page->application.id, false);
	}
	return r;
}

static enum http_answer changed_meanwhile(struct http_request *request,
					  struct http_response *response, struct page *page)
{
	page->general = site_is_english(request)
				? SV("The questions have changed meanwhile. Your answers are still "
				     "here: please look through them and send again.")
				: SV("質問が変わりました。ご記入の内容は残っています。"
				     "お確かめのうえ、もう一度送ってください。");
	return show_form(request, response, page, 409);
}

static enum http_answer done(struct http_request *request, struct http_response *response,
			     const struct page *page)
{
	return site_redirect(response,
			     arena_printf(request->arena, SITE_PREFIX "/q/%.*s%s",
					  SV_ARG(page->secret),
					  site_is_english(request) ? "?lang=en" : ""));
}

enum http_answer site_questionnaire_send(struct http_request *request,
					 struct http_response *response,
					 const struct catalogue *catalogue, struct sv secret)
{
	struct page page = { .secret = secret };
	struct refused refused = { .why = REFUSAL_NONE };
	struct answers raw, typed, kept;
	struct err err = ERR_INIT;
	int r;

	if (open_link(request, response, catalogue, &page) != 0)
		return HTTP_DONE;
	if (page.asked.answered)
		return done(request, response, &page); /* sent twice */
	if (site_read_body(request, response, &raw) != 0)
		return HTTP_DONE;
	page.raw = &raw;
	if (!sv_eq(answers_get(&raw, SV("version")), page.questionnaire->version))
		return changed_meanwhile(request, response, &page);
	typed = site_typed_form(&page.questionnaire->form, &raw, request->arena);
	r = form_check_questionnaire(page.entry->programme, page.questionnaire,
				     &page.application.is, &typed, request->arena, &kept,
				     &page.errors, &err);
	if (r > 0)
		return show_form(request, response, &page, 422);
	if (r == 0)
		r = keep(request, &page, &kept, &refused, &err);
	if (r == 0 || (r < 0 && err.code == ERR_CONFLICT))
		return done(request, response, &page);
	if (r < 0)
		return http_fail_err(request, response, &err);
	page.general = site_is_english(request) ? refused.message.en : refused.message.ja;
	return show_form(request, response, &page, 409);
}
