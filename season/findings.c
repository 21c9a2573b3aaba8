/* What stands out in a season, in sentences for people. */
#include "season/page.h"

#define BUSY_PART 0.5	 /* of a week's work: from there on a queue is worth a sentence */
#define MEDIAN_OF_MIN 10 /* cases: fewer say nothing about how long things take */

struct list {
	const struct page *page;
	const struct season_result *season;
	struct finding *item;
	size_t count;
};

static void add(struct list *list, enum finding_kind kind, struct sv text)
{
	if (list->count < FINDINGS_MAX && text.p)
		list->item[list->count++] = (struct finding){ kind, text };
}

static void add_received(struct list *list)
{
	const struct season_result *season = list->season;

	add(list, FINDING_PLAIN,
	    list->page->english
		    ? arena_printf(list->page->arena,
				   "Of %u companies that try, %u are received and %u refused; "
				   "%u take part for certain.",
				   season->tried, season->received, season->refused,
				   season->marked[MARK_CONFIRMED])
		    : arena_printf(list->page->arena,
				   "申し込む%u社のうち%u社を受け付け、%u社はお断りになります。"
				   "参加が確定するのは%u社です。",
				   season->tried, season->received, season->refused,
				   season->marked[MARK_CONFIRMED]));
}

static void add_breaches(struct list *list)
{
	const struct page *page = list->page;
	uint32_t all = 0;

	for (size_t s = 0; s < page->facts->state_count; s++) {
		const uint32_t breach = list->season->state[s].breach;
		const struct programme_state *state = &page->facts->state[s];
		bool is_hard;
		const struct programme_text due = programme_due_text(list->season->programme, s,
								     &is_hard, page->arena);

		all += breach;
		if (breach == 0)
			continue;
		add(list, FINDING_BAD,
		    page->english
			    ? arena_printf(page->arena,
					   "The deadline of “%.*s” (%.*s, %.*s) is broken %u times.",
					   SV_ARG(state->name.en),
					   SV_ARG(programme_actor_text(state->actor).en),
					   SV_ARG(due.en), breach)
			    : arena_printf(page->arena,
					   "「%.*s」の守るべき期限（%.*s・%.*s）を%u件で超えます。",
					   SV_ARG(state->name.ja),
					   SV_ARG(programme_actor_text(state->actor).ja),
					   SV_ARG(due.ja), breach));
	}
	if (all == 0)
		add(list, FINDING_GOOD,
		    sv_from(page->english ? "Every deadline that must be kept is kept."
					  : "守るべき期限はすべて守られます。"));
}

static void add_queues(struct list *list)
{
	const struct page *page = list->page;

	for (int role = 0; role < BY_COUNT; role++) {
		const struct season_role_sum *sum = &list->season->role[role];
		const double week = list->season->policy->role[role].per_week;
		const struct programme_text name = programme_actor_text((enum programme_actor)role);

		if (role == BY_APPLICANT || sum->peak == 0 || sum->peak < week * BUSY_PART)
			continue;
		add(list, sum->peak > week ? FINDING_BAD : FINDING_PLAIN,
		    page->english
			    ? arena_printf(page->arena,
					   "Work for the %.*s piles up to %u pieces in the %.*s "
					   "(it does %.0f in a week).",
					   SV_ARG(name.en), sum->peak,
					   SV_ARG(page_week(page, sum->peak_week)), week)
			    : arena_printf(page->arena,
					   "%.*sの仕事は、%.*sに最大%u件たまります（1週間にこなせる"
					   "のは%.0f件）。",
					   SV_ARG(name.ja), SV_ARG(page_week(page, sum->peak_week)),
					   sum->peak, week));
	}
}

static void add_seats(struct list *list)
{
	const struct page *page = list->page;

	for (size_t i = 0; i < page->facts->course_count; i++) {
		const struct season_course_sum *course = &list->season->course[i];
		const struct programme_text name = page->facts->course[i].name;

		if (!course->has_full)
			continue;
		add(list, FINDING_PLAIN,
		    page->english
			    ? arena_printf(page->arena, "%.*s is full on %.*s (%u places).",
					   SV_ARG(name.en), SV_ARG(page_day(page, course->full)),
					   course->places)
			    : arena_printf(page->arena, "%.*sは%.*sに定員%uに達します。",
					   SV_ARG(name.ja), SV_ARG(page_day(page, course->full)),
					   course->places));
	}
}

static void add_times(struct list *list)
{
	const struct season_span *span = &list->season->since_receipt[MARK_CONFIRMED];
	const struct page *page = list->page;

	if (span->count < MEDIAN_OF_MIN)
		return;
	add(list, FINDING_PLAIN,
	    page->english
		    ? arena_printf(page->arena,
				   "From receipt to certain participation: half within %u days, nine "
				   "of ten within %u.",
				   span->median, span->p90)
		    : arena_printf(page->arena,
				   "受付から参加確定まで、半数は%u日以内、10社中9社は%u日以内です。",
				   span->median, span->p90));
}

static void add_draw(struct list *list)
{
	const struct season_result *season = list->season;
	const struct page *page = list->page;

	if (!season->has_draw)
		return;
	add(list, FINDING_PLAIN,
	    page->english
		    ? arena_printf(page->arena, "%u companies are in the draw on %.*s; %u win.",
				   season->entries, SV_ARG(page_day(page, season->draw)),
				   season->won)
		    : arena_printf(page->arena, "%.*sの抽選に%u社が臨み、%u社が当選します。",
				   SV_ARG(page_day(page, season->draw)), season->entries,
				   season->won));
}

static void add_losses(struct list *list)
{
	const struct season_result *season = list->season;
	const struct page *page = list->page;

	if (season->silent > 0)
		add(list, FINDING_PLAIN,
		    page->english
			    ? arena_printf(page->arena,
					   "%u companies never answer; the office ends them.",
					   season->silent)
			    : arena_printf(page->arena,
					   "%u社は返事がないまま、事務局が終了します。",
					   season->silent));
	if (season->stuck > 0)
		add(list, FINDING_BAD,
		    page->english
			    ? arena_printf(page->arena,
					   "%u times nobody could do anything with an application: "
					   "look at the conditions of its steps.",
					   season->stuck)
			    : arena_printf(page->arena,
					   "%u回、申込みを先へ進める操作が一つもできませんでした。"
					   "段階の条件を見直してください。",
					   season->stuck));
}

size_t findings_of(const struct page *page, const struct season_result *season,
		   struct finding ret[static FINDINGS_MAX])
{
	struct list list = { page, season, ret, 0 };

	add_received(&list);
	add_breaches(&list);
	add_queues(&list);
	add_seats(&list);
	add_times(&list);
	add_draw(&list);
	add_losses(&list);
	return list.count;
}
