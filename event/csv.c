/* Values with commas, semicolons or tabs between them, and a heading (RFC 4180). */
#include "event/columns.h"
#include "event/lines.h"
#include "event/logs.h"

#define COUNT(table) (sizeof table / sizeof *table)

struct csv_state {
	struct columns columns;
	char separator;
	struct buf inner; /* an event within a column */
};

/* Columns in which exports keep the whole event as JSON. */
static const struct sv json_columns[] = {
	SV("AuditData"), /* Microsoft Purview */
};

/* Times that exports call so. */
static const struct sv times[] = {
	SV("_time"),	    SV("@timestamp"),  SV("timestamp"),
	SV("time"),	    SV("TimeCreated"), SV("TimeGenerated"),
	SV("CreationDate"), SV("date"),	       SV("EventTime"),
};

/* Whether the record's last quote is still open: two quotes within are one. */
static bool goes_on(const void *state, struct sv line)
{
	size_t quotes = 0;

	for (size_t i = 0; i < line.n; i++)
		quotes += line.p[i] == '"';
	return quotes % 2 != 0;
}

static char separator_of(struct sv heading)
{
	static const char candidates[] = ",;\t|";
	char best = ',';
	size_t most = 0;

	for (size_t i = 0; candidates[i]; i++) {
		size_t n = 0;

		for (size_t k = 0; k < heading.n; k++)
			n += heading.p[k] == candidates[i];
		if (n > most) {
			most = n;
			best = candidates[i];
		}
	}
	return best;
}

/* The next value of *rest; false behind the last. *more tells whether one follows. */
static struct sv next_value(struct event_decoder *decoder, char separator, struct sv *rest,
			    bool *more)
{
	char *to;
	size_t i = 1, n = 0;
	struct sv value;

	if (rest->n == 0 || rest->p[0] != '"') {
		*more = sv_find_char(*rest, separator, 0) != SIZE_MAX;
		return sv_cut(rest, separator);
	}
	to = scratch_room(decoder, rest->n);
	if (!to) {
		*more = false;
		return SV_NONE;
	}
	for (; i < rest->n; i++) {
		if (rest->p[i] == '"') {
			if (i + 1 == rest->n || rest->p[i + 1] != '"')
				break;
			i++;
		}
		to[n++] = rest->p[i];
	}
	value = scratch_take(decoder, n);
	*rest = sv_slice(*rest, i + 1, rest->n);
	*more = sv_find_char(*rest, separator, 0) != SIZE_MAX;
	sv_cut(rest, separator);
	return value;
}

static int take_heading(struct csv_state *csv, struct event_decoder *decoder, struct sv line,
			struct err *err)
{
	struct sv rest = line;
	bool more = true;

	columns_clear(&csv->columns);
	csv->separator = separator_of(line);
	while (more)
		if (!columns_add(&csv->columns,
				 sv_trim(next_value(decoder, csv->separator, &rest, &more)))) {
			columns_clear(&csv->columns);
			return err_set(err, ERR_RANGE,
				       "heading: more than %d names, or a longer one",
				       COLUMNS_NAMES_MAX);
		}
	return 0;
}

/* The event that one of the columns holds. 0: none does. */
static int inner_event(struct csv_state *csv, struct event_decoder *decoder, struct event *ret,
		       struct err *err)
{
	for (size_t i = 0; i < COUNT(json_columns); i++) {
		const struct sv text = plain_get(decoder, json_columns[i]);

		if (text.n == 0 || text.p[0] != '{')
			continue;
		if (!csv->inner.max)
			buf_init(&csv->inner, EVENT_BYTES_MAX);
		buf_clear(&csv->inner);
		buf_put_sv(&csv->inner, text);
		return event_decode_any(decoder, buf_sv(&csv->inner), ret, err) < 0 ? -1 : 1;
	}
	return 0;
}

static int take(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	struct csv_state *csv = state;
	struct sv rest;
	bool more = true;
	int inner;

	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	if (sv_trim(line).n == 0 || sv_starts(line, SV("#TYPE "))) /* PowerShell's first line */
		return 0;
	if (csv->columns.count == 0)
		return take_heading(csv, decoder, line, err);
	rest = line;
	for (size_t column = 0; more; column++) {
		const struct sv value = next_value(decoder, csv->separator, &rest, &more);
		const struct sv name = columns_name(&csv->columns, column);

		if (column >= csv->columns.count)
			return err_set(err, ERR_FORMAT,
				       "more values than the heading has names (%zu)",
				       csv->columns.count);
		if (value.n > 0)
			plain_add_number(decoder, name, value);
	}
	inner = inner_event(csv, decoder, ret, err);
	if (inner != 0)
		return inner;
	for (size_t i = 0; decoder->envelope.observed.us == 0 && i < COUNT(times); i++)
		instant_parse(plain_get(decoder, times[i]), &decoder->envelope.observed);
	if (decoder->count >= EVENT_FIELDS_MAX)
		return err_set(err, ERR_RANGE, "%d values or more", EVENT_FIELDS_MAX);
	decoder->body = line;
	return windows_finish(decoder, SV_NONE, ret, err) < 0 ? -1 : 1;
}

/* A first line of several plain names, and a second line with as many values. */
static bool looks_like(struct sv start)
{
	const struct sv heading = sv_trim(sv_cut(&start, '\n')), second = sv_cut(&start, '\n');
	const char separator = separator_of(heading);
	size_t names = 1, values = 1;

	if (sv_starts(heading, SV("#TYPE ")))
		return true;
	for (size_t i = 0; i < heading.n; i++) {
		const char c = heading.p[i];

		if (c == separator)
			names++;
		else if (!plain_is_word(c) && !(c & 0x80) &&
			 sv_find_char(SV(" .-@\"()/:#"), c, 0) == SIZE_MAX)
			return false;
	}
	for (size_t i = 0; i < second.n; i++)
		values += second.p[i] == separator;
	return names > 1 && values >= names && heading.p[0] != separator &&
	       !plain_is_digit(heading.p[0]);
}

static void done(void *state)
{
	struct csv_state *csv = state;

	columns_done(&csv->columns);
	buf_done(&csv->inner);
}

const struct line_format csv_format = {
	.format = EVENT_FORMAT_CSV,
	.state_bytes = sizeof(struct csv_state),
	.looks_like = looks_like,
	.goes_on = goes_on,
	.take = take,
	.done = done,
};
