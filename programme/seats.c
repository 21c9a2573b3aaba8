/* Seats: counted, never remembered as a number, so that no error can creep in. */
#include "programme/records.h"

/* Seats taken of a course, and its places where somebody raised them (else 0). */
static int count_course(struct store *store, struct sv programme, struct sv course,
			uint32_t *ret_taken, uint32_t *ret_raised, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT (SELECT COUNT(*) FROM application_course WHERE programme = $1"
		" AND course = $2 AND has_seat = 1), COALESCE((SELECT places FROM seat_override"
		" WHERE programme = $1 AND course = $2 ORDER BY number DESC LIMIT 1), 0)",
		STORE_TEXT(programme), STORE_TEXT(course));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		*ret_taken = (uint32_t)store_int(query, 0);
		*ret_raised = (uint32_t)store_int(query, 1);
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

int seats_count(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		const struct seats **ret, size_t *ret_count, struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct seats *seat = arena_zalloc(arena, facts->course_count + 1, sizeof *seat);

	if (!seat)
		return err_set(err, ERR_RANGE, "no memory for the seats");
	for (size_t i = 0; i < facts->course_count; i++) {
		uint32_t raised = 0;

		seat[i].course = facts->course[i].id;
		if (count_course(store, entry->id, facts->course[i].id, &seat[i].taken, &raised,
				 err) < 0)
			return -1;
		seat[i].places = raised > 0 ? raised : facts->course[i].places;
	}
	*ret = seat;
	*ret_count = facts->course_count;
	return 0;
}

int seats_read(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
	       const struct seat_row **ret, size_t *ret_count, struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct seat_row *row = arena_zalloc(arena, facts->course_count + 1, sizeof *row);
	const struct seats *seat;
	size_t count;

	if (!row)
		return err_set(err, ERR_RANGE, "no memory for the seats");
	if (seats_count(store, entry, arena, &seat, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		row[i] = (struct seat_row){ seat[i].course, seat[i].taken, seat[i].places,
					    facts->course[i].exact,
					    seat[i].taken < seat[i].places };
	*ret = row;
	*ret_count = count;
	return 0;
}

int seats_override(struct store *store, const struct catalogue_entry *entry, struct sv course,
		   uint32_t places, struct sv reason, struct sv actor, struct instant now,
		   struct err *err)
{
	const struct programme_course *found = programme_course(entry->programme, course);

	if (records_need_transaction(store, err) < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "there is no such course");
	if (found->exact)
		return err_set(err, ERR_DENIED, "the places of this course are exact");
	if (sv_trim(reason).n == 0 || places < found->places)
		return err_set(err, ERR_RANGE,
			       "more places need a reason, and are not below %u", found->places);
	return store_change(store, err,
			    "INSERT INTO seat_override (programme, course, places, reason, actor,"
			    " at) VALUES ($1, $2, $3, $4, $5, $6)",
			    STORE_TEXT(entry->id), STORE_TEXT(course), STORE_INT(places),
			    STORE_TEXT(reason), STORE_TEXT(actor), STORE_INT(now.us));
}
