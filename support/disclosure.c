/* To whom a company's data went, and who may have it. */
#include "support/internal.h"

const char *disclosure_problem_name(enum disclosure_problem problem)
{
	static const char *const name[] = {
		[DISCLOSURE_GOOD] = "disclosure_good",
		[DISCLOSURE_NOT_LISTED] = "disclosure_not_listed",
		[DISCLOSURE_UNPROTECTED] = "disclosure_unprotected",
	};

	return problem < DISCLOSURE_PROBLEM_COUNT ? name[problem] : NULL;
}

enum disclosure_problem disclosure_check(const struct programme *programme,
					 const struct delegate *delegate, size_t count,
					 struct sv recipient,
					 const struct programme_disclosure **ret)
{
	const struct programme_facts *facts = programme_facts(programme);
	const struct programme_disclosure *found = NULL;

	for (size_t i = 0; i < facts->disclosure_count && !found; i++)
		if (sv_eq(facts->disclosure[i].recipient.ja, recipient))
			found = &facts->disclosure[i];
	if (!found)
		return DISCLOSURE_NOT_LISTED;
	*ret = found;
	if (found->equal_protection_recorded)
		return DISCLOSURE_GOOD;
	for (size_t i = 0; i < count; i++)
		if (sv_eq(delegate[i].recipient, recipient))
			return DISCLOSURE_GOOD;
	return DISCLOSURE_UNPROTECTED;
}

/* ---- delegates ---- */

int delegate_put(struct store *store, struct sv programme, const struct delegate *delegate,
		 struct err *err)
{
	if (records_need_transaction(store, err) < 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO delegate (programme, recipient, basis, person,"
			    " person_name, at) VALUES ($1, $2, $3, $4, $5, $6)"
			    " ON CONFLICT (programme, recipient) DO UPDATE SET basis = $3,"
			    " person = $4, person_name = $5, at = $6",
			    STORE_TEXT(programme), STORE_TEXT(delegate->recipient),
			    STORE_TEXT(delegate->basis), STORE_TEXT_OR_EMPTY(delegate->by.id),
			    STORE_TEXT_OR_EMPTY(delegate->by.name), STORE_INT(delegate->at.us));
}

int delegates_list(struct store *store, struct sv programme, struct arena *arena,
		   const struct delegate **ret, size_t *ret_count, struct err *err)
{
	struct delegate *item = arena_zalloc(arena, SUPPORT_DISCLOSURES_MAX, sizeof *item);
	struct rows rows = { .room = SUPPORT_DISCLOSURES_MAX, .what = "recipients" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err,
			       "SELECT recipient, basis, person, person_name, at FROM delegate"
			       " WHERE programme = $1 ORDER BY recipient",
			       STORE_TEXT(programme));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		item[rows.count - 1] = (struct delegate){
			records_text(rows.query, 0, arena),
			records_text(rows.query, 1, arena),
			{ records_text(rows.query, 2, arena), records_text(rows.query, 3, arena) },
			{ store_int(rows.query, 4) },
		};
	store_done(rows.query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}

/* ---- disclosures ---- */

int disclosure_put(struct store *store, const struct application *application,
		   const struct disclosure *disclosure, char ret_id[static UUID_TEXT_MAX],
		   struct err *err)
{
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(disclosure->at), id);
	if (records_need_transaction(store, err) < 0 ||
	    check_room(store, "SELECT COUNT(*) FROM disclosure WHERE application = $1",
		       application->id, SUPPORT_DISCLOSURES_MAX, "disclosures", err) < 0 ||
	    store_change(store, err,
			 "INSERT INTO disclosure (id, programme, application, company, recipient,"
			 " purpose, scope, person, person_name, at)"
			 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(application->programme),
			 STORE_TEXT(application->id), STORE_TEXT(application->company),
			 STORE_TEXT(disclosure->recipient), STORE_TEXT(disclosure->purpose),
			 STORE_TEXT(disclosure->scope), STORE_TEXT_OR_EMPTY(disclosure->by.id),
			 STORE_TEXT_OR_EMPTY(disclosure->by.name),
			 STORE_INT(disclosure->at.us)) < 0)
		return -1;
	memcpy(ret_id, id, sizeof id);
	return 0;
}

int disclosures_list(struct store *store, struct sv application, struct arena *arena,
		     const struct disclosure **ret, size_t *ret_count, struct err *err)
{
	struct disclosure *item = arena_zalloc(arena, SUPPORT_DISCLOSURES_MAX, sizeof *item);
	struct rows rows = { .room = SUPPORT_DISCLOSURES_MAX, .what = "disclosures" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err,
			       "SELECT id, recipient, purpose, scope, person, person_name, at"
			       " FROM disclosure WHERE application = $1 ORDER BY row",
			       STORE_TEXT(application));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		item[rows.count - 1] = (struct disclosure){
			records_text(rows.query, 0, arena),
			records_text(rows.query, 1, arena),
			records_text(rows.query, 2, arena),
			records_text(rows.query, 3, arena),
			{ records_text(rows.query, 4, arena), records_text(rows.query, 5, arena) },
			{ store_int(rows.query, 6) },
		};
	store_done(rows.query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}

/* ---- contact from the city ---- */

int city_contact_put(struct store *store, struct sv application, bool wanted, struct sv reason,
		     struct person by, struct instant now, struct err *err)
{
	if (records_need_transaction(store, err) < 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO city_contact (application, wanted, reason, person, at)"
			    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (application) DO UPDATE"
			    " SET wanted = $2, reason = $3, person = $4, at = $5",
			    STORE_TEXT(application), STORE_INT(wanted), STORE_TEXT_OR_EMPTY(reason),
			    STORE_TEXT_OR_EMPTY(by.id), STORE_INT(now.us));
}

int city_contact_load(struct store *store, struct sv application, bool *ret_wanted,
		      struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT wanted FROM city_contact WHERE application = $1",
			  STORE_TEXT(application));
	const int step = query ? store_step(query, err) : -1;

	*ret_wanted = step == 1 ? store_int(query, 0) != 0 : true;
	store_done(query);
	return step < 0 ? -1 : 0;
}
