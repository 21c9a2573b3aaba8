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

const char *file_type_name(enum file_type type)
{
	static const char *const name[] = {
		[FILE_PDF] = "pdf", [FILE_WORD] = "word", [FILE_EXCEL] = "excel",
		[FILE_PNG] = "png", [FILE_JPEG] = "jpeg",
	};
	static_assert(sizeof name / sizeof *name == FILE_TYPE_COUNT, "every type has a name");

	return type < FILE_TYPE_COUNT ? name[type] : NULL;
}

const char *questionnaire_kind_name(enum questionnaire_kind kind)
{
	static const char *const name[] = {
		[QUESTIONNAIRE_PRELIMINARY] = "preliminary",
		[QUESTIONNAIRE_SURVEY] = "survey",
		[QUESTIONNAIRE_SHEET] = "sheet",
	};
	static_assert(sizeof name / sizeof *name == QUESTIONNAIRE_KIND_COUNT, "all have a name");

	return kind < QUESTIONNAIRE_KIND_COUNT ? name[kind] : NULL;
}

const char *visit_form_name(enum visit_form form)
{
	return form == VISIT_ON_SITE ? "on_site" : form == VISIT_ONLINE ? "online" : NULL;
}

const char *document_kind_name(enum document_kind kind)
{
	static const char *const name[] = {
		[DOCUMENT_COLLECTED] = "collected",
		[DOCUMENT_DELIVERABLE] = "deliverable",
		[DOCUMENT_DOWNLOAD] = "download",
	};
	static_assert(sizeof name / sizeof *name == DOCUMENT_KIND_COUNT, "all have a name");

	return kind < DOCUMENT_KIND_COUNT ? name[kind] : NULL;
}

const char *session_kind_name(enum session_kind kind)
{
	static const char *const name[] = {
		[SESSION_BRIEFING] = "briefing",
		[SESSION_SEMINAR] = "seminar",
		[SESSION_WORKSHOP] = "workshop",
	};
	static_assert(sizeof name / sizeof *name == SESSION_KIND_COUNT, "all have a name");

	return kind < SESSION_KIND_COUNT ? name[kind] : NULL;
}

const char *session_mode_name(enum session_mode mode)
{
	return mode == MODE_VENUE ? "venue" : mode == MODE_ONLINE ? "online" : NULL;
}

const char *incident_handling_name(enum incident_handling handling)
{
	return handling == HANDLING_REMOVAL	? "removal"
	       : handling == HANDLING_ISOLATION ? "isolation"
						: NULL;
}

const char *selection_kind_name(enum selection_kind kind)
{
	return kind == SELECTION_FIRST_COME ? "first_come"
	       : kind == SELECTION_LOTTERY  ? "lottery"
					    : NULL;
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

static const struct programme_field *of_form(const struct programme_form *form, struct sv id)
{
	for (size_t s = 0; s < form->section_count; s++) {
		const struct programme_field *found =
			among(form->section[s].field, form->section[s].field_count, id);

		if (found)
			return found;
	}
	return NULL;
}

const struct programme_questionnaire *
programme_find_questionnaire(const struct programme *programme, struct sv id)
{
	for (size_t i = 0; i < programme->facts.questionnaire_count; i++) {
		if (sv_eq(programme->facts.questionnaire[i].id, id))
			return &programme->facts.questionnaire[i];
	}
	return NULL;
}

const struct programme_field *programme_find_field(const struct programme *programme,
						   struct sv name)
{
	struct sv rest = name;
	const struct sv owner = sv_cut(&rest, '.');
	const struct programme_questionnaire *questionnaire;

	if (owner.n == name.n)
		return of_form(&programme->facts.form, name);
	if (sv_eq(owner, SV(PROGRAMME_CONSENT)))
		return among(programme->facts.consent, programme->facts.consent_count, rest);
	questionnaire = programme_find_questionnaire(programme, owner);
	return questionnaire ? of_form(&questionnaire->form, rest)
			     : of_event(programme, owner, rest);
}

size_t programme_find_frame(const struct programme *programme, struct sv id)
{
	const struct programme_selection *selection = &programme->facts.selection;

	for (size_t i = 0; i < selection->frame_count; i++) {
		if (sv_eq(selection->frame[i].id, id))
			return i;
	}
	return SIZE_MAX;
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

struct programme_text programme_own_word(struct sv name)
{
	static const struct {
		const char *name, *ja, *en;
	} row[] = {
		{ "receive", "受付", "received" },
		{ "due_changed", "期限の数え直し", "Deadline counted again" },
		{ "due_changed.reason", "休業日", "Closed days" },
		{ "due_changed.before", "これまでの期限", "Deadline before" },
		{ "due_changed.after", "新しい期限", "Deadline now" },
		{ "upgrade", "新しい版への移行", "Moved to a newer version" },
		{ "upgrade.from", "これまでの版", "Version before" },
		{ "upgrade.to", "新しい版", "Version now" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (sv_eq(name, sv_from(row[i].name)))
			return (struct programme_text){ sv_from(row[i].ja), sv_from(row[i].en) };
	}
	return (struct programme_text){ SV(""), SV("") };
}
