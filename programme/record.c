/* What the centre knows of an application beside its answers. */
#include "programme/records.h"

static int add(struct store *store, struct sv id, struct sv name, struct sv value,
	       struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO application_record (application, number, name, value)"
			    " SELECT a.row, COALESCE((SELECT MAX(number) FROM application_record"
			    " WHERE application = a.row), -1) + 1, $2, $3 FROM application a"
			    " WHERE a.id = $1",
			    STORE_TEXT(id), STORE_TEXT(name), STORE_TEXT(value));
}

int application_set_record(struct store *store, struct sv id, struct sv name,
			   const struct sv *value, size_t count, struct err *err)
{
	if (records_need_transaction(store, err) < 0 ||
	    store_change(store, err,
			 "DELETE FROM application_record WHERE name = $2 AND application ="
			 " (SELECT row FROM application WHERE id = $1)",
			 STORE_TEXT(id), STORE_TEXT(name)) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add(store, id, name, value[i], err) < 0)
			return -1;
	return 0;
}
