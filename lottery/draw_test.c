/* The draw: facts' test vector, frames, the beacon, and that nothing depends on the order given. */
#include "base/mem.h"
#include "base/test.h"
#include "lottery/lottery.h"
#include "store/testing.h"

static const char *hex(struct sha256 digest, char text[static 2 * SHA256_SIZE + 1])
{
	return hex_encode(digest.byte, SHA256_SIZE, text);
}

TEST(the_vector_of_the_scheme_R_017)
{
	struct lottery_entry entry[] = {
		{ SV("A-0004"), LOTTERY_NO_FRAME }, { SV("A-0001"), LOTTERY_NO_FRAME },
		{ SV("A-0005"), LOTTERY_NO_FRAME }, { SV("A-0003"), LOTTERY_NO_FRAME },
		{ SV("A-0002"), LOTTERY_NO_FRAME },
	};
	static const char *const order[] = { "A-0002", "A-0004", "A-0001", "A-0003", "A-0005" };
	const struct lottery_rule rule = { .places = 2 };
	const struct sha256 seed = lottery_seed(SV("demo-2026"), SV("27946612"), SV(""));
	struct lottery_result result[5];
	char text[2 * SHA256_SIZE + 1];
	struct err err = ERR_INIT;
	struct buf list;

	buf_init(&list, 4096);
	CHECK_INT(lottery_list(&rule, entry, 5, &list, &err), 0);
	CHECK_SV(buf_sv(&list), SV("A-0001\nA-0002\nA-0003\nA-0004\nA-0005\n"));
	CHECK_STR(hex(sha256_of(buf_sv(&list)), text),
		  "6668c15e49275464bbd4f54b61ee3df6af00a8d5fa84423fe23472b4766d2eca");
	CHECK_STR(hex(seed, text),
		  "4b5eb5214d930dd1b8fda44f7a7637f999777b364b103dc138c81053f7cc3c9a");
	lottery_draw(&rule, entry, 5, &seed, result);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_SV(entry[result[i].entry].ticket, sv_from(order[i]));
		CHECK_INT(result[i].won, i < 2);
	}
	CHECK(lottery_is_needed(&rule, entry, 5));
	buf_done(&list);
}

/* RFC 4231, test case 2, has a key of four bytes: here only 32 bytes are keys, so Python's result. */
TEST(score_is_an_hmac)
{
	struct sha256 key;
	char text[2 * SHA256_SIZE + 1];

	memset(key.byte, 0x0b, sizeof key.byte);
	CHECK_STR(hex(lottery_score(&key, SV("Hi There")), text),
		  "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
}

/*
 * Frames in one line: "places of frames | open places | moves | entries by frame" and
 * what must come out: winners by frame of the entry, and places that stay empty.
 */
static const struct frames_row {
	const char *name;
	uint32_t places[3], open;
	bool moves;
	unsigned entries[4];	     /* of each frame, and of none */
	unsigned winners, framed[3]; /* in all; of each frame at least */
	bool needed;
} frames[] = {
	{ "S-30 R-016: 62 for 40 by frame",
	  { 10, 10, 20 },
	  0,
	  true,
	  { 20, 18, 24, 0 },
	  40,
	  { 10, 10, 20 },
	  true },
	{ "a frame that is not filled gives its places on",
	  { 10, 10, 20 },
	  0,
	  true,
	  { 25, 4, 33, 0 },
	  40,
	  { 10, 4, 20 },
	  true },
	{ "or they stay empty",
	  { 10, 10, 20 },
	  0,
	  false,
	  { 25, 4, 33, 0 },
	  34,
	  { 10, 4, 20 },
	  true },
	{ "R-016: no more than places: everybody",
	  { 10, 10, 20 },
	  0,
	  true,
	  { 17, 11, 12, 0 },
	  40,
	  { 17, 11, 12 },
	  false },
	{ "the same where places stay",
	  { 10, 10, 20 },
	  0,
	  false,
	  { 17, 11, 12, 0 },
	  32,
	  { 10, 10, 12 },
	  true },
	{ "open places are for all, also of no frame",
	  { 2, 2, 0 },
	  3,
	  false,
	  { 4, 1, 0, 2 },
	  6,
	  { 2, 1, 0 },
	  true },
	{ "who is of no frame gets what is left",
	  { 2, 2, 2 },
	  0,
	  true,
	  { 2, 2, 1, 3 },
	  6,
	  { 2, 2, 1 },
	  true },
	{ "nobody", { 1, 1, 1 }, 0, true, { 0, 0, 0, 0 }, 0, { 0, 0, 0 }, false },
};

TEST(frames_are_filled_each_by_score)
{
	static const struct lottery_frame none[3] = { { SV("a"), 0 },
						      { SV("b"), 0 },
						      { SV("c"), 0 } };

	for (size_t r = 0; r < sizeof frames / sizeof *frames; r++) {
		const struct frames_row *row = &frames[r];
		struct lottery_frame frame[3];
		struct lottery_rule rule = { row->open, frame, 3, row->moves };
		struct lottery_entry entry[128];
		struct lottery_result result[128];
		unsigned won = 0, framed[4] = { 0 };
		size_t count = 0;
		char ticket[128][8];

		memcpy(frame, none, sizeof frame);
		for (size_t f = 0; f < 4; f++)
			for (unsigned i = 0; i < row->entries[f]; i++, count++) {
				snprintf(ticket[count], sizeof ticket[count], "T%zu", count);
				entry[count] =
					(struct lottery_entry){ sv_from(ticket[count]),
								f < 3 ? f : LOTTERY_NO_FRAME };
			}
		for (size_t f = 0; f < 3; f++)
			rule.places += frame[f].places = row->places[f];
		for (unsigned round = 0; round < 20; round++) {
			const struct sha256 seed = lottery_seed(
				SV("x"), SV("1"), (struct sv){ (char *)&round, sizeof round });

			lottery_draw(&rule, entry, count, &seed, result);
			won = 0;
			memset(framed, 0, sizeof framed);
			for (size_t i = 0; i < count; i++) {
				const size_t f = entry[result[i].entry].frame;

				won += result[i].won;
				framed[f < 3 ? f : 3] += result[i].won;
				CHECK(!result[i].won || result[i].seat == LOTTERY_NO_FRAME ||
				      result[i].seat == f);
				CHECK(i == 0 || memcmp(result[i - 1].score.byte,
						       result[i].score.byte, SHA256_SIZE) < 0);
			}
			CHECK_INT(won, row->winners);
			for (unsigned f = 0; f < 3; f++)
				CHECK(framed[f] >= row->framed[f]);
		}
		CHECK_INT(lottery_is_needed(&rule, entry, count), row->needed);
		if (test_failed) {
			printf("# row: %s\n", row->name);
			return;
		}
	}
}

/* S-30: an earlier receipt gives no advantage: what goes in first is sorted away. */
TEST(the_order_of_receipt_changes_nothing_S_30)
{
	const struct lottery_frame frame[] = { { SV("a"), 5 }, { SV("b"), 7 } };
	const struct lottery_rule rule = { 14, frame, 2, true };
	struct lottery_entry one[60], other[60];
	struct lottery_result drawn[60], again[60];
	char ticket[60][8];
	const struct sha256 seed = lottery_seed(SV("x"), SV("9"), SV("beacon"));
	struct buf list, list_again;
	uint64_t state = 7;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 60; i++) {
		snprintf(ticket[i], sizeof ticket[i], "K%02zu", i);
		one[i] = (struct lottery_entry){ sv_from(ticket[i]),
						 i % 3 == 2 ? LOTTERY_NO_FRAME : i % 3 };
		other[i] = one[i];
	}
	for (size_t i = 59; i > 0; i--) {
		const size_t k = testing_random(&state) % (i + 1);
		const struct lottery_entry swapped = other[i];

		other[i] = other[k];
		other[k] = swapped;
	}
	buf_init(&list, 4096);
	buf_init(&list_again, 4096);
	CHECK_INT(lottery_list(&rule, one, 60, &list, &err), 0);
	CHECK_INT(lottery_list(&rule, other, 60, &list_again, &err), 0);
	CHECK_SV(buf_sv(&list_again), buf_sv(&list));
	CHECK(sv_starts(buf_sv(&list), SV("K00 a\nK01 b\nK02 -\n")));
	lottery_draw(&rule, one, 60, &seed, drawn);
	lottery_draw(&rule, other, 60, &seed, again);
	for (size_t i = 0; i < 60; i++) {
		CHECK_SV(other[again[i].entry].ticket, one[drawn[i].entry].ticket);
		CHECK_INT(again[i].won, drawn[i].won);
	}
	buf_done(&list);
	buf_done(&list_again);
}

/* Over many seeds every ticket of a frame wins about equally often. */
TEST(no_ticket_is_preferred)
{
	enum { TICKETS = 10, ROUNDS = 4000, PLACES = 3 };
	struct lottery_entry entry[TICKETS];
	struct lottery_result result[TICKETS];
	char ticket[TICKETS][8];
	unsigned wins[TICKETS] = { 0 };

	for (size_t i = 0; i < TICKETS; i++) {
		snprintf(ticket[i], sizeof ticket[i], "T%zu", i);
		entry[i] = (struct lottery_entry){ sv_from(ticket[i]), LOTTERY_NO_FRAME };
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct sha256 seed =
			lottery_seed(SV("x"), SV("1"), (struct sv){ (char *)&round, sizeof round });

		lottery_draw(&(struct lottery_rule){ .places = PLACES }, entry, TICKETS, &seed,
			     result);
		for (size_t i = 0; i < PLACES; i++)
			wins[result[i].entry]++;
	}
	/* 1,200 expected, deviation 29: five of them. */
	for (size_t i = 0; i < TICKETS; i++)
		CHECK(wins[i] > 1055 && wins[i] < 1345);
}

TEST(what_is_no_list_is_refused)
{
	static char longest[LOTTERY_TICKET_MAX + 1];
	static const char *const wrong[] = { "", "a b", "a\nb", "é", "a\x7f" };
	struct lottery_entry entry[2] = { { SV("x"), 0 }, { SV("x"), 0 } };
	struct lottery_entry *many = mem_zalloc((LOTTERY_ENTRIES_MAX + 1) * sizeof *many);
	const struct lottery_rule rule = { .places = 1 };
	struct buf list;

	buf_init(&list, 4096);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		entry[0].ticket = sv_from(wrong[i]);
		CHECK_INT(lottery_list(&rule, entry, 1, &list, NULL), -1);
	}
	entry[0].ticket = entry[1].ticket = SV("x");
	CHECK_INT(lottery_list(&rule, entry, 2, &list, NULL), -1);
	memset(longest, 'x', sizeof longest);
	entry[0].ticket = (struct sv){ longest, LOTTERY_TICKET_MAX + 1 };
	CHECK_INT(lottery_list(&rule, entry, 1, &list, NULL), -1);
	entry[0].ticket.n = LOTTERY_TICKET_MAX;
	CHECK_INT(lottery_list(&rule, entry, 1, &list, NULL), 0);
	CHECK_INT(lottery_list(&rule, many, LOTTERY_ENTRIES_MAX + 1, &list, NULL), -1);
	CHECK_INT(lottery_list(&(struct lottery_rule){ .frame_count = LOTTERY_FRAMES_MAX + 1 },
			       entry, 1, &list, NULL),
		  -1);
	free(many);
	buf_done(&list);
}

TEST(a_place_goes_on_within_its_frame_first)
{
	const struct lottery_frame frame[] = { { SV("a"), 5 }, { SV("b"), 7 } };
	static const struct {
		bool moves;
		size_t seat, of;
		bool others, may;
	} row[] = {
		{ false, 0, 0, true, true },
		{ false, 0, 1, false, false },
		{ true, 0, 1, true, false },
		{ true, 0, 1, false, true },
		{ false, LOTTERY_NO_FRAME, 1, true, true },
		{ true, LOTTERY_NO_FRAME, LOTTERY_NO_FRAME, true, true },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct lottery_rule rule = { 12, frame, 2, row[i].moves };

		CHECK_INT(lottery_may_follow(&rule, row[i].seat, row[i].of, row[i].others),
			  row[i].may);
	}
}

TEST(rounds_of_the_beacon)
{
	struct instant at = { 0 };
	struct sha256 random;
	char text[2 * SHA256_SIZE + 1];

	/* Facts: 2026-04-20T00:00Z is round 27946612. */
	CHECK(instant_parse(SV("2026-04-20T00:00:00Z"), &at));
	CHECK_INT(lottery_round_at(at), 27946612);
	CHECK(lottery_round_time(27946612).us <= at.us && lottery_round_time(27946613).us > at.us);
	CHECK_INT(lottery_round_at((struct instant){ 0 }), 0);
	CHECK_INT(lottery_round_at(lottery_round_time(1)), 1);
	CHECK(lottery_round_time(UINT64_MAX).us > 0);
	CHECK(!lottery_randomness(SV("00"), &random));
	CHECK(!lottery_randomness(SV(""), &random));
	CHECK(lottery_randomness(
		SV("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
		   "e342b73a8dd2bacbe47e4b6b63ed5e39"),
		&random));
	CHECK_STR(hex(random, text),
		  "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd");
}
