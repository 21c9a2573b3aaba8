/* When the clock does something, and until when people have time. */
#include "programme/internal.h"

static struct day trial_month_end(struct day installed, unsigned n)
{
	/* the first month begins on the day of the installation itself. */
	return day_after_months(day_add(installed, -1), n);
}

/* Of the longest trial; months is 0 where there is none. */
static struct programme_entitlement trial_of(const struct programme *programme,
					     const struct application_state *application)
{
	struct programme_entitlement longest = { .months = 0 };

	for (size_t i = 0; i < programme->facts.course_count; i++) {
		const struct programme_course *course = &programme->facts.course[i];

		if (course->entitlement.months > longest.months &&
		    application_has_course(application, course->id))
			longest = course->entitlement;
	}
	return longest;
}

static struct day installed_day(const struct application_state *application)
{
	return tokyo_of(application->mark[MARK_INSTALLED]).day;
}

bool programme_trial_end(const struct programme *programme,
			 const struct application_state *application, struct day *ret)
{
	const uint32_t months = trial_of(programme, application).months;

	if (application->mark[MARK_INSTALLED].us == 0 || months == 0)
		return false;
	*ret = trial_month_end(installed_day(application), months);
	return true;
}

/* Last day that the n-th report tells of: a month's, or so many days, or the trial's. */
struct day trial_report_end(const struct programme *programme,
			    const struct application_state *application, unsigned n)
{
	const struct programme_entitlement trial = trial_of(programme, application);
	const struct day installed = installed_day(application);
	const struct day last = trial_month_end(installed, trial.months);
	struct day end;

	if (trial.report_days == 0)
		return trial_month_end(installed, n);
	end = day_add(installed, (int32_t)(trial.report_days * n) - 1);
	return day_compare(end, last) < 0 ? end : last;
}

uint32_t programme_trial_reports(const struct programme *programme,
				 const struct application_state *application)
{
	const struct programme_entitlement trial = trial_of(programme, application);
	struct day last;
	int32_t days;

	if (trial.report_days == 0 || !programme_trial_end(programme, application, &last))
		return trial.months;
	days = last.n - installed_day(application).n + 1;
	return ((uint32_t)days + trial.report_days - 1) / trial.report_days;
}

unsigned moment_times(const struct programme *programme,
		      const struct application_state *application, const struct moment *moment)
{
	return moment->from == FROM_TRIAL_MONTH ? programme_trial_reports(programme, application)
						: 1;
}

static bool moment_base(const struct programme *programme,
			const struct application_state *application, const struct moment *moment,
			unsigned n, struct day *ret)
{
	switch (moment->from) {
	case FROM_ENTERED: *ret = tokyo_of(application->entered).day; return true;
	case FROM_MARK:
		*ret = tokyo_of(application->mark[moment->mark]).day;
		return application->mark[moment->mark].us != 0;
	case FROM_TRIAL_MONTH:
		if (application->mark[MARK_INSTALLED].us == 0)
			return false;
		*ret = trial_report_end(programme, application, n);
		return true;
	case FROM_TRIAL_END: return programme_trial_end(programme, application, ret);
	case FROM_RECEPTION_END:
		*ret = programme->facts.last_day;
		return programme->facts.has_last_day;
	case FROM_DAY: *ret = moment->day; return true;
	case FROM_FIELD: return day_parse(answers_get(&application->answers, moment->field), ret);
	}
	return false;
}

bool moment_at(const struct programme *programme, const struct application_state *application,
	       const struct moment *moment, unsigned n, struct instant *ret)
{
	struct day day;

	if (!moment_base(programme, application, moment, n, &day))
		return false;
	if (moment->months > 0)
		day = day_after_months(day, moment->months);
	if (moment->business_days > 0 &&
	    calendar_after(programme->calendar, day, moment->business_days, &day, NULL) < 0)
		return false;
	day = day_add(day, moment->days);
	*ret = tokyo_instant(day, moment->minute / 60, moment->minute % 60);
	return true;
}

static bool has_fired(const struct application_state *application, struct sv event, unsigned n)
{
	for (size_t i = 0; i < application->fired_count; i++) {
		struct sv rest = application->fired[i];
		uint64_t number;

		if (sv_eq(sv_cut(&rest, ':'), event) && sv_to_u64(rest, &number) && number == n)
			return true;
	}
	return false;
}

/* The earliest event by the clock that has not fired; false where none is left. */
static bool earliest(const struct programme *programme,
		     const struct application_state *application, struct sv *ret_event,
		     unsigned *ret_number, struct instant *ret_at)
{
	const size_t at = programme_state_index(programme, application->state);
	const struct view view = { &application->answers, &application->records,
				   application->mark };
	bool found = false;

	if (at == SIZE_MAX)
		return false;
	for (size_t i = 0; i < programme->facts.state[at].event_count; i++) {
		const struct event_rule *rule = &programme->state_rule[at].event[i];
		const struct sv id = programme->facts.state[at].event[i].id;

		if (!rule->moment.is_set || !condition_holds(rule->when, &view))
			continue;
		for (unsigned n = 1; n <= moment_times(programme, application, &rule->moment);
		     n++) {
			struct instant when;

			if (has_fired(application, id, n) ||
			    !moment_at(programme, application, &rule->moment, n, &when))
				continue;
			if (!found || when.us < ret_at->us) {
				*ret_event = id;
				*ret_number = n;
				*ret_at = when;
				found = true;
			}
			break; /* later numbers come later */
		}
	}
	return found;
}

struct instant next_wake(const struct programme *programme,
			 const struct application_state *application)
{
	struct instant at = { 0 };
	struct sv event;
	unsigned number;

	return earliest(programme, application, &event, &number, &at) ? at
								      : (struct instant){ 0 };
}

int programme_clock_event(const struct programme *programme,
			  const struct application_state *application, struct instant now,
			  struct arena *arena, struct sv *ret, struct err *err)
{
	struct instant at;
	struct sv event, name;
	unsigned number;

	if (!earliest(programme, application, &event, &number, &at) || at.us > now.us)
		return 0;
	name = arena_printf(arena, "%.*s:%u", SV_ARG(event), number);
	if (!name.p)
		return err_set(err, ERR_RANGE, "no memory for the event");
	*ret = name;
	return 1;
}

/* ---- deadlines ---- */

int state_due(const struct programme *programme, const struct application_state *application,
	      struct transition *ret, struct err *err)
{
	const size_t at = programme_state_index(programme, application->state);
	const struct due_rule *due;
	struct day from;

	ret->has_due = false;
	if (at == SIZE_MAX || !programme->state_rule[at].due.is_set)
		return 0;
	due = &programme->state_rule[at].due;
	ret->due_is_hard = due->is_hard;
	for (size_t i = 0; i < due->date_count && !ret->has_due; i++)
		ret->has_due = day_parse(answers_get(&application->answers, due->date[i]),
					 &ret->due);
	if (due->date_count > 0)
		return 0;
	if (!moment_base(programme, application,
			 &(struct moment){ .from = due->from, .mark = due->mark, .day = due->day }, 1, &from))
		return 0;
	ret->due = day_add(from, (int32_t)due->calendar_days);
	if (due->calendar_days == 0 &&
	    calendar_after(programme->calendar, from, due->business_days, &ret->due, err) < 0)
		return err_wrap(err, "deadline of state %.*s", SV_ARG(application->state));
	ret->has_due = true;
	return 0;
}

int programme_due(const struct programme *programme, const struct application_state *application,
		  bool *ret_has, struct day *ret, bool *ret_hard, struct err *err)
{
	struct transition transition = { .has_due = false };

	if (state_due(programme, application, &transition, err) < 0)
		return -1;
	*ret_has = transition.has_due;
	*ret = transition.due;
	*ret_hard = transition.due_is_hard;
	return 0;
}

int programme_reception(const struct programme *programme, struct day today)
{
	if (day_compare(today, programme->facts.opens) < 0)
		return -1;
	return programme->facts.has_last_day &&
	       day_compare(today, programme->facts.last_day) > 0;
}
