#include "lottery/internal.h"

/*
 * Times are microseconds since 1970, programme time. frame and seat are numbers of
 * lottery_frame, -1: none. Tickets are drawn at random: nothing of a company is in them.
 */
const struct store_migration lottery_migrations[] = {
	{ "lottery/001-start",
	  "CREATE TABLE lottery_movement (number INTEGER PRIMARY KEY,"
	  " programme TEXT NOT NULL REFERENCES programme (id), at INTEGER NOT NULL,"
	  " person TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL);"
	  "CREATE INDEX lottery_movement_by_programme ON lottery_movement (programme, number);"
	  "CREATE TABLE lottery_movement_frame (movement INTEGER NOT NULL"
	  " REFERENCES lottery_movement (number), number INTEGER NOT NULL, frame TEXT NOT NULL,"
	  " places INTEGER NOT NULL, PRIMARY KEY (movement, number)) WITHOUT ROWID;"

	  "CREATE TABLE lottery (id TEXT PRIMARY KEY,"
	  " programme TEXT NOT NULL UNIQUE REFERENCES programme (id),"
	  " state TEXT NOT NULL CHECK (state IN ('prepared', 'published', 'drawn')),"
	  " source TEXT NOT NULL CHECK (source IN ('beacon', 'officers', 'none')),"
	  " round INTEGER NOT NULL, after_at INTEGER NOT NULL, what TEXT NOT NULL,"
	  " places INTEGER NOT NULL, moves INTEGER NOT NULL, digest TEXT NOT NULL,"
	  " prepared_by TEXT NOT NULL, prepared_at INTEGER NOT NULL,"
	  " published_by TEXT NOT NULL DEFAULT '', published_at INTEGER NOT NULL DEFAULT 0,"
	  " drawn_at INTEGER NOT NULL DEFAULT 0, round_text TEXT NOT NULL DEFAULT '',"
	  " beacon TEXT NOT NULL DEFAULT '', seed TEXT NOT NULL DEFAULT '');"
	  "CREATE TABLE lottery_frame (lottery TEXT NOT NULL REFERENCES lottery (id),"
	  " number INTEGER NOT NULL, frame TEXT NOT NULL, places INTEGER NOT NULL,"
	  " PRIMARY KEY (lottery, number)) WITHOUT ROWID;"
	  "CREATE TABLE lottery_entry (lottery TEXT NOT NULL REFERENCES lottery (id),"
	  " ticket TEXT NOT NULL, application TEXT NOT NULL UNIQUE REFERENCES application (id),"
	  " frame INTEGER NOT NULL, rank INTEGER NOT NULL DEFAULT 0,"
	  " won INTEGER NOT NULL DEFAULT 0, seat INTEGER NOT NULL DEFAULT -1,"
	  " fate TEXT NOT NULL DEFAULT 'open' CHECK (fate IN"
	  " ('open', 'applied', 'gone', 'vacated', 'followed')),"
	  " after TEXT NOT NULL DEFAULT '', changed_at INTEGER NOT NULL DEFAULT 0,"
	  " PRIMARY KEY (lottery, ticket)) WITHOUT ROWID;"
	  "CREATE INDEX lottery_entry_open ON lottery_entry (lottery, rank) WHERE fate = 'open';"
	  "CREATE TABLE lottery_value (lottery TEXT NOT NULL REFERENCES lottery (id),"
	  " number INTEGER NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,"
	  " role TEXT NOT NULL, value TEXT NOT NULL, proof TEXT NOT NULL, at INTEGER NOT NULL,"
	  " PRIMARY KEY (lottery, number), UNIQUE (lottery, person)) WITHOUT ROWID;"
	  /* What is public is never changed: not by the program either. */
	  "CREATE TRIGGER lottery_published BEFORE UPDATE ON lottery"
	  " WHEN OLD.state <> 'prepared' AND (OLD.state = 'drawn' OR NEW.digest <> OLD.digest"
	  " OR NEW.round <> OLD.round OR NEW.places <> OLD.places)"
	  " BEGIN SELECT RAISE(ABORT, 'a published lottery is never changed'); END;"
	  "CREATE TRIGGER lottery_kept BEFORE DELETE ON lottery WHEN OLD.state <> 'prepared'"
	  " BEGIN SELECT RAISE(ABORT, 'a published lottery is never removed'); END;"
	  "CREATE TRIGGER lottery_entry_drawn BEFORE UPDATE OF ticket, application, frame, rank, won, seat"
	  " ON lottery_entry WHEN OLD.rank > 0"
	  " BEGIN SELECT RAISE(ABORT, 'a draw is never changed'); END;" },
};
const size_t lottery_migration_count = sizeof lottery_migrations / sizeof *lottery_migrations;
