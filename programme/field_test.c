/* What people type, and what is kept of it. Kanji of names by code point. */
#include "programme/testing.h"

static enum field_problem fold(struct season *s, enum programme_field_kind kind, struct sv typed,
			       struct sv *ret)
{
	const struct programme_field field = { .id = SV("f"), .kind = kind, .min = 0,
					       .max = kind == FIELD_NUMBER || kind == FIELD_YEN
							      ? 1000000000000
							      : 20 };

	*ret = SV("");
	return field_fold(s->programme, &field, typed, s->arena, ret);
}

TEST(kinds)
{
	static const struct {
		enum programme_field_kind kind;
		const char *typed, *kept; /* NULL: refused */
	} row[] = {
		/* Names stay as typed; only what surrounds them goes. */
		{ FIELD_TEXT, "  　火消商店　 ", "火消商店" },
		{ FIELD_TEXT, "\xe9\xab\x99\xe6\xa9\x8b", "\xe9\xab\x99\xe6\xa9\x8b" }, /* hashigo-taka */
		{ FIELD_TEXT, "ＡＢＣ", "ＡＢＣ" },
		{ FIELD_TEXT, "a\nb", NULL },
		{ FIELD_TEXT, "a\x1b[31m", NULL },
		{ FIELD_TEXT, "a\xe2\x80\xaey", NULL }, /* turns the direction of writing */
		{ FIELD_TEXT, "\xff", NULL },
		{ FIELD_TEXT, "あいうえおかきくけこさしすせそたちつてと", "あいうえおかきくけこさしすせそたちつてと" },
		{ FIELD_TEXT, "あいうえおかきくけこさしすせそたちつてとな", NULL },
		{ FIELD_PARAGRAPH, "a\r\nb\r\n", "a\nb" },
		{ FIELD_KANA, "ﾋｹｼｼｮｳﾃﾝ", "ヒケシショウテン" },
		{ FIELD_KANA, "ひけし　しょうてん", "ヒケシ ショウテン" },
		{ FIELD_KANA, "ｶﾞｷﾞﾊﾟｳﾞ", "ガギパヴ" },
		{ FIELD_KANA, "エービー・シー", "エービー・シー" },
		{ FIELD_KANA, "火消", NULL },
		{ FIELD_KANA, "hikeshi", NULL },
		/* The numbers whose check digit is known to be right. */
		{ FIELD_CORPORATE_NUMBER, "4011001098993", "4011001098993" },
		{ FIELD_CORPORATE_NUMBER, "2120901007402", "2120901007402" },
		{ FIELD_CORPORATE_NUMBER, "7123456789012", "7123456789012" },
		{ FIELD_CORPORATE_NUMBER, "7000-0120-50002", "7000012050002" },
		{ FIELD_CORPORATE_NUMBER, "８０００　０２０１３０００１", "8000020130001" },
		{ FIELD_CORPORATE_NUMBER, "T7000012050002", "7000012050002" },
		{ FIELD_CORPORATE_NUMBER, "7000012050003", NULL },
		{ FIELD_CORPORATE_NUMBER, "700001205000", NULL },
		{ FIELD_CORPORATE_NUMBER, "70000120500022", NULL },
		{ FIELD_POSTAL_CODE, "163-8001", "1638001" },
		{ FIELD_POSTAL_CODE, "〒１６３ー８００１", "1638001" },
		{ FIELD_POSTAL_CODE, "163-800", NULL },
		{ FIELD_TELEPHONE, "03-1234-5678", "0312345678" },
		{ FIELD_TELEPHONE, "０３（１２３４）５６７８", "0312345678" },
		{ FIELD_TELEPHONE, "03ー1234ー5678", "0312345678" },
		{ FIELD_TELEPHONE, "03\xe2\x88\x92" "1234\xe2\x80\x90" "5678", "0312345678" },
		{ FIELD_TELEPHONE, "+81 3 1234 5678", "0312345678" },
		{ FIELD_TELEPHONE, "+81 (0)90-1234-5678", "09012345678" },
		{ FIELD_TELEPHONE, "090-1234-5678", "09012345678" },
		{ FIELD_TELEPHONE, "080-1234-5678", "08012345678" },
		{ FIELD_TELEPHONE, "070-1234-5678", "07012345678" },
		{ FIELD_TELEPHONE, "050-1234-5678", "05012345678" },
		{ FIELD_TELEPHONE, "060-1234-5678", "06012345678" },
		{ FIELD_TELEPHONE, "060-0234-5678", NULL },
		{ FIELD_TELEPHONE, "0120-123-456", "0120123456" },
		{ FIELD_TELEPHONE, "0800-123-4567", "08001234567" },
		{ FIELD_TELEPHONE, "0570-123-456", "0570123456" },
		{ FIELD_TELEPHONE, "090-1234-567", NULL },
		{ FIELD_TELEPHONE, "03-1234-56789", NULL },
		{ FIELD_TELEPHONE, "110", NULL },
		{ FIELD_TELEPHONE, "0012345678", NULL },
		{ FIELD_TELEPHONE, "", NULL },
		{ FIELD_MAIL, "hanako@Shouten.EXAMPLE", "hanako@shouten.example" },
		{ FIELD_MAIL, "Ｈａｎａ＠ｓｈｏｕｔｅｎ．ｅｘａｍｐｌｅ", "Hana@shouten.example" },
		{ FIELD_MAIL, "a.b+c@d-e.example.jp", "a.b+c@d-e.example.jp" },
		{ FIELD_MAIL, "a@b", NULL },
		{ FIELD_MAIL, "a@b@c.example", NULL },
		{ FIELD_MAIL, "@c.example", NULL },
		{ FIELD_MAIL, ".a@c.example", NULL },
		{ FIELD_MAIL, "a..b@c.example", NULL },
		{ FIELD_MAIL, "a@-c.example", NULL },
		{ FIELD_MAIL, "a@c.example.", NULL },
		{ FIELD_MAIL, "a@c..example", NULL },
		{ FIELD_MAIL, "a@1.2.3.4", NULL },
		{ FIELD_MAIL, "a b@c.example", NULL },
		{ FIELD_MAIL, "a@c.example\nBcc: x@y.example", NULL },
		{ FIELD_MAIL, "\"a\"@c.example", NULL },
		{ FIELD_NUMBER, "３０人", "30" },
		{ FIELD_NUMBER, "1,200 名", "1200" },
		{ FIELD_NUMBER, "-1", NULL },
		{ FIELD_NUMBER, "1.5", NULL },
		{ FIELD_NUMBER, "99999999999999999999", NULL },
		{ FIELD_YEN, "60,000,000円", "60000000" },
		{ FIELD_YEN, "６０００万円", "60000000" },
		{ FIELD_YEN, "1億5000万", "150000000" },
		{ FIELD_YEN, "3億", "300000000" },
		{ FIELD_YEN, "500千円", "500000" },
		{ FIELD_YEN, "万", NULL },
		{ FIELD_YEN, "5000万1億", NULL },
		{ FIELD_YEN, "99999999億", NULL },
		{ FIELD_YES_NO, "yes", "yes" },
		{ FIELD_YES_NO, "no", "no" },
		{ FIELD_YES_NO, "maybe", NULL },
		{ FIELD_DATE, "2025/06/03", "2025-06-03" },
		{ FIELD_DATE, "２０２５－０６－０３", "2025-06-03" },
		{ FIELD_DATE, "2025-02-29", NULL },
		{ FIELD_TIME, "9:05", "09:05" },
		{ FIELD_TIME, "24:00", NULL },
		{ FIELD_COURSES, "edr", "edr" },
		{ FIELD_COURSES, "EDR", NULL },
	};
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct sv kept;
		const enum field_problem problem =
			fold(&s, row[i].kind, sv_from(row[i].typed), &kept);

		if ((problem == FIELD_GOOD) != (row[i].kept != NULL))
			printf("# row %zu: '%s' gives %d\n", i, row[i].typed, (int)problem);
		CHECK((problem == FIELD_GOOD) == (row[i].kept != NULL));
		if (problem == FIELD_GOOD && row[i].kept)
			CHECK_SV(kept, sv_from(row[i].kept));
	}
	season_end(&s);
}

TEST(kept_is_fixed) /* what is kept is kept again as it is */
{
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	struct answers once, twice;
	struct form_errors errors;

	const struct answers good = testing_company("capital=1000万円", s.arena);
	REQUIRE(form_check_application(s.programme, &good, s.arena, &once, &errors, &s.err) == 0);
	REQUIRE(form_check_application(s.programme, &once, s.arena, &twice, &errors, &s.err) == 0);
	REQUIRE(once.count == twice.count);
	for (size_t i = 0; i < once.count; i++) {
		CHECK_SV(once.item[i].name, twice.item[i].name);
		CHECK_SV(once.item[i].value, twice.item[i].value);
	}
	CHECK_SV(answers_get(&once, SV("capital")), SV("10000000"));
	CHECK_SV(answers_get(&once, SV("privacy.version")), SV("2025-05-23")); /* */
	season_end(&s);
}

TEST(every_field_of_the_form)
{
	static const struct {
		const char *change, *field, *message; /* what is wrong; part of what is said */
	} row[] = {
		{ "-company", "company", "会社名・屋号：入力してください" },
		{ "company=　", "company", "入力してください" },
		{ "company_kana=漢字", "company_kana", "カタカナで" },
		{ "corporate_number=7000012050003", "corporate_number", "番号に誤り" },
		{ "postal_code=1", "postal_code", "7桁" },
		{ "prefecture=Tokyo", "prefecture", "選択肢から" },
		{ "-prefecture", "prefecture", "選択してください" },
		{ "-address", "address", "入力してください" },
		{ "industry=farming", "industry", "選択肢から" },
		{ "-capital", "capital", "入力してください" },
		{ "capital=たくさん", "capital", "円の金額" },
		{ "employees=-3", "employees", "整数" },
		{ "employees=1000001", "employees", "1000000以下" },
		{ "-contact", "contact", "入力してください" },
		{ "telephone=12", "telephone", "市外局番" },
		{ "mail=x", "mail", "name@example.jp" },
		{ "-courses", "courses", "選択してください" },
		{ "courses=lottery", "courses", "選択肢から" },
		{ "courses=utm", "utm_site", "選択してください" },
		{ "-past_support", "past_support", "選択してください" },
		{ "past_support=yes", "past_content", "選択してください" },
		{ "-subsidy", "subsidy", "選択してください" },
		{ "subsidy=yes", "subsidy_content", "選択してください" },
		{ "-clause_a", "clause_a", "ア" },
		{ "-clause_g", "clause_g", "キ" },
		{ "clause_d=no", "clause_d_plan", "選択してください" },
		{ "-privacy", "privacy", "同意いただけない場合" },
		{ "privacy=no", "privacy", "同意いただけない場合" },
		{ "-conditions", "conditions", "同意いただけない場合" },
	};
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct answers typed = testing_company(row[i].change, s.arena);
		struct form_errors errors = { NULL, 0 };
		struct answers kept;
		const int status = form_check_application(s.programme, &typed, s.arena, &kept,
							  &errors, &s.err);

		CHECK_INT(status, 1);
		CHECK_INT(errors.count, 1);
		if (errors.count != 1)
			continue;
		CHECK_SV(errors.item[0].field, sv_from(row[i].field));
		if (sv_find(errors.item[0].message.ja, sv_from(row[i].message), 0) == SIZE_MAX)
			printf("# row %zu: %.*s\n", i, SV_ARG(errors.item[0].message.ja));
		CHECK(sv_find(errors.item[0].message.ja, sv_from(row[i].message), 0) != SIZE_MAX);
		CHECK(sv_starts(errors.item[0].message.ja,
				form_label(s.programme, errors.item[0].field).ja));
		CHECK(errors.item[0].message.en.n > 0);
	}
	/* Everything wrong is told at once, in the form's order. */
	const struct answers nothing = { NULL, 0 };
	struct form_errors errors;
	struct answers kept;
	CHECK_INT(form_check_application(s.programme, &nothing, s.arena, &kept, &errors, &s.err), 1);
	CHECK(errors.count >= 20);
	CHECK_SV(errors.item[0].field, SV("company_kind"));
	season_end(&s);
}

TEST(what_is_dropped)
{
	struct form_errors errors;
	struct answers kept;
	struct season s;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	/* Of no field, of a hidden field, said twice, and a second value of one field. */
	const struct answers typed = testing_company(
		"nonsense=1 utm_site=chiba courses=edr courses=edr employees=30 employees=31"
		" past_content=edr records.services=edr decide.courses=utm",
		s.arena);
	REQUIRE(form_check_application(s.programme, &typed, s.arena, &kept, &errors, &s.err) == 0);
	CHECK(!answers_get(&kept, SV("nonsense")).p && !answers_get(&kept, SV("utm_site")).p);
	CHECK(!answers_get(&kept, SV("past_content")).p);
	CHECK(!answers_get(&kept, SV("records.services")).p);
	CHECK(!answers_get(&kept, SV("decide.courses")).p);
	CHECK_SV(answers_get(&kept, SV("employees")), SV("30"));
	size_t courses = 0;
	for (size_t i = 0; i < kept.count; i++)
		courses += sv_eq(kept.item[i].name, SV("courses"));
	CHECK_INT(courses, 1);
	/* More answers than a form may have. */
	struct answer *many = arena_zalloc(s.arena, PROGRAMME_ANSWERS_MAX + 1, sizeof *many);
	const struct answers too_many = { many, PROGRAMME_ANSWERS_MAX + 1 };
	const struct answers as_many = { many, PROGRAMME_ANSWERS_MAX };
	CHECK(form_check_application(s.programme, &too_many, s.arena, &kept, &errors, &s.err) < 0);
	CHECK_INT(form_check_application(s.programme, &as_many, s.arena, &kept, &errors, &s.err), 1);
	/* An answer of the longest length, and one byte more. */
	char *text = arena_alloc(s.arena, PROGRAMME_ANSWER_MAX + 2);
	memset(text, ' ', PROGRAMME_ANSWER_MAX + 1);
	text[0] = 'x';
	struct sv got;
	const struct programme_field field = { .id = SV("f"), .kind = FIELD_PARAGRAPH, .max = 9 };
	CHECK(field_fold(s.programme, &field, (struct sv){ text, PROGRAMME_ANSWER_MAX }, s.arena,
			 &got) == FIELD_GOOD);
	CHECK(field_fold(s.programme, &field, (struct sv){ text, PROGRAMME_ANSWER_MAX + 1 }, s.arena,
			 &got) == FIELD_TOO_LONG);
	season_end(&s);
}

TEST(searching)
{
	static const char *const same[][2] = {
		{ "株式会社火消商店", "火消商店" },
		{ "(株)火消商店", "火消商店　株式会社" },
		{ "\xe3\x88\xb1火消商店", "火消商店" }, /* (株) as one character */
		{ "\xe9\xab\x99\xe6\xa9\x8b", "高橋" },
		{ "\xef\xa8\x91山", "\xe5\xb4\x8e山" }, /* tachi-saki */
		{ "ｶﾞｰﾃﾞﾝ", "ガーデン" },
		{ "がーでん", "ガーデン" },
		{ "ＡＢＣ 商会", "abc商会" },
		{ "03-1234-5678", "0312345678" },
		{ "葛\xf3\xa0\x84\x80飾", "葛飾" }, /* a variation selector */
	};
	struct arena *arena = arena_new(TESTING_MEMORY);

	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		CHECK_SV(fold_search(sv_from(same[i][0]), arena),
			 fold_search(sv_from(same[i][1]), arena));
	CHECK(!sv_eq(fold_search(SV("火消"), arena), fold_search(SV("火事"), arena)));
	arena_free(arena);
}

TEST(shown_for_pages)
{
	const struct sv *values;
	struct season s;
	struct sv field;
	size_t count;

	season_begin(&s, "2025-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	const struct programme_field *site = programme_find_field(s.programme, SV("utm_site"));
	REQUIRE(site && form_shown_when(s.programme, site, &field, &values, &count, s.arena));
	CHECK_SV(field, SV("courses"));
	CHECK(count == 1 && sv_eq(values[0], SV("utm")));
	const struct programme_field *reason =
		programme_find_field(s.programme, SV("diagnosed.utm_reason"));
	REQUIRE(reason && form_shown_when(s.programme, reason, &field, &values, &count, s.arena));
	CHECK_SV(field, SV("utm_possible"));
	const struct programme_field *complex = programme_find_field(s.programme, SV("decide.site"));
	REQUIRE(complex);
	CHECK(!form_shown_when(s.programme, complex, &field, &values, &count, s.arena));
	CHECK(!form_shown_when(s.programme, programme_find_field(s.programme, SV("mail")), &field,
			       &values, &count, s.arena));
	CHECK_SV(form_value(s.programme, SV("capital"), SV("10000000"), s.arena).ja,
		 SV("10,000,000円"));
	CHECK_SV(form_value(s.programme, SV("postal_code"), SV("1638001"), s.arena).ja,
		 SV("163-8001"));
	CHECK_SV(form_value(s.programme, SV("decide.courses"), SV("edr"), s.arena).ja,
		 SV("②EDR導入コース"));
	CHECK_SV(form_value(s.programme, SV("expert_contact.first_date"), SV("2025-06-03"), s.arena).ja,
		 SV("令和7年6月3日(火)"));
	CHECK_SV(form_label(s.programme, SV("expert_contact.first_date")).ja, SV("初回の支援日"));
	season_end(&s);
}
