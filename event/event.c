#include <string.h>

#include "base/mem.h"
#include "event/internal.h"

const struct event_field *event_get(const struct event *event, struct sv name)
{
	const uint64_t hash = sv_hash_case(name);
	const struct event_field *folded = NULL;

	for (size_t i = 0; i < event->count; i++) {
		const struct event_field *field = &event->field[i];

		if (field->name_hash != hash)
			continue;
		if (sv_eq(field->name, name))
			return field;
		if (!folded && sv_eq_case(field->name, name))
			folded = field;
	}
	return folded;
}

struct sv event_text(const struct event *event, struct sv name)
{
	const struct event_field *field = event_get(event, name);

	return field ? field->text : SV_NONE;
}

/* ---- scratch ---- */

static struct scratch_piece *piece_new(struct scratch_piece *before, size_t room)
{
	struct scratch_piece *piece = mem_alloc(sizeof *piece + room + EVENT_SCRATCH_SLACK);

	piece->before = before;
	piece->room = room;
	piece->taken = 0;
	return piece;
}

static void pieces_free(struct scratch_piece *piece)
{
	while (piece) {
		struct scratch_piece *before = piece->before;

		free(piece);
		piece = before;
	}
}

char *scratch_more(struct event_decoder *decoder, size_t n)
{
	const struct scratch_piece *piece = decoder->scratch;
	const size_t taken = decoder->scratch_n + piece->taken;
	size_t room = 2 * piece->room;

	if (n > EVENT_SCRATCH_BYTES - taken)
		return NULL;
	while (room < n)
		room *= 2;
	/* With what was taken, no event needs more. */
	if (room > EVENT_SCRATCH_BYTES - taken)
		room = EVENT_SCRATCH_BYTES - taken;
	decoder->scratch_n = taken;
	decoder->scratch = piece_new(decoder->scratch, room);
	return decoder->scratch->byte;
}

/* ---- the decoder ---- */

struct event_decoder *event_decoder_new(void)
{
	struct event_decoder *decoder = mem_zalloc(sizeof *decoder);

	decoder->field = mem_alloc(EVENT_FIELDS_MAX * sizeof *decoder->field);
	decoder->spare = mem_alloc(EVENT_FIELDS_MAX * sizeof *decoder->spare);
	decoder->scratch = piece_new(NULL, EVENT_SCRATCH_FIRST);
	decoder->source = mem_alloc(EVENT_FIELDS_MAX * sizeof *decoder->source);
	decoder->variant = structure_best();
	shapes_init(&decoder->shapes);
	return decoder;
}

void event_decoder_free(struct event_decoder *decoder)
{
	if (!decoder)
		return;
	free(decoder->field);
	free(decoder->spare);
	pieces_free(decoder->scratch);
	free(decoder->source);
	free(decoder->structure.token);
	free(decoder->structure.escape);
	free(decoder->structure.high);
	shapes_done(&decoder->shapes);
	free(decoder);
}

void event_decoder_reset(struct event_decoder *decoder)
{
	decoder->count = 0;
	decoder->scratch_n = 0;
	decoder->scratch->taken = 0;
	if (decoder->scratch->before) {
		pieces_free(decoder->scratch->before);
		decoder->scratch->before = NULL;
	}
	decoder->envelope = (struct event_envelope){ 0 };
	decoder->body = SV_NONE;
	decoder->shape = NULL;
	decoder->was_renamed = decoder->by_text = false;
}

int event_decoder_add(struct event_decoder *decoder, struct sv name, struct sv text,
		      enum event_type type, bool in_array, struct err *err)
{
	if (decoder->count == EVENT_FIELDS_MAX)
		return err_set(err, ERR_RANGE, "more than %d values", EVENT_FIELDS_MAX);
	decoder->field[decoder->count++] = (struct event_field){
		.name = name, .text = text, .type = type, .in_array = in_array
	};
	return 0;
}

static uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return word;
}

/* sv_hash_case, mostly remembered. */
static uint64_t name_hash(struct event_decoder *decoder, struct sv name)
{
	uint64_t word[3] = { 0 }, mixed;
	struct event_name *kept;

	if (name.n > EVENT_NAME_KEPT_MAX || name.n == 0)
		return sv_hash_case(name);
	if (name.n >= 8) {
		word[0] = word_at(name.p);
		word[1] = name.n > 16 ? word_at(name.p + 8) : 0;
		word[2] = word_at(name.p + name.n - 8);
	} else {
		memcpy(word, name.p, name.n);
	}
	mixed = ((word[0] ^ word[1] << 1 ^ word[2] << 3) + name.n) * UINT64_C(0x9e3779b97f4a7c15);
	kept = &decoder->name[mixed >> 32 & (EVENT_NAMES_KEPT - 1)];
	if (kept->n != name.n || kept->word[0] != word[0] || kept->word[1] != word[1] ||
	    kept->word[2] != word[2])
		*kept = (struct event_name){ { word[0], word[1], word[2] },
					     name.n,
					     sv_hash_case(name) };
	return kept->hash;
}

void event_decoder_finish(struct event_decoder *decoder, struct sv raw, struct event *ret)
{
	for (size_t i = 0; i < decoder->count; i++)
		decoder->field[i].name_hash = name_hash(decoder, decoder->field[i].name);
	*ret = (struct event){ .raw = raw,
			       .body = decoder->body,
			       .envelope = decoder->envelope,
			       .field = decoder->field,
			       .count = decoder->count };
}

int event_decode(struct event_decoder *decoder, struct sv line, struct event *ret, struct err *err)
{
	if (json_walk(decoder, line)) {
		*ret = (struct event){ .raw = line,
				       .body = decoder->body,
				       .envelope = decoder->envelope,
				       .field = decoder->field,
				       .count = decoder->count,
				       .shape = decoder->shape ? decoder->shape->id << 1 : 0 };
		return 0;
	}
	if (json_decode(decoder, line, err) < 0)
		return -1;
	event_decoder_finish(decoder, line, ret);
	return 0;
}

int event_decode_any(struct event_decoder *decoder, struct sv line, struct event *ret,
		     struct err *err)
{
	struct event_envelope before;
	struct event event;

	if (!json_walk(decoder, line)) {
		if (json_decode(decoder, line, err) < 0)
			return -1;
		return windows_finish(decoder, line, ret, err);
	}
	if (decoder->shape && shape_apply(decoder, decoder->shape, line, ret))
		return 0;
	before = decoder->envelope;
	if (windows_finish(decoder, line, &event, err) < 0)
		return -1;
	if (decoder->shape)
		shape_learn(decoder, decoder->shape, &before, &event);
	*ret = event;
	return 0;
}
