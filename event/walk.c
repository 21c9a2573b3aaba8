#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/internal.h"

/*
 * Walks over the tokens that structure.c has found. Whatever is out of the
 * ordinary, errors above all, is left to json.c: it decides, this is only quick.
 *
 * Behind the last token stand places of the first byte, '{': no step takes that
 * for something that may follow, so none runs over the end.
 */
#define GUARDS 8
/* Names that json.c would join for one event; with more, it decides. */
#define JOINED_MAX (EVENT_SCRATCH_BYTES - 2 * EVENT_BYTES_MAX)

struct walk {
	struct event_decoder *decoder;
	const char *p, *end;
	const uint32_t *token;
	uint32_t last; /* the name before */
	unsigned depth;
	bool has_envelope;
	size_t joined;
};

static bool walk_object(struct walk *walk, uint32_t name, bool in_array);

/* ---- names ---- */

static inline uint64_t eight(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return word;
}

/* Up to 24 bytes of the name as three words. */
static inline void words_of(const struct walk *walk, struct sv name, uint64_t word[3])
{
	word[0] = word[1] = word[2] = 0;
	if (name.n >= 8) {
		word[0] = eight(name.p);
		word[1] = name.n > 16 ? eight(name.p + 8) : 0;
		word[2] = eight(name.p + name.n - 8);
	} else if (walk->end - name.p >= 8) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		word[0] = eight(name.p) & ((UINT64_C(1) << 8 * name.n) - 1);
#else
		memcpy(word, name.p, name.n);
#endif
	} else if (name.n > 0) {
		memcpy(word, name.p, name.n);
	}
}

static inline bool is_name(const struct shape_name *known, uint32_t parent, struct sv name,
			   const uint64_t word[3])
{
	return known->parent == parent && known->member.n == name.n && known->word[0] == word[0] &&
	       known->word[1] == word[1] && known->word[2] == word[2] &&
	       (name.n <= 24 || memcmp(known->member.p, name.p, name.n) == 0);
}

/* Most events name their fields in the order of the one before. 0: no room. */
static inline uint32_t find_name(struct walk *walk, uint32_t parent, struct sv member)
{
	struct shapes *shapes = &walk->decoder->shapes;
	struct shape_name *name = shapes->names.name;
	const uint32_t guess = name[walk->last].next;
	uint64_t word[3];
	uint32_t found = guess;

	words_of(walk, member, word);
	if (guess == 0 || !is_name(&name[guess], parent, member, word)) {
		found = shapes_name(shapes, parent, member, walk->depth == 1, word);
		if (found == 0)
			return 0;
		name[walk->last].next = found;
	}
	walk->last = found;
	walk->joined += walk->depth > 1 ? name[found].full.n : 0;
	return found;
}

/* ---- values ---- */

static inline bool add(struct walk *walk, uint32_t name, struct sv text, enum event_type type,
		       bool in_array)
{
	struct event_decoder *decoder = walk->decoder;
	const struct shape_name *known = &decoder->shapes.names.name[name];

	if (decoder->count == EVENT_FIELDS_MAX)
		return false;
	decoder->field[decoder->count++] =
		(struct event_field){ known->full, text, known->hash, type, in_array };
	shapes_add(&decoder->shapes, name, type, in_array);
	return true;
}

/* The string that the next two tokens are the quotes of. */
static inline bool take_string(struct walk *walk, struct sv *ret)
{
	struct event_decoder *decoder = walk->decoder;
	const uint32_t open = walk->token[0] + 1, close = walk->token[1];
	size_t n;

	walk->token += 2;
	*ret = (struct sv){ walk->p + open, close - open };
	if (!(decoder->structure.escape[close / 64] >> close % 64 & 1))
		return true;
	if (decoder->variant->unescape) {
		char *const to = scratch_room(decoder, ret->n);

		n = to ? decoder->variant->unescape(*ret, to) : SIZE_MAX;
		if (n != SIZE_MAX) {
			*ret = scratch_take(decoder, n);
			return true;
		}
	}
	return json_unescape(decoder, walk->p + open, walk->p + close, ret);
}

/* Nothing but white space up to the next token. */
static inline bool reaches_token(struct walk *walk, const char *p)
{
	const char *next = walk->p + *walk->token;

	while (p < next && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p == next;
}

static bool take_word(struct walk *walk, uint32_t name, bool in_array)
{
	static const struct {
		struct sv word;
		enum event_type type;
	} row[] = { { SV("true"), EVENT_BOOL },
		    { SV("false"), EVENT_BOOL },
		    { SV("null"), EVENT_NULL } };
	const char *p = walk->p + *walk->token;
	const struct sv rest = { p, (size_t)(walk->end - p) };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (!sv_starts(rest, row[i].word))
			continue;
		walk->token++;
		return reaches_token(walk, p + row[i].word.n) &&
		       add(walk, name, row[i].type == EVENT_NULL ? SV_NONE : row[i].word,
			   row[i].type, in_array);
	}
	return false;
}

static bool take_number(struct walk *walk, uint32_t name, bool in_array)
{
	const char *p = walk->p + *walk->token, *at = p;
	size_t n;

	/* Most are a few digits. */
	while (at < walk->end && *at >= '0' && *at <= '9')
		at++;
	n = (size_t)(at - p);
	if (n == 0 || n > 15 || *p == '0' || at == walk->end || (*at != ',' && *at != '}')) {
		n = json_number_length(p, walk->end);
		if (n == 0)
			return false;
	}
	walk->token++;
	return reaches_token(walk, p + n) &&
	       add(walk, name, (struct sv){ p, n }, EVENT_NUMBER, in_array);
}

static bool walk_array(struct walk *walk, uint32_t name, bool in_array);

static inline bool walk_value(struct walk *walk, uint32_t name, bool in_array)
{
	const char c = walk->p[*walk->token];
	struct sv text;

	if (c == '"')
		return take_string(walk, &text) && add(walk, name, text, EVENT_STRING, in_array);
	if (c == '{')
		return walk_object(walk, name, in_array);
	if (c == '-' || (c >= '0' && c <= '9'))
		return take_number(walk, name, in_array);
	if (c == '[')
		return walk_array(walk, name, in_array);
	return take_word(walk, name, in_array);
}

static bool walk_array(struct walk *walk, uint32_t name, bool in_array)
{
	if (walk->depth++ == EVENT_DEPTH_MAX)
		return false;
	walk->token++;
	if (walk->p[*walk->token] == ']') {
		walk->token++;
		walk->depth--;
		return add(walk, name, SV_NONE, EVENT_EMPTY, in_array);
	}
	for (;;) {
		char c;

		if (!walk_value(walk, name, true))
			return false;
		c = walk->p[*walk->token++];
		if (c == ',')
			continue;
		walk->depth--;
		return c == ']';
	}
}

/* ---- objects ---- */

/* Members that are texts; others are left to json.c. */
static bool walk_envelope(struct walk *walk)
{
	if (walk->has_envelope || walk->p[*walk->token] != '{')
		return false;
	walk->has_envelope = true;
	walk->token++;
	if (walk->p[*walk->token] == '}') {
		walk->token++;
		return true;
	}
	for (;;) {
		struct sv member, text;
		char c;

		if (walk->p[*walk->token] != '"' || !take_string(walk, &member) ||
		    walk->p[*walk->token++] != ':' || walk->p[*walk->token] != '"' ||
		    !take_string(walk, &text) || !json_envelope_member(walk->decoder, member, text))
			return false;
		c = walk->p[*walk->token++];
		if (c != ',')
			return c == '}';
	}
}

static inline bool is_envelope(const struct walk *walk, struct sv member)
{
	return walk->depth == 1 && member.n == 7 && memcmp(member.p, "hikeshi", 7) == 0;
}

/* What follows the envelope, where it is the first member. */
static void set_body(struct walk *walk, char c)
{
	const char *from = walk->p + walk->token[-1] + (c == ',');

	walk->decoder->body = (struct sv){ from, (size_t)(walk->end - from) };
}

static bool walk_object(struct walk *walk, uint32_t name, bool in_array)
{
	bool first = true;

	if (walk->depth++ == EVENT_DEPTH_MAX)
		return false;
	walk->token++;
	if (walk->p[*walk->token] == '}') {
		walk->token++;
		walk->depth--;
		return walk->depth == 0 || add(walk, name, SV_NONE, EVENT_EMPTY, in_array);
	}
	for (;; first = false) {
		struct sv member;
		char c;

		if (walk->p[*walk->token] != '"' || !take_string(walk, &member) ||
		    walk->p[*walk->token++] != ':')
			return false;
		if (is_envelope(walk, member)) {
			if (!walk_envelope(walk))
				return false;
		} else {
			const uint32_t child = find_name(walk, name, member);

			if (child == 0 || !walk_value(walk, child, in_array))
				return false;
		}
		c = walk->p[*walk->token++];
		if (first && walk->has_envelope && walk->depth == 1)
			set_body(walk, c);
		if (c == ',')
			continue;
		walk->depth--;
		return c == '}';
	}
}

/* ---- the whole ---- */

static void reserve(struct event_decoder *decoder, size_t n)
{
	struct structure *structure = &decoder->structure;

	if (n <= decoder->structure_room && structure->token)
		return;
	decoder->structure_room = n + n / 2 + 4096;
	free(structure->token);
	free(structure->escape);
	free(structure->high);
	n = decoder->structure_room / 64 + 2;
	structure->token = mem_alloc((64 * n + STRUCTURE_SLACK + GUARDS) * sizeof(uint32_t));
	structure->escape = mem_alloc(n * sizeof *structure->escape);
	structure->high = mem_alloc(n * sizeof *structure->high);
}

/* Whether all bytes beyond ASCII are UTF-8. */
static bool is_utf8(const struct structure *structure, struct sv text)
{
	size_t next = 0;

	for (size_t block = 0; block < structure->blocks; block++) {
		uint64_t bits = structure->high[block];

		while (bits != 0) {
			const size_t at = 64 * block + (size_t)__builtin_ctzll(bits);

			if (at >= next) {
				const size_t n = utf8_length(text.p + at, text.p + text.n);

				if (n == 0)
					return false;
				next = at + n;
			}
			bits &= bits - 1;
		}
	}
	return true;
}

bool json_walk(struct event_decoder *decoder, struct sv text)
{
	struct walk walk = { .decoder = decoder, .p = text.p, .end = text.p + text.n };
	struct structure *structure = &decoder->structure;

	event_decoder_reset(decoder);
	if (!decoder->variant || text.n == 0 || text.n > EVENT_BYTES_MAX || text.p[0] != '{')
		return false;
	reserve(decoder, text.n);
	if (!decoder->variant->find(text, structure) ||
	    (structure->has_high && !is_utf8(structure, text)))
		return false;
	memset(structure->token + structure->count, 0, GUARDS * sizeof *structure->token);
	shapes_begin(&decoder->shapes);
	walk.token = structure->token;
	decoder->body = text;
	if (!walk_object(&walk, 0, false) || walk.token != structure->token + structure->count ||
	    walk.joined > JOINED_MAX)
		return false;
	decoder->shape = shapes_find(&decoder->shapes);
	return true;
}
