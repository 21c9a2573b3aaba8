#include "incident/incident.h"

/*
 * incident.row and the others' incident are small numbers for joins; id is
 * what the outside sees. Lists read along an index for each order, one stream
 * for each state (list.c).
 */
const struct store_migration incident_migrations[] = {
	{ "incident/001-start",
	  "CREATE TABLE incident_device (row INTEGER PRIMARY KEY, company TEXT NOT NULL,"
	  " device TEXT NOT NULL, UNIQUE (company, device));"

	  /* What is remembered of a device's processes (tracker.c), in parts. */
	  "CREATE TABLE incident_log (row INTEGER PRIMARY KEY, device INTEGER NOT NULL"
	  " REFERENCES incident_device (row), processes INTEGER NOT NULL, raw INTEGER NOT NULL,"
	  " written INTEGER NOT NULL, packed BLOB NOT NULL);"
	  "CREATE INDEX incident_log_device ON incident_log (device, row);"
	  "CREATE INDEX incident_log_written ON incident_log (written);"

	  "CREATE TABLE incident_number (company TEXT PRIMARY KEY, last INTEGER NOT NULL)"
	  " WITHOUT ROWID;"
	  "CREATE TABLE incident (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " number INTEGER NOT NULL, company TEXT NOT NULL, device TEXT NOT NULL,"
	  " device_row INTEGER NOT NULL REFERENCES incident_device (row), host TEXT NOT NULL,"
	  " title TEXT NOT NULL, title_ja TEXT NOT NULL, level INTEGER NOT NULL,"
	  " state INTEGER NOT NULL, assignee TEXT, techniques TEXT NOT NULL,"
	  " tactics TEXT NOT NULL, detections INTEGER NOT NULL, processes INTEGER NOT NULL,"
	  " tree INTEGER NOT NULL, tree_key TEXT NOT NULL, tree_rule TEXT NOT NULL,"
	  " first INTEGER NOT NULL, last INTEGER NOT NULL, opened INTEGER NOT NULL,"
	  " updated INTEGER NOT NULL, version INTEGER NOT NULL);"
	  "CREATE INDEX incident_by_activity ON incident (state, last, row);"
	  "CREATE INDEX incident_by_level ON incident (state, level, last, row);"
	  "CREATE INDEX incident_by_opened ON incident (state, row);"
	  "CREATE INDEX incident_company_activity ON incident (company, state, last, row);"
	  "CREATE INDEX incident_company_level ON incident (company, state, level, last, row);"
	  "CREATE INDEX incident_company_opened ON incident (company, state, row);"
	  "CREATE INDEX incident_of_device ON incident (device, last);"
	  "CREATE INDEX incident_of_device_row ON incident (device_row, last);"
	  "CREATE INDEX incident_of_assignee ON incident (assignee, last)"
	  " WHERE assignee IS NOT NULL;"
	  "CREATE TABLE incident_total (company TEXT NOT NULL, state INTEGER NOT NULL,"
	  " level INTEGER NOT NULL, incidents INTEGER NOT NULL,"
	  " PRIMARY KEY (company, state, level)) WITHOUT ROWID;"

	  "CREATE TABLE incident_detection (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " incident INTEGER NOT NULL REFERENCES incident (row), company TEXT NOT NULL,"
	  " device TEXT NOT NULL, device_row INTEGER NOT NULL, event TEXT NOT NULL,"
	  " rule TEXT NOT NULL, rule_title TEXT NOT NULL, title_ja TEXT NOT NULL,"
	  " level INTEGER NOT NULL, tags TEXT NOT NULL, ruleset TEXT NOT NULL,"
	  " reasons TEXT NOT NULL, process TEXT NOT NULL, summary TEXT NOT NULL,"
	  " observed INTEGER NOT NULL, detected INTEGER NOT NULL,"
	  " UNIQUE (device_row, event, rule));"
	  "CREATE INDEX incident_detection_incident ON incident_detection (incident, observed, row);"
	  "CREATE INDEX incident_detection_company ON incident_detection (company, row);"
	  "CREATE INDEX incident_detection_device ON incident_detection (device, row);"
	  "CREATE INDEX incident_detection_rule ON incident_detection (rule, row);"

	  "CREATE TABLE incident_process (incident INTEGER NOT NULL REFERENCES incident (row),"
	  " n INTEGER NOT NULL, device INTEGER NOT NULL, guid TEXT NOT NULL, parent_guid TEXT,"
	  " image TEXT, command_line TEXT, user_name TEXT, pid INTEGER NOT NULL,"
	  " started INTEGER NOT NULL, ended INTEGER NOT NULL, flagged INTEGER NOT NULL,"
	  " context INTEGER NOT NULL, PRIMARY KEY (incident, n)) WITHOUT ROWID;"
	  "CREATE INDEX incident_process_guid ON incident_process (device, guid);"

	  "CREATE TABLE incident_word (word TEXT NOT NULL, incident INTEGER NOT NULL"
	  " REFERENCES incident (row), PRIMARY KEY (word, incident)) WITHOUT ROWID;"
	  "CREATE INDEX incident_word_incident ON incident_word (incident, word);"

	  "CREATE TABLE incident_action (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " company TEXT NOT NULL, device TEXT NOT NULL,"
	  " incident INTEGER REFERENCES incident (row), kind INTEGER NOT NULL,"
	  " state INTEGER NOT NULL, target TEXT NOT NULL, reason TEXT NOT NULL,"
	  " requested_by TEXT NOT NULL, approved_by TEXT, result TEXT,"
	  " order_number INTEGER NOT NULL, requested INTEGER NOT NULL, approved INTEGER NOT NULL,"
	  " sent INTEGER NOT NULL, finished INTEGER NOT NULL, expiry INTEGER NOT NULL);"
	  "CREATE INDEX incident_action_incident ON incident_action (incident, row);"
	  "CREATE INDEX incident_action_device ON incident_action (device, row);"
	  "CREATE INDEX incident_action_state ON incident_action (state, row);"

	  "CREATE TABLE incident_entry (number INTEGER PRIMARY KEY,"
	  " incident INTEGER NOT NULL REFERENCES incident (row), kind INTEGER NOT NULL,"
	  " at INTEGER NOT NULL, actor TEXT, before TEXT, after TEXT, text TEXT, action TEXT);"
	  "CREATE INDEX incident_entry_incident ON incident_entry (incident, number);" },
	/* Constants: NOT_REAL is 2, the state FALSE_POSITIVE 6, CLOSED 5, an entry STATE 1. */
	{ "incident/002-judgement",
	  "ALTER TABLE incident ADD COLUMN judgement INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE incident ADD COLUMN judged_reason TEXT;"
	  "ALTER TABLE incident ADD COLUMN judged_by TEXT;"
	  "ALTER TABLE incident ADD COLUMN judged_at INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE incident ADD COLUMN story TEXT;"
	  "ALTER TABLE incident ADD COLUMN story_by TEXT;"
	  "ALTER TABLE incident ADD COLUMN story_at INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE incident ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;"
	  "CREATE TABLE incident_contact (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	  " incident INTEGER NOT NULL REFERENCES incident (row), at INTEGER NOT NULL,"
	  " actor TEXT NOT NULL, channel INTEGER NOT NULL, person TEXT NOT NULL,"
	  " reached INTEGER NOT NULL, text TEXT NOT NULL, consents INTEGER NOT NULL);"
	  "CREATE INDEX incident_contact_incident ON incident_contact (incident, row);"
	  "UPDATE incident SET judgement = 2, judged_at = updated, judged_reason ="
	  " (SELECT e.text FROM incident_entry e WHERE e.incident = incident.row AND e.kind = 1"
	  " AND e.after = 'false_positive' ORDER BY e.number DESC LIMIT 1), judged_by ="
	  " (SELECT e.actor FROM incident_entry e WHERE e.incident = incident.row AND e.kind = 1"
	  " AND e.after = 'false_positive' ORDER BY e.number DESC LIMIT 1) WHERE state = 6;"
	  "UPDATE incident SET closed = updated WHERE state IN (5, 6);" },
};
const size_t incident_migration_count = sizeof incident_migrations / sizeof *incident_migrations;
