#include "centre/invitation.h"

#include "base/test.h"
#include "centre/consent.h"
#include "centre/session.h"
#include "centre/testing.h"

#define DAY_US (24 * 60 * 60 * INSTANT_SECOND)

static struct sv invite(struct testing *testing, const char *mail, unsigned tenant)
{
	const struct application application = {
		.id = SV("0193b1c0-0000-7000-8000-00000000a001"),
		.company = sv_from(testing->tenant[tenant].company),
		.mail = sv_from(mail),
		.contact = SV("店主 一郎"),
	};
	const struct catalogue_entry entry = { .id = sv_from(testing->tenant[tenant].programme) };
	struct sv secret = SV_NONE;
	struct err err = ERR_INIT;

	CHECK(store_begin(testing->store, &err) == 0 &&
	      invitation_create(testing->store, &application, &entry, testing->now,
				(struct instant){ 1 }, testing->arena, &secret, &err) == 0 &&
	      store_commit(testing->store, &err) == 0);
	return secret;
}

static struct invitation find(struct testing *testing, struct sv secret)
{
	struct invitation invitation = { .state = INVITATION_UNKNOWN };
	struct err err = ERR_INIT;

	CHECK(invitation_find(testing->store, secret, testing->now, testing->arena, &invitation,
			      &err) == 0);
	return invitation;
}

TEST(a_link_is_good_for_fourteen_days)
{
	struct testing *testing = testing_new();
	const struct sv secret = invite(testing, "Owner@Shop.example", 0);
	const struct invitation invitation = find(testing, secret);

	CHECK_INT(invitation.state, INVITATION_OPEN);
	CHECK_SV(invitation.mail, SV("owner@shop.example"));
	CHECK_SV(invitation.company, sv_from(testing->tenant[0].company));
	CHECK_SV(invitation.company_name, SV("tenant-0"));
	CHECK_INT(invitation.role, ROLE_OWNER);
	CHECK_INT(invitation.account.n, 0);
	testing->now.us += INVITATION_DAYS * DAY_US - 1;
	CHECK_INT(find(testing, secret).state, INVITATION_OPEN);
	testing->now.us += 1;
	CHECK_INT(find(testing, secret).state, INVITATION_OVER);
	CHECK_INT(find(testing, SV("hki_wrong")).state, INVITATION_UNKNOWN);
	testing_free(testing);
}

TEST(a_new_link_ends_the_one_before_and_no_other)
{
	struct testing *testing = testing_new();
	const struct sv first = invite(testing, "owner@shop.example", 0),
			other = invite(testing, "second@shop.example", 0),
			elsewhere = invite(testing, "owner@shop.example", 1),
			again = invite(testing, "owner@shop.example", 0);

	CHECK_INT(find(testing, first).state, INVITATION_OVER);
	CHECK_INT(find(testing, other).state, INVITATION_OPEN);
	CHECK_INT(find(testing, elsewhere).state, INVITATION_OPEN);
	CHECK_INT(find(testing, again).state, INVITATION_OPEN);
	testing_free(testing);
}

TEST(a_link_is_used_once)
{
	struct testing *testing = testing_new();
	const struct sv secret = invite(testing, "owner@shop.example", 0),
			person = testing_person(testing, ROLE_OWNER, 1, "owner@shop.example");
	const struct invitation invitation = find(testing, secret);
	struct err err = ERR_INIT;

	CHECK_SV(invitation.account, person);
	REQUIRE(store_begin(testing->store, &err) == 0);
	CHECK(invitation_use(testing->store, &invitation, person, testing->now, &err) == 0);
	CHECK(invitation_use(testing->store, &invitation, person, testing->now, &err) == -1);
	CHECK_INT(err.code, ERR_CONFLICT);
	REQUIRE(store_commit(testing->store, &err) == 0);
	CHECK_INT(find(testing, secret).state, INVITATION_USED);
	testing->now.us += INVITATION_DAYS * DAY_US;
	CHECK_INT(find(testing, secret).state, INVITATION_USED); /* not "over": sign in instead */
	testing_free(testing);
}

TEST(the_secret_stands_nowhere)
{
	struct testing *testing = testing_new();
	const struct sv secret = invite(testing, "owner@shop.example", 0);
	const struct sv link = invitation_link(testing->arena, "https://x.example:8443", secret);
	struct err err = ERR_INIT;
	struct store_query *query =
		store_ask(testing->store, &err, "SELECT count(*) FROM invitation WHERE hash = $1",
			  STORE_TEXT(secret));

	REQUIRE(query && store_step(query, &err) == 1);
	CHECK_INT(store_int(query, 0), 0);
	store_done(query);
	CHECK_INT(secret.n, 4 + 43);
	CHECK(sv_starts(link, SV("https://x.example:8443/invitation#hki_")));
	testing_free(testing);
}

TEST(R_119_a_consent_keeps_its_text)
{
	struct testing *testing = testing_new();
	const struct sv company = sv_from(testing->tenant[0].company),
			person = testing_person(testing, ROLE_OWNER, 0, "owner@shop.example");
	const struct consent_wish wish = { .text = consent_find(SV("watch")),
					   .language = LANGUAGE_EN,
					   .person = person,
					   .company = company };
	const struct consent_row *row;
	struct err err = ERR_INIT;
	size_t count;

	REQUIRE(wish.text != NULL);
	CHECK(consent_find(SV("nothing")) == NULL);
	REQUIRE(consent_list(testing->store, company, LANGUAGE_JA, testing->arena, &row, &count,
			     &err) == 0);
	CHECK_INT(count, consent_text_count); /* all of them wait */
	REQUIRE(store_begin(testing->store, &err) == 0);
	for (int i = 0; i < CONSENT_PAGE_MAX + 1; i++)
		REQUIRE(consent_give(testing->store, &wish, testing->now, &err) == 0);
	REQUIRE(store_commit(testing->store, &err) == 0);
	REQUIRE(consent_list(testing->store, company, LANGUAGE_JA, testing->arena, &row, &count,
			     &err) == 0);
	CHECK_INT(count, 1 + CONSENT_PAGE_MAX);
	CHECK_SV(row[0].id, SV("use"));
	CHECK_INT(row[0].at.us, 0);
	CHECK_SV(row[1].text, sv_from(wish.text->in[LANGUAGE_EN].text)); /* as it was read */
	CHECK_SV(row[1].version, sv_from(wish.text->version));
	CHECK_SV(row[1].person, person);
	testing_free(testing);
}

TEST(every_text_is_whole)
{
	for (size_t i = 0; i < consent_text_count; i++) {
		const struct consent_text *text = &consent_texts[i];

		CHECK(text->roles != 0 && strlen(text->version) > 0);
		CHECK(strcmp(text->scope, "account") == 0 || strcmp(text->scope, "company") == 0);
		for (int k = 0; k < 2; k++)
			CHECK(strlen(text->in[k].title) > 0 && strlen(text->in[k].text) > 40);
	}
}
