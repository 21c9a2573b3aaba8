#include "report/sheet.h"

#include <qpdf/qpdf-c.h>
#include <string.h>

#define DEPTH_MAX 32 /* of the tree of elements */

struct seal {
	qpdf_data pdf;
	const struct sheet *sheet;
	size_t figures; /* met so far */
};

/* One element: its name decides what it gets; then those below it. */
static void walk(struct seal *seal, qpdf_oh element, unsigned depth)
{
	qpdf_data pdf = seal->pdf;
	qpdf_oh below;

	if (depth > DEPTH_MAX || !qpdf_oh_is_dictionary(pdf, element))
		return;
	if (qpdf_oh_is_or_has_name(pdf, qpdf_oh_get_key(pdf, element, "/S"), "/Figure") &&
	    seal->figures < seal->sheet->figure_count)
		qpdf_oh_replace_key(pdf, element, "/Alt",
				    qpdf_oh_new_unicode_string(
					    pdf, seal->sheet->figure[seal->figures++].p));
	if (qpdf_oh_is_or_has_name(pdf, qpdf_oh_get_key(pdf, element, "/S"), "/TH"))
		qpdf_oh_replace_key(pdf, element, "/A",
				    qpdf_oh_parse(pdf, "<< /O /Table /Scope /Column >>"));
	below = qpdf_oh_get_key(pdf, element, "/K");
	if (!qpdf_oh_is_array(pdf, below)) {
		walk(seal, below, depth + 1);
		return;
	}
	for (int i = 0; i < qpdf_oh_get_array_n_items(pdf, below); i++)
		walk(seal, qpdf_oh_get_array_item(pdf, below, i), depth + 1);
}

static void mark(struct seal *seal)
{
	qpdf_data pdf = seal->pdf;
	qpdf_oh root = qpdf_get_root(pdf);

	qpdf_oh_replace_key(pdf, root, "/Lang",
			    qpdf_oh_new_string(pdf, seal->sheet->english ? "en" : "ja"));
	qpdf_oh_replace_key(pdf, root, "/ViewerPreferences",
			    qpdf_oh_parse(pdf, "<< /DisplayDocTitle true >>"));
	qpdf_oh_replace_key(pdf, root, "/MarkInfo", qpdf_oh_parse(pdf, "<< /Marked true >>"));
	walk(seal, qpdf_oh_get_key(pdf, root, "/StructTreeRoot"), 0);
}

static int refuse(qpdf_data pdf, const char *doing, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "%s: %s", doing,
		       qpdf_has_error(pdf) ? qpdf_get_error_full_text(pdf, qpdf_get_error(pdf))
					   : "libqpdf says no more");
}

static int seal_with(struct seal *seal, const struct buf *pdf, struct buf *ret, struct err *err)
{
	if (qpdf_read_memory(seal->pdf, "report", pdf->p, pdf->n, NULL) & QPDF_ERRORS)
		return refuse(seal->pdf, "reading the report again", err);
	mark(seal);
	if (seal->figures != seal->sheet->figure_count)
		return err_set(err, ERR_INTERNAL, "a picture of the report got no text");
	if (qpdf_init_write_memory(seal->pdf) & QPDF_ERRORS)
		return refuse(seal->pdf, "writing the report", err);
	qpdf_set_deterministic_ID(seal->pdf, QPDF_TRUE);
	qpdf_set_object_stream_mode(seal->pdf, qpdf_o_generate);
	qpdf_set_preserve_unreferenced_objects(seal->pdf, QPDF_FALSE);
	if (qpdf_write(seal->pdf) & QPDF_ERRORS)
		return refuse(seal->pdf, "writing the report", err);
	buf_put(ret, qpdf_get_buffer(seal->pdf), qpdf_get_buffer_length(seal->pdf));
	if (ret->full)
		return err_set(err, ERR_RANGE, "the report has more than %u bytes", REPORT_PDF_MAX);
	return 0;
}

int seal(const struct buf *pdf, const struct sheet *sheet, struct buf *ret, struct err *err)
{
	struct seal seal = { .pdf = qpdf_init(), .sheet = sheet };
	int r;

	qpdf_silence_errors(seal.pdf);
	qpdf_set_suppress_warnings(seal.pdf, QPDF_TRUE);
	r = seal_with(&seal, pdf, ret, err);
	qpdf_cleanup(&seal.pdf);
	return r;
}
