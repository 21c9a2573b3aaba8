/*
 * shape.h - what events have in common: their names, and the order, types and
 * nesting of their fields. Names are kept once, with their hashes; of a shape
 * that comes again, the renaming and the classification are remembered. Private
 * to event/.
 */
#ifndef EVENT_SHAPE_H
#define EVENT_SHAPE_H

#include "event/event.h"

/*
 * What one decoder keeps. All is forgotten where a bound is passed, before the
 * next event: a sender of ever new names is served without this.
 */
#define SHAPE_NAMES_MAX 2048
#define SHAPE_NAME_BYTES_MAX (64U << 10)
#define SHAPES_MAX 128
#define SHAPE_FIELDS_MAX 128 /* events of more fields have no shape */
#define SHAPE_VERDICTS 4
#define SHAPE_VERDICT_TEXT 256 /* the texts that decide a classification */

/* A member of one object: parent is the object's name. */
struct shape_name {
	uint64_t word[3]; /* up to 24 bytes of it */
	struct sv member, full;
	uint64_t hash;	       /* sv_hash_case(full) */
	uint32_t parent, next; /* next: which came after it last time */
};

struct names {
	struct shape_name *name; /* [0] is the event itself */
	uint32_t count;
	uint16_t *table; /* hash: number */
	char *bytes;
	size_t bytes_n;
	bool full;
};

/* One field after the renaming. */
struct shape_field {
	struct sv name;
	uint64_t hash;
	uint16_t source; /* index before */
	bool in_array;
};

/* What a classification saw, and what it said. */
struct shape_verdict {
	uint16_t seen_n, said_n[3];
	char seen[SHAPE_VERDICT_TEXT], said[3][EVENT_ENVELOPE_TEXT_MAX];
};

struct shape {
	uint64_t id; /* counted from a random number: no two decoders give the same */
	uint64_t hash;
	uint32_t key[SHAPE_FIELDS_MAX];
	uint32_t count;
	bool is_converted; /* has field: what follows is known */
	bool is_same;	   /* the renaming changes nothing */
	uint16_t field_count;
	struct shape_field *field;
	char *bytes;
	int16_t seen[4]; /* fields that decide the classification, or -1 */
	int16_t observed;
	struct shape_verdict *verdict[SHAPE_VERDICTS];
};

struct shapes {
	struct names names;
	struct shape *shape[SHAPES_MAX];
	uint32_t count;
	uint64_t last_id;
	/* the event that is decoded */
	uint32_t key[SHAPE_FIELDS_MAX];
	uint32_t key_count; /* SHAPE_FIELDS_MAX + 1: none */
};

void shapes_init(struct shapes *shapes);
void shapes_done(struct shapes *shapes);
/* Before an event: forgets all where a bound was passed. */
void shapes_begin(struct shapes *shapes);
/* The member of parent that is no known one after the one before; 0: no room. */
uint32_t shapes_name(struct shapes *shapes, uint32_t parent, struct sv member, bool is_top,
		     const uint64_t word[3]);
/* The event's shape, made where new; NULL where it has none. */
struct shape *shapes_find(struct shapes *shapes);

static inline void shapes_add(struct shapes *shapes, uint32_t name, enum event_type type,
			      bool in_array)
{
	if (shapes->key_count < SHAPE_FIELDS_MAX)
		shapes->key[shapes->key_count++] = name << 4 | (uint32_t)type << 1 | in_array;
	else
		shapes->key_count = SHAPE_FIELDS_MAX + 1;
}

struct event_decoder;
/*
 * Renames the decoder's fields as windows_finish did with an event of the same
 * shape, and gives the event out. False where nothing is known: fields are as
 * they were.
 */
bool shape_apply(struct event_decoder *decoder, struct shape *shape, struct sv raw,
		 struct event *ret);
/* Remembers what windows_finish made of the event; before: the envelope as it was decoded. */
void shape_learn(struct event_decoder *decoder, struct shape *shape,
		 const struct event_envelope *before, struct event *event);

#endif
