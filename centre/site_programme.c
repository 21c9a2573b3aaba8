#include "centre/site_board.h"
#include "centre/site_results.h"

enum site_reception site_reception(const struct site_edition *edition)
{
	if (edition->reception != 0)
		return edition->reception < 0 ? SITE_NOT_YET : SITE_OVER;
	for (size_t i = 0; i < edition->seat_count; i++)
		if (edition->seat[i].open)
			return SITE_OPEN;
	return SITE_FULL;
}

static void put_reception(struct site *site, enum site_reception reception)
{
	static const struct {
		const char *name, *ja, *en;
	} row[] = {
		[SITE_OPEN] = { "mark open", "受付中", "Open" },
		[SITE_NOT_YET] = { "mark", "受付開始前", "Not open yet" },
		[SITE_FULL] = { "mark full", "満員", "Full" },
		[SITE_OVER] = { "mark", "受付終了", "Closed" },
	};

	html_tell(&site->html, "span", row[reception].name, row[reception].ja, row[reception].en);
}

static struct sv period(const struct site *site, const struct programme_facts *facts)
{
	const struct sv from = site_day(site, facts->opens);
	struct sv to;

	if (facts->about_until.ja.n > 0) /* T-35: no exact day is promised */
		return arena_printf(site->arena,
				    site->html.english ? "From %.*s until %.*s" : "%.*sから%.*sまで",
				    SV_ARG(from), SV_ARG(site_text(site, &facts->about_until)));
	if (!facts->has_last_day)
		return arena_printf(site->arena,
				    site->html.english ? "From %.*s until all places are taken"
						       : "%.*sから、定員に達するまで",
				    SV_ARG(from));
	to = site_day(site, facts->last_day);
	return arena_printf(site->arena, site->html.english ? "%.*s to %.*s" : "%.*sから%.*sまで",
			    SV_ARG(from), SV_ARG(to));
}

static struct sv fiscal_year(const struct site *site, const struct programme_facts *facts)
{
	char text[DAY_TEXT_MAX];

	if (site->html.english)
		return arena_printf(site->arena, "Fiscal year %d", facts->fiscal_year);
	return arena_dup(site->arena, sv_from(day_fiscal_year_text(facts->fiscal_year, text)));
}

/* ---- the list ---- */

static void put_edition(struct site *site, const struct site_edition *edition)
{
	struct html *html = &site->html;

	html_open(html, "li");
	html_open(html, "p");
	html_class(html, "year");
	html_text(html, fiscal_year(site, edition->facts));
	put_reception(site, site_reception(edition));
	html_close(html);
	html_open(html, "h3");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/%.*s", SV_ARG(edition->entry->slug)),
		  site_text(site, &edition->facts->name));
	html_close(html);
	html_element(html, "p", NULL, period(site, edition->facts));
	html_close(html);
}

static void put_editions(struct site *site, const struct site_edition *edition, size_t count,
			 bool over, const char *ja, const char *en)
{
	struct html *html = &site->html;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if ((site_reception(&edition[i]) == SITE_OVER) != over)
			continue;
		if (!any) {
			html_tell(html, "h2", NULL, ja, en);
			html_open(html, "ul");
			html_class(html, "editions");
		}
		any = true;
		put_edition(site, &edition[i]);
	}
	if (any)
		html_close(html);
	else if (!over)
		html_tell(html, "p", "notice", "いま受け付けている事業はありません。",
			  "No programme takes applications at present.");
}

void site_list_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		    const struct site_edition *edition, size_t count,
		    const struct site_board *board)
{
	const struct site_head head = {
		.title = english ? SV("Support for companies") : SV("企業への支援"),
		.path = SV(SITE_PREFIX "/"),
	};
	struct site site = site_begin(buf, arena, english, today, &head);

	html_element(&site.html, "h1", NULL, head.title);
	html_tell(
		&site.html, "p", "lead",
		"中小企業のサイバーセキュリティ対策を支援する事業です。事業を選ぶと、内容の確認とお申し込みができます。",
		"Programmes that support small and medium-sized companies in cybersecurity. "
		"Choose one to read about it and to apply.");
	site_board_front(&site, board, edition, count);
	put_editions(&site, edition, count, false, "お申し込みいただける事業", "Open programmes");
	put_editions(&site, edition, count, true, "受付を終了した事業", "Closed programmes");
	site_end(&site, &head);
}

/* ---- one programme ---- */

static void put_places(struct site *site, const struct programme_course *course,
		       const struct seat_row *seat)
{
	struct html *html = &site->html;
	const uint32_t left = seat->taken < seat->places ? seat->places - seat->taken : 0;

	html_open(html, "p");
	html_class(html, seat->open ? "places" : "places none");
	if (!seat->open) {
		html_tell(html, "b", NULL, "満員", "Full");
		html_say(html, "（新しいお申し込みは受け付けていません）",
			 " (no new applications are taken)");
	} else if (html->english) {
		html_element(html, "b", NULL, arena_printf(site->arena, "%u", left));
		html_text(html, arena_printf(site->arena, " of %s%u places left",
					     seat->exact ? "" : "about ", seat->places));
	} else {
		html_text(html, SV("残り "));
		html_element(html, "b", NULL, arena_printf(site->arena, "%u", left));
		html_text(html, arena_printf(site->arena, " 社（定員 %u 社%s）", seat->places,
					     seat->exact ? "" : "程度"));
	}
	html_close(html);
	html_open(html, "progress");
	html_attribute(html, "aria-hidden", SV("true"));
	html_attribute(html, "max", arena_printf(site->arena, "%u", seat->places));
	html_attribute(html, "value", arena_printf(site->arena, "%u", left));
	html_close(html);
}

static void put_entitlement(struct site *site, const struct programme_entitlement *gives)
{
	const struct {
		uint32_t number;
		const char *ja[2], *en[2]; /* before and behind the number */
	} row[] = {
		{ gives->months, { "お試し期間 ", " か月" }, { "Trial of ", " months" } },
		{ gives->users, { "利用者 ", " 人まで" }, { "Up to ", " users" } },
		{ gives->devices_per_user,
		  { "1 人につき ", " 台まで" },
		  { "Up to ", " devices for each user" } },
		{ gives->devices, { "端末 ", " 台まで" }, { "Up to ", " devices" } },
		{ gives->visits, { "専門家の訪問 ", " 回" }, { "Visits of an expert: ", "" } },
	};
	bool any = false;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const char *const *words = site->html.english ? row[i].en : row[i].ja;

		if (row[i].number == 0)
			continue;
		if (!any)
			html_open(&site->html, "ul");
		any = true;
		html_element(&site->html, "li", NULL,
			     arena_printf(site->arena, "%s%u%s", words[0], row[i].number,
					  words[1]));
	}
	if (any)
		html_close(&site->html);
}

static void put_courses(struct site *site, const struct site_edition *edition)
{
	struct html *html = &site->html;

	html_open(html, "section");
	html_attribute(html, "id", SV("courses"));
	html_tell(html, "h2", NULL, "支援コースと残りの枠", "Courses and places left");
	html_open(html, "ul");
	html_class(html, "courses");
	for (size_t i = 0; i < edition->facts->course_count; i++) {
		const struct programme_course *course = &edition->facts->course[i];

		html_open(html, "li");
		html_element(html, "h3", NULL, site_text(site, &course->name));
		html_prose(html, site_text(site, &course->summary));
		put_entitlement(site, &course->entitlement);
		if (i < edition->seat_count)
			put_places(site, course, &edition->seat[i]);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

void site_own_cost(struct site *site, const struct programme_facts *facts)
{
	struct html *html = &site->html;
	bool any = false;

	html_tell(
		html, "p", NULL,
		"支援の料金はかかりません。手続きのどの段階でも、費用をお支払いいただくことはありません。",
		"The support is free. No step ever asks you for a fee.");
	for (size_t i = 0; i < facts->course_count; i++) {
		const struct programme_course *course = &facts->course[i];

		if (course->own_cost_count == 0)
			continue;
		if (!any)
			html_tell(html, "p", NULL, "ただし、次のものは企業のご負担になります。",
				  "These your company pays itself:");
		any = true;
		html_element(html, "p", "course", site_text(site, &course->name));
		html_open(html, "ul");
		for (size_t k = 0; k < course->own_cost_count; k++)
			html_element(html, "li", NULL, site_text(site, &course->own_cost[k]));
		html_close(html);
	}
}

static void put_faq(struct site *site, const struct programme_facts *facts,
		    const struct site_board *board)
{
	struct html *html = &site->html;

	bool more = false;

	for (size_t i = 0; i < board->count; i++)
		more = more || board->article[i].kind == ARTICLE_FAQ;
	if (facts->faq_count == 0 && !more)
		return;
	html_open(html, "section");
	html_attribute(html, "id", SV("faq"));
	html_tell(html, "h2", NULL, "よくある質問", "Questions and answers");
	for (size_t i = 0; i < facts->faq_count; i++) {
		html_open(html, "details");
		html_element(html, "summary", NULL, site_text(site, &facts->faq[i].question));
		html_prose(html, site_text(site, &facts->faq[i].answer));
		html_close(html);
	}
	site_board_faq(site, board);
	html_close(html);
}

/* the way to other years, back and forth. */
static void put_years(struct site *site, const struct site_edition *edition,
		      const struct site_edition *other, size_t count, bool later)
{
	struct html *html = &site->html;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const int year = other[i].facts->fiscal_year, own = edition->facts->fiscal_year;

		if (later ? year <= own : year >= own)
			continue;
		if (!any) {
			html_open(html, "section");
			html_tell(html, "h2", NULL, later ? "新しい年度" : "前の年度",
				  later ? "Later years" : "Earlier years");
			html_open(html, "ul");
		}
		any = true;
		html_open(html, "li");
		html_text(html, fiscal_year(site, other[i].facts));
		html_say(html, "　", " ");
		site_link(site, NULL,
			  site_path(site, SITE_PREFIX "/%.*s", SV_ARG(other[i].entry->slug)),
			  site_text(site, &other[i].facts->name));
		html_close(html);
	}
	if (any) {
		html_close(html);
		html_close(html);
	}
}

/* The way to the form, or why there is none. */
static void put_call(struct site *site, const struct site_edition *edition)
{
	struct html *html = &site->html;

	switch (site_reception(edition)) {
	case SITE_OPEN:
		html_open(html, "p");
		site_link(site, "button",
			  site_path(site, SITE_PREFIX "/%.*s/apply", SV_ARG(edition->entry->slug)),
			  html->english ? SV("Apply") : SV("申し込む"));
		html_close(html);
		break;
	case SITE_NOT_YET:
		html_element(html, "p", "notice",
			     arena_printf(site->arena,
					  html->english ? "Applications open on %.*s."
							: "お申し込みの受付は%.*sに始まります。",
					  SV_ARG(site_day(site, edition->facts->opens))));
		break;
	case SITE_FULL:
		html_tell(html, "p", "notice",
			  "すべての支援コースが定員に達しました。お申し込みは受け付けていません。",
			  "All courses are full. No applications are taken.");
		break;
	case SITE_OVER:
		html_tell(html, "p", "notice", "お申し込みは終了しました。",
			  "Applications are closed.");
		break;
	}
}

static struct sv hours(const struct site *site, bool weekdays_only, unsigned from, unsigned to)
{
	const bool english = site->html.english;

	return arena_printf(site->arena,
			    english ? "%s%u:%02u to %u:%02u" : "%s%u:%02u から %u:%02u まで",
			    !weekdays_only ? ""
			    : english	   ? "Business days "
					   : "平日 ",
			    from / 60, from % 60, to / 60, to % 60);
}

/* When the desks answer, what they do, and when somebody comes. */
static void put_service_hours(struct site *site, const struct programme_facts *facts)
{
	struct html *html = &site->html;

	if (!facts->desk_day_and_night && !facts->has_onsite && !facts->has_consultation)
		return;
	html_open(html, "section");
	html_attribute(html, "id", SV("hours"));
	html_tell(html, "h2", NULL, "対応する時間", "When we are there");
	html_open(html, "dl");
	if (facts->has_consultation)
		site_row_text(site, "ご相談", "Questions",
			      hours(site, facts->consultation_weekdays_only,
				    facts->consultation_from_minute, facts->consultation_to_minute));
	if (facts->desk_day_and_night)
		site_row_text(site, "見守りと緊急の相談", "Monitoring and emergencies",
			      html->english ? SV("24 hours, 365 days") : SV("24 時間 365 日"));
	if (facts->has_onsite)
		site_row_text(site, "現地での対応", "Visits on site",
			      hours(site, facts->onsite_weekdays_only, facts->onsite_from_minute,
				    facts->onsite_to_minute));
	html_close(html);
	if (facts->desk_day_and_night && facts->handling == HANDLING_ISOLATION)
		html_tell(html, "p", NULL,
			  "インシデントと判断したときは、端末をネットワークから遠隔で隔離してご連絡します。",
			  "In an incident the device is isolated from the network remotely, and we contact you.");
	else if (facts->desk_day_and_night)
		html_tell(html, "p", NULL,
			  "インシデントと判断したときは、遠隔で脅威を取り除いてご連絡します。",
			  "In an incident the threat is removed remotely, and we contact you.");
	html_close(html);
}

/* what binds the handling of data. */
static void put_policies(struct site *site, const struct programme_facts *facts)
{
	struct html *html = &site->html;

	if (facts->policy_count == 0)
		return;
	html_open(html, "section");
	html_attribute(html, "id", SV("policies"));
	html_tell(html, "h2", NULL, "個人情報とサイトの方針", "Policies");
	html_open(html, "ul");
	for (size_t i = 0; i < facts->policy_count; i++) {
		html_open(html, "li");
		site_link(site, NULL, facts->policy[i].url, site_text(site, &facts->policy[i].name));
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

/* Pages of their own: sessions, and the record of a draw. */
static void put_ways(struct site *site, const struct site_edition *edition)
{
	const struct sv slug = edition->entry->slug;
	struct html *html = &site->html;
	const bool lottery = edition->facts->selection.kind == SELECTION_LOTTERY;

	if (edition->facts->session_count > 0) {
		html_open(html, "p");
		site_link(site, NULL, site_path(site, SITE_PREFIX "/%.*s/sessions", SV_ARG(slug)),
			  html->english ? SV("Sessions: dates, booking, material")
					: SV("説明会・セミナーの日程、予約、資料"));
		html_close(html);
	}
	if (lottery) {
		html_open(html, "p");
		site_link(site, NULL, site_path(site, SITE_PREFIX "/%.*s/lottery", SV_ARG(slug)),
			  html->english ? SV("The draw: list, result and how to check it")
					: SV("抽選の記録（名簿、結果、確かめ方）"));
		html_close(html);
	}
}

void site_programme_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			 const struct site_edition *edition, const struct site_edition *other,
			 size_t other_count, const struct site_board *board)
{
	const struct programme_facts *facts = edition->facts;
	const struct site_head head = {
		.title = english ? facts->name.en : facts->name.ja,
		.facts = facts,
		.path = arena_printf(arena, SITE_PREFIX "/%.*s", SV_ARG(edition->entry->slug)),
	};
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	html_open(html, "p");
	html_class(html, "year");
	html_text(html, fiscal_year(&site, facts));
	put_reception(&site, site_reception(edition));
	html_close(html);
	html_element(html, "h1", NULL, head.title);
	put_call(&site, edition);
	site_board_visitors(&site, board);
	site_board_news(&site, edition->entry->slug, board);
	site_chapter(&site, "purpose", "目的", "Purpose", site_text(&site, &facts->purpose));
	site_chapter(&site, "target", "対象となる企業", "Who can apply",
		     site_text(&site, &facts->target));
	put_courses(&site, edition);
	put_service_hours(&site, facts);
	site_chapter(&site, "period", "受付期間", "Period", period(&site, facts));
	site_chapter(&site, "flow", "お申し込みからの流れ", "From application to support",
		     site_text(&site, &facts->flow));
	put_ways(&site, edition);
	site_chapter(&site, "notes", "ご注意", "Please note", site_text(&site, &facts->notes));
	html_open(html, "section");
	html_attribute(html, "id", SV("cost"));
	html_tell(html, "h2", NULL, "費用", "Costs");
	site_own_cost(&site, facts);
	html_close(html);
	if (facts->shows_liability)
		site_chapter(&site, "liability", "免責", "Liability",
			     site_text(&site, &facts->liability));
	if (board->has_results)
		site_results_link(&site, edition->entry->slug);
	site_board_downloads(&site, facts, edition->entry->slug, board);
	site_board_texts(&site, edition->entry->slug, board);
	put_faq(&site, facts, board);
	put_policies(&site, facts);
	put_years(&site, edition, other, other_count, false);
	put_years(&site, edition, other, other_count, true);
	put_call(&site, edition);
	site_end(&site, &head);
}
