/* Frames before the draw, the list, and its publication. */
#include "lottery/internal.h"

#define TICKET_CHARACTERS 12 /* of 32 each: 60 bits */
#define LIST_MAX ((size_t)LOTTERY_ENTRIES_MAX * 2 * (LOTTERY_TICKET_MAX + 64))
#define SCRATCH_MAX (4U << 20) /* of one application while its frame is found */

static const struct programme_selection *selection_of(const struct catalogue_entry *entry)
{
	return &programme_facts(entry->programme)->selection;
}

static bool is_published(const struct lottery *lottery)
{
	return lottery->state != LOTTERY_PREPARED;
}

/* ---- frames ---- */

/* What the last movement said; 1, or 0 where there was none. */
static int moved_frames(struct store *store, const struct catalogue_entry *entry,
			struct lottery_frame *frame, size_t count, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT f.frame, f.places FROM lottery_movement_frame f WHERE f.movement ="
		" (SELECT MAX(number) FROM lottery_movement WHERE programme = $1)",
		STORE_TEXT(entry->id));
	int step = query ? 1 : -1, any = 0;

	while (step == 1 && (step = store_step(query, err)) == 1) {
		for (size_t i = 0; i < count; i++)
			if (sv_eq(frame[i].id, store_text(query, 0)))
				frame[i].places = (uint32_t)store_int(query, 1);
		any = 1;
	}
	store_done(query);
	return step < 0 ? -1 : any;
}

int lottery_rule_now(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		     struct lottery_rule *ret, struct err *err)
{
	const struct programme_selection *selection = selection_of(entry);
	struct lottery_frame *frame =
		arena_zalloc(arena, selection->frame_count + 1, sizeof *frame);

	if (selection->kind != SELECTION_LOTTERY)
		return err_set(err, ERR_CONFLICT, "this programme draws no lots");
	if (!frame || selection->frame_count > LOTTERY_FRAMES_MAX)
		return err_set(err, ERR_RANGE, "a lottery has at most %d frames",
			       LOTTERY_FRAMES_MAX);
	for (size_t i = 0; i < selection->frame_count; i++)
		frame[i] = (struct lottery_frame){ selection->frame[i].id,
						   selection->frame[i].places };
	if (moved_frames(store, entry, frame, selection->frame_count, err) < 0)
		return -1;
	*ret = (struct lottery_rule){ selection->places, frame, selection->frame_count,
				      selection->leftover_moves };
	return 0;
}

/* The new places of each frame, in the file's order. */
static int check_movement(const struct programme_selection *selection,
			  const struct lottery_rule *now, const struct lottery_frame *wish,
			  size_t count, struct lottery_frame *ret, struct err *err)
{
	uint64_t before = 0, after = 0;
	size_t named = 0;

	for (size_t i = 0; i < now->frame_count; i++) {
		ret[i] = now->frame[i];
		for (size_t k = 0; k < count; k++) {
			if (!sv_eq(wish[k].id, ret[i].id))
				continue;
			ret[i].places = wish[k].places;
			named++;
		}
		if (selection->frame[i].exact && ret[i].places != now->frame[i].places)
			return err_set(err, ERR_DENIED, "the places of frame %.*s are exact",
				       SV_ARG(ret[i].id));
		before += now->frame[i].places;
		after += ret[i].places;
	}
	if (named != count || count != now->frame_count)
		return err_set(err, ERR_FORMAT, "each frame has to be named once");
	if (before != after)
		return err_set(err, ERR_RANGE, "the frames have %llu places together, not %llu",
			       (unsigned long long)before, (unsigned long long)after);
	return 0;
}

static int forget(struct store *store, struct sv lottery, struct err *err)
{
	static const char *const tables[] = {
		"DELETE FROM lottery_entry WHERE lottery = $1",
		"DELETE FROM lottery_frame WHERE lottery = $1",
		"DELETE FROM lottery WHERE id = $1",
	};

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (store_change(store, err, tables[i], STORE_TEXT(lottery)) != 0)
			return -1;
	return 0;
}

/* What was prepared goes; what was published stays and forbids. */
static int make_way(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		    struct err *err)
{
	struct lottery lottery;
	const int found = lottery_load(store, entry, arena, &lottery, err);

	if (found != 1)
		return found;
	if (is_published(&lottery))
		return err_set(err, ERR_CONFLICT,
			       "the list is public: nothing of it changes any more");
	return forget(store, lottery.id, err);
}

static int put_movement(struct store *store, const struct catalogue_entry *entry,
			const struct lottery_frame *frame, size_t count, struct sv reason,
			const struct lottery_officer *officer, struct instant now, struct err *err)
{
	if (store_change(store, err,
			 "INSERT INTO lottery_movement (programme, at, person, name, role, reason)"
			 " VALUES ($1, $2, $3, $4, $5, $6)",
			 STORE_TEXT(entry->id), STORE_INT(now.us), STORE_TEXT(officer->id),
			 STORE_TEXT(officer->name), STORE_TEXT(officer->role),
			 STORE_TEXT(reason)) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (store_change(
			    store, err,
			    "INSERT INTO lottery_movement_frame (movement, number, frame, places)"
			    " VALUES ((SELECT MAX(number) FROM lottery_movement), $1, $2, $3)",
			    STORE_INT(i), STORE_TEXT(frame[i].id), STORE_INT(frame[i].places)) != 0)
			return -1;
	return 0;
}

int lottery_move(struct store *store, const struct catalogue_entry *entry,
		 const struct lottery_frame *frame, size_t count, struct sv reason,
		 const struct lottery_officer *officer, struct instant now, struct arena *arena,
		 struct err *err)
{
	struct lottery_frame after[LOTTERY_FRAMES_MAX];
	struct lottery_rule rule;

	if (lottery_need(store, err) != 0 ||
	    lottery_check_text(reason, LOTTERY_TEXT_MAX, "the reason", err) != 0 ||
	    lottery_rule_now(store, entry, arena, &rule, err) != 0 ||
	    check_movement(selection_of(entry), &rule, frame, count, after, err) != 0 ||
	    make_way(store, entry, arena, err) < 0)
		return -1;
	return put_movement(store, entry, after, rule.frame_count, reason, officer, now, err);
}

static int movement_frames(struct store *store, struct arena *arena,
			   struct lottery_movement *movement, struct err *err)
{
	struct lottery_frame *frame = arena_zalloc(arena, LOTTERY_FRAMES_MAX, sizeof *frame);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT frame, places FROM lottery_movement_frame WHERE movement = $1"
			  " ORDER BY number",
			  STORE_INT(movement->number));
	int step = query && frame ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1 &&
	       movement->frame_count < LOTTERY_FRAMES_MAX)
		frame[movement->frame_count++] =
			(struct lottery_frame){ arena_dup(arena, store_text(query, 0)),
						(uint32_t)store_int(query, 1) };
	store_done(query);
	movement->frame = frame;
	return step < 0 ? -1 : 0;
}

int lottery_movements(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		      const struct lottery_movement **ret, size_t *ret_count, struct err *err)
{
	enum { SHOWN_MAX = 100 }; /* the latest */
	struct lottery_movement *movement = arena_zalloc(arena, SHOWN_MAX, sizeof *movement);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT number, at, person, name, role, reason FROM lottery_movement"
			  " WHERE programme = $1 ORDER BY number DESC LIMIT 100",
			  STORE_TEXT(entry->id));
	size_t count = 0;
	int step = query && movement ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		movement[count++] = (struct lottery_movement){
			.number = (unsigned)store_int(query, 0),
			.at = { store_int(query, 1) },
			.officer = { arena_dup(arena, store_text(query, 2)),
				     arena_dup(arena, store_text(query, 3)),
				     arena_dup(arena, store_text(query, 4)) },
			.reason = arena_dup(arena, store_text(query, 5)),
		};
	store_done(query);
	for (size_t i = 0; step == 0 && i < count; i++)
		step = movement_frames(store, arena, &movement[i], err);
	if (step < 0)
		return -1;
	*ret = movement;
	*ret_count = count;
	return 0;
}

/* ---- the list ---- */

static int check_reception(struct store *store, const struct catalogue_entry *entry,
			   struct instant now, struct err *err)
{
	int reception;

	if (reception_read(store, entry, tokyo_of(now).day, &reception, err) != 0)
		return -1;
	return reception > 0 ? 0 : err_set(err, ERR_CONFLICT, "the reception has not ended yet");
}

static int count_others(struct store *store, const struct catalogue_entry *entry, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT COUNT(*) FROM application WHERE programme = $1 AND final = 0 AND state <> $2",
		STORE_TEXT(entry->id), STORE_TEXT(selection_of(entry)->waiting));
	const int step = query ? store_step(query, err) : -1;
	const int64_t others = step == 1 ? store_int(query, 0) : 0;

	store_done(query);
	if (step < 0)
		return -1;
	return others == 0
		       ? 0
		       : err_set(err, ERR_CONFLICT,
				 "%lld applications are still being looked at: everybody who may be drawn has to wait for the draw first",
				 (long long)others);
}

struct waiting {
	struct sv *application;
	struct lottery_entry *entry;
	size_t count;
};

static int read_waiting(struct store *store, const struct catalogue_entry *entry,
			struct arena *arena, struct waiting *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT id FROM application WHERE programme = $1 AND state = $2 ORDER BY row LIMIT $3",
		STORE_TEXT(entry->id), STORE_TEXT(selection_of(entry)->waiting),
		STORE_INT(LOTTERY_ENTRIES_MAX + 1));
	struct waiting waiting = {
		.application = arena_zalloc(arena, LOTTERY_ENTRIES_MAX + 1, sizeof(struct sv)),
		.entry = arena_zalloc(arena, LOTTERY_ENTRIES_MAX + 1, sizeof(struct lottery_entry)),
	};
	int step = query && waiting.application && waiting.entry ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		waiting.application[waiting.count++] = arena_dup(arena, store_text(query, 0));
	store_done(query);
	if (step < 0)
		return -1;
	if (waiting.count > LOTTERY_ENTRIES_MAX)
		return err_set(err, ERR_RANGE, "more than %d wait for the draw",
			       LOTTERY_ENTRIES_MAX);
	*ret = waiting;
	return 0;
}

static struct sv new_ticket(struct arena *arena)
{
	/* Without what is easily taken for another: 0 O, 1 I. */
	static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	uint8_t byte[TICKET_CHARACTERS];
	char text[TICKET_CHARACTERS + 2];
	size_t n = 0;

	random_bytes(byte, sizeof byte);
	for (size_t i = 0; i < sizeof byte; i++) {
		if (i > 0 && i % 4 == 0)
			text[n++] = '-';
		text[n++] = alphabet[byte[i] % 32];
	}
	return arena_dup(arena, (struct sv){ text, n });
}

/* A ticket and the frame of everybody who waits. */
static int give_tickets(struct store *store, const struct catalogue *catalogue,
			const struct catalogue_entry *entry, struct arena *arena,
			struct waiting *waiting, struct err *err)
{
	struct arena *scratch = arena_new(SCRATCH_MAX);
	int status = 0;

	for (size_t i = 0; status == 0 && i < waiting->count; i++) {
		struct application application;

		arena_clear(scratch);
		status = application_load(store, catalogue, waiting->application[i], scratch,
					  &application, err) == 1
				 ? 0
				 : -1;
		if (status == 0)
			waiting->entry[i] =
				(struct lottery_entry){ new_ticket(arena),
							selection_frame(entry->programme,
									&application.is) };
	}
	arena_free(scratch);
	return status;
}

static int put_entries(struct store *store, struct sv lottery, const struct waiting *waiting,
		       const struct lottery_rule *rule, struct err *err)
{
	for (size_t i = 0; i < rule->frame_count; i++)
		if (store_change(store, err,
				 "INSERT INTO lottery_frame (lottery, number, frame, places)"
				 " VALUES ($1, $2, $3, $4)",
				 STORE_TEXT(lottery), STORE_INT(i), STORE_TEXT(rule->frame[i].id),
				 STORE_INT(rule->frame[i].places)) != 0)
			return -1;
	for (size_t i = 0; i < waiting->count; i++)
		if (store_change(store, err,
				 "INSERT INTO lottery_entry (lottery, ticket, application, frame)"
				 " VALUES ($1, $2, $3, $4)",
				 STORE_TEXT(lottery), STORE_TEXT(waiting->entry[i].ticket),
				 STORE_TEXT(waiting->application[i]),
				 STORE_INT(waiting->entry[i].frame == LOTTERY_NO_FRAME
						   ? -1
						   : (int64_t)waiting->entry[i].frame)) != 0)
			return -1;
	return 0;
}

static int digest_of(const struct lottery_rule *rule, const struct waiting *waiting,
		     struct arena *arena, char text[static 2 * SHA256_SIZE + 1], struct err *err)
{
	/* The list is sorted, the rows stay beside their applications. */
	struct lottery_entry *sorted = arena_zalloc(arena, waiting->count + 1, sizeof *sorted);
	struct sha256 digest;
	struct buf list;
	int status;

	if (!sorted)
		return err_set(err, ERR_RANGE, "no memory for the list");
	memcpy(sorted, waiting->entry, waiting->count * sizeof *sorted);
	buf_init(&list, LIST_MAX);
	status = lottery_list(rule, sorted, waiting->count, &list, err);
	digest = sha256_of(buf_sv(&list));
	buf_done(&list);
	hex_encode(digest.byte, SHA256_SIZE, text);
	return status;
}

static int check_plan(const struct lottery_plan *plan, struct err *err)
{
	if (plan->source == LOTTERY_BEACON && (plan->round == 0 || plan->round > INT64_MAX))
		return err_set(err, ERR_RANGE, "a round of the beacon is a number from 1 on");
	if (plan->source == LOTTERY_OFFICERS)
		return lottery_check_text(plan->what, LOTTERY_TEXT_MAX,
					  "where the values come from", err);
	return 0;
}

int lottery_prepare(struct store *store, const struct catalogue *catalogue,
		    const struct catalogue_entry *entry, const struct lottery_plan *plan,
		    const struct lottery_officer *officer, struct instant now, struct arena *arena,
		    struct err *err)
{
	struct lottery_rule rule;
	struct waiting waiting;
	char id[UUID_TEXT_MAX], digest[2 * SHA256_SIZE + 1];
	struct instant after = plan->after;
	enum lottery_source source = plan->source;

	if (lottery_need(store, err) != 0 ||
	    lottery_rule_now(store, entry, arena, &rule, err) != 0 ||
	    make_way(store, entry, arena, err) < 0 ||
	    check_reception(store, entry, now, err) != 0 || count_others(store, entry, err) != 0 ||
	    check_plan(plan, err) != 0 || read_waiting(store, entry, arena, &waiting, err) != 0 ||
	    give_tickets(store, catalogue, entry, arena, &waiting, err) != 0 ||
	    digest_of(&rule, &waiting, arena, digest, err) != 0)
		return -1;
	if (!lottery_is_needed(&rule, waiting.entry, waiting.count))
		source = LOTTERY_NONE;
	if (source == LOTTERY_BEACON)
		after = lottery_round_time(plan->round);
	uuid_format(uuid_v7(now), id);
	if (store_change(
		    store, err,
		    "INSERT INTO lottery (id, programme, state, source, round, after_at, what,"
		    " places, moves, digest, prepared_by, prepared_at) VALUES ($1, $2, 'prepared',"
		    " $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		    STORE_TEXT(sv_from(id)), STORE_TEXT(entry->id),
		    STORE_TEXT(sv_from(lottery_source_name(source))),
		    STORE_INT(source == LOTTERY_BEACON ? plan->round : 0),
		    STORE_INT(source == LOTTERY_NONE ? 0 : after.us),
		    STORE_TEXT(source == LOTTERY_OFFICERS ? plan->what : SV("")),
		    STORE_INT(rule.places), STORE_INT(rule.leftover_moves),
		    STORE_TEXT(sv_from(digest)), STORE_TEXT(officer->id), STORE_INT(now.us)) != 0)
		return -1;
	return put_entries(store, sv_from(id), &waiting, &rule, err);
}

/* ---- publication ---- */

/* Nobody came to the draw or left it since the list was made. */
static int check_fresh(struct store *store, const struct catalogue_entry *entry,
		       const struct lottery *lottery, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT (SELECT COUNT(*) FROM application WHERE programme = $1 AND state = $2),"
		" (SELECT COUNT(*) FROM application a JOIN lottery_entry e ON e.application = a.id"
		" WHERE e.lottery = $3 AND a.state = $2)",
		STORE_TEXT(entry->id), STORE_TEXT(selection_of(entry)->waiting),
		STORE_TEXT(lottery->id));
	const int step = query ? store_step(query, err) : -1;
	const bool fresh = step == 1 && store_int(query, 0) == (int64_t)lottery->row_count &&
			   store_int(query, 1) == (int64_t)lottery->row_count;

	store_done(query);
	if (step < 0)
		return -1;
	return fresh ? 0
		     : err_set(err, ERR_CONFLICT,
			       "somebody came to the draw or left it since the list was made: prepare it again");
}

int lottery_publish(struct store *store, const struct catalogue_entry *entry, struct sv digest,
		    const struct lottery_officer *officer, struct instant now, struct arena *arena,
		    struct err *err)
{
	struct lottery lottery;
	const int found = lottery_need(store, err) != 0
				  ? -1
				  : lottery_load(store, entry, arena, &lottery, err);

	if (found != 1)
		return found < 0 ? -1 : err_set(err, ERR_CONFLICT, "no list is prepared");
	if (is_published(&lottery))
		return err_set(err, ERR_CONFLICT, "the list is public already");
	if (!sv_eq(digest, lottery.digest))
		return err_set(err, ERR_CONFLICT,
			       "the list was prepared again: look at it once more");
	if (lottery.source != LOTTERY_NONE &&
	    lottery.after.us < now.us + LOTTERY_AHEAD_SECONDS * INSTANT_SECOND)
		return err_set(
			err, ERR_CONFLICT,
			"the entropy has to come at least %d minutes after the publication: name a later one",
			LOTTERY_AHEAD_SECONDS / 60);
	if (count_others(store, entry, err) != 0 || check_fresh(store, entry, &lottery, err) != 0 ||
	    store_change(
		    store, err,
		    "UPDATE lottery SET state = 'published', published_by = $2, published_at = $3"
		    " WHERE id = $1",
		    STORE_TEXT(lottery.id), STORE_TEXT(officer->id), STORE_INT(now.us)) != 0)
		return -1;
	return lottery.source == LOTTERY_NONE
		       ? lottery_settle(store, &lottery, SV("none"), SV(""), now, arena, err)
		       : 0;
}
