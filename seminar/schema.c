#include "seminar/seminar.h"

/* Times are microseconds since 1970, programme time; of a link only the digest is kept. */
const struct store_migration seminar_migrations[] = {
	{ "seminar/001-start",
	  "CREATE TABLE booking (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " programme TEXT NOT NULL REFERENCES programme (id), session TEXT NOT NULL,"
	  " mode TEXT NOT NULL CHECK (mode IN ('venue', 'online')),"
	  " state TEXT NOT NULL CHECK (state IN"
	  " ('booked', 'waiting', 'offered', 'cancelled', 'expired')),"
	  " name TEXT NOT NULL, company TEXT NOT NULL, mail TEXT NOT NULL,"
	  " telephone TEXT NOT NULL, made_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
	  " offer_until INTEGER NOT NULL DEFAULT 0, sequence INTEGER NOT NULL DEFAULT 0,"
	  " token TEXT NOT NULL UNIQUE, address TEXT NOT NULL);"
	  "CREATE INDEX booking_by_session ON booking (programme, session, mode, state, row);"
	  "CREATE INDEX booking_pending ON booking (state, programme, session)"
	  " WHERE state IN ('waiting', 'offered');"
	  "CREATE TABLE booking_link (hash TEXT PRIMARY KEY, booking TEXT NOT NULL"
	  " REFERENCES booking (id), number INTEGER NOT NULL) WITHOUT ROWID;"
	  "CREATE INDEX booking_link_by_booking ON booking_link (booking, number);"
	  "CREATE TABLE booking_notice (number INTEGER PRIMARY KEY, booking TEXT NOT NULL"
	  " REFERENCES booking (id), news INTEGER NOT NULL);"

	  "CREATE TABLE session_exception (number INTEGER PRIMARY KEY,"
	  " programme TEXT NOT NULL REFERENCES programme (id), session TEXT NOT NULL,"
	  " application TEXT NOT NULL REFERENCES application (id),"
	  " kind TEXT NOT NULL CHECK (kind IN ('substitute', 'change', 'online')),"
	  " person TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,"
	  " actor_name TEXT NOT NULL, at INTEGER NOT NULL);"
	  "CREATE INDEX session_exception_by_programme ON session_exception"
	  " (programme, application, number);"
	  "CREATE TABLE attendance (programme TEXT NOT NULL REFERENCES programme (id),"
	  " session TEXT NOT NULL, subject TEXT NOT NULL, present INTEGER NOT NULL,"
	  " person TEXT NOT NULL, mode TEXT NOT NULL CHECK (mode IN ('venue', 'online')),"
	  " actor TEXT NOT NULL, actor_name TEXT NOT NULL, at INTEGER NOT NULL,"
	  " PRIMARY KEY (programme, session, subject)) WITHOUT ROWID;"

	  "CREATE TABLE session_material (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " programme TEXT NOT NULL REFERENCES programme (id), session TEXT NOT NULL,"
	  " kind TEXT NOT NULL CHECK (kind IN ('paper', 'video')), title TEXT NOT NULL,"
	  " url TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL);"
	  "CREATE INDEX session_material_by_session ON session_material (programme, session, row);"
	  /* it stays public. */
	  "CREATE TRIGGER session_material_stays BEFORE DELETE ON session_material"
	  " BEGIN SELECT RAISE(ABORT, 'published material stays'); END;"
	  "CREATE TABLE workshop_output (programme TEXT NOT NULL REFERENCES programme (id),"
	  " session TEXT NOT NULL, \"group\" TEXT NOT NULL, version INTEGER NOT NULL,"
	  " theme TEXT NOT NULL, discussion TEXT NOT NULL, presentation TEXT NOT NULL,"
	  " feedback TEXT NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,"
	  " at INTEGER NOT NULL, PRIMARY KEY (programme, session, \"group\")) WITHOUT ROWID;" },
};
const size_t seminar_migration_count = sizeof seminar_migrations / sizeof *seminar_migrations;
