#include "centre/put_application.h"

#include <assert.h>

#include "centre/access.h"
#include "centre/problem.h"
#include "centre/put_possible.h"
#include "centre/reply.h"

struct sv text_of(const struct http_request *request, struct programme_text text)
{
	const struct sv chosen = request->language == LANGUAGE_EN ? text.en : text.ja;

	return chosen.p ? chosen : SV("");
}

static void put_text(struct emit *emit, const struct http_request *request, const char *key,
		     struct programme_text text)
{
	emit_put_text(emit, key, text_of(request, text));
}

/* ---- who ---- */

static const enum programme_actor played_by[] = {
	[ROLE_PUBLIC] = BY_COUNT,	 [ROLE_APPLICANT] = BY_APPLICANT,
	[ROLE_OWNER] = BY_APPLICANT,	 [ROLE_SECRETARIAT] = BY_SECRETARIAT,
	[ROLE_CITY] = BY_CITY,		 [ROLE_EXPERT] = BY_EXPERT,
	[ROLE_ANALYST] = BY_COUNT,	 [ROLE_DESK] = BY_DESK,
	[ROLE_CONTRACTOR] = BY_CONTRACTOR, [ROLE_DIAGNOSIS] = BY_COUNT,
	[ROLE_ADMINISTRATOR] = BY_COUNT,
};
static_assert(sizeof played_by / sizeof *played_by == ROLE_COUNT, "every role");

static unsigned roles_for(const struct http_request *request,
			  const struct application *application)
{
	struct access_object object;

	if (access_load(request->worker->records, OBJECT_APPLICATION, application->id,
			request->arena, &object, NULL) != 1)
		return 0;
	return access_roles(request->actor, &object);
}

unsigned application_actors(const struct http_request *request,
			    const struct application *application)
{
	const unsigned roles = roles_for(request, application);
	struct access_object object;
	unsigned actors = 0;

	if (access_load(request->worker->records, OBJECT_APPLICATION, application->id,
			request->arena, &object, NULL) != 1 ||
	    !access_may(request->actor, ACCESS_APPLICATION_ACT, &object))
		return 0;
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if ((roles >> i & 1) && played_by[i] != BY_COUNT)
			actors |= 1U << played_by[i];
	return actors;
}

bool application_is_own(const struct http_request *request, const struct application *application)
{
	return !(roles_for(request, application) & ~(1U << ROLE_APPLICANT | 1U << ROLE_OWNER));
}

struct sv actor_text(const struct http_request *request, const struct catalogue_entry *entry,
		     enum programme_actor actor)
{
	static const struct programme_text name[] = {
		[BY_CLOCK] = { { "自動", 6 }, { "automatic", 9 } },
		[BY_CENTRE] = { { "自動", 6 }, { "automatic", 9 } },
		[BY_APPLICANT] = { { "申込企業", 12 }, { "the company", 11 } },
		[BY_CITY] = { { "自治体", 9 }, { "the city", 8 } },
		[BY_EXPERT] = { { "専門家", 9 }, { "the expert", 10 } },
		[BY_DESK] = { { "相談窓口", 12 }, { "the desk", 8 } },
		[BY_CONTRACTOR] = { { "施工業者", 12 }, { "the contractor", 14 } },
		[BY_COUNT] = { { "", 0 }, { "", 0 } },
	};

	if (actor == BY_SECRETARIAT)
		return text_of(request, programme_facts(entry->programme)->office.name);
	return text_of(request, name[actor]);
}

/* ---- programmes ---- */

void put_seat(struct emit *emit, const struct http_request *request,
	      const struct catalogue_entry *entry, const struct seat_row *seat)
{
	const struct programme_course *course = programme_course(entry->programme, seat->course);

	emit_object(emit);
	emit_put_text(emit, "course", seat->course);
	emit_put_text(emit, "name", course ? text_of(request, course->name) : seat->course);
	emit_put_number(emit, "taken", seat->taken);
	emit_put_number(emit, "places", seat->places);
	emit_put_truth(emit, "exact", seat->exact);
	emit_put_truth(emit, "open", seat->open);
	emit_object_end(emit);
}

static void put_state_names(struct emit *emit, const struct http_request *request,
			    const struct programme_facts *facts)
{
	emit_key(emit, "states");
	emit_array(emit);
	for (size_t i = 0; i < facts->state_count; i++) {
		const struct programme_state *state = &facts->state[i];

		emit_object(emit);
		emit_put_text(emit, "id", state->id);
		put_text(emit, request, "name", state->name);
		emit_put_text(emit, "actor", sv_from(programme_actor_name(state->actor)));
		emit_put_truth(emit, "final", state->final);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

int put_programme(struct emit *emit, struct http_request *request,
		  const struct catalogue_entry *entry, struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	const struct seat_row *seat;
	size_t count;

	if (seats_read(request->worker->records, entry, request->arena, &seat, &count, err) != 0)
		return -1;
	emit_object(emit);
	emit_put_text(emit, "id", entry->id);
	emit_put_text(emit, "slug", entry->slug);
	put_text(emit, request, "name", facts->name);
	put_text(emit, request, "short_name", facts->short_name);
	emit_put_number(emit, "fiscal_year", facts->fiscal_year);
	emit_put_number(emit, "version", facts->version);
	emit_key(emit, "courses");
	emit_array(emit);
	for (size_t i = 0; i < count; i++)
		put_seat(emit, request, entry, &seat[i]);
	emit_array_end(emit);
	put_state_names(emit, request, facts);
	emit_object_end(emit);
	return 0;
}

/* ---- one application ---- */

static void put_day_or_null(struct emit *emit, const char *key, bool has, struct day day)
{
	char text[DAY_TEXT_MAX];

	emit_key(emit, key);
	if (has)
		emit_text(emit, sv_from(day_format(day, DAY_ISO, text)));
	else
		emit_nothing(emit);
}

static void put_courses(struct emit *emit, const struct http_request *request,
			const struct catalogue_entry *entry, const struct application *application)
{
	const bool decided = application->decided_count > 0;
	const struct sv *id = decided ? application->decided : application->wished;
	const size_t count = decided ? application->decided_count : application->wished_count;

	emit_key(emit, "courses");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		const struct programme_course *course = programme_course(entry->programme, id[i]);

		emit_object(emit);
		emit_put_text(emit, "id", id[i]);
		emit_put_text(emit, "name", course ? text_of(request, course->name) : id[i]);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_members(struct emit *emit, const struct http_request *request,
			const struct catalogue_entry *entry, const struct application *application)
{
	const struct programme_state *state =
		programme_state(entry->programme, application->is.state);
	const struct programme_facts *facts = programme_facts(entry->programme);
	const struct day today = tokyo_of(request->programme_now).day;

	emit_put_text(emit, "id", application->id);
	emit_put_text(emit, "number", application->number);
	emit_key(emit, "programme");
	emit_object(emit);
	emit_put_text(emit, "id", application->programme);
	put_text(emit, request, "name", facts->short_name);
	emit_object_end(emit);
	emit_key(emit, "company");
	emit_object(emit);
	emit_put_text(emit, "id", application->company);
	emit_put_text(emit, "name", application->company_name);
	emit_object_end(emit);
	emit_put_text(emit, "company_kana", application->company_kana);
	emit_put_text(emit, "contact", application->contact);
	emit_put_text(emit, "telephone", application->telephone);
	emit_put_text(emit, "mail", application->mail);
	emit_put_text(emit, "state", application->is.state);
	emit_put_text(emit, "state_name",
		      state ? text_of(request, state->name) : application->is.state);
	emit_put_text(emit, "actor",
		      sv_from(programme_actor_name(state ? state->actor : BY_CLOCK)));
	emit_put_text(emit, "task", state ? text_of(request, state->task) : SV(""));
	put_courses(emit, request, entry, application);
	for (unsigned i = 0; i < MARK_COUNT; i++)
		emit_put_time(emit, mark_name((enum mark)i), application->is.mark[i]);
	put_day_or_null(emit, "due", application->has_due, application->due);
	emit_put_truth(emit, "due_hard", application->has_due && application->due_is_hard);
	emit_put_truth(emit, "late",
		       application->has_due && day_compare(application->due, today) < 0);
	emit_put_number(emit, "version", (int64_t)application->version);
}

void put_application(struct emit *emit, const struct http_request *request,
		     const struct catalogue_entry *entry, const struct application *application)
{
	emit_object(emit);
	put_members(emit, request, entry, application);
	emit_object_end(emit);
}

/* ---- its answers ---- */

static void put_answer(struct emit *emit, const struct http_request *request,
		       const struct programme *programme, struct sv section,
		       const struct programme_field *field, const struct answer *answer)
{
	emit_object(emit);
	emit_put_text(emit, "section", section);
	emit_put_text(emit, "field", answer->name);
	emit_put_text(emit, "label", text_of(request, form_label(programme, answer->name)));
	emit_put_text(emit, "kind", sv_from(programme_field_kind_name(field->kind)));
	emit_put_text(emit, "value", answer->value);
	emit_put_text(emit, "value_text",
		      text_of(request, form_value(programme, answer->name, answer->value,
						  request->arena)));
	emit_object_end(emit);
}

static void put_form_answers(struct emit *emit, const struct http_request *request,
			     const struct programme *programme, const struct answers *answers)
{
	const struct programme_form *form = &programme_facts(programme)->form;

	for (size_t s = 0; s < form->section_count; s++) {
		const struct programme_section *section = &form->section[s];

		for (size_t f = 0; f < section->field_count; f++)
			for (size_t i = 0; i < answers->count; i++)
				if (sv_eq(answers->item[i].name, section->field[f].id))
					put_answer(emit, request, programme,
						   text_of(request, section->title),
						   &section->field[f], &answers->item[i]);
	}
}

static const struct programme_event *find_event(const struct programme *programme, struct sv id)
{
	const struct programme_facts *facts = programme_facts(programme);

	for (size_t s = 0; s < facts->state_count; s++)
		for (size_t e = 0; e < facts->state[s].event_count; e++)
			if (sv_eq(facts->state[s].event[e].id, id))
				return &facts->state[s].event[e];
	return NULL;
}

/* "EVENT.FIELD" */
static void put_step_answers(struct emit *emit, const struct http_request *request,
			     const struct programme *programme, const struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		struct sv rest = answers->item[i].name;
		const struct sv id = sv_cut(&rest, '.');
		const struct programme_event *event = rest.n > 0 ? find_event(programme, id) : NULL;

		for (size_t f = 0; event && f < event->field_count; f++)
			if (sv_eq(event->field[f].id, rest))
				put_answer(emit, request, programme,
					   text_of(request, event->name), &event->field[f],
					   &answers->item[i]);
	}
}

static void put_consent(struct emit *emit, const struct http_request *request,
			const struct programme_field *field, struct sv version, struct instant at,
			const struct application *application)
{
	emit_object(emit);
	emit_put_text(emit, "field", field->id);
	put_text(emit, request, "label", field->label);
	emit_put_text(emit, "version", version);
	emit_put_time(emit, "at", at);
	emit_put_text(emit, "by", application->contact);
	emit_object_end(emit);
}

/* Given by an event, not by a tick. */
static void put_joined_consents(struct emit *emit, const struct http_request *request,
				const struct programme *programme,
				const struct application *application)
{
	const struct programme_facts *facts = programme_facts(programme);
	const struct answers *answers = &application->is.answers;

	for (size_t i = 0; i < facts->consent_count; i++) {
		const struct sv name = arena_printf(request->arena, "consent.%.*s",
						    SV_ARG(facts->consent[i].id));
		const struct sv at = answers_get(
			answers, arena_printf(request->arena, "%.*s.at", SV_ARG(name)));
		const struct sv version = answers_get(
			answers, arena_printf(request->arena, "%.*s.version", SV_ARG(name)));
		struct instant given = { 0 };

		if (answers_get(answers, name).n > 0 && instant_parse(at, &given))
			put_consent(emit, request, &facts->consent[i], version, given, application);
	}
}

static void put_consents(struct emit *emit, const struct http_request *request,
			 const struct programme *programme, const struct application *application)
{
	const struct programme_form *form = &programme_facts(programme)->form;

	emit_key(emit, "consents");
	emit_array(emit);
	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t f = 0; f < form->section[s].field_count; f++) {
			const struct programme_field *field = &form->section[s].field[f];

			if (field->kind != FIELD_CONSENT ||
			    answers_get(&application->is.answers, field->id).n == 0)
				continue;
			put_consent(emit, request, field, field->consent_version,
				    application->is.mark[MARK_RECEIVED], application);
		}
	}
	put_joined_consents(emit, request, programme, application);
	emit_array_end(emit);
}

/* for staff; the company's own view has none. */
static void put_flags(struct emit *emit, const struct http_request *request,
		      const struct programme *programme, const struct application *application)
{
	const struct programme_facts *facts = programme_facts(programme);

	emit_key(emit, "flags");
	emit_array(emit);
	for (size_t i = 0; i < facts->flag_count && !application_is_own(request, application); i++) {
		if (!flag_holds(&facts->flag[i], &application->is))
			continue;
		emit_object(emit);
		emit_put_text(emit, "id", facts->flag[i].id);
		put_text(emit, request, "name", facts->flag[i].name);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static int put_eligibility(struct emit *emit, const struct http_request *request,
			   const struct programme *programme,
			   const struct application *application, struct err *err)
{
	const struct eligibility_row *row;
	enum verdict whole;
	size_t count;

	if (eligibility(programme, &application->is.answers, &application->is.records,
			request->arena, &row, &count, &whole, err) != 0)
		return -1;
	emit_key(emit, "eligibility");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(emit);
		emit_put_text(emit, "condition", row[i].condition);
		emit_put_text(emit, "rules", row[i].rules);
		put_text(emit, request, "name", row[i].name);
		emit_put_text(emit, "verdict", sv_from(verdict_name(row[i].verdict)));
		put_text(emit, request, "message", row[i].message);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	return 0;
}

/* ---- the line of progress ---- */

struct answers body_fields(const struct http_request *request)
{
	const json_t *list = json_object_get(request->json, "fields");
	const size_t count = json_array_size(list);
	struct answer *item = arena_zalloc(request->arena, count + 1, sizeof *item);

	for (size_t i = 0; item && i < count; i++) {
		const json_t *one = json_array_get(list, i);
		const json_t *name = json_object_get(one, "name");
		const json_t *value = json_object_get(one, "value");

		item[i].name = (struct sv){ json_string_value(name), json_string_length(name) };
		item[i].value = (struct sv){ json_string_value(value), json_string_length(value) };
	}
	return (struct answers){ item, item ? count : 0 };
}

int application_story(const struct http_request *request, struct sv application,
		      const struct application_entry **ret, size_t *ret_count, struct err *err)
{
	const struct application_entry *entry; /* the newest first: so it is cut */
	struct application_entry *turned;
	size_t count;

	if (application_log(request->worker->records, application, request->arena, &entry, &count,
			    err) != 0)
		return -1;
	turned = arena_zalloc(request->arena, count + 1, sizeof *turned);
	if (!turned)
		return err_set(err, ERR_RANGE, "no memory for a log");
	for (size_t i = 0; i < count; i++)
		turned[i] = entry[count - 1 - i];
	*ret = turned;
	*ret_count = count;
	return 0;
}

static struct instant reached(const struct application_entry *entry, size_t count, struct sv state)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(entry[i].to, state))
			return entry[i].at;
	return (struct instant){ 0 };
}

static int put_steps(struct emit *emit, const struct http_request *request,
		     const struct programme *programme, const struct application *application,
		     struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);
	const struct application_entry *entry;
	size_t count;

	if (application_story(request, application->id, &entry, &count, err) != 0)
		return -1;
	emit_key(emit, "steps");
	emit_array(emit);
	for (size_t i = 0; i < facts->state_count; i++) {
		const struct programme_state *state = &facts->state[i];
		const struct instant at = reached(entry, count, state->id);

		if ((state->final || state->aside) && at.us == 0)
			continue; /* one of several ends, or a side road: not a step on the way */
		emit_object(emit);
		emit_put_text(emit, "state", state->id);
		put_text(emit, request, "name", state->name);
		emit_put_time(emit, "reached", at);
		emit_put_truth(emit, "current", sv_eq(state->id, application->is.state));
		emit_object_end(emit);
	}
	emit_array_end(emit);
	return 0;
}

static void put_trial(struct emit *emit, const struct http_request *request,
		      const struct programme *programme, const struct application *application)
{
	const struct programme_facts *facts = programme_facts(programme);
	uint32_t months = 0;
	struct day end = { 0 };
	const bool has = programme_trial_end(programme, &application->is, &end);

	put_day_or_null(emit, "trial_end", has, end);
	for (size_t i = 0; i < facts->course_count; i++)
		if (application_has_course(&application->is, facts->course[i].id) &&
		    facts->course[i].entitlement.months > months)
			months = facts->course[i].entitlement.months;
	emit_put_number(emit, "months", months);
	emit_key(emit, "own_cost");
	emit_array(emit);
	for (size_t i = 0; i < facts->course_count; i++) {
		const struct programme_course *course = &facts->course[i];

		for (size_t k = 0; application_has_course(&application->is, course->id) &&
				   k < course->own_cost_count;
		     k++)
			emit_text(emit, text_of(request, course->own_cost[k]));
	}
	emit_array_end(emit);
}

int put_application_detail(struct emit *emit, struct http_request *request,
			   const struct catalogue_entry *entry,
			   const struct application *application, struct err *err)
{
	const struct programme *programme = entry->programme;
	const struct programme_state *state = programme_state(programme, application->is.state);

	emit_object(emit);
	put_members(emit, request, entry, application);
	emit_put_text(emit, "where", state ? text_of(request, state->where) : SV(""));
	emit_put_text(emit, "next_text", state ? text_of(request, state->next) : SV(""));
	emit_put_text(emit, "who",
		      actor_text(request, entry, state && !state->final ? state->actor : BY_COUNT));
	emit_key(emit, "answers");
	emit_array(emit);
	put_form_answers(emit, request, programme, &application->is.answers);
	if (!application_is_own(request, application))
		put_step_answers(emit, request, programme, &application->is.answers);
	emit_array_end(emit);
	if (put_eligibility(emit, request, programme, application, err) != 0)
		return -1;
	put_possible(emit, request, programme, application);
	if (put_steps(emit, request, programme, application, err) != 0)
		return -1;
	put_trial(emit, request, programme, application);
	put_consents(emit, request, programme, application);
	put_flags(emit, request, programme, application);
	emit_object_end(emit);
	return 0;
}

/* ---- refusals ---- */

static const char *const refusals[] = {
	[REFUSAL_NONE] = "condition",	       [REFUSAL_NO_SUCH_EVENT] = "no_such_event",
	[REFUSAL_NOT_YOURS] = "not_yours",     [REFUSAL_FIELDS] = "fields",
	[REFUSAL_CONDITION] = "condition",     [REFUSAL_CLOSED] = "closed",
	[REFUSAL_FULL] = "full",	       [REFUSAL_INELIGIBLE] = "ineligible",
};

static enum http_answer fail_with(struct http_request *request, struct http_response *response,
				  const char *key, struct programme_text message,
				  const struct form_errors *errors)
{
	const struct problem *problem = problem_find(key);
	const struct sv said = text_of(request, message);
	struct emit emit;

	http_fail(request, response, problem->key, NULL); /* status and headers */
	buf_clear(&response->body);
	emit = emit_begin(&response->body);
	emit_object(&emit);
	emit_key(&emit, "error");
	emit_object(&emit);
	emit_put_text(&emit, "code", sv_from(problem->key));
	emit_put_text(&emit, "message",
		      said.n > 0 ? said : sv_from(problem->message[request->language]));
	emit_key(&emit, "hint");
	emit_text(&emit, sv_from(problem->hint[request->language]));
	emit_put_or_null(&emit, "field", errors && errors->count > 0 ? errors->item[0].field : SV(""));
	if (errors) {
		emit_key(&emit, "errors");
		emit_array(&emit);
		for (size_t i = 0; i < errors->count; i++) {
			emit_object(&emit);
			emit_put_text(&emit, "field", errors->item[i].field);
			emit_put_text(&emit, "message", text_of(request, errors->item[i].message));
			emit_object_end(&emit);
		}
		emit_array_end(&emit);
	}
	emit_object_end(&emit);
	emit_object_end(&emit);
	buf_put_char(&response->body, '\n');
	return HTTP_DONE;
}

enum http_answer http_fail_text(struct http_request *request, struct http_response *response,
				const char *key, const struct programme_text *message)
{
	return fail_with(request, response, key, *message, NULL);
}

enum http_answer fail_refused(struct http_request *request, struct http_response *response,
			      const struct refused *refused)
{
	return fail_with(request, response, refusals[refused->why], refused->message,
			 &refused->errors);
}
