/* Reception that the office closes where the file has no exact last day (T-35). */
#include "programme/records.h"

int reception_read(struct store *store, const struct catalogue_entry *entry, struct day today,
		   int *ret, struct err *err)
{
	const int by_date = programme_reception(entry->programme, today);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT open FROM reception_change WHERE programme = $1"
			  " ORDER BY number DESC LIMIT 1",
			  STORE_TEXT(entry->id));
	const int status = query ? store_step(query, err) : -1;

	*ret = by_date == 0 && status > 0 && store_int(query, 0) == 0 ? 1 : by_date;
	store_done(query);
	return status < 0 ? -1 : 0;
}

int reception_set(struct store *store, const struct catalogue_entry *entry,
		  const struct reception_change *change, struct err *err)
{
	int now;

	if (records_need_transaction(store, err) < 0 ||
	    reception_read(store, entry, tokyo_of(change->now).day, &now, err) < 0)
		return -1;
	if (sv_trim(change->reason).n == 0)
		return err_set(err, ERR_RANGE, "why? a reason is kept with it");
	if ((now == 0) == change->open)
		return err_set(err, ERR_CONFLICT, change->open ? "reception is open already"
							       : "reception is not open");
	if (change->open &&
	    programme_reception(entry->programme, tokyo_of(change->now).day) != 0)
		return err_set(err, ERR_DENIED, "the days of reception stand in the file");
	return store_change(store, err,
			    "INSERT INTO reception_change (programme, open, reason, actor, at)"
			    " VALUES ($1, $2, $3, $4, $5)",
			    STORE_TEXT(entry->id), STORE_INT(change->open),
			    STORE_TEXT(sv_trim(change->reason)), STORE_TEXT(change->actor),
			    STORE_INT(change->now.us));
}
