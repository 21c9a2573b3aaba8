/* Words of the language, and finding things by their ids. */
#include <assert.h>

#include "programme/internal.h"

const char *programme_actor_name(enum programme_actor actor)
{
	static const char *const name[] = {
		[BY_CLOCK] = "clock",	      [BY_CENTRE] = "centre",
		[BY_APPLICANT] = "applicant", [BY_SECRETARIAT] = "secretariat",
		[BY_CITY] = "city",	      [BY_EXPERT] = "expert",
		[BY_DESK] = "desk",	      [BY_CONTRACTOR] = "contractor",
	};
	static_assert(sizeof name / sizeof *name == BY_COUNT, "every actor has a name");

	return actor < BY_COUNT ? name[actor] : NULL;
}

const char *programme_field_kind_name(enum programme_field_kind kind)
{
	static const char *const name[] = {
		[FIELD_TEXT] = "text",
		[FIELD_PARAGRAPH] = "paragraph",
		[FIELD_KANA] = "kana",
		[FIELD_CORPORATE_NUMBER] = "corporate_number",
		[FIELD_POSTAL_CODE] = "postal_code",
		[FIELD_TELEPHONE] = "telephone",
		[FIELD_MAIL] = "mail",
		[FIELD_NUMBER] = "number",
		[FIELD_YEN] = "yen",
		[FIELD_CHOICE] = "choice",
		[FIELD_CHOICES] = "choices",
		[FIELD_YES_NO] = "yes_no",
		[FIELD_CONSENT] = "consent",
		[FIELD_DATE] = "date",
		[FIELD_TIME] = "time",
		[FIELD_COURSES] = "courses",
		[FIELD_FILE] = "file",
		[FIELD_SITES] = "sites",
	};
	static_assert(sizeof name / sizeof *name == FIELD_KIND_COUNT, "every kind has a name");

	return kind < FIELD_KIND_COUNT ? name[kind] : NULL;
}

const char *verdict_name(enum verdict verdict)
{
	return verdict == VERDICT_PASS ? "pass" : verdict == VERDICT_FAIL ? "fail" : "review";
}

const char *mark_name(enum mark mark)
{
	static const char *const name[] = {
		[MARK_RECEIVED] = "received",	[MARK_COMPLETED] = "completed",
		[MARK_CONFIRMED] = "confirmed", [MARK_APPROVED] = "approved",
		[MARK_INSTALLED] = "installed", [MARK_ENDED] = "ended",
	};
	static_assert(sizeof name / sizeof *name == MARK_COUNT, "every mark has a name");

	return mark < MARK_COUNT ? name[mark] : NULL;
}

const char *mark_word(int mark)
{
	return mark_name((enum mark)mark);
}

const char *effect_kind_name(enum effect_kind kind)
{
	static const char *const name[] = {
		[EFFECT_MAIL] = "mail",
		[EFFECT_INVITE] = "invite",
		[EFFECT_PARTICIPATION_BEGIN] = "participation_begin",
		[EFFECT_PARTICIPATION_END] = "participation_end",
		[EFFECT_ENTITLEMENT_BEGIN] = "entitlement_begin",
		[EFFECT_SEAT_RELEASE] = "seat_release",
		[EFFECT_SEAT_TAKE] = "seat_take",
		[EFFECT_REPORT] = "report",
		[EFFECT_LICENCE_OFF] = "licence_off",
		[EFFECT_UNINSTALL] = "uninstall",
		[EFFECT_REMOVAL_WORKS] = "removal_works",
		[EFFECT_ASK] = "ask",
	};
	static_assert(sizeof name / sizeof *name == EFFECT_KIND_COUNT, "every effect has a name");

	return kind < EFFECT_KIND_COUNT ? name[kind] : NULL;
}

const struct programme_facts *programme_facts(const struct programme *programme)
{
	return &programme->facts;
}

const struct programme_course *programme_course(const struct programme *programme, struct sv id)
{
	for (size_t i = 0; i < programme->facts.course_count; i++) {
		if (sv_eq(programme->facts.course[i].id, id))
			return &programme->facts.course[i];
	}
	return NULL;
}

size_t programme_state_index(const struct programme *programme, struct sv id)
{
	for (size_t i = 0; i < programme->facts.state_count; i++) {
		if (sv_eq(programme->facts.state[i].id, id))
			return i;
	}
	return SIZE_MAX;
}

const struct programme_state *programme_state(const struct programme *programme, struct sv id)
{
	const size_t at = programme_state_index(programme, id);

	return at == SIZE_MAX ? NULL : &programme->facts.state[at];
}

const struct calendar *programme_calendar(const struct programme *programme)
{
	return programme->calendar;
}

static const struct programme_field *among(const struct programme_field *field, size_t count,
					   struct sv id)
{
	for (size_t i = 0; i < count; i++) {
		if (sv_eq(field[i].id, id))
			return &field[i];
	}
	return NULL;
}

static const struct programme_field *of_event(const struct programme *programme, struct sv event,
					      struct sv id)
{
	for (size_t s = 0; s < programme->facts.state_count; s++) {
		const struct programme_state *state = &programme->facts.state[s];

		for (size_t i = 0; i < state->event_count; i++) {
			const struct programme_field *found;

			if (!sv_eq(state->event[i].id, event))
				continue;
			found = among(state->event[i].field, state->event[i].field_count, id);
			if (found)
				return found;
		}
	}
	return NULL;
}

const struct programme_field *programme_find_field(const struct programme *programme,
						   struct sv name)
{
	const struct programme_form *form = &programme->facts.form;
	struct sv rest = name;
	const struct sv event = sv_cut(&rest, '.');

	if (event.n < name.n)
		return of_event(programme, event, rest);
	for (size_t s = 0; s < form->section_count; s++) {
		const struct programme_field *found =
			among(form->section[s].field, form->section[s].field_count, name);

		if (found)
			return found;
	}
	return NULL;
}

const struct programme_field *programme_field_meaning(const struct programme *programme,
						      enum programme_meaning means)
{
	const struct programme_form *form = &programme->facts.form;

	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++) {
			if (form->section[s].field[i].means == means)
				return &form->section[s].field[i];
		}
	}
	return NULL;
}

const struct template *programme_find_template(const struct programme *programme, struct sv id)
{
	for (size_t i = 0; i < programme->template_count; i++) {
		if (sv_eq(programme->template[i].id, id))
			return &programme->template[i];
	}
	return NULL;
}
