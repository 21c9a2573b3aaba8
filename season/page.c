/* A season, or two beside each other, as a page that needs nothing else. */
#include "season/page.h"

#include "season/season_style_generated.h"

#define PAGE_MEMORY ((size_t)64 << 20)
#define HEAT_STEPS 6 /* shades of the table of weeks */

struct sv page_day(const struct page *page, struct day day)
{
	char text[DAY_TEXT_MAX];

	return arena_dup(page->arena,
			 sv_from(day_format(day, page->english ? DAY_ENGLISH : DAY_SHORT, text)));
}

struct sv page_week(const struct page *page, unsigned week)
{
	const struct day day = day_add(page->season[0]->from, (int32_t)week * 7);
	const struct sv text = page_day(page, day);

	return page->english ? arena_printf(page->arena, "week of %.*s", SV_ARG(text))
			     : arena_printf(page->arena, "%.*sからの週", SV_ARG(text));
}

bool page_has_role(const struct page *page, int role)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct season_role_sum *sum = &page->season[i]->role[role];

		if (sum->come > 0 || sum->peak > 0)
			return true;
	}
	return false;
}

void page_heading(struct page *page, const char *ja, const char *en)
{
	html_open(&page->html, "section");
	html_tell(&page->html, "h2", NULL, ja, en);
}

void page_cell(struct page *page, struct sv text)
{
	html_element(&page->html, "td", "n", text);
}

struct sv page_number(const struct page *page, double value)
{
	return arena_printf(page->arena, "%.0f", value);
}

void page_policy(struct page *page, const char *tag, size_t at)
{
	html_element(&page->html, tag, at == 0 ? "name" : "name b",
		     page->season[at]->policy->name);
}

void page_policy_heads(struct page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		html_open(&page->html, "th");
		html_class(&page->html, "n");
		html_attribute(&page->html, "scope", SV("col"));
		html_text(&page->html, page->season[i]->policy->name);
		html_close(&page->html);
	}
}

void page_row_head(struct page *page, struct sv text)
{
	html_open(&page->html, "th");
	html_attribute(&page->html, "scope", SV("row"));
	html_text(&page->html, text);
	html_close(&page->html);
}

/* ---- what stands out ---- */

static void put_findings(struct page *page)
{
	static const char *const class[] = { NULL, "good", "bad" };
	struct finding finding[FINDINGS_MAX];
	struct html *html = &page->html;

	page_heading(page, "要点", "What stands out");
	html_open(html, "div");
	html_class(html, "two");
	for (size_t i = 0; i < page->count; i++) {
		const size_t count = findings_of(page, page->season[i], finding);

		html_open(html, "div");
		page_policy(page, "h3", i);
		html_open(html, "ul");
		html_class(html, "find");
		for (size_t k = 0; k < count; k++)
			html_element(html, "li", class[finding[k].kind], finding[k].text);
		html_close(html);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

/* ---- figures ---- */

struct figure {
	const char *ja, *en;
	double (*value)(const struct season_result *season);
};

static double sum_breach(const struct season_result *season)
{
	double sum = 0;

	for (int role = 0; role < BY_COUNT; role++)
		sum += season->role[role].breach;
	return sum;
}

static double sum_late(const struct season_result *season)
{
	double sum = 0;

	for (int role = 0; role < BY_COUNT; role++)
		sum += season->role[role].late;
	return sum;
}

static double ended(const struct season_result *season)
{
	return season->marked[MARK_ENDED];
}
static double tried(const struct season_result *season)
{
	return season->tried;
}
static double received(const struct season_result *season)
{
	return season->received;
}
static double refused(const struct season_result *season)
{
	return season->refused;
}
static double completed(const struct season_result *season)
{
	return season->marked[MARK_COMPLETED];
}
static double confirmed(const struct season_result *season)
{
	return season->marked[MARK_CONFIRMED];
}
static double installed(const struct season_result *season)
{
	return season->marked[MARK_INSTALLED];
}
static double withdrew(const struct season_result *season)
{
	return season->withdrew;
}
static double median_days(const struct season_result *season)
{
	return season->since_receipt[MARK_CONFIRMED].median;
}
static double p90_days(const struct season_result *season)
{
	return season->since_receipt[MARK_CONFIRMED].p90;
}

static void put_figure(struct page *page, const struct figure *figure)
{
	struct html *html = &page->html;

	html_open(html, "tr");
	page_row_head(page, sv_from(page->english ? figure->en : figure->ja));
	for (size_t i = 0; i < page->count; i++)
		page_cell(page, page_number(page, figure->value(page->season[i])));
	if (page->count == 2)
		page_cell(page, arena_printf(page->arena, "%+.0f",
					       figure->value(page->season[1]) -
						       figure->value(page->season[0])));
	html_close(html);
}

static void put_figures(struct page *page)
{
	static const struct figure figure[] = {
		{ "申し込んだ会社", "Companies that tried", tried },
		{ "受け付けた申込み", "Received", received },
		{ "お断り（要件・定員など）", "Refused (conditions, no place)", refused },
		{ "申込完了", "Completed", completed },
		{ "参加確定", "Participation certain", confirmed },
		{ "導入・支援開始", "Installed", installed },
		{ "手続きの終了", "Ended", ended },
		{ "辞退", "Withdrew", withdrew },
		{ "守るべき期限の超過", "Deadlines broken", sum_breach },
		{ "目安の期限の超過", "Soft deadlines passed", sum_late },
		{ "受付から参加確定まで（中央値・日）", "Days to certainty (median)", median_days },
		{ "受付から参加確定まで（9割・日）", "Days to certainty (nine of ten)", p90_days },
	};
	struct html *html = &page->html;

	page_heading(page, "数字で見る", "Figures");
	html_open(html, "table");
	html_open(html, "thead");
	html_open(html, "tr");
	html_tell(html, "th", NULL, "項目", "Figure");
	page_policy_heads(page);
	if (page->count == 2)
		html_tell(html, "th", "n", "差", "Difference");
	html_close(html);
	html_close(html);
	html_open(html, "tbody");
	for (size_t i = 0; i < sizeof figure / sizeof *figure; i++)
		put_figure(page, &figure[i]);
	html_close(html);
	html_close(html);
	html_close(html);
}

/* ---- the table of weeks ---- */

static unsigned heat(uint32_t queue, double week)
{
	const double part = week > 0 ? queue / week : queue > 0 ? 9 : 0;

	return queue == 0 ? 0 : part <= 0.1 ? 1 : part <= 0.5 ? 2 : part <= 1 ? 3 : part <= 2 ? 4 : 5;
}

static void put_heat_head(struct page *page)
{
	struct html *html = &page->html;
	unsigned month = 0;

	html_open(html, "thead");
	html_open(html, "tr");
	html_tell(html, "th", NULL, "役割", "Role");
	for (unsigned week = 0; week < page->season[0]->weeks; week++) {
		const struct civil civil =
			day_to_civil(day_add(page->season[0]->from, (int32_t)week * 7));

		html_open(html, "th");
		html_attribute(html, "scope", SV("col"));
		html_text(html, civil.month == month
					? arena_printf(page->arena, "%u", civil.day)
					: arena_printf(page->arena, "%u/%u", civil.month, civil.day));
		html_close(html);
		month = civil.month;
	}
	html_close(html);
	html_close(html);
}

static void put_heat_row(struct page *page, size_t at, int role)
{
	static const char *const class[HEAT_STEPS] = { "h0", "h1", "h2", "h3", "h4", "h5" };
	const struct season_result *season = page->season[at];
	const struct sv name = page_text(page, programme_actor_text((enum programme_actor)role));
	struct html *html = &page->html;

	html_open(html, "tr");
	page_row_head(page, page->count == 1 ? name
					: arena_printf(page->arena, "%.*s（%.*s）", SV_ARG(name),
						       SV_ARG(season->policy->name)));
	for (unsigned week = 0; week < season->weeks; week++) {
		const uint32_t queue = season->role[role].week[week].queue;

		html_element(html, "td",
			     class[heat(queue, season->policy->role[role].per_week)],
			     queue > 0 ? page_number(page, queue) : SV(""));
	}
	html_close(html);
}

static void put_heat_key(struct page *page)
{
	static const struct {
		const char *class, *ja, *en;
	} key[] = {
		{ "h1", "1割まで", "up to 10 %" }, { "h2", "半分まで", "up to half" },
		{ "h3", "1週間分まで", "up to a week" }, { "h4", "2週間分まで", "up to two weeks" },
		{ "h5", "それ以上", "more" },
	};

	html_open(&page->html, "p");
	html_class(&page->html, "quiet key");
	html_say(&page->html, "1週間にこなせる件数に対して：", "Against what the role does in a week: ");
	for (size_t i = 0; i < sizeof key / sizeof *key; i++)
		html_tell(&page->html, "span", key[i].class, key[i].ja, key[i].en);
	html_close(&page->html);
}

static void put_heat(struct page *page)
{
	struct html *html = &page->html;

	page_heading(page, "仕事のたまり方（役割と週ごと）", "Where work piles up (role and week)");
	html_tell(html, "p", "quiet", "週の終わりに、その役割の手番で待っている件数です。",
		  "Pieces of work that wait for the role at the end of the week.");
	put_heat_key(page);
	html_open(html, "div");
	html_class(html, "scroll");
	html_attribute(html, "tabindex", SV("0"));
	html_attribute(html, "role", SV("region"));
	html_attribute(html, "aria-label",
		       sv_from(page->english ? "Work by role and week" : "役割と週ごとの件数"));
	html_open(html, "table");
	html_class(html, "heat");
	put_heat_head(page);
	html_open(html, "tbody");
	for (int role = 0; role < BY_COUNT; role++) {
		for (size_t i = 0; i < page->count && page_has_role(page, role); i++)
			put_heat_row(page, i, role);
	}
	html_close(html);
	html_close(html);
	html_close(html);
	html_close(html);
}

/* ---- pictures ---- */

static void put_legend(struct page *page)
{
	if (page->count < 2)
		return;
	html_open(&page->html, "p");
	html_class(&page->html, "legend");
	for (size_t i = 0; i < page->count; i++)
		page_policy(page, "span", i);
	html_close(&page->html);
}

static void put_queues(struct page *page)
{
	static const char *const class[] = { "a", "b" };
	struct html *html = &page->html;

	page_heading(page, "待っている件数の推移", "Queues over the weeks");
	html_tell(html, "p", "quiet", "点線は、1週間にこなせる件数です。",
		  "The dotted line is what the role does in a week.");
	put_legend(page);
	html_open(html, "div");
	html_class(html, "two");
	for (int role = 0; role < BY_COUNT; role++) {
		const struct sv name =
			page_text(page, programme_actor_text((enum programme_actor)role));
		struct series series[2];

		if (!page_has_role(page, role))
			continue;
		for (size_t i = 0; i < page->count; i++)
			series[i] = (struct series){ class[i],
						     &page->season[i]->role[role].week[0].queue,
						     sizeof(struct season_week) };
		html_open(html, "div");
		html_element(html, "h3", NULL, name);
		chart_lines(page, name, series, page->count,
			    role == BY_APPLICANT ? 0
						 : page->season[0]->policy->role[role].per_week);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

/* One colour of a chart, and what it means. */
static void put_swatch(struct html *html, const char *class, const char *ja, const char *en)
{
	html_open(html, "span");
	html_element(html, "span", class, SV(""));
	html_say(html, ja, en);
	html_close(html);
}

/* Deadlines that passed, of all roles. */
static void put_lateness(struct page *page)
{
	struct html *html = &page->html;

	page_heading(page, "期限を過ぎた件数（週ごと）", "Deadlines passed, by week");
	html_open(html, "p");
	html_class(html, "legend");
	put_swatch(html, "swatch bad", "守るべき期限", "must be kept");
	put_swatch(html, "swatch soft", "目安の期限", "soft");
	html_close(html);
	html_open(html, "div");
	html_class(html, "two");
	for (size_t i = 0; i < page->count; i++) {
		uint32_t(*sum)[2] = arena_zalloc(page->arena, SEASON_WEEKS_MAX, sizeof *sum);
		const struct series series[] = { { "bad", &sum[0][0], sizeof *sum },
						 { "soft", &sum[0][1], sizeof *sum } };

		for (unsigned week = 0; sum && week < page->season[i]->weeks; week++) {
			for (int role = 0; role < BY_COUNT; role++) {
				sum[week][0] += page->season[i]->role[role].week[week].breach;
				sum[week][1] += page->season[i]->role[role].week[week].late;
			}
		}
		html_open(html, "div");
		page_policy(page, "h3", i);
		if (sum)
			chart_bars(page, page->season[i]->policy->name, series, 2);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

static void put_arrivals(struct page *page)
{
	struct html *html = &page->html;

	page_heading(page, "申込みの到着（週ごと）", "Applications by week");
	html_open(html, "p");
	html_class(html, "legend");
	put_swatch(html, "swatch good", "受け付けた", "received");
	put_swatch(html, "swatch soft", "お断りした", "refused");
	html_close(html);
	html_open(html, "div");
	html_class(html, "two");
	for (size_t i = 0; i < page->count; i++) {
		const struct series series[] = {
			{ "good", page->season[i]->received_week, sizeof(uint32_t) },
			{ "soft", page->season[i]->refused_week, sizeof(uint32_t) },
		};

		html_open(html, "div");
		page_policy(page, "h3", i);
		chart_bars(page, page->season[i]->policy->name, series, 2);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

static void put_seats(struct page *page)
{
	static const char *const class[] = { "a", "b" };
	struct html *html = &page->html;

	page_heading(page, "席の埋まり方", "Places taken");
	put_legend(page);
	html_open(html, "div");
	html_class(html, "two");
	for (size_t c = 0; c < page->facts->course_count; c++) {
		const struct sv name = page_text(page, page->facts->course[c].name);
		struct series series[2];

		for (size_t i = 0; i < page->count; i++)
			series[i] = (struct series){ class[i], page->season[i]->course[c].week,
						     sizeof(uint32_t) };
		html_open(html, "div");
		html_element(html, "h3", NULL,
			     page->english
				     ? arena_printf(page->arena, "%.*s (%u places)", SV_ARG(name),
						    page->season[0]->course[c].places)
				     : arena_printf(page->arena, "%.*s（定員%u）", SV_ARG(name),
						    page->season[0]->course[c].places));
		chart_lines(page, name, series, page->count, page->season[0]->course[c].places);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

/* ---- all of it ---- */

static void put_head(struct page *page)
{
	struct html *html = &page->html;
	const struct season_result *first = page->season[0];

	html_open(html, "head");
	html_open(html, "meta");
	html_attribute(html, "charset", SV("utf-8"));
	html_close(html);
	html_open(html, "meta");
	html_attribute(html, "http-equiv", SV("Content-Security-Policy"));
	html_attribute(html, "content",
		       SV("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
			  "form-action 'none'"));
	html_close(html);
	html_open(html, "meta");
	html_attribute(html, "name", SV("viewport"));
	html_attribute(html, "content", SV("width=device-width, initial-scale=1"));
	html_close(html);
	html_open(html, "title");
	html_say(html, "シーズンの試算：", "A season of ");
	html_text(html, page_text(page, page->facts->short_name));
	html_close(html);
	html_open(html, "style");
	html_text(html, SV(""));
	buf_put_sv(html->buf, SV(SEASON_STYLE_TEXT)); /* ours, and no text: nothing is escaped in it */
	html_close(html);
	html_close(html);
	html_open(html, "body");
	html_open(html, "header");
	html_open(html, "h1");
	html_say(html, "シーズンの試算：", "A season of ");
	html_text(html, page_text(page, page->facts->name));
	html_close(html);
	html_element(html, "p", "quiet",
		     arena_printf(page->arena,
				  page->english ? "%.*s and %u days · %u companies · seed %llu"
						: "%.*sから%u日間・%u社・乱数の種%llu",
				  SV_ARG(page_day(page, first->from)), first->days,
				  first->companies, (unsigned long long)first->seed));
	html_close(html);
}

void season_put_page(struct buf *out, struct season_result *const *season, size_t count,
		     bool english)
{
	struct page page = { .html = html_begin(out, english), .season = season, .count = count,
			     .facts = programme_facts(season[0]->programme),
			     .arena = arena_new(PAGE_MEMORY), .english = english };

	html_open(&page.html, "html");
	html_attribute(&page.html, "lang", english ? SV("en") : SV("ja"));
	put_head(&page);
	html_open(&page.html, "main");
	put_findings(&page);
	put_figures(&page);
	put_heat(&page);
	put_queues(&page);
	put_lateness(&page);
	put_arrivals(&page);
	put_seats(&page);
	page_put_draw(&page);
	page_put_states(&page);
	page_put_reasons(&page);
	page_put_assumptions(&page);
	html_close(&page.html);
	html_close(&page.html);
	html_close(&page.html);
	arena_free(page.arena);
}

void season_put_table(struct buf *out, struct season_result *const *season, size_t count,
		      bool english)
{
	struct page page = { .season = season, .count = count,
			     .facts = programme_facts(season[0]->programme),
			     .arena = arena_new(PAGE_MEMORY), .english = english };
	struct finding finding[FINDINGS_MAX];

	for (size_t i = 0; i < count; i++) {
		const size_t found = findings_of(&page, season[i], finding);

		buf_printf(out, "%s%.*s\n", i ? "\n" : "", SV_ARG(season[i]->policy->name));
		for (size_t k = 0; k < found; k++)
			buf_printf(out, "  %s %.*s\n", finding[k].kind == FINDING_BAD ? "!" : "-",
				   SV_ARG(finding[k].text));
	}
	arena_free(page.arena);
}
