/* Where the cards and arrows of the picture go. */
#include "programme/draw_internal.h"

#include "base/terminal.h"

#define PORT_GAP 18	 /* of an arrow on one side of a card, without its label */
#define ROW_GAP 34	 /* between rows, without the words of the arrow down */
#define CARD_GAP 22	 /* between cards of the right column */
#define LANE_GAP 13	 /* between arrows side by side */
#define CARD_HEAD 52	 /* actor and name */
#define CARD_FOOT 12
#define START_HEIGHT 86	 /* above the first row: where it begins */
#define NO_CARD SIZE_MAX

/* ---- text ---- */

/* Longest beginning that fits; in texts with spaces it ends at one. */
static struct sv first_line(struct sv text, size_t columns)
{
	const struct sv fits = terminal_cut(text, columns);
	size_t at = fits.n;

	if (fits.n == text.n || (unsigned char)text.p[fits.n] >= 0x80)
		return fits;
	while (at > 0 && text.p[at] != ' ' && (unsigned char)text.p[at - 1] < 0x80)
		at--;
	return at == 0 ? fits : sv_slice(text, 0, at);
}

void draw_break(struct picture *picture, struct sv text, size_t columns, size_t most,
		struct lines *ret)
{
	text = sv_trim(text);
	while (text.n > 0 && ret->count < most && ret->count < DRAW_LINES_MAX) {
		struct sv line = first_line(text, columns);
		const bool is_last = ret->count + 1 == most || ret->count + 1 == DRAW_LINES_MAX;

		if (line.n == 0)
			return;
		text = sv_trim(sv_slice(text, line.n, text.n));
		if (is_last && text.n > 0)
			line = arena_printf(picture->arena, "%.*s…",
					    SV_ARG(terminal_cut(line, columns - 2)));
		ret->line[ret->count++] = sv_trim(line);
	}
}

/* ---- cards ---- */

/* Names of events, each once, parted by commas. */
static struct sv join(struct picture *picture, struct sv before, struct sv name)
{
	if (before.n == 0)
		return name;
	if (sv_find(before, name, 0) != SIZE_MAX)
		return before;
	return arena_printf(picture->arena, picture->english ? "%.*s, %.*s" : "%.*s、%.*s",
			    SV_ARG(before), SV_ARG(name));
}

static bool leads_away(const struct picture *picture, const struct programme_event *event)
{
	for (size_t i = 0; i < picture->ways.count; i++) {
		if (picture->ways.item[i].event == event &&
		    picture->ways.item[i].to != picture->ways.item[i].from)
			return true;
	}
	return false;
}

static void fill_card(struct picture *picture, struct card *card)
{
	const struct programme_state *state = &picture->facts->state[card->state];
	struct sv noted = SV(""), anywhere = SV("");

	for (size_t i = 0; i < picture->ways.count; i++) {
		const struct programme_way *way = &picture->ways.item[i];
		const struct sv name = draw_text(picture, way->event->name);

		if (way->from == card->state && !way->anywhere &&
		    !leads_away(picture, way->event))
			noted = join(picture, noted, name);
		if (way->to == card->state && way->anywhere && way->to != way->from)
			anywhere = join(picture, anywhere, name);
	}
	draw_break(picture, draw_text(picture, state->task), DRAW_CARD_COLUMNS, 2, &card->task);
	if (noted.n > 0)
		draw_break(picture,
			   arena_printf(picture->arena, picture->english ? "Noted: %.*s"
									 : "記録：%.*s",
					SV_ARG(noted)),
			   DRAW_CARD_COLUMNS, 3, &card->noted);
	if (anywhere.n > 0)
		draw_break(picture,
			   arena_printf(picture->arena, picture->english
								? "From every step: %.*s"
								: "どの段階からも：%.*s",
					SV_ARG(anywhere)),
			   DRAW_CARD_COLUMNS, 3, &card->from_anywhere);
}

static double text_height(const struct card *card)
{
	return CARD_HEAD + CARD_FOOT +
	       DRAW_LINE_HEIGHT * (double)(card->task.count + card->noted.count +
					   card->from_anywhere.count);
}

/* The way of all: states that are not aside, in the file's order, and the first end. */
static void place_columns(struct picture *picture)
{
	const struct programme_facts *facts = picture->facts;
	size_t end = NO_CARD;

	for (size_t s = 0; s < facts->state_count; s++) {
		struct card *card = &picture->card[picture->card_count++];

		*card = (struct card){ .state = s, .column = COLUMN_RIGHT };
		if (!facts->state[s].final)
			card->column = facts->state[s].aside ? COLUMN_LEFT : COLUMN_SPINE;
		else if (end == NO_CARD)
			end = s;
		if (card->column == COLUMN_SPINE)
			card->row = picture->rows++;
		fill_card(picture, card);
	}
	if (end == NO_CARD)
		return;
	picture->card[end].column = COLUMN_SPINE;
	picture->card[end].row = picture->rows++;
}

static bool is_row_free(const struct picture *picture, size_t row)
{
	for (size_t i = 0; i < picture->card_count; i++) {
		if (picture->card[i].column == COLUMN_LEFT && picture->card[i].height < 0 &&
		    picture->card[i].row == row)
			return false;
	}
	return true;
}

/* States aside stand one row below where they are first reached from. */
static void place_asides(struct picture *picture)
{
	for (size_t i = 0; i < picture->card_count; i++) {
		struct card *card = &picture->card[i];
		size_t row = 0;

		if (card->column != COLUMN_LEFT)
			continue;
		for (size_t k = 0; k < picture->ways.count; k++) {
			const struct programme_way *way = &picture->ways.item[k];

			if (way->to != card->state || way->from == way->to || way->anywhere ||
			    way->from == WAY_FROM_START)
				continue;
			row = picture->card[way->from].row + 1;
			break;
		}
		while (!is_row_free(picture, row))
			row++;
		card->row = row;
		card->height = -1; /* placed */
		picture->rows = row + 1 > picture->rows ? row + 1 : picture->rows;
	}
}

/* ---- arrows ---- */

static struct arrow *find_arrow(struct picture *picture, size_t from, size_t to)
{
	for (size_t i = 0; i < picture->arrow_count; i++) {
		if (picture->arrow[i].from == from && picture->arrow[i].to == to)
			return &picture->arrow[i];
	}
	picture->arrow[picture->arrow_count] = (struct arrow){ .from = from, .to = to,
							       .stroke = STROKE_GRAVE };
	return &picture->arrow[picture->arrow_count++];
}

static bool is_straight(const struct picture *picture, const struct arrow *arrow)
{
	const struct card *from = &picture->card[arrow->from], *to = &picture->card[arrow->to];

	return from->column == COLUMN_SPINE && to->column == COLUMN_SPINE &&
	       to->row == from->row + 1;
}

static struct sv event_text(struct picture *picture, const struct programme_way *way)
{
	struct programme_text text = way->event->name;

	if (way->event->by == 1U << BY_CLOCK) {
		const struct programme_text when = programme_moment_text(
			picture->programme, way->from, way->event, picture->arena);

		return arena_printf(picture->arena, picture->english ? "%.*s (%.*s)" : "%.*s（%.*s）",
				    SV_ARG(draw_text(picture, text)),
				    SV_ARG(draw_text(picture, when)));
	}
	return draw_text(picture, text);
}

static void add_way(struct picture *picture, const struct programme_way *way)
{
	struct arrow *arrow = find_arrow(picture, way->from, way->to); /* a card for each state */

	draw_break(picture, event_text(picture, way), DRAW_LINE_COLUMNS,
		   arrow->label.count + 2, &arrow->label);
	if (way->event->by == 1U << BY_CLOCK)
		arrow->stroke = STROKE_CLOCK;
	else if (!way->event->gravely)
		arrow->stroke = STROKE_PLAIN;
}

static int rank(const struct picture *picture, const struct arrow *arrow)
{
	return 2 * (arrow->stroke == STROKE_PLAIN) + is_straight(picture, arrow);
}

/* The deadline of a state stands on its first way that goes on. */
static void put_due(struct picture *picture, const struct card *card)
{
	struct arrow *best = NULL;
	const size_t from = (size_t)(card - picture->card);
	bool is_hard;
	const struct sv due =
		draw_text(picture, programme_due_text(picture->programme, card->state, &is_hard,
						      picture->arena));

	for (size_t i = 0; i < picture->arrow_count && due.n > 0; i++) {
		struct arrow *arrow = &picture->arrow[i];

		if (arrow->from == from && (!best || rank(picture, arrow) > rank(picture, best)))
			best = arrow;
	}
	if (!best)
		return;
	best->due = due;
	best->due_is_hard = is_hard;
}

static void add_arrows(struct picture *picture)
{
	for (size_t i = 0; i < picture->ways.count; i++) {
		const struct programme_way *way = &picture->ways.item[i];

		if (way->from != WAY_FROM_START && way->to != way->from && !way->anywhere)
			add_way(picture, way);
	}
	for (size_t i = 0; i < picture->card_count; i++)
		put_due(picture, &picture->card[i]);
}

/* Height that an arrow needs on the side of a card: its words stand above it. */
static double draw_port(const struct arrow *arrow, bool leaves)
{
	return leaves ? PORT_GAP - 4 + DRAW_LINE_HEIGHT * (double)draw_label_lines(arrow) : PORT_GAP;
}

static void choose_sides(struct picture *picture, struct arrow *arrow)
{
	const struct card *from = &picture->card[arrow->from], *to = &picture->card[arrow->to];

	arrow->straight = is_straight(picture, arrow);
	if (arrow->straight)
		return;
	arrow->from_right = from->column == COLUMN_LEFT || to->column == COLUMN_RIGHT;
	arrow->to_right = to->column == COLUMN_LEFT;
	arrow->crosses = from->column == COLUMN_LEFT && to->column == COLUMN_RIGHT;
	picture->card[arrow->from].ports[arrow->from_right] += draw_port(arrow, true);
	picture->card[arrow->to].ports[arrow->to_right] += draw_port(arrow, false);
}

/* ---- heights and places ---- */

static double ports_height(const struct card *card)
{
	const double ports =
		card->ports[0] > card->ports[1] ? card->ports[0] : card->ports[1];

	return ports + 2 * CARD_FOOT;
}

static double gap_below(const struct picture *picture, size_t row)
{
	size_t lines = 1;

	for (size_t i = 0; i < picture->arrow_count; i++) {
		const struct arrow *arrow = &picture->arrow[i];

		if (arrow->straight && picture->card[arrow->from].row == row &&
		    draw_label_lines(arrow) > lines)
			lines = draw_label_lines(arrow);
	}
	return ROW_GAP + DRAW_LINE_HEIGHT * (double)lines;
}

static void place_rows(struct picture *picture)
{
	double y = DRAW_MARGIN + picture->top;

	for (size_t row = 0; row < picture->rows; row++) {
		double height = 0;

		for (size_t i = 0; i < picture->card_count; i++) {
			struct card *card = &picture->card[i];

			if (card->column == COLUMN_RIGHT || card->row != row)
				continue;
			card->y = y;
			card->height = text_height(card);
			if (ports_height(card) > card->height)
				card->height = ports_height(card);
			height = card->height > height ? card->height : height;
		}
		picture->height = y + height;
		y += height + gap_below(picture, row);
	}
}

/* Ends stand as high as they are reached from, but not upon each other. */
static double wanted_y(const struct picture *picture, size_t at)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < picture->arrow_count; i++) {
		if (picture->arrow[i].to != at)
			continue;
		sum += picture->card[picture->arrow[i].from].y;
		count++;
	}
	return count ? sum / (double)count : picture->height;
}

static void place_ends(struct picture *picture)
{
	double y = DRAW_MARGIN + picture->top;
	bool placed[PROGRAMME_STATES_MAX] = { false };

	for (;;) {
		size_t next = NO_CARD;

		for (size_t i = 0; i < picture->card_count; i++) {
			if (picture->card[i].column != COLUMN_RIGHT || placed[i])
				continue;
			if (next == NO_CARD || wanted_y(picture, i) < wanted_y(picture, next))
				next = i;
		}
		if (next == NO_CARD)
			break;
		struct card *card = &picture->card[next];

		placed[next] = true;
		card->height = text_height(card);
		if (ports_height(card) > card->height)
			card->height = ports_height(card);
		if (wanted_y(picture, next) > y && wanted_y(picture, next) < picture->height)
			y = wanted_y(picture, next);
		card->y = y;
		y += card->height + CARD_GAP;
	}
	if (y - CARD_GAP > picture->height)
		picture->height = y - CARD_GAP;
}

/* ---- ports and lanes ---- */

static double middle(const struct card *card)
{
	return card->y + card->height / 2;
}

struct port {
	double far; /* where the other end is */
	double *y;
	double height;
};

/* Arrows leave and arrive in the order of their other ends, so that few cross. */
static void set_side(struct picture *picture, size_t at, bool right)
{
	struct port port[2 * PROGRAMME_STATES_MAX];
	const struct card *card = &picture->card[at];
	size_t count = 0;
	double y;

	for (size_t i = 0; i < picture->arrow_count; i++) {
		struct arrow *arrow = &picture->arrow[i];
		struct port one;

		if (arrow->straight || count == sizeof port / sizeof *port)
			continue;
		if (arrow->from == at && arrow->from_right == right) {
			one = (struct port){ middle(&picture->card[arrow->to]), &arrow->from_y,
					     draw_port(arrow, true) };
		} else if (arrow->to == at && arrow->to_right == right) {
			one = (struct port){ middle(&picture->card[arrow->from]), &arrow->to_y,
					     draw_port(arrow, false) };
		} else {
			continue;
		}
		size_t k = count++;

		while (k > 0 && port[k - 1].far > one.far) {
			port[k] = port[k - 1];
			k--;
		}
		port[k] = one;
	}
	y = card->y + (card->height - card->ports[right]) / 2;
	for (size_t i = 0; i < count; i++) {
		y += port[i].height;
		*port[i].y = y - PORT_GAP / 3.0;
	}
}

static bool overlap(const struct arrow *a, const struct arrow *b)
{
	const double a1 = a->from_y < a->to_y ? a->from_y : a->to_y;
	const double a2 = a->from_y < a->to_y ? a->to_y : a->from_y;
	const double b1 = b->from_y < b->to_y ? b->from_y : b->to_y;
	const double b2 = b->from_y < b->to_y ? b->to_y : b->from_y;

	return a1 < b2 + LANE_GAP && b1 < a2 + LANE_GAP;
}

static double length(const struct arrow *arrow)
{
	return arrow->from_y < arrow->to_y ? arrow->to_y - arrow->from_y
					   : arrow->from_y - arrow->to_y;
}

static bool is_on_right(const struct picture *picture, const struct arrow *arrow)
{
	return picture->card[arrow->to].column == COLUMN_RIGHT;
}

/* Short arrows next to the spine, long ones outside; lane_x is the number of the lane for now. */
static size_t set_lanes(struct picture *picture, bool right)
{
	bool *done = arena_zalloc(picture->arena, picture->arrow_count + 1, sizeof *done);
	size_t lanes = 0;

	while (done) {
		struct arrow *next = NULL;

		for (size_t i = 0; i < picture->arrow_count; i++) {
			struct arrow *arrow = &picture->arrow[i];

			if (!arrow->straight && !done[i] && is_on_right(picture, arrow) == right &&
			    (!next || length(arrow) < length(next)))
				next = arrow;
		}
		if (!next)
			return lanes;
		next->lane_x = 0;
		for (size_t i = 0; i < picture->arrow_count; i++) {
			const struct arrow *other = &picture->arrow[i];

			if (!done[i] || is_on_right(picture, other) != right ||
			    !overlap(next, other))
				continue;
			if (other->lane_x + 1 > next->lane_x)
				next->lane_x = other->lane_x + 1;
		}
		done[next - picture->arrow] = true;
		if ((size_t)next->lane_x + 1 > lanes)
			lanes = (size_t)next->lane_x + 1;
	}
	return lanes;
}

static bool has_column(const struct picture *picture, enum column column)
{
	for (size_t i = 0; i < picture->card_count; i++) {
		if (picture->card[i].column == column)
			return true;
	}
	return false;
}

static void place_sides(struct picture *picture)
{
	const bool has_left = has_column(picture, COLUMN_LEFT);
	const double left_lanes = LANE_GAP * ((double)picture->lanes_left + 1);
	const double right_lanes = LANE_GAP * ((double)picture->lanes_right + 1);
	const double outside = picture->lanes_left > 0 ? left_lanes + DRAW_LABEL_WIDTH : 0;

	picture->left_x = DRAW_MARGIN;
	picture->spine_x = DRAW_MARGIN + outside +
			   (has_left ? DRAW_CARD_WIDTH + DRAW_LABEL_WIDTH : 0);
	picture->right_x = picture->spine_x + DRAW_CARD_WIDTH + DRAW_LABEL_WIDTH + right_lanes;
	picture->width = DRAW_MARGIN + (has_column(picture, COLUMN_RIGHT)
						? picture->right_x + DRAW_CARD_WIDTH
						: picture->spine_x + DRAW_CARD_WIDTH + DRAW_LABEL_WIDTH);
	for (size_t i = 0; i < picture->card_count; i++) {
		struct card *card = &picture->card[i];

		card->x = card->column == COLUMN_LEFT	 ? picture->left_x
			  : card->column == COLUMN_SPINE ? picture->spine_x
							 : picture->right_x;
	}
	for (size_t i = 0; i < picture->arrow_count; i++) {
		struct arrow *arrow = &picture->arrow[i];

		arrow->lane_x = is_on_right(picture, arrow)
					? picture->spine_x + DRAW_CARD_WIDTH + DRAW_LABEL_WIDTH +
						  LANE_GAP * arrow->lane_x
					: picture->spine_x - DRAW_LABEL_WIDTH -
						  LANE_GAP * arrow->lane_x;
	}
}

int draw_layout(struct picture *picture, struct err *err)
{
	picture->arrow =
		arena_zalloc(picture->arena, picture->ways.count + 1, sizeof *picture->arrow);
	if (!picture->arrow)
		return err_set(err, ERR_RANGE, "no memory for the picture");
	picture->top = START_HEIGHT;
	place_columns(picture);
	place_asides(picture);
	add_arrows(picture);
	for (size_t i = 0; i < picture->arrow_count; i++)
		choose_sides(picture, &picture->arrow[i]);
	place_rows(picture);
	place_ends(picture);
	for (size_t i = 0; i < picture->card_count; i++) {
		set_side(picture, i, false);
		set_side(picture, i, true);
	}
	picture->lanes_left = set_lanes(picture, false);
	picture->lanes_right = set_lanes(picture, true);
	place_sides(picture);
	return 0;
}
