#include "centre/user_key.h"

#include "base/test.h"

TEST(R_053_one_person_is_one_user_however_typed)
{
	static const struct {
		const char *typed, *key;
	} row[] = {
		{ "田中 太郎", "田中太郎" },
		{ "田中　太郎", "田中太郎" }, /* U+3000 */
		{ " 田中太郎\t", "田中太郎" },
		{ "Tanaka Taro", "tanakataro" },
		{ "ＴＡＮＡＫＡ　Ｔａｒｏ", "tanakataro" },
		{ "ﾀﾅｶ ﾀﾛｳ", "タナカタロウ" },
		{ "ﾊﾞﾊﾟｶﾞﾂﾞｳﾞ", "バパガヅヴ" },
		{ "か\xe3\x82\x99", "が" }, /* decomposed */
		{ "う\xe3\x82\x99は\xe3\x82\x9a", "ゔぱ" },
		{ "か　\xe3\x82\x99", "が" }, /* a space before the mark */
		{ "たろう", "たろう" }, /* not katakana */
		{ "佐藤(経理)", "佐藤(経理)" },
		{ "佐藤（経理）", "佐藤(経理)" },
		{ "PC-1", "pc-1" },
		{ "𠮷野", "𠮷野" },
		{ "", "" },
		{ " 　", "" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "\xe3\x81", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* half of a pair */
		{ "\xc1\x81", "\xef\xbf\xbd\xef\xbf\xbd" },		     /* overlong A */
	};
	struct arena *arena = arena_new(1U << 16);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_SV(user_key(sv_from(row[i].typed), arena), sv_from(row[i].key));
	arena_free(arena);
}

TEST(others_are_others)
{
	static const char *const name[] = { "田中太郎", "田中次郎", "たなか", "タナカ", "PC-1", "PC-2",
					    "ユーザ", "ユーザー" };
	struct arena *arena = arena_new(1U << 16);

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		for (size_t k = 0; k < i; k++)
			CHECK(!sv_eq(user_key(sv_from(name[i]), arena),
				     user_key(sv_from(name[k]), arena)));
	arena_free(arena);
}
