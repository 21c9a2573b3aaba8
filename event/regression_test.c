/*
 * Reads the pairs of EVTX and JSON that SigmaHQ keeps for its rules, where they
 * are at hand, and compares each event of one with that of the other, field by
 * field: name, text, type and order. Allowed are only the differences below,
 * and each is counted.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/test.h"
#include "event/event.h"

#define PATH_ROOM 4096
#define DEPTH 8

enum difference {
	DIFFERENCE_NONE,
	DIFFERENCE_END,	     /* evtx_dump cuts white space off a text's end */
	DIFFERENCE_FRACTION, /* evtx_dump's older versions write nanoseconds */
	DIFFERENCE_SAMPLE,   /* the sample's JSON was not made from its EVTX */
	DIFFERENCE_COUNT
};

static const char *const difference_name[DIFFERENCE_COUNT] = { "equal", "white space at the end",
							       "more digits of a second",
							       "the sample itself" };

static const struct {
	const char *file, *field, *evtx, *json;
} samples[] = {
	{ "ad691d92-15f2-4181-9aa4-723c74f9ddc3", "ParentCommandLine", "C:\\Windows\\Explorer.EXE",
	  "C:\\Windows\\Explorer.exe" },
};

struct totals {
	unsigned pairs, equal, events;
	unsigned fields[DIFFERENCE_COUNT];
};

static bool is_cut(struct sv whole, struct sv cut)
{
	return whole.n > cut.n && sv_starts(whole, cut) &&
	       sv_trim(sv_slice(whole, cut.n, whole.n)).n == 0;
}

/* DIFFERENCE_COUNT: one that is not allowed. */
static enum difference compare(const char *path, const struct event_field *evtx,
			       const struct event_field *json)
{
	struct instant a, b;

	if (!sv_eq(evtx->name, json->name) || evtx->type != json->type)
		return DIFFERENCE_COUNT;
	if (sv_eq(evtx->text, json->text))
		return DIFFERENCE_NONE;
	if (evtx->type == EVENT_STRING && is_cut(evtx->text, json->text))
		return DIFFERENCE_END;
	if (sv_eq(evtx->name, SV("TimeCreated_SystemTime")) && instant_parse(evtx->text, &a) &&
	    instant_parse(json->text, &b) && a.us == b.us)
		return DIFFERENCE_FRACTION;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		if (strstr(path, samples[i].file) && sv_eq(evtx->name, sv_from(samples[i].field)) &&
		    sv_eq(evtx->text, sv_from(samples[i].evtx)) &&
		    sv_eq(json->text, sv_from(samples[i].json)))
			return DIFFERENCE_SAMPLE;
	return DIFFERENCE_COUNT;
}

static bool same_event(const char *path, const struct event *evtx, const struct event *json,
		       struct totals *totals)
{
	bool same = evtx->count == json->count &&
		    sv_eq(evtx->envelope.product, json->envelope.product) &&
		    sv_eq(evtx->envelope.category, json->envelope.category) &&
		    sv_eq(evtx->envelope.service, json->envelope.service) &&
		    evtx->envelope.observed.us == json->envelope.observed.us;

	if (!same)
		printf("# %s: %zu and %zu fields, categories %.*s and %.*s\n", path, evtx->count,
		       json->count, SV_ARG(evtx->envelope.category),
		       SV_ARG(json->envelope.category));
	for (size_t i = 0; i < evtx->count && i < json->count; i++) {
		const enum difference difference = compare(path, &evtx->field[i], &json->field[i]);

		if (difference != DIFFERENCE_COUNT) {
			totals->fields[difference]++;
			continue;
		}
		same = false;
		printf("# %s: %.*s '%.*s' (%d) and %.*s '%.*s' (%d)\n", path,
		       SV_ARG(evtx->field[i].name), SV_ARG(evtx->field[i].text),
		       evtx->field[i].type, SV_ARG(json->field[i].name),
		       SV_ARG(json->field[i].text), json->field[i].type);
	}
	return same && evtx->envelope.product.n > 0 && evtx->envelope.service.n > 0 &&
	       evtx->envelope.observed.us > 0;
}

static bool same_pair(const char *path, const char *json_path, struct totals *totals)
{
	struct event_reader *evtx = NULL, *json = NULL;
	struct event_reader_progress progress;
	struct err err = ERR_INIT;
	bool same = false;

	evtx = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	json = evtx ? event_reader_open(json_path, EVENT_FORMAT_AUTO, &err) : NULL;
	if (!json) {
		printf("# %s\n", err.text);
		goto out;
	}
	same = true;
	for (;;) {
		struct event a, b;
		uint64_t record_a = 0, record_b = 0;
		const int more_a = event_reader_next(evtx, &a, &record_a, &err);
		const int more_b = event_reader_next(json, &b, &record_b, &err);

		if (more_a <= 0 || more_b <= 0) {
			if (more_a != 0 || more_b != 0) {
				printf("# %s: %d and %d, %s\n", path, more_a, more_b, err.text);
				same = false;
			}
			break;
		}
		same = same_event(path, &a, &b, totals) && record_a == record_b && same;
		totals->events++;
	}
	progress = event_reader_progress(evtx);
	same = same && progress.lost == 0 && progress.damaged == 0 && progress.records > 0 &&
	       progress.bytes_read == progress.bytes_total;
out:
	event_reader_close(evtx);
	event_reader_close(json);
	return same;
}

static void walk(const char *folder, unsigned depth, struct totals *totals)
{
	struct dirent **entry = NULL;
	const int count = depth < DEPTH ? scandir(folder, &entry, NULL, alphasort) : 0;

	for (int i = 0; i < count; i++) {
		char path[PATH_ROOM], json_path[PATH_ROOM];
		const size_t n = strlen(entry[i]->d_name);
		const int whole = snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);

		if (whole < 0 || (size_t)whole >= sizeof path)
			CHECK(!"the path is short enough");
		else if (entry[i]->d_type == DT_DIR && entry[i]->d_name[0] != '.') {
			walk(path, depth + 1, totals);
		} else if (n > 5 && strcmp(entry[i]->d_name + n - 5, ".evtx") == 0) {
			snprintf(json_path, sizeof json_path, "%.*s.json", (int)(strlen(path) - 5),
				 path);
			totals->pairs++;
			totals->equal += same_pair(path, json_path, totals);
		}
		free(entry[i]);
	}
	free(entry);
}

TEST(regression_pairs)
{
	const char *place = getenv("HIKESHI_SIGMA");
	struct totals totals = { 0 };
	char path[PATH_ROOM];
	struct stat stat_of;

	snprintf(path, sizeof path, "%s/regression_data", place ? place : HIKESHI_SIGMA_DEFAULT);
	if (stat(path, &stat_of) < 0) {
		printf("# SKIPPED: no regression data at %s; set HIKESHI_SIGMA\n", path);
		SKIP("SigmaHQ's regression data is not there");
	}
	walk(path, 0, &totals);
	printf("# %u pairs, %u equal, %u events\n", totals.pairs, totals.equal, totals.events);
	for (enum difference i = 0; i < DIFFERENCE_COUNT; i++)
		printf("# fields: %u %s\n", totals.fields[i], difference_name[i]);
	CHECK(totals.pairs >= 91);
	CHECK_INT(totals.equal, totals.pairs);
}
