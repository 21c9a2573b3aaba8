/*
 * Each record of SigmaHQ's EVTX samples as libevtx reads it and as we do: the
 * same records in the same order, and the same data in each. Only the tests link
 * libevtx.
 */
#include <dirent.h>
#include <libevtx.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "event/event.h"

#define PATH_ROOM 4096
#define DEPTH 8
#define XML_ROOM (1U << 20)
#define TEXT_ROOM (1U << 16)

struct totals {
	unsigned files, records, data, system;
};

/* XML's text without its references; what is beyond TEXT_ROOM is left out. */
static struct sv plain(struct sv text, char to[TEXT_ROOM])
{
	static const struct {
		struct sv from;
		char into;
	} row[] = { { SV("&lt;"), '<' },
		    { SV("&gt;"), '>' },
		    { SV("&amp;"), '&' },
		    { SV("&quot;"), '"' },
		    { SV("&apos;"), '\'' } };
	size_t n = 0;

	while (text.n > 0 && n + 1 < TEXT_ROOM) {
		size_t used = 1;

		to[n] = text.p[0];
		for (size_t i = 0; i < sizeof row / sizeof *row; i++)
			if (sv_starts(text, row[i].from)) {
				to[n] = row[i].into;
				used = row[i].from.n;
			}
		n++;
		text = sv_slice(text, used, text.n);
	}
	return (struct sv){ to, n };
}

/*
 * As both write it: libevtx puts GUIDs in braces, in small or great letters, and
 * zeros in front of hexadecimal numbers.
 */
static bool same_text(struct sv ours, struct sv theirs)
{
	if (sv_eq(ours, theirs) || sv_eq(sv_trim(ours), sv_trim(theirs)))
		return true;
	if (theirs.n == ours.n + 2 && theirs.p[0] == '{')
		theirs = sv_slice(theirs, 1, theirs.n - 1);
	if (sv_starts(ours, SV("0x")) && sv_starts(theirs, SV("0x"))) {
		ours = sv_slice(ours, 2, ours.n);
		theirs = sv_slice(theirs, 2, theirs.n);
		while (theirs.n > ours.n && theirs.p[0] == '0')
			theirs = sv_slice(theirs, 1, theirs.n);
	}
	return sv_eq_case(ours, theirs);
}

/* Our field of this name without its spaces, that has this text. */
static bool has_data(const struct event *event, struct sv name, struct sv text)
{
	for (size_t i = 0; i < event->count; i++) {
		struct sv left = event->field[i].name, right = name;

		while (left.n > 0 && right.n > 0) {
			if (right.p[0] == ' ') {
				right = sv_slice(right, 1, right.n);
				continue;
			}
			if (left.p[0] != right.p[0])
				break;
			left = sv_slice(left, 1, left.n);
			right = sv_slice(right, 1, right.n);
		}
		if (left.n == 0 && sv_trim(right).n == 0 && same_text(event->field[i].text, text))
			return true;
	}
	return false;
}

/* What stands between from and to, from offset *at on; moves it behind. */
static bool between(struct sv xml, struct sv from, struct sv to, size_t *at, struct sv *ret)
{
	const size_t begin = sv_find(xml, from, *at);
	size_t end;

	if (begin == SIZE_MAX)
		return false;
	end = sv_find(xml, to, begin + from.n);
	if (end == SIZE_MAX)
		return false;
	*ret = sv_slice(xml, begin + from.n, end);
	*at = end + to.n;
	return true;
}

static bool same_record(const char *path, struct sv xml, const struct event *event,
			struct totals *totals)
{
	static const char *const system[] = { "EventID",  "EventRecordID", "Channel",
					      "Computer", "Level",	   "Task" };
	static char room[TEXT_ROOM];
	size_t at = 0;
	struct sv element, name, text;
	bool same = true;

	for (size_t i = 0; i < sizeof system / sizeof *system; i++) {
		char from[64], to[64];

		snprintf(from, sizeof from, "<%s>", system[i]);
		snprintf(to, sizeof to, "</%s>", system[i]);
		at = 0;
		if (!between(xml, sv_from(from), sv_from(to), &at, &text))
			continue;
		totals->system++;
		if (!has_data(event, sv_from(system[i]), plain(text, room))) {
			printf("# %s: %s is %.*s\n", path, system[i], SV_ARG(text));
			same = false;
		}
	}
	at = 0;
	while (between(xml, SV("<Data Name=\""), SV("\""), &at, &name)) {
		const size_t begin = at;
		struct sv rest = sv_slice(xml, begin, xml.n);

		if (sv_starts(rest, SV("/>")))
			continue;
		if (!between(xml, SV(">"), SV("</Data>"), &at, &element))
			break;
		totals->data++;
		if (!has_data(event, name, plain(element, room))) {
			printf("# %s: %.*s is %.*s\n", path, SV_ARG(name), SV_ARG(element));
			same = false;
		}
	}
	return same;
}

static bool same_file(const char *path, struct totals *totals)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_EVTX, &err);
	char *xml = mem_alloc(XML_ROOM);
	libevtx_file_t *file = NULL;
	int count = 0;
	bool same = reader && libevtx_file_initialize(&file, NULL) == 1 &&
		    libevtx_file_open(file, path, LIBEVTX_OPEN_READ, NULL) == 1 &&
		    libevtx_file_get_number_of_records(file, &count, NULL) == 1;

	for (int i = 0; i < count && same; i++) {
		libevtx_record_t *record = NULL;
		struct event event;
		uint64_t number, theirs = 0;
		size_t n = 0;

		same = libevtx_file_get_record_by_index(file, i, &record, NULL) == 1 &&
		       libevtx_record_get_identifier(record, &theirs, NULL) == 1 &&
		       libevtx_record_get_utf8_xml_string_size(record, &n, NULL) == 1 &&
		       n <= XML_ROOM &&
		       libevtx_record_get_utf8_xml_string(record, (uint8_t *)xml, n, NULL) == 1 &&
		       event_reader_next(reader, &event, &number, &err) == 1 &&
		       same_record(path, (struct sv){ xml, n - 1 }, &event, totals);
		totals->records++;
		libevtx_record_free(&record, NULL);
	}
	if (same) {
		struct event event;
		uint64_t number;

		same = event_reader_next(reader, &event, &number, &err) == 0;
	}
	libevtx_file_free(&file, NULL);
	event_reader_close(reader);
	free(xml);
	return same;
}

static void walk(const char *folder, unsigned depth, struct totals *totals)
{
	struct dirent **entry = NULL;
	const int count = depth < DEPTH ? scandir(folder, &entry, NULL, alphasort) : 0;

	for (int i = 0; i < count; i++) {
		char path[PATH_ROOM];

		snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
		if (entry[i]->d_type == DT_DIR && entry[i]->d_name[0] != '.') {
			walk(path, depth + 1, totals);
		} else if (sv_ends(sv_from(path), SV(".evtx"))) {
			totals->files++;
			CHECK(same_file(path, totals));
		}
		free(entry[i]);
	}
	free(entry);
}

TEST(libevtx_agrees)
{
	const char *place = getenv("HIKESHI_SIGMA");
	struct totals totals = { 0 };
	char path[PATH_ROOM];
	struct stat stat_of;

	snprintf(path, sizeof path, "%s/regression_data", place ? place : HIKESHI_SIGMA_DEFAULT);
	if (stat(path, &stat_of) < 0)
		SKIP("SigmaHQ's regression data is not here: set HIKESHI_SIGMA");
	walk(path, 0, &totals);
	printf("# %u files, %u records, %u data and %u fields of System compared\n", totals.files,
	       totals.records, totals.data, totals.system);
	CHECK(totals.records > 0 && totals.data > totals.records);
}
