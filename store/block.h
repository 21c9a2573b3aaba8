/*
 * block.h - private to store/: how events are packed into frames and blocks,
 * and the small indexes over a block. Pure: bytes in, bytes out.
 *
 * Packed form: one zstd frame with content checksum, over a first line
 * "company count\n" and the events' lines. The first line proves that the
 * bytes belong to the row that they were found in.
 */
#ifndef STORE_BLOCK_H
#define STORE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "event/event.h"

#define BLOCK_LEVEL 3 /* zstd: 9 gives 67 instead of 77 bytes an event, but far slower */
#define FRAME_LEVEL 1
#define BLOCK_COMPANY_MAX 128
#define BLOCK_HEADER_MAX (BLOCK_COMPANY_MAX + 24)
#define BLOCK_PACKED_MAX (64U << 20)
#define BLOCK_DEVICES_MAX 65536 /* bytes of the text of devices; more: any device */
#define BLOCK_KINDS_MAX 65536

int block_pack(ZSTD_CCtx *context, int level, struct sv company, size_t events, struct sv lines,
	       struct buf *packed, struct err *err);
/*
 * lines: cleared and filled; its max bounds what a damaged length may claim.
 * ERR_FORMAT: damaged, or not this company's and count's.
 */
int block_unpack(ZSTD_DCtx *context, struct sv packed, struct sv company, size_t events,
		 struct buf *lines, struct sv *ret_lines, struct err *err);

/* Order-sensitive 64-bit sum of parts: finds damage, is no defence. */
struct block_sum {
	uint64_t state;
};
struct block_sum block_sum_start(void);
void block_sum_bytes(struct block_sum *sum, struct sv bytes);
void block_sum_int(struct block_sum *sum, int64_t value);
int64_t block_sum_end(struct block_sum sum);

/* ==== tokens ==== */

/*
 * Tokens of a text: runs of ASCII letters and digits of at least three, folded
 * to lower case; and each pair of neighbouring characters outside ASCII, so
 * that a part of Japanese text is found too. Calls token for each.
 */
void block_tokens(struct sv text, void (*token)(void *context, uint64_t hash), void *context);
uint64_t block_token_id(struct sv id); /* the token of an event's id */
/*
 * Whether a text holds the words of phrase: ASCII letters fold, and where an
 * edge of phrase is an ASCII letter or digit, no other stands beside it.
 */
bool block_has_phrase(struct sv text, struct sv phrase);

struct token_set; /* distinct tokens of one block */
struct token_set *token_set_new(void);
void token_set_free(struct token_set *set);
void token_set_clear(struct token_set *set);
void token_set_add(struct token_set *set, uint64_t hash);
void token_set_add_event(struct token_set *set, const struct event *event);
size_t token_set_count(const struct token_set *set);

#define BLOOM_BITS 8 /* for each token: 2 % of other tokens pass */
#define BLOOM_HASHES 5
#define BLOOM_MAX (1U << 20) /* bytes */
/* Appends the filter with its sum in front. */
void bloom_make(const struct token_set *set, struct buf *bloom);
bool bloom_is_sound(struct sv bloom);
/* False: the token is in no event of the block. */
bool bloom_may_have(struct sv bloom, uint64_t hash);

/* ==== what is known of many events ==== */

struct block_range {
	int64_t first, last; /* observed, microseconds */
	int64_t newest;	     /* latest of min(observed, received): for expiry */
	struct uuid id_first, id_last;
	size_t events;
};
void block_range_start(struct block_range *range);
void block_range_add(struct block_range *range, const struct event_envelope *envelope);
/* When an event counts as observed: received where it does not say. */
int64_t block_when(const struct event_envelope *envelope);

/*
 * The envelope's id and times from the front of a line that event_encode made,
 * without decoding it all. False: it looks otherwise.
 */
bool block_peek(struct sv line, struct event_envelope *ret);

/* A text of distinct lines, as a set. Over its maximum it says "any". */
void block_set_add(struct buf *set, struct sv line);
bool block_set_has(struct sv set, struct sv line); /* true for "any" */

#endif
