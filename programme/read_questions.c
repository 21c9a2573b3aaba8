/* Questionnaires: what is asked by a personal link, or filled by the office. */
#include "programme/internal.h"

#define QUESTIONNAIRES_MAX 24 /* of a file */
#define REMIND_DAYS_MAX 250   /* business days until a call */
#define OPEN_DAYS_MAX 3660    /* that a link works */

static const char *questionnaire_word(int kind)
{
	return questionnaire_kind_name((enum questionnaire_kind)kind);
}

static const struct yaml_node *node_of(const struct yaml_node *list, struct sv id)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *own = yaml_get(list->item[i], "id");

		if (own && own->kind == YAML_SCALAR && sv_eq(own->text, id))
			return list->item[i];
	}
	return NULL;
}

/* the same questions again, so that each answer can be laid beside the other. */
static const struct yaml_node *sections_of(struct reader *reader, const struct yaml_node *list,
					   const struct yaml_node *node,
					   const struct programme_questionnaire *questionnaire)
{
	const struct yaml_node *own = yaml_get(node, "sections");
	const struct yaml_node *compared = yaml_get(node, "compared_with");
	const struct yaml_node *earlier =
		compared ? node_of(list, questionnaire->compared_with) : NULL;

	if (compared && (!earlier || earlier == node)) {
		reader_at(reader, compared, "there is no other questionnaire '%.*s'",
			  SV_ARG(questionnaire->compared_with));
		return own;
	}
	if (compared && own)
		reader_at(reader, own, "with compared_with the questions are those of '%.*s': "
				       "leave sections out",
			  SV_ARG(questionnaire->compared_with));
	if (!compared && !own)
		reader_at(reader, node, "a questionnaire needs sections, or compared_with");
	return earlier ? yaml_get(earlier, "sections") : own;
}

static void read_remind(struct reader *reader, const struct yaml_node *node,
			struct programme_questionnaire *questionnaire)
{
	if (node && reader_map(reader, node, MAP_REMIND))
		questionnaire->remind_business_days = (unsigned)reader_int(
			reader, yaml_get(node, "business_days"), 1, REMIND_DAYS_MAX, 0);
}

static void check_questionnaire(struct reader *reader, const struct yaml_node *node,
				const struct programme_questionnaire *questionnaire)
{
	const struct programme_form *form = &questionnaire->form;
	size_t count = 0;

	for (size_t s = 0; s < form->section_count; s++) {
		count += form->section[s].field_count;
		for (size_t i = 0; i < form->section[s].field_count; i++) {
			const enum programme_field_kind kind = form->section[s].field[i].kind;

			if (kind == FIELD_COURSES)
				reader_at(reader, node, "only the form and events have courses");
			if (kind == FIELD_FILE)
				reader_at(reader, node, "only the form and events take files");
		}
	}
	if (count > PROGRAMME_FIELDS_MAX)
		reader_at(reader, node, "a questionnaire has at most %d fields",
			  PROGRAMME_FIELDS_MAX);
	if (questionnaire->anonymous && questionnaire->kind == QUESTIONNAIRE_SHEET)
		reader_at(reader, node, "a sheet that the office fills is never anonymous");
	if (questionnaire->anonymous && questionnaire->compared_with.n > 0)
		reader_at(reader, node, "anonymous answers cannot be compared");
}

static void read_questionnaire(struct reader *reader, const struct yaml_node *list,
			       const struct yaml_node *node,
			       struct programme_questionnaire *questionnaire)
{
	const struct yaml_node *answered = yaml_get(node, "answered");
	const struct yaml_node *mail = yaml_get(node, "mail");

	if (!reader_map(reader, node, MAP_QUESTIONNAIRE))
		return;
	questionnaire->id = reader_id(reader, yaml_get(node, "id"));
	questionnaire->kind = (enum questionnaire_kind)reader_choice(
		reader, yaml_get(node, "kind"), "kind of questionnaire", questionnaire_word,
		QUESTIONNAIRE_KIND_COUNT, 0);
	questionnaire->version = reader_word(reader, yaml_get(node, "version"));
	questionnaire->name = reader_text(reader, yaml_get(node, "name"));
	questionnaire->intro = reader_text(reader, yaml_get(node, "intro"));
	questionnaire->anonymous = reader_bool(reader, yaml_get(node, "anonymous"), false);
	questionnaire->answered = reader_id(reader, answered);
	if (answered)
		reader_use_name(reader, answered, NAME_APPLICANT_EVENT, questionnaire->answered);
	questionnaire->mail = reader_id(reader, mail);
	if (mail)
		reader_use_name(reader, mail, NAME_MAIL, questionnaire->mail);
	read_remind(reader, yaml_get(node, "remind"), questionnaire);
	questionnaire->open_days =
		(unsigned)reader_int(reader, yaml_get(node, "open_days"), 1, OPEN_DAYS_MAX, 0);
	questionnaire->not_before = reader_day(reader, yaml_get(node, "not_before"),
					       &questionnaire->has_not_before);
	questionnaire->compared_with = reader_id(reader, yaml_get(node, "compared_with"));
	questionnaire->form.version = questionnaire->version;
	questionnaire->form.section = reader_sections(
		reader, sections_of(reader, list, node, questionnaire), questionnaire->id,
		&questionnaire->form.section_count);
	check_questionnaire(reader, node, questionnaire);
}

void reader_questionnaires(struct reader *reader, const struct yaml_node *list)
{
	struct programme_facts *facts = &reader->programme->facts;
	struct programme_questionnaire *questionnaire;

	if (!reader_list(reader, list, "questionnaires", QUESTIONNAIRES_MAX))
		return;
	questionnaire = reader_alloc(reader, list->count, sizeof *questionnaire);
	facts->questionnaire = questionnaire;
	for (size_t i = 0; i < list->count; i++) {
		facts->questionnaire_count = i + 1;
		read_questionnaire(reader, list, list->item[i], &questionnaire[i]);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "questionnaire", questionnaire[i].id,
				      questionnaire[k].id);
	}
}
