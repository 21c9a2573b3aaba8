#include "centre/site_draft.h"

#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/jobs.h"
#include "centre/limiter.h"
#include "centre/post.h"
#include "centre/site_upload.h"
#include "forms/draft.h"
#include "mail/mail.h"

#define DAY (INT64_C(86400) * INSTANT_SECOND)

/* ---- pages ---- */

static struct site_head head_of(struct arena *arena, bool english,
				const struct site_edition *edition, const char *ja, const char *en)
{
	const struct programme_text *name = &edition->facts->short_name;

	return (struct site_head){
		.title = arena_printf(arena, "%s | %.*s", english ? en : ja,
				      SV_ARG(english ? name->en : name->ja)),
		.facts = edition->facts,
		.personal = true,
	};
}

static void put_edition_name(struct site *site, const struct site_edition *edition)
{
	html_element(&site->html, "p", "path", site_text(site, &edition->facts->name));
}

static void saved_page(struct http_request *request, struct http_response *response,
		       const struct site_edition *edition, const struct draft *draft,
		       const char *secret, bool mailed)
{
	const bool english = site_is_english(request);
	const struct site_head head = head_of(request->arena, english, edition,
					      "途中まで保存しました", "Saved for later");
	const struct day last = tokyo_of((struct instant){ draft->expires.us - 1 }).day;
	struct site site = site_begin(&response->body, request->arena, english,
				      site_today(request), &head);
	struct html *html = &site.html;

	put_edition_name(&site, edition);
	html_tell(html, "h1", NULL, "途中まで保存しました", "Your answers are saved");
	html_tell(html, "p", "notice", "まだお申し込みは送られていません。",
		  "The application has not been sent yet.");
	html_open(html, "p");
	if (mailed)
		html_say(html, "続きを書くためのリンクをメールでお送りします: ",
			 "A mail with the link goes to: ");
	else
		html_say(html, "続きを書くためのリンクは、前にお送りしたメールのものと同じです: ",
			 "The link is the one of the mail before, to: ");
	html_element(html, "b", NULL, draft->mail);
	html_close(html);
	html_open(html, "dl");
	site_row_text(&site, "保存する期間", "Kept until", site_day(&site, last));
	html_close(html);
	html_open(html, "p");
	site_link(&site, "button second",
		  site_path(&site, SITE_PREFIX "/%.*s/draft/%s", SV_ARG(edition->entry->slug),
			    secret),
		  english ? SV("Go on now") : SV("いま続きを書く"));
	html_close(html);
	html_tell(html, "p", "quiet",
		  "続きのページは、リンクを知っている人だけが開けます。ほかの人に転送しないでください。",
		  "Only who knows the link can open it. Please do not pass it on.");
	site_end(&site, &head);
	site_answer(response, 200, true);
}

static enum http_answer sent_page(struct http_request *request, struct http_response *response,
				  const struct site_edition *edition)
{
	return site_message(
		request, response, 200, edition->facts, "このお申し込みは送信済みです",
		"This application was sent",
		"下書きは、お申し込みとして受け付けられました。状況は、受付のメールに書かれたリンクから見られます。",
		"The draft has become an application. The link in its mail shows how it stands.");
}

/* No form any more, but nothing that was typed is lost. */
static void closed_page(struct http_request *request, struct http_response *response,
			const struct site_edition *edition, const struct draft *draft)
{
	const bool english = site_is_english(request);
	const struct programme_form *form = &edition->facts->form;
	const struct site_head head = head_of(request->arena, english, edition,
					      "お申し込みは受け付けていません",
					      "No applications are taken");
	const struct answers typed = site_typed_form(form, &draft->answers, request->arena);
	struct site site = site_begin(&response->body, request->arena, english,
				      site_today(request), &head);

	put_edition_name(&site, edition);
	html_tell(&site.html, "h1", NULL, "お申し込みは受け付けていません",
		  "No applications are taken");
	html_tell(&site.html, "p", "notice",
		  "受付が終わったか、定員に達したため、この下書きは送れません。記入された内容は次のとおりです。",
		  "Reception is over or all places are taken, so this draft cannot be sent. "
		  "This is what you had written.");
	for (size_t i = 0; i < form->section_count; i++) {
		html_element(&site.html, "h2", NULL, site_text(&site, &form->section[i].title));
		site_answers(&site, edition->entry->programme, &form->section[i], &typed);
	}
	site_end(&site, &head);
	site_answer(response, 200, true);
}

/* ---- saving ---- */

static const struct programme_field *mail_field(const struct programme_form *form)
{
	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (form->section[i].field[k].means == MEANS_MAIL)
				return &form->section[i].field[k];
	return NULL;
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

/* The address for the link. 0; 1 with what is wrong in the page; -1. */
static int read_mail(struct http_request *request, struct site_application *page, struct sv *ret,
		     struct err *err)
{
	const struct programme *programme = page->edition->entry->programme;
	const struct programme_field *field = mail_field(&page->edition->facts->form);
	struct programme_field needed;
	struct answers typed, kept;
	int r;

	if (!field)
		return err_set(err, ERR_INTERNAL, "a form without a mail address");
	needed = *field;
	needed.required = true;
	needed.shown = NULL;
	typed = site_typed(&needed, 1, page->raw, request->arena);
	r = form_check(programme, &needed, 1, &typed, request->arena, &kept, &page->errors, err);
	if (r == 0)
		*ret = answers_get(&kept, field->id);
	return r;
}

static int put_mail(struct http_request *request, const struct site_edition *edition,
		    const struct draft *draft, const char *secret, struct err *err)
{
	const struct programme_facts *facts = edition->facts;
	const struct day last = tokyo_of((struct instant){ draft->expires.us - 1 }).day;
	char text[DAY_TEXT_MAX], id[UUID_TEXT_MAX];
	const struct mail_wish wish = {
		.to = draft->mail,
		.to_name = SV(""),
		.subject = arena_printf(request->arena, "【%.*s】お申し込みの続きを書くためのリンク",
					SV_ARG(facts->short_name.ja)),
		.body = arena_printf(
			request->arena,
			"%.*s のお申し込みを途中まで保存しました。\n\n"
			"まだお申し込みは送られていません。次のリンクから続きを書いて、送ってください。\n"
			"%s" SITE_PREFIX "/%.*s/draft/%s\n\n"
			"保存する期間: %s まで\n"
			"リンクを知っている人は、記入された内容を見られます。転送しないでください。\n"
			"お心当たりがないときは、このメールを消してください。\n\n"
			"%.*s\n電話 %.*s（%.*s）\n",
			SV_ARG(facts->name.ja), request->centre->people_url,
			SV_ARG(edition->entry->slug), secret, day_format(last, DAY_ERA, text),
			SV_ARG(facts->office.name.ja), SV_ARG(facts->office.telephone),
			SV_ARG(facts->office.hours.ja)),
		.template_id = SV("draft"),
		.programme = edition->entry->id,
		.company = SV(""),
		.application = SV(""),
		.now = request->programme_now,
		.real_now = request->now,
	};

	return mail_queue(request->worker->records, &wish, id, err);
}

/* What belongs to the form, as it was sent. */
static struct answers own_answers(const struct programme_form *form, const struct answers *raw,
				  struct arena *arena)
{
	struct answer *item = arena_zalloc(arena, raw->count + 1, sizeof *item);
	size_t n = 0;

	for (size_t i = 0; item && i < raw->count && n < DRAFT_ANSWERS_MAX; i++)
		if (site_is_of_form(raw->item[i].name, form))
			item[n++] = raw->item[i];
	return (struct answers){ item, n };
}

enum save { SAVED_MAILED, SAVED_AGAIN, SAVE_FLOODED };

static int save(struct http_request *request, const struct site_edition *edition,
		struct draft *draft, char secret[static DRAFT_SECRET_MAX], enum save *ret,
		struct err *err)
{
	const struct instant since = { request->now.us - DAY };
	struct store *store = request->worker->records;
	uint64_t before = 0;
	bool is_new = false;

	if (store_begin(store, err) != 0 ||
	    draft_save(store, draft, secret, &is_new, err) != 0 ||
	    drafts_of_mail(store, draft->mail, since, &before, err) != 0)
		goto failed;
	*ret = is_new ? SAVED_MAILED : SAVED_AGAIN;
	if (is_new && before > SITE_MAIL_RECEIPTS_MAX) {
		store_rollback(store);
		*ret = SAVE_FLOODED;
		return 0;
	}
	if ((is_new && put_mail(request, edition, draft, secret, err) != 0) ||
	    audit_append(store,
			 &(struct audit_entry){
				 .actor = request->actor,
				 .action = "draft_save",
				 .object_kind = "programme",
				 .object = edition->entry->id,
				 .address = request->address,
			 },
			 request->now, err) != 0 ||
	    store_commit(store, err) != 0)
		goto failed;
	return 0;
failed:
	store_rollback(store);
	return -1;
}

enum http_answer site_draft_save(struct http_request *request, struct http_response *response,
				 struct site_application *page, struct sv token)
{
	const struct site_edition *edition = page->edition;
	const struct form_errors files = page->errors;
	struct draft draft = {
		.programme = edition->entry->id,
		.file_version = edition->facts->version,
		.form_version = edition->facts->form.version,
		.token = token,
		.saved = request->now,
		.expires = { request->now.us + DRAFT_DAYS * DAY },
		.answers = own_answers(&edition->facts->form, page->raw, request->arena),
	};
	char secret[DRAFT_SECRET_MAX];
	struct err err = ERR_INIT;
	enum save saved;
	const int r = read_mail(request, page, &draft.mail, &err);

	if (r < 0)
		return http_fail_err(request, response, &err);
	if (r > 0 || files.count > 0) {
		page->errors = site_merge_form_errors(&edition->facts->form, &files, &page->errors,
						      request->arena);
		if (r > 0)
			page->general =
				site_is_english(request)
					? SV("To save it for later, please write the mail address "
					     "for the link. Your answers are kept on this page.")
					: SV("途中で保存するには、続きのリンクをお送りするメールアドレスをご記入ください。記入した内容はこの画面に残っています。");
		return show_form(request, response, page, 422);
	}
	if (save(request, edition, &draft, secret, &saved, &err) != 0)
		return http_fail_err(request, response, &err);
	if (saved == SAVE_FLOODED) {
		page->general =
			site_is_english(request)
				? SV("Too many drafts went to this mail address within 24 hours. "
				     "Your answers are kept on this page.")
				: SV("このメールアドレスでは、24 時間に保存できる件数を超えました。記入した内容はこの画面に残っています。");
		show_form(request, response, page, 429);
		http_add_header(response, "Retry-After", SV("86400"));
		return HTTP_DONE;
	}
	limiter_failed(request->centre->limiter, LIMITER_RECEIPT_ADDRESS, request->address,
		       request->now);
	if (saved == SAVED_MAILED)
		post_wake(request->centre->post);
	saved_page(request, response, edition, &draft, secret, saved == SAVED_MAILED);
	return HTTP_DONE;
}

/* ---- taking it up again ---- */

/* What has changed since. Returns the programme before, which the page still looks at; NULL: none. */
static struct programme *find_renewed(struct http_request *request, const struct draft *draft,
				      struct site_application *page)
{
	const struct programme_facts *facts = page->edition->facts;
	struct programme *before;
	struct err err = ERR_INIT;

	if (sv_eq(draft->form_version, facts->form.version))
		return NULL;
	page->is_renewed = true;
	before = draft_programme(request->worker->records, draft, request->arena, &err);
	if (before)
		page->renewed_count =
			form_renewed(&programme_facts(before)->form, &facts->form, request->arena,
				     &page->renewed);
	else /* the page says that it was renewed, and no more */
		log_error(request->centre->log, LOG_WARNING, "a draft's form before", &err);
	return before;
}

static enum http_answer go_on(struct http_request *request, struct http_response *response,
			      const struct site_edition *edition, const struct draft *draft)
{
	struct site_application page = {
		.edition = edition,
		.raw = &draft->answers,
		.token = draft->token.p,
	};
	struct programme *before;

	if (site_reception(edition) != SITE_OPEN) {
		closed_page(request, response, edition, draft);
		return HTTP_DONE;
	}
	before = find_renewed(request, draft, &page);
	show_form(request, response, &page, 200);
	programme_free(before);
	return HTTP_DONE;
}

enum http_answer site_draft_open(struct http_request *request, struct http_response *response,
				 const struct catalogue *catalogue,
				 const struct catalogue_entry *entry, struct sv secret)
{
	struct site_edition edition;
	struct err err = ERR_INIT;
	struct draft draft;
	int found = 0;

	if (site_link_limit(request, response) != 0)
		return HTTP_DONE;
	if (site_is_secret(secret))
		found = draft_load(request->worker->records, secret, request->now, request->arena,
				   &draft, &err);
	if (found < 0)
		return http_fail_err(request, response, &err);
	if (found == 0 || !sv_eq(draft.programme, entry->id))
		return site_refuse_link(request, response, catalogue);
	if (site_read_edition(request, response, entry, &edition) != 0)
		return HTTP_DONE;
	if (draft.application.n > 0)
		return sent_page(request, response, &edition);
	return go_on(request, response, &edition, &draft);
}
