/*
 * testing.h - for the tests of report/: records with the tables it reads.
 */
#ifndef REPORT_TESTING_H
#define REPORT_TESTING_H

#include "incident/incident.h"
#include "report/report.h"
#include "store/testing.h"

struct book {
	char folder[TESTING_PATH_MAX];
	struct store *store;
	struct arena *arena;
	struct err err;
};

static inline void book_open(struct book *book)
{
	char path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8];

	*book = (struct book){ .err = ERR_INIT };
	testing_folder(book->folder);
	snprintf(url, sizeof url, "sqlite:%s", testing_path(book->folder, "records", path));
	book->store = store_open(url, &book->err);
	book->arena = arena_new(64U << 20);
	if (book->store == NULL ||
	    store_migrate(book->store, incident_migrations, incident_migration_count,
			  &book->err) != 0 ||
	    store_migrate(book->store, report_migrations, report_migration_count, &book->err) != 0) {
		printf("Bail out! %s\n", book->err.text);
		abort();
	}
}

static inline void book_close(struct book *book)
{
	store_close(book->store);
	arena_free(book->arena);
	testing_remove(book->folder, "records");
}

#endif
