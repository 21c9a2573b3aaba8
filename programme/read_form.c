/* Forms: sections, fields and options of a file. */
#include "programme/internal.h"

#define TEXT_CHARACTERS 200	  /* of a TEXT where the file says nothing */
#define PARAGRAPH_CHARACTERS 2000 /* of a PARAGRAPH */
#define SITES_MAX 10		  /* places of business where the file says nothing */
#define FILE_BYTES (10 << 20)	  /* of a FILE where the file says nothing */
#define FILE_BYTES_MAX (20 << 20)
#define CHARACTERS_MAX 2600	  /* as many as PROGRAMME_ANSWER_MAX surely holds */

static const char *kind_word(int kind)
{
	return programme_field_kind_name((enum programme_field_kind)kind);
}

const char *meaning_word(int means)
{
	static const char *const word[MEANS_COUNT] = {
		NULL, "company_name", "company_kana", "corporate_number", "address", "contact",
		"mail", "telephone", "person",
	};

	return means < MEANS_COUNT ? word[means] : NULL;
}

static void read_options(struct reader *reader, const struct yaml_node *list,
			 const struct yaml_node *field_node, struct programme_field *field)
{
	struct programme_option *option;

	if (field->kind != FIELD_CHOICE && field->kind != FIELD_CHOICES) {
		if (list)
			reader_at(reader, list, "only choice and choices have options");
		return;
	}
	if (list && list->kind == YAML_SCALAR && sv_eq(list->text, SV("prefectures"))) {
		field->option = reader_prefectures(reader, &field->option_count);
		return;
	}
	if (!list || list->kind != YAML_LIST || list->count == 0) {
		reader_at(reader, field_node, "a choice needs a list of options, or prefectures");
		return;
	}
	if (!reader_list(reader, list, "options", PROGRAMME_OPTIONS_MAX))
		return;
	option = reader_alloc(reader, list->count, sizeof *option);
	for (size_t i = 0; i < list->count; i++) {
		if (!reader_map(reader, list->item[i], MAP_OPTION))
			continue;
		option[i].id = reader_id(reader, yaml_get(list->item[i], "id"));
		option[i].name = reader_text(reader, yaml_get(list->item[i], "name"));
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "option", option[i].id, option[k].id);
	}
	field->option = option;
	field->option_count = list->count;
}

static void read_bounds(struct reader *reader, const struct yaml_node *node,
			struct programme_field *field)
{
	const struct yaml_node *min = yaml_get(node, "min"), *max = yaml_get(node, "max");
	int64_t most = CHARACTERS_MAX, neutral = TEXT_CHARACTERS;

	switch (field->kind) {
	case FIELD_NUMBER:
	case FIELD_YEN: most = neutral = INT64_C(1000000000000000); break;
	case FIELD_PARAGRAPH: neutral = PARAGRAPH_CHARACTERS; break;
	case FIELD_CHOICES: most = neutral = PROGRAMME_OPTIONS_MAX; break;
	case FIELD_COURSES: most = neutral = PROGRAMME_COURSES_MAX; break;
	case FIELD_SITES: most = neutral = SITES_MAX; break;
	case FIELD_TEXT:
	case FIELD_KANA: break;
	default:
		if (min || max)
			reader_at(reader, node, "this kind of field has no min and max");
		return;
	}
	field->min = reader_int(reader, min, 0, most, 0);
	field->max = reader_int(reader, max, 0, most, neutral);
	if (field->min > field->max)
		reader_at(reader, node, "min is above max");
}

static const char *type_word(int type)
{
	return file_type_name((enum file_type)type);
}

static void read_file(struct reader *reader, const struct yaml_node *node,
		      struct programme_field *field)
{
	const struct yaml_node *types = yaml_get(node, "types");
	const struct yaml_node *bytes = yaml_get(node, "max_bytes");

	if (field->kind != FIELD_FILE) {
		if (types || bytes)
			reader_at(reader, types ? types : bytes,
				  "only a file has types and max_bytes");
		return;
	}
	field->file_bytes =
		(uint32_t)reader_int(reader, bytes, 1, FILE_BYTES_MAX, FILE_BYTES);
	if (!types)
		reader_problem(reader, node->line, node->column, SV("types: [pdf, word, excel]"),
			       "a file says which types it may have");
	else if (reader_list(reader, types, "types", FILE_TYPE_COUNT))
		for (size_t i = 0; i < types->count; i++)
			field->file_types |= 1U << reader_choice(reader, types->item[i],
								 "type of file", type_word,
								 FILE_TYPE_COUNT, 0);
}

static void read_must(struct reader *reader, const struct yaml_node *node, struct sv event,
		      struct programme_field *field)
{
	if (!node || !reader_map(reader, node, MAP_MUST))
		return;
	field->must = reader_condition(reader, yaml_get(node, "when"), event, NULL);
	field->must_message = reader_text(reader, yaml_get(node, "message"));
}

static void check_kind(struct reader *reader, const struct yaml_node *node,
		       const struct programme_field *field, struct sv event)
{
	if (field->kind == FIELD_COURSES && !sv_eq(field->id, SV("courses")))
		reader_at(reader, node, "a field of kind courses has the id 'courses'");
	if (field->kind != FIELD_COURSES && sv_eq(field->id, SV("courses")))
		reader_at(reader, node, "only a field of kind courses has the id 'courses'");
	if (sv_eq(field->id, SV("at")) || sv_eq(field->id, SV("version")))
		reader_at(reader, node, "the id '%.*s' is the engine's own", SV_ARG(field->id));
	if (field->kind == FIELD_CONSENT &&
	    (field->consent_version.n == 0 || field->consent_text.ja.n == 0))
		reader_at(reader, node, "a consent needs text and version (R-119)");
	if (field->kind != FIELD_CONSENT && field->consent_version.n > 0)
		reader_at(reader, node, "only a consent has text and version");
	if (field->means != MEANS_NOTHING && event.n > 0)
		reader_at(reader, node, "only fields of the form have a meaning");
	if (field->means != MEANS_NOTHING && field->shown && field->required)
		reader_at(reader, node, "a field with a meaning is always shown");
}

static void read_field(struct reader *reader, const struct yaml_node *node, struct sv event,
		       struct programme_field *field)
{
	if (!reader_map(reader, node, MAP_FIELD))
		return;
	field->id = reader_id(reader, yaml_get(node, "id"));
	field->kind = (enum programme_field_kind)reader_choice(
		reader, yaml_get(node, "kind"), "kind of field", kind_word, FIELD_KIND_COUNT, 0);
	field->label = reader_text(reader, yaml_get(node, "label"));
	field->help = reader_text(reader, yaml_get(node, "help"));
	field->required = reader_bool(reader, yaml_get(node, "required"), true);
	field->autocomplete = reader_word(reader, yaml_get(node, "autocomplete"));
	field->consent_version = reader_word(reader, yaml_get(node, "version"));
	field->consent_text = reader_text(reader, yaml_get(node, "text"));
	field->means = (enum programme_meaning)reader_choice(
		reader, yaml_get(node, "means"), "meaning", meaning_word, MEANS_COUNT, 0);
	read_options(reader, yaml_get(node, "options"), node, field);
	read_bounds(reader, node, field);
	read_file(reader, node, field);
	field->shown = reader_condition(reader, yaml_get(node, "shown"), event, field);
	read_must(reader, yaml_get(node, "must"), event, field);
	check_kind(reader, node, field, event);
}

const struct programme_field *reader_fields(struct reader *reader, const struct yaml_node *list,
					    struct sv event, size_t *ret_count)
{
	struct programme_field *field;

	*ret_count = 0;
	if (!reader_list(reader, list, "fields", PROGRAMME_FIELDS_MAX))
		return NULL;
	field = reader_alloc(reader, list->count, sizeof *field);
	for (size_t i = 0; i < list->count; i++) {
		read_field(reader, list->item[i], event, &field[i]);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "field", field[i].id, field[k].id);
	}
	*ret_count = list->count;
	return field;
}

/* Across sections: ids and meanings are one each, and there are not too many. */
static void check_form(struct reader *reader, const struct yaml_node *node)
{
	const struct programme_form *form = &reader->programme->facts.form;
	const struct programme_field *seen[PROGRAMME_FIELDS_MAX];
	bool means[MEANS_COUNT] = { false }, has_courses = false;
	size_t count = 0;

	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++) {
			const struct programme_field *field = &form->section[s].field[i];

			if (count == PROGRAMME_FIELDS_MAX) {
				reader_at(reader, node, "a form has at most %d fields",
					  PROGRAMME_FIELDS_MAX);
				return;
			}
			for (size_t k = 0; k < count; k++) {
				if (sv_eq(seen[k]->id, field->id) && field->id.n > 0)
					reader_at(reader, node, "field '%.*s' is in two sections",
						  SV_ARG(field->id));
			}
			if (field->means != MEANS_NOTHING && means[field->means])
				reader_at(reader, node, "two fields mean '%s'",
					  meaning_word((int)field->means));
			means[field->means] = true;
			has_courses |= field->kind == FIELD_COURSES;
			seen[count++] = field;
		}
	}
	if (!has_courses)
		reader_at(reader, node, "a form needs a field of kind courses");
	if (!means[MEANS_COMPANY_NAME] || !means[MEANS_CONTACT] || !means[MEANS_MAIL])
		reader_problem(reader, node->line, node->column, SV("means: company_name"),
			       "a form needs fields that mean company_name, contact and mail");
}

const struct programme_section *reader_sections(struct reader *reader,
						const struct yaml_node *list, struct sv event,
						size_t *ret_count)
{
	struct programme_section *section;

	*ret_count = 0;
	if (!reader_list(reader, list, "sections", PROGRAMME_LIST_MAX))
		return NULL;
	section = reader_alloc(reader, list->count, sizeof *section);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];

		if (!reader_map(reader, one, MAP_SECTION))
			continue;
		section[i].id = reader_id(reader, yaml_get(one, "id"));
		section[i].title = reader_text(reader, yaml_get(one, "title"));
		section[i].help = reader_text(reader, yaml_get(one, "help"));
		section[i].field = reader_fields(reader, yaml_get(one, "fields"), event,
						 &section[i].field_count);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, one, "section", section[i].id, section[k].id);
	}
	*ret_count = list->count;
	return section;
}

void reader_form(struct reader *reader, const struct yaml_node *node)
{
	struct programme_form *form = &reader->programme->facts.form;

	if (!node || !reader_map(reader, node, MAP_FORM))
		return;
	form->version = reader_word(reader, yaml_get(node, "version"));
	form->section = reader_sections(reader, yaml_get(node, "sections"), SV(""),
					&form->section_count);
	if (form->section)
		check_form(reader, node);
}
