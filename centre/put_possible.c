#include "centre/put_possible.h"

static void put_text(struct emit *emit, const struct http_request *request, const char *key,
		     struct programme_text text)
{
	emit_put_text(emit, key, text_of(request, text));
}

static void put_bound(struct emit *emit, const char *key, const struct programme_field *field,
		      int64_t bound)
{
	const bool has = field->max != 0 || field->min != 0;

	emit_key(emit, key);
	if (has)
		emit_number(emit, bound);
	else
		emit_nothing(emit);
}

static void put_options(struct emit *emit, const struct http_request *request,
			const struct programme *programme, const struct programme_field *field)
{
	const struct programme_facts *facts = programme_facts(programme);
	const bool courses = field->kind == FIELD_COURSES && field->option_count == 0;
	const size_t count = courses ? facts->course_count : field->option_count;

	emit_key(emit, "options");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(emit);
		emit_put_text(emit, "id", courses ? facts->course[i].id : field->option[i].id);
		put_text(emit, request, "name",
			 courses ? facts->course[i].name : field->option[i].name);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/*
 * A condition that is not so simple the server alone looks at; then it alone
 * knows whether the field is required.
 */
static bool is_simple(const struct http_request *request, const struct programme *programme,
		      const struct programme_field *field)
{
	const struct sv *value;
	struct sv name;
	size_t count;

	return !field->shown ||
	       form_shown_when(programme, field, &name, &value, &count, request->arena);
}

static void put_shown(struct emit *emit, const struct http_request *request,
		      const struct programme *programme, const struct programme_field *field)
{
	const struct sv *value;
	struct sv name;
	size_t count;

	emit_key(emit, "shown");
	if (!form_shown_when(programme, field, &name, &value, &count, request->arena)) {
		emit_nothing(emit);
		return;
	}
	emit_object(emit);
	emit_put_text(emit, "field", name);
	emit_key(emit, "values");
	emit_array(emit);
	for (size_t i = 0; i < count; i++)
		emit_text(emit, value[i]);
	emit_array_end(emit);
	emit_object_end(emit);
}

void put_form_field(struct emit *emit, const struct http_request *request,
		    const struct programme *programme, const struct programme_field *field)
{
	emit_object(emit);
	emit_put_text(emit, "id", field->id);
	emit_put_text(emit, "kind", sv_from(programme_field_kind_name(field->kind)));
	put_text(emit, request, "label", field->label);
	put_text(emit, request, "help", field->help);
	emit_put_truth(emit, "required",
		       field->required && is_simple(request, programme, field));
	put_bound(emit, "min", field, field->min);
	put_bound(emit, "max", field, field->max);
	put_options(emit, request, programme, field);
	put_shown(emit, request, programme, field);
	emit_object_end(emit);
}

void put_possible(struct emit *emit, const struct http_request *request,
		  const struct programme *programme, const struct application *application)
{
	const struct programme_state *state = programme_state(programme, application->is.state);
	const unsigned actors = application_actors(request, application);

	emit_key(emit, "possible");
	emit_array(emit);
	for (size_t i = 0; state && i < state->event_count; i++) {
		const struct programme_event *event = &state->event[i];

		if (!(event->by & actors))
			continue;
		emit_object(emit);
		emit_put_text(emit, "event", event->id);
		put_text(emit, request, "name", event->name);
		put_text(emit, request, "help", event->help);
		emit_put_truth(emit, "gravely", event->gravely);
		emit_key(emit, "fields");
		emit_array(emit);
		for (size_t f = 0; f < event->field_count; f++)
			put_form_field(emit, request, programme, &event->field[f]);
		emit_array_end(emit);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}
