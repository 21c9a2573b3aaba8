/* Visits with their agendas, and documents that are worked on, collected or offered. */
#include "programme/internal.h"

#define VISIT_MINUTES_MAX (24 * 60) /* of one visit */
#define AGENDA_MAX 32		    /* visits of one course */
#define DOCUMENTS_MAX 64	    /* of a file */

/* ---- visits ---- */

static const char *visit_word(int form)
{
	return visit_form_name((enum visit_form)form);
}

/* 120, or [60, 120]: at least and at most. */
static void read_minutes(struct reader *reader, const struct yaml_node *node,
			 struct programme_visits *visits)
{
	const bool is_range = node && node->kind == YAML_LIST && node->count == 2;

	if (!node)
		return;
	visits->minutes_min = (unsigned)reader_int(reader, is_range ? node->item[0] : node, 1,
						   VISIT_MINUTES_MAX, 1);
	visits->minutes_max = is_range ? (unsigned)reader_int(reader, node->item[1], 1,
							      VISIT_MINUTES_MAX, 1)
				       : visits->minutes_min;
	if (visits->minutes_min > visits->minutes_max)
		reader_at(reader, node, "a visit lasts longer than it may");
}

static unsigned read_forms(struct reader *reader, const struct yaml_node *list)
{
	unsigned forms = 0;

	if (!reader_list(reader, list, "forms", VISIT_FORM_COUNT))
		return 0;
	for (size_t i = 0; i < list->count; i++)
		forms |= 1U << reader_choice(reader, list->item[i], "form of visit", visit_word,
					     VISIT_FORM_COUNT, 0);
	if (forms == 0)
		reader_problem(reader, list->line, list->column, SV("[on_site, online]"),
			       "a visit has a form");
	return forms;
}

static void read_agenda(struct reader *reader, const struct yaml_node *list,
			struct programme_visits *visits)
{
	struct programme_agenda *agenda;

	if (!reader_list(reader, list, "agenda", AGENDA_MAX))
		return;
	agenda = reader_alloc(reader, list->count, sizeof *agenda);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];
		const struct yaml_node *documents = yaml_get(one, "documents");

		if (!reader_map(reader, one, MAP_AGENDA))
			continue;
		agenda[i].title = reader_text(reader, yaml_get(one, "title"));
		agenda[i].content = reader_text(reader, yaml_get(one, "content"));
		agenda[i].document = reader_words(reader, documents, &agenda[i].document_count);
		for (size_t k = 0; k < agenda[i].document_count; k++)
			reader_use_name(reader, documents, NAME_DOCUMENT, agenda[i].document[k]);
	}
	visits->agenda = agenda;
	visits->agenda_count = list->count;
}

/* the agenda has a line for each visit that the course gives. */
static void check_visits(struct reader *reader, const struct yaml_node *node,
			 const struct programme_visits *visits)
{
	const struct programme_course *course = programme_course(reader->programme, visits->course);

	if (!course) {
		reader_at(reader, node, "there is no course '%.*s'", SV_ARG(visits->course));
		return;
	}
	if (visits->agenda_count > 0 && visits->agenda_count != course->entitlement.visits)
		reader_problem(reader, node->line, node->column,
			       SV("entitlement: {visits: …} of the course"),
			       "the course '%.*s' gives %u visits, the agenda has %zu",
			       SV_ARG(visits->course), course->entitlement.visits,
			       visits->agenda_count);
}

void reader_visits(struct reader *reader, const struct yaml_node *list)
{
	struct programme_visits *visits;

	if (!reader_list(reader, list, "visits", PROGRAMME_COURSES_MAX))
		return;
	visits = reader_alloc(reader, list->count, sizeof *visits);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];

		if (!reader_map(reader, one, MAP_VISITS))
			continue;
		visits[i].course = reader_word(reader, yaml_get(one, "course"));
		read_minutes(reader, yaml_get(one, "minutes"), &visits[i]);
		visits[i].forms = read_forms(reader, yaml_get(one, "forms"));
		visits[i].online_on_request =
			reader_bool(reader, yaml_get(one, "online_on_request"), false);
		visits[i].business_days_only =
			reader_bool(reader, yaml_get(one, "business_days_only"), false);
		read_agenda(reader, yaml_get(one, "agenda"), &visits[i]);
		check_visits(reader, one, &visits[i]);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, one, "visits of course", visits[i].course,
				      visits[k].course);
	}
	reader->programme->facts.visits = visits;
	reader->programme->facts.visits_count = list->count;
}

/* ---- documents ---- */

static const char *document_word(int kind)
{
	return document_kind_name((enum document_kind)kind);
}

void reader_documents(struct reader *reader, const struct yaml_node *list)
{
	struct programme_document *document;

	if (!reader_list(reader, list, "documents", DOCUMENTS_MAX))
		return;
	document = reader_alloc(reader, list->count, sizeof *document);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];

		if (!reader_map(reader, one, MAP_DOCUMENT))
			continue;
		document[i].id = reader_id(reader, yaml_get(one, "id"));
		document[i].kind = (enum document_kind)reader_choice(
			reader, yaml_get(one, "kind"), "kind of document", document_word,
			DOCUMENT_KIND_COUNT, 0);
		document[i].name = reader_text(reader, yaml_get(one, "name"));
		document[i].help = reader_text(reader, yaml_get(one, "help"));
		document[i].version = reader_word(reader, yaml_get(one, "version"));
		document[i].can_be_published =
			reader_bool(reader, yaml_get(one, "can_be_published"), false);
		if ((document[i].kind == DOCUMENT_DOWNLOAD) != (document[i].version.n > 0))
			reader_problem(reader, one->line, one->column, SV("version: \"1\""),
				       "a download has a version, and only a download (R-043)");
		if (document[i].can_be_published && document[i].kind != DOCUMENT_DELIVERABLE)
			reader_at(reader, one, "only a deliverable can be published");
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, one, "document", document[i].id, document[k].id);
	}
	reader->programme->facts.document = document;
	reader->programme->facts.document_count = list->count;
}
