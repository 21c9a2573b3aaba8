#include "centre/check.h"

#include "base/test.h"

#define LETTERS                                                                                    \
	{                                                                                          \
		{ 0, 0x7fffffe00000000 }, 1, 65536                                                 \
	} /* a to z, one or more */

static const struct check_part letters[] = { LETTERS };
static const struct check_part four_dash_two[] = {
	{ { 0x3ff000000000000, 0 }, 4, 4 },
	{ { 0x200000000000, 0 }, 1, 1 },
	{ { 0x3ff000000000000, 0 }, 2, 2 },
};
static const char *const colours[] = { "red", "green" };

/* clang-format off */
static const struct check word = { .type = CHECK_STRING, .length_min = 1, .length_max = 5 };
static const struct check name = { .type = CHECK_STRING, .length_max = 9, .part = letters, .part_count = 1 };
static const struct check code = { .type = CHECK_STRING, .length_max = 9, .part = four_dash_two, .part_count = 3 };
static const struct check text = { .type = CHECK_STRING, .length_max = 20, .multiline = true };
static const struct check time_ = { .type = CHECK_STRING, .length_max = 40, .instant = true };
static const struct check colour = { .type = CHECK_STRING, .length_max = 9, .word = colours, .word_count = 2, .nullable = true };
static const struct check count = { .type = CHECK_INTEGER, .min = 1, .max = 9, .has_default = true, .default_number = 7 };
static const struct check flag = { .type = CHECK_BOOLEAN, .has_default = true };
static const struct check list = { .type = CHECK_ARRAY, .item = &word, .item_min = 1, .item_max = 2 };
static const struct check_member inner_members[] = { { "w", true, &word } };
static const struct check inner = { .type = CHECK_OBJECT, .member = inner_members, .member_count = 1 };
static const struct check_member members[] = {
	{ "w", true, &word }, { "n", false, &name }, { "c", false, &code }, { "t", false, &text },
	{ "at", false, &time_ }, { "colour", false, &colour }, { "count", false, &count },
	{ "flag", false, &flag }, { "list", false, &list }, { "in", false, &inner },
};
static const struct check object = { .type = CHECK_OBJECT, .member = members, .member_count = 10 };
/* clang-format on */

static const struct {
	const char *json, *key, *field; /* key NULL: good */
} rows[] = {
	{ "{\"w\":\"a\"}", NULL, NULL },
	{ "{\"w\":\"火消し火消\"}", NULL, NULL }, /* five characters, not bytes */
	{ "{\"w\":\"火消し火消し\"}", "too_long", "w" },
	{ "{\"w\":\"\"}", "empty", "w" },
	{ "{\"w\":1}", "wrong_type", "w" },
	{ "{\"w\":null}", "wrong_type", "w" },
	{ "{}", "missing", "w" },
	{ "[]", "wrong_type", "" },
	{ "{\"w\":\"a\",\"x\":1}", "unknown_member", "x" },
	{ "{\"w\":\"a\\nb\"}", "control_character", "w" },
	{ "{\"w\":\"a\\u007f\"}", "control_character", "w" },
	{ "{\"w\":\"a\\u0085\"}", "control_character", "w" },
	{ "{\"w\":\"a\\u202e\"}", "control_character", "w" },
	{ "{\"w\":\"a\",\"t\":\"a\\nb\\tc\"}", NULL, NULL },
	{ "{\"w\":\"a\",\"t\":\"a\\u0001\"}", "control_character", "t" },
	{ "{\"w\":\"a\",\"n\":\"abc\"}", NULL, NULL },
	{ "{\"w\":\"a\",\"n\":\"aBc\"}", "bad_form", "n" },
	{ "{\"w\":\"a\",\"n\":\"\"}", "bad_form", "n" },
	{ "{\"w\":\"a\",\"n\":\"あ\"}", "bad_form", "n" },
	{ "{\"w\":\"a\",\"c\":\"2026-11\"}", NULL, NULL },
	{ "{\"w\":\"a\",\"c\":\"2026-111\"}", "bad_form", "c" },
	{ "{\"w\":\"a\",\"c\":\"2026-1\"}", "bad_form", "c" },
	{ "{\"w\":\"a\",\"c\":\"20261-1\"}", "bad_form", "c" },
	{ "{\"w\":\"a\",\"at\":\"2026-04-01T09:00:00+09:00\"}", NULL, NULL },
	{ "{\"w\":\"a\",\"at\":\"yesterday\"}", "bad_instant", "at" },
	{ "{\"w\":\"a\",\"colour\":\"red\"}", NULL, NULL },
	{ "{\"w\":\"a\",\"colour\":null}", NULL, NULL },
	{ "{\"w\":\"a\",\"colour\":\"blue\"}", "not_listed", "colour" },
	{ "{\"w\":\"a\",\"count\":1}", NULL, NULL },
	{ "{\"w\":\"a\",\"count\":9}", NULL, NULL },
	{ "{\"w\":\"a\",\"count\":0}", "out_of_range", "count" },
	{ "{\"w\":\"a\",\"count\":10}", "out_of_range", "count" },
	{ "{\"w\":\"a\",\"count\":2.0}", "wrong_type", "count" },
	{ "{\"w\":\"a\",\"count\":\"2\"}", "wrong_type", "count" },
	{ "{\"w\":\"a\",\"flag\":true}", NULL, NULL },
	{ "{\"w\":\"a\",\"flag\":0}", "wrong_type", "flag" },
	{ "{\"w\":\"a\",\"list\":[\"a\",\"b\"]}", NULL, NULL },
	{ "{\"w\":\"a\",\"list\":[]}", "too_few", "list" },
	{ "{\"w\":\"a\",\"list\":[\"a\",\"b\",\"c\"]}", "too_many_items", "list" },
	{ "{\"w\":\"a\",\"list\":[\"a\",1]}", "wrong_type", "list[1]" },
	{ "{\"w\":\"a\",\"in\":{\"w\":\"b\"}}", NULL, NULL },
	{ "{\"w\":\"a\",\"in\":{}}", "missing", "in.w" },
	{ "{\"w\":\"a\",\"in\":{\"w\":\"b\",\"y\":{}}}", "unknown_member", "in.y" },
};

TEST(bodies)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *json = json_loads(rows[i].json, JSON_REJECT_DUPLICATES, NULL);
		struct check_problem problem = { .key = "" };
		bool good;

		REQUIRE(json != NULL);
		good = check_json(&object, json, &problem);
		if (good != !rows[i].key)
			printf("# %s: %s\n", rows[i].json, problem.key);
		CHECK(good == !rows[i].key);
		if (rows[i].key) {
			CHECK_STR(problem.key, rows[i].key);
			CHECK_STR(problem.field, rows[i].field);
		}
		json_decref(json);
	}
}

TEST(defaults)
{
	json_t *json = json_loads("{\"w\":\"a\"}", 0, NULL);
	struct check_problem problem;

	CHECK(check_json(&object, json, &problem));
	CHECK_INT(json_integer_value(json_object_get(json, "count")), 7);
	CHECK(json_is_false(json_object_get(json, "flag")));
	CHECK(json_object_get(json, "n") == NULL);
	json_decref(json);
}

TEST(a_long_name_is_cut)
{
	char long_name[1000];
	json_t *json = json_object(), *value = json_string("x");
	struct check_problem problem;

	memset(long_name, 'y', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	json_object_set_new(json, long_name, value);
	CHECK(!check_json(&object, json, &problem));
	CHECK_STR(problem.key, "unknown_member");
	CHECK_INT(strlen(problem.field), CHECK_FIELD_MAX - 1);
	json_decref(json);
}

TEST(parameters)
{
	struct check_problem problem;
	int64_t number = -1;

	CHECK(check_text(&count, "count", SV("9"), &number, &problem));
	CHECK_INT(number, 9);
	CHECK(!check_text(&count, "count", SV("10"), &number, &problem));
	CHECK_STR(problem.key, "out_of_range");
	CHECK(!check_text(&count, "count", SV("1 "), &number, &problem));
	CHECK_STR(problem.key, "wrong_type");
	CHECK(!check_text(&count, "count", SV("99999999999999999999"), &number, &problem));
	CHECK(!check_text(&count, "count", SV(""), &number, &problem));
	CHECK_INT(number, 9);
	CHECK(check_text(&flag, "flag", SV("true"), &number, &problem));
	CHECK_INT(number, 1);
	CHECK(!check_text(&flag, "flag", SV("1"), &number, &problem));
	CHECK(!check_text(&word, "w", ((struct sv){ "\xff", 1 }), &number, &problem));
	CHECK_STR(problem.key, "not_utf8");
}
