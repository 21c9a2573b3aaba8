/* Who was asked what, and who is silent. */
#include "support/internal.h"

#define COLUMNS                                                                                    \
	"q.id, q.programme, q.application, q.company, q.questionnaire, q.day, q.since,"            \
	" q.anonymous, q.answered, q.answered_at"

/* ---- pure ---- */

const struct programme_questionnaire *questionnaire_find(const struct programme *programme,
							 struct sv id)
{
	const struct programme_facts *facts = programme_facts(programme);

	for (size_t i = 0; i < facts->questionnaire_count; i++)
		if (sv_eq(facts->questionnaire[i].id, id))
			return &facts->questionnaire[i];
	return NULL;
}

bool questionnaire_may_go(const struct programme_questionnaire *questionnaire, struct day today)
{
	return !questionnaire->has_not_before ||
	       day_compare(today, questionnaire->not_before) >= 0;
}

int questionnaire_call_day(const struct programme_questionnaire *questionnaire,
			   const struct calendar *calendar, struct day since, struct day *ret,
			   struct err *err)
{
	if (questionnaire->remind_business_days == 0)
		return 0;
	return calendar_after(calendar, since, questionnaire->remind_business_days, ret, err) == 0
		       ? 1
		       : -1;
}

bool questionnaire_is_open(const struct programme_questionnaire *questionnaire,
			   const struct asked *asked, const struct application_state *application,
			   struct day today)
{
	const struct instant ended = application->mark[MARK_ENDED];

	if (questionnaire->open_days > 0)
		return day_compare(today, day_add(asked->day, (int32_t)questionnaire->open_days)) <=
		       0;
	if (ended.us == 0)
		return true;
	/* What is asked after the end (a survey) is open as long, from then. */
	return day_compare(today, day_add(asked->day, SUPPORT_OPEN_DAYS)) <= 0 ||
	       day_compare(today, day_add(tokyo_of(ended).day, SUPPORT_OPEN_DAYS)) <= 0;
}

/* ---- records ---- */

static void read_row(struct store_query *query, struct arena *arena, struct asked *ret)
{
	*ret = (struct asked){
		.id = records_text(query, 0, arena),
		.programme = records_text(query, 1, arena),
		.application = records_text(query, 2, arena),
		.company = records_text(query, 3, arena),
		.questionnaire = records_text(query, 4, arena),
		.day = { (int32_t)store_int(query, 5) },
		.since = { (int32_t)store_int(query, 6) },
		.anonymous = store_int(query, 7) != 0,
		.answered = store_int(query, 8) != 0,
		.answered_at = { store_int(query, 9) },
	};
}

/* The one that a query finds; the query is released. */
static int read_one(struct store_query *query, struct arena *arena, struct asked *ret,
		    struct err *err)
{
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		read_row(query, arena, ret);
	store_done(query);
	return step;
}

int asked_load(struct store *store, struct sv id, struct arena *arena, struct asked *ret,
	       struct err *err)
{
	return read_one(store_ask(store, err, "SELECT " COLUMNS " FROM asked q WHERE q.id = $1",
				  STORE_TEXT(id)),
			arena, ret, err);
}

int asked_by_link(struct store *store, struct sv secret, struct arena *arena, struct asked *ret,
		  struct err *err)
{
	char hash[2 * SHA256_SIZE + 1];

	return read_one(store_ask(store, err,
				  "SELECT " COLUMNS " FROM asked_link l"
				  " JOIN asked q ON q.id = l.asked WHERE l.hash = $1",
				  STORE_TEXT(records_hash(secret, hash))),
			arena, ret, err);
}

static int load_of(struct store *store, struct sv application, struct sv questionnaire,
		   struct arena *arena, struct asked *ret, struct err *err)
{
	return read_one(store_ask(store, err,
				  "SELECT " COLUMNS " FROM asked q WHERE q.application = $1"
				  " AND q.questionnaire = $2",
				  STORE_TEXT(application), STORE_TEXT(questionnaire)),
			arena, ret, err);
}

/* What was promised to the first who was asked; 1, 0 where nobody was asked yet, -1. */
static int promised(struct store *store, struct sv programme, struct sv questionnaire,
		    bool *ret_anonymous, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT anonymous FROM questionnaire_promise WHERE programme = $1"
			  " AND questionnaire = $2",
			  STORE_TEXT(programme), STORE_TEXT(questionnaire));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret_anonymous = store_int(query, 0) != 0;
	store_done(query);
	return step;
}

static int check_promise(struct store *store, struct sv programme,
			 const struct programme_questionnaire *questionnaire, struct err *err)
{
	bool anonymous;
	const int was = promised(store, programme, questionnaire->id, &anonymous, err);

	if (was == 1 && anonymous != questionnaire->anonymous)
		return err_set(err, ERR_CONFLICT,
			       "people were told that the answers to %.*s are %sanonymous",
			       SV_ARG(questionnaire->id), anonymous ? "" : "not ");
	return was < 0 ? -1 : 0;
}

int questionnaire_check_promises(struct store *store, struct sv programme_id,
				 const struct programme *programme, struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);

	for (size_t i = 0; i < facts->questionnaire_count; i++)
		if (check_promise(store, programme_id, &facts->questionnaire[i], err) < 0)
			return -1;
	return 0;
}

static int keep_promise(struct store *store, struct sv programme,
			const struct programme_questionnaire *questionnaire, struct err *err)
{
	if (check_promise(store, programme, questionnaire, err) < 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO questionnaire_promise (programme, questionnaire,"
			    " anonymous) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			    STORE_TEXT(programme), STORE_TEXT(questionnaire->id),
			    STORE_INT(questionnaire->anonymous));
}

static int put_row(struct store *store, const struct application *application,
		   const struct programme_questionnaire *questionnaire, struct instant now,
		   struct err *err)
{
	const struct day today = tokyo_of(now).day;
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(now), id);
	return store_change(store, err,
			    "INSERT INTO asked (id, programme, application, company,"
			    " questionnaire, day, since, anonymous)"
			    " VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
			    STORE_TEXT(sv_from(id)), STORE_TEXT(application->programme),
			    STORE_TEXT(application->id), STORE_TEXT(application->company),
			    STORE_TEXT(questionnaire->id), STORE_INT(today.n),
			    STORE_INT(questionnaire->anonymous));
}

static int add_link(struct store *store, struct sv asked, struct arena *arena,
		    struct sv *ret_secret, struct err *err)
{
	char hash[2 * SHA256_SIZE + 1], text[2 * SHA256_SIZE + 1];
	uint8_t bytes[SHA256_SIZE];
	struct sv secret;

	random_bytes(bytes, sizeof bytes);
	secret = arena_dup(arena, sv_from(hex_encode(bytes, sizeof bytes, text)));
	if (!secret.p)
		return err_set(err, ERR_RANGE, "no memory for the link");
	if (store_change(store, err,
			 "INSERT INTO asked_link (hash, asked, number) SELECT $1, $2,"
			 " 1 + COALESCE(MAX(number), 0) FROM asked_link WHERE asked = $2",
			 STORE_TEXT(records_hash(secret, hash)), STORE_TEXT(asked)) < 0 ||
	    store_change(store, err,
			 "DELETE FROM asked_link WHERE asked = $1 AND number <="
			 " (SELECT MAX(number) FROM asked_link WHERE asked = $1) - $2",
			 STORE_TEXT(asked), STORE_INT(SUPPORT_LINKS_MAX)) < 0)
		return -1;
	*ret_secret = secret;
	return 0;
}

int asked_put(struct store *store, const struct application *application,
	      const struct programme_questionnaire *questionnaire, struct instant now,
	      struct arena *arena, struct asked *ret, struct sv *ret_secret, struct err *err)
{
	int found;

	if (records_need_transaction(store, err) < 0 ||
	    keep_promise(store, application->programme, questionnaire, err) < 0)
		return -1;
	found = load_of(store, application->id, questionnaire->id, arena, ret, err);
	if (found == 1 && ret->answered)
		return err_set(err, ERR_CONFLICT, "%.*s was answered", SV_ARG(questionnaire->id));
	if (found == 0 && put_row(store, application, questionnaire, now, err) == 0)
		found = load_of(store, application->id, questionnaire->id, arena, ret, err);
	return found == 1 ? add_link(store, ret->id, arena, ret_secret, err) : -1;
}

int asked_of_application(struct store *store, struct sv application, struct arena *arena,
			 const struct asked **ret, size_t *ret_count, struct err *err)
{
	const size_t room = SUPPORT_SHEETS_MAX;
	struct asked *item = arena_zalloc(arena, room, sizeof *item);
	struct rows rows = { .room = room, .what = "questionnaires" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err,
			       "SELECT " COLUMNS " FROM asked q WHERE q.application = $1"
			       " ORDER BY q.row",
			       STORE_TEXT(application));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		read_row(rows.query, arena, &item[rows.count - 1]);
	store_done(rows.query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}

int asked_called(struct store *store, struct sv id, struct day today, struct err *err)
{
	if (records_need_transaction(store, err) < 0 ||
	    store_change(store, err, "UPDATE asked SET since = $2 WHERE id = $1 AND answered = 0",
			 STORE_TEXT(id), STORE_INT(today.n)) < 0)
		return -1;
	return store_changes(store) == 1 ? 0
					 : err_set(err, ERR_CONFLICT, "it was answered meanwhile");
}

/* ---- silence ---- */

/* Whether this silence is a call by today: 1, 0, -1. */
static int is_call(const struct catalogue_entry *entry, const struct asked *asked,
		   struct day today, struct day *ret_due, struct err *err)
{
	const struct programme_questionnaire *questionnaire =
		questionnaire_find(entry->programme, asked->questionnaire);
	int has;

	if (!questionnaire)
		return 0; /* a later version of the file does not ask it any more */
	has = questionnaire_call_day(questionnaire, programme_calendar(entry->programme),
				     asked->since, ret_due, err);
	return has == 1 ? day_compare(*ret_due, today) <= 0 : has;
}

int calls_list(struct store *store, const struct catalogue_entry *entry, struct day today,
	       struct arena *arena, const struct call **ret, size_t *ret_count, struct err *err)
{
	struct call *item = arena_zalloc(arena, SUPPORT_CALLS_MAX, sizeof *item);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT " COLUMNS " FROM asked q JOIN application a"
			  " ON a.id = q.application WHERE q.programme = $1 AND q.answered = 0"
			  " AND a.final = 0 AND q.since < $2 ORDER BY q.since, q.row",
			  STORE_TEXT(entry->id), STORE_INT(today.n));
	size_t count = 0;
	int step = query && item ? 1 : -1;

	while (step == 1 && count < SUPPORT_CALLS_MAX &&
	       (step = store_step(query, err)) == 1) {
		int call;

		read_row(query, arena, &item[count].asked);
		call = is_call(entry, &item[count].asked, today, &item[count].due, err);
		if (call < 0)
			step = -1;
		count += call == 1;
	}
	store_done(query);
	*ret = item;
	*ret_count = count;
	return step < 0 ? -1 : 0;
}
