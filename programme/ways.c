/* The steps as a graph: where each event may lead, and how long a state waits. */
#include "programme/ways.h"

#include "programme/internal.h"

/* Events of `anywhere` stand in every state that is not final: the file has them once. */
static bool is_anywhere(const struct programme *programme, size_t state, size_t event)
{
	const struct event_rule *rule = &programme->state_rule[state].event[event];

	for (size_t s = 0; s < programme->facts.state_count; s++) {
		for (size_t i = 0; s != state && i < programme->facts.state[s].event_count; i++) {
			const struct event_rule *other = &programme->state_rule[s].event[i];

			if (other->line == rule->line && other->column == rule->column)
				return true;
		}
	}
	return false;
}

static bool has_way(const struct programme_ways *ways, size_t first, size_t to)
{
	for (size_t i = first; i < ways->count; i++) {
		if (ways->item[i].to == to)
			return true;
	}
	return false;
}

struct room {
	struct programme_way *item;
	struct programme_ways ways;
};

static void add_ways(struct room *room, const struct programme *programme, size_t from,
		     const struct programme_event *event, const struct event_rule *rule,
		     bool anywhere)
{
	const size_t first = room->ways.count;
	struct programme_way way = { .from = from, .to = from, .event = event,
				     .sometimes = rule->target_count > 1, .anywhere = anywhere };

	for (size_t i = 0; i < rule->target_count; i++) {
		way.to = programme_state_index(programme, rule->target[i].to);
		if (!has_way(&room->ways, first, way.to))
			room->item[room->ways.count++] = way;
	}
	if (rule->target_count == 0)
		room->item[room->ways.count++] = way;
}

static size_t count_ways(const struct programme *programme)
{
	size_t count = programme->receive_rule.target_count + 1;

	for (size_t s = 0; s < programme->facts.state_count; s++) {
		for (size_t i = 0; i < programme->facts.state[s].event_count; i++)
			count += programme->state_rule[s].event[i].target_count + 1;
	}
	return count;
}

int programme_ways(const struct programme *programme, struct arena *arena,
		   struct programme_ways *ret, struct err *err)
{
	struct room room = { arena_zalloc(arena, count_ways(programme), sizeof *room.item),
			     { NULL, 0 } };

	if (!room.item)
		return err_set(err, ERR_RANGE, "no memory for the steps");
	room.ways.item = room.item;
	add_ways(&room, programme, WAY_FROM_START, &programme->receive, &programme->receive_rule,
		 false);
	for (size_t s = 0; s < programme->facts.state_count; s++) {
		for (size_t i = 0; i < programme->facts.state[s].event_count; i++)
			add_ways(&room, programme, s, &programme->facts.state[s].event[i],
				 &programme->state_rule[s].event[i], is_anywhere(programme, s, i));
	}
	*ret = room.ways;
	return 0;
}

bool programme_releases_seats(const struct programme *programme, size_t state)
{
	return programme->state_rule[state].releases_seats;
}

bool programme_due_days(const struct programme *programme, size_t state, unsigned *ret,
			bool *ret_by_date)
{
	const struct due_rule *due = &programme->state_rule[state].due;

	*ret_by_date = due->is_set && due->date_count > 0;
	if (!due->is_set || *ret_by_date || due->from != FROM_ENTERED)
		return false;
	*ret = due->calendar_days > 0 ? due->calendar_days * 5 / 7 : due->business_days;
	return true;
}

/* ---- in words ---- */

static struct programme_text words(struct sv ja, struct sv en)
{
	return (struct programme_text){ ja.p ? ja : SV(""), en.p ? en : SV("") };
}

struct programme_text programme_actor_text(enum programme_actor actor)
{
	static const struct {
		const char *ja, *en;
	} name[BY_COUNT] = {
		[BY_CLOCK] = { "日付で自動", "clock" },
		[BY_CENTRE] = { "システム", "centre" },
		[BY_APPLICANT] = { "申込者", "applicant" },
		[BY_SECRETARIAT] = { "運営事務局", "office" },
		[BY_CITY] = { "東京都", "city" },
		[BY_EXPERT] = { "専門家", "expert" },
		[BY_DESK] = { "サポートデスク", "desk" },
		[BY_CONTRACTOR] = { "受託事業者", "contractor" },
	};

	return words(sv_from(name[actor].ja), sv_from(name[actor].en));
}

static struct programme_text day_words(struct day day, struct arena *arena)
{
	char ja[DAY_TEXT_MAX], en[DAY_TEXT_MAX];

	return words(arena_dup(arena, sv_from(day_format(day, DAY_ERA_PLAIN, ja))),
		     arena_dup(arena, sv_from(day_format(day, DAY_ENGLISH, en))));
}

/* From where it counts. */
static struct programme_text base_words(const struct programme *programme,
					const struct moment *moment, struct arena *arena)
{
	static const struct {
		const char *ja, *en;
	} mark[MARK_COUNT] = {
		[MARK_RECEIVED] = { "受付", "receipt" },
		[MARK_COMPLETED] = { "申込完了", "completion" },
		[MARK_CONFIRMED] = { "参加確定", "confirmation" },
		[MARK_APPROVED] = { "承認", "approval" },
		[MARK_INSTALLED] = { "導入", "installation" },
		[MARK_ENDED] = { "終了", "end" },
	};

	switch (moment->from) {
	case FROM_ENTERED: break;
	case FROM_MARK: return words(sv_from(mark[moment->mark].ja), sv_from(mark[moment->mark].en));
	case FROM_TRIAL_MONTH: return words(SV("体験の各月末"), SV("end of each trial month"));
	case FROM_TRIAL_END: return words(SV("体験終了"), SV("end of the trial"));
	case FROM_RECEPTION_END: return words(SV("受付終了"), SV("end of the reception"));
	case FROM_DAY: return day_words(moment->day, arena);
	case FROM_FIELD: return form_label(programme, moment->field);
	}
	return words(SV("この段階"), SV("entry"));
}

static struct programme_text within(const struct due_rule *due, struct programme_text base,
				    struct arena *arena)
{
	const unsigned days = due->calendar_days ? due->calendar_days : due->business_days;
	const char *ja = due->calendar_days ? "日" : "営業日";
	const char *en = due->calendar_days ? "days" : "business days";

	if (due->from == FROM_ENTERED)
		return words(arena_printf(arena, "%u%s以内", days, ja),
			     arena_printf(arena, "within %u %s", days, en));
	if (days == 0)
		return words(arena_printf(arena, "%.*sまで", SV_ARG(base.ja)),
			     arena_printf(arena, "until %.*s", SV_ARG(base.en)));
	return words(arena_printf(arena, "%.*sから%u%s以内", SV_ARG(base.ja), days, ja),
		     arena_printf(arena, "within %u %s after %.*s", days, en, SV_ARG(base.en)));
}

struct programme_text programme_due_text(const struct programme *programme, size_t state,
					 bool *ret_is_hard, struct arena *arena)
{
	const struct due_rule *due = &programme->state_rule[state].due;
	const struct moment from = { .from = due->from, .mark = due->mark, .day = due->day };

	*ret_is_hard = due->is_set && due->is_hard;
	if (!due->is_set)
		return words(SV(""), SV(""));
	if (due->date_count > 0) {
		const struct programme_text label = form_label(programme, due->date[0]);

		return words(arena_printf(arena, "「%.*s」まで", SV_ARG(label.ja)),
			     arena_printf(arena, "until “%.*s”", SV_ARG(label.en)));
	}
	return within(due, base_words(programme, &from, arena), arena);
}

static struct programme_text moment_words(const struct programme *programme,
					  const struct moment *moment, struct arena *arena)
{
	const struct programme_text base = base_words(programme, moment, arena);
	struct sv ja = base.ja, en = base.en;

	if (moment->months > 0) {
		ja = arena_printf(arena, "%.*sの%uか月後", SV_ARG(ja), moment->months);
		en = arena_printf(arena, "%u months after %.*s", moment->months, SV_ARG(en));
	}
	if (moment->business_days > 0) {
		ja = arena_printf(arena, "%.*sの%u営業日後", SV_ARG(ja), moment->business_days);
		en = arena_printf(arena, "%u business days after %.*s", moment->business_days,
				  SV_ARG(en));
	}
	if (moment->days == 1) {
		ja = arena_printf(arena, "%.*sの翌日", SV_ARG(ja));
		en = arena_printf(arena, "the day after %.*s", SV_ARG(en));
	} else if (moment->days != 0) {
		const int days = moment->days < 0 ? -moment->days : moment->days;

		ja = arena_printf(arena, "%.*sの%d日%s", SV_ARG(ja), days,
				  moment->days < 0 ? "前" : "後");
		en = arena_printf(arena, "%d days %s %.*s", days,
				  moment->days < 0 ? "before" : "after", SV_ARG(en));
	}
	return words(ja, en);
}

struct programme_text programme_moment_text(const struct programme *programme, size_t state,
					    const struct programme_event *event,
					    struct arena *arena)
{
	const struct event_rule *rule =
		&programme->state_rule[state].event[event - programme->facts.state[state].event];
	struct programme_text text = moment_words(programme, &rule->moment, arena);

	if (rule->moment.minute > 0) {
		text.ja = arena_printf(arena, "%.*s %u:%02u", SV_ARG(text.ja),
				       rule->moment.minute / 60, rule->moment.minute % 60);
		text.en = arena_printf(arena, "%.*s, %u:%02u", SV_ARG(text.en),
				       rule->moment.minute / 60, rule->moment.minute % 60);
	}
	return words(text.ja, text.en);
}
