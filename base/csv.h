/*
 * csv.h - tables for a spreadsheet: UTF-8 with a byte order mark, RFC 4180 quoting,
 * CRLF. A cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"
#include "base/sv.h"

struct csv {
	struct buf *buf;
	bool started; /* this row has a cell already */
};

struct csv csv_begin(struct buf *buf); /* writes the mark */
void csv_cell(struct csv *csv, struct sv text);
void csv_row(struct csv *csv); /* ends a row */

#endif
