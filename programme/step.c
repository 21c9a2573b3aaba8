/* The transition function: (application, event, clock) gives (application, effects). */
#include "programme/internal.h"

struct step {
	const struct programme *programme;
	const struct application_state *before;
	const struct stimulus *stimulus;
	const struct programme_event *event;
	const struct event_rule *rule;
	const struct state_rule *from; /* NULL: not received yet */
	struct arena *arena;
	unsigned number; /* of an event by the clock */
	struct answers kept;
	struct application_state after;
	struct transition transition;
	struct refused *refused;
};

bool application_has_course(const struct application_state *application, struct sv course)
{
	return answers_has(&application->answers, courses_name(&application->answers), course);
}

struct programme_text courses_text(const struct programme *programme, const struct sv *course,
				   size_t count, struct arena *arena)
{
	struct programme_text text = { SV(""), SV("") };

	for (size_t i = 0; i < count; i++) {
		const struct programme_course *one = programme_course(programme, course[i]);

		text.ja = arena_printf(arena, "%.*s%s%.*s", SV_ARG(text.ja), i > 0 ? "、" : "",
				       SV_ARG(one ? one->name.ja : course[i]));
		text.en = arena_printf(arena, "%.*s%s%.*s", SV_ARG(text.en), i > 0 ? ", " : "",
				       SV_ARG(one ? one->name.en : course[i]));
	}
	return text;
}

static int refuse(struct step *step, enum refusal why, struct programme_text message)
{
	*step->refused = (struct refused){ .why = why, .message = message };
	return 1;
}

static struct view view_of(const struct application_state *application)
{
	return (struct view){ &application->answers, &application->records, application->mark };
}

/* ---- which event ---- */

static int find_event(struct step *step)
{
	const struct programme_text no_such = {
		SV("この段階では、その操作はできません。画面を更新して状況をご確認ください。"),
		SV("This is not possible at this step. Please look again where it stands.")
	};
	const struct programme *programme = step->programme;
	const size_t at = programme_state_index(programme, step->before->state);
	struct sv name = step->stimulus->event;
	struct sv id = name;
	uint64_t number = 1;

	if (step->before->state.n == 0) {
		if (!sv_eq(name, SV("receive")))
			return refuse(step, REFUSAL_NO_SUCH_EVENT, no_such);
		step->event = &programme->receive;
		step->rule = &programme->receive_rule;
		return 0;
	}
	if (step->stimulus->by == BY_CLOCK) {
		id = sv_cut(&name, ':');
		if (!sv_to_u64(name, &number) || number == 0 || number > FIRED_MAX)
			return refuse(step, REFUSAL_NO_SUCH_EVENT, no_such);
	}
	step->number = (unsigned)number;
	if (at == SIZE_MAX)
		return refuse(step, REFUSAL_NO_SUCH_EVENT, no_such);
	step->from = &programme->state_rule[at];
	for (size_t i = 0; i < programme->facts.state[at].event_count; i++) {
		if (!sv_eq(programme->facts.state[at].event[i].id, id))
			continue;
		step->event = &programme->facts.state[at].event[i];
		step->rule = &programme->state_rule[at].event[i];
		return 0;
	}
	return refuse(step, REFUSAL_NO_SUCH_EVENT, no_such);
}

/* Only what is due and has not happened. */
static int check_clock(struct step *step, struct err *err)
{
	const struct programme_text not_due = { SV("まだその時期ではありません。"),
						SV("It is not time for that yet.") };
	struct sv due;
	const int found = programme_clock_event(step->programme, step->before,
						step->stimulus->now, step->arena, &due, err);

	if (found < 0)
		return -1;
	if (found == 0 || !sv_eq(due, step->stimulus->event))
		return refuse(step, REFUSAL_NO_SUCH_EVENT, not_due);
	if (step->before->fired_count == FIRED_MAX)
		return err_set(err, ERR_RANGE, "more than %d events by the clock", FIRED_MAX);
	return 0;
}

static int check_actor(struct step *step)
{
	const struct programme_text not_yours = {
		SV("この操作は、あなたの役割では行えません。"), SV("Another role does this.")
	};

	if (!(step->event->by & 1U << step->stimulus->by))
		return refuse(step, REFUSAL_NOT_YOURS, not_yours);
	return 0;
}

/* ---- what is said with it ---- */

/* The answers before, without what this event said, and what it says now. */
static int merge(struct step *step, struct sv prefix, struct err *err)
{
	const struct answers *old = &step->before->answers;
	struct answer *all = arena_alloc(step->arena,
					 (old->count + step->kept.count + 1) * sizeof *all);
	size_t count = 0;

	if (!all)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	for (size_t i = 0; i < old->count; i++) {
		if (prefix.n == 0 || step->kept.count == 0 ||
		    !sv_starts(old->item[i].name, prefix))
			all[count++] = old->item[i];
	}
	for (size_t i = 0; i < step->kept.count; i++)
		all[count++] = step->kept.item[i];
	if (count > PROGRAMME_ANSWERS_MAX)
		return err_set(err, ERR_RANGE, "more than %d answers of one application",
			       PROGRAMME_ANSWERS_MAX);
	step->after.answers = (struct answers){ all, count };
	return 0;
}

/* One more answer of this event, beside what was typed. */
static int keep_more(struct step *step, struct sv name, struct sv value, struct err *err)
{
	const size_t count = step->kept.count;
	struct answer *kept = arena_alloc(step->arena, (count + 1) * sizeof *kept);

	if (!kept || !name.p || !value.p)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	for (size_t i = 0; i < count; i++)
		kept[i] = step->kept.item[i];
	kept[count] = (struct answer){ name, value };
	step->kept = (struct answers){ kept, count + 1 };
	return 0;
}

/* "decide.at": conditions ask whether an event happened, and people when. */
static int add_day(struct step *step, struct sv prefix, struct err *err)
{
	char day[DAY_TEXT_MAX];
	const struct sv name = arena_join(step->arena, sv_slice(prefix, 0, prefix.n - 1),
					  SV(PROGRAMME_EVENT_AT));

	return keep_more(step, name,
			 arena_dup(step->arena, sv_from(day_format(tokyo_of(step->stimulus->now).day,
								   DAY_ISO, day))),
			 err);
}

/* agreed to by what happens, with the version of the text and the moment. */
static int add_consents(struct step *step, struct err *err)
{
	char at[INSTANT_TEXT_MAX];

	for (size_t i = 0; i < step->rule->consent_count; i++) {
		const struct sv name = arena_printf(step->arena, PROGRAMME_CONSENT ".%.*s",
						    SV_ARG(step->rule->consent[i]));
		const struct programme_field *consent =
			programme_find_field(step->programme, name);
		const struct sv version = arena_printf(step->arena, "%.*s.version", SV_ARG(name));
		const struct sv moment =
			arena_printf(step->arena, "%.*s" PROGRAMME_EVENT_AT, SV_ARG(name));

		if (keep_more(step, name, SV("yes"), err) < 0 ||
		    keep_more(step, version, consent->consent_version, err) < 0 ||
		    keep_more(step, moment,
			      arena_dup(step->arena,
					sv_from(instant_format(step->stimulus->now, at))),
			      err) < 0)
			return -1;
	}
	return 0;
}

static int check_said(struct step *step, struct err *err)
{
	const bool is_start = step->event == &step->programme->receive;
	struct form_errors errors = { NULL, 0 };
	struct sv prefix = SV("");
	int status;

	if (is_start) {
		status = form_check_application(step->programme, &step->stimulus->fields,
						step->arena, &step->kept, &errors, err);
	} else {
		prefix = arena_join(step->arena, step->event->id, SV("."));
		if (!prefix.p)
			return err_set(err, ERR_RANGE, "no memory for the answers");
		status = check_fields(
			&(struct check){ .programme = step->programme,
					 .field = step->event->field,
					 .field_count = step->event->field_count,
					 .prefix = prefix,
					 .application = step->before,
					 .typed = &step->stimulus->fields },
			step->arena, &step->kept, &errors, err);
	}
	if (status > 0) {
		refuse(step, REFUSAL_FIELDS,
		       (struct programme_text){ SV("入力内容をご確認ください。"),
						SV("Please check what you wrote.") });
		step->refused->errors = errors;
		return 1;
	}
	if (status == 0 && !is_start && !step->rule->moment.is_set)
		status = add_day(step, prefix, err);
	if (status == 0)
		status = add_consents(step, err);
	return status < 0 ? -1 : merge(step, prefix, err);
}

static int check_requirements(struct step *step)
{
	const struct view view = view_of(&step->after);

	for (size_t i = 0; i < step->rule->requirement_count; i++) {
		if (!condition_holds(step->rule->requirement[i].when, &view))
			return refuse(step, REFUSAL_CONDITION, step->rule->requirement[i].message);
	}
	return 0;
}

/* ---- reception ---- */

/* on the server, whatever the page showed. */
static int check_reception(struct step *step)
{
	int open = programme_reception(step->programme, tokyo_of(step->stimulus->now).day);

	if (open == 0 && step->stimulus->reception_is_closed)
		open = 1;
	return open == 0 ? 0
			 : refuse(step, REFUSAL_CLOSED,
				  step->programme->text[open < 0 ? TEXT_NOT_OPEN : TEXT_OVER]);
}

static int check_eligible(struct step *step, struct err *err)
{
	const struct programme *programme = step->programme;
	const struct eligibility_row *row;
	enum verdict whole;
	size_t count;

	if (eligibility(programme, &step->kept, &step->before->records, step->arena, &row, &count,
			&whole, err) < 0)
		return -1;
	if (whole == VERDICT_FAIL)
		return refuse(step, REFUSAL_INELIGIBLE, programme->text[TEXT_INELIGIBLE]);
	return 0;
}

/* ---- where it leads ---- */

static void follow(struct step *step)
{
	const struct view view = view_of(&step->after);
	unsigned marks = step->rule->marks;
	size_t at;

	step->transition.to = step->before->state;
	for (size_t i = 0; i < step->rule->target_count; i++) {
		if (!condition_holds(step->rule->target[i].when, &view))
			continue;
		step->transition.to = step->rule->target[i].to;
		break;
	}
	step->after.state = step->transition.to;
	at = programme_state_index(step->programme, step->after.state);
	if (!sv_eq(step->after.state, step->before->state)) {
		step->after.entered = step->stimulus->now;
		marks |= at == SIZE_MAX ? 0 : step->programme->state_rule[at].marks;
	}
	for (int mark = 0; mark < MARK_COUNT; mark++) {
		if (!(marks & 1U << mark) || step->before->mark[mark].us != 0)
			continue; /* a fact happens once */
		step->transition.marks |= 1U << mark;
		step->after.mark[mark] = step->stimulus->now;
	}
	if (step->stimulus->by == BY_CLOCK)
		step->after.fired[step->after.fired_count++] = step->stimulus->event;
}

static int add_effect(struct step *step, struct effect effect, struct err *err)
{
	if (step->transition.effect_count == PROGRAMME_EFFECTS_MAX)
		return err_set(err, ERR_RANGE, "more than %d effects of one event",
			       PROGRAMME_EFFECTS_MAX);
	step->transition.effect[step->transition.effect_count++] = effect;
	return 0;
}

/* First come: from a fact on. A lottery: from the draw on, nobody has one before. */
static bool has_got_place(const struct programme *programme,
			  const struct application_state *application)
{
	const struct programme_selection *selection = &programme->facts.selection;
	const struct answers *answers = &application->answers;

	if (selection->kind == SELECTION_FIRST_COME)
		return application->mark[programme->seat_from].us != 0;
	for (size_t i = 0; i < answers->count; i++) {
		struct sv rest = answers->item[i].name;

		if (sv_eq(sv_cut(&rest, '.'), selection->won) && sv_eq(rest, SV("at")))
			return true;
	}
	return false;
}

static bool holds_seats(const struct step *step, const struct application_state *application)
{
	const size_t at = programme_state_index(step->programme, application->state);

	return at != SIZE_MAX && !step->programme->state_rule[at].releases_seats &&
	       has_got_place(step->programme, application);
}

static bool has_place(const struct step *step, struct sv course)
{
	for (size_t i = 0; i < step->stimulus->seat_count; i++) {
		const struct seats *seat = &step->stimulus->seat[i];

		if (sv_eq(seat->course, course))
			return seat->taken < seat->places;
	}
	return false;
}

/* seats of the courses before against those after. */
static int change_seats(struct step *step, struct err *err)
{
	const bool held = holds_seats(step, step->before), holds = holds_seats(step, &step->after);
	struct sv full[PROGRAMME_COURSES_MAX];
	size_t full_count = 0;

	for (size_t i = 0; i < step->programme->facts.course_count; i++) {
		const struct sv course = step->programme->facts.course[i].id;
		const bool had = held && application_has_course(step->before, course);
		const bool has = holds && application_has_course(&step->after, course);

		if (had == has)
			continue;
		if (has && !has_place(step, course))
			full[full_count++] = course;
		if (add_effect(step,
			       (struct effect){ .kind = has ? EFFECT_SEAT_TAKE
							    : EFFECT_SEAT_RELEASE,
						.what = course },
			       err) < 0)
			return -1;
	}
	if (full_count == 0)
		return 0;
	const struct programme_text names =
		courses_text(step->programme, full, full_count, step->arena);
	const struct programme_text *text = &step->programme->text[TEXT_FULL];
	const struct answers ja = { &(struct answer){ SV("courses"), names.ja }, 1 };
	const struct answers en = { &(struct answer){ SV("courses"), names.en }, 1 };

	return refuse(step, REFUSAL_FULL,
		      (struct programme_text){ text_fill(text->ja, &ja, step->arena),
					       text_fill(text->en, &en, step->arena) });
}

/* ---- effects ---- */

static struct effect report_effect(const struct step *step, struct effect effect)
{
	effect.number = step->number;
	effect.to = trial_report_end(step->programme, &step->after, step->number);
	effect.from = step->number > 1 ? day_add(trial_report_end(step->programme, &step->after,
								  step->number - 1), 1)
				       : tokyo_of(step->after.mark[MARK_INSTALLED]).day;
	return effect;
}

static bool is_among(struct sv course, const struct effect_rule *rule)
{
	for (size_t i = 0; i < rule->course_count; i++) {
		if (sv_eq(rule->course[i], course))
			return true;
	}
	return rule->course_count == 0;
}

static int add_rule(struct step *step, const struct effect_rule *rule, struct err *err)
{
	struct effect effect = { .kind = rule->kind, .what = rule->what, .how = rule->how };

	if (rule->kind == EFFECT_REPORT)
		effect = report_effect(step, effect);
	if (rule->kind != EFFECT_PARTICIPATION_BEGIN && rule->kind != EFFECT_PARTICIPATION_END)
		return add_effect(step, effect, err);
	for (size_t i = 0; i < step->programme->facts.course_count; i++) {
		effect.what = step->programme->facts.course[i].id;
		if (is_among(effect.what, rule) &&
		    application_has_course(&step->after, effect.what) &&
		    add_effect(step, effect, err) < 0)
			return -1;
	}
	return 0;
}

static int add_rules(struct step *step, const struct effect_rule *rule, size_t count,
		     struct err *err)
{
	const struct view view = view_of(&step->after);

	for (size_t i = 0; i < count; i++) {
		if (condition_holds(rule[i].when, &view) && add_rule(step, &rule[i], err) < 0)
			return -1;
	}
	return 0;
}

static int add_effects(struct step *step, struct err *err)
{
	const size_t at = programme_state_index(step->programme, step->after.state);

	if (add_rules(step, step->rule->effect, step->rule->effect_count, err) < 0)
		return -1;
	if (at == SIZE_MAX || sv_eq(step->after.state, step->before->state))
		return 0;
	return add_rules(step, step->programme->state_rule[at].effect,
			 step->programme->state_rule[at].effect_count, err);
}

static int decide(struct step *step, struct err *err)
{
	const bool is_start = step->before->state.n == 0;
	int status = check_actor(step);

	if (status == 0 && step->rule->moment.is_set)
		status = check_clock(step, err);
	if (status == 0 && is_start)
		status = check_reception(step);
	if (status == 0)
		status = check_said(step, err);
	if (status == 0 && is_start)
		status = check_eligible(step, err);
	if (status == 0)
		status = check_requirements(step);
	if (status != 0)
		return status;
	follow(step);
	status = change_seats(step, err);
	if (status == 0)
		status = add_effects(step, err);
	if (status == 0)
		status = state_due(step->programme, &step->after, &step->transition, err);
	if (status == 0)
		step->transition.wake = next_wake(step->programme, &step->after);
	return status;
}

int programme_step(const struct programme *programme, const struct application_state *application,
		   const struct stimulus *stimulus, struct arena *arena, struct transition *ret,
		   struct answers *ret_fields, struct refused *ret_refused, struct err *err)
{
	struct refused refused = { .why = REFUSAL_NONE };
	struct step step = { .programme = programme, .before = application, .stimulus = stimulus,
			     .arena = arena, .after = *application, .refused = &refused };
	int status = find_event(&step);

	if (status == 0)
		status = decide(&step, err);
	if (status > 0)
		*ret_refused = refused;
	if (status != 0)
		return status;
	*ret = step.transition;
	*ret_fields = step.kept;
	return 0;
}
