/* The sessions of a programme, and the form that books one. */
#include "centre/site_seminar.h"

#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/jobs.h"
#include "centre/limiter.h"
#include "centre/seminar_mail.h"

enum { FIELD_NAME_MAX = 60, FIELD_COMPANY_MAX = 100, BOOKING_FIELDS = 6 };

struct page {
	const struct catalogue_entry *entry;
	const struct programme_session *session;
	struct seminar_count count[MODE_COUNT];
	const struct material *material;
	size_t material_count;
	const struct answers *raw;
	struct form_errors errors;
	const char *general; /* what is wrong and belongs to no field */
	struct sv token;
};

/* ---- words ---- */

const char *site_mode_text(enum session_mode mode, bool english)
{
	if (mode == MODE_ONLINE)
		return english ? "Online" : "オンライン";
	return english ? "At the venue" : "会場";
}

const char *site_outcome_text(enum booking_outcome outcome, bool english)
{
	static const struct {
		const char *ja, *en;
	} text[] = {
		[OUTCOME_FULL] = { "満席です。ほかの参加方法を選ぶか、「満席のときはキャンセル待ちをする」にチェックを入れて送ってください。",
				   "It is full. Please choose the other way, or tick “wait for a place” "
				   "and send again." },
		[OUTCOME_CLOSED] = { "受付は終わりました。", "Booking is over." },
		[OUTCOME_NO_DATE] = { "日程が決まっていないため、まだ予約できません。",
				      "The date is not fixed yet: it cannot be booked." },
		[OUTCOME_PARTICIPANTS] = { "この回は、参加企業の方が対象です。予約は要りません。",
					   "This session is for the participants; they need no booking." },
		[OUTCOME_NOT_SO] = { "この参加方法では予約できません。",
				     "It cannot be booked in this way." },
		[OUTCOME_MAIL] = { "このメールアドレスで予約できる人数を超えました。別のメールアドレスをお使いください。",
				   "There are too many bookings with this mail address. Please use "
				   "another one." },
		[OUTCOME_CROWDED] = { "お待ちの方が多いため、キャンセル待ちを受け付けられません。",
				      "Too many people wait already." },
		[OUTCOME_ENDED] = { "この予約は、すでに取り消されたか、案内の期限が過ぎています。",
				    "This booking was cancelled, or its offer is over." },
	};

	if ((size_t)outcome >= sizeof text / sizeof *text || !text[outcome].ja)
		return NULL;
	return english ? text[outcome].en : text[outcome].ja;
}

/* ---- drawing ---- */

struct site site_seminar_begin(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry, const char *ja, const char *en,
			       struct sv path, struct site_head *ret_head)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	const bool english = site_is_english(request);
	struct site site;

	*ret_head = (struct site_head){
		.title = arena_printf(
			request->arena, "%s | %.*s", english ? en : ja,
			SV_ARG(english ? facts->short_name.en : facts->short_name.ja)),
		.facts = facts,
		.path = path,
		.personal = path.n == 0,
		.wrong = ret_head->wrong,
	};
	buf_clear(&response->body);
	site = site_begin(&response->body, request->arena, english, site_today(request), ret_head);
	html_open(&site.html, "p");
	html_class(&site.html, "path");
	site_link(&site, NULL, site_path(&site, SITE_PREFIX "/%.*s", SV_ARG(entry->slug)),
		  site_text(&site, &facts->name));
	html_close(&site.html);
	return site;
}

void site_session_rows(struct site *site, const struct programme_session *session)
{
	const struct sv venue = site_text(site, &session->venue);
	const struct sv content = site_text(site, &session->content);

	site_row_text(site, "日時", "When", seminar_when(session, site->html.english, site->arena));
	if (venue.n > 0 && session->places[MODE_VENUE] > 0)
		site_row_text(site, "会場", "Venue", venue);
	if (content.n > 0)
		site_row_text(site, "内容", "Content", content);
}

/* each way has its own number; who waits is told how many do. */
static void put_places(struct site *site, const struct page *page)
{
	struct html *html = &site->html;

	for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
		const struct seminar_count *count = &page->count[mode];
		const uint32_t held = count->booked + count->offered;
		const uint32_t left = held < count->places ? count->places - held : 0;
		struct sv text;

		if (count->places == 0)
			continue;
		if (left > 0 && count->waiting == 0)
			text = arena_printf(site->arena,
					    html->english ? "%u of %u places are free"
							  : "残り%u席（定員%u名）",
					    (unsigned)left, (unsigned)count->places);
		else
			text = arena_printf(site->arena,
					    html->english ? "Full (%u places); %u wait"
							  : "満席（定員%u名、キャンセル待ち%u名）",
					    (unsigned)count->places, (unsigned)count->waiting);
		if (mode == MODE_ONLINE)
			site_row_text(site, "オンラインの空き", "Online", text);
		else
			site_row_text(site, "会場の空き", "At the venue", text);
	}
}

/* what was published stays. */
static void put_material(struct site *site, const struct page *page)
{
	struct html *html = &site->html;
	bool any = false;

	for (size_t i = 0; i < page->material_count; i++) {
		const struct material *row = &page->material[i];

		if (!sv_eq(row->session, page->session->id))
			continue;
		if (!any) {
			html_tell(html, "h3", NULL, "資料・動画", "Material");
			html_open(html, "ul");
		}
		any = true;
		html_open(html, "li");
		site_link(site, NULL, row->url, row->title);
		if (row->kind == MATERIAL_VIDEO)
			html_say(html, "（動画）", " (video)");
		html_close(html);
	}
	if (any)
		html_close(html);
}

/* Why there is no form, or until when there is one. */
static void put_reception(struct site *site, const struct page *page, struct instant now)
{
	struct html *html = &site->html;
	const enum seminar_reception reception = seminar_reception(page->session, now);

	if (reception == RECEPTION_OPEN)
		site_row_text(site, "予約の期限", "Booking",
			      arena_printf(site->arena,
					   html->english ? "until %.*s, 23:59" : "%.*s 23時59分まで",
					   SV_ARG(site_day(site, page->session->booking_until))));
	else
		site_row_text(site, "予約", "Booking",
			      sv_from(site_outcome_text(
				      reception == RECEPTION_OVER	? OUTCOME_CLOSED
				      : reception == RECEPTION_NO_DATE ? OUTCOME_NO_DATE
								       : OUTCOME_PARTICIPANTS,
				      html->english)));
}

/* Returns 0, or -1 with the response filled. */
static int read_page(struct http_request *request, struct http_response *response,
		     const struct catalogue_entry *entry,
		     const struct programme_session *session, struct page *ret)
{
	struct page page = { .entry = entry, .session = session };
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (seminar_count(store, entry, session, page.count, &err) != 0 ||
	    seminar_materials(store, entry, session->id, request->arena, &page.material,
			      &page.material_count, &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	*ret = page;
	return 0;
}

static struct sv session_path(const struct site *site, const struct page *page)
{
	return site_path(site, SITE_PREFIX "/%.*s/sessions/%.*s", SV_ARG(page->entry->slug),
			 SV_ARG(page->session->id));
}

/* ---- all sessions ---- */

static void put_session(struct site *site, const struct page *page, struct instant now)
{
	struct html *html = &site->html;

	html_open(html, "section");
	html_attribute(html, "id", page->session->id);
	html_element(html, "h2", NULL, site_text(site, &page->session->name));
	html_open(html, "dl");
	html_class(html, "rows");
	site_session_rows(site, page->session);
	if (!page->session->for_participants)
		put_places(site, page);
	put_reception(site, page, now);
	html_close(html);
	put_material(site, page);
	if (seminar_reception(page->session, now) == RECEPTION_OPEN) {
		html_open(html, "p");
		site_link(site, "button", session_path(site, page),
			  html->english ? SV("Book") : SV("予約する"));
		html_close(html);
	}
	html_close(html);
}

enum http_answer site_sessions(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct page *page = arena_zalloc(request->arena, facts->session_count + 1, sizeof *page);
	struct site_head head = { .wrong = false };
	struct site site;

	if (!page)
		return http_fail(request, response, "internal", NULL);
	for (size_t i = 0; i < facts->session_count; i++)
		if (read_page(request, response, entry, &facts->session[i], &page[i]) != 0)
			return HTTP_DONE;
	site = site_seminar_begin(request, response, entry, "説明会・セミナー", "Sessions",
				  arena_printf(request->arena, SITE_PREFIX "/%.*s/sessions",
					       SV_ARG(entry->slug)),
				  &head);
	html_tell(&site.html, "h1", NULL, "説明会・セミナー", "Sessions");
	/* */
	html_tell(&site.html, "p", NULL, "説明会への参加は、お申し込みの条件ではありません。",
		  "You need not attend a briefing in order to apply.");
	if (facts->session_count == 0)
		html_tell(&site.html, "p", "notice", "予定されている回はありません。",
			  "No sessions are planned.");
	for (size_t i = 0; i < facts->session_count; i++)
		put_session(&site, &page[i], request->programme_now);
	site_end(&site, &head);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

/* ---- the form ---- */

struct booking_form {
	struct programme_option mode[MODE_COUNT], waits[1];
	struct programme_field field[BOOKING_FIELDS];
	size_t count;
};

static struct programme_text text(const char *ja, const char *en)
{
	return (struct programme_text){ sv_from(ja), sv_from(en) };
}

/* The form is ours, not the file's; it is drawn and checked as every other one. */
static void make_form(const struct programme_session *session, struct booking_form *ret)
{
	size_t modes = 0;

	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		if (session->places[mode] > 0 &&
		    !(mode == MODE_ONLINE && session->mode_by_exception))
			ret->mode[modes++] = (struct programme_option){
				sv_from(session_mode_name((enum session_mode)mode)),
				text(site_mode_text((enum session_mode)mode, false),
				     site_mode_text((enum session_mode)mode, true)),
			};
	ret->waits[0] = (struct programme_option){
		SV("yes"), text("満席のときはキャンセル待ちをする", "Wait for a place if it is full")
	};
	ret->field[0] = (struct programme_field){
		.id = SV("name"), .kind = FIELD_TEXT, .label = text("氏名", "Name"),
		.required = true, .max = FIELD_NAME_MAX, .autocomplete = SV("name"),
	};
	ret->field[1] = (struct programme_field){
		.id = SV("company"), .kind = FIELD_TEXT, .label = text("会社名", "Company"),
		.max = FIELD_COMPANY_MAX, .autocomplete = SV("organization"),
	};
	ret->field[2] = (struct programme_field){
		.id = SV("mail"), .kind = FIELD_MAIL,
		.label = text("メールアドレス", "Mail address"),
		.help = text("予約の確認と、変更・取消しのためのリンクをお送りします。",
			     "The confirmation comes there, with a link to change or cancel."),
		.required = true, .autocomplete = SV("email"),
	};
	ret->field[3] = (struct programme_field){
		.id = SV("telephone"), .kind = FIELD_TELEPHONE, .label = text("電話番号", "Telephone"),
		.autocomplete = SV("tel"),
	};
	ret->field[4] = (struct programme_field){
		.id = SV("mode"), .kind = FIELD_CHOICE, .label = text("参加方法", "How you attend"),
		.required = true, .option = ret->mode, .option_count = modes,
	};
	ret->field[5] = (struct programme_field){
		.id = SV("waits"), .kind = FIELD_CHOICES, .label = text("満席のとき", "If it is full"),
		.option = ret->waits, .option_count = 1, .max = 1,
	};
	ret->count = BOOKING_FIELDS;
}

static void put_form(struct site *site, const struct page *page)
{
	struct html *html = &site->html;
	struct booking_form form;
	const struct site_fields fields = { .programme = page->entry->programme, .raw = page->raw,
					    .errors = &page->errors };

	make_form(page->session, &form);
	html_open(html, "form");
	html_attribute(html, "method", SV("post"));
	html_attribute(html, "action", session_path(site, page));
	html_flag(html, "novalidate");
	site_hidden(site, "token", page->token);
	html_tell(html, "h2", NULL, "予約する", "Book");
	for (size_t i = 0; i < form.count; i++)
		site_field(site, &fields, &form.field[i]);
	html_open(html, "p");
	html_class(html, "buttons");
	html_tell(html, "button", NULL, "予約を送る", "Send the booking");
	html_close(html);
	html_close(html);
}

static enum http_answer show_session(struct http_request *request,
				     struct http_response *response, const struct page *page,
				     int status)
{
	const struct site_fields fields = { .programme = page->entry->programme, .raw = page->raw,
					    .errors = &page->errors };
	struct site_head head = { .wrong = page->errors.count > 0 || page->general };
	struct site site = site_seminar_begin(
		request, response, page->entry, "説明会・セミナーの予約", "Book a session",
		arena_printf(request->arena, SITE_PREFIX "/%.*s/sessions/%.*s",
			     SV_ARG(page->entry->slug), SV_ARG(page->session->id)),
		&head);

	site_error_summary(&site, &fields, sv_from(page->general));
	html_element(&site.html, "h1", NULL, site_text(&site, &page->session->name));
	html_open(&site.html, "dl");
	html_class(&site.html, "rows");
	site_session_rows(&site, page->session);
	if (!page->session->for_participants)
		put_places(&site, page);
	put_reception(&site, page, request->programme_now);
	html_close(&site.html);
	put_material(&site, page);
	if (seminar_reception(page->session, request->programme_now) == RECEPTION_OPEN)
		put_form(&site, page);
	site_end(&site, &head);
	site_answer(response, status, false);
	return HTTP_DONE;
}

/* Returns 0, or -1 with the response filled. */
static int open_session(struct http_request *request, struct http_response *response,
			const struct catalogue_entry *entry, struct sv id, struct page *ret)
{
	const struct programme_session *session = seminar_session(entry, id);

	if (session)
		return read_page(request, response, entry, session, ret);
	site_not_found(request, response);
	return -1;
}

enum http_answer site_session(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry, struct sv id)
{
	char token[SITE_TOKEN_MAX];
	struct page page;

	if (open_session(request, response, entry, id, &page) != 0)
		return HTTP_DONE;
	site_new_token(token);
	page.token = sv_from(token);
	return show_session(request, response, &page, 200);
}

/* ---- booking ---- */

/* Place, number and audit entry are one transaction. */
static int book(struct http_request *request, const struct page *page,
		const struct booking_wish *wish, struct booking_answer *ret, struct err *err)
{
	struct store *store = request->worker->records;
	const struct actor guest = { .kind = ACTOR_PUBLIC, .name = wish->name };
	int status;

	http_wait_turn(request); /* the last place belongs to who came first */
	if (store_begin(store, err) != 0)
		return -1;
	status = seminar_book(store, page->entry, page->session, wish, request->programme_now, ret,
			      err);
	if (status == 0 && ret->outcome == OUTCOME_DONE)
		status = audit_append(store,
				      &(struct audit_entry){
					      .actor = &guest,
					      .action = "booking_make",
					      .object_kind = "booking",
					      .object = sv_from(ret->id),
					      .reason = page->session->id,
					      .address = request->address,
				      },
				      request->now, err);
	/* Also where nothing was booked: offers that were over have ended. */
	if (status == 0)
		status = store_commit(store, err);
	store_rollback(store);
	http_leave_turn(request);
	return status;
}

static enum http_answer answer_booking(struct http_request *request,
				       struct http_response *response, struct page *page,
				       const struct booking_answer *answer)
{
	struct page now;

	if (answer->outcome == OUTCOME_DONE || answer->outcome == OUTCOME_BEFORE) {
		jobs_wake(request->centre->jobs);
		return site_redirect(response,
				     arena_printf(request->arena, SITE_PREFIX "/b/%s%s",
						  answer->secret,
						  site_is_english(request) ? "?lang=en" : ""));
	}
	if (read_page(request, response, page->entry, page->session, &now) != 0)
		return HTTP_DONE;
	memcpy(page->count, now.count, sizeof page->count);
	page->general = site_outcome_text(answer->outcome, site_is_english(request));
	return show_session(request, response, page, answer->outcome == OUTCOME_MAIL ? 429 : 409);
}

/* Returns 0 with the wish, or -1 with the response filled. */
static int read_wish(struct http_request *request, struct http_response *response,
		     struct page *page, struct booking_wish *ret)
{
	struct booking_form form;
	struct answers typed, kept;
	struct err err = ERR_INIT;
	int status;

	make_form(page->session, &form);
	typed = site_typed(form.field, form.count, page->raw, request->arena);
	status = form_check(page->entry->programme, form.field, form.count, &typed, request->arena,
			    &kept, &page->errors, &err);
	if (status < 0)
		http_fail_err(request, response, &err);
	if (status > 0)
		show_session(request, response, page, 422);
	if (status != 0)
		return -1;
	*ret = (struct booking_wish){
		.token = page->token,
		.mode = sv_eq(answers_get(&kept, SV("mode")), SV("online")) ? MODE_ONLINE
									    : MODE_VENUE,
		.name = answers_get(&kept, SV("name")),
		.company = answers_get(&kept, SV("company")),
		.mail = answers_get(&kept, SV("mail")),
		.telephone = answers_get(&kept, SV("telephone")),
		.waits = answers_has(&kept, SV("waits"), SV("yes")),
		.address = request->address,
	};
	return 0;
}

static bool may_send(const struct http_request *request)
{
	struct limiter *limiter = request->centre->limiter;

	limiter_failed(limiter, LIMITER_FORM_ADDRESS, request->address, request->now);
	return limiter_allows(limiter, LIMITER_FORM_ADDRESS, request->address, request->now);
}

enum http_answer site_session_book(struct http_request *request, struct http_response *response,
				   const struct catalogue_entry *entry, struct sv id)
{
	const bool english = site_is_english(request);
	struct booking_answer answer = { .outcome = OUTCOME_ENDED };
	struct booking_wish wish;
	char token[SITE_TOKEN_MAX];
	struct answers raw;
	struct page page;
	struct err err = ERR_INIT;

	if (request->foreign)
		return site_message(request, response, 403, programme_facts(entry->programme),
				    "ほかのサイトから送られました", "Sent from another site",
				    "このサイトの予約の画面から送ってください。",
				    "Please use the form of this site.");
	if (open_session(request, response, entry, id, &page) != 0 ||
	    site_read_body(request, response, &raw) != 0)
		return HTTP_DONE;
	page.raw = &raw;
	page.token = answers_get(&raw, SV("token"));
	if (!site_is_token(page.token)) {
		site_new_token(token);
		page.token = arena_dup(request->arena, sv_from(token));
		page.general = english ? "Please check your answers and send once more."
				       : "内容を確かめて、もう一度送ってください。";
		return show_session(request, response, &page, 409);
	}
	if (!may_send(request)) {
		page.general = english ? "Too much is being sent just now. Please wait about 15 minutes."
				       : "いま送信が多すぎます。15 分ほど待って、もう一度送ってください。";
		return show_session(request, response, &page, 429);
	}
	if (read_wish(request, response, &page, &wish) != 0)
		return HTTP_DONE;
	if (book(request, &page, &wish, &answer, &err) != 0)
		return http_fail_err(request, response, &err);
	return answer_booking(request, response, &page, &answer);
}
