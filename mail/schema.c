#include "mail/mail.h"

/* Times are microseconds since 1970; created is programme time, sent and next are real. */
const struct store_migration mail_migrations[] = {
	{ "mail/001-start",
	  "CREATE TABLE mail (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " recipient TEXT NOT NULL, recipient_name TEXT NOT NULL, subject TEXT NOT NULL,"
	  " body TEXT NOT NULL, template TEXT NOT NULL, programme TEXT NOT NULL,"
	  " company TEXT NOT NULL, application TEXT NOT NULL, state INTEGER NOT NULL,"
	  " created INTEGER NOT NULL, next INTEGER NOT NULL, sent INTEGER NOT NULL,"
	  " attempts INTEGER NOT NULL, problem TEXT NOT NULL,"
	  /* The address before it was corrected: what comes back from there is old. */
	  " former TEXT NOT NULL);"
	  "CREATE INDEX mail_by_turn ON mail (state, next, row);"
	  "CREATE INDEX mail_by_programme ON mail (programme, row);"
	  "CREATE INDEX mail_by_application ON mail (application, row);" },
	/* handed: the post has it, and no outcome is written yet; unsure: attempts without one. */
	{ "mail/002-unsure",
	  "ALTER TABLE mail ADD COLUMN handed INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE mail ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;" },
	{ "mail/003-calendar", "ALTER TABLE mail ADD COLUMN calendar TEXT NOT NULL DEFAULT '';" },
};
const size_t mail_migration_count = sizeof mail_migrations / sizeof *mail_migrations;
