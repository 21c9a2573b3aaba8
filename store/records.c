#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/backend.h"

/* Statements that stay prepared; more are prepared and dropped each time. */
#define STATEMENTS_MAX 512
#define SLOTS 1024 /* open addressing, at most half full */

struct store_query {
	struct store *store;
	void *statement;
	char *sql;
	uint64_t hash;
	bool cached, busy;
	int bad_parameter; /* the first that the statement does not have */
};

struct store {
	const struct store_backend *backend;
	void *connection;
	struct store_query *slot[SLOTS];
	size_t statements;
};

static const struct store_backend *const backends[] = { &store_sqlite };

static const struct store_options records_options = {
	.page_size = 4096,
	.cache_kib = 32 * 1024,
	.checkpoint_pages = 4000,
	.pages_max = 0,
};

struct store *store_open(const char *url, struct err *err)
{
	return store_open_with(url, &records_options, err);
}

struct store *store_open_with(const char *url, const struct store_options *options, struct err *err)
{
	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		const struct store_backend *backend = backends[i];
		const size_t n = strlen(backend->scheme);
		struct store *store;
		void *connection;

		if (strncmp(url, backend->scheme, n) != 0 || url[n] != ':')
			continue;
		if (url[n + 1] == '\0')
			return err_null(err, ERR_USAGE, "database %s: no path", url);
		connection = backend->open(url + n + 1, options, err);
		if (!connection)
			return NULL;
		store = mem_zalloc(sizeof *store);
		store->backend = backend;
		store->connection = connection;
		return store;
	}
	err_set(err, ERR_USAGE, "database %s: unknown kind", url);
	err_hint(err, "write sqlite:PATH");
	return NULL;
}

static void query_free(struct store_query *query)
{
	query->store->backend->finalize(query->statement);
	free(query->sql);
	free(query);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_rollback(store);
	for (size_t i = 0; i < SLOTS; i++)
		if (store->slot[i])
			query_free(store->slot[i]);
	store->backend->close(store->connection);
	free(store);
}

int store_begin(struct store *store, struct err *err)
{
	if (store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "a transaction is open already");
	return store->backend->begin(store->connection, true, err);
}

int store_begin_read(struct store *store, struct err *err)
{
	if (store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "a transaction is open already");
	return store->backend->begin(store->connection, false, err);
}

int store_commit(struct store *store, struct err *err)
{
	return store->backend->commit(store->connection, err);
}

void store_rollback(struct store *store)
{
	if (store_in_transaction(store))
		store->backend->rollback(store->connection);
}

bool store_in_transaction(const struct store *store)
{
	return store->backend->in_transaction(store->connection);
}

int store_exec(struct store *store, const char *sql, struct err *err)
{
	return store->backend->run(store->connection, sql, err);
}

int64_t store_changes(const struct store *store)
{
	return store->backend->changes(store->connection);
}

int store_bytes(struct store *store, uint64_t *ret, struct err *err)
{
	return store->backend->bytes(store->connection, ret, err);
}

static struct store_query *query_new(struct store *store, const char *sql, uint64_t hash,
				     struct err *err)
{
	void *statement = store->backend->prepare(store->connection, sql, err);
	struct store_query *query;

	if (!statement)
		return NULL;
	query = mem_zalloc(sizeof *query);
	query->store = store;
	query->statement = statement;
	query->sql = mem_dup(sql);
	query->hash = hash;
	query->busy = true;
	return query;
}

struct store_query *store_query(struct store *store, const char *sql, struct err *err)
{
	const uint64_t hash = sv_hash(sv_from(sql));
	size_t at = hash % SLOTS;
	struct store_query *query;

	for (; store->slot[at]; at = (at + 1) % SLOTS) {
		query = store->slot[at];
		if (query->busy || query->hash != hash || strcmp(query->sql, sql) != 0)
			continue;
		query->busy = true;
		return query;
	}
	query = query_new(store, sql, hash, err);
	if (query && store->statements < STATEMENTS_MAX) {
		query->cached = true;
		store->slot[at] = query;
		store->statements++;
	}
	return query;
}

void store_done(struct store_query *query)
{
	if (!query)
		return;
	if (!query->cached) {
		query_free(query);
		return;
	}
	query->store->backend->reset(query->statement);
	query->bad_parameter = 0;
	query->busy = false;
}

static void note(struct store_query *query, int number, bool bound)
{
	if (!bound && query->bad_parameter == 0)
		query->bad_parameter = number == 0 ? -1 : number;
}

void store_bind_null(struct store_query *query, int number)
{
	note(query, number, query->store->backend->bind_null(query->statement, number));
}

void store_bind_int(struct store_query *query, int number, int64_t value)
{
	note(query, number, query->store->backend->bind_int(query->statement, number, value));
}

void store_bind_double(struct store_query *query, int number, double value)
{
	note(query, number, query->store->backend->bind_double(query->statement, number, value));
}

void store_bind_text(struct store_query *query, int number, struct sv value)
{
	const struct store_backend *backend = query->store->backend;

	note(query, number,
	     value.p ? backend->bind_text(query->statement, number, value)
		     : backend->bind_null(query->statement, number));
}

void store_bind_blob(struct store_query *query, int number, struct sv value)
{
	const struct store_backend *backend = query->store->backend;

	note(query, number,
	     value.p ? backend->bind_blob(query->statement, number, value)
		     : backend->bind_null(query->statement, number));
}

int store_step(struct store_query *query, struct err *err)
{
	if (query->bad_parameter != 0)
		return err_set(err, ERR_INTERNAL, "statement has no parameter $%d: %.200s",
			       query->bad_parameter, query->sql);
	return query->store->backend->step(query->statement, err);
}

bool store_is_null(struct store_query *query, int column)
{
	return query->store->backend->is_null(query->statement, column);
}

int64_t store_int(struct store_query *query, int column)
{
	return query->store->backend->get_int(query->statement, column);
}

double store_double(struct store_query *query, int column)
{
	return query->store->backend->get_double(query->statement, column);
}

struct sv store_text(struct store_query *query, int column)
{
	return query->store->backend->get_text(query->statement, column);
}

static void bind_value(struct store_query *query, int number, const struct store_value *value)
{
	switch (value->kind) {
	case STORE_VALUE_INT: store_bind_int(query, number, value->number); break;
	case STORE_VALUE_TEXT: store_bind_text(query, number, value->text); break;
	case STORE_VALUE_BLOB: store_bind_blob(query, number, value->text); break;
	}
}

struct store_query *store_ask_values(struct store *store, struct err *err, const char *sql,
				     const struct store_value *value, size_t count)
{
	struct store_query *query = store_query(store, sql, err);

	for (size_t i = 0; query && i < count; i++)
		bind_value(query, (int)i + 1, &value[i]);
	return query;
}

int store_change_values(struct store *store, struct err *err, const char *sql,
			const struct store_value *value, size_t count)
{
	struct store_query *query = store_ask_values(store, err, sql, value, count);
	int result;

	if (!query)
		return -1;
	result = store_step(query, err);
	store_done(query);
	return result < 0 ? -1 : 0;
}
