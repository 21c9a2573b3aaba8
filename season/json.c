/* The season as JSON, for machines. */
#include <inttypes.h>

#include "season/internal.h"

static void put_name(struct buf *out, bool first, const char *name)
{
	buf_printf(out, "%s\"%s\":", first ? "" : ",", name);
}

static void put_text(struct buf *out, struct programme_text text)
{
	buf_put_sv(out, SV("{\"ja\":"));
	buf_put_json(out, text.ja);
	buf_put_sv(out, SV(",\"en\":"));
	buf_put_json(out, text.en);
	buf_put_char(out, '}');
}

static void put_day(struct buf *out, struct day day)
{
	char text[DAY_TEXT_MAX];

	buf_printf(out, "\"%s\"", day_format(day, DAY_ISO, text));
}

static void put_span(struct buf *out, const struct season_span *span)
{
	buf_printf(out, "{\"count\":%" PRIu32 ",\"median\":%u,\"p90\":%u,\"longest\":%u}",
		   span->count, span->median, span->p90, span->longest);
}

static void put_numbers(struct buf *out, const uint32_t *number, unsigned count)
{
	buf_put_char(out, '[');
	for (unsigned i = 0; i < count; i++)
		buf_printf(out, "%s%" PRIu32, i ? "," : "", number[i]);
	buf_put_char(out, ']');
}

static void put_role(struct buf *out, const struct season_result *season, int at)
{
	const struct season_role_sum *role = &season->role[at];

	buf_printf(out,
		   "{\"role\":\"%s\",\"come\":%" PRIu32 ",\"done\":%" PRIu32 ",\"late\":%" PRIu32
		   ",\"breach\":%" PRIu32 ",\"peak\":%" PRIu32 ",\"peak_week\":%u,\"weeks\":[",
		   programme_actor_name((enum programme_actor)at), role->come, role->done,
		   role->late, role->breach, role->peak, role->peak_week + 1);
	for (unsigned week = 0; week < season->weeks; week++) {
		const struct season_week *one = &role->week[week];

		buf_printf(out,
			   "%s{\"queue\":%" PRIu32 ",\"come\":%" PRIu32 ",\"done\":%" PRIu32
			   ",\"late\":%" PRIu32 ",\"breach\":%" PRIu32 "}",
			   week ? "," : "", one->queue, one->come, one->done, one->late,
			   one->breach);
	}
	buf_put_sv(out, SV("]}"));
}

static void put_roles(struct buf *out, const struct season_result *season)
{
	bool first = true;

	put_name(out, false, "roles");
	buf_put_char(out, '[');
	for (int role = 0; role < BY_COUNT; role++) {
		if (season->role[role].come == 0 && season->role[role].peak == 0)
			continue;
		buf_put_sv(out, first ? SV("") : SV(","));
		put_role(out, season, role);
		first = false;
	}
	buf_put_char(out, ']');
}

static void put_states(struct buf *out, const struct season_result *season)
{
	const struct programme_facts *facts = programme_facts(season->programme);

	put_name(out, false, "states");
	buf_put_char(out, '[');
	for (size_t s = 0; s < facts->state_count; s++) {
		const struct season_state_sum *state = &season->state[s];

		buf_put_sv(out, s ? SV(",{\"state\":") : SV("{\"state\":"));
		buf_put_json(out, facts->state[s].id);
		put_name(out, false, "name");
		put_text(out, facts->state[s].name);
		buf_printf(out,
			   ",\"final\":%s,\"entered\":%" PRIu32 ",\"now\":%" PRIu32
			   ",\"late\":%" PRIu32 ",\"breach\":%" PRIu32 ",\"days\":",
			   facts->state[s].final ? "true" : "false", state->entered, state->now,
			   state->late, state->breach);
		put_span(out, &state->stay);
		buf_put_char(out, '}');
	}
	buf_put_char(out, ']');
}

static void put_courses(struct buf *out, const struct season_result *season)
{
	const struct programme_facts *facts = programme_facts(season->programme);

	put_name(out, false, "courses");
	buf_put_char(out, '[');
	for (size_t i = 0; i < facts->course_count; i++) {
		const struct season_course_sum *course = &season->course[i];

		buf_put_sv(out, i ? SV(",{\"course\":") : SV("{\"course\":"));
		buf_put_json(out, facts->course[i].id);
		buf_printf(out, ",\"places\":%" PRIu32 ",\"taken\":%" PRIu32 ",\"full_on\":",
			   course->places, course->taken);
		if (course->has_full)
			put_day(out, course->full);
		else
			buf_put_sv(out, SV("null"));
		put_name(out, false, "weeks");
		put_numbers(out, course->week, season->weeks);
		buf_put_char(out, '}');
	}
	buf_put_char(out, ']');
}

static const char *refusal_word(enum refusal why)
{
	switch (why) {
	case REFUSAL_FIELDS: return "fields";
	case REFUSAL_CONDITION: return "condition";
	case REFUSAL_CLOSED: return "closed";
	case REFUSAL_FULL: return "full";
	case REFUSAL_INELIGIBLE: return "ineligible";
	default: return "other";
	}
}

static void put_reasons(struct buf *out, const struct season_result *season)
{
	put_name(out, false, "refusals");
	buf_put_char(out, '[');
	for (size_t i = 0; i < season->reason_count; i++) {
		const struct season_reason *reason = &season->reason[i];

		buf_printf(out, "%s{\"why\":\"%s\",\"id\":", i ? "," : "",
			   refusal_word(reason->why));
		buf_put_json(out, reason->id);
		put_name(out, false, "text");
		put_text(out, reason->text);
		buf_printf(out, ",\"count\":%" PRIu32 "}", reason->count);
	}
	buf_put_char(out, ']');
}

static void put_marks(struct buf *out, const struct season_result *season)
{
	put_name(out, false, "marks");
	buf_put_char(out, '{');
	for (int mark = 0; mark < MARK_COUNT; mark++) {
		put_name(out, mark == 0, mark_name((enum mark)mark));
		buf_printf(out, "{\"count\":%" PRIu32 ",\"days_since_receipt\":",
			   season->marked[mark]);
		put_span(out, &season->since_receipt[mark]);
		buf_put_char(out, '}');
	}
	buf_put_char(out, '}');
}

static void put_lottery(struct buf *out, const struct season_result *season)
{
	const struct programme_selection *selection =
		&programme_facts(season->programme)->selection;

	if (selection->kind != SELECTION_LOTTERY)
		return;
	put_name(out, false, "lottery");
	if (!season->has_draw) {
		buf_put_sv(out, SV("null"));
		return;
	}
	buf_put_sv(out, SV("{\"day\":"));
	put_day(out, season->draw);
	buf_printf(out, ",\"entries\":%" PRIu32 ",\"won\":%" PRIu32 ",\"frames\":[",
		   season->entries, season->won);
	for (size_t i = 0; i < selection->frame_count; i++) {
		buf_put_sv(out, i ? SV(",{\"frame\":") : SV("{\"frame\":"));
		buf_put_json(out, selection->frame[i].id);
		buf_printf(out, ",\"places\":%" PRIu32 ",\"entries\":%" PRIu32 ",\"won\":%" PRIu32 "}",
			   selection->frame[i].places, season->frame[i].entries,
			   season->frame[i].won);
	}
	buf_put_sv(out, SV("]}"));
}

static void put_season(struct buf *out, const struct season_result *season)
{
	buf_put_sv(out, SV("{\"policy\":"));
	buf_put_json(out, season->policy->name);
	buf_printf(out,
		   ",\"companies\":%" PRIu32 ",\"days\":%u,\"seed\":%" PRIu64
		   ",\"transitions\":%" PRIu64 ",\"tried\":%" PRIu32 ",\"received\":%" PRIu32
		   ",\"refused\":%" PRIu32 ",\"withdrew\":%" PRIu32 ",\"silent\":%" PRIu32
		   ",\"stuck\":%" PRIu32,
		   season->companies, season->days, season->seed, season->transitions,
		   season->tried, season->received, season->refused, season->withdrew,
		   season->silent, season->stuck);
	put_name(out, false, "received_weeks");
	put_numbers(out, season->received_week, season->weeks);
	put_name(out, false, "refused_weeks");
	put_numbers(out, season->refused_week, season->weeks);
	put_marks(out, season);
	put_roles(out, season);
	put_states(out, season);
	put_courses(out, season);
	put_reasons(out, season);
	put_lottery(out, season);
	buf_put_char(out, '}');
}

void season_put_json(struct buf *out, struct season_result *const *season, size_t count)
{
	const struct programme_facts *facts = programme_facts(season[0]->programme);

	buf_put_sv(out, SV("{\"programme\":"));
	buf_put_json(out, facts->id);
	buf_printf(out, ",\"version\":%u,\"from\":", facts->version);
	put_day(out, season[0]->from);
	put_name(out, false, "seasons");
	buf_put_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		buf_put_sv(out, i ? SV(",\n") : SV("\n"));
		put_season(out, season[i]);
	}
	buf_put_sv(out, SV("\n]}\n"));
}
