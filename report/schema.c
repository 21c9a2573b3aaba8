#include "report/report.h"

/* Days are counted from 1970-01-01. */
const struct store_migration report_migrations[] = {
	{ "report/001-event-day",
	  "CREATE TABLE event_day (company TEXT NOT NULL, device TEXT NOT NULL,"
	  " day INTEGER NOT NULL, events INTEGER NOT NULL,"
	  " PRIMARY KEY (company, day, device)) WITHOUT ROWID;"

	  /* A month of one company, for its report. */
	  "CREATE INDEX incident_detection_observed"
	  " ON incident_detection (company, observed, level, device);"
	  "CREATE INDEX incident_company_first ON incident (company, first);" },

	/*
	 * number 0: an extra report of a period of its own; else the month of the
	 * trial, of which there is one report. A wish is a report that shall be made.
	 */
	{ "report/002-report",
	  "CREATE TABLE report (id TEXT PRIMARY KEY, company TEXT NOT NULL,"
	  " participation TEXT NOT NULL, number INTEGER NOT NULL, months INTEGER NOT NULL,"
	  " from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, made_at INTEGER NOT NULL,"
	  " pages INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,"
	  " mood TEXT NOT NULL, sentence TEXT NOT NULL, read_at INTEGER, read_by TEXT,"
	  " figures TEXT NOT NULL, pdf BLOB NOT NULL);"
	  "CREATE UNIQUE INDEX report_of_month ON report (participation, number)"
	  " WHERE number > 0;"
	  "CREATE UNIQUE INDEX report_of_period ON report (participation, from_day, to_day)"
	  " WHERE number = 0;"
	  "CREATE INDEX report_of_company ON report (company, id);"

	  "CREATE TABLE report_job (id TEXT PRIMARY KEY, programme TEXT NOT NULL,"
	  " from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, made_at INTEGER NOT NULL,"
	  " actor TEXT NOT NULL);"
	  "CREATE TABLE report_wish (id TEXT PRIMARY KEY, job TEXT REFERENCES report_job (id),"
	  " participation TEXT NOT NULL, number INTEGER NOT NULL, months INTEGER NOT NULL,"
	  " from_day INTEGER NOT NULL, to_day INTEGER NOT NULL,"
	  " state TEXT NOT NULL CHECK (state IN ('queued', 'done', 'failed')),"
	  " attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, problem TEXT NOT NULL);"
	  "CREATE INDEX report_wish_queued ON report_wish (next_at, id) WHERE state = 'queued';"
	  "CREATE INDEX report_wish_of_job ON report_wish (job, state) WHERE job IS NOT NULL;" },
};
const size_t report_migration_count = sizeof report_migrations / sizeof *report_migrations;
