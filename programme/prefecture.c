/* The prefectures of Japan: a list that every form needs and nobody should have to write. */
#include "programme/internal.h"

/* clang-format off */
static const char *const prefecture[][2] = {
	{ "hokkaido", "北海道" },  { "aomori", "青森県" },    { "iwate", "岩手県" },
	{ "miyagi", "宮城県" },	   { "akita", "秋田県" },     { "yamagata", "山形県" },
	{ "fukushima", "福島県" }, { "ibaraki", "茨城県" },   { "tochigi", "栃木県" },
	{ "gunma", "群馬県" },	   { "saitama", "埼玉県" },   { "chiba", "千葉県" },
	{ "tokyo", "東京都" },	   { "kanagawa", "神奈川県" }, { "niigata", "新潟県" },
	{ "toyama", "富山県" },	   { "ishikawa", "石川県" },  { "fukui", "福井県" },
	{ "yamanashi", "山梨県" }, { "nagano", "長野県" },    { "gifu", "岐阜県" },
	{ "shizuoka", "静岡県" },  { "aichi", "愛知県" },     { "mie", "三重県" },
	{ "shiga", "滋賀県" },	   { "kyoto", "京都府" },     { "osaka", "大阪府" },
	{ "hyogo", "兵庫県" },	   { "nara", "奈良県" },      { "wakayama", "和歌山県" },
	{ "tottori", "鳥取県" },   { "shimane", "島根県" },   { "okayama", "岡山県" },
	{ "hiroshima", "広島県" }, { "yamaguchi", "山口県" }, { "tokushima", "徳島県" },
	{ "kagawa", "香川県" },	   { "ehime", "愛媛県" },     { "kochi", "高知県" },
	{ "fukuoka", "福岡県" },   { "saga", "佐賀県" },      { "nagasaki", "長崎県" },
	{ "kumamoto", "熊本県" },  { "oita", "大分県" },      { "miyazaki", "宮崎県" },
	{ "kagoshima", "鹿児島県" }, { "okinawa", "沖縄県" },
};
/* clang-format on */
#define PREFECTURES (sizeof prefecture / sizeof *prefecture)

const struct programme_option *reader_prefectures(struct reader *reader, size_t *ret_count)
{
	struct programme_option *option = reader_alloc(reader, PREFECTURES, sizeof *option);

	for (size_t i = 0; i < PREFECTURES; i++) {
		const struct sv id = sv_from(prefecture[i][0]);
		char *name = reader_alloc(reader, id.n + 1, 1);

		memcpy(name, id.p, id.n);
		name[0] = (char)(name[0] - 'a' + 'A');
		option[i] = (struct programme_option){ id,
						       { sv_from(prefecture[i][1]),
							 { name, id.n } } };
	}
	*ret_count = PREFECTURES;
	return option;
}

bool prefecture_is(struct sv id)
{
	for (size_t i = 0; i < PREFECTURES; i++) {
		if (sv_eq(id, sv_from(prefecture[i][0])))
			return true;
	}
	return false;
}

struct sv prefecture_name(struct sv id)
{
	for (size_t i = 0; i < PREFECTURES; i++) {
		if (sv_eq(id, sv_from(prefecture[i][0])))
			return sv_from(prefecture[i][1]);
	}
	return SV_NONE;
}

struct sv prefecture_cut(struct sv *text)
{
	for (size_t i = 0; i < PREFECTURES; i++) {
		const struct sv id = sv_from(prefecture[i][0]), name = sv_from(prefecture[i][1]);
		const bool is_id = sv_starts(*text, id) && text->n > id.n && text->p[id.n] == ' ';

		if (is_id || sv_starts(*text, name)) {
			*text = sv_slice(*text, is_id ? id.n + 1 : name.n, text->n);
			return id;
		}
	}
	return SV_NONE;
}
