/*
 * page.h - the report as PDF: Pango and Cairo draw it, libqpdf adds language
 * and alternative texts. Linked only by hikeshi-press and its tests.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/report.h"

/*
 * Draws the whole report: one page that an owner understands, then details.
 * The Japanese font is embedded. The same figures give the same bytes.
 * ERR_NOT_FOUND where no Japanese font is installed, ERR_RANGE past
 * REPORT_PDF_MAX. One thread at a time: fonts are shared.
 */
int report_pdf(const struct report *report, struct buf *ret, unsigned *ret_pages, struct err *err);
/* Lets go of the fonts that were looked at; for the end of a process. */
void report_pdf_end(void);

#endif
