#include "store/block.h"

#include <stdio.h>
#include <string.h>

/* A set that took more than its room says this. */
#define ANY_LINE "*\n"

/* ==== packing ==== */

static size_t put_header(char text[static BLOCK_HEADER_MAX], struct sv company, size_t events)
{
	return (size_t)snprintf(text, BLOCK_HEADER_MAX, "%.*s %zu\n", SV_ARG(company), events);
}

int block_pack(ZSTD_CCtx *context, int level, struct sv company, size_t events, struct sv lines,
	       struct buf *packed, struct err *err)
{
	char header[BLOCK_HEADER_MAX];
	size_t header_n, room, left;
	ZSTD_outBuffer out;

	if (company.n > BLOCK_COMPANY_MAX)
		return err_set(err, ERR_RANGE, "company id of %zu bytes", company.n);
	header_n = put_header(header, company, events);
	room = ZSTD_compressBound(header_n + lines.n);
	buf_clear(packed);
	out = (ZSTD_outBuffer){ buf_reserve(packed, room), room, 0 };
	if (!out.dst)
		return err_set(err, ERR_TOO_LARGE, "packing %zu bytes of events", lines.n);
	ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setPledgedSrcSize(context, header_n + lines.n);
	left = ZSTD_compressStream2(context, &out, &(ZSTD_inBuffer){ header, header_n, 0 },
				    ZSTD_e_continue);
	if (!ZSTD_isError(left))
		left = ZSTD_compressStream2(context, &out,
					    &(ZSTD_inBuffer){ lines.p ? lines.p : "", lines.n, 0 },
					    ZSTD_e_end);
	if (left != 0)
		return err_set(err, ERR_INTERNAL, "packing events: %s",
			       ZSTD_isError(left) ? ZSTD_getErrorName(left) : "no room");
	packed->n = out.pos;
	return 0;
}

int block_unpack(ZSTD_DCtx *context, struct sv packed, struct sv company, size_t events,
		 struct buf *lines, struct sv *ret_lines, struct err *err)
{
	const unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
	char header[BLOCK_HEADER_MAX];
	struct sv text;
	size_t header_n, n;
	char *room;

	buf_clear(lines);
	if (company.n > BLOCK_COMPANY_MAX)
		return err_set(err, ERR_FORMAT, "company id of %zu bytes", company.n);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > lines->max)
		return err_set(err, ERR_FORMAT, "not packed events");
	room = buf_reserve(lines, (size_t)size);
	n = room ? ZSTD_decompressDCtx(context, room, (size_t)size, packed.p, packed.n) : 0;
	if (ZSTD_isError(n))
		return err_set(err, ERR_FORMAT, "unpacking: %s", ZSTD_getErrorName(n));
	lines->n = n;
	text = buf_sv(lines);
	header_n = put_header(header, company, events);
	if (!sv_starts(text, (struct sv){ header, header_n }))
		return err_set(err, ERR_FORMAT, "the bytes belong to another place");
	*ret_lines = sv_slice(text, header_n, text.n);
	return 0;
}

struct block_sum block_sum_start(void)
{
	return (struct block_sum){ UINT64_C(0x9e3779b97f4a7c15) };
}

static uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return state ^ (state >> 32);
}

void block_sum_bytes(struct block_sum *sum, struct sv bytes)
{
	size_t i = 0;
	uint64_t word;

	sum->state = mix(sum->state, bytes.n);
	for (; i + sizeof word <= bytes.n; i += sizeof word) {
		memcpy(&word, bytes.p + i, sizeof word);
		sum->state = mix(sum->state, word);
	}
	word = 0;
	if (i < bytes.n)
		memcpy(&word, bytes.p + i, bytes.n - i);
	sum->state = mix(sum->state, word);
}

void block_sum_int(struct block_sum *sum, int64_t value)
{
	sum->state = mix(sum->state, (uint64_t)value);
}

int64_t block_sum_end(struct block_sum sum)
{
	return (int64_t)mix(sum.state, UINT64_C(0xc4ceb9fe1a85ec53));
}

/* ==== ranges ==== */

int64_t block_when(const struct event_envelope *envelope)
{
	return envelope->observed.us != 0 ? envelope->observed.us : envelope->received.us;
}

void block_range_start(struct block_range *range)
{
	*range = (struct block_range){
		.first = INT64_MAX,
		.last = INT64_MIN,
		.newest = INT64_MIN,
	};
	memset(&range->id_first, 0xff, sizeof range->id_first);
}

void block_range_add(struct block_range *range, const struct event_envelope *envelope)
{
	const int64_t when = block_when(envelope);
	/* A clock that runs ahead must not keep an event for ever. */
	const int64_t newest = when < envelope->received.us || envelope->received.us == 0
				       ? when
				       : envelope->received.us;
	struct uuid id;

	range->events++;
	if (when < range->first)
		range->first = when;
	if (when > range->last)
		range->last = when;
	if (newest > range->newest)
		range->newest = newest;
	if (!uuid_parse(envelope->id, &id)) {
		/* An id of another form may stand anywhere. */
		memset(&range->id_first, 0, sizeof range->id_first);
		memset(&range->id_last, 0xff, sizeof range->id_last);
		return;
	}
	if (memcmp(&id, &range->id_first, sizeof id) < 0)
		range->id_first = id;
	if (memcmp(&id, &range->id_last, sizeof id) > 0)
		range->id_last = id;
}

/* The text between "NAME":" and the next quote, where it has no escapes. */
static bool peek_text(struct sv object, struct sv name, struct sv *ret)
{
	const size_t at = sv_find(object, name, 0);
	size_t end;

	if (at == SIZE_MAX)
		return false;
	end = sv_find_char(object, '"', at + name.n);
	if (end == SIZE_MAX)
		return false;
	*ret = sv_slice(object, at + name.n, end);
	return sv_find_char(*ret, '\\', 0) == SIZE_MAX;
}

bool block_peek(struct sv line, struct event_envelope *ret)
{
	const struct sv front = SV("{\"hikeshi\":{");
	struct event_envelope envelope = { .id = SV_NONE };
	struct sv object, text;

	if (!sv_starts(line, front))
		return false;
	object = sv_slice(line, front.n, sv_find_char(line, '}', front.n));
	if (!peek_text(object, SV("\"id\":\""), &envelope.id) ||
	    !peek_text(object, SV("\"observed\":\""), &text) ||
	    !instant_parse(text, &envelope.observed) ||
	    !peek_text(object, SV("\"received\":\""), &text) ||
	    !instant_parse(text, &envelope.received))
		return false;
	*ret = envelope;
	return true;
}

/* ==== sets ==== */

static bool set_has_line(struct sv set, struct sv line)
{
	while (set.n > 0)
		if (sv_eq(sv_cut(&set, '\n'), line))
			return true;
	return false;
}

void block_set_add(struct buf *set, struct sv line)
{
	if (block_set_has(buf_sv(set), line))
		return;
	buf_put_sv(set, line);
	buf_put_char(set, '\n');
	if (!set->full && sv_find_char(line, '\n', 0) == SIZE_MAX)
		return;
	buf_clear(set);
	buf_put(set, ANY_LINE, strlen(ANY_LINE));
}

bool block_set_has(struct sv set, struct sv line)
{
	return sv_eq(set, SV(ANY_LINE)) || set_has_line(set, line);
}
