#include "forms/draft.h"
#include "forms/upload.h"

/*
 * Times are microseconds since 1970: kept_at, saved_at and expires_at real time, at
 * programme time. owner, secret: hexadecimal SHA-256 of what the person has. A
 * draft that became an application has no token and no answers any more.
 */
const struct store_migration forms_migrations[] = {
	{ "forms/001-uploads",
	  "CREATE TABLE upload (digest TEXT PRIMARY KEY, bytes INTEGER NOT NULL,"
	  " type TEXT NOT NULL, kept_at INTEGER NOT NULL);"
	  "CREATE TABLE upload_held (owner TEXT NOT NULL, digest TEXT NOT NULL"
	  " REFERENCES upload (digest), name TEXT NOT NULL, expires_at INTEGER NOT NULL,"
	  " PRIMARY KEY (owner, digest, name));"
	  "CREATE INDEX upload_held_by_digest ON upload_held (digest);"
	  "CREATE INDEX upload_held_by_expiry ON upload_held (expires_at);"
	  "CREATE TABLE upload_used (number INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
	  " object TEXT NOT NULL, field TEXT NOT NULL, digest TEXT NOT NULL"
	  " REFERENCES upload (digest), name TEXT NOT NULL, at INTEGER NOT NULL);"
	  "CREATE INDEX upload_used_by_object ON upload_used (kind, object, number);"
	  "CREATE INDEX upload_used_by_digest ON upload_used (digest);" },

	{ "forms/002-drafts",
	  "CREATE TABLE draft (secret TEXT PRIMARY KEY, programme TEXT NOT NULL"
	  " REFERENCES programme (id), file_version INTEGER NOT NULL, form_version TEXT NOT NULL,"
	  " token TEXT NOT NULL, mail TEXT NOT NULL, saved_at INTEGER NOT NULL,"
	  " expires_at INTEGER NOT NULL, application TEXT);"
	  "CREATE UNIQUE INDEX draft_by_token ON draft (token) WHERE token <> '';"
	  "CREATE INDEX draft_by_mail ON draft (mail, saved_at);"
	  "CREATE INDEX draft_by_expiry ON draft (expires_at);"
	  "CREATE TABLE draft_answer (secret TEXT NOT NULL REFERENCES draft (secret)"
	  " ON DELETE CASCADE, number INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
	  " PRIMARY KEY (secret, number));" },
};
const size_t forms_migration_count = sizeof forms_migrations / sizeof *forms_migrations;
