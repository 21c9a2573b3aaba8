/* A whole lottery of the edition of 2024 in the records: 62 for 40 (S-30). */
#include "lottery/lottery.h"
#include "programme/hall.h"

#define COMPANY                                                                                         \
	TESTING_SHOP                                                                                    \
		" courses=training person=江戸花子 person_kana=エドハナコ person_role=officer" \
		" motivation=学びたい equipment=utm policy=in_place two_star=declared"              \
		" person_agrees=yes company_agrees=yes privacy=yes conditions=yes"
enum { COMPANIES = 62 };

static const struct lottery_officer office = { { "p1", 2 },
					       { "事務 花子", 13 },
					       { "secretariat", 11 } };
static const struct lottery_officer city = { { "p2", 2 }, { "都 太郎", 10 }, { "city", 4 } };
static const struct lottery_officer other = { { "p3", 2 },
					      { "事務 次郎", 13 },
					      { "secretariat", 11 } };
static const struct sv reason = { "応募の傾きに合わせて", 30 };
static const struct sv proof = { "庁内の放送で発表", 24 };

struct room {
	struct hall h;
	char id[COMPANIES + 1][UUID_TEXT_MAX];
	unsigned companies;
};

/* A corporate number: twelve digits, and the check digit in front. */
static const char *corporate_number(unsigned n, char text[static 14])
{
	unsigned sum = 0;

	snprintf(text, 14, "0%012u", 100000 + n);
	for (unsigned i = 1; i <= 12; i++)
		sum += (unsigned)(text[13 - i] - '0') * (i % 2 == 1 ? 1 : 2);
	text[0] = (char)('9' - (char)(sum % 9));
	return text;
}

static bool company(struct room *r, const char *industry)
{
	char number[14], change[200];
	struct reception reception;

	snprintf(change, sizeof change, "corporate_number=%s industry=%s mail=c%u@shouten.example",
		 corporate_number(r->companies, number), industry, r->companies);
	if (!hall_receive(&r->h, change, &reception) || reception.what != RECEIVED_NEW) {
		printf("# company %u (%s): not received\n", r->companies, industry);
		return false;
	}
	memcpy(r->id[r->companies++], reception.id, UUID_TEXT_MAX);
	return true;
}

/* Companies that look alike are looked at by a person first. */
static bool accept(struct room *r, const char *id)
{
	(void)hall_apply(&r->h, id, "clear_review", BY_SECRETARIAT, "basis=別の会社", NULL);
	return hall_apply(&r->h, id, "accept_rules", BY_SECRETARIAT,
			  "level=十分 person=江戸花子 own_cost_told=yes", NULL) == 0;
}

static bool room_open(struct room *r, unsigned companies)
{
	static const char *const industry[] = { "retail", "manufacturing", "service" };

	*r = (struct room){ .h = { .arena = arena_new(TESTING_MEMORY) } };
	if (!hall_open_edition(&r->h, testing_file("2024-taisei.yaml", r->h.arena), "2024-taisei",
			       COMPANY, "2024-06-10T10:00:00+09:00") ||
	    store_migrate(r->h.store, lottery_migrations, lottery_migration_count, &r->h.err) < 0)
		return false;
	for (unsigned i = 0; i < companies; i++)
		if (!company(r, industry[i % 3]) || !accept(r, r->id[i]))
			return false;
	r->h.now = testing_at("2024-07-01T10:00:00+09:00");
	return true;
}

/* Ends the transaction: what went well is kept. Returns the error's code. */
static enum err_code end(struct room *r, int status)
{
	const enum err_code code = status < 0 ? r->h.err.code : ERR_OK;

	if (status >= 0 && store_commit(r->h.store, &r->h.err) != 0)
		return ERR_INTERNAL;
	store_rollback(r->h.store);
	if (status < 0)
		printf("# refused: %s\n", r->h.err.text);
	r->h.err = (struct err)ERR_INIT;
	return code;
}

static bool begin(struct room *r)
{
	return store_begin(r->h.store, &r->h.err) == 0;
}

static enum err_code prepare(struct room *r, enum lottery_source source, const char *after)
{
	const struct instant at = testing_at(after);
	const struct lottery_plan plan = { source, lottery_round_at(at), at, SV("宝くじの番号") };

	return begin(r) ? end(r, lottery_prepare(r->h.store, r->h.catalogue, r->h.entry, &plan,
						 &office, r->h.now, r->h.arena, &r->h.err))
			: ERR_INTERNAL;
}

static struct lottery load(struct room *r)
{
	struct lottery lottery = { .state = LOTTERY_STATE_COUNT };

	CHECK(lottery_load(r->h.store, r->h.entry, r->h.arena, &lottery, &r->h.err) >= 0);
	return lottery;
}

static enum err_code publish(struct room *r, struct sv digest)
{
	return begin(r) ? end(r, lottery_publish(r->h.store, r->h.entry, digest, &city, r->h.now,
						 r->h.arena, &r->h.err))
			: ERR_INTERNAL;
}

static enum err_code enter(struct room *r, const struct lottery_officer *who, const char *value)
{
	bool drawn = false;

	return begin(r) ? end(r, lottery_enter(r->h.store, r->h.entry, sv_from(value), proof, who,
					       r->h.now, r->h.arena, &drawn, &r->h.err))
			: ERR_INTERNAL;
}

static enum err_code move(struct room *r, uint32_t a, uint32_t b, uint32_t c)
{
	const struct lottery_frame frame[] = { { SV("retail_wholesale"), a },
					       { SV("construction_manufacturing"), b },
					       { SV("service_other"), c } };

	return begin(r) ? end(r, lottery_move(r->h.store, r->h.entry, frame, 3, reason, &office,
					      r->h.now, r->h.arena, &r->h.err))
			: ERR_INTERNAL;
}

/* As the centre's thread does: one application, one transaction. */
static unsigned tell(struct room *r, unsigned most)
{
	const struct lottery_step *step;
	size_t count;
	unsigned done = 0;

	CHECK_INT(lottery_steps(r->h.store, most, r->h.arena, &step, &count, &r->h.err), 0);
	for (size_t i = 0; i < count; i++) {
		char id[UUID_TEXT_MAX];
		struct transition transition;
		struct refused refused;
		struct application application;
		int status;

		snprintf(id, sizeof id, "%.*s", SV_ARG(step[i].application));
		CHECK(begin(r) && hall_load(&r->h, id, &application));
		status = application_apply(
			r->h.store, r->h.entry, &application,
			&(struct application_change){ .event = step[i].won ? SV("drawn")
									   : SV("not_drawn"),
						      .by = BY_CENTRE,
						      .now = r->h.now },
			r->h.arena, &transition, &refused, &r->h.err);
		CHECK(status >= 0 && lottery_step_done(r->h.store, &step[i], status == 0, r->h.now,
						       &r->h.err) == 0);
		CHECK_INT(end(r, 0), ERR_OK);
		done++;
	}
	return done;
}

TEST(who_waits_and_when_R_016)
{
	struct room r;

	REQUIRE(room_open(&r, 4));
	r.h.now = testing_at("2024-06-28T10:00:00+09:00");
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"),
		  ERR_CONFLICT); /* open */
	r.h.now = testing_at("2024-06-20T10:00:00+09:00");
	CHECK(company(&r, "retail"));
	r.h.now = testing_at("2024-07-01T10:00:00+09:00");
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"),
		  ERR_CONFLICT); /* one is looked at */
	CHECK_INT(hall_apply(&r.h, r.id[4], "refuse", BY_SECRETARIAT, "reason=水準", NULL), 0);
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	/* No more than places: no entropy is needed, and publication draws. */
	CHECK_INT(load(&r).source, LOTTERY_NONE);
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	CHECK_INT(load(&r).state, LOTTERY_DRAWN);
	CHECK_INT(load(&r).row_count, 4);
	for (size_t i = 0; i < 4; i++)
		CHECK(load(&r).row[i].won);
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"),
		  ERR_CONFLICT); /* never again */
	hall_close(&r.h);
}

TEST(frames_move_before_the_draw_R_018_T_10)
{
	const struct lottery_movement *movement;
	struct room r;
	size_t count;

	REQUIRE(room_open(&r, 62));
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(move(&r, 12, 10, 20), ERR_RANGE); /* the total of 40 stays */
	CHECK_INT(load(&r).row_count, 62);
	CHECK_INT(move(&r, 12, 8, 20), ERR_OK);
	CHECK_INT(load(&r).state, LOTTERY_STATE_COUNT); /* prepared with the old ones: gone */
	CHECK_INT(lottery_movements(r.h.store, r.h.entry, r.h.arena, &movement, &count, &r.h.err),
		  0);
	CHECK_INT(count, 1);
	CHECK_SV(movement[0].reason, reason);
	CHECK_SV(movement[0].officer.name, office.name);
	CHECK_INT(movement[0].frame[0].places, 12);
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(load(&r).rule.frame[1].places, 8);
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	CHECK_INT(move(&r, 10, 10, 20), ERR_CONFLICT); /* not after the publication */
	hall_close(&r.h);
}

TEST(nobody_comes_or_goes_between_list_and_publication)
{
	struct room r;
	struct sv digest;

	REQUIRE(room_open(&r, 45));
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	digest = load(&r).digest;
	CHECK_INT(publish(&r, SV("00")), ERR_CONFLICT);
	CHECK_INT(hall_apply(&r.h, r.id[3], "withdraw", BY_APPLICANT, "reason=都合", NULL), 0);
	CHECK_INT(publish(&r, digest), ERR_CONFLICT);
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(load(&r).row_count, 44);
	CHECK(!sv_eq(load(&r).digest, digest));
	/* The entropy has to be far enough away: LOTTERY_AHEAD_SECONDS, at the edge. */
	r.h.now =
		(struct instant){ load(&r).after.us - LOTTERY_AHEAD_SECONDS * INSTANT_SECOND + 1 };
	CHECK_INT(publish(&r, load(&r).digest), ERR_CONFLICT);
	r.h.now.us--;
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	CHECK_INT(publish(&r, load(&r).digest), ERR_CONFLICT);
	hall_close(&r.h);
}

static const char signature[] = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
				"e342b73a8dd2bacbe47e4b6b63ed5e39";
static const char wrong_signature[] =
	"b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
	"e342b73a8dd2bacbe47e4b6b63ed5e38";

TEST(the_beacon_is_entered_by_two_officers_R_017)
{
	struct room r;
	struct lottery lottery;
	struct sha256 seed, random;
	char text[2 * SHA256_SIZE + 1];
	char list_digest[2 * SHA256_SIZE + 1];
	struct buf list;
	unsigned won = 0;

	REQUIRE(room_open(&r, COMPANIES));
	CHECK_INT(enter(&r, &office, signature), ERR_CONFLICT); /* nothing is public */
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(enter(&r, &office, signature), ERR_CONFLICT);
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	CHECK_INT(enter(&r, &office, signature), ERR_CONFLICT); /* it does not exist yet */
	r.h.now = load(&r).after;
	CHECK_INT(enter(&r, &office, "abc"), ERR_FORMAT);
	CHECK_INT(enter(&r, &office, wrong_signature), ERR_OK);
	CHECK_INT(enter(&r, &city, signature), ERR_CONFLICT); /* one of them is wrong */
	CHECK_INT(enter(&r, &office, signature), ERR_OK); /* the first officer corrects himself */
	CHECK_INT(load(&r).state, LOTTERY_PUBLISHED);
	CHECK_INT(enter(&r, &city, signature), ERR_OK);
	lottery = load(&r);
	CHECK_INT(lottery.state, LOTTERY_DRAWN);
	CHECK_INT(enter(&r, &other, signature), ERR_CONFLICT); /* no second draw */
	/* All of it follows from what is public. */
	CHECK(lottery_randomness(sv_from(signature), &random));
	seed = lottery_seed(SV("2024-taisei"), lottery.round_text,
			    (struct sv){ (char *)random.byte, SHA256_SIZE });
	CHECK_SV(lottery.seed, sv_from(hex_encode(seed.byte, SHA256_SIZE, text)));
	buf_init(&list, 65536);
	CHECK_INT(lottery_list_text(&lottery, r.h.arena, &list, &r.h.err), 0);
	random = sha256_of(buf_sv(&list));
	CHECK_SV(lottery.digest, sv_from(hex_encode(random.byte, SHA256_SIZE, list_digest)));
	buf_done(&list);
	for (size_t i = 0; i < lottery.row_count; i++) {
		won += lottery.row[i].won;
		CHECK_INT(lottery.row[i].order, i + 1);
	}
	CHECK_INT(won, 40); /* S-30 */
	hall_close(&r.h);
}

TEST(two_officers_values)
{
	struct room r;

	REQUIRE(room_open(&r, 50));
	CHECK_INT(prepare(&r, LOTTERY_OFFICERS, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	r.h.now = (struct instant){ load(&r).after.us - 1 };
	CHECK_INT(enter(&r, &office, "1234"), ERR_CONFLICT);
	r.h.now.us++;
	CHECK_INT(enter(&r, &office, ""), ERR_RANGE);
	CHECK_INT(enter(&r, &office, "12\n34"), ERR_FORMAT);
	CHECK_INT(enter(&r, &office, "1234"), ERR_OK);
	CHECK_INT(enter(&r, &office, "5678"), ERR_CONFLICT); /* another officer */
	CHECK_INT(load(&r).state, LOTTERY_PUBLISHED);
	CHECK_INT(enter(&r, &city, "5678"), ERR_OK);
	CHECK_INT(load(&r).state, LOTTERY_DRAWN);
	CHECK_SV(load(&r).beacon, SV("313233340a35363738")); /* "1234\n5678" */
	CHECK_SV(load(&r).round_text, SV("officers"));
	hall_close(&r.h);
}

TEST(everybody_hears_once_and_places_go_on)
{
	const struct lottery_row *next = NULL;
	struct lottery lottery;
	struct sv winner = SV_NONE, ticket;
	struct room r;
	size_t frame = 0;

	REQUIRE(room_open(&r, COMPANIES));
	CHECK_INT(prepare(&r, LOTTERY_OFFICERS, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(lottery_ticket(r.h.store, sv_from(r.id[0]), r.h.arena, &ticket, &r.h.err), 0);
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	CHECK_INT(lottery_ticket(r.h.store, sv_from(r.id[0]), r.h.arena, &ticket, &r.h.err), 1);
	/* One withdraws between publication and draw: the draw goes by the list. */
	CHECK_INT(hall_apply(&r.h, r.id[5], "withdraw", BY_APPLICANT, "reason=都合", NULL), 0);
	r.h.now = load(&r).after;
	CHECK_INT(enter(&r, &office, "1"), ERR_OK);
	CHECK_INT(enter(&r, &city, "2"), ERR_OK);
	/* Ends in the middle and goes on: nobody hears twice. */
	CHECK_INT(tell(&r, 20), 20);
	lottery = load(&r);
	REQUIRE(begin(&r));
	CHECK_INT(end(&r, lottery_next(r.h.store, r.h.catalogue, &lottery,
				       lottery.row[0].application, r.h.arena, &next, &r.h.err)),
		  ERR_CONFLICT); /* not before all have heard */
	CHECK_INT(tell(&r, 1000), COMPANIES - 20);
	CHECK_INT(tell(&r, 1000), 0);
	CHECK_INT(hall_ask(&r.h,
			   "SELECT COUNT(*) FROM application WHERE state IN ('papers', 'reserve')"),
		  61);
	CHECK_INT(
		hall_ask(
			&r.h,
			"SELECT COUNT(*) FROM application_log WHERE event IN ('drawn', 'not_drawn')"),
		61);
	CHECK_INT(hall_ask(&r.h, "SELECT COUNT(*) FROM lottery_entry WHERE fate = 'gone'"), 1);
	/* A winner withdraws: the place goes to the next of the same frame. */
	lottery = load(&r);
	for (size_t i = 0; i < lottery.row_count && !winner.p; i++)
		if (lottery.row[i].won && lottery.row[i].fate == FATE_APPLIED &&
		    lottery.row[i].seat == 0) {
			winner = lottery.row[i].application;
			frame = lottery.row[i].seat;
		}
	REQUIRE(winner.p && begin(&r));
	CHECK_INT(end(&r, lottery_next(r.h.store, r.h.catalogue, &lottery, winner, r.h.arena, &next,
				       &r.h.err)),
		  ERR_CONFLICT); /* the winner holds it */
	{
		char id[UUID_TEXT_MAX];

		snprintf(id, sizeof id, "%.*s", SV_ARG(winner));
		CHECK_INT(hall_apply(&r.h, id, "withdraw", BY_APPLICANT, "reason=都合", NULL), 0);
	}
	REQUIRE(begin(&r));
	CHECK_INT(lottery_next(r.h.store, r.h.catalogue, &lottery, winner, r.h.arena, &next,
			       &r.h.err),
		  1);
	REQUIRE(next);
	CHECK_INT(next->frame, frame);
	CHECK(!next->won);
	CHECK_INT(end(&r,
		      lottery_follow(r.h.store, &lottery, winner, next, true, r.h.now, &r.h.err)),
		  ERR_OK);
	/* The same place does not go on twice. */
	lottery = load(&r);
	REQUIRE(begin(&r));
	CHECK_INT(end(&r, lottery_next(r.h.store, r.h.catalogue, &lottery, winner, r.h.arena, &next,
				       &r.h.err)),
		  ERR_CONFLICT);
	hall_close(&r.h);
}

TEST(what_is_public_is_never_changed)
{
	static const char *const sql[] = {
		"UPDATE lottery SET digest = 'x'",
		"UPDATE lottery SET seed = 'x' WHERE state = 'drawn'",
		"DELETE FROM lottery",
		"UPDATE lottery_entry SET rank = 1",
	};
	struct room r;

	REQUIRE(room_open(&r, 3));
	CHECK_INT(prepare(&r, LOTTERY_BEACON, "2024-07-05T10:00:00+09:00"), ERR_OK);
	CHECK_INT(publish(&r, load(&r).digest), ERR_OK);
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
		CHECK(store_exec(r.h.store, sql[i], &r.h.err) != 0);
		r.h.err = (struct err)ERR_INIT;
	}
	hall_close(&r.h);
}
