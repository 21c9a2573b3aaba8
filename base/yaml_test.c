#include "base/yaml.h"

#include "base/buf.h"
#include "base/test.h"

#define MEMORY_MAX ((size_t)256 << 20)

/* Writes a tree in a compact form: {k:v,…} […] text, 'quoted', ~ for none. */
static void dump(struct buf *buf, const struct yaml_node *node)
{
	if (!node) {
		buf_put_char(buf, '~');
		return;
	}
	if (node->kind == YAML_SCALAR) {
		if (node->quoted)
			buf_put_char(buf, '\'');
		buf_put_sv(buf, node->text);
		if (node->quoted)
			buf_put_char(buf, '\'');
		return;
	}
	buf_put_char(buf, node->kind == YAML_MAP ? '{' : '[');
	for (size_t i = 0; i < node->count; i++) {
		if (i > 0)
			buf_put_char(buf, ',');
		if (node->kind == YAML_MAP) {
			buf_put_sv(buf, node->pair[i].key);
			buf_put_char(buf, ':');
			dump(buf, node->pair[i].value);
		} else {
			dump(buf, node->item[i]);
		}
	}
	buf_put_char(buf, node->kind == YAML_MAP ? '}' : ']');
}

TEST(trees)
{
	static const struct {
		const char *text, *want;
		int documents;
	} row[] = {
		{ "", "", 0 },
		{ "# only a comment\n", "", 0 },
		{ "a: 1\nb: [x, \"y\", {c: d}]\n", "{a:1,b:[x,'y',{c:d}]}", 1 },
		{ "a:\n  - 1\n  - 2\nb: |\n  two\n  lines\n", "{a:[1,2],b:'two\nlines\n'}", 1 },
		{ "a:\n", "{a:}", 1 },
		{ "--- 1\n--- 2\n...\n", "1;2", 2 },
		{ "---\n---\nx: y\n", "~;{x:y}", 2 },
		{ "''\n", "''", 1 },
		{ "[]\n", "[]", 1 },
		{ "{}\n", "{}", 1 },
		{ "\xef\xbb\xbf"
		  "a: b\n",
		  "{a:b}", 1 },
		{ "名前: 火消し\n", "{名前:火消し}", 1 },
		{ "a: {<<: 1}\n", "{a:{<<:1}}", 1 },
		{ "\"a\": 1\nb: 'c'\n", "{a:1,b:'c'}", 1 },
		{ "- - - x\n", "[[[x]]]", 1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(MEMORY_MAX);
		struct yaml_node **root = NULL;
		struct err err = ERR_INIT;
		struct buf buf;
		const int count = yaml_parse(sv_from(row[i].text), "t", arena, &root, &err);

		CHECK_INT(count, row[i].documents);
		buf_init(&buf, 4096);
		for (int k = 0; k < count; k++) {
			if (k > 0)
				buf_put_char(&buf, ';');
			dump(&buf, root[k]);
		}
		CHECK_SV(buf_sv(&buf), sv_from(row[i].want));
		buf_done(&buf);
		arena_free(arena);
	}
}

TEST(errors_say_where)
{
	static const struct {
		const char *text, *want; /* the error begins with it */
		enum err_code code;
	} row[] = {
		{ "a: &x 1\nb: *x\n", "t:1:4: anchors", ERR_FORMAT },
		{ "b: *x\n", "t:1:4: aliases", ERR_FORMAT },
		{ "a: !!str 1\n", "t:1:4: tags", ERR_FORMAT },
		{ "a: !mine [1]\n", "t:1:4: tags", ERR_FORMAT },
		{ "a: 1\nb: 2\na: 3\n", "t:3:1: key 'a' stands here again, first in line 1",
		  ERR_FORMAT },
		{ "x:\n  - {k: 1, \"k\": 2}\n", "t:2:12: key 'k'", ERR_FORMAT },
		{ "[a, b]: c\n", "t:1:1: a key must be", ERR_FORMAT },
		{ "? {a: b}\n: c\n", "t:1:3: a key must be", ERR_FORMAT },
		{ "a: b\n\tc: d\n", "t:2:1: found a tab character", ERR_FORMAT },
		{ "a: [1, 2\n", "t:2:1: did not find expected", ERR_FORMAT },
		{ "a: \"open\n", "t:2:1: found unexpected end of stream", ERR_FORMAT },
		{ "a: 1\nあ: \xff\n", "t:2:4: a byte that is not UTF-8", ERR_FORMAT },
		{ "a: b: c\n", "t:1:5: mapping values are not allowed", ERR_FORMAT },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(MEMORY_MAX);
		struct yaml_node **root = NULL;
		struct err err = ERR_INIT;

		CHECK_INT(yaml_parse(sv_from(row[i].text), "t", arena, &root, &err), -1);
		CHECK_SV(sv_slice(sv_from(err.text), 0, strlen(row[i].want)), sv_from(row[i].want));
		CHECK_INT(err.code, row[i].code);
		CHECK(root == NULL);
		arena_free(arena);
	}
}

static enum err_code verdict(struct sv text, size_t memory)
{
	struct arena *arena = arena_new(memory);
	struct yaml_node **root = NULL;
	struct err err = ERR_INIT;

	yaml_parse(text, "t", arena, &root, &err);
	arena_free(arena);
	return err.code;
}

TEST(limits_at_their_edges)
{
	struct buf buf;

	buf_init(&buf, (size_t)8 << 20);
	for (int over = 0; over <= 1; over++) {
		buf_clear(&buf);
		for (int i = 0; i < YAML_DEPTH_MAX + over; i++)
			buf_put_char(&buf, '[');
		for (int i = 0; i < YAML_DEPTH_MAX + over; i++)
			buf_put_char(&buf, ']');
		CHECK_INT(verdict(buf_sv(&buf), MEMORY_MAX), over ? ERR_TOO_LARGE : ERR_OK);

		buf_clear(&buf);
		for (int i = 0; i < YAML_NODES_MAX - 1 + over; i++)
			buf_put_sv(&buf, SV("- a\n"));
		CHECK_INT(verdict(buf_sv(&buf), MEMORY_MAX), over ? ERR_TOO_LARGE : ERR_OK);

		buf_clear(&buf);
		for (int i = 0; i < YAML_DOCUMENTS_MAX + over; i++)
			buf_put_sv(&buf, SV("--- a\n"));
		CHECK_INT(verdict(buf_sv(&buf), MEMORY_MAX), over ? ERR_TOO_LARGE : ERR_OK);

		buf_clear(&buf);
		buf_put_char(&buf, '#');
		while (buf.n < YAML_BYTES_MAX + (size_t)over)
			buf_put_char(&buf, 'x');
		CHECK_INT(verdict(buf_sv(&buf), MEMORY_MAX), over ? ERR_TOO_LARGE : ERR_OK);
	}
	buf_clear(&buf);
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "key%d: value\n", i);
	CHECK_INT(verdict(buf_sv(&buf), 4096), ERR_TOO_LARGE);
	buf_done(&buf);
}

TEST(many_keys_one_duplicate)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	struct yaml_node **root = NULL;
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, YAML_BYTES_MAX);
	for (int i = 0; i < 100000; i++)
		buf_printf(&buf, "k%d: 1\n", i);
	buf_put_sv(&buf, SV("k77: 1\n"));
	CHECK_INT(yaml_parse(buf_sv(&buf), "t", arena, &root, &err), -1);
	CHECK_STR(err.text, "t:100001:1: key 'k77' stands here again, first in line 78");
	buf_done(&buf);
	arena_free(arena);
}

TEST(scalars_by_the_core_schema)
{
	static const struct {
		const char *text;
		bool is_null, is_bool, truth, is_int, is_double;
		int64_t number;
		double real;
	} row[] = {
		{ .text = "~", .is_null = true },
		{ .text = "null", .is_null = true },
		{ .text = "'null'" },
		{ .text = "true", .is_bool = true, .truth = true },
		{ .text = "FALSE", .is_bool = true },
		{ .text = "yes" },
		{ .text = "on" },
		{ .text = "12", .is_int = true, .number = 12, .is_double = true, .real = 12 },
		{ .text = "+12", .is_int = true, .number = 12, .is_double = true, .real = 12 },
		{ .text = "'12'" },
		{ .text = "+-12" },
		{ .text = "-9223372036854775808",
		  .is_int = true,
		  .number = INT64_MIN,
		  .is_double = true,
		  .real = -0x1p63 },
		{ .text = "9223372036854775808", .is_double = true, .real = 0x1p63 },
		{ .text = "0x1F", .is_int = true, .number = 31 },
		{ .text = "0x7fffffffffffffff", .is_int = true, .number = INT64_MAX },
		{ .text = "0x8000000000000000" },
		{ .text = "0o17", .is_int = true, .number = 15 },
		{ .text = "0o8" },
		{ .text = "0x" },
		{ .text = "017", .is_int = true, .number = 17, .is_double = true, .real = 17 },
		{ .text = "1.5", .is_double = true, .real = 1.5 },
		{ .text = ".5", .is_double = true, .real = .5 },
		{ .text = "-1.e2", .is_double = true, .real = -100 },
		{ .text = "1e999" },
		{ .text = ".inf" },
		{ .text = "." },
		{ .text = "1e" },
		{ .text = "2026-11-21" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(MEMORY_MAX);
		struct yaml_node **root = NULL;
		struct err err = ERR_INIT;
		bool truth = false;
		int64_t number = 0;
		double real = 0;

		REQUIRE(yaml_parse(sv_from(row[i].text), "t", arena, &root, &err) == 1);
		CHECK_INT(yaml_is_null(root[0]), row[i].is_null);
		CHECK_INT(yaml_to_bool(root[0], &truth), row[i].is_bool);
		CHECK_INT(truth, row[i].truth);
		CHECK_INT(yaml_to_i64(root[0], &number), row[i].is_int);
		CHECK_INT(number, row[i].number);
		CHECK_INT(yaml_to_double(root[0], &real), row[i].is_double);
		CHECK(real >= row[i].real && real <= row[i].real);
		arena_free(arena);
	}
}

TEST(get)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	struct yaml_node **root = NULL;
	struct err err = ERR_INIT;

	REQUIRE(yaml_parse(SV("a: 1\nbb:\n  - {x: y}\n"), "t", arena, &root, &err) == 1);
	CHECK_SV(yaml_get(root[0], "a")->text, SV("1"));
	CHECK_INT(yaml_get(root[0], "bb")->line, 3);
	CHECK_INT(yaml_get(root[0], "bb")->column, 3);
	CHECK_INT(root[0]->pair[1].key_line, 2);
	CHECK(!yaml_get(root[0], "c"));
	CHECK(!yaml_get(NULL, "c"));
	CHECK(!yaml_get(yaml_get(root[0], "a"), "c"));
	CHECK(!yaml_is_null(NULL));
	arena_free(arena);
}
