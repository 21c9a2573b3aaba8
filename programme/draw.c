/* The strokes of the picture: cards, arrows, words, legend. */
#include "base/html.h"
#include "programme/draw_internal.h"

#define DRAW_MEMORY ((size_t)16 << 20)
#define ROUND 9	       /* radius of corners of arrows */
#define ICON 8	       /* half the size of an actor's shape */
#define LEGEND_HEIGHT 76
#define LEGEND_STEP 124 /* from one actor to the next */
#define LABEL_AWAY 8   /* from the line */

/* Colours by class, so that a dark surface has its own. */
static const char style[] =
	"svg{color-scheme:light dark;--ink:#1a1a1c;--ink2:#55555c;--line:#76767f;--paper:#fff;--card:#fff;"
	"--edge:#c9c9cf;--hard:#ba0000;--soft:#6b5200;--applicant:#0017c1;--secretariat:#197a4b;"
	"--city:#6f23d0;--expert:#b83f00;--contractor:#7d5a00;--desk:#006f83;--clock:#55555c;"
	"--centre:#55555c;--end:#55555c;background:var(--paper);"
	"font-family:'Noto Sans JP','Noto Sans CJK JP','Hiragino Sans','Yu Gothic UI',Meiryo,sans-serif}"
	"@media(prefers-color-scheme:dark){svg{--ink:#ececee;--ink2:#b4b4bc;--line:#9a9aa3;"
	"--paper:#17171a;--card:#222226;--edge:#4a4a52;--hard:#ff8a80;--soft:#e8c34a;"
	"--applicant:#9db7f9;--secretariat:#71c598;--city:#cda6ff;--expert:#ffa366;"
	"--contractor:#e8c34a;--desk:#7fc8e2;--clock:#b4b4bc;--centre:#b4b4bc;--end:#b4b4bc}}"
	"text{fill:var(--ink);font-size:12px}"
	".title{font-size:20px;font-weight:700}.name{font-size:15px;font-weight:700}"
	".quiet{fill:var(--ink2)}.small{font-size:11px;fill:var(--ink2)}"
	".who{font-size:12px;font-weight:600}"
	".card{fill:var(--card);stroke:var(--edge);stroke-width:1.25}"
	".path{fill:none;stroke:var(--line);stroke-width:1.6}.clock{stroke-dasharray:6 4}"
	".grave{stroke:var(--hard);opacity:.75}"
	".head{fill:var(--line)}.gravehead{fill:var(--hard)}"
	".label{paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}"
	".hard{fill:var(--hard);font-weight:700}.soft{fill:var(--soft);font-weight:600}"
	".applicant{fill:var(--applicant)}.secretariat{fill:var(--secretariat)}"
	".city{fill:var(--city)}.expert{fill:var(--expert)}.contractor{fill:var(--contractor)}"
	".desk{fill:var(--desk)}.centre,.end{fill:var(--centre)}.by_clock{fill:var(--clock)}"
	"@media print{svg{--paper:#fff}}";

struct pen {
	const struct picture *picture;
	struct html html;
};

static void number(struct pen *pen, const char *name, double value)
{
	html_attribute(&pen->html, name, arena_printf(pen->picture->arena, "%.1f", value));
}

static void words(struct pen *pen, const char *class, const char *anchor, double x, double y,
		  struct sv text)
{
	html_open(&pen->html, "text");
	html_class(&pen->html, class);
	if (anchor)
		html_attribute(&pen->html, "text-anchor", sv_from(anchor));
	number(pen, "x", x);
	number(pen, "y", y);
	html_text(&pen->html, text);
	html_close(&pen->html);
}

static void path(struct pen *pen, const char *class, struct sv d)
{
	html_open(&pen->html, "path");
	html_class(&pen->html, class);
	html_attribute(&pen->html, "d", d);
	html_close(&pen->html);
}

/* ---- who acts: a shape each ---- */

static const char *actor_class(enum programme_actor actor)
{
	return actor == BY_CLOCK ? "by_clock" : programme_actor_name(actor);
}

static void icon(struct pen *pen, const char *class, enum programme_actor actor, double x, double y)
{
	static const char *const shape[BY_COUNT] = {
		[BY_CLOCK] = "M-7-8H7L-7 8H7Z",
		[BY_CENTRE] = "M-8-3h5v-5h6v5h5v6h-5v5h-6v-5h-5z",
		[BY_APPLICANT] = "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0z",
		[BY_SECRETARIAT] = "M-7-7h14v14h-14z",
		[BY_CITY] = "M0-9L9-1.5L5.6 8H-5.6L-9-1.5Z",
		[BY_EXPERT] = "M0-9L9 7H-9Z",
		[BY_DESK] = "M-4.5-8h9L9 0L4.5 8h-9L-9 0z",
		[BY_CONTRACTOR] = "M0-9L9 0L0 9L-9 0Z",
	};

	html_open(&pen->html, "path");
	html_class(&pen->html, class);
	html_attribute(&pen->html, "transform",
		       arena_printf(pen->picture->arena, "translate(%.1f %.1f)", x, y));
	html_attribute(&pen->html, "d", sv_from(shape[actor]));
	html_close(&pen->html);
}

static void stop(struct pen *pen, double x, double y)
{
	html_open(&pen->html, "circle");
	html_class(&pen->html, "end");
	number(pen, "cx", x);
	number(pen, "cy", y);
	html_attribute(&pen->html, "r", SV("5"));
	html_close(&pen->html);
}

/* ---- cards ---- */

static void box(struct pen *pen, const char *class, double x, double y, double width, double height,
		const char *round)
{
	html_open(&pen->html, "rect");
	html_class(&pen->html, class);
	number(pen, "x", x);
	number(pen, "y", y);
	number(pen, "width", width);
	number(pen, "height", height);
	html_attribute(&pen->html, "rx", sv_from(round));
	html_close(&pen->html);
}

static double put_lines(struct pen *pen, const char *class, const struct lines *lines, double x,
			double y)
{
	for (size_t i = 0; i < lines->count; i++) {
		words(pen, class, NULL, x, y, lines->line[i]);
		y += DRAW_LINE_HEIGHT;
	}
	return y;
}

static void put_card(struct pen *pen, const struct card *card)
{
	const struct picture *picture = pen->picture;
	const struct programme_state *state = &picture->facts->state[card->state];
	const char *class = state->final ? "end" : actor_class(state->actor);
	const struct sv who = state->final
				      ? (picture->english ? SV("end") : SV("終了"))
				      : draw_text(picture, programme_actor_text(state->actor));
	struct lines name = { .count = 0 };
	double y = card->y + 43;

	box(pen, "card", card->x, card->y, DRAW_CARD_WIDTH, card->height, "10");
	box(pen, class, card->x, card->y + 8, 5, card->height - 16, "2.5");
	if (state->final)
		stop(pen, card->x + 22, card->y + 18);
	else
		icon(pen, class, state->actor, card->x + 22, card->y + 18);
	words(pen, arena_printf(picture->arena, "who %s", class).p, NULL, card->x + 36, card->y + 22,
	      who);
	draw_break(&(struct picture){ .arena = picture->arena }, draw_text(picture, state->name), 32,
		   1, &name);
	words(pen, "name", NULL, card->x + 14, y, name.count ? name.line[0] : state->id);
	y = put_lines(pen, "quiet", &card->task, card->x + 14, y + 19);
	y = put_lines(pen, "small", &card->noted, card->x + 14, y);
	put_lines(pen, "small", &card->from_anywhere, card->x + 14, y);
}

/* ---- arrows ---- */

static const char *path_class(const struct arrow *arrow)
{
	return arrow->stroke == STROKE_CLOCK   ? "path clock"
	       : arrow->stroke == STROKE_GRAVE ? "path grave"
					       : "path";
}

static void head(struct pen *pen, const struct arrow *arrow, double x, double y, int right, int down)
{
	const char *class = arrow->stroke == STROKE_GRAVE ? "gravehead" : "head";

	path(pen, class,
	     down ? arena_printf(pen->picture->arena, "M%.1f %.1fl-5.5-10h11z", x, y)
		  : arena_printf(pen->picture->arena, "M%.1f %.1fl%d-5.5v11z", x, y,
				 right ? -10 : 10));
}

/* What happens and until when; beside the line at x, first line at y. */
static void put_label(struct pen *pen, const struct arrow *arrow, const char *anchor, double x,
		      double y)
{
	const bool english = pen->picture->english;
	const char *kind = arrow->due_is_hard ? english ? " (must)" : "（厳守）"
					      : english ? " (soft)" : "（目安）";

	if (arrow->due.n > 0) {
		words(pen, arrow->due_is_hard ? "label hard" : "label soft", anchor, x, y,
		      arena_printf(pen->picture->arena, "%.*s%s", SV_ARG(arrow->due), kind));
		y += DRAW_LINE_HEIGHT;
	}
	for (size_t i = 0; i < arrow->label.count; i++) {
		words(pen, "label", anchor, x, y, arrow->label.line[i]);
		y += DRAW_LINE_HEIGHT;
	}
}

static void put_straight(struct pen *pen, const struct arrow *arrow, bool only_label)
{
	const struct card *from = &pen->picture->card[arrow->from];
	const struct card *to = &pen->picture->card[arrow->to];
	const double x = from->x + DRAW_CARD_WIDTH / 2.0;
	const double y1 = from->y + from->height, y2 = to->y;

	if (only_label) {
		put_label(pen, arrow, NULL, x + LABEL_AWAY + 2,
			  (y1 + y2) / 2 + 1 -
				  DRAW_LINE_HEIGHT * ((double)draw_label_lines(arrow) - 1) / 2.0);
		return;
	}
	path(pen, path_class(arrow),
	     arena_printf(pen->picture->arena, "M%.1f %.1fV%.1f", x, y1, y2 - 8));
	head(pen, arrow, x, y2 - 1, 0, 1);
}

/* From the left column to the right one: below the card of the same row. */
static void put_across(struct pen *pen, const struct arrow *arrow, double x1, double x2)
{
	const struct picture *picture = pen->picture;
	double below = 0;

	for (size_t i = 0; i < picture->card_count; i++) {
		const struct card *card = &picture->card[i];

		if (card->column == COLUMN_SPINE && card->row <= picture->card[arrow->from].row &&
		    card->y + card->height > below)
			below = card->y + card->height;
	}
	path(pen, path_class(arrow),
	     arena_printf(picture->arena, "M%.1f %.1fH%.1fV%.1fH%.1fV%.1fH%.1f", x1,
			  arrow->from_y, picture->spine_x - 2 * ROUND, below + ROUND,
			  arrow->lane_x, arrow->to_y, x2 - 8));
	head(pen, arrow, x2 - 1, arrow->to_y, 1, 0);
}

/* From the side of one card along a lane to the side of another. */
static void put_around(struct pen *pen, const struct arrow *arrow, bool only_label)
{
	const struct card *from = &pen->picture->card[arrow->from];
	const struct card *to = &pen->picture->card[arrow->to];
	const double x1 = from->x + (arrow->from_right ? DRAW_CARD_WIDTH : 0);
	const double x2 = to->x + (arrow->to_right ? DRAW_CARD_WIDTH : 0);
	const double lane = arrow->lane_x, y1 = arrow->from_y, y2 = arrow->to_y;
	const double down = y2 > y1 ? 1 : -1;
	const double away = lane > x1 ? 1 : -1, back = x2 > lane ? 1 : -1;
	const double height = down * (y2 - y1);
	const double round = height < 2 * ROUND ? height / 2 : ROUND;

	if (only_label) {
		put_label(pen, arrow, away > 0 ? NULL : "end", x1 + away * LABEL_AWAY,
			  y1 - 5 - DRAW_LINE_HEIGHT * ((double)draw_label_lines(arrow) - 1));
		return;
	}
	if (arrow->crosses) {
		put_across(pen, arrow, x1, x2);
		return;
	}
	path(pen, path_class(arrow),
	     arena_printf(pen->picture->arena,
			  "M%.1f %.1fH%.1fQ%.1f %.1f %.1f %.1fV%.1fQ%.1f %.1f %.1f %.1fH%.1f", x1,
			  y1, lane - away * round, lane, y1, lane, y1 + down * round,
			  y2 - down * round, lane, y2, lane + back * round, y2, x2 - back * 8));
	head(pen, arrow, x2 - back, y2, back > 0, 0);
}

/* All lines first, then all words: no line runs over a word. */
static void put_arrows(struct pen *pen)
{
	for (int only_label = 0; only_label < 2; only_label++) {
		for (size_t i = 0; i < pen->picture->arrow_count; i++) {
			const struct arrow *arrow = &pen->picture->arrow[i];

			if (arrow->straight)
				put_straight(pen, arrow, only_label);
			else
				put_around(pen, arrow, only_label);
		}
	}
}

/* ---- around them ---- */

static struct sv reception_text(const struct picture *picture)
{
	const struct programme_facts *facts = picture->facts;
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];
	const enum day_style day = picture->english ? DAY_ENGLISH : DAY_ERA_PLAIN;

	day_format(facts->opens, day, from);
	if (facts->has_last_day)
		return arena_printf(picture->arena, picture->english ? "%s to %s" : "受付 %s〜%s",
				    from, day_format(facts->last_day, day, to));
	if (facts->about_until.ja.n > 0)
		return arena_printf(picture->arena,
				    picture->english ? "from %s to %.*s" : "受付 %s〜%.*s", from,
				    SV_ARG(draw_text(picture, facts->about_until)));
	return arena_printf(picture->arena,
			    picture->english ? "from %s until full" : "受付 %s〜定員に達するまで",
			    from);
}

static void put_start(struct pen *pen)
{
	const struct picture *picture = pen->picture;
	const double x = picture->spine_x + DRAW_CARD_WIDTH / 2.0, y = DRAW_MARGIN + 38;
	const struct arrow plain = { .stroke = STROKE_PLAIN };

	words(pen, "title", NULL, DRAW_MARGIN, DRAW_MARGIN + 14,
	      draw_text(picture, picture->facts->name));
	box(pen, "applicant", x - 4, y, 8, 8, "4");
	words(pen, "label", NULL, x + LABEL_AWAY + 4, y + 10, reception_text(picture));
	words(pen, "label", NULL, x + LABEL_AWAY + 4, y + 10 + DRAW_LINE_HEIGHT,
	      draw_text(picture, picture->ways.item[0].event->name));
	path(pen, "path",
	     arena_printf(picture->arena, "M%.1f %.1fV%.1f", x, y + 8,
			  picture->card[0].y - 8));
	head(pen, &plain, x, picture->card[0].y - 1, 0, 1);
}

static bool is_used(const struct picture *picture, int actor)
{
	for (size_t s = 0; s < picture->facts->state_count; s++) {
		if (!picture->facts->state[s].final && (int)picture->facts->state[s].actor == actor)
			return true;
	}
	return false;
}

static void put_legend(struct pen *pen)
{
	const struct picture *picture = pen->picture;
	const bool english = picture->english;
	const double y = picture->height + 34;
	double x = DRAW_MARGIN + ICON;

	for (int actor = 0; actor < BY_COUNT; actor++) {
		if (!is_used(picture, actor))
			continue;
		icon(pen, actor_class((enum programme_actor)actor), (enum programme_actor)actor, x,
		     y);
		words(pen, NULL, NULL, x + 14, y + 4,
		      draw_text(picture, programme_actor_text((enum programme_actor)actor)));
		x += LEGEND_STEP;
	}
	x = DRAW_MARGIN;
	path(pen, "path", arena_printf(picture->arena, "M%.1f %.1fh34", x, y + 28));
	words(pen, NULL, NULL, x + 42, y + 32, english ? SV("by people") : SV("人の操作"));
	x += LEGEND_STEP;
	path(pen, "path clock", arena_printf(picture->arena, "M%.1f %.1fh34", x, y + 28));
	words(pen, NULL, NULL, x + 42, y + 32, english ? SV("by the clock") : SV("日付で自動"));
	x += LEGEND_STEP;
	path(pen, "path grave", arena_printf(picture->arena, "M%.1f %.1fh34", x, y + 28));
	words(pen, NULL, NULL, x + 42, y + 32, english ? SV("ends it") : SV("終わらせる操作"));
	x += LEGEND_STEP + 20;
	words(pen, "hard", NULL, x, y + 32, english ? SV("must be kept") : SV("厳守の期限"));
	x += LEGEND_STEP;
	words(pen, "soft", NULL, x, y + 32, english ? SV("soft deadline") : SV("目安の期限"));
}

void draw_strokes(const struct picture *picture, struct buf *out)
{
	struct pen pen = { picture, { .buf = out, .english = picture->english } };
	const double height = picture->height + LEGEND_HEIGHT + DRAW_MARGIN / 2.0;

	html_open(&pen.html, "svg");
	html_attribute(&pen.html, "xmlns", SV("http://www.w3.org/2000/svg"));
	html_attribute(&pen.html, "viewBox",
		       arena_printf(picture->arena, "0 0 %.0f %.0f", picture->width, height));
	number(&pen, "width", picture->width);
	number(&pen, "height", height);
	html_attribute(&pen.html, "role", SV("img"));
	html_attribute(&pen.html, "lang", picture->english ? SV("en") : SV("ja"));
	html_open(&pen.html, "title");
	html_text(&pen.html, draw_text(picture, picture->facts->name));
	html_close(&pen.html);
	html_open(&pen.html, "style");
	html_text(&pen.html, SV(""));
	buf_put_sv(out, sv_from(style));
	html_close(&pen.html);
	put_start(&pen);
	for (size_t i = 0; i < picture->card_count; i++)
		put_card(&pen, &picture->card[i]);
	put_arrows(&pen);
	put_legend(&pen);
	html_close(&pen.html);
}

int programme_draw(const struct programme *programme, bool english, struct buf *out,
		   struct err *err)
{
	struct arena *arena = arena_new(DRAW_MEMORY);
	struct picture *picture = arena_zalloc(arena, 1, sizeof *picture);
	int status = -1;

	if (!picture) {
		err_set(err, ERR_RANGE, "no memory for the picture");
	} else {
		*picture = (struct picture){ .programme = programme,
					     .facts = programme_facts(programme),
					     .arena = arena,
					     .english = english };
		status = programme_ways(programme, arena, &picture->ways, err);
		if (status == 0)
			status = draw_layout(picture, err);
		if (status == 0)
			draw_strokes(picture, out);
	}
	arena_free(arena);
	return status;
}
