/* Rules out of a cache are the rules that were compiled, or the cache is ignored. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "detect/cache.h"
#include "detect/correlation.h"
#include "detect/internal.h"
#include "detect/testing.h"

#define RULES 40

struct place {
	char folder[64], rules[80], cache[80], file[400];
};

static void put_rules(const struct place *place, const char *what)
{
	for (int i = 0; i < RULES; i++) {
		char path[128];
		FILE *file;

		snprintf(path, sizeof path, "%s/%d.yml", place->rules, i);
		file = fopen(path, "w");
		fprintf(file,
			"title: Rule %d\nid: 01234567-89ab-4cde-8f01-%012d\nlevel: high\n"
			"tags: [attack.t1059]\nreferences: [https://example.com/%d]\n"
			"logsource: {product: windows, category: process_creation}\n"
			"detection:\n  a:\n    CommandLine|contains: ['%s%d', 'x%dy', 'aaa', 'bbb',"
			" 'ccc', 'ddd', 'eee%d']\n    Image|re: '%s[0-9]+\\.exe$'\n"
			"  b:\n    User: root%d\n  filter:\n    Image: null\n"
			"  condition: (a or b) and not filter\n",
			i, i, i, what, i, i, i, what, i);
		fclose(file);
	}
}

/* Files must have rested before anything is kept. */
static void rest(const struct place *place)
{
	(void)place;
	sleep(3);
}

static bool begin(struct place *place)
{
	snprintf(place->folder, sizeof place->folder, "/tmp/hikeshi-cache-XXXXXX");
	if (!mkdtemp(place->folder))
		return false;
	snprintf(place->rules, sizeof place->rules, "%s/rules", place->folder);
	snprintf(place->cache, sizeof place->cache, "%s/cache", place->folder);
	return mkdir(place->rules, 0700) == 0 && mkdir(place->cache, 0700) == 0;
}

static void empty(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(path);
}

static void finish(const struct place *place)
{
	empty(place->rules);
	empty(place->cache);
	rmdir(place->folder);
}

/* The one file in the cache; false where there is none. */
static bool find_file(struct place *place)
{
	DIR *folder = opendir(place->cache);
	struct dirent *entry;
	bool found = false;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.') {
			found = true;
			snprintf(place->file, sizeof place->file, "%s/%s", place->cache,
				 entry->d_name);
		}
	if (folder)
		closedir(folder);
	return found;
}

static struct ruleset *load(const struct place *place, bool with_cache)
{
	const char *path = place->rules;
	const struct ruleset_options options = { .path = &path,
						 .path_count = 1,
						 .cache = with_cache ? place->cache : NULL };
	struct err err = ERR_INIT;

	return ruleset_load(&options, &err);
}

static bool same_matches(struct ruleset *a, struct ruleset *b)
{
	struct detect_session *x = detect_session_new(a), *y = detect_session_new(b);
	struct event_decoder *decoder = event_decoder_new();
	bool same = ruleset_count(a) == ruleset_count(b) && ruleset_count(a) == RULES;
	size_t matches = 0;

	for (int i = 0; i < RULES * 4 && same; i++) {
		const uint32_t *m, *n;
		struct event event;
		struct err err = ERR_INIT;
		char text[400];
		size_t count;

		snprintf(
			text, sizeof text,
			"{\"hikeshi\":{\"product\":\"windows\",\"category\":\"process_creation\"},"
			"\"CommandLine\":\"evil%d\",\"Image\":\"C:\\\\evil%d.exe\",\"User\":\"root%d\"}",
			i % RULES, i, i / 2);
		same = event_decode(decoder, sv_from(text), &event, &err) == 0;
		count = detect_event(x, &event, &m);
		same = same && count == detect_event(y, &event, &n) &&
		       (count == 0 || memcmp(m, n, count * sizeof *m) == 0);
		matches += count;
	}
	for (size_t i = 0; i < RULES && same; i++) {
		const struct rule *r = ruleset_rule(a, i), *s = ruleset_rule(b, i);

		same = sv_eq(r->id, s->id) && sv_eq(r->title, s->title) && r->level == s->level &&
		       sv_eq(r->tag[0], s->tag[0]) && sv_eq(r->reference[0], s->reference[0]) &&
		       ruleset_find(b, r->id) == i;
	}
	event_decoder_free(decoder);
	detect_session_free(x);
	detect_session_free(y);
	return same && matches > RULES && sv_eq(ruleset_digest(a), ruleset_digest(b));
}

/* What a load through the cache gives; whether it came out of the file is told. */
static bool check(const struct place *place, bool want_image)
{
	struct ruleset *plain = load(place, false), *cached = load(place, true);
	const bool good = plain && cached && (cached->image != NULL) == want_image &&
			  same_matches(plain, cached);

	ruleset_unref(plain);
	ruleset_unref(cached);
	return good;
}

TEST(cache_keeps_and_forgets)
{
	struct place place;

	REQUIRE(begin(&place));
	put_rules(&place, "evil");
	CHECK(check(&place, false));
	CHECK(!find_file(&place)); /* too young to be kept */
	rest(&place);
	CHECK(check(&place, false));
	REQUIRE(find_file(&place));
	CHECK(check(&place, true));
	CHECK(check(&place, true));
	/* another content, another key */
	put_rules(&place, "evil");
	CHECK(check(&place, false));
	finish(&place);
}

TEST(cache_distrusts)
{
	struct place place;
	struct stat stat_of;
	int fd;

	REQUIRE(begin(&place));
	put_rules(&place, "evil");
	rest(&place);
	CHECK(check(&place, false));
	REQUIRE(find_file(&place));
	CHECK(check(&place, true));
	/* others may write: not used, and replaced by one of its own */
	chmod(place.file, 0620);
	CHECK(check(&place, false));
	CHECK(check(&place, true));
	/* a byte here and there */
	REQUIRE(stat(place.file, &stat_of) == 0);
	for (off_t at = 3; at < stat_of.st_size; at += stat_of.st_size / 12 + 1) {
		unsigned char byte;

		fd = open(place.file, O_RDWR);
		REQUIRE(fd >= 0 && pread(fd, &byte, 1, at) == 1);
		byte ^= 0x41;
		CHECK(pwrite(fd, &byte, 1, at) == 1);
		close(fd);
		if (at >= 112 && at < 4096) /* room behind the head */
			continue;
		CHECK(check(&place, false));
		CHECK(check(&place, true));
	}
	/* cut */
	for (int part = 0; part < 4; part++) {
		CHECK(truncate(place.file, stat_of.st_size * part / 4 + part) == 0);
		CHECK(check(&place, false));
		CHECK(check(&place, true));
	}
	/* no file at all: a link is not followed */
	unlink(place.file);
	CHECK(symlink("/dev/zero", place.file) == 0);
	CHECK(check(&place, false));
	finish(&place);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

/* Hits of correlations in events of three users, one a second. */
static size_t count_hits(struct ruleset *ruleset)
{
	const struct correlator_options options = { .late_seconds = 0, .at_once = true };
	struct detect_session *session = detect_session_new(ruleset);
	struct correlator *correlator = correlator_new(ruleset, &options);
	struct event_decoder *decoder = event_decoder_new();
	const struct correlation_hit *hit;
	size_t hits = 0;

	for (uint64_t i = 0; i < 30; i++) {
		const uint32_t *match;
		struct event event;
		char text[120];
		size_t count;

		snprintf(text, sizeof text, "{\"Try\":\"bad\",\"User\":\"u%d\"}", (int)(i % 3));
		if (event_decode(decoder, sv_from(text), &event, NULL) < 0)
			break;
		event.envelope.product = SV("windows");
		event.envelope.observed.us = (int64_t)(i + 1) * INSTANT_SECOND;
		count = detect_event(session, &event, &match);
		hits += correlator_event(correlator, &event,
					 (struct correlation_reference){ { i, 0 } }, match, count,
					 &hit);
	}
	while (correlator_finish(correlator, &hit) > 0)
		hits++;
	event_decoder_free(decoder);
	correlator_free(correlator);
	detect_session_free(session);
	return hits;
}

TEST(cache_carries_correlations)
{
	struct place place;

	REQUIRE(begin(&place));
	put_file(place.rules, "a.yml",
		 "title: A\nid: 01234567-89ab-4cde-8f01-000000000001\nname: tries\n"
		 "logsource: {product: windows}\ndetection: {s: {Try: bad}, condition: s}\n");
	put_file(place.rules, "b.yml",
		 "title: B\nid: 01234567-89ab-4cde-8f01-000000000002\ncorrelation:\n"
		 "  type: event_count\n  rules: [tries]\n  group-by: [User]\n  timespan: 1m\n"
		 "  condition: {gte: 4}\n");
	rest(&place);
	for (int round = 0; round < 2; round++) {
		struct ruleset *plain = load(&place, false), *cached = load(&place, true);

		REQUIRE(plain && cached);
		CHECK_INT(cached->image != NULL, round);
		CHECK(ruleset_has_correlations(cached));
		CHECK_INT(count_hits(cached), count_hits(plain));
		CHECK(count_hits(cached) >= 3);
		ruleset_unref(plain);
		ruleset_unref(cached);
	}
	finish(&place);
}

TEST(cache_is_bounded)
{
	struct place place;
	struct dirent *entry;
	size_t files = 0;
	DIR *folder;

	REQUIRE(begin(&place));
	for (int i = 0; i < 2 * CACHE_FILES_MAX; i++) {
		char name[40];

		snprintf(name, sizeof name, "rules-%016d.cache", i);
		put_file(place.cache, name, "");
	}
	put_file(place.cache, "other.cache", "");
	put_rules(&place, "evil");
	rest(&place);
	CHECK(check(&place, false));
	CHECK(check(&place, true)); /* its own is the newest */
	folder = opendir(place.cache);
	while (folder && (entry = readdir(folder)))
		files += entry->d_name[0] == 'r';
	closedir(folder);
	CHECK_INT(files, CACHE_FILES_MAX);
	finish(&place);
}
