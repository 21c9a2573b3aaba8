#include "forms/testing.h"

static struct draft draft_of(const struct desk *desk, const char *token, const char *mail,
			     struct answer *item, size_t count)
{
	return (struct draft){
		.programme = SV("p1"), .file_version = 1, .form_version = SV("2"),
		.token = sv_from(token), .mail = sv_from(mail), .answers = { item, count },
		.saved = desk->now,
	};
}

static bool save(struct desk *desk, const struct draft *draft, char secret[DRAFT_SECRET_MAX],
		 bool *is_new)
{
	const bool good = store_begin(desk->store, &desk->err) == 0 &&
			  draft_save(desk->store, draft, secret, is_new, &desk->err) == 0 &&
			  store_commit(desk->store, &desk->err) == 0;

	store_rollback(desk->store);
	return good;
}

static int load(struct desk *desk, const char *secret, struct draft *ret)
{
	return draft_load(desk->store, sv_from(secret), desk->now, desk->arena, ret, &desk->err);
}

TEST(a_draft_comes_back_as_it_was_typed)
{
	struct answer item[] = { { SV("company"), SV(" 株式会社見本\n") },
				 { SV("days"), SV("mon") },
				 { SV("days"), SV("tue") },
				 { SV("founded.year"), SV("二千") } };
	char secret[DRAFT_SECRET_MAX], other[DRAFT_SECRET_MAX];
	struct draft draft, found;
	struct desk desk;
	uint64_t count;
	bool is_new;

	REQUIRE(desk_open(&desk));
	draft = draft_of(&desk, "token 1", "a@b.example", item, 4);
	REQUIRE(save(&desk, &draft, secret, &is_new));
	CHECK(is_new);
	REQUIRE(load(&desk, secret, &found) == 1);
	REQUIRE(found.answers.count == 4);
	for (size_t i = 0; i < 4; i++) {
		CHECK_SV(found.answers.item[i].name, item[i].name);
		CHECK_SV(found.answers.item[i].value, item[i].value);
	}
	CHECK_SV(found.token, SV("token 1"));
	CHECK_SV(found.form_version, SV("2"));
	CHECK_INT(load(&desk, "no such secret", &found), 0);
	/* Saved again it is the same one, with the same link. */
	draft.answers.count = 1;
	REQUIRE(save(&desk, &draft, other, &is_new));
	CHECK(!is_new);
	CHECK_STR(other, secret);
	REQUIRE(load(&desk, secret, &found) == 1);
	CHECK_INT(found.answers.count, 1);
	/* To another address goes another link, and the first opens nothing any more. */
	draft.mail = SV("c@d.example");
	REQUIRE(save(&desk, &draft, other, &is_new));
	CHECK(is_new);
	CHECK_INT(load(&desk, secret, &found), 0);
	CHECK_INT(load(&desk, other, &found), 1);
	CHECK_INT(drafts_of_mail(desk.store, SV("c@d.example"), desk.now, &count, &desk.err), 0);
	CHECK_INT(count, 1);
	desk_close(&desk);
}

TEST(a_draft_ends_with_its_days_or_with_its_application)
{
	struct answer item[] = { { SV("company"), SV("x") } };
	char secret[DRAFT_SECRET_MAX];
	struct draft draft, found;
	struct desk desk;
	bool is_new;

	REQUIRE(desk_open(&desk));
	draft = draft_of(&desk, "token 1", "a@b.example", item, 1);
	REQUIRE(save(&desk, &draft, secret, &is_new));
	CHECK_INT(draft_sent(desk.store, SV("token 1"), SV("application 1"), &desk.err), 0);
	REQUIRE(load(&desk, secret, &found) == 1);
	CHECK_SV(found.application, SV("application 1"));
	CHECK_INT(found.answers.count, 0); /* kept once, with the application */
	CHECK_INT(found.token.n, 0);
	draft = draft_of(&desk, "token 2", "a@b.example", item, 1);
	REQUIRE(save(&desk, &draft, secret, &is_new));
	desk.now.us += DRAFT_DAYS * INT64_C(86400) * INSTANT_SECOND - 1;
	CHECK_INT(load(&desk, secret, &found), 1);
	desk.now.us += 1;
	CHECK_INT(load(&desk, secret, &found), 0);
	CHECK_INT(draft_sweep(desk.store, desk.now, &desk.err), 0);
	desk.now.us -= 10;
	CHECK_INT(load(&desk, secret, &found), 0);
	desk_close(&desk);
}

TEST(bound_of_answers)
{
	static struct answer item[DRAFT_ANSWERS_MAX + 1];
	char secret[DRAFT_SECRET_MAX];
	struct draft draft;
	struct desk desk;
	bool is_new;

	REQUIRE(desk_open(&desk));
	for (size_t i = 0; i <= DRAFT_ANSWERS_MAX; i++)
		item[i] = (struct answer){ SV("days"), SV("mon") };
	draft = draft_of(&desk, "token 1", "a@b.example", item, DRAFT_ANSWERS_MAX);
	CHECK(save(&desk, &draft, secret, &is_new));
	draft.answers.count++;
	CHECK(!save(&desk, &draft, secret, &is_new));
	CHECK_INT(desk.err.code, ERR_TOO_LARGE);
	desk.err = (struct err)ERR_INIT;
	desk_close(&desk);
}

/* ---- a renewed form ---- */

static struct programme_field field(const char *id)
{
	return (struct programme_field){ .id = sv_from(id), .kind = FIELD_TEXT,
					 .label = { sv_from(id), sv_from(id) } };
}

static struct programme_form form(const struct programme_field *fields, size_t count)
{
	struct programme_section *section = calloc(1, sizeof *section);

	*section = (struct programme_section){ .field = fields, .field_count = count };
	return (struct programme_form){ .section = section, .section_count = 1 };
}

TEST(what_a_renewed_form_has_changed)
{
	struct programme_option option[] = { { .id = SV("a") }, { .id = SV("b") } };
	struct programme_field before[8], now[8];
	const struct renewed *list;
	struct arena *arena = arena_new(1 << 20);
	struct programme_form a, b;
	static const enum renewed_kind wanted[] = { RENEWED_KIND, RENEWED_NEEDED, RENEWED_OPTIONS,
						    RENEWED_CONSENT, RENEWED_WORDS, RENEWED_NEW,
						    RENEWED_GONE };
	size_t count;

	for (unsigned i = 0; i < 8; i++) {
		static const char *const id[] = { "same", "kind", "needed", "options",
						  "consent", "words", "fresh", "gone" };

		before[i] = now[i] = field(id[i]);
	}
	now[1].kind = FIELD_NUMBER;
	now[2].required = true;
	before[3].option = now[3].option = option;
	before[3].option_count = 1;
	now[3].option_count = 2;
	now[4].consent_version = SV("2");
	now[5].label = (struct programme_text){ SV("別の言葉"), SV("other words") };
	before[6] = before[7]; /* no fresh one, but the one that goes */
	a = form(before, 7);
	b = form(now, 7);
	count = form_renewed(&a, &b, arena, &list);
	CHECK_INT(count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < count && i < sizeof wanted / sizeof *wanted; i++) {
		CHECK_INT(list[i].kind, wanted[i]);
		CHECK_INT(list[i].before != NULL, wanted[i] != RENEWED_NEW);
		CHECK_INT(list[i].now != NULL, wanted[i] != RENEWED_GONE);
	}
	CHECK_INT(form_renewed(&a, &a, arena, &list), 0);
	free((void *)(uintptr_t)a.section);
	free((void *)(uintptr_t)b.section);
	arena_free(arena);
}
