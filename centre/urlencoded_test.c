#include "centre/urlencoded.h"

#include "base/mem.h"
#include "base/test.h"

/* Pairs joined as "name=value;" or the word of the error. */
static void check(struct sv body, struct sv want)
{
	struct arena *arena = arena_new(1 << 20);
	struct answers answers;
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, 10000);
	if (urlencoded_parse(body, arena, &answers, &err) != 0)
		buf_printf(&buf, "%s", err.code == ERR_FORMAT ? "FORMAT" : "TOO LARGE");
	else
		for (size_t i = 0; i < answers.count; i++)
			buf_printf(&buf, "%.*s=%.*s;", SV_ARG(answers.item[i].name),
				   SV_ARG(answers.item[i].value));
	CHECK_SV(buf_sv(&buf), want);
	buf_done(&buf);
	arena_free(arena);
}

TEST(forms)
{
	static const struct {
		struct sv body, want;
	} row[] = {
		{ SV(""), SV("") },
		{ SV("&&"), SV("") },
		{ SV("a=1&b=2"), SV("a=1;b=2;") },
		{ SV("a=1&a=2&"), SV("a=1;a=2;") },
		{ SV("a"), SV("a=;") },
		{ SV("a="), SV("a=;") },
		{ SV("a=b=c"), SV("a=b=c;") },
		{ SV("a=x+y%2Bz"), SV("a=x y+z;") },
		{ SV("%E7%81%AB=%e7%81%ab"), SV("火=火;") },
		{ SV("a=%26%3D"), SV("a=&=;") },
		{ SV("a=1%0D%0A2%0A3%0D4%0D"), SV("a=1\n2\n3\n4\n;") },
		{ SV("a=%"), SV("FORMAT") },
		{ SV("a=%4"), SV("FORMAT") },
		{ SV("a=%zz"), SV("FORMAT") },
		{ SV("a=%00"), SV("FORMAT") },
		{ SV("a=%FF"), SV("FORMAT") },
		{ SV("a=%ED%A0%80"), SV("FORMAT") },
		{ SV("=1"), SV("FORMAT") },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		check(row[i].body, row[i].want);
}

static int parse_size(size_t pairs, size_t name, size_t value)
{
	struct arena *arena = arena_new(4 << 20);
	struct answers answers;
	struct buf buf;
	int r;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < pairs; i++) {
		for (size_t k = 0; k < name; k++)
			buf_put_char(&buf, 'n');
		buf_put_char(&buf, '=');
		for (size_t k = 0; k < value; k++)
			buf_put_char(&buf, 'v');
		buf_put_char(&buf, '&');
	}
	r = urlencoded_parse(buf_sv(&buf), arena, &answers, NULL);
	if (r == 0)
		CHECK_INT(answers.count, pairs);
	buf_done(&buf);
	arena_free(arena);
	return r;
}

TEST(limits_at_their_edges)
{
	CHECK_INT(parse_size(URLENCODED_PAIRS_MAX, 1, 1), 0);
	CHECK_INT(parse_size(URLENCODED_PAIRS_MAX + 1, 1, 1), -1);
	CHECK_INT(parse_size(1, URLENCODED_NAME_MAX, 1), 0);
	CHECK_INT(parse_size(1, URLENCODED_NAME_MAX + 1, 1), -1);
	CHECK_INT(parse_size(1, 1, PROGRAMME_ANSWER_MAX), 0);
	CHECK_INT(parse_size(1, 1, PROGRAMME_ANSWER_MAX + 1), -1);
	CHECK_INT(parse_size(URLENCODED_BODY_MAX / 512, 1, 509), 0);
	CHECK_INT(parse_size(URLENCODED_BODY_MAX / 512 + 1, 1, 509), -1);
}
