#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "store/block.h"

#define TOKEN_MIN 3
#define SET_ROOM_START 4096

/* For each byte: 0 separates; letters folded, digits; 1: beyond ASCII. */
static unsigned char class_of(char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
		return (unsigned char)c;
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c | 0x20);
	return (unsigned char)c >= 0x80 ? 1 : 0;
}

static uint64_t finish(uint64_t hash)
{
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ (hash >> 33);
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

static uint64_t fold(uint64_t hash, unsigned char c)
{
	return (hash ^ c) * UINT64_C(0x100000001b3);
}

static size_t character_end(struct sv text, size_t at)
{
	do
		at++;
	while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80);
	return at;
}

/* Pairs of neighbours in a run of characters beyond ASCII. Returns the run's end. */
static size_t pairs(struct sv text, size_t at, void (*token)(void *context, uint64_t hash),
		    void *context)
{
	size_t second = character_end(text, at);

	while (second < text.n && class_of(text.p[second]) == 1) {
		const size_t end = character_end(text, second);
		uint64_t hash = HASH_START;

		for (size_t i = at; i < end; i++)
			hash = fold(hash, (unsigned char)text.p[i]);
		token(context, finish(hash));
		at = second;
		second = end;
	}
	return second;
}

void block_tokens(struct sv text, void (*token)(void *context, uint64_t hash), void *context)
{
	size_t at = 0;

	while (at < text.n) {
		unsigned char c = class_of(text.p[at]);
		const size_t start = at;
		uint64_t hash = HASH_START;

		if (c == 0) {
			at++;
			continue;
		}
		if (c == 1) {
			at = pairs(text, at, token, context);
			continue;
		}
		do
			hash = fold(hash, c);
		while (++at < text.n && (c = class_of(text.p[at])) > 1);
		if (at - start >= TOKEN_MIN)
			token(context, finish(hash));
	}
}

uint64_t block_token_id(struct sv id)
{
	uint64_t hash = fold(HASH_START, 0xff); /* apart from the words */

	for (size_t i = 0; i < id.n; i++)
		hash = fold(hash, (unsigned char)id.p[i]);
	return finish(hash);
}

static bool is_word(char c)
{
	return class_of(c) > 1;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool block_has_phrase(struct sv text, struct sv phrase)
{
	if (phrase.n == 0)
		return true;
	for (size_t at = 0; at + phrase.n <= text.n; at++) {
		const size_t end = at + phrase.n;
		size_t i = 0;

		while (i < phrase.n && lower(text.p[at + i]) == lower(phrase.p[i]))
			i++;
		if (i < phrase.n)
			continue;
		if (at > 0 && is_word(phrase.p[0]) && is_word(text.p[at - 1]))
			continue;
		if (end < text.n && is_word(phrase.p[phrase.n - 1]) && is_word(text.p[end]))
			continue;
		return true;
	}
	return false;
}

/* ==== distinct tokens: open addressing, zero is an empty place ==== */

struct token_set {
	uint64_t *slot;
	size_t room, count; /* room: a power of two, at most half full */
};

struct token_set *token_set_new(void)
{
	struct token_set *set = mem_zalloc(sizeof *set);

	set->room = SET_ROOM_START;
	set->slot = mem_zalloc(set->room * sizeof *set->slot);
	return set;
}

void token_set_free(struct token_set *set)
{
	if (!set)
		return;
	free(set->slot);
	free(set);
}

void token_set_clear(struct token_set *set)
{
	memset(set->slot, 0, set->room * sizeof *set->slot);
	set->count = 0;
}

static bool insert(struct token_set *set, uint64_t hash)
{
	size_t at = hash & (set->room - 1);

	while (set->slot[at] != 0) {
		if (set->slot[at] == hash)
			return false;
		at = (at + 1) & (set->room - 1);
	}
	set->slot[at] = hash;
	return true;
}

void token_set_add(struct token_set *set, uint64_t hash)
{
	uint64_t *before = set->slot;
	const size_t room = set->room;

	set->count += insert(set, hash ? hash : 1);
	if (set->count * 2 <= room)
		return;
	set->room = room * 2;
	set->slot = mem_zalloc(set->room * sizeof *set->slot);
	for (size_t i = 0; i < room; i++)
		if (before[i] != 0)
			insert(set, before[i]);
	free(before);
}

static void add_token(void *context, uint64_t hash)
{
	token_set_add(context, hash);
}

void token_set_add_event(struct token_set *set, const struct event *event)
{
	token_set_add(set, block_token_id(event->envelope.id));
	for (size_t i = 0; i < event->count; i++)
		block_tokens(event->field[i].text, add_token, set);
}

size_t token_set_count(const struct token_set *set)
{
	return set->count;
}

/* ==== bloom filter: 8 bytes of sum, then the bits ==== */

#define SUM_SIZE 8

static int64_t sum_of(struct sv bits)
{
	struct block_sum sum = block_sum_start();

	block_sum_bytes(&sum, bits);
	return block_sum_end(sum);
}

/* Where bit i of a token stands among n bits. */
static size_t place(uint64_t hash, unsigned i, size_t n)
{
	const uint64_t h = hash + i * ((hash >> 32) | 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(((unsigned __int128)h * n) >> 64);
}

void bloom_make(const struct token_set *set, struct buf *bloom)
{
	size_t n = set->count * BLOOM_BITS / 8 + 8;
	unsigned char *bits;
	int64_t sum;

	if (n > BLOOM_MAX)
		n = BLOOM_MAX;
	bits = mem_zalloc(n);
	for (size_t i = 0; i < set->room; i++) {
		if (set->slot[i] == 0)
			continue;
		for (unsigned k = 0; k < BLOOM_HASHES; k++) {
			const size_t bit = place(set->slot[i], k, n * 8);

			bits[bit / 8] |= (unsigned char)(1 << bit % 8);
		}
	}
	sum = sum_of((struct sv){ (const char *)bits, n });
	buf_put(bloom, &sum, sizeof sum);
	buf_put(bloom, bits, n);
	free(bits);
}

bool bloom_is_sound(struct sv bloom)
{
	int64_t sum;

	static_assert(sizeof sum == SUM_SIZE, "the sum's size is part of the format");
	if (bloom.n <= SUM_SIZE)
		return false;
	memcpy(&sum, bloom.p, sizeof sum);
	return sum == sum_of(sv_slice(bloom, SUM_SIZE, bloom.n));
}

bool bloom_may_have(struct sv bloom, uint64_t hash)
{
	const struct sv bits = sv_slice(bloom, SUM_SIZE, bloom.n);

	if (hash == 0)
		hash = 1;
	for (unsigned k = 0; k < BLOOM_HASHES; k++) {
		const size_t bit = place(hash, k, bits.n * 8);

		if (!((unsigned char)bits.p[bit / 8] & 1 << bit % 8))
			return false;
	}
	return true;
}
