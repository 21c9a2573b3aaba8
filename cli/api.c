/*
 * hikeshi company|device|incident list|show. Lists follow the centre's pages
 * to the end, bounded.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/centre.h"

#define PAGES_MAX 1000	    /* pages of a list that are followed */
#define PAGE_ITEMS 200	    /* things of one page, as many as the contract allows */
#define PATH_BYTES_MAX 2048 /* of one request */
#define COLUMNS_MAX 8
#define CELL_MAX 48	  /* columns of the terminal */
#define NUMBER_DIGITS_MAX 18 /* of an incident's number */
#define LAST_CELL_MAX 200 /* of the last one in a line */

static void print_table(const json_t *rows, const struct show_field *column, size_t count,
			struct zone zone)
{
	size_t width[COLUMNS_MAX], i;
	struct buf line, cell;
	const json_t *row;

	buf_init(&line, 1U << 20);
	buf_init(&cell, 1U << 20);
	for (size_t c = 0; c < count; c++) {
		width[c] = terminal_width(sv_from(_(column[c].name)));
		json_array_foreach(rows, i, row)
		{
			buf_clear(&cell);
			show_put(&cell, row, &column[c], zone);
			const size_t wide = terminal_width(terminal_cut(buf_sv(&cell), CELL_MAX));

			width[c] = wide > width[c] ? wide : width[c];
		}
	}
	for (i = 0; i <= json_array_size(rows); i++) {
		buf_clear(&line);
		for (size_t c = 0; c < count; c++) {
			buf_clear(&cell);
			if (i == 0)
				buf_put_sv(&cell, sv_from(_(column[c].name)));
			else
				show_put(&cell, json_array_get(rows, i - 1), &column[c], zone);
			if (c + 1 < count)
				terminal_pad(&line, buf_sv(&cell), width[c]);
			else
				buf_put_sv(&line, terminal_cut(buf_sv(&cell), LAST_CELL_MAX));
			buf_put_sv(&line, c + 1 < count ? SV("  ") : SV("\n"));
		}
		fwrite(line.p, 1, line.n, stdout);
	}
	buf_done(&cell);
	buf_done(&line);
}

static int list_pages(struct centre *centre, const char *base, json_t *rows, struct err *err)
{
	json_t *answer = NULL;
	struct buf path;
	int result = 0;

	buf_init(&path, PATH_BYTES_MAX);
	for (int pages = 0; result == 0; pages++) {
		const char *next = json_string_value(json_object_get(answer, "next"));

		if (pages > 0 && !next)
			break;
		if (pages == PAGES_MAX) {
			result = err_set(err, ERR_RANGE, _("more than %d pages"), PAGES_MAX);
			break;
		}
		buf_clear(&path);
		buf_printf(&path, "%s?limit=%d", base, PAGE_ITEMS);
		if (centre->state)
			centre_put_parameter(centre, &path, "state", centre->state);
		if (next)
			centre_put_parameter(centre, &path, "cursor", next);
		buf_put_char(&path, '\0');
		json_decref(answer);
		answer = NULL;
		result = path.full ? err_set(err, ERR_RANGE, "%s", _("the address is too long"))
				   : centre_get(centre, path.p, &answer, err);
		if (result == 0)
			json_array_extend(rows, json_object_get(answer, "items"));
	}
	json_decref(answer);
	buf_done(&path);
	return result;
}

static int list(const struct command *command, int argc, char **argv, const char *base,
		const struct show_field *column, size_t count)
{
	struct centre centre = { 0 };
	struct err err = ERR_INIT;
	json_t *rows = json_array();
	int status = centre_open(command, argc, argv, 0, &centre);

	if (status < 0) {
		status = 0;
		if (list_pages(&centre, base, rows, &err) < 0)
			status = command_failed(&err);
		else if (centre.json)
			show_json(rows);
		else if (json_array_size(rows) == 0)
			print_line("%s", _("There is none."));
		else
			print_table(rows, column, count, centre.zone);
	}
	json_decref(rows);
	centre_close(&centre);
	return status;
}

/* One thing, or what the centre tells beside it ("/timeline"). */
static int get_one(struct centre *centre, const char *base, const char *id, const char *more,
		   json_t **ret, struct err *err)
{
	struct buf path;
	int result;

	buf_init(&path, PATH_BYTES_MAX);
	buf_printf(&path, "%s/", base);
	centre_put_piece(centre, &path, id);
	buf_put_sv(&path, sv_from(more));
	buf_put_char(&path, '\0');
	result = path.full ? err_set(err, ERR_USAGE, "%s", _("the address is too long"))
			   : centre_get(centre, path.p, ret, err);
	buf_done(&path);
	return result;
}

static int show(const struct command *command, int argc, char **argv, const char *base,
		void (*print)(const json_t *thing, struct zone zone))
{
	struct centre centre = { 0 };
	struct err err = ERR_INIT;
	json_t *answer = NULL;
	int status = centre_open(command, argc, argv, 1, &centre);

	if (status < 0) {
		status = 0;
		if (get_one(&centre, base, argv[1], "", &answer, &err) < 0)
			status = command_failed(&err);
		else if (centre.json)
			show_json(answer);
		else
			print(answer, centre.zone);
	}
	json_decref(answer);
	centre_close(&centre);
	return status;
}

#define LIST(base, column) list(command, argc, argv, base, column, sizeof column / sizeof *column)

int company_list_run(const struct command *command, int argc, char **argv)
{
	static const struct show_field column[] = {
		{ N_("id"), "id", SHOW_TEXT },
		{ N_("devices"), "devices", SHOW_TEXT },
		{ N_("open incidents"), "open_incidents", SHOW_TEXT },
		{ N_("company"), "name", SHOW_TEXT },
	};

	return LIST("/v1/companies", column);
}

int device_list_run(const struct command *command, int argc, char **argv)
{
	static const struct show_field column[] = {
		{ N_("id"), "id", SHOW_TEXT },
		{ N_("state"), "state", SHOW_WORD },
		{ N_("isolated"), "isolated", SHOW_TEXT },
		{ N_("last seen"), "last_seen", SHOW_TIME },
		{ N_("device"), "hostname", SHOW_TEXT },
		{ N_("company"), "company.name", SHOW_TEXT },
	};

	return LIST("/v1/devices", column);
}

int incident_list_run(const struct command *command, int argc, char **argv)
{
	static const struct show_field column[] = {
		{ N_("number"), "number", SHOW_NUMBER },
		{ N_("level"), "severity", SHOW_WORD },
		{ N_("state"), "state", SHOW_WORD },
		{ N_("last seen"), "last_seen", SHOW_TIME },
		{ N_("device"), "device.name", SHOW_TEXT },
		{ N_("company"), "company.name", SHOW_TEXT },
		{ N_("id"), "id", SHOW_TEXT },
		{ N_("what"), "title", SHOW_TITLE },
	};

	return LIST("/v1/incidents", column);
}

int company_show_run(const struct command *command, int argc, char **argv)
{
	return show(command, argc, argv, "/v1/companies", show_company);
}

int device_show_run(const struct command *command, int argc, char **argv)
{
	return show(command, argc, argv, "/v1/devices", show_device);
}

/* 35 or #35; 0: it is no number. */
static uint64_t number_of(const char *text)
{
	const char *digits = text + (*text == '#');
	uint64_t number = 0;

	for (const char *p = digits; *p; p++) {
		if (*p < '0' || *p > '9' || p - digits == NUMBER_DIGITS_MAX)
			return 0;
		number = number * 10 + (uint64_t)(*p - '0');
	}
	return number;
}

static void say_candidate(const json_t *incident)
{
	static const struct show_field field[] = {
		{ "", "id", SHOW_TEXT },
		{ "", "company.name", SHOW_TEXT },
		{ "", "title", SHOW_TITLE },
	};
	struct buf line;

	buf_init(&line, 1U << 20);
	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		buf_put_sv(&line, i ? SV("  ") : SV(""));
		show_put(&line, incident, &field[i], (struct zone){ ZONE_UTC });
	}
	say_hint("%.*s", SV_ARG(buf_sv(&line)));
	buf_done(&line);
}

/* Numbers count within a company: who sees several may have to choose. */
static int find_numbered(struct centre *centre, uint64_t number, char ret[static UUID_TEXT_MAX],
			 struct err *err)
{
	json_t *rows = json_array(), *found = json_array();
	const char *id = NULL;
	size_t i;
	json_t *row;
	int result = list_pages(centre, "/v1/incidents", rows, err);

	json_array_foreach(rows, i, row)
	{
		if ((uint64_t)json_integer_value(json_object_get(row, "number")) == number)
			json_array_append(found, row);
	}
	if (json_array_size(found) == 1)
		id = json_string_value(json_object_get(json_array_get(found, 0), "id"));
	if (result == 0 && json_array_size(found) == 0)
		result = err_set(err, ERR_NOT_FOUND, _("there is no incident #%" PRIu64), number);
	else if (result == 0 && !id)
		result = err_set(err, ERR_USAGE,
				 _("#%" PRIu64 " is of several companies; give one of these ids"),
				 number);
	if (result == 0)
		snprintf(ret, UUID_TEXT_MAX, "%s", id);
	json_decref(centre->candidates);
	centre->candidates = json_array_size(found) > 1 ? json_incref(found) : NULL;
	json_decref(found);
	json_decref(rows);
	return result;
}

static int get_incident(struct centre *centre, const char *id, json_t **ret_detail,
			json_t **ret_timeline, struct err *err)
{
	const uint64_t number = number_of(id);
	char found[UUID_TEXT_MAX];

	if (number > 0) {
		if (find_numbered(centre, number, found, err) < 0)
			return -1;
		id = found;
	}
	if (get_one(centre, "/v1/incidents", id, "", ret_detail, err) < 0)
		return -1;
	return get_one(centre, "/v1/incidents", id, "/timeline", ret_timeline, err);
}

/* With --json the detail as the contract has it, and the timeline as one member more. */
int incident_show_run(const struct command *command, int argc, char **argv)
{
	struct centre centre = { 0 };
	struct err err = ERR_INIT;
	json_t *detail = NULL, *timeline = NULL, *row;
	int status = centre_open(command, argc, argv, 1, &centre);
	size_t i;

	if (status < 0) {
		status = 0;
		if (get_incident(&centre, argv[1], &detail, &timeline, &err) < 0) {
			status = command_failed(&err);
			json_array_foreach(centre.candidates, i, row)
			{
				say_candidate(row);
			}
		} else if (centre.json) {
			json_object_set(detail, "timeline", timeline);
			show_json(detail);
		} else {
			show_incident(detail, timeline, centre.zone);
		}
	}
	json_decref(timeline);
	json_decref(detail);
	centre_close(&centre);
	return status;
}

int report_list_run(const struct command *command, int argc, char **argv)
{
	static const struct show_field column[] = {
		{ N_("company"), "company.name", SHOW_TEXT }, { N_("month"), "number", SHOW_TEXT },
		{ N_("from"), "from", SHOW_TEXT },	      { N_("to"), "to", SHOW_TEXT },
		{ N_("pages"), "pages", SHOW_TEXT },	      { N_("read"), "read", SHOW_TIME },
		{ N_("id"), "id", SHOW_TEXT },
	};

	return LIST("/v1/reports", column);
}
