/*
 * backend.h - private to store/: what a database must offer so that records.c
 * and migrate.c run on it. SQLite is in sqlite.c.
 *
 * SQL comes in one dialect: $1 parameters, INTEGER (64 bit), TEXT, BLOB, REAL,
 * ON CONFLICT, RETURNING, and "WITHOUT ROWID" behind a table, which is only a
 * hint: a backend that does not know these words rewrites them when it
 * prepares (BIGINT, BYTEA, DOUBLE PRECISION, nothing).
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

struct store_options {
	unsigned page_size;	   /* of a new file */
	unsigned cache_kib;	   /* pages kept in memory */
	unsigned checkpoint_pages; /* length of the log at which it is folded back */
	unsigned pages_max;	   /* 0: no bound; for tests of a full disk */
};

struct store_backend {
	const char *scheme; /* "sqlite": the url's part before the colon */

	/* A connection, or NULL. */
	void *(*open)(const char *address, const struct store_options *options, struct err *err);
	void (*close)(void *connection);
	int (*begin)(void *connection, bool writing, struct err *err);
	int (*commit)(void *connection, struct err *err);
	void (*rollback)(void *connection);
	bool (*in_transaction)(void *connection);
	/* Statements without rows or parameters. */
	int (*run)(void *connection, const char *sql, struct err *err);
	int64_t (*changes)(void *connection);
	/* What the database takes, without what was freed for reuse. */
	int (*bytes)(void *connection, uint64_t *ret, struct err *err);

	void *(*prepare)(void *connection, const char *sql, struct err *err);
	void (*finalize)(void *statement);
	/* False: there is no such parameter. Values are borrowed until reset. */
	bool (*bind_null)(void *statement, int number);
	bool (*bind_int)(void *statement, int number, int64_t value);
	bool (*bind_double)(void *statement, int number, double value);
	bool (*bind_text)(void *statement, int number, struct sv value);
	bool (*bind_blob)(void *statement, int number, struct sv value);
	int (*step)(void *statement, struct err *err); /* 1, 0, -1 */
	void (*reset)(void *statement);		       /* forgets the values too */
	bool (*is_null)(void *statement, int column);
	int64_t (*get_int)(void *statement, int column);
	double (*get_double)(void *statement, int column);
	struct sv (*get_text)(void *statement, int column);
};

extern const struct store_backend store_sqlite;

struct store;

/* store_open with other options than the records' own. */
struct store *store_open_with(const char *url, const struct store_options *options,
			      struct err *err);
int store_bytes(struct store *store, uint64_t *ret, struct err *err);

#endif
