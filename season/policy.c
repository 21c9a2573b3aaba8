/* The file of a policy, over the defaults. */
#include "base/yaml.h"
#include "season/internal.h"

#define OFFICE_DAYS                                                                                \
	(1U << MONDAY | 1U << TUESDAY | 1U << WEDNESDAY | 1U << THURSDAY | 1U << FRIDAY)

struct season_policy *season_policy_new(struct arena *arena)
{
	struct season_policy *policy = arena_zalloc(arena, 1, sizeof *policy);

	if (!policy)
		return NULL;
	*policy = (struct season_policy){
		.name = SV("標準の想定"),
		.arrivals = ARRIVALS_FRONT,
		.half_days = 30,
		.answer = { 2, 10 },
		.silent = 3,
		.withdraw_per_week = 0.3,
		.other_course = 60,
		.unfit = 12,
		.grave = 3,
		.not_moving = 15,
		.give_up_business_days = 20,
		.draw_business_days = 5,
		.reception_days = 60,
	};
	for (int role = 0; role < BY_COUNT; role++)
		policy->role[role] = (struct season_role){ .per_week = 150, .weekdays = OFFICE_DAYS };
	policy->role[BY_EXPERT].per_week = 100;
	policy->answer_row = arena_zalloc(arena, SEASON_POLICY_ROWS_MAX, sizeof *policy->answer_row);
	return policy->answer_row ? policy : NULL;
}

struct source {
	const struct programme *programme;
	struct season_policy *policy;
	const char *name;
	struct arena *arena;
	struct err *err;
};

static int wrong(struct source *source, const struct yaml_node *node, const char *what,
		 struct sv word)
{
	return err_set(source->err, ERR_FORMAT, "%s:%u:%u: %s: %.*s", source->name, node->line,
		       node->column, what, SV_ARG(word));
}

static int wrong_pair(struct source *source, const struct yaml_pair *pair, const char *what)
{
	return err_set(source->err, ERR_FORMAT, "%s:%u:%u: %s: %.*s", source->name, pair->key_line,
		       pair->key_column, what, SV_ARG(pair->key));
}

static int read_number(struct source *source, const struct yaml_node *node, double min, double max,
		       double *ret)
{
	double number;

	if (!node)
		return 0;
	if (node->kind != YAML_SCALAR || !yaml_to_double(node, &number) || number < min ||
	    number > max)
		return err_set(source->err, ERR_RANGE, "%s:%u:%u: a number from %g to %g, please",
			       source->name, node->line, node->column, min, max);
	*ret = number;
	return 0;
}

static int read_whole(struct source *source, const struct yaml_node *node, unsigned max,
		      unsigned *ret)
{
	double number = *ret;

	if (read_number(source, node, 0, max, &number) < 0)
		return -1;
	*ret = (unsigned)number;
	return 0;
}

static int read_spread(struct source *source, const struct yaml_node *node,
		       struct season_spread *ret)
{
	if (!node)
		return 0;
	if (read_number(source, yaml_get(node, "median"), 0, 1e15, &ret->median) < 0)
		return -1;
	ret->p90 = ret->median * 4;
	return read_number(source, yaml_get(node, "p90"), 0, 1e15, &ret->p90);
}

/* Tells the first key of a map that is not among the words. */
static int check_keys(struct source *source, const struct yaml_node *node, const char *const *word)
{
	if (!node)
		return 0;
	if (node->kind != YAML_MAP)
		return wrong(source, node, "names with values, please", SV(""));
	for (size_t i = 0; i < node->count; i++) {
		bool known = false;

		for (size_t k = 0; word[k]; k++)
			known |= sv_eq(node->pair[i].key, sv_from(word[k]));
		if (!known)
			return wrong_pair(source, &node->pair[i], "there is no such setting");
	}
	return 0;
}

/* ---- what the programme must know ---- */

static bool event_has_field(const struct programme_event *event, struct sv field)
{
	for (size_t i = 0; i < event->field_count; i++) {
		if (sv_eq(event->field[i].id, field))
			return true;
	}
	return false;
}

static bool knows_field(const struct programme *programme, struct sv name)
{
	const struct programme_facts *facts = programme_facts(programme);
	struct sv field = name;
	const struct sv event = sv_cut(&field, '.');

	for (size_t s = 0; s < facts->form.section_count; s++) {
		for (size_t i = 0; i < facts->form.section[s].field_count; i++) {
			if (sv_eq(facts->form.section[s].field[i].id, name))
				return true;
		}
	}
	for (size_t s = 0; s < facts->state_count; s++) {
		for (size_t i = 0; i < facts->state[s].event_count; i++) {
			if (sv_eq(facts->state[s].event[i].id, event) &&
			    event_has_field(&facts->state[s].event[i], field))
				return true;
		}
	}
	return false;
}

static bool knows_event(const struct programme_state *state, struct sv id)
{
	for (size_t i = 0; i < state->event_count; i++) {
		if (sv_eq(state->event[i].id, id))
			return true;
	}
	return false;
}

/* ---- its parts ---- */

static int read_answer(struct source *source, const struct yaml_pair *pair,
		       struct season_answer *answer)
{
	if (!knows_field(source->programme, pair->key))
		return wrong_pair(source, pair, "there is no such field");
	if (pair->value->kind != YAML_MAP || pair->value->count > SEASON_WEIGHTS_MAX)
		return wrong(source, pair->value, "{VALUE: share} or {median: …, p90: …}", pair->key);
	answer->field = pair->key;
	answer->is_number = yaml_get(pair->value, "median") != NULL;
	if (answer->is_number)
		return read_spread(source, pair->value, &answer->number);
	for (size_t i = 0; i < pair->value->count; i++) {
		struct season_weight *weight = &answer->weight[answer->weight_count++];

		weight->value = pair->value->pair[i].key;
		if (read_number(source, pair->value->pair[i].value, 0, 1e6, &weight->share) < 0)
			return -1;
	}
	return 0;
}

static int read_answers(struct source *source, const struct yaml_node *node)
{
	struct season_policy *policy = source->policy;

	for (size_t i = 0; node && i < node->count; i++) {
		if (policy->answer_count == SEASON_POLICY_ROWS_MAX)
			return wrong_pair(source, &node->pair[i], "too many answers");
		if (read_answer(source, &node->pair[i],
				&policy->answer_row[policy->answer_count++]) < 0)
			return -1;
	}
	return 0;
}

static int read_choices(struct source *source, const struct yaml_node *node)
{
	struct season_policy *policy = source->policy;

	for (size_t i = 0; node && i < node->count; i++) {
		const struct programme_state *state =
			programme_state(source->programme, node->pair[i].key);
		const struct yaml_node *events = node->pair[i].value;

		if (!state)
			return wrong_pair(source, &node->pair[i], "there is no such state");
		for (size_t k = 0; k < (events->kind == YAML_MAP ? events->count : 0); k++) {
			struct season_choice *choice = &policy->choice[policy->choice_count];

			if (policy->choice_count == SEASON_POLICY_ROWS_MAX)
				return wrong_pair(source, &events->pair[k], "too many choices");
			if (!knows_event(state, events->pair[k].key))
				return wrong_pair(source, &events->pair[k],
						  "this state has no such event");
			*choice = (struct season_choice){ state->id, events->pair[k].key, 0 };
			if (read_number(source, events->pair[k].value, 0, 1e6, &choice->share) < 0)
				return -1;
			policy->choice_count++;
		}
	}
	return 0;
}

static int read_works(struct source *source, const struct yaml_node *node)
{
	static const char *const keys[] = { "days", "effort", NULL };
	struct season_policy *policy = source->policy;

	for (size_t i = 0; node && i < node->count; i++) {
		struct season_work *work = &policy->work[policy->work_count];
		const struct yaml_node *value = node->pair[i].value;

		if (policy->work_count == SEASON_POLICY_ROWS_MAX)
			return wrong_pair(source, &node->pair[i], "too many kinds of work");
		if (!programme_state(source->programme, node->pair[i].key))
			return wrong_pair(source, &node->pair[i], "there is no such state");
		*work = (struct season_work){ node->pair[i].key, -1, 1 };
		if (check_keys(source, value, keys) < 0 ||
		    read_number(source, yaml_get(value, "days"), 0, SEASON_DAYS_MAX, &work->days) < 0 ||
		    read_number(source, yaml_get(value, "effort"), 0.01, 1000, &work->effort) < 0)
			return -1;
		policy->work_count++;
	}
	return 0;
}

static int read_places(struct source *source, const struct yaml_node *node)
{
	struct season_policy *policy = source->policy;

	for (size_t i = 0; node && i < node->count; i++) {
		unsigned places = 0;

		if (policy->place_count == SEASON_POLICY_ROWS_MAX ||
		    !programme_course(source->programme, node->pair[i].key))
			return wrong_pair(source, &node->pair[i], "there is no such course");
		if (read_whole(source, node->pair[i].value, SEASON_COMPANIES_MAX, &places) < 0)
			return -1;
		policy->places[policy->place_count++] =
			(struct season_places){ node->pair[i].key, places };
	}
	return 0;
}

static int read_weekdays(struct source *source, const struct yaml_node *list, unsigned *ret)
{
	static const char *const day[] = { "sunday",   "monday", "tuesday", "wednesday",
					   "thursday", "friday", "saturday" };
	unsigned days = 0;

	if (!list)
		return 0;
	for (size_t i = 0; list->kind == YAML_LIST && i < list->count; i++) {
		for (unsigned k = 0; k < 7; k++) {
			if (list->item[i]->kind == YAML_SCALAR &&
			    sv_eq(list->item[i]->text, sv_from(day[k])))
				days |= 1U << k;
		}
	}
	if (days == 0)
		return wrong(source, list, "a list of days, as in", SV("[monday, thursday]"));
	*ret = days;
	return 0;
}

static int read_role(struct source *source, const struct yaml_node *node, struct season_role *role)
{
	static const char *const keys[] = { "per_week", "weekdays", "order", NULL };
	const struct yaml_node *order = yaml_get(node, "order");

	if (check_keys(source, node, keys) < 0 ||
	    read_number(source, yaml_get(node, "per_week"), 0, 1e6, &role->per_week) < 0 ||
	    read_weekdays(source, yaml_get(node, "weekdays"), &role->weekdays) < 0)
		return -1;
	if (!order)
		return 0;
	role->oldest_first = order->kind == YAML_SCALAR && sv_eq(order->text, SV("oldest"));
	if (!role->oldest_first && (order->kind != YAML_SCALAR || !sv_eq(order->text, SV("due"))))
		return wrong(source, order, "order is due or oldest", SV(""));
	return 0;
}

static int read_roles(struct source *source, const struct yaml_node *node)
{
	for (size_t i = 0; node && i < node->count; i++) {
		int role = 0;

		while (role < BY_COUNT &&
		       !sv_eq(node->pair[i].key,
			      sv_from(programme_actor_name((enum programme_actor)role))))
			role++;
		if (role == BY_COUNT)
			return wrong_pair(source, &node->pair[i], "there is no such role");
		if (read_role(source, node->pair[i].value, &source->policy->role[role]) < 0)
			return -1;
	}
	return 0;
}

static int read_arrivals(struct source *source, const struct yaml_node *node)
{
	static const char *const keys[] = { "shape", "half_days", "reception_days", NULL };
	static const char *const shape[] = { "front", "even", "late" };
	const struct yaml_node *word = yaml_get(node, "shape");

	if (check_keys(source, node, keys) < 0 ||
	    read_number(source, yaml_get(node, "half_days"), 1, SEASON_DAYS_MAX,
			&source->policy->half_days) < 0 ||
	    read_whole(source, yaml_get(node, "reception_days"), SEASON_DAYS_MAX,
		       &source->policy->reception_days) < 0)
		return -1;
	for (int i = 0; word && word->kind == YAML_SCALAR && i < 3; i++) {
		if (sv_eq(word->text, sv_from(shape[i]))) {
			source->policy->arrivals = (enum season_arrivals)i;
			return 0;
		}
	}
	return word ? wrong(source, word, "shape is front, even or late", SV("")) : 0;
}

static int read_applicants(struct source *source, const struct yaml_node *node)
{
	static const char *const keys[] = { "answer_days",  "silent", "withdraw_per_week",
					    "other_course", "unfit",  "give_up_business_days",
					    NULL };
	struct season_policy *policy = source->policy;

	if (check_keys(source, node, keys) < 0 ||
	    read_spread(source, yaml_get(node, "answer_days"), &policy->answer) < 0 ||
	    read_number(source, yaml_get(node, "silent"), 0, 100, &policy->silent) < 0 ||
	    read_number(source, yaml_get(node, "withdraw_per_week"), 0, 100,
			&policy->withdraw_per_week) < 0 ||
	    read_number(source, yaml_get(node, "other_course"), 0, 100, &policy->other_course) < 0 ||
	    read_number(source, yaml_get(node, "unfit"), 0, 100, &policy->unfit) < 0)
		return -1;
	return read_whole(source, yaml_get(node, "give_up_business_days"), 250,
			  &policy->give_up_business_days);
}

static int read_all(struct source *source, const struct yaml_node *root)
{
	static const char *const keys[] = { "name",    "arrivals", "applicants", "answers",
					    "roles",   "choices",  "work",	 "places",
					    "grave",   "not_moving", "draw_business_days",
					    NULL };
	const struct yaml_node *name = yaml_get(root, "name");

	if (check_keys(source, root, keys) < 0)
		return -1;
	if (name && name->kind == YAML_SCALAR)
		source->policy->name = name->text;
	if (read_number(source, yaml_get(root, "grave"), 0, 1e6, &source->policy->grave) < 0 ||
	    read_number(source, yaml_get(root, "not_moving"), 0, 1e6,
			&source->policy->not_moving) < 0 ||
	    read_whole(source, yaml_get(root, "draw_business_days"), 250,
		       &source->policy->draw_business_days) < 0)
		return -1;
	return read_arrivals(source, yaml_get(root, "arrivals")) < 0 ||
			       read_applicants(source, yaml_get(root, "applicants")) < 0 ||
			       read_answers(source, yaml_get(root, "answers")) < 0 ||
			       read_roles(source, yaml_get(root, "roles")) < 0 ||
			       read_choices(source, yaml_get(root, "choices")) < 0 ||
			       read_works(source, yaml_get(root, "work")) < 0 ||
			       read_places(source, yaml_get(root, "places")) < 0
		       ? -1
		       : 0;
}

struct season_policy *season_policy_read(const struct programme *programme, struct sv text,
					 const char *name, struct arena *arena, struct err *err)
{
	struct season_policy *policy = season_policy_new(arena);
	struct source source = { programme, policy, name, arena, err };
	struct yaml_node **root = NULL;

	if (!policy) {
		err_set(err, ERR_RANGE, "no memory for the policy");
		return NULL;
	}
	policy->name = arena_dup(arena, sv_from(name));
	if (yaml_parse(text, name, arena, &root, err) != 1 || !root[0]) {
		err_set(err, ERR_FORMAT, "%s: a policy is one YAML document", name);
		return NULL;
	}
	return read_all(&source, root[0]) < 0 ? NULL : policy;
}

/* ---- looking into it ---- */

const struct season_answer *policy_answer(const struct season_policy *policy, struct sv prefix,
					  struct sv field)
{
	for (size_t i = 0; i < policy->answer_count; i++) {
		const struct sv name = policy->answer_row[i].field;

		if (name.n == prefix.n + field.n && sv_starts(name, prefix) &&
		    sv_ends(name, field))
			return &policy->answer_row[i];
	}
	return NULL;
}

struct sv weighted(const struct season_answer *answer, struct stream *random)
{
	double sum = 0, at;

	for (size_t i = 0; i < answer->weight_count; i++)
		sum += answer->weight[i].share;
	at = stream_unit(random) * sum;
	for (size_t i = 0; i < answer->weight_count; i++) {
		at -= answer->weight[i].share;
		if (at < 0)
			return answer->weight[i].value;
	}
	return answer->weight_count ? answer->weight[answer->weight_count - 1].value : SV("");
}
