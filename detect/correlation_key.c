#include <stdlib.h>

#include "base/mem.h"
#include "detect/correlation_state.h"
#include "detect/fold.h"
#include "detect/number.h"

#define TABLE_MIN 64
#define HEAP_COST 16 /* what malloc needs beside */

/* ---- SipHash-2-4 with 128 bits: nobody shall choose values that fall together ---- */

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

static uint64_t sip_end(uint64_t v[4])
{
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void hash_of(const uint64_t secret[2], struct sv text, uint64_t ret[2])
{
	uint64_t v[4] = { secret[0] ^ UINT64_C(0x736f6d6570736575),
			  secret[1] ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
			  secret[0] ^ UINT64_C(0x6c7967656e657261),
			  secret[1] ^ UINT64_C(0x7465646279746573) };
	uint64_t last = (uint64_t)text.n << 56;
	size_t i = 0;

	for (; i + 8 <= text.n; i += 8) {
		uint64_t word;

		memcpy(&word, text.p + i, sizeof word);
		sip_word(v, word);
	}
	for (unsigned shift = 0; i < text.n; i++, shift += 8)
		last |= (uint64_t)(unsigned char)text.p[i] << shift;
	sip_word(v, last);
	v[2] ^= 0xee;
	ret[0] = sip_end(v);
	v[1] ^= 0xdd;
	ret[1] = sip_end(v);
}

/* ---- values of events and hits ---- */

static bool find_value(const struct source *source, struct sv name, struct sv *ret)
{
	if (name.n == 0) /* the alias has no field in this rule */
		return false;
	if (source->hit) {
		for (size_t i = 0; i < source->hit->group_count; i++)
			if (sv_eq_case(source->hit->group_name[i], name)) {
				*ret = source->hit->group_value[i];
				return true;
			}
		return false;
	}
	for (const struct event_field *field = event_get(source->event, name),
				      *end = source->event->field + source->event->count;
	     field && field < end; field++)
		if (field->type != EVENT_NULL && field->type != EVENT_EMPTY &&
		    sv_eq_case(field->name, name)) {
			*ret = field->text;
			return true;
		}
	return false;
}

static char *room_for(struct correlator *correlator, size_t n)
{
	if (n > correlator->text_room) {
		free(correlator->text);
		correlator->text_room = 2 * n;
		correlator->text = mem_alloc(correlator->text_room);
	}
	return correlator->text;
}

/* Length and folded text of each value, behind the company, hashed. */
static void hash_values(struct correlator *correlator, struct sv company, const struct sv *value,
			size_t count, uint64_t ret[2])
{
	size_t room = company.n + 4, n = 0;
	char *text;

	for (size_t i = 0; i < count; i++)
		room += FOLD_ROOM(value[i].n) + 4;
	text = room_for(correlator, room);
	for (size_t i = 0; i <= count; i++) {
		uint32_t length = (uint32_t)company.n;

		if (i > 0)
			length = (uint32_t)fold_text(value[i - 1], text + n + 4);
		else if (company.n > 0)
			memcpy(text + n + 4, company.p, company.n);
		memcpy(text + n, &length, 4);
		n += 4 + length;
	}
	hash_of(correlator->secret, (struct sv){ text, n }, ret);
}

bool correlating_value_of(struct correlator *correlator, const struct correlation *correlation,
			  const struct source *source, const struct correlation_input *input,
			  uint64_t *ret)
{
	struct sv value[CORRELATION_FIELDS_MAX];
	struct number number;
	uint64_t hash[2];
	double real;

	*ret = 0;
	for (uint32_t i = 0; i < correlation->field_count; i++)
		if (!find_value(source, input->field[i], &value[i]))
			return false;
	if (correlation->field_count == 0)
		return true;
	if (correlation->type == CORRELATE_VALUE_COUNT || correlation->share) {
		hash_values(correlator, SV(""), value, correlation->field_count, hash);
		*ret = hash[0];
		return true;
	}
	if (!number_parse(value[0], &number))
		return false;
	real = number.whole ? (double)number.integer : number.real;
	memcpy(ret, &real, sizeof real);
	return true;
}

/* ---- keys ---- */

size_t correlating_key_bytes(const struct track *track, const struct key *key)
{
	return sizeof *key + key->text_n + HEAP_COST + key->room * sizeof *key->entry +
	       key->fired_room * sizeof *key->fired + tally_bytes(track->correlation, &key->tally);
}

static size_t find_slot(const struct track *track, const uint64_t hash[2])
{
	size_t slot = hash[0];

	for (;; slot++) {
		const struct key *key = track->table[slot &= track->table_size - 1];

		if (!key || (key->hash[0] == hash[0] && key->hash[1] == hash[1]))
			return slot;
	}
}

static void grow(struct track *track)
{
	struct key **before = track->table;
	const size_t size = track->table_size;

	track->table_size = size ? 2 * size : TABLE_MIN;
	track->bytes += (track->table_size - size) * sizeof *before;
	track->table = mem_zalloc(track->table_size * sizeof *before);
	for (size_t i = 0; i < size; i++)
		if (before[i])
			track->table[find_slot(track, before[i]->hash)] = before[i];
	free(before);
}

/* So much of a text that no character is cut. */
static size_t cut(struct sv text, size_t max)
{
	if (text.n <= max)
		return text.n;
	while (max > 0 && ((unsigned char)text.p[max] & 0xC0) == 0x80)
		max--;
	return max;
}

static struct key *key_new(const uint64_t hash[2], struct sv company, const struct sv *value,
			   size_t count)
{
	const size_t each = CORRELATION_KEY_BYTES_MAX / (count + 1);
	size_t n = 4 + cut(company, each);
	struct key *key;

	for (size_t i = 0; i < count; i++)
		n += 4 + cut(value[i], each);
	key = mem_alloc(sizeof *key + n);
	*key = (struct key){ .hash = { hash[0], hash[1] }, .touched = INT64_MIN };
	for (size_t i = 0; i <= count; i++) {
		const struct sv text = i == 0 ? company : value[i - 1];
		const uint32_t length = (uint32_t)cut(text, each);

		memcpy(key->text + key->text_n, &length, 4);
		if (length > 0)
			memcpy(key->text + key->text_n + 4, text.p, length);
		key->text_n += 4 + length;
	}
	return key;
}

struct key *correlating_key_of(struct correlator *correlator, struct track *track,
			       const struct source *source, const struct correlation_input *input)
{
	const size_t count = track->correlation->group_count;
	struct sv value[CORRELATION_FIELDS_MAX];
	uint64_t hash[2];
	struct key **place;

	for (size_t i = 0; i < count; i++)
		if (!find_value(source, input->group[i], &value[i]))
			return NULL;
	hash_values(correlator, source->company, value, count, hash);
	if (2 * (track->key_count + 1) > track->table_size)
		grow(track);
	place = &track->table[find_slot(track, hash)];
	if (!*place) {
		*place = key_new(hash, source->company, value, count);
		track->key_count++;
		track->bytes += correlating_key_bytes(track, *place);
	}
	return *place;
}

void correlating_key_unlist(struct track *track, struct key *key)
{
	if (!key->listed)
		return;
	*(key->before ? &key->before->after : &track->oldest) = key->after;
	*(key->after ? &key->after->before : &track->newest) = key->before;
	key->listed = false;
}

void correlating_key_touch(struct track *track, struct key *key, int64_t at)
{
	correlating_key_unlist(track, key);
	key->touched = at;
	key->before = track->newest;
	key->after = NULL;
	*(track->newest ? &track->newest->after : &track->oldest) = key;
	track->newest = key;
	key->listed = true;
}

void correlating_key_free(struct key *key)
{
	tally_done(&key->tally);
	free(key->entry);
	free(key->fired);
	free(key);
}

void correlating_key_remove(struct track *track, struct key *key)
{
	const size_t mask = track->table_size - 1;
	size_t gap = find_slot(track, key->hash);

	track->table[gap] = NULL;
	for (size_t i = (gap + 1) & mask; track->table[i]; i = (i + 1) & mask) {
		const size_t home = track->table[i]->hash[0] & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		track->table[gap] = track->table[i];
		track->table[i] = NULL;
		gap = i;
	}
	correlating_key_unlist(track, key);
	track->key_count--;
	track->bytes -= correlating_key_bytes(track, key);
	correlating_key_free(key);
}

struct sv *correlating_key_values(const struct key *key, size_t count, struct arena *arena)
{
	struct sv *list = arena_alloc(arena, (count + 1) * sizeof *list);
	const struct sv text = arena_dup(arena, (struct sv){ key->text, key->text_n });
	size_t at = 0;

	for (size_t i = 0; list && i <= count; i++) {
		uint32_t length;

		if (!text.p)
			return NULL;
		memcpy(&length, text.p + at, 4);
		list[i] = (struct sv){ text.p + at + 4, length };
		at += 4 + length;
	}
	return list;
}
