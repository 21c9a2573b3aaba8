#include "report/page.h"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <stdio.h>

#include "report/sheet.h"

#define ARENA_MAX (64U << 20)
/*
 * The first is made to be read easily and embeds small; the next has what it
 * lacks. (Cairo keeps most of a CID font like Noto's: a megabyte a report.)
 */
#define FONTS "BIZ UDPGothic, Noto Sans CJK JP, Noto Sans JP, IPAexGothic, VL PGothic, Noto Serif CJK JP"

/* The families above are wanted; what matters is that one has the characters. */
static bool has_japanese(PangoContext *context, const PangoFontDescription *font)
{
	static const gunichar need[] = { 0x3042, 0x30a2, 0x6f22, 0x9ad9, 0xfa11 };
	PangoFont *found = pango_context_load_font(context, font);
	bool all = found != NULL;

	for (size_t i = 0; all && i < sizeof need / sizeof *need; i++)
		all = pango_font_has_char(found, need[i]);
	if (found != NULL)
		g_object_unref(found);
	return all;
}

static int open_text(struct sheet *sheet, struct err *err)
{
	PangoContext *context;
	cairo_font_options_t *options;

	sheet->layout = pango_cairo_create_layout(sheet->cr);
	sheet->font = pango_font_description_from_string(FONTS);
	context = pango_layout_get_context(sheet->layout);
	pango_cairo_context_set_resolution(context, 72);
	pango_context_set_language(context,
				   pango_language_from_string(sheet->english ? "en" : "ja"));
	pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
	pango_context_set_round_glyph_positions(context, FALSE);
	options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_layout_set_auto_dir(sheet->layout, FALSE);
	pango_layout_set_wrap(sheet->layout, PANGO_WRAP_WORD_CHAR);
	if (has_japanese(context, sheet->font))
		return 0;
	err_set(err, ERR_NOT_FOUND, "no font with Japanese characters is installed");
	return err_hint(err, "install the package fonts-noto-cjk");
}

static void set_metadata(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;
	const struct sv title =
		sheet_print(sheet, sheet->english ? "Monthly security report: %.*s, %.*s"
						  : "セキュリティ月次報告書 %.*s様 %.*sまで",
			    SV_ARG(frame->company_name), SV_ARG(sheet_day(sheet, frame->to)));
	char made[INSTANT_TEXT_MAX];

	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_TITLE, title.p);
	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_AUTHOR,
				       arena_dup(sheet->arena, frame->office_name).p);
	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_CREATOR, "Hikeshi");
	/* The same figures give the same bytes. */
	instant_format((struct instant){ frame->made.us - frame->made.us % INSTANT_SECOND }, made);
	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_MOD_DATE, made);
}

static void draw(struct sheet *sheet)
{
	sheet->page = 0;
	sheet_tag(sheet, "Document");
	front_page(sheet);
	detail_pages(sheet);
	sheet_untag(sheet, "Document");
}

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned n)
{
	struct buf *pdf = context;

	buf_put(pdf, bytes, n);
	return pdf->full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static int draw_all(struct sheet *sheet, struct buf *pdf, struct err *err)
{
	cairo_status_t status;

	if (open_text(sheet, err) != 0)
		return -1;
	sheet->dry = true;
	draw(sheet);
	sheet->pages = sheet->page;
	sheet->dry = false;
	if (!sheet->full) {
		set_metadata(sheet);
		draw(sheet);
		cairo_show_page(sheet->cr);
	}
	cairo_surface_finish(sheet->surface);
	status = cairo_status(sheet->cr);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(sheet->surface);
	if (pdf->full || sheet->full)
		return err_set(err, ERR_RANGE, "the report has more than %u bytes or %d pages",
			       REPORT_PDF_MAX, SHEET_PAGES_MAX);
	if (status != CAIRO_STATUS_SUCCESS)
		return err_set(err, ERR_INTERNAL, "drawing: %s", cairo_status_to_string(status));
	return 0;
}

int report_pdf(const struct report *report, struct buf *ret, unsigned *ret_pages, struct err *err)
{
	struct sheet sheet = { .report = report, .arena = arena_new(ARENA_MAX),
			       .english = report->frame.english };
	struct buf pdf;
	int r;

	buf_init(&pdf, REPORT_PDF_MAX);
	sheet.surface = cairo_pdf_surface_create_for_stream(take, &pdf, SHEET_WIDTH, SHEET_HEIGHT);
	sheet.cr = cairo_create(sheet.surface);
	r = draw_all(&sheet, &pdf, err);
	if (r == 0)
		r = seal(&pdf, &sheet, ret, err);
	if (r == 0)
		*ret_pages = sheet.pages;
	if (sheet.layout != NULL)
		g_object_unref(sheet.layout);
	pango_font_description_free(sheet.font);
	cairo_destroy(sheet.cr);
	cairo_surface_destroy(sheet.surface);
	arena_free(sheet.arena);
	buf_done(&pdf);
	return r;
}

void report_pdf_end(void)
{
	pango_cairo_font_map_set_default(NULL);
	cairo_debug_reset_static_data();
	FcFini();
}
