/* The steps of a file: states, events, what they do and when. */
#include <stdio.h>

#include "programme/internal.h"

#define DAYS_MAX 3660 /* of a moment */

static const char *actor_word(int actor)
{
	return programme_actor_name((enum programme_actor)actor);
}

/* Resolved as any condition is: an unknown field is told there. */
static void use_field(struct reader *reader, const struct yaml_node *node, struct sv name)
{
	struct programme_condition *given = reader_alloc(reader, 1, sizeof *given);
	struct leaf *leaf = reader_alloc(reader, 1, sizeof *leaf);

	*given = (struct programme_condition){ .kind = CONDITION_LEAF, .name = name,
					       .comparison = COMPARE_GIVEN, .given = true };
	*leaf = (struct leaf){ given, node, SV(""), NULL, reader->leaf };
	reader->leaf = leaf;
}

static const struct {
	const char *word;
	enum moment_from from;
} since[] = {
	{ "entered", FROM_ENTERED },
	{ "trial_end", FROM_TRIAL_END },
	{ "trial_month", FROM_TRIAL_MONTH },
	{ "reception_end", FROM_RECEPTION_END },
};
#define SINCES (int)(sizeof since / sizeof *since) /* then the marks */

const char *since_word(int i)
{
	return i < SINCES ? since[i].word : mark_word(i - SINCES);
}

static enum moment_from read_since(struct reader *reader, const struct yaml_node *node,
				   enum mark *ret_mark)
{
	const int i = reader_choice(reader, node, "moment or mark", since_word,
				    SINCES + MARK_COUNT, 0);

	if (i < SINCES)
		return since[i].from;
	*ret_mark = (enum mark)(i - SINCES);
	return FROM_MARK;
}

static void read_moment_from(struct reader *reader, const struct yaml_node *node,
			     struct moment *moment)
{
	const struct sv word = reader_word(reader, node);

	if (day_parse(word, &moment->day)) {
		moment->from = FROM_DAY;
	} else if (sv_find_char(word, '.', 0) != SIZE_MAX) {
		moment->from = FROM_FIELD;
		moment->field = word;
		use_field(reader, node, word);
	} else {
		moment->from = read_since(reader, node, &moment->mark);
	}
}

/* at: {from: trial_end, days: -14, time: "09:00"} */
static void read_moment(struct reader *reader, const struct yaml_node *node,
			struct moment *moment)
{
	if (!reader_map(reader, node, MAP_MOMENT))
		return;
	moment->is_set = true;
	if (yaml_get(node, "from"))
		read_moment_from(reader, yaml_get(node, "from"), moment);
	moment->months = (unsigned)reader_int(reader, yaml_get(node, "months"), 0, 120, 0);
	moment->days = (int32_t)reader_int(reader, yaml_get(node, "days"), -DAYS_MAX, DAYS_MAX, 0);
	moment->business_days =
		(unsigned)reader_int(reader, yaml_get(node, "business_days"), 0, 250, 0);
	moment->minute = reader_minute(reader, yaml_get(node, "time"), 0);
}

static void read_targets(struct reader *reader, const struct yaml_node *node, struct sv event,
			 struct event_rule *rule)
{
	struct target *target;

	if (!node)
		return;
	if (node->kind == YAML_SCALAR) {
		target = reader_alloc(reader, 1, sizeof *target);
		*target = (struct target){ NULL, node->text, node->line, node->column };
		rule->target = target;
		rule->target_count = 1;
		return;
	}
	if (!reader_list(reader, node, "to", PROGRAMME_LIST_MAX))
		return;
	target = reader_alloc(reader, node->count, sizeof *target);
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *one = node->item[i];

		if (!reader_map(reader, one, MAP_WAY))
			continue;
		target[i].when = reader_condition(reader, yaml_get(one, "when"), event, NULL);
		target[i].to = reader_word(reader, yaml_get(one, "state"));
		target[i].line = one->line;
		target[i].column = one->column;
		if ((i + 1 == node->count) != !target[i].when)
			reader_problem(reader, one->line, one->column,
				       SV("the last way has no `when`, the others have one"),
				       "the ways of an event must be complete");
	}
	rule->target = target;
	rule->target_count = node->count;
}

static void read_requires(struct reader *reader, const struct yaml_node *list, struct sv event,
			  struct event_rule *rule)
{
	struct requirement *requirement;

	if (!reader_list(reader, list, "requires", PROGRAMME_LIST_MAX))
		return;
	requirement = reader_alloc(reader, list->count, sizeof *requirement);
	for (size_t i = 0; i < list->count; i++) {
		if (!reader_map(reader, list->item[i], MAP_REQUIREMENT))
			continue;
		requirement[i].when = reader_condition(reader, yaml_get(list->item[i], "when"),
						       event, NULL);
		requirement[i].message = reader_text(reader, yaml_get(list->item[i], "message"));
	}
	rule->requirement = requirement;
	rule->requirement_count = list->count;
}

static unsigned read_marks(struct reader *reader, const struct yaml_node *node)
{
	unsigned marks = 0;

	if (node && node->kind == YAML_SCALAR)
		return 1U << reader_choice(reader, node, "mark", mark_word, MARK_COUNT, 0);
	if (!reader_list(reader, node, "marks", MARK_COUNT))
		return 0;
	for (size_t i = 0; i < node->count; i++)
		marks |= 1U << reader_choice(reader, node->item[i], "mark", mark_word, MARK_COUNT,
					     0);
	return marks;
}

static unsigned read_by(struct reader *reader, const struct yaml_node *node)
{
	unsigned by = 0;

	if (node && node->kind == YAML_SCALAR)
		return 1U << reader_choice(reader, node, "actor", actor_word, BY_COUNT, 0);
	if (!reader_list(reader, node, "by", BY_COUNT))
		return 0;
	for (size_t i = 0; i < node->count; i++)
		by |= 1U << reader_choice(reader, node->item[i], "actor", actor_word, BY_COUNT, 0);
	return by;
}

static const struct programme_option channel[] = {
	{ SV("telephone"), { SV("電話"), SV("Telephone") } },
	{ SV("mail"), { SV("メール"), SV("Mail") } },
	{ SV("form"), { SV("フォーム"), SV("Form") } },
	{ SV("visit"), { SV("訪問"), SV("Visit") } },
	{ SV("online"), { SV("オンライン会議"), SV("Online meeting") } },
	{ SV("letter"), { SV("郵送"), SV("Letter") } },
};
#define CHANNELS (int)(sizeof channel / sizeof *channel)

const char *channel_word(int i)
{
	return i < CHANNELS ? channel[i].id.p : NULL;
}

/* R-008, T-24: which ways of contact count. The event asks for it first. */
static void read_channels(struct reader *reader, const struct yaml_node *list,
			  struct programme_event *event)
{
	const struct programme_text label = { SV("連絡の手段"), SV("Channel") };
	struct programme_option *option;
	struct programme_field *field;

	if (!reader_list(reader, list, "channels", CHANNELS))
		return;
	if (list->count == 0)
		reader_at(reader, list, "a contact has a channel");
	field = reader_alloc(reader, event->field_count + 1, sizeof *field);
	option = reader_alloc(reader, list->count, sizeof *option);
	for (size_t i = 0; i < list->count; i++)
		option[i] = channel[reader_choice(reader, list->item[i], "channel", channel_word,
						  CHANNELS, 0)];
	field[0] = (struct programme_field){ .id = SV("channel"), .kind = FIELD_CHOICE,
					     .label = label, .required = true, .option = option,
					     .option_count = list->count };
	for (size_t i = 0; i < event->field_count; i++) {
		field[i + 1] = event->field[i];
		reader_differ(reader, list, "field", event->field[i].id, field[0].id);
	}
	event->field = field;
	event->field_count++;
}

static void read_event_consents(struct reader *reader, const struct yaml_node *node,
				struct event_rule *rule)
{
	rule->consent = reader_words(reader, node, &rule->consent_count);
	for (size_t i = 0; i < rule->consent_count; i++)
		reader_use_name(reader, node, NAME_CONSENT, rule->consent[i]);
}

static void read_event(struct reader *reader, const struct yaml_node *node,
		       struct programme_event *event, struct event_rule *rule)
{
	const struct yaml_node *at = yaml_get(node, "at");

	if (!reader_map(reader, node, MAP_EVENT))
		return;
	rule->line = node->line;
	rule->column = node->column;
	event->id = reader_id(reader, yaml_get(node, "event"));
	event->name = reader_text(reader, yaml_get(node, "name"));
	event->help = reader_text(reader, yaml_get(node, "help"));
	event->gravely = reader_bool(reader, yaml_get(node, "gravely"), false);
	event->by = at ? 1U << BY_CLOCK : read_by(reader, yaml_get(node, "by"));
	event->field = reader_fields(reader, yaml_get(node, "fields"), event->id,
				     &event->field_count);
	read_channels(reader, yaml_get(node, "channels"), event);
	if (at)
		read_moment(reader, at, &rule->moment);
	if (event->by == 0)
		reader_at(reader, node, "an event needs `by` (who does it) or `at` (when)");
	if (at && (yaml_get(node, "by") || event->field_count > 0))
		reader_at(reader, node, "the clock does an event with `at`: no `by`, no fields");
	if (!at && (event->by & 1U << BY_CLOCK))
		reader_at(reader, node, "what the clock does needs `at`");
	rule->when = reader_condition(reader, yaml_get(node, "when"), event->id, NULL);
	if (rule->when && !at)
		reader_at(reader, node, "only what the clock does has `when`; others: `requires`");
	read_requires(reader, yaml_get(node, "requires"), event->id, rule);
	read_targets(reader, yaml_get(node, "to"), event->id, rule);
	rule->marks = read_marks(reader, yaml_get(node, "marks"));
	read_event_consents(reader, yaml_get(node, "consents"), rule);
	rule->effect = reader_effects(reader, yaml_get(node, "effects"), event->id,
				    &rule->effect_count);
}

static void read_due(struct reader *reader, const struct yaml_node *node, struct due_rule *due)
{
	const struct yaml_node *kind = yaml_get(node, "kind"), *from = yaml_get(node, "from");
	const struct yaml_node *date = yaml_get(node, "date");
	const struct yaml_node *business = yaml_get(node, "business_days");
	const struct yaml_node *calendar = yaml_get(node, "calendar_days");
	const struct yaml_node *day = yaml_get(node, "day");
	bool is_fixed;

	if (!node || !reader_map(reader, node, MAP_DUE))
		return;
	due->is_set = true;
	due->is_hard = kind && sv_eq(reader_word(reader, kind), SV("hard"));
	if (kind && !due->is_hard && !sv_eq(reader_word(reader, kind), SV("soft")))
		reader_problem(reader, kind->line, kind->column, SV("hard or soft"),
			       "there is no such kind of deadline");
	due->business_days = (unsigned)reader_int(reader, business, 0, 250, 0);
	due->calendar_days = (unsigned)reader_int(reader, calendar, 0, DAYS_MAX, 0);
	due->from = from ? read_since(reader, from, &due->mark) : FROM_ENTERED;
	if (due->from == FROM_TRIAL_MONTH)
		reader_problem(reader, from->line, from->column, SV("entered, trial_end or a mark"),
			       "a deadline does not count from there");
	due->day = reader_day(reader, day, &is_fixed);
	if (is_fixed)
		due->from = FROM_DAY;
	if (!!business + !!calendar + !!date + !!day != 1)
		reader_at(reader, node,
			  "a deadline has one of business_days, calendar_days, day and date");
	if (from && (date || day))
		reader_at(reader, from, "a day counts from nowhere");
	due->date = reader_words(reader, date, &due->date_count);
	for (size_t i = 0; i < due->date_count; i++)
		use_field(reader, date, due->date[i]);
}

struct events {
	struct programme_event *event;
	struct event_rule *rule;
	size_t count;
};

static struct events read_events(struct reader *reader, const struct yaml_node *list)
{
	struct events events = { NULL, NULL, 0 };

	if (!reader_list(reader, list, "events", PROGRAMME_EVENTS_MAX))
		return events;
	events.event = reader_alloc(reader, list->count, sizeof *events.event);
	events.rule = reader_alloc(reader, list->count, sizeof *events.rule);
	events.count = list->count;
	for (size_t i = 0; i < list->count; i++)
		read_event(reader, list->item[i], &events.event[i], &events.rule[i]);
	return events;
}

/* The state's own events, and behind them those that are possible anywhere. */
static void join_events(struct reader *reader, struct events own, const struct events *anywhere,
			struct programme_state *state, struct state_rule *rule)
{
	const size_t more = state->final ? 0 : anywhere->count;
	const size_t count = own.count + more;
	struct programme_event *event = reader_alloc(reader, count, sizeof *event);
	struct event_rule *event_rule = reader_alloc(reader, count, sizeof *event_rule);

	if (count > PROGRAMME_EVENTS_MAX) {
		reader_problem(reader, rule->line, rule->column, SV_NONE,
			       "state '%.*s' has more than %d events", SV_ARG(state->id),
			       PROGRAMME_EVENTS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		event[i] = i < own.count ? own.event[i] : anywhere->event[i - own.count];
		event_rule[i] = i < own.count ? own.rule[i] : anywhere->rule[i - own.count];
		for (size_t k = 0; k < i; k++) {
			if (event[i].id.n > 0 && sv_eq(event[i].id, event[k].id))
				reader_problem(reader, event_rule[i].line, event_rule[i].column,
					       SV_NONE, "event '%.*s' is there twice in '%.*s'",
					       SV_ARG(event[i].id), SV_ARG(state->id));
		}
	}
	state->event = event;
	state->event_count = count;
	rule->event = event_rule;
}

static void read_state(struct reader *reader, const struct yaml_node *node,
		       const struct events *anywhere, struct programme_state *state,
		       struct state_rule *rule)
{
	rule->line = node->line;
	rule->column = node->column;
	if (!reader_map(reader, node, MAP_STATE))
		return;
	state->id = reader_id(reader, yaml_get(node, "id"));
	state->name = reader_text(reader, yaml_get(node, "name"));
	state->where = reader_text(reader, yaml_get(node, "where"));
	state->next = reader_text(reader, yaml_get(node, "next"));
	state->task = reader_text(reader, yaml_get(node, "task"));
	state->final = reader_bool(reader, yaml_get(node, "final"), false);
	state->aside = reader_bool(reader, yaml_get(node, "aside"), false);
	state->actor = (enum programme_actor)reader_choice(reader, yaml_get(node, "actor"), "actor",
							   actor_word, BY_COUNT, BY_CLOCK);
	rule->releases_seats = reader_bool(reader, yaml_get(node, "releases_seats"), false);
	rule->enrols = reader_bool(reader, yaml_get(node, "enrols"), false);
	rule->has_desk = reader_bool(reader, yaml_get(node, "desk"), false);
	rule->effect = reader_effects(reader, yaml_get(node, "on_entry"), SV(""),
				    &rule->effect_count);
	rule->marks = read_marks(reader, yaml_get(node, "marks"));
	read_due(reader, yaml_get(node, "due"), &rule->due);
	join_events(reader, read_events(reader, yaml_get(node, "events")), anywhere, state, rule);
	if (!state->final && (!yaml_get(node, "actor") || state->task.ja.n == 0))
		reader_at(reader, node, "state '%.*s' needs actor and task: somebody has to act",
			  SV_ARG(state->id));
	if (state->final && (state->event_count > 0 || rule->due.is_set))
		reader_at(reader, node, "state '%.*s' is final: no events, no deadline",
			  SV_ARG(state->id));
}

void reader_steps(struct reader *reader, const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_get(root, "states");
	const struct events anywhere = read_events(reader, yaml_get(root, "anywhere"));
	const struct yaml_node *receive = yaml_get(root, "receive");
	struct programme *programme = reader->programme;
	struct programme_state *state;
	struct state_rule *rule;

	if (receive && reader_map(reader, receive, MAP_RECEIVE)) {
		struct event_rule *start = &programme->receive_rule;

		start->line = receive->line;
		start->column = receive->column;
		programme->receive.id = SV("receive");
		programme->receive.name = reader_text(reader, yaml_get(receive, "name"));
		programme->receive.by = read_by(reader, yaml_get(receive, "by"));
		read_targets(reader, yaml_get(receive, "to"), SV(""), start);
		start->marks = read_marks(reader, yaml_get(receive, "marks"));
		start->effect = reader_effects(reader, yaml_get(receive, "effects"), SV(""),
					     &start->effect_count);
	}
	if (!reader_list(reader, list, "states", PROGRAMME_STATES_MAX))
		return;
	state = reader_alloc(reader, list->count, sizeof *state);
	rule = reader_alloc(reader, list->count, sizeof *rule);
	programme->facts.state = state;
	programme->state_rule = rule;
	for (size_t i = 0; i < list->count; i++) {
		read_state(reader, list->item[i], &anywhere, &state[i], &rule[i]);
		programme->facts.state_count = i + 1;
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "state", state[i].id, state[k].id);
	}
}
