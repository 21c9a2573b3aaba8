#include "centre/site_upload.h"

static struct site_head form_head(struct arena *arena, bool english,
				  const struct site_application *application, const char *ja,
				  const char *en)
{
	const struct programme_facts *facts = application->edition->facts;

	return (struct site_head){
		.title =
			arena_printf(arena, "%s | %.*s", english ? en : ja,
				     SV_ARG(english ? facts->short_name.en : facts->short_name.ja)),
		.facts = facts,
		/* Another language would ask for an empty form again. */
		.path = application->raw ? SV_NONE
					 : arena_printf(arena, SITE_PREFIX "/%.*s/apply",
							SV_ARG(application->edition->entry->slug)),
		.wrong = application->errors.count > 0 || application->general.n > 0,
	};
}

static void put_back(struct site *site, const struct site_edition *edition)
{
	html_open(&site->html, "p");
	html_class(&site->html, "path");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/%.*s", SV_ARG(edition->entry->slug)),
		  site_text(site, &edition->facts->name));
	html_close(&site->html);
}

/* <form> with what it carries along. */
static void open_form(struct site *site, const struct site_application *application)
{
	struct html *html = &site->html;
	const struct site_edition *edition = application->edition;

	html_open(html, "form");
	html_attribute(html, "method", SV("post"));
	html_attribute(html, "action",
		       site_path(site, SITE_PREFIX "/%.*s/apply", SV_ARG(edition->entry->slug)));
	if (site_form_has_files(&edition->facts->form))
		html_attribute(html, "enctype", SV("multipart/form-data"));
	html_flag(html, "novalidate");
	site_hidden(site, "token", sv_from(application->token));
	site_hidden(site, "form_version", edition->facts->form.version);
}

static void put_button(struct site *site, const char *class, const char *step, const char *ja,
		       const char *en)
{
	struct html *html = &site->html;

	html_open(html, "button");
	html_class(html, class);
	html_attribute(html, "name", SV("step"));
	html_attribute(html, "value", sv_from(step));
	html_say(html, ja, en);
	html_close(html);
}

static void put_progress(struct site *site, unsigned now)
{
	static const char *const ja[] = { "入力", "確認", "完了" };
	static const char *const en[] = { "Fill in", "Check", "Sent" };
	struct html *html = &site->html;

	html_open(html, "ol");
	html_class(html, "stages");
	for (unsigned i = 0; i < 3; i++) {
		html_open(html, "li");
		if (i == now)
			html_attribute(html, "aria-current", SV("step"));
		html_say(html, ja[i], en[i]);
		html_close(html);
	}
	html_close(html);
}

/* What is another since the draft was saved, so that nobody has to compare. */
static void put_renewed(struct site *site, const struct site_application *application)
{
	static const struct {
		const char *ja, *en;
	} row[RENEWED_KIND_COUNT] = {
		[RENEWED_NEW] = { "新しい項目です", "is new" },
		[RENEWED_GONE] = { "なくなりました", "is not asked any more" },
		[RENEWED_KIND] = { "答え方が変わりました", "wants another kind of answer" },
		[RENEWED_NEEDED] = { "必須になりました", "is required now" },
		[RENEWED_OPTIONS] = { "選べる範囲が変わりました", "has other options or limits" },
		[RENEWED_CONSENT] = { "同意の文面が変わりました", "has another text of consent" },
		[RENEWED_WORDS] = { "説明が変わりました", "is asked in other words" },
	};
	struct html *html = &site->html;

	if (!application->is_renewed)
		return;
	html_open(html, "div");
	html_class(html, "notice");
	html_tell(html, "p", NULL,
		  "保存したあとで様式が改訂されました。記入された内容は残っています。次のところをお確かめください。",
		  "The form has been revised since you saved it. Your answers are kept. "
		  "Please look at these:");
	html_open(html, "ul");
	for (size_t i = 0; i < application->renewed_count; i++) {
		const struct renewed *renewed = &application->renewed[i];

		html_open(html, "li");
		html_element(html, "b", NULL,
			     site_text(site, &(renewed->now ? renewed->now : renewed->before)->label));
		html_text(html, SV(": "));
		html_say(html, row[renewed->kind].ja, row[renewed->kind].en);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

/* before anything is sent, and not folded away. */
static void put_liability(struct site *site, const struct programme_facts *facts)
{
	if (!facts->shows_liability)
		return;
	html_open(&site->html, "section");
	html_tell(&site->html, "h2", NULL, "免責", "Liability");
	html_prose(&site->html, site_text(site, &facts->liability));
	html_close(&site->html);
}

void site_form_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		    const struct site_application *application)
{
	const struct site_edition *edition = application->edition;
	const struct programme_form *form = &edition->facts->form;
	const struct site_head head = form_head(arena, english, application, "お申し込み（入力）",
						"Application (1 of 3)");
	const struct site_fields fields = {
		.programme = edition->entry->programme,
		.raw = application->raw,
		.errors = &application->errors,
		.seat = edition->seat,
		.seat_count = edition->seat_count,
	};
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	put_back(&site, edition);
	site_error_summary(&site, &fields, application->general);
	html_tell(html, "h1", NULL, "お申し込み", "Application");
	put_progress(&site, 0);
	put_renewed(&site, application);
	html_tell(
		html, "p", NULL,
		"「必須」の項目はすべてご記入ください。送る前に、内容を確かめる画面があります。数字やハイフンは半角でも全角でも構いません。",
		"Please answer everything marked “Required”. You can check your answers before "
		"they are sent. Write the company's details as they are registered.");
	html_open(html, "details");
	html_tell(html, "summary", NULL, "費用とご注意", "Costs and notes");
	site_own_cost(&site, edition->facts);
	html_prose(html, site_text(&site, &edition->facts->notes));
	html_close(html);
	put_liability(&site, edition->facts);
	open_form(&site, application);
	for (size_t i = 0; i < form->section_count; i++) {
		const struct programme_section *section = &form->section[i];

		html_open(html, "section");
		html_element(html, "h2", NULL, site_text(&site, &section->title));
		html_prose(html, site_text(&site, &section->help));
		for (size_t k = 0; k < section->field_count; k++)
			site_field(&site, &fields, &section->field[k]);
		html_close(html);
	}
	html_open(html, "p");
	html_class(html, "buttons");
	put_button(&site, NULL, "check", "内容を確かめる", "Check my answers");
	put_button(&site, "second", "save", "途中で保存する", "Save for later");
	html_close(html);
	html_tell(
		html, "p", "quiet",
		"途中で保存すると、続きを書くためのリンクを、ご記入のメールアドレスにお送りします。30 日間、パソコンでもスマートフォンでも続きを書けます。",
		"Saving sends a link to the mail address that you wrote. For 30 days you can go on "
		"with it, on any device.");
	html_close(html); /* form */
	site_end(&site, &head);
}

/* ---- check ---- */

static void put_answer(struct site *site, const struct programme *programme,
		       const struct programme_field *field, const struct answers *answers)
{
	struct html *html = &site->html;
	bool any = false;

	html_open(html, "div");
	html_element(html, "dt", NULL, site_text(site, &field->label));
	html_open(html, "dd");
	for (size_t i = 0; i < answers->count; i++) {
		struct programme_text text;

		if (!sv_eq(answers->item[i].name, field->id) || answers->item[i].value.n == 0)
			continue;
		text = form_value(programme, field->id, answers->item[i].value, site->arena);
		html_element(html, "p", "value", site_text(site, &text));
		any = true;
	}
	if (!any)
		html_tell(html, "p", "quiet", "記入なし", "Not answered");
	html_close(html);
	html_close(html);
}

void site_answers(struct site *site, const struct programme *programme,
		  const struct programme_section *section, const struct answers *answers)
{
	html_open(&site->html, "dl");
	html_class(&site->html, "answers");
	for (size_t i = 0; i < section->field_count; i++)
		if (form_is_shown(programme, &section->field[i], answers))
			put_answer(site, programme, &section->field[i], answers);
	html_close(&site->html);
}

void site_check_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		     const struct site_application *application, const struct answers *kept)
{
	const struct site_edition *edition = application->edition;
	const struct programme_form *form = &edition->facts->form;
	const struct site_head head = form_head(arena, english, application, "お申し込み（確認）",
						"Application (2 of 3)");
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	put_back(&site, edition);
	html_tell(html, "h1", NULL, "内容の確認", "Check your answers");
	put_progress(&site, 1);
	html_tell(
		html, "p", "notice",
		"まだ送られていません。確かめてから、下の「この内容で申し込む」を押してください。",
		"Nothing has been sent yet. Look through it, then press “Send the application” below.");
	open_form(&site, application);
	site_hidden_form(&site, form, application->raw);
	for (size_t i = 0; i < form->section_count; i++) {
		const struct programme_section *section = &form->section[i];

		html_open(html, "section");
		html_element(html, "h2", NULL, site_text(&site, &section->title));
		site_answers(&site, edition->entry->programme, section, kept);
		html_close(html);
	}
	html_open(html, "p");
	html_class(html, "buttons");
	put_button(&site, NULL, "send", "この内容で申し込む", "Send the application");
	put_button(&site, "second", "edit", "戻って直す", "Go back and change");
	html_close(html);
	html_close(html); /* form */
	site_end(&site, &head);
}

/* ---- what cannot be taken ---- */

void site_ineligible_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			  const struct site_application *application,
			  const struct eligibility_row *row, size_t count)
{
	const struct site_edition *edition = application->edition;
	struct site_head head = form_head(arena, english, application, "お申し込みの条件",
					  "Conditions of application");
	struct site site;
	struct html *html;

	head.wrong = true;
	site = site_begin(buf, arena, english, today, &head);
	html = &site.html;
	put_back(&site, edition);
	html_tell(html, "h1", NULL, "お申し込みの条件に合わない項目があります",
		  "Some conditions of the programme are not met");
	html_open(html, "div");
	html_class(html, "summary");
	html_attribute(html, "role", SV("alert"));
	html_attribute(html, "tabindex", SV("-1"));
	html_flag(html, "autofocus");
	if (application->general.n > 0)
		html_element(html, "p", NULL, application->general);
	html_open(html, "ul");
	for (size_t i = 0; i < count; i++) {
		if (row[i].verdict != VERDICT_FAIL)
			continue;
		html_open(html, "li");
		html_element(html, "b", NULL, site_text(&site, &row[i].name));
		html_open(html, "br");
		html_close(html);
		html_text(html, site_text(&site, &row[i].message));
		html_close(html);
	}
	html_close(html);
	html_close(html);
	html_tell(
		html, "p", NULL,
		"申し込みは送られていません。記入した内容が違っていたときは、戻って直してください。ご不明な点は、下の窓口にお尋ねください。",
		"The application has not been sent. If an answer was wrong, go back and change it. "
		"The office below will gladly help.");
	open_form(&site, application);
	site_hidden_form(&site, &edition->facts->form, application->raw);
	html_open(html, "p");
	html_class(html, "buttons");
	put_button(&site, "second", "edit", "戻って直す", "Go back and change");
	html_close(html);
	html_close(html);
	site_end(&site, &head);
}

void site_closed_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		      const struct site_edition *edition)
{
	const struct programme_facts *facts = edition->facts;
	const enum site_reception reception = site_reception(edition);
	const struct site_head head = {
		.title = english ? SV("No applications are taken")
				 : SV("お申し込みは受け付けていません"),
		.facts = facts,
		.path = arena_printf(arena, SITE_PREFIX "/%.*s/apply",
				     SV_ARG(edition->entry->slug)),
	};
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	put_back(&site, edition);
	if (reception == SITE_NOT_YET) {
		html_tell(html, "h1", NULL, "受付はまだ始まっていません",
			  "Applications are not open yet");
		html_element(html, "p", "notice",
			     english ? arena_printf(arena, "Applications open on %.*s.",
						    SV_ARG(site_day(&site, facts->opens)))
				     : arena_printf(arena, "お申し込みの受付は%.*sに始まります。",
						    SV_ARG(site_day(&site, facts->opens))));
	} else if (reception == SITE_OVER) {
		html_tell(html, "h1", NULL, "お申し込みは終了しました", "Applications are closed");
		html_element(html, "p", "notice",
			     !facts->has_last_day
				     ? SV_NONE
				     : arena_printf(arena,
						    english ? "The last day was %.*s."
							    : "受付は%.*sで終わりました。",
						    SV_ARG(site_day(&site, facts->last_day))));
	} else {
		html_tell(html, "h1", NULL, "定員に達しました", "All places are taken");
		html_tell(html, "p", "notice",
			  "すべての支援コースが満員のため、お申し込みは受け付けていません。",
			  "All courses are full, so no applications are taken.");
	}
	html_open(html, "p");
	site_link(&site, NULL, site_path(&site, SITE_PREFIX "/"),
		  english ? SV("See all programmes") : SV("ほかの事業を見る"));
	html_close(html);
	site_end(&site, &head);
}
