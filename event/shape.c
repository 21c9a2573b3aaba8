#include "event/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "event/internal.h"

#define NAME_SLOTS (2 * SHAPE_NAMES_MAX)

/* ---- names ---- */

static size_t name_slot(const uint64_t word[3], size_t n, uint32_t parent)
{
	const uint64_t mixed =
		(word[0] ^ word[1] * 3 ^ word[2] * 5 ^ n << 56 ^ (uint64_t)parent << 40) *
		UINT64_C(0x9e3779b97f4a7c15);

	return mixed >> 40 & (NAME_SLOTS - 1);
}

static struct sv keep(struct names *names, struct sv a, struct sv b)
{
	const size_t n = a.p ? a.n + 1 + b.n : b.n;
	char *to = names->bytes + names->bytes_n;

	if (n > SHAPE_NAME_BYTES_MAX - names->bytes_n)
		return SV_NONE;
	names->bytes_n += n;
	if (a.p) {
		if (a.n > 0)
			memcpy(to, a.p, a.n);
		to[a.n] = '.';
	}
	if (b.n > 0)
		memcpy(to + n - b.n, b.p, b.n);
	return (struct sv){ to, n };
}

uint32_t shapes_name(struct shapes *shapes, uint32_t parent, struct sv member, bool is_top,
		     const uint64_t word[3])
{
	struct names *names = &shapes->names;
	size_t slot = name_slot(word, member.n, parent);
	struct shape_name *name;

	for (;; slot = (slot + 1) & (NAME_SLOTS - 1)) {
		const uint32_t number = names->table[slot];

		if (number == 0)
			break;
		if (names->name[number].parent == parent &&
		    sv_eq(names->name[number].member, member))
			return number;
	}
	if (names->count == SHAPE_NAMES_MAX ||
	    (is_top ? 0 : names->name[parent].full.n + 1) + member.n > EVENT_NAME_MAX) {
		names->full |= names->count == SHAPE_NAMES_MAX;
		return 0;
	}
	name = &names->name[names->count];
	name->full = keep(names, is_top ? SV_NONE : names->name[parent].full, member);
	if (!name->full.p) {
		names->full = true;
		return 0;
	}
	name->member = sv_slice(name->full, name->full.n - member.n, name->full.n);
	name->hash = sv_hash_case(name->full);
	name->parent = parent;
	name->next = 0;
	memcpy(name->word, word, sizeof name->word);
	names->table[slot] = (uint16_t)names->count;
	return names->count++;
}

/* ---- shapes ---- */

static void shape_free(struct shape *shape)
{
	if (!shape)
		return;
	for (size_t i = 0; i < SHAPE_VERDICTS; i++)
		free(shape->verdict[i]);
	free(shape->field);
	free(shape->bytes);
	free(shape);
}

static void forget(struct shapes *shapes)
{
	struct names *names = &shapes->names;

	for (size_t i = 0; i < SHAPES_MAX; i++) {
		shape_free(shapes->shape[i]);
		shapes->shape[i] = NULL;
	}
	shapes->count = 0;
	memset(names->table, 0, NAME_SLOTS * sizeof *names->table);
	names->name[0] = (struct shape_name){ .full = SV("") };
	names->count = 1;
	names->bytes_n = 0;
	names->full = false;
}

void shapes_init(struct shapes *shapes)
{
	struct names *names = &shapes->names;

	names->name = mem_alloc(SHAPE_NAMES_MAX * sizeof *names->name);
	names->table = mem_alloc(NAME_SLOTS * sizeof *names->table);
	names->bytes = mem_alloc(SHAPE_NAME_BYTES_MAX);
	random_bytes(&shapes->last_id, sizeof shapes->last_id);
	shapes->last_id >>= 2; /* never zero again, and a bit is added in front */
	forget(shapes);
}

void shapes_done(struct shapes *shapes)
{
	forget(shapes);
	free(shapes->names.name);
	free(shapes->names.table);
	free(shapes->names.bytes);
}

void shapes_begin(struct shapes *shapes)
{
	if (shapes->names.full || shapes->count > SHAPES_MAX / 4 * 3)
		forget(shapes);
	shapes->key_count = 0;
}

struct shape *shapes_find(struct shapes *shapes)
{
	const uint32_t count = shapes->key_count;
	uint64_t hash = count;
	struct shape *shape;
	size_t slot;

	if (count == 0 || count > SHAPE_FIELDS_MAX)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		hash = (hash ^ shapes->key[i]) * UINT64_C(0x9e3779b97f4a7c15);
	for (slot = hash >> 40;; slot++) {
		shape = shapes->shape[slot &= SHAPES_MAX - 1];
		if (!shape)
			break;
		if (shape->hash == hash && shape->count == count &&
		    memcmp(shape->key, shapes->key, count * sizeof *shape->key) == 0)
			return shape;
	}
	shape = mem_zalloc(sizeof *shape);
	shape->id = ++shapes->last_id;
	shape->hash = hash;
	shape->count = count;
	memcpy(shape->key, shapes->key, count * sizeof *shape->key);
	shapes->shape[slot] = shape;
	shapes->count++;
	return shape;
}

/* ---- what decides a classification ---- */

/* In the verdict's order; see event_classify. */
static const struct sv deciding[] = { SV("Channel"), SV("Provider_Name"), SV("EventID"),
				      SV("EventType") };

static bool put_seen(char *to, size_t *n, struct sv text)
{
	if (text.n > UINT8_MAX || text.n + 1 > SHAPE_VERDICT_TEXT - *n)
		return false;
	to[(*n)++] = (char)text.n;
	if (text.n > 0)
		memcpy(to + *n, text.p, text.n);
	*n += text.n;
	return true;
}

/* All texts that a classification of this shape may look at; 0: too long. */
static size_t texts_seen(const struct shape *shape, const struct event_field *field,
			 const struct event_envelope *before, char to[SHAPE_VERDICT_TEXT])
{
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		if (shape->seen[i] >= 0 && !put_seen(to, &n, field[shape->seen[i]].text))
			return 0;
	if (!put_seen(to, &n, before->product) || !put_seen(to, &n, before->category) ||
	    !put_seen(to, &n, before->service))
		return 0;
	return n;
}

static struct shape_verdict **verdict_place(struct shape *shape, const struct event_field *field)
{
	const struct sv number = shape->seen[2] >= 0 ? field[shape->seen[2]].text : SV_NONE;

	return &shape->verdict[number.n > 0 ? number.p[number.n - 1] & (SHAPE_VERDICTS - 1) : 0];
}

/* ---- applying ---- */

static void rename_fields(struct event_decoder *decoder, const struct shape *shape)
{
	struct event_field *const from = decoder->field, *const to = decoder->spare;

	for (uint32_t i = 0; i < shape->field_count; i++) {
		const struct shape_field *known = &shape->field[i];

		to[i] = from[known->source];
		to[i].name = known->name;
		to[i].name_hash = known->hash;
		to[i].in_array = known->in_array;
	}
	decoder->field = to;
	decoder->spare = from;
	decoder->count = shape->field_count;
}

/* Where the texts stand before the renaming, so that nothing is moved in vain. */
static const struct shape_verdict *find_verdict(const struct event_decoder *decoder,
						struct shape *shape)
{
	const struct shape_verdict *verdict = *verdict_place(shape, decoder->field);
	char seen[SHAPE_VERDICT_TEXT];
	size_t n;

	if (!verdict)
		return NULL;
	n = texts_seen(shape, decoder->field, &decoder->envelope, seen);
	return n > 0 && n == verdict->seen_n && memcmp(seen, verdict->seen, n) == 0 ? verdict
										    : NULL;
}

bool shape_apply(struct event_decoder *decoder, struct shape *shape, struct sv raw,
		 struct event *ret)
{
	const struct shape_verdict *verdict;
	struct event event;

	if (!shape->is_converted)
		return false;
	verdict = find_verdict(decoder, shape);
	if (!verdict)
		return false;
	if (!shape->is_same)
		rename_fields(decoder, shape);
	event = (struct event){ .raw = raw,
				.body = decoder->body,
				.envelope = decoder->envelope,
				.field = decoder->field,
				.count = decoder->count,
				.shape = shape->id << 1 | 1 };
	event.envelope.product = (struct sv){ verdict->said[0], verdict->said_n[0] };
	event.envelope.category = (struct sv){ verdict->said[1], verdict->said_n[1] };
	event.envelope.service = (struct sv){ verdict->said[2], verdict->said_n[2] };
	if (event.envelope.observed.us == 0 &&
	    (shape->observed < 0 ||
	     !instant_parse(event.field[shape->observed].text, &event.envelope.observed)))
		windows_observed(&event);
	*ret = event;
	return true;
}

/* ---- learning ---- */

/*
 * The one field of this name among those that were converted, as an index before
 * the renaming; -1: none; -2: more than one, or one in other letters.
 */
static int find_source(const struct event_decoder *decoder, const struct event *event,
		       struct sv name)
{
	int found = -1;

	for (size_t i = 0; i < event->count; i++) {
		if (!sv_eq_case(event->field[i].name, name))
			continue;
		if (found != -1 || !sv_eq(event->field[i].name, name))
			return -2;
		found = decoder->source[i];
	}
	return found;
}

static void learn_fields(struct event_decoder *decoder, struct shape *shape,
			 const struct event *event)
{
	size_t bytes = 0;
	char *to;

	shape->is_same = event->count == shape->count;
	for (size_t i = 0; i < event->count; i++) {
		bytes += event->field[i].name.n;
		shape->is_same &= decoder->source[i] == i &&
				  event->field[i].name.p ==
					  decoder->shapes.names.name[shape->key[i] >> 4].full.p &&
				  event->field[i].name.n ==
					  decoder->shapes.names.name[shape->key[i] >> 4].full.n;
	}
	shape->field = mem_alloc((event->count + 1) * sizeof *shape->field);
	shape->bytes = to = mem_alloc(bytes + 1);
	shape->field_count = (uint16_t)event->count;
	for (size_t i = 0; i < event->count; i++) {
		const struct event_field *field = &event->field[i];

		if (field->name.n > 0)
			memcpy(to, field->name.p, field->name.n);
		shape->field[i] = (struct shape_field){
			{ to, field->name.n }, field->name_hash, decoder->source[i], field->in_array
		};
		to += field->name.n;
	}
}

static bool learn_places(const struct event_decoder *decoder, struct shape *shape,
			 const struct event *event)
{
	int place;

	for (size_t i = 0; i < 4; i++) {
		place = find_source(decoder, event, deciding[i]);
		if (place == -2)
			return false;
		shape->seen[i] = (int16_t)place;
	}
	shape->observed = -1;
	for (size_t i = 0; i < event->count; i++)
		if (sv_eq(event->field[i].name, SV("TimeCreated_SystemTime"))) {
			shape->observed = (int16_t)i;
			break;
		}
	return true;
}

static void learn_verdict(const struct event_decoder *decoder, struct shape *shape,
			  const struct event_envelope *before, const struct event *event)
{
	const struct sv said[3] = { event->envelope.product, event->envelope.category,
				    event->envelope.service };
	struct shape_verdict **place, *verdict;
	/* As the texts stood before the renaming: that is the other list now. */
	const struct event_field *field = decoder->was_renamed ? decoder->spare : decoder->field;
	size_t n;

	place = verdict_place(shape, field);
	if (!*place)
		*place = mem_alloc(sizeof **place);
	verdict = *place;
	n = texts_seen(shape, field, before, verdict->seen);
	verdict->seen_n = (uint16_t)n;
	for (size_t i = 0; i < 3; i++) {
		verdict->said_n[i] = (uint16_t)said[i].n;
		if (said[i].n > sizeof verdict->said[i])
			verdict->seen_n = 0;
		else if (said[i].n > 0)
			memcpy(verdict->said[i], said[i].p, said[i].n);
	}
}

/*
 * Only what is sure to come out the same from the same texts: a Windows event
 * with channel and number, and what our own agents send with an envelope.
 */
static bool is_sure(const struct shape *shape, const struct event_envelope *before,
		    const struct event *event)
{
	const struct event_envelope *after = &event->envelope;

	if (shape->seen[0] >= 0 && shape->seen[2] >= 0)
		return before->product.n == 0 && before->category.n == 0 &&
		       before->service.n == 0 && sv_eq(after->product, SV("windows"));
	return shape->seen[0] < 0 && shape->seen[1] < 0 && shape->seen[2] < 0 &&
	       before->product.n > 0 && before->category.n > 0 &&
	       sv_eq(before->product, after->product) && sv_eq(before->category, after->category) &&
	       sv_eq(before->service, after->service);
}

void shape_learn(struct event_decoder *decoder, struct shape *shape,
		 const struct event_envelope *before, struct event *event)
{
	if (decoder->by_text || event->count != decoder->converted ||
	    event->count > SHAPE_FIELDS_MAX)
		return;
	if (!shape->is_converted) {
		if (!learn_places(decoder, shape, event))
			return;
		learn_fields(decoder, shape, event);
		shape->is_converted = true;
	}
	for (size_t i = 0; i < event->count; i++) /* did windows_alias change a name? */
		if (shape->field[i].hash != event->field[i].name_hash)
			return;
	if (is_sure(shape, before, event))
		learn_verdict(decoder, shape, before, event);
	event->shape = shape->id << 1 | 1;
}
