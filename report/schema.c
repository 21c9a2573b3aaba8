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
};
const size_t report_migration_count = sizeof report_migrations / sizeof *report_migrations;
