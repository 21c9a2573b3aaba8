/* The tables at the end of the page: steps, reasons, frames, assumptions. */
#include "season/page.h"

static void heads(struct page *page, const char *const (*head)[2], size_t count)
{
	html_open(&page->html, "thead");
	html_open(&page->html, "tr");
	for (size_t i = 0; i < count; i++) {
		html_open(&page->html, "th");
		html_class(&page->html, i ? "n" : NULL);
		html_attribute(&page->html, "scope", SV("col"));
		html_say(&page->html, head[i][0], head[i][1]);
		html_close(&page->html);
	}
	html_close(&page->html);
	html_close(&page->html);
}

static void put_state_row(struct page *page, const struct season_result *season, size_t s)
{
	const struct season_state_sum *state = &season->state[s];
	const bool is_final = page->facts->state[s].final;

	html_open(&page->html, "tr");
	page_row_head(page, page_text(page, page->facts->state[s].name));
	html_element(&page->html, "td", NULL,
		     is_final ? SV("—")
			      : page_text(page,
					  programme_actor_text(page->facts->state[s].actor)));
	page_cell(page, page_number(page, state->entered));
	page_cell(page, is_final ? SV("—") : page_number(page, state->stay.median));
	page_cell(page, is_final ? SV("—") : page_number(page, state->stay.p90));
	page_cell(page, page_number(page, state->breach));
	page_cell(page, page_number(page, state->late));
	page_cell(page, page_number(page, state->now));
	html_close(&page->html);
}

void page_put_states(struct page *page)
{
	static const char *const head[][2] = {
		{ "段階", "Step" },	     { "手番", "Who acts" },
		{ "通った件数", "Passed" },  { "日数（中央値）", "Days, median" },
		{ "日数（9割）", "Days, nine of ten" }, { "期限超過", "Broken" },
		{ "目安超過", "Soft" },      { "最終日の件数", "On the last day" },
	};
	struct html *html = &page->html;

	page_heading(page, "段階ごと", "Step by step");
	for (size_t i = 0; i < page->count; i++) {
		page_policy(page, "h3", i);
		html_open(html, "div");
		html_class(html, "scroll");
		html_open(html, "table");
		heads(page, head, sizeof head / sizeof *head);
		html_open(html, "tbody");
		for (size_t s = 0; s < page->facts->state_count; s++)
			put_state_row(page, page->season[i], s);
		html_close(html);
		html_close(html);
		html_close(html);
	}
	html_close(html);
}

void page_put_reasons(struct page *page)
{
	static const char *const head[][2] = { { "理由", "Reason" }, { "件数", "Count" } };
	struct html *html = &page->html;

	page_heading(page, "お断りした理由", "Why forms were refused");
	html_open(html, "div");
	html_class(html, "two");
	for (size_t i = 0; i < page->count; i++) {
		const struct season_result *season = page->season[i];

		html_open(html, "div");
		page_policy(page, "h3", i);
		html_open(html, "table");
		heads(page, head, 2);
		html_open(html, "tbody");
		for (size_t k = 0; k < season->reason_count; k++) {
			html_open(html, "tr");
			page_row_head(page, page_text(page, season->reason[k].text));
			page_cell(page, page_number(page, season->reason[k].count));
			html_close(html);
		}
		html_close(html);
		html_close(html);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

void page_put_draw(struct page *page)
{
	static const char *const head[][2] = { { "枠", "Frame" },
					       { "枠の席", "Places" },
					       { "対象", "Entries" },
					       { "当選", "Won" } };
	const struct programme_selection *selection = &page->facts->selection;
	struct html *html = &page->html;

	if (!page->season[0]->has_draw || selection->frame_count == 0)
		return;
	page_heading(page, "抽選の枠", "Frames of the draw");
	html_open(html, "div");
	html_class(html, "two");
	for (size_t i = 0; i < page->count; i++) {
		html_open(html, "div");
		page_policy(page, "h3", i);
		html_open(html, "table");
		heads(page, head, 4);
		html_open(html, "tbody");
		for (size_t k = 0; k < selection->frame_count; k++) {
			html_open(html, "tr");
			page_row_head(page, page_text(page, selection->frame[k].name));
			page_cell(page, page_number(page, selection->frame[k].places));
			page_cell(page, page_number(page, page->season[i]->frame[k].entries));
			page_cell(page, page_number(page, page->season[i]->frame[k].won));
			html_close(html);
		}
		html_close(html);
		html_close(html);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

static void put_assumption(struct page *page, const char *ja, const char *en,
			   double (*value)(const struct season_policy *policy))
{
	html_open(&page->html, "tr");
	page_row_head(page, sv_from(page->english ? en : ja));
	for (size_t i = 0; i < page->count; i++)
		page_cell(page, arena_printf(page->arena, "%g", value(page->season[i]->policy)));
	html_close(&page->html);
}

static double of_answer(const struct season_policy *policy)
{
	return policy->answer.median;
}
static double of_slow_answer(const struct season_policy *policy)
{
	return policy->answer.p90;
}
static double of_silent(const struct season_policy *policy)
{
	return policy->silent;
}
static double of_withdrawals(const struct season_policy *policy)
{
	return policy->withdraw_per_week;
}
static double of_unfit(const struct season_policy *policy)
{
	return policy->unfit;
}

void page_put_assumptions(struct page *page)
{
	struct html *html = &page->html;

	page_heading(page, "前提", "Assumptions");
	html_open(html, "table");
	html_open(html, "thead");
	html_open(html, "tr");
	html_tell(html, "th", NULL, "項目", "Assumption");
	page_policy_heads(page);
	html_close(html);
	html_close(html);
	html_open(html, "tbody");
	for (int role = 0; role < BY_COUNT; role++) {
		if (role == BY_APPLICANT || !page_has_role(page, role))
			continue;
		html_open(html, "tr");
		page_row_head(page, arena_printf(page->arena,
					    page->english ? "%.*s: pieces of work in a week"
							  : "%.*sが1週間にこなす件数",
					    SV_ARG(page_text(page, programme_actor_text(
								     (enum programme_actor)role)))));
		for (size_t i = 0; i < page->count; i++)
			page_cell(page, arena_printf(page->arena, "%g",
						       page->season[i]->policy->role[role].per_week));
		html_close(html);
	}
	put_assumption(page, "申込者の返事（中央値・日）", "Applicants answer in days (median)", of_answer);
	put_assumption(page, "申込者の返事（遅い1割・日）", "The slowest tenth, days", of_slow_answer);
	put_assumption(page, "返事のない会社（%）", "Never answer (%)", of_silent);
	put_assumption(page, "1週間の辞退（%）", "Withdraw in a week (%)", of_withdrawals);
	put_assumption(page, "要件を満たさない申込み（%）", "Do not meet the conditions (%)", of_unfit);
	html_close(html);
	html_close(html);
	html_tell(html, "p", "quiet",
		  "会社はすべて架空です。手続き・要件・席・期限・営業日は、実際のエンジンで判定しています。",
		  "The companies are made up; steps, conditions, places and deadlines are decided by "
		  "the real engine.");
	html_close(html);
}
