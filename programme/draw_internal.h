/* draw_internal.h - between the layout of the picture and its strokes. */
#ifndef PROGRAMME_DRAW_INTERNAL_H
#define PROGRAMME_DRAW_INTERNAL_H

#include "programme/draw.h"

#define DRAW_LINES_MAX 8   /* of a card's text, of a label */
#define DRAW_LINE_COLUMNS 20 /* half-width columns of a label's line */
#define DRAW_CARD_WIDTH 264
#define DRAW_CARD_COLUMNS 40 /* half-width columns of a card's line */
#define DRAW_LABEL_WIDTH 140
#define DRAW_LINE_HEIGHT 16
#define DRAW_MARGIN 28

struct lines {
	struct sv line[DRAW_LINES_MAX];
	size_t count;
};
enum column { COLUMN_LEFT, COLUMN_SPINE, COLUMN_RIGHT };

struct card { /* a state */
	size_t state;
	enum column column;
	size_t row; /* LEFT, SPINE */
	double x, y, height;
	struct lines task, noted; /* noted: what is recorded here and leads nowhere */
	struct lines from_anywhere;
	double ports[2]; /* left, right: height that the arrows need */
};
enum stroke { STROKE_PLAIN, STROKE_CLOCK, STROKE_GRAVE };
struct arrow { /* all events that lead from one state to another */
	size_t from, to; /* cards */
	enum stroke stroke;
	struct lines label;
	struct sv due; /* deadline of the state, on the way that it is for */
	bool due_is_hard;
	bool straight;	      /* down the spine */
	bool from_right, to_right; /* sides of the cards; else left */
	double from_y, to_y, lane_x;
	bool crosses; /* below the row, from the left column to the right */
};
struct picture {
	const struct programme *programme;
	const struct programme_facts *facts;
	struct programme_ways ways;
	struct arena *arena;
	bool english;
	struct card card[PROGRAMME_STATES_MAX];
	size_t card_count;
	struct arrow *arrow;
	size_t arrow_count;
	size_t rows;
	double width, height, top;
	double spine_x, left_x, right_x;
	size_t lanes_left, lanes_right;
};

static inline struct sv draw_text(const struct picture *picture, struct programme_text text)
{
	return picture->english ? text.en : text.ja;
}
static inline size_t draw_label_lines(const struct arrow *arrow)
{
	return arrow->label.count + (arrow->due.n > 0);
}
/* Breaks at most so many half-width columns a line; what is too much ends with …. */
void draw_break(struct picture *picture, struct sv text, size_t columns, size_t most,
		struct lines *ret);
/* Fills all but ways, facts and arena. */
int draw_layout(struct picture *picture, struct err *err);
void draw_strokes(const struct picture *picture, struct buf *out);

#endif
