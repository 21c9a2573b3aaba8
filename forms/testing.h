/*
 * testing.h - for the tests of forms/: the records with a folder for uploads.
 */
#ifndef FORMS_TESTING_H
#define FORMS_TESTING_H

#include <dirent.h>
#include <sys/stat.h>

#include "forms/draft.h"
#include "programme/application.h"
#include "store/testing.h"

struct desk {
	char folder[TESTING_PATH_MAX], below[TESTING_PATH_MAX];
	struct uploads uploads;
	struct arena *arena;
	struct store *store;
	struct instant now;
	struct err err;
};

/* What these tables refer to, as the centre makes it. */
static const struct store_migration desk_tenants[] = {
	{ "testing/001-tenants",
	  "CREATE TABLE programme (id TEXT PRIMARY KEY);"
	  "CREATE TABLE programme_file (programme TEXT NOT NULL, version INTEGER NOT NULL,"
	  " source TEXT NOT NULL);"
	  "INSERT INTO programme VALUES ('p1');" },
};

static inline bool desk_open(struct desk *desk)
{
	char path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 16];

	*desk = (struct desk){ .arena = arena_new(256U << 20),
			       .now = { INT64_C(1750000000000000) } };
	testing_folder(desk->folder);
	snprintf(desk->below, sizeof desk->below, "%s", testing_path(desk->folder, "uploads", path));
	if (mkdir(desk->below, 0700) != 0)
		return false;
	desk->uploads.folder = desk->below;
	snprintf(url, sizeof url, "sqlite:%s", testing_path(desk->folder, "r", path));
	desk->store = store_open(url, &desk->err);
	return desk->store && store_migrate(desk->store, desk_tenants, 1, &desk->err) == 0 &&
	       store_migrate(desk->store, forms_migrations, forms_migration_count, &desk->err) == 0;
}

static inline void desk_close(struct desk *desk)
{
	DIR *list = opendir(desk->below);
	const struct dirent *item;

	CHECK_INT(desk->err.code, ERR_OK);
	if (desk->err.code != ERR_OK)
		printf("# %s\n", desk->err.text);
	while (list && (item = readdir(list)) != NULL)
		unlinkat(dirfd(list), item->d_name, 0);
	if (list)
		closedir(list);
	rmdir(desk->below);
	store_close(desk->store);
	testing_remove(desk->folder, "r");
	arena_free(desk->arena);
}

#define REQUIRE_BEGIN(desk) CHECK_INT(store_begin((desk)->store, &(desk)->err), 0)

#endif
