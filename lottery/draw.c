#include "lottery/lottery.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define GENESIS INT64_C(1692803367) /* of the chain, in seconds */
#define PERIOD 3
#define BLOCK 64 /* of SHA-256 */
#define ROUND_LAST UINT64_C(1000000000000)

/* ---- the list ---- */

static bool is_ticket(struct sv text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return text.n > 0 && text.n <= LOTTERY_TICKET_MAX;
}

static int by_ticket(const void *a, const void *b)
{
	return sv_cmp(((const struct lottery_entry *)a)->ticket,
		      ((const struct lottery_entry *)b)->ticket);
}

int lottery_list(const struct lottery_rule *rule, struct lottery_entry *entry, size_t count,
		 struct buf *ret, struct err *err)
{
	if (count > LOTTERY_ENTRIES_MAX || rule->frame_count > LOTTERY_FRAMES_MAX)
		return err_set(err, ERR_RANGE, "a lottery has at most %d entries and %d frames",
			       LOTTERY_ENTRIES_MAX, LOTTERY_FRAMES_MAX);
	qsort(entry, count, sizeof *entry, by_ticket);
	for (size_t i = 0; i < count; i++) {
		if (!is_ticket(entry[i].ticket))
			return err_set(err, ERR_FORMAT,
				       "a ticket is 1 to %d printable ASCII characters",
				       LOTTERY_TICKET_MAX);
		if (i > 0 && sv_eq(entry[i - 1].ticket, entry[i].ticket))
			return err_set(err, ERR_CONFLICT, "ticket %.*s stands twice",
				       SV_ARG(entry[i].ticket));
		buf_put_sv(ret, entry[i].ticket);
		if (rule->frame_count > 0) {
			buf_put_char(ret, ' ');
			buf_put_sv(ret, entry[i].frame < rule->frame_count
						? rule->frame[entry[i].frame].id
						: SV("-"));
		}
		buf_put_char(ret, '\n');
	}
	return ret->full ? err_set(err, ERR_TOO_LARGE, "the list does not fit") : 0;
}

/* ---- seed and score ---- */

struct sha256 lottery_seed(struct sv programme, struct sv round, struct sv beacon)
{
	struct sha256 seed;
	struct buf buf;

	buf_init(&buf, programme.n + round.n + beacon.n + BLOCK);
	buf_printf(&buf, "programme:%.*s|round:%.*s|", SV_ARG(programme), SV_ARG(round));
	buf_put_sv(&buf, beacon);
	seed = sha256_of(buf_sv(&buf));
	buf_done(&buf);
	return seed;
}

struct sha256 lottery_score(const struct sha256 *seed, struct sv ticket)
{
	/* RFC 2104: H(key ^ opad, H(key ^ ipad, text)); the key is shorter than a block. */
	char inner[BLOCK + LOTTERY_TICKET_MAX], outer[BLOCK + SHA256_SIZE];
	struct sha256 digest;

	assert(ticket.n <= LOTTERY_TICKET_MAX);
	for (size_t i = 0; i < BLOCK; i++) {
		const uint8_t key = i < SHA256_SIZE ? seed->byte[i] : 0;

		inner[i] = (char)(key ^ 0x36);
		outer[i] = (char)(key ^ 0x5c);
	}
	memcpy(inner + BLOCK, ticket.p, ticket.n);
	digest = sha256_of((struct sv){ inner, BLOCK + ticket.n });
	memcpy(outer + BLOCK, digest.byte, SHA256_SIZE);
	return sha256_of((struct sv){ outer, sizeof outer });
}

/* ---- the draw ---- */

static int by_score(const void *a, const void *b)
{
	const struct lottery_result *one = a, *other = b;
	const int order = memcmp(one->score.byte, other->score.byte, SHA256_SIZE);

	/* Entries are sorted by ticket: the same score, which nobody will see, goes by ticket. */
	return order != 0 ? order : (one->entry > other->entry) - (one->entry < other->entry);
}

/* Gives up to `places` of them, by score, to those who have none and are of the frame. */
static uint32_t fill(const struct lottery_entry *entry, struct lottery_result *result, size_t count,
		     uint32_t places, size_t frame)
{
	for (size_t i = 0; i < count && places > 0; i++) {
		if (result[i].won ||
		    (frame != LOTTERY_NO_FRAME && entry[result[i].entry].frame != frame))
			continue;
		result[i].won = true;
		result[i].seat = frame;
		places--;
	}
	return places;
}

static uint32_t open_places(const struct lottery_rule *rule)
{
	uint64_t framed = 0;

	for (size_t i = 0; i < rule->frame_count; i++)
		framed += rule->frame[i].places;
	return framed < rule->places ? rule->places - (uint32_t)framed : 0;
}

void lottery_draw(const struct lottery_rule *rule, const struct lottery_entry *entry, size_t count,
		  const struct sha256 *seed, struct lottery_result *ret)
{
	uint32_t open = open_places(rule);

	for (size_t i = 0; i < count; i++)
		ret[i] = (struct lottery_result){ .entry = i,
						  .score = lottery_score(seed, entry[i].ticket),
						  .seat = LOTTERY_NO_FRAME };
	qsort(ret, count, sizeof *ret, by_score);
	for (size_t i = 0; i < rule->frame_count; i++) {
		const uint32_t left = fill(entry, ret, count, rule->frame[i].places, i);

		if (rule->leftover_moves)
			open += left;
	}
	fill(entry, ret, count, open, LOTTERY_NO_FRAME);
}

bool lottery_is_needed(const struct lottery_rule *rule, const struct lottery_entry *entry,
		       size_t count)
{
	struct lottery_result *result = mem_zalloc((count + 1) * sizeof *result);
	const struct sha256 any = { { 0 } };
	bool needed = false;

	/* Who wins depends on the seed, how many win does not. */
	lottery_draw(rule, entry, count, &any, result);
	for (size_t i = 0; i < count; i++)
		needed |= !result[i].won;
	free(result);
	return needed;
}

bool lottery_may_follow(const struct lottery_rule *rule, size_t seat, size_t frame, bool others)
{
	return seat == LOTTERY_NO_FRAME || seat == frame || (rule->leftover_moves && !others);
}

/* ---- the beacon ---- */

struct instant lottery_round_time(uint64_t round)
{
	const uint64_t n = round < ROUND_LAST ? round : ROUND_LAST;

	return (struct instant){ (GENESIS + ((int64_t)n - 1) * PERIOD) * INSTANT_SECOND };
}

uint64_t lottery_round_at(struct instant at)
{
	const int64_t since = at.us / INSTANT_SECOND - GENESIS;

	return since < 0 ? 0 : (uint64_t)(since / PERIOD) + 1;
}

bool lottery_randomness(struct sv signature_hex, struct sha256 *ret)
{
	uint8_t byte[LOTTERY_SIGNATURE_BYTES];

	if (!hex_decode(signature_hex, byte, sizeof byte))
		return false;
	*ret = sha256_of((struct sv){ (const char *)byte, sizeof byte });
	return true;
}
