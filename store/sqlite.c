#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/backend.h"

/* How long a writer waits for its turn. */
#define BUSY_MILLISECONDS 10000
/* Parameters of one statement. */
#define PARAMETERS_MAX 1000

struct connection {
	sqlite3 *db;
};

struct statement {
	sqlite3_stmt *stmt;
	struct connection *connection;
	short index[PARAMETERS_MAX + 1]; /* of $n in SQLite's numbering, 0: not there */
};

/* No space, quota, or the process's own limit of file size. */
static bool is_full(int number)
{
	return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* SQLite itself says FULL only for ENOSPC: the others are asked of the file and its log. */
static bool is_file_full(sqlite3 *db, int which)
{
	sqlite3_file *file = NULL;
	int number = 0;

	sqlite3_file_control(db, "main", which, &file);
	if (file && file->pMethods)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
	return is_full(number);
}

static enum err_code code_of(sqlite3 *db, int result)
{
	switch (result & 0xff) {
	case SQLITE_FULL: return ERR_FULL;
	case SQLITE_CONSTRAINT: return ERR_CONFLICT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_UNAVAILABLE;
	case SQLITE_TOOBIG: return ERR_TOO_LARGE;
	case SQLITE_IOERR:
		return is_full(sqlite3_system_errno(db)) ||
				       is_file_full(db, SQLITE_FCNTL_FILE_POINTER) ||
				       is_file_full(db, SQLITE_FCNTL_JOURNAL_POINTER)
			       ? ERR_FULL
			       : ERR_IO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_NOLFS:
	case SQLITE_PROTOCOL: return ERR_IO;
	default: return ERR_INTERNAL;
	}
}

static int fail(sqlite3 *db, int result, struct err *err, const char *doing)
{
	const enum err_code code = code_of(db, result);

	err_set(err, code, "%s: %s", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(result));
	switch (result & 0xff) {
	case SQLITE_BUSY:
		err_hint(err, "another process is writing to the database; try again");
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		err_hint(err, "the file is damaged or no database: restore it from a backup");
		break;
	default:
		if (code == ERR_FULL)
			err_hint(err, "make room on the file system that holds the database");
	}
	return -1;
}

static int sqlite_run(void *connection, const char *sql, struct err *err)
{
	struct connection *c = connection;
	const int result = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : fail(c->db, result, err, "running SQL");
}

static void sqlite_close(void *connection)
{
	struct connection *c = connection;

	if (!c)
		return;
	sqlite3_close_v2(c->db);
	free(c);
}

static int configure(struct connection *c, const struct store_options *options, struct err *err)
{
	struct buf sql;
	int failed;

	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_timeout(c->db, BUSY_MILLISECONDS);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
	buf_init(&sql, 4096);
	/* secure_delete FAST: overwrites where that costs no further writing. */
	buf_printf(&sql,
		   "PRAGMA page_size=%u; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		   "PRAGMA foreign_keys=ON; PRAGMA cache_size=-%u; PRAGMA wal_autocheckpoint=%u;"
		   "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;"
		   "PRAGMA secure_delete=FAST; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;",
		   options->page_size, options->cache_kib, options->checkpoint_pages);
	if (options->pages_max > 0)
		buf_printf(&sql, "PRAGMA max_page_count=%u;", options->pages_max);
	buf_put_char(&sql, '\0');
	failed = sqlite_run(c, sql.p, err);
	buf_done(&sql);
	return failed;
}

static void *sqlite_open(const char *address, const struct store_options *options, struct err *err)
{
	struct connection *c;
	int result;
	/*
	 * Made by us, so that nobody else may read it; log and index files follow
	 * its mode. One that is there is not opened: closing any descriptor of a
	 * file gives up all POSIX locks of this process on it, also those of our
	 * other connections.
	 */
	const int fd = open(address, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0 && errno != EEXIST) {
		err_errno(err, errno, "opening %s", address);
		return NULL;
	}
	if (fd >= 0)
		close(fd);
	c = mem_zalloc(sizeof *c);
	result =
		sqlite3_open_v2(address, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (result != SQLITE_OK)
		fail(c->db, result, err, address);
	else if (configure(c, options, err) != 0)
		err_wrap(err, "opening %s", address);
	else
		return c;
	sqlite_close(c);
	return NULL;
}

static int sqlite_begin(void *connection, bool writing, struct err *err)
{
	return sqlite_run(connection, writing ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static void sqlite_rollback(void *connection)
{
	struct connection *c = connection;

	/* A full disk may have rolled back already. */
	if (!sqlite3_get_autocommit(c->db))
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

static int sqlite_commit(void *connection, struct err *err)
{
	struct connection *c = connection;

	if (sqlite3_get_autocommit(c->db))
		return err_set(err, ERR_IO, "committing: the database has rolled back");
	if (sqlite_run(c, "COMMIT", err) == 0)
		return 0;
	sqlite_rollback(c);
	return -1;
}

static bool sqlite_in_transaction(void *connection)
{
	struct connection *c = connection;

	return !sqlite3_get_autocommit(c->db);
}

static int64_t sqlite_changes(void *connection)
{
	struct connection *c = connection;

	return sqlite3_changes64(c->db);
}

static int pragma(struct connection *c, const char *sql, uint64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int result = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(stmt);
	if (result == SQLITE_ROW)
		*ret = (uint64_t)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return result == SQLITE_ROW ? 0 : fail(c->db, result, err, sql);
}

static int sqlite_bytes(void *connection, uint64_t *ret, struct err *err)
{
	struct connection *c = connection;
	uint64_t pages = 0, unused = 0, size = 0;

	if (pragma(c, "PRAGMA page_count", &pages, err) != 0 ||
	    pragma(c, "PRAGMA freelist_count", &unused, err) != 0 ||
	    pragma(c, "PRAGMA page_size", &size, err) != 0)
		return -1;
	*ret = (pages - unused) * size;
	return 0;
}

/* $n may stand in any order: SQLite numbers by first appearance. */
static bool map_parameters(struct statement *s)
{
	const int count = sqlite3_bind_parameter_count(s->stmt);

	if (count > PARAMETERS_MAX)
		return false;
	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(s->stmt, i);
		uint64_t number;

		if (!name || name[0] != '$' || !sv_to_u64(sv_from(name + 1), &number) ||
		    number < 1 || number > PARAMETERS_MAX)
			return false;
		s->index[number] = (short)i;
	}
	return true;
}

static void sqlite_finalize(void *statement)
{
	struct statement *s = statement;

	if (!s)
		return;
	sqlite3_finalize(s->stmt);
	free(s);
}

static void *sqlite_prepare(void *connection, const char *sql, struct err *err)
{
	struct connection *c = connection;
	struct statement *s = mem_zalloc(sizeof *s);
	const char *tail = NULL;
	const int result =
		sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, &tail);

	s->connection = c;
	if (result != SQLITE_OK)
		fail(c->db, result, err, "preparing SQL");
	else if (!s->stmt)
		err_set(err, ERR_INTERNAL, "preparing SQL: no statement");
	else if (tail && sv_trim(sv_from(tail)).n > 0)
		err_set(err, ERR_INTERNAL, "preparing SQL: more than one statement");
	else if (!map_parameters(s))
		err_set(err, ERR_INTERNAL, "preparing SQL: parameters must be $1 to $%d",
			PARAMETERS_MAX);
	else
		return s;
	sqlite_finalize(s);
	return NULL;
}

static int index_of(const struct statement *s, int number)
{
	return number >= 1 && number <= PARAMETERS_MAX ? s->index[number] : 0;
}

static bool sqlite_bind_null(void *statement, int number)
{
	struct statement *s = statement;

	return sqlite3_bind_null(s->stmt, index_of(s, number)) == SQLITE_OK;
}

static bool sqlite_bind_int(void *statement, int number, int64_t value)
{
	struct statement *s = statement;

	return sqlite3_bind_int64(s->stmt, index_of(s, number), value) == SQLITE_OK;
}

static bool sqlite_bind_double(void *statement, int number, double value)
{
	struct statement *s = statement;

	return sqlite3_bind_double(s->stmt, index_of(s, number), value) == SQLITE_OK;
}

static bool sqlite_bind_text(void *statement, int number, struct sv value)
{
	struct statement *s = statement;

	return sqlite3_bind_text64(s->stmt, index_of(s, number), value.p, value.n, SQLITE_STATIC,
				   SQLITE_UTF8) == SQLITE_OK;
}

static bool sqlite_bind_blob(void *statement, int number, struct sv value)
{
	struct statement *s = statement;

	return sqlite3_bind_blob64(s->stmt, index_of(s, number), value.p, value.n, SQLITE_STATIC) ==
	       SQLITE_OK;
}

static int sqlite_step(void *statement, struct err *err)
{
	struct statement *s = statement;
	const int result = sqlite3_step(s->stmt);

	if (result == SQLITE_ROW)
		return 1;
	if (result == SQLITE_DONE)
		return 0;
	return fail(s->connection->db, result, err, "running a statement");
}

static void sqlite_reset(void *statement)
{
	struct statement *s = statement;

	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
}

static bool sqlite_is_null(void *statement, int column)
{
	struct statement *s = statement;

	return sqlite3_column_type(s->stmt, column) == SQLITE_NULL;
}

static int64_t sqlite_get_int(void *statement, int column)
{
	struct statement *s = statement;

	return sqlite3_column_int64(s->stmt, column);
}

static double sqlite_get_double(void *statement, int column)
{
	struct statement *s = statement;

	return sqlite3_column_double(s->stmt, column);
}

static struct sv sqlite_get_text(void *statement, int column)
{
	struct statement *s = statement;
	const int type = sqlite3_column_type(s->stmt, column);
	const void *p;

	if (type == SQLITE_NULL)
		return SV_NONE;
	if (type == SQLITE_BLOB)
		p = sqlite3_column_blob(s->stmt, column);
	else
		p = sqlite3_column_text(s->stmt, column);
	return (struct sv){ p ? p : "", (size_t)sqlite3_column_bytes(s->stmt, column) };
}

const struct store_backend store_sqlite = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.in_transaction = sqlite_in_transaction,
	.run = sqlite_run,
	.changes = sqlite_changes,
	.bytes = sqlite_bytes,
	.prepare = sqlite_prepare,
	.finalize = sqlite_finalize,
	.bind_null = sqlite_bind_null,
	.bind_int = sqlite_bind_int,
	.bind_double = sqlite_bind_double,
	.bind_text = sqlite_bind_text,
	.bind_blob = sqlite_bind_blob,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.is_null = sqlite_is_null,
	.get_int = sqlite_get_int,
	.get_double = sqlite_get_double,
	.get_text = sqlite_get_text,
};
