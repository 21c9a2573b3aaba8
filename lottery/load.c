/* A programme's lottery as it stands in the records. */
#include "lottery/internal.h"

#include <assert.h>

static const char *const states[] = {
	[LOTTERY_PREPARED] = "prepared",
	[LOTTERY_PUBLISHED] = "published",
	[LOTTERY_DRAWN] = "drawn",
};
static_assert(sizeof states / sizeof *states == LOTTERY_STATE_COUNT, "every state has a name");
static const char *const sources[] = {
	[LOTTERY_BEACON] = "beacon",
	[LOTTERY_OFFICERS] = "officers",
	[LOTTERY_NONE] = "none",
};
static_assert(sizeof sources / sizeof *sources == LOTTERY_SOURCE_COUNT, "every source has a name");
static const char *const fates[] = {
	[FATE_OPEN] = "open",	    [FATE_APPLIED] = "applied",	  [FATE_GONE] = "gone",
	[FATE_VACATED] = "vacated", [FATE_FOLLOWED] = "followed",
};
static_assert(sizeof fates / sizeof *fates == FATE_COUNT, "every fate has a name");

const char *lottery_state_name(enum lottery_state state)
{
	return states[state];
}

const char *lottery_source_name(enum lottery_source source)
{
	return sources[source];
}

const char *lottery_fate_name(enum lottery_fate fate)
{
	return fates[fate];
}

static unsigned find(const char *const *name, unsigned count, struct sv text)
{
	unsigned i = 0;

	while (i < count && !sv_eq(text, sv_from(name[i])))
		i++;
	return i;
}

bool lottery_source_parse(struct sv text, enum lottery_source *ret)
{
	const unsigned i = find(sources, LOTTERY_SOURCE_COUNT, text);

	if (i == LOTTERY_SOURCE_COUNT)
		return false;
	*ret = (enum lottery_source)i;
	return true;
}

int lottery_need(struct store *store, struct err *err)
{
	return store_in_transaction(store)
		       ? 0
		       : err_set(err, ERR_INTERNAL, "a lottery changes inside a transaction only");
}

int lottery_check_text(struct sv text, size_t max, const char *what, struct err *err)
{
	if (sv_trim(text).n == 0 || text.n > max || !sv_is_utf8(text))
		return err_set(err, ERR_RANGE, "%s has 1 to %zu bytes", what, max);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return err_set(err, ERR_FORMAT, "%s is one line without control characters",
				       what);
	return 0;
}

static struct sv column(struct store_query *query, int number, struct arena *arena)
{
	return arena_dup(arena, store_text(query, number));
}

static size_t index_of(int64_t number)
{
	return number < 0 ? LOTTERY_NO_FRAME : (size_t)number;
}

static int load_frames(struct store *store, struct arena *arena, struct lottery *lottery,
		       struct err *err)
{
	struct lottery_frame *frame = arena_zalloc(arena, LOTTERY_FRAMES_MAX, sizeof *frame);
	struct store_query *query = store_ask(
		store, err,
		"SELECT frame, places FROM lottery_frame WHERE lottery = $1 ORDER BY number",
		STORE_TEXT(lottery->id));
	size_t count = 0;
	int step = -1;

	if (frame && query)
		while ((step = store_step(query, err)) == 1 && count < LOTTERY_FRAMES_MAX)
			frame[count++] = (struct lottery_frame){ column(query, 0, arena),
								 (uint32_t)store_int(query, 1) };
	store_done(query);
	lottery->rule.frame = frame;
	lottery->rule.frame_count = count;
	return step < 0 ? -1 : 0;
}

static int load_values(struct store *store, struct arena *arena, struct lottery *lottery,
		       struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT person, name, role, value, proof, at FROM lottery_value WHERE lottery = $1"
		" ORDER BY number",
		STORE_TEXT(lottery->id));
	int step = -1;

	if (query)
		while ((step = store_step(query, err)) == 1 &&
		       lottery->value_count < LOTTERY_VALUES)
			lottery->value[lottery->value_count++] = (struct lottery_value){
				.officer = { column(query, 0, arena), column(query, 1, arena),
					     column(query, 2, arena) },
				.value = column(query, 3, arena),
				.proof = column(query, 4, arena),
				.at = { store_int(query, 5) },
			};
	store_done(query);
	return step < 0 ? -1 : 0;
}

static struct lottery_row read_row(struct store_query *query, struct arena *arena)
{
	return (struct lottery_row){
		.application = column(query, 0, arena),
		.number = column(query, 1, arena),
		.company = column(query, 2, arena),
		.ticket = column(query, 3, arena),
		.frame = index_of(store_int(query, 4)),
		.order = (unsigned)store_int(query, 5),
		.won = store_int(query, 6) != 0,
		.seat = index_of(store_int(query, 7)),
		.fate = (enum lottery_fate)find(fates, FATE_COUNT - 1, store_text(query, 8)),
		.after = column(query, 9, arena),
		.changed = { store_int(query, 10) },
	};
}

static int load_rows(struct store *store, struct arena *arena, struct lottery *lottery,
		     struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT COUNT(*) FROM lottery_entry WHERE lottery = $1",
			  STORE_TEXT(lottery->id));
	struct lottery_row *row = NULL;
	size_t room = 0, count = 0;
	int step = query ? store_step(query, err) : -1;

	if (step == 1)
		room = (size_t)store_int(query, 0);
	store_done(query);
	row = arena_zalloc(arena, room + 1, sizeof *row);
	if (step < 0 || !row)
		return step < 0 ? -1
				: err_set(err, ERR_RANGE, "no memory for the lottery's entries");
	query = store_ask(store, err,
			  "SELECT e.application, a.number_text, a.name, e.ticket, e.frame, e.rank,"
			  " e.won, e.seat, e.fate, e.after, e.changed_at FROM lottery_entry e"
			  " JOIN application a ON a.id = e.application WHERE e.lottery = $1"
			  " ORDER BY e.rank, e.ticket",
			  STORE_TEXT(lottery->id));
	step = query ? 1 : -1;
	while (step == 1 && (step = store_step(query, err)) == 1 && count < room)
		row[count++] = read_row(query, arena);
	store_done(query);
	lottery->row = row;
	lottery->row_count = count;
	return step < 0 ? -1 : 0;
}

static int load_head(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		     struct lottery *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT id, state, source, round, after_at, what, places, moves, digest, prepared_at,"
		" published_at, drawn_at, round_text, beacon, seed FROM lottery WHERE programme = $1",
		STORE_TEXT(entry->id));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (struct lottery){
			.id = column(query, 0, arena),
			.programme = entry->id,
			.slug = entry->slug,
			.state = (enum lottery_state)find(states, LOTTERY_STATE_COUNT - 1,
							  store_text(query, 1)),
			.source = (enum lottery_source)find(sources, LOTTERY_SOURCE_COUNT - 1,
							    store_text(query, 2)),
			.round = (uint64_t)store_int(query, 3),
			.after = { store_int(query, 4) },
			.what = column(query, 5, arena),
			.rule = { .places = (uint32_t)store_int(query, 6),
				  .leftover_moves = store_int(query, 7) != 0 },
			.digest = column(query, 8, arena),
			.prepared = { store_int(query, 9) },
			.published = { store_int(query, 10) },
			.drawn = { store_int(query, 11) },
			.round_text = column(query, 12, arena),
			.beacon = column(query, 13, arena),
			.seed = column(query, 14, arena),
		};
	store_done(query);
	return step;
}

int lottery_load(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		 struct lottery *ret, struct err *err)
{
	struct lottery lottery = { .state = LOTTERY_PREPARED };
	const int found = load_head(store, entry, arena, &lottery, err);

	if (found != 1)
		return found;
	if (load_frames(store, arena, &lottery, err) != 0 ||
	    load_values(store, arena, &lottery, err) != 0 ||
	    load_rows(store, arena, &lottery, err) != 0)
		return -1;
	*ret = lottery;
	return 1;
}

int lottery_list_text(const struct lottery *lottery, struct arena *arena, struct buf *ret,
		      struct err *err)
{
	struct lottery_entry *entry = arena_zalloc(arena, lottery->row_count + 1, sizeof *entry);

	if (!entry)
		return err_set(err, ERR_RANGE, "no memory for the list");
	for (size_t i = 0; i < lottery->row_count; i++)
		entry[i] = (struct lottery_entry){ lottery->row[i].ticket, lottery->row[i].frame };
	return lottery_list(&lottery->rule, entry, lottery->row_count, ret, err);
}

int lottery_ticket(struct store *store, struct sv application, struct arena *arena, struct sv *ret,
		   struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT e.ticket FROM lottery_entry e JOIN lottery l ON l.id = e.lottery"
			  " WHERE e.application = $1 AND l.state <> 'prepared'",
			  STORE_TEXT(application));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = column(query, 0, arena);
	store_done(query);
	return step;
}
