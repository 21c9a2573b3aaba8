/* What becomes of applications under way when a newer version of the file is published. */
#include "programme/internal.h"

static const char *under_way_word(int moves)
{
	return moves ? "move" : "stay";
}

static void read_moves(struct reader *reader, const struct yaml_node *node)
{
	struct state_move *move;

	if (!node)
		return;
	if (node->kind != YAML_MAP || node->count > PROGRAMME_STATES_MAX) {
		reader_problem(reader, node->line, node->column, SV("states: {old: new}"),
			       "states is a map of at most %d states", PROGRAMME_STATES_MAX);
		return;
	}
	move = reader_alloc(reader, node->count, sizeof *move);
	for (size_t i = 0; i < node->count; i++) {
		move[i].from = node->pair[i].key;
		move[i].to = reader_word(reader, node->pair[i].value);
		reader_use_name(reader, node->pair[i].value, NAME_STATE, move[i].to);
	}
	reader->programme->move = move;
	reader->programme->move_count = node->count;
}

void reader_upgrade(struct reader *reader, const struct yaml_node *node)
{
	struct programme_facts *facts = &reader->programme->facts;

	if (!node || !reader_map(reader, node, MAP_UPGRADE))
		return;
	facts->under_way_moves = reader_choice(reader, yaml_get(node, "under_way"),
					       "rule for applications under way", under_way_word,
					       2, 0) == 1;
	if (!facts->under_way_moves && yaml_get(node, "states"))
		reader_at(reader, yaml_get(node, "states"),
			  "states are renamed only where applications move");
	else
		read_moves(reader, yaml_get(node, "states"));
}
