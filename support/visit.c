/* What a visit has to keep to. Pure. */
#include "support/internal.h"

const char *visit_state_name(enum visit_state state)
{
	static const char *const name[] = {
		[VISIT_PLANNED] = "planned", [VISIT_HELD] = "held", [VISIT_CANCELLED] = "cancelled",
	};

	return state < VISIT_STATE_COUNT ? name[state] : NULL;
}

const char *visit_problem_name(enum visit_problem problem)
{
	static const char *const name[] = {
		[VISIT_GOOD] = "visit_good",
		[VISIT_NO_COURSE] = "visit_no_course",
		[VISIT_NOT_CONFIRMED] = "visit_not_confirmed",
		[VISIT_ENDED] = "visit_ended",
		[VISIT_TOO_MANY] = "visit_too_many",
		[VISIT_NO_AGENDA] = "visit_no_agenda",
		[VISIT_NUMBER_TAKEN] = "visit_number_taken",
		[VISIT_TOO_SHORT] = "visit_too_short",
		[VISIT_TOO_LONG] = "visit_too_long",
		[VISIT_WRONG_FORM] = "visit_wrong_form",
		[VISIT_NOT_REQUESTED] = "visit_not_requested",
		[VISIT_CLOSED_DAY] = "visit_closed_day",
		[VISIT_PAST] = "visit_past",
		[VISIT_EXPERT_BUSY] = "visit_expert_busy",
		[VISIT_COMPANY_BUSY] = "visit_company_busy",
	};
	static_assert(sizeof name / sizeof *name == VISIT_PROBLEM_COUNT, "every problem");

	return problem < VISIT_PROBLEM_COUNT ? name[problem] : NULL;
}

bool visit_can_be_overridden(enum visit_problem problem)
{
	return problem == VISIT_TOO_MANY || problem == VISIT_NO_AGENDA ||
	       problem == VISIT_NUMBER_TAKEN;
}

const struct programme_visits *visits_of_course(const struct programme *programme,
						struct sv course)
{
	const struct programme_facts *facts = programme_facts(programme);

	for (size_t i = 0; i < facts->visits_count; i++)
		if (sv_eq(facts->visits[i].course, course))
			return &facts->visits[i];
	return NULL;
}

uint32_t visits_given(const struct programme *programme, struct sv course)
{
	const struct programme_course *found = programme_course(programme, course);
	const struct programme_visits *visits = visits_of_course(programme, course);

	if (found && found->entitlement.visits > 0)
		return found->entitlement.visits;
	return visits ? (uint32_t)visits->agenda_count : 0;
}

struct instant visit_end(const struct visit *visit)
{
	return (struct instant){ visit->from.us + visit->minutes * 60 * INSTANT_SECOND };
}

/* Another planned visit at the same time; one ends where the next begins. */
static bool collides(const struct visit *visit, const struct visit *other, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (other[i].state == VISIT_PLANNED && !sv_eq(other[i].id, visit->id) &&
		    instant_cmp(other[i].from, visit_end(visit)) < 0 &&
		    instant_cmp(visit->from, visit_end(&other[i])) < 0)
			return true;
	}
	return false;
}

/* How often, and as which number of the agenda. */
static enum visit_problem check_number(const struct programme *programme,
				       const struct programme_visits *rule,
				       const struct visit_wish *wish)
{
	const struct visit *visit = wish->visit;
	const uint32_t given = visits_given(programme, visit->course);
	size_t counted = 0;
	bool taken = false;

	for (size_t i = 0; i < wish->of_application_count; i++) {
		const struct visit *other = &wish->of_application[i];

		if (other->state == VISIT_CANCELLED || sv_eq(other->id, visit->id) ||
		    !sv_eq(other->course, visit->course))
			continue;
		counted++;
		taken = taken || other->number == visit->number;
	}
	if (given > 0 && counted >= given)
		return VISIT_TOO_MANY;
	if (visit->number == 0 || (rule->agenda_count > 0 && visit->number > rule->agenda_count))
		return VISIT_NO_AGENDA;
	return taken ? VISIT_NUMBER_TAKEN : VISIT_GOOD;
}

/* How long, in which form, and on which day. */
static enum visit_problem check_shape(const struct programme *programme,
				      const struct programme_visits *rule,
				      const struct visit_wish *wish)
{
	const struct visit *visit = wish->visit;

	if (visit->minutes == 0 || visit->minutes < rule->minutes_min)
		return VISIT_TOO_SHORT;
	if (visit->minutes > (rule->minutes_max > 0 ? rule->minutes_max : 24 * 60))
		return VISIT_TOO_LONG;
	if (!(rule->forms & 1U << visit->form))
		return VISIT_WRONG_FORM;
	if (visit->form == VISIT_ONLINE && rule->online_on_request && !visit->requested)
		return VISIT_NOT_REQUESTED;
	if (instant_cmp(visit->from, wish->now) < 0)
		return VISIT_PAST;
	if (rule->business_days_only &&
	    !calendar_is_open(programme_calendar(programme), tokyo_of(visit->from).day))
		return VISIT_CLOSED_DAY;
	return VISIT_GOOD;
}

enum visit_problem visit_check(const struct programme *programme,
			       const struct application_state *application,
			       const struct visit_wish *wish)
{
	const struct visit *visit = wish->visit;
	const struct programme_visits *rule = visits_of_course(programme, visit->course);
	enum visit_problem problem;

	if (!rule || !application_has_course(application, visit->course))
		return VISIT_NO_COURSE;
	if (application->mark[MARK_CONFIRMED].us == 0)
		return VISIT_NOT_CONFIRMED;
	if (application->mark[MARK_ENDED].us != 0)
		return VISIT_ENDED;
	problem = check_number(programme, rule, wish);
	if (problem != VISIT_GOOD && !wish->overridden)
		return problem;
	problem = check_shape(programme, rule, wish);
	if (problem != VISIT_GOOD)
		return problem;
	if (collides(visit, wish->of_expert, wish->of_expert_count))
		return VISIT_EXPERT_BUSY;
	return collides(visit, wish->of_application, wish->of_application_count)
		       ? VISIT_COMPANY_BUSY
		       : VISIT_GOOD;
}
