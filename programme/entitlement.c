/* What a participation gives: devices, the desk, visits on site. */
#include "programme/internal.h"

static int refuse(struct refused *ret, struct programme_text message)
{
	*ret = (struct refused){ .why = REFUSAL_CONDITION, .message = message };
	return 1;
}

/* Numbers of people's size only: a text for each is made without an arena. */
static int refuse_limit(const struct programme *programme, struct refused *ret,
			enum system_text which)
{
	return refuse(ret, programme->text[which]);
}

static const struct programme_course *course_of(const struct programme *programme,
						const struct application_state *application,
						struct sv service)
{
	for (size_t i = 0; i < programme->facts.course_count; i++) {
		const struct programme_course *course = &programme->facts.course[i];

		if (sv_eq(course->entitlement.service, service) &&
		    application_has_course(application, course->id))
			return course;
	}
	return NULL;
}

static bool is_over(const struct programme *programme,
		    const struct application_state *application, struct instant now)
{
	struct day end;

	return programme_trial_end(programme, application, &end) &&
	       day_compare(tokyo_of(now).day, end) > 0;
}

int entitlement_enrol(const struct programme *programme,
		      const struct application_state *application, struct sv service,
		      const struct entitlement_use *use, struct instant now,
		      struct refused *ret_refused)
{
	const size_t at = programme_state_index(programme, application->state);
	const bool is_user_new = use->devices_of_user == 0;
	const struct programme_course *course;
	uint32_t users;

	if (application->mark[MARK_CONFIRMED].us == 0 || at == SIZE_MAX)
		return refuse_limit(programme, ret_refused, TEXT_NOT_CONFIRMED);
	if (is_over(programme, application, now) || application->mark[MARK_ENDED].us != 0 ||
	    programme->facts.state[at].final)
		return refuse_limit(programme, ret_refused, TEXT_ENDED);
	course = course_of(programme, application, service);
	if (!course)
		return refuse_limit(programme, ret_refused, TEXT_NO_COURSE);
	if (!programme->state_rule[at].enrols)
		return refuse_limit(programme, ret_refused, TEXT_NOT_CONFIRMED);
	users = course->entitlement.users;
	if (course->entitlement.users_can_be_raised && use->users_raised_to > users)
		users = use->users_raised_to;
	if (users > 0 && is_user_new && use->users >= users)
		return refuse_limit(programme, ret_refused, TEXT_USERS);
	if (course->entitlement.devices_per_user > 0 &&
	    use->devices_of_user >= course->entitlement.devices_per_user)
		return refuse_limit(programme, ret_refused, TEXT_DEVICES_PER_USER);
	if (course->entitlement.devices > 0 && use->devices >= course->entitlement.devices)
		return refuse_limit(programme, ret_refused, TEXT_DEVICES);
	return 0;
}

bool desk_serves(const struct programme *programme, const struct application_state *application,
		 struct instant now)
{
	const size_t at = programme_state_index(programme, application->state);

	return programme->facts.desk_day_and_night && at != SIZE_MAX &&
	       programme->state_rule[at].has_desk &&
	       application->mark[MARK_INSTALLED].us != 0 && !is_over(programme, application, now);
}

bool desk_consults(const struct programme *programme, struct instant now)
{
	const struct programme_facts *facts = &programme->facts;
	const struct tokyo at = tokyo_of(now);
	const unsigned minute = at.hour * 60 + at.minute;
	struct day day;

	if (!facts->has_consultation || minute < facts->consultation_from_minute ||
	    minute >= facts->consultation_to_minute)
		return false;
	return !facts->consultation_weekdays_only ||
	       (calendar_roll(programme->calendar, at.day, &day, NULL) == 0 &&
		day_compare(day, at.day) == 0);
}

int onsite_next(const struct programme *programme, struct instant now, struct instant *ret,
		struct err *err)
{
	const struct programme_facts *facts = &programme->facts;
	const struct tokyo at = tokyo_of(now);
	struct day day = at.day;
	const unsigned minute = at.hour * 60 + at.minute;

	if (minute >= facts->onsite_to_minute)
		day = day_add(day, 1);
	if (facts->onsite_weekdays_only && calendar_roll(programme->calendar, day, &day, err) < 0)
		return -1;
	if (day_compare(day, at.day) == 0 && minute >= facts->onsite_from_minute)
		*ret = now;
	else
		*ret = tokyo_instant(day, facts->onsite_from_minute / 60,
				     facts->onsite_from_minute % 60);
	return 0;
}
