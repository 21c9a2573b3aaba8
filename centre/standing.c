#include "centre/standing.h"

static struct sv keep(struct store_query *query, int column, struct arena *arena)
{
	return arena_dup(arena, store_text(query, column));
}

/* One row of participation: id, course, ended_at. Takes the query over; 1, 0 or -1. */
static int read_row(struct store_query *query, struct arena *arena, struct standing *standing,
		    struct err *err)
{
	const int step = query ? store_step(query, err) : -1;

	if (step == 1) {
		standing->participation = keep(query, 0, arena);
		standing->course = keep(query, 1, arena);
		standing->running = store_is_null(query, 2);
	}
	store_done(query);
	return step;
}

static void find_entry(const struct catalogue *catalogue, struct standing *standing)
{
	standing->entry = catalogue_of(catalogue, &standing->application);
	standing->known = standing->entry != NULL;
}

static int find_application(struct store *store, const struct catalogue *catalogue,
			    struct arena *arena,
			    struct standing *standing, struct err *err)
{
	const int found = application_of_participation(store, catalogue, standing->participation,
						       arena, &standing->application, err);

	if (found == 1)
		find_entry(catalogue, standing);
	return found < 0 ? -1 : 0;
}

int standing_of_participation(struct store *store, const struct catalogue *catalogue,
			      struct sv participation, struct arena *arena,
			      struct standing *ret, struct err *err)
{
	struct standing standing = { .known = false };
	const int found = read_row(
		store_ask(store, err,
			  "SELECT id, course, ended_at FROM participation WHERE id = $1",
			  STORE_TEXT(participation)),
		arena, &standing, err);

	if (found < 0 ||
	    (found == 1 && find_application(store, catalogue, arena, &standing, err) != 0))
		return -1;
	*ret = standing;
	return 0;
}

/* Before a participation there may be an application. */
static int find_newest_application(struct store *store, const struct catalogue *catalogue,
			      struct sv company, struct arena *arena,
				   struct standing *standing, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id FROM application WHERE company = $1 ORDER BY id DESC LIMIT 1",
			  STORE_TEXT(company));
	int found = query ? store_step(query, err) : -1;
	struct sv id = SV_NONE;

	if (found == 1)
		id = keep(query, 0, arena);
	store_done(query);
	if (found == 1)
		found = application_load(store, catalogue, id, arena, &standing->application, err);
	if (found == 1)
		find_entry(catalogue, standing);
	return found < 0 ? -1 : 0;
}

int standing_of_company(struct store *store, const struct catalogue *catalogue,
			      struct sv company, struct arena *arena,
		        struct standing *ret, struct err *err)
{
	struct standing standing = { .known = false };
	/* Of several courses of one application the one that protects devices comes first. */
	int found = read_row(store_ask(store, err,
				       "SELECT id, course, ended_at FROM participation"
				       " WHERE company = $1 ORDER BY application IS NULL,"
				       " ended_at IS NOT NULL, course <> $2, id DESC LIMIT 1",
				       STORE_TEXT(company), STORE_TEXT(SV(STANDING_SERVICE))),
			     arena, &standing, err);

	if (found == 1)
		found = find_application(store, catalogue, arena, &standing, err);
	else if (found == 0)
		found = find_newest_application(store, catalogue, company, arena, &standing, err);
	if (found < 0)
		return -1;
	*ret = standing;
	return 0;
}

const struct programme_course *standing_course(const struct standing *standing)
{
	const struct programme_facts *facts;

	if (!standing->known)
		return NULL;
	facts = programme_facts(standing->entry->programme);
	for (size_t i = 0; i < facts->course_count; i++) {
		const struct programme_course *course = &facts->course[i];

		if (sv_eq(course->entitlement.service, SV(STANDING_SERVICE)) &&
		    application_has_course(&standing->application.is, course->id))
			return course;
	}
	return NULL;
}

bool standing_desk_serves(const struct standing *standing, struct instant programme_now)
{
	/* Who takes part without a programme's file has no rule that ends it. */
	if (!standing->known)
		return standing->running;
	return desk_serves(standing->entry->programme, &standing->application.is, programme_now);
}
