/* Who gets a place: reception, first come or a lottery with frames, and marks for staff. */
#include "programme/internal.h"

#define PLACES_MAX 1000000 /* of a lottery, of a frame */
#define FRAMES_MAX 32	   /* of a lottery */
#define FLAGS_MAX 32	   /* of a file */

/* ---- reception ---- */

/* full, a day, or {about: …} where the office closes it (T-35). */
static void read_until(struct reader *reader, const struct yaml_node *node)
{
	struct programme_facts *facts = &reader->programme->facts;

	if (!node || (node->kind == YAML_SCALAR && sv_eq(node->text, SV("full"))))
		return;
	if (node->kind != YAML_MAP) {
		facts->last_day = reader_day(reader, node, &facts->has_last_day);
		return;
	}
	if (reader_map(reader, node, MAP_ABOUT))
		facts->about_until = reader_text(reader, yaml_get(node, "about"));
}

void reader_reception(struct reader *reader, const struct yaml_node *node)
{
	struct programme_facts *facts = &reader->programme->facts;
	bool has_first;

	facts->about_until = (struct programme_text){ SV(""), SV("") };
	if (!node || !reader_map(reader, node, MAP_RECEPTION))
		return;
	facts->opens = reader_day(reader, yaml_get(node, "opens"), &has_first);
	read_until(reader, yaml_get(node, "until"));
	if (facts->has_last_day && has_first && day_compare(facts->last_day, facts->opens) < 0)
		reader_at(reader, yaml_get(node, "until"), "reception ends before it opens");
}

/* ---- selection ---- */

static const char *selection_word(int kind)
{
	return selection_kind_name((enum selection_kind)kind);
}

static const char *seat_word(int mark)
{
	static const char *const word[MARK_COUNT] = {
		[MARK_RECEIVED] = "from_received",
		[MARK_COMPLETED] = "from_completed",
		[MARK_CONFIRMED] = "from_confirmed",
	};

	return word[mark];
}

static const char *leftover_word(int moves)
{
	return moves ? "moves" : "stays";
}

static void read_frame(struct reader *reader, const struct yaml_node *node,
		       struct programme_frame *frame)
{
	if (!reader_map(reader, node, MAP_FRAME))
		return;
	frame->id = reader_id(reader, yaml_get(node, "id"));
	frame->name = reader_text(reader, yaml_get(node, "name"));
	frame->places = (uint32_t)reader_int(reader, yaml_get(node, "places"), 1, PLACES_MAX, 1);
	frame->exact = reader_bool(reader, yaml_get(node, "exact"), false);
	frame->of = reader_condition(reader, yaml_get(node, "of"), SV(""), NULL);
}

static void read_frames(struct reader *reader, const struct yaml_node *list)
{
	struct programme_selection *selection = &reader->programme->facts.selection;
	struct programme_frame *frame;
	uint64_t sum = 0;

	if (!reader_list(reader, list, "frames", FRAMES_MAX))
		return;
	frame = reader_alloc(reader, list->count, sizeof *frame);
	for (size_t i = 0; i < list->count; i++) {
		read_frame(reader, list->item[i], &frame[i]);
		sum += frame[i].places;
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, list->item[i], "frame", frame[i].id, frame[k].id);
	}
	selection->frame = frame;
	selection->frame_count = list->count;
	if (list->count > 0 && sum != selection->places)
		reader_problem(reader, list->line, list->column,
			       SV("movements between frames keep the total (R-018)"),
			       "the frames have %llu places, the selection has %u",
			       (unsigned long long)sum, selection->places);
}

static void read_lottery(struct reader *reader, const struct yaml_node *node)
{
	struct programme_selection *selection = &reader->programme->facts.selection;
	const struct yaml_node *waiting = yaml_get(node, "waiting"), *won = yaml_get(node, "won");
	const struct yaml_node *lost = yaml_get(node, "lost");

	selection->places =
		(uint32_t)reader_int(reader, yaml_get(node, "places"), 1, PLACES_MAX, 1);
	selection->waiting = reader_id(reader, waiting);
	selection->won = reader_id(reader, won);
	selection->lost = reader_id(reader, lost);
	selection->leftover_moves = reader_choice(reader, yaml_get(node, "leftover"),
						  "rule for places left over", leftover_word, 2,
						  1) == 1;
	if (!waiting || !won || !lost || !yaml_get(node, "places") || !yaml_get(node, "leftover"))
		reader_problem(reader, node->line, node->column,
			       SV("places: 40, waiting: STATE, won: EVENT, lost: EVENT, "
				  "leftover: moves"),
			       "a lottery says its places, where applications wait and what "
			       "happens to them");
	if (waiting)
		reader_use_name(reader, waiting, NAME_STATE, selection->waiting);
	if (won)
		reader_use_name(reader, won, NAME_DRAW_EVENT, selection->won);
	if (lost)
		reader_use_name(reader, lost, NAME_DRAW_EVENT, selection->lost);
	if (yaml_get(node, "seat"))
		reader_at(reader, yaml_get(node, "seat"),
			  "who is drawn takes a seat: a lottery has no `seat`");
	read_frames(reader, yaml_get(node, "frames"));
}

/* All who are drawn may have wished the same course: nobody drawn goes away empty. */
static void check_places(struct reader *reader, const struct yaml_node *node)
{
	const struct programme_facts *facts = &reader->programme->facts;

	for (size_t i = 0; i < facts->course_count; i++) {
		if (facts->selection.places > facts->course[i].places)
			reader_problem(reader, node->line, node->column,
				       SV("a course has at least as many places as are drawn"),
				       "%u are drawn, but '%.*s' has %u places: somebody drawn "
				       "could find none",
				       facts->selection.places, SV_ARG(facts->course[i].id),
				       facts->course[i].places);
	}
}

void reader_selection(struct reader *reader, const struct yaml_node *node)
{
	static const char lottery_keys[] = "places waiting won lost leftover frames";
	struct programme_facts *facts = &reader->programme->facts;
	struct sv rest = sv_from(lottery_keys);

	if (!node || !reader_map(reader, node, MAP_SELECTION))
		return;
	facts->selection.kind = (enum selection_kind)reader_choice(
		reader, yaml_get(node, "kind"), "selection", selection_word, SELECTION_KIND_COUNT,
		SELECTION_FIRST_COME);
	if (facts->selection.kind == SELECTION_LOTTERY) {
		read_lottery(reader, node);
		check_places(reader, node);
		if (!facts->has_last_day && facts->about_until.ja.n == 0)
			reader_problem(reader, node->line, node->column,
				       SV("reception: {until: 2024-06-28}"),
				       "a lottery is drawn when reception is over: it needs an end");
		return;
	}
	reader->programme->seat_from = (enum mark)reader_choice(
		reader, yaml_get(node, "seat"), "start of a seat", seat_word, MARK_COUNT,
		MARK_RECEIVED);
	while (rest.n > 0) {
		const struct sv key = sv_cut(&rest, ' ');

		for (size_t i = 0; i < node->count; i++) {
			if (sv_eq(node->pair[i].key, key))
				reader_problem(reader, node->pair[i].key_line,
					       node->pair[i].key_column, SV("kind: lottery"),
					       "only a lottery has '%.*s'", SV_ARG(key));
		}
	}
}

/* ---- marks for staff (R-025) ---- */

void reader_flags(struct reader *reader, const struct yaml_node *list)
{
	struct programme_flag *flag;

	if (!reader_list(reader, list, "flags", FLAGS_MAX))
		return;
	flag = reader_alloc(reader, list->count, sizeof *flag);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];

		if (!reader_map(reader, one, MAP_FLAG))
			continue;
		flag[i].id = reader_id(reader, yaml_get(one, "id"));
		flag[i].rules = reader_rules(reader, yaml_get(one, "rule"));
		flag[i].name = reader_text(reader, yaml_get(one, "name"));
		flag[i].when = reader_condition(reader, yaml_get(one, "when"), SV(""), NULL);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, one, "flag", flag[i].id, flag[k].id);
	}
	reader->programme->facts.flag = flag;
	reader->programme->facts.flag_count = list->count;
}
