/* What no single line of a file shows: where the steps lead. */
#include "programme/internal.h"

struct graph {
	struct reader *reader;
	const struct programme *programme;
	bool way[PROGRAMME_STATES_MAX][PROGRAMME_STATES_MAX];
	bool reached[PROGRAMME_STATES_MAX], leads_out[PROGRAMME_STATES_MAX];
};

static void state_words(const struct programme *programme, struct buf *words)
{
	buf_init(words, 1U << 14);
	for (size_t i = 0; i < programme->facts.state_count; i++) {
		buf_put_sv(words, programme->facts.state[i].id);
		buf_put_char(words, ' ');
	}
	buf_put_char(words, '\0');
}

static size_t find_target(struct graph *graph, const struct target *target)
{
	const size_t at = programme_state_index(graph->programme, target->to);
	struct buf words;

	if (at != SIZE_MAX)
		return at;
	state_words(graph->programme, &words);
	reader_problem(graph->reader, target->line, target->column,
		       words.full ? SV_NONE : reader_nearest(graph->reader, target->to, words.p),
		       "there is no state '%.*s'", SV_ARG(target->to));
	buf_done(&words);
	return SIZE_MAX;
}

static void add_ways(struct graph *graph, size_t from, const struct event_rule *rule)
{
	for (size_t i = 0; i < rule->target_count; i++) {
		const size_t to = find_target(graph, &rule->target[i]);

		if (to != SIZE_MAX && from != SIZE_MAX)
			graph->way[from][to] = true;
		else if (to != SIZE_MAX)
			graph->reached[to] = true;
	}
}

/* Follows ways until nothing changes: forwards from the start, backwards from the ends. */
static void spread(struct graph *graph)
{
	const size_t count = graph->programme->facts.state_count;
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t a = 0; a < count; a++) {
			for (size_t b = 0; b < count; b++) {
				if (!graph->way[a][b])
					continue;
				if (graph->reached[a] && !graph->reached[b])
					changed = graph->reached[b] = true;
				if (graph->leads_out[b] && !graph->leads_out[a])
					changed = graph->leads_out[a] = true;
			}
		}
	}
}

/* One that surely comes: whatever was said, and under no condition. */
static bool has_clock(const struct state_rule *rule, const struct programme_state *state)
{
	for (size_t i = 0; i < state->event_count; i++) {
		const struct moment *moment = &rule->event[i].moment;

		if (moment->is_set && !rule->event[i].when && moment->from != FROM_FIELD &&
		    moment->from != FROM_RECEPTION_END)
			return true;
	}
	return false;
}

static bool actor_can_act(const struct programme_state *state)
{
	for (size_t i = 0; i < state->event_count; i++) {
		if (state->event[i].by & 1U << state->actor)
			return true;
	}
	return false;
}

static void check_state(struct graph *graph, size_t at)
{
	const struct programme_state *state = &graph->programme->facts.state[at];
	const struct state_rule *rule = &graph->programme->state_rule[at];

	if (state->id.n == 0)
		return;
	if (!graph->reached[at])
		reader_problem(graph->reader, rule->line, rule->column,
			       SV("an event of another state has to lead here"),
			       "state '%.*s' is never reached", SV_ARG(state->id));
	if (state->final)
		return;
	if (!graph->leads_out[at])
		reader_problem(graph->reader, rule->line, rule->column,
			       SV("some event has to lead on to a final state"),
			       "from state '%.*s' there is no way to an end", SV_ARG(state->id));
	if (!rule->due.is_set && !has_clock(rule, state))
		reader_problem(graph->reader, rule->line, rule->column,
			       SV("due: {business_days: 5, kind: soft}"),
			       "state '%.*s' needs a deadline or an event by the clock",
			       SV_ARG(state->id));
	if (!actor_can_act(state))
		reader_problem(graph->reader, rule->line, rule->column,
			       SV("an event whose `by` has the actor"),
			       "in state '%.*s' nothing can be done by who has to act",
			       SV_ARG(state->id));
}

static bool happens_in(const struct programme_state *state, struct sv event)
{
	for (size_t i = 0; i < state->event_count; i++) {
		if (sv_eq(state->event[i].id, event) && state->event[i].by & 1U << BY_CENTRE)
			return true;
	}
	return false;
}

/* Who waits for the draw can win and can lose. */
static void check_lottery(struct graph *graph)
{
	const struct programme_selection *selection = &graph->programme->facts.selection;
	const size_t at = programme_state_index(graph->programme, selection->waiting);
	const struct sv event[] = { selection->won, selection->lost };

	if (selection->kind != SELECTION_LOTTERY || at == SIZE_MAX)
		return;
	for (size_t i = 0; i < 2; i++) {
		if (event[i].n > 0 && !happens_in(&graph->programme->facts.state[at], event[i]))
			reader_problem(graph->reader, graph->programme->state_rule[at].line,
				       graph->programme->state_rule[at].column,
				       SV("{event: …, by: centre, to: …}"),
				       "in state '%.*s' the draw does not find its event '%.*s'",
				       SV_ARG(selection->waiting), SV_ARG(event[i]));
	}
}

/* An upgrade renames steps; it ends nothing: that would need an event. */
static void check_moves(struct graph *graph)
{
	for (size_t i = 0; i < graph->programme->move_count; i++) {
		const struct state_move *move = &graph->programme->move[i];
		const size_t at = programme_state_index(graph->programme, move->to);

		if (at != SIZE_MAX && graph->programme->facts.state[at].final)
			reader_problem(graph->reader, graph->programme->state_rule[at].line,
				       graph->programme->state_rule[at].column,
				       SV("an event ends an application, with its mails"),
				       "upgrade moves '%.*s' to '%.*s', which is final",
				       SV_ARG(move->from), SV_ARG(move->to));
		if (at != SIZE_MAX &&
		    programme_state_index(graph->programme, move->from) != SIZE_MAX)
			reader_problem(graph->reader, graph->programme->state_rule[at].line,
				       graph->programme->state_rule[at].column,
				       SV("only what is gone moves"),
				       "upgrade moves '%.*s', which is still a state",
				       SV_ARG(move->from));
	}
}

void reader_check_graph(struct reader *reader)
{
	const struct programme *programme = reader->programme;
	struct graph graph = { .reader = reader, .programme = programme };

	if (programme->receive_rule.target_count != 1)
		reader_problem(reader, programme->receive_rule.line, programme->receive_rule.column,
			       SV_NONE, "receive leads to one state");
	if (!(programme->receive_rule.marks & 1U << MARK_RECEIVED))
		reader_problem(reader, programme->receive_rule.line, programme->receive_rule.column,
			       SV("marks: received"), "receive marks that the form was received");
	add_ways(&graph, SIZE_MAX, &programme->receive_rule);
	for (size_t s = 0; s < programme->facts.state_count; s++) {
		for (size_t i = 0; i < programme->facts.state[s].event_count; i++)
			add_ways(&graph, s, &programme->state_rule[s].event[i]);
		graph.leads_out[s] = programme->facts.state[s].final;
	}
	spread(&graph);
	for (size_t s = 0; s < programme->facts.state_count; s++)
		check_state(&graph, s);
	check_lottery(&graph);
	check_moves(&graph);
}
