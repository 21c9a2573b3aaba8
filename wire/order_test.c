#include <inttypes.h>

#include "base/mem.h"
#include "base/test.h"
#include "wire/wire.h"

#define DEVICE "01998000-0000-7000-8000-000000000001"
static const struct instant now = { INT64_C(1795000000000000) };

struct fixture {
	struct wire_sign_key sign;
	struct wire_check_key check;
	struct buf json;
	struct arena *arena;
	struct err err;
};

static void start(struct fixture *f)
{
	const struct wire_order order = {
		.kind = WIRE_COMMAND, .subject = SV(DEVICE), .number = 7,
		.expiry = { now.us + 60 * INSTANT_SECOND },
		.payload = SV("{\"action\":\"a\",\"kind\":\"isolate\",\"text\":\"\\u65e5 \xe6\x9c\xac\"}"),
	};

	*f = (struct fixture){ .err = ERR_INIT };
	wire_make_sign_key(&f->sign, &f->check);
	buf_init(&f->json, WIRE_ORDER_MAX);
	f->arena = arena_new(WIRE_ORDER_MAX);
	CHECK_INT(wire_order_seal(&order, &f->sign, &f->json, &f->err), 0);
}

static void stop(struct fixture *f)
{
	arena_free(f->arena);
	buf_done(&f->json);
}

static int open_at(struct fixture *f, struct sv json, const char *subject, uint64_t last,
		   struct instant at)
{
	struct wire_order got;

	f->err = (struct err)ERR_INIT;
	return wire_order_open(json, &f->check, sv_from(subject), last, at, f->arena, &got, &f->err);
}

TEST(round_trip)
{
	struct fixture f;
	struct wire_order got;

	start(&f);
	REQUIRE(wire_order_open(buf_sv(&f.json), &f.check, SV(DEVICE), 6, now, f.arena, &got,
				&f.err) == 0);
	CHECK_INT(got.kind, WIRE_COMMAND);
	CHECK_INT(got.number, 7);
	CHECK_INT(got.expiry.us, now.us + 60 * INSTANT_SECOND);
	CHECK_SV(got.subject, SV(DEVICE));
	CHECK(sv_find(got.payload, SV("isolate"), 0) != SIZE_MAX);
	stop(&f);
}

TEST(refusals)
{
	static const struct {
		const char *what, *subject;
		uint64_t last;
		int64_t seconds; /* after now */
		enum err_code code;
	} row[] = {
		{ "good", DEVICE, 6, 0, ERR_OK },
		{ "a jump is fine", DEVICE, 0, 0, ERR_OK },
		{ "replay", DEVICE, 7, 0, ERR_DENIED },
		{ "older replay", DEVICE, 8, 0, ERR_DENIED },
		{ "foreign", "01998000-0000-7000-8000-000000000002", 6, 0, ERR_DENIED },
		{ "a second before expiry", DEVICE, 6, 59, ERR_OK },
		{ "at expiry", DEVICE, 6, 60, ERR_DENIED },
		{ "expired", DEVICE, 6, 3600, ERR_DENIED },
	};
	struct fixture f;

	start(&f);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		open_at(&f, buf_sv(&f.json), row[i].subject, row[i].last,
			(struct instant){ now.us + row[i].seconds * INSTANT_SECOND });
		if (f.err.code != row[i].code)
			printf("# %s\n", row[i].what);
		CHECK_INT(f.err.code, row[i].code);
	}
	stop(&f);
}

/* Each single changed byte of the text must not change what is obeyed. */
TEST(every_changed_byte_is_refused)
{
	struct fixture f;
	char *copy;
	size_t passed = 0;

	start(&f);
	copy = mem_dup_sv(buf_sv(&f.json));
	for (size_t i = 0; i < f.json.n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			const struct sv text = { copy, f.json.n };

			copy[i] = (char)(f.json.p[i] ^ (1 << bit));
			if (open_at(&f, text, DEVICE, 6, now) == 0) {
				/* only the spelling: hexadecimal digits in upper case */
				passed++;
				CHECK(bit == 5);
			}
			copy[i] = f.json.p[i];
			arena_clear(f.arena);
		}
	}
	CHECK(passed < 200);
	free(copy);
	stop(&f);
}

TEST(another_key)
{
	struct fixture f;
	struct wire_sign_key sign;

	start(&f);
	wire_make_sign_key(&sign, &f.check);
	CHECK_INT(open_at(&f, buf_sv(&f.json), DEVICE, 6, now), -1);
	CHECK_INT(f.err.code, ERR_DENIED);
	stop(&f);
}

TEST(malformed)
{
	static const char *const row[] = {
		"", "{", "[]", "null", "\"\"", "{}", "{\"kind\":\"command\"}",
		"{\"kind\":\"command\",\"kind\":\"rules\"}", "{\"kind\":\"\xff\"}",
	};
	struct fixture f;

	start(&f);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		CHECK_INT(open_at(&f, sv_from(row[i]), DEVICE, 0, now), -1);
		CHECK_INT(f.err.code, ERR_FORMAT);
	}
	stop(&f);
}

TEST(unsigned_member)
{
	struct fixture f;

	start(&f);
	f.json.p[f.json.n - 1] = ',';
	buf_put_sv(&f.json, SV("\"extra\":1}"));
	CHECK_INT(open_at(&f, buf_sv(&f.json), DEVICE, 6, now), -1);
	CHECK_INT(f.err.code, ERR_FORMAT);
	stop(&f);
}

TEST(seal_bounds)
{
	static char big[WIRE_PAYLOAD_MAX + 1];
	static const char long_subject[WIRE_SUBJECT_MAX + 2] = { [0 ... WIRE_SUBJECT_MAX] = 'x' };
	const struct {
		struct sv subject, payload;
		uint64_t number;
		enum err_code code;
	} row[] = {
		{ SV(DEVICE), SV("{}"), 1, ERR_OK },
		{ SV(DEVICE), { big, WIRE_PAYLOAD_MAX }, 1, ERR_OK },
		{ SV(DEVICE), { big, WIRE_PAYLOAD_MAX + 1 }, 1, ERR_TOO_LARGE },
		{ { long_subject, WIRE_SUBJECT_MAX }, SV("{}"), 1, ERR_OK },
		{ { long_subject, WIRE_SUBJECT_MAX + 1 }, SV("{}"), 1, ERR_RANGE },
		{ SV(""), SV("{}"), 1, ERR_RANGE },
		{ SV(DEVICE), SV("{}"), 0, ERR_RANGE },
		{ SV(DEVICE), SV("\xff"), 1, ERR_FORMAT },
		{ SV(DEVICE), SV("a\0b"), 1, ERR_FORMAT },
	};
	struct fixture f;

	memset(big, 'x', sizeof big);
	start(&f);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct wire_order order = { WIRE_POLICY, row[i].subject, row[i].number,
						  { now.us + 1 }, row[i].payload };
		struct buf json;

		f.err = (struct err)ERR_INIT;
		buf_init(&json, WIRE_ORDER_MAX);
		wire_order_seal(&order, &f.sign, &json, &f.err);
		CHECK_INT(f.err.code, row[i].code);
		buf_done(&json);
	}
	stop(&f);
}

TEST(kind_names)
{
	enum wire_kind kind = WIRE_COMMAND;

	for (int i = 0; i < WIRE_KIND_COUNT; i++) {
		CHECK(wire_kind_parse(sv_from(wire_kind_name(i)), &kind));
		CHECK_INT(kind, i);
	}
	CHECK(!wire_kind_parse(SV("Command"), &kind));
	CHECK(!wire_kind_parse(SV_NONE, &kind));
}
