/* A season, day by day: the clock, the applicants, then everybody who works. */
#include <math.h>

#include "base/mem.h"
#include "season/internal.h"

#define SCRATCH_BYTES ((size_t)64 << 20)
#define KEEP_BYTES ((size_t)8 << 30) /* answers of all companies; a bound, not a need */
#define PURPOSE_LIFE 2
#define PURPOSE_ARRIVAL 3
#define CLOCK_EVENTS_MAX 64 /* of one application on one day */

/* ---- keeping what the engine decided ---- */

static void keep_answers(struct play *play, struct company *company, struct sv event,
			 const struct answers *fields)
{
	size_t count = 0;

	if (fields->count == 0)
		return;
	for (size_t i = 0; i < company->is.answers.count; i++) {
		const struct sv name = company->answer[i].name;

		if (name.n <= event.n || name.p[event.n] != '.' || !sv_starts(name, event))
			company->answer[count++] = company->answer[i];
	}
	if (count + fields->count > company->answer_room) {
		company->answer_room = count + fields->count + 16;
		company->answer = mem_realloc(company->answer, company->answer_room,
					      sizeof *company->answer);
	}
	for (size_t i = 0; i < fields->count; i++)
		company->answer[count++] =
			(struct answer){ arena_dup(play->keep, fields->item[i].name),
					 arena_dup(play->keep, fields->item[i].value) };
	company->is.answers = (struct answers){ company->answer, count };
}

static void keep_seats(struct play *play, const struct transition *transition)
{
	for (size_t i = 0; i < transition->effect_count; i++) {
		const struct effect *effect = &transition->effect[i];

		for (size_t k = 0; k < play->facts->course_count; k++) {
			if (!sv_eq(play->seat[k].course, effect->what))
				continue;
			play->seat[k].taken += effect->kind == EFFECT_SEAT_TAKE;
			play->seat[k].taken -= effect->kind == EFFECT_SEAT_RELEASE;
		}
	}
}

static int64_t days_between(struct instant from, struct instant to)
{
	return tokyo_of(to).day.n - tokyo_of(from).day.n;
}

static void keep_marks(struct play *play, struct company *company, unsigned marks,
		       struct instant now)
{
	for (int mark = 0; mark < MARK_COUNT; mark++) {
		if (!(marks & 1U << mark))
			continue;
		company->is.mark[mark] = now;
		play->result->marked[mark]++;
		spans_add(&play->since[mark],
			  days_between(company->is.mark[MARK_RECEIVED], now));
	}
}

/* ---- who has to do something, and when ---- */

static int32_t business_days_after(const struct play *play, int32_t from, unsigned days)
{
	struct day day = { from };

	if (calendar_after(programme_calendar(play->programme), day, days, &day, NULL) < 0)
		return DAY_NEVER;
	return day.n;
}

static void put_task(struct play *play, uint32_t who)
{
	struct hot *hot = &play->hot[who];
	const struct state_plan *plan = &play->plan[hot->state];
	const bool by_entry = play->policy->role[plan->role].oldest_first;
	struct season_role_sum *role = &play->result->role[plan->role];

	hot->act = DAY_NEVER;
	hot->queued = true;
	role->come++;
	role->week[play->week].come++;
	queue_put(&play->queue[plan->role],
		  (struct task){ by_entry ? play->company[who].is.entered.us / INSTANT_SECOND
					  : hot->due,
				 who, hot->ticket });
}

static bool is_staff(enum programme_actor role)
{
	return role != BY_CLOCK && role != BY_APPLICANT && role != BY_CENTRE;
}

/* When who acts in the state begins with it. */
static void plan_act(struct play *play, uint32_t who)
{
	struct company *company = &play->company[who];
	struct hot *hot = &play->hot[who];
	const struct state_plan *plan = &play->plan[hot->state];
	double days = plan->days;

	hot->ticket++;
	hot->queued = false;
	hot->act = hot->give_up = DAY_NEVER;
	if (plan->role == BY_CLOCK || plan->waits_for_draw)
		return;
	if (is_staff(plan->role)) {
		hot->act = plan->by_date && hot->due != DAY_NEVER ? hot->due
								  : play->today.n + (int32_t)days;
		if (hot->act <= play->today.n)
			put_task(play, who);
		return;
	}
	days += stream_spread(&company->random, play->policy->answer) * company->slowness;
	if (company->silent)
		hot->give_up = business_days_after(
			play, hot->due != DAY_NEVER && hot->due > play->today.n ? hot->due
										: play->today.n,
			play->policy->give_up_business_days);
	else
		hot->act = play->today.n + 1 +
			   (int32_t)(days > SEASON_DAYS_MAX ? SEASON_DAYS_MAX : days);
}

static void enter(struct play *play, uint32_t who, struct sv state)
{
	struct company *company = &play->company[who];
	struct hot *hot = &play->hot[who];

	company->is.state = state;
	company->attempts = 0;
	hot->state = (uint16_t)(programme_state(play->programme, state) - play->facts->state);
	play->result->state[hot->state].entered++;
	hot->lives = !play->facts->state[hot->state].final;
	if (hot->lives)
		return;
	/* Nothing looks at it any more. */
	free(company->answer);
	company->answer = NULL;
	company->is.answers = (struct answers){ NULL, 0 };
	hot->ticket++;
	hot->queued = false;
}

static void keep(struct play *play, uint32_t who, const struct stimulus *stimulus,
		 const struct transition *transition, const struct answers *fields)
{
	struct company *company = &play->company[who];
	struct hot *hot = &play->hot[who];
	const bool moved = !sv_eq(company->is.state, transition->to);
	struct sv id = stimulus->event, rest = id;

	id = sv_cut(&rest, ':');
	keep_answers(play, company, id, fields);
	keep_seats(play, transition);
	keep_marks(play, company, transition->marks, stimulus->now);
	if (stimulus->by == BY_CLOCK && company->is.fired_count < FIRED_MAX)
		company->is.fired[company->is.fired_count++] =
			arena_dup(play->keep, stimulus->event);
	hot->wake = transition->wake.us != 0 ? transition->wake.us : INT64_MAX;
	hot->due = transition->has_due ? transition->due.n : DAY_NEVER;
	hot->is_hard = transition->due_is_hard;
	if (!moved)
		return;
	if (company->is.state.n > 0)
		spans_add(&play->stay[hot->state],
			  days_between(company->is.entered, stimulus->now));
	company->is.entered = stimulus->now;
	enter(play, who, transition->to);
	if (hot->lives)
		plan_act(play, who);
}

int play_event(struct play *play, uint32_t who, struct sv event, enum programme_actor by,
	       struct answers fields, struct instant now, struct refused *ret_refused,
	       struct err *err)
{
	const struct stimulus stimulus = { .event = event, .by = by, .fields = fields, .now = now,
					   .seat = play->seat,
					   .seat_count = play->facts->course_count };
	struct transition transition;
	struct answers kept;
	const int status = programme_step(play->programme, &play->company[who].is, &stimulus,
					  play->scratch, &transition, &kept, ret_refused, err);

	play->result->transitions += status == 0;
	play->result->refusals += status > 0;
	if (status == 0)
		keep(play, who, &stimulus, &transition, &kept);
	return status;
}

/* ---- each day ---- */

static int run_clock(struct play *play, uint32_t who, struct err *err)
{
	const struct instant end = { tokyo_instant(play->today, 24, 0).us - 1 };
	struct refused refused;

	for (unsigned n = 0; n < CLOCK_EVENTS_MAX && play->hot[who].lives &&
			     play->hot[who].wake <= end.us;
	     n++) {
		const struct instant now = { play->hot[who].wake };
		struct sv event;
		int status;

		arena_clear(play->scratch);
		status = programme_clock_event(play->programme, &play->company[who].is, now,
					       play->scratch, &event, err);
		if (status <= 0)
			return status;
		if (play_event(play, who, event, BY_CLOCK, (struct answers){ NULL, 0 }, now,
			       &refused, err) != 0)
			return -1;
	}
	return 0;
}

static void count_late(struct play *play, struct hot *hot)
{
	const enum programme_actor role = play->facts->state[hot->state].actor;
	struct season_role_sum *sum = &play->result->role[role];
	struct season_state_sum *state = &play->result->state[hot->state];

	hot->due = DAY_NEVER;
	if (hot->is_hard) {
		sum->breach++;
		sum->week[play->week].breach++;
		state->breach++;
	} else {
		sum->late++;
		sum->week[play->week].late++;
		state->late++;
	}
}

/* Companies that end it themselves, and those from whom nothing is heard. */
static int run_ends(struct play *play, uint32_t who, bool week_begins, struct err *err)
{
	struct company *company = &play->company[who];
	struct hot *hot = &play->hot[who];
	const struct state_plan *plan = &play->plan[hot->state];
	const struct instant noon = tokyo_instant(play->today, 12, 0);
	struct said said = { .programme = play->programme, .policy = play->policy,
			     .application = &company->is, .random = &company->random,
			     .today = play->today, .arena = play->scratch };
	struct refused refused;
	int status = 1;

	if (week_begins && plan->leave &&
	    stream_percent(&company->random, play->policy->withdraw_per_week)) {
		arena_clear(play->scratch);
		said.event = plan->leave;
		status = play_event(play, who, said.event->id, BY_APPLICANT,
				    say_fields(&said, NULL, (struct answers){ NULL, 0 }), noon,
				    &refused, err);
		play->result->withdrew += status == 0;
	} else if (hot->give_up <= play->today.n && plan->give_up) {
		arena_clear(play->scratch);
		hot->give_up = DAY_NEVER;
		said.event = plan->give_up;
		status = play_event(play, who, said.event->id, BY_SECRETARIAT,
				    say_fields(&said, NULL, (struct answers){ NULL, 0 }), noon,
				    &refused, err);
		play->result->silent += status == 0;
	}
	return status < 0 ? -1 : 0;
}

static int look_at(struct play *play, uint32_t who, bool week_begins, struct err *err)
{
	struct hot *hot = &play->hot[who];

	if (hot->wake <= tokyo_instant(play->today, 24, 0).us - 1 && run_clock(play, who, err) < 0)
		return -1;
	if (!hot->lives)
		return 0;
	if ((week_begins || hot->give_up <= play->today.n) &&
	    run_ends(play, who, week_begins, err) < 0)
		return -1;
	if (!hot->lives || hot->act > play->today.n)
		return 0;
	if (is_staff(play->plan[hot->state].role)) {
		put_task(play, who);
		return 0;
	}
	return play_work(play, who, tokyo_instant(play->today, 12, 0), err);
}

static int work_role(struct play *play, enum programme_actor role, struct err *err)
{
	const struct season_role *policy = &play->policy->role[role];
	const unsigned days = (unsigned)__builtin_popcount(policy->weekdays);
	const struct civil civil = day_to_civil(play->today);
	const double daily = days ? policy->per_week / days : 0;
	struct task task;
	unsigned n = 0;

	if (!(policy->weekdays & 1U << civil.weekday) ||
	    !calendar_is_open(programme_calendar(play->programme), play->today))
		return 0;
	play->capacity[role] = fmin(play->capacity[role], 0) + daily;
	while (play->capacity[role] > 0 && queue_take(&play->queue[role], &task)) {
		struct hot *hot = &play->hot[task.who];
		const struct instant morning = tokyo_instant(play->today, 9, 0);
		const double part = daily > 1 ? fmin(n++ / daily, 1) : 0;

		if (!hot->queued || hot->ticket != task.ticket)
			continue; /* it has gone on without them */
		play->capacity[role] -= play->plan[hot->state].effort;
		play->result->role[role].done++;
		play->result->role[role].week[play->week].done++;
		if (play_work(play, task.who,
			      (struct instant){ morning.us +
						(int64_t)(part * 8 * 3600) * INSTANT_SECOND },
			      err) < 0)
			return -1;
	}
	return 0;
}

static void end_week(struct play *play)
{
	struct season_result *result = play->result;

	for (uint32_t who = 0; who < play->next; who++) {
		const struct hot *hot = &play->hot[who];
		const enum programme_actor role = play->plan[hot->state].role;

		if (hot->lives && (hot->queued || role == BY_APPLICANT))
			result->role[role].week[play->week].queue++;
	}
	for (int role = 0; role < BY_COUNT; role++) {
		struct season_role_sum *sum = &result->role[role];

		if (sum->week[play->week].queue > sum->peak) {
			sum->peak = sum->week[play->week].queue;
			sum->peak_week = play->week;
		}
	}
	for (size_t i = 0; i < play->facts->course_count; i++)
		result->course[i].week[play->week] = play->seat[i].taken;
}

static void look_at_seats(struct play *play)
{
	for (size_t i = 0; i < play->facts->course_count; i++) {
		struct season_course_sum *course = &play->result->course[i];

		if (course->has_full || play->seat[i].taken < play->seat[i].places)
			continue;
		course->has_full = true;
		course->full = play->today;
	}
}

static int play_day(struct play *play, unsigned n, struct err *err)
{
	play->today = day_add(play->facts->opens, (int32_t)n);
	play->week = n / 7;
	for (uint32_t who = 0; who < play->next; who++) {
		if (play->hot[who].lives && look_at(play, who, n % 7 == 0, err) < 0)
			return -1;
	}
	if (play_receive(play, err) < 0 || play_draw(play, err) < 0)
		return -1;
	for (int role = 0; role < BY_COUNT; role++) {
		if (is_staff((enum programme_actor)role) &&
		    work_role(play, (enum programme_actor)role, err) < 0)
			return -1;
	}
	for (uint32_t who = 0; who < play->next; who++) {
		if (play->hot[who].lives && play->hot[who].due <= play->today.n)
			count_late(play, &play->hot[who]);
	}
	look_at_seats(play);
	if (n % 7 == 6 || n + 1 == play->options->days)
		end_week(play);
	return 0;
}

/* ---- the beginning and the end ---- */

static double arrival_part(const struct season_policy *policy, double u, double window)
{
	const double spread = 1 - exp2(-window / policy->half_days);
	const double at = -policy->half_days * log2(1 - u * spread) / window;

	if (policy->arrivals == ARRIVALS_EVEN)
		return u;
	return policy->arrivals == ARRIVALS_FRONT ? at : 1 - at;
}

static int by_arrival(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return (one > other) - (one < other);
}

unsigned play_window(const struct play *play)
{
	const struct programme_facts *facts = play->facts;
	int32_t length = (int32_t)play->options->days;

	if (facts->has_last_day)
		length = facts->last_day.n - facts->opens.n + 1;
	else if (facts->selection.kind == SELECTION_LOTTERY) /* the office closes it (T-35) */
		length = (int32_t)play->policy->reception_days;
	return length > 0 && length < (int32_t)play->options->days ? (unsigned)length
								    : play->options->days;
}

static void set_arrivals(struct play *play)
{
	const double window = play_window(play);
	int64_t *at = mem_alloc(play->options->companies * sizeof *at);

	for (uint32_t i = 0; i < play->options->companies; i++) {
		struct stream random = stream_of(play->options->seed, i, PURPOSE_ARRIVAL);
		const double days =
			arrival_part(play->policy, stream_unit(&random), window) * window;

		at[i] = tokyo_instant(play->facts->opens, 0, 0).us +
			(int64_t)(days * 86400) * INSTANT_SECOND;
	}
	qsort(at, play->options->companies, sizeof *at, by_arrival);
	for (uint32_t i = 0; i < play->options->companies; i++) {
		struct company *company = &play->company[i];

		company->comes.us = at[i];
		company->random = stream_of(play->options->seed, i, PURPOSE_LIFE);
		company->silent = stream_percent(&company->random, play->policy->silent);
		company->slowness = 0.5 + stream_unit(&company->random);
		company->is.state = SV("");
	}
	free(at);
}

static void set_seats(struct play *play)
{
	for (size_t i = 0; i < play->facts->course_count; i++) {
		const struct programme_course *course = &play->facts->course[i];

		play->seat[i] = (struct seats){ course->id, 0, course->places };
		for (size_t k = 0; k < play->policy->place_count; k++) {
			if (sv_eq(play->policy->places[k].course, course->id))
				play->seat[i].places = play->policy->places[k].places;
		}
		play->result->course[i].places = play->seat[i].places;
	}
}

static void sum_up(struct play *play)
{
	struct season_result *result = play->result;

	for (size_t s = 0; s < play->facts->state_count; s++)
		result->state[s].stay = spans_sum(&play->stay[s]);
	for (int mark = 0; mark < MARK_COUNT; mark++)
		result->since_receipt[mark] = spans_sum(&play->since[mark]);
	for (uint32_t who = 0; who < play->next; who++) {
		if (play->company[who].is.state.n > 0)
			result->state[play->hot[who].state].now++;
	}
	for (size_t i = 0; i < play->facts->course_count; i++)
		result->course[i].taken = play->seat[i].taken;
}

static int play_all(struct play *play, struct err *err)
{
	if (profile_learn(play->programme, play->policy, play->facts->opens, play->arena,
			  &play->profile, err) < 0 ||
	    plan_states(play->programme, play->policy, play->arena, play->plan, err) < 0)
		return -1;
	set_arrivals(play);
	set_seats(play);
	for (unsigned n = 0; n < play->options->days; n++) {
		if (play_day(play, n, err) < 0)
			return -1;
		if (play->options->progress)
			play->options->progress(play->options->context, n + 1,
						play->options->days);
	}
	sum_up(play);
	return 0;
}

static void play_free(struct play *play)
{
	for (uint32_t i = 0; i < play->options->companies; i++)
		free(play->company[i].answer);
	for (int role = 0; role < BY_COUNT; role++)
		queue_free(&play->queue[role]);
	free(play->company);
	free(play->hot);
	free(play->stay);
	free(play->since);
	arena_free(play->keep);
	arena_free(play->scratch);
	free(play);
}

struct season_result *season_play(const struct programme *programme,
				  const struct season_policy *policy,
				  const struct season_options *options, struct arena *arena,
				  struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);
	struct season_result *result = arena_zalloc(arena, 1, sizeof *result);
	struct play *play;
	int status;

	if (options->companies > SEASON_COMPANIES_MAX || options->days > SEASON_DAYS_MAX ||
	    options->days == 0 || !result) {
		err_set(err, ERR_RANGE, "a season has at most %d companies and %d days",
			SEASON_COMPANIES_MAX, SEASON_DAYS_MAX);
		return NULL;
	}
	*result = (struct season_result){
		.programme = programme, .policy = policy, .from = facts->opens,
		.days = options->days, .weeks = (options->days + 6) / 7,
		.companies = options->companies, .seed = options->seed,
		.frame = arena_zalloc(arena, facts->selection.frame_count + 1,
				      sizeof *result->frame),
	};
	play = mem_zalloc(sizeof *play);
	*play = (struct play){
		.programme = programme, .facts = facts, .policy = policy, .options = options,
		.arena = arena, .result = result,
		.keep = arena_new(KEEP_BYTES), .scratch = arena_new(SCRATCH_BYTES),
		.company = mem_zalloc((options->companies + 1) * sizeof *play->company),
		.hot = mem_zalloc((options->companies + 1) * sizeof *play->hot),
		.stay = mem_zalloc(PROGRAMME_STATES_MAX * sizeof *play->stay),
		.since = mem_zalloc(MARK_COUNT * sizeof *play->since),
	};
	status = play_all(play, err);
	play_free(play);
	return status < 0 ? NULL : result;
}
