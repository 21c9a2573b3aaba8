#include "base/mem.h"
#include "store/block.h"
#include "store/testing.h"

struct tokens {
	uint64_t hash[64];
	size_t count;
};

static void take(void *context, uint64_t hash)
{
	struct tokens *tokens = context;

	if (tokens->count < 64)
		tokens->hash[tokens->count++] = hash;
}

static struct tokens tokens_of(struct sv text)
{
	struct tokens tokens = { .count = 0 };

	block_tokens(text, take, &tokens);
	return tokens;
}

TEST(tokens_of_texts)
{
	static const struct {
		struct sv text, same; /* same tokens, one by one */
		size_t count;
	} row[] = {
		{ { "", 0 }, { "  ", 2 }, 0 },
		{ { "ab c1", 5 }, { "", 0 }, 0 },
		{ { "abc", 3 }, { "ABC", 3 }, 1 },
		{ { "/usr/bin/curl", 13 }, { "usr.BIN-curl", 12 }, 3 },
		{ { "C:\\Win\\x.exe", 12 }, { "win exe", 7 }, 2 },
		{ { "日本", 6 }, { "x日本y", 8 }, 1 },
		{ { "日本語", 9 }, { "-日本語-", 11 }, 2 },
		{ { "日", 3 }, { "", 0 }, 0 },
		{ { "abc日本def", 12 }, { "abc日本 def", 13 }, 3 },
		{ { "\xff\xfe\x80zz", 5 }, { "\xff\xfe\x80", 3 }, 1 },
		{ { "\xe6", 1 }, { "", 0 }, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct tokens a = tokens_of(row[i].text), b = tokens_of(row[i].same);

		if (a.count == row[i].count && b.count == a.count &&
		    memcmp(a.hash, b.hash, a.count * sizeof *a.hash) == 0)
			continue;
		test_failed = true;
		printf("# row %zu: %zu and %zu\n", i, a.count, b.count);
	}
}

TEST(phrases_stand_alone)
{
	static const struct {
		const char *text, *phrase;
		bool has;
	} row[] = {
		{ "/usr/bin/curl -o x", "curl", true },
		{ "/usr/bin/CURL", "curl", true },
		{ "/usr/bin/curly", "curl", false },
		{ "libcurl", "curl", false },
		{ "libcurl curl", "curl", true },
		{ "/usr/bin/curl", "bin/curl", true },
		{ "/usr/sbin/curl", "bin/curl", false },
		{ "/usr/sbin/curl", "/curl", true },
		{ "curl", "", true },
		{ "", "curl", false },
		{ "請求書.pdf.exe", "求書", true },
		{ "a求書b", "求書", true },
		{ "curlcurl curl", "curl", true },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (block_has_phrase(sv_from(row[i].text), sv_from(row[i].phrase)) == row[i].has)
			continue;
		test_failed = true;
		printf("# '%s' in '%s'\n", row[i].phrase, row[i].text);
	}
}

/* What the filter is for: a phrase in the text has all its tokens in the filter. */
TEST(property_phrases_pass_the_filter)
{
	static const char letter[] = "abcXYZ019 /\\.-_\xe6\x97\xa5\xe6\x9c\xac";
	struct token_set *set = token_set_new();
	uint64_t random = 5;

	for (int i = 0; i < 5000; i++) {
		char text[24], phrase[24];
		const size_t n = testing_random(&random) % sizeof text;
		size_t from, to;
		struct tokens tokens;
		struct buf bloom;

		for (size_t k = 0; k < n; k++)
			text[k] = letter[testing_random(&random) % (sizeof letter - 1)];
		from = n ? testing_random(&random) % n : 0;
		to = from + (n - from ? testing_random(&random) % (n - from + 1) : 0);
		memcpy(phrase, text + from, to - from);
		if (!block_has_phrase((struct sv){ text, n }, (struct sv){ phrase, to - from }))
			continue;
		/* Cut characters make other pairs: a question is UTF-8. */
		if (!sv_is_utf8((struct sv){ phrase, to - from }) ||
		    !sv_is_utf8((struct sv){ text, n }))
			continue;
		token_set_clear(set);
		tokens = tokens_of((struct sv){ text, n });
		for (size_t k = 0; k < tokens.count; k++)
			token_set_add(set, tokens.hash[k]);
		buf_init(&bloom, BLOOM_MAX + 64);
		bloom_make(set, &bloom);
		tokens = tokens_of((struct sv){ phrase, to - from });
		for (size_t k = 0; k < tokens.count; k++)
			CHECK(bloom_may_have(buf_sv(&bloom), tokens.hash[k]));
		buf_done(&bloom);
	}
	token_set_free(set);
}

TEST(filter_is_as_good_as_promised)
{
	struct token_set *set = token_set_new();
	struct buf bloom;
	uint64_t random = 3;
	int wrong = 0;

	for (int i = 0; i < 20000; i++)
		token_set_add(set, testing_random(&random));
	token_set_add(set, 0);
	CHECK_INT(token_set_count(set), 20001);
	buf_init(&bloom, BLOOM_MAX + 64);
	bloom_make(set, &bloom);
	CHECK(bloom_is_sound(buf_sv(&bloom)));
	CHECK(bloom_may_have(buf_sv(&bloom), 0));
	random = 3;
	for (int i = 0; i < 20000; i++)
		CHECK(bloom_may_have(buf_sv(&bloom), testing_random(&random)));
	for (int i = 0; i < 20000; i++)
		wrong += bloom_may_have(buf_sv(&bloom), testing_random(&random));
	CHECK(wrong < 20000 * 3 / 100);
	bloom.p[100] ^= 4;
	CHECK(!bloom_is_sound(buf_sv(&bloom)));
	CHECK(!bloom_is_sound(SV("")));
	CHECK(!bloom_is_sound(SV("12345678")));
	buf_done(&bloom);
	token_set_free(set);
}

TEST(packing_there_and_back)
{
	ZSTD_CCtx *packer = ZSTD_createCCtx();
	ZSTD_DCtx *unpacker = ZSTD_createDCtx();
	struct buf packed, lines;
	struct sv got = SV_NONE;
	struct err err = ERR_INIT;
	char company[BLOCK_COMPANY_MAX + 1];

	buf_init(&packed, 1U << 20);
	buf_init(&lines, 1U << 20);
	REQUIRE(block_pack(packer, 3, SV("c1"), 2, SV("one\ntwo\n"), &packed, &err) == 0);
	REQUIRE(block_unpack(unpacker, buf_sv(&packed), SV("c1"), 2, &lines, &got, &err) == 0);
	CHECK_SV(got, SV("one\ntwo\n"));
	CHECK(block_unpack(unpacker, buf_sv(&packed), SV("c2"), 2, &lines, &got, &err) == -1);
	CHECK(block_unpack(unpacker, buf_sv(&packed), SV("c1"), 3, &lines, &got, &err) == -1);
	for (size_t i = 0; i < packed.n; i++) {
		packed.p[i] ^= 0x10;
		/* A damaged length or text is found; the checksum leaves nothing out. */
		CHECK(block_unpack(unpacker, buf_sv(&packed), SV("c1"), 2, &lines, &got, &err) !=
			      0 ||
		      sv_eq(got, SV("one\ntwo\n")));
		packed.p[i] ^= 0x10;
	}
	for (size_t n = 0; n < packed.n; n++)
		CHECK(block_unpack(unpacker, sv_slice(buf_sv(&packed), 0, n), SV("c1"), 2, &lines,
				   &got, &err) == -1);
	REQUIRE(block_pack(packer, 1, SV("c"), 0, SV_NONE, &packed, &err) == 0);
	REQUIRE(block_unpack(unpacker, buf_sv(&packed), SV("c"), 0, &lines, &got, &err) == 0);
	CHECK_INT(got.n, 0);
	memset(company, 'x', sizeof company);
	CHECK(block_pack(packer, 1, (struct sv){ company, BLOCK_COMPANY_MAX }, 0, SV_NONE, &packed,
			 &err) == 0);
	CHECK(block_unpack(unpacker, buf_sv(&packed), (struct sv){ company, BLOCK_COMPANY_MAX }, 0,
			   &lines, &got, &err) == 0);
	CHECK(block_pack(packer, 1, (struct sv){ company, BLOCK_COMPANY_MAX + 1 }, 0, SV_NONE,
			 &packed, &err) == -1);
	buf_done(&packed);
	buf_done(&lines);
	ZSTD_freeCCtx(packer);
	ZSTD_freeDCtx(unpacker);
}

TEST(a_bomb_is_refused)
{
	ZSTD_CCtx *packer = ZSTD_createCCtx();
	ZSTD_DCtx *unpacker = ZSTD_createDCtx();
	struct buf packed, lines;
	struct sv got, zeros = { NULL, 4U << 20 };
	char *p = mem_zalloc(zeros.n);
	struct err err = ERR_INIT;

	zeros.p = p;
	buf_init(&packed, 8U << 20);
	buf_init(&lines, 1U << 20);
	REQUIRE(block_pack(packer, 1, SV("c"), 1, zeros, &packed, &err) == 0);
	CHECK(packed.n < 4096);
	CHECK(block_unpack(unpacker, buf_sv(&packed), SV("c"), 1, &lines, &got, &err) == -1);
	CHECK(lines.room == 0);
	free(p);
	buf_done(&packed);
	buf_done(&lines);
	ZSTD_freeCCtx(packer);
	ZSTD_freeDCtx(unpacker);
}

TEST(envelopes_are_peeked_at)
{
	struct buf line;
	struct event_envelope envelope;
	char id[UUID_TEXT_MAX];
	static const char *const other[] = {
		"",
		"{}",
		"{\"Image\":\"x\",\"hikeshi\":{}}",
		"{\"hikeshi\":{\"id\":\"x\"}}",
		("{\"hikeshi\":{\"id\":\"a\\u0062\",\"observed\":\"2026-01-01T00:00:00Z\","
		 "\"received\":\"2026-01-01T00:00:00Z\"}}"),
		"{\"hikeshi\":{\"id\":\"x\",\"observed\":\"yesterday\",\"received\":\"now\"}}",
		"{\"hikeshi\":{\"id\":\"x",
	};

	buf_init(&line, 4096);
	testing_event(&line, TESTING_COMPANY, TESTING_DEVICE, 5, TESTING_TIME);
	REQUIRE(block_peek(buf_sv(&line), &envelope));
	testing_id(5, TESTING_TIME, id);
	CHECK_SV(envelope.id, sv_from(id));
	CHECK_INT(envelope.observed.us, TESTING_TIME);
	CHECK_INT(envelope.received.us, TESTING_TIME + 400000);
	buf_done(&line);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		CHECK(!block_peek(sv_from(other[i]), &envelope));
}

/* The encoder's lines are what peeking knows: else searches read every frame. */
TEST(encoded_events_are_peeked_at)
{
	struct event_builder *builder = event_builder_new();
	struct event_envelope *e = event_builder_envelope(builder), envelope;
	struct event event;
	struct buf line;
	struct err err = ERR_INIT;
	char id[UUID_TEXT_MAX];

	testing_id(1, TESTING_TIME, id);
	*e = (struct event_envelope){
		.id = sv_from(id),
		.company = SV(TESTING_COMPANY),
		.device = SV(TESTING_DEVICE),
		.observed = { TESTING_TIME + 1 },
		.received = { TESTING_TIME + 2 },
		.product = SV("linux"),
		.category = SV("a}b"),
		.service = SV("x"),
	};
	event_builder_text(builder, SV("Image"), SV("/bin/sh"));
	event = event_builder_event(builder);
	buf_init(&line, 4096);
	REQUIRE(event_encode(&event, &line, &err) == 0);
	REQUIRE(block_peek(buf_sv(&line), &envelope));
	CHECK_SV(envelope.id, sv_from(id));
	CHECK_INT(envelope.observed.us, TESTING_TIME + 1);
	CHECK_INT(envelope.received.us, TESTING_TIME + 2);
	buf_done(&line);
	event_builder_free(builder);
}

TEST(ranges)
{
	struct block_range range;
	struct event_envelope envelope = { .id = SV("0193b1c0-0000-7000-8000-000000000005") };
	struct uuid id;

	block_range_start(&range);
	envelope.observed.us = 50;
	envelope.received.us = 60;
	block_range_add(&range, &envelope);
	CHECK(uuid_parse(envelope.id, &id));
	CHECK(memcmp(&range.id_first, &id, 16) == 0 && memcmp(&range.id_last, &id, 16) == 0);
	CHECK(range.first == 50 && range.last == 50 && range.newest == 50);
	envelope.observed.us = 1000; /* a clock that runs ahead */
	block_range_add(&range, &envelope);
	CHECK(range.first == 50 && range.last == 1000 && range.newest == 60);
	envelope.observed.us = 0;
	envelope.received.us = 70;
	block_range_add(&range, &envelope);
	CHECK(range.first == 50 && range.last == 1000 && range.newest == 70);
	envelope.id = SV("mine");
	block_range_add(&range, &envelope);
	memset(&id, 0, sizeof id);
	CHECK(memcmp(&range.id_first, &id, 16) == 0);
	CHECK_INT(range.events, 4);
}

TEST(sets_of_lines)
{
	struct buf set;

	buf_init(&set, 20);
	block_set_add(&set, SV("one"));
	block_set_add(&set, SV("two"));
	block_set_add(&set, SV("one"));
	CHECK_SV(buf_sv(&set), SV("one\ntwo\n"));
	CHECK(block_set_has(buf_sv(&set), SV("two")));
	CHECK(!block_set_has(buf_sv(&set), SV("three")));
	CHECK(!block_set_has(buf_sv(&set), SV("on")));
	block_set_add(&set, SV("a very long line"));
	CHECK(block_set_has(buf_sv(&set), SV("three"))); /* any */
	block_set_add(&set, SV("x"));
	CHECK(block_set_has(buf_sv(&set), SV("anything")));
	buf_clear(&set);
	block_set_add(&set, SV("a\nb"));
	CHECK(block_set_has(buf_sv(&set), SV("c")));
	buf_done(&set);
}

TEST(sums_see_order_and_length)
{
	struct block_sum a = block_sum_start(), b = block_sum_start(), c = block_sum_start();

	block_sum_bytes(&a, SV("ab"));
	block_sum_bytes(&a, SV("c"));
	block_sum_bytes(&b, SV("a"));
	block_sum_bytes(&b, SV("bc"));
	block_sum_bytes(&c, SV("c"));
	block_sum_bytes(&c, SV("ab"));
	CHECK(block_sum_end(a) != block_sum_end(b));
	CHECK(block_sum_end(a) != block_sum_end(c));
	CHECK(block_sum_end(block_sum_start()) == block_sum_end(block_sum_start()));
}
