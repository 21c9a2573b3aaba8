/* Pictures of every edition: all its states and ways, the same bytes each time. */
#include <dirent.h>

#include "programme/draw.h"
#include "programme/testing.h"

#define PICTURE_BYTES (4U << 20)

static bool has(const struct buf *picture, struct sv text)
{
	return sv_find(buf_sv(picture), text, 0) != SIZE_MAX;
}

/* The beginning of a name: long ones are cut, marks are escaped. */
static struct sv beginning(struct sv name)
{
	size_t n = 0;

	while (n < name.n && n < 12 && (unsigned char)name.p[n] > '>')
		n++;
	while (n > 0 && n < name.n && ((unsigned char)name.p[n] & 0xC0) == 0x80)
		n--;
	return sv_slice(name, 0, n);
}

static size_t count_of(const struct buf *picture, struct sv text)
{
	size_t count = 0;

	for (size_t at = sv_find(buf_sv(picture), text, 0); at != SIZE_MAX;
	     at = sv_find(buf_sv(picture), text, at + 1))
		count++;
	return count;
}

static void check_picture(const struct programme *programme, bool english)
{
	const struct programme_facts *facts = programme_facts(programme);
	struct err err = ERR_INIT;
	struct buf picture, again;

	buf_init(&picture, PICTURE_BYTES);
	buf_init(&again, PICTURE_BYTES);
	CHECK_INT(programme_draw(programme, english, &picture, &err), 0);
	CHECK_INT(programme_draw(programme, english, &again, &err), 0);
	CHECK(!picture.full && sv_eq(buf_sv(&picture), buf_sv(&again)));
	CHECK(sv_starts(buf_sv(&picture), SV("<svg ")));
	CHECK(!has(&picture, SV("nan")) && !has(&picture, SV("inf")));
	CHECK_INT(count_of(&picture, SV("class=\"card\"")), facts->state_count);
	for (size_t s = 0; s < facts->state_count; s++)
		CHECK(has(&picture, beginning(english ? facts->state[s].name.en
						      : facts->state[s].name.ja)));
	buf_done(&picture);
	buf_done(&again);
}

TEST(every_edition_is_drawn)
{
	DIR *folder = opendir(PROGRAMME_FILES);
	const struct dirent *entry;
	size_t count = 0;

	REQUIRE(folder);
	while ((entry = readdir(folder))) {
		struct arena *arena;
		struct programme *programme;

		if (!sv_ends(sv_from(entry->d_name), SV(".yaml")))
			continue;
		arena = arena_new(TESTING_MEMORY);
		programme = testing_parse(testing_file(entry->d_name, arena), arena);
		printf("# %s\n", entry->d_name);
		REQUIRE(programme);
		check_picture(programme, false);
		check_picture(programme, true);
		count++;
		programme_free(programme);
		arena_free(arena);
	}
	closedir(folder);
	CHECK(count >= 5);
}

TEST(ways_and_deadlines)
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct programme *programme =
		testing_parse(testing_file("2025-kihon.yaml", arena), arena);
	const struct programme_facts *facts;
	struct programme_ways ways;
	struct err err = ERR_INIT;
	size_t to_diagnosis = 0, anywhere = 0;
	bool is_hard = false;

	REQUIRE(programme);
	facts = programme_facts(programme);
	REQUIRE(programme_ways(programme, arena, &ways, &err) == 0);
	CHECK(ways.item[0].from == WAY_FROM_START && ways.item[0].to == 0);
	for (size_t i = 0; i < ways.count; i++) {
		to_diagnosis += ways.item[i].from != ways.item[i].to &&
				sv_eq(facts->state[ways.item[i].to].id, SV("diagnosis"));
		anywhere += ways.item[i].anywhere &&
			    sv_eq(facts->state[ways.item[i].to].id, SV("withdrawn"));
	}
	CHECK_INT(to_diagnosis, 2);  /* expert_contact and reschedule */
	CHECK_INT(anywhere, facts->state_count - 5); /* from all that are not ends */
	CHECK(sv_eq(programme_due_text(programme, 0, &is_hard, arena).ja, SV("3営業日以内")));
	CHECK(is_hard); /* */
	programme_free(programme);
	arena_free(arena);
}
