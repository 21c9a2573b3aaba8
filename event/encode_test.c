#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "event/event.h"

/* A small generator that is the same on every machine. */
static uint64_t step(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void put_random_string(struct buf *buf, uint64_t *state)
{
	static const char *const piece[] = { "a",
					     "Image",
					     "\\n",
					     "\\u0000",
					     "\\\"",
					     "\\\\",
					     " ",
					     "\xe6\x97\xa5",
					     "\\ud83d\\ude00",
					     "\\ud800",
					     "0",
					     "b.c",
					     "/",
					     "\xf0\x9f\x98\x80",
					     "hikeshi",
					     "A" };

	buf_put_char(buf, '"');
	for (uint64_t n = step(state) % 5; n > 0; n--)
		buf_put_sv(buf, sv_from(piece[step(state) % (sizeof piece / sizeof *piece)]));
	buf_put_char(buf, '"');
}

static void put_random_value(struct buf *buf, uint64_t *state, int depth)
{
	static const char *const word[] = { "true", "false", "null", "0", "-1.5e3",
					    "42",   "\"\"",  "[]",   "{}" };
	const uint64_t kind = step(state) % (depth < 5 ? 6 : 4);
	uint64_t n = step(state) % 4;

	if (kind < 2) {
		put_random_string(buf, state);
	} else if (kind < 4) {
		buf_put_sv(buf, sv_from(word[step(state) % (sizeof word / sizeof *word)]));
	} else if (kind == 4) {
		buf_put_char(buf, '[');
		for (uint64_t i = 0; i < n; i++) {
			buf_put_sv(buf, i ? SV(",") : SV(""));
			put_random_value(buf, state, depth + 1);
		}
		buf_put_char(buf, ']');
	} else {
		buf_put_char(buf, '{');
		for (uint64_t i = 0; i < n; i++) {
			buf_put_sv(buf, i ? SV(" ,") : SV(""));
			put_random_string(buf, state);
			buf_put_sv(buf, SV(": "));
			put_random_value(buf, state, depth + 1);
		}
		buf_put_char(buf, '}');
	}
}

static bool same_value(const struct event_field *a, const struct event_field *b)
{
	return sv_eq(a->name, b->name) && sv_eq(a->text, b->text) && a->type == b->type;
}

/* For each name the same values in the same order; `exact`: also across names. */
static bool same(const struct event *a, const struct event *b, bool exact)
{
	bool used[EVENT_FIELDS_MAX] = { false };

	if (a->count != b->count || !sv_eq(a->envelope.product, b->envelope.product) ||
	    a->envelope.observed.us != b->envelope.observed.us)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		size_t k = exact ? i : 0;

		while (k < b->count && (used[k] || !sv_eq(a->field[i].name, b->field[k].name)))
			k++;
		if (k == b->count || !same_value(&a->field[i], &b->field[k]) ||
		    (exact && a->field[i].in_array != b->field[k].in_array))
			return false;
		used[k] = true;
	}
	return true;
}

/* encode(decode(x)) decodes to the same; encoding that again gives the same bytes. */
TEST(encode_property)
{
	struct event_decoder *first = event_decoder_new(), *second = event_decoder_new();
	uint64_t state = 20261121, fields = 0, members;
	struct buf text, line, again;

	buf_init(&text, EVENT_BYTES_MAX);
	buf_init(&line, 2 * EVENT_BYTES_MAX);
	buf_init(&again, 2 * EVENT_BYTES_MAX);
	for (int round = 0; round < 20000; round++) {
		struct event a, b;
		struct err err = ERR_INIT;

		buf_clear(&text);
		buf_clear(&line);
		buf_clear(&again);
		buf_put_sv(&text, step(&state) % 2 ? SV("{\"hikeshi\":{\"product\":\"linux\","
							"\"observed\":\"2026-11-21T01:02:03.5Z\"}")
						   : SV("{\"hikeshi\" : { }"));
		for (members = step(&state) % 6; members > 0; members--) {
			/* never the envelope's name */
			buf_put_sv(&text, SV(",\"f"));
			buf_printf(&text, "%u\":", (unsigned)(step(&state) % 4));
			put_random_value(&text, &state, 0);
		}
		buf_put_char(&text, '}');
		REQUIRE(event_decode(first, buf_sv(&text), &a, &err) == 0);
		REQUIRE(event_encode(&a, &line, &err) == 0);
		REQUIRE(event_decode(second, buf_sv(&line), &b, &err) == 0);
		if (!same(&a, &b, false))
			printf("# %.*s\n# %.*s\n", SV_ARG(buf_sv(&text)), SV_ARG(buf_sv(&line)));
		REQUIRE(same(&a, &b, false));
		REQUIRE(event_encode(&b, &again, &err) == 0);
		REQUIRE(sv_eq(buf_sv(&line), buf_sv(&again)));
		REQUIRE(event_decode(first, buf_sv(&again), &a, &err) == 0);
		REQUIRE(same(&a, &b, true));
		fields += a.count;
	}
	printf("# 20000 events, %llu fields\n", (unsigned long long)fields);
	CHECK(fields > 20000);
	buf_done(&text);
	buf_done(&line);
	buf_done(&again);
	event_decoder_free(first);
	event_decoder_free(second);
}

TEST(encode_cases)
{
	static const struct {
		const char *in, *out;
	} row[] = {
		{ "{}", "{\"hikeshi\":{}}\n" },
		{ "{\"a\":1,\"hikeshi\":{\"service\":\"s\",\"id\":"
		  "\"01939b2a-0000-7000-8000-000000000001\",\"more\":1}}",
		  "{\"hikeshi\":{\"id\":\"01939b2a-0000-7000-8000-000000000001\",\"service\":\"s\"},"
		  "\"a\":1}\n" },
		{ "{\"a\":[1],\"b\":{\"c\":[],\"d\":{}},\"e\":null,\"f\":false}",
		  "{\"hikeshi\":{},\"a\":[1],\"b.c\":[],\"b.d\":[],\"e\":null,\"f\":false}\n" },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "{\"hikeshi\":{},\"a\":[1,3],\"b\":2}\n" },
		{ "{\"a\":[{\"b\":1,\"c\":2},{\"b\":3,\"c\":4}]}",
		  "{\"hikeshi\":{},\"a.b\":[1,3],\"a.c\":[2,4]}\n" },
		{ "{\"a\":\"\\u0001\\\"\\\\\\/\\u00e9\\n\"}",
		  "{\"hikeshi\":{},\"a\":\"\\u0001\\\"\\\\/\xc3\xa9\\n\"}\n" },
		{ "{\"a\\\"\":\"\"}", "{\"hikeshi\":{},\"a\\\"\":\"\"}\n" },
	};
	struct event_decoder *decoder = event_decoder_new();
	struct buf buf;

	buf_init(&buf, EVENT_BYTES_MAX);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct event event;
		struct err err = ERR_INIT;

		buf_clear(&buf);
		REQUIRE(event_decode(decoder, sv_from(row[i].in), &event, &err) == 0);
		REQUIRE(event_encode(&event, &buf, &err) == 0);
		CHECK_SV(buf_sv(&buf), sv_from(row[i].out));
	}
	buf_done(&buf);
	event_decoder_free(decoder);
}

/* What somebody made by hand becomes sound JSON or is refused. */
TEST(encode_foreign_fields)
{
	const struct event_field field[] = {
		{ .name = SV("number"), .text = SV("0x10"), .type = EVENT_NUMBER },
		{ .name = SV("bool"), .text = SV("maybe"), .type = EVENT_BOOL },
		{ .name = SV("hikeshi"), .text = SV("x"), .type = EVENT_STRING },
		{ .name = SV("bytes"), .text = SV("a\xff\xe3\x81"), .type = EVENT_STRING },
		{ .name = SV("none"), .text = SV_NONE, .type = EVENT_STRING },
	};
	const struct event event = { .field = field, .count = sizeof field / sizeof *field };
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, EVENT_BYTES_MAX);
	REQUIRE(event_encode(&event, &buf, &err) == 0);
	CHECK_SV(buf_sv(&buf),
		 SV("{\"hikeshi\":{},\"number\":\"0x10\",\"bool\":\"maybe\","
		    "\"bytes\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"none\":\"\"}\n"));
	buf_done(&buf);
}

static void fill(struct event_builder *builder, size_t n)
{
	char *text = malloc(n);

	memset(text, 'x', n);
	event_builder_clear(builder);
	event_builder_text(builder, SV("a"), (struct sv){ text, n });
	free(text);
}

TEST(encode_bounds)
{
	/* {"hikeshi":{},"a":"…"} */
	const size_t frame = 21, last = EVENT_BYTES_MAX - frame;
	struct event_builder *builder = event_builder_new();
	struct event event;
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, 4 * EVENT_BYTES_MAX);
	buf_put_sv(&buf, SV("before\n"));
	fill(builder, last + 1);
	event = event_builder_event(builder);
	CHECK_INT(event_encode(&event, &buf, &err), -1);
	CHECK(err.code == ERR_TOO_LARGE);
	CHECK_SV(buf_sv(&buf), SV("before\n"));
	fill(builder, last);
	event = event_builder_event(builder);
	CHECK_INT(event_encode(&event, &buf, &err), 0);
	CHECK_INT(buf.n, 7 + EVENT_BYTES_MAX + 1);
	buf_done(&buf);
	/* The buffer's own maximum: the line just fits, or not at all. */
	fill(builder, 10);
	event = event_builder_event(builder);
	for (size_t max = 0; max <= frame + 10 + 1; max++) {
		buf_init(&buf, max);
		CHECK_INT(event_encode(&event, &buf, &err), max == frame + 10 + 1 ? 0 : -1);
		CHECK_INT(buf.n, max == frame + 10 + 1 ? max : 0);
		CHECK(!buf.full);
		buf_done(&buf);
	}
	event_builder_free(builder);
}

/* Names made to fall together cost no more than others, and lose nothing. */
TEST(encode_colliding_names)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event_builder *builder = event_builder_new();
	struct event event, back;
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, EVENT_BYTES_MAX);
	for (unsigned i = 0; i < EVENT_FIELDS_MAX; i++) {
		char name[] = "abcdefghijkl";

		for (unsigned bit = 0; bit < 12; bit++)
			if (i >> bit & 1)
				name[bit] = (char)(name[bit] - 'a' + 'A');
		event_builder_number(builder, sv_from(name), i);
	}
	CHECK_INT(event_builder_ignored(builder), 0);
	event = event_builder_event(builder);
	REQUIRE(event_encode(&event, &buf, &err) == 0);
	REQUIRE(event_decode(decoder, buf_sv(&buf), &back, &err) == 0);
	CHECK(same(&event, &back, true));
	buf_done(&buf);
	event_builder_free(builder);
	event_decoder_free(decoder);
}

TEST(builder)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event_builder *builder = event_builder_new();
	struct event event;
	struct err err = ERR_INIT;
	char name[EVENT_NAME_MAX + 1];
	struct buf buf;

	buf_init(&buf, EVENT_BYTES_MAX);
	memset(name, 'n', sizeof name);
	for (int round = 0; round < 2; round++) {
		char text[] = "borrowed for the call";

		buf_clear(&buf);
		event_builder_clear(builder);
		event_builder_envelope(builder)->product = SV("linux");
		event_builder_text(builder, SV("Image"), sv_from(text));
		memset(text, '?', sizeof text);
		event_builder_number(builder, SV("least"), INT64_MIN);
		event_builder_number(builder, SV("ProcessId"), 7);
		event_builder_bool(builder, SV("yes"), true);
		event_builder_item(builder, SV("list"), SV("one"));
		event_builder_item(builder, SV("list"), SV("\xc3(\xff"));
		event_builder_text(builder, SV(""), SV_NONE);
		event_builder_text(builder, SV("hikeshi"), SV("x"));
		event_builder_text(builder, (struct sv){ name, sizeof name }, SV("x"));
		CHECK_INT(event_builder_ignored(builder), 2);
		event = event_builder_event(builder);
		REQUIRE(event_encode(&event, &buf, &err) == 0);
		CHECK_SV(buf_sv(&buf),
			 SV("{\"hikeshi\":{\"product\":\"linux\"},"
			    "\"Image\":\"borrowed for the call\",\"least\":-9223372036854775808,"
			    "\"ProcessId\":7,\"yes\":true,"
			    "\"list\":[\"one\",\"\xef\xbf\xbd(\xef\xbf\xbd\"],\"\":\"\"}\n"));
	}
	event_builder_clear(builder);
	CHECK_INT(event_builder_ignored(builder), 0);
	event_builder_text(builder, (struct sv){ name, EVENT_NAME_MAX }, SV("x"));
	for (int i = 1; i < EVENT_FIELDS_MAX; i++)
		event_builder_bool(builder, SV("a"), false);
	CHECK_INT(event_builder_ignored(builder), 0);
	event_builder_bool(builder, SV("a"), false);
	CHECK_INT(event_builder_ignored(builder), 1);
	event = event_builder_event(builder);
	CHECK_INT(event.count, EVENT_FIELDS_MAX);
	/* Texts as a whole are bounded too: the arena rounds each up to 16 bytes. */
	fill(builder, 2 * EVENT_BYTES_MAX - 16 - 1);
	CHECK_INT(event_builder_ignored(builder), 0);
	fill(builder, 2 * EVENT_BYTES_MAX - 16);
	CHECK_INT(event_builder_ignored(builder), 1);
	buf_done(&buf);
	event_builder_free(builder);
	event_decoder_free(decoder);
}
