#include "programme/application.h"

/*
 * Times are microseconds since 1970 (programme time, but job.due_at and link's),
 * days are days since 1970; ids are UUIDv7 as text, hashes hexadecimal. Lists read along
 * application_by_due: due_sort is the due day, or the far future where there is none.
 */
const struct store_migration programme_migrations[] = {
	{ "programme/001-files",
	  "ALTER TABLE company ADD COLUMN corporate_number TEXT;"
	  "CREATE UNIQUE INDEX company_by_corporate_number ON company (corporate_number)"
	  " WHERE corporate_number IS NOT NULL;"
	  "CREATE TABLE programme_file (programme TEXT NOT NULL REFERENCES programme (id),"
	  " version INTEGER NOT NULL, slug TEXT NOT NULL, source TEXT NOT NULL,"
	  " published_at INTEGER NOT NULL, PRIMARY KEY (programme, version));"
	  "CREATE INDEX programme_file_by_slug ON programme_file (slug);"
	  "CREATE TABLE seat_override (number INTEGER PRIMARY KEY,"
	  " programme TEXT NOT NULL REFERENCES programme (id), course TEXT NOT NULL,"
	  " places INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,"
	  " at INTEGER NOT NULL);"
	  "CREATE INDEX seat_override_by_course ON seat_override (programme, course, number);" },

	{ "programme/002-applications",
	  "CREATE TABLE application_number (programme TEXT PRIMARY KEY, last INTEGER NOT NULL)"
	  " WITHOUT ROWID;"
	  "CREATE TABLE application (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " programme TEXT NOT NULL REFERENCES programme (id), number INTEGER NOT NULL,"
	  " number_text TEXT NOT NULL, company TEXT NOT NULL REFERENCES company (id),"
	  " file_version INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,"
	  " final INTEGER NOT NULL, actor TEXT NOT NULL, entered_at INTEGER NOT NULL,"
	  " received_at INTEGER NOT NULL, completed_at INTEGER NOT NULL,"
	  " confirmed_at INTEGER NOT NULL, approved_at INTEGER NOT NULL,"
	  " installed_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,"
	  " due_sort INTEGER NOT NULL, due_hard INTEGER NOT NULL, wake_at INTEGER NOT NULL,"
	  " name TEXT NOT NULL, kana TEXT NOT NULL, contact TEXT NOT NULL, mail TEXT NOT NULL,"
	  " telephone TEXT NOT NULL, search TEXT NOT NULL, token TEXT NOT NULL UNIQUE,"
	  " address TEXT NOT NULL, UNIQUE (programme, number));"
	  "CREATE INDEX application_by_due ON application (final, due_sort, row);"
	  "CREATE INDEX application_by_state ON application (programme, state, due_sort, row);"
	  "CREATE INDEX application_by_company ON application (company, row);"
	  "CREATE INDEX application_by_wake ON application (wake_at) WHERE wake_at > 0;"

	  "CREATE TABLE application_course (application INTEGER NOT NULL"
	  " REFERENCES application (row), programme TEXT NOT NULL, course TEXT NOT NULL,"
	  " has_seat INTEGER NOT NULL, PRIMARY KEY (application, course)) WITHOUT ROWID;"
	  "CREATE INDEX application_course_by_seat ON application_course"
	  " (programme, course, has_seat);"
	  "CREATE TABLE application_answer (application INTEGER NOT NULL"
	  " REFERENCES application (row), number INTEGER NOT NULL, name TEXT NOT NULL,"
	  " value TEXT NOT NULL, PRIMARY KEY (application, number)) WITHOUT ROWID;"
	  "CREATE TABLE application_record (application INTEGER NOT NULL"
	  " REFERENCES application (row), number INTEGER NOT NULL, name TEXT NOT NULL,"
	  " value TEXT NOT NULL, PRIMARY KEY (application, number)) WITHOUT ROWID;"
	  "CREATE TABLE application_fired (application INTEGER NOT NULL"
	  " REFERENCES application (row), event TEXT NOT NULL, at INTEGER NOT NULL,"
	  " PRIMARY KEY (application, event)) WITHOUT ROWID;"
	  "CREATE TABLE application_link (hash TEXT PRIMARY KEY, application INTEGER NOT NULL"
	  " REFERENCES application (row), number INTEGER NOT NULL) WITHOUT ROWID;"
	  "CREATE INDEX application_link_by_application ON application_link"
	  " (application, number);" },

	{ "programme/003-log",
	  "CREATE TABLE application_log (number INTEGER PRIMARY KEY,"
	  " application INTEGER NOT NULL REFERENCES application (row), at INTEGER NOT NULL,"
	  " by TEXT NOT NULL, actor TEXT NOT NULL, actor_name TEXT NOT NULL,"
	  " event TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL);"
	  "CREATE INDEX application_log_by_application ON application_log (application, number);"
	  "CREATE TABLE application_log_field (entry INTEGER NOT NULL"
	  " REFERENCES application_log (number), number INTEGER NOT NULL, name TEXT NOT NULL,"
	  " value TEXT NOT NULL, PRIMARY KEY (entry, number)) WITHOUT ROWID;" },

	{ "programme/004-jobs",
	  "CREATE TABLE job (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " kind TEXT NOT NULL, application TEXT NOT NULL, what TEXT NOT NULL,"
	  " number INTEGER NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL,"
	  " made_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL,"
	  " state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),"
	  " problem TEXT NOT NULL, done_at INTEGER);"
	  "CREATE INDEX job_waiting ON job (due_at, row) WHERE state = 'waiting';"
	  "CREATE INDEX job_by_application ON job (application, row);" },

	{ "programme/005-by-mail",
	  "CREATE INDEX application_by_mail ON application (lower(mail), received_at);" },
	{ "programme/006-job-how", "ALTER TABLE job ADD COLUMN how TEXT NOT NULL DEFAULT '';" },
	{ "programme/007-closures",
	  "CREATE TABLE programme_closure (number INTEGER PRIMARY KEY, operator TEXT NOT NULL,"
	  " text TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL,"
	  " UNIQUE (operator, text));" },
	{ "programme/008-reception",
	  "CREATE TABLE reception_change (number INTEGER PRIMARY KEY,"
	  " programme TEXT NOT NULL REFERENCES programme (id), open INTEGER NOT NULL,"
	  " reason TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL);"
	  "CREATE INDEX reception_change_by_programme ON reception_change (programme, number);"
	  "CREATE INDEX application_by_version ON application (programme, file_version);" },
	{ "programme/009-traits", /* kind: enum trait */
	  "ALTER TABLE company ADD COLUMN has_traits INTEGER NOT NULL DEFAULT 0;"
	  "CREATE INDEX company_without_traits ON company (id) WHERE has_traits = 0;"
	  "CREATE TABLE company_trait (kind INTEGER NOT NULL, value TEXT NOT NULL,"
	  " company TEXT NOT NULL REFERENCES company (id), PRIMARY KEY (kind, value, company))"
	  " WITHOUT ROWID;"
	  "CREATE INDEX company_trait_by_company ON company_trait (company);" },
};
const size_t programme_migration_count =
	sizeof programme_migrations / sizeof *programme_migrations;
