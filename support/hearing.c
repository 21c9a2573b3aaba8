/* Who is heard after the end. */
#include "support/internal.h"

static const char *const state_name[] = {
	[HEARING_NONE] = "none",	 [HEARING_CANDIDATE] = "candidate",
	[HEARING_ASKED] = "asked",	 [HEARING_AGREED] = "agreed",
	[HEARING_DECLINED] = "declined", [HEARING_HELD] = "held",
};
static_assert(sizeof state_name / sizeof *state_name == HEARING_STATE_COUNT, "every state");

const char *hearing_state_name(enum hearing_state state)
{
	return state < HEARING_STATE_COUNT ? state_name[state] : NULL;
}

bool hearing_act_parse(struct sv text, enum hearing_act *ret)
{
	static const char *const name[] = {
		[HEARING_PICK] = "pick",       [HEARING_DROP] = "drop",
		[HEARING_ASK] = "ask",	       [HEARING_AGREE] = "agree",
		[HEARING_DECLINE] = "decline", [HEARING_HOLD] = "hold",
	};
	const int at = word_index(text, name, HEARING_ACT_COUNT);

	if (at >= 0)
		*ret = (enum hearing_act)at;
	return at >= 0;
}

bool hearing_next(enum hearing_state now, enum hearing_act act, bool ended,
		  enum hearing_state *ret)
{
	static const struct {
		enum hearing_state from;
		enum hearing_act act;
		enum hearing_state to;
	} row[] = {
		{ HEARING_NONE, HEARING_PICK, HEARING_CANDIDATE },
		{ HEARING_CANDIDATE, HEARING_DROP, HEARING_NONE },
		{ HEARING_CANDIDATE, HEARING_ASK, HEARING_ASKED },
		{ HEARING_ASKED, HEARING_AGREE, HEARING_AGREED },
		{ HEARING_ASKED, HEARING_DECLINE, HEARING_DECLINED },
		{ HEARING_AGREED, HEARING_DECLINE, HEARING_DECLINED },
		{ HEARING_AGREED, HEARING_HOLD, HEARING_HELD },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row && ended; i++) {
		if (row[i].from == now && row[i].act == act) {
			*ret = row[i].to;
			return true;
		}
	}
	return false;
}

static void read_row(struct store_query *query, struct arena *arena, struct hearing *ret)
{
	const int state = word_index(store_text(query, 2), state_name, HEARING_STATE_COUNT);

	*ret = (struct hearing){
		.application = records_text(query, 0, arena),
		.company = records_text(query, 1, arena),
		.state = state >= 0 ? (enum hearing_state)state : HEARING_NONE,
		.note = records_text(query, 3, arena),
		.at = { store_int(query, 4) },
		.by = { records_text(query, 5, arena), records_text(query, 6, arena) },
	};
}

#define COLUMNS "application, company, state, note, at, person, person_name"

int hearing_load(struct store *store, struct sv application, struct arena *arena,
		 struct hearing *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT " COLUMNS " FROM hearing WHERE application = $1",
			  STORE_TEXT(application));
	const int step = query ? store_step(query, err) : -1;

	*ret = (struct hearing){ .application = application, .state = HEARING_NONE };
	if (step == 1)
		read_row(query, arena, ret);
	store_done(query);
	return step < 0 ? -1 : 0;
}

int hearing_put(struct store *store, const struct application *application,
		enum hearing_state state, struct sv note, struct person by, struct instant now,
		struct err *err)
{
	if (records_need_transaction(store, err) < 0 ||
	    (state == HEARING_CANDIDATE &&
	     check_room(store, "SELECT COUNT(*) FROM hearing WHERE programme = $1"
			       " AND state <> 'none'",
			application->programme, SUPPORT_HEARINGS_MAX, "hearings", err) < 0))
		return -1;
	return store_change(store, err,
			    "INSERT INTO hearing (application, programme, company, state, note, at,"
			    " person, person_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
			    " ON CONFLICT (application) DO UPDATE SET state = $4, note = $5,"
			    " at = $6, person = $7, person_name = $8",
			    STORE_TEXT(application->id), STORE_TEXT(application->programme),
			    STORE_TEXT(application->company),
			    STORE_TEXT(sv_from(hearing_state_name(state))),
			    STORE_TEXT_OR_EMPTY(note), STORE_INT(now.us),
			    STORE_TEXT_OR_EMPTY(by.id), STORE_TEXT_OR_EMPTY(by.name));
}

int hearings_list(struct store *store, struct sv programme, struct arena *arena,
		  const struct hearing **ret, size_t *ret_count, struct err *err)
{
	struct hearing *item = arena_zalloc(arena, SUPPORT_HEARINGS_MAX, sizeof *item);
	struct rows rows = { .room = SUPPORT_HEARINGS_MAX, .what = "hearings" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err,
			       "SELECT " COLUMNS " FROM hearing WHERE programme = $1"
			       " AND state <> 'none' ORDER BY at, application",
			       STORE_TEXT(programme));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		read_row(rows.query, arena, &item[rows.count - 1]);
	store_done(rows.query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}
