#include <stdio.h>

#include "centre/files.h"
#include "centre/site_upload.h"
#include "forms/kind.h"

#define BUTTONS_MAX 20 /* options of a choice; more are a list to unfold */

/* A field while it is drawn: where its error and help stand. */
struct drawn {
	const struct site_fields *fields;
	const struct programme_field *field;
	struct sv error;     /* empty: none */
	struct sv describes; /* ids for aria-describedby; empty: none */
	bool needed;
};

static struct sv raw_value(const struct drawn *drawn, const char *part)
{
	char name[128];

	if (!drawn->fields->raw)
		return SV_NONE;
	snprintf(name, sizeof name, "%.*s%s", SV_ARG(drawn->field->id), part);
	return answers_get(drawn->fields->raw, sv_from(name));
}

static bool is_chosen(const struct drawn *drawn, struct sv value)
{
	return drawn->fields->raw && answers_has(drawn->fields->raw, drawn->field->id, value);
}

/* kind: "f" the input, "h" its help, "e" its error. */
static struct sv id_of(const struct site *site, const struct drawn *drawn, const char *kind)
{
	return arena_printf(site->arena, "%s-%.*s%s%.*s", kind, SV_ARG(drawn->fields->scope),
			    drawn->fields->scope.n > 0 ? "-" : "", SV_ARG(drawn->field->id));
}

static struct sv error_of(const struct site *site, const struct form_errors *errors,
			  struct sv field)
{
	for (size_t i = 0; errors && i < errors->count; i++)
		if (sv_eq(errors->item[i].field, field))
			return site_text(site, &errors->item[i].message);
	return SV_NONE;
}

/* ---- label, help, error ---- */

static void put_need(struct site *site, const struct programme_field *field)
{
	if (field->required && field->shown)
		html_tell(&site->html, "span", "need", "該当する方は必須",
			  "Required if it applies");
	else if (field->required)
		html_tell(&site->html, "span", "need", "必須", "Required");
	else
		html_tell(&site->html, "span", "may", "任意", "Optional");
}

/* A field of the same event or questionnaire by its whole name, or one of the form. */
static struct sv whole_name(const struct site *site, const struct drawn *drawn, struct sv other)
{
	const struct sv name = arena_printf(site->arena, "%.*s.%.*s",
					    SV_ARG(drawn->fields->owner), SV_ARG(other));
	const bool known = drawn->fields->owner.n > 0 && name.p &&
			   form_label(drawn->fields->programme, name).ja.p != name.p;

	return known ? name : other;
}

/* Without scripts every field is there, so this says who has to fill it in. */
static void put_when(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	const struct sv *value;
	struct programme_text label;
	struct sv other;
	size_t count;

	if (!drawn->field->shown || !form_shown_when(drawn->fields->programme, drawn->field, &other,
						     &value, &count, site->arena))
		return;
	other = whole_name(site, drawn, other);
	label = form_label(drawn->fields->programme, other);
	html_open(html, "p");
	html_class(html, "when");
	html_say(html, "「", "Only if you answered “");
	html_text(html, site_text(site, &label));
	html_say(html, "」で", "” with ");
	for (size_t i = 0; i < count; i++) {
		const struct programme_text name =
			form_value(drawn->fields->programme, other, value[i], site->arena);

		if (i > 0)
			html_say(html, "または", " or ");
		html_say(html, "「", "“");
		html_text(html, site_text(site, &name));
		html_say(html, "」", "”");
	}
	html_say(html, "と答えた方だけご記入ください。", ".");
	html_close(html);
}

static void put_help(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	const struct sv help = site_text(site, &drawn->field->help);

	if (help.n > 0) {
		html_open(html, "div");
		html_class(html, "support");
		html_attribute(html, "id", id_of(site, drawn, "h"));
		html_prose(html, help);
		html_close(html);
	}
	if (drawn->error.n > 0) {
		html_open(html, "p");
		html_class(html, "error");
		html_attribute(html, "id", id_of(site, drawn, "e"));
		html_text(html, drawn->error);
		html_close(html);
	}
}

static void put_describes(struct site *site, const struct drawn *drawn)
{
	if (drawn->describes.n > 0)
		html_attribute(&site->html, "aria-describedby", drawn->describes);
	if (drawn->error.n > 0)
		html_attribute(&site->html, "aria-invalid", SV("true"));
}

/* The number tells several inputs of one field apart. */
static struct sv input_id(const struct site *site, const struct drawn *drawn, unsigned number)
{
	const struct sv id = id_of(site, drawn, "f");

	return number > 0 ? arena_printf(site->arena, "%.*s-%u", SV_ARG(id), number + 1) : id;
}

static void put_names(struct site *site, const struct drawn *drawn, unsigned number,
		      const char *part)
{
	html_attribute(&site->html, "id", input_id(site, drawn, number));
	html_attribute(&site->html, "name",
		       arena_printf(site->arena, "%.*s%s", SV_ARG(drawn->field->id), part));
}

/* ---- inputs ---- */

struct input_row {
	const char *type, *mode, *width;
	const char *ja, *en; /* unit behind the input */
};

static const struct input_row *input_row(enum programme_field_kind kind)
{
	static const struct input_row row[FIELD_KIND_COUNT] = {
		[FIELD_CORPORATE_NUMBER] = { "text", "numeric", "w-14", NULL, NULL },
		[FIELD_POSTAL_CODE] = { "text", "numeric", "w-8", NULL, NULL },
		[FIELD_TELEPHONE] = { "tel", "tel", "w-16", NULL, NULL },
		[FIELD_MAIL] = { "email", "email", "w-28", NULL, NULL },
		[FIELD_NUMBER] = { "text", "numeric", "w-8", NULL, NULL },
		[FIELD_YEN] = { "text", "numeric", "w-14", "円", "yen" },
		[FIELD_TIME] = { "text", "numeric", "w-8", NULL, NULL },
	};

	return &row[kind];
}

/* How wide a text is, by how long it may be. */
static const char *text_width(const struct programme_field *field)
{
	static const struct {
		int64_t max;
		const char *name;
	} row[] = { { 5, "w-8" }, { 12, "w-14" }, { 20, "w-16" }, { 60, "w-28" } };

	for (size_t i = 0; field->max > 0 && i < sizeof row / sizeof *row; i++)
		if (field->max <= row[i].max)
			return row[i].name;
	return "w-full";
}

static void put_input(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	const struct programme_field *field = drawn->field;
	const struct input_row *row = input_row(field->kind);

	html_open(html, "input");
	put_names(site, drawn, 0, "");
	html_attribute(html, "type", sv_from(row->type ? row->type : "text"));
	html_class(html, row->width ? row->width : text_width(field));
	if (row->mode)
		html_attribute(html, "inputmode", sv_from(row->mode));
	if (field->kind == FIELD_MAIL)
		html_attribute(html, "spellcheck", SV("false"));
	if (field->autocomplete.n > 0)
		html_attribute(html, "autocomplete", field->autocomplete);
	html_attribute(html, "value", raw_value(drawn, ""));
	if (drawn->needed)
		html_flag(html, "required");
	put_describes(site, drawn);
	html_close(html);
	if (row->ja) {
		html_text(html, SV(" "));
		html_say(html, row->ja, row->en);
	}
}

static void put_area(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;

	html_open(html, "textarea");
	put_names(site, drawn, 0, "");
	html_attribute(html, "rows", SV("5"));
	if (drawn->needed)
		html_flag(html, "required");
	put_describes(site, drawn);
	html_text(html, SV("\n")); /* the first line end of an area is not its text */
	html_text(html, raw_value(drawn, ""));
	html_close(html);
}

/* One radio button or box. */
static void put_choice(struct site *site, const struct drawn *drawn, const char *type,
		       unsigned number, struct sv value, struct sv name, bool possible)
{
	struct html *html = &site->html;

	html_open(html, "label");
	html_class(html, possible ? "choice" : "choice none");
	html_open(html, "input");
	put_names(site, drawn, number, "");
	html_attribute(html, "type", sv_from(type));
	html_attribute(html, "value", value);
	if (!possible)
		html_flag(html, "disabled");
	else if (is_chosen(drawn, value))
		html_flag(html, "checked");
	if (drawn->needed && type[0] == 'r')
		html_flag(html, "required");
	html_close(html);
	html_open(html, "span");
	html_text(html, name);
}

static void end_choice(struct site *site)
{
	html_close(&site->html);
	html_close(&site->html);
}

static void put_options(struct site *site, const struct drawn *drawn, const char *type)
{
	const struct programme_field *field = drawn->field;

	html_open(&site->html, "div");
	html_class(&site->html, field->option_count > 8 ? "choices many" : "choices");
	for (unsigned i = 0; i < field->option_count; i++) {
		put_choice(site, drawn, type, i, field->option[i].id,
			   site_text(site, &field->option[i].name), true);
		end_choice(site);
	}
	html_close(&site->html);
}

/* Very many options (prefectures) would be screens long as buttons on a phone. */
static void put_select(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	const struct programme_field *field = drawn->field;

	html_open(html, "select");
	put_names(site, drawn, 0, "");
	if (field->autocomplete.n > 0)
		html_attribute(html, "autocomplete", field->autocomplete);
	if (drawn->needed)
		html_flag(html, "required");
	put_describes(site, drawn);
	html_open(html, "option");
	html_attribute(html, "value", SV(""));
	html_say(html, "選んでください", "Please choose");
	html_close(html);
	for (size_t i = 0; i < field->option_count; i++) {
		html_open(html, "option");
		html_attribute(html, "value", field->option[i].id);
		if (is_chosen(drawn, field->option[i].id))
			html_flag(html, "selected");
		html_text(html, site_text(site, &field->option[i].name));
		html_close(html);
	}
	html_close(html);
}

static void put_yes_no(struct site *site, const struct drawn *drawn)
{
	const bool english = site->html.english;

	html_open(&site->html, "div");
	html_class(&site->html, "choices inline");
	put_choice(site, drawn, "radio", 0, SV("yes"), english ? SV("Yes") : SV("はい"), true);
	end_choice(site);
	put_choice(site, drawn, "radio", 1, SV("no"), english ? SV("No") : SV("いいえ"), true);
	end_choice(site);
	html_close(&site->html);
}

static const struct seat_row *seat_of(const struct site_fields *fields, struct sv course)
{
	for (size_t i = 0; i < fields->seat_count; i++)
		if (sv_eq(fields->seat[i].course, course))
			return &fields->seat[i];
	return NULL;
}

/* A full course cannot be chosen; the server refuses it too. */
static void put_courses(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	const struct programme_facts *facts = programme_facts(drawn->fields->programme);

	html_open(html, "div");
	html_class(html, "choices");
	for (unsigned i = 0; i < facts->course_count; i++) {
		const struct programme_course *course = &facts->course[i];
		const struct seat_row *seat = seat_of(drawn->fields, course->id);
		const bool full = seat && !seat->open;

		put_choice(site, drawn, "checkbox", i, course->id, site_text(site, &course->name),
			   !full);
		if (full)
			html_tell(html, "b", "full", "満員", "Full");
		else if (seat)
			html_element(html, "small", NULL,
				     html->english ? arena_printf(site->arena, "%u places left",
								  seat->places - seat->taken)
						   : arena_printf(site->arena, "残り %u 社",
								  seat->places - seat->taken));
		end_choice(site);
	}
	html_close(html);
}

static void put_consent(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;

	html_open(html, "div");
	html_class(html, "consent");
	html_prose(html, site_text(site, &drawn->field->consent_text));
	html_close(html);
	put_choice(site, drawn, "checkbox", 0, SV("yes"),
		   html->english ? SV("I have read this and agree") : SV("読んで、同意します"),
		   true);
	end_choice(site);
}

/* A line for each place of business, as many as there may be. */
static void put_sites(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	const struct answers *raw = drawn->fields->raw;
	size_t at = 0;

	for (unsigned i = 0; i < drawn->field->max; i++) {
		struct sv value = SV_NONE;

		while (raw && at < raw->count && !value.p) {
			if (sv_eq(raw->item[at].name, drawn->field->id))
				value = raw->item[at].value;
			at++;
		}
		html_open(html, "label");
		html_class(html, "line");
		html_attribute(html, "for", input_id(site, drawn, i));
		html_text(html, arena_printf(site->arena, html->english ? "Place %u" : "%u か所目",
					     i + 1));
		html_close(html);
		html_open(html, "input");
		put_names(site, drawn, i, "");
		html_attribute(html, "type", SV("text"));
		html_class(html, "w-full");
		html_attribute(html, "value", value);
		if (drawn->error.n > 0)
			html_attribute(html, "aria-invalid", SV("true"));
		html_close(html);
	}
}

/* ---- files ---- */

static void put_accept(struct site *site, const struct programme_field *field)
{
	struct sv text = SV("");

	for (unsigned i = 0; i < FILE_TYPE_COUNT; i++)
		if (field->file_types >> i & 1)
			text = arena_printf(site->arena, "%.*s%s%s", SV_ARG(text),
					    text.n > 0 ? "," : "",
					    file_kind_extension((enum file_type)i));
	html_attribute(&site->html, "accept", text);
}

/* A file that this form has already: it stays, unless another is chosen or it is taken off. */
static void put_held(struct site *site, const struct drawn *drawn, const struct upload *upload)
{
	struct html *html = &site->html;

	html_open(html, "p");
	html_class(html, "held");
	html_say(html, "お預かりしています: ", "We have: ");
	html_element(html, "b", NULL, upload->name);
	html_text(html, arena_printf(site->arena, " (%.*s)",
				     SV_ARG(files_size(upload->bytes, html->english, site->arena))));
	html_close(html);
	html_open(html, "input");
	html_attribute(html, "type", SV("hidden"));
	html_attribute(html, "name", drawn->field->id);
	html_attribute(html, "value", raw_value(drawn, ""));
	html_close(html);
	html_open(html, "label");
	html_class(html, "choice");
	html_open(html, "input");
	put_names(site, drawn, 1, SITE_FILE_REMOVE);
	html_attribute(html, "type", SV("checkbox"));
	html_attribute(html, "value", SV("yes"));
	html_close(html);
	html_tell(html, "span", NULL, "このファイルを外す", "Take this file off");
	html_close(html);
}

static void put_file(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;
	struct upload upload;
	const bool held = upload_parse(raw_value(drawn, ""), &upload);

	html_open(html, "input");
	put_names(site, drawn, 0, SITE_FILE_INPUT);
	html_attribute(html, "type", SV("file"));
	put_accept(site, drawn->field);
	if (drawn->needed && !held)
		html_flag(html, "required");
	put_describes(site, drawn);
	html_close(html);
	html_element(html, "p", "quiet",
		     arena_printf(site->arena, html->english ? "At most %.*s" : "%.*s まで",
				  SV_ARG(files_size(drawn->field->file_bytes, html->english,
						    site->arena))));
	if (held)
		put_held(site, drawn, &upload);
}

static const struct {
	const char *ja, *en, *width;
} date_row[SITE_DATE_PARTS] = {
	{ "年", "Year", "w-5" },
	{ "月", "Month", "w-3" },
	{ "日", "Day", "w-3" },
};

static void put_date(struct site *site, const struct drawn *drawn)
{
	struct html *html = &site->html;

	html_open(html, "div");
	html_class(html, "date");
	for (unsigned i = 0; i < SITE_DATE_PARTS; i++) {
		html_open(html, "label");
		html_open(html, "input");
		put_names(site, drawn, i, site_date_part[i]);
		html_attribute(html, "type", SV("text"));
		html_attribute(html, "inputmode", SV("numeric"));
		html_class(html, date_row[i].width);
		html_attribute(html, "value", raw_value(drawn, site_date_part[i]));
		if (drawn->error.n > 0)
			html_attribute(html, "aria-invalid", SV("true"));
		html_close(html);
		html_open(html, "span");
		html_say(html, date_row[i].ja, date_row[i].en);
		html_close(html);
		html_close(html);
	}
	html_close(html);
}

/* ---- one field ---- */

/* Several inputs that belong together have a legend instead of a label. */
static bool is_group(const struct programme_field *field)
{
	const enum programme_field_kind kind = field->kind;

	if (kind == FIELD_CHOICE)
		return field->option_count <= BUTTONS_MAX;
	return kind == FIELD_CHOICES || kind == FIELD_YES_NO || kind == FIELD_CONSENT ||
	       kind == FIELD_DATE || kind == FIELD_COURSES || kind == FIELD_SITES;
}

static void put_inputs(struct site *site, const struct drawn *drawn)
{
	switch (drawn->field->kind) {
	case FIELD_PARAGRAPH: put_area(site, drawn); break;
	case FIELD_CHOICE:
		if (is_group(drawn->field))
			put_options(site, drawn, "radio");
		else
			put_select(site, drawn);
		break;
	case FIELD_CHOICES: put_options(site, drawn, "checkbox"); break;
	case FIELD_YES_NO: put_yes_no(site, drawn); break;
	case FIELD_COURSES: put_courses(site, drawn); break;
	case FIELD_CONSENT: put_consent(site, drawn); break;
	case FIELD_DATE: put_date(site, drawn); break;
	case FIELD_FILE: put_file(site, drawn); break;
	case FIELD_SITES: put_sites(site, drawn); break;
	default: put_input(site, drawn); break;
	}
}

void site_field(struct site *site, const struct site_fields *fields,
		const struct programme_field *field)
{
	struct html *html = &site->html;
	struct drawn drawn = { .fields = fields, .field = field };
	const bool group = is_group(field);

	drawn.error = error_of(site, fields->errors, field->id);
	drawn.needed = field->required && !field->shown;
	if (site_text(site, &field->help).n > 0)
		drawn.describes = id_of(site, &drawn, "h");
	if (drawn.error.n > 0)
		drawn.describes = arena_printf(site->arena, "%.*s%s%.*s", SV_ARG(drawn.describes),
					       drawn.describes.n > 0 ? " " : "",
					       SV_ARG(id_of(site, &drawn, "e")));
	html_open(html, group ? "fieldset" : "div");
	html_class(html, drawn.error.n > 0 ? "field wrong" : "field");
	if (group && drawn.describes.n > 0)
		html_attribute(html, "aria-describedby", drawn.describes);
	html_open(html, group ? "legend" : "label");
	if (!group)
		html_attribute(html, "for", id_of(site, &drawn, "f"));
	html_text(html, site_text(site, &field->label));
	put_need(site, field);
	html_close(html);
	put_when(site, &drawn);
	put_help(site, &drawn);
	put_inputs(site, &drawn);
	html_close(html);
}
