/*
 * sheet.h - private to report/: paper. Text that is measured before it is drawn,
 * pages that follow each other, headings that never stand alone at the foot of
 * a page, tables whose head comes again on each page, and the tags that tell a
 * screen reader what is what.
 *
 * A report is laid out twice by the same code: dry (to know how many pages
 * there are), then on paper.
 */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

#include <cairo.h>
#include <pango/pangocairo.h>

#include "base/arena.h"
#include "base/buf.h"
#include "report/report.h"

/* A4, in points */
#define SHEET_WIDTH 595.28
#define SHEET_HEIGHT 841.89
#define SHEET_LEFT 46.0
#define SHEET_RIGHT (SHEET_WIDTH - SHEET_LEFT)
#define SHEET_INSIDE (SHEET_RIGHT - SHEET_LEFT)
#define SHEET_TOP 60.0
#define SHEET_BOTTOM (SHEET_HEIGHT - 52.0)

#define SHEET_PAGES_MAX 1000 /* 500 incidents, 1,500 devices and long names need fewer */
#define SHEET_FIGURES_MAX 16
#define SHEET_COLUMNS_MAX 10

struct ink {
	double red, green, blue;
};
#define INK(hex)                                                                                   \
	((struct ink){ ((hex) >> 16 & 255) / 255.0, ((hex) >> 8 & 255) / 255.0, ((hex) & 255) / 255.0 })
#define INK_TEXT INK(0x1a1a1cU)
#define INK_MUTED INK(0x5c5c60U)
#define INK_LINE INK(0xd3d5daU)
#define INK_PALE INK(0xf4f6fbU)
#define INK_WHITE INK(0xffffffU)
#define INK_BLUE INK(0x1d4ed8U)
#define INK_BAR INK(0x8fb0f5U)
#define INK_RED INK(0xc8102eU)
#define INK_AMBER INK(0xb7791fU)
#define INK_GREEN INK(0x1a7f4bU)
#define INK_GREY INK(0x8a8d94U)

struct type { /* how a text looks */
	double size;
	bool bold;
	struct ink ink;
	PangoAlignment align;
	int lines; /* at most, then "…"; 0: as many as it needs */
	double leading; /* height of a line, of the size; 0: 1.5 */
};

struct sheet {
	const struct report *report;
	struct arena *arena;
	bool english, dry;
	unsigned page, pages; /* pages: 0 while dry */
	double y;	      /* where the next block begins */
	cairo_surface_t *surface;
	cairo_t *cr;
	PangoLayout *layout;
	PangoFontDescription *font;
	struct sv figure[SHEET_FIGURES_MAX]; /* alternative texts in the order of drawing */
	size_t figure_count;
	bool full; /* a bound was passed */
	int outline; /* the part that is open, for what lies below it */
};

/* ja and en are literals. */
struct sv sheet_say(const struct sheet *sheet, const char *ja, const char *en);
struct sv sheet_print(struct sheet *sheet, const char *format, ...) ERR_PRINTF(2, 3);
/* "1,234" */
struct sv sheet_number(struct sheet *sheet, uint64_t number);
/* "令和8年7月1日(水)" or "Wed 1 Jul 2026"; short: "7月1日(水)" or "Wed 1 Jul". */
struct sv sheet_day(struct sheet *sheet, struct day day);
struct sv sheet_short_day(struct sheet *sheet, struct day day);
struct sv sheet_time(struct sheet *sheet, struct instant at);

/* ---- text ---- */

double sheet_measure(struct sheet *sheet, const struct type *type, double width, struct sv text);
double sheet_text_width(struct sheet *sheet, const struct type *type, struct sv text);
/* At a place; returns its height. */
double sheet_text(struct sheet *sheet, const struct type *type, double x, double y, double width,
		  struct sv text);
/* At y, which moves on; goes on on the next page where it must, between lines. */
void sheet_flow(struct sheet *sheet, const struct type *type, double x, double width,
		const char *tag, struct sv text);

/* ---- shapes ---- */

void sheet_box(struct sheet *sheet, double x, double y, double width, double height, double radius,
	       struct ink ink);
void sheet_line(struct sheet *sheet, double x, double y, double to_x, double to_y, double thick,
		struct ink ink);
void sheet_disc(struct sheet *sheet, double x, double y, double radius, struct ink ink, bool filled);

/* ---- pages and tags ---- */

void sheet_new_page(struct sheet *sheet);
/* Begins a new page unless so much is left on this one. */
void sheet_need(struct sheet *sheet, double height);
void sheet_tag(struct sheet *sheet, const char *tag);
void sheet_untag(struct sheet *sheet, const char *tag);
/* A picture with its alternative text: what is drawn until sheet_untag(…, "Figure"). */
void sheet_figure(struct sheet *sheet, struct sv alternative);
/* A heading with a bookmark; follow: height of what must stand below it on the page. */
void sheet_heading(struct sheet *sheet, unsigned level, struct sv text, double follow);

/* ---- tables ---- */

struct column {
	struct sv title;
	double width;
	PangoAlignment align;
};
/* Cells of one row; their text is cut after three lines. */
struct cells {
	struct sv text[SHEET_COLUMNS_MAX];
	struct ink ink[SHEET_COLUMNS_MAX];
	bool bold[SHEET_COLUMNS_MAX];
};
void sheet_table(struct sheet *sheet, const struct column *column, size_t count, size_t rows,
		 void (*row)(struct sheet *sheet, size_t at, struct cells *ret));

/* ---- what the report is made of (front.c, chart.c, detail.c) ---- */

void front_page(struct sheet *sheet);
void detail_pages(struct sheet *sheet);
struct ink mood_ink(enum report_mood mood);
double chart_days(struct sheet *sheet, double y, double height);
struct sv chart_days_text(struct sheet *sheet);
void chart_checks(struct sheet *sheet, double y);
double chart_checks_height(const struct sheet *sheet);

/* ---- seal.c: what Cairo cannot write ---- */

/* Language, alternative texts, scopes of table heads, title in the window. */
int seal(const struct buf *pdf, const struct sheet *sheet, struct buf *ret, struct err *err);

#endif
