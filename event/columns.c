#include "event/columns.h"

void columns_clear(struct columns *columns)
{
	if (!columns->text.max)
		buf_init(&columns->text, EVENT_BYTES_MAX);
	buf_clear(&columns->text);
	columns->count = 0;
}

void columns_done(struct columns *columns)
{
	buf_done(&columns->text);
	columns->count = 0;
}

bool columns_add(struct columns *columns, struct sv name)
{
	if (columns->count == COLUMNS_NAMES_MAX || name.n > EVENT_NAME_MAX)
		return false;
	columns->name[columns->count].from = columns->text.n;
	columns->name[columns->count].n = name.n;
	buf_put_sv(&columns->text, name);
	if (columns->text.full)
		return false;
	columns->count++;
	return true;
}

struct sv columns_name(const struct columns *columns, size_t column)
{
	if (column >= columns->count)
		return SV_NONE;
	return sv_slice(buf_sv(&columns->text), columns->name[column].from,
			columns->name[column].from + columns->name[column].n);
}

bool columns_have(const struct columns *columns, struct sv name)
{
	for (size_t i = 0; i < columns->count; i++)
		if (sv_eq_case(columns_name(columns, i), name))
			return true;
	return false;
}
