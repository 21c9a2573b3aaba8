/* Who does what in a state: from the graph, where the policy says nothing. */
#include "season/internal.h"

#define OTHER_WAYS_SHARE 4 /* of events that lead on beside the first */
#define LONG_DUE_DAYS 20   /* longer deadlines are work that takes its time … */
#define LONG_DUE_PART 0.8  /* … this part of them, in calendar days a business day */

struct planner {
	const struct programme *programme;
	const struct season_policy *policy;
	struct programme_ways ways;
	size_t state;
	struct state_plan *plan;
};

static bool moves(const struct planner *planner, const struct programme_event *event)
{
	for (size_t i = 0; i < planner->ways.count; i++) {
		const struct programme_way *way = &planner->ways.item[i];

		if (way->event == event && way->from == planner->state && way->to != way->from)
			return true;
	}
	return false;
}

static bool is_anywhere(const struct planner *planner, const struct programme_event *event)
{
	for (size_t i = 0; i < planner->ways.count; i++) {
		if (planner->ways.item[i].event == event && planner->ways.item[i].anywhere)
			return true;
	}
	return false;
}

static enum programme_actor first_actor(unsigned by)
{
	static const enum programme_actor order[] = { BY_APPLICANT,  BY_CENTRE, BY_CONTRACTOR,
						      BY_SECRETARIAT, BY_EXPERT, BY_CITY,
						      BY_DESK };

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (by & 1U << order[i])
			return order[i];
	}
	return BY_CLOCK;
}

static const struct season_choice *said(const struct planner *planner,
					const struct programme_event *event)
{
	const struct sv state = programme_facts(planner->programme)->state[planner->state].id;

	for (size_t i = 0; i < planner->policy->choice_count; i++) {
		const struct season_choice *choice = &planner->policy->choice[i];

		if (sv_eq(choice->state, state) && sv_eq(choice->event, event->id))
			return choice;
	}
	return NULL;
}

static double usual_share(const struct planner *planner, const struct choice *choice,
			  bool is_anywhere_event)
{
	bool has_main = false, has_vain = false;

	for (size_t i = 0; i < planner->plan->choice_count; i++) {
		const struct choice *other = &planner->plan->choice[i];

		has_main |= other->moves && !other->event->gravely;
		has_vain |= !other->moves && other->share > 0;
	}
	if (is_anywhere_event)
		return 0;
	if (choice->event->gravely)
		return planner->policy->grave;
	if (choice->moves)
		return has_main ? OTHER_WAYS_SHARE : 100;
	return has_vain ? 0 : planner->policy->not_moving;
}

static void add_choice(struct planner *planner, const struct programme_event *event,
		       enum programme_actor by)
{
	const struct season_choice *own = said(planner, event);
	struct choice choice = { event, 0, by, moves(planner, event) };

	choice.share = own ? own->share
			   : usual_share(planner, &choice, is_anywhere(planner, event));
	planner->plan->choice[planner->plan->choice_count++] = choice;
}

/* Events that the state's actor has; where none leads on, those of others too. */
static void add_choices(struct planner *planner, const struct programme_state *state)
{
	bool leads_on = false;

	for (size_t i = 0; i < state->event_count; i++) {
		const struct programme_event *event = &state->event[i];

		if (!(event->by & 1U << state->actor))
			continue;
		add_choice(planner, event, state->actor);
		leads_on |= moves(planner, event) && !is_anywhere(planner, event);
	}
	for (size_t i = 0; i < state->event_count && !leads_on; i++) {
		const struct programme_event *event = &state->event[i];

		if (!(event->by & (1U << state->actor | 1U << BY_CLOCK)) &&
		    !is_anywhere(planner, event))
			add_choice(planner, event, first_actor(event->by));
	}
}

static bool has_clock(const struct programme_state *state)
{
	for (size_t i = 0; i < state->event_count; i++) {
		if (state->event[i].by == 1U << BY_CLOCK)
			return true;
	}
	return false;
}

static bool somebody_leads_on(const struct state_plan *plan)
{
	for (size_t i = 0; i < plan->choice_count; i++) {
		if (plan->choice[i].moves && plan->choice[i].share > 0)
			return true;
	}
	return false;
}

/* A way out that is possible from everywhere, where nothing else is. */
static void open_a_way(struct state_plan *plan)
{
	for (size_t i = 0; i < plan->choice_count; i++) {
		if (plan->choice[i].moves)
			plan->choice[i].share = 100;
	}
}

static void set_pace(struct planner *planner, const struct programme_state *state)
{
	struct state_plan *plan = planner->plan;
	bool by_date = false;
	unsigned days = 0;

	plan->effort = 1;
	if (programme_due_days(planner->programme, planner->state, &days, &by_date) &&
	    days > LONG_DUE_DAYS)
		plan->days = days * LONG_DUE_PART;
	plan->by_date = by_date;
	for (size_t i = 0; i < planner->policy->work_count; i++) {
		const struct season_work *work = &planner->policy->work[i];

		if (!sv_eq(work->state, state->id))
			continue;
		plan->effort = work->effort;
		plan->days = work->days >= 0 ? work->days : plan->days;
	}
}

static void plan_state(struct planner *planner, const struct programme_state *state)
{
	struct state_plan *plan = planner->plan;

	for (size_t i = 0; i < state->event_count; i++) {
		const struct programme_event *event = &state->event[i];

		if (!event->gravely || !moves(planner, event))
			continue;
		if (!plan->leave && event->by & 1U << BY_APPLICANT)
			plan->leave = event;
		if (event->by & 1U << BY_SECRETARIAT)
			plan->give_up = !plan->give_up || !is_anywhere(planner, event) ||
							event->by & 1U << BY_APPLICANT
						? event
						: plan->give_up;
	}
	add_choices(planner, state);
	set_pace(planner, state);
	plan->role = state->actor;
	if (!somebody_leads_on(plan)) {
		if (has_clock(state))
			plan->role = BY_CLOCK; /* what they do meanwhile leads nowhere */
		else
			open_a_way(plan);
	}
}

int plan_states(const struct programme *programme, const struct season_policy *policy,
		struct arena *arena, struct state_plan *plan, struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);
	struct planner planner = { .programme = programme, .policy = policy };

	if (programme_ways(programme, arena, &planner.ways, err) < 0)
		return -1;
	for (size_t s = 0; s < facts->state_count; s++) {
		planner.state = s;
		planner.plan = &plan[s];
		if (facts->selection.kind == SELECTION_LOTTERY &&
		    sv_eq(facts->state[s].id, facts->selection.waiting))
			plan[s].waits_for_draw = true;
		if (!facts->state[s].final)
			plan_state(&planner, &facts->state[s]);
	}
	return 0;
}
