/* Articles, aliases and visitors at their bounds; the pages are tested over HTTP (tests/site/board). */
#include "centre/board.h"
#include "centre/visitors.h"
#include "forms/testing.h"

static bool open_board(struct desk *desk)
{
	return desk_open(desk) &&
	       store_migrate(desk->store, board_migrations, board_migration_count, &desk->err) == 0 &&
	       store_exec(desk->store, "INSERT INTO programme VALUES ('p2')", &desk->err) == 0;
}

TEST(milestones)
{
	static const struct {
		uint64_t visitors, milestone;
	} row[] = {
		{ 0, 0 },	  { 999, 0 },	    { 1000, 1000 },   { 2499, 1000 },
		{ 2500, 2500 },	  { 4999, 2500 },   { 5000, 5000 },   { 9999, 5000 },
		{ 10000, 10000 }, { 24999, 10000 }, { 25000, 25000 }, { 99999, 50000 },
		{ 100000, 100000 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_INT(board_milestone(row[i].visitors), row[i].milestone);
}

static int write_article(struct desk *desk, const char *id, int32_t day)
{
	const struct article article = {
		.id = sv_from(id),
		.programme = SV("p1"),
		.kind = ARTICLE_NEWS,
		.day = { day },
		.title = { SV("題"), SV_NONE },
		.text = { SV("本文"), SV_NONE },
		.published = true,
		.changed = desk->now,
	};

	return article_write(desk->store, &article, SV("person"), &desk->err);
}

TEST(bound_of_articles)
{
	struct article_filter filter = { .programme = SV("p1"), .kind = -1, .published = true };
	const struct article *list;
	struct desk desk;
	char id[32];
	size_t count;

	REQUIRE(open_board(&desk));
	REQUIRE_BEGIN(&desk);
	for (unsigned i = 0; i < BOARD_ARTICLES_MAX; i++) {
		snprintf(id, sizeof id, "a%u", i);
		CHECK_INT(write_article(&desk, id, (int32_t)(i % 100)), 0);
	}
	/* One that is there may be changed; one more may not come. */
	CHECK_INT(write_article(&desk, "a0", 500), 0);
	CHECK_INT(write_article(&desk, "more", 1), -1);
	CHECK_INT(desk.err.code, ERR_RANGE);
	desk.err = (struct err)ERR_INIT;
	filter.limit = 3;
	REQUIRE(article_list(desk.store, &filter, desk.arena, &list, &count, &desk.err) == 0);
	REQUIRE(count == 3);
	CHECK_SV(list[0].id, SV("a0")); /* the newest day first, then the last written */
	CHECK_SV(list[1].id, SV("a999"));
	CHECK_SV(list[2].id, SV("a899"));
	filter.limit = SIZE_MAX;
	REQUIRE(article_list(desk.store, &filter, desk.arena, &list, &count, &desk.err) == 0);
	CHECK_INT(count, BOARD_ARTICLES_MAX);
	store_rollback(desk.store);
	desk_close(&desk);
}

TEST(aliases_are_of_one_programme)
{
	struct board_site site = { .since = { 20000 }, .before = 5 }, found;
	char text[BOARD_ALIASES_MAX][16];
	struct desk desk;
	struct sv programme;

	REQUIRE(open_board(&desk));
	for (unsigned i = 0; i < BOARD_ALIASES_MAX; i++) {
		snprintf(text[i], sizeof text[i], "alias-%u", i);
		site.alias[site.alias_count++] = sv_from(text[i]);
	}
	CHECK_INT(board_site_change(desk.store, SV("p1"), &site, &desk.err), 0);
	REQUIRE(board_site(desk.store, SV("p1"), desk.arena, &found, &desk.err) == 0);
	CHECK_INT(found.alias_count, BOARD_ALIASES_MAX);
	CHECK_INT(found.visitors, 5);
	CHECK_INT(board_alias(desk.store, SV("alias-3"), desk.arena, &programme, &desk.err), 1);
	CHECK_SV(programme, SV("p1"));
	CHECK_INT(board_alias(desk.store, SV("alias-9"), desk.arena, &programme, &desk.err), 0);
	site.alias_count = 1;
	CHECK_INT(board_site_change(desk.store, SV("p2"), &site, &desk.err), -1);
	CHECK_INT(desk.err.code, ERR_CONFLICT);
	desk.err = (struct err)ERR_INIT;
	desk_close(&desk);
}

/* How many are counted of so many addresses, each twice. */
static uint64_t count_of(struct desk *desk, unsigned addresses, const char *programme)
{
	struct visitors *visitors = visitors_new();
	struct board_site site = { .visitors = 0 };
	char address[32];

	for (unsigned i = 0; i < 2 * addresses; i++) {
		snprintf(address, sizeof address, "10.%u.%u.%u", i % addresses >> 16 & 255,
			 i % addresses >> 8 & 255, i % addresses & 255);
		visitors_seen(visitors, sv_from(programme), sv_from(address), (struct day){ 100 });
	}
	CHECK(visitors_any(visitors));
	CHECK_INT(visitors_write(visitors, desk->store, &desk->err), 0);
	CHECK(!visitors_any(visitors));
	visitors_free(visitors);
	CHECK_INT(board_site(desk->store, sv_from(programme), desk->arena, &site, &desk->err), 0);
	CHECK_INT(site.since.n, 100);
	return site.visitors;
}

TEST(visitors_are_counted_once_a_day_up_to_the_bound)
{
	struct visitors *visitors = visitors_new();
	struct board_site site;
	struct desk desk;

	REQUIRE(open_board(&desk));
	CHECK_INT(count_of(&desk, 1000, "p1"), 1000);
	CHECK_INT(count_of(&desk, VISITORS_A_DAY_MAX + 10, "p2"), VISITORS_A_DAY_MAX);
	visitors_seen(visitors, SV("p1"), SV("10.0.0.1"), (struct day){ 101 });
	visitors_seen(visitors, SV("p1"), SV("10.0.0.1"), (struct day){ 102 });
	visitors_seen(visitors, SV("p1"), SV("10.0.0.1"), (struct day){ 102 });
	CHECK_INT(visitors_write(visitors, desk.store, &desk.err), 0);
	REQUIRE(board_site(desk.store, SV("p1"), desk.arena, &site, &desk.err) == 0);
	CHECK_INT(site.visitors, 1002);
	visitors_free(visitors);
	desk_close(&desk);
}
