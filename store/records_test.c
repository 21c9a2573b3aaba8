#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/backend.h"
#include "store/testing.h"

struct scene {
	char folder[TESTING_PATH_MAX], path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8];
	struct store *store;
	struct err err;
};

static void scene_open(struct scene *s)
{
	*s = (struct scene){ .err = ERR_INIT };
	testing_folder(s->folder);
	testing_path(s->folder, "records", s->path);
	snprintf(s->url, sizeof s->url, "sqlite:%s", s->path);
	s->store = store_open(s->url, &s->err);
	if (!s->store) {
		printf("Bail out! %s\n", s->err.text);
		abort();
	}
}

static void scene_close(struct scene *s)
{
	store_close(s->store);
	testing_remove(s->folder, "records");
}

static int64_t ask(struct store *store, const char *sql)
{
	struct store_query *query = store_query(store, sql, NULL);
	int64_t number = INT64_MIN;

	if (query && store_step(query, NULL) == 1)
		number = store_int(query, 0);
	store_done(query);
	return number;
}

TEST(open_refuses_what_is_no_database)
{
	static const struct {
		const char *url;
		enum err_code code;
	} row[] = {
		{ "records.sqlite", ERR_USAGE }, { "sqlite:", ERR_USAGE },
		{ "postgresql://x", ERR_USAGE }, { "sqlite:/no/such/folder/x", ERR_IO },
		{ "sqlite:/tmp", ERR_IO },
	};
	struct scene s;
	FILE *file;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;

		CHECK(store_open(row[i].url, &err) == NULL);
		CHECK_INT(err.code, row[i].code);
	}
	scene_open(&s);
	store_close(s.store);
	testing_remove(s.folder, "records");
	mkdir(s.folder, 0700);
	file = fopen(s.path, "w");
	REQUIRE(file);
	fputs("this is a text of somebody, which must not be overwritten by us\n", file);
	for (int i = 0; i < 200; i++)
		fputs("0123456789", file);
	fclose(file);
	CHECK(store_open(s.url, &s.err) == NULL);
	CHECK_INT(s.err.code, ERR_IO);
	CHECK(s.err.hint[0] != '\0');
	testing_remove(s.folder, "records");
}

TEST(files_are_for_the_owner_alone)
{
	static const char *const tail[] = { "", "-wal", "-shm" };
	struct scene s;

	scene_open(&s);
	REQUIRE(store_exec(s.store, "CREATE TABLE t (a INTEGER)", &s.err) == 0);
	for (size_t i = 0; i < 3; i++) {
		char path[TESTING_PATH_MAX + 8];
		struct stat status;

		snprintf(path, sizeof path, "%s%s", s.path, tail[i]);
		REQUIRE(stat(path, &status) == 0);
		CHECK_INT(status.st_mode & 0777, 0600);
	}
	scene_close(&s);
}

TEST(settings_are_as_promised)
{
	struct scene s;

	scene_open(&s);
	CHECK_INT(ask(s.store, "PRAGMA synchronous"), 2);
	CHECK_INT(ask(s.store, "PRAGMA foreign_keys"), 1);
	CHECK_INT(ask(s.store, "PRAGMA trusted_schema"), 0);
	CHECK_INT(ask(s.store, "PRAGMA temp_store"), 2);
	CHECK_INT(ask(s.store,
		      "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"),
		  1);
	/* Defensive: the schema cannot be written over. */
	CHECK(store_exec(s.store, "PRAGMA writable_schema=ON; DELETE FROM sqlite_master", &s.err) !=
		      0 ||
	      ask(s.store, "PRAGMA writable_schema") == 0);
	CHECK(store_exec(s.store, "SELECT \"no such column\"", &s.err) == -1);
	CHECK(store_exec(s.store, "ATTACH ':memory:' AS x", &s.err) == -1);
	scene_close(&s);
}

TEST(values_come_back)
{
	struct scene s;
	struct store_query *query;
	const struct sv text = SV("日本語 'quoted' \0 with NUL"), blob = SV("\0\1\2\xff");

	scene_open(&s);
	REQUIRE(store_exec(s.store, "CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d REAL, e TEXT)",
			   &s.err) == 0);
	query = store_query(s.store, "INSERT INTO t VALUES ($5, $4, $3, $2, $1)", &s.err);
	REQUIRE(query);
	store_bind_text(query, 1, SV_NONE);
	store_bind_double(query, 2, 0.1);
	store_bind_blob(query, 3, blob);
	store_bind_text(query, 4, text);
	store_bind_int(query, 5, INT64_MIN);
	CHECK_INT(store_step(query, &s.err), 0);
	store_done(query);
	CHECK_INT(store_changes(s.store), 1);
	REQUIRE(store_change(s.store, &s.err, "INSERT INTO t VALUES ($1, $2, $3, 0, $2)",
			     STORE_INT(INT64_MAX), STORE_TEXT(SV("")), STORE_BLOB(SV(""))) == 0);
	query = store_query(s.store, "SELECT a, b, c, d, e FROM t ORDER BY a", &s.err);
	REQUIRE(query && store_step(query, &s.err) == 1);
	CHECK(store_int(query, 0) == INT64_MIN);
	CHECK_SV(store_text(query, 1), text);
	CHECK_SV(store_text(query, 2), blob);
	CHECK(store_double(query, 3) == 0.1);
	CHECK(store_is_null(query, 4) && store_text(query, 4).p == NULL);
	REQUIRE(store_step(query, &s.err) == 1);
	CHECK(!store_is_null(query, 1) && store_text(query, 1).p && store_text(query, 1).n == 0);
	CHECK(store_text(query, 2).p && store_text(query, 2).n == 0);
	CHECK_SV(store_text(query, 0), SV("9223372036854775807"));
	CHECK_INT(store_step(query, &s.err), 0);
	store_done(query);
	scene_close(&s);
}

TEST(defects_are_told)
{
	static const char *const bad[] = {
		"SELECT",    "SELECT 1; SELECT 2", "",		"  ",	     "SELECT ?",
		"SELECT ?1", "SELECT :a",	   "SELECT $a", "SELECT $0", "SELECT $1001",
	};
	struct scene s;
	struct store_query *query;

	scene_open(&s);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		query = store_query(s.store, bad[i], &s.err);
		CHECK(query == NULL);
		CHECK_INT(s.err.code, ERR_INTERNAL);
		store_done(query);
	}
	query = store_query(s.store, "SELECT $1", &s.err);
	REQUIRE(query);
	store_bind_int(query, 2, 5);
	CHECK_INT(store_step(query, &s.err), -1);
	CHECK_INT(s.err.code, ERR_INTERNAL);
	store_done(query);
	/* The defect does not stay with the cached statement. */
	query = store_query(s.store, "SELECT $1", &s.err);
	store_bind_int(query, 1, 5);
	CHECK_INT(store_step(query, &s.err), 1);
	store_done(query);
	store_done(NULL);
	store_close(NULL);
	scene_close(&s);
}

TEST(one_text_may_be_used_twice_at_once)
{
	struct scene s;
	struct store_query *outer, *inner;

	scene_open(&s);
	REQUIRE(store_exec(s.store, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)",
			   &s.err) == 0);
	outer = store_query(s.store, "SELECT a FROM t ORDER BY a", &s.err);
	REQUIRE(outer && store_step(outer, &s.err) == 1);
	inner = store_query(s.store, "SELECT a FROM t ORDER BY a", &s.err);
	REQUIRE(inner && inner != outer);
	CHECK(store_step(inner, &s.err) == 1 && store_step(inner, &s.err) == 1);
	CHECK_INT(store_int(inner, 0), 2);
	CHECK_INT(store_int(outer, 0), 1);
	store_done(inner);
	CHECK(store_step(outer, &s.err) == 1);
	store_done(outer);
	scene_close(&s);
}

TEST(cache_holds_more_texts_than_it_has_room)
{
	struct scene s;

	scene_open(&s);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 700; i++) {
			char sql[40];

			snprintf(sql, sizeof sql, "SELECT %d", i);
			CHECK_INT(ask(s.store, sql), i);
		}
	}
	scene_close(&s);
}

TEST(transactions)
{
	struct scene s;
	struct store *other;

	scene_open(&s);
	REQUIRE(store_exec(s.store, "CREATE TABLE t (a INTEGER UNIQUE)", &s.err) == 0);
	other = store_open(s.url, &s.err);
	REQUIRE(other);
	CHECK(store_commit(s.store, &s.err) == -1);
	store_rollback(s.store);
	REQUIRE(store_begin(s.store, &s.err) == 0);
	CHECK(store_begin(s.store, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_INTERNAL);
	CHECK(store_in_transaction(s.store));
	REQUIRE(store_exec(s.store, "INSERT INTO t VALUES (1)", &s.err) == 0);
	CHECK_INT(ask(other, "SELECT count(*) FROM t"), 0);
	store_rollback(s.store);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM t"), 0);
	REQUIRE(store_begin(s.store, &s.err) == 0 &&
		store_exec(s.store, "INSERT INTO t VALUES (1)", &s.err) == 0 &&
		store_commit(s.store, &s.err) == 0);
	/* A reader sees one state until it ends. */
	REQUIRE(store_begin_read(other, &s.err) == 0);
	CHECK_INT(ask(other, "SELECT count(*) FROM t"), 1);
	REQUIRE(store_exec(s.store, "INSERT INTO t VALUES (2)", &s.err) == 0);
	CHECK_INT(ask(other, "SELECT count(*) FROM t"), 1);
	REQUIRE(store_commit(other, &s.err) == 0);
	CHECK_INT(ask(other, "SELECT count(*) FROM t"), 2);
	CHECK(store_exec(s.store, "INSERT INTO t VALUES (2)", &s.err) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	/* Left open, a transaction is rolled back. */
	REQUIRE(store_begin(other, &s.err) == 0 &&
		store_exec(other, "INSERT INTO t VALUES (3)", &s.err) == 0);
	store_close(other);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM t"), 2);
	scene_close(&s);
}

TEST(foreign_keys_hold)
{
	struct scene s;

	scene_open(&s);
	REQUIRE(store_exec(s.store,
			   "CREATE TABLE a (id INTEGER PRIMARY KEY);"
			   "CREATE TABLE b (a INTEGER REFERENCES a (id))",
			   &s.err) == 0);
	CHECK(store_exec(s.store, "INSERT INTO b VALUES (1)", &s.err) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	scene_close(&s);
}

static const struct store_migration first[] = {
	{ "x/001", "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)" },
	{ "x/002", "INSERT INTO t VALUES (2)" },
	{ "x/003", "INSERT INTO t VALUES (3)" },
};

TEST(migrations_run_once)
{
	static const struct store_migration changed[] = {
		{ "x/001", "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (9)" },
	};
	static const struct store_migration other[] = { { "y/001", "INSERT INTO t VALUES (4)" } };
	struct scene s;

	scene_open(&s);
	REQUIRE(store_migrate(s.store, first, 2, &s.err) == 0);
	REQUIRE(store_migrate(s.store, first, 3, &s.err) == 0);
	REQUIRE(store_migrate(s.store, first, 3, &s.err) == 0);
	CHECK_INT(ask(s.store, "SELECT sum(a) FROM t"), 6);
	CHECK(store_migrate(s.store, first, 2, &s.err) == -1); /* an older program */
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(strstr(s.err.text, "x/003") != NULL);
	CHECK(s.err.hint[0] != '\0');
	CHECK(store_migrate(s.store, changed, 1, &s.err) == -1);
	/* Another folder's migrations are its own matter. */
	REQUIRE(store_migrate(s.store, other, 1, &s.err) == 0);
	CHECK_INT(ask(s.store, "SELECT sum(a) FROM t"), 10);
	scene_close(&s);
}

TEST(failed_migration_leaves_nothing)
{
	static const struct store_migration bad[] = {
		{ "x/001", "CREATE TABLE t (a INTEGER)" },
		{ "x/002", "INSERT INTO t VALUES (1); INSERT INTO nothing VALUES (1)" },
	};
	static const struct store_migration sly[] = {
		{ "z/001", "CREATE TABLE u (a INTEGER); COMMIT" },
	};
	struct scene s;

	scene_open(&s);
	CHECK(store_migrate(s.store, bad, 2, &s.err) == -1);
	CHECK(strstr(s.err.text, "x/002") != NULL);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM t"), 0);
	CHECK(!store_in_transaction(s.store));
	CHECK(store_migrate(s.store, sly, 1, &s.err) == -1);
	scene_close(&s);
}

/* SQLite's own bound of pages stands for a full disk. */
TEST(full_disk_is_told_and_survived)
{
	const struct store_options small = {
		.page_size = 4096,
		.cache_kib = 64,
		.checkpoint_pages = 10,
		.pages_max = 20,
	};
	char text[4000];
	struct scene s;
	struct store *store;
	int64_t rows = 0;
	int i;

	scene_open(&s);
	store_close(s.store);
	s.store = NULL;
	store = store_open_with(s.url, &small, &s.err);
	REQUIRE(store);
	REQUIRE(store_exec(store, "CREATE TABLE t (a TEXT)", &s.err) == 0);
	memset(text, 'x', sizeof text);
	for (i = 0; i < 100; i++) {
		if (store_change(store, &s.err, "INSERT INTO t VALUES ($1)",
				 STORE_TEXT(((struct sv){ text, sizeof text }))) != 0)
			break;
		rows++;
	}
	CHECK(i < 100);
	CHECK_INT(s.err.code, ERR_FULL);
	CHECK(s.err.hint[0] != '\0');
	CHECK_INT(ask(store, "SELECT count(*) FROM t"), rows);
	/* In a transaction too: all of it goes, and the next one works. */
	REQUIRE(store_begin(store, &s.err) == 0);
	while (store_change(store, &s.err, "INSERT INTO t VALUES ($1)",
			    STORE_TEXT(((struct sv){ text, sizeof text }))) == 0)
		;
	store_rollback(store);
	CHECK(!store_in_transaction(store));
	CHECK_INT(ask(store, "SELECT count(*) FROM t"), rows);
	REQUIRE(store_exec(store, "DELETE FROM t", &s.err) == 0);
	REQUIRE(store_exec(store, "INSERT INTO t VALUES ('again')", &s.err) == 0);
	store_close(store);
	testing_remove(s.folder, "records");
}

/* The process's limit of file size: writing fails with EFBIG in the log. */
TEST(file_size_limit_is_a_full_disk)
{
	struct scene s;
	pid_t child;
	int status = 0;

	scene_open(&s);
	REQUIRE(store_exec(s.store, "CREATE TABLE t (a BLOB)", &s.err) == 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		const struct rlimit limit = { 1U << 20, 1U << 20 };
		struct err err = ERR_INIT;
		struct store *store;
		int i = 0;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		store = store_open(s.url, &err);
		if (!store)
			_exit(2);
		while (i < 1000 &&
		       store_exec(store, "INSERT INTO t VALUES (zeroblob(50000))", &err) == 0)
			i++;
		_exit(i == 1000 ? 3 : err.code == ERR_FULL ? 0 : 4);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
	CHECK(ask(s.store, "SELECT count(*) FROM t") > 0);
	scene_close(&s);
}

/* Another process opens, writes and closes: nobody's locks or log may go. */
TEST(other_processes_do_not_disturb)
{
	struct scene s;
	struct store *second;

	scene_open(&s);
	REQUIRE(store_exec(s.store, "CREATE TABLE t (a INTEGER)", &s.err) == 0);
	second = store_open(s.url, &s.err);
	REQUIRE(second);
	for (int i = 0; i < 5; i++) {
		pid_t child;
		int status = 0;

		fflush(stdout);
		child = fork();
		if (child == 0) {
			struct store *own = store_open(s.url, NULL);
			const int failed =
				!own || store_exec(own, "INSERT INTO t VALUES (1)", NULL);

			store_close(own);
			_exit(failed ? 1 : 0);
		}
		REQUIRE(waitpid(child, &status, 0) == child);
		CHECK_INT(status, 0);
		CHECK(store_exec(s.store, "INSERT INTO t VALUES (2)", &s.err) == 0);
		CHECK(store_exec(second, "INSERT INTO t VALUES (3)", &s.err) == 0);
	}
	store_close(second);
	CHECK_INT(ask(s.store, "SELECT sum(a) FROM t"), 30);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM pragma_integrity_check"
			       " WHERE integrity_check = 'ok'"),
		  1);
	scene_close(&s);
}
