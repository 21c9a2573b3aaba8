/* Names that a file uses before what they name has been read. */
#include "programme/internal.h"

void reader_use_name(struct reader *reader, const struct yaml_node *node, enum name_kind kind,
		     struct sv name)
{
	struct name_use *use = reader_alloc(reader, 1, sizeof *use);

	*use = (struct name_use){ kind, name, node->line, node->column, reader->name_use };
	reader->name_use = use;
}

static bool has_event(const struct programme *programme, struct sv id, enum programme_actor by)
{
	for (size_t s = 0; s < programme->facts.state_count; s++) {
		const struct programme_state *state = &programme->facts.state[s];

		for (size_t i = 0; i < state->event_count; i++) {
			if (sv_eq(state->event[i].id, id) && state->event[i].by & 1U << by)
				return true;
		}
	}
	return false;
}

static bool has_document(const struct programme *programme, struct sv id)
{
	for (size_t i = 0; i < programme->facts.document_count; i++) {
		if (sv_eq(programme->facts.document[i].id, id))
			return true;
	}
	return false;
}

static bool has_consent(const struct programme *programme, struct sv id)
{
	for (size_t i = 0; i < programme->facts.consent_count; i++) {
		if (sv_eq(programme->facts.consent[i].id, id))
			return true;
	}
	return false;
}

static bool is_there(const struct programme *programme, const struct name_use *use)
{
	switch (use->kind) {
	case NAME_MAIL: return programme_find_template(programme, use->name) != NULL;
	case NAME_QUESTIONNAIRE:
		return programme_find_questionnaire(programme, use->name) != NULL;
	case NAME_DOCUMENT: return has_document(programme, use->name);
	case NAME_FRAME: return programme_find_frame(programme, use->name) != SIZE_MAX;
	case NAME_STATE: return programme_state_index(programme, use->name) != SIZE_MAX;
	case NAME_FIELD: return programme_find_field(programme, use->name) != NULL;
	case NAME_APPLICANT_EVENT: return has_event(programme, use->name, BY_APPLICANT);
	case NAME_DRAW_EVENT: return has_event(programme, use->name, BY_CENTRE);
	case NAME_CONSENT: return has_consent(programme, use->name);
	}
	return false;
}

/* All names of a kind, for "did you mean". */
static void list_names(const struct programme *programme, enum name_kind kind, struct buf *to)
{
	const struct programme_facts *facts = &programme->facts;

#define LIST(COUNT, ID)                                                                            \
	for (size_t i = 0; i < (COUNT); i++)                                                       \
	buf_printf(to, "%.*s ", SV_ARG(ID))
	switch (kind) {
	case NAME_MAIL: LIST(programme->template_count, programme->template[i].id); break;
	case NAME_QUESTIONNAIRE:
		LIST(facts->questionnaire_count, facts->questionnaire[i].id);
		break;
	case NAME_DOCUMENT: LIST(facts->document_count, facts->document[i].id); break;
	case NAME_FRAME: LIST(facts->selection.frame_count, facts->selection.frame[i].id); break;
	case NAME_STATE: LIST(facts->state_count, facts->state[i].id); break;
	case NAME_FIELD:
		for (size_t s = 0; s < facts->form.section_count; s++)
			LIST(facts->form.section[s].field_count,
			     facts->form.section[s].field[i].id);
		break;
	case NAME_APPLICANT_EVENT:
	case NAME_DRAW_EVENT:
		for (size_t s = 0; s < facts->state_count; s++)
			LIST(facts->state[s].event_count, facts->state[s].event[i].id);
		break;
	case NAME_CONSENT: LIST(facts->consent_count, facts->consent[i].id); break;
	}
#undef LIST
}

static void tell_unknown(struct reader *reader, const struct name_use *use)
{
	static const struct {
		const char *what, *hint;
	} row[] = {
		[NAME_MAIL] = { "there is no mail", "it belongs to mails" },
		[NAME_QUESTIONNAIRE] = { "there is no questionnaire",
					 "it belongs to questionnaires" },
		[NAME_DOCUMENT] = { "there is no document", "it belongs to documents" },
		[NAME_FRAME] = { "there is no frame", "it belongs to selection: {frames: …}" },
		[NAME_STATE] = { "there is no state", "it belongs to states" },
		[NAME_FIELD] = { "there is no field",
				 "a field of the form, EVENT.FIELD, courses or state" },
		[NAME_APPLICANT_EVENT] = { "the applicant does no event",
					   "an event of some state with by: applicant" },
		[NAME_DRAW_EVENT] = { "the centre does no event",
				      "an event of the waiting state with by: centre" },
		[NAME_CONSENT] = { "there is no consent", "it belongs to consents" },
	};
	struct sv near = SV_NONE;
	struct buf words;

	buf_init(&words, 1U << 16);
	list_names(reader->programme, use->kind, &words);
	buf_put_char(&words, '\0');
	if (!words.full)
		near = reader_nearest(reader, use->name, words.p);
	reader_problem(reader, use->line, use->column,
		       near.n > 0 ? near : sv_from(row[use->kind].hint), "%s '%.*s'",
		       row[use->kind].what, SV_ARG(use->name));
	buf_done(&words);
}

/* The first event of that name. */
static const struct event_rule *rule_of(const struct programme *programme, struct sv id)
{
	for (size_t s = 0; s < programme->facts.state_count; s++) {
		const struct programme_state *state = &programme->facts.state[s];

		for (size_t i = 0; i < state->event_count; i++) {
			if (sv_eq(state->event[i].id, id))
				return &programme->state_rule[s].event[i];
		}
	}
	return NULL;
}

/* Answers are kept as "ID.FIELD", so one id must not mean two things. */
static void check_clashes(struct reader *reader)
{
	const struct programme_facts *facts = &reader->programme->facts;
	const struct event_rule *rule = rule_of(reader->programme, SV(PROGRAMME_CONSENT));

	if (rule)
		reader_problem(reader, rule->line, rule->column, SV("give the event another id"),
			       "no event is called '%s'", PROGRAMME_CONSENT);
	for (size_t q = 0; q < facts->questionnaire_count; q++) {
		const struct sv id = facts->questionnaire[q].id;

		rule = id.n > 0 ? rule_of(reader->programme, id) : NULL;
		if (rule)
			reader_problem(reader, rule->line, rule->column,
				       SV("give one of them another id"),
				       "'%.*s' is a questionnaire and an event", SV_ARG(id));
	}
}

void reader_check_names(struct reader *reader)
{
	for (const struct name_use *use = reader->name_use; use; use = use->next) {
		if (use->name.n > 0 && !is_there(reader->programme, use))
			tell_unknown(reader, use);
	}
	check_clashes(reader);
}
