#include "centre/files.h"
#include "centre/site_upload.h"

bool site_may_do(const struct programme_state *state, const struct programme_event *event)
{
	return state && !state->final && (event->by & 1U << BY_APPLICANT) != 0;
}

static const struct programme_state *state_of(const struct site_status *status)
{
	return programme_state(status->entry->programme, status->application->is.state);
}

static struct site_head status_head(struct arena *arena, bool english,
				    const struct site_status *status, const char *ja,
				    const char *en, bool again)
{
	const struct programme_facts *facts = programme_facts(status->entry->programme);

	return (struct site_head){
		.title =
			arena_printf(arena, "%s | %.*s", english ? en : ja,
				     SV_ARG(english ? facts->short_name.en : facts->short_name.ja)),
		.facts = facts,
		.path = !again ? SV_NONE
			       : arena_printf(arena, SITE_PREFIX "/a/%.*s", SV_ARG(status->secret)),
		.personal = true,
		.wrong = status->errors.count > 0 || status->general.n > 0,
	};
}

/* ---- received, completed, confirmed (R-004, S-17, T-03, T-04) ---- */

static void put_mark(struct site *site, const struct application *application, enum mark mark,
		     const char *ja, const char *en)
{
	struct html *html = &site->html;
	const struct instant at = application->is.mark[mark];

	html_open(html, "li");
	html_class(html, at.us != 0 ? "done" : "open");
	html_tell(html, "b", NULL, ja, en);
	html_open(html, "span");
	if (at.us != 0) {
		html_say(html, "済み: ", "Done: ");
		html_text(html, site_time(site, at));
	} else {
		html_say(html, "まだです", "Not yet");
	}
	html_close(html);
	html_close(html);
}

static void put_marks(struct site *site, const struct application *application)
{
	html_open(&site->html, "ol");
	html_class(&site->html, "facts");
	put_mark(site, application, MARK_RECEIVED, "受付", "Received");
	put_mark(site, application, MARK_COMPLETED, "申込完了", "Application completed");
	put_mark(site, application, MARK_CONFIRMED, "参加確定", "Participation confirmed");
	html_close(&site->html);
}

/* ---- where am I, what next, who, until when ---- */

static void put_actor(struct site *site, const struct programme_facts *facts,
		      enum programme_actor actor)
{
	static const char *const ja[BY_COUNT] = {
		[BY_CLOCK] = "手続きはありません（日付で進みます）",
		[BY_CENTRE] = "手続きはありません（自動で進みます）",
		[BY_APPLICANT] = "貴社",
		[BY_SECRETARIAT] = "事務局",
		[BY_CITY] = "自治体（事業の実施者）",
		[BY_EXPERT] = "専門家",
		[BY_DESK] = "監視・相談の窓口",
		[BY_CONTRACTOR] = "設置事業者",
	};
	static const char *const en[BY_COUNT] = {
		[BY_CLOCK] = "Nobody: it goes on by date",
		[BY_CENTRE] = "Nobody: it goes on by itself",
		[BY_APPLICANT] = "You",
		[BY_SECRETARIAT] = "The office",
		[BY_CITY] = "The government that runs the programme",
		[BY_EXPERT] = "An expert",
		[BY_DESK] = "The monitoring desk",
		[BY_CONTRACTOR] = "The contractor",
	};

	site_row(site, "次に動く人", "Who acts next");
	html_say(&site->html, ja[actor], en[actor]);
	if (actor == BY_SECRETARIAT) {
		html_text(&site->html, SV(" "));
		site_telephone(site, facts->office.telephone);
	}
	html_close(&site->html);
	html_close(&site->html);
}

static void put_where(struct site *site, const struct site_status *status)
{
	struct html *html = &site->html;
	const struct application *application = status->application;
	const struct programme_facts *facts = programme_facts(status->entry->programme);
	const struct programme_state *state = state_of(status);
	struct day end;

	html_open(html, "section");
	html_class(html, "now");
	html_tell(html, "h2", NULL, "いまの状況", "Where you are");
	html_element(html, "p", "where", state ? site_text(site, &state->where) : SV_NONE);
	html_open(html, "dl");
	if (state && site_text(site, &state->next).n > 0)
		site_row_text(site, "このあと", "What happens next", site_text(site, &state->next));
	if (state && !state->final)
		put_actor(site, facts, state->actor);
	if (application->has_due)
		site_row_text(site,
			      application->due_is_hard ? "いつまでに" : "いつごろまでに（目安）",
			      application->due_is_hard ? "Until" : "Expected until",
			      site_day(site, application->due));
	if (programme_trial_end(status->entry->programme, &application->is, &end))
		site_row_text(site, "お試し期間の最終日", "Last day of the trial",
			      site_day(site, end));
	html_close(html);
	html_close(html);
}

static void put_names(struct site *site, const struct site_status *status)
{
	const struct application *application = status->application;
	struct html *html = &site->html;

	html_open(html, "dl");
	html_class(html, "names");
	site_row(site, "受付番号", "Number");
	html_element(html, "b", "number", application->number);
	html_close(html);
	html_close(html);
	site_row_text(site, "企業名", "Company", application->company_name);
	if (status->ticket.n > 0) { /* who applied finds this one in the list */
		site_row(site, "抽選番号", "Ticket");
		site_link(site, NULL,
			  site_path(site, SITE_PREFIX "/%.*s/lottery", SV_ARG(status->entry->slug)),
			  status->ticket);
		html_close(html);
		html_close(html);
	}
	html_close(html);
}

/* ---- files, with what tells them from any other ---- */

static void put_files(struct site *site, const struct site_status *status)
{
	struct html *html = &site->html;
	const struct programme *programme = status->entry->programme;

	if (status->file_count == 0)
		return;
	html_open(html, "section");
	html_tell(html, "h2", NULL, "お預かりしたファイル", "Files we have");
	html_open(html, "dl");
	html_class(html, "files");
	for (size_t i = 0; i < status->file_count; i++) {
		const struct upload *file = &status->file[i];
		const struct programme_text label = form_label(programme, file->field);

		html_open(html, "div");
		html_element(html, "dt", NULL, site_text(site, &label));
		html_open(html, "dd");
		html_element(html, "b", NULL, file->name);
		html_element(html, "p", "quiet",
			     arena_printf(site->arena,
					  html->english ? "%.*s, %.*s" : "%.*s、%.*s",
					  SV_ARG(files_size_exact(file->bytes, html->english,
								  site->arena)),
					  SV_ARG(site_time(site, file->at))));
		html_open(html, "p");
		html_class(html, "digest");
		html_text(html, SV("SHA-256: "));
		html_element(html, "code", NULL, sv_from(file->digest));
		html_close(html);
		html_close(html);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

static void put_calendar(struct site *site, const struct site_status *status)
{
	if (!site_has_dates(status))
		return;
	html_open(&site->html, "p");
	site_link(site, NULL,
		  site_path(site, SITE_PREFIX "/a/%.*s/dates.ics", SV_ARG(status->secret)),
		  site->html.english ? SV("Put the dates into my calendar (ICS)")
				     : SV("日程をカレンダーに入れる（ICS）"));
	html_close(&site->html);
}

/* ---- what the applicant may do ---- */

static void open_event_form(struct site *site, const struct site_status *status,
			    const struct programme_event *event)
{
	struct html *html = &site->html;

	html_open(html, "form");
	html_attribute(html, "method", SV("post"));
	html_attribute(html, "action",
		       site_path(site, SITE_PREFIX "/a/%.*s", SV_ARG(status->secret)));
	if (site_has_files(event->field, event->field_count))
		html_attribute(html, "enctype", SV("multipart/form-data"));
	html_flag(html, "novalidate");
	site_hidden(site, "event", event->id);
	site_hidden(site, "version",
		    arena_printf(site->arena, "%llu",
				 (unsigned long long)status->application->version));
}

static void put_event(struct site *site, const struct site_status *status,
		      const struct programme_event *event)
{
	struct html *html = &site->html;
	const bool now = status->raw && sv_eq(answers_get(status->raw, SV("event")), event->id);
	const struct site_fields fields = {
		.programme = status->entry->programme,
		.raw = now ? status->raw : NULL,
		.errors = now ? &status->errors : NULL,
		.scope = event->id,
		.owner = event->id,
	};

	html_open(html, event->gravely && !now ? "details" : "section");
	html_class(html, event->gravely ? "event grave" : "event");
	html_element(html, event->gravely && !now ? "summary" : "h2", NULL,
		     site_text(site, &event->name));
	html_prose(html, site_text(site, &event->help));
	open_event_form(site, status, event);
	for (size_t i = 0; i < event->field_count; i++)
		site_field(site, &fields, &event->field[i]);
	html_open(html, "p");
	html_class(html, "buttons");
	html_open(html, "button");
	html_class(html, event->gravely ? "second" : NULL);
	html_text(html, site_text(site, &event->name));
	html_close(html);
	html_close(html);
	html_close(html);
	html_close(html);
}

static void put_events(struct site *site, const struct site_status *status)
{
	const struct programme_state *state = state_of(status);

	for (size_t i = 0; state && i < state->event_count; i++)
		if (site_may_do(state, &state->event[i]))
			put_event(site, status, &state->event[i]);
}

static void put_application(struct site *site, const struct site_status *status)
{
	struct html *html = &site->html;
	const struct programme_form *form = &programme_facts(status->entry->programme)->form;

	html_open(html, "details");
	html_tell(html, "summary", NULL, "お申し込みの内容", "What you sent");
	for (size_t i = 0; i < form->section_count; i++) {
		html_element(html, "h3", NULL, site_text(site, &form->section[i].title));
		site_answers(site, status->entry->programme, &form->section[i],
			     &status->application->is.answers);
	}
	html_close(html);
}

static const struct programme_event *event_now(const struct site_status *status)
{
	const struct programme_state *state = state_of(status);

	for (size_t i = 0; status->raw && state && i < state->event_count; i++)
		if (sv_eq(state->event[i].id, answers_get(status->raw, SV("event"))))
			return &state->event[i];
	return NULL;
}

void site_status_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		      const struct site_status *status)
{
	const struct programme_facts *facts = programme_facts(status->entry->programme);
	const struct programme_event *event = event_now(status);
	const struct site_head head = status_head(arena, english, status, "お申し込みの状況",
						  "Your application", !status->raw);
	const struct site_fields fields = {
		.programme = status->entry->programme,
		.errors = &status->errors,
		.scope = event ? event->id : SV_NONE,
	};
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	site_error_summary(&site, &fields, status->general);
	html_element(html, "p", "path", site_text(&site, &facts->name));
	html_tell(html, "h1", NULL, "お申し込みの状況", "Your application");
	put_names(&site, status);
	put_where(&site, status);
	html_open(html, "section");
	html_tell(html, "h2", NULL, "手続きの記録", "What has happened");
	put_marks(&site, status->application);
	html_close(html);
	put_calendar(&site, status);
	site_put_support(&site, status);
	put_files(&site, status);
	put_application(&site, status);
	put_events(&site, status);
	html_tell(
		html, "p", "quiet",
		"このページは、リンクを知っている人だけが見られます。ほかの人に転送しないでください。",
		"Only who knows this link can see this page. Please do not pass it on.");
	site_end(&site, &head);
}

/* ---- receipt ---- */

void site_receipt_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_status *status)
{
	const struct site_head head = status_head(
		arena, english, status, "お申し込みの受付（完了）", "Receipt (3 of 3)", false);
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	html_element(html, "p", "path",
		     site_text(&site, &programme_facts(status->entry->programme)->name));
	html_open(html, "div");
	html_class(html, "receipt");
	html_tell(html, "h1", NULL, "お申し込みを受け付けました",
		  "We have received your application");
	html_tell(html, "p", NULL, "受付番号", "Your number");
	html_element(html, "p", "number", status->application->number);
	html_close(html);
	html_open(html, "p");
	html_say(html, "控えのメールをお送りします: ", "A mail with these details goes to: ");
	html_element(html, "b", NULL, status->application->mail);
	html_close(html);
	html_open(html, "section");
	html_tell(html, "h2", NULL, "済んだこと、まだのこと",
		  "What has happened, and what has not");
	put_marks(&site, status->application);
	html_close(html);
	put_where(&site, status);
	put_files(&site, status);
	html_open(html, "p");
	site_link(&site, "button", site_path(&site, SITE_PREFIX "/a/%.*s", SV_ARG(status->secret)),
		  english ? SV("See how my application stands") : SV("お申し込みの状況を見る"));
	html_close(html);
	html_tell(
		html, "p", "quiet",
		"状況のページへのリンクは、メールにも書かれています。このページを印刷して控えにすることもできます。",
		"The mail holds the link to that page, too. You can also print this page.");
	site_end(&site, &head);
}

void site_before_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		      const struct site_edition *edition, struct sv number)
{
	const struct site_head head = {
		.title = english ? SV("Receipt") : SV("お申し込みの受付"),
		.facts = edition->facts,
		.personal = true,
	};
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	html_open(html, "div");
	html_class(html, "receipt");
	html_tell(html, "h1", NULL, "このお申し込みは受け付け済みです",
		  "We have this application already");
	html_tell(html, "p", NULL, "受付番号", "Your number");
	html_element(html, "p", "number", number);
	html_close(html);
	html_tell(
		html, "p", NULL,
		"同じ内容が二度送られたため、一つのお申し込みとして扱っています。状況は、受付のメールに書かれたリンクから見られます。",
		"It was sent twice and counts once. The link in the mail shows how it stands.");
	site_end(&site, &head);
}

/* ---- the second question ---- */

void site_confirm_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_status *status, const struct programme_event *event)
{
	const struct site_head head = status_head(
		arena, english, status, "もう一度お確かめください", "Are you sure?", false);
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	html_element(html, "p", "path",
		     site_text(&site, &programme_facts(status->entry->programme)->name));
	html_open(html, "h1");
	html_say(html, "もう一度お確かめください: ", "Are you sure? ");
	html_text(html, site_text(&site, &event->name));
	html_close(html);
	html_tell(
		html, "p", "notice",
		"取り消すことはできません。もう一度参加をご希望になるときは、新しいお申し込みが必要です。",
		"This cannot be undone. To take part later, you would have to apply again.");
	html_prose(html, site_text(&site, &event->help));
	put_names(&site, status);
	open_event_form(&site, status, event);
	for (size_t i = 0; i < status->raw->count; i++) {
		const struct answer *pair = &status->raw->item[i];

		if (!sv_eq(pair->name, SV("event")) && !sv_eq(pair->name, SV("version")) &&
		    !sv_eq(pair->name, SV("step")))
			site_hidden(&site, arena_dup(arena, pair->name).p, pair->value);
	}
	html_open(html, "p");
	html_class(html, "buttons");
	html_open(html, "button");
	html_class(html, "danger");
	html_attribute(html, "name", SV("step"));
	html_attribute(html, "value", SV("confirm"));
	html_text(html, site_text(&site, &event->name));
	html_close(html);
	site_link(&site, "button second",
		  site_path(&site, SITE_PREFIX "/a/%.*s", SV_ARG(status->secret)),
		  english ? SV("No, go back") : SV("やめて戻る"));
	html_close(html);
	html_close(html);
	site_end(&site, &head);
}
