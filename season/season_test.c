/*
 * Seasons of every edition that is there: nothing is lost, no place is given
 * twice, who must act is found, and the same seed is the same season.
 */
#include <dirent.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/test.h"
#include "season/internal.h"

#define MEMORY ((size_t)256 << 20)
#define FILES_MAX 32
#define COMPANIES 400
#define DAYS 320

struct files {
	char name[FILES_MAX][256];
	size_t count;
};

static void list_files(struct files *files)
{
	DIR *folder = opendir(PROGRAMME_FILES);
	const struct dirent *entry;

	files->count = 0;
	while (folder && (entry = readdir(folder)) && files->count < FILES_MAX) {
		if (sv_ends(sv_from(entry->d_name), SV(".yaml")))
			snprintf(files->name[files->count++], sizeof files->name[0], "%s",
				 entry->d_name);
	}
	if (folder)
		closedir(folder);
}

static struct programme *read_edition(const char *name, struct arena *arena)
{
	struct programme_problems problems;
	struct err err = ERR_INIT;
	char path[600];

	snprintf(path, sizeof path, "%s/%s", PROGRAMME_FILES, name);
	return programme_read(path, arena, &problems, &err);
}

static struct season_result *play(const struct programme *programme, const char *policy,
				  uint64_t seed, struct arena *arena)
{
	const struct season_options options = { .companies = COMPANIES, .days = DAYS,
						.seed = seed };
	struct err err = ERR_INIT;
	const struct season_policy *read =
		policy ? season_policy_read(programme, sv_from(policy), "policy", arena, &err)
		       : season_policy_new(arena);
	struct season_result *season =
		read ? season_play(programme, read, &options, arena, &err) : NULL;

	if (!season)
		printf("# %s\n", err.text);
	return season;
}

static uint32_t now_of(const struct season_result *season)
{
	uint32_t sum = 0;

	for (size_t s = 0; s < programme_facts(season->programme)->state_count; s++)
		sum += season->state[s].now;
	return sum;
}

TEST(every_edition_has_a_season)
{
	struct files files;

	list_files(&files);
	CHECK(files.count >= 5);
	for (size_t i = 0; i < files.count; i++) {
		struct arena *arena = arena_new(MEMORY);
		struct programme *programme = read_edition(files.name[i], arena);
		const struct season_result *season =
			programme ? play(programme, NULL, 7, arena) : NULL;

		printf("# %s\n", files.name[i]);
		REQUIRE(season);
		CHECK_INT(season->tried, season->received + season->refused);
		CHECK_INT(now_of(season), season->received);
		CHECK_INT(season->stuck, 0);
		CHECK(season->marked[MARK_CONFIRMED] > 0);
		CHECK(season->marked[MARK_ENDED] > season->received / 2);
		for (size_t c = 0; c < programme_facts(programme)->course_count; c++)
			CHECK(season->course[c].taken <= season->course[c].places);
		programme_free(programme);
		arena_free(arena);
	}
}

TEST(the_same_seed_is_the_same_season)
{
	struct arena *arena = arena_new(MEMORY);
	struct programme *programme = read_edition("2025-kihon.yaml", arena);
	struct season_result *season[3];
	struct buf text[3];

	REQUIRE(programme);
	for (size_t i = 0; i < 3; i++) {
		season[i] = play(programme, NULL, i == 2 ? 2 : 1, arena);
		REQUIRE(season[i]);
		buf_init(&text[i], 1U << 22);
		season_put_json(&text[i], &season[i], 1);
	}
	CHECK(sv_eq(buf_sv(&text[0]), buf_sv(&text[1])));
	CHECK(!sv_eq(buf_sv(&text[0]), buf_sv(&text[2])));
	for (size_t i = 0; i < 3; i++)
		buf_done(&text[i]);
	programme_free(programme);
	arena_free(arena);
}

TEST(fewer_hands_are_later)
{
	struct arena *arena = arena_new(MEMORY);
	struct programme *programme = read_edition("2025-kihon.yaml", arena);
	const struct season_result *many, *few;

	REQUIRE(programme);
	many = play(programme, "roles: { secretariat: { per_week: 500 } }", 1, arena);
	few = play(programme, "roles: { secretariat: { per_week: 20 } }", 1, arena);
	REQUIRE(many && few);
	CHECK_INT(many->tried, few->tried); /* the same companies */
	CHECK(few->role[BY_SECRETARIAT].peak > 2 * many->role[BY_SECRETARIAT].peak);
	CHECK(few->role[BY_SECRETARIAT].breach > many->role[BY_SECRETARIAT].breach);
	CHECK(few->since_receipt[MARK_CONFIRMED].median >
	      many->since_receipt[MARK_CONFIRMED].median);
	programme_free(programme);
	arena_free(arena);
}

TEST(policies)
{
	static const struct {
		const char *text, *want; /* want: part of the error; NULL: good */
	} row[] = {
		{ "name: x", NULL },
		{ "answers: { employees: { median: 20, p90: 90 }, industry: { retail: 3 } }", NULL },
		{ "answers: { diagnosed.utm_possible: { \"no\": 100 } }", NULL },
		{ "choices: { received: { accept_rules: 50, lapse: 1 } }", NULL },
		{ "work: { guidance: { days: 30, effort: 4 } }", NULL },
		{ "places: { edr: 70 }", NULL },
		{ "roles: { city: { per_week: 9, weekdays: [tuesday], order: oldest } }", NULL },
		{ "arrivals: { shape: late, half_days: 10 }", NULL },
		{ "applicants: { silent: 100 }", NULL },
		{ "nam: x", "policy:1:1: there is no such setting: nam" },
		{ "answers: { emploiees: { median: 20 } }", "no such field" },
		{ "choices: { recieved: { accept_rules: 1 } }", "no such state" },
		{ "choices: { received: { approve: 1 } }", "no such event" },
		{ "places: { edr: -1 }", "a number from 0" },
		{ "places: { none: 1 }", "no such course" },
		{ "roles: { chief: { per_week: 1 } }", "no such role" },
		{ "roles: { city: { per_week: many } }", "a number from 0" },
		{ "roles: { city: { weekdays: [] } }", "a list of days" },
		{ "applicants: { silent: 101 }", "a number from 0" },
		{ "arrivals: { shape: round }", "shape is" },
		{ "- a", "names with values" },
		{ "a: b: c", "policy" },
	};
	struct arena *arena = arena_new(MEMORY);
	struct programme *programme = read_edition("2025-kihon.yaml", arena);

	REQUIRE(programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;
		const struct season_policy *policy = season_policy_read(
			programme, sv_from(row[i].text), "policy", arena, &err);
		const bool is_good = !row[i].want ? policy != NULL
						  : !policy && strstr(err.text, row[i].want);

		if (!is_good)
			printf("# %s: %s\n", row[i].text, policy ? "read" : err.text);
		CHECK(is_good);
	}
	programme_free(programme);
	arena_free(arena);
}

TEST(the_page_is_whole)
{
	struct arena *arena = arena_new(MEMORY);
	struct programme *programme = read_edition("2024-taisei.yaml", arena);
	struct season_result *season[2];
	struct buf page;

	REQUIRE(programme);
	season[0] = play(programme, "name: <b>&", 1, arena);
	season[1] = play(programme, NULL, 1, arena);
	REQUIRE(season[0] && season[1]);
	for (int english = 0; english < 2; english++) {
		buf_init(&page, 1U << 24);
		season_put_page(&page, season, 2, english == 1);
		CHECK(!page.full);
		CHECK(sv_find(buf_sv(&page), SV("<b>&"), 0) == SIZE_MAX);
		CHECK(sv_find(buf_sv(&page), SV("&lt;b&gt;&amp;"), 0) != SIZE_MAX);
		CHECK(sv_find(buf_sv(&page), SV("</html>"), 0) != SIZE_MAX);
		CHECK(sv_find(buf_sv(&page), SV("http"), 0) == /* nothing is fetched */
		      sv_find(buf_sv(&page), SV("http-equiv"), 0));
		buf_done(&page);
	}
	programme_free(programme);
	arena_free(arena);
}

TEST(queues_and_spans)
{
	struct queue queue = { NULL, 0, 0 };
	struct spans *spans = mem_zalloc(sizeof *spans);
	struct season_span span;
	struct task task, last = { INT64_MIN, 0, 0 };
	struct stream random = stream_of(1, 1, 1);

	for (uint32_t i = 0; i < 1000; i++)
		queue_put(&queue, (struct task){ (int64_t)stream_below(&random, 50), i, 0 });
	for (uint32_t i = 0; i < 1000; i++) {
		REQUIRE(queue_take(&queue, &task));
		CHECK(task.key > last.key || (task.key == last.key && task.who > last.who));
		last = task;
	}
	CHECK(!queue_take(&queue, &task));
	queue_free(&queue);
	for (int64_t i = 1; i <= 10; i++)
		spans_add(spans, i == 10 ? INT64_C(100000) : i);
	span = spans_sum(spans);
	CHECK_INT(span.count, 10);
	CHECK_INT(span.median, 5);
	CHECK_INT(span.p90, 9);
	CHECK_INT(span.longest, SPAN_DAYS_MAX);
	free(spans);
}
