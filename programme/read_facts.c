/* What a file says of the programme itself: office, courses, reception, texts. */
#include <stdio.h>

#include "programme/internal.h"

#define PLACES_MAX 1000000
#define COUNT_MAX 1000000 /* users, devices, visits */
#define MONTHS_MAX 60
#define REPORT_DAYS_MIN 5 /* as many reports of a trial as FIRED_MAX holds */
#define REPORT_DAYS_MAX 366
#define POLICIES_MAX 8
#define FAQ_MAX 200

static void read_office(struct reader *reader, const struct yaml_node *node)
{
	struct programme_office *office = &reader->programme->facts.office;

	if (!node || !reader_map(reader, node, MAP_OFFICE))
		return;
	office->name = reader_text(reader, yaml_get(node, "name"));
	office->hours = reader_text(reader, yaml_get(node, "hours"));
	office->telephone = reader_word(reader, yaml_get(node, "telephone"));
	office->mail = reader_word(reader, yaml_get(node, "mail"));
	office->open_from_minute = reader_minute(reader, yaml_get(node, "open_from"), 0);
	office->open_to_minute = reader_minute(reader, yaml_get(node, "open_to"), 24 * 60);
	office->open_on_holidays = reader_bool(reader, yaml_get(node, "holidays"), false);
	if (office->open_from_minute >= office->open_to_minute)
		reader_at(reader, node, "the office opens before it closes");
}

/* A closure as base/calendar.h reads it: "2025-08-13..2025-08-15 夏季休業". */
static void read_closures(struct reader *reader, const struct yaml_node *list)
{
	struct programme_facts *facts = &reader->programme->facts;
	struct closure *closure;

	if (!reader_list(reader, list, "closures", CALENDAR_CLOSURES_MAX))
		return;
	closure = reader_alloc(reader, list->count, sizeof *closure);
	for (size_t i = 0; i < list->count; i++) {
		struct err err = ERR_INIT;

		if (list->item[i]->kind != YAML_SCALAR ||
		    closure_parse(list->item[i]->text, &closure[facts->closure_count], &err) < 0)
			reader_problem(reader, list->item[i]->line, list->item[i]->column,
				       SV("as in 2025-08-13..2025-08-15 NAME, or 12-29..01-03"),
				       "no closure: %s", err.text);
		else
			facts->closure_count++;
	}
	facts->closure = closure;
}

static void read_entitlement(struct reader *reader, const struct yaml_node *node,
			     struct programme_entitlement *to)
{
	if (!node ||
	    !reader_map(reader, node, MAP_ENTITLEMENT))
		return;
	to->service = reader_id(reader, yaml_get(node, "service"));
	to->users = (uint32_t)reader_int(reader, yaml_get(node, "users"), 0, COUNT_MAX, 0);
	to->devices_per_user = (uint32_t)reader_int(reader, yaml_get(node, "devices_per_user"), 0,
						    COUNT_MAX, 0);
	to->devices = (uint32_t)reader_int(reader, yaml_get(node, "devices"), 0, COUNT_MAX, 0);
	to->users_can_be_raised =
		reader_bool(reader, yaml_get(node, "users_can_be_raised"), false);
	to->months = (uint32_t)reader_int(reader, yaml_get(node, "months"), 0, MONTHS_MAX, 0);
	to->report_days = (uint32_t)reader_int(reader, yaml_get(node, "report_days"),
					       REPORT_DAYS_MIN, REPORT_DAYS_MAX, 0);
	to->visits = (uint32_t)reader_int(reader, yaml_get(node, "visits"), 0, COUNT_MAX, 0);
	to->with = reader_words(reader, yaml_get(node, "with"), &to->with_count);
	if (to->report_days > 0 && to->months == 0)
		reader_at(reader, node, "report_days divide a trial: it has months");
}

static void read_own_cost(struct reader *reader, const struct yaml_node *list,
			  struct programme_course *course)
{
	struct programme_text *cost;

	if (!reader_list(reader, list, "own_cost", PROGRAMME_LIST_MAX))
		return;
	cost = reader_alloc(reader, list->count, sizeof *cost);
	for (size_t i = 0; i < list->count; i++)
		cost[i] = reader_text(reader, list->item[i]);
	course->own_cost = cost;
	course->own_cost_count = list->count;
}

static void read_course(struct reader *reader, const struct yaml_node *node,
			struct programme_course *course)
{
	if (!reader_map(reader, node, MAP_COURSE))
		return;
	course->id = reader_id(reader, yaml_get(node, "id"));
	course->name = reader_text(reader, yaml_get(node, "name"));
	course->summary = reader_text(reader, yaml_get(node, "summary"));
	course->places = (uint32_t)reader_int(reader, yaml_get(node, "places"), 1, PLACES_MAX, 1);
	course->exact = reader_bool(reader, yaml_get(node, "exact"), true);
	read_entitlement(reader, yaml_get(node, "entitlement"), &course->entitlement);
	read_own_cost(reader, yaml_get(node, "own_cost"), course);
}

static void read_courses(struct reader *reader, const struct yaml_node *list)
{
	struct programme_facts *facts = &reader->programme->facts;
	struct programme_course *course;

	if (!reader_list(reader, list, "courses", PROGRAMME_COURSES_MAX))
		return;
	if (list->count == 0)
		reader_at(reader, list, "a programme needs a course");
	course = reader_alloc(reader, list->count, sizeof *course);
	for (size_t i = 0; i < list->count; i++) {
		read_course(reader, list->item[i], &course[i]);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "course", course[i].id, course[k].id);
	}
	facts->course = course;
	facts->course_count = list->count;
}

static void read_faq(struct reader *reader, const struct yaml_node *list)
{
	struct programme_facts *facts = &reader->programme->facts;
	struct programme_question *question;

	if (!reader_list(reader, list, "faq", FAQ_MAX))
		return;
	question = reader_alloc(reader, list->count, sizeof *question);
	for (size_t i = 0; i < list->count; i++) {
		if (!reader_map(reader, list->item[i], MAP_QUESTION))
			continue;
		question[i].question = reader_text(reader, yaml_get(list->item[i], "question"));
		question[i].answer = reader_text(reader, yaml_get(list->item[i], "answer"));
	}
	facts->faq = question;
	facts->faq_count = list->count;
}

struct desk_hours {
	bool weekdays_only;
	unsigned from_minute, to_minute;
};

static struct desk_hours read_hours(struct reader *reader, const struct yaml_node *node,
				    const char *what)
{
	struct desk_hours hours = { .to_minute = 24 * 60 };

	if (!node || !reader_map(reader, node, MAP_HOURS))
		return hours;
	hours.weekdays_only = reader_bool(reader, yaml_get(node, "weekdays_only"), false);
	hours.from_minute = reader_minute(reader, yaml_get(node, "from"), 0);
	hours.to_minute = reader_minute(reader, yaml_get(node, "to"), 24 * 60);
	if (hours.from_minute >= hours.to_minute)
		reader_at(reader, node, "%s begins before it ends", what);
	return hours;
}

static const char *handling_word(int handling)
{
	return incident_handling_name((enum incident_handling)handling);
}

static void read_desks(struct reader *reader, const struct yaml_node *node)
{
	struct programme_facts *facts = &reader->programme->facts;
	const struct yaml_node *talk = yaml_get(node, "consultation");
	struct desk_hours hours;

	if (node && !reader_map(reader, node, MAP_DESKS))
		node = NULL;
	facts->handling = (enum incident_handling)reader_choice(
		reader, yaml_get(node, "handling"), "handling of incidents", handling_word,
		HANDLING_COUNT, HANDLING_REMOVAL);
	facts->desk_day_and_night = reader_bool(reader, yaml_get(node, "day_and_night"), false);
	hours = read_hours(reader, yaml_get(node, "onsite"), "onsite");
	facts->has_onsite = yaml_get(node, "onsite") != NULL;
	facts->onsite_weekdays_only = hours.weekdays_only;
	facts->onsite_from_minute = hours.from_minute;
	facts->onsite_to_minute = hours.to_minute;
	facts->has_consultation = talk != NULL;
	hours = read_hours(reader, talk, "consultation");
	facts->consultation_weekdays_only = hours.weekdays_only;
	facts->consultation_from_minute = hours.from_minute;
	facts->consultation_to_minute = hours.to_minute;
}

/* hearings: { companies: 5, ask_first: true } */
static void read_hearings(struct reader *reader, const struct yaml_node *node)
{
	struct programme_facts *facts = &reader->programme->facts;

	if (!node || !reader_map(reader, node, MAP_HEARINGS))
		return;
	facts->has_hearings = true;
	facts->hearing_companies =
		(uint32_t)reader_int(reader, yaml_get(node, "companies"), 1, PLACES_MAX, 0);
	facts->hearing_asks_first = reader_bool(reader, yaml_get(node, "ask_first"), false);
}

static void read_policies(struct reader *reader, const struct yaml_node *list)
{
	struct programme_policy *policy;

	if (!reader_list(reader, list, "policies", POLICIES_MAX))
		return;
	policy = reader_alloc(reader, list->count, sizeof *policy);
	for (size_t i = 0; i < list->count; i++) {
		if (!reader_map(reader, list->item[i], MAP_POLICY))
			continue;
		policy[i].name = reader_text(reader, yaml_get(list->item[i], "name"));
		policy[i].url = reader_word(reader, yaml_get(list->item[i], "url"));
		if (policy[i].url.n > 0 && !sv_starts(policy[i].url, SV("https://")))
			reader_at(reader, list->item[i], "the address of a policy begins with https://");
	}
	reader->programme->facts.policy = policy;
	reader->programme->facts.policy_count = list->count;
}

static void read_names(struct reader *reader, const struct yaml_node *root)
{
	struct programme_facts *facts = &reader->programme->facts;

	facts->id = reader_id(reader, yaml_get(root, "programme"));
	facts->version =
		(uint32_t)reader_int(reader, yaml_get(root, "version"), 1, 1000000, 1);
	facts->fiscal_year =
		(int)reader_int(reader, yaml_get(root, "fiscal_year"), 2000, 2099, 2000);
	facts->name = reader_text(reader, yaml_get(root, "name"));
	facts->short_name = reader_text(reader, yaml_get(root, "short_name"));
	facts->purpose = reader_text(reader, yaml_get(root, "purpose"));
	facts->target = reader_text(reader, yaml_get(root, "target"));
	facts->flow = reader_text(reader, yaml_get(root, "flow"));
	facts->notes = reader_text(reader, yaml_get(root, "notes"));
	facts->liability = reader_text(reader, yaml_get(root, "liability"));
	facts->shows_liability = facts->liability.ja.n > 0;
}

void reader_facts(struct reader *reader, const struct yaml_node *root)
{
	read_names(reader, root);
	read_office(reader, yaml_get(root, "office"));
	read_closures(reader, yaml_get(root, "closures"));
	reader_reception(reader, yaml_get(root, "reception"));
	read_courses(reader, yaml_get(root, "courses"));
	reader_selection(reader, yaml_get(root, "selection"));
	reader_flags(reader, yaml_get(root, "flags"));
	read_faq(reader, yaml_get(root, "faq"));
	read_desks(reader, yaml_get(root, "desks"));
	read_hearings(reader, yaml_get(root, "hearings"));
	read_policies(reader, yaml_get(root, "policies"));
}
