#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "store/store.h"

static const char table[] =
	"CREATE TABLE IF NOT EXISTS store_migration ("
	"name TEXT PRIMARY KEY, digest TEXT NOT NULL, applied INTEGER NOT NULL)";

/* "incident/001-incidents" belongs to "incident/": each folder migrates its own. */
static struct sv folder_of(struct sv name)
{
	const size_t slash = sv_find_char(name, '/', 0);

	return sv_slice(name, 0, slash == SIZE_MAX ? 0 : slash + 1);
}

/* 1: applied with this text; 0: not yet. */
static int is_applied(struct store *store, const char *name, const char *digest, struct err *err)
{
	struct store_query *query =
		store_query(store, "SELECT digest FROM store_migration WHERE name = $1", err);
	int result;

	if (!query)
		return -1;
	store_bind_text(query, 1, sv_from(name));
	result = store_step(query, err);
	if (result == 1 && !sv_eq(store_text(query, 0), sv_from(digest)))
		result = err_set(err, ERR_CONFLICT, "migration %s was applied with another text",
				 name);
	store_done(query);
	return result;
}

static int apply(struct store *store, const struct store_migration *migration, const char *digest,
		 struct err *err)
{
	struct store_query *query = NULL;

	if (store_begin(store, err) != 0)
		return -1;
	if (store_exec(store, migration->sql, err) != 0)
		goto failed;
	if (!store_in_transaction(store)) {
		err_set(err, ERR_INTERNAL, "its SQL ends the transaction");
		goto failed;
	}
	query = store_query(
		store, "INSERT INTO store_migration (name, digest, applied) VALUES ($1, $2, $3)",
		err);
	if (!query)
		goto failed;
	store_bind_text(query, 1, sv_from(migration->name));
	store_bind_text(query, 2, sv_from(digest));
	store_bind_int(query, 3, clock_now(clock_real()).us);
	if (store_step(query, err) < 0)
		goto failed;
	store_done(query);
	return store_commit(store, err);
failed:
	store_done(query);
	store_rollback(store);
	return err_wrap(err, "migration %s", migration->name);
}

/* A newer program may have written what this one would misread. */
static int refuse_unknown(struct store *store, const struct store_migration *migration,
			  size_t count, struct err *err)
{
	struct store_query *query =
		store_query(store, "SELECT name FROM store_migration ORDER BY name", err);
	int result;

	if (!query)
		return -1;
	while ((result = store_step(query, err)) == 1) {
		const struct sv name = store_text(query, 0);
		bool known = false, ours = false;

		for (size_t i = 0; i < count && !known; i++) {
			known = sv_eq(name, sv_from(migration[i].name));
			ours |= sv_eq(folder_of(name), folder_of(sv_from(migration[i].name)));
		}
		if (known || !ours)
			continue;
		err_set(err, ERR_CONFLICT, "this program does not know migration %.*s",
			SV_ARG(name));
		err_hint(err, "a newer version has used this database: run that one, or restore "
			      "the backup from before");
		result = -1;
		break;
	}
	store_done(query);
	return result;
}

int store_migrate(struct store *store, const struct store_migration *migration, size_t count,
		  struct err *err)
{
	if (store_exec(store, table, err) != 0 || refuse_unknown(store, migration, count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct sha256 sum = sha256_of(sv_from(migration[i].sql));
		char digest[2 * SHA256_SIZE + 1];
		int applied;

		hex_encode(sum.byte, SHA256_SIZE, digest);
		applied = is_applied(store, migration[i].name, digest, err);
		if (applied < 0 || (applied == 0 && apply(store, &migration[i], digest, err) != 0))
			return -1;
	}
	return 0;
}
