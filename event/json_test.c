#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"
#include "event/internal.h"

/* "name=type:text" for each field, joined by a space; e N b s 0 for the types. */
static struct sv listing(const struct event *event, struct buf *buf)
{
	static const char letter[] = "0bnse";

	buf_clear(buf);
	for (size_t i = 0; i < event->count; i++) {
		const struct event_field *field = &event->field[i];

		if (i > 0)
			buf_put_char(buf, ' ');
		buf_put_sv(buf, field->name);
		buf_printf(buf, "=%c%s:", letter[field->type], field->in_array ? "+" : "");
		buf_put_sv(buf, field->text);
	}
	return buf_sv(buf);
}

TEST(json_good)
{
	static const struct {
		const char *json, *fields;
	} row[] = {
		{ "{}", "" },
		{ " \t\r\n{ } \n", "" },
		{ "{\"a\":1}", "a=n:1" },
		{ "{\"a\":-0.5e+3,\"b\":0,\"c\":-0,\"d\":1E2}",
		  "a=n:-0.5e+3 b=n:0 c=n:-0 d=n:1E2" },
		{ "{\"a\":true,\"b\":false,\"c\":null}", "a=b:true b=b:false c=0:" },
		{ "{\"a\":\"\",\"\":\"x\"}", "a=s: =s:x" },
		{ "{\"a\":[],\"b\":{},\"c\":[[]],\"d\":[{}]}", "a=e: b=e: c=e+: d=e+:" },
		{ "{\"a\":[1,\"x\",null,true]}", "a=n+:1 a=s+:x a=0+: a=b+:true" },
		{ "{\"a\":[[1],[2,[3]]]}", "a=n+:1 a=n+:2 a=n+:3" },
		{ "{\"a\":{\"b\":{\"c\":1}},\"a.b\":2}", "a.b.c=n:1 a.b=n:2" },
		{ "{\"a\":[{\"b\":1,\"c\":2},{\"b\":3}]}", "a.b=n+:1 a.c=n+:2 a.b=n+:3" },
		{ "{\"a\":1,\"a\":2}", "a=n:1 a=n:2" },
		{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a=s:\"\\/\b\f\n\r\t" },
		{ "{\"a\":\"\\u0041\\u00e9\\u3042\\ud83d\\ude00\"}",
		  "a=s:A\xc3\xa9\xe3\x81\x82\xf0\x9f\x98\x80" },
		{ "{\"\\u0061b\":{\"c\\u0064\":1}}", "ab.cd=n:1" },
		/* half a pair is no reason to lose an event */
		{ "{\"a\":\"\\ud83dx\",\"b\":\"\\ude00\",\"c\":\"\\ud83d\\u0041\"}",
		  "a=s:\xef\xbf\xbdx b=s:\xef\xbf\xbd c=s:\xef\xbf\xbd"
		  "A" },
		{ "{\"a\":\"C:\\\\Windows\\\\System32\\\\cmd.exe\"}",
		  "a=s:C:\\Windows\\System32\\cmd.exe" },
		{ "{\"a\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80"
		  "\xf4\x8f\xbf\xbf\"}",
		  "a=s:\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80"
		  "\xf4\x8f\xbf\xbf" },
		{ "{\"a\":\"\\\\\xe6\x97\xa5\xe6\x9c\xac\\n\"}",
		  "a=s:\\\xe6\x97\xa5\xe6\x9c\xac\n" },
		{ "{\"a\":\"\x7f\"}", "a=s:\x7f" },
		/* the envelope is no field, elsewhere the name is free */
		{ "{\"hikeshi\":{\"company\":\"c\"},\"Company\":\"d\"}", "Company=s:d" },
		{ "{\"a\":{\"hikeshi\":1},\"Hikeshi\":2,\"hikeshi.id\":3}",
		  "a.hikeshi=n:1 Hikeshi=n:2 hikeshi.id=n:3" },
		{ "{\"hikeshi\":{\"new\":{\"a\":[1,{}]},\"id\":null,\"x\":1},\"b\":2}", "b=n:2" },
	};
	struct event_decoder *decoder = event_decoder_new();
	struct buf buf;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct event event;
		struct err err = ERR_INIT;

		if (event_decode(decoder, sv_from(row[i].json), &event, &err) < 0) {
			printf("# %s: %s\n", row[i].json, err.text);
			CHECK(!"decodes");
			continue;
		}
		CHECK_SV(listing(&event, &buf), sv_from(row[i].fields));
		for (size_t k = 0; k < event.count; k++)
			CHECK(event.field[k].name_hash == sv_hash_case(event.field[k].name));
	}
	buf_done(&buf);
	event_decoder_free(decoder);
}

TEST(json_bad)
{
	static const struct {
		const char *json, *error;
	} row[] = {
		{ "", "byte 0: expected an object" },
		{ "  ", "byte 2: expected an object" },
		{ "[]", "byte 0: expected an object" },
		{ "1", "byte 0: expected an object" },
		{ "{", "byte 1: expected a name in quotes" },
		{ "{\"a\"}", "byte 4: expected ':'" },
		{ "{\"a\":}", "byte 5: expected a value" },
		{ "{\"a\":1", "byte 6: expected ',' or '}'" },
		{ "{\"a\":1,}", "byte 7: expected a name in quotes" },
		{ "{\"a\":1 \"b\":2}", "byte 7: expected ',' or '}'" },
		{ "{\"a\":[1,]}", "byte 8: expected a value" },
		{ "{\"a\":[1}", "byte 7: expected ',' or ']'" },
		{ "{\"a\":01}", "byte 6: expected ',' or '}'" },
		{ "{\"a\":+1}", "byte 5: expected a value" },
		{ "{\"a\":.5}", "byte 5: expected a value" },
		{ "{\"a\":1.}", "byte 7: not a number" },
		{ "{\"a\":-}", "byte 6: not a number" },
		{ "{\"a\":1e}", "byte 7: not a number" },
		{ "{\"a\":1e999}", "byte 10: number is not finite" },
		{ "{\"a\":-1e400}", "byte 11: number is not finite" },
		{ "{\"a\":NaN}", "byte 5: expected a value" },
		{ "{\"a\":tru}", "byte 5: expected a value" },
		{ "{\"a\":nulla}", "byte 9: expected ',' or '}'" },
		{ "{'a':1}", "byte 1: expected a name in quotes" },
		{ "{\"a\":\"x}", "byte 8: string does not end" },
		{ "{\"a\":\"x\\", "byte 8: no such escape" },
		{ "{\"a\":\"\\x\"}", "byte 7: no such escape" },
		{ "{\"a\":\"\\u12g4\"}", "byte 7: no such escape" },
		{ "{\"a\":\"\\u123\"}", "byte 7: no such escape" },
		{ "{\"a\":\"\n\"}", "byte 6: control character in a string" },
		{ "{\"a\":\"\\n\n\"}", "byte 8: control character in a string" },
		{ "{\"a\":\"\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xc0\xaf\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xe0\x80\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xf0\x8f\xbf\xbf\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xf4\x90\x80\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xf5\x80\x80\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\\t\xe3\x81\"}", "byte 8: not UTF-8" },
		{ "{\"a\":\"\xe3\x81", "byte 6: not UTF-8" },
		{ "{\"\xff\":1}", "byte 2: not UTF-8" },
		{ "{} {}", "byte 3: bytes behind the object" },
		{ "{}x", "byte 2: bytes behind the object" },
		{ "\xef\xbb\xbf{}", "byte 0: expected an object" },
		{ "{\"hikeshi\":1}", "byte 11: hikeshi is not an object" },
		{ "{\"hikeshi\":{},\"hikeshi\":{}}", "byte 24: second member hikeshi" },
		{ "{\"hikeshi\":{},\"hikesh\\u0069\":{}}", "byte 29: second member hikeshi" },
		{ "{\"hikeshi\":{\"id\":\"x\"}}", "byte 20: hikeshi: id is not a UUID" },
		{ "{\"hikeshi\":{\"product\":1}}", "byte 22: hikeshi: not a string" },
		{ "{\"hikeshi\":{\"observed\":\"now\"}}", "byte 28: hikeshi: not an instant" },
		{ "{\"hikeshi\":{\"x\":}}", "byte 16: expected a value" },
	};
	struct event_decoder *decoder = event_decoder_new();

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		/* A copy of exactly its size, so that a read behind it is seen. */
		const size_t n = strlen(row[i].json);
		char *copy = memcpy(mem_alloc(n ? n : 1), row[i].json, n);
		struct event event = { .count = 77 };
		struct err err = ERR_INIT;

		CHECK_INT(event_decode(decoder, (struct sv){ copy, n }, &event, &err), -1);
		CHECK_STR(err.text, row[i].error);
		CHECK(err.code == ERR_FORMAT);
		CHECK_INT(event.count, 77);
		free(copy);
	}
	event_decoder_free(decoder);
}

TEST(json_envelope)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event event;
	struct err err = ERR_INIT;

	REQUIRE(event_decode(decoder,
			     SV("{\"hikeshi\":{\"id\":\"01939b2a-0000-7000-8000-000000000001\","
				"\"company\":\"c\",\"device\":\"d\",\"product\":\"windows\","
				"\"category\":\"image_load\",\"service\":\"sysmon\","
				"\"observed\":\"2026-11-21T00:00:00.000001Z\","
				"\"received\":\"1970-01-01T00:00:01Z\"},\"Image\":\"x\"}"),
			     &event, &err) == 0);
	CHECK_SV(event.envelope.id, SV("01939b2a-0000-7000-8000-000000000001"));
	CHECK_SV(event.envelope.company, SV("c"));
	CHECK_SV(event.envelope.device, SV("d"));
	CHECK_SV(event.envelope.product, SV("windows"));
	CHECK_SV(event.envelope.category, SV("image_load"));
	CHECK_SV(event.envelope.service, SV("sysmon"));
	CHECK_INT(event.envelope.received.us, 1000000);
	CHECK_INT(event.envelope.observed.us % 1000000, 1);
	CHECK_SV(event.body, SV("\"Image\":\"x\"}"));
	/* Behind another member, or alone, or absent. */
	REQUIRE(event_decode(decoder, SV("{\"a\":1,\"hikeshi\":{}}"), &event, &err) == 0);
	CHECK_SV(event.body, event.raw);
	REQUIRE(event_decode(decoder, SV("{\"hikeshi\":{}}"), &event, &err) == 0);
	CHECK_SV(event.body, SV("}"));
	REQUIRE(event_decode(decoder, SV("{\"a\":1}"), &event, &err) == 0);
	CHECK_SV(event.body, event.raw);
	event_decoder_free(decoder);
}

/* ---- the edges of the bounds: n is the last good value ---- */

static void put_times(struct buf *buf, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_sv(buf, sv_from(text));
}

static void make_bytes(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\"a\":\""));
	put_times(buf, "x", n - 8);
	buf_put_sv(buf, SV("\"}"));
}

static void make_escaped(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\"a\":\""));
	put_times(buf, "\\n", (n - 8) / 2);
	put_times(buf, "x", n % 2);
	buf_put_sv(buf, SV("\"}"));
}

static void make_objects(struct buf *buf, size_t n)
{
	put_times(buf, "{\"a\":", n - 1);
	buf_put_sv(buf, SV("{}"));
	put_times(buf, "}", n - 1);
}

static void make_arrays(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\"a\":"));
	put_times(buf, "[", n - 1);
	put_times(buf, "]", n - 1);
	buf_put_sv(buf, SV("}"));
}

static void make_values(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\"a\":[0"));
	put_times(buf, ",0", n - 1);
	buf_put_sv(buf, SV("]}"));
}

static void make_name(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\""));
	put_times(buf, "x", n);
	buf_put_sv(buf, SV("\":0}"));
}

static void make_dotted(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\""));
	put_times(buf, "x", n - 3);
	buf_put_sv(buf, SV("\":{\"yy\":0}}"));
}

static void make_digits(struct buf *buf, size_t n)
{
	/* more than about 308 digits in front of the point are not finite */
	buf_put_sv(buf, SV("{\"a\":0."));
	put_times(buf, "1", n - 2);
	buf_put_sv(buf, SV("}"));
}

static void make_envelope(struct buf *buf, size_t n)
{
	buf_put_sv(buf, SV("{\"hikeshi\":{\"company\":\""));
	put_times(buf, "x", n);
	buf_put_sv(buf, SV("\"}}"));
}

TEST(json_bounds)
{
	static const struct {
		const char *what;
		void (*make)(struct buf *buf, size_t n);
		size_t last;
		enum err_code code;
	} row[] = {
		{ "bytes", make_bytes, EVENT_BYTES_MAX, ERR_TOO_LARGE },
		{ "escaped bytes", make_escaped, EVENT_BYTES_MAX, ERR_TOO_LARGE },
		{ "objects", make_objects, EVENT_DEPTH_MAX, ERR_RANGE },
		{ "arrays", make_arrays, EVENT_DEPTH_MAX, ERR_RANGE },
		{ "values", make_values, EVENT_FIELDS_MAX, ERR_RANGE },
		{ "name", make_name, EVENT_NAME_MAX, ERR_RANGE },
		{ "dotted name", make_dotted, EVENT_NAME_MAX, ERR_RANGE },
		{ "digits", make_digits, 512, ERR_RANGE },
		{ "envelope", make_envelope, EVENT_ENVELOPE_TEXT_MAX, ERR_RANGE },
	};
	struct event_decoder *decoder = event_decoder_new();
	struct event event;
	struct buf buf;

	buf_init(&buf, 4 << 20);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;

		buf_clear(&buf);
		row[i].make(&buf, row[i].last);
		if (event_decode(decoder, buf_sv(&buf), &event, &err) < 0) {
			printf("# %s: %s\n", row[i].what, err.text);
			CHECK(!"the last good value");
		}
		buf_clear(&buf);
		row[i].make(&buf, row[i].last + 1);
		if (event_decode(decoder, buf_sv(&buf), &event, &err) == 0 ||
		    err.code != row[i].code) {
			printf("# %s: %s\n", row[i].what, err.text);
			CHECK(!"the first bad value");
		}
	}
	buf_done(&buf);
	event_decoder_free(decoder);
}

/* Joined names of containers are bounded as a whole, not only one by one. */
TEST(json_many_names)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event event;
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, 4 << 20);
	buf_put_sv(&buf, SV("{\""));
	put_times(&buf, "x", 450);
	buf_put_sv(&buf, SV("\":{\"a\":0"));
	for (int i = 0; i < 2000; i++)
		buf_put_sv(&buf,
			   SV(",\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
			      "{\"a\":{\"a\":{\"a\":0}}}}}}}}}}}"));
	buf_put_sv(&buf, SV("}}"));
	CHECK_INT(event_decode(decoder, buf_sv(&buf), &event, &err), -1);
	CHECK(err.code == ERR_RANGE);
	buf_done(&buf);
	event_decoder_free(decoder);
}

/* Every way of scanning gives the same, at every place of every byte. */
TEST(scan_variants)
{
	static const int bytes[] = { 0,	   1,	0x1f, 0x20, '!',  '"',	'#',  '[',
				     '\\', ']', 0x7e, 0x7f, 0x80, 0xa0, 0xc3, 0xff };
	char copy[80 + SCAN_SLACK], again[80 + SCAN_SLACK];

	for (size_t n = 0; n <= 70; n++) {
		char *text = mem_alloc(n ? n : 1);

		for (size_t at = 0; at <= n; at++) {
			for (size_t k = 0; k < sizeof bytes / sizeof *bytes; k++) {
				const char *want, *end = text + n;

				memset(text, at % 2 ? 'a' : ' ', n);
				if (at < n)
					text[at] = (char)bytes[k];
				if (at + 3 < n)
					text[at + 3] = '"';
				for (want = text; want < end && !scan_is_stop(*want); want++)
					;
				CHECK(scan_plain(text, end) == want);
				CHECK(scan_plain_portable(text, end) == want);
				memset(copy, '-', sizeof copy);
				memset(again, '-', sizeof again);
				CHECK(scan_copy(text, end, copy) == want);
				CHECK(scan_copy_portable(text, end, again) == want);
				CHECK(memcmp(copy, text, (size_t)(want - text)) == 0);
				CHECK(memcmp(again, text, (size_t)(want - text)) == 0);
			}
		}
		free(text);
	}
}

/* The hashes that are kept are those of these very names, whatever came before. */
TEST(event_name_hashes)
{
	struct event_decoder *decoder = event_decoder_new();
	struct buf buf;
	size_t wrong = 0;

	buf_init(&buf, 1 << 20);
	for (unsigned round = 0; round < 400; round++) {
		struct event event;
		struct err err = ERR_INIT;

		buf_clear(&buf);
		buf_put_char(&buf, '{');
		for (size_t n = 0; n <= EVENT_NAME_KEPT_MAX + 8; n++) {
			buf_put_sv(&buf, n ? SV(",\"") : SV("\""));
			/* one letter differs, at another place each time */
			for (size_t i = 0; i < n; i++)
				buf_put_char(&buf,
					     i == round % (n + 1) ? (char)('A' + round % 26) : 'n');
			buf_put_sv(&buf, SV("\":1"));
		}
		buf_put_char(&buf, '}');
		REQUIRE(event_decode(decoder, buf_sv(&buf), &event, &err) == 0);
		for (size_t i = 0; i < event.count; i++)
			wrong += event.field[i].name_hash != sv_hash_case(event.field[i].name);
	}
	CHECK_INT(wrong, 0);
	buf_done(&buf);
	event_decoder_free(decoder);
}

TEST(event_get)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event event;
	struct err err = ERR_INIT;

	REQUIRE(event_decode(decoder,
			     SV("{\"USER\":\"upper\",\"User\":\"exact\",\"x\":null,\"y\":[]}"),
			     &event, &err) == 0);
	CHECK_SV(event_text(&event, SV("User")), SV("exact"));
	CHECK_SV(event_text(&event, SV("USER")), SV("upper"));
	CHECK_SV(event_text(&event, SV("user")), SV("upper"));
	CHECK(event_get(&event, SV("X")) != NULL);
	CHECK(event_text(&event, SV("x")).p == NULL);
	CHECK(event_get(&event, SV("y"))->type == EVENT_EMPTY);
	CHECK(event_get(&event, SV("Users")) == NULL);
	CHECK(event_get(&event, SV("")) == NULL);
	event_decoder_free(decoder);
}

/* Texts with escapes stay where they were while the scratch grows, and while it is used again. */
TEST(event_scratch_grows)
{
	enum { TEXTS = 60, LETTERS = 3000 };
	struct event_decoder *decoder = event_decoder_new();
	struct buf buf;
	size_t wrong = 0;

	buf_init(&buf, 1 << 20);
	for (unsigned round = 0; round < 3; round++) {
		struct event event;
		struct err err = ERR_INIT;

		buf_clear(&buf);
		for (unsigned i = 0; i < TEXTS; i++) {
			buf_printf(&buf, "%s\"f%u\":\"\\t", i ? "," : "{", i);
			for (unsigned k = 0; k < LETTERS; k++)
				buf_put_char(&buf, (char)('a' + (i + round) % 26));
			buf_put_char(&buf, '"');
		}
		buf_put_char(&buf, '}');
		REQUIRE(event_decode(decoder, buf_sv(&buf), &event, &err) == 0);
		REQUIRE(event.count == TEXTS);
		for (unsigned i = 0; i < TEXTS; i++) {
			const struct sv text = event.field[i].text;

			wrong += text.n != LETTERS + 1 || text.p[0] != '\t' ||
				 text.p[1] != (char)('a' + (i + round) % 26) ||
				 text.p[LETTERS] != text.p[1];
		}
	}
	CHECK_INT(wrong, 0);
	buf_done(&buf);
	event_decoder_free(decoder);
}
