/* What people say when they do something: fields of an event, by kind. */
#include "season/internal.h"

#define YES_PERCENT 92 /* of questions about which the policy says nothing */
#define FIRST_TRIES 2  /* then the way it is most likely to be taken */
#define AHEAD_DAYS 10  /* appointments lie so far ahead */

static struct day some_day_ahead(const struct said *said)
{
	struct day day = day_add(said->today, 2 + (int32_t)stream_below(said->random, AHEAD_DAYS));

	(void)calendar_roll(programme_calendar(said->programme), day, &day, NULL);
	return day;
}

static struct sv option_of(const struct said *said, const struct programme_field *field)
{
	return field->option_count == 0
		       ? SV("")
		       : field->option[stream_below(said->random, field->option_count)].id;
}

static struct sv one_value(const struct said *said, const struct programme_field *field)
{
	const struct sv prefix = arena_printf(said->arena, "%.*s.", SV_ARG(said->event->id));
	const struct season_answer *given = policy_answer(said->policy, prefix, field->id);
	const bool is_careful = said->attempt >= FIRST_TRIES;

	if (given && given->is_number)
		return arena_printf(said->arena, "%.0f",
				    stream_spread(said->random, given->number));
	if (given && given->weight_count > 0 && !is_careful)
		return weighted(given, said->random);
	switch (field->kind) {
	case FIELD_YES_NO:
		return is_careful || stream_percent(said->random, YES_PERCENT) ? SV("yes")
									       : SV("no");
	case FIELD_CHOICE:
	case FIELD_CHOICES: return option_of(said, field);
	case FIELD_DATE: return kind_value(field, 1, some_day_ahead(said), said->arena);
	case FIELD_NUMBER:
		return field->min > 0 ? arena_printf(said->arena, "%lld", (long long)field->min)
				      : kind_value(field, 1, said->today, said->arena);
	default: return kind_value(field, 1, said->today, said->arena);
	}
}

struct sayer {
	struct answer *item;
	size_t count;
};

static void say(struct sayer *sayer, struct sv name, struct sv value)
{
	if (sayer->count < PROGRAMME_ANSWERS_MAX && value.n > 0)
		sayer->item[sayer->count++] = (struct answer){ name, value };
}

/* The courses of now; where that was not taken, some of them, then any. */
static void say_courses(const struct said *said, const struct programme_field *field,
			struct sayer *sayer)
{
	const struct programme_facts *facts = programme_facts(said->programme);
	const size_t before = sayer->count;

	for (size_t i = 0; i < facts->course_count; i++) {
		const struct sv course = facts->course[i].id;
		const bool has = application_has_course(said->application, course);

		if (said->attempt == 0 ? has
				       : (has || said->attempt >= FIRST_TRIES) &&
						 stream_percent(said->random, 50))
			say(sayer, field->id, course);
	}
	if (sayer->count == before && facts->course_count > 0)
		say(sayer, field->id,
		    facts->course[stream_below(said->random, facts->course_count)].id);
}

static bool is_wrong(const struct form_errors *errors, struct sv field)
{
	for (size_t i = 0; errors && i < errors->count; i++) {
		if (sv_eq(errors->item[i].field, field))
			return true;
	}
	return false;
}

static void say_other(const struct said *said, const struct programme_field *field,
		      const struct answers *before, struct sayer *sayer)
{
	const struct sv had = answers_get(before, field->id);

	if (field->kind == FIELD_YES_NO && had.n > 0)
		say(sayer, field->id, sv_eq(had, SV("yes")) ? SV("no") : SV("yes"));
	else if (field->kind == FIELD_COURSES)
		say_courses(said, field, sayer);
	else
		say(sayer, field->id, one_value(said, field));
}

struct answers say_fields(const struct said *said, const struct form_errors *errors,
			  struct answers before)
{
	struct sayer sayer = {
		arena_alloc(said->arena, PROGRAMME_ANSWERS_MAX * sizeof *sayer.item), 0
	};

	for (size_t i = 0; sayer.item && i < said->event->field_count; i++) {
		const struct programme_field *field = &said->event->field[i];

		if (is_wrong(errors, field->id)) {
			say_other(said, field, &before, &sayer);
			continue;
		}
		for (size_t k = 0; errors && k < before.count; k++) {
			if (sv_eq(before.item[k].name, field->id))
				say(&sayer, field->id, before.item[k].value);
		}
		if (!errors && field->kind == FIELD_COURSES)
			say_courses(said, field, &sayer);
		else if (!errors)
			say(&sayer, field->id, one_value(said, field));
	}
	return (struct answers){ sayer.item, sayer.count };
}
