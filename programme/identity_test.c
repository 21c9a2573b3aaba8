/*
 * One company across editions and years (R-026, T-48): known by its number, alike
 * by name, reading, domain, telephone; joined, or told apart, by a person.
 */
#include "programme/hall.h"

static struct traits shop(struct arena *arena, const char *name, const char *mail)
{
	return company_traits(sv_from(name), SV("ヒケシショウテン"), sv_from(mail),
			      SV("03-1234-5678"), arena);
}

TEST(names_fold)
{
	static const struct {
		const char *one, *other;
		bool same;
	} row[] = {
		{ "株式会社火消商店", "火消商店", true },
		{ "株式会社火消商店", "火消商店(株)", true },
		{ "株式会社火消商店", "㈱火消商店", true },
		{ "株式会社 火消商店", "株式会社火消商店", true },
		{ "株式会社ＨＩＫＥＳＨＩ", "株式会社hikeshi", true },
		{ "髙橋工業", "高橋工業", true },
		{ "ﾋｹｼ工業", "ヒケシ工業", true },
		{ "火消商店", "火消商事", false },
		{ "高橋工業", "高橋興業", false },
	};
	struct arena *arena = arena_new(TESTING_MEMORY);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct traits one = shop(arena, row[i].one, "a@one.example");
		const struct traits other = shop(arena, row[i].other, "a@one.example");

		if (sv_eq(one.value[TRAIT_NAME], other.value[TRAIT_NAME]) != row[i].same)
			printf("# %s, %s\n", row[i].one, row[i].other);
		CHECK(sv_eq(one.value[TRAIT_NAME], other.value[TRAIT_NAME]) == row[i].same);
	}
	arena_free(arena);
}

TEST(domains_of_providers_tell_nothing)
{
	struct arena *arena = arena_new(TESTING_MEMORY);

	CHECK_SV(shop(arena, "火消", "a@one.example").value[TRAIT_DOMAIN], SV("one.example"));
	CHECK_SV(shop(arena, "火消", "a@gmail.com").value[TRAIT_DOMAIN], SV(""));
	CHECK_SV(shop(arena, "火消", "").value[TRAIT_DOMAIN], SV(""));
	CHECK_SV(shop(arena, "火消", "a@one.example").value[TRAIT_TELEPHONE], SV("0312345678"));
	arena_free(arena);
}

static size_t records(struct hall *h, const char *id, const char *name)
{
	struct application application;
	size_t count = 0;

	if (!hall_load(h, id, &application))
		return SIZE_MAX;
	for (size_t i = 0; i < application.is.records.count; i++)
		count += sv_eq(application.is.records.item[i].name, sv_from(name));
	return count;
}

TEST(alike_by_each_trait)
{
	static const struct {
		const char *name, *kana, *telephone, *mail;
		unsigned by;
	} row[] = {
		{ "株式会社別の会社", "ベツノカイシャ", "0398765432", "x@stranger.example", 0 },
		{ "（株）火消商店", "ベツノカイシャ", "0398765432", "x@stranger.example",
		  1U << TRAIT_NAME },
		{ "株式会社別の会社", "ひけししょうてん", "0398765432", "x@stranger.example",
		  1U << TRAIT_KANA },
		{ "株式会社別の会社", "ベツノカイシャ", "0398765432", "x@HIKESHI.example",
		  1U << TRAIT_DOMAIN },
		{ "株式会社別の会社", "ベツノカイシャ", "03-1111-2222", "x@stranger.example",
		  1U << TRAIT_TELEPHONE },
		{ "火消商店", "ベツノカイシャ", "0311112222", "x@stranger.example",
		  1U << TRAIT_NAME | 1U << TRAIT_TELEPHONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct alike *alike;
		struct reception first, second;
		struct application application;
		size_t count = 0;
		char change[300];
		struct hall h;

		snprintf(change, sizeof change,
			 "company=%s company_kana=%s telephone=%s mail=%s"
			 " corporate_number=4011001098993",
			 row[i].name, row[i].kana, row[i].telephone, row[i].mail);
		REQUIRE(hall_open(&h, SV("")));
		REQUIRE(hall_receive(&h,
				     "company=株式会社火消商店 company_kana=ヒケシショウテン"
				     " mail=a@hikeshi.example telephone=0311112222",
				     &first));
		REQUIRE(hall_receive(&h, change, &second));
		REQUIRE(hall_load(&h, second.id, &application));
		CHECK(application_alike(h.store, &application, h.arena, &alike, &count, &h.err) ==
		      0);
		CHECK_INT(count, row[i].by != 0);
		CHECK_INT(records(&h, second.id, "records.alike"), row[i].by != 0);
		if (count == 1) {
			CHECK_INT(alike[0].by, row[i].by);
			CHECK_SV(alike[0].company, sv_from(first.company));
			CHECK_SV(alike[0].number, sv_from(first.number));
		}
		hall_close(&h);
	}
}

/* A domain that many companies write from is a provider's that no list knows. */
TEST(shared_domain)
{
	static const char *const change[] = {
		"company=会社い company_kana=イ telephone=0311110001 mail=a@shared.example"
		" corporate_number=",
		"company=会社ろ company_kana=ロ telephone=0311110002 mail=b@shared.example"
		" corporate_number=",
		"company=会社は company_kana=ハ telephone=0311110003 mail=c@shared.example"
		" corporate_number=",
		"company=会社に company_kana=ニ telephone=0311110004 mail=d@shared.example"
		" corporate_number=",
	};
	static const size_t alike[] = { 0, 1, 2, 0 };
	struct reception reception;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
		REQUIRE(hall_receive(&h, change[i], &reception));
		CHECK_INT(records(&h, reception.id, "records.alike"), alike[i]);
	}
	hall_close(&h);
}

TEST(at_most_so_many)
{
	struct reception reception;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	for (size_t i = 0; i < ALIKE_MAX + 2; i++) {
		REQUIRE(hall_receive(&h, "corporate_number=", &reception));
		CHECK_INT(records(&h, reception.id, "records.alike"), i < ALIKE_MAX ? i : ALIKE_MAX);
	}
	hall_close(&h);
}

/* Companies from before traits were kept are read with the next receipts. */
TEST(old_companies)
{
	struct reception reception;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	REQUIRE(store_change(h.store, &h.err,
			     "INSERT INTO company (id, name, name_kana, address, created_at)"
			     " VALUES ($1, '火消商店（株）', 'ムカシ', '', 0)",
			     STORE_TEXT(SV("old"))) == 0);
	REQUIRE(hall_receive(&h, "company=株式会社火消商店", &reception));
	CHECK_INT(records(&h, reception.id, "records.alike"), 1);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM company WHERE has_traits = 0"), 0);
	hall_close(&h);
}

/* 0, or the error's code. */
static int identify(struct hall *h, const char *id, const char *company, const char *reason)
{
	struct application application;
	int status = -1;

	if (store_begin(h->store, &h->err) < 0 || !hall_load(h, id, &application))
		return -1;
	status = application_identify(h->store, h->entry, &application,
				      &(struct identified){ .company = sv_from(company),
							    .reason = sv_from(reason),
							    .actor = SV("p"),
							    .actor_name = SV("事務 花子"),
							    .now = h->now,
							    .version = application.version },
				      h->arena, &h->err);
	if (status == 0)
		return store_commit(h->store, &h->err);
	store_rollback(h->store);
	status = (int)h->err.code;
	h->err = (struct err)ERR_INIT;
	return status;
}

#define KNOWN "company=株式会社火消商店 corporate_number="

TEST(joined)
{
	struct reception first, second;
	struct application application;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	REQUIRE(hall_receive(&h, KNOWN, &first));
	REQUIRE(store_change(h.store, &h.err,
			     "INSERT INTO participation (id, company, programme, course, since_at)"
			     " VALUES ('p1', $1, $2, 'edr', 0)",
			     STORE_TEXT(sv_from(first.company)), STORE_TEXT(h.entry->id)) == 0);
	REQUIRE(hall_receive(&h, "company=㈱火消商店 mail=z@else.example", &second));
	CHECK(strcmp(first.company, second.company) != 0);
	CHECK_INT(records(&h, second.id, "records.services"), 0);
	CHECK_INT(records(&h, second.id, "records.alike_services"), 1);
	CHECK_INT(records(&h, second.id, "records.alike_programmes"), 1);

	CHECK_INT(identify(&h, second.id, first.company, ""), ERR_USAGE);
	CHECK_INT(identify(&h, second.id, "another", "登記を見た"), ERR_NOT_FOUND);
	CHECK_INT(identify(&h, second.id, first.company, "登記を見た"), 0);
	REQUIRE(hall_load(&h, second.id, &application));
	CHECK_SV(application.company, sv_from(first.company));
	CHECK_INT(records(&h, second.id, "records.alike"), 0);
	CHECK_INT(records(&h, second.id, "records.services"), 1);
	CHECK_INT(records(&h, second.id, "records.running"), 1);
	CHECK_INT(records(&h, second.id, "records.other_contact"), 1);
	CHECK(records(&h, second.id, "records.review") > 0);
	/* the company is known by the number now that only its new form had */
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM company WHERE corporate_number IS NOT NULL"),
		  1);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM company c JOIN application a"
			       " ON a.company = c.id WHERE c.corporate_number IS NOT NULL"),
		  2);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM application_log WHERE event = 'identified'"),
		  1);
	hall_close(&h);
}

TEST(told_apart)
{
	struct reception first, second;
	struct application application;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	REQUIRE(hall_receive(&h, KNOWN, &first));
	REQUIRE(hall_receive(&h, "company=㈱火消商店", &second));
	CHECK_INT(records(&h, second.id, "records.alike"), 1);
	CHECK_INT(identify(&h, second.id, "", "同じ名前の別の会社"), 0);
	REQUIRE(hall_load(&h, second.id, &application));
	CHECK_SV(application.company, sv_from(second.company));
	CHECK_INT(records(&h, second.id, "records.alike"), 0);
	hall_close(&h);
}

TEST(not_once_it_is_final)
{
	struct reception first, second;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	REQUIRE(hall_receive(&h, KNOWN, &first));
	REQUIRE(hall_receive(&h, "company=㈱火消商店", &second));
	REQUIRE(store_change(h.store, &h.err,
			     "UPDATE application SET confirmed_at = 1 WHERE id = $1",
			     STORE_TEXT(sv_from(second.id))) == 0);
	CHECK_INT(identify(&h, second.id, first.company, "登記を見た"), ERR_CONFLICT);
	hall_close(&h);
}
