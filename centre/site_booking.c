/* A booking behind its personal link: to see, change, cancel, and take what is offered. */
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/jobs.h"
#include "centre/seminar_mail.h"
#include "centre/site_seminar.h"

struct page {
	const struct catalogue_entry *entry;
	const struct programme_session *session;
	struct booking booking;
	struct sv secret;
	const char *general;
};

/* ---- drawing ---- */

static void put_state(struct site *site, const struct page *page)
{
	const struct booking *booking = &page->booking;
	struct html *html = &site->html;

	switch (booking->state) {
	case BOOKING_BOOKED:
		html_tell(html, "p", "notice", "予約しています。", "Your place is booked.");
		break;
	case BOOKING_WAITING:
		html_element(html, "p", "notice",
			     arena_printf(site->arena,
					  html->english
						  ? "You are waiting for a place; %u are before you. We write "
						    "when one comes free."
						  : "キャンセル待ちです（先にお待ちの方：%u名）。席が空いたときにメールでお知らせします。",
					  booking->before));
		break;
	case BOOKING_OFFERED:
		html_element(html, "p", "notice",
			     arena_printf(site->arena,
					  html->english ? "A place is free for you until %.*s."
							: "席が空きました。%.*sまでお取りしています。",
					  SV_ARG(site_time(site, booking->offer_until))));
		break;
	case BOOKING_CANCELLED:
		html_tell(html, "p", "notice", "この予約は取り消されました。",
			  "This booking was cancelled.");
		break;
	default:
		html_tell(html, "p", "notice",
			  "席のご案内の期限が過ぎたか、受付が終わるまでに席が空きませんでした。",
			  "The offer is over, or no place came free before booking ended.");
	}
}

/* One act, one form with one button. */
static void put_act(struct site *site, const struct page *page, const char *class,
		    const char *step, const char *ja, const char *en)
{
	struct html *html = &site->html;

	html_open(html, "form");
	html_attribute(html, "method", SV("post"));
	html_attribute(html, "action",
		       site_path(site, SITE_PREFIX "/b/%.*s", SV_ARG(page->secret)));
	html_open(html, "p");
	html_class(html, "buttons");
	html_open(html, "button");
	html_class(html, class);
	html_attribute(html, "name", SV("step"));
	html_attribute(html, "value", sv_from(step));
	html_say(html, ja, en);
	html_close(html);
	html_close(html);
	html_close(html);
}

static void put_switch(struct site *site, const struct page *page, enum session_mode to)
{
	const struct booking *booking = &page->booking;

	if (page->session->places[to] == 0 ||
	    (to == MODE_ONLINE && page->session->mode_by_exception) ||
	    (booking->mode == to && booking->state == BOOKING_BOOKED))
		return;
	if (booking->mode == to && booking->state == BOOKING_OFFERED)
		return; /* taken by its own button */
	if (to == MODE_ONLINE)
		put_act(site, page, "second", "online", "オンラインでの参加に変える",
			"Attend online instead");
	else if (booking->mode != to)
		put_act(site, page, "second", "venue", "会場での参加に変える",
			"Attend at the venue instead");
}

static void put_acts(struct site *site, const struct page *page, struct instant now)
{
	struct html *html = &site->html;
	const enum booking_state state = page->booking.state;

	if (state == BOOKING_CANCELLED || state == BOOKING_EXPIRED)
		return;
	if (state == BOOKING_OFFERED)
		put_act(site, page, NULL, "accept", "この席を予約する", "Take this place");
	if (seminar_reception(page->session, now) == RECEPTION_OPEN) {
		put_switch(site, page, MODE_ONLINE);
		put_switch(site, page, MODE_VENUE);
	}
	html_open(html, "details");
	html_tell(html, "summary", NULL, "予約を取り消す", "Cancel");
	html_tell(html, "p", NULL, "取り消すと、席は次にお待ちの方に回ります。元に戻すことはできません。",
		  "Your place goes to whoever waits next. This cannot be undone.");
	put_act(site, page, "second", "cancel", "取り消す", "Cancel it");
	html_close(html);
}

static enum http_answer show(struct http_request *request, struct http_response *response,
			     const struct page *page, int status)
{
	const struct booking *booking = &page->booking;
	const bool english = site_is_english(request);
	struct site_head head = { .wrong = page->general != NULL };
	struct site site = site_seminar_begin(request, response, page->entry, "予約の確認",
					      "Your booking", SV(""), &head);
	struct html *html = &site.html;

	html_tell(html, "h1", NULL, "予約の確認", "Your booking");
	if (page->general)
		html_element(html, "p", "notice", sv_from(page->general));
	put_state(&site, page);
	html_open(html, "dl");
	html_class(html, "rows");
	site_row_text(&site, "回", "Session", site_text(&site, &page->session->name));
	site_session_rows(&site, page->session);
	site_row_text(&site, "参加方法", "How", sv_from(site_mode_text(booking->mode, english)));
	site_row_text(&site, "氏名", "Name", booking->name);
	html_close(html);
	if (page->session->has_date && booking->state == BOOKING_BOOKED) {
		html_open(html, "p");
		site_link(&site, NULL,
			  site_path(&site, SITE_PREFIX "/b/%.*s/booking.ics", SV_ARG(page->secret)),
			  english ? SV("Add to your calendar (ICS)") : SV("カレンダーに追加（ICS）"));
		html_close(html);
	}
	put_acts(&site, page, request->programme_now);
	site_end(&site, &head);
	site_answer(response, status, true);
	return HTTP_DONE;
}

/* ---- opening ---- */

/* Returns 0, or -1 with the response filled. */
static int open_link(struct http_request *request, struct http_response *response,
		     const struct catalogue *catalogue, struct sv secret, struct page *ret)
{
	struct page page = { .secret = secret };
	struct err err = ERR_INIT;
	int found = 0;

	if (site_link_limit(request, response) != 0)
		return -1;
	if (site_is_secret(secret))
		found = seminar_by_link(request->worker->records, secret, request->arena,
					&page.booking, &err);
	if (found < 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	if (found == 1)
		page.entry = catalogue_by_id(catalogue, page.booking.programme);
	if (page.entry)
		page.session = seminar_session(page.entry, page.booking.session);
	if (page.session) {
		*ret = page;
		return 0;
	}
	site_refuse_link(request, response, catalogue);
	return -1;
}

static enum http_answer calendar(struct http_request *request, struct http_response *response,
				 const struct page *page)
{
	struct sv file;
	struct err err = ERR_INIT;
	const int status = seminar_calendar(page->entry, &page->booking,
					    sv_from(request->centre->people_url), request->now,
					    site_is_english(request), request->arena, &file, &err);

	if (status < 0)
		return http_fail_err(request, response, &err);
	if (status == 0)
		return site_not_found(request, response);
	buf_put_sv(&response->body, file);
	site_answer(response, 200, true);
	response->content_type = "text/calendar; charset=utf-8";
	http_add_header(response, "Content-Disposition",
			SV("attachment; filename=\"booking.ics\""));
	return HTTP_DONE;
}

enum http_answer site_booking(struct http_request *request, struct http_response *response,
			      const struct catalogue *catalogue, struct sv secret, struct sv rest)
{
	struct page page;

	if (rest.n > 0 && !sv_eq(rest, SV("booking.ics")))
		return site_not_found(request, response);
	if (open_link(request, response, catalogue, secret, &page) != 0)
		return HTTP_DONE;
	return rest.n > 0 ? calendar(request, response, &page)
			  : show(request, response, &page, 200);
}

/* ---- acting ---- */

static int do_step(struct http_request *request, const struct page *page, struct sv step,
		   enum booking_outcome *ret, struct err *err)
{
	struct store *store = request->worker->records;
	const struct instant now = request->programme_now;

	if (sv_eq(step, SV("cancel")))
		return seminar_cancel(store, page->entry, &page->booking, now, ret, err);
	if (sv_eq(step, SV("accept")))
		return seminar_accept(store, page->entry, &page->booking, now, ret, err);
	return seminar_switch(store, page->entry, &page->booking,
			      sv_eq(step, SV("online")) ? MODE_ONLINE : MODE_VENUE, now, ret, err);
}

static int act(struct http_request *request, const struct page *page, struct sv step,
	       enum booking_outcome *ret, struct err *err)
{
	struct store *store = request->worker->records;
	const struct actor guest = { .kind = ACTOR_PUBLIC, .name = page->booking.name };
	int status = store_begin(store, err);

	if (status == 0)
		status = do_step(request, page, step, ret, err);
	if (status == 0 && *ret == OUTCOME_DONE)
		status = audit_append(store,
				      &(struct audit_entry){
					      .actor = &guest,
					      .action = "booking_change",
					      .object_kind = "booking",
					      .object = page->booking.id,
					      .reason = arena_printf(request->arena, "%.*s: %.*s",
								     SV_ARG(page->session->id),
								     SV_ARG(step)),
					      .address = request->address,
				      },
				      request->now, err);
	if (status == 0)
		status = store_commit(store, err);
	store_rollback(store);
	return status;
}

static bool is_step(struct sv step)
{
	return sv_eq(step, SV("cancel")) || sv_eq(step, SV("accept")) ||
	       sv_eq(step, SV("online")) || sv_eq(step, SV("venue"));
}

enum http_answer site_booking_act(struct http_request *request, struct http_response *response,
				  const struct catalogue *catalogue, struct sv secret)
{
	enum booking_outcome outcome = OUTCOME_ENDED;
	struct answers raw;
	struct page page;
	struct err err = ERR_INIT;
	struct sv step;

	if (request->foreign)
		return site_message(request, response, 403, NULL, "ほかのサイトから送られました",
				    "Sent from another site", "予約のページから送ってください。",
				    "Please use the page of your booking.");
	if (open_link(request, response, catalogue, secret, &page) != 0 ||
	    site_read_body(request, response, &raw) != 0)
		return HTTP_DONE;
	step = answers_get(&raw, SV("step"));
	if (!is_step(step))
		return show(request, response, &page, 422);
	if (act(request, &page, step, &outcome, &err) != 0)
		return http_fail_err(request, response, &err);
	jobs_wake(request->centre->jobs);
	if (outcome == OUTCOME_DONE || outcome == OUTCOME_BEFORE)
		return site_redirect(response,
				     arena_printf(request->arena, SITE_PREFIX "/b/%.*s%s",
						  SV_ARG(secret),
						  site_is_english(request) ? "?lang=en" : ""));
	if (open_link(request, response, catalogue, secret, &page) != 0)
		return HTTP_DONE;
	page.general = outcome == OUTCOME_FULL
			       ? (site_is_english(request)
					  ? "There is no place in this way. Your booking stays as it was."
					  : "この参加方法には空きがありません。予約はそのままです。")
			       : site_outcome_text(outcome, site_is_english(request));
	return show(request, response, &page, 409);
}
