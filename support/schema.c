#include "support/support.h"

/*
 * Times are microseconds, days are days since 1970, both of the programme's
 * clock; ids are UUIDs as text, hashes hexadecimal. Of a link only the digest is kept.
 */
static const char questionnaires[] =
	/* Whether answers are anonymous was promised to people: it never changes. */
	"CREATE TABLE questionnaire_promise (programme TEXT NOT NULL, questionnaire TEXT NOT NULL,"
	" anonymous INTEGER NOT NULL, PRIMARY KEY (programme, questionnaire)) WITHOUT ROWID;"
	"CREATE TRIGGER questionnaire_promise_stays BEFORE UPDATE ON questionnaire_promise"
	" BEGIN SELECT RAISE(ABORT, 'a promise stays'); END;"
	"CREATE TRIGGER questionnaire_promise_is_kept BEFORE DELETE ON questionnaire_promise"
	" BEGIN SELECT RAISE(ABORT, 'a promise stays'); END;"

	/* answered_at 0: not yet, or anonymous. */
	"CREATE TABLE asked (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" programme TEXT NOT NULL, application TEXT NOT NULL, company TEXT NOT NULL,"
	" questionnaire TEXT NOT NULL, day INTEGER NOT NULL, since INTEGER NOT NULL,"
	" anonymous INTEGER NOT NULL, answered INTEGER NOT NULL DEFAULT 0,"
	" answered_at INTEGER NOT NULL DEFAULT 0, UNIQUE (application, questionnaire));"
	"CREATE INDEX asked_silent ON asked (programme, since) WHERE answered = 0;"
	"CREATE TABLE asked_link (hash TEXT PRIMARY KEY, asked TEXT NOT NULL,"
	" number INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX asked_link_by_asked ON asked_link (asked, number);"

	"CREATE TABLE sheet (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" application TEXT NOT NULL, questionnaire TEXT NOT NULL, version TEXT NOT NULL,"
	" at INTEGER NOT NULL, person TEXT NOT NULL, person_name TEXT NOT NULL);"
	"CREATE INDEX sheet_by_application ON sheet (application, questionnaire, row);"
	"CREATE TABLE sheet_answer (sheet TEXT NOT NULL, number INTEGER NOT NULL,"
	" name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (sheet, number)) WITHOUT ROWID;"

	/* Ids of chance are the order in which these lie: none of arrival. */
	"CREATE TABLE anonymous_sheet (id TEXT PRIMARY KEY, programme TEXT NOT NULL,"
	" questionnaire TEXT NOT NULL, version TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX anonymous_sheet_by_questionnaire ON anonymous_sheet"
	" (programme, questionnaire, id);"
	"CREATE TABLE anonymous_answer (sheet TEXT NOT NULL, number INTEGER NOT NULL,"
	" name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (sheet, number)) WITHOUT ROWID;";

static const char visits[] =
	"CREATE TABLE visit (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" programme TEXT NOT NULL, application TEXT NOT NULL, company TEXT NOT NULL,"
	" course TEXT NOT NULL, number INTEGER NOT NULL,"
	" form TEXT NOT NULL CHECK (form IN ('on_site', 'online')), requested INTEGER NOT NULL,"
	" from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, expert TEXT NOT NULL,"
	" expert_name TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'planned'"
	" CHECK (state IN ('planned', 'held', 'cancelled')), reason TEXT NOT NULL,"
	" record TEXT NOT NULL DEFAULT '', made_at INTEGER NOT NULL, maker TEXT NOT NULL,"
	" held_at INTEGER);"
	"CREATE INDEX visit_by_application ON visit (application, from_at);"
	"CREATE INDEX visit_by_expert ON visit (expert, from_at) WHERE state = 'planned';"
	"CREATE INDEX visit_by_time ON visit (from_at) WHERE state = 'planned';"
	"CREATE TABLE visit_document (visit TEXT NOT NULL, document TEXT NOT NULL,"
	" PRIMARY KEY (visit, document)) WITHOUT ROWID;";

static const char documents[] =
	"CREATE TABLE document (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" programme TEXT NOT NULL, application TEXT NOT NULL, company TEXT NOT NULL,"
	" kind TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'draft'"
	" CHECK (state IN ('draft', 'reviewed', 'published')), file TEXT NOT NULL,"
	" note TEXT NOT NULL, url TEXT NOT NULL DEFAULT '', person TEXT NOT NULL,"
	" person_name TEXT NOT NULL, at INTEGER NOT NULL, reviewer TEXT NOT NULL DEFAULT '',"
	" reviewer_name TEXT NOT NULL DEFAULT '', reviewed_at INTEGER NOT NULL DEFAULT 0,"
	" published_at INTEGER NOT NULL DEFAULT 0, UNIQUE (application, kind, version));"
	"CREATE TABLE declaration (application TEXT PRIMARY KEY, day INTEGER NOT NULL,"
	" note TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;";

static const char others[] =
	"CREATE TABLE hearing (application TEXT PRIMARY KEY, programme TEXT NOT NULL,"
	" company TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL,"
	" person TEXT NOT NULL, person_name TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX hearing_by_programme ON hearing (programme, at);"
	"CREATE TABLE delegate (programme TEXT NOT NULL, recipient TEXT NOT NULL,"
	" basis TEXT NOT NULL, person TEXT NOT NULL, person_name TEXT NOT NULL,"
	" at INTEGER NOT NULL, PRIMARY KEY (programme, recipient)) WITHOUT ROWID;"
	"CREATE TABLE disclosure (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" programme TEXT NOT NULL, application TEXT NOT NULL, company TEXT NOT NULL,"
	" recipient TEXT NOT NULL, purpose TEXT NOT NULL, scope TEXT NOT NULL,"
	" person TEXT NOT NULL, person_name TEXT NOT NULL, at INTEGER NOT NULL);"
	"CREATE INDEX disclosure_by_application ON disclosure (application, row);"
	"CREATE TABLE city_contact (application TEXT PRIMARY KEY, wanted INTEGER NOT NULL,"
	" reason TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;";

static const char results[] =
	/* What was made public, with what was hidden then: count -1. */
	"CREATE TABLE result (number INTEGER PRIMARY KEY, programme TEXT NOT NULL,"
	" as_of INTEGER NOT NULL, person TEXT NOT NULL, person_name TEXT NOT NULL);"
	"CREATE INDEX result_by_programme ON result (programme, number);"
	"CREATE TABLE result_cell (result INTEGER NOT NULL REFERENCES result (number),"
	" number INTEGER NOT NULL, figure TEXT NOT NULL,"
	" part TEXT NOT NULL CHECK (part IN ('total', 'denominator', 'cell')),"
	" value TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (result, number)) WITHOUT ROWID;";

const struct store_migration support_migrations[] = {
	{ "support/001-questionnaires", questionnaires },
	{ "support/002-visits", visits },
	{ "support/003-documents", documents },
	{ "support/004-others", others },
	{ "support/005-results", results },
};
const size_t support_migration_count = sizeof support_migrations / sizeof *support_migrations;
