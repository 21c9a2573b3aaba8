#include "centre/site_support.h"

#include "centre/site_internal.h"
#include "forms/upload.h"

int site_support_read(struct store *store, struct sv application, struct arena *arena,
		      struct site_support *ret, struct err *err)
{
	if (visits_of_application(store, application, arena, &ret->visit, &ret->visit_count,
				  err) != 0 ||
	    documents_of_application(store, application, arena, &ret->document,
				     &ret->document_count, err) != 0)
		return -1;
	return asked_of_application(store, application, arena, &ret->asked, &ret->asked_count,
				    err);
}

/* ---- visits ---- */

static void put_state(struct site *site, enum visit_state state)
{
	static const char *const ja[] = { "予定", "実施済み", "取消し" };
	static const char *const en[] = { "planned", "held", "called off" };

	html_say(&site->html, ja[state], en[state]);
}

static void put_visit(struct site *site, const struct site_status *status,
		      const struct visit *visit)
{
	const struct programme_visits *rule =
		visits_of_course(status->entry->programme, visit->course);
	struct html *html = &site->html;

	html_open(html, "li");
	html_element(html, "b", NULL, site_time(site, visit->from));
	html_text(html, arena_printf(site->arena, html->english ? " (%u minutes) " : "（%u分）",
				     visit->minutes));
	put_state(site, visit->state);
	if (rule && visit->number > 0 && visit->number <= rule->agenda_count)
		html_element(html, "p", NULL,
			     arena_printf(site->arena, "%u. %.*s", visit->number,
					  SV_ARG(site_text(site, &rule->agenda[visit->number - 1]
									  .title))));
	html_open(html, "p");
	html_class(html, "quiet");
	html_say(html, visit->form == VISIT_ONLINE ? "オンライン" : "訪問",
		 visit->form == VISIT_ONLINE ? "online" : "on site");
	html_say(html, "　担当の専門家: ", ", expert: ");
	html_text(html, visit->expert.name);
	html_close(html);
	html_close(html); /* li */
}

static void put_visits(struct site *site, const struct site_status *status)
{
	const struct site_support *support = &status->support;
	struct html *html = &site->html;

	if (support->visit_count == 0)
		return;
	html_open(html, "section");
	html_tell(html, "h2", NULL, "専門家の訪問", "Visits of the expert");
	html_open(html, "ul");
	for (size_t i = 0; i < support->visit_count; i++)
		put_visit(site, status, &support->visit[i]);
	html_close(html);
	html_close(html);
}

/* ---- documents ---- */

static void put_document(struct site *site, const struct site_status *status,
			 const struct document *document)
{
	const struct programme_document *kind =
		document_find(status->entry->programme, document->kind);
	const bool published = document->state == DOCUMENT_PUBLISHED;
	struct html *html = &site->html;

	html_open(html, "li");
	html_text(html, kind ? site_text(site, &kind->name) : document->kind);
	html_text(html, arena_printf(site->arena,
				     html->english ? " (version %u, " : "（第%u版、",
				     document->version));
	html_say(html, published ? "公開済み）" : "確認済み）",
		 published ? "published)" : "reviewed)");
	if (published)
		site_link(site, NULL, document->url, document->url);
	html_close(html);
}

/* Drafts are the expert's business. */
static void put_documents(struct site *site, const struct site_status *status)
{
	const struct site_support *support = &status->support;
	struct html *html = &site->html;
	bool any = false;

	for (size_t i = 0; i < support->document_count; i++)
		any = any || support->document[i].state != DOCUMENT_DRAFT;
	if (!any)
		return;
	html_open(html, "section");
	html_tell(html, "h2", NULL, "支援の成果物", "Documents of the support");
	html_open(html, "ul");
	for (size_t i = 0; i < support->document_count; i++)
		if (support->document[i].state != DOCUMENT_DRAFT)
			put_document(site, status, &support->document[i]);
	html_close(html);
	html_close(html);
}

/* ---- questionnaires ---- */

static void put_asked(struct site *site, const struct site_status *status,
		      const struct asked *asked)
{
	const struct programme_questionnaire *questionnaire =
		questionnaire_find(status->entry->programme, asked->questionnaire);
	struct html *html = &site->html;

	if (!questionnaire)
		return;
	html_open(html, "li");
	html_text(html, site_text(site, &questionnaire->name));
	html_say(html, "　", " — ");
	if (asked->answered)
		html_say(html, "回答済み", "answered");
	else
		html_say(html, "お答えをお待ちしています。メールに書かれたリンクからお答えください。",
			 "please answer it by the link in our mail.");
	html_close(html);
}

static void put_questionnaires(struct site *site, const struct site_status *status)
{
	const struct site_support *support = &status->support;
	struct html *html = &site->html;

	if (support->asked_count == 0)
		return;
	html_open(html, "section");
	html_tell(html, "h2", NULL, "アンケート・問診", "Questionnaires");
	html_open(html, "ul");
	for (size_t i = 0; i < support->asked_count; i++)
		put_asked(site, status, &support->asked[i]);
	html_close(html);
	html_close(html);
}

void site_put_support(struct site *site, const struct site_status *status)
{
	put_questionnaires(site, status);
	put_visits(site, status);
	put_documents(site, status);
}
