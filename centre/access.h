/*
 * access.h - roles, actors, and the one function that answers: may this actor
 * do this to this object now? From one table (access_table.h).
 */
#ifndef CENTRE_ACCESS_H
#define CENTRE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "store/store.h"

/* R-118, and the administrator of an installation's operator. */
enum person_role {
	ROLE_PUBLIC,
	ROLE_APPLICANT,
	ROLE_OWNER,
	ROLE_SECRETARIAT,
	ROLE_CITY,
	ROLE_EXPERT,
	ROLE_ANALYST,
	ROLE_DESK,
	ROLE_CONTRACTOR,
	ROLE_DIAGNOSIS,
	ROLE_ADMINISTRATOR,
	ROLE_COUNT
};
const char *role_name(enum person_role role);
bool role_parse(struct sv text, enum person_role *ret);
/* Applicant and owner belong to one company; the others to an operator or programme. */
bool role_is_of_company(enum person_role role);

enum access_action {
#define ACCESS(symbol, name, who, flags, text) ACCESS_##symbol,
#include "centre/access_table.h"
#undef ACCESS
	ACCESS_ACTION_COUNT
};
const char *access_name(enum access_action action); /* "incident.read" */
bool access_parse(struct sv text, enum access_action *ret);
bool access_session_only(enum access_action action); /* with no API token, whatever its scope */

enum actor_kind {
	ACTOR_PUBLIC,
	ACTOR_PERSON,
	ACTOR_TOKEN,
	ACTOR_DEVICE,
	ACTOR_CENTRE,
	ACTOR_KIND_COUNT
};
const char *actor_kind_name(enum actor_kind kind); /* "person" */

/* A role and where it holds: exactly one of the three is not empty. */
struct grant {
	enum person_role role;
	struct sv operator_id, programme, company;
	struct sv name; /* of that operator, programme or company */
};

#define ACTOR_GRANTS_MAX 64

/* Who asks. Views live as long as the request. */
struct actor {
	enum actor_kind kind;
	struct sv id;	/* person, also behind a token; device */
	struct sv name; /* for people to read */
	struct sv mail, language;
	const struct grant *grant;
	size_t grant_count;
	struct sv credential;	/* id of the API token; hash of the session */
	struct sv csrf;		/* what a session's changes must carry; else empty */
	uint64_t scope;		/* ACTOR_TOKEN: bits 1 << enum access_action */
	struct sv only_company; /* a token narrowed to one company, a device's company */
	bool must_change_password;
	int64_t expires_us;
};

/* One running participation of a company. */
struct access_tie {
	struct sv operator_id, programme;
};
/* clang-format off */
enum access_object_kind {
	OBJECT_NONE, OBJECT_COMPANY, OBJECT_DEVICE, OBJECT_INCIDENT, OBJECT_ACTION,
	OBJECT_DETECTION, OBJECT_ENROLMENT_TOKEN, OBJECT_TOKEN,
	/* of a programme: reachable through it, whether or not the company takes part now */
	OBJECT_PROGRAMME, OBJECT_APPLICATION, OBJECT_MAIL, OBJECT_REPORT, OBJECT_REPORT_JOB,
	OBJECT_ASKED, OBJECT_VISIT, OBJECT_DOCUMENT,
	OBJECT_KIND_COUNT
};
/* clang-format on */
const char *access_object_kind_name(enum access_object_kind kind); /* "enrolment_token" */
struct access_object {
	enum access_object_kind kind;
	struct sv id;
	struct sv company;	    /* whose it is */
	struct sv device, incident; /* of an incident, action, detection; may be empty */
	struct sv person;	    /* OBJECT_TOKEN: whose it is; then there is no company */
	struct sv programme;	    /* from OBJECT_PROGRAMME on: its only tie */
	const struct access_tie *tie;
	size_t tie_count;
};

/*
 * Pure. object NULL asks: is there anything for which the actor may? (lists,
 * and what belongs to no company). With a one-time password only the actions
 * about oneself are allowed.
 */
bool access_may(const struct actor *actor, enum access_action action,
		const struct access_object *object);

/* Roles that the actor has for the object: bits 1 << enum person_role. */
unsigned access_roles(const struct actor *actor, const struct access_object *object);

/*
 * Loads what an id names. Returns 1, or 0 where there is no such object. kind
 * is not OBJECT_NONE. Views in arena.
 */
int access_load(struct store *store, enum access_object_kind kind, struct sv id,
		struct arena *arena, struct access_object *ret, struct err *err);

#define ACCESS_COMPANIES_MAX 16384 /* one actor; more is ERR_RANGE */

/*
 * Ids of all companies for which the actor may, ascending; from arena.
 * company: only this one, or empty for all.
 */
int access_companies(struct store *store, const struct actor *actor, enum access_action action,
		     struct sv company, struct arena *arena, const struct sv **ret,
		     size_t *ret_count, struct err *err);

#endif
