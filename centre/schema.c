#include "centre/schema.h"

/* Times are microseconds since 1970; ids are UUIDv7 as text; digests hexadecimal. */

static const char tenants[] =
	"CREATE TABLE operator ("
	" id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL);"

	"CREATE TABLE programme ("
	" id TEXT PRIMARY KEY, operator TEXT NOT NULL REFERENCES operator (id),"
	" name TEXT NOT NULL, created_at INTEGER NOT NULL);"
	"CREATE INDEX programme_by_operator ON programme (operator);"

	"CREATE TABLE company ("
	" id TEXT PRIMARY KEY, name TEXT NOT NULL, name_kana TEXT NOT NULL,"
	" address TEXT NOT NULL, created_at INTEGER NOT NULL);"
	"CREATE INDEX company_by_name ON company (name_kana, id);"

	/* A company sees its own; an operator sees a company only while one runs. */
	"CREATE TABLE participation ("
	" id TEXT PRIMARY KEY, company TEXT NOT NULL REFERENCES company (id),"
	" programme TEXT NOT NULL REFERENCES programme (id), course TEXT NOT NULL,"
	" since_at INTEGER NOT NULL, ended_at INTEGER);"
	"CREATE INDEX participation_by_company ON participation (company);"
	"CREATE INDEX participation_by_programme ON participation (programme);";

static const char people[] =
	"CREATE TABLE person ("
	" id TEXT PRIMARY KEY, mail TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
	" language TEXT NOT NULL CHECK (language IN ('ja', 'en')),"
	" password TEXT NOT NULL, must_change INTEGER NOT NULL,"
	" created_at INTEGER NOT NULL, disabled_at INTEGER);"

	"CREATE TABLE person_role ("
	" person TEXT NOT NULL REFERENCES person (id),"
	" role TEXT NOT NULL, operator TEXT REFERENCES operator (id),"
	" programme TEXT REFERENCES programme (id), company TEXT REFERENCES company (id),"
	" CHECK ((operator IS NOT NULL) + (programme IS NOT NULL) + (company IS NOT NULL) = 1),"
	" CHECK ((role IN ('applicant', 'owner')) = (company IS NOT NULL)));"
	"CREATE INDEX person_role_by_person ON person_role (person);"
	"CREATE INDEX person_role_by_operator ON person_role (operator);"
	"CREATE INDEX person_role_by_programme ON person_role (programme);"

	"CREATE TABLE session ("
	" hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),"
	" created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,"
	" expires_at INTEGER NOT NULL, address TEXT NOT NULL);"
	"CREATE INDEX session_by_person ON session (person);"
	"CREATE INDEX session_by_expiry ON session (expires_at);"

	"CREATE TABLE api_token ("
	" id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
	" person TEXT NOT NULL REFERENCES person (id), name TEXT NOT NULL,"
	" scope TEXT NOT NULL, company TEXT REFERENCES company (id),"
	" created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
	" used_at INTEGER, revoked_at INTEGER);"
	"CREATE INDEX api_token_by_person ON api_token (person);";

static const char devices[] =
	"CREATE TABLE device ("
	" id TEXT PRIMARY KEY, company TEXT NOT NULL REFERENCES company (id),"
	" participation TEXT REFERENCES participation (id), user_name TEXT NOT NULL,"
	" hostname TEXT NOT NULL, platform TEXT NOT NULL,"
	" serial TEXT NOT NULL UNIQUE, certificate_expiry INTEGER NOT NULL,"
	" state TEXT NOT NULL CHECK (state IN ('active', 'revoked', 'uninstalled')),"
	" isolated INTEGER NOT NULL DEFAULT 0, agent_version TEXT NOT NULL DEFAULT '',"
	" enrolled_at INTEGER NOT NULL, seen_at INTEGER, revoked_at INTEGER);"
	"CREATE INDEX device_by_company ON device (company, hostname, id);"
	"CREATE INDEX device_by_name ON device (hostname, id);"

	"CREATE TABLE enrolment_token ("
	" id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
	" company TEXT NOT NULL REFERENCES company (id),"
	" participation TEXT REFERENCES participation (id), course TEXT NOT NULL,"
	" user_name TEXT NOT NULL, created_by TEXT NOT NULL, created_at INTEGER NOT NULL,"
	" expires_at INTEGER NOT NULL, used_at INTEGER, device TEXT REFERENCES device (id),"
	" revoked_at INTEGER);"
	"CREATE INDEX enrolment_token_by_company ON enrolment_token (company, id);";

/* Nobody changes the past: not the program either. */
static const char audit[] =
	"CREATE TABLE audit ("
	" number INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" actor_kind TEXT NOT NULL, actor TEXT NOT NULL, actor_name TEXT NOT NULL,"
	" action TEXT NOT NULL, object_kind TEXT NOT NULL, object TEXT NOT NULL,"
	" company TEXT NOT NULL, operator TEXT NOT NULL,"
	" result TEXT NOT NULL CHECK (result IN ('done', 'refused')),"
	" reason TEXT NOT NULL, address TEXT NOT NULL, repeated INTEGER NOT NULL,"
	" hash TEXT NOT NULL);"
	"CREATE INDEX audit_by_company ON audit (company, number);"
	"CREATE INDEX audit_by_operator ON audit (operator, number);"
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;"
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;";

/*
 * A participation that an application made knows it: then its entitlement
 * counts, from entitlement_at on (programme time). user_key: a user's name,
 * folded (entitlement.h). Of an invitation only the digest is kept.
 */
static const char care[] =
	"ALTER TABLE participation ADD COLUMN application TEXT;"
	"ALTER TABLE participation ADD COLUMN entitlement_at INTEGER;"
	"CREATE INDEX participation_by_application ON participation (application)"
	" WHERE application IS NOT NULL;"
	"ALTER TABLE device ADD COLUMN licence TEXT NOT NULL DEFAULT 'active'"
	" CHECK (licence IN ('active', 'off'));"
	"ALTER TABLE device ADD COLUMN user_key TEXT;"
	"ALTER TABLE enrolment_token ADD COLUMN user_key TEXT;"
	"CREATE INDEX device_by_participation ON device (participation, user_key);"

	"CREATE TABLE users_limit ("
	" number INTEGER PRIMARY KEY, participation TEXT NOT NULL REFERENCES participation (id),"
	" users INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL);"
	"CREATE INDEX users_limit_by_participation ON users_limit (participation, number);"

	"CREATE TABLE invitation ("
	" hash TEXT PRIMARY KEY, mail TEXT NOT NULL, name TEXT NOT NULL,"
	" company TEXT NOT NULL REFERENCES company (id),"
	" role TEXT NOT NULL CHECK (role IN ('applicant', 'owner')),"
	" programme TEXT REFERENCES programme (id), application TEXT,"
	" made_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
	" used_at INTEGER, person TEXT REFERENCES person (id));"
	"CREATE INDEX invitation_by_company ON invitation (company, mail);"

	/* the text as it was shown stays with the consent. */
	"CREATE TABLE consent_text ("
	" id TEXT NOT NULL, version TEXT NOT NULL, language TEXT NOT NULL,"
	" title TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id, version, language));"
	"CREATE TABLE consent ("
	" number INTEGER PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),"
	" company TEXT NOT NULL REFERENCES company (id), text TEXT NOT NULL,"
	" version TEXT NOT NULL, language TEXT NOT NULL, scope TEXT NOT NULL,"
	" at INTEGER NOT NULL, address TEXT NOT NULL,"
	" FOREIGN KEY (text, version, language) REFERENCES consent_text (id, version, language));"
	"CREATE INDEX consent_by_company ON consent (company, number);"

	/* day: days since 1970-01-01 in Tokyo, by the programme's clock. */
	"CREATE TABLE daily_check ("
	" company TEXT NOT NULL REFERENCES company (id), day INTEGER NOT NULL,"
	" outcome TEXT NOT NULL CHECK (outcome IN ('calm', 'incident')), note TEXT NOT NULL,"
	" actor TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (company, day)) WITHOUT ROWID;";

const struct store_migration centre_migrations[] = {
	{ "centre/001-tenants", tenants },
	{ "centre/002-people", people },
	{ "centre/003-devices", devices },
	{ "centre/004-audit", audit },
	{ "centre/005-care", care },
};
const size_t centre_migration_count = sizeof centre_migrations / sizeof *centre_migrations;
