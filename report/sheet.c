#include "report/sheet.h"

#include <cairo-pdf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LEADING 1.5 /* of the size: a line of text */
#define CELL_SIZE 8.5
#define CELL_LINES 3
#define CELL_PAD 2.5
#define CELL_GAP 6.0

struct sv sheet_say(const struct sheet *sheet, const char *ja, const char *en)
{
	return sv_from(sheet->english ? en : ja);
}

struct sv sheet_print(struct sheet *sheet, const char *format, ...)
{
	char text[2048];
	struct sv ret;
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	ret = arena_dup(sheet->arena, sv_from(text));
	/* Cut in the middle of a character where it is too long. */
	return sv_slice(ret, 0, sv_utf8_bad(ret));
}

struct sv sheet_number(struct sheet *sheet, uint64_t number)
{
	char digits[24], text[40];
	const int n = snprintf(digits, sizeof digits, "%" PRIu64, number);
	size_t to = 0;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			text[to++] = ',';
		text[to++] = digits[i];
	}
	return arena_dup(sheet->arena, (struct sv){ text, to });
}

struct sv sheet_day(struct sheet *sheet, struct day day)
{
	char text[DAY_TEXT_MAX];

	return arena_dup(sheet->arena,
			 sv_from(day_format(day, sheet->english ? DAY_ENGLISH : DAY_ERA, text)));
}

struct sv sheet_short_day(struct sheet *sheet, struct day day)
{
	char text[DAY_TEXT_MAX];
	const struct sv all =
		sv_from(day_format(day, sheet->english ? DAY_ENGLISH : DAY_SHORT, text));

	/* "Wed 1 Jul 2026" without its year */
	return arena_dup(sheet->arena, sheet->english && all.n > 5 ? sv_slice(all, 0, all.n - 5) : all);
}

struct sv sheet_time(struct sheet *sheet, struct instant at)
{
	const struct tokyo tokyo = tokyo_of(at);

	return sheet_print(sheet, "%.*s %02u:%02u", SV_ARG(sheet_short_day(sheet, tokyo.day)),
			   tokyo.hour, tokyo.minute);
}

/* ---- text ---- */

static void set_ink(struct sheet *sheet, struct ink ink)
{
	cairo_set_source_rgb(sheet->cr, ink.red, ink.green, ink.blue);
}

/* A line is as tall in every font: characters of another one move nothing. */
static void set_attributes(PangoLayout *layout, double line)
{
	PangoAttrList *list = pango_attr_list_new();

	pango_attr_list_insert(list, pango_attr_insert_hyphens_new(FALSE));
	pango_attr_list_insert(list,
			       pango_attr_line_height_new_absolute((int)(line * PANGO_SCALE)));
	pango_layout_set_attributes(layout, list);
	pango_attr_list_unref(list);
}

static void set_text(struct sheet *sheet, const struct type *type, double width, struct sv text)
{
	PangoLayout *layout = sheet->layout;
	const int size = (int)(type->size * PANGO_SCALE);

	pango_font_description_set_weight(sheet->font,
					  type->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(sheet->font, size);
	pango_layout_set_font_description(layout, sheet->font);
	pango_layout_set_width(layout, width > 0 ? (int)(width * PANGO_SCALE) : -1);
	pango_layout_set_alignment(layout, type->align);
	pango_layout_set_height(layout, type->lines > 0 ? -type->lines : INT32_MAX);
	pango_layout_set_ellipsize(layout, type->lines > 0 ? PANGO_ELLIPSIZE_END
							   : PANGO_ELLIPSIZE_NONE);
	set_attributes(layout, type->leading > 0 ? type->leading * type->size : LEADING * type->size);
	pango_layout_set_text(layout, text.p ? text.p : "", (int)text.n);
}

double sheet_measure(struct sheet *sheet, const struct type *type, double width, struct sv text)
{
	int w, h;

	set_text(sheet, type, width, text);
	pango_layout_get_size(sheet->layout, &w, &h);
	return (double)h / PANGO_SCALE;
}

double sheet_text_width(struct sheet *sheet, const struct type *type, struct sv text)
{
	int w, h;

	set_text(sheet, type, 0, text);
	pango_layout_get_size(sheet->layout, &w, &h);
	return (double)w / PANGO_SCALE;
}

double sheet_text(struct sheet *sheet, const struct type *type, double x, double y, double width,
		  struct sv text)
{
	const double height = sheet_measure(sheet, type, width, text);

	if (!sheet->dry) {
		set_ink(sheet, type->ink);
		cairo_move_to(sheet->cr, x, y);
		pango_cairo_show_layout(sheet->cr, sheet->layout);
	}
	return height;
}

static double line_height(PangoLayoutIter *line)
{
	PangoRectangle rectangle;

	pango_layout_iter_get_line_extents(line, NULL, &rectangle);
	return (double)rectangle.height / PANGO_SCALE;
}

static void draw_line(struct sheet *sheet, PangoLayoutIter *line, struct ink ink, double x,
		      double top)
{
	PangoRectangle rectangle;

	pango_layout_iter_get_line_extents(line, NULL, &rectangle);
	set_ink(sheet, ink);
	cairo_move_to(sheet->cr, x + (double)rectangle.x / PANGO_SCALE,
		      top + (double)(pango_layout_iter_get_baseline(line) - rectangle.y) /
				      PANGO_SCALE);
	pango_cairo_show_layout_line(sheet->cr, pango_layout_iter_get_line_readonly(line));
}

/*
 * A page's part of the text is an element of its own. The layout is the
 * sheet's: a new page draws its head with it, so it is set again then.
 */
void sheet_flow(struct sheet *sheet, const struct type *type, double x, double width,
		const char *tag, struct sv text)
{
	const double height = sheet_measure(sheet, type, width, text);
	const int lines = pango_layout_get_line_count(sheet->layout);
	int done = 0;

	while (done < lines && !sheet->full) {
		PangoLayoutIter *line;
		const double each = height / lines;
		int room, n = 0;

		/* Two lines of a longer text stay together. */
		sheet_need(sheet, lines - done > 1 ? 2 * each + 1 : each + 1);
		room = (int)((SHEET_BOTTOM - sheet->y) / each);
		if (room > lines - done)
			room = lines - done;
		else if (lines - done - room == 1 && room > 2)
			room--;
		set_text(sheet, type, width, text);
		line = pango_layout_get_iter(sheet->layout);
		while (n < done && pango_layout_iter_next_line(line))
			n++;
		sheet_tag(sheet, tag);
		for (n = 0; n < room; n++) {
			const double own = line_height(line);

			if (!sheet->dry)
				draw_line(sheet, line, type->ink, x, sheet->y);
			sheet->y += own;
			if (!pango_layout_iter_next_line(line)) {
				n++;
				break;
			}
		}
		sheet_untag(sheet, tag);
		pango_layout_iter_free(line);
		done += n > 0 ? n : 1;
		if (done < lines)
			sheet_new_page(sheet);
	}
}

/* ---- shapes ---- */

static void round_path(cairo_t *cr, double x, double y, double width, double height, double radius)
{
	const double quarter = 1.5707963267948966;

	cairo_new_sub_path(cr);
	cairo_arc(cr, x + width - radius, y + radius, radius, -quarter, 0);
	cairo_arc(cr, x + width - radius, y + height - radius, radius, 0, quarter);
	cairo_arc(cr, x + radius, y + height - radius, radius, quarter, 2 * quarter);
	cairo_arc(cr, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
	cairo_close_path(cr);
}

void sheet_box(struct sheet *sheet, double x, double y, double width, double height, double radius,
	       struct ink ink)
{
	if (sheet->dry)
		return;
	set_ink(sheet, ink);
	if (radius > 0)
		round_path(sheet->cr, x, y, width, height, radius);
	else
		cairo_rectangle(sheet->cr, x, y, width, height);
	cairo_fill(sheet->cr);
}

void sheet_line(struct sheet *sheet, double x, double y, double to_x, double to_y, double thick,
		struct ink ink)
{
	if (sheet->dry)
		return;
	set_ink(sheet, ink);
	cairo_set_line_width(sheet->cr, thick);
	cairo_move_to(sheet->cr, x, y);
	cairo_line_to(sheet->cr, to_x, to_y);
	cairo_stroke(sheet->cr);
}

void sheet_disc(struct sheet *sheet, double x, double y, double radius, struct ink ink, bool filled)
{
	if (sheet->dry)
		return;
	cairo_new_sub_path(sheet->cr);
	cairo_arc(sheet->cr, x, y, radius, 0, 2 * 3.141592653589793);
	set_ink(sheet, filled ? ink : INK_WHITE);
	cairo_fill_preserve(sheet->cr);
	set_ink(sheet, ink);
	cairo_set_line_width(sheet->cr, 1.4);
	cairo_stroke(sheet->cr);
}

/* ---- pages ---- */

/* Above and below: who, what, which page. Not tagged, so that it is not read out again. */
static void draw_margins(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;
	const struct type left = { .size = 8, .ink = INK_MUTED, .lines = 1 };
	const struct type right = { .size = 8, .ink = INK_MUTED, .lines = 1,
				    .align = PANGO_ALIGN_RIGHT };
	const double foot = SHEET_HEIGHT - 34;

	if (sheet->page > 1) {
		sheet_text(sheet, &left, SHEET_LEFT, 30, SHEET_INSIDE * 0.62, frame->company_name);
		sheet_text(sheet, &right, SHEET_LEFT + SHEET_INSIDE * 0.64, 30, SHEET_INSIDE * 0.36,
			   sheet_say(sheet, "セキュリティ月次報告書", "Monthly security report"));
		sheet_line(sheet, SHEET_LEFT, 45, SHEET_RIGHT, 45, 0.6, INK_LINE);
	}
	sheet_text(sheet, &left, SHEET_LEFT, foot, SHEET_INSIDE * 0.8, frame->programme_name);
	sheet_text(sheet, &right, SHEET_RIGHT - 80, foot, 80,
		   sheet_print(sheet, "%u / %u", sheet->page, sheet->pages));
}

void sheet_new_page(struct sheet *sheet)
{
	if (sheet->page > 0 && !sheet->dry)
		cairo_show_page(sheet->cr);
	if (++sheet->page > SHEET_PAGES_MAX)
		sheet->full = true;
	sheet->y = SHEET_TOP;
	draw_margins(sheet);
}

void sheet_need(struct sheet *sheet, double height)
{
	if (sheet->y + height > SHEET_BOTTOM && sheet->y > SHEET_TOP && !sheet->full)
		sheet_new_page(sheet);
}

/* ---- tags ---- */

void sheet_tag(struct sheet *sheet, const char *tag)
{
	if (!sheet->dry && tag != NULL)
		cairo_tag_begin(sheet->cr, tag, NULL);
}

void sheet_untag(struct sheet *sheet, const char *tag)
{
	if (!sheet->dry && tag != NULL)
		cairo_tag_end(sheet->cr, tag);
}

void sheet_figure(struct sheet *sheet, struct sv alternative)
{
	if (sheet->dry)
		return;
	if (sheet->figure_count == SHEET_FIGURES_MAX)
		sheet->full = true;
	else
		sheet->figure[sheet->figure_count++] = alternative;
	sheet_tag(sheet, "Figure");
}

static int bookmark(struct sheet *sheet, int below, struct sv text)
{
	char place[80];

	/* Cairo counts from the top, as we do; whole points suffice. */
	snprintf(place, sizeof place, "page=%u pos=[%d %d]", sheet->page, (int)SHEET_LEFT,
		 (int)sheet->y);
	return cairo_pdf_surface_add_outline(sheet->surface, below, arena_dup(sheet->arena, text).p,
					     place, 0);
}

void sheet_heading(struct sheet *sheet, unsigned level, struct sv text, double follow)
{
	const struct type type = { .size = level == 1 ? 15 : 10.5, .bold = true,
				   .ink = level == 1 ? INK_BLUE : INK_TEXT,
				   .lines = level == 1 ? 2 : 3, .leading = 1.35 };
	const double before = level == 1 ? 16 : 9;
	const double height = sheet_measure(sheet, &type, SHEET_INSIDE, text);
	const char *tag = level == 1 ? "H2" : "H3";

	sheet_need(sheet, before + height + 5 + follow);
	if (sheet->y > SHEET_TOP)
		sheet->y += before;
	if (!sheet->dry && level == 1)
		sheet->outline = bookmark(sheet, CAIRO_PDF_OUTLINE_ROOT, text);
	else if (!sheet->dry)
		bookmark(sheet, sheet->outline, text);
	sheet_tag(sheet, tag);
	sheet->y += sheet_text(sheet, &type, SHEET_LEFT, sheet->y, SHEET_INSIDE, text);
	sheet_untag(sheet, tag);
	sheet->y += level == 1 ? 6 : 2;
}

/* ---- tables ---- */

static struct type cell_type(const struct column *column, bool bold, struct ink ink)
{
	return (struct type){ .size = CELL_SIZE, .bold = bold, .ink = ink, .align = column->align,
			      .lines = CELL_LINES };
}

static double row_height(struct sheet *sheet, const struct column *column, size_t count,
			 const struct cells *cells)
{
	double height = 0;

	for (size_t i = 0; i < count; i++) {
		const struct type type = cell_type(&column[i], cells->bold[i], INK_TEXT);
		const double own = sheet_measure(sheet, &type, column[i].width - CELL_GAP,
						 cells->text[i]);

		if (own > height)
			height = own;
	}
	return height + 2 * CELL_PAD;
}

static void draw_row(struct sheet *sheet, const struct column *column, size_t count,
		     const struct cells *cells, double height, const char *tag)
{
	double x = SHEET_LEFT;

	sheet_tag(sheet, "TR");
	for (size_t i = 0; i < count; i++) {
		const struct type type = cell_type(&column[i], cells->bold[i], cells->ink[i]);

		sheet_tag(sheet, tag);
		sheet_text(sheet, &type, x + CELL_GAP / 2, sheet->y + CELL_PAD,
			   column[i].width - CELL_GAP, cells->text[i]);
		sheet_untag(sheet, tag);
		x += column[i].width;
	}
	sheet_untag(sheet, "TR");
	sheet->y += height;
	sheet_line(sheet, SHEET_LEFT, sheet->y, x, sheet->y, 0.5, INK_LINE);
}

static void draw_head(struct sheet *sheet, const struct column *column, size_t count)
{
	struct cells head = { { SV_NONE } };
	double height, width = 0;

	for (size_t i = 0; i < count; i++) {
		head.text[i] = column[i].title;
		head.ink[i] = INK_TEXT;
		head.bold[i] = true;
		width += column[i].width;
	}
	height = row_height(sheet, column, count, &head);
	sheet_box(sheet, SHEET_LEFT, sheet->y, width, height, 0, INK_PALE);
	draw_row(sheet, column, count, &head, height, "TH");
}

void sheet_table(struct sheet *sheet, const struct column *column, size_t count, size_t rows,
		 void (*row)(struct sheet *sheet, size_t at, struct cells *ret))
{
	sheet_tag(sheet, "Table");
	for (size_t i = 0; i < rows && !sheet->full; i++) {
		struct cells cells = { { SV_NONE } };
		double height;

		for (size_t j = 0; j < SHEET_COLUMNS_MAX; j++)
			cells.ink[j] = INK_TEXT;
		row(sheet, i, &cells);
		height = row_height(sheet, column, count, &cells);
		if (i == 0) {
			sheet_need(sheet, 2 * height + 24);
			draw_head(sheet, column, count);
		} else if (sheet->y + height > SHEET_BOTTOM) {
			sheet_new_page(sheet);
			draw_head(sheet, column, count);
		}
		draw_row(sheet, column, count, &cells, height, "TD");
	}
	sheet_untag(sheet, "Table");
	sheet->y += 8;
}
