#include "centre/access.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "incident/incident.h"

/* ---- the table ---- */

/* clang-format off */
enum {
	APPLICANT = 1 << ROLE_APPLICANT, OWNER = 1 << ROLE_OWNER,
	SECRETARIAT = 1 << ROLE_SECRETARIAT, CITY = 1 << ROLE_CITY, EXPERT = 1 << ROLE_EXPERT,
	ANALYST = 1 << ROLE_ANALYST, DESK = 1 << ROLE_DESK, CONTRACTOR = 1 << ROLE_CONTRACTOR,
	DIAGNOSIS = 1 << ROLE_DIAGNOSIS, ADMINISTRATOR = 1 << ROLE_ADMINISTRATOR,
	PUBLIC = 1 << ROLE_PUBLIC,
	SIGNED_IN = 1 << ROLE_COUNT, /* every person, whatever the role */
	DEVICE = 1 << (ROLE_COUNT + 1),
};
/* clang-format on */
enum { SESSION_ONLY = 1 }; /* not with an API token */

static const struct row {
	const char *name;
	unsigned who, flags;
} table[] = {
#define ACCESS(symbol, name, who, flags, text) [ACCESS_##symbol] = { name, who, flags },
#include "centre/access_table.h"
#undef ACCESS
};
static_assert(sizeof table / sizeof *table == ACCESS_ACTION_COUNT, "every action has a row");
static_assert(ACCESS_ACTION_COUNT <= 64, "a token's scope is 64 bits");

/* clang-format off */
static const char *const roles[] = {
	[ROLE_PUBLIC] = "public", [ROLE_APPLICANT] = "applicant", [ROLE_OWNER] = "owner",
	[ROLE_SECRETARIAT] = "secretariat", [ROLE_CITY] = "city", [ROLE_EXPERT] = "expert",
	[ROLE_ANALYST] = "analyst", [ROLE_DESK] = "desk", [ROLE_CONTRACTOR] = "contractor",
	[ROLE_DIAGNOSIS] = "diagnosis", [ROLE_ADMINISTRATOR] = "administrator",
};
/* clang-format on */
static_assert(sizeof roles / sizeof *roles == ROLE_COUNT, "every role has a name");

static const char *const actor_kinds[] = {
	[ACTOR_PUBLIC] = "public", [ACTOR_PERSON] = "person", [ACTOR_TOKEN] = "token",
	[ACTOR_DEVICE] = "device", [ACTOR_CENTRE] = "centre",
};
static_assert(sizeof actor_kinds / sizeof *actor_kinds == ACTOR_KIND_COUNT, "every kind");

/* clang-format off */
/* How each kind of object is found: by SQL of ours, else by incident/. */
static const struct kind {
	const char *name;
	const char *sql; /* company, device, incident, person, programme */
	enum incident_object owner;
} kinds[] = {
	[OBJECT_NONE] = { "none", NULL, INCIDENT_OBJECT },
	[OBJECT_COMPANY] = { "company",
		"SELECT id, '', '', '', '' FROM company WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_DEVICE] = { "device",
		"SELECT company, id, '', '', '' FROM device WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_INCIDENT] = { "incident", NULL, INCIDENT_OBJECT },
	[OBJECT_ACTION] = { "action", NULL, INCIDENT_OBJECT_ACTION },
	[OBJECT_DETECTION] = { "detection", NULL, INCIDENT_OBJECT_DETECTION },
	[OBJECT_ENROLMENT_TOKEN] = { "enrolment_token",
		"SELECT company, '', '', '', '' FROM enrolment_token WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_TOKEN] = { "token",
		"SELECT '', '', '', person, '' FROM api_token WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_PROGRAMME] = { "programme",
		"SELECT '', '', '', '', id FROM programme WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_APPLICATION] = { "application",
		"SELECT company, '', '', '', programme FROM application WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_MAIL] = { "mail",
		"SELECT company, '', '', '', programme FROM mail WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_REPORT] = { "report",
		"SELECT r.company, '', '', '', p.programme FROM report r"
		" JOIN participation p ON p.id = r.participation WHERE r.id = $1",
		INCIDENT_OBJECT },
	[OBJECT_REPORT_JOB] = { "report_job",
		"SELECT '', '', '', '', programme FROM report_job WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_ASKED] = { "asked",
		"SELECT company, '', '', '', programme FROM asked WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_VISIT] = { "visit",
		"SELECT company, '', '', '', programme FROM visit WHERE id = $1",
		INCIDENT_OBJECT },
	[OBJECT_DOCUMENT] = { "document",
		"SELECT company, '', '', '', programme FROM document WHERE id = $1",
		INCIDENT_OBJECT },
};
/* clang-format on */
static_assert(sizeof kinds / sizeof *kinds == OBJECT_KIND_COUNT, "every kind of object");

const char *role_name(enum person_role role)
{
	return roles[role];
}

bool role_parse(struct sv text, enum person_role *ret)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (sv_eq(text, sv_from(roles[i]))) {
			*ret = (enum person_role)i;
			return true;
		}
	}
	return false;
}

bool role_is_of_company(enum person_role role)
{
	return role == ROLE_APPLICANT || role == ROLE_OWNER;
}

const char *access_name(enum access_action action)
{
	return table[action].name;
}

bool access_parse(struct sv text, enum access_action *ret)
{
	for (unsigned i = 0; i < ACCESS_ACTION_COUNT; i++) {
		if (sv_eq(text, sv_from(table[i].name))) {
			*ret = (enum access_action)i;
			return true;
		}
	}
	return false;
}

bool access_session_only(enum access_action action)
{
	return (table[action].flags & SESSION_ONLY) != 0;
}

const char *actor_kind_name(enum actor_kind kind)
{
	return actor_kinds[kind];
}

const char *access_object_kind_name(enum access_object_kind kind)
{
	return kinds[kind].name;
}

/* ---- the decision ---- */

static bool grant_covers(const struct grant *grant, const struct access_object *object)
{
	if (grant->company.n > 0)
		return sv_eq(grant->company, object->company);
	for (size_t i = 0; i < object->tie_count; i++) {
		const struct access_tie *tie = &object->tie[i];

		if (grant->operator_id.n > 0 ? sv_eq(grant->operator_id, tie->operator_id)
					     : sv_eq(grant->programme, tie->programme))
			return true;
	}
	return false;
}

static bool person_may(const struct actor *actor, const struct row *row,
		       const struct access_object *object)
{
	/* What is one's own (an API token) has no company. */
	if (object && object->person.n > 0 && !sv_eq(object->person, actor->id))
		return false;
	if (object && actor->only_company.n > 0 && !sv_eq(object->company, actor->only_company))
		return false;
	if (row->who & SIGNED_IN)
		return true;
	for (size_t i = 0; i < actor->grant_count; i++) {
		const struct grant *grant = &actor->grant[i];

		if (!(row->who >> grant->role & 1))
			continue;
		if (!object || object->person.n > 0 || grant_covers(grant, object))
			return true;
	}
	return false;
}

bool access_may(const struct actor *actor, enum access_action action,
		const struct access_object *object)
{
	const struct row *row = &table[action];

	if (row->who & PUBLIC)
		return true;
	switch (actor->kind) {
	case ACTOR_DEVICE: return row->who & DEVICE;
	case ACTOR_TOKEN:
		if ((row->flags & SESSION_ONLY) || !(actor->scope >> action & 1))
			return false;
		return person_may(actor, row, object);
	case ACTOR_PERSON:
		if (actor->must_change_password && !(row->who & SIGNED_IN))
			return false;
		return person_may(actor, row, object);
	default: return false;
	}
}

unsigned access_roles(const struct actor *actor, const struct access_object *object)
{
	unsigned bits = 0;

	if ((actor->kind != ACTOR_PERSON && actor->kind != ACTOR_TOKEN) ||
	    (actor->only_company.n > 0 && !sv_eq(object->company, actor->only_company)))
		return 0;
	for (size_t i = 0; i < actor->grant_count; i++)
		if (grant_covers(&actor->grant[i], object))
			bits |= 1U << actor->grant[i].role;
	return bits;
}

/* ---- objects from the records ---- */

static int load_ties(struct store *store, struct sv company, struct arena *arena,
		     struct access_object *ret, struct err *err)
{
	enum { TIES_MAX = 256 };
	struct access_tie *tie = arena_zalloc(arena, TIES_MAX, sizeof *tie);
	struct store_query *query =
		store_query(store,
			    "SELECT g.operator, p.programme FROM participation p"
			    " JOIN programme g ON g.id = p.programme"
			    " WHERE p.company = $1 AND p.ended_at IS NULL ORDER BY p.id LIMIT 256",
			    err);
	size_t count = 0;
	int step;

	if (!query)
		return -1;
	store_bind_text(query, 1, company);
	while ((step = store_step(query, err)) == 1 && tie) {
		tie[count].operator_id = arena_dup(arena, store_text(query, 0));
		tie[count].programme = arena_dup(arena, store_text(query, 1));
		count++;
	}
	store_done(query);
	if (step < 0)
		return -1;
	ret->tie = tie;
	ret->tie_count = count;
	return 0;
}

static int load_row(struct store *store, const char *sql, struct sv id, struct arena *arena,
		    struct access_object *ret, struct err *err)
{
	struct store_query *query = store_query(store, sql, err);
	int step;

	if (!query)
		return -1;
	store_bind_text(query, 1, id);
	step = store_step(query, err);
	if (step == 1) {
		ret->company = arena_dup(arena, store_text(query, 0));
		ret->device = arena_dup(arena, store_text(query, 1));
		ret->incident = arena_dup(arena, store_text(query, 2));
		ret->person = arena_dup(arena, store_text(query, 3));
		ret->programme = arena_dup(arena, store_text(query, 4));
	}
	store_done(query);
	return step;
}

/* What belongs to a programme stays with it: that one tie, whether it runs or not. */
static int load_own_tie(struct store *store, struct sv programme, struct arena *arena,
			struct access_object *ret, struct err *err)
{
	struct access_tie *tie = arena_zalloc(arena, 1, sizeof *tie);
	struct store_query *query =
		store_ask(store, err, "SELECT operator FROM programme WHERE id = $1",
			  STORE_TEXT(programme));
	int step;

	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1 && tie) {
		*tie = (struct access_tie){ arena_dup(arena, store_text(query, 0)), programme };
		ret->tie = tie;
		ret->tie_count = 1;
	}
	store_done(query);
	return step < 0 ? -1 : 0;
}

/* What incident/ keeps. */
static int load_owner(struct store *store, enum incident_object object, struct sv id,
		      struct arena *arena, struct access_object *ret, struct err *err)
{
	struct incident_owner found;
	const int status = incident_owner(store, object, id, arena, &found, err);

	if (status == 1) {
		ret->company = found.company;
		ret->device = found.device;
		ret->incident = found.incident;
	}
	return status;
}

int access_load(struct store *store, enum access_object_kind kind, struct sv id,
		struct arena *arena, struct access_object *ret, struct err *err)
{
	struct access_object object = { .kind = kind, .id = arena_dup(arena, id) };
	int found;

	assert(kind > OBJECT_NONE && kind < OBJECT_KIND_COUNT);
	if (kinds[kind].sql)
		found = load_row(store, kinds[kind].sql, id, arena, &object, err);
	else
		found = load_owner(store, kinds[kind].owner, id, arena, &object, err);
	if (found != 1)
		return found;
	if (object.programme.n > 0) {
		if (load_own_tie(store, object.programme, arena, &object, err) != 0)
			return -1;
	} else if (object.company.n > 0 && load_ties(store, object.company, arena, &object, err) != 0) {
		return -1;
	}
	*ret = object;
	return 1;
}

/* ---- all companies of an actor ---- */

struct candidate {
	struct sv company;
	struct access_tie tie;
};
struct candidates {
	struct candidate *item;
	size_t count, room;
};

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return sv_cmp(x->company, y->company);
}

static int add_candidate(struct candidates *list, struct sv company, struct access_tie tie,
			 struct err *err)
{
	if (list->count >= 2 * ACCESS_COMPANIES_MAX)
		return err_set(err, ERR_RANGE, "more than %d companies for one person",
			       ACCESS_COMPANIES_MAX);
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		list->item = mem_realloc(list->item, list->room, sizeof *list->item);
	}
	list->item[list->count++] = (struct candidate){ company, tie };
	return 0;
}

/* What belongs to a programme is reached through an application, not a participation. */
static bool by_application(enum access_action action)
{
	return action == ACCESS_APPLICATION_READ || action == ACCESS_APPLICATION_ACT ||
	       action == ACCESS_APPLICATION_NOTE || action == ACCESS_APPLICATION_IDENTIFY ||
	       action == ACCESS_MAIL_READ ||
	       action == ACCESS_MAIL_AGAIN || action == ACCESS_SUPPORT_READ ||
	       action == ACCESS_SUPPORT_WRITE || action == ACCESS_SUPPORT_LEAD;
}

/* Companies that a grant might cover; access_may decides on each afterwards. */
static int add_of_grant(struct store *store, const struct grant *grant, enum access_action action,
			struct sv only, struct arena *arena, struct candidates *list,
			struct err *err)
{
	struct store_query *query;
	int step;

	if (grant->company.n > 0)
		return only.n > 0 && !sv_eq(only, grant->company)
			       ? 0
			       : add_candidate(list, grant->company, (struct access_tie){ 0 }, err);
	query = store_query(store,
			    by_application(action)
				    ? "SELECT DISTINCT a.company, g.operator, a.programme"
				      " FROM application a JOIN programme g ON g.id = a.programme"
				      " WHERE (g.operator = $1 OR g.id = $2)"
				      " AND ($3 = '' OR a.company = $3)"
				    : "SELECT p.company, g.operator, p.programme FROM participation p"
				      " JOIN programme g ON g.id = p.programme"
				      " WHERE p.ended_at IS NULL AND (g.operator = $1 OR g.id = $2)"
				      " AND ($3 = '' OR p.company = $3)",
			    err);
	if (!query)
		return -1;
	store_bind_text(query, 1, grant->operator_id.p ? grant->operator_id : SV(""));
	store_bind_text(query, 2, grant->programme.p ? grant->programme : SV(""));
	store_bind_text(query, 3, only.p ? only : SV(""));
	while ((step = store_step(query, err)) == 1) {
		const struct access_tie tie = { arena_dup(arena, store_text(query, 1)),
						arena_dup(arena, store_text(query, 2)) };

		if (add_candidate(list, arena_dup(arena, store_text(query, 0)), tie, err) != 0) {
			step = -1;
			break;
		}
	}
	store_done(query);
	return step < 0 ? -1 : 0;
}

/* One object for each company, with all its ties; keeps those that may. */
static size_t decide(const struct actor *actor, enum access_action action, struct candidates *list,
		     struct arena *arena, struct sv *company)
{
	struct access_tie *tie = arena_zalloc(arena, list->count, sizeof *tie);
	size_t n = 0;

	if (!tie)
		return 0;
	for (size_t i = 0, next; i < list->count; i = next) {
		struct access_object object = { .kind = OBJECT_COMPANY,
						.id = list->item[i].company,
						.company = list->item[i].company };

		object.tie = tie + i;
		for (next = i;
		     next < list->count && sv_eq(list->item[next].company, object.company); next++)
			tie[i + object.tie_count++] = list->item[next].tie;
		if (access_may(actor, action, &object))
			company[n++] = object.company;
	}
	return n;
}

int access_companies(struct store *store, const struct actor *actor, enum access_action action,
		     struct sv company, struct arena *arena, const struct sv **ret,
		     size_t *ret_count, struct err *err)
{
	struct candidates list = { 0 };
	struct sv *allowed = NULL;
	size_t count = 0;
	int status = -1;

	for (size_t i = 0; i < actor->grant_count; i++)
		if (add_of_grant(store, &actor->grant[i], action, company, arena, &list, err) != 0)
			goto out;
	if (list.count > 0) {
		qsort(list.item, list.count, sizeof *list.item, compare);
		allowed = arena_zalloc(arena, list.count, sizeof *allowed);
		if (allowed)
			count = decide(actor, action, &list, arena, allowed);
	}
	if (count > ACCESS_COMPANIES_MAX) {
		err_set(err, ERR_RANGE, "more than %d companies for one person",
			ACCESS_COMPANIES_MAX);
		goto out;
	}
	*ret = allowed;
	*ret_count = count;
	status = 0;
out:
	free(list.item);
	return status;
}
