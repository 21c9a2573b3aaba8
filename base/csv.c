#include "base/csv.h"

struct csv csv_begin(struct buf *buf)
{
	buf_put_sv(buf, SV("\xef\xbb\xbf"));
	return (struct csv){ buf, false };
}

static bool is_formula(struct sv text)
{
	const char c = text.n > 0 ? text.p[0] : 'a';

	return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r' || c == '\n' ||
	       sv_starts(text, SV("＝")) || sv_starts(text, SV("＋")) ||
	       sv_starts(text, SV("－")) || sv_starts(text, SV("＠"));
}

void csv_cell(struct csv *csv, struct sv text)
{
	if (csv->started)
		buf_put_char(csv->buf, ',');
	csv->started = true;
	buf_put_char(csv->buf, '"');
	if (is_formula(text))
		buf_put_char(csv->buf, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_put_char(csv->buf, '"');
		if (text.p[i] != '\0')
			buf_put_char(csv->buf, text.p[i]);
	}
	buf_put_char(csv->buf, '"');
}

void csv_row(struct csv *csv)
{
	buf_put_sv(csv->buf, SV("\r\n"));
	csv->started = false;
}
