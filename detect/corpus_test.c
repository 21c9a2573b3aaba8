/*
 * SigmaHQ's rules and their samples, where they are at hand: every rule
 * compiles or says why not, every sample is found by its own rule, and the
 * automata hide nothing from samples that were changed a little.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "detect/testing.h"

#define PATH_ROOM 4096
#define DEPTH 8

static const char *const folder_name[] = { "rules", "rules-emerging-threats",
					   "rules-threat-hunting" };

struct corpus {
	struct ruleset *ruleset;
	struct detect_session *fast, *slow;
	struct event_decoder *decoder;
	uint64_t state;
	size_t samples, found, events, changed, matches;
};

static const char *sigma_folder(void)
{
	const char *folder = getenv("HIKESHI_SIGMA");

	return folder ? folder : HIKESHI_SIGMA_DEFAULT;
}

static bool is_there(const char *name, char path[static PATH_ROOM])
{
	struct stat stat_of;

	snprintf(path, PATH_ROOM, "%s/%s", sigma_folder(), name);
	return stat(path, &stat_of) == 0;
}

static struct ruleset *load_all(bool all_logsources)
{
	char path[3][PATH_ROOM];
	const char *list[3] = { path[0], path[1], path[2] };
	const struct ruleset_options options = { .path = list,
						 .path_count = 3,
						 .all_logsources = all_logsources };
	struct ruleset *ruleset;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 3; i++)
		is_there(folder_name[i], path[i]);
	ruleset = ruleset_load(&options, &err);
	if (!ruleset)
		printf("# %s\n", err.text);
	return ruleset;
}

#define NEED_SIGMA(name)                                                                           \
	do {                                                                                       \
		char path_[PATH_ROOM];                                                             \
		if (!is_there(name, path_)) {                                                      \
			printf("# SKIPPED: SigmaHQ's " name " are not at %s; set HIKESHI_SIGMA\n", \
			       path_);                                                             \
			SKIP("SigmaHQ's rules are not there");                                     \
		}                                                                                  \
	} while (0)

TEST(every_rule_compiles)
{
	const struct rule_problem *problem;
	struct ruleset *ruleset;
	size_t count, refused = 0;

	NEED_SIGMA("rules");
	ruleset = load_all(true);
	REQUIRE(ruleset != NULL);
	count = ruleset_problems(ruleset, &problem);
	for (size_t i = 0; i < count; i++) {
		/* placeholders are for the operator to fill: such a rule is refused with that reason */
		if (problem[i].kind == PROBLEM_NOT_COMPILED &&
		    sv_find(problem[i].reason, SV("has no values"), 0) == SIZE_MAX) {
			printf("# %.*s:%u:%u %.*s\n", SV_ARG(problem[i].file), problem[i].line,
			       problem[i].column, SV_ARG(problem[i].reason));
			CHECK(!"compiles");
		}
		refused += problem[i].kind == PROBLEM_NOT_COMPILED;
	}
	printf("# %zu rules compiled, %zu refused for placeholders without values\n",
	       ruleset_count(ruleset), refused);
	CHECK(ruleset_count(ruleset) > 3000 && refused < 10);
	ruleset_unref(ruleset);
}

TEST(logsources_without_events_are_told)
{
	const struct rule_problem *problem;
	struct ruleset *ruleset;
	size_t count, n = 0;

	NEED_SIGMA("rules");
	ruleset = load_all(false);
	REQUIRE(ruleset != NULL);
	count = ruleset_problems(ruleset, &problem);
	for (size_t i = 0; i < count; i++)
		n += problem[i].kind == PROBLEM_NOT_LOADED;
	printf("# %zu rules loaded, %zu for logsources that no decoder gives\n",
	       ruleset_count(ruleset), n);
	CHECK(ruleset_count(ruleset) > 2500);
	ruleset_unref(ruleset);
}

static bool same(struct corpus *corpus, const struct event *event)
{
	const uint32_t *a, *b;
	const size_t n = detect_event(corpus->fast, event, &a),
		     m = detect_event(corpus->slow, event, &b);

	corpus->matches += m;
	return n == m && (n == 0 || memcmp(a, b, n * sizeof *a) == 0);
}

/* One to three changes: a letter, its case, a cut, a text of another field. */
static void change(struct corpus *corpus, struct event *event, struct arena *arena)
{
	const uint32_t changes = 1 + testing_random(&corpus->state, 3);
	struct event_field *field = arena_alloc(arena, (event->count + 1) * sizeof *field);

	memcpy(field, event->field, event->count * sizeof *field);
	event->field = field;
	event->raw = event->body = SV_NONE;
	for (uint32_t i = 0; i < changes && event->count > 0; i++) {
		struct event_field *one =
			&field[testing_random(&corpus->state, (uint32_t)event->count)];
		const struct sv text = arena_dup(arena, one->text);
		char *p = arena_alloc(arena, text.n + 1);

		if (text.n == 0)
			continue;
		memcpy(p, text.p, text.n);
		one->text = (struct sv){ p, text.n };
		switch (testing_random(&corpus->state, 4)) {
		case 0: p[testing_random(&corpus->state, (uint32_t)text.n)] ^= 0x20; break;
		case 1: p[testing_random(&corpus->state, (uint32_t)text.n)] = 'q'; break;
		case 2: one->text.n = testing_random(&corpus->state, (uint32_t)text.n + 1); break;
		default:
			one->text =
				field[testing_random(&corpus->state, (uint32_t)event->count)].text;
			break;
		}
	}
}

static void take_event(struct corpus *corpus, const struct event *event)
{
	struct arena *arena = arena_new((size_t)1 << 24);

	CHECK(same(corpus, event));
	corpus->events++;
	for (int i = 0; i < 40; i++) {
		struct event copy = *event;

		change(corpus, &copy, arena);
		CHECK(same(corpus, &copy));
		corpus->changed++;
		arena_clear(arena);
	}
	arena_free(arena);
}

/* Events of a file that its rule (the file's name) matches. */
static size_t own_matches(struct corpus *corpus, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	const struct sv id = { name, strcspn(name, ".") };
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, NULL);
	struct event event;
	uint64_t record;
	size_t own = 0;
	int status;

	while (reader && (status = event_reader_next(reader, &event, &record, NULL)) != 0) {
		const uint32_t *match;
		size_t count;

		if (status < 0)
			continue;
		count = detect_event(corpus->fast, &event, &match);
		for (size_t i = 0; i < count; i++)
			own += sv_eq(ruleset_rule(corpus->ruleset, match[i])->id, id);
		take_event(corpus, &event);
	}
	event_reader_close(reader);
	return own;
}

/* match_count of the folder's info.yml, at least 1. */
static size_t wanted_matches(const char *folder)
{
	char path[PATH_ROOM + 16], text[4096];
	const char *at;
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/info.yml", folder);
	file = fopen(path, "r");
	if (!file)
		return 1;
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	fclose(file);
	at = strstr(text, "match_count:");
	return at ? strtoul(at + strlen("match_count:"), NULL, 10) : 1;
}

static void walk(struct corpus *corpus, const char *folder, int depth)
{
	DIR *list = depth < DEPTH ? opendir(folder) : NULL;

	for (struct dirent *entry; list && (entry = readdir(list));) {
		const struct sv name = sv_from(entry->d_name);
		char path[PATH_ROOM];

		if (entry->d_name[0] == '.' || (size_t)snprintf(path, sizeof path, "%s/%s", folder,
								entry->d_name) >= sizeof path)
			continue;
		if (sv_ends(name, SV(".json")) || sv_ends(name, SV(".evtx"))) {
			const bool found = own_matches(corpus, path) >= wanted_matches(folder);

			corpus->samples++;
			corpus->found += found;
			if (!found)
				printf("# not found by its own rule: %s\n", path);
		} else if (!sv_ends(name, SV(".yml"))) {
			walk(corpus, path, depth + 1);
		}
	}
	if (list)
		closedir(list);
}

TEST(samples_are_found_by_their_rules)
{
	struct corpus corpus = { .state = 4711 };
	char path[PATH_ROOM];

	NEED_SIGMA("regression_data");
	corpus.ruleset = load_all(false);
	REQUIRE(corpus.ruleset != NULL);
	corpus.fast = detect_session_new(corpus.ruleset);
	corpus.slow = detect_session_new(corpus.ruleset);
	corpus.slow->without_prefilter = true;
	is_there("regression_data", path);
	walk(&corpus, path, 0);
	printf("# %zu of %zu samples, %zu events and %zu changed ones, %zu matches\n", corpus.found,
	       corpus.samples, corpus.events, corpus.changed, corpus.matches);
	CHECK(corpus.samples >= 182);
	CHECK_INT(corpus.found, corpus.samples);
	detect_session_free(corpus.fast);
	detect_session_free(corpus.slow);
	ruleset_unref(corpus.ruleset);
}
