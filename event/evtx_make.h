/*
 * evtx_make.h - makes small EVTX files for the tests, byte by byte. Private to
 * the tests of event/.
 */
#ifndef EVENT_EVTX_MAKE_H
#define EVENT_EVTX_MAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "event/binxml.h"
#include "event/evtx.h"

/* One value of a template's instance. */
struct make_value {
	unsigned type;
	const void *p;
	size_t n;
};

struct make {
	unsigned char *file; /* header and chunks */
	size_t room;
	size_t chunk;	    /* where the chunk that is made starts in the file */
	size_t at;	    /* in that chunk */
	size_t template_at; /* in that chunk; 0: not written yet */
	uint64_t next_record, chunk_first;
	unsigned chunks;
};

static inline void make_put(struct make *make, const void *p, size_t n)
{
	if (make->at + n > EVTX_CHUNK_BYTES)
		abort();
	memcpy(make->file + make->chunk + make->at, p, n);
	make->at += n;
}

static inline void make_little(unsigned char *to, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

static inline void make_number(struct make *make, uint64_t value, size_t n)
{
	unsigned char bytes[8];

	make_little(bytes, value, n);
	make_put(make, bytes, n);
}

static inline void make_units(struct make *make, const char *text)
{
	for (; *text; text++)
		make_number(make, (unsigned char)*text, 2);
}

/* A name, inline. */
static inline void make_name(struct make *make, const char *name)
{
	make_number(make, make->at + 4, 4);
	make_number(make, 0, 4); /* next */
	make_number(make, 0, 2); /* hash */
	make_number(make, strlen(name), 2);
	make_units(make, name);
	make_number(make, 0, 2);
}

/* <name, inside a template */
static inline void make_open(struct make *make, const char *name, bool with_attributes)
{
	make_number(make, with_attributes ? 0x41 : 0x01, 1);
	make_number(make, 0xffff, 2);
	make_number(make, 0, 4);
	make_name(make, name);
	if (with_attributes)
		make_number(make, 0, 4);
}

static inline void make_attribute(struct make *make, const char *name)
{
	make_number(make, 0x06, 1);
	make_name(make, name);
}

static inline void make_text(struct make *make, const char *text)
{
	make_number(make, 0x05, 1);
	make_number(make, BINXML_STRING, 1);
	make_number(make, strlen(text), 2);
	make_units(make, text);
}

static inline void make_substitution(struct make *make, unsigned index, unsigned type)
{
	make_number(make, 0x0e, 1);
	make_number(make, index, 2);
	make_number(make, type, 1);
}

static inline void make_token(struct make *make, unsigned token)
{
	make_number(make, token, 1);
}

/* <name>text of value index</name> */
static inline void make_element(struct make *make, const char *name, unsigned index, unsigned type)
{
	make_open(make, name, false);
	make_token(make, 0x02);
	make_substitution(make, index, type);
	make_token(make, 0x04);
}

/* <Data Name="name">value index</Data>; without a name where NULL */
static inline void make_data(struct make *make, const char *name, unsigned index, unsigned type)
{
	make_open(make, "Data", name != NULL);
	if (name) {
		make_attribute(make, "Name");
		make_text(make, name);
	}
	make_token(make, 0x02);
	make_substitution(make, index, type);
	make_token(make, 0x04);
}

static inline void make_begin(struct make *make, unsigned chunks)
{
	memset(make, 0, sizeof *make);
	make->room = EVTX_HEADER_BYTES + (size_t)chunks * EVTX_CHUNK_BYTES;
	make->file = mem_zalloc(make->room);
	make->next_record = 1;
}

static inline void make_chunk(struct make *make)
{
	make->chunk = EVTX_HEADER_BYTES + (size_t)make->chunks++ * EVTX_CHUNK_BYTES;
	make->at = EVTX_CHUNK_HEAD;
	make->template_at = 0;
	make->chunk_first = make->next_record;
}

/* Starts a record; returns where. What follows is its binary XML. */
static inline size_t make_record(struct make *make)
{
	const size_t from = make->at;

	make_put(make, "**\0", 4);
	make_number(make, 0, 4);
	make_number(make, make->next_record++, 8);
	make_number(make, UINT64_C(133000000000000000), 8);
	make_put(make, "\x0f\x01\x01", 4);
	return from;
}

static inline void make_record_end(struct make *make, size_t from)
{
	size_t size;

	make_token(make, 0x00);
	while ((make->at - from + 4) % 8 != 0)
		make_token(make, 0x00);
	size = make->at - from + 4;
	make_number(make, size, 4);
	make_little(make->file + make->chunk + from + 4, size, 4);
}

/*
 * An instance of the chunk's template: the first one defines it by body(), the
 * others refer to it.
 */
static inline void make_instance(struct make *make, void (*body)(struct make *make),
				 const struct make_value *value, size_t count)
{
	make_token(make, 0x0c);
	make_number(make, 1, 1);
	make_number(make, 0x12345678, 4);
	if (make->template_at == 0) {
		size_t from;

		make_number(make, make->at + 4, 4);
		make->template_at = make->at;
		make_number(make, 0, 4);
		make_put(make, "GUIDGUIDGUIDGUID", 16);
		make_number(make, 0, 4);
		from = make->at;
		make_put(make, "\x0f\x01\x01", 4);
		body(make);
		make_token(make, 0x00);
		make_little(make->file + make->chunk + from - 4, make->at - from, 4);
	} else {
		make_number(make, make->template_at, 4);
	}
	make_number(make, count, 4);
	for (size_t i = 0; i < count; i++) {
		make_number(make, value[i].n, 2);
		make_number(make, value[i].type, 1);
		make_number(make, 0, 1);
	}
	for (size_t i = 0; i < count; i++)
		if (value[i].n > 0)
			make_put(make, value[i].p, value[i].n);
}

/* Computes the checksums of the chunk anew, where it lies. */
static inline void make_sign_chunk(unsigned char *chunk)
{
	const size_t used = (size_t)little(chunk + 48, 4);
	uint32_t crc;

	if (used >= EVTX_CHUNK_HEAD && used <= EVTX_CHUNK_BYTES)
		make_little(chunk + 52, crc32_z(0, chunk + EVTX_CHUNK_HEAD, used - EVTX_CHUNK_HEAD),
			    4);
	crc = (uint32_t)crc32_z(0, chunk, 120);
	make_little(chunk + 124, crc32_z(crc, chunk + 128, EVTX_CHUNK_HEAD - 128), 4);
}

static inline void make_chunk_end(struct make *make)
{
	unsigned char *chunk = make->file + make->chunk;

	memcpy(chunk, "ElfChnk", 8);
	make_little(chunk + 8, make->chunk_first, 8);
	make_little(chunk + 16, make->next_record - 1, 8);
	make_little(chunk + 24, make->chunk_first, 8);
	make_little(chunk + 32, make->next_record - 1, 8);
	make_little(chunk + 40, 128, 4);
	make_little(chunk + 48, make->at, 4);
	make_sign_chunk(chunk);
}

static inline void make_sign_file(unsigned char *file)
{
	make_little(file + 124, crc32_z(0, file, 120), 4);
}

static inline void make_end(struct make *make)
{
	memcpy(make->file, "ElfFile", 8);
	make_little(make->file + 16, make->chunks - 1U, 8);
	make_little(make->file + 24, make->next_record, 8);
	make_little(make->file + 32, 128, 4);
	make_little(make->file + 36, 1, 2);
	make_little(make->file + 38, 3, 2);
	make_little(make->file + 40, EVTX_HEADER_BYTES, 2);
	make_little(make->file + 42, make->chunks, 2);
	make_sign_file(make->file);
}

#endif
