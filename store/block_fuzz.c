/*
 * block_fuzz.c - what is read back from disk and from events' texts: packed
 * lines, filters, envelopes, words. Whatever the bytes, nothing crashes, and a
 * phrase that is found has all its words among the text's words.
 */
#include "store/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct found {
	uint64_t wanted;
	bool there;
};

static void look(void *context, uint64_t hash)
{
	struct found *found = context;

	found->there |= hash == found->wanted;
}

struct question {
	struct sv text;
};

static void demand(void *context, uint64_t hash)
{
	const struct question *question = context;
	struct found found = { .wanted = hash };

	block_tokens(question->text, look, &found);
	if (!found.there)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv bytes = { (const char *)data, size };
	const struct sv phrase = sv_slice(bytes, 0, size ? data[0] % 16U : 0);
	struct question question = { sv_slice(bytes, phrase.n, size) };
	struct event_envelope envelope;
	ZSTD_DCtx *unpacker = ZSTD_createDCtx();
	struct buf lines;
	struct sv got;

	buf_init(&lines, 1U << 16);
	block_unpack(unpacker, bytes, SV("c"), 1, &lines, &got, NULL);
	buf_done(&lines);
	ZSTD_freeDCtx(unpacker);
	block_peek(bytes, &envelope);
	if (bloom_is_sound(bytes))
		bloom_may_have(bytes, size);
	block_set_has(bytes, SV("x"));
	/* Cut characters pair otherwise: questions are UTF-8 (as the API sees to). */
	if (sv_is_utf8(phrase) && sv_is_utf8(question.text) &&
	    block_has_phrase(question.text, phrase))
		block_tokens(phrase, demand, &question);
	return 0;
}
