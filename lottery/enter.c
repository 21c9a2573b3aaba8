/* The entropy, and what follows from it. */
#include "lottery/internal.h"

/* ---- what an officer enters ---- */

static int check_value(const struct lottery *lottery, struct sv value, struct err *err)
{
	struct sha256 random;

	if (lottery->source != LOTTERY_BEACON)
		return lottery_check_text(value, LOTTERY_VALUE_MAX, "the value", err);
	if (lottery_randomness(value, &random))
		return 0;
	return err_set(err, ERR_FORMAT, "a signature of the beacon has %d hexadecimal digits",
		       2 * LOTTERY_SIGNATURE_BYTES);
}

static int check_officer(const struct lottery *lottery, struct sv value,
			 const struct lottery_officer *officer, bool *ret_again, struct err *err)
{
	const struct lottery_value *first = &lottery->value[0];

	*ret_again = false;
	if (lottery->value_count == 0)
		return 0;
	if (sv_eq(first->officer.id, officer->id)) {
		*ret_again = lottery->source == LOTTERY_BEACON;
		return *ret_again
			       ? 0
			       : err_set(err, ERR_CONFLICT,
					 "you have entered your value: the other one is another officer's");
	}
	if (lottery->source == LOTTERY_BEACON && !sv_eq_case(first->value, value))
		return err_set(
			err, ERR_CONFLICT,
			"this is not the signature that the other officer entered: look both up again");
	return 0;
}

static int put_value(struct store *store, const struct lottery *lottery, struct sv value,
		     struct sv proof, const struct lottery_officer *officer, struct instant now,
		     struct err *err)
{
	return store_change(
		store, err,
		"INSERT INTO lottery_value (lottery, number, person, name, role, value,"
		" proof, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		" ON CONFLICT (lottery, person) DO UPDATE SET value = $6, proof = $7, at = $8",
		STORE_TEXT(lottery->id), STORE_INT(lottery->value_count), STORE_TEXT(officer->id),
		STORE_TEXT(officer->name), STORE_TEXT(officer->role), STORE_TEXT(value),
		STORE_TEXT(proof), STORE_INT(now.us));
}

/* Both values, a line end between them. */
static struct sv join(struct arena *arena, struct sv one, struct sv other)
{
	return arena_printf(arena, "%.*s\n%.*s", SV_ARG(one), SV_ARG(other));
}

static int draw(struct store *store, const struct lottery *lottery, struct sv value,
		struct instant now, struct arena *arena, struct err *err)
{
	struct sha256 random;

	if (lottery->source == LOTTERY_OFFICERS)
		return lottery_settle(store, lottery, SV("officers"),
				      join(arena, lottery->value[0].value, value), now, arena, err);
	if (!lottery_randomness(value, &random))
		return err_set(err, ERR_INTERNAL, "a signature was checked and is none");
	return lottery_settle(store, lottery,
			      arena_printf(arena, "%llu", (unsigned long long)lottery->round),
			      (struct sv){ (const char *)random.byte, sizeof random.byte }, now,
			      arena, err);
}

int lottery_enter(struct store *store, const struct catalogue_entry *entry, struct sv value,
		  struct sv proof, const struct lottery_officer *officer, struct instant now,
		  struct arena *arena, bool *ret_drawn, struct err *err)
{
	struct lottery lottery;
	bool again;
	const int found = lottery_need(store, err) != 0
				  ? -1
				  : lottery_load(store, entry, arena, &lottery, err);

	if (found < 0)
		return -1;
	if (found == 0 || lottery.state != LOTTERY_PUBLISHED)
		return err_set(err, ERR_CONFLICT,
			       found == 1 && lottery.state == LOTTERY_DRAWN
				       ? "the lots are drawn: there is no second draw"
				       : "the list is not public yet");
	if (instant_cmp(now, lottery.after) < 0)
		return err_set(err, ERR_CONFLICT, "the value does not exist yet");
	if (check_value(&lottery, value, err) != 0 ||
	    lottery_check_text(proof, LOTTERY_TEXT_MAX, "the note of proof", err) != 0 ||
	    check_officer(&lottery, value, officer, &again, err) != 0 ||
	    put_value(store, &lottery, value, proof, officer, now, err) != 0)
		return -1;
	if (!again && lottery.value_count + 1 == LOTTERY_VALUES) {
		if (draw(store, &lottery, value, now, arena, err) != 0)
			return -1;
		*ret_drawn = true;
	} else {
		*ret_drawn = false;
	}
	return 0;
}

/* ---- order and winners ---- */

static int put_result(struct store *store, const struct lottery *lottery,
		      const struct lottery_entry *entry, const struct lottery_result *result,
		      unsigned rank, struct err *err)
{
	return store_change(store, err,
			    "UPDATE lottery_entry SET rank = $3, won = $4, seat = $5"
			    " WHERE lottery = $1 AND ticket = $2",
			    STORE_TEXT(lottery->id), STORE_TEXT(entry->ticket), STORE_INT(rank),
			    STORE_INT(result->won),
			    STORE_INT(result->seat == LOTTERY_NO_FRAME ? -1
								       : (int64_t)result->seat));
}

int lottery_settle(struct store *store, const struct lottery *lottery, struct sv round_text,
		   struct sv beacon, struct instant now, struct arena *arena, struct err *err)
{
	const struct sha256 seed = lottery_seed(lottery->slug, round_text, beacon);
	const size_t count = lottery->row_count;
	struct lottery_entry *entry = arena_zalloc(arena, count + 1, sizeof *entry);
	struct lottery_result *result = arena_zalloc(arena, count + 1, sizeof *result);
	char *beacon_hex = arena_alloc(arena, 2 * beacon.n + 1);
	char seed_hex[2 * SHA256_SIZE + 1];

	if (!entry || !result || !beacon_hex)
		return err_set(err, ERR_RANGE, "no memory for the draw");
	for (size_t i = 0; i < count; i++)
		entry[i] = (struct lottery_entry){ lottery->row[i].ticket, lottery->row[i].frame };
	lottery_draw(&lottery->rule, entry, count, &seed, result);
	for (size_t i = 0; i < count; i++)
		if (put_result(store, lottery, &entry[result[i].entry], &result[i], (unsigned)i + 1,
			       err) != 0)
			return -1;
	hex_encode(beacon.p, beacon.n, beacon_hex);
	hex_encode(seed.byte, SHA256_SIZE, seed_hex);
	return store_change(store, err,
			    "UPDATE lottery SET state = 'drawn', drawn_at = $2, round_text = $3,"
			    " beacon = $4, seed = $5 WHERE id = $1",
			    STORE_TEXT(lottery->id), STORE_INT(now.us), STORE_TEXT(round_text),
			    STORE_TEXT(sv_from(beacon_hex)), STORE_TEXT(sv_from(seed_hex)));
}
